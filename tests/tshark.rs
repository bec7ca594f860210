//! Every field of every capture, ours against tshark's.
//!
//! Each file of `fixtures/` and of `../shared/captures` is decoded by both. tshark has reassembly and sequence
//! analysis off, and only the dissectors of our headers on. What is compared: for every tile of ours and for every
//! field of tshark's of the same headers, the name, the bits, the value; and what is said of every checksum.
//! What differs and is explained names its condition and is counted (`explained.rs`); a field that we lack is missing,
//! never explained. `aliases.rs` holds what is between the names.
//!
//! It fails where tshark, editcap or the captures are not there. `ONLY=http,dns` compares the files with one of these
//! in their names, and does not ask how much is explained.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "tshark/aliases.rs"]
mod aliases;
#[path = "tshark/compare.rs"]
mod compare;
#[path = "tshark/dissectors.rs"]
mod dissectors;
#[path = "tshark/explained.rs"]
mod explained;
#[path = "tshark/pdml.rs"]
mod pdml;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use layercake::capture::{CaptureError, Item, Reader};
use layercake::packet::{Decoder, LinkType};

use compare::{Both, Difference};
use dissectors::DISSECTORS;
use explained::EXPLAINED;

/// Processes of tshark at a time.
const PROCESSES: usize = 2;
/// Failures that are printed.
const PRINTED: usize = 50;
/// What tshark makes of every length that is greater.
const LONGEST_OF_TSHARK: usize = i32::MAX as usize;
/// Of one field, in one file.
const PER_FIELD: u64 = 3;
const PREFERENCES: &[&str] = &[
    "tcp.desegment_tcp_streams:FALSE",
    "dns.desegment_dns_messages:FALSE",
    "ip.defragment:FALSE",
    "ipv6.defragment:FALSE",
    "tcp.analyze_sequence_numbers:FALSE",
    "tcp.relative_sequence_numbers:FALSE",
    "tcp.calculate_timestamps:FALSE",
    "udp.calculate_timestamps:FALSE",
    "ip.check_checksum:TRUE",
    "tcp.check_checksum:TRUE",
    "udp.check_checksum:TRUE",
    "udplite.check_checksum:TRUE",
    "eth.check_fcs:TRUE",
    "sctp.checksum:CRC 32c",
    "sctp.reassembly:FALSE",
    "sctp.relative_tsns:FALSE",
    "sctp.tsn_analysis:FALSE",
];

#[derive(Default, Clone)]
struct Count {
    compared: u64,
    explained: u64,
    missing: u64,
    failed: u64,
}

/// What all files come to.
#[derive(Default)]
struct Report {
    counts: BTreeMap<&'static str, Count>,
    explained: BTreeMap<usize, (u64, String)>,
    missing: BTreeMap<String, (u64, String)>,
    failures: Vec<String>,
    /// Failures by field, with the first of each.
    failed: BTreeMap<String, (u64, String)>,
    files: u64,
    packets: u64,
    skipped_files: BTreeMap<u32, u64>,
    skipped: u64,
    converted: u64,
    not_read: Vec<String>,
    no_captures: Vec<String>,
    damaged: Vec<String>,
    ended_early: Vec<String>,
    /// Differences by file.
    differing: BTreeMap<String, u64>,
}

impl Report {
    fn add(&mut self, other: Report) {
        for (name, count) in other.counts {
            let sum = self.counts.entry(name).or_default();
            sum.compared += count.compared;
            sum.explained += count.explained;
            sum.missing += count.missing;
            sum.failed += count.failed;
        }
        for (rule, (count, first)) in other.explained {
            self.explained.entry(rule).or_insert((0, first)).0 += count;
        }
        for (name, (count, first)) in other.missing {
            self.missing.entry(name).or_insert((0, first)).0 += count;
        }
        for (name, (count, first)) in other.failed {
            self.failed.entry(name).or_insert((0, first)).0 += count;
        }
        for (link, count) in other.skipped_files {
            *self.skipped_files.entry(link).or_default() += count;
        }
        self.failures.extend(other.failures);
        self.files += other.files;
        self.packets += other.packets;
        self.skipped += other.skipped;
        self.converted += other.converted;
        self.not_read.extend(other.not_read);
        self.no_captures.extend(other.no_captures);
        self.damaged.extend(other.damaged);
        self.ended_early.extend(other.ended_early);
        self.differing.extend(other.differing);
    }
}

