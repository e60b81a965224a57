//! From steps as a person writes them to actions of a model.

use crate::{
    Model,
    model::{ComponentSet, bit},
};
use patchstate_catalog::UpdateId;
use patchstate_source::nearest;
use patchstate_terms::{Branch, Level, ParseStepError, Step};
use std::fmt;

/// A step with its names looked up. The base operating system is not among them: see
/// [`Model::install_os`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Apply a service pack.
    ApplyServicePack(Level),
    /// Remove a service pack.
    RemoveServicePack(Level),
    /// Add components.
    AddComponents {
        /// The components, as bits by id.
        members: u64,
        /// The media; `None` for Setup's own route.
        media: Option<Level>,
    },
    /// Remove components.
    RemoveComponents {
        /// The components, as bits by id.
        members: u64,
    },
    /// Install an update.
    InstallUpdate {
        /// The update.
        update: UpdateId,
        /// The release, from 1.
        release: u8,
        /// The branch that is forced.
        branch: Option<Branch>,
    },
    /// Remove an update.
    RemoveUpdate(UpdateId),
    /// `sfc /scannow`.
    CheckSystemFiles,
    /// Restart the host.
    Restart,
    /// Delete the service pack cache.
    CleanCache,
}

/// What is wrong with one step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepProblem {
    /// It is not a step at all.
    #[error("{error}{}", hint(nearest.as_deref(), &[]))]
    Unreadable {
        /// Why not.
        error: ParseStepError,
        /// The step that was probably meant.
        nearest: Option<String>,
    },
    /// There is no such name in the catalog.
    #[error("there is no {what} `{name}`{}", hint(nearest.as_deref(), known))]
    UnknownName {
        /// What kind of thing was named.
        what: &'static str,
        /// The name.
        name: String,
        /// The nearest valid name.
        nearest: Option<String>,
        /// All valid names.
        known: Vec<String>,
    },
    /// The name is that of a web service extension.
    #[error("`{name}` is no component: it has no files and only allows what comes with {with}")]
    Extension {
        /// The name.
        name: String,
        /// The component that brings its file.
        with: String,
    },
    /// The update has no such release.
    #[error("{update} has no release v{release}: it has v1 to v{last}")]
    UnknownRelease {
        /// The update.
        update: String,
        /// The release asked for.
        release: u8,
        /// Number of the last one.
        last: u8,
    },
    /// The update does not carry the branch.
    #[error(
        "{update} does not carry the {} branch: it is a hotfix with QFE copies only",
        branch.as_str().to_uppercase()
    )]
    UnknownBranch {
        /// The update.
        update: String,
        /// The branch asked for.
        branch: Branch,
    },
    /// There is no such media for the architecture.
    #[error("there is no {} media for {architecture}: expected {expected}", media.title())]
    NoMedia {
        /// The media asked for.
        media: Level,
        /// The architecture.
        architecture: &'static str,
        /// The media there are.
        expected: String,
    },
    /// The product has no such service pack.
    #[error("there is no service pack `{pack}`: expected {expected}")]
    NoServicePack {
        /// The service pack asked for.
        pack: Level,
        /// The service packs there are.
        expected: String,
    },
    /// The order does not begin with the base operating system.
    #[error("an install order begins with the base operating system: expected os:LEVEL first")]
    NoOs,
    /// The base operating system stands elsewhere than at the beginning.
    #[error("the base operating system is installed once, at the beginning")]
    OsNotFirst,
    /// It is a step, but none of those of a scope.
    #[error("`{step}` is no step of this scope{}", hint(nearest.as_deref(), known))]
    NotOfScope {
        /// The step.
        step: String,
        /// The step of the scope that is nearest to it.
        nearest: Option<String>,
        /// All steps of the scope.
        known: Vec<String>,
    },
}

/// The step that installs the base operating system, if a word is nearly one: a level without
/// `os:`, or `os:` without a level.
fn os_step(word: &str, media: &[Level]) -> Option<String> {
    let word = word.trim().to_lowercase();
    if word.parse() == Ok(Level::RTM) {
        return Some(format!("os:{}", Level::RTM));
    }
    let level = word.strip_prefix("os")?.trim_start_matches([':', '-', '=', '@']);
    let near = nearest(level, media.iter().map(|level| level.as_str()));
    Some(format!("os:{}", near.unwrap_or("LEVEL")))
}

