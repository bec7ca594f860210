//! Code of a script between `%{` and `}%`: Python that asserts, and little more.
//!
//! What stands there is a check of what a call of TCP_INFO says: `assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd`. That part of Python is
//! run as Python 3 runs it: `assert`, `print`, variables, `if`, and expressions of numbers, strings, lists and a few functions. Whatever else there
//! is (`import`, `def`, `for`) is a reason to skip the script, and named.
//!
//! - `token`: words, numbers, strings, lines.
//! - `parse`: the grammar.
//! - `value`: what can be done with values.

mod parse;
mod token;
mod value;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use parse::{Expr, ExprKind, Piece, Relation, Statement, Target};
use value::{Fault, Number, Operator, Value};

/// Steps that code may take, at most.
const MOST_STEPS: u64 = 1_000_000;

/// As much of a value is said of an assertion that fails, in letters.
const LONGEST_SAID: usize = 100;

/// What is known of a name that code does not give a value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Its value.
    Value(i128),
    /// There is such a name, and its value is not known here: why.
    Lacking(String),
    /// There is no such name.
    Unknown,
}

/// Why code does not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// An assertion does not hold.
    Fails {
        /// What it says, and what is so.
        message: String,
        /// Where its expression stands in the code.
        at: Range<usize>,
        /// The names that it has looked at, and their values.
        values: Vec<(String, String)>,
    },
    /// It needs something that there is not here.
    Skip {
        /// What.
        reason: String,
        /// Where.
        at: Range<usize>,
    },
    /// It makes no sense.
    Wrong {
        /// Why.
        message: String,
        /// Where.
        at: Range<usize>,
    },
}

impl Problem {
    /// The same, so many bytes further on.
    pub fn moved(mut self, by: usize) -> Self {
        let (Self::Fails { at, .. } | Self::Skip { at, .. } | Self::Wrong { at, .. }) = &mut self;
        *at = at.start.saturating_add(by)..at.end.saturating_add(by);
        self
    }
}

/// Runs the code of a script; what is given a name in one piece of it has that name in the next.
#[derive(Debug, Default)]
pub(crate) struct Interpreter {
    names: BTreeMap<String, Value>,
}

impl Interpreter {
    /// Runs a piece of code. `known` says what names stand for; what is printed is put behind `talk`, line by line.
    ///
    /// # Errors
    /// [`Problem`] with the first thing that keeps the code from its end.
    pub fn run(
        &mut self,
        code: &str,
        known: &mut dyn FnMut(&str) -> Known,
        talk: &mut Vec<String>,
    ) -> Result<(), Problem> {
        let statements = parse::parse(code)?;
        let mut run = Run { code, names: &mut self.names, known, talk, steps: 0, seen: Vec::new() };
        run.statements(&statements)
    }
}

/// A piece of code that runs.
struct Run<'r> {
    code: &'r str,
    names: &'r mut BTreeMap<String, Value>,
    known: &'r mut dyn FnMut(&str) -> Known,
    talk: &'r mut Vec<String>,
    steps: u64,
    /// The names that were looked at since an assertion began.
    seen: Vec<(String, String)>,
}

type Made<T> = Result<T, Problem>;

/// Gives what went wrong its place.
fn placed<T>(result: Result<T, Fault>, at: &Range<usize>) -> Made<T> {
    result.map_err(|fault| match fault {
        Fault::Wrong(message) => Problem::Wrong { message, at: at.clone() },
        Fault::Skip(reason) => Problem::Skip { reason, at: at.clone() },
    })
}

