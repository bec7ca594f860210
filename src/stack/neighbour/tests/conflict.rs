use super::*;

fn probing() -> crate::stack::Config {
    let mut config = crate::stack::Config::default();
    config.neighbour.probe_ipv4 = true;
    config
}

/// RFC 5227 sections 2.1.1 and 2.3: up to a second of waiting, three probes one to two seconds apart, two seconds of silence, then two
/// announcements two seconds apart.
#[test]
fn an_ipv4_address_is_probed_and_announced() {
    for seed in 0..50 {
        let mut host = Host::with(1, &[], &crate::stack::Config { seed, ..probing() });
        assert!(host.add(seconds(10), "10.0.0.1/24"));
        assert_eq!(host.address("10.0.0.1"), Some(AddressState::Tentative));
        assert!(!host.interfaces[0].has(ip("10.0.0.1")));
        let sent = host.run(seconds(100));
        let (at, what): (Vec<_>, Vec<_>) = sent.into_iter().unzip();
        let expected = [
            "is 10.0.0.1 taken? probe 1 of 3",
            "is 10.0.0.1 taken? probe 2 of 3",
            "is 10.0.0.1 taken? probe 3 of 3",
            "10.0.0.1 is here from now on, announcement 1 of 2",
            "10.0.0.1 is here from now on, announcement 2 of 2",
        ];
        assert_eq!(what, expected);
        let second = Duration::from_secs(1);
        assert!(at[0] - seconds(10) <= second);
        for pair in at[..3].windows(2) {
            assert!((second..=2 * second).contains(&(pair[1] - pair[0])));
        }
        assert_eq!((at[3] - at[2], at[4] - at[3]), (2 * second, 2 * second));
        assert_eq!(host.events(), ["interface 0: 10.0.0.1 can be used"]);
        assert_eq!((host.address("10.0.0.1"), host.floor.deadline()), (Some(AddressState::Preferred), None));
    }
}

/// RFC 5227 section 1.1: what a probe and an announcement are.
#[test]
fn probes_and_announcements() {
    let mut host = Host::with(1, &[], &probing());
    host.add(seconds(0), "10.0.0.1/24");
    let mut frames = Vec::new();
    while let Some(at) = host.floor.deadline() {
        host.floor.on_deadline(at, &mut host.interfaces, &mut host.out);
        frames.extend(host.sent());
    }
    let head = "ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001";
    let probe = alloc::format!("{head} 00000000 000000000000 0a000001").replace(' ', "");
    let announcement = alloc::format!("{head} 0a000001 000000000000 0a000001").replace(' ', "");
    let frames: Vec<_> = frames.iter().map(|(_, frame)| hex::encode(frame)).collect();
    let (probe, announcement) = (probe.as_str(), announcement.as_str());
    assert_eq!(frames, [probe, probe, probe, announcement, announcement]);
}

/// RFC 5227 section 2.1.1: somebody has the address: their answer ends the probing.
#[test]
fn a_probe_is_answered() {
    let mut hosts = [Host::with(1, &[], &probing()), Host::new(2, &["10.0.0.1/24"])];
    hosts[0].add(seconds(0), "10.0.0.1/24");
    let at = hosts[0].floor.deadline().unwrap();
    let host = &mut hosts[0];
    host.floor.on_deadline(at, &mut host.interfaces, &mut host.out);
    let told = exchange(at, &mut hosts);
    assert_eq!(told, ["is 10.0.0.1 taken? probe 1 of 3", "10.0.0.1 is here, an answer"]);
    assert_eq!(hosts[0].address("10.0.0.1"), Some(AddressState::Duplicate));
    assert_eq!(hosts[0].events(), ["interface 0: 10.0.0.1 belongs to 02:00:00:00:00:02"]);
    assert_eq!(hosts[0].run(seconds(100)), []);
    assert!(hosts[1].events().is_empty());
    // Nothing is learned from a probe.
    assert_eq!(hosts[1].floor.entries(at).count(), 0);
}

/// RFC 5227 section 2.1.1: two that probe for the same address at once see each other, and neither takes it.
#[test]
fn two_probe_at_once() {
    let mut hosts = [Host::with(1, &[], &probing()), Host::with(2, &[], &probing())];
    for host in &mut hosts {
        host.add(seconds(0), "10.0.0.1/24");
    }
    let at = hosts[0].floor.deadline().unwrap();
    let host = &mut hosts[0];
    host.floor.on_deadline(at, &mut host.interfaces, &mut host.out);
    exchange(at, &mut hosts);
    assert_eq!(hosts[1].address("10.0.0.1"), Some(AddressState::Duplicate));
}

/// RFC 5227 section 2.4 (b): two hosts use the same address. Each defends it once; the one that defended it first sees that the other
/// does not give in, and does so itself.
#[test]
fn one_of_two_loses() {
    let mut hosts =
        [Host::new(1, &["10.0.0.1/24"]), Host::new(2, &["10.0.0.1/24"]), Host::new(3, &["10.0.0.3/24"])];
    let now = seconds(50);
    // The first speaks to somebody, which the second sees.
    hosts[0].send(now, "10.0.0.1", "10.0.0.3");
    let told = exchange(now, &mut hosts);
    assert_eq!(told[0], "who has 10.0.0.3? attempt 1 of 3");
    assert_eq!(told.iter().filter(|reason| reason.contains("is defended")).count(), 2);
    let states: Vec<_> = hosts.iter().map(|host| host.address("10.0.0.1")).collect();
    assert_eq!(states, [Some(AddressState::Preferred), Some(AddressState::Duplicate), None]);
    let by = |mac| alloc::format!("interface 0: 10.0.0.1 is used by {mac} too, and was defended");
    assert_eq!(hosts[0].events(), [by(mac(2))]);
    assert_eq!(hosts[1].events(), [by(mac(1)), "interface 0: 10.0.0.1 belongs to 02:00:00:00:00:01".into()]);
}

