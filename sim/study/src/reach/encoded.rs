//! Stepping on from a host in the form in which a search holds it, without looking it up.

use super::{Coded, Found, Reached};
use patchstate_explore::{Space, StateId};
use patchstate_servicing::{Host, HostCode, PackedHost};

/// A host in the form in which a search holds it: small, and quick to step on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EncodedHost {
    Packed(PackedHost),
    Coded(HostCode),
}

impl Reached {
    /// A host by its number.
    pub(crate) fn encoded(&self, id: StateId) -> Option<EncodedHost> {
        let index = id.0 as usize;
        match &self.found {
            Found::Packed(_, found) => found.states().get(index).copied().map(EncodedHost::Packed),
            Found::Coded(found) => found.states().get(index).copied().map(EncodedHost::Coded),
        }
    }

    /// A host in full; `None` when it is held in the form of another search.
    pub(crate) fn in_full(&self, host: EncodedHost) -> Option<Host> {
        match (&self.found, host) {
            (Found::Packed(compiled, _), EncodedHost::Packed(packed)) => {
                Some(compiled.unpack(packed))
            }
            (Found::Coded(_), EncodedHost::Coded(code)) => {
                Some(self.simulation.model().decode(&code))
            }
            _ => None,
        }
    }

    /// Tells every step whose outcome is *applied*, by its place among [`Reached::steps`], with the
    /// host after it: also hosts behind a bound of the search.
    #[inline]
    pub(crate) fn encoded_successors(
        &self,
        host: EncodedHost,
        reach: &mut impl FnMut(usize, EncodedHost),
    ) {
        self.encoded_successors_where(host, |_| true, reach);
    }

    /// The same of the steps that are wanted.
    #[inline]
    pub(crate) fn encoded_successors_where(
        &self,
        host: EncodedHost,
        is_wanted: impl Fn(usize) -> bool,
        reach: &mut impl FnMut(usize, EncodedHost),
    ) {
        match (&self.found, host) {
            (Found::Packed(compiled, _), EncodedHost::Packed(packed)) => {
                let reach = &mut |step, next| reach(step, EncodedHost::Packed(next));
                compiled.successors_where(packed, is_wanted, reach);
            }
            (Found::Coded(_), EncodedHost::Coded(code)) => {
                let space = Coded { model: self.simulation.model(), steps: &self.steps };
                for step in (0..self.steps.len()).filter(|step| is_wanted(*step)) {
                    space
                        .next(&code, step)
                        .into_iter()
                        .for_each(|next| reach(step, EncodedHost::Coded(next)));
                }
            }
            _ => {}
        }
    }
}
