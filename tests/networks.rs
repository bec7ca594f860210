//! Networks in virtual time: scenarios, and nets by hand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::time::Duration;

use layercake::link::{Cable, Config, Event, Orders};
use layercake::sim::{
    CableId, Carried, Ended, Net, NodeId, Preset, Report, Scenario, Sent, Switch, Watch, import,
};
use layercake::stack::{self, Host, InterfaceId, Kind, Medium, Stack};
use layercake::time::Time;

const MS: Duration = Duration::from_millis(1);

/// Two hosts, 10 ms apart, and more.
fn two(more: &str, expect: &[&str]) -> Scenario {
    let expect: Vec<String> = expect.iter().map(|text| format!("'{text}'")).collect();
    let text = format!(
        "duration = \"10s\"\nexpect = [{}]\n[nodes.a]\naddress = \"192.0.2.1/24\"\n[nodes.b]\naddress = \"192.0.2.2/24\"\n\
         [[links]]\nbetween = [\"a\", \"b\"]\ndelay = \"10ms\"\n{more}",
        expect.join(", ")
    );
    match text.parse() {
        Ok(scenario) => scenario,
        Err(bad) => panic!("{text}\n{bad}"),
    }
}

fn passes(scenario: &Scenario) -> Report {
    let report = scenario.run().unwrap();
    let timeline: Vec<String> = report.timeline.iter().map(|line| format!("{line:?}")).collect();
    assert!(report.passed(), "{report}\n{}", timeline.join("\n"));
    report
}

const PING: &str = "[[apps]]\non = 'a'\nkind = 'ping'\nto = 'b'\ninterval = '100ms'\n";

#[test]
fn a_ping_takes_the_time_of_the_way() {
    // ARP and the first echo: four times 10 ms; the others twice.
    passes(&two(
        PING,
        &["ping.received == 3", "ping.rtt_max == 40ms", "ping.rtt_min == 20ms", "ping.sent == 3"],
    ));
}

#[test]
fn what_is_expected_and_does_not_come_is_said() {
    let report =
        two(PING, &["ping.received == 4", "ping.received == 3 within 10ms", "ping.received == 3 at 5s"])
            .run()
            .unwrap();
    assert!(!report.passed());
    let said: Vec<(bool, String)> =
        report.verdicts.iter().map(|verdict| (verdict.holds, verdict.found.join("; "))).collect();
    let is = |holds, found: &str| (holds, found.to_owned());
    assert_eq!(
        said,
        [is(false, "ping.received is 3"), is(false, "ping.received is 0"), is(true, "ping.received is 3")]
    );
}

#[test]
fn times_of_expectations() {
    // The third request leaves at 200 ms, its answer is there 20 ms later.
    passes(&two(
        PING,
        &["ping.received == 3 within 220ms", "ping.received == 2 at 219ms", "ping.received == 3 at 220ms"],
    ));
    let report = two(PING, &["ping.received == 3 within 219ms"]).run().unwrap();
    assert!(!report.passed());
}

#[test]
fn frames_are_chosen_by_what_they_hold() {
    let drop = format!("drop = 'nth 2 of icmp.type == 8'\n{PING}");
    passes(&two(
        &drop,
        &[
            "ping.received == 2",
            "ping.lost == 1",
            "lost(a, icmp.type == 8) == 1",
            "a-b.there.dropped.rule == 1",
        ],
    ));
    let dup = format!("dup = 'first of icmp.type == 0'\n{PING}").replace("first of", "first 1 of");
    passes(&two(&dup, &["ping.received == 3", "ping.duplicates == 1", "duplicated(a-b) == 1"]));
    let corrupt = format!("corrupt = 'nth 1 of icmp.type == 8'\n{PING}");
    passes(&two(&corrupt, &["corrupted(b) == 1", "ping.received == 2", "a-b.there.corrupted == 1"]));
    // 20 ms of the way and 50 more.
    let delay = format!("there = {{ delay = ['10ms', '50ms for nth 2 of icmp.type == 8'] }}\n{PING}");
    passes(&two(&delay, &["ping.received == 3", "ping.rtt_max == 70ms"]));
    let back = format!("back = {{ drop = 'icmp' }}\n{PING}");
    passes(&two(
        &back,
        &["ping.received == 0", "arrived(b, icmp) == 3", "lost(b, icmp) == 3", "a-b.back.dropped.rule == 3"],
    ));
}

