//! The words and signs of a condition.
//!
//! What CEL has and rules do not (bytes, unsigned and floating-point numbers) is refused here, by
//! name.

use super::{codes, mistakes::Mistake, syntax::Literal};
use patchstate_source::quoted;
use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind<'a>,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind<'a> {
    Name(&'a str),
    /// Up to 2^63, since the smallest number has a sign before it.
    Number(u64),
    Text(Literal),
    Sign(&'static str),
    /// Behind everything else.
    End,
}

/// Longer signs first.
pub(super) const SIGNS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ".", ",",
    "(", ")", "[", "]", "{", "}",
];
/// Signs that look like ours, and what is meant.
const ALMOST: [(char, &str); 4] = [
    ('=', "write `==` to compare"),
    ('&', "write `&&` for and"),
    ('|', "write `||` for or"),
    ('~', "write `.matches(\"...\")` for a regular expression"),
];
const NUMBER_MAX: u64 = 1 << 63;

/// Takes a condition apart; the last token is [`TokenKind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Mistake> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks();
        let start = lexer.at;
        let kind = lexer.next()?;
        let is_end = kind == TokenKind::End;
        tokens.push(Token { kind, span: start..lexer.at });
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// White space, and comments up to the end of their line.
    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blank =
                rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{c}']).len();
            let rest = rest.get(blank..).unwrap_or_default();
            let comment =
                if rest.starts_with("//") { rest.find('\n').unwrap_or(rest.len()) } else { 0 };
            self.at += blank + comment;
            if blank + comment == 0 {
                return;
            }
        }
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn next(&mut self) -> Result<TokenKind<'a>, Mistake> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(TokenKind::End) };
        if let Some(prefix) = text_prefix(rest) {
            return self.quoted(prefix);
        }
        if first.is_ascii_alphabetic() || first == '_' {
            return Ok(TokenKind::Name(self.take_while(is_name)));
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(*sign)) {
            self.at += sign.len();
            return Ok(TokenKind::Sign(sign));
        }
        let span = self.at..self.at + first.len_utf8();
        let mistake = Mistake::error(
            codes::SYNTAX,
            span,
            format!("`{}` has no meaning here", quoted(&first.to_string())),
        );
        Err(match ALMOST.into_iter().find(|(sign, _)| *sign == first) {
            Some((_, help)) => mistake.help(help),
            None => mistake,
        })
    }

    fn number(&mut self) -> Result<TokenKind<'a>, Mistake> {
        let start = self.at;
        let word = self.take_while(|c| is_name(c) || c == '.');
        let span = start..self.at;
        let hexadecimal = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
        let number = match hexadecimal {
            Some(digits) if !digits.starts_with('+') => u64::from_str_radix(digits, 16).ok(),
            Some(_) => None,
            None => word.parse().ok(),
        };
        if let Some(number) = number.filter(|number| *number <= NUMBER_MAX) {
            return Ok(TokenKind::Number(number));
        }
        let digits_only = word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        Err(match word.matches('.').count() {
            2.. if digits_only => Mistake::error(codes::SYNTAX, span, "a version is not a number")
                .help(format!("write `version(\"{word}\")`")),
            0 if digits_only => Mistake::error(codes::SYNTAX, span, "the number is too large")
                .help(format!("the largest is {}", i64::MAX)),
            1 if word.starts_with(|c: char| c.is_ascii_digit()) => {
                Mistake::error(codes::UNSUPPORTED, span, "rules have no floating-point numbers")
            }
            _ if word.trim_end_matches(['u', 'U']).bytes().all(|b| b.is_ascii_digit()) => {
                let help = format!("write `{}`", word.trim_end_matches(['u', 'U']));
                Mistake::error(codes::UNSUPPORTED, span, "rules have no unsigned numbers")
                    .help(help)
            }
            _ => Mistake::error(codes::SYNTAX, span, format!("`{}` is not a number", quoted(word))),
        })
    }

    fn quoted(&mut self, prefix: &str) -> Result<TokenKind<'a>, Mistake> {
        let start = self.at;
        let lower = prefix.to_ascii_lowercase();
        self.at += prefix.len();
        let rest = self.rest();
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|q| rest.starts_with(*q));
        let quote = quote.unwrap_or("\"");
        self.at += quote.len();
        let is_raw = lower.contains('r');
        let inside = self.at;
        let mut value = String::new();
        loop {
            let rest = self.rest();
            let first = rest.chars().next();
            if rest.starts_with(quote) {
                let inside = inside..self.at;
                self.at += quote.len();
                if lower.contains('b') {
                    let span = start..self.at;
                    return Err(Mistake::error(codes::UNSUPPORTED, span, "rules have no bytes"));
                }
                return Ok(TokenKind::Text(Literal { value, inside }));
            }
            match first {
                Some('\\') if !is_raw => self.escape(&mut value)?,
                Some(c) if quote.len() == 3 || (c != '\n' && c != '\r') => {
                    value.push(c);
                    self.at += c.len_utf8();
                }
                _ => {
                    let span = start..start + prefix.len() + quote.len();
                    let message = format!("the text is not closed: expected `{quote}`");
                    return Err(Mistake::error(codes::SYNTAX, span, message));
                }
            }
        }
    }

    /// An escape of CEL, at its backslash.
    fn escape(&mut self, value: &mut String) -> Result<(), Mistake> {
        let rest = self.rest();
        let letter = rest.chars().nth(1);
        let plain = match letter {
            Some('a') => Some('\u{7}'),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('v') => Some('\u{b}'),
            Some(c @ ('\\' | '?' | '"' | '\'' | '`')) => Some(c),
            _ => None,
        };
        let (meaning, length) = match letter {
            _ if plain.is_some() => (plain, 2),
            Some('x' | 'X') => (code_point(rest, 2, 2, 16), 4),
            Some('u') => (code_point(rest, 2, 4, 16), 6),
            Some('U') => (code_point(rest, 2, 8, 16), 10),
            Some('0'..='3') => (code_point(rest, 1, 3, 8), 4),
            _ => (None, 0),
        };
        if let Some(meaning) = meaning {
            value.push(meaning);
            self.at += length;
            return Ok(());
        }
        let length = 1 + letter.map_or(0, char::len_utf8);
        let message = "a backslash starts an escape, and this is none";
        Err(Mistake::error(codes::SYNTAX, self.at..self.at + length, message)
            .help("write `/` in paths, or put an `r` before the quotes: r\"a\\b\""))
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The letters before the quotes, where a text in quotes starts here.
fn text_prefix(rest: &str) -> Option<&str> {
    ["", "r", "b", "rb", "br"].into_iter().find_map(|letters| {
        let (prefix, behind) = rest.split_at_checked(letters.len())?;
        let is_prefix = prefix.eq_ignore_ascii_case(letters) && behind.starts_with(['"', '\'']);
        is_prefix.then_some(prefix)
    })
}

fn code_point(rest: &str, start: usize, digits: usize, radix: u32) -> Option<char> {
    let digits = rest.get(start..start + digits)?;
    let all_digits = digits.chars().all(|c| c.is_digit(radix));
    u32::from_str_radix(digits, radix).ok().filter(|_| all_digits).and_then(char::from_u32)
}
