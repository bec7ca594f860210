//! What the words of an expression stand for: headers, fields, options.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::field::literal;
use crate::field::tlv::{Options, Word};
use crate::field::{FieldInfo, Format, Kind, Protocol, Role};
use crate::near::nearest;
use crate::packet::registry::{self, KINDS, built_in};

/// Words of other tools for headers; they are understood and never printed.
const HEADERS: &[(&str, &str)] = &[
    ("ethernet", "eth"),
    ("ether", "eth"),
    ("dot1q", "vlan"),
    ("ipv4", "ip"),
    ("ip4", "ip"),
    ("ip6", "ipv6"),
    ("icmpv4", "icmp"),
    ("icmp6", "icmpv6"),
    ("bootp", "dhcp"),
    ("udp_lite", "udplite"),
];

/// Words of other tools for fields.
const FIELDS: &[(&str, &str)] = &[
    ("sport", "srcport"),
    ("dport", "dstport"),
    ("win", "window_size_value"),
    ("window", "window_size_value"),
    ("urgptr", "urgent_pointer"),
    ("chksum", "checksum"),
    ("ihl", "hdr_len"),
    ("dataofs", "hdr_len"),
    ("tos", "dsfield"),
    ("dscp", "dsfield.dscp"),
    ("ecn", "dsfield.ecn"),
    ("df", "flags.df"),
    ("mf", "flags.mf"),
    ("frag", "frag_offset"),
    ("hop_limit", "hlim"),
    ("q", "qry.name"),
    ("qname", "qry.name"),
    ("qtype", "qry.type"),
    ("rd", "flags.recdesired"),
    ("op", "opcode"),
];

/// The letters of flags, as tcpdump and others have them.
const FLAGS: &[(&str, &[(char, u64)])] = &[(
    "tcp.flags",
    &[
        ('F', 0x001),
        ('S', 0x002),
        ('R', 0x004),
        ('P', 0x008),
        ('A', 0x010),
        ('.', 0x010),
        ('U', 0x020),
        ('E', 0x040),
        ('C', 0x080),
    ],
)];

/// The bits that names of flags stand for, with `|` between them: `df`, `syn|ack`.
fn named_flags(protocol: &Protocol, group: &FieldInfo, word: &str) -> Option<u64> {
    let end = group.start.saturating_add(group.bits);
    word.split('|').try_fold(0, |bits, word| {
        let is = |info: &&FieldInfo| {
            info.format == Format::Flag
                && info.role == Role::Tile
                && (group.start..end).contains(&info.start)
                && info.name.rsplit('.').next().is_some_and(|name| name.eq_ignore_ascii_case(word))
        };
        let flag = protocol.fields.iter().find(is)?;
        Some(bits | 1u64.checked_shl(end.saturating_sub(flag.start).saturating_sub(1).into())?)
    })
}

/// The bits of a group of flags that letters or names stand for; `None` for a number, and for what is no group.
pub(super) fn group(protocol: &Protocol, info: &FieldInfo, word: &str) -> Option<u64> {
    if info.role != Role::Group || literal::number(word).is_some() || word.is_empty() {
        return None;
    }
    named_flags(protocol, info, word).or_else(|| flags(info, word))
}

/// All letters of the flags of a field, if it has any.
pub(super) fn flag_letters(info: &FieldInfo) -> Option<String> {
    let (_, letters) = FLAGS.iter().find(|(name, _)| *name == info.name)?;
    Some(letters.iter().map(|(letter, _)| *letter).filter(|letter| *letter != '.').collect())
}

/// The bits that letters stand for.
fn flags(info: &FieldInfo, word: &str) -> Option<u64> {
    let (_, letters) = FLAGS.iter().find(|(name, _)| *name == info.name)?;
    word.chars().try_fold(0, |bits, sign| {
        let known = letters.iter().find(|(letter, _)| *letter == sign.to_ascii_uppercase());
        known.map(|(_, bit)| bits | bit)
    })
}

/// The letters of these bits, if there is one for each.
pub(super) fn letters(info: &FieldInfo, bits: u64) -> Option<String> {
    let (_, letters) = FLAGS.iter().find(|(name, _)| *name == info.name)?;
    let shown: Vec<_> = letters.iter().filter(|(letter, bit)| *letter != '.' && bits & bit != 0).collect();
    let all = shown.iter().fold(0, |all, (_, bit)| all | bit);
    (all == bits && bits != 0).then(|| shown.into_iter().map(|(letter, _)| letter).collect())
}

