//! The marks of files, levels and statuses: each has a shape of its own beside its colour.

use patchstate_catalog::Catalog;
use patchstate_servicing::FileCopy;
use patchstate_terms::{Level, Status};
use svg::node::element::{Circle, Definitions, Element, Group, Path, Rectangle, Title, Use};

/// From the middle of one mark to that of the next.
pub(super) const SLOT: usize = 16;

/// What a file is marked with: the shape tells the level of its lineage, and the colour whether an
/// update brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub(super) level: Level,
    pub(super) is_of_update: bool,
}

impl Mark {
    pub(super) fn of(catalog: &Catalog, copy: FileCopy) -> Self {
        let level = catalog.lineage(copy.revision);
        Self { level, is_of_update: !catalog.is_baseline(copy.revision) }
    }

    fn symbol(self) -> String {
        let update = if self.is_of_update { "-update" } else { "" };
        format!("ps-{}{update}", self.level)
    }

    fn class(self) -> &'static str {
        if self.is_of_update { "update" } else { tone(self.level).class }
    }

    /// The mark in the middle of a place; what is as it was is pale.
    pub(super) fn draw(self, is_changed: bool, at: (usize, usize), title: &str) -> Use {
        let as_before = if is_changed { "" } else { " as-before" };
        let class = format!("{}{as_before}", self.class());
        titled(symbol(&self.symbol(), at).set("class", class), title)
    }
}

/// The place of a file that is no longer there.
pub(super) fn gone(at: (usize, usize), title: &str) -> Use {
    titled(symbol("ps-gone", at).set("class", "gone"), title)
}

/// A mark with the words that stand beside a pointer on it; those of the legend have none.
fn titled(mark: Use, title: &str) -> Use {
    if title.is_empty() { mark } else { mark.add(Title::new(title)) }
}

/// Something around a mark.
pub(super) fn ring(class: &'static str, at: (usize, usize)) -> Circle {
    Circle::new().set("class", class).set("cx", at.0).set("cy", at.1).set("r", 8)
}

/// What is behind the mark of a file that a finding is about.
pub(super) fn tint((x, y): (usize, usize)) -> Rectangle {
    let tint = Rectangle::new().set("class", "finding").set("x", x - SLOT / 2);
    tint.set("y", y - SLOT / 2).set("width", SLOT).set("height", SLOT)
}

/// The shape of a level alone, for a ground of the level's colour.
pub(super) fn on_level(level: Level, at: (usize, usize)) -> Use {
    symbol(&format!("ps-{level}"), at).set("class", tone(level).on_mark)
}

/// Classes of the style sheet: a colour, and what is written and drawn on a ground of it.
pub(super) struct Tone {
    pub(super) class: &'static str,
    pub(super) on: &'static str,
    pub(super) on_mark: &'static str,
}

/// The colour of a level: neighbours differ, and the shape tells those apart that have the same.
pub(super) fn tone(level: Level) -> Tone {
    match level.number() % 3 {
        0 => Tone { class: "tone-0", on: "on-tone-0", on_mark: "on-tone-0-mark" },
        1 => Tone { class: "tone-1", on: "on-tone-1", on_mark: "on-tone-1-mark" },
        _ => Tone { class: "tone-2", on: "on-tone-2", on_mark: "on-tone-2-mark" },
    }
}

/// What stands for a status beside its word.
pub(super) fn icon(status: Status, (x, y): (usize, usize)) -> Path {
    let lines = match status {
        Status::Broken => "M-4-4 4 4M4-4-4 4",
        Status::Mismatch => "M-4.5-2H4.5M-4.5 2H4.5M2.5-5-2.5 5",
        Status::Drift => "M-5 1Q-2.5-4 0 0T5-1",
        Status::Consistent => "M-4.5 0-1.5 3.5 4.5-3.5",
        Status::NotApplicable => "M-4.5 0H4.5",
        Status::Inconclusive => "M-2.5-2.5Q-2.5-5 0-5T2.5-2.5Q2.5-1 0 .5V1.5M0 5V5.1",
    };
    let place = format!("translate({x} {y})");
    Path::new().set("class", "icon").set("d", lines).set("transform", place)
}

fn symbol(id: &str, (x, y): (usize, usize)) -> Use {
    Use::new().set("href", format!("#{id}")).set("x", x).set("y", y)
}

/// The shapes that marks of these levels are made of.
pub(super) fn definitions(levels: impl Iterator<Item = Level>) -> Definitions {
    let mut definitions = Definitions::new();
    for level in levels {
        let id = format!("ps-{level}");
        let with_dot = Group::new()
            .set("id", format!("{id}-update"))
            .add(shape(level))
            .add(Circle::new().set("class", "dot").set("r", 2));
        definitions = definitions.add(Group::new().set("id", id).add(shape(level))).add(with_dot);
    }
    let gone = Path::new().set("d", "M-3-3 3 3M3-3-3 3");
    definitions.add(Group::new().set("id", "ps-gone").add(gone))
}

/// One shape for each number of a service pack, around the middle: a line each, from 0. The
/// explorer page is built from the same file.
const SHAPES: &str = include_str!("../level-shapes.txt");

/// The shape of a level around the middle. That of a re-release is smaller and stands on a line.
fn shape(level: Level) -> Element {
    let lines = SHAPES.lines().nth(level.number().into()).unwrap_or_default();
    let path = Path::new().set("d", lines);
    if !level.is_re_release() {
        return path.into();
    }
    let line = Path::new().set("class", "again").set("d", "M-5 6.8H5");
    Group::new().add(path.set("transform", "translate(0 -1.2) scale(.8)")).add(line).into()
}
