//! [`assert_packet_eq!`](crate::assert_packet_eq): packets in tests.

use crate::diff::{Diff, Ignore, Options};
use crate::packet::{Decoder, Frame, LinkType, Packet};
use crate::render::line;

/// What a test can compare: a [`Packet`], a [`Frame`], or bytes.
pub trait Comparable {
    /// As a frame, with what is known of it.
    fn known(&self) -> Known<'_>;
}

/// A frame, and what is known of it; the rest is as on the other side, or as the test says.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    frame: Frame<&'a [u8]>,
    link: Option<LinkType>,
    decoder: Option<Decoder>,
}

impl<T: AsRef<[u8]> + ?Sized> Comparable for T {
    fn known(&self) -> Known<'_> {
        Known { frame: Frame::ethernet(self.as_ref()), link: None, decoder: None }
    }
}

impl<B: AsRef<[u8]>> Comparable for Frame<B> {
    fn known(&self) -> Known<'_> {
        Known { frame: self.borrowed(), link: Some(self.link), decoder: None }
    }
}

impl<B: AsRef<[u8]>> Comparable for Packet<B> {
    fn known(&self) -> Known<'_> {
        let decoder = self.decoder();
        Known { frame: self.frame(), link: Some(self.link()), decoder: Some(decoder) }
    }
}

impl<B: AsRef<[u8]>> Comparable for &Frame<B> {
    fn known(&self) -> Known<'_> {
        (**self).known()
    }
}

impl<B: AsRef<[u8]>> Comparable for &Packet<B> {
    fn known(&self) -> Known<'_> {
        (**self).known()
    }
}

/// How a test compares: what stands behind the packets in [`assert_packet_eq!`](crate::assert_packet_eq).
#[derive(Clone, Debug, Default)]
pub struct Terms {
    ignore: String,
    padding: bool,
    link: Option<LinkType>,
}

impl Terms {
    /// Fields that are not compared: see [`Ignore`].
    #[must_use]
    pub fn ignore(mut self, patterns: &str) -> Self {
        self.ignore.push(',');
        self.ignore.push_str(patterns);
        self
    }

    /// Whether padding, trailers and check sequences behind the packet are not compared.
    #[must_use]
    pub fn ignore_padding(mut self, ignore: bool) -> Self {
        self.padding = ignore;
        self
    }

    /// What bytes begin with, where neither side is a packet or frame that says it.
    #[must_use]
    pub fn link(mut self, link: LinkType) -> Self {
        self.link = Some(link);
        self
    }

    /// Compares two packets.
    ///
    /// # Panics
    /// If they differ, with what differs; and if a pattern can match no field.
    #[track_caller]
    #[allow(clippy::panic)] // It is what a test is for.
    pub fn assert<A: Comparable + ?Sized, E: Comparable + ?Sized>(&self, actual: &A, expected: &E) {
        if let Err(message) = self.compare(actual.known(), expected.known()) {
            panic!("{message}");
        }
    }

    fn compare(&self, actual: Known<'_>, expected: Known<'_>) -> Result<(), String> {
        let decoder = actual.decoder.or(expected.decoder).unwrap_or_default();
        let ignore = Ignore::parse_with(&self.ignore, decoder.rules)
            .map_err(|bad| format!("ignore = {:?}: {bad}", self.ignore.trim_start_matches(',')))?;
        let link = |known: Known<'_>, other: Known<'_>| {
            known.link.or(self.link).or(other.link).unwrap_or(LinkType::ETHERNET)
        };
        let [left, right] = [(actual, expected), (expected, actual)].map(|(known, other)| {
            let decoder = known.decoder.unwrap_or(decoder);
            decoder.packet(Frame { link: link(known, other), ..known.frame })
        });
        let diff = Diff::between(&left, &right, &Options { ignore, ignore_padding: self.padding });
        if diff.is_empty() {
            return Ok(());
        }
        let ignored = match diff.ignored() {
            0 => String::new(),
            1 => "\n1 difference was ignored".to_owned(),
            count => format!("\n{count} differences were ignored"),
        };
        let (actual, expected) = (line::summary(&left), line::summary(&right));
        Err(format!("the packets differ\n- actual    {actual}\n+ expected  {expected}\n\n{diff}{ignored}"))
    }
}

/// Asserts that two packets have the same bytes; if not, says what differs, layer by layer and field by field.
///
/// A side is a [`Packet`](crate::packet::Packet), a [`Frame`](crate::packet::Frame), or bytes. Bytes are read as the packet on the other
/// side, or as `link` says, or else as an Ethernet frame. Behind the packets can stand, in any order:
///
/// - `ignore = "ip.id,*.checksum"`: fields that are not compared, see [`Ignore`](crate::diff::Ignore);
/// - `ignore_padding = true`: what stands behind the packet is not compared;
/// - `link = LinkType::RAW`: what bytes begin with.
///
/// ```
/// use layercake::assert_packet_eq;
/// use layercake::packet::LinkType;
/// use layercake::wire::{ipv4::Ipv4, udp::Udp};
///
/// /// What is tested: it answers, and chooses a number for each packet.
/// fn answer(question: &str, number: u16) -> Result<Vec<u8>, layercake::field::BuildError> {
///     let ip = Ipv4::new([192, 0, 2, 2].into(), [192, 0, 2, 1].into()).identification(number);
///     (ip / Udp::new(7, 5000) / question).to_vec()
/// }
///
/// let expected = Ipv4::new([192, 0, 2, 2].into(), [192, 0, 2, 1].into()) / Udp::new(7, 5000) / "hello";
/// let actual = answer("hello", 4711)?;
/// assert_packet_eq!(actual, expected.to_vec()?, link = LinkType::RAW, ignore = "ip.id, ip.checksum");
/// # Ok::<(), layercake::field::BuildError>(())
/// ```
///
/// Where they differ, the test fails and says (`-` is the first, `+` the second):
///
/// ```should_panic
/// # use layercake::assert_packet_eq;
/// # use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, udp::Udp};
/// # let cake = |ttl| Ethernet::new(Default::default(), Default::default())
/// #     / Ipv4::new([192, 0, 2, 2].into(), [192, 0, 2, 1].into()).ttl(ttl) / Udp::new(7, 5000) / "hello";
/// # let (actual, expected) = (cake(63).to_vec().unwrap(), cake(64).to_vec().unwrap());
/// assert_packet_eq!(actual, expected, ignore = "ip.checksum");
/// // the packets differ
/// // - actual    192.0.2.2:7 > 192.0.2.1:5000 UDP, 5 bytes
/// // + expected  192.0.2.2:7 > 192.0.2.1:5000 UDP, 5 bytes
/// //
/// // Internet Protocol Version 4 (ip)
/// // - 22                Time to live                      63                           ip.ttl
/// // + 22                Time to live                      64                           ip.ttl
/// //
/// // 1 difference was ignored
/// ```
#[macro_export]
macro_rules! assert_packet_eq {
    ($actual:expr, $expected:expr $(, $option:ident = $value:expr)* $(,)?) => {
        $crate::diff::assert::Terms::default()$(.$option($value))*.assert(&$actual, &$expected)
    };
}
