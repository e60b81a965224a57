//! Rules that users bring: evidence in, a verdict out.
//!
//! **Owns** one trait for whatever turns evidence into a verdict, what a rule may ask for, and
//! adapters for the languages that people write rules in.
//!
//! **Must never know** the simulator: a rule sees what the detection core read from bytes, on
//! synthetic and on real machines alike, and nothing else.
//!
//! **Start reading** at [`Rule`], then [`Field`]: what a rule can ask, and when the answer is that
//! it cannot be known.

mod cel;
mod clause;
mod encoding;
mod external;
mod field;
mod ground;
mod head;
mod judgement;
mod known;
mod language;
mod oval;
mod part;
mod parts;
mod reads;
mod root;
mod rule;
mod shown;
mod subject;
mod yara;

/// The codes of mistakes in each kind of rule but rule files, which have [`RULE_CODES`]: what such
/// a file is, and its table.
pub const MISTAKE_CODES: [(&str, &[MistakeCode]); 3] = [
    ("an OVAL document", oval::codes::ALL),
    ("an external rule", external::codes::ALL),
    ("a YARA rule", yara::codes::ALL),
];

pub use cel::{
    FileRule, Mutant, RULE_CODES, RuleCode, RuleLanguage, declared_id, duplicate_id, is_rule_file,
    read_rules, read_rules_with, rule_file_likeness, rule_language,
};
pub use clause::{Clause, ClauseValue};
pub use encoding::xml_source;
pub use external::{EqualFailures, ExternalBounds, ExternalRule, end_programs};
pub use field::{Field, FieldValue};
pub use ground::{Ground, Reading};
pub use head::{CORE_RULE, Head};
pub use judgement::{Judgement, Outcome};
pub use known::KnownNames;
pub use language::{external_keys, yara_keys};
pub use oval::{
    MissingReferences, OvalClass, OvalDefinition, OvalDocument, OvalLanguage, OvalOptions,
    OvalOutcome, OvalResult, OvalRule, oval_language,
};
pub use part::{Groups, PartValue};
pub use parts::{ClauseParts, Residual, RuleParts};
pub use reads::Reads;
pub use root::RootElement;
pub use rule::Rule;
pub use subject::{Folder, Subject};
#[cfg(feature = "yara")]
pub use yara::YaraRule;
pub use yara::read_yara_rule;

use patchstate_source::MistakeCode;
