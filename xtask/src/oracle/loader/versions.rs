//! The version of every image, as the Windows API reads it: `GetFileVersionInfo` under Wine.
//!
//! The script that asks is run by Wine's own script host, so no compiler is needed. 64-bit Wine
//! reads the version resources of x86 images as well.

use super::wine::{Wine, link};
use crate::{checkout, failure::Failure, oracle::outcome::Outcome, oracle::sets::Sets};
use std::{collections::BTreeMap, fs};

const OF: &str = "GetFileVersionInfo of every image";

/// Asks for all of them in one run, and compares with the catalog.
pub(super) fn compare(wine: Result<&Wine, &String>, sets: &Sets) -> Result<Outcome, Failure> {
    let wine = match wine {
        Ok(wine) => wine,
        Err(why) => return Ok(Outcome::skipped("wine", OF, why.clone())),
    };
    let mut outcome = Outcome::new("wine", OF);
    let script = checkout::root().join("xtask").join("oracles").join("versions.js");
    let folder = wine.stage(&[script])?;
    // Not under its own name: for a file that is called like one of Wine's own, Wine looks at its
    // own, and says that there is no version.
    let mut list = String::new();
    for (number, image) in sets.images.iter().enumerate() {
        let name = image.path.file_name().unwrap_or_default().to_string_lossy();
        let staged = folder.join(format!("{number}-{name}"));
        link(&image.path, &staged)?;
        list += &format!("{}\r\n", wine.windows_path(&staged));
    }
    fs::write(folder.join("list.txt"), list)?;
    let run = wine.run(&folder, &["cscript.exe", "//nologo", "versions.js", "list.txt"])?;
    let answers = answers(&run.printed);
    for (number, image) in sets.images.iter().enumerate() {
        let facts = &image.facts;
        let name = format!("{} of {}", facts["path"], facts["machine"]);
        let found = answers.get(&number).copied();
        let expected = facts["file_version"].as_str();
        let agrees = expected.is_some() && found == expected;
        let difference =
            (!agrees).then(|| format!("the catalog has {expected:?}, the API reads {found:?}"));
        outcome.case(&name, difference.as_slice());
    }
    Ok(outcome)
}

/// Versions by the number of the file.
fn answers(printed: &str) -> BTreeMap<usize, &str> {
    let answer = |line| {
        let (number, version) = str::trim_end(line).split_once('=')?;
        Some((number.parse().ok()?, version))
    };
    printed.lines().filter_map(answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_a_number_and_a_version_are_answers() {
        let printed = "0=6.0.3790.0\r\nfixme: x=1\r\n12=\r\n3=5.2.3790.3959";
        let expected = BTreeMap::from([(0, "6.0.3790.0"), (12, ""), (3, "5.2.3790.3959")]);
        assert_eq!(answers(printed), expected);
    }
}
