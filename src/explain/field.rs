//! What a field is: its place, its type, the names of its values, how to ask for it.

use std::fmt;

use crate::explain::diagram::Diagram;
use crate::explain::header::is_same;
use crate::explain::rows;
use crate::field::{FieldInfo, Format, Kind, Protocol, Role};
use crate::filter::catalogue;

/// Names of values that are shown, unless all are wanted.
const SHOWN: usize = 40;
/// Places that are shown, unless all are wanted.
const PLACES: usize = 3;
/// The widest field whose values are all looked at, in bits.
const WIDEST: u16 = 16;

/// A field, explained: every place where it can stand. With `{:#}`, all names of its values.
///
/// ```
/// use layercake::explain::FieldPage;
///
/// let page = FieldPage::find("ip.ttl").unwrap();
/// assert!(page.to_string().contains("byte 8 of the header"));
/// assert!(FieldPage::find("ip.tll").is_none());
/// ```
#[derive(Clone, Debug)]
pub struct FieldPage {
    name: String,
    /// The places that differ, with the protocols that have them.
    places: Vec<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    /// The rows of its table that have the name, at least one.
    infos: Vec<FieldInfo>,
    table: &'static [FieldInfo],
    stands: Stands,
    protocols: Vec<&'static Protocol>,
}

/// Where a field's table stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// It counts from the start of the header.
    Header,
    /// In a part of the header that has a table of its own.
    Part,
    /// In an item of a list.
    Item,
    /// It is what the header carries.
    Content,
    /// In what is no header.
    Rest,
    /// It has no bits.
    Generated,
}

impl FieldPage {
    /// The field of this name, or one of Wireshark's names for it.
    pub fn find(name: &str) -> Option<Self> {
        let other = catalogue::OTHER_NAMES.iter().find(|(other, _)| *other == name);
        let names = other.map_or(vec![name], |(_, names)| names.to_vec());
        let mut places: Vec<Place> = Vec::new();
        let mut add = |protocol: Option<&'static Protocol>, table: &'static [FieldInfo], stands| {
            let found = table.iter().chain(protocol.into_iter().flat_map(|protocol| {
                let computed = protocol.generated.iter().map(|generated| &generated.info);
                computed.filter(|_| stands == Stands::Generated)
            }));
            let infos: Vec<FieldInfo> = found.filter(|info| names.contains(&info.name)).copied().collect();
            if infos.is_empty() {
                return;
            }
            match places.iter_mut().find(|place| place.is_like(&infos, table, stands)) {
                Some(place) => {
                    let new = protocol.filter(|new| !place.protocols.iter().any(|old| old.name == new.name));
                    place.protocols.extend(new);
                }
                None => {
                    places.push(Place { infos, table, stands, protocols: protocol.into_iter().collect() });
                }
            }
        };
        for (kind, protocol) in catalogue::protocols() {
            tables(kind, protocol).for_each(|(table, stands)| add(Some(protocol), table, stands));
            add(Some(protocol), &[], Stands::Generated);
        }
        for (_, table) in catalogue::REST_TABLES {
            add(None, table, Stands::Rest);
        }
        (!places.is_empty()).then(|| Self { name: name.to_string(), places })
    }

    /// The row of its table, of the first place where it stands.
    pub fn info(&self) -> Option<&FieldInfo> {
        self.places.first()?.infos.first()
    }

    /// A filter that asks for it.
    pub fn filter(&self) -> String {
        let name = &self.name;
        let Some(info) = self.info() else { return name.clone() };
        match info.format {
            Format::Number | Format::Hex | Format::Little => {
                let named =
                    (1..=last(info)).find(|number| info.names.is_some_and(|names| names(*number).is_some()));
                let number = named.unwrap_or(1).saturating_mul(u64::from(info.scale));
                match info.format {
                    Format::Hex => format!("{name} == {number:#x}"),
                    _ => format!("{name} == {number}"),
                }
            }
            Format::Flag => format!("{name} == 1"),
            Format::Mac => format!("{name} == 02:00:00:00:00:0a"),
            Format::Ipv4 => format!("{name} == 192.0.2.0/24"),
            Format::Ipv6 => format!("{name} == 2001:db8::/32"),
            Format::Bytes => format!("{name} contains 00:01"),
            Format::Text | Format::Name | Format::NetBios => format!("{name} contains \"example\""),
        }
    }

    /// The values that have names by themselves, in the unit that is shown.
    pub fn values(&self) -> Vec<(u64, &'static str)> {
        let Some((info, names)) = self.info().and_then(|info| Some((info, info.names?))) else {
            return Vec::new();
        };
        let shown = |number: u64| number.saturating_mul(u64::from(info.scale));
        (0..=last(info)).filter_map(|number| Some((shown(number), names(number)?))).collect()
    }
}

