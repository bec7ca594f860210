//! A question on its way to an answer: the algorithm of RFC 1034 section 5.3.3.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use super::exchange::{Outcome, Question};
use super::reading::{self, Asked, Reading, Says};
use super::slist::{PORT, Slist};
use super::{QueryId, Resolver, TaskId, Upstream, count};
use crate::names::{DnsRcode, DnsType};
use crate::stack::Stack;
use crate::stack::service::dns::cache::{Known, Trust};
use crate::stack::service::dns::front::Client;
use crate::stack::service::dns::zone::minimum;
use crate::stack::service::dns::{Answer, Domain, RrSet};
use crate::time::Time;
use crate::wire::dns::Dns;

/// Who wants to know.
#[derive(Debug)]
pub(super) enum Waiter {
    Program(QueryId),
    Client(Box<(Client, Vec<u8>)>),
    /// Another question, which needs the address of a server.
    Task(TaskId),
}

/// A question that has no answer yet.
#[derive(Debug)]
pub(super) struct Task {
    question: (Domain, DnsType),
    /// The name that aliases lead to so far, and those aliases.
    name: Domain,
    aliases: Vec<RrSet>,
    /// Each with the time until which it waits, the first of all first.
    waiters: Vec<(Time, Waiter)>,
    /// The question for which this one is asked, in the end; it counts the work of all.
    root: TaskId,
    depth: usize,
    work: u32,
    until: Time,
    /// Whom to ask.
    slist: Option<Slist>,
    /// The address of a server is asked for first.
    waits_for: Option<TaskId>,
}

impl Task {
    /// Addresses of a server that was asked for.
    pub fn found(&mut self, addresses: impl Iterator<Item = IpAddr>) {
        self.waits_for = None;
        if let Some(slist) = &mut self.slist {
            addresses.for_each(|address| slist.add(SocketAddr::new(address, PORT)));
        }
    }

    /// Goes on with the name that an alias stands for. Whether it does: not in a circle, and not forever.
    fn follow(&mut self, alias: RrSet, most: usize) -> bool {
        let Some(target) = alias.alias() else { return false };
        self.aliases.push(alias);
        let known = self.aliases.iter().any(|alias| alias.name == target);
        self.name = target;
        self.slist = None;
        !known && self.aliases.len() <= most
    }
}

impl Resolver {
    /// Begins with a question, or joins it to one that is the same; `parent` is the question that needs it.
    pub(super) fn begin(
        &mut self,
        now: Time,
        question: (Domain, DnsType),
        waiter: Waiter,
        parent: Option<TaskId>,
    ) -> TaskId {
        let until = now + self.config.patience;
        if let Some(id) = self.by_question.get(&question).copied()
            && let Some(task) = self.tasks.get_mut(&id)
        {
            // From now on it is asked for its own sake, whatever becomes of the one that needed it.
            if !matches!(waiter, Waiter::Task(_)) && task.root != id {
                (task.root, task.depth, task.work) = (id, 0, 1);
            }
            task.waiters.push((until, waiter));
            return id;
        }
        self.numbers = self.numbers.wrapping_add(1);
        let id = self.numbers;
        let parent = parent.and_then(|parent| self.tasks.get(&parent));
        let task = Task {
            name: question.0.clone(),
            question: question.clone(),
            aliases: Vec::new(),
            waiters: vec![(until, waiter)],
            root: parent.map_or(id, |parent| parent.root),
            depth: parent.map_or(0, |parent| parent.depth.saturating_add(1)),
            work: 0,
            until,
            slist: None,
            waits_for: None,
        };
        self.due.insert((task.until, id));
        self.by_question.insert(question, id);
        self.tasks.insert(id, task);
        self.ready.push_back(id);
        id
    }

