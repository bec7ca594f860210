//! Running a filter on a packet: values are read where they lie, and nothing is formatted.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::ControlFlow::{self, Break, Continue};

use crate::field::{Kind, Value};
use crate::filter::Origin;
use crate::filter::catalogue::{Frame, Place, Reach, Subject};
use crate::filter::check::{Case, Check, Node, Operand, Rule};
use crate::filter::literal::Constant;
use crate::filter::parse::{End, Operator, Quantifier, Relation, Slice};
use crate::packet::{FieldRef, Layer, Packet};

/// A value of a packet.
#[derive(Clone, Debug)]
enum Datum<'a> {
    Number(i128),
    Address(u128),
    Bytes(Cow<'a, [u8]>),
}

/// What a value is given to; it breaks off when it has seen enough.
type Visit<'v, 'a> = &'v mut dyn FnMut(Datum<'a>) -> ControlFlow<()>;

/// A packet and what its capture says of it.
pub(super) struct View<'a, B> {
    pub packet: &'a Packet<B>,
    pub origin: &'a Origin,
}

impl<B> Clone for View<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for View<'_, B> {}

impl Node {
    pub(super) fn holds<B: AsRef<[u8]>>(&self, view: View<'_, B>) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(view)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(view)),
            Self::Not(node) => !node.holds(view),
            Self::Test(check) => check.holds(view),
        }
    }
}

impl Check {
    fn holds<B: AsRef<[u8]>>(&self, view: View<'_, B>) -> bool {
        if let (Rule::There, Operand::Subject { subject: Subject::Protocol(kinds, _), layers, slices, .. }) =
            (&self.rule, &self.left)
            && layers.is_empty()
            && slices.is_empty()
        {
            return has_layer(view, kinds);
        }
        // Of `Any` one pair is enough; of `All` one that fails is, and there must be one at all.
        let enough = self.of == Quantifier::Any;
        let mut result = false;
        let _ = each(&self.left, view, &mut |left| {
            let mut judge = |holds: bool| {
                result = holds;
                if holds == enough { Break(()) } else { Continue(()) }
            };
            match &self.rule {
                Rule::There => judge(true),
                Rule::Set => judge(left.is_set()),
                Rule::Constant(relation, constant) => judge(left.relates(*relation, constant)),
                Rule::In(ranges) => judge(ranges.iter().any(|(from, to)| {
                    left.relates(Relation::GreaterOrEqual, from) && left.relates(Relation::LessOrEqual, to)
                })),
                Rule::Matches(pattern) => {
                    judge(matches!(&left, Datum::Bytes(bytes) if pattern.is_match(bytes)))
                }
                Rule::Other(relation, right) => {
                    each(right, view, &mut |right| judge(left.relates_to(*relation, &right)))
                }
            }
        });
        result
    }
}

fn has_layer<B: AsRef<[u8]>>(view: View<'_, B>, kinds: &[Kind]) -> bool {
    let count = view.packet.record().count();
    if kinds.first().is_some_and(|kind| kind.is_rest()) {
        return view.packet.layers().skip(count).any(|layer| kinds.contains(&layer.kind));
    }
    (0..count).any(|index| view.packet.layer(index).is_some_and(|layer| kinds.contains(&layer.kind)))
}

/// Gives every value of an operand, until enough are seen.
fn each<'a, B: AsRef<[u8]>>(
    operand: &'a Operand,
    view: View<'a, B>,
    visit: Visit<'_, 'a>,
) -> ControlFlow<()> {
    match operand {
        Operand::Constant(constant) => visit(constant.datum()),
        Operand::Subject { subject, layers, slices, whole } => {
            let found = Found { layers, slices, view };
            match subject {
                Subject::Protocol(kinds, _) => found.protocols(kinds, *whole, visit),
                Subject::Field(places) => found.fields(places, visit),
                Subject::Frame(frame) => found.frame(*frame, visit),
            }
        }
        Operand::Length(inner) => each(inner, view, &mut |datum| match datum {
            Datum::Bytes(bytes) => visit(Datum::Number(bytes.len() as i128)),
            Datum::Number(_) | Datum::Address(_) => Continue(()),
        }),
        Operand::Case(case, inner) => each(inner, view, &mut |datum| match datum {
            Datum::Bytes(bytes) => visit(Datum::Bytes(Cow::Owned(match case {
                Case::Lower => bytes.to_ascii_lowercase(),
                Case::Upper => bytes.to_ascii_uppercase(),
            }))),
            other => visit(other),
        }),
        Operand::Count(inner) => {
            let mut count = 0i128;
            let _ = each(inner, view, &mut |_| {
                count = count.saturating_add(1);
                Continue(())
            });
            if count > 0 { visit(Datum::Number(count)) } else { Continue(()) }
        }
        Operand::Compute(operator, left, right) => each(left, view, &mut |left| {
            each(right, view, &mut |right| match compute(*operator, &left, &right) {
                Some(result) => visit(result),
                None => Continue(()),
            })
        }),
    }
}

