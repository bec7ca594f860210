//! A scenario, run many times: with other values, with other seeds.

mod report;
mod statistics;

use core::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::expect::Unit;
use super::{BadScenario, Files, Run, RunError, Scenario};
use crate::mistake::Mistake;
pub use report::{Combination, Measured, SWEEP_SCHEMA, SweepReport};
pub use statistics::Statistics;

/// Runs of a sweep at most.
const RUNS: usize = 100_000;

/// All runs that the `[sweep]` of a scenario asks for: each combination of values, with each seed.
///
/// ```
/// use layercake::sim::Sweep;
///
/// let none = |_: &str| Err(std::io::ErrorKind::NotFound.into());
/// let sweep = Sweep::new("
///     duration = '1s'
///     nodes.a.address = '192.0.2.1/24'
///     nodes.b.address = '192.0.2.2/24'
///     [[links]]
///     between = ['a', 'b']
///     name = 'core'
///     delay = '1ms'
///     [[apps]]
///     on = 'a'
///     kind = 'ping'
///     to = 'b'
///     count = 1
///     [sweep]
///     vary = { 'links.core.delay' = ['10ms', '20ms'] }
///     measure = ['ping.rtt_max']
/// ", &none, &[])?;
/// let report = sweep.run(2.try_into()?, &|_| true)?;
/// // ARP there and back, then the ping.
/// let means: Vec<f64> = report.combinations.iter().map(|of| of.measures[0].statistics.unwrap().mean).collect();
/// assert_eq!(means, [40e6, 80e6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sweep {
    title: Option<String>,
    keys: Vec<String>,
    /// Each combination of values, as they are written, and the scenario with them.
    combinations: Vec<(Vec<String>, Scenario)>,
    seeds: Vec<u64>,
}

/// What came of one run.
#[derive(Clone, Debug, Default)]
struct Outcome {
    /// Of each measure the value, if it is known, and what it is a number of.
    values: Vec<Option<(i128, Unit)>>,
    passed: bool,
}

impl Sweep {
    /// Reads a scenario with each combination of its values. What is `set` goes before what the text says.
    ///
    /// # Errors
    /// [`BadScenario`] if there is no sweep in it, if there would be more than 100,000 runs, or if some value makes no sense.
    pub fn new(text: &str, files: Files<'_>, set: &[(String, String)]) -> Result<Self, BadScenario> {
        let first = Scenario::read(text, files, set)?;
        let bad = |message: String| BadScenario { mistakes: vec![Mistake::new(0..0, message)] };
        let Some(plan) = &first.sweep else { return Err(bad("nothing is varied: it has no [sweep]".into())) };
        let counts = plan.vary.iter().map(|(_, values)| values.len());
        let runs = counts.chain([plan.seeds.len()]).try_fold(1usize, usize::checked_mul);
        if runs.is_none_or(|runs| runs > RUNS) {
            return Err(bad(format!("a sweep has at most {RUNS} runs")));
        }
        let mut values: Vec<Vec<String>> = vec![Vec::new()];
        for (_, of) in &plan.vary {
            let longer = values.iter().flat_map(|before| {
                of.iter().map(|value| [before.as_slice(), core::slice::from_ref(value)].concat())
            });
            values = longer.collect();
        }
        let keys: Vec<String> = plan.vary.iter().map(|(key, _)| key.clone()).collect();
        let seeds = plan.seeds.clone();
        let mut combinations = Vec::new();
        for row in values {
            let mut set = set.to_vec();
            set.extend(keys.iter().cloned().zip(row.iter().cloned()));
            let scenario = Scenario::read(text, files, &set)?.without_fingerprint();
            combinations.push((row, scenario));
        }
        Ok(Self { title: first.title.clone(), keys, combinations, seeds })
    }

    /// How many runs there are.
    pub fn runs(&self) -> usize {
        self.combinations.len().saturating_mul(self.seeds.len())
    }

    /// Runs them all, so many at the same time; what comes of it is the same however many that are. `go_on` is asked before each run, with the number of
    /// those that are done; runs that are not begun are missing in the report then.
    ///
    /// # Errors
    /// Why one of them, the first that is not too late to be known, could not be run to its end.
    pub fn run(
        &self,
        jobs: NonZeroUsize,
        go_on: &(dyn Fn(usize) -> bool + Sync),
    ) -> Result<SweepReport, RunError> {
        let count = self.runs();
        let next = AtomicUsize::new(0);
        let done = AtomicUsize::new(0);
        let enough = AtomicBool::new(false);
        let outcomes = Mutex::new(vec![None; count]);
        let work = || {
            while !enough.load(Ordering::Relaxed) {
                if !go_on(done.load(Ordering::Relaxed)) {
                    enough.store(true, Ordering::Relaxed);
                    return;
                }
                let number = next.fetch_add(1, Ordering::Relaxed);
                let combination = self.combinations.get(number / self.seeds.len().max(1));
                let seed = self.seeds.get(number % self.seeds.len().max(1));
                let (Some((_, scenario)), Some(seed)) = (combination, seed) else { return };
                let outcome = one(&scenario.clone().with_seed(*seed));
                enough.fetch_or(outcome.is_err(), Ordering::Relaxed);
                if let Ok(mut outcomes) = outcomes.lock()
                    && let Some(place) = outcomes.get_mut(number)
                {
                    *place = Some(outcome);
                }
                done.fetch_add(1, Ordering::Relaxed);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..jobs.get().min(count) {
                scope.spawn(work);
            }
        });
        let outcomes = outcomes.into_inner().unwrap_or_default();
        let outcomes = outcomes.into_iter().map(Option::transpose).collect::<Result<Vec<_>, _>>()?;
        Ok(self.report(&outcomes))
    }

    fn report(&self, outcomes: &[Option<Outcome>]) -> SweepReport {
        let combination = |((values, scenario), outcomes): (&(Vec<String>, Scenario), &[Option<Outcome>])| {
            let runs: Vec<&Outcome> = outcomes.iter().flatten().collect();
            let measures = scenario.sweep.iter().flat_map(|sweep| &sweep.measure).enumerate();
            let measured = |(number, measure): (usize, &super::expect::Measure)| {
                let values = runs.iter().filter_map(|run| run.values.get(number).copied().flatten());
                let unit = values.clone().map(|(_, unit)| unit).next().unwrap_or_default();
                let values: Vec<f64> = values.map(|(value, _)| value as f64).collect();
                Measured { measure: measure.text.clone(), unit, statistics: Statistics::of(&values) }
            };
            Combination {
                values: values.clone(),
                runs: runs.len(),
                failed: runs.iter().filter(|run| !run.passed).count(),
                measures: measures.map(measured).collect(),
            }
        };
        SweepReport {
            title: self.title.clone(),
            keys: self.keys.clone(),
            seeds: self.seeds.len(),
            interrupted: outcomes.iter().any(Option::is_none),
            combinations: self
                .combinations
                .iter()
                .zip(outcomes.chunks(self.seeds.len().max(1)))
                .map(combination)
                .collect(),
        }
    }
}

fn one(scenario: &Scenario) -> Result<Outcome, RunError> {
    let mut run = Run::new(scenario)?;
    run.until(scenario.duration())?;
    let measures = scenario.sweep.iter().flat_map(|sweep| &sweep.measure);
    let values = measures.map(|measure| run.measured(&measure.sum)).collect();
    Ok(Outcome { values, passed: run.finish().passed() })
}
