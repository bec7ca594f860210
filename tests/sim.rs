//! Networks in virtual time.

use layercake::sim::Scenario;

#[test]
fn try_it() {
    let text = std::fs::read_to_string("fixtures/scenarios/03-same-subnet.toml").unwrap();
    let scenario: Scenario = text.parse().unwrap();
    let report = scenario.run().unwrap();
    println!("{report}");
    for line in &report.timeline {
        println!("{:?} {:?} {} {}", line.time, line.node, line.who, line.text);
    }
    assert!(report.passed());
}
