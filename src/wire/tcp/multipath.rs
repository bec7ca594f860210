//! The tables of multipath TCP's option, [RFC 8684](https://www.rfc-editor.org/rfc/rfc8684), and of what was
//! different in version 0, [RFC 6824](https://www.rfc-editor.org/rfc/rfc6824).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+-------+-----------------------+
//! |   Kind, 30    |    Length     |Subtype|                       |
//! +---------------+---------------+-------+                       |
//! |                 depends on subtype and length                 |
//! ```
//!
//! Which form of a subtype it is, its length tells: MP_JOIN of a SYN has 12 bytes, of a SYN/ACK 16, of an ACK 24. The
//! parts of the signal (DSS) are there as its flags say.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::field::FieldInfo;
use crate::names::{MptcpResetReason, MptcpSubtype};

crate::fields! {
    /// MP_CAPABLE, in front of its keys.
    pub mod capable in "RFC 8684 section 3.1" {
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile VERSION: u8 = 4..8, "tcp.options.mptcp.version", "Version";
        tile FLAGS: u8 as Hex = 8..16, "tcp.options.mptcp.flags", "Flags";
        alias CHECKSUM_REQUIRED: bool = 8..9, "tcp.options.mptcp.checksumreq.flags", "Checksum required";
        alias EXTENSIBILITY: bool = 9..10, "tcp.options.mptcp.extensibility.flag", "Extensibility";
        alias NO_MORE_SUBFLOWS: bool = 10..11 if is_version_1, "tcp.options.mptcp.nomoresubflows.flag", "No subflows to this address";
        alias RESERVED: u8 as Hex = 11..15 if is_version_1, "tcp.options.mptcp.reserved.flag", "Reserved";
        alias OLD_RESERVED: u8 as Hex = 10..15 if is_version_0, "tcp.options.mptcp.reserved.flag", "Reserved", "RFC 6824 section 3.1";
        alias HMAC_SHA256: bool = 15..16 if is_version_1, "tcp.options.mptcp.sha256.flag", "HMAC-SHA256";
        alias HMAC_SHA1: bool = 15..16 if is_version_0, "tcp.options.mptcp.sha1.flag", "HMAC-SHA1", "RFC 6824 section 3.1";
    }
}

fn is_version_0(option: &[u8]) -> bool {
    capable::VERSION.read(option) == Some(0)
}

fn is_version_1(option: &[u8]) -> bool {
    !is_version_0(option)
}

