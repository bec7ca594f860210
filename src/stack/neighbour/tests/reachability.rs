use super::super::entry::Heard;
use super::*;

/// RFC 1122 section 2.3.2.1, RFC 4861 section 7.2.2: three questions, a second apart, then the packets come back.
#[test]
fn nobody_answers() {
    for (source, next) in [("10.0.0.1", "10.0.0.2"), ("fe80::1", "fe80::2")] {
        let mut host = Host::new(1, &["10.0.0.1/24", "fe80::1/64"]);
        host.send(seconds(1), source, next);
        host.send(milliseconds(1500), source, next);
        assert_eq!(host.reasons(), [alloc::format!("who has {next}? attempt 1 of 3")]);
        let sent = host.run(seconds(60));
        let again = |attempt| alloc::format!("who has {next}? attempt {attempt} of 3");
        assert_eq!(sent, [(seconds(2), again(2)), (seconds(3), again(3))]);
        assert_eq!(host.unreachable.len(), 2);
        assert!(host.unreachable.iter().all(|packet| packet.next_hop == ip(next)));
        assert_eq!(host.dropped(DropReason::NeighbourUnreachable), 2);
        assert_eq!(host.floor.entries(seconds(60)).count(), 0);
        assert_eq!(host.floor.cache.audit(), (0, 0, 0));
    }
}

/// RFC 4861 section 7.3.3, for both families: REACHABLE, STALE when its time is over, DELAY for 5 s after a use, then PROBE, a question a
/// second to the neighbour alone, and gone.
#[test]
fn a_neighbour_is_doubted_and_asked() {
    for (a, b) in [("10.0.0.1", "10.0.0.2"), ("fe80::1", "fe80::2")] {
        let mut hosts =
            [Host::new(1, &["10.0.0.1/24", "fe80::1/64"]), Host::new(2, &["10.0.0.2/24", "fe80::2/64"])];
        let now = seconds(1);
        hosts[0].send(now, a, b);
        let told = exchange(now, &mut hosts);
        let reasons = [
            alloc::format!("who has {b}? attempt 1 of 3"),
            alloc::format!("{b} is here, an answer"),
            "data of the application".to_string(),
        ];
        assert_eq!(told, reasons);
        let [host, other] = &mut hosts;
        let span = host.floor.reachable(now, ETH);
        assert!(span >= Duration::from_secs(15) && span <= Duration::from_secs(45));
        let last = now + (span - Duration::from_nanos(1));
        assert_eq!(host.state_of(last, b), Some(State::Reachable));
        assert_eq!(host.state_of(now + span, b), Some(State::Stale));
        assert_eq!(host.floor.deadline(), None);

        let used = seconds(100);
        host.send(used, a, b);
        assert_eq!(host.reasons(), ["data of the application"]);
        assert_eq!(host.state_of(used, b), Some(State::Delay));
        assert_eq!(host.floor.deadline(), Some(seconds(105)));
        host.floor.on_deadline(seconds(105), &mut host.interfaces, &mut host.out);
        assert_eq!(host.state_of(seconds(105), b), Some(State::Probe));
        let (reason, question) = host.sent().remove(0);
        assert_eq!(reason, alloc::format!("is {b} still there? attempt 1 of 3"));
        assert_eq!(question[..6], mac(2).0);

        // An answer, and all is well; here it is lost first.
        let sent = host.run(milliseconds(106_500));
        assert_eq!(sent, [(seconds(106), alloc::format!("is {b} still there? attempt 2 of 3"))]);
        other.receive(milliseconds(106_600), &question);
        let answer = other.sent().remove(0).1;
        host.receive(milliseconds(106_700), &answer);
        assert_eq!(host.state_of(milliseconds(106_700), b), Some(State::Reachable));
        assert_eq!(host.floor.deadline(), None);

        // No answer: forgotten after three questions, and what comes then begins anew.
        host.send(seconds(200), a, b);
        host.reasons();
        let sent = host.run(seconds(300));
        let instants: Vec<_> = sent.iter().map(|(at, _)| *at).collect();
        assert_eq!(instants, [seconds(205), seconds(206), seconds(207)]);
        assert_eq!(host.state_of(seconds(208), b), None);
        assert!(host.unreachable.is_empty());
    }
}

