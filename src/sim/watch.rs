//! Whoever looks on.

use super::net::{CableId, Carried, Port};
use crate::link::{Event, Orders};
use crate::stack::Reason;
use crate::time::Time;

/// Sees every frame of a [`Net`](super::Net) when it is sent, and when it has arrived or was dropped.
///
/// ```
/// use layercake::link::Orders;
/// use layercake::sim::{Sent, Watch};
///
/// /// Counts frames, and has every tenth lost.
/// #[derive(Default)]
/// struct Tenth(u64);
///
/// impl Watch for Tenth {
///     fn sent(&mut self, _: &Sent<'_>) -> Orders {
///         self.0 += 1;
///         Orders { lose: self.0.is_multiple_of(10), ..Orders::default() }
///     }
/// }
/// ```
pub trait Watch {
    /// A node has sent a frame. What is to become of it can be said; the default leaves that to the cable.
    fn sent(&mut self, sent: &Sent<'_>) -> Orders {
        let _ = sent;
        Orders::default()
    }

    /// A frame has arrived, or will not; one that was doubled arrives twice.
    fn ended(&mut self, ended: &Ended<'_>) {
        let _ = ended;
    }
}

impl Watch for () {}

/// A frame that a node has sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// When.
    pub time: Time,
    /// Its number: [`Carried::number`].
    pub number: u64,
    /// The frame that had just arrived, if that is what made the node send this one: an acknowledgment, an answer, a packet that is forwarded at once.
    pub cause: Option<u64>,
    /// Who sent it, and by which interface.
    pub port: Port,
    /// The cable, and the direction: 0 from its first end to its second, 1 back. Nothing if none is plugged in: the frame is lost.
    pub cable: Option<(CableId, usize)>,
    /// The frame.
    pub frame: &'a [u8],
    /// Why it was sent.
    pub reason: &'a Reason,
}

/// What has become of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// The cable.
    pub cable: CableId,
    /// The direction: 0 from its first end to its second, 1 back.
    pub direction: usize,
    /// Where that leads, if the end is plugged in.
    pub port: Option<Port>,
    /// What has become of it.
    pub event: &'a Event<Carried>,
}
