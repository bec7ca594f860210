//! The same packets read and built by etherparse, pnet_packet and smoltcp: every field that they have is equal,
//! and what is built is equal to the byte.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

#[path = "peers/built.rs"]
mod built;
#[path = "peers/read_by_etherparse.rs"]
mod read_by_etherparse;
#[path = "peers/read_by_pnet.rs"]
mod read_by_pnet;
#[path = "peers/read_by_smoltcp.rs"]
mod read_by_smoltcp;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::{Ipv4Addr, Ipv6Addr};

use layercake::checksum::{Pseudo, Sum};
use layercake::field::{Builder, Kind, Mac};
use layercake::names::Ipv4OptionType;
use layercake::packet::{Decoder, Frame, Layer, LinkType, Packet, Part};
use layercake::wire::{
    arp::Arp, cooked::sll::Sll, ethernet::Ethernet, icmpv4::Icmpv4, icmpv6::Icmpv6, ipv4::Ipv4, ipv6::Ipv6,
    tcp::Tcp, tcp::typed::TcpOption, udp::Udp, vlan::Vlan,
};

/// What was compared: how many values of which protocol, with whom.
#[derive(Default)]
struct Compared(BTreeMap<(&'static str, &'static str), usize>);

impl Compared {
    #[track_caller]
    fn same<T: PartialEq + Debug>(&mut self, peer: &'static str, protocol: &'static str, values: &[(T, T)]) {
        for (at, (ours, theirs)) in values.iter().enumerate() {
            assert_eq!(ours, theirs, "{protocol} of {peer}, value {at}");
        }
        *self.0.entry((peer, protocol)).or_default() += values.len();
    }

    #[track_caller]
    fn at_least(&self, least: &[(&'static str, &'static str, usize)]) {
        for (peer, protocol, least) in least {
            let count = self.0.get(&(*peer, *protocol)).copied().unwrap_or(0);
            assert!(count >= *least, "{protocol} of {peer}: {count} values compared");
        }
    }
}

/// The headers of a packet as we see them, taken one by one.
struct Ours<'a> {
    packet: &'a Packet<&'a [u8]>,
    layers: Vec<Layer>,
    next: usize,
}

impl<'a> Ours<'a> {
    fn new(packet: &'a Packet<&'a [u8]>) -> Self {
        Self { packet, layers: packet.headers().collect(), next: 0 }
    }

    /// The next header, which a peer says is of this kind.
    #[track_caller]
    fn take(&mut self, kind: Kind) -> &'a [u8] {
        let layer =
            self.layers.get(self.next).unwrap_or_else(|| panic!("a peer sees one more header: {kind:?}"));
        assert_eq!(layer.kind, kind);
        self.next += 1;
        self.packet.layer_bytes(layer)
    }
}

fn transport(kind: Kind) -> bool {
    matches!(kind, Kind::TCP | Kind::UDP | Kind::ICMPV4 | Kind::ICMPV6)
}

/// The frames of the sound fixtures.
fn good_frames() -> Vec<common::Captured> {
    let files = common::pcap_files(&common::root().join("fixtures"));
    let frames = files.iter().flat_map(|file| common::frames(file));
    frames.filter(|captured| captured.link == layercake::packet::LinkType::ETHERNET).collect()
}
