//! Programs that do something by themselves: they begin at a time, need nobody to drive them, end, and say what came of it.
//!
//! | errand | what it does | its peer |
//! |---|---|---|
//! | [`Ping`] | asks for echoes of ICMP | any host |
//! | [`Traceroute`] | finds the routers on a path | any host |
//! | [`Probe`] | finds which ports are open | any host |
//! | [`Echo`] | asks for echoes of UDP | [`Small::echo`](super::Small::echo) |
//! | [`Source`] | sends numbered datagrams, evenly or in bursts | [`Listen`] |
//! | [`Say`] | sends messages, one call each | [`Listen`] |
//! | [`Bulk`] | sends by TCP as fast as it goes | [`Listen`] |
//! | [`Listen`] | takes what comes, or takes its time | [`Source`], [`Say`], [`Bulk`] |
//! | [`Request`] | asks again and again over one connection | [`Respond`] |
//! | [`Respond`] | answers so | [`Request`] |
//! | [`Lookup`] | finds what the domain name system knows of a name | a name server |
//! | [`Get`] | fetches a page | [`HttpServer`](super::http::HttpServer) |
//!
//! # Figures
//!
//! All have these, as far as they are known; the module of each says what it has besides.
//!
//! | figure | what it says |
//! |---|---|
//! | `bytes`, `sent_bytes` | what was taken by the program, and what it gave to the host |
//! | `errors` | calls that failed, ICMP errors, connections that broke |
//! | `began`, `connected`, `first`, `done` | when it began, its connection was open, the first byte or reply came, all was through; since [`Time::ZERO`] |
//! | `rtt_min`, `rtt_mean`, `rtt_max` | how long replies took |
//! | `rate` | `bytes` between the first time that some came and the last: goodput |

mod account;
mod asking;
mod bulk;
mod caller;
mod echo;
mod finder;
mod get;
mod listen;
mod logarithm;
mod lookup;
mod numbers;
mod pattern;
mod ping;
mod probe;
mod request;
mod respond;
mod say;
mod source;
mod tally;
mod traceroute;

pub use bulk::Bulk;
pub use echo::Echo;
pub use get::Get;
pub use listen::Listen;
pub use lookup::Lookup;
pub use pattern::Pattern;
pub use ping::Ping;
pub use probe::Probe;
pub use request::Request;
pub use respond::Respond;
pub use say::Say;
pub use source::Source;
pub use traceroute::{Method, Traceroute};

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt::Debug;
use core::net::IpAddr;
use core::time::Duration;

use super::{Figure, Service};
use crate::stack::{Address, AddressState, Errno, Event, Stack};
use crate::time::Time;
use account::Account;

/// What carries the bytes of an errand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Over {
    /// Datagrams.
    #[default]
    Udp,
    /// A connection.
    Tcp,
}

/// A program that does something by itself. Each kind is made by its own `at`.
///
/// ```
/// use core::time::Duration;
/// use layercake::link;
/// use layercake::sim::Net;
/// use layercake::stack::Config;
/// use layercake::stack::service::errand::{Errand, Ping};
/// use layercake::stack::service::{Figure, Service};
///
/// let wire = link::Config { delay: Duration::from_millis(10), ..link::Config::default() };
/// let mut net = Net::pair([Config::default(), Config::default()], [&wire, &wire], 1)?.with_services();
/// net.address(0, "192.0.2.1/24".parse()?)?;
/// net.address(1, "192.0.2.2/24".parse()?)?;
/// let ping = Ping { count: 3, ..Ping::new("192.0.2.2".parse()?) };
/// let id = net.start(0, ping.at(net.now + Duration::from_secs(1)))?;
/// net.run(Duration::from_secs(10))?;
///
/// let errand = net.nodes[0].get_at::<Errand>(id).unwrap();
/// assert_eq!(errand.figure("received"), Some(Figure::Count(3)));
/// assert_eq!(errand.figure("rtt_min"), Some(Figure::Time(Duration::from_millis(20))));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Errand {
    begin: Time,
    step: Step,
    account: Account,
    task: Box<dyn Task>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Early,
    /// It could begin, but the host has no address that it may use yet; it is looked again then.
    Held(Time),
    Going,
    Stopped,
}

/// What an errand does. Whatever it counts goes to the account.
trait Task: Any + Debug {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// With whom it has to do: the host needs an address of the same family first.
    fn peer(&self) -> Option<IpAddr> {
        None
    }

    /// Whether the host has what it takes.
    fn is_ready(&self, stack: &Stack) -> bool {
        self.peer().is_none_or(|peer| is_settled(stack, peer))
    }

