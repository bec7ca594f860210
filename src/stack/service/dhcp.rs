//! DHCP for IPv4, [RFC 2131](https://www.rfc-editor.org/rfc/rfc2131): a host without an address asks for one, and is lent it for a time.
//!
//! ```text
//!   DhcpClient                                    DhcpServer
//!       │  DISCOVER  from 0.0.0.0, to everybody       │
//!       ├────────────────────────────────────────────►│  which address? is it free? (ping)
//!       │  OFFER     address, lease, options          │
//!       │◄────────────────────────────────────────────┤  held for a while
//!       │  REQUEST   that one, of that server         │
//!       ├────────────────────────────────────────────►│
//!       │  ACK                                        │
//!       │◄────────────────────────────────────────────┤  lent
//!   does a neighbour have it? (ARP; DECLINE if so)    │
//!       │  REQUEST   at T1, to the server alone       │
//!       ├────────────────────────────────────────────►│
//!       │  ACK                                        │
//!       │◄────────────────────────────────────────────┤  lent for longer
//!       │  RELEASE                                    │
//!       ├────────────────────────────────────────────►│
//! ```
//!
//! Options are those of [RFC 2132](https://www.rfc-editor.org/rfc/rfc2132), routes those of RFC 3442, and what a client is known by comes back to it
//! as RFC 6842 has it. Neither forces a renewal (RFC 3203) nor authenticates (RFC 3118); there is no BOOTP.

pub mod client;
mod lease;
pub mod server;

pub use client::DhcpClient;
pub use lease::Lease;
pub use server::DhcpServer;

/// The port of servers and relays, and that of clients (RFC 2131 section 4.1).
const SERVER: u16 = 67;
const CLIENT: u16 = 68;
/// Shorter messages are no BOOTP, and relays may drop them (RFC 1542 section 2.1).
const SHORTEST: usize = 300;

/// A message as it is sent, at least as long as BOOTP has it.
fn padded(message: &crate::field::Builder<crate::wire::dhcp::Dhcp>) -> Option<alloc::vec::Vec<u8>> {
    let mut bytes = message.bytes().ok()?.to_vec();
    bytes.resize(bytes.len().max(SHORTEST), 0);
    Some(bytes)
}
