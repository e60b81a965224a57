//! What rules say of one host.

use super::style::{LINE, bad, count, doubtful, good, heading, neutral, neutral_name, wrapped};
use crate::verdicts::{ground_lines, wrong_word};
use patchstate_harness::Opinion;
use patchstate_rules::Clause;

/// What each rule says of the host, whether that is right, and what it rests on.
#[must_use]
pub fn opinions(opinions: &[Opinion]) -> String {
    if opinions.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", heading("What the rules say of this host"));
    for opinion in opinions {
        text.push_str(&tell(opinion));
    }
    text.push_str(&sum(opinions));
    text
}

fn tell(opinion: &Opinion) -> String {
    let (said, truth) = (opinion.judgement.status, opinion.truth);
    let stands_for: Vec<String> = opinion.stands_for.iter().map(ToString::to_string).collect();
    let judged = match opinion.is_right {
        Some(true) => good("right"),
        Some(false) => bad("wrong"),
        None => doubtful("open"),
    };
    let mut line = format!("{}: {said}", neutral_name(&opinion.rule));
    if let Some(reason) = &opinion.judgement.reason {
        line.push_str(&format!(", because {}", neutral_name(reason)));
    }
    line.push_str(&format!(
        "; it stands for {}, and the truth is {truth}",
        stands_for.join(" and ")
    ));
    if opinion.is_right == Some(false) {
        line.push_str(&format!(": a {}", wrong_word(&opinion.stands_for, truth, said)));
    }
    let mut text = format!("  {judged}  {}", wrapped(&neutral(&line), 2, LINE - 8).trim_start());
    let clauses: Vec<&Clause> = opinion.clauses.iter().collect();
    let decided = opinion.judgement.clause;
    let lines = ground_lines(Some(&opinion.source), &clauses, &opinion.grounds, decided);
    // What would have to be otherwise is no reproach to a rule that is right.
    let keeps = opinion.is_right == Some(true);
    for line in lines {
        let line = if keeps { line.replacen("should be", "would have to be", 1) } else { line };
        text.push_str(&wrapped(&line, 9, LINE));
    }
    text
}

/// The last line: how many are right.
fn sum(opinions: &[Opinion]) -> String {
    let right = opinions.iter().filter(|opinion| opinion.is_right == Some(true)).count();
    let wrong = opinions.iter().filter(|opinion| opinion.is_right == Some(false)).count();
    let open = opinions.len() - right - wrong;
    let mut parts = Vec::new();
    for (number, word) in [(right, "right"), (wrong, "wrong"), (open, "inconclusive")] {
        if number > 0 {
            parts.push(format!("{} {word} about this host", count(number, "rule", "rules")));
        }
    }
    format!("{}\n", parts.join(", "))
}
