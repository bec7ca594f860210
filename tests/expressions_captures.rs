//! Every packet of all captures: its expression makes the same bytes, and so does its JSON.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::path::{Path, PathBuf};

use common::{capture_files, frames, root};
use layercake::packet::Decoder;
use layercake::render::{Context, json};
use layercake::text::expression::{self, Expression};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn every_packet_comes_back() {
    let mut paths = capture_files();
    files(&root().join("../shared/captures"), &mut paths);
    let (mut packets, mut with_bytes) = (0u64, Vec::new());
    for captured in paths.iter().flat_map(|path| frames(path)) {
        let name = format!("{} {}", captured.file, captured.number);
        let packet = Decoder::new().packet(captured.frame());
        let text = expression::of(&packet);
        let built = Expression::parse(&text).unwrap_or_else(|bad| panic!("{name}: {bad}\n{text}")).to_vec();
        assert_eq!(built.unwrap(), captured.bytes, "{name}: {text}");
        if text.contains("(raw=") {
            with_bytes.push(name.clone());
        }
        let is_literal = text.starts_with("0x") || text.starts_with('"');
        assert!(!is_literal || packet.headers().count() == 0, "{name}: {text}");

        let object = serde_json::to_string(&json::Object::new(&packet, Context::default())).unwrap();
        let described = layercake::text::json::read(&object).unwrap_or_else(|bad| panic!("{name}: {bad}"));
        assert_eq!(described.bytes, captured.bytes, "{name}");
        packets += 1;
    }
    println!("{packets} packets, {} with a header as bytes: {with_bytes:?}", with_bytes.len());
    assert!(packets > 31_000, "{packets}");
    // Headers that are cut short, or that their own fields contradict.
    assert!(with_bytes.len() <= 100, "{with_bytes:?}");
}
