//! What is said of scenarios that cannot be.

use super::Scenario;

/// Two hosts and a cable.
const TWO: &str = r#"
duration = "1s"
[nodes.a]
address = "10.0.0.1/24"
[nodes.b]
address = "10.0.0.2/24"
[[links]]
between = ["a", "b"]
"#;

/// What is wrong with a text: the part of it, and what is said.
fn wrong(text: &str) -> Vec<(String, String)> {
    let bad = Scenario::parse(text).expect_err(text);
    let part = |mistake: &crate::mistake::Mistake| text[mistake.span.clone()].to_owned();
    bad.mistakes.iter().map(|mistake| (part(mistake), mistake.to_string())).collect()
}

/// What is wrong with two hosts and more.
fn more(text: &str) -> Vec<(String, String)> {
    wrong(&format!("{TWO}{text}"))
}

#[test]
fn all_mistakes_are_said_at_once_and_in_order() {
    let text = r#"
title = 7
durration = "1s"
[nodes.a]
address = "10.0.0.1"
kind = "ruter"
[nodes.b]
address = "10.0.0.255/24"
tcp = { sak = false }
[[links]]
between = ["a", "zebra"]
los = "1%"
delay = "soon"
"#;
    let said: Vec<String> = wrong(text).into_iter().map(|(part, said)| format!("{part}: {said}")).collect();
    let expected = [
        ": a scenario lasts a certain time; write duration = \"10s\" at its top",
        "7: this is a whole number, not a text; texts stand in quotation marks",
        "durration: a scenario has no key \"durration\"; did you mean duration?",
        "\"10.0.0.1\": an address of an interface has a prefix; how long is the network's prefix? write \"10.0.0.1/24\"",
        "\"ruter\": there is no kind \"ruter\"; did you mean router?",
        "\"10.0.0.255/24\": no host can have 10.0.0.255 in the network 10.0.0.0/24; the first address of a network is its own, the last one is for all of its hosts",
        "sak: TCP has no such setting; did you mean sack?",
        "zebra: there is no node \"zebra\"; the nodes are a, b",
        "los: a link has no key \"los\"; did you mean loss?",
        "soon: delay: soon is no time: a number with s, ms, us or ns; write delay=20ms",
    ];
    assert_eq!(said, expected);
}

#[test]
fn what_is_no_toml_is_said_with_its_place() {
    let said = wrong("duration = \"1s\nseed = 1\n");
    assert!(!said.is_empty() && said[0].1.contains("string"), "{said:?}");
}

