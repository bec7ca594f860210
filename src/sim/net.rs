//! Nodes, the cables between them, and what happens next.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::Watch;
use super::watch::{Ended, Sent};
use crate::link::{Cable, Event};
use crate::stack::{InterfaceId, Node, Reason, Transmit};
use crate::time::Time;

/// The number of a node in its net, from 0, in the order in which they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// The number of a cable in its net, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CableId(pub usize);

/// One end of a cable: a node, and the interface that it is plugged into.
pub type Port = (NodeId, InterfaceId);

/// A frame on a cable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Frames are counted in the order in which they are sent, from 1.
    pub number: u64,
    /// The frame, as it is now.
    pub frame: Vec<u8>,
    /// Why it was sent.
    pub reason: Reason,
}

impl AsRef<[u8]> for Carried {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

impl AsMut<[u8]> for Carried {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.frame
    }
}

/// Something that makes things happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Actor {
    Node(usize),
    Cable(usize),
}

/// Nodes, and the cables between them, in virtual time.
///
/// Whatever can make something happen, a node or a cable, stands in one queue with the time at which it wants to be woken; what is due first comes first, and of
/// what is due at the same time, what asked first. A frame that arrives is one turn of its node: what the node sends then goes out before anything else happens.
/// Nothing else decides, so the same nodes, cables and calls give the same frames at the same times, on any machine.
///
/// [`Net::nodes`] can be called at any time between two runs, as applications do; what that leads to happens in the next run, at the time at which it begins. So can
/// [`Net::cables`] be looked at and changed. [`Net::pair`] is two hosts and a cable between them, ready made.
///
/// ```
/// use core::time::Duration;
/// use layercake::link::{Cable, Config};
/// use layercake::sim::{Net, Switch};
/// use layercake::stack::{self, Kind, Medium, Stack};
/// use layercake::time::Time;
///
/// let slow = Config { delay: Duration::from_millis(10), ..Config::default() };
/// let mut net = Net::new(Time::new(1, 0), ());
/// let mut ports = Vec::new();
/// for number in 1..=2 {
///     let config = stack::Config { seed: number, ..stack::Config::default() };
///     let mac = config.station(1);
///     let mut stack = Stack::new(config);
///     let eth0 = stack.add_interface(net.now, "eth0", Medium::Ethernet(mac), 1500)?;
///     stack.add_address(net.now, eth0, format!("192.0.2.{number}/24").parse()?)?;
///     ports.push((net.add(stack), eth0));
/// }
/// net.connect([ports[0], ports[1]], Cable::new([&slow, &slow], 7, "a-b"));
///
/// let server = net.nodes[1].socket(Kind::Datagram)?;
/// net.nodes[1].bind(server, "192.0.2.2:7".parse()?)?;
/// let client = net.nodes[0].socket(Kind::Datagram)?;
/// net.nodes[0].send_to(net.now, client, b"hello", "192.0.2.2:7".parse()?)?;
/// // ARP there and back, then the datagram.
/// net.run(Duration::from_millis(30))?;
///
/// let mut message = [0; 100];
/// let (length, _) = net.nodes[1].recv_from(server, &mut message)?;
/// assert_eq!(&message[..length], b"hello");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Net<N, W = ()> {
    /// The nodes, by [`NodeId`].
    pub nodes: Vec<N>,
    /// The cables, by [`CableId`]; [`Net::connect`] adds one.
    pub cables: Vec<Cable<Carried>>,
    /// The time. Runs set it.
    pub now: Time,
    /// What sees every frame.
    pub watch: W,
    /// How many things may happen at one instant, before that counts as standing still ([`Stuck`]).
    pub patience: u64,
    ends: Vec<Ends>,
    plugged: BTreeMap<Port, (usize, usize)>,
    agenda: Agenda,
    numbers: u64,
    /// Things that have happened at this instant.
    at_once: u64,
}

/// The ends of a cable.
#[derive(Debug)]
struct Ends {
    ports: [Port; 2],
    /// Whether the nodes notice that the cable is cut.
    carrier: bool,
}

/// Who wants to be woken when: one entry for each.
#[derive(Debug, Default)]
struct Agenda {
    entries: BTreeSet<(Time, u64, Actor)>,
    of: BTreeMap<Actor, (Time, u64)>,
    asked: u64,
}

