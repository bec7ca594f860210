//! What differs between two packets, field by field.
//!
//! ```
//! use layercake::diff::{Diff, Options};
//! use layercake::packet::{Decoder, Frame};
//! use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, udp::Udp, vlan::Vlan};
//!
//! let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
//! let inner = |ttl| Ipv4::new(a, b).ttl(ttl) / Udp::new(5000, 7) / b"hello";
//! let eth = || Ethernet::new(Default::default(), Default::default());
//! let plain = Decoder::new().packet(Frame::ethernet((eth() / inner(64)).to_vec()?));
//! let tagged = Decoder::new().packet(Frame::ethernet((eth() / Vlan::new(7) / inner(63)).to_vec()?));
//!
//! let diff = Diff::between(&plain, &tagged, &Options::default());
//! let names: Vec<&str> = diff.iter().map(|difference| difference.name).collect();
//! assert_eq!(names, ["eth.type", "vlan", "ip.ttl", "ip.checksum"]);
//! assert_eq!(diff.to_string(), "\
//! Ethernet (eth)
//! - 12-13             Type                              0x0800 (IPv4)                eth.type
//! + 12-13             Type                              0x8100 (802.1Q)              eth.type
//! + 14-17             802.1Q Virtual LAN                Priority 0, Drop eligible not set, VLAN identifier 7, Type 0x0800 (IPv4) vlan
//! Internet Protocol Version 4 (ip)
//! - 22                Time to live                      64                           ip.ttl
//! + 26                Time to live                      63                           ip.ttl
//! - 24-25             Header checksum                   0xf6c8 (correct)             ip.checksum
//! + 28-29             Header checksum                   0xf7c8 (correct)             ip.checksum
//! ");
//!
//! let ignore = "vlan, eth.type, ip.ttl, *.checksum".parse()?;
//! let diff = Diff::between(&plain, &tagged, &Options { ignore, ..Options::default() });
//! assert!(diff.is_empty() && diff.ignored() == 4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Layers are put beside each other as a textual diff does with lines: what is on one side only is said as such, and does not
//! shift what follows. So it is with the items of a layer: an option more is one difference. Tiles are compared, bit by bit, wherever they lie;
//! so two packets without a difference have the same bytes. What is computed is not compared, nor is the time of capture.
//!
//! - `align`: what stands beside what.
//! - `ignore`: what is not compared.
//! - `show`: the diff as text.
//! - [`assert`](mod@assert): [`assert_packet_eq!`](crate::assert_packet_eq).

pub(crate) mod align;
pub mod assert;
mod ignore;
mod show;

use std::cell::OnceCell;

pub use ignore::{BadPattern, Ignore};

use crate::diff::align::{Fit, Step, align};
use crate::field::{Format, Kind, Role, Value};
use crate::packet::{FieldRef, Layer, Packet};
use crate::render::{self, Verdicts};

/// What is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Fields that are not.
    pub ignore: Ignore,
    /// Padding, trailers and check sequences behind the packet are not.
    pub ignore_padding: bool,
}

/// What differs between two packets; nothing if they have the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    differences: Vec<Difference>,
    ignored: usize,
}

/// What a difference is about.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// What is said of the frame: its link type, how much of it was captured.
    Frame,
    /// A layer that is on one side only.
    Layer,
    /// A group of fields that is on one side only: an option, a record.
    Group,
    /// A field.
    Field,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub what: What,
    /// What the layer is called: `ip`; `frame` for what is said of the frame.
    pub layer: &'static str,
    /// The full name of the layer.
    pub layer_name: &'static str,
    /// Which one of those that are called so, from 1 outside; on the right where it is there alone.
    pub layer_number: usize,
    /// The layer on the left and on the right, counted from 0; `None` where it is not, or is the frame.
    pub layers: [Option<usize>; 2],
    /// What it lies in, where that is an item of a list: `Options > Timestamps`.
    pub within: String,
    /// The name of the field, group or layer: `ip.ttl`.
    pub name: &'static str,
    /// What a person calls it: `Time to live`.
    pub label: &'static str,
    /// What is on the left; `None` if it is on the right alone.
    pub left: Option<Side>,
    /// What is on the right; `None` if it is on the left alone.
    pub right: Option<Side>,
}

