//! How far a connection is that passes: the states of RFC 7857 section 2, which are those of RFC 6146 section 3.5.2.
//!
//! ```text
//!                 SYN                   SYN the other way
//!    (nothing) ─────────► Opening ──────────────────────► Established ◄─────────┐
//!        │                                                  │      │            │ anything
//!        │ no SYN, from inside                          FIN │      │ RST        │ but RST
//!        │                                                  ▼      ▼            │
//!        └──────────────────────────────────────► HalfClosed ──► Transitory ────┘
//!                                                           │
//!                                        FIN the other way  ▼
//!                                                         Closed ──► Opening with a SYN
//! ```

use crate::wire::tcp;

/// How far a connection is, seen from the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A SYN went one way.
    Opening {
        /// It came from inside.
        outward: bool,
    },
    /// SYNs went both ways.
    Established,
    /// A FIN went one way.
    HalfClosed {
        /// It came from inside.
        outward: bool,
    },
    /// FINs went both ways.
    Closed,
    /// It was reset, as far as one can tell, or it was open before there was a session: what goes on brings it back.
    Transitory,
}

/// The flags that count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub syn: bool,
    pub ack: bool,
    pub fin: bool,
    pub rst: bool,
}

impl Flags {
    pub(super) fn read(segment: &[u8]) -> Self {
        let is = |flag: Option<bool>| flag.unwrap_or(false);
        Self {
            syn: is(tcp::SYN.read(segment)),
            ack: is(tcp::ACK.read(segment)),
            fin: is(tcp::FIN.read(segment)),
            rst: is(tcp::RST.read(segment)),
        }
    }

    /// Whether it asks for a connection.
    pub(super) const fn opens(self) -> bool {
        self.syn && !self.ack && !self.rst
    }
}

impl State {
    /// What the first segment of a session makes of it.
    pub(super) const fn first(flags: Flags, outward: bool) -> Self {
        if flags.syn { Self::Opening { outward } } else { Self::Transitory }
    }

    /// What a segment makes of it.
    pub(super) const fn next(self, flags: Flags, outward: bool) -> Self {
        match self {
            Self::Opening { outward: from } if flags.syn && from != outward && !flags.rst => {
                Self::Established
            }
            Self::Opening { .. } => self,
            Self::Closed if flags.opens() => Self::Opening { outward },
            Self::Closed => self,
            _ if flags.rst => Self::Transitory,
            // A reset that nobody believed, or a new connection between the same ends.
            Self::Transitory if flags.opens() => Self::Opening { outward },
            Self::Transitory if flags.fin => Self::HalfClosed { outward },
            Self::Transitory => Self::Established,
            Self::Established if flags.fin => Self::HalfClosed { outward },
            Self::HalfClosed { outward: from } if flags.fin && from != outward => Self::Closed,
            same => same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYN: Flags = Flags { syn: true, ack: false, fin: false, rst: false };
    const SYN_ACK: Flags = Flags { ack: true, ..SYN };
    const ACK: Flags = Flags { syn: false, ..SYN_ACK };
    const FIN: Flags = Flags { fin: true, ..ACK };
    const RST: Flags = Flags { rst: true, ..ACK };

    fn after(steps: &[(Flags, bool)]) -> State {
        let (first, rest) = steps.split_first().unwrap();
        rest.iter()
            .fold(State::first(first.0, first.1), |state, (flags, outward)| state.next(*flags, *outward))
    }

    /// RFC 9293 figures 6, 7 and 12, seen from the middle; RFC 7857 section 2.2.
    #[test]
    fn the_states_of_rfc_6146() {
        let open = [(SYN, true), (SYN_ACK, false), (ACK, true)];
        assert_eq!(after(&open[..1]), State::Opening { outward: true });
        assert_eq!(after(&[(SYN, true), (SYN, true)]), State::Opening { outward: true });
        assert_eq!(after(&open), State::Established);
        assert_eq!(after(&[(SYN, true), (SYN, false)]), State::Established, "both at once");
        assert_eq!(after(&[(SYN, true), (RST, false)]), State::Opening { outward: true }, "refused");
        let close = [open.as_slice(), &[(FIN, false), (ACK, true)]].concat();
        assert_eq!(after(&close), State::HalfClosed { outward: false });
        assert_eq!(
            after(&[close.as_slice(), &[(FIN, false)]].concat()),
            State::HalfClosed { outward: false }
        );
        let closed = [close.as_slice(), &[(FIN, true), (ACK, false)]].concat();
        assert_eq!(after(&closed), State::Closed);
        assert_eq!(after(&[closed.as_slice(), &[(RST, false)]].concat()), State::Closed);
        assert_eq!(after(&[closed.as_slice(), &[(SYN, false)]].concat()), State::Opening { outward: false });
        let reset = [open.as_slice(), &[(RST, false)]].concat();
        assert_eq!(after(&reset), State::Transitory);
        assert_eq!(after(&[reset.as_slice(), &[(RST, false)]].concat()), State::Transitory);
        assert_eq!(after(&[reset.as_slice(), &[(ACK, true)]].concat()), State::Established, "it was forged");
        assert_eq!(after(&[(ACK, true)]), State::Transitory, "open before the router was");
    }
}
