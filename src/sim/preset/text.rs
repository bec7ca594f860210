//! The texts of the presets.

use core::fmt::Write as _;
use core::time::Duration;

use super::{Options, Queue};
use crate::link::Rate;

/// What a sender of the dumbbell sends, in bytes.
const LOAD: u64 = 1_000_000;

/// The page of the web server at home's other end.
const PAGE: &str = "Hello from the other side of the line.";

/// Adds lines. Writing to a `String` cannot fail.
macro_rules! add {
    ($text:expr, $($words:tt)*) => { { let _ = writeln!($text, $($words)*); } };
}

pub(super) fn home(options: &Options) -> String {
    let (rate, delay) = (rate(options.rate), time(options.delay));
    let bytes = PAGE.len();
    format!(
        r#"title = "A home behind one public address"
duration = "30s"
expect = [
    # The home router asks the provider's name server, and answers.
    "lookup.answers == 1",
    # The page came through the router that translates addresses,
    "get.status == 200",
    "get.bytes == {bytes}",
    # so nothing outside has seen an address from inside.
    "arrived(web, ip.addr == 192.168.1.0/24) == 0",
]

# Inside. Both get address, router and name server by DHCP.

[nodes.laptop]
address = "dhcp"

[nodes.phone]
address = "dhcp"

[nodes.lan]
kind = "switch"

[nodes.home]
kind = "router"
interfaces = {{ eth0 = "192.168.1.1/24", eth1 = "203.0.113.2/24" }}
gateway = "203.0.113.1"
# What leaves by this interface gets its address.
nat = "eth1"
dhcp = {{ range = "192.168.1.100-192.168.1.199", lease = "1h", router = "192.168.1.1", dns = "192.168.1.1" }}
# Questions from inside are asked on there.
resolver = "198.51.100.53"

# Outside.

[nodes.isp]
kind = "router"
interfaces = {{ eth0 = "203.0.113.1/24", eth1 = "198.51.100.1/24" }}

[nodes.hall]
kind = "switch"

[nodes.web]
address = "198.51.100.80/24"
gateway = "198.51.100.1"
http = {{ pages = {{ "/" = "{PAGE}" }} }}

[nodes.ns]
address = "198.51.100.53/24"
gateway = "198.51.100.1"
dns = """
$ORIGIN example.org.
$TTL 3600
@   SOA ns hostmaster (1 1d 2h 4w 1h)
@   NS  ns
ns  A   198.51.100.53
www A   198.51.100.80
"""

[[links]]
between = ["laptop", "lan"]

[[links]]
between = ["phone", "lan"]

[[links]]
between = ["lan", "home:eth0"]

# The line to the provider. Make it slow, or let it lose something: loss = "1%".
[[links]]
name = "line"
between = ["home:eth1", "isp:eth0"]
rate = "{rate}"
delay = "{delay}"

[[links]]
between = ["isp:eth1", "hall"]

[[links]]
between = ["web", "hall"]

[[links]]
between = ["ns", "hall"]

# By then both have their addresses.
[[apps]]
at = "15s"
on = "laptop"
kind = "lookup"
query = "www.example.org"
type = "A"

[[apps]]
at = "16s"
on = "phone"
kind = "get"
url = "http://www.example.org/"
"#
    )
}

