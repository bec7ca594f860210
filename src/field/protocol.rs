//! What one protocol says of itself.

use crate::checksum::{self, Pseudo, Sum};
use crate::field::tlv;
use crate::field::{BuildError, Check, Completion, FieldInfo, Reason, Scope, Value, Verdict};

/// The number of a protocol in the registry. Its upper byte is the class: link, network, extension, transport,
/// application, what is no header, and from 0x80 a user's own. So the decoder can tell a network header from a
/// transport header without a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Kind(pub u16);

impl Kind {
    /// No header: what follows is payload.
    pub const NONE: Self = Self(0);
    /// The `n`th kind of a user, `n` less than 32,768.
    pub const fn user(n: u16) -> Self {
        Self(0x8000 | n)
    }
}

/// One protocol: its table, and the functions that say what a table cannot. What a header has not is left out, by
/// ending with [`..Protocol::PLAIN`](Protocol::PLAIN).
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// The prefix of its fields' names: `udp`.
    pub prefix: &'static str,
    /// Its full name.
    pub name: &'static str,
    /// Where it is specified.
    pub spec: &'static str,
    /// The table of its fixed part.
    pub fields: &'static [FieldInfo],
    /// The tables of sections that can stand in a header once, besides the fixed part's; for documentation and
    /// look-up by name.
    pub tables: &'static [&'static [FieldInfo]],
    /// The tables of sections that can stand in a header several times: those of lists.
    pub lists: &'static [&'static [FieldInfo]],
    /// Length of the fixed part in bytes.
    pub length: usize,
    /// How long the header is and what follows; `None` if the header is cut short.
    pub peel: fn(&[u8]) -> Option<Peel<'_, Next>>,
    /// How long the header says it is, from as many bytes of it as there are.
    pub needed: fn(&[u8]) -> usize,
    /// The sections after the fixed part, one at a time.
    pub sections: fn(&[u8], &mut Cursor) -> Option<Section>,
    /// The length that the header claims for itself and what it carries.
    pub claim: Option<Claim>,
    /// What this header decides for the layers inside it: it gets its own scope and changes what they will see.
    pub surround: fn(&mut Scope<'_>),
    /// What can be wrong with it.
    pub checks: &'static [Check],
    /// Its checksum.
    pub checksum: Option<Checksum>,
    /// The field that says which header follows.
    pub announce: Option<Announce>,
    /// Fills in lengths that were not given. `bytes` are the header and what it carries.
    pub fill: fn(&mut [u8], &Completion) -> Result<(), BuildError>,
    /// What [`Peel::tail`] is.
    pub tail: Kind,
    /// Values computed from elsewhere.
    pub generated: &'static [Generated],
    /// What it says of itself in a packet's line, behind the addresses: `UDP, 5 bytes`.
    pub summary: &'static [Phrase],
    /// The tile of what it carries when nobody knows what that is.
    pub payload: &'static FieldInfo,
    /// The list that stands behind its fixed part, for writing it item by item.
    pub list: Option<List>,
    /// What else stands there again and again, for the same.
    pub rows: &'static [Row],
}

/// A list of options behind a header's fixed part, as text has it: `options=[mss(1460), nop]`.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// What the list is called: `options`.
    pub word: &'static str,
    /// Its tables.
    pub options: &'static tlv::Options,
    /// The lists that its items hold.
    pub inside: fn(&tlv::Item<'_>) -> Option<&'static tlv::Nested>,
    /// Bytes in front of it, besides the fixed part: the cookie of DHCP.
    pub before: &'static [u8],
}

impl List {
    /// A list of items that hold no lists, which follows at once.
    pub const fn of(options: &'static tlv::Options) -> Option<Self> {
        Some(Self { word: "options", options, inside: |_| None, before: &[] })
    }

    /// A list whose items can hold lists.
    pub const fn nested(nested: &'static tlv::Nested) -> Option<Self> {
        Some(Self { word: "options", options: &nested.options, inside: nested.inside, before: &[] })
    }
}

