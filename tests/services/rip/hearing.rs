//! One router, and what it makes of what it hears: sections 3.8, 3.9, 4 and 5.

use super::*;

/// Section 3.8: 180 s of silence, then 120 s in which it is said to be gone, to the nanosecond.
#[test]
fn routes_time_out() {
    let mut net = alone(|_| ());
    let start = net.now;
    says(&mut net, "10.1.0.9", &[route("10.9.0.0/16", 4)]);
    assert_eq!(
        known(&net, 0, "10.9.0.0/16").map(|known| (known.metric, known.until)),
        Some((5, start + SECOND * 180))
    );
    net.run(SECOND * 100);
    // Heard of again: from the beginning.
    let start = net.now;
    says(&mut net, "10.1.0.9", &[route("10.9.0.0/16", 4)]);
    let nano = Duration::from_nanos(1);
    net.run(SECOND * 180 - nano);
    assert_eq!((metric(&net, 0, "10.9.0.0/16"), installed(&net, 0).len()), (Some(5), 1));
    net.run(nano);
    assert_eq!((metric(&net, 0, "10.9.0.0/16"), installed(&net, 0).len()), (Some(16), 0));
    assert_eq!(net.now, start + SECOND * 180);
    net.log.clear();
    net.run(SECOND * 120 - nano);
    assert_eq!(metric(&net, 0, "10.9.0.0/16"), Some(16));
    // All that time it is told of.
    let updates: Vec<_> = said(&net, 0);
    assert!(updates.len() >= 3 && updates.iter().all(|said| said.metric("10.9.0.0") == Some(16)));
    net.run(nano);
    assert_eq!(metric(&net, 0, "10.9.0.0/16"), None);
}

/// Section 3.9.2: which news is believed.
#[test]
fn nearer_is_believed_and_the_same_router_always() {
    let mut net = alone(|_| ());
    let says_of = |net: &mut Net, from: &str, metric| says(net, from, &[route("10.9.0.0/16", metric)]);
    let is = |net: &Net| {
        let known = known(net, 0, "10.9.0.0/16").unwrap();
        (known.metric, known.from.unwrap().1.to_string())
    };
    let (a, b) = ("10.1.0.8", "10.1.0.9");
    // Not reachable: that is no news of what nobody knows.
    says_of(&mut net, a, 16);
    assert_eq!(known(&net, 0, "10.9.0.0/16"), None);
    for (from, metric, wanted) in [
        (a, 5, (6, a)),
        (b, 5, (6, a)),   // as near: the old one stays
        (b, 7, (6, a)),   // farther
        (b, 4, (5, b)),   // nearer
        (a, 16, (5, b)),  // that there is no way by somebody else does not matter
        (b, 9, (10, b)),  // the same router, farther
        (b, 15, (16, b)), // too far: the sum is infinity at most
        (a, 14, (15, a)), // a new one while it is said to be gone
        (a, 16, (16, a)),
        (a, 16, (16, a)),
        (b, 1, (2, b)),
    ] {
        says_of(&mut net, from, metric);
        assert_eq!(is(&net), (wanted.0, wanted.1.to_string()), "{from} says {metric}");
        let via = (wanted.0 < 16).then(|| format!("10.9.0.0/16 via {}", wanted.1));
        assert_eq!(installed(&net, 0), via.into_iter().collect::<Vec<_>>());
    }
}

/// Section 3.9.2: half of its time without a word, and somebody who is as near takes its place.
#[test]
fn a_stale_route_gives_way_to_one_that_is_as_good() {
    let mut net = alone(|_| ());
    let from = |net: &Net| known(net, 0, "10.9.0.0/16").unwrap().from.unwrap().1.to_string();
    says(&mut net, "10.1.0.8", &[route("10.9.0.0/16", 5)]);
    net.run(SECOND * 90 - Duration::from_nanos(1));
    says(&mut net, "10.1.0.9", &[route("10.9.0.0/16", 5)]);
    assert_eq!(from(&net), "10.1.0.8");
    net.run(Duration::from_nanos(1));
    says(&mut net, "10.1.0.9", &[route("10.9.0.0/16", 5)]);
    assert_eq!(from(&net), "10.1.0.9");
}

