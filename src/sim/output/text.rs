//! A report as text.

use core::fmt;
use core::time::Duration;

use super::table::{Table, WIDTH, length, wrap};
use crate::link::{Counters, Rate};
use crate::sim::{AppReport, LinkReport, NodeReport, Report};
use crate::stack::service::Figure;

/// All of it, in sections, no line wider than 100 signs; a section in which nothing stands is left out.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sections = vec![self.head()];
        let add = |title: &str, lines: Vec<String>| -> Option<Vec<String>> {
            let first = core::iter::once(title.to_owned());
            (!lines.is_empty()).then(|| first.chain(lines).collect())
        };
        sections.extend(add("Expected", self.verdict_lines()));
        sections.extend(add("What happened", self.timeline_lines()));
        sections.extend(add("Applications", app_lines(&self.apps)));
        sections.extend(add("Nodes", node_lines(&self.nodes)));
        sections.extend(add("Links", link_lines(&self.links, self.now)));
        sections.push(self.foot());
        let text: Vec<String> =
            sections.into_iter().filter(|lines| !lines.is_empty()).map(|lines| lines.join("\n")).collect();
        f.write_str(&text.join("\n\n"))
    }
}

impl Report {
    fn head(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.title.iter().flat_map(|title| wrap(title, WIDTH)).collect();
        if let Some(stuck) = &self.stuck {
            lines.extend(wrap(&format!("It came to no end: {stuck}."), WIDTH));
        } else if self.now < self.duration {
            let why = if self.interrupted { "Interrupted" } else { "It ended" };
            let (now, duration) = (span(self.now), span(self.duration));
            lines.push(format!("{why} after {now} of {duration}."));
        }
        lines
    }

    fn verdict_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for verdict in &self.verdicts {
            let word = if verdict.holds { "ok    " } else { "FAILED" };
            let mut text = wrap(&verdict.expectation, WIDTH - 10).into_iter();
            lines.extend(text.next().map(|first| format!("  {word}  {first}")));
            lines.extend(text.map(|more| format!("            {more}")));
            if !verdict.holds {
                let found = verdict.found.iter().flat_map(|found| wrap(found, WIDTH - 12));
                lines.extend(found.map(|found| format!("            {found}")));
            }
        }
        lines
    }

    fn timeline_lines(&self) -> Vec<String> {
        let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(length).max().unwrap_or(0).min(20);
        let node = widest(&mut self.timeline.iter().map(|line| line.node.as_deref().unwrap_or("")));
        let who = widest(&mut self.timeline.iter().map(|line| line.who.as_str()));
        let time = self.timeline.iter().map(|line| moment(line.time).len()).max().unwrap_or(0);
        let mut lines = Vec::new();
        for line in &self.timeline {
            let name = line.node.as_deref().unwrap_or("");
            let before = format!("  {:>time$}  {name:node$}  {:who$}  ", moment(line.time), line.who);
            let indent = length(&before);
            for (number, text) in wrap(&line.text, WIDTH.saturating_sub(indent)).into_iter().enumerate() {
                let line = if number == 0 {
                    format!("{before}{text}")
                } else {
                    format!("{}{text}", " ".repeat(indent))
                };
                lines.push(line.trim_end().to_owned());
            }
        }
        if self.unsaid > 0 {
            lines.push(format!("  and {} more", self.unsaid));
        }
        lines
    }

    fn foot(&self) -> Vec<String> {
        let failed = self.verdicts.iter().filter(|verdict| !verdict.holds).count();
        let verdict = match (self.verdicts.len(), failed) {
            (0, _) => String::new(),
            (all, 0) => format!("; all {all} expectations came true"),
            (all, failed) => format!("; {failed} of {all} expectations FAILED"),
        };
        let frames = if self.frames == 1 { "frame" } else { "frames" };
        vec![format!(
            "{} {frames} in {}, seed {}, fingerprint {:016x}{verdict}",
            self.frames,
            span(self.now),
            self.seed,
            self.fingerprint
        )]
    }
}

/// A time for people.
pub fn span(time: Duration) -> String {
    Figure::Time(time).to_string()
}

/// A time in seconds, to the microsecond.
fn moment(time: Duration) -> String {
    format!("{}.{:06}", time.as_secs(), time.subsec_micros())
}

/// Applications of the same kind beside each other: a column for each, a row for each figure.
fn app_lines(apps: &[AppReport]) -> Vec<String> {
    let mut kinds: Vec<&str> = Vec::new();
    for app in apps {
        if !kinds.contains(&app.kind) {
            kinds.push(app.kind);
        }
    }
    let mut lines = Vec::new();
    for kind in kinds {
        let mut rest: Vec<&AppReport> = apps.iter().filter(|app| app.kind == kind).collect();
        while !rest.is_empty() {
            // As many as fit, one at least.
            let count = (1..=rest.len())
                .rev()
                .find(|count| *count == 1 || app_table(rest.get(..*count).unwrap_or(&[])).width() <= WIDTH);
            let taken: Vec<&AppReport> = rest.drain(..count.unwrap_or(1)).collect();
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(app_table(&taken).lines());
        }
    }
    lines
}

