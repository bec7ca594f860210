//! Every expectation of the tour can fail: with one number in it one greater, or the other relation.

use crate::{read, scenarios};
use layercake::sim::Scenario;

/// The expectations of a scenario, as they are written.
fn expectations(text: &str) -> Vec<String> {
    let table = toml::de::DeTable::parse(text).unwrap().into_inner();
    let list = table["expect"].get_ref().as_array().unwrap();
    list.iter().map(|text| text.get_ref().as_str().unwrap().to_owned()).collect()
}

/// The same scenario that expects other things.
fn expecting(text: &str, expectations: &[String]) -> Scenario {
    let value = format!("{expectations:?}");
    let none = |_: &str| Err(std::io::Error::other("there are no files here"));
    let set = [("expect".to_owned(), value)];
    Scenario::read(text, &none, &set).unwrap_or_else(|bad| panic!("{bad}\n{expectations:#?}"))
}

/// Where the relation of an expectation stands that is outside of all brackets, or, with a colon, the last.
fn relation(text: &str) -> (usize, &'static str) {
    let (mut depth, mut found) = (0, None);
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 => {
                let relations = ["==", "!=", "<=", ">=", "<", ">"];
                let here = relations.into_iter().find(|relation| text[at..].starts_with(relation));
                // The second sign of the one that was found is none by itself.
                if let Some(relation) = here
                    && found.is_none_or(|(before, what): (usize, &str)| before + what.len() <= at)
                {
                    found = Some((at, relation));
                }
            }
            _ => {}
        }
    }
    found.unwrap_or_else(|| panic!("no relation in {text}"))
}

/// What must not hold: the other relation and, of what is equal, any number of the right side or of a filter one greater.
fn mutants(text: &str) -> Vec<String> {
    let (at, sign) = relation(text);
    let behind = at + sign.len();
    let other = match sign {
        "==" => "!=",
        "!=" => "==",
        "<=" => ">",
        ">=" => "<",
        "<" => ">=",
        _ => "<=",
    };
    // What has not come true at the beginning is no mistake, if it comes true in time.
    let mut mutants = match text.contains(" within ") {
        true => Vec::new(),
        false => vec![format!("{}{other}{}", &text[..at], &text[behind..])],
    };
    if sign != "==" {
        return mutants;
    }
    // The time of "at 5s" is another matter.
    let end = text.rfind(" at ").or_else(|| text.rfind(" within ")).unwrap_or(text.len());
    mutants.extend(numbers(text, behind..end));
    // A filter that finds nothing finds nothing with another number either.
    if text[behind..end].trim() != "0" {
        mutants.extend(numbers(text, 0..at));
    }
    mutants
}

/// The text with each of the numbers in a part of it one greater: those that stand by themselves, so no parts of names and addresses.
fn numbers(text: &str, part: std::ops::Range<usize>) -> Vec<String> {
    let bytes = text.as_bytes();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b".:_-/\"".contains(&byte);
    let mut mutants = Vec::new();
    let (mut at, mut quoted) = (part.start, false);
    while at < part.end {
        let start = at;
        if bytes[at] == b'"' {
            quoted = !quoted;
        }
        while at < part.end && word(bytes[at]) && (at == start || bytes[at] != b'"') {
            at += 1;
        }
        at = at.max(start + 1);
        let digits = text[start..at].bytes().take_while(u8::is_ascii_digit).count();
        let unit = &text[start + digits..at];
        if !quoted && digits > 0 && unit.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            let number: u64 = text[start..start + digits].parse().unwrap();
            // A flag is 0 or not: 2 is the same as 1.
            let name = text[..start].trim_end_matches([' ', '=']).rsplit(' ').next().unwrap_or_default();
            let other = if name.contains(".flags.") { 1 - number } else { number + 1 };
            mutants.push(format!("{}{other}{}", &text[..start], &text[start + digits..]));
        }
    }
    mutants
}

#[test]
fn every_expectation_can_fail() {
    let (mut tried, mut survived) = (0, Vec::new());
    for (name, text) in scenarios() {
        let mutants: Vec<String> = expectations(&text).iter().flat_map(|text| mutants(text)).collect();
        tried += mutants.len();
        let scenario = expecting(&text, &mutants);
        let report = scenario.run().unwrap();
        for verdict in report.verdicts.iter().filter(|verdict| verdict.holds) {
            if !verdict.expectation.starts_with("the fingerprint") {
                survived.push(format!("{name}: {}", verdict.expectation));
            }
        }
        read(&name, &text);
    }
    assert!(tried > 500, "{tried}");
    assert!(survived.is_empty(), "{}", survived.join("\n"));
}

#[test]
fn mutants_by_hand() {
    assert_eq!(
        mutants("sent(a, tcp.flags.syn == 1) == 2 at 5s"),
        [
            "sent(a, tcp.flags.syn == 1) != 2 at 5s",
            "sent(a, tcp.flags.syn == 1) == 3 at 5s",
            "sent(a, tcp.flags.syn == 0) == 2 at 5s"
        ]
    );
    assert_eq!(mutants("ping.rtt_max >= 10ms"), ["ping.rtt_max < 10ms"]);
    assert_eq!(mutants("a.x == 2 * 10ms"), ["a.x != 2 * 10ms", "a.x == 3 * 10ms", "a.x == 2 * 11ms"]);
    assert_eq!(mutants("sent(b): min(x) == 0"), ["sent(b): min(x) != 0", "sent(b): min(x) == 1"]);
    assert_eq!(
        mutants("arrived(a, ip.src == 10.0.0.1) == 3"),
        ["arrived(a, ip.src == 10.0.0.1) != 3", "arrived(a, ip.src == 10.0.0.1) == 4"]
    );
}
