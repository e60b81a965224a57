//! Just enough of Rust's grammar to tell code from comments, literals and tests.
//!
//! **Owns** a scanner that blanks out what a check is not about and keeps every line and column
//! where it is. It does not parse: what it cannot tell, it takes for code.

/// A source file, three times: each text is as long as the file, with spaces for what is not its
/// business.
pub(crate) struct RustSource {
    /// Code without comments and without the inside of literals.
    pub(crate) code: String,
    /// The inside of literals.
    pub(crate) literals: String,
    /// Whether each line belongs to a test.
    pub(crate) is_test: Vec<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Literal,
}

impl RustSource {
    /// Scans a file.
    pub(crate) fn scan(path: &str, text: &str) -> Self {
        let parts = parts(text.as_bytes());
        let keep = |wanted: Part| {
            let bytes = text.bytes().zip(&parts).map(|(byte, part)| {
                if byte == b'\n' || (*part == wanted && byte.is_ascii()) { byte } else { b' ' }
            });
            bytes.map(char::from).collect::<String>()
        };
        let code = keep(Part::Code);
        let is_test = test_lines(path, &code);
        Self { code, literals: keep(Part::Literal), is_test }
    }

    /// Each function, as its first and last line from 1, and its name.
    pub(crate) fn functions(&self) -> Vec<(usize, usize, &str)> {
        let starts = words(&self.code).filter(|(_, word)| *word == "fn");
        starts.filter_map(|(at, _)| self.function(at)).collect()
    }

    fn function(&self, at: usize) -> Option<(usize, usize, &str)> {
        let rest = self.code.get(at + 2..)?;
        // `fn(u8)` is a type, not a function.
        let (skipped, name) = words(rest)
            .next()
            .filter(|(skipped, _)| rest.get(..*skipped).is_some_and(|gap| gap.trim().is_empty()))?;
        let body = at + 2 + skipped + body_start(rest.get(skipped..)?)?;
        let end = closing_brace(&self.code, body)?;
        Some((line_of(&self.code, at), line_of(&self.code, end), name))
    }
}

/// Words of letters, digits and underscores, with the place of each.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_inside = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let pieces = text.split(move |letter| !is_inside(letter)).filter(|piece| !piece.is_empty());
    pieces.map(move |piece| (piece.as_ptr() as usize - text.as_ptr() as usize, piece))
}

/// The line of a place, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// Folders of tests, benches and examples, and the crates that are for them alone.
const TESTS: [&str; 5] = ["tests", "benches", "examples", "test-support", "test-model"];

/// Whether a file holds nothing but tests, benches or examples.
pub(crate) fn is_test_file(path: &str) -> bool {
    let mut pieces = path.split('/').collect::<Vec<_>>();
    let name = pieces.pop().unwrap_or_default();
    let folder = pieces.iter().any(|folder| TESTS.contains(folder));
    folder || name == "tests.rs" || name.ends_with("_tests.rs")
}

/// A stretch of source: so many bytes that are code, then so many inside, then so many code again.
struct Piece {
    open: usize,
    inside: usize,
    close: usize,
    part: Part,
}

impl Piece {
    const CODE: Self = Self { open: 1, inside: 0, close: 0, part: Part::Code };

    const fn comment(length: usize) -> Self {
        Self { open: 0, inside: length, close: 0, part: Part::Comment }
    }

    /// A literal whose inside starts after `open` bytes and ends where `close` follows.
    const fn literal(open: usize, inside: usize, close: usize) -> Self {
        Self { open, inside, close, part: Part::Literal }
    }
}

fn parts(bytes: &[u8]) -> Vec<Part> {
    let mut parts = Vec::with_capacity(bytes.len());
    let mut in_word = false;
    while let Some(rest) = bytes.get(parts.len()..).filter(|rest| !rest.is_empty()) {
        let piece = piece(rest, in_word);
        for (part, count) in
            [(Part::Code, piece.open), (piece.part, piece.inside), (Part::Code, piece.close)]
        {
            parts.extend(std::iter::repeat_n(part, count));
        }
        let last = parts.len().checked_sub(1).and_then(|last| bytes.get(last));
        in_word = last.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    }
    parts.truncate(bytes.len());
    parts
}

