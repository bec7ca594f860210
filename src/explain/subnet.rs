//! Subnets: what is in them, how they are split, and which lies in which.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};

use crate::explain::literal::{self, Notation, Piece};
use crate::explain::{BadInput, rows};
use crate::names::special_blocks;

/// An address and how many of its bits are the network's.
///
/// ```
/// use layercake::explain::Subnet;
///
/// let subnet = Subnet::parse("192.168.0.186/24")?;
/// assert_eq!(subnet.network().to_string(), "192.168.0.0/24");
/// assert_eq!(subnet.mask().to_string(), "255.255.255.0");
/// assert_eq!(subnet.broadcast().unwrap().to_string(), "192.168.0.255");
/// assert_eq!(subnet.usable().to_string(), "254");
/// let quarters: Vec<String> = subnet.split(26)?.map(|part| part.to_string()).collect();
/// assert_eq!(quarters, ["192.168.0.0/26", "192.168.0.64/26", "192.168.0.128/26", "192.168.0.192/26"]);
///
/// let bad = Subnet::parse("192.168.0.0/33").unwrap_err();
/// assert_eq!((bad.span.clone(), bad.to_string().as_str()),
///     (12..14, "/33 is longer than the address; an IPv4 prefix is 0 to 32 bits long"));
/// # Ok::<(), layercake::explain::BadInput>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subnet {
    net: IpNet,
    notation: Notation,
}

/// How many addresses: up to 2^128, which no integer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    bits: u8,
    less: u8,
}

/// How one network lies to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They are the same.
    Same,
    /// The first holds the second.
    Contains,
    /// The first lies in the second.
    Inside,
    /// They share no address.
    Apart,
}

impl Count {
    /// The number, if it is less than 2^128.
    pub fn get(self) -> Option<u128> {
        1u128.checked_shl(u32::from(self.bits))?.checked_sub(u128::from(self.less))
    }
}

/// In decimal; long ones as a power of two before it.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bits, less } = *self;
        match self.get() {
            Some(number) if bits <= 32 => number.fmt(f),
            number => {
                write!(f, "2^{bits}")?;
                if less > 0 {
                    write!(f, " - {less}")?;
                }
                number.map_or(Ok(()), |number| write!(f, " = {number}"))
            }
        }
    }
}

