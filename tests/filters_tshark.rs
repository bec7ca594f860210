//! Filters choose the same packets as `tshark -Y` does.
//!
//! `filters/filters.txt` holds the filters, one a line. The packets are those of `fixtures/` and of
//! `../shared/captures`, in one file; tshark has only the dissectors of our headers on, and reassembly and relative
//! numbers off. What differs and is explained stands in [`EXPLAINED`], by filter, with its reason.
//!
//! sharkd, which comes with tshark, reads the file once and is asked for each filter. tshark, which reads it again each time, is asked
//! where sharkd chooses others than we do, and for some of the rest, where it must say the same.
//!
//! It fails where tshark or the captures are not there. `ONLY=contains` runs the filters with that in them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "tshark/dissectors.rs"]
mod dissectors;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use layercake::capture::{Reader, Writer};
use layercake::filter::{Filter, Origin};
use layercake::packet::Decoder;
use serde_json::{Value, json};

use dissectors::DISSECTORS;

const FILTERS: &str = include_str!("filters/filters.txt");

/// Of so many filters, one is put to tshark too.
const AGAIN: usize = 20;
/// Packets of one file, so that no file makes up the most of them.
const SHARE: usize = 20;
/// Filters that there are at least, and those that choose some packets and not all.
const LEAST: usize = 200;

/// Filters that choose other packets, and why.
const EXPLAINED: &[(&str, &str)] = &[
    (
        "tcp.seq_raw > 2000000000",
        "of the eight bytes of TCP that an ICMP error quotes tshark gives no raw number",
    ),
    (
        "tcp.len == 0",
        "tshark computes no length of a segment that an ICMP error quotes, or that is malformed",
    ),
    ("tcp.len > 0", "tshark takes the length from what IP claims, not from what is there"),
    ("len(tcp.payload) == tcp.len", "of a first fragment tshark computes no length"),
    (
        "ip.len - ip.hdr_len - tcp.hdr_len == tcp.len",
        "tshark takes the length from what IP claims, not from what is there; it computes none of a quoted segment",
    ),
    ("tcp.len", "tshark computes no length of a segment that an ICMP error quotes, or of a first fragment"),
    (
        "data",
        "here it is what the innermost header carries; tshark also calls so what lies in a chunk of SCTP, and not what ends within a header or stands behind protocol 0 of IPv4",
    ),
    ("ipv6.hopopts", "tshark takes protocol 0 behind IPv4 for hop-by-hop options"),
    ("eth.fcs", "tshark takes four bytes at the end for a check sequence that does not fit, too"),
    (
        "eth.padding",
        "zeros that fill a frame behind any link here, and before a check sequence alone if that fits",
    ),
    ("ip.opt.type", "tshark gives no type of an option that it does not know"),
    ("count(vlan.id) == 2", "tshark calls the number of a service tag ieee8021ad.id"),
];

/// Files that are left out, and why.
const SET_ASIDE: &[(&str, &str)] = &[
    ("tcpdump/LINKTYPE_IPV4_invalid.pcap", "IPv6 where the link type says IPv4; tshark goes by the version"),
    ("tcpdump/kday3.pcap", "the version in a header of IPv4 is 6; tshark goes by the version"),
    ("nDPI/alexa-app.pcapng", "tshark takes a header that is cut for none"),
    ("nDPI/gnutella.pcap", "tshark takes a header that is cut for none"),
    ("nDPI/fuzz-2006-09-29-28586.pcap", "tshark stops at what is malformed"),
    ("tcpdump/bigtcp-ipv6-geneve-ipv4.pcap", "jumbo payloads, of which tshark takes the length otherwise"),
    ("tcpdump/olsr-oobr-2.pcap", "a time that tshark takes for one before 1970"),
    ("tcpdump/time_2107.pcapng", "a time that tshark takes for one before 1970"),
    (
        "tcpdump/tcp_rst_diag_payload.pcap",
        "tshark takes what a RST carries for its cause, and for no payload",
    ),
    ("fixtures/made/ipv4-options.pcap", "a source route, which tshark takes for the destination"),
];

const PREFERENCES: &[&str] = &[
    "tcp.desegment_tcp_streams:FALSE",
    "ip.defragment:FALSE",
    "ipv6.defragment:FALSE",
    "tcp.analyze_sequence_numbers:FALSE",
    "tcp.relative_sequence_numbers:FALSE",
    "eth.check_fcs:TRUE",
];

fn tool(name: &str, configuration: &Path) -> Command {
    let mut command = Command::new(name);
    command.env("WIRESHARK_CONFIG_DIR", configuration).env("TZ", "UTC").stdin(Stdio::null());
    command
}

