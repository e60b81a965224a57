//! A page for each rule of the corpus: where it is right and where it is wrong.
//!
//! **Owns** how a page reads. What stands on it is what `patchstate verify` finds over the whole
//! catalog, and the words that the rule's author wrote into its file. The same run holds every rule
//! against its baseline.
//!
//! **Start reading** at [`run`].

use crate::{checkout, command, failure::Failure, made, made::Pages, made::wrapped, screen::say};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::Path,
};

const FOLDER: &str = "corpus/rules";

/// What the rules are accepted to get wrong.
const BASELINES: &str = "corpus/regressions";

/// Writes pages and baselines anew, or, with `is_check`, only says which are out of date.
pub(crate) fn run(is_check: bool) -> Result<bool, Failure> {
    let Some(program) = command::built_tool()? else { return Ok(false) };
    let mut arguments = vec!["verify", FOLDER, "--json", "--quiet", "--exit-zero"];
    arguments.extend(["--baseline", BASELINES]);
    arguments.extend((!is_check).then_some("--update-baseline"));
    say(&format!("$ patchstate {}", arguments.join(" ")));
    let found: Value = serde_json::from_str(&command::text(&program, &arguments)?)?;
    let pages = pages(&found)?;
    let mut is_good = made::renew(&pages, (FOLDER, "corpus"), is_check)?;
    for line in unexpected(&found).iter().filter(|_| is_check) {
        say(line);
        is_good = false;
    }
    Ok(is_good)
}

/// What rules get wrong that is not accepted, and what is accepted and no longer occurs.
fn unexpected(found: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for rule in list(&found["rules"]) {
        for wrong in list(&rule["nearest"]).iter().filter(|wrong| wrong["accepted"] != true) {
            let order = command_of(wrong);
            lines.push(format!("{} is wrong in a new way: {order}", text(&rule["rule"])));
        }
        for gone in list(&rule["baseline"]["gone"]) {
            let order = command_of(gone);
            lines.push(format!(
                "{} is accepted to be wrong and is not: {order}",
                text(&rule["rule"])
            ));
        }
    }
    lines
}

/// Every page: one for each rule, of whatever kinds its files are, and one that lists them.
fn pages(found: &Value) -> Result<Pages, Failure> {
    let mut of_stems: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for rule in list(&found["rules"]) {
        let Some(source) = rule["source"].as_str() else { continue };
        let name = source.rsplit('/').next().unwrap_or(source);
        let stem = name.split('.').next().unwrap_or(name);
        of_stems.entry(stem.to_owned()).or_default().push(rule);
    }
    let mut pages = Pages::new();
    for (stem, rules) in &of_stems {
        pages.insert(format!("{FOLDER}/{stem}.md"), page(rules)?);
    }
    pages.insert(format!("{FOLDER}/README.md"), index(&of_stems, found));
    Ok(pages)
}

fn mark() -> String {
    made::mark("corpus", "what `patchstate verify` finds")
}

fn index(of_stems: &BTreeMap<String, Vec<&Value>>, found: &Value) -> String {
    let hosts = list(&found["arches"])
        .iter()
        .map(|arch| format!("{} on {}", number(&arch["hosts"]), text(&arch["arch"])));
    let hosts: Vec<String> = hosts.collect();
    let mut page = format!(
        "# Rules of the corpus\n\n{}\n\nEach rule was judged on every host that any install \
         order can reach:\n{}.\nWhere several files have one name, they say the same in \
         different languages.\n\n\
         | rule | stands for | reported rightly | missed | flagged wrongly |\n\
         |---|---|--:|--:|--:|\n",
        mark(),
        hosts.join(",\n")
    );
    for (stem, rules) in of_stems {
        let Some(rule) = rules.iter().find(|rule| is_rule_file(rule)).or(rules.first()) else {
            continue;
        };
        let _ = writeln!(
            page,
            "| [{stem}]({stem}.md): {} | {} | {} | {} | {} |",
            text(&rule["title"]),
            words(&rule["stands_for"], ", "),
            number(&rule["true_positive"]),
            number(&rule["false_negative"]),
            number(&rule["false_positive"])
        );
    }
    page
}

fn is_rule_file(rule: &Value) -> bool {
    text(&rule["source"]).ends_with(".rule.toml")
}

fn page(rules: &[&Value]) -> Result<String, Failure> {
    let first = rules.iter().find(|rule| is_rule_file(rule)).or(rules.first());
    let first = *first.ok_or("a page needs a rule")?;
    let mut page = format!("# {}\n\n{}\n\n", text(&first["title"]), mark());
    page.push_str(&written(Path::new(text(&first["source"])))?);
    let _ = writeln!(page, "Stands for *{}*.\n", words(&first["stands_for"], "* and *"));
    page.push_str(&counts(first));
    page.push_str(&wrong(first));
    page.push_str(&constant(first));
    page.push_str("## Files\n\n");
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| !is_rule_file(rule));
    for rule in &rules {
        let source = text(&rule["source"]);
        let name = source.rsplit('/').next().unwrap_or(source);
        let _ = write!(page, "- [{name}]({name}),\n  rule `{}`", text(&rule["rule"]));
        page.push_str(match says(rule) {
            _ if std::ptr::eq(*rule, first) => ":\n  judged above\n",
            said if said == says(first) => ":\n  right and wrong on the same hosts\n",
            _ => ": **differs from the one above**\n\n",
        });
        if says(rule) != says(first) {
            page.push_str(&counts(rule));
            page.push_str(&wrong(rule));
        }
    }
    let _ = writeln!(page, "\nTry it: `patchstate verify {}`", text(&first["rule"]));
    Ok(page)
}

