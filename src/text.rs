//! Text to packets: whatever people paste.
//!
//! ```
//! use layercake::names::LinkType;
//! use layercake::text::{Options, read};
//!
//! let text = "IP 192.0.2.1.53 > 192.0.2.2.53: UDP, length 0
//!     0x0000:  4500 001c 0001 0000 4011 f6cc c000 0201  E.......@.......
//!     0x0010:  c000 0202 0035 0035 0008 0000            .....5.5....";
//! let reading = read(text, &Options::default())?;
//! assert_eq!(reading.packets[0].bytes.len(), 28);
//! assert_eq!(reading.link, LinkType::RAW);
//! assert_eq!(reading.to_string(), "tcpdump -X, 1 packet, 28 bytes, starts at IPv4");
//!
//! assert_eq!(read("45:00:00:1c", &Options::default())?.packets[0].bytes, [0x45, 0x00, 0x00, 0x1c]);
//!
//! let error = read("45 00 0g", &Options::default()).unwrap_err();
//! assert_eq!(error.span, 6..8);
//! # Ok::<(), layercake::text::BadText>(())
//! ```
//!
//! Nobody says which format a text is in, so every reading that the text allows is made, and the best one is taken. What
//! speaks for a reading is the text itself (offsets that count on from row to row, a column of characters that says the same as the
//! bytes) and the decoder (checksums that are right, lengths that fit). [`Reading`] says what was decided, [`Options`] decide otherwise.
//!
//! | file | what it does |
//! |---|---|
//! | `reading` | what a text was read as, and why one cannot be read |
//! | `clean` | takes off what mail, terminals and word processors have done to lines |
//! | `words` | the grammar of words: digits, offsets, groups of digits joined by something |
//! | `rows` | dumps with offsets: which word of each line is its offset, and how many bytes it has |
//! | `dump` | rows to packets: where one ends and the next begins, rows left out, bytes in the other order |
//! | `column` | the column of characters beside the bytes |
//! | `plain` | hex without offsets, and base64 |
//! | `literals` | lists and strings of programming languages |
//! | `can` | frames of CAN, a line each |
//! | `heads` | the lines around a packet: times, directions, titles, how many bytes it says there are |
//! | `score` | what the decoder says of a reading |
//! | `expression` | packets as expressions, in and out (feature `expression`) |
//! | [`json`] | packets from their JSON (feature `json`) |
#![deny(clippy::arithmetic_side_effects)]

mod can;
mod clean;
mod column;
mod dump;
#[cfg(feature = "expression")]
pub mod expression;
mod heads;
#[cfg(feature = "json")]
pub mod json;
mod literals;
mod plain;
mod reading;
mod rows;
mod score;
mod words;

pub use reading::{BadText, Direction, Format, Offsets, Options, Order, Pasted, Problem, Reading};

use reading::Candidate;

/// Reads all packets of a text.
///
/// # Errors
/// [`BadText`] says why there is none in it, and where to look.
pub fn read(text: &str, options: &Options) -> Result<Reading, BadText> {
    let lines = clean::lines(text);
    let mut candidates: alloc::vec::Vec<Candidate> = alloc::vec::Vec::new();
    let wanted = |format| options.format.is_none_or(|wanted| wanted == format);
    if wanted(Format::String) {
        candidates.extend(literals::strings(&lines));
    }
    if wanted(Format::List) {
        candidates.extend(literals::lists(&lines));
    }
    if wanted(Format::Dump) {
        candidates.extend(rows::read(&lines, options));
    }
    if wanted(Format::Hex) {
        candidates.extend(plain::hex(&lines, options));
        candidates.extend(can::frames(&lines));
    }
    if wanted(Format::Base64) {
        candidates.extend(plain::base64(&lines));
    }
    score::best(candidates, options)
        .map(|(candidate, start)| heads::finish(candidate, &start, &lines, options))
        .filter(|reading| !reading.packets.is_empty())
        .ok_or_else(|| plain::explain(text, options))
}
