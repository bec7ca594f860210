//! An assertion over packets: each is looked at once, and what decides is kept for the report.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use crate::assertion::{Assertion, Check, Node, Selection, What, Which};
use crate::filter::term::{self, Term};
use crate::filter::{Origin, Relation};
use crate::packet::Packet;
use crate::render::line;

/// Packets that are kept for the report of a check.
const KEPT: usize = 5;

/// Different values that are told apart; what takes more is said, and the assertion fails.
const UNIQUE: usize = 1 << 20;

/// Bytes that they have.
const UNIQUE_BYTES: usize = 64 << 20;

/// A packet that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its number.
    pub number: u64,
    /// The packet in a line.
    pub line: String,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "packet {}: {}", self.number, self.line)
    }
}

/// What was found out for one check of an assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whether it is as it must be; `None` if nothing could be found out.
    pub holds: Option<bool>,
    /// What it is: `count(tcp) is 3`.
    pub text: String,
    /// The first packets that decided, or the one whose value it is.
    pub packets: Vec<Evidence>,
    /// How many there are besides.
    pub more: u64,
}

/// How an assertion ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it holds.
    pub holds: bool,
    /// What was found out for each of its checks.
    pub found: Vec<Found>,
}

/// An assertion that is asked of packets, one after another.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    assertion: &'a Assertion,
    tallies: Vec<Tally>,
}

/// What is known so far.
#[derive(Clone, Debug, Default)]
struct Tally {
    packets: u64,
    /// How many packets, findings, or all values together.
    count: i128,
    value: Option<term::Found>,
    values: BTreeSet<term::Found>,
    /// Bytes of those values.
    bytes: usize,
    too_many: bool,
    evidence: Vec<Evidence>,
    more: u64,
}

impl<'a> Run<'a> {
    pub(super) fn new(assertion: &'a Assertion) -> Self {
        Self { assertion, tallies: vec![Tally::default(); assertion.checks.len()] }
    }

    /// Looks at the next packet, with what its capture says of it.
    pub fn packet<B: AsRef<[u8]>>(&mut self, packet: &Packet<B>, origin: &Origin) {
        for (check, tally) in self.assertion.checks.iter().zip(&mut self.tallies) {
            tally.packets = tally.packets.saturating_add(1);
            tally.look(&check.what, packet, origin);
        }
    }

    /// Whether it holds of the packets so far, and what was found out.
    pub fn outcome(&self) -> Outcome {
        let found: Vec<Found> = self
            .assertion
            .checks
            .iter()
            .zip(&self.tallies)
            .map(|(check, tally)| tally.found(check))
            .collect();
        Outcome { holds: holds(&self.assertion.node, &found) == Some(true), found }
    }
}

/// Whether a node holds; `None` if what decides is not known.
fn holds(node: &Node, found: &[Found]) -> Option<bool> {
    let each = |nodes: &[Node], decides: bool| {
        let all: Vec<Option<bool>> = nodes.iter().map(|node| holds(node, found)).collect();
        match all.contains(&Some(decides)) {
            true => Some(decides),
            false if all.contains(&None) => None,
            false => Some(!decides),
        }
    };
    match node {
        Node::All(nodes) => each(nodes, false),
        Node::Any(nodes) => each(nodes, true),
        Node::Not(inner) => holds(inner, found).map(|holds| !holds),
        Node::Check(index) => found.get(*index)?.holds,
    }
}

impl Tally {
    fn look<B: AsRef<[u8]>>(&mut self, what: &What, packet: &Packet<B>, origin: &Origin) {
        let counts = match what {
            What::Count(None, _) => true,
            What::Count(Some(filter), _) | What::Any(filter) | What::None(filter) => {
                filter.matches_from(packet, origin)
            }
            What::All(filter) => !filter.matches_from(packet, origin),
            What::Value(which, term, ..) => return self.look_for_value(*which, term, packet, origin),
            What::Sum(term, ..) => {
                let mut sum = None;
                term.each(packet, origin, |found| {
                    if let term::Found::Number(number) = found {
                        sum = Some(sum.unwrap_or(0i128).saturating_add(number));
                    }
                });
                let Some(sum) = sum else { return };
                self.count = self.count.saturating_add(sum);
                return self.keep(packet, origin);
            }
            What::Unique(term, _) => return self.look_for_new(term, packet, origin),
            What::Findings(selection, _) => {
                let count = packet.findings().filter(|finding| selection.chooses(finding)).count();
                self.count = self.count.saturating_add(count as i128);
                if count > 0 {
                    self.keep(packet, origin);
                }
                return;
            }
        };
        if counts {
            self.count = self.count.saturating_add(1);
            self.keep(packet, origin);
        }
    }

