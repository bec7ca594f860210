//! What comes out of a run: captures, ground truth, reports for people and for programs, the tale of one message, tables of nodes.
//!
//! - [`Capture`]: pcapng, each frame as it was sent and as it arrived.
//! - [`Packets`]: what has become of each frame, as JSON.
//! - [`Tale`]: one message, told from layer to layer and from node to node.
//! - [`Run::show`](super::Run::show): addresses, routes, neighbours, translations, caches, sockets.
//! - `text`: a [`Report`](super::Report) as text. `json`: the same as JSON.

mod capture;
mod held;
mod json;
mod layers;
mod names;
mod packets;
mod show;
mod table;
mod text;

pub use capture::Capture;
pub use json::REPORT_SCHEMA;
pub use layers::Tale;
pub use names::Names;
pub use packets::{PACKET_SCHEMA, Packets};
pub use show::What;
pub(super) use table::{Table, WIDTH, wrap};
