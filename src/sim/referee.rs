//! Looks at every frame of a run: does what the rules of links say, counts what expectations ask for, takes the fingerprint.

use core::hash::Hasher;

use siphasher::sip::SipHasher24;

use super::expect::{Phase, Place, Probe};
use super::scenario::{Action, Rule, Scenario};
use super::{Carried, Ended, Port, Sent, Watch, build};
use crate::assertion;
use crate::filter::{Filter, Origin};
use crate::link::{Event, Orders};
use crate::packet::{Decoder, Frame, Packet};
use crate::time::Time;

/// What sees every frame of a run.
pub(super) struct Referee<'s> {
    scenario: &'s Scenario,
    /// Of each link, of each direction: the rules, and how many frames have matched each.
    rules: Vec<[Vec<(&'s Rule, u64)>; 2]>,
    probes: Vec<(&'s Probe, Tally)>,
    assertions: Vec<(&'s Probe, assertion::Run<'s>, u64)>,
    fingerprint: SipHasher24,
    /// Of each node, frames that it sent, and that came to it.
    pub frames: Vec<[u64; 2]>,
    /// Frames in all.
    pub sent: u64,
    decoder: Decoder,
    watchers: Vec<&'s mut dyn Watch>,
}

impl core::fmt::Debug for Referee<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Referee").field("sent", &self.sent).finish_non_exhaustive()
    }
}

/// Frames that a probe has seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub count: u64,
    pub first: Option<Time>,
}

/// Something that has happened to a frame, as probes see it.
struct Seen<'a> {
    time: Time,
    number: u64,
    phase: Phase,
    port: Option<Port>,
    way: Option<(usize, usize)>,
    frame: &'a [u8],
}

impl<'s> Referee<'s> {
    pub fn new(scenario: &'s Scenario) -> Self {
        let mut referee = Self {
            scenario,
            rules: scenario
                .links
                .iter()
                .map(|link| link.ways.each_ref().map(|way| count(&way.rules)))
                .collect(),
            probes: Vec::new(),
            assertions: Vec::new(),
            // Whoever wants another scenario with the same fingerprint can have it: it tells runs apart, not liars.
            fingerprint: SipHasher24::new_with_keys(0, 0),
            frames: vec![[0; 2]; scenario.nodes.len()],
            sent: 0,
            decoder: Decoder::new(),
            watchers: Vec::new(),
        };
        for expectation in &scenario.expect {
            match &expectation.what {
                super::expect::What::Frames(probe, assertion) => {
                    referee.assertions.push((probe, assertion.run(), 0))
                }
                super::expect::What::Condition(_) => {
                    expectation.probes(&mut |probe| referee.probes.push((probe, Tally::default())));
                }
            }
        }
        for measure in scenario.sweep.iter().flat_map(|sweep| &sweep.measure) {
            measure.sum.counted(&mut |probe| referee.probes.push((probe, Tally::default())));
        }
        referee
    }

    /// One more that looks on.
    pub fn add(&mut self, watcher: &'s mut dyn Watch) {
        self.watchers.push(watcher);
    }

    /// Other rules for a link from now on: those that were there before go on counting.
    pub fn set_rules(&mut self, link: usize, rules: [&'s [Rule]; 2]) {
        if let Some(of) = self.rules.get_mut(link) {
            for (now, rules) in of.iter_mut().zip(rules) {
                // Rules are added behind those that are there; where some were taken away all count anew.
                let before: Vec<u64> = now.iter().map(|(_, count)| *count).collect();
                *now = count(rules);
                if rules.len() >= before.len() {
                    now.iter_mut().zip(before).for_each(|((_, count), before)| *count = before);
                }
            }
        }
    }

    /// What a probe has seen.
    pub fn tally(&self, probe: &Probe) -> Tally {
        let found = self.probes.iter().find(|(known, _)| core::ptr::eq(*known, probe));
        found.map(|(_, tally)| *tally).unwrap_or_default()
    }

    /// What an assertion has seen, and how many frames that were.
    pub fn assertion(&self, probe: &Probe) -> Option<(&assertion::Run<'s>, u64)> {
        let found = self.assertions.iter().find(|(known, ..)| core::ptr::eq(*known, probe));
        found.map(|(_, run, count)| (run, *count))
    }

    /// A number that two runs only have in common if all frames were the same, at the same times, with the same fate.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint.finish()
    }

    fn note(&mut self, time: Time, number: u64, what: u8, place: [u64; 2], frame: &[u8]) {
        for number in [time.nanoseconds(), number, what.into(), place[0], place[1], frame.len() as u64] {
            self.fingerprint.write(&number.to_le_bytes());
        }
        self.fingerprint.write(frame);
    }

    fn look(&mut self, seen: &Seen<'_>) {
        let Self { probes, assertions, decoder, scenario, .. } = self;
        if probes.is_empty() && assertions.is_empty() {
            return;
        }
        let mut packet: Option<Packet<&[u8]>> = None;
        let origin = Origin { number: Some(seen.number), time: Some(seen.time), ..Origin::default() };
        for (probe, tally) in probes {
            if !is_at(scenario, probe, seen) {
                continue;
            }
            let packet = packet.get_or_insert_with(|| decoder.packet(Frame::ethernet(seen.frame)));
            if probe.filter.as_ref().is_none_or(|filter| filter.matches_from(packet, &origin)) {
                tally.count += 1;
                tally.first.get_or_insert(seen.time);
            }
        }
        for (probe, run, count) in assertions {
            if is_at(scenario, probe, seen) {
                *count += 1;
                run.packet(
                    packet.get_or_insert_with(|| decoder.packet(Frame::ethernet(seen.frame))),
                    &origin,
                );
            }
        }
    }
}

