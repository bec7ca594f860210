//! A scenario, run.

use core::time::Duration;

use super::build::{self, BuildError, Built, START};
use super::expect::{
    Atom, AtomKind, Expectation, Figure, LinkFigure, NodeFigure, Place, Unit, What, When, World,
};
use super::referee::Referee;
use super::report::{AppReport, Line, LinkReport, NodeReport, Report, Verdict};
use super::scenario::{Change, EventPlan, Way};
use super::{CableId, Machine, Net, NodeId, Scenario, Stuck, Watch};
use crate::link::Rate;
use crate::stack::neighbour::AddressChange;
use crate::stack::service::{self, errand::Errand};
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

    /// Looks at what has to hold up to some time, and, when all has happened that happens now, at what has to hold now.
    fn judge(&mut self, all_happened: bool) {
        let scenario = self.scenario;
        for (number, expectation) in scenario.expect.iter().enumerate() {
            if self.verdicts.get(number).is_none_or(Option::is_some) {
                continue;
            }
            match expectation.when {
                When::At(time) if all_happened && time <= self.now() => {
                    self.settle_verdict(number, expectation, false)
                }
                When::Within(time) if all_happened && time <= self.now() => {
                    self.settle_verdict(number, expectation, false)
                }
                When::Within(_) if !all_happened && self.is_worth_a_look(number, expectation) => {
                    self.settle_verdict(number, expectation, true)
                }
                _ => {}
            }
        }
    }

    /// What is to come within a time and is so before anything has happened would say nothing of what happens: it fails.
    fn judge_before(&mut self) {
        let scenario = self.scenario;
        for (number, expectation) in scenario.expect.iter().enumerate() {
            let What::Condition(condition) = &expectation.what else { continue };
            if !matches!(expectation.when, When::Within(_)) || condition.holds(self) != Some(true) {
                continue;
            }
            let found = vec![
                "it is so before anything has happened; write at 10s, or nothing for the end".to_owned(),
            ];
            let verdict =
                Verdict { expectation: expectation.text.clone(), holds: false, found, time: self.now() };
            self.verdicts.iter_mut().skip(number).take(1).for_each(|place| *place = Some(verdict.clone()));
        }
    }

    /// Whether an expectation can have come true since it was looked at last. What is said of frames is much work to look at; without another frame it stays as it is.
    fn is_worth_a_look(&mut self, number: usize, expectation: &Expectation) -> bool {
        let What::Frames(probe, _) = &expectation.what else { return true };
        let seen = self.net.watch.assertion(probe).map_or(0, |(_, seen)| seen);
        let Some(looked) = self.looked.get_mut(number) else { return false };
        core::mem::replace(looked, seen) != seen
    }

    /// How an expectation turned out; with `only_good` nothing yet if it does not hold.
    fn settle_verdict(&mut self, number: usize, expectation: &Expectation, only_good: bool) {
        let (holds, found) = self.look(expectation, only_good);
        if only_good && !holds {
            return;
        }
        let verdict = Verdict { expectation: expectation.text.clone(), holds, found, time: self.now() };
        if let Some(place) = self.verdicts.get_mut(number) {
            *place = Some(verdict);
        }
    }

    fn look(&self, expectation: &Expectation, only_good: bool) -> (bool, Vec<String>) {
        match &expectation.what {
            What::Condition(condition) => {
                let holds = condition.holds(self) == Some(true);
                let mut found = Vec::new();
                if holds || !only_good {
                    condition.found(self, &mut found);
                }
                (holds, found)
            }
            What::Frames(probe, _) => {
                let outcome = self.net.watch.assertion(probe).map(|(run, _)| run.outcome());
                outcome.map_or((false, Vec::new()), |outcome| {
                    let found = outcome.found.iter().map(|found| found.text.clone()).collect();
                    (outcome.holds, found)
                })
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

    fn errand(&self, app: usize) -> Option<&Errand> {
        let (node, id) = self.apps.get(app)?;
        self.net.nodes.get(node.0)?.host()?.get_at(*id)
    }

    fn app_reports(&self) -> Vec<AppReport> {
        let report = |(number, app): (usize, &super::scenario::AppPlan)| {
            let mut figures = Vec::new();
            if let Some(errand) = self.errand(number) {
                service::Service::figures(errand, &mut |name, figure| figures.push((name, figure)));
            }
            let node = self.scenario.nodes.get(app.on).map(|node| node.name.clone());
            AppReport { name: app.name.clone(), kind: app.kind(), node: node.unwrap_or_default(), figures }
        };
        self.scenario.apps.iter().enumerate().map(report).collect()
    }

    fn node_reports(&self) -> Vec<NodeReport> {
        let report = |((plan, machine), frames): ((&super::scenario::NodePlan, &Machine), &[u64; 2])| {
            let [sent, received] = *frames;
            let mut services = Vec::new();
            let own = |id| {
                self.apps.iter().any(|(node, app)| {
                    plan.name == self.scenario.nodes.get(node.0).map_or("", |node| node.name.as_str())
                        && *app == id
                })
            };
            if let Machine::Host(host) = machine {
                for (_, service) in host.services().filter(|(id, _)| !own(*id)) {
                    let mut figures = Vec::new();
                    service.figures(&mut |name, figure| figures.push((name, figure)));
                    services.push((service.name(), figures));
                }
            }
            let drops = match machine {
                Machine::Host(host) => {
                    host.stack.drops().iter().map(|(reason, count)| (reason.word(), count)).collect()
                }
                Machine::Switch(switch) => vec![("flooded", switch.flooded), ("filtered", switch.filtered)],
            };
            let kind = plan.kind.name();
            NodeReport { name: plan.name.clone(), kind, sent, received, drops, services }
        };
        let nodes = self.scenario.nodes.iter().zip(&self.net.nodes);
        nodes.zip(&self.net.watch.frames).map(report).collect()
    }

    fn link_reports(&self) -> Vec<LinkReport> {
        let report = |((number, plan), cable): (
            (usize, &super::scenario::LinkPlan),
            &crate::link::Cable<super::Carried>,
        )| {
            let ends = plan.ends.map(|(node, port)| {
                let node = self.scenario.nodes.get(node);
                let port = node.and_then(|node| node.ports.get(port)).map_or("", |port| port.name.as_str());
                format!("{}:{port}", node.map_or("", |node| node.name.as_str()))
            });
            let ways = cable.links.each_ref().map(|link| *link.counters());
            LinkReport {
                name: plan.name.clone(),
                ends,
                ways,
                rates: self.rates(number),
                is_cut: cable.is_cut(),
            }
        };
        self.scenario.links.iter().enumerate().zip(&self.net.cables).map(report).collect()
    }

    /// How fast both directions of a link are, if that never changes.
    fn rates(&self, link: usize) -> [Option<Rate>; 2] {
        let changes = |event: &EventPlan| matches!(event.change, Change::Link(changed, _) if changed == link);
        let steady = !self.scenario.events.iter().any(changes);
        let plan = self.scenario.links.get(link).filter(|_| steady);
        let rate = |way: &Way| way.config.rate.filter(|_| way.trace.is_none());
        plan.map_or([None, None], |plan| plan.ways.each_ref().map(rate))
    }

    /// A figure, as a number with what it is a number of.
    fn figure(&self, figure: &Figure) -> Result<service::Figure, String> {
        let count = service::Figure::Count;
        let unknown = |what: &str| format!("there is no {what}");
        match figure {
            Figure::App(app, name) => {
                let errand = self.errand(*app).ok_or_else(|| unknown("application"))?;
                errand.figure(name).ok_or_else(|| "it has not come to that".to_owned())
            }
            Figure::Service(node, service, name) => {
                let host =
                    self.net.nodes.get(*node).and_then(Machine::host).ok_or_else(|| unknown("host"))?;
                let mut known = Vec::new();
                for (_, running) in host.services().filter(|(_, running)| is_called(running.name(), service))
                {
                    let mut found = None;
                    running.figures(&mut |figure, value| {
                        known.push(figure);
                        if figure == name {
                            found = Some(value);
                        }
                    });
                    if let Some(found) = found {
                        return Ok(found);
                    }
                }
                let names = || {
                    host.services()
                        .map(|(_, running)| running.name().replace(' ', "-"))
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                Err(match known.is_empty() {
                    true => format!("no service {service} runs there; there are {}", names()),
                    false => format!("{service} has the figures {}", known.join(", ")),
                })
            }
            Figure::Node(node, figure) => {
                let machine = self.net.nodes.get(*node).ok_or_else(|| unknown("node"))?;
                let frames = self.net.watch.frames.get(*node).copied().unwrap_or_default();
                match (figure, machine) {
                    (NodeFigure::FramesSent, _) => Ok(count(frames[0])),
                    (NodeFigure::FramesReceived, _) => Ok(count(frames[1])),
                    (NodeFigure::Flooded, Machine::Switch(switch)) => Ok(count(switch.flooded)),
                    (NodeFigure::Filtered, Machine::Switch(switch)) => Ok(count(switch.filtered)),
                    (NodeFigure::Flooded | NodeFigure::Filtered, _) => {
                        Err("only switches have that".to_owned())
                    }
                    (_, Machine::Switch(_)) => Err("switches have no such thing".to_owned()),
                    (figure, Machine::Host(host)) => {
                        let stack = &host.stack;
                        Ok(count(match figure {
                            NodeFigure::Drops(None) => stack.drops().total(),
                            NodeFigure::Drops(Some(reason)) => stack.drops().of(*reason),
                            NodeFigure::Addresses => {
                                let on = stack.interfaces().iter().skip(1);
                                on.flat_map(|on| &on.addresses).filter(|address| address.is_usable()).count()
                                    as u64
                            }
                            NodeFigure::Routes => stack.routes().iter().count() as u64,
                            NodeFigure::Neighbours => stack.neighbours(self.net.now).count() as u64,
                            _ => stack.nat().map_or(0, |nat| nat.mappings().count() as u64),
                        }))
                    }
                }
            }
            Figure::Link(link, way, figure) => {
                let cable = self.net.cables.get(*link).ok_or_else(|| unknown("link"))?;
                let of = |side: usize| cable.links.get(side).map_or(0, |link| figure.of(link.counters()));
                let longest = matches!(figure, LinkFigure::QueuePackets | LinkFigure::QueueBytes);
                Ok(count(match way {
                    Some(side) => of(*side),
                    None if longest => of(0).max(of(1)),
                    None => of(0) + of(1),
                }))
            }
        }
    }

    fn said(&self, place: Place, words: &str) -> u64 {
        let name = |node: usize| self.scenario.nodes.get(node).map(|node| node.name.as_str());
        let is_there = |line: &&Line| match place {
            Place::App(app) => {
                let app = self.scenario.apps.get(app);
                app.is_some_and(|app| line.who == app.name && line.node.as_deref() == name(app.on))
            }
            Place::Node(node) | Place::Port(node, _) => line.node.as_deref() == name(node),
            Place::Link(link, _) => {
                let link = self.scenario.links.get(link);
                line.node.is_none()
                    && link.is_some_and(|link| line.text.starts_with(&format!("the link {} ", link.name)))
            }
        };
        self.timeline.iter().filter(is_there).filter(|line| line.text.contains(words)).count() as u64
    }

    fn atom(&self, atom: &Atom) -> Result<service::Figure, String> {
        let count = service::Figure::Count;
        match &atom.what {
            AtomKind::Figure(figure) => self.figure(figure),
            AtomKind::Count(probe) => Ok(count(self.net.watch.tally(probe).count)),
            AtomKind::First(probe) => {
                let first = self.net.watch.tally(probe).first;
                first
                    .map(|first| service::Figure::Time(first - START))
                    .ok_or_else(|| "there was none".to_owned())
            }
            AtomKind::Said(..) if self.unsaid > 0 => {
                Err(format!("the timeline keeps {LINES} sentences, there were more"))
            }
            AtomKind::Said(place, words) => Ok(count(self.said(*place, words))),
            AtomKind::Now => Ok(service::Figure::Time(self.now())),
        }
    }
}

impl World for Run<'_> {
    fn value(&self, atom: &Atom) -> Option<i128> {
        self.atom(atom).ok().map(number)
    }

    fn show(&self, atom: &Atom) -> Result<String, String> {
        self.atom(atom).map(|figure| figure.to_string())
    }
}

/// Whether a service is meant by a word: names of services may have spaces, and expectations have `-` for them.
fn is_called(service: &str, word: &str) -> bool {
    let sign = |sign: char| if sign == ' ' { '-' } else { sign };
    service.chars().map(sign).eq(word.chars())
}

fn number(figure: service::Figure) -> i128 {
    match figure {
        service::Figure::Count(number) | service::Figure::Bytes(number) | service::Figure::Rate(number) => {
            number.into()
        }
        service::Figure::Time(span) => i128::try_from(span.as_nanos()).unwrap_or(i128::MAX),
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
