//! What is wrong with a packet, and what can be said of its checksums.

use crate::checksum::crc32;
use crate::field::{Claimed, Detail, FieldInfo, Finding, Kind, Protocol, Reason, Scope, Severity, Verdict};
use crate::packet::layers::PacketRef;
use crate::packet::{Layer, Layers, Packet};
use crate::wire::data;

impl<B: AsRef<[u8]>> Packet<B> {
    /// What is wrong with the packet or worth knowing, layer by layer from the outside in. Being strict is a
    /// filter over these: `packet.findings().all(|finding| finding.severity < Severity::Error)`.
    pub fn findings(&self) -> Findings<'_> {
        let packet = PacketRef::of(self);
        Findings { packet, scopes: packet.scopes(), now: None, check: 0 }
    }

    /// What can be said of each checksum: layer, field and verdict.
    pub fn checksums(&self) -> impl Iterator<Item = (usize, &'static FieldInfo, Verdict)> + '_ {
        PacketRef::of(self).scopes().filter_map(|scoped| {
            let checksum = scoped.protocol.checksum.as_ref()?;
            Some((scoped.index, checksum.field, checksum.verdict(scoped.protocol, &scoped.scope)?))
        })
    }

    /// What the checks of a layer see.
    pub fn scope(&self, layer: usize) -> Option<Scope<'_>> {
        scope(&PacketRef::of(self), layer)
    }
}

/// What a check of the layer at `index` sees.
pub(super) fn scope<'a>(packet: &PacketRef<'a>, index: usize) -> Option<Scope<'a>> {
    packet.scopes().find(|scoped| scoped.index == index).map(|scoped| scoped.scope)
}

impl<'a> PacketRef<'a> {
    fn scopes(&self) -> Scopes<'a> {
        Scopes { packet: *self, layers: self.layers(), index: 0, last: None }
    }
}

/// A header with what its checks see.
#[derive(Clone, Copy, Debug)]
struct Scoped<'a> {
    index: usize,
    layer: Layer,
    protocol: &'static Protocol,
    scope: Scope<'a>,
    /// The end of the room in the frame.
    end: usize,
}

/// The headers from the outside in, each with what the ones around it decide.
#[derive(Clone, Debug)]
struct Scopes<'a> {
    packet: PacketRef<'a>,
    layers: Layers<'a>,
    /// Of the next layer.
    index: usize,
    last: Option<Scoped<'a>>,
}

impl<'a> Iterator for Scopes<'a> {
    type Item = Scoped<'a>;

    fn next(&mut self) -> Option<Scoped<'a>> {
        let (layer, protocol, index) = loop {
            let (layer, index) = (self.layers.next()?, self.index);
            self.index = index.saturating_add(1);
            if let Some(protocol) = self.packet.decoder.protocol(layer.kind) {
                break (layer, protocol, index);
            }
            // A header whose kind nobody knows has nothing inside that could be judged.
            if !layer.is_rest() {
                return None;
            }
        };
        let (mut scope, end) = match &self.last {
            // A tail lies in no header but its own, which has said how long it is.
            _ if layer.is_rest() => {
                (Scope { missing: self.packet.cut.then_some(Reason::Cut), ..Scope::of(&[]) }, layer.end())
            }
            None => {
                let missing = self.packet.cut.then_some(Reason::Cut);
                (Scope { missing, ..Scope::of(self.packet.bytes) }, self.packet.bytes.len())
            }
            Some(around) => (around.inside(&self.packet), around.layer.end()),
        };
        scope.bytes = self.packet.bytes.get(layer.start()..layer.end())?;
        scope.header = layer.header();
        scope.room = end.checked_sub(layer.start())?;
        let scoped = Scoped { index, layer, protocol, scope, end };
        self.last = Some(scoped);
        Some(scoped)
    }
}

impl<'a> Scoped<'a> {
    /// What the header claims, and how many bytes there are for it.
    fn claim(&self) -> Option<(&'static FieldInfo, Claimed)> {
        self.protocol.claim.map(|claim| (claim.field, (claim.bytes)(self.scope.bytes)))
    }

