//! What a script gives to a call, and what it says of what comes out.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::socket::Family;
use super::{Fault, Ground, Posix};
use crate::drill::script::{Call, Entry, Expr, ExprKind, Span};
use crate::drill::settings::IpVersion;
use crate::drill::value::{self, Scope, what_it_is, wrong};
use crate::drill::{Stop, World, constants};

/// A call, and all that it works on but the descriptors.
pub(super) struct Context<'a> {
    pub world: &'a mut World,
    pub scope: &'a mut Scope,
    pub call: &'a Call,
    /// What came out otherwise than the script says.
    pub differences: Vec<String>,
}

impl<'a> Context<'a> {
    /// An argument, counted from 0, if it is given.
    pub fn given(&self, place: usize) -> Option<&'a Expr> {
        self.call.arguments.get(place)
    }

    /// An argument that has to be there.
    pub fn argument(&self, place: usize) -> Result<&'a Expr, Stop> {
        self.given(place).ok_or_else(|| wrong(&self.call.span, "an argument is missing"))
    }

    /// A number among the arguments; `what` it is to be.
    pub fn number(&self, place: usize, what: &str) -> Result<i64, Stop> {
        self.value(self.argument(place)?, what)
    }

    /// The descriptor that is the first argument.
    pub fn descriptor(&self) -> Result<i64, Stop> {
        self.number(0, "a descriptor")
    }

    /// A number anywhere; `what` it is to be.
    pub fn value(&self, expr: &Expr, what: &str) -> Result<i64, Stop> {
        match &expr.kind {
            ExprKind::Ellipsis
            | ExprKind::Text(_)
            | ExprKind::List(_)
            | ExprKind::Record(_)
            | ExprKind::Captured(_) => {
                let found = what_it_is(&expr.kind);
                Err(wrong(&expr.span, format!("{what} is expected here, not {found}")))
            }
            _ => self.scope.evaluate(expr),
        }
    }

    /// Whether it is `NULL`, or a 0 where something is expected that lies in memory.
    pub fn is_null(&self, expr: &Expr) -> Result<bool, Stop> {
        match &expr.kind {
            ExprKind::Integer(_) | ExprKind::Word(_) | ExprKind::Name(_) => {
                Ok(self.scope.evaluate(expr)? == 0)
            }
            _ => Ok(false),
        }
    }

    /// The number in brackets, `[1]`, that a call is given by its place in memory.
    pub fn pointed(&self, expr: &Expr, what: &str) -> Result<i64, Fault> {
        match &expr.kind {
            ExprKind::List(items) => match items.as_slice() {
                [item] => Ok(self.value(item, what)?),
                _ => Err(wrong(&expr.span, format!("{what} in brackets is expected here, as [1]")).into()),
            },
            _ if self.is_null(expr)? => Err(Fault::Error("EFAULT")),
            _ => Err(wrong(&expr.span, format!("{what} in brackets is expected here, as [1]")).into()),
        }
    }

    /// What came out, beside what the script says of it: nothing, a name that it is to have, or a value.
    pub fn expects(
        &mut self,
        stated: &Expr,
        actual: i64,
        what: &str,
        show: impl Fn(i64) -> String,
    ) -> Result<(), Stop> {
        match &stated.kind {
            ExprKind::Ellipsis => {}
            ExprKind::Captured(name) => self.scope.set(name.clone(), actual),
            _ => {
                let stated = self.value(stated, "a number")?;
                if stated != actual {
                    self.differences.push(format!("{what} is {}, not {}", show(actual), show(stated)));
                }
            }
        }
        Ok(())
    }

    /// The same for a number in brackets.
    pub fn expects_pointed(
        &mut self,
        stated: &Expr,
        actual: i64,
        what: &str,
        show: impl Fn(i64) -> String,
    ) -> Result<(), Fault> {
        match &stated.kind {
            ExprKind::Ellipsis => Ok(()),
            ExprKind::List(items) => match items.as_slice() {
                [] => Ok(()),
                [item] => Ok(self.expects(item, actual, what, show)?),
                _ => Err(wrong(&stated.span, "one number in brackets is expected here, as [1]").into()),
            },
            _ if self.is_null(stated)? => Err(Fault::Error("EFAULT")),
            _ => Err(wrong(&stated.span, "a number in brackets is expected here, as [1]").into()),
        }
    }

    /// The address that came out, beside what the script says of it.
    pub fn expects_address(&mut self, stated: &Expr, actual: SocketAddr, family: Family) -> Result<(), Stop> {
        let ExprKind::Record(entries) = &stated.kind else {
            let free = matches!(stated.kind, ExprKind::Ellipsis) || self.is_null(stated)?;
            return if free { Ok(()) } else { Err(wrong(&stated.span, ADDRESS)) };
        };
        for entry in entries {
            match entry.name.as_deref() {
                _ if matches!(entry.value.kind, ExprKind::Ellipsis) => {}
                Some("sa_family" | "sin_family" | "sin6_family") => {
                    self.expects(&entry.value, family.number(), "the family of the address", |n| {
                        n.to_string()
                    })?;
                }
                Some("sin_port" | "sin6_port") => {
                    let port = i64::from(actual.port());
                    self.expects(&entry.value, port, "the port", |n| n.to_string())?;
                }
                Some("sin_addr" | "sin6_addr") => {
                    let stated = self.ip(&entry.value)?;
                    if stated.to_canonical() != actual.ip().to_canonical() {
                        self.differences.push(format!("the address is {}, not {stated}", actual.ip()));
                    }
                }
                Some("sin6_scope_id" | "sin6_flowinfo") => {}
                _ => return Err(wrong(&entry.value.span, ADDRESS)),
            }
        }
        Ok(())
    }

    /// An IP address: `inet_addr("192.0.2.1")`, `inet_pton(AF_INET6, "fd00::1")`, the text alone, `INADDR_ANY`.
    fn ip(&self, expr: &Expr) -> Result<IpAddr, Stop> {
        match &expr.kind {
            ExprKind::Text(_) => value::address(expr).map_err(Stop::Wrong),
            ExprKind::Function(name, arguments) if name == "inet_addr" || name == "inet_pton" => {
                let text = arguments.last().ok_or_else(|| wrong(&expr.span, "an address is missing"))?;
                value::address(text).map_err(Stop::Wrong)
            }
            ExprKind::Word(word) if word == "in6addr_any" => Ok(Ipv6Addr::UNSPECIFIED.into()),
            ExprKind::Word(word) if word == "in6addr_loopback" => Ok(Ipv6Addr::LOCALHOST.into()),
            _ => {
                let number = self.value(expr, "an address")?;
                value::ipv4(number).map(IpAddr::V4).ok_or_else(|| wrong(&expr.span, "this is no address"))
            }
        }
    }

    /// Bytes with their count: `..., 1000`, `"abc", 3`.
    pub fn part(&self, bytes: &'a Expr, count: &Expr) -> Result<Part<'a>, Fault> {
        let length = self.value(count, "a number of bytes")?;
        let length = usize::try_from(length).map_err(|_| Fault::Error("EINVAL"))?.min(MOST);
        match &bytes.kind {
            ExprKind::Ellipsis => Ok(Part { text: None, length }),
            ExprKind::Text(text) => Ok(Part { text: Some(text), length }),
            _ if self.is_null(bytes)? => match length {
                0 => Ok(Part { text: None, length }),
                _ => Err(Fault::Error("EFAULT")),
            },
            other => {
                let message = format!("bytes are expected here, `...` or a text, not {}", what_it_is(other));
                Err(wrong(&bytes.span, message).into())
            }
        }
    }

    /// Bytes in several pieces, `[{..., 1000}, {"abc", 3}]`, and how many of the pieces count.
    pub fn parts(&self, list: &'a Expr, count: &Expr) -> Result<Bytes<'a>, Fault> {
        let count = match &count.kind {
            ExprKind::Ellipsis => None,
            _ => Some(self.value(count, "a number of pieces")?),
        };
        let ExprKind::List(items) = &list.kind else {
            return if self.is_null(list)? && count != Some(0) {
                Err(Fault::Error("EFAULT"))
            } else if self.is_null(list)? {
                Ok(Bytes::default())
            } else {
                Err(wrong(&list.span, PIECES).into())
            };
        };
        let count = count.unwrap_or(items.len() as i64);
        if !(0..=1024).contains(&count) {
            return Err(Fault::Error("EINVAL"));
        }
        if count > items.len() as i64 {
            let message = format!("{count} pieces are said to be here, and there are {}", items.len());
            return Err(wrong(&list.span, message).into());
        }
        let pieces = items.iter().take(usize::try_from(count).unwrap_or(0));
        let parts = pieces.map(|item| {
            let ExprKind::Record(entries) = &item.kind else { return Err(wrong(&item.span, PIECES).into()) };
            match (field(entries, "iov_base", 0), field(entries, "iov_len", 1)) {
                (Some(bytes), Some(length)) => self.part(&bytes.value, &length.value),
                _ => Err(wrong(&item.span, PIECES).into()),
            }
        });
        Ok(Bytes { parts: parts.collect::<Result<_, Fault>>()? })
    }
}

/// What bytes in pieces look like.
const PIECES: &str = "pieces are expected here, as [{..., 1000}, {\"abc\", 3}]";

/// What an address looks like.
const ADDRESS: &str = "an address is expected here: `...`, or {sa_family=AF_INET, sin_port=htons(8080), \
                       sin_addr=inet_addr(\"192.0.2.1\")}";

/// No call moves more than this at once (`MAX_RW_COUNT` of Linux).
const MOST: usize = 0x7fff_f000;

/// The entry of a record with a name, or without one at its place.
pub(super) fn field<'e>(entries: &'e [Entry], name: &str, place: usize) -> Option<&'e Entry> {
    let named = entries.iter().find(|entry| entry.name.as_deref() == Some(name));
    named.or_else(|| entries.get(place).filter(|entry| entry.name.is_none()))
}

