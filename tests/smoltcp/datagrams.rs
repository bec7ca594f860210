//! UDP and echoes.

use std::net::SocketAddr;
use std::time::Duration;

use layercake::link;
use layercake::stack::Kind;
use layercake::stack::tcp::Config;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::{icmp, udp};
use smoltcp::wire::{Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpAddress};

use super::peers::{Peers, ours, theirs};

const SECOND: Duration = Duration::from_secs(1);

fn peers() -> Peers {
    let wire = link::Config { delay: Duration::from_millis(5), ..link::Config::default() };
    Peers::new(Config::linux(), &wire, 1)
}

#[test]
fn messages_both_ways() {
    for six in [false, true] {
        let mut peers = peers();
        let room = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 16], vec![0; 20_000]);
        let mut socket = udp::Socket::new(room(), room());
        socket.bind(53).unwrap();
        let handle = peers.sockets.add(socket);
        let own = peers.ours.socket(Kind::Datagram).unwrap();
        peers.ours.bind(own, SocketAddr::new(ours(six), 77)).unwrap();
        let messages = [&b"a question"[..], &[], &[0x5a; 1400]];
        for message in messages {
            peers.ours.send_to(peers.now, own, message, SocketAddr::new(theirs(six), 53)).unwrap();
        }
        peers.run(SECOND);
        for message in messages {
            let socket = peers.sockets.get_mut::<udp::Socket>(handle);
            let mut into = [0; 2000];
            let (length, from) = socket.recv_slice(&mut into).unwrap();
            assert!(&into[..length] == message);
            socket.send_slice(&into[..length], from.endpoint).unwrap();
        }
        peers.run(SECOND);
        for message in messages {
            let mut into = [0; 2000];
            let (length, from) = peers.ours.recv_from(own, &mut into).unwrap();
            assert!(&into[..length] == message);
            assert_eq!(from.address, SocketAddr::new(theirs(six), 53));
        }
    }
}

#[test]
fn they_answer_an_echo() {
    for six in [false, true] {
        let mut peers = peers();
        let socket = peers.ours.socket(Kind::Echo).unwrap();
        let to = SocketAddr::new(theirs(six), 0);
        for data in [&b"one"[..], &[7; 1200]] {
            peers.ours.send_to(peers.now, socket, data, to).unwrap();
        }
        peers.run(SECOND);
        let mut into = [0; 2000];
        let (length, from) = peers.ours.recv_from(socket, &mut into).unwrap();
        assert_eq!((&into[..length], from.address.ip(), from.sequence), (&b"one"[..], to.ip(), Some(0)));
        let (length, from) = peers.ours.recv_from(socket, &mut into).unwrap();
        assert_eq!((&into[..length], from.sequence), (&[7; 1200][..], Some(1)));
    }
}

#[test]
fn we_answer_an_echo() {
    for six in [false, true] {
        let mut peers = peers();
        let room = || icmp::PacketBuffer::new(vec![icmp::PacketMetadata::EMPTY; 4], vec![0; 4000]);
        let mut socket = icmp::Socket::new(room(), room());
        socket.bind(icmp::Endpoint::Ident(0x22)).unwrap();
        let data = [3; 500];
        let checks = ChecksumCapabilities::default();
        let mut message = vec![0; 508];
        let to = IpAddress::from(ours(six));
        match (IpAddress::from(theirs(six)), to) {
            (IpAddress::Ipv6(from), IpAddress::Ipv6(to)) => {
                let request = Icmpv6Repr::EchoRequest { ident: 0x22, seq_no: 9, data: &data };
                request.emit(&from, &to, &mut Icmpv6Packet::new_unchecked(&mut message), &checks);
            }
            _ => {
                let request = Icmpv4Repr::EchoRequest { ident: 0x22, seq_no: 9, data: &data };
                request.emit(&mut Icmpv4Packet::new_unchecked(&mut message), &checks);
            }
        }
        socket.send_slice(&message, to).unwrap();
        let handle = peers.sockets.add(socket);
        peers.run(SECOND);
        let (answer, from) = peers.sockets.get_mut::<icmp::Socket>(handle).recv().unwrap();
        assert_eq!(from, to);
        assert_eq!((answer[0], &answer[4..8]), (if six { 129 } else { 0 }, &[0, 0x22, 0, 9][..]));
        assert!(answer[8..] == data);
    }
}
