//! Zones: what they say, and what cannot be one.

use layercake::names::{DnsRcode, DnsType};
use layercake::stack::service::dns::{Answer, DnsServer, RrSet, Zone};

/// RFC 1034 section 6.1: the root zone of the example.
pub const ROOT: &str = "\
.       IN      SOA     SRI-NIC.ARPA. HOSTMASTER.SRI-NIC.ARPA. (
                        870611          ;serial
                        1800            ;refresh every 30 min
                        300             ;retry every 5 min
                        604800          ;expire after a week
                        86400)          ;minimum of a day
                NS      A.ISI.EDU.
                NS      C.ISI.EDU.
                NS      SRI-NIC.ARPA.

MIL.    86400   NS      SRI-NIC.ARPA.
        86400   NS      A.ISI.EDU.

EDU.    86400   NS      SRI-NIC.ARPA.
        86400   NS      C.ISI.EDU.

SRI-NIC.ARPA.   A       26.0.0.73
                A       10.0.0.51
                MX      0 SRI-NIC.ARPA.
                HINFO   DEC-2060 TOPS20

ACC.ARPA.       A       26.6.0.65
                HINFO   PDP-11/70 UNIX
                MX      10 ACC.ARPA.

USC-ISIC.ARPA.  CNAME   C.ISI.EDU.

73.0.0.26.IN-ADDR.ARPA.  PTR    SRI-NIC.ARPA.
65.0.6.26.IN-ADDR.ARPA.  PTR    ACC.ARPA.
51.0.0.10.IN-ADDR.ARPA.  PTR    SRI-NIC.ARPA.
52.0.0.10.IN-ADDR.ARPA.  PTR    C.ISI.EDU.
103.0.3.26.IN-ADDR.ARPA. PTR    A.ISI.EDU.

A.ISI.EDU. 86400 A      26.3.0.103
C.ISI.EDU. 86400 A      10.0.0.52
";

/// RFC 1034 section 6.1: the zone EDU.
pub const EDU: &str = "\
EDU.  IN SOA SRI-NIC.ARPA. HOSTMASTER.SRI-NIC.ARPA. (
                        870729 ;serial
                        1800 ;refresh every 30 minutes
                        300 ;retry every 5 minutes
                        604800 ;expire after a week
                        86400 ;minimum of a day
                        )
                NS SRI-NIC.ARPA.
                NS C.ISI.EDU.

UCI 172800 NS ICS.UCI
                   172800 NS ROME.UCI
ICS.UCI 172800 A 192.5.19.1
ROME.UCI 172800 A 192.5.19.31

ISI 172800 NS VAXA.ISI
                   172800 NS A.ISI
                   172800 NS VENERA.ISI.EDU.
VAXA.ISI 172800 A 10.2.0.27
                   172800 A 128.9.0.33
VENERA.ISI.EDU. 172800 A 10.1.0.52
                   172800 A 128.9.0.32
A.ISI 172800 A 26.3.0.103

UDEL.EDU.  172800 NS LOUIE.UDEL.EDU.
                   172800 NS UMN-REI-UC.ARPA.
LOUIE.UDEL.EDU. 172800 A 10.0.0.96
                   172800 A 192.5.39.3

YALE.EDU.  172800 NS YALE.ARPA.
YALE.EDU.  172800 NS YALE-BULLDOG.ARPA.

MIT.EDU.  43200 NS XX.LCS.MIT.EDU.
                   43200 NS ACHILLES.MIT.EDU.
XX.LCS.MIT.EDU.  43200 A 10.0.0.44
ACHILLES.MIT.EDU. 43200 A 18.72.0.8
";

pub fn zone(text: &str, origin: &str) -> Zone {
    Zone::parse(text, origin).unwrap_or_else(|bad| panic!("{:?}: {bad}", bad.place(text)))
}

/// Sets as lines, as a zone file has them.
pub fn lines(sets: &[RrSet]) -> Vec<String> {
    let line = |set: &RrSet| {
        let texts: Vec<String> = set
            .records
            .iter()
            .zip(set.data())
            .map(|(bytes, data)| match set.record_type {
                // Two texts, each with its length.
                DnsType::HINFO => {
                    let (cpu, os) = bytes[1..].split_at(bytes[0].into());
                    format!("{} {}", String::from_utf8_lossy(cpu), String::from_utf8_lossy(&os[1..]))
                }
                _ => data.to_string(),
            })
            .collect();
        texts
            .into_iter()
            .map(|text| format!("{} {} {} {text}", set.name, set.ttl, set.record_type))
            .collect::<Vec<_>>()
    };
    sets.iter().flat_map(line).collect()
}