/// Section 3.8: the time in which it is said to be gone begins once.
#[test]
fn a_deletion_begins_once() {
    let mut net = alone(|_| ());
    says(&mut net, "10.1.0.9", &[route("10.9.0.0/16", 5)]);
    says(&mut net, "10.1.0.9", &[route("10.9.0.0/16", 16)]);
    for _ in 0..3 {
        net.run(SECOND * 30);
        says(&mut net, "10.1.0.9", &[route("10.9.0.0/16", 16)]);
    }
    net.run(SECOND * 30);
    assert_eq!(known(&net, 0, "10.9.0.0/16"), None);
}

/// What a router is connected with it knows best, also when somebody says otherwise; the network of a link that is down is learned.
#[test]
fn own_networks_are_the_nearest() {
    let mut net = alone(|_| ());
    says(&mut net, "10.1.0.9", &[route("10.1.0.0/24", 1), route("10.7.0.0/24", 1)]);
    assert_eq!(metric(&net, 0, "10.1.0.0/24"), Some(1));
    assert_eq!(installed(&net, 0), ["10.7.0.0/24 via 10.1.0.9"]);
    // It gets an address there.
    let now = net.now;
    net.stack(0).add_address(now, InterfaceId(1), "10.7.0.1/24".parse().unwrap()).unwrap();
    net.run(SECOND * 36);
    assert_eq!((metric(&net, 0, "10.7.0.0/24"), installed(&net, 0)), (Some(1), vec![]));
    let now = net.now;
    net.stack(0).remove_address(now, InterfaceId(1), "10.7.0.1".parse().unwrap());
    net.run(SECOND * 36);
    assert_eq!(metric(&net, 0, "10.7.0.0/24"), Some(16));
    says(&mut net, "10.1.0.9", &[route("10.7.0.0/24", 1)]);
    assert_eq!((metric(&net, 0, "10.7.0.0/24"), installed(&net, 0).len()), (Some(2), 1));
}

/// Section 4.3 and 3.7: masks; without one the network's class has it, or it is a host.
#[test]
fn masks_say_what_a_network_is() {
    let mut net = alone(|_| ());
    let bare = |address: &str| Route { mask: Ipv4Addr::UNSPECIFIED, ..route(&format!("{address}/32"), 1) };
    let routes = [
        route("192.168.4.0/22", 1),
        route("192.168.4.128/25", 2),
        route("198.51.100.7/32", 1),
        bare("20.0.0.0"),
        bare("150.3.0.0"),
        bare("200.1.2.0"),
        bare("200.1.2.3"),
        bare("0.0.0.0"),
    ];
    says(&mut net, "10.1.0.9", &routes);
    let networks: Vec<String> =
        installed(&net, 0).iter().map(|text| text.replace(" via 10.1.0.9", "")).collect();
    assert_eq!(
        networks,
        [
            "0.0.0.0/0",
            "20.0.0.0/8",
            "150.3.0.0/16",
            "192.168.4.0/22",
            "200.1.2.0/24",
            "192.168.4.128/25",
            "198.51.100.7/32",
            "200.1.2.3/32"
        ]
    );
}

/// Section 4.4: a next hop on the link is sent to; one that is not there is the router that says so; the way back here is none.
#[test]
fn next_hops_are_taken_where_they_can_be() {
    let mut net = alone(|_| ());
    let by = |network: &str, hop: &str| Route { next_hop: hop.parse().unwrap(), ..route(network, 1) };
    let routes = [
        by("10.3.0.0/16", "10.1.0.77"),
        by("10.4.0.0/16", "10.2.0.77"),
        by("10.5.0.0/16", "10.1.0.1"),
        by("10.6.0.0/16", "10.1.0.255"),
    ];
    says(&mut net, "10.1.0.9", &routes);
    assert_eq!(
        installed(&net, 0),
        ["10.3.0.0/16 via 10.1.0.77", "10.4.0.0/16 via 10.1.0.9", "10.6.0.0/16 via 10.1.0.9"]
    );
    // Another one from the same router.
    says(&mut net, "10.1.0.9", &[by("10.3.0.0/16", "10.1.0.78")]);
    assert_eq!(installed(&net, 0)[0], "10.3.0.0/16 via 10.1.0.78");
}

