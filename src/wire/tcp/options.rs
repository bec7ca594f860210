//! The tables of TCP's options, and the lengths that each kind can have.

use super::multipath;
use crate::field::FieldInfo;
use crate::field::tlv::{Item, OptionKind, Options, Rules};
use crate::names::{TcpExperiment, TcpOptionKind};

crate::fields! {
    /// Kind and length.
    pub mod head in "RFC 9293 section 3.1" {
        tile KIND: TcpOptionKind = 0..8, "tcp.option_kind", "Kind";
        tile LENGTH: u8 = 8..16, "tcp.option_len", "Length";
    }
}
crate::fields! {
    /// The kind alone.
    pub mod alone in "RFC 9293 section 3.1" {
        tile KIND: TcpOptionKind = 0..8, "tcp.option_kind", "Kind";
    }
}
crate::fields! {
    /// The group around all options.
    pub mod all in "RFC 9293 section 3.1" {
        group OPTIONS: [u8; 0] = 0..0, "tcp.options", "Options";
    }
}
crate::fields! {
    /// The groups, one for each kind of option.
    pub mod group in "RFC 9293 section 3.1" {
        group END_OF_LIST: [u8; 0] = 0..0, "tcp.options.eol", "End of option list";
        group NO_OPERATION: [u8; 0] = 0..0, "tcp.options.nop", "No-operation";
        group MAXIMUM_SEGMENT_SIZE: [u8; 0] = 0..0, "tcp.options.mss", "Maximum segment size", "RFC 9293 section 3.7.1";
        group WINDOW_SCALE: [u8; 0] = 0..0, "tcp.options.wscale", "Window scale", "RFC 7323 section 2";
        group SACK_PERMITTED: [u8; 0] = 0..0, "tcp.options.sack_perm", "SACK permitted", "RFC 2018 section 2";
        group SACK: [u8; 0] = 0..0, "tcp.options.sack", "SACK", "RFC 2018 section 3";
        group ECHO: [u8; 0] = 0..0, "tcp.options.echo", "Echo", "RFC 1072 section 3";
        group ECHO_REPLY: [u8; 0] = 0..0, "tcp.options.echo", "Echo reply", "RFC 1072 section 3";
        group TIMESTAMPS: [u8; 0] = 0..0, "tcp.options.timestamp", "Timestamps", "RFC 7323 section 3";
        group CC: [u8; 0] = 0..0, "tcp.options.cc", "Connection count", "RFC 1644 section 3.1";
        group CC_NEW: [u8; 0] = 0..0, "tcp.options.cc", "New connection count", "RFC 1644 section 3.1";
        group CC_ECHO: [u8; 0] = 0..0, "tcp.options.cc", "Connection count echo", "RFC 1644 section 3.1";
        group MD5_SIGNATURE: [u8; 0] = 0..0, "tcp.options.md5", "MD5 signature", "RFC 2385 section 3";
        group SCPS_CAPABILITIES: [u8; 0] = 0..0, "tcp.options.scps", "SCPS capabilities", "CCSDS 714.0-B-2 section 3.2";
        group SELECTIVE_NEGATIVE_ACKNOWLEDGEMENTS: [u8; 0] = 0..0, "tcp.options.snack", "Selective negative ACK", "CCSDS 714.0-B-2 section 3.4";
        group RECORD_BOUNDARIES: [u8; 0] = 0..0, "tcp.options.scpsrec", "Record boundary", "CCSDS 714.0-B-2 section 3.3";
        group CORRUPTION_EXPERIENCED: [u8; 0] = 0..0, "tcp.options.scpscor", "Corruption experienced", "CCSDS 714.0-B-2 section 3.6";
        group QUICK_START_RESPONSE: [u8; 0] = 0..0, "tcp.options.qs", "Quick-start response", "RFC 4782 section 4.2";
        group USER_TIMEOUT: [u8; 0] = 0..0, "tcp.options.user_to", "User timeout", "RFC 5482 section 2";
        group AUTHENTICATION: [u8; 0] = 0..0, "tcp.options.ao", "Authentication", "RFC 5925 section 2";
        group MULTIPATH: [u8; 0] = 0..0, "tcp.options.mptcp", "Multipath TCP", "RFC 8684 section 3";
        group FAST_OPEN: [u8; 0] = 0..0, "tcp.options.tfo", "Fast open", "RFC 7413 section 4.1";
        group ACCURATE_ECN: [u8; 0] = 0..0, "tcp.options.acc_ecn", "Accurate ECN", "RFC 9768 section 3.2.3";
        group EXPERIMENT: [u8; 0] = 0..0, "tcp.options.experimental", "Experiment", "RFC 6994 section 3";
        group OTHER: [u8; 0] = 0..0, "tcp.options.unknown", "Unknown option";
    }
}
crate::fields! {
    /// Maximum segment size.
    pub mod mss in "RFC 9293 section 3.7.1" {
        tile VALUE: u16 = 0..16, "tcp.options.mss_val", "Maximum segment size";
    }
}
crate::fields! {
    /// Window scale.
    pub mod window_scale in "RFC 7323 section 2" {
        tile SHIFT: u8 = 0..8, "tcp.options.wscale.shift", "Shift count";
    }
}
crate::fields! {
    /// A block of SACK.
    pub mod sack in "RFC 2018 section 3" {
        tile LEFT_EDGE: u32 = 0..32, "tcp.options.sack_le", "Left edge";
        tile RIGHT_EDGE: u32 = 32..64, "tcp.options.sack_re", "Right edge";
    }
}
crate::fields! {
    /// Echo and echo reply.
    pub mod echo in "RFC 1072 section 3" {
        tile VALUE: u32 = 0..32, "tcp.options.echo_value", "Echoed value";
    }
}
crate::fields! {
    /// Timestamps.
    pub mod timestamps in "RFC 7323 section 3" {
        tile VALUE: u32 = 0..32, "tcp.options.timestamp.tsval", "Timestamp value";
        tile ECHO_REPLY: u32 = 32..64, "tcp.options.timestamp.tsecr", "Timestamp echo reply";
    }
}
crate::fields! {
    /// Connection counts.
    pub mod connection_count in "RFC 1644 section 3.1" {
        tile VALUE: u32 = 0..32, "tcp.options.cc_value", "Connection count";
    }
}
crate::fields! {
    /// MD5 signature.
    pub mod md5 in "RFC 2385 section 3" {
        tile DIGEST: [u8; 0] = 0..0, "tcp.options.md5.digest", "MD5 digest";
    }
}
crate::fields! {
    /// SCPS capabilities, as far as there are no extended ones.
    pub mod scps in "CCSDS 714.0-B-2 section 3.2" {
        tile VECTOR: u8 as Hex = 0..8, "tcp.options.scps.vector", "Capabilities";
        alias BEST_EFFORT: bool = 0..1, "tcp.options.scpsflags.bets", "Partial reliability";
        alias SHORT_SNACK: bool = 1..2, "tcp.options.scpsflags.snack1", "Short SNACK";
        alias LONG_SNACK: bool = 2..3, "tcp.options.scpsflags.snack2", "Long SNACK";
        alias COMPRESSION: bool = 3..4, "tcp.options.scpsflags.compress", "Header compression";
        alias TIMESTAMPS: bool = 4..5, "tcp.options.scpsflags.nlts", "Network-layer timestamps";
        alias RESERVED: u8 = 5..8, "tcp.options.scpsflags.reserved", "Reserved";
        tile CONNECTION: u8 = 8..16, "tcp.options.scps.binding", "Connection identifier";
    }
}
crate::fields! {
    /// Selective negative acknowledgment, in front of a bit vector.
    pub mod snack in "CCSDS 714.0-B-2 section 3.4" {
        tile OFFSET: u16 = 0..16, "tcp.options.snack.offset", "Offset of the hole";
        tile SIZE: u16 = 16..32, "tcp.options.snack.size", "Size of the hole";
    }
}
crate::fields! {
    /// Quick-start response.
    pub mod quick_start in "RFC 4782 section 4.2" {
        tile RESERVED: u8 = 0..4, "tcp.options.qs.reserved", "Reserved";
        tile RATE: u8 = 4..8, "tcp.options.qs.rate", "Rate request";
        tile TTL_DIFFERENCE: u8 = 8..16, "tcp.options.qs.ttl_diff", "TTL difference";
        tile NONCE: u32 as Hex = 16..46, "tcp.options.qs.nonce", "Nonce";
        tile RESERVED_2: u8 = 46..48, "tcp.options.qs.reserved", "Reserved";
    }
}
crate::fields! {
    /// User timeout.
    pub mod user_timeout in "RFC 5482 section 2" {
        tile GRANULARITY: bool = 0..1, "tcp.options.user_to_granularity", "In minutes";
        tile VALUE: u16 = 1..16, "tcp.options.user_to_val", "User timeout";
    }
}
crate::fields! {
    /// Authentication.
    pub mod authentication in "RFC 5925 section 2.2" {
        tile KEY_ID: u8 = 0..8, "tcp.options.ao.keyid", "Key identifier";
        tile NEXT_KEY_ID: u8 = 8..16, "tcp.options.ao.rnextkeyid", "Receive next key identifier";
        tile MAC: [u8; 0] = 16..0, "tcp.options.ao.mac", "Message authentication code";
    }
}
crate::fields! {
    /// Fast open.
    pub mod fast_open in "RFC 7413 section 4.1" {
        tile COOKIE: [u8; 0] = 0..0, "tcp.options.tfo.cookie", "Fast open cookie";
    }
}
crate::fields! {
    /// The counters of accurate ECN, as far as they are there, in the order of kind 172.
    pub mod accurate_ecn_0 in "RFC 9768 section 3.2.3" {
        tile ECT_0: u32 = 0..24, "tcp.options.acc_ecn.ee0b", "Bytes with ECT(0)";
        tile CE: u32 = 24..48, "tcp.options.acc_ecn.eceb", "Bytes with CE";
        tile ECT_1: u32 = 48..72, "tcp.options.acc_ecn.ee1b", "Bytes with ECT(1)";
    }
}
crate::fields! {
    /// The same in the order of kind 174.
    pub mod accurate_ecn_1 in "RFC 9768 section 3.2.3" {
        tile ECT_1: u32 = 0..24, "tcp.options.acc_ecn.ee1b", "Bytes with ECT(1)";
        tile CE: u32 = 24..48, "tcp.options.acc_ecn.eceb", "Bytes with CE";
        tile ECT_0: u32 = 48..72, "tcp.options.acc_ecn.ee0b", "Bytes with ECT(0)";
    }
}
crate::fields! {
    /// An experiment: its identifier, of which 16 more bits may stand in front of the data.
    pub mod experiment in "RFC 6994 section 3" {
        tile IDENTIFIER: TcpExperiment = 0..16, "tcp.options.experimental.exid", "Experiment identifier";
        tile DATA: [u8; 0] = 16..0, "tcp.options.experimental.data", "Data";
    }
}
crate::fields! {
    /// Fast open as it was tried out.
    pub mod experimental_fast_open in "RFC 7413 section 4.1" {
        tile IDENTIFIER: TcpExperiment = 0..16, "tcp.options.experimental.exid", "Experiment identifier";
        tile COOKIE: [u8; 0] = 16..0, "tcp.options.tfo.cookie", "Fast open cookie";
    }
}
crate::fields! {
    /// The data of an option that has no table, or whose length is none that its kind can have.
    pub mod other in "RFC 9293 section 3.1" {
        tile DATA: [u8; 0] = 0..0, "tcp.options.unknown.payload", "Option data";
    }
}
crate::fields! {
    /// What stands behind the end of the list.
    pub mod padding in "RFC 9293 section 3.1" {
        tile PADDING: [u8; 0] = 0..0, "tcp.options.padding", "Padding";
    }
}

