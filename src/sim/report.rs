//! What came of a scenario.

use core::time::Duration;

use crate::link::{Counters, Rate};
use crate::stack::service::Figure;

/// What came of a scenario.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What the scenario is called.
    pub title: Option<String>,
    /// Its seed.
    pub seed: u64,
    /// How long it was to last.
    pub duration: Duration,
    /// How long it has.
    pub now: Duration,
    /// Somebody had enough of it.
    pub interrupted: bool,
    /// Why time did not go on, if it did not.
    pub stuck: Option<String>,
    /// Frames that were sent.
    pub frames: u64,
    /// A number that another run only has if each frame was the same, at the same time, with the same fate.
    pub fingerprint: u64,
    /// How the expectations turned out, in the order of the scenario.
    pub verdicts: Vec<Verdict>,
    /// What happened, in the order of time.
    pub timeline: Vec<Line>,
    /// Sentences that the timeline has no room for.
    pub unsaid: u64,
    /// What the applications say of themselves.
    pub apps: Vec<AppReport>,
    /// What the nodes did.
    pub nodes: Vec<NodeReport>,
    /// What the links did.
    pub links: Vec<LinkReport>,
}

/// How an expectation turned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What was expected, as it was written.
    pub expectation: String,
    /// Whether it came.
    pub holds: bool,
    /// What came: `ping.received is 2`.
    pub found: Vec<String>,
    /// When that was found out.
    pub time: Duration,
}

/// A sentence of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, since the beginning.
    pub time: Duration,
    /// On which node; on none if it was done to the network.
    pub node: Option<String>,
    /// Who says it: an application by its name, a service, `event`, `link`, `address`.
    pub who: String,
    /// What has happened. Text that came from packets is escaped in it.
    pub text: String,
}

/// What an application says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppReport {
    /// Its name.
    pub name: String,
    /// Its kind: `ping`.
    pub kind: &'static str,
    /// Where it runs.
    pub node: String,
    /// Its figures, those that are known.
    pub figures: Vec<(&'static str, Figure)>,
}

/// What a node did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeReport {
    /// Its name.
    pub name: String,
    /// `host`, `router` or `switch`.
    pub kind: &'static str,
    /// Frames that it sent.
    pub sent: u64,
    /// Frames that came to it.
    pub received: u64,
    /// What it dropped, by the words of [`DropReason`](crate::stack::DropReason); of a switch what it flooded and filtered.
    pub drops: Vec<(&'static str, u64)>,
    /// Figures of the services on it, applications not counted.
    pub services: Vec<(&'static str, Vec<(&'static str, Figure)>)>,
}

/// What a link did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkReport {
    /// Its name.
    pub name: String,
    /// Its ends: `a:eth0`.
    pub ends: [String; 2],
    /// From the first end to the second, and back.
    pub ways: [Counters; 2],
    /// How fast each of them is, if that never changes.
    pub rates: [Option<Rate>; 2],
    /// Whether it was cut at the end.
    pub is_cut: bool,
}

impl Report {
    /// Whether all expectations came true, of a scenario that came to its end.
    pub fn passed(&self) -> bool {
        self.stuck.is_none() && !self.interrupted && self.verdicts.iter().all(|verdict| verdict.holds)
    }
}
