//! Evidence from registry hives.

use patchstate_detect::{
    HiveEvidence, RegistryEvidence,
    hive::{Hive, HiveKey},
};
use patchstate_terms::{Hive as HiveName, RegistryPath};
use std::sync::Arc;

/// Most keys that the walk looks at: a hive can claim many more than it has.
const KEY_COUNT_MAX: usize = 2000;
const DEPTH_MAX: usize = 6;

/// Reads the input as a hive: as it is, and with the checksum of its base block made right, without
/// which nothing behind it would ever be read.
pub(crate) fn hive(bytes: &[u8]) {
    read(bytes);
    let mut mended = bytes.to_vec();
    let Some(base) = mended.get_mut(..512) else { return };
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
    if mended != bytes {
        read(&mended);
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
