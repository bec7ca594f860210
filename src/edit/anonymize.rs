//! Other addresses, of which two have as many leading bits in common as they had before.
//!
//! The method is Crypto-PAn (Xu, Fan, Ammar and Moon, "Prefix-preserving IP address anonymization", ICNP 2002) with AES-128:
//! whether a bit is turned over depends on the key and on the bits in front of it. So subnets stay subnets, one address
//! becomes the same one wherever it stands, in every packet and every capture, and without the key nobody can say which it was.
//!
//! An address of IPv6 and one of Ethernet say the same thing in several places, so they are changed in parts, each by itself: the
//! network (64 bits), and of the interface identifier the first 40 bits and the last 24. The last 24 are those of a
//! solicited-node group (RFC 4291 section 2.7.1) and of its Ethernet address; an Ethernet address becomes what the
//! interface identifier becomes that is made of it (section 2.5.1). That is prefix-preserving still, and
//! they all agree with each other.
//!
//! What stays, because a trace could not be read without it, and says nothing of anybody:
//!
//! - 0.0.0.0/8, 127.0.0.0/8 and 224.0.0.0/3: no address, this host, groups, broadcast, and masks; `::` and `::1`.
//! - of 169.254.0.0/16 and fe80::/64 the prefix: what is link-local stays so, what is not does not become it. With them stay
//!   the first bits of unique local addresses (fc00::/7) and of global ones (2000::/3).
//! - groups of IPv6 and Ethernet, but not the addresses in them: solicited-node groups and those made of a network's prefix
//!   (RFC 3306).
//! - of Ethernet addresses the bits that say group and local, and the one of zeros; an interface identifier of zeros.
//!
//! Addresses of IPv4 inside of those of IPv6 (`::ffff:0:0/96`, `64:ff9b::/96`) become what they become alone. Every prefix that stays
//! tells an address near it by as many bits as both have in common and one more: 1.0.0.0/8 and 126.0.0.0/8 keep
//! their first byte, 169.255.0.0/16 its first two. For that reason private addresses (10.0.0.0/8 and others) are treated as all others:
//! they do not stay private.
//!
//! What is **not** changed: names (in DNS, also those of addresses under in-addr.arpa and ip6.arpa, and host names in DHCP), payload and
//! other data that nobody takes apart (values of options that are not known, cookies, what cannot be read), fields that a
//! capture cut in their middle, serial numbers, ports and times. Integrity values that cover addresses (AH, TCP-MD5,
//! TCP-AO) do not fit any more. Behind the end of a prefix, the bits of its field can be other than zero. And whoever can send
//! packets through the place of the capture, or knows some of its addresses, learns prefixes of others: the paper has
//! the bounds.

use core::net::{Ipv4Addr, Ipv6Addr};

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Block};
use sha2::{Digest, Sha256};

use crate::edit::Place;
use crate::field::{FieldInfo, Format, Mac, Role, Value};
use crate::packet::{FieldRef, Packet};

/// A key, and with it an address for every address.
///
/// ```
/// use layercake::edit::Anonymizer;
///
/// let key = Anonymizer::of_text("correct horse battery staple");
/// let (a, b) = (key.ipv4([192, 0, 2, 1].into()), key.ipv4([192, 0, 2, 77].into()));
/// assert_ne!(a.octets(), [192, 0, 2, 1]);
/// assert_eq!(a.octets()[..3], b.octets()[..3]);
/// assert_eq!(key.ipv4([224, 0, 0, 251].into()).octets(), [224, 0, 0, 251]);
/// ```
#[derive(Clone)]
pub struct Anonymizer {
    cipher: Aes128,
    /// What stands behind the bits of an address when it is encrypted: another for each part, so that one says nothing
    /// of the other.
    pads: [u128; 3],
}

/// It holds a secret.
impl core::fmt::Debug for Anonymizer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Anonymizer")
    }
}

/// A part of an address that is changed by itself; its number is that of its pad.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// An address of IPv4, or the first 64 bits of one of IPv6: as Crypto-PAn has them.
    Network = 0,
    /// The first 40 bits of an interface identifier.
    Vendor = 1,
    /// Its last 24 bits.
    Station = 2,
}

/// Prefixes that stay, their bits at the upper end, and how many bits there are.
const IPV4_PREFIXES: &[(u128, u32)] = &[(0, 8), (127 << 120, 8), (0xe0 << 120, 3), (0xa9fe << 112, 16)];
const IPV6_PREFIXES: &[(u128, u32)] =
    &[(0, 64), (TRANSLATED << 64, 64), (LINK_LOCAL << 64, 64), (0xff << 120, 8)];
