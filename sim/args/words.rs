//! Words that a shell can complete, and help without the marks of Markdown.

use clap::{
    Arg, Command, Error,
    builder::{PossibleValue, StringValueParser, StyledStr, TypedValueParser},
};
use patchstate_catalog::Catalog;
use patchstate_report::explain::{self, Kind};
use std::{ffi::OsStr, sync::LazyLock};

/// Takes every text, and knows some that a shell may offer. What is right depends on other words
/// (`--catalog`), so whoever reads the text says what is wrong with it.
#[derive(Clone, Copy)]
pub(crate) struct Offered(pub(crate) &'static LazyLock<Vec<String>>);

impl TypedValueParser for Offered {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

/// Every step that the built-in catalog knows.
pub(crate) static STEPS: LazyLock<Vec<String>> = LazyLock::new(steps);
/// The names of components and groups.
pub(crate) static COMPONENTS: LazyLock<Vec<String>> = LazyLock::new(components);
/// The ids of updates.
pub(crate) static UPDATES: LazyLock<Vec<String>> = LazyLock::new(updates);
/// The settings of assumptions.
pub(crate) static SETTINGS: LazyLock<Vec<String>> = LazyLock::new(settings);
/// The topics of `explain` that are words: operators mean something to a shell.
pub(crate) static TOPICS: LazyLock<Vec<String>> = LazyLock::new(topics);

fn steps() -> Vec<String> {
    let catalog = Catalog::built_in();
    let media = catalog.architectures.iter().flat_map(|facts| &facts.media);
    let packs = catalog.architectures.iter().flat_map(|facts| &facts.service_packs);
    let mut words: Vec<String> = media.clone().map(|level| format!("os:{level}")).collect();
    words.extend(packs.flat_map(|pack| [pack.to_string(), format!("-{pack}")]));
    for name in components() {
        words.extend([format!("+{name}"), format!("-{name}")]);
        words.extend(media.clone().map(|level| format!("+{name}@{level}")));
    }
    for (id, update) in catalog.update_ids().zip(&catalog.updates) {
        let name = update.id.to_lowercase();
        words.extend([name.clone(), format!("-{name}")]);
        let labels = update.releases.iter().map(|release| catalog.label(id, release.number));
        words.extend(labels.map(|label| label.to_string().to_lowercase()));
    }
    words.extend(["sfc", "restart", "clean-cache"].map(str::to_owned));
    words.sort();
    words.dedup();
    words
}

fn components() -> Vec<String> {
    let catalog = Catalog::built_in();
    let components = catalog.components.iter().map(|component| component.id.clone());
    components.chain(catalog.groups.iter().map(|group| group.id.clone())).collect()
}

fn updates() -> Vec<String> {
    Catalog::built_in().updates.into_iter().map(|update| update.id).collect()
}

fn settings() -> Vec<String> {
    let assumptions = Catalog::built_in().assumptions;
    let settings = assumptions.iter().flat_map(|assumption| {
        assumption.values.iter().map(|value| format!("{}={}", assumption.id, value.name))
    });
    settings.collect()
}

fn topics() -> Vec<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let pages = explain::pages(&Catalog::built_in());
    // Of a file, the name alone is shorter than the path.
    let names = pages.iter().filter_map(|page| match page.kind {
        Kind::File => page.names().min_by_key(|name| name.len()),
        _ => page.names().next(),
    });
    let names = names.map(|name| name.replace(' ', "-"));
    names.filter(|name| name.len() > 1 && name.chars().all(is_plain)).collect()
}

/// A command line whose help has no marks of Markdown, which the comments that it is made from do.
pub(super) fn plain(mut command: Command) -> Command {
    if let Some(text) = command.get_about().map(without_marks) {
        command = command.about(text);
    }
    if let Some(text) = command.get_long_about().map(without_marks) {
        command = command.long_about(text);
    }
    command
        .mut_args(|mut argument| {
            if let Some(text) = argument.get_help().map(without_marks) {
                argument = argument.help(text);
            }
            if let Some(text) = argument.get_long_help().map(without_marks) {
                argument = argument.long_help(text);
            }
            argument
        })
        .mut_subcommands(plain)
}

fn without_marks(text: &StyledStr) -> String {
    text.to_string().replace('`', "")
}
