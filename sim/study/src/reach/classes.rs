//! Hosts in observation classes: by what shows of them.

use super::{EncodedHost, Found, Reached};
use patchstate_explore::StateId;
use patchstate_servicing::{HostCode, Part, Projection};
use patchstate_terms::Status;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::hash::Hash;

/// Hosts by what shows of them. Those of one class have the same files and the same truth.
#[derive(Clone, Debug)]
pub struct ObservationClasses {
    /// For each host, the number of its class.
    pub of: Vec<u32>,
    /// For each class, the first host of it.
    pub first: Vec<StateId>,
    numbers: Numbers,
}

/// The number of each class, by what a search can see of it.
#[derive(Clone, Debug)]
enum Numbers {
    Packed(Projection, FxHashMap<u64, u32>),
    Coded(FxHashMap<HostCode, u32>),
}

impl Reached {
    /// The hosts by what shows of them.
    #[must_use]
    pub fn observation_classes(&self) -> ObservationClasses {
        self.sorted_by(Part::shows)
    }

    /// How many hosts there are of each kind, where hosts that agree in the parts that are kept are
    /// of one kind: the first host of each kind, and how many there are. In the order of the first.
    #[must_use]
    pub fn kinds(&self, keep: impl Fn(Part) -> bool) -> Vec<(StateId, u64)> {
        let sorted = self.sorted_by(keep);
        let mut kinds: Vec<(StateId, u64)> = sorted.first.iter().map(|id| (*id, 0)).collect();
        for kind in sorted.of {
            if let Some((_, count)) = kinds.get_mut(kind as usize) {
                *count += 1;
            }
        }
        kinds
    }

    /// The true status of each class, in the order of their numbers.
    pub(crate) fn truths(&self, classes: &ObservationClasses) -> Vec<Status> {
        let truth = |id: &StateId| {
            let truth = self.host(*id).map(|host| self.simulation().truth(&host).status);
            truth.unwrap_or(Status::Inconclusive)
        };
        classes.first.par_iter().map(truth).collect()
    }

    /// The true status of each host, in the order of their numbers.
    #[must_use]
    pub fn statuses(&self) -> Vec<Status> {
        let classes = self.observation_classes();
        let of_class = self.truths(&classes);
        let of = |class: &u32| of_class.get(*class as usize).copied();
        classes.of.iter().map(|class| of(class).unwrap_or(Status::Inconclusive)).collect()
    }

    /// The hosts by the parts that are kept.
    pub(crate) fn sorted_by(&self, keep: impl Fn(Part) -> bool) -> ObservationClasses {
        match &self.found {
            Found::Packed(compiled, found) => {
                let projection = compiled.projection(keep);
                let images = found.states().iter().map(|packed| projection.of(*packed));
                let (of, first, numbers) = numbered(images);
                ObservationClasses { of, first, numbers: Numbers::Packed(projection, numbers) }
            }
            Found::Coded(found) => {
                let model = self.simulation.model();
                let hosts = found.states().iter().map(|code| model.decode(code));
                let images = hosts.map(|host| model.project(&host, &keep));
                let (of, first, numbers) = numbered(images);
                ObservationClasses { of, first, numbers: Numbers::Coded(numbers) }
            }
        }
    }
}

impl ObservationClasses {
    /// The number of a host's class; `None` when no host that was reached is of it.
    pub(crate) fn number(&self, reached: &Reached, host: EncodedHost) -> Option<u32> {
        match (&self.numbers, host) {
            (Numbers::Packed(projection, numbers), EncodedHost::Packed(packed)) => {
                numbers.get(&projection.of(packed)).copied()
            }
            (Numbers::Coded(numbers), EncodedHost::Coded(code)) => {
                let model = reached.simulation.model();
                numbers.get(&model.project(&model.decode(&code), Part::shows)).copied()
            }
            _ => None,
        }
    }

    /// The true status of a host, where that of each class is known. A host behind a bound of the
    /// search may be of a class of its own.
    pub(crate) fn truth(
        &self,
        reached: &Reached,
        truths: &[Status],
        host: EncodedHost,
    ) -> Option<Status> {
        let known = self.number(reached, host).and_then(|class| truths.get(class as usize));
        let truth = |host| Some(reached.simulation().truth(&reached.in_full(host)?).status);
        known.copied().or_else(|| truth(host))
    }
}

/// Numbers what shows of hosts in the order of the hosts.
fn numbered<L: Eq + Hash>(
    of_hosts: impl Iterator<Item = L>,
) -> (Vec<u32>, Vec<StateId>, FxHashMap<L, u32>) {
    let (mut of, mut first) = (Vec::with_capacity(of_hosts.size_hint().0), Vec::new());
    let mut numbers: FxHashMap<L, u32> = FxHashMap::default();
    for (host, class) in (0..).zip(of_hosts) {
        let next = u32::try_from(first.len()).unwrap_or(u32::MAX);
        let number = *numbers.entry(class).or_insert(next);
        if number == next {
            first.push(StateId(host));
        }
        of.push(number);
    }
    (of, first, numbers)
}
