//! Cut and put together: RFC 791 section 3.2, RFC 8200 section 4.5, RFC 5722, RFC 6946, RFC 8504.

use super::captures::frames;
use super::*;
use crate::random::Random;
use crate::stack::DropReason;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;
use crate::wire::ipv6_extension::fragment::Fragment;

/// A host that is the other end of [`host`].
fn peer() -> (Network, InterfaceId) {
    let mut peer = network(false);
    let eth0 = attach(&mut peer, "eth0", mac(2), 1500, &["192.0.2.2/24", "2001:db8::2/64"]);
    knows(&mut peer, eth0, "192.0.2.1", mac(1));
    knows(&mut peer, eth0, "2001:db8::1", mac(1));
    (peer, eth0)
}

/// What goes up of these frames.
fn arrivals(network: &mut Network, interface: InterfaceId, frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut arrived = Vec::new();
    for frame in frames {
        match network.receive(Time::ZERO, interface, frame) {
            Some(Arrival::Datagram(datagram)) => arrived.push(datagram.payload().to_vec()),
            Some(Arrival::EchoReply { data, .. }) => arrived.push(data.into_owned()),
            _ => {}
        }
    }
    arrived
}

#[test]
fn what_is_too_long_is_cut_and_put_together_in_any_order() {
    let mut random = Random::new(5);
    for (destination, bytes, count) in [
        ("192.0.2.2", 1473, 2),
        ("192.0.2.2", 1480 * 3 - 8, 3),
        ("192.0.2.2", 1480 * 3 - 7, 4),
        ("192.0.2.2", 65_507, 45),
        ("2001:db8::2", 1453, 2),
        ("2001:db8::2", 1448 * 3 - 8, 3),
        ("2001:db8::2", 65_527, 46),
    ] {
        let (mut host, _) = host();
        send_udp(&mut host, Time::ZERO, destination, bytes, false).unwrap();
        let mut frames: Vec<Vec<u8>> = sent(&mut host).into_iter().map(|transmit| transmit.frame).collect();
        assert_eq!(frames.len(), count, "{destination} {bytes}");
        for frame in &frames {
            is_sound(frame);
            assert!(frame.len() <= 1514);
        }
        for at in (1..frames.len()).rev() {
            frames.swap(at, random.below(at as u64 + 1) as usize);
        }
        // One of them twice.
        frames.insert(0, frames[0].clone());
        let (mut peer, eth0) = peer();
        let arrived = arrivals(&mut peer, eth0, &frames);
        assert_eq!(arrived.len(), 1, "{destination} {bytes} {:?}", peer.out.drops);
        assert_eq!((arrived[0].len(), &arrived[0][..4]), (bytes + 8, &[0x13, 0x88, 0, 7][..]));
        assert!(arrived[0][8..].iter().enumerate().all(|(n, byte)| *byte == n as u8));
        assert_eq!((peer.reassembly.held(), peer.out.drops.total()), ((0, 0), 0));
    }
}

fn piece(offset: u16, more: bool, data: &[u8]) -> Vec<u8> {
    let ip = Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1")).identification(7).protocol(IpProtocol::UDP);
    to_host(&(ip.fragment_offset(offset).more_fragments(more) / data))
}

fn piece6(offset: u16, more: bool, data: &[u8]) -> Vec<u8> {
    let ip = Ipv6::new(v6("2001:db8::2"), v6("2001:db8::1"));
    let fragment = Fragment::new(7, offset, more).next_header(IpProtocol::UDP);
    to_host(&(ip / fragment / data))
}

