//! Rules, built in or of a user, and the codes of mistakes in files.

use super::{
    kind::Kind,
    page::{Block, Command, Page},
};
use crate::text::and;
use patchstate_catalog::CODES;
use patchstate_rules::{RULE_CODES, Reads, Rule};
use patchstate_study::{CORE_RULE, built_in_rules};
use patchstate_terms::Status;

/// The rules that are built in.
pub(super) fn pages() -> impl Iterator<Item = Page> {
    built_in_rules().into_iter().map(|rule| of_rule(rule.as_ref(), rule.id()))
}

/// The codes of mistakes: each with when it is reported, and what kind of file it is about.
fn codes() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let rules = RULE_CODES.iter().map(|code| (code.name, code.explanation, "a rule file"));
    let catalog = CODES.iter().map(|code| (code.name, code.explanation, "a catalog"));
    let others = patchstate_rules::MISTAKE_CODES.into_iter();
    let others = others.chain(patchstate_study::MISTAKE_CODES);
    let others = others.flat_map(|(file, codes)| {
        codes.iter().map(move |code| (code.name, code.explanation, file))
    });
    rules.chain(catalog).chain(others)
}

/// When a mistake is reported, by its code.
pub(crate) fn of_mistake(code: &str) -> Option<String> {
    let (_, explanation, file) = codes().find(|(name, ..)| *name == code)?;
    Some(format!("Mistake in {file}. {explanation}"))
}

/// A page for each code of a mistake.
pub(super) fn mistakes() -> impl Iterator<Item = Page> {
    codes().map(|(name, explanation, file)| {
        let says = Block::Text(format!("Mistake in {file}. {explanation}"));
        Page::new(name, Kind::Mistake, vec![says])
    })
}

/// What a rule reads, which status its conditions give, and what it stands for. `word` is what the
/// user calls it.
#[must_use]
pub fn of_rule(rule: &dyn Rule, word: &str) -> Page {
    let mut blocks = vec![
        Block::Text(format!("Rule. {}.", rule.title().trim_end_matches('.'))),
        Block::Text(format!("Written in {}.", rule.source().name)),
    ];
    blocks.extend(rule.head().description.as_deref().map(|text| Block::Text(one_line(text))));
    if !rule.head().references.is_empty() {
        blocks.push(Block::Text(format!("References: {}.", rule.head().references.join(", "))));
    }
    blocks.push(Block::Heading("What it stands for".to_owned()));
    let stands_for: Vec<&str> = rule.stands_for().iter().map(|status| status.as_str()).collect();
    blocks.push(Block::Text(format!(
        "{}: these it should report, and nothing else. A host with one of them counts as positive, \
         and so does a verdict that is one of them.",
        and(&stands_for)
    )));
    blocks.push(Block::Heading("What it says, and when".to_owned()));
    for outcome in rule.outcomes() {
        let status = outcome.status.map_or("as it names", Status::as_str);
        blocks.push(Block::Item(status.to_owned(), one_line(&outcome.when)));
    }
    blocks.push(Block::Heading("What it reads".to_owned()));
    blocks.extend(reads(rule.reads()));
    let parts: Vec<String> = rule.clauses().iter().map(|part| one_line(&part.text)).collect();
    if parts.len() > 1 {
        blocks.push(Block::Heading("Its conditions, one by one".to_owned()));
        blocks.push(Block::Lines(parts));
    }
    if rule.id() != CORE_RULE {
        let line = format!("patchstate verify {word}");
        blocks.push(Block::Heading("Where it is right and wrong".to_owned()));
        blocks.push(Block::Commands(vec![Command { line, exit_code: 0, why: None }]));
    }
    Page::new(rule.id(), Kind::Rule, blocks)
}

fn reads(reads: &Reads) -> Vec<Block> {
    let list = |names: Vec<String>| {
        if names.is_empty() {
            Block::Text("Nothing: it says the same of every host.".to_owned())
        } else {
            Block::Lines(names)
        }
    };
    let paths = |paths: &std::collections::BTreeSet<patchstate_terms::WindowsPath>| {
        list(paths.iter().map(ToString::to_string).collect())
    };
    let says = |words: &str| Block::Text(words.to_owned());
    match reads {
        Reads::Fields(fields) => vec![list(fields.iter().map(ToString::to_string).collect())],
        Reads::Files(files) => vec![says("The bytes of these files:"), paths(files)],
        Reads::Tree => vec![says("Any file: which one depends on what it finds.")],
        Reads::Folder => {
            vec![says("Any file: its program is given a folder with all files of the host.")]
        }
        Reads::FolderOf(files) => {
            vec![says("Its program is given a folder with these files alone:"), paths(files)]
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
