//! Two rows of things beside each other: what is the same on both sides, and what is on one side only.

/// A place in the alignment of two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// These two stand beside each other.
    Both(usize, usize),
    /// This one of the left row stands alone.
    Left(usize),
    /// This one of the right row stands alone.
    Right(usize),
}

/// How well two things fit: not at all, of the same name, or the same in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// They cannot stand beside each other.
    None = 0,
    /// They are called the same.
    Name = 2,
    /// They are called the same and have the same bytes.
    All = 3,
}

/// The most pairs that are weighed against each other; longer rows are gone through once, with a look ahead.
const PAIRS: usize = 1 << 16;

/// How far the look goes.
const AHEAD: usize = 64;

/// Puts two rows beside each other so that as much as possible fits: the longest common subsequence, in which what is the same in all
/// counts more than what is only called the same, so that one thing put in does not shift all that follow.
pub(crate) fn align(left: usize, right: usize, fit: impl Fn(usize, usize) -> Fit) -> Vec<Step> {
    let same = |pair: &(usize, usize)| fit(pair.0, pair.1) == Fit::All;
    let head = (0..left).zip(0..right).take_while(same).count();
    let tail = (head..left).rev().zip((head..right).rev()).take_while(same).count();
    let (left_end, right_end) = (left.saturating_sub(tail), right.saturating_sub(tail));
    let middle = Middle { left: head..left_end, right: head..right_end };
    let mut steps: Vec<Step> = (0..head).map(|at| Step::Both(at, at)).collect();
    if middle.left.len().saturating_mul(middle.right.len()) <= PAIRS {
        middle.weigh(&fit, &mut steps);
    } else {
        middle.go_through(&fit, &mut steps);
    }
    steps.extend((left_end..left).zip(right_end..right).map(|(left, right)| Step::Both(left, right)));
    steps
}

/// What is left between the same beginning and the same end.
struct Middle {
    left: std::ops::Range<usize>,
    right: std::ops::Range<usize>,
}

impl Middle {
    /// The best of all alignments: a table of what the rest behind each pair is worth, from the end.
    fn weigh(self, fit: &impl Fn(usize, usize) -> Fit, steps: &mut Vec<Step>) {
        let width = self.right.len().saturating_add(1);
        let mut worth = vec![0u32; width.saturating_mul(self.left.len().saturating_add(1))];
        let cell = |left: usize, right: usize| {
            let (row, column) =
                (left.saturating_sub(self.left.start), right.saturating_sub(self.right.start));
            row.saturating_mul(width).saturating_add(column)
        };
        let read = |worth: &[u32], left, right| worth.get(cell(left, right)).copied().unwrap_or(0);
        let beside = |worth: &[u32], left: usize, right: usize| match fit(left, right) {
            Fit::None => None,
            fit => {
                Some(read(worth, left.saturating_add(1), right.saturating_add(1)).saturating_add(fit as u32))
            }
        };
        for left in self.left.clone().rev() {
            for right in self.right.clone().rev() {
                let without = read(&worth, left.saturating_add(1), right).max(read(
                    &worth,
                    left,
                    right.saturating_add(1),
                ));
                let best = beside(&worth, left, right).map_or(without, |with| with.max(without));
                if let Some(place) = worth.get_mut(cell(left, right)) {
                    *place = best;
                }
            }
        }
        let (mut left, mut right) = (self.left.start, self.right.start);
        while left < self.left.end && right < self.right.end {
            let best = read(&worth, left, right);
            let step = if beside(&worth, left, right) == Some(best) {
                Step::Both(left, right)
            } else if read(&worth, left.saturating_add(1), right) == best {
                Step::Left(left)
            } else {
                Step::Right(right)
            };
            push(steps, step, &mut left, &mut right);
        }
        rest(left..self.left.end, right..self.right.end, steps);
    }

    /// Once through both rows: where two do not fit, the nearest ahead that does ends the gap.
    fn go_through(self, fit: &impl Fn(usize, usize) -> Fit, steps: &mut Vec<Step>) {
        let (mut left, mut right) = (self.left.start, self.right.start);
        while left < self.left.end && right < self.right.end {
            let there = |ahead: &usize| {
                let in_left = left.saturating_add(*ahead) < self.left.end
                    && fit(left.saturating_add(*ahead), right) != Fit::None;
                let in_right = right.saturating_add(*ahead) < self.right.end
                    && fit(left, right.saturating_add(*ahead)) != Fit::None;
                in_left || in_right
            };
            let found = (0..AHEAD).find(there);
            let step = match found {
                Some(0) => Step::Both(left, right),
                Some(ahead) if fit(left.saturating_add(ahead), right) != Fit::None => Step::Left(left),
                Some(_) => Step::Right(right),
                None => {
                    push(steps, Step::Left(left), &mut left, &mut right);
                    Step::Right(right)
                }
            };
            push(steps, step, &mut left, &mut right);
        }
        rest(left..self.left.end, right..self.right.end, steps);
    }
}

fn push(steps: &mut Vec<Step>, step: Step, left: &mut usize, right: &mut usize) {
    if !matches!(step, Step::Right(_)) {
        *left = left.saturating_add(1);
    }
    if !matches!(step, Step::Left(_)) {
        *right = right.saturating_add(1);
    }
    steps.push(step);
}

fn rest(left: std::ops::Range<usize>, right: std::ops::Range<usize>, steps: &mut Vec<Step>) {
    steps.extend(left.map(Step::Left));
    steps.extend(right.map(Step::Right));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]

    use super::*;

    /// Two words beside each other: upper and lower case have the same name.
    fn beside(left: &str, right: &str) -> String {
        let (left, right) = (left.as_bytes(), right.as_bytes());
        let steps = align(left.len(), right.len(), |a, b| match (left[a], right[b]) {
            (a, b) if a == b => Fit::All,
            (a, b) if a.eq_ignore_ascii_case(&b) => Fit::Name,
            _ => Fit::None,
        });
        let shown = |step: &Step| match step {
            Step::Both(a, b) if left[*a] == right[*b] => format!("{}", char::from(left[*a])),
            Step::Both(a, b) => format!("{}{}", char::from(left[*a]), char::from(right[*b])),
            Step::Left(a) => format!("-{}", char::from(left[*a])),
            Step::Right(b) => format!("+{}", char::from(right[*b])),
        };
        steps.iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn one_put_in_does_not_shift_the_others() {
        assert_eq!(beside("eiu", "evviu"), "e +v +v i u");
        assert_eq!(beside("eiup", "eitp"), "e i -u +t p");
        assert_eq!(beside("", "ab"), "+a +b");
        assert_eq!(beside("mst", "mnst"), "m +n s t");
        // What is the same in all counts more: of a tunnel, the inner ones.
        assert_eq!(beside("EIuxeit", "eit"), "-E -I -u -x e i t");
        assert_eq!(beside("aA", "Aaa"), "+A a Aa");
    }

    #[test]
    fn long_rows_take_no_longer_than_long() {
        let count = 200_000;
        // One put in at the start, and no two the same in all.
        let steps =
            align(count, count + 1, |a, b| if b > 0 && a % 7 == (b - 1) % 7 { Fit::Name } else { Fit::None });
        assert_eq!(steps[0], Step::Right(0));
        assert!(steps[1..].iter().enumerate().all(|(at, step)| *step == Step::Both(at, at + 1)));
        // Nothing fits: all of both rows are there once.
        let steps = align(3000, 2000, |_, _| Fit::None);
        assert_eq!(steps.len(), 5000);
    }
}
