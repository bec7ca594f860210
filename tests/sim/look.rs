//! The tale of a message, and tables of nodes.

use core::time::Duration;

use layercake::filter::Filter;
use layercake::sim::Run;
use layercake::sim::output::{Tale, What};

use super::{ROUTED, scenario};

fn tale(filter: Option<&str>) -> String {
    let scenario = scenario(ROUTED);
    let mut tale = Tale::new(&scenario, filter.map(|filter| Filter::parse(filter).unwrap()));
    let mut run = Run::new(&scenario).unwrap();
    run.watch(&mut tale);
    run.until(scenario.duration()).unwrap();
    run.finish();
    tale.to_string()
}

/// Each line stands there, one behind the other.
fn stands(text: &str, lines: &[&str]) {
    let mut rest = text.lines();
    for line in lines {
        assert!(rest.any(|of| of.trim() == *line), "{line}\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn a_message_goes_down_and_up_the_layers_of_each_node() {
    let text = tale(None);
    stands(
        &text,
        &[
            // 10 bytes of data; UDP has a header of 8 (RFC 768), IPv4 of 20 (RFC 791), Ethernet of 14.
            "the data: 10 bytes",
            "\"from above\"",
            "UDP adds 8 bytes",
            "IPv4 adds 20 bytes",
            "Ethernet adds 14 bytes",
            "│ Ethernet 14 │ IPv4 20 │ UDP 8 │ data 10 │",
            "~~~ a-sw, from a:eth0 to sw:eth0: 52 bytes, arrives after 10 ms",
            "up to Ethernet, no further: a switch looks at nothing else",
            "~~~ sw-r, from sw:eth1 to r:eth0: 52 bytes, arrives after 1 ms",
            "not for this node: forwarded by r:eth1",
            "the next on the way is b:eth0",
            "IPv4 time to live: 64 becomes 63",
            "IPv4 source address: 192.0.2.1 becomes 198.51.100.254",
            "it is for b: 10 bytes of data are delivered",
        ],
    );
    assert!(!text.contains("08 09"), "the answer is another message\n{text}");
    assert_eq!(text.matches("~~~").count(), 3, "{text}");
}

#[test]
fn a_message_can_be_lost() {
    let text = tale(Some("udp && ip.src == 192.0.2.1 && eth.src == 02:00:00:00:00:0a && frame.number > 15"));
    assert_eq!(text.matches("~~~").count(), 3, "{text}");
    stands(&text, &["~~~ core, from r:eth1: 52 bytes, lost by a rule"]);
    assert_eq!(tale(Some("tcp")), "no message was sent that could be told of\n");
}

#[test]
fn tables_of_nodes() {
    let scenario = scenario(ROUTED);
    let mut run = Run::new(&scenario).unwrap();
    assert_eq!(run.show(What::Dns, None), "nothing\n");
    run.until(Duration::from_millis(200)).unwrap();
    let show = |what, node| run.show(what, Some(node));
    assert!(show(What::Addr, "a").contains("inet 192.0.2.1/24 scope global"));
    let routes = show(What::Route, "r");
    assert!(
        routes.starts_with("192.0.2.0/24 dev eth0 proto kernel\n198.51.100.0/24 dev eth1 proto kernel\n"),
        "{routes}"
    );
    assert_eq!(show(What::Neigh, "a"), "192.0.2.254 dev eth0 lladdr 02:00:00:00:00:fe REACHABLE\n");
    assert_eq!(show(What::Neigh, "sw"), "02:00:00:00:00:0a behind eth0\n02:00:00:00:00:fe behind eth1\n");
    let nat = show(What::Nat, "r");
    assert!(
        nat.starts_with("outside 198.51.100.254\nudp 192.0.2.1:")
            && nat.contains("\n  with 198.51.100.2:7, "),
        "{nat}"
    );
    assert!(
        show(What::Sockets, "b").contains("tcp  LISTEN            0      0 0.0.0.0:7 *\n"),
        "{}",
        show(What::Sockets, "b")
    );
    let all = run.show(What::Neigh, None);
    assert!(all.starts_with("a:\n  192.0.2.254 ") && all.contains("\n\nsw:\n  02:"), "{all}");
}

#[test]
fn what_can_be_shown() {
    assert_eq!("nat".parse(), Ok(What::Nat));
    let mistake = "adr".parse::<What>().unwrap_err();
    assert_eq!(mistake.to_string(), "this cannot be shown; did you mean addr?");
}
