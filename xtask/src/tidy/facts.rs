//! Facts live in the catalog: no KB number and no file name in the code of the simulator.

use super::check::{Canary, Check, Place};
use crate::{checkout::Checkout, rust_source::RustSource, rust_source::words};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// The rooms that take every fact from the catalog. The detection core is not among them: what it
/// knows about updates is advisory data of its own.
const ROOMS: [&str; 5] =
    ["sim/servicing/", "sim/image/", "sim/explore/", "sim/oracle/", "sim/study/"];

/// Where the files of components are. Names of system files stand for the interface that every
/// program calls, and are no facts about servicing.
const COMPONENT_FOLDER: &str = "system32/inetsrv/";

/// Facts in code.
pub(crate) const CHECK: Check = Check {
    name: "facts",
    find,
    canary: Canary {
        files: &[
            ("corpus/catalog/files-web.toml", "[[file]]\npath = \"system32/inetsrv/w3core.dll\"\n"),
            (
                "sim/oracle/src/lib.rs",
                "//! Not `w3core.dll` and not KB973917.\nconst A: &str = \"W3Core.dll\";\n\
                 const B: &str = \"x/kb973917.log\";\n#[cfg(test)]\nmod tests {\n\
                 const C: &str = \"w3core.dll\";\n}",
            ),
            ("sim/detect/src/lib.rs", "const A: &str = \"w3core.dll\";"),
            ("sim/servicing/src/apply.rs", "const SKB9739170: &str = \"kb12\";\nfn kb973917() {}"),
        ],
        outputs: &[],
        places: &[
            ("sim/oracle/src/lib.rs", 2),
            ("sim/oracle/src/lib.rs", 3),
            ("sim/servicing/src/apply.rs", 2),
        ],
    },
};

fn find(checkout: &Checkout) -> Vec<Place> {
    let names = file_names(checkout);
    let mut places = Vec::new();
    for (path, text) in checkout.rust() {
        if !ROOMS.iter().any(|room| path.starts_with(room)) {
            continue;
        }
        let source = RustSource::scan(path, text);
        let code = source.code.lines().zip(source.literals.lines());
        for (at, (code, literals)) in code.enumerate() {
            let is_test = source.is_test.get(at).copied().unwrap_or(false);
            let Some(fact) = fact(code, &names).or_else(|| fact(literals, &names)) else {
                continue;
            };
            if !is_test {
                places.push(Place::new(path, at + 1, format!("`{fact}` belongs into the catalog")));
            }
        }
    }
    places
}

/// The first KB number or file name of a line.
fn fact(line: &str, names: &BTreeSet<String>) -> Option<String> {
    let line = line.to_lowercase();
    if let Some((_, number)) = words(&line).find(|(_, word)| is_kb_number(word)) {
        return Some(number.to_owned());
    }
    names.iter().find(|name| line.contains(name.as_str())).cloned()
}

fn is_kb_number(word: &str) -> bool {
    let digits = word.strip_prefix("kb").map(|rest| rest.split('_').next().unwrap_or_default());
    digits
        .is_some_and(|digits| digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The names of all files of components that the catalog lists.
fn file_names(checkout: &Checkout) -> BTreeSet<String> {
    let catalogs = checkout.ending_in(&[".toml"]);
    let catalogs = catalogs.filter(|(path, _)| path.starts_with("corpus/catalog/"));
    let tables = catalogs.filter_map(|(_, text)| text.parse::<Table>().ok());
    let mut names = BTreeSet::new();
    for table in tables {
        let files = table.get("file").and_then(Value::as_array).into_iter().flatten();
        for path in files.filter_map(|file| file.get("path")?.as_str()) {
            names.extend(path.strip_prefix(COMPONENT_FOLDER).map(str::to_lowercase));
        }
    }
    names
}
