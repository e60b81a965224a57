//! What claims say, as sets of hosts of one scope.
//!
//! **Owns** the hosts that meet conditions, before and after a step, the hosts that a pattern of
//! steps fits, and those that can be reached without some steps. **Must never know** what is to be
//! shown with them.
//!
//! **Start reading** at [`ClaimSets::met`].

use super::{
    condition::{Atom, Condition, Field, FileTest, LevelOf},
    pattern::StepPattern,
};
use crate::Exact;
use patchstate_servicing::{Followed, Host, Offer, Outcome, Part};
use patchstate_space::{Count, Layers, Set, Space, TooLarge};
use patchstate_terms::{FindingKind, Level, Step};
use std::{cmp::Ordering, collections::BTreeMap};

/// Every host of a scope, and the sets of them that were asked for.
pub(super) struct ClaimSets {
    exact: Exact,
    fields: BTreeMap<Field, Set>,
    /// For each part, the hosts by its values.
    values: BTreeMap<Part, Vec<Set>>,
}

/// The hosts that can be reached without some steps.
pub(super) struct RestrictedSpace {
    pub(super) hosts: Set,
    /// For each step, the hosts that it is not taken on.
    except: Vec<Set>,
    layers: Layers,
}

/// A step in a restricted space, with the restart that it requires: who installs an update is asked
/// for that.
pub(super) struct Taken {
    step: usize,
    /// The hosts that it is taken on, and where it is not refused. All others stay as they are.
    on: Set,
}

impl ClaimSets {
    pub(super) fn new(exact: Exact) -> Self {
        Self { exact, fields: BTreeMap::new(), values: BTreeMap::new() }
    }

    /// How many steps the scope has.
    pub(super) fn step_count(&self) -> usize {
        self.exact.steps.len()
    }

    pub(super) fn count(&mut self, set: Set) -> Count {
        self.exact.space.diagrams().count(set)
    }

    /// The space, for algebra on its sets.
    pub(super) fn space(&mut self) -> &mut Space {
        &mut self.exact.space
    }

    /// The hosts that can be reached without the steps that some patterns fit.
    pub(super) fn restricted(
        &mut self,
        without: &[StepPattern],
    ) -> Result<RestrictedSpace, TooLarge> {
        let mut except = Vec::with_capacity(self.step_count());
        for step in 0..self.step_count() {
            except.push(self.fitting(without, step)?);
        }
        let mut layers = Layers::except(except.iter().copied().enumerate().collect());
        if without.is_empty() {
            return Ok(RestrictedSpace { hosts: self.exact.space.hosts(), except, layers });
        }
        let mut hosts = self.exact.space.within(&mut layers, 0)?.unwrap_or(Set::EMPTY);
        loop {
            let before = hosts;
            for (step, except) in except.iter().enumerate() {
                let from = self.exact.space.diagrams().difference(hosts, *except)?;
                let after = self.exact.space.image(from, step)?;
                hosts = self.exact.space.diagrams().union(hosts, after)?;
            }
            if hosts == before {
                return Ok(RestrictedSpace { hosts, except, layers });
            }
        }
    }

    /// A shortest order to a host of a set, and the host; `None` where no order leads to one. Of
    /// several it is the first, by the media and by the order of the steps: Setup's own route comes
    /// before media that are given.
    pub(super) fn shortest(
        &mut self,
        restricted: &mut RestrictedSpace,
        wanted: Set,
    ) -> Result<Option<(Vec<Step>, Host)>, TooLarge> {
        let mut on_the_way = self.on_the_way(restricted, wanted)?.into_iter();
        let model = self.exact.space.model();
        let first = on_the_way
            .next()
            .and_then(|hosts| model.bases().find(|base| self.exact.space.contains(hosts, base)));
        let Some(mut host) = first else { return Ok(None) };
        let mut order = vec![Step::InstallOs(model.view(&host).base())];
        for hosts in on_the_way {
            let Some((step, after)) = self.step_into(hosts, restricted, &host) else {
                return Ok(None);
            };
            order.push(step.clone());
            host = after;
        }
        Ok(Some((order, host)))
    }

    /// The first step that makes a host into one of a set.
    fn step_into(
        &self,
        hosts: Set,
        restricted: &RestrictedSpace,
        host: &Host,
    ) -> Option<(&Step, Host)> {
        let (space, model) = (&self.exact.space, self.exact.space.model());
        let steps = self.exact.steps.iter().zip(space.actions()).zip(&restricted.except);
        let mut taken = steps.filter(|(_, except)| !space.contains(**except, host));
        taken.find_map(|((step, action), _)| {
            let after = model.apply(host, *action).after(host).clone();
            space.contains(hosts, &after).then_some((step, after))
        })
    }

