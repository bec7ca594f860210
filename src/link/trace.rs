//! Rates that change over time, as they were measured or as they are written down.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::Rate;
use super::words::duration;
use crate::mistake::Mistake;
use crate::time::Time;

/// A rate over time, that begins at [`Time::ZERO`].
///
/// ```
/// use layercake::link::{Rate, Trace};
/// use layercake::time::Time;
///
/// let trace = Trace::parse("0s 10Mbit\n1s 1.5Mbit\n3s repeat\n")?;
/// let second = |seconds| Time::new(seconds, 0);
/// assert_eq!([0, 1, 2, 3, 4].map(|n| trace.at(second(n)).bits_per_second() / 100_000), [100, 15, 15, 100, 15]);
/// assert_eq!(trace.next_change(second(2)), Some(second(3)));
/// # Ok::<(), layercake::mistake::Mistake>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// From when on, in nanoseconds, and how fast; the first from 0 on, each later than the one before and of another rate.
    steps: Vec<(u64, Rate)>,
    /// After how many nanoseconds it begins again.
    repeats: Option<u64>,
}

/// The lines that are read.
const LINES: usize = 1_000_000;

/// What can go at each of the times of Mahimahi's format, in bits.
const OPPORTUNITY: u128 = 1_504 * 8;

/// A millisecond, and what rates are taken over, in nanoseconds.
const MILLISECOND: u64 = 1_000_000;
const WINDOW: u64 = 100 * MILLISECOND;

/// A line: its place, and the words in it.
type Line<'a> = (usize, &'a str);

impl Trace {
    /// Reads a trace; what begins with `#`, and what is empty, is left out. There are two forms:
    ///
    /// - `TIME RATE` on each line: `0s 10Mbit`, `1.5s 300kbit`. The rate holds until the time of the next line, the last one for ever; or a
    ///   last line `10s repeat` says when it all begins again. A rate of `0bit` lets nothing through.
    /// - Mahimahi's: a whole number on each line, the millisecond at which 1,504 bytes can go, the same number as often as so many can. After the
    ///   last it begins again. Here that becomes a rate for each 100 milliseconds, and one for what is left at the end, so that as much can go
    ///   in a round as in the original: what is at 100 ms belongs to the first 100.
    ///
    /// # Errors
    /// What is wrong and where; more than 1,000,000 lines are too many.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let mut lines = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at + (line.len() - line.trim_start().len());
            at += line.len();
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if lines.len() == LINES {
                return Err(wrong(&(start, line), format!("a trace has at most {LINES} lines")));
            }
            lines.push((start, line));
        }
        match lines.first() {
            None => Err(Mistake::new(text.len()..text.len(), "there is no line in this trace")
                .hint("write 0s 10Mbit")),
            Some((_, first)) if first.bytes().all(|byte| byte.is_ascii_digit()) => opportunities(&lines),
            Some(_) => written(&lines),
        }
    }

    /// The rate at an instant.
    pub fn at(&self, time: Time) -> Rate {
        self.step(self.place(time).1).map_or(Rate::bit(0), |(_, rate)| *rate)
    }

    /// When the rate is another one for the first time after an instant; `None` if it stays.
    pub fn next_change(&self, time: Time) -> Option<Time> {
        let (round, place) = self.place(time);
        let after = self.steps.partition_point(|(from, _)| *from <= place);
        let next = match (self.steps.get(after), self.repeats) {
            (Some((from, _)), _) => round.checked_add(*from),
            (None, None) => None,
            (None, Some(length)) => {
                // Where it ends as it begins, there is no change in between.
                let ((_, first), (_, last)) = (self.steps.first()?, self.steps.last()?);
                let same = first == last;
                let from = if same { self.steps.get(1)?.0 } else { 0 };
                round.checked_add(length)?.checked_add(from)
            }
        };
        next.map(Time::from_nanoseconds).filter(|next| *next < Time::NEVER)
    }

    /// When the round began in which an instant is, and how far it is in it.
    fn place(&self, time: Time) -> (u64, u64) {
        let time = time.nanoseconds();
        let place = self.repeats.and_then(|length| time.checked_rem(length)).unwrap_or(time);
        (time - place, place)
    }

    fn step(&self, place: u64) -> Option<&(u64, Rate)> {
        self.steps.get(..self.steps.partition_point(|(from, _)| *from <= place))?.last()
    }

    /// Another rate from then on, which is later than all before.
    fn push(&mut self, from: u64, rate: Rate) {
        if self.steps.last().is_none_or(|(_, last)| *last != rate) {
            self.steps.push((from, rate));
        }
    }
}

