//! Captures: every fixture read, written again, cut and damaged. What is expected comes from the tools and scripts that
//! made the files (fixtures/README.md), and from `pcap-parser`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;
#[path = "captures/oracle.rs"]
mod oracle;

use std::io::Read;
use std::path::PathBuf;

use layercake::capture::{CaptureError, Format, Item, Reader, Reason, WriteError, Writer, pcap};
use layercake::packet::{Frame, LinkType};
use layercake::time::Time;

use common::{Captured, root};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(root().join("fixtures").join(name)).unwrap()
}

/// Every capture of the fixtures, by name.
fn all() -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for folder in ["fixtures", "fixtures/bad", "fixtures/formats"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.to_string_lossy().contains(".pcap") {
                let bytes = std::fs::read(&path).unwrap();
                files.push((path, bytes));
            }
        }
    }
    files.sort();
    assert!(files.len() > 60, "{} captures", files.len());
    files
}

/// Every record, and what went wrong; reading goes on where it can.
fn read(file: &[u8]) -> (Vec<Captured>, Vec<CaptureError>) {
    let mut reader = match Reader::new(file) {
        Ok(reader) => reader,
        Err(error) => return (Vec::new(), vec![error]),
    };
    let (mut records, mut errors) = (Vec::new(), Vec::new());
    loop {
        match reader.next() {
            Ok(Some(record)) => records.push(common::owned("", &record)),
            Ok(None) => return (records, errors),
            Err(error) => {
                let ends = error.ends_reading();
                errors.push(error);
                if ends {
                    assert!(reader.next().unwrap().is_none(), "something comes behind the end");
                    return (records, errors);
                }
            }
        }
    }
}

fn whole(name: &str) -> Vec<Captured> {
    let (records, errors) = read(&fixture(name));
    assert!(errors.is_empty(), "{name}: {errors:?}");
    records
}

/// Reads and writes every item.
fn copy(file: &[u8], mut writer: Writer<Vec<u8>>) -> Result<Vec<u8>, WriteError> {
    let mut reader = Reader::new(file).unwrap();
    loop {
        match reader.next_item() {
            Ok(Some(item)) => writer.item(&item)?,
            Err(error) if !error.ends_reading() => {}
            _ => return writer.finish(),
        }
    }
}

fn same_packets(a: &[Captured], b: &[Captured]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert_eq!((a.time, a.link, a.length), (b.time, b.link, b.length));
        assert_eq!((&a.bytes, a.check_sequence), (&b.bytes, b.check_sequence));
    }
}

/// The packets of `arp.pcap`, which the files in `formats` hold.
#[test]
fn the_same_packets_in_every_format() {
    let recorded = whole("arp.pcap");
    assert_eq!(recorded.len(), 6);
    for name in [
        "comments.pcapng",
        "comments.pcapng.gz",
        "secrets.pcapng",
        "names.pcapng",
        "modified.pcap",
        "modified-big-endian.pcap",
        "arp.pcap.gz",
        "arp.pcap.zst",
        "arp.pcap.lz4",
        "ixia-hardware.pcap",
        "ixia-software.pcap",
    ] {
        same_packets(&recorded, &whole(&format!("formats/{name}")));
    }
    // The script adds 7 ns to the times, and an hour by the interface.
    let big = whole("formats/big-endian.pcapng");
    for (ours, recorded) in big.iter().zip(&recorded) {
        assert_eq!(ours.bytes, recorded.bytes);
        assert_eq!(ours.time.unwrap().nanoseconds(), recorded.time.unwrap().nanoseconds() + 7);
    }
    // Lengths the other way round, and eight bytes more on the wire.
    for (ours, recorded) in whole("formats/version-2.2.pcap").iter().zip(&recorded) {
        assert_eq!((&ours.bytes, ours.length), (&recorded.bytes, recorded.length + 8));
    }
}

