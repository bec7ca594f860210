//! RFC 2131: what a server does.

use std::net::Ipv4Addr;
use std::time::Duration;

use layercake::field::{Builder, Mac};
use layercake::names::{BootpOpcode, DhcpMessageType as Type, DhcpOption as Code};
use layercake::packet::{Decoder, Frame};
use layercake::random::Random;
use layercake::stack::service::dhcp::client::{self, State};
use layercake::stack::service::dhcp::server::{Binding, BindingState, Client, Config, Reservation, Subnet};
use layercake::stack::service::dhcp::{DhcpClient, DhcpServer};
use layercake::stack::{Host, InterfaceId, Medium, Node, Route};
use layercake::time::Time;
use layercake::wire::arp::Arp;
use layercake::wire::dhcp::Dhcp;
use layercake::wire::ethernet::Ethernet;
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::udp::Udp;

use super::stations::{Lone, Message, OWN, kinds};
use super::wires::{Net, Sent};

/// Of the interface to outside, where there is one.
const WAN: Mac = Mac([2, 0, 0, 0, 0, 2]);
const EVERYBODY: Ipv4Addr = Ipv4Addr::BROADCAST;
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

fn v4(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

/// A client's hardware.
fn mac(number: u16) -> Mac {
    let [high, low] = number.to_be_bytes();
    Mac([2, 0, 0, 1, high, low])
}

/// 10.0.0.0/24 with ten addresses, from 10.0.0.50 on.
fn lan() -> Subnet {
    Subnet::new("10.0.0.0/24".parse().unwrap(), [v4("10.0.0.50"), v4("10.0.0.59")])
}

/// A server for that network alone, which does not ping, changed as a test wants it.
fn config(change: impl Fn(&mut Config)) -> Config {
    let mut config = Config { subnets: vec![lan()], ping: None, ..Config::default() };
    change(&mut config);
    config
}

/// Such a server, 10.0.0.1, to which the test speaks.
fn serves(change: impl Fn(&mut Config)) -> Lone {
    Lone::new(Some("10.0.0.1/24"), DhcpServer::new(config(change)))
}

fn discover(client: u16) -> Builder<Dhcp> {
    Dhcp::discover(0x1234_0000 | u32::from(client), mac(client))
}

/// A request without options but the type.
fn request(client: u16) -> Builder<Dhcp> {
    Dhcp::new(BootpOpcode::REQUEST, 0x5678_0000 | u32::from(client))
        .mac(mac(client))
        .message_type(Type::REQUEST)
}

fn wants(message: Builder<Dhcp>, address: Ipv4Addr) -> Builder<Dhcp> {
    message.option(Code::REQUESTED_IP_ADDRESS, &address.octets())
}

/// A request as of SELECTING.
fn selects(client: u16, address: Ipv4Addr, server: Ipv4Addr) -> Builder<Dhcp> {
    wants(request(client), address).option(Code::SERVER_IDENTIFIER, &server.octets())
}

fn says(kind: Type, client: u16, address: Ipv4Addr) -> Builder<Dhcp> {
    let message = Dhcp::new(BootpOpcode::REQUEST, 9).mac(mac(client)).message_type(kind);
    let message = message.option(Code::SERVER_IDENTIFIER, &SERVER.octets());
    if kind == Type::RELEASE { message.client(address) } else { wants(message, address) }
}

impl Lone {
    fn server(&self) -> &DhcpServer {
        self.host.get::<DhcpServer>().unwrap()
    }

    /// The address that a client is offered.
    fn offers(&mut self, message: &Builder<Dhcp>) -> Option<Ipv4Addr> {
        let sent = self.hears(message);
        assert!(sent.iter().all(|message| message.kind() == Type::OFFER) && sent.len() <= 1);
        sent.first().map(|offer| offer.dhcp().your())
    }

    /// A client that has an address says this to the server alone.
    fn asked_alone(&mut self, message: &Builder<Dhcp>) -> Vec<Message> {
        let bytes = message.bytes().unwrap();
        let dhcp = Dhcp::view(bytes).unwrap();
        let from = dhcp.client().to_string();
        self.gets((dhcp.mac(), OWN), (&from, "10.0.0.1"), (68, 67), bytes)
    }

    /// A client gets an address by all four messages.
    fn lends(&mut self, client: u16) -> Ipv4Addr {
        let address = self.offers(&discover(client)).unwrap();
        let sent = self.hears(&selects(client, address, SERVER));
        assert_eq!(kinds(&sent), [Type::ACK]);
        assert_eq!(sent[0].dhcp().your(), address);
        address
    }

    /// What becomes of a request.
    fn answers(&mut self, message: &Builder<Dhcp>) -> Option<Type> {
        let sent = self.hears(message);
        assert!(sent.len() <= 1);
        sent.first().map(Message::kind)
    }

    fn state(&self, address: Ipv4Addr) -> Option<(BindingState, bool)> {
        let binding = self.server().bindings().find(|binding| binding.address == address)?;
        Some((binding.state, binding.until > self.now))
    }

    fn counter(&self, name: &str) -> u64 {
        let mut found = None;
        for (_, service) in self.host.services() {
            service.figures(&mut |counter, value| {
                if counter == name {
                    found = Some(value.number());
                }
            });
        }
        found.unwrap()
    }

    fn seconds(&mut self, seconds: u64) {
        self.run(Duration::from_secs(seconds));
    }
}

/// Section 4.3.1: the client's address, the one that it had, the one that it asks for, one that nobody had, in that order; then the one whose lease
/// has been over for longest.
#[test]
fn the_choice_of_an_address() {
    let mut lone = serves(|_| ());
    let first = lone.lends(1);
    // Its own, whatever it asks for.
    assert_eq!(lone.offers(&wants(discover(1), v4("10.0.0.59"))), Some(first));
    lone.seconds(4000);
    // The one that it had.
    assert_eq!(lone.state(first), Some((BindingState::Bound, false)));
    assert_eq!(lone.offers(&discover(1)), Some(first));
    // What it asks for, if that is to be had; otherwise another.
    let free = if first == v4("10.0.0.53") { v4("10.0.0.54") } else { v4("10.0.0.53") };
    assert_eq!(lone.offers(&wants(discover(2), free)), Some(free));
    let other = lone.offers(&wants(discover(3), free)).unwrap();
    assert!(other != free && other != first);
    for wrong in ["10.0.0.49", "10.0.0.60", "10.0.1.50", "10.0.0.1", "0.0.0.0"] {
        let offered = lone.offers(&wants(discover(4), v4(wrong))).unwrap();
        assert!((v4("10.0.0.50")..=v4("10.0.0.59")).contains(&offered), "{wrong}");
    }
    // All ten, each to one; the eleventh gets none.
    let mut lone = serves(|_| ());
    let mut all: Vec<Ipv4Addr> = (1..=10).map(|client| lone.lends(client)).collect();
    let second = all[1];
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 10);
    assert_eq!(lone.offers(&discover(11)), None);
    assert_eq!(lone.counter("clients_without_address"), 1);
    let notices: Vec<_> = std::iter::from_fn(|| lone.host.poll_notice()).collect();
    assert_eq!(notices.last().unwrap().2, "no address left in 10.0.0.0/24 for 02:00:00:01:00:0b");
    // The second one's is over first.
    lone.seconds(1000);
    for client in (1..=10).filter(|client| *client != 2) {
        let address = lone.offers(&discover(client)).unwrap();
        assert_eq!(lone.answers(&selects(client, address, SERVER)), Some(Type::ACK));
    }
    lone.seconds(2700);
    assert_eq!(lone.offers(&discover(11)), Some(second));
    // It was the second's, which gets none now.
    assert_eq!(lone.offers(&discover(2)), None);
}

