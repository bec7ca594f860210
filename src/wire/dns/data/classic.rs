//! The types of RFC 1035, and those that came before addresses had more than 32 bits and zones were signed.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::names::IpProtocol;

names! {
    /// The name that it stands for.
    cname in "RFC 1035 section 3.3.1" = "dns.cname", "Canonical name";
    /// A server of the zone.
    ns in "RFC 1035 section 3.3.11" = "dns.ns", "Name server";
    /// The name of an address.
    ptr in "RFC 1035 section 3.3.12" = "dns.ptr.domain_name", "Domain name";
    /// A host that takes mail for good.
    md in "RFC 1035 section 3.3.4" = "dns.md", "Mail destination";
    /// A host that passes mail on.
    mf in "RFC 1035 section 3.3.5" = "dns.mf", "Mail forwarder";
    /// A host with a mailbox.
    mb in "RFC 1035 section 3.3.3" = "dns.mb", "Mailbox host";
    /// A member of a mail group.
    mg in "RFC 1035 section 3.3.6" = "dns.mg", "Mail group member";
    /// The new name of a mailbox.
    mr in "RFC 1035 section 3.3.8" = "dns.mr", "Mailbox renamed to";
    /// Who is responsible for a mailing list.
    minfo_responsible in "RFC 1035 section 3.3.7" = "dns.minfo.r", "Mailbox responsible";
    /// Where errors of a mailing list go.
    minfo_errors in "RFC 1035 section 3.3.7" = "dns.minfo.e", "Mailbox for errors";
    /// A host that takes mail.
    mx_exchange in "RFC 1035 section 3.3.9" = "dns.mx.mail_exchange", "Mail exchange";
    /// The server that a zone comes from.
    soa_primary in "RFC 1035 section 3.3.13" = "dns.soa.mname", "Primary name server";
    /// Who is responsible for a zone.
    soa_mailbox in "RFC 1035 section 3.3.13" = "dns.soa.rname", "Mailbox responsible";
    /// Who is responsible for a name.
    rp_mailbox in "RFC 1183 section 2.2" = "dns.rp.mailbox", "Mailbox responsible";
    /// Where a text about them is.
    rp_text in "RFC 1183 section 2.2" = "dns.rp.txt_rr", "Name of a text";
    /// A server of a cell.
    afsdb_host in "RFC 1183 section 1" = "dns.afsdb.hostname", "Host";
    /// A host that passes packets on.
    rt_host in "RFC 1183 section 3.3" = "dns.rt.intermediate_host", "Intermediate host";
    /// The name of an NSAP.
    nsap_ptr in "RFC 1348" = "dns.nsap_ptr.owner", "Owner";
    /// A mail domain of the Internet.
    px_822 in "RFC 2163 section 4" = "dns.px.map822", "Domain of RFC 822";
    /// A mail domain of X.400.
    px_x400 in "RFC 2163 section 4" = "dns.px.map400", "Domain of X.400";
    /// Another tree of names.
    dname in "RFC 6672 section 2.1" = "dns.dname", "Target of the tree";
}

strings! {
    /// Text.
    txt in "RFC 1035 section 3.3.14" = "dns.txt.length", "dns.txt", "Text";
    /// Who may send mail.
    spf in "RFC 7208 section 3.1" = "dns.spf.length", "dns.spf", "Sender policy";
    /// What a host is made of.
    hinfo_cpu in "RFC 1035 section 3.3.2" = "dns.hinfo.cpu_length", "dns.hinfo.cpu", "Processor";
    /// What runs on it.
    hinfo_os in "RFC 1035 section 3.3.2" = "dns.hinfo.os_length", "dns.hinfo.os", "Operating system";
    /// An X.25 address.
    x25 in "RFC 1183 section 3.1" = "dns.x25.length", "dns.x25.psdn_address", "X.25 address";
    /// An ISDN address.
    isdn in "RFC 1183 section 3.2" = "dns.idsn.length", "dns.idsn.address", "ISDN address";
    /// An ISDN subaddress.
    isdn_sub in "RFC 1183 section 3.2" = "dns.idsn.sa.length", "dns.idsn.sa.address", "ISDN subaddress";
    /// Degrees as text.
    gpos_longitude in "RFC 1712 section 3" = "dns.gpos.longitude_length", "dns.gpos.longitude", "Longitude";
    /// Degrees as text.
    gpos_latitude in "RFC 1712 section 3" = "dns.gpos.latitude_length", "dns.gpos.latitude", "Latitude";
    /// Metres as text.
    gpos_altitude in "RFC 1712 section 3" = "dns.gpos.altitude_length", "dns.gpos.altitude", "Altitude";
}

