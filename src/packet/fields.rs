//! Every field of every layer, with its place in the frame.
//!
//! The tiles among them cover the frame: where a header is cut short or its table has a gap, what is left comes
//! out as a tile that is called `unparsed`.

use crate::field::{Cursor, FieldInfo, Protocol, Role, Section, Value};
use crate::field::{Kind, Scope};
use crate::packet::layers::PacketRef;
use crate::packet::{Layer, Layers, Packet, verify};
use crate::wire::data;

/// One field of a packet.
#[derive(Clone, Copy, Debug)]
pub struct FieldRef<'a> {
    /// Its row in the table of its header.
    pub info: &'static FieldInfo,
    /// The layer it is in, counted from 0.
    pub layer: usize,
    /// First bit in the frame, counted from the most significant bit of the first byte.
    pub start: u32,
    /// Number of bits; 0 for what is generated.
    pub bits: u32,
    /// The bytes of its section, from which it is read.
    section: &'a [u8],
    /// The message in which names of the section point, and the section's first byte in it.
    message: (&'a [u8], u32),
    generated: Option<Value<'a>>,
}

impl<'a> FieldRef<'a> {
    /// Its value. `None` only for a group wider than 128 bits, which has no value of its own.
    pub fn value(&self) -> Option<Value<'a>> {
        match self.generated.or_else(|| self.info.read(self.section))? {
            Value::Name(name) if self.message.1 > 0 => {
                Some(Value::Name(name.within(self.message.0, self.place_in_message())))
            }
            value => Some(value),
        }
    }

    /// First byte in the message in which names point.
    fn place_in_message(&self) -> usize {
        (self.message.1 as usize).saturating_add(usize::from(self.info.start) / 8)
    }

    /// First byte in the frame.
    pub fn offset(&self) -> usize {
        (self.start / 8) as usize
    }

    /// Number of bytes that it touches.
    pub fn length(&self) -> usize {
        let end = self.start.saturating_add(self.bits).div_ceil(8) as usize;
        if self.bits == 0 { 0 } else { end.saturating_sub(self.offset()) }
    }

    /// The bytes that it touches; none of what is generated.
    pub fn bytes(&self) -> &'a [u8] {
        let first = usize::from(self.info.start) / 8;
        self.section.get(first..first.saturating_add(self.length())).unwrap_or(&[])
    }

    /// Length of the section that its table describes, in bytes.
    pub(crate) fn section_length(&self) -> usize {
        self.section.len()
    }

    /// Whether it begins or ends inside a byte.
    pub fn is_partial(&self) -> bool {
        !self.start.is_multiple_of(8) || !self.bits.is_multiple_of(8)
    }

    /// Whether it owns its bits: see [`Role::Tile`].
    pub fn is_tile(&self) -> bool {
        self.info.role == Role::Tile
    }

    /// The name of its value, if values of this field have names.
    pub fn text(&self) -> Option<&'static str> {
        match self.generated {
            Some(value) => self.info.name_of(value),
            None => self.info.name_in(self.section),
        }
    }

    /// Writes a value into the field's place in `frame`, and nothing else: the declared setter. `None` if the
    /// place is not there, or the value is of another type.
    pub fn write(&self, frame: &mut [u8], value: Value<'_>) -> Option<()> {
        // The section's place in the frame: the field's start less its start in the section.
        let first = self.start.checked_sub(u32::from(self.info.start))?.checked_div(8)? as usize;
        let section = frame.get_mut(first..first.checked_add(self.section.len())?)?;
        self.info.write(section, value)
    }
}

/// What layers are called that are no headers.
#[cfg(any(feature = "cli", feature = "expression"))]
pub(crate) const RESTS: [&str; 4] = ["payload", "padding", "trailer", "unparsed"];

