//! Compares one packet of ours with tshark's.

use std::collections::{BTreeMap, HashMap};

use layercake::field::{FieldInfo, Format, Role, Value, Verdict};
use layercake::packet::Packet;

use crate::aliases::{
    AGAIN, ALIASES, BIT_MAPS, DATES, FLAGS_OF_SEVERAL_BITS, GENERATED, HEX_TEXTS, LITTLE, MASKS, PASSED_OVER,
    RENAMED, SPANS, TEXTS, UNITS,
};
use crate::pdml;

/// The protocols that are compared, by the prefix of their fields' names.
pub const PROTOCOLS: &[&str] = &[
    "eth", "vlan", "llc", "sll", "null", "ppp", "chdlc", "pppoe", "pppoed", "pppoes", "nflog", "vxlan",
    "arp", "ip", "ipv6", "ah", "icmp", "icmpv6", "igmp", "mip6", "udp", "tcp", "sctp", "dhcp", "data",
    "dhcpv6", "unparsed", "trailer", "fcs", "dns", "nbns", "rip",
];

/// The protocol that a field belongs to, if it is one that is compared.
pub fn protocol_of(name: &str) -> Option<&'static str> {
    let prefix = match name.split_once('.').map_or(name, |(prefix, _)| prefix) {
        "ieee8021ad" | "ieee8021ah" => "vlan",
        prefix => prefix,
    };
    PROTOCOLS.iter().find(|protocol| **protocol == prefix).copied()
}

/// A field of ours.
#[derive(Debug, Clone, Copy)]
pub struct Ours<'a> {
    pub info: &'static FieldInfo,
    pub layer: usize,
    pub start: u32,
    pub bits: u32,
    pub value: Option<Value<'a>>,
}

impl Ours<'_> {
    pub fn name(&self) -> &'static str {
        self.info.name
    }

    /// The bytes that it touches.
    pub fn bytes(&self) -> core::ops::Range<usize> {
        (self.start / 8) as usize..(self.start + self.bits).div_ceil(8) as usize
    }
}

/// What two decoders do not agree on.
#[derive(Debug, Clone, Copy)]
pub enum Difference<'a> {
    /// A field of tshark's that we do not have there.
    NotOurs { theirs: &'a pdml::Field },
    /// A tile of ours that tshark does not have there.
    NotTheirs { ours: Ours<'a> },
    /// The same field with another value.
    Value { ours: Ours<'a>, theirs: &'a pdml::Field },
    /// A checksum that is judged in another way; the name is of the field.
    Verdict { ours: Option<Verdict>, theirs: &'a pdml::Field, name: &'a str },
}

impl Difference<'_> {
    pub fn name(&self) -> &str {
        match self {
            Self::NotOurs { theirs } => theirs.name.as_str(),
            Self::NotTheirs { ours } | Self::Value { ours, .. } => ours.name(),
            Self::Verdict { name, .. } => name,
        }
    }
}

impl core::fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let them = |f: &mut core::fmt::Formatter<'_>, field: &pdml::Field| {
            let pdml::Field { pos, size, show, line, .. } = field;
            write!(f, "tshark {pos}+{size} {:.60} [{line:.60}]", show)
        };
        let us = |f: &mut core::fmt::Formatter<'_>, ours: &Ours<'_>| {
            let value = format!("{:?}", ours.value);
            write!(f, "ours {}.{}+{} bits {value:.60}", ours.start / 8, ours.start % 8, ours.bits)
        };
        write!(f, "{}: ", self.name())?;
        match self {
            Self::NotOurs { theirs } => {
                them(f, theirs)?;
                f.write_str(", ours not there")
            }
            Self::NotTheirs { ours } => {
                us(f, ours)?;
                f.write_str(", tshark's not there")
            }
            Self::Value { ours, theirs } => {
                us(f, ours)?;
                f.write_str(", ")?;
                them(f, theirs)
            }
            Self::Verdict { ours, theirs, .. } => {
                write!(f, "ours {ours:?}, ")?;
                them(f, theirs)
            }
        }
    }
}

