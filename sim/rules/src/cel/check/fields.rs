//! What names mean: the fields of a host, and the functions.

use super::{Checker, Type, Typed, facts};
use crate::{
    Field, FieldValue,
    cel::{
        codes,
        mistakes::Mistake,
        syntax::{Expr, Literal, Name},
        term::{Pattern, Term, TextTest, VersionPart},
    },
};
use patchstate_source::quoted;
use patchstate_terms::{Level, WindowsPath};
use regex_lite::Regex;
use std::ops::Range;

pub(in crate::cel) const FUNCTIONS: [&str; 6] =
    ["file", "matches", "registry", "size", "update", "version"];
pub(in crate::cel) const OS_FIELDS: [&str; 5] =
    ["arch", "level", "product", "restart_pending", "version"];
pub(in crate::cel) const FILE_FIELDS: [&str; 7] =
    ["exports", "imports", "level", "machine", "present", "version", "version_string"];
pub(in crate::cel) const UPDATE_FIELDS: [&str; 2] = ["recorded", "release"];
pub(in crate::cel) const VERSION_FIELDS: [&str; 4] = ["build", "major", "minor", "revision"];
pub(in crate::cel) const TEXT_METHODS: [&str; 5] =
    ["contains", "endsWith", "matches", "size", "startsWith"];
/// What CEL's standard has besides.
pub(in crate::cel) const NOT_OURS: [&str; 17] = [
    "all",
    "bool",
    "bytes",
    "double",
    "duration",
    "dyn",
    "exists",
    "exists_one",
    "filter",
    "has",
    "int",
    "map",
    "string",
    "timestamp",
    "type",
    "uint",
    "optional",
];

impl Checker<'_, '_> {
    pub(super) fn name(&mut self, name: &str, span: Range<usize>) -> Typed {
        if name == "os" {
            return Typed::new(Type::Os, Term::truth(false));
        }
        let message = format!("there is no `{}` to ask for", quoted(name));
        let mistake = Mistake::error(codes::UNKNOWN_FIELD, span, message);
        let mistake = if FUNCTIONS.contains(&name) {
            mistake.help(format!("write `{name}(\"...\")`"))
        } else if name.parse::<Level>().is_ok() {
            mistake.help(format!("write `\"{}\"`, in quotes", name.to_lowercase()))
        } else {
            mistake.nearest(name, ["os"].into_iter().chain(FUNCTIONS))
        };
        self.mistaken(mistake)
    }

    /// `target.name`.
    pub(super) fn member(&mut self, target: &Expr, name: &Name) -> Typed {
        let owner = self.typed(target);
        let (fields, typed): (&[&str], _) = match &owner.kind {
            Type::Mistaken => return owner,
            Type::Os => (&OS_FIELDS, os_field(&name.text)),
            Type::File(path) => (&FILE_FIELDS, file_field(path, &name.text)),
            Type::Update(id) => (&UPDATE_FIELDS, update_field(id, &name.text)),
            Type::Version => {
                if let Some(part) = version_part(&name.text) {
                    return Typed::new(Type::Number, Term::Part(part, Box::new(owner.term)));
                }
                (&VERSION_FIELDS, None)
            }
            _ => (&[], None),
        };
        if let Some((kind, field)) = typed {
            return Typed::new(kind, Term::Field(self.fields.slot(field)));
        }
        let noun = owner.kind.noun().trim_end_matches(" as a whole");
        let message = format!("{noun} has no field `{}`", quoted(&name.text));
        let mistake = Mistake::error(codes::UNKNOWN_FIELD, name.span.clone(), message);
        let takes_arguments = matches!(owner.kind, Type::File(_))
            && matches!(name.text.as_str(), "exports" | "imports")
            || matches!(owner.kind, Type::Text | Type::Registry)
                && TEXT_METHODS.contains(&name.text.as_str());
        self.mistaken(if takes_arguments {
            mistake.help(format!("write `.{}(...)`", name.text))
        } else {
            mistake.nearest(&name.text, fields.iter().copied())
        })
    }

    /// `name(arguments)`.
    pub(super) fn function(
        &mut self,
        name: &Name,
        arguments: &[Expr],
        span: Range<usize>,
    ) -> Typed {
        match (name.text.as_str(), arguments) {
            ("file", [path]) => self.file(path),
            ("update", [id]) => self.update(id),
            ("version", [text]) => self.version(text),
            ("registry", [key, value]) => self.registry(key, value),
            ("size", [text]) => self.size(text),
            ("matches", [text, pattern]) => self.matches(text, pattern),
            (function, _) => {
                let expected: &[&str] = match function {
                    "file" => &["a path in quotes"],
                    "update" => &["an id in quotes"],
                    "version" => &["a version in quotes"],
                    "registry" => &["a key", "the name of a value, both in quotes"],
                    "size" => &["a text"],
                    "matches" => &["a text", "a regular expression in quotes"],
                    _ => return self.unknown_function(name, arguments, &FUNCTIONS, ""),
                };
                self.each(arguments);
                self.expect_count(function, expected, arguments.len(), span);
                Typed::mistaken()
            }
        }
    }

