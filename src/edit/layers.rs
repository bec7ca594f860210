//! One layer more, or less.

use alloc::vec::Vec;
use core::ops::Range;

use crate::edit::EditError;
use crate::edit::seal::Right;
use crate::field::builder::Registered;
use crate::field::value::write_bits;
use crate::field::{Announce, BuildError, Builder, Claimed, Completion, Given, Kind, Numbers, Value};
use crate::packet::registry::numbers;
use crate::packet::{Layer, Packet};

impl Packet<Vec<u8>> {
    /// Puts a header in front of the `index`th layer, so that it becomes the `index`th itself. The header before it
    /// announces it, and it announces what follows, unless those fields were given; lengths and checksums that were right follow.
    ///
    /// # Errors
    /// [`EditError::NoLayer`], [`EditError::Build`]; the packet is as it was.
    pub fn insert<H: Registered>(&mut self, index: usize, header: &Builder<H>) -> Result<(), EditError> {
        let layers = self.layers().count();
        let Some(layer) = self.layers().nth(index) else {
            return Err(EditError::NoLayer { layer: index, layers });
        };
        // What stands behind a header's content is reached from that header alone: nothing goes in front of it.
        if layer.is_rest() && self.protocol(&layer).is_some() {
            return Err(EditError::NoLayer { layer: index, layers });
        }
        let mut new = header.bytes()?.to_vec();
        let outer = index.checked_sub(1).and_then(|outer| self.layers().nth(outer));
        let outer = outer.and_then(|outer| Some((outer, self.protocol(&outer)?.announce?)));
        // What the outer header says of what follows is what the new one has to say.
        if let Some(announce) = &H::PROTOCOL.announce
            && !header.given().has(announce.field)
        {
            let said = outer.filter(|(_, said)| said.numbers == announce.numbers);
            let said = said.and_then(|(outer, said)| self.number(&outer, &said));
            // A kind can have several numbers: the one that stood there stays.
            let number = said.or_else(|| number_of(layer.kind, announce.numbers)).or(announce.nothing);
            if layer.is_rest() || number.is_some() {
                say(&mut new, announce, number.unwrap_or(0));
            } else {
                return Err(BuildError::NoNumber { field: announce.field.name }.into());
            }
        }
        if let Some((_, announce)) = &outer {
            let number = match announce.numbers {
                Numbers::EtherType => H::ETHER_TYPE,
                Numbers::IpProtocol => H::IP_PROTOCOL.map(u16::from),
                Numbers::Own(number) => number(H::KIND, H::ETHER_TYPE),
            };
            number.ok_or(BuildError::NoNumber { field: announce.field.name })?;
        }
        let (at, length) = (layer.start(), new.len());
        let right = Right::of(self).moved(at, 0, length);
        let mut next = self.clone();
        next.splice(at..at, &new, index)?;
        if let Some((outer, announce)) = &outer {
            let number = match announce.numbers {
                Numbers::EtherType => H::ETHER_TYPE,
                Numbers::IpProtocol => H::IP_PROTOCOL.map(u16::from),
                Numbers::Own(number) => number(H::KIND, H::ETHER_TYPE),
            };
            let outer = next.bytes_mut().get_mut(outer.start()..).unwrap_or_default();
            say(outer, announce, number.unwrap_or(0));
        }
        // The new header's own lengths reach as far as what it now carries.
        let end = layer_end(&next, &layer, length);
        if let Some(bytes) = next.bytes_mut().get_mut(at..end) {
            (H::PROTOCOL.fill)(bytes, &Completion { given: header.given(), header: length })?;
        }
        next.refresh();
        let right = match &H::PROTOCOL.checksum {
            Some(checksum) if !header.given().has(checksum.field) => right.and(at),
            _ => right,
        };
        right.restore(&mut next, None);
        *self = next;
        Ok(())
    }

