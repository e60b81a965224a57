//! Healthy and unhealthy trees to be damaged, in memory and on disk.

use patchstate_catalog::Catalog;
use patchstate_image::HostTree;
use patchstate_servicing::Switches;
use patchstate_study::{Facts, Simulation};
use patchstate_terms::Architecture;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Nothing is wrong with it.
pub(crate) static CONSISTENT: LazyLock<HostTree> = LazyLock::new(|| tree("os:sp2 +iis"));

/// All IIS files are behind, and the worker process cannot load.
pub(crate) static BROKEN: LazyLock<HostTree> =
    LazyLock::new(|| tree("os:rtm sp2 +iis@rtm kb973917/v1"));

fn tree(order: &str) -> HostTree {
    let catalog = Arc::new(Catalog::built_in());
    let simulation = Simulation::new(&Facts::of(&catalog), Architecture::X86, Switches::default());
    let simulation = simulation.expect("the built-in catalog");
    let words: Vec<&str> = order.split(' ').collect();
    let host = simulation.follow(&words).expect("steps of the catalog");
    simulation.tree(&host).expect("images of the catalog")
}

/// A tree on disk, with its Windows folder.
pub(crate) struct Disk {
    pub(crate) folder: TempDir,
    pub(crate) windows: PathBuf,
}

impl Disk {
    /// Writes a tree.
    pub(crate) fn new(tree: &HostTree) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let built = tree.to_built_tree();
        built.write_to(folder.path(), "WINDOWS").expect("an empty folder");
        let windows = folder.path().join("WINDOWS");
        Self { folder, windows }
    }

    /// The place of a file.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.windows.join(path)
    }

    /// The place of a file, which is gone now.
    pub(crate) fn without(&self, path: &str) -> PathBuf {
        let place = self.file(path);
        fs::remove_file(&place).expect("a file of the tree");
        place
    }

    /// Scans the tree.
    pub(crate) fn scan(&self) -> Scan {
        scan(self.folder.path())
    }
}

/// What a scan said.
pub(crate) struct Scan {
    pub(crate) code: i32,
    pub(crate) status: String,
    /// `kind file` of each finding.
    pub(crate) findings: Vec<String>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Scan {
    /// Whether a finding of one of the kinds is about a file.
    pub(crate) fn has(&self, kinds: &[&str], file: &str) -> bool {
        kinds.iter().any(|kind| self.findings.contains(&format!("{kind} {file}")))
    }
}

/// Scans a folder with the program.
pub(crate) fn scan(folder: &Path) -> Scan {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchstate"));
    command.arg("scan").arg("--json").arg(folder);
    let (code, stdout, stderr) = finished(&command);
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let findings = object["findings"].as_array().cloned().unwrap_or_default();
    let word = |finding: &serde_json::Value| {
        format!("{} {}", text(&finding["kind"]), text(&finding["file"]))
    };
    let findings = findings.iter().map(word).collect();
    Scan { code, status: text(&object["status"]), findings, stdout, stderr }
}

/// Runs a command to its end, which must come soon and must not be a panic.
pub(crate) fn finished(command: &Command) -> (i32, String, String) {
    let mut bounded = assert_cmd::Command::new(command.get_program());
    bounded.args(command.get_args());
    let start = Instant::now();
    // Far more than any of these takes, far less than for ever.
    let output = bounded.timeout(Duration::from_secs(120)).output();
    let output = output.expect("the program starts");
    let code = output.status.code();
    let code = code.unwrap_or_else(|| panic!("killed after {:?}", start.elapsed()));
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(![70, 101].contains(&code), "an internal error: {stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    (code, stdout, stderr)
}
