//! Malformed PE files, and what the detection core must say about each.
//!
//! The files come from `patchstate-test-support`, the expectations from `corpus/malformed`, which
//! were worked out by hand. **Start reading** at `check`.

#[cfg(test)]
mod tests {
    use patchstate_detect::{ImageEvidence, Imports, Inspection, ProblemPart, inspect};
    use patchstate_test_support::malformed::shapes;
    use std::collections::{BTreeMap, BTreeSet};
    use toml::{Table, Value};

    const EXPECTATIONS: &str = include_str!("../../../corpus/malformed/expectations.toml");
    const KEYS: [&str; 12] = [
        "why",
        "file",
        "machine",
        "file_version",
        "product_version",
        "version_string",
        "exports",
        "export_count",
        "forwarded",
        "imports",
        "findings",
        "checksum_ok",
    ];

    /// What the core says, or must say, in words.
    type Facts = BTreeMap<&'static str, Vec<String>>;

    fn expectations() -> BTreeMap<String, Table> {
        let table: Table = EXPECTATIONS.parse().expect("the expectations are TOML");
        let entry = |(name, value): (String, Value)| match value {
            Value::Table(entry) => (name, entry),
            other => panic!("{name} is {other}"),
        };
        table.into_iter().map(entry).collect()
    }

    /// What an entry says; what it does not name is as in the sound image.
    fn expected(entry: &Table) -> Facts {
        let unknown: Vec<&String> = entry.keys().filter(|k| !KEYS.contains(&k.as_str())).collect();
        assert!(unknown.is_empty(), "unknown keys {unknown:?}");
        assert!(entry["why"].as_str().is_some_and(|why| !why.is_empty()));
        if let Some(kind) = entry.get("file") {
            let kind = kind.as_str().expect("a kind");
            assert_eq!(entry.len(), 2, "nothing else can be said");
            return Facts::from([("file", vec![kind.to_owned()])]);
        }
        let texts = |key: &str, usual: &[&str]| match entry.get(key) {
            None => usual.iter().map(|text| (*text).to_owned()).collect(),
            Some(Value::Array(texts)) => {
                texts.iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
            }
            Some(Value::String(text)) => vec![text.clone()],
            Some(other) => vec![other.to_string()],
        };
        Facts::from([
            ("machine", texts("machine", &["i386"])),
            ("file_version", texts("file_version", &["1.2.3.4"])),
            ("product_version", texts("product_version", &["5.6.7.8"])),
            ("version_string", texts("version_string", &["1.2.3.4 (made)"])),
            ("exports", texts("exports", &["Fwd", "One", "Two"])),
            ("export_count", texts("export_count", &["4"])),
            ("forwarded", texts("forwarded", &["Fwd -> OTHER.Three"])),
            (
                "imports",
                texts("imports", &["KERNEL32.dll ExitProcess #7", "delayed Late.dll Later"]),
            ),
            ("findings", texts("findings", &[])),
            ("checksum_ok", texts("checksum_ok", &["false"])),
        ])
    }

    /// What the core says.
    fn said(inspection: &Inspection) -> Facts {
        let image = &inspection.image;
        if !image.is_image() {
            assert_eq!(inspection.checksum_ok, None);
            assert_eq!(
                image,
                &ImageEvidence { problems: image.problems.clone(), ..Default::default() }
            );
            let kinds = image.problems.iter().map(|problem| problem.kind().to_string());
            return Facts::from([("file", kinds.collect())]);
        }
        let text = |value: Option<String>| vec![value.unwrap_or_default()];
        let exports = &image.exports;
        let forwarded = exports.forwarded().into_iter().map(|(name, to)| format!("{name} -> {to}"));
        Facts::from([
            ("machine", text(image.machine.map(|machine| machine.to_string()))),
            ("file_version", text(image.file_version.map(|version| version.to_string()))),
            ("product_version", text(image.product_version.map(|version| version.to_string()))),
            ("version_string", text(image.version_string.clone())),
            ("exports", exports.names().map(str::to_owned).collect()),
            ("export_count", vec![exports.count().to_string()]),
            ("forwarded", forwarded.collect()),
            ("imports", imports(&image.imports)),
            ("findings", findings(inspection)),
            ("checksum_ok", vec![inspection.checksum_ok.expect("there is a header").to_string()]),
        ])
    }

