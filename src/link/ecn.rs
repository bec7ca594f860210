//! Congestion said instead of a frame dropped, RFC 3168.

use crate::field::Kind;
use crate::names::Ecn;
use crate::packet::{Decoder, Frame, LinkType};
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::ipv6::{self, Ipv6};

/// Sets Congestion Experienced in the outermost IP header of a frame, if its sender understands that
/// ([RFC 3168 section 5](https://www.rfc-editor.org/rfc/rfc3168#section-5)); says whether it is set now.
///
/// A frame that another router has marked before stays so. The checksum of an IPv4 header follows, and stays wrong if
/// it was. What is no IP, or is from a sender that does not understand it, is left as it is, and has to be dropped
/// instead.
///
/// ```
/// use layercake::link::mark;
/// use layercake::names::Ecn;
/// use layercake::packet::{Decoder, Frame, LinkType};
/// use layercake::wire::{ipv4::Ipv4, udp::Udp};
///
/// let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
/// let mut bytes = (ip.ecn(Ecn::ECT_0) / Udp::new(5000, 7) / b"text").to_vec()?;
/// assert!(mark(LinkType::RAW, &mut bytes));
/// let packet = Decoder::new().packet(Frame::raw(&bytes));
/// assert_eq!(packet.get::<Ipv4>().unwrap().ecn(), Ecn::CE);
/// assert_eq!(packet.findings().count(), 0);
/// # Ok::<(), layercake::field::BuildError>(())
/// ```
pub fn mark(link: LinkType, frame: &mut [u8]) -> bool {
    let mut packet = Decoder::new().packet(Frame::new(link, frame));
    let kind = packet.network().map(|layer| layer.kind);
    let ecn = match kind {
        Some(Kind::IPV4) => packet.get::<Ipv4>().map(|ip| ip.ecn()),
        Some(Kind::IPV6) => packet.get::<Ipv6>().map(|ip| ip.ecn()),
        _ => None,
    };
    match (ecn, kind) {
        (Some(Ecn::CE), _) => true,
        (Some(Ecn::ECT_0 | Ecn::ECT_1), Some(Kind::IPV4)) => packet.set(&ipv4::ECN, Ecn::CE).is_ok(),
        (Some(Ecn::ECT_0 | Ecn::ECT_1), _) => packet.set(&ipv6::ECN, Ecn::CE).is_ok(),
        _ => false,
    }
}
