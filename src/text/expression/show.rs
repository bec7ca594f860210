//! From a packet to the expression that makes it.
//!
//! Nothing here knows which fields are filled in and which are not. The packet is built with nothing given, and what comes out
//! otherwise is given; then the text is read back and built, and what still differs is given too. What no field says right is
//! written as bytes: an option, a header, in the end the packet. So what comes out always makes the same bytes.

use core::fmt::Write;
use std::ops::Range;

use crate::field::tlv;
use crate::field::{BuildError, FieldInfo, Format, Kind, List, Protocol, Role, Row, Value};
use crate::packet::pile::{Draft, Pile, Slice};
use crate::packet::{FieldRef, Layer, Packet, registry};
use crate::text::expression::{Expression, items, value, words};

/// The expression that makes a packet's bytes, all of them as they are. What would be filled in is left out.
pub fn of<B: AsRef<[u8]>>(packet: &Packet<B>) -> String {
    settled(packet).map_or_else(|| literal(packet.bytes()), |parts| text(&parts))
}

/// The parts of an expression that makes a packet's bytes; `None` where nothing but bytes does.
fn settled<B: AsRef<[u8]>>(packet: &Packet<B>) -> Option<Vec<Part>> {
    let bytes = packet.bytes();
    let mut parts = parts(packet);
    hide_what_is_automatic(&mut parts, bytes);
    // Each time at least one field or header more is given.
    let most: usize = parts.iter().map(|part| part.placed.len().saturating_add(1)).sum();
    for _ in 0..most.saturating_mul(2).saturating_add(8) {
        let text = text(&parts);
        match check(&parts, &text, bytes) {
            Ok(()) => return Some(parts),
            Err(wrong) => {
                let whole = |parts: &[Part]| parts.iter().filter(|part| part.whole.is_some()).count();
                let before = whole(&parts);
                give_more(&mut parts, &wrong, bytes).then_some(())?;
                // With a header as bytes, other fields are right again.
                if whole(&parts) > before {
                    hide_what_is_automatic(&mut parts, bytes);
                }
            }
        }
    }
    None
}

/// Something that the expression of a packet says of a layer.
pub(super) struct Given {
    /// The field's row, if it has a place of its own.
    pub info: Option<&'static FieldInfo>,
    pub text: String,
}

/// What the expression of a packet says, layer by layer.
pub(super) fn given<B: AsRef<[u8]>>(packet: &Packet<B>) -> Vec<Vec<Given>> {
    let said = |part: Part| {
        let shown = part.placed.into_iter().filter(|place| place.shown);
        let placed = shown.map(|place| Given { info: Some(place.info), text: place.text });
        placed.chain(part.behind.into_iter().map(|text| Given { info: None, text })).collect()
    };
    settled(packet).unwrap_or_default().into_iter().map(said).collect()
}

