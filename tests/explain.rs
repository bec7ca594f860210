//! What `explain` says and draws. The snapshots are for reading beside the RFCs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{frames, root};
use layercake::explain::{Diagram, FieldPage, Number, Page, Relation, Subnet, filled};
use layercake::filter::Filter;
use layercake::packet::Decoder;
use layercake::packet::registry::{KINDS, built_in};

#[test]
fn drawings_of_all_headers() {
    let mut text = String::new();
    for kind in KINDS {
        let protocol = built_in(*kind).unwrap();
        let drawing = Diagram::of(protocol).to_string();
        text += &format!("{} ({}), {}\n{drawing}\n", protocol.name, protocol.prefix, protocol.spec);
    }
    insta::assert_snapshot!("drawings", text);
}

#[test]
fn headers_of_packets_with_their_values() {
    for (file, word) in [
        ("http", "tcp"),
        ("http", "ethernet"),
        ("ping6", "ipv6"),
        ("arp", "arp"),
        ("dns", "dns"),
        ("dhcp", "dhcp"),
    ] {
        let found = frames(&root().join(format!("fixtures/{file}.pcap")))
            .iter()
            .find_map(|captured| filled(&Decoder::new().packet(captured.frame()), word));
        insta::assert_snapshot!(format!("filled-{word}"), found.unwrap().to_string());
    }
}

/// A field that is drawn shorter than it is moves what follows, and nothing is put between them.
#[test]
fn a_long_field_moves_what_follows() {
    layercake::fields! {
        /// A number, 64 bytes, a number.
        pub mod long in "test" {
            tile FIRST: u8 = 0..8, "long.first", "First";
            tile NAME: [u8; 0] = 8..520, "long.name", "Name";
            tile LAST: u32 = 520..552, "long.last", "Last";
        }
    }
    let drawing = Diagram::of_table(long::FIELDS).without_ruler().to_string();
    assert!(
        drawing.contains("Name (64 bytes)") && drawing.contains("Last") && !drawing.contains("Other"),
        "{drawing}"
    );
    assert_eq!(drawing.lines().filter(|line| line.starts_with(['|', ':'])).count(), 3, "{drawing}");
}

/// Every line between two bars is as wide as they are, whatever the header.
#[test]
fn drawings_are_closed() {
    let mut met = 0;
    for path in common::pcap_files(&root().join("fixtures")) {
        for captured in frames(&path).iter().take(40) {
            let packet = Decoder::new().packet(captured.frame());
            for index in 0..packet.headers().count() {
                let drawing = Diagram::of_packet(&packet, index).to_string();
                for line in drawing.lines().filter(|line| line.starts_with(['|', '+', ':'])) {
                    let last = line.chars().last().unwrap();
                    assert!(
                        "|+:".contains(last) && line.chars().count() <= 65,
                        "{}: {line}\n{drawing}",
                        path.display()
                    );
                    met += 1;
                }
            }
        }
    }
    assert!(met > 10_000, "{met}");
}

#[test]
fn every_name_is_explained_and_its_filter_can_be_read() {
    let (mut fields, mut others) = (0, 0);
    for name in Filter::names() {
        let page = Page::of(name).unwrap_or_else(|bad| panic!("{name}: {bad}"));
        assert!(!format!("{page:#}").is_empty());
        match page {
            Page::Field(page) => {
                let filter = page.filter();
                Filter::parse(&filter).unwrap_or_else(|bad| panic!("{filter}: {bad}"));
                fields += 1;
            }
            Page::Header(_) | Page::Known(..) => others += 1,
            page => panic!("{name}: {page:?}"),
        }
    }
    assert!(fields > 1000 && others > 30, "{fields} {others}");
}

#[test]
fn values_of_fields() {
    let values = FieldPage::find("arp.opcode").unwrap().values();
    assert_eq!(values[..2], [(1, "request"), (2, "reply")]);
    // RFC 792 page 4: codes are named by their type.
    let page = format!("{:#}", FieldPage::find("icmp.code").unwrap());
    assert!(page.contains("3, 1   Destination unreachable"), "{page}");
    let page = Page::of("ip.proto == 17").unwrap().to_string();
    assert!(page.starts_with("ip.proto 17 = 0x11: UDP\n"), "{page}");
}

#[test]
fn what_a_number_is() {
    let names = |text: &str| -> Vec<(&str, &str)> {
        match Page::of(text).unwrap() {
            Page::Number(number) => {
                number.meanings().iter().map(|meaning| (meaning.registry, meaning.name)).collect()
            }
            page => panic!("{text}: {page:?}"),
        }
    };
    assert_eq!(names("0x0806"), [("EtherType", "ARP")]);
    assert_eq!(names("0X86DD"), [("EtherType", "IPv6")]);
    assert_eq!(names("0b110"), names("6"));
    // RFC 768; IANA gives the service to three transports.
    assert_eq!(names("port 443"), [("TCP port", "https"), ("UDP port", "https"), ("SCTP port", "https")]);
    assert_eq!(names("UDP port 53"), [("UDP port", "domain")]);
    assert_eq!(names("dns type 28"), [("DNS type", "AAAA")]);
    assert_eq!(names("dhcp option 53")[0], ("DHCP option", "DHCP Message Type"));
    assert_eq!(names("proto 6"), [("IP protocol", "TCP")]);
    assert_eq!(names("tcp option 2"), [("TCP option", "Maximum segment size")]);
    assert!(Number::new(1).of("nonsense").is_none());
    assert_eq!(Number::new(0x10006).of("ethertype").unwrap().meanings(), []);
}