/// Where to look for a subject, and what to take of it.
struct Found<'a, B> {
    layers: &'a [Slice],
    slices: &'a [Slice],
    view: View<'a, B>,
}

impl<'a, B: AsRef<[u8]>> Found<'a, B> {
    fn protocols(&self, kinds: &[Kind], whole: bool, visit: Visit<'_, 'a>) -> ControlFlow<()> {
        let packet = self.view.packet;
        let rest = kinds.first().is_some_and(|kind| kind.is_rest());
        for (index, layer) in packet.layers().enumerate() {
            if kinds.contains(&layer.kind) && (rest || self.is_wanted(index, layer.kind)) {
                let bytes = if whole { packet.layer_bytes(&layer) } else { packet.header_bytes(&layer) };
                self.give(None, bytes, visit)?;
            }
        }
        Continue(())
    }

    fn fields(&self, places: &[Place], visit: Visit<'_, 'a>) -> ControlFlow<()> {
        let packet = self.view.packet;
        let count = packet.record().count();
        for index in 0..count {
            let Some(layer) = packet.layer(index) else { break };
            for place in places.iter().filter(|place| place.kind == layer.kind) {
                if self.is_wanted(index, layer.kind) {
                    self.in_layer(place, index, &layer, visit)?;
                }
            }
        }
        if places.iter().any(|place| place.reach == Reach::Rest) {
            for (index, layer) in packet.layers().enumerate().skip(count) {
                for place in places.iter().filter(|place| place.kind == layer.kind) {
                    // A payload has the table of the header that carries it.
                    let is_it = |field: &FieldRef<'_>| {
                        field.info.name == place.info.name || layer.kind == Kind::PAYLOAD
                    };
                    for field in packet.fields_of(index).filter(is_it) {
                        self.field(&field, visit)?;
                    }
                }
            }
        }
        Continue(())
    }

    fn in_layer(&self, place: &Place, index: usize, layer: &Layer, visit: Visit<'_, 'a>) -> ControlFlow<()> {
        let (packet, info) = (self.view.packet, place.info);
        match place.reach {
            Reach::Fixed => {
                let header = packet.header_bytes(layer);
                let length = packet.protocol(layer).map_or(0, |protocol| protocol.length);
                let section = header.get(..length).unwrap_or(header);
                if info.when.is_some_and(|when| !when(section)) {
                    return Continue(());
                }
                let Some(value) = info.read(section) else { return Continue(()) };
                let first = usize::from(info.start) / 8;
                let last = usize::from(info.start).saturating_add(info.width(section.len())).div_ceil(8);
                self.give(Some(value), section.get(first..last).unwrap_or(&[]), visit)
            }
            Reach::Content => match packet.bytes().get(layer.content()..layer.end()).unwrap_or(&[]) {
                [] => Continue(()),
                content => self.give(Some(Value::Bytes(content)), content, visit),
            },
            Reach::Section | Reach::Generated => {
                for field in packet.fields_of(index).filter(|field| field.info.name == info.name) {
                    self.field(&field, visit)?;
                }
                Continue(())
            }
            Reach::Rest => Continue(()),
        }
    }

    fn field(&self, field: &FieldRef<'a>, visit: Visit<'_, 'a>) -> ControlFlow<()> {
        let end = field.offset().saturating_add(field.length());
        let bytes = self.view.packet.bytes().get(field.offset()..end).unwrap_or(&[]);
        self.give(field.value(), bytes, visit)
    }

    fn frame(&self, frame: Frame, visit: Visit<'_, 'a>) -> ControlFlow<()> {
        let (packet, origin) = (self.view.packet, self.view.origin);
        let since = |before: Option<crate::time::Time>| {
            let (now, before) = (origin.time?.nanoseconds(), before?.nanoseconds());
            Some(i128::from(now).saturating_sub(i128::from(before)))
        };
        let number = match frame {
            Frame::Bytes => return self.give(None, packet.bytes(), visit),
            Frame::Length => Some(packet.length() as i128),
            Frame::Captured => Some(packet.bytes().len() as i128),
            Frame::Number => origin.number.map(i128::from),
            Frame::Interface => origin.interface.map(i128::from),
            Frame::Epoch => origin.time.map(|time| i128::from(time.nanoseconds())),
            Frame::Relative => since(origin.first.or(origin.time)),
            Frame::Delta => since(origin.previous.or(origin.time)),
        };
        number.map_or(Continue(()), |number| visit(Datum::Number(number)))
    }

    /// Gives a value, or the slices of its bytes.
    fn give(&self, value: Option<Value<'a>>, bytes: &'a [u8], visit: Visit<'_, 'a>) -> ControlFlow<()> {
        if self.slices.is_empty() {
            return visit(Datum::of(value, bytes));
        }
        let piece = match value {
            // Of a name what is printed, not how it is encoded.
            Some(Value::Name(name)) => {
                cut(name.to_string().as_bytes(), self.slices).map(|piece| Cow::Owned(piece.into_owned()))
            }
            Some(Value::Text(text)) => cut(text.0, self.slices),
            _ => cut(bytes, self.slices),
        };
        match piece {
            Some(piece) => visit(Datum::Bytes(piece)),
            None => Continue(()),
        }
    }

    /// Whether a layer is one of those that the filter names by number; they count from 1 for each kind.
    fn is_wanted(&self, index: usize, kind: Kind) -> bool {
        if self.layers.is_empty() {
            return true;
        }
        let packet = self.view.packet;
        let of_kind = |from: usize, to: usize| {
            (from..to).filter(|at| packet.layer(*at).is_some_and(|layer| layer.kind == kind)).count()
        };
        let number = of_kind(0, index.saturating_add(1));
        let count = of_kind(0, packet.record().count());
        // What is negative counts from the last one.
        let place = |at: i32| match usize::try_from(at) {
            Ok(at) => at,
            Err(_) => count.saturating_add(1).saturating_sub(at.unsigned_abs() as usize),
        };
        self.layers.iter().any(|slice| {
            let from = place(slice.from);
            let last = match slice.to {
                End::Length(length) => from.saturating_add(length as usize).saturating_sub(1),
                End::Through(last) => place(last),
                End::Open => count,
            };
            (from..=last).contains(&number)
        })
    }
}

