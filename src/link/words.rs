//! What a link is like as people write it: `loss=1%,delay=20ms`, or one word at a time.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::num::NonZeroU32;
use core::str::FromStr;
use core::time::Duration;

use super::{
    Codel, Config, Discipline, Framing, Limit, Loss, Probability, Queue, Rate, Red, Reorder, TokenBucket,
};
use crate::mistake::Mistake;

/// What was said of a link so far, word by word: for whoever reads them out of a file. What is said twice counts as it was said last, so that
/// some words can stand for all links, and others for one of them.
///
/// ```
/// use layercake::link::{Limit, Probability, Rate, Words};
///
/// let mut words = Words::default();
/// words.set("rate", "10mbit")?;
/// words.set("bytes", "15000")?;
/// let mut slower = words.clone();
/// slower.set("rate", "1mbit")?;
/// let [fast, slow] = [words, slower].map(|words| words.finish().unwrap());
/// assert_eq!((fast.rate, slow.rate), (Some(Rate::mbit(10)), Some(Rate::mbit(1))));
/// assert_eq!(slow.queue.limit, Limit::bytes(15_000));
///
/// let mistake = Words::default().set("loss", "a lot").unwrap_err();
/// assert_eq!(mistake.span, 0..5);
/// # Ok::<(), layercake::mistake::Mistake>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    loss: Option<Probability>,
    burst: Option<NonZeroU32>,
    delay: Duration,
    jitter: Duration,
    reorder: Option<Probability>,
    gap: Option<NonZeroU32>,
    duplicate: Probability,
    corrupt: Probability,
    rate: Option<Rate>,
    bucket: Option<TokenBucket>,
    limit: Option<usize>,
    bytes: Option<usize>,
    queue: Kind,
    ecn: Option<bool>,
    target: Option<Duration>,
    interval: Option<Duration>,
}

/// A discipline without what it can be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    DropTail,
    Codel,
    Red,
}

/// A word: an example of it, and how its value is taken, or why not.
struct Word {
    name: &'static str,
    example: &'static str,
    take: fn(&mut Words, &str) -> Result<(), String>,
}

/// The words, in the order in which they are explained.
const WORDS: [Word; 16] = [
    word("loss", "loss=1%", |words, text| probability(text).map(|loss| words.loss = Some(loss))),
    word("burst", "burst=4", |words, text| count(text).map(|frames| words.burst = Some(frames))),
    word("delay", "delay=20ms", |words, text| span(text).map(|delay| words.delay = delay)),
    word("jitter", "jitter=5ms", |words, text| span(text).map(|jitter| words.jitter = jitter)),
    word("reorder", "reorder=25%", |words, text| probability(text).map(|some| words.reorder = Some(some))),
    word("gap", "gap=5", |words, text| count(text).map(|gap| words.gap = Some(gap))),
    word("dup", "dup=1%", |words, text| probability(text).map(|some| words.duplicate = some)),
    word("corrupt", "corrupt=0.1%", |words, text| probability(text).map(|some| words.corrupt = some)),
    word("rate", "rate=10mbit", |words, text| unless_none(text, rate).map(|rate| words.rate = rate)),
    word("bucket", "bucket=1mbit/15000", |words, text| {
        unless_none(text, bucket).map(|one| words.bucket = one)
    }),
    word("limit", "limit=1000", |words, text| count(text).map(|most| words.limit = Some(wide(most)))),
    word("bytes", "bytes=15000", |words, text| count(text).map(|most| words.bytes = Some(wide(most)))),
    word("queue", "queue=codel", |words, text| kind(text).map(|kind| words.queue = kind)),
    word("ecn", "ecn=on", |words, text| switch(text).map(|on| words.ecn = Some(on))),
    word("target", "target=5ms", |words, text| span(text).map(|target| words.target = Some(target))),
    word("interval", "interval=100ms", |words, text| span(text).map(|long| words.interval = Some(long))),
];

const fn word(
    name: &'static str,
    example: &'static str,
    take: fn(&mut Words, &str) -> Result<(), String>,
) -> Word {
    Word { name, example, take }
}

