//! A scope too large to search at once, in slices that can be.
//!
//! Updates that bring no file in common do not see each other, and a component without updates
//! sees none. So a scope falls into *slices*: each has some updates that hang together by their
//! files, with the components that own these files and what they need. Leaving out of an install
//! order every step that is not of a slice gives an order of that slice: what another slice does
//! can make a package refuse, and a refused step does nothing. Where such a step brings a component
//! along that the slice has as well, a step of the slice that brings this component stands in for
//! it. Every host of the whole scope therefore looks, to each slice, like a host that the slice
//! reached; and each of its findings is found in the slice that owns the file.
//!
//! An order of the whole is no shorter than that of a slice if one step stands in for one. A scope
//! that names `iis_ftp` and `iis_smtp` and not the `iis_common` that both bring has no such step: a
//! slice adds a component and removes it again, and needs more steps than the whole does
//! ([`Slicing::keeps_length`]).
//!
//! What two slices both see (levels, cache, the components and files that both have) must agree.
//! The number of combinations that do agree is what the slices stand for: every host of the whole
//! scope is one of them.

mod combine;
mod junction;

use crate::{HarnessError, Reached};
use combine::{Feature, Relation, Tally, Value};
pub(crate) use junction::Junction;
use patchstate_catalog::{Catalog, ComponentId, FileId, UpdateId};
use patchstate_servicing::{ActionNames, Host, Model, Part, Switches};
use patchstate_terms::{Architecture, Finding, FindingKey, Status};
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};

/// A scope in slices.
#[derive(Clone, Debug)]
pub struct Slicing {
    /// What the steps of each slice may name.
    pub slices: Vec<ActionNames>,
    /// For each slice, the files that it owns: no other slice's update brings them.
    owned: Vec<BTreeSet<FileId>>,
    keeps_length: bool,
}

/// A name among components: a component or a group.
struct Unit {
    name: String,
    members: Vec<ComponentId>,
}

impl Slicing {
    /// Slices a scope.
    ///
    /// # Errors
    /// When a name is not in the catalog.
    pub fn new(
        catalog: &Arc<Catalog>,
        architecture: Architecture,
        switches: Switches,
        names: &ActionNames,
    ) -> Result<Self, HarnessError> {
        let model = crate::scope::model(catalog, architecture, switches, names)?;
        let units = units(catalog, names);
        let mut parts: Vec<(BTreeSet<UpdateId>, BTreeSet<FileId>)> = Vec::new();
        for slot in model.slots() {
            let updates: BTreeSet<UpdateId> = model.updates_of(slot).into_iter().collect();
            if !updates.is_empty() {
                join(&mut parts, updates, slot.iter().copied().collect());
            }
        }
        let mut slices: Vec<ActionNames> = Vec::new();
        for (updates, files) in &parts {
            let owners = files.iter().filter_map(|file| catalog.file(*file).component).collect();
            slices.push(ActionNames {
                components: with_needs(catalog, &units, owners),
                updates: updates.iter().map(|update| catalog.update(*update).id.clone()).collect(),
                branches: names.branches,
            });
        }
        slices.sort_by(|a, b| a.updates.cmp(&b.updates));
        for unit in &units {
            if !slices.iter().any(|slice| slice.components.contains(&unit.name)) {
                let owners = unit.members.iter().copied().collect();
                let components = with_needs(catalog, &units, owners);
                slices.push(ActionNames { components, updates: Vec::new(), branches: false });
            }
        }
        let owned = owned(catalog, architecture, switches, &slices, &model)?;
        let keeps_length = keeps_length(catalog, &units, &slices);
        Ok(Self { slices, owned, keeps_length })
    }

    /// Whether a host of the whole takes no fewer steps than what a slice sees of it takes in the
    /// slice.
    #[must_use]
    pub fn keeps_length(&self) -> bool {
        self.keeps_length
    }

    /// Whether a slice owns a file.
    #[must_use]
    pub fn owns(&self, slice: usize, file: FileId) -> bool {
        self.owned.get(slice).is_some_and(|owned| owned.contains(&file))
    }

    /// How many combinations of hosts, one of each slice, agree in what slices share; `None` when
    /// the number has more than 38 digits.
    #[must_use]
    pub fn combinations(&self, reached: &[Reached]) -> Option<u128> {
        self.combine(reached, |_, _, _, count| u128::from(count))
    }

    /// Every status with its findings that a combination of slices' hosts has. For small scopes:
    /// there can be very many.
    #[must_use]
    pub fn outcomes(&self, reached: &[Reached]) -> BTreeSet<(Status, BTreeSet<FindingKey>)> {
        let found = self.combine(reached, |slice, reached, host, _| {
            Outcomes(BTreeSet::from([self.outcome(slice, reached, host)]))
        });
        let outcomes = found.unwrap_or_default().0.into_iter();
        outcomes.map(|(applies, findings)| (status(applies, &findings), findings)).collect()
    }

