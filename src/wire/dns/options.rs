//! The options of EDNS, [RFC 6891 section 6.1.2](https://www.rfc-editor.org/rfc/rfc6891#section-6.1.2).

use crate::field::tlv::{OptionKind, Options, Rules};
use crate::names::EdnsOption;

crate::fields! {
    /// Code and length.
    pub mod head in "RFC 6891 section 6.1.2" {
        tile CODE: EdnsOption = 0..16, "dns.opt.code", "Option code";
        tile LENGTH: u16 = 16..32, "dns.opt.len", "Option length";
    }
}
crate::fields! {
    /// The group around an option.
    pub mod group in "RFC 6891 section 6.1.2" {
        group OPTION: [u8; 0] = 0..0, "dns.opt", "Option";
    }
}
crate::fields! {
    /// What the table of an option does not describe.
    pub mod other in "RFC 6891 section 6.1.2" {
        tile DATA: [u8; 0] = 0..0, "dns.opt.data", "Option data";
    }
}

/// Two bytes of code, two of length, which counts the data.
pub const RULES: Rules = Rules { counts: 0, align: 1, ..Rules::WORDS };

const OTHER: OptionKind = OptionKind { group: group::FIELDS, first: other::FIELDS, ..OptionKind::PLAIN };

/// All of them.
pub static OPTIONS: Options =
    Options { rules: RULES, head: head::FIELDS, alone: &[], kinds: &[], other: OTHER, padding: &[] };