    /// Goes on with a question: what is known, or whom to ask.
    pub(super) fn go_on(&mut self, now: Time, stack: &mut Stack, id: TaskId) {
        loop {
            let Some(task) = self.tasks.get_mut(&id) else { return };
            let record_type = task.question.1;
            match self.cache.answer(now, &task.name, record_type) {
                Some(Known::Records(set)) if [set.record_type, DnsType::ANY].contains(&record_type) => {
                    return self.finish(now, stack, id, DnsRcode::NO_ERROR, vec![set], None);
                }
                Some(Known::Records(alias)) => {
                    if !task.follow(alias, self.config.aliases) {
                        return self.fail(now, stack, id, "aliases lead in a circle, or on and on");
                    }
                }
                Some(Known::Nothing(soa)) => {
                    return self.finish(now, stack, id, DnsRcode::NO_ERROR, Vec::new(), Some(soa));
                }
                Some(Known::NoName(soa)) => {
                    return self.finish(now, stack, id, DnsRcode::NX_DOMAIN, Vec::new(), Some(soa));
                }
                Some(Known::Failure) => return self.fail(now, stack, id, "it has failed a moment ago"),
                None => return self.ask(now, stack, id),
            }
        }
    }

    /// Asks the best server that was not asked yet, or for the address of one.
    fn ask(&mut self, now: Time, stack: &mut Stack, id: TaskId) {
        loop {
            let Some(task) = self.tasks.get(&id) else { return };
            if task.slist.is_none() {
                let (name, record_type) = (task.name.clone(), task.question.1);
                let slist = self.slist(now, &name, record_type);
                if let Some(task) = self.tasks.get_mut(&id) {
                    task.slist = Some(slist);
                }
            }
            let slist = self.tasks.get(&id).and_then(|task| task.slist.as_ref());
            let candidates = slist.map_or_else(Vec::new, |slist| slist.candidates().collect());
            if let Some(server) = self.best(now, stack, candidates) {
                return self.ask_server(now, stack, id, server);
            }
            // What is lost is asked again first; then it is looked for others.
            let again = |slist: &Slist| slist.round == 0 && slist.has_hope();
            if !self.tasks.get(&id).and_then(|task| task.slist.as_ref()).is_some_and(again) {
                match self.seek(now, id) {
                    Some(true) => return,
                    Some(false) => continue,
                    None => {}
                }
            }
            let rounds = self.config.rounds;
            let Some(slist) = self.tasks.get_mut(&id).and_then(|task| task.slist.as_mut()) else { return };
            slist.asked.clear();
            slist.round = slist.round.saturating_add(1);
            if slist.round >= rounds || !slist.has_hope() {
                return self.fail(now, stack, id, "no server has an answer");
            }
        }
    }

    /// The question for which all is done in the end: where that is over, the one of another who waits. Waiters are in no circle (see [`Self::seek`]).
    fn root_of(&self, mut id: TaskId) -> Option<TaskId> {
        loop {
            let task = self.tasks.get(&id)?;
            if self.tasks.contains_key(&task.root) {
                return Some(task.root);
            }
            id = task.waiters.iter().find_map(|(_, waiter)| match waiter {
                Waiter::Task(parent) => Some(*parent).filter(|parent| self.tasks.contains_key(parent)),
                _ => None,
            })?;
        }
    }

    /// Counts work for that question. Whether it may go on.
    fn may_work(&mut self, id: TaskId) -> bool {
        let Some(root) = self.root_of(id) else { return false };
        let most = self.config.work;
        self.tasks.get_mut(&root).is_some_and(|root| {
            root.work = root.work.saturating_add(1);
            root.work <= most
        })
    }

    fn ask_server(&mut self, now: Time, stack: &mut Stack, id: TaskId, server: SocketAddr) {
        if !self.may_work(id) {
            return self.fail(now, stack, id, "it takes too much work");
        }
        let plain = self.servers.is_plain(now, server);
        // Who finds the answer itself takes now and again longer than what was measured.
        let finds = matches!(self.config.upstream, Upstream::Servers(_));
        let most = self.config.timeout;
        let timeout = if finds { most } else { self.servers.patience(now, server, most) };
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let Some(slist) = &mut task.slist else { return };
        if !slist.asked.contains(&server) {
            slist.asked.push(server);
        }
        let rounds = 1u32.checked_shl(slist.round).unwrap_or(u32::MAX);
        let question = Question {
            server,
            name: task.name.clone(),
            record_type: task.question.1,
            recursion_desired: finds,
            payload_size: Some(self.config.payload_size).filter(|_| !plain),
            mixed_case: self.config.mixed_case,
            timeout: timeout.saturating_mul(rounds).min(most.saturating_mul(2)),
        };
        self.exchanges.ask(now, stack, id, question, false);
    }

