//! A scenario, run: what happens when. `judge`: whether what was expected has come; `figures`: what expectations ask for; `tables`: what the report says of nodes and links.

mod figures;
mod judge;
mod tables;

use core::time::Duration;

use super::build::{self, BuildError, Built, START};
use super::expect::{Unit, When};
use super::referee::Referee;
use super::report::{Line, Report, Verdict};
use super::scenario::{Change, Way};
use super::{CableId, Machine, Net, NodeId, Scenario, Stuck, Watch};
use crate::stack::neighbour::AddressChange;
use crate::stack::service;
use crate::stack::{Event, Host, InterfaceId, ServiceId};
use crate::time::Time;

/// Things that happen before somebody is asked whether to go on.
const STEPS: u64 = 4_096;

/// Sentences of the timeline at most; those beyond are counted.
const LINES: usize = 100_000;

/// A scenario while it runs.
///
/// ```
/// use core::time::Duration;
/// use layercake::sim::{Run, Scenario};
///
/// let scenario: Scenario = std::fs::read_to_string("fixtures/scenarios/03-same-subnet.toml")?.parse()?;
/// let mut run = Run::new(&scenario)?;
/// run.until(Duration::from_millis(500))?;
/// let a = run.host("a").unwrap();
/// assert_eq!(a.stack.interfaces()[1].name, "eth0");
/// run.until(scenario.duration())?;
/// assert!(run.finish().passed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Run<'s> {
    scenario: &'s Scenario,
    net: Net<Machine, Referee<'s>>,
    apps: Vec<(NodeId, ServiceId)>,
    /// What each direction of each link is like now.
    ways: Vec<[&'s Way; 2]>,
    /// Until when rates that change with time are seen to.
    traced: Option<Time>,
    /// Things that have happened.
    steps: u64,
    /// It has begun.
    begun: bool,
    /// Events that were done.
    done: usize,
    timeline: Vec<Line>,
    /// Sentences that found no room.
    unsaid: u64,
    /// Of each expectation, how it turned out, once that is known.
    verdicts: Vec<Option<Verdict>>,
    /// Of each expectation about frames, how many were seen when it was looked at last.
    looked: Vec<u64>,
    stuck: Option<Stuck>,
    interrupted: bool,
}

impl<'s> Run<'s> {
    /// Sets up a network; nothing has happened yet.
    ///
    /// # Errors
    /// [`BuildError`] for what was not seen when the scenario was read.
    pub fn new(scenario: &'s Scenario) -> Result<Self, BuildError> {
        let Built { net, apps } = build::build(scenario, Referee::new(scenario))?;
        Ok(Self {
            scenario,
            net,
            apps,
            ways: scenario.links.iter().map(|link| link.ways.each_ref()).collect(),
            traced: None,
            steps: 0,
            begun: false,
            done: 0,
            timeline: Vec::new(),
            unsaid: 0,
            verdicts: vec![None; scenario.expect.len()],
            looked: vec![0; scenario.expect.len()],
            stuck: None,
            interrupted: false,
        })
    }

    /// Changes how many things may happen at one instant before that counts as standing still ([`Net::patience`]).
    pub const fn set_patience(&mut self, things: u64) {
        self.net.patience = things;
    }

    /// Shows every frame from now on to something that looks on.
    pub fn watch(&mut self, watcher: &'s mut dyn Watch) {
        self.net.watch.add(watcher);
    }

    /// How far it is.
    pub fn now(&self) -> Duration {
        self.net.now - START
    }

    /// The same as a time of the net.
    pub(super) const fn time(&self) -> Time {
        self.net.now
    }

    /// Frames that were sent so far.
    pub fn frames(&self) -> u64 {
        self.net.watch.sent
    }

    /// A host or router, by its name.
    pub fn host(&self, name: &str) -> Option<&Host> {
        self.net.nodes.get(self.scenario.node(name)?)?.host()
    }

    /// The nodes, as the scenario has them.
    pub(super) fn machines(&self) -> impl Iterator<Item = (&'s str, &Machine)> {
        self.scenario.nodes.iter().map(|node| node.name.as_str()).zip(&self.net.nodes)
    }

    /// That the end will come before all has happened.
    pub const fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// Goes on until so long after the beginning, or to the end of the scenario.
    ///
    /// # Errors
    /// [`Stuck`] if time does not go on. The report says so too.
    pub fn until(&mut self, time: Duration) -> Result<(), Stuck> {
        self.until_or(time, &mut |_| true)
    }

