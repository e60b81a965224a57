//! How wide a text is at the most, and how it is broken so that it fits.
//!
//! Nobody knows which fonts a reader has. So each letter is as wide as in the widest font that a
//! system is likely to take (the one of `DejaVu Sans`, which is nearly that of Verdana).

use crate::text::neutral_name;
use svg::node::{
    self, Value,
    element::{Element, Group},
};
use unicode_width::UnicodeWidthChar;

/// The widths of letters are thousandth parts of the size.
const EM: usize = 1000;
/// Every letter of a font for code.
const MONO: usize = 610;
/// What bold letters take more, in hundredth parts.
const BOLD_PERCENT: usize = 112;
/// A letter beyond ASCII that takes one column on a screen.
const OTHER: usize = 850;

/// A way in which text is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lettering {
    /// In pixels.
    size: usize,
    is_mono: bool,
    is_bold: bool,
}

/// The sentence at the top.
pub(super) const HEADLINE: Lettering = Lettering { size: 17, is_mono: false, is_bold: true };
/// The words of a step.
pub(super) const STEP: Lettering = Lettering { size: 13, is_mono: true, is_bold: true };
/// A status, and what heads something.
pub(super) const HEADING: Lettering = Lettering { size: 13, is_mono: false, is_bold: true };
/// What is told beside it.
pub(super) const SMALL: Lettering = Lettering { size: 12, is_mono: false, is_bold: false };
/// Names of files and the like.
pub(super) const CODE: Lettering = Lettering { size: 12, is_mono: true, is_bold: false };
/// Such a name that matters.
pub(super) const BOLD_CODE: Lettering = Lettering { is_bold: true, ..CODE };

impl Lettering {
    /// How high a line is.
    pub(super) const fn line(self) -> usize {
        self.size * 4 / 3
    }

    /// How many pixels a text takes at the most.
    pub(super) fn width(self, text: &str) -> usize {
        let ems: usize = text.chars().map(|letter| self.ems(letter)).sum();
        (ems * self.size).div_ceil(EM)
    }

    fn ems(self, letter: char) -> usize {
        let columns = letter.width().unwrap_or(0);
        if self.is_mono {
            return if letter.is_ascii() { MONO } else { columns * OTHER };
        }
        let plain = if letter.is_ascii() { ems(letter) } else { columns * OTHER };
        if self.is_bold { (plain * BOLD_PERCENT).div_ceil(100) } else { plain }
    }

    /// A text in lines that are no wider than so many pixels: broken between words, and within
    /// those that are too long for a line.
    pub(super) fn lines(self, text: &str, width_max: usize) -> Vec<String> {
        let text = neutral_name(text);
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if self.width(&longer) <= width_max {
                    *line = longer;
                    continue;
                }
            }
            lines.extend(self.pieces(word, width_max));
        }
        lines
    }

    /// A word in pieces that fit, each with one letter at the least.
    fn pieces(self, word: &str, width_max: usize) -> Vec<String> {
        let mut pieces = vec![String::new()];
        for letter in word.chars() {
            let Some(piece) = pieces.last_mut() else { break };
            piece.push(letter);
            if self.width(piece) > width_max && piece.chars().nth(1).is_some() {
                piece.pop();
                pieces.push(letter.to_string());
            }
        }
        pieces
    }
}

/// How wide a letter of ASCII is.
fn ems(letter: char) -> usize {
    match letter {
        'i' | 'j' | 'l' | '\'' => 310,
        ' ' | ',' | '.' | '/' | '\\' | ':' | ';' | '|' | 'I' | 'J' => 350,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '!' => 445,
        '"' | '*' | '_' | '`' | 's' | 'c' | 'z' => 550,
        'm' | 'M' | 'W' | 'w' | '@' | '%' => 1000,
        '+' | '=' | '<' | '>' | '~' | '^' | '#' | '&' => 840,
        'D' | 'G' | 'H' | 'N' | 'O' | 'Q' => 790,
        'A'..='Z' => 740,
        _ => 640,
    }
}

/// Lines of text that are set alike.
#[derive(Clone, Debug)]
pub(super) struct Block {
    lines: Vec<String>,
    lettering: Lettering,
    /// The class of its colour; empty where it is the usual one.
    tone: &'static str,
}

impl Block {
    /// A text that is no wider than so many pixels.
    pub(super) fn new(
        lettering: Lettering,
        tone: &'static str,
        text: &str,
        width_max: usize,
    ) -> Self {
        Self { lines: lettering.lines(text, width_max), lettering, tone }
    }

    pub(super) fn height(&self) -> usize {
        self.lines.len() * self.lettering.line()
    }

    /// How wide its widest line is at the most.
    pub(super) fn width(&self) -> usize {
        self.lines.iter().map(|line| self.lettering.width(line)).max().unwrap_or(0)
    }

    /// The text with its upper left corner there.
    pub(super) fn draw(&self, (x, y): (usize, usize)) -> Group {
        let mut group = Group::new();
        for (number, line) in self.lines.iter().enumerate() {
            let base = y + number * self.lettering.line() + self.lettering.size;
            group = group.add(text(self.lettering, self.tone, line, (x, base)));
        }
        group
    }
}

/// Blocks one below the other.
pub(super) fn stack(blocks: &[Block], (x, mut y): (usize, usize)) -> Group {
    let mut group = Group::new();
    for block in blocks {
        group = group.add(block.draw((x, y)));
        y += block.height();
    }
    group
}

/// How high such a stack is.
pub(super) fn height(blocks: &[Block]) -> usize {
    blocks.iter().map(Block::height).sum()
}

/// One line of text, which starts there and stands on that line.
fn text(lettering: Lettering, tone: &str, line: &str, (x, y): (usize, usize)) -> Element {
    let mut element = Element::new("text");
    let classes = [
        if lettering.is_mono { "mono" } else { "" },
        if lettering.is_bold { "bold" } else { "" },
        tone,
    ];
    let classes = classes.into_iter().filter(|class| !class.is_empty());
    let classes = classes.collect::<Vec<_>>().join(" ");
    if !classes.is_empty() {
        set(&mut element, "class", classes);
    }
    set(&mut element, "font-size", lettering.size);
    set(&mut element, "x", x);
    set(&mut element, "y", y);
    node::Node::append(&mut element, node::Text::new(line));
    element
}

fn set(element: &mut Element, name: &str, value: impl Into<Value>) {
    node::Node::assign(element, name, value);
}
