use super::*;
use crate::names::NdpOptionType;
use crate::stack::neighbour::Advertise;

const DAY: u64 = 24 * 60 * 60;

/// A host that has its link-local address, and when that was.
fn attached(last: u8) -> (Host, Time) {
    let mut host = Host::new(last, &[]);
    host.floor.attach(seconds(0), &mut host.interfaces, ETH, &mut host.out);
    let asked = host.floor.deadline().unwrap();
    let ready = asked + Duration::from_secs(1);
    host.run(ready);
    (host, ready)
}

fn advertisement(valid: u32, preferred: u32) -> Vec<u8> {
    let says = Icmpv6::router_advertisement(32, 1800)
        .link_address(NdpOptionType::SOURCE_LINK_ADDRESS, mac(9))
        .prefix(v6("2001:db8::"), 64, valid, preferred);
    discovery(9, "fe80::9", "ff02::1", says.link_mtu(1400))
}

/// RFC 4861 section 6.3.7: three questions, four seconds apart, and no more once a router has answered.
#[test]
fn routers_are_asked_for() {
    let mut host = Host::new(1, &[]);
    host.floor.attach(seconds(0), &mut host.interfaces, ETH, &mut host.out);
    let sent = host.run(seconds(100));
    let ready = sent[1].0;
    let why = |attempt| alloc::format!("is there a router? attempt {attempt} of 3");
    let later = |wait| ready + Duration::from_secs(wait);
    assert_eq!(sent[0].1, "is fe80::ff:fe00:1 taken? probe 1 of 1");
    assert_eq!(sent[1..], [(ready, why(1)), (later(4), why(2)), (later(8), why(3))]);
    assert_eq!(host.events(), ["interface 0: fe80::ff:fe00:1 can be used"]);

    let (mut host, ready) = attached(1);
    host.receive(ready + Duration::from_secs(1), &advertisement(0, 0));
    assert!(host.run(seconds(100)).is_empty());
}

/// RFC 4861 section 6.3.4, RFC 4862 section 5.5.3: router, hop limit, prefix and MTU, and an address made with the prefix.
#[test]
fn an_advertisement_is_taken_in() {
    let (mut host, now) = attached(1);
    host.events();
    host.receive(now, &advertisement(7200, 3600));
    let until = |span| now + Duration::from_secs(span);
    let expected = [
        Learned::Router { address: v6("fe80::9"), until: until(1800) },
        Learned::HopLimit(32),
        Learned::OnLink { prefix: "2001:db8::/64".parse().unwrap(), until: until(7200) },
        Learned::Mtu(1400),
    ];
    assert_eq!(host.learned, expected);
    let own = "2001:db8::ff:fe00:1";
    assert_eq!(host.address(own), Some(AddressState::Tentative));
    let sent = host.run(until(3));
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].1, "is 2001:db8::ff:fe00:1 taken? probe 1 of 1");
    assert_eq!(host.address(own), Some(AddressState::Preferred));
    let shown = host.interfaces[0].to_string();
    assert!(shown.ends_with("inet6 2001:db8::ff:fe00:1/64 scope global dynamic"), "{shown}");

    // It grows old, and its end is told.
    host.events();
    host.run(until(3599));
    assert_eq!(host.address(own), Some(AddressState::Preferred));
    host.run(until(3600));
    assert_eq!(host.address(own), Some(AddressState::Deprecated));
    host.run(until(7200));
    assert_eq!((host.address(own), host.floor.deadline()), (None, None));
    let told = ["interface 0: 2001:db8::ff:fe00:1 is deprecated", "interface 0: 2001:db8::ff:fe00:1 is gone"];
    assert_eq!(host.events(), told);
}

/// RFC 4862 section 5.5.3 (e): a later word changes how long the address lasts, within the rule of two hours; an address that its owner
/// gave is not for routers to change.
#[test]
fn a_later_advertisement() {
    let (mut host, now) = attached(1);
    let own = "2001:db8::ff:fe00:1";
    host.receive(now, &advertisement(5 * 3600, 3600));
    host.run(now + Duration::from_secs(3));
    let later = now + Duration::from_secs(3600);
    host.run(later);
    assert_eq!(host.address(own), Some(AddressState::Deprecated));
    host.receive(later, &advertisement(60, 60));
    assert_eq!(host.address(own), Some(AddressState::Preferred));
    let lasts = |host: &Host| host.interfaces[0].addresses[1].valid_until - later;
    assert_eq!(lasts(&host), Duration::from_secs(7200));
    host.receive(later, &advertisement(u32::MAX, u32::MAX));
    assert_eq!(host.interfaces[0].addresses[1].valid_until, Time::NEVER);

    let (mut host, now) = attached(1);
    host.add(now, "2001:db8::ff:fe00:1/64");
    host.receive(now, &advertisement(7200, 60));
    host.run(now + Duration::from_secs(10_000));
    assert_eq!(host.address(own), Some(AddressState::Preferred));
}

