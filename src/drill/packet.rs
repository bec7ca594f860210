//! Packets of a script as bytes, and bytes as a packet of a script.

use std::net::{IpAddr, SocketAddr};

use super::flow::Flow;
use super::script::{
    Body, Echoed, Flags, Icmp, Ip, Number, NumberKind, OptionKind, Options, Packet, Ports, Protocol, Tcp,
    TcpOption, Traffic,
};
use super::settings::Settings;
use crate::field::{Builder, Severity};
use crate::mistake::Mistake;
use crate::names::{Icmpv4Type, Icmpv6Type, TcpOptionKind};
use crate::packet::{Decoder, Frame, LinkType, Part};
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::ipv6::{self, Ipv6};
use crate::wire::tcp;
use crate::wire::tcp::typed::TcpOption as TypedOption;
use crate::wire::udp::Udp;
use crate::wire::{self};

/// The link type of what goes over the line: IP without anything in front.
pub(crate) const LINK: LinkType = LinkType::RAW;

impl Number {
    /// A number as it is.
    pub(crate) const fn is(value: i64) -> Self {
        Self { value: NumberKind::Is(value), span: 0..0 }
    }

    /// Its value, once it is known.
    pub(crate) const fn known(&self) -> Option<i64> {
        match self.value {
            NumberKind::Is(value) => Some(value),
            _ => None,
        }
    }
}

/// A number that has to fit where it is to be written.
fn fitting<T: TryFrom<i64>>(number: &Number, what: &str) -> Result<T, Mistake> {
    let value = number.known().unwrap_or(0);
    T::try_from(value).map_err(|_| Mistake::new(number.span.clone(), format!("{value} is no {what}")))
}

/// A sequence number, which wraps.
const fn sequence(number: &Number) -> u32 {
    match number.known() {
        Some(value) => value as u32,
        None => 0,
    }
}

/// Makes the bytes of a packet that comes to the host. All its numbers are known.
pub(crate) fn compose(packet: &Packet, flow: &Flow, settings: &Settings) -> Result<Vec<u8>, Mistake> {
    let (from, to) = (flow.remote, flow.local);
    match &packet.body {
        Body::Tcp(tcp) => {
            let header = segment(tcp, flow, settings)?;
            let data = vec![0; length(&tcp.length, "length of a segment")?];
            around(packet, from.ip(), to.ip(), &(header / data))
        }
        Body::Udp { length: bytes, .. } => {
            let data = vec![0; length(bytes, "length of a datagram")?];
            around(packet, from.ip(), to.ip(), &(Udp::new(from.port(), to.port()) / data))
        }
        Body::Icmp(message) => {
            let ipv6 = to.is_ipv6();
            let (kind, code) = message.numbers(ipv6).ok_or_else(|| {
                let protocol = if ipv6 { "ICMPv6" } else { "ICMP" };
                Mistake::new(message.span.clone(), format!("{protocol} has no such message"))
            })?;
            let rest = rest(message, kind, ipv6)?;
            let quoted = message.echoed.as_ref().map(|echoed| quote(echoed, flow)).transpose()?;
            // Routers on the way say most errors; the peer says that nobody listens.
            let by_router =
                quoted.is_some() && !matches!((kind, code, ipv6), (3, 2 | 3, false) | (1, 4, true));
            let from = if by_router { settings.gateway() } else { from.ip() };
            let content = quoted.unwrap_or_else(|| vec![0; 8]);
            if ipv6 {
                let header = Builder::<Icmpv6>::empty();
                let header =
                    header.give(&wire::icmpv6::TYPE, Icmpv6Type(kind)).give(&wire::icmpv6::CODE, code);
                around(packet, from, to.ip(), &(header.append(&rest) / content))
            } else {
                let header = Builder::<Icmpv4>::empty();
                let header =
                    header.give(&wire::icmpv4::TYPE, Icmpv4Type(kind)).give(&wire::icmpv4::CODE, code);
                around(packet, from, to.ip(), &(header.append(&rest) / content))
            }
        }
    }
}

