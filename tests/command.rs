//! The command as people use it: each file in tests/cmd holds commands with what they print and how they end.
//! `TRYCMD=overwrite cargo test --test command` writes them anew; read the difference before keeping it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[test]
fn commands_print_what_is_written() {
    trycmd::TestCases::new().case("tests/cmd/*.md").case("README.md");
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
