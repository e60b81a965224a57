//! What an image is to contain, as plain values.

use patchstate_terms::{FileVersion, ImportedSymbol, Machine, is_same_name};

/// The DLL whose functions a program with a [`ProgramDescription`] calls.
pub const PROGRAM_API_DLL: &str = "kernel32.dll";

/// The functions that a program with a [`ProgramDescription`] imports from [`PROGRAM_API_DLL`].
///
/// The first five are called. The others are what the start-up code of a compiled program
/// imports; with the five alone, readers take an image for a packed one. All of them are exported
/// by `kernel32.dll` from Windows XP and Windows Server 2003 on.
pub const PROGRAM_API: [&str; 20] = [
    "AddVectoredExceptionHandler",
    "ExitProcess",
    "GetProcAddress",
    "LoadLibraryA",
    "SetUnhandledExceptionFilter",
    "CloseHandle",
    "FreeLibrary",
    "GetCommandLineW",
    "GetCurrentProcess",
    "GetCurrentProcessId",
    "GetCurrentThreadId",
    "GetLastError",
    "GetModuleHandleA",
    "GetStartupInfoA",
    "GetSystemTimeAsFileTime",
    "GetTickCount",
    "IsDebuggerPresent",
    "QueryPerformanceCounter",
    "Sleep",
    "TerminateProcess",
];

/// One PE image: everything that its bytes depend on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageDescription {
    /// The file name, for example `w3core.dll`: printable ASCII.
    pub file_name: String,
    /// `I386` gives PE32, `Amd64` gives PE32+; other machines are refused.
    pub machine: Machine,
    /// What kind of image it is.
    pub kind: ImageKind,
    /// The file version in `VS_FIXEDFILEINFO`.
    pub file_version: FileVersion,
    /// The product version in `VS_FIXEDFILEINFO`. A reader that takes one version for the other
    /// is found out only where the two differ in every field.
    pub product_version: FileVersion,
    /// The string table of the version resource.
    pub strings: VersionStrings,
    /// `TimeDateStamp` of the file header and of the export directory, in seconds since 1970.
    pub time_stamp: u32,
    /// The size of the file in bytes. An image that needs less is filled up to exactly this
    /// size; one that needs more stays as large as it is. `None` leaves it unfilled.
    ///
    /// The filler is a text that says that the file is synthetic. Whole blocks of 512 bytes belong
    /// to the section `.rdata`; what is left after the last whole block (nothing, for every size
    /// that a linker gives) stands behind the last section. A DLL without much in it needs 4096
    /// bytes.
    pub size: Option<u32>,
    /// The exports, in any order.
    pub exports: Vec<ExportDescription>,
    /// The imports, in the order of the import directory.
    pub imports: Vec<ImportDescription>,
    /// What a program does; only for [`ImageKind::Program`]. A program without it returns 0 at
    /// once.
    pub program: Option<ProgramDescription>,
}

impl ImageDescription {
    /// A description without exports and imports, whose strings say that the file is synthetic
    /// and whose product version differs from the file version in every field.
    #[must_use]
    pub fn new(
        file_name: &str,
        machine: Machine,
        kind: ImageKind,
        file_version: FileVersion,
    ) -> Self {
        let product_version = FileVersion::new(
            file_version.major.wrapping_add(1),
            file_version.minor.wrapping_add(2),
            file_version.build.wrapping_add(3),
            file_version.revision.wrapping_add(4),
        );
        Self {
            file_name: file_name.to_owned(),
            machine,
            kind,
            file_version,
            product_version,
            strings: VersionStrings::synthetic(
                file_name,
                &file_version.to_string(),
                product_version,
            ),
            time_stamp: 0,
            size: None,
            exports: Vec::new(),
            imports: Vec::new(),
            program: None,
        }
    }

    /// The imports that the image really has: the described ones, and those that the code of its
    /// program calls, unless they are among them.
    #[must_use]
    pub fn all_imports(&self) -> Vec<ImportDescription> {
        let mut imports = self.imports.clone();
        if self.program.is_none() {
            return imports;
        }
        let is_api = |import: &&mut ImportDescription| {
            !import.delayed && is_same_name(&import.dll, PROGRAM_API_DLL)
        };
        let needed = PROGRAM_API.map(|name| ImportedSymbol::Name(name.to_owned()));
        if let Some(api) = imports.iter_mut().find(is_api) {
            for symbol in needed {
                if !api.symbols.contains(&symbol) {
                    api.symbols.push(symbol);
                }
            }
        } else {
            imports.push(ImportDescription {
                dll: PROGRAM_API_DLL.to_owned(),
                delayed: false,
                symbols: needed.to_vec(),
            });
        }
        imports
    }
}

/// What kind of image it is: decides file flags, subsystem and entry point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImageKind {
    /// A DLL; its entry point returns TRUE.
    Library,
    /// A program of the Windows subsystem.
    Program,
    /// A driver or the kernel: native subsystem; its entry point returns `STATUS_SUCCESS`.
    Native,
}

