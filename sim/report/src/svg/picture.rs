//! The whole picture: the sentence, the strip in rows, what the marks stand for.

use super::{
    legend,
    lettering::{Block, CODE, HEADLINE},
    marks, row,
    sheet::{MARGIN, Sheet},
    strip::Strip,
    words,
};
use crate::text::{LastLine, capitalized, command_on_order, neutral_name, settings};
use patchstate_servicing::Model;
use patchstate_study::{Repair, Simulation, Story, StoryStep};
use svg::{
    Document,
    node::element::{Description, Group, Rectangle, Style, Title},
};

/// Colours and faces.
const STYLE: &str = include_str!("style.css");

/// An install order: a panel for each step, and where it breaks the host. `last` tells how the
/// command ended.
#[must_use]
pub fn order(simulation: &Simulation, story: &Story, last: &LastLine) -> String {
    let model = simulation.model();
    let command = command("run", model, &story.steps);
    picture(&Strip::new(model, &story.steps, &[]), &command, last)
}

/// An install order, then the repair of the host that it leads to, with what each of its steps
/// mends.
#[must_use]
pub fn repair(
    simulation: &Simulation,
    order: &[StoryStep],
    repair: &Repair,
    last: &LastLine,
) -> String {
    let model = simulation.model();
    picture(&Strip::new(model, order, &repair.steps), &command("repair", model, order), last)
}

/// The command that tells the same in words.
fn command(name: &str, model: &Model, order: &[StoryStep]) -> String {
    let steps = order.iter().map(|step| step.step.to_string());
    command_on_order(name, model.architecture(), &settings(model.switches()), steps)
}

fn picture(strip: &Strip<'_>, command: &str, last: &LastLine) -> String {
    let sheet = Sheet::new(strip.columns.len());
    let sentence = capitalized(last.sentence());
    let head = Block::new(HEADLINE, "", &sentence, sheet.text_width());
    let of_command = Block::new(CODE, "faint", command, sheet.text_width());
    let mut y = MARGIN - 4;
    let mut drawn = Group::new().add(head.draw((MARGIN, y)));
    y += head.height() + 2;
    drawn = drawn.add(of_command.draw((MARGIN, y)));
    y += of_command.height() + 14;
    for columns in strip.columns.chunks(sheet.per_row) {
        let (row, end) = row::draw(strip, sheet, columns, y);
        (drawn, y) = (drawn.add(row), end + MARGIN);
    }
    let (legend, end) = legend::draw(strip, sheet, y - 6);
    let (width, height) = (sheet.width(), end + MARGIN - 8);
    let paper = Rectangle::new()
        .set("class", "paper")
        .set("x", 0.5)
        .set("y", 0.5)
        .set("width", width - 1)
        .set("height", height - 1)
        .set("rx", 8);
    let document = Document::new()
        .set("viewBox", (0, 0, width, height))
        .set("width", width)
        .set("height", height)
        .set("role", "img")
        .set("aria-labelledby", "ps-title ps-description")
        .add(Title::new(neutral_name(&sentence)).set("id", "ps-title"))
        .add(Description::new().set("id", "ps-description").add(text(strip, command)))
        .add(Style::new(STYLE))
        .add(marks::definitions(strip.model.catalog().level_ids()))
        .add(paper)
        .add(drawn)
        .add(legend);
    format!("{document}\n")
}

/// What a screen reader says of the picture.
fn text(strip: &Strip<'_>, command: &str) -> svg::node::Text {
    svg::node::Text::new(format!("{command}. {}", words::description(strip)))
}
