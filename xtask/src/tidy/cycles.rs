//! Floors inside a crate: no two files need each other, whether directly or through others.

use super::check::{Canary, Check, Place};
use crate::{
    checkout::Checkout,
    module_graph::{Edges, ModuleGraph},
};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// The cycles that are known, each with its files in order. The list only shrinks: one that is no
/// longer there, or not with these files, is a finding as well.
const KNOWN: [&[&str]; 0] = [];

/// Where [`KNOWN`] stands.
const HERE: &str = "xtask/src/tidy/cycles.rs";

/// Cycles of modules, in every crate of the workspace.
pub(crate) const CHECK: Check = Check {
    name: "module-cycles",
    find: |checkout| {
        let mut places = places(checkout, &KNOWN);
        // An imagined checkout has none of the known ones.
        places.retain(|place| place.path != HERE || checkout.paths.contains(HERE));
        places
    },
    canary: Canary {
        files: &[
            ("Cargo.toml", "[workspace]\nmembers = [\"sim/rules\", \"sim/other\"]\n"),
            ("sim/rules/Cargo.toml", "[package]\nname = \"rules\"\n"),
            (
                "sim/rules/src/lib.rs",
                "mod high;\nmod low;\nmod next;\npub use high::Rule;\npub use low::Value;\n",
            ),
            ("sim/rules/src/high.rs", "use crate::Value;\npub struct Rule(Value);\n"),
            (
                "sim/rules/src/low.rs",
                "use super::next;\npub struct Value;\nfn a() -> u8 {\n    next::a()\n}\n",
            ),
            ("sim/rules/src/next.rs", "// Down, and up again.\nuse crate::{Value, Rule};\n"),
            ("sim/other/Cargo.toml", "[package]\nname = \"other\"\n"),
            ("sim/other/src/lib.rs", "mod gone;\nmod broken;\n"),
            ("sim/other/src/broken.rs", "fn a() {\n    )\n}\n"),
        ],
        outputs: &[],
        places: &[
            ("sim/rules/src/high.rs", 1),
            ("sim/other/src/lib.rs", 1),
            ("sim/other/src/broken.rs", 2),
        ],
    },
};

/// The cycles of every crate but those that are known, and those that are known in vain.
fn places(checkout: &Checkout, known: &[&[&str]]) -> Vec<Place> {
    let (mut places, mut met) = (Vec::new(), BTreeSet::new());
    for root in roots(checkout) {
        let graph = ModuleGraph::read(&checkout.texts, &root);
        let faults = graph.faults.iter().map(|(path, line, says)| Place::new(path, *line, says));
        places.extend(faults);
        let edges = graph.edges();
        for cycle in cycles(&edges) {
            if !known.contains(&cycle.as_slice()) {
                places.push(place(&edges, &cycle));
            }
            met.insert(cycle.iter().map(|file| (*file).to_owned()).collect::<Vec<_>>());
        }
    }
    let in_vain = known.iter().filter(|known| !met.iter().any(|cycle| cycle == *known));
    places.extend(in_vain.map(|cycle| {
        Place::new(HERE, 0, format!("no longer a cycle of modules: {}", cycle.join(", ")))
    }));
    places
}

/// The root file of every library and program of the workspace.
fn roots(checkout: &Checkout) -> Vec<String> {
    let manifest = |folder: &str| -> Option<Table> {
        checkout.texts.get(&format!("{folder}Cargo.toml"))?.parse().ok()
    };
    let workspace = manifest("");
    let members = workspace.as_ref().and_then(|root| root.get("workspace")?.get("members"));
    let members = members.and_then(Value::as_array).into_iter().flatten();
    let folders = members.filter_map(Value::as_str).map(|member| format!("{member}/"));
    let mut roots = Vec::new();
    for folder in folders.chain([String::new()]) {
        let manifest = manifest(&folder).unwrap_or_default();
        let programs = manifest.get("bin").and_then(Value::as_array).into_iter().flatten();
        let targets = programs.chain(manifest.get("lib"));
        let stated = targets.filter_map(|target| target.get("path")?.as_str());
        let usual = ["src/lib.rs", "src/main.rs"];
        let files: BTreeSet<String> =
            stated.chain(usual).map(|file| format!("{folder}{file}")).collect();
        roots.extend(files.into_iter().filter(|file| checkout.texts.contains_key(file)));
    }
    roots
}

