//! The data of explorer pages against the model: every host, and every step on it.
//!
//! **Owns** that a page says what the model says. A page is read as a browser reads it, and its
//! hosts are made again from their predecessors by a model in which every file has a place of its
//! own, which that of a search does not have.
//!
//! **Start reading** at [`check`].

use crate::common::reach::reach;
use base64::{Engine, prelude::BASE64_STANDARD};
use miniz_oxide::inflate::decompress_to_vec;
use patchstate_explore::Bounds;
use patchstate_oracle::{Truth, truth};
use patchstate_report::{
    explorer_page,
    json::{ExploreObject, FindingObject},
};
use patchstate_servicing::{Action, ActionNames, Host, Model, Outcome, Scope, Switches};
use patchstate_study::{Evaluator, Facts, RuleScope, atlas, boundaries, built_in_rules};
use patchstate_terms::{Architecture, FindingKind, Status};
use patchstate_test_model::{CATALOG, scope::DEFAULT};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Hosts of an architecture: how many there are, pairs of host and step that is applied, the
/// longest shortest order, and hosts by their true status.
type Numbers = (usize, usize, i64, [usize; 5]);

fn names(components: &[&str], updates: &[&str], branches: bool) -> ActionNames {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ActionNames { components: owned(components), updates: owned(updates), branches }
}

fn scope(architectures: &[Architecture], names: ActionNames, settings: &[&str]) -> RuleScope {
    let switches = Switches::from_settings(&CATALOG, settings.iter().copied());
    RuleScope {
        architectures: architectures.to_vec(),
        switches: switches.expect("settings of the catalog"),
        names,
        sliced: false,
        bounds: Bounds::default(),
    }
}

/// The page of a scope, and its data as a browser reads it.
fn page(scope: &RuleScope, evaluator: &Evaluator<'_>) -> Value {
    let facts = Facts::of(&CATALOG);
    let found = atlas(&facts, scope, evaluator, &|_| {}).expect("a small scope");
    let object = ExploreObject::new(&found, &[]);
    let page = explorer_page(&object).expect("a page");
    let (_, data) = page.split_once("id=\"patchstate-data\">").expect("the element");
    let (data, _) = data.split_once("</script>").expect("its end");
    let packed = BASE64_STANDARD.decode(data).expect("base64");
    let data: Value =
        serde_json::from_slice(&decompress_to_vec(&packed).expect("deflate")).expect("JSON");
    // Nothing is lost on the way.
    assert_eq!(data, serde_json::to_value(&object).expect("JSON"));
    data
}

