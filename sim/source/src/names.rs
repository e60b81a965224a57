//! Names that a person wrote: the one that was meant, and how a message quotes them.

/// Nobody has misspelt a name that is longer: working out what is near to it would take long.
const MISSPELT_CHARACTERS_MAX: usize = 256;

/// The candidate nearest to a misspelt name, where one is near enough to be meant.
///
/// Distance counts letters inserted, dropped, changed or swapped; it must be at most a third of
/// the name's length, and at least 1 is always allowed.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let limit = (length / 3).max(1);
    if length > MISSPELT_CHARACTERS_MAX {
        return None;
    }
    candidates
        .into_iter()
        // So much at least has to be inserted or dropped; and comparing takes as long as both are.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| {
            (strsim::osa_distance(&name.to_lowercase(), &candidate.to_lowercase()), candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// More names are not listed where none is near.
const LISTED_NAMES_MAX: usize = 14;

/// That the nearest of some names may be meant, or which there are, where they are few: a sentence
/// for [`help`](crate::Diagnostic::help).
#[must_use]
pub fn suggestion<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str, IntoIter: Clone>,
) -> Option<String> {
    let candidates = candidates.into_iter();
    if let Some(near) = nearest(name, candidates.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let listed: Vec<&str> = candidates.take(LISTED_NAMES_MAX + 1).collect();
    let are_few = !listed.is_empty() && listed.len() <= LISTED_NAMES_MAX;
    are_few.then(|| format!("expected one of `{}`", listed.join("`, `")))
}

/// Characters of a name that are quoted.
const QUOTED_CHARACTERS_MAX: usize = 80;

/// A name as a message quotes it: cut where it is long, and with everything escaped that does not
/// print. Backslashes and quotes stay: paths have them.
#[must_use]
pub fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len().min(QUOTED_CHARACTERS_MAX));
    for letter in name.chars().take(QUOTED_CHARACTERS_MAX) {
        match letter {
            '"' | '\'' | '\\' => quoted.push(letter),
            _ => quoted.extend(letter.escape_debug()),
        }
    }
    if name.chars().nth(QUOTED_CHARACTERS_MAX).is_some() {
        quoted.push_str("...");
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let names = ["iis_common", "iis_www", "iis_ftp"];
        assert_eq!(nearest("iis_comon", names), Some("iis_common"));
        assert_eq!(nearest("iis_wwww", names), Some("iis_www"));
        assert_eq!(nearest("apache", names), None);
    }

    #[test]
    fn few_names_are_listed_where_none_is_near() {
        let names = ["iis_common", "iis_www"];
        assert_eq!(suggestion("iis_ww", names).as_deref(), Some("did you mean `iis_www`?"));
        let listed = suggestion("apache", names);
        assert_eq!(listed.as_deref(), Some("expected one of `iis_common`, `iis_www`"));
        assert_eq!(suggestion("apache", ["a_long_name"; LISTED_NAMES_MAX + 1]), None);
        assert_eq!(suggestion("apache", []), None);
    }

    #[test]
    fn what_is_quoted_stays_on_its_line_and_is_not_long() {
        assert_eq!(quoted("a\nb\u{1b}[0m"), "a\\nb\\u{1b}[0m");
        assert_eq!(quoted(r#"C:\x "y" 'z'"#), r#"C:\x "y" 'z'"#);
        assert_eq!(quoted(&"é".repeat(80)), "é".repeat(80));
        assert_eq!(quoted(&"é".repeat(81)), "é".repeat(80) + "...");
    }
}
