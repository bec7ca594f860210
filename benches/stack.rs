//! A bulk transfer through two stacks in memory, beside smoltcp's over its loopback: the same data, the same MTU, the same buffers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group};
use layercake::field::Mac;
use layercake::stack::{Config, InterfaceId, Kind, Medium, SocketId, Stack};
use layercake::time::Time;
use smoltcp::iface::{Config as SmolConfig, Interface, SocketSet};
use smoltcp::phy::{ChecksumCapabilities, Device, DeviceCapabilities, Loopback, Medium as SmolMedium};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

/// Bytes of a transfer, and of the buffers.
const BYTES: usize = 8 << 20;
const BUFFER: usize = 256 << 10;

/// Two hosts with buffers of so many bytes, and a connection from the first to a listener of the second.
fn hosts(now: Time, buffer: usize, initial_window: u32) -> ([Stack; 2], SocketId, SocketId) {
    let mut hosts = [1u8, 2].map(|last| {
        let mut config = Config { seed: u64::from(last), ..Config::default() };
        let tcp = &mut config.tcp;
        (tcp.send_buffer, tcp.receive_buffer, tcp.receive_buffer_most) = (buffer, buffer, buffer);
        tcp.initial_window = initial_window;
        config.neighbour.link_local = false;
        let mut host = Stack::new(config);
        let eth =
            host.add_interface(now, "eth0", Medium::Ethernet(Mac([2, 0, 0, 0, 0, last])), 1500).unwrap();
        host.add_address(now, eth, format!("10.0.0.{last}/24").parse().unwrap()).unwrap();
        host
    });
    let to = "10.0.0.2:80".parse().unwrap();
    let listener = hosts[1].socket(Kind::Stream).unwrap();
    hosts[1].bind(listener, to).unwrap();
    hosts[1].listen(listener, 1).unwrap();
    let client = hosts[0].socket(Kind::Stream).unwrap();
    hosts[0].connect(now, client, to).unwrap();
    (hosts, client, listener)
}

/// So many bytes in flight at once, each hundredth segment lost once, each segment acknowledged when it comes; until all is there. How
/// many segments that took.
fn in_flight(bytes: usize) -> usize {
    let mut now = Time::new(1, 0);
    let (mut hosts, client, listener) = hosts(now, 2 * bytes, bytes.div_ceil(1448) as u32);
    let data = vec![7; bytes];
    let mut into = vec![0; bytes];
    let (mut server, mut given, mut got, mut segments) = (None, 0, 0, 0);
    while got < bytes {
        given += data.get(given..).and_then(|rest| hosts[0].send(now, client, rest).ok()).unwrap_or(0);
        for from in 0..2 {
            let frames: Vec<_> = std::iter::from_fn(|| hosts[from].poll_transmit(now)).collect();
            now += Duration::from_millis(25);
            let mut answers = Vec::new();
            for transmit in frames {
                let data = transmit.frame.len() > 1000;
                segments += usize::from(data);
                if !data || segments % 100 != 0 || segments > bytes / 1448 {
                    hosts[1 - from].on_frame(now, InterfaceId(1), &transmit.frame);
                    answers.extend(std::iter::from_fn(|| hosts[1 - from].poll_transmit(now)));
                }
                hosts[from].recycle(transmit.frame);
            }
            now += Duration::from_millis(25);
            for answer in answers {
                hosts[from].on_frame(now, InterfaceId(1), &answer.frame);
                hosts[1 - from].recycle(answer.frame);
            }
            for host in &mut hosts {
                if host.next_deadline().is_some_and(|due| due <= now) {
                    host.on_deadline(now);
                }
            }
        }
        server = server.or_else(|| hosts[1].accept(listener).ok().map(|(id, _)| id));
        while let Some(Ok(length @ 1..)) = server.map(|server| hosts[1].recv(now, server, &mut into)) {
            got += length;
        }
    }
    segments
}

/// Through two stacks: what the second has read.
fn layercake(data: &[u8]) -> usize {
    let mut now = Time::new(1, 0);
    let (mut hosts, client, listener) = hosts(now, BUFFER, 10);
    let (mut server, mut given, mut got) = (None, 0, 0);
    let mut into = vec![0; 65_536];
    while got < data.len() {
        now += Duration::from_micros(10);
        if given < data.len() {
            given += hosts[0].send(now, client, &data[given..]).unwrap_or(0);
        }
        for from in 0..2 {
            while let Some(transmit) = hosts[from].poll_transmit(now) {
                hosts[1 - from].on_frame(now, InterfaceId(1), &transmit.frame);
                hosts[from].recycle(transmit.frame);
            }
            if hosts[from].next_deadline().is_some_and(|due| due <= now) {
                hosts[from].on_deadline(now);
            }
        }
        if server.is_none() {
            server = hosts[1].accept(listener).ok().map(|(id, _)| id);
        }
        if let Some(server) = server {
            while let Ok(length @ 1..) = hosts[1].recv(now, server, &mut into) {
                black_box(&into[..length]);
                got += length;
            }
        }
    }
    got
}