    /// Asks for the address of a server: whether that has to be waited for, `None` if there is no other to ask for.
    fn seek(&mut self, now: Time, id: TaskId) -> Option<bool> {
        let deepest = self.config.depth;
        let task = self.tasks.get_mut(&id).filter(|task| task.depth < deepest)?;
        let next = task.slist.as_mut()?.seek()?;
        // Somebody who waits for this one cannot be waited for: neither would ever know.
        let mut other = self.by_question.get(&next).copied();
        while let Some(task) = other {
            if task == id {
                return Some(false);
            }
            other = self.tasks.get(&task).and_then(|task| task.waits_for);
        }
        if !self.may_work(id) {
            return None;
        }
        let child = self.begin(now, next, Waiter::Task(id), Some(id));
        if let Some(task) = self.tasks.get_mut(&id) {
            task.waits_for = Some(child);
        }
        Some(true)
    }

    /// Something has come of a question to a server.
    pub(super) fn on_outcome(
        &mut self,
        now: Time,
        stack: &mut Stack,
        id: TaskId,
        question: &Question,
        outcome: Outcome,
    ) {
        let server = question.server;
        match outcome {
            Outcome::Answer(message, after) => {
                self.servers.answered(now, server, after);
                if let Ok(message) = Dns::view(message.as_slice()) {
                    self.on_answer(now, stack, id, question, &message);
                }
                return;
            }
            Outcome::Silent => {
                count(&mut self.counts.silent);
                self.servers.silent(now, server, question.timeout);
            }
            Outcome::Unreachable => {
                count(&mut self.counts.unreachable);
                self.servers.silent(now, server, question.timeout);
            }
            Outcome::NoWay => self.set_lame(id, server),
        }
        self.ask(now, stack, id);
    }

    fn set_lame(&mut self, id: TaskId, server: SocketAddr) {
        if let Some(slist) = self.tasks.get_mut(&id).and_then(|task| task.slist.as_mut()) {
            slist.lame.push(server);
        }
    }

    fn on_answer(
        &mut self,
        now: Time,
        stack: &mut Stack,
        id: TaskId,
        question: &Question,
        message: &Dns<&[u8]>,
    ) {
        let refused = matches!(message.rcode(), DnsRcode::FORM_ERR | DnsRcode::NOT_IMP);
        if refused && question.payload_size.is_some() {
            self.servers.set_plain(now, question.server);
            return self.ask_server(now, stack, id, question.server);
        }
        let Some(task) = self.tasks.get(&id) else { return };
        let root = Domain::root();
        let zone = task.slist.as_ref().and_then(|slist| slist.zone.as_ref());
        let asked = Asked {
            name: &question.name,
            record_type: question.record_type,
            zone: zone.unwrap_or(&root),
            recursion: question.recursion_desired,
            aliases: self.config.aliases,
        };
        let Reading { aliases, says, ignored, .. } = reading::read(message, asked);
        self.counts.ignored = self.counts.ignored.saturating_add(ignored);
        if matches!(says, Says::Lame) {
            count(&mut self.counts.lame);
            self.set_lame(id, question.server);
            return self.ask(now, stack, id);
        }
        for mut alias in aliases {
            alias.ttl = alias.ttl.min(self.config.longest);
            self.cache.put(now, alias.clone(), Trust::Answer);
            let most = self.config.aliases;
            if !self.tasks.get_mut(&id).is_some_and(|task| task.follow(alias, most)) {
                return self.fail(now, stack, id, "aliases lead in a circle, or on and on");
            }
        }
        match says {
            Says::Records(mut sets) => {
                let any = question.record_type == DnsType::ANY;
                // One set is answer enough to who asks for all there is, and keeps others from asking for more (RFC 8482 section 4.1).
                sets.truncate(1);
                for set in &mut sets {
                    set.ttl = set.ttl.min(self.config.longest);
                    if any {
                        self.cache.put_any(now, set.clone());
                    } else {
                        self.cache.put(now, set.clone(), Trust::Answer);
                    }
                }
                self.finish(now, stack, id, DnsRcode::NO_ERROR, sets, None);
            }
            Says::Nothing { exists, soa } => self.on_nothing(now, stack, id, exists, soa),
            Says::Referral { servers, addresses } => self.on_referral(now, stack, id, servers, addresses),
            Says::Nobody | Says::Lame => self.go_on(now, stack, id),
        }
    }

