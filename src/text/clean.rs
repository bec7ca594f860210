//! Lines without what mail, terminals and word processors have done to them.

use alloc::string::String;
use alloc::vec::Vec;

use nom::bytes::complete::{tag, take_while, take_while_m_n};
use nom::character::complete::char;
use nom::multi::many0_count;
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

/// The lines of a text: no colours, no quote marks, no returns; spaces, quotes and boxes in ASCII.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).map(line).collect()
}

fn line(line: &str) -> String {
    let mut clean = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            '\u{1b}' => escape(&mut characters),
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => clean.push(' '),
            '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}' => {}
            '\u{8}' | '\u{7}' | '\0' => {}
            '\u{2018}' | '\u{2019}' | '\u{201a}' => clean.push('\''),
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => clean.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '─' | '━' => clean.push('-'),
            '…' => clean.push_str("..."),
            '\u{2500}'..='\u{257f}' => clean.push('|'),
            c => clean.push(c),
        }
    }
    match quoted(&clean) {
        Ok((rest, marks)) if marks > 0 => String::from(rest),
        _ => clean,
    }
}

/// Marks of quoted mail at the beginning of a line: `> > `.
fn quoted(line: &str) -> IResult<&str, usize> {
    terminated(
        many0_count(preceded(take_while_m_n(0, 1, |c| c == ' '), char('>'))),
        take_while_m_n(0, 1, |c| c == ' '),
    )
    .parse(line)
}

/// What follows the escape character: a sequence with parameters, a title of a window, or one character.
fn escape(characters: &mut core::str::Chars<'_>) {
    let text = characters.as_str();
    let sequence = preceded(
        tag::<_, _, nom::error::Error<_>>("["),
        terminated(
            take_while(|c: char| matches!(c, ' '..='?')),
            take_while_m_n(0, 1, |c| matches!(c, '@'..='~')),
        ),
    )
    .parse(text);
    let title = preceded(
        tag::<_, _, nom::error::Error<_>>("]"),
        terminated(
            take_while(|c: char| c != '\u{7}' && c != '\u{1b}'),
            take_while_m_n(0, 1, |c| c == '\u{7}'),
        ),
    )
    .parse(text);
    match sequence.or(title) {
        Ok((rest, _)) => *characters = rest.chars(),
        Err(_) => {
            characters.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_have_added_is_taken_off() {
        assert_eq!(lines("> > 45\u{a0}00\r\n"), ["45 00", "", ""]);
        assert_eq!(lines("\u{1b}[1;32m45\u{1b}[0m 00"), ["45 00"]);
        assert_eq!(lines("\u{1b}]0;a title\u{7}45"), ["45"]);
        assert_eq!(lines("│00│ \u{201c}a\u{201d} …"), ["|00| \"a\" ..."]);
        assert_eq!(lines("45 00 >....<"), ["45 00 >....<"]);
    }
}
