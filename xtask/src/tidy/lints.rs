//! Exceptions from lints and tests say why they are there.

use super::check::{Canary, Check, Place};
use crate::{
    checkout::Checkout,
    rust_source::{RustSource, line_of},
};

/// Lint exceptions: expected, with a reason, or not at all.
pub(crate) const EXCEPTIONS: Check = Check {
    name: "lint-exceptions",
    find: |checkout| {
        let mut places = Vec::new();
        for (path, line, attribute) in attributes(checkout) {
            if attribute.starts_with("allow(") {
                let says = "use `#[expect(.., reason = \"..\")]`, which notices when it is over";
                places.push(Place::new(&path, line, says));
            } else if attribute.starts_with("expect(") && !attribute.contains("reason=") {
                places.push(Place::new(&path, line, "an exception without a reason"));
            }
        }
        places
    },
    canary: Canary {
        files: &[(
            "a.rs",
            "#![allow(dead_code)]\n// #[allow(dead_code)]\n#[expect(dead_code)]\nfn a() {}\n\
             #[expect(\n    dead_code,\n    reason = \"b\"\n)]\nfn b() {}\n\
             #[cfg_attr(test, allow(dead_code))]\nfn c() {}\n",
        )],
        outputs: &[],
        places: &[("a.rs", 1), ("a.rs", 3), ("a.rs", 10)],
    },
};

/// Tests run, and say what they expect.
pub(crate) const TESTS: Check = Check {
    name: "switched-off-tests",
    find: |checkout| {
        let mut places = Vec::new();
        for (path, line, attribute) in attributes(checkout) {
            let name = attribute.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let name = name.into_iter().next().unwrap_or_default();
            if matches!(name, "ignore" | "should_panic") {
                places.push(Place::new(&path, line, format!("`{name}`: say what is expected")));
            }
        }
        places
    },
    canary: Canary {
        files: &[(
            "a.rs",
            "#[test]\n#[ignore = \"slow\"]\nfn a() {}\n#[should_panic]\nfn b() {\n\
             c(\"#[ignore]\") }\n",
        )],
        outputs: &[],
        places: &[("a.rs", 2), ("a.rs", 4)],
    },
};

/// Every attribute as path, line and text without blanks; `cfg_attr` is looked into.
fn attributes(checkout: &Checkout) -> Vec<(String, usize, String)> {
    let mut attributes = Vec::new();
    for (path, text) in checkout.rust() {
        let code = RustSource::scan(path, text).code;
        for (at, _) in code.match_indices("#[").chain(code.match_indices("#![")) {
            let Some(rest) = code.get(at..) else { continue };
            let inside = rest.split_once('[').map_or("", |(_, inside)| inside);
            let mut depth = 1_i32;
            let length = inside.bytes().take_while(|byte| {
                depth += i32::from(*byte == b'[') - i32::from(*byte == b']');
                depth > 0
            });
            let attribute = inside.get(..length.count()).unwrap_or_default();
            let text: String = attribute.split_whitespace().collect();
            let text = match text.strip_prefix("cfg_attr(").and_then(|text| text.split_once(',')) {
                Some((_, then)) => then.to_owned(),
                None => text,
            };
            attributes.push((path.to_owned(), line_of(&code, at), text));
        }
    }
    attributes.sort();
    attributes
}
