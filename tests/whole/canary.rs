//! Wrong detectors and wrong servicing, made on purpose: the comparisons of this suite have to
//! report them, with a shortest install order.
//!
//! **Owns** the proof that [`compare`] and the round trip can fail.
//!
//! **Start reading** at [`Caught`].

use crate::common::{
    reach::{reach, words},
    round_trip::RoundTrip,
    verdicts::Verdicts,
};
use patchstate_catalog::FileId;
use patchstate_detect::Verdict;
use patchstate_explore::StateId;
use patchstate_image::HostTree;
use patchstate_oracle::compare;
use patchstate_servicing::{FileCopy, Host};
use patchstate_study::{Reached, Simulation};
use patchstate_terms::{Architecture, Branch, FindingKind, Status, Step, WindowsPath};
use patchstate_test_model::scope::DEFAULT;
use std::collections::BTreeMap;

/// The hosts that a check reports.
#[derive(Debug, Default, PartialEq, Eq)]
struct Caught {
    wrong: usize,
    /// A shortest order to one of them.
    shortest: Option<String>,
}

/// Runs a check on every host of the default scope; hosts come with the shortest orders first.
fn catch(reached: &Reached, mut is_wrong: impl FnMut(StateId, &Host) -> bool) -> Caught {
    let mut caught = Caught::default();
    for (id, host) in reached.hosts() {
        if is_wrong(id, &host) {
            caught.wrong += 1;
            caught.shortest.get_or_insert_with(|| words(&reached.order(id)));
        }
    }
    caught
}

fn caught(wrong: usize, shortest: &str) -> Caught {
    assert!(wrong > 0, "there is nothing to catch");
    Caught { wrong, shortest: Some(shortest.to_owned()) }
}

/// Compares a detector with the truth, on the files that a host has or on damaged ones.
fn compare_all(
    reached: &Reached,
    damage: fn(&mut HostTree),
    detector: fn(&Verdict) -> Verdict,
) -> Caught {
    let simulation = reached.simulation();
    let mut verdicts = Verdicts::new(simulation);
    catch(reached, |_, host| {
        let mut tree = simulation.tree(host).expect("the images can be written");
        damage(&mut tree);
        let verdict = detector(&verdicts.of(&tree));
        compare(&simulation.truth(host), verdict.status, &verdict.findings).is_some()
    })
}

fn untouched(_: &mut HostTree) {}

/// A verdict without some kinds of findings, as if the detector did not look for them.
fn blind(verdict: &Verdict, kinds: &[FindingKind]) -> Verdict {
    let mut verdict = verdict.clone();
    verdict.findings.retain(|finding| !kinds.contains(&finding.kind));
    let is_there = |kind| verdict.findings.iter().any(|finding| finding.kind == kind);
    verdict.status = match verdict.status {
        Status::NotApplicable => Status::NotApplicable,
        _ if is_there(FindingKind::UnresolvedImport) => Status::Broken,
        _ if is_there(FindingKind::BehindOs) || is_there(FindingKind::AheadOfOs) => {
            Status::Mismatch
        }
        _ if is_there(FindingKind::RecordedNotPresent) => Status::Drift,
        _ => Status::Consistent,
    };
    verdict
}

/// Hosts whose truth has a finding of these kinds.
fn hosts_with(reached: &Reached, kinds: &[FindingKind]) -> usize {
    let truths = reached.hosts().map(|(_, host)| reached.simulation().truth(&host));
    truths.filter(|truth| truth.findings.iter().any(|f| kinds.contains(&f.kind))).count()
}

#[test]
fn an_honest_detector_is_not_reported() {
    let reached = reach(Architecture::X64, DEFAULT);
    assert_eq!(compare_all(&reached, untouched, Verdict::clone), Caught::default());
    // Neither is the way in which the wrong ones below are made.
    assert_eq!(compare_all(&reached, untouched, |honest| blind(honest, &[])), Caught::default());
}

