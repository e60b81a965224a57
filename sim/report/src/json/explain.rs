//! The object of `explain`.

use crate::explain::{Block, Page};
use schemars::JsonSchema;
use serde::Serialize;

/// An explanation, or the list of topics.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExplainObject {
    /// `patchstate.explain/1`.
    pub schema: &'static str,
    /// The topic, by its own name; null for the list of topics. Of a file with several rules, that
    /// of the first.
    pub topic: Option<String>,
    /// What kind of topic it is, such as `status`, `word` or `file`; null for the list of topics.
    pub kind: Option<&'static str>,
    /// The explanation as plain text, with every name as it is; each paragraph is one line.
    pub text: Option<String>,
    /// The explanation in Markdown; each paragraph is one line.
    pub markdown: Option<String>,
    /// The files of its example, for the commands.
    pub files: Vec<ExampleFileObject>,
    /// The commands of its example, to be run one after the other in a folder with the files.
    pub commands: Vec<ExampleCommandObject>,
    /// The topics, where they are listed.
    pub topics: Vec<String>,
}

/// A file of an example.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExampleFileObject {
    /// Its name; folders in it have forward slashes.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// A command of an example.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExampleCommandObject {
    /// The command line.
    pub line: String,
    /// What it exits with.
    pub exit_code: u8,
}

impl ExplainObject {
    /// The explanation of a topic, or of the rules of a file.
    #[must_use]
    pub fn pages(pages: &[Page]) -> Self {
        let blocks = || pages.iter().flat_map(|page| &page.blocks);
        let files = blocks().filter_map(|block| match block {
            Block::File(name, text) => {
                Some(ExampleFileObject { name: name.clone(), text: text.clone() })
            }
            _ => None,
        });
        let commands = blocks().filter_map(|block| match block {
            Block::Commands(commands) => Some(commands),
            _ => None,
        });
        let command = |command: &crate::explain::Command| ExampleCommandObject {
            line: command.line.clone(),
            exit_code: command.exit_code,
        };
        let texts: Vec<String> = pages.iter().map(Page::to_text).collect();
        let marked: Vec<String> = pages.iter().map(Page::to_markdown).collect();
        Self {
            schema: "patchstate.explain/1",
            topic: pages.first().map(|page| page.name.clone()),
            kind: pages.first().map(|page| page.kind.as_str()),
            text: Some(texts.join("\n")),
            markdown: Some(marked.join("\n")),
            files: files.collect(),
            commands: commands.flatten().map(command).collect(),
            topics: Vec::new(),
        }
    }

    /// The list of topics.
    #[must_use]
    pub fn list(pages: &[Page]) -> Self {
        Self {
            schema: "patchstate.explain/1",
            topic: None,
            kind: None,
            text: None,
            markdown: None,
            files: Vec::new(),
            commands: Vec::new(),
            topics: pages.iter().map(|page| page.name.clone()).collect(),
        }
    }
}
