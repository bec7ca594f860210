//! What is wrong with a packet, and what can be said of its checksums.

use core::fmt;

use crate::checksum::Pseudo;
use crate::field::FieldInfo;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Odd, but legal or harmless.
    Warning,
    /// Against the specification.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that is wrong with a packet, or worth knowing: what, where, and against which limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable code: `ip.checksum.bad`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The layer it is in, counted from 0.
    pub layer: usize,
    /// The field it is about.
    pub field: Option<&'static str>,
    /// First bit; of the layer while a check makes it, of the frame once the packet gives it out.
    pub start: u32,
    /// Number of bits.
    pub bits: u32,
    /// What is wrong, in words, without the figures.
    pub text: &'static str,
    /// The figures.
    pub detail: Detail,
}

/// The figures of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// None.
    None,
    /// A length does not fit.
    Length {
        /// Bytes that are claimed or needed.
        needed: u64,
        /// Bytes that are there.
        available: u64,
        /// The field that set the limit; `None` for the end of the captured bytes.
        limit: Option<&'static str>,
    },
    /// A number that it is about.
    Number(u64),
    /// A value should be another.
    Value {
        /// What is there.
        found: u64,
        /// What would be right.
        right: u64,
    },
    /// A value is out of its range.
    Range {
        /// What is there.
        found: u64,
        /// The least that is allowed.
        least: u64,
    },
}

impl Finding {
    /// A finding about one field of the header.
    pub const fn at(field: &FieldInfo, code: &'static str, severity: Severity, text: &'static str) -> Self {
        let (start, bits) = (field.start as u32, field.bits as u32);
        Self { code, severity, layer: 0, field: Some(field.name), start, bits, text, detail: Detail::None }
    }

    /// The same with a claimed length and what there is.
    #[must_use]
    pub const fn length(mut self, needed: usize, available: usize, limit: Option<&'static str>) -> Self {
        self.detail = Detail::Length { needed: needed as u64, available: available as u64, limit };
        self
    }

    /// The same with a least value.
    #[must_use]
    pub const fn range(mut self, found: u64, least: u64) -> Self {
        self.detail = Detail::Range { found, least };
        self
    }

    /// The same with the right value.
    #[must_use]
    pub const fn value(mut self, found: u64, right: u64) -> Self {
        self.detail = Detail::Value { found, right };
        self
    }

    /// The same about a place of its own: `start` and `length` in bytes of the header.
    #[must_use]
    pub const fn place(mut self, start: usize, length: usize) -> Self {
        self.start = (start as u32).saturating_mul(8);
        self.bits = (length as u32).saturating_mul(8);
        self
    }

    /// First byte of the frame that it is about.
    pub const fn offset(&self) -> usize {
        (self.start / 8) as usize
    }

    /// Number of bytes that it is about.
    pub const fn byte_length(&self) -> usize {
        let end = self.start.saturating_add(self.bits).div_ceil(8) as usize;
        if self.bits == 0 { 0 } else { end.saturating_sub(self.offset()) }
    }
}

impl fmt::Display for Finding {
    /// The message: what is wrong and the figures.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)?;
        match self.detail {
            Detail::None => Ok(()),
            Detail::Length { needed, available, limit: Some(limit) } => {
                write!(f, ": {needed} bytes needed, {available} there by {limit}")
            }
            Detail::Length { needed, available, limit: None } => {
                write!(f, ": {needed} bytes needed, {available} there")
            }
            Detail::Number(number) => write!(f, ": {number}"),
            Detail::Value { found, right } => write!(f, ": 0x{found:04x}, should be 0x{right:04x}"),
            Detail::Range { found, least } => write!(f, ": {found}, at least {least} expected"),
        }
    }
}

/// What a check sees of its layer: its bytes, and what the headers around it decide.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The layer, header and content, as far as it is there.
    pub bytes: &'a [u8],
    /// Length of the header in `bytes`.
    pub header: usize,
    /// Bytes that the enclosing layer leaves for this one, from its start.
    pub room: usize,
    /// The field of an enclosing layer that ends the room; `None` if the frame's end does.
    pub limit: Option<&'static str>,
    /// The addresses that a checksum covers; `None` if there are none, or if what they are cannot be known.
    pub pseudo: Option<Pseudo>,
    /// The time to live of the enclosing IPv4 header, or the hop limit of the enclosing IPv6 header.
    pub hop_limit: Option<u8>,
    /// The enclosing IP header is of version 6.
    pub over_ipv6: bool,
    /// An enclosing IP packet is a fragment.
    pub fragment: bool,
    /// The layer is quoted in an ICMP error, which may cut it anywhere.
    pub quoted: bool,
    /// Why bytes at the layer's end may be missing: an enclosing header claims more than there is.
    pub missing: Option<Reason>,
}

impl<'a> Scope<'a> {
    /// The scope of what lies in `bytes`, with nothing around it.
    #[inline]
    pub const fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            header: 0,
            room: bytes.len(),
            limit: None,
            pseudo: None,
            hop_limit: None,
            over_ipv6: false,
            fragment: false,
            quoted: false,
            missing: None,
        }
    }

    /// The header's bytes.
    #[inline]
    pub fn header_bytes(&self) -> &'a [u8] {
        self.bytes.get(..self.header).unwrap_or(self.bytes)
    }

    /// What the header carries.
    #[inline]
    pub fn content(&self) -> &'a [u8] {
        self.bytes.get(self.header..).unwrap_or(&[])
    }

    /// Whether bytes may be missing for a reason that is nobody's fault.
    pub fn excused(&self) -> bool {
        self.fragment || self.quoted || self.missing.is_some_and(|reason| reason != Reason::Length)
    }
}

