//! getsockopt, setsockopt.

use std::time::Duration;

use super::arguments::{Context, field, skip};
use super::socket::{Family, Handle};
use super::{Fault, Posix, Waiting};
use crate::drill::World;
use crate::drill::constants::{self as c, errno};
use crate::drill::script::{Expr, ExprKind};
use crate::drill::value::wrong;
use crate::stack::tcp::{self, Algorithm, State};
use crate::stack::{Errno, InterfaceId, Kind, SocketOption};

/// An option whose value is a number.
struct Row {
    level: i64,
    option: i64,
    name: &'static str,
    takes: Takes,
    /// What it is before it is set.
    start: i64,
    write: Option<Write>,
    read: Option<Read>,
}

/// Does what a value asks for, and gives back the value that is told from then on.
type Write = fn(&mut Handle, &mut World, i64) -> Result<i64, Fault>;

/// Finds the value out.
type Read = fn(&mut Handle, &mut World) -> Result<i64, Fault>;

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

macro_rules! row {
    ($level:ident, $option:ident, $takes:expr, $start:expr) => {
        Row {
            level: c::$level,
            option: c::$option,
            name: stringify!($option),
            takes: $takes,
            start: $start,
            write: None,
            read: None,
        }
    };
    ($level:ident, $option:ident, $takes:expr, $start:expr, write $write:expr) => {
        Row { write: Some($write), ..row!($level, $option, $takes, $start) }
    };
    ($level:ident, $option:ident, $takes:expr, $start:expr, read $read:expr) => {
        Row { read: Some($read), ..row!($level, $option, $takes, $start) }
    };
    ($level:ident, $option:ident, $takes:expr, $start:expr, write $write:expr, read $read:expr) => {
        Row { write: Some($write), read: Some($read), ..row!($level, $option, $takes, $start) }
    };
}

use Takes::{Any, Between, Nothing, Off, Switch};

/// The largest number of an `int`.
const LARGEST: i64 = i32::MAX as i64;