/// What a kind of header is called in expressions: the prefix of its fields, or a name of its own where several kinds have the
/// same prefix.
pub(super) fn name_of(kind: Kind, around: Option<Kind>) -> String {
    let prefix = built_in(kind).map_or("", |protocol| protocol.prefix);
    if header(prefix, around) == Some(kind) { prefix.to_owned() } else { own_name(kind) }
}

fn own_name(kind: Kind) -> String {
    registry::constant(kind).to_ascii_lowercase()
}

/// The kind of header that a word stands for, inside one of the kind `around`.
pub(super) fn header(word: &str, around: Option<Kind>) -> Option<Kind> {
    let lower = word.to_ascii_lowercase();
    let usual = HEADERS.iter().find(|(other, _)| *other == lower).map_or(lower.as_str(), |(_, usual)| usual);
    let of_prefix =
        || KINDS.iter().copied().filter(|kind| built_in(*kind).is_some_and(|p| p.prefix == usual));
    let is_like = |kind: &Kind| match around {
        // Several messages in a segment are layers inside each other.
        Some(Kind::TCP) => registry::has_tcp_port(*kind),
        around => around == Some(*kind),
    };
    let own = || KINDS.iter().copied().find(|kind| own_name(*kind) == usual);
    of_prefix().find(is_like).or_else(|| of_prefix().next()).or_else(own)
}

/// The words for headers that are most like this one.
pub(super) fn headers_like(word: &str) -> Vec<String> {
    let names: Vec<String> = KINDS.iter().map(|kind| name_of(*kind, None)).collect();
    let others = HEADERS.iter().map(|(other, _)| *other);
    nearest(word, names.iter().map(String::as_str).chain(others))
}

/// All words for headers.
pub(super) fn all_headers() -> Vec<String> {
    KINDS.iter().map(|kind| name_of(*kind, None)).collect()
}

/// Whether a word names this field: with the protocol's prefix, without it, or as another tool has it.
pub(super) fn names(protocol: &Protocol, info: &FieldInfo, word: &str) -> bool {
    let is = |word: &str| {
        let own = info.name.strip_prefix(protocol.prefix).and_then(|rest| rest.strip_prefix('.'));
        info.name == word
            || own == Some(word)
            || info.name.split_once('.').is_some_and(|(_, own)| own == word)
    };
    is(word) || FIELDS.iter().any(|(other, usual)| *other == word && is(usual))
}

/// A tile that a word names: the number of its table among those of the protocol, the table, and its row.
pub(super) type Named = (usize, &'static [FieldInfo], &'static FieldInfo);

/// The tiles of a protocol that a word names, which are looked up once in the life of the program.
pub(super) fn tiles(protocol: &'static Protocol, word: &str) -> &'static [Named] {
    static KNOWN: Mutex<BTreeMap<(&str, String), &[Named]>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (protocol.name, word.to_owned());
    if let Some(tiles) = known.get(&key) {
        return tiles;
    }
    let rows = protocol.all_tables().enumerate().flat_map(|(number, table)| {
        table.iter().filter(|info| info.role == Role::Tile).map(move |info| (number, table, info))
    });
    let found: Vec<Named> = rows.filter(|(_, _, info)| names(protocol, info, word)).collect();
    // Words that name nothing are without number, and not kept; the others are as many as there are fields.
    if found.is_empty() {
        return &[];
    }
    let found: &'static [Named] = Vec::leak(found);
    known.insert(key, found);
    found
}

/// A field's name without the prefix of its protocol.
pub(super) fn short(protocol: &Protocol, info: &FieldInfo) -> &'static str {
    let own = info.name.strip_prefix(protocol.prefix).and_then(|rest| rest.strip_prefix('.'));
    own.or_else(|| info.name.split_once('.').map(|(_, own)| own)).unwrap_or(info.name)
}

/// The fields of a protocol that are most like a word.
pub(super) fn fields_like(protocol: &Protocol, word: &str) -> Vec<String> {
    let rows = protocol.all_tables().flatten().filter(|info| info.role != Role::Generated);
    nearest(word, rows.map(|info| short(protocol, info)))
}

