//! Commands in the forms of the manual pages ip-address(8), ip-route(8), ip-link(8), ip-neighbour(8), ifconfig(8), route(8).

use layercake::field::Mac;
use layercake::sim::ip::{self, Command, Link, Neighbour, Route, RouteKind, Version};

fn read(text: &str) -> Command {
    Command::parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"))
}

fn wrong(text: &str) -> (String, String) {
    let mistake = Command::parse(text).expect_err(text);
    (text.get(mistake.span.clone()).expect("a place in the text").to_owned(), mistake.to_string())
}

fn to(network: &str) -> Route {
    Route::to(network.parse().unwrap())
}

fn via(network: &str, via: &str) -> Route {
    Route { via: Some(via.parse().unwrap()), ..to(network) }
}

fn add(address: &str, dev: &str) -> Command {
    Command::AddAddress { address: address.parse().unwrap(), dev: dev.into() }
}

fn link(dev: &str) -> Link {
    Link { dev: dev.into(), ..Link::default() }
}

const MAC: Mac = Mac([2, 0, 0, 0, 0, 9]);

#[test]
fn addresses() {
    for text in [
        "addr add 10.0.0.1/24 dev eth0",
        "ip addr add 10.0.0.1/24 dev eth0",
        "/sbin/ip address add 10.0.0.1/24 dev eth0",
        "ip a a 10.0.0.1/24 dev eth0",
        "ip -4 a add 10.0.0.1/255.255.255.0 brd + dev eth0",
        "  ip   addr add 10.0.0.1/24 broadcast 10.0.0.255 dev eth0 label eth0:1 scope global ",
        "ip -br addr replace dev eth0 local 10.0.0.1/24",
        "ip addr change 10.0.0.1/24 dev eth0",
        "ifconfig eth0:1 10.0.0.1 netmask 255.255.255.0 up",
        "ifconfig eth0 add 10.0.0.1/24",
    ] {
        assert_eq!(read(text), add("10.0.0.1/24", "eth0"), "{text}");
    }
    assert_eq!(read("ip addr add 10.0.0.1 dev lan"), add("10.0.0.1/32", "lan"));
    assert_eq!(read("ip -6 addr add 2001:db8::1 dev lan"), add("2001:db8::1/128", "lan"));
    assert_eq!(read("ifconfig eth0 inet6 add 2001:db8::1/64"), add("2001:db8::1/64", "eth0"));
    let gone = Command::RemoveAddress { address: "10.0.0.1/24".parse().unwrap(), dev: "eth0".into() };
    for text in
        ["ip addr del 10.0.0.1/24 dev eth0", "a d 10.0.0.1/24 dev eth0", "ifconfig eth0 del 10.0.0.1/24"]
    {
        assert_eq!(read(text), gone, "{text}");
    }
    for (text, version) in [
        ("ip addr flush dev eth0", None),
        ("ip -4 a f dev eth0", Some(Version::Ipv4)),
        ("ip -6 a flush dev eth0", Some(Version::Ipv6)),
    ] {
        assert_eq!(read(text), Command::FlushAddresses { dev: "eth0".into(), version }, "{text}");
    }
}

#[test]
fn routes() {
    for text in [
        "ip route add 10.2.0.0/16 via 10.0.1.2",
        "route add 10.2.0.0/16 via 10.0.1.2",
        "ip r a unicast 10.2.0.0/16 via 10.0.1.2 proto static scope global",
        "ip ro add to 10.2.0.0/255.255.0.0 via 10.0.1.2",
        "route add -net 10.2.0.0/16 gw 10.0.1.2",
        "/sbin/route add -net 10.2.0.0 netmask 255.255.0.0 gw 10.0.1.2",
        "route -n add -net 10.2.0.0 gw 10.0.1.2 netmask 255.255.0.0",
    ] {
        assert_eq!(read(text), Command::AddRoute(via("10.2.0.0/16", "10.0.1.2")), "{text}");
    }
    for text in [
        "ip route add default via 10.0.0.254",
        "r add 0.0.0.0/0 via 10.0.0.254",
        "route add default gw 10.0.0.254",
        "route add -net 0.0.0.0 netmask 0.0.0.0 gw 10.0.0.254",
    ] {
        assert_eq!(read(text), Command::AddRoute(via("0.0.0.0/0", "10.0.0.254")), "{text}");
    }
    let by = |route: Route, dev: &str| Route { dev: Some(dev.into()), ..route };
    for text in ["route add default gw 10.0.0.254 eth1", "ip route add default via 10.0.0.254 dev eth1"] {
        assert_eq!(read(text), Command::AddRoute(by(via("0.0.0.0/0", "10.0.0.254"), "eth1")), "{text}");
    }
    // A is 1 to 126, B begins with 128, C with 192 (RFC 791): 8, 16, 24 bits.
    for (network, length) in [("10.0.0.0", 8), ("172.16.0.0", 16), ("192.168.3.0", 24)] {
        let text = format!("route add -net {network} dev eth0");
        assert_eq!(read(&text), Command::AddRoute(by(to(&format!("{network}/{length}")), "eth0")));
    }
    assert_eq!(
        read("route add -host 10.0.0.7 gw 10.1.0.1"),
        Command::AddRoute(via("10.0.0.7/32", "10.1.0.1"))
    );
    let ipv6 = Command::AddRoute(via("::/0", "fe80::1"));
    for text in [
        "ip route add default via fe80::1",
        "ip -6 r a ::/0 via fe80::1",
        "route -A inet6 add default gw fe80::1",
    ] {
        assert_eq!(read(text), ipv6, "{text}");
    }
    assert_eq!(read("ip -6 route add default dev eth0"), Command::AddRoute(by(to("::/0"), "eth0")));
    let metric = Route { metric: Some(100), ..via("10.2.0.0/16", "10.0.2.2") };
    assert_eq!(
        read("ip route replace 10.2.0.0/16 via 10.0.2.2 metric 100"),
        Command::ReplaceRoute(metric.clone())
    );
    assert_eq!(
        read("ip r chg 10.2.0.0/16 via 10.0.2.2 preference 100"),
        Command::ReplaceRoute(metric.clone())
    );
    assert_eq!(ip::route("10.2.0.0/16 via 10.0.2.2 metric 100"), Ok(metric));
    for (word, kind) in [
        ("blackhole", RouteKind::Blackhole),
        ("prohibit", RouteKind::Prohibit),
        ("unreachable", RouteKind::Unreachable),
    ] {
        let text = format!("ip route add {word} 10.9.0.0/16");
        assert_eq!(read(&text), Command::AddRoute(Route { kind, ..to("10.9.0.0/16") }));
    }
    assert_eq!(read("ip route del 10.2.0.0/16"), Command::RemoveRoute(to("10.2.0.0/16")));
    assert_eq!(read("route del default"), Command::RemoveRoute(to("0.0.0.0/0")));
    assert_eq!(
        read("route del -net 10.0.0.0 gw 10.1.0.1"),
        Command::RemoveRoute(via("10.0.0.0/8", "10.1.0.1"))
    );
}