/// Bytes of data, no more than a packet has room for.
fn length(number: &Number, what: &str) -> Result<usize, Mistake> {
    fitting::<u16>(number, what).map(usize::from)
}

/// The four bytes behind the checksum of an ICMP message.
fn rest(message: &Icmp, kind: u8, ipv6: bool) -> Result<[u8; 4], Mistake> {
    let mtu = message.mtu.as_ref().map(|mtu| fitting::<u32>(mtu, "MTU")).transpose()?;
    let id = message.id.as_ref().map(|id| fitting::<u16>(id, "identifier")).transpose()?;
    Ok(match (mtu, id) {
        (Some(mtu), _) => mtu.to_be_bytes(),
        // The sequence number of an echo is 1.
        (None, Some(id)) => ((u32::from(id) << 16) | 1).to_be_bytes(),
        (None, None) if matches!((kind, ipv6), (8 | 0, false) | (128 | 129, true)) => [0, 0, 0, 1],
        _ => [0; 4],
    })
}

/// Puts the IP header around something.
fn around(packet: &Packet, from: IpAddr, to: IpAddr, part: &impl Part) -> Result<Vec<u8>, Mistake> {
    let class = match &packet.ip.traffic {
        Some(Traffic::Tos(tos)) => fitting::<u8>(tos, "type of service, which has 8 bits")?,
        Some(Traffic::Ecn(ecn)) => *ecn,
        Some(Traffic::Ect01) => 2,
        None => 0,
    };
    let ttl = match &packet.ip.ttl {
        Some(ttl) => fitting(ttl, "TTL, which has 8 bits")?,
        None => 255,
    };
    let built = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let header = Ipv4::new(from, to).ttl(ttl).dont_fragment(true).give(&ipv4::TOS, class);
            (header / part).to_vec()
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let label = packet.ip.flow_label.as_ref();
            let label =
                label.map_or(Ok(0), |label| fitting::<u32>(label, "flow label, which has 20 bits"))?;
            let header = Ipv6::new(from, to).hop_limit(ttl).give(&ipv6::TRAFFIC_CLASS, class);
            (header.flow_label(label) / part).to_vec()
        }
        _ => {
            let message = format!("{from} and {to} are not of the same family");
            return Err(Mistake::new(packet.span.clone(), message));
        }
    };
    built.map_err(|error| Mistake::new(packet.span.clone(), format!("this packet cannot be built: {error}")))
}

/// The header of a segment from the peer.
fn segment(tcp: &Tcp, flow: &Flow, settings: &Settings) -> Result<Builder<tcp::Tcp>, Mistake> {
    let flags = &tcp.flags;
    let mut header = tcp::Tcp::new(flow.remote.port(), flow.local.port())
        .sequence(sequence(&tcp.sequence))
        .fin(flags.fin)
        .syn(flags.syn)
        .rst(flags.rst)
        .psh(flags.psh)
        .ack(flags.ack)
        .urg(flags.urg)
        .ece(flags.ece)
        .cwr(flags.cwr)
        .ae(flags.ae);
    if let Some(ack) = &tcp.ack {
        header = header.acknowledgment(flow.to_wire(sequence(ack)));
    }
    let window =
        tcp.window.as_ref().map(|window| fitting(window, "window, which has 16 bits")).transpose()?;
    header = header.window(window.unwrap_or(0));
    if let Some(urgent) = &tcp.urgent {
        header = header.urgent_pointer(fitting(urgent, "urgent pointer, which has 16 bits")?);
    }
    let Options::Are(options) = &tcp.options else { return Ok(header) };
    for option in options {
        header = append(header, option, flow, settings)?;
    }
    let bytes = header.size().saturating_sub(tcp::Tcp::LEN);
    let span = || {
        options.first().map_or(0..0, |first| first.span.start..options.last().map_or(0, |last| last.span.end))
    };
    if bytes > 40 {
        return Err(Mistake::new(span(), format!("options of {bytes} bytes: a header has room for 40")));
    }
    Ok(header)
}