/// Section 5.2, the table of what is believed: with a password what has it, without one what has none.
#[test]
fn passwords_are_asked_for() {
    for (own, believed) in
        [(None, [true, false, false, false]), (Some("secret"), [false, true, false, false])]
    {
        for (number, theirs) in [None, Some("secret"), Some("Secret"), Some("")].into_iter().enumerate() {
            let mut net = alone(|config| config.password = own.map(|own| own.as_bytes().to_vec()));
            let message = rip::Rip::response();
            let message = theirs.map_or(message, |theirs| message.password(theirs.as_bytes()));
            says_message(
                &mut net,
                "10.1.0.9",
                (520, 520),
                message.route(&route("10.9.0.0/16", 1)).bytes().unwrap(),
            );
            assert_eq!(known(&net, 0, "10.9.0.0/16").is_some(), believed[number], "{own:?} {theirs:?}");
            assert_eq!(counter(&net, 0, "messages_not_authenticated"), u64::from(!believed[number]));
        }
    }
    // What is said has it too.
    let mut net = alone(|config| {
        config.password = Some(b"secret".to_vec());
        config.announced =
            vec![Announced { network: "0.0.0.0/0".parse().unwrap(), metric: 2, tag: 0, next_hop: None }];
    });
    net.run(SECOND * 36);
    let packet = Decoder::new().packet(Frame::ethernet(&net.log[0].frame[..]));
    let rip = packet.get::<rip::Rip>().unwrap();
    assert_eq!(rip.authentication().unwrap().password(), Some(&b"secret"[..]));
}

/// Section 3.9.1: everything, as on that link, to whoever asks, at the port that it asks from; or what is known of some networks, as it is; or nothing.
#[test]
fn requests_are_answered() {
    let mut net = alone(|config| {
        config.announced =
            vec![Announced { network: "0.0.0.0/0".parse().unwrap(), metric: 2, tag: 0, next_hop: None }];
    });
    let host = net.host(false);
    net.attach(host, 1, 1500, "10.1.0.5/24");
    says(&mut net, "10.1.0.5", &[route("10.9.0.0/16", 3)]);
    net.run(SECOND * 6);
    let socket = net.udp(host, 4000);
    let ask = |net: &mut Net, routes: &[Route]| {
        let request = routes.iter().fold(rip::Rip::request(), |message, route| message.route(route));
        net.send(host, socket, request.bytes().unwrap(), "10.1.0.1:520");
        let (bytes, from) = net.received(host, socket)?;
        assert_eq!(from, "10.1.0.1:520");
        let answer = rip::Rip::view(&bytes[..]).unwrap();
        assert_eq!((answer.command(), answer.version()), (RipCommand::RESPONSE, 2));
        Some(answer.routes().map(|route| (route.address.to_string(), route.metric)).collect::<Vec<_>>())
    };
    let all = ask(&mut net, &[Route::everything()]).unwrap();
    assert_eq!(all, [("0.0.0.0".into(), 2), ("10.9.0.0".into(), 16)], "with split horizon");
    let some = [route("10.9.0.0/16", 16), route("10.1.0.0/24", 16), route("10.2.0.0/24", 16)];
    let some = ask(&mut net, &some).unwrap();
    assert_eq!(some, [("10.9.0.0".into(), 4), ("10.1.0.0".into(), 1), ("10.2.0.0".into(), 16)], "without");
    assert_eq!(ask(&mut net, &[]), None);
}