/// RFC 4862 section 5.5.3 (a) to (d): prefixes that make no address.
#[test]
fn prefixes_that_make_no_address() {
    let (mut host, now) = attached(1);
    let says = Icmpv6::router_advertisement(0, 0);
    for (prefix, length, valid, preferred) in [
        ("fe80::", 64, 7200, 60),
        ("2001:db8::", 64, 60, 61),
        ("2001:db8::", 64, 0, 0),
        ("2001:db8::", 56, 7200, 60),
        ("2001:db8::", 200, 60, 60),
    ] {
        let says = says.prefix(v6(prefix), length, valid, preferred);
        host.receive(now, &discovery(9, "fe80::9", "ff02::1", says));
        assert_eq!(host.interfaces[0].addresses.len(), 1, "{prefix}/{length}");
    }
    // Whatever routers say, there are no more addresses than the bound.
    for n in 0..100 {
        let says = says.prefix(Ipv6Addr::new(0x2001, 0xdb8, 0, n, 0, 0, 0, 0), 64, 7200, 60);
        host.receive(now, &discovery(9, "fe80::9", "ff02::1", says));
    }
    assert_eq!(host.interfaces[0].addresses.len(), 16);
    assert_eq!(host.dropped(DropReason::NeighbourTable), 85);
}

/// RFC 4861 section 6.2: a router advertises three times within 16 s each, then every 198 to 600 s; who asks is answered within half a
/// second, but not within three of the last.
#[test]
fn a_router_advertises() {
    let prefix = "2001:db8::/64".parse().unwrap();
    let mut config = crate::stack::Config { router: true, ..Default::default() };
    config.neighbour.advertise = alloc::vec![Advertise::new(ETH, prefix)];
    let mut router = Host::with(9, &[], &config);
    router.floor.attach(seconds(0), &mut router.interfaces, ETH, &mut router.out);
    let sent = router.run(seconds(3000));
    let at: Vec<_> = sent
        .iter()
        .skip(1)
        .map(|(at, why)| {
            assert_eq!(why, "a router says what it and its link are");
            *at
        })
        .collect();
    assert_eq!(at[1] - at[0], Duration::from_secs(16));
    assert_eq!(at[2] - at[1], Duration::from_secs(16));
    assert!(at[2..].windows(2).all(|pair| (198..=600).contains(&(pair[1] - pair[0]).as_secs())));

    let (mut host, _) = attached(1);
    let now = *at.last().unwrap();
    let ask = Icmpv6::router_solicitation().link_address(NdpOptionType::SOURCE_LINK_ADDRESS, mac(1));
    let ask = discovery(1, "fe80::ff:fe00:1", "ff02::2", ask);
    let later = now + Duration::from_secs(50);
    router.receive(later, &ask);
    let answered = router.floor.deadline().unwrap();
    assert!(answered - later <= Duration::from_millis(500));
    router.floor.on_deadline(answered, &mut router.interfaces, &mut router.out);
    let (_, frame) = router.sent().remove(0);
    // Asked again at once: three seconds after the last.
    router.receive(answered, &ask);
    assert_eq!(router.floor.deadline(), Some(answered + Duration::from_secs(3)));
    host.receive(answered, &frame);
    assert_eq!(
        host.learned[0],
        Learned::Router { address: v6("fe80::ff:fe00:9"), until: answered + Duration::from_secs(1800) }
    );
    let own = host.interfaces[0].addresses[1];
    assert_eq!(own.network.to_string(), "2001:db8::ff:fe00:1/64");
    assert_eq!(own.valid_until, answered + Duration::from_secs(30 * DAY));
    assert_eq!(own.preferred_until, answered + Duration::from_secs(7 * DAY));
}

/// RFC 4861 section 6.3.4: what a router says of times, within bounds that nobody can push.
#[test]
fn times_of_a_router() {
    let mut host = Host::new(1, &["fe80::1/64"]);
    let says = |reachable: u32, again: u32| {
        let mut says = alloc::vec![64, 0, 0, 0];
        says.extend(reachable.to_be_bytes());
        says.extend(again.to_be_bytes());
        let says = Icmpv6::new(crate::names::Icmpv6Type::ROUTER_ADVERTISEMENT, 0).append(&says);
        discovery(9, "fe80::9", "ff02::1", says)
    };
    let now = seconds(1);
    host.receive(now, &says(1000, 1));
    assert!((500..=1500).contains(&host.floor.reachable(now, ETH).as_millis()));
    let key = |address| (ETH, ip(address));
    assert_eq!(host.floor.retransmit(key("fe80::2")), Duration::from_millis(100));
    assert_eq!(host.floor.retransmit(key("10.0.0.2")), Duration::from_secs(1));
    host.receive(now, &says(u32::MAX, u32::MAX));
    assert!((500..=1500).contains(&host.floor.reachable(now, ETH).as_millis()));
    assert_eq!(host.floor.retransmit(key("fe80::2")), Duration::from_secs(60));
}
