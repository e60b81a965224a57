//! Every file of a tree, cut short and with bits turned over, judged in memory.

use super::trees::{BROKEN, CONSISTENT};
use patchstate_detect::{Advisories, ImageCache, MemoryTree, Verdict, gather_with, judge};
use patchstate_image::HostTree;
use patchstate_terms::{FindingKind, Status, WindowsPath};
use std::sync::Arc;

/// A tree of which one file at a time is another one.
struct Damaged<'a> {
    tree: &'a HostTree,
    memory: MemoryTree,
    cache: ImageCache,
}

impl<'a> Damaged<'a> {
    fn new(tree: &'a HostTree) -> Self {
        let mut memory = MemoryTree::default();
        for (path, file) in &tree.files {
            memory.insert_shared(path.clone(), Arc::clone(&file.bytes), file.number);
        }
        Self { tree, memory, cache: ImageCache::default() }
    }

    /// The verdict with these bytes in place of a file.
    fn judge(&mut self, path: &WindowsPath, bytes: &[u8]) -> Verdict {
        self.memory.insert(path.clone(), bytes);
        let verdict = judge(&gather_with(&self.memory, &Advisories::built_in(), &self.cache));
        let file = &self.tree.files[path];
        self.memory.insert_shared(path.clone(), Arc::clone(&file.bytes), file.number);
        verdict
    }
}

/// Numbers that look random and are the same every time (the generator of Park and Miller).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0 * 48_271 % 0x7fff_ffff;
        usize::try_from(self.0).unwrap_or(0) % bound.max(1)
    }
}

fn is_hive(path: &WindowsPath) -> bool {
    path.as_str().starts_with("system32/config/")
}

fn unread(verdict: &Verdict, path: &WindowsPath) -> bool {
    verdict.findings.iter().any(|finding| {
        finding.file == *path
            && matches!(finding.kind, FindingKind::Unreadable | FindingKind::Truncated)
    })
}

/// Lengths to cut a file at: around everything that a reader looks at first, and across the rest.
fn lengths(length: usize) -> Vec<usize> {
    let near = [0, 1, 2, 63, 64, 65, 128, 255, 256, 512, 1024, 4095, 4096, 4097, 8192];
    let across = (1..8).map(|eighth| length * eighth / 8);
    let end = [length.saturating_sub(512), length - 2, length - 1];
    let mut lengths: Vec<usize> = near.into_iter().chain(across).chain(end).collect();
    lengths.retain(|cut| *cut < length);
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

#[test]
fn no_file_of_a_healthy_host_can_be_cut_short_unnoticed() {
    let mut damaged = Damaged::new(&CONSISTENT);
    let mut cut_count = 0;
    for (path, file) in &CONSISTENT.files {
        for length in lengths(file.bytes.len()) {
            let verdict = damaged.judge(path, &file.bytes[..length]);
            cut_count += 1;
            let status = verdict.status;
            assert!(
                !matches!(status, Status::Consistent | Status::NotApplicable),
                "{path} cut to {length} bytes is {status}"
            );
            assert!(unread(&verdict, path), "{path} cut to {length} bytes goes unsaid");
        }
    }
    assert!(cut_count > 47 * 15, "{cut_count}");
}

#[test]
fn an_unhealthy_host_stays_unhealthy_when_one_file_is_cut_short() {
    let mut damaged = Damaged::new(&BROKEN);
    for (path, file) in &BROKEN.files {
        for length in lengths(file.bytes.len()) {
            let status = damaged.judge(path, &file.bytes[..length]).status;
            let allowed = [Status::Broken, Status::Mismatch, Status::Inconclusive];
            assert!(allowed.contains(&status), "{path} cut to {length} bytes is {status}");
        }
    }
}

#[test]
fn an_unhealthy_host_stays_unhealthy_when_bits_of_one_image_turn_over() {
    let mut damaged = Damaged::new(&BROKEN);
    let mut numbers = Numbers(2003);
    for (path, file) in BROKEN.files.iter().filter(|(path, _)| !is_hive(path)) {
        // Every header byte counts, so half of the damage goes where the tables are.
        for turn in 0..40 {
            let mut bytes = file.bytes.to_vec();
            let length = if turn % 2 == 0 { bytes.len().min(2048) } else { bytes.len() };
            for _ in 0..=turn % 4 {
                let at = numbers.below(length);
                bytes[at] ^= 1 << numbers.below(8);
            }
            let status = damaged.judge(path, &bytes).status;
            let allowed = [Status::Broken, Status::Mismatch, Status::Inconclusive];
            assert!(allowed.contains(&status), "{path}, turn {turn}, is {status}");
        }
    }
}

#[test]
fn what_could_not_be_read_of_a_healthy_host_keeps_it_from_being_called_consistent() {
    let mut damaged = Damaged::new(&CONSISTENT);
    let mut numbers = Numbers(1009);
    for (path, file) in &CONSISTENT.files {
        for _ in 0..40 {
            let mut bytes = file.bytes.to_vec();
            let length = bytes.len().min(4096);
            bytes[numbers.below(length)] ^= 1 << numbers.below(8);
            let verdict = damaged.judge(path, &bytes);
            if unread(&verdict, path) {
                let status = verdict.status;
                assert_ne!(status, Status::Consistent, "{path}");
                assert_ne!(status, Status::NotApplicable, "{path}");
            }
        }
    }
}

#[test]
fn hives_of_random_bytes_are_never_believed() {
    let mut damaged = Damaged::new(&CONSISTENT);
    let mut numbers = Numbers(7149);
    for (path, file) in CONSISTENT.files.iter().filter(|(path, _)| is_hive(path)) {
        // From a wholly random file to one whose header and first block are as they were.
        for kept in [0, 4, 512, 4096, 4096 + 32, 4096 + 512] {
            let mut bytes = file.bytes.to_vec();
            for byte in bytes.iter_mut().skip(kept) {
                *byte = u8::try_from(numbers.below(256)).unwrap_or(0);
            }
            let status = damaged.judge(path, &bytes).status;
            assert_eq!(status, Status::Inconclusive, "{path} with {kept} bytes kept");
        }
    }
}

#[test]
fn no_byte_of_a_hive_makes_the_reader_stumble() {
    let mut damaged = Damaged::new(&CONSISTENT);
    let mut numbers = Numbers(5308);
    for (path, file) in CONSISTENT.files.iter().filter(|(path, _)| is_hive(path)) {
        for turn in 0..400 {
            let mut bytes = file.bytes.to_vec();
            for _ in 0..=turn % 8 {
                let at = numbers.below(bytes.len());
                bytes[at] = u8::try_from(numbers.below(256)).unwrap_or(0);
            }
            let verdict = damaged.judge(path, &bytes);
            if unread(&verdict, path) {
                assert_ne!(verdict.status, Status::Consistent, "{path}, turn {turn}");
            }
        }
        for length in (0..file.bytes.len()).step_by(97) {
            let status = damaged.judge(path, &file.bytes[..length]).status;
            assert!(
                !matches!(status, Status::Consistent | Status::NotApplicable),
                "{path} cut to {length} bytes is {status}"
            );
        }
    }
}
