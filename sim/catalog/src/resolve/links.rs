//! Links between files: what is imported, forwarded or loaded exists in some copy.
//!
//! Which copies fit together is the business of the simulation; here only links that *no* copy
//! can satisfy are mistakes.

use super::{Resolver, names::comparable_path};
use crate::{
    codes::{self, Code},
    mistakes::Place,
    raw::{RawExport, RawFile, Text},
};
use patchstate_source::quoted;
use patchstate_terms::folded;
use std::collections::{BTreeMap, BTreeSet};

/// Symbols that any copy of a DLL exports: what each is forwarded to, and under which value of an
/// assumption it is there.
#[derive(Default)]
struct Exports<'a> {
    names: BTreeMap<&'a str, (Target<'a>, When<'a>)>,
    ordinals: BTreeMap<u16, (Target<'a>, When<'a>)>,
}

/// The value of an assumption that a row holds under, as it is written; `None` for all.
type When<'a> = Option<&'a str>;

/// Where an exported symbol is.
#[derive(Clone, Copy)]
enum Target<'a> {
    /// In the DLL itself.
    Here,
    /// Where this forwarder leads.
    Forwarded(&'a str),
}

/// A symbol as an import or a forwarder names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Symbol<'a> {
    Name(&'a str),
    Ordinal(u16),
}

/// The DLLs that links can lead to.
struct Dlls<'a> {
    /// By file name, lower case.
    known: BTreeMap<String, Exports<'a>>,
    /// DLLs of which nothing is known but that they exist.
    opaque: BTreeSet<String>,
}

impl<'a> Exports<'a> {
    fn add(&mut self, export: &'a RawExport, when: When<'a>) {
        let target = match &export.forward {
            Some(forward) => Target::Forwarded(forward.get_ref()),
            None => Target::Here,
        };
        let found = (target, when);
        if let Some(name) = &export.name {
            self.names.insert(name.get_ref(), found);
        }
        if let Some(ordinal) = &export.ordinal {
            self.ordinals.insert(*ordinal.get_ref(), found);
        }
    }

    /// What a symbol is wherever a row is in force that holds under a value.
    fn get(&self, symbol: Symbol<'_>, under: When<'_>) -> Option<Target<'a>> {
        let found = match symbol {
            Symbol::Name(name) => self.names.get(name),
            Symbol::Ordinal(ordinal) => self.ordinals.get(&ordinal),
        };
        let found = found.filter(|(_, when)| when.is_none() || *when == under);
        found.map(|(target, _)| *target)
    }
}

fn when(text: Option<&Text>) -> When<'_> {
    text.map(|text| text.get_ref().as_str())
}

impl Resolver<'_, '_, '_> {
    /// Reports links that lead nowhere.
    pub(super) fn links(&mut self) {
        let raw = self.raw;
        let mut dlls = Dlls { known: BTreeMap::new(), opaque: BTreeSet::new() };
        for file in &raw.files {
            let exports = dlls.known.entry(file_name(file.value.path.get_ref())).or_default();
            for export in &file.value.exports {
                let export = export.get_ref();
                // What is no value of an assumption was reported, and is taken for all values.
                let known = export.when.as_ref().filter(|when| self.is_setting(when));
                exports.add(export, when(known));
            }
        }
        for head in &raw.heads {
            let external = head.value.external_dlls.iter();
            dlls.opaque.extend(external.map(|dll| folded(dll.get_ref())));
        }
        for file in &raw.files {
            self.imports_lead_somewhere(file.origin, &file.value, &dlls);
            self.forwards_lead_somewhere(file.origin, &file.value, &dlls);
            self.loads_lead_somewhere(file.origin, &file.value, &dlls);
        }
    }

    fn imports_lead_somewhere(&mut self, origin: usize, file: &RawFile, dlls: &Dlls<'_>) {
        for import in &file.imports {
            let import = import.get_ref();
            if import.when.as_ref().is_some_and(|when| !self.is_setting(when)) {
                continue;
            }
            let under = when(import.when.as_ref());
            let Some(exports) = self.dll_exports(origin, &import.dll, dlls) else { continue };
            for name in &import.names {
                if exports.get(Symbol::Name(name.get_ref()), under).is_none() {
                    let place = Self::place(origin, name);
                    self.no_symbol(codes::DANGLING_IMPORT, place, &import.dll, name, exports);
                }
            }
            // The ordinal 0 was called a bad import already.
            for ordinal in import.ordinals.iter().filter(|ordinal| *ordinal.get_ref() != 0) {
                if exports.get(Symbol::Ordinal(*ordinal.get_ref()), under).is_none() {
                    let place = Self::at(origin, ordinal.span());
                    let message = format!(
                        "no copy of `{}` exports the ordinal {}",
                        quoted(import.dll.get_ref()),
                        ordinal.get_ref()
                    );
                    self.mistakes.report(codes::DANGLING_IMPORT, place, message);
                }
            }
        }
    }

    fn loads_lead_somewhere(&mut self, origin: usize, file: &RawFile, dlls: &Dlls<'_>) {
        for load in &file.loads {
            let load = load.get_ref();
            let Some(exports) = self.dll_exports(origin, &load.dll, dlls) else { continue };
            if let Some(entry) = &load.entry
                && exports.get(Symbol::Name(entry.get_ref()), None).is_none()
            {
                let place = Self::place(origin, entry);
                self.no_symbol(codes::DANGLING_LOAD, place, &load.dll, entry, exports);
            }
        }
    }

    fn no_symbol(
        &mut self,
        code: Code,
        place: Place,
        dll: &Text,
        name: &Text,
        exports: &Exports<'_>,
    ) {
        let (dll, name) = (dll.get_ref(), name.get_ref());
        let mut message = format!("no copy of `{}` exports `{}`", quoted(dll), quoted(name));
        let mut help = self.mistakes.nearest(name, exports.names.keys().copied());
        if let Some((_, Some(when))) = exports.names.get(name.as_str()) {
            message.push_str(" where this holds");
            help = Some(format!("it exports it with `when = \"{}\"`", quoted(when)));
        }
        self.mistakes.report_with(code, place, message, help);
    }

    /// The exports of a DLL; `None` where nothing can be said of them, after reporting a DLL that
    /// is not there at all.
    fn dll_exports<'d, 'a>(
        &mut self,
        origin: usize,
        dll: &Text,
        dlls: &'d Dlls<'a>,
    ) -> Option<&'d Exports<'a>> {
        let name = folded(dll.get_ref());
        if dlls.opaque.contains(&name) {
            return None;
        }
        let found = dlls.known.get(&name);
        if found.is_none() {
            let known = dlls.known.keys().chain(&dlls.opaque).map(String::as_str);
            let place = Self::place(origin, dll);
            self.mistakes.report_unknown(codes::UNKNOWN_DLL, place, "DLL", dll.get_ref(), known);
        }
        found
    }

    fn forwards_lead_somewhere(&mut self, origin: usize, file: &RawFile, dlls: &Dlls<'_>) {
        for export in &file.exports {
            let export = export.get_ref();
            let Some(forward) = &export.forward else { continue };
            if let Err(reason) = follow(forward.get_ref(), when(export.when.as_ref()), dlls) {
                let message = format!("`{}` {reason}", quoted(forward.get_ref()));
                let help = "write `DLL.Symbol` or `DLL.#ordinal`, the DLL without `.dll`";
                let place = Self::place(origin, forward);
                let help = Some(help.to_owned());
                self.mistakes.report_with(codes::DANGLING_FORWARD, place, message, help);
            }
        }
    }
}

