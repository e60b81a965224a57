//! From the text of a condition to its tree, by the grammar of CEL.
//!
//! The parser is our own. The published one (the crate `cel`, 0.15) was tried: it brings 16 crates
//! that nothing else here needs, a parser generator's run time among them; its mistakes have a line
//! and a column and no extent, and where there is one there is no tree, so that a misspelt field
//! would wait for a forgotten parenthesis. Its checker and its evaluation would not be used: types
//! are checked before anything runs, and what cannot be known is a value here, not an error.

use super::{
    codes,
    mistakes::Mistake,
    syntax::{BinaryExpr, Chain, Expr, ExprKind, Name, Operator},
    token::{Token, TokenKind, tokens},
};
use patchstate_source::quoted;

/// The longest way from the root of a condition to a leaf. CEL asks for 12 levels of parentheses,
/// and for 24 operators of the same kind in a row.
const DEPTH_MAX: usize = 96;
/// Levels of comparison and arithmetic, loosest first.
const BINDING_MAX: usize = 2;
/// Words that CEL keeps for itself.
const RESERVED: [&str; 18] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
];

/// Reads a condition.
pub(super) fn parse(text: &str) -> Result<Expr, Mistake> {
    let tokens = tokens(text)?;
    let end = Token { kind: TokenKind::End, span: text.len()..text.len() };
    let mut parser = Parser { tokens: &tokens, end: &end, at: 0, nesting: 0 };
    let expr = parser.expression()?;
    match parser.peek().kind {
        TokenKind::End => Ok(expr),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser<'t, 'a> {
    tokens: &'t [Token<'a>],
    end: &'t Token<'a>,
    at: usize,
    nesting: usize,
}

type Parsed = Result<Expr, Mistake>;

impl<'t, 'a> Parser<'t, 'a> {
    fn peek(&self) -> &'t Token<'a> {
        self.tokens.get(self.at).unwrap_or(self.end)
    }

    fn next(&mut self) -> &'t Token<'a> {
        let token = self.peek();
        self.at += 1;
        token
    }

    /// The end of what was read last.
    fn end_before(&self) -> usize {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.map_or(0, |token| token.span.end)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek().kind, TokenKind::Sign(found) if found == sign)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let is_sign = self.is_sign(sign);
        self.at += usize::from(is_sign);
        is_sign
    }

    fn expect_sign(&mut self, sign: &str) -> Result<(), Mistake> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    fn unexpected(&self, expected: &str) -> Mistake {
        let token = self.peek();
        let help = match &token.kind {
            TokenKind::Name("and" | "AND") => Some("write `&&`"),
            TokenKind::Name("or" | "OR") => Some("write `||`"),
            TokenKind::Name("not" | "NOT") => Some("write `!`"),
            _ => None,
        };
        let found = match &token.kind {
            TokenKind::End => "the condition ends here".to_owned(),
            TokenKind::Name(name) => format!("`{}` stands here", quoted(name)),
            TokenKind::Number(number) => format!("`{number}` stands here"),
            TokenKind::Text(literal) => {
                format!("the text \"{}\" stands here", quoted(&literal.value))
            }
            TokenKind::Sign(sign) => format!("`{sign}` stands here"),
        };
        let message = format!("{found}, expected {expected}");
        let mistake = Mistake::error(codes::SYNTAX, token.span.clone(), message);
        if let Some(help) = help { mistake.help(help) } else { mistake }
    }

    fn too_deep(&self) -> Mistake {
        let message = "the condition is nested too deeply";
        Mistake::error(codes::SYNTAX, self.peek().span.clone(), message)
    }

    /// A part from its start to what was read last.
    fn part(&self, kind: ExprKind, start: usize) -> Parsed {
        let expr = Expr::new(kind, start..self.end_before());
        if expr.depth > DEPTH_MAX { Err(self.too_deep()) } else { Ok(expr) }
    }

    /// Runs a rule of the grammar one level further down.
    fn nested(&mut self, rule: fn(&mut Self) -> Parsed) -> Parsed {
        if self.nesting >= DEPTH_MAX {
            return Err(self.too_deep());
        }
        self.nesting += 1;
        let expr = rule(self);
        self.nesting -= 1;
        expr
    }

    /// `or ? or : expression`.
    fn expression(&mut self) -> Parsed {
        let condition = self.chain(false)?;
        if !self.take_sign("?") {
            return Ok(condition);
        }
        let start = condition.outer.start;
        let then = self.nested(|parser| parser.chain(false))?;
        self.expect_sign(":")?;
        let otherwise = self.nested(Self::expression)?;
        self.part(ExprKind::Conditional(Box::new([condition, then, otherwise])), start)
    }

    /// `||` between chains of `&&` between relations.
    fn chain(&mut self, is_all: bool) -> Parsed {
        let sign = if is_all { "&&" } else { "||" };
        let operand = |parser: &mut Self| {
            if is_all { parser.binary(0) } else { parser.chain(true) }
        };
        let first = operand(self)?;
        if !self.is_sign(sign) {
            return Ok(first);
        }
        let start = first.outer.start;
        let mut chain = Chain { is_all, operands: vec![first], signs: Vec::new() };
        while self.is_sign(sign) {
            chain.signs.push(self.next().span.clone());
            chain.operands.push(operand(self)?);
        }
        self.part(ExprKind::Chain(chain), start)
    }

    /// Comparisons, sums and products, from the left.
    fn binary(&mut self, binding: usize) -> Parsed {
        if binding > BINDING_MAX {
            return self.unary();
        }
        let mut left = self.binary(binding + 1)?;
        loop {
            let operator = match self.peek().kind {
                TokenKind::Sign(sign) => Operator::from_sign(sign),
                TokenKind::Name("in") => Operator::from_sign("in"),
                _ => None,
            };
            let Some((operator, _)) = operator.filter(|(_, binds)| *binds == binding) else {
                return Ok(left);
            };
            let sign = self.next().span.clone();
            let right = self.binary(binding + 1)?;
            let start = left.outer.start;
            let binary = BinaryExpr { operator, sign, left, right };
            left = self.part(ExprKind::Binary(Box::new(binary)), start)?;
        }
    }

    /// Signs of one kind before a member, as the grammar has it: `!!a` and `--a`, not `!-a`.
    fn unary(&mut self) -> Parsed {
        let sign = ["!", "-"].into_iter().find(|sign| self.is_sign(sign));
        let Some(sign) = sign else { return self.member() };
        let mut starts = Vec::new();
        while self.is_sign(sign) {
            starts.push(self.next().span.start);
        }
        if sign == "-"
            && let TokenKind::Number(number) = self.peek().kind
            && let Some(start) = starts.pop()
        {
            self.at += 1;
            let number = 0_i64.checked_sub_unsigned(number).ok_or_else(|| self.too_deep())?;
            let literal = self.part(ExprKind::Number(number), start)?;
            return self.signs(sign, &starts, literal);
        }
        let operand = self.member()?;
        self.signs(sign, &starts, operand)
    }

    fn signs(&self, sign: &str, starts: &[usize], operand: Expr) -> Parsed {
        starts.iter().rev().try_fold(operand, |operand, start| {
            let operand = Box::new(operand);
            let kind = if sign == "!" { ExprKind::Not(operand) } else { ExprKind::Minus(operand) };
            self.part(kind, *start)
        })
    }

    fn member(&mut self) -> Parsed {
        let mut target = self.primary()?;
        loop {
            let start = target.outer.start;
            if self.take_sign(".") {
                if self.is_sign("?") {
                    return Err(self.unsupported("rules have no optional fields"));
                }
                let name = self.name("the name of a field")?;
                let kind = if self.take_sign("(") {
                    ExprKind::Call(Some(Box::new(target)), name, self.list(")")?)
                } else {
                    ExprKind::Member(Box::new(target), name)
                };
                target = self.part(kind, start)?;
            } else if self.is_sign("[") {
                return Err(self.unsupported("rules have no indices"));
            } else if self.is_sign("{") {
                return Err(self.unsupported("rules have no structures"));
            } else {
                return Ok(target);
            }
        }
    }

    fn unsupported(&self, message: &str) -> Mistake {
        Mistake::error(codes::UNSUPPORTED, self.peek().span.clone(), message)
    }

    fn name(&mut self, expected: &str) -> Result<Name, Mistake> {
        let token = self.peek();
        match token.kind {
            TokenKind::Name(name) => {
                self.at += 1;
                Ok(Name { text: name.to_owned(), span: token.span.clone() })
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    fn primary(&mut self) -> Parsed {
        let token = self.peek();
        let start = token.span.start;
        let kind = match &token.kind {
            TokenKind::Sign("(") => return self.parentheses(),
            TokenKind::Sign("[") => {
                self.at += 1;
                ExprKind::List(self.list("]")?)
            }
            TokenKind::Sign("{") => return Err(self.unsupported("rules have no maps")),
            TokenKind::Number(number) => {
                let Ok(number) = i64::try_from(*number) else {
                    let message = "the number is too large";
                    return Err(Mistake::error(codes::SYNTAX, token.span.clone(), message)
                        .help(format!("the largest is {}", i64::MAX)));
                };
                self.at += 1;
                ExprKind::Number(number)
            }
            TokenKind::Text(literal) => {
                self.at += 1;
                ExprKind::Text(literal.clone())
            }
            TokenKind::Name(name) => {
                if RESERVED.contains(name) || matches!(*name, "not" | "NOT") {
                    return Err(self.unexpected("a value"));
                }
                self.at += 1;
                self.named(name, token)?
            }
            _ => return Err(self.unexpected("a value")),
        };
        self.part(kind, start)
    }

    fn named(&mut self, name: &str, token: &Token<'_>) -> Result<ExprKind, Mistake> {
        if self.take_sign("(") {
            let name = Name { text: name.to_owned(), span: token.span.clone() };
            return Ok(ExprKind::Call(None, name, self.list(")")?));
        }
        Ok(match name {
            "true" => ExprKind::Truth(true),
            "false" => ExprKind::Truth(false),
            "null" => ExprKind::Null,
            _ => ExprKind::Name(name.to_owned()),
        })
    }

    fn parentheses(&mut self) -> Parsed {
        let start = self.next().span.start;
        let mut expr = self.nested(Self::expression)?;
        self.expect_sign(")")?;
        expr.outer = start..self.end_before();
        Ok(expr)
    }

    /// Expressions with commas between them, up to a closing sign, which is read too.
    fn list(&mut self, close: &str) -> Result<Vec<Expr>, Mistake> {
        let mut elements = Vec::new();
        while !self.take_sign(close) {
            elements.push(self.nested(Self::expression)?);
            let is_last = !self.take_sign(",");
            if is_last && !self.is_sign(close) {
                return Err(self.unexpected(&format!("`,` or `{close}`")));
            }
            // Behind a comma, a list may end and arguments may not.
            if !is_last && close == ")" && self.is_sign(close) {
                return Err(self.unexpected("a value"));
            }
        }
        Ok(elements)
    }
}
