//! A host, its applications, and the packets of a peer.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::super::{Outcome, Posix, Progress, Waiting};
use crate::drill::script::{Action, Call, Script};
use crate::drill::settings::Settings;
use crate::drill::value::Scope;
use crate::drill::{Stop, World};
use crate::field::Builder;
use crate::packet::{Decoder, Frame, Part};
use crate::stack::Kind;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;
use crate::wire::tcp::Tcp;
use crate::wire::udp::Udp;

pub struct Scene {
    pub world: World,
    pub posix: Posix,
    pub scope: Scope,
    settings: Settings,
    waiting: Option<(Call, Waiting)>,
    data: Vec<u8>,
}

/// A call, as a script says it.
pub fn read(text: &str) -> Call {
    let script = Script::parse(&format!("0 {text}"), &[]).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
    match script.events.into_iter().next().map(|event| event.action) {
        Some(Action::Call(call)) => call,
        other => panic!("{text}: {other:?}"),
    }
}

/// A connection that was accepted: 3 listens, 4 is connected with port 33000 of the peer.
pub fn connected() -> Scene {
    let mut scene = Scene::new();
    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
    scene.call("bind(3, ..., ...) = 0");
    scene.call("listen(3, 5) = 0");
    scene.opens();
    scene.call("accept(3, ..., ...) = 4");
    scene
}

