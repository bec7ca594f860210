//! The tables of SCTP's chunks.

use super::causes::CAUSES;
use super::parameters::PARAMETERS;
use crate::field::FieldInfo;
use crate::field::tlv::{Nested, OptionKind, Options, Rules, Word};
use crate::names::{SctpChunkType as Type, SctpPayloadProtocol};

/// A byte for the type, one for the flags, two for the length, which counts the whole chunk but not the bytes that
/// fill it up to four (RFC 9260 section 3.2).
pub const RULES: Rules =
    Rules { kind: Word::Byte(0), length: Word::Big(2), head: 4, counts: 4, align: 4, ..Rules::BYTES };

crate::fields! {
    /// Type, flags and length. What a flag means depends on the type.
    pub mod head in "RFC 9260 section 3.2" {
        tile TYPE: Type = 0..8, "sctp.chunk_type", "Chunk type";
        alias SKIP: bool = 0..1, "sctp.chunk_bit_1", "Skip if not recognized";
        alias REPORT: bool = 1..2, "sctp.chunk_bit_2", "Report if not recognized";
        tile FLAGS: u8 as Hex = 8..16, "sctp.chunk_flags", "Chunk flags";
        alias IMMEDIATE: bool = 12..13 if is_data, "sctp.data_i_bit", "Acknowledge immediately", "RFC 7053 section 3";
        alias UNORDERED: bool = 13..14 if is_data, "sctp.data_u_bit", "Unordered", "RFC 9260 section 3.3.1";
        alias BEGINNING: bool = 14..15 if is_data, "sctp.data_b_bit", "Beginning of the message", "RFC 9260 section 3.3.1";
        alias ENDING: bool = 15..16 if is_data, "sctp.data_e_bit", "End of the message", "RFC 9260 section 3.3.1";
        alias NONCE_SUM: u8 = 15..16 if is_sack, "sctp.sack_nounce_sum", "Nonce sum";
        alias NR_NONCE_SUM: u8 = 15..16 if is_nr_sack, "sctp.nr_sack_nounce_sum", "Nonce sum";
        alias ABORT_NO_TAG: bool = 15..16 if is_abort, "sctp.abort_t_bit", "The tag is the receiver's own", "RFC 9260 section 3.3.7";
        alias SHUTDOWN_NO_TAG: bool = 15..16 if is_shutdown_complete, "sctp.shutdown_complete_t_bit", "The tag is the receiver's own", "RFC 9260 section 3.3.13";
        alias DROPPED_TRUNCATED: bool = 13..14 if is_packet_dropped, "sctp.pckdrop_t_bit", "Truncated", "draft-stewart-sctp-pktdrprep section 2";
        alias DROPPED_BAD_CHECKSUM: bool = 14..15 if is_packet_dropped, "sctp.pckdrop_b_bit", "The checksum was wrong", "draft-stewart-sctp-pktdrprep section 2";
        alias DROPPED_BY_MIDDLEBOX: bool = 15..16 if is_packet_dropped, "sctp.pckdrop_m_bit", "Sent by a middlebox", "draft-stewart-sctp-pktdrprep section 2";
        tile LENGTH: u16 = 16..32, "sctp.chunk_length", "Chunk length";
    }
}

/// Conditions on the type that a chunk begins with.
macro_rules! is {
    ($($name:ident $($Kind:path)|+;)*) => {$(
        fn $name(chunk: &[u8]) -> bool {
            matches!(head::TYPE.read(chunk), Some($($Kind)|+))
        }
    )*};
}
/// Two kinds of chunks that IANA does not list: they are of drafts, and BSD sends them.
const NR_SACK: Type = Type(16);
const PACKET_DROPPED: Type = Type(129);

is! {
    is_data Type::DATA | Type::I_DATA;
    is_sack Type::SACK;
    is_nr_sack NR_SACK;
    is_abort Type::ABORT;
    is_shutdown_complete Type::SHUTDOWN_COMPLETE;
    is_packet_dropped PACKET_DROPPED;
}

