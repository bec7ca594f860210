//! Lines for a shell: those that say what a host is like are taken, all others are said.

use super::ImportError;
use super::lab::Lab;
use crate::drill::shell::line::{self, PieceKind};
use crate::sim::ip::{self, shown};

/// `sh -c` in `sh -c`, at most.
const DEEPEST: usize = 3;

/// Words of programs that make a router of a host.
pub(super) const DAEMONS: [&str; 9] =
    ["frr", "frrinit", "frrouting", "quagga", "zebra", "bgpd", "ospfd", "ripd", "bird"];

/// What is not done on a node is said as one thing.
enum Not {
    Taken(String),
    Known,
}

/// Reads a file with lines for a shell. `place` is what it is called.
pub(super) fn file(lab: &mut Lab, node: usize, place: &str, text: &str) -> Result<(), ImportError> {
    let mut lines = text.lines().enumerate();
    // Inside of `if`, `for` and the like it is not known what is run.
    let mut depth = 0usize;
    while let Some((number, first)) = lines.next() {
        let number = number.saturating_add(1);
        lab.count(place, number)?;
        let mut whole = first.to_owned();
        while whole.ends_with('\\') {
            whole.pop();
            let Some((_, next)) = lines.next() else { break };
            whole.push_str(next);
        }
        if let Some(end) = here_document(&whole) {
            lines.by_ref().find(|(_, line)| line.trim() == end);
        }
        let at = format!("{place}:{number}");
        let before = depth;
        depth = nested(&whole, depth);
        if before > 0 {
            continue;
        }
        if depth > 0 {
            lab.leave_out(&at, &format!("what begins with {} is not run here", shown(whole.trim())));
            continue;
        }
        commands(lab, node, &at, &whole, 0);
    }
    Ok(())
}

/// Reads one line, of a list of commands.
pub(super) fn one(
    lab: &mut Lab,
    node: usize,
    place: &str,
    line: usize,
    text: &str,
) -> Result<(), ImportError> {
    let file = lab.file.clone();
    lab.count(&file, line)?;
    commands(lab, node, place, text, 0);
    Ok(())
}

/// How deep a line leaves one in `if`, `for`, `while`, `case` and functions.
fn nested(line: &str, mut depth: usize) -> usize {
    let code = line.split(" #").next().unwrap_or(line).trim();
    if code.starts_with('#') {
        return depth;
    }
    for part in code.split(';') {
        let words: Vec<&str> = part.split_whitespace().take(2).collect();
        let first = match words.as_slice() {
            ["do" | "then" | "else", second, ..] => *second,
            [first, ..] => *first,
            [] => continue,
        };
        match first {
            "if" | "for" | "while" | "until" | "case" => depth = depth.saturating_add(1),
            "fi" | "done" | "esac" | "}" => depth = depth.saturating_sub(1),
            _ if part.trim_end().ends_with('{') && !part.trim_end().ends_with("${") => {
                depth = depth.saturating_add(1);
            }
            _ => {}
        }
    }
    depth
}

/// The word that ends the lines behind `<<`.
fn here_document(line: &str) -> Option<&str> {
    let (_, behind) = line.split_once("<<")?;
    let word = behind.trim_start_matches('-').split_whitespace().next()?;
    let word = word.trim_matches(['"', '\'']);
    (!word.is_empty() && !word.starts_with('<')).then_some(word)
}

fn commands(lab: &mut Lab, node: usize, place: &str, text: &str, depth: usize) {
    let commands = match line::commands(text) {
        Ok(commands) => commands,
        Err(reason) => return lab.leave_out(place, &reason),
    };
    for command in commands {
        let words: Option<Vec<String>> = command.words.iter().map(plain).collect();
        let output = command.output.as_ref().map(plain);
        let (Some(words), false) = (words, output == Some(None)) else {
            let what = "what a shell would put in for names and commands is not known here";
            lab.leave_out(place, &format!("{what}: {}", shown(text.trim())));
            continue;
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = output.flatten();
        match run(lab, node, place, &words, output.as_deref(), depth) {
            Ok(()) => {}
            Err(Not::Taken(what)) => lab.leave_out(place, &what),
            Err(Not::Known) => {
                let whole = words.join(" ");
                let daemon = words.iter().any(|word| is_daemon(word));
                if let Some(node) = lab.nodes.get_mut(node).filter(|_| daemon) {
                    node.router = true;
                }
                let what = if daemon { "routing daemons are not run here" } else { "this is not run here" };
                lab.leave_out(place, &format!("{what}: {}", shown(&whole)));
            }
        }
    }
}

/// Whether a word names a routing daemon.
pub(super) fn is_daemon(word: &str) -> bool {
    word.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|part| DAEMONS.contains(&part))
}

