//! What holds for every change to a packet.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use layercake::field::{Kind, Mac, Severity, Value, Verdict};
use layercake::names::Icmpv4Type;
use layercake::packet::{Decoder, Frame, Packet};
use layercake::wire::arp::Arp;
use layercake::wire::ethernet::Ethernet;
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::icmpv6::Icmpv6;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::ipv6::Ipv6;
use layercake::wire::ipv6_extension::fragment::Fragment;
use layercake::wire::tcp::Tcp;
use layercake::wire::udp::Udp;
use layercake::wire::vlan::Vlan;
use layercake::wire::vxlan::Vxlan;

use super::{decode, head, hex};

pub type Owned = Packet<Vec<u8>>;

pub fn owned(decoder: &Decoder, frame: Frame<&[u8]>) -> Owned {
    decoder.packet(frame.with(frame.bytes.to_vec()))
}

/// The checksums of a packet by the kind of their layer and where it begins: what is found, and the verdict.
fn checksums(packet: &Owned) -> BTreeMap<(u16, usize), (u64, Verdict)> {
    let mut all = BTreeMap::new();
    for (layer, field, verdict) in packet.checksums() {
        let layer_at = packet.layers().nth(layer).unwrap();
        let key = (layer_at.kind.0, layer_at.start());
        let found = packet.fields_of(layer).find(|other| other.info.name == field.name).unwrap();
        let Some(Value::Number(found)) = found.value() else { panic!("a checksum is a number") };
        all.insert(key, (found, verdict));
    }
    all
}

/// One's complement difference of two checksums.
fn difference(a: u32, b: u32) -> u32 {
    (a + (!b & 0xffff)) % 0xffff
}

