//! The codes of all diagnostics about catalogs, each with the words beside its mark.
//!
//! A code is stable: people search for it, and tests name it. What is checked is in `read.rs` and
//! below `resolve`; this table is what `explain` can print.

/// A kind of mistake in a catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code {
    /// The stable name, for example `catalog/unknown-component`.
    pub name: &'static str,
    /// What stands beside the mark.
    pub label: &'static str,
    /// When it is reported, as a sentence.
    pub explanation: &'static str,
}

macro_rules! codes {
    ($($constant:ident = $name:literal, $label:literal, $explanation:literal;)*) => {
        $(
            pub(crate) const $constant: Code = Code {
                name: concat!("catalog/", $name),
                label: $label,
                explanation: $explanation,
            };
        )*
        /// Every code, in the order of the checks.
        pub const CODES: &[Code] = &[$($constant),*];
    };
}

/// Mistakes of form: each is said, whatever else stands at its place.
pub(crate) const FORM: [Code; 3] = [UNKNOWN_FIELD, MISSING_FIELD, WRONG_TYPE];

/// Mistakes that come from comparing facts: where one of them could not be read, they may only
/// follow from that.
pub(crate) const FOLLOWING: [Code; 24] = [
    MISSING_LEVEL,
    LEVEL_ORDER,
    NO_MEDIA,
    NO_CACHE,
    EMPTY_GROUP,
    FILE_OWNER,
    MISSING_SIZE,
    BAD_EXPORT,
    BAD_IMPORT,
    DANGLING_IMPORT,
    DANGLING_FORWARD,
    DANGLING_LOAD,
    UNKNOWN_REVISION,
    UNUSED_SOURCE,
    REGISTERED_TOO_LOW,
    MISSING_RELEASE,
    RELEASE_NUMBER,
    DATE_ORDER,
    PACKAGE_REVISION,
    RELEASE_REVISION,
    QFE_REVISION,
    REGISTRY_CONTENT,
    MISSING_PLACEHOLDER,
    PRODUCT_VERSION,
];