/// Section 4.3.1: what a client asks for comes in its order, and no more than fits; the mask in any case. RFC 3442: with routes no routers, but a
/// route to everywhere. RFC 2132 section 9.8.
#[test]
fn the_options() {
    let mut lone = serves(|config| {
        let lan = &mut config.subnets[0];
        lan.routers = vec![SERVER, v4("10.0.0.2")];
        lan.dns = vec![v4("10.0.0.3")];
        lan.domain = Some("lab.example".into());
        lan.mtu = Some(1400);
        lan.routes = vec![("192.168.5.0/24".parse().unwrap(), v4("10.0.0.4"))];
        lan.options = vec![(Code::NTP_SERVERS, vec![10, 0, 0, 5]), (Code::SERVER_IDENTIFIER, vec![6; 4])];
    });
    let mut codes = |list: &[u8]| {
        let sent = lone.hears(&discover(1).option(Code::PARAMETER_REQUEST_LIST, list));
        let own = [53, 54, 51, 58, 59];
        assert_eq!(sent[0].codes()[..5], own);
        sent[0].codes()[5..].to_vec()
    };
    assert_eq!(codes(&[3, 6, 15, 26, 28, 42]), [1, 3, 6, 15, 26, 28, 42]);
    assert_eq!(codes(&[42, 6, 1, 6, 54, 53, 255, 0, 200]), [1, 42, 6]);
    assert_eq!(codes(&[1, 121, 3, 6]), [1, 121, 6]);
    let all = lone.hears(&discover(1)).remove(0);
    assert_eq!(all.codes()[5..], [1, 121, 6, 15, 28, 26, 42]);
    let option = |code| all.option(code).unwrap();
    assert_eq!(option(Code::SUBNET_MASK), [255, 255, 255, 0]);
    assert_eq!(option(Code::BROADCAST_ADDRESS), [10, 0, 0, 255]);
    assert_eq!(option(Code::DOMAIN_NAME), b"lab.example");
    assert_eq!(option(Code::INTERFACE_MTU), [5, 0x78]);
    assert_eq!(option(Code::CLASSLESS_STATIC_ROUTE), [24, 192, 168, 5, 10, 0, 0, 4, 0, 10, 0, 0, 1]);
    assert_eq!(option(Code::SERVER_IDENTIFIER), SERVER.octets());
    // RFC 6842: the identifier comes back.
    let known = discover(1).option(Code::CLIENT_IDENTIFIER, b"\0somebody");
    assert_eq!(lone.hears(&known)[0].option(Code::CLIENT_IDENTIFIER).unwrap(), b"\0somebody");
    // Nothing is longer than what every client takes (section 2).
    let mut lone = serves(|config| {
        config.subnets[0].options = (200..210).map(|code| (Code(code), vec![7; 100])).collect();
    });
    let long = lone.hears(&discover(1).option(Code::CLIENT_IDENTIFIER, &[9; 200])).remove(0);
    assert!(long.bytes.len() <= 548 && long.option(Code::CLIENT_IDENTIFIER).is_some());
}