#[test]
fn sections_have_their_own_order_and_interfaces() {
    let file = fixture("formats/sections.pcapng");
    let mut reader = Reader::new(&file[..]).unwrap();
    let mut seen = Vec::new();
    while let Some(record) = reader.next().unwrap() {
        seen.push((record.section, record.interface, record.frame.link.0, record.frame.bytes.len()));
    }
    assert_eq!(seen, [(1, 0, 1, 42), (2, 1, 1, 42), (2, 0, 101, 84), (4, 0, 1, 42)]);
    assert_eq!(reader.interfaces().len(), 1);
    let Format::Pcapng(header) = reader.format() else { panic!("{:?}", reader.format()) };
    assert_eq!((header.version, header.length), ((1, 0), None));
}

#[test]
fn interfaces_comments_and_flags() {
    let file = fixture("formats/big-endian.pcapng");
    let mut reader = Reader::new(&file[..]).unwrap();
    reader.next().unwrap();
    let interface = &reader.interfaces()[0];
    assert_eq!(interface.name().unwrap(), "eth0");
    assert_eq!(interface.description().unwrap(), "Büro, erster Stock");
    assert_eq!(interface.operating_system().unwrap(), "Linux 6.1");
    assert_eq!(interface.filter().unwrap(), "arp or icmp");
    assert_eq!((interface.snapshot_length, interface.offset, interface.resolution.0), (65535, 3600, 9));
    assert_eq!(interface.options().count(), 7);

    let file = fixture("formats/comments.pcapng");
    let mut reader = Reader::new(&file[..]).unwrap();
    let mut comments = Vec::new();
    while let Some(record) = reader.next().unwrap() {
        comments.extend(record.comments().map(|text| (record.number, text.into_owned())));
    }
    let expected = [(1, "who is it? \"192.0.2.2\""), (3, "red \u{1b}[31m, and\na second line")]
        .map(|(n, t)| (n, t.to_owned()));
    assert_eq!(comments, expected);

    let sequences: Vec<_> =
        whole("formats/check-sequence.pcapng").iter().map(|record| record.check_sequence).collect();
    assert_eq!(sequences, [Some(4), Some(4), None]);
    assert!(whole("formats/check-sequence.pcap").iter().all(|record| record.check_sequence == Some(4)));
}

/// Simple blocks have no time and as many bytes as the interface allows; the time of old ones counts as their
/// interface says.
#[test]
fn simple_and_old_packet_blocks() {
    let recorded = whole("arp.pcap");
    let records = whole("formats/simple-and-old.pcapng");
    let seen: Vec<_> =
        records.iter().map(|record| (record.time, record.bytes.len(), record.length)).collect();
    let (first, second) = (recorded[0].time, recorded[1].time);
    assert_eq!(seen, [(None, 42, 42), (None, 60, 98), (first, 42, 42), (second, 42, 42)]);
    let file = fixture("formats/simple-and-old.pcapng");
    let mut reader = Reader::new(&file[..]).unwrap();
    reader.next().unwrap();
    reader.next().unwrap();
    let old = reader.next().unwrap().unwrap();
    assert_eq!((old.comments().next().unwrap().as_ref(), old.flags()), ("old", Some(1)));
}

#[test]
fn every_resolution() {
    // 2026-11-22 14:03:28.219104 UTC, as tcpdump recorded it.
    let at = 1_795_356_208_219_104_000u64;
    let times: Vec<_> = whole("formats/resolutions.pcapng")
        .iter()
        .map(|record| record.time.map(|time| time.nanoseconds()))
        .collect();
    let seconds = at / 1_000_000_000 * 1_000_000_000;
    let near = |time: Option<u64>, step: u64| time.is_some_and(|time| time <= at && at - time <= step);
    assert_eq!(times[0], Some(seconds));
    assert_eq!(times[1], Some(at / 1_000_000 * 1_000_000));
    // 64 bits of picoseconds last for half a year.
    let picoseconds = (u128::from(at) * 1000 % (1 << 64)) as u64;
    assert_eq!(times[2], Some(picoseconds / 1000));
    assert_eq!(times[3], Some(seconds));
    assert!(near(times[4], 1_000_000_000 / 1024), "{times:?}");
    assert!(near(times[5], 1_000_000_000 / 1_048_576 + 1), "{times:?}");
    assert_eq!(times[6], Some(0));
    assert_eq!(times[7], Some(at - 3600 * 1_000_000_000));
    assert_eq!(times[8], None);
}

