//! What is between tshark's names and ours, published: every entry is one that this list answers for.

use layercake::field::Value;

use crate::compare::{Both, Ours};

/// Fields of tshark's that read the same bytes as a field of ours under another name. They are compared with that
/// field: its place, and the bytes there.
pub const ALIASES: &[(&str, &[&str], &str)] = &[
    ("eth.dst_resolved", &["eth.dst"], "the address with the vendor's name in place of its number"),
    ("eth.src_resolved", &["eth.src"], "the address with the vendor's name in place of its number"),
    ("eth.addr_resolved", &["eth.addr"], "the address with the vendor's name in place of its number"),
    ("eth.dst.oui_resolved", &["eth.dst"], "the vendor's name, of the whole address"),
    ("eth.src.oui_resolved", &["eth.src"], "the vendor's name, of the whole address"),
    ("eth.addr.oui_resolved", &["eth.addr"], "the vendor's name, of the whole address"),
    ("eth.ig", &["eth.dst.ig", "eth.src.ig"], "either address"),
    ("eth.lg", &["eth.dst.lg", "eth.src.lg"], "either address"),
    ("ip.src_host", &["ip.src"], "the host's name; names are not looked up"),
    ("ip.dst_host", &["ip.dst"], "the host's name; names are not looked up"),
    ("ip.host", &["ip.addr"], "the host's name; names are not looked up"),
    ("ipv6.src_host", &["ipv6.src"], "the host's name; names are not looked up"),
    ("ipv6.dst_host", &["ipv6.dst"], "the host's name; names are not looked up"),
    ("ipv6.host", &["ipv6.addr"], "the host's name; names are not looked up"),
    ("tcp.seq_raw", &["tcp.seq"], "sequence numbers are not made relative here"),
    ("tcp.ack_raw", &["tcp.ack"], "acknowledgment numbers are not made relative here"),
    ("tcp.window_size", &["tcp.window_size_value"], "the scaled window; the scale is in another packet"),
    ("tcp.window_size_scalefactor", &["tcp.window_size_value"], "the scale; it is in another packet"),
    ("tcp.options.wscale.multiplier", &["tcp.options.wscale.shift"], "two to the power of the shift"),
    ("tcp.options.sack.dsack_le", &["tcp.options.sack_le"], "the edge of a block that reports a duplicate"),
    ("tcp.options.sack.dsack_re", &["tcp.options.sack_re"], "the edge of a block that reports a duplicate"),
    (
        "tcp.options.tfo.request",
        &["tcp.options.tfo", "tcp.options.experimental.exid"],
        "an option without a cookie asks for one",
    ),
    ("icmp.ident_le", &["icmp.ident"], "the number in the other byte order"),
    ("icmp.length.original_datagram", &["icmp.length"], "the length in bytes"),
    ("icmp.seq_le", &["icmp.seq"], "the number in the other byte order"),
    ("ipv6.routing.len_oct", &["ipv6.routing.len"], "the length in bytes"),
    ("ipv6.hopopts.len_oct", &["ipv6.hopopts.len"], "the length in bytes"),
    ("ipv6.dstopts.len_oct", &["ipv6.dstopts.len"], "the length in bytes"),
    ("icmpv6.opt.src_linkaddr", &["icmpv6.opt.linkaddr"], "the address in an option of that type"),
    ("icmpv6.opt.target_linkaddr", &["icmpv6.opt.linkaddr"], "the address in an option of that type"),
    ("ip.rec_rt_host", &["ip.rec_rt"], "the host's name; names are not looked up"),
    ("ip.empty_rt_host", &["ip.empty_rt"], "the host's name; names are not looked up"),
    ("ip.src_rt_host", &["ip.src_rt"], "the host's name; names are not looked up"),
    ("ip.version", &["ipv6.version"], "either version of IP"),
    ("dhcp.option.end", &["dhcp.option.type"], "the code of the end"),
    ("dhcp.option.padding", &["dhcp.option.type"], "the code of a pad between options"),
    ("dns.srv.service", &["dns.resp.name"], "a label of the name"),
    ("dns.srv.proto", &["dns.resp.name"], "a label of the name"),
    ("dns.srv.name", &["dns.resp.name"], "the name without its first two labels"),
    ("data.data", &["udp.payload", "tcp.payload"], "what UDP or TCP carries has their names here"),
];

