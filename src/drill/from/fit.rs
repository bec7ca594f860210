//! A script is made to pass: it is run, and what the host did stands beside what the capture has.
//!
//! First the script only says what happens to the host; all that the host sends is put beside the captured packets, and both become lines.
//! Then it is run as it is. What expectations say has an effect (the peer echoes timestamps that they have told), so the host may go on in
//! another way: the lines up to there stay, and those behind are made again.

use std::collections::BTreeMap;
use std::time::Duration;

use super::NotWritten;
use super::beside::{self, Kept, Line, Ours};
use super::plan::{Deed, Plan, Step};
use super::view::segment;
use super::write::{Places, Sheet};
use crate::drill::script::{Body, Ip, Number, Traffic};
use crate::drill::{Drill, Failure, Report, Verdict, compare, packet};

/// A run that does not come further than the one before, so many times, is the end.
const PATIENCE: usize = 4;
/// Segments that come within such a time can be one that was cut.
const SOON: Duration = Duration::from_millis(1);
/// Runs, at most.
const MOST_RUNS: usize = 400;

/// What came of a call.
fn result(failure: &Failure) -> &str {
    if failure.actual.is_empty() { "-1 EAGAIN" } else { &failure.actual }
}

pub(super) struct Fitting {
    pub sheet: Sheet,
    pub plan: Plan,
    /// What reads would ask for if everything were there, by the number of the step.
    wanted: BTreeMap<usize, i64>,
    /// Reads that asked for more than there was.
    short: BTreeMap<usize, i64>,
    runs: usize,
}

impl Fitting {
    pub fn new(sheet: Sheet, plan: Plan) -> Self {
        let mut fitting = Self { sheet, plan, wanted: BTreeMap::new(), short: BTreeMap::new(), runs: 0 };
        fitting.settle_reads();
        fitting
    }

    fn settle_reads(&mut self) {
        let reads = self.sheet.steps.iter().enumerate().filter_map(|(index, step)| match step.deed {
            Deed::Read(bytes) => Some((index, bytes)),
            _ => None,
        });
        self.wanted = reads.collect();
        self.short.clear();
    }

    /// Runs the sheet, and makes its lines again until it passes.
    pub fn fit(&mut self) -> Result<(), NotWritten> {
        self.begin();
        let (mut reached, mut patience) = (0, PATIENCE);
        loop {
            self.play()?;
            let (text, places) = self.sheet.text(&self.sheet.lines, &self.plan.sent, None);
            let report = self.run(&text, false);
            let Verdict::Failed(failure) = &report.verdict else {
                return if report.passed() { Ok(()) } else { Err(self.stuck(&text, &report)) };
            };
            let line = places.line(failure.span.start).unwrap_or(0);
            patience = if line > reached { PATIENCE } else { patience.saturating_sub(1) };
            if patience == 0 || self.runs >= MOST_RUNS {
                return Err(self.stuck(&text, &report));
            }
            reached = reached.max(line);
            if let Some(Line::Step(step)) = self.sheet.lines.get(line) {
                let step = *step;
                if self.is_accept(step) {
                    self.accept_later(step);
                    continue;
                }
                self.sheet.results.insert(step, result(failure).to_owned());
            }
            self.sheet.lines.truncate(line);
        }
    }

    /// The lines as text, without what stands above them all.
    pub fn text(&self) -> String {
        self.sheet.text(&self.sheet.lines, &self.plan.sent, None).0
    }

    fn stuck(&self, text: &str, report: &Report) -> NotWritten {
        let at = report.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.get(..at).map_or(0, |before| before.matches('\n').count()).saturating_add(1);
        let said = text.lines().nth(line.saturating_sub(1)).unwrap_or("").to_owned();
        NotWritten::Stuck { line, said, report: report.to_string(), runs: self.runs }
    }

    /// Runs a text; it can go on where something is not so.
    fn run(&mut self, text: &str, goes_on: bool) -> Report {
        self.runs = self.runs.saturating_add(1);
        let drill = Drill::new(text);
        let drill = if goes_on {
            drill.option("non_fatal", "packet,syscall").option("tolerance_usecs", "0")
        } else {
            drill
        };
        drill.run()
    }

