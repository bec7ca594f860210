//! A resolver: asks others, and remembers what they said.

mod exchange;
mod reading;
mod servers;
mod slist;
mod task;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::cache::{Cache, Known, Trust};
use super::front::{Client, Front, Listening};
use super::message::Query;
use super::{Answer, Clients, Domain};
use crate::names::{DnsRcode, DnsType};
use crate::stack::service::{Figure, Notices, Service};
use crate::stack::{Errno, Event, Stack};
use crate::time::Time;
use exchange::Exchanges;
use servers::Servers;
use task::{Task, Waiter};

/// Whom a resolver asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// Servers that find the answer, wherever it is: those of a provider. The first is asked first, until another has turned out to be faster.
    Servers(Vec<SocketAddr>),
    /// The servers of the root, by name and address; from there the resolver finds its way by itself.
    Root(Vec<(Domain, IpAddr)>),
}

/// How a resolver behaves, and how much it may keep and do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Whom it asks.
    pub upstream: Upstream,
    /// Where it takes questions of other hosts; `None`: it serves programs of its own host alone.
    pub listening: Option<Listening>,
    /// Who may ask it there, besides those programs.
    pub clients: Clients,
    /// After so long without an answer the next server is asked, sooner where a server of a zone is known to be fast; twice as long when all were
    /// asked once.
    pub timeout: Duration,
    /// Who has asked has no answer after so long: the question has failed.
    pub patience: Duration,
    /// How often all servers of a zone are asked before a question has failed.
    pub rounds: u32,
    /// Questions to servers for one question, at most, with all that has to be asked first.
    pub work: u32,
    /// Names of servers for whose addresses others have to be asked, at most, each for the one before.
    pub depth: usize,
    /// Aliases that lead from one name to another, at most.
    pub aliases: usize,
    /// Questions that wait for an answer, at most, of programs and of other hosts; those beyond fail at once.
    pub questions: usize,
    /// Sets of records that are remembered, at most; what was not asked for longest goes first.
    pub cache_entries: usize,
    /// Bytes that they take, at most.
    pub cache_bytes: usize,
    /// Nothing is remembered for longer, in seconds.
    pub longest: u32,
    /// Nor that there is nothing (RFC 2308 section 5).
    pub longest_nothing: u32,
    /// How long it is remembered that a question has failed, in seconds (RFC 9520 section 3.2: 1 to 300).
    pub failure: u32,
    /// The longest datagram that it takes, in bytes (RFC 6891 section 6.2.3).
    pub payload_size: u16,
    /// Names are asked for in letters of mixed case, which have to come back so: it makes answers harder to guess.
    pub mixed_case: bool,
}

impl Config {
    /// What is usual, for programs of this host alone.
    pub const fn new(upstream: Upstream) -> Self {
        Self {
            upstream,
            listening: None,
            clients: Clients::Near,
            timeout: Duration::from_millis(800),
            patience: Duration::from_secs(10),
            rounds: 8,
            work: 64,
            depth: 6,
            aliases: 12,
            questions: 1024,
            cache_entries: 16_384,
            cache_bytes: 8 << 20,
            longest: 86_400,
            longest_nothing: 10_800,
            failure: 5,
            payload_size: 1232,
            mixed_case: true,
        }
    }
}

/// A question of a program, to know its answer by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId(u64);

/// A question that is being seen to.
type TaskId = u64;

/// A resolver with a cache (RFC 1034 section 5, RFC 2308): a stub for the programs of its host, a forwarder where it listens, and a
/// recursive server where it begins at the root. It is one mechanism; [`Config::upstream`] and [`Config::listening`] make the difference.
///
/// | | [`Upstream::Servers`] | [`Upstream::Root`] |
/// |---|---|---|
/// | does not listen | a stub | a stub that needs nobody |
/// | listens | a forwarder, as on a home router | a recursive server |
///
/// A server's word is believed about names of the zone that it was asked for, and nothing else. A question goes out by a port and with a number
/// that cannot be foreseen, in letters of mixed case; whatever comes back otherwise is counted and ignored (RFC 5452). The same question is
/// asked once, however many want to know. Bounds are in [`Config`].
///
/// Programs ask with [`resolve`](Self::resolve) and take answers with [`poll_answer`](Self::poll_answer); [`DnsServer`](super::DnsServer) has an
/// example of that. A home router has this one:
///
/// ```
/// use layercake::stack::service::dns::{Listening, Resolver, Upstream, resolver};
/// use layercake::stack::{Config, Host, Stack};
/// use layercake::time::Time;
///
/// let provider = Upstream::Servers(vec!["198.51.100.1:53".parse()?, "198.51.100.2:53".parse()?]);
/// // The hosts of its own networks may ask it.
/// let listening = Some(Listening::default());
/// let config = resolver::Config { listening, ..resolver::Config::new(provider) };
/// Host::from(Stack::new(Config::default())).start(Time::ZERO, Resolver::new(config))?;
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Resolver {
    config: Config,
    cache: Cache,
    servers: Servers,
    exchanges: Exchanges,
    tasks: BTreeMap<TaskId, Task>,
    by_question: BTreeMap<(Domain, DnsType), TaskId>,
    due: BTreeSet<(Time, TaskId)>,
    /// Tasks that can go on.
    ready: VecDeque<TaskId>,
    numbers: u64,
    /// Waiters that are no tasks.
    waiting: usize,
    answers: VecDeque<(QueryId, Answer)>,
    front: Option<Front>,
    room: Vec<u8>,
    notices: Notices,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    questions: u64,
    from_cache: u64,
    joined: u64,
    refused: u64,
    failed: u64,
    silent: u64,
    unreachable: u64,
    lame: u64,
    ignored: u64,
}

