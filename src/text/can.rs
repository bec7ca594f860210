//! Frames of CAN, a line each: `can0  123   [3]  11 22 33` and `(1436509052.249713) can0 123#112233` of candump, and
//! `t1233112233` of serial adapters. They become frames as Linux captures them (link type 227).

use alloc::string::String;
use alloc::vec::Vec;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n, take_while1};
use nom::character::complete::{anychar, char, digit1, one_of, space0, space1, u8 as number};
use nom::combinator::{all_consuming, map_opt, opt, peek, rest, value, verify};
use nom::multi::many_m_n;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::reading::{Candidate, Format, Pasted};
use crate::names::LinkType;
use crate::time::Time;

/// A frame of CAN as its line has it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Can {
    time: Option<Time>,
    /// With the flags of extended, remote and error frames in the upper bits.
    identifier: u32,
    /// The flags of CAN FD, where it is one.
    flags: u8,
    /// How many bytes it says it has.
    length: u8,
    data: Vec<u8>,
}

const EXTENDED: u32 = 0x8000_0000;
const REMOTE: u32 = 0x4000_0000;
/// In the flags of a frame: it is one of CAN FD.
const FD: u8 = 4;

/// The reading of a text whose lines are frames of CAN, if half of them are.
pub(super) fn frames(lines: &[String]) -> Option<Candidate> {
    let mut packets = Vec::new();
    let mut filled = 0usize;
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        filled = filled.saturating_add(1);
        let Ok((_, can)) = all_consuming(frame).parse(line.trim()) else { continue };
        let missing = (can.data.len() < usize::from(can.length) && can.identifier & REMOTE == 0)
            .then_some("the line ends before all bytes that it says it has".into());
        let mut bytes = can.identifier.to_be_bytes().to_vec();
        bytes.extend([can.length, can.flags, 0, 0]);
        bytes.extend(&can.data);
        let (time, lines) = (can.time, at..at.saturating_add(1));
        packets.push(Pasted { bytes, time, missing, lines, ..Pasted::default() });
    }
    let enough = !packets.is_empty() && packets.len().saturating_mul(2) >= filled;
    enough.then_some(Candidate {
        name: "frames of CAN".into(),
        format: Format::Hex,
        packets,
        weight: 60,
        link: Some(LinkType::CAN_SOCKETCAN),
    })
}

fn frame(line: &str) -> IResult<&str, Can> {
    let (line, time) = opt(terminated(time, space1)).parse(line)?;
    let (line, can) = alt((table, log, serial)).parse(line)?;
    Ok((line, Can { time, ..can }))
}

/// `(1436509052.249713)`: seconds since 1970, or since the first frame.
fn time(line: &str) -> IResult<&str, Time> {
    let fraction = preceded(char('.'), digits_of_six);
    map_opt(delimited(char('('), (digit1, fraction), char(')')), |(seconds, microseconds): (&str, u64)| {
        Some(Time::new(seconds.parse().ok()?, microseconds.checked_mul(1000)?))
    })
    .parse(line)
}

fn digits_of_six(line: &str) -> IResult<&str, u64> {
    let six = take_while_m_n(6, 6, |c: char| c.is_ascii_digit());
    map_opt(six, |digits: &str| digits.parse().ok()).parse(line)
}

fn hex(count: usize) -> impl Fn(&str) -> IResult<&str, u32> {
    move |line| {
        let digits = take_while_m_n(count, count, |c: char| c.is_ascii_hexdigit());
        map_opt(digits, |digits: &str| u32::from_str_radix(digits, 16).ok()).parse(line)
    }
}

fn byte(line: &str) -> IResult<&str, u8> {
    map_opt(hex(2), |byte| u8::try_from(byte).ok()).parse(line)
}

/// Eight digits where it is an extended one, or three.
fn identifier(line: &str) -> IResult<&str, u32> {
    let extended = map_opt(hex(8), |number| {
        // An error frame has its flag in the number.
        if number >> 29 == 0 { Some(number | EXTENDED) } else { (number >> 29 == 1).then_some(number) }
    });
    alt((extended, verify(hex(3), |number| *number <= 0x7ff))).parse(line)
}

fn interface(line: &str) -> IResult<&str, &str> {
    take_while1(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).parse(line)
}

/// `can0  RX - -  123   [3]  11 22 33   '."3'`.
fn table(line: &str) -> IResult<&str, Can> {
    let way = (alt((tag("RX"), tag("TX"))), space1, one_of("-B"), space1, one_of("-E"), space1);
    let digits = map_opt(digit1, |digits: &str| digits.parse::<u8>().ok());
    let length = delimited(char('['), preceded(space0, digits), char(']'));
    let mut head = (interface, space1, opt(way), identifier, space1, length, space0);
    let (line, (.., identifier, _, length, _)) = head.parse(line)?;
    let remote = value(true, tag("remote request"));
    let (line, remote) = opt(remote).parse(line)?;
    if length > 64 {
        return Err(nom::Err::Error(nom::error::Error::new(line, nom::error::ErrorKind::Verify)));
    }
    let most = usize::from(length);
    let (line, data) = match remote {
        Some(_) => (line, Vec::new()),
        None => many_m_n(0, most, terminated(byte, alt((space1, peek(tag("'")), nom::combinator::eof))))
            .parse(line)?,
    };
    // The characters beside it; what is neither is no frame.
    let (line, _) =
        alt((nom::combinator::eof, tag("ERRORFRAME"), preceded(peek(char('\'')), rest))).parse(line)?;
    let flags = if length > 8 { FD } else { 0 };
    let identifier = if remote.is_some() { identifier | REMOTE } else { identifier };
    Ok((line, Can { time: None, identifier, flags, length, data }))
}

