//! The command line.

mod arch;
mod format;
mod questions;
mod words;

pub(crate) use arch::Arch;
pub(crate) use format::{Format, FormatOf, ReportFormat, RowFormat};
pub(crate) use questions::{
    CatalogCommand, Diff, Explore, Export, Extent, FewHosts, Fixtures, Init, Mutate, Scope,
};

use clap::{
    Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint,
    builder::PossibleValuesParser,
};
use patchstate_report::{json, text::neutral_name};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::LazyLock,
};
use words::Offered;

/// Simulation and test harness for patch states of Windows Server 2003 and IIS 6.
///
/// Without a command, the same as `patchstate verify`.
#[derive(Debug, Clone, Parser)]
#[command(name = "patchstate", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(override_usage = "patchstate [OPTIONS] [COMMAND]")]
#[command(after_help = "Example: patchstate run os:rtm sp2 +iis@rtm kb973917/v1")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// Most threads that can be asked for. More than there are processors help nobody, and tens of
/// thousands would stop the machine.
const THREAD_COUNT_MAX: i64 = 256;

/// Flags of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Options {
    /// Read the catalog from this folder instead of the built-in one, and what the detection core
    /// knows from the folder `advisories` in it, if there is one
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) catalog: Option<PathBuf>,
    /// Set an assumption of the model; see `patchstate list assumptions`
    #[arg(long, global = true, value_name = "ID=VALUE", hide_possible_values = true)]
    #[arg(value_parser = Offered(&words::SETTINGS))]
    pub(crate) assume: Vec<String>,
    /// Write the result to this file, as a whole or not at all, instead of standard output; `-` is
    /// standard output
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// When to use colours; the variable `NO_COLOR` is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// How many threads to use [default: one for each processor]
    #[arg(short, long, global = true, value_name = "N", value_parser = thread_count())]
    pub(crate) jobs: Option<u16>,
    /// Show only what is wrong, and the last line, which is the verdict; no progress
    #[arg(short, long, global = true, overrides_with = "quiet")]
    pub(crate) quiet: bool,
    /// Show everything in full: every finding and file, and what else there is to know
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Exit with 0 also when there are findings or the result is inconclusive
    #[arg(long, global = true, overrides_with = "exit_zero")]
    pub(crate) exit_zero: bool,
}

impl Options {
    /// The file that the result goes to; none where that is standard output.
    pub(crate) fn output_file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }
}

