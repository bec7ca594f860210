//! The lines around a packet: times, directions, titles, how many bytes it says there are.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n, take_while1};
use nom::character::complete::{char, digit1, one_of, space0, space1, u32 as number};
use nom::combinator::{all_consuming, map_opt, opt, rest, value, verify};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::reading::{Candidate, Direction, Format, Options, Pasted, Reading};
use super::score::{SURE, Start};
use crate::time::Time;

/// What the lines above a packet say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Head {
    time: Option<(Time, bool)>,
    direction: Option<Direction>,
    /// How many bytes there are.
    bytes: Option<usize>,
    /// It repeats what other packets hold.
    derived: bool,
}

/// Lines above a packet that are read.
const LINES_ABOVE: usize = 400;

/// Makes the reading of a candidate, with what its other lines say.
pub(super) fn finish(candidate: Candidate, start: &Start, lines: &[String], options: &Options) -> Reading {
    let Candidate { name, format, packets, .. } = candidate;
    let link_is_sure = start.score >= SURE || options.link.is_some();
    let mut kept: Vec<Pasted> = Vec::with_capacity(packets.len());
    let (mut derived, mut no_date, mut from) = (0usize, false, 0usize);
    let indents = format == Format::Dump && tabs(&packets, lines);
    for mut packet in packets {
        // In a list or a string there may be heads in the line itself.
        let above = from.max(packet.lines.start.saturating_sub(LINES_ABOVE))..packet.lines.start;
        from = packet.lines.end;
        let mut head = Head::default();
        for line in lines.get(above).unwrap_or_default() {
            head = read(line, head);
        }
        if head.derived {
            derived = derived.saturating_add(1);
            continue;
        }
        if let Some((time, dated)) = head.time {
            packet.time = Some(time);
            no_date |= !dated;
        }
        packet.direction = head.direction;
        if indents {
            let tab = lines.get(packet.lines.start).is_some_and(|line| line.starts_with(char::is_whitespace));
            packet.direction = Some(if tab { Direction::Inbound } else { Direction::Outbound });
        }
        if let Some(bytes) = head.bytes.filter(|bytes| *bytes > packet.bytes.len()) {
            let there = packet.bytes.len();
            packet
                .missing
                .get_or_insert_with(|| format!("the text says {bytes} bytes, {there} are there").into());
        }
        start.fill(&mut packet);
        kept.push(packet);
    }
    let (link, lost) = (start.link, start.lost);
    Reading { name, format, packets: kept, link, link_is_sure, lost, derived, no_date }
}

/// tshark shows what the server sends one tab further in.
fn tabs(packets: &[Pasted], lines: &[String]) -> bool {
    let tab = |packet: &&Pasted| lines.get(packet.lines.start).is_some_and(|line| line.starts_with('\t'));
    let tabs = packets.iter().filter(tab).count();
    tabs > 0 && tabs < packets.len()
}

/// What a line adds to what those before it have said.
fn read(line: &str, head: Head) -> Head {
    let (text, direction) = match all_consuming(direction).parse(line) {
        Ok((_, (direction, text))) => (text, Some(direction)),
        Err(_) => (line.trim_start(), None),
    };
    let mut next = Head { direction: direction.or(head.direction), ..head };
    if let Ok((behind, time)) = time(text) {
        next = Head { time: Some(time), direction, ..Head::default() };
        if let Ok((_, direction)) = interface(behind) {
            next.direction = Some(direction);
        }
    }
    if let Ok((_, (frame, bytes))) = title(text.trim_end()) {
        (next.derived, next.bytes) = (!frame, Some(bytes));
    }
    if let Some(at) = line.find("[RX len=").or(line.find("[TX len="))
        && let Some(length) = line.get(at.saturating_add(8)..)
        && let Ok((_, bytes)) = digit1::<_, nom::error::Error<_>>(length)
    {
        next.bytes = bytes.parse().ok();
        let inbound = line.get(at..).is_some_and(|rest| rest.starts_with("[RX"));
        next.direction = Some(if inbound { Direction::Inbound } else { Direction::Outbound });
    }
    next
}

/// `I 2019-05-14T19:04:57Z`: the letter, and what stands behind it.
fn direction(line: &str) -> IResult<&str, (Direction, &str)> {
    let letter = alt((value(Direction::Inbound, one_of("Ii<")), value(Direction::Outbound, one_of("Oo>"))));
    let behind = alt((
        preceded(space1, verify(rest, |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit()))),
        tag(""),
    ));
    (letter, terminated(behind, space0)).parse(line)
}

/// ` port1 in 127.0.0.53.53 -> 127.0.0.1`: FortiGate.
fn interface(text: &str) -> IResult<&str, Direction> {
    let name = take_while1(|c: char| !c.is_whitespace());
    let way = alt((value(Direction::Inbound, tag("in")), value(Direction::Outbound, tag("out"))));
    delimited((space1, name, space1), way, space1).parse(text)
}

/// `Frame (88 bytes):`, `Reassembled TCP (214 bytes):`.
fn title(line: &str) -> IResult<&str, (bool, usize)> {
    let name = take_while1(|c: char| c != '(' && c != ':');
    let bytes = delimited(char('('), map_opt(digit1, |digits: &str| digits.parse().ok()), tag(" bytes):"));
    let (rest, (name, bytes)) = all_consuming((name, bytes)).parse(line)?;
    Ok((rest, (name.trim() == "Frame", bytes)))
}