codes! {
    SYNTAX = "syntax", "not TOML from here",
        "The file is not TOML. What holds of the catalog as a whole is not checked until it is.";
    UNKNOWN_SECTION = "unknown-section", "no such section",
        "A catalog has no section of that name.";
    WRONG_SECTION = "wrong-section", "another shape is expected",
        "A section that is repeated stands in double brackets, one that is not in single ones.";
    UNKNOWN_FIELD = "unknown-field", "no such field",
        "The entry has no field of that name.";
    MISSING_FIELD = "missing-field", "incomplete",
        "The entry lacks a field that it must have.";
    WRONG_TYPE = "wrong-type", "not what the field holds",
        "The value is of another type than the field, or out of its range.";
    MISSING_SECTION = "missing-section", "incomplete",
        "No file of the catalog has a section that every catalog needs.";
    DUPLICATE_SECTION = "duplicate-section", "a second time",
        "A section that stands once in a catalog stands there again.";
    TOO_MANY_ENTRIES = "too-many-entries", "one too many",
        "There are more entries of a kind than 65000, the most that ids can number, or more than \
         255 releases of one update.";
    EMPTY_TEXT = "empty-text", "nothing is said",
        "A text that is shown or compared is empty or blank.";
    BAD_TEXT = "bad-text", "has a control character",
        "A text that is written into files has a control character.";
    NAME_TOO_LONG = "name-too-long", "too long",
        "A name or text is longer than the files that it is written into allow.";
    BAD_ID = "bad-id", "cannot be written in a step or reference",
        "An id has characters, or a shape, that steps and references cannot have.";
    AMBIGUOUS_ID = "ambiguous-id", "reads as another step",
        "A component or group is called like a service pack or an update, so that the step that \
         removes it would be read as theirs.";
    UNKNOWN_WORD = "unknown-word", "none of the known words",
        "A field holds one of a few words, and this is none of them.";
    MISSING_PROVENANCE = "missing-provenance", "where does it come from?",
        "A fact has no source or no confidence, and its section's defaults give none.";
    UNKNOWN_SOURCE = "unknown-source", "no such source",
        "A fact names a source that the catalog does not list.";
    DUPLICATE_SOURCE = "duplicate-source", "a second time",
        "Two sources have the same id.";
    UNUSED_SOURCE = "unused-source", "no fact names it",
        "A warning: a source is listed and no fact comes from it.";
    UNKNOWN_ASSUMPTION = "unknown-assumption", "no such assumption",
        "A fact names an assumption that the catalog does not list.";
    DUPLICATE_ASSUMPTION = "duplicate-assumption", "a second time",
        "Two assumptions have the same id.";
    ASSUMED_WITHOUT_ASSUMPTION = "assumed-without-assumption", "which assumption?",
        "A fact is assumed and names no assumption, so that no report could name it.";
    BAD_SWITCH = "bad-switch", "not a choice",
        "An assumption's switch has one value only, or a value that is no plain word.";
    UNKNOWN_SETTING = "unknown-setting", "no such value",
        "A row holds under a value that no assumption has.";
    DUPLICATE_VALUE = "duplicate-value", "a second time",
        "An assumption's switch has the same value twice.";
    UNKNOWN_LEVEL = "unknown-level", "no such level",
        "A level is not rtm or sp and a number, or the catalog has no entry for it.";
    MISSING_LEVEL = "missing-level", "incomplete",
        "There is no level.";
    DUPLICATE_LEVEL = "duplicate-level", "a second time",
        "A level has two entries, or stands twice in a list.";
    LEVEL_ORDER = "level-order", "out of order",
        "Levels do not ascend, in a list or by the revisions of their files.";
    BAD_VERSION = "bad-version", "not such a version",
        "A version is not four numbers, or the one of a family has a revision.";
    UNKNOWN_FAMILY = "unknown-family", "no such family",
        "A file names a version family that the catalog does not have.";
    DUPLICATE_FAMILY = "duplicate-family", "a second time",
        "Two version families have the same id.";
    UNKNOWN_ARCHITECTURE = "unknown-architecture", "no such architecture",
        "An architecture is none of x86 and x64.";
    DUPLICATE_ARCHITECTURE = "duplicate-architecture", "a second time",
        "An architecture has two entries.";
    NO_MEDIA = "no-media", "nothing to install from",
        "An architecture has no media, so that no host could have it.";
    NO_CACHE = "no-cache", "of no use here",
        "Something is about the service pack cache, and the product has none.";
    BAD_SERVICE_PACK = "bad-service-pack", "is not a service pack",
        "The release itself stands in a list of service packs.";
    UNKNOWN_COMPONENT = "unknown-component", "no such component",
        "Something names a component that the catalog does not have.";
    DUPLICATE_COMPONENT = "duplicate-component", "a second time",
        "Two components, groups or extensions have the same id.";
    NEEDS_CYCLE = "needs-cycle", "leads back to where it began",
        "A component needs itself, at once or through others.";
    EMPTY_GROUP = "empty-group", "stands for nothing",
        "A group has no members.";
    BAD_PATH = "bad-path", "not a path below the Windows folder",
        "A path leaves the Windows folder or is none that Windows could have.";
    DUPLICATE_FILE = "duplicate-file", "a second time",
        "Two entries are about the same file (letter case does not matter).";
    FILE_OWNER = "file-owner", "whose file is it?",
        "A file belongs neither to a component nor to the operating system, or to both.";
    SIZE_LIMIT = "size-limit", "no image has that size",
        "A size is below 1 KiB or above 64 MiB.";
    MISSING_SIZE = "missing-size", "incomplete",
        "A copy of the file that a host can have has no size.";
    BAD_EXPORT = "bad-export", "cannot be exported like this",
        "An export has neither name nor ordinal, the ordinal 0, two contradicting jobs, or no \
         revision between its bounds.";
    DUPLICATE_EXPORT = "duplicate-export", "a second time",
        "A file exports two symbols of the same name.";
    DUPLICATE_ORDINAL = "duplicate-ordinal", "a second time",
        "A file exports two symbols with the same ordinal.";
    BAD_IMPORT = "bad-import", "imports nothing",
        "An import has no symbols, the ordinal 0, or no revision between its bounds.";
    UNKNOWN_DLL = "unknown-dll", "no such DLL",
        "Something is imported, forwarded or loaded from a DLL that is neither a file of the \
         catalog nor listed in `external_dlls`.";
    DANGLING_IMPORT = "dangling-import", "no copy exports it",
        "A symbol is imported that no copy of the DLL exports.";
    DANGLING_FORWARD = "dangling-forward", "leads nowhere",
        "An export is forwarded to a symbol that no copy of the DLL exports, or in a circle.";
    DANGLING_LOAD = "dangling-load", "no copy exports it",
        "A program calls a function of a DLL that no copy of it exports by that name.";
    UNKNOWN_REVISION = "unknown-revision", "no copy has this revision",
        "Something holds from, below or for a revision that no level and no update gives the file.";
    DUPLICATE_UPDATE = "duplicate-update", "a second time",
        "Two updates have the same id.";
    REGISTERED_TOO_LOW = "registered-too-low", "already contains it",
        "An update has files for a level that contains the update.";
    MISSING_RELEASE = "missing-release", "incomplete",
        "An update has no release, or a release has no files.";
    RELEASE_NUMBER = "release-number", "out of order",
        "Releases are not numbered 1, 2, 3 and so on.";
    DUPLICATE_RELEASE = "duplicate-release", "a second time",
        "An update has two releases with the same number.";
    BAD_DATE = "bad-date", "not such a date",
        "A date is not year, year-month or year-month-day.";
    DATE_ORDER = "date-order", "out of order",
        "Updates, or releases of one update, do not stand in the order of their release.";
    UNKNOWN_FILE = "unknown-file", "no such file",
        "A package brings a file that the catalog does not have.";
    DUPLICATE_PACKAGE_FILE = "duplicate-package-file", "a second time",
        "A package brings a file twice for one level.";
    PACKAGE_REVISION = "package-revision", "is of another lineage",
        "A package brings a file whose revision is of another level's lineage.";
    RELEASE_REVISION = "release-revision", "goes back",
        "A later release brings a lower revision of a file than an earlier one.";
    QFE_REVISION = "qfe-revision", "not a revision of its own",
        "A QFE copy has a revision that is not above that of the GDR copy, or there is no GDR \
         copy.";
    BAD_KEY = "bad-key", "no key below the root of a hive",
        "A registry key starts or ends with a backslash, has an empty part, or repeats the hive.";
    REGISTRY_CONTENT = "registry-content", "one content is expected",
        "A registry value has no content, several ones, or a number that is none.";
    DUPLICATE_REGISTRY_VALUE = "duplicate-registry-value", "a second time",
        "Two entries are about the same registry value.";
    UNKNOWN_PLACEHOLDER = "unknown-placeholder", "no such placeholder here",
        "A text has a placeholder that is not known in its place.";
    MISSING_PLACEHOLDER = "missing-placeholder", "the same for each",
        "A registry value stands once for each of something and does not say which.";
    BAD_NUMBER = "bad-number", "out of range",
        "A number is outside what it stands for.";
    EXIT_CODES = "exit-codes", "cannot be told apart",
        "Exit codes of synthetic programs are above 255 or not distinct.";
    PRODUCT_VERSION = "product-version", "also in a file version",
        "The product version of synthetic images shares a number with a file version in the same \
         place, so that a reader which mixes them up would not be found out.";
}
