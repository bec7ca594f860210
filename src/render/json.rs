//! One JSON object a packet, schema `layercake.packet/1` (docs/packet.schema.json), and a flat form of it.
//!
//! Numbers up to 53 bits are JSON numbers, wider ones strings; flags are booleans; addresses are strings; opaque
//! bytes are lowercase hex. `value` is in the unit that is shown; `raw`, the bits in hex, stands beside it where
//! the two differ.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::field::{FieldInfo, Finding, Format, Role, Value};
use crate::packet::{FieldRef, Layer, LinkType, Packet};
use crate::render::{Context, Verdicts, line, meaning, name, protocol, split, verdicts};

/// The name of the schema.
pub const SCHEMA: &str = "layercake.packet/1";

/// The name of the flat form, which is that of its keys' meaning: `NAME`, `LAYER#2.NAME`.
pub const FLAT_SCHEMA: &str = "layercake.packet.flat/1";

/// A packet as JSON: `serde_json::to_string(&Object::new(&packet, context))`.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a, B> {
    packet: &'a Packet<B>,
    context: Context<'a>,
}

impl<'a, B: AsRef<[u8]>> Object<'a, B> {
    /// The packet with what its capture says of it.
    pub fn new(packet: &'a Packet<B>, context: Context<'a>) -> Self {
        Self { packet, context }
    }
}

impl<B: AsRef<[u8]>> Serialize for Object<'_, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (packet, context) = (self.packet, &self.context);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", SCHEMA)?;
        frame(&mut map, packet, context)?;
        map.serialize_entry("layers", &Layers(packet))?;
        map.serialize_entry("findings", &Findings(packet))?;
        map.end()
    }
}

/// What is said of the frame as a whole.
fn frame<M: SerializeMap, B: AsRef<[u8]>>(
    map: &mut M,
    packet: &Packet<B>,
    context: &Context<'_>,
) -> Result<(), M::Error> {
    if let Some(file) = context.file {
        map.serialize_entry("file", file)?;
    }
    map.serialize_entry("number", &context.number)?;
    if let Some(time) = context.time {
        map.serialize_entry("time", &time.to_string())?;
    }
    if context.section > 1 {
        map.serialize_entry("section", &context.section)?;
    }
    map.serialize_entry("interface", &context.interface)?;
    if let Some(name) = context.interface_name {
        map.serialize_entry("interface_name", name)?;
    }
    if !context.comments.is_empty() {
        map.serialize_entry("comments", &context.comments)?;
    }
    map.serialize_entry("link", &link(packet.link()))?;
    map.serialize_entry("length", &packet.length())?;
    map.serialize_entry("captured", &packet.bytes().len())?;
    map.serialize_entry("summary", &line::summary(packet))
}

fn link(link: LinkType) -> String {
    link.name().map_or_else(|| link.0.to_string(), str::to_string)
}

struct Layers<'a, B>(&'a Packet<B>);

impl<B: AsRef<[u8]>> Serialize for Layers<'_, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut layers = serializer.serialize_seq(None)?;
        let mut fields = self.0.fields().peekable();
        let verdicts = verdicts(self.0);
        let mut of_layer = Vec::new();
        for (index, layer) in self.0.layers().enumerate() {
            of_layer.clear();
            while let Some(field) = fields.next_if(|field| field.layer == index) {
                of_layer.push(field);
            }
            layers.serialize_element(&OneLayer {
                packet: self.0,
                layer,
                fields: Fields(&of_layer, &verdicts),
            })?;
        }
        layers.end()
    }
}

struct OneLayer<'a, B> {
    packet: &'a Packet<B>,
    layer: Layer,
    fields: Fields<'a>,
}

impl<B: AsRef<[u8]>> Serialize for OneLayer<'_, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("protocol", protocol(self.packet, &self.layer))?;
        map.serialize_entry("name", name(self.packet, &self.layer))?;
        map.serialize_entry("offset", &self.layer.start())?;
        map.serialize_entry("length", &self.layer.header())?;
        map.serialize_entry("fields", &self.fields)?;
        map.end()
    }
}

struct Fields<'a>(&'a [FieldRef<'a>], &'a Verdicts);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        let mut rest = self.0;
        while let Some((field, inside, behind)) = split(rest) {
            seq.serialize_element(&OneField { field, inside, verdicts: self.1 })?;
            rest = behind;
        }
        seq.end()
    }
}

struct OneField<'a> {
    field: &'a FieldRef<'a>,
    inside: &'a [FieldRef<'a>],
    verdicts: &'a Verdicts,
}

impl Serialize for OneField<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (field, info) = (self.field, self.field.info);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", info.name)?;
        map.serialize_entry("label", info.label)?;
        map.serialize_entry("offset", &field.offset())?;
        map.serialize_entry("length", &field.length())?;
        if field.is_partial() {
            map.serialize_entry("bits", &[field.start % 8, field.bits])?;
        }
        if let Some(value) = field.value().filter(|_| has_value(info)) {
            map.serialize_entry("value", &One(info, value))?;
            if let Some(raw) = raw(info, value, field.bytes()) {
                map.serialize_entry("raw", &raw)?;
            }
        }
        if let Some(text) = meaning(field, self.inside, self.verdicts) {
            map.serialize_entry("text", &text)?;
        }
        match info.role {
            Role::Alias => map.serialize_entry("alias", &true)?,
            Role::Generated => map.serialize_entry("generated", &true)?,
            Role::Tile | Role::Group => {}
        }
        if !self.inside.is_empty() {
            map.serialize_entry("fields", &Fields(self.inside, self.verdicts))?;
        }
        map.end()
    }
}