    fn imports(imports: &Imports) -> Vec<String> {
        let mut said: Vec<(usize, String)> = Vec::new();
        for import in imports.iter() {
            let mut text =
                format!("{}{}", if import.delayed { "delayed " } else { "" }, import.dll);
            if import.names.len() > 8 {
                text.push_str(&format!(" with {} names", import.names.len()));
            } else {
                import.names.iter().for_each(|name| text.push_str(&format!(" {name}")));
            }
            import.ordinals.iter().for_each(|ordinal| text.push_str(&format!(" #{ordinal}")));
            match said.last_mut().filter(|(_, last)| *last == text) {
                Some((count, _)) => *count += 1,
                None => said.push((1, text)),
            }
        }
        let times = |(count, text)| if count == 1 { text } else { format!("{count} x {text}") };
        said.into_iter().map(times).collect()
    }

    fn findings(inspection: &Inspection) -> Vec<String> {
        let part = |part| match part {
            ProblemPart::Image => "image",
            ProblemPart::Exports => "exports",
            ProblemPart::Imports => "imports",
            ProblemPart::DelayedImports => "delayed-imports",
            ProblemPart::Version => "version",
            ProblemPart::Registry => "registry",
        };
        let problems = inspection.image.problems.iter();
        let mut words: Vec<String> =
            problems.map(|problem| format!("{} {}", problem.kind(), part(problem.part))).collect();
        if inspection.image.version_disagreement().is_some() {
            words.push("version-disagreement".to_owned());
        }
        // Whatever was not read is reported, one finding a kind, and nothing else is.
        let file = "system32/a.dll".parse().expect("a path");
        let reported: BTreeSet<String> =
            inspection.findings(&file).iter().map(|finding| finding.kind.to_string()).collect();
        let kinds: BTreeSet<String> =
            words.iter().map(|word| word.split(' ').next().unwrap_or(word).to_owned()).collect();
        assert_eq!(reported, kinds);
        words
    }

    #[test]
    fn the_core_says_of_every_shape_what_was_worked_out_by_hand() {
        let expectations = expectations();
        let mut wrong = Vec::new();
        for shape in shapes() {
            let expected = expected(&expectations[shape.name]);
            let said = said(&inspect(&shape.bytes));
            if said != expected {
                let all: BTreeSet<_> = said.keys().chain(expected.keys()).collect();
                for key in all.into_iter().filter(|key| said.get(*key) != expected.get(*key)) {
                    let (said, expected) = (said.get(key), expected.get(key));
                    wrong.push(format!("{}: {key}: {said:?}, not {expected:?}", shape.name));
                }
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }

    #[test]
    fn every_shape_has_one_expectation_and_every_expectation_a_shape() {
        let shapes: Vec<&str> = shapes().iter().map(|shape| shape.name).collect();
        let expectations = expectations();
        let expectations: Vec<&str> = expectations.keys().map(String::as_str).collect();
        assert_eq!(shapes, expectations);
        assert!(shapes.len() > 100, "{}", shapes.len());
    }

    #[test]
    fn what_is_kept_of_a_shape_is_a_small_multiple_of_its_bytes() {
        for shape in shapes() {
            let image = inspect(&shape.bytes).image;
            let exported: usize = image.exports.names().map(|name| name.len() + 1).sum();
            let imported = image.imports.iter().flat_map(|i| i.names.iter().chain([i.dll]));
            let imported: usize = imported.map(|name| name.len() + 1).sum();
            let symbols: usize =
                image.imports.iter().map(|i| i.names.len() + i.ordinals.len()).sum();
            let length = shape.bytes.len();
            assert!(exported + imported <= 8 * length + 65536, "{}", shape.name);
            assert!(symbols <= length / 4, "{}", shape.name);
            assert!(image.exports.count() <= length / 4, "{}", shape.name);
        }
    }

    #[test]
    fn every_shape_cut_short_anywhere_says_that_something_is_missing_or_keeps_its_facts() {
        for shape in shapes() {
            let whole = inspect(&shape.bytes);
            for cut in (0..shape.bytes.len()).step_by(shape.bytes.len() / 60 + 1) {
                let part = inspect(&shape.bytes[..cut]);
                if part.image.problems.is_empty() {
                    // Bytes behind all sections are of no header's business.
                    assert_eq!(part.image, whole.image, "{} cut to {cut}", shape.name);
                }
            }
        }
    }
}
