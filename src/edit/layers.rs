//! One layer more, or less, and other payload.

use alloc::vec::Vec;
use core::ops::Range;

use crate::edit::EditError;
use crate::edit::seal::Right;
use crate::field::builder::Registered;
use crate::field::value::write_bits;
use crate::field::{
    Announce, BuildError, Builder, Claimed, Completion, Cover, Given, Kind, Protocol, Severity, Value,
};
use crate::packet::pile::Draft;
use crate::packet::registry::{link_type, numbers};
use crate::packet::{Layer, Lead, Packet};

/// The field of a header that says what follows, and the number that it is to say.
#[derive(Clone, Copy)]
struct Said {
    layer: Layer,
    announce: Announce,
    number: u16,
}

/// A header to put in.
struct New<'a> {
    lead: Lead,
    protocol: &'static Protocol,
    bytes: Vec<u8>,
    given: Given,
    draft: Option<&'a Draft>,
}

impl Packet<Vec<u8>> {
    /// Puts a header in front of the `index`th layer, so that it becomes the `index`th itself; the number of the headers
    /// puts it behind the last of them, in front of the payload. The header before it announces it, and it announces what
    /// follows, unless those fields were given; in front of all others it is the packet's link layer. Lengths and checksums
    /// that were right follow.
    ///
    /// ```
    /// use layercake::packet::{Decoder, Frame, LinkType};
    /// use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, udp::Udp};
    ///
    /// let datagram = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(5000, 7) / b"hello";
    /// let mut packet = Decoder::new().packet(Frame::raw(datagram.to_vec()?));
    /// packet.insert(0, &Ethernet::new(Default::default(), Default::default()))?;
    /// assert_eq!(packet.link(), LinkType::ETHERNET);
    /// assert_eq!(packet.get::<Ethernet>().unwrap().ether_type().0, 0x0800);
    /// packet.remove(0)?;
    /// assert_eq!(packet.bytes(), datagram.to_vec()?);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EditError::NoLayer`], [`EditError::NoLink`], [`EditError::Build`]; [`EditError::Breaks`] and
    /// [`EditError::Unreadable`] if the packet could not be read so; it is as it was.
    pub fn insert<H: Registered>(&mut self, index: usize, header: &Builder<H>) -> Result<(), EditError> {
        let new = New {
            lead: Lead::of::<H>(),
            protocol: H::PROTOCOL,
            bytes: header.bytes()?.to_vec(),
            given: header.given(),
            draft: None,
        };
        self.insert_new(index, new)
    }

    /// The same with a header whose kind is known only when the program runs.
    ///
    /// ```
    /// use layercake::field::Kind;
    /// use layercake::packet::{Decoder, Frame, pile::Draft};
    /// use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, vlan};
    ///
    /// let cake = Ethernet::new(Default::default(), Default::default()) / Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    /// let mut packet = Decoder::new().packet(Frame::ethernet(cake.to_vec()?));
    /// let mut tag = Draft::new(Kind::VLAN).unwrap();
    /// tag.give(&vlan::ID, 7).unwrap();
    /// packet.insert_draft(1, &tag)?;
    /// assert!(packet.names().eq(["eth", "vlan", "ip"]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Packet::insert`].
    pub fn insert_draft(&mut self, index: usize, header: &Draft) -> Result<(), EditError> {
        let mut bytes = header.bytes().to_vec();
        bytes.resize(header.size(), 0);
        let (protocol, given) = (header.protocol(), header.given());
        self.insert_new(index, New { lead: header.lead(), protocol, bytes, given, draft: Some(header) })
    }

