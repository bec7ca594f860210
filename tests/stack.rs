//! Two hosts on a wire: sockets, TCP, UDP, echoes, as an application sees them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod stack {
    mod datagrams;
    mod floors;
    mod listeners;
    mod requirements;
    mod routed;
    mod sockets;
    mod state;
    mod support;
}
