//! Setting a field.

use crate::edit::EditError;
use crate::edit::seal::{Delta, Right, Seals, check_again, is_checked};
use crate::field::{Field, FieldInfo, FieldType, Format, Role, Value};
use crate::packet::{FieldRef, Packet};

/// Where a field stands in a packet: what [`FieldRef`] knows without holding the packet. It is of use as long as the
/// layers of the packet are the same.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The field's row in the table of its header.
    pub info: &'static FieldInfo,
    /// The layer it is in, counted from 0.
    pub layer: usize,
    /// The bytes of the frame that its table describes.
    section: (usize, usize),
}

impl Place {
    /// The bytes of the frame that the field touches.
    pub fn bytes(&self) -> core::ops::Range<usize> {
        let (start, end) = self.section;
        let first = usize::from(self.info.start);
        let last = first.saturating_add(self.info.width(end.saturating_sub(start)));
        start.saturating_add(first / 8)..start.saturating_add(last.div_ceil(8)).min(end)
    }

    fn read<'a>(&self, bytes: &'a [u8]) -> Option<Value<'a>> {
        self.info.read(bytes.get(self.section.0..self.section.1)?)
    }

    fn write(&self, bytes: &mut [u8], value: Value<'_>) -> Option<()> {
        self.info.write(bytes.get_mut(self.section.0..self.section.1)?, value)
    }
}

impl FieldRef<'_> {
    /// Where the field stands, for [`Packet::set_at`]; `None` for what is generated and stands nowhere.
    pub fn place(&self) -> Option<Place> {
        let start = self.start.checked_sub(u32::from(self.info.start))?.checked_div(8)? as usize;
        let end = start.checked_add(self.section_length())?;
        (self.info.role != Role::Generated).then_some(Place {
            info: self.info,
            layer: self.layer,
            section: (start, end),
        })
    }
}

impl<B: AsRef<[u8]>> Packet<B> {
    /// Where the `n`th field of this name stands, from the outside in: `packet.place("ip.src", 1)` is the source of
    /// the inner packet.
    pub fn place(&self, name: &str, n: usize) -> Option<Place> {
        self.fields().filter(|field| field.info.name == name).filter_map(|field| field.place()).nth(n)
    }

