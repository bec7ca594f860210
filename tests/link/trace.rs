//! Rates over time.

use layercake::link::{Config, Link, Rate, Trace};
use layercake::time::Time;
use proptest::prelude::*;

use crate::{arrivals, at, drain, numbered};

fn read(text: &str) -> Trace {
    Trace::parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"))
}

fn millisecond(milliseconds: u64) -> Time {
    at(milliseconds * 1_000_000)
}

/// From when on there is which rate, in milliseconds and bits, up to so many changes.
fn changes(trace: &Trace, most: usize) -> Vec<(u64, u64)> {
    let after = |time: &Time| trace.next_change(*time);
    let times = std::iter::successors(Some(Time::ZERO), after).take(most);
    times
        .map(|time| {
            // A nanosecond before it is still as it was.
            let before = time.nanoseconds().checked_sub(1).map(at);
            assert!(before.is_none_or(
                |before| trace.next_change(before) == Some(time) && trace.at(before) != trace.at(time)
            ));
            assert_eq!(time.nanoseconds() % 1_000_000, 0);
            (time.nanoseconds() / 1_000_000, trace.at(time).bits_per_second())
        })
        .collect()
}

#[test]
fn times_with_rates() {
    let (mega, kilo) = (1_000_000, 1_000);
    for (text, expected) in [
        ("0s 10Mbit", vec![(0, 10 * mega)]),
        (
            "# measured\r\n\r\n0s\t10 Mbit\r\n  500ms 0bit\n1.5s 300kbit",
            vec![(0, 10 * mega), (500, 0), (1_500, 300 * kilo)],
        ),
        // The same rate again is no change.
        ("0s 1Mbit\n1s 1Mbit\n2s 2Mbit", vec![(0, mega), (2_000, 2 * mega)]),
        (
            "0s 1Mbit\n1s 2Mbit\n3s repeat",
            vec![
                (0, mega),
                (1_000, 2 * mega),
                (3_000, mega),
                (4_000, 2 * mega),
                (6_000, mega),
                (7_000, 2 * mega),
            ],
        ),
        // It ends as it begins: the next change is in the next round.
        (
            "0s 1Mbit\n1s 2Mbit\n2s 1Mbit\n3s repeat",
            vec![
                (0, mega),
                (1_000, 2 * mega),
                (2_000, mega),
                (4_000, 2 * mega),
                (5_000, mega),
                (7_000, 2 * mega),
            ],
        ),
        ("0s 1Mbit\n3s repeat", vec![(0, mega)]),
    ] {
        assert_eq!(changes(&read(text), 6), expected, "{text}");
    }
    let trace = read("0s 1Mbit\n1s 2Mbit\n3s repeat");
    assert_eq!(trace.next_change(Time::NEVER), None);
    assert_eq!(trace.at(Time::new(3_000_000, 999_999_999)), Rate::mbit(1));
}

/// Each number is 1,504 bytes, 12,032 bits: in 100 ms that is 120,320 bit/s.
#[test]
fn mahimahi() {
    let one = 120_320;
    for (text, expected) in [
        // Each millisecond one: 12.032 Mbit/s, for ever.
        ("1\n", vec![(0, 100 * one)]),
        // 3 in the first 100 ms (0, 50 and 100), none in the next, 2 in the third, which is 50 ms long: so twice the rate. Then again.
        (
            "0\n50\n100\n201\n250\n",
            vec![(0, 3 * one), (100, 0), (200, 4 * one), (250, 3 * one), (350, 0), (450, 4 * one)],
        ),
        (
            "# nothing for a second\n1000\n1000\n",
            vec![(0, 0), (900, 2 * one), (1_000, 0), (1_900, 2 * one), (2_000, 0), (2_900, 2 * one)],
        ),
        ("100\n200\n", vec![(0, one)]),
    ] {
        assert_eq!(changes(&read(text), 6), expected, "{text}");
    }
}

