//! From text to an expectation.

use core::ops::Range;

use super::value::{Figure, LinkFigure, NodeFigure, Phase, Place, Probe};
use super::{Atom, AtomKind, Comparison, Condition, Expectation, Operator, Relation, Sum, What, When};
use crate::assertion::Assertion;
use crate::filter::Filter;
use crate::link::{self, Rate};
use crate::mistake::Mistake;
use crate::sim::Scenario;
use crate::sim::scenario::{Kind, span};
use crate::stack::DropReason;

type Result<T> = core::result::Result<T, Mistake>;

/// How deep brackets go.
const DEPTH: usize = 32;
/// Longer than any that a person writes.
const LONGEST: usize = 2_000;

/// `CONDITION [within TIME | at TIME]`, `sent(PLACE): ASSERTION [within TIME | at TIME]`
pub(super) fn expectation(text: &str, scenario: &Scenario) -> Result<Expectation> {
    if text.len() > LONGEST {
        return Err(Mistake::new(0..text.len(), "this is too long"));
    }
    let (body, when) = suffix(text)?;
    let mut parser = Parser { text: body, at: 0, depth: 0, scenario };
    let what = match parser.frames()? {
        Some(what) => what,
        None => {
            let condition = parser.any()?;
            parser.space();
            if parser.at < body.len() {
                let rest = parser.at..body.len();
                return Err(
                    Mistake::new(rest, "this does not belong here").hint("write and, or; within 10s, at 10s")
                );
            }
            What::Condition(condition)
        }
    };
    Ok(Expectation { text: text.trim().to_owned(), when, what })
}

/// A sum alone.
pub(super) fn measure(text: &str, scenario: &Scenario) -> Result<Sum> {
    if text.len() > LONGEST {
        return Err(Mistake::new(0..text.len(), "this is too long"));
    }
    let mut parser = Parser { text, at: 0, depth: 0, scenario };
    let sum = parser.sum()?;
    parser.space();
    if parser.at < text.len() {
        return Err(Mistake::new(parser.at..text.len(), "this does not belong here")
            .hint("what is measured is a number: bulk.rate"));
    }
    Ok(sum)
}

