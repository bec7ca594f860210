//! A connection, and the peer of it that a test plays: segments are written and read byte by byte, as RFC 9293 section 3.1 draws them.

use std::time::Duration;

use layercake::packet::Part;
use layercake::stack::Drops;
use layercake::stack::tcp::{Config, Connection, Path, Reason, Seed, Segment, Seq, State};
use layercake::time::Time;

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const PSH: u8 = 8;
pub const ACK: u8 = 16;
pub const URG: u8 = 32;

pub const MS: Duration = Duration::from_millis(1);
pub const SECOND: Duration = Duration::from_secs(1);

/// Our initial sequence number, and the peer's: those of the figures.
pub const ISS: u32 = 100;
pub const IRS: u32 = 300;
/// What the peer announces.
pub const MSS: u16 = 1000;
pub const WINDOW: u16 = 10_000;

/// A segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    pub seq: u32,
    pub ack: u32,
    pub flags: u8,
    pub window: u16,
    pub urgent: u16,
    pub options: Vec<u8>,
    pub data: Vec<u8>,
}

/// A segment with these flags.
pub fn wire(flags: u8, seq: u32) -> Wire {
    Wire { seq, flags, window: WINDOW, ..Wire::default() }
}

impl Wire {
    /// It acknowledges.
    pub fn ack(mut self, ack: u32) -> Self {
        (self.ack, self.flags) = (ack, self.flags | ACK);
        self
    }

    pub fn window(mut self, window: u16) -> Self {
        self.window = window;
        self
    }

    pub fn data(mut self, data: &[u8]) -> Self {
        self.data = data.to_vec();
        self
    }

    pub fn urgent(mut self, pointer: u16) -> Self {
        (self.urgent, self.flags) = (pointer, self.flags | URG);
        self
    }

    /// With options, which it pads with zeros.
    pub fn options(mut self, options: &[u8]) -> Self {
        self.options = options.to_vec();
        self.options.resize(options.len().next_multiple_of(4), 0);
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let words = (20 + self.options.len()) / 4;
        let mut bytes = vec![0, 9, 0, 80];
        bytes.extend(self.seq.to_be_bytes());
        bytes.extend(self.ack.to_be_bytes());
        bytes.extend([(words as u8) << 4, self.flags]);
        bytes.extend(self.window.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(self.urgent.to_be_bytes());
        bytes.extend(&self.options);
        bytes.extend(&self.data);
        bytes
    }

    fn read(bytes: &[u8]) -> Self {
        let long = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        let short = |at: usize| u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap());
        let end = usize::from(bytes[12] >> 4) * 4;
        assert_eq!(bytes[12] & 0xf, 0, "reserved bits");
        Self {
            seq: long(4),
            ack: long(8),
            flags: bytes[13],
            window: short(14),
            urgent: short(18),
            options: bytes[20..end].to_vec(),
            data: bytes[end..].to_vec(),
        }
    }

    pub fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// An acknowledgment and nothing else: `<SEQ=seq><ACK=ack><CTL=ACK>`.
    #[track_caller]
    pub fn is_ack(&self, seq: u32, ack: u32) {
        assert_eq!((self.flags, self.seq, self.ack, self.data.len()), (ACK, seq, ack, 0), "{self:?}");
    }

    /// The options, by kind; each that is no NOP and no end has a length.
    pub fn kinds(&self) -> Vec<(u8, Vec<u8>)> {
        let (mut kinds, mut rest) = (Vec::new(), &self.options[..]);
        while let [kind, behind @ ..] = rest {
            match kind {
                0 => {
                    assert!(rest.iter().all(|byte| *byte == 0), "padding: {:?}", self.options);
                    break;
                }
                1 => rest = behind,
                _ => {
                    let length = usize::from(behind[0]);
                    kinds.push((*kind, rest[2..length].to_vec()));
                    rest = &rest[length..];
                }
            }
        }
        kinds
    }

    /// What its MSS option says.
    pub fn mss(&self) -> Option<u16> {
        let (_, value) = self.kinds().into_iter().find(|(kind, _)| *kind == 2)?;
        Some(u16::from_be_bytes(value.try_into().unwrap()))
    }
}

/// Settings as the RFC has them, without what other RFCs have added.
pub fn plain() -> Config {
    let mut config = Config::rfc();
    (config.sack, config.timestamps, config.window_scaling) = (false, false, false);
    (config.receive_buffer, config.receive_buffer_most) = (10_000, 10_000);
    config
}

/// A connection under test.
pub struct Tester {
    pub connection: Connection,
    pub now: Time,
    pub drops: Drops,
    /// Why the segments were sent that came out last.
    pub reasons: Vec<Reason>,
}

impl Tester {
    fn new(connection: Connection) -> Self {
        let now = Time::ZERO + SECOND;
        Self { connection, now, drops: Drops::default(), reasons: Vec::new() }
    }

    fn seed() -> Seed {
        Seed { isn: Seq(ISS), clock: 0 }
    }

    /// It opens a connection over a path; SYN-SENT.
    pub fn connects_over(config: &Config, path: Path) -> Self {
        Self::new(Connection::connect(Time::ZERO + SECOND, config, path, Self::seed()))
    }

    /// It opens a connection over Ethernet; SYN-SENT.
    pub fn connects(config: &Config) -> Self {
        Self::connects_over(config, Path::v4(1500))
    }

    /// It answers a SYN over a path; SYN-RECEIVED.
    pub fn answers_over(config: &Config, path: Path, syn: &Wire) -> Self {
        let bytes = syn.bytes();
        let segment = Segment::read(&bytes).unwrap();
        Self::new(Connection::accept(Time::ZERO + SECOND, config, path, Self::seed(), &segment))
    }

