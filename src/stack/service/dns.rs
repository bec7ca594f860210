//! The domain name system: zones, servers, resolvers. RFC 1034, 1035, 2181, 2308, 3596, 4592, 5452, 6891, 7766, 8020.

mod cache;
mod clients;
mod domain;
mod front;
mod message;
mod records;
pub mod resolver;
mod server;
mod stream;
mod zone;

pub use clients::Clients;
pub use domain::Domain;
pub use front::Listening;
pub use records::{Answer, RrSet};
pub use resolver::{QueryId, Resolver, Upstream};
pub use server::DnsServer;
pub use zone::{BadZone, Zone};
