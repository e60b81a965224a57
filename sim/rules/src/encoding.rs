//! Bytes of an XML document as text.
//!
//! **Owns** telling the encoding of a document, by its byte order mark or its first line, and what
//! to say where it cannot be read. **Must never know** what a document is about.
//!
//! **Start reading** at [`xml_source`].

use crate::oval::codes;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use patchstate_source::{Diagnostic, Severity, SourceFile, quoted};
use std::borrow::Cow;

/// So many bytes are looked at for the name of an encoding.
const FIRST_LINE_BYTES_MAX: usize = 1024;

/// What to do about a document that cannot be read.
const HELP: &str = "save it as UTF-8, or name its encoding in its first line, such as \
                    `<?xml version=\"1.0\" encoding=\"windows-1252\"?>`";

/// The text of an XML document of any encoding that it says it has: UTF-8 without a word, UTF-16
/// with a byte order mark (or, as far as can be told, without), and what its first line names.
/// Places in it are those of the text.
///
/// # Errors
/// What kept it from being read.
pub fn xml_source(name: &str, bytes: &[u8]) -> Result<SourceFile, Box<Diagnostic>> {
    let problem = |message: String, text: &str, at: usize| {
        Box::new(Diagnostic {
            severity: Severity::Error,
            code: codes::ENCODING.name,
            message,
            source: SourceFile::new(name, text),
            span: at..at,
            label: "here".to_owned(),
            help: Some(HELP.to_owned()),
        })
    };
    let Written { encoding, content, problem: unknown } = Written::of(bytes);
    let (text, is_damaged) = encoding.decode_without_bom_handling(content);
    if let Some(message) = unknown {
        return Err(problem(message, &text, 0));
    }
    if is_damaged {
        let at = text.find(char::REPLACEMENT_CHARACTER).unwrap_or_default();
        let name = encoding.name();
        let message =
            format!("the file is not all {name}: there are bytes that mean nothing in it");
        return Err(problem(message, &text, at));
    }
    Ok(SourceFile::new(name, &text))
}

/// The text of a document, or of its beginning, as far as it can be read.
pub(crate) fn beginning(bytes: &[u8]) -> Cow<'_, str> {
    let Written { encoding, content, .. } = Written::of(bytes);
    encoding.decode_without_bom_handling(content).0
}

/// How a document is written.
struct Written<'a> {
    encoding: &'static Encoding,
    /// What stands behind a byte order mark.
    content: &'a [u8],
    /// Why it is not read, if it is not.
    problem: Option<String>,
}

impl<'a> Written<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let sure = |encoding, content| Self { encoding, content, problem: None };
        match bytes {
            [0xff, 0xfe, 0, 0, ..]
            | [0, 0, 0xfe, 0xff, ..]
            | [b'<', 0, 0, 0, ..]
            | [0, 0, 0, b'<', ..] => {
                let problem = Some("the file is in UTF-32, which is not read".to_owned());
                Self { encoding: UTF_8, content: bytes, problem }
            }
            [0xef, 0xbb, 0xbf, rest @ ..] => sure(UTF_8, rest),
            [0xff, 0xfe, rest @ ..] => sure(UTF_16LE, rest),
            [0xfe, 0xff, rest @ ..] => sure(UTF_16BE, rest),
            [b'<', 0, ..] => sure(UTF_16LE, bytes),
            [0, b'<', ..] => sure(UTF_16BE, bytes),
            _ => match named_encoding(bytes) {
                Some(name) => Self::named(bytes, &name),
                None => sure(UTF_8, bytes),
            },
        }
    }

    fn named(bytes: &'a [u8], name: &str) -> Self {
        match Encoding::for_label_no_replacement(name.as_bytes()) {
            // Its first line could not be read if it were: it was saved anew and not mended.
            Some(encoding) if !encoding.is_ascii_compatible() => {
                Self { encoding: UTF_8, content: bytes, problem: None }
            }
            Some(encoding) => Self { encoding, content: bytes, problem: None },
            None => {
                let name = quoted(name);
                let problem = Some(format!("the encoding `{name}` of the file is not read"));
                Self { encoding: UTF_8, content: bytes, problem }
            }
        }
    }
}

/// The encoding that the first line of a document names.
fn named_encoding(bytes: &[u8]) -> Option<String> {
    let first = bytes.get(..bytes.len().min(FIRST_LINE_BYTES_MAX))?.strip_prefix(b"<?xml")?;
    let text = String::from_utf8_lossy(first);
    let (declaration, _) = text.split_once("?>")?;
    let (_, behind) = declaration.split_once("encoding")?;
    let value = behind.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (name, _) = value.get(1..)?.split_once(quote)?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in the documents: letters of one, two, three and four bytes in UTF-8.
    const BODY: &str = "<a>\nGröße € 𝄞</a>";

    fn text(bytes: &[u8]) -> String {
        xml_source("a.xml", bytes).expect("it is read").text.to_string()
    }

    #[test]
    fn utf_8_and_both_orders_of_utf_16_are_read_with_and_without_a_mark() {
        let little: Vec<u8> = BODY.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = BODY.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (mark, bytes) in [
            (&b"\xef\xbb\xbf"[..], BODY.as_bytes()),
            (b"", BODY.as_bytes()),
            (b"\xff\xfe", &little),
            (b"", &little),
            (b"\xfe\xff", &big),
            (b"", &big),
        ] {
            let bytes = [mark, bytes].concat();
            assert_eq!(text(&bytes), BODY);
            assert_eq!(beginning(&bytes), BODY);
        }
    }

    /// 0xE4 is ä in both; 0x80 is € in windows-1252, which browsers and most files mean by
    /// ISO-8859-1 as well.
    #[test]
    fn the_first_line_names_an_encoding() {
        for (name, expected) in [
            ("ISO-8859-1", "ä€"),
            ("iso-8859-1", "ä€"),
            ("windows-1252", "ä€"),
            ("latin1", "ä€"),
            ("KOI8-R", "Д─"),
        ] {
            for quote in ['"', '\''] {
                let line = format!("<?xml version=\"1.0\" encoding = {quote}{name}{quote} ?>");
                let bytes = [line.as_bytes(), b"<a>\xe4\x80</a>"].concat();
                assert_eq!(text(&bytes), format!("{line}<a>{expected}</a>"));
            }
        }
        // It was saved as UTF-8 and still says what it was before.
        let stale = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>ä</a>";
        assert_eq!(text(stale.as_bytes()), stale);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place_and_the_way_out() {
        let wide: Vec<u8> = "<a/>".chars().flat_map(|c| (c as u32).to_le_bytes()).collect();
        for (bytes, at, expected) in [
            (&b"<a>\n  \xe4</a>"[..], (2, 3), "not all UTF-8"),
            (b"\xff\xfe<\0a\0/\0>\0x", (1, 5), "not all UTF-16LE"),
            (&wide, (1, 1), "UTF-32"),
            (b"<?xml version='1.0' encoding='EBCDIC-X'?><a/>", (1, 1), "`EBCDIC-X`"),
        ] {
            let found = xml_source("a.xml", bytes).expect_err("it is not read");
            assert!(found.message.contains(expected), "{}", found.message);
            assert_eq!((found.place().line, found.place().column), at, "{expected}");
            assert_eq!(found.code, "oval/encoding");
            assert!(found.help.as_ref().is_some_and(|help| help.contains("save it as UTF-8")));
        }
    }
}
