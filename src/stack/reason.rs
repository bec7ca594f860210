//! Why a frame is sent.

use core::fmt;

use super::tcp;

/// Why a frame is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A fixed reason: `who has the address`.
    Because(&'static str),
    /// What an application asked for.
    Application,
    /// An echo request.
    Echo {
        /// Its sequence number.
        sequence: u16,
    },
    /// A segment of TCP.
    Tcp(tcp::Reason),
    /// It is not for this host, which is a router.
    Forwarded,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Because(text) => f.write_str(text),
            Self::Application => f.write_str("data of the application"),
            Self::Echo { sequence } => write!(f, "echo request {sequence}"),
            Self::Tcp(reason) => reason.fmt(f),
            Self::Forwarded => f.write_str("forwarded"),
        }
    }
}