/// smoltcp's loopback, with frames of 1514 bytes instead of 65,535, and with checksums or without.
struct Wire(Loopback, ChecksumCapabilities);

impl Device for Wire {
    type RxToken<'a> = <Loopback as Device>::RxToken<'a>;
    type TxToken<'a> = <Loopback as Device>::TxToken<'a>;

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        self.0.receive(now)
    }

    fn transmit(&mut self, now: Instant) -> Option<Self::TxToken<'_>> {
        self.0.transmit(now)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = self.0.capabilities();
        capabilities.max_transmission_unit = 1514;
        capabilities.checksum = self.1.clone();
        capabilities
    }
}

/// Through smoltcp, one interface that hears itself.
fn smoltcp(data: &[u8], checksums: ChecksumCapabilities) -> usize {
    let mut now = Instant::from_millis(1000);
    let mut device = Wire(Loopback::new(SmolMedium::Ethernet), checksums);
    let config = SmolConfig::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
    let mut interface = Interface::new(config, &mut device, now);
    interface.update_ip_addrs(|addresses| {
        addresses.push(IpCidr::new(IpAddress::v4(127, 0, 0, 1), 8)).unwrap();
    });
    let socket = || {
        let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
        tcp::Socket::new(buffer(), buffer())
    };
    let mut sockets = SocketSet::new(vec![]);
    let (server, client) = (sockets.add(socket()), sockets.add(socket()));
    sockets.get_mut::<tcp::Socket>(server).listen(80).unwrap();
    let remote = (IpAddress::v4(127, 0, 0, 1), 80);
    sockets.get_mut::<tcp::Socket>(client).connect(interface.context(), remote, 65_000).unwrap();
    let (mut given, mut got) = (0, 0);
    let mut into = vec![0; 65_536];
    while got < data.len() {
        now += smoltcp::time::Duration::from_micros(10);
        let client = sockets.get_mut::<tcp::Socket>(client);
        if client.can_send() && given < data.len() {
            given += client.send_slice(&data[given..]).unwrap();
        }
        interface.poll(now, &mut device, &mut sockets);
        let server = sockets.get_mut::<tcp::Socket>(server);
        while server.can_recv() {
            let length = server.recv_slice(&mut into).unwrap();
            black_box(&into[..length]);
            got += length;
        }
    }
    got
}

fn bulk(criterion: &mut Criterion) {
    let data: Vec<u8> = (0..BYTES).map(|n| (n * 31 + n / 251) as u8).collect();
    let (on, off) = (ChecksumCapabilities::default, ChecksumCapabilities::ignored);
    assert_eq!([layercake(&data), smoltcp(&data, on()), smoltcp(&data, off())], [BYTES; 3]);
    let mut group = criterion.benchmark_group("bulk");
    group.throughput(Throughput::Bytes(BYTES as u64)).sample_size(20);
    group.bench_function("layercake, two stacks", |bench| bench.iter(|| layercake(black_box(&data))));
    group.bench_function("smoltcp, loopback", |bench| bench.iter(|| smoltcp(black_box(&data), on())));
    group.bench_function("smoltcp, no checksums", |bench| bench.iter(|| smoltcp(black_box(&data), off())));
    group.finish();
}

criterion_group!(benches, bulk);

fn main() {
    // `--count PEER`: once, for an instruction counter (see instructions.sh).
    let mut arguments = std::env::args().skip_while(|argument| argument != "--count").skip(1);
    match arguments.next().as_deref() {
        Some(peer) => {
            let data: Vec<u8> = (0..BYTES).map(|n| (n * 31 + n / 251) as u8).collect();
            let segments = BYTES.div_ceil(1448);
            let operations = match peer {
                "smoltcp" => smoltcp(black_box(&data), ChecksumCapabilities::default()).min(segments),
                "smoltcp_unchecked" => {
                    smoltcp(black_box(&data), ChecksumCapabilities::ignored()).min(segments)
                }
                "layercake" => layercake(black_box(&data)).min(segments),
                megabytes => match megabytes.parse::<usize>() {
                    Ok(megabytes) => in_flight(megabytes << 20),
                    Err(_) => segments,
                },
            };
            println!("operations {operations}");
        }
        None => benches(),
    }
}
