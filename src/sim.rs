//! Networks in virtual time.

mod net;
mod switch;
mod watch;

pub use net::{CableId, Carried, Net, NodeId, Port, Stuck};
pub use switch::Switch;
pub use watch::{Ended, Sent, Watch};