fn append(
    header: Builder<tcp::Tcp>,
    option: &TcpOption,
    flow: &Flow,
    settings: &Settings,
) -> Result<Builder<tcp::Tcp>, Mistake> {
    Ok(match &option.kind {
        OptionKind::Nop => header.nop(),
        OptionKind::Eol => header.append(&[0]),
        OptionKind::Mss(bytes) => header.mss(fitting(bytes, "segment size, which has 16 bits")?),
        OptionKind::WindowScale(shift) => header.window_scale(fitting(shift, "shift, which has 8 bits")?),
        OptionKind::SackPermitted => header.sack_permitted(),
        OptionKind::Sack(blocks) => {
            let wire = |number: &Number| flow.to_wire(sequence(number));
            let blocks: Vec<(u32, u32)> =
                blocks.iter().map(|(left, right)| (wire(left), wire(right))).collect();
            header.sack(&blocks)
        }
        OptionKind::Timestamps { value, echo } => {
            let tick = settings.timestamp_tick.filter(|_| settings.echoes_scaled);
            header.timestamps(sequence(value), flow.echo_to_wire(sequence(echo), tick))
        }
        OptionKind::FastOpen { cookie, experimental: false } => header.fast_open(cookie),
        OptionKind::FastOpen { cookie, experimental: true } => {
            let data: Vec<u8> = [&[0xf9, 0x89], cookie.as_slice()].concat();
            header.option(TcpOptionKind(254), &data)
        }
        OptionKind::Md5(digest) => header.option(TcpOptionKind::MD5_SIGNATURE, digest),
        OptionKind::AccEcn(counters) => {
            // By its first counter: the option has two orders (RFC 9768 section 3.2.3).
            let kind = if counters.first().is_some_and(|(name, _)| name == "e1b") { 174 } else { 172 };
            let mut data = Vec::new();
            for (_, counter) in counters {
                data.extend(sequence(counter).to_be_bytes().iter().skip(1));
            }
            header.option(TcpOptionKind(kind), &data)
        }
        OptionKind::UserTimeout { value, minutes } => {
            header.user_timeout(fitting(value, "timeout, which has 15 bits")?, *minutes)
        }
        OptionKind::Other { kind, data } => {
            header.option(TcpOptionKind(fitting(kind, "kind of an option")?), data)
        }
    })
}

/// The packet of the host that an ICMP error is about: its IP header, and what it carried, cut as a router does it (RFC 1812 section
/// 4.3.2.3, RFC 4443 section 2.4).
fn quote(echoed: &Echoed, flow: &Flow) -> Result<Vec<u8>, Mistake> {
    let packet = Packet {
        outer: Vec::new(),
        ip: Ip::default(),
        body: Body::Udp { ports: None, length: Number::is(0) },
        span: 0..0,
    };
    let (from, to) = (flow.local, flow.remote);
    let mut bytes = match echoed {
        Echoed::Tcp { sequence: first, length: data, .. } => {
            let header =
                tcp::Tcp::new(from.port(), to.port()).sequence(flow.to_wire(sequence(first))).ack(true);
            around(&packet, from.ip(), to.ip(), &(header / vec![0; length(data, "length of a segment")?]))?
        }
        Echoed::Udp { length: data } => {
            let data = vec![0; length(data, "length of a datagram")?];
            around(&packet, from.ip(), to.ip(), &(Udp::new(from.port(), to.port()) / data))?
        }
    };
    bytes.truncate(if from.is_ipv4() { 548 } else { 1232 });
    Ok(bytes)
}

/// A packet that the host has sent.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    pub protocol: Protocol,
    /// Whose packet it is, in a message of ICMP about another packet that of the other packet; on the wire.
    pub local: SocketAddr,
    pub remote: SocketAddr,
    /// The packet in the language of scripts, in the numbers of the wire.
    pub packet: Packet,
    /// What the decoder finds wrong with it.
    pub wrong: Vec<String>,
    /// Its payload is not all zeros.
    pub has_text: bool,
}

