//! `patchstate list`, `explain`, `completions`, `man`, `schema` and `help`: what there is to know.

use super::{model::facts, rules};
use crate::{
    args::{self, Completions, Explain, Format, HelpOn, List, Options, Schema},
    failure::{Code, Failure},
    output,
};
use clap::{ValueEnum, builder::PossibleValue};
use clap_complete::Shell;
use clap_mangen::Man;
use patchstate_catalog::Catalog;
use patchstate_report::{
    explain::{self as explanations, Page, nearest_topics, of_rule},
    json,
    text::{self, View, last_line},
};
use patchstate_study::Facts;
use std::{
    io::{self, Write},
    path::Path,
};

pub(super) fn list(options: &Options, command: &List) -> Result<Code, Failure> {
    let facts = facts(options)?;
    let catalog = &facts.catalog;
    let kind = command.kind.to_possible_value();
    let kind = kind.as_ref().map_or("", |value| value.get_name());
    let object = json::list_items(catalog, kind)
        .ok_or_else(|| Failure::Usage(format!("there is no list of {kind}")))?;
    let (view, last) = (output::view(options), last_line::list(&object));
    let result = match command.format.chosen() {
        Format::Json => json::write(&object)?,
        Format::Text => last.below(&text::list(&object, view), view),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(Code::Clean)
}

pub(super) fn explain(options: &Options, command: &Explain) -> Result<Code, Failure> {
    let facts = facts(options)?;
    let catalog = &facts.catalog;
    let (format, view) = (command.format.chosen(), output::view(options));
    let result = if command.topic.is_empty() {
        let pages = explanations::pages(catalog);
        match format {
            Format::Json => json::write(&json::ExplainObject::list(&pages))?,
            Format::Text => text::topics(&pages, view),
        }
    } else {
        let pages = pages_about(options, &facts, &command.topic.join(" "))?;
        match format {
            Format::Json => json::write(&json::ExplainObject::pages(&pages))?,
            Format::Text => {
                let texts = pages.iter().map(|page| text::explain(page, view));
                texts.collect::<Vec<_>>().join("\n")
            }
        }
    };
    output::result(options, &result)?;
    Ok(Code::Clean)
}

/// The page of a topic, or a page for each rule that a path names.
fn pages_about(options: &Options, facts: &Facts, topic: &str) -> Result<Vec<Page>, Failure> {
    let catalog = &facts.catalog;
    if let Some(page) = explanations::page(catalog, topic) {
        return Ok(vec![page]);
    }
    let path = topic.rsplit_once('#').map_or(topic, |(path, _)| path);
    if [topic, path].iter().any(|path| Path::new(path).exists()) {
        let rules = rules::load(options, facts, &[topic.to_owned()])?;
        return Ok(rules.iter().map(|rule| of_rule(rule.as_ref(), topic)).collect());
    }
    let near: Vec<String> =
        nearest_topics(catalog, topic).iter().map(|name| format!("`{name}`")).collect();
    let hint = match near.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; did you mean {only}?"),
        Some((last, first)) => format!("; did you mean {} or {last}?", first.join(", ")),
    };
    if is_command(topic) {
        let problem = format!("`{topic}` is a command: `patchstate help {topic}` explains it");
        return Err(Failure::Usage(problem));
    }
    Err(Failure::Usage(format!(
        "there is no topic `{topic}`{hint}; `patchstate explain` lists all topics, and a path to a \
         rule explains that rule"
    )))
}

/// Whether a word is a command, which has help.
fn is_command(word: &str) -> bool {
    let words = ["patchstate", word, "--help"];
    !word.starts_with('-')
        && args::parse(words.map(Into::into)).is_err_and(|said| !said.use_stderr())
}

pub(super) fn help(options: &Options, command: &HelpOn) -> Result<Code, Failure> {
    let words = std::iter::once("patchstate").chain(command.command.as_deref()).chain(["--help"]);
    match args::parse(words.map(Into::into)) {
        Err(said) if !said.use_stderr() => {
            output::result(options, &output::usage_text(&said))?;
            Ok(Code::Clean)
        }
        Err(said) => {
            output::note(options, &output::usage_text(&said));
            Ok(Code::BadInput)
        }
        Ok(_) => Err(Failure::Usage("this command has no help".to_owned())),
    }
}