/// Every table of an option.
pub const TABLES: &[&[FieldInfo]] = &[
    head::FIELDS,
    all::FIELDS,
    group::FIELDS,
    mss::FIELDS,
    window_scale::FIELDS,
    sack::FIELDS,
    echo::FIELDS,
    timestamps::FIELDS,
    connection_count::FIELDS,
    md5::FIELDS,
    scps::FIELDS,
    snack::FIELDS,
    quick_start::FIELDS,
    user_timeout::FIELDS,
    authentication::FIELDS,
    fast_open::FIELDS,
    accurate_ecn_0::FIELDS,
    accurate_ecn_1::FIELDS,
    experiment::FIELDS,
    experimental_fast_open::FIELDS,
    multipath::capable::FIELDS,
    multipath::key::FIELDS,
    multipath::receiver_key::FIELDS,
    multipath::data_length::FIELDS,
    multipath::checksum::FIELDS,
    multipath::join::FIELDS,
    multipath::join_token::FIELDS,
    multipath::join_hmac::FIELDS,
    multipath::join_ack::FIELDS,
    multipath::signal::FIELDS,
    multipath::data_ack::FIELDS,
    multipath::long_data_ack::FIELDS,
    multipath::mapping::FIELDS,
    multipath::long_mapping::FIELDS,
    multipath::add_address::FIELDS,
    multipath::old_add_address::FIELDS,
    multipath::ipv4::FIELDS,
    multipath::ipv6::FIELDS,
    multipath::port::FIELDS,
    multipath::address_hmac::FIELDS,
    multipath::remove_address::FIELDS,
    multipath::address_id::FIELDS,
    multipath::priority::FIELDS,
    multipath::fail::FIELDS,
    multipath::fast_close::FIELDS,
    multipath::reset::FIELDS,
    multipath::other::FIELDS,
    other::FIELDS,
    padding::FIELDS,
];

