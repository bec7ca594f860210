//! What several tests need: the fixtures and their packets.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use layercake::capture::{Reader, Record};
use layercake::packet::{Frame, LinkType};

/// One frame of a capture, owned.
#[derive(Clone, Debug)]
pub struct Captured {
    pub file: String,
    pub number: u64,
    pub time: Option<layercake::time::Time>,
    pub link: LinkType,
    pub bytes: Vec<u8>,
    pub length: usize,
    pub check_sequence: Option<u8>,
}

impl Captured {
    pub fn frame(&self) -> Frame<&[u8]> {
        let Self { length, check_sequence, .. } = *self;
        Frame { length, check_sequence, ..Frame::new(self.link, &self.bytes[..]) }
    }
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The pcap files of a folder, by name.
pub fn pcap_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pcap"))
        .collect();
    files.sort();
    files
}

/// Every whole record of a file.
pub fn frames(path: &Path) -> Vec<Captured> {
    let file = std::fs::read(path).unwrap();
    let mut frames = Vec::new();
    let Ok(mut reader) = Reader::new(&file[..]) else { return frames };
    while let Ok(Some(record)) = reader.next() {
        frames.push(owned(&path.file_name().unwrap().to_string_lossy(), &record));
    }
    frames
}

/// The capture files of the fixtures, of every format, the broken ones too.
pub fn capture_files() -> Vec<PathBuf> {
    let folder = root().join("fixtures");
    let mut files: Vec<PathBuf> =
        ["", "made", "bad"].iter().flat_map(|inside| pcap_files(&folder.join(inside))).collect();
    let formats = std::fs::read_dir(folder.join("formats")).unwrap().map(|entry| entry.unwrap().path());
    files.extend(
        formats
            .filter(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with("make"))),
    );
    files.sort();
    files
}

/// A record, kept.
pub fn owned(file: &str, record: &Record<'_>) -> Captured {
    Captured {
        file: file.to_owned(),
        number: record.number,
        time: record.time,
        link: record.frame.link,
        bytes: record.frame.bytes.to_vec(),
        length: record.frame.length,
        check_sequence: record.frame.check_sequence,
    }
}

/// Every frame of every fixture, the broken ones too.
pub fn fixtures() -> Vec<Captured> {
    let mut all = sound_fixtures();
    all.extend(pcap_files(&root().join("fixtures/bad")).iter().flat_map(|path| frames(path)));
    assert!(all.len() > 600, "{} frames in the fixtures", all.len());
    all
}

/// Every frame of the fixtures that nothing is wrong with.
pub fn sound_fixtures() -> Vec<Captured> {
    let folder = root().join("fixtures");
    let files = pcap_files(&folder).into_iter().chain(pcap_files(&folder.join("made")));
    files.flat_map(|path| frames(&path)).collect()
}

/// The scripts of `tests/drill`, those in folders too.
pub fn scripts() -> Vec<PathBuf> {
    fn below(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "pkt") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    below(&root().join("tests/drill"), &mut found);
    found.sort();
    found
}
