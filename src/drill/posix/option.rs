//! getsockopt, setsockopt.

mod number;

use std::time::Duration;

use super::arguments::{Context, field, skip};
use super::socket::{Family, Handle};
use super::{Fault, Posix, Waiting};
use crate::drill::constants::{self as c, errno};
use crate::drill::script::{Expr, ExprKind};
use crate::drill::value::wrong;
use crate::stack::tcp::Algorithm;
use crate::stack::{InterfaceId, Kind, SocketOption};

/// An option whose value is a number.
struct Row {
    level: i64,
    option: i64,
    name: &'static str,
    takes: Takes,
    /// What it is before it is set, unless the socket says it.
    start: i64,
}

/// Which values an option takes.
#[derive(Clone, Copy)]
enum Takes {
    /// Any number is one of two: 0, or not.
    Switch,
    /// From one to another.
    Between(i64, i64),
    /// Any.
    Any,
    /// 0: what else it stands for is not here.
    Off,
    /// It cannot be set.
    Nothing,
}

use Takes::{Any, Between, Nothing, Off, Switch};

macro_rules! rows {
    ($($level:ident { $($option:ident $takes:expr, $start:literal;)* })*) => {
        &[$($(
            Row {
                level: c::$level,
                option: c::$option,
                name: stringify!($option),
                takes: $takes,
                start: $start,
            },
        )*)*]
    };
}

/// The largest number of an `int`.
const LARGEST: i64 = i32::MAX as i64;

/// All options whose value is a number: what they take, and what they are before they are set. What they do stands in `number`.
const ROWS: &[Row] = rows! {
    SOL_SOCKET {
        SO_ACCEPTCONN Nothing, 0;
        SO_BROADCAST Switch, 0;
        SO_BUSY_POLL Between(0, LARGEST), 0;
        SO_DEBUG Switch, 0;
        SO_DOMAIN Nothing, 0;
        SO_DONTROUTE Switch, 0;
        SO_ERROR Nothing, 0;
        SO_INCOMING_CPU Any, 0;
        SO_KEEPALIVE Switch, 0;
        SO_MARK Any, 0;
        SO_NO_CHECK Off, 0;
        SO_OOBINLINE Switch, 0;
        SO_PRIORITY Any, 0;
        SO_PROTOCOL Nothing, 0;
        SO_RCVBUF Any, 0;
        SO_RCVBUFFORCE Any, 0;
        SO_RCVLOWAT Any, 1;
        SO_REUSEADDR Switch, 0;
        SO_REUSEPORT Switch, 0;
        SO_RXQ_OVFL Switch, 0;
        SO_SNDBUF Any, 0;
        SO_SNDBUFFORCE Any, 0;
        SO_SNDLOWAT Nothing, 1;
        SO_TIMESTAMP Off, 0;
        SO_TIMESTAMPING Off, 0;
        SO_TIMESTAMPNS Off, 0;
        SO_TXREHASH Between(-1, 1), 1;
        SO_TYPE Nothing, 0;
        SO_ZEROCOPY Off, 0;
    }
    SOL_TCP {
        TCP_CORK Switch, 0;
        TCP_DEFER_ACCEPT Off, 0;
        TCP_DELACK_MAX_US Between(1, 200_000), 0;
        TCP_FASTOPEN Off, 0;
        TCP_FASTOPEN_CONNECT Off, 0;
        TCP_FASTOPEN_NO_COOKIE Off, 0;
        TCP_INQ Between(0, 1), 0;
        TCP_KEEPCNT Between(1, 127), 0;
        TCP_KEEPIDLE Between(1, 32_767), 0;
        TCP_KEEPINTVL Between(1, 32_767), 0;
        TCP_LINGER2 Any, 0;
        TCP_MAXSEG Any, 0;
        TCP_NODELAY Switch, 0;
        TCP_NOTSENT_LOWAT Any, 0;
        TCP_QUICKACK Any, 1;
        TCP_RTO_MAX_MS Between(1000, 120_000), 0;
        TCP_RTO_MIN_US Between(1, 200_000), 0;
        TCP_SAVE_SYN Off, 0;
        TCP_SYNCNT Between(1, 127), 0;
        TCP_THIN_DUPACK Between(0, 1), 0;
        TCP_THIN_LINEAR_TIMEOUTS Off, 0;
        TCP_TX_DELAY Off, 0;
        TCP_USER_TIMEOUT Between(0, LARGEST), 0;
        TCP_WINDOW_CLAMP Any, 0;
    }
    SOL_UDP {
        UDP_CORK Off, 0;
        UDP_GRO Off, 0;
        UDP_SEGMENT Off, 0;
    }
    SOL_IP {
        IP_BIND_ADDRESS_NO_PORT Switch, 0;
        IP_FREEBIND Off, 0;
        IP_MINTTL Off, 0;
        IP_MTU Nothing, 0;
        IP_MTU_DISCOVER Between(0, 5), 1;
        IP_PKTINFO Off, 0;
        IP_RECVERR Off, 0;
        IP_RECVTOS Switch, 0;
        IP_RECVTTL Switch, 0;
        IP_TOS Any, 0;
        IP_TRANSPARENT Off, 0;
        IP_TTL Between(-1, 255), 64;
    }
    SOL_IPV6 {
        IPV6_AUTOFLOWLABEL Switch, 1;
        IPV6_FLOWINFO_SEND Off, 0;
        IPV6_FREEBIND Off, 0;
        IPV6_MTU Nothing, 0;
        IPV6_MTU_DISCOVER Between(0, 5), 1;
        IPV6_RECVERR Off, 0;
        IPV6_RECVHOPLIMIT Switch, 0;
        IPV6_RECVPKTINFO Off, 0;
        IPV6_RECVTCLASS Switch, 0;
        IPV6_TCLASS Between(-1, 255), 0;
        IPV6_TRANSPARENT Off, 0;
        IPV6_UNICAST_HOPS Between(-1, 255), 64;
        IPV6_V6ONLY Switch, 0;
    }
};

