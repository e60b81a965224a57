//! Catalog text of any kind: it is read or refused, but nothing panics and every mark is in place.

use patchstate_catalog::{built_in_files, read_catalog};
use patchstate_source::{Severity, SourceFile};
use proptest::prelude::*;

/// A change to a text that a slip of the hand, or a hostile one, could make.
#[derive(Clone, Debug)]
enum Slip {
    /// A stretch of text is gone.
    Cut { at: usize, length: usize },
    /// A stretch of text stands there twice.
    Repeat { at: usize, length: usize },
    /// Something is written in between.
    Insert { at: usize, text: String },
    /// One quoted word takes the place of another.
    Exchange { at: usize, from: usize },
    /// A number becomes another one, often an extreme.
    Number { at: usize, to: u64 },
}

fn slip() -> impl Strategy<Value = Slip> {
    let odd = prop_oneof![
        "[\\PC]{0,12}",
        "[\"'\\[\\]{}=,.#\\\\\n]{1,6}",
        "(-?[0-9]{1,12})",
        Just("{update}".to_owned()),
        Just("since = 0, ".to_owned()),
        Just("\u{0}".to_owned()),
        Just("[".repeat(300)),
    ];
    let number =
        prop_oneof![Just(0), Just(1), Just(255), Just(65_535), Just(u64::MAX), 0_u64..7_000];
    prop_oneof![
        (any::<usize>(), 0_usize..60).prop_map(|(at, length)| Slip::Cut { at, length }),
        (any::<usize>(), 0_usize..400).prop_map(|(at, length)| Slip::Repeat { at, length }),
        (any::<usize>(), odd).prop_map(|(at, text)| Slip::Insert { at, text }),
        (any::<usize>(), any::<usize>()).prop_map(|(at, from)| Slip::Exchange { at, from }),
        (any::<usize>(), number).prop_map(|(at, to)| Slip::Number { at, to }),
    ]
}

/// The nearest place at or below the offset where a text can be cut.
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The bytes of the quoted words of a text.
fn words(text: &str) -> Vec<std::ops::Range<usize>> {
    let quotes: Vec<usize> = text.match_indices('"').map(|(at, _)| at).collect();
    quotes.chunks_exact(2).map(|pair| pair[0]..pair[1] + 1).collect()
}

/// The bytes of the values of a text that are numbers.
fn numbers(text: &str) -> Vec<std::ops::Range<usize>> {
    let values = text.match_indices("= ").map(|(at, _)| at + 2);
    let digits = |at: usize| text[at..].bytes().take_while(u8::is_ascii_digit).count();
    values.map(|at| at..at + digits(at)).filter(|number| !number.is_empty()).collect()
}

fn apply(text: &mut String, slip: &Slip) {
    let start = |at: usize, text: &str| boundary(text, at % (text.len() + 1));
    match slip {
        Slip::Cut { at, length } => {
            let from = start(*at, text);
            let to = boundary(text, from + length).max(from);
            text.replace_range(from..to, "");
        }
        Slip::Repeat { at, length } => {
            let from = start(*at, text);
            let to = boundary(text, from + length).max(from);
            let again = text[from..to].to_owned();
            text.insert_str(to, &again);
        }
        Slip::Insert { at, text: new } => text.insert_str(start(*at, text), new),
        Slip::Number { at, to } => {
            let numbers = numbers(text);
            if !numbers.is_empty() {
                text.replace_range(numbers[at % numbers.len()].clone(), &to.to_string());
            }
        }
        Slip::Exchange { at, from } => {
            let words = words(text);
            if !words.is_empty() {
                let new = text[words[from % words.len()].clone()].to_owned();
                text.replace_range(words[at % words.len()].clone(), &new);
            }
        }
    }
}

fn check(files: &[SourceFile]) -> Result<(), TestCaseError> {
    let (catalog, mistakes) = read_catalog("the catalog", files);
    let errors = mistakes.iter().filter(|mistake| mistake.severity == Severity::Error).count();
    prop_assert_eq!(catalog.is_some(), errors == 0);
    for mistake in &mistakes {
        prop_assert!(
            mistake.source.text.get(mistake.span.clone()).is_some(),
            "{} marks {:?} of {}",
            mistake.code,
            mistake.span,
            mistake.source.name
        );
        prop_assert!(!mistake.message.contains('\n'), "{}", mistake.message);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_slip_in_the_built_in_catalog_makes_reading_panic(
        slips in prop::collection::vec((any::<usize>(), slip()), 1..5)
    ) {
        let mut texts: Vec<String> =
            built_in_files().iter().map(|(_, text)| (*text).to_owned()).collect();
        for (file, slip) in &slips {
            let index = file % texts.len();
            apply(&mut texts[index], slip);
        }
        let names = built_in_files().iter().map(|(name, _)| *name);
        let files: Vec<SourceFile> =
            names.zip(&texts).map(|(name, text)| SourceFile::new(name, text)).collect();
        check(&files)?;
    }

    #[test]
    fn no_text_makes_reading_panic(texts in prop::collection::vec(any::<String>(), 0..4)) {
        let files: Vec<SourceFile> =
            texts.iter().map(|text| SourceFile::new("any.toml", text)).collect();
        check(&files)?;
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let deep = format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let (catalog, mistakes) = read_catalog("the catalog", &[SourceFile::new("deep.toml", &deep)]);
    assert_eq!(catalog, None);
    assert!(mistakes.iter().any(|mistake| mistake.code == "catalog/syntax"));
}

#[test]
fn a_long_chain_of_needs_is_followed_without_recursion() {
    let component = |n: usize, needed: usize| {
        format!("[[component]]\nid=\"c{n}\"\ntitle=\"c\"\nneeds=[\"c{needed}\"]\n")
    };
    let mut text = (0..50_000).map(|n| component(n, n + 1)).collect::<Vec<_>>().concat();
    text += &component(50_000, 0);
    let (_, mistakes) = read_catalog("the catalog", &[SourceFile::new("long.toml", &text)]);
    let cycles = mistakes.iter().filter(|mistake| mistake.code == "catalog/needs-cycle").count();
    assert_eq!(cycles, 1);
}