/// Reads a number of threads.
fn thread_count() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=THREAD_COUNT_MAX)
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Check the detection core on every host that any install order can reach
    #[command(after_help = "Example: patchstate verify --components iis --updates KB973917")]
    Verify(Verify),
    /// Run scenario files and compare with what they expect
    #[command(after_help = "Example: patchstate test corpus/scenarios --format junit")]
    Test(Test),
    /// Change a rule a little in every way, and see which hosts notice
    ///
    /// Each mutant is a slip that the rule's author could have made: a bound off by one, a
    /// condition dropped, a level or a path confused. A mutant that some reachable host tells from
    /// the rule is killed; one that none does is equivalent, proved by looking at every host.
    /// Exits with 0 also when there are equivalent mutants, with 3 when a bound stopped the search
    /// before that was proved, and with 4 when the rule has no mutants.
    #[command(after_help = "Example: patchstate mutate web.rule.toml --write web-mutants.md")]
    Mutate(Mutate),
    /// Show every host that two rules, or two versions of one, judge differently
    ///
    /// Exits with 0 when they say the same on every host, with 1 when they differ, and with 3 when
    /// they do not on those that were reached, which are not all.
    #[command(after_help = "Example: patchstate diff old.rule.toml new.rule.toml")]
    Diff(Diff),
    /// Write few trees of hosts that show everything, for the tests of other tools
    ///
    /// The trees show every status and every kind of finding that the hosts of a scope have, both
    /// sides of every boundary (two hosts one step apart, of which truth, detection core or a rule
    /// say different statuses), and every way in which a rule is wrong. None of them can be left
    /// out. `fixtures.json` beside them tells of each its steps, its status and findings, what is
    /// expected of each rule, and what it shows. Exits with 0 also when a rule is wrong, and with 3
    /// when a bound stopped the search.
    #[command(after_help = "Example: patchstate fixtures mine.rule.toml --out tests/hosts")]
    Fixtures(Fixtures),
    /// Write a first rule, a scenario for it, and a CI workflow into a folder
    #[command(after_help = "Example: patchstate init my-rules")]
    Init(Init),
    /// Begin a catalog of your own
    #[command(after_help = "Example: patchstate catalog export my-catalog")]
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Read rules, scenarios, claims and catalogs, report every mistake with its line; run nothing
    ///
    /// Of a catalog it tells too what the detection core does not know of it, and what the core's
    /// advisories would need.
    #[command(after_help = "Example: patchstate check corpus")]
    Check(Check),
    /// Apply one install order and tell what happens
    #[command(after_help = "Example: patchstate run os:rtm sp2 +iis@rtm kb973917/v1")]
    Run(Run),
    /// Find the shortest steps that make a host consistent with the components it has
    ///
    /// Every step that `verify` uses over the whole catalog is tried, breadth first. Among equals,
    /// service packs come before updates and updates before components, and installation before
    /// removal. A repair that takes something away is told, with the shortest that takes nothing
    /// away. Exits like `run` with the same steps: with 0 when the host is consistent or not
    /// applicable, so that there is nothing to repair, and with 1 when it is not, whether a repair
    /// was found or there is none; and with 3 when a bound stops the search for it.
    #[command(after_help = "Example: patchstate repair os:rtm sp2 +iis@rtm kb973917/v1")]
    Repair(Repair),
    /// Write every host of a scope, and what every step does to it, as a page to explore
    ///
    /// The page is one file: it needs no network and opens from disk in any browser. It holds each
    /// host with its files, registry, imports, true status and verdict, the shortest repair, the
    /// outcome of every step, and the claims; with `--rule` also what rules say, where they are
    /// wrong, and their mutants. It computes nothing: all of that is worked out here. A page can
    /// hold 300,000 hosts of each architecture. Steps are the install order that it opens with.
    #[command(after_help = "Example: patchstate explore os:rtm sp2 +iis@rtm --html explorer.html")]
    Explore(Explore),
    /// Write the files of a host to a new or empty folder
    #[command(after_help = "Example: patchstate build os:rtm sp2 +iis --out host")]
    Build(Build),
    /// Run the detection core on folders that each hold a WINDOWS or WINNT folder, or are one
    ///
    /// Of one folder everything is told. Several folders, or a list of them, get a line each, in
    /// the order in which they are named, whatever `--jobs` says, and a table of all of them;
    /// `--verbose` tells everything of each. A folder that cannot be scanned has a line that says
    /// why, and the others are scanned.
    ///
    /// Exits with 2 when a folder could not be scanned, so that none is overlooked; else with 1
    /// when there are findings anywhere, else with 3 when something could not be told, and with 4
    /// when no folder was named.
    #[command(after_help = "Example: patchstate scan /mnt/server\n         \
                            patchstate scan --roots-from hosts.txt --format ndjson")]
    Scan(Scan),
    /// Print what the detection core reads from PE files
    #[command(after_help = "Example: patchstate inspect WINDOWS/system32/inetsrv/*.dll")]
    Inspect(Inspect),
    /// List what there is
    #[command(after_help = "Example: patchstate list updates --json")]
    List(List),
    /// Explain a word, a file that you write, or anything that has a name in the catalog
    ///
    /// Pages on files that you write, each with an example: rule-files, oval, yara,
    /// external-rules, scenarios, steps, baselines, claims, catalog. Words that output uses, such
    /// as mismatch, lineage or slice; fields, functions and operators of rule files; and every
    /// level, component, update, bulletin, file, assumption, claim, rule and code of a mistake.
    /// A path to a rule explains that rule: what it reads, what it says and when, and what it
    /// stands for.
    #[command(after_help = "Example: patchstate explain rule-files")]
    Explain(Explain),
    /// Print a completion script for a shell
    #[command(after_help = "Example: patchstate completions bash > patchstate.bash")]
    Completions(Completions),
    /// Print the man page
    #[command(after_help = "Example: patchstate man > patchstate.1")]
    Man,
    /// Print the JSON Schema of a command's output
    #[command(after_help = "Example: patchstate schema scan > scan.schema.json")]
    Schema(Schema),
    /// Print the help of a command
    #[command(after_help = "Example: patchstate help run")]
    Help(HelpOn),
}

