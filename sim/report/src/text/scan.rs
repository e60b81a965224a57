//! A verdict about a tree of files.

use super::{
    style::{self, heading, neutral, neutral_name, wrapped},
    view::View,
};
use crate::json::{ScanRuleObject, ScanSummaryObject};
use patchstate_detect::Verdict;
use patchstate_terms::{ProductWords, Status, Step};

/// A verdict.
#[must_use]
pub fn scan(folder: &str, verdict: &Verdict, words: &ProductWords, view: View) -> String {
    let mut text = String::new();
    if view.is_quiet() {
        return style::findings(&verdict.findings, view);
    }
    let line = format!("{}: {}", neutral_name(folder), style::status(verdict.status));
    text.push_str(&wrapped(&line, 0, view));
    text.push_str(&wrapped(&style::meaning(verdict.status, words), 2, view));
    let os = &verdict.os;
    let unknown = || "unknown".to_owned();
    let line = format!(
        "operating system: {}, {}, {}, version {}",
        neutral_name(os.product.as_deref().unwrap_or("unknown product")),
        neutral_name(os.arch.as_deref().unwrap_or("unknown architecture")),
        os.level.map_or_else(|| "level unknown".to_owned(), |level| level.title().to_owned()),
        os.version.map_or_else(unknown, |version| version.to_string())
    );
    text.push_str(&wrapped(&line, 2, view));
    text.push_str(&style::findings(&verdict.findings, view));
    text.push_str(&forecast(verdict, view));
    text.push_str(&remedy(verdict, view));
    text
}

/// One of several trees, in a line.
#[must_use]
pub fn scanned_tree(
    folder: &str,
    verdict: &Verdict,
    rules: &[ScanRuleObject],
    view: View,
) -> String {
    let is_fine = |status: &str| {
        [Status::Consistent, Status::NotApplicable].iter().any(|fine| fine.as_str() == status)
    };
    let is_clean =
        is_fine(verdict.status.as_str()) && rules.iter().all(|rule| is_fine(&rule.status));
    if view.is_quiet() && is_clean {
        return String::new();
    }
    let mut line = format!("{}: {}", neutral_name(folder), style::status(verdict.status));
    if !verdict.findings.is_empty() {
        line += &format!(", {}", style::count(verdict.findings.len(), "finding", "findings"));
    }
    let remedy: Vec<String> = verdict.remedy.iter().map(ToString::to_string).collect();
    if !remedy.is_empty() {
        line += &format!(", remedy {}", remedy.join(" "));
    }
    for rule in rules {
        line += &format!("; {} says {}", neutral_name(&rule.rule), rule.status);
    }
    line + "\n"
}

/// One of several trees that could not be scanned.
#[must_use]
pub fn unread_tree(folder: &str, error: &str) -> String {
    format!("{}: {}: {}\n", neutral_name(folder), style::bad("not read"), neutral_name(error))
}

/// How many trees have each status, by what the core says and by what each rule says.
#[must_use]
pub fn scan_summary(summary: &ScanSummaryObject, view: View) -> String {
    if view.is_quiet() {
        return String::new();
    }
    let mut rows = vec![("status".to_owned(), "rule".to_owned(), "trees".to_owned())];
    for counts in &summary.rules {
        for status in Status::ALL {
            if let Some(number) = counts.by_status.get(status.as_str()) {
                let rule = neutral_name(&counts.rule).into_owned();
                rows.push((status.to_string(), rule, style::thousands(number)));
            }
        }
    }
    if summary.unread > 0 {
        rows.push(("not read".to_owned(), String::new(), style::thousands(summary.unread)));
    }
    let widest = |part: fn(&(String, String, String)) -> &String| {
        rows.iter().map(|row| style::columns(part(row))).max().unwrap_or(0)
    };
    let (statuses, rules, numbers) =
        (widest(|row| &row.0), widest(|row| &row.1), widest(|row| &row.2));
    let mut text = format!("\n{}\n", heading("All trees"));
    for (status, rule, number) in &rows {
        let after_rule = " ".repeat(rules - style::columns(rule));
        text += &format!("  {status:statuses$}  {rule}{after_rule}  {number:>numbers$}\n");
    }
    text
}

/// What each rule says that was asked for, and how that stands to what the core says.
#[must_use]
pub fn scan_rules(rules: &[ScanRuleObject], core: Status, view: View) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", heading("What the rules say"));
    for rule in rules {
        let reason = rule.reason.as_deref().map(|reason| format!(": {}", neutral_name(reason)));
        let line = format!(
            "{}: {}{}{}",
            neutral_name(&rule.rule),
            rule.status,
            reason.unwrap_or_default(),
            compared(rule, core)
        );
        text.push_str(&wrapped(&neutral(&line), 2, view));
    }
    text
}

/// A rule and the core are compared on whether the host is among the statuses that the rule stands
/// for.
fn compared(rule: &ScanRuleObject, core: Status) -> String {
    if rule.stands_for.is_empty() {
        return "; it is the detection core".to_owned();
    }
    let all = rule.stands_for.join(" and ");
    let own = match rule.reports {
        Some(false) => ", and reports none of that",
        Some(true) | None => "",
    };
    let of_core = match rule.core_reports {
        Some(false) => ", which it does not stand for",
        Some(true) if rule.reports != Some(true) || rule.status != core.as_str() => {
            ", which it stands for"
        }
        Some(true) | None => "",
    };
    let end = match (rule.reports, rule.core_reports) {
        (Some(own), Some(of_core)) if own == of_core => "they agree",
        (Some(_), Some(_)) => "they differ",
        _ => "that cannot be compared",
    };
    format!("; it stands for {all}{own}; the core says {core}{of_core}: {end}")
}

/// What would break the host.
pub(super) fn forecast(verdict: &Verdict, view: View) -> String {
    if verdict.would_break.is_empty() {
        return String::new();
    }
    let labels: Vec<String> = verdict.would_break.iter().map(ToString::to_string).collect();
    let heading = heading("What would break this host");
    format!(
        "\n{heading}\n{}",
        wrapped(&neutral(&format!("installing {}", labels.join(" or "))), 2, view)
    )
}

/// What would mend it.
pub(super) fn remedy(verdict: &Verdict, view: View) -> String {
    if verdict.remedy.is_empty() {
        return String::new();
    }
    let steps: Vec<String> = verdict.remedy.iter().map(in_words).collect();
    format!("\n{}\n{}", heading("What helps"), wrapped(&neutral(&steps.join(", then ")), 2, view))
}

/// A step of a remedy as somebody reads it who does not know the words for steps.
fn in_words(step: &Step) -> String {
    let what = match step {
        Step::ApplyServicePack(level) => {
            format!("apply {}, also where it has been applied before", level.title())
        }
        Step::RemoveServicePack(level) => format!("remove {}", level.title()),
        Step::InstallUpdate { update, release, .. } => match release {
            Some(release) => format!("install release {release} of {update}"),
            None => format!("install {update}, its latest release"),
        },
        Step::RemoveUpdate { update } => format!("remove {update}"),
        Step::AddComponent { name, .. } => format!("add {name}"),
        Step::RemoveComponent { name } => format!("remove {name}"),
        Step::InstallOs(level) => format!("install the {} operating system", level.title()),
        Step::CheckSystemFiles => "check system files".to_owned(),
        Step::Restart => "restart the host".to_owned(),
        Step::CleanCache => "delete the service pack cache".to_owned(),
    };
    format!("{what} ({step})")
}