/// The bytes of several slices in a row; nothing if one of them does not lie in the bytes.
fn cut<'a>(bytes: &'a [u8], slices: &[Slice]) -> Option<Cow<'a, [u8]>> {
    let piece = |slice: &Slice| range(bytes.len(), *slice).and_then(|(from, to)| bytes.get(from..to));
    match slices {
        [only] => piece(only).map(Cow::Borrowed),
        _ => {
            let mut all = Vec::new();
            for slice in slices {
                all.extend_from_slice(piece(slice)?);
            }
            Some(Cow::Owned(all))
        }
    }
}

/// First place and the one behind the last, of so many; `None` if they are not there.
fn range(length: usize, slice: Slice) -> Option<(usize, usize)> {
    let place = |at: i32| match usize::try_from(at) {
        Ok(at) => Some(at),
        Err(_) => length.checked_sub(usize::try_from(at.unsigned_abs()).ok()?),
    };
    let from = place(slice.from)?;
    let to = match slice.to {
        End::Length(count) => from.checked_add(usize::try_from(count).ok()?)?,
        End::Through(last) => place(last)?.checked_add(1)?,
        End::Open => length,
    };
    (from < to && to <= length).then_some((from, to))
}

fn compute<'a>(operator: Operator, left: &Datum<'a>, right: &Datum<'a>) -> Option<Datum<'a>> {
    match (operator, left, right) {
        (Operator::BitAnd, Datum::Address(left), Datum::Address(right)) => Some(Datum::Address(left & right)),
        (Operator::BitAnd, Datum::Bytes(left), Datum::Bytes(right)) => {
            Some(Datum::Bytes(left.iter().zip(right.iter()).map(|(left, right)| left & right).collect()))
        }
        (_, Datum::Number(left), Datum::Number(right)) => {
            let (left, right) = (*left, *right);
            match operator {
                Operator::BitAnd => Some(left & right),
                Operator::Add => left.checked_add(right),
                Operator::Subtract => left.checked_sub(right),
                Operator::Multiply => left.checked_mul(right),
                Operator::Divide => left.checked_div(right),
                Operator::Remainder => left.checked_rem(right),
            }
            .map(Datum::Number)
        }
        _ => None,
    }
}

