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

    /// A word in pieces that fit, each with one letter at the least: broken behind a slash where
    /// there is one.
    fn pieces(self, word: &str, width_max: usize) -> Vec<String> {
        let mut pieces = vec![String::new()];
        for letter in word.chars() {
            let Some(piece) = pieces.last_mut() else { break };
            piece.push(letter);
            if self.width(piece) > width_max && piece.chars().nth(1).is_some() {
                let full = piece.len() - letter.len_utf8();
                let slash = piece.get(..full).and_then(|piece| piece.rfind(['/', '\\']));
                let rest = piece.split_off(slash.map_or(full, |slash| slash + 1));
                pieces.push(rest);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_takes_no_less_than_in_the_widest_fonts() {
        // Advances of DejaVu Sans and DejaVu Sans Bold, in thousandth parts of the size.
        for (letter, plain, bold) in [
            ('i', 278, 343),
            ('l', 278, 343),
            (' ', 318, 348),
            ('.', 318, 380),
            ('-', 361, 415),
            ('f', 352, 435),
            ('r', 411, 493),
            ('t', 392, 478),
            ('s', 521, 595),
            ('a', 613, 675),
            ('n', 634, 712),
            ('0', 636, 696),
            ('m', 974, 1042),
            ('w', 818, 924),
            ('M', 863, 995),
            ('W', 989, 1103),
            ('O', 787, 850),
            ('S', 635, 720),
            ('+', 838, 838),
        ] {
            assert!(SMALL.ems(letter) >= plain, "{letter}: {}", SMALL.ems(letter));
            assert!(HEADING.ems(letter) >= bold, "{letter}: {}", HEADING.ems(letter));
            // And of DejaVu Sans Mono.
            assert!(CODE.ems(letter) >= 602 && BOLD_CODE.ems(letter) >= 602);
        }
        assert!(SMALL.ems('\u{65e5}') >= 1000, "a letter of two columns is a square");
    }

    #[test]
    fn no_line_is_wider_than_there_is_room() {
        let text = "system32/inetsrv/inetinfo.exe is older than the system's, \u{65e5}\u{672c}";
        for lettering in [HEADLINE, STEP, HEADING, SMALL, CODE] {
            for room in [40, 97, 138, 900] {
                let lines = lettering.lines(text, room);
                assert!(lines.iter().all(|line| lettering.width(line) <= room), "{lines:?}");
                let whole = |text: &str| text.replace(' ', "");
                assert_eq!(whole(&lines.concat()), whole(text), "nothing is lost");
            }
        }
        let broken = ["system32/", "inetsrv/", "inetinfo.exe"];
        assert_eq!(CODE.lines("system32/inetsrv/inetinfo.exe", 100), broken);
        assert_eq!(CODE.lines("abc", 8), ["a", "b", "c"]);
        assert_eq!(CODE.lines("a\nb\u{7}", 100), ["a\\u{a}b\\u{7}"]);
    }
}