impl Command {
    /// The kind of report that other programs were to get.
    pub(crate) fn report_format(&self) -> ReportFormat {
        match self {
            Self::Verify(command) => command.format.chosen(),
            Self::Test(command) => command.format.chosen(),
            Self::Check(command) => command.format.chosen(),
            // A result as text or as one object.
            Self::Mutate(_)
            | Self::Diff(_)
            | Self::Fixtures(_)
            | Self::Explore(_)
            | Self::Init(_)
            | Self::Catalog(_)
            | Self::Run(_)
            | Self::Repair(_)
            | Self::Build(_)
            | Self::Scan(_)
            | Self::Inspect(_)
            | Self::List(_)
            | Self::Explain(_)
            | Self::Completions(_)
            | Self::Man
            | Self::Schema(_)
            | Self::Help(_) => ReportFormat::Text,
        }
    }
}

/// Where baselines are kept, unless somebody says otherwise.
pub(crate) const BASELINE_FOLDER: &str = "patchstate-baseline";

/// `patchstate verify`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Verify {
    /// Rules to check besides the detection core: files `*.rule.toml`, `*.external.toml`,
    /// `*.yara.toml`, OVAL documents `*.xml` (with `#ID` for one definition), folders of these
    #[arg(value_name = "RULE", value_hint = ValueHint::AnyPath)]
    pub(crate) rules: Vec<String>,
    /// Check a program as a rule: a command line without a shell, `{folder}` stands for the folder
    /// that holds the host's WINDOWS folder; exit code 0 is consistent, 1 a mismatch, others
    /// inconclusive; may be repeated
    #[arg(long, value_name = "LINE")]
    pub(crate) command: Vec<String>,
    /// The files below the Windows folder that the programs of --command look at, with commas: they
    /// get no others, and are asked once about each different set of them
    #[arg(long, value_name = "LIST", requires = "command")]
    pub(crate) reads: Option<String>,
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Also check the claims in this file or folder of `*.toml`; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(crate) claims: Vec<PathBuf>,
    /// Compare what rules get wrong, or say nothing about, with what is accepted of them for now:
    /// one file for each rule in this folder [default: patchstate-baseline]. What is new fails, and
    /// so does what no longer occurs
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = BASELINE_FOLDER)]
    pub(crate) baseline: Option<PathBuf>,
    /// Accept all that rules get wrong or say nothing about: write the files of the baseline anew
    #[arg(long)]
    pub(crate) update_baseline: bool,
    /// Write the counterexamples that are shown to this new file, for `test`: each expects what
    /// the rule should say, and fails until it does
    #[arg(long, value_name = "FILE")]
    pub(crate) write: Option<PathBuf>,
    /// Show at most this many counterexamples for each architecture
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) max_counterexamples: usize,
    #[command(flatten)]
    pub(crate) format: FormatOf<ReportFormat>,
}

/// `patchstate test`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Test {
    /// Scenario files, or folders with them [default: corpus/scenarios, or this folder where there
    /// is none]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Rules that scenarios name, besides those in the folder of a scenario file: files as for
    /// `verify`
    #[arg(long = "rule", value_name = "RULE", value_hint = ValueHint::AnyPath)]
    pub(crate) rules: Vec<String>,
    /// Rewrite failing expectations from what came of the steps; asks for a clean work tree
    #[arg(long)]
    pub(crate) update: bool,
    #[command(flatten)]
    pub(crate) format: FormatOf<ReportFormat>,
}

/// `patchstate check`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Check {
    /// Rules, scenario files, or folders with rules, scenarios, claims or a catalog [default:
    /// corpus, or this folder where there is none]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) format: FormatOf<ReportFormat>,
}

/// `patchstate run`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Run {
    /// Steps, the base operating system first; see `patchstate explain steps`
    #[arg(value_name = "STEP", required = true, hide_possible_values = true)]
    #[arg(value_parser = Offered(&words::STEPS))]
    pub(crate) steps: Vec<String>,
    /// Architecture
    #[arg(long, value_name = "ARCH", default_value = "x86")]
    pub(crate) arch: Arch,
    /// Tell also what these rules say of the host, what they read, and whether they are right:
    /// files as for `verify`; may be repeated
    #[arg(long = "rule", value_name = "RULE")]
    pub(crate) rules: Vec<String>,
    /// Draw the order too, as an SVG picture in this file: what each step changed, what the host
    /// is after it, and where it breaks
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}

/// `patchstate repair`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Repair {
    /// Steps, the base operating system first; see `patchstate explain steps`
    #[arg(value_name = "STEP", required = true, hide_possible_values = true)]
    #[arg(value_parser = Offered(&words::STEPS))]
    pub(crate) steps: Vec<String>,
    /// Architecture
    #[arg(long, value_name = "ARCH", default_value = "x86")]
    pub(crate) arch: Arch,
    /// Stop when more hosts than this were looked at [default: 150000]
    #[arg(long, value_name = "N")]
    pub(crate) max_states: Option<usize>,
    /// Look for no repair of more steps than this [default: 12]
    #[arg(long, value_name = "N")]
    pub(crate) max_depth: Option<usize>,
    /// Draw the order and its repair too, as an SVG picture in this file: what each step changed
    /// and mends, and what the host is after it
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}