/// A question or a record of DNS: a few fields, then data, again and again.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What one is called: `qry`.
    pub word: &'static str,
    /// The group around one.
    pub group: &'static FieldInfo,
    /// The tables in front of its data, in their order.
    pub head: &'static [&'static [FieldInfo]],
    /// What stands in fields of the head that are not given, where that is not zero.
    pub usual: &'static [(&'static FieldInfo, u64)],
    /// The field that says what the data is.
    pub kind: Option<&'static FieldInfo>,
    /// The field that says how many bytes of data there are.
    pub length: Option<&'static FieldInfo>,
    /// The field that counts them, in a table that begins at this byte of the header.
    pub count: (&'static FieldInfo, usize),
}

crate::fields! {
    /// What a header carries when nobody knows what it is.
    pub mod payload in "the enclosing header" {
        tile DATA: [u8; 0] = 0..0, "data.data", "Payload";
    }
}

/// A piece of what a protocol says of itself in a packet's line.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Phrase {
    /// This text.
    Text(&'static str),
    /// The value of a field of the fixed part, or of a table that goes on with it: its name if it has one.
    Value(&'static FieldInfo),
    /// The labels of those flags that are set, with a space between them.
    Flags(&'static [(&'static FieldInfo, &'static str)]),
    /// What the header inside says of itself.
    Inside,
    /// Number of bytes that the header carries, as in `5 bytes`.
    Content,
    /// What a function writes, which gets the header: where it takes more than fields to say it.
    Words(fn(&[u8], &mut dyn core::fmt::Write) -> core::fmt::Result),
    /// These, if the header is so.
    If(fn(&[u8]) -> bool, &'static [Phrase]),
}

/// The field that says which header follows, and the numbers that it uses.
#[derive(Clone, Copy, Debug)]
pub struct Announce {
    /// The field, in the fixed part.
    pub field: &'static FieldInfo,
    /// What its numbers are.
    pub numbers: Numbers,
    /// The number that a builder writes when nothing that has a number follows; `None` leaves zero.
    pub nothing: Option<u16>,
}

/// The numbers by which one header announces another.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Numbers {
    /// EtherTypes.
    EtherType,
    /// IP protocol numbers.
    IpProtocol,
    /// Numbers of the header's own: that of what follows, from its kind and its EtherType, if it has one.
    Own(fn(Kind, Option<u16>) -> Option<u16>),
}

/// Numbers of a header's own are those of no other header.
impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        matches!((self, other), (Self::EtherType, Self::EtherType) | (Self::IpProtocol, Self::IpProtocol))
    }
}

impl Numbers {
    /// The number that leads to a header of this kind, which has these among the usual ones.
    #[inline(always)]
    pub fn of(self, kind: Kind, ether_type: Option<u16>, ip_protocol: Option<u8>) -> Option<u16> {
        match self {
            Self::EtherType => ether_type,
            Self::IpProtocol => ip_protocol.map(u16::from),
            Self::Own(number) => number(kind, ether_type),
        }
    }
}

/// What a length field claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// So many bytes, header included.
    Bytes(usize),
    /// Nothing: an IPv4 total length of zero.
    Nothing,
    /// Less than the header itself, which cannot be.
    Wrong,
}

impl Claimed {
    /// The claim of a field that counts the header too, which has at least `least` bytes.
    pub const fn at_least(claimed: usize, least: usize) -> Self {
        if claimed < least { Self::Wrong } else { Self::Bytes(claimed) }
    }
}

impl Protocol {
    /// A header that has nothing but its fixed part, and says of itself no more than its name.
    pub const PLAIN: Self = Self {
        prefix: "",
        name: "",
        spec: "",
        fields: &[],
        tables: &[],
        lists: &[],
        length: 0,
        peel: |_| None,
        needed: |_| 0,
        sections: |_, _| None,
        claim: None,
        surround: |_| {},
        checks: &[],
        checksum: None,
        announce: None,
        fill: |_, _| Ok(()),
        tail: Kind::NONE,
        generated: &[],
        summary: &[],
        payload: &payload::DATA.info,
        list: None,
        rows: &[],
    };

