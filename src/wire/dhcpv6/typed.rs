//! What messages say, as values, and how messages are put together.

use core::fmt;
use core::net::Ipv6Addr;

use super::{Dhcpv6, HEAD, OPEN, RELAY, front, is_relay, options, relay, relayed};
use crate::field::{Builder, Mac, Name, Text, tlv};
use crate::names::{Dhcpv6Option, Dhcpv6StatusCode, DuidType, HardwareType};

/// An option of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DhcpOption<'a> {
    /// Its code.
    pub code: Dhcpv6Option,
    /// What stands behind code and length.
    pub data: &'a [u8],
    /// Its length is impossible; the data is all that is left.
    pub broken: bool,
}

impl<'a> DhcpOption<'a> {
    /// The options inside it: of an identity association the addresses or prefixes, of those what is said of them. Nothing of
    /// an option that holds none; those of a vendor are no options of DHCPv6.
    pub fn options(&self) -> impl Iterator<Item = DhcpOption<'a>> + use<'a> {
        let holds = options::inside(self.code.0)
            .is_some_and(|list| !self.broken && core::ptr::eq(list, &raw const options::OPTIONS));
        let front = options::front(self.code.0, self.data);
        options_of(self.data.get(front..).filter(|_| holds).unwrap_or(&[]))
    }

    /// The address; `None` if this is not a whole IA Address option.
    pub fn address(&self) -> Option<Address> {
        (self.code == Dhcpv6Option::IAADDR && !self.broken).then_some(())?;
        Some(Address {
            address: options::address::ADDRESS.read(self.data)?,
            preferred: options::address::PREFERRED.read(self.data)?,
            valid: options::address::VALID.read(self.data)?,
        })
    }

    /// The prefix; `None` if this is not a whole IA Prefix option.
    pub fn prefix(&self) -> Option<Prefix> {
        (self.code == Dhcpv6Option::IAPREFIX && !self.broken).then_some(())?;
        Some(Prefix {
            prefix: options::prefix::PREFIX.read(self.data)?,
            length: options::prefix::LENGTH.read(self.data)?,
            preferred: options::prefix::PREFERRED.read(self.data)?,
            valid: options::prefix::VALID.read(self.data)?,
        })
    }

    /// Code and message; `None` if this is not a whole Status Code option.
    pub fn status(&self) -> Option<(Dhcpv6StatusCode, Text<'a>)> {
        (self.code == Dhcpv6Option::STATUS_CODE && !self.broken).then_some(())?;
        Some((options::status::CODE.read(self.data)?, Text::padded(self.data.get(2..)?)))
    }
}

/// The options of a list.
pub(super) fn options_of(list: &[u8]) -> impl Iterator<Item = DhcpOption<'_>> {
    tlv::walk(list, &options::RULES).map(|item| DhcpOption {
        code: Dhcpv6Option(item.kind),
        data: item.data(&options::RULES),
        broken: item.broken,
    })
}

/// An address that is leased, or that a client would like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub address: Ipv6Addr,
    /// How long it is preferred, in seconds; all ones for ever.
    pub preferred: u32,
    /// How long it is valid, in seconds; all ones for ever.
    pub valid: u32,
}

/// A prefix that is delegated, or that a client would like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The prefix.
    pub prefix: Ipv6Addr,
    /// Its length in bits.
    pub length: u8,
    /// How long it is preferred, in seconds; all ones for ever.
    pub preferred: u32,
    /// How long it is valid, in seconds; all ones for ever.
    pub valid: u32,
}

