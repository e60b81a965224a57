//! One row of the strip: panels beside each other, and the lanes that go through them.

use super::{
    fault,
    lettering::{BOLD_CODE, Block, HEADING, SMALL, height, stack},
    marks::{self, Mark, SLOT},
    panel::Panel,
    sheet::{GAP, LABELS, MARGIN, PAD, Sheet},
    strip::{Column, FileState, Lane, Strip},
};
use crate::text::version_of;
use patchstate_catalog::FileId;
use patchstate_terms::Level;
use svg::node::element::{Group, Line, Path, Rectangle};

/// The height of the band that shows the level of the operating system.
const BAND: usize = 26;
/// The height of what stands above the panels where some of them are a repair.
const PARTS: usize = 27;
/// What is free above and below the marks of a lane.
const AIR: usize = 7;

/// A row with everything that it takes to draw it.
struct Row<'a> {
    strip: &'a Strip<'a>,
    sheet: Sheet,
    columns: &'a [Column<'a>],
    panels: Vec<Panel<'a>>,
    floors: Floors,
}

/// Where the parts of a row begin, from top to bottom.
struct Floors {
    top: usize,
    panels: usize,
    band: usize,
    /// Each with its height.
    lanes: Vec<(usize, usize)>,
    records: usize,
    status: usize,
    bottom: usize,
}

/// Draws a row with its upper edge there, and tells where it ends.
pub(super) fn draw<'a>(
    strip: &'a Strip<'a>,
    sheet: Sheet,
    columns: &'a [Column<'a>],
    top: usize,
) -> (Group, usize) {
    let panels: Vec<Panel<'a>> = columns.iter().map(|column| Panel::new(column, sheet)).collect();
    let floors = Floors::new(strip, sheet, &panels, top);
    let row = Row { strip, sheet, columns, panels, floors };
    let mut bottom = row.floors.bottom;
    let mut group = Group::new().add(row.grounds()).add(row.labels()).add(row.band());
    if strip.has_repair() {
        group = group.add(row.parts());
    }
    for (place, panel) in row.panels.iter().enumerate() {
        let x = sheet.left(place);
        group = group
            .add(panel.draw_head((x, row.floors.panels)))
            .add(row.link(place))
            .add(row.files(place))
            .add(row.rings(place))
            .add(stack(&panel.records, (x + PAD, row.floors.records + AIR)))
            .add(panel.draw_foot((x, row.floors.status)));
    }
    if let Some((place, column)) = row.fault() {
        let pointer = sheet.left(place) + sheet.panel() / 2;
        let (callout, end) = fault::draw(strip, sheet, column, (pointer, bottom));
        (group, bottom) = (group.add(callout), end);
    }
    (group, bottom)
}

impl Floors {
    fn new(strip: &Strip<'_>, sheet: Sheet, panels: &[Panel<'_>], top: usize) -> Self {
        let begin = top + if strip.has_repair() { PARTS } else { 0 };
        let band = begin + most(panels, Panel::head);
        let mut y = band + BAND + PAD;
        let mut lanes = Vec::new();
        for lane in &strip.lanes {
            let tall = lane.files.len().div_ceil(slots(sheet)) * SLOT;
            let floor = height(&label(strip, lane)).max(tall) + 2 * AIR;
            lanes.push((y, floor));
            y += floor;
        }
        let records = y;
        if strip.has_records {
            let tall = most(panels, |panel| height(&panel.records));
            y += tall.max(2 * SMALL.line()) + 2 * AIR;
        }
        let status = y + PAD;
        let bottom = status + most(panels, Panel::foot);
        Self { top, panels: begin, band, lanes, records, status, bottom }
    }
}

/// The most that any panel takes.
fn most<'a>(panels: &[Panel<'a>], of: impl Fn(&Panel<'a>) -> usize) -> usize {
    panels.iter().map(of).max().unwrap_or(0)
}

/// How many marks stand beside each other.
fn slots(sheet: Sheet) -> usize {
    (sheet.inner() / SLOT).max(1)
}

/// What a lane is called.
fn label(strip: &Strip<'_>, lane: &Lane) -> Vec<Block> {
    let room = LABELS - PAD;
    match lane.component {
        None => vec![Block::new(SMALL, "", "system files", room)],
        Some(component) => {
            let component = strip.model.catalog().component(component);
            let title = Block::new(SMALL, "faint", &component.title, room);
            vec![Block::new(BOLD_CODE, "", &component.id, room), title]
        }
    }
}