/// Sections 3.3 and 4.3.1: a client may ask for a lease, within bounds; T1 and T2 are half and seven eighths of it (section 4.4.5); all ones has no end.
#[test]
fn the_time_of_a_lease() {
    for (wish, lease, renewal, rebinding) in [
        (None, 3600, Some(1800), Some(3150)),
        (Some(7200), 7200, Some(3600), Some(6300)),
        (Some(1), 120, Some(60), Some(105)),
        (Some(u32::MAX), 86_400, Some(43_200), Some(75_600)),
    ] {
        let mut lone = serves(|_| ());
        let message = match wish {
            Some(wish) => discover(1).option(Code::IP_ADDRESS_LEASE_TIME, &u32::to_be_bytes(wish)),
            None => discover(1),
        };
        let offer = lone.hears(&message).remove(0);
        let offer = offer.dhcp();
        assert_eq!(
            (offer.lease_time(), offer.renewal_time(), offer.rebinding_time()),
            (Some(lease), renewal, rebinding)
        );
    }
    let mut lone = serves(|config| config.subnets[0].lease = u32::MAX);
    let address = lone.lends(1);
    lone.seconds(1 << 30);
    let binding = lone.server().bindings().next().unwrap();
    assert_eq!((binding.address, binding.until), (address, Time::NEVER));
    assert_eq!(binding.to_string(), format!("{address} 02:00:00:01:00:01 bound for ever"));
    let offer = lone.hears(&discover(1)).remove(0);
    assert_eq!((offer.dhcp().lease_time(), offer.dhcp().renewal_time()), (Some(u32::MAX), None));
}

/// Section 4.1: to the relay; or else a refusal to all; or else to the address that the client has; or else to all if it wants that; or else to the
/// hardware of the client, at the address that it is about to get, which nobody is asked for and nobody remembers.
#[test]
fn where_answers_go() {
    let mut lone = serves(|_| ());
    let to = |sent: &[Message]| (sent[0].macs.1, sent[0].ips.1, sent[0].ports.1);
    let offer = lone.hears(&discover(1));
    let address = offer[0].dhcp().your();
    assert_eq!(to(&offer), (mac(1), address, 68));
    assert_eq!(lone.host.stack.neighbours(lone.now).count(), 0);
    assert_eq!(to(&lone.hears(&discover(1).broadcast(true))), (Mac::BROADCAST, EVERYBODY, 68));
    assert_eq!(to(&lone.hears(&selects(1, address, SERVER))), (mac(1), address, 68));
    assert_eq!(to(&lone.hears(&selects(2, address, SERVER))), (Mac::BROADCAST, EVERYBODY, 68));
    // To an address that is in use it is asked who has it.
    assert_eq!(lone.asked_alone(&request(1).client(address)).len(), 0);
    let ask = Arp::reply((mac(1), address), (OWN, SERVER));
    lone.frame(&(Ethernet::new(mac(1), OWN) / ask).to_vec().unwrap());
    assert_eq!(to(&lone.run(Duration::from_millis(1))), (mac(1), address, 68));
}

/// Section 4.3.2, SELECTING: who has chosen another server is not answered, and the offer is over; who asks for what was not offered gets it if it is
/// free, and is refused otherwise.
#[test]
fn a_client_selects() {
    let mut lone = serves(|_| ());
    let address = lone.offers(&discover(1)).unwrap();
    assert_eq!(lone.state(address), Some((BindingState::Offered, true)));
    assert_eq!(lone.answers(&selects(1, address, v4("10.0.0.2"))), None);
    assert_eq!(lone.state(address), Some((BindingState::Offered, false)));
    // It has changed its mind, or the offer was held no longer.
    assert_eq!(lone.answers(&selects(1, address, SERVER)), Some(Type::ACK));
    assert_eq!(lone.state(address), Some((BindingState::Bound, true)));
    let nak = lone.hears(&selects(2, address, SERVER)).remove(0);
    assert_eq!((nak.kind(), nak.codes()), (Type::NAK, vec![53, 54, 56]));
    assert!(nak.dhcp().your().is_unspecified() && nak.dhcp().client().is_unspecified());
    assert_eq!(lone.answers(&selects(2, v4("10.0.0.99"), SERVER)), Some(Type::NAK));
    // Without an address it is nothing.
    let ignored = lone.counter("messages_ignored");
    assert_eq!(lone.answers(&request(2).option(Code::SERVER_IDENTIFIER, &SERVER.octets())), None);
    assert_eq!(lone.answers(&request(2)), None);
    assert_eq!(lone.counter("messages_ignored"), ignored + 2);
}

/// Section 4.3.2, INIT-REBOOT: the right address is given again, a wrong one and one of another network refused; of whom nothing is known another
/// server may know more, so there is silence, unless there is no other.
#[test]
fn a_client_reboots() {
    for authoritative in [false, true] {
        let mut lone = serves(|config| config.authoritative = authoritative);
        let address = lone.lends(1);
        let other = if address == v4("10.0.0.50") { v4("10.0.0.51") } else { v4("10.0.0.50") };
        assert_eq!(lone.answers(&wants(request(1), address)), Some(Type::ACK));
        assert_eq!(lone.answers(&wants(request(1), other)), Some(Type::NAK));
        assert_eq!(lone.answers(&wants(request(1), v4("10.0.1.50"))), Some(Type::NAK));
        assert_eq!(lone.answers(&wants(request(2), v4("10.0.1.50"))), Some(Type::NAK));
        let unknown = |kind| authoritative.then_some(kind);
        assert_eq!(lone.answers(&wants(request(3), address)), unknown(Type::NAK));
        assert_eq!(lone.answers(&wants(request(4), v4("10.0.0.200"))), unknown(Type::NAK));
        assert_eq!(lone.answers(&wants(request(5), other)), unknown(Type::ACK));
    }
}

