//! Packets that a Linux packet filter logs, with what it knows of them.
//! [LINKTYPE_NFLOG](https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html).

use crate::field::tlv::{self, OptionKind, Options, Rules, Word};
use crate::field::{
    BuildError, Builder, Check, Claim, Claimed, Completion, Cursor, FieldInfo, Kind, Next, Peel, Phrase,
    Protocol, Section,
};
use crate::names::{AddressFamily, EtherType, NetfilterHook, NflogType};

crate::header! {
    /// The fixed part; attributes follow, each at a multiple of four bytes, and one of them is the packet. The layer's
    /// header reaches up to the packet's first byte.
    ///
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +---------------+---------------+-------------------------------+
    /// |    Family     |    Version    |          Resource             |
    /// +---------------+---------------+-------------------------------+
    /// |      Length of attribute      |             Type              | in the byte order of
    /// +-------------------------------+-------------------------------+ the capturing machine
    /// | ...
    /// ```
    pub struct Nflog(4 max 256 step 4) "nflog" in "LINKTYPE_NFLOG" {
        tile FAMILY(family, set_family): AddressFamily = 0..8, "nflog.family", "Address family";
        tile VERSION(version, set_version): u8 = 8..16, "nflog.version", "Version";
        tile RESOURCE(resource, set_resource): u16 = 16..32, "nflog.res_id", "Resource";
    }
}

crate::fields! {
    /// Length and type of an attribute, least significant byte first.
    pub mod little in "LINKTYPE_NFLOG" {
        tile LENGTH: u16 as Little = 0..16, "nflog.tlv_length", "Length";
        tile TYPE: NflogType as Little = 16..32, "nflog.tlv_type", "Type";
    }
}
crate::fields! {
    /// Length and type of an attribute, most significant byte first.
    pub mod big in "LINKTYPE_NFLOG" {
        tile LENGTH: u16 = 0..16, "nflog.tlv_length", "Length";
        tile TYPE: NflogType = 16..32, "nflog.tlv_type", "Type";
    }
}
crate::fields! {
    /// The whole of an attribute.
    pub mod attribute in "LINKTYPE_NFLOG" {
        group ATTRIBUTE: [u8; 0] = 0..0, "nflog.tlv", "Attribute";
    }
}
crate::fields! {
    /// Protocol and hook.
    pub mod packet_header in "LINKTYPE_NFLOG" {
        tile PROTOCOL_TYPE: EtherType = 0..16, "nflog.protocol", "Protocol";
        tile HOOK: NetfilterHook = 16..24, "nflog.hook", "Hook";
        tile RESERVED: u8 as Hex = 24..32, "nflog.reserved", "Reserved";
    }
}
crate::fields! {
    /// When the packet was seen.
    pub mod timestamp in "LINKTYPE_NFLOG" {
        group TIMESTAMP: [u8; 0] = 0..128, "nflog.timestamp", "Time";
        tile SECONDS: u64 = 0..64, "nflog.timestamp.seconds", "Seconds";
        tile MICROSECONDS: u64 = 64..128, "nflog.timestamp.microseconds", "Microseconds";
    }
}

/// An attribute that is one number of 32 bits, or bytes.
macro_rules! attribute {
    ($module:ident, $type:ty, $bits:literal, $name:literal, $label:literal) => {
        crate::fields! {
            #[doc = concat!($label, ".")]
            pub mod $module in "LINKTYPE_NFLOG" {
                tile VALUE: $type = 0..$bits, $name, $label;
            }
        }
    };
}
attribute!(interface_in, u32, 32, "nflog.ifindex_indev", "Incoming interface");
attribute!(interface_out, u32, 32, "nflog.ifindex_outdev", "Outgoing interface");
attribute!(physical_in, u32, 32, "nflog.ifindex_physindev", "Incoming bridge port");
attribute!(physical_out, u32, 32, "nflog.ifindex_physoutdev", "Outgoing bridge port");
attribute!(prefix, [u8; 0], 0, "nflog.prefix", "Prefix of the rule");
attribute!(user, u32, 32, "nflog.uid", "User");
attribute!(group, u32, 32, "nflog.gid", "Group");
attribute!(value, [u8; 0], 0, "nflog.tlv_value", "Value");
attribute!(padding, [u8; 0], 0, "nflog.padding", "Padding");