/// What is wrong with an expression that should make certain bytes.
enum Wrong {
    /// A header has another length, or is refused.
    Part(usize),
    /// A field has to be given.
    Field(&'static str),
    /// These bits differ.
    Bits(Vec<u8>),
}

/// Whether an expression makes these bytes.
fn check(parts: &[Part], text: &str, bytes: &[u8]) -> Result<(), Wrong> {
    let expression = match Expression::parse(text) {
        Ok(expression) => expression,
        Err(bad) => {
            let is_in = |part: usize| {
                let before = self::text(parts.get(..=part).unwrap_or(parts));
                before.len() > bad.span.start
            };
            return Err(Wrong::Part((0..parts.len()).find(|part| is_in(*part)).unwrap_or(0)));
        }
    };
    let other = expression
        .pile()
        .slices()
        .iter()
        .zip(parts)
        .position(|(slice, part)| slice.size() != part.range.len());
    if let Some(part) = other {
        return Err(Wrong::Part(part));
    }
    match expression.to_vec() {
        Ok(built) if built == bytes => Ok(()),
        Ok(built) => Err(Wrong::Bits(differing(&built, bytes))),
        Err(BuildError::TooLong { field, .. } | BuildError::NoNumber { field }) => Err(Wrong::Field(field)),
        Err(_) => Err(Wrong::Part(0)),
    }
}

/// Bytes as payload is written.
pub(super) fn literal(bytes: &[u8]) -> String {
    value::quoted(bytes).unwrap_or_else(|| format!("0x{}", hex::encode(bytes)))
}

/// One part of an expression.
struct Part {
    /// The bytes of the frame.
    range: Range<usize>,
    kind: Kind,
    name: String,
    /// The fields that have a place of their own.
    placed: Vec<Placed>,
    /// Bytes up to here are those of the fields with places.
    until: usize,
    /// What stands behind them.
    behind: Vec<String>,
    /// No header, or one that is written as bytes.
    whole: Option<String>,
}

/// A field that has a place of its own.
struct Placed {
    info: &'static FieldInfo,
    text: String,
    /// Its bits in the frame.
    bits: Range<usize>,
    shown: bool,
}

fn parts<B: AsRef<[u8]>>(packet: &Packet<B>) -> Vec<Part> {
    let mut found = Vec::new();
    let mut around = None;
    for (index, layer) in packet.layers().enumerate() {
        let bytes = packet.bytes().get(layer.start()..layer.content()).unwrap_or(&[]);
        let range = layer.start()..layer.start().saturating_add(bytes.len());
        let Some(protocol) = packet.protocol(&layer).filter(|_| Draft::new(layer.kind).is_some()) else {
            found.push(Part::of_bytes(layer.kind, range, bytes));
            continue;
        };
        let mut part = Part {
            range,
            kind: layer.kind,
            name: words::name_of(layer.kind, around),
            placed: Vec::new(),
            until: 0,
            behind: Vec::new(),
            whole: None,
        };
        around = Some(layer.kind);
        let fields: Vec<FieldRef<'_>> = packet.fields_of(index).collect();
        if part.fill(protocol, &layer, bytes, &fields).is_none() {
            part.whole = Some(part.exact(bytes));
        }
        found.push(part);
    }
    found
}

impl Part {
    fn of_bytes(kind: Kind, range: Range<usize>, bytes: &[u8]) -> Self {
        let whole = match kind {
            Kind::PADDING => format!("padding({})", bytes.len()),
            Kind::TRAILER | Kind::FRAME_TRAILER | Kind::FRAME_CHECK_SEQUENCE => {
                format!("trailer(0x{})", hex::encode(bytes))
            }
            _ => literal(bytes),
        };
        Self {
            until: range.end,
            range,
            kind,
            name: String::new(),
            placed: Vec::new(),
            behind: Vec::new(),
            whole: Some(whole),
        }
    }

    fn exact(&self, bytes: &[u8]) -> String {
        format!("{}(raw=0x{})", self.name, hex::encode(bytes))
    }

    /// Fills in what the fields say; `None` where bytes alone say it.
    fn fill(
        &mut self,
        protocol: &'static Protocol,
        layer: &Layer,
        bytes: &[u8],
        fields: &[FieldRef<'_>],
    ) -> Option<()> {
        let mut draft = Draft::new(layer.kind)?;
        let fixed = bytes.get(..draft.bytes().len())?;
        draft.preset_fixed(fixed);
        let natural = draft.natural_length();
        (natural <= bytes.len()).then_some(())?;
        self.until = layer.start().saturating_add(natural);
        let end = self.until.saturating_mul(8);
        let (placed, behind): (Vec<&FieldRef<'_>>, Vec<&FieldRef<'_>>) =
            fields.iter().filter(|field| field.bits > 0).partition(|field| (field.start as usize) < end);
        self.place(protocol, &placed, end)?;
        let mut behind = behind;
        behind.sort_by_key(|field| field.start);
        let mut items = Items { protocol, layer, bytes, fields: behind, at: natural, found: Vec::new() };
        items.all()?;
        self.behind = items.found;
        Some(())
    }

    fn place(&mut self, protocol: &'static Protocol, fields: &[&FieldRef<'_>], end: usize) -> Option<()> {
        let mut lettered = 0..0;
        for field in fields {
            let bits = field.start as usize..(field.start as usize).saturating_add(field.bits as usize);
            if field.info.role == Role::Group
                && let Some(Value::Number(number)) = field.value()
                && let Some(letters) = words::letters(field.info, number)
            {
                let text = format!("{}={letters}", words::short(protocol, field.info));
                self.placed.push(Placed { info: field.info, text, bits: bits.clone(), shown: true });
                lettered = bits;
                continue;
            }
            if !field.is_tile() || lettered.contains(&bits.start) {
                continue;
            }
            (bits.end <= end && !is_unparsed(field.info)).then_some(())?;
            let text = tile(protocol, field, false)?;
            self.placed.push(Placed { info: field.info, text, bits, shown: true });
        }
        Some(())
    }

