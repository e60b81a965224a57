//! Literals that say something else than they seem to, or that belong into a table.

use super::check::{Canary, Check, Place};
use crate::{checkout::Checkout, rust_source::RustSource};

/// A raw literal that goes on behind a backslash says the backslash, the line break and the
/// indentation to whoever reads it.
pub(crate) const RAW: Check = Check {
    name: "raw-continuation",
    find: raw,
    canary: Canary {
        files: &[(
            "sim/a.rs",
            concat!(
                "fn a() {\n",
                "    b(r\"one \\\n        two\");\n",
                "    b(r#\"one \\\n        two\"#);\n",
                "    b(\"one \\\n        two\");\n",
                "    b(r\"C:\\\");\n",
                "    b(r\"one\n        two\");\n",
                "}\n",
            ),
        )],
        outputs: &[],
        places: &[("sim/a.rs", 2), ("sim/a.rs", 4)],
    },
};

fn raw(checkout: &Checkout) -> Vec<Place> {
    let mut places = Vec::new();
    for (path, text) in checkout.rust() {
        let source = RustSource::scan(path, text);
        let lines = source.code.lines().zip(source.literals.lines());
        for (number, (code, literal)) in (1..).zip(lines) {
            if opens_raw(code) && literal.trim_end().ends_with('\\') {
                let says = "a raw literal has no continuation: the backslash is a part of it";
                places.push(Place::new(path, number, says));
            }
        }
    }
    places
}

/// Whether the last thing in a line of code is the beginning of a raw literal.
fn opens_raw(code: &str) -> bool {
    let Some(before) = code.trim_end().strip_suffix('"') else { return false };
    let Some(before) = before.trim_end_matches('#').strip_suffix('r') else { return false };
    !before.ends_with(|letter: char| letter.is_ascii_alphanumeric() && letter != 'b')
}

/// The code of a mistake that stands in no table has no explanation.
pub(crate) const CODES: Check = Check {
    name: "codes",
    find: codes,
    canary: Canary {
        files: &[
            ("sim/a.rs", "let a = Diagnostic {\n    code: \"a/b\",\n    code,\n};"),
            ("sim/b.rs", "#[cfg(test)]\nmod tests {\n    const A: A = A { code: \"a/b\" };\n}"),
            ("tests/c.rs", "let a = Diagnostic { code: \"a/b\" };"),
        ],
        outputs: &[],
        places: &[("sim/a.rs", 2)],
    },
};

fn codes(checkout: &Checkout) -> Vec<Place> {
    let mut places = Vec::new();
    for (path, text) in checkout.rust().filter(|(path, _)| path.starts_with("sim/")) {
        let source = RustSource::scan(path, text);
        for (number, (code, is_test)) in (1..).zip(source.code.lines().zip(&source.is_test)) {
            if !is_test && code.contains("code: \"") {
                let says = "the code of a mistake comes from a table, which explains it";
                places.push(Place::new(path, number, says));
            }
        }
    }
    places
}
