//! `patchstate list`, `explain`, `completions`, `man` and `schema`: what there is to know.

use super::catalog;
use crate::{
    args::{Cli, Completions, Explain, Format, List, Options, Schema},
    failure::{Code, Failure},
    output,
};
use clap::{CommandFactory, ValueEnum};
use patchstate_report::{explain as explanations, json, text};
use patchstate_terms::nearest;

pub(super) fn list(options: &Options, command: &List) -> Result<Code, Failure> {
    let catalog = catalog(options)?;
    let kind = command.kind.to_possible_value();
    let kind = kind.as_ref().map_or("", |value| value.get_name());
    let object = json::list_items(&catalog, kind)
        .ok_or_else(|| Failure::Usage(format!("there is no list of {kind}")))?;
    let result = match options.format() {
        Format::Json => json::write(&object)?,
        Format::Text | Format::Junit => text::list(&object),
    };
    output::result(options, &result)?;
    Ok(Code::Clean)
}

pub(super) fn explain(options: &Options, command: &Explain) -> Result<Code, Failure> {
    let catalog = catalog(options)?;
    let topics = explanations::topics(&catalog);
    let Some(topic) = &command.topic else {
        let result = match options.format() {
            Format::Json => json::write(&json::ExplainObject::list(topics))?,
            Format::Text | Format::Junit => topics.join("\n") + "\n",
        };
        output::result(options, &result)?;
        return Ok(Code::Clean);
    };
    let Some(explanation) = explanations::explain(&catalog, topic) else {
        let nearest = nearest(topic, topics.iter().map(String::as_str));
        let hint = nearest.map(|name| format!("; did you mean `{name}`?"));
        let hint = hint.unwrap_or_else(|| ": `patchstate explain` lists them".to_owned());
        return Err(Failure::Usage(format!("there is no topic `{topic}`{hint}")));
    };
    let result = match options.format() {
        Format::Json => json::write(&json::ExplainObject::topic(topic, explanation))?,
        Format::Text | Format::Junit => explanation,
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
    let mut page = Vec::new();
    let commands = Cli::command();
    clap_mangen::Man::new(commands.clone()).render(&mut page).map_err(Failure::Output)?;
    for command in commands.get_subcommands() {
        let name = format!("patchstate-{}", command.get_name());
        let command = command.clone().name(name);
        clap_mangen::Man::new(command).render(&mut page).map_err(Failure::Output)?;
    }
    output::result(options, &String::from_utf8_lossy(&page))?;
    Ok(Code::Clean)
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