/// Times with rates.
fn written(lines: &[Line<'_>]) -> Result<Trace, Mistake> {
    let mut trace = Trace { steps: Vec::new(), repeats: None };
    let mut last = None;
    for line in lines {
        let (start, text) = *line;
        if trace.repeats.is_some() {
            return Err(wrong(line, "nothing comes behind a repeat"));
        }
        let Some((time, rest)) = text.split_once(|sign: char| sign.is_ascii_whitespace()) else {
            return Err(wrong(line, format!("{text} is no time with a rate")).hint("write 0s 10Mbit"));
        };
        let in_time = start..start + time.len();
        let Some(from) = duration(time).and_then(|time| u64::try_from(time.as_nanos()).ok()) else {
            return Err(Mistake::new(in_time, format!("{time} is no time: a number with s, ms, us or ns"))
                .hint("write 0s 10Mbit"));
        };
        match last {
            None if from > 0 => return Err(Mistake::new(in_time, "the first line is that of 0s")),
            Some(before) if from <= before => {
                return Err(Mistake::new(in_time, "this is not later than the line before"));
            }
            _ => {}
        }
        let rest = rest.trim_start();
        let in_rate = start + text.len() - rest.len()..start + text.len();
        if rest == "repeat" && last.is_some() {
            trace.repeats = Some(from);
        } else {
            let no_rate = |_| {
                Mistake::new(in_rate, format!("{rest} is no rate: a number with bit, kbit, mbit or gbit"))
                    .hint("write 10Mbit, or repeat on the last line")
            };
            trace.push(from, rest.parse().map_err(no_rate)?);
        }
        last = Some(from);
    }
    Ok(trace)
}

/// Milliseconds at which something can go.
fn opportunities(lines: &[Line<'_>]) -> Result<Trace, Mistake> {
    let mut times = Vec::with_capacity(lines.len());
    for line in lines {
        let milliseconds = line.1.bytes().all(|byte| byte.is_ascii_digit()).then_some(line.1);
        let time = milliseconds.and_then(|text| text.parse::<u64>().ok()?.checked_mul(MILLISECOND));
        let time = time.ok_or_else(|| {
            wrong(line, format!("{} is no whole number of milliseconds", line.1)).hint("write 20")
        })?;
        if times.last().is_some_and(|last| time < *last) {
            return Err(wrong(line, "this is earlier than the line before"));
        }
        times.push(time);
    }
    let (length, last) = (times.last().copied().unwrap_or(0), lines.last().map_or((0, ""), |line| *line));
    if length == 0 {
        return Err(wrong(&last, "the last number says when it begins again, and has to be above 0"));
    }
    let mut trace = Trace { steps: Vec::new(), repeats: Some(length) };
    let window = |time: &u64| time.saturating_sub(1) / WINDOW;
    let mut end = 0;
    for together in times.chunk_by(|one, next| window(one) == window(next)) {
        let start = together.first().map_or(0, window) * WINDOW;
        if start > end {
            trace.push(end, Rate::bit(0));
        }
        end = start.saturating_add(WINDOW).min(length);
        let bits = OPPORTUNITY * together.len() as u128;
        let rate = (bits * 1_000_000_000).checked_div(u128::from(end - start)).unwrap_or(0);
        trace.push(start, Rate::bit(u64::try_from(rate).unwrap_or(u64::MAX)));
    }
    Ok(trace)
}

/// A whole line is wrong.
fn wrong((start, text): &Line<'_>, message: impl Into<String>) -> Mistake {
    let place: Range<usize> = *start..start + text.len();
    Mistake::new(place, message)
}