    /// Its time has come.
    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account);

    /// Something has happened. Whether it was to one of its sockets.
    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool;

    /// When it is to be woken.
    fn due(&self) -> Option<Time> {
        None
    }

    /// Does what is due.
    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        let _ = (now, stack, account);
    }

    /// Reads what it was sent for.
    fn read(
        &mut self,
        now: Time,
        stack: &mut Stack,
        into: &mut [u8],
        account: &mut Account,
    ) -> Result<usize, Errno> {
        let _ = (now, stack, into, account);
        Err(Errno::EOPNOTSUPP)
    }

    /// What it has besides what all have.
    fn figures(&self, account: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        let _ = (account, each);
    }

    /// Lets go of its sockets.
    fn stop(&mut self, now: Time, stack: &mut Stack);
}

impl Errand {
    fn new(begin: Time, task: impl Task) -> Self {
        Self { begin, step: Step::Early, account: Account::default(), task: Box::new(task) }
    }

    /// Whether it is through. Errands that serve others never are for good: then it means that nobody is connected any more.
    pub const fn is_done(&self) -> bool {
        self.account.done.is_some()
    }

    /// What went wrong last, in a sentence.
    pub fn trouble(&self) -> Option<&str> {
        self.account.said.as_deref()
    }

    /// Reads what it was sent for into a place of at least one byte; gives back how many bytes, 0 at the end: the content that a [`Get`] with
    /// [`hold`](Get::hold) fetches, the addresses that a [`Lookup`] finds, one a line.
    ///
    /// # Errors
    /// [`Errno::EAGAIN`] if nothing is there yet, [`Errno::EPROTO`] if it has failed, [`Errno::EOPNOTSUPP`] of an errand that brings nothing.
    pub fn read(&mut self, now: Time, stack: &mut Stack, into: &mut [u8]) -> Result<usize, Errno> {
        self.task.read(now, stack, into, &mut self.account)
    }

    /// A figure by its name, if it is known.
    pub fn figure(&self, name: &str) -> Option<Figure> {
        let mut found = None;
        self.figures(&mut |known, figure| {
            if known == name {
                found = Some(figure);
            }
        });
        found
    }

    fn try_begin(&mut self, now: Time, stack: &mut Stack) {
        if !self.task.is_ready(stack) {
            if self.step == Step::Early {
                self.account.say("waits until the host has an address".into());
            }
            self.step = Step::Held(now + AGAIN);
            return;
        }
        self.step = Step::Going;
        self.account.began = Some(now);
        self.task.begin(now, stack, &mut self.account);
    }
}

/// What is to happen again and again happens at most once in a microsecond: otherwise time would not go on.
fn spaced(interval: Duration) -> Duration {
    interval.max(Duration::from_micros(1))
}

/// So often it is looked whether there is an address, besides when one is known to be there.
const AGAIN: Duration = Duration::from_millis(100);

/// The addresses of the host from which it can speak to another.
fn own(stack: &Stack, to: IpAddr) -> impl Iterator<Item = &Address> {
    stack.interfaces().iter().flat_map(|on| &on.addresses).filter(move |own| {
        let address = own.network.addr();
        address.is_ipv4() == to.is_ipv4() && address.is_loopback() == to.is_loopback()
    })
}

/// Whether one of them is not known to be the host's alone yet.
fn is_tentative(stack: &Stack, to: IpAddr) -> bool {
    own(stack, to).any(|own| own.state == AddressState::Tentative)
}

/// Whether there is one, and all are known to be the host's alone.
fn is_settled(stack: &Stack, to: IpAddr) -> bool {
    own(stack, to).any(Address::is_usable) && !is_tentative(stack, to)
}

impl Service for Errand {
    fn name(&self) -> &'static str {
        self.task.name()
    }

    fn start(&mut self, now: Time, stack: &mut Stack) -> Result<(), Errno> {
        self.on_deadline(now, stack);
        Ok(())
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        match self.step {
            Step::Going => self.task.on_event(now, stack, event, &mut self.account),
            // Other services may have to hear of the address first.
            Step::Held(_) if matches!(event, Event::Address(_)) => {
                self.step = Step::Held(now);
                false
            }
            _ => false,
        }
    }

    fn next_deadline(&self) -> Option<Time> {
        match self.step {
            Step::Early => Some(self.begin),
            Step::Going => self.task.due(),
            Step::Held(again) => Some(again),
            Step::Stopped => None,
        }
    }

    fn on_deadline(&mut self, now: Time, stack: &mut Stack) {
        match self.step {
            Step::Early if self.begin <= now => self.try_begin(now, stack),
            Step::Held(again) if again <= now => self.try_begin(now, stack),
            Step::Going if self.task.due().is_some_and(|due| due <= now) => {
                self.task.on_due(now, stack, &mut self.account);
            }
            _ => {}
        }
    }

    fn poll_notice(&mut self) -> Option<String> {
        self.account.notices.poll()
    }

    fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        let mut said = Vec::new();
        self.task.figures(&self.account, &mut |name, figure| {
            said.push(name);
            each(name, figure);
        });
        // What the task knows better is said once.
        self.account.figures(&mut |name, figure| {
            if !said.contains(&name) {
                each(name, figure);
            }
        });
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.step = Step::Stopped;
        self.task.stop(now, stack);
    }
}
