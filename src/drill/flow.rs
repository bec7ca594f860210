//! A conversation between the host and its peer: in the numbers of the script, and in those of the wire.
//!
//! What the peer sends is written by the script, so its numbers are those of the wire. What the host sends has ports, sequence numbers
//! and clocks that the host has chosen; the script has its own for them, and here the two are brought together.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::script::Protocol;

/// How long a tick of the host's clock of timestamps is (RFC 7323 section 5.4).
const TICK: Duration = Duration::from_millis(1);

/// A conversation.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub protocol: Protocol,
    /// The host's address and port, on the wire.
    pub local: SocketAddr,
    /// The peer's.
    pub remote: SocketAddr,
    /// The ports by which the script calls it: the host's, and the peer's.
    pub names: Option<(u16, u16)>,
    /// What makes a number of the script one of the wire, for what the host sends.
    offset: Option<u32>,
    /// The number of the host's SYN on the wire.
    first: Option<u32>,
    /// Something but SYN went over it since the offset was found: a SYN begins another connection.
    pub opened: bool,
    /// The host has begun another connection, or is about to.
    pub renewed: bool,
    /// An application has had a descriptor for it.
    pub described: bool,
    /// What the host's clock said on the wire, by what it says in the script; and the first of both.
    clocks: BTreeMap<u32, u32>,
    first_clock: Option<(u32, u32)>,
}

/// Values of a clock that are remembered.
const CLOCKS: usize = 1 << 16;

impl Flow {
    pub const fn new(protocol: Protocol, local: SocketAddr, remote: SocketAddr) -> Self {
        Self {
            protocol,
            local,
            remote,
            names: None,
            offset: None,
            first: None,
            opened: false,
            renewed: false,
            described: false,
            clocks: BTreeMap::new(),
            first_clock: None,
        }
    }

    /// Whether a packet from the host with this source and destination belongs to it.
    pub fn is(&self, protocol: Protocol, local: SocketAddr, remote: SocketAddr) -> bool {
        (self.protocol, self.local, self.remote) == (protocol, local, remote)
    }

    /// The ports that a packet of the script has: the host's, and the peer's.
    pub const fn ports(&self) -> (u16, u16) {
        match self.names {
            Some(names) => names,
            None => (self.local.port(), self.remote.port()),
        }
    }

    /// The host has sent a SYN that has this number on the wire, and that one in the script. Of a SYN that comes again the number is
    /// compared like any other: only a new connection has one of its own.
    pub fn begins(&mut self, wire: u32, script: u32) {
        if self.offset.is_none() || (self.renewed && self.first != Some(wire)) {
            self.offset = Some(wire.wrapping_sub(script));
            self.first = Some(wire);
            self.clocks.clear();
            self.first_clock = None;
            (self.opened, self.renewed) = (false, false);
        }
    }

    /// A number of what the host sends, as it is on the wire.
    pub fn to_wire(&self, script: u32) -> u32 {
        script.wrapping_add(self.offset.unwrap_or(0))
    }

    /// The same, as it is in the script.
    pub fn to_script(&self, wire: u32) -> u32 {
        wire.wrapping_sub(self.offset.unwrap_or(0))
    }

    /// The host's clock says `wire`, and `script` stands for it.
    pub fn learn_clock(&mut self, wire: u32, script: u32) {
        self.first_clock.get_or_insert((wire, script));
        if self.clocks.len() < CLOCKS {
            self.clocks.insert(script, wire);
        }
    }

    /// What the peer echoes: a value of the host's clock, as it is on the wire. With a tick it is computed, not looked up.
    pub fn echo_to_wire(&self, script: u32, tick: Option<Duration>) -> u32 {
        if script == 0 {
            return 0;
        }
        let looked_up = self.clocks.get(&script).copied().filter(|_| tick.is_none());
        looked_up.or_else(|| self.clock_to_wire(script, tick.unwrap_or(TICK))).unwrap_or(script)
    }

    /// A value of the host's clock on the wire, as it is in the script, where a tick has so long.
    pub fn clock_to_script(&self, wire: u32, tick: Duration) -> Option<u32> {
        let (first_wire, first_script) = self.first_clock?;
        Some(first_script.wrapping_add(convert(wire.wrapping_sub(first_wire), TICK, tick)))
    }

    fn clock_to_wire(&self, script: u32, tick: Duration) -> Option<u32> {
        let (first_wire, first_script) = self.first_clock?;
        Some(first_wire.wrapping_add(convert(script.wrapping_sub(first_script), tick, TICK)))
    }
}

/// A number of ticks, forwards or backwards, in ticks of another length.
fn convert(ticks: u32, from: Duration, to: Duration) -> u32 {
    let span =
        i128::from(ticks.cast_signed()).saturating_mul(i128::try_from(from.as_nanos()).unwrap_or(i128::MAX));
    let length = i128::try_from(to.as_nanos().max(1)).unwrap_or(i128::MAX);
    span.checked_div(length).unwrap_or(0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow() -> Flow {
        Flow::new(Protocol::Tcp, "192.168.0.1:8080".parse().unwrap(), "192.0.2.1:33000".parse().unwrap())
    }

    #[test]
    fn numbers_wrap() {
        let mut flow = flow();
        flow.begins(u32::MAX - 9, 0);
        assert_eq!((flow.to_wire(11), flow.to_script(1)), (1, 11));
        // A SYN that comes again with another number is not a new beginning.
        flow.begins(5, 0);
        assert_eq!(flow.to_script(5), 15);
        flow.renewed = true;
        flow.begins(5, 0);
        assert_eq!(flow.to_script(5), 0);
    }

    #[test]
    fn clocks_are_looked_up_or_computed() {
        let mut flow = flow();
        flow.learn_clock(70_000, 100);
        flow.learn_clock(70_050, 150);
        assert_eq!((flow.echo_to_wire(150, None), flow.echo_to_wire(0, None)), (70_050, 0));
        assert_eq!(flow.echo_to_wire(90, None), 69_990);
        // Ticks of 10 ms in the script are 10 of the host's.
        assert_eq!(flow.echo_to_wire(101, Some(Duration::from_millis(10))), 70_010);
        assert_eq!(flow.clock_to_script(70_050, Duration::from_millis(10)), Some(105));
    }
}
