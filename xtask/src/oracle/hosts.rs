//! The hosts that the oracles look at: built by the `patchstate` command, and told by it.
//!
//! The install orders are those of `hosts.txt`, which names what each one is for, and those of
//! every scenario, also on x64 where that order exists there.

use crate::{checkout, command, failure::Failure, reading, screen::warn};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// An architecture and the steps of an install order.
type Order = (String, Vec<String>);

/// Different hosts, each with its tree of files.
#[derive(Debug)]
pub(crate) struct Hosts {
    /// The `patchstate` command that built them.
    pub(crate) patchstate: PathBuf,
    /// The hosts, in the order of the lists.
    pub(crate) built: Vec<Host>,
    orders: usize,
    left_out: usize,
    _folder: Folder,
}

/// A folder that goes with the value: all trees together take some gigabytes.
#[derive(Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0)
            && self.0.exists()
        {
            warn(&format!("{} is still there: {error}", self.0.display()));
        }
    }
}

/// One host.
#[derive(Debug)]
pub(crate) struct Host {
    /// Architecture, assumptions and steps.
    pub(crate) name: String,
    /// `x86` or `x64`.
    pub(crate) architecture: String,
    /// The folder that holds `WINDOWS`.
    pub(crate) folder: PathBuf,
    /// The object of `patchstate run --json`.
    pub(crate) story: Value,
}

impl Host {
    /// A file below the Windows folder.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        below.split('/').fold(self.folder.join("WINDOWS"), |path, piece| path.join(piece))
    }

    /// Path and version of every image of the host, as the model has it.
    pub(crate) fn images(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.story["host"]["files"].as_array().into_iter().flatten();
        files.filter_map(|file| Some((file["path"].as_str()?, file["version"].as_str()?)))
    }

    /// What is assumed of it, as `ID=VALUE`: that can change what stands in files.
    pub(crate) fn assumed(&self) -> Vec<&str> {
        self.name.split(' ').filter(|word| is_setting(word)).collect()
    }

    /// What makes two hosts the same for a reader: architecture, assumptions, level, files,
    /// registry.
    fn identity(&self) -> String {
        let (assumed, host) = (self.assumed(), &self.story["host"]);
        format!("{} {assumed:?} {host} {:?}", self.architecture, self.registry())
    }

    /// Every registry value of the host by its path: what all steps together have written.
    pub(crate) fn registry(&self) -> BTreeMap<String, Value> {
        let mut registry = BTreeMap::new();
        let steps = self.story["steps"].as_array().into_iter().flatten();
        let changes = steps.filter_map(|step| step["registry_changes"].as_array()).flatten();
        for change in changes {
            let path = change["path"].as_str().unwrap_or_default().to_owned();
            match &change["to"] {
                Value::Null => registry.remove(&path),
                content => registry.insert(path, content.clone()),
            };
        }
        registry
    }
}

impl Hosts {
    /// Builds every host of the lists once, below the target folder.
    pub(crate) fn build() -> Result<Self, Failure> {
        let patchstate = reading::patchstate()?;
        let orders = orders()?;
        // Two runs at a time do not get into each other's way.
        let folder = format!("hosts-{}", process::id());
        let folder = Folder(checkout::target().join("oracle").join(folder));
        fs::create_dir_all(&folder.0)?;
        warn(&format!("telling {} install orders", orders.len()));
        let told = in_parallel(&orders, |_, (order, source)| tell(&patchstate, order, *source))?;
        let mut known = BTreeSet::new();
        let mut hosts: Vec<Host> = told.into_iter().flatten().collect();
        let left_out = orders.len() - hosts.len();
        hosts.retain(|host| known.insert(host.identity()));
        for (number, host) in hosts.iter_mut().enumerate() {
            host.folder = folder.0.join(number.to_string());
        }
        warn(&format!("building {} different hosts", hosts.len()));
        in_parallel(&hosts, |_, host| build(&patchstate, host))?;
        Ok(Self { patchstate, built: hosts, orders: orders.len(), left_out, _folder: folder })
    }

    /// How many there are.
    pub(crate) fn summary(&self) -> String {
        let count =
            |wanted: &str| self.built.iter().filter(|host| host.architecture == wanted).count();
        format!(
            "{} install orders lead to {} different hosts: {} on x86, {} on x64; {} of scenarios \
             do not exist on x64",
            self.orders,
            self.built.len(),
            count("x86"),
            count("x64"),
            self.left_out
        )
    }
}

/// Does the same with every item, two at a time where the machine can, and keeps the order.
pub(crate) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    act: impl Fn(usize, &T) -> Result<R, String> + Sync,
) -> Result<Vec<R>, Failure> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            let result = act(at, item);
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, result);
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(done.into_values().collect::<Result<Vec<R>, String>>()?)
}

