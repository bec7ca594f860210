//! Master files: what they can say, and what cannot be read.

use layercake::names::DnsType;
use layercake::stack::service::dns::{RrSet, Zone};

use super::dns_zone::{EDU, lines, zone};

/// RFC 1035 section 5: what a master file can say.
#[test]
fn a_master_file_says_everything_of_rfc_1035() {
    let text = r#"$TTL 1h ; RFC 2308
$ORIGIN lab.
@       IN SOA  ns ( the\.boss.lab.   ; a dot in a label
                     1 1d 2h30m 4w
                     5m )
        2d IN NS ns
        IN 90 MX 10 mail
ns      A       192.0.2.1
        AAAA    2001:db8::1
        WKS     192.0.2.1 TCP smtp 25 domain 80
        HINFO   "a \"box\"" Unix\032V
mail    CNAME   ns
mb      MB      ns
mg      MG      mb
mr      MR      mb
minfo   MINFO   mb mb.
text    TXT     plain "with blanks; and more" \065\\
$ORIGIN sub
deep    TXT     "(not a parenthesis)"
@       TYPE731 \# 6 abcd ( ef 01 23 45 )
        A       \# 4 c0000202
        CAA     0 issue "ca.example; x=y"
_a._udp SRV     1 2 3 ns.lab.
old     MD      ns.lab.
older   MF      ns.lab.
2.2     PTR     ns.lab."#;
    let zone = zone(text, ".");
    let all: Vec<RrSet> = zone.sets().cloned().collect();
    let shown = lines(&all);
    for expected in [
        r"lab 3600 SOA ns.lab the\.boss.lab 1 86400 9000 2419200 300",
        "lab 172800 NS ns.lab",
        "lab 90 MX 10 mail.lab",
        "ns.lab 3600 A 192.0.2.1",
        "ns.lab 3600 AAAA 2001:db8::1",
        "ns.lab 3600 HINFO a \"box\" Unix V",
        "mail.lab 3600 CNAME ns.lab",
        r#"text.lab 3600 TXT "plain" "with blanks; and more" "A\\""#,
        r#"deep.sub.lab 3600 TXT "(not a parenthesis)""#,
        "sub.lab 3600 A 192.0.2.2",
        "_a._udp.sub.lab 3600 SRV 1 2 3 ns.lab",
        "2.2.sub.lab 3600 PTR ns.lab",
    ] {
        assert!(shown.iter().any(|line| line == expected), "{expected} is not in {shown:#?}");
    }
    let data =
        |name: &str, record_type| zone.get(&name.parse().unwrap(), record_type).unwrap().records[0].to_vec();
    assert_eq!(data("sub.lab", DnsType(731)), [0xab, 0xcd, 0xef, 1, 0x23, 0x45]);
    assert_eq!(data("sub.lab", DnsType::CAA), b"\x00\x05issueca.example; x=y");
    // Protocol 6, ports 25, 53 and 80.
    let mut ports = [0; 11];
    (ports[3], ports[6], ports[10]) = (0x40, 0x04, 0x80);
    assert_eq!(data("ns.lab", DnsType::WKS), [&[192, 0, 2, 1, 6], &ports[..]].concat());
    assert_eq!(data("minfo.lab", DnsType::MINFO), b"\x02mb\x03lab\0\x02mb\0");
}

/// Lines end as on any system, and how a file is set out does not matter.
#[test]
fn lines_end_as_on_any_system() {
    let sets = |text: &str| zone(text, "EDU").sets().cloned().collect::<Vec<_>>();
    let all = sets(EDU);
    assert!(all.len() > 10);
    assert_eq!(sets(&EDU.replace('\n', "\r\n")), all);
    assert_eq!(sets(&EDU.replace('\n', " ; remark (\"\n\n \t ;\n")), all);
    assert_eq!(sets(EDU.trim_end()), all);
}