#[test]
fn damage_says_where_and_what() {
    let said = |name: &str| {
        let (records, errors) = read(&fixture(name));
        (records.len(), errors.iter().map(|error| error.to_string()).collect::<Vec<_>>().join("|"))
    };
    let cases = [
        (
            "bad-lengths-differ.pcapng",
            1,
            "is damaged in block 4 at byte 124: its length is 76 at its beginning and 72 at its end; what follows is not read, the packet before it is whole",
        ),
        (
            "bad-block-length.pcapng",
            1,
            "is damaged in block 4 at byte 124: it claims 4294967280 bytes, at most 16777216 are possible; what follows cannot be found, the packet before it is whole",
        ),
        (
            "bad-block-length-small.pcapng",
            1,
            "is damaged in block 4 at byte 124: it claims 8 bytes, at least 12 are needed; what follows cannot be found, the packet before it is whole",
        ),
        (
            "bad-interface.pcapng",
            2,
            "is damaged in block 4 at byte 124: the packet is from interface 7, the section describes 1; left out, and what follows is read",
        ),
        (
            "bad-captured-length.pcapng",
            2,
            "is damaged in block 4 at byte 124: the packet claims 4000 captured bytes, the block has room for 44; left out, and what follows is read",
        ),
        (
            "bad-byte-order.pcapng",
            1,
            "is damaged in block 4 at byte 124: the byte order of the section is given as 11 22 33 44; what follows is not read, the packet before it is whole",
        ),
        (
            "bad-version.pcapng",
            1,
            "is damaged in block 4 at byte 124: the section has version 2.0, 1.0 is read; what follows is not read, the packet before it is whole",
        ),
        (
            "bad-cut.pcapng",
            1,
            "is cut in block 4 at byte 124: 76 bytes needed, 50 there; the packet before it is whole",
        ),
    ];
    for (name, count, message) in cases {
        assert_eq!(said(&format!("formats/{name}")), (count, message.to_owned()), "{name}");
    }
    let (_, errors) = read(&fixture("formats/bad-cut.pcapng.gz"));
    assert!(matches!(errors[..], [CaptureError::Compressed { .. }]), "{errors:?}");
    // A packet whose options are broken is whole.
    assert_eq!(whole("formats/other-blocks.pcapng").len(), 2);
    assert_eq!(whole("formats/length-not-filled.pcapng").len(), 1);
    let (_, errors) = read(&fixture("formats/bad-interface.pcapng"));
    assert!(matches!(
        errors[0],
        CaptureError::Bad { reason: Reason::NoInterface { number: 7, known: 1 }, .. }
    ));
}

/// Whatever was read, written again, is the same bytes.
#[test]
fn read_and_written_is_the_same() {
    for (path, file) in all() {
        let (_, errors) = read(&file);
        if !errors.is_empty() {
            continue;
        }
        let mut reader = Reader::new(&file[..]).unwrap();
        let compressed = reader.compression().is_some();
        let mut copied = Writer::new(Vec::new());
        let mut raw: Vec<u8> = Vec::new();
        while let Some(item) = reader.next_item().unwrap() {
            copied.item(&item).unwrap();
            raw.extend(match item {
                Item::Start(start) => start.raw,
                Item::Record(record) => record.raw(),
                Item::Interface(block) | Item::Other(block) => block.raw,
                _ => panic!("{item:?}"),
            });
        }
        assert_eq!(copied.left_out(), 0);
        let copied = copied.finish().unwrap();
        assert_eq!(copied, raw, "{}", path.display());
        if !compressed {
            assert!(copied == file, "{}", path.display());
        }
    }
}

