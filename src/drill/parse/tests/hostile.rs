//! Texts that nobody means well with: nothing panics, and nothing takes long.

use std::time::{Duration, Instant};

use super::good::{BEYOND, SERVER, STRUCTURES};
use super::*;

/// Reads what may be wrong: what is said of it lies in the text, on whole letters.
fn try_parse(text: &str) -> Option<Mistake> {
    let mistake = Script::parse(text, &[]).err()?;
    assert!(text.get(mistake.span.clone()).is_some(), "{mistake} {:?} {text}", mistake.span);
    assert!(mistake.message.len() < 300, "{mistake}");
    Some(mistake)
}

#[test]
fn every_beginning_and_every_turned_bit_is_read_or_refused() {
    let begin = Instant::now();
    for script in [SERVER, BEYOND, STRUCTURES] {
        for end in 0..script.len() {
            script.get(..end).map(try_parse);
        }
        let mut bytes = script.as_bytes().to_vec();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                bytes[place] ^= 1 << bit;
                try_parse(&String::from_utf8_lossy(&bytes));
                bytes[place] ^= 1 << bit;
            }
        }
    }
    assert!(begin.elapsed() < Duration::from_secs(60));
}

#[test]
fn nesting_is_bounded() {
    let deep =
        |open: &str, close: &str| format!("let a = {}1{}", open.repeat(100_000), close.repeat(100_000));
    for text in [
        deep("(", ")"),
        deep("[", "]"),
        deep("{", "}"),
        deep("{a=", "}"),
        deep("f(", ")"),
        deep("-", ""),
        deep("~", ""),
        deep("1+", ""),
        deep("1|(", ")"),
        deep("", "|1"),
        format!("0 > . $({}", "$(".repeat(100_000)),
        "repeat 1 { ".repeat(100_000),
        format!("0 > {}", "(".repeat(100_000)),
    ] {
        assert!(try_parse(&text).is_some());
    }
    let inside = |count| format!("let a = {}1{}", "(".repeat(count), ")".repeat(count));
    parse(&inside(DEEPEST));
    assert!(try_parse(&inside(DEEPEST + 1)).is_some());
    let repeats = |count| format!("{}{}", "repeat 1 { ".repeat(count), "}".repeat(count));
    parse(&repeats(DEEPEST));
    assert!(try_parse(&repeats(DEEPEST + 1)).is_some());
    let sum = |count: usize| format!("let a = 1{}", " + 1".repeat(count));
    parse(&sum(DEEPEST - 1));
    assert!(try_parse(&sum(DEEPEST)).is_some());
}

/// A million bytes of one thing after another.
#[test]
fn time_is_linear_in_the_text() {
    let begin = Instant::now();
    let many = |piece: &str| piece.repeat(1_000_000 / piece.len());
    for text in [
        many("a"),
        many("`"),
        many("\""),
        many("\"a\" "),
        many("%{"),
        many("/*"),
        many("/**/"),
        many("// x\n"),
        many("+0 > . 1:1(0) ack 1\n"),
        many("+0 read(3) = -1 EAGAIN (a"),
        many("--a=b "),
        many("--a=\"b "),
        many("* "),
        many("1"),
        many("0 > icmp x"),
        format!("let a = {}", many("\"\" ")),
        format!("let a = [{}1]", many("1,")),
        format!("let a = {}", many("a.")),
        format!("0 > {}", many(".5")),
        format!("0 > . 1:1(0) <{}", many("nop,")),
        format!("0 > . 1:1(0) <sack {}", many("1:2 ")),
        format!("0 > ipv6 {}", many("1:")),
        format!("0 > gre {}", many("1 ")),
        format!("0 > ({}", many("ttl 1 ")),
        format!("-D a=b %{{ {}", many("\\\"")),
        format!("-D a=b %{{ {} }}%", many("\\\"")),
        format!("-D a=b %{{ {} }}%", many("a ")),
        format!("0 > {}", many("\u{e4}")),
    ] {
        try_parse(&text);
    }
    assert!(begin.elapsed() < Duration::from_secs(60));
}
