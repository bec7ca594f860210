//! stub
names! {
    /// t
    pub struct DnsType(u16) as Number { A = 1, "A", "R"; NS = 2, "NS", "R"; CNAME = 5, "CNAME", "R"; SOA = 6, "SOA", "R"; PTR = 12, "PTR", "R"; MX = 15, "MX", "R"; TXT = 16, "TXT", "R"; AAAA = 28, "AAAA", "R"; SRV = 33, "SRV", "R"; OPT = 41, "OPT", "R"; DNAME = 39, "DNAME", "R"; }
}
names! {
    /// t
    pub struct DnsClass(u16) as Hex { IN = 1, "IN", "R"; }
}
names! {
    /// t
    pub struct DnsOpcode(u8) as Number { QUERY = 0, "Query", "R"; UPDATE = 5, "Update", "R"; }
}
names! {
    /// t
    pub struct DnsRcode(u8) as Number { NO_ERROR = 0, "NoError", "R"; }
}
names! {
    /// t
    pub struct EdnsOption(u16) as Number { NSID = 3, "NSID", "R"; }
}