/// What public checks did: the level is what `CSDVersion` says, and no file is compared with it.
#[test]
fn a_detector_that_asks_the_registry_for_the_level_and_no_file_is_reported() {
    const KINDS: &[FindingKind] = &[FindingKind::BehindOs, FindingKind::AheadOfOs];
    let reached = reach(Architecture::X64, DEFAULT);
    let found = compare_all(&reached, untouched, |honest| blind(honest, KINDS));
    assert_eq!(found, caught(hosts_with(&reached, KINDS), "os:sp1 +iis@sp2"));
}

#[test]
fn a_detector_that_ignores_imports_is_reported() {
    const KINDS: &[FindingKind] = &[FindingKind::UnresolvedImport, FindingKind::MissingDll];
    let reached = reach(Architecture::X64, DEFAULT);
    let found = compare_all(&reached, untouched, |honest| blind(honest, KINDS));
    assert_eq!(hosts_with(&reached, KINDS), 86, "as many as the second model counts");
    assert_eq!(found, caught(86, "os:sp2 +iis@sp1 kb973917/v1"));
}

#[test]
fn a_detector_that_does_not_read_the_records_is_reported() {
    const KINDS: &[FindingKind] = &[FindingKind::RecordedNotPresent];
    let reached = reach(Architecture::X64, DEFAULT);
    let found = compare_all(&reached, untouched, |honest| blind(honest, KINDS));
    // The update records itself without IIS (A5); the files that come later are older.
    assert_eq!(found, caught(hosts_with(&reached, KINDS), "os:sp2 kb973917/v1 +iis"));
}

/// Cuts `iisutil.dll` short, which every worker process needs.
fn cut_short(tree: &mut HostTree) {
    let path: WindowsPath = "system32/inetsrv/iisutil.dll".parse().expect("a path");
    if let Some(file) = tree.files.get_mut(&path) {
        // Half of one file is not half of another, and the store numbers files from 0.
        file.number += 1 << 32;
        file.bytes = file.bytes[..file.bytes.len() / 2].into();
    }
}

const UNREAD: &[FindingKind] = &[FindingKind::Unreadable, FindingKind::Truncated];

/// Damaged hosts that a detector calls consistent.
fn called_consistent(reached: &Reached, detector: fn(&Verdict) -> Verdict) -> Caught {
    let mut verdicts = Verdicts::new(reached.simulation());
    catch(reached, |_, host| {
        let mut tree = reached.simulation().tree(host).expect("the images can be written");
        cut_short(&mut tree);
        detector(&verdicts.of(&tree)).status == Status::Consistent
    })
}

#[test]
fn a_detector_that_calls_the_unreadable_consistent_is_reported() {
    let reached = reach(Architecture::X64, DEFAULT);
    assert_eq!(called_consistent(&reached, Verdict::clone), Caught::default());
    let found = called_consistent(&reached, |honest| blind(honest, UNREAD));
    assert_eq!(found.shortest.as_deref(), Some("os:sp1 +iis"));
    assert!(found.wrong > 0, "{found:?}");
    // It also misses what the unread file would have told.
    let found = compare_all(&reached, cut_short, |honest| blind(honest, UNREAD));
    assert_eq!(found.shortest.as_deref(), Some("os:sp1 +iis@sp2"));
    assert!(found.wrong > 0, "{found:?}");
}

/// A rule of servicing that is wrong: what service packs do to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WrongRule {
    /// None is: the disk is as the host says.
    None,
    /// One file stays as it was.
    ForgetsOneFile,
    /// Files of components that are not there come along.
    BringsAbsentFiles,
    /// The registry stays as it was.
    LeavesTheRegistry,
}

/// The files of a host when servicing follows a wrong rule, step by step along an order.
struct WrongDisk<'a> {
    simulation: &'a Simulation,
    rule: WrongRule,
    files: BTreeMap<FileId, FileCopy>,
    /// The host whose registry stands there.
    registry: Host,
}

impl<'a> WrongDisk<'a> {
    /// Follows an order. Gives the files at its end.
    fn tree(simulation: &'a Simulation, rule: WrongRule, order: &[Step]) -> HostTree {
        let model = simulation.model();
        let order: Vec<String> = order.iter().map(ToString::to_string).collect();
        let (base, actions) = model.resolve_order(&order).expect("steps of the catalog");
        let mut host = model.install_os(base).expect("media that exist");
        let files = model.view(&host).files().collect();
        let mut disk = Self { simulation, rule, files, registry: host.clone() };
        for (step, action) in actions {
            let after = model.apply(&host, action).after(&host).clone();
            disk.step(&step, &host, &after);
            host = after;
        }
        disk.build()
    }