/// fe80::/64.
const LINK_LOCAL: u128 = 0xfe80_0000_0000_0000;
/// 64:ff9b::/64 (RFC 6052).
const TRANSLATED: u128 = 0x0064_ff9b_0000_0000;
/// The bit of an interface identifier that is turned over when it is made of an Ethernet address (RFC 4291 appendix A).
const UNIVERSAL: u64 = 0x0200_0000_0000_0000;
/// Those that say group and local, in a word whose upper end it is.
const GROUP_AND_LOCAL: u128 = 0x03 << 120;
/// What stands between the halves of an Ethernet address then.
const BETWEEN: u128 = 0xfffe << 112;
const LAST_24: u128 = 0xff_ffff;
/// ff02::1:ff00:0/104.
const SOLICITED_NODE: u128 = 0xff02_0000_0000_0000_0000_0001_ff00_0000;

impl Anonymizer {
    /// A key of 32 bytes, as Crypto-PAn has it: 16 for the cipher, and 16 of which what is put behind addresses is made.
    pub fn new(key: &[u8; 32]) -> Self {
        let (mut secret, mut pad) = ([0; 16], [0; 16]);
        for (to, from) in secret.iter_mut().chain(&mut pad).zip(key) {
            *to = *from;
        }
        let cipher = Aes128::new(&secret.into());
        let pads = [0, 1, 2].map(|part| {
            let mut block = Block::from((u128::from_be_bytes(pad) ^ part).to_be_bytes());
            cipher.encrypt_block(&mut block);
            u128::from_be_bytes(block.into())
        });
        Self { cipher, pads }
    }

