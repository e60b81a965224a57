//! Patterns of steps, as a claim writes them.
//!
//! A pattern is a step with `*` for a name, a media or a release: `sp*`, `-sp*`, `+*` (Setup's own
//! route), `+iis@rtm`, `+*@*`, `-*` (components), `kb*`, `kb973917/*`, `-kb*`, `sfc`,
//! `restart`, `clean-cache`. The media can also be `older`, `same` or `newer`, compared with the
//! level of the host that the step is taken on. ` when ` and a condition narrow it to hosts that
//! meet that.

use super::{
    condition::{Condition, parse_level, update_named},
    entry::Problem,
};
use patchstate_catalog::{Catalog, UpdateId};
use patchstate_servicing::Action;
use patchstate_terms::{Level, Step};
use std::cmp::Ordering;

/// A pattern of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepPattern {
    shape: Shape,
    when: Vec<Condition>,
    text: String,
}

/// `None` is a star.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Apply(Option<Level>),
    Unapply(Option<Level>),
    Add(Option<String>, Media),
    Remove(Option<String>),
    Install(Option<UpdateId>, Option<u8>),
    Uninstall(Option<UpdateId>),
    CheckSystemFiles,
    Restart,
    CleanCache,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    Own,
    Given,
    Fixed(Level),
    Compared(Ordering),
}

impl StepPattern {
    /// Reads a pattern.
    pub(super) fn parse(catalog: &Catalog, text: &str) -> Result<Self, Problem> {
        let (step, when) = text.split_once(" when ").map_or((text, None), |(s, w)| (s, Some(w)));
        let when: Result<Vec<Condition>, Problem> =
            when.into_iter().map(|text| Condition::parse(catalog, text)).collect();
        let shape = parse_shape(catalog, &step.trim().to_lowercase())?;
        Ok(Self { shape, when: when?, text: text.trim().to_owned() })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The conditions that narrow it.
    pub(super) fn when(&self) -> &[Condition] {
        &self.when
    }

    /// Whether its condition compares hosts, which makes no sense before a step.
    pub(super) fn looks_back(&self) -> bool {
        self.when.iter().any(Condition::looks_back)
    }

    /// Whether it fits a step on a host of this level that meets its conditions; with `None`, on
    /// hosts of any level.
    pub(super) fn fits(&self, step: &Step, action: Action, now: Option<Level>) -> bool {
        let named = |wanted: &Option<String>, name: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == name)
        };
        match (&self.shape, step, action) {
            (Shape::Apply(level), _, Action::ApplyServicePack(pack))
            | (Shape::Unapply(level), _, Action::RemoveServicePack(pack)) => {
                level.is_none_or(|level| level == pack)
            }
            (Shape::Add(wanted, source), Step::AddComponent { name, media }, _) => {
                named(wanted, name) && source.fits(*media, now)
            }
            (Shape::Remove(wanted), Step::RemoveComponent { name }, _) => named(wanted, name),
            (Shape::Install(wanted, number), _, Action::InstallUpdate { update, release, .. }) => {
                wanted.is_none_or(|wanted| wanted == update)
                    && number.is_none_or(|number| number == release)
            }
            (Shape::Uninstall(wanted), _, Action::RemoveUpdate(update)) => {
                wanted.is_none_or(|wanted| wanted == update)
            }
            (Shape::CheckSystemFiles, _, Action::CheckSystemFiles)
            | (Shape::Restart, _, Action::Restart)
            | (Shape::CleanCache, _, Action::CleanCache) => true,
            _ => false,
        }
    }
}

impl Media {
    fn fits(self, media: Option<Level>, now: Option<Level>) -> bool {
        match (self, media) {
            (Self::Own, media) => media.is_none(),
            (_, None) => false,
            (Self::Given, Some(_)) => true,
            (Self::Fixed(level), Some(media)) => level == media,
            (Self::Compared(ordering), Some(media)) => {
                now.is_none_or(|now| media.cmp(&now) == ordering)
            }
        }
    }
}

fn parse_shape(catalog: &Catalog, text: &str) -> Result<Shape, Problem> {
    match text {
        "sfc" => return Ok(Shape::CheckSystemFiles),
        "restart" => return Ok(Shape::Restart),
        "clean-cache" => return Ok(Shape::CleanCache),
        _ => {}
    }
    if let Some(rest) = text.strip_prefix('+') {
        let (name, media) = rest.split_once('@').map_or((rest, None), |(n, m)| (n, Some(m)));
        return Ok(Shape::Add(component_name(catalog, name)?, media_named(catalog, media)?));
    }
    let (removes, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    if let Some(level) = rest.strip_prefix("sp") {
        let level = if level == "*" { None } else { Some(parse_level(catalog, rest)?) };
        return Ok(if removes { Shape::Unapply(level) } else { Shape::Apply(level) });
    }
    if let Some(number) = rest.strip_prefix("kb") {
        return update_shape(catalog, rest, number, removes);
    }
    if removes {
        return Ok(Shape::Remove(component_name(catalog, rest)?));
    }
    Err(Problem::malformed(&format!(
        "`{text}` is not a pattern of steps: expected a step, with `*` for a name, a media or a \
         release"
    )))
}

fn update_shape(
    catalog: &Catalog,
    label: &str,
    number: &str,
    removes: bool,
) -> Result<Shape, Problem> {
    if number == "*" {
        return Ok(if removes { Shape::Uninstall(None) } else { Shape::Install(None, None) });
    }
    if let Some(id) = label.strip_suffix("/*")
        && !removes
    {
        return Ok(Shape::Install(Some(update_named(catalog, id)?.0), None));
    }
    let (update, release) = update_named(catalog, label)?;
    match (removes, release) {
        (true, None) => Ok(Shape::Uninstall(Some(update))),
        (true, Some(_)) => Err(Problem::malformed("a removal takes no release")),
        (false, release) => {
            // As in an install order, an update without a release is the latest.
            let release = release.unwrap_or(catalog.update(update).latest().number);
            Ok(Shape::Install(Some(update), Some(release)))
        }
    }
}

fn component_name(catalog: &Catalog, name: &str) -> Result<Option<String>, Problem> {
    if name == "*" {
        return Ok(None);
    }
    let components = catalog.components.iter().map(|component| component.id.as_str());
    let mut names = components.chain(catalog.groups.iter().map(|group| group.id.as_str()));
    if names.clone().any(|known| known == name) {
        return Ok(Some(name.to_owned()));
    }
    Err(Problem::unknown("component", name, &mut names))
}

fn media_named(catalog: &Catalog, word: Option<&str>) -> Result<Media, Problem> {
    Ok(match word {
        None => Media::Own,
        Some("*") => Media::Given,
        Some("older") => Media::Compared(Ordering::Less),
        Some("same") => Media::Compared(Ordering::Equal),
        Some("newer") => Media::Compared(Ordering::Greater),
        Some(level) => Media::Fixed(parse_level(catalog, level)?),
    })
}
