//! smoltcp as the peer: another stack, written by others, at the other end of a wire in memory and in virtual time. Nobody is told who has which
//! address; the streams have to be equal, and both ends closed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

#[path = "common/soundness.rs"]
mod soundness;

mod smoltcp {
    mod datagrams;
    mod ends;
    mod peers;
    mod transfers;
}