/// The `StringFileInfo` table of the version resource, language 0409, code page 04b0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionStrings {
    /// `CompanyName`.
    pub company: String,
    /// `FileDescription`.
    pub description: String,
    /// `FileVersion`, for example `6.0.3790.4215 (srv03_sp2_gdr.080101-0000)`.
    pub file_version: String,
    /// `InternalName`.
    pub internal_name: String,
    /// `LegalCopyright`.
    pub copyright: String,
    /// `OriginalFilename`.
    pub original_file_name: String,
    /// `ProductName`.
    pub product_name: String,
    /// `ProductVersion`.
    pub product_version: String,
}

impl VersionStrings {
    /// Strings that say that the file is synthetic, with the string of the file version as given.
    #[must_use]
    pub fn synthetic(file_name: &str, file_version: &str, product_version: FileVersion) -> Self {
        Self {
            company: "patchstate (synthetic file)".to_owned(),
            description: format!("Synthetic stand-in for {file_name}"),
            file_version: file_version.to_owned(),
            internal_name: file_name.to_owned(),
            copyright: "Synthetic; no vendor's code".to_owned(),
            original_file_name: file_name.to_owned(),
            product_name: "patchstate simulation".to_owned(),
            product_version: product_version.to_string(),
        }
    }

    /// Keys and values in the order of the resource.
    pub(super) fn entries(&self) -> [(&'static str, &str); 8] {
        [
            ("CompanyName", &self.company),
            ("FileDescription", &self.description),
            ("FileVersion", &self.file_version),
            ("InternalName", &self.internal_name),
            ("LegalCopyright", &self.copyright),
            ("OriginalFilename", &self.original_file_name),
            ("ProductName", &self.product_name),
            ("ProductVersion", &self.product_version),
        ]
    }
}

/// One export. It has a name, an ordinal or both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExportDescription {
    /// The ordinal; `None` takes the lowest free one from 1, in the order of the list.
    pub ordinal: Option<u16>,
    /// The name, also a decorated one; `None` for an export by ordinal only.
    pub name: Option<String>,
    /// What it leads to.
    pub target: ExportTarget,
}

impl ExportDescription {
    /// A function that returns 0, exported by name.
    #[must_use]
    pub fn function(name: &str) -> Self {
        Self {
            ordinal: None,
            name: Some(name.to_owned()),
            target: ExportTarget::Function(FunctionBody::ReturnZero),
        }
    }
}

/// What an export leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExportTarget {
    /// Code of this image.
    Function(FunctionBody),
    /// An export of another DLL: `NTDLL.RtlAllocateHeap` or `OTHER.#12`.
    Forwarder(String),
}

/// What the code of a function does. No function takes arguments; each returns 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FunctionBody {
    /// Returns 0.
    ReturnZero,
    /// Calls imports of the image one after the other, without arguments, then returns 0.
    CallImports(Vec<ImportedCall>),
}

/// An import of the image that a function calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportedCall {
    /// The DLL, as in the list of imports; letter case does not matter.
    pub dll: String,
    /// The symbol, as in the list of imports.
    pub symbol: ImportedSymbol,
}

/// What is imported from one DLL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportDescription {
    /// The DLL's file name.
    pub dll: String,
    /// Whether the import is in the delay import directory. Calls of delayed imports return 0
    /// without loading the DLL.
    pub delayed: bool,
    /// The symbols, in the order of the tables; at least one.
    pub symbols: Vec<ImportedSymbol>,
}

/// What a program does, step by step, and how its exit code tells what happened.
///
/// Windows refuses to load a DLL with an import that does not resolve, so the program ends with
/// [`ExitCodes::load_failed`]. Wine loads it, and raises an exception of its own when the
/// import is called; a vectored exception handler in the program turns that one into
/// [`ExitCodes::unresolved_call`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProgramDescription {
    /// The DLLs that are loaded, in this order.
    pub loads: Vec<RuntimeLoad>,
    /// The exit codes.
    pub exit_codes: ExitCodes,
}

/// A DLL that a program loads while it runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuntimeLoad {
    /// The DLL's file name.
    pub dll: String,
    /// The exported function that is looked up and called, without arguments.
    pub entry: Option<String>,
}

/// The exit codes of a program. A shell of another system sees the lowest 8 bits only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExitCodes {
    /// Every DLL was loaded, every entry was found and called.
    pub success: u32,
    /// The first DLL could not be loaded; for the second one it is this number plus 1, and so on.
    pub load_failed: u32,
    /// A DLL does not export its entry.
    pub entry_missing: u32,
    /// An import that does not resolve was called.
    pub unresolved_call: u32,
    /// Any other exception that nothing took care of.
    pub other_exception: u32,
}

impl Default for ExitCodes {
    fn default() -> Self {
        Self {
            success: 0,
            load_failed: 64,
            entry_missing: 96,
            unresolved_call: 97,
            other_exception: 98,
        }
    }
}
