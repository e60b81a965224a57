//! The names that are kept of one file, in one piece.
//!
//! **Owns** where each stands in it, how long all of them may be together, and how bytes become
//! text. **Must never know** what a name is for.

use super::{
    gap::Gap,
    layout::{Absent, Layout},
};
use crate::bytes::lossless_text;

/// Longest name of one symbol, in bytes; Microsoft's linker stops at 4096.
const NAME_BYTES_MAX: usize = 16 * 1024;
/// All names of one kind of table together, in bytes: what bounds memory.
const NAMES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Names behind each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(String);

/// Where one name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Text {
    /// The name that stands there.
    pub(super) fn at(&self, span: Span) -> &str {
        self.0.get(span.bytes()).unwrap_or_default()
    }
}

impl Span {
    fn bytes(self) -> std::ops::Range<usize> {
        let index = crate::bytes::index;
        index(self.start)..index(self.end)
    }
}

/// Why there is no name.
pub(super) enum Unnamed {
    /// It cannot be read, and others can.
    This(Gap),
    /// All names together have reached their limit.
    AnyMore(Gap),
}

/// Names while they are read.
pub(super) struct TextReader<'l, 'a> {
    layout: &'l Layout<'a>,
    /// UTF-8: bytes of plain ASCII, and what [`lossless_text`] makes of others.
    written: Vec<u8>,
    /// What the names that come may take.
    bytes_left: usize,
}

impl<'l, 'a> TextReader<'l, 'a> {
    /// No names yet.
    pub(super) fn new(layout: &'l Layout<'a>) -> Self {
        let bytes_left = NAMES_BYTES_MAX.min(layout.name_room());
        Self { layout, written: Vec::new(), bytes_left }
    }

    /// Reads the name at an address, and takes it off what names of this file may take together.
    pub(super) fn read(&mut self, rva: u32) -> Result<Span, Unnamed> {
        let start = self.written.len();
        let read = self.layout.string(rva, NAME_BYTES_MAX);
        // Escaping makes some names longer, and what is kept is what counts. What was looked at of
        // a name that cannot be kept counts too: thousands could begin in the same bytes.
        let cost = match &read {
            Ok(name) => {
                if name.is_plain {
                    self.written.extend_from_slice(name.bytes);
                } else {
                    self.written.extend_from_slice(lossless_text(name.bytes).as_bytes());
                }
                self.written.len() - start
            }
            Err((_, length)) => *length,
        };
        self.bytes_left = self.bytes_left.checked_sub(cost + 1).ok_or_else(|| {
            let reason = "its names are longer altogether than a file of this size can need";
            Unnamed::AnyMore(Gap::unreadable(reason.to_owned()))
        })?;
        match read {
            Ok(_) => Ok(self.span(start)),
            Err((absent, _)) => Err(Unnamed::This(unread(rva, absent))),
        }
    }

    /// From there to the end of what is written. Limits keep it far below what 32 bits hold.
    fn span(&self, start: usize) -> Span {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { start: number(start), end: number(self.written.len()) }
    }

    /// A name that was read.
    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        self.written.get(span.bytes()).unwrap_or_default()
    }

    /// The same as text.
    pub(super) fn shown(&self, span: Span) -> &str {
        std::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    /// The names that were read.
    #[expect(clippy::expect_used, reason = "nothing but UTF-8 is written")]
    pub(super) fn finish(self) -> Text {
        Text(String::from_utf8(self.written).expect("names are UTF-8"))
    }
}

fn unread(rva: u32, absent: Absent) -> Gap {
    match absent {
        Absent::TooLong => Gap::truncated(format!(
            "the name at {rva:#x} has more than {NAME_BYTES_MAX} bytes, and is left out"
        )),
        Absent::Nowhere | Absent::EndOfFile | Absent::Disputed => {
            absent.gap(format!("no name stands at {rva:#x}"))
        }
    }
}
