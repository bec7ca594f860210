//! Kathara's labs: `lab.conf` says who is on which collision domain, `NAME.startup` what each runs when it begins.

use std::collections::BTreeMap;

use super::lab::{Lab, Link};
use super::{ImportError, LONGEST, startup};
use crate::field::Mac;
use crate::sim::ip::shown;

/// Options of a device that change nothing on the wire.
const QUIET: [&str; 10] =
    ["mem", "cpus", "shell", "num_terms", "ipv6", "env", "ulimit", "privileged", "entrypoint", "args"];

/// Files of a device that are configuration of what runs on it.
const FILES: [(&str, bool); 8] = [
    ("etc/frr/frr.conf", true),
    ("etc/frr/daemons", true),
    ("etc/quagga/zebra.conf", true),
    ("etc/quagga/daemons", true),
    ("etc/zebra/zebra.conf", true),
    ("etc/bird/bird.conf", true),
    ("etc/bind/named.conf", false),
    ("etc/network/interfaces", false),
];

type Files<'f> = &'f dyn Fn(&str) -> Option<Vec<u8>>;

/// The interfaces on a collision domain.
type Domains = BTreeMap<String, Vec<(usize, String)>>;

pub(super) fn read(file: &str, text: &str, files: Files<'_>) -> Result<Lab, ImportError> {
    let mut lab = Lab::new(file, "Kathara");
    let mut domains = Domains::new();
    // In the order in which they are named.
    let mut order = Vec::new();
    let mut devices: Vec<(String, usize)> = Vec::new();
    let mut later = Vec::new();
    let mut about = String::new();
    for (number, line) in text.lines().enumerate() {
        let number = number.saturating_add(1);
        let place = format!("{file}:{number}");
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong =
            || ImportError::new(file, Some(number), format!("{} is no NAME[WHAT]=VALUE", shown(line)));
        let (left, value) = line.split_once('=').ok_or_else(wrong)?;
        let value = unquoted(value.trim()).ok_or_else(wrong)?;
        let left = left.trim();
        let Some((device, what)) = left.strip_suffix(']').and_then(|left| left.split_once('[')) else {
            match left {
                "LAB_NAME" => lab.title = value.to_owned(),
                "LAB_DESCRIPTION" => about = value.to_owned(),
                _ if left.starts_with("LAB_") => {}
                _ => return Err(wrong()),
            }
            continue;
        };
        if device.is_empty() {
            return Err(wrong());
        }
        let known = lab.find(device).is_some();
        let node = lab.node(&place, number, device)?;
        if !known {
            devices.push((device.to_owned(), node));
        }
        if !what.is_empty() && what.bytes().all(|digit| digit.is_ascii_digit()) {
            let Some(name) = port(&mut lab, &place, node, what, value) else { continue };
            let (domain, _) = value.split_once('/').unwrap_or((value, ""));
            if !domains.contains_key(domain) {
                order.push((domain.to_owned(), number));
            }
            domains.entry(domain.to_owned()).or_default().push((node, name));
        } else {
            later.push((number, node, what.to_owned(), value.to_owned()));
        }
    }
    if lab.title.is_empty() {
        lab.title = about;
    }
    for (domain, number) in order {
        join(&mut lab, file, number, &domain, domains.get(&domain).map_or(&[], Vec::as_slice))?;
    }
    for (number, node, what, value) in later {
        option(&mut lab, node, number, &what, &value)?;
    }
    let shared = shell(&mut lab, "shared.startup", files);
    for (device, node) in devices {
        if let Some(text) = &shared {
            startup::file(&mut lab, node, "shared.startup", text)?;
        }
        of_device(&mut lab, node, &device, files)?;
    }
    if files("lab.ext").is_some() {
        lab.leave_out("lab.ext", "links to networks outside of the lab are not taken");
    }
    Ok(lab)
}

/// What stands in quotes, or up to a blank.
fn unquoted(value: &str) -> Option<&str> {
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    let (inside, behind) = match quote {
        Some(quote) => value.get(1..)?.split_once(quote)?,
        None => value.split_once(|letter: char| letter.is_whitespace()).unwrap_or((value, "")),
    };
    (behind.trim().is_empty() || behind.trim().starts_with('#')).then_some(inside)
}

