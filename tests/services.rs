//! Services on hosts: what the textbook asks of each, in virtual time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod services {
    mod dhcp_client;
    mod dhcp_server;
    mod dns_clients;
    mod dns_ghosts;
    mod dns_liars;
    mod dns_master;
    mod dns_resolver;
    mod dns_server;
    mod dns_zone;
    mod errands;
    mod http;
    mod http_client;
    mod http_hostile;
    mod internet;
    mod nat;
    mod rip;
    mod small;
    mod stations;
    mod support;
    mod wires;
}