    /// A key as people write it: 64 hex digits are the 32 bytes, of any other text it is the SHA-256. Whoever guesses the text
    /// has the key, so it should be a long one.
    pub fn of_text(text: &str) -> Self {
        let mut key = [0; 32];
        let is_hex = text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        if is_hex {
            for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
                let digits = core::str::from_utf8(pair).unwrap_or_default();
                *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
            }
        } else {
            key = Sha256::digest(text).into();
        }
        Self::new(&key)
    }

    /// The address that one of IPv4 becomes.
    pub fn ipv4(&self, address: Ipv4Addr) -> Ipv4Addr {
        let bits = u128::from(address.to_bits()) << 96;
        let whole = address.is_loopback() || matches!(address.octets(), [0 | 224.., ..]);
        let from = kept(bits, IPV4_PREFIXES);
        let flips = if whole { 0 } else { self.flips(Part::Network, bits, from, 32) };
        Ipv4Addr::from_bits(((bits ^ flips) >> 96) as u32)
    }

    /// The address that one of IPv6 becomes.
    pub fn ipv6(&self, address: Ipv6Addr) -> Ipv6Addr {
        let bits = address.to_bits();
        let (network, host) = (bits >> 64, bits as u64);
        if let [0xff, flags, _, length, ..] = address.octets() {
            return Ipv6Addr::from_bits(self.group(bits, flags & 0x30 == 0x30, length));
        }
        let host = match network {
            0 | TRANSLATED => {
                let inside = self.ipv4(Ipv4Addr::from_bits(host as u32));
                (host & !0xffff_ffff) | u64::from(inside.to_bits())
            }
            _ => self.interface(host),
        };
        Ipv6Addr::from_bits((u128::from(self.network(network as u64)) << 64) | u128::from(host))
    }

    /// The address that one of Ethernet becomes.
    pub fn mac(&self, mac: Mac) -> Mac {
        let Mac([a, b, c, d, e, f]) = mac;
        match mac.0 {
            [0x33, 0x33, 0xff, ..] => {
                let [.., d, e, f] = self.station(u32::from_be_bytes([0, d, e, f])).to_be_bytes();
                Mac([a, b, c, d, e, f])
            }
            [0, 0, 0, 0, 0, 0] => mac,
            _ if mac.is_group() => mac,
            _ => {
                let identifier = u64::from_be_bytes([a, b, c, 0xff, 0xfe, d, e, f]);
                let [a, b, c, _, _, d, e, f] = self.eui64(identifier).to_be_bytes();
                Mac([a, b, c, d, e, f])
            }
        }
    }

    /// What an address of 64 bits becomes: an interface identifier has one bit of it turned over.
    fn eui64(&self, address: u64) -> u64 {
        self.interface(address ^ UNIVERSAL) ^ UNIVERSAL
    }

    /// What a group of IPv6 becomes, which may be made of a network's prefix of so many bits (RFC 3306 section 4).
    fn group(&self, bits: u128, of_network: bool, length: u8) -> u128 {
        if bits & !LAST_24 == SOLICITED_NODE {
            return (bits & !LAST_24) | u128::from(self.station((bits & LAST_24) as u32));
        }
        if !of_network {
            return bits;
        }
        let kept = (upper(u32::from(length).min(64)) >> 64) as u64;
        let prefix = (bits >> 32) as u64 & kept;
        bits ^ (u128::from((self.network(prefix) ^ prefix) & kept) << 32)
    }

    fn network(&self, network: u64) -> u64 {
        let bits = u128::from(network) << 64;
        let from = kept(bits, IPV6_PREFIXES);
        ((bits ^ self.flips(Part::Network, bits, from, 64)) >> 64) as u64
    }

    /// What an interface identifier becomes. That of zeros, which is no host's (RFC 4291 section 2.6.1), stays; what would become
    /// it becomes what it would have.
    fn interface(&self, identifier: u64) -> u64 {
        match (identifier, self.turned(identifier)) {
            (0, _) => 0,
            (_, 0) => self.turned(0),
            (_, image) => image,
        }
    }

    fn turned(&self, identifier: u64) -> u64 {
        let bits = u128::from(identifier) << 64;
        let mut flips = self.flips(Part::Vendor, bits, 0, 40) & !GROUP_AND_LOCAL;
        // As long as what stands behind the 24 bits of the vendor is ff:fe, it stays.
        let same = ((bits << 24) ^ BETWEEN).leading_zeros().min(15);
        flips &= !(upper(same.saturating_add(1)) >> 24);
        let station = self.station((identifier & 0xff_ffff) as u32);
        ((bits ^ flips) >> 64) as u64 & !0xff_ffff | u64::from(station)
    }

    fn station(&self, station: u32) -> u32 {
        let bits = u128::from(station) << 104;
        ((bits ^ self.flips(Part::Station, bits, 0, 24)) >> 104) as u32
    }

    /// Which bits are turned over, of those from one number up to another. `bits` stand at the upper end.
    fn flips(&self, part: Part, bits: u128, from: u32, to: u32) -> u128 {
        let [network, vendor, station] = self.pads;
        let pad = match part {
            Part::Network => network,
            Part::Vendor => vendor,
            Part::Station => station,
        };
        let mut flips = 0;
        let mut first = from;
        while first < to {
            // No bit depends on what another becomes, so that the cipher can do several at once.
            let mut blocks: [Block; 8] = core::array::from_fn(|more| {
                let before = upper(first.saturating_add(more as u32));
                Block::from(((bits & before) | (pad & !before)).to_be_bytes())
            });
            self.cipher.encrypt_blocks(&mut blocks);
            for (at, block) in (first..to).zip(&blocks) {
                let top = block.first().map_or(0, |byte| u128::from(byte >> 7));
                flips |= (top << 127).wrapping_shr(at);
            }
            first = first.saturating_add(8);
        }
        flips
    }
}

/// A word with so many of its upper bits set.
fn upper(bits: u32) -> u128 {
    u128::MAX.checked_shl(128u32.saturating_sub(bits)).unwrap_or(0)
}

/// How many of the first bits are the same in the image. For a prefix to stay, every bit on the way to it has to: those of an
/// address that leaves that way are the same up to there, and the bit by which it leaves.
fn kept(bits: u128, prefixes: &[(u128, u32)]) -> u32 {
    let of_one = |(prefix, length): &(u128, u32)| {
        let same = (bits ^ prefix).leading_zeros();
        if same >= *length { *length } else { same.saturating_add(1) }
    };
    prefixes.iter().map(of_one).max().unwrap_or(0)
}

/// Fields that are shown as addresses and are none.
const NO_ADDRESSES: &[&str] =
    &["dhcp.cookie", "dhcp.option.policy_filter.subnet_mask", "dhcp.option.subnet_mask", "icmp.address_mask"];

