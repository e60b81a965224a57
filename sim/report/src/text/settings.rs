//! Assumptions that are not as they are by default.

use patchstate_servicing::Switches;
use patchstate_study::Verification;

/// An assumption and its value.
pub(crate) type Setting = (&'static str, &'static str);

/// The assumptions that are not as they are by default.
pub(crate) fn changed_assumptions(verification: &Verification) -> Vec<Setting> {
    changed(&verification.assumptions)
}

/// The same of these switches.
pub(crate) fn settings(switches: Switches) -> Vec<Setting> {
    changed(&switches.words())
}

fn changed(settings: &[Setting]) -> Vec<Setting> {
    let default = Switches::default().words();
    settings.iter().copied().filter(|setting| !default.contains(setting)).collect()
}
