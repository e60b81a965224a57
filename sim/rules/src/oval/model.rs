//! A document after it was read: definitions, tests, objects, states and variables by number.
//!
//! **Owns** the shapes only. References are numbers into the tables of [`Compiled`]; what cannot
//! be used is a [`Fault`] in the place of what it would have been, so that evaluation never looks
//! at XML again and never has to guess.
//!
//! **Start reading** at [`Compiled`].

use super::{
    compare::{Comparison, Datatype, Operation},
    tables::{Check, Existence, Operator},
};
use patchstate_source::SourceFile;
use patchstate_terms::{Hive, RegistryPath, WindowsPath};
use std::{ops::Range, sync::Arc};

/// Everything that was read.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    pub(super) definitions: Vec<Definition>,
    pub(super) tests: Vec<Usable<Test>>,
    pub(super) objects: Vec<Usable<Collection>>,
    pub(super) states: Vec<Usable<State>>,
    pub(super) variables: Vec<Usable<Variable>>,
    /// What is known of each variable before a host is.
    pub(super) known: Vec<Known>,
}

/// The values of a variable; `None` where they are known of a host only.
pub(super) type Known = Option<Arc<Vec<String>>>;

/// Something that may turn out not to be usable; then an evaluation that needs it is an error.
pub(super) type Usable<T> = Result<T, Fault>;

/// Why something cannot be used.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// A clause without a full stop, which names the element.
    pub(super) reason: Arc<str>,
    /// Whether it is that something which is referred to is missing, or refers back in a circle:
    /// then the document is not whole.
    pub(super) is_reference: bool,
}

/// What a definition is about; see [`OvalClass`] for what its results mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OvalClass {
    /// True: the host complies.
    Compliance,
    /// True: something is installed.
    Inventory,
    /// Anything else.
    Miscellaneous,
    /// True: a patch should be installed.
    Patch,
    /// True: the host is vulnerable.
    Vulnerability,
}

/// One definition.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) id: Arc<str>,
    pub(super) title: String,
    pub(super) class: OvalClass,
    pub(super) source: SourceFile,
    /// Where it stands in its source.
    pub(super) span: Range<usize>,
    /// Its condition; a definition that is out of use may have none.
    pub(super) criteria: Option<Criteria>,
}

/// A condition.
#[derive(Clone, Debug)]
pub(super) struct Criteria {
    pub(super) negate: bool,
    pub(super) kind: CriteriaKind,
    pub(super) span: Range<usize>,
    /// The comment; else the id that it refers to.
    pub(super) text: String,
}

/// What a condition asks.
#[derive(Clone, Debug)]
pub(super) enum CriteriaKind {
    Group { operator: Operator, parts: Vec<Criteria> },
    Test(Usable<usize>),
    Extend(Usable<usize>),
}

/// One test.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) id: Arc<str>,
    pub(super) kind: TestKind,
}

#[derive(Debug)]
pub(super) enum TestKind {
    /// A placeholder that nobody can evaluate.
    Unknown,
    /// About another platform, which is named.
    OtherPlatform(String),
    /// Items and states.
    Items(ItemTest),
}

#[derive(Debug)]
pub(super) struct ItemTest {
    pub(super) existence: Existence,
    pub(super) check: Check,
    pub(super) operator: Operator,
    pub(super) object: usize,
    pub(super) states: Vec<usize>,
}

/// What to collect, and which of it.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) object: Object,
    /// Whether it is to be looked at as a 32-bit program sees it.
    pub(super) is_32_bit_view: bool,
    pub(super) filters: Vec<Filter>,
}

/// What to collect.
#[derive(Debug)]
pub(super) enum Object {
    Family,
    File(FilePlace),
    Registry(RegistryPlace),
    /// Items of other objects.
    Set(ItemSet),
}

/// One or two sets of items, as one.
#[derive(Debug)]
pub(super) struct ItemSet {
    pub(super) operator: SetOperator,
    pub(super) members: Vec<SetMember>,
    /// Which items of objects count at all.
    pub(super) filters: Vec<Filter>,
}

