//! A run, as expectations see it: figures, frames, sentences.

use super::{LINES, Run, START};
use crate::sim::Machine;
use crate::sim::expect::{Atom, AtomKind, Figure, LinkFigure, NodeFigure, Place, World};
use crate::sim::report::Line;
use crate::stack::service::{self, errand::Errand};

impl Run<'_> {
    pub(super) fn errand(&self, app: usize) -> Option<&Errand> {
        let (node, id) = self.apps.get(app)?;
        self.net.nodes.get(node.0)?.host()?.get_at(*id)
    }

    /// A figure, as a number with what it is a number of.
    fn figure(&self, figure: &Figure) -> Result<service::Figure, String> {
        let count = service::Figure::Count;
        let unknown = |what: &str| format!("there is no {what}");
        match figure {
            Figure::App(app, name) => {
                let errand = self.errand(*app).ok_or_else(|| unknown("application"))?;
                errand.figure(name).ok_or_else(|| "it has not come to that".to_owned())
            }
            Figure::Service(node, service, name) => {
                let host =
                    self.net.nodes.get(*node).and_then(Machine::host).ok_or_else(|| unknown("host"))?;
                let mut known = Vec::new();
                for (_, running) in host.services().filter(|(_, running)| is_called(running.name(), service))
                {
                    let mut found = None;
                    running.figures(&mut |figure, value| {
                        known.push(figure);
                        if figure == name {
                            found = Some(value);
                        }
                    });
                    if let Some(found) = found {
                        return Ok(found);
                    }
                }
                let names = || {
                    host.services()
                        .map(|(_, running)| running.name().replace(' ', "-"))
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                Err(match known.is_empty() {
                    true => format!("no service {service} runs there; there are {}", names()),
                    false => format!("{service} has the figures {}", known.join(", ")),
                })
            }
            Figure::Node(node, figure) => {
                let machine = self.net.nodes.get(*node).ok_or_else(|| unknown("node"))?;
                let frames = self.net.watch.frames.get(*node).copied().unwrap_or_default();
                match (figure, machine) {
                    (NodeFigure::FramesSent, _) => Ok(count(frames[0])),
                    (NodeFigure::FramesReceived, _) => Ok(count(frames[1])),
                    (NodeFigure::Flooded, Machine::Switch(switch)) => Ok(count(switch.flooded)),
                    (NodeFigure::Filtered, Machine::Switch(switch)) => Ok(count(switch.filtered)),
                    (NodeFigure::Flooded | NodeFigure::Filtered, _) => {
                        Err("only switches have that".to_owned())
                    }
                    (_, Machine::Switch(_)) => Err("switches have no such thing".to_owned()),
                    (figure, Machine::Host(host)) => {
                        let stack = &host.stack;
                        Ok(count(match figure {
                            NodeFigure::Drops(None) => stack.drops().total(),
                            NodeFigure::Drops(Some(reason)) => stack.drops().of(*reason),
                            NodeFigure::Addresses => {
                                let on = stack.interfaces().iter().skip(1);
                                on.flat_map(|on| &on.addresses).filter(|address| address.is_usable()).count()
                                    as u64
                            }
                            NodeFigure::Routes => stack.routes().iter().count() as u64,
                            NodeFigure::Neighbours => stack.neighbours(self.net.now).count() as u64,
                            _ => stack.nat().map_or(0, |nat| nat.mappings().count() as u64),
                        }))
                    }
                }
            }
            Figure::Link(link, way, figure) => {
                let cable = self.net.cables.get(*link).ok_or_else(|| unknown("link"))?;
                let of = |side: usize| cable.links.get(side).map_or(0, |link| figure.of(link.counters()));
                let longest = matches!(figure, LinkFigure::QueuePackets | LinkFigure::QueueBytes);
                Ok(count(match way {
                    Some(side) => of(*side),
                    None if longest => of(0).max(of(1)),
                    None => of(0) + of(1),
                }))
            }
        }
    }

    fn said(&self, place: Place, words: &str) -> u64 {
        let name = |node: usize| self.scenario.nodes.get(node).map(|node| node.name.as_str());
        let is_there = |line: &&Line| match place {
            Place::App(app) => {
                let app = self.scenario.apps.get(app);
                app.is_some_and(|app| line.who == app.name && line.node.as_deref() == name(app.on))
            }
            Place::Node(node) | Place::Port(node, _) => line.node.as_deref() == name(node),
            Place::Link(link, _) => {
                let link = self.scenario.links.get(link);
                line.node.is_none()
                    && link.is_some_and(|link| line.text.starts_with(&format!("the link {} ", link.name)))
            }
        };
        self.timeline.iter().filter(is_there).filter(|line| line.text.contains(words)).count() as u64
    }

    pub(super) fn atom(&self, atom: &Atom) -> Result<service::Figure, String> {
        let count = service::Figure::Count;
        match &atom.what {
            AtomKind::Figure(figure) => self.figure(figure),
            AtomKind::Count(probe) => Ok(count(self.net.watch.tally(probe).count)),
            AtomKind::First(probe) => {
                let first = self.net.watch.tally(probe).first;
                first
                    .map(|first| service::Figure::Time(first - START))
                    .ok_or_else(|| "there was none".to_owned())
            }
            AtomKind::Said(..) if self.unsaid > 0 => {
                Err(format!("the timeline keeps {LINES} sentences, there were more"))
            }
            AtomKind::Said(place, words) => Ok(count(self.said(*place, words))),
            AtomKind::Now => Ok(service::Figure::Time(self.now())),
        }
    }
}

impl World for Run<'_> {
    fn value(&self, atom: &Atom) -> Option<i128> {
        self.atom(atom).ok().map(number)
    }

    fn show(&self, atom: &Atom) -> Result<String, String> {
        self.atom(atom).map(|figure| figure.to_string())
    }
}

/// Whether a service is meant by a word: names of services may have spaces, and expectations have `-` for them.
fn is_called(service: &str, word: &str) -> bool {
    let sign = |sign: char| if sign == ' ' { '-' } else { sign };
    service.chars().map(sign).eq(word.chars())
}

pub(super) fn number(figure: service::Figure) -> i128 {
    match figure {
        service::Figure::Count(number) | service::Figure::Bytes(number) | service::Figure::Rate(number) => {
            number.into()
        }
        service::Figure::Time(span) => i128::try_from(span.as_nanos()).unwrap_or(i128::MAX),
    }
}
