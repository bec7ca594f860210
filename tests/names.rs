//! Names against their tables and against the documents: the tables are read here a second time, in Rust, so that a
//! fault of the script that generates from them shows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use layercake::names::*;

type Names = (&'static str, fn(u64) -> Option<&'static str>);
type Codes = (&'static str, fn(u64, u64) -> Option<&'static str>);

macro_rules! types {
    ($($Type:ident($raw:ident)),* $(,)?) => {
        &[$((stringify!($Type), |value| $raw::try_from(value).ok().and_then(|value| $Type(value).name()))),*]
    };
}

/// Every type, by its name.
const TYPES: &[Names] = types![
    ArpOperation(u16),
    BootpOpcode(u8),
    BsdAddressFamily(u32),
    CertType(u16),
    ClientArchitecture(u16),
    CookedPacketType(u16),
    DhcpAuthAlgorithm(u8),
    DhcpAuthProtocol(u8),
    DhcpAuthRdm(u8),
    DhcpMessageType(u8),
    DhcpOption(u8),
    DhcpOverload(u8),
    DhcpRelaySuboption(u8),
    DhcpState(u8),
    DhcpStatusCode(u8),
    Dhcpv6LeaseQuery(u8),
    Dhcpv6MessageType(u8),
    Dhcpv6NtpSuboption(u16),
    Dhcpv6Option(u16),
    Dhcpv6StatusCode(u16),
    DigestType(u8),
    DnsClass(u16),
    DnsOpcode(u8),
    DnsRcode(u16),
    DnsType(u16),
    DnssecAlgorithm(u8),
    Dscp(u8),
    DsoType(u16),
    DuidType(u16),
    Ecn(u8),
    EdnsOption(u16),
    EtherType(u16),
    ExtendedDnsError(u16),
    ExtensionClass(u8),
    HardwareType(u16),
    Icmpv4Type(u8),
    Icmpv6Type(u8),
    IgmpType(u8),
    IpProtocol(u8),
    Ipv4OptionType(u8),
    Ipv6OptionType(u8),
    LinkType(u32),
    LinuxAddressFamily(u8),
    LinuxHardwareType(u16),
    LlcSap(u8),
    MobilityMessageType(u8),
    MobilityOptionType(u8),
    MptcpResetReason(u8),
    MptcpSubtype(u8),
    MulticastRecordType(u8),
    NbnsOpcode(u8),
    NbnsRcode(u8),
    NbnsType(u16),
    NdpOptionType(u8),
    NetbiosNodeType(u8),
    NetbiosSuffix(u8),
    NetfilterHook(u8),
    NflogType(u16),
    Nsec3Hash(u8),
    PppProtocol(u16),
    PppoeCode(u8),
    PppoeTag(u16),
    RipAuthentication(u16),
    RipCommand(u8),
    RipFamily(u16),
    RoutingType(u8),
    SctpChunkType(u8),
    SctpErrorCause(u16),
    SctpParameterType(u16),
    SctpPayloadProtocol(u32),
    SnapOui(u32),
    SshfpAlgorithm(u8),
    SshfpFingerprint(u8),
    SvcParamKey(u16),
    TcpExperiment(u16),
    TcpOptionKind(u8),
    TlsaMatching(u8),
    TlsaSelector(u8),
    TlsaUsage(u8),
    TsigError(u16),
    VxlanProtocol(u8),
];

/// Every type whose codes have names.
const CODES: &[Codes] = &[
    ("ExtensionClass", |value, code| ExtensionClass(value as u8).code_name(code as u8)),
    ("Icmpv4Type", |value, code| Icmpv4Type(value as u8).code_name(code as u8)),
    ("Icmpv6Type", |value, code| Icmpv6Type(value as u8).code_name(code as u8)),
];

/// A table: what stands at its head, and its rows. No cell of ours holds a comma or a quotation mark.
struct Table {
    file: String,
    notes: BTreeMap<String, String>,
    rows: Vec<Vec<String>>,
}

fn tables() -> Vec<Table> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/names/tables");
    let mut tables = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains('"'), "{path:?}: this reader knows no quotation marks");
        let (head, body): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with("# "));
        let note = |line: &str| {
            let (key, value) = line.trim_start_matches("# ").split_once(": ").unwrap();
            (key.to_string(), value.to_string())
        };
        tables.push(Table {
            file: path.file_name().unwrap().to_string_lossy().into_owned(),
            notes: head.into_iter().map(note).collect(),
            rows: body[1..].iter().map(|line| line.split(',').map(String::from).collect()).collect(),
        });
    }
    tables.sort_by(|one, other| one.file.cmp(&other.file));
    assert!(tables.len() > 30, "{} tables", tables.len());
    tables
}

