//! What the detection core advises, tried out on the model of servicing.
//!
//! **Owns** two questions about every host of a scope, asked of the model of the whole catalog:
//! does the remedy lead to a consistent host with the same components, and would exactly those
//! updates break the host that the core says?
//!
//! **Start reading** at [`Trial`].

use crate::common::{
    reach::{reach_under, words},
    verdicts::Verdicts,
};
use patchstate_catalog::{ComponentId, FileId, UpdateId};
use patchstate_detect::Verdict;
use patchstate_explore::StateId;
use patchstate_servicing::{Action, FileCopy, Host, Model, Outcome, Switches};
use patchstate_study::{Facts, Reached, Simulation};
use patchstate_terms::{Architecture, Level, Status, Step, UpdateLabel};
use patchstate_test_model::scope::{CATALOG, DEFAULT};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// What of a host decides its true status.
type Look = (Level, Vec<ComponentId>, Vec<(FileId, FileCopy)>, Vec<(UpdateId, u8, Level)>);

/// The hosts of a scope on the model of the whole catalog, where every update can be tried.
struct Trial {
    reached: Reached,
    whole: Simulation,
    statuses: BTreeMap<Look, Status>,
}

/// What was counted over all hosts of a scope.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    hosts: usize,
    /// Hosts with a remedy, by its length.
    remedies: BTreeMap<usize, usize>,
    /// Hosts that some update would break.
    endangered: usize,
    /// Hosts whose remedy has more steps than the shortest way that removes nothing.
    longer: usize,
    /// Hosts whose remedy has more steps than the shortest of all ways.
    by_removal: usize,
    /// The first of these.
    first_by_removal: Option<String>,
}

impl Trial {
    fn new(architecture: Architecture, scope: [&[&str]; 2], settings: &[&str]) -> Self {
        let switches = Switches::from_settings(&CATALOG, settings.iter().copied());
        let switches = switches.expect("values of assumptions");
        let whole = Simulation::new(&Facts::of(&CATALOG), architecture, switches);
        Self {
            reached: reach_under(architecture, scope, switches),
            whole: whole.expect("a model of the whole catalog"),
            statuses: BTreeMap::new(),
        }
    }

    fn model(&self) -> &Model {
        self.whole.model()
    }

    /// The true status of a host of the whole model.
    fn status(&mut self, host: &Host) -> Status {
        let view = self.whole.model().view(host);
        let records = view.records().map(|record| (record.update, record.release, record.level));
        let look =
            (view.level(), view.components().collect(), view.files().collect(), records.collect());
        let whole = &self.whole;
        *self.statuses.entry(look).or_insert_with(|| whole.truth(host).status)
    }

    /// A host of the scope on the whole model: its shortest install order, carried out there.
    fn replayed(&self, order: &[Step]) -> Host {
        let words: Vec<String> = order.iter().map(ToString::to_string).collect();
        self.whole.follow(&words).expect("steps of the catalog")
    }

    /// Every package whose installation is applied, by its own choice of branch, and leaves the
    /// host broken.
    fn breaking(&mut self, host: &Host) -> Vec<UpdateLabel> {
        let mut labels = Vec::new();
        for update in CATALOG.update_ids() {
            for release in &CATALOG.update(update).releases {
                let release = release.number;
                let action = Action::InstallUpdate { update, release, branch: None };
                let outcome = self.model().apply(host, action);
                if let Outcome::Applied(after) = outcome
                    && self.status(&after) == Status::Broken
                {
                    labels.push(CATALOG.label(update, release));
                }
            }
        }
        labels.sort();
        labels
    }

    /// Takes the advised steps one after the other. Each must do something, and the end must be a
    /// consistent host with the same components.
    fn follow(&mut self, start: &Host, remedy: &[Step]) -> Result<(), String> {
        let mut host = start.clone();
        for step in remedy {
            let action = self.model().resolve(step).map_err(|problem| problem.to_string())?;
            match self.model().apply(&host, action) {
                Outcome::Applied(after) => host = after,
                outcome => return Err(format!("{step} is {}", outcome.as_str())),
            }
        }
        let components = |host: &Host| self.model().view(host).components().collect::<Vec<_>>();
        if components(&host) != components(start) {
            return Err("the components are not the same".to_owned());
        }
        match self.status(&host) {
            Status::Consistent => Ok(()),
            status => Err(format!("it ends {status}")),
        }
    }