    /// The hosts that shortest ways to a set lead through: the bases, those after one step, and so
    /// on to those of the set. Nothing where no way leads to it.
    fn on_the_way(
        &mut self,
        restricted: &mut RestrictedSpace,
        wanted: Set,
    ) -> Result<Vec<Set>, TooLarge> {
        let space = &mut self.exact.space;
        let mut within = Vec::new();
        let nearest = loop {
            let Some(hosts) = space.within(&mut restricted.layers, within.len())? else {
                return Ok(Vec::new());
            };
            let nearest = space.diagrams().intersection(hosts, wanted)?;
            if !nearest.is_empty() {
                break nearest;
            }
            within.push(hosts);
        };
        let (mut all, mut next) = (vec![nearest], nearest);
        for hosts in within.into_iter().rev() {
            let mut before = Vec::with_capacity(restricted.except.len());
            for (step, except) in restricted.except.iter().enumerate() {
                let from = space.preimage(next, step)?;
                let from = space.diagrams().intersection(from, hosts)?;
                before.push(space.diagrams().difference(from, *except)?);
            }
            next = space.diagrams().union_of(before)?;
            all.push(next);
        }
        all.reverse();
        Ok(all)
    }

    /// A step by its place.
    pub(super) fn step(&self, place: usize) -> Option<&Step> {
        self.exact.steps.get(place)
    }

    /// A step by its place, and the restart that it requires on a host.
    pub(super) fn step_on(&self, host: &Host, place: usize) -> Vec<Step> {
        let (space, model) = (&self.exact.space, self.exact.space.model());
        let after = space.actions().get(place).map(|action| model.apply(host, *action));
        let waits = matches!(after, Some(Outcome::Applied(after)) if model.view(&after).waits());
        self.step(place).cloned().into_iter().chain(waits.then_some(Step::Restart)).collect()
    }

    /// A step, as it is taken in a restricted space.
    pub(super) fn taken(
        &mut self,
        restricted: &RestrictedSpace,
        step: usize,
    ) -> Result<Taken, TooLarge> {
        let except = restricted.except.get(step).copied().unwrap_or(Set::EMPTY);
        let all = self.exact.space.hosts();
        let on = self.exact.space.preimage_followed(all, step, Followed::ThroughRestart)?;
        Ok(Taken { step, on: self.exact.space.diagrams().difference(on, except)? })
    }

    /// The hosts that one of these patterns fits a step on.
    pub(super) fn fitting(
        &mut self,
        patterns: &[StepPattern],
        step: usize,
    ) -> Result<Set, TooLarge> {
        let Some(action) = self.exact.space.actions().get(step).copied() else {
            return Ok(Set::EMPTY);
        };
        let mut all = Set::EMPTY;
        for pattern in patterns {
            let fits = |level: &Level| {
                self.step(step).is_some_and(|step| pattern.fits(step, action, Some(*level)))
            };
            let catalog = self.exact.space.model().catalog();
            let levels: Vec<Level> = catalog.level_ids().filter(fits).collect();
            for level in levels {
                let at = self.field(Field::Level(Ordering::Equal, LevelOf::Fixed(level)))?;
                let met = self.met(pattern.when(), None)?;
                let both = self.exact.space.diagrams().intersection(at, met)?;
                all = self.exact.space.diagrams().union(all, both)?;
            }
        }
        Ok(all)
    }

    /// The hosts that meet all conditions, or that are made by a step into hosts that do.
    pub(super) fn met(
        &mut self,
        conditions: &[Condition],
        after: Option<&Taken>,
    ) -> Result<Set, TooLarge> {
        let hosts = self.exact.space.hosts();
        let mut all = hosts;
        for condition in conditions {
            let mut any = Set::EMPTY;
            for literal in &condition.alternatives {
                let set = match after {
                    None => self.atom(literal.atom)?,
                    Some(step) => self.atom_after(step, literal.atom)?,
                };
                let diagrams = self.exact.space.diagrams();
                let set = if literal.negated { diagrams.difference(hosts, set)? } else { set };
                any = diagrams.union(any, set)?;
            }
            all = self.exact.space.diagrams().intersection(all, any)?;
        }
        Ok(all)
    }

    /// Those of a set that a step makes into other hosts.
    pub(super) fn applied(&mut self, step: &Taken, of: Set) -> Result<Set, TooLarge> {
        let mut left = self.exact.space.diagrams().intersection(of, step.on)?;
        let mut applied = Set::EMPTY;
        let mut parts = self.exact.space.model().all_parts();
        // Most steps change a level, a component or a record, and nothing is left to look at.
        parts.sort_by_key(|part| part.copy_of().is_some());
        for part in parts {
            for value in self.values(part)? {
                let before = self.exact.space.diagrams().intersection(left, value)?;
                if before.is_empty() {
                    continue;
                }
                let followed = Followed::ThroughRestart;
                let stays = self.exact.space.preimage_followed(value, step.step, followed)?;
                let changed = self.exact.space.diagrams().difference(before, stays)?;
                applied = self.exact.space.diagrams().union(applied, changed)?;
                left = self.exact.space.diagrams().difference(left, changed)?;
            }
        }
        Ok(applied)
    }

