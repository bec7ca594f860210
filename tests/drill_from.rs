//! Scripts out of captures: `layercake drill --from`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::net::IpAddr;
use std::path::Path;

use common::{capture_files, frames, root};
use layercake::drill::from::{NotWritten, Recording, Written};
use layercake::drill::{self, Drill};
use layercake::packet::{Decoder, Frame};
use layercake::time::Time;

fn recording(path: &Path) -> Recording {
    let mut recording = Recording::new(&path.file_name().unwrap().to_string_lossy());
    for frame in frames(path) {
        recording.add(frame.time, &Decoder::new().packet(frame.frame()));
    }
    recording
}

fn written(name: &str, connection: usize, host: Option<&str>) -> Result<Written, NotWritten> {
    let path = root().join("fixtures").join(name);
    let mut recording =
        Recording::new(name).connection(Some(connection)).host(host.map(|host| host.parse().unwrap()));
    for frame in frames(&path) {
        recording.add(frame.time, &Decoder::new().packet(frame.frame()));
    }
    recording.write()
}

/// Of so many packets so many at least are as captured: (file, connection, side that opens it or not, as captured, all).
const FIXTURES: &[(&str, usize, bool, usize, usize)] = &[
    ("http.pcap", 1, false, 9, 9),
    ("http.pcap", 1, true, 11, 11),
    ("http-offload.pcap", 1, false, 5, 6),
    ("dns.pcap", 1, false, 4, 4),
    ("dns.pcap", 1, true, 6, 6),
    ("tcp-loss.pcap", 1, false, 16, 23),
    ("refused.pcap", 1, false, 1, 1),
    ("refused.pcap", 2, false, 1, 1),
    ("refused.pcap", 1, true, 1, 1),
    ("pmtu.pcap", 1, true, 8, 11),
    ("tun.pcap", 1, false, 4, 4),
    ("tun.pcap", 1, true, 6, 6),
    ("tun.pcap", 2, false, 4, 4),
    ("tun.pcap", 2, true, 6, 6),
];

