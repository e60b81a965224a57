//! A page of an explanation: what it is made of, and reading it from Markdown.
//!
//! **Owns** the shape of pages, so that one text serves the terminal, the manual and JSON. Pages
//! are written in Markdown; none of its marks are left in what is read here. **Must never know**
//! what a page is about.

use super::kind::Kind;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// A topic with everything that is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What it is called.
    pub name: String,
    /// Other names for it.
    pub aliases: Vec<String>,
    /// What kind of topic it is.
    pub kind: Kind,
    /// What is said, from top to bottom.
    pub blocks: Vec<Block>,
}

/// A piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The heading of what follows.
    Heading(String),
    /// A paragraph; it may be broken into lines anywhere between words.
    Text(String),
    /// A name and what it means; several of them in a row are a list.
    Item(String, String),
    /// Lines that stay as they are.
    Lines(Vec<String>),
    /// A file of the page's example: its name, and its content.
    File(String, String),
    /// Commands of the page's example, to be run in the folder that holds its files.
    Commands(Vec<Command>),
}

/// A command of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The command line.
    pub line: String,
    /// What it exits with.
    pub exit_code: u8,
    /// Why, where it is not 0.
    pub why: Option<String>,
}

impl Page {
    pub(super) fn new(name: &str, kind: Kind, blocks: Vec<Block>) -> Self {
        Self { name: name.to_owned(), aliases: Vec::new(), kind, blocks }
    }

    pub(super) fn with_aliases(mut self, aliases: impl IntoIterator<Item = String>) -> Self {
        self.aliases.extend(aliases);
        self
    }

    /// All its names, its own first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.aliases).map(String::as_str)
    }

    /// Whether a name, as [`normal`] has it, is one of its own.
    pub(super) fn is_called(&self, wanted: &str) -> bool {
        self.names().any(|name| normal(name) == wanted)
    }

    /// The first sentence, and the next one where the first says only what kind of word it is.
    #[must_use]
    pub fn summary(&self) -> String {
        let first = self.sentences(1);
        if is_kind_only(&first) { self.sentences(2) } else { first }
    }

    /// The first paragraph, without a sentence that says only what kind of word it is.
    #[must_use]
    pub fn meaning(&self) -> String {
        let (first, all) = (self.sentences(1), self.sentences(usize::MAX));
        match all.strip_prefix(&first) {
            Some(rest) if is_kind_only(&first) && !rest.is_empty() => rest.trim_start().to_owned(),
            _ => all,
        }
    }

    /// So many sentences from the beginning.
    pub(super) fn sentences(&self, count: usize) -> String {
        let first = self.blocks.iter().find_map(|block| match block {
            Block::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let sentences = first.unwrap_or_default().split_inclusive(". ").take(count);
        sentences.collect::<String>().trim_end().to_owned()
    }

    /// The page as plain text: paragraphs in one line each, and empty lines between them.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = self.name.clone();
        let mut was_item = false;
        for block in &self.blocks {
            let is_item = matches!(block, Block::Item(..));
            text.push_str(if is_item && was_item { "\n" } else { "\n\n" });
            was_item = is_item;
            match block {
                Block::Heading(words) | Block::Text(words) => text.push_str(words),
                Block::Item(name, words) => text.push_str(&format!("    {name}: {words}")),
                Block::Lines(lines) => text.push_str(&indented(lines)),
                Block::File(name, content) => {
                    let lines: Vec<&str> = content.lines().collect();
                    text.push_str(&format!("File {name}:\n\n{}", indented(&lines)));
                }
                Block::Commands(commands) => {
                    let lines: Vec<String> = commands.iter().flat_map(Command::lines).collect();
                    text.push_str(&indented(&lines));
                }
            }
        }
        text.push('\n');
        text
    }
}

fn indented(lines: &[impl AsRef<str>]) -> String {
    let indent = |line: &str| if line.is_empty() { String::new() } else { format!("    {line}") };
    lines.iter().map(|line| indent(line.as_ref())).collect::<Vec<_>>().join("\n")
}

impl Command {
    /// As a person sees it.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let exits = self.why.as_ref().map(|why| format!("# exit code {}: {why}", self.exit_code));
        std::iter::once(format!("$ {}", self.line)).chain(exits).collect()
    }
}

/// Whether a sentence is too short to say more than what kind of word a page is about.
fn is_kind_only(sentence: &str) -> bool {
    sentence.split_whitespace().count() < 6
}