/// How attributes are laid out on a machine whose least significant byte comes first.
pub const LITTLE: Rules = Rules { kind: Word::Little(2), length: Word::Little(0), ..BIG };
/// How attributes are laid out on a machine whose most significant byte comes first.
pub const BIG: Rules = Rules { kind: Word::Big(2), length: Word::Big(0), ..Rules::WORDS };

const fn entry(kind: NflogType, first: &'static [FieldInfo]) -> OptionKind {
    OptionKind { kind: kind.0, group: attribute::FIELDS, first, repeat: |_, _| (&[], 0) }
}

const KINDS: &[OptionKind] = &[
    entry(NflogType::PACKET_HEADER, packet_header::FIELDS),
    entry(NflogType::TIMESTAMP, timestamp::FIELDS),
    entry(NflogType::INTERFACE_IN, interface_in::FIELDS),
    entry(NflogType::INTERFACE_OUT, interface_out::FIELDS),
    entry(NflogType::PHYSICAL_IN, physical_in::FIELDS),
    entry(NflogType::PHYSICAL_OUT, physical_out::FIELDS),
    entry(NflogType::PREFIX, prefix::FIELDS),
    entry(NflogType::USER, user::FIELDS),
    entry(NflogType::GROUP, group::FIELDS),
];

const fn options(rules: Rules, head: &'static [FieldInfo]) -> Options {
    Options {
        rules,
        head,
        alone: &[],
        kinds: KINDS,
        other: OptionKind {
            kind: 0,
            group: attribute::FIELDS,
            first: value::FIELDS,
            repeat: |_, _| (&[], 0),
        },
        padding: padding::FIELDS,
    }
}

const LITTLE_OPTIONS: &Options = &options(LITTLE, little::FIELDS);
const BIG_OPTIONS: &Options = &options(BIG, big::FIELDS);

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "nflog",
    name: "Linux Netfilter Log",
    spec: "LINKTYPE_NFLOG",
    fields: FIELDS,
    lists: &[
        attribute::FIELDS,
        little::FIELDS,
        big::FIELDS,
        packet_header::FIELDS,
        timestamp::FIELDS,
        interface_in::FIELDS,
        interface_out::FIELDS,
        physical_in::FIELDS,
        physical_out::FIELDS,
        prefix::FIELDS,
        user::FIELDS,
        group::FIELDS,
        value::FIELDS,
        padding::FIELDS,
    ],
    length: Nflog::LEN,
    peel,
    needed: |_| Nflog::LEN,
    sections,
    checks: CHECKS,
    claim: Some(Claim { field: &little::LENGTH.info, bytes: claimed, beyond: "nflog.tlv_length.beyond" }),
    fill,
    tail: Kind::TRAILER,
    summary: &[
        Phrase::Text("NFLOG "),
        Phrase::Value(&FAMILY.info),
        Phrase::Text(", resource "),
        Phrase::Value(&RESOURCE.info),
        Phrase::Text(", "),
        Phrase::Content,
    ],
    ..Protocol::PLAIN
};

/// The packet, and what its family says it is. Without one the header is all attributes.
#[inline(never)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    let (fixed, list) = bytes.split_first_chunk::<4>()?;
    let options = order(bytes);
    let item = tlv::walk(list, &options.rules).find(|item| item.kind == NflogType::PAYLOAD.0);
    let Some(item) = item.filter(|item| item.bytes.len() >= options.rules.head) else {
        let header = if bytes.len() > LONGEST { fixed.len() } else { bytes.len() };
        return Some(Peel { header, content: bytes.get(header..)?, tail: 0, next: None });
    };
    let header = item.start.checked_add(options.rules.head)?.checked_add(fixed.len())?;
    if header > LONGEST {
        return Some(Peel { header: fixed.len(), content: list, tail: 0, next: None });
    }
    let content = item.data(&options.rules);
    let tail = bytes.len().checked_sub(header)?.checked_sub(content.len())?;
    let next = match FAMILY.read(fixed)?.0 {
        2 => Some(Next::EtherType(EtherType::IPV4.0)),
        10 => Some(Next::EtherType(EtherType::IPV6.0)),
        _ => None,
    };
    Some(Peel { header, content, tail, next })
}

/// No header is longer; attributes that would be are payload.
const LONGEST: usize = u16::MAX as usize;

/// The byte order of the attributes: no type has a number of more than a byte, and none is zero.
fn order(bytes: &[u8]) -> &'static Options {
    match bytes.get(6..8) {
        // The two highest bits are flags.
        Some([high, low]) if high & 0x3f == 0 && *low != 0 => BIG_OPTIONS,
        _ => LITTLE_OPTIONS,
    }
}

fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    tlv::section(order(header), header, header.len(), cursor)
}

const CHECKS: &[Check] = &[|scope| {
    let list = scope.bytes.get(Nflog::LEN..)?;
    let length = &little::LENGTH.info;
    let rules = &order(scope.bytes).rules;
    // What the capture cut is nobody's fault.
    let broken = tlv::check(list, rules, Nflog::LEN, length, "nflog.tlv_length.bad", scope.limit);
    broken.filter(|_| scope.missing.is_none())
}];

/// What the last attribute of a header says before a packet stands behind it.
const PAYLOAD: [u8; 4] = [0, 0, 9, 0];

/// Writes the length of the packet into the head of the attribute that holds it, the last one, in the byte order of the
/// others; one that is built is little-endian.
fn fill(bytes: &mut [u8], completion: &Completion) -> Result<(), BuildError> {
    let rules = order(bytes).rules;
    let Some((header, content)) = bytes.split_at_mut_checked(completion.header) else { return Ok(()) };
    if header.len() <= Nflog::LEN {
        return Ok(());
    }
    let Some(head) = header.last_chunk_mut::<4>() else { return Ok(()) };
    let (is_new, is_payload) = (*head == PAYLOAD, rules.kind.read(head) == Some(NflogType::PAYLOAD.0));
    let length = content.len().saturating_add(rules.head);
    let field = little::LENGTH.info.name;
    let value = u16::try_from(length).map_err(|_| BuildError::TooLong { field, length })?;
    if is_new {
        let _ = little::LENGTH.write(head, value);
    } else if is_payload {
        rules.length.write(head, value);
    }
    Ok(())
}

/// What the attribute that holds the packet claims, with all before it.
fn claimed(bytes: &[u8]) -> Claimed {
    let Some(peel) = peel(bytes).filter(|peel| peel.header > Nflog::LEN && peel.header < bytes.len()) else {
        return Claimed::Nothing;
    };
    Claimed::Bytes(peel.header.saturating_add(peel.content.len()))
}

impl Nflog {
    /// A header for packets of this family. Attributes are added with [`item`](Builder::item) and the rules
    /// [`LITTLE`]; [`payload`](Builder::payload) comes last if the header carries a packet.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(family: AddressFamily) -> Builder<Self> {
        Builder::<Self>::empty().family(family)
    }
}

impl Builder<Nflog> {
    /// The head of the attribute that holds the packet; its length is filled in when the packet is written.
    #[must_use]
    pub fn payload(self) -> Self {
        self.append(&PAYLOAD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same attributes as machines of either byte order write them: a mark, the packet, and what stands behind it.
    #[test]
    fn either_byte_order() {
        let little = [2, 0, 0, 5, 8, 0, 2, 0, 0, 0, 0, 7, 5, 0, 9, 0, 0x45, 0, 0, 0];
        let big = [2, 0, 0, 5, 0, 8, 0, 2, 0, 0, 0, 7, 0, 5, 0, 9, 0x45, 0, 0, 0];
        for bytes in [little, big] {
            let peel = super::peel(&bytes).unwrap();
            assert_eq!((peel.header, peel.content, peel.tail), (16, &[0x45][..], 3));
            assert_eq!(peel.next, Some(Next::EtherType(0x0800)));
        }
        // Without a packet all of it is header.
        let peel = super::peel(&little[..12]).unwrap();
        assert_eq!((peel.header, peel.content.len(), peel.next), (12, 0, None));
        assert!(super::peel(&little[..3]).is_none());
        assert_eq!(super::peel(&little[..4]).unwrap().header, 4);
    }

    /// A length beyond the end ends there; one below its own head makes the rest one raw attribute.
    #[test]
    fn hostile_lengths() {
        let beyond = [2, 0, 0, 5, 0xff, 0xff, 9, 0, 0x45, 0];
        let peel = super::peel(&beyond).unwrap();
        assert_eq!((peel.header, peel.content, peel.tail), (8, &[0x45, 0][..], 0));
        let small = [2, 0, 0, 5, 3, 0, 2, 0, 0x45, 0];
        assert_eq!(super::peel(&small).unwrap().header, 10);
        // No header is longer than 65,535 bytes.
        let long = vec![0; 70_000];
        assert_eq!(super::peel(&long).unwrap().header, 4);
    }
}
