//! Assumptions and the values of their switches.

use super::Resolver;
use crate::{
    codes,
    model::{Assumption, SwitchValue},
    raw::{Entry, RawAssumption},
};
use patchstate_source::quoted;

impl Resolver<'_, '_, '_> {
    /// The assumptions, in the order in which they stand.
    pub(super) fn assumptions(&mut self) -> Vec<Assumption> {
        let raw = self.raw;
        let mut assumptions = Vec::new();
        for entry in &raw.assumptions {
            let (origin, id) = (entry.origin, &entry.value.id);
            let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
            assumptions.push(Assumption {
                id: self.id(origin, id, "assumption", allowed),
                text: self.text(origin, &entry.value.text),
                values: self.switch_values(entry),
            });
        }
        assumptions
    }

    fn switch_values(&mut self, entry: &Entry<RawAssumption>) -> Vec<SwitchValue> {
        let origin = entry.origin;
        let mut values: Vec<SwitchValue> = Vec::new();
        for value in &entry.value.values {
            let name = &value.get_ref().name;
            let word = name.get_ref();
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let place = Self::place(origin, name);
            if word.is_empty() || !word.chars().all(plain) {
                let message = format!("`{}` is no plain word", quoted(word));
                self.mistakes.report(codes::BAD_SWITCH, place, message);
            } else if values.iter().any(|earlier| earlier.name == *word) {
                let message = format!("the switch has the value `{word}` already");
                self.mistakes.report(codes::DUPLICATE_VALUE, place, message);
            }
            let text = self.text(origin, &value.get_ref().text);
            values.push(SwitchValue { name: word.clone(), text });
        }
        if let [only] = values.as_slice() {
            let message = format!("the switch has only the value `{}`", quoted(&only.name));
            let place = Self::place(origin, &entry.value.id);
            self.mistakes.report(codes::BAD_SWITCH, place, message);
        }
        values
    }
}
