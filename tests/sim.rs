//! Networks out of scenarios, and what comes out of their runs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

#[path = "sim/output.rs"]
mod output;

use layercake::sim::{Report, Scenario};

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
