//! Styles, and small pieces of text that several reports share.

use super::view::View;
use anstyle::{AnsiColor, Style};
use patchstate_study::Count;
use patchstate_terms::{Architecture, Finding, FindingKind, ProductWords, Status, Step};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write},
};
use unicode_width::UnicodeWidthStr;

const BAD: Style = AnsiColor::Red.on_default().bold();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const HEADING: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// A text in a style.
fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A heading.
pub(super) fn heading(text: &str) -> String {
    styled(HEADING, text)
}

/// Something of lesser weight.
pub(super) fn faint(text: &str) -> String {
    styled(FAINT, text)
}

/// A word that says that something is wrong.
pub(super) fn bad(text: &str) -> String {
    styled(BAD, text)
}

/// A word that says that nothing is known for sure.
pub(super) fn doubtful(text: &str) -> String {
    styled(DOUBTFUL, text)
}

/// A word that says that something is right.
pub(super) fn good(text: &str) -> String {
    styled(GOOD, text)
}

/// A status in its colour.
pub(super) fn status(status: Status) -> String {
    let style = match status {
        Status::Broken | Status::Mismatch => BAD,
        Status::Drift | Status::Inconclusive => DOUBTFUL,
        Status::Consistent => GOOD,
        Status::NotApplicable => HEADING,
    };
    styled(style, status.as_str())
}

/// A status behind the words "the host is".
pub(super) fn status_phrase(word: Status) -> String {
    let article = match word {
        Status::Mismatch => "a ",
        Status::Drift => "in ",
        Status::Broken | Status::Consistent | Status::NotApplicable | Status::Inconclusive => "",
    };
    format!("{article}{}", status(word))
}

/// What a status means for a product.
pub(crate) fn meaning(status: Status, words: &ProductWords) -> String {
    let ProductWords { name, feature, failure } = words;
    match status {
        Status::Broken => format!("the worker process cannot load, so {failure}"),
        Status::Mismatch => {
            format!("files of {feature} are of another service pack level than the system")
        }
        Status::Drift => {
            "an update is recorded as installed, and files that it brings are older".to_owned()
        }
        Status::Consistent => "all files fit the operating system and each other".to_owned(),
        Status::NotApplicable => format!("not {name}, or no component of {feature} is installed"),
        Status::Inconclusive => "something that would decide could not be read".to_owned(),
    }
}

/// Whether a character does something to a terminal or to the order of letters, or is not seen at
/// all: control characters, also those above ASCII, what directs text, what Unicode lets a font
/// leave out (`Default_Ignorable_Code_Point` of `DerivedCoreProperties.txt`, Unicode 16), the
/// pattern of Braille without a dot, and the two code points that no XML document may hold.
pub(crate) fn is_harmful(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{fffe}'..='\u{ffff}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A text from a file, with every control character made harmless for a terminal.
#[must_use]
pub fn neutral(text: &str) -> Cow<'_, str> {
    escaped(text, is_harmful)
}

/// A name from a file that stands within a line: it cannot begin another one either.
#[must_use]
pub fn neutral_name(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_harmful(c) || c == '\n' || c == '\t')
}

fn escaped(text: &str, harmful: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&harmful) {
        return Cow::Borrowed(text);
    }
    let mut neutral = String::with_capacity(text.len());
    for c in text.chars() {
        if harmful(c) {
            neutral.extend(c.escape_unicode());
        } else {
            neutral.push(c);
        }
    }
    Cow::Owned(neutral)
}

/// Names, a few of them in full: as many as fit on a line that has columns in use already.
pub(super) fn names(names: &[&str], columns_used: usize, view: View) -> String {
    let shown = |number: usize| {
        let first = names.get(..number).unwrap_or(names).join(", ");
        match names.len().saturating_sub(number) {
            0 => first,
            more => format!("{first} and {more} more"),
        }
    };
    let fits = |text: &String| columns_used + 1 + columns(text) <= view.width();
    (1..=NAME_COUNT_MAX).rev().map(shown).find(fits).unwrap_or_else(|| shown(1))
}

/// Most names that are given in full where there are many.
const NAME_COUNT_MAX: usize = 6;

/// Names as an enumeration in a sentence.
pub(crate) fn and(names: &[impl AsRef<str>]) -> String {
    enumerated(names, "and")
}

/// Names of which one will do.
pub(crate) fn or(names: &[impl AsRef<str>]) -> String {
    enumerated(names, "or")
}

fn enumerated(names: &[impl AsRef<str>], word: &str) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

/// Names of the files that unresolved imports are about: on both sides of them.
pub(super) fn important_files(findings: &[Finding]) -> BTreeSet<String> {
    let missing = |finding: &&Finding| {
        matches!(finding.kind, FindingKind::UnresolvedImport | FindingKind::MissingDll)
    };
    let both = |finding: &Finding| {
        let dll = finding.import.as_ref().map(|import| import.dll.clone());
        dll.into_iter().chain([finding.file.file_name().to_owned()])
    };
    findings.iter().filter(missing).flat_map(both).collect()
}

