//! The extension structure of ICMP and ICMPv6, [RFC 4884](https://www.rfc-editor.org/rfc/rfc4884), which stands behind
//! the packet that an error quotes, and in an extended echo request (RFC 8335).
//!
//! It is no header, for it carries nothing: it is a layer behind the content of the message that it belongs to.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::field::tlv::{self, Item, Rules, Word};
use crate::field::{
    Algorithm, Builder, Check, Checksum, Cover, Cursor, FieldInfo, Finding, Peel, Protocol, Section, Severity,
};
use crate::names::ExtensionClass;
use crate::wire::data;

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +-------+-----------------------+-------------------------------+
    /// |Version|       Reserved        |           Checksum            |
    /// +-------+-----------------------+---------------+---------------+
    /// |            Length             |     Class     |  Class type   |
    /// +-------------------------------+---------------+---------------+
    /// |            what an object of this class and type has          |
    /// ```
    pub struct IcmpExtension(4 max 256 step 4) "icmp.ext" in "RFC 4884 section 7" {
        tile VERSION(version, set_version): u8 = 0..4, "icmp.ext.version", "Version";
        tile RESERVED(reserved, set_reserved): u16 as Hex = 4..16, "icmp.ext.res", "Reserved";
        tile CHECKSUM(checksum, set_checksum): u16 as Hex = 16..32, "icmp.ext.checksum", "Checksum";
    }
}

crate::fields! {
    /// The group around the whole structure.
    pub mod group in "RFC 4884 section 7" {
        group EXTENSION: [u8; 0] = 0..0, "icmp.ext", "Extension structure";
    }
}
crate::fields! {
    /// What an object begins with.
    pub mod object in "RFC 4884 section 7.1" {
        tile LENGTH: u16 = 0..16, "icmp.ext.length", "Length";
        tile CLASS: ExtensionClass = 16..24, "icmp.ext.class", "Class";
        tile TYPE: u8 = 24..32 if is_of_another_class, "icmp.ext.ctype", "Class type";
        group INTERFACE_TYPE: u8 = 24..32 if is_interface, "icmp.ext.ctype", "Class type";
        tile ROLE: u8 = 24..26 if is_interface, "icmp.int_info.role", "Interface role", "RFC 5837 section 4.1";
        tile RESERVED: u8 = 26..28 if is_interface, "icmp.int_info.reserved", "Reserved", "RFC 5837 section 4.1";
        tile HAS_INDEX: bool = 28..29 if is_interface, "icmp.int_info.ifindex", "Index present", "RFC 5837 section 4.1";
        tile HAS_ADDRESS: bool = 29..30 if is_interface, "icmp.int_info.ipaddr", "Address present", "RFC 5837 section 4.1";
        tile HAS_NAME: bool = 30..31 if is_interface, "icmp.int_info.name_present", "Name present", "RFC 5837 section 4.1";
        tile HAS_MTU: bool = 31..32 if is_interface, "icmp.int_info.mtu_present", "MTU present", "RFC 5837 section 4.1";
    }
}
crate::fields! {
    /// An entry of an MPLS label stack.
    pub mod label in "RFC 4950 section 5" {
        tile LABEL: u32 = 0..20, "icmp.mpls.label", "Label";
        tile TRAFFIC_CLASS: u8 = 20..23, "icmp.mpls.exp", "Traffic class", "RFC 5462";
        tile BOTTOM: bool = 23..24, "icmp.mpls.s", "Bottom of stack";
        tile TTL: u8 = 24..32, "icmp.mpls.ttl", "Time to live";
    }
}
crate::fields! {
    /// The index of an interface.
    pub mod interface_index in "RFC 5837 section 4.1" {
        tile INDEX: u32 = 0..32, "icmp.int_info.index", "Interface index";
    }
}
crate::fields! {
    /// An address of an interface.
    pub mod interface_address in "RFC 5837 section 4.2" {
        tile FAMILY: u16 = 0..16, "icmp.int_info.afi", "Address family";
        tile RESERVED: [u8; 0] = 16..32, "icmp.reserved", "Reserved";
        tile IPV4: Ipv4Addr = 32..64 if is_ipv4, "icmp.int_info.ipv4", "Address";
        tile IPV6: Ipv6Addr = 32..160 if is_ipv6, "icmp.int_info.ipv6", "Address";
        tile OTHER: [u8; 0] = 32..0 if is_another_family, "icmp.int_info.ipunknown", "Address";
    }
}
crate::fields! {
    /// The name of an interface.
    pub mod interface_name in "RFC 5837 section 4.3" {
        tile LENGTH: u8 = 0..8, "icmp.int_info.name_length", "Name length";
        tile NAME: [u8; 0] = 8..0, "icmp.int_info.name", "Name";
    }
}
crate::fields! {
    /// The MTU of an interface.
    pub mod interface_mtu in "RFC 5837 section 4.1" {
        tile MTU: u32 = 0..32, "icmp.int_info.mtu", "MTU";
    }
}
crate::fields! {
    /// The name of the interface that is asked after.
    pub mod asked_name in "RFC 8335 section 2.1" {
        tile NAME: [u8; 0] = 0..0, "icmp.int_ident.name", "Name";
    }
}
crate::fields! {
    /// The index of the interface that is asked after.
    pub mod asked_index in "RFC 8335 section 2.1" {
        tile INDEX: u32 = 0..32, "icmp.int_ident.index", "Interface index";
    }
}
crate::fields! {
    /// The address of the interface that is asked after.
    pub mod asked_address in "RFC 8335 section 2.1" {
        tile FAMILY: u16 = 0..16, "icmp.int_ident.afi", "Address family";
        tile LENGTH: u8 = 16..24, "icmp.int_ident.addr_length", "Address length";
        tile RESERVED: [u8; 0] = 24..32, "icmp.int_ident.reserved", "Reserved";
        tile IPV4: Ipv4Addr = 32..64 if is_ipv4, "icmp.int_ident.ipv4", "Address";
        tile IPV6: Ipv6Addr = 32..160 if is_ipv6, "icmp.int_ident.ipv6", "Address";
        tile OTHER: [u8; 0] = 32..0 if is_another_family, "icmp.int_ident.address", "Address";
    }
}
crate::fields! {
    /// What an object carries that has no table.
    pub mod content in "RFC 4884 section 7.1" {
        tile DATA: [u8; 0] = 0..0, "icmp.ext.data", "Data";
    }
}

