//! Each fixture as the command prints it: a line for every packet, and the breakdown of the first packet of each
//! shape (the same layers with the same fields). They are for reading in review; tests/tshark.rs checks every
//! field of every packet against tshark.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashSet;
use std::fmt::Write;

use common::{frames, pcap_files, root};
use layercake::packet::Decoder;
use layercake::render::{line, tree::Breakdown};

/// The columns of a row that has bytes and nothing beside them.
const BYTES_ALONE: usize = 30;

#[test]
fn breakdowns_of_the_fixtures() {
    let folder = root().join("fixtures");
    let mut files = pcap_files(&folder);
    files.extend(pcap_files(&folder.join("bad")));
    files.extend(pcap_files(&folder.join("made")));
    assert!(files.len() > 20);
    for path in files {
        let name = path.strip_prefix(&folder).unwrap().with_extension("").to_string_lossy().replace('/', "-");
        let mut text = String::new();
        let mut shapes = HashSet::new();
        for captured in frames(&path) {
            let packet = Decoder::new().packet(captured.frame());
            writeln!(text, "Packet {}  {}", captured.number, line::summary(&packet)).unwrap();
            let shape: Vec<&str> = packet.fields().map(|field| field.info.name).collect();
            let codes: Vec<&str> = packet.findings().map(|finding| finding.code).collect();
            if shapes.insert((shape, codes)) {
                let rows = Breakdown::new(&packet).plain().to_string();
                // Of a long payload, the first rows are enough to read.
                let tree = rows.lines().take_while(|row| row.len() > BYTES_ALONE).count();
                for row in rows.lines().take(tree.max(90)) {
                    writeln!(text, "{row}").unwrap();
                }
                text.push('\n');
            }
        }
        if text.is_empty() {
            continue;
        }
        insta::assert_snapshot!(name, text);
    }
}