crate::fields! {
    /// The sender's key.
    pub mod key in "RFC 8684 section 3.1" {
        tile KEY: u64 = 0..64, "tcp.options.mptcp.sendkey", "Sender's key";
    }
}
crate::fields! {
    /// The receiver's key.
    pub mod receiver_key in "RFC 8684 section 3.1" {
        tile KEY: u64 = 0..64, "tcp.options.mptcp.recvkey", "Receiver's key";
    }
}
crate::fields! {
    /// The length of the data that comes with MP_CAPABLE.
    pub mod data_length in "RFC 8684 section 3.1" {
        tile LENGTH: u16 = 0..16, "tcp.options.mptcp.datalvllen", "Data-level length";
    }
}
crate::fields! {
    /// The checksum of the data.
    pub mod checksum in "RFC 8684 section 3.3.1" {
        tile CHECKSUM: u16 as Hex = 0..16, "tcp.options.mptcp.checksum", "Checksum";
    }
}
crate::fields! {
    /// MP_JOIN of a SYN or a SYN/ACK.
    pub mod join in "RFC 8684 section 3.2" {
        group FLAGS: u8 as Hex = 0..8, "tcp.options.mptcp.flags", "Flags";
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile RESERVED: u8 = 4..7, "tcp.options.mptcp.reserved", "Reserved";
        tile BACKUP: bool = 7..8, "tcp.options.mptcp.backup.flag", "Backup";
        tile ADDRESS_ID: u8 = 8..16, "tcp.options.mptcp.addrid", "Address identifier";
    }
}
crate::fields! {
    /// What MP_JOIN of a SYN goes on with.
    pub mod join_token in "RFC 8684 section 3.2" {
        tile TOKEN: u32 = 0..32, "tcp.options.mptcp.recvtok", "Receiver's token";
        tile RANDOM: u32 = 32..64, "tcp.options.mptcp.sendrand", "Sender's random number";
    }
}
crate::fields! {
    /// What MP_JOIN of a SYN/ACK goes on with.
    pub mod join_hmac in "RFC 8684 section 3.2" {
        tile HMAC: u64 = 0..64, "tcp.options.mptcp.sendtrunchmac", "Sender's truncated HMAC";
        tile RANDOM: u32 = 64..96, "tcp.options.mptcp.sendrand", "Sender's random number";
    }
}
crate::fields! {
    /// MP_JOIN of an ACK.
    pub mod join_ack in "RFC 8684 section 3.2" {
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile RESERVED: u16 as Hex = 4..16, "tcp.options.mptcp.reserved", "Reserved";
        tile HMAC: [u8; 0] = 16..0, "tcp.options.mptcp.sendhmac", "Sender's HMAC";
    }
}
crate::fields! {
    /// The data sequence signal, in front of what its flags say is there.
    pub mod signal in "RFC 8684 section 3.3" {
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile RESERVED: u8 = 4..8, "tcp.options.mptcp.reserved", "Reserved";
        tile FLAGS: u8 as Hex = 8..16, "tcp.options.mptcp.flags", "Flags";
        alias DATA_FIN: bool = 11..12, "tcp.options.mptcp.datafin.flag", "Data FIN";
        alias LONG_MAPPING: bool = 12..13, "tcp.options.mptcp.dseqn8.flag", "Sequence number has 8 bytes";
        alias HAS_MAPPING: bool = 13..14, "tcp.options.mptcp.dseqnpresent.flag", "Mapping present";
        alias LONG_ACK: bool = 14..15, "tcp.options.mptcp.dataack8.flag", "Data ACK has 8 bytes";
        alias HAS_ACK: bool = 15..16, "tcp.options.mptcp.dataackpresent.flag", "Data ACK present";
    }
}
crate::fields! {
    /// A data ACK of four bytes.
    pub mod data_ack in "RFC 8684 section 3.3" {
        tile ACK: u32 = 0..32, "tcp.options.mptcp.rawdataack", "Data ACK";
    }
}
crate::fields! {
    /// A data ACK of eight bytes.
    pub mod long_data_ack in "RFC 8684 section 3.3" {
        tile ACK: u64 = 0..64, "tcp.options.mptcp.rawdataack", "Data ACK";
    }
}
crate::fields! {
    /// A mapping with a data sequence number of four bytes.
    pub mod mapping in "RFC 8684 section 3.3" {
        tile SEQUENCE: u32 = 0..32, "tcp.options.mptcp.rawdataseqno", "Data sequence number";
        tile SUBFLOW: u32 = 32..64, "tcp.options.mptcp.subflowseqno", "Subflow sequence number";
        tile LENGTH: u16 = 64..80, "tcp.options.mptcp.datalvllen", "Data-level length";
    }
}
crate::fields! {
    /// A mapping with a data sequence number of eight bytes.
    pub mod long_mapping in "RFC 8684 section 3.3" {
        tile SEQUENCE: u64 = 0..64, "tcp.options.mptcp.rawdataseqno", "Data sequence number";
        tile SUBFLOW: u32 = 64..96, "tcp.options.mptcp.subflowseqno", "Subflow sequence number";
        tile LENGTH: u16 = 96..112, "tcp.options.mptcp.datalvllen", "Data-level length";
    }
}
crate::fields! {
    /// ADD_ADDR, in front of the address.
    pub mod add_address in "RFC 8684 section 3.4.1" {
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile RESERVED: u8 = 4..7, "tcp.options.mptcp.reserved", "Reserved";
        tile ECHO: bool = 7..8, "tcp.options.mptcp.echo", "Echo";
        tile ADDRESS_ID: u8 = 8..16, "tcp.options.mptcp.addrid", "Address identifier";
    }
}
crate::fields! {
    /// ADD_ADDR of version 0, in front of the address.
    pub mod old_add_address in "RFC 6824 section 3.4.1" {
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile VERSION: u8 = 4..8, "tcp.options.mptcp.ipver", "IP version";
        tile ADDRESS_ID: u8 = 8..16, "tcp.options.mptcp.addrid", "Address identifier";
    }
}
crate::fields! {
    /// An IPv4 address.
    pub mod ipv4 in "RFC 8684 section 3.4.1" {
        tile ADDRESS: Ipv4Addr = 0..32, "tcp.options.mptcp.ipv4", "IPv4 address";
    }
}
crate::fields! {
    /// An IPv6 address.
    pub mod ipv6 in "RFC 8684 section 3.4.1" {
        tile ADDRESS: Ipv6Addr = 0..128, "tcp.options.mptcp.ipv6", "IPv6 address";
    }
}
crate::fields! {
    /// A port.
    pub mod port in "RFC 8684 section 3.4.1" {
        tile PORT: u16 = 0..16, "tcp.options.mptcp.port", "Port";
    }
}
crate::fields! {
    /// What proves that an address comes from the peer.
    pub mod address_hmac in "RFC 8684 section 3.4.1" {
        tile HMAC: u64 = 0..64, "tcp.options.mptcp.addaddrtrunchmac", "Truncated HMAC";
    }
}
crate::fields! {
    /// REMOVE_ADDR, in front of the addresses.
    pub mod remove_address in "RFC 8684 section 3.4.2" {
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile RESERVED: u8 = 4..8, "tcp.options.mptcp.reserved", "Reserved";
    }
}
crate::fields! {
    /// An address that is meant.
    pub mod address_id in "RFC 8684 section 3.4.2" {
        tile ADDRESS_ID: u8 = 0..8, "tcp.options.mptcp.addrid", "Address identifier";
    }
}
crate::fields! {
    /// MP_PRIO.
    pub mod priority in "RFC 8684 section 3.3.8" {
        group FLAGS: u8 as Hex = 0..8, "tcp.options.mptcp.flags", "Flags";
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile RESERVED: u8 = 4..7, "tcp.options.mptcp.reserved", "Reserved";
        tile BACKUP: bool = 7..8, "tcp.options.mptcp.backup.flag", "Backup";
    }
}
crate::fields! {
    /// MP_FAIL.
    pub mod fail in "RFC 8684 section 3.7" {
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile RESERVED: u16 as Hex = 4..16, "tcp.options.mptcp.reserved", "Reserved";
        tile SEQUENCE: u64 = 16..80, "tcp.options.mptcp.rawdataseqno", "Data sequence number";
    }
}
crate::fields! {
    /// MP_FASTCLOSE.
    pub mod fast_close in "RFC 8684 section 3.5" {
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile RESERVED: u16 as Hex = 4..16, "tcp.options.mptcp.reserved", "Reserved";
        tile KEY: u64 = 16..80, "tcp.options.mptcp.recvkey", "Receiver's key";
    }
}
crate::fields! {
    /// MP_TCPRST.
    pub mod reset in "RFC 8684 section 3.6" {
        group FLAGS: u8 as Hex = 0..8, "tcp.options.mptcp.flags", "Flags";
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile U: bool = 4..5, "tcp.options.mptcp.flag_U.flag", "Reserved, U";
        tile V: bool = 5..6, "tcp.options.mptcp.flag_V.flag", "Reserved, V";
        tile W: bool = 6..7, "tcp.options.mptcp.flag_W.flag", "Reserved, W";
        tile TRANSIENT: bool = 7..8, "tcp.options.mptcp.flag_T.flag", "Transient";
        tile REASON: MptcpResetReason = 8..16, "tcp.options.mptcp.rst_reason", "Reason";
    }
}
crate::fields! {
    /// A subtype that has no table.
    pub mod other in "RFC 8684 section 3" {
        tile SUBTYPE: MptcpSubtype = 0..4, "tcp.options.mptcp.subtype", "Subtype";
        tile RESERVED: u8 = 4..8, "tcp.options.mptcp.reserved", "Reserved";
        tile DATA: [u8; 0] = 8..0, "tcp.options.unknown.payload", "Option data";
    }
}