    /// The same for a field that is known by its constant.
    fn place_of(&self, wanted: &FieldInfo, n: usize) -> Option<Place> {
        let is = |info: &FieldInfo| info.start == wanted.start && info.name == wanted.name;
        // Most fields are of a fixed part, and need no walk over all others.
        let mut left = n;
        for index in 0..self.record().count() {
            let layer = self.layer(index)?;
            let Some(protocol) = self.protocol(&layer) else { continue };
            let Some(info) = protocol.fields.iter().find(|info| is(info)) else { continue };
            let end = layer.start().saturating_add(protocol.length.min(layer.header()));
            let section = self.bytes().get(layer.start()..end)?;
            let behind = usize::from(info.start).saturating_add(info.width(section.len()));
            let there =
                behind <= section.len().saturating_mul(8) && info.when.is_none_or(|when| when(section));
            match left {
                _ if !there => {}
                0 => return Some(Place { info, layer: index, section: (layer.start(), end) }),
                _ => left = left.saturating_sub(1),
            }
        }
        self.fields().filter(|field| is(field.info)).filter_map(|field| field.place()).nth(n)
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Packet<B> {
    /// Sets a field of the outermost header that has it, known by its constant. See [`Packet::set_at`].
    ///
    /// ```
    /// use layercake::packet::{Decoder, Frame};
    /// use layercake::wire::{ipv4, ipv4::Ipv4, tcp, tcp::Tcp};
    ///
    /// let mut bytes = [0; 40];
    /// (Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Tcp::new(4000, 80)).write(&mut bytes)?;
    /// let mut packet = Decoder::new().packet(Frame::raw(bytes));
    /// packet.set(&ipv4::TTL, 3)?;
    /// packet.set(&tcp::SYN, true)?;
    /// assert_eq!(packet.findings().count(), 0);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EditError::NoField`], [`EditError::Value`]; the packet is as it was.
    pub fn set<T: FieldType>(&mut self, field: &Field<T>, value: T) -> Result<(), EditError> {
        self.set_nth(field, 0, value)
    }

    /// The same in the `n`th header that has the field, from the outside in.
    ///
    /// # Errors
    /// As [`Packet::set`].
    pub fn set_nth<T: FieldType>(&mut self, field: &Field<T>, n: usize, value: T) -> Result<(), EditError> {
        let place = self.place_of(&field.info, n).ok_or(EditError::NoField { field: field.info.name })?;
        self.set_at(&place, field.info.format.value(value.to_bits(), field.info.scale))
    }

    /// Sets the field that stands at a place.
    ///
    /// The checksums that cover it are updated, from the inside out, also those of packets around this one; so is a
    /// checksum whose pseudo-header has the address that changes. They are computed from the difference (RFC 1624): a
    /// wrong one stays wrong by as much, one that is absent stays absent, one that the network card is to fill in stays
    /// so, and the first fragment of a datagram keeps that of the whole. Where no bytes are set, that takes no longer
    /// for a long packet than for a short one. A field that says where layers lie or what a checksum covers makes the
    /// packet be taken apart again; then, and where a CRC covers the field, what was right is computed anew, and
    /// nothing else. Setting a checksum sets just that.
    ///
    /// # Errors
    /// [`EditError::Value`], [`EditError::NoField`]; the packet is as it was.
    pub fn set_at(&mut self, place: &Place, value: Value<'_>) -> Result<(), EditError> {
        let info = place.info;
        let bits = info.width(place.section.1.saturating_sub(place.section.0));
        if !fits(info, bits, value) {
            return Err(EditError::Value { field: info.name, bits });
        }
        let missing = EditError::NoField { field: info.name };
        let range = place.bytes();
        let old = place.read(self.bytes());
        if old == Some(value) {
            return Ok(());
        }
        let Some(before) = Seals::of(self, &range) else {
            return self.set_slowly(place, value, &range).ok_or(missing);
        };
        // If layers move, what stood here is put back, to see what was right. There is no room to keep bytes for that.
        let old = old.and_then(held);
        let right = old.is_none().then(|| Right::of(self));
        let (record, checked) = (*self.record(), is_checked(self));
        let mut delta = Delta::before(self.bytes(), &range);
        place.write(self.bytes_mut(), value).ok_or(missing)?;
        delta.after(self.bytes(), &range);
        self.refresh();
        let after =
            if before.may_differ(&range) { Seals::of(self, &range) } else { before.read(self.bytes()) };
        if let Some(after) = after
            && record == *self.record()
            && before.same_places(&after)
        {
            before.update(&after, (delta, &range), self.bytes_mut());
            if checked {
                check_again(self);
            }
            return Ok(());
        }
        // The layers, or what a checksum covers, are not what they were.
        if let Some(right) = right {
            right.restore(self, Some(&range));
            return Ok(());
        }
        let _ = old.and_then(|old| place.write(self.bytes_mut(), old));
        self.refresh();
        self.set_slowly(place, value, &range).ok_or(missing)
    }

    /// Sets a field and computes what was right anew.
    fn set_slowly(&mut self, place: &Place, value: Value<'_>, range: &core::ops::Range<usize>) -> Option<()> {
        let right = Right::of(self);
        place.write(self.bytes_mut(), value)?;
        self.refresh();
        right.restore(self, Some(range));
        Some(())
    }
}

/// Whether a value can stand in a field of so many bits.
fn fits(info: &FieldInfo, bits: usize, value: Value<'_>) -> bool {
    match value {
        Value::Bytes(bytes) => info.format.is_bytes() && bytes.len().saturating_mul(8) == bits,
        Value::Text(text) => info.format == Format::Text && text.0.len().saturating_mul(8) <= bits,
        Value::Name(name) => {
            let length = name.encoded().map(|bytes| bytes.len().saturating_mul(8));
            matches!(info.format, Format::Name | Format::NetBios) && length == Some(bits)
        }
        value => info.format.bits(value, info.scale).is_some_and(|value| bits >= 128 || value >> bits == 0),
    }
}

/// A value that needs no bytes of the packet.
fn held(value: Value<'_>) -> Option<Value<'static>> {
    match value {
        Value::Number(number) => Some(Value::Number(number)),
        Value::Flag(flag) => Some(Value::Flag(flag)),
        Value::Mac(mac) => Some(Value::Mac(mac)),
        Value::Ipv4(address) => Some(Value::Ipv4(address)),
        Value::Ipv6(address) => Some(Value::Ipv6(address)),
        Value::Bytes(_) | Value::Text(_) | Value::Name(_) => None,
    }
}