    /// Whether a component is installed, and the findings about the slice's own files.
    fn outcome(&self, slice: usize, reached: &Reached, host: &Host) -> Outcome {
        let model = reached.simulation().model();
        let owns = |finding: &Finding| {
            let file = model.catalog().file_at(&finding.file);
            file.is_some_and(|file| self.owns(slice, file))
        };
        let findings = reached.simulation().truth(host).findings;
        let own = findings.iter().filter(|finding| owns(finding)).map(Finding::key).collect();
        (model.view(host).components().next().is_some(), own)
    }

    /// Combines what a slice says of each of its hosts over all combinations that agree.
    fn combine<T: Tally>(
        &self,
        reached: &[Reached],
        tally: impl Fn(usize, &Reached, &Host, u64) -> T,
    ) -> Option<T> {
        let mut relations = Vec::new();
        for (slice, (reached, shared)) in reached.iter().zip(self.shared(reached)).enumerate() {
            relations.push(self.relation(slice, reached, &shared, &tally)?);
        }
        combine::join(relations)
    }

    /// What each slice sees that another one sees as well.
    fn shared(&self, reached: &[Reached]) -> Vec<BTreeSet<Feature>> {
        let seen: Vec<BTreeSet<Feature>> =
            reached.iter().enumerate().map(|(i, slice)| self.features(i, slice)).collect();
        let is_shared = |feature: &Feature| {
            seen.iter().filter(|features| features.contains(feature)).count() > 1
        };
        let shared = |features: &BTreeSet<Feature>| {
            features.iter().copied().filter(|feature| is_shared(feature)).collect()
        };
        seen.iter().map(shared).collect()
    }

    /// What a slice sees of a host, apart from what only stands in for other slices' files.
    fn features(&self, slice: usize, reached: &Reached) -> BTreeSet<Feature> {
        let parts = reached.simulation().model().all_parts().into_iter();
        parts.filter_map(|part| self.feature(slice, reached, part)).collect()
    }

    /// The feature of a part: files by one that the slice owns, so that slices which divide files
    /// in different ways use the same name.
    fn feature(&self, slice: usize, reached: &Reached, part: Part) -> Option<Feature> {
        let model = reached.simulation().model();
        let owned_file = |file: FileId| {
            let slot = model.slots().find(|slot| slot.contains(&file))?;
            slot.iter().copied().find(|file| self.owns(slice, *file))
        };
        Some(match part {
            Part::Level => Feature::Level,
            Part::Base => Feature::Base,
            Part::Cache => Feature::Cache,
            Part::ServicePackBefore => Feature::ServicePackBefore,
            Part::Component(component) => {
                let scope = &reached.simulation().model().scope().components;
                Feature::Component(Some(component).filter(|c| scope.contains(c))?)
            }
            Part::File(file) => Feature::File(owned_file(file)?),
            Part::ServicePackCopy(file) => Feature::ServicePackCopy(owned_file(file)?),
            Part::Record(_) | Part::UpdateCopy(..) => return None,
        })
    }

    /// What a slice says for each value of the shared features.
    fn relation<T: Tally>(
        &self,
        slice: usize,
        reached: &Reached,
        shared: &BTreeSet<Feature>,
        tally: &impl Fn(usize, &Reached, &Host, u64) -> T,
    ) -> Option<Relation<T>> {
        let is_shared = |part| {
            self.feature(slice, reached, part).is_some_and(|feature| shared.contains(&feature))
        };
        let keep = |part: Part| is_shared(part) || T::NEEDS_LOOKS && part.shows();
        let mut rows: BTreeMap<Vec<Value>, T> = BTreeMap::new();
        for (id, count) in reached.kinds(keep) {
            let Some(host) = reached.host(id) else { continue };
            let view = reached.simulation().model().view(&host);
            let values = shared.iter().map(|feature| feature.value(view)).collect();
            let said = tally(slice, reached, &host, count);
            match rows.entry(values) {
                Entry::Vacant(vacant) => {
                    vacant.insert(said);
                }
                Entry::Occupied(mut row) => row.get_mut().plus(said)?,
            }
        }
        Some(Relation { features: shared.iter().copied().collect(), rows })
    }
}

/// What one slice says of a host: whether a component is installed, and the findings.
type Outcome = (bool, BTreeSet<FindingKey>);

/// What several slices say together.
#[derive(Clone, Default)]
struct Outcomes(BTreeSet<Outcome>);

impl Tally for Outcomes {
    const NEEDS_LOOKS: bool = true;

    fn nothing() -> Self {
        Self::default()
    }

    fn times(&self, other: &Self) -> Option<Self> {
        let union = |a: &Outcome, b: &Outcome| (a.0 || b.0, a.1.union(&b.1).cloned().collect());
        let pairs = self.0.iter().flat_map(|a| other.0.iter().map(move |b| union(a, b)));
        Some(Self(pairs.collect()))
    }

    fn plus(&mut self, other: Self) -> Option<()> {
        self.0.extend(other.0);
        Some(())
    }
}

impl Tally for u128 {
    const NEEDS_LOOKS: bool = false;

    fn nothing() -> Self {
        0
    }