/// Fields of ours that tshark has under another name. They are compared like any other.
pub const RENAMED: &[(&str, &str, &str)] = &[
    ("ieee8021ad.priority", "vlan.priority", "a service tag has the fields of a tag"),
    ("ieee8021ad.dei", "vlan.dei", "a service tag has the fields of a tag"),
    ("ieee8021ad.id", "vlan.id", "a service tag has the fields of a tag"),
    ("ieee8021ah.etype", "vlan.etype", "a service tag has the fields of a tag"),
    ("ieee8021ad.len", "vlan.len", "a service tag has the fields of a tag"),
    (
        "ipv6.opt_unknown_data",
        "ipv6.opt.unknown",
        "what an option holds behind its fields has no name of its own",
    ),
    ("icmpv6.data", "icmpv6.opt.data", "the data of an option that has no table"),
    ("dhcpv6.option.type_str", "dhcpv6.option", "the group around an option; its name is that of its code"),
    ("tcp.reset_cause", "tcp.payload", "what a reset carries"),
    ("llc.cisco_pid", "llc.pid", "an organization's protocol"),
    ("llc.apple_atalk_pid", "llc.pid", "an organization's protocol"),
    ("llc.extreme_pid", "llc.pid", "an organization's protocol"),
    ("llc.wlccp_pid", "llc.pid", "an organization's protocol"),
    ("llc.apple_awdl_pid", "llc.pid", "an organization's protocol"),
    ("llc.cimetrics_pid", "llc.pid", "an organization's protocol"),
    ("llc.hpteam_pid", "llc.pid", "an organization's protocol"),
    ("llc.foundry_pid", "llc.pid", "an organization's protocol"),
    ("llc.iana_pid", "llc.pid", "an organization's protocol"),
    ("llc.force10_pid", "llc.pid", "an organization's protocol"),
    ("llc.nortel_pid", "llc.pid", "an organization's protocol"),
    ("llc.bluetooth_pid", "llc.pid", "an organization's protocol"),
    ("vlan.trailer", "eth.trailer", "a frame has one trailer, behind what its innermost tag carries"),
];

