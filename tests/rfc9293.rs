//! RFC 9293, requirement by requirement: one TCP connection, and a peer of which every segment is written by hand.
//!
//! `docs/rfc9293.md` has a row for each requirement of the RFC's Appendix B, with its status and the tests that show it; `document` here
//! keeps it honest. What is expected comes from the text and the figures of the RFC.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

#[path = "rfc9293/acknowledging.rs"]
mod acknowledging;
#[path = "rfc9293/arriving.rs"]
mod arriving;
#[path = "rfc9293/closing.rs"]
mod closing;
#[path = "rfc9293/document.rs"]
mod document;
#[path = "rfc9293/failures.rs"]
mod failures;
#[path = "rfc9293/keep_alive.rs"]
mod keep_alive;
#[path = "rfc9293/opening.rs"]
mod opening;
#[path = "rfc9293/options.rs"]
mod options;
#[path = "rfc9293/peer.rs"]
mod peer;
#[path = "rfc9293/sending.rs"]
mod sending;
#[path = "rfc9293/urgent.rs"]
mod urgent;
#[path = "rfc9293/window.rs"]
mod window;
