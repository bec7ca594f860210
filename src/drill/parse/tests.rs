//! What is read, what is shown again, and what is said of what cannot be read.

mod bad;
mod good;
mod hostile;
mod shown;

use super::*;
use crate::drill::script::{Action, Packet};

fn parse(text: &str) -> Script {
    let wrong = |mistake: Mistake| panic!("{mistake} at {:?} in\n{text}", mistake.span);
    Script::parse(text, &[]).unwrap_or_else(wrong)
}

/// The only event of a script.
fn event(text: &str) -> Event {
    let mut script = parse(text);
    assert_eq!(script.events.len(), 1, "{text}");
    script.events.remove(0)
}

/// The packet that is expected in the only event of a script.
fn packet(text: &str) -> Packet {
    match event(&format!("0 > {text}")).action {
        Action::Expect(packet) => packet,
        other => panic!("{other:?}"),
    }
}

/// What a value is, without its places: `12..34`.
fn placeless(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let mut left = String::new();
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once("..") {
        left.push_str(before.trim_end_matches(|sign: char| sign.is_ascii_digit()));
        rest = behind.trim_start_matches(|sign: char| sign.is_ascii_digit());
    }
    left + rest
}
