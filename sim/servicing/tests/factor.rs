//! A step taken apart does what the step does, on every host that random orders lead to, under
//! every assumption.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_catalog::{Catalog, built_in_files, read_catalog};
use patchstate_servicing::{
    Action, ActionNames, Case, Followed, GroupChange, Groups, Host, Model, Outcome, StepParts,
    Switches, Taken,
};
use patchstate_source::SourceFile;
use patchstate_terms::Architecture;
use proptest::{collection::vec, prelude::*, sample::Index};
use std::{collections::BTreeSet, sync::Arc};

/// An update with files of two groups that have updates of their own, and of one that has none. It
/// requires a restart.
const BRIDGE: &str = r#"
[defaults]
confidence = "assumed"
assumption = "A2"

[[update]]
id = "KB990000"
title = "Made up"
registered_under = 3
source = "model"

[[update.release]]
number = 1
date = "2018-01-01"
build_date = "180101-0000"
restart = { required = true, source = "model" }
files = [
    { level = "sp1", file = "system32/inetsrv/infocomm.dll", revision = 3070, qfe_revision = 3071 },
    { level = "sp1", file = "system32/inetsrv/asp.dll", revision = 3049 },
    { level = "sp1", file = "system32/inetsrv/wamreg.dll", revision = 3072 },
    { level = "sp2", file = "system32/inetsrv/asp.dll", revision = 4500, qfe_revision = 4502 },
    { level = "sp2", file = "system32/inetsrv/infocomm.dll", revision = 4200 },
]
"#;

/// The built-in catalog, with that update too or without.
fn catalog(with_bridge: bool) -> Arc<Catalog> {
    let bridge = with_bridge.then_some(("bridge.toml", BRIDGE));
    let files = built_in_files().iter().copied().chain(bridge);
    let files: Vec<SourceFile> = files.map(|(name, text)| SourceFile::new(name, text)).collect();
    let (catalog, mistakes) = read_catalog("with a bridge", &files);
    Arc::new(catalog.unwrap_or_else(|| panic!("{mistakes:#?}")))
}

/// Every value of every switch is chosen by one index each.
fn switches(catalog: &Catalog, chosen: &[Index]) -> Switches {
    let with_switch = catalog.assumptions.iter().filter(|a| !a.values.is_empty());
    let settings: Vec<String> = with_switch
        .zip(chosen)
        .map(|(assumption, index)| {
            format!("{}={}", assumption.id, index.get(&assumption.values).name)
        })
        .collect();
    Switches::from_settings(catalog, settings.iter().map(String::as_str)).expect("known values")
}

/// Everything in the catalog can be named.
fn all_steps(model: &Model) -> Vec<Action> {
    let catalog = model.catalog();
    let components = catalog.components.iter().map(|component| component.id.clone());
    let groups = catalog.groups.iter().map(|group| group.id.clone());
    let names = ActionNames {
        components: components.chain(groups).collect(),
        updates: catalog.updates.iter().map(|update| update.id.clone()).collect(),
        branches: true,
    };
    let steps = model.search_steps(&names).expect("known names");
    steps.into_iter().map(|(_, action)| action).collect()
}

/// What the parts of a step make of a host; `None` for refused.
fn follow(model: &Model, groups: &Groups, host: &Host, taken: Taken) -> Option<Host> {
    let shared: Vec<u8> = groups.shared.iter().map(|field| host.values()[*field]).collect();
    let all = model.factor(groups, &shared, taken);
    let mut ends = all.iter().filter_map(|parts| end(model, groups, host, parts));
    let found = ends.next();
    assert!(ends.next().is_none(), "two parts fit: {taken:?}");
    found
}

/// What some parts make of a host; `None` where it is not one of theirs.
fn end(model: &Model, groups: &Groups, host: &Host, parts: &StepParts) -> Option<Host> {
    let mut fields = host.values().to_vec();
    for (field, value) in groups.shared.iter().zip(&parts.shared) {
        fields[*field] = *value;
    }
    for change in &parts.groups {
        let GroupChange::Cases(cases) = change else { continue };
        let mut fitting = cases.iter().filter_map(|case| in_case(model, case, host, &fields));
        let after = fitting.next()?;
        assert!(fitting.next().is_none(), "two cases fit");
        fields = after;
    }
    Some(model.host_of(&fields).expect("a host"))
}