/// All options whose value is a number.
const ROWS: &[Row] = &[
    // Of all sockets.
    row!(SOL_SOCKET, SO_DEBUG, Switch, 0),
    row!(
        SOL_SOCKET,
        SO_REUSEADDR,
        Switch,
        0,
        write | handle,
        world,
        on | {
            let port = handle.value(c::SOL_SOCKET, c::SO_REUSEPORT).unwrap_or(0);
            set(handle, world, SocketOption::ReuseAddress(on | port != 0), on)
        }
    ),
    row!(
        SOL_SOCKET,
        SO_REUSEPORT,
        Switch,
        0,
        write | handle,
        world,
        on | {
            let address = handle.value(c::SOL_SOCKET, c::SO_REUSEADDR).unwrap_or(0);
            set(handle, world, SocketOption::ReuseAddress(on | address != 0), on)
        }
    ),
    row!(
        SOL_SOCKET,
        SO_TYPE,
        Nothing,
        0,
        read | handle,
        _ | { Ok(if handle.kind == Kind::Stream { c::SOCK_STREAM } else { c::SOCK_DGRAM }) }
    ),
    row!(SOL_SOCKET, SO_PROTOCOL, Nothing, 0, read | handle, _ | Ok(handle.protocol)),
    row!(SOL_SOCKET, SO_DOMAIN, Nothing, 0, read | handle, _ | Ok(handle.family.number())),
    row!(
        SOL_SOCKET,
        SO_ACCEPTCONN,
        Nothing,
        0,
        read | handle,
        world | { Ok(i64::from(handle.listens(&world.stack))) }
    ),
    row!(
        SOL_SOCKET,
        SO_ERROR,
        Nothing,
        0,
        read | handle,
        world | {
            let error = world.stack.take_error(handle.id)?;
            Ok(error.and_then(|error| c::value(error.name())).unwrap_or(0))
        }
    ),
    row!(SOL_SOCKET, SO_DONTROUTE, Switch, 0),
    row!(
        SOL_SOCKET,
        SO_BROADCAST,
        Switch,
        0,
        write | handle,
        world,
        on | { set(handle, world, SocketOption::Broadcast(on != 0), on) }
    ),
    row!(SOL_SOCKET, SO_SNDBUF, Any, 0, write | handle, world, bytes | send_buffer(handle, world, bytes, BUFFER_MOST), read send_buffer_now),
    row!(SOL_SOCKET, SO_SNDBUFFORCE, Any, 0, write | handle, world, bytes | send_buffer(handle, world, bytes, FORCED_MOST), read send_buffer_now),
    row!(SOL_SOCKET, SO_RCVBUF, Any, 0, write | handle, world, bytes | receive_buffer(handle, world, bytes, BUFFER_MOST), read receive_buffer_now),
    row!(SOL_SOCKET, SO_RCVBUFFORCE, Any, 0, write | handle, world, bytes | receive_buffer(handle, world, bytes, FORCED_MOST), read receive_buffer_now),
    row!(
        SOL_SOCKET,
        SO_KEEPALIVE,
        Switch,
        0,
        write | handle,
        world,
        on | {
            if handle.kind == Kind::Stream {
                tcp(handle, world, |tcp| tcp.keep_alive = on != 0)?;
            }
            Ok(on)
        }
    ),
    row!(SOL_SOCKET, SO_OOBINLINE, Switch, 0),
    row!(SOL_SOCKET, SO_NO_CHECK, Off, 0),
    row!(SOL_SOCKET, SO_PRIORITY, Any, 0),
    row!(SOL_SOCKET, SO_MARK, Any, 0),
    row!(
        SOL_SOCKET,
        SO_RCVLOWAT,
        Any,
        1,
        write | _,
        _,
        bytes | { Ok(if bytes < 0 { LARGEST } else { bytes.max(1) }) }
    ),
    row!(SOL_SOCKET, SO_SNDLOWAT, Nothing, 1),
    row!(SOL_SOCKET, SO_RXQ_OVFL, Switch, 0),
    row!(SOL_SOCKET, SO_BUSY_POLL, Between(0, LARGEST), 0),
    row!(SOL_SOCKET, SO_INCOMING_CPU, Any, 0),
    row!(SOL_SOCKET, SO_TXREHASH, Between(-1, 1), 1),
    row!(SOL_SOCKET, SO_TIMESTAMP, Off, 0),
    row!(SOL_SOCKET, SO_TIMESTAMPNS, Off, 0),
    row!(SOL_SOCKET, SO_TIMESTAMPING, Off, 0),
    row!(SOL_SOCKET, SO_ZEROCOPY, Off, 0),
    // Of TCP.
    row!(
        SOL_TCP,
        TCP_NODELAY,
        Switch,
        0,
        write | handle,
        world,
        on | {
            tcp(handle, world, |tcp| tcp.nagle = on == 0)?;
            if on != 0 {
                // What is corked goes out too.
                unless_unconnected(world.stack.push(world.now, handle.id))?;
            }
            Ok(on)
        }
    ),
    row!(SOL_TCP, TCP_MAXSEG, Any, 0, write | handle, world, bytes | {
        let most = match u16::try_from(bytes) {
            Ok(0) => None,
            Ok(bytes @ 88..=32_767) => Some(bytes),
            _ => return Err(Fault::Error("EINVAL")),
        };
        tcp(handle, world, |tcp| tcp.maximum_segment = most)?;
        Ok(bytes)
    }, read segment),
    row!(
        SOL_TCP,
        TCP_CORK,
        Switch,
        0,
        write | handle,
        world,
        on | {
            tcp(handle, world, |tcp| tcp.cork = on != 0)?;
            Ok(on)
        }
    ),
    row!(
        SOL_TCP,
        TCP_KEEPIDLE,
        Between(1, 32_767),
        0,
        write | handle,
        world,
        seconds | {
            tcp(handle, world, |tcp| tcp.keep_alive_idle = whole_seconds(seconds))?;
            Ok(seconds)
        },
        read | handle,
        world | config(handle, world, |tcp| tcp.keep_alive_idle.as_secs() as i64)
    ),
    row!(
        SOL_TCP,
        TCP_KEEPINTVL,
        Between(1, 32_767),
        0,
        write | handle,
        world,
        seconds | {
            tcp(handle, world, |tcp| tcp.keep_alive_interval = whole_seconds(seconds))?;
            Ok(seconds)
        },
        read | handle,
        world | config(handle, world, |tcp| tcp.keep_alive_interval.as_secs() as i64)
    ),
    row!(
        SOL_TCP,
        TCP_KEEPCNT,
        Between(1, 127),
        0,
        write | handle,
        world,
        count | {
            tcp(handle, world, |tcp| tcp.keep_alive_probes = count as u32)?;
            Ok(count)
        },
        read | handle,
        world | config(handle, world, |tcp| i64::from(tcp.keep_alive_probes))
    ),
    row!(
        SOL_TCP,
        TCP_SYNCNT,
        Between(1, 127),
        0,
        write | handle,
        world,
        count | {
            tcp(handle, world, |tcp| tcp.syn_retries = count as u32)?;
            Ok(count)
        },
        read | handle,
        world | config(handle, world, |tcp| i64::from(tcp.syn_retries))
    ),
    row!(
        SOL_TCP,
        TCP_LINGER2,
        Any,
        0,
        write | handle,
        world,
        seconds | {
            let usual = world.stack.tcp_default().fin_wait;
            let span = if seconds == 0 { usual } else { whole_seconds(seconds.min(120)) };
            tcp(handle, world, |tcp| tcp.fin_wait = span)?;
            Ok(seconds.min(120))
        },
        read | handle,
        world | config(handle, world, |tcp| tcp.fin_wait.as_secs() as i64)
    ),
    row!(SOL_TCP, TCP_DEFER_ACCEPT, Off, 0),
    row!(SOL_TCP, TCP_WINDOW_CLAMP, Any, 0, write clamp),
    row!(SOL_TCP, TCP_QUICKACK, Any, 1, write quick_ack),
    row!(
        SOL_TCP,
        TCP_USER_TIMEOUT,
        Between(0, LARGEST),
        0,
        write | handle,
        world,
        milliseconds | {
            let span = Duration::from_millis(milliseconds.unsigned_abs());
            tcp(handle, world, |tcp| tcp.user_timeout = Some(span).filter(|span| !span.is_zero()))?;
            Ok(milliseconds)
        }
    ),
    row!(SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS, Off, 0),
    row!(SOL_TCP, TCP_THIN_DUPACK, Between(0, 1), 0),
    row!(SOL_TCP, TCP_FASTOPEN, Off, 0),
    row!(SOL_TCP, TCP_FASTOPEN_CONNECT, Off, 0),
    row!(SOL_TCP, TCP_FASTOPEN_NO_COOKIE, Off, 0),
    row!(SOL_TCP, TCP_NOTSENT_LOWAT, Any, 0),
    row!(SOL_TCP, TCP_SAVE_SYN, Off, 0),
    row!(SOL_TCP, TCP_INQ, Between(0, 1), 0),
    row!(SOL_TCP, TCP_TX_DELAY, Off, 0),
    row!(
        SOL_TCP,
        TCP_RTO_MAX_MS,
        Between(1000, 120_000),
        0,
        write | handle,
        world,
        milliseconds | {
            let span = Duration::from_millis(milliseconds.unsigned_abs());
            tcp(handle, world, |tcp| tcp.rto_max = span)?;
            Ok(milliseconds)
        },
        read | handle,
        world | config(handle, world, |tcp| tcp.rto_max.as_millis() as i64)
    ),
    row!(
        SOL_TCP,
        TCP_RTO_MIN_US,
        Between(1, 200_000),
        0,
        write | handle,
        world,
        microseconds | {
            let span = Duration::from_micros(microseconds.unsigned_abs());
            tcp(handle, world, |tcp| (tcp.rto_min, tcp.rto_variation_floor) = (span, span))?;
            Ok(microseconds)
        },
        read | handle,
        world | config(handle, world, |tcp| tcp.rto_min.as_micros() as i64)
    ),
    row!(
        SOL_TCP,
        TCP_DELACK_MAX_US,
        Between(1, 200_000),
        0,
        write | handle,
        world,
        microseconds | {
            let span = Duration::from_micros(microseconds.unsigned_abs());
            tcp(handle, world, |tcp| tcp.ack_delay = tcp.ack_delay.min(span))?;
            Ok(microseconds)
        },
        read | handle,
        world | config(handle, world, |tcp| tcp.ack_delay.as_micros() as i64)
    ),
    // Of UDP.
    row!(SOL_UDP, UDP_CORK, Off, 0),
    row!(SOL_UDP, UDP_SEGMENT, Off, 0),
    row!(SOL_UDP, UDP_GRO, Off, 0),
    // Of IPv4.
    row!(SOL_IP, IP_TOS, Any, 0, write traffic_class),
    row!(SOL_IP, IP_TTL, Between(-1, 255), 64, write hop_limit),
    row!(SOL_IP, IP_MTU_DISCOVER, Between(0, 5), 1, write path_discovery),
    row!(SOL_IP, IP_MTU, Nothing, 0, read path_mtu),
    row!(SOL_IP, IP_RECVERR, Off, 0),
    row!(SOL_IP, IP_RECVTTL, Switch, 0),
    row!(SOL_IP, IP_RECVTOS, Switch, 0),
    row!(SOL_IP, IP_PKTINFO, Off, 0),
    row!(SOL_IP, IP_FREEBIND, Off, 0),
    row!(SOL_IP, IP_TRANSPARENT, Off, 0),
    row!(SOL_IP, IP_MINTTL, Off, 0),
    row!(SOL_IP, IP_BIND_ADDRESS_NO_PORT, Switch, 0),
    // Of IPv6.
    row!(
        SOL_IPV6,
        IPV6_V6ONLY,
        Switch,
        0,
        write | handle,
        world,
        on | {
            let bound = world.stack.local_address(handle.id)?.is_some();
            if bound { Err(Fault::Error("EINVAL")) } else { Ok(on) }
        }
    ),
    row!(
        SOL_IPV6,
        IPV6_TCLASS,
        Between(-1, 255),
        0,
        write | handle,
        world,
        class | { traffic_class(handle, world, class.max(0)) }
    ),
    row!(SOL_IPV6, IPV6_UNICAST_HOPS, Between(-1, 255), 64, write hop_limit),
    row!(SOL_IPV6, IPV6_MTU_DISCOVER, Between(0, 5), 1, write path_discovery),
    row!(SOL_IPV6, IPV6_MTU, Nothing, 0, read path_mtu),
    row!(SOL_IPV6, IPV6_RECVERR, Off, 0),
    row!(SOL_IPV6, IPV6_RECVHOPLIMIT, Switch, 0),
    row!(SOL_IPV6, IPV6_RECVTCLASS, Switch, 0),
    row!(SOL_IPV6, IPV6_RECVPKTINFO, Off, 0),
    row!(SOL_IPV6, IPV6_FREEBIND, Off, 0),
    row!(SOL_IPV6, IPV6_TRANSPARENT, Off, 0),
    row!(SOL_IPV6, IPV6_AUTOFLOWLABEL, Switch, 1),
    row!(SOL_IPV6, IPV6_FLOWINFO_SEND, Off, 0),
];

