//! What a fuzzer begins with: the fixtures, one frame of each distinct stack of layers.

use std::collections::HashSet;

use layercake::field::Kind;
use layercake::packet::Decoder;
use layercake::render::{Context, json::Object};
use layercake::text::expression;
use layercake::wire::udp::Udp;

use crate::common::{Captured, capture_files, root, scripts};
use crate::invariants::{HEAD, edit::Change, head_of, hex};

/// One input of a target.
pub struct Seed {
    pub target: &'static str,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The seeds of all targets, from the frames of captures and from files.
pub fn seeds(frames: &[Captured]) -> Vec<Seed> {
    let mut all = Vec::new();
    let mut stacks: HashSet<(u32, Vec<Kind>, Option<&str>)> = HashSet::new();
    for captured in frames {
        let frame = captured.frame();
        let packet = Decoder::new().packet(frame);
        let finding = packet.findings().next().map(|finding| finding.code);
        if !stacks.insert((frame.link.0, packet.headers().map(|layer| layer.kind).collect(), finding))
            || frame.bytes.len() > 2000
        {
            continue;
        }
        let name = format!("{}-{}", captured.file, captured.number);
        let decode = [&head_of(&frame)[..], frame.bytes].concat();
        for (what, script) in SCRIPTS {
            let bytes = [&[(script.len()) as u8], &script.concat()[..], &decode[..]].concat();
            all.push(Seed { target: "edit", name: format!("{name}-{what}"), bytes });
        }
        if frame.bytes.len() <= 160 {
            let context = Context { number: captured.number, time: captured.time, ..Context::default() };
            let bytes = serde_json::to_vec(&Object::new(&packet, context)).unwrap();
            all.push(Seed { target: "json", name: name.clone(), bytes });
        }
        // As text, and as a packet with its link type.
        let text = [b"\0", expression::of(&packet).as_bytes()].concat();
        if text.len() <= 1000 {
            all.push(Seed { target: "expression", name: format!("{name}-text"), bytes: text });
        }
        if let Ok(link) = u8::try_from(frame.link.0 * 2 + 1) {
            let bytes = [&[link], frame.bytes].concat();
            all.push(Seed { target: "expression", name: format!("{name}-packet"), bytes });
        }
        let text = hex(frame.bytes).into_bytes();
        all.push(Seed { target: "text", name: name.clone(), bytes: text });
        if frame.link.0 == 1 {
            // To a host, as it is and with what makes it get somewhere; then a while later the same again.
            let [high, low] = (frame.bytes.len() as u16).to_be_bytes();
            let step = |kind: u8| [&[kind, high, low], frame.bytes].concat();
            let bytes =
                [vec![frame.bytes.len() as u8], step(0), vec![0xba], step(7), vec![11, 0x3c, 0x3d]].concat();
            all.push(Seed { target: "stack", name: name.clone(), bytes });
        }
        // The message of a datagram as a question, an answer and an offer; and the frame through a router.
        if let Some(udp) = packet.get::<Udp<_>>()
            && let Some(message) = frame.bytes.len().checked_sub(usize::from(udp.length().saturating_sub(8)))
            && let Some(message) = frame.bytes.get(message..)
        {
            let [high, low] = (message.len() as u16).to_be_bytes();
            let step = |kind: u8| [&[kind, high, low], message].concat();
            let asks = [&[0x16, 0, 11], &b"a.example.o"[..]].concat();
            let steps = [vec![1], step(0), step(0x10), step(0x20), vec![0xea], asks, step(7), step(8)];
            all.push(Seed { target: "services", name: name.clone(), bytes: steps.concat() });
        }
        assert!(decode.len() >= HEAD);
        all.push(Seed { target: "decode", name, bytes: decode });
    }
    for (number, text) in REQUESTS.iter().enumerate() {
        let [high, low] = (text.len() as u16).to_be_bytes();
        let bytes = [&[0, 11, 0x3a, 4, high, low], text.as_bytes(), &[0x5a, 0x0d, 0xea]].concat();
        all.push(Seed { target: "services", name: format!("request-{number}"), bytes });
    }
    for (number, text) in ZONES.iter().enumerate() {
        let bytes = [&[0xff], text.as_bytes()].concat();
        all.push(Seed { target: "services", name: format!("zone-{number}"), bytes });
    }
    for path in scripts() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        all.push(Seed { target: "drill", name, bytes: std::fs::read(&path).unwrap() });
    }
    for folder in ["scenarios", "labs"] {
        let files = std::fs::read_dir(root().join("fixtures").join(folder)).unwrap();
        for path in files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            all.push(Seed { target: "scenario", name, bytes: std::fs::read(&path).unwrap() });
        }
    }
    for path in capture_files() {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // The whole file, and its beginning, which a fuzzer gets through faster.
        all.push(Seed {
            target: "capture",
            name: format!("{name}-begin"),
            bytes: bytes[..bytes.len().min(400)].into(),
        });
        if bytes.len() < 10_000 {
            all.push(Seed { target: "capture", name, bytes });
        }
    }
    let filters = FILTERS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for (number, filter) in filters.chain(WORDS).chain(NAMES).enumerate() {
        all.push(Seed {
            target: "filter",
            name: format!("filter-{number}"),
            bytes: filter.as_bytes().into(),
        });
    }
    for (number, text) in TEXTS.iter().enumerate() {
        all.push(Seed { target: "text", name: format!("dump-{number}"), bytes: text.as_bytes().into() });
    }
    all
}