/// What is wrong with a master file: where, what, and what to do.
#[test]
fn mistakes_in_master_files_say_where_and_what_to_do() {
    let good = "@ SOA ns admin 1 2 3 4 5\n NS ns\nns A 192.0.2.1\n";
    let with = |line: &str| format!("{good}{line}");
    for (text, line, column, message) in [
        (with("www A 192.0.2"), 4, 7, "192.0.2 is no IPv4 address; write four numbers up to 255: 192.0.2.1"),
        (
            with("www AAAA 192.0.2.1"),
            4,
            10,
            "192.0.2.1 is no IPv6 address; write groups of four hexadecimal digits: 2001:db8::1",
        ),
        (
            with("www A"),
            4,
            6,
            "the IPv4 address is missing; the line ends here; longer records go in parentheses",
        ),
        (
            with("www"),
            4,
            4,
            "the type of the record is missing; the line ends here; longer records go in parentheses",
        ),
        (with("www MX ten mail"), 4, 8, "ten is no number up to 65535; write it in decimal digits"),
        (with("www MX 65536 mail"), 4, 8, "65536 is no number up to 65535; write it in decimal digits"),
        (
            with("www A 192.0.2.1 192.0.2.2"),
            4,
            17,
            "192.0.2.2 is too much: the line is complete before it; texts with blanks go in quotation marks, remarks behind ;",
        ),
        (
            with("www AAA ::1"),
            4,
            5,
            "AAA is no type of record; types are A, AAAA, NS, MX and so on; any other is TYPE and its number (RFC 3597)",
        ),
        (with("www ANY x"), 4, 5, "ANY is a class that is not served here; write IN, or nothing"),
        (with("www CH A 1"), 4, 5, "CH is a class that is not served here; write IN, or nothing"),
        (
            with("www 1x A 192.0.2.1"),
            4,
            5,
            "1x is no time; write seconds up to 2147483647, or units: 1h30m, 2d, 4w",
        ),
        (
            with("www 2147483648 A 192.0.2.1"),
            4,
            5,
            "2147483648 is no time; write seconds up to 2147483647, or units: 1h30m, 2d, 4w",
        ),
        (
            with("a..b A 192.0.2.1"),
            4,
            1,
            "a label of the name is empty: two dots in a row, or one in front; labels of up to 63 bytes with dots between them: www.example.",
        ),
        (
            with("www TXT \"open\nx A 192.0.2.1"),
            4,
            9,
            "the text in quotation marks has no end in its line; write \" behind it",
        ),
        (
            with("www TXT x\\"),
            4,
            10,
            "the backslash escapes nothing; behind a backslash stands a sign, or three digits up to 255",
        ),
        (
            with("www TXT x\\999"),
            4,
            9,
            "x\\999 has a bad escape; behind a backslash stands a sign, or three digits up to 255",
        ),
        (
            with("www TXT ( a"),
            4,
            9,
            "the parenthesis is never closed; put ) behind the last word of the record",
        ),
        (with("www TXT a )"), 4, 11, "no parenthesis is open; take it away, or open one before it"),
        (
            with("www TXT ( ( a ) )"),
            4,
            11,
            "a parenthesis is open already; parentheses do not nest: close it first",
        ),
        (
            with("$INCLUDE other.zone"),
            4,
            1,
            "$INCLUDE is not done; put what is in that file in place of this line: whoever reads a zone here is given one text",
        ),
        (with("$GENERATE 1-9 a"), 4, 1, "$GENERATE is no directive; there are $ORIGIN and $TTL"),
        (
            with("www NULL x"),
            4,
            10,
            "data of type NULL is not read as text; write it as \\# LENGTH HEX (RFC 3597 section 5)",
        ),
        (
            with("www TYPE9 \\# 3 abcd"),
            4,
            11,
            "the data has 2 bytes, and 3 are announced; write \\# LENGTH and so many bytes in hexadecimal",
        ),
        (
            with("www TYPE9 \\# 1 abc"),
            4,
            16,
            "abc is not whole bytes in hexadecimal; two digits from 0 to f are a byte",
        ),
        (
            with("www A \\# 3 abcdef"),
            4,
            7,
            "the data does not fit the type A; names in it are written out, with lengths and a 0 at the end",
        ),
        (
            with("other.example. A 192.0.2.1"),
            4,
            16,
            "other.example is not in the zone lab; a name that does not end with a dot is below the origin",
        ),
        (
            with("ns CNAME x"),
            4,
            4,
            "ns.lab is an alias and has other records too; a name with a CNAME has nothing else (RFC 1034 section 3.6.2): give the data to what it stands for",
        ),
        (
            with("a CNAME x\na CNAME y"),
            5,
            3,
            "a.lab is an alias and has other records too; a name with a CNAME has nothing else (RFC 1034 section 3.6.2): give the data to what it stands for",
        ),
        (
            with("@ SOA ns admin 1 2 3 4 5"),
            4,
            3,
            "the zone has a second SOA; a zone has one; another zone is another file",
        ),
        (
            with("sub NS ns.sub"),
            4,
            5,
            "the server ns.sub.lab has no address here, and nowhere else can it be found; add its address: ns.sub.lab. A 192.0.2.1",
        ),
        (
            with("sub NS alias\nalias CNAME ns"),
            4,
            5,
            "the server alias.lab is an alias; name what it stands for (RFC 2181 section 10.3)",
        ),
        (
            "www A 192.0.2.1\n".to_owned(),
            1,
            1,
            "the zone has no SOA; begin it with: @ SOA ns admin (1 1d 2h 4w 1h)",
        ),
        (
            "@ SOA ns admin 1 2 3 4 5\n".to_owned(),
            1,
            1,
            "the zone lab has no server; behind the SOA write: @ NS ns.example.",
        ),
        (
            " A 192.0.2.1\n".to_owned(),
            1,
            2,
            "the record belongs to the name before it, and there is none; begin the line with a name; @ is the origin",
        ),
        (
            with(&format!("www TXT {}", "x".repeat(256))),
            4,
            9,
            "the text has 256 bytes; 255 are the most; cut it into several texts, each in quotation marks",
        ),
        (
            with(&format!("{} A 192.0.2.1", "x".repeat(64))),
            4,
            1,
            "a label of the name has 64 bytes; 63 are the most; labels of up to 63 bytes with dots between them: www.example.",
        ),
    ] {
        let Err(mistake) = Zone::parse(&text, "lab") else { panic!("{text:?} was read") };
        assert_eq!(
            (mistake.place(&text), mistake.to_string()),
            ((line, column), message.to_owned()),
            "{text}"
        );
    }
}

/// No text makes it panic: each prefix of a file, and each byte of it exchanged for others.
#[test]
fn any_text_is_read_or_refused() {
    let text = &EDU[..600];
    for end in 0..text.len() {
        let _ = Zone::parse(&text[..end], "EDU");
        for sign in ['(', ')', '"', '\\', '\n', ' ', '.', ';', '\0', 'é'] {
            let other: String = text[..end].chars().chain([sign]).chain(text[end + 1..].chars()).collect();
            let _ = Zone::parse(&other, "EDU");
        }
    }
}
