//! What a step does to one file and one backup of it, inside the word.
//!
//! **Owns** the operations that programs of slots come down to.

/// An operation with its places resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Operation {
    /// What it does.
    pub(super) kind: OperationKind,
    /// Where the file's copy stands in the word.
    pub(super) file: u8,
    /// Where the backup's copy stands in the word.
    pub(super) backup: u8,
    /// How many bits either takes.
    pub(super) width: u8,
    /// The copy that the operation brings.
    pub(super) copy: u8,
}

/// What an operation does. A copy of 0 is an absent file or an empty backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum OperationKind {
    /// Setup lays down a file.
    Place,
    /// A service pack lifts an older file into a backup that is made anew.
    LiftAnew,
    /// The same, into a backup that is added to; so does an update.
    Lift,
    /// The same, with a backup that is left alone.
    LiftKeep,
    /// A backup is put back, if the file is there, and emptied.
    Restore,
    /// A backup is emptied.
    Clear,
}

impl Operation {
    /// The bits that it writes and what it writes there, if neither depends on the word.
    pub(super) const fn constant(self) -> Option<(u64, u64)> {
        let mask = (1_u64 << self.width) - 1;
        match self.kind {
            OperationKind::Place => Some((mask << self.file, (self.copy as u64) << self.file)),
            OperationKind::Clear => Some((mask << self.backup, 0)),
            _ => None,
        }
    }

    /// The word after the operation.
    ///
    /// Measured: choosing with masks in place of branches makes a search a tenth slower.
    #[inline]
    #[expect(clippy::match_same_arms, reason = "one kind after the other reads best")]
    pub(super) const fn apply(self, word: u64) -> u64 {
        let mask = (1_u64 << self.width) - 1;
        let copy = self.copy as u64;
        let present = word >> self.file & mask;
        let without_backup = word & !(mask << self.backup);
        let lifted = word & !(mask << self.file) | copy << self.file;
        let is_older = present != 0 && present < copy;
        match self.kind {
            OperationKind::Place => lifted,
            OperationKind::Clear => without_backup,
            OperationKind::LiftKeep if is_older => lifted,
            OperationKind::Lift if is_older && word >> self.backup & mask == 0 => {
                lifted | present << self.backup
            }
            OperationKind::Lift if is_older => lifted,
            OperationKind::LiftAnew if is_older => {
                lifted & !(mask << self.backup) | present << self.backup
            }
            OperationKind::LiftAnew => without_backup,
            OperationKind::Restore => {
                let kept = word >> self.backup & mask;
                if kept == 0 || present == 0 {
                    return without_backup;
                }
                without_backup & !(mask << self.file) | kept << self.file
            }
            OperationKind::Lift | OperationKind::LiftKeep => word,
        }
    }
}