/// Both sides of one packet, for the conditions of explained differences.
pub struct Both<'a> {
    pub packet: &'a Packet<&'a [u8]>,
    pub ours: &'a [Ours<'a>],
    pub theirs: &'a pdml::Packet,
}

/// Compared fields by protocol, and what differs.
#[derive(Default)]
pub struct Outcome<'a> {
    pub compared: BTreeMap<&'static str, u64>,
    pub differences: Vec<Difference<'a>>,
}

impl Outcome<'_> {
    fn count(&mut self, name: &str) {
        *self.compared.entry(protocol_of(name).unwrap_or("?")).or_default() += 1;
    }
}

/// All fields of a packet of ours.
pub fn ours<'a>(packet: &'a Packet<&'a [u8]>) -> Vec<Ours<'a>> {
    packet
        .fields()
        .map(|field| Ours {
            info: field.info,
            layer: field.layer,
            start: field.start,
            bits: field.bits,
            value: field.value(),
        })
        .collect()
}

/// Compares every tile of ours, and every field of tshark's that the lists do not name as generated.
pub fn compare<'a>(both: &Both<'a>) -> Outcome<'a> {
    let mut outcome = Outcome::default();
    let mut places: HashMap<(&str, u32, u32), Vec<usize>> = HashMap::new();
    for (index, ours) in both.ours.iter().enumerate() {
        places.entry((ours.name(), ours.start, ours.bits)).or_default().push(index);
    }
    let mut met = vec![false; both.ours.len()];
    let mut covered = Vec::new();
    for theirs in &both.theirs.fields {
        let name = theirs.name.as_str();
        if theirs.remark || protocol_of(name).is_none() || !name.contains('.') {
            continue;
        }
        if GENERATED.iter().any(|(generated, _)| *generated == name) || theirs.is_empty() {
            continue;
        }
        let renamed = RENAMED.iter().find(|(old, ..)| *old == name).map(|(_, new, _)| *new);
        let name = renamed.unwrap_or(name);
        for place in places_of(both.theirs, theirs) {
            outcome.count(name);
            let at = |name| places.get(&(name, place.start, place.bits)).map_or(&[][..], |at| at);
            // Each field of ours answers for one of theirs.
            let found = at(name).iter().find(|index| !met[**index]).copied();
            if let Some(index) = found {
                met[index] = true;
                let ours = both.ours[index];
                if !bytes_agree(both.packet.bytes(), theirs, &place) || !values_agree(&ours, theirs, &place) {
                    outcome.differences.push(Difference::Value { ours, theirs });
                }
                continue;
            }
            if is_span(name, both, &place) && bytes_agree(both.packet.bytes(), theirs, &place) {
                continue;
            }
            let alias = ALIASES.iter().find(|(alias, ..)| *alias == name);
            let other = alias.is_some_and(|(_, names, _)| names.iter().any(|name| !at(name).is_empty()));
            if is_again(both, theirs, &place) {
                covered.push(place.start..place.start + place.bits);
                continue;
            }
            if is_in_bit_map(both, theirs) {
                continue;
            }
            if !other || !bytes_agree(both.packet.bytes(), theirs, &place) {
                outcome.differences.push(Difference::NotOurs { theirs });
            }
        }
    }
    for (index, ours) in both.ours.iter().enumerate() {
        if ours.info.role == Role::Tile && !met[index] {
            let passed_over =
                PASSED_OVER.iter().any(|(name, passed, _)| *name == ours.name() && passed(ours, both));
            if passed_over || covered.iter().any(|place| place.contains(&ours.start)) {
                continue;
            }
            outcome.count(ours.name());
            outcome.differences.push(Difference::NotTheirs { ours: *ours });
        }
    }
    verdicts(both, &mut outcome);
    outcome
}

/// Whether tiles of ours take up just the place of a field that tshark has for all of them together.
fn is_span(name: &str, both: &Both<'_>, place: &Place) -> bool {
    let end = place.start + place.bits;
    let mut tiles = both.ours.iter().filter(|ours| ours.info.role == Role::Tile);
    SPANS.iter().any(|(span, _)| *span == name)
        && tiles.clone().any(|ours| ours.start == place.start)
        && tiles.any(|ours| ours.start + ours.bits == end)
}

