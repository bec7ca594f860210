//! A script as it was read: what stands in it, and where.
//!
//! Everything that can be wrong keeps its place in the text, a range of bytes, so that whatever is said of it can point there.

use std::ops::Range;
use std::time::Duration;

/// Where something stands in the text of a script, in bytes.
pub type Span = Range<usize>;

/// A script: what it asks of the host, and what happens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// `--name=value` lines at its top.
    pub options: Vec<Setting>,
    /// What happens, in order.
    pub events: Vec<Event>,
}

/// `--name=value`, or `--name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, without dashes.
    pub name: String,
    /// Its value; empty if there is none.
    pub value: String,
    /// Where it stands.
    pub span: Span,
}

/// Something that happens, or is expected to.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When. Shell and code without a time happen behind what stands before them.
    pub when: When,
    /// What.
    pub action: Action,
    /// Where it stands, its time included.
    pub span: Span,
}

/// When something happens, or is expected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At a time, or between two: from the start of the script, or from the event before it.
    At {
        /// From the event before it: `+0.1`.
        relative: bool,
        /// The earliest time.
        from: Duration,
        /// The latest; the same unless a range is given: `0.1~0.2`.
        to: Duration,
    },
    /// At any time: `*`.
    Any,
}

impl When {
    /// At once, behind what stands before it.
    pub const NEXT: Self = Self::At { relative: true, from: Duration::ZERO, to: Duration::ZERO };
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `<`: a packet comes to the host.
    Inject(Packet),
    /// `>`: the host sends a packet.
    Expect(Packet),
    /// `expect none for 2.0`: for so long the host sends nothing; of a protocol, if one is named.
    ExpectNone {
        /// How long.
        span: Duration,
        /// `expect none tcp for 2.0`.
        protocol: Option<Protocol>,
    },
    /// An application calls.
    Call(Call),
    /// `` `sysctl -q net.ipv4.tcp_ecn=0` ``: a line for a shell. The text between the quotes.
    Shell(String),
    /// `%{ assert tcpi_snd_cwnd == 10 }%`: what has to hold. The text between the braces, with defined words replaced.
    Code(String),
    /// `let mss = 1460`.
    Let {
        /// What `$mss` is from here on.
        name: String,
        /// Its value.
        value: Expr,
    },
    /// `repeat 3 { ... }`, `repeat 3 as i { ... }`: `$i` is 0, 1, 2.
    Repeat {
        /// How often.
        count: Expr,
        /// The name of the number of the turn.
        name: Option<String>,
        /// What happens.
        events: Vec<Event>,
    },
}

/// Protocols that packets of a script can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP, or ICMPv6.
    Icmp,
}

/// A packet, as a script says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    /// Headers around it, from the outside in: `ipv4 1.2.3.4 > 5.6.7.8: gre:`. Encapsulation is read, and not run.
    pub outer: Vec<Outer>,
    /// What is said of its IP header.
    pub ip: Ip,
    /// What it carries.
    pub body: Body,
    /// Where it stands, from its direction on.
    pub span: Span,
}

/// A header around a packet: its name, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outer {
    /// `ipv4`, `ipv6`, `gre`, `mpls`, `psp`.
    pub name: String,
    /// What stands between its name and the colon: `1.2.3.4 > 5.6.7.8`.
    pub said: String,
    /// Where it stands.
    pub span: Span,
}

/// What a script says of an IP header; nothing is asked about what is not said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ip {
    /// `tos 0x10`, or ECN alone: `ect0`, `ect1`, `ce`, `noecn`, `ect01`.
    pub traffic: Option<Traffic>,
    /// `ttl 64`, the hop limit of IPv6 too.
    pub ttl: Option<Number>,
    /// `flowlabel 0x12345`.
    pub flow_label: Option<Number>,
}