fn without_rules(scope: &RuleScope) -> Value {
    page(scope, &Evaluator::new(&[], None).expect("no rules"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no number: {value}"))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The place that a column names; `None` for -1.
fn place(value: &Value) -> Option<usize> {
    usize::try_from(number(value)).ok()
}

/// What a list names of another one.
fn named<'a>(places: &'a Value, of: &'a Value) -> impl Iterator<Item = &'a Value> {
    list(places).iter().map(move |at| &of[place(at).expect("a place")])
}

/// One architecture of a page, with the hosts that its columns are about.
struct Region<'a> {
    data: &'a Value,
    arch: &'a Value,
    model: &'a Model,
    hosts: Vec<Host>,
    actions: Vec<Action>,
}

impl<'a> Region<'a> {
    fn new(data: &'a Value, arch: &'a Value, model: &'a Model) -> Self {
        let steps = list(&arch["steps"]).iter().map(|step| word(&step["word"]));
        let actions: Vec<Action> =
            steps.map(|step| model.resolve_word(step).expect("a step")).collect();
        let mut hosts: Vec<Host> = Vec::new();
        let mut bases = list(&arch["bases"]).iter();
        let columns = &arch["hosts"];
        for (at, from) in list(&columns["from"]).iter().enumerate() {
            let Some(from) = place(from) else {
                let base = bases.next().expect("a bare system");
                assert_eq!(base["host"], at);
                assert_eq!(base["word"], format!("os:{}", word(&base["level"])));
                let level = word(&base["level"]).parse().expect("a level");
                hosts.push(model.install_os(level).expect("media"));
                continue;
            };
            let step = place(&columns["by"][at]).expect("a step");
            match model.apply(&hosts[from], actions[step]) {
                Outcome::Applied(host) => hosts.push(host),
                other => panic!("host {at} comes from {from} by a step that is {other:?}"),
            }
        }
        assert!(bases.next().is_none(), "every bare system is a host");
        let different: BTreeSet<&Host> = hosts.iter().collect();
        assert_eq!(different.len(), hosts.len(), "no host stands there twice");
        Self { data, arch, model, hosts, actions }
    }

    /// What a column names in a dictionary for a host.
    fn of(&self, column: &str, dictionary: &str, host: usize) -> Option<&Value> {
        let at = place(&self.arch["hosts"][column][host])?;
        Some(&self.data[dictionary][at])
    }

    /// Every pair of host and step. Gives the number of those that are applied.
    fn check_steps(&self) -> usize {
        let distance = |host: usize| number(&self.arch["hosts"]["distance"][host]);
        let mut applied = 0;
        for (step, action) in list(&self.arch["steps"]).iter().zip(&self.actions) {
            let column = list(&step["column"]);
            assert_eq!(column.len(), self.hosts.len());
            for (at, host) in self.hosts.iter().enumerate() {
                let outcome = self.model.apply(host, *action);
                let told = &column[at];
                let result = || {
                    let at = usize::try_from(-1 - number(told)).expect("no host after it");
                    &self.data["results"][at]
                };
                match outcome {
                    Outcome::Applied(after) => {
                        let next = place(told).expect("a host after it");
                        assert_eq!(self.hosts[next], after, "{} on {at}", step["word"]);
                        assert!(distance(next) <= distance(at) + 1, "{next} is nearer than told");
                        applied += 1;
                    }
                    Outcome::Unchanged => assert_eq!(
                        *result(),
                        json!({ "outcome": "unchanged", "reason": null, "exit_code": null })
                    ),
                    Outcome::Refused(refusal) => assert_eq!(
                        *result(),
                        json!({
                            "outcome": "refused",
                            "reason": self.model.reason(host, refusal),
                            "exit_code": refusal.exit_code(),
                        })
                    ),
                }
            }
        }
        applied
    }

    /// All that a page says of each host. Gives how many have each status.
    fn check_hosts(&self) -> [usize; 5] {
        let mut by_status = [0; 5];
        for at in 0..self.hosts.len() {
            let truth = self.check_truth(at);
            by_status[Status::ALL.iter().position(|s| *s == truth.status).expect("a status")] += 1;
            self.check_files(at);
            self.check_state(at);
            self.check_imports(at, &truth);
            self.check_repair(at, "repair", truth.status);
            self.check_repair(at, "additive", truth.status);
        }
        by_status
    }

    fn check_truth(&self, at: usize) -> Truth {
        let truth = truth(self.model.view(&self.hosts[at]));
        let told = self.of("truth", "truths", at).expect("a truth");
        assert_eq!(told["status"], truth.status.as_str());
        let findings = truth.findings.iter().map(FindingObject::from).collect::<Vec<_>>();
        let told_findings: Vec<&Value> = named(&told["findings"], &self.data["findings"]).collect();
        assert_eq!(json!(told_findings), json!(findings), "host {at}");
        // The core is right on every host.
        let verdict = self.of("verdict", "verdicts", at).expect("a verdict");
        assert_eq!(verdict["status"], told["status"]);
        let symptoms = list(&self.data["symptoms"][place(&told["symptoms"]).expect("a place")]);
        assert_eq!(symptoms.is_empty(), truth.status != Status::Broken);
        truth
    }

    fn check_files(&self, at: usize) {
        let (catalog, view) = (self.model.catalog(), self.model.view(&self.hosts[at]));
        let copy = |(file, copy): (patchstate_catalog::FileId, patchstate_servicing::FileCopy)| {
            let (path, version) = (&catalog.file(file).path, catalog.version(file, copy.revision));
            let level = catalog.lineage(copy.revision);
            format!("{path} {version} {} {level}", copy.branch)
        };
        let told = |copies: &Value| -> Vec<String> {
            let copies = named(copies, &self.data["copies"]);
            let text = copies.map(|copy| {
                let path = &self.data["files"][place(&copy["file"]).expect("a place")]["path"];
                let [path, version, branch, level] =
                    [path, &copy["version"], &copy["branch"], &copy["level"]].map(word);
                format!("{path} {version} {branch} {level}")
            });
            text.collect()
        };
        let files = self.of("files", "file_sets", at).expect("files");
        assert_eq!(told(&files["copies"]), view.files().map(copy).collect::<Vec<_>>());
        let waiting = self.of("waiting", "waiting", at).map(&told).unwrap_or_default();
        assert_eq!(waiting, view.waiting_files().map(copy).collect::<Vec<_>>());
        let backup = self.of("backup", "backups", at);
        let backup = backup.map(|it| (word(&it["before"]).to_owned(), told(&it["copies"])));
        let expected = view.service_pack_backup();
        let expected = expected.map(|(before, files)| {
            (before.to_string(), files.into_iter().map(copy).collect::<Vec<_>>())
        });
        assert_eq!(backup, expected);
        let records = self.of("records", "record_sets", at).expect("records");
        let records = list(records).iter().map(|record| {
            let (update, level) = (word(&record["update"]), word(&record["level"]));
            (update.to_owned(), level.to_owned(), told(&record["backup"]))
        });
        let expected = view.records().map(|record| {
            let label = catalog.label(record.update, record.release).to_string();
            let backup = record.backup.into_iter().map(copy).collect();
            (label, record.level.to_string(), backup)
        });
        assert_eq!(records.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }

    fn check_state(&self, at: usize) {
        let view = self.model.view(&self.hosts[at]);
        let level = |column| {
            let level = self.of(column, "levels", at);
            level.map(|level| word(&level["level"]).to_owned())
        };
        assert_eq!(level("level"), Some(view.level().to_string()));
        assert_eq!(level("base"), Some(view.base().to_string()));
        assert_eq!(level("cache"), view.cache().map(|level| level.to_string()));
        let components: Vec<&str> = view
            .components()
            .map(|component| self.model.catalog().component(component).id.as_str())
            .collect();
        assert_eq!(*self.of("components", "component_sets", at).expect("a set"), json!(components));
        let registry = self.of("registry", "registries", at).expect("a registry");
        let told = named(registry, &self.data["registry_values"]);
        let told = told.map(|value| (word(&value["path"]), word(&value["text"])));
        let told: BTreeMap<String, String> =
            told.map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        let expected = self.model.registry(&self.hosts[at]).into_iter();
        let expected = expected.map(|(path, value)| (path.to_string(), value.to_string()));
        assert_eq!(told, expected.collect());
    }

    /// The graph lacks exactly the imports that truth misses.
    fn check_imports(&self, at: usize, truth: &Truth) {
        let files = self.of("files", "file_sets", at).expect("files");
        let graph = &self.data["graphs"][place(&files["graph"]).expect("a place")];
        let path = |copy: &Value| {
            let file = &self.data["copies"][place(copy).expect("a place")]["file"];
            word(&self.data["files"][place(file).expect("a place")]["path"]).to_owned()
        };
        let mut told = BTreeSet::new();
        for edge in named(graph, &self.data["edges"]) {
            let (from, dll) = (path(&edge["from"]), word(&edge["dll"]).to_owned());
            if edge["to"].is_null() {
                told.insert((from, dll));
                continue;
            }
            assert!(path(&edge["to"]).ends_with(&format!("/{dll}")));
            let missing = list(&edge["missing"]).iter();
            told.extend(missing.map(|symbol| (from.clone(), format!("{dll}!{}", word(symbol)))));
        }
        let is_import =
            |kind| matches!(kind, FindingKind::UnresolvedImport | FindingKind::MissingDll);
        let findings = truth.findings.iter().filter(|finding| is_import(finding.kind));
        let expected = findings.filter_map(|finding| {
            Some((finding.file.to_string(), finding.import.as_ref()?.to_string()))
        });
        assert_eq!(told, expected.collect(), "host {at}");
        let loads_nothing = list(graph).is_empty();
        let has_program = self
            .model
            .view(&self.hosts[at])
            .files()
            .any(|(file, _)| !self.model.catalog().file(file).loads.is_empty());
        assert_eq!(loads_nothing, !has_program, "a worker process loads something");
    }

    /// A repair leads to a host with which all is well, with the same components.
    fn check_repair(&self, at: usize, column: &str, status: Status) {
        let is_well = |status| matches!(status, Status::Consistent | Status::NotApplicable);
        let Some(repair) = self.of(column, "repairs", at) else {
            assert!(!is_well(status));
            return;
        };
        let steps: Vec<&str> = list(&repair["steps"]).iter().map(word).collect();
        assert_eq!(steps.is_empty(), is_well(status), "{column} of {at}");
        let removes = |step: &&str| step.starts_with('-') || *step == "clean-cache";
        assert!(column != "additive" || !steps.iter().any(removes), "{steps:?}");
        let end = steps.iter().fold(self.hosts[at].clone(), |host, step| {
            let action = self.model.resolve_word(step).expect("a step");
            self.model.apply(&host, action).after(&host).clone()
        });
        let components = |host: &Host| self.model.view(host).components().collect::<Vec<_>>();
        assert_eq!(components(&end), components(&self.hosts[at]));
        assert!(is_well(truth(self.model.view(&end)).status), "{column} of {at}: {steps:?}");
    }

    /// Every word is a step of the page exactly where the model takes it for one of them.
    fn check_words(&self) {
        let words = list(&self.arch["words"]);
        for entry in words {
            let text = word(&entry["word"]);
            if text.starts_with("os:") {
                let base = list(&self.arch["bases"]).iter().find(|base| base["word"] == text);
                assert_eq!(entry["host"], base.expect("media")["host"]);
                continue;
            }
            let action = self.model.resolve_word(text).expect("a word of the catalog");
            let place = self.actions.iter().position(|known| *known == action);
            assert_eq!(entry["step"], json!(place), "{text}");
            assert!(!word(&entry["meaning"]).is_empty(), "{text}");
        }
        for step in list(&self.arch["steps"]) {
            assert!(words.iter().any(|entry| entry["word"] == step["word"]), "{}", step["word"]);
        }
    }
}

/// A model of a scope in which every file has a place of its own.
fn model(scope: &RuleScope, architecture: Architecture) -> Model {
    let members = |name: &String| {
        let group = CATALOG.group_named(name).map(|group| group.members.clone());
        group.unwrap_or_else(|| CATALOG.component_named(name).into_iter().collect())
    };
    let updates = scope.names.updates.iter();
    let parts = Scope {
        components: scope.names.components.iter().flat_map(members).collect(),
        updates: updates.map(|id| CATALOG.update_named(id).expect("an update")).collect(),
        share_slots: false,
    };
    Model::with_scope(CATALOG.clone(), architecture, scope.switches, parts).expect("a model")
}

/// Holds all that a page says of a scope against that model.
fn check(scope: &RuleScope, data: &Value) -> Vec<Numbers> {
    let mut numbers = Vec::new();
    assert_eq!(list(&data["arches"]).len(), scope.architectures.len());
    for (architecture, arch) in scope.architectures.iter().zip(list(&data["arches"])) {
        assert_eq!(arch["arch"], architecture.as_str());
        let model = model(scope, *architecture);
        let region = Region::new(data, arch, &model);
        region.check_words();
        let (applied, by_status) = (region.check_steps(), region.check_hosts());
        let distances = list(&arch["hosts"]["distance"]).iter().map(number);
        let far = distances.max().expect("a host");
        numbers.push((region.hosts.len(), applied, far, by_status));
    }
    numbers
}

/// The nearest pairs of each two statuses are those that a search of the scope finds by classes of
/// hosts.
fn check_boundaries(arch: &Value) {
    let found = boundaries(&reach(Architecture::X86, DEFAULT));
    let found = found.into_iter().map(|pair| {
        let (from, to) = (pair.from.to_string(), pair.to.to_string());
        (from, to, pair.order.len() - 1, pair.step.to_string(), pair.count)
    });
    let told = list(&arch["boundaries"]).iter().map(|pair| {
        let (host, step) = (place(&pair["host"]), place(&pair["step"]));
        let distance = place(&arch["hosts"]["distance"][host.expect("a host")]);
        let step = word(&arch["steps"][step.expect("a step")]["word"]).to_owned();
        let [from, to] = [&pair["from"], &pair["to"]].map(|status| word(status).to_owned());
        (from, to, distance.expect("a distance"), step, pair["count"].as_u64().expect("a count"))
    });
    let told: BTreeSet<_> = told.collect();
    assert_eq!(told, found.collect());
    assert!(told.len() > 10, "{told:?}");
}

/// How many hosts there are, with how many steps between them and of which status, is what the
/// second model counts.
#[test]
fn every_host_and_step_of_the_default_page_is_as_the_model_says() {
    let architectures = [Architecture::X86, Architecture::X64];
    let scope = scope(&architectures, names(&["iis"], &["KB973917"], false), &[]);
    let data = without_rules(&scope);
    let [x86, x64] = check(&scope, &data)[..] else { panic!("two architectures") };
    assert_eq!(x86, (6636, 32847, 17, [1278, 2620, 772, 1125, 841]));
    assert_eq!(x64.0, 615);
    check_boundaries(&data["arches"][0]);
    // Several words of one step.
    let words = list(&data["arches"][0]["words"]);
    let step = |text: &str| {
        let entry = words.iter().find(|entry| entry["word"] == text).expect("a word");
        entry["step"].as_u64()
    };
    assert!(step("kb973917").is_some());
    assert_eq!(step("kb973917"), step("kb973917/v2"));
    assert_ne!(step("kb973917"), step("kb973917/v1"));
    assert_eq!(step("kb973917:qfe"), None, "no step of this scope");
    assert_eq!(step("+iis_ftp"), None);
    let claims = list(&data["claims"]);
    assert!(claims.iter().all(|claim| claim["as_recorded"] == true) && claims.len() > 10);
}

/// The imports that A21 assumes, and the one of the incident, which is not there.
#[test]
fn the_graph_of_the_incident_is_what_is_known_of_its_files() {
    let scope = scope(&[Architecture::X86], names(&["iis"], &["KB973917"], false), &[]);
    let data = without_rules(&scope);
    let arch = &data["arches"][0];
    let after = |host: usize, wanted: &str| {
        let step = list(&arch["steps"]).iter().find(|step| step["word"] == wanted);
        place(&step.expect("a step")["column"][host]).expect("a host after it")
    };
    // The bare systems come first, that of the first release before the others.
    assert_eq!(arch["bases"][0], json!({ "word": "os:rtm", "level": "rtm", "host": 0 }));
    let host = ["sp2", "+iis@rtm", "kb973917/v1"].into_iter().fold(0, after);
    let files = &data["file_sets"][place(&arch["hosts"]["files"][host]).expect("a place")];
    let graph = &data["graphs"][place(&files["graph"]).expect("a place")];
    let name = |copy: &Value| {
        let file = &data["copies"][place(copy).expect("a place")]["file"];
        let path = word(&data["files"][place(file).expect("a place")]["path"]);
        path.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let (mut edges, mut missing) = (BTreeSet::new(), Vec::new());
    for edge in named(graph, &data["edges"]) {
        let (from, to) = (name(&edge["from"]), name(&edge["to"]));
        let how = if edge["at_run_time"] == true { "loads" } else { "imports from" };
        if ["kernel32.dll", "ntdll.dll"].contains(&to.as_str()) {
            continue;
        }
        let lacks = list(&edge["missing"]).iter();
        missing.extend(lacks.map(|symbol| format!("{from} {to} {}", word(symbol))));
        edges.insert(format!("{from} {how} {to}"));
    }
    let expected = [
        "w3wp.exe loads w3dt.dll",
        "w3wp.exe loads w3core.dll",
        "w3core.dll imports from w3dt.dll",
        "w3core.dll imports from w3cache.dll",
        "w3core.dll imports from w3tp.dll",
        "w3core.dll imports from iisutil.dll",
        "w3dt.dll imports from iisutil.dll",
        "w3cache.dll imports from iisutil.dll",
        "w3tp.dll imports from iisutil.dll",
    ];
    assert_eq!(edges, expected.map(str::to_owned).into());
    assert_eq!(missing, ["w3core.dll iisutil.dll PlaceholderForTheUnnamedSp2Function"]);
    // One of the checks by hand: the service pack again is the cure.
    assert_eq!(
        list(&data["repairs"][place(&arch["hosts"]["repair"][host]).expect("a place")]["steps"]),
        [json!("sp2")]
    );
}

#[test]
fn pages_of_other_scopes_and_assumptions_are_as_the_model_says() {
    let ftp = |branches| names(&["iis_ftp"], &["KB975254"], branches);
    let x64 = [Architecture::X64];
    for (scope, is_waiting) in [
        (scope(&x64, ftp(true), &[]), false),
        (scope(&x64, ftp(false), &["A29=at-restart"]), true),
        (scope(&x64, ftp(false), &["A24=component-store"]), false),
        (scope(&x64, names(&["iis"], &["KB973917"], false), &["A28=fails"]), false),
    ] {
        let data = without_rules(&scope);
        check(&scope, &data);
        assert_eq!(list(&data["waiting"]).is_empty(), !is_waiting);
    }
}

/// What `verify` and `mutate` say is in the page, and what it says of each host is what they count.
#[test]
fn rules_of_a_page_say_what_verify_and_mutate_say_of_them() {
    let scope = scope(&[Architecture::X64], names(&["iis"], &["KB973917"], false), &[]);
    let mut rules = built_in_rules();
    rules.retain(|rule| rule.id() == "article-rule-of-thumb");
    let evaluator = Evaluator::new(&rules, None).expect("rules without folders");
    let data = page(&scope, &evaluator);
    let (rule, said) = (&data["rules"][0], list(&data["arches"][0]["rules"][0]));
    assert_eq!(rule["id"], "article-rule-of-thumb");
    let status = |at: &Value| word(&data["statuses"][place(at).expect("a place")]["status"]);
    let stands_for = list(&rule["checked"]["stands_for"]);
    let truths = list(&data["arches"][0]["hosts"]["truth"]);
    let truth = |at: &Value| &data["truths"][place(at).expect("a place")]["status"];
    let count = |is_said: bool, is_so: bool| {
        let hosts = said.iter().zip(truths).filter(|(said, true_one)| {
            let reports = stands_for.iter().any(|one| *one == status(said));
            (reports, stands_for.contains(truth(true_one))) == (is_said, is_so)
        });
        hosts.count().to_string()
    };
    let checked = &rule["checked"];
    assert_eq!(checked["true_positive"], count(true, true));
    assert_eq!(checked["false_positive"], count(true, false));
    assert_eq!(checked["false_negative"], count(false, true));
    assert_ne!(checked["false_negative"], "0", "it misses what is newer than its host");
    assert!(!list(&checked["counterexamples"]).is_empty());
    assert!(list(&rule["mutants"]).iter().any(|mutant| mutant["fate"] == "killed"));
    for boundary in list(&rule["boundaries"]) {
        let at = place(&boundary["host"]).expect("a host");
        let step = &data["arches"][0]["steps"][place(&boundary["step"]).expect("a step")];
        let next = place(&step["column"][at]).expect("a host after it");
        assert_eq!(boundary["from"], status(&said[at]));
        assert_eq!(boundary["to"], status(&said[next]));
        assert_ne!(boundary["from"], boundary["to"]);
    }
    assert!(list(&rule["boundaries"]).len() > 1);
}
