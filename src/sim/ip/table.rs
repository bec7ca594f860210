//! The forms of commands, as tables: which words each has, and what they take.

use super::{RouteKind, Version};

/// What a word of a command stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// An address, with a prefix or without.
    Address,
    /// A network, or `default`; its bits behind the prefix are zero.
    Destination,
    Dev,
    Via,
    Metric,
    Mac,
    /// `hw`: the kind of address and the address.
    Hardware,
    Mtu,
    Mask,
    Kind(RouteKind),
    Up(bool),
    /// `inet`, `-A inet6`.
    Family,
    Inet(Version),
    /// `ifconfig eth0 add ADDRESS`.
    Besides(bool),
    /// `-net`: a network is as long as its class has it.
    Classful,
    /// A word that stands for itself and says nothing new.
    Nothing,
    /// Its value says nothing that a host here would do otherwise.
    Skipped,
    /// It means something that a host here does not have.
    Lacking,
}

/// What comes of a command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Makes {
    AddAddress,
    RemoveAddress,
    FlushAddresses,
    AddRoute,
    ReplaceRoute,
    RemoveRoute,
    SetLink,
    AddNeighbour,
    RemoveNeighbour,
    /// It asks, and changes nothing.
    Nothing,
    /// It changes something that a host here does not have.
    Lacking,
}

/// What can be done with an object: in the order in which an abbreviation is tried.
pub(super) type Verbs = &'static [(&'static str, Makes)];

/// What a command is about.
pub(super) struct Object {
    pub name: &'static str,
    pub verbs: Verbs,
    /// What stands without a word in front, in this order.
    pub bare: &'static [Takes],
    pub keywords: &'static [(&'static str, Takes)],
    pub example: &'static str,
}

pub(super) const ADDRESS: Object = Object {
    name: "address",
    verbs: &[
        ("add", Makes::AddAddress),
        ("change", Makes::AddAddress),
        ("replace", Makes::AddAddress),
        ("delete", Makes::RemoveAddress),
        ("flush", Makes::FlushAddresses),
        ("show", Makes::Nothing),
        ("list", Makes::Nothing),
        ("lst", Makes::Nothing),
        ("save", Makes::Nothing),
        ("restore", Makes::Lacking),
    ],
    bare: &[Takes::Address],
    keywords: &[
        ("dev", Takes::Dev),
        ("local", Takes::Address),
        ("brd", Takes::Skipped),
        ("broadcast", Takes::Skipped),
        ("label", Takes::Skipped),
        ("scope", Takes::Skipped),
        ("peer", Takes::Lacking),
        ("anycast", Takes::Lacking),
        ("nodad", Takes::Lacking),
        ("noprefixroute", Takes::Lacking),
        ("valid_lft", Takes::Lacking),
        ("preferred_lft", Takes::Lacking),
        ("metric", Takes::Lacking),
    ],
    example: "addr add 10.0.0.1/24 dev eth0",
};

pub(super) const ROUTE: Object = Object {
    name: "route",
    verbs: &[
        ("add", Makes::AddRoute),
        ("change", Makes::ReplaceRoute),
        ("chg", Makes::ReplaceRoute),
        ("replace", Makes::ReplaceRoute),
        ("delete", Makes::RemoveRoute),
        ("append", Makes::Lacking),
        ("prepend", Makes::Lacking),
        ("flush", Makes::Lacking),
        ("show", Makes::Nothing),
        ("list", Makes::Nothing),
        ("lst", Makes::Nothing),
        ("get", Makes::Nothing),
        ("save", Makes::Nothing),
        ("restore", Makes::Lacking),
    ],
    bare: &[Takes::Destination],
    keywords: &[
        ("unicast", Takes::Kind(RouteKind::Unicast)),
        ("blackhole", Takes::Kind(RouteKind::Blackhole)),
        ("prohibit", Takes::Kind(RouteKind::Prohibit)),
        ("unreachable", Takes::Kind(RouteKind::Unreachable)),
        ("to", Takes::Destination),
        ("via", Takes::Via),
        ("dev", Takes::Dev),
        ("oif", Takes::Dev),
        ("metric", Takes::Metric),
        ("priority", Takes::Metric),
        ("preference", Takes::Metric),
        ("proto", Takes::Skipped),
        ("protocol", Takes::Skipped),
        ("scope", Takes::Skipped),
        ("src", Takes::Lacking),
        ("table", Takes::Lacking),
        ("mtu", Takes::Lacking),
        ("advmss", Takes::Lacking),
        ("onlink", Takes::Lacking),
        ("nexthop", Takes::Lacking),
        ("tos", Takes::Lacking),
        ("dsfield", Takes::Lacking),
        ("initcwnd", Takes::Lacking),
        ("local", Takes::Lacking),
        ("broadcast", Takes::Lacking),
        ("multicast", Takes::Lacking),
        ("throw", Takes::Lacking),
        ("nat", Takes::Lacking),
    ],
    example: "route add 10.2.0.0/16 via 10.0.1.2",
};

