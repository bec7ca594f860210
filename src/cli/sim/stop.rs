//! Whoever waits: how far it is, and whether that is enough.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use crate::tap::Stop;

/// Looks whether somebody has had enough (Ctrl-C), and says on a terminal how far it is.
///
/// It looks at a clock for that, of which nothing gets into a run.
pub struct Watchman {
    #[cfg(target_os = "linux")]
    stop: Stop,
    terminal: bool,
    began: Instant,
    said: Option<Instant>,
    enough: bool,
}

/// How long nothing is said.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long there is between two sentences.
const PAUSE: Duration = Duration::from_millis(200);

impl Watchman {
    /// Begins to watch.
    pub fn new() -> Result<Self, super::Trouble> {
        Ok(Self {
            #[cfg(target_os = "linux")]
            stop: Stop::new().map_err(|error| format!("signals cannot be waited for: {error}"))?,
            terminal: std::io::stderr().is_terminal(),
            began: Instant::now(),
            said: None,
            enough: false,
        })
    }

    /// Says how far it is, if somebody looks and it is time to.
    pub fn say(&mut self, how_far: impl FnOnce() -> String) {
        let waits = self.terminal && self.began.elapsed() >= PATIENCE;
        if waits && self.said.is_none_or(|said| said.elapsed() >= PAUSE) {
            self.said = Some(Instant::now());
            let _ = write!(std::io::stderr(), "\r\x1b[K{}", how_far());
        }
    }

    /// Whether somebody has had enough.
    pub fn has_enough(&mut self) -> bool {
        #[cfg(target_os = "linux")]
        {
            self.enough |= self.stop.came();
        }
        self.enough
    }

    /// Takes away what was said. From now on Ctrl-C ends the process.
    pub fn done(self) {
        if self.said.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
        #[cfg(target_os = "linux")]
        self.stop.release();
    }
}