    /// What is wrong with the advice of one verdict.
    fn objections(&mut self, host: &Host, verdict: &Verdict) -> Vec<String> {
        let mut objections = Vec::new();
        let status = self.status(host);
        let is_well = matches!(status, Status::Consistent | Status::NotApplicable);
        if verdict.status != status {
            objections.push(format!("it is {status}, not {}", verdict.status));
        }
        if verdict.remedy.is_empty() != is_well {
            objections.push(format!("{status} with remedy {}", words(&verdict.remedy)));
        }
        if !is_well && let Err(wrong) = self.follow(host, &verdict.remedy) {
            objections.push(format!("remedy {}: {wrong}", words(&verdict.remedy)));
        }
        let expected = if status == Status::Broken { Vec::new() } else { self.breaking(host) };
        if verdict.would_break != expected {
            objections.push(format!("would_break {:?}, not {expected:?}", verdict.would_break));
        }
        objections
    }

    /// Looks at every host of the scope.
    fn run(&mut self) -> Tally {
        let mut tally = Tally::default();
        let mut objections = Vec::new();
        let is_removal =
            |step: &Step| step.to_string().starts_with('-') || *step == Step::CleanCache;
        let [additive, all] = [self.distances(|step| !is_removal(step)), self.distances(|_| true)];
        let verdicts = self.verdicts();
        for (index, verdict) in (0..).zip(&verdicts) {
            let order = self.reached.order(StateId(index));
            let host = self.replayed(&order);
            for objection in self.objections(&host, verdict) {
                objections.push(format!("{}: {objection}", words(&order)));
            }
            tally.hosts += 1;
            tally.endangered += usize::from(!verdict.would_break.is_empty());
            if verdict.remedy.is_empty() {
                continue;
            }
            *tally.remedies.entry(verdict.remedy.len()).or_default() += 1;
            let (remedy, id) = (verdict.remedy.len(), StateId(index));
            let shortest = all[&id];
            assert!(shortest <= additive[&id] && additive[&id] <= remedy, "{}", words(&order));
            tally.longer += usize::from(additive[&id] < remedy);
            if shortest < remedy {
                tally.by_removal += 1;
                let (order, remedy) = (words(&order), words(&verdict.remedy));
                let told = format!("{order}: {remedy} in place of {shortest}");
                tally.first_by_removal.get_or_insert(told);
            }
        }
        let count = objections.len();
        objections.truncate(10);
        assert!(objections.is_empty(), "{count} objections, the first: {objections:#?}");
        tally
    }

    fn verdicts(&self) -> Vec<Arc<Verdict>> {
        let simulation = self.reached.simulation();
        let mut verdicts = Verdicts::new(simulation);
        let tree = |host| simulation.tree(&host).expect("the images can be written");
        self.reached.hosts().map(|(_, host)| verdicts.of(&tree(host))).collect()
    }

    /// For each host of the scope that can be made consistent with the same components, the least
    /// number of some steps of the scope that do it.
    fn distances(&self, is_tried: impl Fn(&Step) -> bool) -> BTreeMap<StateId, usize> {
        let simulation = self.reached.simulation();
        let model = simulation.model();
        let mut before: BTreeMap<StateId, Vec<StateId>> = BTreeMap::new();
        let mut goals: BTreeMap<Vec<ComponentId>, Vec<StateId>> = BTreeMap::new();
        let mut components = BTreeMap::new();
        for (id, host) in self.reached.hosts() {
            for (_, action) in self.reached.steps().iter().filter(|(step, _)| is_tried(step)) {
                if let Outcome::Applied(after) = model.apply(&host, *action) {
                    let after = self.reached.find(&after).expect("all hosts were reached");
                    before.entry(after).or_default().push(id);
                }
            }
            let present: Vec<ComponentId> = model.view(&host).components().collect();
            if simulation.truth(&host).status == Status::Consistent {
                goals.entry(present.clone()).or_default().push(id);
            }
            components.insert(id, present);
        }
        let mut distances = BTreeMap::new();
        for (present, goals) in goals {
            let all = distances_to(&before, goals);
            distances.extend(all.into_iter().filter(|(id, _)| components[id] == present));
        }
        distances
    }
}

