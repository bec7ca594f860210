//! A script out of a capture: what came to one side of a connection comes to the host, what that side sent is expected.
//!
//! ```
//! use layercake::capture::Reader;
//! use layercake::drill::Drill;
//! use layercake::drill::from::Recording;
//! use layercake::packet::Decoder;
//!
//! let mut reader = Reader::new(&include_bytes!("../../fixtures/http.pcap")[..])?;
//! let mut recording = Recording::new("http.pcap");
//! while let Some(record) = reader.next()? {
//!     recording.add(record.time, &Decoder::new().packet(record.frame));
//! }
//! let written = recording.write()?;
//! assert!(Drill::new(&written.script).run().passed());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - `read`: the packets of one connection.
//! - `view`: the same as the host saw it.
//! - `plan`: what its application did.
//! - `head`, `write`: the text.
//! - `fit`, `beside`: it is run until it passes, what was captured beside what the host does now.

mod beside;
mod fit;
mod head;
mod plan;
mod read;
mod view;
mod write;

use std::fmt::{self, Write as _};
use std::net::{IpAddr, SocketAddr};

use crate::packet::Packet;
use crate::time::Time;
use fit::Fitting;
use head::{Manner, Patience};
use plan::Plan;
use read::{MOST_PACKETS, Search, Wanted};
use write::Sheet;

pub use read::Connection;

/// The packets of a capture, one after another, of which a script is to be written.
#[derive(Default)]
pub struct Recording {
    name: String,
    profile: Option<String>,
    search: Search,
}

/// A script, and how it goes with the capture.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Written {
    /// The script. It passes.
    pub script: String,
    /// The connection that it is about.
    pub connection: Connection,
    /// The side of it that is the host under test.
    pub host: SocketAddr,
    /// What became of the packets of that side.
    pub counts: Counts,
    /// Packets of the connection beyond those that a script is written from.
    pub left_out: usize,
}

/// What became of the packets that the host sent in the capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// They are expected as they were captured.
    pub as_captured: usize,
    /// The same, at another time.
    pub at_another_time: usize,
    /// With other flags, options or acknowledgments.
    pub different: usize,
    /// They are not expected.
    pub missing: usize,
    /// Not of the capture, and expected.
    pub added: usize,
}

impl Counts {
    /// How many packets are not as captured.
    pub const fn off(&self) -> usize {
        self.at_another_time
            .saturating_add(self.different)
            .saturating_add(self.missing)
            .saturating_add(self.added)
    }

    /// How many packets the host sent in the capture.
    pub const fn captured(&self) -> usize {
        self.as_captured
            .saturating_add(self.at_another_time)
            .saturating_add(self.different)
            .saturating_add(self.missing)
    }
}

/// Why there is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotWritten {
    /// There is no connection of which the SYN is in the capture, or none of the host.
    NoBegin {
        /// The address that was asked for.
        host: Option<IpAddr>,
        /// The connections that there are, the first of them.
        connections: Vec<Connection>,
        /// How many more there are.
        more: usize,
    },
    /// The connection that was asked for is not there.
    NoSuch {
        /// Its number.
        number: usize,
        /// How many there are.
        connections: usize,
    },
    /// Of the connection that was asked for, the SYN is not in the capture.
    Begun(Connection),
    /// The address is of neither side.
    NotOfIt {
        /// The address.
        host: IpAddr,
        /// The connection.
        connection: Connection,
    },
    /// There is no profile of that name.
    Unknown,
    /// The script does not pass, whatever is changed.
    Stuck {
        /// The line at which it fails, from 1.
        line: usize,
        /// The line.
        said: String,
        /// What is wrong with it.
        report: String,
        /// How often it was run.
        runs: usize,
    },
}

/// The profile that a script has which names none.
const USUAL: &str = "linux";
/// What is tried, and the one taken that is nearest to the capture.
const MANNERS: &[Manner] = &[
    Manner { profile: None, patience: Patience::Usual },
    Manner { profile: None, patience: Patience::WhenItAnswers },
    Manner { profile: None, patience: Patience::Always },
    Manner { profile: Some("freebsd"), patience: Patience::Usual },
    Manner { profile: Some("rfc"), patience: Patience::Usual },
];
/// Connections that are named where none is found.
const NAMED: usize = 8;

impl Recording {
    /// Packets of a capture of this name.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The side that has this address is the host under test; otherwise it is the one that the connection is opened to.
    #[must_use]
    pub fn host(mut self, address: Option<IpAddr>) -> Self {
        self.search.wanted.host = address;
        self
    }

    /// The connection of this number, in the order of first packets; otherwise the first one of which the SYN is there.
    #[must_use]
    pub fn connection(mut self, number: Option<usize>) -> Self {
        self.search.wanted.number = number;
        self
    }

    /// The profile of the host; otherwise the one under which most is as captured.
    #[must_use]
    pub fn profile(mut self, name: Option<&str>) -> Self {
        self.profile = name.map(str::to_owned);
        self
    }

    /// The next packet, and when it was captured.
    pub fn add(&mut self, time: Option<Time>, packet: &Packet<&[u8]>) {
        self.search.add(time, packet);
    }

    /// Writes the script, and runs it until it passes.
    ///
    /// # Errors
    /// What is missing.
    pub fn write(&self) -> Result<Written, NotWritten> {
        let connection = self.chosen()?;
        let Wanted { host, .. } = self.search.wanted;
        let host = match host {
            None => connection.to,
            Some(host) if host == connection.to.ip() => connection.to,
            Some(host) if host == connection.from.ip() => connection.from,
            Some(host) => return Err(NotWritten::NotOfIt { host, connection }),
        };
        let plan = Plan::of(&self.search.taken, host);
        let fitting = self.best(&plan, host)?;
        let counts = fitting.sheet.counts();
        let left_out = self.search.left_out;
        let script = format!("{}\n{}", self.heading(&connection, host, &counts, &fitting), fitting.text());
        Ok(Written { script, connection, host, counts, left_out })
    }

