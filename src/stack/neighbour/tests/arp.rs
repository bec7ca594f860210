use super::*;
use crate::wire::arp::Arp;

fn arp(from: u8, sender: (u8, &str), operation: u16, target: (Mac, &str)) -> Vec<u8> {
    let v4 = |address: &str| address.parse().unwrap();
    let operation = crate::names::ArpOperation(operation);
    let message = Arp::new(operation, (mac(sender.0), v4(sender.1)), (target.0, v4(target.1)));
    (Ethernet::new(mac(from), group::BROADCAST) / message).to_vec().unwrap()
}

/// RFC 826: a request to everybody, a reply to the one who asked, and then the packet that waited.
#[test]
fn a_request_a_reply_and_the_packet() {
    let mut hosts = [Host::new(1, &["10.0.0.1/24"]), Host::new(2, &["10.0.0.2/24"])];
    let now = seconds(1);
    hosts[0].send(now, "10.0.0.1", "10.0.0.2");
    let (reason, request) = hosts[0].sent().remove(0);
    assert_eq!(reason, "who has 10.0.0.2? attempt 1 of 3");
    let expected =
        "ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002";
    assert_eq!(request, hex::decode(expected.replace(' ', "")).unwrap());

    hosts[1].receive(now, &request);
    let (reason, reply) = hosts[1].sent().remove(0);
    assert_eq!(reason, "10.0.0.2 is here, an answer");
    let expected =
        "020000000001 020000000002 0806 0001 0800 06 04 0002 020000000002 0a000002 020000000001 0a000001";
    assert_eq!(reply, hex::decode(expected.replace(' ', "")).unwrap());
    // Whoever was asked knows who asked, and nothing is done until that is used.
    assert_eq!(hosts[1].state_of(now, "10.0.0.1"), Some(State::Stale));
    assert_eq!(hosts[1].floor.deadline(), None);

    hosts[0].receive(now, &reply);
    let (reason, packet) = hosts[0].sent().remove(0);
    assert_eq!((reason.as_str(), &packet[..6]), ("data of the application", &mac(2).0[..]));
    assert_eq!(hosts[0].state_of(now, "10.0.0.2"), Some(State::Reachable));
    let table: Vec<_> = hosts[0].floor.entries(now).map(|entry| entry.to_string()).collect();
    assert_eq!(table, ["10.0.0.2 interface 0 lladdr 02:00:00:00:00:02 REACHABLE"]);
}

/// RFC 826, packet reception: sender's address, operation, target; what is kept of the sender, and whether there is a reply.
#[test]
fn what_is_learned_from_whom() {
    use State::*;
    let (none, own) = (Mac::default(), mac(1));
    let table = [
        // Requests: those for us make a neighbour, others renew one that is there.
        ("10.0.0.9", 1, none, "10.0.0.1", Some(Stale), true),
        ("10.0.0.9", 1, none, "10.0.0.3", None, false),
        ("10.0.0.2", 1, none, "10.0.0.3", Some(Stale), false),
        // An announcement of one that is known, and of one that is not.
        ("10.0.0.2", 1, none, "10.0.0.2", Some(Stale), false),
        ("10.0.0.9", 1, none, "10.0.0.9", None, false),
        // Replies: nobody is made by one that was not asked for.
        ("10.0.0.9", 2, own, "10.0.0.1", None, false),
        ("10.0.0.2", 2, own, "10.0.0.1", Some(Reachable), false),
        ("10.0.0.2", 2, mac(7), "10.0.0.7", Some(Stale), false),
        // A probe is answered, and nothing is learned from it.
        ("0.0.0.0", 1, none, "10.0.0.1", None, true),
    ];
    for (sender, operation, target_mac, target, state, replies) in table {
        let mut host = Host::new(1, &["10.0.0.1/24"]);
        let now = seconds(1);
        // 10.0.0.2 is known by another address.
        host.receive(now, &arp(8, (8, "10.0.0.2"), 1, (none, "10.0.0.1")));
        host.sent();
        host.receive(now, &arp(9, (9, sender), operation, (target_mac, target)));
        assert_eq!(host.state_of(now, sender), state, "{sender} {operation} {target}");
        assert_eq!(host.reasons().len(), usize::from(replies), "{sender} {operation} {target}");
        if state.is_some() {
            assert_eq!(host.floor.find(now, ETH, ip(sender)), Some(mac(9)));
        }
    }
}

/// Stations that there cannot be, and what is no request and no reply.
#[test]
fn nonsense_is_counted() {
    let mut host = Host::new(1, &["10.0.0.1/24"]);
    let now = seconds(1);
    let none = Mac::default();
    let good = arp(9, (9, "10.0.0.9"), 1, (none, "10.0.0.1"));
    let mut group = good.clone();
    group[22..28].fill(0xff);
    let mut zero = good.clone();
    zero[22..28].fill(0);
    let bad = [
        good[..41].to_vec(),
        group,
        zero,
        arp(9, (9, "10.0.0.9"), 3, (none, "10.0.0.1")),
        arp(9, (9, "224.0.0.1"), 1, (none, "10.0.0.1")),
        arp(9, (9, "127.0.0.1"), 1, (none, "10.0.0.1")),
        arp(9, (9, "0.0.0.0"), 2, (mac(1), "10.0.0.1")),
    ];
    for (count, frame) in bad.iter().enumerate() {
        host.receive(now, frame);
        assert_eq!(host.dropped(DropReason::ArpMalformed), count as u64 + 1, "{frame:02x?}");
    }
    // Its own words, come back.
    host.receive(now, &arp(1, (1, "10.0.0.1"), 1, (none, "10.0.0.9")));
    assert_eq!(host.dropped(DropReason::NeighbourNotForUs), 1);
    assert_eq!((host.reasons().len(), host.floor.entries(now).count()), (0, 0));
}

/// RFC 826: padding behind the message, as short Ethernet frames have it, is nothing.
#[test]
fn padding_is_passed_over() {
    let mut host = Host::new(1, &["10.0.0.1/24"]);
    let mut frame = arp(9, (9, "10.0.0.9"), 1, (Mac::default(), "10.0.0.1"));
    frame.resize(60, 0);
    host.receive(seconds(1), &frame);
    assert_eq!(host.reasons(), ["10.0.0.1 is here, an answer"]);
}
