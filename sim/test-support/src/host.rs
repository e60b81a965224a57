//! Hosts as trees in memory: files by revision, and a registry.

use crate::{
    hive::Key,
    image::{Export, Image, Symbol},
};
use patchstate_terms::{FileVersion, Level, Machine, WindowsPath};
use std::collections::BTreeMap;
use toml::Table;

/// What the function is called here; nothing public says its real name.
pub const NEW_FUNCTION: &str = "TestOnlyNewFunction";

/// A host to be written.
#[derive(Clone, Debug)]
pub struct Host {
    /// The machine of its images.
    pub machine: Machine,
    /// Level in the registry.
    pub level: Level,
    /// Revision and branch word of each file by path.
    pub files: BTreeMap<String, (u16, &'static str)>,
    /// State of each component in the registry.
    pub components: BTreeMap<&'static str, u32>,
    /// What is recorded of updates.
    pub software: Key,
    /// What the next restart does to files: pairs of a file and its new place.
    pub pending: Vec<String>,
    /// Whether there is a registry.
    pub has_hives: bool,
    /// Files in place of those that would be made.
    pub odd_files: BTreeMap<String, Vec<u8>>,
}

/// The revision of files at each level, in the order of levels.
pub const BASELINES: [u16; 3] = [0, 1830, 3959];
/// Which files come with which component: data of the detection core.
const COMPONENTS: &str = include_str!("../../detect/advisories/components.toml");
const CURRENT_VERSION: &str = r"Microsoft\Windows NT\CurrentVersion";

impl Host {
    /// A host with a web server, everything at one level.
    pub fn new(level: Level) -> Self {
        let revision = BASELINES[usize::from(level.number())];
        let mut host = Self {
            machine: Machine::I386,
            level,
            files: BTreeMap::new(),
            components: BTreeMap::new(),
            software: Key::new("root"),
            pending: Vec::new(),
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
    #[must_use]
    pub fn component(mut self, id: &'static str, level: Level) -> Self {
        self.components.insert(id, 1);
        for path in paths_of(id) {
            self.files.insert(path, (BASELINES[usize::from(level.number())], "gdr"));
        }
        self
    }

    /// Gives a file in `system32/inetsrv`, or elsewhere by its path, another revision.
    #[must_use]
    pub fn file(mut self, name: &str, revision: u16) -> Self {
        self.files.insert(place(name), (revision, "gdr"));
        self
    }

    /// The same for a copy of the QFE branch.
    #[must_use]
    pub fn qfe_file(mut self, name: &str, revision: u16) -> Self {
        self.files.insert(place(name), (revision, "qfe"));
        self
    }

    /// Takes a file away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.files.remove(&place(name)).unwrap();
        self
    }

    /// Puts bytes in the place of a file.
    #[must_use]
    pub fn odd_file(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.odd_files.insert(place(name), bytes.into());
        self
    }

    /// Lets a copy with another revision wait to take the place of a file.
    #[must_use]
    pub fn waiting(self, name: &str, revision: u16) -> Self {
        let path = place(name);
        let copy = format!("{path}.tmp");
        let image = image(&path, revision, "gdr", self.machine).build();
        let windows = |path: &str| format!(r"\??\C:\WINDOWS\{}", path.replace('/', r"\"));
        let (from, to) = (windows(&copy), windows(&path));
        self.odd_file(&copy, image).pending(&from, &to)
    }

    /// Lets the next restart move a file, or delete it where the new place is empty.
    #[must_use]
    pub fn pending(mut self, from: &str, to: &str) -> Self {
        self.pending.extend([from.to_owned(), to.to_owned()]);
        self
    }

    /// Records an update as update.exe does; files by name in `system32/inetsrv`, with revisions.
    #[must_use]
    pub fn update(mut self, key: &str, pack: &str, files: &[(&str, u16)]) -> Self {
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

    /// Every file, by path.
    pub fn contents(&self) -> BTreeMap<WindowsPath, Vec<u8>> {
        let mut contents = BTreeMap::new();
        for (path, (revision, branch)) in &self.files {
            contents.insert(parsed(path), image(path, *revision, branch, self.machine).build());
        }
        if self.has_hives {
            contents.insert(parsed("system32/config/software"), self.software_hive().build());
            contents.insert(parsed("system32/config/system"), self.system_hive().build());
        }
        for (path, bytes) in &self.odd_files {
            contents.insert(parsed(path), bytes.clone());
        }
        contents
    }

    /// The hive `software`.
    pub fn software_hive(&self) -> Key {
        let mut root = self.software.clone();
        let version = root.at(CURRENT_VERSION);
        version
            .text("ProductName", "Microsoft Windows Server 2003")
            .text("CurrentVersion", "5.2")
            .text("CurrentBuildNumber", "3790")
            .text("SystemRoot", r"C:\WINDOWS");
        if self.level.is_service_pack() {
            version.text("CSDVersion", &format!("Service Pack {}", self.level.number()));
        }
        let components =
            root.at(r"Microsoft\Windows\CurrentVersion\Setup\OC Manager\Subcomponents");
        for (id, state) in &self.components {
            components.number(id, *state);
        }
        root
    }

    fn system_hive(&self) -> Key {
        let mut root = system_hive(if self.machine == Machine::I386 { "x86" } else { "AMD64" });
        if !self.pending.is_empty() {
            root.at(r"ControlSet002\Control\Session Manager")
                .texts("PendingFileRenameOperations", &self.pending);
        }
        root
    }
}

/// A system hive that calls the processor so.
pub fn system_hive(word: &str) -> Key {
    let mut root = Key::new("root");
    root.at("Select").number("Current", 2);
    root.at(r"ControlSet002\Control\Session Manager\Environment")
        .text("PROCESSOR_ARCHITECTURE", word);
    root
}

/// The paths of a component's files, as the detection core's advisories list them.
fn paths_of(component: &str) -> Vec<String> {
    let listed: Table = COMPONENTS.parse().expect("the advisories are TOML");
    let listed = listed["component"].as_array().expect("components");
    let component = listed.iter().find(|one| one["id"].as_str() == Some(component)).unwrap();
    let folder = component["folder"].as_str().expect("a folder");
    let names = component["files"].as_array().expect("files").iter();
    names.map(|name| format!("{folder}/{}", name.as_str().expect("a name"))).collect()
}

/// A path below the Windows folder; a name alone is one in `system32/inetsrv`.
pub fn place(name: &str) -> String {
    if name.contains('/') { name.to_owned() } else { format!("system32/inetsrv/{name}") }
}

/// A path of a test.
pub fn parsed(path: &str) -> WindowsPath {
    path.parse().unwrap()
}

/// The file as this family of test hosts has it: `w3core.dll` and `iisutil.dll` import and export
/// the function that came with SP2, everything else agrees at every level.
pub fn image(path: &str, revision: u16, branch: &str, machine: Machine) -> Image {
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
            if revision >= 4600 {
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
