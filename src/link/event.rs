//! What becomes of frames.

use core::fmt;

use crate::time::Time;

/// What has become of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<F> {
    /// It is at the other end.
    Arrived(Delivery<F>),
    /// It will not be.
    Dropped(Dropped<F>),
}

impl<F> Event<F> {
    /// When it happened.
    pub fn time(&self) -> Time {
        match self {
            Self::Arrived(delivery) => delivery.time,
            Self::Dropped(dropped) => dropped.time,
        }
    }

    /// The frame.
    pub fn frame(&self) -> &F {
        match self {
            Self::Arrived(delivery) => &delivery.frame,
            Self::Dropped(dropped) => &dropped.frame,
        }
    }
}

/// A frame at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery<F> {
    /// When its last bit arrived.
    pub time: Time,
    /// When it was given to the link.
    pub sent: Time,
    /// The frame as it arrived.
    pub frame: F,
    /// The queue said in it that there is congestion ([`mark`](crate::link::mark)).
    pub marked: bool,
    /// This bit of it was turned over, counted from the first bit of the first byte.
    pub corrupted: Option<u64>,
    /// It is the second of two.
    pub copy: bool,
}

/// A frame that does not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped<F> {
    /// When it was dropped; of a frame lost on the wire, when its last bit had left.
    pub time: Time,
    /// When it was given to the link.
    pub sent: Time,
    /// The frame.
    pub frame: F,
    /// Why.
    pub reason: Reason,
}

/// Why a frame was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The queue was full.
    Full,
    /// CoDel: frames wait too long.
    Codel,
    /// RED: the queue is too long on average.
    Red,
    /// It is longer than the token bucket can ever hold.
    Burst,
    /// By chance, on the wire.
    Loss,
    /// It was on the list.
    List,
    /// There were more frames on the way than the link remembers ([`Config::in_flight`](crate::link::Config::in_flight)).
    InFlight,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the queue is full",
            Self::Codel => "frames wait too long (CoDel)",
            Self::Red => "the queue is too long on average (RED)",
            Self::Burst => "the frame is longer than the token bucket's burst",
            Self::Loss => "lost on the wire",
            Self::List => "on the list of frames to lose",
            Self::InFlight => "too many frames are on the way",
        })
    }
}