/// The greatest number that is looked at.
fn last(info: &FieldInfo) -> u64 {
    (1u64 << info.bits.min(WIDEST)).saturating_sub(1)
}

/// The tables of a protocol, and where each stands.
fn tables(kind: Kind, protocol: &'static Protocol) -> impl Iterator<Item = (&'static [FieldInfo], Stands)> {
    let length = protocol.length.saturating_mul(8);
    let part = move |table: &&'static [FieldInfo]| {
        let goes_on = table.first().is_some_and(|info| length > 0 && usize::from(info.start) >= length);
        let content = table.iter().any(|info| info.name == protocol.payload.name);
        let stands = if content {
            Stands::Content
        } else if goes_on {
            Stands::Header
        } else {
            Stands::Part
        };
        (*table, stands)
    };
    let fixed = if kind.is_rest() { Stands::Part } else { Stands::Header };
    std::iter::once((protocol.fields, fixed))
        .chain(protocol.tables.iter().map(part))
        .chain(protocol.lists.iter().map(|table| (*table, Stands::Item)))
}

/// What a format is, in words.
fn kind_of_value(info: &FieldInfo) -> String {
    let words = match info.format {
        Format::Number => "a number",
        Format::Hex => "a number, shown in hexadecimal",
        Format::Little => "a number, the least significant byte first",
        Format::Flag => "a flag",
        Format::Mac => "an Ethernet address",
        Format::Ipv4 => "an IPv4 address",
        Format::Ipv6 => "an IPv6 address",
        Format::Bytes => "bytes",
        Format::Text => "text",
        Format::Name => "a domain name",
        Format::NetBios => "a NetBIOS name",
    };
    let unit = match info.scale {
        1 => String::new(),
        scale => format!("; it counts units of {scale}, and is shown and asked for multiplied by {scale}"),
    };
    format!("{words}{unit}")
}

/// Bytes and bits of a field: `byte 6, bits 0 to 2`.
fn place(info: &FieldInfo) -> String {
    let (start, bits) = (info.start, info.bits);
    let (byte, bit) = (start / 8, start % 8);
    if bits == 0 {
        return format!("byte {byte} to the end");
    }
    let last = start.saturating_add(bits).saturating_sub(1);
    match (byte == last / 8, bit == 0 && last % 8 == 7) {
        (true, true) => format!("byte {byte}"),
        (false, true) => format!("bytes {byte} to {}", last / 8),
        (true, false) if bits == 1 => format!("byte {byte}, bit {bit}"),
        (true, false) => format!("byte {byte}, bits {bit} to {}", last % 8),
        (false, false) => format!("byte {byte} bit {bit} to byte {} bit {}", last / 8, last % 8),
    }
}

impl fmt::Display for FieldPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if f.alternate() { usize::MAX } else { PLACES };
        for (at, place) in self.places.iter().take(shown).enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            place.show(f, &self.name)?;
        }
        if let Some(more @ 1..) = self.places.len().checked_sub(shown) {
            writeln!(f, "\n... and {more} other places: --all")?;
        }
        let values = self.values();
        self.show_values(f, &values)?;
        let by_others = self
            .info()
            .filter(|info| info.named.is_some())
            .map(|_| self.named_by_others())
            .unwrap_or_default();
        if !by_others.is_empty() {
            writeln!(f, "\nvalues, by the field before it")?;
            f.write_str(&limited(&by_others, f.alternate()))?;
        }
        writeln!(f, "\nfilter  {}", self.filter())
    }
}

impl FieldPage {
    /// The first place alone.
    pub(super) fn show_first(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.places.first().map_or(Ok(()), |place| place.show(f, &self.name))
    }