    /// Whether the room ends where the capture cut the frame.
    fn is_cut(&self, packet: &PacketRef<'_>) -> bool {
        packet.cut && self.end == packet.bytes.len()
    }

    /// What the layer inside will see.
    fn inside(&self, packet: &PacketRef<'_>) -> Scope<'a> {
        let mut scope = self.scope;
        match self.claim() {
            Some((field, Claimed::Bytes(claimed))) if claimed <= scope.room => {
                scope.missing = None;
                if claimed < scope.room {
                    scope.limit = Some(field.name);
                }
            }
            Some((_, Claimed::Bytes(_))) => {
                scope.missing = Some(match scope.missing {
                    _ if self.is_cut(packet) => Reason::Cut,
                    _ if scope.quoted => Reason::Quoted,
                    _ if scope.fragment => Reason::Fragment,
                    missing => missing.unwrap_or(Reason::Length),
                });
            }
            Some((_, Claimed::Wrong)) => scope.missing = Some(Reason::Length),
            Some((_, Claimed::Nothing)) | None => {}
        }
        (self.protocol.surround)(&mut scope);
        scope
    }

    /// The `check`th check: first those that every header has, then its own. `None` behind the last.
    fn check(&self, packet: &PacketRef<'_>, check: usize) -> Option<Option<Finding>> {
        let (protocol, scope) = (self.protocol, &self.scope);
        match check {
            0 => {
                let needed = (protocol.needed)(scope.bytes);
                Some((scope.header < needed).then(|| Finding {
                    code: "header.cut",
                    severity: if scope.excused() { Severity::Note } else { Severity::Error },
                    layer: self.index,
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
                let excused = scope.excused() || self.is_cut(packet);
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
            _ => protocol.checks.get(check.checked_sub(3)?).map(|check| check(scope)),
        }
    }
}

/// The findings of a packet; see [`Packet::findings`].
#[derive(Clone, Debug)]
pub struct Findings<'a> {
    packet: PacketRef<'a>,
    scopes: Scopes<'a>,
    now: Option<Scoped<'a>>,
    check: usize,
}

impl Iterator for Findings<'_> {
    type Item = Finding;

    fn next(&mut self) -> Option<Finding> {
        loop {
            if self.now.is_none() && self.check == 0 {
                self.now = self.scopes.next();
            }
            let check = self.check;
            self.check = self.check.saturating_add(1);
            let found = match &self.now {
                Some(scoped) => match scoped.check(&self.packet, check) {
                    Some(found) => found.map(|mut finding| {
                        finding.layer = scoped.index;
                        finding.start = finding.start.saturating_add(scoped.layer.start.saturating_mul(8));
                        finding
                    }),
                    None => {
                        (self.now, self.check) = (None, 0);
                        None
                    }
                },
                None => frame_finding(&self.packet, check)?,
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
                let text = match packet.link.name() {
                    None => "frames of this link type are not decoded",
                    Some(_) => "no header that is decoded here begins like this frame",
                };
                let detail = Detail::Number(u64::from(packet.link.0));
                Finding { detail, ..frame("link.unknown", Severity::Note, text, 0) }
            }))
        }
        2 => Some(check_sequence(packet).map(|(start, found, right)| {
            let text = "the frame check sequence is wrong";
            let bad = frame("eth.fcs.bad", Severity::Error, text, start);
            let detail = Detail::Value { found: u64::from(found), right: u64::from(right) };
            Finding { field: Some(data::frame_check_sequence::FCS.info.name), detail, ..bad }
        })),
        _ => None,
    }
}

/// Where the check sequence of a whole Ethernet frame stands that the capture says is there and that does not fit;
/// what stands there, and what would be right.
fn check_sequence(packet: &PacketRef<'_>) -> Option<(usize, u32, u32)> {
    let first = packet.record.layers.first().filter(|first| first.kind == Kind::ETHERNET);
    let (frame, sequence) = packet.bytes.split_at_checked(packet.body.filter(|_| first.is_some())?)?;
    let found = u32::from_be_bytes(*sequence.first_chunk().filter(|_| sequence.len() == 4)?);
    let right = crc32(frame).swap_bytes();
    (found != right).then_some((frame.len(), found, right))
}