    fn step(&mut self, step: &Step, before: &Host, after: &Host) {
        let model = self.simulation.model();
        let catalog = model.catalog();
        let pack = match step {
            Step::ApplyServicePack(level) => Some(catalog.level(*level).revision),
            _ => None,
        };
        let forgets = pack.is_some() && self.rule == WrongRule::ForgetsOneFile;
        for file in catalog.file_ids() {
            let (from, to) = (model.view(before).file(file), model.view(after).file(file));
            if from == to || forgets && catalog.file(file).path.file_name() == "iisutil.dll" {
                continue;
            }
            match to {
                Some(copy) => self.files.insert(file, copy),
                None => self.files.remove(&file),
            };
        }
        if let Some(revision) = pack.filter(|_| self.rule == WrongRule::BringsAbsentFiles) {
            let copy = FileCopy { revision, branch: Branch::Gdr };
            for file in catalog.file_ids() {
                self.files.entry(file).or_insert(copy);
            }
        }
        if pack.is_none() || self.rule != WrongRule::LeavesTheRegistry {
            self.registry = after.clone();
        }
    }

    fn build(self) -> HostTree {
        let model = self.simulation.model();
        let mut tree = self.simulation.tree(&self.registry).expect("the images can be written");
        tree.files.retain(|_, file| !file.is_image);
        for (file, copy) in self.files {
            let image = self.simulation.images().image(model.architecture(), file, copy);
            let path = model.catalog().file(file).path.clone();
            tree.files.insert(path, image.expect("it can be written"));
        }
        tree
    }
}

/// Which hosts comparison and round trip report when servicing follows a wrong rule.
fn wrong_servicing(rule: WrongRule) -> (Caught, Caught) {
    let reached = reach(Architecture::X64, DEFAULT);
    let simulation = reached.simulation();
    let (mut verdicts, mut round_trip) = (Verdicts::new(simulation), RoundTrip::default());
    let mut compared = Caught::default();
    let read_back = catch(&reached, |id, host| {
        let order = reached.order(id);
        let tree = WrongDisk::tree(simulation, rule, &order);
        let verdict = verdicts.of(&tree);
        if compare(&simulation.truth(host), verdict.status, &verdict.findings).is_some() {
            compared.wrong += 1;
            compared.shortest.get_or_insert_with(|| words(&order));
        }
        !round_trip.differences(simulation.model().view(host), &tree).is_empty()
    });
    let [images, registries, sets] = round_trip.counts();
    assert!(images > 0 && registries > 0 && sets > 0, "nothing was compared");
    (compared, read_back)
}

/// The first host that each check reports; both report something.
fn shortest((compared, read_back): &(Caught, Caught)) -> [Option<&str>; 2] {
    assert!(compared.wrong <= read_back.wrong, "{compared:?} {read_back:?}");
    [compared.shortest.as_deref(), read_back.shortest.as_deref()]
}

#[test]
fn right_servicing_is_not_reported() {
    assert_eq!(wrong_servicing(WrongRule::None), (Caught::default(), Caught::default()));
}

#[test]
fn a_service_pack_that_does_not_lift_one_file_is_reported() {
    let found = wrong_servicing(WrongRule::ForgetsOneFile);
    assert_eq!(shortest(&found), [Some("os:sp1 +iis sp2"); 2]);
}

/// A host without IIS is *not applicable* whatever lies about, so only the round trip sees it.
#[test]
fn a_service_pack_that_brings_absent_files_is_reported() {
    let found = wrong_servicing(WrongRule::BringsAbsentFiles);
    assert_eq!(shortest(&found)[1], Some("os:sp1 sp2"));
}

#[test]
fn a_service_pack_that_does_not_tell_the_registry_is_reported() {
    let found = wrong_servicing(WrongRule::LeavesTheRegistry);
    assert_eq!(shortest(&found), [Some("os:sp1 +iis sp2"), Some("os:sp1 sp2")]);
}
