//! Names of files, registry keys, values and DLLs, compared as Windows compares them.
//!
//! **Owns** which names Windows takes for one. **Must never know** where names come from.
//!
//! Windows compares letter by letter: each UTF-16 unit is looked up in a table of capitals
//! (`RtlUpcaseUnicodeChar`), whatever stands beside it and whatever the language is. So a name
//! never changes its length (`ß` and `ﬁ` have no capital), a `ς` is a `σ` in every place of a word,
//! and the dotless `ı` is no `i`.
//!
//! The table of Windows 2000 to Server 2003 is the one that NTFS volumes of these systems carry as
//! `$UpCase`; the NTFS driver of Linux published it (`fs/ntfs/upcase.c`, 2001). It is Unicode's
//! simple mapping to upper case with three rules, by which it is made here from Unicode's data:
//! a letter has a capital only if that capital's small letter is the letter itself, `ς` has the
//! capital of `σ`, and letters that got a capital from later editions of Unicode have none
//! ([`CAPITALS_OF_LATER_EDITIONS`]). Where `RtlUpcaseUnicodeChar` of Server 2003 differs from the
//! table on its volumes, this does too; we know of no such letter. Windows Vista and later have a
//! larger table.
//!
//! **Start reading** at [`folded`].

use std::ops::RangeInclusive;

/// Letters between these have no capital in the table, and one in today's Unicode.
const CAPITALS_OF_LATER_EDITIONS: [RangeInclusive<char>; 33] = [
    '\u{180}'..='\u{180}',
    '\u{195}'..='\u{195}',
    '\u{19A}'..='\u{19E}',
    '\u{1BF}'..='\u{1BF}',
    '\u{1F9}'..='\u{1F9}',
    '\u{219}'..='\u{252}',
    '\u{25C}'..='\u{25C}',
    '\u{261}'..='\u{261}',
    '\u{264}'..='\u{266}',
    '\u{26A}'..='\u{26C}',
    '\u{271}'..='\u{271}',
    '\u{27D}'..='\u{282}',
    '\u{287}'..='\u{287}',
    '\u{289}'..='\u{289}',
    '\u{28C}'..='\u{28C}',
    '\u{29D}'..='\u{29E}',
    '\u{371}'..='\u{37D}',
    '\u{3D7}'..='\u{3E1}',
    '\u{3F2}'..='\u{3FB}',
    '\u{450}'..='\u{450}',
    '\u{45D}'..='\u{45D}',
    '\u{48B}'..='\u{48F}',
    '\u{4C6}'..='\u{4C6}',
    '\u{4CA}'..='\u{4CA}',
    '\u{4CE}'..='\u{4CF}',
    '\u{4ED}'..='\u{4ED}',
    '\u{4F7}'..='\u{4F7}',
    '\u{4FB}'..='\u{52F}',
    '\u{10D0}'..='\u{1D8E}',
    '\u{1EFB}'..='\u{1EFF}',
    '\u{214E}'..='\u{214E}',
    '\u{2184}'..='\u{2184}',
    '\u{2C30}'..='\u{ABBF}',
];

/// A name in small letters: two names have the same such form exactly where Windows takes them for
/// one. It has as many letters as the name, and as many bytes.
///
/// No letter but those of ASCII has a capital of ASCII. So a name is the same as a word of ASCII
/// exactly where `eq_ignore_ascii_case` says so.
///
/// ```
/// use patchstate_terms::folded;
///
/// assert_eq!(folded("IISUtil.DLL"), "iisutil.dll");
/// assert_eq!(folded("ΟΔΟΣ"), folded("οδος"));
/// assert_ne!(folded("ß.dll"), folded("SS.dll"));
/// ```
#[must_use]
pub fn folded(name: &str) -> String {
    name.chars().map(small).collect()
}

/// Whether Windows takes two names for one.
#[must_use]
pub fn is_same_name(one: &str, other: &str) -> bool {
    one.chars().map(capital).eq(other.chars().map(capital))
}

/// The capital of one UTF-16 unit, as `RtlUpcaseUnicodeChar` gives it.
#[must_use]
pub fn upper_case(unit: u16) -> u16 {
    let capital = char::from_u32(u32::from(unit)).map(capital);
    capital.and_then(|capital| u16::try_from(u32::from(capital)).ok()).unwrap_or(unit)
}

