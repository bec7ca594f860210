//! The lines of a shell as commands, and words as what they are made of: quotes, `$NAME`, `$((15 * 1024))`, `;`, `&&`, `>`.
//!
//! What POSIX has besides (loops, conditions, pipes, functions) is recognised well enough to be named, not run.

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take, take_while, take_while1};
use nom::character::complete::{anychar, char, digit1, one_of, satisfy};
use nom::combinator::{map, opt, recognize, value};
use nom::multi::{fold_many0, many0_count};
use nom::sequence::{delimited, pair, preceded};
use nom::{IResult, Parser};

/// Brackets in each other in a sum, at most.
const DEEPEST: usize = 32;

/// A command: its words, and where what it prints goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Command {
    pub words: Vec<Word>,
    /// `> FILE`.
    pub output: Option<Word>,
    /// It runs only if the command before it fails: `||`.
    pub otherwise: bool,
}

/// A word, before names in it have their values.
pub(crate) type Word = Vec<Piece>;

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub kind: PieceKind,
    /// In quotes: its blanks part no words.
    pub quoted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PieceKind {
    Text(String),
    /// `$NAME`, `${NAME}`, `$1`.
    Name(String),
    /// `$((1 + 2))`: what stands within.
    Sum(String),
    /// `$(command)`: what it prints is not known.
    Output,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(Word),
    /// Something between commands, or around them.
    Sign(&'static str),
    /// `>`, `2>`, `2>&1`: the number in front, and the sign.
    Redirect(Option<String>, &'static str),
}

/// The commands of a text.
///
/// # Errors
/// What stands there that is not read, as a reason to skip it.
pub(crate) fn commands(text: &str) -> Result<Vec<Command>, String> {
    let mut all = Vec::new();
    let mut command = Command::default();
    let mut rest = skip_blanks(text);
    while !rest.is_empty() {
        let Ok((behind, token)) = token(rest) else {
            let line = rest.lines().next().unwrap_or_default();
            return Err(format!(
                "a line for the shell is not understood from here on: `{}`",
                shortened(line)
            ));
        };
        rest = skip_blanks(behind);
        match token {
            Token::Word(word) => command.words.push(word),
            Token::Redirect(_, sign @ ("<" | "<<")) => {
                return Err(format!("`{sign}` of a shell is not run here"));
            }
            Token::Redirect(from, sign) => {
                let Ok((behind, target)) = word(rest) else {
                    return Err(format!("behind `{sign}` the name of a file is missing"));
                };
                rest = skip_blanks(behind);
                if from.is_none_or(|from| from == "1") && !sign.ends_with(">&") {
                    command.output = Some(target);
                }
            }
            Token::Sign(sign @ (";" | "\n" | "&&" | "||")) => {
                let next = Command { otherwise: sign == "||", ..Command::default() };
                let before = core::mem::replace(&mut command, next);
                if !before.words.is_empty() {
                    all.push(before);
                }
            }
            Token::Sign(sign) => return Err(format!("`{sign}` of a shell is not run here")),
        }
    }
    if !command.words.is_empty() {
        all.push(command);
    }
    Ok(all)
}

/// As much of a text as a message can carry.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(40).collect::<String>().escape_default().to_string()
}

/// Blanks, lines that go on behind `\`, and comments.
fn skip_blanks(text: &str) -> &str {
    let blank = value((), one_of::<_, _, nom::error::Error<&str>>(" \t\r"));
    let continued = value((), alt((tag("\\\n"), tag("\\\r\n"))));
    let comment = value((), pair(char('#'), take_while(|c| c != '\n')));
    many0_count(alt((blank, continued, comment))).parse(text).map_or(text, |(rest, _)| rest)
}

fn token(input: &str) -> IResult<&str, Token> {
    alt((redirect, map(sign, Token::Sign), map(word, Token::Word))).parse(input)
}

/// The first of these that stands there.
fn one_sign(signs: &'static [&'static str]) -> impl Fn(&str) -> IResult<&str, &'static str> {
    move |input| {
        let found = signs.iter().find_map(|sign| Some((input.strip_prefix(sign)?, *sign)));
        found.ok_or(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Tag)))
    }
}

