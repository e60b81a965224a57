//! A verification with everything that a report can meet.

use patchstate_oracle::Disagreement;
use patchstate_report::{FileLocation, FileOfRule, Places};
use patchstate_rules::Clause;
use patchstate_servicing::ActionNames;
use patchstate_source::SourceFile;
use patchstate_study::{
    Analysis, ArchitectureResult, ClaimResult, ClauseResult, Conclusion, Count, Counterexample,
    FailureClass, HostCounts, Nearest, RuleResult, Undecided, Verification, Witness,
};
use patchstate_terms::{Architecture, FindingKey, FindingKind, ProductWords, Status, Step};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

const FILE: &str = "my rules/a,b:50%.toml";

fn steps(words: &str) -> Vec<Step> {
    words.split_whitespace().map(|word| word.parse().unwrap()).collect()
}

fn counterexample(
    architecture: Architecture,
    words: &str,
    truth: Status,
    verdict: Status,
) -> Counterexample {
    let missed = FindingKey {
        file: "system32/a.dll".parse().unwrap(),
        kind: FindingKind::BehindOs,
        update: None,
        import: None,
        expected: None,
        found: None,
    };
    let missed = if verdict == Status::Consistent { vec![missed] } else { Vec::new() };
    let disagreement = Disagreement { truth, verdict, missed, invented: Vec::new() };
    let analysis = Analysis::default();
    Counterexample {
        architecture,
        steps: steps(words),
        is_shortest: true,
        clause: (truth == Status::Mismatch).then_some(1),
        disagreement,
        grounds: Vec::new(),
        reason: None,
        analysis,
    }
}

fn rule(name: &str, counterexamples: Vec<Counterexample>) -> RuleResult {
    let mut nearest: BTreeMap<(Architecture, FailureClass), Nearest> = BTreeMap::new();
    for one in &counterexamples {
        let new = || Nearest { hosts: Count::ZERO, steps: Some(one.steps.clone()) };
        let way = (one.architecture, FailureClass::from(&one.disagreement));
        nearest.entry(way).or_insert_with(new).hosts += 1_u8;
    }
    let judged = [
        (Status::Broken, Status::Broken, 3_u8),
        (Status::Consistent, Status::Mismatch, 1),
        (Status::Consistent, Status::Consistent, 4),
        (Status::Mismatch, Status::Consistent, 1),
        (Status::NotApplicable, Status::Inconclusive, 1),
    ];
    let judged =
        judged.map(|(truth, said, hosts)| ((Architecture::X86, truth, said), hosts.into()));
    RuleResult {
        rule: name.to_owned(),
        title: "what it says".to_owned(),
        source: Some(SourceFile::new(FILE, "  first\n\n\n\n\n\n  second\n")),
        stands_for: BTreeSet::from([Status::Broken, Status::Mismatch]),
        clauses: vec![clause("first", 2), clause("second", 15)],
        open: BTreeMap::new(),
        observability: None,
        judged: BTreeMap::from(judged),
        inconclusive_reason: Some("a file cannot be read".to_owned()),
        undecided: BTreeMap::from([undecided_host()]),
        counterexamples,
        nearest,
        baseline: None,
    }
}

fn claim(id: &str, as_recorded: bool) -> ClaimResult {
    ClaimResult {
        id: id.to_owned(),
        text: "It always helps".to_owned(),
        source: "a page".to_owned(),
        reading: "on every host".to_owned(),
        recorded: Conclusion::Holds,
        found: if as_recorded { Conclusion::Holds } else { Conclusion::Refuted },
        rests_on: Vec::new(),
        decided_by: Vec::new(),
        witness: Some(Witness {
            architecture: Architecture::X64,
            assume: vec!["A1=other".to_owned()],
            steps: steps("os:sp1 +iis"),
        }),
        as_recorded,
        cases: Vec::new(),
        detail: "it does not, 100% of the time".to_owned(),
    }
}

/// Nothing is wrong.
pub(crate) fn clean() -> Verification {
    let core =
        RuleResult { source: None, clauses: Vec::new(), ..decided(rule("core", Vec::new())) };
    Verification {
        complete: true,
        catalog: "catalog 1".to_owned(),
        product: ProductWords {
            name: "Example Windows".to_owned(),
            feature: "the web server".to_owned(),
            failure: "no page is served".to_owned(),
        },
        names: ActionNames::default(),
        covers_catalog: false,
        assumptions: Vec::new(),
        architectures: vec![architecture()],
        rules: vec![core],
        claims: vec![claim("as-recorded", true)],
        unchecked_claims: Vec::new(),
    }
}

/// One rule is wrong in four ways, one of them on both architectures; a claim is not as recorded;
/// and a bound was hit.
pub(crate) fn wrong() -> Verification {
    let (x86, x64) = (Architecture::X86, Architecture::X64);
    let mut verification = clean();
    verification.complete = false;
    verification.rules.push(rule(
        "rule-of-thumb",
        vec![
            counterexample(x86, "os:rtm +iis sp1", Status::Consistent, Status::Mismatch),
            counterexample(x86, "os:rtm sp1 +iis@rtm", Status::Mismatch, Status::Consistent),
            counterexample(x64, "os:sp1 sp2 +iis@sp1", Status::Mismatch, Status::Consistent),
            counterexample(x86, "os:sp2 +iis", Status::Drift, Status::NotApplicable),
            counterexample(x86, "os:sp2", Status::NotApplicable, Status::Inconclusive),
        ],
    ));
    verification.claims.push(claim("helps", false));
    verification
}

/// One rule says nothing about a host, and all else is well.
pub(crate) fn undecided() -> Verification {
    let mut verification = clean();
    verification.rules.push(rule("rule-of-thumb", Vec::new()));
    verification
}

/// The second rule is in a file, and so is one of the claims.
pub(crate) fn places() -> Places {
    let rule = ("rule-of-thumb".to_owned(), FileOfRule::Text(FILE.to_owned()));
    let claim = FileLocation { file: "/srv/claims/mine.toml".to_owned(), line: 4, column: 6 };
    Places {
        folder: PathBuf::from("/srv"),
        rules: BTreeMap::from([rule]),
        claims: BTreeMap::from([("helps".to_owned(), claim)]),
        elsewhere: "README.md".to_owned(),
    }
}

fn undecided_host() -> ((Architecture, FailureClass), Undecided) {
    let reason = Some("a file cannot be read".to_owned());
    let found = Undecided { hosts: 1_u8.into(), steps: Some(steps("os:sp2")), reason };
    ((Architecture::X86, FailureClass::undecided(Status::NotApplicable)), found)
}

fn decided(rule: RuleResult) -> RuleResult {
    let (undecided, mut judged) = (BTreeMap::new(), rule.judged);
    judged.retain(|(_, _, said), _| *said != Status::Inconclusive);
    RuleResult { judged, inconclusive_reason: None, undecided, ..rule }
}

fn clause(text: &str, start: usize) -> ClauseResult {
    ClauseResult {
        clause: Clause { text: text.to_owned(), span: start..start + text.len() },
        values: BTreeSet::new(),
        is_constant: false,
        is_open: false,
    }
}

fn architecture() -> ArchitectureResult {
    ArchitectureResult {
        architecture: Architecture::X86,
        transitions: Some(20),
        depth: Some(3),
        distinct_images: 4,
        distinct_sets: 5,
        hosts: Some(HostCounts { all: 10_u8.into(), by_status: BTreeMap::new() }),
        boundaries: Vec::new(),
        without_boundaries: 0,
        remedies: None,
    }
}
