//! The command as people use it: each file in tests/cmd holds commands with what they print and how they end.
//! `TRYCMD=overwrite cargo test --test command` writes them anew; read the difference before keeping it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[test]
fn commands_print_what_is_written() {
    trycmd::TestCases::new().case("tests/cmd/*.md").case("README.md").case("docs/tour.md");
}

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Runs the command in the checkout with these bytes on standard input.
fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_layercake"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The command may have enough before all of it is written.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap()
}

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()))
}

#[test]
fn what_is_read_is_written() {
    for name in ["formats/comments.pcapng", "formats/sections.pcapng", "arp.pcap", "formats/modified.pcap"] {
        let output = run(&[&format!("fixtures/{name}"), "-w", "-"], b"");
        assert!(output.status.success() && output.stderr.is_empty(), "{name}: {output:?}");
        assert_eq!(output.stdout, fixture(name), "{name}");
    }
    // From a pipe, and out of a compressed file.
    let output = run(&["-w", "-"], &fixture("formats/comments.pcapng.gz"));
    assert_eq!(output.stdout, fixture("formats/comments.pcapng"));
    // Some of them, with what stands before them.
    let output = run(&["fixtures/formats/comments.pcapng", "--packets", "1,3", "-w", "-"], b"");
    let again = run(&["--json=flat"], &output.stdout);
    let text = String::from_utf8(again.stdout).unwrap();
    assert_eq!((text.lines().count(), text.matches("\"comments\"").count()), (2, 2), "{text}");
}

#[test]
fn the_name_of_the_output_says_the_format() {
    let (classic, next) = (scratch("out.pcap"), scratch("out.pcapng"));
    let output = run(&["fixtures/formats/comments.pcapng", "-w", classic.to_str().unwrap()], b"");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("pcap has no place for"), "{said}");
    assert_eq!(std::fs::read(&classic).unwrap(), fixture("arp.pcap"));
    let output = run(&["fixtures/arp.pcap", "-w", next.to_str().unwrap()], b"");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert!(std::fs::read(&next).unwrap().starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]));
    // Two link types: what is whole is written, and the way out is said.
    let output = run(&["fixtures/formats/two-links.pcapng", "-w", classic.to_str().unwrap()], b"");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("has one link type: ethernet, and here is a packet of raw; write pcapng"),
        "{said}"
    );
    // A packet in hex.
    let output = run(
        &[
            "45 00 00 1c 00 01 00 00 40 11 f6 cc c0 00 02 01 c0 00 02 02 00 35 00 35 00 08 00 00",
            "-w",
            next.to_str().unwrap(),
        ],
        b"",
    );
    assert!(output.status.success());
    let shown = run(&[next.to_str().unwrap()], b"");
    assert_eq!(String::from_utf8(shown.stdout).unwrap(), "    1  192.0.2.1:53 > 192.0.2.2:53 UDP, 0 bytes\n");
    // Damage: what was whole is written, and the exit code says it.
    let output = run(&["fixtures/bad/truncated-record.pcap", "-w", classic.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(std::fs::read(&classic).unwrap(), fixture("bad/truncated-record.pcap")[..246]);
    for path in [classic, next] {
        std::fs::remove_file(path).unwrap();
    }
}

/// Whatever goes wrong, what was there before stays, and nothing is left beside it.
#[test]
fn a_run_that_fails_leaves_the_output_as_it_was() {
    let folder = scratch("kept");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("out.pcap");
    let out = path.to_str().unwrap();
    let there = || std::fs::read_dir(&folder).unwrap().count();
    // Nothing there: nothing is left of a failure.
    assert_eq!(run(&["fixtures/formats/two-links.pcapng", "-w", out], b"").status.code(), Some(2));
    assert_eq!(there(), 0);
    // Something there: it stays on a failure, and goes for what was whole of a damaged file.
    std::fs::write(&path, b"dear to me").unwrap();
    for inputs in [&["fixtures/formats/two-links.pcapng"][..], &["fixtures/arp.pcap", "no-such.pcap"]] {
        assert_eq!(run(&[inputs, &["-w", out]].concat(), b"").status.code(), Some(2));
        assert_eq!((std::fs::read(&path).unwrap().as_slice(), there()), (&b"dear to me"[..], 1));
    }
    assert_eq!(run(&["fixtures/bad/truncated-record.pcap", "-w", out], b"").status.code(), Some(3));
    assert_eq!((std::fs::read(&path).unwrap().len(), there()), (246, 1));
    // Through a link, the file behind it is the one that changes.
    #[cfg(unix)]
    {
        let link = folder.join("link.pcap");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(run(&["fixtures/arp.pcap", "-w", link.to_str().unwrap()], b"").status.success());
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read(&path).unwrap(), fixture("arp.pcap"));
        // What is no file is written as it is.
        let output = run(&["fixtures/arp.pcap", "-w", "/dev/stdout"], b"");
        assert_eq!(output.stdout, fixture("arp.pcap"));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn who_chooses_nothing_is_told() {
    let output = run(&["fixtures/arp.pcap", "--packets", "7-"], b"");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "fixtures/arp.pcap has 6 packets; none of them was chosen\n");
    assert!(output.status.success() && output.stdout.is_empty());
    let output = run(&["fixtures/arp.pcap", "-c", "0", "-w", "-"], b"");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "standard output: no packet was chosen, and it has none\n"
    );
}

