//! A piece of work and those who do it.
//!
//! **Owns** the shape that every bench shares, so that criterion and the table of ratios time
//! exactly the same code. **Must never know** what the work is, nor how it is timed.
//!
//! **Start reading** at [`Comparison`].

use criterion::Throughput;

/// Why a bench cannot run.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Does the work once and says how much was found: whoever does the same work finds the same.
pub(crate) type Work = Box<dyn Fn() -> Result<usize, Failure>>;

/// One way to do the work.
pub(crate) struct Contender {
    /// What it is called in output.
    pub(crate) name: &'static str,
    /// How much one run does: bytes that are written, or hosts, sets of files or files.
    pub(crate) amount: Throughput,
    /// One run.
    pub(crate) work: Work,
}

/// Several ways to do the same work, on the same input, in the same process.
pub(crate) struct Comparison {
    /// What it is called in criterion's folders.
    pub(crate) id: &'static str,
    /// What is done, for people.
    pub(crate) title: String,
    /// Ours, then its peers.
    pub(crate) contenders: Vec<Contender>,
}

impl Comparison {
    /// A comparison without contenders.
    pub(crate) fn new(id: &'static str, title: String) -> Self {
        Self { id, title, contenders: Vec::new() }
    }

    /// Adds a contender. The first one is ours.
    pub(crate) fn with(
        mut self,
        name: &'static str,
        amount: &Throughput,
        work: impl Fn() -> Result<usize, Failure> + 'static,
    ) -> Self {
        self.contenders.push(Contender { name, amount: amount.clone(), work: Box::new(work) });
        self
    }

    /// Runs every contender once, so that caches are warm, and makes sure that all find the same:
    /// a ratio between different amounts of work would mean nothing.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let mut expected = None;
        for contender in &self.contenders {
            let found = (contender.work)()?;
            let expected = *expected.get_or_insert(found);
            if found != expected {
                let (id, name) = (self.id, contender.name);
                return Err(format!("{id}: {name} finds {found}, expected {expected}").into());
            }
        }
        Ok(())
    }
}