/// Findings of headers that a stack makes; what a port is known for says nothing about a payload of zeros.
const OURS: &[&str] = &["ip.", "ipv6.", "tcp.", "udp.", "icmp.", "icmpv6."];

/// Reads a packet that went over the line, `sent` by the host or by its peer; `None` if it is none of those that a script can name.
pub(crate) fn observe(bytes: &[u8], sent: bool) -> Option<Observed> {
    let packet = Decoder::new().packet(Frame::new(LINK, bytes));
    let wrong = packet
        .findings()
        .filter(|finding| finding.severity == Severity::Error)
        .filter(|finding| OURS.iter().any(|prefix| finding.code.starts_with(prefix)))
        .map(|finding| format!("{}: {finding}", finding.code))
        .collect();
    let (source, destination) = packet.addresses()?;
    let ip = match (packet.get::<Ipv4>(), packet.get::<Ipv6>()) {
        (Some(header), _) if source.is_ipv4() => Ip {
            traffic: Some(Traffic::Tos(Number::is(i64::from(ipv4::TOS.read(packet.bytes()).unwrap_or(0))))),
            ttl: Some(Number::is(i64::from(header.ttl()))),
            flow_label: None,
        },
        (_, Some(header)) => Ip {
            traffic: Some(Traffic::Tos(Number::is(i64::from(
                ipv6::TRAFFIC_CLASS.read(packet.bytes()).unwrap_or(0),
            )))),
            ttl: Some(Number::is(i64::from(header.hop_limit()))),
            flow_label: Some(Number::is(i64::from(header.flow_label()))),
        },
        _ => Ip::default(),
    };
    let is_icmp = packet.get::<Icmpv4>().is_some() || packet.get::<Icmpv6>().is_some();
    let (protocol, body, ports, payload): (_, _, _, &[u8]) = if is_icmp {
        (Protocol::Icmp, Body::Icmp(read_icmp(&packet)?), (0, 0), &[])
    } else if let Some(tcp) = packet.get::<tcp::Tcp>() {
        let ports = (tcp.source_port(), tcp.destination_port());
        (Protocol::Tcp, Body::Tcp(read_segment(&tcp)), ports, packet.payload())
    } else if let Some(udp) = packet.get::<Udp>() {
        let length = i64::try_from(udp.payload().len()).unwrap_or(0);
        let ports = (udp.source_port(), udp.destination_port());
        let body = Body::Udp { ports: None, length: Number::is(length) };
        (Protocol::Udp, body, ports, packet.payload())
    } else {
        return None;
    };
    let has_text = payload.iter().any(|byte| *byte != 0);
    let (mut from, mut to) = (SocketAddr::new(source, ports.0), SocketAddr::new(destination, ports.1));
    if protocol == Protocol::Icmp
        && let Some((source, destination)) = quoted(&packet)
    {
        // What the host complains about came from its peer.
        (from, to) = (destination, source);
    }
    let (local, remote) = if sent { (from, to) } else { (to, from) };
    let packet = Packet { outer: Vec::new(), ip, body, span: 0..0 };
    Some(Observed { protocol, local, remote, packet, wrong, has_text })
}

type Seen<'a> = crate::packet::Packet<&'a [u8]>;

/// Where the packet that an ICMP message quotes came from, and where it went to.
fn quoted(packet: &Seen<'_>) -> Option<(SocketAddr, SocketAddr)> {
    let addresses = match packet.nth::<Ipv4>(1) {
        Some(inner) => (IpAddr::V4(inner.source()), IpAddr::V4(inner.destination())),
        None => {
            let inner = packet.nth::<Ipv6>(1)?;
            (IpAddr::V6(inner.source()), IpAddr::V6(inner.destination()))
        }
    };
    let ports = match (packet.get::<tcp::Tcp>(), packet.get::<Udp>()) {
        (Some(tcp), _) => (tcp.source_port(), tcp.destination_port()),
        (_, Some(udp)) => (udp.source_port(), udp.destination_port()),
        _ => return None,
    };
    Some((SocketAddr::new(addresses.0, ports.0), SocketAddr::new(addresses.1, ports.1)))
}