fn print(mut command: Command) -> String {
    let output =
        command.output().unwrap_or_else(|error| panic!("tshark cannot be run ({error}); install it"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The packets of all captures, in one file; damaged files, and what is not decoded here, are left out.
fn merge(path: &Path) -> Vec<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = here.join("../shared/captures");
    assert!(shared.is_dir(), "the captures are not there: {} is no directory", shared.display());
    let mut files = Vec::new();
    for folder in ["fixtures", "fixtures/made", "../shared/captures"] {
        find(&here.join(folder), folder.starts_with(".."), &mut files);
    }
    files.sort();
    let mut writer = Writer::pcapng(File::create(path).unwrap());
    let mut packets = Vec::new();
    for file in files {
        let name = file.strip_prefix(here).unwrap().display().to_string();
        if SET_ASIDE.iter().any(|(set_aside, _)| name.ends_with(set_aside)) {
            continue;
        }
        let Ok(mut reader) = Reader::open(&file) else { continue };
        let mut taken = 0;
        while let Ok(Some(record)) = reader.next() {
            let frame = record.frame;
            if !frame.link.is_decoded() || frame.length > 1 << 18 || frame.length < frame.bytes.len() {
                continue;
            }
            writer.frame(record.time, &frame).unwrap();
            packets.push(format!("{name} {}", record.number));
            taken += 1;
            if taken == SHARE {
                break;
            }
        }
    }
    writer.finish().unwrap();
    packets
}

fn find(folder: &Path, deep: bool, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            files.push(path);
        } else if deep {
            find(&path, deep, files);
        }
    }
}

fn chosen_by_tshark(filter: &str, merged: &Path, configuration: &Path) -> Result<BTreeSet<u64>, String> {
    let mut command = tool("tshark", configuration);
    command.args(["-n", "-T", "fields", "-e", "frame.number", "-Y", filter]);
    for preference in PREFERENCES {
        command.args(["-o", preference]);
    }
    let output = command.arg("-r").arg(merged).output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().map(|line| line.trim().parse().unwrap()).collect())
}

/// What each filter chooses, by one process for all.
fn chosen_by_sharkd(
    filters: &[&str],
    merged: &Path,
    configuration: &Path,
) -> Vec<Result<BTreeSet<u64>, String>> {
    let mut requests = Vec::new();
    for preference in PREFERENCES {
        let (name, value) = preference.split_once(':').unwrap();
        requests.push(("setconf", json!({"name": name, "value": value})));
    }
    requests.push(("load", json!({"file": merged.to_str().unwrap()})));
    requests.extend(filters.iter().map(|filter| ("frames", json!({"filter": filter}))));
    requests.push(("bye", json!({})));
    let lines = requests.iter().enumerate().map(|(id, (method, parameters))| {
        let mut request = json!({"jsonrpc": "2.0", "id": id + 1, "method": method});
        if *method != "bye" {
            request["params"] = parameters.clone();
        }
        format!("{request}\n")
    });
    let asked = configuration.join("requests");
    fs::write(&asked, lines.collect::<String>()).unwrap();
    let mut command = tool("sharkd", configuration);
    let output = command.arg("-").stdin(File::open(&asked).unwrap()).output();
    let output = output.unwrap_or_else(|error| panic!("sharkd cannot be run ({error}); install it"));
    let text = String::from_utf8_lossy(&output.stdout);
    let mut answers = text.lines().filter(|line| line.starts_with('{'));
    let mut answer = |what: &str| -> Value {
        let line = answers.next().unwrap_or_else(|| panic!("sharkd says nothing to {what}"));
        serde_json::from_str(line).unwrap_or_else(|error| panic!("sharkd to {what}: {error}: {line}"))
    };
    for (method, parameters) in &requests[..=PREFERENCES.len()] {
        let said = answer(method);
        assert_eq!(said["result"]["status"], "OK", "{method} {parameters}: {said}");
    }
    let number = |frame: &Value| frame["num"].as_u64().unwrap();
    let read = |filter: &&str| {
        let said = answer(filter);
        let frames = said["result"].as_array().map(|frames| frames.iter().map(number).collect());
        frames.ok_or_else(|| said["error"].to_string())
    };
    filters.iter().map(read).collect()
}

/// What each filter chooses.
fn chosen_by_us(filters: &[Filter], merged: &Path) -> Vec<BTreeSet<u64>> {
    let mut chosen = vec![BTreeSet::new(); filters.len()];
    let mut reader = Reader::open(merged).unwrap();
    let (mut first, mut previous) = (None, None);
    while let Some(record) = reader.next().unwrap() {
        let packet = Decoder::new().packet(record.frame);
        first = first.or(record.time);
        let origin = Origin {
            number: Some(record.number),
            time: record.time,
            first,
            previous,
            interface: Some(record.interface),
        };
        previous = record.time;
        for (filter, chosen) in filters.iter().zip(&mut chosen) {
            if filter.matches_from(&packet, &origin) {
                chosen.insert(record.number);
            }
        }
    }
    chosen
}