/// `can0 123#112233`, `can0 123#R`, `can0 123##1112233`, and what newer versions write behind it.
fn log(line: &str) -> IResult<&str, Can> {
    let (line, (_, _, mut identifier, _)) = (interface, space1, identifier, char('#')).parse(line)?;
    let pairs = |most| many_m_n(0, most, terminated(byte, opt(char('.'))));
    let mut direction = opt(preceded(space1, one_of("RT")));
    let (line, (length, flags, data)) =
        if let Ok((line, _)) = char::<_, nom::error::Error<_>>('R').parse(line) {
            identifier |= REMOTE;
            let (line, length) = opt(verify(number, |length| *length <= 8)).parse(line)?;
            (line, (length.unwrap_or(0), 0, Vec::new()))
        } else if let Ok((line, _)) = char::<_, nom::error::Error<_>>('#').parse(line) {
            let (line, flags) = map_opt(anychar, |c: char| c.to_digit(16)).parse(line)?;
            let (line, data) = pairs(64).parse(line)?;
            (line, (u8::try_from(data.len()).unwrap_or(64), flags as u8 | FD, data))
        } else {
            let (line, data) = pairs(8).parse(line)?;
            (line, (u8::try_from(data.len()).unwrap_or(8), 0, data))
        };
    let (line, _) = direction.parse(line)?;
    Ok((line, Can { time: None, identifier, flags, length, data }))
}

/// `t1233112233`, `T12345678211AA`, `r1230`, and a time stamp of four digits behind it.
fn serial(line: &str) -> IResult<&str, Can> {
    let (line, letter) = one_of("tTrR").parse(line)?;
    let (line, identifier) = match letter {
        't' | 'r' => verify(hex(3), |number| *number <= 0x7ff).parse(line)?,
        _ => verify(hex(8), |number| number >> 29 == 0).map(|number| number | EXTENDED).parse(line)?,
    };
    let (line, length) = map_opt(anychar, |c: char| c.to_digit(9)).parse(line)?;
    let remote = matches!(letter, 'r' | 'R');
    let count = if remote { 0 } else { length as usize };
    let (line, data) = many_m_n(count, count, byte).parse(line)?;
    let (line, _) = opt(hex(4)).parse(line)?;
    let identifier = if remote { identifier | REMOTE } else { identifier };
    Ok((line, Can { time: None, identifier, flags: 0, length: length as u8, data }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(u32, u8, u8, Vec<u8>)> {
        let (_, can) = all_consuming(frame).parse(line).ok()?;
        Some((can.identifier, can.length, can.flags, can.data))
    }

    #[test]
    fn lines_of_all_programs() {
        let frame = |identifier, data: &[u8]| Some((identifier, data.len() as u8, 0, data.to_vec()));
        let three = [0x11, 0x22, 0x33];
        assert_eq!(read("can0  123   [3]  11 22 33"), frame(0x123, &three));
        assert_eq!(read("vcan0  RX - -  123   [3]  11 22 33   '.\"3'"), frame(0x123, &three));
        assert_eq!(read("(1436509052.249713) can0 123#112233"), frame(0x123, &three));
        assert_eq!(read("(000.000000)  can0  123  [0]"), frame(0x123, &[]));
        assert_eq!(read("can0 1F334455#11.22.33 R"), frame(0x9f33_4455, &three));
        assert_eq!(read("can0  123   [0]  remote request"), frame(0x4000_0123, &[]));
        assert_eq!(read("can0 123#R"), frame(0x4000_0123, &[]));
        assert_eq!(read("can0 123##1112233"), Some((0x123, 3, 5, three.to_vec())));
        assert_eq!(
            read("can0  20000004   [8]  00 0C 00 00 00 00 00 00   ERRORFRAME"),
            frame(0x2000_0004, &[0, 12, 0, 0, 0, 0, 0, 0])
        );
        assert_eq!(read("t1233112233"), frame(0x123, &three));
        assert_eq!(read("T1F3344553112233ABCD"), frame(0x9f33_4455, &three));
        assert_eq!(read("r1230"), frame(0x4000_0123, &[]));
        // Two of three bytes.
        assert_eq!(read("can0  123   [3]  11 22"), Some((0x123, 3, 0, vec![0x11, 0x22])));
        for no in [
            "45 00 00 1c",
            "0000  45 00 00 1c",
            "can0 fff#00",
            "t123",
            "t12391122",
            "table",
            "can0  123   [3]  11 22 3x",
        ] {
            assert_eq!(read(no), None, "{no}");
        }
    }
}
