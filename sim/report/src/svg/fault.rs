//! Where the order breaks the host: which file imports what from which, and what is not there.

use super::{
    lettering::{BOLD_CODE, Block, CODE, HEADING, SMALL, height, stack},
    marks::{Mark, SLOT},
    sheet::{MARGIN, Sheet},
    strip::{Column, Strip},
};
use crate::text::{capitalized, count, meaning};
use patchstate_catalog::FileId;
use patchstate_study::{Fact, Fracture, StepAt};
use svg::node::element::{Group, Path, Rectangle};

/// From the panel to the box that its pointer belongs to.
const POINTER: usize = 12;
/// What is free between the edge of the box and what stands in it.
const EDGE: usize = 14;
/// The share that each of the two files has of the width, in hundredth parts.
const CHIP_PERCENT: usize = 29;

/// One of the two files that do not fit each other.
struct Side {
    /// The file, where the catalog has it and it is there.
    mark: Option<Mark>,
    blocks: Vec<Block>,
}

/// The files that do not fit each other: the importing one, then the DLL, where it is known.
pub(super) fn files(strip: &Strip<'_>, fracture: &Fracture, column: &Column<'_>) -> Vec<FileId> {
    let catalog = strip.model.catalog();
    let importer = &fracture.why.finding.file;
    let dll = provider(fracture).and_then(|fact| match fact {
        Fact::File { file, .. } => Some(file),
        Fact::Level { .. }
        | Fact::Absent { .. }
        | Fact::Untouched { .. }
        | Fact::Recorded { .. }
        | Fact::Imports { .. }
        | Fact::Lacks { .. } => None,
    });
    let there = |file: &FileId| column.view().file(*file).is_some();
    std::iter::once(importer)
        .chain(dll)
        .filter_map(|path| catalog.file_at(path))
        .filter(there)
        .collect()
}

/// What the derivation says of the importing file.
fn importer(fracture: &Fracture) -> Option<&Fact> {
    let path = &fracture.why.finding.file;
    let is_importer = |fact: &&Fact| matches!(fact, Fact::File { file, .. } if file == path);
    fracture.why.facts.iter().find(is_importer)
}

/// What the derivation says of the DLL.
fn provider(fracture: &Fracture) -> Option<&Fact> {
    let path = &fracture.why.finding.file;
    let is_provider = |fact: &&Fact| match fact {
        Fact::File { file, .. } => file != path,
        Fact::Absent { .. } => true,
        Fact::Level { .. }
        | Fact::Untouched { .. }
        | Fact::Recorded { .. }
        | Fact::Imports { .. }
        | Fact::Lacks { .. } => false,
    };
    fracture.why.facts.iter().find(is_provider)
}

/// A line between two marks.
pub(super) fn link(places: &[(usize, usize)]) -> Group {
    let [(x1, y1), (x2, y2)] = places else { return Group::new() };
    let line = format!("M{x1} {y1}L{x2} {y2}");
    Group::new().add(Path::new().set("class", "link").set("d", line))
}

fn cross((x, y): (usize, usize)) -> Path {
    let place = format!("translate({x} {y})");
    Path::new().set("class", "cross").set("d", "M-4-4 4 4M4-4-4 4").set("transform", place)
}

/// The box below the panels that tells why the host is broken, with its pointer at their lower
/// edge. Tells where it ends.
pub(super) fn draw(
    strip: &Strip<'_>,
    sheet: Sheet,
    column: &Column<'_>,
    (pointer, top): (usize, usize),
) -> (Group, usize) {
    let Some(fracture) = &strip.fracture else { return (Group::new(), top) };
    let (x, y) = (MARGIN + EDGE, top + POINTER + EDGE);
    let room = sheet.text_width() - 2 * EDGE;
    let status = column.step.truth.status;
    let sentence = format!(
        "after step {} the host is {status}: {}",
        column.number,
        meaning(status, &strip.model.catalog().product.words)
    );
    let sentence = Block::new(HEADING, "alarm", &capitalized(&sentence), room);
    let chip = room * CHIP_PERCENT / 100;
    let sides = [importer(fracture), provider(fracture)]
        .map(|fact| side(strip, column, fact, chip - 3 * SLOT));
    let middle = room - 2 * chip;
    let import = import(fracture, middle - 40);
    let lacks = lacks(fracture, middle - 40);
    let tall = sides.iter().map(|side| height(&side.blocks)).max().unwrap_or(0) + EDGE;
    let tall = tall.max(height(&import) + height(&lacks) + EDGE);
    let chips = y + sentence.height() + 10;
    let others = others(fracture, room);
    let end = chips + tall + height(&others) + EDGE;
    let mut group = Group::new().add(ground(sheet, pointer, (top, end))).add(sentence.draw((x, y)));
    for (side, left) in sides.iter().zip([x, x + chip + middle]) {
        group = group.add(side.draw((left, chips), (chip, tall)));
    }
    let line = chips + (tall + height(&import) - height(&lacks)) / 2;
    let (from, to) = (x + chip + 6, x + chip + middle - 6);
    let arrow = format!("M{from} {line}H{}", to - 14);
    group = group
        .add(stack(&import, (from + 12, line - height(&import) - 6)))
        .add(Path::new().set("class", "link").set("d", arrow))
        .add(cross((to - 6, line)))
        .add(stack(&lacks, (from + 12, line + 5)))
        .add(stack(&others, (x, chips + tall + 6)));
    (group, end)
}