    fn insert_new(&mut self, index: usize, header: New<'_>) -> Result<(), EditError> {
        let New { lead, protocol, bytes: mut new, given, draft } = header;
        let headers: Vec<Layer> = self.headers().collect();
        let missing = EditError::NoLayer { layer: index, layers: headers.len() };
        let inner = headers.get(index);
        let outer =
            index.checked_sub(1).map(|outer| headers.get(outer).copied().ok_or(missing)).transpose()?;
        let (at, end) = match (inner, outer) {
            (Some(inner), _) => (inner.start(), inner.end()),
            (None, Some(outer)) => (outer.content(), self.content_end(&outer)),
            (None, None) => (0, self.body_end()),
        };
        let said = outer.and_then(|layer| Some((layer, self.protocol(&layer)?.announce?)));

        if let Some(announce) = &protocol.announce
            && !given.has(announce.field)
        {
            // What the outer header says of what follows is what the new one has to say: a kind can have several numbers.
            let stood = said.filter(|(_, said)| said.numbers == announce.numbers);
            let stood = stood.and_then(|(outer, said)| self.number(&outer, &said));
            let number = match inner {
                Some(inner) => stood.or_else(|| number_of(inner.kind, announce)),
                None => stood.or(announce.nothing).or(Some(0)),
            };
            say(&mut new, announce, number.ok_or(BuildError::NoNumber { field: announce.field.name })?);
        }
        let said = match said {
            Some((layer, announce)) => {
                let number = announce.numbers.of(lead.kind, lead.ether_type, lead.ip_protocol);
                let number = number.ok_or(BuildError::NoNumber { field: announce.field.name })?;
                Some(Said { layer, announce, number })
            }
            None => None,
        };

        let mut next = self.clone();
        if index == 0 {
            next.set_link(link_type(lead.kind).ok_or(EditError::NoLink { protocol: protocol.name })?);
        }
        next.splice(at..at, &new, index, said)?;
        // The new header's own lengths reach as far as what it now carries.
        let own = at..end.saturating_add(new.len());
        if let Some(bytes) = next.bytes_mut().get_mut(own) {
            let completion = Completion { given, header: new.len(), building: true };
            (protocol.fill)(bytes, &completion)?;
            if let Some(draft) = draft {
                draft.keep(bytes);
            }
        }
        next.refresh();
        let right = Right::of(self).moved(at, 0, new.len());
        let right = match &protocol.checksum {
            Some(checksum) if !given.has(checksum.field) => right.and(at),
            _ => right,
        };
        right.restore(&mut next, None);
        let mut kinds = self.kinds();
        kinds.insert(index, lead.kind);
        let given = protocol.announce.is_some_and(|announce| given.has(announce.field));
        let known = if given { index.saturating_add(1) } else { kinds.len() };
        self.become_if_sound(next, kinds.get(..known).unwrap_or(&kinds), &(index..index.saturating_add(1)))
    }

    /// Takes the `index`th layer out: a header, not what it carries; of what is no header, all of it. The header before
    /// it announces what follows now. Without its link layer the packet begins with what that carried, and what only the
    /// link had, padding and check sequence, goes too. Lengths and checksums that were right follow.
    ///
    /// # Errors
    /// As [`Packet::insert`].
    pub fn remove(&mut self, index: usize) -> Result<(), EditError> {
        let layers: Vec<Layer> = self.layers().collect();
        let layer = *layers.get(index).ok_or(EditError::NoLayer { layer: index, layers: layers.len() })?;
        let inner = layers.get(index.saturating_add(1)).filter(|inner| !layer.is_rest() && !inner.is_rest());
        let outer = index.checked_sub(1).and_then(|outer| layers.get(outer)).filter(|_| !layer.is_rest());
        let (at, end) = (layer.start(), layer.content());

        let mut said = None;
        if let Some(outer) = outer
            && let Some(announce) = self.protocol(outer).and_then(|protocol| protocol.announce)
        {
            let stood = self.protocol(&layer).and_then(|protocol| protocol.announce);
            let stood = stood.filter(|stood| stood.numbers == announce.numbers);
            let stood = stood.and_then(|stood| self.number(&layer, &stood));
            let known = inner.and_then(|inner| number_of(inner.kind, &announce));
            let number = match inner {
                Some(_) => stood.or(known).ok_or(BuildError::NoNumber { field: announce.field.name })?,
                None => stood.or(announce.nothing).unwrap_or(0),
            };
            said = Some(Said { layer: *outer, announce, number });
        }

        let mut next = self.clone();
        let mut right = Right::of(self);
        if layer.kind == Kind::FRAME_CHECK_SEQUENCE || index == 0 {
            right = right.without_check_sequence();
            next.forget_check_sequence();
        }
        let mut kinds = self.kinds();
        if self.protocol(&layer).is_some() {
            let place = layers.get(..index).unwrap_or(&[]).iter();
            kinds.remove(place.filter(|before| self.protocol(before).is_some()).count());
        }
        if index == 0 {
            let protocol = self.protocol(&layer).map_or("what was inside", |protocol| protocol.name);
            let inner = inner.ok_or(EditError::NoLink { protocol })?;
            let name = self.protocol(inner).map_or(protocol, |inner| inner.name);
            next.set_link(link_type(inner.kind).ok_or(EditError::NoLink { protocol: name })?);
            let behind = inner.end()..next.bytes().len();
            next.splice(behind, &[], 0, None)?;
        }
        next.splice(at..end, &[], index, said)?;
        right.moved(at, end.saturating_sub(at), 0).restore(&mut next, None);
        self.become_if_sound(next, &kinds, &(0..0))
    }