/// Section 4.3.2, RENEWING and REBINDING: the address stands in the client's own field. Who renews asks this server alone, which has lost its table if
/// it knows nothing; who rebinds asks all.
#[test]
fn a_client_renews_and_rebinds() {
    let mut lone = serves(|_| ());
    let address = lone.lends(1);
    lone.host.stack.add_neighbour(lone.now, InterfaceId(1), address.into(), mac(1)).unwrap();
    lone.seconds(1800);
    let ack = lone.asked_alone(&request(1).client(address)).remove(0);
    assert_eq!((ack.kind(), ack.dhcp().your(), ack.dhcp().client()), (Type::ACK, address, address));
    assert_eq!((ack.ips, ack.macs.1), ((SERVER, address), mac(1)));
    let until = lone.server().bindings().next().unwrap().until;
    assert_eq!(until, lone.now + Duration::from_secs(3600));
    lone.seconds(3500);
    let to_all = |lone: &mut Lone, message: &Builder<Dhcp>| {
        let bytes = message.bytes().unwrap();
        let from = Dhcp::view(bytes).unwrap().client().to_string();
        lone.gets((mac(1), Mac::BROADCAST), (&from, "255.255.255.255"), (68, 67), bytes)
    };
    let ack = to_all(&mut lone, &request(1).client(address)).remove(0);
    assert_eq!((ack.kind(), ack.ips.1), (Type::ACK, address));
    // Somebody else claims it, alone or to all.
    assert_eq!(kinds(&lone.asked_alone(&request(2).client(address))), [Type::NAK]);
    assert_eq!(to_all(&mut lone, &request(3).client(address)).len(), 0);
    assert_eq!(kinds(&to_all(&mut lone, &request(1).client(v4("10.1.0.1")))), [Type::NAK]);

    let mut new = serves(|_| ());
    new.host.stack.add_neighbour(new.now, InterfaceId(1), address.into(), mac(1)).unwrap();
    assert_eq!(to_all(&mut new, &request(1).client(address)).len(), 0);
    assert_eq!(kinds(&new.asked_alone(&request(1).client(address))), [Type::ACK]);
    assert_eq!(new.state(address), Some((BindingState::Bound, true)));
}

/// Section 4.3.3: what was declined nobody gets for a time. Only who has it, from this server, can decline.
#[test]
fn a_declined_address_is_not_given_for_a_time() {
    let mut lone = serves(|config| config.subnets[0].pools = vec![[v4("10.0.0.50"), v4("10.0.0.51")]]);
    let (first, second) = (lone.lends(1), lone.lends(2));
    lone.hears(&says(Type::DECLINE, 2, first));
    let other = wants(Dhcp::new(BootpOpcode::REQUEST, 9).mac(mac(1)).message_type(Type::DECLINE), first);
    lone.hears(&other);
    lone.hears(&other.option(Code::SERVER_IDENTIFIER, &[10, 0, 0, 2]));
    assert_eq!(lone.counter("addresses_declined"), 0);
    lone.hears(&says(Type::DECLINE, 1, first));
    assert_eq!(lone.counter("addresses_declined"), 1);
    assert_eq!(lone.state(first), Some((BindingState::Unusable, true)));
    assert_eq!(lone.offers(&wants(discover(1), first)), None);
    assert_eq!(lone.answers(&selects(1, first, SERVER)), Some(Type::NAK));
    lone.seconds(1800);
    assert_eq!(lone.answers(&wants(request(2), second)), Some(Type::ACK));
    lone.seconds(1801);
    assert_eq!(lone.offers(&discover(1)), Some(first));
}

/// Section 4.3.4: what was given back is free, and is remembered for its client.
#[test]
fn a_released_address_is_free() {
    let mut lone = serves(|_| ());
    let address = lone.lends(1);
    lone.asked_alone(&says(Type::RELEASE, 2, address));
    assert_eq!(lone.state(address), Some((BindingState::Bound, true)));
    assert_eq!(lone.asked_alone(&says(Type::RELEASE, 1, address)).len(), 0);
    assert_eq!(lone.state(address), Some((BindingState::Bound, false)));
    assert_eq!(lone.offers(&discover(1)), Some(address));
    assert_eq!(lone.offers(&wants(discover(2), address)).filter(|other| *other == address), None);
}

/// Section 4.3.5: who has an address of its own is told the rest, at that address; nothing is lent, and no time is given.
#[test]
fn a_client_is_informed() {
    let mut lone = serves(|config| config.subnets[0].dns = vec![v4("10.0.0.3")]);
    let own = v4("10.0.0.200");
    lone.host.stack.add_neighbour(lone.now, InterfaceId(1), own.into(), mac(1)).unwrap();
    let inform = Dhcp::new(BootpOpcode::REQUEST, 9).mac(mac(1)).message_type(Type::INFORM);
    let ack = lone.asked_alone(&inform.client(own)).remove(0);
    assert_eq!((ack.kind(), ack.ips.1, ack.ports.1), (Type::ACK, own, 68));
    assert_eq!(ack.codes(), [53, 54, 1, 6, 28]);
    assert!(ack.dhcp().your().is_unspecified());
    assert_eq!(lone.server().bindings().count(), 0);
    assert_eq!(lone.asked_alone(&inform.client(v4("10.1.0.1"))).len(), 0);
}

