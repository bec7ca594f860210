//! What the words of a command say, gathered, and the command that it makes.

use core::net::IpAddr;

use ipnet::IpNet;

use super::table::{ADDRESS, Makes, Object, Takes};
use super::words::{Word, class, mask, number, prefix, shown, whole};
use super::{Command, Link, Neighbour, Route, RouteKind, Version};
use crate::field::Mac;
use crate::mistake::Mistake;

/// Something is not there that has to be.
pub(super) fn missing(text: &str, what: &str, example: &str) -> Mistake {
    Mistake::new(text.len()..text.len(), format!("{what} is missing")).hint(format!("write {example}"))
}

/// An address as it was written.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub address: IpAddr,
    pub length: Option<u8>,
    /// Where, for what is only found out later.
    pub start: usize,
    pub end: usize,
}

/// What was said.
#[derive(Default)]
pub(super) struct Given {
    pub version: Option<Version>,
    pub address: Option<Written>,
    /// `default`: of which version, other words say.
    pub everything: bool,
    pub dev: Option<String>,
    pub via: Option<IpAddr>,
    pub metric: Option<u32>,
    pub mac: Option<Mac>,
    pub mtu: Option<u32>,
    pub mask: Option<u8>,
    pub classful: bool,
    pub kind: RouteKind,
    pub up: Option<bool>,
    pub besides: Option<bool>,
}