#[test]
fn assertions_over_frames() {
    passes(&two(
        PING,
        &[
            "sent(a): count(icmp) == 3 and max(ip.ttl) == 64 and none(tcp)",
            "sent(a): count(icmp) == 3 within 200ms",
        ],
    ));
    let report = two(PING, &["sent(a): count(icmp) == 4"]).run().unwrap();
    assert_eq!(report.verdicts[0].found, ["count(icmp) is 3"]);
}

#[test]
fn a_cut_link_and_a_mended_one() {
    let events = "[[events]]\nat = '1s'\ncut = 'a-b'\n[[events]]\nat = '2s'\nmend = 'a-b'\n";
    let ping = PING.replace("interval = '100ms'", "interval = '500ms'\ncount = 6\nwait = '400ms'");
    // Requests at 0, 0.5 s arrive; those at 1 s and 1.5 s cannot even be sent; those at 2 s and 2.5 s arrive.
    passes(&two(
        &format!("{ping}{events}"),
        &["ping.received == 4", "ping.errors == 2", "said(a, \"down\") == 1", "said(a, \"up\") == 1"],
    ));
    let silent = format!("carrier = false\n{ping}{events}");
    passes(&two(
        &silent,
        &["ping.received == 4", "ping.lost == 2", "said(a, \"down\") == 0", "a-b.dropped.cut == 2"],
    ));
}

#[test]
fn links_change() {
    let change = format!("{PING}at = '1s'\n[[events]]\nat = '500ms'\nchange = 'a-b'\ndelay = '30ms'\n");
    passes(&two(&change, &["ping.received == 3", "ping.rtt_min == 60ms", "ping.rtt_max == 120ms"]));
    let rate = "[[apps]]\non = 'a'\nkind = 'udp'\nto = 'b'\nrate = '10Mbit'\nsize = 1000\nfor = '2s'\n\
                [[apps]]\non = 'b'\nkind = 'listen'\n";
    // For one second 1 Mbit/s, then 2: frames of 1,066 bytes on the line (14 + 20 + 8 + 24 besides the data), 117.26 and 234.5 a second; ARP took some.
    let trace = format!("trace = '''\n0s 1Mbit\n1s 2Mbit\n2s 0bit\n'''\n{rate}");
    let report = passes(&two(&trace, &["listen.messages >= 345", "listen.messages <= 352"]));
    assert!(report.frames > 2000);
}