impl<B: AsRef<[u8]>> Packet<B> {
    /// What the layers are called, from the outside in: the prefix of a header's fields, or `payload`, `padding`, `trailer`,
    /// `unparsed` for what is no header.
    ///
    /// ```
    /// use layercake::packet::{Decoder, Frame};
    /// use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, udp::Udp};
    ///
    /// let mut buffer = [0; 64];
    /// let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    /// let cake = Ethernet::new(Default::default(), Default::default()) / Ipv4::new(a, b) / Udp::new(5000, 7) / b"hello";
    /// let packet = Decoder::new().packet(Frame::ethernet(cake.write(&mut buffer)?));
    /// assert!(packet.names().eq(["eth", "ip", "udp", "payload"]));
    /// # Ok::<(), layercake::field::BuildError>(())
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.layers().map(|layer| self.name(&layer))
    }

    /// What a layer is called: see [`Packet::names`].
    pub fn name(&self, layer: &Layer) -> &'static str {
        match (self.protocol(layer), layer.kind) {
            (Some(protocol), _) => protocol.prefix,
            (None, Kind::PAYLOAD) => "payload",
            (None, Kind::PADDING) => "padding",
            (None, Kind::TRAILER | Kind::FRAME_TRAILER | Kind::FRAME_CHECK_SEQUENCE) => "trailer",
            (None, _) => "unparsed",
        }
    }

    /// Every field of every layer, in the order of the layers and of the bits. A group comes before the fields
    /// inside its range.
    pub fn fields(&self) -> Fields<'_> {
        Fields { packet: PacketRef::of(self), layers: self.layers(), index: 0, now: None }
    }

    /// The fields of one layer, the `index`th.
    pub fn fields_of(&self, index: usize) -> impl Iterator<Item = FieldRef<'_>> + '_ {
        let mut fields = self.fields();
        fields.skip_to(index);
        fields.take_while(move |field| field.layer == index)
    }
}

/// The fields of a packet; see [`Packet::fields`].
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    packet: PacketRef<'a>,
    layers: Layers<'a>,
    index: usize,
    now: Option<Walk<'a>>,
}

/// The walk over one layer.
#[derive(Clone, Debug)]
struct Walk<'a> {
    layer: Layer,
    protocol: Option<&'static Protocol>,
    header: &'a [u8],
    cursor: Cursor,
    section: Section,
    row: usize,
    /// The first bit of the frame that no tile covers yet.
    bare: u32,
    /// The next generated field.
    generated: usize,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Sections,
    Gap,
    Generated,
}

impl<'a> Fields<'a> {
    fn skip_to(&mut self, index: usize) {
        while self.index < index && self.layers.next().is_some() {
            self.index = self.index.saturating_add(1);
        }
    }

    /// Begins with the next layer; `None` behind the last.
    fn open(&mut self) -> Option<Walk<'a>> {
        let layer = self.layers.next()?;
        let protocol = self.packet.decoder.protocol(layer.kind);
        let header = self.packet.bytes.get(layer.start()..layer.content()).unwrap_or(&[]);
        let fields = match protocol {
            Some(protocol) => protocol.fields,
            None => self.rest_fields(&layer),
        };
        let length = protocol.map_or(header.len(), |protocol| protocol.length.min(header.len()));
        Some(Walk {
            layer,
            protocol,
            header,
            cursor: Cursor::new(length),
            section: Section { fields, start: 0, length, origin: 0 },
            row: 0,
            bare: layer.start.saturating_mul(8),
            generated: 0,
            stage: Stage::Sections,
        })
    }

    /// The table of what is no header; the header in front of a payload says what that is called.
    fn rest_fields(&self, layer: &Layer) -> &'static [FieldInfo] {
        match layer.kind {
            Kind::PAYLOAD => {
                let innermost =
                    self.packet.record.count().checked_sub(1).and_then(|last| self.layers.header(last));
                let owner = innermost.and_then(|layer| self.packet.decoder.protocol(layer.kind));
                owner.map_or(data::payload::FIELDS, |protocol| core::slice::from_ref(protocol.payload))
            }
            Kind::PADDING => data::padding::FIELDS,
            Kind::FRAME_CHECK_SEQUENCE => match self.packet.check_sequence() {
                Some(_) => data::frame_check_sequence::FIELDS,
                None => data::check_sequence::FIELDS,
            },
            Kind::FRAME_TRAILER => data::ethernet_trailer::FIELDS,
            Kind::TRAILER => data::trailer::FIELDS,
            _ => data::unparsed::FIELDS,
        }
    }
}

