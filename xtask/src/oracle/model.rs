//! The second model of servicing, written apart from the real one: the example `second_model` holds
//! both against each other on the hosts of the default scope.

use super::outcome::Outcome;
use crate::{command, failure::Failure, screen::warn};
use serde_json::Value;

/// Of both architectures: what is compared, and what the example is asked. x86 has thirty times as
/// many hosts; all of them take half an hour.
const RUNS: [(&str, &str); 2] = [
    ("steps from every x64 host of the default scope", "x64=1"),
    ("steps from x86 hosts, of large slices each 40th", "x86=40"),
];

/// Compares both architectures.
pub(crate) fn compare() -> Result<Vec<Outcome>, Failure> {
    RUNS.into_iter().map(|(of, asked)| compare_architecture(of, asked)).collect()
}

fn compare_architecture(of: &'static str, asked: &str) -> Result<Outcome, Failure> {
    warn(&format!("comparing both models: {asked}"));
    let arguments = ["run", "--quiet", "--package", "patchstate", "--example", "second_model"];
    let printed = command::text("cargo", &[&arguments[..], &["--", asked]].concat())?;
    let slices: Vec<Value> = printed.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    Ok(outcome(of, &slices))
}

fn outcome(of: &'static str, slices: &[Value]) -> Outcome {
    let mut outcome = Outcome::new("second model", of);
    let number = |slice: &Value, field: &str| {
        slice[field].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
    };
    let (mut hosts, mut compared) = (0, 0);
    for slice in slices {
        hosts += number(slice, "hosts");
        compared += number(slice, "compared");
        outcome.cases += number(slice, "steps");
        let shown = slice["differences"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let told = outcome.disagreements.len();
        outcome.disagreements.extend(shown.map(str::to_owned));
        let told = outcome.disagreements.len() - told;
        outcome.untold += number(slice, "different").saturating_sub(told);
        if number(slice, "compared") == 0 {
            outcome.disagreements.push(format!("nothing compared of {}", slice["updates"]));
        }
    }
    outcome.notes.push(format!("{compared} of {hosts} hosts, in {} slices", slices.len()));
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_and_an_empty_slice_are_disagreements() {
        let good = json!({ "hosts": 5, "compared": 5, "steps": 60, "differences": [] });
        assert_eq!(outcome("", std::slice::from_ref(&good)).cases, 60);
        assert_eq!(outcome("", std::slice::from_ref(&good)).disagreements, [""; 0]);
        let empty = json!({ "hosts": 0, "compared": 0, "steps": 0, "differences": [] });
        assert_eq!(outcome("", &[good, empty]).disagreements.len(), 1);
        let wrong = json!({ "hosts": 1, "compared": 1, "steps": 0, "differences": ["os:sp1"] });
        assert_eq!(outcome("", &[wrong]).disagreements, ["os:sp1"]);
        let many = json!({ "hosts": 9, "compared": 9, "steps": 9, "different": 9,
            "differences": ["os:sp1"] });
        assert_eq!(outcome("", &[many]).untold, 8);
    }
}
