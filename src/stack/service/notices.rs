//! What a service has to say.

use alloc::collections::VecDeque;
use alloc::string::String;

/// Sentences that nobody has asked for yet; of too many the oldest are given up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices(VecDeque<String>);

/// How many are kept.
const KEPT: usize = 256;

impl Notices {
    /// Says something.
    pub fn say(&mut self, sentence: String) {
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        self.0.push_back(sentence);
    }

    /// The oldest.
    pub fn poll(&mut self) -> Option<String> {
        self.0.pop_front()
    }
}
