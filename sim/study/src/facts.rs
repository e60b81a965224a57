//! The facts that a study goes by.

use patchstate_catalog::Catalog;
use patchstate_detect::Advisories;
use std::sync::Arc;

/// What model and truth go by, and what the detection core knows. Neither learns from the other:
/// where they differ, a study shows it, and [`core_gaps`](crate::core_gaps) says it beforehand.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What model and truth go by.
    pub catalog: Arc<Catalog>,
    /// What the detection core knows.
    pub known: Arc<Advisories>,
}

impl Facts {
    /// Those that are built in.
    #[must_use]
    pub fn built_in() -> Self {
        Self::of(&Arc::new(Catalog::built_in()))
    }

    /// A catalog, judged by the built-in core.
    #[must_use]
    pub fn of(catalog: &Arc<Catalog>) -> Self {
        Self { catalog: Arc::clone(catalog), known: Advisories::built_in() }
    }
}
