//! Following a page.

use super::{
    blocks::{Block, blocks},
    place::Place,
    root, workflow,
};
use crate::program::Ended;
use std::fs;

/// Does what a page says, from top to bottom, in an empty folder.
pub(super) fn follow(page: &str) {
    let text = fs::read_to_string(root().join(page)).expect("the page");
    let mut place = Place::new();
    for block in blocks(&text) {
        let at = format!("{page}:{}", block.line);
        match block.kind.as_str() {
            "console" => console(&mut place, &block.text, &at),
            "text" => {}
            "sh" if block.file().is_none() => {
                let ended = place.script(&block.text, &[]);
                assert_eq!(ended.code, 0, "{at}\n{}{}", ended.stdout, ended.stderr);
            }
            "toml" | "yaml" | "json" | "xml" | "markdown" | "sh" | "python" | "groovy" => {
                file(&mut place, &block, &at);
            }
            kind => panic!("{at}: nobody knows what to do with a block `{kind}`"),
        }
    }
}

/// A command of a page, and what the page says of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Typed<'a> {
    line: &'a str,
    code: i32,
    output: Vec<&'a str>,
}

fn typed(text: &str) -> Vec<Typed<'_>> {
    let mut commands: Vec<Typed> = Vec::new();
    for line in text.lines() {
        if let Some(line) = line.strip_prefix("$ ") {
            commands.push(Typed { line, ..Typed::default() });
            continue;
        }
        let command = commands.last_mut().expect("a command before what it prints");
        match line.strip_prefix("# exit code ").and_then(|rest| rest.split_once(": ")) {
            Some((code, _)) if command.output.is_empty() => {
                command.code = code.parse().expect("an exit code");
            }
            _ => command.output.push(line),
        }
    }
    commands
}

fn console(place: &mut Place, text: &str, at: &str) {
    let commands = typed(text);
    assert!(!commands.is_empty(), "{at}: no command");
    for command in commands {
        let ended = place.typed(command.line);
        let said = || format!("{at}: {}\n{}", command.line, ended.stdout);
        assert_eq!(ended.code, command.code, "{}", said());
        assert!(
            is_told(&command.output, &ended),
            "{}\nthe page has\n{:#?}",
            said(),
            command.output
        );
    }
}

/// Whether a page tells an output: line by line, and `...` stands for any lines. A page that tells
/// nothing is content with anything.
fn is_told(told: &[&str], ended: &Ended) -> bool {
    fn trimmed<'a>(lines: &[&'a str]) -> Vec<&'a str> {
        let end = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |at| at + 1);
        lines[..end].iter().map(|line| line.trim_end()).collect()
    }
    fn fits(told: &[&str], lines: &[&str]) -> bool {
        match told.split_first() {
            None => lines.is_empty(),
            Some((&"...", rest)) => (0..=lines.len()).any(|from| fits(rest, &lines[from..])),
            Some((first, rest)) => {
                lines.split_first().is_some_and(|(line, lines)| line == first && fits(rest, lines))
            }
        }
    }
    let told = trimmed(told);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    told.is_empty() || fits(&told, &trimmed(&lines))
}

/// Files that patchstate reads itself.
const OWN: [&str; 4] = [".rule.toml", ".external.toml", ".xml", ".md"];

/// A block that is a file, or a part of one.
fn file(place: &mut Place, block: &Block, at: &str) {
    match block.kind.as_str() {
        "toml" => drop(block.text.parse::<toml::Table>().expect(at)),
        "yaml" => drop(workflow::read(&block.text)),
        "json" => drop(serde_json::from_str::<serde_json::Value>(&block.text).expect(at)),
        _ => {}
    }
    let Some(file) = block.file() else {
        assert!(matches!(block.kind.as_str(), "toml" | "yaml" | "json"), "{at}: which file is it?");
        return;
    };
    place.write(file.path, &block.text, file.is_added);
    if OWN.iter().any(|ending| file.path.ends_with(ending)) {
        let ended = place.typed(&format!("patchstate check '{}'", file.path));
        assert_eq!(ended.code, 0, "{at}\n{}", ended.stdout);
    }
    workflow::run(place, file.path, &block.text, at);
}

#[test]
fn what_a_page_says_of_an_output_is_compared() {
    let said = |stdout: &str| Ended { stdout: stdout.to_owned(), stderr: String::new(), code: 0 };
    let output = said("a\nb\nc\n\nd\n");
    for told in [
        &[][..],
        &["a", "b", "c", "", "d"],
        &["..."],
        &["a", "..."],
        &["...", "d"],
        &["...", "b", "c", "..."],
        &["a", "...", "c", "...", "d", "..."],
        &["a", "b", "c", "", "d", ""],
    ] {
        assert!(is_told(told, &output), "{told:?}");
    }
    for told in
        [&["a"][..], &["...", "c"], &["b", "..."], &["...", "a", "c", "..."], &["d", "...", "a"]]
    {
        assert!(!is_told(told, &output), "{told:?}");
    }
}

#[test]
fn a_command_has_its_exit_code_and_what_it_prints() {
    let commands = typed("$ a b\n# exit code 3: so\nx\n$ c\n# exit code\n$ d\n");
    let command = |line, code, output| Typed { line, code, output };
    let expected = [command("a b", 3, vec!["x"]), command("c", 0, vec!["# exit code"])];
    assert_eq!(commands[..2], expected);
    assert_eq!(commands[2], command("d", 0, Vec::new()));
}