/// Puts important files to the front of a list that may not be shown whole.
pub(super) fn most_important_first(files: &mut [&str], important: &BTreeSet<String>) {
    files.sort_by_key(|file| {
        let name = file.rsplit('/').next().unwrap_or(file);
        !important.contains(name)
    });
}

/// The command that tells an install order.
pub(crate) fn run_command(
    architecture: Architecture,
    assumptions: &[(&str, &str)],
    steps: impl IntoIterator<Item = impl AsRef<str>>,
) -> String {
    command_on_order("run", architecture, assumptions, steps)
}

/// A command that takes an install order.
pub(crate) fn command_on_order(
    name: &str,
    architecture: Architecture,
    assumptions: &[(&str, &str)],
    steps: impl IntoIterator<Item = impl AsRef<str>>,
) -> String {
    let mut command = format!("patchstate {name}");
    if architecture != Architecture::X86 {
        let _ = write!(command, " --arch {architecture}");
    }
    for (id, value) in assumptions {
        let _ = write!(command, " --assume {id}={value}");
    }
    for step in steps {
        let _ = write!(command, " {}", step.as_ref());
    }
    // Steps and values may be words of a file.
    neutral_name(&command).into_owned()
}

/// A count with its noun.
pub(crate) fn count(number: impl Into<Count>, one: &str, many: &str) -> String {
    let number = number.into();
    let noun = if number == Count::from(1_u8) { one } else { many };
    format!("{} {noun}", thousands(number))
}

/// Steps in one line.
pub(crate) fn in_words(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "nothing".to_owned();
    }
    let words: Vec<String> = steps.iter().map(ToString::to_string).collect();
    neutral_name(&words.join(" ")).into_owned()
}

/// A number with a comma at the thousands.
pub(crate) fn thousands(number: impl fmt::Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many columns a text takes on a screen. Styles take none.
pub(crate) fn columns(text: &str) -> usize {
    let letters = anstream::adapter::strip_str(text).to_string();
    letters.width()
}

/// A text broken into lines between words, each with an indentation.
pub(super) fn wrapped(text: &str, indent: usize, view: View) -> String {
    hanging("", text, indent, view)
}

/// A text broken into lines of so many columns.
pub(crate) fn in_columns(text: &str, columns_max: usize) -> String {
    broken("", text, 0, (columns_max, ""))
}

/// A text broken into lines, each but the first with an indentation.
pub(super) fn paragraph(text: &str, indent: usize, view: View) -> String {
    wrapped(text, indent, view).trim_start().to_owned()
}

/// A text broken into lines with an indentation: something stands in that of the first line, or
/// before it where that is too long.
pub(super) fn hanging(first: &str, text: &str, indent: usize, view: View) -> String {
    broken(first, text, indent, (view.width(), ""))
}

/// A command of a shell, broken into lines that it puts together again.
pub(super) fn command_lines(first: &str, command: &str, indent: usize, view: View) -> String {
    let text = broken(first, command, indent, (view.width(), ""));
    if text.lines().count() < 2 {
        return text;
    }
    broken(first, command, indent, (view.width() - 2, " \\"))
}

/// Breaks a text into lines of a width, with something at the end of each but the last.
fn broken(first: &str, text: &str, indent: usize, (width, goes_on): (usize, &str)) -> String {
    let mut lines = String::new();
    let used = columns(first);
    // A space at the least stays free.
    let has_room = used < indent || used == 0;
    lines.push_str(first);
    if !has_room {
        lines.push('\n');
    }
    // What is left of the first line's indentation.
    let mut before = if has_room { indent - used } else { indent };
    let mut line = String::new();
    let mut line_columns = 0;
    for word in text.split_whitespace() {
        let word_columns = columns(word);
        if !line.is_empty() && indent + line_columns + 1 + word_columns > width {
            let _ = writeln!(lines, "{:before$}{line}{goes_on}", "");
            line.clear();
            (line_columns, before) = (0, indent);
        }
        if !line.is_empty() {
            line.push(' ');
            line_columns += 1;
        }
        line.push_str(word);
        line_columns += word_columns;
    }
    if !line.is_empty() {
        let _ = writeln!(lines, "{:before$}{line}", "");
    } else if used > 0 && has_room {
        lines.push('\n');
    }
    lines
}

/// What findings of the same shape share.
type FailureClass = (FindingKind, Option<String>, Option<String>, Option<String>);

/// Findings as lines. Those of one shape share one, unless everything is told.
pub(super) fn findings(findings: &[Finding], view: View) -> String {
    let mut text = String::new();
    let important = important_files(findings);
    let mut groups: BTreeMap<(usize, FailureClass), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        let version =
            |version: Option<_>| version.map(|v: patchstate_terms::FileVersion| v.to_string());
        let update = finding.update.as_ref().map(ToString::to_string);
        let shape = (finding.kind, version(finding.expected), version(finding.found), update);
        groups.entry((weight(finding.kind), shape)).or_default().push(finding);
    }
    for ((_, (kind, expected, found, update)), group) in groups {
        if view.is_full() || group.len() < 4 || expected.is_none() && found.is_none() {
            for finding in group {
                text.push_str(&entry(kind, &finding.detail, view));
            }
            continue;
        }
        let mut files: Vec<&str> = group.iter().map(|finding| finding.file.file_name()).collect();
        most_important_first(&mut files, &important);
        let update = update.map(|update| format!(" ({update})")).unwrap_or_default();
        let line = format!(
            "{} are {}, expected {}{update}:",
            count(files.len(), "file", "files"),
            found.unwrap_or_else(|| "unknown".to_owned()),
            expected.unwrap_or_else(|| "another version".to_owned()),
        );
        text.push_str(&entry(kind, &line, view));
        let indent = entry_indent(view);
        text.push_str(&wrapped(&neutral(&names(&files, indent, view)), indent, view));
    }
    text
}

