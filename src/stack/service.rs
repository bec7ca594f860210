//! Programs on a host, sans-IO like the stack that they stand on: what a textbook draws above UDP and TCP.
//!
//! A [`Service`] owns sockets, reacts to what happens to them, and says when it wants to be woken. A [`Host`](super::Host) is a stack with
//! services. Whatever a service needs from outside (time, files, a zone) it is given; what it has to say comes out as notices and figures. So the same
//! service runs in a simulator and on a real network.
//!
//! | service | what it does |
//! |---|---|
//! | [`HttpServer`](http::HttpServer), [`HttpClient`](http::HttpClient) | HTTP/1.1 (RFC 9110, 9112): what a caller has is served; requests are sent |
//! | [`DhcpClient`](dhcp::DhcpClient), [`DhcpServer`](dhcp::DhcpServer) | get an IPv4 address and what belongs to it; give addresses out (RFC 2131) |
//! | [`dns::DnsServer`] | answers for zones (RFC 1034) |
//! | [`dns::Resolver`] | asks others and remembers: for the programs of its host, for other hosts, of given servers or from the root down |
//! | [`Small`] | echo, discard and the character generator (RFC 862, 863, 864), over TCP and UDP |
//! | [`errand::Errand`] | does something by itself: asks for echoes, sends, takes what comes, fetches |
//! | [`Rip`] | routers tell each other of their networks (RFC 2453) |

#[cfg(feature = "services")]
mod connections;
#[cfg(feature = "services")]
mod datagrams;
#[cfg(feature = "services")]
pub mod dhcp;
#[cfg(feature = "services")]
pub mod dns;
#[cfg(feature = "services")]
pub mod errand;
mod figure;
#[cfg(feature = "services")]
pub mod http;
#[cfg(feature = "services")]
mod notices;
#[cfg(feature = "services")]
pub mod rip;
#[cfg(feature = "services")]
mod small;

use alloc::string::String;
use core::any::Any;
use core::fmt::Debug;

pub use self::figure::Figure;
#[cfg(feature = "services")]
pub(crate) use self::{
    connections::{Connections, Dialogue, Next},
    datagrams::Datagrams,
    notices::Notices,
};
#[cfg(feature = "services")]
pub use self::{rip::Rip, small::Small};
use super::{Errno, Event, Stack};
use crate::time::Time;

/// A program that runs on a host.
///
/// ```
/// use layercake::stack::service::Service;
/// use layercake::stack::{Config, Errno, Event, Host, Kind, SocketId, Stack};
/// use layercake::time::Time;
///
/// /// Counts datagrams to port 514.
/// #[derive(Debug, Default)]
/// struct Count(Option<SocketId>, u64);
///
/// impl Service for Count {
///     fn name(&self) -> &'static str {
///         "count"
///     }
///
///     fn start(&mut self, _: Time, stack: &mut Stack) -> Result<(), Errno> {
///         let socket = stack.socket(Kind::Datagram)?;
///         stack.bind(socket, "0.0.0.0:514".parse().unwrap())?;
///         self.0 = Some(socket);
///         Ok(())
///     }
///
///     fn on_event(&mut self, _: Time, stack: &mut Stack, event: &Event) -> bool {
///         let Some(socket) = self.0.filter(|socket| event.socket() == Some(*socket)) else { return false };
///         while stack.recv_from(socket, &mut []).is_ok() {
///             self.1 += 1;
///         }
///         true
///     }
/// }
///
/// let mut host = Host::from(Stack::new(Config::default()));
/// host.start(Time::ZERO, Count::default())?;
/// # Ok::<(), Errno>(())
/// ```
pub trait Service: Any + Debug {
    /// What it is called in notices and figures.
    fn name(&self) -> &'static str;

    /// Opens its sockets.
    ///
    /// # Errors
    /// What it cannot have.
    fn start(&mut self, now: Time, stack: &mut Stack) -> Result<(), Errno>;

    /// Something has happened. Whether it was to one of its sockets; what happens to addresses every service is told, and its answer does not
    /// count.
    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool;

    /// When it is to be woken, whatever happens before.
    fn next_deadline(&self) -> Option<Time> {
        None
    }

    /// Does what is due.
    fn on_deadline(&mut self, now: Time, stack: &mut Stack) {
        let _ = (now, stack);
    }

    /// The next thing that a person who watches would want to know, in a sentence. Text that came from the network is escaped in it.
    fn poll_notice(&mut self) -> Option<String> {
        None
    }

    /// What it has counted and measured, each with its name: lower case, words joined by `_`, the same for ever. What is not known yet is left out.
    fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        let _ = each;
    }

    /// Lets go of its sockets: it is not asked for anything any more.
    fn stop(&mut self, now: Time, stack: &mut Stack) {
        let _ = (now, stack);
    }
}
