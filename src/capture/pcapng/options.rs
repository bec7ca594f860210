//! Options: what a block says besides what every block of its kind says (section 3.5 of the draft).

use std::borrow::Cow;

use crate::capture::Order;

/// One option of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opt<'a> {
    /// What it says; the numbers depend on the kind of block, but for 1, which is a comment everywhere.
    pub code: u16,
    /// Its value.
    pub value: &'a [u8],
    order: Order,
}

impl<'a> Opt<'a> {
    /// A comment.
    pub const COMMENT: u16 = 1;

    /// The value as text; what is no UTF-8 in it becomes U+FFFD.
    pub fn text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.value)
    }

    /// The value as a 32-bit number, if it has four bytes.
    pub fn u32(&self) -> Option<u32> {
        self.order.u32(self.value, 0).filter(|_| self.value.len() == 4)
    }

    /// The value as a 64-bit number, if it has eight bytes.
    pub fn u64(&self) -> Option<u64> {
        self.order.u64(self.value, 0).filter(|_| self.value.len() == 8)
    }
}

/// The options of a block, in its order. A list that is cut or damaged ends where that is; the packet it belongs to is
/// read all the same.
///
/// ```
/// use layercake::capture::{Order, pcapng::Options};
///
/// // A comment of two bytes, filled up to four, and a second one that claims more than there is.
/// let bytes = [1, 0, 2, 0, b'h', b'i', 0, 0, 1, 0, 99, 0];
/// let mut options = Options::new(&bytes, Order::Little);
/// assert_eq!(options.next().unwrap().text(), "hi");
/// assert_eq!(options.next(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Options<'a> {
    rest: &'a [u8],
    order: Order,
}

impl<'a> Options<'a> {
    /// The options in these bytes of a block.
    pub fn new(bytes: &'a [u8], order: Order) -> Self {
        Self { rest: bytes, order }
    }

    fn step(&mut self) -> Option<Opt<'a>> {
        let (code, length) = (self.order.u16(self.rest, 0)?, self.order.u16(self.rest, 2)?);
        let length = usize::from(length);
        let behind = self.rest.get(4..)?;
        if code == 0 {
            return None;
        }
        let value = behind.get(..length)?;
        // The last one may have lost what fills it up.
        self.rest = behind.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Opt { code, value, order: self.order })
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Opt<'a>;

    fn next(&mut self) -> Option<Opt<'a>> {
        let option = self.step();
        if option.is_none() {
            self.rest = &[];
        }
        option
    }
}

/// The comments of a packet.
#[derive(Clone, Debug)]
pub struct Comments<'a>(pub(in crate::capture) Options<'a>);

impl<'a> Iterator for Comments<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        self.0.find(|option| option.code == Opt::COMMENT).map(|option| option.text())
    }
}