#[test]
fn nanoseconds_are_kept_or_missed_aloud() {
    let out = scratch("ns.pcap");
    let path = out.to_str().unwrap();
    let lines = |path: &str| String::from_utf8(run(&[path], b"").stdout).unwrap();
    assert!(run(&["fixtures/bad/le-ns.pcap", "-w", path], b"").status.success());
    assert_eq!(lines(path), lines("fixtures/bad/le-ns.pcap"));
    assert!(lines(path).contains("22:13:20.123456789"), "{}", lines(path));
    // The first file counts microseconds.
    let output = run(&["fixtures/bad/udp-checksum-bad.pcap", "fixtures/bad/le-ns.pcap", "-w", path], b"");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("the nanoseconds of"), "{said}");
    std::fs::remove_file(out).unwrap();
}

/// Packets go into JSON and out of it again as they were.
#[test]
fn json_is_read_as_it_is_written() {
    let printed = |arguments: &[&str], input: &[u8]| {
        let output = run(arguments, input);
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
        output.stdout
    };
    for name in
        ["arp.pcap", "formats/comments.pcapng", "formats/two-links.pcapng", "bad/le-ns.pcap", "nflog.pcap"]
    {
        let json = printed(&[&format!("fixtures/{name}"), "--json"], b"");
        assert_eq!(printed(&["--json"], &json), json, "{name}");
        assert_eq!(printed(&["convert", "-", "--to", "json"], &json), json, "{name}");
        let capture = printed(&["convert", "-", "--to", "pcapng"], &json);
        assert_eq!(printed(&["--json"], &capture), json, "{name}");
    }
    let json = printed(&["fixtures/arp.pcap", "--json"], b"");
    let capture = printed(&["convert", "-", "--to", "pcap"], &json);
    assert_eq!(printed(&["--json"], &capture), json);
    // As an argument, in an array, over several lines, with keys in another order.
    let lines = String::from_utf8(json.clone()).unwrap();
    let second = lines.lines().nth(1).unwrap();
    assert_eq!(
        printed(&[second, "-f", "arp.opcode == 2", "-c", "1", "--json"], b""),
        printed(&["--json"], second.as_bytes())
    );
    let array: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let array = serde_json::to_vec_pretty(&array).unwrap();
    assert_eq!(printed(&["--json"], &array), json);
    // What is whole before something wrong is delivered.
    let told = |input: String| {
        let output = run(&[], input.as_bytes());
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap().lines().count(), said)
    };
    let wrong = second.replacen(
        "\"arp.opcode\",\"label\":\"Operation\",\"offset\":20,\"length\":2,\"value\":2",
        "\"arp.opcode\",\"offset\":20,\"length\":2,\"value\":-2",
        1,
    );
    assert_ne!(wrong, second);
    let message = "error: standard input cannot be read: line 2: layers[1].fields[4] (arp.opcode): value -2 is no whole number";
    assert_eq!(
        told(format!("{second}\n{wrong}\n")),
        (3, 1, format!("{message}; the packet before it is whole\n"))
    );
    assert_eq!(told(format!("\n{wrong}\n")), (2, 0, format!("{message}\n")));
    let message = "error: standard input cannot be read: line 2: the object breaks off; the packet before it is whole\n";
    assert_eq!(told(format!("{second}\n{}", &second[..500])), (3, 1, message.to_string()));
    let message = "error: standard input cannot be read: line 2: an object is expected, not 'x'; the packet before it is whole\n";
    assert_eq!(told(format!("{second}\nx")), (3, 1, message.to_string()));
    let flat = String::from_utf8(printed(&["fixtures/arp.pcap", "--json=flat"], b"")).unwrap();
    let (code, lines, said) = told(flat);
    assert_eq!((code, lines), (2, 0));
    assert!(said.contains("line 1: schema: the flat form"), "{said}");
    // Other JSON is text.
    let output = run(&["--json"], b"{\"hex\": \"4500001c000100004011f6ccc0000201c00002020035003500080000\"}");
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("read as: hex among other text, 1 packet"));
}

