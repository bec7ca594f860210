//! Every capture of `fixtures/` and of `../shared/captures`: as many packets, and as many bytes in them, as Wireshark's
//! `capinfos` counts, the same ones as `pcap-parser` reads, and written again, the same bytes.
//!
//! It fails where capinfos or the captures are not there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

#[path = "captures/oracle.rs"]
mod oracle;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use layercake::capture::{CaptureError, Reader, Writer};

/// Files that capinfos counts otherwise, and why.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "clusterfuzz-testcase-minimized-FuzzTarget-5631583764873216",
        "reserved bits beside the link type are an error there",
    ),
    (
        "clusterfuzz-testcase-minimized-FuzzTarget-5685520970809344",
        "reserved bits beside the link type are an error there",
    ),
    ("atm-oam-heapoverflow.pcap", "it takes the four bytes that ATM frames begin with out of their length"),
    ("hoobr_juniper3.pcap", "reserved bits beside the link type are an error there"),
    ("vtp_asan-2.pcap", "it reads no file of this link type"),
    ("bad-record-length.pcap", "it takes a bad length for the sign of another kind of pcap"),
    ("other-blocks.pcapng", "a broken list of options ends its reading"),
];

/// What a file holds: packets, and bytes on the wire.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    packets: u64,
    bytes: u64,
    sound: bool,
}

fn theirs(path: &Path) -> Counted {
    let output = Command::new("capinfos").args(["-T", "-M", "-c", "-d"]).arg(path).output();
    let output = output.unwrap_or_else(|error| panic!("capinfos cannot be run ({error}); install tshark"));
    let (rows, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let number = |text: Option<&str>| text.and_then(|text| text.trim().parse().ok());
    if let Some(row) = rows.lines().nth(1) {
        let mut columns = row.split('\t').skip(1);
        let packets = number(columns.next()).unwrap_or_else(|| panic!("{rows}"));
        return Counted {
            packets,
            bytes: number(columns.next()).unwrap_or_else(|| panic!("{rows}")),
            sound: output.status.success(),
        };
    }
    let packets =
        said.split("after reading ").nth(1).and_then(|rest| number(rest.split(' ').next())).unwrap_or(0);
    Counted { packets, bytes: 0, sound: false }
}

fn ours(path: &Path) -> Option<Counted> {
    let mut reader = match Reader::open(path) {
        Ok(reader) => reader,
        Err(CaptureError::NotRead { .. } | CaptureError::NotACapture { .. }) => return None,
        Err(_) => return Some(Counted::default()),
    };
    let mut counted = Counted { sound: true, ..Counted::default() };
    loop {
        match reader.next() {
            Ok(Some(record)) => {
                counted.packets += 1;
                counted.bytes += record.frame.length as u64;
            }
            Ok(None) => return Some(counted),
            // capinfos does not go on behind a packet that cannot be.
            Err(_) => {
                counted.sound = false;
                return Some(counted);
            }
        }
    }
}

/// What is written of a file again, if all of it could be read.
fn written(file: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(file).ok().filter(|reader| reader.compression().is_none())?;
    let mut writer = Writer::new(Vec::new());
    while let Some(item) = reader.next_item().ok()? {
        writer.item(&item).unwrap();
    }
    Some(writer.finish().unwrap())
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { find(&path, files) } else { files.push(path) }
    }
}

#[test]
fn every_capture_holds_what_others_count() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = here.join("../shared/captures");
    assert!(shared.is_dir(), "the captures are not there: {} is no directory", shared.display());
    let mut files = Vec::new();
    find(&here.join("fixtures"), &mut files);
    find(&shared, &mut files);
    files.sort();
    let (mut captures, mut packets, mut again, mut agreed) = (0, 0, 0, 0);
    let mut differences = Vec::new();
    for path in &files {
        let Some(ours) = ours(path) else { continue };
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let theirs = theirs(path);
        captures += 1;
        packets += ours.packets;
        let bytes = !theirs.sound || ours.bytes == theirs.bytes;
        let equal = ours.packets == theirs.packets && ours.sound == theirs.sound && bytes;
        if equal == OTHERWISE.iter().any(|(known, _)| *known == name) {
            differences.push(format!("{}: ours {ours:?}, capinfos {theirs:?}", path.display()));
        }
        let file = fs::read(path).unwrap();
        if let Some(written) = written(&file) {
            again += 1;
            if written != file {
                differences.push(format!("{}: not the same when it is written again", path.display()));
            }
        }
        match oracle::compare(path, &file) {
            Ok(count) => agreed += count,
            Err(difference) => differences.push(difference),
        }
    }
    println!(
        "{captures} captures, {packets} packets; pcap-parser agrees on {agreed}; {again} files are the same written again"
    );
    assert!(captures > 300 && packets > 30_000, "{captures} captures, {packets} packets");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}
