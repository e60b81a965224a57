//! What is written in a panel: above its lanes and below them.

use super::{
    lettering::{BOLD_CODE, Block, CODE, HEADING, SMALL, STEP, height, stack},
    marks,
    sheet::{PAD, Sheet},
    strip::{Column, RecordState},
};
use crate::text::{count, counts_of_kinds};
use patchstate_study::StepOutcome;
use patchstate_terms::Finding;
use svg::node::element::{Group, Rectangle};

/// What is free around the number of a step.
const ROUND: usize = 5;
/// The height of a status with what is free around its word.
const PILL: usize = 24;
/// What is free between the parts of a text.
const SPACE: usize = 6;

/// The texts of one column.
pub(super) struct Panel<'a> {
    column: &'a Column<'a>,
    number: Block,
    words: Block,
    told: Vec<Block>,
    pub(super) records: Vec<Block>,
    status: Block,
    below: Vec<Block>,
}

impl<'a> Panel<'a> {
    pub(super) fn new(column: &'a Column<'a>, sheet: Sheet) -> Self {
        let room = sheet.inner();
        let status = column.step.truth.status.as_str();
        let number = Block::new(HEADING, "on-number", &column.number.to_string(), room);
        let words = room - number.width() - 3 * ROUND;
        Self {
            column,
            words: Block::new(STEP, "", &column.step.step.to_string(), words),
            number,
            told: told(column, room),
            records: records(column, room),
            status: Block::new(HEADING, "on-status", status, room),
            below: below(column, room),
        }
    }

    /// How high its head is.
    pub(super) fn head(&self) -> usize {
        2 * PAD + self.words.height() + 4 + height(&self.told)
    }

    /// How high its foot is.
    pub(super) fn foot(&self) -> usize {
        PILL + SPACE + height(&self.below) + PAD
    }

    /// Number, words and outcome of the step.
    pub(super) fn draw_head(&self, (x, y): (usize, usize)) -> Group {
        let (x, y) = (x + PAD, y + PAD);
        let number = self.number.width() + 2 * ROUND;
        let ground = Rectangle::new()
            .set("class", "number")
            .set("x", x)
            .set("y", y - 2)
            .set("width", number)
            .set("height", self.number.height() + 3)
            .set("rx", 10);
        let told = (x, y + self.words.height() + 4);
        Group::new()
            .add(ground)
            .add(self.number.draw((x + ROUND, y - 1)))
            .add(self.words.draw((x + number + ROUND, y - 1)))
            .add(stack(&self.told, told))
    }

    /// The status after the step and what it rests on.
    pub(super) fn draw_foot(&self, (x, y): (usize, usize)) -> Group {
        let status = self.column.step.truth.status;
        let pill = Rectangle::new()
            .set("class", status.as_str())
            .set("x", x + PAD)
            .set("y", y)
            .set("width", self.status.width() + 34)
            .set("height", PILL)
            .set("rx", PILL / 2);
        Group::new()
            .add(pill)
            .add(marks::icon(status, (x + PAD + 14, y + PILL / 2)))
            .add(self.status.draw((x + PAD + 25, y + 3)))
            .add(stack(&self.below, (x + PAD, y + PILL + SPACE)))
    }
}

/// What came of the step, and how many files it changed.
fn told(column: &Column<'_>, room: usize) -> Vec<Block> {
    let step = column.step;
    let outcome = step.outcome.as_str();
    let block = |tone, text: &str| Block::new(SMALL, tone, text, room);
    match step.outcome {
        StepOutcome::Refused => {
            let code = step.exit_code.map(|code| format!("exit code {code:#x}"));
            let reason = step.reason.iter().chain(&code).map(|text| block("", text));
            std::iter::once(Block::new(HEADING, "alarm", outcome, room)).chain(reason).collect()
        }
        StepOutcome::Unchanged => vec![block("faint", outcome)],
        StepOutcome::Applied => {
            let changed = changed(column);
            std::iter::once(outcome.to_owned()).chain(changed).map(|l| block("faint", &l)).collect()
        }
    }
}

/// How many files the step brought, replaced and took away, and how many wait.
fn changed(column: &Column<'_>) -> Vec<String> {
    let files = &column.step.changes.files;
    let number = |is_so: fn(bool, bool) -> bool| {
        files.iter().filter(|file| is_so(file.from.is_some(), file.to.is_some())).count()
    };
    let lines = [
        (number(|from, to| !from && to), "new"),
        (number(|from, to| from && to), "replaced"),
        (number(|from, to| from && !to), "gone"),
        (column.view().waiting_files().count(), "waiting for a restart"),
    ];
    let lines = lines.into_iter().filter(|(number, _)| *number > 0);
    let lines = lines.map(|(number, what)| format!("{} {what}", count(number, "file", "files")));
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { vec!["no file changed".to_owned()] } else { lines }
}

fn records(column: &Column<'_>, room: usize) -> Vec<Block> {
    let block = |(label, state): (String, RecordState)| match state {
        RecordState::New => Block::new(BOLD_CODE, "", &label, room),
        RecordState::Kept => Block::new(CODE, "faint", &label, room),
        RecordState::Gone => Block::new(CODE, "gone-text", &label, room),
    };
    column.records().into_iter().map(block).collect()
}

/// The findings after the step; of a step of a repair, what it mends and brings.
fn below(column: &Column<'_>, room: usize) -> Vec<Block> {
    let mut lines = Vec::new();
    match column.mends {
        None => lines.extend(kinds(&column.step.truth.findings)),
        Some(step) => {
            for (does, findings) in [("mends", &step.removes), ("brings", &step.brings)] {
                if !findings.is_empty() {
                    let number = count(findings.len(), "finding", "findings");
                    lines.push(format!("{does} {number}:"));
                    lines.extend(kinds(findings));
                }
            }
        }
    }
    lines.iter().map(|line| Block::new(SMALL, "", line, room)).collect()
}

/// How many findings there are of each kind.
fn kinds(findings: &[Finding]) -> impl Iterator<Item = String> {
    counts_of_kinds(findings).into_iter().map(|(kind, number)| format!("{number} {kind}"))
}
