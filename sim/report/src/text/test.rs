//! Scenario results.

use super::{
    style::{
        self, bad, command_lines, faint, good, hanging, is_narrow, neutral, neutral_name,
        run_command, wrapped,
    },
    view::View,
};
use crate::failures::{architecture, assumptions};
use patchstate_study::{Scenario, ScenarioFile, ScenarioResult};

/// Failing scenarios with what differs, then a line a file.
#[must_use]
pub fn test(files: &[(&ScenarioFile, &[ScenarioResult])], view: View) -> String {
    let mut text = String::new();
    for (file, results) in files {
        for (scenario, result) in file.scenarios.iter().zip(*results) {
            if !result.failures.is_empty() {
                let line = file.source.place(scenario.name.span.start).line;
                let place = format!("{}:{line}", neutral_name(&file.source.name));
                let name = neutral_name(&result.name);
                text.push_str(&hanging(&bad("FAILED"), &format!("{place}: {name}"), 7, view));
                text.push_str(&failures(file, scenario, result, view));
            }
        }
    }
    if view.is_quiet() {
        return text;
    }
    for (file, results) in files.iter().filter(|(_, results)| !results.is_empty()) {
        let failed = results.iter().filter(|result| !result.failures.is_empty()).count();
        let word = if failed == 0 { good("ok") } else { bad("failed") };
        let number = style::count(results.len(), "scenario", "scenarios");
        let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
        let name = neutral_name(&file.source.name);
        let line = format!("{name}: {}", faint(&format!("{number}{failed}")));
        let indent = if is_narrow(view) { 2 } else { 8 };
        text.push_str(&hanging(&word, &line, indent, view));
    }
    text
}

fn failures(
    file: &ScenarioFile,
    scenario: &Scenario,
    result: &ScenarioResult,
    view: View,
) -> String {
    let mut text = String::new();
    for failure in &result.failures {
        let line = file.source.place(failure.span.start).line;
        let key = format!("{} (line {line})", neutral_name(&failure.key));
        text.push_str(&wrapped(&key, 2, view));
        for line in
            [format!("expected {}", failure.expected), format!("found    {}", failure.found)]
        {
            text.push_str(&wrapped(&neutral(&line), 4, view));
        }
    }
    let assumptions = assumptions(scenario);
    let command = run_command(architecture(scenario), &assumptions, &result.steps);
    text.push_str(&command_lines("  run it:", &command, 10, view));
    text
}