impl Run<'_> {
    fn statements(&mut self, statements: &[Statement]) -> Made<()> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Statement) -> Made<()> {
        match statement {
            Statement::Pass => {}
            Statement::Bare(value) => {
                self.value(value)?;
            }
            Statement::Print(values) => {
                let values = self.all(values)?;
                let line = values.iter().map(Value::shown).collect::<Vec<_>>().join(" ");
                self.talk.extend(line.split('\n').map(str::to_owned));
            }
            Statement::Assert { condition, message } => self.assert(condition, message.as_ref())?,
            Statement::Assign { targets, value } => {
                let found = self.value(value)?;
                for target in targets {
                    self.give(target, &found, &value.span)?;
                }
            }
            Statement::Change { name, operator, value, span } => {
                let before = self.name(name, span)?;
                let with = self.value(value)?;
                let after = placed(Value::join(*operator, &before, &with), span)?;
                self.names.insert(name.clone(), after);
            }
            Statement::If { branches, otherwise } => {
                for (condition, block) in branches {
                    if self.value(condition)?.is_true() {
                        return self.statements(block);
                    }
                }
                self.statements(otherwise)?;
            }
        }
        Ok(())
    }

    fn assert(&mut self, condition: &Expr, message: Option<&Expr>) -> Made<()> {
        self.seen.clear();
        if self.value(condition)?.is_true() {
            return Ok(());
        }
        let values = core::mem::take(&mut self.seen);
        let said = self.code.get(condition.span.clone()).unwrap_or_default();
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut text = format!("`{said}` does not hold");
        for (at, (name, value)) in values.iter().enumerate() {
            text.push_str(if at == 0 { ": " } else { ", " });
            text.push_str(&format!("`{name}` is {value}"));
        }
        if let Some(message) = message {
            let message = self.value(message)?.shown();
            // Often it is the value that was looked at.
            if !values.iter().any(|(_, value)| *value == message) {
                text.push_str(&format!("; the script says: {message}"));
            }
        }
        Err(Problem::Fails { message: text, at: condition.span.clone(), values })
    }

    fn give(&mut self, target: &Target, value: &Value, at: &Range<usize>) -> Made<()> {
        match (target, value) {
            (Target::One(name), value) => {
                self.names.insert(name.clone(), value.clone());
            }
            (Target::Each(names), Value::List(all, _)) if names.len() == all.len() => {
                self.names.extend(names.iter().cloned().zip(all.iter().cloned()));
            }
            (Target::Each(names), _) => {
                let message = format!("these are not {} values", names.len());
                return Err(Problem::Wrong { message, at: at.clone() });
            }
        }
        Ok(())
    }

    /// The value of a name.
    fn name(&mut self, name: &str, at: &Range<usize>) -> Made<Value> {
        let value = match self.names.get(name) {
            Some(value) => value.clone(),
            None => match (self.known)(name) {
                Known::Value(number) => Value::Integer(number),
                Known::Lacking(reason) => {
                    return Err(Problem::Skip { reason: format!("`{name}`: {reason}"), at: at.clone() });
                }
                Known::Unknown => {
                    let message = format!("there is nothing called `{name}`");
                    return Err(Problem::Wrong { message, at: at.clone() });
                }
            },
        };
        self.step(value.size(), at)?;
        if !self.seen.iter().any(|(seen, _)| seen == name) {
            let written = value.written();
            let short: String = written.chars().take(LONGEST_SAID).collect();
            let cut = if short.len() < written.len() { "..." } else { "" };
            self.seen.push((name.to_owned(), short + cut));
        }
        Ok(value)
    }

    fn all(&mut self, all: &[Expr]) -> Made<Vec<Value>> {
        all.iter().map(|one| self.value(one)).collect()
    }

    fn step(&mut self, steps: usize, at: &Range<usize>) -> Made<()> {
        self.steps = self.steps.saturating_add(u64::try_from(steps).unwrap_or(u64::MAX));
        if self.steps > MOST_STEPS {
            return Err(Problem::Skip { reason: "this code takes too long".to_owned(), at: at.clone() });
        }
        Ok(())
    }

    fn value(&mut self, expr: &Expr) -> Made<Value> {
        let at = &expr.span;
        self.step(1, at)?;
        match &expr.kind {
            ExprKind::Value(value) => Ok(value.clone()),
            ExprKind::Name(name) => self.name(name, at),
            ExprKind::Negative(inner) => match self.value(inner)?.number() {
                Some(Number::Integer(number)) => placed(value::integer(number.checked_neg()), at),
                Some(Number::Float(number)) => Ok(Value::Float(-number)),
                None => placed(value::wrong("a sign stands in front of numbers"), at),
            },
            ExprKind::Positive(inner) => match self.value(inner)?.number() {
                Some(Number::Integer(number)) => Ok(Value::Integer(number)),
                Some(Number::Float(number)) => Ok(Value::Float(number)),
                None => placed(value::wrong("a sign stands in front of numbers"), at),
            },
            ExprKind::Invert(inner) => match self.value(inner)?.number() {
                Some(Number::Integer(number)) => Ok(Value::Integer(!number)),
                _ => placed(value::wrong("bits are those of whole numbers"), at),
            },
            ExprKind::Not(inner) => Ok(Value::Bool(!self.value(inner)?.is_true())),
            ExprKind::Binary(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                placed(Value::join(*operator, &left, &right), at)
            }
            ExprKind::Compare(first, rest) => self.compare(first, rest, at),
            ExprKind::And(all) => self.first(all, false),
            ExprKind::Or(all) => self.first(all, true),
            ExprKind::Conditional { condition, then, otherwise } => {
                let holds = self.value(condition)?.is_true();
                self.value(if holds { then } else { otherwise })
            }
            ExprKind::List(all, tuple) => {
                let all = self.all(all)?;
                placed(Value::list(all, *tuple), at)
            }
            ExprKind::Call(name, arguments) => {
                let arguments = self.all(arguments)?;
                let result = placed(call(name, &arguments), at)?;
                let sizes = arguments.iter().chain([&result]).map(Value::size);
                self.step(sizes.fold(0, usize::saturating_add), at)?;
                Ok(result)
            }
            ExprKind::Format(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(part) => text.push_str(part),
                        Piece::Value { value, written, specification } => {
                            let found = self.value(value)?;
                            let found = if *written { Value::Text(found.written()) } else { found };
                            text.push_str(&placed(value::formatted(&found, specification), &value.span)?);
                        }
                    }
                }
                placed(Value::text(text), at)
            }
        }
    }

    /// The first that counts as true, or as false, or the last.
    fn first(&mut self, all: &[Expr], wanted: bool) -> Made<Value> {
        let mut last = Value::None;
        for one in all {
            last = self.value(one)?;
            if last.is_true() == wanted {
                break;
            }
        }
        Ok(last)
    }

    /// `a < b <= c`: as many comparisons as hold until one does not.
    fn compare(&mut self, first: &Expr, rest: &[(Relation, Expr)], at: &Range<usize>) -> Made<Value> {
        let mut left = self.value(first)?;
        for (relation, right) in rest {
            let right = self.value(right)?;
            if !placed(holds(*relation, &left, &right), at)? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }
}

