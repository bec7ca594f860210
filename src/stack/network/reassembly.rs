//! Fragments are put together: RFC 791 section 3.2, RFC 815, RFC 8200 section 4.5.
//!
//! ```text
//!   ┌────────────┐      ┌───────────┐
//!   │ 0    more  │      │ 1480 more │  ┌──────┐       a datagram is whole when its pieces touch each other
//!   └────────────┘      └───────────┘  │ 2960 │       and the last one, which has no more behind it, is there
//!                                      └──────┘
//! ```
//!
//! A piece that is there already is ignored. Pieces that overlap otherwise spoil the datagram, and all that still comes of it
//! (RFC 5722 for IPv6; Linux does so for IPv4 too): there is no honest sender of such.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::Config;
use crate::names::IpProtocol;
use crate::stack::{DropReason, Drops, InterfaceId};
use crate::time::Time;

/// What the fragments of one datagram have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: IpProtocol,
    pub identification: u32,
}

/// A fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub interface: InterfaceId,
    /// What stands in front of the data in the whole datagram.
    pub head: &'a [u8],
    pub data: &'a [u8],
    pub offset: usize,
    /// It is not the last one.
    pub more: bool,
    /// As it came.
    pub packet: &'a [u8],
    /// Congestion notification.
    pub ecn: u8,
}

/// A first fragment, for the error that says that the others did not come.
#[derive(Clone, Debug)]
pub(super) struct First {
    pub interface: InterfaceId,
    pub packet: Vec<u8>,
    head: usize,
}

/// A datagram in pieces.
#[derive(Clone, Debug)]
struct Assembly {
    until: Time,
    /// Head and packet of the first fragment.
    first: Option<(Vec<u8>, First)>,
    /// By offset, none overlapping another.
    pieces: BTreeMap<usize, Vec<u8>>,
    /// Length of all data, once the last piece is there.
    length: Option<usize>,
    /// Bytes that are kept.
    bytes: usize,
    /// Which of the four values of the ECN field came: RFC 3168 section 5.3.
    ecn: u8,
    /// Pieces that contradict each other came.
    spoiled: bool,
}

/// The datagrams of which fragments wait for the rest.
#[derive(Clone, Debug)]
pub(super) struct Reassembly {
    waiting: BTreeMap<Key, Assembly>,
    bytes: usize,
}

/// A whole datagram, how many bytes are its head, and its congestion notification.
type Whole = (Vec<u8>, usize, u8);

/// Bytes of a first fragment that an error may quote.
const QUOTE: usize = 1280;

impl Reassembly {
    pub(super) const fn new() -> Self {
        Self { waiting: BTreeMap::new(), bytes: 0 }
    }

    /// Takes in a fragment; the whole datagram if it was the last one missing.
    pub(super) fn add(
        &mut self,
        now: Time,
        config: &Config,
        key: Key,
        piece: &Piece<'_>,
        drops: &mut Drops,
    ) -> Result<Option<Whole>, DropReason> {
        let end = piece.offset.saturating_add(piece.data.len());
        let whole = end.saturating_add(piece.head.len());
        if piece.data.is_empty() || (piece.more && piece.data.len() & 7 != 0) || whole > most(key) {
            return Err(DropReason::IpFragment);
        }
        let life = if key.source.is_ipv4() { config.reassembly_ipv4 } else { config.reassembly_ipv6 };
        if !self.waiting.contains_key(&key) && self.waiting.len() >= config.reassembly_datagrams {
            self.drop_oldest(key, drops);
        }
        let assembly = self.waiting.entry(key).or_insert_with(|| Assembly::new(now + life));
        let before = assembly.bytes;
        let added = assembly.add(piece, end, config.reassembly_fragments);
        self.bytes = self.bytes.saturating_sub(before).saturating_add(assembly.bytes);
        let is_whole = assembly.is_whole();
        while self.bytes > config.reassembly_bytes && self.drop_oldest(key, drops) {}
        if self.bytes > config.reassembly_bytes {
            self.take(key);
            return Err(DropReason::ReassemblyFull);
        }
        added?;
        if !is_whole {
            return Ok(None);
        }
        let Some(whole) = self.take(key).and_then(Assembly::finish) else {
            return Err(DropReason::IpFragment);
        };
        if whole.0.len() > most(key) { Err(DropReason::IpFragment) } else { Ok(Some(whole)) }
    }

