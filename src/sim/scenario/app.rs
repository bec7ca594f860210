//! Applications of a scenario: what is done, by whom, when.

use core::ops::Range;
use core::time::Duration;
use std::net::{IpAddr, SocketAddr};

use super::link::unknown_node;
use super::node::{self, name};
use super::value::{Reader, Table, Text, Value};
use super::{Kind, NodePlan};
use crate::link::Rate;
use crate::mistake::Mistake;
use crate::names::DnsType;
use crate::sim::build::START;
use crate::stack::service::errand::{
    Bulk, Echo, Errand, Get, Listen, Lookup, Method, Over, Pattern, Ping, Probe, Request, Respond, Say, Source, Traceroute,
};
use crate::stack::{Errno, Host, ServiceId};

/// What every application can have.
const COMMON: &[&str] = &["on", "kind", "name", "at"];

/// A kind of application: its name, its keys, its figures.
struct AppKind {
    name: &'static str,
    keys: &'static [&'static str],
    figures: &'static [&'static str],
}

/// All kinds.
const KINDS: &[AppKind] = &[
    AppKind {
        name: "ping",
        keys: &["to", "count", "interval", "size", "ttl", "wait"],
        figures: &["sent", "received", "lost", "duplicates", "rtt_min", "rtt_mean", "rtt_max"],
    },
];
