//! Sweeps: all combinations, in their order, whoever runs them.

use layercake::sim::Sweep;

use super::sweep;

#[test]
fn combinations_stand_in_the_order_of_their_keys() {
    let report = sweep(1);
    assert_eq!(report.keys, ["links.core.delay", "links.core.loss"]);
    let values: Vec<_> = report.combinations.iter().map(|of| of.values.join(" ")).collect();
    assert_eq!(values, ["'10ms' '0%'", "'10ms' '100%'", "'20ms' '0%'", "'20ms' '100%'"]);
    let [near, lost, far, _] = report.combinations.as_slice() else { panic!() };
    // ARP there and back, then the ping: four ways.
    let rtt = |of: &layercake::sim::Combination| {
        of.measures[0].statistics.map(|of| (of.count, of.mean, of.deviation))
    };
    assert_eq!(rtt(near), Some((3, 40e6, Some(0.0))));
    assert_eq!(rtt(far), Some((3, 80e6, Some(0.0))));
    assert_eq!(rtt(lost), None);
    assert_eq!((near.runs, near.failed, lost.runs, lost.failed), (3, 0, 3, 3));
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    let alone = sweep(1);
    assert_eq!(alone, sweep(2));
    assert_eq!(alone, sweep(7));
}

#[test]
fn what_is_varied_has_to_make_sense() {
    let none = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let bad = |text: &str| Sweep::new(text, &none, &[]).unwrap_err().to_string();
    assert_eq!(bad("duration = '1s'\nnodes.a = {}"), "nothing is varied: it has no [sweep]");
    let text = super::SWEEP.replace("'links.core.delay'", "'links.care.delay'");
    assert!(bad(&text).contains("none of links is called care"), "{}", bad(&text));
    let text = super::SWEEP
        .replace("seeds = 3", "seeds = 10000")
        .replace("'0%', '100%'", "'0%', '1%', '2%', '3%', '4%', '5%'");
    assert_eq!(bad(&text), "a sweep has at most 100000 runs");
}

#[test]
fn a_sweep_can_be_ended() {
    let none = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let sweep = Sweep::new(super::SWEEP, &none, &[]).unwrap();
    let report = sweep.run(1.try_into().unwrap(), &|done| done < 4).unwrap();
    let runs: Vec<_> = report.combinations.iter().map(|of| of.runs).collect();
    assert_eq!((runs, report.interrupted, report.passed()), (vec![3, 1, 0, 0], true, false));
}
