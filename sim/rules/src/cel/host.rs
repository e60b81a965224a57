//! The fields of a rule on one host, each read at most once and only when it is asked for.
//!
//! **Owns** speed: it says the same as [`Field::value`], which a test checks, without copying texts
//! or writing down reasons that nobody asks for.

use crate::{Field, FieldValue, Reading};
use patchstate_detect::{
    Evidence, FileEvidence, ImageEvidence, OsEvidence, ProblemPart, identify_os,
};
use patchstate_terms::{FileVersion, Level, Machine, RegistryType, WindowsPath};
use std::{borrow::Cow, cell::OnceCell};

/// Place of a field in the fields of a rule.
pub(super) type Slot = usize;

/// A value while a condition is worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Absent,
    Truth(bool),
    Number(i64),
    Text(Cow<'a, str>),
    Version(FileVersion),
    Level(Level),
    /// There, of a type that rules cannot compare.
    Other(RegistryType),
}

/// A host as a rule sees it.
pub(super) struct Host<'a> {
    evidence: &'a Evidence,
    fields: &'a [Field],
    os: OnceCell<OsEvidence>,
    /// `None` where a field cannot be known.
    seen: Vec<OnceCell<Option<Value<'a>>>>,
}

impl<'a> Host<'a> {
    pub(super) fn new(evidence: &'a Evidence, fields: &'a [Field]) -> Self {
        let seen = vec![const { OnceCell::new() }; fields.len()];
        Self { evidence, fields, os: OnceCell::new(), seen }
    }

    /// The value of a field, where it can be known.
    pub(super) fn value(&self, slot: Slot) -> Option<Value<'_>> {
        let field = self.fields.get(slot)?;
        let value = self.seen.get(slot)?.get_or_init(|| self.read(field));
        value.as_ref().map(Value::borrowed)
    }

    /// What to say of a field that cannot be known.
    pub(super) fn reason(&self, slot: Slot) -> String {
        let field = self.fields.get(slot);
        match field.map(|field| field.value(self.evidence)) {
            Some(Err(unknown)) => unknown.reason,
            _ => "a field cannot be known".to_owned(),
        }
    }

    /// A field and its value, for a message.
    pub(super) fn show(&self, slot: Slot) -> String {
        let Some(field) = self.fields.get(slot) else { return String::new() };
        match field.value(self.evidence) {
            Ok(value) => format!("{field} is {value}"),
            Err(_) => field.to_string(),
        }
    }

    /// A field and what was read of it.
    pub(super) fn reading(&self, slot: Slot) -> Option<Reading> {
        let field = self.fields.get(slot)?;
        let value = field.value(self.evidence).map(|value| value.to_string());
        Some(Reading { field: field.to_string(), value: value.map_err(|unknown| unknown.reason) })
    }

    fn os(&self) -> &OsEvidence {
        self.os.get_or_init(|| identify_os(self.evidence))
    }

    fn read(&self, field: &Field) -> Option<Value<'a>> {
        let owned = |text: &String| Value::Text(Cow::Owned(text.clone()));
        match field {
            Field::OsProduct => self.os().product.as_ref().map(owned),
            Field::OsArchitecture => self.os().arch.as_ref().map(owned),
            Field::OsLevel => self.os().level.map(Value::Level),
            Field::OsVersion => self.os().version.map(Value::Version),
            Field::OsRestartPending => {
                self.evidence.registry.is_restart_pending().ok().map(Value::Truth)
            }
            Field::FilePresent(path) => {
                let file = self.evidence.files.get(path)?;
                Some(Value::Truth(file.is_present()))
            }
            Field::FileVersion(path) => self.version(path).map(Value::Version),
            Field::FileVersionString(path) => {
                let text = self.part(path, ProblemPart::Version)?.version_string.as_deref()?;
                Some(Value::Text(Cow::Borrowed(text)))
            }
            Field::FileLevel(path) => {
                self.evidence.known.lineage(self.version(path)?).map(Value::Level)
            }
            Field::FileMachine(path) => self.image(path)?.machine.map(machine),
            Field::FileExports(path, name) => {
                let image = self.part(path, ProblemPart::Exports)?;
                Some(Value::Truth(image.exports.by_name(name).is_some()))
            }
            Field::FileImports(path, dll, name) => {
                let image = self.part(path, ProblemPart::Imports)?;
                Some(Value::Truth(image.has_import(dll, name)))
            }
            Field::Registry(path) => {
                let value = self.evidence.registry(path).ok()?;
                Some(value.map_or(Value::Absent, |value| FieldValue::of_registry(value).into()))
            }
            Field::RegistryKeyPresent(hive, key) => {
                self.evidence.registry.has_key(*hive, key).ok().map(Value::Truth)
            }
            Field::UpdateRecorded(id) => {
                self.evidence.update(id).ok().map(|update| Value::Truth(update.is_some()))
            }
            Field::UpdateRelease(id) => {
                let update = self.evidence.update(id).ok()??;
                Some(Value::Number(update.release.into()))
            }
        }
    }

    fn image(&self, path: &WindowsPath) -> Option<&'a ImageEvidence> {
        match self.evidence.files.get(path)? {
            FileEvidence::Image(image) => Some(image),
            FileEvidence::Absent | FileEvidence::Unreadable(_) => None,
        }
    }

    fn part(&self, path: &WindowsPath, part: ProblemPart) -> Option<&'a ImageEvidence> {
        self.image(path).filter(|image| image.knows(part))
    }

    fn version(&self, path: &WindowsPath) -> Option<FileVersion> {
        self.part(path, ProblemPart::Version)?.file_version
    }
}