    /// The same for whoever may have enough of it before: after every few thousand things that have happened `go_on` is asked. In how many pieces a run is done makes no difference to
    /// what comes of it.
    ///
    /// # Errors
    /// [`Stuck`] if time does not go on.
    pub fn until_or(&mut self, time: Duration, go_on: &mut dyn FnMut(&Self) -> bool) -> Result<(), Stuck> {
        let until = START + time.min(self.scenario.duration);
        if !self.begun {
            self.begun = true;
            self.judge_before();
        }
        loop {
            self.act();
            self.net.settle();
            self.hear_all();
            let change = self.next_change();
            // What is changed from outside is changed before anything else happens at that time.
            let before =
                change.map_or(until, |change| until.min(Time::from_nanoseconds(change.nanoseconds() - 1)));
            let stop = self.next_look().map_or(before, |look| look.min(before));
            while let Some(node) = self.step(stop)? {
                self.hear(node);
                self.judge(false);
                self.steps = self.steps.wrapping_add(1);
                if self.steps.is_multiple_of(STEPS) && !go_on(self) {
                    return Ok(());
                }
            }
            self.net.advance_to(stop);
            self.judge(true);
            match change {
                Some(change) if change <= until && stop == before => self.net.advance_to(change),
                _ if stop >= until => return Ok(()),
                _ => {}
            }
        }
    }

    fn step(&mut self, stop: Time) -> Result<Option<NodeId>, Stuck> {
        let step = self.net.step(stop);
        if let Err(stuck) = &step {
            self.stuck = Some(stuck.clone());
        }
        step
    }

    /// When something is changed from outside next.
    fn next_change(&self) -> Option<Time> {
        let now = self.net.now;
        let event = self.scenario.events.get(self.done).map(|event| START + event.at);
        let rates = self.ways.iter().flatten().filter_map(|way| way.trace.as_ref()?.next_change(now));
        rates.chain(event).filter(|time| *time > now).min()
    }

    /// When an expectation has to be looked at next, behind all that happens at that time.
    fn next_look(&self) -> Option<Time> {
        let open = self.scenario.expect.iter().zip(&self.verdicts).filter(|(_, verdict)| verdict.is_none());
        let times = open.filter_map(|(expectation, _)| match expectation.when {
            When::At(time) | When::Within(time) => Some(START + time),
            When::End => None,
        });
        times.filter(|time| *time >= self.net.now).min()
    }

    /// Does what the scenario has for this time.
    fn act(&mut self) {
        let now = self.net.now;
        while let Some(event) = self.scenario.events.get(self.done).filter(|event| START + event.at <= now) {
            self.done += 1;
            self.say(None, "event", event.text.clone());
            match &event.change {
                Change::Cut(link) => self.net.set_cut(CableId(*link), true),
                Change::Mend(link) => self.net.set_cut(CableId(*link), false),
                Change::Link(link, ways) => {
                    self.net.watch.set_rules(*link, ways.each_ref().map(|way| way.rules.as_slice()));
                    if let Some(now) = self.ways.get_mut(*link) {
                        *now = ways.each_ref();
                    }
                    self.configure(*link);
                }
                Change::Ip(node, command) => {
                    let host = self.net.nodes.get_mut(*node).and_then(Machine::host_mut);
                    let Some(host) = host else { continue };
                    if let Err(error) = build::run(&mut host.stack, now, command) {
                        self.say(Some(NodeId(*node)), "event", format!("ip {command}: {error}"));
                    }
                }
            }
        }
        self.trace();
    }

    /// Makes both directions of a link what they are to be now.
    fn configure(&mut self, link: usize) {
        let now = self.net.now;
        let Some(ways) = self.ways.get(link).copied() else { return };
        let Some(cable) = self.net.cables.get_mut(link) else { return };
        for (link, way) in cable.links.iter_mut().zip(ways) {
            link.configure(now, &way.at(now));
        }
    }

    /// Sets the rates of links that change with time.
    fn trace(&mut self) {
        let now = self.net.now;
        let changes = |way: &&Way| {
            let next = |last| {
                way.trace
                    .as_ref()
                    .is_some_and(|trace| trace.next_change(last).is_some_and(|next| next <= now))
            };
            self.traced.is_some_and(next)
        };
        let changed =
            (0..).zip(&self.ways).filter(|(_, ways)| ways.iter().any(changes)).map(|(link, _)| link);
        let changed: Vec<usize> = changed.collect();
        self.traced = Some(now);
        for link in changed {
            self.configure(link);
        }
    }

    fn say(&mut self, node: Option<NodeId>, who: &str, text: String) {
        if self.timeline.len() >= LINES {
            self.unsaid += 1;
            return;
        }
        let node = node.and_then(|node| self.scenario.nodes.get(node.0)).map(|node| node.name.clone());
        self.timeline.push(Line { time: self.net.now - START, node, who: who.to_owned(), text });
    }

