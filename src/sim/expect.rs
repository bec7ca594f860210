//! What has to come of a scenario: `ping.received == 3`, `delivered(client, bytes) == 1000000 within 10s`.
//!
//! | | |
//! |---|---|
//! | `ping.received` | a figure of an application, by the application's name |
//! | `r1.drops.ip.ttl`, `r1.frames_sent`, `server.http.requests` | of a node: what it dropped, by the words of [`DropReason`](crate::stack::DropReason); what its interfaces sent; figures of its services, whose names have `-` for a space: `r1.dhcp-server.offers` |
//! | `core.dropped`, `core.there.dropped.full` | of a link, both directions or one |
//! | `sent(PLACE, FILTER)`, `arrived(...)`, `lost(...)`, `corrupted(...)`, `duplicated(...)` | frames; a place is a node, a `node:port` or a link; without a filter all |
//! | `when(sent(...))` | when the first of them was sent, arrived, was lost |
//! | `delivered(APP, bytes)` | the same as `APP.bytes` |
//! | `said(NODE, "words")` | how many sentences of the timeline about a node, an application or a link have these words |
//! | `10`, `20ms`, `9.5Mbit`, `64kB` | numbers; times are nanoseconds, rates bits a second |
//! | `+ - * /`, `==` `!=` `<` `<=` `>` `>=`, `and`, `or`, `not` | sums of these, compared |
//! | `sent(PLACE): ASSERTION` | an [assertion](crate::assertion) over the frames, as `layercake assert` has it: `min(tcp.window_size) == 0` |
//! | `... within 10s`, `... at 10s` | it holds at some time up to then; it holds then. Otherwise: at the end |

mod parse;
mod value;

use core::fmt;
use core::time::Duration;

pub(super) use value::{Figure, LinkFigure, NodeFigure, Phase, Place, Probe, World};

pub use value::Unit;

use super::Scenario;
use crate::assertion::Assertion;
use crate::mistake::Mistake;

/// When something has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    End,
    Within(Duration),
    At(Duration),
}

/// Something that has to hold.
#[derive(Clone, Debug)]
pub(super) struct Expectation {
    pub text: String,
    pub when: When,
    pub what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Condition(Condition),
    Frames(Probe, Assertion),
}

#[derive(Clone, Debug)]
pub(super) enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Not(Box<Condition>),
    Compare(Box<Comparison>),
}

/// Two numbers, and how they have to be to each other.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub left: Sum,
    pub relation: Relation,
    pub right: Sum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A number that is made of others.
#[derive(Clone, Debug)]
pub(super) enum Sum {
    Number(i128),
    Atom(Atom),
    Of(Box<Sum>, Operator, Box<Sum>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Something that a run says.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    /// As it is written.
    pub text: String,
    pub what: AtomKind,
}

#[derive(Clone, Debug)]
pub(super) enum AtomKind {
    Figure(Figure),
    /// How many frames.
    Count(Probe),
    /// When the first of them was.
    First(Probe),
    Said(Place, String),
    Now,
}

/// What is measured in a sweep.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub text: String,
    pub sum: Sum,
}

impl Measure {
    /// Reads a sum.
    pub fn parse(text: &str, scenario: &Scenario) -> Result<Self, Mistake> {
        Ok(Self { text: text.trim().to_owned(), sum: parse::measure(text, scenario)? })
    }
}

impl Expectation {
    /// Reads an expectation about a scenario.
    pub fn parse(text: &str, scenario: &Scenario) -> Result<Self, Mistake> {
        parse::expectation(text, scenario)
    }

    /// All that has to be counted while frames go by.
    pub fn probes<'a>(&'a self, each: &mut dyn FnMut(&'a Probe)) {
        match &self.what {
            What::Frames(probe, _) => each(probe),
            What::Condition(condition) => condition.probes(each),
        }
    }
}

impl Condition {
    fn probes<'a>(&'a self, each: &mut dyn FnMut(&'a Probe)) {
        match self {
            Self::Any(all) | Self::All(all) => all.iter().for_each(|one| one.probes(each)),
            Self::Not(one) => one.probes(each),
            Self::Compare(comparison) => {
                comparison.left.probes(each);
                comparison.right.probes(each);
            }
        }
    }

    /// Whether it holds; `None` if something in it is not known.
    pub fn holds(&self, world: &dyn World) -> Option<bool> {
        match self {
            // What is not known makes no difference where the others decide.
            Self::Any(all) => {
                let all: Vec<_> = all.iter().map(|one| one.holds(world)).collect();
                if all.contains(&Some(true)) {
                    Some(true)
                } else {
                    all.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
                }
            }
            Self::All(all) => {
                let all: Vec<_> = all.iter().map(|one| one.holds(world)).collect();
                if all.contains(&Some(false)) {
                    Some(false)
                } else {
                    all.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
                }
            }
            Self::Not(one) => one.holds(world).map(|holds| !holds),
            Self::Compare(comparison) => {
                let Comparison { left, relation, right } = &**comparison;
                Some(relation.holds(left.value(world)?, right.value(world)?))
            }
        }
    }

    /// What came instead of what is expected: each thing that it asks for, and its value.
    pub fn found(&self, world: &dyn World, into: &mut Vec<String>) {
        match self {
            Self::Any(all) | Self::All(all) => all.iter().for_each(|one| one.found(world, into)),
            Self::Not(one) => one.found(world, into),
            Self::Compare(comparison) => {
                comparison.left.found(world, into);
                comparison.right.found(world, into);
            }
        }
    }
}

impl Relation {
    fn holds(self, left: i128, right: i128) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl Sum {
    fn probes<'a>(&'a self, each: &mut dyn FnMut(&'a Probe)) {
        match self {
            Self::Number(_) => {}
            Self::Atom(Atom { what: AtomKind::Count(probe) | AtomKind::First(probe), .. }) => each(probe),
            Self::Atom(_) => {}
            Self::Of(left, _, right) => {
                left.probes(each);
                right.probes(each);
            }
        }
    }

    /// All that has to be counted while frames go by.
    pub fn counted<'a>(&'a self, each: &mut dyn FnMut(&'a Probe)) {
        self.probes(each);
    }

    /// Its value; `None` if something in it is not known, or is divided by nothing.
    pub fn value(&self, world: &dyn World) -> Option<i128> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Atom(atom) => world.value(atom),
            Self::Of(left, operator, right) => {
                let (left, right) = (left.value(world)?, right.value(world)?);
                match operator {
                    Operator::Add => left.checked_add(right),
                    Operator::Subtract => left.checked_sub(right),
                    Operator::Multiply => left.checked_mul(right),
                    Operator::Divide => left.checked_div(right),
                }
            }
        }
    }

    fn found(&self, world: &dyn World, into: &mut Vec<String>) {
        match self {
            Self::Number(_) => {}
            Self::Atom(atom) => {
                let said = match world.show(atom) {
                    Ok(value) => format!("{} is {value}", atom.text),
                    Err(why) => format!("{} is not known: {why}", atom.text),
                };
                if !into.contains(&said) {
                    into.push(said);
                }
            }
            Self::Of(left, _, right) => {
                left.found(world, into);
                right.found(world, into);
            }
        }
    }
}

/// As it was written.
impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