/// Whether a field of tshark's shows once more what tiles of ours cover.
fn is_again(both: &Both<'_>, theirs: &pdml::Field, place: &Place) -> bool {
    let end = place.start + place.bits;
    let inside = both.ours.iter().filter(|ours| {
        ours.info.role == Role::Tile && ours.start >= place.start && ours.start + ours.bits <= end
    });
    AGAIN.iter().any(|(name, _)| *name == theirs.name)
        && bytes_agree(both.packet.bytes(), theirs, place)
        && inside.filter(|ours| ours.name() != "unparsed").map(|ours| ours.bits).sum::<u32>() == place.bits
}

/// Whether a field of tshark's shows a bit that is set in a bit map of ours, or a byte of one.
fn is_in_bit_map(both: &Both<'_>, theirs: &pdml::Field) -> bool {
    let Some((_, maps)) = BIT_MAPS.iter().find(|(name, _)| *name == theirs.name) else { return false };
    let holds = |ours: &&Ours<'_>| maps.contains(&ours.name()) && ours.bytes().contains(&theirs.pos);
    let (Some(map), Some(number)) = (both.ours.iter().find(holds), number_of(&theirs.show)) else {
        return false;
    };
    let (start, frame) = (map.bytes().start, both.packet.bytes());
    let byte = frame[theirs.pos];
    if theirs.name == map.name() {
        return number == u64::from(byte);
    }
    let window = if map.name() == "dns.nsec.bits" { frame[start - 2] } else { 0 };
    let (at, bit) = ((number % 256 / 8) as usize, number % 8);
    number / 256 == u64::from(window) && start + at == theirs.pos && byte & (0x80 >> bit) != 0
}

/// Seconds since 1970 of a time as tshark writes it: `Jan 26, 2025 00:00:00.000000000 UTC`.
fn seconds_of(show: &str) -> Option<u64> {
    let words: Vec<&str> = show.split_whitespace().collect();
    let [month, day, year, time, "UTC"] = words[..] else { return None };
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = MONTHS.find(month)? as i64 / 3;
    let (day, year): (i64, i64) = (day.trim_end_matches(',').parse().ok()?, year.parse().ok()?);
    // Days since March 1 of year 0: the leap day is the last of its year then.
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    let mut parts = time.strip_suffix(".000000000")?.split(':').map(|part| part.parse::<i64>().ok());
    let seconds = parts.try_fold(0, |sum, part| Some(sum * 60 + part?))?;
    u64::try_from(days * 86_400 + seconds).ok()
}

/// Some bits of a frame.
pub struct Place {
    pub start: u32,
    pub bits: u32,
    /// What tshark's pattern shows there.
    pattern: Option<u64>,
}

/// The bits that a field of tshark's lies in: whole bytes, or the runs of its pattern.
pub fn places_of(packet: &pdml::Packet, field: &pdml::Field) -> Vec<Place> {
    let (pos, size) = (field.pos as u32 * 8, field.size as u32 * 8);
    if let Some((_, first, bits)) = MASKS.iter().find(|(name, ..)| *name == field.name) {
        return vec![Place { start: pos + first, bits: *bits, pattern: None }];
    }
    let pattern = match field.pattern() {
        Some(pattern) if size > 0 => pattern,
        _ => return vec![Place { start: pos, bits: size, pattern: None }],
    };
    let pattern = match LITTLE.contains(&field.name.as_str()) && pattern.len() == 16 && size == 16 {
        true => format!("{}{}", &pattern[8..], &pattern[..8]),
        false => pattern,
    };
    let start = match pattern.len() as u32 {
        length if length == size => pos,
        // The flags of TCP are shown as twelve bits, whichever byte of them holds the field.
        12 if field.name.starts_with("tcp.flags.") => packet.protocols[field.protocol].pos as u32 * 8 + 100,
        // Two bytes are shown, of which the field lies in the first.
        16 if field.name.starts_with("ieee8021ad.") => pos,
        // No pattern after all.
        _ => return vec![Place { start: pos, bits: size, pattern: None }],
    };
    let mut places: Vec<Place> = Vec::new();
    let mut within = false;
    for (at, sign) in (start..).zip(pattern.bytes()) {
        if sign != b'.' {
            let bit = u64::from(sign == b'1');
            match places.last_mut().filter(|_| within) {
                Some(place) => {
                    place.bits += 1;
                    place.pattern = place.pattern.map(|bits| bits << 1 | bit);
                }
                None => places.push(Place { start: at, bits: 1, pattern: Some(bit) }),
            }
        }
        within = sign != b'.';
    }
    // The bytes that tshark gives must hold the bits.
    if places.iter().any(|place| place.start < pos || place.start + place.bits > pos + size) {
        return vec![Place { start: pos, bits: size, pattern: None }];
    }
    places
}