    fn times(&self, other: &Self) -> Option<Self> {
        self.checked_mul(*other)
    }

    fn plus(&mut self, other: Self) -> Option<()> {
        *self = self.checked_add(other)?;
        Some(())
    }
}

/// The status that findings amount to.
fn status(applies: bool, findings: &BTreeSet<FindingKey>) -> Status {
    if !applies {
        return Status::NotApplicable;
    }
    let worst = findings.iter().map(|finding| patchstate_oracle::status_of(finding.kind)).min();
    worst.unwrap_or(Status::Consistent)
}

/// Adds a set of updates that hang together, with the files that make them so.
fn join(
    parts: &mut Vec<(BTreeSet<UpdateId>, BTreeSet<FileId>)>,
    mut updates: BTreeSet<UpdateId>,
    mut files: BTreeSet<FileId>,
) {
    let (touched, apart): (Vec<_>, Vec<_>) =
        std::mem::take(parts).into_iter().partition(|(known, _)| !known.is_disjoint(&updates));
    for (more_updates, more_files) in touched {
        updates.extend(more_updates);
        files.extend(more_files);
    }
    *parts = apart;
    parts.push((updates, files));
}

fn units(catalog: &Catalog, names: &ActionNames) -> Vec<Unit> {
    let unit = |name: &String| {
        let group = catalog.group_named(name).map(|group| group.members.clone());
        let single = catalog.component_named(name).map(|component| vec![component]);
        Unit { name: name.clone(), members: group.or(single).unwrap_or_default() }
    };
    names.components.iter().map(unit).collect()
}

/// The names of components that own files of a slice, and of what they need, in the order in
/// which they were named. A component that is not named comes along with those that need it; where
/// none of these is of the slice, all of them have to be.
fn with_needs(catalog: &Catalog, units: &[Unit], mut wanted: BTreeSet<ComponentId>) -> Vec<String> {
    let brings = |unit: &Unit| all_needs(catalog, unit.members.iter().copied().collect());
    let is_of = |unit: &&Unit, wanted: &BTreeSet<ComponentId>| {
        unit.members.iter().any(|member| wanted.contains(member))
    };
    loop {
        let before = wanted.len();
        for unit in units {
            if is_of(&unit, &wanted) {
                wanted.extend(&unit.members);
            }
        }
        wanted = all_needs(catalog, wanted);
        let own = units.iter().filter(|unit| is_of(unit, &wanted));
        let brought: BTreeSet<ComponentId> = own.flat_map(brings).collect();
        let missing: BTreeSet<ComponentId> = wanted.difference(&brought).copied().collect();
        for unit in units.iter().filter(|unit| !brings(unit).is_disjoint(&missing)) {
            wanted.extend(&unit.members);
        }
        if wanted.len() == before {
            break;
        }
    }
    let chosen = units.iter().filter(|unit| is_of(unit, &wanted));
    chosen.map(|unit| unit.name.clone()).collect()
}

/// Whether each slice has, for every step outside it that brings components of the slice along, a
/// step that brings these and nothing else.
fn keeps_length(catalog: &Catalog, units: &[Unit], slices: &[ActionNames]) -> bool {
    let brings = |unit: &Unit| all_needs(catalog, unit.members.iter().copied().collect());
    let (brought, names): (Vec<BTreeSet<ComponentId>>, Vec<&String>) =
        units.iter().map(|unit| (brings(unit), &unit.name)).unzip();
    slices.iter().all(|slice| {
        let (inside, outside): (Vec<_>, Vec<_>) =
            brought.iter().zip(&names).partition(|(_, name)| slice.components.contains(*name));
        let own: BTreeSet<ComponentId> = inside.iter().flat_map(|(set, _)| *set).copied().collect();
        outside.iter().all(|(set, _)| {
            let along: BTreeSet<ComponentId> = own.intersection(set).copied().collect();
            along.is_empty() || inside.iter().any(|(set, _)| **set == along)
        })
    })
}

/// Components with all that they need.
pub(crate) fn all_needs(
    catalog: &Catalog,
    mut wanted: BTreeSet<ComponentId>,
) -> BTreeSet<ComponentId> {
    loop {
        let before = wanted.len();
        let needs: Vec<ComponentId> =
            wanted.iter().flat_map(|c| catalog.component(*c).needs.iter().copied()).collect();
        wanted.extend(needs);
        if wanted.len() == before {
            return wanted;
        }
    }
}

/// The files that each slice owns: its own model has them, and no update outside it brings them.
fn owned(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    switches: Switches,
    slices: &[ActionNames],
    whole: &Model,
) -> Result<Vec<BTreeSet<FileId>>, HarnessError> {
    let mut owned = Vec::new();
    for names in slices {
        let model = crate::scope::model(catalog, architecture, switches, names)?;
        let is_own = |file: &FileId| {
            let updates = whole.updates_of(&[*file]);
            updates.iter().all(|update| model.scope().updates.contains(update))
        };
        owned.push(model.slots().flatten().copied().filter(is_own).collect());
    }
    Ok(owned)
}
