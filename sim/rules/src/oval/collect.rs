//! Collection: the items of an object and the values of a variable, on one host.
//!
//! **Owns** the way from entities to places, and from places to items of evidence. A path that
//! was not looked at beforehand (one that depends on the registry in ways that cannot be seen from
//! the document) is read here.
//!
//! A place that is exact and has nothing gives an item that *does not exist* for files, and no
//! item for the registry; both count alike, save for `all_exist` over several files.
//!
//! Names that must only be like something are held against all that the tree lists in the folder.
//! What cannot be told, of a name or of a whole folder, is an item that cannot be known.
//!
//! **Start reading** at [`Evaluation::collect`].

use super::{
    compare::Actual,
    evaluation::{Evaluation, Values},
    item::{Collected, Fallible, Found, Item},
    model::{Collection, Component, Entity, FilePlace, ItemField, Object, StatedValue},
    paths,
    tables::{ItemStatus, OvalResult},
    texts::limit,
};
use patchstate_detect::{FileEvidence, IMAGE_BYTES_MAX, ImageEvidence, ProblemPart, identify_os};
use patchstate_terms::{FileVersion, WindowsPath, folded};
use std::{collections::BTreeMap, rc::Rc, sync::Arc};

impl Evaluation<'_> {
    /// The items of an object.
    pub(super) fn collect(&mut self, number: usize) -> Collected {
        if let Some(collected) = self.objects.get(&number) {
            return Rc::clone(collected);
        }
        let compiled = self.compiled;
        let collected = Rc::new(match compiled.objects.get(number) {
            None => Err(format!("there is no object number {number}").into()),
            Some(Err(fault)) => Err(Arc::clone(&fault.reason)),
            Some(Ok(collection)) => self.found(collection),
        });
        self.objects.insert(number, Rc::clone(&collected));
        collected
    }

    fn found(&mut self, collection: &Collection) -> Fallible<Found> {
        if collection.is_32_bit_view {
            self.check_32_bit_view()?;
        }
        let found = match &collection.object {
            Object::Family => vec![Item::Family].into(),
            Object::File(place) => self.files(place)?.into(),
            Object::Registry(place) => self.registry(place)?,
            Object::Set(set) => self.item_set(set)?,
        };
        self.filtered(found, &collection.filters)
    }

    /// A 32-bit program sees other files and keys of an x64 system; those are not in the evidence.
    fn check_32_bit_view(&self) -> Fallible<()> {
        match identify_os(self.subject.evidence).arch.as_deref() {
            Some("x86") => Ok(()),
            Some(arch) => Err(format!(
                "what a 32-bit program sees of {arch} Windows (SysWOW64, Wow6432Node) is not in \
                 the evidence"
            )
            .into()),
            None => Err("the architecture is not known, so neither is its 32-bit view".into()),
        }
    }

    fn files(&mut self, place: &FilePlace) -> Fallible<Vec<Item>> {
        match place {
            FilePlace::Whole(path) => {
                let paths = self.places(path)?;
                Ok(paths.iter().map(|path| self.file(path, false)).collect())
            }
            FilePlace::Parts { folder, name } => {
                let (folders, names) = (self.places(folder)?, self.places(name)?);
                self.budget.take_pairs(&folders, &names)?;
                let mut items = Vec::new();
                for folder in &folders {
                    for name in &names {
                        items.push(match paths::joined(folder, name) {
                            Ok(path) => self.file(&path, false),
                            Err(reason) => Item::Unreadable(reason.into()),
                        });
                    }
                }
                Ok(items)
            }
            FilePlace::Matching { folder, name } => {
                self.check_usable(name)?;
                let mut items = Vec::new();
                for folder in self.places(folder)? {
                    self.matching(&folder, name, &mut items)?;
                }
                Ok(items)
            }
        }
    }

    /// Whether something can be held against what a document states: else there is no telling what
    /// to collect, also where there is nothing.
    pub(super) fn check_usable(&mut self, stated: &StatedValue) -> Fallible<()> {
        let StatedValue::Variable { variable, datatype, operation, .. } = stated else {
            return Ok(());
        };
        let comparisons = self.comparisons((*variable, *datatype, *operation));
        for comparison in comparisons.as_ref().as_ref().map_err(Arc::clone)? {
            let comparison = comparison.as_ref().map_err(ToString::to_string)?;
            if let Some(pattern) = comparison.pattern() {
                self.patterns.exact(pattern).map_err(|wrong| wrong.to_string())?;
            }
        }
        Ok(())
    }

    /// The files of a folder whose names are like something. A folder that cannot be listed, and a
    /// name of which it cannot be told, are items that cannot be known.
    fn matching(
        &mut self,
        folder: &str,
        like: &StatedValue,
        items: &mut Vec<Item>,
    ) -> Fallible<()> {
        let root = self.subject.evidence.registry.system_root.as_deref();
        let listed = paths::folder_below_windows(folder, root).and_then(|place| {
            self.subject.tree.names(place.as_ref()).map_err(|error| error.to_string())
        });
        let listed = match listed {
            Ok(listed) => listed,
            Err(reason) => {
                items.push(Item::Unreadable(reason.into()));
                return Ok(());
            }
        };
        for name in &listed.names {
            let actual = Actual::Name(name.into(), listed.are_spelled);
            let outcome = self.stated(like, &actual);
            let item = match (outcome.result, outcome.reason) {
                (OvalResult::False, _) => continue,
                (OvalResult::True, _) => match paths::joined(folder, name) {
                    Ok(path) => self.file(&path, listed.are_spelled),
                    Err(reason) => Item::Unreadable(reason.into()),
                },
                (_, Some(reason)) => Item::Unreadable(reason),
                (result, None) => Item::Unreadable(format!("{name}: {result}").into()),
            };
            limit(items.len())?;
            items.push(item);
        }
        Ok(())
    }

    /// The texts that an entity can be equal to. Of several values of a variable, those that are
    /// equal to as many of the values as its check asks for.
    pub(super) fn places(&mut self, entity: &Entity) -> Fallible<Vec<String>> {
        let (variable, check) = match entity {
            Entity::Text(text) => return Ok(vec![text.clone()]),
            Entity::Variable { variable, check } => (*variable, *check),
        };
        let values = self.values(variable);
        let values = values.as_ref().as_ref().map_err(Arc::clone)?;
        let mut counts: BTreeMap<String, (usize, &String)> = BTreeMap::new();
        for value in values {
            counts.entry(folded(value)).or_insert((0, value)).0 += 1;
        }
        let total = values.len();
        // The tables tell none, one and many apart: more than two of a kind are as good as two.
        let is_match = |count: usize| {
            let results = [(true, count), (false, total.saturating_sub(count))];
            let results = results.into_iter().flat_map(|(is_true, count)| {
                std::iter::repeat_n(OvalResult::from(is_true), count.min(2))
            });
            check.combine(results.collect()) == OvalResult::True
        };
        Ok(counts
            .into_values()
            .filter(|(count, _)| is_match(*count))
            .map(|(_, value)| value.clone())
            .collect())
    }

    fn file(&self, path: &str, is_spelled: bool) -> Item {
        let root = self.subject.evidence.registry.system_root.as_deref();
        let place = match paths::below_windows(path, root) {
            Ok(place) => place,
            Err(reason) => return Item::Unreadable(reason.into()),
        };
        let version = match self.subject.evidence.files.get(&place) {
            Some(found) => version(&place, found),
            None => self.read_version(&place),
        };
        let (folder, name) = paths::parted(path);
        match version {
            None => Item::Absent,
            Some(version) => {
                Item::File { folder: folder.to_owned(), name: name.to_owned(), is_spelled, version }
            }
        }
    }

    /// Reads a file that nobody could know would be asked for.
    fn read_version(&self, path: &WindowsPath) -> Option<Fallible<Option<FileVersion>>> {
        match self.subject.tree.read(path, IMAGE_BYTES_MAX) {
            Ok(None) => None,
            Ok(Some(bytes)) => {
                version(path, &FileEvidence::Image(Arc::new(ImageEvidence::read(&bytes))))
            }
            Err(error) => Some(Err(error.to_string().into())),
        }
    }

    /// The values of a variable.
    pub(super) fn values(&mut self, number: usize) -> Values {
        if let Some(values) = self.variables.get(&number) {
            return Rc::clone(values);
        }
        let compiled = self.compiled;
        let values = match compiled.variables.get(number) {
            None => Rc::new(Err(format!("there is no variable number {number}").into())),
            Some(Err(fault)) => Rc::new(Err(Arc::clone(&fault.reason))),
            Some(Ok(variable)) => {
                let values = self.component(&variable.content);
                let is_empty = values.as_ref().as_ref().is_ok_and(Vec::is_empty);
                let empty = || Rc::new(Err(format!("{} has no value", variable.id).into()));
                if is_empty { empty() } else { values }
            }
        };
        self.variables.insert(number, Rc::clone(&values));
        values
    }

    /// The values of a component. Those of a variable are shared: a chain has them once.
    fn component(&mut self, component: &Component) -> Values {
        let values = self.deeper(|inside| match component {
            Component::Literal(text) => Rc::new(Ok(vec![text.clone()])),
            Component::Values(values) => Rc::new(Ok(values.clone())),
            Component::Variable(number) => inside.values(*number),
            Component::Field { object, field } => Rc::new(inside.fields(*object, *field)),
            Component::Concat(parts) => Rc::new(inside.concat(parts)),
        });
        values.unwrap_or_else(|| Rc::new(Err("variables lead too deep".into())))
    }

    fn concat(&mut self, parts: &[Component]) -> Fallible<Vec<String>> {
        let mut texts = vec![String::new()];
        for part in parts {
            let values = self.component(part);
            let values = values.as_ref().as_ref().map_err(Arc::clone)?;
            texts = self.budget.joined(&texts, values)?;
        }
        Ok(texts)
    }

    /// A field of every item of an object. An object without items, and an item without the
    /// field, are errors.
    fn fields(&mut self, object: usize, field: ItemField) -> Fallible<Vec<String>> {
        let collected = self.collect(object);
        let found = collected.as_ref().as_ref().map_err(Arc::clone)?;
        if let Found::NotApplicable(reason) = found {
            return Err(Arc::clone(reason));
        }
        let items = found.items();
        let mut values = Vec::new();
        for item in items.iter().filter(|item| item.status() != ItemStatus::DoesNotExist) {
            if let Some(reason) = item.unreadable() {
                return Err(Arc::clone(reason));
            }
            let of_item = item.field(field)?;
            if of_item.is_empty() {
                return Err("an item does not have the field asked for".into());
            }
            limit(values.len() + of_item.len() - 1)?;
            values.extend(of_item.iter().map(|value| value.text().into_owned()));
        }
        if values.is_empty() { Err("a variable's object has no item".into()) } else { Ok(values) }
    }
}

/// The version of what was found; `None` where nothing was.
fn version(path: &WindowsPath, found: &FileEvidence) -> Option<Fallible<Option<FileVersion>>> {
    Some(match found {
        FileEvidence::Absent => return None,
        FileEvidence::Unreadable(problem) => {
            Err(format!("{path} cannot be read: {}", problem.reason).into())
        }
        FileEvidence::Image(image) if image.knows(ProblemPart::Version) => Ok(image.file_version),
        FileEvidence::Image(image) => {
            let reason = image.problems.first().map(|problem| problem.reason.as_str());
            Err(format!("{path} cannot be read: {}", reason.unwrap_or_default()).into())
        }
    })
}