/// When it has to hold, which stands at the end.
fn suffix(text: &str) -> Result<(&str, When)> {
    let trimmed = text.trim_end();
    for (word, make) in [(" within ", When::Within as fn(_) -> _), (" at ", When::At as fn(_) -> _)] {
        let Some(start) = trimmed.rfind(word) else { continue };
        let time = trimmed.get(start + word.len()..).unwrap_or_default();
        if time.contains(|sign: char| sign.is_whitespace() || sign == '"') {
            continue;
        }
        let Some(time) = span(time) else {
            let place = start + word.len()..trimmed.len();
            return Err(Mistake::new(place, "this is no time").hint("write within 10s, at 1.5s"));
        };
        return Ok((trimmed.get(..start).unwrap_or_default(), make(time)));
    }
    Ok((trimmed, When::End))
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    scenario: &'a Scenario,
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':')
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes a sign, or several.
    fn eat(&mut self, sign: &str) -> bool {
        self.space();
        let there = self.rest().starts_with(sign);
        if there {
            self.at += sign.len();
        }
        there
    }

    /// The word that stands here, without taking it.
    fn peek(&mut self) -> &'a str {
        self.space();
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    fn word(&mut self) -> (&'a str, Range<usize>) {
        let word = self.peek();
        let place = self.at..self.at + word.len();
        self.at += word.len();
        (word, place)
    }

    fn missing<T>(&self, what: &str, hint: &str) -> Result<T> {
        let end = self.rest().chars().next().map_or(self.at, |sign| self.at + sign.len_utf8());
        Err(Mistake::new(self.at..end, format!("{what} is missing here")).hint(hint))
    }

    /// `sent(PLACE): ASSERTION`
    fn frames(&mut self) -> Result<Option<What>> {
        let start = self.at;
        let (word, _) = self.word();
        let call = phase(word).is_some() && self.eat("(");
        let close = if call { self.rest().find(')').map(|at| self.at + at) } else { None };
        let colon = close.filter(|close| {
            self.text.get(close + 1..).is_some_and(|rest| rest.trim_start().starts_with(':'))
        });
        let (Some(phase), Some(close)) = (phase(word), colon) else {
            self.at = start;
            return Ok(None);
        };
        let place = self.frames_place()?;
        self.space();
        if self.at != close {
            let hint = "the filter stands in the assertion: sent(a): count(tcp) == 3";
            return Err(Mistake::new(self.at..close, "there is no filter here").hint(hint));
        }
        self.at = close + 1;
        self.eat(":");
        self.space();
        let begin = self.at;
        let assertion = Assertion::parse(self.rest()).map_err(|mut mistake| {
            mistake.span = mistake.span.start + begin..mistake.span.end + begin;
            mistake
        })?;
        self.at = self.text.len();
        Ok(Some(What::Frames(Probe { phase, place, filter: None }, assertion)))
    }

    fn any(&mut self) -> Result<Condition> {
        let mut all = vec![self.all()?];
        while self.peek() == "or" {
            self.word();
            all.push(self.all()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::Any(all) })
    }

    fn all(&mut self) -> Result<Condition> {
        let mut all = vec![self.not()?];
        while self.peek() == "and" {
            self.word();
            all.push(self.not()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::All(all) })
    }

    fn not(&mut self) -> Result<Condition> {
        if self.peek() == "not" {
            self.word();
            self.deeper()?;
            let inner = self.not()?;
            self.depth -= 1;
            return Ok(Condition::Not(Box::new(inner)));
        }
        let left = self.sum()?;
        let relations = [
            ("==", Relation::Equal),
            ("!=", Relation::NotEqual),
            ("<=", Relation::LessOrEqual),
            (">=", Relation::GreaterOrEqual),
            ("<", Relation::Less),
            (">", Relation::Greater),
        ];
        let Some((_, relation)) = relations.into_iter().find(|(sign, _)| self.eat(sign)) else {
            return self.missing("a comparison", "write ==, !=, <, <=, > or >=, and a number");
        };
        let right = self.sum()?;
        Ok(Condition::Compare(Box::new(Comparison { left, relation, right })))
    }

    fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Mistake::new(self.at..self.text.len(), "this is nested too deep"));
        }
        Ok(())
    }

    fn sum(&mut self) -> Result<Sum> {
        let mut sum = self.product()?;
        loop {
            let operator = if self.eat("+") {
                Operator::Add
            } else if self.eat("-") {
                Operator::Subtract
            } else {
                return Ok(sum);
            };
            sum = Sum::Of(Box::new(sum), operator, Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Sum> {
        let mut product = self.factor()?;
        loop {
            let operator = if self.eat("*") {
                Operator::Multiply
            } else if self.eat("/") {
                Operator::Divide
            } else {
                return Ok(product);
            };
            product = Sum::Of(Box::new(product), operator, Box::new(self.factor()?));
        }
    }

    fn factor(&mut self) -> Result<Sum> {
        if self.eat("(") {
            self.deeper()?;
            let sum = self.sum()?;
            self.depth -= 1;
            if !self.eat(")") {
                return self.missing("a closing bracket", "each ( has its )");
            }
            return Ok(sum);
        }
        let (word, place) = self.word();
        if word.is_empty() {
            return self.missing("a number", "a figure as ping.received, sent(a, tcp), or 10, 20ms, 9Mbit");
        }
        if word.starts_with(|sign: char| sign.is_ascii_digit()) {
            return number(word)
                .map(Sum::Number)
                .ok_or_else(|| Mistake::new(place, "this is no number").hint("10, 20ms, 1.5s, 9Mbit, 64kB"));
        }
        let start = place.start;
        let what =
            if self.rest().starts_with('(') { self.call(word, place)? } else { self.figure(word, place)? };
        let text = self.text.get(start..self.at).unwrap_or_default().to_owned();
        Ok(Sum::Atom(Atom { text, what }))
    }

    fn call(&mut self, word: &str, place: Range<usize>) -> Result<AtomKind> {
        let names = ["sent", "arrived", "lost", "corrupted", "duplicated", "when", "delivered", "said"];
        self.eat("(");
        let kind = match word {
            "when" => {
                let (inner, place) = self.word();
                let Some(phase) = phase(inner).filter(|_| self.eat("(")) else {
                    return Err(Mistake::new(place, "when what?").hint("write when(sent(a, tcp))"));
                };
                let probe = self.probe(phase)?;
                self.close()?;
                return Ok(AtomKind::First(probe));
            }
            "delivered" => {
                let (name, place) = self.word();
                let Some(app) = self.scenario.apps.iter().position(|app| app.name == name) else {
                    let names = self.scenario.apps.iter().map(|app| app.name.as_str());
                    return Err(
                        Mistake::new(place, format!("there is no application {name:?}")).like(name, names)
                    );
                };
                if !self.eat(",") {
                    return self.missing("what was delivered", "write delivered(client, bytes)");
                }
                let (what, place) = self.word();
                self.app_figure(app, what, place)?
            }
            "said" => {
                let place = self.place()?;
                if !self.eat(",") || !self.eat("\"") {
                    return self.missing("a text in quotation marks", "write said(a, \"refused\")");
                }
                let Some(end) = self.rest().find('"') else {
                    return self.missing("the end of the text", "a text stands in quotation marks");
                };
                let words = self.rest().get(..end).unwrap_or_default().to_owned();
                self.at += end + 1;
                AtomKind::Said(place, words)
            }
            _ => match phase(word) {
                Some(phase) => return self.probe(phase).map(AtomKind::Count),
                None => {
                    return Err(Mistake::new(place, format!("there is no function {word:?}"))
                        .hint(format!("the functions are {}", names.join(", ")))
                        .like(word, names.into_iter()));
                }
            },
        };
        self.close()?;
        Ok(kind)
    }

    fn close(&mut self) -> Result<()> {
        if self.eat(")") { Ok(()) } else { self.missing("a closing bracket", "each ( has its )") }
    }

    /// What stands in brackets: a place, and behind a comma a filter.
    fn probe(&mut self, phase: Phase) -> Result<Probe> {
        let place = self.frames_place()?;
        if !self.eat(",") {
            self.close()?;
            return Ok(Probe { phase, place, filter: None });
        }
        self.space();
        let start = self.at;
        let Some(end) = closing(self.rest()).map(|end| start + end) else {
            return self.missing("a closing bracket", "each ( has its )");
        };
        let text = self.text.get(start..end).unwrap_or_default();
        let filter = Filter::parse(text).map_err(|mut mistake| {
            mistake.span = mistake.span.start + start..mistake.span.end + start;
            mistake
        })?;
        self.at = end + 1;
        Ok(Probe { phase, place, filter: Some(filter) })
    }

    /// A place by which frames go.
    fn frames_place(&mut self) -> Result<Place> {
        self.space();
        let start = self.at;
        match self.place()? {
            Place::App(_) => Err(Mistake::new(
                start..self.at,
                "frames are those of a node, a node:port or a link, not of an application",
            )
            .hint("a filter tells them apart: sent(a, tcp.dstport == 5000)")),
            place => Ok(place),
        }
    }

    /// A node, a port, a link, or a direction of a link; or an application.
    fn place(&mut self) -> Result<Place> {
        let (word, place) = self.word();
        let scenario = self.scenario;
        if let Some((node, port)) = word.split_once(':')
            && let Some(number) = scenario.node(node)
        {
            let ports = scenario.nodes.get(number).map(|node| node.ports.as_slice()).unwrap_or_default();
            let found = ports.iter().position(|known| known.name == port);
            let names = ports.iter().map(|port| port.name.as_str());
            return found.map(|port| Place::Port(number, port)).ok_or_else(|| {
                Mistake::new(place, format!("{node} has no interface {port:?}")).like(port, names)
            });
        }
        let (name, way) = match word.rsplit_once('.') {
            Some((name, "there")) => (name, Some(0)),
            Some((name, "back")) => (name, Some(1)),
            _ => (word, None),
        };
        if let Some(link) = scenario.link(name) {
            return Ok(Place::Link(link, way));
        }
        if let Some(node) = scenario.node(word) {
            return Ok(Place::Node(node));
        }
        if let Some(app) = scenario.apps.iter().position(|app| app.name == word) {
            return Ok(Place::App(app));
        }
        let names = scenario.nodes.iter().map(|node| node.name.as_str());
        let names = names.chain(scenario.links.iter().map(|link| link.name.as_str()));
        Err(Mistake::new(place, format!("there is no node and no link {word:?}")).like(word, names))
    }

    /// `NAME.FIGURE`
    fn figure(&mut self, word: &str, place: Range<usize>) -> Result<AtomKind> {
        if word == "now" {
            return Ok(AtomKind::Now);
        }
        let scenario = self.scenario;
        let Some((name, figure)) = word.split_once('.') else {
            return Err(Mistake::new(place, format!("{word:?} is no figure"))
                .hint("figures are of something: ping.received, r1.drops, core.dropped"));
        };
        let behind = place.start + name.len() + 1..place.end;
        if let Some(app) = scenario.apps.iter().position(|app| app.name == name) {
            return self.app_figure(app, figure, behind);
        }
        if let Some(node) = scenario.node(name) {
            return node_figure(scenario, node, figure, behind);
        }
        if let Some(link) = scenario.link(name) {
            return link_figure(link, figure, behind);
        }
        let names = scenario.apps.iter().map(|app| app.name.as_str());
        let names = names.chain(scenario.nodes.iter().map(|node| node.name.as_str()));
        let names = names.chain(scenario.links.iter().map(|link| link.name.as_str()));
        let place = place.start..place.start + name.len();
        Err(Mistake::new(place, format!("there is no application, node or link {name:?}")).like(name, names))
    }

    fn app_figure(&self, app: usize, figure: &str, place: Range<usize>) -> Result<AtomKind> {
        let known = self.scenario.apps.get(app).map(|app| app.figures()).unwrap_or_default();
        if known.contains(&figure) {
            return Ok(AtomKind::Figure(Figure::App(app, figure.to_owned())));
        }
        Err(Mistake::new(place, format!("there is no figure {figure:?}"))
            .hint(format!("its figures are {}", known.join(", ")))
            .like(figure, known.iter().copied()))
    }
}

fn node_figure(scenario: &Scenario, node: usize, figure: &str, place: Range<usize>) -> Result<AtomKind> {
    if let Some(word) = figure.strip_prefix("drops.") {
        let reason = DropReason::ALL.iter().find(|reason| reason.word() == word);
        let words = DropReason::ALL.iter().map(|reason| reason.word());
        let wrong =
            || Mistake::new(place.clone(), format!("nothing is dropped for {word:?}")).like(word, words);
        let reason = reason.ok_or_else(wrong)?;
        return Ok(AtomKind::Figure(Figure::Node(node, NodeFigure::Drops(Some(*reason)))));
    }
    if let Some((_, known)) = NodeFigure::NAMES.iter().find(|(name, _)| *name == figure) {
        return Ok(AtomKind::Figure(Figure::Node(node, *known)));
    }
    let is_switch = scenario.nodes.get(node).is_some_and(|node| node.kind == Kind::Switch);
    if let Some((service, name)) = figure.split_once('.').filter(|_| !is_switch) {
        let figure = Figure::Service(node, service.to_owned(), name.to_owned());
        return Ok(AtomKind::Figure(figure));
    }
    let names = NodeFigure::NAMES.iter().map(|(name, _)| *name);
    let all = names.clone().collect::<Vec<_>>().join(", ");
    Err(Mistake::new(place, format!("a node has no figure {figure:?}"))
        .hint(format!(
            "its figures are {all}, drops.ip.ttl and the like, and those of its services: http.requests"
        ))
        .like(figure, names))
}

fn link_figure(link: usize, figure: &str, place: Range<usize>) -> Result<AtomKind> {
    let (way, figure) = match figure.split_once('.') {
        Some(("there", figure)) => (Some(0), figure),
        Some(("back", figure)) => (Some(1), figure),
        _ => (None, figure),
    };
    let found = if let Some(word) = figure.strip_prefix("dropped.") {
        let words = link::Reason::ALL.iter().map(|reason| reason.word());
        let wrong =
            || Mistake::new(place.clone(), format!("a link drops nothing for {word:?}")).like(word, words);
        let reason = link::Reason::ALL.iter().find(|reason| reason.word() == word).ok_or_else(wrong)?;
        Some(LinkFigure::Dropped(Some(*reason)))
    } else {
        LinkFigure::NAMES.iter().find(|(name, _)| *name == figure).map(|(_, figure)| *figure)
    };
    let names = LinkFigure::NAMES.iter().map(|(name, _)| *name);
    let all = names.clone().collect::<Vec<_>>().join(", ");
    let found = found.ok_or_else(|| {
        Mistake::new(place, format!("a link has no figure {figure:?}"))
            .hint(format!("its figures are {all}"))
            .like(figure, names)
    })?;
    Ok(AtomKind::Figure(Figure::Link(link, way, found)))
}

fn phase(word: &str) -> Option<Phase> {
    Some(match word {
        "sent" => Phase::Sent,
        "arrived" => Phase::Arrived,
        "lost" => Phase::Lost,
        "corrupted" => Phase::Corrupted,
        "duplicated" => Phase::Duplicated,
        _ => return None,
    })
}

/// Where the bracket is that closes one before this text.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quoted) = (0usize, false);
    for (at, sign) in text.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 0 => return Some(at),
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `10`, `20ms`, `9.5Mbit`, `64kB`, `1MiB`.
fn number(word: &str) -> Option<i128> {
    if let Ok(number) = word.parse::<u64>() {
        return Some(number.into());
    }
    if let Some(span) = span(word) {
        return i128::try_from(span.as_nanos()).ok();
    }
    let sizes = [
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ];
    for (unit, size) in sizes {
        if let Some(number) = word.strip_suffix(unit).and_then(|number| number.parse::<u32>().ok()) {
            return Some(i128::from(number) * i128::from(size as i64));
        }
    }
    word.parse::<Rate>().ok().map(|rate| rate.bits_per_second().into())
}
