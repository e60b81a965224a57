//! Scenario files: Markdown with install orders and expectations.

use super::{check_diagnostics, known::CATALOG, source, text_of};
use patchstate_study::{check_scenarios, parse_scenarios};

/// Reads the input as a scenario file, and checks it against the built-in catalog.
pub(crate) fn scenario(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    let (file, diagnostics) = parse_scenarios(&source("a.md", text));
    check_diagnostics(&diagnostics);
    for scenario in &file.scenarios {
        assert!(text.get(scenario.expectation_span.clone()).is_some());
        for step in &scenario.steps {
            assert_eq!(text.get(step.span.clone()), Some(step.value.as_str()));
        }
    }
    check_diagnostics(&check_scenarios(&file, &CATALOG));
}