/// An option kind: its group and its table, which may repeat. Where the length is none that the kind can have,
/// what it holds is not known.
macro_rules! kind {
    ($kind:ident, $table:expr) => {
        kind!($kind in $kind, |_, _| ($table, 0))
    };
    ($kind:ident in $group:ident, $table:expr) => {
        OptionKind {
            kind: TcpOptionKind::$kind.0 as u16,
            group: &[group::$group.info],
            first: &[],
            repeat: |bytes, at| {
                let table: fn(&[u8], usize) -> (&'static [FieldInfo], usize) = $table;
                let item = Item { kind: TcpOptionKind::$kind.0 as u16, start: 0, bytes, broken: false };
                if fits(&item) { table(bytes, at) } else { (&[], 0) }
            },
        }
    };
}

/// All of them.
pub static OPTIONS: Options = Options {
    rules: Rules::IP_AND_TCP,
    head: head::FIELDS,
    alone: alone::FIELDS,
    kinds: &[
        kind!(NO_OPERATION, &[]),
        kind!(TIMESTAMPS, timestamps::FIELDS),
        kind!(SACK, sack::FIELDS),
        kind!(END_OF_LIST, &[]),
        kind!(MAXIMUM_SEGMENT_SIZE, mss::FIELDS),
        kind!(WINDOW_SCALE, window_scale::FIELDS),
        kind!(SACK_PERMITTED, &[]),
        kind!(ECHO, echo::FIELDS),
        kind!(ECHO_REPLY, echo::FIELDS),
        kind!(CC, connection_count::FIELDS),
        kind!(CC_NEW, connection_count::FIELDS),
        kind!(CC_ECHO, connection_count::FIELDS),
        kind!(MD5_SIGNATURE, md5::FIELDS),
        kind!(SCPS_CAPABILITIES in SCPS_CAPABILITIES, |option, _| {
            (if option.len() == 4 { scps::FIELDS } else { &[] }, 0)
        }),
        kind!(SELECTIVE_NEGATIVE_ACKNOWLEDGEMENTS in SELECTIVE_NEGATIVE_ACKNOWLEDGEMENTS, |_, at| {
            (if at == 2 { snack::FIELDS } else { &[] }, 0)
        }),
        kind!(RECORD_BOUNDARIES, &[]),
        kind!(CORRUPTION_EXPERIENCED, &[]),
        kind!(QUICK_START_RESPONSE, quick_start::FIELDS),
        kind!(USER_TIMEOUT, user_timeout::FIELDS),
        kind!(AUTHENTICATION, authentication::FIELDS),
        kind!(MULTIPATH in MULTIPATH, multipath::part),
        kind!(FAST_OPEN, fast_open::FIELDS),
        kind!(ACCURATE_ECN_0 in ACCURATE_ECN, |_, _| (accurate_ecn_0::FIELDS, 0)),
        kind!(ACCURATE_ECN_1 in ACCURATE_ECN, |_, _| (accurate_ecn_1::FIELDS, 0)),
        kind!(EXPERIMENT_1 in EXPERIMENT, |option, _| (experiment_of(option), 0)),
        kind!(EXPERIMENT_2 in EXPERIMENT, |option, _| (experiment_of(option), 0)),
    ],
    other: OptionKind { kind: 0, group: &[group::OTHER.info], first: other::FIELDS, repeat: |_, _| (&[], 0) },
    padding: padding::FIELDS,
};

/// The table of an experiment. Without room for an identifier it is one of those of RFC 4727, which have none.
fn experiment_of(option: &[u8]) -> &'static [FieldInfo] {
    match option.get(2..).and_then(|data| experiment::IDENTIFIER.read(data)) {
        Some(TcpExperiment::FAST_OPEN) => experimental_fast_open::FIELDS,
        Some(_) => experiment::FIELDS,
        None => &[],
    }
}

