//! What becomes of frames.

use crate::link::drops::Reason;
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
