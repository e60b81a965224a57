//! Programs that change the folder that they are to judge.

use super::tests::{Place, reason};
use crate::{Folder, Rule, Subject};
use patchstate_detect::{Advisories, MemoryTree, gather};
use patchstate_terms::WindowsPath;
use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

/// A folder of which it is found that something was changed in it.
struct Changed(PathBuf);

impl Folder for Changed {
    fn lend(
        &self,
        _only: Option<&BTreeSet<WindowsPath>>,
        look: &mut dyn FnMut(&Path),
    ) -> io::Result<Option<String>> {
        look(&self.0);
        Ok(Some("WINDOWS/a.dll was removed\u{7}".to_owned()))
    }
}

#[test]
fn what_a_program_says_of_a_folder_that_it_changed_does_not_count() {
    let place = Place::new("exit 1");
    let rule = place.rule("command = [\"sh\", \"check.sh\"]");
    let tree = MemoryTree::new();
    let folder = Changed(place.host());
    let subject = Subject {
        evidence: &gather(&tree, &Advisories::built_in()),
        tree: &tree,
        folder: Some(&folder),
    };
    let expected = "`sh` changed the files that it was to judge: WINDOWS/a.dll was removed\\u{7}";
    assert_eq!(reason(rule.judge(&subject)), expected);
}
