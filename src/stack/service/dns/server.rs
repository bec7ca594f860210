//! A server that is responsible for zones.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::front::{Client, Front, Listening};
use super::message::Query;
use super::zone::{look_up, zone_of};
use super::{Answer, Clients, Domain, Zone};
use crate::names::{DnsRcode, DnsType};
use crate::stack::service::{Figure, Notices, Service};
use crate::stack::{Errno, Event, Stack};
use crate::time::Time;

/// A server that answers what its zones say, whoever asks, and refuses everything else.
///
/// It does as RFC 1034 section 4.3.2 says: aliases are followed as far as its zones go, a question beyond a cut gets a referral, wildcards stand for what
/// does not exist. ANY gets all there is (RFC 8482 allows less), whole zones nobody gets (AXFR, IXFR: refused). Answers go out at once, so it
/// keeps nothing but connections, of which there are no more than [`Listening::connections`].
///
/// ```
/// use core::time::Duration;
/// use layercake::link;
/// use layercake::sim::Net;
/// use layercake::names::DnsType;
/// use layercake::stack::service::dns::{DnsServer, Resolver, Upstream, Zone, resolver};
/// use layercake::stack::Config;
///
/// let wire = link::Config::default();
/// let mut net = Net::pair([Config::default(), Config::default()], [&wire, &wire], 1)?.with_services();
/// net.address(0, "192.0.2.1/24".parse()?)?;
/// net.address(1, "192.0.2.53/24".parse()?)?;
///
/// let zone = "@ SOA ns admin 1 1d 2h 4w 1h\n  NS ns\nns A 192.0.2.53\nwww A 192.0.2.80\n";
/// net.start(1, DnsServer::new(vec![Zone::parse(zone, "lab")?]))?;
/// let upstream = Upstream::Servers(vec!["192.0.2.53:53".parse()?]);
/// net.start(0, Resolver::new(resolver::Config::new(upstream)))?;
///
/// let now = net.now;
/// let (stack, resolver) = net.nodes[0].with::<Resolver>().unwrap();
/// let question = resolver.resolve(now, stack, &"www.lab".parse()?, DnsType::A)?;
/// net.run(Duration::from_secs(1))?;
///
/// let (_, resolver) = net.nodes[0].with::<Resolver>().unwrap();
/// let (answered, answer) = resolver.poll_answer().unwrap();
/// assert_eq!(answered, question);
/// assert_eq!(answer.addresses().next(), Some("192.0.2.80".parse()?));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DnsServer {
    zones: Vec<Zone>,
    front: Front,
    room: Vec<u8>,
    notices: Notices,
    questions: u64,
    answered: u64,
    referred: u64,
    missing: u64,
    failed: u64,
    ignored: u64,
}

impl DnsServer {
    /// A server for these zones, on port 53. Of two with one name the last counts.
    pub fn new(zones: Vec<Zone>) -> Self {
        Self::listening(zones, Listening::default())
    }

    /// The same with other bounds, or on another port.
    pub fn listening(zones: Vec<Zone>, listening: Listening) -> Self {
        Self {
            zones,
            front: Front::new(listening, Clients::Everybody),
            room: vec![0; usize::from(u16::MAX)],
            notices: Notices::default(),
            questions: 0,
            answered: 0,
            referred: 0,
            missing: 0,
            failed: 0,
            ignored: 0,
        }
    }

    /// Its zones.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// What it says to a question.
    pub fn look_up(&self, name: &Domain, record_type: DnsType) -> Answer {
        look_up(&self.zones, name, record_type)
    }

    fn answer_all(&mut self, now: Time, stack: &mut Stack) {
        while let Some((client, message)) = self.front.poll() {
            let Some(query) = Query::read(&message) else {
                self.ignored = self.ignored.saturating_add(1);
                self.front.forget(now, stack, &client);
                continue;
            };
            self.questions = self.questions.saturating_add(1);
            let answer = match query.question() {
                Ok((name, record_type)) => self.look_up(&name, record_type),
                Err(rcode) => Answer::empty(rcode),
            };
            self.count(&answer);
            let payload = self.front.payload_size();
            let most = match client {
                Client::Datagram(..) => query.most(payload),
                Client::Stream(..) => self.room.len(),
            };
            let room = self.room.get_mut(..most).unwrap_or(&mut []);
            let message = query.answer(&answer, false, payload, room);
            self.front.answer(now, stack, &client, message);
        }
    }

    fn count(&mut self, answer: &Answer) {
        let counter = match answer.rcode {
            DnsRcode::NO_ERROR if !answer.authoritative => &mut self.referred,
            DnsRcode::NO_ERROR => &mut self.answered,
            DnsRcode::NX_DOMAIN => &mut self.missing,
            _ => &mut self.failed,
        };
        *counter = counter.saturating_add(1);
    }
}

impl Service for DnsServer {
    fn name(&self) -> &'static str {
        "dns"
    }

    fn start(&mut self, _: Time, stack: &mut Stack) -> Result<(), Errno> {
        for zone in &self.zones {
            let sets = zone.sets().count();
            self.notices.say(format!("serves the zone {} with {sets} sets of records", zone.origin()));
            if zone_of(&self.zones, zone.origin()).is_none_or(|used| !core::ptr::eq(used, zone)) {
                self.notices
                    .say(format!("another zone is called {} too, and is used in its place", zone.origin()));
            }
        }
        self.front.start(stack)
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        let ours = self.front.on_event(now, stack, event);
        self.answer_all(now, stack);
        ours
    }

    fn next_deadline(&self) -> Option<Time> {
        self.front.next_deadline()
    }

    fn on_deadline(&mut self, now: Time, stack: &mut Stack) {
        self.front.on_deadline(now, stack);
        self.answer_all(now, stack);
    }

    fn poll_notice(&mut self) -> Option<String> {
        self.notices.poll()
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.front.close(now, stack);
    }

    fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        each("questions", Figure::Count(self.questions));
        each("answers", Figure::Count(self.answered));
        each("referrals", Figure::Count(self.referred));
        each("names_that_do_not_exist", Figure::Count(self.missing));
        each("refused_or_wrong_questions", Figure::Count(self.failed));
        each("messages_that_are_no_questions", Figure::Count(self.ignored));
        each("questions_beyond_the_bound", Figure::Count(self.front.refused()));
    }
}