/// A reason why the script cannot be run.
pub(super) fn skip<T>(expr: &Expr, reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Stop(Stop::Skip { span: expr.span.clone(), reason: reason.into() }))
}

/// Bytes of a script: so many, a text or whatever.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub text: Option<&'a [u8]>,
    pub length: usize,
}

/// Bytes of a script, in pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Bytes<'a> {
    pub parts: Vec<Part<'a>>,
}

impl<'a> Bytes<'a> {
    /// Bytes in one piece.
    pub fn of(part: Part<'a>) -> Self {
        Self { parts: vec![part] }
    }

    /// How many they are.
    pub fn length(&self) -> usize {
        self.parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.length)).min(MOST)
    }

    /// Whether the script says what they are.
    pub fn are_said(&self) -> bool {
        self.parts.iter().any(|part| part.text.is_some())
    }

    /// Texts that are to be sent have as many bytes as is said of them.
    pub fn check(&self, span: &Span) -> Result<(), Stop> {
        let short = |part: &&Part<'_>| part.text.is_some_and(|text| text.len() < part.length);
        match self.parts.iter().find(short) {
            None => Ok(()),
            Some(part) => {
                let bytes = part.text.map_or(0, <[u8]>::len);
                Err(wrong(span, format!("the text has {bytes} bytes, not {}", part.length)))
            }
        }
    }

    /// Some of them, to be sent: zeros where nothing is said.
    pub fn slice(&self, from: usize, most: usize) -> Cow<'a, [u8]> {
        let length = self.length().saturating_sub(from).min(most);
        if let [Part { text: Some(text), .. }] = self.parts.as_slice()
            && let Some(slice) = text.get(from..from.saturating_add(length))
        {
            return Cow::Borrowed(slice);
        }
        let mut bytes = vec![0; length];
        let mut start = 0usize;
        for part in &self.parts {
            let end = start.saturating_add(part.length);
            if let Some(text) = part.text {
                let (first, last) = (start.max(from), end.min(from.saturating_add(length)));
                let within = |position: usize, base: usize| position.saturating_sub(base);
                if first < last
                    && let Some(place) = bytes.get_mut(within(first, from)..within(last, from))
                    && let Some(text) = text.get(within(first, start)..)
                {
                    place.iter_mut().zip(text).for_each(|(place, byte)| *place = *byte);
                }
            }
            start = end;
        }
        Cow::Owned(bytes)
    }

    /// How what was read differs from what the script says.
    pub fn difference(&self, got: &[u8]) -> Option<String> {
        let mut start = 0usize;
        for part in &self.parts {
            let got = got.get(start..).unwrap_or(&[]);
            let got = got.get(..part.length).unwrap_or(got);
            if let Some(text) = part.text {
                let length = text.len().min(got.len());
                let (got, said) = (got.get(..length).unwrap_or(&[]), text.get(..length).unwrap_or(&[]));
                if got != said {
                    return Some(format!("the bytes are {}, not {}", quoted(got), quoted(said)));
                }
            }
            start = start.saturating_add(part.length);
        }
        None
    }
}

