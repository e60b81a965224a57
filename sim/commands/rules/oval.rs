//! OVAL documents that a user names, whole or as folders of fragments.
//!
//! Public repositories keep one element in a file. All fragments below a folder that is named are
//! one document; what it lacks is told, and of its definitions those run that are whole.

use super::{ReadRules, is_error};
use crate::{
    commands::{kind::Kind, read},
    failure::Failure,
};
use patchstate_rules::{OvalDocument, OvalOptions, OvalRule, RootElement, Rule, xml_source};
use patchstate_source::{Diagnostic, Severity, SourceFile, nearest};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Most bytes of all fragments together.
const FRAGMENT_BYTES_MAX: usize = 256 << 20;

/// A document that was read, or put together.
struct ReadDocument {
    document: Option<OvalDocument>,
    said: Vec<Diagnostic>,
    is_of_fragments: bool,
}

impl ReadDocument {
    fn of(source: SourceFile) -> Self {
        let (document, said) = OvalDocument::read(source);
        Self { document, said, is_of_fragments: false }
    }

    fn of_fragments(sources: &[SourceFile]) -> Self {
        let (document, said) = OvalDocument::assemble(sources);
        Self { document, said, is_of_fragments: true }
    }

    fn rules(&self) -> Vec<OvalRule> {
        let rules = |document: &OvalDocument| document.rules(&OvalOptions::default());
        self.document.as_ref().map(rules).unwrap_or_default()
    }

    fn rule(&self, id: &str) -> Option<OvalRule> {
        self.document.as_ref()?.rule(id, &OvalOptions::default())
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        let definitions = self.document.iter().flat_map(OvalDocument::definitions);
        definitions.map(|definition| definition.id)
    }

    /// The definitions that need something which is not there.
    fn incomplete(&self) -> BTreeSet<String> {
        let definitions = self.document.iter().flat_map(OvalDocument::definitions);
        let incomplete = definitions.filter(|definition| definition.incomplete.is_some());
        incomplete.map(|definition| definition.id.to_owned()).collect()
    }

    /// Forgets references that no definition needs which is to run. Of a repository that is named
    /// as a whole, it is still said which definitions are left out.
    fn forgive(&mut self, is_whole_named: bool) {
        if self.is_of_fragments {
            self.said.retain(|found| {
                !OvalDocument::is_about_reference(found)
                    && (is_whole_named || found.severity == Severity::Error)
            });
        }
        for found in self.said.iter_mut().filter(|f| OvalDocument::is_about_reference(f)) {
            found.severity = Severity::Warning;
        }
    }
}

impl ReadRules {
    /// Adds the definitions of a file, or one of them; a fragment waits for the others.
    pub(super) fn add_oval(
        &mut self,
        path: &Path,
        place: &Path,
        definition: Option<&str>,
    ) -> Result<(), Failure> {
        let Some((source, is_fragment)) = self.read_oval(path)? else { return Ok(()) };
        if is_fragment {
            if self.seen.insert((place.to_owned(), String::new())) {
                self.keep_fragment(path, source)?;
            }
            return Ok(());
        }
        let read = ReadDocument::of(source);
        let rules = match definition {
            None => read.rules(),
            Some(_) if read.document.is_none() => Vec::new(),
            Some(id) => {
                vec![read.rule(id).ok_or_else(|| no_definition(path, id, &[&read]))?]
            }
        };
        self.take(place, read, rules, definition.is_none());
        Ok(())
    }

    /// Adds the one definition of all documents below a folder that has an id.
    pub(super) fn add_definition(
        &mut self,
        folder: &Path,
        files: &[(PathBuf, Kind)],
        id: &str,
    ) -> Result<(), Failure> {
        let mut documents = Vec::new();
        for (path, _) in files.iter().filter(|(_, kind)| *kind == Kind::Oval) {
            match self.read_oval(path)? {
                Some((source, true)) => self.keep_fragment(path, source)?,
                Some((source, false)) => documents.push(ReadDocument::of(source)),
                None => {}
            }
        }
        documents.push(ReadDocument::of_fragments(&std::mem::take(&mut self.fragments)));
        let Some(at) = documents.iter().position(|read| read.rule(id).is_some()) else {
            return Err(no_definition(folder, id, &documents.iter().collect::<Vec<_>>()));
        };
        let read = documents.swap_remove(at);
        let rules = read.rule(id).into_iter().collect();
        self.take(&folder.join(id), read, rules, false);
        Ok(())
    }

    /// Adds the definitions of all fragments that wait, which are one document.
    pub(super) fn add_fragments(&mut self, folder: &Path) {
        let fragments = std::mem::take(&mut self.fragments);
        if fragments.is_empty() {
            return;
        }
        let read = ReadDocument::of_fragments(&fragments);
        let rules = read.rules();
        self.take(folder, read, rules, true);
    }

    /// Reads a file, and whether it is a fragment; none where it cannot be understood, which is
    /// said.
    fn read_oval(&mut self, path: &Path) -> Result<Option<(SourceFile, bool)>, Failure> {
        let bytes = read::all_bytes(path)?;
        let name = path.display().to_string();
        self.files.push(name.clone());
        match xml_source(&name, &bytes) {
            Ok(source) => {
                let root = RootElement::of(&bytes);
                Ok(Some((source, root.is_some_and(|root| !root.is_document()))))
            }
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                Ok(None)
            }
        }
    }

    fn keep_fragment(&mut self, path: &Path, source: SourceFile) -> Result<(), Failure> {
        self.fragment_bytes += source.text.len();
        if self.fragment_bytes > FRAGMENT_BYTES_MAX {
            let problem = format!("with it, fragments have more than {FRAGMENT_BYTES_MAX} bytes");
            return Err(Failure::path(path, problem));
        }
        self.fragments.push(source);
        Ok(())
    }

    /// Takes what a document says, and those of its definitions that are to run: the document is
    /// whole, or those that were asked for are.
    fn take(
        &mut self,
        place: &Path,
        mut read: ReadDocument,
        mut rules: Vec<OvalRule>,
        is_whole_named: bool,
    ) {
        if self.is_for_a_run {
            let incomplete = read.incomplete();
            let is_whole = |rule: &OvalRule| !incomplete.contains(rule.id());
            // Of a repository, the definitions run that can.
            if read.is_of_fragments && rules.iter().any(is_whole) {
                rules.retain(is_whole);
            }
            if rules.iter().all(is_whole) {
                read.forgive(is_whole_named);
            }
        }
        // Of a document that is named again, each time with one definition, it was said before.
        let is_new = self.seen.insert((place.to_owned(), String::new()));
        read.said.retain(|found| {
            let is_worse = || OvalDocument::is_about_reference(found) && is_error(found);
            is_new || (is_worse() && !self.diagnostics.contains(found))
        });
        self.diagnostics.extend(read.said);
        for rule in rules {
            let file = Path::new(rule.source().name.as_ref());
            let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
            if self.seen.insert((file, rule.id().to_owned())) {
                self.push(Box::new(rule), None);
            }
        }
    }
}

fn no_definition(path: &Path, id: &str, documents: &[&ReadDocument]) -> Failure {
    let near = nearest(id, documents.iter().flat_map(|read| read.ids()));
    let near = near.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
    Failure::path(path, format!("it has no definition `{id}`{near}"))
}