impl Agenda {
    /// An actor wants to be woken then, and at no other time.
    fn plan(&mut self, actor: Actor, due: Option<Time>) {
        if self.of.get(&actor).map(|(time, _)| *time) == due {
            return;
        }
        if let Some((time, order)) = self.of.remove(&actor) {
            self.entries.remove(&(time, order, actor));
        }
        if let Some(time) = due {
            self.asked += 1;
            self.of.insert(actor, (time, self.asked));
            self.entries.insert((time, self.asked, actor));
        }
    }

    fn next(&self) -> Option<Time> {
        self.entries.first().map(|(time, ..)| *time)
    }

    fn take(&mut self) -> Option<Actor> {
        let (.., actor) = self.entries.pop_first()?;
        self.of.remove(&actor);
        Some(actor)
    }
}

/// So much happens at one instant that time does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// The instant.
    pub time: Time,
    /// How many things have happened at it.
    pub count: u64,
    /// The node that was active last, or to which the last frame came.
    pub node: NodeId,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time, count, node } = self;
        let seconds = time.nanoseconds() / 1_000_000_000;
        let fraction = time.nanoseconds() % 1_000_000_000;
        write!(
            f,
            "time does not go on at {seconds}.{fraction:09} s: {count} things have happened at that instant, the last at node {}; \
             a loop of cables, or cables without delay and rate",
            node.0
        )
    }
}

impl core::error::Error for Stuck {}

impl<N: Node, W: Watch> Net<N, W> {
    /// A net without nodes, at a time.
    pub const fn new(now: Time, watch: W) -> Self {
        Self {
            nodes: Vec::new(),
            cables: Vec::new(),
            now,
            watch,
            patience: 10_000_000,
            ends: Vec::new(),
            plugged: BTreeMap::new(),
            agenda: Agenda { entries: BTreeSet::new(), of: BTreeMap::new(), asked: 0 },
            numbers: 0,
            at_once: 0,
        }
    }

    /// Adds a node.
    pub fn add(&mut self, node: N) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    /// Puts a cable between two ports; what was plugged in there before is pulled out, and stays a cable with a loose end.
    pub fn connect(&mut self, ends: [Port; 2], cable: Cable<Carried>) -> CableId {
        let number = self.cables.len();
        self.cables.push(cable);
        self.ends.push(Ends { ports: ends, carrier: true });
        for (side, end) in ends.into_iter().enumerate() {
            self.plugged.insert(end, (number, side));
        }
        CableId(number)
    }

    /// Says whether the nodes at both ends notice that a cable is cut ([`Node::on_link`]); they do unless it is said otherwise.
    pub fn set_carrier(&mut self, cable: CableId, carrier: bool) {
        if let Some(ends) = self.ends.get_mut(cable.0) {
            ends.carrier = carrier;
        }
    }

    /// Cuts a cable, or mends it. What is in it is lost.
    pub fn set_cut(&mut self, cable: CableId, cut: bool) {
        let (now, CableId(number)) = (self.now, cable);
        let Some((cable, ends)) = self.cables.get_mut(number).zip(self.ends.get(number)) else { return };
        if cut {
            cable.cut(now)
        } else {
            cable.mend(now)
        }
        if !ends.carrier {
            return;
        }
        for (side, port) in ends.ports.into_iter().enumerate() {
            let (node, interface) = port;
            // Another cable may be plugged in there by now.
            if self.plugged.get(&port) != Some(&(number, side)) {
                continue;
            }
            if let Some(node) = self.nodes.get_mut(node.0) {
                node.on_link(now, interface, !cut);
            }
        }
    }

    /// The same net with other nodes in the places of these.
    pub(super) fn map<M>(self, node: impl FnMut(N) -> M) -> Net<M, W> {
        let Self { nodes, cables, now, watch, patience, ends, plugged, agenda, numbers, at_once } = self;
        let nodes = nodes.into_iter().map(node).collect();
        Net { nodes, cables, now, watch, patience, ends, plugged, agenda, numbers, at_once }
    }

    /// When something happens next, as far as is known: what was done to nodes and cables since the last run is not looked at.
    pub fn next(&self) -> Option<Time> {
        self.agenda.next()
    }

    /// Goes on for so long.
    ///
    /// # Errors
    /// [`Stuck`] if time does not go on.
    pub fn run(&mut self, span: Duration) -> Result<(), Stuck> {
        self.run_until(self.now + span)
    }