/// Bytes as a script would write them; not too many.
fn quoted(bytes: &[u8]) -> String {
    let shown = bytes.get(..64).unwrap_or(bytes);
    let rest = if shown.len() < bytes.len() { "..." } else { "" };
    format!("\"{}{rest}\"", shown.escape_ascii())
}

/// An address that a script gives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// Of this family, or of the socket's if none is said.
    At(SocketAddr, Option<Family>),
    /// `AF_UNSPEC`.
    Nowhere,
    /// None at all.
    Null,
}

impl Posix {
    /// The address that an argument says; `...` is what the settings say.
    pub(super) fn place(
        &self,
        context: &Context<'_>,
        expr: &Expr,
        settings: SocketAddr,
    ) -> Result<Place, Fault> {
        let entries = match &expr.kind {
            ExprKind::Ellipsis => return Ok(Place::At(settings, None)),
            ExprKind::Record(entries) => entries,
            _ if context.is_null(expr)? => return Ok(Place::Null),
            _ => return Err(wrong(&expr.span, ADDRESS).into()),
        };
        let (mut family, mut ip, mut port, mut scope) = (None, settings.ip(), settings.port(), 0);
        for entry in entries {
            let free = matches!(entry.value.kind, ExprKind::Ellipsis);
            match entry.name.as_deref() {
                None if free => {}
                Some("sa_family" | "sin_family" | "sin6_family") if free => {}
                Some("sa_family" | "sin_family" | "sin6_family") => {
                    family = Some(context.value(&entry.value, "a family")?);
                }
                Some("sin_port" | "sin6_port") if free => {}
                Some("sin_port" | "sin6_port") => {
                    let number = context.value(&entry.value, "a port")?;
                    port = u16::try_from(number)
                        .map_err(|_| wrong(&entry.value.span, format!("{number} is no port")))?;
                }
                Some("sin_addr" | "sin6_addr") if free => {}
                Some("sin_addr" | "sin6_addr") => ip = context.ip(&entry.value)?,
                Some("sin6_flowinfo") => {}
                Some("sin6_scope_id") => {
                    let number = context.value(&entry.value, "the number of an interface")?;
                    scope = u32::try_from(number)
                        .map_err(|_| wrong(&entry.value.span, "this is the number of no interface"))?;
                }
                _ => return Err(wrong(&entry.value.span, ADDRESS).into()),
            }
        }
        let family = match family {
            None => None,
            Some(constants::AF_UNSPEC) => return Ok(Place::Nowhere),
            Some(constants::AF_INET) => Some(Family::Inet),
            Some(constants::AF_INET6) => Some(Family::Inet6),
            Some(_) => return Err(Fault::Error("EAFNOSUPPORT")),
        };
        let address = match ip {
            IpAddr::V6(ip) if scope != 0 => std::net::SocketAddrV6::new(ip, port, 0, scope).into(),
            _ => SocketAddr::new(ip, port),
        };
        Ok(Place::At(address, family))
    }
}

impl Ground {
    /// An address as the stack has it: IPv4 for what IPv6 sockets carry of it.
    pub fn inward(
        &self,
        socket: Family,
        address: SocketAddr,
        stated: Option<Family>,
    ) -> Result<SocketAddr, Fault> {
        let other = stated.is_some_and(|stated| stated != socket);
        match (socket, address.ip()) {
            (Family::Inet, IpAddr::V4(_)) if !other => Ok(address),
            (Family::Inet, _) => Err(Fault::Error("EAFNOSUPPORT")),
            // It is too short for an address of IPv6.
            (Family::Inet6, IpAddr::V4(_)) if other => Err(Fault::Error("EINVAL")),
            (Family::Inet6, IpAddr::V4(_)) => Ok(address),
            (Family::Inet6, IpAddr::V6(ip)) => Ok(match ip.to_ipv4_mapped() {
                Some(ip) => SocketAddr::new(ip.into(), address.port()),
                None if ip.is_unspecified() && self.version != IpVersion::Ipv6 => {
                    SocketAddr::new(std::net::Ipv4Addr::UNSPECIFIED.into(), address.port())
                }
                None => address,
            }),
        }
    }
}