/// A filter that chooses nothing: exit code 1, and a file that is a capture without packets.
#[test]
fn of_nothing_a_capture_is_made() {
    let out = scratch("none.pcapng");
    let path = out.to_str().unwrap();
    let hex = "45 00 00 1c 00 01 00 00 40 11 f6 cc c0 00 02 01 c0 00 02 02 00 35 00 35 00 08 00 00";
    for input in ["fixtures/arp.pcap", "fixtures/formats/comments.pcapng", hex] {
        let output = run(&[input, "-f", "tcp", "-w", path], b"");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{input}: {said}");
        assert!(said.ends_with(&format!("{path}: no packet matched the filter\n")), "{input}: {said}");
        let shown = run(&[path], b"");
        assert!(shown.status.success() && shown.stdout.is_empty() && shown.stderr.is_empty(), "{shown:?}");
        std::fs::remove_file(&out).unwrap();
    }
    let output = run(&["fixtures/arp.pcap", "-f", "tcp"], b"");
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(1), &b"no packet matched the filter\n"[..])
    );
    // What is wrong besides goes first.
    let output = run(&["fixtures/bad/truncated-record.pcap", "-f", "tcp"], b"");
    assert_eq!(output.status.code(), Some(3));
    let output = run(&["fixtures/arp.pcap", "no-such.pcap", "-f", "tcp", "-w", path], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(!out.exists());
}

/// `convert` replaces a file when all is written, and leaves it as it was if that fails.
#[test]
fn convert_replaces_when_all_is_written() {
    let folder = scratch("converted");
    std::fs::create_dir_all(&folder).unwrap();
    let there = || std::fs::read_dir(&folder).unwrap().count();
    for name in ["out.pcap", "out.pcapng", "out.hex", "out.json"] {
        let path = folder.join(name);
        let out = path.to_str().unwrap();
        assert_eq!(
            run(&["convert", "fixtures/arp.pcap", "no-such.pcap", "-o", out], b"").status.code(),
            Some(2)
        );
        assert_eq!(there(), 0, "{name}");
        std::fs::write(&path, b"dear to me").unwrap();
        assert_eq!(
            run(&["convert", "fixtures/arp.pcap", "no-such.pcap", "-o", out], b"").status.code(),
            Some(2)
        );
        assert_eq!((std::fs::read(&path).unwrap().as_slice(), there()), (&b"dear to me"[..], 1), "{name}");
        assert!(run(&["convert", "fixtures/arp.pcap", "-o", out], b"").status.success());
        let again = run(&["convert", out, "--to", "pcap"], b"");
        let shown = String::from_utf8(run(&["--json=flat"], &again.stdout).stdout).unwrap();
        assert_eq!((shown.lines().count(), there()), (6, 1), "{name}: {shown}");
        // What is damaged is written as far as it is whole.
        assert_eq!(
            run(&["convert", "fixtures/bad/truncated-record.pcap", "-o", out], b"").status.code(),
            Some(3)
        );
        assert_eq!(there(), 1, "{name}");
        std::fs::remove_file(&path).unwrap();
    }
    let output = run(&["convert", "fixtures/arp.pcap", "-o", folder.join("out.xyz").to_str().unwrap()], b"");
    assert_eq!((output.status.code(), there()), (Some(2), 0));
    std::fs::remove_dir_all(folder).unwrap();
}

