//! HTTP/1.1 (RFC 9110, RFC 9112): a server of what its caller has, and a client whose caller takes what comes.
//!
//! ```text
//!   HttpServer                              HttpClient
//!   ┌─────────────┐ open, read ┌─────────┐  ┌─────────────┐ get, read   ┌────────┐
//!   │  exchanges  │───────────►│ Content │  │  exchanges  │◄────────────│ caller │
//!   └─────────────┘            └─────────┘  └─────────────┘ poll ──────►└────────┘
//!     request, target, answer, condition      head, reader
//!            └───────── fields, body, status, date ─────────┘
//! ```
//!
//! Both hold a message's head to a bound, never its content: that goes piece by piece between socket and caller, as fast as the slower of
//! them. Framing that two readers could take differently is refused (RFC 9112 sections 6.3 and 11).

mod answer;
mod body;
pub mod client;
mod condition;
mod content;
mod date;
mod exchange;
mod fields;
mod output;
mod request;
pub mod server;
mod status;
mod target;

pub use client::HttpClient;
pub use content::{Content, Pages, Resource};
pub use date::Date;
pub use server::HttpServer;
pub use status::Status;

use core::fmt;
use core::time::Duration;

/// How long something took, as it is shown.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03} s", self.0.as_secs(), self.0.subsec_millis())
    }
}
