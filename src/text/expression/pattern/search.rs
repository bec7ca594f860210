//! Which layer each part of a pattern stands for, and what differs then.

use super::{Item, Part, Pattern, Want, Wanted, Written};
use crate::field::{Format, List, Protocol, Role, Row, Value as Shown, tlv};
use crate::packet::{FieldRef, Layer, Packet};
use crate::text::expression::parse::{Term, Value};
use crate::text::expression::value::{self, Encoded};
use crate::text::expression::{items, show, words};

/// The layer that each part stands for is searched so that the fewest things differ.
pub(super) struct Search<'p, B> {
    pattern: &'p Pattern,
    packet: &'p Packet<B>,
    layers: Vec<Layer>,
    /// What the packet's expression says of each layer, where a part wants nothing else.
    given: Vec<Vec<show::Given>>,
}

/// What a part that stands for another layer counts as.
const ANOTHER: usize = 1000;

impl<'p, B: AsRef<[u8]>> Search<'p, B> {
    pub(super) fn new(pattern: &'p Pattern, packet: &'p Packet<B>) -> Self {
        let is_closed = |part: &Part| matches!(part, Part::Layer(wanted) if !wanted.open);
        let given = if pattern.parts.iter().any(is_closed) { show::given(packet) } else { Vec::new() };
        Self { pattern, packet, layers: packet.layers().collect(), given }
    }

    pub(super) fn differences(&self) -> Vec<String> {
        let (parts, layers) = (self.pattern.parts.len(), self.layers.len());
        // From the end: the fewest differences of the parts from here with the layers from there.
        let mut least = vec![vec![0usize; layers.saturating_add(1)]; parts.saturating_add(1)];
        let at = |least: &[Vec<usize>], part: usize, layer: usize| {
            least.get(part).and_then(|row| row.get(layer)).copied().unwrap_or(ANOTHER)
        };
        let reached = self.reached();
        for part in (0..=parts).rev() {
            for layer in (0..=layers).rev() {
                if !reached.get(part).and_then(|row| row.get(layer)).is_some_and(|reached| *reached) {
                    continue;
                }
                let next = part.saturating_add(1);
                let cost = match self.pattern.parts.get(part) {
                    None if layer == layers => 0,
                    None => ANOTHER,
                    Some(Part::Open) if layer < layers => {
                        at(&least, next, layer).min(at(&least, part, layer.saturating_add(1)))
                    }
                    Some(Part::Open) => at(&least, next, layer),
                    Some(Part::Layer(wanted)) => match self.fit(wanted, layer) {
                        Some(differences) => {
                            differences.len().saturating_add(at(&least, next, layer.saturating_add(1)))
                        }
                        None => ANOTHER,
                    },
                };
                if let Some(place) = least.get_mut(part).and_then(|row| row.get_mut(layer)) {
                    *place = cost;
                }
            }
        }
        let (mut part, mut layer, mut all) = (0usize, 0usize, Vec::new());
        loop {
            match self.pattern.parts.get(part) {
                None if layer == layers => return all,
                None => {
                    let name = self.name(layer);
                    all.push(format!(
                        "{name}: found, and the pattern ends before it; write /.. for whatever is inside"
                    ));
                    return all;
                }
                Some(Part::Open) => {
                    let stay = at(&least, part.saturating_add(1), layer);
                    if layer < layers && at(&least, part, layer.saturating_add(1)) < stay {
                        layer = layer.saturating_add(1);
                    } else {
                        part = part.saturating_add(1);
                    }
                }
                Some(Part::Layer(wanted)) => {
                    let Some(differences) = self.fit(wanted, layer) else {
                        all.push(format!("{}: expected, {} found", wanted.name, self.name(layer)));
                        return all;
                    };
                    all.extend(differences);
                    (part, layer) = (part.saturating_add(1), layer.saturating_add(1));
                }
            }
        }
    }

    /// Which parts can come to stand for which layers, by their kinds alone.
    fn reached(&self) -> Vec<Vec<bool>> {
        let (parts, layers) = (self.pattern.parts.len(), self.layers.len());
        let mut reached = vec![vec![false; layers.saturating_add(1)]; parts.saturating_add(1)];
        let mark = |reached: &mut Vec<Vec<bool>>, part: usize, layer: usize| {
            if let Some(place) = reached.get_mut(part).and_then(|row| row.get_mut(layer)) {
                *place = true;
            }
        };
        mark(&mut reached, 0, 0);
        for (number, part) in self.pattern.parts.iter().enumerate() {
            for layer in 0..=layers {
                if !reached.get(number).and_then(|row| row.get(layer)).is_some_and(|reached| *reached) {
                    continue;
                }
                match part {
                    Part::Open => {
                        mark(&mut reached, number, layer.saturating_add(1));
                        mark(&mut reached, number.saturating_add(1), layer);
                    }
                    Part::Layer(wanted) => {
                        if self.layers.get(layer).is_some_and(|layer| self.is_it(wanted, layer)) {
                            mark(&mut reached, number.saturating_add(1), layer.saturating_add(1));
                        }
                    }
                }
            }
        }
        reached
    }

