//! The types of a filter: which word is a field and which a value, what can be compared with what. What comes out is
//! ready to run.

use regex::bytes::{Regex, RegexBuilder};

use crate::filter::BadFilter;
use crate::filter::catalogue::{self, Sort, Subject};
use crate::filter::literal::{self, Constant};
use crate::filter::parse::{
    Comparison, End, Expression, Operator, Quantifier, Relation, Slice, Span, Term, TermKind, Test,
};
use crate::near::nearest;

/// A filter, ready to run: the cheapest test of a row comes first.
#[derive(Clone, Debug)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Box<Check>),
}

/// One test.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub left: Operand,
    pub rule: Rule,
    pub of: Quantifier,
    /// As it is written.
    pub text: String,
    pub cost: u32,
}

/// What must hold of the left side.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// It is there.
    There,
    /// Its bits are not all zero.
    Set,
    Constant(Relation, Constant),
    Other(Relation, Operand),
    /// It lies in one of these ranges, the ends included.
    In(Vec<(Constant, Constant)>),
    Matches(Regex),
}

/// What stands on a side of a comparison.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Subject {
        subject: Subject,
        layers: Vec<Slice>,
        slices: Vec<Slice>,
        /// Of a protocol not the header alone, but what it carries too.
        whole: bool,
    },
    Constant(Constant),
    Length(Box<Operand>),
    /// Text with its ASCII letters in one case.
    Case(Case, Box<Operand>),
    Count(Box<Operand>),
    Compute(Operator, Box<Operand>, Box<Operand>),
}

/// In which letters text is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Lower,
    Upper,
}

impl Node {
    /// Turns every test that a flag is there into one that it is set.
    #[cfg(feature = "assertion")]
    pub(super) fn flags_are_set(&mut self) {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter_mut().for_each(Self::flags_are_set),
            Self::Not(node) => node.flags_are_set(),
            Self::Test(check) => {
                let is_flag = subject_of(&check.left).is_some_and(|subject| subject.sort() == Sort::Flag);
                if is_flag && matches!(check.rule, Rule::There) {
                    check.rule = Rule::Set;
                }
            }
        }
    }

    pub(super) fn cost(&self) -> u32 {
        match self {
            Self::All(nodes) | Self::Any(nodes) => {
                nodes.iter().fold(0, |sum, node| sum.saturating_add(node.cost()))
            }
            Self::Not(node) => node.cost(),
            Self::Test(check) => check.cost,
        }
    }
}

/// Checks a filter that was read from `text`.
///
/// # Errors
/// [`BadFilter`] where a name is not known or types do not fit.
pub(super) fn check(expression: &Expression, text: &str) -> Result<Node, BadFilter> {
    let row = |expressions: &[Expression]| {
        let nodes: Result<Vec<_>, _> = expressions.iter().map(|inner| check(inner, text)).collect();
        nodes.map(|mut nodes| {
            nodes.sort_by_key(Node::cost);
            nodes
        })
    };
    Ok(match expression {
        Expression::All(inner) => Node::All(row(inner)?),
        Expression::Any(inner) => Node::Any(row(inner)?),
        Expression::Not(inner) => Node::Not(Box::new(check(inner, text)?)),
        Expression::Test(inner) => test(inner, text)?,
    })
}