/// Files that each lead to all others of the same set, sets of more than one, in order.
fn cycles(edges: &Edges) -> Vec<Vec<&str>> {
    let reached = |from: &str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(file) = open.pop() {
            let next = edges.get(&file).into_iter().flat_map(|targets| targets.keys());
            open.extend(next.filter(|next| seen.insert((*next).clone())).cloned());
        }
        seen
    };
    let reached: Vec<(&str, BTreeSet<String>)> =
        edges.keys().map(|file| (file.as_str(), reached(file))).collect();
    let mut cycles = BTreeSet::new();
    for (file, seen) in reached.iter().filter(|(file, seen)| seen.contains(*file)) {
        let back =
            reached.iter().filter(|(other, back)| seen.contains(*other) && back.contains(*file));
        cycles.insert(back.map(|(other, _)| *other).collect::<Vec<_>>());
    }
    cycles.into_iter().collect()
}

/// A cycle as a finding: each of its files, with the first name that it takes from another.
fn place(edges: &Edges, cycle: &[&str]) -> Place {
    let mut says = format!("{} files need each other:", cycle.len());
    let mut at = ("", 0);
    for file in cycle {
        let targets = edges.get(*file).into_iter().flatten();
        let inside = targets.filter(|(target, _)| cycle.contains(&target.as_str()));
        if let Some((target, edge)) = inside.min_by_key(|(_, edge)| edge.line) {
            says.push_str(&format!("\n  {file}:{}: `{}` of {target}", edge.line, edge.path));
            if at.1 == 0 {
                at = (file, edge.line);
            }
        }
    }
    Place::new(at.0, at.1, says)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: (&str, &str) = ("Cargo.toml", "[package]\nname = \"a\"\n");

    /// The cycles of a crate of these files, each without `src/` and `.rs`.
    fn cycles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let checkout = crate_of(files);
        let graph = ModuleGraph::read(&checkout.texts, "src/lib.rs");
        assert_eq!(graph.faults, []);
        let short = |file: &&str| {
            let file = file.strip_prefix("src/").and_then(|file| file.strip_suffix(".rs"));
            file.expect("a file of the crate").to_owned()
        };
        cycles(&graph.edges()).iter().map(|cycle| cycle.iter().map(short).collect()).collect()
    }

    fn crate_of(files: &[(&str, &str)]) -> Checkout {
        let paths: Vec<String> = files.iter().map(|(name, _)| format!("src/{name}.rs")).collect();
        let texts = paths.iter().zip(files).map(|(path, (_, text))| (path.as_str(), *text));
        let texts: Vec<(&str, &str)> = texts.chain([MANIFEST]).collect();
        Checkout::imagined(&texts, &[])
    }

    #[test]
    fn two_siblings_that_name_each_other_through_super_are_a_cycle() {
        let found = cycles_of(&[
            ("lib", "mod a; mod b;"),
            ("a", "use super::b::B; pub struct A(B);"),
            ("b", "pub struct B; fn b(_: &super::a::A) {}"),
        ]);
        assert_eq!(found, [["a", "b"]]);
    }

    #[test]
    fn three_files_that_name_each_other_through_the_crate_are_one_cycle() {
        let found = cycles_of(&[
            ("lib", "mod a; mod b; mod d;"),
            ("a/mod", "pub mod c; pub fn a() { crate::b::b() }"),
            ("b", "pub fn b() { crate::a::c::c() }"),
            ("a/c", "pub fn c() { crate::a::a() }"),
            ("d", "pub fn d() { crate::a::a() }"),
        ]);
        assert_eq!(found, [["a/c", "a/mod", "b"]]);
    }

    #[test]
    fn a_name_that_is_passed_on_belongs_to_the_file_that_defines_it() {
        let files = |of_low: &'static str| {
            cycles_of(&[
                ("lib", "mod room; pub use room::{High, Low as Lowest};"),
                ("room/mod", "mod high; mod low; pub use high::High; pub use low::*;"),
                ("room/high", "use crate::Lowest; pub struct High(Lowest);"),
                ("room/low", of_low),
            ])
        };
        assert_eq!(files("pub struct Low;"), Vec::<Vec<String>>::new());
        let up = "pub struct Low; fn up(_: Option<super::High>) {}";
        assert_eq!(files(up), [["room/high", "room/low"]]);
    }

    #[test]
    fn a_child_that_names_what_its_parent_defines_and_uses_with_it_is_a_cycle() {
        let of_root = |root: &'static str| {
            cycles_of(&[("lib", root), ("a", "use super::Limit; pub fn a(_: Limit) {}")])
        };
        assert_eq!(of_root("mod a; pub struct Limit; fn b() { a::a(Limit) }"), [["a", "lib"]]);
        assert_eq!(of_root("mod a; pub use a::a; pub struct Limit;"), Vec::<Vec<String>>::new());
    }

    #[test]
    fn what_is_only_there_in_tests_is_no_edge() {
        let found = cycles_of(&[
            ("lib", "mod a; mod b; #[cfg(all(test, unix))] mod gone; #[cfg(test)] use a::A;"),
            ("a", "pub struct A; #[cfg(test)] mod tests { use crate::b::b; }"),
            ("b", "pub fn b(_: crate::a::A) {} pub struct B; impl B { #[cfg(test)] fn c() {} }"),
        ]);
        assert_eq!(found, Vec::<Vec<String>>::new());
        let found = cycles_of(&[
            ("lib", "mod a; mod b;"),
            ("a", "pub struct A; #[cfg(not(test))] mod inside { use crate::b::b; }"),
            ("b", "pub fn b(_: crate::a::A) {}"),
        ]);
        assert_eq!(found, [["a", "b"]]);
    }

    #[test]
    fn imported_modules_globs_macros_and_stated_paths_are_followed() {
        let of_b = |b: &'static str| {
            cycles_of(&[
                ("lib", "#[path = \"elsewhere/a.rs\"] mod a; mod b;"),
                ("elsewhere/a", "pub const A: u8 = crate::b::B; pub enum E { F }"),
                ("b", b),
            ])
        };
        let cycle = [["b", "elsewhere/a"]];
        assert_eq!(of_b("use crate::a; pub const B: u8 = 1; fn b() -> u8 { a::A }"), cycle);
        assert_eq!(of_b("use super::a::*; pub const B: u8 = 1;"), cycle);
        assert_eq!(of_b("use super::a::E::{self as G}; pub const B: u8 = 1;"), cycle);
        assert_eq!(of_b("pub const B: u8 = 1; fn b() { said!(x = [crate::a::A]) }"), cycle);
        // A name of its own that only looks like one of the other file.
        let own = "use std::fmt; pub const B: u8 = 1; const A: u8 = B; fn b(_: fmt::Result) {}";
        assert_eq!(of_b(own), Vec::<Vec<String>>::new());
    }

    #[test]
    fn a_function_of_another_crate_may_have_the_name_of_the_crate() {
        let of_b = |b: &'static str| {
            cycles_of(&[("lib", "mod a; mod b;"), ("a", "pub fn a() { super::b::b() }"), ("b", b)])
        };
        let foreign = "use c::c; use c::*; pub fn b() { c(); c::d() }";
        assert_eq!(of_b(foreign), Vec::<Vec<String>>::new());
        let own = "use c::c; mod c { pub use crate::a::a as c; } pub fn b() { c() }";
        assert_eq!(of_b(own), [["a", "b"]]);
    }

    #[test]
    fn a_name_that_a_function_binds_is_not_that_of_another_file() {
        let of_root = |body: &'static str| {
            cycles_of(&[("lib", body), ("a", "pub fn said() {} pub fn a(_: crate::Limit) {}")])
        };
        let bound = "mod a; pub use a::said; pub struct Limit; fn b(said: u8) -> u8 { said }";
        assert_eq!(of_root(bound), Vec::<Vec<String>>::new());
        let taken = "mod a; pub use a::said; pub struct Limit; fn b() -> fn() { said }";
        assert_eq!(of_root(taken), [["a", "lib"]]);
    }

    #[test]
    fn a_known_cycle_is_no_finding_until_it_is_gone() {
        let files = [("lib", "mod a; mod b;"), ("a", "use super::b::b;"), ("b", "fn b() {}")];
        let cycle: &[&str] = &["src/a.rs", "src/b.rs"];
        let gone = places(&crate_of(&files), &[cycle]);
        let says = "no longer a cycle of modules: src/a.rs, src/b.rs";
        assert_eq!(gone, [Place::new(HERE, 0, says)]);
        let there = [files[0], ("a", "use super::b::b; fn a() {}"), ("b", "use super::a::a;")];
        assert_eq!(places(&crate_of(&there), &[cycle]), []);
        let says = "2 files need each other:\n  src/a.rs:1: `super::b::b` of src/b.rs\n  \
                    src/b.rs:1: `super::a::a` of src/a.rs";
        assert_eq!(places(&crate_of(&there), &[]), [Place::new("src/a.rs", 1, says)]);
    }
}
