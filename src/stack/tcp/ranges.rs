//! Sets of positions, as ranges that do not touch: what came out of order, what a peer said it has.

use alloc::collections::BTreeMap;

/// A range of positions: the first, and the one behind the last.
pub(crate) type Range = (u64, u64);

/// A set of positions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// How many ranges it has.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The ranges in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Range> + '_ {
        self.0.iter().map(|(start, end)| (*start, *end))
    }

    /// The range that holds a position.
    pub fn around(&self, position: u64) -> Option<Range> {
        let (start, end) = self.0.range(..=position).next_back()?;
        (*end > position).then_some((*start, *end))
    }

    /// Whether all of a range is in the set.
    pub fn holds(&self, (start, end): Range) -> bool {
        self.around(start).is_some_and(|(_, until)| end <= until)
    }

    /// The first part of a range that is in the set.
    pub fn overlap(&self, (start, end): Range) -> Option<Range> {
        let first = || self.0.range(start..end.max(start)).next().map(|(from, until)| (*from, *until));
        let (from, until) = self.around(start).or_else(first)?;
        Some((start.max(from), end.min(until)))
    }

    /// The first part of a range that is not in the set.
    pub fn gap(&self, (start, end): Range) -> Option<Range> {
        let start = self.around(start).map_or(start, |(_, until)| until);
        let next = self.0.range(start..).next().map_or(u64::MAX, |(next, _)| *next);
        (start < end).then_some((start, end.min(next)))
    }

    /// Puts a range in, and gives back the whole range that it has become part of.
    pub fn insert(&mut self, (mut start, mut end): Range) -> Range {
        if let Some((before, until)) = self.0.range(..=start).next_back().map(|(a, b)| (*a, *b))
            && until >= start
        {
            (start, end) = (before, end.max(until));
        }
        while let Some((next, until)) = self.0.range(start..=end).next().map(|(a, b)| (*a, *b)) {
            end = end.max(until);
            self.0.remove(&next);
        }
        self.0.insert(start, end);
        (start, end)
    }

    /// Takes away all that lies before a position.
    pub fn forget_before(&mut self, position: u64) {
        while let Some(first) = self.0.first_entry() {
            let end = *first.get();
            if *first.key() >= position {
                break;
            }
            first.remove();
            if end > position {
                self.0.insert(position, end);
            }
        }
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Against a row of booleans.
    #[test]
    fn agrees_with_a_row_of_booleans() {
        let mut random = Random::new(1);
        for _ in 0..200 {
            let (mut ranges, mut row) = (Ranges::default(), [false; 64]);
            for _ in 0..20 {
                let start = random.below(60);
                let end = start + 1 + random.below(64 - start - 1).min(9);
                let gaps = |ranges: &Ranges| {
                    let mut at = start;
                    let mut count = 0;
                    while let Some((from, until)) = ranges.gap((at, end)) {
                        count += until - from;
                        at = until;
                    }
                    count
                };
                let missing = (start..end).filter(|n| !row[*n as usize]).count() as u64;
                assert_eq!(gaps(&ranges), missing);
                let whole = ranges.insert((start, end));
                (start..end).for_each(|n| row[n as usize] = true);
                assert!(whole.0 <= start && whole.1 >= end);
                assert!(ranges.holds((start, end)));
                if random.below(8) == 0 {
                    let until = random.below(64);
                    ranges.forget_before(until);
                    row.iter_mut().take(until as usize).for_each(|there| *there = false);
                }
                let listed: Vec<u64> = ranges.iter().flat_map(|(start, end)| start..end).collect();
                let wanted: Vec<u64> = (0..64).filter(|n| row[*n as usize]).collect();
                assert_eq!(listed, wanted);
                let pairs: Vec<_> = ranges.iter().collect();
                assert!(pairs.windows(2).all(|pair| pair[0].1 < pair[1].0), "{pairs:?}");
            }
        }
    }
}
