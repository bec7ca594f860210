//! What expectations are about.

use super::Atom;
use crate::filter::Filter;
use crate::link;
use crate::stack::{DropReason, service};

/// Where frames are looked at, or what is spoken of: by the numbers of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Place {
    App(usize),
    Node(usize),
    /// An interface of a node, by its place there.
    Port(usize, usize),
    /// A link, or one direction of it.
    Link(usize, Option<usize>),
}

/// What has become of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Phase {
    Sent,
    Arrived,
    Lost,
    Corrupted,
    Duplicated,
}

/// Frames that are looked at.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Probe {
    pub phase: Phase,
    pub place: Place,
    pub filter: Option<Filter>,
}

/// A number that something says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Figure {
    /// Of an application, by its name.
    App(usize, String),
    /// Of a service on a node: the service, the figure.
    Service(usize, String, String),
    Node(usize, NodeFigure),
    /// Of a link, of one direction or both.
    Link(usize, Option<usize>, LinkFigure),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum NodeFigure {
    Drops(Option<DropReason>),
    FramesSent,
    FramesReceived,
    Addresses,
    Routes,
    Neighbours,
    Mappings,
    Flooded,
    Filtered,
}

impl NodeFigure {
    /// Their names, in the order of the variants.
    pub const NAMES: [(&'static str, Self); 9] = [
        ("drops", Self::Drops(None)),
        ("frames_sent", Self::FramesSent),
        ("frames_received", Self::FramesReceived),
        ("addresses", Self::Addresses),
        ("routes", Self::Routes),
        ("neighbours", Self::Neighbours),
        ("mappings", Self::Mappings),
        ("flooded", Self::Flooded),
        ("filtered", Self::Filtered),
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum LinkFigure {
    Sent,
    SentBytes,
    Delivered,
    DeliveredBytes,
    Dropped(Option<link::Reason>),
    Duplicated,
    Corrupted,
    Reordered,
    Marked,
    QueuePackets,
    QueueBytes,
}

impl LinkFigure {
    /// Their names.
    pub const NAMES: [(&'static str, Self); 11] = [
        ("sent", Self::Sent),
        ("sent_bytes", Self::SentBytes),
        ("delivered", Self::Delivered),
        ("delivered_bytes", Self::DeliveredBytes),
        ("dropped", Self::Dropped(None)),
        ("duplicated", Self::Duplicated),
        ("corrupted", Self::Corrupted),
        ("reordered", Self::Reordered),
        ("marked", Self::Marked),
        ("queue_packets", Self::QueuePackets),
        ("queue_bytes", Self::QueueBytes),
    ];

    /// Its value, out of what a link has counted.
    pub fn of(self, counters: &link::Counters) -> u64 {
        match self {
            Self::Sent => counters.sent,
            Self::SentBytes => counters.sent_bytes,
            Self::Delivered => counters.delivered,
            Self::DeliveredBytes => counters.delivered_bytes,
            Self::Dropped(None) => counters.dropped.total(),
            Self::Dropped(Some(reason)) => counters.dropped.of(reason),
            Self::Duplicated => counters.duplicated,
            Self::Corrupted => counters.corrupted,
            Self::Reordered => counters.reordered,
            Self::Marked => counters.marked,
            Self::QueuePackets => counters.queue_packets as u64,
            Self::QueueBytes => counters.queue_bytes as u64,
        }
    }
}

/// What a number is a number of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Of things, or of nothing.
    #[default]
    Count,
    /// Bytes.
    Bytes,
    /// Nanoseconds.
    Time,
    /// Bits a second.
    Rate,
}

impl Unit {
    /// That of a figure.
    pub(in crate::sim) const fn of(figure: service::Figure) -> Self {
        match figure {
            service::Figure::Count(_) => Self::Count,
            service::Figure::Bytes(_) => Self::Bytes,
            service::Figure::Time(_) => Self::Time,
            service::Figure::Rate(_) => Self::Rate,
        }
    }

    /// As programs read it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Bytes => "bytes",
            Self::Time => "ns",
            Self::Rate => "bit/s",
        }
    }
}

/// A run, as expectations see it.
pub(in crate::sim) trait World {
    /// What something is now; `None` if it is not known.
    fn value(&self, atom: &Atom) -> Option<i128>;

    /// The same for people.
    ///
    /// # Errors
    /// Why it is not known.
    fn show(&self, atom: &Atom) -> Result<String, String>;
}
