//! Catalog files as they are written: names instead of ids, every word with its place.
//!
//! Each structure is one kind of table. Nothing is checked here beyond types and field names.

use patchstate_source::row;
use std::ops::Range;
use toml::Spanned;

pub(crate) type Text = Spanned<String>;

/// What an entry says of where it comes from; the rest is inherited.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Given<'a> {
    pub(crate) source: Option<&'a Text>,
    pub(crate) confidence: Option<&'a Text>,
    pub(crate) assumption: Option<&'a Text>,
}

/// An entry that says where it comes from.
pub(crate) trait Sourced {
    fn given(&self) -> Given<'_>;
}

/// Declares a kind of entry, with the three fields of its provenance added.
macro_rules! sourced {
    (
        $(#[$outer:meta])*
        $name:ident { $($(#[$inner:meta])* $field:ident: $type:ty $(= $default:expr)?,)* }
    ) => {
        row! {
            $(#[$outer])*
            #[derive(Debug)]
            pub(crate) struct $name {
                $($(#[$inner])* pub(crate) $field: $type $(= $default)?,)*
                source: Option<Text>,
                confidence: Option<Text>,
                assumption: Option<Text>,
            }
        }

        impl Sourced for $name {
            fn given(&self) -> Given<'_> {
                Given {
                    source: self.source.as_ref(),
                    confidence: self.confidence.as_ref(),
                    assumption: self.assumption.as_ref(),
                }
            }
        }
    };
}

/// One entry and where it stands.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    /// Index of the file.
    pub(crate) origin: usize,
    /// The bytes of the entry, or of its header.
    pub(crate) span: Range<usize>,
    pub(crate) value: T,
}

/// All entries of all files of a catalog.
#[derive(Debug, Default)]
pub(crate) struct Raw {
    pub(crate) heads: Vec<Entry<RawHead>>,
    pub(crate) products: Vec<Entry<RawProduct>>,
    pub(crate) levels: Vec<Entry<RawLevel>>,
    pub(crate) families: Vec<Entry<RawFamily>>,
    pub(crate) architectures: Vec<Entry<RawArchitecture>>,
    pub(crate) components: Vec<Entry<RawComponent>>,
    pub(crate) groups: Vec<Entry<RawGroup>>,
    pub(crate) extensions: Vec<Entry<RawExtension>>,
    pub(crate) files: Vec<Entry<RawFile>>,
    pub(crate) updates: Vec<Entry<RawUpdate>>,
    pub(crate) registry: Vec<Entry<RawRegistry>>,
    pub(crate) symptoms: Vec<Entry<RawSymptom>>,
    pub(crate) assumptions: Vec<Entry<RawAssumption>>,
    pub(crate) sources: Vec<Entry<RawSource>>,
    pub(crate) synthetic: Vec<Entry<RawSynthetic>>,
    /// What entries inherit, per file.
    pub(crate) defaults: Vec<RawDefaults>,
    /// A section has a name that is near to none: what stands there is not known.
    pub(crate) has_unknown_section: bool,
    /// A file is no TOML, or an entry has no name, so that anything may be missing.
    pub(crate) unreadable: bool,
}

row! {
    /// `[defaults]`: what the facts of a file inherit, and what its nested facts inherit first.
    #[derive(Debug, Default)]
    pub(crate) struct RawDefaults {
        source: Option<Text>,
        confidence: Option<Text>,
        assumption: Option<Text>,
        pub(crate) sizes: RawProvenance = RawProvenance::default(),
        pub(crate) exports: RawProvenance = RawProvenance::default(),
        pub(crate) imports: RawProvenance = RawProvenance::default(),
        pub(crate) loads: RawProvenance = RawProvenance::default(),
    }
}

impl Sourced for RawDefaults {
    fn given(&self) -> Given<'_> {
        Given {
            source: self.source.as_ref(),
            confidence: self.confidence.as_ref(),
            assumption: self.assumption.as_ref(),
        }
    }
}

sourced! {
    /// Provenance alone.
    #[derive(Default)]
    RawProvenance {}
}

row! {
    /// `[catalog]`.
    #[derive(Debug)]
    pub(crate) struct RawHead {
        pub(crate) name: Text,
        pub(crate) title: Text,
        pub(crate) external_dlls: Vec<Text> = Vec::new(),
    }
}

sourced! {
    /// `[product]`.
    RawProduct {
        name: Text,
        feature: Text,
        failure: Text,
        explanation: Text,
        folder: Text,
        service_pack_cache: bool,
        system_file_checker: bool,
    }
}

sourced! {
    /// `[[level]]`.
    RawLevel {
        id: Text,
        revision: Spanned<u16>,
        build_string: Option<Text>,
        gdr_prefix: Option<Text>,
        qfe_prefix: Option<Text>,
        service_pack_title: Option<Text>,
    }
}

sourced! {
    /// `[[family]]`.
    RawFamily {
        id: Text,
        version: Text,
    }
}

sourced! {
    /// `[[architecture]]`.
    RawArchitecture {
        id: Text,
        media: Vec<Text>,
        service_packs: Vec<Text>,
        processor: Text,
        cache_folder: Option<Text>,
    }
}

sourced! {
    /// `[[component]]`.
    RawComponent {
        id: Text,
        title: Text,
        needs: Vec<Text> = Vec::new(),
    }
}

sourced! {
    /// `[[group]]`.
    RawGroup {
        id: Text,
        title: Text,
        members: Vec<Text>,
    }
}

sourced! {
    /// `[[extension]]`.
    RawExtension {
        id: Text,
        comes_with: Text,
    }
}

sourced! {
    /// `[[file]]`.
    RawFile {
        path: Text,
        component: Option<Text>,
        operating_system: bool = false,
        family: Text,
        kind: Text,
        description: Text,
        sizes: Vec<Spanned<RawSize>>,
        exports: Vec<Spanned<RawExport>> = Vec::new(),
        imports: Vec<Spanned<RawImport>> = Vec::new(),
        loads: Vec<Spanned<RawLoad>> = Vec::new(),
    }
}

sourced! {
    /// An element of a file's `sizes`.
    RawSize {
        bytes: Spanned<u32>,
        architecture: Option<Text>,
        revision: Option<Spanned<u16>>,
        branch: Option<Text>,
    }
}

sourced! {
    /// An element of a file's `exports`.
    RawExport {
        name: Option<Text>,
        ordinal: Option<Spanned<u16>>,
        forward: Option<Text>,
        calls_imports: bool = false,
        since: Option<Spanned<u16>>,
        before: Option<Spanned<u16>>,
        when: Option<Text>,
    }
}

sourced! {
    /// An element of a file's `imports`.
    RawImport {
        dll: Text,
        names: Vec<Text> = Vec::new(),
        ordinals: Vec<Spanned<u16>> = Vec::new(),
        delayed: bool = false,
        since: Option<Spanned<u16>>,
        before: Option<Spanned<u16>>,
        when: Option<Text>,
    }
}

sourced! {
    /// An element of a file's `loads`.
    RawLoad {
        dll: Text,
        entry: Option<Text>,
    }
}

sourced! {
    /// `[[update]]`.
    RawUpdate {
        id: Text,
        bulletin: Option<Text>,
        title: Text,
        registered_under: Spanned<u8>,
        qfe_only: bool = false,
        release: Vec<Spanned<RawRelease>> = Vec::new(),
    }
}

sourced! {
    /// `[[update.release]]`.
    RawRelease {
        number: Spanned<u8>,
        date: Text,
        build_date: Text,
        refuses_lower_lineage: Option<u32>,
        restart: Option<Spanned<RawRestart>>,
        files: Vec<Spanned<RawPackageFile>>,
    }
}

sourced! {
    /// The `restart` of a release.
    RawRestart {
        required: bool,
    }
}

sourced! {
    /// An element of a release's `files`.
    RawPackageFile {
        level: Text,
        file: Text,
        revision: Spanned<u16>,
        qfe_revision: Option<Spanned<u16>>,
    }
}

sourced! {
    /// `[[registry]]`.
    RawRegistry {
        hive: Text,
        scope: Option<Text>,
        key: Text,
        value: Text,
        text: Option<Text>,
        expandable_text: Option<Text>,
        number: Option<Text>,
        texts: Option<Vec<Text>>,
        component: Option<Text>,
        level: Option<Text>,
        service_pack_files: Option<Vec<Text>>,
    }
}

sourced! {
    /// `[[symptom]]`; who says it is `said_by`, because `source` is where the fact comes from.
    RawSymptom {
        said_by: Text,
        log: Option<Text>,
        event_id: Option<u32>,
        severity: Text,
        text: Text,
        times: Spanned<u32>,
    }
}

row! {
    /// `[[assumption]]`.
    #[derive(Debug)]
    pub(crate) struct RawAssumption {
        pub(crate) id: Text,
        pub(crate) text: Text,
        pub(crate) values: Vec<Spanned<RawSwitchValue>> = Vec::new(),
    }
}

row! {
    /// An element of an assumption's `values`.
    #[derive(Debug)]
    pub(crate) struct RawSwitchValue {
        pub(crate) name: Text,
        pub(crate) text: Text,
    }
}

row! {
    /// `[[source]]`.
    #[derive(Debug)]
    pub(crate) struct RawSource {
        pub(crate) id: Text,
        pub(crate) title: Text,
    }
}

sourced! {
    /// `[synthetic]`.
    RawSynthetic {
        company: Text,
        product_name: Text,
        copyright: Text,
        product_version: Text,
        time_stamp: u32,
        waiting_suffix: Option<Text>,
        exit_codes: Spanned<RawExitCodes>,
    }
}

row! {
    /// `[synthetic.exit_codes]`.
    #[derive(Debug)]
    pub(crate) struct RawExitCodes {
        pub(crate) success: u32,
        pub(crate) load_failed: u32,
        pub(crate) entry_missing: u32,
        pub(crate) unresolved_call: u32,
        pub(crate) other_exception: u32,
    }
}