/// Fields that are shown as bytes or numbers and are addresses, or as much of one as its prefix needs.
const ADDRESSES: &[(&str, Format, usize)] = &[
    ("arp.dst.hw", Format::Mac, 6),
    ("arp.dst.proto", Format::Ipv4, 4),
    ("arp.src.hw", Format::Mac, 6),
    ("arp.src.proto", Format::Ipv4, 4),
    ("dhcp.client_id.link_layer_address", Format::Mac, 6),
    ("dhcp.option.classless_static_route.destination", Format::Ipv4, 0),
    ("dhcpv6.lladdr.address", Format::Mac, 6),
    ("dhcpv6.s46_dmr.dmr_prefix", Format::Ipv6, 0),
    ("dhcpv6.s46_rule.ipv6_prefix", Format::Ipv6, 0),
    ("dhcpv6.s46_v4v6bind.ipv6_prefix", Format::Ipv6, 0),
    ("dns.apl.afdpart.ipv4", Format::Ipv4, 0),
    ("dns.apl.afdpart.ipv6", Format::Ipv6, 0),
    ("dns.eui64", Format::Hex, 8),
    ("dns.opt.client.addr4", Format::Ipv4, 0),
    ("dns.opt.client.addr6", Format::Ipv6, 0),
    ("icmpv6.opt.lla.bytes", Format::Mac, 6),
];

/// A field, what is to stand there, and how many bytes of it.
type New = (Place, [u8; 16], usize);

impl Anonymizer {
    /// What is to stand in a field; `None` if it is no address, or stays.
    fn new_value(&self, field: &FieldRef<'_>) -> Option<New> {
        let name = field.info.name;
        if field.info.role != Role::Tile || NO_ADDRESSES.contains(&name) {
            return None;
        }
        let old = field.bytes();
        let (image, length) = match field.value()? {
            Value::Mac(Mac([a, b, c, d, e, f])) => (self.bytes(Format::Mac, &[a, b, c, d, e, f])?, 6),
            Value::Ipv4(address) => (self.bytes(Format::Ipv4, &address.octets())?, 4),
            Value::Ipv6(address) => (self.bytes(Format::Ipv6, &address.octets())?, 16),
            Value::Number(number) if name == "icmpv6.opt.aro.eui64" => {
                (self.bytes(Format::Hex, &number.to_be_bytes())?, 8)
            }
            Value::Bytes(bytes) => {
                let (.., format, whole) = ADDRESSES.iter().find(|(known, ..)| *known == name)?;
                if *whole > 0 && *whole != bytes.len() {
                    return None;
                }
                (self.bytes(*format, bytes)?, bytes.len())
            }
            _ => return None,
        };
        (image.get(..length)? != old).then_some((field.place()?, image, length))
    }

    /// What the bytes of an address become, or those it begins with.
    fn bytes(&self, format: Format, bytes: &[u8]) -> Option<[u8; 16]> {
        let mut address = [0; 16];
        address.get_mut(..bytes.len())?.copy_from_slice(bytes);
        let mut image = [0; 16];
        match format {
            Format::Mac => {
                image.first_chunk_mut::<6>()?.copy_from_slice(&self.mac(Mac(*address.first_chunk()?)).0);
            }
            Format::Ipv4 => {
                let octets = address.first_chunk::<4>()?;
                image.first_chunk_mut::<4>()?.copy_from_slice(&self.ipv4((*octets).into()).octets());
            }
            Format::Ipv6 => image = self.ipv6(address.into()).octets(),
            _ => {
                let identifier = u64::from_be_bytes(*address.first_chunk()?);
                image.first_chunk_mut::<8>()?.copy_from_slice(&self.eui64(identifier).to_be_bytes());
            }
        }
        Some(image)
    }
}