/// Fields of tshark's that stand in no bits of the packet: computed, counted, or found in other packets.
pub const GENERATED: &[(&str, &str)] = &[
    ("eth.fcs.status", "compared as the presence of eth.fcs"),
    ("eth.dst.oui", "part of the address"),
    ("eth.src.oui", "part of the address"),
    ("eth.addr.oui", "part of the address"),
    ("icmp.ext.checksum.status", "compared as a verdict"),
    ("igmp.checksum.status", "compared as a verdict"),
    ("ip.checksum.status", "compared as a verdict"),
    ("tcp.checksum.status", "compared as a verdict"),
    ("udp.checksum.status", "compared as a verdict"),
    ("icmp.checksum.status", "compared as a verdict"),
    ("icmpv6.checksum.status", "compared as a verdict"),
    ("ip.checksum_calculated", "compared as a verdict"),
    ("tcp.checksum_calculated", "compared as a verdict"),
    ("udp.checksum_calculated", "compared as a verdict"),
    ("ipv6.src_slaac_mac", "the Ethernet address that an interface identifier may come from"),
    ("ipv6.dst_slaac_mac", "the Ethernet address that an interface identifier may come from"),
    ("ipv6.slaac_mac", "the Ethernet address that an interface identifier may come from"),
    ("tcp.stream", "counts the conversations of a file"),
    ("udp.time_relative", "the time since the first datagram, of UDP-Lite"),
    ("udp.time_delta", "the time since the datagram before, of UDP-Lite"),
    ("udp.stream", "counts the conversations of a file"),
    ("tcp.completeness", "which packets of the conversation are in the file"),
    ("tcp.nxtseq", "the sequence number behind the segment"),
    ("tcp.flags.str", "the flags as a text"),
    ("tcp.options.sack.count", "the number of blocks"),
    ("sctp.checksum.status", "compared as a verdict"),
    ("sctp.assoc_index", "counts the associations of a file"),
    ("sctp.sack_number_of_tsns_gap_acked", "the number of TSNs in all blocks"),
    ("sctp.sack_gap_block_start_tsn", "the start of a block and the cumulative TSN added"),
    ("sctp.sack_gap_block_end_tsn", "the end of a block and the cumulative TSN added"),
    ("sctp.nr_sack_number_of_tsns_gap_acked", "the number of TSNs in all blocks"),
    ("sctp.nr_sack_number_of_tsns_nr_gap_acked", "the number of TSNs in all blocks"),
    ("sctp.nr_sack_gap_block_start_tsn", "the start of a block and the cumulative TSN added"),
    ("sctp.nr_sack_gap_block_end_tsn", "the end of a block and the cumulative TSN added"),
    ("sctp.nr_sack_nr_gap_block_start_tsn", "the start of a block and the cumulative TSN added"),
    ("sctp.nr_sack_nr_gap_block_end_tsn", "the end of a block and the cumulative TSN added"),
    ("dhcpv6.clientfqdn.bad_msgtype", "a remark on messages that should not have a client's name"),
    ("icmp.resp_to", "the frame of the request"),
    ("icmp.resp_in", "the frame of the reply"),
    ("icmp.resptime", "the time since the request"),
    ("icmp.no_resp", "no reply in the file"),
    ("icmpv6.resp_to", "the frame of the request"),
    ("icmpv6.resp_in", "the frame of the reply"),
    ("icmpv6.resptime", "the time since the request"),
    ("icmpv6.no_resp", "no reply in the file"),
    ("icmp.data_time", "a guess at a time stamp in the data"),
    ("icmp.data_time_relative", "a guess at a time stamp in the data"),
    ("ip.opt.qs_ttl_diff", "the time to live less that of the option"),
    ("ipv6.opt.qs_ttl_diff", "the hop limit less that of the option"),
    ("data.len", "the length of the data"),
    ("dhcp.bootp", "there is no option with the type"),
    ("tcp.pdu.size", "the length of a message in a segment"),
    ("dns.qry.name.len", "the length of a name as text"),
    ("dns.count.labels", "the number of labels of a name"),
    ("dns.response_to", "the frame of the query"),
    ("dns.response_in", "the frame of the response"),
    ("dns.time", "the time since the query"),
    ("dns.unsolicited", "no query in the file"),
    ("dns.retransmission", "the same query is in the file before"),
    ("dns.retransmit_request_in", "the frame of the same query"),
    ("dns.retransmit_response_in", "the frame of the same response"),
    ("dns.extraneous.length", "the length of what is behind the last record"),
    ("dns.dnskey.key_id", "the tag of a key, a sum over its data"),
    ("dns.key.key_id", "the tag of a key, a sum over its data"),
    ("dns.naptr.replacement_length", "the length of a name as text"),
];

/// Fields that lie in some of the bits of the bytes that tshark gives, without a pattern that would say which:
/// first bit in them and number of bits.
pub const MASKS: &[(&str, u32, u32)] = &[
    ("tcp.flags", 4, 12),
    ("tcp.options.mptcp.flag_U.flag", 4, 1),
    ("tcp.options.mptcp.flag_V.flag", 5, 1),
    ("tcp.options.mptcp.flag_W.flag", 6, 1),
    ("tcp.options.mptcp.flag_T.flag", 7, 1),
    ("icmp.ext.version", 0, 4),
    ("icmp.mpls.exp", 4, 3),
    ("icmp.mpls.s", 7, 1),
    ("ipv6.opt.pmtu.rtn", 0, 15),
    ("ipv6.opt.pmtu.r_flag", 7, 1),
    ("nflog.tlv_type", 0, 16),
    ("dhcp.option.type", 0, 8),
    ("dhcp.option.agent_information_option.suboption", 0, 8),
];

/// Fields of tshark's over bytes that several fields of ours take up together, each of which is compared where tshark has it too.
pub const SPANS: &[(&str, &str)] = &[
    ("dhcp.option.value", "the data of an option, besides what it says"),
    ("dhcp.option.vendor.value", "the vendor's own options are read here one by one"),
    ("dhcp.option.agent_information_option.value", "the data of a sub-option, besides what it says"),
    ("dhcp.hw.addr", "the address with the rest of its place, which is the padding"),
];

