//! `docs/nat.md` says what holds: every requirement is there, and every test that it names.

use std::collections::BTreeSet;
use std::path::Path;

/// How many requirements each RFC has; RFC 7857 has sections.
const REQUIREMENTS: [(&str, usize); 3] = [("4787", 14), ("5382", 10), ("5508", 11)];

#[test]
fn every_requirement_is_there_and_backed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/nat.md")).unwrap();
    let mut there = BTreeSet::new();
    let files = ["bounds", "icmp", "tcp", "udp"].map(|name| format!("tests/services/nat/{name}.rs"));
    for file in files.iter().map(String::as_str).chain(["src/stack/nat/tcp.rs"]) {
        let source = std::fs::read_to_string(root.join(file)).unwrap();
        let lines: Vec<&str> = source.lines().map(str::trim).collect();
        let tests = lines.windows(2).filter(|pair| pair[0] == "#[test]");
        there.extend(
            tests.map(|pair| pair[1].trim_start_matches("fn ").split('(').next().unwrap().to_string()),
        );
    }
    let (mut ids, mut named) = (Vec::new(), BTreeSet::new());
    for line in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| id ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, what, status, tests] = cells[..] else { panic!("four columns: {line}") };
        let (word, reason) = status.split_once(": ").unwrap_or((status, ""));
        let tests: Vec<&str> =
            tests.split(", ").map(|name| name.trim_matches('`')).filter(|name| !name.is_empty()).collect();
        match word {
            "done" => assert!(!tests.is_empty(), "{id} names no test"),
            "not done" | "does not apply" => assert!(!reason.is_empty(), "{id}: why?"),
            _ => panic!("{id}: {status}"),
        }
        for name in tests {
            assert!(there.contains(name), "{id}: there is no test `{name}`");
            named.insert(name.to_string());
        }
        assert!(!what.is_empty());
        ids.push(id.to_string());
    }
    for (rfc, count) in REQUIREMENTS {
        let of: Vec<String> = ids.iter().filter(|id| id.starts_with(rfc)).cloned().collect();
        assert_eq!(of, (1..=count).map(|number| format!("{rfc}-{number}")).collect::<Vec<_>>());
    }
    assert_eq!(there.difference(&named).collect::<Vec<_>>(), Vec::<&String>::new(), "no row names them");
}
