//! The trait that every kind of rule has.

use crate::{
    Clause, ClauseValue, FileRule, Ground, Head, Judgement, Outcome, Reads, RuleParts, Subject,
    part::Groups,
};
use patchstate_source::{Diagnostic, SourceFile};
use patchstate_terms::Status;
use std::{collections::BTreeSet, fmt};

/// Anything that turns evidence into a verdict.
pub trait Rule: Send + Sync + fmt::Debug {
    /// What it says about itself.
    fn head(&self) -> &Head;

    /// What it is called: see [`Head::id`].
    fn id(&self) -> &str {
        &self.head().id
    }

    /// What it says, in a few words.
    fn title(&self) -> &str {
        &self.head().title
    }

    /// The file that it was read from.
    fn source(&self) -> &SourceFile {
        &self.head().source
    }

    /// The statuses that it should report: see [`Head::stands_for`].
    fn stands_for(&self) -> &BTreeSet<Status> {
        &self.head().stands_for
    }

    /// Everything that it may ask for.
    fn reads(&self) -> &Reads;

    /// Its conditions, in the order of the text.
    fn clauses(&self) -> &[Clause];

    /// Every way in which it comes to a status, in the order in which they are tried.
    fn outcomes(&self) -> Vec<Outcome>;

    /// Every status that it can say besides *inconclusive*, where that is known.
    fn says(&self) -> Option<BTreeSet<Status>> {
        let said: Option<BTreeSet<Status>> =
            self.outcomes().into_iter().map(|outcome| outcome.status).collect();
        said.map(|said| said.into_iter().filter(|one| *one != Status::Inconclusive).collect())
    }

    /// Judges a host. Never fails: what keeps it from a verdict makes it inconclusive.
    fn judge(&self, subject: &Subject<'_>) -> Judgement;

    /// What each clause amounts to on a host, also those that did not decide; empty for rules
    /// whose inside cannot be seen.
    fn clause_values(&self, _subject: &Subject<'_>) -> Vec<ClauseValue> {
        Vec::new()
    }

    /// The conditions that its verdict on a host rests on: the one that decided, where one did,
    /// and, where `truth` is among the statuses that the rule stands for and it reports none of
    /// them, those that kept it from reporting that, first of all the one to look at. Empty for
    /// rules whose inside cannot be seen.
    fn grounds(&self, _subject: &Subject<'_>, _truth: Status) -> Vec<Ground> {
        Vec::new()
    }

    /// Whether a clause is written to be the same on every host, like the `true` of a last verdict.
    fn is_constant(&self, _clause: usize) -> bool {
        false
    }

    /// Asks it about a host before it is asked about others, where that can fail for reasons of its
    /// own; whether nothing more is to be learned in that way: it answered, or is given up.
    fn try_out(&self, _subject: &Subject<'_>) -> bool {
        true
    }

    /// What keeps it from ever being asked, where that was found when it was asked first.
    fn obstacle(&self) -> Option<Diagnostic> {
        None
    }

    /// Whether what it said so far stands, now that it was asked everything. A rule that learns
    /// only then that its answers cannot be told from others takes them back by saying no, and is
    /// inconclusive about every host from then on: whoever used the answers has to ask again.
    fn settle(&self) -> bool {
        true
    }

    /// The rule in parts that each read what one group of fields has, where it can be taken apart.
    ///
    /// # Errors
    /// Why it cannot be: a clause without a full stop.
    fn parts(&self, _groups: Groups<'_>) -> Result<RuleParts, String> {
        Err("it cannot be taken apart: what it does with what it reads cannot be seen".to_owned())
    }

    /// The rule as a rule file, where it is one: only these have mutants.
    fn as_file_rule(&self) -> Option<&FileRule> {
        None
    }
}