/// Fields of two bytes that tshark reads least significant byte first: its pattern is that of the number.
pub const LITTLE: &[&str] = &[
    "llc.control.n_r",
    "llc.control.n_s",
    "llc.control.p",
    "llc.control.f",
    "llc.control.s_ftype",
    "llc.control.ftype",
];

/// Fields that tshark shows as text, and that are bytes here.
pub const TEXTS: &[&str] = &[
    "nflog.prefix",
    "tcp.payload",
    "pppoed.tags.ac_name",
    "pppoed.tags.service_name",
    "pppoed.tags.service_name_error",
    "pppoed.tags.ac_system_error",
    "pppoed.tags.generic_error",
];

/// Numbers that tshark shows as hex digits.
pub const HEX_TEXTS: &[&str] = &["dhcpv6.iaid", "dhcpv6.iata"];

/// Times that tshark shows as dates, and the second since 1970 from which they count.
pub const DATES: &[(&str, u64)] = &[("dhcpv6.duidllt.time", 946_684_800)];

/// A condition on a field of ours.
pub type Passed = fn(&Ours<'_>, &Both<'_>) -> bool;

/// Bits of ours that tshark passes over, always or with some values, and why. They are not compared.
pub const PASSED_OVER: &[(&str, Passed, &str)] = &[
    ("llc.control.p", |ours, _| ours.value == Some(Value::Flag(false)), "shown when it is set"),
    ("llc.control.f", |ours, _| ours.value == Some(Value::Flag(false)), "shown when it is set"),
    ("llc.control.reserved", |_, _| true, "reserved bits of supervisory frames have no field"),
    ("pppoed.tag", |_, _| true, "the type of a tag shows in the name of what it holds"),
    ("pppoed.tag_length", |_, _| true, "the length of a tag shows in what it holds"),
    ("sll.reserved", |_, _| true, "the reserved bytes have no field"),
    ("nflog.reserved", |_, _| true, "the reserved byte has no field"),
    ("nflog.padding", |_, _| true, "the padding between attributes has no field"),
    ("nflog.timestamp.seconds", |_, _| true, "the time is one field, which is compared"),
    ("nflog.timestamp.microseconds", |_, _| true, "the time is one field, which is compared"),
    ("dns.flags.authoritative", is_query, "a bit of responses, which queries hide"),
    ("dns.flags.recavail", is_query, "a bit of responses, which queries hide"),
    ("dns.flags.rcode", is_query, "bits of responses, which queries hide"),
    (
        "dns.flags.authenticated",
        |ours, both| is_query(ours, both) && ours.value == Some(Value::Flag(false)),
        "a bit of responses, which queries show when it is set",
    ),
    ("dns.nsec.window", |_, _| true, "its bits are shown one by one, as types"),
    ("dns.nsec.length", |_, _| true, "its bits are shown one by one, as types"),
    ("dns.nsec.bits", |_, _| true, "its bits are shown one by one, as types"),
    ("dns.nxt.bits", |_, _| true, "its bits are shown one by one, as types"),
    ("dns.wks.bits", |_, _| true, "its bits are shown one by one"),
    (
        "dns.resp.name",
        |ours, both| {
            let mut types = both.ours.iter().filter(|other| other.name() == "dns.resp.type");
            let next = types.find(|other| other.bytes().start == ours.bytes().end);
            next.is_some_and(|next| next.value == Some(Value::Number(33)))
        },
        "of SRV, its parts are shown",
    ),
    ("nbns.flags.authoritative", is_query, "a bit of responses, which queries hide"),
    ("nbns.flags.recavail", is_query, "a bit of responses, which queries hide"),
    ("nbns.flags.rcode", is_query, "bits of responses, which queries hide"),
    ("nbns.flags.reserved", |_, _| true, "reserved bits have no field"),
    ("nbns.nb_flags.reserved", |_, _| true, "reserved bits have no field"),
    ("nbns.name_flags.reserved", |_, _| true, "reserved bits have no field"),
    ("dns.flags.reserved", |_, _| true, "the reserved bits of LLMNR have no field"),
    (
        "dns.nsec3.flags.opt_out",
        |ours, _| ours.value == Some(Value::Flag(false)),
        "not shown of NSEC3PARAM, which has no such flag",
    ),
    ("dns.key.flags.reserved", |_, _| true, "reserved bits have no field"),
    ("dns.nsec3.flags.reserved", |_, _| true, "reserved bits have no field"),
    ("dns.csync.flags.reserved", |_, _| true, "reserved bits have no field"),
    ("dns.caa.flags.reserved", |_, _| true, "reserved bits have no field"),
    (
        "dhcp.client_id.type",
        |_, _| true,
        "shown of identifiers that are no hardware address, no DUID and no UUID",
    ),
    ("dhcp.client_network_id_type", |_, _| true, "the type of an interface has no field"),
    ("dhcp.hw.addr", |_, _| true, "shown with the rest of its place"),
    ("dhcp.hw.addr_padding", |_, _| true, "where the address has no byte, its place has no field"),
    ("dhcp.option.classless_static_route.width", |_, _| true, "a route is one field, which is compared"),
    (
        "dhcp.option.classless_static_route.destination",
        |_, _| true,
        "a route is one field, which is compared",
    ),
    ("dhcp.option.classless_static_route.router", |_, _| true, "a route is one field, which is compared"),
    ("dhcp.option.agent_information_option.vi", |_, _| true, "what a vendor says that tshark does not know"),
    ("dhcp.option.ipv6_only_preferred", |_, _| true, "the value is one of bytes, which are compared"),
];