/// An answer as text: result, whether it is authoritative, sections.
fn shown(answer: &Answer) -> String {
    let aa = if answer.authoritative { " AA" } else { "" };
    let mut text = format!("{}{aa}\n", answer.rcode);
    for (word, sets) in
        [("answer", &answer.answers), ("authority", &answer.authorities), ("additional", &answer.additionals)]
    {
        for line in lines(sets) {
            text += &format!("{word}: {line}\n");
        }
    }
    text
}

/// RFC 1034 sections 6.2.1 to 6.2.8: questions to C.ISI.EDU, which has the root zone and EDU, and the answers that are printed there. Two things have
/// changed since: a name without such data gets the SOA too (RFC 2308 section 2.2; 6.2.4 prints nothing), and the servers of the zone are not added.
#[test]
fn the_questions_of_rfc_1034_get_the_answers_printed_there() {
    let server = DnsServer::new(vec![zone(ROOT, "."), zone(EDU, "EDU")]);
    let soa = "authority: . 86400 SOA SRI-NIC.ARPA HOSTMASTER.SRI-NIC.ARPA 870611 1800 300 604800 86400\n";
    for (section, name, record_type, expected) in [
        (
            "6.2.1",
            "SRI-NIC.ARPA",
            DnsType::A,
            "NoError AA\nanswer: SRI-NIC.ARPA 86400 A 26.0.0.73\nanswer: SRI-NIC.ARPA 86400 A 10.0.0.51\n"
                .to_owned(),
        ),
        (
            "6.2.2",
            "SRI-NIC.ARPA",
            DnsType::ANY,
            "NoError AA\nanswer: SRI-NIC.ARPA 86400 A 26.0.0.73\nanswer: SRI-NIC.ARPA 86400 A 10.0.0.51\n\
             answer: SRI-NIC.ARPA 86400 MX 0 SRI-NIC.ARPA\nanswer: SRI-NIC.ARPA 86400 HINFO DEC-2060 TOPS20\n"
                .to_owned(),
        ),
        (
            "6.2.3",
            "SRI-NIC.ARPA",
            DnsType::MX,
            "NoError AA\nanswer: SRI-NIC.ARPA 86400 MX 0 SRI-NIC.ARPA\n\
             additional: SRI-NIC.ARPA 86400 A 26.0.0.73\nadditional: SRI-NIC.ARPA 86400 A 10.0.0.51\n"
                .to_owned(),
        ),
        ("6.2.4", "SRI-NIC.ARPA", DnsType::NS, format!("NoError AA\n{soa}")),
        ("6.2.5", "SIR-NIC.ARPA", DnsType::A, format!("NXDomain AA\n{soa}")),
        (
            "6.2.6",
            "BRL.MIL",
            DnsType::A,
            "NoError\nauthority: MIL 86400 NS SRI-NIC.ARPA\nauthority: MIL 86400 NS A.ISI.EDU\n\
             additional: SRI-NIC.ARPA 86400 A 26.0.0.73\nadditional: SRI-NIC.ARPA 86400 A 10.0.0.51\n\
             additional: A.ISI.EDU 86400 A 26.3.0.103\n"
                .to_owned(),
        ),
        (
            "6.2.7, where the server has no address of C.ISI.EDU in a cache",
            "USC-ISIC.ARPA",
            DnsType::A,
            "NoError AA\nanswer: USC-ISIC.ARPA 86400 CNAME C.ISI.EDU\n\
             authority: ISI.EDU 172800 NS VAXA.ISI.EDU\nauthority: ISI.EDU 172800 NS A.ISI.EDU\n\
             authority: ISI.EDU 172800 NS VENERA.ISI.EDU\n\
             additional: VAXA.ISI.EDU 172800 A 10.2.0.27\nadditional: VAXA.ISI.EDU 172800 A 128.9.0.33\n\
             additional: A.ISI.EDU 172800 A 26.3.0.103\n\
             additional: VENERA.ISI.EDU 172800 A 10.1.0.52\nadditional: VENERA.ISI.EDU 172800 A 128.9.0.32\n"
                .to_owned(),
        ),
        (
            "6.2.8",
            "USC-ISIC.ARPA",
            DnsType::CNAME,
            "NoError AA\nanswer: USC-ISIC.ARPA 86400 CNAME C.ISI.EDU\n".to_owned(),
        ),
    ] {
        assert_eq!(shown(&server.look_up(&name.parse().unwrap(), record_type)), expected, "{section}");
    }
}

