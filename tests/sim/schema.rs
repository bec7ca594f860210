//! What comes out, against the published schema, docs/sim.schema.json.

use layercake::sim::Run;
use layercake::sim::output::{Names, Packets};
use serde_json::{Value, json};

use super::{PINGS, report, scenario, sweep};

fn validator() -> jsonschema::Validator {
    let text = std::fs::read_to_string("docs/sim.schema.json").unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn check(value: &Value) {
    let errors: Vec<String> =
        validator().iter_errors(value).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?}\n{value:#}");
}

/// A link on which everything happens, and a node without a cable.
fn eventful() -> String {
    PINGS.replace("delay = \"10ms\"", "delay = \"10ms\"\nrate = \"1Mbit\"\ncorrupt = \"20%\"\ndup = \"20%\"\nloss = \"20%\"\n[[events]]\nat = \"3s\"\ncut = \"a-b\"")
        .replace("count = 3", "count = 300\ninterval = \"10ms\"")
}

#[test]
fn reports_follow_the_schema() {
    check(&report(PINGS).to_json());
    check(&report(&eventful()).to_json());
    check(&report("duration = '1s'\nnodes.a = {}").to_json());
}

#[test]
fn packets_follow_the_schema() {
    let text = eventful();
    let scenario = scenario(&text);
    let mut packets = Packets::new(Vec::new(), Names::of(&scenario), true);
    let mut run = Run::new(&scenario).unwrap();
    run.watch(&mut packets);
    run.until(scenario.duration()).unwrap();
    run.finish();
    let lines = String::from_utf8(packets.finish().unwrap()).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.iter().for_each(check);
    for key in ["arrived", "corrupted", "doubled", "lost"] {
        assert!(lines.iter().any(|line| line["fate"].get(key).is_some()), "{key}");
    }
}

#[test]
fn sweeps_follow_the_schema() {
    check(&sweep(1).to_json());
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let right = report(PINGS).to_json();
    let wrong = [
        ("/schema", json!("layercake.sim/2")),
        ("/duration", json!(4)),
        ("/fingerprint", json!("xyz")),
        ("/links/0/there/sent", json!("4")),
        ("/nodes/0/kind", json!("hub")),
        ("/apps/0/figures/sent", json!(null)),
        ("/expectations/0/extra", json!(1)),
    ];
    for (place, value) in wrong {
        let mut object = right.clone();
        let (parent, key) = place.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[key] = value;
        assert!(!validator().is_valid(&object), "{place}");
    }
}
