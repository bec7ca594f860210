//! A link's configuration as people write it: `loss=1%,delay=20ms`.

use core::num::NonZeroU32;
use core::str::FromStr;
use core::time::Duration;
use std::string::String;

use super::{Config, Framing, Limit, Loss, Probability, Rate, Reorder};
use crate::mistake::Mistake;

/// The words, each with an example; in the order in which they are explained.
const WORDS: [(&str, &str); 10] = [
    ("loss", "loss=1%"),
    ("burst", "burst=4"),
    ("delay", "delay=20ms"),
    ("jitter", "jitter=5ms"),
    ("reorder", "reorder=25%"),
    ("gap", "gap=5"),
    ("dup", "dup=1%"),
    ("corrupt", "corrupt=0.1%"),
    ("rate", "rate=10mbit"),
    ("limit", "limit=1000"),
];

impl FromStr for Config {
    type Err = Mistake;

    /// A list of words with values, each direction of a cable on its own: `loss=1%`, in bursts of 4 frames on average with `burst=4`; `delay=20ms`,
    /// `jitter=5ms` around it, which keeps the order; `reorder=25%` of frames overtake those that are delayed, or of every fifth with `gap=5`; `dup=1%`; `corrupt=0.1%` (one
    /// bit of a frame); `rate=10mbit`, with preamble and gaps of Ethernet; `limit=1000` frames in the queue.
    ///
    /// ```
    /// use core::time::Duration;
    /// use layercake::link::{Config, Loss, Probability};
    ///
    /// let config: Config = "loss=1%, delay=20ms".parse()?;
    /// assert_eq!(config.loss, Loss::Bernoulli(Probability::percent(1)));
    /// assert_eq!(config.delay, Duration::from_millis(20));
    /// assert_eq!("los=1%".parse::<Config>().unwrap_err().to_string(), "los is not known; did you mean loss?");
    /// # Ok::<(), layercake::mistake::Mistake>(())
    /// ```
    fn from_str(text: &str) -> Result<Self, Mistake> {
        let mut config = Self::default();
        let mut words = Words::default();
        let mut at = 0;
        for part in text.split(',') {
            let start = at + (part.len() - part.trim_start().len());
            at += part.len() + 1;
            words.take(part.trim(), start)?;
        }
        if let Some(loss) = words.loss {
            config.loss = match words.burst {
                None => Loss::Bernoulli(loss),
                Some((frames, span)) => gilbert(loss, frames).ok_or_else(|| {
                    let (frames, more) = (u64::from(frames.get()), u64::from(frames.get()) + 1);
                    let hint = format!(
                        "between two bursts a frame arrives: at most {}% get lost in bursts of {frames}",
                        100 * frames / more
                    );
                    Mistake::new(span, "so much cannot be lost in such bursts").hint(hint)
                })?,
            };
        } else if let Some((_, span)) = words.burst {
            return Err(Mistake::new(span, "bursts of what? how much is lost has to be said")
                .hint("write loss=1%,burst=4"));
        }
        if let Some((reorder, span)) = words.reorder {
            if words.delay.is_zero() {
                return Err(Mistake::new(span, "frames overtake those that are delayed, and none is")
                    .hint("write delay=10ms,reorder=25%"));
            }
            config.reorder = Some(Reorder { gap: words.gap, ..Reorder::new(reorder) });
        }
        config.delay = words.delay;
        config.jitter.span = words.jitter;
        config.duplicate = words.duplicate;
        config.corrupt = words.corrupt;
        if let Some(rate) = words.rate {
            config.rate = Some(rate);
            config.framing = Framing::ETHERNET;
        }
        if let Some(limit) = words.limit {
            config.queue.limit = Limit::packets(limit);
        }
        Ok(config)
    }
}