/// RFC 4861 section 7.3.1: what an upper layer says spares the question.
#[test]
fn an_upper_layer_knows_better() {
    let mut host = Host::new(1, &["10.0.0.1/24"]);
    let now = seconds(1);
    host.send(now, "10.0.0.1", "10.0.0.2");
    // Nobody can confirm whose address is not known.
    host.floor.confirm(now, ETH, ip("10.0.0.2"));
    assert_eq!(host.state_of(now, "10.0.0.2"), Some(State::Incomplete));
    host.floor.hear(now, (ETH, ip("10.0.0.2")), Heard::from(mac(2)), false, &mut host.out);
    // What waited is a use.
    assert_eq!(host.state_of(now, "10.0.0.2"), Some(State::Delay));
    host.floor.confirm(seconds(3), ETH, ip("10.0.0.2"));
    assert_eq!(host.state_of(seconds(3), "10.0.0.2"), Some(State::Reachable));
    assert_eq!(host.run(seconds(100)), []);
}

/// RFC 1122 section 2.3.2.2: packets wait, the latest in any case; more than the bound drive out the oldest.
#[test]
fn the_oldest_packet_gives_way() {
    let mut config = crate::stack::Config::default();
    config.neighbour.waiting = 3;
    let mut host = Host::with(1, &["10.0.0.1/24"], &config);
    for _ in 0..5 {
        host.send(seconds(1), "10.0.0.1", "10.0.0.2");
    }
    assert_eq!((host.dropped(DropReason::NeighbourQueue), host.floor.cache.audit().1), (2, 3));
    // A bound in bytes for all: 46 bytes a packet.
    config.neighbour.waiting_bytes = 100;
    let mut host = Host::with(1, &["10.0.0.1/24"], &config);
    host.send(seconds(1), "10.0.0.1", "10.0.0.2");
    host.send(seconds(1), "10.0.0.1", "10.0.0.3");
    host.send(seconds(1), "10.0.0.1", "10.0.0.4");
    assert_eq!((host.dropped(DropReason::NeighbourQueue), host.floor.cache.audit()), (1, (92, 2, 3)));
    host.send(seconds(1), "10.0.0.1", "10.0.0.2");
    assert_eq!((host.dropped(DropReason::NeighbourQueue), host.floor.cache.audit()), (2, (92, 2, 3)));
}

/// RFC 6583 section 7.1: a scan of the network drives out neither who is reachable nor more than its share.
#[test]
fn a_scan_has_its_bound() {
    let mut config = crate::stack::Config::default();
    (config.neighbour.entries, config.neighbour.unresolved) = (8, 4);
    let mut host = Host::with(1, &["10.0.0.1/16"], &config);
    host.send(seconds(1), "10.0.0.1", "10.0.0.2");
    let heard = Heard { solicited: true, ..Heard::from(mac(2)) };
    host.floor.hear(seconds(1), (ETH, ip("10.0.0.2")), heard, false, &mut host.out);
    for n in 0..200 {
        host.send(milliseconds(1000 + n), "10.0.0.1", &alloc::format!("10.0.1.{n}"));
    }
    assert_eq!(host.floor.cache.audit().2, 4);
    assert_eq!(host.state_of(seconds(2), "10.0.0.2"), Some(State::Reachable));
    assert_eq!(host.dropped(DropReason::NeighbourTable), 196);
}

/// A neighbour that was given is neither asked nor changed, until it is taken out.
#[test]
fn a_permanent_neighbour() {
    let mut host = Host::new(1, &["10.0.0.1/24"]);
    let now = seconds(1);
    host.send(now, "10.0.0.1", "10.0.0.2");
    assert!(host.floor.insert(now, ETH, ip("10.0.0.2"), mac(2), &mut host.out));
    assert_eq!(host.reasons(), ["who has 10.0.0.2? attempt 1 of 3", "data of the application"]);
    let other = Heard { solicited: true, ..Heard::from(mac(3)) };
    host.floor.hear(now, (ETH, ip("10.0.0.2")), other, true, &mut host.out);
    assert_eq!(host.floor.find(seconds(9999), ETH, ip("10.0.0.2")), Some(mac(2)));
    assert_eq!((host.floor.deadline(), host.floor.cache.audit()), (None, (0, 0, 0)));
    // A frame that was made before the address was known goes out all the same.
    let ethernet = Ethernet::new(mac(1), Mac::default());
    let late = host.out.make(
        ETH,
        &(ethernet / Ipv4::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into())),
        Reason::Application,
    );
    host.floor.hold(now, &host.interfaces, ip("10.0.0.2"), late.unwrap(), &mut host.out);
    assert_eq!(host.sent().remove(0).1[..6], mac(2).0);
    host.send(now, "10.0.0.1", "10.0.0.3");
    host.floor.flush(ETH, &mut host.out);
    assert_eq!(host.dropped(DropReason::NeighbourUnreachable), 1);
    assert_eq!((host.floor.deadline(), host.floor.entries(now).count()), (None, 1));
    assert!(host.floor.remove(ETH, ip("10.0.0.2"), &mut host.out));
    assert!(!host.floor.remove(ETH, ip("10.0.0.2"), &mut host.out));
}
