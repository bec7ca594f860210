use super::*;
use crate::names::{Icmpv6Type, NdpOptionType};

/// RFC 4861 sections 7.2.2 to 7.2.5: a solicitation to the group of the address, an advertisement, and then the packet.
#[test]
fn a_solicitation_an_advertisement_and_the_packet() {
    let mut hosts = [Host::new(1, &["fe80::1/64"]), Host::new(2, &["fe80::2/64"])];
    let now = seconds(1);
    hosts[0].send(now, "fe80::1", "fe80::2");
    let (reason, question) = hosts[0].sent().remove(0);
    assert_eq!(reason, "who has fe80::2? attempt 1 of 3");
    let expected = "3333ff000002 020000000001 86dd 60000000 0020 3a ff fe800000000000000000000000000001 \
        ff0200000000000000000001ff000002 8700____ 00000000 fe800000000000000000000000000002 0101 020000000001";
    assert_frame(&question, expected);
    hosts[1].receive(now, &question);
    let (reason, answer) = hosts[1].sent().remove(0);
    assert_eq!(reason, "fe80::2 is here, an answer");
    // Solicited and override; no router.
    let expected = "020000000001 020000000002 86dd 60000000 0020 3a ff fe800000000000000000000000000002 \
        fe800000000000000000000000000001 8800____ 60000000 fe800000000000000000000000000002 0201 020000000002";
    assert_frame(&answer, expected);
    // Whoever answers uses the address of the one who asked, and so checks it (section 7.3.3).
    assert_eq!(hosts[1].state_of(now, "fe80::1"), Some(State::Delay));
    hosts[0].receive(now, &answer);
    let (reason, packet) = hosts[0].sent().remove(0);
    assert_eq!((reason.as_str(), &packet[..6]), ("data of the application", &mac(2).0[..]));
    assert_eq!(hosts[0].state_of(now, "fe80::2"), Some(State::Reachable));
}

/// Compares a frame with its bytes; the checksum stands for itself, since three decoders have checked it.
fn assert_frame(frame: &[u8], expected: &str) {
    let frame = hex::encode(frame);
    let expected = expected.replace(' ', "");
    let at = expected.find("____").unwrap();
    assert_eq!((&frame[..at], &frame[at + 4..]), (&expected[..at], &expected[at + 4..]));
}

/// RFC 4861 section 7.2.4: who asks without an address is answered to all nodes, unsolicited; a router says that it is one; who does not
/// say its Ethernet address is asked for it first.
#[test]
fn answers_to_all_kinds_of_questions() {
    let config = crate::stack::Config { router: true, ..Default::default() };
    let mut host = Host::with(1, &["fe80::1/64"], &config);
    let bare = || {
        let ask = Icmpv6::new(Icmpv6Type::NEIGHBOUR_SOLICITATION, 0);
        ask.append(&[0; 4]).append(&v6("fe80::1").octets())
    };
    host.receive(seconds(1), &discovery(2, "::", "ff02::1:ff00:1", bare()));
    let (_, frame) = host.sent().remove(0);
    let view = Ipv6::view(&frame[14..]).unwrap();
    let icmp = Icmpv6::view(view.payload()).unwrap();
    let flags = icmp.advertisement_flags().unwrap();
    assert_eq!(
        (view.destination(), flags.router, flags.solicited, flags.replace),
        (group::ALL_NODES, true, false, true)
    );
    assert_eq!(host.floor.entries(seconds(1)).count(), 0);

    host.receive(seconds(1), &discovery(2, "fe80::2", "fe80::1", bare()));
    assert_eq!(host.reasons(), ["who has fe80::2? attempt 1 of 3"]);
    let says = Icmpv6::neighbour_advertisement(v6("fe80::2"), mac(2), true);
    host.receive(seconds(1), &discovery(2, "fe80::2", "fe80::1", says));
    assert_eq!(host.reasons(), ["fe80::1 is here, an answer"]);
}

