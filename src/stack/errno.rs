//! Why a socket call failed, by the names that POSIX has for it.

use core::fmt;

/// Declares the errors: name, and what it means.
macro_rules! errors {
    ($($Name:ident, $text:literal;)*) => {
        /// Why a socket call failed: the errors of POSIX.1-2024 that a socket can give, by their names.
        ///
        /// ```
        /// use layercake::stack::Errno;
        ///
        /// assert_eq!(Errno::EADDRINUSE.to_string(), "EADDRINUSE: the address is in use");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Errno {
            $(#[doc = $text] $Name,)*
        }

        impl Errno {
            /// Its name: `EADDRINUSE`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Name => stringify!($Name),)*
                }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$Name => $text,)*
                }
            }
        }
    };
}

errors! {
    EACCES, "permission denied: broadcasts have to be allowed first";
    EADDRINUSE, "the address is in use";
    EADDRNOTAVAIL, "the address is not one of this host, or no port is free";
    EAFNOSUPPORT, "the address is of another family than the socket";
    EAGAIN, "nothing is there yet, or no room is left: try again later";
    EALREADY, "a connection is being made already";
    EBADF, "there is no such socket";
    ECONNABORTED, "the connection was aborted";
    ECONNREFUSED, "the connection was refused";
    ECONNRESET, "the connection was reset by the peer";
    EDESTADDRREQ, "no destination was given and the socket is not connected";
    EHOSTUNREACH, "no route to the host, or it does not answer";
    EINPROGRESS, "the connection is being made";
    EINVAL, "this cannot be asked of the socket in its state";
    EISCONN, "the socket is connected already";
    EMFILE, "too many sockets";
    EMSGSIZE, "the message is too long";
    ENETDOWN, "the interface is down";
    ENETUNREACH, "no route to the network";
    ENOBUFS, "no room is left in a queue";
    ENODEV, "there is no such interface";
    ENOPROTOOPT, "the host does not speak that protocol, or the socket has no such option";
    ENOTCONN, "the socket is not connected";
    EOPNOTSUPP, "this kind of socket cannot do that";
    EPIPE, "the socket was shut down for sending";
    EPROTO, "the peer broke the protocol";
    ETIMEDOUT, "the peer did not answer in time";
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.meaning())
    }
}

impl core::error::Error for Errno {}
