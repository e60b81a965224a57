//! Numbers of tuples: what they are, and those that are remembered.

use num_bigint::BigUint;
use rustc_hash::FxHashMap;

/// A number of tuples, of any size.
pub type Count = BigUint;

/// Counts of nodes that are remembered at most.
pub(crate) const COUNTS_MAX: usize = 1 << 20;

/// Remembered counts, exact and as logarithms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) exact: FxHashMap<u32, Count>,
    pub(crate) scaled: FxHashMap<u32, Scaled>,
}

impl Counts {
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// `mantissa * 2^(64 * exponent)`: sums of these are the same on every machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scaled {
    mantissa: f64,
    exponent: i32,
}

impl Scaled {
    /// 2^64.
    const BASE: f64 = 18_446_744_073_709_551_616.0;
    pub(crate) const ZERO: Self = Self { mantissa: 0.0, exponent: 0 };
    pub(crate) const ONE: Self = Self { mantissa: 1.0, exponent: 0 };

    pub(crate) fn plus(self, other: Self) -> Self {
        let (large, small) =
            if self.exponent < other.exponent { (other, self) } else { (self, other) };
        let mantissa = match large.exponent - small.exponent {
            0 => large.mantissa + small.mantissa,
            1 => large.mantissa + small.mantissa / Self::BASE,
            _ => large.mantissa,
        };
        if mantissa < Self::BASE {
            Self { mantissa, ..large }
        } else {
            Self { mantissa: mantissa / Self::BASE, exponent: large.exponent + 1 }
        }
    }

    pub(crate) fn ln(self) -> f64 {
        self.mantissa.ln() + f64::from(self.exponent) * Self::BASE.ln()
    }
}