/// The fields after a case, if the host is in it.
fn in_case(model: &Model, case: &Case, host: &Host, fields: &[u8]) -> Option<Vec<u8>> {
    let heads_after = heads(case, host)?;
    let mut fields = fields.to_vec();
    for (field, value) in case.heads.iter().zip(heads_after) {
        fields[*field] = value;
    }
    for program in &case.programs {
        for function in model.functions(program) {
            let before = function.fields.map(|field| fields[field]);
            let fitting = function.cases.iter().find(|(from, _)| *from == before);
            let (_, after) = fitting.expect("a function of every pair");
            for (field, value) in function.fields.iter().zip(after) {
                fields[*field] = *value;
            }
        }
    }
    case.results.iter().all(|(field, values)| values.contains(&fields[*field])).then_some(fields)
}

/// The values of records and components after a case, if the host is in it.
fn heads(case: &Case, host: &Host) -> Option<Vec<u8>> {
    let value = |field: &usize| host.values()[*field];
    if !case.conditions.iter().all(|(field, values)| values.contains(&value(field))) {
        return None;
    }
    let before: Vec<u8> = case.heads.iter().map(value).collect();
    case.values.iter().find(|(from, _)| *from == before).map(|(_, to)| to.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_step_is_what_its_parts_are(
        with_bridge in any::<bool>(),
        architecture in prop::sample::select(&[Architecture::X86, Architecture::X64][..]),
        chosen in vec(any::<Index>(), 16),
        base in any::<Index>(),
        order in vec(any::<Index>(), 0..24),
    ) {
        let catalog = catalog(with_bridge);
        let switches = switches(&catalog, &chosen);
        let model = Model::new(catalog, architecture, switches).expect("a model");
        let (groups, steps) = (model.groups(), all_steps(&model));
        let bases: Vec<Host> = model.bases().collect();
        let mut host = base.get(&bases).clone();
        for next in order {
            for action in &steps {
                let expected = match model.apply(&host, *action) {
                    Outcome::Applied(after) => after,
                    Outcome::Unchanged | Outcome::Refused(_) => host.clone(),
                };
                let found = follow(&model, &groups, &host, (*action, Followed::ByItself));
                prop_assert_eq!(found.as_ref().unwrap_or(&host), &expected, "{:?}", action);
                // A host that waited before goes on waiting where nothing is done.
                let is_done = expected != host;
                let restarted = if is_done { model.restarted(&expected) } else { host.clone() };
                let found = follow(&model, &groups, &host, (*action, Followed::ThroughRestart));
                prop_assert_eq!(found.as_ref().unwrap_or(&host), &restarted, "{:?}", action);
            }
            if let Outcome::Applied(after) = model.apply(&host, *next.get(&steps)) {
                host = after;
            }
        }
    }
}

/// Each field stands in one place; components and updates that share files stand in one group, but
/// for updates that bring files of several groups.
#[test]
fn groups_divide_the_fields() {
    for (architecture, with_bridge) in
        [(Architecture::X86, false), (Architecture::X64, false), (Architecture::X86, true)]
    {
        let model = Model::new(catalog(with_bridge), architecture, Switches::default());
        let model = model.expect("a model");
        let groups = model.groups();
        let mut fields = groups.shared.clone();
        fields.extend(groups.groups.iter().flat_map(|group| &group.fields));
        fields.sort_unstable();
        assert!(fields.into_iter().eq(0..model.value_counts().len()));
        let name = |update| model.catalog().update(update).id.as_str();
        let mut bridging: Vec<&str> = model.bridging_updates(&groups).map(name).collect();
        bridging.sort_unstable();
        let expected: &[&str] = if with_bridge { &["KB824151", "KB990000"] } else { &["KB824151"] };
        assert_eq!(bridging, expected);
        let of_groups = (0..groups.groups.len()).map(|group| {
            let updates = model.updates_of_group(&groups, group);
            updates.map(name).collect::<BTreeSet<_>>()
        });
        let mut of_groups: Vec<BTreeSet<&str>> = of_groups.filter(|g| !g.is_empty()).collect();
        of_groups.sort_unstable();
        let expected = [
            &["KB2124261", "KB917537", "KB942830"][..],
            &["KB3197835", "KB970483"],
            &["KB883935"],
            &["KB885881", "KB976323"],
            &["KB913441"],
            &["KB942831"],
            &["KB973917", "KB982666"],
            &["KB975254"],
        ];
        let expected = expected.map(|of| of.iter().copied().collect::<BTreeSet<_>>());
        assert_eq!(of_groups, expected);
    }
}
