//! What is wrong with a packet, and what can be said of its checksums.

use crate::field::protocol::Checksum;
use crate::field::{Field, FieldInfo, Finding, Kind, Reason, Scope, Severity, Verdict};
use crate::packet::layers::PacketRef;
use crate::packet::{Layer, Packet};
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::ipv6::Ipv6;
use crate::wire::ipv6_extension::{fragment, routing};

impl<B: AsRef<[u8]>> Packet<B> {
    /// What is wrong with the packet or worth knowing, layer by layer from the outside in. Being strict is a
    /// filter over these: `packet.findings().all(|finding| finding.severity < Severity::Error)`.
    pub fn findings(&self) -> Findings<'_> {
        Findings { packet: PacketRef::of(self), layer: 0, check: 0 }
    }

    /// What can be said of each checksum: layer, field and verdict.
    pub fn checksums(&self) -> impl Iterator<Item = (usize, &'static FieldInfo, Verdict)> + '_ {
        let packet = PacketRef::of(self);
        (0..packet.record.count()).filter_map(move |index| {
            let (checksum, verdict, _) = packet.verdict(index)?;
            Some((index, checksum.field, verdict))
        })
    }

    /// What the checks of a layer see.
    pub fn scope(&self, layer: usize) -> Option<Scope<'_>> {
        scope(&PacketRef::of(self), layer)
    }
}

impl<'a> PacketRef<'a> {
    fn header(&self, index: usize) -> Option<Layer> {
        self.layers().nth(index).filter(|layer| !layer.is_rest())
    }

    fn verdict(&self, index: usize) -> Option<(Checksum, Verdict, Layer)> {
        let layer = self.header(index)?;
        let checksum = self.decoder.protocol(layer.kind)?.checksum?;
        // A header that is cut before its checksum has none to speak of.
        let end =
            usize::from(checksum.field.start).saturating_add(usize::from(checksum.field.bits)).div_ceil(8);
        if layer.header() < end {
            return None;
        }
        Some((checksum, (checksum.verdict)(&scope(self, index)?), layer))
    }
}

/// What a check of the layer at `index` sees: the headers around it decide what its end means.
pub(super) fn scope<'a>(packet: &PacketRef<'a>, index: usize) -> Option<Scope<'a>> {
    let mut scope = Scope {
        bytes: &[],
        header: 0,
        room: packet.bytes.len(),
        limit: None,
        pseudo: None,
        over_ipv6: false,
        fragment: false,
        missing: packet.cut.then_some(Reason::Cut),
    };
    let mut quoted = false;
    for (at, layer) in packet.layers().enumerate() {
        if at == index {
            scope.bytes = packet.bytes.get(layer.start()..layer.end())?;
            scope.header = layer.header();
            scope.room = scope.room.checked_sub(layer.start())?;
            if quoted && scope.missing == Some(Reason::Length) {
                scope.missing = Some(Reason::Quoted);
            }
            return (!layer.is_rest()).then_some(scope);
        }
        scope.surround(packet, &layer);
        quoted |= matches!(layer.kind, Kind::ICMPV4 | Kind::ICMPV6);
    }
    None
}

impl Scope<'_> {
    /// Goes one layer in. Until the layer itself is reached, `room` is the end of the room in the frame.
    fn surround(&mut self, packet: &PacketRef<'_>, layer: &Layer) {
        let bytes = packet.bytes.get(layer.start()..layer.end()).unwrap_or(&[]);
        let claim = packet.decoder.protocol(layer.kind).and_then(|protocol| protocol.claim);
        if let Some((claim, claimed)) = claim.and_then(|claim| Some((claim, (claim.bytes)(bytes)?))) {
            let room = self.room.saturating_sub(layer.start());
            let at_frame_end = self.room == packet.bytes.len();
            self.missing = match claimed.cmp(&room) {
                core::cmp::Ordering::Greater if packet.cut && at_frame_end => Some(Reason::Cut),
                core::cmp::Ordering::Greater => Some(self.missing.unwrap_or(Reason::Length)),
                _ => None,
            };
            if claimed < room {
                self.limit = Some(claim.field.name);
            }
        }
        self.room = layer.end();
        let is = |field: &Field<bool>| field.read(bytes) == Some(true);
        match layer.kind {
            Kind::IPV4 => {
                self.pseudo = Ipv4::view(bytes).ok().map(|ip| ip.pseudo());
                self.over_ipv6 = false;
                self.fragment = is(&ipv4::MORE_FRAGMENTS) || ipv4::FRAGMENT_OFFSET.read(bytes) != Some(0);
            }
            Kind::IPV6 => {
                self.pseudo = Ipv6::view(bytes).ok().map(|ip| ip.pseudo());
                self.over_ipv6 = true;
                self.fragment = false;
            }
            Kind::FRAGMENT => {
                self.fragment = is(&fragment::MORE) || fragment::OFFSET.read(bytes) != Some(0);
            }
            Kind::ROUTING => {
                let header = packet.bytes.get(layer.start()..layer.content()).unwrap_or(&[]);
                if let (Some(pseudo), Some(last)) = (self.pseudo, routing::final_destination(header)) {
                    self.pseudo = Some(pseudo.to(last));
                }
            }
            _ => {}
        }
    }
}