    fn is_it(&self, wanted: &Wanted, layer: &Layer) -> bool {
        match wanted.kind {
            Some(kind) => layer.kind == kind,
            None => {
                let name = self.packet.name(layer);
                name == wanted.name || wanted.name == "payload" && name == "unparsed"
            }
        }
    }

    fn name(&self, layer: usize) -> &str {
        self.layers.get(layer).map_or("the end of the packet", |layer| self.packet.name(layer))
    }

    /// How a layer differs from a part; `None` if it is another one.
    fn fit(&self, wanted: &Wanted, index: usize) -> Option<Vec<String>> {
        let layer = self.layers.get(index)?;
        self.is_it(wanted, layer).then_some(())?;
        let bytes = self.packet.bytes().get(layer.start()..layer.content()).unwrap_or(&[]);
        let fields: Vec<FieldRef<'_>> = self.packet.fields_of(index).collect();
        let mut all = Vec::new();
        for want in &wanted.wants {
            let difference = match (want, self.packet.protocol(layer)) {
                (Want::Bytes(wanted), _) => bytes_differ(wanted, bytes),
                (Want::Field(name, value), Some(protocol)) => field_differs(protocol, &fields, name, value),
                (Want::Row(row, wanted), Some(protocol)) => row_differs(protocol, &fields, row, wanted),
                (Want::Options(list, items), Some(_)) => {
                    let start = list_start(list, layer, &fields).unwrap_or(bytes.len());
                    list_differs(list, items, bytes.get(start..).unwrap_or(&[]))
                }
                (_, None) => None,
            };
            all.extend(difference.map(|difference| format!("{}{difference}", wanted.name)));
        }
        if !wanted.open
            && let (Some(protocol), Some(given)) = (self.packet.protocol(layer), self.given.get(index))
        {
            all.extend(given.iter().filter(|given| !is_said(protocol, wanted, given)).map(|given| {
                let text = &given.text;
                format!(
                    "{}: {text} found, which the pattern does not say; .. is for whatever else there is",
                    wanted.name
                )
            }));
        }
        Some(all)
    }
}

/// Whether what a packet's expression says of a layer is something that the pattern speaks of.
fn is_said(protocol: &Protocol, wanted: &Wanted, given: &show::Given) -> bool {
    wanted.wants.iter().any(|want| match (want, given.info) {
        (Want::Bytes(_), _) => true,
        (Want::Field(name, _), Some(info)) => words::names(protocol, info, name),
        (Want::Field(name, _), None) => given.text.starts_with(&format!("{name}=")),
        (Want::Row(row, _), None) => given.text.starts_with(&format!("{}(", row.word)),
        (Want::Options(list, _), None) => given.text.starts_with(&format!("{}=", list.word)),
        _ => false,
    })
}

fn bytes_differ(wanted: &[u8], bytes: &[u8]) -> Option<String> {
    (wanted != bytes).then(|| format!(": {} expected, {} found", show::literal(wanted), show::literal(bytes)))
}

