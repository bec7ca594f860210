//! Our own scripts, `tests/drill/**/*.pkt`: each passes, over IPv4, IPv6 and addresses of the one within the other; each names what it is
//! from; and each fails as soon as something in it is not so.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use layercake::drill::{Drill, Report, Verdict};

/// All scripts, by name.
fn scripts() -> Vec<(PathBuf, String)> {
    common::scripts().into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn run(path: &Path, text: &str, options: &[(&str, &str)]) -> Report {
    let drill = Drill::new(text).directory(path.parent().unwrap());
    options.iter().fold(drill, |drill, (name, value)| drill.option(name, value)).run()
}

/// The line of a verdict, and the verdict.
fn said(path: &Path, text: &str, report: &Report) -> String {
    let line = report.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let path = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
    format!("{}:{line}: {report}", path.display())
}

/// Over IPv6 a line carries 20 bytes more, so that segments are as long; a script that is about one family says so itself.
const FAMILIES: &[&[(&str, &str)]] =
    &[&[], &[("ip_version", "ipv6"), ("mtu", "1520")], &[("ip_version", "ipv4-mapped-ipv6")]];

#[test]
fn every_script_passes() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, text) in scripts() {
        for options in FAMILIES {
            if !options.is_empty() && (text.contains("--ip_version") || text.contains("--mtu")) {
                continue;
            }
            count += 1;
            let report = run(&path, &text, options);
            if !report.passed() || !report.warnings.is_empty() {
                wrong.push(format!("{options:?} {}", said(&path, &text, &report)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The first comment of a script says from where it knows what it expects.
#[test]
fn every_script_names_what_it_is_from() {
    for (path, text) in scripts() {
        let comment = text.lines().find(|line| line.starts_with("//")).unwrap_or("");
        let named = comment.contains("RFC ") && (comment.contains("section") || comment.contains("appendix"))
            || comment.contains("docs/linux.md");
        assert!(named, "{}: its first comment names no RFC with a section: {comment}", path.display());
    }
}

/// Each number that is acknowledged, taken one further, makes the script fail at that line or before the next: so each line is looked at.
#[test]
fn a_script_with_a_wrong_number_fails() {
    let mut not_looked_at = Vec::new();
    for (path, text) in scripts() {
        for (number, line) in text.lines().enumerate() {
            let Some((_, expected)) = line.split_once(" > ").filter(|(time, _)| !time.contains("//")) else {
                continue;
            };
            let Some(at) = expected.find(" ack ") else { continue };
            let digits: String = expected[at + 5..].chars().take_while(char::is_ascii_digit).collect();
            let Ok(ack) = digits.parse::<u32>() else { continue };
            let place = line.len() - expected.len() + at + 5;
            let changed =
                format!("{}{}{}", &line[..place], ack.wrapping_add(1), &line[place + digits.len()..]);
            let lines: Vec<&str> = text
                .lines()
                .enumerate()
                .map(|(n, line)| if n == number { &*changed } else { line })
                .collect();
            let report = run(&path, &lines.join("\n"), &[]);
            if !matches!(report.verdict, Verdict::Failed(_)) {
                not_looked_at.push(format!("{}:{}: {changed}: {report}", path.display(), number + 1));
            }
        }
    }
    assert!(not_looked_at.is_empty(), "{}", not_looked_at.join("\n"));
}