    /// The first packet of the host says where its numbers begin, and what its clock says: that has to be known before anything comes back.
    fn begin(&mut self) {
        let opens = |step: &Step| step.deed == Deed::Connect || step.deed.is_packet();
        let Some(first) = self.sheet.steps.iter().position(opens) else { return };
        let steps: Vec<Line> = (0..=first).map(Line::Step).collect();
        let (text, places) = self.sheet.text(&steps, &self.plan.sent, Some(0));
        let report = self.run(&text, true);
        let ours = self.ours(&report, &places);
        let is_begin = |ours: &&Ours| segment(&ours.packet).is_some_and(|tcp| tcp.flags.syn);
        let Some(begin) = ours.first().filter(is_begin) else { return };
        let kept = Kept::default();
        let mut lines =
            beside::beside(&self.sheet.steps, &kept, &self.plan.sent, std::slice::from_ref(begin));
        // The lines up to it, and no more of what was captured.
        let Some(place) = lines.iter().position(|line| matches!(line, Line::Expect(_))) else { return };
        lines.truncate(place.saturating_add(1));
        if lines.iter().filter(|line| matches!(line, Line::Step(_))).count() == steps.len() {
            self.sheet.lines = lines;
        }
    }

    /// Runs what is kept, and then the steps alone; makes lines of what the host sends.
    fn play(&mut self) -> Result<(), NotWritten> {
        loop {
            let lines = &self.sheet.lines;
            let known = Kept::of(lines, &self.sheet.steps);
            let rest = (known.steps..self.sheet.steps.len()).map(Line::Step);
            let bare: Vec<Line> = lines.iter().cloned().chain(rest).collect();
            let (text, places) = self.sheet.text(&bare, &self.plan.sent, Some(lines.len()));
            let report = self.run(&text, true);
            if !matches!(report.verdict, Verdict::Passed) {
                return Err(self.stuck(&text, &report));
            }
            let failures: BTreeMap<usize, String> = report
                .warnings
                .iter()
                .filter_map(|warning| match bare.get(places.line(warning.span.start)?)? {
                    Line::Step(step) if *step >= known.steps => Some((*step, result(warning).to_owned())),
                    _ => None,
                })
                .collect();
            if self.runs < MOST_RUNS && self.calls(&failures, known.steps) {
                continue;
            }
            let ours = self.ours(&report, &places);
            let ours = self.joined(ours.into_iter().skip(known.parts).collect());
            let made = beside::beside(&self.sheet.steps, &known, &self.plan.sent, &ours);
            self.sheet.lines.extend(made);
            beside::end(&mut self.sheet.lines, self.sheet.ends);
            return Ok(());
        }
    }

    /// Takes over what came of calls; whether others have to be made now.
    fn calls(&mut self, failures: &BTreeMap<usize, String>, from: usize) -> bool {
        if let Some(accept) = failures.keys().copied().find(|step| self.is_accept(*step)) {
            self.accept_later(accept);
            return true;
        }
        for (step, result) in failures {
            if !matches!(self.sheet.steps.get(*step).map(|step| &step.deed), Some(Deed::Read(_))) {
                self.sheet.results.insert(*step, result.clone());
            }
        }
        self.reads(failures, from)
    }

    fn is_accept(&self, step: usize) -> bool {
        self.sheet.steps.get(step).is_some_and(|step| step.deed == Deed::Accept)
    }

    /// The connection is not there yet: it is accepted when the next packet has come, or never.
    fn accept_later(&mut self, accept: usize) {
        let steps = &mut self.plan.steps;
        let later = steps.iter().skip(accept).position(|step| step.deed.is_packet());
        match later.map(|later| accept.saturating_add(later)).filter(|later| *later < steps.len()) {
            Some(later) => {
                let at = steps.get(later).map_or(Duration::ZERO, |step| step.at);
                let between: Vec<Step> = steps.drain(accept..=later).collect();
                // What the application does with the connection comes behind it.
                let (line, calls): (Vec<Step>, Vec<Step>) =
                    between.into_iter().partition(|step| step.deed.is_of_the_line());
                let calls = calls.into_iter().map(|step| Step { at, ..step });
                steps.splice(accept..accept, line.into_iter().chain(calls));
            }
            None => steps.retain(|step| step.deed.is_of_the_line()),
        }
        self.sheet.begin_again(&self.plan);
        self.settle_reads();
        self.begin();
    }

