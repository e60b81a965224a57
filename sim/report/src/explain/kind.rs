//! The kinds of topics, in the order in which they are listed.

/// What a topic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// How something is written or used, with an example.
    Page,
    /// A status of a host.
    Status,
    /// A kind of finding.
    Finding,
    /// A word that output uses.
    Word,
    /// A field, function or operator of rule files.
    Condition,
    /// A rule, built in or of the user.
    Rule,
    /// A level of the operating system.
    Level,
    /// A component, a group, or an extension.
    Component,
    /// An update.
    Update,
    /// A security bulletin.
    Bulletin,
    /// A file of the catalog.
    File,
    /// An assumption.
    Assumption,
    /// A claim.
    Claim,
    /// A code of a mistake in a file.
    Mistake,
}

impl Kind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 14] = [
        Self::Page,
        Self::Status,
        Self::Finding,
        Self::Word,
        Self::Condition,
        Self::Rule,
        Self::Level,
        Self::Component,
        Self::Update,
        Self::Bulletin,
        Self::File,
        Self::Assumption,
        Self::Claim,
        Self::Mistake,
    ];

    /// The word for one topic of this kind, in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Status => "status",
            Self::Finding => "finding",
            Self::Word => "word",
            Self::Condition => "condition",
            Self::Rule => "rule",
            Self::Level => "level",
            Self::Component => "component",
            Self::Update => "update",
            Self::Bulletin => "bulletin",
            Self::File => "file",
            Self::Assumption => "assumption",
            Self::Claim => "claim",
            Self::Mistake => "mistake",
        }
    }

    /// The heading above all topics of this kind.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Page => "How to write and use files",
            Self::Status => "Statuses",
            Self::Finding => "Findings",
            Self::Word => "Words",
            Self::Condition => "Fields, functions and operators of rule files",
            Self::Rule => "Rules",
            Self::Level => "Levels",
            Self::Component => "Components",
            Self::Update => "Updates",
            Self::Bulletin => "Bulletins",
            Self::File => "Files",
            Self::Assumption => "Assumptions",
            Self::Claim => "Claims",
            Self::Mistake => "Mistakes in files",
        }
    }
}
