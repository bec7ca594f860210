//! The text of the events as words, numbers and signs, each with its place; and defined words as what they stand for.
//!
//! They are taken one by one: what stands in brackets behind the result of a call is free text, and only the grammar knows that it comes next.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::fmt;

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take_until, take_while, take_while_m_n};
use nom::character::complete::{anychar, char, digit1, multispace1, satisfy};
use nom::combinator::{eof, map, map_opt, not, recognize, value};
use nom::error::{Error, ErrorKind};
use nom::multi::{fold_many0, many0_count, many1_count};
use nom::sequence::{delimited, pair, preceded};
use nom::{IResult, Parser};

use super::Span;
use crate::drill::show;
use crate::mistake::Mistake;

/// What all defined words together may stand for, in bytes: more makes a script that nobody has written.
const LONGEST: usize = 1 << 20;

/// One piece of a script.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub kind: Kind<'t>,
    /// Where it stands; where the word stands that it comes from, if it is of what a defined word stands for.
    pub span: Span,
    /// Nothing stands between it and what is before it.
    pub glued: bool,
    /// It is the first of its line.
    pub first: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'t> {
    /// `read`, `O_RDWR`, `SF`.
    Word(&'t str),
    /// What begins with a digit, or with a dot and a digit: `1000`, `0x3e8`, `.25`, `30s`. What it is depends on where it stands.
    Number(&'t str),
    /// `$mss`.
    Name(&'t str),
    /// `?mss`.
    Captured(&'t str),
    /// `"abc"`, with its escapes undone.
    Text(Vec<u8>),
    /// `'a'`.
    Char(u8),
    /// What stands between backquotes.
    Shell(&'t str),
    /// What stands between `%{` and `}%`.
    Code(Cow<'t, str>),
    /// An operator or a bracket.
    Sign(&'static str),
    /// What can stand nowhere.
    Bad(Mistake),
    /// The end of the script.
    End,
}

impl fmt::Display for Kind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(text) | Self::Number(text) => f.write_str(text),
            Self::Name(name) => write!(f, "${name}"),
            Self::Captured(name) => write!(f, "?{name}"),
            Self::Text(text) => write!(f, "{}", show::Quoted(text)),
            Self::Char(code) => write!(f, "'{}'", code.escape_ascii()),
            Self::Shell(line) => write!(f, "`{line}`"),
            Self::Code(code) => write!(f, "%{{{code}}}%"),
            Self::Sign(sign) => f.write_str(sign),
            Self::Bad(_) | Self::End => Ok(()),
        }
    }
}

/// All signs, those that begin like others before them.
const SIGNS: [&str; 24] = [
    "...", "<<", ">>", "$(", "<", ">", "(", ")", "[", "]", "{", "}", ",", ":", "=", "|", "&", "+", "-", "*",
    "/", "%", "~", ".",
];

/// Where the reading of a script has come to.
#[derive(Debug)]
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    defines: HashMap<&'t str, &'t str>,
    /// What a defined word stands for, as far as it was not taken yet.
    queue: VecDeque<Token<'t>>,
    /// Bytes that defined words stood for.
    replaced: usize,
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t str, at: usize, defines: HashMap<&'t str, &'t str>) -> Self {
        Self { text, at, defines, queue: VecDeque::new(), replaced: 0 }
    }

    /// The next piece. What a defined word stands for is not looked through for defined words again.
    pub fn next(&mut self) -> Token<'t> {
        loop {
            if let Some(token) = self.queue.pop_front() {
                return token;
            }
            let mut token = self.read();
            match &token.kind {
                Kind::Word(word) => match self.defines.get(word).copied() {
                    None => return token,
                    Some(meaning) => self.replace(word, meaning, &token),
                },
                Kind::Code(code) => {
                    token.kind = Kind::Code(self.replaced_in_code(code));
                    return token;
                }
                _ => return token,
            }
        }
    }

    /// The next piece as it is written.
    fn read(&mut self) -> Token<'t> {
        let before = self.at;
        let at = match skip(self.text, before) {
            Ok(at) => at,
            Err(bad) => return self.bad(bad),
        };
        let between = self.text.get(before..at).unwrap_or_default();
        let rest = self.text.get(at..).unwrap_or_default();
        let (behind, kind) = match token(rest) {
            Ok(found) => found,
            Err(_) => return self.bad(what_is_bad(rest, at)),
        };
        self.at = self.text.len().saturating_sub(behind.len());
        Token { kind, span: at..self.at, glued: between.is_empty(), first: between.contains('\n') }
    }

    fn bad(&self, mistake: Mistake) -> Token<'t> {
        Token { span: mistake.span.clone(), kind: Kind::Bad(mistake), glued: false, first: false }
    }

    /// Puts what a word stands for in its place.
    fn replace(&mut self, word: &str, meaning: &'t str, at: &Token<'t>) {
        let wrong =
            |message: String| Token { kind: Kind::Bad(Mistake::new(at.span.clone(), message)), ..at.clone() };
        self.replaced = self.replaced.saturating_add(meaning.len());
        if self.replaced > LONGEST {
            let message = format!("defined words stand for more than {LONGEST} bytes in this script");
            self.queue.push_back(wrong(message));
            return;
        }
        let mut pieces = Tokens::new(meaning, 0, HashMap::new());
        loop {
            let piece = pieces.read();
            let is_first = self.queue.is_empty();
            let kind = match piece.kind {
                Kind::End => return,
                Kind::Bad(Mistake { message, .. }) => {
                    self.queue
                        .push_back(wrong(format!("`{word}` stands for `{}`: {message}", short(meaning))));
                    return;
                }
                kind => kind,
            };
            let glued = if is_first { at.glued } else { piece.glued };
            self.queue.push_back(Token { kind, span: at.span.clone(), glued, first: is_first && at.first });
        }
    }

    /// Code with what defined words in it stand for, outside of its strings.
    fn replaced_in_code(&mut self, code: &Cow<'t, str>) -> Cow<'t, str> {
        let mut rest: &str = code;
        let mut changed = None;
        while !self.defines.is_empty() && !rest.is_empty() {
            let Ok((behind, piece)) = code_piece(rest) else { break };
            let meaning = self.defines.get(piece).copied().filter(|meaning| {
                self.replaced = self.replaced.saturating_add(meaning.len());
                self.replaced <= LONGEST
            });
            let before = code.get(..code.len().saturating_sub(rest.len())).unwrap_or_default();
            match (meaning, &mut changed) {
                (None, None) => {}
                (Some(meaning), None) => changed = Some(format!("{before}{meaning}")),
                (meaning, Some(changed)) => changed.push_str(meaning.unwrap_or(piece)),
            }
            rest = behind;
        }
        // Behind a quotation mark that is not closed nothing is looked for.
        changed.map_or_else(|| code.clone(), |changed| Cow::Owned(changed + rest))
    }

    /// Goes over free text up to the bracket that closes it, on the same line; the opening one was taken.
    pub fn skip_text(&mut self) -> bool {
        if !self.queue.is_empty() {
            // It is of what a defined word stands for.
            return std::iter::from_fn(|| self.queue.pop_front()).any(|token| token.kind == Kind::Sign(")"));
        }
        let mut depth = 1usize;
        for (place, sign) in self.text.get(self.at..).unwrap_or_default().char_indices() {
            match sign {
                '(' => depth = depth.saturating_add(1),
                ')' => depth = depth.saturating_sub(1),
                '\n' => return false,
                _ => {}
            }
            if depth == 0 {
                self.at = self.at.saturating_add(place).saturating_add(1);
                return true;
            }
        }
        false
    }
}