fn hint(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None if known.is_empty() => String::new(),
        None => format!(": expected one of {}", known.join(", ")),
    }
}

/// What is wrong with an install order: every mistake, with the position of its step from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct OrderError {
    /// Position from 1, the text of the step, and what is wrong.
    pub problems: Vec<(usize, String, StepProblem)>,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (position, _, problem)) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "step {position}: {problem}")?;
        }
        Ok(())
    }
}

/// Names that are allowed in a search, as chosen by a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionNames {
    /// Components and groups, by name.
    pub components: Vec<String>,
    /// Updates, by id.
    pub updates: Vec<String>,
    /// Whether installing an update with a forced branch is a step too.
    pub branches: bool,
}

impl Model {
    /// Reads a whole install order: the level of the base operating system, then the actions.
    /// Every mistake in it is reported.
    pub fn resolve_order<S: AsRef<str>>(
        &self,
        words: &[S],
    ) -> Result<(Level, Vec<(Step, Action)>), OrderError> {
        let mut problems = Vec::new();
        let mut base = None;
        let mut actions = Vec::with_capacity(words.len());
        for (position, word) in (1..).zip(words) {
            match self.resolve_at(position, word.as_ref()) {
                Ok(Resolved::Os(level)) => base = Some(level),
                Ok(Resolved::Action(step, action)) => actions.push((step, action)),
                Err(found) => {
                    let text = word.as_ref().to_owned();
                    problems.extend(found.into_iter().map(|p| (position, text.clone(), p)));
                }
            }
        }
        if words.is_empty() {
            problems.push((1, String::new(), StepProblem::NoOs));
        }
        match base {
            Some(base) if problems.is_empty() => Ok((base, actions)),
            _ => Err(OrderError { problems }),
        }
    }

    fn resolve_at(&self, position: usize, word: &str) -> Result<Resolved, Vec<StepProblem>> {
        let step = self.parse(word).map_err(|problem| vec![problem]);
        let is_os = matches!(step, Ok(Step::InstallOs(_)));
        // That a level is missing or misspelt is said by itself.
        let is_meant = is_os || position == 1 && os_step(word, &self.facts().media).is_some();
        let mut problems = Vec::new();
        if position == 1 && !is_meant {
            problems.push(StepProblem::NoOs);
        }
        if position > 1 && is_os {
            problems.push(StepProblem::OsNotFirst);
        }
        let resolved = step.and_then(|step| match step {
            Step::InstallOs(level) => {
                self.check_media(level).map(|()| Resolved::Os(level)).map_err(|e| vec![e])
            }
            step => match self.resolve(&step) {
                Ok(action) => Ok(Resolved::Action(step, action)),
                Err(problem) => Err(vec![self.with_nearest(problem, word)]),
            },
        });
        match resolved {
            Ok(resolved) if problems.is_empty() => Ok(resolved),
            Ok(_) => Err(problems),
            Err(more) => {
                problems.extend(more);
                Err(problems)
            }
        }
    }

    /// Reads one step that is not the first of an order, and looks up its names.
    pub fn resolve_word(&self, word: &str) -> Result<Action, StepProblem> {
        let step = self.parse(word)?;
        self.resolve(&step).map_err(|problem| self.with_nearest(problem, word))
    }

    fn parse(&self, word: &str) -> Result<Step, StepProblem> {
        // No step is meant by several.
        let is_one = !word.trim().contains(char::is_whitespace);
        let nearest = || {
            os_step(word, &self.facts().media)
                .or_else(|| self.nearest_step(word))
                .filter(|_| is_one)
        };
        word.parse().map_err(|error| StepProblem::Unreadable { error, nearest: nearest() })
    }