/// The box itself.
fn ground(sheet: Sheet, pointer: usize, (top, end): (usize, usize)) -> Path {
    let (left, right) = (MARGIN, MARGIN + sheet.text_width());
    let edge = top + POINTER;
    let outline = format!(
        "M{left} {edge}H{}L{pointer} {}L{} {edge}H{right}V{end}H{left}Z",
        pointer - 9,
        top + 2,
        pointer + 9
    );
    Path::new().set("class", "fault").set("d", outline).set("stroke-linejoin", "round")
}

impl Side {
    fn draw(&self, (x, y): (usize, usize), (width, tall): (usize, usize)) -> Group {
        let ground = Rectangle::new()
            .set("class", "chip")
            .set("x", x)
            .set("y", y)
            .set("width", width)
            .set("height", tall)
            .set("rx", 5);
        let group = Group::new().add(ground).add(stack(&self.blocks, (x + 2 * SLOT, y + 7)));
        match self.mark {
            Some(mark) => group.add(mark.draw(true, (x + SLOT, y + SLOT), "")),
            None => group.add(cross((x + SLOT, y + SLOT))),
        }
    }
}

/// What is told of one of the two files.
fn side(strip: &Strip<'_>, column: &Column<'_>, fact: Option<&Fact>, room: usize) -> Side {
    let mut side = Side { mark: None, blocks: Vec::new() };
    let at = |by: &StepAt| format!("step {} ({})", by.number, by.step);
    match fact {
        Some(Fact::File { file, version, by, .. }) => {
            let catalog = strip.model.catalog();
            let copy = catalog.file_at(file).and_then(|file| column.view().file(file));
            side.mark = copy.map(|copy| Mark::of(catalog, copy));
            let level = side.mark.map(|mark| format!(" ({})", mark.level.title()));
            let version = format!("{version}{}", level.unwrap_or_default());
            let origin = format!("as {} left it", at(by));
            side.blocks.push(Block::new(BOLD_CODE, "", file.file_name(), room));
            side.blocks.push(Block::new(CODE, "", &version, room));
            side.blocks.push(Block::new(SMALL, "faint", &origin, room));
        }
        Some(Fact::Absent { name, by }) => {
            let origin = match by {
                Some(by) => format!("gone because of {}", at(by)),
                None => "was never there".to_owned(),
            };
            side.blocks.push(Block::new(BOLD_CODE, "", name, room));
            side.blocks.push(Block::new(SMALL, "faint", &origin, room));
        }
        Some(
            Fact::Level { .. }
            | Fact::Untouched { .. }
            | Fact::Recorded { .. }
            | Fact::Imports { .. }
            | Fact::Lacks { .. },
        )
        | None => {}
    }
    side
}

/// What is imported.
fn import(fracture: &Fracture, room: usize) -> Vec<Block> {
    let import = fracture.why.finding.import.as_ref();
    let symbol = import.and_then(|import| import.symbol.as_ref());
    let symbol = symbol.map(|symbol| Block::new(BOLD_CODE, "", &symbol.to_string(), room));
    std::iter::once(Block::new(SMALL, "faint", "imports", room)).chain(symbol).collect()
}

/// What is wrong with that.
fn lacks(fracture: &Fracture, room: usize) -> Vec<Block> {
    let is_there = matches!(provider(fracture), Some(Fact::File { .. }));
    let says = if is_there { "which is not exported" } else { "which is not there" };
    vec![Block::new(SMALL, "alarm", says, room)]
}

/// That there are more of the kind.
fn others(fracture: &Fracture, room: usize) -> Vec<Block> {
    if fracture.others == 0 {
        return Vec::new();
    }
    let others = count(fracture.others, "other import does", "other imports do");
    vec![Block::new(SMALL, "", &format!("{others} not resolve either"), room)]
}
