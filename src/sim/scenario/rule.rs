//! What happens to frames that a filter chooses: `nth 3 of tcp.len > 0`.

use core::time::Duration;

use crate::filter::Filter;
use crate::mistake::Mistake;

/// What happens to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Action {
    Lose,
    Corrupt,
    Duplicate,
    Delay(Duration),
}

/// Which of the frames that match.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Which {
    All,
    /// Those of these numbers, from 1.
    Nth(Vec<u64>),
    First(u64),
    After(u64),
    Every(u64),
}

/// What happens to which frames of one direction of a link.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Rule {
    pub action: Action,
    which: Which,
    filter: Filter,
}

impl Rule {
    /// `nth 3 of FILTER`, `nth 1, 4 of FILTER`, `first 2 of FILTER`, `after 5 of FILTER`, `every 10 of FILTER`, or a filter alone: all of them.
    pub fn parse(action: Action, text: &str) -> Result<Self, Mistake> {
        let (which, start) = which(text)?;
        let filter = text.get(start..).unwrap_or_default();
        let filter = Filter::parse(filter).map_err(|mut mistake| {
            mistake.span = mistake.span.start + start..mistake.span.end + start;
            mistake
        })?;
        Ok(Self { action, which, filter })
    }

    pub const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Whether it is for the frame that is the `number`th of those that match, from 1.
    pub fn chooses(&self, number: u64) -> bool {
        match &self.which {
            Which::All => true,
            Which::Nth(numbers) => numbers.contains(&number),
            Which::First(count) => number <= *count,
            Which::After(count) => number > *count,
            Which::Every(count) => number.is_multiple_of(*count),
        }
    }
}

/// Which frames, and where the filter begins.
fn which(text: &str) -> Result<(Which, usize), Mistake> {
    let begin = text.len() - text.trim_start().len();
    let rest = text.get(begin..).unwrap_or_default();
    let word = rest.split_whitespace().next().unwrap_or_default();
    if word == "all" {
        let start = begin + 3;
        let rest = text.get(start..).unwrap_or_default();
        if let Some(filter) = rest.trim_start().strip_prefix("of ") {
            return Ok((Which::All, text.len() - filter.len()));
        }
    }
    if !["nth", "first", "after", "every"].contains(&word) {
        return Ok((Which::All, 0));
    }
    let start = begin + word.len();
    let end = text.get(start..).and_then(|rest| rest.find(" of ")).map(|at| start + at);
    let Some(end) = end else {
        let hint = format!("write {word} 3 of tcp.len > 0");
        return Err(Mistake::new(begin..text.len(), format!("{word} of what?")).hint(hint));
    };
    let mut numbers = Vec::new();
    let mut at = start;
    for part in text.get(start..end).unwrap_or_default().split(',') {
        let place = at..at + part.len();
        at += part.len() + 1;
        match part.trim().parse::<u64>() {
            Ok(number) if number > 0 => numbers.push(number),
            _ => {
                return Err(
                    Mistake::new(place, "this is no number above 0").hint(format!("write {word} 3 of tcp"))
                );
            }
        }
    }
    let one = match numbers.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let which = match (word, one) {
        ("nth", _) => Which::Nth(numbers),
        ("first", Some(one)) => Which::First(one),
        ("after", Some(one)) => Which::After(one),
        ("every", Some(one)) => Which::Every(one),
        _ => return Err(Mistake::new(start..end, format!("{word} takes one number"))),
    };
    Ok((which, end + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str) -> Vec<u64> {
        let rule = Rule::parse(Action::Lose, text).unwrap();
        assert_eq!(rule.filter().to_string(), "tcp.len > 0", "{text}");
        (1..=12).filter(|number| rule.chooses(*number)).collect()
    }

    #[test]
    fn which_frames() {
        assert_eq!(chosen("nth 3 of tcp.len > 0"), [3]);
        assert_eq!(chosen(" nth 1, 4 of tcp.len > 0"), [1, 4]);
        assert_eq!(chosen("first 2 of tcp.len > 0"), [1, 2]);
        assert_eq!(chosen("after 10 of tcp.len > 0"), [11, 12]);
        assert_eq!(chosen("every 5 of tcp.len > 0"), [5, 10]);
        assert_eq!(chosen("all of tcp.len > 0").len(), 12);
        assert_eq!(chosen("tcp.len > 0").len(), 12);
    }

    #[test]
    fn what_is_none() {
        for (text, span) in [
            ("nth of tcp", 3..3),
            ("nth 0 of tcp", 3..5),
            ("nth 1,x of tcp", 6..7),
            ("first 1,2 of tcp", 5..9),
            ("nth 3 of tpc", 9..12),
            ("every 2", 0..7),
        ] {
            assert_eq!(Rule::parse(Action::Lose, text).unwrap_err().span, span, "{text}");
        }
    }
}
