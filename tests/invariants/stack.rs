//! A host that gets any frames at any time, between calls of applications: it sends only sound frames, not without end, and does not want
//! to be woken again and again at one instant.

use core::time::Duration;

use layercake::field::{Mac, Severity};
use layercake::packet::{Decoder, Frame};
use layercake::stack::{Config, InterfaceId, Kind, Medium, Shutdown, SocketId, Stack};
use layercake::time::Time;
use layercake::wire::ethernet::{self, Ethernet};

const OWN: Mac = Mac([2, 0, 0, 0, 0, 0x0a]);

/// The input is a row of steps: a byte that says which, and what it needs. A frame has its length in front, two bytes.
pub fn any(data: &[u8]) {
    let Some((flags, mut rest)) = data.split_first() else { return };
    let mut host = Host::new(*flags);
    while let Some((step, behind)) = rest.split_first() {
        rest = host.step(*step, behind);
        host.settle();
    }
}

struct Host {
    stack: Stack,
    now: Time,
    sockets: Vec<SocketId>,
    listener: SocketId,
}

impl Host {
    fn new(flags: u8) -> Self {
        let mut config = Config { router: flags & 1 != 0, ..Config::default() };
        config.neighbour.probe_ipv4 = flags & 2 != 0;
        config.neighbour.dad_transmits = u8::from(flags & 4 != 0);
        config.tcp.initial_sequence = Some(0);
        config.tcp.sack = flags & 8 == 0;
        config.tcp.timestamps = flags & 16 == 0;
        let now = Time::new(1, 0);
        let mut stack = Stack::new(config);
        let eth = stack.add_interface(now, "eth0", Medium::Ethernet(OWN), 1500).unwrap();
        for network in ["192.0.2.1/24", "192.0.2.2/24", "2001:db8::1/64", "2001:db8::2/64"] {
            stack.add_address(now, eth, network.parse().unwrap()).unwrap();
        }
        let mut sockets = Vec::new();
        let listener = stack.socket(Kind::Stream).unwrap();
        stack.bind(listener, "0.0.0.0:80".parse().unwrap()).unwrap();
        stack.listen(listener, 3).unwrap();
        let datagram = stack.socket(Kind::Datagram).unwrap();
        stack.bind(datagram, "[::]:53".parse().unwrap()).unwrap();
        let client = stack.socket(Kind::Stream).unwrap();
        let _ = stack.connect(now, client, "192.0.2.9:80".parse().unwrap());
        sockets.extend([listener, datagram, client]);
        Self { stack, now, sockets, listener }
    }

    fn step<'d>(&mut self, step: u8, data: &'d [u8]) -> &'d [u8] {
        let now = self.now;
        let choose = |sockets: &[SocketId]| sockets[usize::from(step >> 4) % sockets.len()];
        match step & 15 {
            0..=8 => {
                let Some(([high, low], rest)) = data.split_first_chunk::<2>() else { return &[] };
                let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
                let (frame, rest) = rest.split_at(length);
                self.frame(frame, step & 15);
                return rest;
            }
            9 => self.now += Duration::from_nanos(1 << (step >> 4)),
            10 => self.now += Duration::from_millis(1 << (step >> 4)),
            11 => {
                if let Ok((socket, _)) = self.stack.accept(self.listener) {
                    self.sockets.push(socket);
                }
            }
            12 => drop(self.stack.send(now, choose(&self.sockets), &[step; 2000])),
            13 => drop(self.stack.recv(now, choose(&self.sockets), &mut [0; 700])),
            14 => drop(self.stack.shutdown(now, choose(&self.sockets), Shutdown::Write)),
            _ if self.sockets.len() > 3 => {
                let socket = self.sockets.remove(3);
                let _ = self.stack.close(now, socket);
            }
            _ => {}
        }
        data
    }

    /// A frame as it is, or to our address, or with its checksums made right, so that more of them get somewhere.
    fn frame(&mut self, frame: &[u8], how: u8) {
        let mut packet = Decoder::new().packet(Frame::ethernet(frame.to_vec()));
        if how >= 3 && frame.len() >= Ethernet::LEN {
            let _ = packet.set(&ethernet::DESTINATION, OWN);
        }
        if how >= 6 {
            packet.fix_checksums();
        }
        self.stack.on_frame(self.now, InterfaceId(1), packet.bytes());
    }

    /// All that follows at once comes to an end.
    fn settle(&mut self) {
        for _ in 0..200 {
            for sent in 0.. {
                let Some(transmit) = self.stack.poll_transmit(self.now) else { break };
                assert!(sent < 20_000, "it sends without end");
                let packet = Decoder::new().packet(Frame::ethernet(&transmit.frame[..]));
                // What an error quotes, and what a router passes on, is as it came.
                let own = |code: &str| !code.starts_with("icmp") || code.ends_with("checksum.bad");
                let passed = transmit.reason.to_string() == "forwarded";
                let wrong = packet.findings().find(|finding| {
                    finding.severity == Severity::Error && finding.layer < 3 && own(finding.code)
                });
                assert!(passed || wrong.is_none(), "{wrong:?} in what it sends: {}", transmit.reason);
                self.stack.recycle(transmit.frame);
            }
            while self.stack.poll_event().is_some() {}
            match self.stack.next_deadline() {
                Some(due) if due <= self.now => self.stack.on_deadline(self.now),
                _ => return,
            }
        }
        panic!("it wants to be woken again and again at one instant");
    }
}