#[test]
fn networks_that_cannot_be() {
    let switches = "[nodes.s]\nkind = \"switch\"\n[nodes.t]\nkind = \"switch\"\n";
    let cases: &[(&str, &str, &str)] = &[
        (
            "[nodes.c]\naddress = \"10.0.0.3/24\"\n[[links]]\nbetween = [\"a:eth0\", \"c\"]\n[[links]]\nbetween = [\"b\", \"a:eth0\"]",
            "\"a:eth0\"",
            "there is a cable in a:eth0 already",
        ),
        ("[[links]]\nbetween = [\"a\", \"a\"]", "\"a\", \"a\"]", "this link leads from a node to itself"),
        (
            "[[links]]\nbetween = [\"a\"]",
            "[\"a\"]",
            "a link has two ends; more than two nodes are linked by a switch",
        ),
        ("[[links]]\nbetween = [\"a\", \"b\"]\nloss = \"2\"", "2", "loss: "),
        ("[[links]]\nbetween = [\"a\", \"b\"]\ndrop = \"nth 3 of tpc\"", "tpc", "'tpc' is neither"),
        (
            "[[apps]]\non = \"a\"\nkind = \"ping\"",
            "[[apps]]",
            "to whom?; write to = \"b\", the name of a node, or an address",
        ),
        (
            "[[apps]]\non = \"a\"\nkind = \"pong\"",
            "\"pong\"",
            "there is no kind of application \"pong\"; did you mean ping?",
        ),
        (
            "[[apps]]\non = \"xyz\"\nkind = \"ping\"\nto = \"b\"",
            "\"xyz\"",
            "there is no node \"xyz\"; the nodes are a, b",
        ),
        (
            "[[apps]]\non = \"a\"\nkind = \"ping\"\nto = \"b\"\nname = \"b\"",
            "\"b\"",
            "something is called b already",
        ),
        ("[[events]]\nat = \"1s\"\ncut = \"a-c\"", "\"a-c\"", "there is no link \"a-c\"; did you mean a-b?"),
        (
            "[[events]]\nat = \"1s\"\non = \"a\"\nip = \"addr add 10.0.0.9/24 dev eth7\"",
            "\"addr add 10.0.0.9/24 dev eth7\"",
            "a has no interface \"eth7\"; did you mean eth0?",
        ),
    ];
    for (text, part, said) in cases {
        let found = more(text);
        assert!(
            found.iter().any(|(at, what)| at.contains(part) && what.starts_with(said)),
            "{text}\n{found:#?}"
        );
    }
    let loops = format!(
        "{switches}[[links]]\nbetween = [\"s\", \"t\"]\n[[links]]\nbetween = [\"t\", \"s\"]\nname = \"second\""
    );
    let found = more(&loops);
    assert!(found[0].1.starts_with("the link second closes a loop of switches"), "{found:?}");
    let twice = "duration = \"1s\"\n[nodes.a]\naddress = \"10.0.0.1/24\"\n[nodes.b]\naddress = \"10.0.0.1/24\"\n[[links]]\nbetween = [\"a\", \"b\"]";
    assert!(wrong(twice)[0].1.starts_with("a:eth0 has the address 10.0.0.1 already"));
    let mac = "duration = \"1s\"\n[nodes.a]\nmac = \"02:00:00:00:00:01\"\n[nodes.b]\nmac = \"02:00:00:00:00:01\"\n[[links]]\nbetween = [\"a\", \"b\"]";
    assert!(wrong(mac)[0].1.starts_with("a:eth0 has the Ethernet address 02:00:00:00:00:01 already"));
    // In another segment both can be there: two homes behind their routers.
    let apart =
        "duration = \"1s\"\n[nodes.a]\naddress = \"10.0.0.1/24\"\n[nodes.b]\naddress = \"10.0.0.1/24\"";
    Scenario::parse(apart).unwrap();
    let gateway = "duration = \"1s\"\n[nodes.a]\naddress = \"10.0.0.1/24\"\ngateway = \"10.0.1.1\"";
    assert!(wrong(gateway)[0].1.starts_with("a has no address in a network with 10.0.1.1"));
}

#[test]
fn expectations_that_cannot_be() {
    let app = "[[apps]]\non = \"a\"\nkind = \"ping\"\nto = \"b\"\n";
    let cases = [
        ("ping.recieved == 3", "recieved", "there is no figure \"recieved\"; did you mean received?"),
        ("pong.received == 3", "pong", "there is no application, node or link \"pong\"; did you mean ping?"),
        (
            "a.drops.tcp.chksum == 0",
            "drops.tcp.chksum",
            "nothing is dropped for \"tcp.chksum\"; did you mean tcp.checksum?",
        ),
        ("a-b.droped == 0", "droped", "a link has no figure \"droped\"; did you mean dropped?"),
        ("sent(a, tpc) == 0", "tpc", ""),
        ("sent(c) == 0", "c", "there is no node and no link \"c\""),
        ("sent(a) ~ 0", "~", "a comparison is missing here; write ==, !=, <, <=, > or >=, and a number"),
        ("sent(a) == ", "", "a number is missing here"),
        ("sent(a == 3", "=", "a closing bracket is missing here"),
        ("sent(a) == 3 within soon", "soon", "this is no time; write within 10s, at 1.5s"),
        ("sent(a) == 3 and", "", "a number is missing here"),
        ("sent(a): count(tpc) == 3", "tpc", ""),
        ("ping.received == 3 twice", "twice", "this does not belong here"),
        ("when(ping) < 3s", "ping", "when what?; write when(sent(a, tcp))"),
    ];
    for (text, part, said) in cases {
        let file = format!("expect = ['{text}']\n{TWO}{app}");
        let found = wrong(&file);
        assert!(
            found.iter().any(|(at, what)| at.starts_with(part) && what.starts_with(said)),
            "{text}\n{found:#?}"
        );
    }
}