/// What is on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// First bit in the frame, counted from the most significant bit of the first byte.
    pub start: u32,
    /// Number of bits; 0 for what is said of the frame.
    pub bits: u32,
    /// The value as people read it. Of many bytes those around the first that differs.
    pub text: String,
    /// Which bits of its bytes it has, where it has not all.
    mask: String,
}

impl Side {
    /// First byte in the frame.
    pub fn offset(&self) -> usize {
        (self.start / 8) as usize
    }

    /// Number of bytes that it touches.
    pub fn length(&self) -> usize {
        let end = self.start.saturating_add(self.bits).div_ceil(8) as usize;
        if self.bits == 0 { 0 } else { end.saturating_sub(self.offset()) }
    }
}

impl Diff {
    /// What differs between two packets.
    pub fn between<A: AsRef<[u8]>, B: AsRef<[u8]>>(
        left: &Packet<A>,
        right: &Packet<B>,
        options: &Options,
    ) -> Self {
        let (left, right) = (left.borrowed(), right.borrowed());
        let mut comparison = Comparison {
            left: Stack::of(&left),
            right: Stack::of(&right),
            options,
            within: Vec::new(),
            diff: Self::default(),
        };
        comparison.frames();
        comparison.layers();
        comparison.diff
    }

    /// Whether nothing differs, but what is ignored.
    pub fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }

    /// How many things differ.
    pub fn len(&self) -> usize {
        self.differences.len()
    }

    /// What differs, from the outside in.
    pub fn iter(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter()
    }

    /// How many differences were ignored.
    pub fn ignored(&self) -> usize {
        self.ignored
    }
}

/// A packet and its layers.
struct Stack<'a> {
    packet: &'a Packet<&'a [u8]>,
    layers: Vec<Layer>,
    verdicts: OnceCell<Verdicts>,
}

impl<'a> Stack<'a> {
    fn of(packet: &'a Packet<&'a [u8]>) -> Self {
        Self { packet, layers: packet.layers().collect(), verdicts: OnceCell::new() }
    }

    fn layer(&self, index: usize) -> Option<(&Layer, &'a [u8])> {
        self.layers.get(index).map(|layer| (layer, self.packet.header_bytes(layer)))
    }

    /// Which one of its kind a layer is, from 1.
    fn number(&self, index: usize) -> usize {
        let kind = self.layers.get(index).map(|layer| layer.kind);
        self.layers.iter().take(index.saturating_add(1)).filter(|layer| Some(layer.kind) == kind).count()
    }

    /// The value of a field as people read it, and what it means.
    fn text(&self, node: &Node<'_, '_>) -> String {
        let verdicts = self.verdicts.get_or_init(|| render::verdicts(self.packet));
        let meaning = render::meaning(node.field, node.inside, verdicts);
        match (node.field.value(), meaning) {
            (Some(value), Some(meaning)) => {
                format!("{} ({meaning})", render::value_text(node.field.info, value))
            }
            (Some(value), None) => render::value_text(node.field.info, value),
            (None, meaning) => meaning.unwrap_or_default(),
        }
    }
}

/// The fields of a layer that are compared, and the places of those that are ignored.
struct Fields<'a> {
    all: Vec<FieldRef<'a>>,
    /// Ranges of bits, in order and apart.
    ignored: Vec<(u32, u32)>,
}

impl<'a> Fields<'a> {
    fn of(stack: &Stack<'a>, index: usize, options: &Options) -> Self {
        let all: Vec<_> = stack.packet.fields_of(index).filter(|field| field.bits > 0).collect();
        let Some(layer) = stack.layers.get(index) else { return Self { all, ignored: Vec::new() } };
        let end = |start: usize| u32::try_from(start.saturating_mul(8)).unwrap_or(u32::MAX);
        let behind = matches!(
            layer.kind,
            Kind::PADDING | Kind::TRAILER | Kind::FRAME_TRAILER | Kind::FRAME_CHECK_SEQUENCE
        );
        if behind && options.ignore_padding || options.ignore.names(stack.packet.name(layer)) {
            return Self { all, ignored: vec![(end(layer.start()), end(layer.content()))] };
        }
        let mut ignored: Vec<(u32, u32)> = Vec::new();
        if !options.ignore.is_empty() {
            let named = all.iter().filter(|field| options.ignore.names(field.info.name));
            let mut places: Vec<_> =
                named.map(|field| (field.start, field.start.saturating_add(field.bits))).collect();
            places.sort_unstable();
            for (start, end) in places {
                match ignored.last_mut() {
                    Some(last) if start <= last.1 => last.1 = last.1.max(end),
                    _ => ignored.push((start, end)),
                }
            }
        }
        Self { all, ignored }
    }

