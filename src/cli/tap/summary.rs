//! What is said when a session begins and ends.

use serde_json::{Map, Value, json};

use super::{Trouble, WireArguments};
use crate::cli::output::{self, Colour, Output, printable};
use crate::diff::{Diff, Options};
use crate::link::{Counters, Impaired, Reason};
use crate::packet::{Decoder, Frame};
use crate::render;
use crate::stack::service::Figure;
use crate::stack::{Host, Stack, Transmit};
use crate::tap::Port;

/// What the host is.
pub fn beginning(stack: &Stack) -> Vec<String> {
    let on = stack.interfaces().iter().filter(|on| on.mac().is_some());
    on.map(|on| printable_lines(&on.to_string())).collect()
}

fn printable_lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

/// Writes an object for programs to standard output.
pub fn object(object: &Value) -> Result<(), Trouble> {
    let mut output = Output::standard(Colour::Never);
    let written = output.write(format!("{object}\n").as_bytes()).and_then(|()| output.flush());
    match written {
        // Whoever read it has enough of it.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| format!("cannot write the output: {error}")),
    }
}

/// What was counted.
pub fn end(node: &Impaired<Host>, ports: &[Port], wire: &WireArguments) -> Result<(), Trouble> {
    let stack = &node.node.stack;
    let name = |id: crate::stack::InterfaceId| {
        stack.interfaces().get(usize::from(id.0)).map_or(String::new(), |on| on.name.clone())
    };
    let mut services = Vec::new();
    for (_, service) in node.node.services() {
        let mut figures = Vec::new();
        service.figures(&mut |name, figure| figures.push((name, figure)));
        services.push((service.name(), figures));
    }
    if wire.json {
        let wires: Map<String, Value> = node
            .counters()
            .map(|(id, [to, from])| (name(id), json!({"in": link(to), "out": link(from)})))
            .collect();
        let services: Vec<Value> = services
            .iter()
            .map(|(name, figures)| {
                let counters: Map<String, Value> = figures
                    .iter()
                    .map(|(name, figure)| ((*name).to_owned(), json!(figure.number())))
                    .collect();
                json!({"service": name, "counters": counters})
            })
            .collect();
        let drops: Map<String, Value> =
            stack.drops().iter().map(|(reason, count)| (reason.word().to_owned(), json!(count))).collect();
        return object(&json!({
            "schema": "layercake.tap/1",
            "devices": devices(ports),
            "wires": wires,
            "services": services,
            "drops": drops,
        }));
    }
    if wire.quiet {
        return Ok(());
    }
    talk_of(ports);
    for (id, [to, from]) in node.counters() {
        output::remark(&format!("{} in: {}", printable(&name(id)), words(to)));
        output::remark(&format!("{} out: {}", printable(&name(id)), words(from)));
    }
    for (name, figures) in services {
        let figures: Vec<String> = figures.iter().map(|(name, value)| figure(name, *value)).collect();
        output::remark(&format!("{name}: {}", figures.join(", ")));
    }
    let drops: Vec<String> =
        stack.drops().iter().map(|(reason, count)| format!("{count} {}", reason.word())).collect();
    if !drops.is_empty() {
        output::remark(&format!("dropped by the host: {}", drops.join(", ")));
    }
    Ok(())
}

/// A figure in words: `3 connections`, `1000 bytes sent`, `rtt mean 21.4 ms`.
fn figure(name: &str, figure: Figure) -> String {
    let words = name.replace('_', " ");
    match figure {
        Figure::Count(number) => format!("{number} {words}"),
        Figure::Bytes(number) if words.starts_with("bytes") => format!("{number} {words}"),
        other => format!("{words} {other}"),
    }
}

/// What went over the devices, in words.
pub fn talk_of(ports: &[Port]) {
    for port in ports {
        let Port { received, sent, refused, .. } = port;
        let mut line = format!(
            "{}: {} frames in ({} bytes), {} out ({} bytes)",
            printable(port.device.name()),
            received.0,
            received.1,
            sent.0,
            sent.1
        );
        if *refused > 0 {
            line.push_str(&format!(", {refused} that the kernel did not take"));
        }
        output::remark(&line);
    }
}

/// The same for programs.
pub fn devices(ports: &[Port]) -> Map<String, Value> {
    let of = |port: &Port| {
        json!({
            "received": {"frames": port.received.0, "bytes": port.received.1},
            "sent": {"frames": port.sent.0, "bytes": port.sent.1},
            "refused": port.refused,
        })
    };
    ports.iter().map(|port| (port.device.name().to_owned(), of(port))).collect()
}

/// What a link has done, for programs.
pub fn link(counters: &Counters) -> Value {
    let Counters { sent, delivered, duplicated, corrupted, reordered, dropped, .. } = counters;
    let drops: Map<String, Value> =
        dropped.iter().map(|(reason, count)| (reason.word().to_owned(), json!(count))).collect();
    json!({
        "sent": sent, "delivered": delivered, "dropped": dropped.total(), "drops": drops, "lost": dropped.loss,
        "queue_full": dropped.full, "duplicated": duplicated, "corrupted": corrupted, "reordered": reordered,
    })
}

/// What a link has done, in words.
pub fn words(counters: &Counters) -> String {
    let Counters { sent, delivered, duplicated, corrupted, reordered, dropped, .. } = counters;
    let mut line = format!("{sent} frames given to the wire, {delivered} delivered");
    let rest = [
        (dropped.loss, "lost"),
        (dropped.full, "too many for the queue"),
        (*duplicated, "doubled"),
        (*corrupted, "corrupted"),
        (*reordered, "reordered"),
    ];
    for (count, what) in rest.into_iter().filter(|(count, _)| *count > 0) {
        line.push_str(&format!(", {count} {what}"));
    }
    for (reason, count) in dropped.iter().filter(|(reason, _)| !matches!(reason, Reason::Loss | Reason::Full))
    {
        line.push_str(&format!(", {count} dropped: {reason}"));
    }
    line
}

/// What differs between a frame that is sent and the one that was.
pub fn difference(now: Option<&Transmit>, then: Option<&[u8]>) {
    let read = |bytes| Decoder::new().packet(Frame::ethernet(bytes));
    match (now, then) {
        (Some(now), Some(then)) => {
            output::remark(&format!("- then\n+ now, because of: {}", now.reason));
            let diff = Diff::between(&read(then), &read(&now.frame), &Options::default());
            output::remark(diff.to_string().trim_end());
        }
        (Some(now), None) => output::remark(&format!("now: {}", render::line::summary(&read(&now.frame)))),
        (None, Some(then)) => output::remark(&format!("then: {}", render::line::summary(&read(then)))),
        (None, None) => {}
    }
}