    fn hear_all(&mut self) {
        for node in 0..self.net.nodes.len() {
            self.hear(NodeId(node));
        }
    }

    /// Takes what the programs of a node have to say.
    fn hear(&mut self, node: NodeId) {
        let now = self.net.now;
        loop {
            let Some(host) = self.net.nodes.get_mut(node.0).and_then(Machine::host_mut) else { return };
            if let Some((id, name, text)) = host.poll_notice() {
                let app = self.apps.iter().position(|app| *app == (node, id));
                let who =
                    app.and_then(|app| self.scenario.apps.get(app)).map_or(name, |app| app.name.as_str());
                self.say(Some(node), who, text);
                continue;
            }
            match host.poll_event() {
                // That what a node was given can be used at once goes without saying.
                Some(Event::Address(event)) if event.change == AddressChange::Ready && now == START => {}
                Some(Event::Address(event)) => {
                    let name = name_of(host, event.interface);
                    let said = event.to_string().replacen(&event.interface.to_string(), &name, 1);
                    self.say(Some(node), "address", said);
                }
                Some(Event::Link { interface, up }) => {
                    let state = if up { "up" } else { "down" };
                    let name = name_of(host, interface);
                    self.say(Some(node), "link", format!("{name} is {state}"));
                }
                Some(_) => {}
                None => return,
            }
        }
    }

    /// The value of a measure, if it is known, and what it is a number of.
    pub(super) fn measured(&self, sum: &super::expect::Sum) -> Option<(i128, Unit)> {
        let unit = match sum {
            super::expect::Sum::Atom(atom) => Unit::of(self.atom(atom).ok()?),
            _ => Unit::Count,
        };
        sum.value(self).map(|value| (value, unit))
    }

    /// What came of it. What was expected for later has not come.
    pub fn finish(mut self) -> Report {
        let complete = self.now() >= self.scenario.duration;
        for (number, expectation) in self.scenario.expect.iter().enumerate() {
            if self.verdicts.get(number).is_some_and(Option::is_none) {
                self.settle_verdict(number, expectation, false);
                // What is expected for a time that the run has not come to, or the scenario has not, has not come.
                let judged = expectation.when == When::End && complete;
                if !judged && let Some(Some(verdict)) = self.verdicts.get_mut(number) {
                    verdict.holds = false;
                    let now = service::Figure::Time(verdict.time);
                    verdict.found.insert(0, format!("not decided: it ended at {now}"));
                }
            }
        }
        let fingerprint = self.net.watch.fingerprint();
        if let Some(expected) = self.scenario.fingerprint.filter(|_| complete) {
            let verdict = Verdict {
                expectation: format!("the fingerprint is {expected:016x}"),
                holds: expected == fingerprint,
                found: vec![format!("it is {fingerprint:016x}")],
                time: self.now(),
            };
            self.verdicts.push(Some(verdict));
        }
        Report {
            title: self.scenario.title.clone(),
            seed: self.scenario.seed,
            duration: self.scenario.duration,
            now: self.now(),
            interrupted: self.interrupted,
            stuck: self.stuck.as_ref().map(|stuck| {
                let node = self.scenario.nodes.get(stuck.node.0).map(|node| node.name.as_str());
                format!("{stuck}; that is {}", node.unwrap_or("?"))
            }),
            frames: self.net.watch.sent,
            fingerprint,
            apps: self.app_reports(),
            nodes: self.node_reports(),
            links: self.link_reports(),
            verdicts: self.verdicts.into_iter().flatten().collect(),
            timeline: self.timeline,
            unsaid: self.unsaid,
        }
    }
}

/// What an interface is called.
fn name_of(host: &Host, interface: InterfaceId) -> String {
    let found = host.stack.interfaces().get(usize::from(interface.0));
    found.map(|on| on.name.clone()).unwrap_or_default()
}

/// Why a scenario could not be run to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunError {
    /// It could not be set up.
    Build(BuildError),
    /// Time did not go on.
    Stuck(Stuck),
}

impl core::fmt::Display for RunError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Build(error) => error.fmt(f),
            Self::Stuck(stuck) => stuck.fmt(f),
        }
    }
}

impl core::error::Error for RunError {}

impl From<BuildError> for RunError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<Stuck> for RunError {
    fn from(stuck: Stuck) -> Self {
        Self::Stuck(stuck)
    }
}

impl Scenario {
    /// Runs it from its beginning to its end.
    ///
    /// # Errors
    /// If it cannot be set up, or time does not go on.
    pub fn run(&self) -> Result<Report, RunError> {
        let mut run = Run::new(self)?;
        run.until(self.duration)?;
        Ok(run.finish())
    }
}