/// `patchstate build`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Build {
    /// Steps, the base operating system first; see `patchstate explain steps`
    #[arg(value_name = "STEP", required = true, hide_possible_values = true)]
    #[arg(value_parser = Offered(&words::STEPS))]
    pub(crate) steps: Vec<String>,
    /// Architecture
    #[arg(long, value_name = "ARCH", default_value = "x86")]
    pub(crate) arch: Arch,
    /// The folder that is to hold `WINDOWS`; new or empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}

/// `patchstate scan`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Scan {
    /// The folders
    #[arg(value_name = "DIR", required_unless_present = "roots_from")]
    pub(crate) folders: Vec<PathBuf>,
    /// Scan also the folders that this file lists, one in each line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) roots_from: Option<PathBuf>,
    /// Rules to run besides the detection core: files as for `verify`
    #[arg(long = "rule", value_name = "RULE", value_hint = ValueHint::AnyPath)]
    pub(crate) rules: Vec<String>,
    #[command(flatten)]
    pub(crate) format: FormatOf<RowFormat>,
}

/// `patchstate inspect`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Inspect {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}

/// `patchstate list`.
#[derive(Debug, Clone, Args)]
pub(crate) struct List {
    /// What to list
    pub(crate) kind: Kind,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Optional components and groups
    Components,
    /// Media of the base operating system
    Media,
    /// Updates and their releases
    Updates,
    /// Files
    Files,
    /// Claims
    Claims,
    /// Assumptions and their switches
    Assumptions,
    /// Rules
    Rules,
    /// What the product is called, and what servicing it lacks
    Product,
}

/// `patchstate explain`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Explain {
    /// The topic, in any letter case, or a path to a rule; without one, all topics are listed
    #[arg(value_name = "TOPIC", hide_possible_values = true)]
    #[arg(value_parser = Offered(&words::TOPICS))]
    pub(crate) topic: Vec<String>,
    #[command(flatten)]
    pub(crate) format: FormatOf<Format>,
}

/// `patchstate completions`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// `patchstate schema`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Schema {
    /// The command
    #[arg(value_name = "COMMAND", value_parser = PossibleValuesParser::new(json::schema_names()))]
    pub(crate) command: String,
}

/// `patchstate help`.
#[derive(Debug, Clone, Args)]
pub(crate) struct HelpOn {
    /// The command; without one, the help that lists all commands
    #[arg(value_name = "COMMAND", hide_possible_values = true)]
    #[arg(value_parser = Offered(&COMMANDS))]
    pub(crate) command: Option<String>,
}

/// The names of commands.
static COMMANDS: LazyLock<Vec<String>> = LazyLock::new(commands);

