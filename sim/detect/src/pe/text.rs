//! The names that are kept of one file, in one piece.
//!
//! **Owns** where each stands in it, how long all of them may be together, and how bytes become
//! text. **Must never know** what a name is for.

use super::{
    gap::Gap,
    layout::{Absent, Layout},
};
use crate::bytes::lossless_text;
use memchr::memchr;

/// Longest name of one symbol, in bytes; Microsoft's linker stops at 4096.
const NAME_BYTES_MAX: usize = 16 * 1024;
/// All names of one kind of table together, in bytes: what bounds memory.
const NAMES_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long most names of symbols are, in bytes.
const USUAL_NAME_BYTES: usize = 24;

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
    /// How many bytes all names take.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

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

/// How names are written down.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// Byte for byte.
    AsIs,
    /// With everything spelled out that is not text, or that could be taken for such spelling.
    Escaped,
}

/// Reads with names as they are, and again with these spelled out where some have to be. That is
/// rare, and looking at all of them at the end is quicker than at each.
#[expect(clippy::expect_used, reason = "what is spelled out is UTF-8")]
pub(super) fn spelled<'a, T>(
    layout: &Layout<'a>,
    read: impl Fn(TextReader<'_, 'a>) -> Option<T>,
) -> T {
    let read_as = |spelling| read(TextReader::new(layout, spelling));
    let read = read_as(Spelling::AsIs).or_else(|| read_as(Spelling::Escaped));
    read.expect("names that are spelled out are text")
}

/// Names while they are read.
pub(super) struct TextReader<'l, 'a> {
    pub(super) layout: &'l Layout<'a>,
    spelling: Spelling,
    /// A NUL behind each name, so that the first bytes of one never complete the one before it.
    written: Vec<u8>,
    /// What the names that come may take.
    bytes_left: usize,
}

impl<'l, 'a> TextReader<'l, 'a> {
    fn new(layout: &'l Layout<'a>, spelling: Spelling) -> Self {
        let bytes_left = NAMES_BYTES_MAX.min(layout.name_room());
        Self { layout, spelling, written: Vec::new(), bytes_left }
    }

    /// Makes room for so many names of usual length.
    pub(super) fn expect(&mut self, count: usize) {
        self.written.reserve(count.saturating_mul(USUAL_NAME_BYTES).min(self.bytes_left));
    }

    /// Reads the name at an address, and takes it off what names of this file may take together.
    pub(super) fn read(&mut self, rva: u32) -> Result<Span, Unnamed> {
        let start = self.written.len();
        let read = self.layout.string(rva, NAME_BYTES_MAX);
        // Escaping makes some names longer, and what is kept is what counts. What was looked at of
        // a name that cannot be kept counts too: thousands could begin in the same bytes.
        let cost = match (&read, self.spelling) {
            (Ok(name), Spelling::AsIs) => self.write(name),
            (Ok(name), Spelling::Escaped) => self.write(lossless_text(name).as_bytes()),
            (Err((_, length)), _) => *length,
        };
        self.bytes_left = self.bytes_left.checked_sub(cost + 1).ok_or_else(|| {
            let reason = "its names are longer altogether than a file of this size can need";
            Unnamed::AnyMore(Gap::unreadable(reason.to_owned()))
        })?;
        match read {
            // Limits keep it far below what 32 bits hold.
            Ok(_) => {
                let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                Ok(Span { start: number(start), end: number(start + cost) })
            }
            Err((absent, _)) => Err(Unnamed::This(unread(rva, absent))),
        }
    }

    fn write(&mut self, name: &[u8]) -> usize {
        self.written.extend_from_slice(name);
        self.written.push(0);
        name.len()
    }

    /// A name that was read.
    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        self.written.get(span.bytes()).unwrap_or_default()
    }

    /// The same as text.
    pub(super) fn shown(&self, span: Span) -> &str {
        std::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    /// The names that were read; `None` where they are written as they are and have to be spelled
    /// out.
    pub(super) fn finish(self) -> Option<Text> {
        let is_right = self.spelling == Spelling::Escaped || memchr(b'\\', &self.written).is_none();
        String::from_utf8(self.written).ok().filter(|_| is_right).map(Text)
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