crate::fields! {
    /// The group around a chunk.
    pub mod group in "RFC 9260 section 3.2" {
        group CHUNK: [u8; 0] = 0..0, "sctp.chunk", "Chunk";
    }
}
crate::fields! {
    /// DATA, and the user data.
    pub mod data in "RFC 9260 section 3.3.1" {
        tile TSN: u32 = 0..32, "sctp.data_tsn_raw", "Transmission sequence number";
        alias SHOWN_TSN: u32 = 0..32, "sctp.data_tsn", "Transmission sequence number";
        tile STREAM: u16 as Hex = 32..48, "sctp.data_sid", "Stream identifier";
        tile SEQUENCE: u16 = 48..64, "sctp.data_ssn", "Stream sequence number";
        tile PROTOCOL: SctpPayloadProtocol = 64..96, "sctp.data_payload_proto_id", "Payload protocol";
        tile DATA: [u8; 0] = 96..0, "data.data", "User data";
    }
}
crate::fields! {
    /// I-DATA, as far as all fragments have it.
    pub mod i_data in "RFC 8260 section 2.1" {
        tile TSN: u32 = 0..32, "sctp.data_tsn_raw", "Transmission sequence number";
        alias SHOWN_TSN: u32 = 0..32, "sctp.data_tsn", "Transmission sequence number";
        tile STREAM: u16 as Hex = 32..48, "sctp.data_sid", "Stream identifier";
        tile RESERVED: u16 = 48..64, "sctp.data_reserved", "Reserved";
        tile MESSAGE: u32 = 64..96, "sctp.data_mid", "Message identifier";
    }
}
crate::fields! {
    /// The first fragment of a message in I-DATA.
    pub mod i_data_first in "RFC 8260 section 2.1" {
        tile PROTOCOL: SctpPayloadProtocol = 0..32, "sctp.data_payload_proto_id", "Payload protocol";
        tile DATA: [u8; 0] = 32..0, "data.data", "User data";
    }
}
crate::fields! {
    /// A later fragment of a message in I-DATA.
    pub mod i_data_later in "RFC 8260 section 2.1" {
        tile FRAGMENT: u32 = 0..32, "sctp.data_fsn", "Fragment sequence number";
        tile DATA: [u8; 0] = 32..0, "data.data", "User data";
    }
}
crate::fields! {
    /// INIT, in front of its parameters.
    pub mod init in "RFC 9260 section 3.3.2" {
        tile TAG: u32 as Hex = 0..32, "sctp.init_initiate_tag", "Initiate tag";
        alias ANY_TAG: u32 as Hex = 0..32, "sctp.initiate_tag", "Initiate tag";
        tile WINDOW: u32 = 32..64, "sctp.init_credit", "Advertised receiver window";
        tile OUTBOUND_STREAMS: u16 = 64..80, "sctp.init_nr_out_streams", "Number of outbound streams";
        tile INBOUND_STREAMS: u16 = 80..96, "sctp.init_nr_in_streams", "Number of inbound streams";
        tile TSN: u32 = 96..128, "sctp.init_initial_tsn", "Initial TSN";
    }
}
crate::fields! {
    /// INIT ACK, in front of its parameters.
    pub mod init_ack in "RFC 9260 section 3.3.3" {
        tile TAG: u32 as Hex = 0..32, "sctp.initack_initiate_tag", "Initiate tag";
        alias ANY_TAG: u32 as Hex = 0..32, "sctp.initiate_tag", "Initiate tag";
        tile WINDOW: u32 = 32..64, "sctp.initack_credit", "Advertised receiver window";
        tile OUTBOUND_STREAMS: u16 = 64..80, "sctp.initack_nr_out_streams", "Number of outbound streams";
        tile INBOUND_STREAMS: u16 = 80..96, "sctp.initack_nr_in_streams", "Number of inbound streams";
        tile TSN: u32 = 96..128, "sctp.initack_initial_tsn", "Initial TSN";
    }
}
crate::fields! {
    /// SACK, in front of its blocks.
    pub mod sack in "RFC 9260 section 3.3.4" {
        tile TSN: u32 = 0..32, "sctp.sack_cumulative_tsn_ack_raw", "Cumulative TSN ack";
        alias SHOWN_TSN: u32 = 0..32, "sctp.sack_cumulative_tsn_ack", "Cumulative TSN ack";
        tile WINDOW: u32 = 32..64, "sctp.sack_a_rwnd", "Advertised receiver window";
        tile GAP_BLOCKS: u16 = 64..80, "sctp.sack_number_of_gap_blocks", "Number of gap ack blocks";
        tile DUPLICATES: u16 = 80..96, "sctp.sack_number_of_duplicated_tsns", "Number of duplicate TSNs";
    }
}
crate::fields! {
    /// A gap ack block of SACK, counted from the cumulative TSN.
    pub mod sack_gap in "RFC 9260 section 3.3.4" {
        tile START: u16 = 0..16, "sctp.sack_gap_block_start", "Gap ack block start";
        tile END: u16 = 16..32, "sctp.sack_gap_block_end", "Gap ack block end";
    }
}
crate::fields! {
    /// A duplicate TSN of SACK.
    pub mod sack_duplicate in "RFC 9260 section 3.3.4" {
        tile TSN: u32 = 0..32, "sctp.sack_duplicate_tsn", "Duplicate TSN";
    }
}
crate::fields! {
    /// NR-SACK, in front of its blocks.
    pub mod nr_sack in "draft-tuexen-tsvwg-sctp-multipath section 4" {
        tile TSN: u32 = 0..32, "sctp.nr_sack_cumulative_tsn_ack", "Cumulative TSN ack";
        tile WINDOW: u32 = 32..64, "sctp.nr_sack_a_rwnd", "Advertised receiver window";
        tile GAP_BLOCKS: u16 = 64..80, "sctp.nr_sack_number_of_gap_blocks", "Number of gap ack blocks";
        tile NR_GAP_BLOCKS: u16 = 80..96, "sctp.nr_sack_number_of_nr_gap_blocks", "Number of NR gap ack blocks";
        tile DUPLICATES: u16 = 96..112, "sctp.nr_sack_number_of_duplicated_tsns", "Number of duplicate TSNs";
        tile RESERVED: u16 as Hex = 112..128, "sctp.nr_sack_reserved", "Reserved";
    }
}
crate::fields! {
    /// A gap ack block of NR-SACK.
    pub mod nr_sack_gap in "draft-tuexen-tsvwg-sctp-multipath section 4" {
        tile START: u16 = 0..16, "sctp.nr_sack_gap_block_start", "Gap ack block start";
        tile END: u16 = 16..32, "sctp.nr_sack_gap_block_end", "Gap ack block end";
    }
}
crate::fields! {
    /// A gap ack block of NR-SACK that is not taken back.
    pub mod nr_sack_nr_gap in "draft-tuexen-tsvwg-sctp-multipath section 4" {
        tile START: u16 = 0..16, "sctp.nr_sack_nr_gap_block_start", "NR gap ack block start";
        tile END: u16 = 16..32, "sctp.nr_sack_nr_gap_block_end", "NR gap ack block end";
    }
}
crate::fields! {
    /// A duplicate TSN of NR-SACK.
    pub mod nr_sack_duplicate in "draft-tuexen-tsvwg-sctp-multipath section 4" {
        tile TSN: u32 = 0..32, "sctp.nr_sack_duplicate_tsn", "Duplicate TSN";
    }
}
crate::fields! {
    /// SHUTDOWN.
    pub mod shutdown in "RFC 9260 section 3.3.8" {
        tile TSN: u32 = 0..32, "sctp.shutdown_cumulative_tsn_ack", "Cumulative TSN ack";
    }
}
crate::fields! {
    /// COOKIE ECHO.
    pub mod cookie in "RFC 9260 section 3.3.11" {
        tile COOKIE: [u8; 0] = 0..0, "sctp.cookie", "Cookie";
    }
}
crate::fields! {
    /// ECNE.
    pub mod ecne in "RFC 9260 appendix A" {
        tile TSN: u32 = 0..32, "sctp.ecne_lowest_tsn", "Lowest TSN";
    }
}
crate::fields! {
    /// CWR.
    pub mod cwr in "RFC 9260 appendix A" {
        tile TSN: u32 = 0..32, "sctp.cwr_lowest_tsn", "Lowest TSN";
    }
}
crate::fields! {
    /// AUTH.
    pub mod auth in "RFC 4895 section 4.1" {
        tile KEY: u16 = 0..16, "sctp.shared_key_id", "Shared key identifier";
        tile ALGORITHM: u16 = 16..32, "sctp.hmac_id", "HMAC identifier";
        tile HMAC: [u8; 0] = 32..0, "sctp.hmac", "HMAC";
    }
}
crate::fields! {
    /// ASCONF, in front of its parameters.
    pub mod asconf in "RFC 5061 section 4.1.1" {
        tile SEQUENCE: u32 as Hex = 0..32, "sctp.asconf_seq_nr_number", "Sequence number";
    }
}
crate::fields! {
    /// ASCONF-ACK, in front of its parameters.
    pub mod asconf_ack in "RFC 5061 section 4.1.2" {
        tile SEQUENCE: u32 as Hex = 0..32, "sctp.asconf_ack_seq_nr_number", "Sequence number";
    }
}
crate::fields! {
    /// PKTDROP.
    pub mod packet_dropped in "draft-stewart-sctp-pktdrprep section 2" {
        tile BANDWIDTH: u32 = 0..32, "sctp.pktdrop_bandwidth", "Bandwidth";
        tile QUEUE: u32 = 32..64, "sctp.pktdrop_queuesize", "Queue size";
        tile TRUNCATED: u16 = 64..80, "sctp.pktdrop_truncated_length", "Truncated length";
        tile RESERVED: u16 = 80..96, "sctp.pktdrop_reserved", "Reserved";
        tile PACKET: [u8; 0] = 96..0, "sctp.pktdrop_datafield", "Dropped packet";
    }
}
crate::fields! {
    /// FORWARD TSN, in front of its streams.
    pub mod forward_tsn in "RFC 3758 section 3.2" {
        tile TSN: u32 = 0..32, "sctp.forward_tsn_tsn", "New cumulative TSN";
    }
}
crate::fields! {
    /// A stream of FORWARD TSN.
    pub mod forward_tsn_stream in "RFC 3758 section 3.2" {
        tile STREAM: u16 = 0..16, "sctp.forward_tsn_sid", "Stream identifier";
        tile SEQUENCE: u16 = 16..32, "sctp.forward_tsn_ssn", "Stream sequence number";
    }
}
crate::fields! {
    /// I-FORWARD-TSN, in front of its streams.
    pub mod i_forward_tsn in "RFC 8260 section 2.3.1" {
        tile TSN: u32 = 0..32, "sctp.i_forward_tsn_tsn", "New cumulative TSN";
    }
}
crate::fields! {
    /// A stream of I-FORWARD-TSN.
    pub mod i_forward_tsn_stream in "RFC 8260 section 2.3.1" {
        tile STREAM: u16 = 0..16, "sctp.i_forward_tsn_sid", "Stream identifier";
        group FLAGS: u16 as Hex = 16..32, "sctp.i_forward_tsn_flags", "Flags";
        tile RESERVED: u16 = 16..31, "sctp.i_forward_tsn_res", "Reserved";
        tile UNORDERED: bool = 31..32, "sctp.i_forward_tsn_u_bit", "Unordered";
        tile MESSAGE: u32 = 32..64, "sctp.forward_tsn_mid", "Message identifier";
    }
}
crate::fields! {
    /// PAD.
    pub mod pad in "RFC 4820 section 3" {
        tile DATA: [u8; 0] = 0..0, "sctp.padding_data", "Padding data";
    }
}
crate::fields! {
    /// The value of a chunk that has no table, and what is left of one behind its table.
    pub mod other in "RFC 9260 section 3.2" {
        tile VALUE: [u8; 0] = 0..0, "sctp.chunk_value", "Chunk value";
    }
}
crate::fields! {
    /// What fills a chunk up to four bytes.
    pub mod padding in "RFC 9260 section 3.2" {
        tile PADDING: [u8; 0] = 0..0, "sctp.chunk_padding", "Chunk padding";
    }
}