#[derive(Debug)]
pub(super) enum SetMember {
    Set(ItemSet),
    Object(usize),
}

/// How two sets become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SetOperator {
    #[default]
    Union,
    Intersection,
    /// What is in the first and not in the second.
    Complement,
}

/// Items that are like a state are left out, or are the only ones that stay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter {
    pub(super) state: usize,
    pub(super) is_excluding: bool,
}

#[derive(Debug)]
pub(super) enum FilePlace {
    /// Folder and name apart.
    Parts { folder: Entity, name: Entity },
    /// Every file of a folder whose name is like something.
    Matching { folder: Entity, name: StatedValue },
    /// The full path.
    Whole(Entity),
}

#[derive(Debug)]
pub(super) enum RegistryPlace {
    /// A value whose place the document states.
    Value(RegistryPath),
    /// A key whose place the document states.
    Key(Hive, String),
    /// A place that depends on variables; without a name, the key itself.
    Variable { key: Entity, name: Option<Entity> },
    /// Keys or names that must only be like something.
    Search { key: Wanted, name: Option<Wanted> },
    /// A hive that is not read.
    OtherHive {
        name: String,
        /// The file that holds it in a Windows folder; `None` where none does.
        file: Option<WindowsPath>,
    },
}

/// Texts that are stated, or that are looked for.
#[derive(Debug)]
pub(super) enum Wanted {
    Equal(Entity),
    Like(StatedValue),
}

/// One entity of an object.
#[derive(Clone, Debug)]
pub(super) enum Entity {
    Text(String),
    Variable { variable: usize, check: Check },
}

/// What items must be like. Without entities, any item is right.
#[derive(Debug)]
pub(super) struct State {
    pub(super) operator: Operator,
    pub(super) entities: Vec<StateEntity>,
}

#[derive(Debug)]
pub(super) struct StateEntity {
    pub(super) field: ItemField,
    pub(super) check: Check,
    pub(super) stated: StatedValue,
}

#[derive(Debug)]
pub(super) enum StatedValue {
    Literal(Comparison),
    Variable { variable: usize, check: Check, datatype: Datatype, operation: Operation },
}

/// A field of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemField {
    Family,
    FilePath,
    FileFolder,
    FileName,
    FileVersion,
    RegistryHive,
    RegistryKey,
    RegistryName,
    RegistryType,
    RegistryValue,
}

/// One variable.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) id: Arc<str>,
    pub(super) content: Component,
}

/// Where values of a variable come from.
#[derive(Debug)]
pub(super) enum Component {
    Literal(String),
    Values(Vec<String>),
    Field { object: usize, field: ItemField },
    Variable(usize),
    Concat(Vec<Component>),
}

impl Fault {
    pub(super) fn new(reason: impl Into<Arc<str>>) -> Self {
        Self { reason: reason.into(), is_reference: false }
    }

    pub(super) fn reference(reason: impl Into<Arc<str>>) -> Self {
        Self { reason: reason.into(), is_reference: true }
    }
}

impl Criteria {
    /// The tests and extended definitions below, in the order of the text.
    pub(super) fn leaves(&self) -> Vec<&Self> {
        match &self.kind {
            CriteriaKind::Group { parts, .. } => parts.iter().flat_map(Self::leaves).collect(),
            _ => vec![self],
        }
    }
}

impl StatedValue {
    /// The variable that it takes values from.
    const fn variable(&self) -> Option<Reference> {
        match self {
            Self::Literal(_) => None,
            Self::Variable { variable, .. } => Some(Reference::Variable(*variable)),
        }
    }
}

impl Component {
    /// The variables and objects that it takes values from.
    pub(super) fn visit(&self, found: &mut impl FnMut(Reference)) {
        match self {
            Self::Literal(_) | Self::Values(_) => {}
            Self::Field { object, .. } => found(Reference::Object(*object)),
            Self::Variable(variable) => found(Reference::Variable(*variable)),
            Self::Concat(parts) => parts.iter().for_each(|part| part.visit(found)),
        }
    }
}

/// Something that is referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reference {
    Definition(usize),
    Test(usize),
    Object(usize),
    State(usize),
    Variable(usize),
}

