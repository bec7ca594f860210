//! What a protocol is: its header drawn, the numbers that lead to it, its fields.

use std::fmt;

use crate::explain::diagram::{Diagram, continuations};
use crate::explain::rows;
use crate::field::{Cover, Cursor, FieldInfo, Kind, Numbers, Protocol, Role};
use crate::filter::catalogue;
use crate::names::{EtherType, IpProtocol, LinkType};
use crate::packet::registry;

/// Other words for protocols, and the prefixes of their fields.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("ethernet", "eth"),
    ("ether", "eth"),
    ("mac", "eth"),
    ("802.1q", "vlan"),
    ("802.1ad", "vlan"),
    ("dot1q", "vlan"),
    ("ipv4", "ip"),
    ("ip4", "ip"),
    ("ip6", "ipv6"),
    ("icmpv4", "icmp"),
    ("icmp4", "icmp"),
    ("icmp6", "icmpv6"),
    ("ndp", "icmpv6"),
    ("mld", "icmpv6"),
    ("bootp", "dhcp"),
    ("dhcpv4", "dhcp"),
    ("dhcp6", "dhcpv6"),
    ("fragment", "ipv6.fraghdr"),
    ("routing", "ipv6.routing"),
    ("hopopts", "ipv6.hopopts"),
    ("dstopts", "ipv6.dstopts"),
    ("udp-lite", "udplite"),
];

/// A protocol, explained: each header that has its name. With `{:#}`, the fields of its options and lists too.
///
/// ```
/// use layercake::explain::HeaderPage;
///
/// let page = HeaderPage::find("ipv4").unwrap().to_string();
/// assert!(page.starts_with("Internet Protocol Version 4 (ip), RFC 791"));
/// assert!(page.contains("EtherType 0x0800 (IPv4)"));
/// ```
#[derive(Clone, Debug)]
pub struct HeaderPage {
    headers: Vec<(Kind, &'static Protocol)>,
}

impl HeaderPage {
    /// The protocol whose fields have this prefix, or that is called so.
    pub fn find(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let prefix =
            OTHER_WORDS.iter().find(|(other, _)| *other == word).map_or(word.as_str(), |(_, prefix)| prefix);
        let headers: Vec<_> = catalogue::protocols()
            .filter(|(_, protocol)| protocol.prefix == prefix || protocol.name.eq_ignore_ascii_case(&word))
            .collect();
        (!headers.is_empty()).then_some(Self { headers })
    }

    /// Whether a kind of header is one of them.
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.headers.iter().any(|(own, _)| *own == kind)
    }

    /// The other words that are understood.
    pub fn words() -> impl Iterator<Item = &'static str> {
        OTHER_WORDS.iter().map(|(word, _)| *word)
    }
}

impl fmt::Display for HeaderPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (kind, protocol)) in self.headers.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            header(f, *kind, protocol)?;
        }
        Ok(())
    }
}

fn header(f: &mut fmt::Formatter<'_>, kind: Kind, protocol: &'static Protocol) -> fmt::Result {
    writeln!(f, "{} ({}), {}", protocol.name, protocol.prefix, protocol.spec)?;
    let mut lines = Vec::new();
    for (at, lead) in leads(kind).into_iter().enumerate() {
        lines.push(vec![if at == 0 { "behind" } else { "" }.to_string(), lead]);
    }
    if let Some(announce) = protocol.announce {
        let numbers = match announce.numbers {
            Numbers::EtherType => "an EtherType",
            Numbers::IpProtocol => "an IP protocol number",
            Numbers::Own(_) => "a number of its own",
        };
        lines.push(vec!["carries".to_string(), format!("what {} says, {numbers}", announce.field.name)]);
    }
    if let Some(checksum) = protocol.checksum {
        let covers = match checksum.cover {
            Cover::Header => "the header",
            Cover::Layer => "the header and what it carries",
            Cover::Claim => "the header and what it carries, as far as its length says",
            Cover::Part(_) => "as much as the header says",
        };
        let pseudo = if checksum.pseudo.is_some() { ", and a pseudo-header with the addresses" } else { "" };
        let absent = if checksum.optional { "; zero for none" } else { "" };
        lines.push(vec![
            "checksum".to_string(),
            format!("{} covers {covers}{pseudo}{absent}", checksum.field.name),
        ]);
    }
    f.write_str(&rows(&lines, 2))?;
    write!(f, "\n{}", Diagram::of(protocol))?;
    goes_on(f, protocol)?;
    let fields = protocol.fields.iter().map(|info| field(info, protocol.fields));
    let lines: Vec<_> = std::iter::once(columns()).chain(fields).collect();
    write!(f, "\n{}", rows(&lines, 2))?;
    let generated: Vec<_> = protocol.generated.iter().map(|generated| computed(&generated.info)).collect();
    if !generated.is_empty() {
        writeln!(f, "\ncomputed")?;
        f.write_str(&rows(&generated, 2))?;
    }
    rest(f, protocol)
}