/// Every table of a chunk.
pub const TABLES: &[&[FieldInfo]] = &[
    head::FIELDS,
    group::FIELDS,
    data::FIELDS,
    i_data::FIELDS,
    i_data_first::FIELDS,
    i_data_later::FIELDS,
    init::FIELDS,
    init_ack::FIELDS,
    sack::FIELDS,
    sack_gap::FIELDS,
    sack_duplicate::FIELDS,
    nr_sack::FIELDS,
    nr_sack_gap::FIELDS,
    nr_sack_nr_gap::FIELDS,
    nr_sack_duplicate::FIELDS,
    shutdown::FIELDS,
    cookie::FIELDS,
    ecne::FIELDS,
    cwr::FIELDS,
    auth::FIELDS,
    asconf::FIELDS,
    asconf_ack::FIELDS,
    packet_dropped::FIELDS,
    forward_tsn::FIELDS,
    forward_tsn_stream::FIELDS,
    i_forward_tsn::FIELDS,
    i_forward_tsn_stream::FIELDS,
    pad::FIELDS,
    other::FIELDS,
    padding::FIELDS,
];

/// A kind of chunk: its type, what stands first in it, and what repeats.
macro_rules! chunk {
    ($Kind:path, $label:literal $(, $first:ident $(, $repeat:expr)?)?) => {
        OptionKind {
            kind: $Kind.0 as u16,
            group: &[FieldInfo { label: $label, ..group::CHUNK.info }],
            $(first: $first::FIELDS, $(repeat: $repeat,)?)?
            ..PLAIN
        }
    };
}

