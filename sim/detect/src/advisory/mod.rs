//! What the detection core knows about Windows Server 2003, IIS 6 and their updates.
//!
//! **Owns** the form of such knowledge in files, typed access to it, and the files in
//! `advisories/`, which are built in. It is the core's own, with a source for each fact. **Must
//! never know** a host, nor the catalog of the simulator: where the two disagree, the comparison
//! shall show it.
//!
//! **Start reading** at [`Advisories`]; `file.rs` reads them.

mod file;
mod model;

pub use file::AdvisoryMistake;
pub use model::{
    Advisories, Brought, Component, Confidence, Family, FileNumber, KnownFile, Product, Release,
    Requirement, Revision, ServicePack, Source, ToldApart, Update, Worker,
};

use std::sync::{Arc, LazyLock};

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../advisories/", $name)))),*]
    };
}

impl Advisories {
    /// Name and text of each file that together are the built-in knowledge. One's own has files of
    /// the same names.
    pub const BUILT_IN: [(&str, &str); 4] =
        built_in!["platform.toml", "components.toml", "updates.toml", "requirements.toml"];

    /// The built-in knowledge.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the text is built in, and a test reads it")]
    pub fn built_in() -> Arc<Self> {
        static READ: LazyLock<Arc<Advisories>> = LazyLock::new(|| {
            let read = Advisories::read(&Advisories::BUILT_IN);
            Arc::new(read.expect("the built-in advisories are well formed"))
        });
        Arc::clone(&READ)
    }

    /// Reads one's own knowledge: name and text of each file of [`Self::BUILT_IN`], in any order.
    ///
    /// # Errors
    /// Every mistake in the files. Where one of them is no table of its form, what is wrong
    /// between the files is not looked at.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, Vec<AdvisoryMistake>> {
        file::read(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchstate_terms::{FileVersion, Level};

    #[test]
    fn lineage_follows_the_baselines() {
        let known = Advisories::built_in();
        let lineage = |revision| known.lineage(FileVersion::new(6, 0, 3790, revision));
        // Fixes of SP1 lineage with these revisions are public; so are the three baselines.
        for revision in [1830, 2620, 3033, 3050, 3068, 3229, 3304, 3958] {
            assert_eq!(lineage(revision), Some(Level::SP1), "{revision}");
        }
        assert_eq!(lineage(0), Some(Level::RTM));
        assert_eq!(lineage(1829), Some(Level::RTM));
        assert_eq!(lineage(3959), Some(Level::SP2));
        assert_eq!(lineage(5955), Some(Level::SP2));
        assert_eq!(known.lineage(FileVersion::new(7, 0, 6000, 3959)), None);
    }

    #[test]
    fn the_worker_needs_sp2_of_iisutil_from_kb973917_on() {
        let known = Advisories::built_in();
        let [requirement] = known.requirements.as_slice() else { panic!("one requirement") };
        let name = |number| known.file(number).unwrap().path.file_name().to_owned();
        assert_eq!(name(requirement.file), "w3core.dll");
        assert_eq!(name(requirement.needs), "iisutil.dll");
        assert_eq!((requirement.above_revision, requirement.needs_revision), (4584, 3959));
    }

    #[test]
    fn only_the_update_with_two_releases_shows_its_release() {
        let known = Advisories::built_in();
        let shown: Vec<_> = known
            .updates
            .iter()
            .flat_map(|u| {
                u.releases.iter().map(move |r| (u.id.as_str(), u.shown_release(r.number)))
            })
            .filter(|(_, release)| release.is_some())
            .collect();
        assert_eq!(shown, [("KB973917", Some(1)), ("KB973917", Some(2))]);
        assert_eq!(known.updates.len(), 14);
        assert_eq!(known.files.len(), 53);
    }
}
