//! What a node of a scenario is: a host or router, or a switch.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Switch;
use crate::stack::{Host, InterfaceId, Node, Transmit};
use crate::time::Time;

/// A host or a router, which is a host that forwards; or a switch.
#[derive(Debug)]
pub enum Machine {
    /// A host, or a router.
    Host(Box<Host>),
    /// A switch.
    Switch(Box<Switch>),
}

impl Machine {
    /// The host, if it is one.
    pub const fn host(&self) -> Option<&Host> {
        match self {
            Self::Host(host) => Some(host),
            Self::Switch(_) => None,
        }
    }

    /// The same, to call it.
    pub const fn host_mut(&mut self) -> Option<&mut Host> {
        match self {
            Self::Host(host) => Some(host),
            Self::Switch(_) => None,
        }
    }

    fn node(&self) -> &dyn Node {
        match self {
            Self::Host(host) => &**host,
            Self::Switch(switch) => &**switch,
        }
    }

    fn node_mut(&mut self) -> &mut dyn Node {
        match self {
            Self::Host(host) => &mut **host,
            Self::Switch(switch) => &mut **switch,
        }
    }
}

impl Node for Machine {
    fn on_frame(&mut self, now: Time, interface: InterfaceId, frame: &[u8]) {
        self.node_mut().on_frame(now, interface, frame);
    }

    fn on_deadline(&mut self, now: Time) {
        self.node_mut().on_deadline(now);
    }

    fn next_deadline(&self) -> Option<Time> {
        self.node().next_deadline()
    }

    fn poll_transmit(&mut self, now: Time) -> Option<Transmit> {
        self.node_mut().poll_transmit(now)
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        self.node_mut().recycle(frame);
    }

    fn on_link(&mut self, now: Time, interface: InterfaceId, up: bool) {
        self.node_mut().on_link(now, interface, up);
    }
}