struct Tools {
    configuration: PathBuf,
    scratch: PathBuf,
}

impl Tools {
    fn command(&self, tool: &str) -> Command {
        let mut command = Command::new(tool);
        command.env("WIRESHARK_CONFIG_DIR", &self.configuration).env("TZ", "UTC").stdin(Stdio::null());
        command
    }

    /// What a tool prints; it must be installed and succeed.
    fn print(&self, tool: &str, arguments: &[&str]) -> String {
        let output = self.command(tool).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{tool} cannot be run ({error}); install tshark"));
        assert!(
            output.status.success(),
            "{tool} {arguments:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[test]
fn every_field_against_tshark() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tshark-{}", std::process::id()));
    let configuration = scratch.join("configuration");
    fs::create_dir_all(&configuration).unwrap();
    let tools = Tools { configuration, scratch: scratch.clone() };
    let version = tools.print("tshark", &["--version"]);
    println!("{}", version.lines().find(|line| line.contains("TShark")).unwrap_or("?"));
    tools.print("editcap", &["--version"]);
    disable_dissectors(&tools);
    let unknown = unknown_names(&tools);

    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = here.join("../shared/captures");
    assert!(shared.is_dir(), "the captures are not there: {} is no directory", shared.display());
    let mut files = Vec::new();
    for (folder, name) in [(here.join("fixtures"), "fixtures"), (shared.clone(), "captures")] {
        find(&folder, name, &mut files);
    }
    if let Ok(only) = std::env::var("ONLY") {
        files.retain(|(_, name)| only.split(',').any(|only| name.contains(only)));
    }
    // The largest first, so that no process is left alone with it at the end.
    files.sort_by_key(|(path, _)| std::cmp::Reverse(fs::metadata(path).map_or(0, |meta| meta.len())));

    let next = AtomicUsize::new(0);
    let total = Mutex::new(Report::default());
    std::thread::scope(|scope| {
        for _ in 0..PROCESSES {
            scope.spawn(|| {
                while let Some((path, name)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut report = file(&tools, path, name);
                    let counts = report.counts.values();
                    let different = counts.map(|count| count.missing + count.failed).sum::<u64>();
                    if different > 0 {
                        report.differing.insert(name.to_owned(), different);
                    }
                    total.lock().unwrap().add(report);
                }
            });
        }
    });
    let _ = fs::remove_dir_all(scratch);
    let manifest = fs::read_to_string(shared.join("MANIFEST.tsv")).expect("the captures have a manifest");
    let mut report = total.into_inner().unwrap();
    report.failures.sort();
    print(&report);
    for line in manifest.lines().skip(1) {
        let name = format!("captures/{}", line.split('\t').next().unwrap_or_default());
        assert!(!report.no_captures.contains(&name), "{name} is a capture and was not taken for one");
    }
    judge(&report, &unknown);
}

/// Turns off every dissector that is not one of our headers'.
fn disable_dissectors(tools: &Tools) {
    let keep = |name: &str| {
        name.starts_with("_ws.")
            || DISSECTORS.contains(&name)
            || ["ip.", "ipv6.", "mip6.", "tcp."].iter().any(|prefix| name.starts_with(prefix))
    };
    let protocols = tools.print("tshark", &["-G", "protocols"]);
    let names = protocols.lines().filter_map(|line| line.split('\t').nth(2)).filter(|name| !keep(name));
    let list: String = names.map(|name| format!("{name}\n")).collect();
    fs::write(tools.configuration.join("disabled_protos"), list).unwrap();
}

/// Names in our tables that tshark does not know and no list answers for.
fn unknown_names(tools: &Tools) -> Vec<&'static str> {
    let list = tools.print("tshark", &["-G", "fields"]);
    let theirs: BTreeSet<&str> = list
        .lines()
        .filter(|line| line.starts_with(['F', 'P']))
        .filter_map(|line| line.split('\t').nth(2))
        .collect();
    our_names()
        .into_iter()
        .filter(|name| !theirs.contains(name) && !aliases::OURS_ALONE.iter().any(|(alone, _)| alone == name))
        .collect()
}

fn our_names() -> BTreeSet<&'static str> {
    use layercake::packet::registry::{KINDS, built_in};
    let protocols = KINDS.iter().filter_map(|kind| built_in(*kind));
    protocols
        .flat_map(|protocol| {
            let tables = protocol.tables.iter().chain(protocol.lists).flat_map(|table| table.iter());
            let generated = protocol.generated.iter().map(|generated| &generated.info);
            protocol.fields.iter().chain(tables).chain(generated).chain([protocol.payload])
        })
        .map(|info| info.name)
        .collect()
}