fn app_table(apps: &[&AppReport]) -> Table {
    let mut table = Table::new(1);
    let row = |table: &mut Table, name: &str, of: &dyn Fn(&AppReport) -> String| {
        table.row(core::iter::once(name.to_owned()).chain(apps.iter().map(|app| of(app))));
    };
    let kind = apps.first().map_or("", |app| app.kind);
    row(&mut table, kind, &|app| app.name.clone());
    row(&mut table, "on", &|app| app.node.clone());
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in apps.iter().flat_map(|app| &app.figures) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    for name in names {
        row(&mut table, name, &|app| {
            let figure = app.figures.iter().find(|(known, _)| *known == name);
            figure.map_or_else(String::new, |(_, figure)| figure.to_string())
        });
    }
    table
}

fn node_lines(nodes: &[NodeReport]) -> Vec<String> {
    let mut table = Table::new(2);
    table.row(["", "", "sent", "received"].map(String::from));
    for node in nodes {
        table.row([
            node.name.clone(),
            node.kind.to_owned(),
            node.sent.to_string(),
            node.received.to_string(),
        ]);
    }
    let mut lines = table.lines();
    // What is said of each node stands behind its numbers, and goes on below.
    let indent = lines.iter().map(|line| length(line)).max().unwrap_or(0).saturating_add(3);
    let mut told = Vec::new();
    for (node, line) in core::iter::once(None).chain(nodes.iter().map(Some)).zip(lines.drain(..)) {
        let notes = node.map(notes).unwrap_or_default();
        let mut texts = notes.iter().flat_map(|note| wrap(note, WIDTH.saturating_sub(indent)));
        let first = texts.next().unwrap_or_default();
        told.push(format!("{line:w$}{first}", w = indent).trim_end().to_owned());
        told.extend(texts.map(|text| format!("{}{text}", " ".repeat(indent))));
    }
    if nodes.is_empty() { Vec::new() } else { told }
}

/// What a node dropped, and what its services have counted.
fn notes(node: &NodeReport) -> Vec<String> {
    let drops = node.drops.iter().filter(|(_, count)| *count > 0);
    let drops: Vec<String> = drops.map(|(word, count)| format!("{word} {count}")).collect();
    let what = if node.kind == "switch" { "" } else { "dropped: " };
    let drops = (!drops.is_empty()).then(|| format!("{what}{}", drops.join(", ")));
    let services = node.services.iter().filter_map(|(name, figures)| {
        let figures = figures.iter().filter(|(_, figure)| figure.number() > 0);
        let figures: Vec<String> = figures.map(|(name, figure)| format!("{name} {figure}")).collect();
        (!figures.is_empty()).then(|| format!("{name}: {}", figures.join(", ")))
    });
    drops.into_iter().chain(services).collect()
}

fn link_lines(links: &[LinkReport], now: Duration) -> Vec<String> {
    if links.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(2);
    let heads =
        ["", "", "sent", "delivered", "lost", "doubled", "corrupted", "overtook", "marked", "queue", "used"];
    table.row(heads.map(String::from));
    let mut reasons = Vec::new();
    for link in links {
        let [first, second] = &link.ends;
        let ways = [
            (format!("{first} > {second}"), link.name.clone()),
            (format!("{second} > {first}"), String::new()),
        ];
        for (((ends, name), counters), rate) in ways.into_iter().zip(&link.ways).zip(link.rates) {
            let some = |count: u64| if count == 0 { String::new() } else { count.to_string() };
            let queue =
                if counters.queue_packets == 0 { String::new() } else { counters.queue_packets.to_string() };
            table.row([
                name,
                ends.clone(),
                counters.sent.to_string(),
                counters.delivered.to_string(),
                some(counters.dropped.total()),
                some(counters.duplicated),
                some(counters.corrupted),
                some(counters.reordered),
                some(counters.marked),
                queue,
                used(counters, rate, now),
            ]);
            let lost: Vec<String> =
                counters.dropped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            if !lost.is_empty() {
                reasons.push(format!("{}, {ends}: {}", link.name, lost.join(", ")));
            }
        }
    }
    let mut lines = table.without_empty().lines();
    lines.extend(
        reasons
            .iter()
            .flat_map(|reason| wrap(&format!("lost on {reason}"), WIDTH - 2))
            .map(|line| format!("  {line}")),
    );
    let cut: Vec<&str> = links.iter().filter(|link| link.is_cut).map(|link| link.name.as_str()).collect();
    if !cut.is_empty() {
        lines.extend(
            wrap(&format!("cut at the end: {}", cut.join(", ")), WIDTH - 2)
                .iter()
                .map(|line| format!("  {line}")),
        );
    }
    lines
}

/// How much of what a line could have carried has arrived: its bytes over rate and time.
fn used(counters: &Counters, rate: Option<Rate>, now: Duration) -> String {
    let Some(rate) = rate.filter(|rate| rate.bits_per_second() > 0 && !now.is_zero()) else {
        return String::new();
    };
    // Tenths of a percent, rounded down.
    let bits = u128::from(counters.delivered_bytes) * 8 * 1_000_000_000 * 1000;
    let could = u128::from(rate.bits_per_second()).saturating_mul(now.as_nanos()).max(1);
    let tenths = bits / could;
    format!("{}.{} %", tenths / 10, tenths % 10)
}
