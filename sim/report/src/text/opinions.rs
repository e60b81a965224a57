//! What rules say of one host.

use super::{
    style::{bad, doubtful, good, hanging, heading, neutral, neutral_name, wrapped},
    view::View,
};
use crate::verdicts::{ground_lines, wrong_word};
use patchstate_rules::Clause;
use patchstate_study::Opinion;

/// What each rule says of the host, whether that is right, and what it rests on.
#[must_use]
pub fn opinions(opinions: &[Opinion], view: View) -> String {
    let told = |opinion: &&Opinion| !view.is_quiet() || opinion.is_right != Some(true);
    let told: String = opinions.iter().filter(told).map(|opinion| tell(opinion, view)).collect();
    if told.is_empty() {
        return told;
    }
    format!("\n{}\n{told}", heading("What the rules say of this host"))
}

fn tell(opinion: &Opinion, view: View) -> String {
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
    let mut text = hanging(&format!("  {judged}"), &neutral(&line), 9, view);
    let clauses: Vec<&Clause> = opinion.clauses.iter().collect();
    let decided = opinion.judgement.clause;
    let lines = ground_lines(Some(&opinion.source), &clauses, &opinion.grounds, decided);
    // What would have to be otherwise is no reproach to a rule that is right.
    let keeps = opinion.is_right == Some(true);
    for line in lines {
        let line = if keeps {
            line.replacen("should be", "to report it, this would have to be", 1)
        } else {
            line
        };
        text.push_str(&wrapped(&line, 9, view));
    }
    text
}