/// Where the spaces and comments end that begin at a place.
///
/// # Errors
/// [`Mistake`] at a comment that has no end.
pub(super) fn skip(text: &str, at: usize) -> Result<usize, Mistake> {
    let rest = text.get(at..).unwrap_or_default();
    let line = preceded(tag("//"), take_while(|sign| sign != '\n'));
    let block = delimited(tag("/*"), take_until("*/"), tag("*/"));
    let spaces = many0_count(alt((multispace1::<&str, Error<&str>>, line, block)));
    let behind = recognize(spaces).parse(rest).map_or(rest, |(behind, _)| behind);
    let end = text.len().saturating_sub(behind.len());
    match behind.starts_with("/*") {
        true => Err(Mistake::new(end..end.saturating_add(2), "this comment is not closed: `*/` is missing")),
        false => Ok(end),
    }
}

/// A text that is quoted in a message: not all of it if it is long.
pub(super) fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(32) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}...", text.get(..end).unwrap_or_default())),
    }
}

/// Whether a text is one word.
pub(super) fn is_word(text: &str) -> bool {
    matches!(word(text), Ok(("", _)))
}

fn token(input: &str) -> IResult<&str, Kind<'_>> {
    alt((
        map(word, Kind::Word),
        map(number, Kind::Number),
        map(preceded(char('$'), word), Kind::Name),
        map(preceded(char('?'), word), Kind::Captured),
        map(text, Kind::Text),
        map(character, Kind::Char),
        map(delimited(char('`'), take_while(|sign| sign != '`'), char('`')), Kind::Shell),
        map(delimited(tag("%{"), take_until("}%"), tag("}%")), |code| Kind::Code(Cow::Borrowed(code))),
        sign,
        value(Kind::End, eof),
    ))
    .parse(input)
}