fn number(text: &str) -> u64 {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).unwrap(),
        None => text.parse().unwrap(),
    }
}

/// Rows that rise have each value once.
fn rises<T: Ord + std::fmt::Debug>(file: &str, keys: &[T]) {
    for pair in keys.windows(2) {
        assert!(pair[0] < pair[1], "{file}: {:?} stands before {:?}", pair[0], pair[1]);
    }
}

#[test]
fn every_type_names_what_its_table_names_and_nothing_else() {
    let mut met = BTreeSet::new();
    for table in tables() {
        let Some(declaration) = table.notes.get("type") else { continue };
        let (name, rest) = declaration.split_once('(').unwrap();
        let (_, names) = TYPES.iter().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("{name}"));
        assert!(met.insert(name.to_string()), "{name} has two tables");
        let expected: BTreeMap<u64, &str> =
            table.rows.iter().map(|row| (number(&row[0]), row[1].as_str())).collect();
        rises(&table.file, &table.rows.iter().map(|row| number(&row[0])).collect::<Vec<_>>());
        let last = if rest.starts_with("u8") { 0xff } else { 0xffff };
        for value in (0..=last).chain(expected.keys().copied()) {
            assert_eq!(names(value), expected.get(&value).copied(), "{}: {value:#x}", table.file);
        }
    }
    assert_eq!(met.len(), TYPES.len());
}

#[test]
fn every_code_has_the_name_of_its_table() {
    let mut met = 0;
    for table in tables() {
        let Some(declaration) = table.notes.get("codes") else { continue };
        let (name, _) = declaration.split_once('(').unwrap();
        let (_, names) = CODES.iter().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("{name}"));
        let keys: Vec<_> = table.rows.iter().map(|row| (number(&row[0]), number(&row[1]))).collect();
        rises(&table.file, &keys);
        let expected: BTreeMap<_, _> =
            keys.into_iter().zip(&table.rows).map(|(key, row)| (key, row[2].as_str())).collect();
        for value in 0..=255 {
            for code in 0..=255 {
                assert_eq!(names(value, code), expected.get(&(value, code)).copied(), "{value}, {code}");
            }
        }
        let (_, types) = TYPES.iter().find(|(other, _)| *other == name).unwrap();
        for (value, _) in expected.keys() {
            assert!(types(*value).is_some(), "{name} {value} has codes and no name");
        }
        met += 1;
    }
    assert_eq!(met, CODES.len());
}

#[test]
fn every_port_has_the_service_of_its_table() {
    let transports = [("tcp", 6), ("udp", 17), ("dccp", 33), ("sctp", 132)];
    let table = tables().into_iter().find(|table| table.file == "services.csv").unwrap();
    rises(&table.file, &table.rows.iter().map(|row| (number(&row[0]), &row[2])).collect::<Vec<_>>());
    let mut expected = BTreeMap::new();
    for row in &table.rows {
        for transport in row[1].split('+') {
            let (_, protocol) = transports.iter().find(|(name, _)| *name == transport).unwrap();
            let twice = expected.insert((number(&row[0]) as u16, *protocol), row[2].as_str());
            assert_eq!(twice, None, "{row:?}");
        }
    }
    for port in 0..=u16::MAX {
        for protocol in [1, 6, 17, 33, 132] {
            let name = service(port, IpProtocol(protocol));
            assert_eq!(name, expected.get(&(port, protocol)).copied(), "{port}, {protocol}");
        }
    }
}

#[test]
fn a_table_says_where_it_comes_from() {
    for table in tables() {
        for key in ["module", "registry", "source", "date"] {
            assert!(table.notes.contains_key(key), "{}: no {key}", table.file);
        }
        assert!(table.notes["registry"].starts_with("https://"), "{}", table.file);
        assert!(table.rows.iter().all(|row| row.len() == table.rows[0].len()), "{}", table.file);
    }
}