/// The ways in which a header can go on, each under the types that lead to it.
fn goes_on(f: &mut fmt::Formatter<'_>, protocol: &'static Protocol) -> fmt::Result {
    let several = continuations(protocol);
    if several.len() < 2 {
        return Ok(());
    }
    let led = led_by_type(protocol);
    writeln!(f, "\ngoes on as one of these")?;
    for table in several {
        let spec = table.first().map_or("", |info| info.spec);
        let types = led.iter().filter(|(_, other)| is_same(table, other)).map(|(title, _)| title.as_str());
        let types = types.collect::<Vec<_>>().join(", ");
        let types = if types.is_empty() { "by what else the header says".to_string() } else { types };
        write!(f, "\n{types} ({spec})\n{}", Diagram::of_table(table).without_ruler())?;
    }
    Ok(())
}

/// Whether two tables have the same rows.
pub(super) fn is_same(one: &[FieldInfo], other: &[FieldInfo]) -> bool {
    let key = |info: &FieldInfo| (info.name, info.start, info.bits, info.spec);
    one.iter().map(key).eq(other.iter().map(key))
}

/// The table that follows the fixed part, for each type and code that a header can begin with: by the type alone if it is the same
/// for its first code.
fn led_by_type(protocol: &'static Protocol) -> Vec<(String, &'static [FieldInfo])> {
    const CODES: u8 = 16;
    let mut led: Vec<(String, &'static [FieldInfo])> = Vec::new();
    let Some(first) = protocol.fields.first().filter(|info| info.bits == 8) else { return led };
    for number in 0..=u8::MAX {
        let Some(name) = first.names.and_then(|names| names(u64::from(number))) else { continue };
        let mut usual = None;
        for code in 0..CODES {
            let mut header = [0; 64];
            let [first, second, ..] = &mut header;
            (*first, *second) = (number, code);
            let section = (protocol.sections)(&header, &mut Cursor::new(protocol.length));
            let Some(table) = section.map(|section| section.fields) else { continue };
            let title = match usual {
                None => format!("{number} {name}"),
                Some(usual) if is_same(usual, table) => continue,
                Some(_) => format!("{number} {name} with code {code}"),
            };
            usual = usual.or(Some(table));
            led.push((title, table));
        }
    }
    led
}

/// The tables besides the fixed part's: all of them, or how many fields they have.
fn rest(f: &mut fmt::Formatter<'_>, protocol: &'static Protocol) -> fmt::Result {
    let tables: Vec<&[FieldInfo]> = protocol.tables.iter().chain(protocol.lists).copied().collect();
    let fields: usize = tables.iter().map(|table| table.len()).sum();
    if fields == 0 {
        return Ok(());
    }
    if !f.alternate() {
        return writeln!(f, "\n  {fields} more in options, lists and other parts: --all");
    }
    writeln!(f, "\nin options, lists and other parts, each counted from its own start")?;
    let mut lines = vec![columns()];
    for table in tables {
        for info in table {
            let line = field(info, table);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    f.write_str(&rows(&lines, 2))
}

/// A field in a line, under [`columns`].
fn field(info: &FieldInfo, table: &[FieldInfo]) -> Vec<String> {
    let within = table.iter().any(|group| {
        let end = group.start.saturating_add(group.bits);
        group.role == Role::Group
            && !std::ptr::eq(group, info)
            && group.bits > info.bits
            && (group.start..end).contains(&info.start)
    });
    let label = match (info.role, info.scale) {
        (Role::Alias, _) => format!("{} (alias)", info.label),
        (_, 1) => info.label.to_string(),
        (_, scale) => format!("{} (x{scale})", info.label),
    };
    let (first, last) = (info.start / 8, info.start.saturating_add(info.bits.max(1)).saturating_sub(1) / 8);
    let (bytes, bits) = match info.bits {
        0 => (format!("{first}-"), String::new()),
        bits if first == last => (first.to_string(), bits.to_string()),
        bits => (format!("{first}-{last}"), bits.to_string()),
    };
    let indent = if within { "  " } else { "" };
    [bytes, bits, format!("{indent}{}", info.name), label, info.spec.to_string()].to_vec()
}

/// What stands above the lines of fields.
fn columns() -> Vec<String> {
    ["bytes", "bits", "field", "meaning", "specified in"].map(str::to_string).to_vec()
}

fn computed(info: &FieldInfo) -> Vec<String> {
    [info.name, info.label, info.spec].map(str::to_string).to_vec()
}

/// The numbers that lead to a header, in words.
fn leads(kind: Kind) -> Vec<String> {
    let named = |name: Option<&'static str>| name.map_or_else(String::new, |name| format!(" ({name})"));
    let mut leads = Vec::new();
    for (first, last) in runs(0..=0xffff, |number| registry::by_ether_type(number as u16) == kind) {
        let name = named(EtherType(first as u16).name());
        leads.push(if first == last {
            format!("EtherType {first:#06x}{name}")
        } else {
            format!("EtherType {first:#06x} to {last:#06x}, which is a length")
        });
    }
    for (number, _) in runs(0..=0xff, |number| registry::by_ip_protocol(number as u8) == kind) {
        leads.push(format!("IP protocol {number}{}", named(IpProtocol(number as u8).name())));
    }
    for port in 1..=u16::MAX {
        let at = |source, destination| registry::by_udp_ports(source, destination) == kind;
        match (at(port, 0), at(0, port), at(port, port)) {
            (true, true, _) => leads.push(format!("UDP port {port}")),
            (false, true, _) => leads.push(format!("UDP port {port}, of the destination")),
            (false, false, true) => leads.push(format!("UDP port {port} at both ends")),
            _ => {}
        }
        if registry::by_tcp_ports(port, 0) == kind {
            leads.push(format!("TCP port {port}"));
        }
    }
    for (number, _) in runs(0..=0xffff, |number| registry::by_link_type(number as u32) == kind) {
        leads.push(format!("link type {number}{} of a capture", named(LinkType(number as u32).name())));
    }
    if let Some(link) = registry::link_type(kind).filter(|link| registry::by_link_type(link.0) != kind) {
        leads.push(format!("link type {}{} of a capture", link.0, named(link.name())));
    }
    for announce in catalogue::protocols().filter_map(|(_, other)| other.announce) {
        let Numbers::Own(number) = announce.numbers else { continue };
        let number = number(kind, registry::numbers(kind).0);
        leads.extend(number.map(|number| format!("{} {number:#x}", announce.field.name)));
    }
    leads.dedup();
    leads
}

/// Runs of numbers of which something holds: the first and the last of each, where runs are longer than two.
fn runs(numbers: std::ops::RangeInclusive<u64>, holds: impl Fn(u64) -> bool) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for number in numbers.filter(|number| holds(*number)) {
        match runs.last_mut() {
            Some((_, last)) if last.saturating_add(1) == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}
