//! What a link does, against what theory and RFCs say that it should.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

#[path = "link/cable.rs"]
mod cable;
#[path = "link/chance.rs"]
mod chance;
#[path = "link/change.rs"]
mod change;
#[path = "link/codel.rs"]
mod codel;
#[path = "link/exact.rs"]
mod exact;
#[path = "link/marks.rs"]
mod marks;
#[path = "link/orders.rs"]
mod orders;
#[path = "link/properties.rs"]
mod properties;
#[path = "link/red.rs"]
mod red;
#[cfg(any(feature = "tap", feature = "sim"))]
#[path = "link/trace.rs"]
mod trace;
#[path = "link/waiting.rs"]
mod waiting;
#[cfg(any(feature = "tap", feature = "sim"))]
#[path = "link/words.rs"]
mod words;

use core::time::Duration;

use layercake::link::{Event, Link, Reason};
use layercake::time::Time;

/// So many nanoseconds.
fn at(nanoseconds: u64) -> Time {
    Time::from_nanoseconds(nanoseconds)
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A frame that knows its number: a length, and the number in its first bytes, if they hold it.
fn numbered(number: u32, length: usize) -> Vec<u8> {
    let mut frame = vec![0; length];
    frame[..4].copy_from_slice(&number.to_be_bytes());
    frame
}

fn number(frame: &[u8]) -> u32 {
    u32::from_be_bytes(frame[..4].try_into().unwrap())
}

/// Everything that happens, driven by the link's own deadlines, until nothing is left.
fn drain(link: &mut Link<Vec<u8>>) -> Vec<Event<Vec<u8>>> {
    let mut events = Vec::new();
    while let Some(now) = link.next_deadline() {
        while let Some(event) = link.poll(now) {
            events.push(event);
        }
        assert!(link.is_balanced());
        assert!(link.next_deadline().is_none_or(|next| next > now), "a deadline that is over at {now}");
    }
    assert_eq!(link.held(), 0);
    events
}

/// When which frame arrived.
fn arrivals(events: &[Event<Vec<u8>>]) -> Vec<(Time, u32)> {
    let arrived = |event: &Event<Vec<u8>>| match event {
        Event::Arrived(delivery) => Some((delivery.time, number(&delivery.frame))),
        Event::Dropped(_) => None,
    };
    events.iter().filter_map(arrived).collect()
}

/// When which frame was dropped, and why.
fn drops(events: &[Event<Vec<u8>>]) -> Vec<(Time, u32, Reason)> {
    let dropped = |event: &Event<Vec<u8>>| match event {
        Event::Dropped(dropped) => Some((dropped.time, number(&dropped.frame), dropped.reason)),
        Event::Arrived(_) => None,
    };
    events.iter().filter_map(dropped).collect()
}

/// A measured share is as far from the expected one as chance allows: 4 standard deviations of so many independent trials.
#[track_caller]
fn is_share(found: usize, of: usize, expected: f64) {
    let sigma = (expected * (1.0 - expected) / of as f64).sqrt();
    let share = found as f64 / of as f64;
    assert!((share - expected).abs() <= 4.0 * sigma, "{share}, not {expected} within 4 * {sigma}");
}