/// A time at the beginning of a line; whether it has a date.
fn time(text: &str) -> IResult<&str, (Time, bool)> {
    let dated = map_opt(
        (date, one_of(" T"), clock, opt((space0, alt((tag("Z"), tag("UTC")))))),
        |(days, _, (seconds, nanoseconds), _)| stamp(days, seconds, nanoseconds).map(|time| (time, true)),
    );
    // Cisco: 10:12:33.123 UTC Nov 22 2026
    let behind = map_opt(
        (
            clock,
            space1,
            take_while_m_n(3, 4, |c: char| c.is_ascii_uppercase()),
            space1,
            month,
            space1,
            number,
            space1,
            number,
        ),
        |((seconds, nanoseconds), _, _, _, month, _, day, _, year)| {
            stamp(days(year, month, day)?, seconds, nanoseconds).map(|time| (time, true))
        },
    );
    let epoch = map_opt(
        (opt(preceded(tag("Epoch Time:"), space0)), verify(digit1, |d: &str| d.len() == 10), fraction),
        |(_, seconds, nanoseconds)| Some((Time::new(seconds.parse().ok()?, u64::from(nanoseconds)), true)),
    );
    let bare =
        map_opt(clock, |(seconds, nanoseconds)| stamp(0, seconds, nanoseconds).map(|time| (time, false)));
    alt((dated, behind, epoch, bare)).parse(text)
}

fn stamp(days: u32, seconds: u32, nanoseconds: u32) -> Option<Time> {
    let seconds = days.checked_mul(86_400)?.checked_add(seconds)?;
    Some(Time::new(seconds, u64::from(nanoseconds)))
}

/// `2026-11-22`, as days since 1970.
fn date(text: &str) -> IResult<&str, u32> {
    let sign = || one_of("-/");
    map_opt((number, sign(), number, sign(), number), |(year, _, month, _, day)| days(year, month, day))
        .parse(text)
}

fn month(text: &str) -> IResult<&str, u32> {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    map_opt(take_while_m_n(3, 3, |c: char| c.is_ascii_alphabetic()), |name: &str| {
        let at = NAMES.iter().position(|month| *month == name)?;
        u32::try_from(at.saturating_add(1)).ok()
    })
    .parse(text)
}

/// `09:47:57.721555` or `09:47:57`, as seconds of the day and nanoseconds.
fn clock(text: &str) -> IResult<&str, (u32, u32)> {
    let (rest, (hours, _, minutes, _, seconds, nanoseconds)) =
        (two, char(':'), two, char(':'), two, opt(fraction)).parse(text)?;
    let seconds =
        hours.saturating_mul(3600).saturating_add(minutes.saturating_mul(60)).saturating_add(seconds);
    match rest.chars().next() {
        // An address of six pairs begins the same.
        Some(':') => Err(nom::Err::Error(nom::error::Error::new(text, nom::error::ErrorKind::Digit))),
        _ => Ok((rest, (seconds, nanoseconds.unwrap_or(0)))),
    }
}

fn two(text: &str) -> IResult<&str, u32> {
    map_opt(take_while_m_n(2, 2, |c: char| c.is_ascii_digit()), |digits: &str| {
        digits.parse().ok().filter(|number| *number <= 60)
    })
    .parse(text)
}

/// `.721555`, as nanoseconds.
fn fraction(text: &str) -> IResult<&str, u32> {
    map_opt(preceded(one_of(".,"), digit1), |digits: &str| {
        let digits = digits.get(..9.min(digits.len()))?;
        let scale = 10u32.checked_pow(9u32.checked_sub(u32::try_from(digits.len()).ok()?)?)?;
        digits.parse::<u32>().ok()?.checked_mul(scale)
    })
    .parse(text)
}

/// Days since 1 January 1970 of a day in the Gregorian calendar, which this century and the last go by.
fn days(year: u32, month: u32, day: u32) -> Option<u32> {
    if !(1970..=2099).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    const BEFORE: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap = u32::from(month > 2 && year.is_multiple_of(4));
    let years = year.checked_sub(1970)?;
    // Between 1970 and 2099 every fourth year is a leap year.
    let leaps = years.checked_add(1)?.checked_div(4)?;
    let before = BEFORE.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    years
        .checked_mul(365)?
        .checked_add(leaps)?
        .checked_add(*before)?
        .checked_add(leap)?
        .checked_add(day.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(line: &str) -> Head {
        read(line, Head::default())
    }

    #[test]
    fn times_and_directions() {
        let seconds = |line: &str| head(line).time.map(|(time, dated)| (time.to_string(), dated));
        // The figures are those of `date -u +%s -d`.
        let at = |text: &str, dated| Some((String::from(text), dated));
        assert_eq!(seconds("2026-11-22 09:47:57.721555 port1 in x"), at("1795340877.721555000", true));
        assert_eq!(seconds("I 2026-11-22T09:47:57Z"), at("1795340877.000000000", true));
        assert_eq!(seconds("10:12:33.123 UTC Nov 22 2026 : IPv4"), at("1795342353.123000000", true));
        assert_eq!(seconds("1795340877.721555 IP"), at("1795340877.721555000", true));
        assert_eq!(seconds("09:47:57.5 IP 1"), at("35277.500000000", false));
        assert_eq!(seconds("2024-02-29 00:00:00 x"), at("1709164800.000000000", true));
        assert_eq!(seconds("00:11:22:33:44:55 > x"), None);
        assert_eq!(head("O 2026-11-22T09:47:57Z").direction, Some(Direction::Outbound));
        assert_eq!(head("2026-11-22 09:47:57.721555 port1 in x -> y").direction, Some(Direction::Inbound));
        assert_eq!(head("pkt 1:"), Head::default());
        assert!(head("Reassembled TCP (214 bytes):").derived);
        assert_eq!(head("Frame (88 bytes):").bytes, Some(88));
    }
}
