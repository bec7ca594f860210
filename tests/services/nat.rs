//! Hosts behind a router that translates: RFC 4787, 5382, 5508 and 7857, one requirement at a time, as `docs/nat.md` lists them.
//!
//! ```text
//!   A 10.0.0.1 ──┐                                  ┌── Y 203.0.113.20
//!   B 10.0.0.2 ──┼── 10.0.0.254  NAT  203.0.113.1 ──┼── 203.0.113.254  FAR  198.51.100.254 ── X 198.51.100.1
//!   C 10.0.0.3 ──┘                                  │
//! ```

mod bounds;
mod document;
mod icmp;
mod tcp;
mod udp;

use std::net::{Ipv4Addr, SocketAddrV4};

use layercake::packet::{Decoder, Frame};
use layercake::stack::nat::{Config, Filtering, Forward, Mapping, Protocol};
use layercake::stack::{DropReason, InterfaceId};

use layercake::wire::ethernet::Ethernet;
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::ipv4::Ipv4;

use super::wires::{Net, SECOND, mac};

pub const A: usize = 0;
pub const B: usize = 1;
pub const C: usize = 2;
pub const NAT: usize = 3;
pub const FAR: usize = 4;
pub const X: usize = 5;
pub const Y: usize = 6;

const INSIDE: usize = 0;
const OUTSIDE: usize = 1;

/// The figure, as the RFCs recommend it.
pub fn house() -> Net {
    house_with(|_| ())
}

/// The figure, otherwise.
pub fn house_with(change: impl Fn(&mut Config)) -> Net {
    house_over([1500; 3], change)
}

/// The figure, with links inside, outside and far that carry packets of so many bytes; X takes longer ones.
pub fn house_over(mtus: [u32; 3], change: impl Fn(&mut Config)) -> Net {
    let mut net = Net::new();
    for host in A..=Y {
        net.host(host == NAT || host == FAR);
    }
    for (host, address) in [(A, "10.0.0.1/24"), (B, "10.0.0.2/24"), (C, "10.0.0.3/24")] {
        let interface = net.attach(host, INSIDE, mtus[0], address);
        net.route(host, "0.0.0.0/0", "10.0.0.254", interface);
    }
    net.attach(NAT, INSIDE, mtus[0], "10.0.0.254/24");
    let outside = net.attach(NAT, OUTSIDE, mtus[1], "203.0.113.1/24");
    net.route(NAT, "0.0.0.0/0", "203.0.113.254", outside);
    net.attach(FAR, OUTSIDE, mtus[1], "203.0.113.254/24");
    net.attach(FAR, 2, mtus[2], "198.51.100.254/24");
    let x = net.attach(X, 2, 1500, "198.51.100.1/24");
    net.route(X, "0.0.0.0/0", "198.51.100.254", x);
    let y = net.attach(Y, OUTSIDE, mtus[1], "203.0.113.20/24");
    net.route(Y, "0.0.0.0/0", "203.0.113.254", y);
    let mut config = Config::new(outside);
    change(&mut config);
    net.stack(NAT).set_nat(Some(config)).unwrap();
    net.run(SECOND);
    net.log.clear();
    net
}

/// The mappings of the router.
pub fn mappings(net: &Net) -> Vec<Mapping> {
    net.hosts[NAT].stack.nat().unwrap().mappings().collect()
}

pub fn forward(net: &mut Net, protocol: Protocol, port: u16, inside: &str) {
    let forward = Forward { protocol, port, inside: inside.parse().unwrap() };
    net.stack(NAT).add_forward(forward).unwrap();
}

pub fn drops(net: &Net, reason: DropReason) -> u64 {
    net.hosts[NAT].stack.drops().of(reason)
}

pub const ALL_FILTERS: [Filtering; 3] = [Filtering::Endpoint, Filtering::Address, Filtering::AddressAndPort];

/// The interface of the router to the outside.
pub const WAN: InterfaceId = InterfaceId(2);

/// An ICMP error that was sent: type and code, from and to whom, and the two ends that it quotes.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    kind: u8,
    code: u8,
    from: Ipv4Addr,
    to: Ipv4Addr,
    quoted: [SocketAddrV4; 2],
}

impl Told {
    pub fn of(kind: u8, code: u8, from: &str, to: &str, quoted: [&str; 2]) -> Self {
        let quoted = quoted.map(|end| end.parse().unwrap());
        Self { kind, code, from: from.parse().unwrap(), to: to.parse().unwrap(), quoted }
    }
}

/// The errors that a host has put on the wire for another one, the identifier of a request standing for both ports.
pub fn errors(net: &Net, by: usize, to: usize) -> Vec<Told> {
    let sent = net.log.iter().filter(|sent| sent.host == by);
    let told = sent.filter_map(|sent| {
        let packet = Decoder::new().packet(Frame::ethernet(&sent.frame[..]));
        let (ethernet, icmp) = (packet.get::<Ethernet>()?, packet.get::<Icmpv4>()?);
        let (outer, quote) = (packet.nth::<Ipv4>(0)?, packet.nth::<Ipv4>(1)?);
        if !(0..3).any(|link| ethernet.destination() == mac(to, link)) {
            return None;
        }
        // The ports as they lie there.
        let at = 14 + 20 + 8 + 20;
        let word = |at: usize| u16::from_be_bytes([sent.frame[at], sent.frame[at + 1]]);
        let ports = match quote.protocol().0 {
            1 => [word(at + 4); 2],
            _ => [word(at), word(at + 2)],
        };
        let ends =
            [SocketAddrV4::new(quote.source(), ports[0]), SocketAddrV4::new(quote.destination(), ports[1])];
        let (from, to) = (outer.source(), outer.destination());
        Some(Told { kind: icmp.message_type().0, code: icmp.code(), from, to, quoted: ends })
    });
    told.collect()
}