    fn show_values(&self, f: &mut fmt::Formatter<'_>, values: &[(u64, &'static str)]) -> fmt::Result {
        let Some(info) = self.info().filter(|_| !values.is_empty()) else { return Ok(()) };
        writeln!(f, "\nvalues")?;
        let digits = usize::from(info.bits).div_ceil(4).saturating_add(2);
        let lines: Vec<Vec<String>> = values
            .iter()
            .map(|(number, name)| {
                let number = match info.format {
                    Format::Hex => format!("{number:#0digits$x}"),
                    _ => number.to_string(),
                };
                vec![number, (*name).to_string()]
            })
            .collect();
        f.write_str(&limited(&lines, f.alternate()))
    }

    /// The names that a value has by what the field before it says: an ICMP code's by the type.
    fn named_by_others(&self) -> Vec<Vec<String>> {
        let Some(place) = self.places.first() else { return Vec::new() };
        let Some(info) = place.infos.first() else { return Vec::new() };
        let Some(named) = info.named else { return Vec::new() };
        let mut before = place.table.iter().filter(|other| {
            other.role == Role::Tile
                && other.start.saturating_add(other.bits) <= info.start
                && other.bits <= 8
        });
        let (Some(before), 1..=8) = (before.next_back(), info.bits) else { return Vec::new() };
        let mut section = vec![0; usize::from(info.start.saturating_add(info.bits)).div_ceil(8)];
        let mut lines = Vec::new();
        for first in 0..=last(before) {
            let mut write = |info: &FieldInfo, bits: u64| {
                let (start, width) = (usize::from(info.start), usize::from(info.bits));
                crate::field::value::write_bits(&mut section, start, width, u128::from(bits));
            };
            write(before, first);
            for number in 0..=last(info) {
                let (start, width) = (usize::from(info.start), usize::from(info.bits));
                crate::field::value::write_bits(&mut section, start, width, u128::from(number));
                if let Some(name) = named(&section) {
                    let of = before.names.and_then(|names| names(first)).unwrap_or("");
                    lines.push([format!("{first}, {number}"), of.to_string(), name.to_string()].to_vec());
                }
            }
        }
        lines
    }
}

/// The first lines, and how many there are besides.
fn limited(lines: &[Vec<String>], all: bool) -> String {
    let shown = if all { lines.len() } else { SHOWN };
    let mut text = rows(lines.get(..shown).unwrap_or(lines), 2);
    if let Some(more @ 1..) = lines.len().checked_sub(shown) {
        text.push_str(&format!("  ... and {more} more: --all\n"));
    }
    text
}

impl Place {
    /// Whether the rows are those of the same table, or say the same in a place of the same sort.
    fn is_like(&self, infos: &[FieldInfo], table: &'static [FieldInfo], stands: Stands) -> bool {
        let key = |info: &FieldInfo| (info.start, info.bits, info.spec, info.label);
        let same = self.stands == stands && self.infos.iter().map(key).eq(infos.iter().map(key));
        same || !table.is_empty() && is_same(self.table, table)
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        let Self { infos, table, .. } = self;
        let Some(info) = infos.first() else { return Ok(()) };
        writeln!(f, "{name}  {}", info.label)?;
        let mut lines = Vec::new();
        let mut line = |name: &str, text: String| lines.push(vec![name.to_string(), text]);
        if info.name != name {
            line("is", format!("another name for {}", info.name));
        }
        let protocols: Vec<String> = self
            .protocols
            .iter()
            .map(|protocol| format!("{} ({})", protocol.name, protocol.prefix))
            .collect();
        match protocols.as_slice() {
            [] => line("of", "what is no header".to_string()),
            some => line("of", some.join(", ")),
        }
        line("spec", info.spec.to_string());
        for (at, info) in infos.iter().enumerate() {
            let name = if at == 0 { "place" } else { "" };
            line(name, self.place(info));
        }
        match info.role {
            Role::Group if info.format == Format::Bytes => line("type", "a group of fields".to_string()),
            Role::Group => line("type", format!("{}, of the fields within it", kind_of_value(info))),
            Role::Alias => {
                line("type", format!("{}; another reading of bits that have a field", kind_of_value(info)))
            }
            Role::Tile | Role::Generated => line("type", kind_of_value(info)),
        }
        if info.role == Role::Group {
            let end = info.start.saturating_add(info.bits);
            let inside = table.iter().filter(|other| {
                other.role == Role::Tile
                    && other.start >= info.start
                    && other.start.saturating_add(other.bits) <= end
            });
            let inside: Vec<String> =
                inside.map(|other| format!("{} ({})", other.name, other.label)).collect();
            if !inside.is_empty() {
                line("holds", inside.join(", "));
            }
        }
        if info.when.is_some() {
            line("is there", "depending on what stands before it".to_string());
        }
        f.write_str(&rows(&lines, 2))?;
        if matches!(self.stands, Stands::Header | Stands::Part | Stands::Item) && info.bits > 0 {
            write!(f, "\n{}", Diagram::around(table, infos))?;
        }
        Ok(())
    }

    /// Where one of its rows stands, in words.
    fn place(&self, info: &FieldInfo) -> String {
        let bits = match info.bits {
            0 => String::new(),
            1 => ": 1 bit".to_string(),
            bits => format!(": {bits} bits"),
        };
        let at = place(info);
        match self.stands {
            Stands::Header => format!("{at} of the header{bits}"),
            Stands::Part => format!("{at} of a part of the header{bits}"),
            Stands::Item => format!("{at} of an item or a part of it{bits}"),
            Stands::Content => "what the header carries".to_string(),
            Stands::Rest => "behind the headers".to_string(),
            Stands::Generated => "none: it is computed".to_string(),
        }
    }
}
