//! RFC 2131: what a client does.

use std::net::Ipv4Addr;
use std::time::Duration;

use layercake::field::{Builder, Mac};
use layercake::names::{BootpOpcode, DhcpMessageType as Type, DhcpOption as Code};
use layercake::random::Random;
use layercake::stack::service::Figure;
use layercake::stack::service::dhcp::client::{Config, State};
use layercake::stack::service::dhcp::server::{self, BindingState, Subnet};
use layercake::stack::service::dhcp::{DhcpClient, DhcpServer, Lease};
use layercake::stack::{Errno, Event, InterfaceId, Kind};
use layercake::time::Time;
use layercake::wire::dhcp::Dhcp;

use super::stations::{Lone, Message, OWN, kinds};
use super::wires::Net;

const ETH: InterfaceId = InterfaceId(1);
const SERVER: Mac = Mac([2, 0, 0, 0, 9, 9]);

fn v4(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

fn subnet(network: &str, first: &str, last: &str) -> Subnet {
    Subnet::new(network.parse().unwrap(), [v4(first), v4(last)])
}

fn serving(subnet: Subnet) -> DhcpServer {
    DhcpServer::new(server::Config { subnets: vec![subnet], ..server::Config::default() })
}

/// A client that begins at once.
fn quick() -> Config {
    Config { start: (Duration::ZERO, Duration::ZERO), ..Config::default() }
}

fn client(net: &Net, host: usize) -> &DhcpClient {
    net.hosts[host].get::<DhcpClient>().unwrap()
}

fn lease(net: &Net, host: usize) -> Option<Lease> {
    client(net, host).lease().cloned()
}

/// A server, 10.0.0.1, and a client, with a lease of an hour.
fn bound() -> Net {
    let mut net = Net::new();
    net.station_at(0, "10.0.0.1/24");
    net.station(0);
    let mut lan = subnet("10.0.0.0/24", "10.0.0.50", "10.0.0.59");
    lan.routers.push(v4("10.0.0.1"));
    net.start(0, serving(lan));
    net.start(1, DhcpClient::new(ETH, quick()));
    net.seconds(10);
    assert_eq!(client(&net, 1).state(), State::Bound);
    // So that nothing has to wait for it.
    let mac = Mac([2, 0, 0, 0, 0, 1]);
    net.hosts[1].stack.add_neighbour(net.now, ETH, v4("10.0.0.1").into(), mac).unwrap();
    net
}

/// A client alone, which has just looked for servers, and that message.
fn lone(config: Config) -> (Lone, Message) {
    let mut lone = Lone::new(None, DhcpClient::new(ETH, Config { start: Default::default(), ..config }));
    let discover = lone.run(Duration::from_secs(3)).remove(0);
    assert_eq!(discover.kind(), Type::DISCOVER);
    (lone, discover)
}

/// What a server, 10.0.0.1, says to a message: an hour of 10.0.0.57/24.
fn says(kind: Type, to: &Message) -> Builder<Dhcp> {
    bare(kind, to)
        .option(Code::IP_ADDRESS_LEASE_TIME, &3600u32.to_be_bytes())
        .option(Code::SUBNET_MASK, &[255, 255, 255, 0])
}

/// The same without a lease.
fn bare(kind: Type, to: &Message) -> Builder<Dhcp> {
    Dhcp::reply(kind, to.dhcp().id(), OWN, v4("10.0.0.57"), v4("10.0.0.1"))
}

impl Lone {
    /// The client is told something, in a frame to it alone; what it sends then.
    fn told(&mut self, message: &Builder<Dhcp>) -> Vec<Message> {
        self.gets((SERVER, OWN), ("10.0.0.1", "10.0.0.57"), (67, 68), message.bytes().unwrap())
    }

    fn client(&self) -> &DhcpClient {
        self.host.get::<DhcpClient>().unwrap()
    }

    /// It gets what is offered.
    fn gets_bound(&mut self, discover: &Message, change: impl Fn(Builder<Dhcp>) -> Builder<Dhcp>) -> Lease {
        let request = self.told(&change(bare(Type::OFFER, discover))).remove(0);
        assert_eq!(request.kind(), Type::REQUEST);
        self.told(&change(bare(Type::ACK, &request)));
        assert_eq!(self.client().state(), State::Checking);
        assert_eq!(self.client().lease(), None);
        self.run(Duration::from_secs(8));
        assert_eq!(self.client().state(), State::Bound);
        self.client().lease().unwrap().clone()
    }
}

/// Section 3.1 and figure 3: discover, offer, request, acknowledgement, as they lie on the wire.
#[test]
fn an_address_comes_by_four_messages() {
    let mut net = bound();
    let messages = net.dhcp();
    assert_eq!(kinds(&messages), [Type::DISCOVER, Type::OFFER, Type::REQUEST, Type::ACK]);
    let [discover, offer, request, ack] = messages.as_slice() else { panic!() };
    let own = [2, 0, 0, 0, 0, 2];
    let id = discover.dhcp().id().to_be_bytes();
    // Table 5: client's and server's address, seconds and flags are 0, and the options.
    let fixed = [&[1, 1, 6, 0][..], &id, &[0; 20], &own, &[0; 10 + 64 + 128], &[99, 130, 83, 99]].concat();
    let wishes = [57, 2, 0x05, 0xc0, 55, 7, 1, 121, 3, 6, 12, 15, 26, 255];
    let mut expected = [&fixed[..], &[53, 1, 1], &wishes].concat();
    expected.resize(300, 0);
    assert_eq!(discover.bytes, expected);
    for message in [discover, request] {
        assert_eq!(message.macs, (Mac(own), Mac::BROADCAST));
        assert_eq!(message.ips, (v4("0.0.0.0"), v4("255.255.255.255")));
        assert_eq!(message.ports, (68, 67));
    }
    // Table 3; it goes to the hardware of a client that has no address yet (section 4.1).
    let address = offer.dhcp().your();
    let lent = [&[51, 4, 0, 0, 0x0e, 0x10, 58, 4, 0, 0, 0x07, 0x08, 59, 4, 0, 0, 0x0c, 0x4e][..]].concat();
    let told = [1, 4, 255, 255, 255, 0, 3, 4, 10, 0, 0, 1, 255];
    for (message, kind) in [(offer, 2), (ack, 5)] {
        let head = [&[2, 1, 6, 0][..], &id, &[0; 8], &address.octets(), &[0; 8], &own].concat();
        let head = [&head[..], &[0; 10 + 64 + 128], &[99, 130, 83, 99]].concat();
        let server = [53, 1, kind, 54, 4, 10, 0, 0, 1];
        let mut expected = [&head[..], &server, &lent, &told].concat();
        expected.resize(300, 0);
        assert_eq!(message.bytes, expected);
        assert_eq!(message.macs, (Mac([2, 0, 0, 0, 0, 1]), Mac(own)));
        assert_eq!((message.ips, message.ports), ((v4("10.0.0.1"), address), (67, 68)));
    }
    let chosen = [&[53, 1, 3, 50, 4][..], &address.octets(), &[54, 4, 10, 0, 0, 1], &wishes].concat();
    let mut expected = [&fixed[..], &chosen].concat();
    expected.resize(300, 0);
    assert_eq!(request.bytes, expected);

    let lease = lease(&net, 1).unwrap();
    assert_eq!(lease.to_string(), format!("{address}/24 from 10.0.0.1 for 3600 s"));
    assert_eq!(lease.since, request.time);
    assert_eq!(lease.renewal, request.time + Duration::from_secs(1800));
    assert_eq!(lease.rebinding, request.time + Duration::from_secs(3150));
    let listing = net.hosts[1].stack.routes().listing(net.hosts[1].stack.interfaces()).to_string();
    assert!(listing.contains("default via 10.0.0.1 dev eth0 proto dhcp\n"), "{listing}");
    assert_eq!(net.notices(1), [lease.to_string()]);
    assert_eq!(net.notices(0), [format!("lends {address} to 02:00:00:00:00:02 for 3600 s")]);
}

/// Section 4.4.1: a random time between 1 and 10 s before the first message; section 4.1: then 4, 8, 16, 32, 64 s, each one second more or less at
/// random, all with the same transaction and with the seconds that have gone by.
#[test]
fn nobody_answers_and_it_asks_ever_more_slowly() {
    let (mut starts, mut jitters) = (Vec::new(), Vec::new());
    for seed in 0..50 {
        let mut net = Net::new();
        net.seeded(0, seed);
        net.start(0, DhcpClient::new(ETH, Config::default()));
        net.seconds(400);
        let sent = net.dhcp();
        let start = sent[0].time.since(Time::new(1, 0));
        assert!((Duration::from_secs(1)..Duration::from_secs(10)).contains(&start), "{start:?}");
        starts.push(start.as_secs());
        for (pair, usual) in sent.windows(2).zip([4, 8, 16, 32, 64, 64, 64, 64]) {
            let gap = pair[1].time.since(pair[0].time);
            let jitter = gap.as_secs_f64() - f64::from(usual);
            assert!((-1.0..=1.0).contains(&jitter), "{usual}: {gap:?}");
            jitters.push(jitter);
            assert_eq!(pair[0].dhcp().id(), pair[1].dhcp().id());
            let gone = pair[1].time.since(sent[0].time).as_secs();
            assert_eq!(u64::from(pair[1].dhcp().seconds()), gone);
        }
        assert!((9..=10).contains(&sent.len()), "{}", sent.len());
    }
    assert!((1..10).all(|second| starts.contains(&second)), "{starts:?}");
    let mean = jitters.iter().sum::<f64>() / jitters.len() as f64;
    assert!(mean.abs() < 0.1, "{mean}");
    assert!(jitters.iter().any(|jitter| *jitter < -0.9) && jitters.iter().any(|jitter| *jitter > 0.9));
}

/// Section 3.1, step 5, and table 5: a request has the number and the seconds of its offer, is sent again for 60 s, and then all begins anew.
#[test]
fn a_request_without_answer_is_given_up_after_a_minute() {
    let (mut lone, _) = lone(Config::default());
    let again = lone.run(Duration::from_secs(3)).remove(0);
    assert!((3..=5).contains(&again.dhcp().seconds()));
    let mut sent = lone.told(&says(Type::OFFER, &again));
    let from = lone.now;
    sent.extend(lone.run(Duration::from_secs(100)));
    assert_eq!(
        kinds(&sent)[..5],
        [Type::REQUEST, Type::REQUEST, Type::REQUEST, Type::REQUEST, Type::DISCOVER]
    );
    for request in &sent[..4] {
        assert_eq!(
            (request.dhcp().id(), request.dhcp().seconds()),
            (again.dhcp().id(), again.dhcp().seconds())
        );
        assert_eq!(request.dhcp().requested_address(), Some(v4("10.0.0.57")));
        assert_eq!(request.dhcp().server_identifier(), Some(v4("10.0.0.1")));
        assert!(request.dhcp().client().is_unspecified());
    }
    let total = sent[4].time.since(from).as_secs_f64();
    assert!((56.0..=64.0).contains(&total), "{total}");
    assert_ne!(sent[4].dhcp().id(), again.dhcp().id());
}

/// Whatever of the first messages is lost, it has an address in the end, and in time.
#[test]
fn lost_messages_are_sent_again() {
    for lost in 0..6usize {
        let mut net = Net::new();
        net.station_at(0, "10.0.0.1/24");
        net.station(0);
        net.start(0, serving(subnet("10.0.0.0/24", "10.0.0.50", "10.0.0.59")));
        let mut count = 0;
        net.lose = Some(Box::new(move |sent| {
            let is_dhcp = Message::read(sent).is_some();
            count += usize::from(is_dhcp);
            is_dhcp && count - 1 == lost
        }));
        net.start(1, DhcpClient::new(ETH, quick()));
        net.seconds(20);
        assert_eq!(client(&net, 1).state(), State::Bound, "message {lost}");
    }
}

/// Section 4.4.5: at T1 it asks its server, by unicast from its address and with that in the message, and has it for longer.
#[test]
fn a_lease_is_renewed_at_half_of_its_time() {
    let mut net = bound();
    let first = lease(&net, 1).unwrap();
    let own = first.address.addr();
    net.dhcp();
    net.run(first.renewal.since(net.now) - Duration::from_millis(1));
    assert_eq!(net.dhcp().len(), 0);
    net.seconds(1);
    let messages = net.dhcp();
    assert_eq!(kinds(&messages), [Type::REQUEST, Type::ACK]);
    let request = &messages[0];
    assert_eq!(request.time, first.renewal);
    assert_eq!((request.ips, request.macs.1), ((own, v4("10.0.0.1")), Mac([2, 0, 0, 0, 0, 1])));
    assert_eq!((request.dhcp().client(), request.dhcp().seconds()), (own, 0));
    // Table 5: neither of these when renewing.
    assert_eq!((request.dhcp().requested_address(), request.dhcp().server_identifier()), (None, None));
    // It has an address to which the answer comes.
    assert_eq!(messages[1].ips, (v4("10.0.0.1"), own));
    let second = lease(&net, 1).unwrap();
    assert_eq!(second.until, request.time + Duration::from_secs(3600));
    net.seconds(50_000);
    assert_eq!(client(&net, 1).state(), State::Bound);
    assert!(lease(&net, 1).unwrap().until > net.now);
    assert_eq!(net.hosts[0].get::<DhcpServer>().unwrap().bindings().count(), 1);
    assert!(net.notices(1).iter().all(|notice| notice.starts_with(&first.address.to_string())));
}

/// Section 4.4.5: without an answer it asks again after half of the time that is left, 60 s at least; at T2 it asks all servers; at the end the
/// address is taken away, connections on it are over, and it looks for another. The same address is asked for then.
#[test]
fn without_a_server_a_lease_ends() {
    let mut net = bound();
    let lease = lease(&net, 1).unwrap();
    let own = lease.address.addr();
    // Something that is open on the address: to another host, so that only the lease can end it.
    net.station_at(0, "10.0.0.2/24");
    let listener = net.hosts[2].stack.socket(Kind::Stream).unwrap();
    net.hosts[2].stack.bind(listener, "10.0.0.2:80".parse().unwrap()).unwrap();
    net.hosts[2].stack.listen(listener, 1).unwrap();
    let (now, stack) = (net.now, &mut net.hosts[1].stack);
    let socket = stack.socket(Kind::Stream).unwrap();
    stack.connect(now, socket, "10.0.0.2:80".parse().unwrap()).unwrap();
    net.seconds(1);
    net.dhcp();
    net.unplug(0, ETH);
    net.run(lease.until.since(net.now) - Duration::from_millis(1));
    assert!(net.hosts[1].stack.is_own(own.into()));
    assert_eq!(client(&net, 1).state(), State::Rebinding);
    assert_eq!(net.hosts[1].stack.recv(net.now, socket, &mut [0]), Err(Errno::EAGAIN));
    let sent = net.dhcp();
    let times: Vec<f64> = sent.iter().map(|sent| sent.time.since(lease.since).as_secs_f64()).collect();
    // 1800 + 1350 / 2, and so on; the last less than 60 s before T2, which is 3150, and before the end, which is 3600.
    let expected = [1800.0, 2475.0, 2812.5, 2981.25, 3065.625, 3125.625, 3150.0, 3375.0, 3487.5, 3547.5];
    assert_eq!(times.len(), expected.len(), "{times:?}");
    assert!(times.iter().zip(expected).all(|(time, wanted)| (time - wanted).abs() < 0.001), "{times:?}");
    for (number, message) in sent.iter().enumerate() {
        let to = if number < 6 { v4("10.0.0.1") } else { v4("255.255.255.255") };
        assert_eq!((message.kind(), message.ips, message.dhcp().client()), (Type::REQUEST, (own, to), own));
        assert_eq!(u64::from(message.dhcp().seconds()), message.time.since(lease.renewal).as_secs());
    }
    net.seconds(2);
    assert!(!net.hosts[1].stack.is_own(own.into()));
    assert_eq!(net.hosts[1].stack.routes().iter().filter(|route| route.interface == ETH).count(), 0);
    assert_eq!(net.hosts[1].stack.recv(net.now, socket, &mut [0]), Err(Errno::EADDRNOTAVAIL));
    assert_eq!(client(&net, 1).state(), State::Selecting);
    let discover = net.dhcp().remove(0);
    assert_eq!(
        (discover.kind(), discover.time, discover.ips.0),
        (Type::DISCOVER, lease.until, v4("0.0.0.0"))
    );
    assert_eq!(discover.dhcp().requested_address(), Some(own));
    assert_eq!(net.notices(1).last().unwrap(), &format!("{} is gone: the lease is over", lease.address));
    // The server is there again.
    net.plug(0, ETH, 0);
    net.seconds(20);
    assert_eq!(client(&net, 1).lease().unwrap().address, lease.address);
}

/// The server has gone, and another one that knows the network answers at T2 (section 4.4.5): the client goes on with its address.
#[test]
fn another_server_rebinds() {
    let mut net = bound();
    let first = lease(&net, 1).unwrap();
    net.unplug(0, ETH);
    net.station_at(0, "10.0.0.2/24");
    let lan = subnet("10.0.0.0/24", "10.0.0.50", "10.0.0.59");
    let config = server::Config { subnets: vec![lan], authoritative: true, ..server::Config::default() };
    net.start(2, DhcpServer::new(config));
    net.run(first.rebinding.since(net.now) + Duration::from_secs(1));
    let second = lease(&net, 1).unwrap();
    assert_eq!((second.address, second.server), (first.address, v4("10.0.0.2")));
    assert_eq!(second.since, first.rebinding);
    // The router was not that server's to know of.
    assert_eq!(net.hosts[1].stack.routes().iter().filter(|route| route.gateway.is_some()).count(), 0);
}

/// Section 3.2 and 4.3.2: in another network the server refuses the old address, and the client begins anew.
#[test]
fn in_another_network_it_gets_another_address() {
    let mut net = bound();
    net.station_at(1, "172.16.0.1/16");
    net.start(2, serving(subnet("172.16.0.0/16", "172.16.1.0", "172.16.1.255")));
    let old = lease(&net, 1).unwrap().address;
    net.plug(1, ETH, 1);
    net.dhcp();
    let now = net.now;
    let (stack, client) = net.hosts[1].with::<DhcpClient>().unwrap();
    client.reconnect(now, stack);
    net.seconds(10);
    let messages = net.dhcp();
    assert_eq!(
        kinds(&messages),
        [Type::REQUEST, Type::NAK, Type::DISCOVER, Type::OFFER, Type::REQUEST, Type::ACK]
    );
    // Table 5, INIT-REBOOT: the address is asked for, and it is nobody's yet.
    let reboot = messages[0].dhcp();
    assert_eq!(reboot.requested_address(), Some(old.addr()));
    assert_eq!((reboot.client(), reboot.server_identifier()), (v4("0.0.0.0"), None));
    assert_eq!(messages[0].ips, (v4("0.0.0.0"), v4("255.255.255.255")));
    assert_eq!(messages[1].ips.1, v4("255.255.255.255"));
    assert_eq!(messages[2].dhcp().requested_address(), None);
    let new = lease(&net, 1).unwrap().address;
    assert!(new.to_string().starts_with("172.16.1.") && new.prefix_len() == 16);
    assert!(!net.hosts[1].stack.is_own(old.addr().into()));
    let said = net.notices(1);
    let refusal = format!("172.16.0.1 refuses {}: \"the address is of another network\"", old.addr());
    assert!(said.contains(&refusal), "{said:?}");
}

/// Section 3.2: who had an address asks for that, without looking for servers; without an answer it looks for them after a minute.
#[test]
fn it_goes_on_with_the_address_of_before() {
    let mut net = bound();
    let old = lease(&net, 1).unwrap().address;
    // The host starts again: another one with the same hardware.
    net.unplug(1, ETH);
    net.dhcp();
    let config = || Config { address: Some(old.addr()), ..quick() };
    let mut again = Lone::new(None, DhcpClient::new(ETH, config()));
    let sent = again.run(Duration::from_secs(70));
    assert_eq!(
        kinds(&sent)[..5],
        [Type::REQUEST, Type::REQUEST, Type::REQUEST, Type::REQUEST, Type::DISCOVER]
    );
    assert_eq!(sent[4].dhcp().requested_address(), Some(old.addr()));

    let mut net = bound();
    let old = lease(&net, 1).unwrap().address;
    net.dhcp();
    let now = net.now;
    let (stack, client) = net.hosts[1].with::<DhcpClient>().unwrap();
    client.reconnect(now, stack);
    net.seconds(1);
    assert_eq!(kinds(&net.dhcp()), [Type::REQUEST, Type::ACK]);
    assert_eq!(lease(&net, 1).unwrap().address, old);
}

/// Section 3.7: when the link has come up again the lease is confirmed; while nobody answers the address stays for as long as it was lent.
#[test]
fn when_the_link_comes_up_the_lease_is_confirmed() {
    let mut net = bound();
    let first = lease(&net, 1).unwrap();
    let link = |net: &mut Net, up| net.hosts[1].stack.set_link(net.now, ETH, up).unwrap();
    net.dhcp();
    link(&mut net, false);
    net.seconds(5);
    link(&mut net, true);
    net.seconds(1);
    assert_eq!(kinds(&net.dhcp()), [Type::REQUEST, Type::ACK]);
    assert!(lease(&net, 1).unwrap().until > first.until);

    net.unplug(0, ETH);
    link(&mut net, false);
    link(&mut net, true);
    net.seconds(30);
    assert_eq!(client(&net, 1).state(), State::Rebooting);
    assert!(net.hosts[1].stack.is_own(first.address.addr().into()));
    net.seconds(60);
    assert_eq!(client(&net, 1).state(), State::Bound);
    net.plug(0, ETH, 0);
    net.seconds(2000);
    assert!(lease(&net, 1).unwrap().since > first.renewal);
}

/// Sections 3.1, step 5, and 4.4.1: a neighbour that answers the probe of RFC 5227 has the address. It is declined, after 10 s all begins anew, and
/// the server gives another one.
#[test]
fn an_address_that_a_neighbour_has_is_declined() {
    let mut net = Net::new();
    net.station_at(0, "10.0.0.1/24");
    net.station(0);
    net.station_at(0, "10.0.0.50/24");
    let mut lan = subnet("10.0.0.0/24", "10.0.0.50", "10.0.0.50");
    lan.pools.push([v4("10.0.0.51"), v4("10.0.0.51")]);
    let config = server::Config { subnets: vec![lan], ping: None, ..server::Config::default() };
    net.start(0, DhcpServer::new(config));
    // It asks for just that address.
    net.start(1, DhcpClient::new(ETH, Config { address: Some(v4("10.0.0.50")), requests: 1, ..quick() }));
    net.seconds(30);
    let messages = net.dhcp();
    assert_eq!(
        kinds(&messages),
        [Type::REQUEST, Type::DISCOVER, Type::OFFER, Type::REQUEST, Type::ACK]
            .into_iter()
            .chain([Type::DECLINE, Type::DISCOVER, Type::OFFER, Type::REQUEST, Type::ACK])
            .collect::<Vec<_>>()
    );
    let decline = &messages[5];
    assert_eq!(decline.ips, (v4("0.0.0.0"), v4("255.255.255.255")));
    assert_eq!(decline.codes(), [53, 50, 54]);
    assert_eq!(decline.dhcp().requested_address(), Some(v4("10.0.0.50")));
    assert_eq!(messages[6].time.since(decline.time), Duration::from_secs(10));
    assert_eq!(lease(&net, 1).unwrap().address, "10.0.0.51/24".parse().unwrap());
    assert_eq!(net.notices(1)[0], "declines 10.0.0.50: 02:00:00:00:00:03 has it");
    let server = net.hosts[0].get::<DhcpServer>().unwrap();
    let first = server.bindings().next().unwrap();
    assert_eq!((first.address, first.state), (v4("10.0.0.50"), BindingState::Unusable));
    // No connection and no answer was ever on it.
    assert!(net.hosts[2].stack.is_own(v4("10.0.0.50").into()));
}

/// RFC 5227 section 2.4: somebody takes the address while it is in use, and insists although it was defended. It is given up and declined too.
#[test]
fn an_address_that_is_taken_away_is_declined() {
    let mut net = bound();
    let own = lease(&net, 1).unwrap().address.addr();
    let thief = net.station_at(0, &format!("{own}/24"));
    net.dhcp();
    // It asks three times for somebody who is not there, each time with its address.
    let now = net.now;
    let stack = &mut net.hosts[thief].stack;
    let socket = stack.socket(Kind::Datagram).unwrap();
    stack.send_to(now, socket, b"hello", "10.0.0.200:9".parse().unwrap()).unwrap();
    net.seconds(4);
    assert!(!net.hosts[1].stack.is_own(own.into()));
    assert_eq!(kinds(&net.dhcp()), [Type::DECLINE]);
    net.seconds(30);
    let new = lease(&net, 1).unwrap().address.addr();
    assert!(new != own && net.hosts[1].stack.is_own(new.into()));
}

/// Who does not want to ask its neighbours has its address as soon as it is acknowledged, and says no more until T1.
#[test]
fn without_a_probe_the_address_is_there_at_once() {
    let (mut lone, discover) = lone(Config { probe: false, ..Config::default() });
    let request = lone.told(&says(Type::OFFER, &discover)).remove(0);
    assert_eq!(lone.told(&says(Type::ACK, &request)).len(), 0);
    assert_eq!(lone.client().state(), State::Bound);
    assert!(lone.host.stack.is_own(v4("10.0.0.57").into()));
    assert_eq!(lone.run(Duration::from_secs(1700)).len(), 0);
}

/// The address is taken away by hand: what came with it goes too, and it asks for another.
#[test]
fn an_address_that_is_removed_is_no_lease() {
    let mut net = bound();
    let own = lease(&net, 1).unwrap().address.addr();
    net.dhcp();
    let now = net.now;
    net.hosts[1].stack.remove_address(now, ETH, own.into());
    net.seconds(10);
    assert_eq!(kinds(&net.dhcp()), [Type::DISCOVER, Type::OFFER, Type::REQUEST, Type::ACK]);
    assert_eq!(lease(&net, 1).unwrap().address.addr(), own);
}

/// Section 4.3.2: of two servers one is chosen, and the other one sees it by the identifier in the request and takes its offer back.
#[test]
fn of_two_servers_one_is_chosen() {
    for collect in [Duration::ZERO, Duration::from_secs(1)] {
        let mut net = Net::new();
        for (host, pool) in [(1, "10.0.0.50"), (2, "10.0.0.60")] {
            let server = net.station_at(0, &format!("10.0.0.{host}/24"));
            net.start(server, serving(subnet("10.0.0.0/24", pool, pool)));
        }
        net.station(0);
        // It knows the second one's address from before.
        let address = Some(v4("10.0.0.60"));
        net.start(2, DhcpClient::new(ETH, Config { address, requests: 1, collect, ..quick() }));
        net.seconds(20);
        let lease = lease(&net, 2).unwrap();
        // Who collects offers takes the better one.
        let wanted = if collect.is_zero() { "10.0.0.1" } else { "10.0.0.2" };
        assert_eq!(lease.server, v4(wanted));
        let messages = net.dhcp();
        assert_eq!(kinds(&messages).iter().filter(|kind| **kind == Type::OFFER).count(), 2);
        for (host, own) in [(0, "10.0.0.1"), (1, "10.0.0.2")] {
            let server = net.hosts[host].get::<DhcpServer>().unwrap();
            let binding = server.bindings().next().unwrap();
            assert_eq!(binding.until > net.now, lease.server == v4(own));
        }
    }
}

/// Section 4.4.6: the address goes back to the server, by unicast, and is not used any more; connections are over. Later it can be had again.
#[test]
fn an_address_is_released() {
    let mut net = bound();
    let first = lease(&net, 1).unwrap();
    net.dhcp();
    let now = net.now;
    let (stack, client_) = net.hosts[1].with::<DhcpClient>().unwrap();
    client_.release(now, stack);
    client_.release(now, stack);
    net.seconds(2);
    let messages = net.dhcp();
    assert_eq!(kinds(&messages), [Type::RELEASE]);
    let release = &messages[0];
    assert_eq!((release.codes(), release.dhcp().client()), (vec![53, 54], first.address.addr()));
    assert_eq!(release.ips, (first.address.addr(), v4("10.0.0.1")));
    assert_eq!((client(&net, 1).state(), lease(&net, 1)), (State::Released, None));
    assert!(!net.hosts[1].stack.is_own(first.address.addr().into()));
    let server = net.hosts[0].get::<DhcpServer>().unwrap();
    assert!(server.bindings().next().unwrap().until < net.now);
    net.seconds(10_000);
    assert_eq!(net.dhcp().len(), 0);
    let now = net.now;
    let (stack, client_) = net.hosts[1].with::<DhcpClient>().unwrap();
    client_.reconnect(now, stack);
    net.seconds(10);
    assert_eq!(lease(&net, 1).unwrap().address, first.address);
}

/// Section 3.3: all ones is a lease without end. Sections 4.4.5 and 2132 9.11: T1 and T2 are what the server says, if they can be, or else half
/// and seven eighths of the lease, a little more or less.
#[test]
fn times_of_a_lease() {
    for (lease_time, given, expected) in [
        (u32::MAX, None, None),
        (3600, None, Some((1800, 3150, 1))),
        (3600, Some((900, 1575)), Some((900, 1575, 0))),
        (3600, Some((2000, 1000)), Some((1800, 3150, 1))),
        (3600, Some((1000, 3600)), Some((1800, 3150, 1))),
        (3600, Some((0, 1)), Some((1800, 3150, 1))),
        (40, None, Some((20, 35, 1))),
    ] {
        let (mut lone, discover) = lone(Config::default());
        let lease = lone.gets_bound(&discover, |message| {
            let message = message.option(Code::SUBNET_MASK, &[255, 255, 255, 0]);
            let message = message.option(Code::IP_ADDRESS_LEASE_TIME, &u32::to_be_bytes(lease_time));
            match given {
                Some((renewal, rebinding)) => message
                    .option(Code::RENEWAL_TIME, &u32::to_be_bytes(renewal))
                    .option(Code::REBINDING_TIME, &u32::to_be_bytes(rebinding)),
                None => message,
            }
        });
        let Some((renewal, rebinding, fuzz)) = expected else {
            assert_eq!((lease.renewal, lease.until, lease.duration()), (Time::NEVER, Time::NEVER, None));
            assert_eq!(lease.to_string(), "10.0.0.57/24 from 10.0.0.1 for ever");
            assert_eq!(lone.run(Duration::from_secs(1 << 30)).len(), 0);
            continue;
        };
        let near = |at: Time, wanted: u64| {
            let off = at.since(lease.since).as_millis() as i64 - wanted as i64 * 1000;
            assert!(off.abs() <= i64::from(fuzz) * 1000, "{off}");
        };
        near(lease.renewal, renewal);
        near(lease.rebinding, rebinding);
        assert_eq!(lease.duration(), Some(Duration::from_secs(lease_time.into())));
    }
}

/// RFC 2132 and RFC 3442: what comes with an address. Classless routes take the place of routers; bits beyond a prefix do not count; without a
/// mask the network is that of the class.
#[test]
fn the_configuration_is_applied() {
    let (mut lone, discover) = lone(Config { metric: 7, ..Config::default() });
    let routes = [24, 192, 168, 5, 10, 0, 0, 2, 0, 10, 0, 0, 1, 12, 172, 31, 0, 0, 0, 0, 33, 1, 2, 3];
    let lease = lone.gets_bound(&discover, |message| {
        message
            .option(Code::IP_ADDRESS_LEASE_TIME, &600u32.to_be_bytes())
            .option(Code::ROUTER, &[10, 0, 0, 9])
            .option(Code::CLASSLESS_STATIC_ROUTE, &routes)
            .option(Code::DOMAIN_NAME_SERVER, &[10, 0, 0, 1, 127, 0, 0, 1, 9, 9, 9, 9])
            .option(Code::DOMAIN_NAME, b"lab.example\0")
            .option(Code::HOST_NAME, b"host\x1b[2J")
            .option(Code::INTERFACE_MTU, &1400u16.to_be_bytes())
    });
    assert_eq!(lease.address, "10.0.0.57/8".parse().unwrap());
    assert_eq!(lease.routers, [v4("10.0.0.9")]);
    assert_eq!(lease.routes[2], ("172.16.0.0/12".parse().unwrap(), None));
    assert_eq!(lease.dns, [v4("10.0.0.1"), v4("9.9.9.9")]);
    assert_eq!(
        (lease.domain.as_deref(), lease.host_name.as_deref()),
        (Some("lab.example"), Some("host\x1b[2J"))
    );
    let stack = &lone.host.stack;
    assert_eq!(
        stack.routes().listing(stack.interfaces()).to_string().lines().take(4).collect::<Vec<_>>(),
        [
            "default via 10.0.0.1 dev eth0 proto dhcp metric 7",
            "10.0.0.0/8 dev eth0 proto kernel",
            "172.16.0.0/12 dev eth0 proto dhcp metric 7",
            "192.168.5.0/24 via 10.0.0.2 dev eth0 proto dhcp metric 7",
        ]
    );
    assert_eq!(stack.interfaces()[1].mtu, 1400);
    assert!(stack.interfaces()[1].to_string().contains("inet 10.0.0.57/8 scope global dynamic"));
    // All of it goes with the lease.
    lone.run(Duration::from_secs(700));
    let stack = &lone.host.stack;
    assert_eq!(stack.interfaces()[1].mtu, 1500);
    assert_eq!(stack.routes().iter().filter(|route| route.interface == ETH).count(), 0);
}

/// RFC 2131 section 4.1: an interface that has another address cannot take what is sent to one that it has not, and says so.
#[test]
fn with_another_address_it_asks_for_broadcasts() {
    for (address, broadcast) in [(None, false), (Some("192.0.2.1/24"), true)] {
        let mut lone = Lone::new(address, DhcpClient::new(ETH, quick()));
        let discover = lone.run(Duration::from_secs(1)).remove(0);
        assert_eq!(discover.dhcp().broadcast(), broadcast);
        assert_eq!(discover.ips.0, v4("0.0.0.0"));
        let offer = says(Type::OFFER, &discover).broadcast(broadcast);
        assert_eq!(lone.told(&offer).len(), usize::from(!broadcast));
        let bytes = offer.bytes().unwrap();
        let to_all = (SERVER, Mac::BROADCAST);
        let sent = lone.gets(to_all, ("10.0.0.1", "255.255.255.255"), (67, 68), bytes);
        assert_eq!(sent.len(), usize::from(broadcast));
        assert_eq!(lone.client().state(), State::Requesting);
    }
}

/// RFC 2131 section 4.4 and RFC 6842: an answer is one only with the client's number, hardware, identifier and the port of a server; an offer has
/// to have a server, a lease of some length and an address that a host can have; an acknowledgement is of the chosen server and address.
#[test]
fn what_is_no_answer_is_ignored() {
    let identifier = || Config { identifier: b"\0host".to_vec(), ..Config::default() };
    let (mut lone, discover) = lone(identifier());
    assert_eq!(discover.option(Code::CLIENT_IDENTIFIER).unwrap(), b"\0host");
    let good = says(Type::OFFER, &discover);
    let id = discover.dhcp().id();
    let bad = |address: &str| good.your(v4(address));
    let lent =
        |lease: u32| bare(Type::OFFER, &discover).option(Code::IP_ADDRESS_LEASE_TIME, &lease.to_be_bytes());
    let masked = |mask: [u8; 4]| lent(3600).option(Code::SUBNET_MASK, &mask);
    let without_server =
        Dhcp::new(BootpOpcode::REPLY, id).mac(OWN).your(v4("10.0.0.57")).message_type(Type::OFFER);
    for (number, message) in [
        good.id(id ^ 1),
        good.mac(SERVER),
        good.opcode(BootpOpcode::REQUEST),
        good.option(Code::CLIENT_IDENTIFIER, b"\0other"),
        says(Type::ACK, &discover),
        bare(Type::NAK, &discover),
        says(Type::DISCOVER, &discover),
        bad("0.0.0.0"),
        bad("127.0.0.1"),
        bad("224.0.0.1"),
        bad("255.255.255.255"),
        bad("10.0.0.0"),
        bad("10.0.0.255"),
        masked([255, 0, 255, 0]),
        masked([0, 0, 0, 0]),
        lent(0),
        lent(9),
        bare(Type::OFFER, &discover),
        without_server.option(Code::IP_ADDRESS_LEASE_TIME, &[0, 0, 14, 16]),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(lone.told(message).len(), 0, "{number}");
        assert_eq!(lone.client().state(), State::Selecting, "{number}");
    }
    let bytes = good.bytes().unwrap();
    assert_eq!(lone.gets((SERVER, OWN), ("10.0.0.1", "10.0.0.57"), (1067, 68), bytes).len(), 0);
    let request = lone.told(&good.option(Code::CLIENT_IDENTIFIER, b"\0host")).remove(0);
    for message in [
        says(Type::ACK, &request).your(v4("10.0.0.58")),
        Dhcp::reply(Type::ACK, id, OWN, v4("10.0.0.57"), v4("10.0.0.2"))
            .option(Code::IP_ADDRESS_LEASE_TIME, &[0, 1, 0, 0]),
        Dhcp::reply(Type::NAK, id, OWN, v4("0.0.0.0"), v4("10.0.0.2")),
        says(Type::OFFER, &request),
    ] {
        assert_eq!(lone.told(&message).len(), 0);
        assert_eq!(lone.client().state(), State::Requesting);
    }
    lone.told(&says(Type::ACK, &request));
    assert_eq!(lone.client().state(), State::Checking);
}

/// Section 3.1, step 6: it begins anew, the first time at once; a server that offers and refuses for ever does not make it ask as fast as it can.
#[test]
fn who_is_refused_again_and_again_asks_more_slowly() {
    let (mut lone, mut discover) = lone(Config::default());
    let mut gaps = Vec::new();
    for _ in 0..8 {
        let request = lone.told(&says(Type::OFFER, &discover)).remove(0);
        let before = lone.now;
        let nak = Dhcp::reply(Type::NAK, request.dhcp().id(), OWN, v4("0.0.0.0"), v4("10.0.0.1"))
            .option(Code::MESSAGE, b"no \x1b[31mway");
        let mut sent = lone.told(&nak);
        while sent.is_empty() {
            sent = lone.run(Duration::from_millis(100));
        }
        discover = sent.remove(0);
        assert_eq!(discover.kind(), Type::DISCOVER);
        gaps.push(discover.time.since(before).as_secs_f64());
    }
    for (gap, usual) in gaps.iter().zip([0.0, 4.0, 8.0, 16.0, 32.0, 64.0, 64.0, 64.0]) {
        assert!((gap - usual).abs() <= 1.1, "{gaps:?}");
    }
    assert_eq!(lone.host.poll_notice().unwrap().2, r#"10.0.0.1 refuses 10.0.0.57: "no \x1b[31mway""#);
}

/// Anything in the place of an answer: cut anywhere, with any byte changed, or random. It neither panics nor leaves its states.
#[test]
fn hostile_messages() {
    let (mut lone, discover) = lone(Config::default());
    let full = says(Type::OFFER, &discover)
        .option(Code::CLASSLESS_STATIC_ROUTE, &[24, 192, 168, 5, 10, 0, 0, 2])
        .option(Code::ROUTER, &[10, 0, 0, 9])
        .option(Code::DOMAIN_NAME, b"lab.example");
    let bytes = full.bytes().unwrap().to_vec();
    let mut random = Random::new(7);
    for round in 0..1500 {
        let mut message = match round % 3 {
            0 => bytes[..random.below(bytes.len() as u64) as usize].to_vec(),
            1 => bytes.clone(),
            _ => bytes[..240].to_vec(),
        };
        if round % 3 == 1 {
            let at = random.below(bytes.len() as u64 - 12) as usize;
            message[if at > 27 { at + 12 } else { at }] ^= 1 << random.below(8);
        }
        if round % 3 == 2 {
            message.extend((0..random.below(1000)).map(|_| random.number() as u8));
        }
        // Whatever it believes, it is asked again.
        let id = discover.dhcp().id().to_be_bytes();
        message.get_mut(4..8).into_iter().for_each(|place| place.copy_from_slice(&id));
        lone.gets((SERVER, OWN), ("10.0.0.1", "10.0.0.57"), (67, 68), &message);
        let now = lone.now;
        assert!(lone.host.stack.interfaces()[1].addresses.is_empty());
        let (stack, client) = lone.host.with::<DhcpClient>().unwrap();
        client.release(now, stack);
        lone.run(Duration::from_secs(2));
    }
    // Datagrams to the port that are for no address of this host are for clients only while it has none.
    let mut lone = Lone::new(Some("192.0.2.1/24"), DhcpClient::new(ETH, quick()));
    lone.run(Duration::from_secs(1));
    lone.gets((SERVER, OWN), ("10.0.0.1", "10.0.0.57"), (67, 68), &bytes);
    let mut received = None;
    lone.client_counters(&mut |name, value| {
        if name == "messages_received" {
            received = Some(value.number());
        }
    });
    assert_eq!(received, Some(0));
}

impl Lone {
    fn client_counters(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        self.host.services().for_each(|(_, service)| service.figures(each));
    }
}

/// What cannot be: an interface that is not there or has no Ethernet address, names that do not fit into a message.
#[test]
fn what_it_cannot_have_is_an_error() {
    let mut net = Net::new();
    net.station(0);
    let mut start = |interface, config| net.hosts[0].start(Time::ZERO, DhcpClient::new(interface, config));
    assert_eq!(start(InterfaceId(7), quick()), Err(Errno::ENODEV));
    assert_eq!(start(InterfaceId(0), quick()), Err(Errno::EOPNOTSUPP));
    let long = Config { host_name: Some("x".repeat(300)), ..quick() };
    assert_eq!(start(ETH, long), Err(Errno::EINVAL));
    assert_eq!(start(ETH, Config { identifier: vec![1], ..quick() }), Err(Errno::EINVAL));
    assert_eq!(start(ETH, Config { identifier: vec![0; 200], ..quick() }).map(drop), Ok(()));
    let events: Vec<Event> = std::iter::from_fn(|| net.hosts[0].stack.poll_event()).collect();
    assert_eq!(events, []);
}
