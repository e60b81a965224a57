//! The fenced blocks of a page.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The word behind the fence, such as `toml`.
    pub(crate) kind: String,
    /// The line of its fence, from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// A file that a block stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File<'a> {
    pub(super) path: &'a str,
    /// The block is added to it, and does not replace it.
    pub(super) is_added: bool,
}

/// Every fenced block of a page, also inside of lists and quotes.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (event, place) in Parser::new_ext(page, Options::all()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let line = page[..place.start].matches('\n').count() + 1;
                let kind = match kind {
                    CodeBlockKind::Fenced(kind) => kind.to_string(),
                    CodeBlockKind::Indented => "indented".to_owned(),
                };
                open = Some(Block { kind, line, text: String::new() });
            }
            Event::Text(text) => {
                if let Some(block) = &mut open {
                    block.text.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

impl Block {
    /// The file that it is, by a comment on its first line.
    pub(super) fn file(&self) -> Option<File<'_>> {
        let first = self.text.lines().next()?;
        let inside = ["# ", "// "].into_iter().find_map(|mark| first.strip_prefix(mark));
        let comment = || first.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
        let said = inside.or_else(comment)?;
        let (path, is_added) = match said.strip_suffix(", at the end") {
            Some(path) => (path, true),
            None => (said, false),
        };
        let is_path = !path.contains(' ') && (path.contains('.') || path == "Jenkinsfile");
        is_path.then_some(File { path, is_added })
    }
}

#[test]
fn blocks_have_their_kind_their_line_and_their_file() {
    let page = "# A\n\n```toml\n# a/b.toml, at the end\nx = 1\n```\n\n- a\n\n  ```console\n  $ b\n\
                \x20 ```\n\n````markdown\n<!-- c.md -->\n```steps\n```\n````\n\n\
                ```sh\n# Words here.\n```\n";
    let found = blocks(page);
    let kinds: Vec<(&str, usize)> =
        found.iter().map(|block| (block.kind.as_str(), block.line)).collect();
    assert_eq!(kinds, [("toml", 3), ("console", 10), ("markdown", 14), ("sh", 20)]);
    let files: Vec<Option<(&str, bool)>> =
        found.iter().map(|block| block.file().map(|file| (file.path, file.is_added))).collect();
    assert_eq!(files, [Some(("a/b.toml", true)), None, Some(("c.md", false)), None]);
    assert_eq!(found[1].text, "$ b\n");
    assert_eq!(found[2].text, "<!-- c.md -->\n```steps\n```\n");
}