fn test(test: &Test, text: &str) -> Result<Node, BadFilter> {
    let (mut left, sort) = left_side(&test.left)?;
    let mut of = test.quantifier.unwrap_or(Quantifier::Any);
    let mut negated = false;
    let mut end = test.left.span.end;
    let rule = match &test.right {
        None => existence(&left, &test.left)?,
        Some(Comparison::With(relation, by_itself, right, span)) => {
            end = right.span.end;
            of = test.quantifier.or(*by_itself).unwrap_or(match relation {
                // Of several, none may be equal.
                Relation::NotEqual => Quantifier::All,
                _ => Quantifier::Any,
            });
            comparison(&mut left, sort, *relation, right, span)?
        }
        Some(Comparison::In(elements, not)) => {
            negated = *not;
            let subject = subject_of(&left).cloned();
            let value = |term: &Term| match operand(term, sort, subject.as_ref())? {
                (Operand::Constant(constant), _) => Ok(constant),
                _ => Err(BadFilter::new(term.span.clone(), "a set holds values, not fields")),
            };
            let mut ranges = Vec::new();
            for (from, to) in elements {
                let first = value(from)?;
                end = to.as_ref().unwrap_or(from).span.end;
                let last = to.as_ref().map_or_else(|| Ok(first.clone()), value)?;
                ranges.push((first, last));
            }
            // The bracket that closes it.
            end = text
                .get(end..)
                .and_then(|rest| rest.find('}'))
                .map_or(end, |at| end.saturating_add(at).saturating_add(1));
            Rule::In(ranges)
        }
    };
    let beyond = match &rule {
        Rule::Matches(_) => 200,
        Rule::Constant(Relation::Contains, _) | Rule::Other(Relation::Contains, _) => 100,
        Rule::Other(_, right) => right.cost(),
        _ => 0,
    };
    let cost = left.cost().saturating_add(beyond);
    let text = text.get(test.left.span.start..end).unwrap_or("").to_owned();
    let node = Node::Test(Box::new(Check { left, rule, of, text, cost }));
    Ok(if negated { Node::Not(Box::new(node)) } else { node })
}

fn existence(left: &Operand, term: &Term) -> Result<Rule, BadFilter> {
    match left {
        Operand::Subject { .. } => Ok(Rule::There),
        Operand::Compute(Operator::BitAnd, ..) => Ok(Rule::Set),
        _ => {
            let message = "this gives a value; say what it must be, as in len(tcp.payload) > 100";
            Err(BadFilter::new(term.span.clone(), message))
        }
    }
}

fn comparison(
    left: &mut Operand,
    sort: Sort,
    relation: Relation,
    right: &Term,
    span: &Span,
) -> Result<Rule, BadFilter> {
    let of_bytes = matches!(sort, Sort::Bytes | Sort::Mac | Sort::Text);
    if matches!(relation, Relation::Contains | Relation::Matches) {
        if !of_bytes {
            let message = format!(
                "the left side is {}; only bytes and text can contain or match something",
                sort.name()
            );
            return Err(BadFilter::new(span.clone(), message));
        }
        left.widen();
    }
    if relation == Relation::Matches {
        let TermKind::Text(pattern) = &right.kind else {
            let message = "a regular expression stands in quotation marks: \"^GET\" or r\"\\d+\"";
            return Err(BadFilter::new(right.span.clone(), message));
        };
        return Ok(Rule::Matches(
            pattern_of(pattern).map_err(|message| BadFilter::new(right.span.clone(), message))?,
        ));
    }
    let expected = if relation == Relation::Contains && sort != Sort::Text { Sort::Bytes } else { sort };
    let (right, right_sort) = operand(right, expected, subject_of(left)).and_then(|(found, of)| {
        match compatible(expected, of) {
            true => Ok((found, of)),
            false => {
                let message = format!("{} cannot be compared with {}", expected.name(), of.name());
                Err(BadFilter::new(right.span.clone(), message))
            }
        }
    })?;
    debug_assert!(compatible(expected, right_sort));
    Ok(match right {
        Operand::Constant(constant) => Rule::Constant(relation, constant),
        other => Rule::Other(relation, other),
    })
}

/// A regular expression over bytes, upper and lower case alike, as Wireshark has it.
fn pattern_of(pattern: &[u8]) -> Result<Regex, String> {
    let text = std::str::from_utf8(pattern)
        .map_err(|_| "the expression is no UTF-8; write \\xff in an r\"\" string")?;
    let mut builder = RegexBuilder::new(text);
    builder.case_insensitive(true).unicode(false).size_limit(1 << 20).nest_limit(50);
    builder.build().map_err(|error| {
        let message = error.to_string();
        let last = message.lines().last().unwrap_or("").trim_start_matches("error: ");
        format!("the regular expression cannot be read: {last}")
    })
}

fn compatible(left: Sort, right: Sort) -> bool {
    let class = |sort| match sort {
        Sort::Flag | Sort::Number => 0,
        Sort::Mac | Sort::Bytes => 1,
        Sort::Ipv4 => 2,
        Sort::Ipv6 => 3,
        Sort::Time => 4,
        Sort::Text => 5,
    };
    class(left) == class(right)
}