impl Subnet {
    /// Reads one network: `192.168.0.186/24`, `192.168.0.186/255.255.255.0`, the same with a space, or a wildcard mask
    /// (`0.0.0.255`); IPv6 with a length.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, BadInput> {
        let all = Self::parse_all(text)?;
        match all.as_slice() {
            [one] => Ok(*one),
            _ => Err(BadInput::new(0..text.len(), "one network is expected here, and these are several")),
        }
    }

    /// Reads one network after another.
    ///
    /// # Errors
    /// What is wrong, and where; that there is none too.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, BadInput> {
        let mut words = Piece::words(text);
        let mut all = Vec::new();
        while let Some(word) = words.next() {
            let (address, behind) = match word.split_once('/') {
                Some(parts) => parts,
                None => (word, words.next().unwrap_or(Piece { text: "", at: word.end() })),
            };
            let address = literal::address(address)?;
            if behind.text.is_empty() && !word.text.contains('/') {
                let usual = if address.is_ipv4() { 24 } else { 64 };
                let bad = behind.bad("the length of the prefix or the mask is missing here");
                return Err(bad.hint(format!("write {}/{usual}", word.text)));
            }
            let behind = match behind.text.strip_prefix('/') {
                Some(text) => Piece { text, at: behind.at.saturating_add(1) },
                None => behind,
            };
            all.push(Self::of(address, literal::length(behind, address)?));
        }
        if all.is_empty() {
            let bad = BadInput::new(text.len()..text.len(), "a network is missing here");
            return Err(bad.hint("write one such as 192.168.0.186/24 or 2001:db8::/32"));
        }
        Ok(all)
    }

    /// Reads a network, or an address alone.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse_or_address(text: &str) -> Result<Self, BadInput> {
        let mut words = Piece::words(text);
        match (words.next(), words.next()) {
            (Some(word), None) if !word.text.contains('/') => {
                let address = literal::address(word)?;
                Ok(Self::of(address, (if address.is_ipv4() { 32 } else { 128 }, Notation::Alone)))
            }
            _ => Self::parse(text),
        }
    }

    fn of(address: IpAddr, (length, notation): (u8, Notation)) -> Self {
        // A length that was read fits the address.
        let net = IpNet::new(address, length).unwrap_or_else(|_| IpNet::from(address));
        Self { net, notation }
    }

    /// The address, with the bits that are the host's.
    pub fn address(&self) -> IpAddr {
        self.net.addr()
    }

    /// How many bits are the network's.
    pub fn length(&self) -> u8 {
        self.net.prefix_len()
    }

    /// The network: its first address and its length.
    pub fn network(&self) -> IpNet {
        self.net.trunc()
    }

    /// The mask: ones for the bits of the network.
    pub fn mask(&self) -> IpAddr {
        self.net.netmask()
    }

    /// The wildcard mask: ones for the bits of the host.
    pub fn wildcard(&self) -> IpAddr {
        self.net.hostmask()
    }

    /// The last address of the network.
    pub fn last(&self) -> IpAddr {
        self.net.broadcast()
    }

    /// The address of all hosts of the network; none in IPv6, and none in IPv4 if there are two addresses or one.
    pub fn broadcast(&self) -> Option<Ipv4Addr> {
        match self.last() {
            IpAddr::V4(last) if self.length() < 31 => Some(last),
            _ => None,
        }
    }

    /// The first and the last address that a host can have: all but the network's own and the broadcast address. A prefix of 31
    /// bits has two (RFC 3021), one of 32 is a host; IPv6 has no broadcast, and its first address is that of all routers
    /// (RFC 4291 section 2.6.1), but on a link of two (RFC 6164).
    pub fn hosts(&self) -> (IpAddr, IpAddr) {
        let (first, last) = (self.net.network(), self.last());
        let free = self.host_bits();
        match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) if free > 1 => (
                Ipv4Addr::from_bits(first.to_bits().saturating_add(1)).into(),
                Ipv4Addr::from_bits(last.to_bits().saturating_sub(1)).into(),
            ),
            (IpAddr::V6(first), last) if free > 1 => {
                (std::net::Ipv6Addr::from_bits(first.to_bits().saturating_add(1)).into(), last)
            }
            both => both,
        }
    }

    /// How many addresses there are.
    pub fn count(&self) -> Count {
        Count { bits: self.host_bits(), less: 0 }
    }

    /// How many of them a host can have; see [`Subnet::hosts`].
    pub fn usable(&self) -> Count {
        let less = match self.host_bits() {
            0 | 1 => 0,
            _ if self.address().is_ipv4() => 2,
            _ => 1,
        };
        Count { less, ..self.count() }
    }

    fn host_bits(&self) -> u8 {
        self.net.max_prefix_len().saturating_sub(self.length())
    }

    /// The network of one bit less, which holds this one and the other half.
    pub fn supernet(&self) -> Option<IpNet> {
        self.network().supernet()
    }

    /// Its parts of a longer prefix, one after another.
    ///
    /// # Errors
    /// If the length is less than the network's own, or more than an address has.
    pub fn split(&self, length: u8) -> Result<IpSubnets, BadInput> {
        let (own, most) = (self.length(), self.net.max_prefix_len());
        if !(own..=most).contains(&length) {
            let bad =
                BadInput::new(0..length.to_string().len(), format!("/{own} cannot be split into /{length}"));
            return Err(bad.hint(format!("a part has a longer prefix: {own} to {most} bits")));
        }
        Ok(match self.network() {
            IpNet::V4(net) => IpSubnets::V4(Ipv4Subnets::new(net.network(), net.broadcast(), length)),
            IpNet::V6(net) => IpSubnets::V6(Ipv6Subnets::new(net.network(), net.broadcast(), length)),
        })
    }

    /// The last of its parts of this length.
    pub fn last_part(&self, length: u8) -> Self {
        let net = IpNet::new(self.last(), length).map_or(self.network(), |net| net.trunc());
        Self { net, ..*self }
    }

    /// How many parts of this length it has.
    pub fn parts(&self, length: u8) -> Count {
        Count { bits: length.saturating_sub(self.length()), less: 0 }
    }

    /// How it lies to another network.
    pub fn relation(&self, other: &Self) -> Relation {
        let (one, two) = (self.network(), other.network());
        match (one.contains(&two), two.contains(&one)) {
            (true, true) => Relation::Same,
            (true, false) => Relation::Contains,
            (false, true) => Relation::Inside,
            (false, false) => Relation::Apart,
        }
    }

    /// Whether it holds all of another network, or an address.
    pub fn contains(&self, other: &Self) -> bool {
        matches!(self.relation(other), Relation::Same | Relation::Contains)
    }

    /// The smallest network that holds both; none of IPv4 and IPv6.
    pub fn around(&self, other: &Self) -> Option<IpNet> {
        let mut net = self.network();
        while !net.contains(&other.network()) {
            net = net.supernet()?;
        }
        Some(net)
    }

    /// What is special about the length.
    pub fn note(&self) -> Option<&'static str> {
        Some(match (self.address().is_ipv4(), self.host_bits()) {
            (true, 0) => "a /32 is one address: a host, and no broadcast",
            (true, 1) => "a /31 is a link of two hosts, without network and broadcast address (RFC 3021)",
            (false, 0) => "a /128 is one address",
            (false, 1) => "a /127 is a link of two routers; both addresses are theirs (RFC 6164)",
            (false, 64) => "a link has a /64: the other 64 bits are the interface (RFC 4291 section 2.5.4)",
            _ => return None,
        })
    }

    /// The address as it was given, if it is not the network's own.
    fn title(&self) -> String {
        let network = self.network();
        if self.address() == network.addr() {
            network.to_string()
        } else {
            format!("{}  in  {network}", self.net)
        }
    }
}