/// How objects are laid out; what stands beside class and length is the class type.
const OBJECTS: Rules =
    Rules { kind: Word::Byte(2), length: Word::Big(0), head: 4, counts: 4, ..Rules::BYTES };

fn is_interface(object: &[u8]) -> bool {
    object::CLASS.read(object) == Some(ExtensionClass::INTERFACE_INFORMATION)
}

fn is_of_another_class(object: &[u8]) -> bool {
    !is_interface(object)
}

/// IANA's numbers of address families: 1 is IPv4, 2 is IPv6.
fn is_ipv4(address: &[u8]) -> bool {
    interface_address::FAMILY.read(address) == Some(1) && address.len() >= 8
}

fn is_ipv6(address: &[u8]) -> bool {
    interface_address::FAMILY.read(address) == Some(2) && address.len() >= 20
}

fn is_another_family(address: &[u8]) -> bool {
    !is_ipv4(address) && !is_ipv6(address)
}

/// The bytes of an address with what stands in front of it, of those that are left.
fn address_size(address: &[u8]) -> usize {
    match address {
        _ if is_ipv4(address) => 8,
        _ if is_ipv6(address) => 20,
        _ => address.len(),
    }
}

const GROUP: u8 = 0;
const HEAD: u8 = 1;
const OBJECT: u8 = 2;
const INDEX: u8 = 3;
const ADDRESS: u8 = 4;
const NAME: u8 = 5;
const MTU: u8 = 6;
const DATA: u8 = 7;

/// The next section. An object is at least as long as what it begins with, so it always ends.
fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    loop {
        let left = header.len().saturating_sub(cursor.at);
        let rest = header.get(cursor.at..cursor.until).unwrap_or(&[]);
        let object = header.get(cursor.item..).unwrap_or(&[]);
        let has = |flag: &crate::field::Field<bool>| is_interface(object) && flag.read(object) == Some(true);
        match cursor.phase {
            GROUP => {
                cursor.phase = HEAD;
                return if left == 0 { None } else { cursor.hold(group::FIELDS, left) };
            }
            HEAD => {
                cursor.phase = OBJECT;
                return cursor.take(FIELDS, left.min(4));
            }
            OBJECT if left == 0 => return None,
            OBJECT if left < 4 => return cursor.take(data::unparsed::FIELDS, left),
            OBJECT => {
                cursor.phase = INDEX;
                cursor.item = cursor.at;
                let length = object::LENGTH.read(header.get(cursor.at..)?).map_or(4, usize::from).max(4);
                cursor.until = cursor.at.saturating_add(length).min(header.len());
                return cursor.take(object::FIELDS, 4);
            }
            INDEX => {
                cursor.phase = ADDRESS;
                if has(&object::HAS_INDEX) && rest.len() >= 4 {
                    return cursor.take(interface_index::FIELDS, 4);
                }
            }
            ADDRESS => {
                cursor.phase = NAME;
                if has(&object::HAS_ADDRESS) && rest.len() >= 4 {
                    return cursor.take(interface_address::FIELDS, address_size(rest));
                }
            }
            NAME => {
                cursor.phase = MTU;
                let length = rest.first().map_or(0, |length| usize::from(*length)).min(rest.len());
                if has(&object::HAS_NAME) && length > 0 {
                    return cursor.take(interface_name::FIELDS, length);
                }
            }
            MTU => {
                cursor.phase = DATA;
                if has(&object::HAS_MTU) && rest.len() >= 4 {
                    return cursor.take(interface_mtu::FIELDS, 4);
                }
            }
            _ if rest.is_empty() => cursor.phase = OBJECT,
            _ => {
                let (fields, length) = content_of(object, rest);
                return cursor.take(fields, length);
            }
        }
    }
}

