//! Python as words, numbers, strings and signs, with its lines and how far they are indented.

use std::ops::Range;

use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while, take_while1};
use nom::character::complete::{anychar, char, digit1, none_of, one_of, satisfy};
use nom::combinator::{map, map_opt, not, opt, recognize, value};
use nom::multi::{many0_count, many1_count};
use nom::sequence::{delimited, pair, preceded, terminated};
use nom::{IResult, Parser};

use super::Problem;

pub(super) type Span = Range<usize>;

/// A piece of code.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'t> {
    pub kind: TokenKind<'t>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'t> {
    Name(&'t str),
    /// `None`: one that is too large.
    Integer(Option<i128>),
    Float(f64),
    /// A string, its escapes undone.
    Text(String),
    /// What stands in `f"..."`, as it is written, and where that begins.
    Format(&'t str, usize),
    Sign(&'static str),
    /// A statement ends with its line.
    Newline,
    /// Lines are indented further from here on, or less far.
    Indent,
    Dedent,
}

/// All signs, those that begin like others before them.
const SIGNS: [&str; 42] = [
    "**=", "//=", "<<=", ">>=", "**", "//", "<<", ">>", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=",
    "&=", "|=", "^=", "->", ":=", "+", "-", "*", "/", "%", "&", "|", "^", "~", "<", ">", "=", "(", ")", "[",
    "]", ",", ":", ";", ".",
];

/// The pieces of code.
///
/// # Errors
/// [`Problem`] at what can stand nowhere in it.
pub(super) fn tokens(code: &str) -> Result<Vec<Token<'_>>, Problem> {
    let mut lines = Lines { code, found: Vec::new(), widths: Vec::new(), brackets: 0 };
    let mut rest = code;
    let mut fresh = true;
    while !rest.is_empty() {
        if fresh {
            let (behind, width) = margin(rest);
            let ends = behind.starts_with(['\n', '#']) || behind.starts_with("\r\n") || behind.is_empty();
            if !ends {
                lines.indent(lines.at(behind), lines.at(rest) > 0, width)?;
            }
            rest = behind;
            fresh = false;
            continue;
        }
        let start = lines.at(rest);
        if let Some(behind) = rest.strip_prefix('\n') {
            lines.end(start);
            fresh = lines.brackets == 0;
            rest = behind;
            continue;
        }
        if let Ok((behind, ())) = blank(rest) {
            rest = behind;
            continue;
        }
        let Ok((behind, kind)) = token(rest, start) else {
            let first = rest.chars().next().unwrap_or(' ');
            return Err(unreadable(first, start));
        };
        lines.push(kind, start..lines.at(behind));
        rest = behind;
    }
    lines.end(code.len());
    for _ in lines.widths.iter().skip(1) {
        lines.found.push(Token { kind: TokenKind::Dedent, span: code.len()..code.len() });
    }
    Ok(lines.found)
}

fn unreadable(first: char, start: usize) -> Problem {
    let at = start..start.saturating_add(first.len_utf8());
    match first {
        '"' | '\'' => Problem::Wrong { message: "this string is not closed".to_owned(), at },
        '0'..='9' => Problem::Wrong { message: "this number is not understood".to_owned(), at },
        first => {
            Problem::Skip { reason: format!("`{}` of Python is not run here", first.escape_default()), at }
        }
    }
}

/// Where lines begin and end.
struct Lines<'t> {
    code: &'t str,
    found: Vec<Token<'t>>,
    /// How far the blocks are indented that are open; the first is that of the code as a whole.
    widths: Vec<usize>,
    /// Brackets that are open: lines do not count in them.
    brackets: usize,
}

impl<'t> Lines<'t> {
    fn at(&self, rest: &str) -> usize {
        self.code.len().saturating_sub(rest.len())
    }

    fn push(&mut self, kind: TokenKind<'t>, span: Span) {
        match kind {
            TokenKind::Sign("(" | "[") => self.brackets = self.brackets.saturating_add(1),
            TokenKind::Sign(")" | "]") => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.found.push(Token { kind, span });
    }

    /// A line ends; an empty one is none.
    fn end(&mut self, at: usize) {
        let before = self.found.last().map(|token| &token.kind);
        let empty = matches!(before, None | Some(TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent));
        if !empty && self.brackets == 0 {
            self.found.push(Token { kind: TokenKind::Newline, span: at..at });
        }
    }

    /// A line begins; `own` unless it stands behind the `%{` of the script, where how far it is indented says nothing. The first
    /// line of its own says how far the code as a whole is.
    fn indent(&mut self, at: usize, own: bool, width: usize) -> Result<(), Problem> {
        if !own {
            return Ok(());
        }
        let before = self.found.iter().rev().find(|token| token.kind != TokenKind::Newline);
        let opens = before.is_some_and(|token| token.kind == TokenKind::Sign(":"));
        if self.widths.is_empty() {
            self.widths.push(if opens { 0 } else { width });
        }
        let now = self.widths.last().copied().unwrap_or(0);
        if width > now {
            self.widths.push(width);
            self.found.push(Token { kind: TokenKind::Indent, span: at..at });
        }
        while self.widths.len() > 1 && self.widths.last().is_some_and(|last| *last > width) {
            self.widths.pop();
            self.found.push(Token { kind: TokenKind::Dedent, span: at..at });
        }
        match self.widths.last() {
            Some(last) if *last == width => Ok(()),
            _ => Err(Problem::Wrong {
                message: "this line is not indented as far as any before it".to_owned(),
                at: at..at,
            }),
        }
    }
}

/// Blanks at the beginning of a line, and how far they reach; a tab reaches to the next multiple of eight.
fn margin(text: &str) -> (&str, usize) {
    let blanks: IResult<&str, &str> = take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\x0c'))(text);
    let (rest, blanks) = blanks.unwrap_or((text, ""));
    let width = blanks.chars().fold(0usize, |width, c| match c {
        ' ' => width.saturating_add(1),
        '\t' => (width / 8).saturating_add(1).saturating_mul(8),
        _ => width,
    });
    (rest, width)
}

/// Blanks, a comment, a line that goes on.
fn blank(input: &str) -> IResult<&str, ()> {
    let blanks = value((), take_while1(|c| matches!(c, ' ' | '\t' | '\r' | '\x0c')));
    let comment = value((), pair(char('#'), take_while(|c| c != '\n')));
    let continued = value((), alt((tag("\\\n"), tag("\\\r\n"))));
    alt((blanks, comment, continued)).parse(input)
}

fn token(input: &str, start: usize) -> IResult<&str, TokenKind<'_>> {
    if let Ok((rest, (prefix, quote, inside))) = string(input) {
        let kind = if prefix.contains(['f', 'F']) {
            TokenKind::Format(inside, start.saturating_add(prefix.len()).saturating_add(quote.len()))
        } else if prefix.contains(['r', 'R']) {
            TokenKind::Text(inside.to_owned())
        } else {
            TokenKind::Text(unescaped(inside))
        };
        return Ok((rest, kind));
    }
    alt((number, map(name, TokenKind::Name), sign)).parse(input)
}

fn name(input: &str) -> IResult<&str, &str> {
    let first = satisfy(|c| c.is_alphabetic() || c == '_');
    recognize(pair(first, take_while(|c: char| c.is_alphanumeric() || c == '_'))).parse(input)
}

fn sign(input: &str) -> IResult<&str, TokenKind<'_>> {
    let found = SIGNS.iter().find_map(|sign| Some((input.strip_prefix(sign)?, TokenKind::Sign(sign))));
    found.ok_or(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Tag)))
}

