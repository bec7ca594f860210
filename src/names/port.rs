//! Which service a port stands for.

use super::IpProtocol;

mod system;
mod user;

/// The name that IANA gave to the service behind a port of UDP, TCP, DCCP or SCTP, if it is a system port (below 1024)
/// or a user port that is met often. It says what a port is meant for, not what is spoken there.
///
/// ```
/// use layercake::names::{IpProtocol, service};
///
/// assert_eq!(service(443, IpProtocol::TCP), Some("https"));
/// assert_eq!(service(520, IpProtocol::UDP), Some("router"));
/// assert_eq!(service(520, IpProtocol::TCP), Some("efs"));
/// assert_eq!(service(60000, IpProtocol::TCP), None);
/// ```
pub fn service(port: u16, transport: IpProtocol) -> Option<&'static str> {
    let table = if port < 1024 { system::SERVICES } else { user::SERVICES };
    let first = table.partition_point(|(other, ..)| *other < port);
    let mut rows = table.get(first..)?.iter().take_while(|(other, ..)| *other == port);
    rows.find(|(_, transports, _)| transports.contains(&transport.0)).map(|(.., name)| *name)
}
