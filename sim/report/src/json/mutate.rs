//! The object of `mutate`.

use super::observability::ExampleObject;
use patchstate_study::{Kill, MutantOutcome, MutantResult, Mutation, SuiteScenario};
use schemars::JsonSchema;
use serde::Serialize;

/// What became of the mutants of a rule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MutateObject {
    /// `patchstate.mutate/1`.
    pub schema: &'static str,
    /// The rule.
    pub rule: String,
    /// What it says, in a few words.
    pub title: String,
    /// The file that it was read from.
    pub source: String,
    /// Whether no bound was hit, and every mutant is killed or proved equivalent.
    pub complete: bool,
    /// Name and version of the catalog.
    pub catalog: String,
    /// How many hosts rule and mutants were asked about, in digits.
    pub hosts: String,
    /// Mutants that some host tells from the rule.
    pub killed: usize,
    /// Mutants that say the same as the rule on every host.
    pub equivalent: usize,
    /// Mutants that say the same on the hosts that were reached, which are not all.
    pub undecided: usize,
    /// The mutants, in the order of the rule's text.
    pub mutants: Vec<MutantObject>,
    /// The fewest scenarios that kill every mutant of which a host is known that kills it.
    pub suite: Vec<SuiteScenarioObject>,
    /// Whether it is proved that fewer would not do.
    pub suite_is_smallest: bool,
}

/// One mutant.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MutantObject {
    /// The kind of change and its number.
    pub id: String,
    /// What was changed.
    pub description: String,
    /// The line of the condition that was changed, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// `killed`, `equivalent` or `undecided`.
    pub fate: &'static str,
    /// The hosts that tell it from the rule; null unless it was killed.
    pub kill: Option<KillObject>,
}

/// Hosts that tell a mutant from its rule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KillObject {
    /// How many there are, in digits.
    pub hosts: String,
    /// The nearest one; null when all of them are farther from a bare system than orders are looked
    /// for.
    pub host: Option<ExampleObject>,
    /// What the rule says of it.
    pub rule_says: Option<String>,
    /// What the mutant says of it.
    pub mutant_says: Option<String>,
}

/// One scenario of the suite.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SuiteScenarioObject {
    /// The host.
    pub host: ExampleObject,
    /// What the rule says of it.
    pub rule_says: String,
    /// Whether the rule is right about it.
    pub right: bool,
    /// The mutants that it kills.
    pub kills: Vec<String>,
}

impl MutateObject {
    /// The object of a rule's mutants.
    #[must_use]
    pub fn new(mutation: &Mutation) -> Self {
        Self {
            schema: "patchstate.mutate/1",
            rule: mutation.rule.clone(),
            title: mutation.title.clone(),
            source: mutation.source.name.to_string(),
            complete: mutation.complete,
            catalog: mutation.catalog.clone(),
            hosts: mutation.hosts.to_string(),
            killed: mutation.count(|outcome| matches!(outcome, MutantOutcome::Killed(_))),
            equivalent: mutation.count(|outcome| *outcome == MutantOutcome::Equivalent),
            undecided: mutation.count(|outcome| *outcome == MutantOutcome::Undecided),
            mutants: MutantObject::all(mutation),
            suite: mutation
                .suite
                .iter()
                .map(|scenario| self::scenario(mutation, scenario))
                .collect(),
            suite_is_smallest: mutation.suite_is_smallest,
        }
    }
}

impl MutantObject {
    /// The mutants of a rule.
    pub(super) fn all(mutation: &Mutation) -> Vec<Self> {
        mutation.mutants.iter().map(|mutant| self::mutant(mutation, mutant)).collect()
    }
}

fn mutant(mutation: &Mutation, mutant: &MutantResult) -> MutantObject {
    let clause = mutation.clauses.get(mutant.clause);
    let place = mutation.source.place(clause.map_or(0, |clause| clause.span.start));
    let (fate, kill) = match &mutant.outcome {
        MutantOutcome::Killed(kill) => ("killed", Some(KillObject::from(kill.as_ref()))),
        MutantOutcome::Equivalent => ("equivalent", None),
        MutantOutcome::Undecided => ("undecided", None),
    };
    MutantObject {
        id: mutant.id.clone(),
        description: mutant.description.clone(),
        line: place.line,
        column: place.column,
        fate,
        kill,
    }
}

fn scenario(mutation: &Mutation, scenario: &SuiteScenario) -> SuiteScenarioObject {
    let killed = scenario.kills.iter().filter_map(|place| mutation.mutants.get(*place));
    SuiteScenarioObject {
        host: ExampleObject::from(&scenario.host),
        rule_says: scenario.rule_says.to_string(),
        right: scenario.is_right,
        kills: killed.map(|mutant| mutant.id.clone()).collect(),
    }
}

impl From<&Kill> for KillObject {
    fn from(kill: &Kill) -> Self {
        let nearest = kill.nearest.as_ref();
        Self {
            hosts: kill.hosts.to_string(),
            host: nearest.map(|killer| ExampleObject::from(&killer.host)),
            rule_says: nearest.map(|killer| killer.rule_says.to_string()),
            mutant_says: nearest.map(|killer| killer.mutant_says.to_string()),
        }
    }
}
