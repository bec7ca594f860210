//! Where packets were captured, and what their times count (section 4.2 of the draft).

use crate::capture::Order;
use crate::capture::pcapng::{Opt, Options};
use crate::packet::LinkType;
use crate::time::Time;

/// What a time stamp counts: `if_tsresol`. Seconds divided by a power of ten, or, where the highest bit is set, of two.
///
/// ```
/// use layercake::capture::pcapng::Resolution;
///
/// let time = Resolution::MICROSECONDS.time(1_700_000_000_123_456, 0).unwrap();
/// assert_eq!(time.to_string(), "1700000000.123456000");
/// // Halves of a second, two hours later.
/// assert_eq!(Resolution(0x81).time(3, 7200).unwrap().to_string(), "7201.500000000");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution(pub u8);

impl Resolution {
    /// Microseconds, which a file means that does not say it.
    pub const MICROSECONDS: Self = Self(6);
    /// Nanoseconds.
    pub const NANOSECONDS: Self = Self(9);

    /// The time of a stamp, with so many seconds added. What is finer than a nanosecond is cut off; `None` if the
    /// time is before 1970 or after 2554.
    #[inline]
    pub fn time(self, stamp: u64, offset: i64) -> Option<Time> {
        match (self.0, offset) {
            (6, 0) => stamp.checked_mul(1000).map(Time::from_nanoseconds),
            (9, 0) => Some(Time::from_nanoseconds(stamp)),
            _ => self.any_time(stamp, offset),
        }
    }

    fn any_time(self, stamp: u64, offset: i64) -> Option<Time> {
        let exponent = u32::from(self.0 & 0x7f);
        let stamp = u128::from(stamp);
        let nanoseconds = if self.0 & 0x80 != 0 {
            stamp.checked_mul(1_000_000_000)?.checked_shr(exponent).unwrap_or(0)
        } else if exponent <= 9 {
            stamp.checked_mul(10u128.checked_pow(9u32.saturating_sub(exponent))?)?
        } else {
            // Behind so great a power of ten, nothing is left.
            match 10u128.checked_pow(exponent.saturating_sub(9)) {
                Some(power) => stamp.checked_div(power)?,
                None => 0,
            }
        };
        let offset = i128::from(offset).checked_mul(1_000_000_000)?;
        let nanoseconds = i128::try_from(nanoseconds).ok()?.checked_add(offset)?;
        u64::try_from(nanoseconds).ok().map(Time::from_nanoseconds)
    }

    /// Whether it is finer than microseconds.
    pub fn is_finer_than_microseconds(self) -> bool {
        match self.0 & 0x80 {
            0 => self.0 > 6,
            _ => self.0 & 0x7f > 19,
        }
    }
}

/// An interface that packets were captured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// What its frames begin with.
    pub link: LinkType,
    /// The most bytes of a frame that were captured; 0 for all of them.
    pub snapshot_length: u32,
    /// What its times count.
    pub resolution: Resolution,
    /// Seconds that are to be added to its times.
    pub offset: i64,
    /// Bytes of frame check sequence that its frames end with, if it is said.
    pub check_sequence: Option<u8>,
    order: Order,
    options: Vec<u8>,
}

impl Interface {
    const NAME: u16 = 2;
    const DESCRIPTION: u16 = 3;
    const RESOLUTION: u16 = 9;
    const FILTER: u16 = 11;
    const OPERATING_SYSTEM: u16 = 12;
    const CHECK_SEQUENCE: u16 = 13;
    const OFFSET: u16 = 14;

    /// An interface with this link type that counts microseconds.
    pub(in crate::capture) fn new(link: LinkType, snapshot_length: u32) -> Self {
        Self {
            link,
            snapshot_length,
            resolution: Resolution::MICROSECONDS,
            offset: 0,
            check_sequence: None,
            order: Order::Little,
            options: Vec::new(),
        }
    }

    /// Whether it says more than a pcap file does: a name, a filter, a comment.
    pub(in crate::capture) fn says_more_than_pcap(&self) -> bool {
        let of_pcap = [Self::RESOLUTION, Self::CHECK_SEQUENCE];
        self.options().any(|option| !of_pcap.contains(&option.code))
    }

    /// Bytes of the fixed part of its description.
    pub(in crate::capture) const FIXED: usize = 8;