/// What stands next in an object that is not done with yet, and how many bytes that takes.
fn content_of(object: &[u8], rest: &[u8]) -> (&'static [FieldInfo], usize) {
    let identification = ExtensionClass::INTERFACE_IDENTIFICATION;
    match (object::CLASS.read(object), object::TYPE.read(object)) {
        (Some(ExtensionClass::MPLS_LABEL_STACK), Some(1)) if rest.len() >= 4 => (label::FIELDS, 4),
        (Some(class), Some(1)) if class == identification => (asked_name::FIELDS, rest.len()),
        (Some(class), Some(2)) if class == identification && rest.len() >= 4 => (asked_index::FIELDS, 4),
        (Some(class), Some(3)) if class == identification && rest.len() >= 4 => {
            (asked_address::FIELDS, address_size(rest))
        }
        _ => (content::FIELDS, rest.len()),
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "icmp.ext",
    name: "ICMP Extension Structure",
    spec: "RFC 4884",
    fields: FIELDS,
    lists: &[
        group::FIELDS,
        object::FIELDS,
        label::FIELDS,
        interface_index::FIELDS,
        interface_address::FIELDS,
        interface_name::FIELDS,
        interface_mtu::FIELDS,
        asked_name::FIELDS,
        asked_index::FIELDS,
        asked_address::FIELDS,
        content::FIELDS,
    ],
    // The fixed part is a section like the others, because the group around all of them comes first.
    length: 0,
    peel: |bytes| {
        let content = bytes.get(bytes.len()..)?;
        Some(Peel { header: bytes.len(), content, tail: 0, next: None })
    },
    needed: |_| IcmpExtension::LEN,
    sections,
    fill: |bytes, completion| {
        completion.auto(bytes, &VERSION, 2);
        Ok(())
    },
    checks: CHECKS,
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        cover: Cover::Layer,
        pseudo: None,
        algorithm: Algorithm::Internet,
        optional: true,
        bad: "icmp.ext.checksum.bad",
        offload: "icmp.ext.checksum.offload",
    }),
    ..Protocol::PLAIN
};

const CHECKS: &[Check] = &[
    |scope| {
        let version = VERSION.read(scope.bytes)?;
        let text = "this is not version 2 of the extension structure";
        let wrong = Finding::at(&VERSION.info, "icmp.ext.version.bad", Severity::Error, text);
        (version != 2).then(|| wrong.value(u64::from(version), 2))
    },
    |scope| {
        scope.missing.is_none().then_some(())?;
        let list = scope.bytes.get(IcmpExtension::LEN..)?;
        tlv::check(list, &OBJECTS, IcmpExtension::LEN, &object::LENGTH.info, "icmp.ext.length.bad", None)
    },
];

impl IcmpExtension {
    /// A structure without objects; the checksum is filled in when it is written. It is not put inside an error with
    /// `/`, but behind what that quotes: write it, and append the bytes to the quoted packet.
    ///
    /// ```
    /// use layercake::wire::icmp_extension::{IcmpExtension, LabelStackEntry};
    ///
    /// let label = LabelStackEntry { label: 24_002, traffic_class: 0, bottom: true, ttl: 1 };
    /// let mut room = [0; 64];
    /// let bytes = (IcmpExtension::new().labels(&[label]) / [0; 0]).write(&mut room)?;
    /// let extension = IcmpExtension::view(&bytes[..]).unwrap();
    /// assert_eq!(extension.objects().next().unwrap().labels().next(), Some(label));
    /// # Ok::<(), layercake::field::BuildError>(())
    /// ```
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> Builder<Self> {
        Builder::<Self>::empty()
    }
}