    /// Looks for mistakes in arguments that nothing can be done with.
    fn each(&mut self, arguments: &[Expr]) {
        for argument in arguments {
            self.typed(argument);
        }
    }

    fn unknown_function(
        &mut self,
        name: &Name,
        arguments: &[Expr],
        known: &[&'static str],
        on: &str,
    ) -> Typed {
        if NOT_OURS.contains(&name.text.as_str()) {
            // The arguments of a macro have names of their own: no further complaints.
            let message = format!("rules do not have `{}`", name.text);
            let mistake = Mistake::error(codes::UNSUPPORTED, name.span.clone(), message);
            return self.mistaken(if name.text == "has" {
                mistake.help("ask `.present` of a file, or compare a registry value with null")
            } else {
                mistake
            });
        }
        self.each(arguments);
        let message = format!("there is no function `{}`{on}", quoted(&name.text));
        let mistake = Mistake::error(codes::UNKNOWN_FUNCTION, name.span.clone(), message);
        let is_method = TEXT_METHODS.contains(&name.text.as_str())
            || matches!(name.text.as_str(), "exports" | "imports");
        let mistake = if name.text == "os" {
            mistake.help("write `os` without parentheses")
        } else if on.is_empty() && is_method {
            mistake.help(format!("write it behind a dot: `.{}(...)`", name.text))
        } else {
            mistake.nearest(&name.text, known.iter().copied())
        };
        self.mistaken(mistake)
    }

    /// `target.name(arguments)`.
    pub(super) fn method(
        &mut self,
        target: &Expr,
        name: &Name,
        arguments: &[Expr],
        span: Range<usize>,
    ) -> Typed {
        let owner = self.typed(target);
        match &owner.kind {
            Type::Mistaken => {
                if !NOT_OURS.contains(&name.text.as_str()) {
                    self.each(arguments);
                }
                owner
            }
            Type::File(path) => {
                let path = path.clone();
                self.file_method(path, name, arguments, span)
            }
            Type::Text | Type::Registry => {
                self.text_method(owner.term, target, name, arguments, span)
            }
            Type::Os | Type::Update(_) | Type::Version
                if OS_FIELDS
                    .iter()
                    .chain(&UPDATE_FIELDS)
                    .chain(&VERSION_FIELDS)
                    .any(|field| *field == name.text) =>
            {
                self.no_parentheses(name)
            }
            kind => {
                let on = format!(" on {}", kind.noun().trim_end_matches(" as a whole"));
                self.unknown_function(name, arguments, &[], &on)
            }
        }
    }

    fn no_parentheses(&mut self, name: &Name) -> Typed {
        let message = format!("`{}` is a field, not a function", name.text);
        let mistake = Mistake::error(codes::UNKNOWN_FUNCTION, name.span.clone(), message);
        self.mistaken(mistake.help(format!("write `.{}` without parentheses", name.text)))
    }

    fn file_method(
        &mut self,
        path: WindowsPath,
        name: &Name,
        arguments: &[Expr],
        span: Range<usize>,
    ) -> Typed {
        let field = match (name.text.as_str(), arguments) {
            ("exports", [symbol]) => self
                .quoted("exports", symbol)
                .map(|symbol| Field::FileExports(path, symbol.value.clone())),
            ("imports", [dll, symbol]) => {
                let (dll, symbol) = (self.quoted("imports", dll), self.quoted("imports", symbol));
                dll.zip(symbol).map(|(dll, symbol)| {
                    Field::FileImports(path, dll.value.clone(), symbol.value.clone())
                })
            }
            ("exports" | "imports", _) => {
                self.each(arguments);
                let expected: &[&str] = match name.text.as_str() {
                    "exports" => &["a name in quotes"],
                    _ => &["a DLL", "a name, both in quotes"],
                };
                self.expect_count(&name.text, expected, arguments.len(), span);
                None
            }
            (field, _) if FILE_FIELDS.contains(&field) => return self.no_parentheses(name),
            _ => {
                let known = ["exports", "imports"];
                return self.unknown_function(name, arguments, &known, " on a file");
            }
        };
        match field {
            Some(field) => Typed::new(Type::Truth, Term::Field(self.fields.slot(field))),
            None => Typed::mistaken(),
        }
    }

    fn text_method(
        &mut self,
        text: Term,
        target: &Expr,
        name: &Name,
        arguments: &[Expr],
        span: Range<usize>,
    ) -> Typed {
        let question = match (name.text.as_str(), arguments) {
            ("size", []) => return Typed::new(Type::Number, Term::Size(Box::new(text))),
            ("matches", [pattern]) => return self.matches(target, pattern),
            ("contains", _) => TextTest::Contains,
            ("startsWith", _) => TextTest::StartsWith,
            ("endsWith", _) => TextTest::EndsWith,
            ("size" | "matches", _) => {
                self.each(arguments);
                let is_size = name.text == "size";
                let expected: &[&str] =
                    if is_size { &[] } else { &["a regular expression in quotes"] };
                self.expect_count(&name.text, expected, arguments.len(), span);
                return Typed::mistaken();
            }
            _ => return self.unknown_function(name, arguments, &TEXT_METHODS, " on a text"),
        };
        let [part] = arguments else {
            self.each(arguments);
            self.expect_count(&name.text, &["a text"], arguments.len(), span);
            return Typed::mistaken();
        };
        let part = self.expect(part, &Type::Text);
        Typed::new(Type::Truth, Term::Test(question, Box::new([text, part])))
    }

    fn size(&mut self, text: &Expr) -> Typed {
        let text = self.expect(text, &Type::Text);
        Typed::new(Type::Number, Term::Size(Box::new(text)))
    }

    fn matches(&mut self, text: &Expr, pattern: &Expr) -> Typed {
        let term = self.expect(text, &Type::Text);
        let Some(literal) = self.quoted("matches", pattern) else { return Typed::mistaken() };
        match Regex::new(&literal.value) {
            Ok(regex) => Typed::new(Type::Truth, Term::Matches(Box::new(term), Pattern(regex))),
            Err(error) => {
                let message = format!("the regular expression cannot be read: {error}");
                let span = pattern.span.clone();
                self.mistaken(Mistake::error(codes::INVALID_PATTERN, span, message))
            }
        }
    }

    fn file(&mut self, path: &Expr) -> Typed {
        let Some(literal) = self.quoted("file", path) else { return Typed::mistaken() };
        match self.accept(
            &literal.value,
            facts::path(self.fields.known, &literal.value, path.span.clone()),
        ) {
            Some(path) => Typed::new(Type::File(path), Term::truth(false)),
            None => Typed::mistaken(),
        }
    }

    fn update(&mut self, id: &Expr) -> Typed {
        let Some(literal) = self.quoted("update", id) else { return Typed::mistaken() };
        match self
            .accept(&literal.value, facts::update(self.fields.known, literal, id.span.clone()))
        {
            Some(id) => Typed::new(Type::Update(id), Term::truth(false)),
            None => Typed::mistaken(),
        }
    }

    fn version(&mut self, text: &Expr) -> Typed {
        let Some(literal) = self.quoted("version", text) else { return Typed::mistaken() };
        match self
            .accept(&literal.value, facts::version(self.fields.known, literal, text.span.clone()))
        {
            Some(version) => {
                Typed::new(Type::Version, Term::Constant(FieldValue::Version(version)))
            }
            None => Typed::mistaken(),
        }
    }

    fn registry(&mut self, key: &Expr, value: &Expr) -> Typed {
        let read = (self.quoted("registry", key), self.quoted("registry", value));
        let (Some(literal), Some(value)): (Option<&Literal>, Option<&Literal>) = read else {
            return Typed::mistaken();
        };
        match self.accept(&literal.value, facts::registry(literal, key.span.clone(), value)) {
            Some(path) => {
                let slot = self.fields.slot(Field::Registry(path));
                Typed::new(Type::Registry, Term::Field(slot))
            }
            None => Typed::mistaken(),
        }
    }
}

fn os_field(name: &str) -> Option<(Type, Field)> {
    Some(match name {
        "product" => (Type::Text, Field::OsProduct),
        "arch" => (Type::Text, Field::OsArchitecture),
        "level" => (Type::Level, Field::OsLevel),
        "version" => (Type::Version, Field::OsVersion),
        "restart_pending" => (Type::Truth, Field::OsRestartPending),
        _ => return None,
    })
}

fn file_field(path: &WindowsPath, name: &str) -> Option<(Type, Field)> {
    let path = path.clone();
    Some(match name {
        "present" => (Type::Truth, Field::FilePresent(path)),
        "version" => (Type::Version, Field::FileVersion(path)),
        "version_string" => (Type::Text, Field::FileVersionString(path)),
        "level" => (Type::Level, Field::FileLevel(path)),
        "machine" => (Type::Text, Field::FileMachine(path)),
        _ => return None,
    })
}

fn update_field(id: &str, name: &str) -> Option<(Type, Field)> {
    Some(match name {
        "recorded" => (Type::Truth, Field::UpdateRecorded(id.to_owned())),
        "release" => (Type::Number, Field::UpdateRelease(id.to_owned())),
        _ => return None,
    })
}

fn version_part(name: &str) -> Option<VersionPart> {
    Some(match name {
        "major" => VersionPart::Major,
        "minor" => VersionPart::Minor,
        "build" => VersionPart::Build,
        "revision" => VersionPart::Revision,
        _ => return None,
    })
}