fn is_part(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || sign == '_'
}

fn word(input: &str) -> IResult<&str, &str> {
    recognize(pair(satisfy(|sign| sign.is_ascii_alphabetic() || sign == '_'), take_while(is_part)))
        .parse(input)
}

/// `0.25`, `.25`, `1.`, or what begins with a digit; `0...1` is two of them.
fn number(input: &str) -> IResult<&str, &str> {
    // `digit0` of nom 8.0 gives a rest at the wrong place at the end of a text.
    let digits = take_while(|sign: char| sign.is_ascii_digit());
    let decimal = recognize((digit1, char('.'), not(char('.')), digits));
    let fraction = recognize(preceded(char('.'), digit1));
    alt((decimal, recognize(pair(digit1, take_while(is_part))), fraction)).parse(input)
}

fn sign(input: &str) -> IResult<&str, Kind<'_>> {
    let found = SIGNS.iter().find_map(|sign| Some((input.strip_prefix(sign)?, Kind::Sign(sign))));
    // What begins like code and has no end is no sign.
    found.filter(|_| !input.starts_with("%{")).ok_or(nom::Err::Error(Error::new(input, ErrorKind::Tag)))
}

/// The inside of a string as far as it can be read.
fn text_inside(input: &str) -> IResult<&str, Vec<u8>> {
    let plain = map(is_not("\"\\\n"), |text: &str| text.as_bytes().to_vec());
    let piece = alt((plain, map(escape, |byte| vec![byte])));
    fold_many0(piece, Vec::new, |mut all: Vec<u8>, piece| {
        all.extend(piece);
        all
    })
    .parse(input)
}

fn text(input: &str) -> IResult<&str, Vec<u8>> {
    delimited(char('"'), text_inside, char('"')).parse(input)
}

fn character(input: &str) -> IResult<&str, u8> {
    let plain =
        map_opt(satisfy(|sign| sign != '\'' && sign != '\\' && sign != '\n'), |sign| u8::try_from(sign).ok());
    delimited(char('\''), alt((plain, escape)), char('\'')).parse(input)
}

/// `\n`, `\x0a`, `\012` and the like.
fn escape(input: &str) -> IResult<&str, u8> {
    let hex = take_while_m_n(1, 2, |sign: char| sign.is_ascii_hexdigit());
    let octal = take_while_m_n(1, 3, |sign: char| matches!(sign, '0'..='7'));
    let named = alt((
        value(b'\n', char('n')),
        value(b'\r', char('r')),
        value(b'\t', char('t')),
        value(7, char('a')),
        value(8, char('b')),
        value(12, char('f')),
        value(11, char('v')),
        value(b'"', char('"')),
        value(b'\'', char('\'')),
        value(b'\\', char('\\')),
    ));
    let coded = alt((
        map_opt(preceded(char('x'), hex), |digits| u8::from_str_radix(digits, 16).ok()),
        map_opt(octal, |digits| u8::from_str_radix(digits, 8).ok()),
    ));
    preceded(char('\\'), alt((named, coded))).parse(input)
}

/// A piece of code: a word, a string, or anything between.
fn code_piece(input: &str) -> IResult<&str, &str> {
    let quoted = |quote: char, plain| {
        let inside = many0_count(alt((is_not(plain), recognize(pair(char('\\'), anychar)))));
        recognize(delimited(char(quote), inside, char(quote)))
    };
    let other = many1_count(satisfy(|sign| !is_part(sign) && sign != '"' && sign != '\''));
    let number = many1_count(satisfy(is_part));
    alt((word, quoted('"', "\"\\"), quoted('\'', "'\\"), recognize(number), recognize(other))).parse(input)
}