impl<'a> Walk<'a> {
    fn next(&mut self, index: usize, packet: &PacketRef<'a>) -> Option<FieldRef<'a>> {
        loop {
            match self.stage {
                Stage::Sections => {
                    if let Some(field) = self.row(index) {
                        return Some(field);
                    }
                    let sections = self.protocol.map(|protocol| protocol.sections);
                    match sections.and_then(|sections| sections(self.header, &mut self.cursor)) {
                        Some(section) => (self.section, self.row) = (section, 0),
                        None => self.stage = Stage::Gap,
                    }
                }
                Stage::Gap => {
                    let end = (self.layer.content() as u32).saturating_mul(8);
                    if self.bare < end {
                        return Some(self.gap(index, end));
                    }
                    self.stage = Stage::Generated;
                }
                Stage::Generated => return self.generated(index, packet),
            }
        }
    }

    /// The next row of the section that lies in its bytes, or the gap in front of it.
    fn row(&mut self, index: usize) -> Option<FieldRef<'a>> {
        let end = self.section.start.saturating_add(self.section.length).min(self.header.len());
        let section = self.header.get(self.section.start..end).unwrap_or(&[]);
        let base = self.layer.start.saturating_add(self.section.start as u32).saturating_mul(8);
        while let Some(info) = self.section.fields.get(self.row) {
            let bits = info.width(section.len()) as u32;
            let start = base.saturating_add(u32::from(info.start));
            let behind = u32::from(info.start).saturating_add(bits) as usize;
            let there = bits > 0 && behind <= section.len().saturating_mul(8);
            if !there || info.when.is_some_and(|when| !when(section)) {
                self.row = self.row.saturating_add(1);
                continue;
            }
            if info.role != Role::Alias && start > self.bare {
                return Some(self.gap(index, start));
            }
            self.row = self.row.saturating_add(1);
            if info.role == Role::Tile {
                self.bare = start.saturating_add(bits);
            }
            let Section { start: first, origin, .. } = self.section;
            let message = match first.saturating_sub(origin) {
                0 => (section, 0),
                within => (self.header.get(origin..).unwrap_or(&[]), within as u32),
            };
            return Some(FieldRef { info, layer: index, start, bits, section, message, generated: None });
        }
        None
    }

    /// The bits up to `end` that no tile covers: whole bytes as bytes, the rest as a number.
    fn gap(&mut self, index: usize, end: u32) -> FieldRef<'a> {
        let start = self.bare;
        // From inside a byte to its end, or to the bit where the next tile begins; then whole bytes; then bits.
        let aligned = start.is_multiple_of(8);
        let stop = match (aligned, end / 8 > start / 8) {
            (true, true) => end & !7,
            (true, false) => end,
            (false, _) => end.min(start.div_ceil(8).saturating_mul(8)),
        };
        self.bare = stop;
        let first = (start / 8).saturating_sub(self.layer.start) as usize;
        let last = stop.div_ceil(8).saturating_sub(self.layer.start) as usize;
        let section = self.header.get(first..last).unwrap_or(&[]);
        let info = match (start % 8, stop.saturating_sub(start)) {
            (0, bits) if bits % 8 == 0 => &data::unparsed::UNPARSED.info,
            (inside, bits) => unparsed_bits(inside, bits),
        };
        FieldRef {
            info,
            layer: index,
            start,
            bits: stop.saturating_sub(start),
            section,
            message: (&[], 0),
            generated: None,
        }
    }

    fn generated(&mut self, index: usize, packet: &PacketRef<'a>) -> Option<FieldRef<'a>> {
        let protocol = self.protocol?;
        let start = self.layer.start.saturating_mul(8);
        while self.generated < protocol.generated.len() {
            let entry = protocol.generated.get(self.generated)?;
            self.generated = self.generated.saturating_add(1);
            let scope: Scope<'a> = verify::scope(packet, index)?;
            if let Some(value) = (entry.value)(&scope) {
                let info = &entry.info;
                return Some(FieldRef {
                    info,
                    layer: index,
                    start,
                    bits: 0,
                    section: &[],
                    message: (&[], 0),
                    generated: Some(value),
                });
            }
        }
        None
    }
}

/// The tile of up to seven bits inside a byte: one row for each place and width.
fn unparsed_bits(inside: u32, bits: u32) -> &'static FieldInfo {
    static ROWS: [[FieldInfo; 8]; 8] = {
        let template = FieldInfo { format: crate::field::Format::Hex, ..data::unparsed::UNPARSED.info };
        let mut rows = [[template; 8]; 8];
        let mut start = 0;
        while start < 8 {
            let mut bits = 0;
            while bits < 8 {
                #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
                {
                    rows[start][bits] = FieldInfo { start: start as u16, bits: bits as u16, ..template };
                    bits += 1;
                }
            }
            #[allow(clippy::arithmetic_side_effects)]
            {
                start += 1;
            }
        }
        rows
    };
    let row = ROWS.get(inside as usize).and_then(|row| row.get(bits as usize));
    row.unwrap_or(&data::unparsed::UNPARSED.info)
}

impl<'a> Iterator for Fields<'a> {
    type Item = FieldRef<'a>;

    fn next(&mut self) -> Option<FieldRef<'a>> {
        loop {
            if self.now.is_none() {
                self.now = Some(self.open()?);
            }
            if let Some(walk) = &mut self.now
                && let Some(field) = walk.next(self.index, &self.packet)
            {
                return Some(field);
            }
            self.now = None;
            self.index = self.index.saturating_add(1);
        }
    }
}
