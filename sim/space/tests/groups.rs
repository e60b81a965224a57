//! Interaction groups one by one beside steps of the whole.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_catalog::{Catalog, UpdateId};
use patchstate_servicing::{Action, Followed, Host, Model, Outcome, Part, Switches};
use patchstate_space::{Layers, Set, Space, TooLarge};
use patchstate_terms::{Architecture, Level};
use std::sync::Arc;

fn whole() -> Space {
    whole_of(Architecture::X64)
}

fn whole_of(architecture: Architecture) -> Space {
    let catalog = Arc::new(Catalog::built_in());
    let model = Model::new(Arc::clone(&catalog), architecture, Switches::default());
    let model = model.expect("the catalog has both");
    let names = patchstate_servicing::ActionNames {
        components: catalog.components.iter().map(|component| component.id.clone()).collect(),
        updates: catalog.updates.iter().map(|update| update.id.clone()).collect(),
        branches: false,
    };
    let steps = model.search_steps(&names).expect("names of the catalog");
    let actions: Vec<Action> = steps.into_iter().map(|(_, action)| action).collect();
    Space::new(model, actions).expect("it fits")
}

/// A host with everything emptied that is neither shared nor of a group.
fn own(space: &Space, group: usize, host: &Host) -> Host {
    let (groups, mut values) = (space.groups(), vec![0; host.values().len()]);
    for field in groups.shared.iter().chain(&groups.groups[group].fields) {
        values[*field] = host.values()[*field];
    }
    space.model().host_of(&values).expect("empty is a value of every field")
}

/// Follows steps on hosts, in groups by themselves beside the whole: tells how often something
/// changed, and how often a group by itself may go two ways.
fn follow(
    space: &mut Space,
    hosts: &[Host],
    (groups, bridging): (&[usize], &[UpdateId]),
) -> [u32; 2] {
    let (mut moved, mut unsure) = (0, 0);
    let steps: Vec<Action> = space.actions().to_vec();
    for group in groups {
        let of_group = space.of_group(*group).expect("it fits");
        let mut sets = Vec::new();
        for host in hosts {
            let before = own(space, *group, host);
            assert!(space.contains(of_group, &before), "{host:?}");
            let set = space.set_of(&before).expect("it fits");
            let like = space.like_group(set, *group).expect("it fits");
            assert!(space.contains(like, host));
            sets.push((host, before, set));
        }
        for (step, action) in steps.iter().enumerate() {
            let bridges = match action {
                Action::InstallUpdate { update, .. } => bridging.contains(update),
                _ => false,
            };
            let relation =
                space.relation_in_group(step, Followed::ByItself, *group).expect("it fits");
            for (host, before, set) in &sets {
                let Outcome::Applied(after) = space.model().apply(host, *action) else { continue };
                let image = space.diagrams().image(*set, relation).expect("it fits");
                let after = own(space, *group, &after);
                assert!(space.contains(image, &after), "{action:?} of {host:?}");
                let count = space.diagrams().count(image);
                let is_unsure = bridges && count == 2_u8.into();
                assert!(is_unsure || count == 1_u8.into(), "{action:?} of {host:?}");
                unsure += u32::from(is_unsure);
                moved += u32::from(*before != after);
            }
        }
    }
    [moved, unsure]
}

#[test]
fn a_group_by_itself_goes_where_it_goes_in_the_whole() {
    let mut space = whole();
    let (all, groups) = (space.hosts(), space.groups().groups.len());
    assert!(groups > 5);
    let hosts = space.samples(all, 11, 60);
    let groups: Vec<usize> = (0..groups).collect();
    let [moved, unsure] = follow(&mut space, &hosts, (&groups, &[]));
    assert!(moved > 1_000, "{moved} steps changed something");
    assert_eq!(unsure, 0);
}

/// MS04-030 may take either branch in a group of which no file decides it. Hosts at the first
/// release are the ones that it is for.
#[test]
fn a_bridging_update_takes_either_branch_where_another_group_decides() {
    let mut space = whole_of(Architecture::X86);
    let (all, groups) = (space.hosts(), space.groups().clone());
    let bridging: Vec<UpdateId> = space.model().bridging_updates(&groups).collect();
    assert_eq!(bridging.len(), 1);
    let model = space.model().clone();
    let level = |host: &Host| model.view(host).level();
    let ask = |hosts: &[Host]| Ok::<_, TooLarge>(vec![hosts.iter().map(level).collect()]);
    let by_level = space.divide(all, |part| part == Part::Level, ask).expect("it fits");
    let hosts = space.samples(by_level[0][&Level::Rtm], 11, 40);
    let touched: Vec<usize> =
        groups.clusters.iter().filter(|places| places.len() > 1).cloned().flatten().collect();
    assert_eq!(touched.len(), 2);
    let [moved, unsure] = follow(&mut space, &hosts, (&touched, &bridging));
    assert!(moved > 100 && unsure > 10, "{moved}, {unsure}");
}