    fn write(&self, out: &mut String) {
        if let Some(whole) = &self.whole {
            out.push_str(whole);
            return;
        }
        out.push_str(&self.name);
        let shown = self.placed.iter().filter(|place| place.shown).map(|place| place.text.as_str());
        let all: Vec<&str> = shown.chain(self.behind.iter().map(String::as_str)).collect();
        if !all.is_empty() {
            let _ = write!(out, "({})", all.join(", "));
        }
    }
}

fn text(parts: &[Part]) -> String {
    let mut text = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            text.push('/');
        }
        part.write(&mut text);
    }
    if parts.is_empty() { "\"\"".to_owned() } else { text }
}

fn is_unparsed(info: &FieldInfo) -> bool {
    info.name.starts_with("unparsed")
}

/// A tile with its name. Behind the fixed part the number of digits says which of several fields of one name it is.
fn tile(protocol: &'static Protocol, field: &FieldRef<'_>, behind: bool) -> Option<String> {
    let name = words::short(protocol, field.info);
    Some(format!("{name}={}", tile_value(protocol, field, behind)?))
}

fn tile_value(protocol: &'static Protocol, field: &FieldRef<'_>, behind: bool) -> Option<String> {
    let value = field.value()?;
    let width = field.bits as usize;
    let is_in_order = |info: &FieldInfo| info.name == field.info.name && info.format != Format::Little;
    if field.info.format == Format::Little && protocol.fields.iter().any(is_in_order) {
        // Of two byte orders, the usual one says the bytes as they stand there.
        return Some(format!("0x{}", hex::encode(field.bytes())));
    }
    let is_other = |info: &FieldInfo| info.name == field.info.name && info.bits != field.info.bits;
    if let Value::Number(number) = value
        && behind
        && field.info.format != Format::Little
        && protocol.all_tables().flatten().any(is_other)
    {
        return Some(format!("0x{number:0digits$x}", digits = width.div_ceil(4)));
    }
    Some(value::show(field.info, width, field.bytes(), value))
}

/// What stands behind the fields that have places, item by item.
struct Items<'p, 'f> {
    protocol: &'static Protocol,
    layer: &'p Layer,
    bytes: &'p [u8],
    fields: Vec<&'p FieldRef<'f>>,
    /// The next byte of the header.
    at: usize,
    found: Vec<String>,
}

impl Items<'_, '_> {
    fn all(&mut self) -> Option<()> {
        let mut listed: Vec<String> = Vec::new();
        if let Some(list) = self.protocol.list
            && !list.before.is_empty()
            && self.bytes.get(self.at..)?.starts_with(list.before)
            && self.bytes.len() > self.at.saturating_add(list.before.len())
        {
            self.at = self.at.saturating_add(list.before.len());
        }
        let mut ended = false;
        while self.at < self.bytes.len() {
            let list = self.protocol.list.filter(|_| !ended);
            if let Some(list) = list
                && let Some((text, end, last)) = self.option(&list)
            {
                listed.push(text);
                (self.at, ended) = (end, last);
                continue;
            }
            self.close(&mut listed);
            let (text, end) = self.row().or_else(|| self.flat()).or_else(|| self.rest())?;
            self.found.push(text);
            self.at = end;
        }
        self.close(&mut listed);
        Some(())
    }

    /// Puts the options so far behind what was found.
    fn close(&mut self, listed: &mut Vec<String>) {
        if let (Some(list), false) = (self.protocol.list, listed.is_empty()) {
            self.found.push(format!("{}=[{}]", list.word, listed.join(", ")));
            listed.clear();
        }
    }

