//! The sockets of a host under their numbers.

use alloc::vec::Vec;
use core::fmt;

use super::Socket;

/// The number of a socket. A number that was given back is not used for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId {
    place: u32,
    /// Which of those that have stood in this place.
    turn: u32,
}

impl SocketId {
    /// One number for both.
    #[cfg(feature = "services")]
    pub(crate) const fn number(self) -> u64 {
        (self.place as u64) << 32 | self.turn as u64
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "socket {}", self.place)?;
        if self.turn > 0 { write!(f, ".{}", self.turn) } else { Ok(()) }
    }
}

#[cfg(test)]
impl SocketId {
    pub(crate) fn of(place: u32) -> Self {
        Self { place, turn: 0 }
    }
}

/// Sockets, each in a place that is found at once.
#[derive(Debug, Default)]
pub(crate) struct Table {
    places: Vec<Place>,
    free: Vec<u32>,
}

/// A place for a socket.
#[derive(Debug, Default)]
struct Place {
    turn: u32,
    socket: Option<Socket>,
}

impl Table {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len().saturating_sub(self.free.len())
    }

    pub fn insert(&mut self, socket: Socket) -> SocketId {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place::default());
            self.places.len().saturating_sub(1) as u32
        });
        let mut turn = 0;
        if let Some(free) = self.places.get_mut(place as usize) {
            turn = free.turn;
            free.socket = Some(socket);
        }
        SocketId { place, turn }
    }

    /// All of them, in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = (SocketId, &Socket)> {
        let places = (0u32..).zip(&self.places);
        places.filter_map(|(place, of)| Some((SocketId { place, turn: of.turn }, of.socket.as_ref()?)))
    }

    pub fn get(&self, id: SocketId) -> Option<&Socket> {
        let place = self.places.get(id.place as usize)?;
        place.socket.as_ref().filter(|_| place.turn == id.turn)
    }

    pub fn get_mut(&mut self, id: SocketId) -> Option<&mut Socket> {
        let place = self.places.get_mut(id.place as usize)?;
        place.socket.as_mut().filter(|_| place.turn == id.turn)
    }

    pub fn remove(&mut self, id: SocketId) -> Option<Socket> {
        let place = self.places.get_mut(id.place as usize).filter(|place| place.turn == id.turn)?;
        let socket = place.socket.take()?;
        place.turn = place.turn.wrapping_add(1);
        self.free.push(id.place);
        Some(socket)
    }
}
