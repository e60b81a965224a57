//! Evidence from one PE file.

use super::check_harmless;
use patchstate_detect::{ExportTarget, ImageEvidence, ProblemPart, inspect};
use patchstate_report::{json::InspectedFileObject, text};
use std::collections::BTreeSet;

/// Reads the input as a PE file.
pub(crate) fn image(bytes: &[u8]) {
    let inspection = inspect(bytes);
    let image = &inspection.image;
    assert!(
        image.is_image() || !image.problems.is_empty(),
        "nothing was read and nothing is wrong"
    );
    let kinds: BTreeSet<_> =
        image.problems.iter().map(|problem| (problem.part, problem.is_truncated)).collect();
    let problems = &image.problems;
    assert_eq!(kinds.len(), problems.len(), "one problem of a kind in a part: {problems:?}");
    check_exports(image);
    for import in image.imports.iter() {
        assert!(import.names.iter().is_sorted() && import.ordinals.is_sorted());
    }
    check_size(image, bytes.len());
    assert_eq!(inspection, inspect(bytes), "the same bytes say the same");
    if let Ok(file) = "system32/a.dll".parse() {
        for finding in inspection.findings(&file) {
            assert!(!finding.detail.is_empty());
        }
    }
    // Shown as the command shows it, with every name where there are few.
    let object = InspectedFileObject::new("a.dll", &inspection);
    let detail = if bytes.len() < 4096 { text::Detail::Full } else { text::Detail::Usual };
    let shown = text::inspect(&[object], text::View::new(None, detail));
    check_harmless(&without_styles(&shown));
}

/// The text without the report's own styles: colours and weights end in `m`, and have numbers and
/// semicolons before it. What a file brings is never one, because its escape characters are
/// spelled out; but what looks like one is not told from one here.
fn without_styles(shown: &str) -> String {
    let mut parts = shown.split("\u{1b}[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match rest.strip_prefix('m') {
            Some(rest) => text.push_str(rest),
            // No style: whoever looks at the text will find it.
            None => text.extend(["\u{1b}[", part]),
        }
    }
    text
}

/// Whatever is listed can be asked for.
fn check_exports(image: &ImageEvidence) {
    let exports = &image.exports;
    assert!(exports.count() <= 65536);
    let mut before = "";
    for name in exports.names() {
        assert!(before <= name, "names are sorted");
        before = name;
        match exports.by_name(name) {
            Some(ExportTarget::Here | ExportTarget::Forwarder(_)) => {}
            // A forwarder that could not be read, which is said.
            None => assert!(!image.knows(ProblemPart::Exports), "{name:?} leads nowhere"),
        }
    }
    for ordinal in exports.ordinals() {
        if let Ok(ordinal) = u16::try_from(ordinal) {
            let leads = exports.by_ordinal(ordinal).is_some();
            assert!(leads || !image.knows(ProblemPart::Exports), "#{ordinal} leads nowhere");
        }
    }
    let targets: BTreeSet<&str> = exports.forwarder_targets().collect();
    for target in exports.forwarded().values() {
        assert!(targets.contains(target));
    }
}

/// What is kept of a file is no larger than a small multiple of the file.
fn check_size(image: &ImageEvidence, length: usize) {
    let exported: usize = image.exports.names().map(|name| name.len() + 1).sum();
    let names = image.imports.iter().flat_map(|import| import.names.iter().chain([import.dll]));
    let imported: usize = names.map(|name| name.len() + 1).sum();
    let forwarders: usize = image.exports.forwarder_targets().map(|text| text.len() + 1).sum();
    let text = image.version_string.as_ref().map_or(0, String::len);
    let kept = exported + imported + forwarders;
    assert!(kept <= 8 * length + 65536, "{kept} bytes of names are kept of {length}");
    assert!(text <= 3 * 65536);
    let symbols: usize = image.imports.iter().map(|i| i.names.len() + i.ordinals.len()).sum();
    assert!(symbols <= length, "{symbols} imports in {length} bytes");
}