#[test]
fn what_was_captured_is_expected() {
    let mut wrong = Vec::new();
    for (name, connection, opens, least, all) in FIXTURES {
        let mut found = written(name, *connection, None).unwrap();
        if *opens {
            found = written(name, *connection, Some(&found.connection.from.ip().to_string())).unwrap();
        }
        let counts = found.counts;
        let said = format!("{name} {connection} {opens}: {counts:?}\n{}", found.script);
        if counts.as_captured < *least || counts.captured() != *all {
            wrong.push(said.clone());
        }
        let report = Drill::new(&found.script).run();
        assert!(report.passed() && report.warnings.is_empty(), "{said}\n{report}");
        let opener = found.script.contains("connect(");
        assert_eq!(opener, *opens, "{said}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_script_in_full() {
    insta::assert_snapshot!("drill_from_http", written("http.pcap", 1, None).unwrap().script);
}

/// What goes over the line in our own scripts, as a capture of either side, is again a script that passes.
#[test]
fn our_own_scripts_come_back() {
    let (mut shares, mut hosts, mut count) = (0, 0, 0);
    for path in common::scripts() {
        let text = std::fs::read_to_string(&path).unwrap();
        let report = Drill::new(&text).directory(path.parent().unwrap()).run();
        for host in [None, Some("192.0.2.1"), Some("192.168.0.1")] {
            let host: Option<IpAddr> = host.map(|host| host.parse().unwrap());
            let mut recording = Recording::new("script").host(host);
            for crossing in &report.crossings {
                let frame = Frame::new(drill::LINK, &crossing.bytes[..]);
                recording.add(Some(Time::ZERO + crossing.at), &Decoder::new().packet(frame));
            }
            let written = match recording.write() {
                Ok(written) => written,
                // Datagrams, and errors alone.
                Err(NotWritten::NoBegin { .. }) => continue,
                Err(other) => panic!("{} {host:?}: {other}", path.display()),
            };
            let again = Drill::new(&written.script).run();
            assert!(again.passed(), "{} {host:?}: {again}\n{}", path.display(), written.script);
            if host.is_some_and(|host| host.to_string().starts_with("192.168.")) {
                shares += (written.counts.as_captured * 1000)
                    .checked_div(written.counts.captured())
                    .unwrap_or(1000);
                hosts += 1;
            }
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
    // The host is the same; what it was set to and what its application did is not always to be seen. Each script counts the same, however long
    // it is: in a long one all that follows the first difference is another packet.
    println!("{count} scripts, on average {} of 1000 packets as captured", shares / hosts);
    assert!(shares > hosts * 800, "{}", shares / hosts);
}

/// Whatever a file holds: a script that passes, or a word about why there is none.
#[test]
fn no_capture_is_too_broken() {
    for path in capture_files() {
        match recording(&path).write() {
            Ok(written) => {
                let report = Drill::new(&written.script).run();
                assert!(report.passed(), "{}: {report}\n{}", path.display(), written.script);
            }
            Err(NotWritten::Stuck { line, said, report, .. }) => {
                panic!("{}:{line}: {said}\n{report}", path.display())
            }
            Err(missing) => assert!(!missing.to_string().is_empty()),
        }
    }
}

/// A capture that ends, or whose packets end, anywhere.
#[test]
fn cut_captures_make_scripts_too() {
    let all = frames(&root().join("fixtures/tcp-loss.pcap"));
    for (count, snap) in [(8, 200), (20, 60), (30, 40), (40, 70), (49, 54), (49, 66)] {
        let mut recording = Recording::new("cut");
        for frame in all.iter().take(count) {
            let bytes = &frame.bytes[..snap.min(frame.bytes.len())];
            let frame_cut = Frame { length: frame.bytes.len(), ..Frame::new(frame.link, bytes) };
            recording.add(frame.time, &Decoder::new().packet(frame_cut));
        }
        match recording.write() {
            Ok(written) => {
                assert!(Drill::new(&written.script).run().passed());
                // Lengths are those that the packets had.
                assert!(snap < 60 || count < 8 || written.script.contains("(188)"), "{}", written.script);
            }
            Err(missing) => assert!(snap < 54, "{missing}"),
        }
    }
}

#[test]
fn what_is_missing_is_said() {
    let said = |name: &str, connection: Option<usize>, host: Option<&str>| {
        let host = host.map(|host| host.parse().unwrap());
        let path = root().join("fixtures").join(name);
        recording(&path);
        let mut recording = Recording::new(name).connection(connection).host(host);
        for frame in frames(&path) {
            recording.add(frame.time, &Decoder::new().packet(frame.frame()));
        }
        recording.write().unwrap_err().to_string()
    };
    assert_eq!(said("arp.pcap", None, None), "there is no TCP connection in it");
    assert_eq!(said("http.pcap", Some(2), None), "there is 1 connection in it, and no number 2");
    assert_eq!(said("refused.pcap", Some(3), None), "there are connections 1 to 2 in it, and no number 3");
    assert_eq!(
        said("http.pcap", Some(1), Some("192.0.2.9")),
        "192.0.2.9 is neither side of connection 1, 192.0.2.1:47658 > 192.0.2.2:8000, 20 packets"
    );
    let none = said("http.pcap", None, Some("192.0.2.9"));
    assert!(none.starts_with("there is no TCP connection of 192.0.2.9 whose beginning, a SYN, is in it; there are:\n  connection 1,"), "{none}");
    // Only what follows the handshake.
    let mut recording = Recording::new("late");
    for frame in frames(&root().join("fixtures/http.pcap")).iter().skip(6) {
        recording.add(frame.time, &Decoder::new().packet(frame.frame()));
    }
    let late = recording.write().unwrap_err().to_string();
    assert!(late.ends_with(", without its SYN"), "{late}");
}
