//! Texts that are put together from others, within bounds.
//!
//! **Owns** how many texts and how many bytes there may be: a few variables that each take another
//! one twice would fill any memory. **Must never know** where the texts come from.
//!
//! **Start reading** at [`TextBudget`].

use std::sync::Arc;

/// Most values of a variable, and most places of an object.
pub(super) const VALUE_COUNT_MAX: usize = 4096;
/// Most bytes of all values of a variable, or of all places of an object, that are put together.
pub(super) const VALUE_BYTES_MAX: usize = 1_000_000;
/// Most texts and bytes in all that are put together for one document, or for one evaluation.
const TOTAL_MAX: usize = 64_000_000;

/// How much may still be put together.
#[derive(Debug)]
pub(super) struct TextBudget {
    left: usize,
}

impl Default for TextBudget {
    fn default() -> Self {
        Self { left: TOTAL_MAX }
    }
}

impl TextBudget {
    /// Each of some texts followed by each of others.
    pub(super) fn joined(
        &mut self,
        texts: &[String],
        others: &[String],
    ) -> Result<Vec<String>, Arc<str>> {
        self.take_pairs(texts, others)?;
        let joined = |text| others.iter().map(move |other| format!("{text}{other}"));
        Ok(texts.iter().flat_map(joined).collect())
    }

    /// Takes what it needs to keep some items once more.
    pub(super) fn take_items(&mut self, count: usize) -> Result<(), Arc<str>> {
        const ITEM_BYTES: usize = 64;
        let left = self.left.checked_sub(count.saturating_mul(ITEM_BYTES));
        self.left = left.ok_or("sets have too many items in all")?;
        Ok(())
    }

    /// Takes what it needs to put each of some texts together with each of others.
    pub(super) fn take_pairs(
        &mut self,
        texts: &[String],
        others: &[String],
    ) -> Result<(), Arc<str>> {
        let count = texts.len().saturating_mul(others.len());
        if count > VALUE_COUNT_MAX {
            return Err(format!("more than {VALUE_COUNT_MAX} values or places").into());
        }
        let size = bytes(texts).saturating_mul(others.len());
        let size = size.saturating_add(bytes(others).saturating_mul(texts.len()));
        if size > VALUE_BYTES_MAX {
            return Err(format!("values or places have more than {VALUE_BYTES_MAX} bytes").into());
        }
        let left = self.left.checked_sub(count + size);
        self.left = left.ok_or("variables give too many and too long texts in all")?;
        Ok(())
    }
}

/// Whether there may be one more beside so many values or places.
pub(super) fn limit(count: usize) -> Result<(), Arc<str>> {
    if count < VALUE_COUNT_MAX {
        return Ok(());
    }
    Err(format!("more than {VALUE_COUNT_MAX} values or places").into())
}

fn bytes(texts: &[String]) -> usize {
    texts.iter().map(String::len).fold(0, usize::saturating_add)
}
