//! Scenario results.

use super::style::{self, LINE, bad, faint, good, neutral, neutral_name, wrapped};
use crate::suite::{NO_SCENARIO, run_it};
use patchstate_harness::{Scenario, ScenarioFile, ScenarioResult};
use std::fmt::Write;

/// Failing scenarios with what differs, then a line a file, then the counts.
#[must_use]
pub fn test(files: &[(&ScenarioFile, &[ScenarioResult])]) -> String {
    if files.iter().all(|(_, results)| results.is_empty()) {
        return format!("{NO_SCENARIO}\n");
    }
    let mut text = String::new();
    for (file, results) in files {
        for (scenario, result) in file.scenarios.iter().zip(*results) {
            if !result.failures.is_empty() {
                let line = file.source.place(scenario.name.span.start).line;
                let place = format!("{}:{line}", neutral_name(&file.source.name));
                let name = neutral_name(&result.name);
                let _ = writeln!(text, "{} {place}: {name}", bad("FAILED"));
                text.push_str(&failures(file, scenario, result));
            }
        }
    }
    let all = || files.iter().flat_map(|(_, results)| results.iter());
    let failed = all().filter(|result| !result.failures.is_empty()).count();
    for (file, results) in files {
        let failed = results.iter().filter(|result| !result.failures.is_empty()).count();
        let word = if failed == 0 { good("ok") } else { bad("failed") };
        let number = style::count(results.len(), "scenario", "scenarios");
        let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
        let _ = writeln!(
            text,
            "{word:<6}  {}  {}",
            neutral_name(&file.source.name),
            faint(&format!("{number}{failed}"))
        );
    }
    let _ = writeln!(text, "{} passed, {failed} failed", all().count() - failed);
    text
}

fn failures(file: &ScenarioFile, scenario: &Scenario, result: &ScenarioResult) -> String {
    let mut text = String::new();
    for failure in &result.failures {
        let line = file.source.place(failure.span.start).line;
        let _ = writeln!(text, "  {} (line {line})", neutral_name(&failure.key));
        for line in
            [format!("expected {}", failure.expected), format!("found    {}", failure.found)]
        {
            text.push_str(&wrapped(&neutral(&line), 4, LINE));
        }
    }
    let _ = writeln!(text, "  {}", run_it(scenario, result));
    text
}