/// Whether the bytes that tshark gives are those of the frame.
fn bytes_agree(frame: &[u8], theirs: &pdml::Field, place: &Place) -> bool {
    let hex = theirs.unmasked.as_ref().unwrap_or(&theirs.value);
    let Some(bytes) = frame.get(theirs.pos..theirs.pos + theirs.size) else { return false };
    let same = hex.is_empty() || hex_of(bytes).eq_ignore_ascii_case(hex);
    same && place.pattern.is_none_or(|bits| bits_of(frame, place.start, place.bits) == bits)
}

fn hex_of(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

fn bits_of(bytes: &[u8], start: u32, bits: u32) -> u64 {
    (start..start + bits).fold(0, |word, bit| {
        let byte = bytes.get((bit / 8) as usize).copied().unwrap_or(0);
        word << 1 | u64::from(byte >> (7 - bit % 8) & 1)
    })
}

/// Whether a value of ours is what tshark shows. A field without a type of its own shows nothing: its place, which
/// has been compared, is all there is.
fn values_agree(ours: &Ours<'_>, theirs: &pdml::Field, place: &Place) -> bool {
    let show = theirs.show.as_str();
    if show.is_empty() && theirs.value.is_empty() {
        return true;
    }
    // One of several runs of a pattern: what is shown is all of them together.
    if place.pattern.is_some() && theirs.pattern().is_some_and(|pattern| runs(&pattern) > 1) {
        return matches!(ours.value, Some(Value::Number(number)) if Some(number) == place.pattern);
    }
    match ours.value {
        Some(Value::Number(number)) if FLAGS_OF_SEVERAL_BITS.contains(&ours.name()) => {
            place.pattern == Some(number) && show == if number == 0 { "0" } else { "1" }
        }
        Some(Value::Number(number)) if HEX_TEXTS.contains(&ours.name()) => {
            u64::from_str_radix(show, 16) == Ok(number)
        }
        Some(Value::Number(number)) if DATES.iter().any(|(name, _)| *name == ours.name()) => {
            let epoch = DATES.iter().find(|(name, _)| *name == ours.name()).map_or(0, |(_, epoch)| *epoch);
            seconds_of(show) == Some(number + epoch)
        }
        Some(Value::Number(number)) => {
            let unit = UNITS.iter().find(|(name, _)| *name == ours.name()).map_or(1, |(_, unit)| *unit);
            number_of(show).or_else(|| seconds_of(show)).is_some_and(|shown| shown * unit == number)
        }
        Some(Value::Flag(flag)) => match show {
            "1" | "True" => flag,
            "0" | "False" => !flag,
            _ => false,
        },
        Some(Value::Mac(mac)) => mac.to_string() == show,
        Some(Value::Ipv4(address)) => address.to_string() == show,
        Some(Value::Ipv6(address)) => show.parse() == Ok(address),
        // A group around others has no value of its own.
        Some(Value::Bytes(_)) if ours.info.role == Role::Group => true,
        Some(Value::Bytes(bytes)) => {
            let digits: String = show.chars().filter(|sign| *sign != ':').collect();
            let text = bytes.split(|byte| *byte == 0).next();
            digits == hex_of(bytes)
                || is_prefix(bytes, show)
                || is_uuid(bytes, show)
                || is_base32(bytes, show)
                || is_domain_name(bytes, show)
                || text == Some(show.as_bytes())
                || TEXTS.contains(&ours.name())
                    && text.is_some_and(|text| String::from_utf8_lossy(text) == show)
        }
        Some(Value::Text(text)) => {
            let bytes = text.0.split(|byte| *byte == 0).next().unwrap_or_default();
            bytes == show.as_bytes() || String::from_utf8_lossy(bytes) == show || is_escaped(bytes, show)
        }
        // Behind it stands in brackets what it is for.
        Some(Value::Name(name)) if ours.info.format == Format::NetBios => show.starts_with(&name.to_string()),
        Some(Value::Name(name)) => {
            // Escapes are ours; what has none of its own is shown as it is.
            let labels: Vec<_> = name.labels().map(String::from_utf8_lossy).collect();
            let text = labels.join(".");
            text == show
                || name.to_string() == show
                || in_octal(&name.to_string()) == show
                || labels.is_empty() && show == "<Root>"
                || show.strip_suffix('.') == Some(&text)
        }
        // A kind of value that there was not when this was written.
        Some(_) => false,
        None => true,
    }
}

/// Whether an address shows these bytes, and zeros behind them or, as in A6, in front of them.
fn is_prefix(bytes: &[u8], show: &str) -> bool {
    let octets = match show.parse() {
        Ok(std::net::IpAddr::V4(address)) => address.octets().to_vec(),
        Ok(std::net::IpAddr::V6(address)) => address.octets().to_vec(),
        Err(_) => return false,
    };
    let zeros = |rest: &[u8]| rest.iter().all(|byte| *byte == 0);
    octets.strip_prefix(bytes).is_some_and(zeros) || octets.strip_suffix(bytes).is_some_and(zeros)
}

/// Whether a text shows bytes in base 32 with the digits before the letters (RFC 4648 section 7).
fn is_base32(bytes: &[u8], show: &str) -> bool {
    let digits: Option<String> =
        show.chars().map(|sign| sign.to_digit(32).map(|digit| format!("{digit:05b}"))).collect();
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    digits.is_some_and(|digits| !bits.is_empty() && digits.starts_with(&bits))
}

/// Whether a text shows these bytes with tshark's escapes, and each byte beyond ASCII as unknown; the ends of lines are lost
/// on the way through XML.
fn is_escaped(bytes: &[u8], show: &str) -> bool {
    let mut escaped = String::new();
    for byte in bytes.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
        match byte {
            0..=0x1f | 0x7f => escaped.push_str(&format!("\\x{byte:x}")),
            0x80.. => escaped.push(char::REPLACEMENT_CHARACTER),
            byte => escaped.push(char::from(*byte)),
        }
    }
    escaped == show.replace(['\r', '\n'], "")
}

