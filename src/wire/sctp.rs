//! SCTP, [RFC 9260](https://www.rfc-editor.org/rfc/rfc9260).
//!
//! A packet is a short header and chunks up to its end, all of which are the header here: it carries nothing in the
//! way that TCP carries data. User data is a field of its DATA chunk, and [`Chunk::user_data`] reads it.
//!
//! ```
//! use layercake::names::SctpChunkType;
//! use layercake::packet::{Decoder, Frame};
//! use layercake::wire::{ipv4::Ipv4, sctp::Sctp};
//!
//! let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
//! let sctp = Sctp::new(5000, 80)
//!     .verification_tag(0x1234)
//!     .chunk(SctpChunkType::COOKIE_ACK, 0, &[])
//!     .data(1, 0, 0, 0.into(), b"hello");
//! let mut buffer = [0; 100];
//! let packet = Decoder::new().packet(Frame::raw(&*(ip / sctp).write(&mut buffer)?));
//!
//! assert_eq!(packet.ports(), Some((5000, 80)));
//! assert_eq!(packet.findings().count(), 0);
//! let sctp = packet.get::<Sctp>().unwrap();
//! let types: Vec<SctpChunkType> = sctp.chunks().map(|chunk| chunk.chunk_type).collect();
//! assert_eq!(types, [SctpChunkType::COOKIE_ACK, SctpChunkType::DATA]);
//! let data = sctp.chunks().find_map(|chunk| chunk.user_data()).unwrap();
//! assert_eq!((data.tsn, data.bytes), (1, &b"hello"[..]));
//! # Ok::<(), layercake::field::BuildError>(())
//! ```

pub mod causes;
pub mod chunks;
pub mod parameters;

use crate::field::tlv;
use crate::field::{
    Algorithm, Builder, Check, Checksum, Cover, Cursor, FieldInfo, Finding, List, Next, Peel, Phrase,
    Protocol, Scope, Section, Severity,
};
use crate::names::{SctpChunkType, SctpPayloadProtocol};

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +-------------------------------+-------------------------------+
    /// |          Source port          |       Destination port        |
    /// +-------------------------------+-------------------------------+
    /// |                       Verification tag                        |
    /// +---------------------------------------------------------------+
    /// |                           Checksum                            |
    /// +---------------+---------------+-------------------------------+
    /// |  Chunk type   |  Chunk flags  |         Chunk length          |
    /// +---------------+---------------+-------------------------------+
    /// |                  Chunk value, and more chunks                 |
    /// ```
    ///
    /// A builder has room for 1,024 bytes of chunks. Bytes that are put inside it go on with them: the checksum
    /// covers them too, and who reads the packet sees chunks.
    pub struct Sctp(12 max 1036 step 4) "sctp" in "RFC 9260 section 3.1" {
        tile SOURCE_PORT(source_port, set_source_port): u16 = 0..16, "sctp.srcport", "Source port";
        alias PORT_OF_SOURCE: u16 = 0..16, "sctp.port", "Port";
        tile DESTINATION_PORT(destination_port, set_destination_port): u16 = 16..32, "sctp.dstport", "Destination port";
        alias PORT_OF_DESTINATION: u16 = 16..32, "sctp.port", "Port";
        tile VERIFICATION_TAG(verification_tag, set_verification_tag): u32 as Hex = 32..64, "sctp.verification_tag", "Verification tag";
        tile CHECKSUM(checksum, set_checksum): u32 as Hex = 64..96, "sctp.checksum", "Checksum";
    }
}

crate::fields! {
    /// The type of the first chunk, for the packet's line.
    pub mod first in "RFC 9260 section 3.2" {
        tile TYPE: SctpChunkType = 96..104, "sctp.chunk_type", "Chunk type";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "sctp",
    name: "Stream Control Transmission Protocol",
    spec: "RFC 9260",
    fields: FIELDS,
    lists: &LISTS,
    length: Sctp::LEN,
    peel,
    needed: |_| Sctp::LEN,
    list: Some(List {
        word: "chunks",
        options: &chunks::CHUNKS.options,
        inside: chunks::CHUNKS.inside,
        before: &[],
    }),
    sections: |header, cursor: &mut Cursor| -> Option<Section> {
        tlv::nested(&chunks::CHUNKS, header, header.len(), cursor)
    },
    checks: CHECKS,
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        cover: Cover::Layer,
        pseudo: None,
        algorithm: Algorithm::Crc32c,
        // RFC 9653: two ends can agree to leave it out, where a layer below does better.
        optional: true,
        bad: "sctp.checksum.bad",
        offload: "sctp.checksum.offload",
    }),
    summary: &[
        Phrase::Text("SCTP "),
        Phrase::Value(&first::TYPE.info),
        Phrase::If(is_bundle, &[Phrase::Text(" and more")]),
        Phrase::Text(", tag "),
        Phrase::Value(&VERIFICATION_TAG.info),
    ],
    ..Protocol::PLAIN
};