#[test]
fn values_are_those_of_the_documents() {
    // RFC 9293 section 3.1, RFC 7323, RFC 2018, RFC 8684.
    assert_eq!([TcpOptionKind::MAXIMUM_SEGMENT_SIZE.0, TcpOptionKind::WINDOW_SCALE.0], [2, 3]);
    assert_eq!(
        [TcpOptionKind::SACK_PERMITTED.0, TcpOptionKind::SACK.0, TcpOptionKind::TIMESTAMPS.0],
        [4, 5, 8]
    );
    assert_eq!([TcpOptionKind::MULTIPATH.0, MptcpSubtype::MP_JOIN.0, MptcpSubtype::MP_TCPRST.0], [30, 1, 8]);
    // RFC 792.
    assert_eq!([Icmpv4Type::ECHO_REQUEST.0, Icmpv4Type::TIME_EXCEEDED.0], [8, 11]);
    let needed = Icmpv4Type::DESTINATION_UNREACHABLE.code_name(4);
    assert_eq!(needed, Some("Fragmentation needed and don't fragment was set"));
    // RFC 4443 section 3.1, RFC 4861 sections 4.3 and 4.6, RFC 8781.
    assert_eq!(Icmpv6Type::DESTINATION_UNREACHABLE.code_name(4), Some("Port unreachable"));
    assert_eq!(
        [Icmpv6Type::NEIGHBOUR_SOLICITATION.0, NdpOptionType::MTU.0, NdpOptionType::PREF64.0],
        [135, 5, 38]
    );
    // RFC 8200 section 4, RFC 2675: the two bits above say to discard and report.
    assert_eq!([IpProtocol::HOP_BY_HOP.0, IpProtocol::ROUTING.0, IpProtocol::FRAGMENT.0], [0, 43, 44]);
    assert_eq!(Ipv6OptionType::JUMBO_PAYLOAD.0, 0xc2);
    assert_eq!(RoutingType::SEGMENT.0, 4);
    // RFC 791 section 3.1: copied flag, class, number.
    assert_eq!(Ipv4OptionType::RECORD_ROUTE.0, 7);
    assert_eq!(Ipv4OptionType::LOOSE_SOURCE_ROUTE.0, 1 << 7 | 3);
    assert_eq!(Ipv4OptionType::TIME_STAMP.0, 2 << 5 | 4);
    assert_eq!(Ipv4OptionType::ROUTER_ALERT.0, 1 << 7 | 20);
    // RFC 2597 section 6, RFC 3246: AF class c, drop precedence p is 8c + 2p.
    assert_eq!([Dscp::AF11.0, Dscp::AF43.0, Dscp::EF.0], [8 + 2, 8 * 4 + 2 * 3, 0b101110]);
    // RFC 826, RFC 903, RFC 9542 appendix B.
    assert_eq!([ArpOperation::REPLY.0, ArpOperation::REVERSE_REQUEST.0, HardwareType::ETHERNET.0], [2, 3, 1]);
    assert_eq!([EtherType::ARP.0, EtherType::VLAN.0, EtherType::LLDP.0], [0x0806, 0x8100, 0x88cc]);
    // RFC 9260 section 3.2, RFC 3758, RFC 5061, RFC 8831.
    assert_eq!(
        [SctpChunkType::SACK.0, SctpChunkType::FORWARD_TSN.0, SctpChunkType::ASCONF.0],
        [3, 0xc0, 0xc1]
    );
    assert_eq!(
        [SctpParameterType::FORWARD_TSN_SUPPORTED.0, SctpErrorCause::PROTOCOL_VIOLATION.0],
        [0xc000, 13]
    );
    assert_eq!(SctpPayloadProtocol::WEBRTC_BINARY.0, 53);
    // RFC 3376 section 4, RFC 3810 section 5.2.12, RFC 6275 section 6.1.
    assert_eq!([IgmpType::MEMBERSHIP_REPORT_V3.0, MulticastRecordType::BLOCK_OLD.0], [0x22, 6]);
    assert_eq!([MobilityMessageType::BINDING_UPDATE.0, MobilityOptionType::NONCE_INDICES.0], [5, 4]);
    // RFC 1661, RFC 1332, RFC 5072; RFC 1042.
    assert_eq!([PppProtocol::LINK_CONTROL.0, PppProtocol::IPV4.0, PppProtocol::IPV6.0], [0xc021, 0x21, 0x57]);
    assert_eq!([LlcSap::SNAP.0, LlcSap::ISO_CLNS.0], [0xaa, 0xfe]);
    // RFC 1035 section 3.2, RFC 3596, RFC 6891, RFC 9460 section 14, RFC 8659.
    assert_eq!([DnsType::A.0, DnsType::SOA.0, DnsType::AAAA.0, DnsType::OPT.0], [1, 6, 28, 41]);
    assert_eq!([DnsType::SVCB.0, DnsType::HTTPS.0, DnsType::ANY.0, DnsType::CAA.0], [64, 65, 255, 257]);
    assert_eq!([DnsClass::IN.0, DnsClass::ANY.0, u16::from(DnsOpcode::UPDATE.0)], [1, 255, 5]);
    // RFC 6895 section 2.3: one number, and what it means depends on where it stands.
    assert_eq!([DnsRcode(3).name(), DnsRcode(16).name()], [Some("NXDomain"), Some("BADVERS")]);
    assert_eq!([TsigError(3).name(), TsigError(16).name()], [Some("NXDomain"), Some("BADSIG")]);
    assert_eq!([EdnsOption::CLIENT_SUBNET.0, EdnsOption::COOKIE.0, SvcParamKey::ALPN.0], [8, 10, 1]);
    assert_eq!([DnssecAlgorithm::ECDSAP256SHA256.0, DigestType::SHA256.0], [13, 2]);
    // RFC 2132 sections 3, 8 and 9, RFC 3046, RFC 4702.
    assert_eq!([DhcpOption::SUBNET_MASK.0, DhcpOption::DOMAIN_NAME_SERVER.0, DhcpOption::END.0], [1, 6, 255]);
    assert_eq!([DhcpOption::NETBIOS_NODE_TYPE.0, DhcpOption::MESSAGE_TYPE.0], [46, 53]);
    assert_eq!([DhcpOption::RELAY_AGENT_INFORMATION.0, DhcpOption::CLIENT_FQDN.0], [82, 81]);
    assert_eq!([DhcpMessageType::ACK.0, DhcpMessageType::INFORM.0, BootpOpcode::REPLY.0], [5, 8, 2]);
    // RFC 9915 sections 7.3 and 21, RFC 3646, RFC 8156.
    assert_eq!([Dhcpv6MessageType::REPLY.0, Dhcpv6MessageType::RELAY_REPL.0], [7, 13]);
    assert_eq!([Dhcpv6Option::IA_NA.0, Dhcpv6Option::DNS_SERVERS.0, Dhcpv6Option::IA_PD.0], [3, 23, 25]);
    assert_eq!([Dhcpv6StatusCode::NOT_ON_LINK.0, Dhcpv6StatusCode::EXCESSIVE_TIME_SKEW.0], [4, 22]);
    // RFC 8914 section 4, RFC 8490 section 7, RFC 5155, RFC 4255, RFC 7218 section 2, RFC 4398.
    assert_eq!([ExtendedDnsError::BLOCKED.0, DsoType::KEEPALIVE.0, CertType::PGP.0], [15, 1, 3]);
    assert_eq!([Nsec3Hash::SHA1.0, SshfpAlgorithm::ED25519.0, SshfpFingerprint::SHA256.0], [1, 4, 2]);
    assert_eq!([TlsaUsage::DANE_EE.0, TlsaSelector::SPKI.0, TlsaMatching::SHA2_512.0], [3, 1, 2]);
    // RFC 1002 section 4.2.1, MS-BRWS section 2.1.1.1.
    assert_eq!([NbnsType::NB.0, NbnsType::NBSTAT.0], [0x20, 0x21]);
    assert_eq!([NbnsOpcode::REGISTRATION.0, NbnsRcode::CFT_ERR.0], [5, 7]);
    assert_eq!([NetbiosSuffix::FILE_SERVER.0, NetbiosSuffix::DOMAIN_MASTER_BROWSER.0], [0x20, 0x1b]);
    // RFC 3046, RFC 2132 sections 8.7 and 9.3, RFC 6926 section 6.2, RFC 5970 with erratum 4624 of RFC 4578.
    assert_eq!([DhcpRelaySuboption::AGENT_REMOTE_ID.0, DhcpRelaySuboption::RELAY_SOURCE_PORT.0], [2, 19]);
    assert_eq!([NetbiosNodeType::H_NODE.0, DhcpOverload::SNAME.0], [8, 2]);
    assert_eq!([DhcpStatusCode::NOT_ALLOWED.0, DhcpState::ABANDONED.0], [4, 5]);
    assert_eq!([ClientArchitecture::X64_UEFI.0, ClientArchitecture::EBC.0], [7, 9]);
    // RFC 9915 sections 11 and 20.4, RFC 6355, RFC 5007, RFC 5908.
    assert_eq!(
        [
            DhcpAuthProtocol::RECONFIGURE_KEY.0,
            DhcpAuthAlgorithm::HMAC_MD5.0,
            DhcpAuthRdm::MONOTONIC_COUNTER.0
        ],
        [3, 1, 0]
    );
    assert_eq!([DuidType::LLT.0, DuidType::UUID.0, Dhcpv6NtpSuboption::NTP_SERVER_FQDN.0], [1, 4, 3]);
    assert_eq!(Dhcpv6LeaseQuery::BY_CLIENT_ID.0, 2);
    // RFC 1035, RFC 9110, RFC 7348, RFC 8831's transport.
    assert_eq!(service(53, IpProtocol::UDP), Some("domain"));
    assert_eq!(service(80, IpProtocol::TCP), Some("http"));
    assert_eq!(service(4789, IpProtocol::UDP), Some("vxlan"));
    assert_eq!(service(53, IpProtocol::GRE), None);
}

#[test]
fn a_number_without_a_name_is_shown_as_wide_as_its_type() {
    assert_eq!(EtherType(0x1).to_string(), "0x0001");
    assert_eq!(IgmpType(0x7).to_string(), "0x07");
    assert_eq!(TcpOptionKind(99).to_string(), "99");
}
