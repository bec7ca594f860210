//! Domain names that are kept: in zones, caches, questions.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

use crate::field::Name;
use crate::field::name::{BadName, LONGEST, encode};

/// A domain name of its own, in the case in which it was written. Two that differ only in the case of ASCII letters are the same (RFC 4343).
///
/// Names are in the order of RFC 4034 section 6.1, by labels from the root: all names below a name come right behind it.
///
/// ```
/// use layercake::stack::service::dns::Domain;
///
/// let www: Domain = "www.Python.org".parse()?;
/// let org: Domain = "org".parse()?;
/// assert!(www.is_within(&org) && !org.is_within(&www));
/// assert_eq!(www, "WWW.python.ORG.".parse()?);
/// assert_eq!(www.parent().unwrap().to_string(), "Python.org");
/// # Ok::<(), layercake::field::name::BadName>(())
/// ```
#[derive(Clone)]
pub struct Domain(Box<[u8]>);

/// A name has no more labels than this.
const LABELS: usize = LONGEST / 2;

impl Domain {
    /// The root.
    pub fn root() -> Self {
        Self(Box::new([0]))
    }

    /// The name, as names that were read are.
    pub fn name(&self) -> Name<'_> {
        Name::at(&self.0, 0)
    }

    /// Its labels with their lengths, and the root.
    pub fn wire(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// How many labels it has, the root not counted.
    pub fn depth(&self) -> usize {
        self.name().labels().count()
    }

    /// The name without its first label; `None` of the root.
    pub fn parent(&self) -> Option<Self> {
        let behind = usize::from(*self.0.first()?).checked_add(1)?;
        self.0.get(behind..).filter(|rest| !rest.is_empty()).map(|rest| Self(rest.into()))
    }

    /// The name itself, and each above it, up to the root.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + use<> {
        core::iter::successors(Some(self.clone()), Self::parent)
    }

    /// Whether it is another name or one below that.
    pub fn is_within(&self, other: &Self) -> bool {
        let mut rest = &*self.0;
        loop {
            if rest.eq_ignore_ascii_case(&other.0) {
                return true;
            }
            let behind = rest.first().map_or(0, |length| usize::from(*length).saturating_add(1));
            match rest.get(behind..) {
                Some(shorter) if behind > 1 && !shorter.is_empty() => rest = shorter,
                _ => return false,
            }
        }
    }

    /// The name below it that begins with such a label; `None` if that is too long or no label.
    pub fn child(&self, label: &[u8]) -> Option<Self> {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?;
        let whole: Vec<u8> = [&[length], label, &self.0].concat();
        (whole.len() <= LONGEST).then(|| Self(whole.into()))
    }

    /// The name with another name behind it in place of the root; `None` if that is too long.
    pub fn under(&self, origin: &Self) -> Option<Self> {
        let (_, labels) = self.0.split_last()?;
        let whole: Vec<u8> = [labels, &origin.0].concat();
        (whole.len() <= LONGEST).then(|| Self(whole.into()))
    }

    /// Where its labels begin, and how many there are.
    fn starts(&self) -> ([u8; LABELS], usize) {
        let (mut starts, mut count, mut at) = ([0; LABELS], 0usize, 0usize);
        while let (Some(length), Some(place)) =
            (self.0.get(at).filter(|length| **length > 0), starts.get_mut(count))
        {
            *place = u8::try_from(at).unwrap_or(u8::MAX);
            count = count.saturating_add(1);
            at = at.saturating_add(usize::from(*length)).saturating_add(1);
        }
        (starts, count)
    }

    fn label(&self, start: u8) -> &[u8] {
        let text = usize::from(start).saturating_add(1);
        let length = self.0.get(usize::from(start)).map_or(0, |length| usize::from(*length));
        self.0.get(text..text.saturating_add(length)).unwrap_or(&[])
    }
}

impl FromStr for Domain {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        encode(text, &mut [0; LONGEST]).map(|wire| Self(wire.into()))
    }
}

impl TryFrom<Name<'_>> for Domain {
    type Error = BadName;

    fn try_from(name: Name<'_>) -> Result<Self, BadName> {
        name.expand(&mut [0; LONGEST]).map(|wire| Self(wire.into())).ok_or(BadName::Broken)
    }
}

impl PartialEq for Domain {
    fn eq(&self, other: &Self) -> bool {
        // Lengths are no letters.
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Domain {}

impl Ord for Domain {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((ours, our_count), (theirs, their_count)) = (self.starts(), other.starts());
        let (ours, theirs) = (ours.iter().take(our_count).rev(), theirs.iter().take(their_count).rev());
        for (one, two) in ours.zip(theirs) {
            let one = self.label(*one).iter().map(u8::to_ascii_lowercase);
            let order = one.cmp(other.label(*two).iter().map(u8::to_ascii_lowercase));
            if order != Ordering::Equal {
                return order;
            }
        }
        our_count.cmp(&their_count)
    }
}

impl PartialOrd for Domain {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As [`Name`] prints them: without the last dot, with escapes.
impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Domain({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    /// The row of RFC 4034 section 6.1.
    #[test]
    fn names_are_in_the_order_of_the_rfc() {
        let row = [
            "example",
            "a.example",
            "yljkjljk.a.example",
            "Z.a.example",
            "zABC.a.EXAMPLE",
            "z.example",
            r"\001.z.example",
            "*.z.example",
            r"\200.z.example",
        ];
        let names: Vec<Domain> = row.iter().map(|name| name.parse().unwrap()).collect();
        let mut sorted = names.clone();
        sorted.sort();
        assert_eq!(sorted, names);
        assert!(names.iter().all(|name| name.is_within(&names[0]) && name.is_within(&Domain::root())));
        assert!(!names[4].is_within(&names[5]));
        assert_eq!(Domain::root().parent(), None);
        assert_eq!(
            names[1].ancestors().map(|name| name.to_string()).collect::<Vec<_>>(),
            ["a.example", "example", "."]
        );
    }
}