/// The small letter of which this is the capital, or the letter itself.
fn small(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    let upper = capital(letter);
    match only(upper.to_lowercase()) {
        Some(lower) if capital(lower) == upper => lower,
        Some(_) | None => upper,
    }
}

fn capital(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_uppercase();
    }
    if letter == 'ς' {
        return 'Σ';
    }
    // Beyond the first plane a letter has two units, and no unit of a pair has a capital.
    let is_later = CAPITALS_OF_LATER_EDITIONS.iter().any(|letters| letters.contains(&letter));
    match only(letter.to_uppercase()) {
        Some(upper)
            if letter <= '\u{FFFF}' && !is_later && only(upper.to_lowercase()) == Some(letter) =>
        {
            upper
        }
        Some(_) | None => letter,
    }
}

/// The one letter that a mapping gives, where it gives one.
fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next()?;
    letters.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Pairs that stand in the published table.
    const CAPITALS: [(char, char); 21] = [
        ('a', 'A'),
        ('z', 'Z'),
        ('à', 'À'),
        ('þ', 'Þ'),
        ('ÿ', 'Ÿ'),
        ('ā', 'Ā'),
        ('ž', 'Ž'),
        ('ƒ', 'Ƒ'),
        ('ǆ', 'Ǆ'),
        ('ǝ', 'Ǝ'),
        ('ʈ', 'Ʈ'),
        ('ʒ', 'Ʒ'),
        ('ά', 'Ά'),
        ('σ', 'Σ'),
        ('ς', 'Σ'),
        ('ϋ', 'Ϋ'),
        ('я', 'Я'),
        ('ё', 'Ё'),
        ('ֆ', 'Ֆ'),
        ('ⅷ', 'Ⅷ'),
        ('ｚ', 'Ｚ'),
    ];
    /// Letters that the table leaves as they are, though Unicode has a capital, or several letters,
    /// for them.
    const WITHOUT_CAPITAL: &str = "ßıſµŉǰΐևﬁﬀẞİϐϑϖẛǅǲᾀᾳѐѝԁⱥაꙁꭰ\u{212A}";

    #[test]
    fn the_letters_of_the_published_table_have_its_capitals() {
        for (letter, upper) in CAPITALS {
            assert_eq!(capital(letter), upper, "{letter}");
            assert_eq!(capital(upper), upper, "{upper}");
        }
        for letter in WITHOUT_CAPITAL.chars() {
            assert_eq!(capital(letter), letter, "{letter}");
        }
        // A letter of the first plane only: Deseret has capitals in Unicode.
        assert_eq!(capital('\u{10428}'), '\u{10428}');
    }

    /// The count was taken from the published table.
    #[test]
    fn as_many_units_have_a_capital_as_in_the_published_table() {
        let changed: Vec<u16> = (0..=u16::MAX).filter(|unit| upper_case(*unit) != *unit).collect();
        assert_eq!(changed.len(), 636);
    }

    #[test]
    fn two_names_of_one_letter_fold_alike_exactly_where_their_capitals_are_alike() {
        let mut forms: BTreeMap<char, String> = BTreeMap::new();
        for letter in (0..=u32::from(u16::MAX)).filter_map(char::from_u32) {
            let form = folded(&letter.to_string());
            assert_eq!(form.chars().count(), 1, "{letter}");
            assert_eq!(folded(&form), form, "{letter}");
            assert_eq!(form.len(), letter.len_utf8(), "{letter}");
            assert_eq!(form.is_ascii(), letter.is_ascii(), "{letter}");
            assert_eq!(forms.entry(capital(letter)).or_insert_with(|| form.clone()), &form);
        }
        let count = forms.len();
        let different: std::collections::BTreeSet<String> = forms.into_values().collect();
        assert_eq!(different.len(), count);
    }

    #[test]
    fn the_place_of_a_letter_in_a_word_does_not_matter() {
        for name in ["ΟΔΟΣ", "οδοσ", "οδος", "Οδος"] {
            assert_eq!(folded(name), "οδοσ");
            assert!(is_same_name(name, "ΟΔΟΣ"));
        }
        assert!(!is_same_name("straße", "STRASSE"));
        assert!(!is_same_name("kernel32.dll", "\u{212A}ernel32.dll"));
        assert!(!is_same_name("a", "ab"));
    }
}