/// What is said of the traffic class.
#[derive(Clone, Debug, PartialEq)]
pub enum Traffic {
    /// All 8 bits.
    Tos(Number),
    /// The codepoint of ECN: 0 to 3.
    Ecn(u8),
    /// Either of ECT(0) and ECT(1).
    Ect01,
}

/// What a packet carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A segment.
    Tcp(Tcp),
    /// `udp (1000)`.
    Udp {
        /// `53>4000`, if it is said.
        ports: Option<Ports>,
        /// Bytes of payload.
        length: Number,
    },
    /// `icmp unreachable frag_needed mtu 1200 [1:1461(1460)]`.
    Icmp(Icmp),
}

/// Source and destination port.
#[derive(Clone, Debug, PartialEq)]
pub struct Ports {
    /// Source.
    pub source: Number,
    /// Destination.
    pub destination: Number,
}

/// A segment: `[ports] FLAGS seq:end(length) [ack N] [win N] [urg N] [<options>]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tcp {
    /// `8080>33000`, if it is said.
    pub ports: Option<Ports>,
    /// Its flags.
    pub flags: Flags,
    /// Where its data begins, and the number behind it, without SYN and FIN.
    pub sequence: Number,
    /// The number behind its data.
    pub end: Number,
    /// Bytes of data.
    pub length: Number,
    /// `ack N`.
    pub ack: Option<Number>,
    /// `win N`, as it stands in the header.
    pub window: Option<Number>,
    /// `urg N`.
    pub urgent: Option<Number>,
    /// Its options.
    pub options: Options,
}

/// Flags of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the flags in RFC 9293 section 3.1")]
pub struct Flags {
    pub fin: bool,
    pub syn: bool,
    pub rst: bool,
    pub psh: bool,
    pub ack: bool,
    pub urg: bool,
    /// `E`. A digit behind `.` says these three in the order A, W, E.
    pub ece: bool,
    /// `W`.
    pub cwr: bool,
    /// `A`, which AccECN uses (RFC 9768).
    pub ae: bool,
}

/// What is said of the options of a segment.
#[derive(Clone, Debug, PartialEq)]
pub enum Options {
    /// `<...>`: nothing is asked about them.
    Any,
    /// These, in this order; none at all if nothing is said.
    Are(Vec<TcpOption>),
}

/// An option of TCP.
#[derive(Clone, Debug, PartialEq)]
pub struct TcpOption {
    /// What it says.
    pub kind: OptionKind,
    /// Where it stands.
    pub span: Span,
}

/// What an option says.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionKind {
    /// `nop`.
    Nop,
    /// `eol`.
    Eol,
    /// `mss 1460`.
    Mss(Number),
    /// `wscale 7`.
    WindowScale(Number),
    /// `sackOK`.
    SackPermitted,
    /// `sack 1001:2001 3001:4001`.
    Sack(Vec<(Number, Number)>),
    /// `TS val 100 ecr 0`.
    Timestamps {
        /// The sender's clock.
        value: Number,
        /// What it echoes.
        echo: Number,
    },
    /// `FO abcd1234`, a cookie of fast open, `FOEXP` with its experimental number.
    FastOpen {
        /// The cookie.
        cookie: Vec<u8>,
        /// By the experimental option.
        experimental: bool,
    },
    /// `md5 hex`.
    Md5(Vec<u8>),
    /// `ECN e1b 1 ceb 0 e0b 1`: the counters of AccECN in their order.
    AccEcn(Vec<(String, Number)>),
    /// `uto 30s`, `uto 3m`: user timeout (RFC 5482), our own.
    UserTimeout {
        /// How many.
        value: Number,
        /// Minutes instead of seconds.
        minutes: bool,
    },
    /// `kind 254 hex`: any other, our own.
    Other {
        /// Its kind.
        kind: Number,
        /// Its content.
        data: Vec<u8>,
    },
}

