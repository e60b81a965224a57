//! The rules of the corpus, which are built in.

use patchstate_rules::{OvalDocument, OvalOptions, Rule, is_rule_file, read_rules};
use patchstate_source::SourceFile;

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$((
            concat!("corpus/rules/", $name),
            include_str!(concat!("../../../../corpus/rules/", $name)),
        )),*]
    };
}

/// The files of rules that are built in, sorted by name.
const BUILT_IN: &[(&str, &str)] = built_in![
    "article-rule-of-thumb.rule.toml",
    "iis-fits-os.rule.toml",
    "ms10-040-http-sys.rule.toml",
    "ms10-040-http-sys.xml",
    "ms10-040-httpapi.rule.toml",
    "ms10-040-httpapi.xml",
    "ms10-040-w3dt.rule.toml",
    "ms10-040-w3dt.xml",
    "qfecheck.rule.toml",
];

/// The files of the built-in rules.
#[must_use]
pub fn built_in_rule_files() -> Vec<SourceFile> {
    BUILT_IN.iter().map(|(name, text)| SourceFile::new(name, text)).collect()
}

/// The built-in rules, in the order of their files.
#[must_use]
pub fn built_in_rules() -> Vec<Box<dyn Rule>> {
    let mut rules: Vec<Box<dyn Rule>> = Vec::new();
    for file in built_in_rule_files() {
        if is_rule_file(&*file.name) {
            let (read, _) = read_rules(&[file]);
            rules.extend(read.into_iter().map(|rule| Box::new(rule) as Box<dyn Rule>));
        } else if let (Some(document), _) = OvalDocument::read(file) {
            let read = document.rules(&OvalOptions::default()).into_iter();
            rules.extend(read.map(|rule| Box::new(rule) as Box<dyn Rule>));
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    #[test]
    fn every_rule_of_the_corpus_is_built_in_and_has_no_mistake() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let entries = fs::read_dir(root.join("corpus/rules")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let found: BTreeSet<String> = names
            .filter(|name| {
                is_rule_file(name) || Path::new(name).extension() == Some("xml".as_ref())
            })
            .map(|name| format!("corpus/rules/{name}"))
            .collect();
        let files = built_in_rule_files();
        let built_in: BTreeSet<String> = files.iter().map(|file| file.name.to_string()).collect();
        assert_eq!(found, built_in);
        for file in files {
            let mistakes = if is_rule_file(&*file.name) {
                read_rules(&[file]).1
            } else {
                OvalDocument::read(file).1
            };
            assert_eq!(mistakes, []);
        }
        assert_eq!(built_in_rules().len(), built_in.len());
    }
}
