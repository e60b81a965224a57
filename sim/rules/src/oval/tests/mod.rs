//! Documents of our own, on hosts of our own: hives written by hand, images as evidence.

mod bounds;
mod documents;
mod grounds;
mod hosts;
mod language;
mod mistakes;
mod names;
mod parts;
mod searches;
mod sets;
mod tables;
mod values;

use super::{OvalDocument, OvalOptions, OvalOutcome, OvalResult};
use crate::Subject;
use patchstate_detect::{
    Evidence, FileEvidence, ImageEvidence, MemoryTree, Problem, ProblemPart, RegistryEvidence,
};
use patchstate_source::{Diagnostic, SourceFile};
use patchstate_terms::{FileVersion, Machine};
use patchstate_test_support::hive::Key;
use std::sync::Arc;

pub(super) const CURRENT_VERSION: &str = r"Microsoft\Windows NT\CurrentVersion";
pub(super) const ENVIRONMENT: &str = r"ControlSet001\Control\Session Manager\Environment";

/// A host to be looked at.
pub(super) struct Host {
    pub(super) software: Key,
    pub(super) system: Key,
    pub(super) has_software: bool,
    evidence: Evidence,
    pub(super) tree: MemoryTree,
}

impl Host {
    /// Windows Server 2003 of an architecture, with what `CSDVersion` says of its service pack.
    pub(super) fn new(architecture: &str, service_pack: Option<&str>) -> Self {
        let (mut software, mut system) = (Key::new("root"), Key::new("root"));
        let version = software.at(CURRENT_VERSION);
        version.text("ProductName", "Microsoft Windows Server 2003").text("CurrentVersion", "5.2");
        version.text("CurrentBuildNumber", "3790").text("SystemRoot", r"C:\WINDOWS");
        if let Some(text) = service_pack {
            version.text("CSDVersion", text);
        }
        system.at("Select").number("Current", 1);
        system.at(ENVIRONMENT).text("PROCESSOR_ARCHITECTURE", architecture);
        let (evidence, tree) = (Evidence::default(), MemoryTree::new());
        Self { software, system, has_software: true, evidence, tree }
    }

    /// With IIS 6 in the registry.
    pub(super) fn with_iis(mut self) -> Self {
        let server = self.software.at(r"Microsoft\INetStp");
        server.number("MajorVersion", 6).number("MinorVersion", 0);
        self
    }

    /// With a file of a version.
    pub(super) fn file(mut self, path: &str, version: &str) -> Self {
        let image = ImageEvidence {
            machine: Some(Machine::I386),
            file_version: Some(version.parse::<FileVersion>().unwrap()),
            ..ImageEvidence::default()
        };
        self.found(path, FileEvidence::Image(Arc::new(image)));
        self
    }

    /// With a file of a version that stands in its folder, for those that look into folders.
    pub(super) fn listed(mut self, path: &str, version: &str) -> Self {
        self.tree.insert(path.parse().unwrap(), b"MZ".as_slice());
        self.file(path, version)
    }

    /// With a file of `system32\inetsrv` by its revision.
    pub(super) fn iis_file(self, name: &str, revision: u16) -> Self {
        self.file(&format!("system32/inetsrv/{name}"), &format!("6.0.3790.{revision}"))
    }

    /// With a file that was looked at and is not there.
    pub(super) fn without(mut self, path: &str) -> Self {
        self.found(path, FileEvidence::Absent);
        self
    }

    /// With a file that is there and cannot be read.
    pub(super) fn unreadable(mut self, path: &str) -> Self {
        let problem = Problem::unreadable(ProblemPart::Image, "it is locked".to_owned());
        self.found(path, FileEvidence::Unreadable(problem));
        self
    }

    fn found(&mut self, path: &str, found: FileEvidence) {
        self.evidence.files.insert(path.parse().unwrap(), found);
    }

    pub(super) fn look<T>(&self, with: impl FnOnce(&Subject<'_>) -> T) -> T {
        let software = self.has_software.then(|| self.software.build().into());
        let registry = RegistryEvidence::read(Ok(software), Ok(Some(self.system.build().into())));
        let evidence = Evidence { registry: Arc::new(registry), ..self.evidence.clone() };
        with(&Subject { evidence: &evidence, tree: &self.tree, folder: None })
    }
}

/// A document with these definitions, tests, objects, states and variables.
pub(super) fn document_text(content: &str) -> String {
    let core = super::xml::CORE;
    let mut sections = String::new();
    for (section, ends) in [
        ("definitions", ["definition"].as_slice()),
        ("tests", &["_test"]),
        ("objects", &["_object"]),
        ("states", &["_state"]),
        ("variables", &["_variable"]),
    ] {
        let elements: String = content
            .split("\n\n")
            .filter(|element| {
                let name = element.trim().trim_start_matches('<');
                let name = name.split([' ', '>', '/', '\n']).next().unwrap_or_default();
                ends.iter().any(|end| name.ends_with(end))
            })
            .collect();
        sections.push_str(&format!("<{section}>{elements}</{section}>"));
    }
    format!(
        "<oval_definitions xmlns=\"{core}\" xmlns:w=\"{core}#windows\" \
         xmlns:i=\"{core}#independent\" xmlns:linux=\"{core}#linux\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n{sections}</oval_definitions>"
    )
}

/// A document whose elements stand apart by empty lines.
pub(super) fn read(content: &str) -> (Option<OvalDocument>, Vec<Diagnostic>) {
    OvalDocument::read(SourceFile::new("test.xml", &document_text(content)))
}

/// A document that can be used.
#[track_caller]
pub(super) fn document(content: &str) -> OvalDocument {
    let (document, diagnostics) = read(content);
    document.unwrap_or_else(|| panic!("{diagnostics:#?}"))
}

/// The outcome of a definition by its number.
pub(super) fn outcome(document: &OvalDocument, number: u32, host: &Host) -> OvalOutcome {
    host.look(|subject| document.evaluate(&format!("oval:t:def:{number}"), subject))
}

pub(super) fn result(document: &OvalDocument, number: u32, host: &Host) -> OvalResult {
    outcome(document, number, host).result
}

/// A definition with one criterion for a test, and the test's elements.
pub(super) fn one_test(test: &str) -> String {
    format!(
        "<definition id=\"oval:t:def:1\" class=\"vulnerability\"><criteria>\
         <criterion test_ref=\"oval:t:tst:1\"/></criteria></definition>\n\n{test}"
    )
}

/// The result of one test.
#[track_caller]
pub(super) fn test_result(test: &str, host: &Host) -> OvalResult {
    result(&document(&one_test(test)), 1, host)
}

/// The reason of one test that is neither true nor false.
#[track_caller]
pub(super) fn test_reason(test: &str, host: &Host) -> String {
    let outcome = outcome(&document(&one_test(test)), 1, host);
    assert_eq!(outcome.result, OvalResult::Error, "{:?}", outcome.reason);
    outcome.reason.unwrap().to_string()
}

/// The rules of a document with default options.
pub(super) fn rules(document: &OvalDocument) -> Vec<super::OvalRule> {
    document.rules(&OvalOptions::default())
}
