//! A script is run: event after event, while the host's clock is set forward from one to the next.

mod calls;
mod flows;
mod packets;

use std::fmt::Write as _;
use std::time::Duration;

use super::code::Interpreter;
use super::flow::Flow;
use super::posix::{Posix, Waiting};
use super::report::{Failure, Report, Seconds, Verdict};
use super::script::{Action, Call, Event, Ip, Script, Span, When};
use super::settings::Settings;
use super::value::Scope;
use super::world::World;
use super::{Crossing, Stop, packet};
use crate::mistake::Mistake;

/// Events that a script can have, those of `repeat` counted as often as they happen.
const EVENTS: u64 = 100_000;
/// Bytes that can go over the line, since all of them are kept.
const BYTES: u64 = 256 << 20;
/// How long is waited for what may come at any time.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);
/// No script goes on for longer.
const LONGEST_SCRIPT: Duration = Duration::from_secs(100 * 366 * 86_400);
/// Packets that are shown of those that went before a failure.
const BEFORE: usize = 6;
/// Turns of the host at one instant: more of them is a host that goes round in circles.
const TURNS: u32 = 1_000_000;

/// What the script says is not so, or it cannot go on.
enum End {
    Stop(Stop),
    Fail(Box<Failure>),
}

impl From<Stop> for End {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<Mistake> for End {
    fn from(mistake: Mistake) -> Self {
        Self::Stop(Stop::Wrong(mistake))
    }
}

fn skip(span: Span, reason: impl Into<String>) -> End {
    End::Stop(Stop::Skip { span, reason: reason.into() })
}

/// A call that has not come back.
struct Blocked<'s> {
    call: &'s Call,
    waiting: Waiting,
    /// By when it has to, from and to.
    until: (Duration, Duration),
    spare: Duration,
}

/// A script on its way.
struct Run<'s, 'f> {
    settings: Settings,
    files: &'f mut dyn FnMut(&str) -> Option<String>,
    world: World,
    posix: Posix,
    scope: Scope,
    code: Interpreter,
    flows: Vec<Flow>,
    /// Those that were begun or named, the last one last: packets without ports are of that.
    named: Vec<usize>,
    /// How many crossings have been looked at for new flows.
    noticed: usize,
    blocked: Vec<Blocked<'s>>,
    /// What relative times count from.
    base: Duration,
    /// The time of the last event, as the script says it.
    said: Duration,
    /// Ports of peers that the script does not name.
    next_port: u16,
    events: u64,
    /// An application has written text: what is sent is not all zeros.
    has_text: bool,
    warnings: Vec<Failure>,
    talk: Vec<String>,
}

/// Runs a script. `files` reads the files of shell lines that it names.
pub(super) fn run(
    script: &Script,
    settings: &Settings,
    files: &mut dyn FnMut(&str) -> Option<String>,
) -> Report {
    let mut settings = settings.clone();
    if settings.dry_run {
        return Report::of(Verdict::Passed);
    }
    let world = match World::new(&settings) {
        Ok(world) => world,
        Err(error) => {
            let message = format!("there is no host with these addresses: {error}");
            return Report::of(Verdict::Wrong(Mistake::new(0..0, message)));
        }
    };
    let init = std::mem::take(&mut settings.init_scripts);
    let mut run = Run {
        posix: Posix::new(&settings),
        world,
        settings,
        files,
        scope: Scope::default(),
        code: Interpreter::default(),
        flows: Vec::new(),
        named: Vec::new(),
        noticed: 0,
        blocked: Vec::new(),
        base: Duration::ZERO,
        said: Duration::ZERO,
        next_port: 33_000,
        events: 0,
        has_text: false,
        warnings: Vec::new(),
        talk: Vec::new(),
    };
    let mut ended = Ok(());
    for path in &init {
        ended = ended.and_then(|()| run.shell(path, &(0..0)));
    }
    let ended = ended.and_then(|()| run.events(&script.events)).and_then(|()| run.finish());
    let verdict = match ended {
        Ok(()) => Verdict::Passed,
        Err(End::Fail(failure)) => Verdict::Failed(failure),
        Err(End::Stop(Stop::Skip { span, reason })) => Verdict::Skipped { span, reason },
        Err(End::Stop(Stop::Wrong(mistake))) => Verdict::Wrong(mistake),
    };
    let elapsed = run.world.elapsed();
    Report { verdict, warnings: run.warnings, talk: run.talk, crossings: run.world.crossings, elapsed }
}