const PLAIN: OptionKind = OptionKind { group: group::FIELDS, ..OptionKind::PLAIN };

/// The chunks of a packet.
#[allow(clippy::needless_update)] // Some kinds say all there is to say.
pub static CHUNKS: Nested = Nested {
    options: Options {
        rules: RULES,
        head: head::FIELDS,
        alone: head::FIELDS,
        kinds: &[
            chunk!(Type::DATA, "DATA chunk", data),
            chunk!(Type::SACK, "SACK chunk", sack, sack_blocks),
            chunk!(Type::INIT, "INIT chunk", init),
            chunk!(Type::INIT_ACK, "INIT ACK chunk", init_ack),
            chunk!(Type::HEARTBEAT, "HEARTBEAT chunk"),
            chunk!(Type::HEARTBEAT_ACK, "HEARTBEAT ACK chunk"),
            chunk!(Type::ABORT, "ABORT chunk"),
            chunk!(Type::SHUTDOWN, "SHUTDOWN chunk", shutdown),
            chunk!(Type::SHUTDOWN_ACK, "SHUTDOWN ACK chunk"),
            chunk!(Type::ERROR, "ERROR chunk"),
            chunk!(Type::COOKIE_ECHO, "COOKIE ECHO chunk", cookie),
            chunk!(Type::COOKIE_ACK, "COOKIE ACK chunk"),
            chunk!(Type::ECNE, "ECNE chunk", ecne),
            chunk!(Type::CWR, "CWR chunk", cwr),
            chunk!(Type::SHUTDOWN_COMPLETE, "SHUTDOWN COMPLETE chunk"),
            chunk!(Type::AUTH, "AUTH chunk", auth),
            chunk!(NR_SACK, "NR-SACK chunk", nr_sack, nr_sack_blocks),
            chunk!(Type::I_DATA, "I-DATA chunk", i_data, i_data_rest),
            chunk!(Type::ASCONF_ACK, "ASCONF-ACK chunk", asconf_ack),
            chunk!(PACKET_DROPPED, "PKTDROP chunk", packet_dropped),
            chunk!(Type::RE_CONFIG, "RE-CONFIG chunk"),
            chunk!(Type::PAD, "PAD chunk", pad),
            chunk!(Type::FORWARD_TSN, "FORWARD TSN chunk", forward_tsn, |_, _| (
                forward_tsn_stream::FIELDS,
                0
            )),
            chunk!(Type::ASCONF, "ASCONF chunk", asconf),
            chunk!(Type::I_FORWARD_TSN, "I-FORWARD-TSN chunk", i_forward_tsn, |_, _| {
                (i_forward_tsn_stream::FIELDS, 0)
            }),
        ],
        other: OptionKind { first: other::FIELDS, ..PLAIN },
        padding: padding::FIELDS,
    },
    inside: |item| match Type(u8::try_from(item.kind).ok()?) {
        Type::INIT
        | Type::INIT_ACK
        | Type::HEARTBEAT
        | Type::HEARTBEAT_ACK
        | Type::ASCONF
        | Type::ASCONF_ACK
        | Type::RE_CONFIG => Some(&PARAMETERS),
        Type::ABORT | Type::ERROR => Some(&CAUSES),
        _ => None,
    },
};