    /// The hosts that a statement is true of, where they are compared with themselves.
    fn atom(&mut self, atom: Atom) -> Result<Set, TooLarge> {
        let Exact { space, truth, .. } = &mut self.exact;
        match atom {
            Atom::Status(status) => space.showing(truth.of(status)),
            Atom::Finding(kind, file) => {
                let file = file.map(|file| space.model().catalog().file(file).path.clone());
                let is_of = |found| file.as_ref().is_none_or(|file| file == found);
                let found = truth.findings.iter();
                let found = found.filter(|(key, _)| key.kind == kind && is_of(&key.file));
                let shown = space.diagrams().union_of(found.map(|(_, shown)| *shown))?;
                space.showing(shown)
            }
            Atom::Field(field) => self.field(field),
            Atom::Offered(pack) => self.offered(pack),
            Atom::SameComponents | Atom::SameFiles => Ok(space.hosts()),
        }
    }

    /// The hosts that a step makes into ones that a statement is true of.
    fn atom_after(&mut self, step: &Taken, atom: Atom) -> Result<Set, TooLarge> {
        match atom {
            Atom::Status(_) | Atom::Finding(..) | Atom::Field(_) | Atom::Offered(_) => {
                let set = self.atom(atom)?;
                self.before(step, set)
            }
            Atom::SameComponents => {
                let components = self.exact.space.model().catalog().component_ids();
                let fields = components.map(Field::Component).collect();
                self.unchanged(step, fields)
            }
            Atom::SameFiles => {
                // The files of a slot are there together.
                let first = self.exact.space.model().slots().filter_map(|slot| slot.first());
                let fields = first.map(|file| Field::File(*file, FileTest::Present)).collect();
                self.unchanged(step, fields)
            }
        }
    }

    /// Whether Windows Update offers a service pack: to a host below its level; and, where A8 says
    /// so, to a host that says it has it and has older files.
    fn offered(&mut self, pack: Level) -> Result<Set, TooLarge> {
        let model = self.exact.space.model();
        let offer = model.switches().offer;
        if !model.facts().service_packs.contains(&pack) {
            return Ok(Set::EMPTY);
        }
        let below = self.field(Field::Level(Ordering::Less, LevelOf::Fixed(pack)))?;
        match offer {
            Offer::NotOffered => Ok(below),
            Offer::Offered => {
                let at = self.field(Field::Level(Ordering::Equal, LevelOf::Fixed(pack)))?;
                let behind = self.atom(Atom::Finding(FindingKind::BehindOs, None))?;
                let again = self.exact.space.diagrams().intersection(at, behind)?;
                self.exact.space.diagrams().union(below, again)
            }
        }
    }

    /// The hosts that a few parts of a host say something of: asked once for each combination.
    fn field(&mut self, field: Field) -> Result<Set, TooLarge> {
        if let Some(known) = self.fields.get(&field) {
            return Ok(*known);
        }
        let model = self.exact.space.model().clone();
        let parts = field.parts(&model);
        let is_met = |host: &Host| field.is_met(model.view(host));
        let mut divided = self.divided(|part| parts.contains(&part), is_met)?;
        let set = divided.remove(&true).unwrap_or(Set::EMPTY);
        self.fields.insert(field, set);
        Ok(set)
    }

    /// The hosts by the values of a part.
    fn values(&mut self, part: Part) -> Result<Vec<Set>, TooLarge> {
        if let Some(known) = self.values.get(&part) {
            return Ok(known.clone());
        }
        let divided = self.divided(|other| other == part, |host| host.values().to_vec())?;
        let values: Vec<Set> = divided.into_values().collect();
        self.values.insert(part, values.clone());
        Ok(values)
    }

    /// All hosts by the answer to a question that looks at some parts only.
    fn divided<A: Ord>(
        &mut self,
        looks_at: impl Fn(Part) -> bool,
        question: impl Fn(&Host) -> A,
    ) -> Result<BTreeMap<A, Set>, TooLarge> {
        let hosts = self.exact.space.hosts();
        let all = |hosts: &[Host]| Ok(vec![hosts.iter().map(question).collect()]);
        let divided = self.exact.space.divide(hosts, looks_at, all)?;
        Ok(divided.into_iter().next().unwrap_or_default())
    }

    /// The hosts that a step makes into hosts of a set.
    fn before(&mut self, step: &Taken, set: Set) -> Result<Set, TooLarge> {
        let followed = Followed::ThroughRestart;
        let made = self.exact.space.preimage_followed(set, step.step, followed)?;
        let diagrams = self.exact.space.diagrams();
        let made = diagrams.intersection(made, step.on)?;
        let stays = diagrams.difference(set, step.on)?;
        diagrams.union(made, stays)
    }

    /// The hosts on which each of these is after a step as it was before.
    fn unchanged(&mut self, step: &Taken, fields: Vec<Field>) -> Result<Set, TooLarge> {
        let mut unchanged = self.exact.space.hosts();
        for field in fields {
            let now = self.field(field)?;
            let then = self.before(step, now)?;
            let diagrams = self.exact.space.diagrams();
            let changed = diagrams.symmetric_difference(now, then)?;
            unchanged = diagrams.difference(unchanged, changed)?;
        }
        Ok(unchanged)
    }
}
