//! What stands where in a file `*.yara.toml`.

use crate::head::Text;
use patchstate_source::row;
use toml::Spanned;

row! {
    /// A file `*.yara.toml` as it is written.
    pub(crate) struct WrittenYara {
        pub(super) id: Text,
        pub(super) title: Text,
        pub(super) description: Option<String>,
        pub(super) references: Vec<String> = Vec::new(),
        pub(super) stands_for: Option<Spanned<Vec<Text>>>,
        pub(super) rules: Text,
        pub(super) r#match: Spanned<Vec<WrittenMatch>>,
        pub(super) otherwise: Option<Text>,
    }
}

row! {
    /// An entry `match`.
    pub(crate) struct WrittenMatch {
        pub(super) rule: Text,
        pub(super) file: Text,
        pub(super) status: Text,
    }
}