fn sign(input: &str) -> IResult<&str, &'static str> {
    one_sign(&["&&", "||", ";;", ";", "\n", "|", "&", "(", ")"])(input)
}

fn redirect(input: &str) -> IResult<&str, Token> {
    let both = map(one_sign(&["&>>", "&>"]), |sign| Token::Redirect(None, sign));
    let one = pair(opt(digit1), one_sign(&[">>", ">&", ">|", ">", "<<", "<"]));
    alt((both, map(one, |(from, sign): (Option<&str>, _)| Token::Redirect(from.map(str::to_owned), sign))))
        .parse(input)
}

fn word(input: &str) -> IResult<&str, Word> {
    let (rest, first) = pieces(input)?;
    fold_many0(
        pieces,
        move || first.clone(),
        |mut all: Word, more| {
            all.extend(more);
            all
        },
    )
    .parse(rest)
}

/// The next piece of a word; several, or none, where it is in quotes.
fn pieces(input: &str) -> IResult<&str, Word> {
    let bare = |kind| vec![Piece { kind, quoted: false }];
    let text = |text: &str| vec![Piece { kind: PieceKind::Text(text.to_owned()), quoted: true }];
    let plain =
        map(is_not(" \t\r\n;&|<>()\"'\\$`"), move |text: &str| bare(PieceKind::Text(text.to_owned())));
    let continued = value(Vec::new(), alt((tag("\\\n"), tag("\\\r\n"))));
    let escaped = map(preceded(char('\\'), take(1usize)), text);
    let exact = map(delimited(char('\''), take_while(|c| c != '\''), char('\'')), text);
    alt((plain, continued, escaped, exact, double, map(expansion, bare))).parse(input)
}

/// `"..."`: names have their values in it.
fn double(input: &str) -> IResult<&str, Word> {
    let plain = map(is_not("\"\\$`"), |text: &str| PieceKind::Text(text.to_owned()));
    let continued = value(PieceKind::Text(String::new()), tag("\\\n"));
    let escaped = map(preceded(char('\\'), one_of("\"\\$`")), |c| PieceKind::Text(c.into()));
    let backslash = map(char('\\'), |c| PieceKind::Text(c.into()));
    // Quotes with nothing in them are a word too.
    let empty = || vec![Piece { kind: PieceKind::Text(String::new()), quoted: true }];
    let inside =
        fold_many0(alt((plain, continued, escaped, backslash, expansion)), empty, |mut all, kind| {
            all.push(Piece { kind, quoted: true });
            all
        });
    delimited(char('"'), inside, char('"')).parse(input)
}

/// What begins with `$`, or is a command in backquotes.
fn expansion(input: &str) -> IResult<&str, PieceKind> {
    let sum = map(preceded(tag("$(("), balanced("))")), |sum| PieceKind::Sum(sum.to_owned()));
    let output = value(PieceKind::Output, preceded(tag("$("), balanced(")")));
    let old_output = value(PieceKind::Output, delimited(char('`'), take_while(|c| c != '`'), char('`')));
    let braced =
        map(delimited(tag("${"), is_not("}"), char('}')), |name: &str| PieceKind::Name(name.to_owned()));
    let special = recognize(one_of("?$#@*!-0123456789"));
    let named = map(preceded(char('$'), alt((name, special))), |name: &str| PieceKind::Name(name.to_owned()));
    let dollar = map(char('$'), |c| PieceKind::Text(c.into()));
    alt((sum, output, old_output, braced, named, dollar)).parse(input)
}

/// The name of a variable.
pub(super) fn name(input: &str) -> IResult<&str, &str> {
    let first = satisfy(|c| c.is_ascii_alphabetic() || c == '_');
    recognize(pair(first, take_while(|c: char| c.is_ascii_alphanumeric() || c == '_'))).parse(input)
}

