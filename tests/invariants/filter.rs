//! What holds for any filter.

use std::sync::OnceLock;

use layercake::capture::Reader;
use layercake::filter::{Filter, Language, Origin};
use layercake::packet::{Decoder, Frame, LinkType};

pub fn any(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Filter::parse(&text) {
        Ok(filter) => {
            assert_eq!(filter.to_string(), text);
            let explained = filter.explain().to_string();
            assert!(explained.lines().count() > 2, "{explained}");
            let again = Filter::parse(filter.display());
            let again = again.unwrap_or_else(|bad| panic!("{text}: {}: {bad}", filter.display()));
            assert_eq!(again.language(), Language::Display, "{text}");
            let tests = |explained: &str| explained.split_once("tested in this order").unwrap().1.to_owned();
            assert_eq!(
                tests(&again.explain().to_string()),
                tests(&explained),
                "{text}: {}",
                filter.display()
            );
            for (number, (link, bytes)) in (1..).zip(packets()) {
                let packet = Decoder::new().packet(Frame::new(*link, bytes.as_slice()));
                let origin = Origin { number: Some(number), ..Origin::default() };
                let chosen = filter.matches_from(&packet, &origin);
                assert_eq!(chosen, again.matches_from(&packet, &origin), "{text}: {}", filter.display());
            }
        }
        Err(bad) => {
            assert!(text.get(bad.span.clone()).is_some(), "{bad:?} points into {text:?}");
            assert!(!bad.message.is_empty() && !bad.to_string().is_empty());
        }
    }
}

/// Some packets of many kinds, one of them cut.
fn packets() -> &'static [(LinkType, Vec<u8>)] {
    static PACKETS: OnceLock<Vec<(LinkType, Vec<u8>)>> = OnceLock::new();
    PACKETS.get_or_init(|| {
        let files: [&[u8]; 9] = [
            include_bytes!("../../fixtures/arp.pcap"),
            include_bytes!("../../fixtures/http.pcap"),
            include_bytes!("../../fixtures/ipip.pcap"),
            include_bytes!("../../fixtures/qinq.pcap"),
            include_bytes!("../../fixtures/refused.pcap"),
            include_bytes!("../../fixtures/ndp.pcap"),
            include_bytes!("../../fixtures/dns.pcap"),
            include_bytes!("../../fixtures/dhcp.pcap"),
            include_bytes!("../../fixtures/dhcpv6.pcap"),
        ];
        let mut packets = Vec::new();
        for file in files {
            let mut reader = Reader::new(file).unwrap();
            for _ in 0..4 {
                let Some(record) = reader.next().unwrap() else { break };
                packets.push((record.frame.link, record.frame.bytes.to_vec()));
            }
        }
        let cut = packets[5].1[..40].to_vec();
        packets.push((LinkType::ETHERNET, cut));
        packets
    })
}