fn field_differs(
    protocol: &Protocol,
    fields: &[FieldRef<'_>],
    name: &str,
    value: &Written,
) -> Option<String> {
    let named = || fields.iter().filter(|field| words::names(protocol, field.info, name));
    if named().any(|field| is(protocol, field, value)) {
        return None;
    }
    Some(match named().next() {
        Some(field) => {
            let found: Vec<String> = named().map(shown).collect();
            let last = field.offset().saturating_add(field.length()).saturating_sub(1);
            let place = match field.length() {
                0 => String::new(),
                1 => format!(" (byte {last})"),
                _ => format!(" (bytes {}-{last})", field.offset()),
            };
            let name = words::short(protocol, field.info);
            format!(".{name}: {} expected, {} found{place}", written(value), found.join(", "))
        }
        None => format!(".{name}: {} expected, and it is not there", written(value)),
    })
}

fn row_differs(
    protocol: &Protocol,
    fields: &[FieldRef<'_>],
    row: &Row,
    wanted: &[(String, Written)],
) -> Option<String> {
    let head = items::head_of(row);
    let is_group =
        |field: &&FieldRef<'_>| field.info.name == row.group.name && field.info.label == row.group.label;
    let has = |group: &FieldRef<'_>, (name, value): &(String, Written)| {
        let end = group.start.saturating_add(group.bits);
        let inside = fields.iter().filter(|field| field.start >= group.start && field.start < end);
        let mut named = inside.filter(|field| items::names_in_row(protocol, &head, field.info, name));
        named.any(|field| is(protocol, field, value))
    };
    let mut groups = fields.iter().filter(is_group);
    if groups.any(|group| wanted.iter().all(|wanted| has(group, wanted))) {
        return None;
    }
    let all: Vec<String> = wanted.iter().map(|(name, value)| format!("{name}={}", written(value))).collect();
    let there = fields.iter().filter(is_group).count();
    Some(format!(".{}({}): expected, and none of {there} is so", row.word, all.join(", ")))
}

/// Where the list of a header begins in its bytes: with the first head of an item.
fn list_start(list: &List, layer: &Layer, fields: &[FieldRef<'_>]) -> Option<usize> {
    let heads = || list.options.head.iter().chain(list.options.alone);
    let is_head = |field: &&FieldRef<'_>| {
        heads().any(|head| head.name == field.info.name && head.label == field.info.label)
    };
    fields.iter().find(is_head)?.offset().checked_sub(layer.start())
}

/// How a list differs: what stands between `..` has to follow each other.
fn list_differs(list: &List, wanted: &[Option<Item>], bytes: &[u8]) -> Option<String> {
    // What is broken, or goes on as the next layer, is no item of the list.
    let all = tlv::walk(bytes, &list.options.rules);
    let there: Vec<tlv::Item<'_>> = all.filter(|item| !item.broken).collect();
    let name = |kind: u16| words::options(list.options).name(kind);
    let is = |wanted: &Item, there: &tlv::Item<'_>| {
        let bytes = wanted.bytes.as_ref();
        // The padding of an item is none of its bytes, and behind the end of a list there may be some.
        let ends = list.options.rules.end == Some(there.kind);
        let same = |bytes: &Vec<u8>| {
            ends || bytes.get(..there.bytes.len()) == Some(there.bytes)
                && bytes.len() < there.bytes.len().saturating_add(list.options.rules.align)
        };
        wanted.kind == there.kind && !there.broken && bytes.is_none_or(same)
    };
    let runs: Vec<Vec<&Item>> =
        wanted.split(Option::is_none).map(|run| run.iter().flatten().collect()).collect();
    let last = runs.len().saturating_sub(1);
    let mut at = 0usize;
    for (number, run) in runs.iter().enumerate() {
        let fits = |at: usize| {
            let here = there.get(at..).and_then(|rest| rest.get(..run.len()));
            here.is_some_and(|here| run.iter().zip(here).all(|(wanted, there)| is(wanted, there)))
        };
        let end = there.len().saturating_sub(run.len());
        let found = match (number == 0, number == last) {
            (true, _) => Some(0).filter(|at| fits(*at)),
            (_, true) => Some(end).filter(|end| *end >= at && fits(*end)),
            _ => (at..=end).find(|at| fits(*at)),
        };
        let Some(place) = found else {
            let names: Vec<String> = run.iter().map(|item| name(item.kind)).collect();
            let found: Vec<String> = there.iter().map(|item| name(item.kind)).collect();
            let place = if number == 0 { "first" } else { "there" };
            return Some(format!(
                ".{}: {} expected {place} as written, the list is {}",
                list.word,
                names.join(", "),
                if found.is_empty() { "empty".to_owned() } else { found.join(", ") }
            ));
        };
        at = place.saturating_add(run.len());
    }
    let more = there.get(at).filter(|_| runs.len() == 1)?;
    Some(format!(
        ".{}: {} found, which the pattern does not say; .. is for whatever else there is",
        list.word,
        name(more.kind)
    ))
}

/// Whether a field has the value that is written.
fn is(protocol: &Protocol, field: &FieldRef<'_>, value: &Written) -> bool {
    let info = field.info;
    let Some(found) = field.value() else { return false };
    if let (Shown::Number(number), Some(bits)) = (found, words::group(protocol, info, &value.plain())) {
        return bits == number;
    }
    // Where there are two byte orders, hex says the bytes as they stand there.
    if info.format == Format::Little && value::hex(&value.plain()).is_some_and(|bytes| bytes == field.bytes())
    {
        return true;
    }
    // Names and text are compared as they are read.
    if let Shown::Name(_) | Shown::Text(_) = found
        && found.to_string().trim_end_matches('.') == value.plain().trim_end_matches('.')
    {
        return true;
    }
    let term = Term {
        span: 0..0,
        value: match value {
            Written::Word(word) => Value::Word(word),
            Written::Text(text) => Value::Text(text.clone()),
        },
    };
    let width = if info.format == Format::Bytes { 0 } else { field.bits as usize };
    match (value::read(info, width, &term), found) {
        (Ok(Encoded::Bytes(bytes)), _) => bytes == field.bytes(),
        (Ok(Encoded::Bits(bits)), found) => info.format.bits(found, info.scale) == Some(bits),
        (Err(_), _) => false,
    }
}

fn shown(field: &FieldRef<'_>) -> String {
    match field.value() {
        Some(Shown::Number(number)) if field.info.role == Role::Group => {
            words::letters(field.info, number).unwrap_or_else(|| format!("{number:#x}"))
        }
        Some(Shown::Name(name)) => format!("\"{name}\""),
        Some(value) => value::show(field.info, field.bits as usize, field.bytes(), value),
        None => "nothing".to_owned(),
    }
}

/// A value as it was written.
fn written(value: &Written) -> String {
    match value {
        Written::Word(word) => word.clone(),
        Written::Text(text) => show::literal(text),
    }
}