/// Values for a field: the extremes, the neighbour, and any.
pub fn values(old: Value<'_>, bits: u32, seed: u64) -> Vec<Value<'static>> {
    match old {
        Value::Number(_) if bits == 0 || bits > 64 => Vec::new(),
        Value::Number(old) => {
            let most = u64::MAX >> (64 - bits);
            [old ^ 1, 0, most, seed & most].map(|value| Value::Number(value & most)).to_vec()
        }
        Value::Flag(old) => vec![Value::Flag(!old)],
        Value::Mac(_) => vec![Value::Mac(Mac([2, 1, 3, seed as u8, 4, 5]))],
        Value::Ipv4(_) => vec![Value::Ipv4((seed as u32).into()), Value::Ipv4(0.into())],
        Value::Ipv6(_) => vec![Value::Ipv6((u128::from(seed) << 64 | 7).into())],
        _ => Vec::new(),
    }
}

fn sequence_of_frame(packet: &Packet<Vec<u8>>) -> Option<core::ops::Range<usize>> {
    let last = packet.layers().last().filter(|last| last.kind == Kind::FRAME_CHECK_SEQUENCE)?;
    Some(last.start()..last.end())
}

/// Sets a field and compares with computing anew. Says whether the layers stayed where they were.
///
/// What is wrong stays wrong by as much if `strict`: not where what was right is computed anew, which is so for packets
/// that no stack sends, with many checksums or such as cover a part of each other.
pub fn set(packet: &mut Owned, field: usize, value: Value<'_>, (context, strict): (&str, bool)) -> bool {
    let before = checksums(packet);
    let old = packet.bytes().to_vec();
    let record = *packet.record();
    // It is kept right also where nothing says any more that it is one.
    let sequence_before = sequence_of_frame(packet);
    let (place, name) = {
        let field = packet.fields().nth(field).unwrap();
        (field.place().unwrap(), field.info.name)
    };
    let context = format!("{context}: {name} = {value}, in {}", hex(&old));
    if packet.set_at(&place, value).is_err() {
        let unchanged = (packet.bytes(), *packet.record()) == (&old[..], record);
        assert!(unchanged, "{context}: an error changes nothing");
        return true;
    }
    whole(packet);
    let same_layers = record == *packet.record();

    // Nothing changed but the field, checksums and the check sequence.
    let mut allowed = vec![place.bytes()];
    for (layer, info, _) in packet.checksums() {
        let field = packet.fields_of(layer).find(|other| other.info.name == info.name).unwrap();
        allowed.push(field.offset()..field.offset() + field.length());
    }
    allowed.extend(sequence_of_frame(packet));
    allowed.extend(sequence_before);
    for (at, (new, old)) in packet.bytes().iter().zip(&old).enumerate() {
        assert!(
            new == old || allowed.iter().any(|range| range.contains(&at)),
            "{context}: byte {at} changed"
        );
    }

    let after = checksums(packet);
    for (key, (found, verdict)) in &before {
        let Some((now_found, now)) = after.get(key) else { continue };
        let set = name.ends_with("checksum") || name == "mip6.csum";
        match (verdict, now) {
            _ if set => {}
            (Verdict::Ok, Verdict::Ok) => {}
            (Verdict::Ok, Verdict::Absent) => {}
            (Verdict::Ok, Verdict::Unchecked(_)) => {}
            // Where a correct checksum happens to be the sum of the pseudo-header.
            (Verdict::Ok, Verdict::Unfilled) => panic!("{context}: {key:x?} is not filled in"),
            (Verdict::Ok, Verdict::Bad { .. }) => panic!("{context}: {key:x?} is wrong: {now:?}"),
            (Verdict::Unfilled, Verdict::Unfilled | Verdict::Unchecked(_) | Verdict::Ok) => {}
            (Verdict::Unfilled, _) if !same_layers => {}
            (Verdict::Unfilled, _) => panic!("{context}: {key:x?} was not filled in and is {now:?}"),
            (Verdict::Absent, Verdict::Absent) => {}
            // There is no adding to a CRC: one that was wrong is left alone.
            (Verdict::Bad { found, .. }, Verdict::Bad { found: now, .. }) if key.0 == Kind::SCTP.0 => {
                assert_eq!(found, now, "{context}: {key:x?} was wrong and was changed");
            }
            // What is covered now is something else.
            (Verdict::Bad { .. }, _) if name == "udp.checksum_coverage" => {}
            (Verdict::Bad { right, .. }, Verdict::Bad { found, right: now }) if same_layers && strict => {
                let (was, is) = (difference(before[key].0 as u32, *right), difference(*found, *now));
                assert_eq!(was, is, "{context}: {key:x?} is wrong by something else");
            }
            (Verdict::Bad { .. }, Verdict::Ok) if same_layers && strict => {
                panic!("{context}: {key:x?} is right by chance")
            }
            (Verdict::Unchecked(_), _) | (Verdict::Bad { .. }, _) | (Verdict::Absent, _) => {}
        }
        let _ = (found, now_found);
    }
    same_layers
}

/// The layers are those that decoding gives, and the tiles cover the frame.
pub fn whole(packet: &Owned) {
    let mut again = packet.clone();
    again.refresh();
    assert_eq!(again.record(), packet.record(), "the layers are not those of {}", hex(packet.bytes()));
    let bits: usize = packet.fields().filter(|field| field.is_tile()).map(|field| field.bits as usize).sum();
    assert_eq!(bits, packet.bytes().len() * 8, "the tiles of {}", hex(packet.bytes()));
}

pub fn bad(packet: &Owned) -> usize {
    packet.checksums().filter(|(_, _, verdict)| matches!(verdict, Verdict::Bad { .. })).count()
}

/// Length of one change in a fuzzer's input: what, where, and a number.
pub const CHANGE: usize = 10;

/// One change.
pub type Change = [u8; CHANGE];

/// The number of changes, the changes, then what [`head`] reads and the frame.
pub fn any(data: &[u8]) {
    let Some((count, rest)) = data.split_first() else { return };
    let Some((changes, rest)) = rest.split_at_checked(usize::from(count % 8) * CHANGE) else { return };
    let Some((mut decoder, frame)) = head(rest) else { return };
    // Lengths are computed anew for each header of each change.
    decoder.limits.layers = decoder.limits.layers.min(64);
    if frame.bytes.len() > 2000 {
        return;
    }
    let mut packet = owned(&decoder, frame);
    for change in changes.as_chunks::<CHANGE>().0 {
        apply(&mut packet, change);
        decode::invariants(&packet);
        if packet.bytes().len() > 4000 {
            break;
        }
    }
}

/// Makes one change, and looks at what came of it.
fn apply(packet: &mut Owned, change: &Change) {
    let [what, at, number @ ..] = *change;
    let (at, number) = (usize::from(at), u64::from_be_bytes(number));
    let before = packet.clone();
    let failed = match what % 6 {
        0 => {
            set_any(packet, at, number);
            false
        }
        1 => {
            let failed = insert(packet, at, number);
            if !failed {
                taken_out_again(&before, packet, at);
                let place = before.layer(at).map_or(0, |layer| layer.start());
                stays_right(&before, packet, place..place);
            }
            failed
        }
        2 => {
            let failed = packet.remove(at).is_err();
            // Without its link layer a packet loses what stood behind it too.
            if let (false, Some(layer)) = (failed || at == 0, before.layer(at)) {
                stays_right(&before, packet, layer.start()..layer.content());
            }
            failed
        }
        3 => {
            let payload = vec![number as u8; at * (1 + (number >> 8) as usize % 4)];
            let failed = packet.set_payload(&payload).is_err();
            if !failed {
                // It can begin with a header now; but it is there.
                let start = before.payload().as_ptr() as usize - before.bytes().as_ptr() as usize;
                let there = packet.bytes().get(start..start + payload.len());
                assert_eq!(there, Some(&payload[..]), "into {}", hex(before.bytes()));
                let length = before.bytes().len() - before.payload().len() + payload.len();
                assert_eq!(packet.bytes().len(), length, "into {}", hex(before.bytes()));
            }
            if !failed {
                let start = before.payload().as_ptr() as usize - before.bytes().as_ptr() as usize;
                stays_right(&before, packet, start..start + before.payload().len());
            }
            failed
        }
        // Where a length does not fit, the lengths further out are right.
        4 => {
            let sound = !before.findings().any(|finding| finding.severity == Severity::Error);
            let _ = if number & 1 == 0 { packet.fix_lengths() } else { packet.stretch_lengths() };
            assert!(
                number & 1 == 1 || !sound || packet.bytes() == before.bytes(),
                "fixed {}",
                hex(before.bytes())
            );
            false
        }
        _ => {
            packet.fix_checksums();
            assert_eq!(bad(packet), 0, "fixed {}", hex(before.bytes()));
            let fixed = packet.bytes().to_vec();
            assert_eq!(packet.fix_checksums(), 0, "fixed twice: {}", hex(before.bytes()));
            assert_eq!(packet.bytes(), fixed);
            false
        }
    };
    if failed {
        assert_eq!((packet.bytes(), packet.record()), (before.bytes(), before.record()), "an error");
        assert_eq!(packet.length(), before.length());
    }
    whole(packet);
}

/// No checksum that was right is wrong after the bytes of a range were replaced.
fn stays_right(before: &Owned, after: &Owned, range: Range<usize>) {
    let now = checksums(after);
    let added = (after.bytes().len() + range.len()) - before.bytes().len();
    for ((kind, start), (_, verdict)) in checksums(before) {
        let moved = if start >= range.end { start - range.len() + added } else { start };
        if verdict == Verdict::Ok
            && !(range.contains(&start))
            && let Some((_, Verdict::Bad { .. })) = now.get(&(kind, moved))
        {
            panic!(
                "{range:?}: the checksum of {kind:x} at {start} was right in {} and is wrong in {}",
                hex(before.bytes()),
                hex(after.bytes())
            );
        }
    }
}

/// Sets the field that a number says to a value that it says.
fn set_any(packet: &mut Owned, at: usize, number: u64) {
    let count = packet.fields().count();
    let Some(index) = (at + (number >> 56) as usize * 256).checked_rem(count) else { return };
    let field = packet.fields().nth(index).unwrap();
    if field.place().is_none() {
        return;
    }
    let (bits, old) = (field.bits, field.value());
    let (which, seed) = (number as usize % 7, number >> 8);
    let bytes = vec![seed as u8; bits as usize / 8];
    let value = match old {
        _ if which == 5 => Value::Number(seed),
        _ if which == 6 => Value::Flag(true),
        Some(Value::Bytes(_) | Value::Text(_) | Value::Name(_)) => Value::Bytes(&bytes),
        Some(old) => {
            let all = values(old, bits, seed);
            let Some(value) = all.get(which % all.len().max(1)) else { return };
            *value
        }
        None => return,
    };
    set(packet, index, value, ("set", false));
}

/// Puts in a header that a number says; says whether it failed.
fn insert(packet: &mut Owned, at: usize, number: u64) -> bool {
    let (which, seed) = (number >> 60, number as u32);
    let v4 = |low: u32| Ipv4Addr::from(seed ^ low);
    let v6 = |low: u128| Ipv6Addr::from(u128::from(seed) << 96 | low);
    let mac = Mac([2, 0, 0, 0, 0, seed as u8]);
    match which {
        0 => packet.insert(at, &Ethernet::new(mac, Mac([2; 6]))),
        1..=3 => packet.insert(at, &Vlan::new(seed as u16)),
        4 => packet.insert(at, &Ipv4::new(v4(0), v4(1))),
        5 => packet.insert(at, &Ipv4::new(v4(0), v4(1)).checksum(seed as u16).total_length(20)),
        6 => packet.insert(at, &Ipv6::new(v6(0), v6(1))),
        7 => packet.insert(at, &Fragment::new(seed, 0, seed & 1 != 0)),
        8 => packet.insert(at, &Udp::new(seed as u16, 4789)),
        9 => packet.insert(at, &Vxlan::new(seed)),
        10 => packet.insert(at, &Tcp::new(seed as u16, 80).mss(1460)),
        11 => packet.insert(at, &Icmpv4::new(Icmpv4Type(seed as u8), 0)),
        12 => packet.insert(at, &Icmpv6::echo_request(seed as u16, 1)),
        13 => packet.insert(at, &Arp::request((mac, v4(0)), v4(1))),
        14 => packet.insert(at, &Udp::new(seed as u16, 1).checksum(0)),
        _ => packet.insert(at, &Ipv6::new(v6(0), v6(1)).payload_length(0)),
    }
    .is_err()
}

/// A tag that was put in front of a header that its outer header announces, taken out again, leaves what was there.
fn taken_out_again(before: &Owned, more: &Owned, at: usize) {
    let is = |index: usize, kind: Kind| more.layer(index).is_some_and(|layer| layer.kind == kind);
    // A length in the place of a type is made right.
    let length = before.bytes().get(before.layer(at).map_or(0, |layer| layer.start()).saturating_sub(2)..);
    let typed = length.and_then(|bytes| bytes.first()).is_some_and(|byte| *byte >= 6);
    let header = before.layer(at).is_some_and(|layer| !layer.is_rest());
    if at == 0
        || !typed
        || !header
        || !is(at, Kind::VLAN)
        || more.headers().count() != before.headers().count() + 1
    {
        return;
    }
    let mut less = more.clone();
    if less.remove(at).is_ok() {
        assert_eq!(hex(less.bytes()), hex(before.bytes()), "a tag in and out at {at}");
    }
}