    /// Puts other bytes in the place of what [`Packet::payload`] gives, headers that it holds (a tunnel's, a user's own)
    /// included; lengths and checksums that were right follow. [`Packet::set_content`] reaches further in.
    ///
    /// # Errors
    /// As [`Packet::set_content`].
    pub fn set_payload(&mut self, payload: &[u8]) -> Result<(), EditError> {
        let innermost = self.headers().count().checked_sub(1);
        match self.record().transport().or(innermost) {
            Some(index) => self.set_content(index, payload),
            None => self.put(0..self.body_end(), payload),
        }
    }

    /// Puts other bytes in the place of what the `index`th header carries; lengths and checksums that were right follow.
    ///
    /// # Errors
    /// [`EditError::NoLayer`]; [`EditError::Build`] if a length does not fit its field; [`EditError::NoPayload`] if the
    /// header carries nothing (ARP, SCTP), or a wrong length hides what is put there; [`EditError::Breaks`]; the packet is
    /// as it was.
    pub fn set_content(&mut self, index: usize, content: &[u8]) -> Result<(), EditError> {
        let layers = self.headers().count();
        let layer = self.headers().nth(index).ok_or(EditError::NoLayer { layer: index, layers })?;
        self.put(layer.content()..self.content_end(&layer), content)
    }

    /// Keeps the first bytes, so many at most, as a capture with this snapshot length does: the frame was as long as it was,
    /// and its lengths and checksums are right for what is not here any more.
    ///
    /// ```
    /// use layercake::packet::{Decoder, Frame};
    /// use layercake::wire::{ipv4::Ipv4, udp::Udp};
    ///
    /// let cake = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(5000, 7) / b"a secret";
    /// let mut packet = Decoder::new().packet(Frame::raw(cake.to_vec()?));
    /// packet.truncate(28);
    /// assert_eq!((packet.bytes().len(), packet.length(), packet.is_cut()), (28, 36, true));
    /// # Ok::<(), layercake::field::BuildError>(())
    /// ```
    pub fn truncate(&mut self, length: usize) {
        self.bytes_vec().truncate(length);
        self.refresh();
    }

    fn put(&mut self, range: Range<usize>, content: &[u8]) -> Result<(), EditError> {
        let depth = self.headers().take_while(|layer| layer.content() <= range.start).count();
        let kinds: Vec<Kind> = self.kinds().into_iter().take(depth).collect();
        let mut next = self.clone();
        next.splice(range.clone(), content, depth, None)?;
        let right = Right::of(self).moved(range.start, range.len(), content.len());
        right.restore(&mut next, None);
        let there = next
            .headers()
            .nth(depth.saturating_sub(1))
            .map(|layer| layer.content()..next.content_end(&layer));
        let place = range.start..range.start.saturating_add(content.len());
        if depth > 0 && there.is_none_or(|there| there != place) || next.bytes().get(place) != Some(content) {
            return Err(EditError::NoPayload);
        }
        self.become_if_sound(next, &kinds, &(depth..usize::MAX))
    }

    /// Becomes the packet that an edit made, if that begins with layers of these kinds and has no error more than this
    /// one; what is wrong with the `new` layers themselves is as they were given.
    fn become_if_sound(&mut self, next: Self, kinds: &[Kind], new: &Range<usize>) -> Result<(), EditError> {
        if !next.kinds().starts_with(kinds) {
            return Err(EditError::Unreadable);
        }
        let errors = |packet: &Self, except: &Range<usize>| {
            let all = packet.findings().filter(|finding| finding.severity == Severity::Error);
            let others = all.filter(|finding| !except.contains(&finding.layer));
            others.map(|finding| finding.code).collect::<Vec<&'static str>>()
        };
        let mut before = errors(self, &(0..0));
        for code in errors(&next, new) {
            match before.iter().position(|old| *old == code) {
                Some(known) => {
                    before.swap_remove(known);
                }
                None => return Err(EditError::Breaks { finding: code }),
            }
        }
        *self = next;
        Ok(())
    }