    /// Takes the `index`th layer out: a header, not what it carries; of what is no header, all of it. The header before it
    /// announces what follows now; lengths and checksums that were right follow.
    ///
    /// # Errors
    /// [`EditError::NoLayer`], [`EditError::Build`]; the packet is as it was.
    pub fn remove(&mut self, index: usize) -> Result<(), EditError> {
        let layers = self.layers().count();
        let Some(layer) = self.layers().nth(index) else {
            return Err(EditError::NoLayer { layer: index, layers });
        };
        let inner = self.layers().nth(index.saturating_add(1)).filter(|_| !layer.is_rest());
        let (at, end) = (layer.start(), layer.content());
        let right = Right::of(self).moved(at, end.saturating_sub(at), 0);
        let mut next = self.clone();
        if let Some(outer) =
            index.checked_sub(1).and_then(|outer| self.layers().nth(outer)).filter(|outer| !outer.is_rest())
            && let Some(announce) = self.protocol(&outer).and_then(|protocol| protocol.announce)
            && !layer.is_rest()
        {
            let said = self.protocol(&layer).and_then(|protocol| protocol.announce);
            let said = said
                .filter(|said| said.numbers == announce.numbers)
                .and_then(|said| self.number(&layer, &said));
            let known = inner.and_then(|inner| number_of(inner.kind, announce.numbers));
            let is_header = inner.is_some_and(|inner| !inner.is_rest());
            let number = said.or(known).or(announce.nothing);
            if is_header && number.is_none() {
                return Err(BuildError::NoNumber { field: announce.field.name }.into());
            }
            say(
                next.bytes_mut().get_mut(outer.start()..).unwrap_or_default(),
                &announce,
                number.unwrap_or(0),
            );
        }
        next.splice(at..end, &[], index)?;
        right.restore(&mut next, None);
        *self = next;
        Ok(())
    }

    /// Puts other bytes in the place of what [`Packet::payload`] gives; lengths and checksums that were right follow.
    ///
    /// # Errors
    /// [`EditError::Build`] if a length does not fit its field, [`EditError::NoPayload`] if the innermost header carries
    /// none (ARP), or a wrong length hides what is put there; the packet is as it was.
    pub fn set_payload(&mut self, payload: &[u8]) -> Result<(), EditError> {
        let range = self.payload_range();
        let inside = self.headers().count();
        let right = Right::of(self).moved(range.start, range.len(), payload.len());
        let mut next = self.clone();
        next.splice(range, payload, inside)?;
        if next.payload() != payload {
            return Err(EditError::NoPayload);
        }
        right.restore(&mut next, None);
        *self = next;
        Ok(())
    }

    /// What a header says of what follows it.
    fn number(&self, layer: &Layer, announce: &Announce) -> Option<u16> {
        match announce.field.read(self.header_bytes(layer))? {
            Value::Number(number) => u16::try_from(number).ok(),
            _ => None,
        }
    }

    /// Puts `new` in the place of a range of the frame that lies inside the first `depth` headers; the lengths among those
    /// that were right are right again.
    fn splice(&mut self, range: Range<usize>, new: &[u8], depth: usize) -> Result<(), EditError> {
        let headers: Vec<Layer> = self.headers().take(depth).collect();
        let fitting = headers.iter().map(|layer| self.claims_its_extent(layer)).collect::<Vec<bool>>();
        let (old, removed) = (self.bytes().len(), range.len());
        let whole = self.length() == old;
        self.bytes_vec().splice(range.clone(), new.iter().copied());
        let moved = |end: usize| end.saturating_sub(removed).saturating_add(new.len());
        let length = if whole { self.bytes().len() } else { moved(self.length()) };
        self.set_length(length);
        for (layer, fits) in headers.iter().zip(fitting).rev() {
            let protocol = self.protocol(layer);
            if let (Some(protocol), true) = (protocol, fits && range.end <= layer.end())
                && let Some(bytes) = self.bytes_mut().get_mut(layer.start()..moved(layer.end()))
            {
                (protocol.fill)(bytes, &Completion { given: Given::default(), header: layer.header() })?;
            }
        }
        self.refresh();
        Ok(())
    }

    /// Whether a header says of itself that it is as long as it is.
    fn claims_its_extent(&self, layer: &Layer) -> bool {
        let bytes = self.layer_bytes(layer);
        let claim = self.protocol(layer).and_then(|protocol| protocol.claim);
        claim.is_some_and(|claim| (claim.bytes)(bytes) == Claimed::Bytes(bytes.len()))
    }
}

/// Where what a new header in front of `layer` carries ends.
fn layer_end(packet: &Packet<Vec<u8>>, layer: &Layer, length: usize) -> usize {
    layer.end().saturating_add(length).min(packet.bytes().len())
}

/// The number by which a kind is announced.
fn number_of(kind: Kind, space: Numbers) -> Option<u16> {
    let (ether_type, ip_protocol) = numbers(kind);
    match space {
        Numbers::EtherType => ether_type,
        Numbers::IpProtocol => ip_protocol.map(u16::from),
        Numbers::Own(number) => number(kind, ether_type),
    }
}

/// Writes the number of what follows into a header.
fn say(header: &mut [u8], announce: &Announce, number: u16) {
    let (start, bits) = (usize::from(announce.field.start), usize::from(announce.field.bits));
    let _ = write_bits(header, start, bits, u128::from(number));
}
