//! What is the case on a host, by the second model.

use super::{
    facts::Name,
    host::{NaiveCopy, NaiveHost},
    rules::{Flaw, Rules},
};
use patchstate_catalog::{Export, Extent, File};
use patchstate_terms::ImportedSymbol;
use std::collections::{BTreeMap, BTreeSet};

/// A finding, all of it as text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NaiveFinding {
    /// The file.
    pub file: String,
    /// The kind.
    pub kind: String,
    /// The update that it is about.
    pub update: Option<String>,
    /// The import that does not resolve: `dll!symbol`, or the DLL alone.
    pub import: Option<String>,
    /// The version that was expected.
    pub expected: Option<String>,
    /// The version that was found.
    pub found: Option<String>,
}

/// Status and findings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NaiveTruth {
    /// The worst of the findings.
    pub status: &'static str,
    /// All of them.
    pub findings: BTreeSet<NaiveFinding>,
}

type Files = BTreeMap<Name, NaiveCopy>;

impl Rules {
    /// The truth about a host.
    pub fn truth(&self, host: &NaiveHost) -> NaiveTruth {
        let mut findings = BTreeSet::new();
        if host.components.is_empty() {
            return NaiveTruth { status: "not-applicable", findings };
        }
        let files = host.visible_files(&self.facts);
        self.lineages(host, &files, &mut findings);
        self.records(host, &files, &mut findings);
        self.pending(host, &files, &mut findings);
        self.imports(&files, &mut findings);
        let has = |kinds: [&str; 2]| findings.iter().any(|one| kinds.contains(&one.kind.as_str()));
        let status = if has(["unresolved-import", "missing-dll"]) {
            "broken"
        } else if has(["behind-os", "ahead-of-os"]) {
            "mismatch"
        } else if findings.is_empty() {
            "consistent"
        } else {
            "drift"
        };
        NaiveTruth { status, findings }
    }

    fn lineages(&self, host: &NaiveHost, files: &Files, findings: &mut BTreeSet<NaiveFinding>) {
        for (file, copy) in files {
            if self.facts.os_files.contains(file) && !self.has(Flaw::OsFilesCount) {
                continue;
            }
            let lineage = self.facts.lineage(copy.revision);
            if lineage != host.level {
                let kind = if lineage < host.level { "behind-os" } else { "ahead-of-os" };
                findings.insert(NaiveFinding {
                    file: (*file).to_owned(),
                    kind: kind.to_owned(),
                    update: None,
                    import: None,
                    expected: Some(self.facts.version(file, self.facts.baseline[&host.level])),
                    found: Some(self.facts.version(file, copy.revision)),
                });
            }
        }
    }

    fn records(&self, host: &NaiveHost, files: &Files, findings: &mut BTreeSet<NaiveFinding>) {
        for (id, record) in &host.records {
            let update = self.facts.update(id);
            let tables = &update.releases[&record.release].tables;
            let at_level =
                tables.get(&host.level).filter(|_| !self.has(Flaw::DriftByRecordedLevel));
            let Some(table) = at_level.or(tables.get(&record.level)) else { continue };
            let number = id.to_uppercase();
            let label = if update.releases.len() > 1 {
                format!("{number}/v{}", record.release)
            } else {
                number
            };
            for (file, carried) in table {
                let revision = carried.gdr;
                if let Some(copy) = files.get(file)
                    && copy.revision < revision
                    && !host.pending.contains_key(file)
                {
                    findings.insert(NaiveFinding {
                        file: (*file).to_owned(),
                        kind: "recorded-not-present".to_owned(),
                        update: Some(label.clone()),
                        import: None,
                        expected: Some(self.facts.version(file, revision)),
                        found: Some(self.facts.version(file, copy.revision)),
                    });
                }
            }
        }
    }

    fn pending(&self, host: &NaiveHost, files: &Files, findings: &mut BTreeSet<NaiveFinding>) {
        for (file, copy) in host.visible_pending(&self.facts) {
            findings.insert(NaiveFinding {
                file: file.to_owned(),
                kind: "pending-restart".to_owned(),
                update: None,
                import: None,
                expected: Some(self.facts.version(file, copy.revision)),
                found: Some(self.facts.version(file, files[file].revision)),
            });
        }
    }

