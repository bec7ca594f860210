//! Which ports are taken, and which to take.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use super::{Kind, SocketId};
use crate::stack::Errno;
use crate::stack::secret::{Purpose, Secret};

/// Who has which port.
#[derive(Debug, Default)]
pub(crate) struct Ports {
    taken: BTreeMap<(Kind, u16), Vec<Holder>>,
    /// Counts the ports that were chosen (RFC 6056 section 3.3.3, `next_ephemeral`).
    chosen: u64,
}

/// A socket that has a port.
#[derive(Clone, Copy, Debug)]
struct Holder {
    socket: SocketId,
    address: IpAddr,
    reuse: bool,
    /// It is a connection, which takes only its pair of addresses and ports.
    connected: bool,
}

impl Holder {
    /// Whether another cannot have the port beside this one.
    fn excludes(&self, address: IpAddr, reuse: bool) -> bool {
        let same_family = self.address.is_ipv4() == address.is_ipv4();
        let overlaps = self.address == address || self.address.is_unspecified() || address.is_unspecified();
        same_family && overlaps && !(reuse && (self.reuse || self.connected))
    }
}

impl Ports {
    /// Takes a port.
    pub fn take(
        &mut self,
        socket: SocketId,
        kind: Kind,
        local: SocketAddr,
        reuse: bool,
    ) -> Result<(), Errno> {
        let holders = self.taken.entry((kind, local.port())).or_default();
        if holders.iter().any(|holder| holder.excludes(local.ip(), reuse)) {
            return Err(Errno::EADDRINUSE);
        }
        holders.push(Holder { socket, address: local.ip(), reuse, connected: false });
        Ok(())
    }

    /// A connection has a port, together with its listener.
    pub fn share(&mut self, socket: SocketId, local: SocketAddr) {
        let holder = Holder { socket, address: local.ip(), reuse: true, connected: true };
        self.taken.entry((Kind::Stream, local.port())).or_default().push(holder);
    }

    /// Gives a port back.
    pub fn release(&mut self, socket: SocketId, kind: Kind, local: Option<SocketAddr>) {
        let Some(local) = local else { return };
        if let Some(holders) = self.taken.get_mut(&(kind, local.port())) {
            holders.retain(|holder| holder.socket != socket);
            if holders.is_empty() {
                self.taken.remove(&(kind, local.port()));
            }
        }
    }

    /// The sockets that have a port.
    pub fn holders(&self, kind: Kind, port: u16) -> impl Iterator<Item = SocketId> + '_ {
        self.taken.get(&(kind, port)).into_iter().flatten().map(|holder| holder.socket)
    }

    /// Whether nobody has a port of an address.
    pub fn is_free(&self, kind: Kind, local: SocketAddr) -> bool {
        let holders = self.taken.get(&(kind, local.port()));
        holders.is_none_or(|holders| !holders.iter().any(|holder| holder.excludes(local.ip(), false)))
    }

    /// A free port (RFC 6056 section 3.3.3, "simple hash-based port selection"): those to different peers begin at different places, so
    /// that none can be guessed from another.
    pub fn ephemeral(
        &mut self,
        secret: Secret,
        kind: Kind,
        address: IpAddr,
        to: Option<SocketAddr>,
        (first, last): (u16, u16),
        free: impl Fn(u16) -> bool,
    ) -> Result<u16, Errno> {
        let count = u64::from(last.saturating_sub(first)).saturating_add(1);
        let peer = to.map_or([0; 3], words);
        let [a, b, c] = words(SocketAddr::new(address, 0));
        // Without a peer all would follow one upon the other: each begins somewhere else (section 3.3.1).
        let turn = if to.is_none() { self.chosen } else { 0 };
        let offset = secret.number(Purpose::Ports, &[a, b, c, peer[0], peer[1], peer[2], turn]) % count;
        for _ in 0..count {
            self.chosen = self.chosen.wrapping_add(1);
            let ahead = offset.wrapping_add(self.chosen) % count;
            let port = first.wrapping_add(u16::try_from(ahead).unwrap_or(0));
            if self.is_free(kind, SocketAddr::new(address, port)) && free(port) {
                return Ok(port);
            }
        }
        Err(Errno::EADDRNOTAVAIL)
    }
}

/// An address and port as numbers.
pub(crate) fn words(address: SocketAddr) -> [u64; 3] {
    let bits = match address.ip() {
        IpAddr::V4(ip) => u128::from(ip.to_bits()),
        IpAddr::V6(ip) => ip.to_bits(),
    };
    [(bits >> 64) as u64, bits as u64, u64::from(address.port())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_in_use_is_in_use() {
        let mut ports = Ports::default();
        let [a, b] = [0, 1].map(SocketId::of);
        assert_eq!(ports.take(a, Kind::Stream, at("10.0.0.1:80"), false), Ok(()));
        assert_eq!(ports.take(b, Kind::Stream, at("10.0.0.1:80"), false), Err(Errno::EADDRINUSE));
        assert_eq!(ports.take(b, Kind::Stream, at("0.0.0.0:80"), false), Err(Errno::EADDRINUSE));
        assert_eq!(ports.take(b, Kind::Stream, at("10.0.0.2:80"), false), Ok(()));
        assert_eq!(ports.take(b, Kind::Stream, at("[::]:80"), false), Ok(()));
        assert_eq!(ports.take(b, Kind::Datagram, at("10.0.0.1:80"), false), Ok(()));
        ports.release(a, Kind::Stream, Some(at("10.0.0.1:80")));
        assert_eq!(ports.take(b, Kind::Stream, at("10.0.0.1:80"), false), Ok(()));
    }

    #[test]
    fn a_port_is_found_until_all_are_taken() {
        let mut ports = Ports::default();
        let range = (50_000, 50_063);
        let mut taken = Vec::new();
        for n in 0..64 {
            let ip = "10.0.0.1".parse().unwrap();
            let port = ports.ephemeral(Secret::new(1), Kind::Datagram, ip, None, range, |_| true).unwrap();
            ports.take(SocketId::of(n), Kind::Datagram, SocketAddr::new(ip, port), false).unwrap();
            taken.push(port);
        }
        taken.sort_unstable();
        assert_eq!(taken, (50_000..=50_063).collect::<Vec<u16>>());
        let ip = "10.0.0.1".parse().unwrap();
        assert_eq!(
            ports.ephemeral(Secret::new(1), Kind::Datagram, ip, None, range, |_| true),
            Err(Errno::EADDRNOTAVAIL)
        );
    }
}