#[test]
fn commands_while_it_runs() {
    let ping = format!(
        "{PING}at = '1s'\n[[events]]\nat = '500ms'\non = 'b'\nip = 'addr del 192.0.2.2/24 dev eth0'\n"
    );
    passes(&two(&ping, &["ping.received == 0", "ping.lost == 3"]));
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_one_another() {
    let lossy = format!("loss = '30%'\n{}", PING.replace("kind", "count = 50\nkind"));
    let scenario = two(&lossy, &[]);
    let first = scenario.run().unwrap();
    assert_eq!(first.fingerprint, scenario.run().unwrap().fingerprint);
    let other = scenario.clone().with_seed(2).run().unwrap();
    assert_ne!(first.fingerprint, other.fingerprint);
    assert!(first.links[0].ways[0].dropped.loss > 0);
}

/// What went over each link, in its order: time, direction, frame, whether it arrived.
#[derive(Default)]
struct ByLink(Vec<Vec<Crossing>>);

/// When, in which direction, what, and whether it arrived.
type Crossing = (Time, usize, Vec<u8>, bool);

impl Watch for ByLink {
    fn ended(&mut self, ended: &Ended<'_>) {
        self.0.resize(self.0.len().max(ended.cable.0 + 1), Vec::new());
        let arrived = matches!(ended.event, Event::Arrived(_));
        let frame = ended.event.frame().frame.clone();
        self.0[ended.cable.0].push((ended.event.time(), ended.direction, frame, arrived));
    }
}

#[test]
fn another_node_changes_no_other_links_luck() {
    let lossy = format!("loss = '30%'\njitter = '5ms'\n{}", PING.replace("kind", "count = 50\nkind"));
    let more = "[nodes.c]\naddress = '198.51.100.1/24'\n[nodes.d]\naddress = '198.51.100.2/24'\n[[links]]\nbetween = ['c', 'd']\nloss = '10%'\n\
                [[apps]]\non = 'c'\nkind = 'ping'\nname = 'other'\nto = 'd'\ncount = 50\n";
    let seen = |scenario: &Scenario| {
        let mut by_link = ByLink::default();
        let mut run = layercake::sim::Run::new(scenario).unwrap();
        run.watch(&mut by_link);
        run.until(scenario.duration()).unwrap();
        drop(run);
        by_link.0.swap_remove(0)
    };
    let (alone, with_others) = (seen(&two(&lossy, &[])), seen(&two(&format!("{lossy}{more}"), &[])));
    assert!(alone.len() > 50 && alone == with_others);
}

#[test]
fn time_that_stands_still_is_noticed() {
    let mut net = Net::new(Time::ZERO, ());
    net.patience = 1000;
    // A frame to all goes round in a loop of two cables without delay, and doubles each time.
    let (a, b) = (net.add(Switch::new(3)), net.add(Switch::new(3)));
    for port in [0, 1] {
        let cable = Cable::new([&Config::default(), &Config::default()], 1, &format!("{port}"));
        net.connect([(a, InterfaceId(port)), (b, InterfaceId(port))], cable);
    }
    let frame = [&[0xff; 6][..], &[2, 0, 0, 0, 0, 1], &[0x88, 0xb5], &[0; 46]].concat();
    layercake::stack::Node::on_frame(&mut net.nodes[0], Time::ZERO, InterfaceId(2), &frame);
    let stuck = net.run(Duration::from_secs(1)).unwrap_err();
    assert_eq!((stuck.time, stuck.count), (Time::ZERO, 1001));
    assert!(stuck.to_string().contains("time does not go on at 0.000000000 s"), "{stuck}");
}

/// Orders that a watcher gives.
struct Third(u64);

impl Watch for Third {
    fn sent(&mut self, _: &Sent<'_>) -> Orders {
        self.0 += 1;
        Orders { lose: self.0 == 3, ..Orders::default() }
    }
}

#[test]
fn a_net_by_hand() {
    let mut net = Net::new(Time::ZERO, Third(0));
    let mut ports = Vec::new();
    for number in 1..=2u8 {
        let config = stack::Config { seed: number.into(), ..stack::Config::default() };
        let mac = config.station(1);
        let mut host = Stack::new(stack::Config {
            neighbour: stack::neighbour::Config { link_local: false, ..Default::default() },
            ..config
        });
        let eth0 = host.add_interface(net.now, "eth0", Medium::Ethernet(mac), 1500).unwrap();
        host.add_address(net.now, eth0, format!("10.0.0.{number}/24").parse().unwrap()).unwrap();
        ports.push((net.add(Host::from(host)), eth0));
    }
    let slow = Config { delay: 10 * MS, ..Config::default() };
    let cable: Cable<Carried> = Cable::new([&slow, &slow], 1, "a-b");
    let cable = net.connect([ports[0], ports[1]], cable);
    assert_eq!((cable, ports[1].0), (CableId(0), NodeId(1)));
    let server = net.nodes[1].stack.socket(Kind::Datagram).unwrap();
    net.nodes[1].stack.bind(server, "10.0.0.2:7".parse().unwrap()).unwrap();
    let client = net.nodes[0].stack.socket(Kind::Datagram).unwrap();
    for text in [b"one", b"two"] {
        let now = net.now;
        net.nodes[0].stack.send_to(now, client, text, "10.0.0.2:7".parse().unwrap()).unwrap();
        net.run(100 * MS).unwrap();
    }
    // Question, answer, the first datagram (which is lost), the second.
    let mut room = [0; 10];
    let (length, _) = net.nodes[1].stack.recv_from(server, &mut room).unwrap();
    assert_eq!((&room[..length], net.now), (&b"two"[..], Time::ZERO + 200 * MS));
    assert_eq!(net.cables[0].links[0].counters().dropped.rule, 1);
}

#[test]
fn presets_pass() {
    for preset in Preset::ALL {
        let text = preset.text(&preset.options("").unwrap());
        match text.parse::<Scenario>() {
            Ok(scenario) => drop(passes(&scenario)),
            Err(bad) => panic!("{}: {bad}\n{text}", preset.name()),
        }
    }
    let text = Preset::Dumbbell.text(&Preset::Dumbbell.options("pairs=3,rate=5Mbit").unwrap());
    passes(&text.parse().unwrap());
}

#[test]
fn labs_of_others_run() {
    let folder = Path::new("fixtures/labs");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let path = if path.is_dir() { path.join("lab.conf") } else { path };
        if !path.exists() || path.extension().is_some_and(|ending| ending == "md") {
            continue;
        }
        let base = path.parent().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let files = |name: &str| std::fs::read(base.join(name)).ok();
        let lab = import::import(path.to_str().unwrap(), &text, &files)
            .unwrap_or_else(|error| panic!("{path:?}: {error:?}"));
        match lab.text.parse::<Scenario>() {
            Ok(scenario) => drop(passes(&scenario)),
            Err(bad) => panic!("{path:?}: {bad}\n{}", lab.text),
        }
        count += 1;
    }
    assert!(count >= 2, "{count}");
}