impl Posix {
    pub(super) fn setsockopt(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let (level, option) = (context.number(1, "a level")?, context.number(2, "an option")?);
        let (value, length) = (context.argument(3)?, context.number(4, "a length")?);
        let permitted = |capabilities: &[i64]| !capabilities.iter().all(|one| self.dropped.contains(one));
        let admin = permitted(&[c::CAP_NET_ADMIN]);
        let admin_or_raw = permitted(&[c::CAP_NET_ADMIN, c::CAP_NET_RAW]);
        let (handle, _) = self.handle(number)?;
        check_level(handle, level)?;
        let enough = |bytes: i64| if length < bytes { Err(Fault::Error("EINVAL")) } else { Ok(()) };
        match (level, option) {
            (c::SOL_SOCKET, c::SO_LINGER) => {
                enough(8)?;
                let [on, seconds] = two(context, value, [("onoff", "l_onoff"), ("linger", "l_linger")])?;
                handle.linger = (on != 0).then(|| number::seconds(seconds));
                return Ok(0);
            }
            (c::SOL_SOCKET, c::SO_RCVTIMEO | c::SO_RCVTIMEO_NEW) => {
                enough(16)?;
                handle.patience.0 = patience(context, value)?;
                return Ok(0);
            }
            (c::SOL_SOCKET, c::SO_SNDTIMEO | c::SO_SNDTIMEO_NEW) => {
                enough(16)?;
                handle.patience.1 = patience(context, value)?;
                return Ok(0);
            }
            (c::SOL_SOCKET, c::SO_BINDTODEVICE) => return bind_to_device(context, handle, value),
            (c::SOL_TCP, c::TCP_CONGESTION) => return choose_congestion(context, handle, value),
            _ => {}
        }
        let Some(row) = find(level, option) else { return not_here(context) };
        if matches!(row.takes, Nothing) {
            return Err(Fault::Error("ENOPROTOOPT"));
        }
        let given = context.pointed(value, "a value")?;
        enough(4)?;
        let given = match row.takes {
            Switch => i64::from(given != 0),
            Between(least, most) if !(least..=most).contains(&given) => return Err(Fault::Error("EINVAL")),
            Off if given != 0 => return skip(context.argument(2)?, format!("{} is not supported", row.name)),
            _ => given,
        };
        let may = match (level, option) {
            (c::SOL_SOCKET, c::SO_SNDBUFFORCE | c::SO_RCVBUFFORCE) => admin,
            (c::SOL_SOCKET, c::SO_MARK) => admin_or_raw,
            (c::SOL_SOCKET, c::SO_PRIORITY) => admin_or_raw || (0..=6).contains(&given),
            _ => true,
        };
        if !may {
            return Err(Fault::Error("EPERM"));
        }
        if row.name == "TCP_LINGER2" && given < 0 {
            return skip(value, "a connection that is over at FIN-WAIT-2 is not supported");
        }
        let usual = matches!(given, c::IP_PMTUDISC_WANT | c::IP_PMTUDISC_DO);
        if row.name.ends_with("MTU_DISCOVER") && handle.kind == Kind::Stream && !usual {
            return skip(value, "a stream always finds the MTU of its path out");
        }
        let told = number::write(handle, context.world, (level, option), given)?;
        handle.values.insert((level, option), told);
        Ok(0)
    }

