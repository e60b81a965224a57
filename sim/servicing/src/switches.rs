//! The assumptions that have a switch, as types.
//!
//! The catalog says which values there are and what they mean; here stands which mechanism each
//! value selects. A value that the catalog lists and the model does not know is an error.

use patchstate_catalog::Catalog;
use patchstate_source::nearest;
use std::sync::Arc;

/// Declares a switch: the assumption's id, and for each value its word. The first is the default.
macro_rules! switch {
    (
        $(#[$about:meta])* $name:ident = $id:literal;
        $(#[$about_first:meta])* $first:ident = $first_word:literal,
        $($(#[$about_other:meta])* $other:ident = $other_word:literal,)+
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[$about_first])*
            #[default]
            $first,
            $($(#[$about_other])* $other,)+
        }

        impl $name {
            const ID: &'static str = $id;

            fn from_word(word: &str) -> Option<Self> {
                match word {
                    $first_word => Some(Self::$first),
                    $($other_word => Some(Self::$other),)+
                    _ => None,
                }
            }

            const fn word(self) -> &'static str {
                match self {
                    Self::$first => $first_word,
                    $(Self::$other => $other_word,)+
                }
            }
        }
    };
}

switch! {
    /// A3. Which IIS files make a package that looks for them refuse the host.
    LowerLineage = "A3";
    /// Every file of lower lineage than the operating system.
    All = "all",
    /// Only files of Service Pack 1 lineage on a higher level.
    Sp1Only = "sp1-only",
}

switch! {
    /// A5. What an update does when none of its files is present.
    EmptyUpdates = "A5";
    /// It records itself all the same.
    Records = "records",
    /// It refuses.
    Refused = "refused",
}

switch! {
    /// A8. Whether Windows Update offers a service pack again to a host that says it has it. No
    /// step depends on it; claims do.
    Offer = "A8";
    /// It does not.
    NotOffered = "not-offered",
    /// It does.
    Offered = "offered",
}

switch! {
    /// A15. What happens to the record of an update that a service pack contains.
    ContainedUpdates = "A15";
    /// It goes when the service pack is applied.
    Forgotten = "forgotten",
    /// It stays as it is.
    Listed = "listed",
}

switch! {
    /// A17. What applying the same service pack again does to its backup.
    ReappliedBackup = "A17";
    /// Files that it replaces are added.
    Adds = "adds",
    /// It is made anew, with the service pack's own level as the level before.
    Replaces = "replaces",
    /// It stays as it is.
    Keeps = "keeps",
}

switch! {
    /// A24. Where the files of components are while they are not installed.
    Store = "A24";
    /// Nowhere: servicing sees only installed components, as on Windows Server 2003.
    Present = "present",
    /// In a store that is serviced like everything else, as on Windows Server 2008.
    ComponentStore = "component-store",
}

switch! {
    /// A27. When recorded updates are installed again for the level of a service pack.
    Migration = "A27";
    /// Only when the service pack raises the level.
    Up = "up",
    /// Also when it is applied again.
    Always = "always",
}

switch! {
    /// A28. Whether files of the first release run on a service pack. No step depends on it: rows
    /// of the catalog name the value that they hold under.
    FirstRelease = "A28";
    /// They do.
    Runs = "runs",
    /// They do not.
    Fails = "fails",
}

switch! {
    /// A29. When the files of an update are in place that requires a restart.
    InPlace = "A29";
    /// At once.
    AtOnce = "at-once",
    /// After the restart; until then no other step is possible.
    AtRestart = "at-restart",
}

switch! {
    /// A30. What becomes of the backup of an update that is installed again after a service pack.
    MigratedBackup = "A30";
    /// It is made anew from the files that the update replaces then.
    Anew = "anew",
    /// It stays, and files that it does not hold are added.
    Kept = "kept",
}

/// The values of all switches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Switches {
    /// A3.
    pub lower_lineage: LowerLineage,
    /// A5.
    pub empty_updates: EmptyUpdates,
    /// A8.
    pub offer: Offer,
    /// A15.
    pub contained_updates: ContainedUpdates,
    /// A17.
    pub reapplied_backup: ReappliedBackup,
    /// A24.
    pub store: Store,
    /// A27.
    pub migration: Migration,
    /// A28.
    pub first_release: FirstRelease,
    /// A29.
    pub in_place: InPlace,
    /// A30.
    pub migrated_backup: MigratedBackup,
}

/// An assumption cannot be set as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwitchError {
    /// The text has no `=`.
    #[error("`{0}` is not an assumption and its value: expected ID=VALUE, for example A5=refused")]
    NoValue(String),
    /// No such assumption.
    #[error(
        "there is no assumption `{id}`{} (those with a switch are {})",
        hint(nearest.as_deref()),
        Switches::ids()
    )]
    UnknownAssumption {
        /// What was given.
        id: String,
        /// The nearest id.
        nearest: Option<String>,
    },
    /// The assumption has no switch.
    #[error(
        "assumption {} has no switch: it is a value of the catalog; those with a switch are {}",
        .0,
        Switches::ids()
    )]
    NoSwitch(String),
    /// No such value.
    #[error("assumption {id} has no value `{value}`: expected {}", expected.join(" or "))]
    UnknownValue {
        /// The assumption.
        id: String,
        /// What was given.
        value: String,
        /// The values there are.
        expected: Vec<String>,
    },
    /// The catalog lists a value that this model does not implement.
    #[error("the model does not know the value `{value}` of assumption {id}")]
    NotImplemented {
        /// The assumption.
        id: String,
        /// The value.
        value: String,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

impl Switches {
    /// The catalog's defaults, changed by settings of the form `ID=VALUE`; later ones win.
    pub fn from_settings<'a>(
        catalog: &Catalog,
        settings: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, SwitchError> {
        let mut switches = Self::default();
        for assumption in &catalog.assumptions {
            if let Some(value) = assumption.values.first() {
                switches.set(&assumption.id, &value.name)?;
            }
        }
        switches.with(catalog, settings)
    }

    /// Those of which others have another value, as settings of the form `ID=VALUE`.
    #[must_use]
    pub fn beside(&self, others: Self) -> Vec<String> {
        let known = others.words();
        let changed = self.words().into_iter().filter(|word| !known.contains(word));
        changed.map(|(id, value)| format!("{id}={value}")).collect()
    }

    /// These, changed by settings of the form `ID=VALUE`; later ones win.
    ///
    /// # Errors
    /// When the catalog has no such assumption, or it has no such value.
    pub fn with<'a>(
        mut self,
        catalog: &Catalog,
        settings: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, SwitchError> {
        for setting in settings {
            let (id, value) =
                setting.split_once('=').ok_or_else(|| SwitchError::NoValue(setting.to_owned()))?;
            let (id, value) = (id.trim().to_uppercase(), value.trim().to_lowercase());
            let known = catalog.assumptions.iter().find(|assumption| assumption.id == id);
            let assumption = known.ok_or_else(|| SwitchError::UnknownAssumption {
                nearest: nearest(&id, catalog.assumptions.iter().map(|a| a.id.as_str()))
                    .map(str::to_owned),
                id: id.clone(),
            })?;
            if assumption.values.is_empty() {
                return Err(SwitchError::NoSwitch(id));
            }
            if !assumption.values.iter().any(|known| known.name == value) {
                let expected = assumption.values.iter().map(|known| known.name.clone()).collect();
                return Err(SwitchError::UnknownValue { id, value, expected });
            }
            self.set(&id, &value)?;
        }
        Ok(self)
    }

    fn set(&mut self, id: &str, value: &str) -> Result<(), SwitchError> {
        let unknown = || SwitchError::NotImplemented { id: id.to_owned(), value: value.to_owned() };
        match id {
            LowerLineage::ID => {
                self.lower_lineage = LowerLineage::from_word(value).ok_or_else(unknown)?;
            }
            EmptyUpdates::ID => {
                self.empty_updates = EmptyUpdates::from_word(value).ok_or_else(unknown)?;
            }
            Offer::ID => self.offer = Offer::from_word(value).ok_or_else(unknown)?,
            ContainedUpdates::ID => {
                self.contained_updates = ContainedUpdates::from_word(value).ok_or_else(unknown)?;
            }
            ReappliedBackup::ID => {
                self.reapplied_backup = ReappliedBackup::from_word(value).ok_or_else(unknown)?;
            }
            Store::ID => self.store = Store::from_word(value).ok_or_else(unknown)?,
            Migration::ID => self.migration = Migration::from_word(value).ok_or_else(unknown)?,
            FirstRelease::ID => {
                self.first_release = FirstRelease::from_word(value).ok_or_else(unknown)?;
            }
            InPlace::ID => self.in_place = InPlace::from_word(value).ok_or_else(unknown)?,
            MigratedBackup::ID => {
                self.migrated_backup = MigratedBackup::from_word(value).ok_or_else(unknown)?;
            }
            _ => return Err(unknown()),
        }
        Ok(())
    }

    /// A catalog under these values.
    #[must_use]
    pub fn in_force(&self, catalog: Arc<Catalog>) -> Arc<Catalog> {
        let is_so = |(id, value): (&str, &str)| {
            catalog.assumed_value(id).is_none_or(|assumed| assumed == value)
        };
        if self.words().into_iter().all(is_so) {
            return catalog;
        }
        Arc::new(catalog.assuming(self.words()))
    }

    /// The ids of all switches, for a message.
    fn ids() -> String {
        Self::default().words().map(|(id, _)| id).join(", ")
    }

    /// Every switch with its value, in the order of the ids.
    #[must_use]
    pub const fn words(&self) -> [(&'static str, &'static str); 10] {
        [
            (LowerLineage::ID, self.lower_lineage.word()),
            (EmptyUpdates::ID, self.empty_updates.word()),
            (Offer::ID, self.offer.word()),
            (ContainedUpdates::ID, self.contained_updates.word()),
            (ReappliedBackup::ID, self.reapplied_backup.word()),
            (Store::ID, self.store.word()),
            (Migration::ID, self.migration.word()),
            (FirstRelease::ID, self.first_release.word()),
            (InPlace::ID, self.in_place.word()),
            (MigratedBackup::ID, self.migrated_backup.word()),
        ]
    }
}
