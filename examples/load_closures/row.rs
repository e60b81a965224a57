//! What a row of the table is made of.

/// Files below `system32`, and what each of them has.
pub(crate) type Files = &'static [(&'static str, &'static [Has])];

/// One folder. The worker process loads `w3dt.dll` and then `w3core.dll`, whose function
/// `StartWorkerCore` it calls; where a row says nothing of one of the three files, it is there and
/// imports nothing.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// What it is, in plain words.
    pub(crate) what: &'static str,
    /// The files.
    pub(crate) files: Files,
    /// What must be missing.
    pub(crate) missing: &'static [Missing],
    /// Forwarders that are followed and lead nowhere.
    pub(crate) dead_forwarders: &'static [&'static str],
    /// Files that the loader has no reason to open, does not come to, or gives up.
    pub(crate) not_loaded: &'static [&'static str],
    /// How the worker process ends under Wine.
    pub(crate) end: End,
    /// What is peculiar to Wine, besides what [`End::AtCall`] says.
    pub(crate) wine: Difference,
}

impl Row {
    /// A row of which nothing else is to be said.
    pub(crate) const fn new(
        what: &'static str,
        files: Files,
        missing: &'static [Missing],
        end: End,
    ) -> Self {
        let wine = Difference { also: &[], not: &[], why: "" };
        Self { what, files, missing, dead_forwarders: &[], not_loaded: &[], end, wine }
    }
}

/// What a file has. A symbol is a name, or `#` and an ordinal.
#[derive(Clone, Copy)]
pub(crate) enum Has {
    /// A function that does nothing.
    Gives(&'static str),
    /// A function that calls everything that the file imports at load time.
    Calls(&'static str),
    /// An export that leads to another DLL.
    Forwards(&'static str, &'static str),
    /// A symbol of a DLL that is bound when the file is loaded.
    Needs(&'static str, &'static str),
    /// A symbol of a DLL that is bound when it is called.
    NeedsLater(&'static str, &'static str),
}

/// What must be missing: the importing file first.
#[derive(Clone, Copy)]
pub(crate) enum Missing {
    /// A DLL.
    Dll(&'static str, &'static str),
    /// A symbol of a DLL.
    Symbol(&'static str, &'static str, &'static str),
}

/// How a worker process ends under Wine.
#[derive(Clone, Copy)]
pub(crate) enum End {
    /// It runs to its end.
    Well,
    /// It calls an import that does not resolve. Windows would not load the importing file
    /// (`LoadLibrary`: `ERROR_PROC_NOT_FOUND`); Wine does, and raises an exception at the call.
    AtCall,
    /// `LoadLibrary` fails for the second of the files that it loads.
    SecondRefused,
    /// It is not started, since it imports from a DLL that is not there: `STATUS_DLL_NOT_FOUND`.
    NotStarted,
    /// It has used up its stack.
    NoStackLeft,
}

/// What is peculiar to Wine.
#[derive(Clone, Copy)]
pub(crate) struct Difference {
    /// What Wine says besides.
    pub(crate) also: &'static [Missing],
    /// What it does not say.
    pub(crate) not: &'static [Missing],
    /// What it does, and why. Empty where nothing is peculiar.
    pub(crate) why: &'static str,
}
