//! `patchstate list`, `explain`, `completions`, `man` and `schema`: what there is to know.

use super::catalog;
use crate::{
    args::{Cli, Completions, Explain, Format, List, Options, Schema},
    failure::{Code, Failure},
    output,
};
use clap::{CommandFactory, ValueEnum};
use clap_mangen::Man;
use patchstate_report::{
    explain as explanations, json,
    text::{self, View, last_line},
};
use patchstate_terms::nearest;
use std::io::{self, Write};

pub(super) fn list(options: &Options, command: &List) -> Result<Code, Failure> {
    let catalog = catalog(options)?;
    let kind = command.kind.to_possible_value();
    let kind = kind.as_ref().map_or("", |value| value.get_name());
    let object = json::list_items(&catalog, kind)
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
    let catalog = catalog(options)?;
    let topics = explanations::topics(&catalog);
    let Some(topic) = &command.topic else {
        let result = match command.format.chosen() {
            Format::Json => json::write(&json::ExplainObject::list(topics))?,
            Format::Text => text::topics(&explanations::summaries(&catalog), output::view(options)),
        };
        output::result(options, &result)?;
        return Ok(Code::Clean);
    };
    let Some(explanation) = explanations::explain(&catalog, topic) else {
        let nearest = nearest(topic, topics.iter().map(String::as_str));
        let hint = nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        let general: Vec<&str> = explanations::general_topics().collect();
        return Err(Failure::Usage(format!(
            "there is no topic `{topic}`{hint}\n\
             topics are {}, and every assumption, claim, update, component, rule of the corpus and \
             code of a mistake: `patchstate explain` lists all",
            general.join(", ")
        )));
    };
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::ExplainObject::topic(topic, explanation))?,
        Format::Text => text::explain(&explanation, output::view(options)),
    };
    output::result(options, &result)?;
    Ok(Code::Clean)
}

pub(super) fn completions(options: &Options, command: &Completions) -> Result<Code, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Cli::command(), "patchstate", &mut script);
    output::result(options, &String::from_utf8_lossy(&script))?;
    Ok(Code::Clean)
}

pub(super) fn man(options: &Options) -> Result<Code, Failure> {
    let page = man_page(&Cli::command()).map_err(Failure::Output)?;
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
    let variable = ".SH ENVIRONMENT\n.TP\nNO_COLOR\nWhen it is set and not empty, nothing is coloured.\n\
         .TP\nCOLUMNS\nHow wide text is, from 40 to 120, instead of the terminal; where there is \
         neither, 100.";
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
    let explanation = explanations::explain(&patchstate_catalog::Catalog::built_in(), topic);
    let explanation = text::explain(&explanation.unwrap_or_default(), View::default());
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
        let names: Vec<&str> = schemas.iter().map(|(name, _)| *name).collect();
        let wanted = &command.command;
        let problem = format!("`{wanted}` has no schema: expected {}", names.join(", "));
        return Err(Failure::Usage(problem));
    };
    output::result(options, schema)?;
    Ok(Code::Clean)
}