    pub(super) fn getsockopt(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let (level, option) = (context.number(1, "a level")?, context.number(2, "an option")?);
        let stated = context.argument(3)?;
        let (handle, _) = self.handle(number)?;
        check_level(handle, level)?;
        match (level, option) {
            (c::SOL_SOCKET, c::SO_LINGER) => {
                let on = i64::from(handle.linger.is_some());
                let seconds = handle.linger.map_or(0, |span| span.as_secs() as i64);
                let names = [("onoff", "l_onoff"), ("linger", "l_linger")];
                return compare_two(context, stated, names, [on, seconds]);
            }
            (c::SOL_SOCKET, c::SO_RCVTIMEO | c::SO_RCVTIMEO_NEW) => {
                return compare_patience(context, stated, handle.patience.0);
            }
            (c::SOL_SOCKET, c::SO_SNDTIMEO | c::SO_SNDTIMEO_NEW) => {
                return compare_patience(context, stated, handle.patience.1);
            }
            (c::SOL_SOCKET, c::SO_BINDTODEVICE) => {
                return compare_text(context, stated, "SO_BINDTODEVICE", &handle.device);
            }
            (c::SOL_TCP, c::TCP_CONGESTION) => {
                let congestion = context.world.stack.tcp_config(handle.id)?.congestion;
                let known = ALGORITHMS.iter().find(|(_, algorithm)| *algorithm == congestion);
                let name = known.map_or("", |(name, _)| name);
                return compare_text(context, stated, "TCP_CONGESTION", name.as_bytes());
            }
            // What it says is asked for by code.
            (c::SOL_TCP, c::TCP_INFO) => return Ok(0),
            _ => {}
        }
        let Some(row) = find(level, option) else { return not_here(context) };
        if row.name.ends_with("FORCE") {
            return Err(Fault::Error("ENOPROTOOPT"));
        }
        let found = number::read(handle, context.world, (level, option))?;
        let actual = found.or(handle.value(level, option)).unwrap_or(row.start);
        let show =
            |number: i64| match errno(number).filter(|_| option == c::SO_ERROR && level == c::SOL_SOCKET) {
                Some(name) => format!("{number} ({name})"),
                None => number.to_string(),
            };
        context.expects_pointed(stated, actual, row.name, show)?;
        Ok(0)
    }
}

fn find(level: i64, option: i64) -> Option<&'static Row> {
    ROWS.iter().find(|row| (row.level, row.option) == (level, option))
}

/// An option that is not in the table: one that is named is not supported; a number that stands for nothing is refused, as Linux does.
fn not_here(context: &Context<'_>) -> Result<i64, Fault> {
    let option = context.argument(2)?;
    match &option.kind {
        ExprKind::Word(name) => skip(option, format!("{name} is not supported")),
        _ => Err(Fault::Error("ENOPROTOOPT")),
    }
}

/// Whether a socket has options of a level.
fn check_level(handle: &Handle, level: i64) -> Result<(), Fault> {
    let has = match level {
        c::SOL_SOCKET | c::SOL_IP => true,
        c::SOL_TCP => handle.kind == Kind::Stream,
        c::SOL_UDP => handle.kind == Kind::Datagram,
        c::SOL_IPV6 => handle.family == Family::Inet6,
        _ => false,
    };
    if has { Ok(()) } else { Err(Fault::Error("ENOPROTOOPT")) }
}

/// Algorithms of congestion control that there are, and those that Linux has besides.
const ALGORITHMS: &[(&str, Algorithm)] = &[("reno", Algorithm::Reno), ("cubic", Algorithm::Cubic)];
const OTHERS: &[&str] = &[
    "bbr",
    "bic",
    "cdg",
    "dctcp",
    "highspeed",
    "htcp",
    "hybla",
    "illinois",
    "lp",
    "nv",
    "prague",
    "scalable",
    "vegas",
    "veno",
    "westwood",
    "yeah",
];

fn choose_congestion(context: &mut Context<'_>, handle: &Handle, value: &Expr) -> Result<i64, Fault> {
    let name = text(value, "the name of an algorithm in quotes, as \"reno\"")?;
    let name = std::str::from_utf8(name).unwrap_or_default().trim_end_matches('\0');
    if let Some((_, algorithm)) = ALGORITHMS.iter().find(|(known, _)| *known == name) {
        number::configure(handle, context.world, |tcp| tcp.congestion = *algorithm)?;
        return Ok(0);
    }
    match OTHERS.contains(&name) {
        true => skip(value, format!("of congestion control there are reno and cubic, not {name}")),
        false => Err(Fault::Error("ENOENT")),
    }
}

