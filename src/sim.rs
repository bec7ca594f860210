//! Networks in virtual time: hosts, routers and switches, the cables between them, and what has to come of it.
//!
//! ```text
//!    Scenario     a text in TOML: nodes, links, applications, events, what is expected     (feature `sim`)
//!       │
//!    Run          the scenario while it runs  ──►  Report: verdicts, timeline, figures     (feature `sim`)
//!       │
//!    Net          nodes, cables, one queue of what happens next;  Watch: whoever looks on
//!       │
//!    Host, Switch │ Cable                     stack, link: what they are made of
//! ```
//!
//! - [`Net`]: any [`Node`](crate::stack::Node)s and [`Cable`](crate::link::Cable)s; what tests of a stack need, [`Net::pair`] above all.
//! - [`Scenario`], [`Run`], [`Report`]: a network out of a file, and what came of it.
//! - [`Preset`]: networks to begin with. [`import`]: labs of others as scenarios. [`ip`]: commands as people know them from ip(8).

#[cfg(feature = "sim")]
mod build;
#[cfg(feature = "sim")]
mod expect;
#[cfg(feature = "sim")]
pub mod import;
#[cfg(feature = "sim")]
pub mod ip;
mod log;
#[cfg(feature = "sim")]
mod machine;
mod net;
#[cfg(feature = "sim")]
pub mod output;
mod pair;
#[cfg(feature = "sim")]
pub mod preset;
#[cfg(feature = "sim")]
mod referee;
#[cfg(feature = "sim")]
mod report;
#[cfg(feature = "sim")]
mod run;
#[cfg(feature = "sim")]
mod scenario;
#[cfg(feature = "sim")]
mod sweep;
mod switch;
mod watch;

#[cfg(feature = "sim")]
pub use build::BuildError;
#[cfg(feature = "sim")]
pub use expect::Unit;
pub use log::{Entry, Log};
#[cfg(feature = "sim")]
pub use machine::Machine;
pub use net::{CableId, Carried, Net, NodeId, Port, Stuck};
#[cfg(feature = "sim")]
pub use preset::Preset;
#[cfg(feature = "sim")]
pub use report::{AppReport, Line, LinkReport, NodeReport, Report, Verdict};
#[cfg(feature = "sim")]
pub use run::{Run, RunError};
#[cfg(feature = "sim")]
pub use scenario::{BadScenario, Files, Scenario};
#[cfg(feature = "sim")]
pub use sweep::{Combination, Measured, SWEEP_SCHEMA, Statistics, Sweep, SweepReport};
pub use switch::Switch;
pub use watch::{Ended, Sent, Watch};

/// `20ms`, `1.5s`, `2min`, `1h`.
#[cfg(feature = "cli")]
pub(crate) use scenario::span as duration;