/// Teardrop, and what RFC 5722 is about: nothing comes of it, not even of pieces that come later.
#[test]
fn pieces_that_overlap_spoil_the_datagram() {
    for make in [piece, piece6] {
        let whole = [make(0, true, &[1; 24]), make(3, true, &[2; 24]), make(6, false, &[3; 5])];
        let (mut host, eth0) = host();
        assert_eq!(arrivals(&mut host, eth0, &whole)[0].len(), 53);
        for wrong in [
            make(2, true, &[9; 8]),
            make(0, true, &[9; 24]),
            make(0, true, &[1; 32]),
            make(1, true, &[1; 8]),
            make(4, false, &[2; 8]),
        ] {
            let (mut host, eth0) = super::host();
            assert!(arrivals(&mut host, eth0, &whole[..2]).is_empty());
            is_dropped(&mut host, eth0, &wrong, DropReason::IpFragment);
            is_dropped(&mut host, eth0, &whole[2], DropReason::IpFragment);
            assert_eq!(host.reassembly.held(), (1, 0));
            // Nobody is told when its time is over.
            host.on_deadline(Time::new(60, 0));
            assert_eq!((host.reassembly.held(), sent(&mut host).len()), ((0, 0), 0));
        }
        // A last piece that is not the last.
        let (mut host, eth0) = super::host();
        assert!(arrivals(&mut host, eth0, &[make(6, false, &[3; 5])]).is_empty());
        is_dropped(&mut host, eth0, &make(7, true, &[3; 8]), DropReason::IpFragment);
    }
}

/// The ping of death, and lengths that leave gaps.
#[test]
fn pieces_that_cannot_be() {
    let (mut host, eth0) = host();
    is_dropped(&mut host, eth0, &piece(8190, false, &[0; 100]), DropReason::IpFragment);
    is_dropped(&mut host, eth0, &piece(0, true, &[0; 7]), DropReason::IpFragment);
    is_dropped(&mut host, eth0, &piece(1, false, &[]), DropReason::IpFragment);
    assert!(sent(&mut host).is_empty());
    for (frame, code, pointer) in [
        (piece6(8191, false, &[0; 100]), 0, 42),
        (piece6(0, true, &[0; 9]), 0, 4),
        (piece6(0, true, &[]), 3, 0),
    ] {
        is_dropped(&mut host, eth0, &frame, DropReason::IpFragment);
        let error = sent(&mut host).remove(0).frame;
        assert_eq!((error[54], error[55], error[61]), (4, code, pointer));
    }
    assert_eq!(host.reassembly.held(), (0, 0));
}

/// RFC 1122 section 3.3.2, RFC 8200 section 4.5: the sender is told, if the first piece came.
#[test]
fn what_is_never_whole_is_given_up() {
    for (make, seconds, kind) in [(piece as fn(u16, bool, &[u8]) -> Vec<u8>, 30, 11u8), (piece6, 60, 3)] {
        for (offset, told) in [(0, 1), (3, 0)] {
            let (mut host, eth0) = host();
            assert!(arrivals(&mut host, eth0, &[make(offset, true, &[1; 24])]).is_empty());
            assert_eq!(host.deadline(), Some(Time::new(seconds, 0)));
            host.on_deadline(Time::new(seconds - 1, 0));
            assert_eq!(host.reassembly.held().0, 1);
            host.on_deadline(Time::new(seconds, 0));
            assert_eq!((host.reassembly.held(), host.deadline()), ((0, 0), None));
            let frames = sent(&mut host);
            assert_eq!(frames.len(), told);
            assert_eq!(host.out.drops.of(DropReason::ReassemblyTimeout), 1);
            for error in frames {
                let at = if kind == 11 { 34 } else { 54 };
                assert_eq!((error.frame[at], error.frame[at + 1]), (kind, 1));
            }
        }
    }
}

/// RFC 6946: an atomic fragment has nothing to do with pieces of the same number.
#[test]
fn a_fragment_that_is_all_goes_up_at_once() {
    let (mut host, eth0) = host();
    assert!(arrivals(&mut host, eth0, &[piece6(0, true, &[1; 24])]).is_empty());
    assert_eq!(arrivals(&mut host, eth0, &[piece6(0, false, &[9; 11])]), [[9; 11]]);
    assert_eq!(arrivals(&mut host, eth0, &[piece6(3, false, &[2; 3])])[0].len(), 27);
}