/// `int`, `exploded`, `reverse_pointer`, `teredo`, `sixtofour` and `ipv4_mapped` of Python's `ipaddress` (3.11.7); the MAC address of a
/// link-local address as RFC 4291 appendix A has it, and the multicast ones as RFC 1112 section 6.4 and RFC 2464 section 7.
#[test]
fn what_an_address_holds() {
    let cases: &[(&str, &[&str])] = &[
        (
            "192.0.2.7",
            &[
                "3221225991",
                "0xc0000207",
                "7.2.0.192.in-addr.arpa",
                "192.0.2.0/24 Documentation (TEST-NET-1)",
            ],
        ),
        (
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            &[
                "2001:0000:4136:e378:8000:63bf:3fff:fdd2",
                "2.d.d.f.f.f.f.3.f.b.3.6.0.0.0.8.8.7.3.e.6.3.1.4.0.0.0.0.1.0.0.2.ip6.arpa",
                "server 65.54.227.120, client 192.0.2.45",
            ],
        ),
        ("2002:c000:204:5::1", &["6to4 router 192.0.2.4, subnet 0x0005"]),
        ("::ffff:192.0.2.7", &["IPv4 address 192.0.2.7", "0000:0000:0000:0000:0000:ffff:c000:0207"]),
        ("64:ff9b::192.0.2.33", &["IPv4 address 192.0.2.33"]),
        ("fe80::3456:78ff:fe9a:bcde", &["36:56:78:9a:bc:de"]),
        ("34-56-78-9A-BC-DE", &["fe80::3656:78ff:fe9a:bcde", "34:56:78; whose"]),
        ("3456.789a.bcde", &["fe80::3656:78ff:fe9a:bcde"]),
        ("224.128.64.32", &["01:00:5e:00:40:20"]),
        ("01:00:5e:00:40:20", &["224.0.64.32, 224.128.64.32 and 30 others"]),
        ("ff02::1:ff28:9c5a", &["33:33:ff:28:9c:5a", "ends in 28:9c5a", "2, link-local"]),
        ("ff05::1:3", &["all DHCPv6 servers of the site", "5, site-local"]),
        ("ff3e:40:2001:db8::1", &["P: made from a unicast prefix", "T: transient", "e, global"]),
        ("233.64.15.9", &["autonomous system 16399"]),
        ("fd12:3456:789a:1::1", &["global ID     0x123456789a", "subnet ID     0x0001"]),
        ("8.8.8.8", &["in no special-purpose block"]),
    ];
    for (text, expected) in cases {
        let page = Page::of(text).unwrap().to_string();
        for part in *expected {
            assert!(page.contains(part), "{text}: {part}\n{page}");
        }
    }
}

/// What Python's `ipaddress` (3.11.7) says: `ip_network(text, strict=False)`, its `netmask`, `hostmask`, `broadcast_address`,
/// `num_addresses`, and the first and the last of `hosts()`, which for IPv6 leave the router anycast address out.
#[test]
fn subnets_are_what_python_says() {
    for line in include_str!("explain/subnets.txt").lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        let [text, network, mask, wildcard, last, count, first_host, last_host] = words[..] else {
            panic!("{line}")
        };
        let subnet = Subnet::parse(text).unwrap();
        assert_eq!(subnet.network().to_string(), network, "{text}");
        assert_eq!(subnet.mask().to_string(), mask, "{text}");
        assert_eq!(subnet.wildcard().to_string(), wildcard, "{text}");
        assert_eq!(subnet.last().to_string(), last, "{text}");
        assert_eq!(
            subnet.count().get().map_or("2^128".to_string(), |count| count.to_string()),
            count,
            "{text}"
        );
        let (first, last) = subnet.hosts();
        assert_eq!(
            (first.to_string().as_str(), last.to_string().as_str()),
            (first_host, last_host),
            "{text}"
        );
        // The same with a mask, and with a wildcard mask, where that is not a mask too.
        if subnet.address().is_ipv4() {
            let address = subnet.address();
            assert_eq!(Subnet::parse(&format!("{address} {mask}")).unwrap().network(), subnet.network());
            if !matches!(subnet.length(), 0 | 32) {
                assert_eq!(
                    Subnet::parse(&format!("{address}/{wildcard}")).unwrap().network(),
                    subnet.network()
                );
            }
        }
    }
}

