//! Differences that are explained: condition, and why.

use layercake::field::{Kind, Reason, Role, Value, Verdict};

use crate::compare::{Both, Difference, Ours, places_of, protocol_of};
use crate::pdml;

/// One explained difference.
pub struct Explained {
    /// What differs.
    pub title: &'static str,
    /// Why it may.
    pub why: &'static str,
    /// The condition, on both sides of the packet.
    pub holds: fn(&Difference<'_>, &Both<'_>) -> bool,
}

pub const EXPLAINED: &[Explained] = &[
    Explained {
        title: "what is left of a message that is cut, or is none",
        why: "tshark gives up a message of DHCP, DHCPv6 or NetBIOS that ends within a header or a name; what is left is a tile here",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                let layer = both.packet.layer(ours.layer).and_then(|layer| both.packet.protocol(&layer));
                let known = layer.is_some_and(|layer| matches!(layer.prefix, "dhcp" | "dhcpv6" | "nbns"));
                ours.name() == "unparsed" && known && (gave_up(both.theirs) || is_at_the_end(ours, both))
            }
            Difference::Value { ours, theirs } => {
                ours.name() == "nbns.name" && theirs.show.starts_with("Illegal NetBIOS name")
            }
            _ => false,
        },
    },
    Explained {
        title: "a client identifier of a dial-in server",
        why: "tshark shows one that begins with RAS as text without fields",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } if matches!(ours.name(), "dhcp.client_id" | "dhcp.hw.type") => {
                let start = ours.bytes().start + usize::from(ours.name() == "dhcp.hw.type");
                both.packet.bytes().get(start..start + 4) == Some(b"RAS ")
            }
            _ => false,
        },
    },
    Explained {
        title: "the size in OPT of multicast DNS",
        why: "tshark takes its first bit for that of the cache (RFC 6762 section 10.2), which is for records of names; OPT has 16 bits of size",
        holds: |difference, both| {
            let mdns = both.packet.headers().any(|layer| layer.kind == Kind::MDNS);
            mdns && matches!(difference.name(), "dns.resp.cache_flush" | "dns.rr.udp_payload_size")
        },
    },
    Explained {
        title: "the end of DHCP options",
        why: "its code is 255, which is what stands there and what tshark's line shows; the value that it gives is 0",
        holds: |difference, _| match difference {
            Difference::Value { ours, theirs } => {
                let is_end = ours.name() == "dhcp.option.type" && ours.value == Some(Value::Number(255));
                is_end && theirs.show == "0" && theirs.value == "ff"
            }
            _ => false,
        },
    },
    Explained {
        title: "DHCP seconds in the other byte order",
        why: "tshark takes a number of which only the first byte is set for one written least significant byte first, and says so",
        holds: |difference, both| match difference {
            Difference::Value { ours, theirs } => {
                let swapped = match ours.value {
                    Some(Value::Number(seconds)) => (seconds as u16).swap_bytes().to_string(),
                    _ => return false,
                };
                ours.name() == "dhcp.secs" && both.theirs.remarks("dhcp.secs_le") && theirs.show == swapped
            }
            _ => false,
        },
    },
    Explained {
        title: "a negative time offset of DHCP",
        why: "numbers have no sign here; the bits are the same",
        holds: |difference, _| match difference {
            Difference::Value { ours, theirs } => match ours.value {
                Some(Value::Number(offset)) => {
                    ours.name() == "dhcp.option.time_offset"
                        && (offset as u32 as i32).to_string() == theirs.show
                }
                _ => false,
            },
            _ => false,
        },
    },
    Explained {
        title: "a DHCP message that is cut",
        why: "tshark gives up a message whose bytes are not all there, or its server's name; the fields that are there are tiles here",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                let is_name = matches!(ours.name(), "dhcp.server" | "dhcp.file");
                let is_cut = ours.bytes().end == both.packet.bytes().len();
                ours.name().starts_with("dhcp.") && (gave_up(both.theirs) || is_name && is_cut)
            }
            _ => false,
        },
    },
    Explained {
        title: "the end of DHCP options in the place of a name",
        why: "options in the place of the server's or the file's name end there (RFC 2131 section 4.1), and zeros follow; tshark shows neither",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                let overload =
                    both.theirs.field("dhcp.option.option_overload").map(|field| field.show.as_str());
                let message = both.theirs.protocols.iter().find(|protocol| protocol.name == "dhcp");
                let within = message.map_or(0, |message| ours.bytes().start.saturating_sub(message.pos));
                let place = match within {
                    44..108 => matches!(overload, Some("2" | "3")),
                    108..236 => matches!(overload, Some("1" | "3")),
                    _ => false,
                };
                let is_end = ours.name() == "dhcp.option.type" && ours.value == Some(Value::Number(255));
                place && (is_end || ours.name() == "dhcp.option.padding" && all_zero(ours, both))
            }
            _ => false,
        },
    },
    Explained {
        title: "a DHCP vendor's own options",
        why: "RFC 2132 section 8.4 says how a vendor's information is divided into options; tshark divides that of vendors that it knows",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                let of_vendor =
                    ["dhcp.vendor.suboption", "dhcp.option.suboption_length", "dhcp.option.vendor.value"];
                let undivided = both.theirs.fields.iter().any(|field| {
                    let place = field.pos..field.pos + field.size;
                    field.name == "dhcp.option.vendor.value" && place.contains(&ours.bytes().start)
                });
                of_vendor.contains(&ours.name()) && undivided
            }
            _ => false,
        },
    },
    Explained {
        title: "a LoST server's name",
        why: "it is encoded as in DNS (RFC 5223 section 3) and read so here; tshark shows its bytes as text",
        holds: |difference, _| match difference {
            Difference::Value { ours, .. } => {
                ours.name() == "dhcp.option.lost_server_domain_name"
                    && matches!(ours.value, Some(Value::Name(_)))
            }
            _ => false,
        },
    },
    Explained {
        title: "a maximum response code that is a mantissa and an exponent",
        why: "it is shown as it stands here, with the time beside it; tshark shows the time in its place",
        holds: |difference, _| match difference {
            Difference::Value { ours, theirs } => {
                let code = match ours.value {
                    Some(Value::Number(code @ 128..256)) if ours.name() == "igmp.max_resp" => code as u8,
                    _ => return false,
                };
                theirs.show == layercake::wire::igmp::decoded(code).to_string()
            }
            _ => false,
        },
    },
    Explained {
        title: "the length of a UDP-Lite datagram",
        why: "no field of the header has it; tshark shows it in the place of the coverage, here it is at none",
        holds: |difference, both| match difference {
            Difference::NotOurs { theirs } => {
                theirs.name == "udp.length" && theirs.size == 0 && both.theirs.has("udplite")
            }
            _ => false,
        },
    },
    Explained {
        title: "an IGMP message that is about no membership",
        why: "all messages of IGMP have a code and a checksum (RFC 2236 section 2), which are read here; tshark shows what has another protocol of its own, which is off, as data from the second byte on",
        holds: |difference, both| {
            let data = both.theirs.field("igmp.data").map(|field| field.pos..field.pos + field.size);
            let of_igmp = ["igmp.data", "igmp.max_resp", "igmp.checksum", "data.data"];
            of_igmp.contains(&difference.name())
                && data.is_some_and(|data| data.contains(&start_of(difference)))
        },
    },
    Explained {
        title: "protocol 62",
        why: "IANA has it as CFTP; tshark takes it for the mobility header, which had that number in drafts",
        holds: |difference, both| {
            let old = both.theirs.field("ipv6.nxt").filter(|field| field.show == "62");
            let name = difference.name();
            (name.starts_with("mip6.") || name == "data.data")
                && old.is_some_and(|old| start_of(difference) >= old.pos + 34)
        },
    },
    Explained {
        title: "the type of a mobility option",
        why: "tshark shows the option under its kind's name, and the type in no field",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                let group = |field: &pdml::Field| {
                    field.name.starts_with("mip6.options.") && field.pos == ours.bytes().start
                };
                ours.name() == "mip6.mobility_opt" && both.theirs.fields.iter().any(group)
            }
            _ => false,
        },
    },
    Explained {
        title: "a preference level below zero",
        why: "RFC 1256 section 3 has it as a signed number, which the accessor gives; the tile shows its bits as they stand",
        holds: |difference, _| match difference {
            Difference::Value { ours, theirs } => {
                let signed = match ours.value {
                    Some(Value::Number(level)) if ours.name() == "icmp.pref_level" => level as u32 as i32,
                    _ => return false,
                };
                signed < 0 && theirs.show == signed.to_string()
            }
            _ => false,
        },
    },
    Explained {
        title: "an extension structure with a wrong checksum, of which nothing says that it is there",
        why: "behind 128 bytes of an error that gives no length, RFC 4884 section 5.5 takes it for one if its checksum is right; tshark takes it for one in any case",
        holds: |difference, both| {
            let name = difference.name();
            let structure = both.theirs.field("icmp.ext").map(|field| field.pos);
            let bad = both.theirs.field("icmp.ext.checksum.status").is_some_and(|status| status.show == "0");
            let ours = both.ours.iter().any(|ours| ours.name() == "icmp.ext.version");
            let length = both.ours.iter().any(|ours| ours.name() == "icmp.length");
            let inside = structure.is_some_and(|start| start_of(difference) >= start);
            let around = matches!(difference, Difference::NotTheirs { ours }
                if name == "trailer" && structure.is_some_and(|start| ours.bytes().contains(&start)));
            let named =
                ["icmp.ext", "icmp.int_info.", "icmp.reserved"].iter().any(|start| name.starts_with(start));
            bad && !ours && !length && (inside && named || around)
        },
    },
    Explained {
        title: "an object of an extension structure whose length is impossible",
        why: "its class type and what stands behind it are tiles here; tshark stops",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                let mut findings = both.packet.findings();
                ours.name().starts_with("icmp.ext.")
                    && findings.any(|finding| finding.code == "icmp.ext.length.bad")
                    && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "the longest name of an interface",
        why: "RFC 5837 section 4.3 allows 64 bytes, the length included; tshark shows names that are shorter",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                ours.name() == "icmp.int_info.name" && ours.bits == 63 * 8 && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "the zero behind a name of one label",
        why: "two zeros end it (RFC 4620 section 6.3); tshark takes the first for its end",
        holds: |difference, both| {
            const NAME: &str = "icmpv6.ni.reply.node_name";
            let theirs = both.theirs.field(NAME).map(|field| field.pos..field.pos + field.size);
            let ours = both.ours.iter().find(|ours| ours.name() == NAME);
            difference.name() == NAME
                && ours.zip(theirs).is_some_and(|(ours, theirs)| {
                    let bytes = both.packet.bytes().get(ours.bytes());
                    ours.bytes() == (theirs.start..theirs.end + 1)
                        && bytes.is_some_and(|bytes| bytes.ends_with(&[0, 0]))
                })
        },
    },
    Explained {
        title: "an option of IPv4 that tshark does not know",
        why: "type, length and data are tiles here; tshark shows a line without fields",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                let around = |group: &Ours<'_>| {
                    group.name() == "ip.options.unknown" && group.bytes().contains(&ours.bytes().start)
                };
                OPTION_HEADS.contains(&ours.name()) && both.ours.iter().any(around) && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "the prefix of a route in less than 16 bytes",
        why: "RFC 4191 section 2.3 leaves out its zeros; it is bytes of a name of its own here, and tshark shows it as an address",
        holds: |difference, both| {
            let short = both.ours.iter().filter(|ours| ours.name() == "icmpv6.opt.route_prefix");
            let at = |place: core::ops::Range<usize>| short.clone().any(|ours| ours.bytes() == place);
            match difference {
                Difference::NotOurs { theirs } => {
                    theirs.name == "icmpv6.opt.prefix" && at(theirs.pos..theirs.pos + theirs.size)
                }
                Difference::NotTheirs { ours } => {
                    at(ours.bytes()) && untouched_but(ours, both, &["icmpv6.opt.prefix"])
                }
                _ => false,
            }
        },
    },
    Explained {
        title: "flags of the flags extension",
        why: "RFC 5175 section 4 numbers them from 8 on, and none has been assigned; tshark takes the first six for those of the advertisement",
        holds: |difference, both| match difference {
            Difference::NotOurs { theirs } => {
                let here =
                    |ours: &Ours<'_>| ours.name() == "icmpv6.opt.efo" && ours.bytes().start == theirs.pos;
                theirs.name.starts_with("icmpv6.opt.efo.") && both.ours.iter().any(here)
            }
            _ => false,
        },
    },
    Explained {
        title: "the packet in a redirected header",
        why: "tshark shows it as a field as well, and a group around it and its option; here it is what the message carries, and the group ends where it begins",
        holds: |difference, both| match difference {
            Difference::NotOurs { theirs } => {
                let group = |ours: &Ours<'_>| {
                    ours.name() == "icmpv6.opt" && ours.bytes() == (theirs.pos..theirs.pos + 8)
                };
                let content = |at| both.packet.headers().any(|layer| layer.start() == at);
                match theirs.name.as_str() {
                    "icmpv6.opt" => both.ours.iter().any(group) && content(theirs.pos + 8),
                    "icmpv6.opt.redirected_packet" => content(theirs.pos),
                    _ => false,
                }
            }
            _ => false,
        },
    },
    Explained {
        title: "a pointer between two addresses",
        why: "the addresses are tiles wherever the pointer of a route is; tshark shows none if it is at none",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                ["ip.rec_rt", "ip.empty_rt", "ip.src_rt"].contains(&ours.name())
                    && both.packet.findings().any(|finding| finding.code == "ip.opt.ptr.bad")
                    && both.theirs.remarks("ip.opt.ptr.middle_address")
                    && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "the end of a source route",
        why: "RFC 791 section 3.1 has the next hop in the destination address, and here a field is what stands in its place; tshark calls that the current route, and the last address of the route the destination",
        holds: |difference, both| {
            const NAMES: &[&str] =
                &["ip.cur_rt", "ip.cur_rt_host", "ip.dst", "ip.dst_host", "ip.addr", "ip.host", "ip.src_rt"];
            let current = both.theirs.field("ip.cur_rt").map(|field| field.pos);
            let mut ours = both.ours.iter().rev();
            let last = ours.find(|ours| ours.name() == "ip.src_rt").map(|ours| ours.bytes().start);
            let start = Some(start_of(difference));
            current.is_some() && NAMES.contains(&difference.name()) && (start == current || start == last)
        },
    },
    Explained {
        title: "a checksum under a source route",
        why: "which address of the route it covers is not the same with all senders, so none is judged here; tshark takes the last",
        holds: |difference, both| match difference {
            Difference::Verdict { ours: Some(Verdict::Unchecked(Reason::Addresses)), .. } => {
                both.theirs.field("ip.cur_rt").is_some()
            }
            _ => false,
        },
    },
    Explained {
        title: "length and alignment of a tag",
        why: "a tag of the commercial security option has both (FIPS 188); tshark has no field for them",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                ["ip.cipso.tag_length", "ip.cipso.alignment"].contains(&ours.name()) && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "what an ICMP message carries that tshark passes over",
        why: "what a quoted message or one of Photuris (RFC 2521) carries is a tile here; tshark shows nothing",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                let mut headers = both.packet.headers().filter(|layer| layer.kind == Kind::ICMPV4);
                let header = headers.find(|layer| layer.content() == ours.bytes().start);
                let photuris =
                    header.is_some_and(|layer| matches!(both.packet.header_bytes(&layer), [40, ..]));
                ours.name() == "data.data"
                    && header.is_some()
                    && (photuris || is_quoted(ours.start, both))
                    && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "not IPv6",
        why: "tshark stops behind the version, and takes all of it for data; the other fields are tiles here",
        holds: |difference, both| {
            let start = both
                .ours
                .iter()
                .find(|ours| ours.name() == "ipv6.version" && ours.value != Some(Value::Number(6)));
            let start = start.map(|ours| ours.bytes().start);
            both.theirs.remarks("ipv6.bogus_ipv6_version")
                && match difference {
                    Difference::NotTheirs { ours } => {
                        let name = ours.name();
                        (name.starts_with("ipv6.") || name == "unparsed")
                            && start.is_some_and(|start| ours.bytes().start >= start)
                            && untouched_but(ours, both, &["data.data"])
                    }
                    Difference::NotOurs { theirs } => theirs.name == "data.data" && Some(theirs.pos) == start,
                    _ => false,
                }
        },
    },
    Explained {
        title: "the group around an option that is longer than its header",
        why: "tshark's reaches as far as the length says, beyond the header; here it ends with the header",
        holds: |difference, both| {
            let here =
                |ours: &Ours<'_>| ours.name() == "ipv6.opt" && ours.bytes().start == start_of(difference);
            difference.name() == "ipv6.opt"
                && both.ours.iter().any(here)
                && both.packet.findings().any(|finding| {
                    finding.code == "ipv6.opt.len.bad" && finding.offset() == start_of(difference)
                })
        },
    },
    Explained {
        title: "bytes without a name",
        why: "trailers, padding of lists, broken options and what cannot be read are tiles here and nothing in tshark",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => NAMELESS.contains(&ours.name()) && untouched(ours, both),
            _ => false,
        },
    },
    Explained {
        title: "what UDP carries",
        why: "tshark shows it in UDP and again as the header that it is; here it is a tile where nobody knows what it is",
        holds: |difference, both| match difference {
            Difference::NotOurs { theirs } if theirs.name == "udp.payload" => {
                both.packet.headers().any(|layer| layer.start() == theirs.pos)
            }
            _ => false,
        },
    },
    Explained {
        title: "a message in a TCP segment",
        why: "tshark shows what TCP carries as a field as well; here it is the message",
        holds: |difference, both| match difference {
            Difference::NotOurs { theirs } if theirs.name == "tcp.payload" => {
                both.packet.headers().any(|layer| layer.start() == theirs.pos)
            }
            _ => false,
        },
    },
    Explained {
        title: "a message of DNS that is cut",
        why: "tshark stops where it ends, or in front of the piece that it ends in; what is there of the record are tiles here",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                let around = ["tcp.payload", "tcp.pdu.size", "udp.payload", "data.data"];
                (ours.name().starts_with("dns.") || ours.name() == "unparsed")
                    && both.packet.findings().any(|finding| finding.code == "dns.cut")
                    && untouched_but(ours, both, &around)
            }
            _ => false,
        },
    },
    Explained {
        title: "the token of a key exchange or a signature",
        why: "tshark shows it once more as what GSS-API carries",
        holds: |difference, both| match difference {
            Difference::NotOurs { theirs } if theirs.name == "data.data" => {
                let token = |ours: &Ours<'_>| ["dns.tkey.key_data", "dns.tsig.mac"].contains(&ours.name());
                both.ours
                    .iter()
                    .any(|ours| token(ours) && ours.bytes() == (theirs.pos..theirs.pos + theirs.size))
            }
            _ => false,
        },
    },
    Explained {
        title: "the name of a record of NetBIOS",
        why: "tshark's begins at its second byte",
        holds: |difference, both| {
            let ours = |start: usize, end: usize| {
                both.ours.iter().any(|ours| ours.name() == "nbns.name" && ours.bytes() == (start..end))
            };
            let theirs = |start: usize, end: usize| {
                let here = |field: &pdml::Field| field.name == "nbns.name" && field.pos == start;
                both.theirs.fields.iter().any(|field| here(field) && start + field.size == end)
            };
            match difference {
                Difference::NotOurs { theirs } if theirs.name == "nbns.name" => {
                    ours(theirs.pos - 1, theirs.pos + theirs.size)
                }
                Difference::NotTheirs { ours } if ours.name() == "nbns.name" => {
                    theirs(ours.bytes().start + 1, ours.bytes().end)
                }
                _ => false,
            }
        },
    },
    Explained {
        title: "the flags in a packet that asks to wait",
        why: "RFC 1002 section 4.2.16 has those of the request there, which are one number here; tshark shows them as those of a header",
        holds: |difference, both| {
            let wait = both.ours.iter().find(|ours| ours.name() == "nbns.wait.flags").map(Ours::bytes);
            difference.name().starts_with("nbns.")
                && wait.is_some_and(|wait| wait.contains(&start_of(difference)))
        },
    },
    Explained {
        title: "the numbers of command blocks and sessions of a node",
        why: "RFC 1002 section 4.2.18 has two more numbers of command blocks, which tshark passes over, so that what follows comes too early there",
        holds: |difference, both| {
            let blocks = both.ours.iter().find(|ours| ours.name() == "nbns.total_command_blocks");
            let start = blocks.map(|blocks| blocks.bytes().start);
            difference.name().starts_with("nbns.") && start.is_some_and(|start| start_of(difference) >= start)
        },
    },
    Explained {
        title: "a damaged message of DNS",
        why: "what is there of a name or of data that cannot be are tiles here, and the records go on behind it; tshark puts words in the place of names, reads on beyond the data, or stops",
        holds: |difference, both| {
            let damage = |code: &str| {
                code.starts_with("dns.") && code.ends_with(".bad")
                    || code == "header.cut" && both.theirs.has("dns")
            };
            let from = both.packet.findings().find(|finding| damage(finding.code));
            let name = difference.name();
            (name.starts_with("dns.") || name == "unparsed")
                && from.is_some_and(|finding| start_of(difference) >= finding.offset())
        },
    },
    Explained {
        title: "what tshark guesses to be DNS",
        why: "between ports that are not those of DNS, it takes for a message what is none further on; here all of it has to look so",
        holds: |difference, both| {
            let guessed = both.theirs.has("dns") && both.theirs.has("_ws.malformed");
            let ports = both.packet.ports().is_some_and(|(from, to)| from != 53 && to != 53);
            let payload = both.ours.iter().find(|ours| ours.name() == "udp.payload").map(Ours::bytes);
            let of_dns = difference.name().starts_with("dns.") || difference.name() == "udp.payload";
            guessed
                && ports
                && of_dns
                && payload.is_some_and(|payload| payload.contains(&start_of(difference)))
        },
    },
    Explained {
        title: "a name or a text with escapes",
        why: "tshark shows some of its bytes in another way: an encoded name as a text, control characters, a key that is no text; its place and bytes are compared",
        holds: |difference, _| match difference {
            Difference::Value { ours, .. } => match ours.value {
                Some(Value::Name(name)) => {
                    ours.name() == "dns.opt.chain.fqdn" || name.to_string().contains('\\')
                }
                _ => ours.name() == "dns.openpgpkey",
            },
            _ => false,
        },
    },
    Explained {
        title: "a segment that begins in the middle of a message of DNS",
        why: "nothing in it can be a message's beginning; tshark takes it for one",
        holds: |difference, both| {
            let payload = both.ours.iter().find(|ours| ours.name() == "tcp.payload").map(Ours::bytes);
            let of_dns = difference.name().starts_with("dns.") || difference.name() == "tcp.payload";
            let port = both.packet.ports().is_some_and(|(from, to)| from == 53 || to == 53);
            of_dns && port && payload.is_some_and(|payload| payload.contains(&start_of(difference)))
        },
    },
    Explained {
        title: "the packet in an NFLOG attribute",
        why: "the group around that attribute reaches over the packet in tshark, and over its length and type here",
        holds: |difference, both| match difference {
            Difference::NotOurs { theirs } => {
                let group = |ours: &Ours<'_>| ours.name() == "nflog.tlv" && ours.bytes().start == theirs.pos;
                theirs.name == "nflog.tlv" && both.ours.iter().any(|ours| group(ours) && ours.bits == 32)
            }
            Difference::NotTheirs { .. } | Difference::Value { .. } | Difference::Verdict { .. } => false,
        },
    },
    Explained {
        title: "a broken attribute",
        why: "length, type and value of an NFLOG attribute whose length is impossible are tiles here; tshark stops",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                ours.name().starts_with("nflog.tlv")
                    && both.packet.findings().any(|finding| finding.code == "nflog.tlv_length.bad")
                    && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "a trailer that is not Ethernet's",
        why: "it is one trailer here; tshark divides what stands behind a packet in a cooked capture at 60 bytes, as in an Ethernet frame",
        holds: |difference, both| {
            let trailer = both.ours.iter().find(|ours| ours.name() == "trailer");
            let cooked = both.ours.iter().any(|ours| ours.name() == "sll.pkttype");
            ["trailer", "sll.trailer", "eth.padding", "eth.trailer"].contains(&difference.name())
                && cooked
                && trailer.is_some_and(|trailer| trailer.bytes().contains(&start_of(difference)))
        },
    },
    Explained {
        title: "the content of an LLC exchange",
        why: "identification is a protocol of its own to tshark, whose fields are not compared; here it is payload",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                ours.name() == "data.data"
                    && both
                        .theirs
                        .protocols
                        .iter()
                        .any(|protocol| protocol.name == "basicxid" && protocol.pos == ours.bytes().start)
            }
            _ => false,
        },
    },
    Explained {
        title: "a hop-by-hop header behind IPv4",
        why: "protocol 0 belongs to IPv6 (RFC 8200 section 4.3); behind IPv4 what follows is payload here",
        holds: |difference, both| {
            let mut ours = both.ours.iter();
            ours.any(|ours| {
                let inside =
                    |layer| both.packet.layer(layer).is_some_and(|ip| start_of(difference) >= ip.content());
                ours.name() == "ip.proto" && ours.value == Some(Value::Number(0)) && inside(ours.layer)
            }) && (difference.name().starts_with("ipv6.") || difference.name() == "data.data")
        },
    },
    Explained {
        title: "a broken option",
        why: "kind and length of an option whose length is impossible are tiles here; tshark shows the option as a remark",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                OPTION_HEADS.contains(&ours.name())
                    && both
                        .theirs
                        .fields
                        .iter()
                        .any(|field| field.remark && INVALID_LENGTH.contains(&field.name.as_str()))
                    && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "an option that is longer than its header",
        why: "its data is raw here; tshark reads it as the fields of its kind",
        holds: |difference, both| {
            let raw = |start: usize| {
                let mut ours = both.ours.iter();
                ours.any(|ours| ours.name() == "ipv6.opt.unknown" && ours.bytes().contains(&start))
            };
            difference.name().starts_with("ipv6.opt.")
                && both.theirs.remarks("ipv6.opt.invalid_len")
                && both.packet.findings().any(|finding| finding.code == "ipv6.opt.len.bad")
                && raw(start_of(difference))
        },
    },
    Explained {
        title: "an object that is too short for its content",
        why: "tshark reads an interface index of four bytes from an object that has room for fewer; here they are data",
        holds: |difference, both| {
            let name = difference.name();
            let object = both.ours.iter().find(|ours| {
                ours.name() == "icmp.ext.length" && ours.bytes().start + 4 == start_of(difference)
            });
            ["icmp.int_info.index", "icmp.ext.data"].contains(&name)
                && object.is_some_and(|ours| matches!(ours.value, Some(Value::Number(..8))))
        },
    },
    Explained {
        title: "reserved bits of an MPTCP option",
        why: "tshark shows those of some subtypes alone, and the flags of others as a byte with the subtype in it; here each bit is a tile",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                ours.name() == "tcp.options.mptcp.reserved" && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "the checksum of MPTCP data",
        why: "it is there as the option's length says; tshark shows it where it has seen that the connection agreed on it",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                ours.name() == "tcp.options.mptcp.checksum" && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "the counter of accurate ECN",
        why: "tshark takes three flags for one number once it has seen the option in the connection; here they are three flags, and the number is an alias",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                ["tcp.flags.ae", "tcp.flags.cwr", "tcp.flags.ece"].contains(&ours.name())
                    && both.theirs.field("tcp.flags.ace").is_some()
                    && untouched_but(ours, both, &["tcp.flags.str", "tcp.flags.ace"])
            }
            _ => false,
        },
    },
    Explained {
        title: "a part of a message in SCTP",
        why: "the user data of a chunk that does not hold a whole message; tshark keeps it for the message and shows nothing",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                let flags = |at: usize| both.packet.bytes().get(at).is_some_and(|flags| flags & 3 != 3);
                let start = ours.bytes().start;
                ours.name() == "data.data"
                    && both.packet.layer(ours.layer).is_some_and(|layer| layer.kind == Kind::SCTP)
                    && [15, 19].iter().any(|back| start.checked_sub(*back).is_some_and(flags))
                    && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "a TCP option whose length is none that its kind can have",
        why: "its data is raw here; tshark reads it as far as it goes",
        holds: |difference, both| {
            let start = start_of(difference);
            let mut findings = both.packet.findings();
            difference.name().starts_with("tcp.option")
                && findings.any(|finding| {
                    let behind = finding.offset() + finding.byte_length();
                    finding.code == "tcp.option_len.bad" && (finding.offset()..behind).contains(&start)
                })
        },
    },
    Explained {
        title: "a length in SCTP that is impossible",
        why: "what stands there is raw here; tshark goes on inside it, or gives up",
        holds: |difference, both| {
            const CODES: &[&str] =
                &["sctp.chunk_length.bad", "sctp.parameter_length.bad", "sctp.cause_length.bad"];
            let name = difference.name();
            let ours = ["sctp.", "data.", "unparsed"].iter().any(|prefix| name.starts_with(prefix));
            let mut findings = both.packet.findings().filter(|finding| CODES.contains(&finding.code));
            ours && findings.any(|finding| start_of(difference) >= finding.offset())
        },
    },
    Explained {
        title: "an option of DHCPv6 that tshark does not take apart",
        why: "it has fields here, and no field of tshark's lies there but the one around the option",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                ours.name().starts_with("dhcpv6.")
                    && untouched_but(ours, both, &["dhcpv6.option.type_str", "udp.payload"])
            }
            _ => false,
        },
    },
    Explained {
        title: "a message that a relay agent passes on",
        why: "it is what the relay agent's header carries here; the group around its option ends where it begins",
        holds: |difference, both| match difference {
            Difference::NotOurs { theirs } if theirs.name == "dhcpv6.option.type_str" => {
                let group = |ours: &Ours<'_>| {
                    ours.name() == "dhcpv6.option" && ours.bytes() == (theirs.pos..theirs.pos + 4)
                };
                let content = |at| both.packet.headers().any(|layer| layer.start() == at);
                both.ours.iter().any(group) && content(theirs.pos + 4)
            }
            _ => false,
        },
    },
    Explained {
        title: "a name of one label in DHCPv6",
        why: "tshark shows it as a top level domain, whatever it is the name of",
        holds: |difference, both| {
            let same = |ours: &Ours<'_>, theirs: &pdml::Field| {
                let shown = theirs.show.strip_suffix('.').unwrap_or(&theirs.show);
                theirs.name == "dhcpv6.tld"
                    && ours.bytes() == (theirs.pos..theirs.pos + theirs.size)
                    && matches!(ours.value, Some(Value::Name(name)) if name.to_string() == shown)
            };
            match difference {
                Difference::NotOurs { theirs } => both.ours.iter().any(|ours| same(ours, theirs)),
                Difference::NotTheirs { ours } => both.theirs.fields.iter().any(|theirs| same(ours, theirs)),
                _ => false,
            }
        },
    },
    Explained {
        title: "flags of DHCPv4 over DHCPv6",
        why: "RFC 7341 section 6.2 has them in the place of a transaction; tshark shows a transaction",
        holds: |difference, both| {
            let place = match difference {
                Difference::NotOurs { theirs } if theirs.name == "dhcpv6.xid" => theirs.pos,
                Difference::NotTheirs { ours } if ours.name().starts_with("dhcpv6.flags.") => {
                    ours.bytes().start
                }
                _ => return false,
            };
            let flags = |ours: &Ours<'_>| ours.name() == "dhcpv6.flags" && ours.bytes().start == place;
            both.ours.iter().any(flags)
        },
    },
    Explained {
        title: "a name in DHCPv6 that does not end",
        why: "what is left of the option is the name here; tshark shows a part of it",
        holds: |difference, both| {
            let name = difference.name() == "dhcpv6.search_list_entry";
            let mut findings = both.packet.findings().filter(|finding| finding.code == "dhcpv6.name.bad");
            name && findings.any(|finding| start_of(difference) == finding.offset())
        },
    },
    Explained {
        title: "an SCTP checksum of zero",
        why: "RFC 9653 lets two ends agree on it, so that there is none; tshark judges it",
        holds: |difference, _| {
            matches!(
                difference,
                Difference::Verdict { ours: Some(Verdict::Absent), name: "sctp.checksum", .. }
            )
        },
    },
    Explained {
        title: "a TCP header length below 20",
        why: "tshark stops behind it; the bytes of the fixed part are tiles here, and no payload",
        holds: |difference, both| match difference {
            Difference::Value { ours, .. } => {
                let header = both.packet.layer(ours.layer).map(|layer| both.packet.header_bytes(&layer));
                ours.name() == "tcp.len"
                    && header.is_some_and(|bytes| bytes.get(12).is_some_and(|byte| *byte < 0x50))
            }
            Difference::NotTheirs { ours } => {
                let short = both.ours.iter().any(|other| {
                    other.layer == ours.layer
                        && other.name() == "tcp.hdr_len"
                        && matches!(other.value, Some(Value::Number(..20)))
                });
                short && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "the length of a segment that was cut",
        why: "tshark counts what the total length promises; here nothing is said of bytes that are not there",
        holds: |difference, both| match difference {
            Difference::NotOurs { theirs } if theirs.name == "tcp.len" => {
                let layer = both
                    .ours
                    .iter()
                    .find(|ours| ours.name() == "tcp.srcport" && ours.bytes().start == theirs.pos);
                let scope = layer.and_then(|ours| both.packet.scope(ours.layer));
                scope.is_some_and(|scope| scope.missing.is_some())
            }
            _ => false,
        },
    },
    Explained {
        title: "a checksum under a total length that reaches beyond the frame",
        why: "what it covers is not known here; tshark takes the bytes that are there",
        holds: |difference, both| match difference {
            Difference::Verdict { ours: Some(Verdict::Unchecked(Reason::Length)), .. } => {
                both.theirs.remarks("ip.bogus_ip_length")
            }
            _ => false,
        },
    },
    Explained {
        title: "a frame check sequence behind a VLAN tag",
        why: "the CRC fits; tshark shows it as the trailer of the tag",
        holds: |difference, both| {
            let name = difference.name();
            let fcs = both.ours.iter().find(|ours| ours.name() == "eth.fcs");
            let trailer = both.theirs.fields.iter().find(|field| field.name == "vlan.trailer");
            ["eth.fcs", "vlan.trailer"].contains(&name)
                && fcs.zip(trailer).is_some_and(|(fcs, trailer)| {
                    fcs.bytes() == (trailer.pos..trailer.pos + trailer.size)
                        && start_of(difference) == trailer.pos
                })
        },
    },
    Explained {
        title: "a header that is cut",
        why: "tshark gives up a packet that ends within a header, and may take what is left for a trailer; the fields that are there are tiles here",
        holds: |difference, both| {
            gave_up(both.theirs)
                && match difference {
                    Difference::NotTheirs { ours } => {
                        !FRAME_END.contains(&ours.name()) && untouched_but(ours, both, &["eth.trailer"])
                    }
                    Difference::NotOurs { theirs } => {
                        theirs.name == "eth.trailer"
                            && !both.ours.iter().any(|ours| ours.name() == "eth.trailer")
                    }
                    _ => false,
                }
        },
    },
    Explained {
        title: "not IPv4",
        why: "tshark stops behind the version or the length of a header that cannot be IPv4; its other bytes are tiles here",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                let header = both.packet.layer(ours.layer).map(|layer| both.packet.header_bytes(&layer));
                ours.name().starts_with("ip.")
                    && !matches!(header, Some([0x45..=0x4f, ..]))
                    && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "IPv6 where IPv4 should be",
        why: "the EtherType or the link type says IPv4 and the version says 6; tshark goes by the version, which is a guess",
        holds: |difference, both| is_ipv6_in_place_of_ipv4(both) && !difference.name().starts_with("eth."),
    },
    Explained {
        title: "a tunnel's port as the source",
        why: "the source port of VXLAN is chosen for load balancing (RFC 7348 section 5), and 4789 or 4790 as a source \
              may be any client; tshark takes either end for the tunnel's",
        holds: |difference, both| {
            behind_tunnel_source(both).is_some_and(|start| start_of(difference) >= start)
        },
    },
    Explained {
        title: "TCP quoted in an ICMP error",
        why: "tshark shows the ports and the sequence number of a quoted segment, though more of it may be there",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                ours.name().starts_with("tcp.") && is_quoted(ours.start, both) && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "a checksum in a quoted packet",
        why: "tshark does not check what is quoted, or takes what is quoted for all of it; here it is checked where \
              all that it covers is quoted",
        holds: |difference, both| match difference {
            Difference::Verdict { ours, theirs, .. } => {
                let cut = matches!(ours, Some(Verdict::Unchecked(Reason::Quoted)));
                (theirs.show == "2" || theirs.show == "0" && cut) && is_quoted(theirs.pos as u32 * 8, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "too many VLAN tags",
        why: "tshark stops after a number of tags; here the limit is 64 layers",
        holds: |difference, both| match difference {
            Difference::NotTheirs { ours } => {
                both.theirs.remarks("vlan.too_many_tags") && untouched(ours, both)
            }
            _ => false,
        },
    },
    Explained {
        title: "too many layers",
        why: "here the limit is 64 layers",
        holds: |difference, both| {
            let limited = both.packet.findings().any(|finding| finding.code == "layers.limit");
            let deepest = both.packet.headers().last().map_or(0, |layer| layer.content());
            limited && start_of(difference) >= deepest
        },
    },
    Explained {
        title: "an authentication header that is too short",
        why: "its length says less than its fixed part, which RFC 4302 does not allow; tshark goes on inside the fixed part",
        holds: |difference, both| {
            let short = both
                .ours
                .iter()
                .find(|ours| ours.name() == "ah.length" && ours.value == Some(Value::Number(0)));
            short.is_some_and(|ours| start_of(difference) >= ours.bytes().start)
        },
    },
    Explained {
        title: "the group around Pad1",
        why: "tshark's reaches over bytes behind the one byte that Pad1 is",
        holds: |difference, both| match difference {
            Difference::NotOurs { theirs } => {
                theirs.name == "ipv6.opt"
                    && theirs.line == "Pad1"
                    && both.packet.bytes().get(theirs.pos) == Some(&0)
            }
            _ => false,
        },
    },
    Explained {
        title: "zeros behind the end of a list of options",
        why: "the first ends the list (RFC 9293 section 3.1) and the rest is padding; tshark shows each as another end",
        holds: |difference, both| match difference {
            Difference::NotOurs { theirs } => {
                let inside =
                    |ours: &&Ours<'_>| PADDING.contains(&ours.name()) && ours.bytes().contains(&theirs.pos);
                ENDS.contains(&theirs.name.as_str())
                    && both.packet.bytes().get(theirs.pos) == Some(&0)
                    && both.ours.iter().any(|ours| inside(&ours))
            }
            Difference::NotTheirs { ours } => {
                PADDING.contains(&ours.name()) && untouched_but(ours, both, ENDS)
            }
            _ => false,
        },
    },
    Explained {
        title: "a time stamp in ICMP data",
        why: "tshark takes the first eight bytes of the data for a time if they look like one; here they are data",
        holds: |difference, both| {
            let time = both.theirs.field("icmp.data_time");
            time.is_some_and(|time| match difference {
                Difference::NotOurs { theirs } => theirs.name == "data.data" && theirs.pos == time.pos + 8,
                Difference::NotTheirs { ours } => {
                    ours.name() == "data.data" && ours.bytes().start == time.pos
                }
                _ => false,
            })
        },
    },
    Explained {
        title: "a frame check sequence that does not fit",
        why: "tshark takes the end of a trailer for one by its length alone; here the CRC must fit",
        holds: |difference, both| {
            let bad = both.theirs.field("eth.fcs.status").is_some_and(|status| status.show == "0");
            let guessed = matches!(difference, Difference::NotOurs { theirs } if theirs.name == "eth.fcs");
            bad && (guessed || is_frame_end(difference, both))
        },
    },
    Explained {
        title: "zeros at the end of a frame",
        why: "all zeros behind a packet that is too short for a frame are padding here; tshark divides them at 60 bytes, and calls them a trailer in a frame that is still too short",
        holds: |difference, both| {
            let padding = both.ours.iter().find(|ours| ours.name() == "eth.padding");
            padding.is_some_and(|padding| {
                all_zero(padding, both)
                    && is_frame_end(difference, both)
                    && padding.bytes().contains(&start_of(difference))
            })
        },
    },
];

/// Tiles of bytes that tshark has no fields for.
const NAMELESS: &[&str] = &[
    "icmp.reserved",
    "icmp.unused",
    "igmp.query.reserved",
    "mip6.hoti.reserved",
    "mip6.coti.reserved",
    "mip6.bu.reserved",
    "mip6.ba.reserved",
    "mip6.be.reserved",
    "unparsed",
    "trailer",
    "ip.opt.data",
    "ip.opt.padding",
    "tcp.options.padding",
    "tcp.options.qs.nonce",
    "tcp.options.qs.reserved",
    "tcp.options.unknown.payload",
];
const FRAME_END: &[&str] = &["eth.padding", "eth.trailer", "eth.fcs"];
const OPTION_HEADS: &[&str] = &[
    "ip.opt.type.copy",
    "ip.opt.type.class",
    "ip.opt.type.number",
    "ip.opt.len",
    "tcp.option_kind",
    "tcp.option_len",
];
const INVALID_LENGTH: &[&str] = &["ip.opt.len.invalid", "tcp.option.len.invalid"];
const PADDING: &[&str] = &["tcp.options.padding", "ip.opt.padding"];
const ENDS: &[&str] = &["tcp.options.eol", "tcp.option_kind"];

/// Whether no field of tshark's lies in the bits of a tile.
fn untouched(ours: &Ours<'_>, both: &Both<'_>) -> bool {
    untouched_but(ours, both, &[])
}

/// The same without some fields. Those around many others, and a guessed check sequence, do not count.
fn untouched_but(ours: &Ours<'_>, both: &Both<'_>, but: &[&str]) -> bool {
    let guessed = both.theirs.field("eth.fcs.status").is_some_and(|status| status.show == "0");
    let lies_there = |field: &pdml::Field| {
        let places = places_of(both.theirs, field);
        places
            .iter()
            .any(|place| place.start < ours.start + ours.bits && ours.start < place.start + place.bits)
    };
    let counts = |field: &pdml::Field| {
        let name = field.name.as_str();
        let around = both.ours.iter().any(|ours| {
            let here = ours.bytes() == (field.pos..field.pos + field.size);
            ours.info.role == Role::Group && ours.name() == name && here
        });
        let around = around || ["tcp.options", "ipv6.opt", "icmpv6.opt", "icmpv6.mldr.mar"].contains(&name);
        let left_out = around || but.contains(&name) || guessed && name == "eth.fcs";
        let compared = name.contains('.') && protocol_of(name).is_some();
        compared && !left_out && !field.remark && field.size > 0
    };
    !both.theirs.fields.iter().any(|field| counts(field) && lies_there(field))
}

/// Whether tshark says that it ran out of bytes.
fn gave_up(packet: &pdml::Packet) -> bool {
    packet.has("_ws.short") || packet.has("_ws.malformed") || packet.remarks("tcp.short_segment")
}

/// Where the payload of a datagram begins that comes from a tunnel's port and goes to another.
fn behind_tunnel_source(both: &Both<'_>) -> Option<usize> {
    let tunnel = |port: u16| matches!(port, 4789 | 4790);
    let (from, to) = both.packet.ports()?;
    let transport = both.packet.transport()?;
    let udp = both.packet.protocol(&transport)?.prefix == "udp";
    (udp && tunnel(from) && !tunnel(to)).then(|| transport.content())
}

fn is_ipv6_in_place_of_ipv4(both: &Both<'_>) -> bool {
    both.packet.headers().any(|layer| {
        let ip = both.packet.protocol(&layer).is_some_and(|protocol| protocol.prefix == "ip");
        let there = |protocol: &pdml::Protocol| protocol.name == "ipv6" && protocol.pos == layer.start();
        ip && matches!(both.packet.header_bytes(&layer), [0x60..=0x6f, ..])
            && both.theirs.protocols.iter().any(there)
    })
}

/// Whether a bit of the frame lies behind an ICMP header that quotes a packet.
fn is_quoted(start: u32, both: &Both<'_>) -> bool {
    let mut headers = both.packet.headers().skip_while(|layer| {
        !both.packet.protocol(layer).is_some_and(|protocol| protocol.prefix.starts_with("icmp"))
    });
    headers.nth(1).is_some_and(|quoted| start >= quoted.start() as u32 * 8)
}

fn start_of(difference: &Difference<'_>) -> usize {
    match difference {
        Difference::NotOurs { theirs } | Difference::Verdict { theirs, .. } => theirs.pos,
        Difference::NotTheirs { ours } | Difference::Value { ours, .. } => ours.bytes().start,
    }
}

fn all_zero(ours: &Ours<'_>, both: &Both<'_>) -> bool {
    both.packet.bytes().get(ours.bytes()).is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0))
}

/// Whether a difference is about how the bytes behind a packet are divided into padding, trailer and check sequence.
fn is_frame_end(difference: &Difference<'_>, both: &Both<'_>) -> bool {
    let name = difference.name();
    let end = both.ours.iter().filter(|ours| FRAME_END.contains(&ours.name()));
    (FRAME_END.contains(&name) || name == "vlan.trailer")
        && end.map(|ours| ours.bytes().start).min().is_some_and(|first| start_of(difference) >= first)
}

/// Whether bytes of ours reach the end of the frame.
fn is_at_the_end(ours: &Ours<'_>, both: &Both<'_>) -> bool {
    ours.bytes().end == both.packet.bytes().len()
}
