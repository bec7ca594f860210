//! TCP, [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293).

pub mod multipath;
pub mod options;
pub mod typed;

use crate::field::tlv::{self, Rules};
use crate::field::{
    Algorithm, Builder, Check, Checksum, Cover, Cursor, FieldInfo, Finding, Format, Generated, List, Next,
    Peel, Phrase, Protocol, Reason, Section, Severity, TcpPorts, Value,
};
use crate::names::{IpProtocol, TcpOptionKind};

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +-------------------------------+-------------------------------+
    /// |          Source port          |       Destination port        |
    /// +-------------------------------+-------------------------------+
    /// |                        Sequence number                        |
    /// +---------------------------------------------------------------+
    /// |                     Acknowledgment number                     |
    /// +-------+-----+-+-+-+-+-+-+-+-+-+-------------------------------+
    /// | Data  |     |A|C|E|U|A|P|R|S|F|                               |
    /// | offset|Rsrvd|E|W|C|R|C|S|S|Y|I|            Window             |
    /// |       |     | |R|E|G|K|H|T|N|N|                               |
    /// +-------+-----+-+-+-+-+-+-+-+-+-+-------------------------------+
    /// |           Checksum            |        Urgent pointer         |
    /// +-------------------------------+-------------------------------+
    /// |                 Options, if data offset is over 5             |
    /// ```
    ///
    /// Getters, setters and builder have the numbers that stand there: `data_offset` counts words of 4 bytes.
    pub struct Tcp(20 max 60 step 4) "tcp" in "RFC 9293 section 3.1" {
        tile SOURCE_PORT(source_port, set_source_port): u16 = 0..16, "tcp.srcport", "Source port";
        alias PORT_OF_SOURCE: u16 = 0..16, "tcp.port", "Port";
        tile DESTINATION_PORT(destination_port, set_destination_port): u16 = 16..32, "tcp.dstport", "Destination port";
        alias PORT_OF_DESTINATION: u16 = 16..32, "tcp.port", "Port";
        tile SEQUENCE(sequence, set_sequence): u32 = 32..64, "tcp.seq", "Sequence number";
        tile ACKNOWLEDGMENT(acknowledgment, set_acknowledgment): u32 = 64..96, "tcp.ack", "Acknowledgment number";
        tile DATA_OFFSET(data_offset, set_data_offset): u8 = 96..100 * 4, "tcp.hdr_len", "Header length";
        group FLAGS(flags, set_flags): u16 as Hex = 100..112, "tcp.flags", "Flags";
        tile RESERVED(reserved, set_reserved): u8 = 100..103, "tcp.flags.res", "Reserved";
        alias ACE: u8 = 103..106, "tcp.flags.ace", "Accurate ECN counter", "RFC 9768 section 3.2.2.1";
        tile AE(ae, set_ae): bool = 103..104, "tcp.flags.ae", "Accurate ECN", "RFC 9768 section 2.2";
        tile CWR(cwr, set_cwr): bool = 104..105, "tcp.flags.cwr", "Congestion window reduced", "RFC 3168 section 6.1";
        tile ECE(ece, set_ece): bool = 105..106, "tcp.flags.ece", "ECN-Echo", "RFC 3168 section 6.1";
        tile URG(urg, set_urg): bool = 106..107, "tcp.flags.urg", "Urgent";
        tile ACK(ack, set_ack): bool = 107..108, "tcp.flags.ack", "Acknowledgment";
        tile PSH(psh, set_psh): bool = 108..109, "tcp.flags.push", "Push";
        tile RST(rst, set_rst): bool = 109..110, "tcp.flags.reset", "Reset";
        tile SYN(syn, set_syn): bool = 110..111, "tcp.flags.syn", "Synchronize";
        tile FIN(fin, set_fin): bool = 111..112, "tcp.flags.fin", "Finish";
        tile WINDOW(window, set_window): u16 = 112..128, "tcp.window_size_value", "Window";
        tile CHECKSUM(checksum, set_checksum): u16 as Hex = 128..144, "tcp.checksum", "Checksum";
        tile URGENT_POINTER(urgent_pointer, set_urgent_pointer): u16 = 144..160, "tcp.urgent_pointer", "Urgent pointer";
    }
}