    /// Every table that a section of it can have, that of the fixed part first.
    pub fn all_tables(&self) -> impl Iterator<Item = &'static [FieldInfo]> + use<> {
        core::iter::once(self.fields).chain(self.tables.iter().copied()).chain(self.lists.iter().copied())
    }

    /// Whether a field of this name can stand in one header more than once.
    pub fn repeats(&self, name: &str) -> bool {
        let times = |table: &[FieldInfo]| table.iter().filter(|field| field.name == name).count();
        self.lists.iter().any(|table| times(table) > 0) || self.all_tables().any(|table| times(table) > 1)
    }
}

/// The length that a header claims for itself and what it carries.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The field that says so; findings name it when it limits what is inside.
    pub field: &'static FieldInfo,
    /// What the field claims.
    pub bytes: fn(&[u8]) -> Claimed,
    /// The code of the finding when that reaches beyond what encloses the layer.
    pub beyond: &'static str,
}

/// A header taken off: what it carries, and what leads on. `N` is the kind of number that says so.
#[derive(Clone, Copy, Debug)]
pub struct Peel<'a, N> {
    /// Length of the header in bytes.
    pub header: usize,
    /// What it carries, up to the end that it claims, if that lies within the bytes given.
    pub content: &'a [u8],
    /// Bytes behind the content that belong to the header too: the extension structure behind what an ICMP error
    /// quotes.
    pub tail: usize,
    /// What says which header comes next; `None` where nothing follows but payload.
    pub next: Option<N>,
}

impl<'a, N> Peel<'a, N> {
    /// The same with the number that leads on turned into another.
    #[inline(always)]
    pub fn map<M>(self, lead: impl FnOnce(N) -> M) -> Peel<'a, M> {
        Peel { header: self.header, content: self.content, tail: self.tail, next: self.next.map(lead) }
    }
}

/// What can lead to the next header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// An EtherType.
    EtherType(u16),
    /// An IP protocol number.
    IpProtocol(u8),
    /// UDP ports, source and destination.
    Udp(u16, u16),
    /// TCP ports, source and destination.
    Tcp(u16, u16),
    /// A certain kind of header.
    Kind(Kind),
}

impl From<Kind> for Next {
    fn from(kind: Kind) -> Self {
        Self::Kind(kind)
    }
}

/// The ports of a TCP header, source and destination: what leads on from there. As an EtherType, it has a type of its own: a [`Next`]
/// that has to be looked at costs twenty instructions a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpPorts(pub u16, pub u16);

impl From<TcpPorts> for Next {
    #[inline(always)]
    fn from(TcpPorts(source, destination): TcpPorts) -> Self {
        Self::Tcp(source, destination)
    }
}

/// The ports of a UDP header, source and destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpPorts(pub u16, pub u16);

impl From<UdpPorts> for Next {
    #[inline(always)]
    fn from(UdpPorts(source, destination): UdpPorts) -> Self {
        Self::Udp(source, destination)
    }
}

/// A stretch of a header that is described by one table.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// The table; its bit positions count from `start`.
    pub fields: &'static [FieldInfo],
    /// First byte in the header.
    pub start: usize,
    /// Length in bytes.
    pub length: usize,
    /// Byte of the header from which the pointers of the names in it count. Where that is `start`, names do not point, and end with
    /// the section.
    pub origin: usize,
}

/// Where the walk over a header's sections stands. A protocol's `sections` function moves it; `phase`, `item`
/// and `until` are for its own use.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    /// The next byte of the header.
    pub at: usize,
    /// What comes next, within one item of a list.
    pub phase: u8,
    /// The end of the item that the walk is in.
    pub until: usize,
    /// Where the item that the walk is in began.
    pub item: usize,
    /// Byte of the header from which the pointers of names count.
    pub origin: usize,
    /// Of a list whose items are rows of parts: the number of the item, where its data begins and ends, and the number of the part.
    pub index: usize,
    /// See `index`.
    pub begin: usize,
    /// See `index`.
    pub end: usize,
    /// See `index`.
    pub part: u8,
    /// The lists around the one that the walk is in; see [`tlv::Nested`].
    pub(crate) around: tlv::Around,
}

