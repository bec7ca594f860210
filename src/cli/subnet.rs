//! `layercake subnet`: masks, hosts, parts, and which network lies in which.

use std::fmt::Write;
use std::io;

use clap::Args;
use serde_json::json;

use crate::cli::explain::{print, refuse};
use crate::cli::output::{Colour, Ending, Output, remark};
use crate::explain::{Count, Relation, Subnet};
use crate::mistake::Mistake;

/// What the help ends with.
pub const AFTER_HELP: &str = "\
Examples:
  layercake subnet 192.168.0.186/24         mask, network, broadcast, hosts, counts
  layercake subnet 10.1.2.3 255.255.240.0   the same with a mask; a wildcard mask (0.0.15.255) is known too
  layercake subnet 192.168.0.0/24 --split 26
                                            its parts, one a line
  layercake subnet 10.0.0.0/8 --contains 10.1.2.3
                                            whether it does: exit code 0 or 1
  layercake subnet 10.0.0.0/8 10.1.0.0/16   which lies in which
  layercake subnet 2001:db8::/32 --split 48 --all | head

Exit codes:
  0  fine        1  --contains: it does not
  2  usage or input error";

/// Parts that are printed without being asked twice.
const MOST: u128 = 65_536;

/// The arguments of `subnet`.
#[derive(Args, Debug)]
pub struct Subnets {
    /// An address with the length of its network (192.168.0.186/24), or with a mask (192.168.0.186 255.255.255.0); a second one to
    /// compare it with
    #[arg(value_name = "NETWORK", required = true)]
    words: Vec<String>,
    /// Print its parts of this length
    #[arg(short, long, value_name = "LENGTH", value_parser = parse_length)]
    split: Option<u8>,
    /// Whether this address or network is all in it: exit code 0 if so, 1 if not
    #[arg(short, long, value_name = "ADDRESS", conflicts_with = "split")]
    contains: Option<String>,
    /// Print all parts, also if they are more than 65,536
    #[arg(short, long, requires = "split")]
    all: bool,
    /// JSON: an object, or one a line for each part
    #[arg(long)]
    json: bool,
}

fn parse_length(text: &str) -> Result<u8, String> {
    let digits = text.strip_prefix('/').unwrap_or(text);
    let length = digits.parse().ok().filter(|length| *length <= 128);
    length.ok_or_else(|| "a length of 0 to 128 bits is expected, such as 26 or /26".to_string())
}

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Subnets) -> io::Result<Ending> {
    let text = arguments.words.join(" ");
    let networks = match Subnet::parse_all(&text) {
        Ok(networks) => networks,
        Err(bad) => return refuse(&text, &bad),
    };
    let several = networks.len() > 1;
    if several && (arguments.split.is_some() || arguments.contains.is_some()) {
        let whole = Mistake::new(0..text.len(), "one network is expected here");
        return refuse(&text, &whole);
    }
    for (at, subnet) in networks.iter().enumerate() {
        if let Some(other) = &arguments.contains {
            return contains(arguments, subnet, other);
        }
        if let Some(length) = arguments.split {
            return split(arguments, subnet, length);
        }
        let gap = if at > 0 && !arguments.json { "\n" } else { "" };
        let page = if arguments.json { format!("{}\n", object(subnet)) } else { format!("{gap}{subnet}") };
        print(&page)?;
    }
    if several && !arguments.json {
        print(&nesting(&networks))?;
    }
    Ok(Ending::Fine)
}

fn contains(arguments: &Subnets, subnet: &Subnet, other: &str) -> io::Result<Ending> {
    let other = match Subnet::parse_or_address(other) {
        Ok(network) => network,
        Err(bad) => return refuse(other, &bad),
    };
    let holds = subnet.contains(&other);
    if arguments.json {
        let (network, other) = (subnet.network().to_string(), other.network().to_string());
        print(&format!("{}\n", json!({ "network": network, "other": other, "contains": holds })))?;
    } else {
        print(&relation(subnet, &other))?;
    }
    Ok(if holds { Ending::Fine } else { Ending::Negative })
}

/// How each network lies to the next ones.
fn nesting(networks: &[Subnet]) -> String {
    let mut text = String::from("\n");
    for (at, one) in networks.iter().enumerate() {
        for other in networks.iter().skip(at.saturating_add(1)) {
            text.push_str(&relation(one, other));
        }
    }
    text
}

fn relation(one: &Subnet, other: &Subnet) -> String {
    let (first, second) = (one.network(), other.network());
    let second = if other.length() == second.max_prefix_len() {
        second.addr().to_string()
    } else {
        second.to_string()
    };
    match one.relation(other) {
        Relation::Same => format!("{first} and {second} are the same network\n"),
        Relation::Contains => format!("{first} contains {second}\n"),
        Relation::Inside => format!("{first} lies in {second}\n"),
        Relation::Apart => {
            let around = one.around(other);
            let around =
                around.map_or_else(String::new, |net| format!("; the smallest network with both is {net}"));
            format!("{first} does not contain {second}, they share no address{around}\n")
        }
    }
}

fn split(arguments: &Subnets, subnet: &Subnet, length: u8) -> io::Result<Ending> {
    let parts = match subnet.split(length) {
        Ok(parts) => parts,
        Err(bad) => return refuse(&length.to_string(), &bad),
    };
    let many = subnet.parts(length).get().is_none_or(|count| count > MOST) && !arguments.all;
    let mut output = Output::standard(Colour::Never);
    if many {
        let count = subnet.parts(length);
        let last = subnet.last_part(length);
        for part in parts.take(2).map(Subnet::from) {
            output.text(&part_line(arguments, &part))?;
        }
        output.flush()?;
        remark(&format!("... {count} parts; --all prints all of them"));
        output.text(&part_line(arguments, &last))?;
    } else {
        for part in parts.map(Subnet::from) {
            output.text(&part_line(arguments, &part))?;
        }
    }
    output.flush()?;
    Ok(Ending::Fine)
}

/// A part in a line: the network, its hosts, its broadcast address.
fn part_line(arguments: &Subnets, part: &Subnet) -> String {
    if arguments.json {
        return format!("{}\n", object(part));
    }
    let (first, last) = part.hosts();
    let hosts = if first == last { format!("host {first}") } else { format!("hosts {first} to {last}") };
    let mut line = format!("{:<18}  {hosts}", part.network().to_string());
    if let Some(broadcast) = part.broadcast() {
        let _ = write!(line, ", broadcast {broadcast}");
    }
    line.push('\n');
    line
}

/// A network as JSON. Counts are text, since they can be wider than 53 bits.
fn object(subnet: &Subnet) -> serde_json::Value {
    let (first, last) = subnet.hosts();
    let count = |count: Count| count.get().map_or_else(|| count.to_string(), |number| number.to_string());
    json!({
        "address": subnet.address().to_string(),
        "network": subnet.network().to_string(),
        "length": subnet.length(),
        "mask": subnet.mask().to_string(),
        "wildcard": subnet.wildcard().to_string(),
        "broadcast": subnet.broadcast().map(|address| address.to_string()),
        "last": subnet.last().to_string(),
        "first_host": first.to_string(),
        "last_host": last.to_string(),
        "addresses": count(subnet.count()),
        "usable": count(subnet.usable()),
    })
}
