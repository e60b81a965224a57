//! What texts call a product.

/// The words that stand for a product in what is written for people. They differ from catalog to
/// catalog, and the sentences around them do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductWords {
    /// The operating system, for example its name on the box.
    pub name: String,
    /// What its components are parts of, as it stands within a sentence.
    pub feature: String,
    /// What follows where the worker process does not load, as a clause.
    pub failure: String,
}