impl Cursor {
    /// A walk that begins behind the fixed part.
    pub const fn new(at: usize) -> Self {
        Self {
            at,
            phase: 0,
            until: 0,
            item: 0,
            origin: 0,
            index: 0,
            begin: 0,
            end: 0,
            part: 0,
            around: tlv::Around::NONE,
        }
    }

    /// Gives the next `length` bytes as a section, and moves on.
    pub fn take(&mut self, fields: &'static [FieldInfo], length: usize) -> Option<Section> {
        let start = self.at;
        self.at = start.checked_add(length)?;
        Some(Section { fields, start, length, origin: self.origin })
    }

    /// Gives a section over the next `length` bytes without moving on: a group around what comes next.
    pub fn hold(&self, fields: &'static [FieldInfo], length: usize) -> Option<Section> {
        Some(Section { fields, start: self.at, length, origin: self.origin })
    }

    /// Gives a section whose table counts from the header's start, up to byte `end`: what the fixed part goes
    /// on with once it has said of which type the header is.
    pub fn go_on(&mut self, fields: &'static [FieldInfo], end: usize) -> Option<Section> {
        self.at = end;
        Some(Section { fields, start: 0, length: end, origin: self.origin })
    }
}

/// The checksum of a protocol: where it stands and what it covers. Verifying and building both read this.
#[derive(Clone, Copy, Debug)]
pub struct Checksum {
    /// The field that holds it, in the fixed part.
    pub field: &'static FieldInfo,
    /// How it is computed.
    pub algorithm: Algorithm,
    /// The bytes that it covers.
    pub cover: Cover,
    /// The protocol number in the pseudo-header; `None` if it covers none.
    pub pseudo: Option<u8>,
    /// Zero means that there is none, and a sum of zero is written as all ones (UDP).
    pub optional: bool,
    /// The code of the finding when it is wrong.
    pub bad: &'static str,
    /// The code of the finding when it was not filled in.
    pub offload: &'static str,
}

/// How a checksum is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// The Internet checksum (RFC 1071), 16 bits.
    Internet,
    /// CRC-32C, 32 bits, least significant byte first (RFC 9260 appendix A).
    Crc32c,
}

/// What a checksum covers.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Cover {
    /// The header.
    Header,
    /// The header and all that it carries.
    Layer,
    /// As much as the header claims.
    Claim,
    /// As many bytes of the layer as this says; `None` if it says what cannot be.
    Part(fn(&[u8]) -> Option<usize>),
}