    fn ignores(&self, field: &FieldRef<'_>) -> bool {
        let (start, end) = (field.start, field.start.saturating_add(field.bits));
        let before = self.ignored.partition_point(|(from, _)| *from <= start);
        before.checked_sub(1).and_then(|at| self.ignored.get(at)).is_some_and(|(_, to)| end <= *to)
    }

    /// Whether all tiles of a row of fields are ignored.
    fn ignores_all(&self, fields: &[FieldRef<'_>]) -> bool {
        fields.iter().filter(|field| field.is_tile()).all(|tile| self.ignores(tile))
    }
}

/// A tile, or a group with what lies in it.
#[derive(Clone, Copy)]
struct Node<'f, 'a> {
    field: &'f FieldRef<'a>,
    inside: &'f [FieldRef<'a>],
}

impl<'f, 'a> Node<'f, 'a> {
    fn all(mut fields: &'f [FieldRef<'a>]) -> Vec<Self> {
        let mut nodes = Vec::new();
        while let Some((field, inside, rest)) = render::split(fields) {
            fields = rest;
            if matches!(field.info.role, Role::Tile | Role::Group) {
                nodes.push(Self { field, inside });
            }
        }
        nodes
    }

    /// The fields of it, itself too.
    fn fields(&self) -> impl Iterator<Item = &'f FieldRef<'a>> {
        std::iter::once(self.field).chain(self.inside)
    }

    fn is_group(&self) -> bool {
        self.field.info.role == Role::Group
    }

    fn fit(&self, other: &Self) -> Fit {
        let (mine, others) = (self.field.info, other.field.info);
        if mine.name != others.name || mine.role != others.role {
            Fit::None
        } else if same_bits(self.field, other.field) {
            Fit::All
        } else {
            Fit::Name
        }
    }
}

/// Whether two fields have the same bits, wherever they lie.
fn same_bits(left: &FieldRef<'_>, right: &FieldRef<'_>) -> bool {
    if left.bits != right.bits {
        return false;
    }
    let (first, other) = (left.start % 8, right.start % 8);
    if first != other {
        // Inside of bytes are numbers and flags alone.
        return left.value() == right.value();
    }
    let (mine, others) = (left.bytes(), right.bytes());
    let end = first.saturating_add(left.bits) % 8;
    let head = 0xffu8 >> first;
    let tail = if end == 0 { 0xff } else { !(0xffu8 >> end) };
    match (mine, others) {
        ([a], [b]) => (a ^ b) & head & tail == 0,
        ([a, mine @ .., y], [b, others @ .., z]) => {
            (a ^ b) & head == 0 && mine == others && (y ^ z) & tail == 0
        }
        _ => mine == others,
    }
}

struct Comparison<'a> {
    left: Stack<'a>,
    right: Stack<'a>,
    options: &'a Options,
    /// The items that lie around what is compared.
    within: Vec<String>,
    diff: Diff,
}

/// A pair of layers whose fields are compared, or one that is alone: what all their differences have in common.
#[derive(Clone, Copy)]
struct Place {
    left: Option<usize>,
    right: Option<usize>,
    layer: &'static str,
    layer_name: &'static str,
    layer_number: usize,
}