#[test]
fn links_and_neighbours() {
    let up = Command::SetLink(Link { up: Some(true), ..link("eth0") });
    for text in [
        "ip link set eth0 up",
        "ip link set dev eth0 up",
        "ip l s eth0 up",
        "link set up dev eth0",
        "ifconfig eth0 up",
    ] {
        assert_eq!(read(text), up, "{text}");
    }
    assert_eq!(read("ifconfig eth0 down"), Command::SetLink(Link { up: Some(false), ..link("eth0") }));
    let all = Link { up: Some(true), mtu: Some(1400), mac: Some(MAC), ..link("eth0") };
    assert_eq!(read("ip link set eth0 mtu 1400 address 02:00:00:00:00:09 up"), Command::SetLink(all.clone()));
    assert_eq!(read("ifconfig eth0 hw ether 02:00:00:00:00:09 mtu 1400 up"), Command::SetLink(all.clone()));
    // Without a mask it is that of the class; an address brings the interface up.
    for (text, address) in [
        ("ifconfig eth0 10.0.0.1/24", "10.0.0.1/24"),
        ("ifconfig eth0 10.0.0.1 netmask 255.255.255.0 up", "10.0.0.1/24"),
        ("ifconfig eth0 195.11.14.1 up", "195.11.14.1/24"),
        ("ifconfig eth0 inet 10.0.0.1 broadcast 10.255.255.255", "10.0.0.1/8"),
    ] {
        let link = Link { up: Some(true), address: Some(address.parse().unwrap()), ..link("eth0") };
        assert_eq!(read(text), Command::SetLink(link), "{text}");
    }
    let neighbour = Neighbour { address: "10.0.0.9".parse().unwrap(), mac: MAC, dev: "eth0".into() };
    for text in [
        "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0",
        "ip neighbor replace to 10.0.0.9 dev eth0 lladdr 02-00-00-00-00-09 nud permanent",
        "ip n a 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0",
    ] {
        assert_eq!(read(text), Command::AddNeighbour(neighbour.clone()), "{text}");
    }
    assert_eq!(ip::neighbour("10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0"), Ok(neighbour));
    let gone = Command::RemoveNeighbour { address: "10.0.0.9".parse().unwrap(), dev: "eth0".into() };
    assert_eq!(read("ip neighbour del 10.0.0.9 dev eth0"), gone);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, place, message) in [
        ("", "", "what it is about is missing; write route add 10.2.0.0/16 via 10.0.1.2"),
        (
            "ip rout add default",
            "",
            "where to (via or dev) is missing; write route add 10.2.0.0/16 via 10.0.1.2",
        ),
        ("ip ruote add default via 10.0.0.1", "ruote", "`ruote` is not known; did you mean route?"),
        (
            "ip rule add from 10.0.0.1",
            "rule",
            "`rule` of ip(8) is not taken here; addr, route, link and neigh are",
        ),
        (
            "ip route ad default",
            "",
            "where to (via or dev) is missing; write route add 10.2.0.0/16 via 10.0.1.2",
        ),
        ("ip route addd default", "addd", "`addd` is not known of `route`; did you mean add?"),
        ("ip route show", "show", "`show` changes nothing, and is not taken here"),
        ("ip a", "", "what is to be done is missing; write addr add 10.0.0.1/24 dev eth0"),
        ("ip link add br0 type bridge", "add", "`add` of `link` is not taken here"),
        (
            "ip -n red addr add 10.0.0.1/24 dev eth0",
            "-n",
            "`-n` is no option that is taken here; -4 and -6 are",
        ),
        (
            "ip addr add 10.0.0.256/24 dev eth0",
            "10.0.0.256/24",
            "`10.0.0.256/24` is no address; write 10.0.0.1/24 or 2001:db8::1/64",
        ),
        (
            "ip addr add 10.0.0.1/33 dev eth0",
            "10.0.0.1/33",
            "`10.0.0.1/33` is no address; write 10.0.0.1/24 or 2001:db8::1/64",
        ),
        ("ip addr add 10.0.0.1/24", "", "the interface is missing; write addr add 10.0.0.1/24 dev eth0"),
        (
            "ip addr add 10.0.0.1/24 dev",
            "",
            "behind `dev` something is missing; write addr add 10.0.0.1/24 dev eth0",
        ),
        (
            "ip addr add 10.0.0.1/24 deb eth0",
            "deb",
            "`deb` is not known in `ip address add`; did you mean dev?",
        ),
        ("ip addr add 224.0.0.1/24 dev eth0", "224.0.0.1/24", "224.0.0.1 is no address of one interface"),
        ("ip -6 addr add 10.0.0.1/24 dev eth0", "10.0.0.1/24", "`10.0.0.1/24` is no IPv6 address"),
        (
            "ip route add 10.0.0.1/24 dev eth0",
            "10.0.0.1/24",
            "10.0.0.1/24 has bits behind its prefix that are not zero; write 10.0.0.0/24",
        ),
        ("ip route add 10.0.0.0/8 via 10.1.0.1 via 10.1.0.2", "via", "`via` says what was said before"),
        (
            "ip route add 10.0.0.0/8 via fe80::1",
            "ip route add 10.0.0.0/8 via fe80::1",
            "10.0.0.0/8 and fe80::1 are not of the same version of IP",
        ),
        ("ip route add 10.0.0.0/8 dev eth0 metric -1", "-1", "`-1` is no metric; it is a number from 0"),
        ("ip route add 10.0.0.0/8 dev eth0 table 5", "table", "`table` is not taken here"),
        ("ip link set eth0 mtu 0", "0", "`0` is no MTU; it is a number of bytes, from 68 to 65535"),
        ("ip link set eth0", "", "what it is to be set to is missing; write link set eth0 up"),
        (
            "ip link set eth0 address 01:00:5e:00:00:01",
            "01:00:5e:00:00:01",
            "`01:00:5e:00:00:01` is the address of a group, not of one interface",
        ),
        (
            "ifconfig eth0",
            "ifconfig eth0",
            "this asks, and changes nothing; write ifconfig eth0 10.0.0.1 netmask 255.255.255.0 up",
        ),
        (
            "route add default gw",
            "",
            "behind `gw` something is missing; write route add -net 10.2.0.0 netmask 255.255.0.0 gw 10.0.1.2",
        ),
        ("ip link set eth0 \u{1b}[31m", "\u{1b}[31m", "`\\u{1b}[31m` is not known in `ip link set`"),
    ] {
        assert_eq!(wrong(text), (place.to_owned(), message.to_owned()), "{text}");
    }
    assert!(wrong(&"ip ".repeat(200)).1.contains("at most 100 words"));
}

