//! Two links, one for each direction.

use layercake::link::{Cable, Config, Event, Link, Loss, Probability, Reason};
use layercake::random::seed_of;

use crate::{at, ms, number, numbered};

#[test]
fn in_order_of_time_and_then_of_direction() {
    let after = |delay| Config { delay: ms(delay), ..Config::default() };
    let mut cable = Cable::new([&after(3), &after(2)], 1, "a-b");
    for (n, milliseconds) in (0..).step_by(2).zip([0, 1, 2]) {
        cable.send(at(milliseconds * 1_000_000), 0, numbered(n, 60));
        cable.send(at(milliseconds * 1_000_000), 1, numbered(n + 1, 60));
    }
    cable.send(at(0), 2, numbered(99, 60));
    assert_eq!(cable.next_deadline(), Some(at(2_000_000)));
    // To end 1 at 3, 4, 5 ms; to end 0 at 2, 3, 4 ms.
    let mut seen = Vec::new();
    while let Some((end, event)) = cable.poll(at(9_000_000)) {
        seen.push((event.time().nanoseconds() / 1_000_000, end, number(event.frame())));
    }
    assert_eq!(seen, [(2, 0, 1), (3, 1, 0), (3, 0, 3), (4, 1, 2), (4, 0, 5), (5, 1, 4)]);
    assert_eq!(cable.next_deadline(), None);
}

/// Each direction draws from a stream of its own, named after the cable.
#[test]
fn streams_have_names() {
    let config = Config { loss: Loss::Bernoulli(Probability::percent(50)), ..Config::default() };
    let mut cable = Cable::new([&config, &config], 5, "core");
    let mut fates = [Vec::new(), Vec::new()];
    for n in 0..64 {
        (0..2).for_each(|end| cable.send(at(n), end, numbered(n as u32, 60)));
        while let Some((end, event)) = cable.poll(at(n)) {
            fates[1 - end].push(matches!(event, Event::Arrived(_)));
        }
    }
    for (number, fates) in fates.iter().enumerate() {
        let mut link = Link::new(&config, seed_of(5, &format!("core {number}")));
        for n in 0..64 {
            link.send(at(n), numbered(n as u32, 60));
            assert_eq!(matches!(link.poll(at(n)), Some(Event::Arrived(_))), fates[n as usize]);
        }
    }
    assert_ne!(fates[0], fates[1]);
}

#[test]
fn a_cut_cable_is_cut_in_both_directions() {
    let config = Config { delay: ms(1), ..Config::default() };
    let mut cable = Cable::new([&config, &config], 1, "a-b");
    (0..2).for_each(|end| cable.send(at(0), end, numbered(end as u32, 60)));
    cable.cut(at(5));
    assert!(cable.is_cut());
    let mut seen = Vec::new();
    while let Some((end, Event::Dropped(dropped))) = cable.poll(at(5)) {
        seen.push((end, number(&dropped.frame), dropped.time, dropped.reason));
    }
    assert_eq!(seen, [(1, 0, at(5), Reason::Cut), (0, 1, at(5), Reason::Cut)]);
    cable.mend(at(6));
    assert!(!cable.is_cut());
    cable.send(at(6), 1, numbered(2, 60));
    assert_eq!(cable.next_deadline(), Some(at(1_000_006)));
}
