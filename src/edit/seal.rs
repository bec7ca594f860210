//! Checksums that follow a change.

use core::ops::Range;

use crate::checksum::Sum;
use crate::field::protocol::zero_but;
use crate::field::value::write_bits;
use crate::field::{Algorithm, Checksum, Cover, Kind, Protocol, Scope, Verdict};
use crate::packet::{Layer, Packet};
use crate::wire::ethernet;

/// The difference that a change makes to a sum of the frame's 16-bit words, counted from its first byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delta(Sum);

impl Delta {
    /// Before the change: the old bytes are taken out.
    pub(super) fn before(bytes: &[u8], range: &Range<usize>) -> Self {
        Self(Sum::ZERO.word(!aligned(bytes, range)))
    }

    /// After it: the new bytes are put in.
    pub(super) fn after(&mut self, bytes: &[u8], range: &Range<usize>) {
        self.0 = self.0.word(aligned(bytes, range));
    }

    fn and(self, old: u16, new: u16, at: usize) -> Self {
        let turn = |word: u16| if at.is_multiple_of(2) { word } else { word.swap_bytes() };
        Self(self.0.word(!turn(old)).word(turn(new)))
    }

    /// The difference to a sum that begins at byte `start` of the frame: at an odd byte the halves of each word are
    /// exchanged (RFC 1071 section 2).
    fn from(self, start: usize) -> u16 {
        let sum = self.0.fold();
        if start.is_multiple_of(2) { sum } else { sum.swap_bytes() }
    }
}

/// The sum of some bytes, as part of one that begins at the frame's first byte.
fn aligned(bytes: &[u8], range: &Range<usize>) -> u16 {
    let sum = Sum::of(bytes.get(range.clone()).unwrap_or(&[])).fold();
    if range.start.is_multiple_of(2) { sum } else { sum.swap_bytes() }
}

/// One checksum of a packet: where it stands and what it covers.
#[derive(Clone, Copy, Debug)]
struct Seal {
    kind: Kind,
    checksum: &'static Checksum,
    /// First byte of its field in the frame.
    at: usize,
    /// The bytes of the frame that it covers, as far as they are there.
    start: usize,
    end: usize,
    /// The sum of the pseudo-header; zero if it covers none, `None` if the addresses are not known.
    pseudo: Option<Sum>,
    found: u16,
}

/// The checksums of a packet that a change can concern, from the outside in, if they are all such that can be updated
/// from the difference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seals {
    seals: [Option<Seal>; Self::MOST],
}

impl Seals {
    /// A packet with more checksums than this has them computed anew.
    const MOST: usize = 8;

    /// `None` if a CRC-32C covers the change, or a checksum covers a part of it, or there are too many of them.
    pub(super) fn of<B: AsRef<[u8]>>(packet: &Packet<B>, change: &Range<usize>) -> Option<Self> {
        let mut seals = [None; Self::MOST];
        let mut places = seals.iter_mut();
        let mut scopes = packet.scopes();
        while let Some((_, layer, protocol)) = scopes.advance() {
            let Some(checksum) = &protocol.checksum else { continue };
            let (at, found) = field(checksum, protocol, &scopes.scope, layer.start())?;
            let length = checksum.extent(protocol, &scopes.scope);
            let (start, end) = (layer.start(), layer.start().checked_add(length)?);
            let whole = start <= change.start && change.end <= end;
            let apart = change.end <= start || end <= change.start;
            match checksum.algorithm {
                Algorithm::Internet if whole || apart => {}
                Algorithm::Crc32c if apart => continue,
                _ => return None,
            }
            let said = checksum.pseudo_length(scopes.scope.bytes.len(), length);
            let pseudo = checksum.pseudo_sum(scopes.scope.pseudo, said);
            // It may be right or not filled in: which of the two only the data can say. That of a fragment is of the
            // whole datagram, which no network card sees.
            let unclear = checksum.pseudo.is_some() && !scopes.scope.fragment;
            if unclear && pseudo.is_some_and(|pseudo| pseudo.fold() == found) {
                return None;
            }
            *places.next()? = Some(Seal { kind: layer.kind, checksum, at, start, end, pseudo, found });
        }
        Some(Self { seals })
    }

