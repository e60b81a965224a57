//! What two programs said to the same words, and what may differ between them.
//!
//! **Owns** the comparison: a difference that no entry explains is a disagreement, and so is an
//! entry that explains nothing any more.
//!
//! **Must never know** how the programs are started.

use crate::failure::Failure;
use std::collections::BTreeSet;
use toml::{Table, Value};

/// The name under which files that were written are compared.
pub(super) const FILES: &str = "files";

/// Commands, and what may differ.
#[derive(Debug)]
pub(super) struct Transcript {
    pub(super) cases: Vec<Case>,
    pub(super) listed: Vec<Listed>,
}

/// One command.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) words: Vec<String>,
}

/// A difference that is known, and why it is there.
#[derive(Debug)]
pub(super) struct Listed {
    /// The cases in which it occurs; in any, where none is named.
    of: Vec<String>,
    linux: String,
    windows: String,
    why: String,
}

/// What a program said, each under its name: its outputs and its exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said(pub(super) Vec<(&'static str, String)>);

impl Transcript {
    /// Reads both from a file.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let table: Table = text.parse()?;
        let rows = |name: &str| {
            let rows = table.get(name).and_then(Value::as_array);
            rows.into_iter().flatten().collect::<Vec<_>>()
        };
        let cases = rows("command").into_iter().map(|row| {
            let (name, words) = (text_of(row, "name")?, texts_of(row, "words")?);
            Some(Case { name, words })
        });
        let listed = rows("difference").into_iter().map(|row| {
            Some(Listed {
                of: texts_of(row, "of")?,
                linux: text_of(row, "linux")?,
                windows: text_of(row, "windows")?,
                why: text_of(row, "why").filter(|why| !why.is_empty())?,
            })
        });
        let read = || Some((cases.collect::<Option<_>>()?, listed.collect::<Option<_>>()?));
        let (cases, listed) = read().ok_or("a row of the transcript has another shape")?;
        Ok(Self { cases, listed })
    }

    /// What differs in a case and is not listed. What is listed and was seen is added to `seen`.
    pub(super) fn unlisted(
        &self,
        case: &str,
        linux: &Said,
        windows: &Said,
        seen: &mut BTreeSet<usize>,
    ) -> Vec<String> {
        let mut unlisted = Vec::new();
        for ((name, of_linux), (_, of_windows)) in linux.0.iter().zip(&windows.0) {
            if of_linux == of_windows {
                continue;
            }
            let (mut adjusted, mut used) = (of_windows.clone(), Vec::new());
            for (number, listed) in self.listed.iter().enumerate() {
                let is_meant = listed.of.is_empty() || listed.of.iter().any(|of| of == case);
                if is_meant && adjusted.contains(&listed.windows) {
                    adjusted = adjusted.replace(&listed.windows, &listed.linux);
                    used.push(number);
                }
            }
            if adjusted == *of_linux {
                seen.extend(used);
            } else {
                unlisted.push(format!("{name}: {}", first_difference(of_linux, &adjusted)));
            }
        }
        unlisted
    }

    /// What is listed and was not seen.
    pub(super) fn unseen(&self, seen: &BTreeSet<usize>) -> Vec<String> {
        let rows = self.listed.iter().enumerate().filter(|(number, _)| !seen.contains(number));
        rows.map(|(_, row)| format!("{:?} is listed and does not occur: {}", row.windows, row.why))
            .collect()
    }

    /// The reasons of all that is listed.
    pub(super) fn reasons(&self) -> impl Iterator<Item = &str> {
        self.listed.iter().map(|listed| listed.why.as_str())
    }
}

fn text_of(row: &Value, key: &str) -> Option<String> {
    Some(row.get(key)?.as_str()?.to_owned())
}

fn texts_of(row: &Value, key: &str) -> Option<Vec<String>> {
    row.get(key)?.as_array()?.iter().map(|text| Some(text.as_str()?.to_owned())).collect()
}

/// The first line that differs.
fn first_difference(linux: &str, windows: &str) -> String {
    let (mut of_linux, mut of_windows) = (linux.split('\n'), windows.split('\n'));
    loop {
        match (of_linux.next(), of_windows.next()) {
            (None, None) => return "nothing differs".to_owned(),
            (one, other) if one == other => {}
            (one, other) => return format!("Linux {one:?}, Windows {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        [[command]]
        name = "a"
        words = ["list", "updates"]
        [[difference]]
        of = ["a"]
        linux = "x/y"
        windows = 'x\y'
        why = "paths"
    "#;

    fn said(stdout: &str, code: &str) -> Said {
        Said(vec![("stdout", stdout.to_owned()), ("exit code", code.to_owned())])
    }

    fn compared(case: &str, linux: &Said, windows: &Said) -> (usize, usize) {
        let transcript = Transcript::read(TEXT).expect("a transcript");
        let mut seen = BTreeSet::new();
        let unlisted = transcript.unlisted(case, linux, windows, &mut seen);
        (unlisted.len(), transcript.unseen(&seen).len())
    }

    #[test]
    fn what_is_listed_may_differ_and_must() {
        let linux = said("at x/y\nend\n", "0");
        assert_eq!(compared("a", &linux, &said("at x\\y\nend\n", "0")), (0, 0));
        assert_eq!(compared("a", &linux, &linux), (0, 1), "it does not occur");
    }

    #[test]
    fn nothing_else_may_differ() {
        let linux = said("at x/y\nend\n", "0");
        for windows in
            [said("at x\\y\nend", "0"), said("at x\\y\r\nend\r\n", "0"), said("at X/y\nend\n", "0")]
        {
            assert_eq!(compared("a", &linux, &windows), (1, 1), "{windows:?}");
        }
        assert_eq!(compared("a", &linux, &said("at x\\y\nend\n", "1")), (1, 0), "the exit code");
        assert_eq!(compared("b", &linux, &said("at x\\y\nend\n", "0")), (1, 1), "another case");
    }

    #[test]
    fn the_first_line_that_differs_is_told() {
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), r#"Linux Some("b"), Windows Some("c")"#);
        assert_eq!(first_difference("a", "a\n"), r#"Linux None, Windows Some("")"#);
    }

    #[test]
    fn a_row_of_another_shape_is_none() {
        assert!(Transcript::read(&TEXT.replace("\"paths\"", "\"\"")).is_err(), "no reason");
        assert!(Transcript::read(&TEXT.replace("words", "word")).is_err());
    }
}
