//! What holds for any scenario, and for any lab that is made into one.

use std::time::Duration;

use layercake::sim::{Run, RunError, Scenario, import};

/// How much of a scenario is run: what begins at its very beginning.
const SPAN: Duration = Duration::from_micros(100);

pub fn any(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for name in ["lab.conf", "lab.clab.yml"] {
        if let Ok(lab) = import::import(name, &text, &|_| None) {
            scenario(&lab.text);
        }
    }
    scenario(&text);
}

fn scenario(text: &str) {
    let scenario = match Scenario::parse(text) {
        Ok(scenario) => scenario,
        Err(bad) => {
            // Where it points to is in the text, and something is said.
            assert!(!bad.mistakes.is_empty());
            for mistake in &bad.mistakes {
                assert!(
                    text.get(mistake.span.clone()).is_some() && !mistake.to_string().is_empty(),
                    "{mistake:?}"
                );
            }
            return;
        }
    };
    let once = || {
        let mut run = Run::new(&scenario)?;
        run.set_patience(2_000);
        let _ = run.until(SPAN);
        Ok::<_, RunError>(run.finish())
    };
    // The same again is the same.
    let reports =
        [once(), once()].map(|report| report.map(|report| (report.fingerprint, report.to_string())));
    let [one, other] = reports;
    assert_eq!(one, other);
}
