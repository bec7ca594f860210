//! What holds for any bytes that are read as a capture file.

use std::io::{self, Read};

use layercake::capture::{CaptureError, Compression, Item, Reader, Writer};

/// Gives one byte at a time, and is interrupted each time.
struct Drops<'a>(&'a [u8], bool);

impl Read for Drops<'_> {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = place.len().min(1);
        self.0.read(&mut place[..length])
    }
}

/// A record, owned.
#[derive(Debug, PartialEq)]
struct Owned {
    number: u64,
    interface: (u32, u32),
    nanoseconds: Option<u64>,
    link: u32,
    length: usize,
    check_sequence: Option<u8>,
    bytes: Vec<u8>,
    comments: Vec<String>,
    flags: Option<u32>,
}

/// The most bytes of frames that are looked at: a few bytes that are compressed can be very many.
const ENOUGH: usize = 1 << 20;

/// Every record, and what was wrong.
fn records(input: impl Read) -> (Vec<Owned>, Vec<String>) {
    let (mut all, mut wrong, mut bytes) = (Vec::new(), Vec::new(), 0);
    let mut reader = match Reader::new(input) {
        Ok(reader) => reader,
        Err(error) => return (all, vec![said(&error)]),
    };
    while bytes < ENOUGH {
        match reader.next() {
            Ok(Some(record)) => {
                let frame = record.frame;
                assert!(frame.length >= frame.bytes.len(), "a frame is as long as what was captured of it");
                // One that cannot be read counts too.
                assert!(record.number > all.last().map_or(0, |last: &Owned| last.number));
                assert!(frame.bytes.len() <= record.raw().len());
                bytes += record.raw().len();
                all.push(Owned {
                    number: record.number,
                    interface: (record.section, record.interface),
                    nanoseconds: record.time.map(|time| time.nanoseconds()),
                    link: frame.link.0,
                    length: frame.length,
                    check_sequence: frame.check_sequence,
                    bytes: frame.bytes.to_vec(),
                    comments: record.comments().map(|comment| comment.to_string()).collect(),
                    flags: record.flags(),
                });
            }
            Ok(None) => break,
            Err(error) => {
                wrong.push(said(&error));
                if error.ends_reading() {
                    assert!(matches!(reader.next(), Ok(None)), "behind such an error there is nothing");
                    break;
                }
                bytes += 1;
            }
        }
    }
    for interface in reader.interfaces() {
        let _ = (interface.name(), interface.description(), interface.operating_system(), interface.filter());
        assert!(interface.comments().count() <= interface.options().count());
    }
    (all, wrong)
}

fn said(error: &CaptureError) -> String {
    let text = error.to_string();
    assert!(!text.contains(char::is_control), "{text:?}");
    text
}

/// What reading may hold at once besides the input, in bytes: the buffer for the longest block, twice while it grows,
/// and the same for the interfaces.
const MOST: u64 = 4 * layercake::capture::pcapng::LONGEST_BLOCK as u64;

/// What it may hold of a file that is not compressed: what the file has, not what it claims.
fn most_of(data: &[u8]) -> u64 {
    8 * data.len() as u64 + (1 << 20)
}

pub fn any(data: &[u8]) {
    let (all, wrong) = records(data);
    let compressed = Compression::of(data).is_some();
    if !compressed {
        let held: usize = all.iter().map(|record| record.bytes.len()).sum();
        assert!(held <= data.len(), "{held} bytes of frames in {} bytes", data.len());
    }

    let (slowly, slowly_wrong) = records(Drops(data, false));
    if compressed && !wrong.is_empty() {
        // Where compression is damaged, how much of it comes out before that is seen depends on the steps.
        let (less, more) = if slowly.len() < all.len() { (&slowly, &all) } else { (&all, &slowly) };
        assert!(more.starts_with(less), "byte by byte, damaged");
    } else {
        assert_eq!((&slowly, slowly_wrong), (&all, wrong), "byte by byte");
    }
    for cut in [data.len() / 2, data.len().saturating_sub(1)] {
        let (some, _) = records(&data[..cut]);
        // Of what is compressed and damaged, the cut may let more come out before that is seen.
        assert!(all.starts_with(&some) || compressed && some.starts_with(&all), "cut at {cut}");
    }

    let counted = allocation_counter::measure(|| {
        let Ok(mut reader) = Reader::new(data) else { return };
        let mut bytes = 0;
        while bytes < ENOUGH {
            match reader.next() {
                Ok(Some(record)) => bytes += record.raw().len(),
                Err(error) if !error.ends_reading() => {}
                _ => break,
            }
        }
    });
    let most = if compressed { MOST } else { most_of(data) };
    assert!(counted.bytes_max <= most, "{} bytes at once for {}", counted.bytes_max, data.len());

    if let Some(copy) = copied(data, Writer::new(Vec::new())) {
        assert!(compressed || copy == data, "what is written is what was read");
        assert!(records(&copy[..]).0 == all, "what is written and read again");
    }
    for writer in [Writer::pcap(Vec::new()), Writer::pcapng(Vec::new())] {
        if let Some(copy) = copied(data, writer) {
            let bytes =
                |records: Vec<Owned>| records.into_iter().map(|record| record.bytes).collect::<Vec<_>>();
            assert!(bytes(records(&copy[..]).0) == bytes(records(data).0), "the frames in the other format");
        }
    }
}

/// A file written again item by item; `None` if something is wrong with it or it has no place for all that was read.
fn copied(data: &[u8], mut writer: Writer<Vec<u8>>) -> Option<Vec<u8>> {
    let mut reader = Reader::new(data).ok()?;
    let mut bytes = 0;
    while let Some(item) = reader.next_item().ok()? {
        if let Item::Record(record) = &item {
            bytes += record.raw().len();
        }
        if bytes >= ENOUGH {
            return None;
        }
        writer.item(&item).ok()?;
    }
    writer.finish().ok()
}