crate::fields! {
    /// What TCP carries.
    pub mod payload in "RFC 9293 section 3.1" {
        tile PAYLOAD: [u8; 0] = 0..0, "tcp.payload", "TCP payload";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "tcp",
    name: "Transmission Control Protocol",
    spec: "RFC 9293",
    fields: FIELDS,
    tables: &[payload::FIELDS],
    lists: options::TABLES,
    length: Tcp::LEN,
    peel: |bytes| Some(peel(bytes)?.map(Next::from)),
    needed,
    sections,
    list: List::of(&options::OPTIONS),
    checks: CHECKS,
    surround: |scope| scope.missing = scope.missing.or(Some(Reason::Segment)),
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        cover: Cover::Layer,
        pseudo: Some(IpProtocol::TCP.0),
        algorithm: Algorithm::Internet,
        optional: false,
        bad: "tcp.checksum.bad",
        offload: "tcp.checksum.offload",
    }),
    generated: &[Generated {
        info: FieldInfo::generated("tcp.len", "Payload length", "RFC 9293 section 3.3", Format::Number),
        // A segment that was cut carried more than is here.
        value: |scope| scope.missing.is_none().then_some(Value::Number(scope.content().len() as u64)),
    }],
    payload: &payload::PAYLOAD.info,
    fill: |bytes, completion| completion.header_length(bytes, &DATA_OFFSET),
    summary: &[
        Phrase::Text("TCP ["),
        Phrase::Flags(&[
            (&FIN.info, "FIN"),
            (&SYN.info, "SYN"),
            (&RST.info, "RST"),
            (&PSH.info, "PSH"),
            (&ACK.info, "ACK"),
            (&URG.info, "URG"),
            (&ECE.info, "ECE"),
            (&CWR.info, "CWR"),
            (&AE.info, "AE"),
        ]),
        Phrase::Text("] seq "),
        Phrase::Value(&SEQUENCE.info),
        Phrase::If(
            |header| ACK.read(header) == Some(true),
            &[Phrase::Text(" ack "), Phrase::Value(&ACKNOWLEDGMENT.info)],
        ),
        Phrase::Text(" win "),
        Phrase::Value(&WINDOW.info),
        Phrase::Text(", "),
        Phrase::Content,
    ],
    ..Protocol::PLAIN
};

/// The ports, and what lies behind the options.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, TcpPorts>> {
    let (header, rest) = bytes.split_first_chunk::<20>()?;
    let length = usize::from(DATA_OFFSET.read(header)?) << 2;
    if length < Tcp::LEN {
        return Some(Peel { header: Tcp::LEN, content: rest, tail: 0, next: None });
    }
    let content = bytes.get(length..)?;
    let next = match content {
        [] => None,
        _ => Some(TcpPorts(SOURCE_PORT.read(header)?, DESTINATION_PORT.read(header)?)),
    };
    Some(Peel { header: length, content, tail: 0, next })
}

fn needed(bytes: &[u8]) -> usize {
    DATA_OFFSET.read(bytes).map_or(Tcp::LEN, |words| (usize::from(words) << 2).max(Tcp::LEN))
}

fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    // The group around all options comes once, before the first of them.
    let left = header.len().saturating_sub(cursor.at);
    if cursor.at == Tcp::LEN && cursor.until == 0 && left > 0 {
        cursor.until = Tcp::LEN;
        return cursor.hold(options::all::FIELDS, left);
    }
    tlv::section(&options::OPTIONS, header, header.len(), cursor)
}

const CHECKS: &[Check] = &[
    |scope| {
        let length = u64::from(DATA_OFFSET.read(scope.bytes)?).saturating_mul(4);
        let small = Finding::at(
            &DATA_OFFSET.info,
            "tcp.hdr_len.bad",
            Severity::Error,
            "the header length is less than the fixed part",
        );
        (length < 20).then(|| small.range(length, 20))
    },
    |scope| {
        // A header cut short cuts its last option too, and is a finding of its own.
        (scope.header >= needed(scope.bytes)).then_some(())?;
        let (list, limit) = (scope.header_bytes().get(Tcp::LEN..)?, Some(DATA_OFFSET.info.name));
        tlv::check(
            list,
            &Rules::IP_AND_TCP,
            Tcp::LEN,
            &options::head::LENGTH.info,
            "tcp.option_len.bad",
            limit,
        )
    },
    |scope| {
        (scope.header >= needed(scope.bytes)).then_some(())?;
        let list = scope.header_bytes().get(Tcp::LEN..)?;
        let wrong = |item: &tlv::Item<'_>| !item.broken && !options::fits(item);
        let item = tlv::walk(list, &Rules::IP_AND_TCP).find(wrong)?;
        let text = "the option's length is none that its kind can have";
        let finding = Finding::at(&options::head::LENGTH.info, "tcp.option_len.bad", Severity::Error, text);
        Some(finding.place(Tcp::LEN.saturating_add(item.start), item.bytes.len()))
    },
    |scope| {
        let both = SYN.read(scope.bytes)? && FIN.read(scope.bytes)?;
        let text = "SYN and FIN are both set, which no connection needs";
        both.then(|| Finding::at(&FLAGS.info, "tcp.flags.syn_fin", Severity::Warning, text))
    },
    |scope| {
        let unused = URGENT_POINTER.read(scope.bytes)? != 0 && !URG.read(scope.bytes)?;
        let text = "the urgent pointer is set, the URG flag is not";
        unused.then(|| Finding::at(&URGENT_POINTER.info, "tcp.urgent_pointer.unused", Severity::Note, text))
    },
];

impl Tcp {
    /// A TCP header without flags; header length and checksum are filled in when the packet is written.
    #[inline]
    #[allow(clippy::new_ret_no_self)]
    pub fn new(source_port: u16, destination_port: u16) -> Builder<Self> {
        Builder::<Self>::empty().source_port(source_port).destination_port(destination_port)
    }
}

