//! What a driver drives: something with interfaces to which frames come, and from which frames go.

use super::{InterfaceId, Stack, Transmit};
use crate::time::Time;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Something with interfaces: a [`Stack`], a [`Host`](super::Host), a bridge. It does no input or output and has no clock.
///
/// After every call take all frames ([`Node::poll_transmit`] until `None`); then [`Node::next_deadline`] says when to wake it. A deadline that has
/// passed means at once. Time never runs backwards. [`turn`](Node::turn) does all of it.
pub trait Node {
    /// A frame has come by an interface.
    fn on_frame(&mut self, now: Time, interface: InterfaceId, frame: &[u8]);

    /// Does what is due.
    fn on_deadline(&mut self, now: Time);

    /// When [`Node::on_deadline`] is to be called, whether or not a frame comes before.
    fn next_deadline(&self) -> Option<Time>;

    /// The next frame to send.
    fn poll_transmit(&mut self, now: Time) -> Option<Transmit>;

    /// Takes back the buffer of a frame that was sent.
    fn recycle(&mut self, frame: Vec<u8>);

    /// The cable of an interface was pulled or cut, or is whole again. What has no carrier to lose does nothing.
    fn on_link(&mut self, now: Time, interface: InterfaceId, up: bool) {
        let _ = (now, interface, up);
    }

    /// All that is to be done at one instant, once the frames that came were given: what is due is done, what is to be sent is given to `send`.
    /// Gives back when the next turn is due. What would be due at the same instant without end waits for the next turn after
    /// 1,000 rounds, so that frames that arrive are seen meanwhile.
    ///
    /// Several frames may be given before a turn, as a device driver does that finds several; or a turn follows each, as in the simulator. Both are right, and can
    /// differ in what is acknowledged when.
    fn turn(&mut self, now: Time, send: &mut dyn FnMut(&Transmit)) -> Option<Time> {
        for _ in 0..1_000 {
            while let Some(transmit) = self.poll_transmit(now) {
                send(&transmit);
                self.recycle(transmit.frame);
            }
            match self.next_deadline() {
                Some(due) if due <= now => self.on_deadline(now),
                later => return later,
            }
        }
        Some(now)
    }
}

impl Node for Stack {
    fn on_frame(&mut self, now: Time, interface: InterfaceId, frame: &[u8]) {
        Self::on_frame(self, now, interface, frame);
    }

    fn on_deadline(&mut self, now: Time) {
        Self::on_deadline(self, now);
    }

    fn next_deadline(&self) -> Option<Time> {
        Self::next_deadline(self)
    }

    fn poll_transmit(&mut self, now: Time) -> Option<Transmit> {
        Self::poll_transmit(self, now)
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        Self::recycle(self, frame);
    }

    fn on_link(&mut self, now: Time, interface: InterfaceId, up: bool) {
        // An interface that there is not has no cable.
        let _ = self.set_link(now, interface, up);
    }
}

impl<N: Node + ?Sized> Node for Box<N> {
    fn on_frame(&mut self, now: Time, interface: InterfaceId, frame: &[u8]) {
        (**self).on_frame(now, interface, frame);
    }

    fn on_deadline(&mut self, now: Time) {
        (**self).on_deadline(now);
    }

    fn next_deadline(&self) -> Option<Time> {
        (**self).next_deadline()
    }

    fn poll_transmit(&mut self, now: Time) -> Option<Transmit> {
        (**self).poll_transmit(now)
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        (**self).recycle(frame);
    }

    fn on_link(&mut self, now: Time, interface: InterfaceId, up: bool) {
        (**self).on_link(now, interface, up);
    }
}
