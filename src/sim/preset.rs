//! Scenarios that are there already: to run, to look at, and to change.

mod text;

use core::time::Duration;

use crate::link::{self, Rate};
use crate::mistake::Mistake;

/// A scenario that is there already.
///
/// ```
/// use layercake::sim::preset::Preset;
///
/// let preset = Preset::named("dumbbell")?;
/// let text = preset.text(&preset.options("pairs=3,rate=2Mbit")?);
/// assert!(text.contains("rate = \"2Mbit\""));
/// assert_eq!(Preset::named("dumbell").unwrap_err().to_string(), "`dumbell` is no preset; did you mean dumbbell?");
/// # Ok::<(), layercake::mistake::Mistake>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Preset {
    /// Two hosts behind a home router, and the servers that they use.
    Home,
    /// Senders and receivers with one narrow link between them.
    Dumbbell,
    /// Two hosts with routers in a row between them.
    Line,
    /// Hosts around a switch.
    Star,
}

/// What is in the queue in front of a narrow link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// What comes first leaves first; what does not fit is dropped. At most so many frames.
    Fifo(u32),
    /// CoDel (RFC 8289).
    Codel,
    /// Random early detection.
    Red,
}

/// What of a preset can be chosen. Those that a preset does not have are not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Senders, each with its receiver, of a dumbbell: 1 to 200.
    pub pairs: u32,
    /// Routers of a line: 1 to 29, as traceroute goes no further than 30 hops.
    pub routers: u32,
    /// Hosts of a star: 2 to 200.
    pub hosts: u32,
    /// How fast the link that matters is.
    pub rate: Rate,
    /// How long a frame is on its way on it: at most 1 s.
    pub delay: Duration,
    /// What waits in front of it.
    pub queue: Queue,
}

/// The words of options, each with an example.
const WORDS: [(&str, &str); 6] = [
    ("pairs", "pairs=3"),
    ("routers", "routers=5"),
    ("hosts", "hosts=4"),
    ("rate", "rate=10Mbit"),
    ("delay", "delay=20ms"),
    ("queue", "queue=codel"),
];

/// A preset: what it is called, what it shows, which words it has.
struct About {
    preset: Preset,
    name: &'static str,
    about: &'static str,
    words: &'static [&'static str],
}

const ABOUT: [About; 4] = [
    About {
        preset: Preset::Home,
        name: "home",
        about: "two hosts behind a home router (DHCP, DNS, NAT), a provider, a web server and a name server",
        words: &["rate", "delay"],
    },
    About {
        preset: Preset::Dumbbell,
        name: "dumbbell",
        about: "senders and receivers of TCP with one narrow link between them",
        words: &["pairs", "rate", "delay", "queue"],
    },
    About {
        preset: Preset::Line,
        name: "line",
        about: "two hosts with routers in a row between them, static routes, ping and traceroute",
        words: &["routers", "rate", "delay"],
    },
    About {
        preset: Preset::Star,
        name: "star",
        about: "hosts around a switch, each of which pings the next",
        words: &["hosts", "rate", "delay"],
    },
];

