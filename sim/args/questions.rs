//! What questions about rules are asked with, and the hosts that they and `verify` look at.

use super::{
    arch::Arch,
    format::{Format, FormatOf},
    words::{self, Offered},
};
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// The hosts that a command looks at.
#[derive(Debug, Clone, Args)]
pub(crate) struct Scope {
    /// Architecture; may be repeated [default: x86 and x64]
    #[arg(long, value_name = "ARCH")]
    pub(crate) arch: Vec<Arch>,
    /// Components and groups that are added and removed, with commas; a group as a whole
    /// [default: all components; with --updates those that own their files; `none` is
    /// no component]
    #[arg(long, value_name = "LIST", value_delimiter = ',', hide_possible_values = true)]
    #[arg(value_parser = Offered(&words::COMPONENTS))]
    pub(crate) components: Option<Vec<String>>,
    /// Updates that are installed and removed, with commas
    /// [default: all updates; no update where components are named, as for `none`]
    #[arg(long, value_name = "LIST", value_delimiter = ',', hide_possible_values = true)]
    #[arg(value_parser = Offered(&words::UPDATES))]
    pub(crate) updates: Option<Vec<String>>,
    /// Hold the hosts of a named scope as sets, as those of the whole catalog are
    #[arg(long, conflicts_with = "no_slices")]
    pub(crate) slices: bool,
    /// Look at each host by itself, also of the whole catalog; set a bound
    #[arg(long)]
    pub(crate) no_slices: bool,
    #[command(flatten)]
    pub(crate) extent: Extent,
}

/// How far a search goes.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Extent {
    /// Also install updates with a forced branch
    #[arg(long)]
    pub(crate) branches: bool,
    /// Stop when more hosts than this would be reached
    #[arg(long, value_name = "N")]
    pub(crate) max_states: Option<usize>,
    /// Do not go on from hosts this many steps away from the base operating system
    #[arg(long, value_name = "N")]
    pub(crate) max_depth: Option<usize>,
}

/// `patchstate mutate`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Mutate {
    /// The rule: a file `*.rule.toml`
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Write the fewest scenarios that kill all killed mutants to this new file, for `test`
    #[arg(long, value_name = "FILE")]
    pub(crate) write: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}

/// `patchstate fixtures`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Fixtures {
    /// Rules whose boundaries and mistakes are shown as well: files as for `verify`
    #[arg(value_name = "RULE")]
    pub(crate) rules: Vec<String>,
    /// The folder for the trees; new or empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) hosts: FewHosts,
    #[command(flatten)]
    pub(crate) extent: Extent,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}

/// The hosts that a command looks at which shows each by itself.
#[derive(Debug, Clone, Args)]
pub(crate) struct FewHosts {
    /// Architecture; may be repeated [default: x86 and x64]
    #[arg(long, value_name = "ARCH")]
    pub(crate) arch: Vec<Arch>,
    /// Components and groups that are added and removed, with commas; a group as a whole
    /// [default: the groups; with --updates the components that own their files]
    #[arg(long, value_name = "LIST", value_delimiter = ',', hide_possible_values = true)]
    #[arg(value_parser = Offered(&words::COMPONENTS))]
    pub(crate) components: Option<Vec<String>>,
    /// Updates that are installed and removed, with commas [default: those for files of the groups
    /// that came out more than once; with --components none]
    #[arg(long, value_name = "LIST", value_delimiter = ',', hide_possible_values = true)]
    #[arg(value_parser = Offered(&words::UPDATES))]
    pub(crate) updates: Option<Vec<String>>,
}

/// `patchstate explore`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Explore {
    /// The install order that the page opens with, on the first architecture, the base operating
    /// system first; see `patchstate explain steps`
    #[arg(value_name = "STEP", hide_possible_values = true)]
    #[arg(value_parser = Offered(&words::STEPS))]
    pub(crate) steps: Vec<String>,
    /// Write the page to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) html: Option<PathBuf>,
    /// Open the page with the system's browser
    #[arg(long, requires = "html")]
    pub(crate) open: bool,
    #[command(flatten)]
    pub(crate) hosts: FewHosts,
    /// Also install updates with a forced branch
    #[arg(long)]
    pub(crate) branches: bool,
    /// Show also what these rules say, where they are wrong, and their mutants: files as for
    /// `verify`; may be repeated
    #[arg(long = "rule", value_name = "RULE", value_hint = ValueHint::AnyPath)]
    pub(crate) rules: Vec<String>,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}

/// `patchstate diff`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Diff {
    /// The old rule: a file as for `verify`
    #[arg(value_name = "OLD")]
    pub(crate) old: String,
    /// The new rule
    #[arg(value_name = "NEW")]
    pub(crate) new: String,
    #[command(flatten)]
    pub(crate) scope: Scope,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}

/// `patchstate init`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Init {
    /// The folder; files that are there already are left as they are
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}

/// `patchstate catalog`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Write the built-in catalog, and what the detection core knows, as files to begin with
    ///
    /// Facts that the model goes by stand in the folder itself, each with its source; what the
    /// detection core knows stands in `advisories`, since the core must not learn from the model
    /// what it is compared with. `patchstate check` tells where the two differ.
    #[command(after_help = "Example: patchstate catalog export my-catalog")]
    Export(Export),
}

/// `patchstate catalog export`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Export {
    /// The folder; files that are there already are left as they are
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}
