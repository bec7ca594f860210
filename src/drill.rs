//! Scripts that say what goes into a host and what has to come out of it, and when: packet by packet, call by call, in virtual time.
//!
//! The language is that of packetdrill, and a little more: [docs/drill.md](https://docs.rs/crate/layercake/latest/source/docs/drill.md)
//! explains it line by line. The host is a [`Stack`](crate::stack::Stack), its clock is set forward to whatever comes next, and so a
//! script takes no longer than the computing, needs no rights, and ends the same way each time.
//!
//! ```
//! use layercake::drill::Drill;
//!
//! let report = Drill::new("
//!     0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
//!     +0 bind(3, ..., ...) = 0
//!     +0 listen(3, 1) = 0
//!     +0 < S 0:0(0) win 1000 <mss 1000>
//!     +0 > S. 0:0(0) ack 1 <mss 1460>
//!     +.1 < . 1:1(0) ack 1 win 1000
//!     +0 accept(3, ..., ...) = 4
//!     +0 write(4, ..., 300) = 300
//!     +0 > P. 1:301(300) ack 1
//! ")
//! .run();
//! assert!(report.passed(), "{report}");
//! ```
//!
//! | file | what of it |
//! |---|---|
//! | [`script`], `parse`, `show` | the language: what a script says, in and out |
//! | [`settings`], `shell` | what it runs with |
//! | `world` | a host, its line, its clock |
//! | `posix`, `value`, `constants` | calls of applications |
//! | `flow`, `packet`, `icmp` | packets, in the numbers of the script and of the wire |
//! | `compare` | what is expected beside what came |
//! | `code`, `info` | what has to hold of a connection |
//! | `run`, [`report`] | event after event, and what came of it |
//! | [`from`] | a script out of a capture |

mod code;
mod compare;
mod constants;
mod flow;
pub mod from;
mod icmp;
mod info;
mod packet;
mod parse;
mod posix;
pub mod report;
mod run;
pub mod script;
pub mod settings;
pub(crate) mod shell;
mod show;
mod value;
mod world;

use std::path::{Path, PathBuf};

use crate::mistake::Mistake;
use crate::packet::LinkType;
use script::{Script, Setting, Span};

pub use report::{Difference, Failure, Report, Verdict};
pub use settings::{IpVersion, Settings};
pub use world::Crossing;
pub(crate) use world::World;

/// The link type of the packets of a [`Report`]: IP without anything in front.
pub const LINK: LinkType = packet::LINK;

/// Why a script does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It needs something that there is not here.
    Skip {
        /// Where.
        span: Span,
        /// What is lacking.
        reason: String,
    },
    /// The script itself cannot be: it says what makes no sense.
    Wrong(Mistake),
}

/// A script that is to be run.
#[derive(Clone, Debug)]
pub struct Drill<'t> {
    text: &'t str,
    options: Vec<Setting>,
    directory: Option<PathBuf>,
}

impl<'t> Drill<'t> {
    /// A script.
    pub const fn new(text: &'t str) -> Self {
        Self { text, options: Vec::new(), directory: None }
    }

    /// Sets an option, as `--name=value` at the top of the script does, which this goes before: `ip_version`, `mtu`, `profile`, `define`.
    #[must_use]
    pub fn option(mut self, name: &str, value: &str) -> Self {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.options.push(Setting { name, value, span: 0..0 });
        self
    }

    /// Where the files of shell lines lie that the script names. Without one, no file is read.
    #[must_use]
    pub fn directory(mut self, path: &Path) -> Self {
        self.directory = Some(path.to_owned());
        self
    }

    /// Runs it.
    pub fn run(&self) -> Report {
        match self.prepare() {
            Ok((script, settings)) => {
                let lacking = script.options.iter().chain(&self.options).find_map(|option| {
                    Some(Verdict::Skipped { span: option.span.clone(), reason: Settings::lacks(option)? })
                });
                match lacking {
                    Some(verdict) => Report::of(verdict),
                    None => run::run(&script, &settings, &mut |name| self.file(name)),
                }
            }
            Err(mistake) => Report::of(Verdict::Wrong(mistake)),
        }
    }

    /// Reads it, and what it runs with.
    fn prepare(&self) -> Result<(Script, Settings), Mistake> {
        let mut given = Settings::default();
        self.options.iter().try_for_each(|option| given.take(option))?;
        let script = Script::parse(self.text, &given.defines)?;
        let mut settings = Settings::default();
        // A profile sets everything, so it goes before what else is set, wherever it stands.
        let all = || script.options.iter().chain(&self.options);
        all().filter(|option| option.name == "profile").try_for_each(|option| settings.take(option))?;
        all().filter(|option| option.name != "profile").try_for_each(|option| settings.take(option))?;
        Ok((script, settings))
    }

    /// A file of shell lines: one that lies where the script does, or beside it, and is not too long.
    fn file(&self, name: &str) -> Option<String> {
        let path = self.directory.as_ref()?.join(name);
        let short = std::fs::metadata(&path).ok()?.len() <= LONGEST_FILE;
        short.then(|| std::fs::read_to_string(path).ok()).flatten()
    }
}

/// The longest file of shell lines that is read, in bytes.
const LONGEST_FILE: u64 = 1 << 20;