/// A word without anything that a shell would have to put in.
fn plain(word: &line::Word) -> Option<String> {
    word.iter()
        .map(|piece| match &piece.kind {
            PieceKind::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

fn run(
    lab: &mut Lab,
    node: usize,
    place: &str,
    words: &[&str],
    output: Option<&str>,
    depth: usize,
) -> Result<(), Not> {
    let [first, rest @ ..] = words else { return Ok(()) };
    let name = first.rsplit('/').next().unwrap_or(first);
    match (name, rest) {
        ("sudo" | "exec", _) => run(lab, node, place, rest, output, depth),
        ("sh" | "bash" | "ash", ["-c", text]) if depth < DEEPEST => {
            commands(lab, node, place, text, depth.saturating_add(1));
            Ok(())
        }
        ("echo", [value]) => match output.and_then(|path| path.strip_prefix("/proc/sys/")) {
            Some(setting) => set(lab, node, &setting.replace('/', "."), value),
            None => Err(Not::Known),
        },
        ("sysctl", _) => {
            let settings = rest.iter().filter(|word| !word.starts_with('-'));
            let mut all = settings.peekable();
            if all.peek().is_none() {
                return Err(Not::Known);
            }
            for setting in all {
                let (setting, value) = setting.split_once('=').ok_or(Not::Known)?;
                set(lab, node, setting.trim(), value.trim())?;
            }
            Ok(())
        }
        ("ip" | "ifconfig" | "route", _) => command(lab, node, place, name, words),
        ("brctl", ["addbr", bridge]) => make_bridge(lab, node, bridge),
        ("brctl", ["addif", bridge, ports @ ..]) => {
            ports.iter().try_for_each(|port| join(lab, node, bridge, port))
        }
        ("brctl", ["stp", ..]) => Err(Not::Taken("switches here have no spanning tree".to_owned())),
        ("dhclient" | "udhcpc" | "dhcpcd", _) => {
            let ports = lab.nodes.get_mut(node).into_iter().flat_map(|node| node.ports.iter_mut());
            let named = |port: &str| rest.contains(&port);
            let mut some = false;
            let any = !rest.iter().any(|word| word.starts_with("eth"));
            for ((_, port), settings) in ports {
                if named(port) || any {
                    settings.dhcp = true;
                    some = true;
                }
            }
            if some { Ok(()) } else { Err(Not::Known) }
        }
        _ => Err(Not::Known),
    }
}

fn command(lab: &mut Lab, node: usize, place: &str, name: &str, words: &[&str]) -> Result<(), Not> {
    // Bridges are made with `ip link` as well.
    let rest: Vec<&str> =
        words.iter().skip(1).copied().filter(|word| !matches!(*word, "dev" | "name")).collect();
    match rest.as_slice() {
        ["link" | "l", "add", bridge, "type", "bridge", ..] if name == "ip" => {
            return make_bridge(lab, node, bridge);
        }
        ["link" | "l", "set", port, "master", bridge]
        | ["link" | "l", "set", port, "up", "master", bridge]
            if name == "ip" =>
        {
            return join(lab, node, bridge, port);
        }
        _ => {}
    }
    let text = words.join(" ");
    match ip::Command::parse(&text) {
        Ok(command) => {
            lab.run(place, node, command);
            Ok(())
        }
        Err(mistake) => Err(Not::Taken(format!("{mistake}: {}", shown(&text)))),
    }
}

fn make_bridge(lab: &mut Lab, node: usize, bridge: &str) -> Result<(), Not> {
    let node = lab.nodes.get_mut(node).ok_or(Not::Known)?;
    node.bridges.insert(bridge.to_owned());
    Ok(())
}

fn join(lab: &mut Lab, node: usize, bridge: &str, port: &str) -> Result<(), Not> {
    let node = lab.nodes.get_mut(node).ok_or(Not::Known)?;
    if !node.bridges.contains(bridge) || node.port(port).is_none() {
        return Err(Not::Known);
    }
    node.bridged = true;
    Ok(())
}

/// A setting of the kernel, with dots in its name.
pub(super) fn setting(lab: &mut Lab, node: usize, place: &str, name: &str, value: &str) {
    if set(lab, node, name, value).is_err() {
        lab.leave_out(
            place,
            &format!("this setting is not known here: {}", shown(&format!("{name}={value}"))),
        );
    }
}

fn set(lab: &mut Lab, node: usize, name: &str, value: &str) -> Result<(), Not> {
    let forwarding = [
        "net.ipv4.ip_forward",
        "net.ipv4.conf.all.forwarding",
        "net.ipv6.conf.all.forwarding",
        "net.ipv6.conf.default.forwarding",
    ];
    let node = lab.nodes.get_mut(node).ok_or(Not::Known)?;
    match value {
        _ if !forwarding.contains(&name) => return Err(Not::Known),
        "1" => node.forwards = Some(true),
        // Of IPv6 alone this does not make it a host.
        "0" if name.starts_with("net.ipv4") => node.forwards = Some(false),
        "0" => {}
        _ => return Err(Not::Known),
    }
    Ok(())
}
