//! What is not to be compared: patterns of names.

use std::fmt;

use crate::field::{FieldInfo, Role};
use crate::near::{self, is_like};
use crate::packet::{Rule, registry};
use crate::wire::data;

/// Names of fields that are not compared, with `*` for any letters: `ip.id`, `*.checksum`, `tcp.options.timestamp.*`.
///
/// The name of a group, of a layer, or of another reading of the same bits means all that lies in it: `tcp.flags` the flags, `vlan` the
/// tag, `ip.addr` both addresses.
///
/// ```
/// use layercake::diff::Ignore;
///
/// let ignore: Ignore = "ip.id, *.checksum".parse()?;
/// assert!(ignore.names("udp.checksum") && !ignore.names("ip.ttl"));
///
/// let bad = "ip.idd".parse::<Ignore>().unwrap_err();
/// assert_eq!(bad.to_string(), "no field is called 'ip.idd'; did you mean ip.id or ip.addr?");
/// # Ok::<(), layercake::diff::BadPattern>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore(Vec<String>);

impl Ignore {
    /// Reads patterns with commas between them.
    ///
    /// # Errors
    /// [`BadPattern`] is the first that can match nothing.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        Self::parse_with(text, &[])
    }

    /// The same where rules lead to headers of the user's.
    ///
    /// # Errors
    /// [`BadPattern`] is the first that can match nothing.
    pub fn parse_with(text: &str, rules: &[Rule]) -> Result<Self, BadPattern> {
        let mut patterns = Vec::new();
        for pattern in text.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()) {
            if !names(rules).any(|(name, compared)| compared && is_like(pattern, name)) {
                return Err(BadPattern::new(pattern, rules));
            }
            patterns.push(pattern.to_owned());
        }
        Ok(Self(patterns))
    }

    /// The patterns of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a name is one of those that are not compared.
    pub fn names(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| is_like(pattern, name))
    }
}

impl std::str::FromStr for Ignore {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        Self::parse(text)
    }
}

/// A pattern that matches nothing that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPattern {
    /// The pattern.
    pub pattern: String,
    /// Names that may have been meant, the likeliest first.
    pub suggestions: Vec<String>,
    /// There is such a field, and it is computed from others.
    computed: bool,
}

impl BadPattern {
    fn new(pattern: &str, rules: &[Rule]) -> Self {
        let computed = names(rules).any(|(name, compared)| !compared && is_like(pattern, name));
        let compared = names(rules).filter(|(_, compared)| *compared).map(|(name, _)| name);
        let suggestions = if computed { Vec::new() } else { near::nearest(pattern, compared) };
        Self { pattern: pattern.to_owned(), suggestions, computed }
    }
}

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pattern = self.pattern.escape_debug();
        match self.computed {
            true => write!(f, "'{pattern}' is computed from other fields, and is not compared anyway")?,
            false if pattern.to_string().contains('*') => write!(f, "no field has a name like '{pattern}'")?,
            false => write!(f, "no field is called '{pattern}'")?,
        }
        match near::did_you_mean(&self.suggestions) {
            Some(question) => write!(f, "; {question}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for BadPattern {}

/// What is said of the frame as a whole, and is compared.
pub(super) const LINK: &str = "frame.link";
/// Bytes of the frame that were not captured.
pub(super) const MISSING: &str = "frame.missing";

/// The tables of what is no header.
const REST: [&[FieldInfo]; 6] = [
    data::padding::FIELDS,
    data::trailer::FIELDS,
    data::ethernet_trailer::FIELDS,
    data::frame_check_sequence::FIELDS,
    data::check_sequence::FIELDS,
    data::unparsed::FIELDS,
];

/// Every name that a pattern can match, and whether what it names is compared.
fn names(rules: &[Rule]) -> impl Iterator<Item = (&'static str, bool)> {
    let built_in = registry::KINDS.iter().filter_map(|kind| registry::built_in(*kind));
    let protocols = built_in.chain(rules.iter().filter_map(|rule| rule.protocol));
    let of_protocols = protocols.flat_map(|protocol| {
        let fields = protocol.all_tables().flatten().map(|info| (info.name, info.role != Role::Generated));
        let computed = protocol.generated.iter().map(|generated| (generated.info.name, false));
        let itself = [(protocol.prefix, true), (protocol.payload.name, true)];
        fields.chain(computed).chain(itself)
    });
    let rest = REST.iter().copied().chain([data::payload::FIELDS]).flatten().map(|info| info.name);
    let others = ["payload", "padding", "trailer", "unparsed", LINK, MISSING];
    of_protocols.chain(rest.chain(others).map(|name| (name, true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matches_nothing_is_said() {
        for good in [
            "ip.id,*.checksum,tcp.options.timestamp.*",
            "vlan",
            "padding",
            "frame.link",
            "udp.payload",
            "",
            "dns.qry",
        ] {
            assert!(Ignore::parse(good).is_ok(), "{good}");
        }
        for (bad, said) in [
            ("ip.ttll", "no field is called 'ip.ttll'; did you mean ip.ttl?"),
            ("ip.id,*.chksum", "no field has a name like '*.chksum'"),
            ("tcp.len", "'tcp.len' is computed from other fields, and is not compared anyway"),
            ("\u{1b}[31m", "no field is called '\\u{1b}[31m'"),
        ] {
            assert_eq!(Ignore::parse(bad).unwrap_err().to_string(), said);
        }
    }
}