/// A line of 8 Mbit/s for 1.5 ms, and 0.8 Mbit/s from then on: the second frame has begun, and keeps its end.
#[test]
fn a_link_follows_it() {
    let trace = read("0s 8Mbit\n1500us 800kbit\n");
    let mut link = Link::new(&Config { rate: Some(trace.at(Time::ZERO)), ..Config::default() }, 0);
    (0..4).for_each(|n| link.send(at(0), numbered(n, 1_000)));
    let mut now = Time::ZERO;
    while let Some(next) = trace.next_change(now) {
        now = next;
        link.configure(now, &Config { rate: Some(trace.at(now)), ..Config::default() });
    }
    let expected = [(millisecond(1), 0), (millisecond(2), 1), (millisecond(12), 2), (millisecond(22), 3)];
    assert_eq!(arrivals(&drain(&mut link)), expected);
}

#[test]
fn what_is_wrong_has_its_place() {
    for (text, place, message) in [
        ("", 0..0, "there is no line in this trace"),
        ("# 1\n\n", 5..5, "there is no line in this trace"),
        ("1s 10Mbit", 0..2, "the first line is that of 0s"),
        ("0s 10Mbit\n 1s 10Mb\n", 14..18, "10Mb is no rate: a number with bit, kbit, mbit or gbit"),
        ("0s 10Mbit\n1 1Mbit", 10..11, "1 is no time: a number with s, ms, us or ns"),
        ("0s 10Mbit\n5s", 10..12, "5s is no time with a rate"),
        ("0s 1Mbit\n2s 2Mbit\n2000ms 3Mbit", 18..24, "this is not later than the line before"),
        ("0s repeat", 3..9, "repeat is no rate: a number with bit, kbit, mbit or gbit"),
        ("0s 1Mbit\n1s repeat\n2s 1Mbit", 19..27, "nothing comes behind a repeat"),
        ("5\n4\n", 2..3, "this is earlier than the line before"),
        ("5\n6s 1Mbit\n", 2..10, "6s 1Mbit is no whole number of milliseconds"),
        ("0\n0", 2..3, "the last number says when it begins again, and has to be above 0"),
        ("1\n18446744073709552", 2..19, "18446744073709552 is no whole number of milliseconds"),
    ] {
        let mistake = Trace::parse(text).unwrap_err();
        assert_eq!((mistake.span, mistake.message.as_str()), (place, message), "{text}");
    }
    let many = "7\n".repeat(1_000_000);
    assert_eq!(changes(&read(&many), 6), [(0, 1_000_000 * 12_032_000 / 7)]);
    let mistake = Trace::parse(&(many + "8")).unwrap_err();
    assert_eq!(
        (mistake.span, mistake.message.as_str()),
        (2_000_000..2_000_001, "a trace has at most 1000000 lines")
    );
    // However far away, it takes no room.
    assert_eq!(
        changes(&read("1\n18446744073709"), 3),
        [(0, 120_320), (100, 0), (18_446_744_073_700, 12_032_000 / 9)]
    );
}

proptest! {
    /// As much can go in a round as the original says: 12,032 bits a line, but for less than a bit a second and step.
    #[test]
    fn a_round_carries_what_the_original_carries(mut times in prop::collection::vec(0..3_000u64, 1..200), last in 1..3_000u64) {
        times.push(last);
        times.sort_unstable();
        let text: String = times.iter().map(|time| format!("{time}\n")).collect();
        let trace = read(&text);
        let end = millisecond(times[times.len() - 1]);
        let (mut bits, mut from, mut steps) = (0u128, Time::ZERO, 0u128);
        while from < end {
            let to = trace.next_change(from).unwrap_or(end).min(end);
            bits += u128::from(trace.at(from).bits_per_second()) * (to - from).as_nanos();
            (from, steps) = (to, steps + 1);
        }
        let expected = times.len() as u128 * 12_032 * 1_000_000_000;
        prop_assert!(bits <= expected && bits + 3_000_000_000 * (steps + 1) >= expected, "{} {}", bits, expected);
        // The next round is the same.
        prop_assert_eq!(trace.at(end), trace.at(Time::ZERO));
    }

    /// Whatever the text is, it is read or it is said where it is wrong.
    #[test]
    fn any_text(text in "([0-9]{1,3}|[0-9]s |[0-9]bit|repeat|#|\\PC|\n| ){0,30}", time in any::<u64>()) {
        match Trace::parse(&text) {
            Ok(trace) => {
                let next = trace.next_change(at(time));
                prop_assert!(next.is_none_or(|next| next > at(time) && trace.at(next) != trace.at(at(time))));
            }
            Err(mistake) => prop_assert!(text.get(mistake.span).is_some()),
        }
    }
}