impl Compiled {
    /// What an element refers to directly, or why it cannot be used.
    pub(super) fn references(&self, from: Reference) -> Vec<Result<Reference, &Fault>> {
        let mut found = Vec::new();
        match from {
            Reference::Definition(number) => {
                let criteria = self.definitions.get(number).and_then(|d| d.criteria.as_ref());
                for leaf in criteria.into_iter().flat_map(Criteria::leaves) {
                    found.extend(match &leaf.kind {
                        CriteriaKind::Group { .. } => None,
                        CriteriaKind::Test(test) => {
                            Some(test.as_ref().map(|test| Reference::Test(*test)))
                        }
                        CriteriaKind::Extend(extended) => {
                            Some(extended.as_ref().map(|number| Reference::Definition(*number)))
                        }
                    });
                }
            }
            Reference::Test(number) => match self.tests.get(number) {
                Some(Ok(Test { kind: TestKind::Items(test), .. })) => {
                    found.push(Ok(Reference::Object(test.object)));
                    found.extend(test.states.iter().map(|state| Ok(Reference::State(*state))));
                }
                Some(Err(fault)) => found.push(Err(fault)),
                _ => {}
            },
            Reference::Object(number) => match self.objects.get(number) {
                Some(Ok(collection)) => found.extend(collection.references().into_iter().map(Ok)),
                Some(Err(fault)) => found.push(Err(fault)),
                None => {}
            },
            Reference::State(number) => match self.states.get(number) {
                Some(Ok(state)) => {
                    for entity in &state.entities {
                        found.extend(entity.stated.variable().map(Ok));
                    }
                }
                Some(Err(fault)) => found.push(Err(fault)),
                None => {}
            },
            Reference::Variable(number) => match self.variables.get(number) {
                Some(Ok(variable)) => {
                    variable.content.visit(&mut |reference| found.push(Ok(reference)));
                }
                Some(Err(fault)) => found.push(Err(fault)),
                None => {}
            },
        }
        found
    }
}

impl Collection {
    fn references(&self) -> Vec<Reference> {
        let mut found = self.object.references();
        found.extend(self.filters.iter().map(|filter| Reference::State(filter.state)));
        found
    }
}

impl ItemSet {
    fn references(&self) -> Vec<Reference> {
        let of_member = |member: &SetMember| match member {
            SetMember::Set(inside) => inside.references(),
            SetMember::Object(number) => vec![Reference::Object(*number)],
        };
        let filters = self.filters.iter().map(|filter| Reference::State(filter.state));
        self.members.iter().flat_map(of_member).chain(filters).collect()
    }
}

impl Object {
    fn references(&self) -> Vec<Reference> {
        match self {
            Self::File(FilePlace::Parts { folder, name }) => {
                folder.variable().into_iter().chain(name.variable()).collect()
            }
            Self::File(FilePlace::Matching { folder, name }) => {
                folder.variable().into_iter().chain(name.variable()).collect()
            }
            Self::File(FilePlace::Whole(path)) => path.variable().into_iter().collect(),
            Self::Registry(RegistryPlace::Variable { key, name }) => {
                let name = name.as_ref().and_then(Entity::variable);
                key.variable().into_iter().chain(name).collect()
            }
            Self::Registry(RegistryPlace::Search { key, name }) => {
                let name = name.as_ref().and_then(Wanted::variable);
                key.variable().into_iter().chain(name).collect()
            }
            Self::Set(set) => set.references(),
            Self::Family
            | Self::Registry(
                RegistryPlace::Value(_) | RegistryPlace::Key(..) | RegistryPlace::OtherHive { .. },
            ) => Vec::new(),
        }
    }
}

impl Entity {
    const fn variable(&self) -> Option<Reference> {
        match self {
            Self::Text(_) => None,
            Self::Variable { variable, .. } => Some(Reference::Variable(*variable)),
        }
    }
}

impl Wanted {
    const fn variable(&self) -> Option<Reference> {
        match self {
            Self::Equal(entity) => entity.variable(),
            Self::Like(stated) => stated.variable(),
        }
    }
}