/// The tables of all lists together.
const LISTS: [&[FieldInfo]; COUNT] = {
    let mut all: [&[FieldInfo]; COUNT] = [&[]; COUNT];
    let mut next = 0;
    let mut list = 0;
    while list < OF_LISTS.len() {
        let mut table = 0;
        #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // Runs at compile time alone.
        while table < OF_LISTS[list].len() {
            all[next] = OF_LISTS[list][table];
            next += 1;
            table += 1;
        }
        #[allow(clippy::arithmetic_side_effects)]
        {
            list += 1;
        }
    }
    all
};
const OF_LISTS: [&[&[FieldInfo]]; 3] = [chunks::TABLES, parameters::TABLES, causes::TABLES];
#[allow(clippy::arithmetic_side_effects)]
const COUNT: usize = chunks::TABLES.len() + parameters::TABLES.len() + causes::TABLES.len();

/// All chunks to the end; they lead to nothing.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    bytes.first_chunk::<12>()?;
    let header = if bytes.len() <= LONGEST { bytes.len() } else { whole_chunks(bytes) };
    Some(Peel { header, content: bytes.get(header..)?, tail: 0, next: None })
}

/// A header cannot be longer; the chunks behind that are payload.
const LONGEST: usize = u16::MAX as usize;

/// The end of the last chunk that lies in a header as long as one can be.
#[cold]
#[inline(never)]
fn whole_chunks(bytes: &[u8]) -> usize {
    let list = bytes.get(Sctp::LEN..).unwrap_or(&[]);
    let starts = tlv::walk(list, &chunks::RULES).map(|chunk| chunk.start.saturating_add(Sctp::LEN));
    starts.take_while(|start| *start <= LONGEST).last().unwrap_or(Sctp::LEN)
}

fn is_bundle(header: &[u8]) -> bool {
    list(header).nth(1).is_some()
}

fn list(header: &[u8]) -> tlv::Walk<'_> {
    tlv::walk(header.get(Sctp::LEN..).unwrap_or(&[]), &chunks::RULES)
}

/// The first chunk of which this is so, as a finding about a field of it.
fn find(
    scope: &Scope<'_>,
    is: impl Fn(&tlv::Item<'_>) -> bool,
    field: &FieldInfo,
    finding: (&'static str, Severity, &'static str),
) -> Option<Finding> {
    let item = list(scope.header_bytes()).find(is)?;
    let (code, severity, text) = finding;
    let start = Sctp::LEN.saturating_add(item.start).saturating_add(usize::from(field.start) / 8);
    let length = usize::from(field.bits) / 8;
    let left = scope.header.saturating_sub(start).min(length);
    Some(Finding::at(field, code, severity, text).place(start.min(scope.header), left))
}

const INIT: u16 = SctpChunkType::INIT.0 as u16;
const INIT_ACK: u16 = SctpChunkType::INIT_ACK.0 as u16;
const SHUTDOWN_COMPLETE: u16 = SctpChunkType::SHUTDOWN_COMPLETE.0 as u16;
const DATA: u16 = SctpChunkType::DATA.0 as u16;
const I_DATA: u16 = SctpChunkType::I_DATA.0 as u16;

const CHECKS: &[Check] = &[
    |scope| {
        let list = scope.header_bytes().get(Sctp::LEN..)?;
        let length = &chunks::head::LENGTH.info;
        let code = "sctp.chunk_length.bad";
        let bad = tlv::check(list, &chunks::RULES, Sctp::LEN, length, code, scope.limit)?;
        let severity = if scope.excused() { Severity::Note } else { Severity::Error };
        Some(Finding { severity, text: "the chunk's length does not fit", ..bad })
    },
    |scope| {
        let found = VERIFICATION_TAG.read(scope.bytes)?;
        let init = list(scope.header_bytes()).any(|chunk| chunk.kind == INIT && !chunk.broken);
        let text = "a packet with INIT has the verification tag zero";
        let bad = Finding::at(&VERIFICATION_TAG.info, "sctp.verification_tag.init", Severity::Error, text);
        (init && found != 0).then(|| bad.value(u64::from(found), 0))
    },
    |scope| {
        let alone = |chunk: &tlv::Item<'_>| matches!(chunk.kind, INIT | INIT_ACK | SHUTDOWN_COMPLETE);
        let text = "the chunk must be alone in its packet";
        let field = &chunks::head::TYPE.info;
        list(scope.header_bytes()).nth(1)?;
        find(
            scope,
            |chunk| !chunk.broken && alone(chunk),
            field,
            ("sctp.chunk.bundled", Severity::Error, text),
        )
    },
    |scope| {
        let empty = |chunk: &tlv::Item<'_>| {
            let least = match chunk.kind {
                DATA => 16,
                I_DATA => 20,
                _ => return false,
            };
            !chunk.broken && chunk.bytes.len() <= least
        };
        let text = "the chunk has no user data";
        find(scope, empty, &chunks::head::LENGTH.info, ("sctp.data.empty", Severity::Error, text))
    },
    |scope| {
        let zero = CHECKSUM.read(scope.bytes)? == 0;
        let text = "there is no checksum, which both ends must have agreed on";
        zero.then(|| Finding::at(&CHECKSUM.info, "sctp.checksum.zero", Severity::Note, text))
    },
    |scope| inner(scope, &parameters::head::LENGTH.info, "sctp.parameter_length.bad", "parameter"),
    |scope| inner(scope, &causes::head::LENGTH.info, "sctp.cause_length.bad", "cause"),
];