    /// When the next datagram has waited long enough.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.waiting.values().map(|assembly| assembly.until).min()
    }

    /// Gives up a datagram that has waited long enough: its first fragment, if that came and nothing was wrong.
    #[allow(clippy::option_option, reason = "a datagram that has no first fragment is one too")]
    pub(super) fn expire(&mut self, now: Time) -> Option<Option<First>> {
        let due = self.waiting.iter().filter(|(_, assembly)| assembly.until <= now);
        let key = *due.min_by_key(|(_, assembly)| assembly.until)?.0;
        let assembly = self.take(key)?;
        Some(assembly.first.filter(|_| !assembly.spoiled).map(|(_, first)| first))
    }

    fn take(&mut self, key: Key) -> Option<Assembly> {
        let assembly = self.waiting.remove(&key)?;
        self.bytes = self.bytes.saturating_sub(assembly.bytes);
        Some(assembly)
    }

    /// Makes room: the datagram that has waited longest goes, but not this one.
    fn drop_oldest(&mut self, but: Key, drops: &mut Drops) -> bool {
        let others = self.waiting.iter().filter(|(key, _)| **key != but);
        let oldest = others.min_by_key(|(_, assembly)| assembly.until).map(|(key, _)| *key);
        let gone = oldest.and_then(|key| self.take(key)).is_some();
        drops.add(DropReason::ReassemblyEvicted, u64::from(gone));
        gone
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, usize) {
        (self.waiting.len(), self.bytes)
    }
}

/// The longest that a datagram can be, with its head.
const fn most(key: Key) -> usize {
    let header = if key.source.is_ipv4() { 0 } else { 40 };
    65_535 + header
}

impl Assembly {
    const fn new(until: Time) -> Self {
        let pieces = BTreeMap::new();
        Self { until, first: None, pieces, length: None, bytes: 0, ecn: 0, spoiled: false }
    }

    fn add(&mut self, piece: &Piece<'_>, end: usize, most: usize) -> Result<(), DropReason> {
        if self.spoiled {
            return Err(DropReason::IpFragment);
        }
        if self.pieces.get(&piece.offset).is_some_and(|known| known == piece.data) {
            return Ok(());
        }
        let before = self.pieces.range(..end).next_back();
        let overlaps = before.is_some_and(|(offset, data)| offset.saturating_add(data.len()) > piece.offset);
        let beyond = self.length.is_some_and(|length| end > length || (!piece.more && end != length));
        let last = self.pieces.last_key_value().map_or(0, |(offset, data)| offset.saturating_add(data.len()));
        if overlaps || beyond || (!piece.more && last > end) || self.pieces.len() >= most {
            *self = Self { spoiled: true, ..Self::new(self.until) };
            return Err(DropReason::IpFragment);
        }
        if !piece.more {
            self.length = Some(end);
        }
        if piece.offset == 0 {
            let quote = piece.packet.get(..QUOTE).unwrap_or(piece.packet).to_vec();
            self.bytes = self.bytes.saturating_add(quote.len()).saturating_add(piece.head.len());
            let first = First { interface: piece.interface, packet: quote, head: piece.head.len() };
            self.first = Some((piece.head.to_vec(), first));
        }
        self.ecn |= 1 << (piece.ecn & 3);
        self.bytes = self.bytes.saturating_add(piece.data.len());
        self.pieces.insert(piece.offset, piece.data.to_vec());
        Ok(())
    }

    /// Whether nothing is missing: no piece overlaps another, so that it is enough to count.
    fn is_whole(&self) -> bool {
        let length: usize = self.pieces.values().map(Vec::len).sum();
        self.first.is_some() && self.length == Some(length)
    }

    fn finish(self) -> Option<Whole> {
        let (mut whole, first) = self.first?;
        for data in self.pieces.values() {
            whole.extend_from_slice(data);
        }
        // Congestion that one fragment met is that of the datagram; with a fragment that cannot carry the mark it is no honest one.
        let ecn = match self.ecn {
            0b0001 => 0,
            mixed if mixed & 0b1001 == 0b1001 => return None,
            marked if marked & 0b1000 != 0 => 3,
            mixed if mixed & 0b0001 != 0 => 0,
            0b0010 => 1,
            _ => 2,
        };
        Some((whole, first.head, ecn))
    }
}
