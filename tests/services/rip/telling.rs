//! Networks of routers: what is told, when, and what comes of it.

use super::*;

/// Section 3.4: three routers in a line know all networks, each hop one more, and hosts at the ends reach each other. It takes no more than
/// two triggered updates (section 3.10.1): ten seconds.
#[test]
fn a_line_of_three_converges() {
    let mut net = Net::new();
    let [one, two, three] = [&[1, 2][..], &[2, 3], &[3, 4]].map(|links| router(&mut net, links, |_| ()));
    let ((a, _), (_, b)) = (end(&mut net, 1, one), end(&mut net, 4, three));
    assert!(!pings(&mut net, a, &b));
    net.run(Duration::from_millis(10_100));
    for (router, metrics) in [(one, [1, 1, 2, 3]), (two, [2, 1, 1, 2]), (three, [3, 2, 1, 1])] {
        let found: Vec<_> =
            (1..=4).map(|link| metric(&net, router, &format!("10.{link}.0.0/24")).unwrap()).collect();
        assert_eq!(found, metrics, "router {router}");
    }
    assert_eq!(installed(&net, one), ["10.3.0.0/24 via 10.2.0.2", "10.4.0.0/24 via 10.2.0.2"]);
    assert!(pings(&mut net, a, &b));
    let text = net.hosts[one].stack.routes().listing(net.hosts[one].stack.interfaces()).to_string();
    assert!(text.contains("10.4.0.0/24 via 10.2.0.2 dev eth2 proto rip metric 120\n"), "{text}");
    let (_, _, notice) = std::iter::from_fn(|| net.hosts[one].poll_notice()).last().unwrap();
    assert_eq!(notice, "10.4.0.0/24 is reached by 10.2.0.2, metric 3");
}

/// Four routers in a ring, each with a network of its own; link 1 is between the first two, 4 between the last and the first.
fn ring(change: impl Fn(&mut Config)) -> (Net, usize, String) {
    let mut net = Net::new();
    for links in [[4, 1, 11], [1, 2, 12], [2, 3, 13], [3, 4, 14]] {
        router(&mut net, &links, &change);
    }
    let ((a, _), (_, b)) = (end(&mut net, 11, 0), end(&mut net, 12, 1));
    net.run(SECOND * 15);
    (net, a, b)
}

/// Section 3.4.4: a link of a ring goes down, and the others tell each other of the way round: seconds, not minutes.
#[test]
fn a_ring_with_a_link_that_goes_down() {
    let (mut net, a, b) = ring(|_| ());
    assert!(pings(&mut net, a, &b));
    assert_eq!(metric(&net, 0, "10.12.0.0/24"), Some(2));
    let now = net.now;
    for (router, interface) in [(0, 2), (1, 1)] {
        net.stack(router).set_link(now, InterfaceId(interface), false).unwrap();
    }
    net.links[1].cut = true;
    assert!(!pings(&mut net, a, &b));
    assert_eq!(metric(&net, 0, "10.12.0.0/24"), Some(16), "it is known at once");
    // Those next to it say so at once, the third answers at its next update, 35 s later at most.
    net.run(SECOND * 40);
    assert_eq!(metric(&net, 0, "10.12.0.0/24"), Some(4));
    assert!(pings(&mut net, a, &b), "the other way round");
    // And back again.
    net.links[1].cut = false;
    let now = net.now;
    for (router, interface) in [(0, 2), (1, 1)] {
        net.stack(router).set_link(now, InterfaceId(interface), true).unwrap();
    }
    net.run(SECOND * 6);
    assert_eq!(metric(&net, 0, "10.12.0.0/24"), Some(2));
    assert!(pings(&mut net, a, &b));
}