/// Longest chain of forwarders; real chains have two or three links.
const FORWARDERS_MAX: usize = 16;

/// Follows a chain of forwarders to its end.
fn follow(forward: &str, under: When<'_>, dlls: &Dlls<'_>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut target = forward;
    loop {
        let (dll, symbol) = parse_forward(target).ok_or("is not a forwarder")?;
        if dlls.opaque.contains(&dll) {
            return Ok(());
        }
        let exports = dlls.known.get(&dll);
        let exports = exports.ok_or_else(|| format!("leads to `{dll}`, which is not there"))?;
        if !seen.insert((dll.clone(), symbol)) {
            return Err("leads in a circle".to_owned());
        }
        if seen.len() > FORWARDERS_MAX {
            return Err(format!("leads through more than {FORWARDERS_MAX} forwarders"));
        }
        match exports.get(symbol, under) {
            None => return Err(format!("leads to a symbol that no copy of `{dll}` exports")),
            Some(Target::Here) => return Ok(()),
            Some(Target::Forwarded(next)) => target = next,
        }
    }
}

/// The DLL's file name and the symbol of a forwarder. There is one dot: with several, loaders do
/// not agree where the name of the DLL ends.
fn parse_forward(forward: &str) -> Option<(String, Symbol<'_>)> {
    let (dll, symbol) = forward.split_once('.').filter(|(_, symbol)| !symbol.contains('.'))?;
    if dll.is_empty() || symbol.is_empty() {
        return None;
    }
    let symbol = match symbol.strip_prefix('#') {
        Some(ordinal) => Symbol::Ordinal(ordinal.parse().ok()?),
        None => Symbol::Name(symbol),
    };
    Some((format!("{}.dll", folded(dll)), symbol))
}

fn file_name(path: &str) -> String {
    let path = comparable_path(path);
    path.rsplit('/').next().unwrap_or(&path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarder_has_one_dot() {
        for wrong in ["iis.util.PuDbgPrint", "iis.util.#40", "PuDbgPrint", ".A", "a.", "a.#x"] {
            assert!(parse_forward(wrong).is_none(), "{wrong}");
        }
        for right in ["IISUTIL.PuDbgPrint", "iisutil.#40"] {
            assert_eq!(parse_forward(right).map(|(dll, _)| dll).as_deref(), Some("iisutil.dll"));
        }
    }

    /// `a.dll` forwards the ordinal 1 to 2 and so on up to the last one, which stands for code.
    #[test]
    fn a_chain_of_forwarders_has_an_end() {
        let targets: Vec<String> = (1..=40).map(|ordinal| format!("a.#{}", ordinal + 1)).collect();
        let mut exports = Exports::default();
        for (ordinal, target) in (1..).zip(&targets) {
            exports.ordinals.insert(ordinal, (Target::Forwarded(target), None));
        }
        exports.ordinals.insert(41, (Target::Here, None));
        let known = BTreeMap::from([("a.dll".to_owned(), exports)]);
        let dlls = Dlls { known, opaque: BTreeSet::new() };
        let first = |links: usize| format!("a.#{}", 42 - links);
        assert_eq!(follow(&first(FORWARDERS_MAX), None, &dlls), Ok(()));
        assert!(
            follow(&first(FORWARDERS_MAX + 1), None, &dlls).is_err_and(|why| why.contains("16"))
        );
    }
}