/// Whatever stands in other groups is replaced, and nothing in the group's own fields.
#[test]
fn the_others_are_in_order_where_one_group_is_looked_at() {
    let mut space = whole();
    let all = space.hosts();
    for host in space.samples(all, 13, 40) {
        for group in 0..space.groups().groups.len() {
            let groups = space.groups().clone();
            let found = space.model().with_others_in_order(&groups, group, &host);
            assert_eq!(own(&space, group, &found), own(&space, group, &host));
            let again = space.model().with_others_in_order(&groups, group, &found);
            assert_eq!(again, found);
            let view = space.model().view(&found);
            let others = groups.groups.iter().enumerate().filter(|(number, _)| *number != group);
            let own_fields = &groups.groups[group].fields;
            let level = view.level();
            for (_, other) in others {
                assert!(other.fields.iter().all(|field| !own_fields.contains(field)));
            }
            // What is there of other groups is of the host's own level.
            let parts = space.model().parts();
            for (file, copy) in view.files() {
                let field = parts.iter().position(|part| {
                    matches!(part, patchstate_servicing::Part::File(first) if *first == file)
                });
                if field.is_some_and(|field| !own_fields.contains(&field)) {
                    assert_eq!(space.model().catalog().lineage(copy.revision), level);
                }
            }
        }
    }
}

#[test]
fn fewer_steps_lead_to_fewer_hosts_and_orders_are_made_of_them() {
    let mut space = whole();
    let adds = |action: &Action| {
        matches!(action, Action::ApplyServicePack(_) | Action::InstallUpdate { .. })
    };
    let steps: Vec<usize> =
        (0..space.actions().len()).filter(|step| adds(&space.actions()[*step])).collect();
    let (mut some, all) = (Layers::by(steps.clone()), (0..space.actions().len()).collect());
    let mut every = Layers::by(all);
    let within_some = space.within(&mut some, 3).expect("it fits").expect("more hosts");
    let within_all = space.within(&mut every, 3).expect("it fits").expect("more hosts");
    assert!(space.diagrams().is_subset(within_some, within_all).expect("it fits"));
    assert!(space.diagrams().count(within_some) < space.diagrams().count(within_all));
    for host in space.samples(within_some, 17, 20) {
        let set = space.set_of(&host).expect("it fits");
        let (mut at, path) =
            space.shortest_by(&mut some, set, 3).expect("it fits").expect("it is near");
        assert!(path.len() <= 3 && path.iter().all(|step| steps.contains(step)));
        for step in path {
            at = space.model().apply(&at, space.actions()[step]).after(&at).clone();
        }
        assert_eq!(at, host);
    }
}

#[test]
fn a_step_is_not_taken_on_hosts_that_are_left_out() {
    let mut space = whole();
    let base = space.model().install_os(Level::Sp1).expect("there are such media");
    let at_base = space.set_of(&base).expect("it fits");
    let is_pack = |action: &Action| *action == Action::ApplyServicePack(Level::Sp2);
    let pack = space.actions().iter().position(is_pack).expect("there is such a service pack");
    let (all, model) = (space.hosts(), space.model().clone());
    let is_raised = |host: &Host| {
        let host = model.view(host);
        host.base() == Level::Sp1 && host.level() == Level::Sp2
    };
    let ask = |hosts: &[Host]| Ok::<_, TooLarge>(vec![hosts.iter().map(is_raised).collect()]);
    let parts = [Part::Base, Part::Level];
    let raised = space.divide(all, |part| parts.contains(&part), ask).expect("it fits");
    let raised = raised[0][&true];

    let steps = 0..space.actions().len();
    let mut free = Layers::by(steps.clone().collect());
    let path = space.shortest_by(&mut free, raised, 3).expect("it fits");
    assert_eq!(path, Some((base.clone(), vec![pack])));
    let except = |step: usize| if step == pack { at_base } else { Set::EMPTY };
    let mut layers = Layers::except(steps.map(|step| (step, except(step))).collect());
    let (start, path) =
        space.shortest_by(&mut layers, raised, 3).expect("it fits").expect("it is near");
    assert_eq!((start, path.len(), path[1]), (base, 2, pack));
}