impl Checksum {
    /// The bytes of a layer that it covers; `None` if a length is wrong or they are not all there.
    #[inline]
    pub fn covered<'a>(&self, protocol: &Protocol, scope: &Scope<'a>) -> Option<&'a [u8]> {
        let covered = match self.cover {
            Cover::Header => Some((protocol.needed)(scope.bytes)).filter(|needed| *needed <= scope.header),
            Cover::Layer => scope.missing.is_none().then_some(scope.bytes.len()),
            Cover::Claim => match protocol.claim.map(|claim| (claim.bytes)(scope.bytes)) {
                Some(Claimed::Bytes(bytes)) => Some(bytes),
                _ => None,
            },
            Cover::Part(part) => part(scope.bytes),
        };
        scope.bytes.get(..covered?)
    }

    /// The length that stands in the pseudo-header of a layer: where a part of it is covered, still that of the whole
    /// (RFC 3828 section 3.1).
    #[inline(always)]
    pub fn pseudo_length(&self, layer: usize, covered: usize) -> usize {
        if matches!(self.cover, Cover::Part(_)) { layer } else { covered }
    }

    /// How many bytes of a layer it covers, as far as they are there.
    pub fn extent(&self, protocol: &Protocol, scope: &Scope<'_>) -> usize {
        let extent = match self.cover {
            Cover::Header => scope.header,
            Cover::Layer => scope.bytes.len(),
            Cover::Claim => match protocol.claim.map(|claim| (claim.bytes)(scope.bytes)) {
                Some(Claimed::Bytes(bytes)) => bytes,
                _ => scope.bytes.len(),
            },
            Cover::Part(part) => part(scope.bytes).unwrap_or(scope.bytes.len()),
        };
        extent.min(scope.bytes.len())
    }

    /// The sum of the pseudo-header with this length in it: zero if it covers none, `None` if the addresses
    /// are not known.
    #[inline(always)]
    pub fn pseudo_sum(&self, pseudo: Option<Pseudo>, length: usize) -> Option<Sum> {
        match self.pseudo {
            None => Some(Sum::ZERO),
            Some(number) => Some(pseudo?.sum(number, u32::try_from(length).unwrap_or(0))),
        }
    }

    /// The value that fits the covered bytes: the one that stands there, if that does.
    #[inline(always)]
    pub fn compute(&self, pseudo: Sum, bytes: &[u8]) -> u32 {
        match self.algorithm {
            Algorithm::Internet => {
                let start = usize::from(self.field.start) / 8;
                let field = bytes.get(start..).and_then(|rest| rest.first_chunk());
                let found = field.map_or(0, |field| u16::from_be_bytes(*field));
                let sum = pseudo.bytes(bytes);
                if sum.fold() == 0xffff && !(self.optional && found == 0) {
                    return u32::from(found);
                }
                // To take the field out of the sum is to add its complement.
                match sum.word(!found).checksum() {
                    0 if self.optional => 0xffff,
                    // Nothing but zeros: the complement of zero.
                    0 if pseudo == Sum::ZERO && zero_but(bytes, start) => 0xffff,
                    checksum => u32::from(checksum),
                }
            }
            Algorithm::Crc32c => self.crc32c(bytes),
        }
    }

    #[inline(never)]
    fn crc32c(&self, bytes: &[u8]) -> u32 {
        let start = usize::from(self.field.start) / 8;
        let (before, rest) = bytes.split_at_checked(start).unwrap_or((bytes, &[]));
        let zeros = checksum::crc32c(checksum::crc32c(0, before), &[0; 4]);
        checksum::crc32c(zeros, rest.get(4..).unwrap_or(&[])).swap_bytes()
    }

    /// What can be said of the checksum in a layer; `None` if the header is cut before it.
    pub fn verdict(&self, protocol: &Protocol, scope: &Scope<'_>) -> Option<Verdict> {
        let Value::Number(found) = self.field.read(scope.header_bytes())? else { return None };
        let found = found as u32;
        if self.optional && found == 0 {
            return Some(Verdict::Absent);
        }
        if scope.fragment && !matches!(self.cover, Cover::Header) {
            return Some(Verdict::Unchecked(Reason::Fragment));
        }
        let Some(bytes) = self.covered(protocol, scope) else {
            return Some(Verdict::Unchecked(scope.missing.unwrap_or(Reason::Length)));
        };
        if matches!((self.cover, self.pseudo, scope.missing), (Cover::Part(_), Some(_), Some(_))) {
            return Some(Verdict::Unchecked(scope.missing.unwrap_or(Reason::Length)));
        }
        let length = self.pseudo_length(scope.bytes.len(), bytes.len());
        let Some(pseudo) = self.pseudo_sum(scope.pseudo, length) else {
            return Some(Verdict::Unchecked(Reason::Addresses));
        };
        Some(match self.compute(pseudo, bytes) {
            right if right == found => Verdict::Ok,
            _ if self.pseudo.is_some() && found == u32::from(pseudo.fold()) => Verdict::Unfilled,
            // What is quoted may have been changed on its way, and an error may carry more behind it.
            _ if scope.quoted => Verdict::Unchecked(Reason::Quoted),
            right => Verdict::Bad { found, right },
        })
    }
}

/// Whether all bytes but the two at `at` are zero: then the sum is zero, and its complement all ones.
pub(crate) fn zero_but(bytes: &[u8], at: usize) -> bool {
    bytes.iter().enumerate().all(|(place, byte)| *byte == 0 || place.wrapping_sub(at) < 2)
}

/// A value that is computed, and stands in no bits.
#[derive(Clone, Copy, Debug)]
pub struct Generated {
    /// Its name and label.
    pub info: FieldInfo,
    /// Computes it; `None` where it has no meaning.
    pub value: for<'a> fn(&Scope<'a>) -> Option<Value<'a>>,
}