/// Changes to begin with: each kind of change at some place.
const SCRIPTS: [(&str, &[Change]); 4] = [
    ("set", &[[0, 3, 0, 0, 0, 0, 0, 0, 0, 1], [0, 20, 0, 0, 0, 0, 0, 7, 7, 3]]),
    ("tag", &[[1, 1, 0x10, 0, 0, 0, 0, 0, 0, 7], [5, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
    ("tunnel", &[[1, 1, 0x40, 0, 0, 0, 0, 0, 0, 7], [2, 2, 0, 0, 0, 0, 0, 0, 0, 0]]),
    ("payload", &[[3, 9, 0, 0, 0, 0, 0, 0, 0, 7], [4, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
];

/// Requests of HTTP.
const REQUESTS: [&str; 3] = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=5-99\r\nIf-None-Match: \"x\"\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
];

/// Zones as text.
const ZONES: [&str; 2] = [
    "$TTL 1h\n@ SOA ns a (1 1d 2h 4w 1h) ; begin\n  NS ns\nns A 192.0.2.1\n  AAAA 2001:db8::1\n",
    "@ 60 IN SOA ns a 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n*.w TXT \"a\\034b\" c\nx TYPE65280 \\# 2 abcd\nm MX 10 ns\ns SRV 1 2 3 ns\n",
];

const FILTERS: &str = include_str!("../filters/filters.txt");

/// Words of BPF.
const WORDS: [&str; 7] = [
    "tcp port 443 and ip host 10.0.0.1",
    "src net 10.1 and icmp6",
    "not ether src 02:00:00:00:00:01 or greater 100",
    "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn",
    "udp portrange 5000-6000 or less 64",
    "ip proto \\icmp or ether proto ip6 and vlan 10",
    "ip net 10.0.0.0 mask 255.0.0.0",
];

/// Text, names and fields that are there several times.
const NAMES: [&str; 22] = [
    "dns.qry.name contains \"example\"",
    "dns.resp.name matches \"^[a-z]+[.]\"",
    "any dns.qry.name != \"www.example.com\"",
    "dns.qry.name[0:3] == \"www\"",
    "dns.qry.name[-3:] contains \"com\"",
    "len(dns.qry.name) > 10",
    "count(dns.resp.name) > 1",
    "lower(dns.qry.name) == \"www.example.com\"",
    "upper(dns.resp.name) matches r\"^[A-Z]\"",
    "upper(dns.resp.name) contains upper(dns.qry.name)",
    "all lower(dns.resp.name) == lower(dns.qry.name)",
    "len(dns.resp.name) >= len(dns.qry.name)",
    "dns.txt contains \"=\"",
    "dns.resp.ttl == dns.resp.len",
    "all dns.resp.ttl > dns.resp.len",
    "dns.resp.ttl + dns.resp.len + dns.resp.ttl == 7",
    "dns.resp.type in {1, 5, 28} and dns.a == 192.0.2.0/24",
    "dhcp.file contains \"a\" or len(dhcp.file) == 0",
    "dhcp.fqdn.name[0:2] == \"pc\"",
    "lower(dhcp.fqdn.name) matches \"x\"",
    "dhcp.hw.mac_addr[0:3] == 02:00:00 and count(dhcp.option.type) > dhcp.hw.len",
    "len(dhcpv6.client_domain) & 1",
];

const TEXTS: [&str; 4] = [
    "45 00 00 1c\n0x45, 0x00",
    "00000000: 4500 001c 0001 0000 4011 f6cc c000 0201  E.......@.......\n00000010: c000 0202",
    "\"\\x45\\x00\" é ..",
    "45:00-00.1c; '0'",
];