/// A reserved address is its client's alone, by hardware or by identifier; it need not be in a pool.
#[test]
fn reservations() {
    let reserved = |client, address: &str| Reservation { client, address: v4(address) };
    let mut lone = serves(|config| {
        config.subnets[0].pools = vec![[v4("10.0.0.50"), v4("10.0.0.51")]];
        config.subnets[0].reservations = vec![
            reserved(Client::Mac(mac(1)), "10.0.0.50"),
            reserved(Client::Identifier(b"\0printer".to_vec()), "10.0.0.200"),
        ];
    });
    for client in 2..6 {
        let offered = lone.offers(&wants(discover(client), v4("10.0.0.50")));
        assert_eq!(offered, (client == 2).then_some(v4("10.0.0.51")));
    }
    assert_eq!(lone.lends(1), v4("10.0.0.50"));
    assert_eq!(lone.answers(&selects(6, v4("10.0.0.200"), SERVER)), Some(Type::NAK));
    let printer = discover(7).option(Code::CLIENT_IDENTIFIER, b"\0printer");
    assert_eq!(lone.offers(&printer), Some(v4("10.0.0.200")));
    // The hardware's, whatever identifier it gives; an identifier that is hardware is the same.
    let own = [&[1][..], &mac(1).0].concat();
    assert_eq!(lone.offers(&discover(1).option(Code::CLIENT_IDENTIFIER, &own)), Some(v4("10.0.0.50")));
    assert_eq!(lone.answers(&selects(1, v4("10.0.0.51"), SERVER)), Some(Type::NAK));
}

/// Section 2.1 of RFC 2131, RFC 3046 section 2.2: the relay's network counts, the answer goes to the relay's server port with what the relay had
/// added at its end; a refusal asks the relay to tell all.
#[test]
fn a_relay_is_answered() {
    let mut lone = serves(|config| {
        let mut far = Subnet::new("10.9.0.0/16".parse().unwrap(), [v4("10.9.1.0"), v4("10.9.1.255")]);
        far.relays = vec![v4("10.9.0.1")];
        config.subnets.push(far);
    });
    let relay = v4("10.9.0.1");
    let gateway = v4("10.0.0.254");
    let router = Mac([2, 0, 0, 0, 0, 0xfe]);
    lone.host.stack.add_neighbour(lone.now, InterfaceId(1), gateway.into(), router).unwrap();
    lone.host
        .stack
        .add_route(Route::via("10.9.0.0/16".parse().unwrap(), gateway.into(), InterfaceId(1)))
        .unwrap();
    let mut relayed = |message: Builder<Dhcp>| {
        let circuit = [1, 3, b'e', b't', b'h'];
        let message = message.relay(relay).hops(1).option(Code::RELAY_AGENT_INFORMATION, &circuit);
        let bytes = message.bytes().unwrap();
        let sent = lone.gets((router, OWN), ("10.9.0.1", "10.0.0.1"), (67, 67), bytes).remove(0);
        assert_eq!((sent.macs.1, sent.ips, sent.ports), (router, (SERVER, relay), (67, 67)));
        assert_eq!(sent.dhcp().relay(), relay);
        assert_eq!(sent.dhcp().hops(), 0);
        assert_eq!(sent.codes().last(), Some(&82));
        assert_eq!(sent.option(Code::RELAY_AGENT_INFORMATION).unwrap(), circuit);
        sent
    };
    let offer = relayed(discover(1));
    let address = offer.dhcp().your();
    assert!(address.to_string().starts_with("10.9.1.") && offer.kind() == Type::OFFER);
    assert_eq!(offer.option(Code::SUBNET_MASK).unwrap(), [255, 255, 0, 0]);
    assert_eq!(relayed(selects(1, address, SERVER)).kind(), Type::ACK);
    let nak = relayed(wants(request(1), v4("10.0.0.50")));
    assert!(nak.kind() == Type::NAK && nak.dhcp().broadcast());
    // The client renews without the relay, by way of the router.
    let renewal = request(1).client(address);
    let from = address.to_string();
    let sent = lone.gets((router, OWN), (&from, "10.0.0.1"), (68, 67), renewal.bytes().unwrap());
    assert_eq!((sent[0].kind(), sent[0].macs.1, sent[0].ips.1), (Type::ACK, router, address));
    // A network of which the server knows nothing.
    let bytes = discover(2).relay(v4("10.8.0.1"));
    assert_eq!(lone.asked_alone(&bytes).len(), 0);
}