/// For every host from which a goal can be reached, how many steps it takes at least.
fn distances_to(
    before: &BTreeMap<StateId, Vec<StateId>>,
    goals: Vec<StateId>,
) -> BTreeMap<StateId, usize> {
    let mut distances: BTreeMap<StateId, usize> = goals.iter().map(|goal| (*goal, 0)).collect();
    let mut waiting = VecDeque::from(goals);
    while let Some(at) = waiting.pop_front() {
        let distance = distances[&at] + 1;
        for from in before.get(&at).into_iter().flatten() {
            if !distances.contains_key(from) {
                distances.insert(*from, distance);
                waiting.push_back(*from);
            }
        }
    }
    distances
}

/// Runs a scope of so many hosts, of which so many are neither consistent nor without IIS.
fn check(architecture: Architecture, scope: [&[&str]; 2], hosts: usize, unwell: usize) -> Tally {
    let tally = Trial::new(architecture, scope, &[]).run();
    assert_eq!((tally.hosts, tally.remedies.values().sum()), (hosts, unwell));
    tally
}

// How many hosts there are of each status is what the second model counts.

#[test]
fn on_x86_all_advice_holds_in_the_default_scope() {
    let tally = check(Architecture::X86, DEFAULT, 6636, 1278 + 2620 + 772);
    assert_eq!((tally.longer, tally.by_removal), (0, 0));
    assert!(tally.endangered > 0 && tally.remedies.keys().max() == Some(&2), "{tally:?}");
}

#[test]
fn on_x64_all_advice_holds_in_the_default_scope() {
    let tally = check(Architecture::X64, DEFAULT, 615, 86 + 167 + 94);
    assert_eq!((tally.longer, tally.by_removal), (0, 0));
    assert!(tally.endangered > 0 && tally.remedies.keys().max() == Some(&2), "{tally:?}");
}

#[test]
fn on_x64_all_advice_holds_with_the_ftp_service() {
    let scope = [&["iis_ftp"][..], &["KB975254"][..]];
    let tally = check(Architecture::X64, scope, 322, 142 + 42);
    assert_eq!((tally.longer, tally.by_removal), (0, 0));
    // Without a worker process nothing can break.
    assert_eq!(tally.endangered, 0);
}

/// Files of the first release that do not run on a service pack (A28). The core sees that they do
/// not, and knows of no assumption; what it says of updates and remedies is so there too. The hosts
/// are those of the default, and as many of them are not well.
#[test]
fn on_x86_all_advice_holds_where_files_of_the_first_release_do_not_run() {
    let run = |scope| Trial::new(Architecture::X86, scope, &["A28=fails"]).run();
    let tally = run(DEFAULT);
    assert_eq!((tally.hosts, tally.remedies.values().sum()), (6636, 1278 + 2620 + 772));
    assert_eq!((tally.longer, tally.by_removal), (0, 0));
    assert!(tally.endangered > 0 && tally.remedies.keys().max() == Some(&2), "{tally:?}");
    // The update that has httpapi.dll, and can leave it on a host of the first release.
    let tally = run([&["iis_common", "iis_www"][..], &["KB982666"][..]]);
    assert!(tally.endangered > 0 && tally.longer == 0, "{tally:?}");
}

/// The core advises no removal, since what a removal puts back cannot be seen. Where a service
/// pack can be removed under files that were added from older media, that is the shorter way: the
/// host is then consistent at the lower level, without the update that it had migrated.
#[test]
fn on_x64_all_advice_holds_with_two_updates_of_one_file() {
    let scope = [&["iis_common", "iis_www"][..], &["KB942830", "KB2124261"][..]];
    let tally = check(Architecture::X64, scope, 15483, 10827 + 1522);
    assert!(tally.endangered > 0 && tally.remedies.keys().max() == Some(&2), "{tally:?}");
    assert_eq!((tally.longer, tally.by_removal), (0, 96));
    let first = "os:sp1 +iis_www kb942830 sp2 -iis_common +iis_www@sp1: sp2 kb942830 in place of 1";
    assert_eq!(tally.first_by_removal.as_deref(), Some(first));
}
