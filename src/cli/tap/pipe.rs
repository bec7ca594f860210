//! Standard output and standard error, written by a thread of its own: whoever reads them slowly does not hold up the host.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Something that is written to as fast as it takes it.
#[derive(Debug)]
pub struct Pipe {
    sender: Option<SyncSender<Vec<u8>>>,
    /// Pieces that were taken and are not written.
    waiting: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
    error: Arc<Mutex<Option<io::Error>>>,
}

/// Pieces that wait.
const WAITING: usize = 16;
/// How long the end is waited for when the host is done.
const PATIENCE: Duration = Duration::from_secs(1);

impl Pipe {
    /// Writes to this.
    pub fn new(output: impl Write + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(WAITING + 1);
        let error = Arc::new(Mutex::new(None));
        let failed = Arc::clone(&error);
        let waiting = Arc::new(AtomicUsize::new(0));
        let written = Arc::clone(&waiting);
        let thread = thread::spawn(move || {
            if let Err(error) = pass(output, &receiver, &written)
                && let Ok(mut place) = failed.lock()
            {
                *place = Some(error);
            }
        });
        Self { sender: Some(sender), waiting, thread: Some(thread), error }
    }

    /// Whether a piece would be taken.
    pub fn has_room(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) < WAITING
    }

    /// Takes a piece. `false` if there is no room for it now.
    ///
    /// # Errors
    /// What a piece before it could not be written for.
    pub fn give(&self, piece: &[u8]) -> io::Result<bool> {
        if let Some(error) = self.error.lock().ok().and_then(|mut error| error.take()) {
            return Err(error);
        }
        let Some(sender) = &self.sender else { return Ok(false) };
        self.waiting.fetch_add(1, Ordering::Relaxed);
        match sender.try_send(piece.to_vec()) {
            Ok(()) => Ok(true),
            Err(TrySendError::Full(_)) => {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                Ok(false)
            }
            // The thread has ended, and will have said why.
            Err(TrySendError::Disconnected(_)) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Waits until all is written, but not for ever.
    ///
    /// # Errors
    /// What something could not be written for.
    pub fn finish(&mut self, patience: Option<Duration>) -> io::Result<()> {
        self.sender = None;
        let end = patience.map(|patience| Instant::now() + patience);
        if let Some(thread) = self.thread.take() {
            while !thread.is_finished() && end.is_none_or(|end| Instant::now() < end) {
                thread::sleep(Duration::from_millis(1));
            }
        }
        self.error.lock().ok().and_then(|mut error| error.take()).map_or(Ok(()), Err)
    }
}

fn pass(mut output: impl Write, pieces: &Receiver<Vec<u8>>, waiting: &AtomicUsize) -> io::Result<()> {
    for piece in pieces {
        let written = output.write_all(&piece);
        waiting.fetch_sub(1, Ordering::Relaxed);
        written?;
    }
    output.flush()
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let _ = self.finish(Some(PATIENCE));
    }
}