    /// What could not be read is read later, with what comes then.
    fn reads(&mut self, failures: &BTreeMap<usize, String>, from: usize) -> bool {
        let (mut changed, mut owed) = (false, 0i64);
        for (index, wanted) in &self.wanted {
            let Some(Step { deed: Deed::Read(asked), .. }) = self.sheet.steps.get_mut(*index) else {
                continue;
            };
            let all = wanted.saturating_add(owed);
            let failed = failures.get(index).filter(|_| *index >= from);
            let got = match failed {
                Some(result) => {
                    result.split(' ').next().and_then(|bytes| bytes.parse().ok()).unwrap_or(0i64).max(0)
                }
                None => *asked,
            };
            if got < *asked {
                (*asked, changed) = (got, true);
                self.short.insert(*index, got);
            } else if got < all && !self.short.contains_key(index) && *index >= from {
                (*asked, changed) = (all, true);
            }
            owed = all.saturating_sub(got.min(*asked)).max(0);
        }
        changed
    }

    /// What the host has sent in a run.
    fn ours(&self, report: &Report, places: &Places) -> Vec<Ours> {
        let mut origin = None;
        let mut all = Vec::new();
        for crossing in &report.crossings {
            let Some(reason) = &crossing.sent else { continue };
            let Some(seen) = packet::observe(&crossing.bytes, true) else { continue };
            let mut packet = seen.packet;
            let Body::Tcp(tcp) = &mut packet.body else { continue };
            if tcp.flags.syn {
                origin.get_or_insert(tcp.sequence.known().unwrap_or(0) as u32);
            }
            let origin = origin.unwrap_or(0);
            let to = |number: &mut Number| {
                *number = Number::is(i64::from((number.known().unwrap_or(0) as u32).wrapping_sub(origin)));
            };
            to(&mut tcp.sequence);
            to(&mut tcp.end);
            let ecn = match &packet.ip.traffic {
                Some(Traffic::Tos(tos)) => (tos.known().unwrap_or(0) & 3) as u8,
                _ => 0,
            };
            packet.ip = Ip { traffic: (ecn != 0).then_some(Traffic::Ecn(ecn)), ..Ip::default() };
            let behind = places.step(crossing.behind).unwrap_or(0);
            let why = reason.to_string();
            all.push(Ours { first: crossing.at, last: crossing.at, packet, parts: 1, behind, why });
        }
        all
    }

    /// Puts together what was captured as one segment, before a network card cut it.
    fn joined(&self, ours: Vec<Ours>) -> Vec<Ours> {
        let mut lengths: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for tcp in self.plan.sent.iter().filter_map(|sent| segment(&sent.packet)) {
            let (from, length) = (tcp.sequence.known().unwrap_or(0), tcp.length.known().unwrap_or(0));
            let known = lengths.entry(from).or_default();
            if !known.contains(&length) {
                known.push(length);
            }
        }
        // What is no longer than a segment was never cut.
        let full = self.plan.full();
        let mut all: Vec<Ours> = Vec::new();
        let mut rest = ours.as_slice();
        while let Some((first, others)) = rest.split_first() {
            let whole = segment(&first.packet).and_then(|tcp| {
                let (from, length) = (tcp.sequence.known()?, tcp.length.known()?);
                let longer = lengths.get(&from)?.iter().filter(|captured| **captured > full && length > 0);
                longer
                    .filter_map(|captured| join(first, others, length, *captured))
                    .max_by_key(|whole| whole.parts)
            });
            let whole = whole.unwrap_or_else(|| first.clone());
            rest = rest.get(whole.parts..).unwrap_or(&[]);
            all.push(whole);
        }
        all
    }
}

/// The segments that together are as long as a captured one.
fn join(first: &Ours, others: &[Ours], each: i64, wanted: i64) -> Option<Ours> {
    let mut whole = first.clone();
    let size = u64::try_from(each).ok()?;
    for next in others {
        let soon = next.last.saturating_sub(first.first) <= SOON;
        if next.behind != first.behind || !soon || !compare::join(&mut whole.packet, &next.packet, size) {
            return None;
        }
        whole.parts = whole.parts.saturating_add(1);
        whole.last = next.last;
        let length = segment(&whole.packet).and_then(|tcp| tcp.length.known())?;
        if length >= wanted {
            return (length == wanted).then_some(whole);
        }
    }
    None
}
