//! Filters: which packets are wanted, in the language of Wireshark's display filters or in the common words of BPF.
//!
//! ```
//! use layercake::filter::Filter;
//! use layercake::packet::{Decoder, Frame};
//! use layercake::wire::{ipv4::Ipv4, tcp::Tcp};
//!
//! let filter = Filter::parse("tcp.port == 443 && ip.src == 10.0.0.0/8")?;
//! let words = Filter::parse("tcp port 443 and ip src net 10.0.0.0/8")?;
//! assert_eq!(words.display(), "tcp.port == 443 and ip.src == 10.0.0.0/8");
//!
//! let mut buffer = [0; 40];
//! let cake = Ipv4::new([10, 1, 2, 3].into(), [192, 0, 2, 2].into()) / Tcp::new(50000, 443);
//! let packet = Decoder::new().packet(Frame::raw(cake.write(&mut buffer)?));
//! assert!(filter.matches(&packet) && words.matches(&packet));
//!
//! let bad = Filter::parse("tcp.prot == 443").unwrap_err();
//! assert_eq!(bad.span, 0..8);
//! assert_eq!(bad.to_string(), "tcp has no field 'tcp.prot'; did you mean tcp.port?");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The names are those of all fields and protocols of the registry. A field can be in a packet several times: `==` and the others hold if they
//! hold for any of them, `!=` if none is equal; `any` and `all` in front, or `!==` and `===`, say otherwise.
//!
//! | | |
//! |---|---|
//! | is there | `tcp`, `vlan`, `tcp.options.mss` |
//! | compare | `==` `!=` `<` `<=` `>` `>=`, or `eq` `ne` `lt` `le` `gt` `ge` |
//! | join | `&&` `\|\|` `!`, or `and` `or` `not`; `and` binds closer than `or` |
//! | sets | `tcp.port in {80, 443, 8000..8080}`, `ip.proto not in {6, 17}` |
//! | prefixes | `ip.addr == 10.0.0.0/8`, `ipv6.src == fe80::/10` |
//! | bytes | `eth.src[0:3] == 00:11:22`, `tcp[13] & 2`, `tcp.payload contains "GET"`, `frame matches "user=\\w+"` |
//! | bits | `tcp.flags & 0x12`, `tcp.flags & 0x12 == 2`, `tcp.flags.syn == 1` |
//! | layers | `ip#2.src == 10.0.0.1`, or `ip.src#2`: of the second IP header; `#[-1]` is the last |
//! | sums | `ip.len - ip.hdr_len > 1000`, `len(tcp.payload) == 5`, `count(vlan.id) == 2` |
//!
//! Of fields that are there several times, all values are combined. A sum of several fields, or `contains` with a field on
//! both sides, looks at no more than 65,536 combinations of distinct values of a packet, where bytes count as one value for
//! every 256 of them: a test that needs more does not hold, whatever the values are. Comparing has no such limit.
//!
//! The words of BPF are turned into such a filter; as everything here, it looks at all layers, where tcpdump's looks at the outermost.
//!
//! - `token`, `parse`: from text to a tree; `words` puts BPF into that language.
//! - `catalogue`, `literal`, `check`: what the names stand for, the values, and whether they fit.
//! - `run`: on a packet. `explain`: for people. `term`: the values of a field, for those who want no test.

pub(crate) mod catalogue;
mod check;
mod explain;
mod literal;
mod parse;
mod run;
#[cfg(feature = "assertion")]
pub(crate) mod term;
mod token;
mod words;

use std::fmt;
use std::str::FromStr;

pub use crate::mistake::Mistake as BadFilter;
pub use explain::Explanation;
#[cfg(feature = "assertion")]
pub(crate) use parse::Relation;

use crate::packet::Packet;
use crate::time::Time;

/// Which packets are wanted.
#[derive(Clone, Debug)]
pub struct Filter {
    text: String,
    language: Language,
    also_words: bool,
    /// The text as a display filter.
    display: String,
    node: check::Node,
}

/// What a filter was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// Wireshark's display filters.
    Display,
    /// The words of BPF, as tcpdump has them.
    Words,
}

/// What a capture says of a packet, for `frame.number` and the like; what is not known is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its number, from 1.
    pub number: Option<u64>,
    /// When it was captured.
    pub time: Option<Time>,
    /// When the first packet of the file was.
    pub first: Option<Time>,
    /// When the one before it was.
    pub previous: Option<Time>,
    /// The interface it was captured on.
    pub interface: Option<u32>,
}

impl Filter {
    /// Reads a filter: as a display filter if it is one, or else as words of BPF.
    ///
    /// # Errors
    /// [`BadFilter`] says what is wrong, and where. If the text is neither, it is about the language in which more of it makes sense.
    pub fn parse(text: &str) -> Result<Self, BadFilter> {
        let words = words::to_display(text);
        let read = |display: &str| parse::parse(display).and_then(|tree| check::check(&tree, display));
        let made = |language, display: String, node| Self {
            text: text.to_owned(),
            language,
            also_words: words.is_ok(),
            display,
            node,
        };
        match (read(text), &words) {
            (Ok(node), _) => Ok(made(Language::Display, text.to_owned(), node)),
            (Err(bad), Ok(display)) => match read(display) {
                Ok(node) => Ok(made(Language::Words, display.clone(), node)),
                Err(_) => Err(bad),
            },
            (Err(bad), Err(other)) => {
                let further = other.span.start > bad.span.start;
                let helps = other.span.start == bad.span.start && !other.suggestions.is_empty();
                let helps = helps && bad.suggestions.is_empty();
                Err(if further || helps || words::are_meant(text) { other.clone() } else { bad })
            }
        }
    }

    /// The same where a flag by itself means that it is set, and not that it is there.
    #[cfg(feature = "assertion")]
    pub(crate) fn with_flags_set(mut self) -> Self {
        self.node.flags_are_set();
        self
    }

    /// Whether a packet is wanted. Nothing is known of its capture: see [`Filter::matches_from`].
    pub fn matches<B: AsRef<[u8]>>(&self, packet: &Packet<B>) -> bool {
        self.matches_from(packet, &Origin::default())
    }

    /// Whether a packet is wanted, with what its capture says of it.
    pub fn matches_from<B: AsRef<[u8]>>(&self, packet: &Packet<B>, origin: &Origin) -> bool {
        self.node.holds(run::View { packet, origin })
    }

    /// What it was written in.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The filter as a display filter, which is what was written unless that was words of BPF.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// How it was read, as a tree with the tests in their order.
    pub fn explain(&self) -> Explanation<'_> {
        Explanation(self)
    }

    /// Every name that a filter can have: of fields, of protocols, and of what is known of the frame.
    pub fn names() -> impl Iterator<Item = &'static str> {
        catalogue::names().into_iter()
    }
}

/// As it was written.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Filter {
    type Err = BadFilter;

    fn from_str(text: &str) -> Result<Self, BadFilter> {
        Self::parse(text)
    }
}
