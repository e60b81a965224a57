//! Pages made from `patchstate explain`: files that people write, statuses and findings, words.

use super::tool::{Tool, head};
use crate::failure::Failure;
use serde_json::Value;

/// A page for each topic that is one, and one for each kind of short ones.
pub(super) fn pages(tool: &Tool) -> Result<Vec<(String, String)>, Failure> {
    let list = tool.json(&["explain"])?;
    let names = list["topics"].as_array().ok_or("no topics")?.iter().filter_map(Value::as_str);
    let mut pages = Vec::new();
    let mut statuses = String::new();
    let mut findings = String::new();
    let mut words = String::new();
    for name in names {
        let topic = tool.json(&["explain", name])?;
        let text = topic["markdown"].as_str().ok_or_else(|| format!("{name} has no text"))?;
        let title = text.lines().next().unwrap_or_default().trim_start_matches("# ");
        let body = text.split_once('\n').map_or("", |(_, body)| body);
        let part = || format!("\n### {title}\n{}\n", body.trim_end());
        match topic["kind"].as_str().unwrap_or_default() {
            "page" => {
                // `claims` is the list of those that there are.
                let file = if name == "claims" { "claim-files" } else { name };
                let from = format!("`patchstate explain {name}`");
                pages.push((file.to_owned(), format!("{}{body}", head(&titled(file), &from))));
            }
            "status" => statuses += &part(),
            "finding" => findings += &part(),
            "word" if name == "exit-codes" => {
                let from = "`patchstate explain exit-codes`";
                pages.push((name.to_owned(), format!("{}{body}", head("Exit codes", from))));
            }
            "word" => words += &part().replacen("###", "##", 1),
            _ => {}
        }
    }
    let both = format!("\n## Statuses\n{statuses}\n## Findings\n{findings}");
    let from = "`patchstate explain`";
    pages.push(("findings".to_owned(), head("Statuses and findings", from) + &both));
    pages.push(("words".to_owned(), head("Words", from) + &words));
    Ok(pages)
}

/// A name as a title: `rule-files` is *Rule files*, `oval` *OVAL*.
fn titled(name: &str) -> String {
    if ["oval", "yara"].contains(&name) {
        return name.to_uppercase();
    }
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
