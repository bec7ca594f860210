//! One message, told from layer to layer and from node to node.

mod draw;

use alloc::collections::{BTreeMap, BTreeSet};
use core::net::IpAddr;

use super::Names;
use super::held::Outcome;
use crate::field::{Kind, Mac};
use crate::filter::{Filter, Origin};
use crate::link::Orders;
use crate::packet::{Decoder, Frame, Packet};
use crate::sim::scenario::Kind as NodeKind;
use crate::sim::{CableId, Ended, NodeId, Port, Scenario, Sent, Watch, build};
use crate::stack::Reason;
use crate::time::Time;

/// What a message crosses, at most: a switch can have many ports, and a route be a circle.
const CROSSINGS: usize = 1000;

/// The tale of one message: how it goes down the layers of its sender, over a link, up and down again at each node on its way, until it is
/// delivered or lost.
///
/// The message is the first that a filter chooses, or the first that carries something of an application. It goes on by frames that nodes
/// [forward](Reason::Forwarded) and that carry the same.
///
/// ```
/// use layercake::sim::output::Tale;
/// use layercake::sim::{Run, Scenario};
///
/// let scenario: Scenario = "
///     duration = '1s'
///     nodes.a.address = '192.0.2.1/24'
///     nodes.b.address = '192.0.2.2/24'
///     [[links]]
///     between = ['a', 'b']
///     [[apps]]
///     on = 'a'
///     kind = 'ping'
///     to = 'b'
/// ".parse()?;
/// let mut tale = Tale::new(&scenario, None);
/// let mut run = Run::new(&scenario)?;
/// run.watch(&mut tale);
/// run.until(scenario.duration())?;
/// run.finish();
/// assert!(tale.to_string().contains("IPv4 adds 20 bytes"), "{tale}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Tale {
    names: Names,
    stations: BTreeMap<Mac, Port>,
    switches: BTreeSet<NodeId>,
    routers: BTreeSet<NodeId>,
    /// Of each node, the addresses that the scenario gives it.
    addresses: BTreeSet<(NodeId, IpAddr)>,
    filter: Option<Filter>,
    decoder: Decoder,
    crossings: Vec<Crossing>,
    /// What has arrived at a node and may be forwarded by it: the crossing.
    waiting: BTreeMap<NodeId, usize>,
    /// The crossings that are not over, by the numbers of their frames.
    open: BTreeMap<u64, usize>,
    /// More was to be told than there is room for.
    cut: bool,
}

/// A frame on its way from one node to the next.
#[derive(Debug)]
struct Crossing {
    number: u64,
    sent: Time,
    from: Port,
    cable: Option<CableId>,
    frame: Vec<u8>,
    reason: Reason,
    /// The crossing before it.
    before: Option<usize>,
    outcomes: Vec<Outcome>,
    /// Where it arrived, and as what.
    arrived: Option<(Port, Vec<u8>)>,
}

/// What stays the same of a message from link to link, whatever routers and translators change.
fn essence(decoder: Decoder, frame: &[u8]) -> Option<(Kind, Vec<u8>)> {
    let packet = decoder.packet(Frame::ethernet(frame));
    let transport = packet.transport()?;
    let header = packet.header_bytes(&transport);
    // Ports and identifiers are what translators change; sequence numbers stand behind them.
    let numbers = match transport.kind {
        Kind::TCP => [header.get(4..8), header.get(8..12)],
        Kind::ICMPV4 | Kind::ICMPV6 => [header.get(..2), header.get(6..8)],
        _ => [None; 2],
    };
    let [first, second] = numbers.map(Option::unwrap_or_default);
    Some((transport.kind, [first, second, packet.payload()].concat()))
}

