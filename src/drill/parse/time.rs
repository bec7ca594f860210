//! When something happens: `0.1`, `+0.1`, `0.1~0.2`, `*`, and until when a call may wait.

use std::time::Duration;

use super::token::{Kind, short};
use super::{Parser, Span};
use crate::drill::script::When;
use crate::mistake::Mistake;

/// The time of an event as it is written.
pub(super) struct Time {
    pub when: When,
    /// Behind `...`: when a call has to come back.
    pub until: Option<When>,
    pub span: Span,
    /// From `...` on.
    end: Span,
}

impl Time {
    /// It is no range, and not any time.
    pub fn is_one(&self) -> Result<(), Mistake> {
        match self.when {
            When::At { from, to, .. } if from == to => Ok(()),
            _ => {
                let message = "only what is expected, with `>`, may come in a range of times or at any time";
                Err(Mistake::new(self.span.clone(), message))
            }
        }
    }

    /// It is no time of a call that waits.
    pub fn has_no_end(&self) -> Result<(), Mistake> {
        match self.until {
            None => Ok(()),
            Some(_) => {
                let message = "only a call takes time";
                Err(Mistake::new(self.end.clone(), message)
                    .hint("a range of times is written with `~`: 0.1~0.2"))
            }
        }
    }
}

impl Parser<'_> {
    /// The time of an event.
    pub fn time(&mut self) -> Result<Time, Mistake> {
        let start = self.span().start;
        if !matches!(self.peek(), Kind::Sign("*" | "+") | Kind::Number(_)) {
            return Err(self.no_time());
        }
        let when = if self.take("*") { When::Any } else { self.range(None)? };
        let span = self.from(start);
        let end = self.span().start;
        let until = match self.is("...") {
            true => {
                self.advance();
                Some(self.until(&when)?)
            }
            false => None,
        };
        let unit = self.word().filter(|word| self.token.glued && matches!(*word, "s" | "ms" | "us" | "sec"));
        if unit.is_some() {
            return Err(Mistake::new(self.span(), "times are in seconds, without a unit"));
        }
        Ok(Time { when, until, span, end: self.from(end) })
    }

    /// There has to be a time, and there is none.
    fn no_time(&mut self) -> Mistake {
        const WANTED: &str = "the time of an event, such as 0.1 or +0.1,";
        let next = self.ahead();
        let is_option = next.kind == Kind::Sign("-") && next.glued;
        match self.peek() {
            Kind::Sign("-") if is_option => {
                Mistake::new(self.span(), "options stand at the top, above everything that happens")
            }
            Kind::Sign("-") => {
                Mistake::new(self.span(), "an event begins with its time, and that is never negative")
            }
            Kind::Sign("<" | ">") | Kind::Word(_) => {
                self.unexpected(WANTED).hint("`+0` is right behind what stands before it")
            }
            _ => self.unexpected(WANTED),
        }
    }

    /// When a call that begins at a time has to come back. A number without a plus counts from where the time of the call
    /// counts from: `+0...0.2` is 0.2 seconds behind the event before it, as `+0...+0.2` is.
    fn until(&mut self, begin: &When) -> Result<When, Mistake> {
        let start = self.span().start;
        let When::At { relative, from: earliest, .. } = *begin else {
            return Err(Mistake::new(self.span(), "a call begins at one time, not at any"));
        };
        let until = self.range(Some(relative))?;
        match until {
            When::At { from, .. } if from < earliest => {
                Err(Mistake::new(self.from(start), "the call would come back before it begins"))
            }
            until => Ok(until),
        }
    }

    /// A time, or two with `~` between them; without a plus, they count from what `base` says, or from the start of the script.
    fn range(&mut self, base: Option<bool>) -> Result<When, Mistake> {
        let start = self.span().start;
        let plus = self.plus(base)?;
        let relative = plus || base == Some(true);
        let from = self.seconds("a number of seconds")?;
        if !self.take("~") {
            return Ok(When::At { relative, from, to: from });
        }
        self.plus(Some(relative))?;
        let to = self.seconds("a number of seconds, where the range ends,")?;
        match to < from {
            true => Err(Mistake::new(self.from(start), "this range of times runs backwards")),
            false => Ok(When::At { relative, from, to }),
        }
    }

    /// Takes a plus, which cannot stand where times count from the start of the script already.
    fn plus(&mut self, base: Option<bool>) -> Result<bool, Mistake> {
        match (self.is("+"), base) {
            (true, Some(false)) => {
                let message = "with `+` this counts from the event before, and what stands before it from the start of the script";
                Err(Mistake::new(self.span(), message).hint("write a plus at both, or at none"))
            }
            (there, _) => {
                if there {
                    self.advance();
                }
                Ok(there)
            }
        }
    }

    /// A number of seconds, down to nanoseconds; what is finer is left out.
    pub fn seconds(&mut self, wanted: &str) -> Result<Duration, Mistake> {
        let Kind::Number(text) = *self.peek() else {
            return Err(match self.is("-") {
                true => Mistake::new(self.span(), "a time is never negative"),
                false => self.unexpected(wanted),
            });
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_decimal = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
        if !is_decimal(whole) || !is_decimal(fraction) {
            let message = format!("`{}` is no number of seconds, such as 1, 0.25 or .001", short(text));
            return Err(Mistake::new(self.span(), message));
        }
        match nanoseconds(whole, fraction) {
            Some(time) => {
                self.advance();
                Ok(Duration::from_nanos(time))
            }
            None => {
                let message = format!("a time is at most {} seconds", u64::MAX / NANOSECONDS);
                Err(Mistake::new(self.span(), message))
            }
        }
    }
}

const NANOSECONDS: u64 = 1_000_000_000;

/// What decimal digits before and behind the dot are.
fn nanoseconds(whole: &str, fraction: &str) -> Option<u64> {
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let fraction =
        digits.fold(0u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit & 0xf)));
    whole.checked_mul(NANOSECONDS)?.checked_add(fraction)
}
