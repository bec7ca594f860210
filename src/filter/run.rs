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
pub(super) enum Datum<'a> {
    Number(i128),
    Address(u128),
    Bytes(Cow<'a, [u8]>),
}

/// How many combinations of values one operation looks at in a packet; those of bytes count once for every [`PIECE`].
pub(super) const COMBINATIONS: usize = 65_536;

/// Bytes that count as one value.
const PIECE: usize = 256;

/// Why no more values are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Enough,
    /// There would be more than [`COMBINATIONS`].
    TooMany,
}

pub(super) type Flow<T = ()> = ControlFlow<Stop, T>;

/// What a value is given to; it breaks off when it has seen enough.
pub(super) type Visit<'v, 'a> = &'v mut dyn FnMut(Datum<'a>) -> Flow;

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
        let mut judge = |holds: bool| {
            result = holds;
            if holds == enough { Break(Stop::Enough) } else { Continue(()) }
        };
        let flow = match &self.rule {
            Rule::Other(Relation::Contains, right) => contains(&self.left, right, view, &mut judge),
            Rule::Other(relation, right) => {
                // Gathered once, when there is something to compare.
                let mut gathered = None;
                each(&self.left, view, &mut |left| {
                    let rights = match &mut gathered {
                        Some(rights) => rights,
                        none => none.insert(Values::gather(right, view)?),
                    };
                    match rights.relate(&left, *relation, self.of) {
                        Some(holds) => judge(holds),
                        None => Break(Stop::Enough),
                    }
                })
            }
            rule => each(&self.left, view, &mut |left| judge(rule.holds_of(&left))),
        };
        result && flow != Break(Stop::TooMany)
    }
}

impl Rule {
    /// Whether a value is as it must be, if there is nothing else to compare it with.
    #[inline]
    fn holds_of(&self, left: &Datum<'_>) -> bool {
        match self {
            Self::There => true,
            Self::Set => left.is_set(),
            Self::Constant(relation, constant) => left.relates(*relation, constant),
            Self::In(ranges) => ranges.iter().any(|(from, to)| {
                left.relates(Relation::GreaterOrEqual, from) && left.relates(Relation::LessOrEqual, to)
            }),
            Self::Matches(pattern) => matches!(left, Datum::Bytes(bytes) if pattern.is_match(bytes)),
            Self::Other(..) => false,
        }
    }
}

/// Looks for every value of the right side in every one of the left.
fn contains<B: AsRef<[u8]>>(
    left: &Operand,
    right: &Operand,
    view: View<'_, B>,
    judge: &mut dyn FnMut(bool) -> Flow,
) -> Flow {
    let lefts = Values::gather(left, view)?;
    if lefts.as_slice().is_empty() {
        return Continue(());
    }
    let rights = Values::gather(right, view)?;
    lefts.with(&rights)?;
    for left in lefts.as_slice() {
        for right in rights.as_slice() {
            judge(left.relates_to(Relation::Contains, right))?;
        }
    }
    Continue(())
}

