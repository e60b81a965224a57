//! From Markdown to scenarios.

use super::{
    codes,
    expect::{self, Expectation},
    located::Located,
};
use patchstate_source::{Diagnostic, MistakeCode, Severity, SourceFile, nearest};
use patchstate_terms::Architecture;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// One install order and what is expected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The heading.
    pub name: Located<String>,
    /// The steps, in the words of the file.
    pub steps: Vec<Located<String>>,
    /// What is expected.
    pub expectation: Expectation,
    /// Where the content of the `expect` block stands.
    pub expectation_span: Range<usize>,
}

impl Scenario {
    /// The architecture that the steps run on.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        self.expectation.arch.as_ref().map_or(Architecture::X86, |arch| arch.value)
    }

    /// Values of assumptions that the steps run under, as `ID=VALUE`.
    pub fn assume(&self) -> impl Iterator<Item = &str> {
        let list = self.expectation.assume.iter().flat_map(|list| &list.value);
        list.map(|setting| setting.value.as_str())
    }
}

/// All scenarios of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioFile {
    /// The file.
    pub source: SourceFile,
    /// Its scenarios, from top to bottom.
    pub scenarios: Vec<Scenario>,
}

/// Reads a scenario file. Every mistake is reported; scenarios without one are there all the same.
#[must_use]
pub fn parse_scenarios(source: &SourceFile) -> (ScenarioFile, Vec<Diagnostic>) {
    let mut reader = Reader {
        source,
        scenarios: Vec::new(),
        names: BTreeMap::new(),
        diagnostics: Vec::new(),
        heading: None,
        steps: None,
    };
    reader.read();
    reader.finish_heading();
    let file = ScenarioFile { source: source.clone(), scenarios: reader.scenarios };
    (file, reader.diagnostics)
}

/// Whether a text has a block of a scenario, or both of them under names that are nearly right.
#[must_use]
pub fn has_scenario_blocks(text: &str) -> bool {
    let mut near = BTreeSet::new();
    for event in Parser::new(text.trim_start_matches('\u{feff}')) {
        if let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) = event {
            let word = language(&info);
            if KINDS.contains(&word) {
                return true;
            }
            near.extend(nearest_kind(word));
        }
    }
    near.len() == KINDS.len()
}

struct Reader<'a> {
    source: &'a SourceFile,
    scenarios: Vec<Scenario>,
    /// Where each name stands first.
    names: BTreeMap<String, usize>,
    diagnostics: Vec<Diagnostic>,
    heading: Option<Located<String>>,
    /// The block `steps` that waits for its block `expect`.
    steps: Option<Located<Vec<Located<String>>>>,
}

