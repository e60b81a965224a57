//! What every rule says about itself.
//!
//! **Owns** ids, titles, descriptions, references, what a rule stands for, and how these are read
//! from files of TOML (rule files have a reader of their own). **Must never know** what a
//! particular kind of rule means.

use patchstate_source::{Diagnostic, FormCodes, MistakeCode, Mistakes, Row, SourceFile, quoted};
use patchstate_terms::Status;
use std::collections::BTreeSet;
use toml::Spanned;

/// The id of the detection core among rules, which no other rule can have.
pub const CORE_RULE: &str = "core";

/// What is said of a rule that has it.
pub(crate) const CORE_RULE_TAKEN: &str =
    "the id `core` is that of the detection core: a rule needs another one";

/// A text and where it stands.
pub(crate) type Text = Spanned<String>;

/// The statuses that a rule stands for unless it says otherwise: those of a host whose files do
/// not belong together.
pub(crate) const STANDS_FOR: [Status; 2] = [Status::Broken, Status::Mismatch];

/// The codes of the mistakes that every kind of rule can have.
#[derive(Debug)]
pub(crate) struct Codes {
    pub(crate) form: FormCodes,
    pub(crate) status: MistakeCode,
}

impl Codes {
    /// The status that a word names.
    pub(crate) fn status_of(&self, word: &Text, mistakes: &mut Mistakes<'_>) -> Option<Status> {
        mistakes.word(self.status, "status", word, &Status::ALL, Status::as_str)
    }

    /// Whether a text says something.
    pub(crate) fn is_said(&self, name: &str, text: &Text, mistakes: &mut Mistakes<'_>) -> bool {
        let is_said = !text.get_ref().trim().is_empty();
        if !is_said {
            let message = format!("`{name}` is empty");
            mistakes.report(self.form.value, text.span(), message, "nothing stands here", None);
        }
        is_said
    }
}

/// Reads a file that is one rule: the rule where there is no mistake, and all mistakes.
pub(crate) fn read_file<W: Row, R>(
    source: &SourceFile,
    codes: &'static Codes,
    read: impl FnOnce(W, &mut Mistakes<'_>) -> Option<R>,
) -> (Option<R>, Vec<Diagnostic>) {
    let mut mistakes = Mistakes::new(source, &codes.form);
    let written = mistakes.row();
    let rule = read(written, &mut mistakes);
    (rule.filter(|_| mistakes.is_empty()), mistakes.finish())
}

/// What every rule says about itself.
#[derive(Clone, Debug)]
pub struct Head {
    /// What it is called; different rules of one run have different ids.
    pub id: String,
    /// What it says, in a few words.
    pub title: String,
    /// More about it, where its author wrote something.
    pub description: Option<String>,
    /// Where its author says that it comes from.
    pub references: Vec<String>,
    /// The statuses that it should report: what counts as positive, of its verdict and of the
    /// truth.
    pub stands_for: BTreeSet<Status>,
    /// The file that it was read from.
    pub source: SourceFile,
}

/// The same as it is written.
pub(crate) struct WrittenHead {
    pub(crate) id: Text,
    pub(crate) title: Text,
    pub(crate) description: Option<String>,
    pub(crate) references: Vec<String>,
    pub(crate) stands_for: Option<Spanned<Vec<Text>>>,
}

impl Head {
    /// A head of a rule that nobody wrote a file for.
    pub(crate) fn unwritten(id: &str, title: &str, source: SourceFile) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            description: None,
            references: Vec::new(),
            stands_for: STANDS_FOR.into(),
            source,
        }
    }

    /// What is written; `None` where there is a mistake.
    pub(crate) fn read(
        written: WrittenHead,
        codes: &Codes,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Self> {
        let WrittenHead { id, title, description, references, stands_for } = written;
        let has_title = codes.is_said("title", &title, mistakes);
        let has_id = codes.is_said("id", &id, mistakes);
        let may = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        let is_valid = id.get_ref().chars().all(may);
        if !is_valid {
            let message = format!("`{}` is not an id", quoted(id.get_ref()));
            let label = "expected letters, digits, `.`, `-` and `_`";
            mistakes.report(codes.form.value, id.span(), message, label, None);
        }
        if id.get_ref() == CORE_RULE {
            mistakes.report(codes.form.value, id.span(), CORE_RULE_TAKEN, "taken", None);
        }
        let stands_for = match stands_for {
            Some(words) => stands_for_of(&words, codes, mistakes),
            None => STANDS_FOR.into(),
        };
        let (id, title) = (id.into_inner(), title.into_inner());
        let source = mistakes.source().clone();
        let head = Self { id, title, description, references, stands_for, source };
        (has_title && has_id && is_valid).then_some(head)
    }
}

fn stands_for_of(
    words: &Spanned<Vec<Text>>,
    codes: &Codes,
    mistakes: &mut Mistakes<'_>,
) -> BTreeSet<Status> {
    let value = codes.form.value;
    if words.get_ref().is_empty() {
        let message = "a rule that stands for no status cannot be right or wrong";
        mistakes.report(value, words.span(), message, "expected at least one status", None);
    }
    let mut statuses = BTreeSet::new();
    for word in words.get_ref() {
        match codes.status_of(word, mistakes) {
            Some(Status::Inconclusive) => {
                let message = "no host is inconclusive: a rule cannot stand for it";
                mistakes.report(value, word.span(), message, "expected a status of a host", None);
            }
            Some(status) => {
                statuses.insert(status);
            }
            None => {}
        }
    }
    statuses
}