/// What is printed is read as the same.
#[test]
fn commands_print_as_they_are_told() {
    for text in [
        "addr add 10.0.0.1/24 dev eth0",
        "addr del 2001:db8::1/64 dev eth0",
        "-6 addr flush dev eth0",
        "route add default via 10.0.0.254",
        "route add ::/0 via fe80::1 dev eth0 metric 5",
        "route replace blackhole 10.0.0.0/8",
        "route del 10.0.0.0/8",
        "link set eth0 mtu 1400 address 02:00:00:00:00:09 up",
        "ifconfig eth0 10.0.0.1/24 mtu 1400 hw ether 02:00:00:00:00:09 up",
        "neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0",
        "neigh del 10.0.0.9 dev eth0",
    ] {
        assert_eq!(read(text).to_string(), text);
    }
}

/// Every prefix, and every byte replaced: an answer, and a place in the text.
#[test]
fn hostile_bytes() {
    let text = "ip -6 route add unicast 2001:db8::/32 via fe80::1 dev eth0 metric 5 ifconfig eth0 hw ether 02:00:00:00:00:09";
    for end in 0..=text.len() {
        for letter in ["", "/", "-", ":", "\0", "\u{202e}", "é", "99999999999999999999"] {
            let mut hostile = text.to_owned();
            hostile.insert_str(end, letter);
            for text in [&text[..end], &hostile] {
                if let Err(mistake) = Command::parse(text) {
                    assert!(text.get(mistake.span.clone()).is_some(), "{text}");
                    assert!(!mistake.to_string().contains(['\0', '\u{202e}']), "{text}");
                }
            }
        }
    }
}