/// RFC 5227 section 2.4: DEFEND_INTERVAL, 10 s; (c): who insists defends the address once in that time, and keeps it.
#[test]
fn defence_has_its_interval() {
    let mut config = crate::stack::Config::default();
    for insist in [false, true] {
        config.neighbour.insist = insist;
        let mut host = Host::with(1, &["10.0.0.1/24"], &config);
        let mut other = Host::new(2, &["10.0.0.1/24"]);
        let mut claim = |at: Time| {
            other.send(at, "10.0.0.1", "10.0.0.9");
            let frame = other.sent().remove(0).1;
            other = Host::new(2, &["10.0.0.1/24"]);
            host.receive(at, &frame);
            (host.reasons().len(), host.address("10.0.0.1").unwrap())
        };
        assert_eq!(claim(seconds(100)), (1, AddressState::Preferred));
        assert_eq!(claim(seconds(110)), (1, AddressState::Preferred));
        let lost = if insist { AddressState::Preferred } else { AddressState::Duplicate };
        assert_eq!(claim(milliseconds(119_999)), (0, lost));
    }
}

/// RFC 4862 section 5.4: a solicitation from no address to the group of the address, a second of silence, then it can be used.
#[test]
fn an_ipv6_address_is_asked_for() {
    let mut host = Host::new(1, &[]);
    assert!(host.add(seconds(10), "fe80::1/64"));
    let first = host.floor.deadline().unwrap();
    assert!(first - seconds(10) <= Duration::from_secs(1));
    host.floor.on_deadline(first, &mut host.interfaces, &mut host.out);
    let (reason, frame) = host.sent().remove(0);
    assert_eq!(reason, "is fe80::1 taken? probe 1 of 1");
    let expected = "3333ff000001 020000000001 86dd 60000000 0018 3a ff 00000000000000000000000000000000 \
        ff0200000000000000000001ff000001 8700 7bb9 00000000 fe800000000000000000000000000001";
    let expected = hex::decode(expected.replace(' ', "")).unwrap();
    // The checksum is what three decoders agree on; see `is_sound`.
    assert_eq!((&frame[..56], &frame[58..]), (&expected[..56], &expected[58..]));
    assert_eq!(host.address("fe80::1"), Some(AddressState::Tentative));
    assert_eq!(host.floor.deadline(), Some(first + Duration::from_secs(1)));
    let sent = host.run(first + Duration::from_secs(1));
    assert_eq!(host.address("fe80::1"), Some(AddressState::Preferred));
    // A host goes on and asks for routers.
    assert_eq!(sent, [(first + Duration::from_secs(1), "is there a router? attempt 1 of 3".to_string())]);
    // The next address of the interface does not wait.
    assert!(host.add(seconds(20), "2001:db8::1/64"));
    assert_eq!(host.reasons(), ["is 2001:db8::1 taken? probe 1 of 1"]);
    assert!(!host.add(seconds(20), "2001:db8::1/64"), "it has that");
    assert!(!host.add(seconds(20), "ff02::1/64"), "nobody can have that");
}

/// RFC 4862 sections 5.4.3 and 5.4.4: somebody has the address, or asks for it as well; who asks to speak to it says nothing.
#[test]
fn an_ipv6_address_is_taken() {
    let mut hosts = [Host::new(1, &[]), Host::new(2, &["fe80::1/64"])];
    hosts[0].add(seconds(0), "fe80::1/64");
    let at = hosts[0].floor.deadline().unwrap();
    let host = &mut hosts[0];
    host.floor.on_deadline(at, &mut host.interfaces, &mut host.out);
    let told = exchange(at, &mut hosts);
    assert_eq!(told, ["is fe80::1 taken? probe 1 of 1", "fe80::1 is here, an answer"]);
    assert_eq!(hosts[0].address("fe80::1"), Some(AddressState::Duplicate));
    assert_eq!(hosts[0].events(), ["interface 0: fe80::1 belongs to 02:00:00:00:00:02"]);
    assert_eq!(hosts[1].address("fe80::1"), Some(AddressState::Preferred));

    for (source, lost) in [("::", true), ("fe80::7", false)] {
        let mut host = Host::new(1, &[]);
        host.add(seconds(0), "fe80::1/64");
        let ask = Icmpv6::new(crate::names::Icmpv6Type::NEIGHBOUR_SOLICITATION, 0);
        let ask = ask.append(&[0; 4]).append(&v6("fe80::1").octets());
        host.receive(seconds(0), &discovery(7, source, "ff02::1:ff00:1", ask));
        assert_eq!(host.address("fe80::1") == Some(AddressState::Duplicate), lost);
        assert!(host.reasons().is_empty());
    }
}

/// Addresses of the host itself need no claim; they can be taken away.
#[test]
fn loopback_is_ready_at_once() {
    let mut host = Host::new(1, &[]);
    host.interfaces[0].medium = Medium::Loopback;
    assert!(host.add(seconds(0), "127.0.0.1/8") && host.add(seconds(0), "::1/128"));
    assert!(host.interfaces[0].has(ip("::1")) && host.interfaces[0].has(ip("127.0.0.1")));
    assert_eq!((host.floor.deadline(), host.reasons().len()), (None, 0));
    assert!(host.floor.remove_address(seconds(1), &mut host.interfaces, ETH, ip("::1")));
    assert!(!host.floor.remove_address(seconds(1), &mut host.interfaces, ETH, ip("::1")));
    let can = |address| alloc::format!("interface 0: {address} can be used");
    assert_eq!(host.events(), [can("127.0.0.1"), can("::1"), "interface 0: ::1 is gone".into()]);
}
