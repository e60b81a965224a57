//! Judging with compiled YARA rules.

use crate::{
    Clause, ClauseValue, Judgement, Outcome, Reads, Rule, Subject, head::Head, shown::neutral,
};
use core::time::Duration;
use patchstate_detect::{FileTree, IMAGE_BYTES_MAX, Identity};
use patchstate_terms::{Status, WindowsPath};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};
use yara_x::{Rules, Scanner};

/// Most images that are remembered. A whole catalog makes fewer; on real machines, every scan
/// brings a few.
const REMEMBERED_MAX: usize = 4096;

/// How long one image may take. A rule that takes longer is not slow, it never ends.
const SCAN_TIME_MAX: Duration = Duration::from_secs(30);

/// One entry of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Match {
    pub(super) rule: String,
    /// The place of the rule's name in the mapping.
    pub(super) span: Range<usize>,
    pub(super) file: WindowsPath,
    pub(super) status: Status,
}

/// The names of the YARA rules that an image fits, or why that cannot be said.
type Scan = Arc<Result<BTreeSet<String>, String>>;

/// YARA rules that judge hosts by a mapping.
///
/// The entries of the mapping are tried in order. One whose file is absent does not match. One
/// whose file cannot be read ends the trying: the rule is inconclusive.
pub struct YaraRule {
    head: Head,
    rules: Rules,
    matches: Vec<Match>,
    otherwise: Status,
    clauses: Vec<Clause>,
    reads: Reads,
    /// By the identity of the content.
    remembered: Mutex<BTreeMap<Identity, Scan>>,
}

impl YaraRule {
    pub(super) fn new(head: Head, rules: Rules, matches: Vec<Match>, otherwise: Status) -> Self {
        let clause = |one: &Match| Clause {
            text: format!("{} on {}", one.rule, one.file),
            span: one.span.clone(),
        };
        Self {
            clauses: matches.iter().map(clause).collect(),
            reads: Reads::Files(matches.iter().map(|one| one.file.clone()).collect()),
            head,
            rules,
            matches,
            otherwise,
            remembered: Mutex::default(),
        }
    }

    /// How many images are remembered.
    #[must_use]
    pub fn remembered_count(&self) -> usize {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether the file of an entry fits its rule.
    fn fits(&self, one: &Match, tree: &dyn FileTree) -> Result<bool, String> {
        let identity = tree.identity(&one.file);
        let known = identity.and_then(|identity| self.recall(identity));
        let scan = known.unwrap_or_else(|| {
            let scan = self.scan(&one.file, tree);
            // A file may be replaced while it is read.
            if let Some(identity) = identity.filter(|_| tree.identity(&one.file) == identity) {
                self.remember(identity, Arc::clone(&scan));
            }
            scan
        });
        match &*scan {
            Ok(names) => Ok(names.contains(&one.rule)),
            Err(reason) => Err(format!("{} could not be scanned: {reason}", one.file)),
        }
    }

    fn recall(&self, identity: Identity) -> Option<Scan> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.get(&identity).cloned()
    }

    fn remember(&self, identity: Identity, scan: Scan) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(identity, scan);
    }

    fn scan(&self, file: &WindowsPath, tree: &dyn FileTree) -> Scan {
        let bytes = match tree.read(file, IMAGE_BYTES_MAX) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Arc::new(Ok(BTreeSet::new())),
            Err(error) => return Arc::new(Err(neutral(&error.to_string()))),
        };
        let mut scanner = Scanner::new(&self.rules);
        scanner.set_timeout(SCAN_TIME_MAX);
        let names = match scanner.scan(&bytes) {
            Ok(found) => {
                let rules = found.matching_rules().include_private(true);
                Ok(rules.map(|rule| rule.identifier().to_owned()).collect())
            }
            Err(error) => Err(neutral(&error.to_string())),
        };
        Arc::new(names)
    }
}

impl fmt::Debug for YaraRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("YaraRule")
            .field("head", &self.head)
            .field("matches", &self.matches)
            .field("otherwise", &self.otherwise)
            .finish_non_exhaustive()
    }
}

impl Rule for YaraRule {
    fn head(&self) -> &Head {
        &self.head
    }

    fn reads(&self) -> &Reads {
        &self.reads
    }

    fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let outcome =
            |one: &Match| Outcome::new(one.status, format!("{} fits {}", one.file, one.rule));
        let otherwise = Outcome::otherwise(self.otherwise);
        self.matches.iter().map(outcome).chain([otherwise]).collect()
    }

    fn judge(&self, subject: &Subject<'_>) -> Judgement {
        for (at, one) in self.matches.iter().enumerate() {
            match self.fits(one, subject.tree) {
                Ok(true) => return Judgement::decided(one.status, at),
                Ok(false) => {}
                Err(reason) => return Judgement::inconclusive(Some(at), reason),
            }
        }
        Judgement { status: self.otherwise, clause: None, reason: None, failed: false }
    }

    fn clause_values(&self, subject: &Subject<'_>) -> Vec<ClauseValue> {
        let value = |one: &Match| match self.fits(one, subject.tree) {
            Ok(true) => ClauseValue::True,
            Ok(false) => ClauseValue::False,
            Err(_) => ClauseValue::Unknown,
        };
        self.matches.iter().map(value).collect()
    }
}