/// Whether a field of DNS stands in a query.
fn is_query(ours: &Ours<'_>, both: &Both<'_>) -> bool {
    let mut flags = both.ours.iter().filter(|flag| flag.layer == ours.layer);
    flags.any(|flag| flag.name().ends_with(".flags.response") && flag.value == Some(Value::Flag(false)))
}

/// Fields of tshark's that show once more what others show, and why. Tiles of ours cover their bytes, and need not be shown
/// one by one.
pub const AGAIN: &[(&str, &str)] = &[
    ("dns.opt.data", "the data of an option, before its fields"),
    ("dns.svcb.svcparam.value", "the value of a parameter that is not known there"),
    ("dns.data", "the data of a type that is not known there"),
    ("dns.caa.issue", "tag and value of a property"),
    ("dns.caa.issuewild", "tag and value of a property"),
    ("dns.caa.iodef", "tag and value of a property"),
    ("dns.caa.unknown", "tag and value of a property"),
    ("nbns.netbios_name", "the name with its suffix"),
    ("dns.csync.type_bitmap", "all bit maps"),
];

/// Fields of tshark's that show some bits of a field of ours, and which.
pub const BIT_MAPS: &[(&str, &[&str])] =
    &[("dns.resp.type", &["dns.nsec.bits", "dns.nxt.bits"]), ("dns.wks.bits", &["dns.wks.bits"])];

/// Fields that tshark gives in another unit than its own line, and ours, show: ours is so many times the value.
pub const UNITS: &[(&str, u64)] = &[("ip.frag_offset", 8)];

/// Fields of several bits that tshark shows as one flag; the bits are compared with its pattern.
pub const FLAGS_OF_SEVERAL_BITS: &[&str] = &["tcp.flags.res"];