/// From either format into the other, and back: the same packets.
#[test]
fn formats_turn_into_each_other() {
    for (path, file) in all() {
        let (records, _) = read(&file);
        if Reader::new(&file[..]).is_err() {
            continue;
        }
        let links: Vec<LinkType> = records.iter().map(|record| record.link).collect();
        let is_one = links.windows(2).all(|pair| pair[0] == pair[1]);
        let (classic, next) =
            (copy(&file, Writer::pcap(Vec::new())), copy(&file, Writer::pcapng(Vec::new())));
        let (again, errors) = read(&next.unwrap());
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        same_packets(&records, &again);
        match classic {
            Ok(classic) => {
                let (again, errors) = read(&classic);
                assert!(is_one && errors.is_empty(), "{}: {errors:?}", path.display());
                assert_eq!(records.len(), again.len(), "{}", path.display());
                for (record, again) in records.iter().zip(&again) {
                    assert_eq!((&record.bytes, record.length), (&again.bytes, again.length));
                    // Of a section with several resolutions, the first packet's is that of the file.
                    if !path.ends_with("resolutions.pcapng") {
                        let time = record.time.unwrap_or_default().nanoseconds();
                        let least = if path.ends_with("simple-and-old.pcapng") { 1000 } else { 1 };
                        assert!(time - again.time.unwrap().nanoseconds() < least, "{}", path.display());
                    }
                }
            }
            Err(WriteError::SecondLink { .. }) => assert!(!is_one, "{}", path.display()),
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
}

#[test]
fn a_part_leaves_lengths_of_sections_open() {
    let file = fixture("formats/sections.pcapng");
    let mut reader = Reader::new(&file[..]).unwrap();
    let mut part = Writer::new(Vec::new()).part();
    while let Some(item) = reader.next_item().unwrap() {
        if !matches!(&item, Item::Record(record) if record.number == 2) {
            part.item(&item).unwrap();
        }
    }
    let part = part.finish().unwrap();
    let mut reader = Reader::new(&part[..]).unwrap();
    while let Some(item) = reader.next_item().unwrap() {
        if let Item::Start(start) = item {
            assert!(matches!(start.format, Format::Pcapng(header) if header.length.is_none()));
        }
    }
    assert_eq!(read(&part).0.len(), 3);
}

/// Files one behind another: pcapng sections side by side, pcap as long as it is the same link type.
#[test]
fn several_files_into_one() {
    let into = |names: &[&str], mut writer: Writer<Vec<u8>>| {
        for name in names {
            let file = fixture(name);
            let mut reader = Reader::new(&file[..]).unwrap();
            while let Some(item) = reader.next_item().unwrap() {
                writer.item(&item)?;
            }
        }
        writer.finish()
    };
    let names = ["formats/comments.pcapng", "ping.pcap", "formats/big-endian.pcapng", "bad/be-us.pcap"];
    let expected: Vec<Captured> = names.iter().flat_map(|name| whole(name)).collect();
    for writer in [Writer::new(Vec::new()), Writer::pcapng(Vec::new())] {
        let (records, errors) = read(&into(&names, writer).unwrap());
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(records.len(), expected.len());
        for (record, expected) in records.iter().zip(&expected) {
            assert_eq!((record.time, &record.bytes), (expected.time, &expected.bytes));
        }
    }
    let classic = into(&["bad/le-ns.pcap", "ping.pcap", "bad/be-us.pcap"], Writer::new(Vec::new())).unwrap();
    assert_eq!(read(&classic).0.len(), 1 + 18 + 1);
    let error = into(&["arp.pcap", "formats/two-links.pcapng"], Writer::new(Vec::new())).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("is pcap, which has one link type: ethernet, and here is a packet of raw")
    );
}

#[test]
fn frames_of_ones_own() {
    let time = Some(Time::from_nanoseconds(1_700_000_000_000_000_001));
    let (a, b) = ([1u8; 60], [2u8; 20]);
    let mut writer = Writer::new(Vec::new());
    writer.frame(None, &Frame::ethernet(&a[..])).unwrap();
    writer.frame(None, &Frame::raw(&b[..])).unwrap();
    writer.frame(time, &Frame { length: 1500, ..Frame::ethernet(&a[..]) }).unwrap();
    let (records, errors) = read(&writer.finish().unwrap());
    assert!(errors.is_empty());
    let seen: Vec<_> = records.iter().map(|record| (record.time, record.link.0, record.length)).collect();
    assert_eq!(seen, [(None, 1, 60), (Some(Time::default()), 101, 20), (time, 1, 1500)]);

    let mut writer = Writer::pcap(Vec::new());
    writer.frame(time, &Frame::ethernet(&a[..])).unwrap();
    assert!(matches!(writer.frame(time, &Frame::raw(&b[..])), Err(WriteError::SecondLink { .. })));
    let late = Some(Time::from_nanoseconds(u64::MAX));
    assert!(matches!(writer.frame(late, &Frame::ethernet(&a[..])), Err(WriteError::TooLarge { .. })));
    let (records, errors) = read(&writer.finish().unwrap());
    assert!(errors.is_empty());
    assert_eq!((records.len(), records[0].time), (1, time));
    // No packet at all is a whole file too.
    for writer in [Writer::pcap(Vec::new()), Writer::pcapng(Vec::new())] {
        let (records, errors) = read(&writer.finish().unwrap());
        assert!(records.is_empty() && errors.is_empty());
    }
}

/// Cut anywhere: the records before the cut, then an error, or an end where a record ends.
#[test]
fn every_cut_is_an_error_or_an_end() {
    for (path, file) in all() {
        let (records, errors) = read(&file);
        if file.len() > 1500 || !errors.is_empty() {
            continue;
        }
        let is_compressed = Reader::new(&file[..]).unwrap().compression().is_some();
        let mut ends = vec![];
        if !is_compressed {
            let mut reader = Reader::new(&file[..]).unwrap();
            let mut end = 0;
            while let Some(item) = reader.next_item().unwrap() {
                let (length, packet) = match item {
                    Item::Start(start) => (start.raw.len(), 0),
                    Item::Record(record) => (record.raw().len(), 1),
                    Item::Interface(block) | Item::Other(block) => (block.raw.len(), 0),
                    _ => panic!("{item:?}"),
                };
                end += length;
                ends.push((end, packet));
            }
            assert_eq!(end, file.len());
        }
        for cut in 0..file.len() {
            let (some, errors) = read(&file[..cut]);
            let at = format!("{} cut at {cut}", path.display());
            assert!(some.len() <= records.len(), "{at}");
            for (a, b) in some.iter().zip(&records) {
                assert!(a.bytes == b.bytes && a.time == b.time, "{at}");
            }
            if !is_compressed {
                let whole: usize = ends.iter().filter(|(end, _)| *end <= cut).map(|(_, packet)| packet).sum();
                let is_end = ends.iter().any(|(end, _)| *end == cut);
                assert_eq!((some.len(), errors.is_empty()), (whole, is_end), "{at}");
            } else if errors.is_empty() {
                // Between two members, records can end as well.
                assert!(path.ends_with("arp.pcap.gz") || path.ends_with("arp.pcap.zst"), "{at}");
            }
        }
    }
}

/// What a cut compressed file holds in whole blocks comes out.
#[test]
fn what_was_whole_comes_out_of_cut_compression() {
    for (name, parts) in
        [("arp.pcap.gz", 2), ("arp.pcap.zst", 2), ("arp.pcap.lz4", 1), ("bad-cut.pcapng.gz", 0)]
    {
        let file = fixture(&format!("formats/{name}"));
        // All but the checksum at the end is there.
        let cut = if parts == 0 { &file[..] } else { &file[..file.len() - 3] };
        let (records, errors) = read(cut);
        assert_eq!(records.len(), if parts == 0 { 1 } else { 6 }, "{name}");
        assert!(matches!(errors[..], [CaptureError::Compressed { .. }]), "{name}: {errors:?}");
    }
}

/// Bits turned anywhere: no panic, and no more memory than a block may take.
#[test]
fn flips_are_read_without_panic() {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for (_, file) in all() {
        for round in 0..200 {
            let mut file = file.clone();
            for _ in 0..=round % 4 {
                let at = random() % file.len();
                file[at] ^= 1 << (random() % 8);
            }
            if Reader::new(&file[..]).is_ok() {
                let (records, _) = read(&file);
                let bytes: usize = records.iter().map(|record| record.bytes.len()).sum();
                assert!(bytes < 1 << 20);
                let _ = copy(&file, Writer::pcap(Vec::new()));
                let _ = copy(&file, Writer::pcapng(Vec::new()));
            }
        }
    }
}

/// A length is a promise: memory grows with what comes.
#[test]
fn great_lengths_take_no_memory() {
    let mut file = fixture("formats/comments.pcapng");
    file.extend(6u32.to_le_bytes());
    file.extend(layercake::capture::pcapng::LONGEST_BLOCK.to_le_bytes());
    file.extend([0; 100]);
    let measured = allocation_counter::measure(|| {
        let (records, errors) = read(&file);
        assert!(records.len() == 6 && matches!(errors[..], [CaptureError::Cut { .. }]), "{errors:?}");
    });
    assert!(measured.bytes_max < 1 << 18, "{measured:?}");
}

/// Records come as they come: nothing is waited for that is not needed.
#[test]
fn a_pipe_is_read_as_it_comes() {
    struct Pipe<'a>(&'a [u8], std::rc::Rc<std::cell::Cell<usize>>);
    impl Read for Pipe<'_> {
        fn read(&mut self, place: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.len().min(place.len()).min(self.1.get());
            assert!(count > 0 || self.0.is_empty(), "waits for more than was there");
            place[..count].copy_from_slice(&self.0[..count]);
            (self.0, _) = (&self.0[count..], self.1.set(self.1.get() - count));
            Ok(count)
        }
    }
    for name in ["arp.pcap", "formats/comments.pcapng", "formats/simple-and-old.pcapng"] {
        let file = fixture(name);
        let there = std::rc::Rc::new(std::cell::Cell::new(4));
        there.set(if name == "arp.pcap" { 24 } else { 28 });
        let mut pieces = Reader::new(Pipe(&file, there.clone())).unwrap();
        let mut whole = Reader::new(&file[..]).unwrap();
        let mut given = if name == "arp.pcap" { 24 } else { 28 };
        let mut end = 0;
        while let Some(item) = whole.next_item().unwrap() {
            end += match item {
                Item::Start(start) => start.raw.len(),
                Item::Record(record) => record.raw().len(),
                Item::Interface(block) | Item::Other(block) => block.raw.len(),
                _ => panic!("{item:?}"),
            };
            there.set(there.get() + end.saturating_sub(given));
            given = given.max(end);
            assert!(pieces.next_item().unwrap().is_some());
        }
    }
}