impl Reader<'_> {
    fn read(&mut self) {
        // A byte order mark is no part of the first line.
        let start =
            if self.source.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let text = self.source.text.get(start..).unwrap_or_default();
        let events = Parser::new(text).into_offset_iter();
        let mut events =
            events.map(|(event, range)| (event, range.start + start..range.end + start));
        while let Some((event, range)) = events.next() {
            match event {
                Event::Start(Tag::Heading { .. }) => {
                    let mut name = String::new();
                    for (event, _) in events.by_ref() {
                        match event {
                            Event::Text(text) | Event::Code(text) => name.push_str(&text),
                            Event::End(TagEnd::Heading(_)) => break,
                            _ => {}
                        }
                    }
                    self.finish_heading();
                    self.heading = Some(Located { value: name, span: trimmed(self.source, range) });
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let mut content = range.start..range.start;
                    for (event, text) in events.by_ref() {
                        match event {
                            Event::Text(_) if content.start == range.start => content = text,
                            Event::Text(_) => content.end = text.end,
                            Event::End(TagEnd::CodeBlock) => break,
                            _ => {}
                        }
                    }
                    self.block(&info, &range, content);
                }
                _ => {}
            }
        }
    }

    fn block(&mut self, info: &str, block: &Range<usize>, content: Range<usize>) {
        let word = language(info);
        let kind = KINDS.into_iter().find(|kind| *kind == word).or_else(|| {
            let kind = nearest_kind(word)?;
            self.misspelt(word, kind, block);
            // It is read as what was meant, so that the rest is looked at too.
            Some(kind)
        });
        match kind {
            Some("steps") => {
                if let Some(steps) = self.steps.take() {
                    self.no_expectation(steps.span);
                }
                let steps = self.step_lines(&content);
                if steps.is_empty() {
                    self.report(codes::NO_STEPS, "the block has no steps", block.clone(), None);
                }
                self.steps =
                    Some(Located { value: steps, span: trimmed(self.source, block.clone()) });
            }
            Some(_) => self.expectation(block, content),
            None => {}
        }
    }

    fn misspelt(&mut self, word: &str, kind: &str, block: &Range<usize>) {
        let text = self.source.text.get(block.clone()).unwrap_or_default();
        let at = block.start + text.find(word).unwrap_or_default();
        let message = format!("there is no block `{}`", word.escape_debug());
        let help = format!("did you mean `{kind}`?");
        self.report(codes::UNKNOWN_BLOCK, &message, at..at + word.len(), Some(&help));
    }

    /// One step a line; `#` begins a comment.
    fn step_lines(&self, content: &Range<usize>) -> Vec<Located<String>> {
        let text = self.source.text.get(content.clone()).unwrap_or_default();
        let mut steps = Vec::new();
        let mut offset = content.start;
        for line in text.split_inclusive('\n') {
            let code = line.split('#').next().unwrap_or_default();
            let start = offset + (code.len() - code.trim_start().len());
            let step = code.trim();
            if !step.is_empty() {
                let span = start..start + step.len();
                steps.push(Located { value: step.to_owned(), span });
            }
            offset += line.len();
        }
        steps
    }

    fn expectation(&mut self, block: &Range<usize>, content: Range<usize>) {
        let span = trimmed(self.source, block.clone());
        let Some(steps) = self.steps.take() else {
            self.report(
                codes::NO_STEPS,
                "an expectation has no steps before it",
                span,
                Some("a block `steps` comes first"),
            );
            return;
        };
        let Some(name) = self.heading.clone() else {
            self.report(
                codes::NO_NAME,
                "a scenario has no name",
                span,
                Some("a heading above it names a scenario"),
            );
            return;
        };
        let start = name.span.start;
        let first = *self.names.entry(name.value.clone()).or_insert(start);
        if first != start {
            let line = self.source.place(first).line;
            let message = format!("the scenario at line {line} has the same name");
            self.report(codes::DUPLICATE_NAME, &message, name.span.clone(), None);
        }
        let (expectation, diagnostics) = expect::parse(self.source, &content);
        if diagnostics.is_empty() && !steps.value.is_empty() && !expectation.expects_something() {
            self.report(
                codes::NO_EXPECTATION,
                "nothing is expected of these steps: such a scenario cannot fail",
                span,
                Some("name at least one of `status`, `findings` or another key besides `arch`"),
            );
        }
        self.diagnostics.extend(diagnostics);
        self.scenarios.push(Scenario {
            name,
            steps: steps.value,
            expectation,
            expectation_span: content,
        });
    }

    fn finish_heading(&mut self) {
        if let Some(steps) = self.steps.take() {
            self.no_expectation(steps.span);
        }
    }

    fn no_expectation(&mut self, span: Range<usize>) {
        self.report(
            codes::NO_EXPECTATION,
            "nothing is expected of these steps",
            span,
            Some("a block `expect` follows a block `steps`"),
        );
    }

    fn report(&mut self, code: MistakeCode, message: &str, span: Range<usize>, help: Option<&str>) {
        self.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code: code.name,
            message: message.to_owned(),
            source: self.source.clone(),
            span,
            label: "here".to_owned(),
            help: help.map(str::to_owned),
        });
    }
}

/// The blocks of a scenario.
const KINDS: [&str; 2] = ["steps", "expect"];

/// The word that says what a fenced block holds; attributes may stand behind it.
fn language(info: &str) -> &str {
    let info = info.trim().trim_start_matches(['{', '.']);
    info.split([' ', '\t', ',', '{', '}', ':', ';']).next().unwrap_or_default()
}

/// The block that a word nearly names. One letter is a slip; words of more letters that begin
/// alike are slips too, and other languages are not.
fn nearest_kind(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let begins = |kind: &str| match kind {
        "steps" => lower.starts_with("step"),
        _ => lower.starts_with("expec"),
    };
    let is_near = |kind: &str| {
        // Letters that are swapped, dropped or doubled; `export` is two letters away.
        begins(kind) || nearest(&lower, [kind]).is_some() && has_letters_of(kind, &lower)
    };
    KINDS.into_iter().find(|kind| is_near(kind))
}