/// One more.
const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

impl Resolver {
    /// A resolver that knows nothing yet.
    pub fn new(config: Config) -> Self {
        Self {
            cache: Cache::new(config.cache_entries, config.cache_bytes),
            front: config.listening.clone().map(|listening| Front::new(listening, config.clients.clone())),
            config,
            servers: Servers::default(),
            exchanges: Exchanges::new(),
            tasks: BTreeMap::new(),
            by_question: BTreeMap::new(),
            due: BTreeSet::new(),
            ready: VecDeque::new(),
            numbers: 0,
            waiting: 0,
            answers: VecDeque::new(),
            room: vec![0; usize::from(u16::MAX)],
            notices: Notices::default(),
            counts: Counts::default(),
        }
    }

    /// Asks for the records of a name. The answer comes by [`poll_answer`](Self::poll_answer), now if it is known, otherwise within
    /// [`Config::patience`]; one that could not be found has the result SERVFAIL.
    ///
    /// # Errors
    /// [`Errno::ENOBUFS`] if too many questions wait.
    pub fn resolve(
        &mut self,
        now: Time,
        stack: &mut Stack,
        name: &Domain,
        record_type: DnsType,
    ) -> Result<QueryId, Errno> {
        if self.waiting.saturating_add(self.answers.len()) >= self.config.questions {
            return Err(Errno::ENOBUFS);
        }
        self.numbers = self.numbers.wrapping_add(1);
        let query = QueryId(self.numbers);
        self.take(now, name.clone(), record_type, Waiter::Program(query));
        self.work(now, stack);
        Ok(query)
    }

    /// Asks others from now on, as when a provider's servers become known. What is known and what was asked already stays.
    pub fn set_upstream(&mut self, upstream: Upstream) {
        self.config.upstream = upstream;
    }

    /// The next answer to a question of a program.
    pub fn poll_answer(&mut self) -> Option<(QueryId, Answer)> {
        self.answers.pop_front()
    }