    /// Walks everything that the worker process loads.
    fn imports(&self, files: &Files, findings: &mut BTreeSet<NaiveFinding>) {
        let loader = Loader { files, rules: self };
        let programs = self.facts.files.iter().filter(|(_, facts)| !facts.loads.is_empty());
        let mut waiting: Vec<Name> =
            programs.map(|(path, _)| *path).filter(|path| files.contains_key(path)).collect();
        let mut seen = BTreeSet::new();
        while let Some(file) = waiting.pop() {
            if !seen.insert(file) {
                continue;
            }
            let facts = self.facts.files[file];
            waiting.extend(facts.loads.iter().filter_map(|load| loader.named(&load.dll)));
            for import in facts.imports.iter().filter(|one| loader.at(file, &one.extent)) {
                waiting.extend(loader.named(&import.dll));
                for missing in loader.missing(&import.dll, &import.symbols) {
                    let kind =
                        if missing.contains('!') { "unresolved-import" } else { "missing-dll" };
                    findings.insert(NaiveFinding {
                        file: file.to_owned(),
                        kind: kind.to_owned(),
                        update: None,
                        import: Some(missing),
                        expected: None,
                        found: None,
                    });
                }
            }
        }
    }
}

/// The files that can be loaded.
struct Loader<'a> {
    files: &'a Files,
    rules: &'a Rules,
}

impl Loader<'_> {
    /// The present file with this name.
    fn named(&self, dll: &str) -> Option<Name> {
        let path = self.rules.facts.paths.get(dll)?;
        self.files.contains_key(path).then_some(*path)
    }

    /// Whether something is there in the present copy of a file.
    fn at(&self, file: Name, extent: &Extent) -> bool {
        let revision = self.files[file].revision;
        let came = extent.since.is_none_or(|since| revision >= since);
        let went = extent.before.is_some_and(|before| revision >= before);
        let under = extent.when.as_ref().is_none_or(|when| {
            let id = when.assumption.as_str();
            let value = self.rules.settings.get(id).or(self.rules.facts.defaults.get(id));
            value.is_some_and(|value| *value == when.value)
        });
        came && !went && under
    }

    /// What cannot be had of these symbols: `dll!symbol` each, or the DLL alone when it is absent.
    fn missing(&self, dll: &str, symbols: &[ImportedSymbol]) -> Vec<String> {
        if !self.rules.facts.paths.contains_key(dll) {
            // Not a file of the catalog: it belongs to Windows and is always there.
            return Vec::new();
        }
        if self.named(dll).is_none() {
            return vec![dll.to_owned()];
        }
        let unresolved = symbols.iter().filter(|symbol| !self.resolves(dll, symbol));
        unresolved.map(|symbol| format!("{dll}!{symbol}")).collect()
    }

    fn resolves(&self, dll: &str, symbol: &ImportedSymbol) -> bool {
        let Some(file) = self.named(dll) else { return false };
        let facts: &File = self.rules.facts.files[file];
        let matches = |export: &&Export| match symbol {
            ImportedSymbol::Name(name) => export.name.as_ref() == Some(name),
            ImportedSymbol::Ordinal(ordinal) => export.ordinal == Some(*ordinal),
        };
        let export = facts.exports.iter().filter(|one| self.at(file, &one.extent)).find(matches);
        export.is_some_and(|export| export.forward.as_deref().is_none_or(|to| self.forwards(to)))
    }

    /// Whether `DLL.Symbol` or `DLL.#ordinal` leads somewhere.
    fn forwards(&self, target: &str) -> bool {
        let (stem, symbol) = target.rsplit_once('.').expect("a forwarder has a dot");
        let symbol = match symbol.strip_prefix('#') {
            Some(ordinal) => ImportedSymbol::Ordinal(ordinal.parse().expect("an ordinal")),
            None => ImportedSymbol::Name(symbol.to_owned()),
        };
        self.missing(&format!("{}.dll", stem.to_lowercase()), &[symbol]).is_empty()
    }
}