#[test]
fn values_can_be_set_from_outside() {
    let text = format!("{TWO}name = \"core\"\nloss = \"1%\"\n");
    let none = |_: &str| Err(std::io::Error::other("none"));
    let set = |path: &str, value: &str| Scenario::read(&text, &none, &[(path.to_owned(), value.to_owned())]);
    let scenario = set("links.core.loss", "\"5%\"").unwrap();
    let loss = |scenario: &Scenario| scenario.links[0].ways[0].config.loss.clone();
    assert_eq!(loss(&scenario), crate::link::Loss::Bernoulli(crate::link::Probability::percent(5)));
    assert_eq!(loss(&set("links.0.loss", "\"5%\"").unwrap()), loss(&scenario));
    assert_eq!(set("seed", "7").unwrap().seed, 7);
    assert_eq!(set("nodes.a.ttl", "3").unwrap().nodes[0].stack.hop_limit, 3);
    assert!(!set("nodes.a.tcp.sack", "false").unwrap().nodes[0].stack.tcp.sack);
    assert!(set("links.core.there.loss", "\"7%\"").is_ok());
    for (path, value) in
        [("links.none.loss", "1"), ("nodes.x.ttl", "3"), ("seed.x", "1"), ("", "1"), ("seed", "]")]
    {
        assert!(set(path, value).is_err(), "{path} {value}");
    }
}

#[test]
fn no_text_stops_the_reader() {
    let whole = format!(
        "{TWO}{}",
        "name = \"core\"\ndrop = 'nth 1 of udp'\n[[apps]]\non = 'a'\nkind = 'ping'\nto = 'b'\n[sweep]\nmeasure = ['ping.received']\n"
    );
    for end in 0..=whole.len() {
        if let Some(text) = whole.get(..end) {
            let _ = Scenario::parse(text);
        }
    }
    for at in 0..whole.len() {
        for sign in ["\"", "[", "=", "\n", "-", "9", "\u{0}"] {
            let (Some(before), Some(behind)) = (whole.get(..at), whole.get(at + 1..)) else { continue };
            let _ = Scenario::parse(&format!("{before}{sign}{behind}"));
        }
    }
}

/// The keys of an object of the schema.
fn properties(schema: &serde_json::Value) -> Vec<&str> {
    let mut keys: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_schema_has_the_keys_that_are_read() {
    use super::{SCENARIO, SWEEP, app, event, link, node, program};
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/scenario.schema.json")).unwrap();
    let of = &schema["properties"];
    let same = |what: &str, schema: &serde_json::Value, keys: &[&str]| {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        assert_eq!(properties(schema), keys, "{what}");
    };
    same("scenario", &schema, SCENARIO);
    same("sweep", &of["sweep"], SWEEP);
    let node_schema = &of["nodes"]["additionalProperties"];
    same("node", node_schema, node::NODE);
    same(
        "interface",
        &node_schema["properties"]["interfaces"]["additionalProperties"]["anyOf"][2],
        node::INTERFACE,
    );
    same("nat", &node_schema["properties"]["nat"]["anyOf"][1], node::NAT);
    same("http", &node_schema["properties"]["http"]["anyOf"][2], program::HTTP);
    same("resolver", &node_schema["properties"]["resolver"]["anyOf"][2], program::RESOLVER);
    same("zone", &schema["$defs"]["zone"], program::DNS);
    same("pool", &schema["$defs"]["pool"], program::DHCP);
    let link_schema = &of["links"]["items"];
    same("link", link_schema, &link::keys());
    same("way", &schema["$defs"]["way"], &link::way_keys());
    let events: Vec<&str> = event::EVENT.iter().copied().chain(link::way_keys()).collect();
    same("event", &of["events"]["items"], &events);
    let apps = of["apps"]["items"]["oneOf"].as_array().unwrap();
    assert_eq!(apps.len(), app::KINDS.len());
    for kind in app::KINDS {
        let found = apps.iter().find(|app| app["properties"]["kind"]["const"] == kind.name).unwrap();
        let keys: Vec<&str> = app::COMMON.iter().chain(kind.keys).copied().collect();
        same(kind.name, found, &keys);
    }
}