bytes! {
    /// Anything.
    null in "RFC 1035 section 3.3.10" = "dns.null", "Anything";
    /// An address of OSI.
    nsap in "RFC 1706 section 5" = "dns.nsap.rdata", "NSAP address";
}

crate::fields! {
    /// An IPv4 address.
    pub mod a in "RFC 1035 section 3.4.1" {
        tile ADDRESS: Ipv4Addr = 0..32, "dns.a", "Address";
    }
}
crate::fields! {
    /// An IPv6 address.
    pub mod aaaa in "RFC 3596 section 2.2" {
        tile ADDRESS: Ipv6Addr = 0..128, "dns.aaaa", "Address";
    }
}
crate::fields! {
    /// What stands in front of a mail exchange.
    pub mod mx in "RFC 1035 section 3.3.9" {
        tile PREFERENCE: u16 = 0..16, "dns.mx.preference", "Preference";
    }
}
crate::fields! {
    /// The numbers of a zone's start.
    pub mod soa in "RFC 1035 section 3.3.13" {
        tile SERIAL: u32 = 0..32, "dns.soa.serial_number", "Serial number";
        tile REFRESH: u32 = 32..64, "dns.soa.refresh_interval", "Refresh, s";
        tile RETRY: u32 = 64..96, "dns.soa.retry_interval", "Retry, s";
        tile EXPIRE: u32 = 96..128, "dns.soa.expire_limit", "Expire, s";
        tile MINIMUM: u32 = 128..160, "dns.soa.minimum_ttl", "Negative answers hold, s", "RFC 2308 section 4";
    }
}
crate::fields! {
    /// The services of a host, a bit for each port.
    pub mod wks in "RFC 1035 section 3.4.2" {
        tile ADDRESS: Ipv4Addr = 0..32, "dns.wks.address", "Address";
        tile PROTOCOL: IpProtocol = 32..40, "dns.wks.protocol", "Protocol";
        tile BITS: [u8; 0] = 40..0, "dns.wks.bits", "A bit for each port";
    }
}
crate::fields! {
    /// What stands in front of a server of a cell.
    pub mod afsdb in "RFC 1183 section 1" {
        tile SUBTYPE: u16 = 0..16, "dns.afsdb.subtype", "Kind of server";
    }
}
crate::fields! {
    /// What stands in front of an intermediate host.
    pub mod rt in "RFC 1183 section 3.3" {
        tile PREFERENCE: u16 = 0..16, "dns.rt.subtype", "Preference";
    }
}
crate::fields! {
    /// What stands in front of the two domains.
    pub mod px in "RFC 2163 section 4" {
        tile PREFERENCE: u16 = 0..16, "dns.px.preference", "Preference";
    }
}
crate::fields! {
    /// A place on the Earth. Sizes have a digit and a power of ten, centimetres; degrees count thousandths of a second of
    /// arc from 2^31; the altitude counts centimetres from 100 km below the ellipsoid.
    pub mod loc in "RFC 1876 section 2" {
        tile VERSION: u8 = 0..8, "dns.loc.version", "Version";
        tile SIZE: u8 as Hex = 8..16, "dns.loc.size", "Size";
        tile HORIZONTAL: u8 as Hex = 16..24, "dns.loc.horizontal_precision", "Horizontal precision";
        tile VERTICAL: u8 as Hex = 24..32, "dns.loc.vertical_precision", "Vertical precision";
        tile LATITUDE: u32 = 32..64, "dns.loc.latitude", "Latitude";
        tile LONGITUDE: u32 = 64..96, "dns.loc.longitude", "Longitude";
        tile ALTITUDE: u32 = 96..128, "dns.loc.altitude", "Altitude";
    }
}
