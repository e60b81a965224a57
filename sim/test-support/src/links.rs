//! Trees of hard links: as many hosts as a test needs, on the disk once.

use std::{fs, path::Path};

/// Makes a tree again in another folder, which it makes, of hard links to the files of the first.
pub fn link_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let there = to.join(entry.file_name());
        if entry.path().is_dir() {
            link_tree(&entry.path(), &there);
        } else {
            fs::hard_link(entry.path(), there).expect("a link");
        }
    }
}
