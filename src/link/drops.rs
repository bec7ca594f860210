//! Why frames do not arrive, and how many.

use core::fmt;

/// Declares the reasons: name, the word it is counted under, what it means, and what more there is to say.
macro_rules! reasons {
    ($($Name:ident, $word:ident, $text:literal $(, $more:literal)?;)*) => {
        /// Why a frame was dropped.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $(
                #[doc = $text]
                $(#[doc = $more])?
                $Name,
            )*
        }

        impl Reason {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$Name),*];

            /// The word that it is counted under: `loss`.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$Name => stringify!($word),)*
                }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$Name => $text,)*
                }
            }
        }

        /// How many frames were dropped, by [`Reason`].
        ///
        /// ```
        /// use layercake::link::{Config, Link, Reason};
        /// use layercake::time::Time;
        ///
        /// let mut link = Link::new(&Config::default(), 1);
        /// link.cut(Time::ZERO);
        /// link.send(Time::ZERO, vec![0; 60]);
        /// let drops = link.counters().dropped;
        /// assert_eq!((drops.cut, drops.of(Reason::Cut), drops.total()), (1, 1, 1));
        /// assert_eq!(drops.iter().collect::<Vec<_>>(), [(Reason::Cut, 1)]);
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Drops {
            $(
                #[doc = concat!("[`Reason::", stringify!($Name), "`]: ", $text, ".")]
                pub $word: u64,
            )*
        }

        impl Drops {
            /// How many were dropped for this reason.
            pub const fn of(&self, reason: Reason) -> u64 {
                match reason {
                    $(Reason::$Name => self.$word,)*
                }
            }

            /// Counts one.
            pub(super) const fn count(&mut self, reason: Reason) {
                match reason {
                    $(Reason::$Name => self.$word += 1,)*
                }
            }
        }
    };
}

reasons! {
    Full, full, "the queue is full";
    Codel, codel, "frames wait too long (CoDel)";
    Red, red, "the queue is too long on average (RED)";
    Burst, burst, "the frame is longer than the token bucket's burst";
    Loss, loss, "lost on the wire", "by chance ([`Loss`](crate::link::Loss))";
    List, list, "on the list of frames to lose";
    Rule, rule, "lost by a rule", "that stands outside of the link ([`Orders::lose`](crate::link::Orders::lose))";
    Cut, cut, "the wire is cut", "([`Link::cut`](crate::link::Link::cut))";
    InFlight, in_flight, "too many frames are on the way", "([`Config::in_flight`](crate::link::Config::in_flight))";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning())
    }
}

impl Drops {
    /// How many were dropped for any reason.
    pub fn total(&self) -> u64 {
        Reason::ALL.iter().map(|reason| self.of(*reason)).sum()
    }

    /// The reasons that occurred, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, u64)> + '_ {
        Reason::ALL.iter().map(|reason| (*reason, self.of(*reason))).filter(|(_, count)| *count > 0)
    }
}