fn count(rules: &[Rule]) -> Vec<(&Rule, u64)> {
    rules.iter().map(|rule| (rule, 0)).collect()
}

/// Whether something has happened where a probe looks.
fn is_at(scenario: &Scenario, probe: &Probe, seen: &Seen<'_>) -> bool {
    if probe.phase != seen.phase {
        return false;
    }
    match probe.place {
        Place::App(app) => {
            let on = scenario.apps.get(app).map(|app| app.on);
            seen.port.map(|(node, _)| node.0) == on
        }
        Place::Node(node) => seen.port.is_some_and(|(at, _)| at.0 == node),
        Place::Port(node, port) => {
            let plan = scenario.nodes.get(node);
            let interface = plan.map(|plan| build::interface(plan, port));
            seen.port.is_some_and(|(at, by)| at.0 == node && Some(by) == interface)
        }
        Place::Link(link, way) => {
            seen.way.is_some_and(|(on, direction)| on == link && way.is_none_or(|way| way == direction))
        }
    }
}

impl Watch for Referee<'_> {
    fn sent(&mut self, sent: &Sent<'_>) -> Orders {
        self.sent += 1;
        if let Some([out, _]) = self.frames.get_mut(sent.port.0.0) {
            *out += 1;
        }
        let place = [sent.port.0.0 as u64, sent.port.1.0.into()];
        self.note(sent.time, sent.number, 0, place, sent.frame);
        let way = sent.cable.map(|(cable, side)| (cable.0, side));
        let seen = Seen {
            time: sent.time,
            number: sent.number,
            phase: Phase::Sent,
            port: Some(sent.port),
            way,
            frame: sent.frame,
        };
        self.look(&seen);
        let mut orders = self.orders(&seen);
        for watcher in &mut self.watchers {
            let more = watcher.sent(sent);
            orders = Orders {
                lose: orders.lose | more.lose,
                corrupt: orders.corrupt | more.corrupt,
                duplicate: orders.duplicate | more.duplicate,
                delay: orders.delay.saturating_add(more.delay),
            };
        }
        orders
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        for watcher in &mut self.watchers {
            watcher.ended(ended);
        }
        let place = [ended.cable.0 as u64, ended.direction as u64];
        let way = Some((ended.cable.0, ended.direction));
        match ended.event {
            Event::Arrived(delivery) => {
                let Carried { number, frame, .. } = &delivery.frame;
                if let Some([_, came]) = ended.port.and_then(|(node, _)| self.frames.get_mut(node.0)) {
                    *came += 1;
                }
                self.note(delivery.time, *number, 1, place, frame);
                let phases = [
                    (Phase::Arrived, true),
                    (Phase::Corrupted, delivery.corrupted.is_some() && !delivery.copy),
                    (Phase::Duplicated, delivery.copy),
                ];
                for (phase, _) in phases.into_iter().filter(|(_, is_so)| *is_so) {
                    let (time, number) = (delivery.time, *number);
                    self.look(&Seen { time, number, phase, port: ended.port, way, frame });
                }
            }
            Event::Dropped(dropped) => {
                let Carried { number, frame, .. } = &dropped.frame;
                self.note(dropped.time, *number, 2, place, &[]);
                // What is lost is looked for where it came from.
                let link = self.scenario.links.get(ended.cable.0);
                let from = link.and_then(|link| link.ends.get(ended.direction)).and_then(|(node, port)| {
                    Some((super::NodeId(*node), build::interface(self.scenario.nodes.get(*node)?, *port)))
                });
                let (time, number) = (dropped.time, *number);
                self.look(&Seen { time, number, phase: Phase::Lost, port: from, way, frame });
            }
        }
    }
}

impl Referee<'_> {
    /// What the rules of a link say of a frame.
    fn orders(&mut self, seen: &Seen<'_>) -> Orders {
        let mut orders = Orders::default();
        let rules = seen.way.and_then(|(link, side)| self.rules.get_mut(link)?.get_mut(side));
        let Some(rules) = rules.filter(|rules| !rules.is_empty()) else { return orders };
        let packet = self.decoder.packet(Frame::ethernet(seen.frame));
        let origin = Origin { number: Some(seen.number), time: Some(seen.time), ..Origin::default() };
        let matches = |filter: &Filter| filter.matches_from(&packet, &origin);
        for (rule, count) in rules {
            if !matches(rule.filter()) {
                continue;
            }
            *count += 1;
            if rule.chooses(*count) {
                match rule.action {
                    Action::Lose => orders.lose = true,
                    Action::Corrupt => orders.corrupt = true,
                    Action::Duplicate => orders.duplicate = true,
                    Action::Delay(longer) => orders.delay = orders.delay.saturating_add(longer),
                }
            }
        }
        orders
    }
}