    /// Goes on until then: what is due at that very time happens too.
    ///
    /// # Errors
    /// [`Stuck`] if time does not go on.
    pub fn run_until(&mut self, until: Time) -> Result<(), Stuck> {
        self.settle();
        while self.step(until)?.is_some() {}
        self.advance_to(until);
        Ok(())
    }

    /// Looks at all nodes and cables anew: what was done to them between two runs. [`Net::run_until`] begins with it; whoever calls [`Net::step`] has to.
    pub fn settle(&mut self) {
        for node in 0..self.nodes.len() {
            self.flush(node, None);
        }
        for cable in 0..self.cables.len() {
            self.plan_cable(cable);
        }
    }

    /// The next thing that happens, unless it is later than `until`: a node does what is due, or a frame comes out of a cable, or is lost. Gives back the node that
    /// did something, or for which the frame was; `None` if nothing happens before that.
    ///
    /// # Errors
    /// [`Stuck`] if time does not go on.
    pub fn step(&mut self, until: Time) -> Result<Option<NodeId>, Stuck> {
        let Some(time) = self.agenda.next().filter(|time| *time <= until) else { return Ok(None) };
        self.advance_to(time);
        self.at_once += 1;
        let node = match self.agenda.take() {
            Some(Actor::Node(node)) => {
                if let Some(awake) = self.nodes.get_mut(node) {
                    awake.on_deadline(self.now);
                }
                self.flush(node, None);
                node
            }
            Some(Actor::Cable(cable)) => self.deliver(cable),
            None => return Ok(None),
        };
        if self.at_once > self.patience {
            return Err(Stuck { time: self.now, count: self.at_once, node: NodeId(node) });
        }
        Ok(Some(NodeId(node)))
    }

    /// Sets the time to one at which nothing is due, or nothing more.
    pub fn advance_to(&mut self, time: Time) {
        if time > self.now {
            self.now = time;
            self.at_once = 0;
        }
    }

    /// What comes out of a cable next, and for which node that was.
    fn deliver(&mut self, cable: usize) -> usize {
        let Some((ready, ends)) = self.cables.get_mut(cable).zip(self.ends.get(cable)) else { return 0 };
        let polled = ready.poll(self.now);
        let port = polled.as_ref().and_then(|(end, _)| ends.ports.get(*end).copied());
        self.plan_cable(cable);
        let (Some((end, event)), Some((NodeId(to), interface))) = (polled, port) else { return 0 };
        // A cable whose end was pulled out leads nowhere.
        let plugged = self.plugged.get(&(NodeId(to), interface)) == Some(&(cable, end));
        let port = plugged.then_some((NodeId(to), interface));
        self.watch.ended(&Ended { cable: CableId(cable), direction: 1 - end, port, event: &event });
        if let (Event::Arrived(delivery), true, Some(node)) = (event, plugged, self.nodes.get_mut(to)) {
            let Carried { number, frame, .. } = delivery.frame;
            node.on_frame(self.now, interface, &frame);
            node.recycle(frame);
            self.flush(to, Some(number));
        }
        to
    }

    /// Puts on cables what a node has to send now.
    fn flush(&mut self, number: usize, cause: Option<u64>) {
        let Some(node) = self.nodes.get_mut(number) else { return };
        while let Some(Transmit { interface, frame, reason }) = node.poll_transmit(self.now) {
            let port = (NodeId(number), interface);
            let place = self.plugged.get(&port).copied();
            self.numbers += 1;
            let (time, cable) = (self.now, place.map(|(cable, side)| (CableId(cable), side)));
            let orders = self.watch.sent(&Sent {
                time,
                number: self.numbers,
                cause,
                port,
                cable,
                frame: &frame,
                reason: &reason,
            });
            let wired = place.and_then(|(cable, side)| Some((cable, side, self.cables.get_mut(cable)?)));
            let Some((place, side, cable)) = wired else { continue };
            let carried = Carried { number: self.numbers, frame, reason };
            if let Some(link) = cable.links.get_mut(side) {
                link.send_with(self.now, carried, orders);
            }
            self.agenda.plan(Actor::Cable(place), cable.next_deadline().map(|due| due.max(self.now)));
        }
        let due = node.next_deadline().filter(|due| *due < Time::NEVER);
        self.agenda.plan(Actor::Node(number), due.map(|due| due.max(self.now)));
    }

    fn plan_cable(&mut self, cable: usize) {
        let due = self.cables.get(cable).and_then(Cable::next_deadline);
        self.agenda.plan(Actor::Cable(cable), due.map(|due| due.max(self.now)));
    }
}