    /// An interface out of the body of its description; `None` if that is cut.
    pub(in crate::capture) fn read(body: &[u8], order: Order) -> Option<Self> {
        let mut interface = Self::new(LinkType(order.u16(body, 0)?.into()), order.u32(body, 4)?);
        let options = body.get(Self::FIXED..)?;
        for option in Options::new(options, order) {
            match (option.code, option.value) {
                (Self::RESOLUTION, [resolution]) => interface.resolution = Resolution(*resolution),
                // It is in bits; no sequence has less than eight, so that less was meant to be bytes.
                (Self::CHECK_SEQUENCE, [length @ 0..8]) => interface.check_sequence = Some(*length),
                (Self::CHECK_SEQUENCE, [bits]) => interface.check_sequence = Some(bits / 8),
                (Self::OFFSET, _) => interface.offset = option.u64().map_or(0, u64::cast_signed),
                _ => {}
            }
        }
        interface.order = order;
        interface.options = options.to_vec();
        Some(interface)
    }

    /// Its options.
    pub fn options(&self) -> Options<'_> {
        Options::new(&self.options, self.order)
    }

    fn text(&self, code: u16) -> Option<std::borrow::Cow<'_, str>> {
        self.options().find(|option| option.code == code).map(|option| option.text())
    }

    /// What the operating system calls it: `eth0`.
    ///
    /// ```
    /// use layercake::capture::Reader;
    ///
    /// let mut reader = Reader::new(&include_bytes!("../../../fixtures/formats/big-endian.pcapng")[..])?;
    /// reader.next()?;
    /// assert_eq!(reader.interfaces()[0].name().unwrap(), "eth0");
    /// assert_eq!(reader.interfaces()[0].filter().unwrap(), "arp or icmp");
    /// # Ok::<(), layercake::capture::CaptureError>(())
    /// ```
    pub fn name(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.text(Self::NAME)
    }

    /// What people call it: `Broadcom NetXtreme`.
    pub fn description(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.text(Self::DESCRIPTION)
    }

    /// The operating system of the machine that it is in.
    pub fn operating_system(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.text(Self::OPERATING_SYSTEM)
    }

    /// The filter that chose what was captured, as the text that it was given in.
    pub fn filter(&self) -> Option<std::borrow::Cow<'_, str>> {
        let option = self.options().find(|option| option.code == Self::FILTER)?;
        // What follows the 0 is text; behind other numbers stands machine code.
        let (0, text) = option.value.split_first()? else { return None };
        Some(String::from_utf8_lossy(text))
    }

    /// What people have written about it.
    pub fn comments(&self) -> super::Comments<'_> {
        super::Comments(self.options())
    }

    /// Bytes that are kept of it.
    pub(in crate::capture) fn size(&self) -> usize {
        self.options.len()
    }

    /// Its description as a block with these of its numbers, least significant byte first.
    pub(in crate::capture) fn write(&self, name: Option<&str>) -> Vec<u8> {
        let order = Order::Little;
        let mut body = Vec::new();
        body.extend(order.write_u16(u16::try_from(self.link.0).unwrap_or(u16::MAX)));
        body.extend([0; 2]);
        body.extend(order.write_u32(self.snapshot_length));
        if let Some(name) = name {
            super::block::write_option(&mut body, Self::NAME, name.as_bytes());
        }
        if self.resolution != Resolution::MICROSECONDS {
            super::block::write_option(&mut body, Self::RESOLUTION, &[self.resolution.0]);
        }
        if let Some(length) = self.check_sequence {
            super::block::write_option(&mut body, Self::CHECK_SEQUENCE, &[length.saturating_mul(8)]);
        }
        if body.len() > Self::FIXED {
            super::block::write_option(&mut body, Opt::END, &[]);
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_and_of_two() {
        let time = |resolution, stamp, offset| Resolution(resolution).time(stamp, offset);
        let nanoseconds = |resolution, stamp, offset| time(resolution, stamp, offset).unwrap().nanoseconds();
        assert_eq!(nanoseconds(0, 2, 0), 2_000_000_000);
        assert_eq!(nanoseconds(3, 2, 0), 2_000_000);
        assert_eq!(nanoseconds(6, 2, 1), 1_000_002_000);
        assert_eq!(nanoseconds(9, 2_000_000_001, -2), 1);
        assert_eq!(nanoseconds(12, 2_999, 0), 2);
        assert_eq!(nanoseconds(127, u64::MAX, 0), 0);
        assert_eq!(nanoseconds(0x80, 3, 0), 3_000_000_000);
        assert_eq!(nanoseconds(0x80 | 30, 1 << 30, 0), 1_000_000_000);
        assert_eq!(nanoseconds(0xff, u64::MAX, 0), 0);
        // Before 1970, and beyond what is counted.
        assert_eq!(time(6, 0, -1), None);
        assert_eq!(time(6, u64::MAX, 0), None);
        assert_eq!(time(0, u64::MAX, i64::MIN), None);
        assert_eq!(time(9, u64::MAX, i64::MAX), None);
    }
}