/// RFC 2131 section 4.1, RFC 3046 section 7: nobody is a relay by saying so, whatever he says his address is, and no client of another network is here by
/// saying that it has an address there. Relays are those that the server was told of, where they are; an interface without a network has no clients.
#[test]
fn relays_are_those_that_it_knows() {
    let outside = InterfaceId(2);
    let relays = [v4("10.9.0.1"), v4("10.0.0.253")];
    let mut lone = serves(|config| {
        let mut far = Subnet::new("10.9.0.0/16".parse().unwrap(), [v4("10.9.1.0"), v4("10.9.1.255")]);
        far.relays = relays.to_vec();
        config.subnets.push(far);
    });
    let wan = lone.host.stack.add_interface(lone.now, "eth1", Medium::Ethernet(WAN), 1500).unwrap();
    assert_eq!(wan, outside);
    lone.host.stack.add_address(lone.now, wan, "203.0.113.1/24".parse().unwrap()).unwrap();
    let way = Route::via("10.9.0.0/16".parse().unwrap(), v4("10.0.0.253").into(), InterfaceId(1));
    lone.host.stack.add_route(way).unwrap();
    lone.host.stack.add_neighbour(lone.now, InterfaceId(1), v4("10.0.0.253").into(), mac(9)).unwrap();
    let mut says = |on: InterfaceId, ips: (&str, &str), message: Builder<Dhcp>| {
        let own = if on == outside { WAN } else { OWN };
        let ip = Ipv4::new(v4(ips.0), v4(ips.1));
        let bytes = message.bytes().unwrap();
        let frame = (Ethernet::new(mac(9), own) / ip / Udp::new(67, 67) / bytes).to_vec().unwrap();
        lone.host.on_frame(lone.now, on, &frame);
        let sent = lone.run(Duration::ZERO).len();
        let known = lone.server().bindings().count();
        (sent, known)
    };
    for client in 1..=20 {
        let message = discover(client);
        // From outside: as a relay of either network, as a client with an address there, as a client without one.
        for from in ["203.0.113.9", "10.9.0.1", "10.0.0.253"] {
            for to in ["203.0.113.1", "10.0.0.1"] {
                for relay in ["10.0.0.1", "10.0.0.55", "10.0.0.253", "10.9.0.1", "10.9.0.2"] {
                    assert_eq!(says(outside, (from, to), message.relay(v4(relay))), (0, 0), "{from} {relay}");
                }
                for own in ["10.0.0.55", "10.9.1.5"] {
                    assert_eq!(says(outside, (from, to), message.client(v4(own))), (0, 0), "{from} {own}");
                    let renews = request(client).client(v4(own));
                    assert_eq!(says(outside, (own, to), renews), (0, 0), "{from} {own}");
                }
            }
        }
        assert_eq!(says(outside, ("0.0.0.0", "255.255.255.255"), message), (0, 0));
        assert_eq!(says(outside, ("0.0.0.0", "203.0.113.1"), message), (0, 0));
        // From inside: one that is no relay, and a relay with an address that is not its own.
        assert_eq!(says(InterfaceId(1), ("10.0.0.77", "10.0.0.1"), message.relay(relays[0])), (0, 0));
        assert_eq!(says(InterfaceId(1), ("10.9.0.1", "10.0.0.1"), message.relay(v4("10.9.0.2"))), (0, 0));
        assert_eq!(says(InterfaceId(1), ("10.9.0.1", "10.0.0.1"), message.relay(v4("10.0.0.253"))), (0, 0));
    }
    // The relay, from its address there and from that on the way here.
    assert_eq!(says(InterfaceId(1), ("10.9.0.1", "10.0.0.1"), discover(1).relay(relays[0])), (1, 1));
    assert_eq!(says(InterfaceId(1), ("10.0.0.253", "10.0.0.1"), discover(2).relay(relays[0])), (1, 2));
}

fn echoes(sent: &[Sent]) -> Vec<Ipv4Addr> {
    let asked = sent.iter().filter_map(|sent| {
        let packet = Decoder::new().packet(Frame::ethernet(&*sent.frame));
        packet.get::<Arp>().and_then(|arp| arp.target()).map(|(_, address)| address)
    });
    asked.collect()
}

/// Section 4.3.1: before an address is offered it is pinged. Who answers has it, and the client gets another one; a message that is sent again
/// meanwhile is the one that is answered.
#[test]
fn an_address_in_use_is_not_offered() {
    let mut net = Net::new();
    net.station_at(0, "10.0.0.1/24");
    net.station_at(0, "10.0.0.50/24");
    net.station(0);
    let lan = Subnet::new("10.0.0.0/24".parse().unwrap(), [v4("10.0.0.50"), v4("10.0.0.51")]);
    net.start(0, DhcpServer::new(Config { subnets: vec![lan], ..Config::default() }));
    let address = Some(v4("10.0.0.50"));
    let start = (Duration::ZERO, Duration::ZERO);
    net.start(
        2,
        DhcpClient::new(
            InterfaceId(1),
            client::Config { address, requests: 1, start, ..client::Config::default() },
        ),
    );
    net.seconds(30);
    let client = net.hosts[2].get::<DhcpClient>().unwrap();
    assert_eq!(client.lease().unwrap().address.addr(), v4("10.0.0.51"));
    let pings = net.log.iter().filter(|sent| {
        let packet = Decoder::new().packet(Frame::ethernet(&*sent.frame));
        sent.host == 1 && packet.get::<Icmpv4>().is_some()
    });
    assert_eq!(pings.count(), 1);
    assert!(!kinds(&net.dhcp()).contains(&Type::DECLINE));
    assert_eq!(net.notices(0)[0], "10.0.0.50 is in use, and was not lent");

    let mut lone = serves(|config| config.ping = Some(Duration::from_secs(1)));
    assert_eq!(lone.hears(&discover(1)).len(), 0);
    lone.run(Duration::from_millis(700));
    assert_eq!(lone.hears(&discover(1).id(77)).len(), 0);
    let sent = lone.run(Duration::from_millis(301));
    assert_eq!((kinds(&sent), sent[0].dhcp().id()), (vec![Type::OFFER], 77));
    // What is held for the client is not pinged again, nor what it had.
    assert_eq!(kinds(&lone.hears(&discover(1))), [Type::OFFER]);
    lone.seconds(100);
    assert_eq!(kinds(&lone.hears(&discover(1))), [Type::OFFER]);
    // Of a client that answers itself nothing is known here, but it has the address from somebody.
    for (answers, offered) in [(mac(2), true), (mac(3), false)] {
        let mut lone = serves(|config| config.ping = Some(Duration::from_secs(1)));
        let address = v4("10.0.0.55");
        lone.host.stack.add_neighbour(lone.now, InterfaceId(1), address.into(), answers).unwrap();
        let bytes = wants(discover(2), address);
        lone.gets((mac(2), Mac::BROADCAST), ("0.0.0.0", "255.255.255.255"), (68, 67), bytes.bytes().unwrap());
        let identifier = lone.pinged.pop().unwrap();
        let ip = Ipv4::new(address, SERVER);
        let reply = Icmpv4::echo_reply(identifier, 0);
        lone.frame(&(Ethernet::new(answers, OWN) / ip / reply).to_vec().unwrap());
        let mut sent = lone.run(Duration::ZERO);
        assert_eq!(sent.is_empty(), !offered);
        sent.extend(lone.run(Duration::from_secs(2)));
        assert_eq!((sent.len(), sent[0].dhcp().your() == address), (1, offered));
    }
}

