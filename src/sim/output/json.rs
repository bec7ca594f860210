//! A report as JSON.

use core::time::Duration;

use serde_json::{Map, Value, json};

use crate::link::Counters;
use crate::sim::{LinkReport, NodeReport, Report, Verdict};
use crate::stack::service::Figure;
use crate::time::Time;

/// The name of the schema: `docs/sim.schema.json` has it.
pub const REPORT_SCHEMA: &str = "layercake.sim/1";

/// A time since the beginning: seconds, with nine places.
pub fn seconds(time: Duration) -> String {
    (Time::ZERO + time).to_string()
}

impl Report {
    /// As JSON, schema `layercake.sim/1`. Times are texts: seconds since the beginning, with nine places. Rates are bits a second.
    ///
    /// ```
    /// # let scenario: layercake::sim::Scenario = "duration = '1s'\nnodes.a = {}".parse()?;
    /// let report = scenario.run()?.to_json();
    /// assert_eq!(report["duration"], "1.000000000");
    /// assert_eq!(report["passed"], true);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> Value {
        let verdict = |verdict: &Verdict| {
            json!({
                "expectation": verdict.expectation,
                "holds": verdict.holds,
                "found": verdict.found,
                "time": seconds(verdict.time),
            })
        };
        let line = |line: &crate::sim::Line| json!({ "time": seconds(line.time), "node": line.node, "who": line.who, "text": line.text });
        let app = |app: &crate::sim::AppReport| json!({ "name": app.name, "kind": app.kind, "node": app.node, "figures": figures(&app.figures) });
        json!({
            "schema": REPORT_SCHEMA,
            "title": self.title,
            "seed": self.seed,
            "duration": seconds(self.duration),
            "time": seconds(self.now),
            "passed": self.passed(),
            "interrupted": self.interrupted,
            "stuck": self.stuck,
            "frames": self.frames,
            "fingerprint": format!("{:016x}", self.fingerprint),
            "expectations": self.verdicts.iter().map(verdict).collect::<Vec<_>>(),
            "timeline": self.timeline.iter().map(line).collect::<Vec<_>>(),
            "unsaid": self.unsaid,
            "apps": self.apps.iter().map(app).collect::<Vec<_>>(),
            "nodes": self.nodes.iter().map(node).collect::<Vec<_>>(),
            "links": self.links.iter().map(link).collect::<Vec<_>>(),
        })
    }
}

fn figures(figures: &[(&'static str, Figure)]) -> Value {
    let value = |figure: &Figure| match figure {
        Figure::Time(time) => Value::from(seconds(*time)),
        other => Value::from(other.number()),
    };
    Value::Object(figures.iter().map(|(name, figure)| ((*name).to_owned(), value(figure))).collect())
}

fn counts<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> Value {
    Value::Object(
        counts
            .filter(|(_, count)| *count > 0)
            .map(|(word, count)| (word.to_owned(), count.into()))
            .collect::<Map<_, _>>(),
    )
}

fn node(node: &NodeReport) -> Value {
    let services = node.services.iter().map(|(name, of)| json!({ "name": name, "figures": figures(of) }));
    json!({
        "name": node.name,
        "kind": node.kind,
        "sent": node.sent,
        "received": node.received,
        "drops": counts(node.drops.iter().copied()),
        "services": services.collect::<Vec<_>>(),
    })
}

fn link(link: &LinkReport) -> Value {
    let [first, second] = &link.ends;
    let [there, back] = &link.ways;
    let way = |from: &str, to: &str, counters: &Counters, rate: Option<crate::link::Rate>| {
        json!({
            "from": from,
            "to": to,
            "rate": rate.map(|rate| rate.bits_per_second()),
            "sent": counters.sent,
            "sent_bytes": counters.sent_bytes,
            "delivered": counters.delivered,
            "delivered_bytes": counters.delivered_bytes,
            "dropped": counts(counters.dropped.iter().map(|(reason, count)| (reason.word(), count))),
            "duplicated": counters.duplicated,
            "corrupted": counters.corrupted,
            "reordered": counters.reordered,
            "marked": counters.marked,
            "queue_packets": counters.queue_packets,
            "queue_bytes": counters.queue_bytes,
        })
    };
    let [there_rate, back_rate] = link.rates;
    json!({
        "name": link.name,
        "cut": link.is_cut,
        "there": way(first, second, there, there_rate),
        "back": way(second, first, back, back_rate),
    })
}