fn subject_of(operand: &Operand) -> Option<&Subject> {
    match operand {
        Operand::Subject { subject, slices, .. } if slices.is_empty() => Some(subject),
        _ => None,
    }
}

/// The left side, on which a field must stand.
pub(super) fn left_side(term: &Term) -> Result<(Operand, Sort), BadFilter> {
    match &term.kind {
        TermKind::Word { word, layers, slices } => named(word, layers, slices, &term.span),
        TermKind::Text(_) | TermKind::Char(_) => {
            Err(BadFilter::new(term.span.clone(), "on the left of a comparison stands a field, not a value"))
        }
        TermKind::Call { function, argument } => call(function, argument),
        TermKind::Compute(operator, left, right) => {
            let (left, sort) = left_side(left)?;
            let right = operand(right, sort, None)?;
            compute(*operator, (left, sort), right, &term.span)
        }
    }
}

/// The other side: a value of `sort` if it can be read as one, or else a field.
fn operand(term: &Term, sort: Sort, subject: Option<&Subject>) -> Result<(Operand, Sort), BadFilter> {
    let bad = |message: String| BadFilter::new(term.span.clone(), message);
    match &term.kind {
        TermKind::Word { word, layers, slices } if layers.is_empty() && slices.is_empty() => {
            // Of text every word is one, but a field is a field.
            if sort == Sort::Text && Subject::find(word).is_some_and(|subject| subject.sort() == Sort::Text) {
                return named(word, layers, slices, &term.span);
            }
            match literal::word(word, sort, subject) {
                Ok(constant) => Ok((Operand::Constant(constant), sort)),
                Err(message) => named(word, layers, slices, &term.span).map_err(|_| bad(message)),
            }
        }
        TermKind::Word { word, layers, slices } => named(word, layers, slices, &term.span),
        TermKind::Text(text) if matches!(sort, Sort::Bytes | Sort::Text) => {
            Ok((Operand::Constant(Constant::Bytes(text.clone())), sort))
        }
        TermKind::Text(text) => {
            let constant = literal::word(&String::from_utf8_lossy(text), sort, subject).map_err(bad)?;
            Ok((Operand::Constant(constant), sort))
        }
        TermKind::Char(one) => match sort {
            Sort::Number => Ok((Operand::Constant(Constant::Number(i128::from(*one))), sort)),
            Sort::Bytes | Sort::Text => Ok((Operand::Constant(Constant::Bytes(vec![*one])), sort)),
            sort => Err(bad(format!("a character is no value for {}", sort.name()))),
        },
        TermKind::Call { function, argument } => call(function, argument),
        TermKind::Compute(operator, left, right) => {
            let left = operand(left, sort, None)?;
            let right = operand(right, left.1, None)?;
            compute(*operator, left, right, &term.span)
        }
    }
}

fn compute(
    operator: Operator,
    (left, sort): (Operand, Sort),
    (right, other): (Operand, Sort),
    span: &Span,
) -> Result<(Operand, Sort), BadFilter> {
    let of_numbers = matches!(sort, Sort::Number | Sort::Flag | Sort::Time);
    if !of_numbers && operator == Operator::BitAnd && [&left, &right].iter().all(|side| side.is_protocol()) {
        let message = "of two protocols no bits are tested; for and, write &&";
        return Err(BadFilter::new(span.clone(), message));
    }
    if !compatible(sort, other) || !of_numbers && operator != Operator::BitAnd {
        let message = format!("this cannot be computed from {} and {}", sort.name(), other.name());
        return Err(BadFilter::new(span.clone(), message));
    }
    // A part of an address is compared as it is, and of a flag as a number.
    let sort = if sort == Sort::Flag { Sort::Number } else { sort };
    let computed = Operand::Compute(operator, Box::new(left), Box::new(right));
    Ok((computed.folded().map_or(computed, Operand::Constant), sort))
}

