//! What is wrong with a packet, and what can be said of its checksums.

use crate::field::{Claimed, Detail, FieldInfo, Finding, Kind, Protocol, Reason, Scope, Severity, Verdict};
use crate::packet::layers::PacketRef;
use crate::packet::{Layer, Layers, Packet};
use crate::wire::data;

impl<B: AsRef<[u8]>> Packet<B> {
    /// What is wrong with the packet or worth knowing, layer by layer from the outside in. Being strict is a
    /// filter over these: `packet.findings().all(|finding| finding.severity < Severity::Error)`.
    pub fn findings(&self) -> Findings<'_> {
        Findings { scopes: self.scopes(), now: None, check: 0 }
    }

    /// What can be said of each checksum: layer, field and verdict.
    pub fn checksums(&self) -> impl Iterator<Item = (usize, &'static FieldInfo, Verdict)> + '_ {
        let mut scopes = self.scopes();
        core::iter::from_fn(move || {
            loop {
                let (index, _, protocol) = scopes.advance()?;
                let verdict = protocol.checksum.as_ref().and_then(|checksum| {
                    Some((index, checksum.field, checksum.verdict(protocol, &scopes.scope)?))
                });
                if verdict.is_some() {
                    return verdict;
                }
            }
        })
    }

    /// What the checks of a layer see.
    pub fn scope(&self, layer: usize) -> Option<Scope<'_>> {
        scope(&PacketRef::of(self), layer)
    }

    /// The headers, and the tails that have a table, each with what its checks see.
    pub(crate) fn scopes(&self) -> Scopes<'_> {
        PacketRef::of(self).scopes()
    }
}

/// What a check of the layer at `index` sees.
pub(super) fn scope<'a>(packet: &PacketRef<'a>, index: usize) -> Option<Scope<'a>> {
    let mut scopes = packet.scopes();
    while let Some((at, ..)) = scopes.advance() {
        if at == index {
            return Some(scopes.scope);
        }
    }
    None
}

impl<'a> PacketRef<'a> {
    fn scopes(&self) -> Scopes<'a> {
        let missing = self.cut.then_some(Reason::Cut);
        let scope = Scope { missing, ..Scope::of(self.bytes) };
        Scopes {
            packet: *self,
            rest: None,
            index: 0,
            end: self.bytes.len(),
            now: None,
            tails: false,
            by_looks: false,
            scope,
        }
    }

    /// What the checks of the header see that a tail belongs to.
    fn owner(&self, tail: &Layer) -> Option<Scope<'a>> {
        let mut scopes = self.scopes();
        for _ in 0..self.record.count() {
            let (_, layer, protocol) = scopes.advance()?;
            if protocol.tail == tail.kind && layer.end() == tail.end() {
                return Some(scopes.scope);
            }
        }
        None
    }
}

/// The headers from the outside in, each with what the ones around it decide; then the tails that have a table.
#[derive(Clone, Debug)]
pub(crate) struct Scopes<'a> {
    packet: PacketRef<'a>,
    /// What does not stand in the record.
    rest: Option<Layers<'a>>,
    /// Of the next layer.
    index: usize,
    /// The layer at hand.
    now: Option<(Layer, &'static Protocol)>,
    /// The end of its room in the frame.
    end: usize,
    /// A header has something behind its content.
    tails: bool,
    /// The layer at hand was told by its looks: no port leads to it.
    by_looks: bool,
    /// What the checks of the layer at hand see.
    pub(crate) scope: Scope<'a>,
}

