//! Datagrams with numbers and times in them, and what their receiver can tell from these.

use alloc::collections::BTreeMap;
use core::time::Duration;

use super::account::Spread;
use crate::stack::service::Figure;
use crate::time::Time;

/// What stands at the beginning of a numbered datagram: `cake`, its number (8 bytes), when it was sent (8 bytes, nanoseconds); in network order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub number: u64,
    pub sent: Time,
}

impl Stamp {
    /// How long it is.
    pub const LENGTH: usize = 20;
    const MARK: [u8; 4] = *b"cake";

    /// Writes it, if there is room.
    pub fn write(self, into: &mut [u8]) {
        let parts = [&Self::MARK[..], &self.number.to_be_bytes(), &self.sent.nanoseconds().to_be_bytes()];
        if let Some(into) = into.get_mut(..Self::LENGTH) {
            into.iter_mut().zip(parts.into_iter().flatten()).for_each(|(place, byte)| *place = *byte);
        }
    }

    /// Reads it, if there is one.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (mark, rest) = bytes.split_first_chunk::<4>()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (sent, _) = rest.split_first_chunk()?;
        let (number, sent) = (u64::from_be_bytes(*number), Time::from_nanoseconds(u64::from_be_bytes(*sent)));
        (*mark == Self::MARK).then_some(Self { number, sent })
    }
}

/// Which numbers have come: what is missing, overtaken, there twice.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// The one that comes next if all is well.
    next: u64,
    /// Those before it that have not come: from, and up to before.
    missing: BTreeMap<u64, u64>,
    pub lost: u64,
    pub reordered: u64,
    pub duplicates: u64,
}

/// Gaps that are remembered. What comes late for an older one is taken for a duplicate.
const GAPS: usize = 4096;

impl Numbers {
    /// A number has come. What was missed is lost until it comes after all.
    pub fn take(&mut self, number: u64) {
        if number >= self.next {
            if number > self.next {
                self.lost = self.lost.saturating_add(number - self.next);
                self.open(self.next, number);
            }
            self.next = number.saturating_add(1);
            return;
        }
        let gap = self.missing.range(..=number).next_back().map(|(from, to)| (*from, *to));
        let Some((from, to)) = gap.filter(|(_, to)| number < *to) else {
            self.duplicates = self.duplicates.saturating_add(1);
            return;
        };
        self.missing.remove(&from);
        self.open(from, number);
        self.open(number.saturating_add(1), to);
        self.lost = self.lost.saturating_sub(1);
        self.reordered = self.reordered.saturating_add(1);
    }

    fn open(&mut self, from: u64, to: u64) {
        if from < to {
            self.missing.insert(from, to);
        }
        if self.missing.len() > GAPS {
            self.missing.pop_first();
        }
    }
}

/// How long datagrams were on their way, and by how much that varies.
#[derive(Debug, Default)]
pub(super) struct Delays {
    delay: Spread,
    last: Option<Duration>,
    /// Sixteen times the jitter in nanoseconds.
    jitter: u128,
}

impl Delays {
    /// One was so long on its way. The jitter goes on as RFC 3550 section 6.4.1 has it.
    pub fn add(&mut self, delay: Duration) {
        self.delay.add(delay);
        if let Some(last) = self.last.replace(delay) {
            let difference = delay.abs_diff(last).as_nanos();
            self.jitter = self.jitter.saturating_add(difference).saturating_sub((self.jitter + 8) / 16);
        }
    }

    /// What was measured.
    pub fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        self.delay.figures(["delay_min", "delay_mean", "delay_max"], each);
        if self.last.is_some() {
            let jitter = u64::try_from(self.jitter / 16).unwrap_or(u64::MAX);
            each("jitter", Figure::Time(Duration::from_nanos(jitter)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(numbers: impl IntoIterator<Item = u64>) -> (u64, u64, u64) {
        let mut all = Numbers::default();
        numbers.into_iter().for_each(|number| all.take(number));
        (all.lost, all.reordered, all.duplicates)
    }

    #[test]
    fn what_numbers_tell() {
        assert_eq!(counts(0..10), (0, 0, 0));
        // 0 and 3 to 5 are missing.
        assert_eq!(counts([1, 2, 6]), (4, 0, 0));
        // 4 comes after all, once more, and then 3 and 5.
        assert_eq!(counts([1, 2, 6, 4]), (3, 1, 0));
        assert_eq!(counts([1, 2, 6, 4, 4, 3, 5, 6]), (1, 3, 2));
        // Every other one: of 10,000 gaps 4,096 are remembered, and all are counted.
        assert_eq!(counts((0..10_001).map(|number| number * 2)), (10_000, 0, 0));
        assert_eq!(counts([u64::MAX]), (u64::MAX, 0, 0));
    }

    /// RFC 3550: J = J + (|D| - J) / 16. From 10 ms to 26 ms: 1 ms; then 26 ms again: 1 - 1/16 ms.
    #[test]
    fn jitter_by_arithmetic() {
        let mut delays = Delays::default();
        let mut jitter = |milliseconds| {
            delays.add(Duration::from_millis(milliseconds));
            let mut found = None;
            delays.figures(&mut |name, figure| found = if name == "jitter" { Some(figure) } else { found });
            found.unwrap().number()
        };
        assert_eq!([jitter(10), jitter(26), jitter(26)], [0, 1_000_000, 937_500]);
    }

    #[test]
    fn stamps_there_and_back() {
        let stamp = Stamp { number: 7, sent: Time::new(1, 5) };
        let mut bytes = [0xff; 24];
        stamp.write(&mut bytes);
        assert_eq!(bytes[..12], [b'c', b'a', b'k', b'e', 0, 0, 0, 0, 0, 0, 0, 7]);
        assert_eq!(bytes[20..], [0xff; 4]);
        assert_eq!(Stamp::read(&bytes), Some(stamp));
        assert_eq!(Stamp::read(&bytes[..19]), None);
        assert_eq!(Stamp::read(&bytes[1..]), None);
    }
}