/// What `SO_SNDBUF` and `SO_RCVBUF` can ask for (`net.core.wmem_max`, `rmem_max` of Linux 6.18), and what the forced ones can.
const BUFFER_MOST: i64 = 4 << 20;
const FORCED_MOST: i64 = LARGEST / 2;

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
                handle.linger = (on != 0).then(|| whole_seconds(seconds));
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
        let told = match row.write {
            Some(write) => write(handle, context.world, given)?,
            None => given,
        };
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
        if matches!(row.takes, Any) && row.name.ends_with("FORCE") {
            return Err(Fault::Error("ENOPROTOOPT"));
        }
        let actual = match (row.read, handle.value(level, option)) {
            (None, Some(set)) => set,
            (None, None) => row.start,
            (Some(read), _) => read(handle, context.world)?,
        };
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

fn set(handle: &Handle, world: &mut World, option: SocketOption, told: i64) -> Result<i64, Fault> {
    world.stack.set_option(handle.id, option)?;
    Ok(told)
}

fn tcp(handle: &Handle, world: &mut World, change: impl FnOnce(&mut tcp::Config)) -> Result<(), Fault> {
    Ok(world.stack.configure_tcp(world.now, handle.id, change)?)
}

fn config(handle: &Handle, world: &World, read: impl FnOnce(&tcp::Config) -> i64) -> Result<i64, Fault> {
    Ok(read(world.stack.tcp_config(handle.id)?))
}