impl<'s> Run<'s, '_> {
    fn events(&mut self, events: &'s [Event]) -> Result<(), End> {
        for event in events {
            self.events = self.events.saturating_add(1);
            if self.events > EVENTS {
                return Err(Mistake::new(event.span.clone(), format!("more than {EVENTS} events")).into());
            }
            self.event(event)?;
        }
        Ok(())
    }

    fn event(&mut self, event: &'s Event) -> Result<(), End> {
        match &event.action {
            Action::Inject(packet) => {
                self.reach(event)?;
                self.inject(packet)
            }
            Action::Expect(packet) => self.expect(event, packet),
            Action::ExpectNone { span, protocol } => {
                self.reach(event)?;
                self.expect_none(event, *span, *protocol)
            }
            Action::Call(call) => {
                self.reach(event)?;
                self.call(event, call)
            }
            Action::Shell(line) => {
                self.reach(event)?;
                self.shell(line, &event.span)
            }
            Action::Code(code) => {
                self.reach(event)?;
                self.code(code, &event.span)
            }
            Action::Let { name, value } => {
                let value = self.scope.evaluate(value)?;
                self.scope.set(name, value);
                Ok(())
            }
            Action::Repeat { count, name, events } => {
                let times = self.scope.evaluate(count)?;
                if times < 0 {
                    let message = format!("{times} times cannot be: it has to be 0 or more");
                    return Err(Mistake::new(count.span.clone(), message).into());
                }
                for turn in 0..times {
                    if let Some(name) = name {
                        self.scope.set(name, turn);
                    }
                    self.events(events)?;
                    if events.is_empty() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    /// The time of an event, from and to; `None` for any time.
    fn window(&mut self, event: &Event) -> Result<Option<(Duration, Duration)>, End> {
        let When::At { relative, from, to } = event.when else { return Ok(None) };
        if !relative && from < self.said {
            let message = format!("its time, {}, lies before that of the event before it", Seconds(from));
            return Err(Mistake::new(event.span.clone(), message).into());
        }
        let base = if relative { self.base } else { Duration::ZERO };
        self.said = base.saturating_add(from);
        if self.said > LONGEST_SCRIPT {
            return Err(Mistake::new(event.span.clone(), "a script lasts a hundred years at most").into());
        }
        Ok(Some((self.said, base.saturating_add(to))))
    }

    /// Sets the clock forward to the time of something that the script does.
    fn reach(&mut self, event: &Event) -> Result<(), End> {
        let Some((at, _)) = self.window(event)? else {
            return Err(Mistake::new(event.span.clone(), "only what the host sends can have any time").into());
        };
        // What was waited for may have come later than it was expected, as far as that is allowed: then this comes later too.
        let (at, now) = (at.max(self.world.elapsed()), at);
        if at > now.saturating_add(self.settings.tolerance(Duration::ZERO)) {
            let message = format!("its time, {}, has passed: it is {}", Seconds(now), Seconds(at));
            let failure = self.failure(event.span.clone(), message);
            self.wrong_call(failure)?;
        }
        let to = World::START + at;
        self.pass(|world| world.step_before(to))?;
        self.world.now = to;
        self.retry()?;
        self.base = at;
        self.world.behind = event.span.start;
        Ok(())
    }

    /// Lets the host go on as long as there is something to do in time.
    fn pass(&mut self, mut step: impl FnMut(&mut World) -> bool) -> Result<(), End> {
        while step(&mut self.world) {
            self.retry()?;
        }
        Ok(())
    }

    /// What goes on has bounds: what is kept of it, and how long nothing but turning goes on.
    fn bounded(&self) -> Result<(), End> {
        let here = self.world.behind..self.world.behind;
        if self.world.bytes > BYTES {
            return Err(Mistake::new(here, format!("more than {BYTES} bytes went over the line")).into());
        }
        if self.world.turns > TURNS {
            return Err(
                self.fail(here, "the host goes round in circles: it wants to be woken again and again")
            );
        }
        Ok(())
    }

    /// Something has happened: flows may have begun, calls that wait may go on.
    fn retry(&mut self) -> Result<(), End> {
        self.bounded()?;
        self.notice();
        let mut index = 0;
        while let Some(blocked) = self.blocked.get_mut(index) {
            let call = blocked.call;
            match self.posix.again(&mut self.world, &mut self.scope, call, &mut blocked.waiting)? {
                Some(outcome) => {
                    let blocked = self.blocked.remove(index);
                    self.came_back(&blocked, &outcome)?;
                    self.notice();
                    index = 0;
                }
                None => index = index.saturating_add(1),
            }
        }
        // Those that have a patience are to be asked again when it ends.
        let ends = self.blocked.iter().filter_map(|blocked| blocked.waiting.deadline);
        self.world.alarm = ends.filter(|end| *end > self.world.now).min();
        let now = self.world.elapsed();
        let is_late = |blocked: &Blocked<'_>| blocked.until.1.saturating_add(blocked.spare) < now;
        while let Some(late) = self.blocked.iter().position(is_late) {
            let Blocked { call, until: (from, to), .. } = self.blocked.remove(late);
            let when = if from == to {
                Seconds(from).to_string()
            } else {
                format!("{} to {}", Seconds(from), Seconds(to))
            };
            let message = format!(
                "`{}` has not come back: it was expected at {when}, and still waits at {}",
                call.name,
                Seconds(now)
            );
            let failure = self.failure(call.span.clone(), message);
            self.wrong_call(failure)?;
        }
        Ok(())
    }

    /// The script is at its end.
    fn finish(&mut self) -> Result<(), End> {
        if let Some(latest) =
            self.blocked.iter().map(|blocked| blocked.until.1.saturating_add(blocked.spare)).max()
        {
            let limit = World::START + latest;
            self.pass(|world| world.step(limit))?;
            self.world.now = self.world.now.max(limit + Duration::from_nanos(1));
            self.retry()?;
        }
        Ok(())
    }
}

/// What is said of what is wrong.
impl Run<'_, '_> {
    fn failure(&self, span: Span, message: String) -> Failure {
        let crossings = &self.world.crossings;
        let from = crossings.len().saturating_sub(BEFORE);
        let before = crossings.iter().skip(from).map(|crossing| self.line(crossing)).collect();
        Failure { span, message, before, ..Failure::default() }
    }

    /// A line about a packet that went over the line.
    fn line(&self, crossing: &Crossing) -> String {
        let (sign, sent) = if crossing.sent.is_some() { ('>', true) } else { ('<', false) };
        let packet = match packet::observe(&crossing.bytes, sent) {
            Some(seen) => {
                let mut packet = self.translated(&seen, sent).plain(&Ip::default());
                // Of several connections the ports say which.
                if self.flows.len() > 1 {
                    packet = packet.with_ports(self.ports(&seen), sent);
                }
                packet.to_string()
            }
            None => format!("{} bytes", crossing.bytes.len()),
        };
        let mut line = format!("{} {sign} {packet}", Seconds(crossing.at));
        if let Some(reason) = &crossing.sent {
            let _ = write!(line, "   // {reason}");
        }
        line
    }

    fn fail(&self, span: Span, message: impl Into<String>) -> End {
        End::Fail(Box::new(self.failure(span, message.into())))
    }

    fn wrong_packet(&mut self, failure: Failure) -> Result<(), End> {
        self.wrong(failure, self.settings.packets_are_not_fatal)
    }

    fn wrong_call(&mut self, failure: Failure) -> Result<(), End> {
        self.wrong(failure, self.settings.calls_are_not_fatal)
    }

    fn wrong(&mut self, failure: Failure, goes_on: bool) -> Result<(), End> {
        if goes_on {
            self.warnings.push(failure);
            return Ok(());
        }
        Err(End::Fail(Box::new(failure)))
    }
}