/// A finding with its kind before it. Longer ones go on below their first line.
fn entry(kind: FindingKind, detail: &str, view: View) -> String {
    hanging(&format!("  {kind}"), &neutral(detail), entry_indent(view), view)
}

/// Columns before the sentence of a finding: the kinds stand there, unless the screen is too
/// narrow for two columns of text.
fn entry_indent(view: View) -> usize {
    if is_narrow(view) { 4 } else { 24 }
}

/// Whether there is no room for two columns of text.
pub(super) fn is_narrow(view: View) -> bool {
    view.width() < NARROW_WIDTH
}

/// The first width at which there is room for two columns of text.
const NARROW_WIDTH: usize = 70;

/// How many findings there are of each kind, with what matters most first.
pub(crate) fn counts_of_kinds(findings: &[Finding]) -> Vec<(FindingKind, usize)> {
    let mut counts: BTreeMap<FindingKind, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.kind).or_default() += 1;
    }
    let mut counts: Vec<(FindingKind, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(kind, _)| weight(*kind));
    counts
}

/// What matters most comes first on a screen.
pub(super) fn weight(kind: FindingKind) -> usize {
    match kind {
        FindingKind::UnresolvedImport => 0,
        FindingKind::MissingDll => 1,
        FindingKind::WrongArchitecture => 2,
        FindingKind::Unreadable => 3,
        FindingKind::Truncated => 4,
        FindingKind::BehindOs => 5,
        FindingKind::AheadOfOs => 6,
        FindingKind::PendingRestart => 7,
        FindingKind::RecordedNotPresent => 8,
        FindingKind::VersionDisagreement => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::view::Detail, *};

    #[test]
    fn control_characters_are_made_harmless() {
        assert_eq!(neutral("\u{1b}[31mred"), "\\u{1b}[31mred");
        assert_eq!(neutral("a\u{202e}b\u{7}"), "a\\u{202e}b\\u{7}");
        assert_eq!(neutral("\u{9b}2J\u{feff}"), "\\u{9b}2J\\u{feff}");
        assert_eq!(neutral("plain\ttext\n"), "plain\ttext\n");
        assert_eq!(neutral_name("a.dll\nb: consistent"), "a.dll\\u{a}b: consistent");
    }

    #[test]
    fn numbers_have_commas_at_the_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn long_text_is_broken_between_words() {
        let text = "one two three four five six seven eight nine ten";
        let broken = "  one two three four five six seven\n  eight nine ten\n";
        assert_eq!(wrapped(text, 2, View::new(Some(40), Detail::Usual)), broken);
    }

    #[test]
    fn what_stands_in_the_indentation_stays_there_where_it_fits() {
        let view = View::new(Some(40), Detail::Usual);
        assert_eq!(hanging("  a", "b c", 6, view), "  a   b c\n");
        assert_eq!(hanging("  longer", "b c", 6, view), "  longer\n      b c\n");
        assert_eq!(hanging("  a", "", 6, view), "  a\n");
        assert_eq!(hanging("", "", 6, view), "");
    }

    #[test]
    fn a_letter_of_two_columns_takes_two_and_a_style_none() {
        assert_eq!((columns("日本"), columns(&bad("ab"))), (4, 2));
    }

    #[test]
    fn a_broken_command_is_one_to_a_shell() {
        let view = View::new(Some(40), Detail::Usual);
        let command = "patchstate run --arch x64 os:sp1 sp2 +iis@sp1 kb973917/v1";
        let lines = command_lines("  run it:", command, 10, view);
        let expected = "  run it: patchstate run --arch x64 \\\n          os:sp1 sp2 +iis@sp1 \\\n\
                        \x20         kb973917/v1\n";
        assert_eq!(lines, expected);
        let shell = lines.replace("\\\n", " ");
        let words: Vec<&str> = shell.split_whitespace().skip(2).collect();
        assert_eq!(words.join(" "), command);
        let short = command_lines("", "patchstate run os:rtm", 4, view);
        assert_eq!(short, "    patchstate run os:rtm\n");
    }
}