pub(super) fn dumbbell(options: &Options) -> String {
    let pairs = options.pairs.clamp(1, 200);
    let mut text = String::new();
    add!(text, "title = \"{pairs} times TCP through one narrow link\"");
    add!(text, "# Three times as long as the link needs for all that is sent, and time to begin.");
    add!(text, "duration = \"{}s\"", dumbbell_seconds(options, pairs));
    add!(text, "expect = [");
    for pair in 1..=pairs {
        add!(text, "    \"sink{pair}.bytes == {LOAD}\",");
    }
    add!(text, "]\n");
    add!(text, "# Each sender and each receiver has a network of its own.");
    for (side, name) in [(1, "s"), (2, "d")] {
        for pair in 1..=pairs {
            add!(text, "\n[nodes.{name}{pair}]");
            add!(text, "address = \"10.{side}.{pair}.1/24\"");
            add!(text, "gateway = \"10.{side}.{pair}.254\"");
        }
    }
    for (side, name, other) in [(1, "left", 2), (2, "right", 1)] {
        add!(text, "\n[nodes.{name}]");
        add!(text, "kind = \"router\"");
        add!(text, "routes = [\"10.{other}.0.0/16 via 10.0.0.{other}\"]");
        add!(text, "[nodes.{name}.interfaces]");
        add!(text, "eth0 = \"10.0.0.{side}/24\"");
        for pair in 1..=pairs {
            add!(text, "eth{pair} = \"10.{side}.{pair}.254/24\"");
        }
    }
    add!(text, "\n# The narrow one. What comes faster waits in the queue in front of it.");
    add!(text, "[[links]]\nname = \"core\"\nbetween = [\"left:eth0\", \"right:eth0\"]");
    add!(text, "rate = \"{}\"\ndelay = \"{}\"", rate(options.rate), time(options.delay));
    match options.queue {
        Queue::Fifo(frames) => add!(text, "# Frames that may wait.\nlimit = {frames}"),
        Queue::Codel => add!(text, "# Or \"fifo\", with limit = 100.\nqueue = \"codel\""),
        Queue::Red => add!(text, "# Or \"fifo\", with limit = 100.\nqueue = \"red\""),
    }
    for pair in 1..=pairs {
        for (name, router) in [("s", "left"), ("d", "right")] {
            add!(text, "\n[[links]]\nbetween = [\"{name}{pair}\", \"{router}:eth{pair}\"]\ndelay = \"1ms\"");
        }
    }
    add!(text, "\n# Receivers first. What each has received is its figure `bytes`.");
    for pair in 1..=pairs {
        add!(
            text,
            "\n[[apps]]\nname = \"sink{pair}\"\non = \"d{pair}\"\nkind = \"listen\"\nover = \"tcp\"\nport = 5001"
        );
    }
    for pair in 1..=pairs {
        add!(text, "\n[[apps]]\nname = \"bulk{pair}\"\non = \"s{pair}\"\nkind = \"bulk\"");
        add!(text, "at = \"100ms\"\nto = \"d{pair}\"\nport = 5001\nbytes = {LOAD}");
    }
    text
}

/// How long a dumbbell runs.
fn dumbbell_seconds(options: &Options, pairs: u32) -> u64 {
    let bits = LOAD.saturating_mul(8).saturating_mul(pairs.into());
    let through = options.rate.time_for(bits).as_secs().saturating_mul(3);
    // Slow start takes some 10 round trips; one that lost its SYN needs seconds.
    let trips = options.delay.saturating_mul(2 * 20).as_secs();
    through.saturating_add(trips).saturating_add(20)
}