pub(super) const LINK: Object = Object {
    name: "link",
    verbs: &[
        ("set", Makes::SetLink),
        ("change", Makes::SetLink),
        ("add", Makes::Lacking),
        ("delete", Makes::Lacking),
        ("replace", Makes::Lacking),
        ("show", Makes::Nothing),
        ("list", Makes::Nothing),
        ("lst", Makes::Nothing),
    ],
    bare: &[Takes::Dev],
    keywords: &[
        ("dev", Takes::Dev),
        ("up", Takes::Up(true)),
        ("down", Takes::Up(false)),
        ("mtu", Takes::Mtu),
        ("address", Takes::Mac),
        ("addr", Takes::Mac),
        ("qlen", Takes::Skipped),
        ("txqueuelen", Takes::Skipped),
        ("arp", Takes::Lacking),
        ("multicast", Takes::Lacking),
        ("promisc", Takes::Lacking),
        ("name", Takes::Lacking),
        ("master", Takes::Lacking),
        ("nomaster", Takes::Lacking),
        ("netns", Takes::Lacking),
        ("type", Takes::Lacking),
    ],
    example: "link set eth0 up",
};

pub(super) const NEIGHBOUR: Object = Object {
    name: "neighbour",
    verbs: &[
        ("add", Makes::AddNeighbour),
        ("change", Makes::AddNeighbour),
        ("chg", Makes::AddNeighbour),
        ("replace", Makes::AddNeighbour),
        ("delete", Makes::RemoveNeighbour),
        ("flush", Makes::Lacking),
        ("show", Makes::Nothing),
        ("list", Makes::Nothing),
        ("lst", Makes::Nothing),
        ("get", Makes::Nothing),
    ],
    bare: &[Takes::Address],
    keywords: &[
        ("to", Takes::Address),
        ("lladdr", Takes::Mac),
        ("dev", Takes::Dev),
        ("nud", Takes::Skipped),
        ("proxy", Takes::Lacking),
        ("router", Takes::Lacking),
    ],
    example: "neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0",
};

/// In the order in which an abbreviation is tried: `a`, `r`, `l`, `n`. Behind them what a host here does not have.
pub(super) const OBJECTS: [&Object; 4] = [&ADDRESS, &ROUTE, &LINK, &NEIGHBOUR];
pub(super) const OTHER_SPELLINGS: [(&str, &Object); 1] = [("neighbor", &NEIGHBOUR)];
pub(super) const OTHER_OBJECTS: [&str; 16] = [
    "rule", "netns", "tunnel", "tuntap", "maddress", "mroute", "mrule", "monitor", "xfrm", "vrf", "sr",
    "nexthop", "mptcp", "l2tp", "macsec", "token",
];

pub(super) const IFCONFIG: Object = Object {
    name: "ifconfig",
    verbs: &[],
    bare: &[Takes::Dev, Takes::Address],
    keywords: &[
        ("up", Takes::Up(true)),
        ("down", Takes::Up(false)),
        ("netmask", Takes::Mask),
        ("broadcast", Takes::Skipped),
        ("mtu", Takes::Mtu),
        ("hw", Takes::Hardware),
        ("ether", Takes::Mac),
        ("inet", Takes::Inet(Version::Ipv4)),
        ("inet6", Takes::Inet(Version::Ipv6)),
        ("add", Takes::Besides(true)),
        ("del", Takes::Besides(false)),
        ("txqueuelen", Takes::Skipped),
        ("metric", Takes::Skipped),
        ("arp", Takes::Nothing),
        ("-promisc", Takes::Nothing),
        ("promisc", Takes::Lacking),
        ("-arp", Takes::Lacking),
        ("pointopoint", Takes::Lacking),
        ("multicast", Takes::Nothing),
    ],
    example: "ifconfig eth0 10.0.0.1 netmask 255.255.255.0 up",
};

pub(super) const OLD_ROUTE: Object = Object {
    name: "route",
    verbs: &[
        ("add", Makes::AddRoute),
        ("del", Makes::RemoveRoute),
        ("delete", Makes::RemoveRoute),
        ("flush", Makes::Lacking),
    ],
    bare: &[Takes::Destination, Takes::Dev],
    keywords: &[
        ("-net", Takes::Classful),
        ("-host", Takes::Nothing),
        ("gw", Takes::Via),
        ("netmask", Takes::Mask),
        ("dev", Takes::Dev),
        ("metric", Takes::Metric),
        ("-A", Takes::Family),
        ("-6", Takes::Inet(Version::Ipv6)),
        ("-4", Takes::Inet(Version::Ipv4)),
        ("-n", Takes::Nothing),
        ("reject", Takes::Kind(RouteKind::Unreachable)),
        ("mss", Takes::Lacking),
        ("window", Takes::Lacking),
        ("irtt", Takes::Lacking),
    ],
    example: "route add -net 10.2.0.0 netmask 255.255.0.0 gw 10.0.1.2",
};

/// Words that the older `route` alone has.
pub(super) const OLD_WORDS: [&str; 6] = ["-net", "-host", "gw", "netmask", "-A", "reject"];

/// Options of `ip` in front of the object that say how it prints.
pub(super) const PRINTING: [&str; 17] = [
    "-br",
    "-brief",
    "-o",
    "-oneline",
    "-d",
    "-details",
    "-s",
    "-stats",
    "-statistics",
    "-h",
    "-human",
    "-c",
    "-color",
    "-j",
    "-json",
    "-p",
    "-pretty",
];

impl Takes {
    /// Whether a value stands behind the word.
    pub(super) const fn has_value(self) -> bool {
        !matches!(
            self,
            Self::Kind(_)
                | Self::Up(_)
                | Self::Inet(_)
                | Self::Besides(_)
                | Self::Classful
                | Self::Nothing
                | Self::Lacking
        )
    }
}