impl Row<'_> {
    /// The column in which the host breaks, with its place.
    fn fault(&self) -> Option<(usize, &Column<'_>)> {
        self.columns.iter().enumerate().find(|(_, column)| self.strip.is_fault(column))
    }

    /// Where the last panel ends.
    fn right(&self) -> usize {
        self.sheet.left(self.columns.len()) - GAP
    }

    /// The ground of each panel, and the lines between the lanes.
    fn grounds(&self) -> Group {
        let mut group = Group::new();
        for (place, column) in self.columns.iter().enumerate() {
            let class = match column.mends {
                _ if self.strip.is_fault(column) => "fault",
                Some(_) => "mends",
                None => "panel",
            };
            let ground = Rectangle::new()
                .set("class", class)
                .set("x", self.sheet.left(place))
                .set("y", self.floors.panels)
                .set("width", self.sheet.panel())
                .set("height", self.floors.bottom - self.floors.panels)
                .set("rx", 6);
            group = group.add(ground);
        }
        let records = self.strip.has_records.then_some(self.floors.records);
        for y in self.floors.lanes.iter().map(|(y, _)| *y).skip(1).chain(records) {
            let line = Line::new().set("class", "rule").set("x1", MARGIN).set("x2", self.right());
            group = group.add(line.set("y1", y).set("y2", y));
        }
        group
    }

    /// What each lane is called, at the left.
    fn labels(&self) -> Group {
        let plain = |text| Block::new(SMALL, "", text, LABELS - PAD);
        let at = |y: usize| (MARGIN, y);
        let mut group = Group::new().add(plain("system level").draw(at(self.floors.band + 5)));
        for (lane, (y, _)) in self.strip.lanes.iter().zip(&self.floors.lanes) {
            group = group.add(stack(&label(self.strip, lane), at(y + AIR)));
        }
        if self.strip.has_records {
            let records = plain("updates on record");
            group = group.add(records.draw(at(self.floors.records + AIR)));
        }
        group.add(plain("the host is").draw(at(self.floors.status + 4)))
    }

    /// The level of the operating system: one bar for as long as it stays.
    fn band(&self) -> Group {
        let levels: Vec<Level> = self.columns.iter().map(|column| column.view().level()).collect();
        let mut group = Group::new();
        let mut place = 0;
        for run in levels.chunk_by(|one, next| one == next) {
            let (x, y) = (self.sheet.left(place), self.floors.band);
            place += run.len();
            let Some(level) = run.first() else { continue };
            let bar = Rectangle::new()
                .set("class", marks::tone(*level).class)
                .set("x", x)
                .set("y", y)
                .set("width", self.sheet.left(place) - GAP - x)
                .set("height", BAND)
                .set("rx", 4);
            let tone = marks::tone(*level).on;
            let title = Block::new(HEADING, tone, level.title(), self.sheet.inner());
            group = group
                .add(bar)
                .add(marks::on_level(*level, (x + PAD + SLOT / 2, y + BAND / 2)))
                .add(title.draw((x + PAD + SLOT + 5, y + 4)));
        }
        group
    }

    /// Which panels are the order and which the repair.
    fn parts(&self) -> Group {
        let mut group = Group::new();
        let mut place = 0;
        let is_same =
            |one: &Column<'_>, next: &Column<'_>| one.mends.is_some() == next.mends.is_some();
        for run in self.columns.chunk_by(is_same) {
            let x = self.sheet.left(place);
            place += run.len();
            let right = self.sheet.left(place) - GAP;
            let is_repair = run.iter().any(|column| column.mends.is_some());
            let (word, class) =
                if is_repair { ("repair", "mend-rule") } else { ("install order", "order-rule") };
            let word = Block::new(HEADING, "", word, self.sheet.inner());
            let y = self.floors.top;
            let line = format!("M{x} {}V{}H{right}V{}", y + 24, y + 19, y + 24);
            group = group
                .add(word.draw((x + 1, y)))
                .add(Path::new().set("class", class).set("d", line));
        }
        group
    }

    /// The middle of the place of a file in a panel.
    fn slot(&self, place: usize, file: FileId) -> Option<(usize, usize)> {
        let lanes = self.strip.lanes.iter().zip(&self.floors.lanes);
        let mut found = lanes.filter_map(|(lane, (y, _))| {
            let index = lane.files.iter().position(|other| *other == file)?;
            Some(self.middle(place, *y, index))
        });
        found.next()
    }

    fn middle(&self, place: usize, y: usize, index: usize) -> (usize, usize) {
        let slots = slots(self.sheet);
        let x = self.sheet.left(place) + PAD + SLOT / 2 + index % slots * SLOT;
        (x, y + AIR + SLOT / 2 + index / slots * SLOT)
    }

    /// The files after a step, lane by lane.
    fn files(&self, place: usize) -> Group {
        let mut group = Group::new();
        let Some(column) = self.columns.get(place) else { return group };
        let troubled = column.troubled();
        for (lane, (y, _)) in self.strip.lanes.iter().zip(&self.floors.lanes) {
            for (index, file) in lane.files.iter().enumerate() {
                let at = self.middle(place, *y, index);
                if troubled.contains(file) {
                    group = group.add(marks::tint(at));
                }
                group = self.file(group, column, *file, at);
            }
        }
        group
    }

    fn file(&self, group: Group, column: &Column<'_>, file: FileId, at: (usize, usize)) -> Group {
        let catalog = self.strip.model.catalog();
        let named = |copy| {
            let name = catalog.file(file).path.file_name();
            crate::text::neutral_name(&format!("{name} {}", version_of(catalog, file, copy)))
                .into_owned()
        };
        match column.state(file) {
            FileState::Absent => group,
            FileState::Gone(copy) => group.add(marks::gone(at, &named(copy))),
            FileState::There { copy, is_changed, waits } => {
                let mark = Mark::of(catalog, copy).draw(is_changed, at, &named(copy));
                let group = group.add(mark);
                if waits { group.add(marks::ring("waits", at)) } else { group }
            }
        }
    }

    /// The marks of the importing file and of the DLL that do not fit each other.
    fn faulty(&self, place: usize) -> Vec<(usize, usize)> {
        let fault = self.fault().filter(|(of_fault, _)| *of_fault == place);
        let Some(((_, column), fracture)) = fault.zip(self.strip.fracture.as_ref()) else {
            return Vec::new();
        };
        let files = fault::files(self.strip, fracture, column);
        files.iter().filter_map(|file| self.slot(place, *file)).collect()
    }

    /// A line between the two, below the marks that stand in its way.
    fn link(&self, place: usize) -> Group {
        fault::link(&self.faulty(place))
    }

    /// What shows the two.
    fn rings(&self, place: usize) -> Group {
        let rings = self.faulty(place).into_iter().map(|at| marks::ring("ring", at));
        rings.fold(Group::new(), Group::add)
    }
}