impl Given {
    /// Reads the words behind the verb; `place` is what stands in front of them.
    pub fn read(mut self, object: &'static Object, place: &str, words: &[Word<'_>]) -> Result<Self, Mistake> {
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let keyword = object.keywords.iter().find(|(name, _)| *name == word.text);
            let takes =
                keyword.map(|(_, takes)| *takes).or_else(|| self.next_bare(object)).ok_or_else(|| {
                    let names = object.keywords.iter().filter(|(_, takes)| *takes != Takes::Lacking);
                    let what = format!("is not known in `{place}`");
                    word.wrong(&what).like(word.text, names.map(|(name, _)| *name))
                })?;
            let value = if keyword.is_some() && takes.has_value() {
                let value = rest.next().ok_or_else(|| {
                    let what = format!("behind {} something is missing", shown(word.text));
                    Mistake::new(word.span.end..word.span.end, what).hint(format!("write {}", object.example))
                })?;
                // `hw ether ADDRESS` has two.
                match (takes, value.text) {
                    (Takes::Hardware, "ether") => rest.next().ok_or_else(|| {
                        Mistake::new(value.span.end..value.span.end, "an Ethernet address is missing")
                    })?,
                    _ => value,
                }
            } else {
                word
            };
            self.take(takes, word, value)?;
        }
        Ok(self)
    }

    /// What a word without another in front of it is.
    fn next_bare(&self, object: &Object) -> Option<Takes> {
        let there = |takes: &Takes| match takes {
            Takes::Dev => self.dev.is_some(),
            _ => self.address.is_some() || self.everything,
        };
        object.bare.iter().find(|takes| !there(takes)).copied()
    }

    fn take(&mut self, takes: Takes, word: &Word<'_>, value: &Word<'_>) -> Result<(), Mistake> {
        match takes {
            Takes::Destination if matches!(value.text, "default" | "any" | "all") => {
                let twice = self.address.is_some() || core::mem::replace(&mut self.everything, true);
                return once(twice, word);
            }
            Takes::Address | Takes::Destination => {
                let written = self.written(value)?;
                let twice = self.everything || self.address.replace(written).is_some();
                return once(twice, word);
            }
            Takes::Dev => {
                let dev = value.text.to_owned();
                return once(self.dev.replace(dev).is_some(), word);
            }
            Takes::Via => {
                let via = value.text.parse().map_err(|_| not_an_address(value))?;
                self.check_version(via, value)?;
                return once(self.via.replace(via).is_some(), word);
            }
            Takes::Metric => {
                let metric = number(value.text)
                    .ok_or_else(|| value.wrong("is no metric").hint("it is a number from 0"))?;
                return once(self.metric.replace(metric).is_some(), word);
            }
            Takes::Mac | Takes::Hardware => {
                let mac = value
                    .text
                    .parse::<Mac>()
                    .map_err(|bad| value.wrong("is no Ethernet address").hint(bad.to_string()))?;
                if mac.is_group() {
                    return Err(value.wrong("is the address of a group, not of one interface"));
                }
                return once(self.mac.replace(mac).is_some(), word);
            }
            Takes::Mtu => {
                let mtu = number(value.text).filter(|mtu| (68..=65_535).contains(mtu));
                let mtu = mtu.ok_or_else(|| {
                    value.wrong("is no MTU").hint("it is a number of bytes, from 68 to 65535")
                })?;
                return once(self.mtu.replace(mtu).is_some(), word);
            }
            Takes::Mask => {
                let length =
                    mask(value.text).ok_or_else(|| value.wrong("is no mask").hint("write 255.255.255.0"))?;
                return once(self.mask.replace(length).is_some(), word);
            }
            Takes::Kind(kind) => self.kind = kind,
            Takes::Up(up) => self.up = Some(up),
            Takes::Family => {
                self.version = Some(match value.text {
                    "inet" => Version::Ipv4,
                    "inet6" => Version::Ipv6,
                    _ => {
                        return Err(value
                            .wrong("is no family that is known here")
                            .hint("inet and inet6 are"));
                    }
                });
            }
            Takes::Inet(version) => self.version = Some(version),
            Takes::Besides(besides) => self.besides = Some(besides),
            Takes::Classful => self.classful = true,
            Takes::Nothing | Takes::Skipped => {}
            Takes::Lacking => return Err(word.wrong("is not taken here")),
        }
        Ok(())
    }

    fn written(&self, word: &Word<'_>) -> Result<Written, Mistake> {
        let (address, length) = prefix(word.text).ok_or_else(|| not_an_address(word))?;
        self.check_version(address, word)?;
        Ok(Written { address, length, start: word.span.start, end: word.span.end })
    }

    /// Whether `-4` or `-6` allows it.
    fn check_version(&self, address: IpAddr, word: &Word<'_>) -> Result<(), Mistake> {
        match (self.version, address) {
            (Some(Version::Ipv4), IpAddr::V6(_)) => Err(word.wrong("is no IPv4 address")),
            (Some(Version::Ipv6), IpAddr::V4(_)) => Err(word.wrong("is no IPv6 address")),
            _ => Ok(()),
        }
    }

    pub fn make(self, text: &str, object: &'static Object, makes: Makes) -> Result<Command, Mistake> {
        Ok(match makes {
            Makes::AddAddress => {
                Command::AddAddress { address: self.interface_address(text)?, dev: self.dev(text, object)? }
            }
            Makes::RemoveAddress => Command::RemoveAddress {
                address: self.interface_address(text)?,
                dev: self.dev(text, object)?,
            },
            Makes::FlushAddresses => match self.address {
                Some(Written { start, end, .. }) => {
                    return Err(Mistake::new(
                        start..end,
                        "only all addresses of an interface can go at once",
                    ));
                }
                None => Command::FlushAddresses { dev: self.dev(text, object)?, version: self.version },
            },
            Makes::AddRoute => Command::AddRoute(self.route(text, object, true)?),
            Makes::ReplaceRoute => Command::ReplaceRoute(self.route(text, object, true)?),
            Makes::RemoveRoute => Command::RemoveRoute(self.route(text, object, false)?),
            Makes::SetLink => {
                let dev = self.dev(text, object)?;
                let link = Link { dev, address: None, up: self.up, mtu: self.mtu, mac: self.mac };
                if link.up.is_none() && link.mtu.is_none() && link.mac.is_none() {
                    return Err(missing(text, "what it is to be set to", object.example));
                }
                Command::SetLink(link)
            }
            Makes::AddNeighbour => Command::AddNeighbour(self.neighbour(text, object)?),
            Makes::RemoveNeighbour => Command::RemoveNeighbour {
                address: self.one_address(text, object)?,
                dev: self.dev(text, object)?,
            },
            Makes::Nothing | Makes::Lacking => {
                return Err(Mistake::new(0..text.len(), "this is not taken here"));
            }
        })
    }

    pub fn dev(&self, text: &str, object: &Object) -> Result<String, Mistake> {
        self.dev.clone().ok_or_else(|| missing(text, "the interface", object.example))
    }

    fn interface_address(&self, text: &str) -> Result<IpNet, Mistake> {
        let Written { address, length, start, end } =
            self.address.ok_or_else(|| missing(text, "an address", ADDRESS.example))?;
        if address.is_unspecified() || address.is_multicast() {
            return Err(Mistake::new(start..end, format!("{address} is no address of one interface")));
        }
        net(address, length.unwrap_or_else(|| whole(address)), start..end)
    }

    /// An address alone.
    fn one_address(&self, text: &str, object: &Object) -> Result<IpAddr, Mistake> {
        let written = self.address.ok_or_else(|| missing(text, "an address", object.example))?;
        match written.length {
            None => Ok(written.address),
            Some(_) => {
                Err(Mistake::new(written.start..written.end, "this is a network, and one address is wanted"))
            }
        }
    }

    pub fn neighbour(&self, text: &str, object: &Object) -> Result<Neighbour, Mistake> {
        Ok(Neighbour {
            address: self.one_address(text, object)?,
            mac: self.mac.ok_or_else(|| missing(text, "the Ethernet address (lladdr)", object.example))?,
            dev: self.dev(text, object)?,
        })
    }

    /// An address as the older commands have it: with a mask, or of the length that its class has.
    pub fn old_network(&self, written: Written) -> Result<IpNet, Mistake> {
        let Written { address, length, start, end } = written;
        let length = length.or(self.mask).unwrap_or_else(|| match address {
            IpAddr::V4(address) => class(address),
            IpAddr::V6(_) => whole(address),
        });
        net(address, length, start..end)
    }

    pub fn route(&self, text: &str, object: &Object, whither: bool) -> Result<Route, Mistake> {
        let network = match self.address {
            None if self.everything => {
                let ipv6 = self.version == Some(Version::Ipv6) || self.via.is_some_and(|via| via.is_ipv6());
                if ipv6 { IpNet::V6(ipnet::Ipv6Net::default()) } else { IpNet::V4(ipnet::Ipv4Net::default()) }
            }
            None => return Err(missing(text, "the destination", object.example)),
            Some(written) => {
                let span = written.start..written.end;
                let network = if self.classful || self.mask.is_some() {
                    self.old_network(written)?
                } else {
                    net(
                        written.address,
                        written.length.unwrap_or_else(|| whole(written.address)),
                        span.clone(),
                    )?
                };
                if network.trunc() != network {
                    let message = format!("{network} has bits behind its prefix that are not zero");
                    return Err(Mistake::new(span, message).hint(format!("write {}", network.trunc())));
                }
                network
            }
        };
        let route =
            Route { kind: self.kind, network, via: self.via, dev: self.dev.clone(), metric: self.metric };
        match (route.kind, &route.via, &route.dev) {
            (_, Some(via), _) if via.is_ipv4() != matches!(network, IpNet::V4(_)) => {
                let message = format!("{network} and {via} are not of the same version of IP");
                Err(Mistake::new(0..text.len(), message))
            }
            (RouteKind::Unicast, None, None) if whither => {
                Err(missing(text, "where to (via or dev)", object.example))
            }
            (RouteKind::Unicast, ..) | (_, None, None) => Ok(route),
            _ => Err(Mistake::new(0..text.len(), "what is dropped is not sent anywhere")
                .hint("leave out via and dev")),
        }
    }
}

fn once(twice: bool, word: &Word<'_>) -> Result<(), Mistake> {
    if twice { Err(word.wrong("says what was said before")) } else { Ok(()) }
}

fn not_an_address(word: &Word<'_>) -> Mistake {
    let mistake = word.wrong("is no address");
    match word.text.parse::<ipnet::Ipv4Net>() {
        Ok(_) => mistake,
        Err(_) => mistake.hint("write 10.0.0.1/24 or 2001:db8::1/64"),
    }
}

fn net(address: IpAddr, length: u8, span: core::ops::Range<usize>) -> Result<IpNet, Mistake> {
    let most = whole(address);
    IpNet::new(address, length).map_err(|_| Mistake::new(span, format!("a prefix is at most {most} long")))
}
