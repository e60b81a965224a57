//! How a shape is made.

use super::sound::Sound;

/// A name, and what makes the file.
pub(super) type Recipe = (&'static str, fn() -> Vec<u8>);

/// The sound image for x86 with one change.
pub(super) fn changed(change: impl FnOnce(&mut Sound)) -> Vec<u8> {
    let mut sound = Sound::x86();
    change(&mut sound);
    sound.bytes
}