/// What begins at byte `at` of SACK: so many gap ack blocks, then duplicates.
fn sack_blocks(chunk: &[u8], at: usize) -> (&'static [FieldInfo], usize) {
    let blocks = chunk.get(4..).and_then(|body| sack::GAP_BLOCKS.read(body)).unwrap_or(0);
    if at < usize::from(blocks).saturating_mul(4).saturating_add(16) {
        (sack_gap::FIELDS, 0)
    } else {
        (sack_duplicate::FIELDS, 0)
    }
}

/// What begins at byte `at` of NR-SACK: so many gap ack blocks of each sort, then duplicates.
fn nr_sack_blocks(chunk: &[u8], at: usize) -> (&'static [FieldInfo], usize) {
    let body = chunk.get(4..).unwrap_or(&[]);
    let blocks = usize::from(nr_sack::GAP_BLOCKS.read(body).unwrap_or(0));
    let both = blocks.saturating_add(usize::from(nr_sack::NR_GAP_BLOCKS.read(body).unwrap_or(0)));
    let ends = |blocks: usize| blocks.saturating_mul(4).saturating_add(20);
    match at {
        _ if at < ends(blocks) => (nr_sack_gap::FIELDS, 0),
        _ if at < ends(both) => (nr_sack_nr_gap::FIELDS, 0),
        _ => (nr_sack_duplicate::FIELDS, 0),
    }
}

/// What I-DATA goes on with: only the first fragment of a message says what the data is.
fn i_data_rest(chunk: &[u8], _: usize) -> (&'static [FieldInfo], usize) {
    let first = head::BEGINNING.read(chunk) == Some(true);
    (if first { i_data_first::FIELDS } else { i_data_later::FIELDS }, 0)
}