    /// A problem with a name that is near to no other, with the step that was probably meant.
    fn with_nearest(&self, problem: StepProblem, word: &str) -> StepProblem {
        match problem {
            StepProblem::UnknownName { what, name, nearest: None, known } => {
                let nearest = self.nearest_step(word);
                StepProblem::UnknownName { what, name, nearest, known }
            }
            other => other,
        }
    }

    /// The step that is nearest to a word.
    fn nearest_step(&self, word: &str) -> Option<String> {
        let word = word.trim().to_lowercase().replace('\u{2212}', "-");
        let words = self.words();
        nearest(&word, words.iter().map(String::as_str)).map(str::to_owned)
    }

    /// Every step that names something of the catalog, in the words of a person. That the branch
    /// of an update can be forced is left out.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let catalog = self.catalog();
        let os = self.facts().media.iter().map(|media| format!("os:{media}"));
        let packs = catalog.service_packs().flat_map(|pack| [pack.to_string(), format!("-{pack}")]);
        let fixed = ["sfc", "restart", "clean-cache"].map(str::to_owned).into_iter().chain(packs);
        let names = catalog.components.iter().map(|component| &component.id);
        let names = names.chain(catalog.groups.iter().map(|group| &group.id));
        let components = names.flat_map(|name| {
            let media = self.facts().media.iter().map(move |media| format!("+{name}@{media}"));
            [format!("+{name}"), format!("-{name}")].into_iter().chain(media)
        });
        let updates = catalog.updates.iter().flat_map(|update| {
            let id = update.id.to_lowercase();
            let releases = update.releases.iter();
            let releases: Vec<String> =
                releases.map(|release| format!("{id}/v{}", release.number)).collect();
            [id.clone(), format!("-{id}")].into_iter().chain(releases)
        });
        os.chain(fixed).chain(components).chain(updates).collect()
    }

    /// Looks up the names of one step.
    pub fn resolve(&self, step: &Step) -> Result<Action, StepProblem> {
        Ok(match step {
            Step::InstallOs(_) => return Err(StepProblem::OsNotFirst),
            Step::ApplyServicePack(level) => Action::ApplyServicePack(self.service_pack(*level)?),
            Step::RemoveServicePack(level) => Action::RemoveServicePack(self.service_pack(*level)?),
            Step::AddComponent { name, media } => {
                if let Some(media) = media {
                    self.check_media(*media)?;
                }
                Action::AddComponents { members: self.members(name)?, media: *media }
            }
            Step::RemoveComponent { name } => {
                Action::RemoveComponents { members: self.members(name)? }
            }
            Step::InstallUpdate { update, release, branch } => {
                self.resolve_update(update, *release, *branch)?
            }
            Step::RemoveUpdate { update } => Action::RemoveUpdate(self.update_named(update)?),
            Step::CheckSystemFiles => Action::CheckSystemFiles,
            Step::Restart => Action::Restart,
            Step::CleanCache => Action::CleanCache,
        })
    }

    fn check_media(&self, media: Level) -> Result<(), StepProblem> {
        if self.facts().media.contains(&media) {
            return Ok(());
        }
        let expected: Vec<&str> = self.facts().media.iter().map(|level| level.as_str()).collect();
        Err(StepProblem::NoMedia {
            media,
            architecture: self.architecture().as_str(),
            expected: expected.join(" or "),
        })
    }

    /// The components that a name stands for.
    fn members(&self, name: &str) -> Result<ComponentSet, StepProblem> {
        let catalog = self.catalog();
        if let Some(component) = catalog.component_named(name) {
            return Ok(bit(component));
        }
        if let Some(group) = catalog.group_named(name) {
            return Ok(group.members.iter().map(|component| bit(*component)).sum());
        }
        if let Some(extension) = catalog.extensions.iter().find(|e| e.id == name) {
            let with = catalog.component(extension.comes_with).id.clone();
            return Err(StepProblem::Extension { name: name.to_owned(), with });
        }
        let names = catalog.components.iter().map(|component| component.id.as_str());
        let names = names.chain(catalog.groups.iter().map(|group| group.id.as_str()));
        let known: Vec<String> = names.map(str::to_owned).collect();
        let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        Err(StepProblem::UnknownName { what: "component", name: name.to_owned(), nearest, known })
    }

    /// A service pack that the product has, for whichever architecture.
    fn service_pack(&self, level: Level) -> Result<Level, StepProblem> {
        if self.catalog().service_packs().any(|pack| pack == level) {
            return Ok(level);
        }
        let known: Vec<&str> = self.catalog().service_packs().map(Level::as_str).collect();
        Err(StepProblem::NoServicePack { pack: level, expected: known.join(" or ") })
    }

    fn update_named(&self, id: &str) -> Result<UpdateId, StepProblem> {
        self.catalog().update_named(id).ok_or_else(|| {
            let ids = self.catalog().updates.iter().map(|update| update.id.to_lowercase());
            let known: Vec<String> = ids.collect();
            let name = id.to_lowercase();
            let nearest = nearest(&name, known.iter().map(String::as_str)).map(str::to_owned);
            StepProblem::UnknownName { what: "update", name, nearest, known }
        })
    }

    fn resolve_update(
        &self,
        id: &str,
        release: Option<u8>,
        branch: Option<Branch>,
    ) -> Result<Action, StepProblem> {
        let update = self.update_named(id)?;
        let facts = self.catalog().update(update);
        let last = facts.latest().number;
        let release = release.unwrap_or(last);
        if facts.release(release).is_none() {
            return Err(StepProblem::UnknownRelease { update: facts.id.clone(), release, last });
        }
        match branch {
            Some(Branch::Gdr) if facts.qfe_only => {
                Err(StepProblem::UnknownBranch { update: facts.id.clone(), branch: Branch::Gdr })
            }
            branch => Ok(Action::InstallUpdate { update, release, branch }),
        }
    }

    /// The steps of a search over these names, in the order of the documentation: service packs,
    /// their removal, the cache and sfc where the product has them, and a restart where files can
    /// wait for it; each component; each update.
    pub fn search_steps(&self, names: &ActionNames) -> Result<Vec<(Step, Action)>, StepProblem> {
        let mut steps: Vec<Step> = Vec::new();
        let packs = self.catalog().service_packs();
        steps.extend(packs.clone().map(Step::ApplyServicePack));
        steps.extend(packs.map(Step::RemoveServicePack));
        let product = &self.catalog().product;
        steps.extend(product.service_pack_cache.then_some(Step::CleanCache));
        steps.extend(product.system_file_checker.then_some(Step::CheckSystemFiles));
        if self.can_wait() {
            steps.push(Step::Restart);
        }
        for name in &names.components {
            let media = self.facts().media.iter().copied().map(Some);
            steps.extend(
                std::iter::once(None)
                    .chain(media)
                    .map(|media| Step::AddComponent { name: name.clone(), media }),
            );
            steps.push(Step::RemoveComponent { name: name.clone() });
        }
        for id in &names.updates {
            let facts = self.catalog().update(self.update_named(id)?);
            let branches = Branch::ALL.into_iter().filter(|b| *b == Branch::Qfe || !facts.qfe_only);
            let forced: Vec<_> = branches.filter(|_| names.branches).map(Some).collect();
            for release in &facts.releases {
                steps.extend(std::iter::once(None).chain(forced.clone()).map(|branch| {
                    let (update, release) = (id.clone(), Some(release.number));
                    Step::InstallUpdate { update, release, branch }
                }));
            }
            steps.push(Step::RemoveUpdate { update: id.clone() });
        }
        let single = |step: Step| match step {
            // An update with one release is written without it.
            Step::InstallUpdate { update, branch, release: Some(1) }
                if self.has_one_release(&update) =>
            {
                Step::InstallUpdate { update, branch, release: None }
            }
            step => step,
        };
        steps.into_iter().map(|s| Ok((single(s.clone()), self.resolve(&s)?))).collect()
    }

    fn has_one_release(&self, update: &str) -> bool {
        let update = self.catalog().update_named(update);
        update.is_some_and(|update| self.catalog().update(update).releases.len() == 1)
    }
}

enum Resolved {
    Os(Level),
    Action(Step, Action),
}