/// What comes of an install order; `None` for one of a scenario that does not exist on x64: which
/// architecture a scenario is for is not looked at here.
fn tell(
    patchstate: &Path,
    (architecture, steps): &Order,
    source: Source,
) -> Result<Option<Host>, String> {
    let name = format!("{architecture} {}", steps.join(" "));
    let mut command = Command::new(patchstate);
    command.args(["run", "--json", "--exit-zero", "--arch", architecture]);
    command.args(steps.iter().flat_map(|word| as_arguments(word)));
    let output = command::output(&mut command, &[]).map_err(|error| error.to_string())?;
    if output.status.code() == Some(2) && architecture == "x64" && source == Source::Scenario {
        return Ok(None);
    }
    let story = serde_json::from_slice(&output.stdout).map_err(|error| {
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        format!("`patchstate run` of `{name}` prints no JSON: {error}: {complaint}")
    })?;
    let folder = PathBuf::new();
    Ok(Some(Host { name, architecture: architecture.clone(), folder, story }))
}

fn build(patchstate: &Path, host: &Host) -> Result<(), String> {
    let (architecture, steps) = host.name.split_once(' ').unwrap_or_default();
    let mut command = Command::new(patchstate);
    command.args(["build", "--quiet", "--arch", architecture]);
    command.args(steps.split(' ').flat_map(as_arguments));
    command.arg("--out").arg(&host.folder);
    let output = command::output(&mut command, &[]).map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("`patchstate build` of `{}` fails: {complaint}", host.name))
}

/// Whether a word of an order is a value of an assumption and no step.
fn is_setting(word: &str) -> bool {
    word.contains('=')
}

/// A word of an order as the command takes it.
fn as_arguments(word: &str) -> Vec<&str> {
    if is_setting(word) { vec!["--assume", word] } else { vec![word] }
}

/// Where an install order is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    List,
    Scenario,
}

/// Every install order: those of the list, then those of the scenarios.
fn orders() -> Result<Vec<(Order, Source)>, Failure> {
    let list = checkout::root().join("xtask").join("oracles").join("hosts.txt");
    let listed = listed(&fs::read_to_string(list)?).into_iter();
    let mut orders: Vec<_> = listed.map(|order| (order, Source::List)).collect();
    let scenarios = checkout::root().join("corpus").join("scenarios");
    let mut chapters: Vec<PathBuf> =
        fs::read_dir(scenarios)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Failure>>()?;
    chapters.sort();
    for chapter in chapters {
        for steps in scenario_steps(&fs::read_to_string(chapter)?) {
            orders.push((("x86".to_owned(), steps.clone()), Source::Scenario));
            orders.push((("x64".to_owned(), steps), Source::Scenario));
        }
    }
    let mut known = BTreeSet::new();
    orders.retain(|(order, _)| known.insert(order.clone()));
    Ok(orders)
}

/// Lines of architecture, assumptions and steps; `#` opens a comment.
fn listed(text: &str) -> Vec<Order> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let order = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some((words.next()?, words.collect()))
    };
    lines.filter_map(order).collect()
}

/// The steps of every scenario of a chapter.
fn scenario_steps(chapter: &str) -> Vec<Vec<String>> {
    let blocks = chapter.split("\n```steps\n").skip(1);
    let steps = |block: &str| {
        let lines = block.lines().take_while(|line| !line.starts_with("```"));
        let lines = lines.map(|line| line.split('#').next().unwrap_or_default());
        lines.flat_map(str::split_whitespace).map(str::to_owned).collect::<Vec<_>>()
    };
    blocks.map(steps).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_are_no_orders() {
        let orders = listed("# all\n\nx86 os:rtm sp2 # twice\n  x64   os:sp1\n");
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            orders,
            [("x86".to_owned(), words(&["os:rtm", "sp2"])), ("x64".to_owned(), words(&["os:sp1"]))]
        );
    }

    #[test]
    fn what_is_assumed_is_told_to_the_command() {
        let words = ["A28=fails", "os:rtm", "-sp2"].map(as_arguments).concat();
        assert_eq!(words, ["--assume", "A28=fails", "os:rtm", "-sp2"]);
    }

    #[test]
    fn the_steps_of_a_chapter_are_those_of_its_blocks() {
        let chapter = "# A\n\n```steps\nos:rtm # one\n# none\nsp2\n```\n\n```expect\n```\n\n\
                       ```steps\nos:sp1\n```\n";
        assert_eq!(scenario_steps(chapter), [vec!["os:rtm", "sp2"], vec!["os:sp1"]]);
    }
}