/// Every file of a folder, by its path and its name in reports.
fn find(folder: &Path, name: &str, files: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() { find(&path, &name, files) } else { files.push((path, name)) }
    }
}

/// Files that tshark does not read to their end, and we do.
const FURTHER: &[(&str, &str)] =
    &[("fixtures/formats/other-blocks.pcapng", "a broken list of options ends its reading")];

/// Packets with another time, and why: file, number.
const OTHER_TIMES: &[(&str, u64, &str)] = &[(
    "fixtures/formats/resolutions.pcapng",
    3,
    "the fraction in picoseconds, times 10^9, does not fit into the 64 bits that tshark has for it",
)];

fn open(path: &Path) -> Result<Reader<File>, CaptureError> {
    Reader::open(path)
}

/// What is wrong with a file, and what of it is whole. How a reader goes on behind that is a guess, so such a file is
/// compared up to there.
fn damage(path: &Path) -> Option<(String, Vec<u8>)> {
    let mut reader = open(path).ok()?;
    let mut whole = Vec::new();
    loop {
        match reader.next_item() {
            Ok(Some(item)) => whole.extend(match item {
                Item::Start(start) => start.raw,
                Item::Record(record) => record.raw(),
                Item::Interface(block) | Item::Other(block) => block.raw,
                _ => panic!("{item:?}"),
            }),
            Ok(None) => return None,
            Err(error @ CaptureError::Io(_)) => panic!("{}: {error}", path.display()),
            Err(error) => return Some((error.to_string(), whole)),
        }
    }
}