/// What can be asked of a connection is no error of a socket that has none.
fn unless_unconnected(result: Result<(), Errno>) -> Result<(), Fault> {
    match result {
        Ok(()) | Err(Errno::ENOTCONN) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn whole_seconds(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// Linux doubles what is asked for, since half of it is its own books; a negative number is a large one.
fn doubled(bytes: i64, most: i64, least: i64) -> i64 {
    let bytes = if bytes < 0 { most } else { bytes.min(most) };
    bytes.saturating_mul(2).max(least)
}

fn send_buffer(handle: &mut Handle, world: &mut World, bytes: i64, most: i64) -> Result<i64, Fault> {
    let bytes = doubled(bytes, most, 4608);
    if handle.kind == Kind::Stream {
        set(handle, world, SocketOption::SendBuffer(usize::try_from(bytes).unwrap_or(1)), bytes)?;
    }
    handle.values.insert((c::SOL_SOCKET, c::SO_SNDBUF), bytes);
    Ok(bytes)
}

fn receive_buffer(handle: &mut Handle, world: &mut World, bytes: i64, most: i64) -> Result<i64, Fault> {
    let bytes = doubled(bytes, most, 2304);
    // A stream's window is the half that is not books.
    let room = if handle.kind == Kind::Stream { bytes / 2 } else { bytes };
    handle.values.insert((c::SOL_SOCKET, c::SO_RCVBUF), bytes);
    set(handle, world, SocketOption::ReceiveBuffer(usize::try_from(room).unwrap_or(1)), bytes)
}

fn send_buffer_now(handle: &mut Handle, world: &mut World) -> Result<i64, Fault> {
    match (handle.value(c::SOL_SOCKET, c::SO_SNDBUF), handle.kind) {
        (Some(set), _) => Ok(set),
        (None, Kind::Stream) => config(handle, world, |tcp| tcp.send_buffer as i64),
        (None, _) => Ok(212_992),
    }
}

fn receive_buffer_now(handle: &mut Handle, world: &mut World) -> Result<i64, Fault> {
    match (handle.value(c::SOL_SOCKET, c::SO_RCVBUF), handle.kind) {
        (Some(set), _) => Ok(set),
        (None, Kind::Stream) => config(handle, world, |tcp| (tcp.receive_buffer as i64).saturating_mul(2)),
        (None, _) => Ok(212_992),
    }
}

/// Bytes in a full segment; before there is a connection what was asked for, or what every host takes.
fn segment(handle: &mut Handle, world: &mut World) -> Result<i64, Fault> {
    let asked = handle.value(c::SOL_TCP, c::TCP_MAXSEG).filter(|bytes| *bytes > 0);
    match world.stack.tcp_info(handle.id) {
        Ok(info) if !matches!(info.state, State::Closed | State::SynSent) => Ok(info.segment as i64),
        _ => Ok(asked.unwrap_or(536)),
    }
}

/// `TCP_WINDOW_CLAMP`: the window is no larger.
fn clamp(handle: &mut Handle, world: &mut World, bytes: i64) -> Result<i64, Fault> {
    let open = handle.state(&world.stack).is_some_and(|state| state != State::Closed);
    if bytes <= 0 {
        return if open { Err(Fault::Error("EINVAL")) } else { Ok(0) };
    }
    // Half of the least buffer that there is.
    let bytes = bytes.max(1152);
    let most = usize::try_from(bytes).unwrap_or(usize::MAX);
    tcp(handle, world, |tcp| {
        tcp.receive_buffer = tcp.receive_buffer.min(most);
        tcp.receive_buffer_most = tcp.receive_buffer_most.min(most);
    })?;
    Ok(bytes)
}

fn quick_ack(handle: &mut Handle, world: &mut World, value: i64) -> Result<i64, Fault> {
    let on = value != 0;
    let usual = world.stack.tcp_default().quick_acks;
    if handle.state(&world.stack).is_none() {
        tcp(handle, world, |tcp| tcp.quick_acks = if on { usual } else { 0 })?;
    }
    unless_unconnected(world.stack.quick_acknowledge(world.now, handle.id, on))?;
    Ok(i64::from(on))
}

fn traffic_class(handle: &mut Handle, world: &mut World, class: i64) -> Result<i64, Fault> {
    let stream = handle.kind == Kind::Stream;
    let class = (class & 0xff) & if stream { 0xfc } else { 0xff };
    set(handle, world, SocketOption::TrafficClass(class as u8), class)
}

/// `IP_TTL`, `IPV6_UNICAST_HOPS`; -1 is what is usual.
fn hop_limit(handle: &mut Handle, world: &mut World, limit: i64) -> Result<i64, Fault> {
    let limit = u8::try_from(limit).ok();
    set(handle, world, SocketOption::HopLimit(limit), limit.map_or(64, i64::from))
}

fn path_discovery(handle: &mut Handle, world: &mut World, how: i64) -> Result<i64, Fault> {
    set(handle, world, SocketOption::Fragment(how == c::IP_PMTUDISC_DONT), how)
}

fn path_mtu(handle: &mut Handle, world: &mut World) -> Result<i64, Fault> {
    Ok(i64::from(world.stack.path_mtu(world.now, handle.id)?))
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
        tcp(handle, context.world, |tcp| tcp.congestion = *algorithm)?;
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
fn parts_of<'e>(expr: &'e Expr, names: Names) -> Result<[Option<&'e Expr>; 2], Fault> {
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
    let span = whole_seconds(seconds) + Duration::from_micros(microseconds.unsigned_abs());
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
