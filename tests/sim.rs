//! Networks out of scenarios, and what comes out of their runs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

#[path = "sim/look.rs"]
mod look;
#[path = "sim/output.rs"]
mod output;
#[path = "sim/schema.rs"]
mod schema;
#[path = "sim/sweep.rs"]
mod sweeps;

use layercake::sim::{Report, Scenario, Sweep, SweepReport};

/// Two hosts, 10 ms from each other, and three pings: ARP there and back takes 20 ms, so does each ping.
const PINGS: &str = r#"
title = "Two hosts"
duration = "4s"
expect = ["ping.received == 3", "ping.rtt_max == 40ms"]

[nodes.a]
address = "192.0.2.1/24"
mac = "02:00:00:00:00:0a"
[nodes.b]
address = "192.0.2.2/24"
mac = "02:00:00:00:00:0b"

[[links]]
between = ["a", "b"]
delay = "10ms"

[[apps]]
on = "a"
kind = "ping"
to = "b"
count = 3
"#;

fn scenario(text: &str) -> Scenario {
    text.parse().unwrap_or_else(|bad| panic!("{bad}"))
}

fn report(text: &str) -> Report {
    scenario(text).run().unwrap()
}

/// A switch, and a router that translates; the echo client's messages beyond the second are lost.
const ROUTED: &str = r#"
duration = "2s"
[nodes.a]
address = "192.0.2.1/24"
gateway = "192.0.2.254"
mac = "02:00:00:00:00:0a"
[nodes.sw]
kind = "switch"
[nodes.r]
kind = "router"
interfaces = { eth0 = { address = "192.0.2.254/24", mac = "02:00:00:00:00:fe" }, eth1 = "198.51.100.254/24" }
nat = "eth1"
[nodes.b]
address = "198.51.100.2/24"
gateway = "198.51.100.254"
echo = true
[[links]]
between = ["a", "sw"]
delay = "10ms"
[[links]]
between = ["sw", "r"]
delay = "1ms"
[[links]]
between = ["r", "b"]
name = "core"
there = { drop = "nth 3 of udp" }
[[apps]]
on = "a"
kind = "say"
over = "udp"
to = "b"
port = 7
every = "500ms"
messages = ["from above", "from above", "from above"]
"#;

/// Two delays, with and without loss, three seeds.
const SWEEP: &str = "
duration = '1s'
expect = ['ping.received == 1']
nodes.a.address = '192.0.2.1/24'
nodes.b.address = '192.0.2.2/24'
[[links]]
between = ['a', 'b']
name = 'core'
delay = '1ms'
[[apps]]
on = 'a'
kind = 'ping'
to = 'b'
count = 1
[sweep]
vary = { 'links.core.delay' = ['10ms', '20ms'], 'links.core.loss' = ['0%', '100%'] }
seeds = 3
measure = ['ping.rtt_max']
";

fn sweep(jobs: usize) -> SweepReport {
    let none = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    Sweep::new(SWEEP, &none, &[]).unwrap().run(jobs.try_into().unwrap(), &|_| true).unwrap()
}