    fn look_for_value<B: AsRef<[u8]>>(
        &mut self,
        which: Which,
        term: &Term,
        packet: &Packet<B>,
        origin: &Origin,
    ) {
        if which == Which::First && self.value.is_some() {
            return;
        }
        let mut better = false;
        term.each(packet, origin, |found| {
            let order = self.value.as_ref().map(|value| found.cmp(value));
            let is_better = match (which, order) {
                (_, None) | (Which::Last, _) => true,
                (Which::First, _) => false,
                (Which::Least, Some(order)) => order == Ordering::Less,
                (Which::Greatest, Some(order)) => order == Ordering::Greater,
            };
            if is_better {
                self.value = Some(found);
                better = true;
            }
        });
        if better {
            self.evidence.clear();
            self.more = 0;
            self.keep(packet, origin);
        }
    }

    fn look_for_new<B: AsRef<[u8]>>(&mut self, term: &Term, packet: &Packet<B>, origin: &Origin) {
        let before = self.values.len();
        term.each(packet, origin, |found| {
            if self.values.contains(&found) {
                return;
            }
            self.bytes = self.bytes.saturating_add(found.length());
            self.too_many |= self.values.len() >= UNIQUE || self.bytes > UNIQUE_BYTES;
            if !self.too_many {
                self.values.insert(found);
            }
        });
        if self.values.len() > before {
            self.keep(packet, origin);
        }
    }

    fn keep<B: AsRef<[u8]>>(&mut self, packet: &Packet<B>, origin: &Origin) {
        if self.evidence.len() < KEPT {
            let line = line::summary(packet);
            self.evidence.push(Evidence { number: origin.number.unwrap_or(self.packets), line });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    fn found(&self, check: &Check) -> Found {
        let Check { text, what } = check;
        let number = |(relation, wanted): (Relation, i128), is: i128| {
            let holds = match relation {
                Relation::Equal => is == wanted,
                Relation::NotEqual => is != wanted,
                Relation::Less => is < wanted,
                Relation::LessOrEqual => is <= wanted,
                Relation::Greater => is > wanted,
                _ => is >= wanted,
            };
            (Some(holds), format!("{text} is {is}"))
        };
        let (of, count) = (self.packets, self.count);
        let (holds, text) = match what {
            What::Count(_, wanted) | What::Findings(_, wanted) => number(*wanted, count),
            What::All(_) => (Some(count == 0), format!("{text}: {count} of {of} packets do not match")),
            What::Any(_) => (Some(count > 0), format!("{text}: {count} of {of} packets match")),
            What::None(_) => (Some(count == 0), format!("{text}: {count} of {of} packets match")),
            What::Unique(..) if self.too_many => {
                (None, format!("{text} is more than {}, and not counted further", self.values.len()))
            }
            What::Unique(_, wanted) => number(*wanted, self.values.len() as i128),
            What::Sum(term, relation, wanted) => {
                let sum = term::Found::Number(count);
                (Some(wanted.holds(&sum, *relation)), format!("{text} is {}", term.show(&sum)))
            }
            What::Value(_, term, relation, wanted) => match &self.value {
                Some(value) => {
                    (Some(wanted.holds(value, *relation)), format!("{text} is {}", term.show(value)))
                }
                None => (None, format!("{text} is not known: none of {of} packets has it")),
            },
        };
        Found { holds, text, packets: self.evidence.clone(), more: self.more }
    }
}

impl Selection {
    fn chooses(&self, finding: &crate::field::Finding) -> bool {
        match self {
            Self::All => true,
            Self::Of(severity) => finding.severity == *severity,
            Self::Code(pattern) => crate::near::is_like(pattern, finding.code),
        }
    }
}