/// Gives a few bytes, says that there are none yet, and goes on.
struct Slow<'a>(&'a [u8], u32);

impl Read for Slow<'_> {
    fn read(&mut self, place: &mut [u8]) -> std::io::Result<usize> {
        self.1 += 1;
        match self.1 % 3 {
            0 => Err(std::io::ErrorKind::WouldBlock.into()),
            1 if self.1 > 100 => Err(std::io::ErrorKind::TimedOut.into()),
            _ => {
                let count = place.len().min(97);
                self.0.read(&mut place[..count])
            }
        }
    }
}

#[test]
fn a_time_out_ends_nothing() {
    for name in ["arp.pcap", "formats/comments.pcapng"] {
        let file = fixture(name);
        let (first, rest) = file.split_at(28);
        let mut reader = Reader::new(first.chain(Slow(rest, 0))).unwrap();
        let (mut packets, mut waits) = (Vec::new(), 0);
        loop {
            match reader.next() {
                Ok(Some(record)) => packets.push(common::owned(name, &record)),
                Ok(None) => break,
                Err(CaptureError::Io(error)) => {
                    waits += 1;
                    assert!(!CaptureError::Io(error).ends_reading());
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert!(waits > 1, "{waits}");
        same_packets(&packets, &whole(name));
    }
    // Any other error ends it.
    assert!(CaptureError::Io(std::io::ErrorKind::BrokenPipe.into()).ends_reading());
}

/// The bytes of every packet changed, longer and shorter: all else is as it was.
#[test]
fn edited_packets_keep_what_is_said_of_them() {
    for (path, file) in all() {
        for change in [0, 5, -3] {
            let Ok(mut reader) = Reader::new(&file[..]) else { continue };
            let (mut writer, mut frames) = (Writer::new(Vec::new()), Vec::new());
            while let Ok(Some(item)) = reader.next_item() {
                let Item::Record(record) = &item else {
                    writer.item(&item).unwrap();
                    continue;
                };
                let mut bytes: Vec<u8> = record.frame.bytes.iter().map(|byte| !byte).collect();
                bytes.resize(bytes.len().saturating_add_signed(change), 0x5a);
                writer.edited(record, &bytes).unwrap();
                let missing = record.frame.length - record.frame.bytes.len();
                let options: Vec<_> =
                    record.options().filter(|o| o.code != 3).map(|o| (o.code, o.value.to_vec())).collect();
                let length = bytes.len() + missing;
                frames.push((bytes, length, record.interface, record.time, record.section, options));
            }
            let edited = writer.finish().unwrap();
            let mut again = Reader::new(&edited[..]).unwrap();
            for (bytes, length, interface, time, section, options) in frames {
                let record = again.next().unwrap().unwrap();
                let found: Vec<_> = record.options().map(|o| (o.code, o.value.to_vec())).collect();
                let same = (record.frame.bytes, record.frame.length, record.interface, record.section, found)
                    == (&bytes[..], length, interface, section, options);
                assert!(same, "{} {change} {}", path.display(), record.number);
                // A simple packet block that cannot say it became one with a time.
                assert!(record.time == time || time.is_none() && change != 0, "{}", path.display());
            }
            assert!(again.next().unwrap().is_none(), "{}", path.display());
        }
    }
}

#[test]
fn what_is_no_capture_says_so() {
    let said = |file: &[u8]| Reader::new(file).map(|_| ()).unwrap_err().to_string();
    assert_eq!(said(b""), "is no capture file: it is empty");
    assert_eq!(said(b"abcdef"), "is no capture file: it begins with 61 62 63 64");
    assert!(said(b"snoop\0\0\0").starts_with("is a snoop file, which is not read"));
    assert_eq!(said(&fixture("arp.pcap")[..23]), "ends within the file header: 24 bytes needed, 23 there");
    let text = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0x4c, 0x4a, 0x4e, 1, 0, 0x11, 0xcd, 0x82, 0xed, 4, 0, 0, 0,
    ];
    assert_eq!(
        said(&text),
        "is compressed with gzip, and no capture file inside, where it begins with 61 62 63 64"
    );
}

/// The longest frame that a pcap file may have, and one more byte.
#[test]
fn the_longest_frame() {
    let mut file = fixture("bad/header-only.pcap");
    for length in [pcap::LONGEST_FRAME, pcap::LONGEST_FRAME + 1] {
        file.extend([0; 8]);
        file.extend(length.to_le_bytes());
        file.extend(length.to_le_bytes());
        file.resize(file.len() + length as usize, 7);
    }
    let (records, errors) = read(&file);
    assert_eq!(records[0].bytes.len(), 262_144);
    assert!(matches!(errors[..], [CaptureError::BadLength { claimed: 262_145, .. }]), "{errors:?}");
}

/// `pcap-parser` reads the same: bytes, lengths, times.
#[test]
fn pcap_parser_agrees() {
    let outcomes: Vec<_> = all().iter().map(|(path, file)| oracle::compare(path, file)).collect();
    let differences: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(differences.is_empty(), "{differences:#?}");
    let compared: usize = outcomes.iter().flatten().sum();
    assert!(compared > 250, "{compared} packets compared");
}