/// A name as names are compared: letter case and what stands between words do not matter.
pub(super) fn normal(name: &str) -> String {
    name.trim().to_lowercase().replace(['_', ' '], "-").replace('\\', "/")
}

/// The pages of a Markdown text: each begins with a line `# name, other names`.
pub(super) fn read_pages(kind: Kind, text: &str) -> Vec<Page> {
    let mut pages = Vec::new();
    for (heading, body) in sections(text) {
        let mut names = heading.split(", ").map(str::to_owned);
        let Some(name) = names.next() else { continue };
        pages.push(Page { name, aliases: names.collect(), kind, blocks: read_blocks(body) });
    }
    pages
}

/// Headings of the first level with what follows them; a `#` in a fenced block is none.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let mut starts = Vec::new();
    let (mut at, mut fence) = (0, None);
    for line in text.split_inclusive('\n') {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            Some(open) if ticks >= open => fence = None,
            None if line.starts_with("# ") => starts.push((at, at + line.len())),
            _ => {}
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    starts
        .iter()
        .zip(ends)
        .map(|((start, body), end)| {
            (part(*start, *body).trim_start_matches("# ").trim_end(), part(*body, end))
        })
        .collect()
}

fn read_blocks(body: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut words = String::new();
    let mut term = None;
    let mut events = Parser::new(body);
    while let Some(event) = events.next() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let mut content = String::new();
                for event in events.by_ref() {
                    match event {
                        Event::Text(text) => content.push_str(&text),
                        Event::End(TagEnd::CodeBlock) => break,
                        _ => {}
                    }
                }
                blocks.push(fenced(&info, &content));
            }
            Event::Start(Tag::Item) => term = Some(String::new()),
            Event::Code(text) => match &mut term {
                Some(name) if name.is_empty() && words.is_empty() => name.push_str(&text),
                _ => words.push_str(&text),
            },
            Event::Text(text) | Event::InlineHtml(text) => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            Event::End(TagEnd::Heading(_)) => {
                blocks.push(Block::Heading(std::mem::take(&mut words)));
            }
            Event::End(TagEnd::Item) => {
                let said = std::mem::take(&mut words);
                let said = said.trim_start_matches(':').trim().to_owned();
                blocks.push(Block::Item(term.take().unwrap_or_default(), said));
            }
            Event::End(TagEnd::Paragraph) if term.is_none() => {
                blocks.push(Block::Text(std::mem::take(&mut words)));
            }
            _ => {}
        }
    }
    blocks
}

/// A fenced block: `file NAME`, `console`, or lines as they are.
fn fenced(info: &str, content: &str) -> Block {
    if let Some(name) = info.strip_prefix("file ") {
        return Block::File(name.trim().to_owned(), content.to_owned());
    }
    if info != "console" {
        return Block::Lines(content.lines().map(str::to_owned).collect());
    }
    let mut commands: Vec<Command> = Vec::new();
    for line in content.lines() {
        if let Some(line) = line.strip_prefix("$ ") {
            commands.push(Command { line: line.to_owned(), exit_code: 0, why: None });
        } else if let Some((code, why)) =
            line.strip_prefix("# exit code ").and_then(|rest| rest.split_once(": "))
            && let (Some(command), Ok(code)) = (commands.last_mut(), code.parse())
        {
            command.exit_code = code;
            command.why = Some(why.to_owned());
        }
    }
    Block::Commands(commands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_without_the_marks_of_markdown() {
        let text = "# name, other\n\nA `word` and\nanother.\n\n## Part\n\n\
                    - `a b`: what `a` is\n- `c`: that\n\n````file x.md\n# no page\n```\n````\n\n\
                    ```console\n$ run x\n# exit code 3: so\n```\n# next\n\nEnd.\n";
        let pages = read_pages(Kind::Word, text);
        let names: Vec<&str> = pages.iter().map(|page| page.name.as_str()).collect();
        assert_eq!(names, ["name", "next"]);
        let item = |name: &str, text: &str| Block::Item(name.to_owned(), text.to_owned());
        let command = Command { line: "run x".to_owned(), exit_code: 3, why: Some("so".into()) };
        assert_eq!(
            pages[0].blocks,
            [
                Block::Text("A word and another.".to_owned()),
                Block::Heading("Part".to_owned()),
                item("a b", "what a is"),
                item("c", "that"),
                Block::File("x.md".to_owned(), "# no page\n```\n".to_owned()),
                Block::Commands(vec![command]),
            ]
        );
        assert!(pages[0].is_called("other") && !pages[0].is_called("next"));
        assert_eq!(pages[0].summary(), "A word and another.");
    }
}