    /// The same with what stands in the fields now.
    pub(super) fn read(&self, bytes: &[u8]) -> Option<Self> {
        let mut now = *self;
        for seal in now.seals.iter_mut().flatten() {
            seal.found = u16::from_be_bytes(*bytes.get(seal.at..)?.first_chunk()?);
        }
        Some(now)
    }

    /// Whether a change concerns the pseudo-header of one of these: it lies further out than what that covers. Only
    /// then have the checksums to be looked at again, or if what one of them covers stands in the change.
    pub(super) fn may_differ(&self, change: &Range<usize>) -> bool {
        self.seals.iter().flatten().any(|seal| {
            let outside =
                seal.pseudo.is_none_or(|_| seal.checksum.pseudo.is_some()) && change.end <= seal.start;
            let says_so =
                !matches!(seal.checksum.cover, Cover::Header | Cover::Layer) && seal.start <= change.start;
            outside || says_so
        })
    }

    /// Whether these stand and cover as those do.
    pub(super) fn same_places(&self, other: &Self) -> bool {
        self.seals.iter().zip(&other.seals).all(|pair| match pair {
            (Some(a), Some(b)) => {
                (a.kind, a.at, a.start, a.end, a.pseudo.is_some())
                    == (b.kind, b.at, b.start, b.end, b.pseudo.is_some())
            }
            (None, None) => true,
            _ => false,
        })
    }

    /// Updates the checksums, from the inside out, after a change that made this difference; `after` are these after the change.
    pub(super) fn update(&self, after: &Self, change: (Delta, &Range<usize>), bytes: &mut [u8]) {
        let (delta, range) = change;
        // What the updates themselves change, which checksums further out cover.
        let (mut updates, mut updated): (Delta, Option<Range<usize>>) = (Delta(Sum::ZERO), None);
        for pair in self.seals.iter().zip(&after.seals).rev() {
            let (Some(before), Some(now)) = pair else { continue };
            let own = before.at..before.at.saturating_add(2);
            let is_set = range.start < own.end && own.start < range.end;
            if is_set || now.found == 0 && now.checksum.optional {
                continue;
            }
            let covers = |part: &Range<usize>| before.start <= part.start && part.end <= before.end;
            // One that the change does not concern may be wrong in a way that a sum cannot see: zero instead of all ones.
            let apart = !covers(range) && !updated.as_ref().is_some_and(covers);
            if apart && before.pseudo.map(Sum::fold) == now.pseudo.map(Sum::fold) {
                continue;
            }
            let mut sum = Sum::ZERO.word(!now.found);
            if covers(range) {
                sum = sum.word(delta.from(before.start));
            }
            if updated.as_ref().is_some_and(covers) {
                sum = sum.word(updates.from(before.start));
            }
            if let (Some(old), Some(new)) = (before.pseudo, now.pseudo) {
                sum = sum.word(!old.fold()).plus(new);
            }
            let covered = bytes.get(before.start..before.end).unwrap_or(&[]);
            let new = match sum.checksum() {
                0 if now.checksum.optional => 0xffff,
                // Zero or all ones; only where all is zero it is all ones.
                0 if now.checksum.pseudo.is_none()
                    && zero_but(covered, own.start.saturating_sub(before.start)) =>
                {
                    0xffff
                }
                new => new,
            };
            if new != now.found {
                if let Some(place) = bytes.get_mut(own.start..).and_then(|rest| rest.first_chunk_mut()) {
                    *place = new.to_be_bytes();
                }
                updates = updates.and(now.found, new, own.start);
                updated = Some(match updated {
                    Some(inner) => own.start.min(inner.start)..own.end.max(inner.end),
                    None => own,
                });
            }
        }
    }
}

/// Where in the frame the field of a checksum stands, and what it holds; `None` if the header is cut before it.
fn field(checksum: &Checksum, protocol: &Protocol, scope: &Scope<'_>, start: usize) -> Option<(usize, u16)> {
    let inside = usize::from(checksum.field.start) / 8;
    let header = scope.header_bytes();
    let header = header.get(..protocol.length.max((protocol.needed)(header).min(header.len())))?;
    let found = header.get(inside..)?.first_chunk()?;
    Some((start.checked_add(inside)?, u16::from_be_bytes(*found)))
}

