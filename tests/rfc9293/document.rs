//! `docs/rfc9293.md` says what holds: every requirement is there, and every test that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The identifiers of RFC 9293 Appendix B: how many there are of each kind. They have no gaps.
const REQUIREMENTS: [(&str, usize); 4] = [("MUST", 69), ("SHLD", 31), ("MAY", 18), ("REC", 1)];

/// A row of the tables.
struct Row {
    id: String,
    status: String,
    tests: Vec<String>,
}

fn rows() -> Vec<Row> {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rfc9293.md")).unwrap();
    let is_row = |line: &&str| REQUIREMENTS.iter().any(|(kind, _)| line.starts_with(&format!("| {kind}-")));
    text.lines()
        .filter(is_row)
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [id, what, section, status, tests] = cells[..] else { panic!("five columns: {line}") };
            assert!(!what.is_empty() && !section.is_empty(), "{line}");
            let tests = tests.split(',').map(|name| name.trim().trim_matches('`').to_string());
            Row {
                id: id.into(),
                status: status.into(),
                tests: tests.filter(|name| !name.is_empty()).collect(),
            }
        })
        .collect()
}

/// The names of all functions that are tests, in the files below a folder.
fn tests_below(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_below(&path, names);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if let Some(name) = line.strip_prefix("fn ").filter(|_| is_test) {
                    names.insert(name.split('(').next().unwrap().to_string());
                }
                is_test = line == "#[test]" || (is_test && line.starts_with("#["));
            }
        }
    }
}

fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    tests_below(&root.join("tests"), &mut names);
    tests_below(&root.join("src/stack"), &mut names);
    names.extend(scripts().into_keys());
    names
}

/// The scripts of `tests/drill`, by their names there, with their texts.
fn scripts() -> BTreeMap<String, String> {
    fn below(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(root, &path, found);
            } else if path.extension().is_some_and(|end| end == "pkt") {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drill");
    let mut found = BTreeMap::new();
    below(&root, &root, &mut found);
    found
}

/// A script that says which requirement it shows stands in that row, and the other way round.
#[test]
fn scripts_stand_where_they_say() {
    let rows = rows();
    for (name, text) in scripts() {
        let words = |text: &str| -> BTreeSet<String> {
            let id = |word: &str| word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
            text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
                .filter(|word| {
                    id(word) && REQUIREMENTS.iter().any(|(kind, _)| word.starts_with(&format!("{kind}-")))
                })
                .map(str::to_owned)
                .collect()
        };
        let said = words(&text);
        let listed: BTreeSet<String> =
            rows.iter().filter(|row| row.tests.contains(&name)).map(|row| row.id.clone()).collect();
        assert_eq!(said, listed, "{name}: what it says, and where it stands");
    }
}

/// Each requirement has one row, in the order of the numbers.
#[test]
fn every_requirement_is_there() {
    let mut by_kind: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in rows() {
        let (kind, number) = row.id.split_once('-').unwrap();
        by_kind.entry(kind.into()).or_default().push(number.parse().unwrap());
    }
    for (kind, count) in REQUIREMENTS {
        assert_eq!(by_kind[kind], (1..=count).collect::<Vec<_>>(), "{kind}");
    }
}

/// A status is one of four, with a reason where something is missing; what is done names its tests, and they are there.
#[test]
fn every_status_is_backed() {
    let there = tests();
    for Row { id, status, tests } in rows() {
        let (word, reason) =
            status.split_once(':').map_or((&*status, ""), |(word, reason)| (word, reason.trim()));
        match word {
            "done" => {
                assert!(!tests.is_empty(), "{id} is done, and names no test");
                for name in &tests {
                    assert!(there.contains(name), "{id}: there is no test `{name}`");
                }
            }
            // Of the floors around TCP: the test is still to be written. When it is there, the status is out of date.
            "stack" => {
                assert!(!tests.is_empty(), "{id} names no test");
                assert!(!tests.iter().all(|name| there.contains(name)), "{id} is done: its tests are there");
            }
            "not done" => assert!(!id.starts_with("MUST") && !reason.is_empty(), "{id}: {status}"),
            "does not apply" => assert!(!reason.is_empty(), "{id}: why?"),
            _ => panic!("{id}: {status}"),
        }
    }
}
