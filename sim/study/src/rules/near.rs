//! Nearest hosts of a set, in a scope that is held as a set.
//!
//! The sets of all hosts within a distance grow fast with it; those that the steps of one slice
//! lead to are small at any distance. So hosts are looked for near the bare systems first, farther
//! away among those of each slice, and then once more among all hosts that are nearer than these.
//!
//! **Owns** the hosts that each slice leads to, and their distances. **Must never know** what is
//! looked for.
//!
//! **Start reading** at [`Near::nearest`].

use crate::{Exact, Slicing, StudyError};
use patchstate_space::{Layers, Path, Set, TooLarge};
use std::collections::BTreeSet;

/// How far hosts are looked for, in steps from a bare system. The sets of hosts within a distance
/// grow fast with it.
const STEPS_MAX: usize = 7;

/// How far all hosts are looked at before anything else: their sets are small.
pub(crate) const STEPS_NEAR: usize = 3;

/// The hosts of a scope by their distance from a bare system.
#[derive(Debug)]
pub(crate) struct Near {
    slices: Vec<OneSlice>,
}

/// The hosts that the steps of a slice lead to.
#[derive(Debug)]
struct OneSlice {
    /// The steps, by their places among those of the scope.
    steps: Vec<usize>,
    layers: Layers,
    /// All of the hosts, where somebody has asked.
    hosts: Option<Set>,
}

/// Some hosts of a set, the nearest first.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) paths: Vec<Path>,
    /// Whether it is proved that no host of the set is nearer than the first.
    pub(crate) is_nearest: bool,
}

impl Near {
    /// Of a scope in slices.
    ///
    /// # Errors
    /// When a name is not in the catalog.
    pub(crate) fn new(exact: &Exact, slicing: &Slicing) -> Result<Self, StudyError> {
        let mut slices = Vec::with_capacity(slicing.slices.len());
        for names in &slicing.slices {
            let name = |problem| StudyError::name("--components or --updates", problem);
            let own = exact.space.model().search_steps(names).map_err(name)?;
            let own: BTreeSet<_> = own.into_iter().map(|(step, _)| step).collect();
            let steps = exact.steps.iter().enumerate().filter(|(_, step)| own.contains(step));
            let steps: Vec<usize> = steps.map(|(place, _)| place).collect();
            slices.push(OneSlice { layers: Layers::by(steps.clone()), steps, hosts: None });
        }
        Ok(Self { slices })
    }

    /// The hosts that show one of these and are nearest, at most so many; none where no slice has
    /// one and all are farther than hosts are looked for.
    ///
    /// # Errors
    /// When the diagrams grow too large.
    pub(crate) fn nearest(
        &mut self,
        exact: &mut Exact,
        shown: Set,
        count_max: usize,
    ) -> Result<Found, TooLarge> {
        let like = exact.space.like_shown(shown)?;
        let paths = exact.space.nearest(like, (STEPS_NEAR, count_max))?;
        if !paths.is_empty() {
            return Ok(Found { paths, is_nearest: true });
        }
        let paths = self.in_slices(exact, like, count_max)?;
        let distance = paths.first().map(|(_, steps)| steps.len());
        let nearer_max = distance.map_or(STEPS_MAX, |distance| STEPS_MAX.min(distance - 1));
        let nearer = exact.space.nearest(like, (nearer_max, count_max))?;
        let is_nearest = !nearer.is_empty() || distance.is_some_and(|d| d <= STEPS_MAX + 1);
        Ok(Found { paths: if nearer.is_empty() { paths } else { nearer }, is_nearest })
    }

    /// Hosts of a set that the steps of a slice lead to: of one where the first is nearest.
    fn in_slices(
        &mut self,
        exact: &mut Exact,
        wanted: Set,
        count_max: usize,
    ) -> Result<Vec<Path>, TooLarge> {
        for distance in STEPS_NEAR + 1..=STEPS_MAX {
            for slice in &mut self.slices {
                let at_most = (distance, count_max);
                let paths = exact.space.nearest_by(&mut slice.layers, wanted, at_most)?;
                if !paths.is_empty() {
                    return Ok(paths);
                }
            }
        }
        let (mut found, mut steps_max) = (Vec::new(), usize::MAX);
        for slice in &mut self.slices {
            let own = slice.hosts(exact)?;
            if exact.space.diagrams().intersection(own, wanted)?.is_empty() {
                continue;
            }
            let at_most = (steps_max, count_max);
            let paths = exact.space.nearest_by(&mut slice.layers, wanted, at_most)?;
            if let Some((_, steps)) = paths.first() {
                steps_max = steps.len() - 1;
                found = paths;
            }
        }
        Ok(found)
    }
}

impl OneSlice {
    fn hosts(&mut self, exact: &mut Exact) -> Result<Set, TooLarge> {
        if let Some(known) = self.hosts {
            return Ok(known);
        }
        let hosts = exact.space.led_to(&self.steps)?;
        self.hosts = Some(hosts);
        Ok(hosts)
    }
}