/// The checksums that were right before a change or not filled in, by where in the frame their layers begin: layers can
/// come and go, and what is left of them has another number then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Right {
    places: [Option<(u32, State)>; Self::MOST],
    check_sequence: bool,
}

/// A checksum that is to be made right, or to be left to the network card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Right,
    Unfilled,
}

impl Right {
    /// The limit of layers, unless somebody asks for more; a checksum further in is left as it is.
    const MOST: usize = 64;

    /// What is right in a packet.
    pub(super) fn of<B: AsRef<[u8]>>(packet: &Packet<B>) -> Self {
        Self::with(packet, is_checked(packet), |_, verdict| match verdict {
            Verdict::Ok => Some(State::Right),
            Verdict::Unfilled => Some(State::Unfilled),
            Verdict::Bad { .. } | Verdict::Absent | Verdict::Unchecked(_) => None,
        })
    }

    /// What is to be right once all that is wrong or not filled in has been mended.
    pub(super) fn mended<B: AsRef<[u8]>>(packet: &Packet<B>) -> Self {
        Self::with(packet, packet.check_sequence().is_some(), |_, verdict| match verdict {
            Verdict::Ok | Verdict::Unfilled | Verdict::Bad { .. } => Some(State::Right),
            Verdict::Absent | Verdict::Unchecked(_) => None,
        })
    }

    /// All that is there, but those in layers of these kinds that begin there and others that cannot be right.
    pub(super) fn but<B: AsRef<[u8]>>(packet: &Packet<B>, wrong: &Wrong) -> Self {
        Self::with(packet, false, |layer, verdict| match verdict {
            Verdict::Ok => Some(State::Right),
            Verdict::Bad { .. } => (!wrong.has(layer)).then_some(State::Right),
            Verdict::Unfilled => Some(State::Unfilled),
            Verdict::Absent | Verdict::Unchecked(_) => None,
        })
    }

    fn with<B: AsRef<[u8]>>(
        packet: &Packet<B>,
        check_sequence: bool,
        state: impl Fn(&Layer, Verdict) -> Option<State>,
    ) -> Self {
        let mut right = Self { places: [None; Self::MOST], check_sequence };
        let mut free = right.places.iter_mut();
        let mut scopes = packet.scopes();
        while let Some((_, layer, protocol)) = scopes.advance() {
            let verdict =
                protocol.checksum.as_ref().and_then(|checksum| checksum.verdict(protocol, &scopes.scope));
            if let Some(state) = verdict.and_then(|verdict| state(&layer, verdict))
                && let Some(place) = free.next()
            {
                *place = Some((layer.start() as u32, state));
            }
        }
        right
    }

    /// The same without a check sequence.
    #[cfg(feature = "alloc")]
    pub(super) fn without_check_sequence(mut self) -> Self {
        self.check_sequence = false;
        self
    }

    /// The same after bytes from `at` on have moved: `removed` are gone, `added` have come.
    #[cfg(feature = "alloc")]
    pub(super) fn moved(mut self, at: usize, removed: usize, added: usize) -> Self {
        let behind = (at as u32).saturating_add(removed as u32);
        for place in &mut self.places {
            *place = match *place {
                Some((start, state)) if start >= behind => {
                    Some((start.saturating_sub(removed as u32).saturating_add(added as u32), state))
                }
                Some((start, _)) if start >= at as u32 => None,
                before => before,
            };
        }
        self
    }

    /// The same with the checksum of the layer that begins at a byte.
    #[cfg(feature = "alloc")]
    pub(super) fn and(mut self, start: usize) -> Self {
        if let Some(free) = self.places.iter_mut().find(|place| place.is_none()) {
            *free = Some((start as u32, State::Right));
        }
        self
    }