/// What an expression can give of a header: its fields, of its lists and records the words.
pub(super) fn fixed_fields(protocol: &Protocol) -> String {
    let once = protocol.fields.iter().chain(protocol.tables.iter().copied().flatten());
    let mut names: Vec<&str> =
        once.filter(|info| info.role == Role::Tile).map(|info| short(protocol, info)).collect();
    names.extend(protocol.list.map(|list| list.word));
    names.extend(protocol.rows.iter().map(|row| row.word));
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names.join(", ")
}

/// The row of a list's head that says the kind of an item.
pub(super) fn kind_row(options: &Options) -> Option<&'static FieldInfo> {
    let (Word::Byte(at) | Word::Big(at) | Word::Little(at)) = options.rules.kind;
    options.head.iter().find(|info| info.names.is_some() && usize::from(info.start) == at.saturating_mul(8))
}

/// The bits that the kind of an item has.
pub(super) fn kind_bits(options: &Options) -> u16 {
    match options.rules.kind {
        Word::Byte(_) => 8,
        Word::Big(_) | Word::Little(_) => 16,
    }
}

/// The first of several words, as a list.
pub(super) fn some<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut words: Vec<&str> = words.collect();
    let all = words.len();
    words.truncate(16);
    let more = if all > words.len() { ", ..." } else { "" };
    format!("{}{more}", words.join(", "))
}

/// What the options of a list are called.
#[derive(Debug)]
pub(super) struct Names {
    by_kind: HashMap<u16, String>,
    by_word: HashMap<String, u16>,
}

/// The names of a list, which are looked up once in the life of the program.
pub(super) fn options(options: &'static Options) -> &'static Names {
    static KNOWN: Mutex<BTreeMap<usize, &'static Names>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    // There are as many lists as protocols declare.
    known
        .entry(core::ptr::from_ref(options).addr())
        .or_insert_with(|| Box::leak(Box::new(Names::of(options))))
}

impl Names {
    fn of(options: &'static Options) -> Self {
        let (mut by_kind, mut by_word) = (HashMap::new(), HashMap::new());
        // Those with fields of their own first.
        let own = options.kinds.iter().map(|entry| entry.kind);
        for kind in own.chain(0..=255) {
            let Some(name) = option_name(options, kind) else { continue };
            // A name that two have is that of the first; the other is called by its number.
            if *by_word.entry(name.clone()).or_insert(kind) == kind {
                by_kind.insert(kind, name);
            }
        }
        Self { by_kind, by_word }
    }

    /// What a kind is called: its name, or its number.
    pub(super) fn name(&self, kind: u16) -> String {
        self.by_kind.get(&kind).cloned().unwrap_or_else(|| kind.to_string())
    }

    /// The kind that a word stands for.
    pub(super) fn kind(&self, word: &str) -> Option<u16> {
        if word.bytes().all(|digit| digit.is_ascii_digit()) {
            return word.parse().ok();
        }
        self.by_word.get(&word.to_ascii_lowercase()).copied()
    }

    /// The first of the words.
    pub(super) fn some(&self) -> String {
        let mut kinds: Vec<(&u16, &String)> = self.by_kind.iter().collect();
        kinds.sort();
        some(kinds.into_iter().map(|(_, name)| name.as_str()))
    }

    /// The words that are most like this one.
    pub(super) fn like(&self, word: &str) -> Vec<String> {
        nearest(word, self.by_word.keys().map(String::as_str))
    }
}

/// What a kind of option is called: by its group, or by the name of its number; `None` if it has neither.
fn option_name(options: &Options, kind: u16) -> Option<String> {
    let group = |kind: u16| {
        let entry = options.kinds.iter().find(|entry| entry.kind == kind)?;
        entry.group.first().map(|info| info.name)
    };
    if let Some(own) = group(kind) {
        let same =
            options.kinds.iter().filter(|entry| entry.group.first().map(|info| info.name) == Some(own));
        if same.count() == 1 {
            return own.rsplit('.').next().map(str::to_owned);
        }
    }
    let name = kind_row(options)?.names?(kind.into())?;
    let word: String =
        name.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' }).collect();
    Some(word.to_ascii_lowercase())
}
