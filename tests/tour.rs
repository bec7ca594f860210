//! The tour: every scenario of `fixtures/scenarios` comes out as it says, and says something.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod tour {
    mod mutate;
}

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use layercake::link::{Event, Orders};
use layercake::sim::{Ended, Report, Run, Scenario, Sent, Watch};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/scenarios");
const TEXT: &str = include_str!("../docs/tour.md");
/// Lessons of the textbook.
const LESSONS: usize = 20;

/// All scenarios: the names of their files, and what is in them.
fn scenarios() -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(read)
        .collect()
}

fn read(name: &str, text: &str) -> Scenario {
    text.parse().unwrap_or_else(|bad| panic!("{name}: {bad}"))
}

fn run(name: &str, scenario: &Scenario) -> Report {
    scenario.run().unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Writes the fingerprint of a run into its scenario: behind what is expected.
fn with_fingerprint(name: &str, text: &str, fingerprint: u64) -> String {
    let without: Vec<&str> = text.lines().filter(|line| !line.starts_with("fingerprint = ")).collect();
    let end =
        without.iter().position(|line| *line == "]").unwrap_or_else(|| panic!("{name}: nothing is expected"));
    let (before, behind) = without.split_at(end + 1);
    let text =
        format!("{}\nfingerprint = \"{fingerprint:016x}\"\n{}\n", before.join("\n"), behind.join("\n"));
    std::fs::write(format!("{FOLDER}/{name}"), &text).unwrap();
    text
}

/// `TOUR=overwrite cargo test --test tour` writes the fingerprints anew.
#[test]
fn all_come_out_as_they_say() {
    let overwrite = std::env::var_os("TOUR").is_some_and(|word| word == "overwrite");
    let mut wrong = Vec::new();
    for (name, text) in scenarios() {
        let mut scenario = read(&name, &text);
        if overwrite {
            scenario = read(&name, &with_fingerprint(&name, &text, run(&name, &scenario).fingerprint));
        }
        let begin = Instant::now();
        let report = run(&name, &scenario);
        eprintln!("{name}: {} frames, {:?}", report.frames, begin.elapsed());
        let (expectations, fingerprints): (Vec<_>, Vec<_>) = report
            .verdicts
            .iter()
            .partition(|verdict| !verdict.expectation.starts_with("the fingerprint is "));
        if expectations.len() < 3 || fingerprints.len() != 1 {
            wrong.push(format!("{name}: fewer than three expectations, or no fingerprint"));
        }
        for verdict in report.verdicts.iter().filter(|verdict| !verdict.holds) {
            wrong.push(format!("{name}: {}: {}", verdict.expectation, verdict.found.join("; ")));
        }
        let again = run(&name, &scenario);
        assert_eq!(report.fingerprint, again.fingerprint, "{name}: two runs");
        assert_eq!(report.timeline, again.timeline, "{name}: two runs");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where chance decides, another seed is other luck. Everywhere else a seed changes ports and sequence numbers, and where there are
/// none, nothing.
#[test]
fn another_seed_is_another_run() {
    let mut same = Vec::new();
    for (name, text) in scenarios() {
        let scenario = read(&name, &text);
        // These are long, and without chance.
        if name.starts_with("16") {
            continue;
        }
        let other = scenario.clone().with_seed(scenario.seed() + 1);
        if run(&name, &scenario).fingerprint == run(&name, &other).fingerprint {
            same.push(name);
        }
    }
    assert_eq!(same, WITHOUT_CHANCE);
}

/// Nothing in these is random: ICMP and ARP alone, or no frame at all.
const WITHOUT_CHANCE: [&str; 0] = [];

/// Scenarios stay readable: short, with a title and sentences that lead to RFCs.
#[test]
fn all_can_be_read() {
    for (name, text) in scenarios() {
        let scenario = read(&name, &text);
        assert!(scenario.title().is_some_and(|title| title.len() <= 80), "{name}");
        let about = scenario.about().unwrap_or_default();
        let sentences = about.replace('\n', " ").matches(". ").count();
        assert!((2..=10).contains(&sentences), "{name}: {sentences} sentences");
        assert!(about.contains("https://www.rfc-editor.org/rfc/rfc"), "{name}");
        assert!(text.lines().count() <= 110, "{name} has {} lines", text.lines().count());
        assert!(text.matches("    # ").count() >= 1, "{name} has no comment");
    }
}

/// Lessons with the files that stand under their headings.
fn lessons() -> BTreeMap<usize, (String, Vec<String>)> {
    let mut lessons: BTreeMap<usize, (String, Vec<String>)> = BTreeMap::new();
    let mut now = 0;
    for line in TEXT.lines() {
        if let Some(heading) = line.strip_prefix("## ")
            && let Some((number, title)) = heading.split_once(' ')
            && let Ok(number) = number.trim_end_matches('.').parse()
        {
            now = number;
            lessons.insert(number, (title.to_owned(), Vec::new()));
        } else if let Some((_, files)) = lessons.get_mut(&now) {
            let words = line.split(|sign: char| !(sign.is_ascii_alphanumeric() || "-_./".contains(sign)));
            let named = words.filter_map(|word| word.strip_suffix(".toml"));
            files.extend(named.map(|word| format!("{}.toml", word.rsplit('/').next().unwrap())));
        }
    }
    lessons
}

#[test]
fn the_text_has_every_scenario_in_its_lesson() {
    let lessons = lessons();
    assert_eq!(lessons.keys().copied().collect::<Vec<_>>(), (1..=LESSONS).collect::<Vec<_>>());
    for (number, (title, named)) in &lessons {
        let of = |name: &String| name.starts_with(&format!("{number:02}-"));
        let there: Vec<String> = scenarios().into_iter().map(|(name, _)| name).filter(of).collect();
        assert!((1..=4).contains(&there.len()), "lesson {number}, {title}: {there:?}");
        for name in &there {
            assert!(named.contains(name), "lesson {number}, {title}, does not name {name}");
        }
        for name in named {
            assert!(
                there.contains(name),
                "lesson {number}, {title}, names {name}, which is none of its scenarios"
            );
        }
    }
}

/// What goes over each link: what is sent when, by which end, and what becomes of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wires(BTreeMap<usize, Vec<(u64, u64, Vec<u8>)>>);

impl Wires {
    fn note(&mut self, cable: usize, time: u64, what: u64, frame: &[u8]) {
        self.0.entry(cable).or_default().push((time, what, frame.to_vec()));
    }
}

impl Watch for Wires {
    fn sent(&mut self, sent: &Sent<'_>) -> Orders {
        if let Some((cable, side)) = sent.cable {
            self.note(cable.0, sent.time.nanoseconds(), side as u64, sent.frame);
        }
        Orders::default()
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        let side = 2 * ended.direction as u64;
        match ended.event {
            Event::Arrived(delivery) => {
                self.note(ended.cable.0, delivery.time.nanoseconds(), 2 + side, &delivery.frame.frame);
            }
            Event::Dropped(dropped) => self.note(ended.cable.0, dropped.time.nanoseconds(), 3 + side, &[]),
        }
    }
}

fn wires(name: &str, text: &str) -> Wires {
    let scenario = read(name, text);
    let mut wires = Wires::default();
    let mut run = Run::new(&scenario).unwrap();
    run.watch(&mut wires);
    run.until(scenario.duration()).unwrap();
    drop(run);
    wires
}

/// A node with which nobody talks changes no frame of the others, nor when it is sent, nor what becomes of it.
#[test]
fn a_stranger_changes_nothing() {
    for (name, text) in scenarios().into_iter().filter(|(name, _)| !name.starts_with("16")) {
        let before = wires(&name, &text);
        // The first link is that of the others, so that their numbers stay.
        let alone = format!("{text}\n[nodes.stranger-1]\naddress = \"100.64.0.1/24\"\n");
        assert_eq!(before, wires(&name, &alone), "{name}: with a node that is not plugged in");
        let two = format!(
            "{alone}[nodes.stranger-2]\naddress = \"100.64.0.2/24\"\n[[links]]\nbetween = [\"stranger-1\", \"stranger-2\"]\nloss = \"50%\"\n\
             [[apps]]\non = \"stranger-1\"\nname = \"strange\"\nkind = \"ping\"\nto = \"stranger-2\"\ncount = 1000\n"
        );
        let links = read(&name, &text).run().unwrap().links.len();
        let mut after = wires(&name, &two);
        let strange = after.0.remove(&links);
        assert!(strange.is_some_and(|frames| !frames.is_empty()), "{name}");
        assert_eq!(before, after, "{name}: with two that talk to each other");
    }
}