/// Invented clients: offers, pings, and the table are bounded, and a client that is real gets an address all the same, once an offer is over.
#[test]
fn a_flood_of_discovers_is_bounded() {
    let wide = Subnet::new("10.0.0.0/16".parse().unwrap(), [v4("10.0.1.0"), v4("10.0.4.255")]);
    let mut lone = Lone::new(
        Some("10.0.0.1/16"),
        DhcpServer::new(Config {
            subnets: vec![wide],
            pings: 20,
            offers: 100,
            bindings: 500,
            ..Config::default()
        }),
    );
    let mut asked = 0;
    for client in 0..3000u16 {
        let bytes = discover(client);
        let bytes = bytes.bytes().unwrap();
        lone.gets((mac(client), Mac::BROADCAST), ("0.0.0.0", "255.255.255.255"), (68, 67), bytes);
        asked += 1;
    }
    assert_eq!(asked, 3000);
    let live = lone.server().bindings().filter(|binding| binding.until > lone.now).count();
    assert!(live <= 100, "{live}");
    assert!(lone.server().bindings().count() <= 500);
    let pings = lone.frames(Duration::from_secs(5));
    assert!(echoes(&pings).len() <= 20 * 3);
    // In the middle of it.
    let real = loop {
        if let Some(offer) = lone.hears(&discover(9999)).first() {
            break offer.dhcp().your();
        }
        lone.seconds(1);
    };
    assert_eq!(lone.answers(&selects(9999, real, SERVER)), Some(Type::ACK));
    assert_eq!(std::iter::from_fn(|| lone.host.poll_notice()).count(), 1);
    // A table without room for one more.
    let mut lone = serves(|config| config.bindings = 3);
    assert_eq!((1..=3).map(|client| lone.lends(client)).count(), 3);
    assert_eq!(lone.offers(&discover(4)), None);
    assert!(lone.offers(&discover(3)).is_some());
    lone.seconds(4000);
    lone.lends(4);
    assert_eq!(lone.server().bindings().count(), 3);
}

/// A thousand clients at one instant: each gets an address of its own.
#[test]
fn a_thousand_clients_at_once() {
    let wide = Subnet::new("10.0.0.0/16".parse().unwrap(), [v4("10.0.1.0"), v4("10.0.4.231")]);
    let mut lone =
        Lone::new(Some("10.0.0.1/16"), DhcpServer::new(Config { subnets: vec![wide], ..Config::default() }));
    let mut offers = Vec::new();
    for client in 0..1000 {
        offers.extend(lone.hears(&discover(client)));
    }
    offers.extend(lone.run(Duration::from_millis(600)));
    assert_eq!(offers.len(), 1000);
    let mut addresses = Vec::new();
    for offer in &offers {
        let [.., high, low] = offer.dhcp().mac().0;
        let address = offer.dhcp().your();
        let client = u16::from_be_bytes([high, low]);
        assert_eq!(lone.answers(&selects(client, address, SERVER)), Some(Type::ACK));
        addresses.push(address);
    }
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 1000);
    assert_eq!(lone.server().bindings().filter(|binding| binding.state == BindingState::Bound).count(), 1000);
}

/// Twenty real clients on a segment of twenty addresses, with messages lost: all have one in the end, and none is another's.
#[test]
fn a_segment_of_clients() {
    let mut net = Net::new();
    net.station_at(0, "10.0.0.1/24");
    let lan = Subnet::new("10.0.0.0/24".parse().unwrap(), [v4("10.0.0.50"), v4("10.0.0.69")]);
    net.start(0, DhcpServer::new(Config { subnets: vec![lan], ..Config::default() }));
    let mut random = Random::new(3);
    net.lose = Some(Box::new(move |_| random.below(5) == 0));
    for _ in 0..20 {
        let host = net.station(0);
        net.start(host, DhcpClient::new(InterfaceId(1), client::Config::default()));
    }
    net.seconds(1500);
    let lease = |host: &Host| host.get::<DhcpClient>().and_then(DhcpClient::lease).cloned();
    let mut held: Vec<Ipv4Addr> =
        net.hosts.iter().filter_map(lease).map(|lease| lease.address.addr()).collect();
    held.sort();
    held.dedup();
    assert_eq!(held.len(), 20);
    net.seconds(20_000);
    assert!(net.hosts[1..].iter().all(|host| host.get::<DhcpClient>().unwrap().state() != State::Init));
    assert_eq!(net.hosts.iter().filter_map(lease).count(), 20);
}