/// A name whose escapes have three octal digits, as tshark writes them, in place of three decimal ones.
fn in_octal(name: &str) -> String {
    let mut parts = name.split('\\');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..3).and_then(|digits| digits.parse::<u8>().ok()) {
            Some(byte) => text.push_str(&format!("\\{byte:03o}{}", &part[3..])),
            None => text.push_str(&format!("\\{part}")),
        }
    }
    text
}

/// Whether these bytes are a UUID whose first three parts are shown least significant byte first.
fn is_uuid(bytes: &[u8], show: &str) -> bool {
    let [a, b, c, d, e, f, g, h, rest @ ..] = bytes else { return false };
    let digits = hex_of(&[&[*d, *c, *b, *a, *f, *e, *h, *g], rest].concat());
    rest.len() == 8 && show.len() == 36 && show.replace('-', "") == digits
}

/// Whether a text shows the labels of a domain name.
fn is_domain_name(mut bytes: &[u8], show: &str) -> bool {
    let mut labels = Vec::new();
    while let Some((length, rest)) = bytes.split_first().filter(|(length, _)| **length > 0) {
        let Some((label, rest)) = rest.split_at_checked(usize::from(*length)) else { return false };
        labels.push(String::from_utf8_lossy(label));
        bytes = rest;
    }
    labels.join(".") == show
}