/// RFC 4861 sections 6.1, 7.1 and 8.1: what breaks a rule is dropped without another effect.
#[test]
fn messages_that_break_a_rule() {
    let source = NdpOptionType::SOURCE_LINK_ADDRESS;
    let ask = || Icmpv6::neighbour_solicitation(v6("fe80::1"), mac(2));
    let bare = |target: &str| {
        Icmpv6::new(Icmpv6Type::NEIGHBOUR_SOLICITATION, 0).append(&[0; 4]).append(&v6(target).octets())
    };
    let says = |solicited| Icmpv6::neighbour_advertisement(v6("fe80::2"), mac(2), solicited);
    let redirect = |target: &str, about: &str| Icmpv6::redirect(v6(target), v6(about));
    let bad = [
        ("a code", "fe80::2", "fe80::1", ask().code(1)),
        ("from a group", "ff02::2", "fe80::1", ask()),
        ("a group as target", "fe80::2", "fe80::1", bare("ff02::1")),
        ("from nobody to one", "::", "fe80::1", bare("fe80::1")),
        ("from nobody with an address", "::", "ff02::1:ff00:1", ask()),
        ("an option of no length", "fe80::2", "fe80::1", ask().append(&[1, 0, 0, 0, 0, 0, 0, 0])),
        ("an option cut short", "fe80::2", "fe80::1", ask().append(&[1, 2, 0, 0, 0, 0, 0, 0])),
        (
            "too short",
            "fe80::2",
            "fe80::1",
            Icmpv6::new(Icmpv6Type::NEIGHBOUR_SOLICITATION, 0).append(&[0; 4]),
        ),
        ("solicited, to all", "fe80::2", "ff02::1", says(true)),
        ("a router's from afar", "2001:db8::2", "ff02::1", Icmpv6::router_advertisement(64, 1800)),
        ("a redirect from afar", "2001:db8::2", "fe80::1", redirect("fe80::3", "2001:db8::1")),
        ("a redirect for a group", "fe80::2", "fe80::1", redirect("fe80::3", "ff05::1")),
        ("a redirect to nowhere", "fe80::2", "fe80::1", redirect("2001:db8::9", "2001:db8::1")),
        (
            "who asks for routers is nobody, at an address",
            "::",
            "ff02::2",
            Icmpv6::router_solicitation().link_address(source, mac(2)),
        ),
    ];
    let mut host =
        Host::with(1, &["fe80::1/64"], &crate::stack::Config { router: true, ..Default::default() });
    for (count, (what, from, to, message)) in bad.into_iter().enumerate() {
        host.receive(seconds(1), &discovery(2, from, to, message));
        assert_eq!(host.dropped(DropReason::NdpMalformed), count as u64 + 1, "{what}");
    }
    let mut far = discovery(2, "fe80::2", "fe80::1", ask());
    far[21] = 254;
    let before = host.dropped(DropReason::NdpMalformed);
    host.receive(seconds(1), &far);
    assert_eq!(host.dropped(DropReason::NdpMalformed), before + 1);
    assert_eq!((host.reasons().len(), host.floor.entries(seconds(1)).count(), host.learned.len()), (0, 0, 0));
}

/// RFC 4861 section 7.2.5: nobody is made by an advertisement; one that ceases to be a router is told of.
#[test]
fn advertisements_of_strangers_and_routers() {
    let mut host = Host::new(1, &["fe80::1/64"]);
    let now = seconds(1);
    let says = |router| {
        let says = Icmpv6::neighbour_advertisement(v6("fe80::2"), mac(2), true);
        says.preset(&crate::wire::icmpv6::ndp::neighbour_advertisement::ROUTER, router)
    };
    host.receive(now, &discovery(2, "fe80::2", "fe80::1", says(true)));
    assert_eq!((host.floor.entries(now).count(), host.dropped(DropReason::NeighbourNotForUs)), (0, 1));
    host.send(now, "fe80::1", "fe80::2");
    host.receive(now, &discovery(2, "fe80::2", "fe80::1", says(true)));
    assert!(host.floor.entries(now).all(|entry| entry.router) && host.learned.is_empty());
    host.receive(now, &discovery(2, "fe80::2", "fe80::1", says(false)));
    assert_eq!(host.learned, [Learned::NotRouter(v6("fe80::2"))]);
}

/// RFC 4861 section 8.3: a router's redirect tells the target's Ethernet address; whether it is heeded is for the floor above to say.
#[test]
fn a_redirect() {
    let mut host = Host::new(1, &["fe80::1/64"]);
    let now = seconds(1);
    let (router, target, destination) = (v6("fe80::2"), v6("fe80::3"), v6("2001:db8::9"));
    let says = Icmpv6::redirect(target, destination);
    let says = says.link_address(NdpOptionType::TARGET_LINK_ADDRESS, mac(3));
    let redirect = discovery(2, "fe80::2", "fe80::1", says);
    let learned = Learned::Redirect { router, target, destination };
    host.receive(now, &redirect);
    assert_eq!((&host.learned, host.floor.entries(now).count()), (&alloc::vec![learned], 0));

    let here = Icmpv6::router_advertisement(0, 1800).link_address(NdpOptionType::SOURCE_LINK_ADDRESS, mac(2));
    host.receive(now, &discovery(2, "fe80::2", "ff02::1", here));
    host.receive(now, &redirect);
    assert_eq!(host.learned.last(), Some(&learned));
    let table: Vec<_> = host.floor.entries(now).map(|entry| entry.to_string()).collect();
    let expected = [
        "fe80::2 interface 0 lladdr 02:00:00:00:00:02 router STALE",
        "fe80::3 interface 0 lladdr 02:00:00:00:00:03 router STALE",
    ];
    assert_eq!(table, expected);
}