impl Builder<Tcp> {
    /// Adds an option: its kind and data; the length is filled in. A kind of 0 or 1 is written alone. The
    /// options are padded with zeros to 32-bit words when the packet is written.
    #[must_use]
    pub fn option(self, kind: TcpOptionKind, data: &[u8]) -> Self {
        self.item(&Rules::IP_AND_TCP, u16::from(kind.0), data)
    }

    /// Maximum segment size.
    #[must_use]
    pub fn mss(self, bytes: u16) -> Self {
        self.option(TcpOptionKind::MAXIMUM_SEGMENT_SIZE, &bytes.to_be_bytes())
    }

    /// Window scale.
    #[must_use]
    pub fn window_scale(self, shift: u8) -> Self {
        self.option(TcpOptionKind::WINDOW_SCALE, &[shift])
    }

    /// SACK permitted.
    #[must_use]
    pub fn sack_permitted(self) -> Self {
        self.option(TcpOptionKind::SACK_PERMITTED, &[])
    }

    /// SACK with these blocks, left and right edge; a header has room for four.
    #[must_use]
    pub fn sack(self, blocks: &[(u32, u32)]) -> Self {
        let size = blocks.len().saturating_mul(8).saturating_add(2);
        let head = self.append(&[TcpOptionKind::SACK.0, u8::try_from(size).unwrap_or(u8::MAX)]);
        blocks.iter().fold(head, |option, (left, right)| {
            option.append(&left.to_be_bytes()).append(&right.to_be_bytes())
        })
    }

    /// Timestamps.
    #[must_use]
    pub fn timestamps(self, value: u32, echo_reply: u32) -> Self {
        let both = (u64::from(value) << 32) | u64::from(echo_reply);
        self.option(TcpOptionKind::TIMESTAMPS, &both.to_be_bytes())
    }

    /// MD5 signature (RFC 2385), which is not computed here.
    #[must_use]
    pub fn md5_signature(self, digest: [u8; 16]) -> Self {
        self.option(TcpOptionKind::MD5_SIGNATURE, &digest)
    }

    /// User timeout in seconds, or in minutes; 15 bits.
    #[must_use]
    pub fn user_timeout(self, value: u16, in_minutes: bool) -> Self {
        let value = (value & 0x7fff) | (u16::from(in_minutes) << 15);
        self.option(TcpOptionKind::USER_TIMEOUT, &value.to_be_bytes())
    }

    /// Authentication (RFC 5925) with a message authentication code, which is not computed here.
    #[must_use]
    pub fn authentication(self, key_id: u8, next_key_id: u8, code: &[u8]) -> Self {
        let size = u8::try_from(code.len().saturating_add(4)).unwrap_or(u8::MAX);
        self.append(&[TcpOptionKind::AUTHENTICATION.0, size, key_id, next_key_id]).append(code)
    }

    /// Fast open: a cookie of 4 to 16 bytes; none asks for one.
    #[must_use]
    pub fn fast_open(self, cookie: &[u8]) -> Self {
        self.option(TcpOptionKind::FAST_OPEN, cookie)
    }

    /// Multipath TCP: the data of the option, which begins with the subtype in its upper four bits.
    #[must_use]
    pub fn multipath(self, data: &[u8]) -> Self {
        self.option(TcpOptionKind::MULTIPATH, data)
    }

    /// No-operation.
    #[must_use]
    pub fn nop(self) -> Self {
        self.option(TcpOptionKind::NO_OPERATION, &[])
    }
}

impl<'a> Tcp<&'a [u8]> {
    /// Length of the header with its options in bytes, as far as it is there.
    #[inline]
    pub fn header_length(&self) -> usize {
        needed(self.bytes).min(self.bytes.len())
    }

    /// The bytes of the options, as far as they are there.
    #[inline]
    pub fn option_bytes(&self) -> &'a [u8] {
        self.bytes.get(Tcp::LEN..self.header_length()).unwrap_or(&[])
    }

    /// The options as they lie; [`Tcp::typed_options`] reads what they say.
    pub fn options(&self) -> tlv::Walk<'a> {
        tlv::walk(self.option_bytes(), &Rules::IP_AND_TCP)
    }

    /// What the segment carries.
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(self.header_length()..).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The SYN that Linux 6 sends (fixtures/http.pcap): MSS, SACK permitted, timestamps, NOP, window scale.
    #[test]
    fn walks_the_options_of_a_syn() {
        let header = [
            0xa8, 0x24, 0x00, 0x50, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0, 0xa0, 0x02, 0xfa, 0xf0, 0, 0, 0, 0,
            2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 10,
        ];
        let tcp = Tcp::view(&header[..]).unwrap();
        assert!(tcp.syn() && !tcp.ack());
        let kinds: Vec<u16> = tcp.options().map(|item| item.kind).collect();
        assert_eq!(kinds, [2, 4, 8, 1, 3]);
        let mut cursor = Cursor::new(Tcp::LEN);
        let mut ends = Vec::new();
        while let Some(section) = sections(&header, &mut cursor) {
            ends.push((section.start, section.length));
        }
        assert_eq!(ends[..4], [(20, 20), (20, 4), (20, 2), (22, 2)]);
        assert_eq!(ends.last(), Some(&(39, 1)));
    }
}