/// A segment, in the numbers of the wire.
fn read_segment(header: &tcp::Tcp<&[u8]>) -> Tcp {
    let number = |value: u32| Number::is(i64::from(value));
    let data = u32::try_from(header.payload().len()).unwrap_or(0);
    let options = header.options().map(|item| {
        let rules = &crate::field::tlv::Rules::IP_AND_TCP;
        let other =
            || OptionKind::Other { kind: Number::is(i64::from(item.kind)), data: item.data(rules).to_vec() };
        let kind = match TypedOption::of(item) {
            TypedOption::EndOfList => OptionKind::Eol,
            TypedOption::NoOperation => OptionKind::Nop,
            TypedOption::MaximumSegmentSize(bytes) => OptionKind::Mss(number(bytes.into())),
            TypedOption::WindowScale(shift) => OptionKind::WindowScale(number(shift.into())),
            TypedOption::SackPermitted => OptionKind::SackPermitted,
            TypedOption::Sack(blocks) => {
                OptionKind::Sack(blocks.map(|(left, right)| (number(left), number(right))).collect())
            }
            TypedOption::Timestamps { value, echo_reply } => {
                OptionKind::Timestamps { value: number(value), echo: number(echo_reply) }
            }
            TypedOption::FastOpen(cookie) => {
                OptionKind::FastOpen { cookie: cookie.to_vec(), experimental: false }
            }
            TypedOption::Md5Signature(digest) => OptionKind::Md5(digest.to_vec()),
            TypedOption::UserTimeout { value, in_minutes } => {
                OptionKind::UserTimeout { value: number(value.into()), minutes: in_minutes }
            }
            _ => other(),
        };
        TcpOption { kind, span: 0..0 }
    });
    // What pads the last word is zeros, each of them an end in a script.
    let ends = header.options().filter(|item| item.kind == 0);
    let padding: usize = ends.map(|end| end.bytes.len().saturating_sub(1)).sum();
    let end = TcpOption { kind: OptionKind::Eol, span: 0..0 };
    let options = options.chain(std::iter::repeat_n(end, padding));
    Tcp {
        ports: None,
        flags: Flags {
            fin: header.fin(),
            syn: header.syn(),
            rst: header.rst(),
            psh: header.psh(),
            ack: header.ack(),
            urg: header.urg(),
            ece: header.ece(),
            cwr: header.cwr(),
            ae: header.ae(),
        },
        sequence: number(header.sequence()),
        end: number(header.sequence().wrapping_add(data)),
        length: number(data),
        ack: header.ack().then(|| number(header.acknowledgment())),
        window: Some(number(header.window().into())),
        urgent: header.urg().then(|| number(header.urgent_pointer().into())),
        options: Options::Are(options.collect()),
    }
}

/// A message of ICMP or ICMPv6.
fn read_icmp(packet: &Seen<'_>) -> Option<Icmp> {
    let (kind, code, mtu, echo, ipv6) = match (packet.get::<Icmpv4>(), packet.get::<Icmpv6>()) {
        (Some(header), _) => {
            (header.message_type().0, header.code(), header.mtu().map(u32::from), header.echo(), false)
        }
        (_, Some(header)) => (header.message_type().0, header.code(), header.mtu(), header.echo(), true),
        _ => return None,
    };
    let echoed = match (packet.get::<tcp::Tcp>(), packet.get::<Udp>()) {
        (Some(quoted), _) => {
            let number = |value: u32| Number::is(i64::from(value));
            let data = u32::try_from(quoted.payload().len()).unwrap_or(0);
            let sequence = quoted.sequence();
            Some(Echoed::Tcp {
                sequence: number(sequence),
                end: number(sequence.wrapping_add(data)),
                length: number(data),
            })
        }
        (_, Some(quoted)) => {
            let length = i64::from(quoted.length()).saturating_sub(8);
            Some(Echoed::Udp { length: Number::is(length) })
        }
        _ => None,
    };
    let (kind, code) = Icmp::names(ipv6, kind, code);
    Some(Icmp {
        kind,
        code,
        mtu: mtu.map(|mtu| Number::is(i64::from(mtu))),
        id: echo.map(|(id, _)| Number::is(i64::from(id))),
        echoed,
        span: 0..0,
    })
}