    /// It answers our SYN; SYN-RECEIVED.
    pub fn answers(config: &Config) -> Self {
        Self::answers_over(config, Path::v4(1500), &wire(SYN, IRS).options(&[2, 4, 3, 232]))
    }

    /// A connection that it opened; ESTABLISHED.
    pub fn open(config: &Config) -> Self {
        let mut tester = Self::connects(config);
        assert_eq!(tester.sends_one().flags & SYN, SYN);
        let sent = tester.gets(&wire(SYN, IRS).ack(ISS + 1).options(&[2, 4, 3, 232]));
        assert_eq!(sent.len(), 1);
        tester.connection.take_news();
        tester.is(State::Established);
        tester
    }

    /// A connection in a state, nothing of which is left to be sent; with SND.NXT and RCV.NXT.
    pub fn in_state(state: State, config: &Config) -> (Self, u32, u32) {
        let (us, them) = (ISS + 1, IRS + 1);
        let mut tester = match state {
            State::SynSent => Self::connects(config),
            State::SynReceived => Self::answers(config),
            _ => Self::open(config),
        };
        let close = |tester: &mut Self| tester.connection.shutdown();
        let numbers = match state {
            State::SynSent | State::SynReceived | State::Established => (us, them),
            State::FinWait1 => {
                close(&mut tester);
                (us + 1, them)
            }
            State::FinWait2 => {
                close(&mut tester);
                tester.sends();
                tester.gets(&wire(0, them).ack(us + 1));
                (us + 1, them)
            }
            State::CloseWait => {
                tester.gets(&wire(FIN, them).ack(us));
                (us, them + 1)
            }
            State::Closing => {
                close(&mut tester);
                tester.sends();
                tester.gets(&wire(FIN, them).ack(us));
                (us + 1, them + 1)
            }
            State::LastAck => {
                tester.gets(&wire(FIN, them).ack(us));
                close(&mut tester);
                (us + 1, them + 1)
            }
            State::TimeWait => {
                close(&mut tester);
                tester.sends();
                tester.gets(&wire(FIN, them).ack(us + 1));
                (us + 1, them + 1)
            }
            State::Closed => {
                tester.gets(&wire(RST, them).ack(us));
                (us, them)
            }
        };
        tester.sends();
        tester.is(state);
        tester.connection.take_news();
        (tester, numbers.0, numbers.1)
    }

    #[track_caller]
    pub fn is(&self, state: State) {
        assert_eq!(self.connection.state(), state);
    }

    /// What it sends now.
    pub fn sends(&mut self) -> Vec<Wire> {
        let mut sent = Vec::new();
        self.reasons.clear();
        while let Some(emission) = self.connection.transmit(self.now) {
            let data = self.connection.data(&emission).concat();
            let part = emission.header.source_port(80).destination_port(9) / &data[..];
            let mut bytes = vec![0; part.size()];
            part.put(&mut bytes, None).unwrap();
            sent.push(Wire::read(&bytes));
            self.reasons.push(emission.reason);
            assert!(sent.len() < 1000, "it sends without end: {:?}", self.reasons.last());
        }
        sent
    }

    /// The one segment that it sends now.
    #[track_caller]
    pub fn sends_one(&mut self) -> Wire {
        one(self.sends())
    }

    /// A segment arrives, and nothing is asked of it yet.
    pub fn takes(&mut self, segment: &Wire) {
        let bytes = segment.bytes();
        self.connection.on_segment(self.now, &Segment::read(&bytes).unwrap(), &mut self.drops);
    }

    /// A segment arrives: what it sends at once.
    pub fn gets(&mut self, segment: &Wire) -> Vec<Wire> {
        self.takes(segment);
        self.sends()
    }

    /// A segment arrives, to which the one answer comes at once.
    #[track_caller]
    pub fn answers_to(&mut self, segment: &Wire) -> Wire {
        one(self.gets(segment))
    }

    /// Time goes by: what it sends meanwhile, and when, since now.
    pub fn waits(&mut self, span: Duration) -> Vec<(Duration, Wire)> {
        let (start, end) = (self.now, self.now + span);
        let mut sent: Vec<_> = self.sends().into_iter().map(|wire| (Duration::ZERO, wire)).collect();
        while let Some(next) = self.connection.deadline().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.connection.on_deadline(self.now);
            let since = self.now - start;
            sent.extend(self.sends().into_iter().map(|wire| (since, wire)));
            assert!(sent.len() < 10_000, "it sends without end");
        }
        self.now = end;
        sent
    }

    /// The application gives data: what is sent for it.
    #[track_caller]
    pub fn writes(&mut self, data: &[u8]) -> Vec<Wire> {
        assert_eq!(self.connection.send(self.now, data), Ok(data.len()));
        self.sends()
    }

    /// All that the application can read.
    pub fn reads(&mut self) -> Vec<u8> {
        let (mut data, mut into) = (Vec::new(), [0; 4096]);
        while let Ok(length @ 1..) = self.connection.receive(self.now, &mut into) {
            data.extend(&into[..length]);
        }
        data
    }
}

#[track_caller]
pub fn one(mut sent: Vec<Wire>) -> Wire {
    assert_eq!(sent.len(), 1, "{sent:?}");
    sent.remove(0)
}

/// The states in which both sides have sent their SYN and know it.
pub const SYNCHRONIZED: [State; 7] = [
    State::Established,
    State::FinWait1,
    State::FinWait2,
    State::CloseWait,
    State::Closing,
    State::LastAck,
    State::TimeWait,
];