/// A text's times in nanoseconds behind a capture's in microseconds.
#[test]
fn nanoseconds_of_a_text_are_missed_aloud() {
    let text = "2026-11-22 09:47:57.721555001\n0000 45 00 00 1c 00 01 00 00 40 11 f6 cc c0 00 02 01\n0010 c0 00 02 02 00 35 00 35 00 08 00 00\n";
    let out = scratch("text-ns.pcap");
    let path = out.to_str().unwrap();
    for command in
        [&["convert", "fixtures/tun.pcap", "-", "-o", path][..], &["fixtures/tun.pcap", "-", "-w", path]]
    {
        let output = run(command, text.as_bytes());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && said.contains("the nanoseconds of 1 others are lost"), "{said}");
    }
    let output = run(&["convert", "-", "-o", path], text.as_bytes());
    assert!(!String::from_utf8(output.stderr).unwrap().contains("lost"));
    let shown = String::from_utf8(run(&[path], b"").stdout).unwrap();
    assert!(shown.contains("09:47:57.721555001"), "{shown}");
    std::fs::remove_file(out).unwrap();
}

/// With a link type of one's own, packets go over as frames of that, with all that is said of them.
#[test]
fn another_link_type_is_written() {
    for command in [&["convert", "--to", "pcapng"][..], &["-w", "-"]] {
        for file in ["fixtures/formats/comments.pcapng", "fixtures/arp.pcap"] {
            let output = run(&[command, &[file, "--link", "raw"]].concat(), b"");
            assert!(output.status.success(), "{output:?}");
            let relinked = String::from_utf8(run(&["--json=flat"], &output.stdout).stdout).unwrap();
            let before = String::from_utf8(run(&[file, "--link", "raw", "--json=flat"], b"").stdout).unwrap();
            assert_eq!(relinked, before);
            let back = run(&["--link", "ethernet", "--json=flat"], &output.stdout).stdout;
            assert_eq!(back, run(&[file, "--json=flat"], b"").stdout);
        }
    }
    // In microseconds as before.
    let output = run(&["convert", "fixtures/arp.pcap", "--link", "ethernet", "--to", "pcap"], b"");
    assert_eq!(output.stdout[..4], fixture("arp.pcap")[..4]);
}

#[test]
fn several_interfaces_and_files_are_named() {
    let shown = run(&["fixtures/formats/two-links.pcapng", "-v"], b"");
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("  interface 0  ARP") || shown.contains("UTC  eth"), "{shown}");
    let shown = run(&["fixtures/arp.pcap", "fixtures/ping.pcap", "--json=flat", "-c", "1"], b"");
    let shown = String::from_utf8(shown.stdout).unwrap();
    for file in ["fixtures/arp.pcap", "fixtures/ping.pcap"] {
        assert!(shown.contains(&format!("\"file\":\"{file}\"")), "{shown}");
    }
}

