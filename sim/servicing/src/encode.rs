//! The compact encoding of hosts: every field in as few bits as its values need.
//!
//! The encoding is canonical and lossless: equal encodings are equal hosts. It is no hash, so no
//! collision can hide a state from a search.

use crate::{Host, Model, ModelError, Part};

/// An encoded host: 256 bits, in which fields stand one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostCode([u64; 4]);

impl HostCode {
    /// All bits set: the code of no host, since the level takes two bits and is never 3.
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
        self.layout.value_counts.iter().scan((0, 0), |(word, used), count| {
            let width = width(*count);
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
    use super::width;

    #[test]
    fn a_field_has_as_many_bits_as_its_values_need() {
        for (count, bits) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (255, 8), (256, 8)] {
            assert_eq!(width(count), bits, "{count} values");
        }
    }
}
