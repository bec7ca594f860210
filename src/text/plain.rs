//! Hex without offsets, base64, and what is wrong with a text that is neither.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::char;
use nom::combinator::{all_consuming, opt};
use nom::{IResult, Parser};

use super::column;
use super::dump::last_row;
use super::reading::{BadText, Candidate, Format, LONGEST_PACKET, Offsets, Options, Order, Pasted, Problem};
use super::rows::Cell;

/// A run of hex in a line.
#[derive(Clone, Debug, Default)]
struct Run {
    line: usize,
    start: usize,
    bytes: Vec<u8>,
    /// There is nothing else in the line.
    alone: bool,
    /// The characters beside the bytes say the same.
    said: bool,
}

/// A word of hex digits, with its place in the line.
struct Piece<'a> {
    start: usize,
    end: usize,
    digits: &'a str,
}

/// The words of a line: letters and digits; of each, whether it is hex, and whether what stands before it is light.
fn pieces(line: &str) -> Vec<(Option<Piece<'_>>, bool)> {
    let mut found = Vec::new();
    let mut start = None;
    let mut end = 0usize;
    for (at, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (c.is_alphanumeric() || c == '_', start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                start = None;
                let light = light(line.get(end..from).unwrap_or_default());
                let word = line.get(from..at).unwrap_or_default();
                let piece = hex_word(word).map(|digits| Piece { start: from, end: at, digits });
                found.push((piece, light));
                end = at;
            }
            _ => {}
        }
    }
    found
}

/// `4c`, `0x4c`, `4Ch`, `0FEh`: its digits, pairs of them.
fn hex_word(word: &str) -> Option<&str> {
    let digits = take_while1(|c: char| c.is_ascii_hexdigit());
    let parts = (opt(alt((tag("0x"), tag("0X")))), digits, opt(alt((char('h'), char('H')))));
    let parsed: IResult<_, _> = all_consuming(parts).parse(word);
    let (_, (_, digits, suffix)) = parsed.ok()?;
    let digits = match suffix {
        Some(_) if digits.len() == 3 => digits.strip_prefix('0')?,
        Some(_) if digits.len() > 2 => return None,
        _ => digits,
    };
    match digits.len() % 2 {
        0 => Some(digits),
        // A long one has lost its end.
        _ if digits.len() > 16 => digits.get(..digits.len().saturating_sub(1)),
        _ => None,
    }
}

/// Separators that stand between bytes; of points no more than one, because `...` stands for something left out.
fn light(between: &str) -> bool {
    let separator = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | ':' | ';' | '-' | '.' | '"' | '\'' | '|' | '\\' | '{' | '}' | '[' | ']' | '(' | ')'
            )
    };
    !between.contains("..") && between.chars().all(separator)
}

/// The bytes of a word; of a group of two, four or eight in the order that is wanted.
fn decode(digits: &str, order: Order) -> Vec<u8> {
    let mut bytes = hex::decode(digits).unwrap_or_default();
    if order == Order::Little && bytes.len() <= 8 {
        bytes.reverse();
    }
    bytes
}