    /// Makes right what was right, from the inside out, but not a checksum that stands in `set`. Says how many values changed.
    pub(super) fn restore<B: AsRef<[u8]> + AsMut<[u8]>>(
        &self,
        packet: &mut Packet<B>,
        set: Option<&Range<usize>>,
    ) -> usize {
        let mut changed = 0usize;
        let count = packet.layers().count();
        for index in (0..count).rev() {
            if let Some((start, bits, value)) = self.value(packet, index, set)
                && let Some(place) = packet.bytes_mut().get_mut(start..)
                && write_bits(place, 0, bits, u128::from(value)).is_some()
            {
                changed = changed.saturating_add(1);
            }
        }
        if self.check_sequence && check_again(packet) {
            changed = changed.saturating_add(1);
        }
        changed
    }

    /// Where the checksum of a layer stands in the frame, its width in bits, and the value that it should have, if it has another.
    fn value<B: AsRef<[u8]>>(
        &self,
        packet: &Packet<B>,
        index: usize,
        set: Option<&Range<usize>>,
    ) -> Option<(usize, usize, u32)> {
        let mut scopes = packet.scopes();
        let (layer, protocol) = loop {
            let (at, layer, protocol) = scopes.advance()?;
            if at == index {
                break (layer, protocol);
            }
        };
        let checksum = protocol.checksum.as_ref()?;
        let (_, state) = self.places.iter().flatten().find(|(start, _)| *start as usize == layer.start())?;
        let inside = usize::from(checksum.field.start) / 8;
        let bits = usize::from(checksum.field.bits);
        let start = layer.start().checked_add(inside)?;
        let end = start.checked_add(bits / 8)?;
        if set.is_some_and(|set| set.start < end && start < set.end) {
            return None;
        }
        let found = scopes.scope.header_bytes().get(inside..inside.checked_add(bits / 8)?)?;
        let found = found.iter().fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
        let covered = checksum.covered(protocol, &scopes.scope)?;
        let said = checksum.pseudo_length(scopes.scope.bytes.len(), covered.len());
        let pseudo = checksum.pseudo_sum(scopes.scope.pseudo, said)?;
        let value = match state {
            State::Right => checksum.compute(pseudo, covered),
            State::Unfilled => u32::from(pseudo.fold()),
        };
        (value != found).then_some((start, bits, value))
    }
}

/// The checksums of a packet that are wrong: the layers that have them, by kind and where they begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrong([Option<(u32, Kind)>; Right::MOST]);

impl Wrong {
    pub(super) fn of<B: AsRef<[u8]>>(packet: &Packet<B>) -> Self {
        let mut wrong = Self([None; Right::MOST]);
        let mut free = wrong.0.iter_mut();
        let mut scopes = packet.scopes();
        while let Some((_, layer, protocol)) = scopes.advance() {
            let verdict =
                protocol.checksum.as_ref().and_then(|checksum| checksum.verdict(protocol, &scopes.scope));
            if matches!(verdict, Some(Verdict::Bad { .. }))
                && let Some(place) = free.next()
            {
                *place = Some((layer.start() as u32, layer.kind));
            }
        }
        wrong
    }

    fn has(&self, layer: &Layer) -> bool {
        self.0.contains(&Some((layer.start() as u32, layer.kind)))
    }

    /// Whether each of these is one of those.
    pub(super) fn is_within(&self, others: &Self) -> bool {
        self.0.iter().filter(|place| place.is_some()).all(|place| others.0.contains(place))
    }
}

/// Whether a frame carries a check sequence that fits.
pub(super) fn is_checked<B: AsRef<[u8]>>(packet: &Packet<B>) -> bool {
    packet.check_sequence().is_some_and(|sequence| sequence.found == sequence.right())
}

/// Makes the check sequence fit again that did before a change, and says whether it had to. It is at the frame's
/// end; where the capture says nothing about it, it cannot be seen while it does not fit.
pub(super) fn check_again<B: AsRef<[u8]> + AsMut<[u8]>>(packet: &mut Packet<B>) -> bool {
    let Some((body, place)) = packet.bytes_mut().split_last_chunk_mut::<4>() else { return false };
    let right = ethernet::check_sequence(body);
    let wrong = *place != right;
    *place = right;
    packet.refresh();
    wrong
}
