//! Calls of applications, lines for a shell, and what has to hold.

use std::ops::Range;
use std::time::Duration;

use super::{Blocked, End, LONGEST, Run, skip};
use crate::drill::code::{Known, Problem};
use crate::drill::flow::Flow;
use crate::drill::posix::{Outcome, Progress, Waiting};
use crate::drill::report::Failure;
use crate::drill::script::{Call, Event, Expr, ExprKind, Protocol, Span, When};
use crate::drill::shell::{self, Change};
use crate::drill::{constants, info};
use crate::mistake::Mistake;
use crate::stack::{SocketId, tcp};

/// Lines that code can print.
const TALK: usize = 1000;

impl<'s> Run<'s, '_> {
    pub(super) fn call(&mut self, event: &Event, call: &'s Call) -> Result<(), End> {
        let started = self.world.elapsed();
        let behind = match event.when {
            When::At { relative: true, from, .. } => from,
            _ => Duration::ZERO,
        };
        let until = call.until.map(|until| match until {
            When::At { relative, from, to } => {
                // Its end counts from where its beginning does.
                let base = if relative { started.saturating_sub(behind) } else { Duration::ZERO };
                Ok((base.saturating_add(from), base.saturating_add(to)))
            }
            When::Any => Err(Mistake::new(call.span.clone(), "a call comes back at a time, or by one")),
        });
        let until = until.transpose()?;
        // A word that is no error is wrong whatever the call gives.
        if let Some((name, span)) =
            call.errno.as_ref().filter(|(name, _)| constants::errno_named(name).is_none())
        {
            return Err(match constants::lookup(name, span) {
                Err(mistake) => mistake.into(),
                Ok(_) => Mistake::new(span.clone(), format!("there is no error called `{name}`")).into(),
            });
        }
        let writes = matches!(call.name.as_str(), "write" | "writev" | "send" | "sendto" | "sendmsg");
        self.has_text |= writes && call.arguments.iter().any(has_text);
        let progress = self.posix.begin(&mut self.world, &mut self.scope, call)?;
        self.notice();
        self.describe();
        let spare =
            self.settings.tolerance(until.map_or(Duration::ZERO, |(from, _)| from.saturating_sub(started)));
        match (progress, until) {
            (Progress::Done(outcome), until) => {
                let until = until.unwrap_or((started, started));
                let waiting = Waiting::default();
                self.came_back(&Blocked { call, waiting, until, spare }, &outcome)
            }
            (Progress::Waits(waiting), Some(until)) => {
                self.blocked.push(Blocked { call, waiting, until, spare });
                self.retry()
            }
            (Progress::Waits(waiting), None) => self.wait(event, call, waiting),
        }
    }

    /// A call that may wait, and of which the script does not say when it comes back: nothing else happens until then.
    pub(super) fn wait(&mut self, event: &Event, call: &'s Call, mut waiting: Waiting) -> Result<(), End> {
        let limit = self.world.now + LONGEST;
        loop {
            let due = waiting.deadline.unwrap_or(limit).min(limit);
            let moved = self.world.step(due) || (waiting.deadline.is_some() && self.world.now < due);
            if let Some(deadline) =
                waiting.deadline.filter(|_| self.world.stack.next_deadline().is_none_or(|next| next > due))
            {
                self.world.now = self.world.now.max(deadline);
            }
            self.notice();
            if let Some(outcome) = self.posix.again(&mut self.world, &mut self.scope, call, &mut waiting)? {
                self.describe();
                self.base = self.world.elapsed();
                let now = (self.base, self.base);
                return self
                    .came_back(&Blocked { call, waiting, until: now, spare: Duration::ZERO }, &outcome);
            }
            if !moved {
                let message = format!(
                    "`{}` waits for something that does not happen; give it the time at which it comes back, as in `+0...0.2 {}(...)`",
                    call.name, call.name
                );
                return Err(self.fail(event.span.clone(), message));
            }
        }
    }

    /// A call is back: is what it gives what the script says?
    pub(super) fn came_back(&mut self, blocked: &Blocked<'_>, outcome: &Outcome) -> Result<(), End> {
        self.describe();
        let call = blocked.call;
        let now = self.world.elapsed();
        let expected = match &call.result.kind {
            ExprKind::Captured(name) => {
                self.scope.set(name, outcome.result);
                None
            }
            ExprKind::Ellipsis => None,
            _ => Some(self.scope.evaluate(&call.result)?),
        };
        let said = |result: i64, errno: Option<&str>| match errno {
            Some(errno) => format!("{result} {errno}"),
            None => result.to_string(),
        };
        let errno = call.errno.as_ref().and_then(|(name, _)| constants::errno_named(name));
        let wrong_errno = errno.is_some() && errno != outcome.errno;
        let mut failure = Failure::default();
        if let Some(expected) = expected
            && (expected != outcome.result || wrong_errno)
        {
            failure =
                self.failure(call.span.clone(), format!("`{}` has given back something else", call.name));
            failure.expected = said(expected, errno);
            failure.actual = said(outcome.result, outcome.errno);
        } else if let Some(first) = outcome.differences.first() {
            failure = self.failure(call.span.clone(), format!("`{}`: {first}", call.name));
        } else if now.saturating_add(blocked.spare) < blocked.until.0
            || now > blocked.until.1.saturating_add(blocked.spare)
        {
            let early = now < blocked.until.0;
            let word = if early { "early" } else { "late" };
            failure = self.failure(call.span.clone(), format!("`{}` has come back too {word}", call.name));
            failure.time = Some((blocked.until.0, blocked.until.1, now));
        }
        if failure.message.is_empty() { Ok(()) } else { self.wrong_call(failure) }
    }

    /// A line for a shell.
    pub(super) fn shell(&mut self, line: &str, span: &Span) -> Result<(), End> {
        let changes = shell::read(line, self.files).map_err(|reason| skip(span.clone(), reason))?;
        for change in changes {
            self.change(&change, span)?;
        }
        self.world.drain();
        self.retry()
    }

    pub(super) fn change(&mut self, change: &Change, span: &Span) -> Result<(), End> {
        let (now, interface) = (self.world.now, self.world.interface);
        let stack = &mut self.world.stack;
        match *change {
            Change::Tcp(name, ref value) => {
                if let Err(wrong) = stack.configure_tcp_default(|tcp| tcp.set(name, value)) {
                    return Err(skip(span.clone(), format!("that cannot be set here: {wrong}")));
                }
                // What a socket begins with is its own afterwards, as on Linux.
                let begins_with = ["receive-buffer", "receive-buffer-most", "send-buffer", "congestion"];
                for id in self.posix.sockets().filter(|_| !begins_with.contains(&name)) {
                    let _ = self.world.stack.configure_tcp(now, id, |tcp| tcp.set(name, value));
                }
            }
            Change::ReceiveMost(most) => stack.configure_tcp_default(|tcp| {
                tcp.receive_buffer_most = tcp.receive_buffer_most.max(most);
            }),
            Change::HopLimit(limit) => stack.set_hop_limit(limit),
            Change::FirstPort(first) => stack.set_ephemeral_ports((first, stack.ephemeral_ports().1)),
            Change::LastPort(last) => stack.set_ephemeral_ports((stack.ephemeral_ports().0, last)),
            Change::Mtu(mtu) => {
                if stack.set_mtu(interface, mtu).is_err() {
                    return Err(skip(span.clone(), format!("a line cannot have an MTU of {mtu}")));
                }
            }
            Change::Link(up) => drop(stack.set_link(now, interface, up)),
            Change::Wait(wait) if wait > LONGEST => {
                return Err(skip(span.clone(), "nobody waits here for more than 30 days"));
            }
            Change::Wait(span) => {
                let until = now + span;
                self.pass(|world| world.step_before(until))?;
                self.world.now = until;
                self.base = self.world.elapsed();
            }
        }
        Ok(())
    }

    /// What is known of a connection, also if it is over and the application has not let go of it.
    fn info(&self, flow: &Flow) -> Option<tcp::Info> {
        let stack = &self.world.stack;
        let between = |id: &SocketId| {
            stack.local_address(*id) == Ok(Some(flow.local)) && stack.peer_address(*id) == Ok(flow.remote)
        };
        let over = || self.posix.sockets().find(between).and_then(|id| stack.tcp_info(id).ok());
        stack.tcp_info_between(flow.local, flow.remote).or_else(over)
    }

    /// What has to hold.
    pub(super) fn code(&mut self, code: &str, span: &Span) -> Result<(), End> {
        let flow = self.current(Protocol::Tcp).and_then(|index| self.flows.get(index));
        let info = flow.and_then(|flow| self.info(flow));
        let (now, scope) = (self.world.now, &self.scope);
        let mut nobody = false;
        let mut look = |name: &str| {
            if let Some(value) = scope.get(name) {
                return Known::Value(value.into());
            }
            match info.as_ref().and_then(|known| info::value(name, known, now)) {
                Some(Ok(value)) => Known::Value(value.into()),
                Some(Err(reason)) => Known::Lacking(reason.to_owned()),
                None if info.is_none() && name.starts_with("tcpi_") => {
                    nobody = true;
                    Known::Lacking("there is no connection that could be asked".to_owned())
                }
                None => constants::value(name).map_or(Known::Unknown, |value| Known::Value(value.into())),
            }
        };
        // Within the event stand two signs in front of the code, behind its time.
        let inside = |at: &Range<usize>| {
            let begins = span.end.saturating_sub(code.len()).saturating_sub(2).max(span.start);
            begins.saturating_add(at.start)..begins.saturating_add(at.end)
        };
        let result = self.code.run(code, &mut look, &mut self.talk);
        self.talk.truncate(TALK);
        match result {
            Ok(()) => Ok(()),
            Err(Problem::Skip { reason, at }) if nobody => Err(self.fail(inside(&at), reason)),
            Err(Problem::Skip { reason, at }) => Err(skip(inside(&at), reason)),
            Err(Problem::Wrong { message, at }) => Err(Mistake::new(inside(&at), message).into()),
            Err(Problem::Fails { message, at, values }) => {
                let mut failure = self.failure(inside(&at), message);
                failure.actual = values
                    .iter()
                    .map(|(name, value)| format!("{name} = {value}"))
                    .collect::<Vec<_>>()
                    .join(", ");
                Err(End::Fail(Box::new(failure)))
            }
        }
    }
}

/// Whether text stands in an argument: bytes that are not zeros, perhaps.
fn has_text(argument: &Expr) -> bool {
    match &argument.kind {
        ExprKind::Text(_) => true,
        ExprKind::List(items) => items.iter().any(has_text),
        ExprKind::Record(entries) => entries.iter().any(|entry| has_text(&entry.value)),
        _ => false,
    }
}