/// `pc1[0]="A/02:00:00:00:00:01"`: an interface.
fn port(lab: &mut Lab, place: &str, node: usize, number: &str, value: &str) -> Option<String> {
    // As many zeros as one likes stand for 0.
    let number = match number.trim_start_matches('0') {
        "" => "0",
        number => number,
    };
    let (domain, mac) = value.split_once('/').map_or((value, None), |(domain, mac)| (domain, Some(mac)));
    if domain.is_empty() {
        lab.leave_out(place, &format!("eth{number} is on no collision domain"));
        return None;
    }
    let key = format!("eth{number}");
    let name = lab.port(place, node, &key)?;
    if let Some(mac) = mac {
        match mac.parse::<Mac>() {
            Ok(mac) if !mac.is_group() => {
                if let Some(port) = lab.nodes.get_mut(node).and_then(|node| node.port(&key)) {
                    port.mac = Some(mac);
                }
            }
            _ => lab.leave_out(place, &format!("{} is no Ethernet address of an interface", shown(mac))),
        }
    }
    Some(name)
}

/// A collision domain with two ends is a link, any other a switch.
fn join(
    lab: &mut Lab,
    file: &str,
    number: usize,
    domain: &str,
    ends: &[(usize, String)],
) -> Result<(), ImportError> {
    let place = format!("{file}:{number}");
    let named = |lab: &Lab, (node, port): &(usize, String)| {
        (lab.nodes.get(*node).map(|node| node.name.clone()).unwrap_or_default(), port.clone())
    };
    if let [one, other] = ends {
        let ends = [named(lab, one), named(lab, other)];
        let name = Some(lab.own_name(&place, domain));
        return lab.link(number, Link { name, ends, mtu: None });
    }
    let switch = lab.switch(&place, number, domain)?;
    for (count, end) in ends.iter().enumerate() {
        let port = format!("eth{count}");
        let ends = [named(lab, end), named(lab, &(switch, port))];
        lab.link(number, Link { name: None, ends, mtu: None })?;
    }
    Ok(())
}

fn option(lab: &mut Lab, node: usize, number: usize, what: &str, value: &str) -> Result<(), ImportError> {
    let place = format!("{}:{number}", lab.file);
    match what {
        "image" => {
            if let Some(node) = lab.nodes.get_mut(node).filter(|_| startup::is_daemon(value)) {
                node.router = true;
            }
        }
        "sysctl" => match value.split_once('=') {
            Some((name, value)) => startup::setting(lab, node, &place, name, value),
            None => lab.leave_out(&place, &format!("{} sets nothing", shown(value))),
        },
        "exec" => startup::one(lab, node, &place, number, value)?,
        "bridged" if value.eq_ignore_ascii_case("false") => {}
        "bridged" | "port" => lab.leave_out(&place, "links to the machine that a lab runs on are not taken"),
        "volume" => lab.leave_out(&place, "files from outside of the lab are not looked at"),
        _ if QUIET.contains(&what) => {}
        _ => lab.leave_out(&place, &format!("the option {} is not known", shown(what))),
    }
    Ok(())
}

/// The text of a file with lines for a shell.
fn shell(lab: &mut Lab, name: &str, files: Files<'_>) -> Option<String> {
    let bytes = files(name)?;
    if bytes.len() > LONGEST {
        lab.leave_out(name, &format!("a file of a lab has at most {LONGEST} bytes"));
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(_) => {
            lab.leave_out(name, "this is no text in UTF-8");
            None
        }
    }
}

fn of_device(lab: &mut Lab, node: usize, device: &str, files: Files<'_>) -> Result<(), ImportError> {
    // Names of files are made of it.
    if !device.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        lab.leave_out(&format!("{}.startup", shown(device)), "a file of this name is not looked for");
        return Ok(());
    }
    let name = format!("{device}.startup");
    if let Some(text) = shell(lab, &name, files) {
        startup::file(lab, node, &name, &text)?;
    }
    for (path, routing) in FILES {
        let path = format!("{device}/{path}");
        if files(&path).is_none() {
            continue;
        }
        if let Some(node) = lab.nodes.get_mut(node).filter(|_| routing) {
            node.router = true;
        }
        lab.leave_out(&path, "configuration of programs is not read here");
    }
    Ok(())
}
