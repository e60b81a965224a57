//! Components, groups of them, and the extensions that are neither.

use super::{Resolver, texts::narrow};
use crate::{
    codes,
    model::{Component, FileId, Group, WebServiceExtension},
    raw::Text,
};
use patchstate_source::quoted;
use std::collections::BTreeMap;

impl Resolver<'_, '_, '_> {
    /// The components.
    pub(super) fn components(&mut self) -> Vec<Component> {
        let raw = self.raw;
        let mut owned: BTreeMap<&str, Vec<FileId>> = BTreeMap::new();
        for (index, file) in raw.files.iter().enumerate() {
            if let Some(owner) = &file.value.component {
                owned.entry(owner.get_ref()).or_default().push(FileId(narrow(index)));
            }
        }
        let mut components = Vec::new();
        for entry in &raw.components {
            let (origin, value) = (entry.origin, &entry.value);
            let files = owned.get(value.id.get_ref().as_str()).cloned().unwrap_or_default();
            components.push(Component {
                files,
                id: self.step_name(origin, &value.id, "component"),
                title: self.text(origin, &value.title),
                needs: value.needs.iter().map(|need| self.component(origin, need)).collect(),
                provenance: self.entry_provenance(entry),
            });
        }
        self.cycles();
        components
    }

    /// The groups.
    pub(super) fn groups(&mut self) -> Vec<Group> {
        let raw = self.raw;
        let mut groups = Vec::new();
        for entry in &raw.groups {
            let (origin, value) = (entry.origin, &entry.value);
            if value.members.is_empty() {
                let message = format!("the group `{}` has no members", quoted(value.id.get_ref()));
                self.mistakes.report(codes::EMPTY_GROUP, Self::place(origin, &value.id), message);
            }
            groups.push(Group {
                id: self.step_name(origin, &value.id, "group"),
                title: self.text(origin, &value.title),
                members: value.members.iter().map(|name| self.component(origin, name)).collect(),
                provenance: self.entry_provenance(entry),
            });
        }
        groups
    }

    /// The extensions.
    pub(super) fn extensions(&mut self) -> Vec<WebServiceExtension> {
        let raw = self.raw;
        let mut extensions = Vec::new();
        for entry in &raw.extensions {
            let (origin, value) = (entry.origin, &entry.value);
            extensions.push(WebServiceExtension {
                id: self.step_name(origin, &value.id, "extension"),
                comes_with: self.component(origin, &value.comes_with),
                provenance: self.entry_provenance(entry),
            });
        }
        extensions
    }

    /// An id of lower-case letters, digits and underscores.
    pub(super) fn component_like_id(&mut self, origin: usize, id: &Text, noun: &str) -> String {
        self.id(origin, id, noun, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    }

    /// An id that can stand in steps: `-sp2` and `-kb1` are read as other steps.
    fn step_name(&mut self, origin: usize, id: &Text, noun: &str) -> String {
        let name = id.get_ref();
        let starts_with_digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        let service_pack = name
            .strip_prefix("sp")
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()));
        if service_pack || name.strip_prefix("kb").is_some_and(starts_with_digit) {
            let message = format!("`-{name}` would not be read as the removal of a {noun}");
            self.mistakes.report(codes::AMBIGUOUS_ID, Self::place(origin, id), message);
        }
        self.component_like_id(origin, id, noun)
    }

    /// Reports each need that closes a cycle.
    ///
    /// A component is *open* while its needs are followed and *done* afterwards; a need of an open
    /// one leads back. The path is kept on a stack of our own, since a catalog may be deep.
    fn cycles(&mut self) {
        let count = self.raw.components.len();
        let mut open = vec![false; count];
        let mut done = vec![false; count];
        for start in 0..count {
            let mut path: Vec<(usize, usize)> = vec![(start, 0)];
            while let Some((component, next)) = path.pop() {
                if done[component] {
                    continue;
                }
                open[component] = true;
                match self.need(component, next) {
                    None => {
                        open[component] = false;
                        done[component] = true;
                    }
                    Some((need, needed)) => {
                        path.push((component, next + 1));
                        match needed {
                            Some(needed) if open[needed] => self.cycle(&path, needed, need),
                            Some(needed) => path.push((needed, 0)),
                            None => {}
                        }
                    }
                }
            }
        }
    }

    /// The need with this number of a component, as text and as the component that it names.
    fn need(&self, component: usize, number: usize) -> Option<((usize, Text), Option<usize>)> {
        let entry = self.raw.components.get(component)?;
        let need = entry.value.needs.get(number)?;
        let needed = self.names.components.get(need.get_ref()).copied();
        let needed = needed.filter(|index| *index < self.raw.components.len());
        Some(((entry.origin, need.clone()), needed))
    }

    fn cycle(&mut self, path: &[(usize, usize)], first: usize, (origin, need): (usize, Text)) {
        let inside = path.iter().map(|(component, _)| *component);
        let inside = inside.skip_while(|component| *component != first);
        let names: Vec<&str> = inside
            .filter_map(|component| self.raw.components.get(component))
            .map(|entry| entry.value.id.get_ref().as_str())
            .chain([need.get_ref().as_str()])
            .collect();
        let message = format!("the component needs itself: {}", quoted(&names.join(" -> ")));
        self.mistakes.report(codes::NEEDS_CYCLE, Self::place(origin, &need), message);
    }
}