/// `1000`, `1_000`, `0x3e8`, `0o17`, `0b1`, `1.5`, `.5`, `1e6`.
fn number(input: &str) -> IResult<&str, TokenKind<'_>> {
    let other = |prefix, radix| {
        let digits =
            preceded(tag_no_case(prefix), take_while1(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        map(digits, move |digits: &str| {
            TokenKind::Integer(i128::from_str_radix(&digits.replace('_', ""), radix).ok())
        })
    };
    let digits = || recognize(pair(digit1, many0_count(preceded(char('_'), digit1))));
    let exponent = || recognize((one_of("eE"), opt(one_of("+-")), digit1));
    let pointed = recognize((digits(), char('.'), opt(digits()), opt(exponent())));
    let fraction = recognize((char('.'), digits(), opt(exponent())));
    let large = recognize((digits(), exponent()));
    let float = map_opt(alt((pointed, fraction, large)), |text: &str| {
        Some(TokenKind::Float(text.replace('_', "").parse().ok()?))
    });
    // A number of more digits than one does not begin with 0.
    let whole = map_opt(digits(), |text: &str| {
        let text = text.replace('_', "");
        let fine = !text.starts_with('0') || text.bytes().all(|digit| digit == b'0');
        fine.then(|| TokenKind::Integer(text.parse().ok()))
    });
    let ends = not(satisfy(|c| c.is_alphanumeric() || c == '_'));
    terminated(alt((other("0x", 16), other("0o", 8), other("0b", 2), float, whole)), ends).parse(input)
}

/// A string: its prefix, its quotes, and what stands between them.
fn string(input: &str) -> IResult<&str, (&str, &str, &str)> {
    let (rest, prefix) = take_while(|c: char| "rRbBuUfF".contains(c))(input)?;
    if prefix.len() > 2 {
        return Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Tag)));
    }
    let (rest, quote) = alt((tag("\"\"\""), tag("'''"), tag("\""), tag("'"))).parse(rest)?;
    let letter = |input| match quote.len() {
        1 => none_of("\\\n")(input),
        _ => none_of("\\")(input),
    };
    let one = alt((value((), preceded(char('\\'), anychar)), value((), preceded(not(tag(quote)), letter))));
    let (rest, inside) = terminated(recognize(many0_count(one)), tag(quote)).parse(rest)?;
    Ok((rest, (prefix, quote, inside)))
}

