//! What is looked at closely: one message, tables of nodes.

use std::time::Duration;

use super::{Arguments, Trouble, files};
use crate::cli::output::{caret, printable};
use crate::filter::Filter;
use crate::sim::output::{Names, Tale, What};
use crate::sim::{Report, Run, Scenario, Watch};

/// What is shown instead of a report.
pub struct Look {
    tale: Option<Tale>,
    shown: Vec<Shown>,
}

/// A table of a time.
pub struct Shown {
    pub at: Duration,
    what: Vec<(What, Option<String>)>,
    text: String,
}

impl Look {
    /// What the arguments ask for.
    pub fn new(arguments: &Arguments, scenario: &Scenario) -> Result<Self, Trouble> {
        let tale = match arguments.layers.as_deref() {
            None => None,
            Some("") => Some(Tale::new(scenario, None)),
            Some(filter) => {
                let read =
                    Filter::parse(filter).map_err(|mistake| caret(&printable(filter), &mistake, None))?;
                Some(Tale::new(scenario, Some(read)))
            }
        };
        let mut what = Vec::new();
        for word in &arguments.show {
            let (name, node) =
                word.split_once('=').map_or((word.as_str(), None), |(name, node)| (name, Some(node)));
            let wanted: What = name.parse().map_err(|mistake| caret(&printable(name), &mistake, None))?;
            if let Some(node) = node {
                let names = Names::of(scenario);
                if !names.nodes().any(|known| known == node) {
                    let known = names.nodes().collect::<Vec<_>>().join(", ");
                    return Err(format!("there is no node {}; the nodes are {known}", printable(node)));
                }
            }
            what.push((wanted, node.map(str::to_owned)));
        }
        let mut times = arguments.at.clone();
        if times.is_empty() && !what.is_empty() {
            times.push(scenario.duration());
        }
        times.sort();
        times.dedup();
        let shown = times.into_iter().map(|at| Shown { at, what: what.clone(), text: String::new() });
        Ok(Self { tale, shown: shown.collect() })
    }

    /// What has to see every frame, and what is looked at when.
    pub fn parts(&mut self) -> (Option<&mut dyn Watch>, impl Iterator<Item = &mut Shown>) {
        (self.tale.as_mut().map(|tale| tale as &mut dyn Watch), self.shown.iter_mut())
    }

    /// What there is to say instead of the report.
    pub fn text(&self, _: &Report) -> Option<String> {
        if let Some(tale) = &self.tale {
            return Some(tale.to_string());
        }
        let many = self.shown.len() > 1;
        let texts: Vec<String> = self
            .shown
            .iter()
            .map(|shown| {
                let head = if many { format!("After {}\n\n", files::span(shown.at)) } else { String::new() };
                format!("{head}{}", shown.text)
            })
            .collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    }
}

impl Shown {
    /// Looks.
    pub fn take(&mut self, run: &Run<'_>) {
        let texts: Vec<String> =
            self.what.iter().map(|(what, node)| run.show(*what, node.as_deref())).collect();
        self.text = texts.join("\n");
    }
}
