//! Which frames the wire loses.

use alloc::vec::Vec;

use crate::link::drops::Reason;
use crate::link::probability::Probability;
use crate::random::Random;

/// Which frames get lost on the wire, behind the queue.
///
/// ```
/// use layercake::link::{Loss, Probability};
///
/// let one_in_a_hundred = Loss::Bernoulli(Probability::percent(1));
/// let bursts_of_four = Loss::GilbertElliott {
///     p: "0.25%".parse()?,
///     r: "25%".parse()?,
///     bad: Probability::ALWAYS,
///     good: Probability::NEVER,
/// };
/// let the_first_and_the_third = Loss::List(vec![1, 3]);
/// # Ok::<(), layercake::link::NumberError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// None.
    #[default]
    None,
    /// Each frame with the same probability, whatever became of the others.
    Bernoulli(Probability),
    /// Loss in bursts: a chain with a good and a bad state (Gilbert 1960, Elliott 1963), which begins in the good
    /// one. A frame is lost or not as its state says, then the state may change.
    ///
    /// In the long run a share of `p / (p + r)` of all frames meets the bad state, which lasts for `1 / r` frames at
    /// a time. netem writes the same as `loss gemodel p r 1-h 1-k`.
    GilbertElliott {
        /// From good to bad.
        p: Probability,
        /// From bad to good.
        r: Probability,
        /// That a frame is lost in the bad state: 1-h. [`Probability::ALWAYS`] makes it Gilbert's simple model.
        bad: Probability,
        /// That a frame is lost in the good state: 1-k.
        good: Probability,
    },
    /// The frames of these numbers, in the order in which they leave the queue; the first that ever left is 1.
    List(Vec<u64>),
}

/// What is lost next.
#[derive(Clone, Debug)]
pub(super) struct Losses {
    /// A list has the greatest number first, and loses those that are over.
    loss: Loss,
    /// The chain is in its bad state.
    is_bad: bool,
    /// How many frames there were.
    number: u64,
}

impl Losses {
    pub(super) fn new(loss: &Loss) -> Self {
        let mut losses = Self { loss: Loss::None, is_bad: false, number: 0 };
        losses.configure(loss);
        losses
    }

    /// Loses others from now on. Frames are counted on, and a chain that stays one stays in its state.
    pub(super) fn configure(&mut self, loss: &Loss) {
        self.is_bad &= matches!(loss, Loss::GilbertElliott { .. });
        self.loss = loss.clone();
        if let Loss::List(numbers) = &mut self.loss {
            numbers.sort_unstable_by(|a, b| b.cmp(a));
        }
    }

    /// Whether the next frame is lost, and by what.
    pub(super) fn next(&mut self, random: &mut Random) -> Option<Reason> {
        self.number = self.number.saturating_add(1);
        match &mut self.loss {
            Loss::None => Probability::NEVER.happens(random).then_some(Reason::Loss),
            Loss::Bernoulli(probability) => probability.happens(random).then_some(Reason::Loss),
            Loss::GilbertElliott { p, r, bad, good } => {
                let (loss, change) = if self.is_bad { (bad, r) } else { (good, p) };
                let lost = loss.happens(random);
                self.is_bad ^= change.happens(random);
                lost.then_some(Reason::Loss)
            }
            Loss::List(left) => {
                while left.last().is_some_and(|next| *next < self.number) {
                    left.pop();
                }
                left.last().is_some_and(|next| *next == self.number).then_some(Reason::List)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    #[test]
    fn a_list_is_taken_in_any_order_and_twice_is_once() {
        let mut losses = Losses::new(&Loss::List(vec![7, 0, 2, 2, 3]));
        let mut random = Random::new(0);
        let lost: Vec<u64> = (1..=10).filter(|_| losses.next(&mut random) == Some(Reason::List)).collect();
        assert_eq!(lost, [2, 3, 7]);
        assert_eq!(random, Random::new(0));
    }

    #[test]
    fn a_chain_that_changes_every_time() {
        let loss = Loss::GilbertElliott {
            p: Probability::ALWAYS,
            r: Probability::ALWAYS,
            bad: Probability::ALWAYS,
            good: Probability::NEVER,
        };
        let mut losses = Losses::new(&loss);
        let mut random = Random::new(0);
        let lost: Vec<bool> = (0..6).map(|_| losses.next(&mut random).is_some()).collect();
        assert_eq!(lost, [false, true, false, true, false, true]);
    }
}
