//! Frames as etherparse sees them: each header parses, and each checksum, computed by its functions, is the one that stands there.

use etherparse::{Icmpv4Slice, NetSlice, SlicedPacket, TransportSlice, checksum};

/// What etherparse holds against a frame.
pub fn is_sound(frame: &[u8]) -> Result<(), String> {
    let packet = SlicedPacket::from_ethernet(frame).map_err(|error| format!("does not parse: {error}"))?;
    let same = |what: &str, stands: u16, right: u16| {
        if stands == right { Ok(()) } else { Err(format!("{what} checksum {stands:#06x}, not {right:#06x}")) }
    };
    let (four, six, whole) = match &packet.net {
        Some(NetSlice::Ipv4(ip)) => {
            let header = ip.header().to_header();
            same("IPv4", header.header_checksum, header.calc_header_checksum())?;
            (Some((header.source, header.destination)), None, !ip.payload().fragmented)
        }
        Some(NetSlice::Ipv6(ip)) => {
            let header = ip.header();
            (None, Some((header.source(), header.destination())), !ip.payload().fragmented)
        }
        Some(NetSlice::Arp(_)) => return Ok(()),
        None => return Err("has neither ARP nor IP".into()),
    };
    if !whole {
        return Ok(());
    }
    let too_long = |error| format!("{error}");
    match (&packet.transport, four, six) {
        (Some(TransportSlice::Tcp(tcp)), Some((from, to)), _) => {
            same("TCP", tcp.checksum(), tcp.calc_checksum_ipv4(from, to).map_err(too_long)?)
        }
        (Some(TransportSlice::Tcp(tcp)), _, Some((from, to))) => {
            same("TCP", tcp.checksum(), tcp.calc_checksum_ipv6(from, to).map_err(too_long)?)
        }
        (Some(TransportSlice::Udp(udp)), Some((from, to)), _) => {
            let right = udp.to_header().calc_checksum_ipv4_raw(from, to, udp.payload());
            same("UDP", udp.checksum(), right.map_err(too_long)?)
        }
        (Some(TransportSlice::Udp(udp)), _, Some((from, to))) => {
            let right = udp.to_header().calc_checksum_ipv6_raw(from, to, udp.payload());
            same("UDP", udp.checksum(), right.map_err(too_long)?)
        }
        (Some(TransportSlice::Icmpv4(icmp)), ..) => same("ICMP", icmp.checksum(), sum(icmp)),
        (Some(TransportSlice::Icmpv6(icmp)), _, Some((from, to))) => {
            if icmp.is_checksum_valid(from, to) {
                Ok(())
            } else {
                Err("ICMPv6 checksum".into())
            }
        }
        _ => Err("has no transport that is known".into()),
    }
}

/// The checksum of an ICMP message.
fn sum(icmp: &Icmpv4Slice<'_>) -> u16 {
    let mut bytes = icmp.slice().to_vec();
    bytes[2..4].fill(0);
    checksum::Sum16BitWords::new().add_slice(&bytes).ones_complement().to_be()
}

/// It does see what is wrong: of each kind a frame, and each of its bits behind the Ethernet header turned over. What etherparse is not asked to
/// judge stays: ARP, and what says how the rest is to be read (version and lengths make other errors, the protocol another transport).
#[test]
fn a_turned_bit_is_seen() {
    use layercake::field::Mac;
    use layercake::packet::Part;
    use layercake::wire::{ethernet::Ethernet, icmpv4::Icmpv4, icmpv6::Icmpv6, ipv4::Ipv4, ipv6::Ipv6};
    use layercake::wire::{tcp::Tcp, udp::Udp};

    fn check(part: &impl Part) {
        let mut frame = vec![0; part.size()];
        part.put(&mut frame, None).unwrap();
        assert_eq!(is_sound(&frame), Ok(()));
        let transport = if frame[12] == 8 { 34 } else { 54 };
        for bit in transport * 8..frame.len() * 8 {
            frame[bit / 8] ^= 0x80 >> (bit % 8);
            assert!(is_sound(&frame).is_err(), "bit {bit}");
            frame[bit / 8] ^= 0x80 >> (bit % 8);
        }
    }
    let link = || Ethernet::new(Mac([2; 6]), Mac([4; 6]));
    let four = || Ipv4::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
    let six = || Ipv6::new("fd00::1".parse().unwrap(), "fd00::2".parse().unwrap());
    check(&(link() / four() / Udp::new(1, 2) / b"data"));
    check(&(link() / six() / Udp::new(1, 2) / b"data"));
    check(&(link() / four() / Tcp::new(1, 2) / b"data"));
    check(&(link() / six() / Tcp::new(1, 2) / b"data"));
    check(&(link() / four() / Icmpv4::echo_request(1, 2) / b"data"));
    check(&(link() / six() / Icmpv6::echo_request(1, 2) / b"data"));
}