impl Words {
    /// All words that there are.
    pub fn known() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|word| word.name)
    }

    /// Takes a word and its value:
    ///
    /// | word | |
    /// |---|---|
    /// | `loss=1%`, `burst=4` | [`Loss::Bernoulli`]; with `burst` in [bursts](Loss::GilbertElliott) of so many frames on average |
    /// | `delay=20ms`, `jitter=5ms` | [`Config::delay`], [`Config::jitter`], which keeps the order |
    /// | `reorder=25%`, `gap=5` | [`Config::reorder`] |
    /// | `dup=1%` | [`Config::duplicate`] |
    /// | `corrupt=0.1%` | [`Config::corrupt`] |
    /// | `rate=10mbit` | [`Config::rate`], and what Ethernet takes besides the frame ([`Framing::ETHERNET`]); `none` is none |
    /// | `bucket=1mbit/15000` | [`Config::bucket`]: a rate, and so many bytes at once; `none` is none |
    /// | `limit=1000`, `bytes=15000` | [`Queue::limit`], in frames and in bytes; with `bytes` alone there may be any number of frames |
    /// | `queue=codel` | [`Queue::discipline`]: `fifo`, `codel` or `red` |
    /// | `ecn=on` | CoDel and RED mark what can be marked |
    /// | `target=5ms`, `interval=100ms` | [`Codel::target`], [`Codel::interval`] |
    ///
    /// # Errors
    /// What is wrong, with a place in the value; an empty one at its start if there is no such word.
    pub fn set(&mut self, word: &str, value: &str) -> Result<(), Mistake> {
        let Some(known) = WORDS.iter().find(|known| known.name == word) else {
            return Err(Mistake::new(0..0, format!("{word} is not known")).like(word, Self::known()));
        };
        let text = value.trim();
        (known.take)(self, text).map_err(|why| {
            let start = value.len() - value.trim_start().len();
            Mistake::new(start..start + text.len(), format!("{word}: {why}"))
                .hint(format!("write {}", known.example))
        })
    }

    /// The link of which all this was said.
    ///
    /// # Errors
    /// What does not go together: the word that does not fit the others, and why; its place is empty.
    pub fn finish(&self) -> Result<Config, (&'static str, Mistake)> {
        let limit = match (self.limit, self.bytes) {
            (None, None) => Queue::default().limit,
            (packets, bytes) => {
                let [packets, bytes] = [packets, bytes].map(|most| most.unwrap_or(usize::MAX));
                Limit { packets, bytes }
            }
        };
        Ok(Config {
            loss: self.losses()?,
            delay: self.delay,
            jitter: super::Jitter { span: self.jitter, overtakes: false },
            reorder: self.reordering()?,
            duplicate: self.duplicate,
            corrupt: self.corrupt,
            rate: self.rate,
            framing: self.rate.map_or(Framing::NONE, |_| Framing::ETHERNET),
            bucket: self.bucket,
            queue: Queue { limit, discipline: self.discipline()? },
            ..Config::default()
        })
    }

    fn losses(&self) -> Result<Loss, (&'static str, Mistake)> {
        let Some(loss) = self.loss else {
            let of_what = "bursts of what? how much is lost has to be said";
            return only_with("burst", self.burst, of_what, "loss=1%,burst=4").map(|()| Loss::None);
        };
        let Some(frames) = self.burst else { return Ok(Loss::Bernoulli(loss)) };
        gilbert(loss, frames).ok_or_else(|| {
            let frames = u64::from(frames.get());
            let most = 100 * frames / (frames + 1);
            let hint =
                format!("between two bursts a frame arrives: at most {most}% get lost in bursts of {frames}");
            ("burst", Mistake::new(0..0, "so much cannot be lost in such bursts").hint(hint))
        })
    }

    fn reordering(&self) -> Result<Option<Reorder>, (&'static str, Mistake)> {
        let Some(probability) = self.reorder.filter(|some| *some > Probability::NEVER) else {
            let of_what = "each so many of which? how many overtake has to be said";
            let gap = self.gap.filter(|_| self.reorder.is_none());
            return only_with("gap", gap, of_what, "reorder=25%,gap=5").map(|()| None);
        };
        let delayed = if self.delay.is_zero() { Some(()) } else { None };
        let none = "frames overtake those that are delayed, and none is";
        only_with("reorder", delayed, none, "delay=10ms,reorder=25%")?;
        Ok(Some(Reorder { probability, gap: self.gap.unwrap_or(NonZeroU32::MIN) }))
    }

    fn discipline(&self) -> Result<Discipline, (&'static str, Mistake)> {
        if self.queue != Kind::Codel {
            for (word, said) in [("target", self.target), ("interval", self.interval)] {
                only_with(word, said, "only CoDel looks at how long frames wait", "queue=codel,target=5ms")?;
            }
        }
        let ecn = self.ecn.unwrap_or(false);
        match self.queue {
            Kind::DropTail => {
                let none = "a queue that does nothing before it is full has nothing to say";
                only_with("ecn", Some(ecn).filter(|on| *on), none, "queue=codel,ecn=on")?;
                Ok(Discipline::DropTail)
            }
            Kind::Codel => {
                let usual = Codel::default();
                let target = self.target.unwrap_or(usual.target);
                let interval = self.interval.unwrap_or(usual.interval);
                Ok(Discipline::Codel(Codel { target, interval, ecn, ..usual }))
            }
            Kind::Red => Ok(Discipline::Red(Red { ecn, ..Red::default() })),
        }
    }
}

