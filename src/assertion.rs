//! What has to hold of a capture, all its packets together.
//!
//! ```
//! use layercake::assertion::Assertion;
//! use layercake::capture::Reader;
//! use layercake::filter::Origin;
//! use layercake::packet::Decoder;
//!
//! let assertion = Assertion::parse("count(arp.opcode == 1) <= 2 and max(frame.len) < 100")?;
//! let mut run = assertion.run();
//! let mut reader = Reader::open("fixtures/arp.pcap")?;
//! while let Some(record) = reader.next()? {
//!     let origin = Origin { number: Some(record.number), time: record.time, ..Origin::default() };
//!     run.packet(&Decoder::new().packet(record.frame), &origin);
//! }
//! let outcome = run.outcome();
//! assert!(!outcome.holds);
//! assert_eq!(outcome.found[0].text, "count(arp.opcode == 1) is 3");
//! assert_eq!(outcome.found[0].packets[0].to_string(), "packet 1: ARP who has 192.0.2.2? tell 192.0.2.1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | | |
//! |---|---|
//! | `count(FILTER) == N` | so many packets match a [filter](crate::filter); `count()` counts all. `==` `!=` `<` `<=` `>` `>=` |
//! | `all(FILTER)` `any(FILTER)` `none(FILTER)` | all of them match, one, none. Of a capture without packets, `all` and `none` hold |
//! | `first(FIELD) == VALUE` `last(FIELD) == VALUE` | the first and the last value of a field, as a filter compares it |
//! | `min(FIELD) >= N` `max(FIELD) < N` `sum(FIELD) == N` | its least and greatest value, and all added up |
//! | `unique(FIELD) == N` | how many different values it has |
//! | `findings(error) == N` | what is wrong with the packets: `error`, `warning`, `note`, a code such as `ip.checksum.bad` or `*.checksum.*`; `findings()` is all |
//! | `and` `or` `not` `( )` | join them, also `&&`, `\|\|`, `!` |
//!
//! In these filters a flag by itself means that it is set: `count(tcp.flags.reset)` are the resets. In a filter of its own it means, as in
//! Wireshark, that the flag is there, which is so in every TCP header.
//!
//! `first`, `last`, `min` and `max` of a field that no packet has are not known, and an assertion that depends on them fails, with `not` in
//! front or without.
//!
//! - `parse`: from text to a tree. `run`: over packets.

mod parse;
mod run;

pub use run::{Evidence, Found, Outcome, Run};

use crate::field::Severity;
use crate::filter::BadFilter;
use crate::filter::term::{Term, Wanted};
use crate::filter::{Filter, Relation};

/// Something that has to hold of all packets of a capture together.
#[derive(Clone, Debug)]
pub struct Assertion {
    text: String,
    node: Node,
    checks: Vec<Check>,
}

impl Assertion {
    /// Reads an assertion.
    ///
    /// # Errors
    /// [`BadFilter`] says what is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, BadFilter> {
        let (node, checks) = parse::parse(text)?;
        Ok(Self { text: text.trim().to_owned(), node, checks })
    }

    /// Begins with the packets of a capture.
    pub fn run(&self) -> Run<'_> {
        Run::new(self)
    }
}

/// As it was written.
impl std::fmt::Display for Assertion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Assertion {
    type Err = BadFilter;

    fn from_str(text: &str) -> Result<Self, BadFilter> {
        Self::parse(text)
    }
}

/// How checks are joined; they are numbered in the order in which they are written.
#[derive(Clone, Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Check(usize),
}

/// Something that is found out of all packets, and what it must be.
#[derive(Clone, Debug)]
struct Check {
    /// What is found out, as it is written: `count(tcp)`.
    text: String,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Count(Option<Filter>, Number),
    All(Filter),
    Any(Filter),
    None(Filter),
    /// One of the values of a field.
    Value(Which, Term, Relation, Wanted),
    Sum(Term, Relation, Wanted),
    Unique(Term, Number),
    Findings(Selection, Number),
}

/// What a number must be.
type Number = (Relation, i128);

/// Which one of the values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    First,
    Last,
    Least,
    Greatest,
}

/// Which findings.
#[derive(Clone, Debug)]
enum Selection {
    All,
    Of(Severity),
    /// Those whose code is like this one, in which `*` stands for any letters.
    Code(String),
}
