//! Whether what was expected has come.

use super::Run;
use crate::sim::expect::{Expectation, What, When};
use crate::sim::report::Verdict;

impl Run<'_> {
    /// Looks at what has to hold up to some time, and, when all has happened that happens now, at what has to hold now.
    pub(super) fn judge(&mut self, all_happened: bool) {
        let scenario = self.scenario;
        for (number, expectation) in scenario.expect.iter().enumerate() {
            if self.verdicts.get(number).is_none_or(Option::is_some) {
                continue;
            }
            match expectation.when {
                When::At(time) if all_happened && time <= self.now() => {
                    self.settle_verdict(number, expectation, false)
                }
                When::Within(time) if all_happened && time <= self.now() => {
                    self.settle_verdict(number, expectation, false)
                }
                When::Within(_) if !all_happened && self.is_worth_a_look(number, expectation) => {
                    self.settle_verdict(number, expectation, true)
                }
                _ => {}
            }
        }
    }

    /// What is to come within a time and is so before anything has happened would say nothing of what happens: it fails.
    pub(super) fn judge_before(&mut self) {
        let scenario = self.scenario;
        for (number, expectation) in scenario.expect.iter().enumerate() {
            let What::Condition(condition) = &expectation.what else { continue };
            if !matches!(expectation.when, When::Within(_)) || condition.holds(self) != Some(true) {
                continue;
            }
            let found = vec![
                "it is so before anything has happened; write at 10s, or nothing for the end".to_owned(),
            ];
            let verdict =
                Verdict { expectation: expectation.text.clone(), holds: false, found, time: self.now() };
            self.verdicts.iter_mut().skip(number).take(1).for_each(|place| *place = Some(verdict.clone()));
        }
    }

    /// Whether an expectation can have come true since it was looked at last. What is said of frames is much work to look at; without another frame it stays as it is.
    fn is_worth_a_look(&mut self, number: usize, expectation: &Expectation) -> bool {
        let What::Frames(probe, _) = &expectation.what else { return true };
        let seen = self.net.watch.assertion(probe).map_or(0, |(_, seen)| seen);
        let Some(looked) = self.looked.get_mut(number) else { return false };
        core::mem::replace(looked, seen) != seen
    }

    /// How an expectation turned out; with `only_good` nothing yet if it does not hold.
    pub(super) fn settle_verdict(&mut self, number: usize, expectation: &Expectation, only_good: bool) {
        let (holds, found) = self.look(expectation, only_good);
        if only_good && !holds {
            return;
        }
        let verdict = Verdict { expectation: expectation.text.clone(), holds, found, time: self.now() };
        if let Some(place) = self.verdicts.get_mut(number) {
            *place = Some(verdict);
        }
    }

    fn look(&self, expectation: &Expectation, only_good: bool) -> (bool, Vec<String>) {
        match &expectation.what {
            What::Condition(condition) => {
                let holds = condition.holds(self) == Some(true);
                let mut found = Vec::new();
                if holds || !only_good {
                    condition.found(self, &mut found);
                }
                (holds, found)
            }
            What::Frames(probe, _) => {
                let outcome = self.net.watch.assertion(probe).map(|(run, _)| run.outcome());
                outcome.map_or((false, Vec::new()), |outcome| {
                    let found = outcome.found.iter().map(|found| found.text.clone()).collect();
                    (outcome.holds, found)
                })
            }
        }
    }
}