impl Scene {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    pub fn with(change: impl Fn(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        settings.tcp.initial_sequence = Some(0);
        settings.tcp.timestamps = false;
        change(&mut settings);
        Self {
            world: World::new(&settings).unwrap(),
            posix: Posix::new(&settings),
            scope: Scope::default(),
            settings,
            waiting: None,
            data: Vec::new(),
        }
    }

    /// A call that is over at once, and gives back what it says.
    pub fn call(&mut self, text: &str) {
        assert_eq!(self.differs(text), [""; 0], "{text}");
    }

    /// The same, and what it says otherwise in memory.
    pub fn differs(&mut self, text: &str) -> Vec<String> {
        let call = read(text);
        match self.posix.begin(&mut self.world, &mut self.scope, &call) {
            Ok(Progress::Done(outcome)) => self.check(&call, outcome),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn check(&self, call: &Call, outcome: Outcome) -> Vec<String> {
        let errno = call.errno.as_ref().map(|(name, _)| name.as_str());
        let result = self.scope.evaluate(&call.result).unwrap_or(outcome.result);
        assert_eq!((outcome.result, outcome.errno), (result, errno), "{call:?}");
        outcome.differences
    }

    /// Why the script cannot go on with a call.
    pub fn fails(&mut self, text: &str) -> String {
        let call = read(text);
        match self.posix.begin(&mut self.world, &mut self.scope, &call) {
            Err(Stop::Wrong(mistake)) => mistake.to_string(),
            Err(Stop::Skip { reason, .. }) => format!("skip: {reason}"),
            other => panic!("{text}: {other:?}"),
        }
    }

    /// A call that has to wait.
    pub fn waits(&mut self, text: &str) {
        let call = read(text);
        match self.posix.begin(&mut self.world, &mut self.scope, &call) {
            Ok(Progress::Waits(waiting)) => self.waiting = Some((call, waiting)),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn again(&mut self) -> (Call, Option<Outcome>) {
        let (call, mut waiting) = self.waiting.take().expect("nothing waits");
        let outcome = self.posix.again(&mut self.world, &mut self.scope, &call, &mut waiting).unwrap();
        self.waiting = outcome.is_none().then(|| (call.clone(), waiting));
        (call, outcome)
    }

    pub fn still_waits(&mut self) {
        let (call, outcome) = self.again();
        assert_eq!(outcome, None, "{call:?}");
    }

    pub fn comes_back(&mut self) {
        let (call, outcome) = self.again();
        let outcome = outcome.unwrap_or_else(|| panic!("it still waits: {call:?}"));
        assert_eq!(self.check(&call, outcome), [""; 0]);
    }

    /// Time goes by.
    pub fn goes_on(&mut self, span: Duration) {
        let until = self.world.now + span;
        while self.world.step(until) {}
        self.world.now = until;
    }

    /// The peer opens a connection from port 33000.
    pub fn opens(&mut self) {
        self.opens_from(33_000);
    }

    pub fn opens_from(&mut self, port: u16) {
        let to = SocketAddr::new(self.settings.local(), 8080);
        let from = SocketAddr::new(self.settings.remote(), port);
        self.inject(from, to, "S 0:0", "");
        self.inject(from, to, ". 1:1 ack 1", "");
        self.sent();
    }

    /// A segment of the connection with port 33000, or of the one that a socket has opened.
    pub fn gets(&mut self, text: &str, data: &str) {
        let endpoint = self.posix.latest(&self.world, Kind::Stream).unwrap();
        let from = endpoint.remote.unwrap_or(SocketAddr::new(self.settings.remote(), 33_000));
        let ours = from.port() == 33_000 || endpoint.local.port() != 8080;
        let (from, to) =
            if ours { (from, endpoint.local) } else { (SocketAddr::new(from.ip(), 33_000), endpoint.local) };
        self.inject(from, to, text, data);
    }

    /// The same, if there is any.
    pub fn gets_somehow(&mut self, text: &str, data: &str) {
        if self.posix.latest(&self.world, Kind::Stream).is_some() {
            self.gets(text, data);
        }
    }

    /// A segment of the connection that was begun last.
    pub fn gets_of_latest(&mut self, text: &str, data: &str) {
        let endpoint = self.posix.latest(&self.world, Kind::Stream).unwrap();
        self.inject(endpoint.remote.unwrap(), endpoint.local, text, data);
    }

    fn inject(&mut self, from: SocketAddr, to: SocketAddr, text: &str, data: &str) {
        let tcp = segment(text).source_port(from.port()).destination_port(to.port());
        self.packet(from.ip(), to.ip(), tcp / data.as_bytes());
    }

    /// A datagram to port 8080.
    pub fn gets_udp(&mut self, port: u16, data: &str) {
        let (from, to) = (self.settings.remote(), self.settings.local());
        self.packet(from, to, Udp::new(port, 8080) / data.as_bytes());
    }

    fn packet(&mut self, from: IpAddr, to: IpAddr, part: impl Part) {
        let bytes = match (from, to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => (Ipv4::new(from, to) / &part).to_vec().unwrap(),
            (IpAddr::V6(from), IpAddr::V6(to)) => (Ipv6::new(from, to) / &part).to_vec().unwrap(),
            _ => panic!("two families"),
        };
        self.world.inject(&bytes);
    }

    /// What was sent since this was asked last: `P. 1:1001 ack 1`.
    pub fn sent(&mut self) -> Vec<String> {
        let sent: Vec<Vec<u8>> = self.world.sent.drain(..).map(|crossing| crossing.bytes).collect();
        sent.iter().map(|bytes| self.describe(bytes)).collect()
    }

    /// The data of the segment that was sent last.
    pub fn last_data(&mut self) -> Vec<u8> {
        self.sent();
        self.data.clone()
    }

    fn describe(&mut self, bytes: &[u8]) -> String {
        let packet = Decoder::new().packet(Frame::raw(bytes));
        let data = packet.payload().to_vec();
        if let Some(udp) = packet.get::<Udp>() {
            return format!("udp {}>{} ({})", udp.source_port(), udp.destination_port(), data.len());
        }
        let Some(tcp) = packet.get::<Tcp>() else { return "other".to_owned() };
        let flags: String = [
            (tcp.fin(), 'F'),
            (tcp.syn(), 'S'),
            (tcp.rst(), 'R'),
            (tcp.urg(), 'U'),
            (tcp.psh(), 'P'),
            (tcp.ack(), '.'),
        ]
        .into_iter()
        .filter_map(|(is, letter)| is.then_some(letter))
        .collect();
        let ack = if tcp.ack() { format!(" ack {}", tcp.acknowledgment()) } else { String::new() };
        let start = tcp.sequence();
        let end = start.wrapping_add(data.len() as u32);
        self.data = data;
        format!("{flags} {start}:{end}{ack}")
    }
}

/// `S. 0:0 ack 1 urg 3`: the header of a segment of the peer.
fn segment(text: &str) -> Builder<Tcp> {
    let mut words = text.split(' ');
    let flags = words.next().unwrap();
    let sequence = words.next().unwrap().split(':').next().unwrap();
    let mut tcp = Tcp::new(0, 0)
        .sequence(sequence.parse().unwrap())
        .window(60_000)
        .fin(flags.contains('F'))
        .syn(flags.contains('S'))
        .rst(flags.contains('R'))
        .urg(flags.contains('U'))
        .ack(flags.contains('.'));
    if flags.contains('S') {
        tcp = tcp.mss(1460);
    }
    while let Some(word) = words.next() {
        let number = words.next().unwrap();
        tcp = match word {
            "ack" => tcp.acknowledgment(number.parse().unwrap()),
            "urg" => tcp.urgent_pointer(number.parse().unwrap()),
            _ => panic!("{text}"),
        };
    }
    tcp
}
