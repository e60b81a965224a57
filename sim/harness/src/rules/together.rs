//! A survey of slices where these come together: for questions about several rules at once.
//!
//! **Owns** asking rules about every combination of what was seen in slices, and finding hosts for
//! what they say there. **Must never know** what the question is.
//!
//! **Start reading** at [`Together::new`].

use super::{
    Combination, HOST_COUNTS_MAX, Hunt, Slices,
    compose::{Question, Seen},
    survey::{Kept, Sighting, Surveyor},
};
use crate::{
    HarnessError, Reached, Simulation,
    slices::{Junction, OwnTruth},
};
use patchstate_explore::StateId;
use patchstate_rules::{PartValue, Rule, RuleParts, Subject};
use patchstate_servicing::Host;
use patchstate_terms::Status;
use std::collections::BTreeSet;

/// The slices of one architecture, and which of their hosts agree.
pub(crate) struct Together<'a> {
    surveyor: &'a Surveyor<'a>,
    kept: &'a Kept,
    slices: Slices<'a>,
    pub(crate) junction: Junction,
    pub(crate) seen: Vec<Seen>,
}

impl<'a> Together<'a> {
    /// Puts together what was kept of a survey.
    ///
    /// # Errors
    /// When a name is not in the catalog.
    pub(crate) fn new(surveyor: &'a Surveyor<'a>, kept: &'a Kept) -> Result<Self, HarnessError> {
        let slices = Slices::new(surveyor.catalog, kept.architecture, surveyor.scope)?;
        let junction = slices.slicing.junction(&kept.reached);
        let seen = junction.rows_of.iter().zip(&kept.looks);
        let seen = seen.map(|(rows, looks)| Seen::new(rows, &looks.of, &looks.kind_of)).collect();
        Ok(Self { surveyor, kept, slices, junction, seen })
    }

    /// What each slice has reached.
    pub(crate) fn reached(&self) -> &[Reached] {
        &self.kept.reached
    }

    /// A rule in parts that each read what one slice has.
    ///
    /// # Errors
    /// Why it cannot be taken apart.
    pub(crate) fn parts(&self, rule: &dyn Rule) -> Result<RuleParts, String> {
        rule.parts(&|field| self.slices.of_field(field))
    }

    /// A question about some rules, whose parts have these values in what was seen: with the true
    /// status, or with one for all.
    pub(crate) fn question<'q>(
        &self,
        rules: Vec<&'q RuleParts>,
        has_truth: bool,
        values: &dyn Fn(usize) -> Vec<&'q [PartValue]>,
    ) -> Question<'q> {
        let kind = |(seen, own): &(usize, OwnTruth)| {
            (if has_truth { own.by_status() } else { OwnTruth::default() }, values(*seen))
        };
        let kinds = self.kept.looks.iter().map(|looks| looks.kinds.iter().map(kind).collect());
        Question { rules, kinds: kinds.collect() }
    }

    /// A host of which these rules say what they say of a combination.
    ///
    /// # Errors
    /// When files of a host cannot be made.
    pub(crate) fn find(
        &self,
        rules: &[&dyn Rule],
        wanted: &Combination,
        has_truth: bool,
        hosts: &[StateId],
    ) -> Result<Option<Sighting>, HarnessError> {
        let hunt = Hunt {
            catalog: self.surveyor.catalog,
            scope: self.surveyor.scope,
            architecture: self.kept.architecture,
            files: &self.kept.files,
            slices: &self.slices.slicing.slices,
            reached: &self.kept.reached,
        };
        let room = self.surveyor.room;
        let is_wanted = |reached: &Reached, host: &Host, _: &BTreeSet<()>| {
            let simulation = reached.simulation();
            if has_truth && simulation.truth(host).status != wanted.truth.status() {
                return Ok(None);
            }
            let tree = simulation.tree(host)?;
            let says = |subject: &Subject<'_>| {
                rules.iter().map(|rule| rule.judge(subject).status).collect::<Vec<Status>>()
            };
            Ok((room.show(simulation, &tree, says)? == wanted.said).then_some(()))
        };
        let names = hunt.names(hosts);
        for host_count_max in HOST_COUNTS_MAX {
            let wanted = BTreeSet::from([()]);
            let (reached, found) = hunt.find((&names, host_count_max), wanted, &is_wanted)?;
            if let Some(id) = found.get(&()) {
                let Some(host) = reached.host(*id) else { continue };
                let truth = reached.simulation().truth(&host).status;
                let (architecture, steps) = (self.kept.architecture, reached.order(*id));
                return Ok(Some(Sighting { architecture, steps, truth, hosts: 1 }));
            }
            if reached.is_complete() {
                break;
            }
        }
        Ok(None)
    }

    /// What rules say of a host that was found, and the places of the conditions that decided.
    ///
    /// # Errors
    /// When files of the host cannot be made.
    pub(crate) fn decided(
        &self,
        rules: &[&dyn Rule],
        host: &Sighting,
    ) -> Result<Vec<(Status, Option<usize>)>, HarnessError> {
        let surveyor = self.surveyor;
        let (architecture, switches) = (host.architecture, surveyor.scope.switches);
        let simulation = Simulation::new(surveyor.catalog, architecture, switches)?;
        let words: Vec<String> = host.steps.iter().map(ToString::to_string).collect();
        let tree = simulation.tree(&simulation.follow(&words)?)?;
        surveyor.room.show(&simulation, &tree, |subject| {
            let judge = |rule: &&dyn Rule| {
                let judgement = rule.judge(subject);
                (judgement.status, judgement.clause)
            };
            rules.iter().map(judge).collect()
        })
    }
}
