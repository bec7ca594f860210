//! What is not believed.

use layercake::random::Random;

use super::*;

/// Section 3.9.2: not from another port, from who is no neighbour, from itself; section 5: not of version 0 or 1.
#[test]
fn messages_of_strangers_are_ignored() {
    let mut net = alone(|_| ());
    let response = rip::Rip::response().route(&route("10.9.0.0/16", 1));
    let bytes = response.bytes().unwrap().to_vec();
    for (from, port) in
        [("10.1.0.9", 521), ("10.2.0.9", 520), ("10.1.0.1", 520), ("198.51.100.1", 520), ("10.1.0.9", 0)]
    {
        says_message(&mut net, from, (port, 520), &bytes);
        assert_eq!(known(&net, 0, "10.9.0.0/16"), None, "{from} {port}");
    }
    for version in [0, 1] {
        let mut old = bytes.clone();
        old[1] = version;
        says_message(&mut net, "10.1.0.9", (520, 520), &old);
    }
    assert_eq!(counter(&net, 0, "messages_of_another_version"), 2);
    for command in [0, 3, 4, 5, 11, 255] {
        let mut other = bytes.clone();
        other[0] = command;
        says_message(&mut net, "10.1.0.9", (520, 520), &other);
    }
    assert_eq!((known(&net, 0, "10.9.0.0/16"), installed(&net, 0)), (None, vec![]));
    // Section 5: those to come are read as far as they are known.
    let mut later = bytes.clone();
    (later[1], later[2]) = (3, 7);
    says_message(&mut net, "10.1.0.9", (520, 520), &later);
    assert_eq!(metric(&net, 0, "10.9.0.0/16"), Some(2));
}

/// Section 3.9.2: metrics that are none, networks that are none; the others of the message count.
#[test]
fn routes_that_cannot_be_are_passed_over() {
    let mut net = alone(|_| ());
    let strange = |address: &str, mask: &str| Route {
        address: address.parse().unwrap(),
        mask: mask.parse().unwrap(),
        ..Route::default()
    };
    let routes = [
        route("10.3.0.0/16", 0),
        route("10.4.0.0/16", 17),
        route("10.5.0.0/16", u32::MAX),
        route("127.0.0.0/8", 1),
        route("127.1.2.3/32", 1),
        route("0.1.0.0/16", 1),
        route("224.0.0.0/4", 1),
        route("240.0.0.0/8", 1),
        route("255.255.255.255/32", 1),
        route("169.254.0.0/16", 1),
        strange("10.6.0.0", "255.0.255.0"),
        strange("10.6.0.0", "0.0.255.255"),
        Route { family: layercake::names::RipFamily(10), ..route("10.7.0.0/16", 1) },
        route("10.8.0.0/16", 1),
    ];
    says(&mut net, "10.1.0.9", &routes);
    assert_eq!(installed(&net, 0), ["10.8.0.0/16 via 10.1.0.9"]);
    assert_eq!(counter(&net, 0, "routes_that_cannot_be"), 13);
}

/// Of too many routes those that were there first stay.
#[test]
fn the_table_has_an_end() {
    let mut net = alone(|config| config.routes = 100);
    for n in 0..40_u8 {
        let routes: Vec<Route> = (0..25).map(|m| route(&format!("10.{}.{m}.0/24", n + 100), 1)).collect();
        says(&mut net, "10.1.0.9", &routes);
    }
    assert_eq!((installed(&net, 0).len(), counter(&net, 0, "routes_without_room")), (100, 900));
    net.run(SECOND * 301);
    says(&mut net, "10.1.0.9", &[route("10.200.0.0/16", 1)]);
    assert_eq!(installed(&net, 0).len(), 1);
}

/// Cut, too long, turned over: nothing but what it says, and nothing that does not end.
#[test]
fn noise_does_no_harm() {
    let mut net = alone(|config| config.routes = 50);
    net.checked = false;
    let mut random = Random::new(5);
    let routes: Vec<Route> = (0..25).map(|n| route(&format!("10.{n}.0.0/16"), 1 + n % 16)).collect();
    let whole = routes.iter().fold(rip::Rip::response(), |message, route| message.route(route));
    let whole = whole.bytes().unwrap().to_vec();
    for length in 0..whole.len() {
        says_message(&mut net, "10.1.0.9", (520, 520), &whole[..length]);
    }
    assert_eq!(counter(&net, 0, "messages_cut_or_too_long"), 504 - 25);
    says_message(&mut net, "10.1.0.9", (520, 520), &[&whole[..], &whole[4..24]].concat());
    says_message(&mut net, "10.1.0.9", (520, 520), &vec![2; 1400]);
    assert_eq!(counter(&net, 0, "messages_cut_or_too_long"), 504 - 25 + 2);
    for round in 0..5000 {
        let mut message = whole.clone();
        for _ in 0..=random.below(8) {
            let place = random.below(message.len() as u64) as usize;
            message[place] ^= 1 << random.below(8);
        }
        message.truncate(4 + 20 * random.below(26) as usize);
        says_message(&mut net, &format!("10.1.0.{}", 2 + random.below(250)), (520, 520), &message);
        if round % 100 == 0 {
            net.run(SECOND * 7);
        }
    }
    let rip: &Rip = net.hosts[0].get().unwrap();
    assert!(rip.routes().filter(|known| known.from.is_some()).count() <= 50);
    net.run(SECOND * 301);
    assert_eq!(net.hosts[0].get::<Rip>().unwrap().routes().filter(|known| known.from.is_some()).count(), 0);
}