/// Who a client or a server is: a DHCP unique identifier (RFC 8415 section 11).
///
/// ```
/// use layercake::names::DuidType;
/// use layercake::wire::dhcpv6::Duid;
///
/// let duid = Duid(&[0, 1, 0, 1, 0x29, 0xd0, 0x81, 0x93, 0, 0, 1, 1, 0, 0]);
/// assert_eq!(duid.duid_type(), Some(DuidType::LLT));
/// assert_eq!(duid.mac().unwrap().to_string(), "00:00:01:01:00:00");
/// // Seconds since the year 2000.
/// assert_eq!(duid.time(), Some(701_530_515));
/// assert_eq!(duid.to_string(), "0001000129d08193000001010000");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Duid<'a>(pub &'a [u8]);

impl<'a> Duid<'a> {
    /// How it was made; `None` if it is too short to say so.
    pub fn duid_type(&self) -> Option<DuidType> {
        options::duid::TYPE.read(self.0)
    }

    /// The Ethernet address that it was made of, if it was.
    pub fn mac(&self) -> Option<Mac> {
        let (hardware, address) = self.link_layer()?;
        (hardware == HardwareType::ETHERNET).then_some(())?;
        address.try_into().ok().map(Mac)
    }

    /// The link-layer address that it was made of, if it was.
    pub fn link_layer(&self) -> Option<(HardwareType, &'a [u8])> {
        match self.duid_type()? {
            DuidType::LLT => Some((options::duid::LLT_HARDWARE.read(self.0)?, self.0.get(8..)?)),
            DuidType::LL => Some((options::duid::LL_HARDWARE.read(self.0)?, self.0.get(4..)?)),
            _ => None,
        }
    }

    /// When it was made, in seconds since the beginning of 2000, if it says so.
    pub fn time(&self) -> Option<u32> {
        (self.duid_type()? == DuidType::LLT).then_some(())?;
        options::duid::LLT_TIME.read(self.0)
    }

    /// The number of the company that gave it, and what that made of it.
    pub fn enterprise(&self) -> Option<(u32, &'a [u8])> {
        (self.duid_type()? == DuidType::EN).then_some(())?;
        Some((options::duid::ENTERPRISE.read(self.0)?, self.0.get(6..)?))
    }

    /// The UUID that it is.
    pub fn uuid(&self) -> Option<[u8; 16]> {
        (self.duid_type()? == DuidType::UUID).then_some(())?;
        self.0.get(2..)?.try_into().ok()
    }
}

/// As hex digits.
impl fmt::Display for Duid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<'a> Dhcpv6<&'a [u8]> {
    /// The options; of a relay message also the message that it relays, and what stands behind it.
    pub fn options(&self) -> impl Iterator<Item = DhcpOption<'a>> + use<'a> {
        options_of(self.bytes.get(front(self.bytes)..).unwrap_or(&[]))
    }