/// Loss in bursts of so many frames on average: each frame of the bad state is lost.
fn gilbert(loss: Probability, frames: NonZeroU32) -> Option<Loss> {
    let whole = u64::from(Probability::ALWAYS.parts());
    let lost = u64::from(loss.parts());
    let back = whole / u64::from(frames.get());
    // p / (p + r) = loss.
    let there = (back * lost).checked_div(whole - lost).filter(|there| *there <= whole && back > 0)?;
    let parts = |parts: u64| Probability::parts_per_billion(u32::try_from(parts).unwrap_or(u32::MAX));
    let (bad, good) = (Probability::ALWAYS, Probability::NEVER);
    Some(Loss::GilbertElliott { p: parts(there), r: parts(back), bad, good })
}

type Place = core::ops::Range<usize>;

/// What was said.
struct Words {
    loss: Option<Probability>,
    burst: Option<(NonZeroU32, Place)>,
    delay: Duration,
    jitter: Duration,
    reorder: Option<(Probability, Place)>,
    gap: NonZeroU32,
    duplicate: Probability,
    corrupt: Probability,
    rate: Option<Rate>,
    limit: Option<usize>,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            loss: None,
            burst: None,
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            reorder: None,
            gap: NonZeroU32::MIN,
            duplicate: Probability::NEVER,
            corrupt: Probability::NEVER,
            rate: None,
            limit: None,
        }
    }
}

impl Words {
    fn take(&mut self, part: &str, start: usize) -> Result<(), Mistake> {
        let whole = start..start + part.len();
        let Some((word, value)) = part.split_once('=') else {
            let known = WORDS.iter().find(|(word, _)| *word == part);
            let example = known.map_or("loss=1%,delay=20ms", |(_, example)| *example);
            return Err(Mistake::new(whole, format!("{part} has no value")).hint(format!("write {example}")));
        };
        let (word, value) = (word.trim_end(), value.trim());
        let named = start..start + word.len();
        let Some((_, example)) = WORDS.iter().find(|(known, _)| *known == word) else {
            let mistake = Mistake::new(named, format!("{word} is not known"));
            return Err(mistake.like(word, WORDS.iter().map(|(word, _)| *word)));
        };
        let valued = whole.end - value.len()..whole.end;
        let wrong = |why: String| {
            Mistake::new(valued.clone(), format!("{word}: {why}")).hint(format!("write {example}"))
        };
        let probability = || match value.parse::<Probability>() {
            // Whoever knows netem writes 1 for 1 %; here that would be everything.
            Ok(all) if all == Probability::ALWAYS && !value.ends_with('%') => {
                Err(wrong(format!("is that {value}%, or everything? with % it is clear")))
            }
            Ok(probability) => Ok(probability),
            Err(error) => Err(wrong(format!("{error}"))),
        };
        let span = || {
            duration(value).ok_or_else(|| wrong(format!("{value} is no time: a number with s, ms, us or ns")))
        };
        let count =
            || value.parse::<NonZeroU32>().map_err(|_| wrong(format!("{value} is no number above 0")));
        match word {
            "loss" => self.loss = Some(probability()?),
            "burst" => self.burst = Some((count()?, whole)),
            "delay" => self.delay = span()?,
            "jitter" => self.jitter = span()?,
            "reorder" => self.reorder = Some((probability()?, whole)),
            "gap" => self.gap = count()?,
            "dup" => self.duplicate = probability()?,
            "corrupt" => self.corrupt = probability()?,
            "rate" => match value.parse::<Rate>() {
                Ok(rate) if rate.bits_per_second() > 0 => self.rate = Some(rate),
                _ => {
                    return Err(wrong(format!(
                        "{value} is no rate: a number above 0 with bit, kbit, mbit or gbit"
                    )));
                }
            },
            _ => self.limit = usize::try_from(count()?.get()).ok(),
        }
        Ok(())
    }
}

/// `20ms`, `1.5s`, `300us`, `10ns`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = text.get(number.len()..)?;
    let units = [("s", 9), ("ms", 6), ("us", 3), ("ns", 0)];
    let (_, places) = units.iter().find(|(name, _)| *name == unit)?;
    super::decimal::decimal(number.trim_end(), *places).ok().map(Duration::from_nanos)
}