/// What was lent is listed, and another server goes on with it.
#[test]
fn bindings_are_given_back() {
    let mut lone = serves(|_| ());
    let named = lone.offers(&discover(1)).unwrap();
    lone.hears(&selects(1, named, SERVER).option(Code::HOST_NAME, b"host\x1b[2J"));
    let identifier = Code::CLIENT_IDENTIFIER;
    let address = lone.offers(&discover(2).option(identifier, b"\0x")).unwrap();
    lone.hears(&selects(2, address, SERVER).option(identifier, b"\0x"));
    let bindings: Vec<Binding> = lone.server().bindings().cloned().collect();
    let first = bindings.iter().find(|binding| binding.address == named).unwrap();
    // It is kept as it was given, and shown so that it does nothing.
    assert_eq!(first.host_name.as_deref(), Some("host\x1b[2J"));
    let notices: Vec<_> = std::iter::from_fn(|| lone.host.poll_notice()).collect();
    assert!(notices.iter().any(|(_, _, notice)| notice.contains(r#"("host\x1b[2J")"#)));
    assert_eq!(
        first.to_string(),
        format!("{named} 02:00:00:01:00:01 \"host\\x1b[2J\" bound until 3601.000000000")
    );
    let elsewhere = Binding { address: v4("172.16.0.1"), ..bindings[0].clone() };
    let again = DhcpServer::new(config(|_| ())).with_bindings(bindings.iter().cloned().chain([elsewhere]));
    assert!(again.bindings().eq(&bindings));
    let mut lone = Lone::new(Some("10.0.0.1/24"), again);
    assert_eq!(lone.answers(&wants(request(2), address).option(identifier, b"\0x")), Some(Type::ACK));
    assert_eq!(lone.answers(&wants(request(2), address)), None);
    assert_eq!(lone.offers(&wants(discover(3), named)).filter(|other| *other == named), None);
}

/// What no client says: replies, other hardware, messages without a type, cut or with any byte changed. An interface without a network of the server's
/// gets no answer.
#[test]
fn hostile_messages() {
    let mut lone = serves(|_| ());
    let good = wants(discover(1), v4("10.0.0.55")).option(Code::CLIENT_IDENTIFIER, b"\0x");
    for message in [
        good.opcode(BootpOpcode::REPLY),
        good.hardware_length(16),
        good.hardware_type(layercake::names::HardwareType(32)),
        good.mac(Mac::BROADCAST),
        good.mac(Mac::default()),
        Dhcp::new(BootpOpcode::REQUEST, 1).mac(mac(1)),
        Dhcp::new(BootpOpcode::REQUEST, 1).mac(mac(1)).message_type(Type::OFFER),
        Dhcp::new(BootpOpcode::REQUEST, 1).mac(mac(1)).message_type(Type(200)),
    ] {
        assert_eq!(lone.hears(&message).len(), 0);
    }
    // One has come no further than the frame, which no group can send.
    assert_eq!(lone.counter("messages_ignored"), 7);
    assert_eq!(lone.server().bindings().count(), 0);
    let bytes = good.bytes().unwrap().to_vec();
    let mut random = Random::new(5);
    for round in 0..6000 {
        let mut message = bytes.clone();
        match round % 3 {
            0 => message.truncate(random.below(bytes.len() as u64) as usize),
            1 => {
                let at = random.below(bytes.len() as u64) as usize;
                message[at] ^= 1 << random.below(8);
                // Any type and any network.
                message[242] = random.below(10) as u8;
            }
            _ => {
                message.truncate(243);
                message[242] = random.below(10) as u8;
                message.extend((0..random.below(300)).map(|_| random.number() as u8));
            }
        }
        let from = if random.below(2) == 0 { "0.0.0.0" } else { "10.0.0.99" };
        let to = if from == "0.0.0.0" { "255.255.255.255" } else { "10.0.0.1" };
        let mac_to = if from == "0.0.0.0" { Mac::BROADCAST } else { OWN };
        lone.gets((mac(1), mac_to), (from, to), (68, 67), &message);
    }
    assert!(lone.server().bindings().count() <= 11);
    let mut elsewhere = Lone::new(Some("192.0.2.1/24"), DhcpServer::new(config(|_| ())));
    assert_eq!(elsewhere.hears(&discover(1)).len(), 0);
    let mut nowhere = Lone::new(None, DhcpServer::new(config(|_| ())));
    assert_eq!(nowhere.hears(&discover(1)).len(), 0);
}

/// A range that holds what cannot be given: this host's own address, a router's, the ends of the network.
#[test]
fn what_is_never_given() {
    let mut lone = serves(|config| {
        let lan = &mut config.subnets[0];
        *lan = Subnet::new("10.0.0.0/29".parse().unwrap(), [v4("10.0.0.0"), v4("10.0.0.7")]);
        lan.routers = vec![v4("10.0.0.2")];
    });
    let mut given: Vec<Ipv4Addr> = (1..10).filter_map(|client| lone.offers(&discover(client))).collect();
    given.sort();
    assert_eq!(given, ["10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"].map(v4));
    // A pool that is none.
    let mut lone = serves(|config| config.subnets[0].pools = vec![[v4("10.0.0.59"), v4("10.0.0.50")]]);
    assert_eq!(lone.offers(&discover(1)), None);
}

/// `docs/dhcp.md` names every test, and no other.
#[test]
fn the_page_names_the_tests() {
    let page = include_str!("../../docs/dhcp.md");
    let tests = [include_str!("dhcp_client.rs"), include_str!("dhcp_server.rs")].concat();
    let after = tests.split("#[test]\nfn ").skip(1);
    let mut names: Vec<&str> = after.map(|test| test.split_once('(').unwrap().0).collect();
    names.retain(|name| *name != "the_page_names_the_tests");
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let mut named: Vec<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    for list in [&mut names, &mut named] {
        list.sort_unstable();
        list.dedup();
    }
    assert_eq!(names, named);
}
