//! Evidence from registry hives.

use patchstate_detect::{
    HiveEvidence, HiveFiles, RegistryEvidence,
    hive::{Hive, HiveKey, needs_log, recover},
};
use patchstate_terms::{Hive as HiveName, RegistryPath};
use std::sync::Arc;

/// Most keys that the walk looks at: a hive can claim many more than it has.
const KEY_COUNT_MAX: usize = 2000;
const DEPTH_MAX: usize = 6;

/// The last bytes of an input say how long the log before them is.
const LOG_LENGTH_BYTES: usize = 4;

/// Reads the input as a hive, and as a hive with its log: as they are, and with the base blocks
/// made right, without which nothing behind them would ever be read.
pub(crate) fn hive(bytes: &[u8]) {
    read(bytes);
    let mut closed = bytes.to_vec();
    copy_within(&mut closed, 4..8, 8);
    seal(&mut closed);
    if closed != bytes {
        read(&closed);
    }
    let Some((files, length)) = bytes.split_last_chunk::<LOG_LENGTH_BYTES>() else { return };
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let Some(at) = files.len().checked_sub(length) else { return };
    let (hive, log) = files.split_at(at);
    replay(hive, log);
    let mut hive = hive.to_vec();
    seal(&mut hive);
    let mut log = log.to_vec();
    // Number and time of the log are those of the write that the hive is in.
    if let (Some(from), Some(to)) = (hive.get(8..20), log.get_mut(8..20)) {
        to.copy_from_slice(from);
        copy_within(&mut log, 8..12, 4);
    }
    seal(&mut log);
    replay(&hive, &log);
}

fn copy_within(file: &mut [u8], from: std::ops::Range<usize>, to: usize) {
    if file.len() >= from.end.max(to + from.len()) {
        file.copy_within(from, to);
    }
}

/// Writes the checksum of the base block.
fn seal(file: &mut [u8]) {
    let Some(base) = file.get_mut(..512) else { return };
    let words = base.chunks_exact(4).take(127);
    let word = |word: &[u8]| <[u8; 4]>::try_from(word).map_or(0, u32::from_le_bytes);
    let sum = match words.fold(0, |sum, piece| sum ^ word(piece)) {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    };
    if let Some(place) = base.get_mut(508..512) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
}

/// A hive and its log are a closed hive no longer than both, or nothing is known of the hive.
fn replay(hive: &[u8], log: &[u8]) {
    let shared = |bytes: &[u8]| -> Arc<[u8]> { bytes.into() };
    let files = HiveFiles {
        hive: Ok(Some(shared(hive))),
        log: Ok(Some(shared(log))),
        has_later_logs: false,
    };
    let evidence = RegistryEvidence::read_with_logs(files, HiveFiles::without_log(Ok(None)));
    let recovered = recover(hive, log);
    if let Ok(recovered) = &recovered {
        assert!(recovered.bytes.len() <= hive.len().max(4096) + log.len());
        assert!(!needs_log(&recovered.bytes));
        assert!(recovered.sector_count > 0);
        read(&recovered.bytes);
    }
    if needs_log(hive) && recovered.is_err() {
        assert!(matches!(evidence.software, HiveEvidence::Unreadable(_)));
        assert!(evidence.updates.is_empty() && evidence.notes.is_empty());
    }
}

fn read(bytes: &[u8]) {
    let shared: Arc<[u8]> = bytes.into();
    let content = || Ok(Some(Arc::clone(&shared)));
    let evidence = RegistryEvidence::read(content(), content());
    for (name, hive) in
        [(HiveName::Software, &evidence.software), (HiveName::System, &evidence.system)]
    {
        let path = RegistryPath {
            hive: name,
            key: r"CurrentControlSet\Control".to_owned(),
            value: "Current".to_owned(),
        };
        let asked = evidence.value(&path);
        if matches!(hive, HiveEvidence::Unreadable(_)) {
            assert!(asked.is_err(), "a hive that was not read says nothing");
        }
    }
    for update in evidence.updates.values() {
        assert!(update.release > 0);
        assert!(update.files.is_sorted());
    }
    if let Ok(hive) = Hive::open(bytes)
        && let Ok(root) = hive.root()
    {
        let mut left = KEY_COUNT_MAX;
        walk(&root, DEPTH_MAX, &mut left);
    }
}

/// Every key and value, as far as the bounds go.
fn walk(key: &HiveKey<'_>, depth: usize, left: &mut usize) {
    let _ = key.name();
    let values = key.values().map_or(0, |values| values.len());
    assert!(values <= 65536);
    if depth == 0 {
        return;
    }
    for subkey in key.subkeys().unwrap_or_default() {
        if *left == 0 {
            return;
        }
        *left -= 1;
        walk(&subkey, depth - 1, left);
    }
}
