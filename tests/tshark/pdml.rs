//! Reads what `tshark -T pdml` writes, packet by packet.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// One packet as tshark sees it.
#[derive(Debug, Default)]
pub struct Packet {
    /// The protocols in it, from the outside in; those inside a quoted packet too.
    pub protocols: Vec<Protocol>,
    /// Every field, in tshark's order.
    pub fields: Vec<Field>,
}

/// A protocol of a packet.
#[derive(Debug)]
pub struct Protocol {
    pub name: String,
    pub pos: usize,
}

/// A field of a packet.
#[derive(Debug, Default)]
pub struct Field {
    pub name: String,
    /// Index of the protocol that it is in.
    pub protocol: usize,
    /// First byte in the frame.
    pub pos: usize,
    /// Bytes that it lies in.
    pub size: usize,
    /// What is shown of the value.
    pub show: String,
    /// The value in hex digits.
    pub value: String,
    /// The bytes that it lies in, in hex digits, where `value` holds some bits of them alone.
    pub unmasked: Option<String>,
    /// The line of the tree.
    pub line: String,
    /// It is part of a remark of tshark's, not of the packet.
    pub remark: bool,
}

impl Packet {
    /// The first field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether tshark says this of the packet: the name of an expert remark.
    pub fn remarks(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.remark && field.name == name)
    }

    /// Whether a protocol of this name is in it.
    pub fn has(&self, name: &str) -> bool {
        self.protocols.iter().any(|protocol| protocol.name == name)
    }
}

impl Field {
    /// Whether there is nothing of the field: a line of the tree for what should be there.
    pub fn is_empty(&self) -> bool {
        self.size == 0 && matches!(self.show.as_str(), "" | "<MISSING>" | "<none>")
    }

    /// The bits that the line shows, `..0. ....`, without its spaces.
    pub fn pattern(&self) -> Option<String> {
        let (pattern, _) = self.line.split_once(" = ")?;
        let pattern: String = pattern.chars().filter(|sign| *sign != ' ').collect();
        let is_pattern = pattern.len() >= 4 && pattern.bytes().all(|sign| matches!(sign, b'.' | b'0' | b'1'));
        is_pattern.then_some(pattern)
    }
}

/// Reads a document packet by packet.
pub struct Packets<R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
}

impl<R: BufRead> Packets<R> {
    pub fn new(input: R) -> Self {
        Self { reader: Reader::from_reader(input), buffer: Vec::new() }
    }

    /// The next packet; `None` at the end of the document.
    pub fn next(&mut self) -> Result<Option<Packet>, String> {
        let mut packet: Option<Packet> = None;
        let mut protocols: Vec<usize> = Vec::new();
        // Depth of `field` elements, and the one that opened a remark.
        let (mut depth, mut remark) = (0usize, None);
        loop {
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| error.to_string())?;
            let (start, empty) = match event {
                Event::Start(start) => (start, false),
                Event::Empty(start) => (start, true),
                Event::End(end) => {
                    match end.name().as_ref() {
                        "packet" => return Ok(packet),
                        "proto" => drop(protocols.pop()),
                        "field" => {
                            depth -= 1;
                            if remark == Some(depth) {
                                remark = None;
                            }
                        }
                        _ => {}
                    }
                    continue;
                }
                Event::Eof if packet.is_none() => return Ok(None),
                Event::Eof => return Err("the document ends within a packet".into()),
                _ => continue,
            };
            match (start.name().as_ref(), &mut packet) {
                ("packet", _) => packet = Some(Packet::default()),
                ("proto", Some(packet)) => {
                    let field = read(&start)?;
                    if !empty {
                        protocols.push(packet.protocols.len());
                    }
                    packet.protocols.push(Protocol { name: field.name, pos: field.pos });
                }
                ("field", Some(packet)) => {
                    let mut field = read(&start)?;
                    field.protocol = protocols.last().copied().unwrap_or(0);
                    field.remark = remark.is_some();
                    if !empty {
                        if field.name == "_ws.expert" && remark.is_none() {
                            remark = Some(depth);
                        }
                        depth += 1;
                    }
                    packet.fields.push(field);
                }
                _ => {}
            }
        }
    }
}

fn read(start: &BytesStart<'_>) -> Result<Field, String> {
    let mut field = Field::default();
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let text = || match quick_xml::escape::unescape(&attribute.value) {
            Ok(text) => text.into_owned(),
            Err(_) => attribute.value.to_string(),
        };
        let number = || attribute.value.parse::<usize>().unwrap_or(0);
        match attribute.key.as_ref() {
            "name" => field.name = attribute.value.to_string(),
            "pos" => field.pos = number(),
            "size" => field.size = number(),
            "show" => field.show = text(),
            "showname" => field.line = text(),
            "value" => field.value = attribute.value.to_string(),
            "unmaskedvalue" => field.unmasked = Some(attribute.value.to_string()),
            _ => {}
        }
    }
    Ok(field)
}
