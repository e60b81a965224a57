//! What a file of TOML is, told by its tables: other programs keep tables in TOML too.

use crate::nearest;
use toml::de::{DeTable, DeValue};

/// How a section is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brackets {
    /// Once, in single brackets.
    Single,
    /// Once for each entry, in double brackets.
    Double,
}

/// A section of a kind of file.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub brackets: Brackets,
    /// The fields of its entries.
    pub fields: &'static [&'static str],
}

/// How much a file looks like one of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// It has nothing of it.
    None,
    /// It has the name of a section, with fields that are mostly of something else.
    Name,
    /// It has the fields of a section, under a name or in a shape that is nearly right.
    Near,
    /// It has a section with its fields.
    Sure,
}

impl Likeness {
    /// How much a table looks like a file of these sections.
    ///
    /// A name alone says little: `source`, `file` and `defaults` stand in files of many programs.
    /// So entries count whose fields are mostly known ones, misspelt or not.
    #[must_use]
    pub fn of(table: &DeTable<'_>, sections: &[Section]) -> Self {
        let keys = table.iter();
        keys.map(|(key, value)| of_key(key.get_ref(), value.get_ref(), sections))
            .max()
            .unwrap_or(Self::None)
    }

    /// The same for a kind of file that has nothing but sections: where most of a file is something
    /// else, a section of it is called the same by chance, and has a few fields of the same name.
    #[must_use]
    pub fn of_all_sections(table: &DeTable<'_>, sections: &[Section]) -> Self {
        let names = || sections.iter().map(|section| section.name);
        let others = table.keys().filter(|key| nearest(key.get_ref(), names()).is_none()).count();
        let most = if 2 * others > table.len() { Self::Name } else { Self::Sure };
        Self::of(table, sections).min(most)
    }
}

fn of_key(name: &str, value: &DeValue<'_>, sections: &[Section]) -> Likeness {
    if let Some(section) = sections.iter().find(|section| section.name == name) {
        return match (fields(value, section.fields), has_shape(value, section.brackets)) {
            (FieldsKnown::Most, true) => Likeness::Sure,
            (FieldsKnown::Most, false) => Likeness::Near,
            (FieldsKnown::Some, true) => Likeness::Name,
            (FieldsKnown::Some, false) | (FieldsKnown::None, _) => Likeness::None,
        };
    }
    let near = nearest(name, sections.iter().map(|section| section.name));
    let near = near.and_then(|near| sections.iter().find(|section| section.name == near));
    match near {
        Some(section) if fields(value, section.fields) == FieldsKnown::Most => Likeness::Near,
        _ => Likeness::None,
    }
}

fn has_shape(value: &DeValue<'_>, brackets: Brackets) -> bool {
    match (brackets, value) {
        (Brackets::Single, DeValue::Table(_)) => true,
        (Brackets::Double, DeValue::Array(entries)) => {
            !entries.is_empty() && entries.iter().all(|entry| entry.get_ref().is_table())
        }
        _ => false,
    }
}

/// How many fields of an entry are known ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum FieldsKnown {
    None,
    Some,
    /// More than half, and two at least; or all. An entry without fields has all.
    Most,
}

/// What the entry says that has most known fields, misspelt or not.
fn fields(value: &DeValue<'_>, known: &[&str]) -> FieldsKnown {
    let entries: Vec<&DeTable<'_>> = match value {
        DeValue::Table(table) => vec![table],
        DeValue::Array(entries) => {
            entries.iter().filter_map(|entry| entry.get_ref().as_table()).collect()
        }
        _ => Vec::new(),
    };
    let is_known = |name: &str| nearest(name, known.iter().copied()).is_some();
    let of_entry = |entry: &DeTable<'_>| {
        let count = entry.keys().filter(|key| is_known(key.get_ref())).count();
        match count {
            count if count == entry.len() || count >= 2 && 2 * count > entry.len() => {
                FieldsKnown::Most
            }
            0 => FieldsKnown::None,
            _ => FieldsKnown::Some,
        }
    };
    entries.into_iter().map(of_entry).max().unwrap_or(FieldsKnown::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTIONS: &[Section] = &[
        Section { name: "source", brackets: Brackets::Double, fields: &["id", "title"] },
        Section {
            name: "component",
            brackets: Brackets::Double,
            fields: &["id", "title", "needs"],
        },
        Section { name: "catalog", brackets: Brackets::Single, fields: &["name", "title"] },
    ];

    #[track_caller]
    fn check(text: &str, expected: Likeness) {
        let table = DeTable::parse(text).expect("TOML").into_inner();
        assert_eq!(Likeness::of(&table, SECTIONS), expected, "{text}");
    }

    #[test]
    fn a_section_with_its_fields_is_sure() {
        check("[[component]]\nid = \"a\"\ntitle = \"A\"\n", Likeness::Sure);
        check("[[component]]\nid = \"a\"\n", Likeness::Sure);
        check("[[component]]\n", Likeness::Sure);
        check("[[component]]\nid = \"a\"\ntitel = \"A\"\nnead = []\n", Likeness::Sure);
        check("[catalog]\nname = \"a\"\ntitle = \"A\"\n[other]\nx = 1\n", Likeness::Sure);
    }

    #[test]
    fn a_misspelt_name_or_another_shape_is_near() {
        check("[[componnet]]\nid = \"a\"\ntitle = \"A\"\n", Likeness::Near);
        check("[component]\nid = \"a\"\ntitle = \"A\"\n", Likeness::Near);
        check("[[catalog]]\nname = \"a\"\ntitle = \"A\"\n", Likeness::Near);
    }

    #[test]
    fn tables_of_other_programs_are_not_ours() {
        // Pipfile, Cargo's configuration, a workspace, pyproject.toml, ruff.toml.
        check("[[source]]\nurl = \"u\"\nverify_ssl = true\nname = \"pypi\"\n", Likeness::None);
        check("[[source]]\nurl = \"u\"\nid = \"a\"\nx = 1\n", Likeness::Name);
        check("[source.crates-io]\nreplace-with = \"vendored\"\n", Likeness::None);
        check("[workspace]\nmembers = []\n[workspace.package]\nversion = \"1\"\n", Likeness::None);
        check("[project]\nname = \"a\"\nversion = \"1\"\n[tool.ruff]\nx = 1\n", Likeness::None);
        check("line-length = 100\n[lint]\nselect = []\n", Likeness::None);
        check("", Likeness::None);
    }

    #[test]
    fn a_file_that_is_mostly_something_else_is_not_ours() {
        let like = |text: &str| {
            let table = DeTable::parse(text).expect("TOML").into_inner();
            Likeness::of_all_sections(&table, SECTIONS)
        };
        // A manifest of Spin, of its first version.
        let spin = "spin_manifest_version = \"1\"\nname = \"hello\"\nversion = \"1.0.0\"\n\
                    [[component]]\nid = \"hello\"\ntitle = \"Hello\"\n";
        assert_eq!(like(spin), Likeness::Name);
        let half = "[catalog]\nname = \"a\"\ntitle = \"A\"\n[other]\nx = 1\n";
        assert_eq!(like(half), Likeness::Sure);
        let misspelt = "[catalg]\nname = \"a\"\n[[componet]]\nid = \"a\"\n[other]\nx = 1\n";
        assert_eq!(like(misspelt), Likeness::Near);
        assert_eq!(like(""), Likeness::None);
    }
}