    /// The script under the manner of the host under which least of it is otherwise than captured.
    fn best(&self, plan: &Plan, host: SocketAddr) -> Result<Fitting, NotWritten> {
        let is_asked = |manner: &&Manner| {
            let name = manner.profile.unwrap_or(USUAL);
            self.profile.as_ref().is_none_or(|asked| asked == name)
        };
        let mut best: Result<Fitting, NotWritten> = Err(NotWritten::Unknown);
        for manner in MANNERS.iter().filter(is_asked) {
            let mut fitting = Fitting::new(Sheet::new(plan, host.ip(), *manner), plan.clone());
            let off = |fitting: &Fitting| fitting.sheet.counts().off();
            best = match (fitting.fit(), best) {
                (Ok(()), Ok(best)) if off(&fitting) >= off(&best) => Ok(best),
                (Ok(()), _) => Ok(fitting),
                (Err(stuck), Err(NotWritten::Unknown)) => Err(stuck),
                (Err(_), best) => best,
            };
        }
        best
    }

    fn chosen(&self) -> Result<Connection, NotWritten> {
        let all = || self.search.connections();
        match (self.search.chosen(), self.search.wanted.number) {
            (Some(connection), _) if connection.has_begin => Ok(*connection),
            (Some(connection), _) => Err(NotWritten::Begun(*connection)),
            (None, Some(number)) => Err(NotWritten::NoSuch { number, connections: all().count() }),
            (None, None) => Err(NotWritten::NoBegin {
                host: self.search.wanted.host,
                connections: all().take(NAMED).copied().collect(),
                more: all().count().saturating_sub(NAMED),
            }),
        }
    }

    /// What stands at the top: what the script is from, and how much of it.
    fn heading(
        &self,
        connection: &Connection,
        host: SocketAddr,
        counts: &Counts,
        fitting: &Fitting,
    ) -> String {
        let name: String =
            self.name.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect();
        let side = if host == connection.from { "which opens it" } else { "to which it is opened" };
        let mut text = format!(
            "// From {name}: {connection}.\n// The host is {host}, {side}. Of its {} packets",
            counts.captured()
        );
        let rows = [
            (counts.as_captured, "as captured"),
            (counts.at_another_time, "at another time"),
            (counts.different, "different"),
            (counts.missing, "not sent"),
        ];
        let said: Vec<String> = rows
            .iter()
            .enumerate()
            .filter(|(place, (count, _))| *place == 0 || *count > 0)
            .map(|(_, (count, what))| format!("{count} {what}"))
            .collect();
        let _ = write!(text, ": {}", said.join(", "));
        if counts.added > 0 {
            let _ = write!(text, "; {} besides", counts.added);
        }
        text.push('.');
        if !fitting.plan.away.is_zero() {
            let _ = write!(
                text,
                "\n// It was captured {} ms away from the host: what comes to it is later by that here.",
                fitting.plan.away.as_millis()
            );
        }
        if self.search.left_out > 0 {
            let _ = write!(
                text,
                "\n// These are its first {MOST_PACKETS} packets; {} more are left out.",
                self.search.left_out
            );
        }
        if self.search.twice > 0 {
            let _ = write!(text, "\n// {} packets were captured twice.", self.search.twice);
        }
        if fitting.plan.unsayable > 0 {
            let _ =
                write!(text, "\n// {} packets are left out whose numbers go round.", fitting.plan.unsayable);
        }
        text
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, from, to, packets, .. } = self;
        write!(
            f,
            "connection {number}, {from} > {to}, {packets} packet{}",
            if *packets == 1 { "" } else { "s" }
        )
    }
}

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBegin { connections, host, .. } if connections.is_empty() => {
                let _ = host;
                f.write_str("there is no TCP connection in it")
            }
            Self::NoBegin { host, connections, more } => {
                let of = host.map_or_else(String::new, |host| format!(" of {host}"));
                write!(f, "there is no TCP connection{of} whose beginning, a SYN, is in it; there are:")?;
                for connection in connections {
                    let missing = if connection.has_begin { "" } else { ", without its SYN" };
                    write!(f, "\n  {connection}{missing}")?;
                }
                if *more > 0 {
                    write!(f, "\n  and {more} more")?;
                }
                Ok(())
            }
            Self::NoSuch { number, connections } => {
                let is = if *connections == 1 { "is 1 connection" } else { "are connections" };
                match connections {
                    0 => f.write_str("there is no TCP connection in it"),
                    1 => write!(f, "there {is} in it, and no number {number}"),
                    _ => write!(f, "there {is} 1 to {connections} in it, and no number {number}"),
                }
            }
            Self::Begun(connection) => write!(f, "the beginning of {connection}, its SYN, is not in it"),
            Self::Unknown => f.write_str("there are the profiles linux, freebsd and rfc, and no other"),
            Self::NotOfIt { host, connection } => write!(f, "{host} is neither side of {connection}"),
            Self::Stuck { line, said, report, runs } => {
                write!(
                    f,
                    "no script was found that passes, in {runs} runs; the last one fails at line {line}: {said}\n{report}"
                )
            }
        }
    }
}

impl std::error::Error for NotWritten {}