/// The texts of all scenarios that are there: fixtures and presets.
fn texts() -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> = std::fs::read_dir("fixtures/scenarios")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    texts.extend(
        Preset::ALL.map(|preset| (preset.name().to_owned(), preset.text(&preset.options("").unwrap()))),
    );
    texts
}

#[test]
fn every_scenario_follows_the_schema() {
    let schema = std::fs::read_to_string("docs/scenario.schema.json").unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    for (name, text) in texts() {
        let table: serde_json::Value = toml::from_str(&text).unwrap();
        let wrong: Vec<String> = validator
            .iter_errors(&table)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
    }
    // And it refuses what the reader refuses.
    for text in [
        "duration = 7\n[nodes.a]",
        "duration = '1s'\n[nodes.a]\nadress = '10.0.0.1/24'",
        "[nodes.a]",
        "duration = '1s'\n[nodes.a]\n[[apps]]\non = 'a'\nkind = 'pong'",
    ] {
        let table: serde_json::Value = toml::from_str(text).unwrap();
        assert!(!validator.is_valid(&table) && text.parse::<Scenario>().is_err(), "{text}");
    }
}

/// What comes of a run does not depend on the pieces in which it is done.
#[test]
fn a_run_in_pieces_is_the_same_run() {
    let lossy = format!("loss = '30%'\n{}", PING.replace("kind", "count = 20\nkind"));
    let scenario = two(
        &lossy,
        &[
            "now > 1s within 3s",
            "ping.received == 7 within 3s",
            "ping.received > 3 at 1050ms",
            "a.neighbours == 1 within 2s",
        ],
    );
    let whole = scenario.run().unwrap();
    let mut run = layercake::sim::Run::new(&scenario).unwrap();
    let mut asked = 0;
    for piece in 1..=1000u32 {
        run.until_or(10 * MS * piece, &mut |_| {
            asked += 1;
            true
        })
        .unwrap();
    }
    let pieces = run.finish();
    assert_eq!((pieces.verdicts, pieces.timeline), (whole.verdicts, whole.timeline));
    assert_eq!((pieces.fingerprint, pieces.frames), (whole.fingerprint, whole.frames));
}

#[test]
fn what_is_so_from_the_beginning_does_not_come_within_a_time() {
    let report = two(PING, &["lost(a-b) == 0 within 10s", "lost(a-b) == 0"]).run().unwrap();
    let holds: Vec<bool> = report.verdicts.iter().map(|verdict| verdict.holds).collect();
    assert_eq!(holds, [false, true]);
    assert!(report.verdicts[0].found[0].starts_with("it is so before anything has happened"));
}

#[test]
fn rules_go_on_counting_when_a_link_changes() {
    let change = "[[events]]\nat = '150ms'\nchange = 'a-b'\ndelay = '11ms'\n";
    let drop = format!("drop = 'nth 2 of icmp.type == 8'\n{PING}{change}");
    // Requests at 0, 100 and 200 ms; the second is lost, and no other after the change.
    passes(&two(&drop, &["ping.received == 2", "a-b.there.dropped.rule == 1"]));
    let none = format!("drop = 'icmp.type == 8'\n{PING}{}", change.replace("delay = '11ms'", "drop = []"));
    passes(&two(&none, &["ping.received == 1", "a-b.there.dropped.rule == 2"]));
}