impl From<IpNet> for Subnet {
    fn from(net: IpNet) -> Self {
        Self { net, notation: Notation::Length }
    }
}

/// Everything about it, a line each.
impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let network = self.network();
        writeln!(f, "{}", self.title())?;
        let of = |address: IpAddr| {
            let bits = Some(binary(address, self.length())).filter(|bits| !bits.is_empty());
            std::iter::once(address.to_string()).chain(bits).collect::<Vec<_>>()
        };
        let mut lines = Vec::new();
        let mut line = |name: &str, values: Vec<String>| {
            lines.push([vec![name.to_string()], values].concat());
        };
        let ipv4 = self.address().is_ipv4();
        if self.address() != network.addr() {
            line("address", of(self.address()));
        }
        let written = match self.notation {
            Notation::Mask => ", as given",
            Notation::Wildcard => ", its wildcard mask was given",
            Notation::Length | Notation::Alone => "",
        };
        let mut mask = of(self.mask());
        mask.push(format!("/{}{written}", self.length()));
        line("mask", mask);
        if ipv4 {
            line("wildcard", of(self.wildcard()));
        }
        line("network", of(network.addr()));
        match self.broadcast() {
            Some(broadcast) => line("broadcast", of(broadcast.into())),
            None if ipv4 => {}
            None => line("last", vec![self.last().to_string()]),
        }
        let (first, last) = self.hosts();
        if first == last {
            line("host", vec![first.to_string()]);
        } else {
            line("first host", vec![first.to_string()]);
            line("last host", vec![last.to_string()]);
        }
        line("addresses", vec![self.count().to_string()]);
        line("usable", vec![self.usable().to_string()]);
        if let Some(supernet) = self.supernet() {
            let halves = Subnet { net: supernet, ..*self }.split(self.length());
            let other = halves.ok().and_then(|mut halves| halves.find(|half| *half != network));
            let other = other.map_or_else(String::new, |other| format!(", whose other half is {other}"));
            line("supernet", vec![format!("{supernet}{other}")]);
        }
        for block in special_blocks(network.addr()).filter(|block| block.contains(self.last())) {
            let text = format!("{}/{} {} ({})", block.network, block.length, block.name, block.reference);
            line("special", vec![text]);
        }
        if let Some(note) = self.note() {
            line("note", vec![note.to_string()]);
        }
        f.write_str(&rows(&lines, 2))
    }
}

/// The bits of an IPv4 address in bytes, with a bar behind those of the network; nothing for IPv6.
pub(super) fn binary(address: IpAddr, length: u8) -> String {
    let IpAddr::V4(address) = address else { return String::new() };
    let mut text = String::new();
    for (at, bit) in format!("{:032b}", address.to_bits()).chars().enumerate() {
        let bar = at == usize::from(length) && at > 0;
        match (bar, at % 8) {
            (true, _) => text.push('|'),
            (false, 0) if at > 0 => text.push(' '),
            _ => {}
        }
        text.push(bit);
    }
    text
}