/// Section 3.4.1: a link that is cut without a word is noticed when its routers were silent for 180 s.
#[test]
fn a_ring_with_a_link_that_is_cut() {
    let (mut net, a, b) = ring(|_| ());
    net.links[1].cut = true;
    let cut = net.now;
    while !pings(&mut net, a, &b) {
        net.run(SECOND);
        assert!(net.now - cut < SECOND * (180 + 40), "{:?}", net.now - cut);
    }
    assert!(net.now - cut > SECOND * (180 - 36));
    assert_eq!(metric(&net, 0, "10.12.0.0/24"), Some(4));
}

/// Section 3.4.3, on the wire: on the link that a route came by, it is poisoned, or left out, or told like any other. The link's own network is told on
/// other links alone.
#[test]
fn the_horizon_is_split() {
    for (split, back) in [
        (SplitHorizon::PoisonedReverse, Some(16)),
        (SplitHorizon::Simple, None),
        (SplitHorizon::Off, Some(2)),
    ] {
        let mut net = Net::new();
        let one = router(&mut net, &[1, 2], |config| config.split_horizon = split);
        router(&mut net, &[2, 3], |_| ());
        net.run(SECOND * 10);
        net.log.clear();
        net.run(SECOND * 35);
        let said = said(&net, one);
        let on = |interface| said.iter().rfind(|said| said.interface == InterfaceId(interface)).unwrap();
        assert_eq!((on(1).metric("10.3.0.0"), on(2).metric("10.3.0.0")), (Some(2), back), "{split:?}");
        let own = (split == SplitHorizon::Off).then_some(1);
        assert_eq!((on(2).metric("10.1.0.0"), on(2).metric("10.2.0.0")), (Some(1), own));
    }
}

/// Section 3.4.2: without split horizon two routers count to infinity together, and no further; with it they do not begin.
#[test]
fn counting_to_infinity_ends() {
    for (split, counts) in
        [(SplitHorizon::Off, true), (SplitHorizon::Simple, false), (SplitHorizon::PoisonedReverse, false)]
    {
        let mut net = Net::new();
        // The one that loses its network is slow to say so; the other tells everything every second.
        let change = |config: &mut Config, update, triggered| {
            (config.split_horizon, config.jitter) = (split, Duration::ZERO);
            (config.update, config.triggered) = (update, (triggered, triggered));
        };
        let one = router(&mut net, &[1, 2], |config| change(config, SECOND, SECOND * 9));
        let two = router(&mut net, &[2, 3], |config| change(config, SECOND * 2, SECOND * 900));
        net.run(Duration::from_millis(10_500));
        assert_eq!(metric(&net, one, "10.3.0.0/24"), Some(2));
        let now = net.now;
        net.stack(two).set_link(now, InterfaceId(2), false).unwrap();
        let mut seen = vec![2];
        for _ in 0..400 {
            net.run(Duration::from_millis(100));
            let metric = metric(&net, one, "10.3.0.0/24").unwrap();
            seen.extend(Some(metric).filter(|metric| Some(metric) != seen.last()));
        }
        assert_eq!(seen, if counts { vec![2, 4, 6, 8, 10, 12, 14, 16] } else { vec![2, 16] }, "{split:?}");
        assert_eq!(installed(&net, one), [""; 0]);
        net.run(SECOND * 121);
        assert_eq!((known(&net, one, "10.3.0.0/24"), known(&net, two, "10.3.0.0/24")), (None, None));
    }
}