/// Whether a frame carries something of an application: data behind the transport header, or an echo request.
fn is_message(packet: &Packet<&[u8]>) -> bool {
    let Some(transport) = packet.transport() else { return false };
    match transport.kind {
        Kind::TCP | Kind::UDP => !packet.payload().is_empty(),
        Kind::ICMPV4 => packet.header_bytes(&transport).first() == Some(&8),
        Kind::ICMPV6 => packet.header_bytes(&transport).first() == Some(&128),
        _ => false,
    }
}

impl Tale {
    /// The tale of the first message that a filter chooses; without one, the first that carries something of an application.
    pub fn new(scenario: &Scenario, filter: Option<Filter>) -> Self {
        let mut stations = BTreeMap::new();
        let (mut switches, mut routers, mut addresses) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (number, node) in scenario.nodes.iter().enumerate() {
            match node.kind {
                NodeKind::Switch => {
                    switches.insert(NodeId(number));
                    continue;
                }
                NodeKind::Router => drop(routers.insert(NodeId(number))),
                NodeKind::Host => {}
            }
            let own = node.ports.iter().flat_map(|port| &port.addresses);
            addresses.extend(own.map(|(address, _)| (NodeId(number), address.addr())));
            for port in 0..node.ports.len() {
                stations.insert(build::station(node, port), (NodeId(number), build::interface(node, port)));
            }
        }
        let (crossings, waiting, open) = Default::default();
        let (names, decoder) = (Names::of(scenario), Decoder::new());
        Self {
            names,
            stations,
            switches,
            routers,
            addresses,
            filter,
            decoder,
            crossings,
            waiting,
            open,
            cut: false,
        }
    }

    /// Whether a frame is of the message, and of which crossing before it.
    fn belongs(&self, sent: &Sent<'_>) -> Option<usize> {
        if *sent.reason != Reason::Forwarded {
            return None;
        }
        let waiting = *self.waiting.get(&sent.port.0)?;
        let before = self.crossings.get(waiting)?;
        let (_, arrived) = before.arrived.as_ref()?;
        // What comes later and is the same may be the same once more.
        let first = !self.crossings.iter().any(|crossing| crossing.before == Some(waiting));
        let same = sent.cause == Some(before.number)
            || first
                && essence(self.decoder, arrived)
                    .is_some_and(|essence| Some(essence) == self::essence(self.decoder, sent.frame));
        same.then_some(waiting)
    }
}

impl Watch for Tale {
    fn sent(&mut self, sent: &Sent<'_>) -> Orders {
        let before = if self.crossings.is_empty() {
            let packet = self.decoder.packet(Frame::ethernet(sent.frame));
            let origin = Origin { number: Some(sent.number), time: Some(sent.time), ..Origin::default() };
            let wanted = match &self.filter {
                Some(filter) => filter.matches_from(&packet, &origin),
                None => is_message(&packet),
            };
            if !wanted {
                return Orders::default();
            }
            None
        } else {
            match self.belongs(sent) {
                None => return Orders::default(),
                before => before,
            }
        };
        if self.crossings.len() >= CROSSINGS {
            self.cut = true;
            return Orders::default();
        }
        self.open.insert(sent.number, self.crossings.len());
        let outcomes =
            if sent.cable.is_none() { vec![Outcome::NoCable { time: sent.time }] } else { Vec::new() };
        self.crossings.push(Crossing {
            number: sent.number,
            sent: sent.time,
            from: sent.port,
            cable: sent.cable.map(|(cable, _)| cable),
            frame: sent.frame.to_vec(),
            reason: *sent.reason,
            before,
            outcomes,
            arrived: None,
        });
        Orders::default()
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        let (carried, outcome) = Outcome::of(ended);
        let Some(number) = self.open.get(&carried.number).copied() else { return };
        let Some(crossing) = self.crossings.get_mut(number) else { return };
        crossing.outcomes.push(outcome);
        if let (Some(port), Outcome::Arrived { copy: false, .. }) = (ended.port, outcome) {
            crossing.arrived = Some((port, carried.frame.clone()));
            self.waiting.insert(port.0, number);
        }
    }
}
