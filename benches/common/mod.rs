//! What the benches share: counting instead of timing, and captures in memory.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use layercake::capture::Reader;
use layercake::packet::LinkType;

/// The peer that is asked for with `--count PEER [WORD...]`, and the words behind it: then nothing is timed, and
/// the work runs once for an instruction counter (see instructions.sh).
pub fn count_mode() -> Option<(String, Vec<String>)> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--count").skip(1);
    let peer = arguments.next()?;
    Some((peer, arguments.filter(|argument| !argument.starts_with('-')).collect()))
}

/// What the instruction counter counts.
#[inline(never)]
pub fn counted(work: &mut dyn FnMut()) {
    work();
}

/// Says how many operations were counted, for the script to divide by.
pub fn report(operations: usize) {
    println!("operations {operations}");
}

/// The frames of every classic pcap file of Ethernet below a folder, in the order of the files' names. At most
/// `share` of each file, so that no file makes up the most of them. Cut frames are left out.
pub fn ethernet_frames(folder: &Path, share: usize) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let mut frames = Vec::new();
    for file in files {
        let Ok(file) = std::fs::read(file) else { continue };
        let Ok(mut reader) = Reader::new(&file[..]) else { continue };
        let mut taken = 0;
        while let Ok(Some(record)) = reader.next() {
            let whole = record.frame.bytes.len() == record.frame.length;
            if record.frame.link == LinkType::ETHERNET && whole && taken < share {
                frames.push(record.frame.bytes.to_vec());
                taken += 1;
            }
        }
    }
    frames
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