/// Compares one file.
fn file(tools: &Tools, path: &Path, name: &str) -> Report {
    let mut report = Report::default();
    let path = match open(path) {
        Ok(_) => path.to_owned(),
        Err(CaptureError::NotRead { .. }) => {
            let converted = tools.scratch.join(name.replace('/', "_"));
            let mut command = tools.command("editcap");
            let output = command.args(["-F", "pcapng"]).args([path, &converted]).output().unwrap();
            if !output.status.success() || open(&converted).is_err() {
                report.files += 1;
                report.not_read.push(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim()));
                return report;
            }
            report.converted += 1;
            converted
        }
        Err(_) => {
            report.no_captures.push(name.to_owned());
            return report;
        }
    };
    report.files += 1;
    let path = match damage(&path) {
        None => path,
        Some((error, whole)) => {
            report.damaged.push(format!("{name}: {error}"));
            let cut = tools.scratch.join(format!("whole_{}", name.replace('/', "_")));
            fs::write(&cut, whole).unwrap();
            cut
        }
    };
    let mut links: BTreeMap<u32, u64> = BTreeMap::new();
    let mut reader = open(&path).unwrap();
    while let Ok(Some(record)) = reader.next() {
        *links.entry(record.frame.link.0).or_default() += 1;
    }
    if !links.is_empty() && links.keys().all(|link| !LinkType(*link).is_decoded()) {
        for (link, count) in links {
            *report.skipped_files.entry(link).or_default() += 1;
            report.skipped += count;
        }
        return report;
    }
    let mut reader = open(&path).unwrap();
    let mut command = tools.command("tshark");
    command.args(["-n", "-T", "pdml"]);
    for preference in PREFERENCES {
        command.args(["-o", preference]);
    }
    command.arg("-r").arg(&path).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut tshark = command.spawn().unwrap();
    let mut packets = pdml::Packets::new(BufReader::with_capacity(1 << 16, tshark.stdout.take().unwrap()));
    let mut known = our_names();
    known.extend(["eth.fcs", "eth.padding", "eth.trailer"]);
    loop {
        let record = reader.next();
        let theirs = packets.next();
        let at = |number: u64| format!("{name} {number}");
        match (record, theirs) {
            (Ok(Some(record)), Ok(Some(theirs))) => {
                report.packets += 1;
                let lengths = |field| theirs.field(field).and_then(|field| compare::number_of(&field.show));
                let captured = record.frame.bytes.len() as u64;
                // A frame is at least as long as what was captured of it, whatever the file says.
                let length = lengths("frame.len").map(|length| length.max(captured));
                let most = record.frame.length.min(LONGEST_OF_TSHARK) as u64;
                if lengths("frame.cap_len") != Some(captured) || length != Some(most) {
                    report.failures.push(format!(
                        "{}: another length: ours {captured} of {}, tshark {length:?}",
                        at(record.number),
                        record.frame.length
                    ));
                }
                let time = theirs.field("frame.time_epoch").map(|field| field.show.as_str());
                let ours = record.time.map(|time| time.to_string());
                // Before 1970 and after 2554 there is no time here.
                let seconds = |time: &str| time.split('.').next().and_then(|whole| whole.parse::<u64>().ok());
                let time =
                    time.filter(|time| seconds(time).is_some_and(|whole| whole <= u64::MAX / 1_000_000_000));
                // tshark refuses fractions of a second or more; here they carry over.
                let is_known =
                    OTHER_TIMES.iter().any(|(file, number, _)| (*file, *number) == (name, record.number));
                let differs = time != ours.as_deref() && !theirs.remarks("frame.time_invalid");
                if differs != is_known {
                    report
                        .failures
                        .push(format!("{}: another time: ours {ours:?}, tshark {time:?}", at(record.number)));
                }
                if !record.frame.link.is_decoded() {
                    report.skipped += 1;
                    report.packets -= 1;
                    continue;
                }
                let packet = Decoder::new().packet(record.frame);
                let ours = compare::ours(&packet);
                let both = Both { packet: &packet, ours: &ours, theirs: &theirs };
                let outcome = compare::compare(&both);
                for (protocol, compared) in &outcome.compared {
                    report.counts.entry(protocol).or_default().compared += compared;
                }
                for difference in &outcome.differences {
                    judge_difference(&mut report, difference, &both, &known, &at(record.number));
                }
            }
            (Ok(None), Ok(None)) => break,
            (ours, theirs) => {
                let us = match &ours {
                    Ok(record) => if record.is_some() { "goes on" } else { "ends" }.to_owned(),
                    Err(error) => error.to_string(),
                };
                let them = match &theirs {
                    Ok(packet) => {
                        if packet.is_some() {
                            "goes on"
                        } else {
                            "ends"
                        }
                    }
                    Err(_) => "ends within a packet",
                };
                if !FURTHER.iter().any(|(known, _)| *known == name) {
                    report.ended_early.push(format!("{name}: ours {us}; tshark {them}"));
                }
                let _ = tshark.kill();
                break;
            }
        }
    }
    let _ = tshark.wait();
    report
}

