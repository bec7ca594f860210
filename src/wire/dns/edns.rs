//! What OPT says: the extension mechanism, [RFC 6891](https://www.rfc-editor.org/rfc/rfc6891).

use crate::names::{DnsClass, DnsType};
use crate::wire::dns::{Dns, Place};

/// What the OPT of a message says, without its options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edns {
    /// The longest datagram that its sender takes, in bytes; less than 512 means 512 (section 6.2.3).
    pub payload_size: u16,
    /// The upper eight bits of the result, whose lower four are in the header.
    pub extended_rcode: u8,
    /// Its version; 0 is all there is.
    pub version: u8,
    /// Answers with signatures are wanted (RFC 3225).
    pub dnssec_ok: bool,
}

impl Edns {
    /// What it takes in a message: the root, type, class, time to live, and a length.
    pub const LEN: usize = 11;

    /// Class and time to live of the record that says it.
    pub(super) fn words(self) -> (DnsClass, u32) {
        let flags = if self.dnssec_ok { 0x80 } else { 0 };
        (DnsClass(self.payload_size), u32::from_be_bytes([self.extended_rcode, self.version, flags, 0]))
    }
}

impl Dns<&[u8]> {
    /// What its OPT says; `None` if it has none. More than one, or one that is not at the root, is for [`Dns::records`] to find.
    pub fn edns(&self) -> Option<Edns> {
        let opt = self
            .records()
            .find(|record| record.place == Place::Additional && record.record_type == DnsType::OPT)?;
        let [extended_rcode, version, flags, _] = opt.ttl.to_be_bytes();
        Some(Edns { payload_size: opt.class.0, extended_rcode, version, dnssec_ok: flags & 0x80 != 0 })
    }
}