    /// There is nothing, for as long as the zone says (RFC 2308 section 5); if it does not say, it is not remembered.
    fn on_nothing(&mut self, now: Time, stack: &mut Stack, id: TaskId, exists: bool, mut soa: Option<RrSet>) {
        let Some(task) = self.tasks.get(&id) else { return };
        if let Some(soa) = &mut soa {
            soa.ttl = soa.ttl.min(minimum(soa).unwrap_or(0)).min(self.config.longest_nothing);
            let known = if exists { Known::Nothing(soa.clone()) } else { Known::NoName(soa.clone()) };
            self.cache.put_nothing(now, &task.name, task.question.1, known, soa.ttl);
        }
        let rcode = if exists { DnsRcode::NO_ERROR } else { DnsRcode::NX_DOMAIN };
        self.finish(now, stack, id, rcode, Vec::new(), soa);
    }

    /// Others know more. Their zone is below the one that was asked, so this comes to an end.
    fn on_referral(
        &mut self,
        now: Time,
        stack: &mut Stack,
        id: TaskId,
        mut servers: RrSet,
        addresses: Vec<RrSet>,
    ) {
        // Who was withdrawn keeps nothing alive by naming zones below its own.
        let above = self.tasks.get(&id).and_then(|task| task.slist.as_ref());
        let longest = above.map_or(u32::MAX, |slist| slist.longest(now)).min(self.config.longest);
        servers.ttl = servers.ttl.min(longest);
        let mut slist = Slist::of(now, &servers);
        self.cache.put(now, servers, Trust::Referral);
        for mut set in addresses {
            set.addresses().for_each(|address| slist.add(SocketAddr::new(address, PORT)));
            set.ttl = set.ttl.min(longest);
            self.cache.put(now, set, Trust::Referral);
        }
        self.add_known(now, &mut slist);
        if let Some(task) = self.tasks.get_mut(&id) {
            task.slist = Some(slist);
        }
        self.ask(now, stack, id);
    }

    /// A question has its answer.
    fn finish(
        &mut self,
        now: Time,
        stack: &mut Stack,
        id: TaskId,
        rcode: DnsRcode,
        records: Vec<RrSet>,
        soa: Option<RrSet>,
    ) {
        let Some(task) = self.tasks.remove(&id) else { return };
        self.due.remove(&(task.until, id));
        self.by_question.remove(&task.question);
        self.exchanges.forget(now, stack, id);
        if task.depth == 0 && task.work == 0 && rcode != DnsRcode::SERV_FAIL {
            count(&mut self.counts.from_cache);
        }
        let mut answer = Answer::empty(rcode);
        answer.answers.extend(task.aliases.into_iter().chain(records));
        answer.authorities.extend(soa);
        for (_, waiter) in task.waiters {
            self.tell(now, stack, waiter, &answer);
        }
    }

    /// The time of those who have waited longest is over: they have no answer. Those who joined them later wait on.
    pub(super) fn expire(&mut self, now: Time, stack: &mut Stack, id: TaskId) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let over = task.waiters.iter().take_while(|(until, _)| *until <= now).count();
        let Some(until) = task.waiters.get(over).map(|(until, _)| *until) else {
            return self.fail(now, stack, id, "nobody has answered in time");
        };
        task.until = until;
        self.due.insert((until, id));
        let over: Vec<_> = task.waiters.drain(..over).collect();
        for (_, waiter) in over {
            self.tell(now, stack, waiter, &Answer::empty(DnsRcode::SERV_FAIL));
        }
    }

    /// A question has no answer.
    pub(super) fn fail(&mut self, now: Time, stack: &mut Stack, id: TaskId, why: &str) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.aliases.clear();
        if task.depth == 0 {
            let (name, record_type) = &task.question;
            if task.work > 0 {
                count(&mut self.counts.failed);
                self.notices.say(format!("no answer for {name} {record_type}: {why}"));
                self.cache.put_nothing(now, name, *record_type, Known::Failure, self.config.failure);
            }
        }
        self.finish(now, stack, id, DnsRcode::SERV_FAIL, Vec::new(), None);
    }
}
