//! Whatever comes, nothing panics, and what is kept has its bounds.

use super::captures::frames;
use super::*;
use crate::random::Random;
use crate::wire::ethernet::Ethernet;
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::ipv6::Ipv6;

/// Everything that a host may be asked to do, with what came.
fn feed(network: &mut Network, now: Time, interface: InterfaceId, frame: &[u8]) {
    match network.receive(now, interface, frame) {
        Some(Arrival::Datagram(datagram)) => {
            assert!(datagram.payload().len() <= frame.len().max(1 << 17));
            network.error(now, &datagram, ErrorKind::Port);
            network.error(now, &datagram, ErrorKind::Protocol);
        }
        Some(Arrival::Error(error)) => {
            assert!(error.transport.len() >= 8);
            if let ErrorKind::TooBig { mtu } = error.kind {
                network.learn_path_mtu(now, error.envelope.destination, mtu);
            }
        }
        _ => {}
    }
    for packet in core::iter::from_fn(|| network.looped()).collect::<Vec<_>>() {
        let _ = network.receive(now, Network::LOOPBACK, &packet);
    }
    for transmit in sent(network) {
        assert!(transmit.frame.len() <= 1514);
        Ethernet::view(&transmit.frame).unwrap();
    }
    let _ = network.take_local_error();
    network.on_deadline(now);
    assert!(network.reassembly.held().0 <= 64 && network.reassembly.held().1 <= 1 << 20);
    assert!(network.routes.iter().count() < 4096);
}

/// The captures of which every frame is changed a little and sent to a host or a router.
const CAPTURES: [&str; 12] = [
    "fragments4.pcap",
    "fragments6.pcap",
    "traceroute4.pcap",
    "traceroute6.pcap",
    "pmtu.pcap",
    "redirect.pcap",
    "ping.pcap",
    "ping6.pcap",
    "refused.pcap",
    "seg6.pcap",
    "made/ipv4-options.pcap",
    "made/ipv6-extensions.pcap",
];

#[test]
fn changed_frames() {
    let mut random = Random::new(11);
    for router in [false, true] {
        let (mut network, eth0) = host_as(router);
        let (mut now, mut up) = (Time::ZERO, 0);
        for frame in CAPTURES.iter().flat_map(|name| frames(name)) {
            for _ in 0..60 {
                let mut changed = frame.clone();
                for_us(&mut changed, &mut random);
                for _ in 0..random.below(4) {
                    let at = random.below(changed.len() as u64) as usize;
                    changed[at] = random.number() as u8;
                }
                if random.below(8) == 0 {
                    changed.truncate(random.below(changed.len() as u64 + 1) as usize);
                }
                if random.below(2) == 0 {
                    seal(&mut changed);
                }
                let before = network.out.drops.total();
                now += core::time::Duration::from_millis(random.below(500));
                feed(&mut network, now, eth0, &changed);
                up += usize::from(network.out.drops.total() == before);
            }
        }
        assert!(up > 500, "{up} frames were not dropped");
    }
}

/// Sends a frame to the host, by both of its addresses.
fn for_us(frame: &mut [u8], random: &mut Random) {
    if random.below(8) > 0 {
        frame[..6].copy_from_slice(&mac(1).0);
    }
    if random.below(4) == 0 {
        return;
    }
    match frame[12..14] {
        [8, 0] if frame.len() >= 34 => frame[30..34].copy_from_slice(&[192, 0, 2, 1]),
        [0x86, 0xdd] if frame.len() >= 54 => frame[38..54].copy_from_slice(&v6("2001:db8::1").octets()),
        _ => {}
    }
}

/// Makes the checksum of an IPv4 header right, so that what stands behind it is looked at.
fn seal(frame: &mut [u8]) {
    if let Some(packet) = frame.get_mut(14..)
        && let Some(ihl) = ipv4::IHL.read(packet)
    {
        super::super::fragment::seal(packet, usize::from(ihl) << 2);
    }
}

#[test]
fn made_up_frames() {
    let mut random = Random::new(12);
    let (mut network, eth0) = host_as(true);
    let mut now = Time::ZERO;
    for round in 0..40_000u32 {
        let mut bytes: Vec<u8> =
            (0..random.below(120)).map(|_| (random.number() & random.number()) as u8).collect();
        let frame = match round % 4 {
            0 => bytes,
            1 => {
                let protocol = [1, 6, 17, 44, 58][random.below(5) as usize];
                let ip =
                    Ipv4::new(v4("192.0.2.2"), v4(["192.0.2.1", "198.51.100.9"][random.below(2) as usize]));
                let ip = ip
                    .flags(random.below(8) as u8)
                    .fragment_offset((random.number() & random.number()) as u16 & 0x1fff);
                to_host(
                    &(ip.ttl(random.below(3) as u8)
                        .identification(random.below(3) as u16)
                        .protocol(IpProtocol(protocol))
                        / bytes),
                )
            }
            2 => {
                let next = [0, 43, 44, 58, 59, 60, 6][random.below(7) as usize];
                // Chains of headers of which each leads to another.
                bytes.chunks_mut(8).for_each(|header| {
                    header[0] = [0, 43, 44, 58, 60][random.below(5) as usize];
                    if let Some(length) = header.get_mut(1) {
                        *length &= 1;
                    }
                });
                let ip = Ipv6::new(
                    v6("2001:db8::2"),
                    v6(["2001:db8::1", "2001:db8:9::9", "ff02::1"][random.below(3) as usize]),
                );
                to_host(&(ip.hop_limit(random.below(3) as u8).next_header(IpProtocol(next)) / bytes))
            }
            _ => {
                bytes.resize(bytes.len().max(4), 0);
                bytes[0] = [3, 4, 5, 8, 11, 12][random.below(6) as usize];
                bytes[2..4].fill(0);
                let sum = crate::checksum::Sum::of(&bytes).checksum();
                bytes[2..4].copy_from_slice(&sum.to_be_bytes());
                to_host(&(Ipv4::new(v4("192.0.2.254"), v4("192.0.2.1")).protocol(IpProtocol::ICMPV4) / bytes))
            }
        };
        now += core::time::Duration::from_millis(random.below(200));
        feed(&mut network, now, eth0, &frame);
    }
    // Nothing is left of it once its time is over.
    network.on_deadline(now + core::time::Duration::from_secs(61));
    assert_eq!(network.reassembly.held(), (0, 0));
}
