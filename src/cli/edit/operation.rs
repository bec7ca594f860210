//! What is done to a packet: one operation after the other, in the order in which they were given.

use clap::{Arg, ArgAction, ArgMatches, Command, Error};

use crate::cli::output;
use crate::edit::{Anonymizer, EditError, Place};
use crate::field::literal::Literal;
use crate::field::{FieldInfo, Format, Mac, Role, Text, Value};
use crate::mistake::Mistake;
use crate::packet::fields::RESTS;
use crate::packet::pile::{Draft, Slice};
use crate::packet::{FieldRef, Packet, registry};
use crate::random::Random;
use crate::text::expression::Expression;

/// An operation.
#[derive(Clone, Debug)]
pub enum Operation {
    /// A field is set.
    Set {
        /// Its name.
        field: String,
        /// The number of the header among those that have it, from 1.
        nth: usize,
        /// How it can be declared, and its value then.
        values: Vec<(&'static FieldInfo, Literal)>,
    },
    /// Every field of a name, or all that is called payload, padding, trailer or unparsed, becomes zeros.
    Zero(String),
    /// Headers are put in.
    Add {
        /// What they are, from the outside in.
        headers: Vec<Draft>,
        /// The layer that they go into, and its number among those of this name, from 1; in front of all others without it.
        into: Option<(String, usize)>,
    },
    /// A layer is taken out.
    Remove {
        /// Its name.
        layer: String,
        /// Its number among those of this name, from 1.
        nth: usize,
    },
    /// What is wrong is made right.
    Fix {
        /// Lengths that cannot be.
        lengths: bool,
        /// Checksums that are wrong or not filled in.
        checksums: bool,
    },
    /// Other addresses.
    Anonymize(Box<Anonymizer>),
    /// No more than so many bytes.
    Truncate(usize),
    /// A field is mutated, by a seed and the packet's number.
    Mutate(u64),
}

/// What an operation did to a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and what there is to say of it.
    Done(Option<String>),
    /// The packet has nothing that it could be done to.
    Without,
    /// It cannot be done, and the packet is as it was.
    Refused(EditError),
}

