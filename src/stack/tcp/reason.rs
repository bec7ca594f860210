//! Why a segment is sent.

use core::fmt;
use core::time::Duration;

/// Why a segment is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It opens a connection.
    Connect,
    /// It answers the opening of a connection.
    Accept,
    /// Data of the application, or its end.
    Data,
    /// The application has closed its side.
    Close,
    /// Data that is sent again.
    Retransmit {
        /// How the loss was found.
        by: Loss,
        /// How long ago it was sent last.
        sent_ago: Duration,
    },
    /// Data beyond the congestion window for a duplicate acknowledgment (RFC 3042).
    LimitedTransmit,
    /// The peer may have lost the tail of what was sent (RFC 8985 section 7).
    LossProbe,
    /// Has the closed window opened? (RFC 9293 section 3.8.6.1)
    WindowProbe {
        /// The number of the probe, from 1.
        attempt: u32,
    },
    /// Is the peer still there? (RFC 9293 section 3.8.4)
    KeepAlive {
        /// The number of the probe, from 1.
        attempt: u32,
    },
    /// An acknowledgment.
    Acknowledge(Ack),
    /// A connection ends at once.
    Reset(Reset),
}

/// How a loss was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// What was sent later has arrived, and a little time has gone by (RFC 8985).
    Rack,
    /// Three later segments have arrived (RFC 6675, 5681).
    Duplicates,
    /// An acknowledgment during recovery covered only a part (RFC 6582).
    Partial,
    /// No acknowledgment came in time.
    Timeout,
    /// The path turned out to carry smaller packets only.
    PathMtu,
}

/// Why something is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ack {
    /// At least two segments have come since the last.
    SecondSegment,
    /// The connection is young, or was idle: the peer shall grow its window.
    Quick,
    /// The time that it may wait is over.
    Delayed,
    /// The application has read all, and the segment was not full: there may be no second one.
    Read,
    /// The segment left a hole.
    OutOfOrder,
    /// The segment filled a hole, or a part of one.
    FilledHole,
    /// What the segment brought was there already.
    Duplicate,
    /// The peer has opened the connection.
    Opened,
    /// The peer has closed its side.
    Closed,
    /// The window is open again.
    Window,
    /// The segment does not lie in the window (RFC 9293 section 3.10.7.4).
    OutsideWindow,
    /// The segment was a probe of a closed window, or to keep the connection alive.
    Probed,
    /// A reset or SYN that may be forged (RFC 5961).
    Challenge,
    /// It acknowledges what cannot be (RFC 5961 section 5).
    ImpossibleAck,
    /// The segment's timestamp is old (RFC 7323 section 5).
    OldTimestamp,
    /// The segment was marked by a router (RFC 3168).
    Congestion,
}

/// Why a connection ends at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reset {
    /// There is no connection for the segment.
    NoConnection,
    /// The segment acknowledges what was not sent, while the connection is being made.
    BadAck,
    /// The application has aborted it.
    Abort,
    /// The application has closed it and not read everything.
    Unread,
    /// Data came that nobody can read any more.
    DataAfterClose,
    /// The peer does not answer.
    TimedOut,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("open the connection"),
            Self::Accept => f.write_str("accept the connection"),
            Self::Data => f.write_str("data"),
            Self::Close => f.write_str("close: the application sends no more"),
            Self::Retransmit { by, sent_ago } => {
                write!(f, "retransmit: {by}, sent {} ago", Span(*sent_ago))
            }
            Self::LimitedTransmit => f.write_str("data: limited transmit, for a duplicate acknowledgment"),
            Self::LossProbe => f.write_str("tail loss probe: no acknowledgment for a while"),
            Self::WindowProbe { attempt } => write!(f, "window probe {attempt}: has the window opened?"),
            Self::KeepAlive { attempt } => write!(f, "keep-alive {attempt}: is the peer still there?"),
            Self::Acknowledge(why) => write!(f, "acknowledge: {why}"),
            Self::Reset(why) => write!(f, "reset: {why}"),
        }
    }
}

/// Declares how the values of an enum are said.
macro_rules! said {
    ($Enum:ident { $($Name:ident => $text:literal,)* }) => {
        impl fmt::Display for $Enum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$Name => $text,)*
                })
            }
        }
    };
}

said! {
    Loss {
        Rack => "RACK",
        Duplicates => "three duplicates",
        Partial => "partial acknowledgment",
        Timeout => "timeout",
        PathMtu => "the path carries less",
    }
}

said! {
    Ack {
        SecondSegment => "two segments",
        Quick => "at once, the connection is young",
        Delayed => "delayed",
        Read => "all is read",
        OutOfOrder => "a segment is missing",
        FilledHole => "a hole is filled",
        Duplicate => "this is here already",
        Opened => "the connection is open",
        Closed => "the peer sends no more",
        Window => "the window has opened",
        OutsideWindow => "that lies outside the window",
        Probed => "an answer to a probe",
        Challenge => "was that you? (challenge)",
        ImpossibleAck => "that was not sent yet",
        OldTimestamp => "the timestamp is old",
        Congestion => "congestion was seen",
    }
}

said! {
    Reset {
        NoConnection => "there is no connection",
        BadAck => "that was not sent",
        Abort => "aborted by the application",
        Unread => "closed before everything was read",
        DataAfterClose => "data for nobody",
        TimedOut => "the peer does not answer",
    }
}

/// A span of time in the unit that suits it.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let microseconds = self.0.as_micros();
        match microseconds {
            0..10_000 => write!(f, "{microseconds} µs"),
            10_000..10_000_000 => write!(f, "{} ms", microseconds / 1000),
            _ => write!(f, "{} s", microseconds / 1_000_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why() {
        let reason = Reason::Retransmit { by: Loss::Rack, sent_ago: Duration::from_micros(132_400) };
        assert_eq!(reason.to_string(), "retransmit: RACK, sent 132 ms ago");
    }
}
