//! The loop: the only place that waits.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::time::TimeSpec;

use super::{Clock, Device, Go, Outside};
use crate::stack::{InterfaceId, Node, Transmit};
use crate::time::Time;

/// A device, and the interface of the node whose frames go by it.
#[derive(Debug)]
pub struct Port {
    /// The device.
    pub device: Device,
    /// The interface.
    pub interface: InterfaceId,
    /// Frames that came from the kernel, and their bytes.
    pub received: (u64, u64),
    /// Frames that the kernel took, and their bytes.
    pub sent: (u64, u64),
    /// Frames that it did not take.
    pub refused: u64,
}

impl Port {
    /// A port that has done nothing yet.
    pub const fn new(device: Device, interface: InterfaceId) -> Self {
        Self { device, interface, received: (0, 0), sent: (0, 0), refused: 0 }
    }

    fn send(&mut self, frame: &[u8]) {
        if self.device.send(frame) {
            self.sent.0 += 1;
            self.sent.1 += frame.len() as u64;
        } else {
            self.refused += 1;
        }
    }
}

/// What ends a loop from outside: SIGINT (Ctrl-C), SIGTERM or SIGHUP, which are taken from the thread that has this.
#[derive(Debug)]
pub struct Stop(SignalFd);

impl Stop {
    /// Begins to listen.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn new() -> io::Result<Self> {
        let signals = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
        signals.thread_block()?;
        Ok(Self(SignalFd::with_flags(&signals, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?))
    }

    /// From now on signals do what they did before.
    pub fn release(self) {
        let _ = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]).thread_unblock();
    }

    /// Whether one has come since this was asked last.
    pub fn came(&self) -> bool {
        matches!(self.0.read_signal(), Ok(Some(_)))
    }
}

/// How a loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A signal came.
    Stopped,
    /// Whoever watches had enough.
    Done,
}

/// Frames that are taken from one device before the node is asked what it has to send.
const BATCH: usize = 64;
/// Turns after which signals are looked at, when there is so much to do that the loop never waits.
const BUSY: u32 = 64;
/// No frame that a kernel sends is longer.
const LONGEST: usize = 65_536 + 64;

/// Drives a node in real time until it is to stop: frames that come from the devices are given to it, what it sends goes to them, and it is woken
/// when it wants. `each` is called whenever all is done that was to be done at a time; the node can be asked then, and given more to do.
///
/// # Errors
/// If a device is gone.
pub fn drive<N: Node>(
    node: &mut N,
    ports: &mut [Port],
    clock: &mut Clock,
    stop: &Stop,
    outside: &Outside,
    mut each: impl FnMut(Time, &mut N) -> Go,
) -> io::Result<Ended> {
    let mut frame = vec![0; LONGEST];
    let mut wanted = Some(Time::ZERO);
    let mut busy = 0;
    loop {
        let now = clock.now();
        outside.begin(now);
        let mut came = false;
        let mut gone = None;
        for port in &mut *ports {
            for _ in 0..BATCH {
                let length = match port.device.receive(&mut frame) {
                    Ok(Some(length)) => length,
                    Ok(None) => break,
                    // What came before it is still seen to.
                    Err(error) => {
                        gone = Some(error);
                        break;
                    }
                };
                let Some(frame) = frame.get(..length) else { break };
                came = true;
                port.received.0 += 1;
                port.received.1 += length as u64;
                outside.frame(node, port.interface, frame);
            }
        }
        if came || wanted.is_some_and(|due| due <= now) {
            let send = |transmit: &Transmit| {
                if let Some(port) = ports.iter_mut().find(|port| port.interface == transmit.interface) {
                    port.send(&transmit.frame);
                }
            };
            let Go::On(next) = outside.act(node, send, &mut each) else { return Ok(Ended::Done) };
            wanted = next;
        }
        if let Some(error) = gone {
            return Err(error);
        }
        busy += 1;
        if came && busy < BUSY {
            continue;
        }
        busy = 0;
        let rest = if came { Some(Duration::ZERO) } else { wanted.map(|due| due.since(clock.now())) };
        outside.flush(rest.is_none_or(|rest| rest > Duration::from_millis(20)));
        if wait(ports, stop, rest)? {
            return Ok(Ended::Stopped);
        }
    }
}

/// Waits until a frame comes or so much time has gone by; whether a signal came.
fn wait(ports: &[Port], stop: &Stop, rest: Option<Duration>) -> io::Result<bool> {
    let mut watched = vec![PollFd::new(stop.0.as_fd(), PollFlags::POLLIN)];
    watched.extend(ports.iter().map(|port| PollFd::new(port.device.as_fd(), PollFlags::POLLIN)));
    match ppoll(&mut watched, rest.map(TimeSpec::from), None) {
        Ok(_) => {}
        Err(Errno::EINTR) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    for (seen, port) in watched.iter().skip(1).zip(ports) {
        // Otherwise it would be waited for without end.
        let gone =
            seen.revents().is_some_and(|seen| seen.intersects(PollFlags::POLLERR | PollFlags::POLLNVAL));
        if gone && !seen.revents().is_some_and(|seen| seen.contains(PollFlags::POLLIN)) {
            let name = port.device.name();
            return Err(io::Error::new(io::ErrorKind::NotConnected, format!("{name} is gone")));
        }
    }
    Ok(stop.came())
}