/// A string with its escapes undone; an escape that is not known stays as it is.
pub(super) fn unescaped(text: &str) -> String {
    let hex = map_opt(preceded(char('x'), recognize(pair(hex_digit, hex_digit))), |digits| {
        u8::from_str_radix(digits, 16).ok().map(char::from)
    });
    let octal = map_opt(recognize(many1_count(satisfy(|c| matches!(c, '0'..='7')))), |digits| {
        u8::from_str_radix(digits, 8).ok().map(char::from)
    });
    let known = alt((
        value('\n', char('n')),
        value('\t', char('t')),
        value('\r', char('r')),
        one_of("\\'\""),
        hex,
        octal,
    ));
    let mut escape = delimited(char('\\'), known, nom::combinator::success(()));
    let mut whole = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let read: IResult<&str, char> = escape.parse(rest);
        match read {
            Ok((behind, letter)) => {
                whole.push(letter);
                rest = behind;
            }
            Err(_) => {
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                // `\` at the end of a line joins it with the next.
                match rest.strip_prefix('\n').filter(|_| first == '\\') {
                    Some(behind) => rest = behind,
                    None => whole.push(first),
                }
            }
        }
    }
    whole
}

fn hex_digit(input: &str) -> IResult<&str, char> {
    satisfy(|c| c.is_ascii_hexdigit()).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: &str) -> String {
        let tokens = tokens(code).unwrap();
        let words = tokens.iter().map(|token| match &token.kind {
            TokenKind::Name(name) => (*name).to_owned(),
            TokenKind::Integer(Some(number)) => number.to_string(),
            TokenKind::Integer(None) => "large".to_owned(),
            TokenKind::Float(number) => format!("{number:?}"),
            TokenKind::Text(text) => format!("{text:?}"),
            TokenKind::Format(text, at) => format!("f{text:?}@{at}"),
            TokenKind::Sign(sign) => (*sign).to_owned(),
            TokenKind::Newline => "NL".to_owned(),
            TokenKind::Indent => "IN".to_owned(),
            TokenKind::Dedent => "OUT".to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// The Python Language Reference, chapter 2: lexical analysis.
    #[test]
    fn code_is_parted_as_the_reference_of_python_says() {
        for (code, wanted) in [
            ("a<=b**2//3", "a <= b ** 2 // 3 NL"),
            ("0x1F 0o17 0b101 1_000 0", "31 15 5 1000 0 NL"),
            ("1.5 .5 1. 1e6 1_0.5e-1", "1.5 0.5 1.0 1000000.0 1.05 NL"),
            ("'a\\n\\x41\\q' \"b\" r'\\n' '''c\nd'''", "\"a\\nA\\\\q\" \"b\" \"\\\\n\" \"c\\nd\" NL"),
            ("f'{a}'", "f\"{a}\"@2 NL"),
            ("a # b\n\n  # c\nd \\\n e", "a NL d e NL"),
            ("(a,\n   b\n)", "( a , b ) NL"),
            ("if a:\n  b\n  if c:\n\td\ne", "if a : NL IN b NL if c : NL IN d NL OUT OUT e NL"),
            (" a\nb", "a NL b NL"),
            (" a\n   b\n   c", "a NL b NL c NL"),
            ("\n   b\n   c\n", "b NL c NL"),
            (" if a:\n   b\nc", "if a : NL IN b NL OUT c NL"),
            ("a; b", "a ; b NL"),
            ("340282366920938463463374607431768211456", "large NL"),
            ("", ""),
        ] {
            assert_eq!(shown(code), wanted, "{code:?}");
        }
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        for (code, at) in
            [("a 'b", 2..3), ("12ab", 0..1), ("a { b", 2..3), ("if a:\n   b\n c", 12..12), ("007", 0..1)]
        {
            let problem = tokens(code).unwrap_err();
            let (Problem::Wrong { at: found, .. }
            | Problem::Skip { at: found, .. }
            | Problem::Fails { at: found, .. }) = problem;
            assert_eq!(found, at, "{code:?}");
        }
    }
}