/// All up to the bracket that closes, over pairs of brackets within.
fn balanced(close: &'static str) -> impl Fn(&str) -> IResult<&str, &str> {
    move |input| {
        let mut depth = 0usize;
        for (at, letter) in input.char_indices() {
            match letter {
                '(' => depth = depth.saturating_add(1),
                ')' if depth > 0 => depth = depth.saturating_sub(1),
                ')' => {
                    let found = input
                        .split_at_checked(at)
                        .and_then(|(inside, rest)| Some((rest.strip_prefix(close)?, inside)));
                    return found.ok_or(nom::Err::Error(nom::error::Error::new(
                        input,
                        nom::error::ErrorKind::TakeUntil,
                    )));
                }
                _ => {}
            }
        }
        Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::TakeUntil)))
    }
}

/// Computes what stands in `$((...))`: whole numbers of 64 bits, as POSIX has them. `None` where that cannot be done.
pub(super) fn sum(text: &str, value: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
    let (rest, result) = joined(text, 0, 0, value)?;
    skip_blanks(rest).is_empty().then_some(result)
}

/// What joins two numbers, and how closely: those that begin like others before them.
const OPERATORS: &[(&str, u8)] = &[
    ("**", 7),
    ("*", 6),
    ("/", 6),
    ("%", 6),
    ("+", 5),
    ("-", 5),
    ("<<", 4),
    (">>", 4),
    ("&", 3),
    ("^", 2),
    ("|", 1),
];

type Values<'v> = &'v dyn Fn(&str) -> Option<i64>;

/// Numbers that are joined at least so closely.
fn joined<'t>(text: &'t str, least: u8, depth: usize, value: Values<'_>) -> Option<(&'t str, i64)> {
    if depth > DEEPEST {
        return None;
    }
    let (mut rest, mut left) = number(text, depth, value)?;
    loop {
        rest = skip_blanks(rest);
        let found =
            OPERATORS.iter().find_map(|(sign, close)| Some((rest.strip_prefix(sign)?, *sign, *close)));
        let Some((behind, sign, close)) = found.filter(|(_, _, close)| *close >= least) else {
            return Some((rest, left));
        };
        // `**` takes what is right of it first, all others what is left.
        let next = if sign == "**" { close } else { close.saturating_add(1) };
        let (behind, right) = joined(behind, next, depth.saturating_add(1), value)?;
        let bits = u32::try_from(right).ok();
        left = match sign {
            "**" => left.checked_pow(bits?)?,
            "*" => left.checked_mul(right)?,
            "/" => left.checked_div(right)?,
            "%" => left.checked_rem(right)?,
            "+" => left.checked_add(right)?,
            "-" => left.checked_sub(right)?,
            "<<" => left.checked_mul(1i64.checked_shl(bits?).filter(|one| *one > 0)?)?,
            ">>" => left.checked_shr(bits?)?,
            "&" => left & right,
            "^" => left ^ right,
            _ => left | right,
        };
        rest = behind;
    }
}

/// A number, a name, or brackets; with signs in front.
fn number<'t>(text: &'t str, depth: usize, value: Values<'_>) -> Option<(&'t str, i64)> {
    if depth > DEEPEST {
        return None;
    }
    let text = skip_blanks(text);
    let deeper = depth.saturating_add(1);
    let (_, first) = anychar::<_, nom::error::Error<&str>>(text).ok()?;
    match first {
        '-' | '+' | '~' => {
            let (rest, number) = number(text.get(1..)?, deeper, value)?;
            let signed = match first {
                '-' => number.checked_neg()?,
                '~' => !number,
                _ => number,
            };
            Some((rest, signed))
        }
        '(' => {
            let (rest, number) = joined(text.get(1..)?, 0, deeper, value)?;
            Some((skip_blanks(rest).strip_prefix(')')?, number))
        }
        '$' => named(text.get(1..)?, value),
        '0'..='9' => {
            let mut digits =
                take_while1::<_, _, nom::error::Error<&str>>(|c: char| c.is_ascii_alphanumeric());
            let (rest, digits) = digits.parse(text).ok()?;
            Some((rest, literal(digits)?))
        }
        _ => named(text, value),
    }
}