/// The distinct values of an operand in a packet, in order. One alone takes no memory of its own.
enum Values<'a> {
    One(Option<Datum<'a>>),
    Many(Vec<Datum<'a>>),
}

impl<'a> Values<'a> {
    fn gather<B: AsRef<[u8]>>(operand: &'a Operand, view: View<'a, B>) -> Flow<Self> {
        let mut values = Self::One(None);
        each(operand, view, &mut |datum| {
            values.push(datum);
            Continue(())
        })?;
        if let Self::Many(many) = &mut values {
            many.sort_unstable_by(Datum::order);
            many.dedup_by(|left, right| left.order(right).is_eq());
        }
        Continue(values)
    }

    fn push(&mut self, datum: Datum<'a>) {
        match self {
            Self::One(one) => match one.take() {
                None => *one = Some(datum),
                Some(first) if first.order(&datum).is_eq() => *one = Some(first),
                Some(first) => *self = Self::Many(vec![first, datum]),
            },
            Self::Many(many) => many.push(datum),
        }
    }

    fn as_slice(&self) -> &[Datum<'a>] {
        match self {
            Self::One(one) => one.as_slice(),
            Self::Many(many) => many,
        }
    }

    /// Whether all combinations with other values may be looked at.
    fn with(&self, others: &Self) -> Flow {
        let [mine, others] = [self.as_slice(), others.as_slice()];
        let pieces = mine.iter().fold(0usize, |sum, datum| sum.saturating_add(datum.pieces()));
        match pieces.saturating_mul(others.len()) {
            ..=COMBINATIONS => Continue(()),
            _ if mine.len().max(others.len()) == 1 => Continue(()),
            _ => Break(Stop::TooMany),
        }
    }

    /// Whether a value relates to any or all of these; `None` if there are none.
    fn relate(&self, left: &Datum<'_>, relation: Relation, of: Quantifier) -> Option<bool> {
        let all = match self.as_slice() {
            [] => return None,
            [only] => return Some(left.relates_to(relation, only)),
            all => all,
        };
        // Those of another type come before or behind, and relate in no way.
        let from = all.partition_point(|datum| datum.class() < left.class());
        let to = all.partition_point(|datum| datum.class() <= left.class());
        let alike = all.get(from..to).unwrap_or(&[]);
        let (Some(least), Some(most)) = (alike.first(), alike.last()) else { return Some(false) };
        let any = of == Quantifier::Any;
        if !any && alike.len() < all.len() {
            return Some(false);
        }
        let is_one = || alike.binary_search_by(|datum| datum.order(left)).is_ok();
        let is_only = || least.order(left).is_eq() && most.order(left).is_eq();
        Some(match relation {
            Relation::Equal => {
                if any {
                    is_one()
                } else {
                    is_only()
                }
            }
            Relation::NotEqual => !(if any { is_only() } else { is_one() }),
            Relation::Less | Relation::LessOrEqual => {
                left.relates_to(relation, if any { most } else { least })
            }
            Relation::Greater | Relation::GreaterOrEqual => {
                left.relates_to(relation, if any { least } else { most })
            }
            Relation::Contains | Relation::Matches => false,
        })
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
pub(super) fn each<'a, B: AsRef<[u8]>>(
    operand: &'a Operand,
    view: View<'a, B>,
    visit: Visit<'_, 'a>,
) -> Flow {
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
            each(inner, view, &mut |_| {
                count = count.saturating_add(1);
                Continue(())
            })?;
            if count > 0 { visit(Datum::Number(count)) } else { Continue(()) }
        }
        Operand::Compute(operator, left, right) => {
            let mut give = |left: &Datum<'a>, right: &Datum<'a>| {
                compute(*operator, left, right).map_or(Continue(()), &mut *visit)
            };
            match (&**left, &**right) {
                (left, Operand::Constant(right)) => {
                    let right = right.datum();
                    each(left, view, &mut |left| give(&left, &right))
                }
                (Operand::Constant(left), right) => {
                    let left = left.datum();
                    each(right, view, &mut |right| give(&left, &right))
                }
                (left, right) => {
                    let lefts = Values::gather(left, view)?;
                    if lefts.as_slice().is_empty() {
                        return Continue(());
                    }
                    let rights = Values::gather(right, view)?;
                    lefts.with(&rights)?;
                    for left in lefts.as_slice() {
                        for right in rights.as_slice() {
                            give(left, right)?;
                        }
                    }
                    Continue(())
                }
            }
        }
    }
}

/// Where to look for a subject, and what to take of it.
struct Found<'a, B> {
    layers: &'a [Slice],
    slices: &'a [Slice],
    view: View<'a, B>,
}

impl<'a, B: AsRef<[u8]>> Found<'a, B> {
    fn protocols(&self, kinds: &[Kind], whole: bool, visit: Visit<'_, 'a>) -> Flow {
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

    fn fields(&self, places: &[Place], visit: Visit<'_, 'a>) -> Flow {
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

    fn in_layer(&self, place: &Place, index: usize, layer: &Layer, visit: Visit<'_, 'a>) -> Flow {
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

    fn field(&self, field: &FieldRef<'a>, visit: Visit<'_, 'a>) -> Flow {
        let end = field.offset().saturating_add(field.length());
        let bytes = self.view.packet.bytes().get(field.offset()..end).unwrap_or(&[]);
        self.give(field.value(), bytes, visit)
    }

    fn frame(&self, frame: Frame, visit: Visit<'_, 'a>) -> Flow {
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
    fn give(&self, value: Option<Value<'a>>, bytes: &'a [u8], visit: Visit<'_, 'a>) -> Flow {
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
    pub(super) fn relates(&self, relation: Relation, constant: &Constant) -> bool {
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
            (Self::Bytes(left), Datum::Bytes(right)) => of_bytes(relation, left, right),
            _ => self.class() == right.class() && ordered(relation, self.order(right)),
        }
    }

    /// What can be compared is of one class.
    fn class(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Address(_) => 1,
            Self::Bytes(_) => 2,
        }
    }

    fn order(&self, other: &Datum<'_>) -> Ordering {
        match (self, other) {
            (Self::Number(left), Datum::Number(right)) => left.cmp(right),
            (Self::Address(left), Datum::Address(right)) => left.cmp(right),
            (Self::Bytes(left), Datum::Bytes(right)) => order_of_bytes(left, right),
            _ => self.class().cmp(&other.class()),
        }
    }

    /// As how many values it counts.
    fn pieces(&self) -> usize {
        match self {
            Self::Number(_) | Self::Address(_) => 1,
            Self::Bytes(bytes) => bytes.len().div_ceil(PIECE).max(1),
        }
    }
}

/// As Wireshark orders them: a longer row is greater, whatever it begins with.
fn order_of_bytes(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[inline]
fn of_bytes(relation: Relation, left: &[u8], right: &[u8]) -> bool {
    match relation {
        Relation::Contains => right.is_empty() || left.windows(right.len()).any(|window| window == right),
        _ => ordered(relation, order_of_bytes(left, right)),
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