/// A group of bytes is no value of its own.
fn has_value(info: &FieldInfo) -> bool {
    info.role != Role::Group || info.format != Format::Bytes
}

/// The bits in hex where the value is in another unit or byte order, or does not say them.
fn raw(info: &FieldInfo, value: Value<'_>, bytes: &[u8]) -> Option<String> {
    match value {
        Value::Number(number) if info.scale > 1 || info.format == Format::Little => {
            let bits = u128::from(number.checked_div(u64::from(info.scale))?);
            let bits = info.ordered(bits, usize::from(info.bits));
            Some(format!("{bits:0width$x}", width = usize::from(info.bits).div_ceil(4)))
        }
        // What is shown does not say how the name is encoded.
        Value::Name(_) => Some(hex::encode(bytes)),
        Value::Text(text) if !text.is_plain() || text.0.len() != bytes.len() => Some(hex::encode(bytes)),
        _ => None,
    }
}

struct One<'a>(&'a FieldInfo, Value<'a>);

impl Serialize for One<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.1 {
            Value::Number(number) if self.0.bits > 53 => serializer.collect_str(&number),
            Value::Number(number) => serializer.serialize_u64(number),
            Value::Flag(flag) => serializer.serialize_bool(flag),
            Value::Mac(mac) => serializer.collect_str(&mac),
            Value::Ipv4(address) => serializer.collect_str(&address),
            Value::Ipv6(address) => serializer.collect_str(&address),
            Value::Bytes(bytes) => serializer.serialize_str(&hex::encode(bytes)),
            Value::Text(text) => serializer.collect_str(&text),
            Value::Name(name) => serializer.collect_str(&name),
        }
    }
}

struct Findings<'a, B>(&'a Packet<B>);

impl<B: AsRef<[u8]>> Serialize for Findings<'_, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for finding in self.0.findings() {
            seq.serialize_element(&OneFinding(finding))?;
        }
        seq.end()
    }
}

struct OneFinding(Finding);

impl Serialize for OneFinding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let finding = &self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", finding.code)?;
        map.serialize_entry("severity", finding.severity.name())?;
        map.serialize_entry("layer", &finding.layer)?;
        if let Some(field) = finding.field {
            map.serialize_entry("field", field)?;
        }
        map.serialize_entry("offset", &finding.offset())?;
        map.serialize_entry("length", &finding.byte_length())?;
        map.serialize_entry("message", &finding.to_string())?;
        map.end()
    }
}

/// A packet as one flat JSON object. The fields of the outermost layer of a kind have their names; those of the
/// second have the layer's number in it (`ip#2.src`). A field that can repeat within a layer is always an array.
#[derive(Clone, Copy, Debug)]
pub struct Flat<'a, B> {
    packet: &'a Packet<B>,
    context: Context<'a>,
}

impl<'a, B: AsRef<[u8]>> Flat<'a, B> {
    /// The packet with what its capture says of it.
    pub fn new(packet: &'a Packet<B>, context: Context<'a>) -> Self {
        Self { packet, context }
    }
}

impl<B: AsRef<[u8]>> Serialize for Flat<'_, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let packet = self.packet;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", FLAT_SCHEMA)?;
        frame(&mut map, packet, &self.context)?;
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut shared: BTreeMap<&str, usize> = BTreeMap::new();
        let mut fields = packet.fields().peekable();
        for (index, layer) in packet.layers().enumerate() {
            let prefix = protocol(packet, &layer);
            let nth = seen.entry(prefix).and_modify(|count| *count += 1).or_insert(1);
            let mut of_layer: Vec<(&str, bool, Vec<One<'_>>)> = Vec::new();
            while let Some(field) = fields.next_if(|field| field.layer == index) {
                let Some(value) = field.value().filter(|_| has_value(field.info)) else { continue };
                let repeats = field.info.name == "unparsed"
                    || packet.protocol(&layer).is_some_and(|protocol| protocol.repeats(field.info.name));
                match of_layer.iter_mut().find(|(name, ..)| *name == field.info.name) {
                    Some((_, repeats, values)) => {
                        *repeats = true;
                        values.push(One(field.info, value));
                    }
                    None => of_layer.push((field.info.name, repeats, vec![One(field.info, value)])),
                }
            }
            for (name, repeats, values) in &of_layer {
                // Several protocols have fields of one name, such as the options of IPv6.
                let rest = name.strip_prefix(prefix).filter(|rest| !rest.is_empty());
                let nth = match rest {
                    Some(_) => *nth,
                    None => *shared.entry(name).and_modify(|count| *count += 1).or_insert(1),
                };
                let key = match (nth, rest) {
                    (1, _) => (*name).to_string(),
                    (nth, Some(rest)) => format!("{prefix}#{nth}{rest}"),
                    (nth, None) => format!("{name}#{nth}"),
                };
                match values.first() {
                    Some(value) if !repeats => map.serialize_entry(&key, value)?,
                    _ => map.serialize_entry(&key, values)?,
                }
            }
        }
        let codes: Vec<&str> = packet.findings().map(|finding| finding.code).collect();
        map.serialize_entry("findings", &codes)?;
        map.end()
    }
}