/// All of a line, if nothing else than hex is in it.
fn whole(line: &str, pieces: &[(Option<Piece<'_>>, bool)], order: Order) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for (piece, light) in pieces {
        bytes.extend(decode(piece.as_ref().filter(|_| *light)?.digits, order));
    }
    let end = pieces.last().and_then(|(piece, _)| Some(piece.as_ref()?.end))?;
    let behind = line.get(end..)?;
    (light(behind) || behind.trim() == "...").then_some(bytes)
}

/// Bytes that a line with other words in it has to have one after another.
const LEAST: usize = 8;

/// The longest run of words of one width in a line.
fn run(at: usize, line: &str, pieces: &[(Option<Piece<'_>>, bool)], known: &Known) -> Option<Run> {
    let mut best: (usize, Range<usize>) = (0, 0..0);
    let mut first = 0usize;
    while first < pieces.len() {
        let mut end = first;
        let (mut bytes, mut width) = (0usize, None);
        for (piece, light) in pieces.get(first..)? {
            let Some(piece) = piece.as_ref().filter(|_| *light || end == first) else { break };
            let length = piece.digits.len() / 2;
            if width.is_some_and(|width| length > width) {
                break;
            }
            bytes = bytes.saturating_add(length);
            end = end.saturating_add(1);
            if width.is_some_and(|width| length < width) {
                break;
            }
            width = Some(length);
        }
        // Where the rows before began, this one does.
        let begins = pieces.get(first).and_then(|(piece, _)| Some(piece.as_ref()?.start));
        if begins.is_some() && begins == known.start {
            best = (bytes, first..end);
            break;
        }
        if bytes > best.0 {
            best = (bytes, first..end);
        }
        first = end.max(first.saturating_add(1));
    }
    let chosen: Vec<&Piece<'_>> =
        pieces.get(best.1)?.iter().filter_map(|(piece, _)| piece.as_ref()).collect();
    let cells: Vec<Cell> = chosen
        .iter()
        .map(|piece| Cell { start: piece.start, end: piece.end, number: 0, bytes: piece.digits.len() / 2 })
        .collect();
    let all: Vec<u8> = chosen.iter().flat_map(|piece| decode(piece.digits, known.order)).collect();
    let start = cells.first()?.start;
    let stride = known.stride.filter(|stride| known.start == Some(start) && *stride <= LONGEST_ROW);
    let taken = |most: usize| all.get(..most.min(all.len())).unwrap_or_default().to_vec();
    let length = last_row(line, &cells, known.column.filter(|_| stride.is_some()), stride, taken);
    let end = cells.iter().scan(0usize, |sum, cell| {
        *sum = sum.saturating_add(cell.bytes);
        Some((*sum, cell.end))
    });
    let end = end.take_while(|(sum, _)| *sum <= length).last().map_or(start, |(_, end)| end);
    let tail = line.get(end..).unwrap_or_default();
    let bytes = taken(length);
    let said = column::says(tail, &bytes);
    // What stands behind must be a column of its own, or words that are no bytes.
    let behind = tail.trim_start();
    let apart = said
        || behind.len() > 1 && tail.len().saturating_sub(behind.len()) > 1
        || behind.starts_with(['|', '>']);
    let more = tail.split_whitespace().any(|word| hex_word(word).is_some_and(|digits| digits.len() == 2));
    if more && !apart {
        return None;
    }
    Some(Run { line: at, start, bytes, alone: false, said })
}

/// What the rows so far have shown.
struct Known {
    order: Order,
    start: Option<usize>,
    stride: Option<usize>,
    column: Option<Option<usize>>,
}

/// The readings of a text as hex without offsets.
pub(super) fn hex(lines: &[String], options: &Options) -> Vec<Candidate> {
    if options.offsets.is_some_and(|offsets| offsets != Offsets::None) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for order in [Order::Big, Order::Little] {
        let groups = || {
            lines.iter().any(|line| {
                pieces(line).iter().any(|(piece, _)| {
                    piece.as_ref().is_some_and(|piece| matches!(piece.digits.len(), 4 | 8 | 16))
                })
            })
        };
        if options.order.is_none_or(|wanted| wanted == order) && (order == Order::Big || groups()) {
            found.extend(ordered(lines, order));
        }
    }
    found
}

/// The readings with the bytes of a group in this order.
fn ordered(lines: &[String], order: Order) -> Vec<Candidate> {
    let mut runs: Vec<Run> = Vec::new();
    let (mut filled, mut pure, mut said) = (0usize, 0usize, 0usize);
    let mut known = Known { order, start: None, stride: None, column: None };
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        filled = filled.saturating_add(1);
        let pieces = pieces(line);
        let alone = whole(line, &pieces, order);
        let row = run(at, line, &pieces, &known);
        let long = row.as_ref().is_some_and(|row| row.said && row.bytes.len() >= LEAST);
        said = said.saturating_add(usize::from(long));
        let taken = match (alone, row) {
            (_, Some(row)) if row.said && row.bytes.len() >= LEAST => Some(row),
            (Some(bytes), row) if said == 0 => {
                let start = row.map_or(0, |row| row.start);
                Some(Run { line: at, start, bytes, alone: true, said: false })
            }
            (_, Some(row)) => {
                let goes_on = runs.last().is_some_and(|before| {
                    before.line.saturating_add(1) == at
                        && before.start == row.start
                        && Some(before.bytes.len()) == known.stride
                });
                Some(row).filter(|row| row.bytes.len() >= LEAST || goes_on)
            }
            _ => None,
        };
        let Some(row) = taken else { continue };
        pure = pure.saturating_add(usize::from(row.alone));
        if known.start != Some(row.start) {
            let column = row.said.then(|| column_of(line, &row)).flatten();
            known = Known {
                order,
                start: Some(row.start),
                stride: Some(row.bytes.len()),
                column: column.map(Some),
            };
        }
        runs.push(row);
    }
    if runs.iter().all(|run| run.bytes.is_empty()) {
        return Vec::new();
    }
    let is_pure = pure == filled;
    // What stands behind bytes that say the same is their column.
    let open_end = runs.last().is_some_and(|run| !run.said);
    let name = match (is_pure, runs.len()) {
        (true, _) => "hex",
        _ if said > 0 => "hex with characters beside it",
        _ => "hex among other text",
    };
    let turned = order == Order::Little;
    let name = format!("{name}{}", if turned { ", groups with the last byte first" } else { "" });
    let weight: i32 = if is_pure || said > 0 { 40 } else { 22 };
    let weight = weight.saturating_sub(if turned { 10 } else { 0 });
    let mut ways = Vec::new();
    if is_pure {
        let regular = runs.split_last().is_some_and(|(last, rows)| {
            let width = rows.first().map_or(0, |row| row.bytes.len());
            rows.iter().all(|row| row.bytes.len() == width) && last.bytes.len() <= width
        });
        let gaps = runs.windows(2).any(|pair| matches!(pair, [a, b] if a.line.saturating_add(1) != b.line));
        let one = if gaps {
            0
        } else if regular {
            3
        } else {
            2
        };
        ways.push((one, together(&runs, |_, _| true)));
        if gaps {
            ways.push((2, together(&runs, |a, b| a.line.saturating_add(1) == b.line)));
        }
    } else {
        let mut stride = 0usize;
        ways.push((
            2,
            together(&runs, |a, b| {
                let adjacent = a.line.saturating_add(1) == b.line && a.start == b.start;
                let whole = (stride == 0 || a.bytes.len() == stride) && a.bytes.len() <= LONGEST_ROW;
                stride = if adjacent && whole { a.bytes.len() } else { 0 };
                adjacent && whole && b.bytes.len() <= a.bytes.len()
            }),
        ));
    }
    if runs.len() > 1 {
        let long = is_pure
            && runs.iter().any(|run| run.bytes.len() != runs.first().map_or(0, |first| first.bytes.len()))
            && runs.iter().all(|run| run.bytes.len() >= 20);
        ways.push((if long { 4 } else { 1 }, together(&runs, |_, _| false)));
    }
    ways.into_iter()
        .map(|(more, mut packets)| {
            if let Some(last) = packets
                .last_mut()
                .filter(|last| last.missing.is_none() && open_end && breaks_off(lines, last))
            {
                last.missing = Some("the text breaks off".into());
            }
            let (name, weight) = (name.clone(), weight.saturating_add(more));
            Candidate { name, format: Format::Hex, packets, weight, link: None }
        })
        .collect()
}

/// Whether half a byte or an ellipsis stands behind the last bytes of a text.
fn breaks_off(lines: &[String], last: &Pasted) -> bool {
    let line = |at: usize| lines.get(at).map_or("", |line| line.trim());
    let end = line(last.lines.end.saturating_sub(1));
    let word =
        end.rsplit(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '-' | '.')).next().unwrap_or("");
    let half = word.trim_start_matches("0x");
    half.len() % 2 == 1 && half.bytes().all(|byte| byte.is_ascii_hexdigit())
        || end.ends_with(" ...")
        || matches!(line(last.lines.end), "..." | "[...]" | "(...)" | "[truncated]")
}

/// Where the characters beside a row begin.
fn column_of(line: &str, row: &Run) -> Option<usize> {
    // The column is as long as the bytes are many, and stands at the end of the line.
    let from = line.trim_end().len().checked_sub(row.bytes.len())?;
    line.get(..from).map(|before| before.trim_end_matches(['|', '>', ' ', '\'']).len().saturating_add(1))
}

/// Lines among other text with more bytes are packets, not rows.
const LONGEST_ROW: usize = 32;

/// Joins runs to packets where `join` says so.
fn together(runs: &[Run], mut join: impl FnMut(&Run, &Run) -> bool) -> Vec<Pasted> {
    let mut packets: Vec<Pasted> = Vec::new();
    let mut before: Option<&Run> = None;
    for run in runs.iter().filter(|run| !run.bytes.is_empty()) {
        let joined = before.is_some_and(|before| join(before, run));
        before = Some(run);
        let end = run.line.saturating_add(1);
        match packets.last_mut().filter(|_| joined) {
            Some(packet) => {
                packet.bytes.extend(&run.bytes);
                packet.lines.end = end;
            }
            None => {
                packets.push(Pasted { bytes: run.bytes.clone(), lines: run.line..end, ..Pasted::default() })
            }
        }
    }
    for packet in &mut packets {
        if packet.bytes.len() > LONGEST_PACKET {
            packet.bytes.truncate(LONGEST_PACKET);
            packet.missing = Some("it is longer than packets are".into());
        }
    }
    packets
}

/// The readings of a text as base64: all of it, or what is quoted in it.
pub(super) fn base64(lines: &[String]) -> Vec<Candidate> {
    let mut joined: Vec<Pasted> = Vec::new();
    let mut apart: Vec<Pasted> = Vec::new();
    let mut block = (String::new(), 0usize);
    let mut weight = 25i32;
    let blank = String::new();
    for (at, line) in lines.iter().chain([&blank]).enumerate() {
        let content = quoted(line.trim());
        if !content.is_empty() && !content.starts_with("-----") {
            if block.0.is_empty() {
                block.1 = at;
            }
            block.0.push_str(content);
            apart.extend(unbase(content).map(|(bytes, _)| packet(bytes, at..at.saturating_add(1))));
        } else if !block.0.is_empty() {
            let Some((bytes, mixed)) = unbase(&block.0) else { return Vec::new() };
            weight = if mixed { weight } else { 10 };
            joined.push(packet(bytes, block.1..at));
            block.0.clear();
        }
    }
    let candidate = |packets, weight| Candidate {
        name: "base64".into(),
        format: Format::Base64,
        packets,
        weight,
        link: None,
    };
    let mut found = Vec::new();
    if apart.len() > joined.len() {
        found.push(candidate(apart, weight.saturating_sub(1)));
    }
    found.push(candidate(joined, weight));
    found
}

fn packet(mut bytes: Vec<u8>, lines: Range<usize>) -> Pasted {
    bytes.truncate(LONGEST_PACKET);
    Pasted { bytes, lines, ..Pasted::default() }
}

/// What stands in quotes, or behind the head of a data URL, or else all of it.
fn quoted(line: &str) -> &str {
    let line = line.rsplit_once("base64,").map_or(line, |(_, content)| content);
    let longest = line.split(['"', '\'']).skip(1).step_by(2).max_by_key(|part| part.len());
    longest.filter(|part| part.len() >= 16).unwrap_or(line)
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The bytes of a text in base64 that is no hex, and whether it has all kinds of digits, so that it is no word.
fn unbase(text: &str) -> Option<(Vec<u8>, bool)> {
    let all = text.as_bytes();
    let kinds: [fn(&u8) -> bool; 3] = [u8::is_ascii_uppercase, u8::is_ascii_lowercase, u8::is_ascii_digit];
    let mixed = kinds.iter().filter(|kind| all.iter().any(*kind)).count() == kinds.len();
    let hex = all.iter().all(u8::is_ascii_hexdigit);
    if hex || all.len() < 20 {
        return None;
    }
    Some((STANDARD.decode(text).or_else(|_| URL.decode(text)).ok()?, mixed))
}

/// Why there is no packet in a text, and where to look.
pub(super) fn explain(text: &str, options: &Options) -> BadText {
    let asked = *options != Options { link: options.link, ..Options::default() };
    let mut odd = None;
    let mut strange = None;
    let mut filled = false;
    for (at, word) in spread(text) {
        filled = true;
        let span = at..at.saturating_add(word.len());
        let digits = word.strip_prefix("0x").or(word.strip_prefix("0X")).unwrap_or(word);
        let parts = digits.split([',', ':', ';', '-', '.', '"', '\'']).filter(|part| !part.is_empty());
        let is_hex = !digits.contains("..")
            && parts.clone().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if !is_hex {
            strange = Some(span);
            break;
        }
        if odd.is_none() && parts.clone().any(|part| part.len() % 2 == 1) {
            odd = Some(span);
        }
    }
    let (problem, span) = match (filled, odd, strange) {
        (false, ..) => (Problem::Empty, 0..text.len()),
        (_, Some(span), _) => (Problem::Odd, span),
        (_, None, Some(span)) => (Problem::NotHex, span),
        _ if asked => (Problem::NotAsAsked, 0..text.trim_end().len()),
        _ => (Problem::NotHex, 0..text.trim_end().len()),
    };
    BadText { problem, span }
}

/// The words of a text with their places.
fn spread(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0usize;
    text.split_inclusive(char::is_whitespace).filter_map(move |part| {
        let start = at;
        at = at.saturating_add(part.len());
        let word = part.trim_end();
        let bare = word.trim_start_matches('\u{feff}');
        let start = start.saturating_add(word.len().saturating_sub(bare.len()));
        (!bare.is_empty()).then_some((start, bare))
    })
}