/// Whether an option has a length that its kind can have; kinds that are not known here can have any.
pub fn fits(option: &Item<'_>) -> bool {
    use TcpOptionKind as Kind;
    let length = option.bytes.len();
    let Ok(kind) = u8::try_from(option.kind).map(TcpOptionKind) else { return true };
    match kind {
        Kind::MAXIMUM_SEGMENT_SIZE | Kind::USER_TIMEOUT => length == 4,
        Kind::WINDOW_SCALE | Kind::PARTIAL_ORDER_PROFILE | Kind::ALTERNATE_CHECKSUM_REQUEST => length == 3,
        Kind::SACK_PERMITTED | Kind::PARTIAL_ORDER_PERMITTED => length == 2,
        Kind::SACK => length >= 10 && length % 8 == 2,
        Kind::ECHO | Kind::ECHO_REPLY | Kind::CC | Kind::CC_NEW | Kind::CC_ECHO => length == 6,
        Kind::TIMESTAMPS => length == 10,
        Kind::MD5_SIGNATURE => length == 18,
        Kind::QUICK_START_RESPONSE => length == 8,
        Kind::SELECTIVE_NEGATIVE_ACKNOWLEDGEMENTS => length >= 6,
        Kind::AUTHENTICATION => length >= 4,
        // A request is empty; a cookie has 4 to 16 bytes, an even number of them.
        Kind::FAST_OPEN => matches!(length, 2 | 6..=18) && length.is_multiple_of(2),
        Kind::ACCURATE_ECN_0 | Kind::ACCURATE_ECN_1 => matches!(length, 2 | 5 | 8 | 11),
        Kind::MULTIPATH => multipath::fits(option.bytes),
        _ => true,
    }
}