/// The findings of a packet; see [`Packet::findings`].
#[derive(Clone, Debug)]
pub struct Findings<'a> {
    packet: PacketRef<'a>,
    layer: usize,
    check: usize,
}

impl Iterator for Findings<'_> {
    type Item = Finding;

    fn next(&mut self) -> Option<Finding> {
        loop {
            let count = self.packet.record.count();
            if self.layer >= count {
                let frame = self.check;
                self.check = self.check.checked_add(1)?;
                match frame_finding(&self.packet, frame)? {
                    Some(finding) => return Some(finding),
                    None => continue,
                }
            }
            let check = self.check;
            self.check = self.check.saturating_add(1);
            match self.packet.check(self.layer, check) {
                Some(Some(mut finding)) => {
                    let layer = self.packet.header(self.layer)?;
                    finding.layer = self.layer;
                    finding.start = finding.start.saturating_add(layer.start.saturating_mul(8));
                    return Some(finding);
                }
                Some(None) => {}
                None => {
                    self.layer = self.layer.saturating_add(1);
                    self.check = 0;
                }
            }
        }
    }
}

impl PacketRef<'_> {
    /// The `check`th check of a layer: first those that every header has, then its own. `None` behind the last.
    fn check(&self, index: usize, check: usize) -> Option<Option<Finding>> {
        let layer = self.header(index)?;
        let protocol = self.decoder.protocol(layer.kind)?;
        let scope = scope(self, index)?;
        match check {
            0 => {
                let needed = (protocol.needed)(scope.bytes);
                let cut = scope.header < needed;
                let excused = matches!(scope.missing, Some(Reason::Quoted | Reason::Cut));
                Some(cut.then(|| Finding {
                    code: "header.cut",
                    severity: if excused { Severity::Note } else { Severity::Error },
                    layer: index,
                    field: None,
                    start: 0,
                    bits: (scope.header as u32).saturating_mul(8),
                    text: "the header is cut short",
                    detail: length(needed, scope.header, scope.limit),
                }))
            }
            1 => Some(protocol.claim.and_then(|claim| {
                let claimed = (claim.bytes)(scope.bytes)?;
                let at_frame_end = scope.room.saturating_add(layer.start()) == self.bytes.len();
                let excused = scope.fragment
                    || matches!(scope.missing, Some(Reason::Quoted | Reason::Cut))
                    || self.cut && at_frame_end
                    || self.is_quoted(index);
                (claimed > scope.room && !excused).then(|| {
                    let text = "the length reaches behind what carries it";
                    Finding::at(claim.field, claim.beyond, Severity::Error, text).length(
                        claimed,
                        scope.room,
                        scope.limit,
                    )
                })
            })),
            2 => Some(self.verdict(index).and_then(|(checksum, verdict, _)| match verdict {
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
            })),
            _ => protocol.checks.get(check.checked_sub(3)?).map(|check| check(&scope)),
        }
    }

    fn is_quoted(&self, index: usize) -> bool {
        self.layers().take(index).any(|layer| matches!(layer.kind, Kind::ICMPV4 | Kind::ICMPV6))
    }
}

fn length(needed: usize, available: usize, limit: Option<&'static str>) -> crate::field::Detail {
    crate::field::Detail::Length { needed: needed as u64, available: available as u64, limit }
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
        detail: crate::field::Detail::None,
    };
    let deepest = packet.record.count().checked_sub(1).and_then(|last| packet.header(last));
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
                frame("link.unknown", Severity::Note, "frames of this link type are not decoded", 0)
            }))
        }
        _ => None,
    }
}