impl Constant {
    fn datum(&self) -> Datum<'_> {
        match self {
            Self::Number(number) => Datum::Number(*number),
            Self::Address { bits, .. } => Datum::Address(*bits),
            Self::Bytes(bytes) => Datum::Bytes(Cow::Borrowed(bytes)),
        }
    }
}

impl Operand {
    /// The value of what is computed from constants alone.
    pub(super) fn folded(&self) -> Option<Constant> {
        let Self::Compute(operator, left, right) = self else { return None };
        let (Self::Constant(left), Self::Constant(right)) = (&**left, &**right) else { return None };
        Some(match compute(*operator, &left.datum(), &right.datum())? {
            Datum::Number(number) => Constant::Number(number),
            Datum::Address(bits) => Constant::Address { bits, mask: u128::MAX },
            Datum::Bytes(bytes) => Constant::Bytes(bytes.into_owned()),
        })
    }
}

impl<'a> Datum<'a> {
    #[inline]
    fn of(value: Option<Value<'a>>, bytes: &'a [u8]) -> Self {
        match value {
            Some(Value::Number(number)) => Self::Number(i128::from(number)),
            Some(Value::Flag(flag)) => Self::Number(i128::from(flag)),
            Some(Value::Ipv4(address)) => Self::Address(u128::from(address.to_bits())),
            Some(Value::Ipv6(address)) => Self::Address(address.to_bits()),
            Some(Value::Text(text)) => Self::Bytes(Cow::Borrowed(text.0)),
            Some(Value::Name(name)) => Self::Bytes(Cow::Owned(name.to_string().into_bytes())),
            Some(Value::Bytes(bytes)) => Self::Bytes(Cow::Borrowed(bytes)),
            Some(Value::Mac(_)) | None => Self::Bytes(Cow::Borrowed(bytes)),
        }
    }

    fn is_set(&self) -> bool {
        match self {
            Self::Number(number) => *number != 0,
            Self::Address(bits) => *bits != 0,
            Self::Bytes(bytes) => bytes.iter().any(|byte| *byte != 0),
        }
    }

    #[inline]
    fn relates(&self, relation: Relation, constant: &Constant) -> bool {
        match (self, constant) {
            (Self::Number(left), Constant::Number(right)) => ordered(relation, left.cmp(right)),
            (Self::Address(left), Constant::Address { bits, mask }) => {
                ordered(relation, (left & mask).cmp(bits))
            }
            (Self::Bytes(left), Constant::Bytes(right)) => of_bytes(relation, left, right),
            _ => false,
        }
    }

    fn relates_to(&self, relation: Relation, right: &Datum<'_>) -> bool {
        match (self, right) {
            (Self::Number(left), Datum::Number(right)) => ordered(relation, left.cmp(right)),
            (Self::Address(left), Datum::Address(right)) => ordered(relation, left.cmp(right)),
            (Self::Bytes(left), Datum::Bytes(right)) => of_bytes(relation, left, right),
            _ => false,
        }
    }
}

#[inline]
fn of_bytes(relation: Relation, left: &[u8], right: &[u8]) -> bool {
    match relation {
        Relation::Contains => right.is_empty() || left.windows(right.len()).any(|window| window == right),
        // As Wireshark orders them: a longer row is greater, whatever it begins with.
        _ => ordered(relation, left.len().cmp(&right.len()).then_with(|| left.cmp(right))),
    }
}

#[inline]
fn ordered(relation: Relation, ordering: Ordering) -> bool {
    match relation {
        Relation::Equal => ordering.is_eq(),
        Relation::NotEqual => ordering.is_ne(),
        Relation::Less => ordering.is_lt(),
        Relation::LessOrEqual => ordering.is_le(),
        Relation::Greater => ordering.is_gt(),
        Relation::GreaterOrEqual => ordering.is_ge(),
        Relation::Contains | Relation::Matches => false,
    }
}