/// What is wrong with what can stand nowhere.
fn what_is_bad(rest: &str, at: usize) -> Mistake {
    let first = rest.chars().next().unwrap_or(' ');
    let here = |length: usize, message: &str| Mistake::new(at..at.saturating_add(length), message);
    match first {
        '"' => {
            let inside = rest.get(1..).unwrap_or_default();
            let behind = text_inside(inside).map_or("", |(behind, _)| behind);
            match behind.strip_prefix('\\').and_then(|escaped| escaped.chars().next()) {
                Some(sign) if sign != '\n' => {
                    let place = at.saturating_add(rest.len()).saturating_sub(behind.len());
                    let end = place.saturating_add(1).saturating_add(sign.len_utf8());
                    Mistake::new(place..end, "this escape is not known")
                        .hint("\\n, \\t, \\r, \\\", \\\\, \\012 and \\x0a are")
                }
                _ => here(1, "this string is not closed: `\"` is missing on its line"),
            }
        }
        '\'' => here(1, "between these quotation marks one letter has to stand, as in 'a' or '\\n'"),
        '`' => here(1, "this shell line is not closed: a second backquote is missing"),
        '%' => here(2, "this code is not closed: `}%` is missing"),
        '$' | '?' => here(1, &format!("a name has to stand directly behind `{first}`")),
        '#' => here(1, "`#` has no meaning here").hint("comments begin with //"),
        '\u{2018}'..='\u{201f}' => {
            here(first.len_utf8(), &format!("{first} is a quotation mark of word processors; write \""))
        }
        '\u{2010}'..='\u{2015}' => {
            here(first.len_utf8(), &format!("{first} is a dash of word processors; write -"))
        }
        first => here(first.len_utf8(), &format!("`{}` has no meaning here", first.escape_debug())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds<'t>(text: &'t str, defines: &[(&'t str, &'t str)]) -> Vec<String> {
        let mut tokens = Tokens::new(text, 0, defines.iter().copied().collect());
        let next = || match tokens.next().kind {
            Kind::End => None,
            Kind::Bad(bad) => Some(format!("bad: {}", bad.message)),
            kind => Some(kind.to_string()),
        };
        std::iter::from_fn(next).take(40).collect()
    }

    #[test]
    fn dots_of_numbers_and_dots_that_mean_more() {
        for (text, pieces) in [
            ("0.1...0.3", "0.1|...|0.3"),
            ("0...1", "0|...|1"),
            ("+.1~+.2", "+|.1|~|+|.2"),
            ("1....5", "1|...|.5"),
            ("S. 0:0(0)", "S|.|0|:|0|(|0|)"),
            ("P.5 1:2(1)", "P|.5|1|:|2|(|1|)"),
            ("1.2.3.4", "1.2|.3|.4"),
            ("0a1b 12ef 30s 0x1F", "0a1b|12ef|30s|0x1F"),
            ("a/*b*/c//d\ne", "a|c|e"),
            ("$(a)$b?c", "$(|a|)|$b|?c"),
        ] {
            assert_eq!(kinds(text, &[]).join("|"), pieces, "{text}");
        }
    }

    #[test]
    fn a_defined_word_is_what_it_stands_for_and_only_where_it_is_a_whole_word() {
        let defines = [("MSS", "1460"), ("TWICE", "2 * MSS"), ("NOTHING", ""), ("BAD", "1 \"x")];
        for (text, pieces) in [
            ("MSS MSS1 aMSS $MSS ?MSS", "1460|MSS1|aMSS|$MSS|?MSS"),
            // Not again in what it stands for.
            ("TWICE+1", "2|*|MSS|+|1"),
            ("a NOTHING b", "a|b"),
            ("\"MSS\" `MSS` /* MSS */", "\"MSS\"|`MSS`"),
            (
                "%{ MSS + x.MSS + MSSS + 'MSS' + \"\\\"MSS\" }%",
                "%{ 1460 + x.1460 + MSSS + 'MSS' + \"\\\"MSS\" }%",
            ),
        ] {
            assert_eq!(kinds(text, &defines).join("|"), pieces, "{text}");
        }
        let mut tokens = Tokens::new("a BAD", 0, defines.into_iter().collect());
        tokens.next();
        assert_eq!(tokens.next().span, 2..5);
        let Token { kind: Kind::Bad(bad), span, .. } = tokens.next() else { panic!() };
        assert_eq!((span, bad.span), (2..5, 2..5));
        assert_eq!(
            bad.message,
            "`BAD` stands for `1 \"x`: this string is not closed: `\"` is missing on its line"
        );
    }

    #[test]
    fn what_defined_words_stand_for_is_bounded() {
        let meaning = "1 ".repeat(10_000);
        let text = "A ".repeat(10_000);
        let mut tokens = Tokens::new(&text, 0, [("A", meaning.as_str())].into_iter().collect());
        let mut count = 0;
        let last = loop {
            match tokens.next().kind {
                Kind::Number(_) => count += 1,
                other => break other,
            }
        };
        assert!(matches!(last, Kind::Bad(_)) && count <= LONGEST / 2, "{count}");
    }
}