fn runs(pattern: &str) -> usize {
    pattern.split('.').filter(|run| !run.is_empty()).count()
}

pub fn number_of(show: &str) -> Option<u64> {
    match show.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => show.parse().ok(),
    }
}

/// Compares what is said of each checksum, and what it should be.
fn verdicts<'a>(both: &Both<'a>, outcome: &mut Outcome<'a>) {
    let ours: Vec<(u32, &str, Verdict)> = both
        .packet
        .checksums()
        .filter_map(|(layer, info, verdict)| {
            let layer = both.packet.layer(layer)?;
            Some((layer.start() as u32 * 8 + u32::from(info.start), info.name, verdict))
        })
        .collect();
    for theirs in &both.theirs.fields {
        let Some(name) = theirs.name.strip_suffix(".status") else { continue };
        if theirs.remark || !name.ends_with(".checksum") {
            continue;
        }
        outcome.count(name);
        let at = |entry: &&(u32, &str, Verdict)| entry.0 == theirs.pos as u32 * 8 && entry.1 == name;
        let verdict = ours.iter().find(at).map(|(.., verdict)| *verdict);
        // What it should be, where tshark works that out.
        let calculated = both
            .theirs
            .fields
            .iter()
            .find(|field| field.pos == theirs.pos && field.name.strip_suffix("_calculated") == Some(name))
            .and_then(|field| number_of(&field.show));
        let agree = match (theirs.show.as_str(), verdict) {
            ("0", Some(Verdict::Bad { right, .. })) => calculated.is_none_or(|sum| sum == u64::from(right)),
            // Left for the network card to fill in: what stands there is the sum of the pseudo-header.
            ("0", Some(Verdict::Unfilled)) => {
                pseudo_header(both.theirs, name, theirs) == Some(value_at(both, theirs))
            }
            ("1", Some(Verdict::Ok)) => true,
            ("2", Some(Verdict::Unchecked(_))) => true,
            ("3", Some(Verdict::Absent)) => true,
            // Zero over IPv6, which RFC 8200 section 8.1 forbids and RFC 6935 allows to tunnels; zero in UDP-Lite, which
            // RFC 3828 section 3.1 forbids.
            ("4", Some(Verdict::Absent)) => {
                (both.theirs.has("ipv6") || both.theirs.has("udplite")) && value_at(both, theirs) == 0
            }
            // RFC 4884 section 7: zero means that there is none.
            (_, Some(Verdict::Absent)) if name == "icmp.ext.checksum" => value_at(both, theirs) == 0,
            _ => false,
        };
        if !agree {
            outcome.differences.push(Difference::Verdict { ours: verdict, theirs, name });
        }
    }
}

/// The two bytes at a field of tshark's.
fn value_at(both: &Both<'_>, theirs: &pdml::Field) -> u16 {
    bits_of(both.packet.bytes(), theirs.pos as u32 * 8, 16) as u16
}

/// The sum over the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1) from the fields that tshark shows of
/// the innermost IP header in front of a checksum.
fn pseudo_header(packet: &pdml::Packet, name: &str, checksum: &pdml::Field) -> Option<u16> {
    let before = |names: [&str; 2]| {
        let fields = packet.fields.iter().filter(|field| !field.remark && field.pos < checksum.pos);
        fields.filter(|field| names.contains(&field.name.as_str())).max_by_key(|field| field.pos)
    };
    let (source, destination) = (before(["ip.src", "ipv6.src"])?, before(["ip.dst", "ipv6.dst"])?);
    let number = |name: &str| {
        let at = |field: &&pdml::Field| field.name == name && field.protocol == checksum.protocol;
        number_of(&packet.fields.iter().find(at)?.show)
    };
    let (protocol, length) = match name {
        "udp.checksum" => (17, number("udp.length")?),
        "tcp.checksum" => (6, number("tcp.hdr_len")? + number("tcp.len")?),
        _ => return None,
    };
    let mut sum = protocol + (length >> 16) + (length & 0xffff);
    for address in [source, destination] {
        for word in address.value.as_bytes().chunks(4) {
            sum += u64::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        }
    }
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    Some(sum as u16)
}
