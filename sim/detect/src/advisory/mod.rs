//! What the detection core knows about Windows Server 2003, IIS 6 and their updates.
//!
//! **Owns** the files in `advisories/`, which are built in, and typed access to them. It is the
//! core's own knowledge, with a source for each fact. **Must never know** a host, nor the catalog
//! of the simulator: where the two disagree, the comparison shall show it.
//!
//! **Start reading** at [`Advisories`].

mod file;
mod model;

pub use model::{
    Advisories, Brought, Component, Confidence, Family, FileNumber, KnownFile, Product, Release,
    Requirement, Revision, Source, Update, Worker,
};

use file::{ComponentsFile, PlatformFile, RequirementsFile, UpdatesFile};
use std::sync::LazyLock;

impl Advisories {
    /// The built-in knowledge.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the text is built in, and a test reads it")]
    pub fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<Advisories> =
            LazyLock::new(|| Advisories::read().expect("the built-in advisories are well formed"));
        &BUILT_IN
    }

    fn read() -> Result<Self, String> {
        let platform: PlatformFile =
            file::parse("platform.toml", include_str!("../../advisories/platform.toml"))?;
        let components: ComponentsFile =
            file::parse("components.toml", include_str!("../../advisories/components.toml"))?;
        let updates: UpdatesFile =
            file::parse("updates.toml", include_str!("../../advisories/updates.toml"))?;
        let requirements: RequirementsFile =
            file::parse("requirements.toml", include_str!("../../advisories/requirements.toml"))?;
        file::assemble(platform, &components, updates, &requirements)
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
            assert_eq!(lineage(revision), Some(Level::Sp1), "{revision}");
        }
        assert_eq!(lineage(0), Some(Level::Rtm));
        assert_eq!(lineage(1829), Some(Level::Rtm));
        assert_eq!(lineage(3959), Some(Level::Sp2));
        assert_eq!(lineage(5955), Some(Level::Sp2));
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