/// Whether a word has no letter that another one has not.
fn has_letters_of(kind: &str, word: &str) -> bool {
    word.chars().filter(|letter| !kind.contains(*letter)).count() < 2
        && word.chars().next() == kind.chars().next()
}

/// A range without the white space at its end, and no longer than its first line.
fn trimmed(source: &SourceFile, range: Range<usize>) -> Range<usize> {
    let text = source.text.get(range.clone()).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default().trim_end();
    range.start..range.start + line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands behind the ticks of a block, and the block that it is taken for a slip of.
    const FENCES: [(&str, Option<&str>); 26] = [
        ("step", Some("steps")),
        ("Steps", Some("steps")),
        ("stpes", Some("steps")),
        ("setps", Some("steps")),
        ("step title=\"a\"", Some("steps")),
        ("expct", Some("expect")),
        ("except", Some("expect")),
        ("expects", Some("expect")),
        ("expected", Some("expect")),
        ("expectation", Some("expect")),
        ("EXPECT", Some("expect")),
        ("", None),
        ("rust", None),
        ("rust,no_run", None),
        ("sh", None),
        ("console", None),
        ("toml", None),
        ("text", None),
        ("yaml", None),
        ("json", None),
        ("python", None),
        ("export", None),
        ("elixir", None),
        ("stylus", None),
        ("tex", None),
        ("exec", None),
    ];

    #[test]
    fn blocks_with_a_name_that_is_nearly_right_are_told_and_other_languages_are_not() {
        for (fence, expected) in FENCES {
            let text = format!("# A\n\n## B\n\n```{fence}\nx\n```\n");
            let (_, mistakes) = parse_scenarios(&SourceFile::new("a.md", &text));
            let told = mistakes.iter().find(|mistake| mistake.code == "scenario/unknown-block");
            let help = told.map(|mistake| mistake.help.clone().expect("help"));
            assert_eq!(help, expected.map(|kind| format!("did you mean `{kind}`?")), "{fence}");
            assert_eq!(mistakes.is_empty(), expected.is_none(), "{fence}");
        }
    }

    #[test]
    fn a_text_is_of_scenarios_by_its_blocks() {
        for (fences, expected) in [
            (&["steps"][..], true),
            (&["expect"], true),
            (&["step", "expct"], true),
            // One name that is nearly right may be that of anything.
            (&["step"], false),
            (&["step", "steps-of-others"], false),
            (&["expct"], false),
            (&["sh", "toml"], false),
            (&[], false),
        ] {
            let blocks = fences.iter().map(|fence| format!("```{fence}\nx\n```\n"));
            let text = format!("\u{feff}# A\n\n{}", blocks.collect::<String>());
            assert_eq!(has_scenario_blocks(&text), expected, "{fences:?}");
        }
    }

    #[test]
    fn line_ends_of_windows_and_a_byte_order_mark_change_nothing() {
        let plain = "# A\n\n## B\n\n```steps\nos:sp2\n+iis\n```\n\n```expect\nstatus = \"broken\"\n\
                 refused = [\n  1,\n]\nremedy = 1\n```\n";
        let shown = |text: &str| {
            let (file, mistakes) = parse_scenarios(&SourceFile::new("a.md", text));
            let steps = |scenario: &Scenario| -> Vec<String> {
                scenario.steps.iter().map(|step| step.value.clone()).collect()
            };
            let scenarios: Vec<(String, Vec<String>)> =
                file.scenarios.iter().map(|s| (s.name.value.clone(), steps(s))).collect();
            let mistakes: Vec<_> =
                mistakes.iter().map(|mistake| (mistake.code, mistake.place())).collect();
            (scenarios, mistakes)
        };
        let expected = shown(plain);
        assert_eq!(expected.0, [("B".to_owned(), vec!["os:sp2".to_owned(), "+iis".to_owned()])]);
        assert_eq!(expected.1.len(), 1);
        for text in [plain.replace('\n', "\r\n"), format!("\u{feff}{plain}")] {
            assert_eq!(shown(&text), expected, "{text:?}");
        }
    }
}
