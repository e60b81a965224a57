//! Hosts as trees in memory: files by revision, and a registry.

use super::{
    hive::Key,
    image::{Export, Image, Symbol},
};
use patchstate_detect::{MemoryTree, Verdict, advisory::Advisories, gather, judge};
use patchstate_terms::{FileVersion, Level, Machine, WindowsPath};
use std::collections::BTreeMap;

/// What the function is called here; nothing public says its real name.
pub(crate) const NEW_FUNCTION: &str = "TestOnlyNewFunction";

/// A host to be written.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) machine: Machine,
    /// Level in the registry.
    pub(crate) level: Level,
    /// Revision and branch word of each file by path.
    pub(crate) files: BTreeMap<String, (u16, &'static str)>,
    pub(crate) components: BTreeMap<&'static str, u32>,
    pub(crate) software: Key,
    pub(crate) has_hives: bool,
    /// Files in place of those that would be made.
    pub(crate) odd_files: BTreeMap<String, Vec<u8>>,
}

pub(crate) const BASELINES: [u16; 3] = [0, 1830, 3959];
const CURRENT_VERSION: &str = r"Microsoft\Windows NT\CurrentVersion";

impl Host {
    /// A host with a web server, everything at one level.
    pub(crate) fn new(level: Level) -> Self {
        let revision = BASELINES[level.index()];
        let mut host = Self {
            machine: Machine::I386,
            level,
            files: BTreeMap::new(),
            components: BTreeMap::new(),
            software: Key::new("root"),
            has_hives: true,
            odd_files: BTreeMap::new(),
        };
        for name in ["ntoskrnl.exe", "kernel32.dll", "ntdll.dll", "httpapi.dll"] {
            host.files.insert(format!("system32/{name}"), (revision, "gdr"));
        }
        host.files.insert("system32/drivers/http.sys".to_owned(), (revision, "gdr"));
        host.component("iis_common", level).component("iis_www", level)
    }

    /// Adds a component with files of a level.
    pub(crate) fn component(mut self, id: &'static str, level: Level) -> Self {
        self.components.insert(id, 1);
        let known = Advisories::built_in();
        let component = known.components.iter().find(|c| c.id == id).unwrap();
        for number in &component.files {
            let path = known.file(*number).unwrap().path.to_string();
            self.files.insert(path, (BASELINES[level.index()], "gdr"));
        }
        self
    }

    /// Gives a file in `system32/inetsrv`, or elsewhere by its path, another revision.
    pub(crate) fn file(mut self, name: &str, revision: u16) -> Self {
        self.files.insert(place(name), (revision, "gdr"));
        self
    }

    pub(crate) fn qfe_file(mut self, name: &str, revision: u16) -> Self {
        self.files.insert(place(name), (revision, "qfe"));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.files.remove(&place(name)).unwrap();
        self
    }

    pub(crate) fn odd_file(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.odd_files.insert(place(name), bytes.into());
        self
    }

    /// Records an update as update.exe does; files by name in `system32/inetsrv`, with revisions.
    pub(crate) fn update(mut self, key: &str, pack: &str, files: &[(&str, u16)]) -> Self {
        let path = format!(r"Microsoft\Updates\Windows Server 2003\{pack}\{key}");
        self.software.at(&path).text("Description", "Update");
        for (number, (name, revision)) in files.iter().enumerate() {
            self.software
                .at(&format!(r"{path}\Filelist\{number}"))
                .text("FileName", name)
                .text("Location", r"C:\WINDOWS\system32\inetsrv")
                .text("Version", &format!("6.0.3790.{revision}"));
        }
        self
    }

    pub(crate) fn tree(&self) -> MemoryTree {
        let mut tree = MemoryTree::new();
        for (path, (revision, branch)) in &self.files {
            tree.insert(parsed(path), image(path, *revision, branch, self.machine).build());
        }
        if self.has_hives {
            tree.insert(parsed("system32/config/software"), self.software_hive().build());
            tree.insert(parsed("system32/config/system"), self.system_hive().build());
        }
        for (path, bytes) in &self.odd_files {
            tree.insert(parsed(path), bytes.as_slice());
        }
        tree
    }

