//! A host with programs on it.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::any::Any;

use super::service::Service;
use super::{Errno, Event, InterfaceId, Node, Stack, Transmit};
use crate::time::Time;

/// A [`Stack`] and the [services](super::service) that run on it: for its driver a [`Node`] like any other.
///
/// What happens to the stack is told to the services, each of which does what it does; what is due is the earliest of all.
///
/// ```
/// use core::time::Duration;
/// use layercake::link;
/// use layercake::sim::Net;
/// use layercake::stack::service::Small;
/// use layercake::stack::{Config, Host, Kind};
///
/// let wire = link::Config::default();
/// let mut net = Net::pair([Config::default(), Config::default()], [&wire, &wire], 1)?.with_services();
/// net.address(0, "192.0.2.1/24".parse()?)?;
/// net.address(1, "192.0.2.2/24".parse()?)?;
/// net.start(1, Small::echo())?;
///
/// let now = net.now;
/// let client = &mut net.nodes[0].stack;
/// let socket = client.socket(Kind::Datagram)?;
/// client.send_to(now, socket, b"hello", "192.0.2.2:7".parse()?)?;
/// net.run(Duration::from_secs(1))?;
///
/// let mut answer = [0; 100];
/// let (length, _) = net.nodes[0].stack.recv_from(socket, &mut answer)?;
/// assert_eq!(&answer[..length], b"hello");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Host {
    /// The stack, for calls of one's own. Its frames and deadlines are those of the host: drive that, not the stack.
    pub stack: Stack,
    services: Vec<(ServiceId, Box<dyn Service>)>,
    /// How many services were started.
    started: u64,
    /// Those that are no service's.
    events: VecDeque<Event>,
}

/// A service of a host. A number is not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(u64);

/// How many are kept.
const EVENTS: usize = 1024;

impl From<Stack> for Host {
    fn from(stack: Stack) -> Self {
        Self { stack, services: Vec::new(), started: 0, events: VecDeque::new() }
    }
}

impl AsMut<Stack> for Host {
    fn as_mut(&mut self) -> &mut Stack {
        &mut self.stack
    }
}

impl Host {
    /// Starts a service.
    ///
    /// # Errors
    /// What it cannot have: [`Errno::EADDRINUSE`] if its port is taken.
    pub fn start(&mut self, now: Time, mut service: impl Service) -> Result<ServiceId, Errno> {
        service.start(now, &mut self.stack)?;
        let id = ServiceId(self.started);
        self.started = self.started.saturating_add(1);
        self.services.push((id, Box::new(service)));
        Ok(id)
    }

    /// Stops a service: it lets go of its sockets and is no more. Whether there was such a one.
    ///
    /// ```
    /// # use layercake::stack::{Config, Host, Stack, service::Small};
    /// # use layercake::time::Time;
    /// let mut host = Host::from(Stack::new(Config::default()));
    /// let echo = host.start(Time::ZERO, Small::echo())?;
    /// assert!(host.stop(Time::ZERO, echo) && !host.stop(Time::ZERO, echo));
    /// // Its port is free again.
    /// host.start(Time::ZERO, Small::echo())?;
    /// # Ok::<(), layercake::stack::Errno>(())
    /// ```
    pub fn stop(&mut self, now: Time, id: ServiceId) -> bool {
        let Some(place) = self.services.iter().position(|(of, _)| *of == id) else { return false };
        let (_, mut service) = self.services.remove(place);
        service.stop(now, &mut self.stack);
        true
    }

    /// A service.
    pub fn service(&self, id: ServiceId) -> Option<&dyn Service> {
        self.services.iter().find(|(of, _)| *of == id).map(|(_, service)| &**service)
    }

    /// The first service of a type.
    pub fn get<S: Service>(&self) -> Option<&S> {
        self.services.iter().find_map(|(_, service)| (&**service as &dyn Any).downcast_ref())
    }

    /// A service, if it is of this type.
    pub fn get_at<S: Service>(&self, id: ServiceId) -> Option<&S> {
        (self.service(id)? as &dyn Any).downcast_ref()
    }

    /// The stack, and a service, if it is of this type.
    pub fn with_at<S: Service>(&mut self, id: ServiceId) -> Option<(&mut Stack, &mut S)> {
        let (_, service) = self.services.iter_mut().find(|(of, _)| *of == id)?;
        Some((&mut self.stack, (&mut **service as &mut dyn Any).downcast_mut()?))
    }

    /// The stack, and the first service of a type, to ask something of it.
    ///
    /// ```
    /// # use layercake::stack::{Config, Host, Stack, service::Small};
    /// let mut host = Host::from(Stack::new(Config::default()));
    /// assert!(host.with::<Small>().is_none());
    /// ```
    pub fn with<S: Service>(&mut self) -> Option<(&mut Stack, &mut S)> {
        let service = self
            .services
            .iter_mut()
            .find_map(|(_, service)| (&mut **service as &mut dyn Any).downcast_mut())?;
        Some((&mut self.stack, service))
    }

    /// All its services.
    pub fn services(&self) -> impl Iterator<Item = (ServiceId, &dyn Service)> {
        self.services.iter().map(|(id, service)| (*id, &**service))
    }

    /// The next thing that a service has to say, which service that is, and its name.
    pub fn poll_notice(&mut self) -> Option<(ServiceId, &'static str, String)> {
        self.services.iter_mut().find_map(|(id, service)| Some((*id, service.name(), service.poll_notice()?)))
    }

    /// The next thing that has happened to a socket that is no service's but of a program's own, or to an address or a link. Of very many that nobody asks
    /// for the oldest are given up.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Tells the services what has happened. What none of them knows is nobody's business any more: a connection that was closed, say.
    /// Whether anything has.
    fn tell(&mut self, now: Time) -> bool {
        let mut any = false;
        while let Some(event) = self.stack.poll_event() {
            any = true;
            let of_all = event.socket().is_none();
            let mut known = false;
            for (_, service) in &mut self.services {
                known = service.on_event(now, &mut self.stack, &event);
                if known && !of_all {
                    break;
                }
            }
            if of_all || !known {
                if self.events.len() >= EVENTS {
                    self.events.pop_front();
                }
                self.events.push_back(event);
            }
        }
        any
    }
}

impl Node for Host {
    fn on_frame(&mut self, now: Time, interface: InterfaceId, frame: &[u8]) {
        self.stack.on_frame(now, interface, frame);
        self.tell(now);
    }

    fn on_deadline(&mut self, now: Time) {
        if self.stack.next_deadline().is_some_and(|due| due <= now) {
            self.stack.on_deadline(now);
        }
        for (_, service) in &mut self.services {
            if service.next_deadline().is_some_and(|due| due <= now) {
                service.on_deadline(now, &mut self.stack);
            }
        }
        self.tell(now);
    }

    fn next_deadline(&self) -> Option<Time> {
        let services = self.services.iter().filter_map(|(_, service)| service.next_deadline());
        // What was done to the stack from outside is told at once.
        let services = services.chain(self.stack.has_turned().then_some(Time::ZERO));
        self.stack.next_deadline().into_iter().chain(services).min()
    }

    fn poll_transmit(&mut self, now: Time) -> Option<Transmit> {
        loop {
            let transmit = self.stack.poll_transmit(now);
            // Calls from outside, to the stack or to a service, may have brought news too.
            if transmit.is_some() || !self.tell(now) {
                return transmit;
            }
        }
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        self.stack.recycle(frame);
    }

    fn on_link(&mut self, now: Time, interface: InterfaceId, up: bool) {
        self.stack.on_link(now, interface, up);
    }
}