    /// The data of the first option with this code.
    pub fn option(&self, code: Dhcpv6Option) -> Option<&'a [u8]> {
        self.options().find(|option| option.code == code && !option.broken).map(|option| option.data)
    }

    /// Who the client is.
    pub fn client_id(&self) -> Option<Duid<'a>> {
        self.option(Dhcpv6Option::CLIENTID).map(Duid)
    }

    /// Who the server is.
    pub fn server_id(&self) -> Option<Duid<'a>> {
        self.option(Dhcpv6Option::SERVERID).map(Duid)
    }

    /// The addresses in all identity associations.
    pub fn addresses(&self) -> impl Iterator<Item = Address> + use<'a> {
        self.options().flat_map(|option| option.options()).filter_map(|option| option.address())
    }

    /// The prefixes in all identity associations.
    pub fn prefixes(&self) -> impl Iterator<Item = Prefix> + use<'a> {
        self.options().flat_map(|option| option.options()).filter_map(|option| option.prefix())
    }

    /// How it went: what is said of the whole, of identity associations, and of addresses and prefixes in them.
    pub fn statuses(&self) -> impl Iterator<Item = (Dhcpv6StatusCode, Text<'a>)> + use<'a> {
        let all = self.options().flat_map(|option| {
            let inside = option.options().flat_map(|option| core::iter::once(option).chain(option.options()));
            core::iter::once(option).chain(inside)
        });
        all.filter_map(|option| option.status())
    }

    /// The options that are asked for.
    pub fn requested(&self) -> impl Iterator<Item = Dhcpv6Option> + use<'a> {
        let codes = self.option(Dhcpv6Option::ORO).unwrap_or(&[]).as_chunks::<2>().0;
        codes.iter().map(|code| Dhcpv6Option(u16::from_be_bytes(*code)))
    }

    /// The name servers.
    pub fn dns_servers(&self) -> impl Iterator<Item = Ipv6Addr> + use<'a> {
        let servers = self.option(Dhcpv6Option::DNS_SERVERS).unwrap_or(&[]).as_chunks::<16>().0;
        servers.iter().map(|address| Ipv6Addr::from(*address))
    }

    /// The domains that names are looked for in.
    pub fn domains(&self) -> impl Iterator<Item = Name<'a>> + use<'a> {
        let mut left = self.option(Dhcpv6Option::DOMAIN_LIST).unwrap_or(&[]);
        core::iter::from_fn(move || {
            let name = Name::at(left, 0);
            left = left.get(name.encoded()?.len()..)?;
            Some(name)
        })
    }

    /// How many relay agents a relay message has come by before.
    pub fn hop_count(&self) -> Option<u8> {
        is_relay(self.bytes).then(|| relay::HOP_COUNT.read(self.bytes))?
    }

    /// An address on the link of the one that a relay agent heard, or will speak to.
    pub fn link_address(&self) -> Option<Ipv6Addr> {
        is_relay(self.bytes).then(|| relay::LINK_ADDRESS.read(self.bytes))?
    }

    /// Whom a relay agent heard, or will speak to.
    pub fn peer_address(&self) -> Option<Ipv6Addr> {
        is_relay(self.bytes).then(|| relay::PEER_ADDRESS.read(self.bytes))?
    }

    /// The message that a relay message holds, which may be one of a relay agent again.
    pub fn relayed(&self) -> Option<Dhcpv6<&'a [u8]>> {
        let (start, length) = relayed(self.bytes)?;
        Dhcpv6::view(self.bytes.get(start..start.checked_add(length)?)?).ok()
    }
}

impl Builder<Dhcpv6> {
    /// Adds an option; its length is filled in. In a message of a relay agent it stands in front of the message that goes inside.
    #[must_use]
    pub fn option(self, code: Dhcpv6Option, data: &[u8]) -> Self {
        self.option_with(code, data, |inside| inside)
    }

    /// Adds an option that holds others: `front` stands in front of those that `inside` adds.
    ///
    /// ```
    /// use layercake::names::{Dhcpv6MessageType, Dhcpv6Option, Dhcpv6StatusCode};
    /// use layercake::wire::dhcpv6::Dhcpv6;
    ///
    /// let reply = Dhcpv6::new(Dhcpv6MessageType::REPLY, 7)
    ///     .option_with(Dhcpv6Option::IA_TA, &[0, 0, 0, 1], |ia| ia.status(Dhcpv6StatusCode::NO_BINDING, "gone"));
    /// let reply = Dhcpv6::view(reply.bytes()?).unwrap();
    /// assert_eq!(reply.statuses().next().unwrap().0, Dhcpv6StatusCode::NO_BINDING);
    /// # Ok::<(), layercake::field::BuildError>(())
    /// ```
    #[must_use]
    pub fn option_with(self, code: Dhcpv6Option, front: &[u8], inside: impl FnOnce(Self) -> Self) -> Self {
        let open = self.bytes().is_ok_and(|bytes| {
            bytes.ends_with(&OPEN)
                && bytes.len() >= RELAY.saturating_add(HEAD)
                && relayed(bytes).is_some_and(|(start, _)| start == bytes.len())
        });
        let whole = if open { self.shorten(HEAD) } else { self };
        let start = whole.size();
        let whole = inside(whole.append(&code.0.to_be_bytes()).append(&[0; 2]).append(front));
        let length = whole.size().saturating_sub(start).saturating_sub(HEAD);
        let length = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
        let whole = whole.put(start.saturating_add(2), &length);
        if open { whole.append(&OPEN) } else { whole }
    }