/// Names of ours that tshark has no field for.
pub const OURS_ALONE: &[(&str, &str)] = &[
    ("unparsed", "what should be a field and cannot be read"),
    ("fcs", "the check sequence of a link that is not Ethernet"),
    ("llc.control.reserved", "reserved bits of supervisory frames"),
    ("sll.reserved", "reserved bytes"),
    ("nflog.reserved", "a reserved byte"),
    ("nflog.padding", "the padding between attributes"),
    ("nflog.timestamp.seconds", "part of the time"),
    ("nflog.timestamp.microseconds", "part of the time"),
    ("dhcpv6.flags", "the flags of DHCPv4 over DHCPv6"),
    ("dhcpv6.flags.unicast", "a flag of DHCPv4 over DHCPv6"),
    ("dhcpv6.flags.reserved", "the other flags of DHCPv4 over DHCPv6"),
    ("trailer", "what lies behind an inner packet"),
    ("icmpv6.opt.data", "the data of an option that has no table"),
    ("icmpv6.opt.route_prefix", "the prefix of a route in less than 16 bytes"),
    ("icmpv6.opt.6co.short_prefix", "a prefix in less than 16 bytes"),
    ("ip.cipso.tag_length", "the length of a tag"),
    ("ip.cipso.alignment", "the byte that aligns the level"),
    ("ip.opt.data", "the data of an option that has no table"),
    ("igmp.query.reserved", "the reserved bits of a version 3 query"),
    ("igmp.max_resp.time", "the time that a maximum response code stands for"),
    ("mip6.hoti.reserved", "the reserved word of a home test init"),
    ("mip6.coti.reserved", "the reserved word of a care-of test init"),
    ("mip6.bu.reserved", "the reserved bits of a binding update"),
    ("mip6.ba.reserved", "the reserved bits of a binding acknowledgement"),
    ("mip6.be.reserved", "the reserved byte of a binding error"),
    ("ip.options.unknown", "the group around an option that has no table"),
    ("tcp.options.padding", "what stands behind the end of the list"),
    ("dns.key.flags.reserved", "reserved bits"),
    ("dns.nsec3.flags.reserved", "reserved bits"),
    ("dns.csync.flags.reserved", "reserved bits"),
    ("dns.caa.flags.reserved", "reserved bits"),
    ("dns.flags.reserved", "reserved bits of LLMNR"),
    ("mip6.mobility_opt.data", "the data of an option that has no table"),
    ("mip6.nemo.mnp.reserved", "the reserved byte of a prefix option"),
    ("mip6.options.unknown", "the group around an option that has no table"),
    ("sctp.cause", "the group around a cause"),
    ("sctp.chunk", "the group around a chunk"),
    ("sctp.parameter", "the group around a parameter"),
    ("tcp.options.mptcp", "the group around an MPTCP option"),
    ("tcp.options.qs.nonce", "the nonce of quick-start"),
    ("tcp.options.qs.reserved", "the reserved bits of quick-start"),
    ("nbns.flags.reserved", "reserved bits"),
    ("nbns.nb_flags.reserved", "reserved bits"),
    ("nbns.name_flags.reserved", "reserved bits"),
    ("nbns.netbios_name.suffix", "the last byte of a name"),
    ("nbns.wait.flags", "the flags of another message"),
    ("nbns.total_command_blocks", "passed over there"),
    ("nbns.max_total_command_blocks", "passed over there"),
    ("nbns.extraneous", "what stands behind the last record"),
    ("nbns.question", "the group around a question"),
    ("nbns.record", "the group around a record"),
    ("dns.qry", "the group around a question"),
    ("dns.resp", "the group around a record"),
    ("dns.nsec.window", "the upper byte of the types in a bit map"),
    ("dns.nsec.length", "the length of a bit map"),
    ("dns.nsec.bits", "a bit map"),
    ("dns.nxt.bits", "a bit map"),
    ("dns.opt.expire", "an option that is not known there"),
    ("dns.opt.key_tag", "an option that is not known there"),
    ("dns.opt.report_channel.agent", "an option that is not known there"),
    ("dns.opt.zone_version.labels", "an option that is not known there"),
    ("dns.opt.zone_version.type", "an option that is not known there"),
    ("dns.opt.zone_version.version", "an option that is not known there"),
    ("dns.svcb.svcparam.dohpath", "a parameter that is not known there"),
    ("dns.uri.priority", "a type that is not known there"),
    ("dns.uri.weight", "a type that is not known there"),
    ("dns.uri.target", "a type that is not known there"),
    ("dns.amtrelay.precedence", "a type that is not known there"),
    ("dns.amtrelay.discovery_optional", "a type that is not known there"),
    ("dns.amtrelay.type", "a type that is not known there"),
    ("dns.amtrelay.ipv4", "a type that is not known there"),
    ("dns.amtrelay.ipv6", "a type that is not known there"),
    ("dns.amtrelay.name", "a type that is not known there"),
];