fn named<'t>(text: &'t str, value: Values<'_>) -> Option<(&'t str, i64)> {
    let (rest, name) = name(text).ok()?;
    Some((rest, value(name)?))
}

/// `1000`, `0x3e8`, `017`.
pub(super) fn literal(digits: &str) -> Option<i64> {
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    match (hex, digits.strip_prefix('0')) {
        (Some(hex), _) => i64::from_str_radix(hex, 16).ok(),
        (None, Some(octal)) if !octal.is_empty() => i64::from_str_radix(octal, 8).ok(),
        _ => digits.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// POSIX.1-2017, Shell and Utilities, section 2.6.4; `**` is of bash.
    #[test]
    fn sums_are_computed_as_a_shell_computes_them() {
        let value = |name: &str| (name == "MSS").then_some(1460);
        for (text, result) in [
            ("15*1024*1024", Some(15_728_640)),
            (" 1 + 2 * 3 ", Some(7)),
            ("(1 + 2) * 3", Some(9)),
            ("2 ** 3 ** 2", Some(512)),
            ("-7 / 2", Some(-3)),
            ("-7 % 2", Some(-1)),
            ("10 - 4 - 3", Some(3)),
            ("1 << 10 | 1", Some(1025)),
            ("0x10 + 010", Some(24)),
            ("MSS * 10", Some(14_600)),
            ("$MSS + 1", Some(1461)),
            ("~0 & 0xff", Some(255)),
            ("1 / 0", None),
            ("9223372036854775807 + 1", None),
            ("1 << 63", None),
            ("2 ** 64", None),
            ("1 +", None),
            ("nobody", None),
            ("1 2", None),
            ("", None),
        ] {
            assert_eq!(sum(text, &value), result, "{text}");
        }
        assert_eq!(sum(&"(".repeat(100_000), &value), None);
        assert_eq!(sum(&"-".repeat(100_000), &value), None);
    }

    fn text(word: &Word) -> String {
        let kinds = word.iter().map(|piece| match &piece.kind {
            PieceKind::Text(text) => text.clone(),
            PieceKind::Name(name) => format!("<{name}>"),
            PieceKind::Sum(sum) => format!("[{sum}]"),
            PieceKind::Output => "?".to_owned(),
        });
        kinds.collect()
    }

    /// Section 2.2 (quoting), 2.7 (redirection), 2.9.3 (lists).
    #[test]
    fn lines_are_parted_into_commands_and_words() {
        let script = "# comment\nsysctl -q a=\"1 $((2*(3+1)))\"; b 'it''s $X' \\\n  c\\ d > /dev/null 2>&1 && \
                      ${E} \"\" x#y &> f # end\n\n g || h";
        let commands = commands(script).unwrap();
        let words: Vec<Vec<String>> =
            commands.iter().map(|command| command.words.iter().map(text).collect()).collect();
        assert_eq!(
            words,
            [
                vec!["sysctl", "-q", "a=1 [2*(3+1)]"],
                vec!["b", "its $X", "c d"],
                vec!["<E>", "", "x#y"],
                vec!["g"],
                vec!["h"]
            ]
        );
        let outputs: Vec<Option<String>> =
            commands.iter().map(|command| command.output.as_ref().map(text)).collect();
        assert_eq!(outputs, [None, Some("/dev/null".into()), Some("f".into()), None, None]);
        assert!(commands[4].otherwise && !commands[3].otherwise);
    }

    #[test]
    fn what_is_not_run_is_named() {
        for (text, wanted) in [
            ("a | b", "`|` of a shell is not run here"),
            ("a &", "`&` of a shell is not run here"),
            ("(a)", "`(` of a shell is not run here"),
            ("a << EOF", "`<<` of a shell is not run here"),
            ("a >", "behind `>` the name of a file is missing"),
            ("a 'b", "a line for the shell is not understood from here on: `\\'b`"),
        ] {
            assert_eq!(commands(text).unwrap_err(), wanted, "{text}");
        }
    }
}