fn bind_to_device(context: &mut Context<'_>, handle: &mut Handle, value: &Expr) -> Result<i64, Fault> {
    let name = text(value, "the name of an interface in quotes, as \"tun0\"")?;
    let stack = &mut context.world.stack;
    let place = stack.interfaces().iter().position(|interface| interface.name.as_bytes() == name);
    let interface = match place.and_then(|place| u16::try_from(place).ok()) {
        Some(place) => Some(InterfaceId(place)),
        None if name.is_empty() => None,
        None => return Err(Fault::Error("ENODEV")),
    };
    stack.set_option(handle.id, SocketOption::Interface(interface))?;
    handle.device = name.to_vec();
    Ok(0)
}

fn text<'e>(expr: &'e Expr, what: &str) -> Result<&'e [u8], Fault> {
    match &expr.kind {
        ExprKind::Text(text) => Ok(text),
        _ => Err(wrong(&expr.span, format!("{what} is expected here")).into()),
    }
}

/// The names of what a structure of two numbers has: in scripts, and in C.
type Names = [(&'static str, &'static str); 2];

/// A structure of two numbers: `{onoff=1, linger=0}`.
fn parts_of(expr: &Expr, names: Names) -> Result<[Option<&Expr>; 2], Fault> {
    let [first, second] = names;
    let ExprKind::Record(entries) = &expr.kind else {
        let message = format!("something as {{{}=1, {}=0}} is expected here", first.0, second.0);
        return Err(wrong(&expr.span, message).into());
    };
    Ok([(first, 0), (second, 1)].map(|((name, in_c), place)| {
        let entry = field(entries, name, place).or_else(|| field(entries, in_c, usize::MAX));
        entry.map(|entry| &entry.value)
    }))
}

fn two(context: &Context<'_>, expr: &Expr, names: Names) -> Result<[i64; 2], Fault> {
    if context.is_null(expr)? {
        return Err(Fault::Error("EFAULT"));
    }
    let mut values = [0; 2];
    for (place, part) in values.iter_mut().zip(parts_of(expr, names)?) {
        let part = part.ok_or_else(|| wrong(&expr.span, "a number is missing here"))?;
        *place = context.value(part, "a number")?;
    }
    Ok(values)
}

fn compare_two(
    context: &mut Context<'_>,
    stated: &Expr,
    names: Names,
    actual: [i64; 2],
) -> Result<i64, Fault> {
    if matches!(stated.kind, ExprKind::Ellipsis) {
        return Ok(0);
    }
    for ((part, actual), (name, _)) in parts_of(stated, names)?.into_iter().zip(actual).zip(names) {
        if let Some(part) = part {
            context.expects(part, actual, &format!("`{name}`"), |number| number.to_string())?;
        }
    }
    Ok(0)
}

/// The names of a `timeval`.
const TIME: Names = [("tv_sec", "sec"), ("tv_usec", "usec")];

/// How long a call waits: `None` for ever.
fn patience(context: &Context<'_>, expr: &Expr) -> Result<Option<Duration>, Fault> {
    let [seconds, microseconds] = two(context, expr, TIME)?;
    if !(0..1_000_000).contains(&microseconds) {
        return Err(Fault::Error("EDOM"));
    }
    // What is over before it begins does not wait for ever, as Linux has it.
    let span = number::seconds(seconds) + Duration::from_micros(microseconds.unsigned_abs());
    Ok(Some(span).filter(|span| !span.is_zero() || seconds < 0))
}

fn compare_patience(
    context: &mut Context<'_>,
    stated: &Expr,
    actual: Option<Duration>,
) -> Result<i64, Fault> {
    let span = actual.unwrap_or(Duration::ZERO);
    compare_two(context, stated, TIME, [span.as_secs() as i64, i64::from(span.subsec_micros())])
}

fn compare_text(context: &mut Context<'_>, stated: &Expr, name: &str, actual: &[u8]) -> Result<i64, Fault> {
    if !matches!(stated.kind, ExprKind::Ellipsis) {
        let said = text(stated, "a text in quotes")?;
        let said = said.strip_suffix(&[0]).unwrap_or(said);
        if said != actual {
            let message = format!("{name} is \"{}\", not \"{}\"", actual.escape_ascii(), said.escape_ascii());
            context.differences.push(message);
        }
    }
    Ok(0)
}
