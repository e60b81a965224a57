//! Trees on disk that no Windows leaves behind, given to the program.

use super::trees::{BROKEN, CONSISTENT, Disk, finished, scan};
use patchstate_image::{ExportDescription, ExportTarget, ImageDescription, ImageKind, write_image};
use patchstate_terms::{FileVersion, Machine};
use std::{fs, path::Path, process::Command};

/// A DLL that the worker process loads.
const DLL: &str = "system32/inetsrv/w3core.dll";
/// The registry.
const HIVE: &str = "system32/config/software";

const UNREAD: [&str; 2] = ["unreadable", "truncated"];

/// The scan cannot decide, and says which file it could not read.
fn check_inconclusive(disk: &Disk, file: &str) {
    let scan = disk.scan();
    assert_eq!((scan.status.as_str(), scan.code), ("inconclusive", 3), "{}", scan.stdout);
    assert!(scan.has(&UNREAD, file), "{}", scan.stdout);
}

/// An unhealthy host is not called healthy.
fn check_unhealthy(disk: &Disk, file: &str) {
    let scan = disk.scan();
    let allowed = ["broken", "mismatch", "inconclusive"];
    assert!(allowed.contains(&scan.status.as_str()), "{}", scan.stdout);
    assert!(scan.has(&UNREAD, file), "{}", scan.stdout);
}

/// Damages a file of a healthy and of an unhealthy host.
fn check_damage(file: &str, damage: impl Fn(&Path)) {
    let disk = Disk::new(&CONSISTENT);
    damage(&disk.without(file));
    check_inconclusive(&disk, file);
    let disk = Disk::new(&BROKEN);
    damage(&disk.without(file));
    check_unhealthy(&disk, file);
}

#[test]
fn an_undamaged_tree_is_what_it_was_built_as() {
    let scan = Disk::new(&CONSISTENT).scan();
    assert_eq!((scan.status.as_str(), scan.code), ("consistent", 0), "{}", scan.stdout);
    assert_eq!(scan.findings, Vec::<String>::new());
    let scan = Disk::new(&BROKEN).scan();
    assert_eq!((scan.status.as_str(), scan.code), ("broken", 1), "{}", scan.stdout);
    assert_eq!(scan.findings.len(), 39);
}

#[test]
fn files_of_four_gigabytes_are_not_read() {
    for file in [DLL, HIVE, "system32/ntoskrnl.exe"] {
        check_damage(file, |place| {
            let sparse = fs::File::create(place).expect("a file");
            sparse.set_len(4 << 30).expect("a sparse file");
        });
    }
}

#[test]
fn empty_files_say_nothing() {
    for file in [DLL, HIVE, "system32/config/system", "system32/inetsrv/iisutil.dll"] {
        check_damage(file, |place| fs::write(place, "").expect("a file"));
    }
}