fn call(function: &str, argument: &Term) -> Result<(Operand, Sort), BadFilter> {
    let (inner, sort) = left_side(argument)?;
    match function {
        "count" if matches!(inner, Operand::Subject { .. }) => {
            Ok((Operand::Count(Box::new(inner)), Sort::Number))
        }
        "len" if sort == Sort::Text => Ok((Operand::Length(Box::new(inner)), Sort::Number)),
        "lower" if sort == Sort::Text => Ok((Operand::Case(Case::Lower, Box::new(inner)), sort)),
        "upper" if sort == Sort::Text => Ok((Operand::Case(Case::Upper, Box::new(inner)), sort)),
        "len" if matches!(sort, Sort::Bytes | Sort::Mac | Sort::Ipv4 | Sort::Ipv6) => {
            Ok((Operand::Length(Box::new(inner.in_bytes())), Sort::Number))
        }
        _ => {
            let message = format!("{} has no {function}()", sort.name());
            Err(BadFilter::new(argument.span.clone(), message))
        }
    }
}

/// A field or protocol by its name, with layers and slices.
fn named(name: &str, layers: &[Slice], slices: &[Slice], span: &Span) -> Result<(Operand, Sort), BadFilter> {
    let Some(subject) = Subject::find(name) else { return Err(unknown(name, span)) };
    let sort = subject.sort();
    let sliced = !slices.is_empty();
    if sliced && !matches!(sort, Sort::Bytes | Sort::Text | Sort::Mac | Sort::Ipv4 | Sort::Ipv6) {
        let message = format!(
            "{name} is {}, of which no bytes can be taken; bits are with &, as in {name} & 2",
            sort.name()
        );
        return Err(BadFilter::new(span.clone(), message));
    }
    if !layers.is_empty() && matches!(subject, Subject::Frame(_)) {
        return Err(BadFilter::new(span.clone(), format!("{name} is of the frame, and in no layer")));
    }
    let operand =
        Operand::Subject { subject, layers: layers.to_vec(), slices: slices.to_vec(), whole: false };
    Ok((operand, if sliced && sort != Sort::Text { Sort::Bytes } else { sort }))
}

fn unknown(name: &str, span: &Span) -> BadFilter {
    // Layers and slices stand behind the name.
    let span = span.start..span.start.saturating_add(name.len()).min(span.end);
    if let Some(protocol) = catalogue::is_not_decoded(name) {
        return BadFilter::new(
            span,
            format!("{protocol} is a protocol that Wireshark knows and that is not decoded here"),
        );
    }
    // What takes more than the packet itself.
    let follows = ["tcp.stream", "udp.stream", "tcp.analysis", "tcp.time_delta", "tcp.time_relative"];
    if follows
        .iter()
        .any(|known| name == *known || name.strip_prefix(known).is_some_and(|rest| rest.starts_with('.')))
    {
        return BadFilter::new(span, format!("{name} follows from other packets; a filter looks at one"));
    }
    if name == "frame.time" {
        let mut bad = BadFilter::new(span, "dates are not read; these count seconds");
        bad.suggestions = ["frame.time_epoch", "frame.time_relative"].map(str::to_owned).to_vec();
        return bad;
    }
    let names = catalogue::names();
    let prefix = name.split_once('.').map(|(prefix, _)| prefix).filter(|prefix| names.contains(prefix));
    let message = match prefix {
        Some(prefix) => format!("{prefix} has no field '{name}'"),
        None => format!("'{name}' is neither a field nor a protocol"),
    };
    let mut bad = BadFilter::new(span, message);
    bad.suggestions = nearest(name, names.iter().copied());
    bad
}

impl Operand {
    /// A protocol, all of it.
    fn is_protocol(&self) -> bool {
        matches!(self, Self::Subject { subject: Subject::Protocol(..), slices, .. } if slices.is_empty())
    }

    fn cost(&self) -> u32 {
        match self {
            Self::Subject { subject, .. } => subject.cost(),
            Self::Constant(_) => 0,
            Self::Length(inner) | Self::Count(inner) | Self::Case(_, inner) => inner.cost(),
            Self::Compute(_, left, right) => left.cost().saturating_add(right.cost()),
        }
    }

    /// The same as the bytes that it has in the packet: an address is a number otherwise.
    fn in_bytes(mut self) -> Self {
        if let Self::Subject { slices, .. } = &mut self
            && slices.is_empty()
        {
            slices.push(Slice { from: 0, to: End::Open });
        }
        self
    }

    /// Of a protocol, takes what it carries too.
    fn widen(&mut self) {
        if let Self::Subject { whole, slices, .. } = self {
            *whole = slices.is_empty();
        }
    }
}
