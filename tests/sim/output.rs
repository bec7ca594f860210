//! Captures, ground truth, reports.

use layercake::capture::Reader;
use layercake::sim::Run;
use layercake::sim::output::{Capture, Names, Packets};
use serde_json::{Value, json};

use super::{PINGS, report, scenario};

/// Time, interface, flags and comment of all records.
fn captured(text: &str) -> Vec<(u64, u32, u32, String)> {
    let scenario = scenario(text);
    let mut capture = Capture::new(Vec::new(), Names::of(&scenario));
    let mut run = Run::new(&scenario).unwrap();
    run.watch(&mut capture);
    run.until(scenario.duration()).unwrap();
    run.finish();
    let file = capture.finish().unwrap();
    let mut reader = Reader::new(&file[..]).unwrap();
    let mut records = Vec::new();
    while let Some(record) = reader.next().unwrap() {
        let time = record.time.unwrap().nanoseconds() / 1_000_000;
        let flags = record.flags().unwrap();
        records.push((time, record.interface, flags, record.comments().next().unwrap().into_owned()));
    }
    records
}

/// What became of each frame.
fn fates(text: &str) -> Vec<Value> {
    let scenario = scenario(text);
    let mut packets = Packets::new(Vec::new(), Names::of(&scenario), false);
    let mut run = Run::new(&scenario).unwrap();
    run.watch(&mut packets);
    run.until(scenario.duration()).unwrap();
    run.finish();
    let lines = String::from_utf8(packets.finish().unwrap()).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn with(line: &str) -> String {
    PINGS.replace("delay = \"10ms\"", &format!("delay = \"10ms\"\n{line}"))
}

#[test]
fn a_capture_has_each_frame_as_it_was_sent_and_as_it_arrived() {
    let records = captured(PINGS);
    // ARP there and back, three requests and replies, each twice.
    assert_eq!(records.len(), 16);
    let said: Vec<_> =
        records.iter().take(5).map(|(time, on, flags, text)| (*time, *on, *flags, text.as_str())).collect();
    let (inward, out) = (1, 2);
    assert_eq!(
        said,
        [
            (0, 0, out, "frame 1: who has 192.0.2.2? attempt 1 of 3; arrives after 10 ms"),
            (10, 1, inward, "frame 1"),
            (10, 1, out, "frame 2: 192.0.2.2 is here, an answer; arrives after 10 ms"),
            (20, 0, inward, "frame 2"),
            (20, 0, out, "frame 3: echo request 0; arrives after 10 ms"),
        ]
    );
    assert!(records.is_sorted_by_key(|record| record.0));
}

#[test]
fn a_capture_says_what_became_of_a_frame() {
    let comments =
        |line: &str| -> Vec<String> { captured(&with(line)).into_iter().map(|record| record.3).collect() };
    let has = |comments: &[String], text: &str| {
        assert!(comments.iter().any(|comment| comment == text), "{comments:?}")
    };
    has(&comments("there = { drop = \"nth 2 of icmp\" }"), "frame 5: echo request 1; lost by a rule");
    let doubled = comments("there = { dup = \"nth 1 of icmp\" }");
    has(&doubled, "frame 3: echo request 0; arrives after 10 ms, doubled");
    has(&doubled, "frame 3, the second of two");
    let corrupted = comments("there = { corrupt = \"nth 1 of icmp\" }");
    let sent = corrupted.iter().find(|text| text.starts_with("frame 3: ")).unwrap();
    let bit = sent.strip_prefix("frame 3: echo request 0; arrives after 10 ms, ").unwrap();
    has(&corrupted, &format!("frame 3, {bit}"));
    // The scenario ends at 4 s: the third request, sent at 2 s, is on its way then.
    has(
        &comments("there = { delay = [\"3s for nth 3 of icmp\"] }"),
        "frame 7: echo request 2; still on its way at the end",
    );
}

#[test]
fn ground_truth_of_each_frame() {
    let plain = fates(PINGS);
    assert_eq!(plain.len(), 8);
    let reply = json!({
        "schema": "layercake.sim.packet/1", "number": 4, "time": "0.030000000", "link": "a-b", "from": "b:eth0", "to": "a:eth0",
        "length": 98, "reason": "echo request 0 is answered", "cause": 3, "fate": { "arrived": "0.040000000" },
    });
    assert_eq!(plain[3], reply);
    assert_eq!(plain[0].get("cause"), None);
    let fate = |line: &str, number: usize| fates(&with(line))[number - 1]["fate"].clone();
    assert_eq!(
        fate("there = { drop = \"nth 2 of icmp\" }", 5),
        json!({ "lost": "rule", "time": "1.000000000" })
    );
    assert_eq!(
        fate("there = { dup = \"nth 1 of icmp\" }", 3),
        json!({ "arrived": "0.030000000", "doubled": true })
    );
    assert_eq!(fate("there = { delay = [\"3s for nth 3 of icmp\"] }", 7), Value::Null);
    assert!(fate("there = { corrupt = \"nth 1 of icmp\" }", 3)["corrupted"].is_u64());
}

#[test]
fn a_report_says_what_came_of_it() {
    let text = report(&with("rate = \"1Mbit\"\nthere = { drop = \"nth 2 of icmp\" }")).to_string();
    for line in [
        "Two hosts",
        "  FAILED  ping.received == 3",
        "            ping.received is 2",
        "  lost on a-b, a:eth0 > b:eth0: 1 lost by a rule",
    ] {
        assert!(text.lines().any(|of| of == line), "{line}\n{text}");
    }
    assert!(text.ends_with("; 2 of 2 expectations FAILED"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100 && line.trim_end() == line), "{text}");
    // ARP and two requests of 98 bytes over 1 Mbit/s in 4 s: (42 + 2 * 98) * 8 / 4,000,000 is 0.04 %, and that is rounded down.
    assert!(
        text.lines().any(|line| line.starts_with("  a-b  a:eth0 > b:eth0     4          3     1")
            && line.ends_with("0.0 %")),
        "{text}"
    );
}

#[test]
fn a_report_leaves_out_what_is_empty() {
    let text = report("duration = '1s'\nnodes.a = {}").to_string();
    assert_eq!(text.lines().next(), Some("Nodes"), "{text}");
    assert!(!text.contains("Expected") && !text.contains("Links"), "{text}");
}
