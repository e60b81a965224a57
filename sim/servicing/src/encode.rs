//! The compact encoding of hosts: every field in as few bits as its values need.
//!
//! The encoding is canonical and lossless: equal encodings are equal hosts. It is no hash, so no
//! collision can hide a state from a search.

use crate::{Host, Model, ModelError, Part, layout::LEVEL};

/// An encoded host: 256 bits, in which fields stand one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostCode([u64; 4]);

impl HostCode {
    /// All bits set: the code of no host, since the level has a bit pattern to spare.
    pub const VACANT: Self = Self([u64::MAX; 4]);
}

/// How many bits hold the values 0 to `count - 1`.
fn width(count: u16) -> u32 {
    16 - count.saturating_sub(1).leading_zeros()
}

impl Model {
    /// Bits that an encoded host of this model needs. Fields do not cross the border of a word.
    #[must_use]
    pub fn host_bits(&self) -> u32 {
        self.places().last().map_or(0, |(word, shift, width)| word * 64 + shift + width)
    }

    /// Checks that hosts of this model can be encoded.
    pub fn check_width(&self) -> Result<(), ModelError> {
        let bits = self.host_bits();
        if bits > 256 { Err(ModelError::TooWide { bits }) } else { Ok(()) }
    }

    /// Word, shift and width of every field.
    fn places(&self) -> impl Iterator<Item = (u32, u32, u32)> {
        let counts = self.layout.value_counts.iter().enumerate();
        counts.scan((0, 0), |(word, used), (field, count)| {
            let width = width(*count + u16::from(field == LEVEL));
            if *used + width > 64 {
                (*word, *used) = (*word + 1, 0);
            }
            let place = (*word, *used, width);
            *used += width;
            Some(place)
        })
    }

    /// Encodes a host. Use [`Model::check_width`] once before.
    #[must_use]
    pub fn encode(&self, host: &Host) -> HostCode {
        let mut words = [0_u64; 4];
        for ((word, shift, _), field) in self.places().zip(&host.fields) {
            if let Some(word) = words.get_mut(word as usize) {
                *word |= u64::from(*field) << shift;
            }
        }
        HostCode(words)
    }

    /// The encoding of some parts of a host, with all others empty.
    #[must_use]
    pub fn project(&self, host: &Host, keep: impl Fn(Part) -> bool) -> HostCode {
        let fields = self.parts().into_iter().zip(&host.fields);
        let fields = fields.map(|(part, field)| if keep(part) { *field } else { 0 });
        self.encode(&Host { fields: fields.collect() })
    }

    /// The host with this encoding.
    #[must_use]
    pub fn decode(&self, code: &HostCode) -> Host {
        let field = |(word, shift, width): (u32, u32, u32)| {
            let word = code.0.get(word as usize).copied().unwrap_or(0);
            let mask = (1_u64 << width) - 1;
            u8::try_from(word >> shift & mask).unwrap_or(u8::MAX)
        };
        Host { fields: self.places().map(field).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Switches;
    use patchstate_catalog::Catalog;
    use patchstate_terms::Architecture;
    use std::sync::Arc;

    #[test]
    fn a_field_has_as_many_bits_as_its_values_need() {
        for (count, bits) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (255, 8), (256, 8)] {
            assert_eq!(width(count), bits, "{count} values");
        }
    }

    /// Every field with its highest value.
    fn full(model: &Model) -> Host {
        let fields = model.layout.value_counts.iter();
        Host { fields: fields.map(|count| u8::try_from(count - 1).unwrap()).collect() }
    }

    #[test]
    fn as_many_bits_are_needed_as_are_set_at_most() {
        let catalog = Arc::new(Catalog::built_in());
        for count in 0..4 {
            let mut scope = crate::Scope::whole(&catalog);
            scope.components.truncate(1);
            scope.updates.truncate(count);
            let switches = Switches::default();
            let model = Model::with_scope(Arc::clone(&catalog), Architecture::X86, switches, scope)
                .unwrap();
            let HostCode(words) = model.encode(&full(&model));
            let (place, word) =
                words.iter().enumerate().rev().find(|(_, word)| **word > 0).unwrap();
            let used = u32::try_from(place).unwrap() * 64 + 64 - word.leading_zeros();
            assert_eq!(model.host_bits(), used);
            assert!(model.check_width().is_ok());
            assert_eq!(model.decode(&model.encode(&full(&model))), full(&model));
        }
    }

    #[test]
    fn a_host_that_is_wider_than_its_code_is_refused() {
        let model =
            Model::new(Arc::new(Catalog::built_in()), Architecture::X86, Switches::default())
                .unwrap();
        // Each field has a power of two of values, or less.
        let least: f64 =
            model.layout.value_counts.iter().map(|count| f64::from(*count).log2()).sum();
        assert!(f64::from(model.host_bits()) >= least);
        match model.check_width() {
            Ok(()) => assert!(model.host_bits() <= 256),
            Err(error) => {
                assert!(matches!(error, ModelError::TooWide { bits } if bits > 256), "{error}");
            }
        }
    }
}