/// A check: one thing that can be wrong with a header.
pub type Check = fn(&Scope<'_>) -> Option<Finding>;

/// What can be said of a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Ok,
    /// It is wrong.
    Bad {
        /// What is there.
        found: u32,
        /// What would be right.
        right: u32,
    },
    /// The sender did not compute one (UDP over IPv4 may leave it zero).
    Absent,
    /// It is the sum of the pseudo-header alone: left for the network card to fill in (checksum offload).
    Unfilled,
    /// It cannot be checked.
    Unchecked(Reason),
}

/// Why a checksum cannot be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The packet is a fragment.
    Fragment,
    /// The capture cut the packet.
    Cut,
    /// The packet is quoted in an ICMP error and is not whole there.
    Quoted,
    /// A length field is wrong, so what the checksum covers is not known.
    Length,
    /// The addresses that it covers are not known.
    Addresses,
    /// What a TCP segment carries may go on in the next one.
    Segment,
}

impl Reason {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Fragment => "a fragment",
            Self::Cut => "cut by the capture",
            Self::Quoted => "quoted in part",
            Self::Length => "a length is wrong",
            Self::Addresses => "the addresses that it covers are not known",
            Self::Segment => "it may go on in the next segment",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("correct"),
            Self::Bad { right, .. } => write!(f, "wrong, should be 0x{right:04x}"),
            Self::Absent => f.write_str("absent"),
            Self::Unfilled => f.write_str("not filled in (offload)"),
            Self::Unchecked(reason) => write!(f, "unchecked: {}", reason.text()),
        }
    }
}

/// The codes of all findings that what is built in can have, in alphabetical order: for those who choose some of them. A test
/// asks of every finding whether it is one.
pub const CODES: &[&str] = &[
    "arp.hw.size.bad",
    "decode.looks",
    "dhcp.cookie.none",
    "dhcp.end.none",
    "dhcp.hw.len.bad",
    "dhcp.option.length.bad",
    "dhcp.option.length.unfit",
    "dhcp.option.overload.bad",
    "dhcp.type.none",
    "dhcpv6.client_id.missing",
    "dhcpv6.name.bad",
    "dhcpv6.option_length.bad",
    "dhcpv6.option_length.wrong",
    "dhcpv6.relay_message.missing",
    "dhcpv6.server_id.missing",
    "dhcpv6.server_id.unexpected",
    "dns.cut",
    "dns.data.bad",
    "dns.name.bad",
    "dns.surplus",
    "eth.fcs.bad",
    "eth.len.beyond",
    "eth.src.group",
    "header.cut",
    "icmp.checksum.bad",
    "icmp.checksum.offload",
    "icmp.ext.checksum.bad",
    "icmp.ext.checksum.offload",
    "icmp.ext.length.bad",
    "icmp.ext.version.bad",
    "icmp.length.beyond",
    "icmpv6.checksum.bad",
    "icmpv6.checksum.offload",
    "icmpv6.length.beyond",
    "icmpv6.nd.code.bad",
    "icmpv6.nd.hlim.bad",
    "icmpv6.opt.len.bad",
    "igmp.checksum.bad",
    "igmp.checksum.offload",
    "igmp.maddr.bad",
    "igmp.ttl.bad",
    "ip.checksum.bad",
    "ip.checksum.offload",
    "ip.flags.rb.set",
    "ip.hdr_len.bad",
    "ip.len.bad",
    "ip.len.beyond",
    "ip.len.zero",
    "ip.opt.len.bad",
    "ip.opt.ptr.bad",
    "ip.version.bad",
    "ipv6.opt.len.bad",
    "ipv6.plen.beyond",
    "ipv6.plen.zero",
    "ipv6.routing.deprecated",
    "ipv6.version.bad",
    "layers.limit",
    "link.unknown",
    "mip6.csum.bad",
    "mip6.csum.offload",
    "mip6.hlen.bad",
    "mip6.opt.len.bad",
    "nbns.cut",
    "nbns.data.bad",
    "nbns.name.bad",
    "nbns.surplus",
    "nflog.tlv_length.bad",
    "nflog.tlv_length.beyond",
    "pppoe.payload_length.beyond",
    "pppoe.version.bad",
    "pppoed.tag_length.bad",
    "rip.metric.bad",
    "rip.netmask.bad",
    "rip.version.bad",
    "sctp.cause_length.bad",
    "sctp.checksum.bad",
    "sctp.checksum.offload",
    "sctp.checksum.zero",
    "sctp.chunk.bundled",
    "sctp.chunk_length.bad",
    "sctp.data.empty",
    "sctp.parameter_length.bad",
    "sctp.verification_tag.init",
    "sll.halen.long",
    "tcp.checksum.bad",
    "tcp.checksum.offload",
    "tcp.flags.syn_fin",
    "tcp.hdr_len.bad",
    "tcp.option_len.bad",
    "tcp.urgent_pointer.unused",
    "udp.checksum.bad",
    "udp.checksum.offload",
    "udp.checksum.zero",
    "udp.checksum_coverage.bad",
    "udp.checksum_coverage.beyond",
    "udp.length.bad",
    "udp.length.beyond",
    "udp.length.surplus",
    "vlan.len.beyond",
    "vxlan.flag_i.unset",
    "vxlan.i_bit.unset",
    "vxlan.p_bit.unset",
];