fn holds(relation: Relation, left: &Value, right: &Value) -> Result<bool, Fault> {
    let order = |wanted: &[Ordering]| Ok(left.order(right)?.is_some_and(|order| wanted.contains(&order)));
    match relation {
        Relation::Equal => Ok(left.equals(right)),
        Relation::NotEqual => Ok(!left.equals(right)),
        Relation::Less => order(&[Ordering::Less]),
        Relation::LessOrEqual => order(&[Ordering::Less, Ordering::Equal]),
        Relation::Greater => order(&[Ordering::Greater]),
        Relation::GreaterOrEqual => order(&[Ordering::Greater, Ordering::Equal]),
        Relation::In => right.contains(left),
        Relation::NotIn => Ok(!right.contains(left)?),
        Relation::Is => Ok(left.kind() == right.kind() && left.equals(right)),
        Relation::IsNot => Ok(!(left.kind() == right.kind() && left.equals(right))),
    }
}

/// Functions that are known.
fn call(name: &str, arguments: &[Value]) -> Result<Value, Fault> {
    let unfit = || value::wrong(format!("`{name}` cannot be called with this"));
    match (name, arguments) {
        ("abs", [one]) => match one.number() {
            Some(Number::Integer(number)) => value::integer(number.checked_abs()),
            Some(Number::Float(number)) => Ok(Value::Float(number.abs())),
            None => unfit(),
        },
        ("min" | "max" | "sum" | "all" | "any", [Value::Text(_)]) => {
            value::skip("strings are not taken apart here")
        }
        // `min(a, b)` and `min([a, b])` are the same.
        ("min" | "max", [Value::List(..)] | [_, _, ..]) => {
            let all = match arguments {
                [Value::List(all, _)] => all.as_slice(),
                all => all,
            };
            let wanted = if name == "min" { Ordering::Less } else { Ordering::Greater };
            extreme(all, wanted).unwrap_or_else(unfit)
        }
        ("len", [Value::Text(text)]) => Ok(Value::Integer(text.chars().count() as i128)),
        ("len", [Value::List(all, _)]) => Ok(Value::Integer(all.len() as i128)),
        ("sum", [Value::List(all, _)]) => {
            all.iter().try_fold(Value::Integer(0), |sum, one| Value::join(Operator::Add, &sum, one))
        }
        ("all", [Value::List(all, _)]) => Ok(Value::Bool(all.iter().all(Value::is_true))),
        ("any", [Value::List(all, _)]) => Ok(Value::Bool(all.iter().any(Value::is_true))),
        ("bool", [one]) => Ok(Value::Bool(one.is_true())),
        ("str", [one]) => Value::text(one.shown()),
        ("repr", [one]) => Value::text(one.written()),
        ("int", [Value::Text(text)]) => match text.trim().parse() {
            Ok(number) => Ok(Value::Integer(number)),
            Err(_) => unfit(),
        },
        ("float", [Value::Text(text)]) => match text.trim().parse() {
            Ok(number) => Ok(Value::Float(number)),
            Err(_) => unfit(),
        },
        ("int", [one]) => match one.number() {
            Some(Number::Integer(number)) => Ok(Value::Integer(number)),
            Some(Number::Float(number)) => Ok(Value::Integer(value::whole(number)?)),
            None => unfit(),
        },
        ("float", [one]) => one.number().map_or_else(unfit, |number| Ok(Value::Float(number.to_float()))),
        ("round", [one]) => match one.number() {
            Some(Number::Integer(number)) => Ok(Value::Integer(number)),
            // To the even one of two that are as near.
            Some(Number::Float(number)) => Ok(Value::Integer(value::whole(number.round_ties_even())?)),
            None => unfit(),
        },
        ("round", [one, Value::Integer(digits @ 0..=100)]) => match one.number() {
            Some(Number::Float(number)) => {
                let digits = usize::try_from(*digits).unwrap_or(0);
                Ok(Value::Float(format!("{number:.digits$}").parse().unwrap_or(number)))
            }
            Some(Number::Integer(number)) => Ok(Value::Integer(number)),
            None => unfit(),
        },
        ("range", [Value::Integer(end)]) => range(0, *end, 1),
        ("range", [Value::Integer(start), Value::Integer(end)]) => range(*start, *end, 1),
        ("range", [Value::Integer(start), Value::Integer(end), Value::Integer(step)]) => {
            range(*start, *end, *step)
        }
        (
            "abs" | "min" | "max" | "len" | "sum" | "all" | "any" | "bool" | "str" | "repr" | "int" | "float"
            | "round" | "range",
            _,
        ) => unfit(),
        _ => value::skip(format!("the function `{name}` is not known here")),
    }
}

