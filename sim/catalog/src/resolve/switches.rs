//! Assumptions and the values of their switches.

use super::Resolver;
use crate::{
    codes,
    model::{Assumption, Setting, SwitchValue},
    raw::{Entry, RawAssumption, Text},
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

    /// A value of an assumption, as `A28=fails`.
    pub(super) fn setting(&mut self, origin: usize, text: &Text) -> Option<Setting> {
        let (code, place) = (codes::UNKNOWN_SETTING, Self::place(origin, text));
        let Some((id, word)) = text.get_ref().split_once('=') else {
            let message = format!("`{}` is no value of an assumption", quoted(text.get_ref()));
            let help = "write the assumption and its value, as `A28=fails`".to_owned();
            self.mistakes.report_with(code, place, message, Some(help));
            return None;
        };
        let Some(values) = self.values_of(id) else {
            let known = self.names.assumptions.keys().map(String::as_str);
            let code = codes::UNKNOWN_ASSUMPTION;
            self.mistakes.report_unknown(code, place, "assumption", id, known);
            return None;
        };
        if !values.contains(&word) {
            let message = format!("assumption {id} has no value `{}`", quoted(word));
            let help = match values.as_slice() {
                [] => "it has no switch".to_owned(),
                values => format!("expected {}", values.join(" or ")),
            };
            self.mistakes.report_with(code, place, message, Some(help));
            return None;
        }
        Some(Setting { assumption: id.to_owned(), value: word.to_owned() })
    }

    /// Whether a text is a value of an assumption.
    pub(super) fn is_setting(&self, text: &Text) -> bool {
        let parts = text.get_ref().split_once('=');
        parts.is_some_and(|(id, word)| self.values_of(id).is_some_and(|all| all.contains(&word)))
    }

    /// The words of an assumption's values; `None` where there is no such assumption.
    fn values_of(&self, id: &str) -> Option<Vec<&str>> {
        let entry = self.raw.assumptions.get(*self.names.assumptions.get(id)?)?;
        Some(
            entry
                .value
                .values
                .iter()
                .map(|value| value.get_ref().name.get_ref().as_str())
                .collect(),
        )
    }
}