#[test]
fn the_same_packets_as_tshark() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("filters-{}", std::process::id()));
    let configuration = scratch.join("configuration");
    fs::create_dir_all(&configuration).unwrap();
    let mut version = tool("tshark", &configuration);
    version.arg("--version");
    println!("{}", print(version).lines().find(|line| line.contains("TShark")).unwrap_or("?"));
    let mut protocols = tool("tshark", &configuration);
    protocols.args(["-G", "protocols"]);
    let keep = |name: &str| {
        name.starts_with("_ws.")
            || DISSECTORS.contains(&name)
            || ["ip.", "ipv6.", "mip6.", "tcp."].iter().any(|prefix| name.starts_with(prefix))
    };
    let protocols = print(protocols);
    let names = protocols.lines().filter_map(|line| line.split('\t').nth(2)).filter(|name| !keep(name));
    fs::write(
        configuration.join("disabled_protos"),
        names.map(|name| format!("{name}\n")).collect::<String>(),
    )
    .unwrap();

    let merged = scratch.join("merged.pcapng");
    let packets = merge(&merged);
    let only = std::env::var("ONLY").unwrap_or_default();
    let texts: Vec<&str> = FILTERS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#') && line.contains(&only))
        .collect();
    let read: Vec<_> = texts.iter().map(|text| (text, Filter::parse(text))).collect();
    let bad: Vec<_> =
        read.iter().filter_map(|(text, read)| Some(format!("{text}: {}", read.as_ref().err()?))).collect();
    assert!(bad.is_empty(), "filters that are not read:\n{}", bad.join("\n"));
    let filters: Vec<Filter> = read.into_iter().filter_map(|(_, read)| read.ok()).collect();
    let ours = chosen_by_us(&filters, &merged);

    let mut theirs = chosen_by_sharkd(&texts, &merged, &configuration);
    let mut asked = 0;
    for (index, ((text, theirs), ours)) in texts.iter().zip(&mut theirs).zip(&ours).enumerate() {
        // With all of the tree at hand, sharkd takes a protocol for longer than tshark does.
        let equal = theirs.as_ref() == Ok(ours);
        if index % AGAIN == 0 || !equal {
            let tshark = chosen_by_tshark(text, &merged, &configuration);
            assert!(!equal || *theirs == tshark, "{text}: sharkd and tshark do not agree");
            *theirs = tshark;
            asked += 1;
        }
    }
    println!("sharkd was asked for all, tshark again for {asked}");
    if std::env::var_os("KEEP").is_none() {
        let _ = fs::remove_dir_all(&scratch);
    }

    let (mut equal, mut explained, mut some, mut failures) = (0, 0, 0, Vec::new());
    for ((text, ours), theirs) in texts.iter().zip(&ours).zip(&theirs) {
        let reason = EXPLAINED.iter().find(|(filter, _)| filter == text).map(|(_, reason)| *reason);
        let theirs = match theirs {
            Ok(theirs) => theirs,
            Err(said) => {
                failures.push(format!("{text}: tshark does not read it: {said}"));
                continue;
            }
        };
        some += usize::from(!theirs.is_empty() && theirs.len() < packets.len());
        let shown = |a: &BTreeSet<u64>, b: &BTreeSet<u64>| {
            let more: Vec<_> = a.difference(b).map(|number| packets[*number as usize - 1].as_str()).collect();
            format!("{} {:?}", more.len(), &more[..more.len().min(6)])
        };
        match (ours == theirs, reason) {
            (true, None) => equal += 1,
            (true, Some(_)) => failures.push(format!("{text}: nothing differs; take it out of EXPLAINED")),
            (false, Some(reason)) => {
                explained += 1;
                println!("explained: {text}: {reason}");
                println!("  ours alone {}, tshark's alone {}", shown(ours, theirs), shown(theirs, ours));
            }
            (false, None) => failures.push(format!(
                "{text}: both choose {}, ours alone {}, tshark's alone {}",
                ours.intersection(theirs).count(),
                shown(ours, theirs),
                shown(theirs, ours)
            )),
        }
    }
    println!(
        "{} packets, {} filters: {equal} choose the same, {explained} differ and are explained",
        packets.len(),
        texts.len()
    );
    println!("{some} of them choose some packets, and not all");
    for failure in &failures {
        println!("{failure}");
    }
    assert!(failures.is_empty(), "{} filters differ", failures.len());
    assert!(
        !only.is_empty() || equal >= LEAST && some >= LEAST,
        "there should be {LEAST} filters that choose some"
    );
}
