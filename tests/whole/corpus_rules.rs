//! The rules of the corpus: what is accepted of them is so, and what they say of hosts that no
//! slice shows whole.
//!
//! `cargo xtask corpus --check` judges them on every host of the whole catalog, in slices. Here
//! every accepted counterexample is built and judged by itself, and random walks through the whole
//! catalog look at hosts with files of every slice at once.

use patchstate_rules::Rule;
use patchstate_servicing::{Action, ActionNames, Switches};
use patchstate_source::{Likeness, SourceFile};
use patchstate_study::{
    Evaluator, Facts, FailureClass, RuleAnswer, Simulation, baseline_likeness, built_in_rules,
    compare_rule, read_baseline,
};
use patchstate_terms::{Architecture, Step};
use patchstate_test_model::CATALOG;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::{collections::BTreeMap, fs, path::Path};

fn simulation(architecture: Architecture) -> Simulation {
    let simulation = Simulation::new(&Facts::of(&CATALOG), architecture, Switches::default());
    simulation.expect("the catalog has the architecture")
}

fn baselines() -> Vec<SourceFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/regressions");
    let mut files: Vec<SourceFile> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a text");
            SourceFile::new(&path.display().to_string(), &text)
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

#[test]
fn every_accepted_counterexample_is_wrong_in_the_way_that_is_recorded() {
    let rules = built_in_rules();
    let evaluator = Evaluator::new(&rules, None).expect("no rule needs a folder");
    let places: BTreeMap<&str, usize> =
        rules.iter().enumerate().map(|(place, rule)| (rule.id(), place)).collect();
    let simulations = [Architecture::X86, Architecture::X64].map(|of| (of, simulation(of)));
    let simulations = BTreeMap::from(simulations);
    let mut tried = 0;
    for file in baselines() {
        let table = toml::de::DeTable::parse(&file.text).expect("it is TOML");
        assert_eq!(baseline_likeness(table.get_ref()), Likeness::Sure, "{}", file.name);
        let (baseline, mistakes) = read_baseline(&file);
        assert_eq!(mistakes, []);
        let baseline = baseline.expect("there is no mistake");
        assert_eq!(baseline.to_text(), file.text.as_ref(), "{}", file.name);
        let is_counted = baseline.accepted.values().all(|one| one.hosts.is_some());
        assert!(is_counted, "{}: more hosts would not be noticed", file.name);
        let place = places[baseline.rule.as_str()];
        for ((architecture, failure), accepted) in &baseline.accepted {
            let simulation = &simulations[architecture];
            let words: Vec<String> = accepted.steps.iter().map(ToString::to_string).collect();
            let host = simulation.follow(&words).expect("an install order");
            let tree = simulation.tree(&host).expect("images can be written");
            let answers = evaluator.evaluate(simulation, &tree).expect("nothing is written");
            let said = answers[place].judgement.status;
            let wrong = compare_rule(rules[place].as_ref(), &simulation.truth(&host), said);
            assert_eq!(wrong.as_ref().map(FailureClass::from).as_ref(), Some(failure), "{words:?}");
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried} counterexamples");
}

/// The answer of a rule by its id.
fn answer<'a>(rules: &[Box<dyn Rule>], answers: &'a [RuleAnswer], id: &str) -> &'a RuleAnswer {
    let place = rules.iter().position(|rule| rule.id() == id);
    &answers[place.expect("a rule of the corpus")]
}

fn whole_catalog() -> ActionNames {
    ActionNames {
        components: CATALOG.components.iter().map(|component| component.id.clone()).collect(),
        updates: CATALOG.updates.iter().map(|update| update.id.clone()).collect(),
        branches: true,
    }
}

fn walk(architecture: Architecture) {
    let rules = built_in_rules();
    let evaluator = Evaluator::new(&rules, None).expect("no rule needs a folder");
    let simulation = simulation(architecture);
    let model = simulation.model();
    let steps: Vec<(Step, Action)> =
        model.search_steps(&whole_catalog()).expect("names of the catalog");
    let walk = proptest::collection::vec(0..steps.len(), 5..30);
    let bases = proptest::sample::select(model.facts().media.clone());
    let config = Config { cases: 120, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng)
        .run(&(bases, walk), |(base, walk)| {
            let mut host = model.install_os(base).expect("there is such media");
            for step in walk {
                host = model.apply(&host, steps[step].1).after(&host).clone();
            }
            let tree = simulation.tree(&host).expect("images can be written");
            let answers = evaluator.evaluate(&simulation, &tree).expect("nothing is written");
            let right = answer(&rules, &answers, "iis-fits-os").judgement.status;
            let place = rules.iter().position(|rule| rule.id() == "iis-fits-os");
            let rule = rules[place.expect("a rule of the corpus")].as_ref();
            assert_eq!(compare_rule(rule, &simulation.truth(&host), right), None);
            for name in ["w3dt", "http-sys", "httpapi"] {
                let oval = format!("oval:patchstate.ms10-040-{name}:def:1");
                let oval = answer(&rules, &answers, &oval).judgement.status;
                let file = answer(&rules, &answers, &format!("ms10-040-{name}")).judgement.status;
                assert_eq!(oval, file, "{name}");
            }
            Ok(())
        })
        .expect("the rules hold on every walk");
}

#[test]
fn the_right_rule_is_right_and_oval_agrees_with_rule_files_on_random_hosts_of_the_whole_catalog() {
    walk(Architecture::X86);
    walk(Architecture::X64);
}
