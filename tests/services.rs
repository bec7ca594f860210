//! Services on hosts: what the textbook asks of each, in virtual time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod services {
    mod dns_liars;
    mod dns_master;
    mod dns_resolver;
    mod dns_server;
    mod dns_zone;
    mod net;
    mod small;
    mod support;
}
