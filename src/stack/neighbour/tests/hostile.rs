use super::*;
use crate::names::Icmpv6Type;
use proptest::collection::vec as bytes;
use proptest::prelude::*;

/// Something that may come, or happen.
#[derive(Clone, Debug)]
enum Step {
    Arp(Vec<u8>),
    Request(u8, u8, u8),
    Discovery(u8, u8, Vec<u8>),
    Send(u8),
    Wait(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let types = 133..=137u8;
    prop_oneof![
        bytes(any::<u8>(), 0..64).prop_map(Step::Arp),
        (0..6u8, 0..6u8, 0..3u8).prop_map(|(from, to, operation)| Step::Request(from, to, operation)),
        (any::<u8>(), types, bytes(any::<u8>(), 0..200))
            .prop_map(|(from, kind, rest)| Step::Discovery(from, kind, rest)),
        (0..8u8).prop_map(Step::Send),
        any::<u32>().prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes, nothing panics, nothing grows beyond its bound, time goes on, and what is sent is sound.
    #[test]
    fn nothing_breaks(steps in bytes(step(), 0..80), router: bool, probe_ipv4: bool) {
        let mut config = crate::stack::Config { router, ..Default::default() };
        config.neighbour.probe_ipv4 = probe_ipv4;
        (config.neighbour.entries, config.neighbour.unresolved, config.neighbour.waiting) = (12, 5, 3);
        config.neighbour.waiting_bytes = 400;
        config.neighbour.advertise = alloc::vec![Advertise::new(ETH, "2001:db8::/64".parse().unwrap())];
        let mut host = Host::with(1, &["10.0.0.1/24", "fe80::1/64"], &config);
        let mut now = seconds(1);
        host.add(now, "10.0.0.2/24");
        host.floor.attach(now, &mut host.interfaces, ETH, &mut host.out);
        for step in steps {
            match step {
                Step::Arp(bytes) => {
                    host.floor.on_arp(now, &mut host.interfaces, ETH, &bytes, &mut host.out);
                }
                Step::Request(from, to, operation) => {
                    let ends = ((mac(from), [10, 0, 0, from].into()), (mac(to), [10, 0, 0, to].into()));
                    let operation = crate::names::ArpOperation(operation.into());
                    let arp = crate::wire::arp::Arp::new(operation, ends.0, ends.1);
                    host.floor.on_arp(now, &mut host.interfaces, ETH, arp.bytes().unwrap(), &mut host.out);
                }
                Step::Discovery(from, kind, rest) => {
                    // Options are hardly ever in place by chance; a broken one is not looked at.
                    let mut message = alloc::vec![kind, 0, 0, 0];
                    message.extend(&rest);
                    let fixed = match Icmpv6Type(kind) {
                        Icmpv6Type::ROUTER_SOLICITATION => 8,
                        Icmpv6Type::ROUTER_ADVERTISEMENT => 16,
                        Icmpv6Type::REDIRECT => 40,
                        _ => 24,
                    };
                    if from & 1 == 1 && message.len() > fixed + 8 {
                        message.truncate(fixed + (message.len() - fixed) / 8 * 8);
                        for at in (fixed..message.len()).step_by(8) {
                            message[at] %= 6;
                            message[at + 1] = 1;
                        }
                        if message.len() >= fixed + 32 {
                            (message[fixed], message[fixed + 1], message[fixed + 2]) = (3, 4, 64);
                        }
                        if fixed >= 24 && from & 2 == 2 {
                            message[8..24].copy_from_slice(&v6("fe80::1").octets());
                        }
                    }
                    let source = if from < 20 { Ipv6Addr::UNSPECIFIED } else { Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, from.into()) };
                    let ends = (source, v6("ff02::1:ff00:1"));
                    let _ = host.floor.on_ndp(now, &mut host.interfaces, ETH, ends, 255, &message, &mut host.out);
                }
                Step::Send(to) => host.send(now, "10.0.0.1", &alloc::format!("10.0.0.{}", to + 10)),
                Step::Wait(span) => {
                    let end = now + Duration::from_millis(u64::from(span >> 12));
                    while let Some(at) = host.floor.deadline().filter(|at| *at <= end) {
                        host.floor.on_deadline(at, &mut host.interfaces, &mut host.out);
                        prop_assert!(host.floor.deadline().is_none_or(|next| next > at));
                    }
                    now = end;
                }
            }
            host.sent();
            let (waiting, _, unresolved) = host.floor.cache.audit();
            prop_assert!(waiting <= 400 && unresolved <= 5 && host.floor.cache.iter().count() <= 12);
            let addresses = host.interfaces[0].addresses.len();
            prop_assert!(addresses <= 16 && host.floor.claims.len() <= addresses);
            prop_assert!(host.floor.automatic.len() <= addresses && host.floor.events.len() <= EVENTS);
            prop_assert!(host.floor.timers.len() <= 12 + addresses + 3);
        }
    }
}