#[test]
fn splitting_and_nesting() {
    let of = |text: &str| Subnet::parse(text).unwrap();
    let parts = |text: &str, length| -> Vec<String> {
        of(text).split(length).unwrap().map(|part| part.to_string()).collect()
    };
    // list(ip_network("10.0.0.0/30").subnets(new_prefix=32)) in Python.
    assert_eq!(parts("10.0.0.2/30", 32), ["10.0.0.0/32", "10.0.0.1/32", "10.0.0.2/32", "10.0.0.3/32"]);
    assert_eq!(parts("255.255.255.254/31", 32), ["255.255.255.254/32", "255.255.255.255/32"]);
    assert_eq!(parts("2001:db8::/47", 48), ["2001:db8::/48", "2001:db8:1::/48"]);
    assert_eq!(parts("10.0.0.0/24", 24), ["10.0.0.0/24"]);
    // The whole of IPv6 has more parts than a number holds, and the first is there at once.
    let all = of("::/0");
    assert_eq!(all.split(128).unwrap().next().unwrap().to_string(), "::/128");
    assert_eq!((all.parts(128).get(), all.parts(128).to_string().as_str()), (None, "2^128"));
    assert!(all.split(129).is_err() && of("10.0.0.0/8").split(7).is_err());

    let relation = |one: &str, other: &str| of(one).relation(&of(other));
    assert_eq!(relation("10.0.0.0/8", "10.1.0.0/16"), Relation::Contains);
    assert_eq!(relation("10.1.0.0/16", "10.0.0.0/8"), Relation::Inside);
    assert_eq!(relation("10.0.0.1/8", "10.255.0.0/8"), Relation::Same);
    assert_eq!(relation("10.0.0.0/9", "10.128.0.0/9"), Relation::Apart);
    assert_eq!(relation("0.0.0.0/0", "::/0"), Relation::Apart);
    assert_eq!(of("10.0.0.0/24").around(&of("10.0.3.0/24")).unwrap().to_string(), "10.0.0.0/22");
    assert_eq!(of("10.0.0.0/24").around(&of("::/0")), None);
}

#[test]
fn what_is_wrong_is_shown_at_its_place() {
    let cases: &[(&str, &str, &str)] = &[
        ("256.1.1.1", "256", "more than a byte holds"),
        ("10.1.1.1000", "1000", "more than a byte holds"),
        ("192.168.1", "", "four parts; here are 3"),
        ("1.2.3.4.5", ".5", "here are more"),
        ("1..2.3", "", "a part of the address is missing"),
        ("192.168.010.1", "010", "begins with a zero"),
        ("10.0.0.x", "x", "has no place in an address"),
        ("10.0.0.0/33", "33", "longer than the address"),
        ("10.0.0.0/", "", "length of the prefix is missing"),
        ("10.0.0.0/-1", "-1", "no length of a prefix"),
        ("10.0.0.0/255.0.255.0", "255", "a hole here"),
        ("2001:db8::/129", "129", "longer than the address"),
        ("2001:db8::1::2", "::", "once in an address"),
        ("2001:db8::12345", "12345", "four hex digits at most"),
        ("2001:dg8::", "g", "has no place"),
        ("1:2:3", "", "eight groups; here are 3"),
        ("1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9", "here are 9"),
        ("fe80::1%eth0", "%eth0", "a zone"),
        ("::ffff:1.2.3.456", "456", "more than a byte holds"),
        ("", "", "nothing to explain"),
        ("  ", "  ", "nothing to explain"),
        ("tcp udp", "udp", "a number is expected"),
        ("prot 6", "prot", "no kind of number"),
        ("ip.tll", "ip.tll", "the name of no protocol or field"),
        ("99999999999999999999", "99999999999999999999", "longer than 64 bits"),
        ("\u{1b}[31m", "\u{1b}[31m", "the name of no protocol"),
        ("é.1.2.3:", "é", "has no place"),
    ];
    for (text, part, message) in cases {
        let bad = Page::of(text).expect_err(text);
        assert_eq!(text.get(bad.span.clone()), Some(*part), "{text}: {bad}");
        assert!(bad.message.contains(message), "{text}: {bad}");
        assert!(bad.hint.is_some() || text.contains("::ffff"), "{text}");
    }
}

/// Nothing that is typed can stop it.
#[test]
fn any_text_is_explained_or_refused() {
    let pieces = [
        "",
        " ",
        ".",
        ":",
        "::",
        "/",
        "%",
        "0",
        "1",
        "256",
        "ff",
        "x",
        "0x",
        "é",
        "==",
        "port",
        "tcp",
        "ip.flags",
        "/24",
        "255.255.0.0",
    ];
    let mut met = 0;
    for one in pieces {
        for two in pieces {
            for three in pieces {
                let text = [one, two, three].concat();
                match Page::of(&text) {
                    Ok(_) => met += 1,
                    Err(bad) => assert!(text.get(bad.span.clone()).is_some(), "{text:?}: {bad:?}"),
                }
                let _ = Subnet::parse_or_address(&text);
            }
        }
    }
    assert!(met > 200, "{met}");
}