impl Scopes<'_> {
    /// Goes on to the next layer: its number, its place, and what it says of itself. What its checks see stands in `scope` then.
    pub(crate) fn advance(&mut self) -> Option<(usize, Layer, &'static Protocol)> {
        let (index, layer, protocol) = loop {
            let (index, count) = (self.index, self.packet.record.count());
            let layer = match self.packet.record.layers.get(index) {
                Some(layer) if index < count => *layer,
                _ if index >= count && !self.tails => return None,
                _ => self.further(index)?,
            };
            self.index = index.saturating_add(1);
            if let Some(protocol) = self.packet.decoder.protocol(layer.kind) {
                break (index, layer, protocol);
            }
            // A header whose kind nobody knows has nothing inside that could be judged.
            if !layer.is_rest() {
                return None;
            }
        };
        match self.now {
            // A tail lies in no header but its own, which has said how long it is; what that one may miss, it may too.
            _ if layer.is_rest() => {
                let owner = self.packet.owner(&layer).unwrap_or(Scope::of(&[]));
                (self.scope, self.end) = (Scope { limit: None, pseudo: None, ..owner }, layer.end());
            }
            None => {}
            Some((around, outer)) => {
                self.by_looks = layer.kind.is_application() && self.is_by_looks(outer);
                self.enter(outer);
                self.end = match outer.tail {
                    Kind::NONE => around.end(),
                    _ => self.packet.layers().tail_of(&around) as usize,
                };
            }
        }
        self.scope.bytes = self.packet.bytes.get(layer.start()..layer.end())?;
        self.scope.header = layer.header();
        self.scope.room = self.end.checked_sub(layer.start())?;
        self.tails |= protocol.tail != Kind::NONE;
        self.now = Some((layer, protocol));
        Some((index, layer, protocol))
    }

    /// Whether no port of the layer at hand leads to what it carries.
    fn is_by_looks(&self, outer: &Protocol) -> bool {
        let peel = (outer.peel)(self.scope.bytes);
        peel.and_then(|peel| peel.next).is_some_and(|next| self.packet.decoder.is_by_looks(next))
    }

    /// The layer at an index that does not stand in the record.
    #[cold]
    fn further(&mut self, index: usize) -> Option<Layer> {
        match &mut self.rest {
            Some(rest) => rest.next(),
            None => self.rest.insert(self.packet.layers()).nth(index),
        }
    }

    /// Whether the room ends where the capture cut the frame.
    fn is_cut(&self) -> bool {
        self.packet.cut && self.end == self.packet.bytes.len()
    }

    /// Makes the scope that of what lies inside the layer at hand.
    fn enter(&mut self, protocol: &Protocol) {
        let cut = self.is_cut();
        let scope = &mut self.scope;
        match protocol.claim.map(|claim| (claim.field, (claim.bytes)(scope.bytes))) {
            Some((field, Claimed::Bytes(claimed))) if claimed <= scope.room => {
                scope.missing = None;
                if claimed < scope.room {
                    scope.limit = Some(field.name);
                }
            }
            Some((_, Claimed::Bytes(_))) => {
                scope.missing = Some(match scope.missing {
                    _ if cut => Reason::Cut,
                    _ if scope.quoted => Reason::Quoted,
                    _ if scope.fragment => Reason::Fragment,
                    missing => missing.unwrap_or(Reason::Length),
                });
            }
            Some((_, Claimed::Wrong)) => scope.missing = Some(Reason::Length),
            Some((_, Claimed::Nothing)) | None => {}
        }
        (protocol.surround)(scope);
    }

    /// The `check`th check of the layer at hand, the `index`th: first those that every header has, then its own. `None` behind the last.
    fn check(&self, index: usize, protocol: &Protocol, check: usize) -> Option<Option<Finding>> {
        let scope = &self.scope;
        match check {
            0 => {
                let needed = (protocol.needed)(scope.bytes);
                Some((scope.header < needed).then(|| Finding {
                    code: "header.cut",
                    severity: if scope.excused() { Severity::Note } else { Severity::Error },
                    layer: index,
                    field: None,
                    start: 0,
                    bits: (scope.header as u32).saturating_mul(8),
                    text: "the header is cut short",
                    detail: Detail::Length {
                        needed: needed as u64,
                        available: scope.header as u64,
                        limit: scope.limit,
                    },
                }))
            }
            1 => Some(protocol.claim.and_then(|claim| {
                let Claimed::Bytes(claimed) = (claim.bytes)(scope.bytes) else { return None };
                let excused = scope.excused() || self.is_cut();
                let text = "the length reaches behind what carries it";
                let beyond = Finding::at(claim.field, claim.beyond, Severity::Error, text);
                (claimed > scope.room && !excused).then(|| beyond.length(claimed, scope.room, scope.limit))
            })),
            2 => {
                Some(protocol.checksum.as_ref().and_then(
                    |checksum| match checksum.verdict(protocol, scope)? {
                        Verdict::Bad { found, right } => {
                            let text = "the checksum is wrong";
                            let bad = Finding::at(checksum.field, checksum.bad, Severity::Error, text);
                            Some(bad.value(u64::from(found), u64::from(right)))
                        }
                        Verdict::Unfilled => {
                            let text = "the checksum was left for the network card to fill in";
                            Some(Finding::at(checksum.field, checksum.offload, Severity::Note, text))
                        }
                        Verdict::Ok | Verdict::Absent | Verdict::Unchecked(_) => None,
                    },
                ))
            }
            3 => Some(self.by_looks.then(|| Finding {
                code: "decode.looks",
                severity: Severity::Note,
                layer: index,
                field: None,
                start: 0,
                bits: (scope.header as u32).saturating_mul(8),
                text: "no port says what this is; it is taken for what it looks like; a rule (--decode-as) can say otherwise",
                detail: Detail::None,
            })),
            _ => protocol.checks.get(check.checked_sub(4)?).map(|check| check(scope)),
        }
    }
}

