//! What TCP's options say, as Rust values.
//!
//! ```
//! use layercake::wire::tcp::{Tcp, typed::TcpOption};
//!
//! let mut buffer = [0; 60];
//! let syn = Tcp::new(1234, 80).syn(true).mss(1460).sack_permitted().window_scale(7) / b"";
//! let tcp = Tcp::view(&*syn.write(&mut buffer)?).unwrap();
//!
//! let (mut mss, mut scale) = (536, 0);
//! for option in tcp.typed_options() {
//!     match option {
//!         TcpOption::MaximumSegmentSize(bytes) => mss = bytes,
//!         TcpOption::WindowScale(shift) => scale = shift.min(14),
//!         _ => {}
//!     }
//! }
//! assert_eq!((mss, scale), (1460, 7));
//! assert!(tcp.typed_options().any(|option| option == TcpOption::SackPermitted));
//! # Ok::<(), layercake::field::BuildError>(())
//! ```

use core::net::IpAddr;

use super::{Tcp, multipath, options};
use crate::field::FieldType;
use crate::field::tlv::{Item, Rules};
use crate::names::{MptcpResetReason, MptcpSubtype, TcpExperiment, TcpOptionKind};

/// An option of TCP and what it says. One whose kind has no meaning here, or whose length is none that its kind can
/// have, is [`TcpOption::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TcpOption<'a> {
    /// The end of the list.
    EndOfList,
    /// Nothing: a byte of padding.
    NoOperation,
    /// The longest segment that the sender can receive, in bytes.
    MaximumSegmentSize(u16),
    /// Windows are shifted left by so many bits; more than 14 count as 14 (RFC 7323 section 2.3).
    WindowScale(u8),
    /// The sender understands SACK.
    SackPermitted,
    /// What was received out of order.
    Sack(SackBlocks<'a>),
    /// Timestamps.
    Timestamps {
        /// The sender's clock.
        value: u32,
        /// The value that is echoed.
        echo_reply: u32,
    },
    /// The MD5 digest of RFC 2385.
    Md5Signature(&'a [u8; 16]),
    /// How long data may stay unacknowledged.
    UserTimeout {
        /// The number, 15 bits.
        value: u16,
        /// It counts minutes, not seconds.
        in_minutes: bool,
    },
    /// Authentication of RFC 5925.
    Authentication {
        /// The key that the code was made with.
        key_id: u8,
        /// The key that the sender is ready to receive with.
        next_key_id: u8,
        /// The message authentication code.
        code: &'a [u8],
    },
    /// A fast open cookie; an empty one asks for a cookie.
    FastOpen(&'a [u8]),
    /// Multipath TCP.
    Multipath(Multipath<'a>),
    /// Counters of accurate ECN, 24 bits each, as many as are there.
    AccurateEcn {
        /// Bytes that arrived with ECT(0).
        ect_0: Option<u32>,
        /// Bytes that arrived with CE.
        ce: Option<u32>,
        /// Bytes that arrived with ECT(1).
        ect_1: Option<u32>,
    },
    /// An experiment of RFC 6994.
    Experiment {
        /// The identifier, or the first half of one of 32 bits.
        identifier: TcpExperiment,
        /// What stands behind that.
        data: &'a [u8],
    },
    /// Any other, as it lies.
    Other(Item<'a>),
}

/// The blocks of SACK, at most four as a header has room for no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SackBlocks<'a>(&'a [u8]);

impl Iterator for SackBlocks<'_> {
    type Item = (u32, u32);

    /// The next block: its left edge, and the sequence number behind it.
    fn next(&mut self) -> Option<(u32, u32)> {
        let (block, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some((options::sack::LEFT_EDGE.read(block)?, options::sack::RIGHT_EDGE.read(block)?))
    }
}

impl core::iter::FusedIterator for SackBlocks<'_> {}

/// What an option of multipath TCP says (RFC 8684).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Multipath<'a> {
    /// Offers, accepts or confirms multipath; which keys are there tells which.
    Capable {
        /// Version of the protocol.
        version: u8,
        /// The eight flags, A first.
        flags: u8,
        /// The sender's key.
        key: Option<u64>,
        /// The receiver's key.
        receiver_key: Option<u64>,
        /// Length of the data that comes with it.
        data_length: Option<u16>,
        /// The checksum of that.
        checksum: Option<u16>,
    },
    /// A SYN that joins a connection.
    Join {
        /// The subflow is a backup.
        backup: bool,
        /// Identifies the sender's address.
        address_id: u8,
        /// The receiver's token.
        token: u32,
        /// The sender's random number.
        random: u32,
    },
    /// The answer to it.
    JoinReply {
        /// The subflow is a backup.
        backup: bool,
        /// Identifies the sender's address.
        address_id: u8,
        /// The sender's HMAC, its first 64 bits.
        hmac: u64,
        /// The sender's random number.
        random: u32,
    },
    /// The third step: the first 160 bits of the sender's HMAC.
    JoinAck(&'a [u8; 20]),
    /// The data sequence signal.
    Signal {
        /// No data comes behind the mapped.
        fin: bool,
        /// The data ACK; one of 32 bits has the upper half zero.
        ack: Option<u64>,
        /// Which data is here.
        mapping: Option<Mapping>,
    },
    /// The sender has another address.
    AddAddress {
        /// This confirms that the peer's was understood; version 1.
        echo: bool,
        /// Identifies the address.
        address_id: u8,
        /// The address.
        address: IpAddr,
        /// The port, if it is not that of this subflow.
        port: Option<u16>,
        /// The proof, its last 64 bits; version 1.
        hmac: Option<u64>,
    },
    /// The sender has these addresses no longer.
    RemoveAddresses(&'a [u8]),
    /// Changes the priority of a subflow.
    Priority {
        /// It is a backup from now on.
        backup: bool,
        /// The address that is meant, if not this subflow's; version 0.
        address_id: Option<u8>,
    },
    /// The checksum of data from this sequence number on was wrong.
    Fail(u64),
    /// Closes the whole connection; the receiver's key.
    FastClose(u64),
    /// Why a subflow is reset.
    Reset {
        /// It may be tried again later.
        transient: bool,
        /// The reason.
        reason: MptcpResetReason,
    },
    /// Another subtype, and what stands behind it.
    Other(MptcpSubtype, &'a [u8]),
}

/// Which data of the connection a subflow's data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Data sequence number; one of 32 bits has the upper half zero.
    pub sequence: u64,
    /// Relative sequence number in the subflow.
    pub subflow: u32,
    /// Bytes.
    pub length: u16,
    /// The checksum, if the connection has checksums.
    pub checksum: Option<u16>,
}

/// The number of type `T` that begins at byte `at`.
fn number<T: FieldType>(bytes: &[u8], at: usize) -> Option<T> {
    let size = size_of::<T>();
    let place = bytes.get(at..)?.get(..size)?;
    Some(T::from_bits(place.iter().fold(0, |word, byte| (word << 8) | u128::from(*byte))))
}

impl<'a> TcpOption<'a> {
    /// Reads an option.
    pub fn of(item: Item<'a>) -> Self {
        Self::known(&item).unwrap_or(Self::Other(item))
    }

    fn known(item: &Item<'a>) -> Option<Self> {
        use TcpOptionKind as Kind;
        if item.broken || !options::fits(item) {
            return None;
        }
        let data = item.data(&Rules::IP_AND_TCP);
        Some(match Kind(u8::try_from(item.kind).ok()?) {
            Kind::END_OF_LIST => Self::EndOfList,
            Kind::NO_OPERATION => Self::NoOperation,
            Kind::MAXIMUM_SEGMENT_SIZE => Self::MaximumSegmentSize(number(data, 0)?),
            Kind::WINDOW_SCALE => Self::WindowScale(number(data, 0)?),
            Kind::SACK_PERMITTED => Self::SackPermitted,
            Kind::SACK => Self::Sack(SackBlocks(data.get(..32).unwrap_or(data))),
            Kind::TIMESTAMPS => Self::Timestamps { value: number(data, 0)?, echo_reply: number(data, 4)? },
            Kind::MD5_SIGNATURE => Self::Md5Signature(data.first_chunk()?),
            Kind::USER_TIMEOUT => {
                let both: u16 = number(data, 0)?;
                Self::UserTimeout { value: both & 0x7fff, in_minutes: both > 0x7fff }
            }
            Kind::AUTHENTICATION => {
                let ([key_id, next_key_id], code) = data.split_first_chunk()?;
                Self::Authentication { key_id: *key_id, next_key_id: *next_key_id, code }
            }
            Kind::FAST_OPEN => Self::FastOpen(data),
            Kind::MULTIPATH => Self::Multipath(Multipath::of(item.bytes)?),
            Kind::ACCURATE_ECN_0 => Self::AccurateEcn {
                ect_0: options::accurate_ecn_0::ECT_0.read(data),
                ce: options::accurate_ecn_0::CE.read(data),
                ect_1: options::accurate_ecn_0::ECT_1.read(data),
            },
            Kind::ACCURATE_ECN_1 => Self::AccurateEcn {
                ect_0: options::accurate_ecn_1::ECT_0.read(data),
                ce: options::accurate_ecn_1::CE.read(data),
                ect_1: options::accurate_ecn_1::ECT_1.read(data),
            },
            Kind::EXPERIMENT_1 | Kind::EXPERIMENT_2 => {
                Self::Experiment { identifier: number(data, 0)?, data: data.get(2..)? }
            }
            _ => return None,
        })
    }
}

impl<'a> Multipath<'a> {
    /// Reads a whole option, kind and length included, whose length fits.
    fn of(option: &'a [u8]) -> Option<Self> {
        use MptcpSubtype as Subtype;
        let (first, second): (u8, u8) = (number(option, 2)?, number(option, 3).unwrap_or(0));
        let flag = first & 1 != 0;
        Some(match multipath::subtype(option)? {
            Subtype::MP_CAPABLE => Self::Capable {
                version: first & 15,
                flags: second,
                key: number(option, 4),
                receiver_key: number(option, 12),
                data_length: number(option, 20),
                checksum: number(option, 22),
            },
            Subtype::MP_JOIN if option.len() == 24 => Self::JoinAck(option.get(4..)?.first_chunk()?),
            Subtype::MP_JOIN if option.len() == 12 => Self::Join {
                backup: flag,
                address_id: second,
                token: number(option, 4)?,
                random: number(option, 8)?,
            },
            Subtype::MP_JOIN => Self::JoinReply {
                backup: flag,
                address_id: second,
                hmac: number(option, 4)?,
                random: number(option, 12)?,
            },
            Subtype::DSS => Self::signal(option)?,
            Subtype::ADD_ADDR => Self::add_address(option)?,
            Subtype::REMOVE_ADDR => Self::RemoveAddresses(option.get(3..)?),
            Subtype::MP_PRIO => Self::Priority { backup: flag, address_id: number(option, 3) },
            Subtype::MP_FAIL => Self::Fail(number(option, 4)?),
            Subtype::MP_FASTCLOSE => Self::FastClose(number(option, 4)?),
            Subtype::MP_TCPRST => Self::Reset { transient: flag, reason: MptcpResetReason(second) },
            subtype => Self::Other(subtype, option.get(3..)?),
        })
    }

    fn signal(option: &[u8]) -> Option<Self> {
        let layout = multipath::Signal::of(option);
        let wide = |at, wide: bool| match wide {
            true => number::<u64>(option, at),
            false => number::<u32>(option, at).map(u64::from),
        };
        let mapping = layout.end.checked_sub(layout.mapping)?;
        let has = |size: usize| (size > 0).then_some(());
        Some(Self::Signal {
            fin: number::<u8>(option, 3)? & 0x10 != 0,
            ack: has(layout.ack).and_then(|()| wide(4, layout.ack == 8)),
            mapping: match has(layout.mapping) {
                None => None,
                Some(()) => Some(Mapping {
                    sequence: wide(mapping, layout.mapping == 14)?,
                    subflow: number(option, layout.end.checked_sub(6)?)?,
                    length: number(option, layout.end.checked_sub(2)?)?,
                    checksum: number(option, layout.end),
                }),
            },
        })
    }

    fn add_address(option: &[u8]) -> Option<Self> {
        let length = option.len();
        let (address, end) = match length {
            ..20 => (IpAddr::from(number::<u32>(option, 4)?.to_be_bytes()), 8usize),
            _ => (IpAddr::from(*option.get(4..)?.first_chunk::<16>()?), 20usize),
        };
        let has_port = matches!(length, 10 | 18 | 22 | 30);
        let proof = if has_port { end.saturating_add(2) } else { end };
        Some(Self::AddAddress {
            echo: number::<u8>(option, 2)? & 1 != 0 && !multipath::is_old_add_address(option),
            address_id: number(option, 3)?,
            address,
            port: if has_port { number(option, end) } else { None },
            hmac: number(option, proof),
        })
    }
}

impl<'a> Tcp<&'a [u8]> {
    /// The options and what they say; [`Tcp::options`] gives them as they lie.
    pub fn typed_options(&self) -> impl Iterator<Item = TcpOption<'a>> + use<'a> {
        self.options().map(TcpOption::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: u16, bytes: &[u8]) -> TcpOption<'_> {
        TcpOption::of(Item { kind, start: 0, bytes, broken: false })
    }

    /// The options of an MPTCP connection of Linux (tcpdump, tests/mptcp-aa-v1.pcap, BSD-3-Clause).
    #[test]
    fn reads_what_linux_sends() {
        let syn = [30, 4, 0x01, 0x01];
        let reply = [30, 12, 0x01, 0x01, 0x73, 0xbb, 0x15, 0x03, 0x58, 0xa0, 0xae, 0xcb];
        let capable = |key, receiver_key, data_length| {
            TcpOption::Multipath(Multipath::Capable {
                version: 1,
                flags: 1,
                key,
                receiver_key,
                data_length,
                checksum: None,
            })
        };
        assert_eq!(read(30, &syn), capable(None, None, None));
        let theirs = Some(0x73bb_1503_58a0_aecb);
        assert_eq!(read(30, &reply), capable(theirs, None, None));
        let ack = [
            30, 22, 0x01, 0x01, 0x8f, 0x0c, 0x7c, 0x64, 0xa6, 0xa3, 0x2a, 0xc1, 0x73, 0xbb, 0x15, 0x03, 0x58,
            0xa0, 0xae, 0xcb, 0x00, 0x10,
        ];
        assert_eq!(read(30, &ack), capable(Some(0x8f0c_7c64_a6a3_2ac1), theirs, Some(16)));
        let address = [30, 16, 0x30, 0x01, 192, 168, 136, 225, 1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(
            read(30, &address),
            TcpOption::Multipath(Multipath::AddAddress {
                echo: false,
                address_id: 1,
                address: [192, 168, 136, 225].into(),
                port: None,
                hmac: Some(0x0102_0304_0506_0708),
            })
        );
    }

    /// RFC 8684 section 3.3, figure 9: every choice of flags, and one byte too few.
    #[test]
    fn reads_every_form_of_the_signal() {
        for flags in 0..32u8 {
            let (a, d) = (4 << (flags >> 1 & 1), 10 + 4 * (flags >> 3 & 1));
            let (a, d) = (usize::from(a * (flags & 1)), usize::from(d * (flags >> 2 & 1)));
            let mut option = vec![30, (4 + a + d) as u8, 0x20, flags];
            option.extend((1..=(a + d) as u8).collect::<Vec<u8>>());
            let TcpOption::Multipath(Multipath::Signal { fin, ack, mapping }) = read(30, &option) else {
                panic!("flags {flags:02x}");
            };
            assert_eq!(fin, flags & 16 != 0);
            assert_eq!((ack.is_some(), mapping.is_some()), (flags & 1 != 0, flags & 4 != 0));
            if let Some(mapping) = mapping {
                assert_eq!(mapping.length.to_be_bytes(), [(a + d) as u8 - 1, (a + d) as u8]);
                assert_eq!(mapping.checksum, None);
                option[1] += 2;
                option.extend([0xab, 0xcd]);
                let TcpOption::Multipath(Multipath::Signal { mapping: Some(same), .. }) = read(30, &option)
                else {
                    panic!("flags {flags:02x} with a checksum");
                };
                assert_eq!(same, Mapping { checksum: Some(0xabcd), ..mapping });
            }
            let last = option.len() - 1;
            assert!(matches!(read(30, &option[..last]), TcpOption::Other(_)), "flags {flags:02x}");
        }
    }

    /// What has a length that its kind cannot have is given as it lies.
    #[test]
    fn a_wrong_length_says_nothing() {
        let wrong: &[&[u8]] = &[
            &[2, 3, 1],
            &[3, 2],
            &[4, 3, 0],
            &[5, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9],
            &[5, 2],
            &[8, 9, 1, 2, 3, 4, 5, 6, 7],
            &[19, 4, 1, 2],
            &[28, 3, 1],
            &[29, 3, 1],
            &[34, 3, 1],
            &[172, 6, 1, 2, 3, 4],
            &[253, 3, 1],
            &[30, 2],
            &[30, 3, 0x10],
        ];
        for option in wrong {
            let item = Item { kind: u16::from(option[0]), start: 0, bytes: option, broken: false };
            assert_eq!(TcpOption::of(item), TcpOption::Other(item));
        }
    }
}