    /// The fields that lie in bytes of the header, without those that are not their own.
    fn tiles(&self, range: Range<usize>) -> Vec<&FieldRef<'_>> {
        let start = self.layer.start();
        let bit = |byte: usize| byte.saturating_add(start).saturating_mul(8);
        let first = self.fields.partition_point(|field| (field.start as usize) < bit(range.start));
        let behind = self.fields.get(first..).unwrap_or(&[]).iter();
        let inside = behind.take_while(|field| (field.start as usize) < bit(range.end));
        inside.filter(|field| field.is_tile()).copied().collect()
    }

    /// The option that begins here, where it ends, and whether it is the last.
    fn option(&self, list: &List) -> Option<(String, usize, bool)> {
        let rules = &list.options.rules;
        let item = tlv::item_at(self.bytes, self.at, rules).filter(|item| !item.broken)?;
        let is_last = rules.end == Some(item.kind);
        let length = if is_last || rules.pad == Some(item.kind) { 1 } else { item.bytes.len() };
        let aligned = length.checked_next_multiple_of(rules.align)?;
        let end = self.at.saturating_add(aligned).min(self.bytes.len());
        let bytes = self.bytes.get(self.at..end)?;
        let name = words::options(list.options).name(item.kind);
        let is_head = |field: &&FieldRef<'_>| {
            let head = list.options.head.iter().chain(list.options.alone);
            head.into_iter().any(|info| info.name == field.info.name && info.label == field.info.label)
                && field.offset().saturating_sub(self.layer.start()) < self.at.saturating_add(rules.head)
        };
        let tiles = self.tiles(self.at..self.at.saturating_add(length));
        tiles.first().is_some_and(is_head).then_some(())?;
        let head: Vec<String> =
            tiles.iter().filter(|field| is_head(field)).filter_map(|field| self.extra(list, field)).collect();
        let data: Vec<&FieldRef<'_>> = tiles.into_iter().filter(|field| !is_head(field)).collect();
        let hex = |at: usize| format!("0x{}", hex::encode(item.bytes.get(at..length).unwrap_or(&[])));
        let with = |arguments: Vec<String>| {
            let all: Vec<String> = head.iter().cloned().chain(arguments).collect();
            if all.is_empty() { name.clone() } else { format!("{name}({})", all.join(", ")) }
        };
        let named = |part: fn(&'static Protocol, &'static FieldInfo) -> &'static str| -> Option<Vec<String>> {
            let text = |field: &&FieldRef<'_>| match is_unparsed(field.info) {
                true => (!field.is_partial()).then(|| format!("0x{}", hex::encode(field.bytes()))),
                false => Some(format!(
                    "{}={}",
                    part(self.protocol, field.info),
                    tile_value(self.protocol, field, true)?
                )),
            };
            data.iter().map(text).collect()
        };
        let alike =
            data.iter().all(|field| Some(field.info.name) == data.first().map(|first| first.info.name));
        let one: Option<Vec<String>> =
            data.iter().filter(|_| alike).map(|field| tile_value(self.protocol, field, true)).collect();
        let one = one.filter(|values| values.len() == data.len()).map(with);
        let last = |_: &'static Protocol, info: &'static FieldInfo| {
            info.name.rsplit('.').next().unwrap_or(info.name)
        };
        let candidates = [
            one,
            named(last).map(with),
            named(words::short).map(with),
            Some(with(vec![hex(rules.head)])),
            Some(format!("{}({})", item.kind, hex(rules.head))),
        ];
        let text = candidates
            .into_iter()
            .flatten()
            .find(|text| items::option(self.protocol, list, text).as_deref() == Some(bytes))?;
        Some((text, end, is_last))
    }

    /// What stands in the head of an option besides kind and length, if it is not zero.
    fn extra(&self, list: &List, field: &FieldRef<'_>) -> Option<String> {
        let own = [list.options.rules.kind, list.options.rules.length];
        let first = usize::from(field.info.start) / 8;
        let is_own = own.iter().any(|word| match word {
            tlv::Word::Byte(at) => *at == first,
            tlv::Word::Big(at) | tlv::Word::Little(at) => (*at..at.saturating_add(2)).contains(&first),
        });
        let is_zero = matches!(field.value(), Some(Value::Number(0) | Value::Flag(false)));
        if is_own || is_zero {
            return None;
        }
        let name = field.info.name.rsplit('.').next().unwrap_or(field.info.name);
        Some(format!("{name}={}", tile_value(self.protocol, field, true)?))
    }

    /// The question or record that begins here, and where it ends.
    fn row(&self) -> Option<(String, usize)> {
        let first = self.layer.start().saturating_add(self.at).saturating_mul(8);
        let is_group = |row: &Row, field: &FieldRef<'_>| {
            field.info.name == row.group.name && field.info.label == row.group.label
        };
        for row in self.protocol.rows {
            let before = self.fields.partition_point(|field| (field.start as usize) < first);
            let mut here = self.fields.get(before..).unwrap_or(&[]).iter();
            let mut here = here.by_ref().take_while(|field| field.start as usize == first);
            let Some(group) = here.find(|field| is_group(row, field)) else { continue };
            let end = self.at.saturating_add(group.bits as usize / 8);
            let bytes = self.bytes.get(self.at..end)?;
            let tiles = self.tiles(self.at..end);
            let heads: Vec<&FieldInfo> =
                row.head.iter().copied().flatten().filter(|info| info.role == Role::Tile).collect();
            let is_this = tiles.iter().zip(&heads).all(|(tile, head)| tile.info.name == head.name);
            if !is_this || tiles.len() < heads.len() {
                continue;
            }
            let (head, data) = tiles.split_at_checked(heads.len())?;
            let head: Vec<String> = head.iter().filter_map(|field| self.head_of_row(row, field)).collect();
            let data_start = self.at.saturating_add(row_head_length(&tiles, heads.len()));
            let hex = self.bytes.get(data_start..end).filter(|data| !data.is_empty());
            let hex = hex.map(|data| format!("0x{}", hex::encode(data)));
            let fields: Option<Vec<String>> = data
                .iter()
                .map(|field| if is_unparsed(field.info) { None } else { tile(self.protocol, field, true) })
                .collect();
            let candidates = [fields, Some(hex.into_iter().collect())];
            for data in candidates.into_iter().flatten() {
                let all: Vec<String> = head.iter().cloned().chain(data).collect();
                let text = format!("{}({})", row.word, all.join(", "));
                if items::record(self.protocol, row, &text).as_deref() == Some(bytes) {
                    return Some((text, end));
                }
            }
        }
        None
    }

    /// A field of the head of a question or record, unless it is filled in so.
    fn head_of_row(&self, row: &Row, field: &FieldRef<'_>) -> Option<String> {
        let usual =
            row.usual.iter().find(|(info, _)| info.name == field.info.name).map_or(0, |(_, value)| *value);
        let is_usual = match field.value()? {
            Value::Number(number) => number == usual,
            Value::Flag(flag) => u64::from(flag) == usual,
            Value::Name(_) => field.bytes() == [0],
            _ => false,
        };
        let is_length = row.length.is_some_and(|length| length.name == field.info.name);
        if is_usual || is_length {
            return None;
        }
        let name = field.info.name.rsplit('.').next().unwrap_or(field.info.name);
        Some(format!("{name}={}", tile_value(self.protocol, field, true)?))
    }

    /// The field that begins here, on its own.
    fn flat(&self) -> Option<(String, usize)> {
        let start = self.layer.start().saturating_add(self.at).saturating_mul(8);
        let mut found = Vec::new();
        let mut next = start;
        // Fields that are no whole bytes go on to the end of one.
        let before = self.fields.partition_point(|field| (field.start as usize) < start);
        for field in self.fields.get(before..).unwrap_or(&[]).iter().filter(|field| field.is_tile()) {
            (field.start as usize == next && !is_unparsed(field.info)).then_some(())?;
            found.push(tile(self.protocol, field, true)?);
            next = next.saturating_add(field.bits as usize);
            if next.is_multiple_of(8) {
                break;
            }
        }
        let end = (next / 8).saturating_sub(self.layer.start());
        let text = found.join(", ");
        let written = items::fields(self.protocol, &text)?;
        (self.bytes.get(self.at..end) == Some(written.as_slice()) && next > start).then_some((text, end))
    }

    /// All that is left, as bytes; nothing where padding gives it.
    fn rest(&self) -> Option<(String, usize)> {
        let rest = self.bytes.get(self.at..)?;
        // The next place where something is known begins behind this.
        Some((format!("0x{}", hex::encode(rest)), self.bytes.len()))
    }
}

