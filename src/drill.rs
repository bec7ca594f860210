//! Scripts that say what goes into a host and what has to come out of it, and when: packet by packet, call by call, in virtual time.
mod constants;
mod posix;
pub mod script;
pub mod settings;
mod value;
mod world;

use script::Span;

use crate::mistake::Mistake;

pub use settings::{IpVersion, Settings};
pub use world::Crossing;
pub(crate) use world::World;

/// Why a script does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It needs something that there is not here.
    Skip {
        /// Where.
        span: Span,
        /// What is lacking.
        reason: String,
    },
    /// The script itself cannot be: it says what makes no sense.
    Wrong(Mistake),
}