pub(super) fn line(options: &Options) -> String {
    let routers = options.routers.clamp(1, 29);
    let hops = routers.saturating_add(1);
    // There and back, over a link more than there are routers.
    let trip = options.delay.saturating_mul(2).saturating_mul(hops);
    let mut text = String::new();
    add!(text, "title = \"{routers} routers in a row\"");
    // Three probes a hop, on average half the way.
    let seconds = trip.saturating_mul(2).saturating_mul(hops).as_secs().saturating_add(30);
    add!(text, "duration = \"{seconds}s\"");
    add!(text, "expect = [");
    add!(text, "    \"ping.received == 3\",");
    add!(text, "    # {hops} links there, {hops} back, each with its delay.");
    add!(text, "    \"ping.rtt_min >= {}\",", time(trip));
    add!(text, "    # Each router is a hop, and the host at the end.");
    add!(text, "    \"trace.hops == {hops}\",");
    add!(text, "    \"trace.reached == 1\",");
    add!(text, "]\n");
    add!(
        text,
        "# The links are the networks 10.0.0.0/24, 10.0.1.0/24 and so on; .1 is at the left of each, .2 at the right."
    );
    add!(text, "\n[nodes.a]\naddress = \"10.0.0.1/24\"\ngateway = \"10.0.0.2\"");
    for router in 1..=routers {
        let left = router.saturating_sub(1);
        add!(text, "\n[nodes.r{router}]\nkind = \"router\"");
        add!(text, "interfaces = {{ eth0 = \"10.0.{left}.2/24\", eth1 = \"10.0.{router}.1/24\" }}");
        let mut routes = Vec::new();
        if router > 1 {
            routes.push(format!("\"10.0.0.0/24 via 10.0.{left}.1\""));
        }
        if router < routers {
            routes.push(format!("\"10.0.{routers}.0/24 via 10.0.{router}.2\""));
        }
        if !routes.is_empty() {
            add!(text, "# To the networks of the two hosts. Take one away and see who says so.");
            add!(text, "routes = [{}]", routes.join(", "));
        }
    }
    add!(text, "\n[nodes.b]\naddress = \"10.0.{routers}.2/24\"\ngateway = \"10.0.{routers}.1\"");
    let mut before = "a".to_owned();
    for router in 1..=hops {
        let (next, port) = if router > routers {
            ("b".to_owned(), "b".to_owned())
        } else {
            (format!("r{router}"), format!("r{router}:eth0"))
        };
        add!(text, "\n[[links]]\nbetween = [\"{before}\", \"{port}\"]");
        add!(text, "rate = \"{}\"\ndelay = \"{}\"", rate(options.rate), time(options.delay));
        before = format!("{next}:eth1");
    }
    let wait = time(trip.saturating_add(Duration::from_secs(1)));
    add!(text, "\n[[apps]]\non = \"a\"\nkind = \"ping\"\nto = \"b\"\ncount = 3\nwait = \"{wait}\"");
    add!(
        text,
        "\n[[apps]]\nname = \"trace\"\nat = \"10s\"\non = \"a\"\nkind = \"traceroute\"\nto = \"b\"\nwait = \"{wait}\""
    );
    text
}

pub(super) fn star(options: &Options) -> String {
    let hosts = options.hosts.clamp(2, 200);
    let mut text = String::new();
    add!(text, "title = \"{hosts} hosts around a switch\"");
    add!(text, "duration = \"20s\"");
    add!(text, "expect = [");
    for host in 1..=hosts {
        add!(text, "    \"ping{host}.received == 3\",");
    }
    add!(text, "]\n");
    add!(
        text,
        "# It learns behind which of its ports each host is. What it does not know yet goes out of all others."
    );
    add!(text, "[nodes.sw]\nkind = \"switch\"");
    for host in 1..=hosts {
        add!(text, "\n[nodes.h{host}]\naddress = \"10.0.0.{host}/24\"");
    }
    for host in 1..=hosts {
        add!(text, "\n[[links]]\nbetween = [\"h{host}\", \"sw\"]");
        add!(text, "rate = \"{}\"\ndelay = \"{}\"", rate(options.rate), time(options.delay));
    }
    for host in 1..=hosts {
        let next = if host == hosts { 1 } else { host.saturating_add(1) };
        add!(
            text,
            "\n[[apps]]\nname = \"ping{host}\"\non = \"h{host}\"\nkind = \"ping\"\nto = \"h{next}\"\ncount = 3"
        );
        // A reply is there 4 delays later, which can be more than a second.
        add!(text, "wait = \"5s\"");
    }
    text
}

/// In the largest unit in which it is a whole number.
fn rate(rate: Rate) -> String {
    in_units(rate.bits_per_second(), &[(1_000_000_000, "Gbit"), (1_000_000, "Mbit"), (1_000, "kbit")], "bit")
}

fn time(time: Duration) -> String {
    let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    in_units(nanoseconds, &[(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")], "ns")
}

fn in_units(number: u64, units: &[(u64, &str)], least: &str) -> String {
    let fits = |size: &u64| number.is_multiple_of(*size);
    match units.iter().find(|(size, _)| fits(size)) {
        Some((size, unit)) => format!("{}{unit}", number.checked_div(*size).unwrap_or(0)),
        None => format!("{number}{least}"),
    }
}
