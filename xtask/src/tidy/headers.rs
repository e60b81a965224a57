//! Every file says what it is for; every crate says what it owns and what it must never know.

use super::check::{Canary, Check, Place};
use crate::checkout::Checkout;

const PARTS: [&str; 3] = ["**Owns**", "**Must never know**", "**Start reading**"];

/// Headers that are missing or incomplete.
pub(crate) const CHECK: Check = Check {
    name: "headers",
    find,
    canary: Canary {
        files: &[
            ("sim/image/src/lib.rs", "//! Bytes.\n//!\n//! **Owns** writers.\n\nmod pe;"),
            ("sim/image/src/pe.rs", "// Bytes.\nfn write() {}"),
            (
                "sim/terms/src/lib.rs",
                "//! Words.\n//! **Owns** a. **Must never know** b. **Start reading** at c.\n",
            ),
            ("xtask/src/main.rs", "#!/usr/bin/env run\n//! Tasks.\n"),
        ],
        outputs: &[],
        places: &[
            ("sim/image/src/lib.rs", 1),
            ("sim/image/src/lib.rs", 1),
            ("sim/image/src/pe.rs", 1),
        ],
    },
};

fn find(checkout: &Checkout) -> Vec<Place> {
    let mut places = Vec::new();
    for (path, text) in checkout.rust() {
        let lines = text.lines().skip_while(|line| line.starts_with("#!") || line.is_empty());
        let header: Vec<&str> = lines.take_while(|line| line.starts_with("//!")).collect();
        if header.is_empty() {
            let says = "opens with no `//!` paragraph that says what the file is for";
            places.push(Place::new(path, 1, says));
        } else if path.starts_with("sim/") && path.ends_with("/src/lib.rs") {
            let header = header.join("\n");
            let missing = PARTS.iter().filter(|part| !header.contains(**part));
            places.extend(missing.map(|part| {
                Place::new(path, 1, format!("the header of the crate has no `{part}`"))
            }));
        }
    }
    places
}
