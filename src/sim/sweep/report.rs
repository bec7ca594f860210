//! What came of a sweep.

use core::fmt;
use core::time::Duration;

use serde_json::{Value, json};

use super::Statistics;
use crate::sim::expect::Unit;
use crate::sim::output::{Table, WIDTH, wrap};
use crate::stack::service::Figure;

/// The name of the schema: `docs/sim.schema.json` has it.
pub const SWEEP_SCHEMA: &str = "layercake.sim.sweep/1";

/// What came of a sweep.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SweepReport {
    /// What the scenario is called.
    pub title: Option<String>,
    /// What was varied.
    pub keys: Vec<String>,
    /// With how many seeds each combination was run.
    pub seeds: usize,
    /// Runs are missing.
    pub interrupted: bool,
    /// The combinations, the last key varying fastest.
    pub combinations: Vec<Combination>,
}

/// What came of one combination of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Combination {
    /// The values, as they are written, in the order of the keys.
    pub values: Vec<String>,
    /// How many runs there were.
    pub runs: usize,
    /// Those of them whose expectations did not all come true.
    pub failed: usize,
    /// What was measured.
    pub measures: Vec<Measured>,
}

/// What was measured in some runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What it is, as it was written.
    pub measure: String,
    /// What its numbers are numbers of.
    pub unit: Unit,
    /// The numbers: times are nanoseconds, rates bits a second. Nothing if no run has come to one.
    pub statistics: Option<Statistics>,
}

impl SweepReport {
    /// Whether all runs came to their ends with all expectations true.
    pub fn passed(&self) -> bool {
        !self.interrupted && self.combinations.iter().all(|of| of.failed == 0)
    }

    /// As JSON, schema `layercake.sim.sweep/1`.
    pub fn to_json(&self) -> Value {
        let measured = |measured: &Measured| {
            let of = measured.statistics;
            json!({
                "measure": measured.measure,
                "unit": measured.unit.word(),
                "count": of.map_or(0, |of| of.count),
                "mean": of.map(|of| of.mean),
                "deviation": of.and_then(|of| of.deviation),
                "confidence": of.and_then(|of| of.confidence),
                "least": of.map(|of| of.least),
                "most": of.map(|of| of.most),
            })
        };
        let combination = |of: &Combination| {
            let values =
                self.keys.iter().zip(&of.values).map(|(key, value)| (key.clone(), value.as_str().into()));
            json!({
                "values": Value::Object(values.collect()),
                "runs": of.runs,
                "failed": of.failed,
                "measures": of.measures.iter().map(measured).collect::<Vec<_>>(),
            })
        };
        json!({
            "schema": SWEEP_SCHEMA,
            "title": self.title,
            "seeds": self.seeds,
            "interrupted": self.interrupted,
            "passed": self.passed(),
            "combinations": self.combinations.iter().map(combination).collect::<Vec<_>>(),
        })
    }
}

/// A number for people, in its unit.
fn show(unit: Unit, number: f64) -> String {
    let whole = number.round().max(0.0) as u64;
    match unit {
        Unit::Time => Figure::Time(Duration::from_nanos(whole)).to_string(),
        Unit::Rate => Figure::Rate(whole).to_string(),
        Unit::Count | Unit::Bytes => {
            let text = format!("{number:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

/// A table for each measure, a row for each combination.
impl fmt::Display for SweepReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self.title.iter().flat_map(|title| wrap(title, WIDTH)).collect();
        let measures = self.combinations.first().map(|of| of.measures.len()).unwrap_or(0);
        for number in 0..measures {
            let of = |of: &Combination| of.measures.get(number).cloned();
            let unit = self.combinations.iter().filter_map(of).find(|measured| measured.statistics.is_some());
            let name = self.combinations.first().and_then(of).map(|measured| measured.measure);
            if !lines.is_empty() {
                lines.push(String::new());
            }
            let of_what =
                if unit.is_some_and(|measured| measured.unit == Unit::Bytes) { ", bytes" } else { "" };
            lines.push(format!("{}{of_what}", name.unwrap_or_default()));
            lines.extend(self.table(number).lines());
        }
        let runs: usize = self.combinations.iter().map(|of| of.runs).sum();
        let failed: usize = self.combinations.iter().map(|of| of.failed).sum();
        let missing = if self.interrupted { "; interrupted" } else { "" };
        let failed =
            if failed == 0 { String::new() } else { format!("; expectations FAILED in {failed} of them") };
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(format!(
            "{runs} runs: {} combinations, {} seeds{failed}{missing}",
            self.combinations.len(),
            self.seeds
        ));
        f.write_str(&lines.join("\n"))
    }
}

impl SweepReport {
    fn table(&self, number: usize) -> Table {
        let mut table = Table::new(self.keys.len());
        let heads = ["runs", "mean", "± 95 %", "deviation", "least", "most", "failed"];
        table.row(self.keys.iter().cloned().chain(heads.map(String::from)));
        for of in &self.combinations {
            let Some(measured) = of.measures.get(number) else { continue };
            let show =
                |number: Option<f64>| number.map_or_else(String::new, |number| show(measured.unit, number));
            let known = measured.statistics;
            let numbers = [
                known.map_or(0, |known| known.count).to_string(),
                show(known.map(|known| known.mean)),
                show(known.and_then(|known| known.confidence)),
                show(known.and_then(|known| known.deviation)),
                show(known.map(|known| known.least)),
                show(known.map(|known| known.most)),
                if of.failed == 0 { String::new() } else { of.failed.to_string() },
            ];
            let values = of.values.iter().map(|value| value.trim_matches(['"', '\'']).to_owned());
            table.row(values.chain(numbers));
        }
        table.without_empty()
    }
}
