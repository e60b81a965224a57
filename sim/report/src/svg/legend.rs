//! What the marks stand for: of those alone that the picture has.

use super::{
    lettering::{Block, SMALL},
    marks::{self, Mark},
    sheet::{MARGIN, Sheet},
    strip::{FileState, Strip},
};
use svg::node::element::Group;

/// The height of a line.
const LINE: usize = 22;
/// From the left of a mark to its words.
const BEFORE: usize = 19;
/// From words to the next mark.
const BEHIND: usize = 20;

/// What an entry shows.
enum Shown {
    Mark { mark: Mark, is_changed: bool },
    Gone,
    Ring(&'static str),
    Tint,
}

/// Draws the legend with its upper edge there, and tells where it ends.
pub(super) fn draw(strip: &Strip<'_>, sheet: Sheet, top: usize) -> (Group, usize) {
    let (mut x, mut y) = (MARGIN, top);
    let mut group = Group::new();
    for (shown, words) in entries(strip) {
        let words = Block::new(SMALL, "faint", &words, sheet.text_width() - BEFORE);
        let width = BEFORE + words.width() + BEHIND;
        if x > MARGIN && x + width > MARGIN + sheet.text_width() + BEHIND {
            (x, y) = (MARGIN, y + LINE);
        }
        group = shown.draw(group, (x + 8, y + LINE / 2)).add(words.draw((x + BEFORE, y + 3)));
        x += width;
    }
    (group, y + LINE)
}

impl Shown {
    fn draw(&self, group: Group, at: (usize, usize)) -> Group {
        match self {
            Self::Mark { mark, is_changed } => group.add(mark.draw(*is_changed, at, "")),
            Self::Gone => group.add(marks::gone(at, "")),
            Self::Ring(class) => group.add(marks::ring(class, at)),
            Self::Tint => group.add(marks::tint(at)),
        }
    }
}

fn entries(strip: &Strip<'_>) -> Vec<(Shown, String)> {
    let marks = strip.marks();
    let mut entries = Vec::new();
    for mark in &marks {
        let update = if mark.is_of_update { ", by an update" } else { "" };
        let words = format!("{} file{update}", mark.level.title());
        entries.push((Shown::Mark { mark: *mark, is_changed: true }, words));
    }
    let states: Vec<FileState> = strip
        .columns
        .iter()
        .flat_map(|column| {
            strip.lanes.iter().flat_map(|lane| &lane.files).map(|file| column.state(*file))
        })
        .collect();
    let is_pale = |state: &FileState| matches!(state, FileState::There { is_changed: false, .. });
    let waits = |state: &FileState| matches!(state, FileState::There { waits: true, .. });
    let first = marks.first().copied();
    if let Some(mark) = first.filter(|_| states.iter().any(is_pale)) {
        let pale = Shown::Mark { mark, is_changed: false };
        entries.push((pale, "pale: not changed by the step".to_owned()));
    }
    if states.iter().any(|state| matches!(state, FileState::Gone(_))) {
        entries.push((Shown::Gone, "taken away by the step".to_owned()));
    }
    if states.iter().any(waits) {
        entries.push((Shown::Ring("waits"), "waits for a restart".to_owned()));
    }
    if strip.columns.iter().any(|column| !column.troubled().is_empty()) {
        entries.push((Shown::Tint, "a finding is about the file".to_owned()));
    }
    if strip.fracture.is_some() {
        entries.push((Shown::Ring("ring"), "import that does not resolve".to_owned()));
    }
    entries
}