#[test]
fn an_edit_keeps_what_it_does_not_change() {
    let same = |name: &str, arguments: &[&str]| {
        let path = format!("fixtures/{name}");
        run(&[&["edit", &path, "-"], arguments].concat(), b"")
    };
    for name in ["formats/comments.pcapng", "formats/sections.pcapng", "arp.pcap", "formats/modified.pcap"] {
        // A field that no packet has, and a filter that chooses none.
        let output = same(name, &["--set", "sctp.srcport=7"]);
        assert!(output.status.success(), "{name}: {output:?}");
        assert_eq!(output.stdout, fixture(name), "{name}");
        let output = same(name, &["--set", "eth.src=02:00:00:00:00:77", "-f", "sctp"]);
        assert_eq!((output.status.code(), output.stdout), (Some(1), fixture(name)), "{name}");
    }
    // One byte of each packet, and nothing else.
    let output = same("formats/comments.pcapng", &["--set", "eth.src.lg=0"]);
    let differ = output.stdout.iter().zip(fixture("formats/comments.pcapng")).filter(|(a, b)| **a != *b);
    assert_eq!((output.stdout.len(), differ.count()), (fixture("formats/comments.pcapng").len(), 6));
    // What others have written does not go over with other addresses.
    let output = same("formats/comments.pcapng", &["--anonymize", "key", "--to", "pcapng"]);
    assert!(!output.stdout.windows(3).any(|part| part == b"who"), "a comment is left");
    assert!(!output.stdout.windows(4).any(|part| part == [192, 0, 2, 2]), "an address is left");
    // Zeros where host names stood: as many bytes, and the checksums right.
    let output = same("dhcp.pcap", &["--zero", "dhcp.option.hostname"]);
    assert_eq!(output.stdout.len(), fixture("dhcp.pcap").len());
    let lines = |capture: &[u8]| String::from_utf8(run(&["--json=flat"], capture).stdout).unwrap();
    let named =
        |lines: &str| lines.lines().filter(|line| line.contains("\"dhcp.option.hostname\":[\"\"]")).count();
    let (before, after) = (lines(&fixture("dhcp.pcap")), lines(&output.stdout));
    assert_eq!(named(&before), 0);
    assert_eq!(named(&after), before.matches("\"dhcp.option.hostname\"").count());
    assert_eq!(after.matches("checksum.bad").count(), before.matches("checksum.bad").count());
    // Cut packets stay as long as they were on the wire.
    let output = same("formats/comments.pcapng", &["--truncate", "20"]);
    let lines = String::from_utf8(run(&["--json=flat"], &output.stdout).stdout).unwrap();
    assert_eq!(lines.matches("\"captured\":20").count(), 6, "{lines}");
    assert_eq!(lines.matches("\"length\":42").count(), 4, "{lines}");
    assert_eq!(lines.matches("\"comments\"").count(), 2, "{lines}");
    // Without Ethernet, pcap says another link type.
    let output = same("ping.pcap", &["--remove", "eth", "-f", "ip", "--only"]);
    let lines = String::from_utf8(run(&["--json=flat"], &output.stdout).stdout).unwrap();
    assert!(
        lines.lines().count() > 1 && lines.lines().all(|line| line.contains("\"link\":\"raw\"")),
        "{lines}"
    );
}

#[test]
fn an_edit_can_replace_its_input() {
    let path = scratch("replaced.pcap");
    let name = path.to_str().unwrap();
    std::fs::write(&path, fixture("ping.pcap")).unwrap();
    let output = run(&["edit", name, name, "--set", "ip.ttl=3"], b"");
    assert!(output.status.success(), "{output:?}");
    let once = std::fs::read(&path).unwrap();
    assert!(once.len() == fixture("ping.pcap").len() && once != fixture("ping.pcap"));
    // One that is damaged stays: what is not whole would be lost.
    let cut = &fixture("ping.pcap")[..fixture("ping.pcap").len() - 3];
    std::fs::write(&path, cut).unwrap();
    let output = run(&["edit", name, name, "--set", "ip.ttl=3"], b"");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(std::fs::read(&path).unwrap(), cut);
    // Into another file, what is whole is delivered.
    let other = scratch("whole.pcap");
    let output = run(&["edit", name, other.to_str().unwrap(), "--set", "ip.ttl=3"], b"");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let lines = |path: &Path| {
        run(&[path.to_str().unwrap()], b"").stdout.iter().filter(|byte| **byte == b'\n').count()
    };
    assert_eq!(lines(&other), lines(&path));
    assert!(lines(&other) > 5);
}

/// A capture of these frames, all of Ethernet.
fn capture(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut file = [0xa1b2_c3d4u32, 0x0002_0004, 0, 0, 65535, 1].map(u32::to_be_bytes).concat();
    for frame in frames {
        let length = u32::try_from(frame.len()).unwrap();
        file.extend([0, 0, length, length].map(u32::to_be_bytes).concat());
        file.extend(frame);
    }
    file
}

/// The frames of a fixture in the classic format, whose records have no other length than that of their header.
fn frames(name: &str) -> Vec<Vec<u8>> {
    let file = fixture(name);
    let (mut rest, mut frames) = (&file[24..], Vec::new());
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        frames.push(rest[16..16 + length].to_vec());
        rest = &rest[16 + length..];
    }
    frames
}