/// RFC 1034 section 6.2.7, the first answer: a server that is also responsible for ISI.EDU follows the alias there.
#[test]
fn an_alias_is_followed_into_another_zone() {
    let isi = "@ SOA A admin 1 1800 300 604800 86400\n NS A\nA A 26.3.0.103\nC A 10.0.0.52\n";
    let server = DnsServer::new(vec![zone(ROOT, "."), zone(isi, "ISI.EDU")]);
    assert_eq!(
        shown(&server.look_up(&"USC-ISIC.ARPA".parse().unwrap(), DnsType::A)),
        "NoError AA\nanswer: USC-ISIC.ARPA 86400 CNAME C.ISI.EDU\nanswer: C.ISI.EDU 86400 A 10.0.0.52\n"
    );
}

/// RFC 4592 section 2.2.1: the example zone, the answers that a wildcard makes, and those that it does not.
#[test]
fn wildcards_stand_for_what_does_not_exist() {
    let text = "\
$ORIGIN example.
example.                 3600 IN  SOA   ns.example.com. admin 1 2 3 4 5
example.                 3600     NS    ns.example.com.
example.                 3600     NS    ns.example.net.
*.example.               3600     TXT   \"this is a wildcard\"
*.example.               3600     MX    10 host1.example.
sub.*.example.           3600     TXT   \"this is not a wildcard\"
host1.example.           3600     A     192.0.2.1
_ssh._tcp.host1.example. 3600     SRV   0 0 22 host1
_ssh._tcp.host2.example. 3600     SRV   0 0 22 host2
subdel.example.          3600     NS    ns.example.com.
subdel.example.          3600     NS    ns.example.net.
";
    let zone = zone(text, ".");
    let soa = "authority: example 5 SOA ns.example.com admin.example 1 2 3 4 5\n";
    for (name, record_type, expected) in [
        (
            "host3.example",
            DnsType::MX,
            "NoError AA\nanswer: host3.example 3600 MX 10 host1.example\nadditional: host1.example 3600 A 192.0.2.1\n".to_owned(),
        ),
        ("host3.example", DnsType::A, format!("NoError AA\n{soa}")),
        ("foo.bar.example", DnsType::TXT, "NoError AA\nanswer: foo.bar.example 3600 TXT \"this is a wildcard\"\n".to_owned()),
        // host1.example exists, sub.*.example exists.
        ("host1.example", DnsType::MX, format!("NoError AA\n{soa}")),
        ("sub.*.example", DnsType::MX, format!("NoError AA\n{soa}")),
        // _tcp.host1.example exists, only because there is something below it.
        ("_telnet._tcp.host1.example", DnsType::SRV, format!("NXDomain AA\n{soa}")),
        ("_tcp.host2.example", DnsType::SRV, format!("NoError AA\n{soa}")),
        (
            "host.subdel.example",
            DnsType::A,
            "NoError\nauthority: subdel.example 3600 NS ns.example.com\nauthority: subdel.example 3600 NS ns.example.net\n".to_owned(),
        ),
        // The closest encloser is *.example, and there is no *.*.example.
        ("ghost.*.example", DnsType::MX, format!("NXDomain AA\n{soa}")),
        // Asked for by itself a wildcard is a name like any other.
        ("*.example", DnsType::TXT, "NoError AA\nanswer: *.example 3600 TXT \"this is a wildcard\"\n".to_owned()),
    ] {
        assert_eq!(shown(&zone.look_up(&name.parse().unwrap(), record_type)), expected, "{name} {record_type}");
    }
}

/// RFC 2308 sections 2 and 3: what does not exist comes with the SOA, whose time is the lesser of its own and its minimum; RFC 6604 section 3: the result of a
/// chain of aliases is that of its end.
#[test]
fn what_does_not_exist_says_for_how_long() {
    let text = "@ 3600 SOA ns admin 1 2 3 4 300\n NS ns\nns A 192.0.2.1\nan.alias CNAME no.such\nround CNAME round2\nround2 CNAME round\n";
    let zone = zone(text, "lab");
    let soa = "authority: lab 300 SOA ns.lab admin.lab 1 2 3 4 300\n";
    let of = |name: &str| shown(&zone.look_up(&name.parse().unwrap(), DnsType::A));
    assert_eq!(of("x.lab"), format!("NXDomain AA\n{soa}"));
    assert_eq!(of("alias.lab"), format!("NoError AA\n{soa}"));
    assert_eq!(
        of("an.alias.lab"),
        format!("NXDomain AA\nanswer: an.alias.lab 3600 CNAME no.such.lab\n{soa}")
    );
    assert_eq!(
        of("round.lab"),
        "NoError AA\nanswer: round.lab 3600 CNAME round2.lab\nanswer: round2.lab 3600 CNAME round.lab\n"
    );
    assert_eq!(zone.look_up(&"elsewhere".parse().unwrap(), DnsType::A), Answer::empty(DnsRcode::REFUSED));
}