    /// All that it knows at that time, by name and type, a line for each: name, how many seconds it holds, type, and what that is.
    pub fn cached(&self, now: Time) -> impl Iterator<Item = String> + '_ {
        self.cache.iter(now).flat_map(|(name, of, trust, left, known)| {
            let words: Vec<String> = match known {
                Known::Records(set) => set.data().map(|data| format!("{} {data}", set.record_type)).collect(),
                Known::Nothing(_) => vec![format!("{of}: there is none")],
                Known::NoName(_) => vec!["there is no such name".into()],
                Known::Failure => vec![format!("{of}: it could not be found out")],
            };
            let referred = if trust == Trust::Referral { ", from a referral" } else { "" };
            words.into_iter().map(move |words| format!("{name} {} {words}{referred}", left.as_secs()))
        })
    }

    /// Takes a question of somebody outside.
    fn take(&mut self, now: Time, name: Domain, record_type: DnsType, waiter: Waiter) {
        count(&mut self.counts.questions);
        self.waiting = self.waiting.saturating_add(1);
        if self.by_question.contains_key(&(name.clone(), record_type)) {
            count(&mut self.counts.joined);
        }
        self.begin(now, (name, record_type), waiter, None);
    }

    /// Takes the questions that have come by the port.
    fn take_all(&mut self, now: Time, stack: &mut Stack) {
        while let Some((client, message)) = self.front.as_mut().and_then(Front::poll) {
            let Some(query) = Query::read(&message) else {
                if let Some(front) = &mut self.front {
                    front.forget(now, stack, &client);
                }
                continue;
            };
            match query.question() {
                // Who does not want others to be asked has nothing to ask here: there are no zones.
                Ok(_) if !query.recursion_desired() => {
                    self.refuse(now, stack, &client, &message, DnsRcode::REFUSED)
                }
                Ok(_) if self.waiting >= self.config.questions => {
                    self.refuse(now, stack, &client, &message, DnsRcode::SERV_FAIL);
                }
                Ok((name, record_type)) => {
                    self.take(now, name, record_type, Waiter::Client(Box::new((client, message))));
                }
                Err(rcode) => self.refuse(now, stack, &client, &message, rcode),
            }
        }
    }

    fn refuse(&mut self, now: Time, stack: &mut Stack, client: &Client, message: &[u8], rcode: DnsRcode) {
        count(&mut self.counts.refused);
        self.answer_client(now, stack, client, message, &Answer::empty(rcode));
    }

    fn answer_client(
        &mut self,
        now: Time,
        stack: &mut Stack,
        client: &Client,
        message: &[u8],
        answer: &Answer,
    ) {
        let (Some(front), Some(query)) = (&mut self.front, Query::read(message)) else { return };
        let payload = front.payload_size();
        let most = match client {
            Client::Datagram(..) => query.most(payload),
            Client::Stream(..) => self.room.len(),
        };
        let room = self.room.get_mut(..most).unwrap_or(&mut []);
        let message = query.answer(answer, true, payload, room);
        front.answer(now, stack, client, message);
    }

    /// Gives an answer to one who waits for it.
    fn tell(&mut self, now: Time, stack: &mut Stack, waiter: Waiter, answer: &Answer) {
        match waiter {
            Waiter::Task(task) => {
                if let Some(parent) = self.tasks.get_mut(&task) {
                    parent.found(answer.addresses());
                    self.ready.push_back(task);
                }
                return;
            }
            Waiter::Program(query) => self.answers.push_back((query, answer.clone())),
            Waiter::Client(waiting) => {
                let (client, message) = &*waiting;
                self.answer_client(now, stack, client, message, answer);
            }
        }
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// Does all that can be done now.
    fn work(&mut self, now: Time, stack: &mut Stack) {
        loop {
            self.take_all(now, stack);
            if let Some((task, question, outcome)) = self.exchanges.poll() {
                self.on_outcome(now, stack, task, &question, outcome);
            } else if let Some(task) = self.ready.pop_front() {
                self.go_on(now, stack, task);
            } else {
                break;
            }
        }
    }
}

impl Service for Resolver {
    fn name(&self) -> &'static str {
        "resolver"
    }

    fn start(&mut self, _: Time, stack: &mut Stack) -> Result<(), Errno> {
        self.front.as_mut().map_or(Ok(()), |front| front.start(stack))
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        let ours = self.exchanges.on_event(now, stack, event)
            || self.front.as_mut().is_some_and(|front| front.on_event(now, stack, event));
        self.work(now, stack);
        ours
    }

    fn next_deadline(&self) -> Option<Time> {
        let tasks = self.due.first().map(|(time, _)| *time);
        let front = self.front.as_ref().and_then(Front::next_deadline);
        [tasks, front, self.exchanges.next_deadline()].into_iter().flatten().min()
    }

    fn on_deadline(&mut self, now: Time, stack: &mut Stack) {
        self.exchanges.on_deadline(now, stack);
        while let Some((until, task)) = self.due.first().copied().filter(|(until, _)| *until <= now) {
            self.due.remove(&(until, task));
            self.expire(now, stack, task);
        }
        if let Some(front) = &mut self.front {
            front.on_deadline(now, stack);
        }
        self.work(now, stack);
    }

    fn poll_notice(&mut self) -> Option<String> {
        self.notices.poll()
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.exchanges.close(now, stack);
        if let Some(front) = &mut self.front {
            front.close(now, stack);
        }
    }

    fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        let (counts, exchanges) = (&self.counts, &self.exchanges);
        let (entries, bytes) = self.cache.amounts();
        each("questions", Figure::Count(counts.questions));
        each("answers_from_the_cache", Figure::Count(counts.from_cache));
        each("questions_that_joined_another", Figure::Count(counts.joined));
        each("questions_refused", Figure::Count(counts.refused));
        each("questions_beyond_the_bound", Figure::Count(self.front.as_ref().map_or(0, Front::refused)));
        each("questions_of_others", Figure::Count(self.front.as_ref().map_or(0, Front::strangers)));
        each("questions_that_failed", Figure::Count(counts.failed));
        each("datagrams_sent", Figure::Count(exchanges.datagrams));
        each("questions_over_tcp", Figure::Count(exchanges.over_tcp));
        each("servers_that_did_not_answer", Figure::Count(counts.silent));
        each("servers_that_cannot_be_reached", Figure::Count(counts.unreachable));
        each("servers_that_are_not_responsible", Figure::Count(counts.lame));
        each("messages_that_answer_nothing", Figure::Count(exchanges.wrong));
        each("records_that_are_not_believed", Figure::Count(counts.ignored));
        each("sets_in_the_cache", Figure::Count(entries as u64));
        each("bytes_in_the_cache", Figure::Bytes(bytes as u64));
    }
}