    /// Adds a client identifier that is made of an Ethernet address (DUID-LL); [`Builder::option`] adds any other.
    #[must_use]
    pub fn client_id(self, address: Mac) -> Self {
        self.option(Dhcpv6Option::CLIENTID, &duid_of(address))
    }

    /// Adds a server identifier that is made of an Ethernet address (DUID-LL).
    #[must_use]
    pub fn server_id(self, address: Mac) -> Self {
        self.option(Dhcpv6Option::SERVERID, &duid_of(address))
    }

    /// Adds an identity association for addresses, with addresses or none.
    #[must_use]
    pub fn ia_na(self, iaid: u32, t1: u32, t2: u32, addresses: &[Address]) -> Self {
        self.option_with(Dhcpv6Option::IA_NA, &association(iaid, t1, t2), |ia| {
            addresses.iter().fold(ia, |ia, address| ia.address(*address))
        })
    }

    /// Adds an identity association for prefixes, with prefixes or none.
    #[must_use]
    pub fn ia_pd(self, iaid: u32, t1: u32, t2: u32, prefixes: &[Prefix]) -> Self {
        self.option_with(Dhcpv6Option::IA_PD, &association(iaid, t1, t2), |ia| {
            prefixes.iter().fold(ia, |ia, prefix| ia.prefix(*prefix))
        })
    }

    /// Adds an address; it belongs into an identity association.
    #[must_use]
    pub fn address(self, address: Address) -> Self {
        self.option_with(Dhcpv6Option::IAADDR, &address.address.octets(), |option| {
            option.append(&address.preferred.to_be_bytes()).append(&address.valid.to_be_bytes())
        })
    }

    /// Adds a prefix; it belongs into an identity association.
    #[must_use]
    pub fn prefix(self, prefix: Prefix) -> Self {
        self.option_with(Dhcpv6Option::IAPREFIX, &prefix.preferred.to_be_bytes(), |option| {
            option
                .append(&prefix.valid.to_be_bytes())
                .append(&[prefix.length])
                .append(&prefix.prefix.octets())
        })
    }

    /// Adds a status.
    #[must_use]
    pub fn status(self, code: Dhcpv6StatusCode, message: &str) -> Self {
        self.option_with(Dhcpv6Option::STATUS_CODE, &code.0.to_be_bytes(), |option| {
            option.append(message.as_bytes())
        })
    }

    /// Adds a request for options.
    #[must_use]
    pub fn option_request(self, codes: &[Dhcpv6Option]) -> Self {
        self.option_with(Dhcpv6Option::ORO, &[], |option| {
            codes.iter().fold(option, |option, code| option.append(&code.0.to_be_bytes()))
        })
    }

    /// Adds the time since the client began, in hundredths of a second.
    #[must_use]
    pub fn elapsed_time(self, hundredths: u16) -> Self {
        self.option(Dhcpv6Option::ELAPSED_TIME, &hundredths.to_be_bytes())
    }
}

/// The identifier that is made of an Ethernet address (RFC 8415 section 11.4).
fn duid_of(address: Mac) -> [u8; 10] {
    let ([t, y], [h, w]) = (DuidType::LL.0.to_be_bytes(), HardwareType::ETHERNET.0.to_be_bytes());
    let [a, b, c, d, e, f] = address.0;
    [t, y, h, w, a, b, c, d, e, f]
}

fn association(iaid: u32, t1: u32, t2: u32) -> [u8; 12] {
    let bits = (u128::from(iaid) << 64) | (u128::from(t1) << 32) | u128::from(t2);
    let [_, _, _, _, bytes @ ..] = bits.to_be_bytes();
    bytes
}
