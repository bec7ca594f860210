//! Messages on a connection: each with its length in front (RFC 1035 section 4.2.2, RFC 7766 section 8).

use alloc::vec;
use alloc::vec::Vec;

use crate::stack::{Errno, SocketId, Stack};
use crate::time::Time;

/// What has come on a connection and is no whole message yet, and what is to be sent on it.
#[derive(Debug, Default)]
pub(super) struct Stream {
    received: Vec<u8>,
    sending: Vec<u8>,
    /// The peer sends nothing more.
    pub ended: bool,
}

/// What is read at once.
const CHUNK: usize = 4096;

impl Stream {
    /// Puts a message in the queue; one that is too long for its length is left out.
    pub fn push(&mut self, message: &[u8]) {
        if let Ok(length) = u16::try_from(message.len()) {
            self.sending.extend(length.to_be_bytes());
            self.sending.extend(message);
        }
    }

    /// How many bytes wait to be sent.
    pub const fn waiting(&self) -> usize {
        self.sending.len()
    }

    /// Sends what can be sent.
    pub fn send(&mut self, now: Time, stack: &mut Stack, socket: SocketId) -> Result<(), Errno> {
        while !self.sending.is_empty() {
            match stack.send(now, socket, &self.sending) {
                Ok(sent) => drop(self.sending.drain(..sent.min(self.sending.len()))),
                Err(Errno::EAGAIN) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The next whole message; what is received is no more than that message and a piece of the next.
    pub fn receive(
        &mut self,
        now: Time,
        stack: &mut Stack,
        socket: SocketId,
    ) -> Result<Option<Vec<u8>>, Errno> {
        loop {
            if let Some((length, rest)) = self.received.split_first_chunk::<2>()
                && let Some(message) = rest.get(..usize::from(u16::from_be_bytes(*length)))
            {
                let message = message.to_vec();
                self.received.drain(..message.len().saturating_add(2));
                return Ok(Some(message));
            }
            let mut chunk = vec![0; CHUNK];
            match stack.recv(now, socket, &mut chunk) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(None);
                }
                Ok(length) => self.received.extend(chunk.iter().take(length)),
                Err(Errno::EAGAIN) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}