fn compared(name: &str, left: &[Vec<u8>], right: &[Vec<u8>], more: &[&str]) -> (Option<i32>, String, String) {
    let paths = ["a", "b"].map(|side| scratch(&format!("{name}-{side}.pcap")));
    for (path, frames) in paths.iter().zip([left, right]) {
        std::fs::write(path, capture(frames)).unwrap();
    }
    let files = paths.each_ref().map(|path| path.to_str().unwrap());
    let output = run(&[&["diff"], &files[..], more].concat(), b"");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn packets_are_compared_by_flow_in_whatever_order_flows_come() {
    let (http, dns) = (frames("http.pcap"), frames("dns.pcap"));
    let in_turn: Vec<Vec<u8>> = [&http[..], &dns[..]].concat();
    let mut mixed = Vec::new();
    for at in 0..http.len().max(dns.len()) {
        mixed.extend(http.get(at).cloned());
        mixed.extend(dns.get(at).cloned());
    }
    let of_ip = ["-f", "ip or ipv6", "--by", "flow"];
    let (code, said, talk) = compared("flows", &in_turn, &mixed, &of_ip);
    assert_eq!((code, said.as_str()), (Some(0), ""), "{talk}");
    assert!(talk.ends_with("packets the same, 0 differ\n"), "{talk}");
    let (code, ..) = compared("order", &in_turn, &mixed, &["-f", "ip or ipv6"]);
    assert_eq!(code, Some(1));
    // One that is missing at the end of its flow is the only one that is said: the server's last segment.
    let last = mixed.iter().rposition(|frame| frame[26..30] == [192, 0, 2, 2] && frame[23] == 6).unwrap();
    let number = mixed.len().min(last + 1);
    let whole = mixed.clone();
    mixed.remove(last);
    let (code, said, talk) = compared("missing", &mixed, &whole, &of_ip);
    assert_eq!((code, said.lines().count()), (Some(1), 4), "{said}");
    assert!(said.contains(&format!("+ Packet {number} is only in B: 192.0.2.2:8000 > ")), "{said}");
    assert!(talk.ends_with("0 differ, 1 only in B\n"), "{talk}");
}

/// What has no counterpart does not wait for ever, and takes no more memory than its bound.
#[test]
fn packets_that_wait_too_long_are_given_up() {
    let frame = |port: u8| {
        let mut frame = vec![0; 12];
        frame.extend([8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
        frame.extend([0, port, 0, 7, 0, 8, 0, 0]);
        frame
    };
    let (left, right) = (vec![frame(1); 60_000], vec![frame(2); 60_000]);
    let (code, said, talk) = compared("waiting", &left, &right, &["--by", "flow"]);
    assert_eq!((code, said.lines().count()), (Some(1), 3 + 120_000));
    assert!(talk.contains("0 packets the same, 0 differ, 60000 only in A, 60000 only in B\n"), "{talk}");
    assert!(
        talk.ends_with("20000 of those only in one had no counterpart within 100000 waiting packets\n"),
        "{talk}"
    );
}

#[test]
fn a_report_is_xml_whatever_the_packets_hold() {
    let out = scratch("report.xml");
    let text = "none(frame contains \"\\x41<&>']]>\u{1b}\")";
    // What does more than show itself is shown.
    let shown = text.replace('\u{1b}', "\\u{1b}");
    let shown = shown.as_str();
    let made_dns = "fixtures/made/dns-hostile.pcap";
    let arguments =
        ["assert", made_dns, "fixtures/http.pcap", "none(dns)", "count() == 0", text, "--to", "junit", "-o"];
    let output = run(&[&arguments[..], &[out.to_str().unwrap()]].concat(), b"");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{output:?}");
    let xml = std::fs::read_to_string(&out).unwrap();
    let mut reader = quick_xml::Reader::from_str(&xml);
    let (mut cases, mut failures) = (Vec::new(), 0);
    loop {
        use quick_xml::events::Event;
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "testcase" => {
                let name = tag.try_get_attribute("name").unwrap().unwrap();
                cases.push(name.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap().into_owned());
            }
            Event::Start(tag) if tag.name().as_ref() == "failure" => failures += 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(cases, ["none(dns)", "count() == 0", shown, "none(dns)", "count() == 0", shown]);
    assert_eq!(failures, 3, "{xml}");
}