/// Bytes of an address as the value of a field.
fn value<'a>(info: &FieldInfo, bytes: &'a [u8]) -> Option<Value<'a>> {
    Some(match info.format {
        Format::Mac => Value::Mac(Mac(*bytes.first_chunk()?)),
        Format::Ipv4 => Value::Ipv4((*bytes.first_chunk::<4>()?).into()),
        Format::Ipv6 => Value::Ipv6((*bytes.first_chunk::<16>()?).into()),
        Format::Bytes => Value::Bytes(bytes),
        _ => Value::Number(u64::from_be_bytes(*bytes.first_chunk()?)),
    })
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Packet<B> {
    /// Puts other addresses in the place of those of Ethernet, IPv4 and IPv6, wherever a field is known to hold one: in headers and
    /// their options, in what ICMP quotes, in tunnels, in messages of ARP, DHCP, DNS and neighbour discovery. Says how
    /// many changed. Checksums follow as with [`Packet::set_at`]: what was right stays right, and what was wrong stays
    /// wrong. The `anonymize` module says how, and what stays as it is.
    ///
    /// ```
    /// use layercake::edit::Anonymizer;
    /// use layercake::packet::{Decoder, Frame};
    /// use layercake::wire::{ipv4::Ipv4, udp::Udp};
    ///
    /// let mut bytes = [0; 32];
    /// (Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(5000, 7) / b"text").write(&mut bytes)?;
    /// let mut packet = Decoder::new().packet(Frame::raw(bytes));
    /// let key = Anonymizer::of_text("correct horse battery staple");
    /// assert_eq!(packet.anonymize(&key), 2);
    /// assert_eq!(packet.get::<Ipv4>().unwrap().source(), key.ipv4([192, 0, 2, 1].into()));
    /// assert_eq!(packet.findings().count(), 0);
    /// # Ok::<(), layercake::field::BuildError>(())
    /// ```
    pub fn anonymize(&mut self, key: &Anonymizer) -> usize {
        let (mut seen, mut changed) = (0usize, 0usize);
        loop {
            // Some at a time: there is no room for all of them, and a walk for each would take too long.
            let mut news: [Option<New>; 32] = [None; 32];
            let (mut free, mut last) = (news.iter_mut(), None);
            for (at, field) in self.fields().enumerate().skip(seen) {
                if let Some(new) = key.new_value(&field) {
                    let Some(slot) = free.next() else { break };
                    *slot = Some(new);
                }
                last = Some(at);
            }
            let Some(last) = last else { return changed };
            seen = last.saturating_add(1);
            for (place, image, length) in news.iter().flatten() {
                let value = image.get(..*length).and_then(|image| value(place.info, image));
                if value.is_some_and(|value| self.set_at(place, value).is_ok()) {
                    changed = changed.saturating_add(1);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the reference implementation.
    const KEY: [u8; 32] = [
        21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121,
        101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
    ];

    /// The sample trace of the reference implementation, as several others have it in their tests.
    #[test]
    fn crypto_pan() {
        let key = Anonymizer::new(&KEY);
        let plain4 = |address: [u8; 4]| {
            let bits = u128::from(u32::from_be_bytes(address)) << 96;
            let image = (bits ^ key.flips(Part::Network, bits, 0, 32)) >> 96;
            (image as u32).to_be_bytes()
        };
        for (address, image) in [
            ([128, 11, 68, 132], [135, 242, 180, 132]),
            ([129, 118, 74, 4], [134, 136, 186, 123]),
            ([130, 132, 252, 244], [133, 68, 164, 234]),
            ([141, 223, 7, 43], [141, 167, 8, 160]),
            ([141, 233, 145, 108], [141, 129, 237, 235]),
            ([152, 163, 225, 39], [151, 140, 114, 167]),
            ([156, 29, 3, 236], [147, 225, 12, 42]),
            ([165, 247, 96, 84], [162, 9, 99, 234]),
            ([166, 107, 77, 190], [160, 132, 178, 185]),
            ([192, 102, 249, 13], [252, 138, 62, 131]),
            ([64, 14, 118, 196], [0, 255, 183, 58]),
        ] {
            assert_eq!(plain4(address), image, "{address:?}");
        }
        let plain6 = |address: Ipv6Addr| {
            let bits = address.to_bits();
            Ipv6Addr::from_bits(bits ^ key.flips(Part::Network, bits, 0, 128))
        };
        for (address, image) in [
            ("::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed"),
            ("::2", "78ff:f001:9fc0:20df:8380:b1f1:704:ef"),
            ("::ffff", "78ff:f001:9fc0:20df:8380:b1f1:704:f838"),
            ("2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e"),
            ("2001:db8::2", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c"),
        ] {
            assert_eq!(plain6(address.parse().unwrap()), image.parse::<Ipv6Addr>().unwrap());
        }
    }

    /// FIPS 180-2 appendix B.1 has the SHA-256 of this text.
    #[test]
    fn a_key_is_hex_or_a_text() {
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let (text, hex) = (Anonymizer::of_text("abc"), Anonymizer::of_text(hex));
        assert_eq!(text.pads, hex.pads);
        assert_ne!(text.pads, Anonymizer::of_text("abd").pads);
    }
}