#[test]
fn a_folder_is_no_file() {
    for file in [DLL, HIVE] {
        check_damage(file, |place| {
            fs::create_dir(place).expect("a folder");
            fs::write(place.join("inside.txt"), "inside").expect("a file");
        });
    }
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_circles_lead_nowhere() {
    use std::os::unix::fs::symlink;
    for file in [DLL, HIVE] {
        check_damage(file, |place| symlink(place, place).expect("a link"));
    }
    let disk = Disk::new(&CONSISTENT);
    let folder = disk.file("system32/inetsrv");
    symlink("..", folder.join("around")).expect("a link");
    symlink(".", disk.file("system32/system32")).expect("a link");
    assert_eq!(disk.scan().status, "consistent", "links that nobody asks for do no harm");
    fs::remove_dir_all(&folder).expect("a folder");
    symlink("inetsrv", &folder).expect("a link");
    let scan = disk.scan();
    assert_eq!(scan.status, "inconclusive", "{}", scan.stdout);
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_tree_are_not_followed() {
    use std::os::unix::fs::symlink;
    let outside = Disk::new(&CONSISTENT);
    for file in [DLL, HIVE] {
        check_damage(file, |place| symlink(outside.file(file), place).expect("a link"));
    }
    let disk = Disk::new(&CONSISTENT);
    let folder = disk.file("system32/inetsrv");
    fs::remove_dir_all(&folder).expect("a folder");
    symlink(outside.file("system32/inetsrv"), &folder).expect("a link");
    let scan = disk.scan();
    assert_eq!(scan.status, "inconclusive", "{}", scan.stdout);
}

#[cfg(unix)]
#[test]
fn links_inside_the_tree_are_followed() {
    use std::os::unix::fs::symlink;
    let disk = Disk::new(&CONSISTENT);
    let elsewhere = disk.file("elsewhere.bin");
    fs::rename(disk.file(DLL), &elsewhere).expect("a file");
    symlink(&elsewhere, disk.file(DLL)).expect("a link");
    assert_eq!(disk.scan().status, "consistent");
}

#[cfg(unix)]
#[test]
fn pipes_are_not_opened() {
    for file in [DLL, HIVE, "system32/ntoskrnl.exe"] {
        check_damage(file, |place| {
            let made = Command::new("mkfifo").arg(place).status().expect("mkfifo starts");
            assert!(made.success());
        });
    }
}

#[cfg(unix)]
#[test]
fn what_must_not_be_read_is_unreadable() {
    use std::os::unix::fs::PermissionsExt;
    let close = |place: &Path| {
        fs::set_permissions(place, fs::Permissions::from_mode(0o0)).expect("permissions");
    };
    let disk = Disk::new(&CONSISTENT);
    close(&disk.file(DLL));
    if fs::read(disk.file(DLL)).is_ok() {
        println!("permissions do not bind this user (root?), so there is nothing to try");
        return;
    }
    check_inconclusive(&disk, DLL);
    let folder = disk.file("system32/inetsrv");
    close(&folder);
    assert_eq!(disk.scan().status, "inconclusive");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("permissions");
}

#[test]
fn letter_case_does_not_matter() {
    let disk = Disk::new(&BROKEN);
    let expected = disk.scan();
    raise(disk.folder.path());
    let scan = disk.scan();
    assert!(disk.folder.path().join("WINDOWS/SYSTEM32/INETSRV/W3CORE.DLL").exists());
    assert_eq!((scan.stdout, scan.code), (expected.stdout, expected.code));
}

/// Gives everything below a folder a name in capitals.
fn raise(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            raise(&path);
        }
        let name = path.file_name().expect("a name").to_ascii_uppercase();
        fs::rename(&path, folder.join(name)).expect("a new name");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn of_two_names_that_differ_only_in_letter_case_one_is_read_and_the_other_named() {
    let disk = Disk::new(&CONSISTENT);
    let twin = disk.file("system32/inetsrv/W3CORE.DLL");
    fs::write(&twin, "not an image").expect("a file");
    let scan = disk.scan();
    assert_eq!(scan.status, "inconclusive", "{}", scan.stdout);
    assert!(scan.stderr.contains("differ only in letter case"), "{}", scan.stderr);
    assert!(scan.stderr.contains("w3core.dll was not"), "{}", scan.stderr);
    assert_eq!(disk.scan().stdout, scan.stdout, "the choice is always the same");
}

/// An `iisutil.dll` that forwards every name that the worker process wants in a circle.
fn circle() -> Vec<u8> {
    let version: FileVersion = "6.0.3790.3959".parse().expect("a version");
    let mut image =
        ImageDescription::new("iisutil.dll", Machine::I386, ImageKind::Library, version);
    let forward = |name: &str, target: &str| ExportDescription {
        ordinal: None,
        name: Some(name.to_owned()),
        target: ExportTarget::Forwarder(target.to_owned()),
    };
    image.exports = vec![
        forward("PuDbgPrint", "iisutil.Second"),
        forward("Second", "IISUTIL.Third"),
        forward("Third", "iisutil.PuDbgPrint"),
        forward("?HashNumber@@YAKK@Z", "iisutil.?HashNumber@@YAKK@Z"),
    ];
    write_image(&image).expect("an image")
}

#[test]
fn forwarders_in_a_circle_provide_nothing() {
    let disk = Disk::new(&CONSISTENT);
    fs::write(disk.file("system32/inetsrv/iisutil.dll"), circle()).expect("a file");
    let scan = disk.scan();
    assert_eq!((scan.status.as_str(), scan.code), ("broken", 1), "{}", scan.stdout);
    assert!(scan.has(&["unresolved-import"], DLL), "{}", scan.stdout);
}

#[test]
fn a_folder_that_is_no_windows_folder_is_a_mistake() {
    let empty = tempfile::TempDir::new().expect("a folder");
    let with_file = tempfile::TempDir::new().expect("a folder");
    fs::write(with_file.path().join("WINDOWS"), "a file").expect("a file");
    for folder in [empty.path(), with_file.path(), &with_file.path().join("WINDOWS")] {
        let scan = scan(folder);
        assert_eq!((scan.code, scan.stdout.as_str()), (2, ""), "{}", scan.stderr);
        assert!(scan.stderr.contains(folder.to_str().expect("a plain path")), "{}", scan.stderr);
    }
}

#[test]
fn a_windows_folder_in_which_nothing_is_does_not_pass() {
    let folder = tempfile::TempDir::new().expect("a folder");
    for below in ["WINDOWS", "WINDOWS/system32"] {
        fs::create_dir_all(folder.path().join(below)).expect("folders");
        let scan = scan(folder.path());
        assert_eq!((scan.status.as_str(), scan.code), ("inconclusive", 3), "{}", scan.stdout);
        assert!(scan.has(&UNREAD, HIVE), "{}", scan.stdout);
    }
}

/// Whatever is lost of a host without its files of IIS, it never passes.
#[test]
fn a_host_without_its_files_does_not_pass_when_the_registry_goes_too() {
    let damages: [fn(&Path); 3] = [
        |hive| fs::write(hive, []).expect("a file"),
        |hive| fs::write(hive, [7; 5000]).expect("a file"),
        |_| {},
    ];
    for damage in damages {
        let disk = Disk::new(&CONSISTENT);
        fs::remove_dir_all(disk.file("system32/inetsrv")).expect("a folder");
        let scan = disk.scan();
        assert_eq!((scan.status.as_str(), scan.code), ("inconclusive", 3), "{}", scan.stdout);
        damage(&disk.without(HIVE));
        check_inconclusive(&disk, HIVE);
    }
}

#[test]
fn without_its_registry_a_host_with_iis_is_not_called_consistent() {
    for hives in [[HIVE].as_slice(), &[HIVE, "system32/config/system"]] {
        let disk = Disk::new(&CONSISTENT);
        for hive in hives {
            disk.without(hive);
        }
        let scan = disk.scan();
        assert_eq!((scan.status.as_str(), scan.code), ("inconclusive", 3), "{}", scan.stdout);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_do_no_harm() {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(b"host-\xff\xfe\x1b[31m");
    let disk = Disk::new(&CONSISTENT);
    fs::write(disk.file("system32/inetsrv").join(name), "odd").expect("a file");
    let moved = disk.folder.path().join(name);
    fs::create_dir(&moved).expect("a folder");
    fs::rename(&disk.windows, moved.join("WINDOWS")).expect("a new place");
    assert_eq!(scan(&moved).status, "consistent");
    for command in ["scan", "inspect", "check", "test"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_patchstate"));
        program.arg(command).arg(&moved);
        let (_, stdout, stderr) = finished(&program);
        assert!(!stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'), "{stdout}{stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_bounded() {
    let disk = Disk::new(&BROKEN);
    for file in [DLL, HIVE, "system32/inetsrv/iisutil.dll"] {
        let sparse = fs::File::create(disk.file(file)).expect("a file");
        // Just what is still read at all, and filled with zeros.
        sparse.set_len(if file == HIVE { 4 << 30 } else { 60 << 20 }).expect("a sparse file");
    }
    let (program, folder) = (env!("CARGO_BIN_EXE_patchstate"), disk.folder.path().display());
    let script = format!("ulimit -v 600000; exec '{program}' scan '{folder}' -j 1");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]);
    let (code, stdout, stderr) = finished(&shell);
    assert!([1, 3].contains(&code), "{code}\n{stdout}\n{stderr}");
}