/// What was said means nothing as things are, and is better not said.
fn only_with<T>(
    word: &'static str,
    said: Option<T>,
    why_not: &str,
    example: &str,
) -> Result<(), (&'static str, Mistake)> {
    said.map_or(Ok(()), |_| Err((word, Mistake::new(0..0, why_not).hint(format!("write {example}")))))
}

impl FromStr for Config {
    type Err = Mistake;

    /// A list of [words](Words::set) with values, for one direction of a cable.
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
        let mut words = Words::default();
        let mut places = Vec::new();
        let mut at = 0;
        for part in text.split(',') {
            let start = at + (part.len() - part.trim_start().len());
            at += part.len() + 1;
            let part = part.trim();
            let whole = start..start + part.len();
            let Some((word, value)) = part.split_once('=') else {
                let known = WORDS.iter().find(|word| word.name == part);
                let example = known.map_or("loss=1%,delay=20ms", |word| word.example);
                let mistake = Mistake::new(whole, format!("{part} has no value"));
                return Err(mistake.hint(format!("write {example}")));
            };
            let word = word.trim_end();
            words.set(word, value).map_err(|mistake| {
                let value = whole.end - value.len();
                let in_value = value + mistake.span.start..value + mistake.span.end;
                let is_known = Words::known().any(|known| known == word);
                Mistake { span: if is_known { in_value } else { start..start + word.len() }, ..mistake }
            })?;
            places.push((word, whole));
        }
        words.finish().map_err(|(word, mistake)| {
            let place = places.iter().rfind(|(said, _)| *said == word).map(|(_, place)| place.clone());
            Mistake { span: place.unwrap_or(0..text.len()), ..mistake }
        })
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

fn probability(text: &str) -> Result<Probability, String> {
    match text.parse::<Probability>() {
        // Whoever knows netem writes 1 for 1 %; here that would be everything.
        Ok(Probability::ALWAYS) if !text.ends_with('%') => {
            Err(format!("is that {text}%, or everything? with % it is clear"))
        }
        Ok(probability) => Ok(probability),
        Err(error) => Err(error.to_string()),
    }
}

fn span(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| format!("{text} is no time: a number with s, ms, us or ns"))
}

fn count(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| format!("{text} is no number above 0"))
}

fn wide(number: NonZeroU32) -> usize {
    usize::try_from(number.get()).unwrap_or(usize::MAX)
}

fn rate(text: &str) -> Result<Rate, String> {
    let rate = text.parse::<Rate>().ok().filter(|rate| rate.bits_per_second() > 0);
    rate.ok_or_else(|| format!("{text} is no rate: a number above 0 with bit, kbit, mbit or gbit"))
}

fn bucket(text: &str) -> Result<TokenBucket, String> {
    let (fast, burst) =
        text.split_once('/').ok_or_else(|| format!("{text} is no rate with the bytes of a burst"))?;
    Ok(TokenBucket { rate: rate(fast.trim_end())?, burst: u64::from(count(burst.trim_start())?.get()) })
}

fn unless_none<T>(text: &str, read: fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if text == "none" { Ok(None) } else { read(text).map(Some) }
}

fn kind(text: &str) -> Result<Kind, String> {
    match text {
        "fifo" => Ok(Kind::DropTail),
        "codel" => Ok(Kind::Codel),
        "red" => Ok(Kind::Red),
        _ => Err(format!("{text} is no queue that there is: fifo, codel or red")),
    }
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" | "true" => Ok(true),
        "off" | "false" => Ok(false),
        _ => Err(format!("{text} is neither on nor off")),
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