/// Sections 3.8, 3.9.1, 4.5: a request for everything when it starts, to 224.0.0.9 and port 520, one hop far; then everything every 25 to 35 s.
#[test]
fn updates_come_every_thirty_seconds_or_so() {
    let mut net = Net::new();
    let one = router(&mut net, &[1, 2], |_| ());
    net.run(SECOND * 3600);
    let said = said(&net, one);
    assert!(
        said.iter()
            .all(|said| said.to == Ipv4Addr::new(224, 0, 0, 9) && said.ttl == 1 && said.ports == (520, 520))
    );
    assert!(said.iter().all(|said| said.tos == 0xc0), "RFC 1812 section 5.3.3");
    let requests: Vec<_> = said.iter().filter(|said| said.command == RipCommand::REQUEST).collect();
    assert!(requests.len() == 2 && requests.iter().all(|said| said.routes == [Route::everything()]));
    let times: Vec<Time> = said
        .iter()
        .filter(|said| said.command == RipCommand::RESPONSE && said.interface == InterfaceId(1))
        .map(|said| said.time)
        .collect();
    // The first is because of what it found when it started.
    let gaps: Vec<Duration> = times[1..].windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| (SECOND * 25..=SECOND * 35).contains(gap)), "{gaps:?}");
    assert!((110..=130).contains(&gaps.len()));
    let different: std::collections::BTreeSet<_> = gaps.iter().collect();
    assert!(different.len() > gaps.len() / 2, "{gaps:?}");
    assert_eq!(counter(&net, one, "updates_sent"), times.len() as u64 - 1);
}

/// Section 3.10.1: the first change is told at once, what changes within the next one to five seconds once they are over, all together; and what
/// is left out is what has not changed.
#[test]
fn changes_are_told_at_once_and_then_held_back() {
    let mut waits = std::collections::BTreeSet::new();
    for seed in 0..20u32 {
        let mut net = Net::new();
        // Another seed.
        for _ in 0..seed {
            net.host(false);
        }
        let one = router(&mut net, &[1, 2, 3], |config| config.update = SECOND * 100);
        net.run(SECOND * 6);
        net.log.clear();
        let start = net.now;
        net.stack(one).set_link(start, InterfaceId(2), false).unwrap();
        net.run(Duration::from_millis(300));
        let now = net.now;
        net.stack(one).set_link(now, InterfaceId(3), false).unwrap();
        net.run(Duration::from_millis(300));
        let now = net.now;
        net.stack(one).set_link(now, InterfaceId(2), true).unwrap();
        net.run(SECOND * 6);
        let said: Vec<_> = said(&net, one)
            .into_iter()
            .filter(|said| said.command == RipCommand::RESPONSE && said.interface == InterfaceId(1))
            .collect();
        assert_eq!(said.len(), 2);
        assert_eq!((said[0].time, said[0].routes.len(), said[0].metric("10.2.0.0")), (start, 1, Some(16)));
        assert_eq!((said[1].metric("10.2.0.0"), said[1].metric("10.3.0.0")), (Some(1), Some(16)));
        let wait = said[1].time - start;
        assert!((SECOND..=SECOND * 5).contains(&wait), "{wait:?}");
        waits.insert(wait.as_millis());
    }
    assert!(waits.len() > 15, "{waits:?}");
}

/// Section 3.10.1: what would be told when everything is told anyway is not told before.
#[test]
fn a_regular_update_takes_the_place_of_a_triggered_one() {
    let mut net = Net::new();
    let one = router(&mut net, &[1, 2], |config| {
        (config.update, config.jitter) = (SECOND * 3, Duration::ZERO);
        config.triggered = (SECOND * 5, SECOND * 5);
    });
    net.run(Duration::from_millis(2_500));
    net.log.clear();
    let now = net.now;
    net.stack(one).set_link(now, InterfaceId(2), false).unwrap();
    net.run(SECOND * 3);
    let said: Vec<_> =
        said(&net, one).into_iter().filter(|said| said.command == RipCommand::RESPONSE).collect();
    assert_eq!(said.len(), 1);
    assert_eq!((said[0].time, said[0].metric("10.2.0.0")), (Time::new(4, 0), Some(16)));
    assert_eq!(
        (counter(&net, one, "updates_sent"), counter(&net, one, "updates_sent_because_of_a_change")),
        (1, 1)
    );
}

