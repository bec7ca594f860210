//! Every sample of ../shared/hexdumps, without being told which it is, as its expected.tsv says; by the library and by the command.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use layercake::text::{Options, read};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/hexdumps")
}

/// `frame.bin frame.bin`, `frame.bin[0:32]`.
fn expected(packets: &str) -> Vec<Vec<u8>> {
    let file = |name: &str| std::fs::read(folder().join(name)).unwrap();
    let one = |packet: &str| match packet.split_once('[') {
        Some((name, range)) => {
            let (from, to) = range.trim_end_matches(']').split_once(':').unwrap();
            file(name)[from.parse().unwrap()..to.parse().unwrap()].to_vec()
        }
        None => file(packet),
    };
    packets.split_whitespace().map(one).collect()
}

#[test]
fn every_sample_is_read_as_expected() {
    let table = std::fs::read_to_string(folder().join("expected.tsv")).unwrap();
    let rows: HashMap<&str, &str> = table.lines().skip(1).map(|row| row.split_once('\t').unwrap()).collect();
    let samples = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let samples: Vec<PathBuf> = samples.filter(|path| path.extension().is_some_and(|e| e == "txt")).collect();
    assert_eq!((samples.len(), rows.len()), (64, 64));
    let mut wrong = Vec::new();
    for path in samples {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let reading = match read(&text, &Options::default()) {
            Ok(reading) => reading,
            Err(error) => {
                wrong.push(format!("{name}: {error} at {:?}", error.span));
                continue;
            }
        };
        let packets: Vec<&[u8]> = reading.packets.iter().map(|packet| packet.bytes.as_slice()).collect();
        println!("{name:24} {reading}");
        let expected = expected(rows[name.as_str()]);
        if packets != expected {
            wrong.push(format!("{name}: {reading}: {packets:02x?}"));
        }
        let breaks_off = rows[name.as_str()].contains('[');
        if reading.packets.iter().any(|packet| packet.missing.is_some()) != breaks_off {
            wrong.push(format!("{name}: {reading}: breaks off: {:?}", reading.packets[0].missing));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