impl<'a> Value<'a> {
    pub(super) fn borrowed(&self) -> Value<'_> {
        match self {
            Self::Absent => Value::Absent,
            Self::Truth(truth) => Value::Truth(*truth),
            Self::Number(number) => Value::Number(*number),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Version(version) => Value::Version(*version),
            Self::Level(level) => Value::Level(*level),
            Self::Other(kind) => Value::Other(*kind),
        }
    }

    /// The same as the field of a rule has it.
    /// Whether two values are the same; `None` where that cannot be said of one of them.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Other(_), Self::Absent) | (Self::Absent, Self::Other(_)) => Some(false),
            (Self::Other(_), _) | (_, Self::Other(_)) => None,
            _ => Some(self == other),
        }
    }

    pub(super) fn of(value: &'a FieldValue) -> Self {
        match value {
            FieldValue::Absent => Self::Absent,
            FieldValue::Truth(truth) => Self::Truth(*truth),
            FieldValue::Number(number) => Self::Number(*number),
            FieldValue::Text(text) => Self::Text(Cow::Borrowed(text)),
            FieldValue::Version(version) => Self::Version(*version),
            FieldValue::Level(level) => Self::Level(*level),
            FieldValue::Other(kind) => Self::Other(*kind),
        }
    }

    pub(super) fn to_field_value(&self) -> FieldValue {
        match self {
            Self::Absent => FieldValue::Absent,
            Self::Truth(truth) => FieldValue::Truth(*truth),
            Self::Number(number) => FieldValue::Number(*number),
            Self::Text(text) => FieldValue::Text(text.clone().into_owned()),
            Self::Version(version) => FieldValue::Version(*version),
            Self::Level(level) => FieldValue::Level(*level),
            Self::Other(kind) => FieldValue::Other(*kind),
        }
    }
}

fn machine<'a>(machine: Machine) -> Value<'a> {
    Value::Text(match machine {
        Machine::I386 => Cow::Borrowed("i386"),
        Machine::Amd64 => Cow::Borrowed("amd64"),
        Machine::Ia64 => Cow::Borrowed("ia64"),
        Machine::Other(_) => Cow::Owned(machine.to_string()),
    })
}

impl From<FieldValue> for Value<'_> {
    fn from(value: FieldValue) -> Self {
        match value {
            FieldValue::Absent => Self::Absent,
            FieldValue::Truth(truth) => Self::Truth(truth),
            FieldValue::Number(number) => Self::Number(number),
            FieldValue::Text(text) => Self::Text(Cow::Owned(text)),
            FieldValue::Version(version) => Self::Version(version),
            FieldValue::Level(level) => Self::Level(level),
            FieldValue::Other(kind) => Self::Other(kind),
        }
    }
}