/// Section 3.10.2: 25 routes a message, 24 with a password.
#[test]
fn messages_have_room_for_twenty_five_routes() {
    for (password, sizes) in [(None, [25, 25, 11]), (Some(b"secret".to_vec()), [24, 24, 13])] {
        let mut net = Net::new();
        let one = router(&mut net, &[1, 2], |config| {
            let network = |n| format!("172.16.{n}.0/24").parse().unwrap();
            config.announced = (0..60)
                .map(|n| Announced { network: network(n), metric: 3, tag: 7, next_hop: None })
                .collect();
            config.password.clone_from(&password);
        });
        net.run(SECOND);
        let said: Vec<_> = said(&net, one)
            .into_iter()
            .filter(|said| said.command == RipCommand::RESPONSE && said.interface == InterfaceId(1))
            .collect();
        assert_eq!(said.iter().map(|said| said.routes.len()).collect::<Vec<_>>(), sizes);
        assert!(said[0].routes[5].tag == 7);
    }
}

/// Sections 3.7 and 4.4, appendix A: a way to everything; and a router that speaks another protocol, to which others on the link send at once.
#[test]
fn routes_from_elsewhere_are_announced() {
    let mut net = Net::new();
    let one = router(&mut net, &[1, 2], |config| {
        let next_hop = Some("10.2.0.99".parse().unwrap());
        let everything =
            Announced { network: "0.0.0.0/0".parse().unwrap(), metric: 1, tag: 0, next_hop: None };
        let other = Announced { network: "172.16.0.0/12".parse().unwrap(), metric: 5, tag: 64_512, next_hop };
        config.announced = vec![everything, other];
    });
    let [two, three] = [&[2, 3][..], &[3, 4]].map(|links| router(&mut net, links, |_| ()));
    net.run(SECOND * 12);
    assert!(installed(&net, two).contains(&"0.0.0.0/0 via 10.2.0.1".into()));
    assert!(
        installed(&net, two).contains(&"172.16.0.0/12 via 10.2.0.99".into()),
        "{:?}",
        installed(&net, two)
    );
    // Where that router is not on the link it is the one that says so. The tag goes on (section 4.2).
    assert!(installed(&net, three).contains(&"172.16.0.0/12 via 10.3.0.2".into()));
    let far = known(&net, three, "172.16.0.0/12").unwrap();
    assert_eq!((far.metric, far.tag), (7, 64_512));
    assert_eq!(installed(&net, one), ["10.3.0.0/24 via 10.2.0.2", "10.4.0.0/24 via 10.2.0.2"]);
}

/// Links cost what they are said to; passive ones hear and say nothing.
#[test]
fn links_have_costs_and_may_be_passive() {
    let mut net = Net::new();
    let one = router(&mut net, &[1, 2], |config| config.links[0].passive = true);
    let two = router(&mut net, &[2, 3], |config| config.links[0].cost = 5);
    let three = router(&mut net, &[1, 4], |_| ());
    net.run(SECOND * 40);
    assert_eq!((metric(&net, two, "10.1.0.0/24"), metric(&net, one, "10.3.0.0/24")), (Some(6), Some(2)));
    assert_eq!((metric(&net, one, "10.4.0.0/24"), metric(&net, three, "10.3.0.0/24")), (None, None));
    assert!(said(&net, one).iter().all(|said| said.interface == InterfaceId(2)));
    for (cost, ok) in [(0, false), (1, true), (15, true), (16, false)] {
        let mut config = Config::new([InterfaceId(1)]);
        config.links[0].cost = cost;
        let host = net.host(true);
        net.attach(host, 9, 1500, "10.9.0.1/24");
        let now = net.now;
        assert_eq!(net.hosts[host].start(now, Rip::new(config)).is_ok(), ok, "{cost}");
    }
}

/// The same again for the same seed.
#[test]
fn the_same_again() {
    let run = || {
        let (net, ..) = ring(|_| ());
        net.log.iter().map(|sent| (sent.time, sent.frame.clone())).collect::<Vec<_>>()
    };
    assert!(run() == run());
}