/// The subtype of an option, kind and length included.
pub(super) fn subtype(option: &[u8]) -> Option<MptcpSubtype> {
    option.get(2..).and_then(|data| other::SUBTYPE.read(data))
}

/// Whether an option has a length that its subtype, and for the signal its flags, can have.
pub(super) fn fits(option: &[u8]) -> bool {
    use MptcpSubtype as Subtype;
    let length = option.len();
    match subtype(option) {
        None => false,
        Some(Subtype::MP_CAPABLE) => matches!(length, 4 | 12 | 20 | 22 | 24),
        Some(Subtype::MP_JOIN) => matches!(length, 12 | 16 | 24),
        Some(Subtype::DSS) => {
            let signal = Signal::of(option);
            // The checksum is there if the connection agreed on it, which its first packets say.
            length == signal.end || signal.mapping > 0 && length == signal.end.saturating_add(2)
        }
        Some(Subtype::ADD_ADDR) => matches!(length, 8 | 10 | 16 | 18 | 20 | 22 | 28 | 30),
        Some(Subtype::REMOVE_ADDR | Subtype::MP_TCPRST) if length < 4 => false,
        Some(Subtype::MP_TCPRST) => length == 4,
        Some(Subtype::MP_PRIO) => matches!(length, 3 | 4),
        Some(Subtype::MP_FAIL | Subtype::MP_FASTCLOSE) => length == 12,
        Some(_) => true,
    }
}