fn judge_difference(
    report: &mut Report,
    difference: &Difference<'_>,
    both: &Both<'_>,
    known: &BTreeSet<&'static str>,
    at: &str,
) {
    let name = difference.name();
    let line = format!("{at}: {difference}");
    let count = report.counts.entry(compare::protocol_of(name).unwrap_or("?")).or_default();
    if let Some(rule) = EXPLAINED.iter().position(|rule| (rule.holds)(difference, both)) {
        count.explained += 1;
        report.explained.entry(rule).or_insert((0, line)).0 += 1;
    } else if matches!(difference, Difference::NotOurs { .. }) && !known.contains(name) {
        count.missing += 1;
        report.missing.entry(name.to_owned()).or_insert((0, line)).0 += 1;
    } else {
        count.failed += 1;
        report.failed.entry(name.to_owned()).or_insert((0, line.clone())).0 += 1;
        if report.failed[name].0 <= PER_FIELD {
            report.failures.push(line);
        }
    }
}

fn print(report: &Report) {
    println!(
        "{} files, {} of them converted, {} packets compared",
        report.files, report.converted, report.packets
    );
    println!("{} packets of link types that are not decoded: {:?}", report.skipped, report.skipped_files);
    println!("{} files that are no captures", report.no_captures.len());
    println!("{} files that cannot be converted", report.not_read.len());
    for line in &report.not_read {
        println!("  {line}");
    }
    println!("{} files that are damaged, compared as far as they are whole", report.damaged.len());
    for line in &report.damaged {
        println!("  {line}");
    }
    println!("{} files that do not end alike", report.ended_early.len());
    for line in &report.ended_early {
        println!("  {line}");
    }
    println!(
        "{:10} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "", "compared", "equal", "explained", "missing", "different"
    );
    let mut sum = Count::default();
    for (protocol, count) in &report.counts {
        row(protocol, count);
        sum.compared += count.compared;
        sum.explained += count.explained;
        sum.missing += count.missing;
        sum.failed += count.failed;
    }
    row("all", &sum);
    println!("explained:");
    for (rule, (count, first)) in &report.explained {
        println!("  {count:6} {}: {}", EXPLAINED[*rule].title, EXPLAINED[*rule].why);
        println!("         first in {first}");
    }
    println!("files that differ:");
    for (name, count) in &report.differing {
        println!("  {count:6} in {name}");
    }
    println!("missing:");
    for (name, (count, first)) in &report.missing {
        println!("  {count:6} {name}: first in {first}");
    }
    println!("different:");
    for (count, first) in report.failed.values() {
        println!("  {count:6} first in {first}");
    }
    println!("the first differences:");
    for line in report.failures.iter().take(PRINTED) {
        println!("  {line}");
    }
}

fn row(protocol: &str, count: &Count) {
    let Count { compared, explained, missing, failed } = *count;
    let equal = compared - explained - missing - failed;
    println!("{protocol:10} {compared:>10} {equal:>10} {explained:>10} {missing:>10} {failed:>10}");
}

fn judge(report: &Report, unknown: &[&str]) {
    let sum = |of: fn(&Count) -> u64| report.counts.values().map(of).sum::<u64>();
    assert_eq!(sum(|count| count.missing), 0, "fields of tshark's that we lack");
    assert_eq!(sum(|count| count.failed), 0, "fields that differ");
    assert!(report.failures.is_empty(), "lengths or times differ");
    assert!(report.ended_early.is_empty(), "files do not end alike");
    assert!(unknown.is_empty(), "names in our tables that tshark does not know: {unknown:?}");
    let (compared, explained) = (sum(|count| count.compared), sum(|count| count.explained));
    let few = std::env::var_os("ONLY").is_some();
    assert!(
        few || explained * 200 < compared,
        "{explained} of {compared} are explained, which is 0.5 % or more"
    );
}