fn commands() -> Vec<String> {
    Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// The command line as clap knows it.
pub(crate) fn command() -> clap::Command {
    words::plain(Cli::command())
}

/// What the words of a command line ask for.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// When to use colours, by words that may make no sense otherwise.
pub(crate) fn color(arguments: impl IntoIterator<Item = OsString>) -> Color {
    const FLAG: &str = "--color";
    let mut color = Color::Auto;
    let mut words = arguments.into_iter().take_while(|word| word != "--");
    while let Some(word) = words.next() {
        let word = word.to_string_lossy();
        let when = match word.strip_prefix(FLAG) {
            Some("") => words.next().map(|when| when.to_string_lossy().into_owned()),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        let when = when.and_then(|when| Color::from_str(&when, false).ok());
        color = when.unwrap_or(color);
    }
    color
}

/// The command line as clap is to see it.
///
/// Without a command it means `verify`. Flags that stand before the command are moved behind it,
/// since what each of them may say depends on the command. Behind a command that takes steps, a
/// word with one hyphen that is no short flag is a step (`-sp2`, `-iis`), and clap would take it
/// for flags; so its hyphen becomes a minus sign, which steps may begin with too. Behind `--`
/// nothing is changed.
pub(crate) fn prepare(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut prepared: Vec<OsString> = arguments.into_iter().collect();
    let Some(at) = command_word(&prepared) else {
        prepared.insert(1.min(prepared.len()), "verify".into());
        return prepared;
    };
    if let Some(before) = prepared.get_mut(1..=at) {
        before.rotate_right(1);
    }
    let takes_steps = |word: &OsString| TAKES_STEPS.iter().any(|command| word == command);
    if prepared.get(1).is_some_and(takes_steps) {
        let before_the_end = prepared.iter_mut().take_while(|argument| *argument != "--");
        for argument in before_the_end {
            if let Some(step) = argument.to_str().and_then(step_with_minus_sign) {
                *argument = step.into();
            }
        }
    }
    prepared
}

/// The same, with every character spelled out that does something to a terminal or is not seen.
pub(crate) fn harmless(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let harmless = |word: &OsString| Some(neutral_name(word.to_str()?).into_owned().into());
    prepare(arguments.into_iter().map(|word| harmless(&word).unwrap_or(word)))
}

/// Commands whose arguments are steps.
const TAKES_STEPS: [&str; 4] = ["run", "repair", "explore", "build"];

/// The place of the word that names the command: the first one that is neither a flag nor the value
/// of one. Help and the version stand for a command too.
fn command_word(arguments: &[OsString]) -> Option<usize> {
    let takes_value = flags_with_value();
    let mut words = arguments.iter().enumerate().skip(1);
    while let Some((at, word)) = words.next() {
        let word = word.to_string_lossy();
        let is_flag = word.len() > 1 && word.starts_with('-');
        if !is_flag || matches!(&*word, "-h" | "--help" | "-V" | "--version") {
            return Some(at);
        }
        if takes_value.iter().any(|flag| *flag == word) {
            words.next();
        }
    }
    None
}

/// Flags with a value, of any command: each may stand before the command.
fn flags_with_value() -> Vec<String> {
    let cli = Cli::command();
    let of_commands = cli.get_subcommands().flat_map(clap::Command::get_arguments);
    let flags = cli.get_arguments().chain(of_commands);
    let flags = flags.filter(|flag| flag.get_action().takes_values() && !flag.is_positional());
    flags
        .flat_map(|flag| {
            let long = flag.get_long().map(|long| format!("--{long}"));
            long.into_iter().chain(flag.get_short().map(|short| format!("-{short}")))
        })
        .collect()
}

/// A word with one hyphen that reads as a step, with a minus sign instead.
fn step_with_minus_sign(word: &str) -> Option<String> {
    let rest = word.strip_prefix('-').filter(|rest| !rest.is_empty() && !rest.starts_with('-'))?;
    let is_jobs = rest.strip_prefix('j').is_some_and(|number| {
        number.trim_start_matches('=').bytes().all(|byte| byte.is_ascii_digit())
    });
    let is_flags = is_jobs || rest.chars().all(|flag| "qvhV".contains(flag));
    (!is_flags).then(|| format!("\u{2212}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(words: &[&str]) -> Vec<String> {
        let arguments = std::iter::once("patchstate").chain(words.iter().copied());
        let prepared = prepare(arguments.map(OsString::from));
        prepared.into_iter().skip(1).map(|word| word.into_string().unwrap()).collect()
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_means_verify() {
        assert_eq!(prepared(&[]), ["verify"]);
        assert_eq!(prepared(&["--json"]), ["verify", "--json"]);
        assert_eq!(prepared(&["list", "media"]), ["list", "media"]);
        assert_eq!(prepared(&["--help"]), ["--help"]);
        assert_eq!(prepared(&["--max-depth", "2"]), ["verify", "--max-depth", "2"]);
        assert_eq!(prepared(&["--output", "list"]), ["verify", "--output", "list"]);
        assert_eq!(prepared(&["--output=list", "run"]), ["run", "--output=list"]);
    }

    #[test]
    fn a_word_that_is_no_command_is_left_for_the_parser_to_report() {
        assert_eq!(prepared(&["rnu", "os:rtm"]), ["rnu", "os:rtm"]);
    }

    #[test]
    fn words_with_one_hyphen_are_steps_unless_they_are_flags() {
        let words = ["run", "os:rtm", "-sp2", "-j2", "-q", "-iis", "-vv", "-kb973917", "-j", "2"];
        let expected =
            ["run", "os:rtm", "−sp2", "-j2", "-q", "−iis", "-vv", "−kb973917", "-j", "2"];
        assert_eq!(prepared(&words), expected);
        assert_eq!(prepared(&["run", "--", "-sp2"]), ["run", "--", "-sp2"]);
        assert_eq!(prepared(&["--json", "run", "-sp2"]), ["run", "--json", "−sp2"]);
        assert_eq!(prepared(&["scan", "-x"]), ["scan", "-x"]);
    }
}