/// How an operation is called, what its argument is, its help, and what reads the argument.
type Kind = (&'static str, &'static str, &'static str, fn(&str) -> Result<Operation, Mistake>);

const KINDS: &[Kind] = &[
    (
        "set",
        "FIELD=VALUE",
        "Set a field in the outermost header that has it; ip#2.src for the second. Checksums that were right stay right",
        set,
    ),
    (
        "zero",
        "NAME",
        "Fill every field of this name with zeros, such as dhcp.option.hostname, or what is called payload, padding, trailer or \
         unparsed. Names of DNS are none of them: their lengths are a part of them",
        zero,
    ),
    (
        "add",
        "EXPR@LAYER",
        "Put headers into the outermost layer of this name: vlan(id=7)@eth; into the second: @vlan#2. Without @ they go in \
         front of all others: eth(dst=02:00:00:00:00:0b)",
        add,
    ),
    ("remove", "LAYER", "Take the outermost layer of this name out: vlan; vlan#2 for the second", remove),
    (
        "fix",
        "WHAT",
        "Make right what is wrong: lengths, checksums, or both with a comma. What else was wrong stays wrong",
        fix,
    ),
    (
        "anonymize",
        "KEY",
        "Other addresses of Ethernet, IPv4 and IPv6 wherever a field holds one, with prefixes kept (Crypto-PAn). The key is \
         64 hex digits, or a text that nobody guesses; the same key gives the same addresses. Comments and names in the \
         capture do not go over. Names of hosts and payload stay",
        anonymize,
    ),
    (
        "truncate",
        "LENGTH",
        "Keep no more than so many bytes of each packet, as a snapshot length does: its length on the wire stays",
        truncate,
    ),
    (
        "mutate",
        "SEED",
        "Change a field of each packet where readers go wrong, or cut or lengthen it; the same number gives the same. -v says what",
        mutate,
    ),
];

/// The operations as they were given: which one, and its argument.
#[derive(Clone, Debug, Default)]
pub struct Given(Vec<(&'static Kind, String)>);

impl clap::FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut all = Self::default();
        all.update_from_arg_matches(matches)?;
        Ok(all)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        let mut found = Vec::new();
        for kind in KINDS {
            let values = matches.get_many::<String>(kind.0).into_iter().flatten();
            let places = matches.indices_of(kind.0).into_iter().flatten();
            found.extend(places.zip(values).map(|(place, value)| (place, kind, value.clone())));
        }
        found.sort_by_key(|(place, ..)| *place);
        self.0 = found.into_iter().map(|(_, kind, value)| (kind, value)).collect();
        Ok(())
    }
}

impl clap::Args for Given {
    fn augment_args(command: Command) -> Command {
        let argument = |(name, value, help, _): &Kind| {
            Arg::new(*name).long(*name).value_name(*value).help(*help).action(ArgAction::Append)
        };
        KINDS.iter().fold(command, |command, kind| command.arg(argument(kind)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl Given {
    /// Reads what was given: each operation with what to call it.
    ///
    /// # Errors
    /// What is wrong with one of them, ready to print.
    pub fn read(&self) -> Result<Vec<(String, Operation)>, String> {
        let read = |(kind, text): &(&'static Kind, String)| {
            let (name, _, _, read) = kind;
            let shown = format!("--{name} {text}");
            let before = name.len().saturating_add(3);
            let operation = read(text).map_err(|bad| {
                let moved = |place: usize| place.saturating_add(before);
                let bad = Mistake { span: moved(bad.span.start)..moved(bad.span.end), ..bad };
                output::caret(&shown, &bad, None)
            })?;
            // The key is a secret.
            let called = if matches!(operation, Operation::Anonymize(_)) {
                (*name).to_string()
            } else {
                format!("{name} {text}")
            };
            Ok((called, operation))
        };
        self.0.iter().map(read).collect()
    }
}

/// A name with the number of the layer in it: `ip#2.src` is the `ip.src` of the second.
fn numbered(text: &str) -> Result<(String, usize), Mistake> {
    let Some((layer, rest)) = text.split_once('#') else { return Ok((text.to_string(), 1)) };
    let (digits, field) = rest.split_once('.').map_or((rest, None), |(digits, field)| (digits, Some(field)));
    let at = layer.len().saturating_add(1);
    let number = digits.parse().ok().filter(|number| *number > 0 && !digits.starts_with('+'));
    let number = number.ok_or_else(|| {
        let span = at..at.saturating_add(digits.len());
        Mistake::new(span, format!("'{digits}' is no number of a layer; they count from 1"))
    })?;
    Ok((field.map_or(layer.to_string(), |field| format!("{layer}.{field}")), number))
}

fn set(text: &str) -> Result<Operation, Mistake> {
    let all = 0..text.len();
    let Some((name, value)) = text.split_once('=') else {
        return Err(Mistake::new(all, "a field and its value are joined by =, as in ip.ttl=3"));
    };
    let (field, nth) = numbered(name)?;
    let settable = || registry::rows().filter(|info| info.role != Role::Generated);
    let mut ways: Vec<&'static FieldInfo> = Vec::new();
    for info in settable().filter(|info| info.name == field) {
        if !ways.iter().any(|way| is_like(way, info)) {
            ways.push(info);
        }
    }
    let place = 0..name.len();
    if ways.is_empty() {
        let computed = registry::KINDS.iter().filter_map(|kind| registry::built_in(*kind));
        let mut computed = computed.flat_map(|protocol| protocol.generated);
        if computed.any(|generated| generated.info.name == field) {
            let message = format!("{field} is computed from other fields, and stands nowhere");
            return Err(Mistake::new(place, message));
        }
        let wrong = Mistake::new(place, format!("there is no field '{field}'"));
        return Err(wrong.like(&field, settable().map(|info| info.name)));
    }
    let shared = registry::KINDS.iter().filter_map(|kind| registry::built_in(*kind)).find_map(|protocol| {
        let rows: Vec<&FieldInfo> = protocol.fields.iter().filter(|info| info.name == field).collect();
        let tiles = protocol.fields.iter().filter(|info| info.role == Role::Tile);
        let own =
            tiles.filter(|tile| rows.iter().any(|row| row.start == tile.start && row.role == Role::Alias));
        let own: Vec<&str> = own.map(|info| info.name).collect();
        (own.len() > 1).then(|| own.join(" or "))
    });
    if let Some(own) = shared {
        return Err(Mistake::new(place, format!("{field} stands for several fields; write {own}")));
    }
    let (mut values, mut first) = (Vec::new(), None);
    for info in ways {
        match Literal::read(info, value) {
            Ok(literal) => values.push((info, literal)),
            Err(message) => first = first.or(Some(message)),
        }
    }
    match first.filter(|_| values.is_empty()) {
        Some(message) => Err(Mistake::new(name.len().saturating_add(1)..text.len(), message)),
        None => Ok(Operation::Set { field, nth, values }),
    }
}

/// Whether two rows read a value in the same way.
fn is_like(a: &FieldInfo, b: &FieldInfo) -> bool {
    (a.name, a.format, a.bits, a.scale) == (b.name, b.format, b.bits, b.scale)
}

fn zero(text: &str) -> Result<Operation, Mistake> {
    let can =
        |info: &&FieldInfo| info.role == Role::Tile && !matches!(info.format, Format::Name | Format::NetBios);
    let names = || registry::rows().filter(can).map(|info| info.name).chain(RESTS);
    if !names().any(|name| name == text) {
        let message = format!("there is no field '{text}' that zeros can stand in");
        return Err(Mistake::new(0..text.len(), message).like(text, names()));
    }
    Ok(Operation::Zero(text.to_string()))
}

/// Fills with zeros what has this name, and says whether there was any that was not zeros.
fn fill(packet: &mut Packet<Vec<u8>>, name: &str) -> Result<bool, EditError> {
    let rests = RESTS.contains(&name);
    let layers: Vec<&str> = packet.names().collect();
    let is_it = |field: &FieldRef<'_>| match rests {
        true => layers.get(field.layer).is_some_and(|layer| *layer == name),
        false => field.info.name == name,
    };
    let found = packet.fields().filter(|field| field.is_tile() && is_it(field));
    let found = found.filter(|field| field.bytes().iter().any(|byte| *byte != 0));
    let places: Vec<Place> = found.filter_map(|field| field.place()).collect();
    for place in &places {
        let zeros = vec![0; place.bytes().len()];
        let value = match place.info.format {
            Format::Number | Format::Hex | Format::Little => Value::Number(0),
            Format::Flag => Value::Flag(false),
            Format::Mac => Value::Mac(Mac::default()),
            Format::Ipv4 => Value::Ipv4(0.into()),
            Format::Ipv6 => Value::Ipv6(0.into()),
            Format::Text => Value::Text(Text(&[])),
            Format::Bytes | Format::Name | Format::NetBios => Value::Bytes(&zeros),
        };
        packet.set_at(place, value)?;
    }
    Ok(!places.is_empty())
}

fn add(text: &str) -> Result<Operation, Mistake> {
    // No header has this sign in it but in a string.
    let (expression, into) = match text.rsplit_once('@').filter(|(_, layer)| !layer.contains(['"', ')'])) {
        Some((expression, layer)) => (expression, Some(layer)),
        None => (text, None),
    };
    let read = Expression::parse(expression)?;
    let header = |slice: &Slice| match slice {
        Slice::Header(draft) => Ok(draft.clone()),
        _ => Err(Mistake::new(0..expression.len(), "headers are put in, not payload")),
    };
    let headers = read.pile().slices().iter().map(header).collect::<Result<_, _>>()?;
    let into = into.map(|layer| named_layer(layer, expression.len().saturating_add(1))).transpose()?;
    Ok(Operation::Add { headers, into })
}

fn remove(text: &str) -> Result<Operation, Mistake> {
    let (layer, nth) = named_layer(text, 0)?;
    Ok(Operation::Remove { layer, nth })
}

/// A layer by its name, with its number or not; the text begins at byte `start` of the argument.
fn named_layer(text: &str, start: usize) -> Result<(String, usize), Mistake> {
    let moved = |wrong: Mistake| Mistake {
        span: wrong.span.start.saturating_add(start)..wrong.span.end.saturating_add(start),
        ..wrong
    };
    let (layer, nth) = numbered(text).map_err(moved)?;
    let protocols = registry::KINDS.iter().filter_map(|kind| registry::built_in(*kind));
    let names = || protocols.clone().map(|protocol| protocol.prefix).chain(RESTS);
    if !names().any(|name| name == layer) {
        let message =
            format!("there is no layer '{layer}'; its name is what its fields begin with, as in vlan.id");
        return Err(moved(Mistake::new(0..text.len(), message).like(&layer, names())));
    }
    Ok((layer, nth))
}

fn fix(text: &str) -> Result<Operation, Mistake> {
    let (mut lengths, mut checksums, mut at) = (false, false, 0usize);
    for word in text.split(',') {
        match word.trim() {
            "lengths" => lengths = true,
            "checksums" => checksums = true,
            other => {
                let message = format!("'{other}' is nothing that can be fixed; lengths and checksums are");
                let wrong = Mistake::new(at..at.saturating_add(word.len()), message);
                return Err(wrong.like(other, ["lengths", "checksums"].into_iter()));
            }
        }
        at = at.saturating_add(word.len()).saturating_add(1);
    }
    Ok(Operation::Fix { lengths, checksums })
}

fn anonymize(text: &str) -> Result<Operation, Mistake> {
    match text {
        "" => Err(Mistake::new(0..0, "a key is 64 hex digits, or a text that nobody guesses; it is empty")),
        text => Ok(Operation::Anonymize(Box::new(Anonymizer::of_text(text)))),
    }
}

fn truncate(text: &str) -> Result<Operation, Mistake> {
    let no = |_| Mistake::new(0..text.len(), format!("'{text}' is no number of bytes"));
    text.parse().map(Operation::Truncate).map_err(no)
}

fn mutate(text: &str) -> Result<Operation, Mistake> {
    let no = |_| Mistake::new(0..text.len(), format!("'{text}' is no seed; it is a number"));
    text.parse().map(Operation::Mutate).map_err(no)
}

/// The number of the `nth` layer of a name.
fn place_of(packet: &Packet<Vec<u8>>, layer: &str, nth: usize) -> Option<usize> {
    let named = packet.names().enumerate().filter(|(_, name)| *name == layer);
    named.map(|(index, _)| index).nth(nth.saturating_sub(1))
}

impl Operation {
    /// Does it to a packet of this number.
    pub fn apply(&self, packet: &mut Packet<Vec<u8>>, number: u64) -> Outcome {
        let done = |result: Result<(), EditError>| match result {
            Ok(()) => Outcome::Done(None),
            Err(error) => Outcome::Refused(error),
        };
        match self {
            Self::Set { field, nth, values } => {
                let (mut seen, mut last) = (0usize, None);
                let found = packet.fields().filter(|found| found.info.name == field).find(|found| {
                    seen = seen.saturating_add(usize::from(last.replace(found.layer) != Some(found.layer)));
                    seen == *nth
                });
                let Some(place) = found.and_then(|found| found.place()) else { return Outcome::Without };
                match values.iter().find(|(info, _)| is_like(info, place.info)) {
                    Some((_, literal)) => done(packet.set_at(&place, literal.value())),
                    None => Outcome::Without,
                }
            }
            Self::Zero(name) => match fill(packet, name) {
                Ok(true) => Outcome::Done(None),
                Ok(false) => Outcome::Without,
                Err(error) => Outcome::Refused(error),
            },
            Self::Add { headers, into } => {
                let place = match into {
                    None => Some(0),
                    Some((layer, nth)) => place_of(packet, layer, *nth).map(|index| index.saturating_add(1)),
                };
                let Some(place) = place else { return Outcome::Without };
                // All of them, or none.
                let mut next = packet.clone();
                for (at, header) in headers.iter().enumerate() {
                    if let Err(error) = next.insert_draft(place.saturating_add(at), header) {
                        return Outcome::Refused(error);
                    }
                }
                *packet = next;
                Outcome::Done(None)
            }
            Self::Remove { layer, nth } => {
                let index = place_of(packet, layer, *nth);
                index.map_or(Outcome::Without, |index| done(packet.remove(index)))
            }
            Self::Fix { lengths, checksums } => {
                let before = packet.bytes().to_vec();
                if *lengths && let Err(error) = packet.fix_lengths() {
                    return Outcome::Refused(error);
                }
                if *checksums {
                    packet.fix_checksums();
                }
                if packet.bytes() == before { Outcome::Without } else { Outcome::Done(None) }
            }
            Self::Anonymize(key) => match packet.anonymize(key) {
                0 => Outcome::Without,
                _ => Outcome::Done(None),
            },
            Self::Truncate(length) if packet.bytes().len() <= *length => Outcome::Without,
            Self::Truncate(length) => {
                packet.truncate(*length);
                Outcome::Done(None)
            }
            Self::Mutate(seed) => {
                let seed = Random::new(*seed).number().wrapping_add(number);
                match packet.mutate_freely(seed) {
                    Some(mutation) => Outcome::Done(Some(format!("seed {seed}: {mutation}"))),
                    None => Outcome::Without,
                }
            }
        }
    }

    /// What packets have that it could do nothing to.
    pub fn nothing(&self) -> &'static str {
        match self {
            Self::Set { .. } | Self::Zero(_) | Self::Remove { .. } => "without it",
            Self::Add { .. } => "without that layer",
            Self::Fix { .. } => "with nothing to fix",
            Self::Anonymize(_) => "without an address that changes",
            Self::Truncate(_) => "no longer than that",
            Self::Mutate(_) => "without a field",
        }
    }

    /// Whether packets can begin with another header afterwards.
    pub fn changes_link(&self) -> bool {
        let layer = match self {
            Self::Add { into, .. } => return into.is_none(),
            Self::Remove { layer, .. } => layer,
            _ => return false,
        };
        let mut kinds = registry::KINDS.iter().filter(|kind| registry::link_type(**kind).is_some());
        kinds.any(|kind| registry::built_in(*kind).is_some_and(|protocol| protocol.prefix == layer))
    }

    /// Whether what people have written in a capture must not go over.
    pub fn is_secretive(&self) -> bool {
        matches!(self, Self::Anonymize(_))
    }
}