/// The first that none of the others comes before, or behind.
fn extreme(all: &[Value], wanted: Ordering) -> Option<Result<Value, Fault>> {
    let mut best = all.first()?;
    for one in all {
        match one.order(best) {
            Ok(order) if order == Some(wanted) => best = one,
            Ok(_) => {}
            Err(fault) => return Some(Err(fault)),
        }
    }
    Some(Ok(best.clone()))
}

fn range(start: i128, end: i128, step: i128) -> Result<Value, Fault> {
    if step == 0 {
        return value::wrong("a range has to have a step");
    }
    let mut all = Vec::new();
    let mut next = Some(start);
    while let Some(number) = next.filter(|number| if step > 0 { *number < end } else { *number > end }) {
        all.push(Value::Integer(number));
        if all.len() > 10_000 {
            return value::skip("ranges have up to 10000 numbers here");
        }
        next = number.checked_add(step);
    }
    Value::list(all, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: &str) -> Result<Vec<String>, Problem> {
        let mut known = |name: &str| match name {
            "tcpi_snd_cwnd" => Known::Value(12),
            "tcpi_unacked" => Known::Value(10),
            "tcpi_options" => Known::Value(7),
            "tcpi_pacing_rate" => Known::Lacking("there is no pacing here".to_owned()),
            _ => Known::Unknown,
        };
        let mut talk = Vec::new();
        Interpreter::default().run(code, &mut known, &mut talk).map(|()| talk)
    }

    /// The Python Language Reference, chapter 6: what these are in Python 3.
    #[test]
    fn expressions_are_those_of_python() {
        for (code, wanted) in [
            ("7 // 2, -7 // 2, 7 // -2", "(3, -4, -4)"),
            ("7 % 3, -7 % 3, 7 % -3, -7.5 % 2", "(1, 2, -2, 0.5)"),
            ("1 / 2, 4 / 2, 2 ** 10, 2 ** -1, -2 ** 2, 2 ** 3 ** 2", "(0.5, 2.0, 1024, 0.5, -4, 512)"),
            ("1 << 10, 1024 >> 3, 6 & 3, 6 | 3, 6 ^ 3, ~6, -1 >> 200", "(1024, 128, 2, 7, 5, -7, -1)"),
            ("1 + 2 * 3 - 4, (1 + 2) * 3, 10 - 4 - 3, 1 | 2 == 3", "(3, 9, 3, True)"),
            ("1 < 2 < 3, 1 < 3 < 2, 3 > 2 >= 2 != 1, 1 == 1.0, True == 1", "(True, False, True, True, True)"),
            (
                "1 in (1, 2), 3 not in [1, 2], 'b' in 'abc', None is None, 1 is not None",
                "(True, True, True, True, True)",
            ),
            (
                "10 ** 20 / 1, 1 / 10 ** 7, -3 % 1.5, 'b' * True, '%3s|' % min(2, 1)",
                "(1e+20, 1e-07, 0.0, 'b', '  1|')",
            ),
            ("not 1 == 2, not 0 and 1, 0 or 'x', 1 and '', 0 or 0.0", "(True, 1, 'x', '', 0.0)"),
            ("1 if 2 > 1 else 0, [1, (2,)], (), ((3))", "(1, [1, (2,)], (), 3)"),
            ("abs(-3), min(2, 1), max([1, 3, 2]), len('abc'), sum(range(5))", "(3, 1, 3, 3, 10)"),
            ("int(-2.7), float(3), round(2.5), round(3.5), round(2.675, 2)", "(-2, 3.0, 2, 4, 2.67)"),
            ("all([1, 2]), any([]), bool('x'), str(1) + 'a', int('12')", "(True, False, True, '1a', 12)"),
            (
                "range(1, 10, 3), range(3, 0, -1), [1] * 3, 'ab' * 2, [1] + [2]",
                "([1, 4, 7], [3, 2, 1], [1, 1, 1], 'abab', [1, 2])",
            ),
            (
                "'%d of %5.1f%% %s %r %x %#X %05d|%-4d|' % (3, 2.25, 'a', 'a', 255, 255, -42, 7)",
                "3 of   2.2% a 'a' ff 0XFF -0042|7   |",
            ),
            ("f'{1 + 1} {{x}} {3:03d} {2.5:.2f} {\"a\"!r} {255:x}' 'b'", "2 {x} 003 2.50 'a' ffb"),
            ("'a' 'b', 'it\\'s', \"it's\", 'a\\nb'", "('ab', \"it's\", \"it's\", 'a\\nb')"),
            ("(1, 2) < (1, 3), [1] == [1.0], (1,) == [1], 'a' < 'b'", "(True, True, False, True)"),
        ] {
            let talk =
                run(&format!("x = {code}\nprint(x)")).unwrap_or_else(|problem| panic!("{code}: {problem:?}"));
            assert_eq!(talk, [wanted], "{code}");
        }
    }

    #[test]
    fn statements_are_those_of_python() {
        for (code, wanted) in [
            (" assert tcpi_snd_cwnd == 12 ", vec![]),
            ("print 'a', 1\nprint('b', 2)\nprint\nprint('%d' % 3)", vec!["a 1", "b 2", "", "3"]),
            ("a = b = 1; a += 2; c, d = (a, b); print(a, b, c, d)", vec!["3 1 3 1"]),
            (
                "if 0:\n  print(1)\nelif 1:\n  print(2)\n  if 1: print(3)\nelse:\n  print(4)\nprint(5)",
                vec!["2", "3", "5"],
            ),
            ("\n    # comment\n    assert tcpi_unacked == (\n  10), 'no'\n    pass\n", vec![]),
            ("assert 1 and \\\n  2; print(1)", vec!["1"]),
            ("assert (0, 'a tuple is true')", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(run(code), Ok(wanted.into_iter().map(str::to_owned).collect()), "{code}");
        }
    }

    #[test]
    fn an_assertion_that_fails_says_what_is_so() {
        let Err(Problem::Fails { message, at, values }) = run("assert tcpi_snd_cwnd == 10 * 1") else {
            panic!()
        };
        assert_eq!(message, "`tcpi_snd_cwnd == 10 * 1` does not hold: `tcpi_snd_cwnd` is 12");
        assert_eq!((at, values), (7..30, vec![("tcpi_snd_cwnd".to_owned(), "12".to_owned())]));
        for (code, wanted) in [
            (
                "assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd",
                "`tcpi_snd_cwnd == 10` does not hold: `tcpi_snd_cwnd` is 12",
            ),
            ("x = 3\nassert tcpi_snd_cwnd < x or tcpi_unacked <\n 10, 'at %d' % x", "SyntaxError"),
            (
                "x = 3\nassert (tcpi_snd_cwnd < x or tcpi_unacked <\n   10), 'at %d' % (x + 1)",
                "`(tcpi_snd_cwnd < x or tcpi_unacked < 10)` does not hold: `tcpi_snd_cwnd` is 12, `x` is 3, `tcpi_unacked` is 10; \
                 the script says: at 4",
            ),
            (
                "assert tcpi_unacked == 9 and tcpi_snd_cwnd",
                "`tcpi_unacked == 9 and tcpi_snd_cwnd` does not hold: `tcpi_unacked` is 10",
            ),
            ("assert False", "`False` does not hold"),
        ] {
            match run(code) {
                Err(Problem::Fails { message, .. }) => assert_eq!(message, wanted),
                Err(Problem::Wrong { .. }) => assert_eq!(wanted, "SyntaxError"),
                other => panic!("{code}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_not_run_is_named() {
        for (code, wanted) in [
            ("import math", "`import` of Python is not run here"),
            ("a = 1\nfor x in a:\n  pass", "`for` of Python is not run here"),
            ("assert all(x > 1 for x in [1])", "`for` of Python is not run here"),
            ("assert 'a'.upper() == 'A'", "`.` of Python is not run here"),
            ("a = [1]\nassert a[0] == 1", "`[` of Python is not run here"),
            ("a = {1: 2}", "`{` of Python is not run here"),
            ("assert tcpi_pacing_rate > 1", "`tcpi_pacing_rate`: there is no pacing here"),
            ("assert sorted([1])", "the function `sorted` is not known here"),
            ("print('a', end='')", "arguments with names are not known here"),
            ("x = 2 ** 127", "numbers have 128 bits here"),
            ("x = 1 << 10 ** 30", "numbers have 128 bits here"),
            ("x = 'a' * 10 ** 9", "this is repeated too often to be done here"),
            ("x = '%e' % 1", "`%e` is not known here"),
        ] {
            match run(code) {
                Err(Problem::Skip { reason, .. }) => assert_eq!(reason, wanted, "{code}"),
                other => panic!("{code}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_makes_no_sense_has_a_place() {
        for (code, wanted, place) in [
            ("assert tcpi_nonsense == 1", "there is nothing called `tcpi_nonsense`", 7..20),
            ("x = 1 / 0", "this is divided by zero", 4..9),
            ("x = 1 + 'a'", "an int and a string cannot be joined like that", 4..11),
            ("x = 1 < 'a'", "an int and a string have no order", 4..11),
            ("assert (1", "`,` or `)` was expected here", 9..9),
            ("1 = x", "a value can only be given to a name", 0..1),
            ("a, b = 1, 2, 3", "these are not 2 values", 7..14),
            ("if 1:\nprint(1)", "lines that are indented were expected here", 6..11),
            ("x = 1\n  y = 2\n    z = 3", "this line is indented further than the one before it", 18..18),
            ("x = '%d' % 'a'", "a number has to stand here, not a string", 4..14),
            ("x = '%d'  % (1, 2)", "this string has no room for so many values", 4..18),
            ("assert 1 2", "the end of the line was expected here", 9..10),
            ("x = f'a {1 + }'", "a value was expected here", 13..13),
            ("x = f'a {y}'", "there is nothing called `y`", 9..10),
            ("x = f'a {007}'", "this number is not understood", 9..10),
        ] {
            match run(code) {
                Err(Problem::Wrong { message, at }) => {
                    assert_eq!((message.as_str(), at), (wanted, place), "{code}")
                }
                other => panic!("{code}: {other:?}"),
            }
        }
    }

    #[test]
    fn names_live_as_long_as_the_script() {
        let mut interpreter = Interpreter::default();
        let mut talk = Vec::new();
        let codes = ["before = tcpi_snd_cwnd", "assert tcpi_snd_cwnd == before + 1", "print(before)"];
        for (code, cwnd) in codes.into_iter().zip(10..) {
            let mut known = |_: &str| Known::Value(cwnd);
            interpreter.run(code, &mut known, &mut talk).unwrap();
        }
        assert_eq!(talk, ["10"]);
    }

    proptest::proptest! {
        /// Whatever stands there, it comes to an end, and what is wrong lies within it.
        #[test]
        fn any_code_comes_to_an_end(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60)) {
            let code = words.concat();
            match run(&code) {
                Ok(_) => {}
                Err(Problem::Fails { at, .. } | Problem::Skip { at, .. } | Problem::Wrong { at, .. }) => {
                    assert!(code.get(at.clone()).is_some(), "{code:?}: {at:?}");
                }
            }
        }
    }

    const WORDS: &[&str] = &[
        "assert ",
        "print",
        "if ",
        "elif ",
        "else",
        "x",
        " = ",
        "tcpi_snd_cwnd",
        "1",
        "0",
        "-",
        "~",
        "+",
        "*",
        "**",
        "//",
        "/",
        "%",
        "<<",
        ">>",
        "&",
        "|",
        "^",
        "(",
        ")",
        "[",
        "]",
        ",",
        ":",
        ";",
        "\n",
        "\n  ",
        "\n    ",
        " ",
        "'a'",
        "'%d'",
        "f'{x}'",
        "f'{",
        "}'",
        "'",
        "\"\"\"",
        "\\",
        "#",
        " and ",
        " or ",
        " not ",
        " in ",
        " is ",
        " if ",
        " else ",
        "abs(",
        "range(",
        "sum(",
        "min(",
        "9999",
        "0x",
        "1e9",
        ".",
        "{",
        "é",
        "None",
        "True",
        "170141183460469231731687303715884105727",
        "==",
        "<",
        "!=",
        "+=",
        "-1",
        "round(",
        "'%5.2f|%x' % ",
        "\t",
        "\r\n",
        "pass",
        "import",
    ];

    /// Deep, long and growing code comes to an end.
    #[test]
    fn nothing_grows_without_bound() {
        for code in [
            format!("x = {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
            format!("x = {}1", "-".repeat(100_000)),
            format!("x = {}1", "not ".repeat(100_000)),
            format!("x = 1{}", " + 1".repeat(100_000)),
            format!("x = 2{}", " ** 1".repeat(100_000)),
            format!("x = 1{}", " if 1 else 1".repeat(100_000)),
            format!("x = {}1", "f(".repeat(100_000)),
            format!("x = [1]\n{}", "x = [x, x]\n".repeat(100)),
            format!("x = 'aaaaaaaaaaaaaaaa'\n{}", "x = x + x\n".repeat(100)),
            format!("x = [{}]", "sum(range(9999)), ".repeat(1000)),
            (0..200).map(|depth| format!("{}if 1:\n", " ".repeat(depth))).collect::<String>()
                + &" ".repeat(200)
                + "pass",
        ] {
            match run(&code) {
                Err(Problem::Skip { .. }) => {}
                other => panic!("{}: {other:?}", &code[..40]),
            }
        }
        assert!(run(&format!("assert 1{}", " and 1".repeat(100_000))).is_ok());
        assert!(run(&"x = 1\n".repeat(10_000)).is_ok());
    }
}