/// The first item with an impossible length in a list that a chunk holds.
fn inner(scope: &Scope<'_>, length: &FieldInfo, code: &'static str, what: &str) -> Option<Finding> {
    let text = match what {
        "cause" => "the cause's length does not fit",
        _ => "the parameter's length does not fit",
    };
    list(scope.header_bytes()).filter(|chunk| !chunk.broken).find_map(|chunk| {
        let inside = (chunks::CHUNKS.inside)(&chunk)?;
        let of_causes = core::ptr::eq(inside, &raw const causes::CAUSES);
        (of_causes == (what == "cause")).then_some(())?;
        let known = chunks::CHUNKS.options.kinds.iter().find(|known| known.kind == chunk.kind)?;
        let first = known.first.iter().map(|field| field.start.saturating_add(field.bits)).max();
        let first = usize::from(first.unwrap_or(0)) / 8;
        let start = first.saturating_add(4);
        let place = Sctp::LEN.saturating_add(chunk.start).saturating_add(start);
        let limit = Some(chunks::head::LENGTH.info.name);
        let bad = tlv::check(chunk.bytes.get(start..)?, &inside.options.rules, place, length, code, limit)?;
        Some(Finding { text, ..bad })
    })
}

impl Sctp {
    /// A header without chunks; the checksum is filled in when the packet is written.
    #[inline]
    #[allow(clippy::new_ret_no_self)]
    pub fn new(source_port: u16, destination_port: u16) -> Builder<Self> {
        Builder::<Self>::empty().source_port(source_port).destination_port(destination_port)
    }
}

impl Builder<Sctp> {
    /// Adds a chunk: its type, flags and value. The length is filled in, and zeros up to four bytes.
    #[must_use]
    pub fn chunk(self, chunk_type: SctpChunkType, flags: u8, value: &[u8]) -> Self {
        self.chunk_of(chunk_type, flags, &[value])
    }

    /// Adds a DATA chunk with a whole message.
    #[must_use]
    pub fn data(
        self,
        tsn: u32,
        stream: u16,
        sequence: u16,
        protocol: SctpPayloadProtocol,
        bytes: &[u8],
    ) -> Self {
        let numbers = (u64::from(tsn) << 32) | (u64::from(stream) << 16) | u64::from(sequence);
        let pieces = [&numbers.to_be_bytes()[..], &protocol.0.to_be_bytes(), bytes];
        self.chunk_of(SctpChunkType::DATA, 3, &pieces)
    }

    fn chunk_of(self, chunk_type: SctpChunkType, flags: u8, pieces: &[&[u8]]) -> Self {
        let length = pieces.iter().fold(4usize, |sum, piece| sum.saturating_add(piece.len()));
        let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
        let head = self.append(&[chunk_type.0, flags, high, low]);
        let whole = pieces.iter().fold(head, |chunk, piece| chunk.append(piece));
        let missing = length.wrapping_neg() & 3;
        whole.append([0; 3].get(..missing).unwrap_or(&[]))
    }
}

/// A chunk of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Its type.
    pub chunk_type: SctpChunkType,
    /// Its flags; what they mean depends on the type.
    pub flags: u8,
    /// What stands behind type, flags and length.
    pub value: &'a [u8],
    /// Its length is impossible; the value is all that is left.
    pub broken: bool,
}

