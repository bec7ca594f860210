//! The same file read by `pcap-parser`: bytes, lengths, times, one packet after another.

use std::path::Path;

use layercake::capture::{Format, Reader};
use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader};

/// Where the two do not agree on how many packets there are, and why.
const KNOWN: &[(&str, &str)] = &[
    ("other-blocks.pcapng", "a broken list of options is an error there; here the packet is read"),
    ("bad-interface.pcapng", "the packet of an unknown interface is given out there"),
    ("bad-captured-length.pcapng", "it does not go on behind such a packet"),
    ("length-not-filled.pcapng", "it takes the length as it stands, which is no multiple of 4"),
    ("modified-big-endian.pcap", "known there in little endian alone"),
    ("big-endian.pcapng", "the offset of times is read in the wrong byte order there"),
    ("ixia-hardware.pcap", "not known there"),
    ("ixia-software.pcap", "not known there"),
    ("test902.pcapng", "as big-endian.pcapng"),
    ("test006.ntar", "as length-not-filled.pcapng"),
    ("resolutions.pcapng", "it keeps seconds in 64 bits, which 10^127 does not fit"),
    ("version-2.2.pcap", "lengths of old versions are taken the other way round"),
];

/// One packet, as either reader gives it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    time: Option<i128>,
    length: usize,
    bytes: Vec<u8>,
}

fn ours(file: &[u8]) -> (Vec<Seen>, bool) {
    let Ok(mut reader) = Reader::new(file) else { return (Vec::new(), false) };
    let is_pcapng = matches!(reader.format(), Format::Pcapng(_));
    let (mut seen, mut sound) = (Vec::new(), true);
    loop {
        match reader.next() {
            // Packet blocks of old files are unknown there.
            Ok(Some(record))
                if is_pcapng && matches!(record.raw().get(..4), Some([2, 0, 0, 0] | [0, 0, 0, 2])) => {}
            Ok(Some(record)) => seen.push(Seen {
                time: record.time.map(|time| time.nanoseconds().into()),
                length: record.frame.length,
                bytes: record.frame.bytes.to_vec(),
            }),
            Ok(None) => return (seen, sound),
            Err(_) => sound = false,
        }
    }
}

fn theirs(file: &[u8]) -> (Vec<Seen>, bool) {
    let mut seen = Vec::new();
    let Ok(mut reader) = create_reader(1 << 22, std::io::Cursor::new(file.to_vec())) else {
        return (seen, false);
    };
    let mut interfaces: Vec<(i128, i128, u32)> = Vec::new();
    let mut fraction = 1000;
    loop {
        let (used, block) = match reader.next() {
            Ok(next) => next,
            Err(PcapError::Eof) => return (seen, true),
            Err(PcapError::Incomplete(_)) => {
                if reader.reader_exhausted() || reader.refill().is_err() {
                    return (seen, false);
                }
                continue;
            }
            Err(_) => return (seen, false),
        };
        let record = match block {
            PcapBlockOwned::LegacyHeader(header) => {
                fraction = if header.is_nanosecond_precision() { 1 } else { 1000 };
                None
            }
            PcapBlockOwned::Legacy(block) => Some((
                Some(i128::from(block.ts_sec) * 1_000_000_000 + i128::from(block.ts_usec) * fraction),
                block.origlen,
                block.data.to_vec(),
            )),
            PcapBlockOwned::NG(Block::SectionHeader(_)) => {
                interfaces.clear();
                None
            }
            PcapBlockOwned::NG(Block::InterfaceDescription(block)) => {
                let resolution = block.ts_resolution().map_or(0, i128::from);
                interfaces.push((resolution, block.ts_offset().into(), block.snaplen));
                None
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(block)) => {
                let (resolution, offset, _) =
                    interfaces.get(block.if_id as usize).copied().unwrap_or((1, 0, 0));
                let stamp = i128::from(u64::from(block.ts_high) << 32 | u64::from(block.ts_low));
                let time =
                    (stamp * 1_000_000_000).checked_div(resolution).unwrap_or(-1) + offset * 1_000_000_000;
                let time = Some(time).filter(|time| (0..1 << 64).contains(time));
                Some((time, block.origlen, block.data[..block.caplen as usize].to_vec()))
            }
            PcapBlockOwned::NG(Block::SimplePacket(block)) => {
                // It gives what fills the block up as well.
                let most = interfaces.first().map_or(0, |interface| interface.2);
                let captured = if most == 0 { block.origlen } else { block.origlen.min(most) };
                Some((None, block.origlen, block.data[..captured as usize].to_vec()))
            }
            PcapBlockOwned::NG(_) => None,
        };
        if let Some((time, length, bytes)) = record {
            seen.push(Seen { time, length: (length as usize).max(bytes.len()), bytes });
        }
        reader.consume(used);
    }
}

/// Compares, and says how many packets there were to compare.
pub fn compare(path: &Path, file: &[u8]) -> Result<usize, String> {
    let name = path.file_name().unwrap().to_string_lossy();
    if Reader::new(file).is_ok_and(|reader| reader.compression().is_some()) {
        return Ok(0);
    }
    let (ours, sound) = ours(file);
    let (theirs, they_end) = theirs(file);
    let known = KNOWN.iter().find(|(known, _)| *known == name);
    let equal = ours.iter().zip(&theirs).take_while(|(ours, theirs)| ours == theirs).count();
    let agree = equal == ours.len() && equal == theirs.len() && (!sound || they_end);
    match (known, agree) {
        (None, false) => Err(format!(
            "{name}: {equal} of {} of ours and {} of theirs are equal; ends: {sound}, {they_end}",
            ours.len(),
            theirs.len()
        )),
        (Some((_, why)), true) => Err(format!("{name}: no difference, though it is said that {why}")),
        _ => Ok(equal),
    }
}