pub(super) fn completions(options: &Options, command: &Completions) -> Result<Code, Failure> {
    let mut script = Vec::new();
    let mut commands = args::command();
    clap_complete::generate(command.shell, &mut commands, "patchstate", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    match command.shell {
        Shell::Bash => script.push_str(include_str!("completions.bash")),
        Shell::Fish => script.push_str(&fish_words(&commands)),
        _ => {}
    }
    output::result(options, &script)?;
    Ok(Code::Clean)
}

/// What the generator leaves out for fish: words that are neither commands nor flags.
fn fish_words(commands: &clap::Command) -> String {
    let mut script = String::new();
    for command in commands.get_subcommands() {
        for argument in command.get_positionals() {
            let values = argument.get_possible_values();
            let words: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
            if !words.is_empty() {
                script.push_str(&format!(
                    "complete -c patchstate -n '__fish_patchstate_using_subcommand {}' -f -a \
                     '{}'\n",
                    command.get_name(),
                    words.join(" ")
                ));
            }
        }
    }
    script
}

pub(super) fn man(options: &Options) -> Result<Code, Failure> {
    let page = man_page(&args::command()).map_err(Failure::Output)?;
    output::result(options, &page)?;
    Ok(Code::Clean)
}

/// One page for all commands: what the parser knows, then what it does not.
fn man_page(commands: &clap::Command) -> io::Result<String> {
    let mut page = Vec::new();
    let man = Man::new(commands.clone().after_help("")).manual("patchstate manual");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    writeln!(page, ".SH SYNOPSIS\n\\fBpatchstate\\fR [\\fICOMMAND\\fR] [\\fIOPTION\\fR]...")?;
    man.render_description_section(&mut page)?;
    writeln!(page, ".SH COMMANDS")?;
    for command in commands.get_subcommands() {
        render_command(command, &mut page)?;
    }
    man.render_options_section(&mut page)?;
    for topic in ["steps", "exit-codes"] {
        let heading = if topic == "steps" { "STEPS" } else { "EXIT STATUS" };
        writeln!(page, ".SH {heading}\n{}", preformatted(topic))?;
    }
    let variable = ".SH ENVIRONMENT\n.TP\nNO_COLOR\nWhen it is set and not empty, nothing is \
         coloured.\n.TP\nCOLUMNS\nHow wide text is, from 40 to 120, instead of the \
         terminal; where there is neither, 100.";
    writeln!(page, "{variable}\n.SH EXAMPLES")?;
    for command in std::iter::once(commands).chain(commands.get_subcommands()) {
        let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        if let Some(example) = example.strip_prefix("Example: ") {
            writeln!(page, ".PP\n.nf\n{}\n.fi", escaped(example))?;
        }
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// A command as a part of the page: its usage, what it does, and its own flags.
fn render_command(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let mut command = command.clone().disable_help_flag(true);
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").replace("[OPTIONS] ", "");
    writeln!(page, ".SS \"patchstate {}\"", escaped(usage.trim_end_matches(" [OPTIONS]")))?;
    if let Some(about) = command.get_about() {
        writeln!(page, "{}.", escaped(&about.to_string()))?;
    }
    let mut options = Vec::new();
    Man::new(command).render_options_section(&mut options)?;
    let options = String::from_utf8_lossy(&options);
    let options = options.lines().filter(|line| !line.starts_with(".SH "));
    let options: String = options.flat_map(|line| [line, "\n"]).collect();
    write!(page, "{options}")
}

/// An explanation without its heading, with its lines as they are.
fn preformatted(topic: &str) -> String {
    let page = explanations::page(&Catalog::built_in(), topic);
    let explanation = page.map(|page| text::explain(&page, View::default())).unwrap_or_default();
    let body: Vec<String> = explanation.lines().skip(2).map(escaped).collect();
    format!(".nf\n{}\n.fi", body.join("\n"))
}

/// A text in which the page's language finds nothing to interpret.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

pub(super) fn schema(options: &Options, command: &Schema) -> Result<Code, Failure> {
    let schemas = json::schemas()?;
    let found = schemas.iter().find(|(name, _)| *name == command.command);
    let Some((_, schema)) = found else {
        return Err(Failure::Usage(format!("`{}` has no schema", command.command)));
    };
    output::result(options, schema)?;
    Ok(Code::Clean)
}