impl OptionKind {
    /// How many bytes it takes in a header, without what fills that up to 32 bits.
    pub fn size(&self) -> usize {
        let behind = |head: usize, each: usize, count: usize| each.saturating_mul(count).saturating_add(head);
        match self {
            Self::Nop | Self::Eol => 1,
            Self::Mss(_) | Self::UserTimeout { .. } => 4,
            Self::WindowScale(_) => 3,
            Self::SackPermitted => 2,
            Self::Timestamps { .. } => 10,
            Self::Md5(_) => 18,
            Self::Sack(blocks) => behind(2, 8, blocks.len()),
            Self::AccEcn(counters) => behind(2, 3, counters.len()),
            Self::FastOpen { cookie, experimental: false } | Self::Other { data: cookie, .. } => {
                behind(2, 1, cookie.len())
            }
            Self::FastOpen { cookie, experimental: true } => behind(4, 1, cookie.len()),
        }
    }
}

/// A message of ICMP or ICMPv6.
#[derive(Clone, Debug, PartialEq)]
pub struct Icmp {
    /// `unreachable`, `echo_request`, `time_exceeded`, `packet_too_big`, or a number.
    pub kind: String,
    /// `frag_needed`, `port_unreachable`, or a number.
    pub code: Option<String>,
    /// `mtu 1200`.
    pub mtu: Option<Number>,
    /// `id 7`.
    pub id: Option<Number>,
    /// `[1:1461(1460)]`: the segment that it is about.
    pub echoed: Option<Echoed>,
    /// Where kind and code stand.
    pub span: Span,
}

/// The packet that an ICMP error is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Echoed {
    /// `[1:1461(1460)]`: data of TCP.
    Tcp {
        /// Where it begins.
        sequence: Number,
        /// Behind it.
        end: Number,
        /// Bytes of data.
        length: Number,
    },
    /// `[udp (1000)]`.
    Udp {
        /// Bytes of payload.
        length: Number,
    },
}

/// A number in a packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// What is said.
    pub value: NumberKind,
    /// Where it stands.
    pub span: Span,
}

/// What is said of a number in a packet.
#[derive(Clone, Debug, PartialEq)]
pub enum NumberKind {
    /// `1000`, `0x3e8`.
    Is(i64),
    /// `$mss`, `$(mss * 2)`.
    Computed(Box<Expr>),
    /// `?window`: it may be anything, and is `$window` from then on. In expected packets alone.
    Captured(String),
}

/// `0.1...0.3 read(4, ..., 1000) = 1000`.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is called.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// With what.
    pub arguments: Vec<Expr>,
    /// When it has to come back, if it may wait: from the start of the script, or from the event before, as its own time.
    pub until: Option<When>,
    /// What it has to give back.
    pub result: Expr,
    /// `EAGAIN`, behind `-1`.
    pub errno: Option<(String, Span)>,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression says.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `...`
    Ellipsis,
    /// `1000`, `0x3e8`, `017`, `'a'`.
    Integer(i64),
    /// `O_RDWR`, a name that has a value.
    Word(String),
    /// `$mss`.
    Name(String),
    /// `?count`, in a result or in brackets in a call: it may be anything, and is `$count` from then on.
    Captured(String),
    /// `"abc" "def"`, with its escapes undone.
    Text(Vec<u8>),
    /// `A | B`, and so on.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `-1`.
    Negative(Box<Expr>),
    /// `~1`.
    Not(Box<Expr>),
    /// `[1, 2]`.
    List(Vec<Expr>),
    /// `{fd=3, events=POLLIN}`, `{..., 1000}`.
    Record(Vec<Entry>),
    /// `htons(8080)`, `inet_addr("192.0.2.1")`.
    Function(String, Vec<Expr>),
}

/// What stands in braces: `msg_iov(2)=[...]`, or a value alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The number in brackets behind it.
    pub count: Option<Expr>,
    /// Its value.
    pub value: Expr,
}

/// What joins two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they say what they do")]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Or,
    And,
    ShiftLeft,
    ShiftRight,
}