/// Where the parts of a signal lie in its option.
pub(super) struct Signal {
    /// Bytes of data ACK: 0, 4 or 8.
    pub(super) ack: usize,
    /// Bytes of mapping: 0, 10 or 14.
    pub(super) mapping: usize,
    /// The end of the mapping.
    pub(super) end: usize,
}

impl Signal {
    pub(super) fn of(option: &[u8]) -> Self {
        let data = option.get(2..).unwrap_or(&[]);
        let set = |flag: &crate::field::Field<bool>| flag.read(data) == Some(true);
        let size = |there, long, sizes: (usize, usize)| match (set(there), set(long)) {
            (false, _) => 0,
            (true, false) => sizes.0,
            (true, true) => sizes.1,
        };
        let ack = size(&signal::HAS_ACK, &signal::LONG_ACK, (4, 8));
        let mapping = size(&signal::HAS_MAPPING, &signal::LONG_MAPPING, (10, 14));
        Self { ack, mapping, end: ack.saturating_add(mapping).saturating_add(4) }
    }
}

/// Whether ADD_ADDR is of version 0: the version of its address stands where version 1 has flags, three of which
/// are zero, and there is no proof.
pub(super) fn is_old_add_address(option: &[u8]) -> bool {
    let version = option.get(2..).and_then(|data| old_add_address::VERSION.read(data));
    matches!((version, option.len()), (Some(4), 8 | 10) | (Some(6), 20 | 22))
}

/// What begins at byte `at` of an option.
pub(super) fn part(option: &[u8], at: usize) -> (&'static [FieldInfo], usize) {
    use MptcpSubtype as Subtype;
    let length = option.len();
    let table = match (subtype(option), at) {
        (Some(Subtype::MP_CAPABLE), 2) => capable::FIELDS,
        (Some(Subtype::MP_CAPABLE), 4) => key::FIELDS,
        (Some(Subtype::MP_CAPABLE), 12) => receiver_key::FIELDS,
        (Some(Subtype::MP_CAPABLE), 20) => data_length::FIELDS,
        (Some(Subtype::MP_CAPABLE), 22) => checksum::FIELDS,
        (Some(Subtype::MP_JOIN), 2) if length == 24 => join_ack::FIELDS,
        (Some(Subtype::MP_JOIN), 2) => join::FIELDS,
        (Some(Subtype::MP_JOIN), _) if length == 12 => join_token::FIELDS,
        (Some(Subtype::MP_JOIN), _) => join_hmac::FIELDS,
        (Some(Subtype::DSS), 2) => signal::FIELDS,
        (Some(Subtype::DSS), _) => {
            let signal = Signal::of(option);
            match at {
                4 if signal.ack == 4 => data_ack::FIELDS,
                4 if signal.ack == 8 => long_data_ack::FIELDS,
                _ if at >= signal.end => checksum::FIELDS,
                _ if signal.mapping == 10 => mapping::FIELDS,
                _ => long_mapping::FIELDS,
            }
        }
        (Some(Subtype::ADD_ADDR), 2) if is_old_add_address(option) => old_add_address::FIELDS,
        (Some(Subtype::ADD_ADDR), 2) => add_address::FIELDS,
        (Some(Subtype::ADD_ADDR), 4) if length < 20 => ipv4::FIELDS,
        (Some(Subtype::ADD_ADDR), 4) => ipv6::FIELDS,
        (Some(Subtype::ADD_ADDR), 8 | 20) if matches!(length, 10 | 18 | 22 | 30) => port::FIELDS,
        (Some(Subtype::ADD_ADDR), _) => address_hmac::FIELDS,
        (Some(Subtype::REMOVE_ADDR), 2) => remove_address::FIELDS,
        (Some(Subtype::MP_PRIO), 2) => priority::FIELDS,
        (Some(Subtype::REMOVE_ADDR | Subtype::MP_PRIO), _) => address_id::FIELDS,
        (Some(Subtype::MP_FAIL), 2) => fail::FIELDS,
        (Some(Subtype::MP_FASTCLOSE), 2) => fast_close::FIELDS,
        (Some(Subtype::MP_TCPRST), 2) => reset::FIELDS,
        _ => other::FIELDS,
    };
    (table, 0)
}