/// What a rule comes to, for comparison.
fn says(rule: &Value) -> [&Value; 5] {
    ["true_positive", "false_positive", "false_negative", "inconclusive", "nearest"]
        .map(|key| &rule[key])
}

/// What the author wrote: the comment at the head of the file, the description, the references.
fn written(source: &Path) -> Result<String, Failure> {
    let source = fs::read_to_string(checkout::root().join(source))?;
    // An OVAL document has no words of that kind.
    let Ok(table) = source.parse::<toml::Table>() else { return Ok(String::new()) };
    let mut page = String::new();
    if let Some(description) = table.get("description").and_then(toml::Value::as_str) {
        let _ = writeln!(page, "{}\n", wrapped(description));
    }
    let comment = source.lines().take_while(|line| line.starts_with('#'));
    let comment: Vec<&str> = comment.map(|line| line.trim_start_matches('#').trim()).collect();
    for paragraph in comment.join("\n").split("\n\n").filter(|text| !text.is_empty()) {
        let _ = writeln!(page, "{}\n", wrapped(paragraph));
    }
    let references = table.get("references").and_then(toml::Value::as_array);
    let references: Vec<&str> =
        references.into_iter().flatten().filter_map(toml::Value::as_str).collect();
    if !references.is_empty() {
        let _ = writeln!(page, "{}\n", wrapped(&format!("Sources: {}.", references.join("; "))));
    }
    Ok(page)
}

fn counts(rule: &Value) -> String {
    let mut page = String::from("| | hosts |\n|---|--:|\n");
    for (what, key) in [
        ("reported, and so", "true_positive"),
        ("not reported, and not so", "true_negative"),
        ("missed", "false_negative"),
        ("flagged wrongly", "false_positive"),
        ("inconclusive", "inconclusive"),
    ] {
        let _ = writeln!(page, "| {what} | {} |", number(&rule[key]));
    }
    page.push('\n');
    page
}

/// Every way in which it is wrong, with the shortest order of each.
fn wrong(rule: &Value) -> String {
    let stands_for: BTreeSet<&str> = list(&rule["stands_for"]).iter().map(text).collect();
    let is_missed = |wrong: &&Value| stands_for.contains(text(&wrong["truth"]));
    let nearest = list(&rule["nearest"]).iter();
    let (missed, flagged): (Vec<&Value>, Vec<&Value>) = nearest.partition(is_missed);
    if missed.is_empty() && flagged.is_empty() {
        return "Right on every host.\n\n".to_owned();
    }
    let mut page = String::new();
    for (title, mut kind) in [("What it misses", missed), ("What it flags wrongly", flagged)] {
        let _ = writeln!(page, "## {title}\n");
        if kind.is_empty() {
            page.push_str("Nothing.\n\n");
            continue;
        }
        kind.sort_by_key(|wrong| (text(&wrong["arch"]) == "x64", list(&wrong["steps"]).len()));
        // A rule gives no findings, so of what it flags nothing more is known than the truth.
        page.push_str("| truth | because of | hosts | shortest order |\n|---|---|--:|---|\n");
        for wrong in kind {
            let findings = words(&wrong["missed"], ", ");
            let _ = writeln!(
                page,
                "| {} | {} | {} | `{}` |",
                text(&wrong["truth"]),
                if findings.is_empty() { "–" } else { &findings },
                number(&wrong["hosts"]),
                command_of(wrong)
            );
        }
        page.push('\n');
    }
    page
}

/// Conditions that are the same on every host.
fn constant(rule: &Value) -> String {
    let mut page = String::new();
    for clause in list(&rule["clauses"]) {
        if let [value] = list(&clause["values"]).as_slice() {
            let clause = text(&clause["text"]).split_whitespace().collect::<Vec<_>>().join(" ");
            let _ = writeln!(page, "- `{clause}` is {} on every host", text(value));
        }
    }
    if page.is_empty() { page } else { format!("## What decides nothing\n\n{page}\n") }
}

fn command_of(wrong: &Value) -> String {
    let arch = if text(&wrong["arch"]) == "x64" { "--arch x64 " } else { "" };
    format!("patchstate run {arch}{}", words(&wrong["steps"], " "))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &Vec<Value> {
    const NONE: &Vec<Value> = &Vec::new();
    value.as_array().unwrap_or(NONE)
}

fn words(value: &Value, between: &str) -> String {
    list(value).iter().map(text).collect::<Vec<_>>().join(between)
}

/// A number of hosts, which stands in digits, with a comma at the thousands.
fn number(value: &Value) -> String {
    let digits = text(value);
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
