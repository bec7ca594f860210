//! How a filter was read, for people.

use std::fmt;

use crate::filter::check::{Check, Node, Operand, Rule};
use crate::filter::parse::{Quantifier, Relation};
use crate::filter::run::COMBINATIONS;
use crate::filter::{Filter, Language};

/// A filter as a tree, in the order in which it is tested; see [`Filter::explain`].
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a>(pub(super) &'a Filter);

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filter = self.0;
        match filter.language {
            Language::Display => writeln!(f, "read as a display filter: {}", filter.text)?,
            Language::Words => {
                writeln!(f, "read as words of BPF: {}", filter.text)?;
                writeln!(f, "as a display filter: {}", filter.display)?;
            }
        }
        if filter.language == Language::Display && filter.also_words {
            writeln!(f, "it could be read as words of BPF too; the display filter goes first")?;
        }
        writeln!(f, "tested in this order:")?;
        node(f, &filter.node, 1)
    }
}

fn node(f: &mut fmt::Formatter<'_>, tree: &Node, depth: usize) -> fmt::Result {
    write!(f, "{:width$}", "", width = depth.saturating_mul(2))?;
    let deeper = depth.saturating_add(1);
    match tree {
        Node::All(nodes) => {
            writeln!(f, "all of")?;
            nodes.iter().try_for_each(|inner| node(f, inner, deeper))
        }
        Node::Any(nodes) => {
            writeln!(f, "one of")?;
            nodes.iter().try_for_each(|inner| node(f, inner, deeper))
        }
        Node::Not(inner) => {
            writeln!(f, "not")?;
            node(f, inner, deeper)
        }
        Node::Test(check) => writeln!(f, "{}  ({})", check.text, remark(check)),
    }
}

/// What the left side is, how it is found, and of how many values the test must hold.
fn remark(check: &Check) -> String {
    let mut parts = Vec::new();
    match &check.left {
        Operand::Subject { subject, slices, .. } => {
            parts.push(subject.label().to_owned());
            parts.push(if slices.is_empty() { subject.way() } else { "some of its bytes" }.to_owned());
        }
        Operand::Case(..) => parts.push("letters in one case".to_owned()),
        Operand::Length(_) => parts.push("number of bytes".to_owned()),
        Operand::Count(_) => parts.push("how often it is there".to_owned()),
        Operand::Compute(..) | Operand::Constant(_) => parts.push("computed".to_owned()),
    }
    match (&check.rule, check.of) {
        (Rule::There, _) => parts.push("is there".to_owned()),
        (Rule::Set, _) => parts.push("a bit is set".to_owned()),
        (_, Quantifier::Any) => parts.push("any of its values".to_owned()),
        (_, Quantifier::All) => parts.push("all of its values, of which there is one".to_owned()),
    }
    if combines(check) {
        parts.push(format!("at most {COMBINATIONS} combinations"));
    }
    parts.join("; ")
}

/// Whether values are combined, of which there is a limit.
fn combines(check: &Check) -> bool {
    fn within(operand: &Operand) -> bool {
        match operand {
            Operand::Subject { .. } | Operand::Constant(_) => false,
            Operand::Length(inner) | Operand::Case(_, inner) | Operand::Count(inner) => within(inner),
            Operand::Compute(_, left, right) => {
                let fields = ![left, right].iter().any(|side| matches!(***side, Operand::Constant(_)));
                fields || within(left) || within(right)
            }
        }
    }
    within(&check.left)
        || matches!(&check.rule, Rule::Other(relation, right) if *relation == Relation::Contains || within(right))
}
