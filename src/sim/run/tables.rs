//! What nodes, links and applications say of themselves at the end.

use super::Run;
use crate::link::{Cable, Rate};
use crate::sim::report::{AppReport, LinkReport, NodeReport};
use crate::sim::scenario::{AppPlan, Change, EventPlan, LinkPlan, NodePlan, Way};
use crate::sim::{Carried, Machine};
use crate::stack::service;

impl Run<'_> {
    pub(super) fn app_reports(&self) -> Vec<AppReport> {
        let report = |(number, app): (usize, &AppPlan)| {
            let mut figures = Vec::new();
            if let Some(errand) = self.errand(number) {
                service::Service::figures(errand, &mut |name, figure| figures.push((name, figure)));
            }
            let node = self.scenario.nodes.get(app.on).map(|node| node.name.clone());
            AppReport { name: app.name.clone(), kind: app.kind(), node: node.unwrap_or_default(), figures }
        };
        self.scenario.apps.iter().enumerate().map(report).collect()
    }

    pub(super) fn node_reports(&self) -> Vec<NodeReport> {
        let report = |((plan, machine), frames): ((&NodePlan, &Machine), &[u64; 2])| {
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

    pub(super) fn link_reports(&self) -> Vec<LinkReport> {
        let report = |((number, plan), cable): ((usize, &LinkPlan), &Cable<Carried>)| {
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
}