impl Preset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Home, Self::Dumbbell, Self::Line, Self::Star];

    /// The preset with this name.
    ///
    /// # Errors
    /// There is none; what may have been meant.
    pub fn named(name: &str) -> Result<Self, Mistake> {
        let found = ABOUT.iter().find(|about| about.name == name).map(|about| about.preset);
        found.ok_or_else(|| {
            let message = format!("{} is no preset", super::ip::shown(name));
            let mistake =
                Mistake::new(0..name.len(), message).like(name, ABOUT.iter().map(|about| about.name));
            if mistake.suggestions.is_empty() {
                return mistake.hint(format!("there are {}", ABOUT.map(|about| about.name).join(", ")));
            }
            mistake
        })
    }

    fn entry(self) -> Option<&'static About> {
        ABOUT.iter().find(|about| about.preset == self)
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        self.entry().map_or("", |about| about.name)
    }

    /// What there is in it, in a few words.
    pub fn about(self) -> &'static str {
        self.entry().map_or("", |about| about.about)
    }

    /// The words of [`Preset::options`], each with an example.
    pub fn words(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let has = move |word: &str| self.entry().is_some_and(|about| about.words.contains(&word));
        WORDS.into_iter().filter(move |(word, _)| has(word))
    }

    /// Options as people write them, over those that it has by itself: `pairs=3,rate=10Mbit`.
    ///
    /// # Errors
    /// What is not known, or cannot be, and where.
    pub fn options(self, text: &str) -> Result<Options, Mistake> {
        let (rate, delay) = match self {
            Self::Home => (Rate::mbit(50), 10),
            Self::Dumbbell => (Rate::mbit(10), 20),
            Self::Line => (Rate::mbit(100), 10),
            Self::Star => (Rate::gbit(1), 1),
        };
        let delay = Duration::from_millis(delay);
        let mut options = Options { pairs: 2, routers: 3, hosts: 4, rate, delay, queue: Queue::Fifo(100) };
        let mut at = 0usize;
        for part in text.split(',') {
            let start = at.saturating_add(part.len().saturating_sub(part.trim_start().len()));
            at = at.saturating_add(part.len()).saturating_add(1);
            if !part.trim().is_empty() {
                self.option(&mut options, part.trim(), start)?;
            }
        }
        Ok(options)
    }

    fn option(self, options: &mut Options, part: &str, start: usize) -> Result<(), Mistake> {
        let end = start.saturating_add(part.len());
        let (word, value) = part.split_once('=').map_or((part, None), |(word, value)| (word, Some(value)));
        let (word, value) = (word.trim_end(), value.map(str::trim));
        let Some((_, example)) = self.words().find(|(known, _)| *known == word) else {
            let message = format!("{} is no option of {}", super::ip::shown(word), self.name());
            let named = start..start.saturating_add(word.len());
            let mistake = Mistake::new(named, message).like(word, self.words().map(|(word, _)| word));
            if mistake.suggestions.is_empty() {
                let examples: Vec<&str> = self.words().map(|(_, example)| example).collect();
                return Err(mistake.hint(format!("write {}", examples.join(","))));
            }
            return Err(mistake);
        };
        let Some(value) = value else {
            return Err(
                Mistake::new(start..end, format!("{word} has no value")).hint(format!("write {example}"))
            );
        };
        let wrong = |what: &str| {
            let message = format!("{word}: {} is no {what}", super::ip::shown(value));
            Mistake::new(end.saturating_sub(value.len())..end, message).hint(format!("write {example}"))
        };
        let count = |least: u32, most: u32| {
            let number =
                value.bytes().all(|digit| digit.is_ascii_digit()).then(|| value.parse().ok()).flatten();
            number
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| wrong(&format!("number from {least} to {most}")))
        };
        match word {
            "pairs" => options.pairs = count(1, 200)?,
            "routers" => options.routers = count(1, 29)?,
            "hosts" => options.hosts = count(2, 200)?,
            "rate" => {
                let rate = value.parse().ok().filter(|rate| *rate >= Rate::kbit(8));
                options.rate = rate.ok_or_else(|| wrong("rate of at least 8kbit"))?;
            }
            "delay" => {
                let delay = link::duration(value).filter(|delay| *delay <= Duration::from_secs(1));
                options.delay = delay.ok_or_else(|| wrong("time of at most 1s"))?;
            }
            _ => {
                options.queue = match value {
                    "fifo" => Queue::Fifo(100),
                    "codel" => Queue::Codel,
                    "red" => Queue::Red,
                    _ => Queue::Fifo(
                        count(1, 1_000_000)
                            .map_err(|_| wrong("queue: fifo, codel, red, or a number of frames"))?,
                    ),
                }
            }
        }
        Ok(())
    }

    /// The scenario as TOML, with words for whoever wants to change it.
    pub fn text(self, options: &Options) -> String {
        match self {
            Self::Home => text::home(options),
            Self::Dumbbell => text::dumbbell(options),
            Self::Line => text::line(options),
            Self::Star => text::star(options),
        }
    }
}