    pub(crate) fn software_hive(&self) -> Key {
        let mut root = self.software.clone();
        let version = root.at(CURRENT_VERSION);
        version
            .text("ProductName", "Microsoft Windows Server 2003")
            .text("CurrentVersion", "5.2")
            .text("CurrentBuildNumber", "3790")
            .text("SystemRoot", r"C:\WINDOWS");
        match self.level {
            Level::Rtm => {}
            Level::Sp1 => {
                version.text("CSDVersion", "Service Pack 1");
            }
            Level::Sp2 => {
                version.text("CSDVersion", "Service Pack 2");
            }
        }
        let components =
            root.at(r"Microsoft\Windows\CurrentVersion\Setup\OC Manager\Subcomponents");
        for (id, state) in &self.components {
            components.number(id, *state);
        }
        root
    }

    fn system_hive(&self) -> Key {
        system_hive(if self.machine == Machine::I386 { "x86" } else { "AMD64" })
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let verdict = judge(&gather(&self.tree()));
        // A reader sees the sentence alone.
        for finding in &verdict.findings {
            let name = finding.file.file_name();
            assert!(finding.detail.contains(name), "{name} is not named: {}", finding.detail);
        }
        verdict
    }
}

/// A system hive that calls the processor so.
pub(crate) fn system_hive(word: &str) -> Key {
    let mut root = Key::new("root");
    root.at("Select").number("Current", 2);
    root.at(r"ControlSet002\Control\Session Manager\Environment")
        .text("PROCESSOR_ARCHITECTURE", word);
    root
}

pub(crate) fn place(name: &str) -> String {
    if name.contains('/') { name.to_owned() } else { format!("system32/inetsrv/{name}") }
}

pub(crate) fn parsed(path: &str) -> WindowsPath {
    path.parse().unwrap()
}

/// The file as this family of test hosts has it: `w3core.dll` and `iisutil.dll` import and export
/// the function that came with SP2, everything else agrees at every level.
pub(crate) fn image(path: &str, revision: u16, branch: &str, machine: Machine) -> Image {
    let is_system = !path.contains("inetsrv");
    let version = if is_system {
        FileVersion::new(5, 2, 3790, revision)
    } else {
        FileVersion::new(6, 0, 3790, revision)
    };
    let mut image = Image {
        machine,
        text: Some(format!("{version} (srv03_sp2_{branch}.080101-0000)")),
        ..Image::with_version(version)
    };
    match path.rsplit('/').next().unwrap() {
        "iisutil.dll" => {
            image.exports = vec![Export::Named(b"Common"), Export::Nameless];
            if revision >= 3959 {
                image.exports.push(Export::Named(NEW_FUNCTION.as_bytes()));
            }
        }
        "w3core.dll" => {
            let mut symbols = vec![Symbol::Name("Common"), Symbol::Ordinal(2)];
            if revision >= 4639 {
                symbols.push(Symbol::Name(NEW_FUNCTION));
            }
            image = image
                .imports("IISUTIL.dll", &symbols)
                .imports("w3dt.dll", &[Symbol::Name("Run")])
                .imports("KERNEL32", &[Symbol::Name("ExitProcess")]);
        }
        "w3dt.dll" => image.exports = vec![Export::Named(b"Run")],
        "kernel32.dll" => {
            image.exports = vec![Export::Forwarded("ExitProcess", "NTDLL.RtlExit")];
        }
        "ntdll.dll" => image.exports = vec![Export::Named(b"RtlExit")],
        "w3wp.exe" => image = image.imports("kernel32.dll", &[Symbol::Name("ExitProcess")]),
        _ => {}
    }
    image
}