fn piece(rest: &[u8], in_word: bool) -> Piece {
    match rest {
        [b'/', b'/', ..] => {
            Piece::comment(rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()))
        }
        [b'/', b'*', ..] => Piece::comment(block_comment(rest)),
        [b'"', inside @ ..] => Piece::literal(1, plain_string(inside), 1),
        [b'\'', inside @ ..] => {
            character(inside).map_or(Piece::CODE, |length| Piece::literal(1, length, 1))
        }
        [b'r' | b'b' | b'c', ..] if !in_word => raw_string(rest).unwrap_or(Piece::CODE),
        _ => Piece::CODE,
    }
}

/// A raw string, if one starts here: `r"`, `br#"`, and so on.
fn raw_string(rest: &[u8]) -> Option<Piece> {
    let r = rest.iter().take(2).position(|byte| *byte == b'r')?;
    let hashes = rest.iter().skip(r + 1).take_while(|byte| **byte == b'#').count();
    let open = r + 1 + hashes + 1;
    let inside = rest.get(open..).filter(|_| rest.get(open - 1) == Some(&b'"'))?;
    let mut close = vec![b'"'];
    close.extend(std::iter::repeat_n(b'#', hashes));
    let length = inside.windows(close.len()).position(|window| window == close);
    Some(Piece::literal(open, length.unwrap_or(inside.len()), close.len()))
}

/// Length of the inside of a string, given from behind its opening quote.
fn plain_string(inside: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = inside.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    inside.len()
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(pair) = rest.get(at..at + 2) {
        match pair {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// Length of the inside of a character literal, given from behind the opening quote; `None` for a
/// lifetime.
fn character(inside: &[u8]) -> Option<usize> {
    if inside.first() == Some(&b'\\') {
        let close = inside.iter().skip(2).position(|byte| *byte == b'\'')?;
        return Some(close + 2);
    }
    // One character takes one to four bytes, of which only the first is no continuation.
    let length = 1 + inside.iter().skip(1).take_while(|byte| **byte & 0xC0 == 0x80).count();
    (inside.get(length) == Some(&b'\'')).then_some(length)
}

/// Which lines belong to items behind `#[cfg(test)]`, or to a file of tests.
fn test_lines(path: &str, code: &str) -> Vec<bool> {
    let count = code.lines().count();
    let mut is_test = vec![is_test_file(path); count];
    for (at, marker) in code.match_indices("#[cfg(test)]") {
        let behind = at + marker.len();
        let Some(item) = code.get(behind..) else { continue };
        let end = body_start(item).and_then(|body| closing_brace(code, behind + body));
        let (first, last) = (line_of(code, at), line_of(code, end.unwrap_or(behind)));
        for line in is_test.iter_mut().take(last).skip(first - 1) {
            *line = true;
        }
    }
    is_test
}

/// Where the body of an item opens; `None` where a semicolon ends it first.
fn body_start(item: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, byte) in item.bytes().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return Some(at),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The brace that closes the one at `open`.
fn closing_brace(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.checked_sub(1)?,
            _ => continue,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_the_inside_of_literals_are_no_code() {
        let source = RustSource::scan("a.rs", "a = \"x // y\"; // z\n'c' /* { /* */ } */ d");
        assert_eq!(source.code, format!("a = \"{:6}\";{:5}\n' '{:17}d", "", "", ""));
        assert_eq!(source.literals, format!("{:5}x // y{:7}\n c{:19}", "", "", ""));
    }

    #[test]
    fn quotes_that_open_nothing_are_left_alone() {
        let code = |text| RustSource::scan("a.rs", text).code;
        assert_eq!(code("fn a<'b>(c: &'b str) {}"), "fn a<'b>(c: &'b str) {}");
        assert_eq!(code(r##"let a = br#"{"}"#; {}"##), r##"let a = br#"   "#; {}"##);
        assert_eq!(code(r"let a = ['\'', '\u{7b}', '{'];"), r"let a = ['  ', '      ', ' '];");
        assert_eq!(code("var\"{\"; 'ä'; {"), "var\" \"; '  '; {");
    }

    #[test]
    fn a_function_ends_with_the_brace_that_closes_its_body() {
        let text =
            "type A = fn(u8);\nfn b(c: [u8; 2]) -> u8 {\n  \"}\";\n}\ntrait D {\n  fn e();\n}\n";
        let source = RustSource::scan("a.rs", text);
        assert_eq!(source.functions(), [(2, 4, "b")]);
    }

    #[test]
    fn what_stands_behind_cfg_test_is_a_test() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n}\nfn b() {}\n";
        assert_eq!(RustSource::scan("a.rs", text).is_test, [false, true, true, true, false]);
        assert_eq!(RustSource::scan("tests/a.rs", text).is_test, [true; 5]);
    }
}
