//! Frames that are kept, to be looked at afterwards.

use alloc::vec::Vec;

use super::{Ended, NodeId, Sent, Watch};
use crate::link::{Event, Orders};
use crate::stack::{InterfaceId, Reason};
use crate::time::Time;

/// Keeps every frame that is sent or arrives, once [`Log::record`] was called.
///
/// ```
/// use core::time::Duration;
/// use layercake::link;
/// use layercake::sim::Net;
/// use layercake::stack::{Config, Kind};
///
/// let (host, wire) = (Config::default(), link::Config::default());
/// let mut net = Net::pair([host.clone(), host], [&wire, &wire], 1)?;
/// net.address(0, "192.0.2.1/24".parse()?)?;
/// let socket = net.nodes[0].socket(Kind::Datagram)?;
/// net.nodes[0].send_to(net.now, socket, b"hello", "192.0.2.2:7".parse()?)?;
///
/// net.watch.record();
/// net.run(Duration::from_millis(100))?;
/// let sent = net.watch.entries.iter().filter_map(|entry| Some((entry.node, entry.reason?.to_string())));
/// assert_eq!(sent.collect::<Vec<_>>(), [(0, "who has 192.0.2.2? attempt 1 of 3".into())]);
/// assert_eq!(net.watch.entries[1].node, 1, "it has arrived");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The frames, in the order in which they were sent and arrived. Whoever has seen them can clear it; nothing else does.
    pub entries: Vec<Entry>,
    recording: bool,
}

/// A frame that was sent, or has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub time: Time,
    /// Which node sent it, or got it: its place in [`Net::nodes`](super::Net::nodes).
    pub node: usize,
    /// By which interface.
    pub interface: InterfaceId,
    /// The frame.
    pub frame: Vec<u8>,
    /// Why it was sent; `None` if it has arrived.
    pub reason: Option<Reason>,
}

impl Log {
    /// Keeps every frame from now on.
    pub const fn record(&mut self) {
        self.recording = true;
    }
}

impl Watch for Log {
    fn sent(&mut self, sent: &Sent<'_>) -> Orders {
        if self.recording {
            let Sent { time, port: (NodeId(node), interface), frame, reason, .. } = *sent;
            let (frame, reason) = (frame.to_vec(), Some(*reason));
            self.entries.push(Entry { time, node, interface, frame, reason });
        }
        Orders::default()
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        if let (true, Event::Arrived(delivery), Some((NodeId(node), interface))) =
            (self.recording, ended.event, ended.port)
        {
            let (time, frame) = (delivery.time, delivery.frame.frame.clone());
            self.entries.push(Entry { time, node, interface, frame, reason: None });
        }
    }
}
