//! Which claims a run can check: those whose scope it covers.

use super::Claim;
use patchstate_servicing::ActionNames;
use patchstate_space::TooLarge;
use patchstate_terms::Architecture;

/// What a run is about.
#[derive(Clone, Copy, Debug)]
pub struct ClaimScope<'a> {
    /// What its steps may name; `None` for the whole catalog.
    pub names: Option<&'a ActionNames>,
    /// Its architectures.
    pub architectures: &'a [Architecture],
    /// Whether it may stop before it has seen every host.
    pub is_bounded: bool,
}

/// A claim that a run does not check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UncheckedClaim {
    /// Its id.
    pub id: String,
    /// What is claimed.
    pub text: String,
    /// Why it is not checked, as the end of a sentence.
    pub reason: String,
    /// Whether the run was to check it: then it is inconclusive.
    pub is_open: bool,
}

impl UncheckedClaim {
    /// A claim that a run has no reason to check.
    pub(super) fn left_out(id: String, text: String, reason: String) -> Self {
        Self { id, text, reason, is_open: false }
    }

    /// A claim whose hosts are too many.
    pub(super) fn too_large(claim: &Claim, error: TooLarge) -> Self {
        let reason = format!("its hosts are too many to be held: {error}");
        Self { id: claim.id.clone(), text: claim.text.clone(), reason, is_open: true }
    }
}

/// Tells claims that a run covers from others. A claim that is about more architectures than the
/// run is checked on those that both have, where its record can only be contradicted.
#[must_use]
pub fn select_claims(
    claims: Vec<Claim>,
    scope: &ClaimScope<'_>,
) -> (Vec<Claim>, Vec<UncheckedClaim>) {
    let (mut covered, mut unchecked) = (Vec::new(), Vec::new());
    for mut claim in claims {
        if let Some(reason) = reason(&claim, scope) {
            unchecked.push(UncheckedClaim::left_out(claim.id, claim.text, reason));
            continue;
        }
        let count = claim.architectures.len();
        claim.architectures.retain(|architecture| scope.architectures.contains(architecture));
        claim.is_part |= claim.architectures.len() < count;
        covered.push(claim);
    }
    (covered, unchecked)
}

/// Why a run does not cover a claim.
fn reason(claim: &Claim, scope: &ClaimScope<'_>) -> Option<String> {
    if scope.is_bounded {
        return Some("it is about every host, and a bound stopped the search".to_owned());
    }
    let names = scope.names;
    let lacking = |wanted: &[String], has: fn(&ActionNames) -> &[String]| -> Vec<String> {
        let lacks = |name: &&String| names.is_some_and(|names| !has(names).contains(name));
        wanted.iter().filter(lacks).cloned().collect()
    };
    let mut lacking_names = lacking(&claim.names.components, |names| &names.components);
    lacking_names.extend(lacking(&claim.names.updates, |names| &names.updates));
    if !lacking_names.is_empty() {
        return Some(format!("the scope lacks {}", lacking_names.join(", ")));
    }
    let is_there = |architecture| scope.architectures.contains(architecture);
    if !claim.architectures.iter().any(is_there) {
        let about: Vec<&str> = claim.architectures.iter().map(|found| found.as_str()).collect();
        return Some(format!("it is about {} only", about.join(" and ")));
    }
    None
}