/// RFC 3168 section 5.3.
#[test]
fn congestion_that_a_piece_met_is_the_datagrams() {
    for (marks, expected) in
        [([2, 3], Some(3)), ([2, 2], Some(2)), ([0, 0], Some(0)), ([1, 1], Some(1)), ([0, 3], None)]
    {
        let (mut host, eth0) = host();
        let mut found = None;
        for (number, mark) in (0..).zip(marks) {
            let ip = Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1"))
                .identification(7)
                .protocol(IpProtocol::UDP)
                .tos(mark);
            let frame = to_host(&(ip.fragment_offset(number).more_fragments(number == 0) / [1; 8]));
            if let Some(Arrival::Datagram(datagram)) = host.receive(Time::ZERO, eth0, &frame) {
                assert_eq!(crate::checksum::Sum::of(&datagram.packet[..20]).fold(), 0xffff);
                found = Some(datagram.envelope.traffic_class);
            }
        }
        assert_eq!(found, expected);
    }
}

/// Whoever sends nothing but first pieces fills the table, and no more.
#[test]
fn the_table_has_bounds() {
    let (mut host, eth0) = host();
    for number in 0..5000u16 {
        let ip = Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1")).identification(number).protocol(IpProtocol::UDP);
        let frame = to_host(&(ip.fragment_offset(100).more_fragments(true) / [0; 1400]));
        host.receive(Time::ZERO, eth0, &frame);
    }
    assert_eq!(host.reassembly.held(), (64, 64 * 1400));
    for offset in 0..4000 {
        host.receive(Time::ZERO, eth0, &piece(offset * 2, true, &[0; 8]));
    }
    assert!(host.reassembly.held().0 <= 64 && host.reassembly.held().1 <= 1 << 20);
    for number in 0..64 {
        for offset in 0..45 {
            let ip =
                Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1")).identification(number).protocol(IpProtocol::UDP);
            let frame = to_host(&(ip.fragment_offset(offset * 175).more_fragments(true) / [0; 1400]));
            host.receive(Time::ZERO, eth0, &frame);
            assert!(host.reassembly.held().1 <= 1 << 20);
        }
    }
}

/// What Linux cut is what tcpdump saw whole at the other end: pings of 2,000 and 3,000 bytes, a UDP datagram.
#[test]
fn recordings_of_fragments() {
    for name in ["fragments4.pcap", "fragments6.pcap"] {
        // Once as each of the two who speak.
        let frames = frames(name);
        let ends: std::collections::BTreeSet<(Mac, IpAddr)> =
            frames.iter().filter_map(|frame| end_of(frame)).collect();
        let mut whole = Vec::new();
        for (mac, address) in ends {
            let mut host = network(false);
            let length = if address.is_ipv4() { 24 } else { 64 };
            let eth0 = attach(&mut host, "eth0", mac, 1500, &[&std::format!("{address}/{length}")]);
            for frame in &frames {
                let arrival = host.receive(Time::ZERO, eth0, frame);
                if let Some(Arrival::Datagram(datagram)) = &arrival {
                    whole.push(datagram.payload().len());
                }
                if let Some(Arrival::EchoReply { data, .. }) = &arrival {
                    whole.push(data.len());
                }
            }
            assert_eq!(host.reassembly.held(), (0, 0), "{name} {address}");
            assert_eq!(host.out.drops.of(DropReason::IpFragment), 0);
        }
        std::println!("{name}: {whole:?}");
        assert!(whole.iter().any(|length| *length > 1500), "{name}: {whole:?}");
    }
}

/// Who sent a frame.
fn end_of(frame: &[u8]) -> Option<(Mac, IpAddr)> {
    let mac = crate::wire::ethernet::Ethernet::view(frame).ok()?.source();
    let packet = Decoder::new().packet(Frame::ethernet(frame));
    let source = match (packet.get::<Ipv4>(), packet.get::<Ipv6>()) {
        (Some(ip), _) => IpAddr::V4(ip.source()),
        (_, Some(ip)) => IpAddr::V6(ip.source()),
        _ => return None,
    };
    (!source.is_unspecified()).then_some((mac, source))
}