/// An entry of an MPLS label stack (RFC 3032 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelStackEntry {
    /// The label, 20 bits.
    pub label: u32,
    /// The traffic class, 3 bits; it was called experimental.
    pub traffic_class: u8,
    /// Whether it is the last entry of its stack.
    pub bottom: bool,
    /// The time to live.
    pub ttl: u8,
}

impl Builder<IcmpExtension> {
    /// Adds an object; its length is filled in, and it is padded with zeros to 32-bit words.
    #[must_use]
    pub fn object(self, class: ExtensionClass, class_type: u8, data: &[u8]) -> Self {
        let padded = data.len().checked_next_multiple_of(4).unwrap_or(data.len());
        let length = u16::try_from(padded.saturating_add(4)).unwrap_or(u16::MAX);
        let padding = [0; 3];
        let padding = padding.get(..padded.saturating_sub(data.len())).unwrap_or(&[]);
        self.append(&length.to_be_bytes()).append(&[class.0, class_type]).append(data).append(padding)
    }

    /// Adds an MPLS label stack; as many of the entries as there is room for, which is 15 at least.
    #[must_use]
    pub fn labels(self, entries: &[LabelStackEntry]) -> Self {
        let length = entries.len().saturating_mul(4).saturating_add(4);
        let head = self
            .append(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes())
            .append(&[ExtensionClass::MPLS_LABEL_STACK.0, 1]);
        entries.iter().fold(head, |stack, entry| {
            let word = (entry.label << 12)
                | u32::from(entry.traffic_class & 7) << 9
                | u32::from(entry.bottom) << 8
                | u32::from(entry.ttl);
            stack.append(&word.to_be_bytes())
        })
    }
}

/// An object of an extension structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'a> {
    /// The object, its head included.
    item: Item<'a>,
}

impl<'a> Object<'a> {
    /// What it is about.
    pub fn class(&self) -> ExtensionClass {
        ExtensionClass(self.item.kind as u8)
    }

    /// Which of its class it is.
    pub fn class_type(&self) -> u8 {
        object::TYPE.read(self.item.bytes).unwrap_or(0)
    }

    /// What stands behind its head.
    pub fn data(&self) -> &'a [u8] {
        self.item.data(&OBJECTS)
    }

    /// The entries of an MPLS label stack; none in an object of another class.
    pub fn labels(&self) -> impl Iterator<Item = LabelStackEntry> + use<'a> {
        let is_stack = (self.class(), self.class_type()) == (ExtensionClass::MPLS_LABEL_STACK, 1);
        let (entries, _) = if is_stack { self.data().as_chunks::<4>() } else { (&[][..], &[][..]) };
        entries.iter().filter_map(|entry| {
            Some(LabelStackEntry {
                label: label::LABEL.read(entry)?,
                traffic_class: label::TRAFFIC_CLASS.read(entry)?,
                bottom: label::BOTTOM.read(entry)?,
                ttl: label::TTL.read(entry)?,
            })
        })
    }
}

impl<'a> IcmpExtension<&'a [u8]> {
    /// The objects; one whose length is impossible is the last, with all that is left.
    pub fn objects(&self) -> impl Iterator<Item = Object<'a>> + use<'a> {
        let list = self.bytes.get(IcmpExtension::LEN..).unwrap_or(&[]);
        tlv::walk(list, &OBJECTS).map(|item| Object { item })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4950 and RFC 5837: a label stack and an interface in one structure, read back as they were given.
    #[test]
    fn objects_are_read_as_they_were_given() {
        let entries = [(24_002, false, 1), (16, true, 255)].map(|(label, bottom, ttl)| LabelStackEntry {
            label,
            traffic_class: 5,
            bottom,
            ttl,
        });
        let mut room = [0; 64];
        let interface = [0, 0, 0, 7, 0, 0, 5, 0xdc];
        let built = IcmpExtension::new()
            .labels(&entries)
            .object(ExtensionClass::INTERFACE_INFORMATION, 0b1001, &interface)
            .object(ExtensionClass(250), 1, b"odd");
        let bytes = (built / [0; 0]).write(&mut room).unwrap();
        assert_eq!(crate::checksum::Sum::of(bytes).fold(), 0xffff);
        let view = IcmpExtension::view(&bytes[..]).unwrap();
        let objects: [Object<'_>; 3] = core::array::from_fn(|n| view.objects().nth(n).unwrap());
        assert!(objects[0].labels().eq(entries));
        assert_eq!((objects[1].class_type(), objects[1].data()), (0b1001, &interface[..]));
        assert_eq!((objects[2].class().0, objects[2].data()), (250, &b"odd\0"[..]));
        assert_eq!(objects[2].labels().count(), 0);
    }
}
