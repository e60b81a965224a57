//! Trees that somebody else changes while they are read, and trees that nobody may change.

use super::trees::{CONSISTENT, Disk, finished};
use patchstate_detect::{Advisories, DirectoryTree, gather, judge};
use patchstate_terms::FileVersion;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, SystemTime},
};

const DLL: &str = "system32/inetsrv/w3core.dll";

/// Everything that can be seen of a file without opening it.
type Seen = BTreeMap<PathBuf, (u64, SystemTime, bool)>;

fn seen(folder: &Path) -> Seen {
    let mut all = Seen::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let metadata = fs::symlink_metadata(&path).expect("it is there");
        let time = metadata.modified().expect("a time");
        if metadata.is_dir() {
            all.extend(seen(&path));
        }
        all.insert(path, (metadata.len(), time, metadata.permissions().readonly()));
    }
    all
}

#[test]
fn a_scan_changes_nothing() {
    let disk = Disk::new(&CONSISTENT);
    let before = seen(disk.folder.path());
    assert_eq!(disk.scan().status, "consistent");
    let mut verbose = Command::new(env!("CARGO_BIN_EXE_patchstate"));
    let (code, _, stderr) = finished(verbose.args(["scan", "-v"]).arg(disk.folder.path()));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(seen(disk.folder.path()), before);
}

/// Puts one thing after the other in the place of a file, until told to stop.
#[cfg(unix)]
fn change(place: &Path, whole: &[u8], outside: &Path, stop: &AtomicBool) {
    use std::os::unix::fs::symlink;
    // Whatever fails is tried again in the next round.
    let clear = || {
        let _ = fs::remove_file(place);
        let _ = fs::remove_dir(place);
    };
    while !stop.load(Ordering::Relaxed) {
        let _ = fs::write(place, whole);
        if let Ok(file) = fs::OpenOptions::new().write(true).open(place) {
            let _ = file.set_len(whole.len() as u64 / 2);
            let _ = file.set_len(0);
        }
        clear();
        let _ = fs::create_dir(place);
        clear();
        let _ = symlink(outside, place);
        clear();
        let _ = Command::new("mkfifo").arg(place).status();
        clear();
        let _ = fs::write(place, whole);
        thread::yield_now();
    }
}

/// A file that changes is read as it was at some moment, or not at all; never through a link that
/// leads out, and never for ever.
#[cfg(unix)]
#[test]
fn files_that_change_while_they_are_read_are_survived() {
    let disk = Disk::new(&CONSISTENT);
    let place = disk.file(DLL);
    let whole = fs::read(&place).expect("a file of the tree");
    // Outside lies a file with another version, so that reading it would be seen.
    let outside = tempfile::TempDir::new().expect("a folder");
    let secret = outside.path().join("secret.dll");
    fs::copy(disk.file("system32/kernel32.dll"), &secret).expect("a file");
    let secret_version = patchstate_detect::inspect_file(&secret).image.file_version;
    let own_version: Option<FileVersion> = patchstate_detect::inspect(&whole).image.file_version;
    assert!(secret_version.is_some() && secret_version != own_version);

    let stop = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel();
    let folder = disk.folder.path().to_owned();
    thread::scope(|scope| {
        scope.spawn(|| change(&place, &whole, &secret, &stop));
        // Not of the scope: if it waits for ever, the test fails all the same.
        thread::spawn(move || {
            for _ in 0..150 {
                let tree = DirectoryTree::open(&folder).expect("a tree");
                let evidence = gather(&tree, &Advisories::built_in());
                let dll = DLL.parse().expect("a path");
                let version = evidence.image(&dll).and_then(|image| image.file_version);
                let _ = sender.send((version, judge(&evidence).status));
            }
        });
        let mut rounds = 0;
        while let Ok((version, status)) = receiver.recv_timeout(Duration::from_secs(60)) {
            rounds += 1;
            let allowed = version.is_none() || version == own_version;
            if !allowed {
                stop.store(true, Ordering::Relaxed);
            }
            assert!(allowed, "{version:?} is of a file outside; {status}");
        }
        stop.store(true, Ordering::Relaxed);
        assert_eq!(rounds, 150, "a scan waits for ever");
    });
}
