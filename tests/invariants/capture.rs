//! What holds for any bytes that are read as a capture file.

use std::io::{self, Read};

use layercake::capture::{CaptureError, Reader};

/// Gives one byte at a time, and is interrupted now and then.
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

/// A record, owned: number, nanoseconds, link type, length, check sequence, bytes.
type Owned = (u64, u64, u32, usize, Option<u8>, Vec<u8>);

/// Every record, and how it ended.
fn records(input: impl Read) -> (Vec<Owned>, Option<CaptureError>) {
    let mut all: Vec<Owned> = Vec::new();
    let mut reader = match Reader::new(input) {
        Ok(reader) => reader,
        Err(error) => return (all, Some(error)),
    };
    loop {
        match reader.next() {
            Ok(Some(record)) => {
                let frame = record.frame;
                all.push((
                    record.number,
                    record.time.nanoseconds(),
                    frame.link.0,
                    frame.length,
                    frame.check_sequence,
                    frame.bytes.to_vec(),
                ));
            }
            Ok(None) => return (all, None),
            Err(error) => {
                assert!(matches!(reader.next(), Ok(None)), "behind an error there is nothing");
                return (all, Some(error));
            }
        }
    }
}

/// What reading may hold at once, in bytes, besides the input: the buffer for the longest frame, twice while it grows.
const MOST: u64 = 3 * layercake::capture::pcap::LONGEST_FRAME as u64 + 4096;

pub fn any(data: &[u8]) {
    let (all, end) = records(data);
    let held: usize = all.iter().map(|record| record.5.len()).sum();
    assert!(held <= data.len(), "{held} bytes of frames in {} bytes", data.len());
    for (record, number) in all.iter().zip(1..) {
        assert_eq!(record.0, number);
        assert!(record.3 >= record.5.len(), "a frame is at least as long as what was captured of it");
    }
    let end = end.map(|error| error.to_string());
    assert!(end.as_ref().is_none_or(|error| !error.contains(char::is_control)), "{end:?}");

    let (slowly, slow_end) = records(Drops(data, false));
    assert!(slowly == all, "byte by byte there are other records");
    assert_eq!(slow_end.map(|error| error.to_string()), end);

    for cut in [data.len() / 2, data.len().saturating_sub(1)] {
        let (some, _) = records(&data[..cut]);
        assert!(all.starts_with(&some), "cut at {cut} there are other records");
    }

    let counted = allocation_counter::measure(|| {
        let Ok(mut reader) = Reader::new(data) else { return };
        while let Ok(Some(_)) = reader.next() {}
    });
    assert!(counted.bytes_max <= MOST, "{} bytes at once", counted.bytes_max);
}
