//! Where model, images, detection core and oracle meet.
//!
//! **Owns** the runs that a user asks for: one host with its story, every reachable host of a
//! scope, a file of scenarios. Each gives a plain result model that reporters render.
//!
//! **Must never know** how a result looks: it prints nothing, reads no clock, and touches no disk
//! but below a folder that it is given for rules that are programs.
//! Truth and verdict come from crates that do not know each other; here they are only compared.
//!
//! **Start reading** at [`Simulation::examine`], then [`verify`].

mod atlas;
mod baseline;
mod claims;
mod counterexample;
mod error;
mod exact;
mod examine;
mod facts;
mod file_set;
mod interner;
mod knowledge;
mod progress;
mod reach;
mod repair;
mod rules;
mod scenario;
mod scope;
mod slices;
mod story;
mod verify;

pub use atlas::{
    Atlas, AtlasBackup, AtlasCopy, AtlasEntries, AtlasFiles, AtlasHost, AtlasLoad, AtlasOutcome,
    AtlasRecord, AtlasRegion, AtlasResult, AtlasRule, AtlasTruth, AtlasVerdict, AtlasWord,
    Crossing, atlas, order_of_scope,
};
pub use baseline::{
    Accepted, Baseline, BaselineComparison, baseline_forms, baseline_likeness, read_baseline,
};
pub use claims::{
    CONDITION_WORDS, CheckedClaims, Claim, ClaimCase, ClaimProgress, ClaimResult, ClaimScope,
    Conclusion, Condition, Property, PropertyKind, StepPattern, UncheckedClaim, Witness,
    built_in_claim_files, built_in_claims, check_claims, claim_forms, claim_likeness,
    declared_claims, read_built_in_claims, read_claims, read_own_claims, select_claims,
};
pub use counterexample::{
    Analysis, BoundaryPair, Changed, Counterexample, Derivation, Fact, FailureClass, Judge, Judged,
    StepAt, boundaries,
};
pub use error::{StudyError, WrongName};
pub use exact::Exact;
pub use examine::{Examination, SharedFiles, Simulation};
pub use facts::Facts;
pub use interner::Interner;
pub use knowledge::{ADVISORY_MISTAKE, CoreGap, core_gaps};
pub use progress::VerifyProgress;
pub use reach::{ObservationClasses, Reached};
pub use repair::{
    Advice, Advise, Remedies, RemedyCase, RemedyReport, Removals, Repair, RepairSearch, RepairStep,
    Repairs, additive_repairs, check_remedies, remedies_of_whole, repair_steps, repairs,
    shortest_repair,
};
pub use rules::{
    Change, DiffHost, DiffKind, DiffSide, Evaluator, Fixture, Fixtures, HostWitness,
    Indistinguishable, Kill, Killer, MutantOutcome, MutantResult, Mutation, Observability, Opinion,
    Right, RuleAnswer, RuleDiff, RuleScope, SaidBy, Separator, Showing, Side, SuiteScenario,
    built_in_rule_files, built_in_rules, compare_rule, diff, fixtures, mutate,
};
pub use scenario::{
    EXPECTATION_KEYS, Expectation, ExpectedFinding, Failure, Keyed, Located, NamedRules, Scenario,
    ScenarioFile, ScenarioResult, Simulations, check_scenarios, check_scenarios_with,
    has_scenario_blocks, parse_scenarios, run_scenario, run_scenario_with, updated_text,
};
pub use scope::check_names;
pub use slices::Slicing;
pub use story::{Fracture, StepOutcome, Story, StoryStep, SymptomLine};
pub use verify::{
    ArchitectureResult, CORE_RULE, ClauseResult, HostCounts, Nearest, RuleResult, Undecided,
    Vacuity, Verification, VerifyOptions, verify,
};

use patchstate_source::MistakeCode;
pub use patchstate_space::Count;

/// The codes of mistakes in each kind of file that is read here: what such a file is, and its
/// table.
pub const MISTAKE_CODES: [(&str, &[MistakeCode]); 4] = [
    ("a scenario file", scenario::codes::ALL),
    ("a file of claims", claims::codes::ALL),
    ("a baseline", baseline::codes::ALL),
    ("a catalog, compared with what the core knows", knowledge::codes::ALL),
];