/// The findings of a packet; see [`Packet::findings`].
#[derive(Clone, Debug)]
pub struct Findings<'a> {
    scopes: Scopes<'a>,
    now: Option<(usize, Layer, &'static Protocol)>,
    check: usize,
}

impl Iterator for Findings<'_> {
    type Item = Finding;

    fn next(&mut self) -> Option<Finding> {
        loop {
            if self.now.is_none() && self.check == 0 {
                self.now = self.scopes.advance();
            }
            let check = self.check;
            self.check = self.check.saturating_add(1);
            let found = match self.now {
                Some((index, layer, protocol)) => match self.scopes.check(index, protocol, check) {
                    Some(found) => found.map(|mut finding| {
                        finding.layer = index;
                        finding.start = finding.start.saturating_add(layer.start.saturating_mul(8));
                        finding
                    }),
                    None => {
                        (self.now, self.check) = (None, 0);
                        None
                    }
                },
                None => frame_finding(&self.scopes.packet, check)?,
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

/// What is to be said of the frame as a whole. `None` behind the last check.
fn frame_finding(packet: &PacketRef<'_>, check: usize) -> Option<Option<Finding>> {
    let frame = |code, severity, text, start: usize| Finding {
        code,
        severity,
        layer: packet.record.count(),
        field: None,
        start: (start as u32).saturating_mul(8),
        bits: (packet.bytes.len().saturating_sub(start) as u32).saturating_mul(8),
        text,
        detail: Detail::None,
    };
    let deepest = packet.record.count().checked_sub(1).and_then(|last| packet.layers().nth(last));
    match check {
        0 => Some(packet.record.limited.then(|| {
            let start = deepest.map_or(0, |layer| layer.content());
            frame(
                "layers.limit",
                Severity::Warning,
                "there are more layers than the decoder may take off",
                start,
            )
        })),
        1 => {
            let unknown = packet.record.count() == 0 && !packet.bytes.is_empty();
            Some(unknown.then(|| {
                let text = match packet.link.is_decoded() {
                    false => "frames of this link type are not decoded",
                    true => "no header that is decoded here begins like this frame",
                };
                let detail = Detail::Number(u64::from(packet.link.0));
                Finding { detail, ..frame("link.unknown", Severity::Note, text, 0) }
            }))
        }
        2 => {
            // Where the capture does not say that there is one, only one that fits was found.
            let sequence = packet.body.and_then(|_| packet.check_sequence());
            let bad = sequence.map(|sequence| (sequence.start(), sequence.found, sequence.right()));
            Some(bad.filter(|(_, found, right)| found != right).map(|(start, found, right)| {
                let text = "the frame check sequence is wrong";
                let bad = frame("eth.fcs.bad", Severity::Error, text, start);
                let [found, right] = [found, right].map(|bytes| u64::from(u32::from_be_bytes(bytes)));
                let field = Some(data::frame_check_sequence::FCS.info.name);
                Finding { field, detail: Detail::Value { found, right }, ..bad }
            }))
        }
        _ => None,
    }
}