/// The bytes that the first tiles of a row take.
fn row_head_length(tiles: &[&FieldRef<'_>], heads: usize) -> usize {
    let bits: usize = tiles.iter().take(heads).map(|field| field.bits as usize).sum();
    bits / 8
}

/// Hides the fields that come out right where nothing is given.
fn hide_what_is_automatic(parts: &mut [Part], bytes: &[u8]) {
    let slice = |part: &Part| {
        let own = bytes.get(part.range.clone()).unwrap_or(&[]);
        match part.kind {
            Kind::PADDING | Kind::TRAILER | Kind::FRAME_TRAILER | Kind::FRAME_CHECK_SEQUENCE => {
                Some(Slice::Behind(own.to_vec()))
            }
            _ if part.name.is_empty() => Some(Slice::Payload(own.to_vec())),
            kind if part.whole.is_some() => Draft::exact(kind, own.to_vec()).map(Slice::Header),
            kind => {
                let mut draft = Draft::new(kind)?;
                let natural = part.until.saturating_sub(part.range.start);
                draft.extend(natural);
                draft.append(own.get(natural..)?);
                Some(Slice::Header(draft))
            }
        }
    };
    let pile: Option<Vec<Slice>> = parts.iter().map(slice).collect();
    let Some(Ok(automatic)) = pile.map(|slices| Pile::from(slices).to_vec()) else { return };
    let differing = differing(&automatic, bytes);
    for part in parts {
        let Some(protocol) = registry::built_in(part.kind) else { continue };
        for place in &mut part.placed {
            // Whether a checksum or a count is right shows once all else stands there.
            let is_checksum =
                protocol.checksum.is_some_and(|checksum| checksum.field.name == place.info.name);
            let is_count = protocol.rows.iter().any(|row| row.count.0.name == place.info.name);
            place.shown = !is_checksum && !is_count && is_in(&differing, &place.bits);
        }
        // Of fields with one name, the first is the first that is given.
        let shown: Vec<&str> =
            part.placed.iter().filter(|place| place.shown).map(|place| place.info.name).collect();
        for place in &mut part.placed {
            place.shown |= shown.contains(&place.info.name);
        }
    }
}

/// The bits that differ, by the bytes that they lie in: eight of them each, 1 where they differ.
fn differing(built: &[u8], bytes: &[u8]) -> Vec<u8> {
    if built.len() != bytes.len() {
        return vec![0xff; bytes.len()];
    }
    built.iter().zip(bytes).map(|(a, b)| a ^ b).collect()
}

fn is_in(differing: &[u8], bits: &Range<usize>) -> bool {
    bits.clone().any(|bit| {
        let mask = 0x80u8.checked_shr((bit % 8) as u32).unwrap_or(0);
        differing.get(bit / 8).is_some_and(|byte| byte & mask != 0)
    })
}

/// Gives a field more, or all bytes of a header; whether there was one.
fn give_more(parts: &mut [Part], wrong: &Wrong, bytes: &[u8]) -> bool {
    let hidden = |part: &mut Part, is: &dyn Fn(&Placed) -> bool| {
        let mut found = false;
        for place in part.placed.iter_mut().filter(|place| !place.shown && is(place)) {
            (place.shown, found) = (true, true);
        }
        found
    };
    match wrong {
        Wrong::Field(field) => {
            return parts.iter_mut().rev().any(|part| hidden(part, &|place| place.info.name == *field));
        }
        Wrong::Bits(differing) => {
            let mut more = false;
            for part in parts.iter_mut() {
                more |= hidden(part, &|place| is_in(differing, &place.bits));
            }
            if more {
                return true;
            }
        }
        Wrong::Part(_) => {}
    }
    let is_wrong = |(index, part): &(usize, &mut Part)| match wrong {
        Wrong::Part(wrong) => index == wrong,
        Wrong::Bits(differing) => {
            let own = part.range.start.saturating_mul(8)..part.range.end.saturating_mul(8);
            is_in(differing, &own)
        }
        Wrong::Field(_) => false,
    };
    let mut open = parts.iter_mut().enumerate().rev().filter(|(_, part)| part.whole.is_none());
    match open.find(is_wrong) {
        Some((_, part)) => part.whole = Some(part.exact(bytes.get(part.range.clone()).unwrap_or(&[]))),
        None => return false,
    }
    true
}