    /// The kinds of all layers that have a table of their own.
    fn kinds(&self) -> Vec<Kind> {
        self.layers().filter(|layer| self.protocol(layer).is_some()).map(|layer| layer.kind).collect()
    }

    /// What a header says of what follows it.
    fn number(&self, layer: &Layer, announce: &Announce) -> Option<u16> {
        match announce.field.read(self.header_bytes(layer))? {
            Value::Number(number) => u16::try_from(number).ok(),
            _ => None,
        }
    }

    /// Puts `new` in the place of a range of the frame that lies inside the first `depth` headers, one of which may say
    /// something else of what follows it then. The lengths among those that were right are right again.
    fn splice(
        &mut self,
        range: Range<usize>,
        new: &[u8],
        depth: usize,
        said: Option<Said>,
    ) -> Result<(), EditError> {
        let headers: Vec<(Layer, usize, bool, bool)> = self
            .headers()
            .take(depth)
            .map(|layer| (layer, self.content_end(&layer), self.fits(&layer), self.claims(&layer)))
            .collect();
        let (old, removed) = (self.bytes().len(), range.len());
        let whole = self.length() == old;
        self.bytes_vec().splice(range.clone(), new.iter().copied());
        let moved = |end: usize| end.saturating_sub(removed).saturating_add(new.len());
        let length = if whole { self.bytes().len() } else { moved(self.length()) };
        self.set_length(length);
        if let Some(Said { layer, announce, number }) = &said {
            say(self.bytes_mut().get_mut(layer.start()..).unwrap_or_default(), announce, *number);
        }
        for (layer, end, fits, claimed) in headers.into_iter().rev() {
            let Some(protocol) = self.protocol(&layer) else { continue };
            let extent = layer.start()..if range.end <= end { moved(end) } else { end };
            let Some(bytes) = self.bytes_mut().get_mut(extent) else { continue };
            // Where a type stood can be a length now.
            let says = protocol.claim.is_some_and(|claim| (claim.bytes)(bytes) != Claimed::Nothing);
            if fits && range.end <= end || !claimed && says {
                let completion =
                    Completion { given: Given::default(), header: layer.header(), building: false };
                (protocol.fill)(bytes, &completion)?;
            }
        }
        self.refresh();
        Ok(())
    }

    /// Whether a header says of itself how long it is, with what it carries.
    fn claims(&self, layer: &Layer) -> bool {
        let claim = self.protocol(layer).and_then(|protocol| protocol.claim);
        claim.is_some_and(|claim| (claim.bytes)(self.layer_bytes(layer)) != Claimed::Nothing)
    }

    /// Whether what a header says of its length, or of how much its checksum covers, is all that there is.
    fn fits(&self, layer: &Layer) -> bool {
        let length = self.content_end(layer).saturating_sub(layer.start());
        let bytes = self.layer_bytes(layer).get(..length).unwrap_or(&[]);
        let Some(protocol) = self.protocol(layer) else { return false };
        match (protocol.claim, protocol.checksum) {
            (Some(claim), _) => (claim.bytes)(bytes) == Claimed::Bytes(length),
            (None, Some(checksum)) => {
                matches!(checksum.cover, Cover::Part(part) if part(bytes) == Some(length))
            }
            (None, None) => false,
        }
    }
}

/// The number by which a header announces a kind.
fn number_of(kind: Kind, announce: &Announce) -> Option<u16> {
    let (ether_type, ip_protocol) = numbers(kind);
    announce.numbers.of(kind, ether_type, ip_protocol)
}

/// Writes the number of what follows into a header.
fn say(header: &mut [u8], announce: &Announce, number: u16) {
    let (start, bits) = (usize::from(announce.field.start), usize::from(announce.field.bits));
    let _ = write_bits(header, start, bits, u128::from(number));
}