impl Comparison<'_> {
    /// What is said of the frames.
    fn frames(&mut self) {
        let (left, right) = (self.left.packet, self.right.packet);
        let link = |packet: &Packet<&[u8]>| match packet.link() {
            link if link.name().is_some() => format!("{} ({})", link.name().unwrap_or_default(), link.0),
            link => link.0.to_string(),
        };
        let missing = |packet: &Packet<&[u8]>| packet.length().saturating_sub(packet.bytes().len());
        let cut = |packet| match missing(packet) {
            0 => "none".to_owned(),
            bytes => bytes.to_string(),
        };
        if left.link() != right.link() {
            self.frame(ignore::LINK, "Link type", [link(left), link(right)]);
        }
        if missing(left) != missing(right) {
            self.frame(ignore::MISSING, "Bytes not captured", [cut(left), cut(right)]);
        }
    }

    fn frame(&mut self, name: &'static str, label: &'static str, [left, right]: [String; 2]) {
        let side = |text| Some(Side { start: 0, bits: 0, text, mask: String::new() });
        let place = Place { left: None, right: None, layer: "frame", layer_name: "Frame", layer_number: 1 };
        let ignored = self.options.ignore.names(name);
        self.add(ignored, place, What::Frame, (name, label), [side(left), side(right)]);
    }

    fn layers(&mut self) {
        let steps = align(self.left.layers.len(), self.right.layers.len(), |left, right| {
            match (self.left.layer(left), self.right.layer(right)) {
                (Some((one, _)), Some((other, _))) if one.kind != other.kind => Fit::None,
                (Some((_, one)), Some((_, other))) if one == other => Fit::All,
                _ => Fit::Name,
            }
        });
        for step in steps {
            let (left, right) = match step {
                Step::Both(left, right) => (Some(left), Some(right)),
                Step::Left(left) => (Some(left), None),
                Step::Right(right) => (None, Some(right)),
            };
            let (stack, index) = match (left, right) {
                (Some(index), _) => (&self.left, index),
                (_, index) => (&self.right, index.unwrap_or(0)),
            };
            let Some((layer, _)) = stack.layer(index) else { continue };
            let (name, title) = (stack.packet.name(layer), render::name(stack.packet, layer));
            let place =
                Place { left, right, layer: name, layer_name: title, layer_number: stack.number(index) };
            match step {
                Step::Both(left, right) => self.pair(place, left, right),
                _ => self.alone(place, index),
            }
        }
    }

    /// A layer that is on both sides.
    fn pair(&mut self, place: Place, left: usize, right: usize) {
        let (Some((one, mine)), Some((_, others))) = (self.left.layer(left), self.right.layer(right)) else {
            return;
        };
        // Its tiles cover all of it.
        if mine == others {
            return;
        }
        let one_tile = one.is_rest();
        let [mine, others] =
            [Fields::of(&self.left, left, self.options), Fields::of(&self.right, right, self.options)];
        // What a payload is called depends on the header before it; the bytes are what they are.
        match (&mine.all[..], &others.all[..]) {
            ([left], [right]) if one_tile => {
                let nodes = [left, right].map(|field| Some(Node { field, inside: &[] }));
                self.field(place, &[&mine, &others], nodes);
            }
            _ => self.rows(place, [&mine, &others], &mine.all, &others.all),
        }
    }

    /// Fields of a layer, or of a group in it.
    fn rows<'f, 'a>(
        &mut self,
        place: Place,
        fields: [&Fields<'a>; 2],
        left: &'f [FieldRef<'a>],
        right: &'f [FieldRef<'a>],
    ) {
        let (left, right) = (Node::all(left), Node::all(right));
        let steps = align(left.len(), right.len(), |mine, others| {
            left.get(mine).zip(right.get(others)).map_or(Fit::None, |(mine, others)| mine.fit(others))
        });
        for step in steps {
            let nodes = match step {
                Step::Both(mine, others) => [left.get(mine), right.get(others)],
                Step::Left(mine) => [left.get(mine), None],
                Step::Right(others) => [None, right.get(others)],
            };
            match nodes {
                [Some(mine), Some(others)] if mine.fit(others) == Fit::All => {}
                [Some(mine), Some(others)] if mine.is_group() && !mine.inside.is_empty() => {
                    let item = self.item(mine);
                    let deeper = item.is_some();
                    self.within.extend(item);
                    self.rows(place, fields, mine.inside, others.inside);
                    if deeper {
                        self.within.pop();
                    }
                }
                _ => self.field(place, &fields, nodes.map(Option::<&Node<'f, 'a>>::copied)),
            }
        }
    }

    /// What an item of a list is called: `Timestamps`, `Answer host.lab.example`. Of other groups nothing has to be said.
    fn item(&self, node: &Node<'_, '_>) -> Option<String> {
        let label = node.field.info.label;
        (node.field.info.format == Format::Bytes).then(|| {
            let verdicts = self.left.verdicts.get_or_init(|| render::verdicts(self.left.packet));
            match render::meaning(node.field, node.inside, verdicts) {
                Some(meaning) => format!("{label} {meaning}"),
                None => label.to_owned(),
            }
        })
    }

    /// A field whose bits differ, or a field or group that is on one side only.
    fn field<'a>(&mut self, place: Place, fields: &[&Fields<'a>; 2], nodes: [Option<Node<'_, 'a>>; 2]) {
        let ([Some(first), _] | [None, Some(first)]) = &nodes else { return };
        let info = first.field.info;
        let what = if first.is_group() { What::Group } else { What::Field };
        let ignored = nodes.iter().zip(fields).all(|(node, fields)| {
            node.is_none_or(|node| {
                node.fields().filter(|field| field.is_tile()).all(|tile| fields.ignores(tile))
            })
        });
        let sides = if ignored { [None, None] } else { self.sides(nodes) };
        self.add(ignored, place, what, (info.name, info.label), sides);
    }

    /// Both sides of a field, in words that differ.
    fn sides(&self, nodes: [Option<Node<'_, '_>>; 2]) -> [Option<Side>; 2] {
        let long = |node: &Node<'_, '_>| match node.field.value() {
            Some(Value::Bytes(_)) => true,
            Some(Value::Text(text)) => text.0.len() > show::WINDOW,
            _ => false,
        };
        let window = nodes.iter().flatten().any(|node| !node.is_group() && long(node));
        let first = match nodes {
            [Some(left), Some(right)] => show::first_difference(left.field.bytes(), right.field.bytes()),
            _ => 0,
        };
        let stacks = [&self.left, &self.right];
        let mut texts = [0, 1].map(|at: usize| {
            let (node, stack) = (nodes.get(at).copied().flatten()?, stacks.get(at)?);
            Some(match () {
                () if node.is_group() => show::summary(stack, node.inside),
                () if window => show::window(node.field.bytes(), first),
                () => stack.text(&node),
            })
        });
        // Two ways to write the same: an address in a pointer, zeros behind a text.
        if let ([Some(left), Some(right)], [Some(one), Some(other)]) = (&mut texts, nodes)
            && left == right
        {
            for (text, node) in [(left, one), (right, other)] {
                text.push_str(&format!(" [{}]", show::window(node.field.bytes(), first)));
            }
        }
        let [left, right] = texts;
        let mut sides = [left, right].into_iter().zip(nodes).map(|(text, node)| {
            let (text, field) = (text?, node?.field);
            let mask = if node?.is_group() { String::new() } else { render::tree::mask(field) };
            Some(Side { start: field.start, bits: field.bits, text, mask })
        });
        [sides.next().flatten(), sides.next().flatten()]
    }

    /// A layer that is on one side only.
    fn alone(&mut self, place: Place, index: usize) {
        let stack = if place.left.is_some() { &self.left } else { &self.right };
        let Some((layer, bytes)) = stack.layer(index) else { return };
        let fields = Fields::of(stack, index, self.options);
        let ignored = fields.ignores_all(&fields.all);
        let text = match stack.packet.protocol(layer) {
            Some(_) if !layer.is_rest() => show::summary(stack, &fields.all),
            _ => show::window(bytes, 0),
        };
        let bits = |bytes: usize| u32::try_from(bytes.saturating_mul(8)).unwrap_or(u32::MAX);
        let side =
            Some(Side { start: bits(layer.start()), bits: bits(bytes.len()), text, mask: String::new() });
        let sides = if place.left.is_some() { [side, None] } else { [None, side] };
        self.add(ignored, place, What::Layer, (place.layer, place.layer_name), sides);
    }

    fn add(
        &mut self,
        ignored: bool,
        place: Place,
        what: What,
        (name, label): (&'static str, &'static str),
        [left, right]: [Option<Side>; 2],
    ) {
        if ignored {
            self.diff.ignored = self.diff.ignored.saturating_add(1);
            return;
        }
        let Place { left: mine, right: others, layer, layer_name, layer_number } = place;
        let within = self.within.join(" > ");
        self.diff.differences.push(Difference {
            what,
            layer,
            layer_name,
            layer_number,
            layers: [mine, others],
            within,
            name,
            label,
            left,
            right,
        });
    }
}