/// The user data of a DATA chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserData<'a> {
    /// Transmission sequence number.
    pub tsn: u32,
    /// The stream.
    pub stream: u16,
    /// The message's number in its stream.
    pub sequence: u16,
    /// What the data is.
    pub protocol: SctpPayloadProtocol,
    /// The message begins here.
    pub begins: bool,
    /// The message ends here.
    pub ends: bool,
    /// The message is not in the order of its stream.
    pub unordered: bool,
    /// The data.
    pub bytes: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// The user data; `None` if this is not a whole DATA chunk.
    pub fn user_data(&self) -> Option<UserData<'a>> {
        let known = self.chunk_type == SctpChunkType::DATA && !self.broken;
        let (fields, bytes) = self.value.split_first_chunk::<12>().filter(|_| known)?;
        Some(UserData {
            tsn: chunks::data::TSN.read(fields)?,
            stream: chunks::data::STREAM.read(fields)?,
            sequence: chunks::data::SEQUENCE.read(fields)?,
            protocol: chunks::data::PROTOCOL.read(fields)?,
            begins: self.flags & 2 != 0,
            ends: self.flags & 1 != 0,
            unordered: self.flags & 4 != 0,
            bytes,
        })
    }

    /// The parameters, for a chunk that holds parameters or causes; their kinds are
    /// [`SctpParameterType`](crate::names::SctpParameterType) or [`SctpErrorCause`](crate::names::SctpErrorCause).
    pub fn items(&self) -> tlv::Walk<'a> {
        let first = match self.chunk_type {
            SctpChunkType::INIT | SctpChunkType::INIT_ACK => 16,
            SctpChunkType::ASCONF | SctpChunkType::ASCONF_ACK => 4,
            SctpChunkType::HEARTBEAT
            | SctpChunkType::HEARTBEAT_ACK
            | SctpChunkType::ABORT
            | SctpChunkType::ERROR
            | SctpChunkType::RE_CONFIG => 0,
            _ => self.value.len(),
        };
        tlv::walk(self.value.get(first..).unwrap_or(&[]), &tlv::Rules::WORDS)
    }
}

impl<'a> Sctp<&'a [u8]> {
    /// The chunks.
    pub fn chunks(&self) -> impl Iterator<Item = Chunk<'a>> + use<'a> {
        list(self.bytes).map(|item| Chunk {
            chunk_type: SctpChunkType(item.kind as u8),
            flags: item.bytes.get(1).copied().unwrap_or(0),
            value: item.data(&chunks::RULES),
            broken: item.broken,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An INIT that Solaris sent (corelight-community-id-spec, sctp.pcap, BSD-3-Clause), with its CRC-32C.
    const PACKET: [u8; 44] = [
        0x00, 0x07, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x37, 0x61, 0xa7, 0x46, 0x01, 0x00, 0x00, 0x20, 0x43,
        0x23, 0x25, 0x44, 0x00, 0x00, 0xff, 0xff, 0x00, 0x11, 0x00, 0x11, 0x5c, 0xfe, 0x37, 0x9f, 0xc0, 0x00,
        0x00, 0x04, 0x00, 0x0c, 0x00, 0x06, 0x00, 0x05, 0x00, 0x00,
    ];

    #[test]
    fn reads_an_init_and_its_parameters() {
        let sctp = Sctp::view(&PACKET[..]).unwrap();
        let init = sctp.chunks().next().unwrap();
        assert_eq!((init.chunk_type, init.flags, init.value.len()), (SctpChunkType::INIT, 0, 28));
        let kinds: Vec<u16> = init.items().map(|item| item.kind).collect();
        assert_eq!(kinds, [0xc000, 0x000c]);
        let mut cursor = Cursor::new(Sctp::LEN);
        let names = core::iter::from_fn(|| (PROTOCOL.sections)(&PACKET, &mut cursor));
        let places: Vec<_> =
            names.map(|section| (section.fields[0].name, section.start, section.length)).collect();
        let expected = [
            ("sctp.chunk", 12, 32),
            ("sctp.chunk_type", 12, 4),
            ("sctp.init_initiate_tag", 16, 16),
            ("sctp.parameter", 32, 4),
            ("sctp.parameter_type", 32, 4),
            ("sctp.parameter", 36, 6),
            ("sctp.parameter_type", 36, 4),
            ("sctp.parameter_supported_address_type", 40, 2),
            ("sctp.parameter_padding", 42, 2),
        ];
        assert_eq!(places, expected);
    }

    #[test]
    fn the_crc_of_real_software_is_right_and_is_built() {
        let scope = Scope { header: PACKET.len(), ..Scope::of(&PACKET) };
        let checksum = PROTOCOL.checksum.unwrap();
        assert_eq!(checksum.verdict(&PROTOCOL, &scope), Some(crate::field::Verdict::Ok));
        let built = Sctp::new(7, 7).chunk(SctpChunkType::INIT, 0, &PACKET[16..]);
        let mut buffer = [0; 64];
        assert_eq!((built / [0; 0]).write(&mut buffer).unwrap(), PACKET);
        // Chunks that are put inside are chunks too.
        assert_eq!((Sctp::new(7, 7) / &PACKET[12..]).write(&mut buffer).unwrap(), PACKET);
    }
}