impl Packet {
    /// The same with its ports, the host's and the peer's.
    pub(crate) fn with_ports(mut self, (local, remote): (u16, u16), sent: bool) -> Self {
        let number = |port: u16| Number::is(i64::from(port));
        let (source, destination) = if sent { (local, remote) } else { (remote, local) };
        let said = Some(Ports { source: number(source), destination: number(destination) });
        if let Body::Tcp(Tcp { ports, .. }) | Body::Udp { ports, .. } = &mut self.body {
            *ports = said;
        }
        self
    }

    /// The same without what its IP header says, but for what is worth saying: congestion, and what `beside` says something of.
    pub(crate) fn plain(mut self, beside: &Ip) -> Self {
        let zero = matches!(&self.ip.traffic, Some(Traffic::Tos(tos)) if tos.known() == Some(0));
        self.ip.traffic = self.ip.traffic.filter(|_| !zero || beside.traffic.is_some());
        self.ip.ttl = self.ip.ttl.filter(|_| beside.ttl.is_some());
        self.ip.flow_label = self.ip.flow_label.filter(|_| beside.flow_label.is_some());
        self
    }
}

impl Observed {
    /// The same packet in the numbers of the script.
    pub fn in_script(&self, flow: &Flow, sent: bool, settings: &Settings) -> Packet {
        let mut packet = self.packet.clone();
        let host = |number: &mut Number| *number = Number::is(i64::from(flow.to_script(sequence(number))));
        if let Body::Icmp(Icmp { echoed: Some(Echoed::Tcp { sequence, end, .. }), .. }) = &mut packet.body
            && !sent
        {
            // What the peer or a router complains about, the host has sent.
            host(sequence);
            host(end);
        }
        let Body::Tcp(tcp) = &mut packet.body else { return packet };
        if sent {
            host(&mut tcp.sequence);
            host(&mut tcp.end);
        } else {
            tcp.ack.as_mut().map(host);
        }
        let Options::Are(options) = &mut tcp.options else { return packet };
        for option in options {
            match &mut option.kind {
                OptionKind::Sack(blocks) if !sent => {
                    for (left, right) in blocks {
                        host(left);
                        host(right);
                    }
                }
                OptionKind::Timestamps { value, .. } if sent => {
                    let tick = settings.timestamp_tick;
                    let said = tick.and_then(|tick| flow.clock_to_script(sequence(value), tick));
                    *value = said.map_or_else(|| value.clone(), |said| Number::is(i64::from(said)));
                }
                _ => {}
            }
        }
        packet
    }

    /// Whether it begins a connection: SYN, or the answer to it.
    pub const fn begins(&self) -> bool {
        matches!(&self.packet.body, Body::Tcp(tcp) if tcp.flags.syn)
    }

    /// Whether it has the flag ACK.
    pub const fn acknowledges(&self) -> bool {
        matches!(&self.packet.body, Body::Tcp(tcp) if tcp.flags.ack)
    }

    /// What the host's clock of timestamps says, as it is on the wire.
    pub fn clock(&self) -> Option<u32> {
        let Body::Tcp(Tcp { options: Options::Are(options), .. }) = &self.packet.body else { return None };
        options.iter().find_map(|option| match &option.kind {
            OptionKind::Timestamps { value, .. } => Some(sequence(value)),
            _ => None,
        })
    }
}
