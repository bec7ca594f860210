//! What options do whose value is a number, and where their values come from.

use std::time::Duration;

use crate::drill::World;
use crate::drill::constants as c;
use crate::drill::posix::Fault;
use crate::drill::posix::socket::Handle;
use crate::stack::tcp::{self, State};
use crate::stack::{Errno, Kind, SocketOption};

use super::LARGEST;

/// What `SO_SNDBUF` and `SO_RCVBUF` can ask for (`net.core.wmem_max`, `rmem_max` of Linux 6.18), and what the forced ones can: there is no
/// more memory here.
const BUFFER_MOST: i64 = 4 << 20;
const FORCED_MOST: i64 = 64 << 20;

/// The least buffers of Linux, to send and to receive.
const SEND_LEAST: i64 = 4608;
const RECEIVE_LEAST: i64 = 2304;

/// Does what a value asks for; gives back the value that is told from then on.
pub(super) fn write(
    handle: &mut Handle,
    world: &mut World,
    (level, option): (i64, i64),
    value: i64,
) -> Result<i64, Fault> {
    match level {
        c::SOL_SOCKET => write_socket(handle, world, option, value),
        c::SOL_TCP => write_tcp(handle, world, option, value),
        c::SOL_IP => match option {
            c::IP_TOS => traffic_class(handle, world, value),
            c::IP_TTL => hop_limit(handle, world, value),
            c::IP_MTU_DISCOVER => path_discovery(handle, world, value),
            _ => Ok(value),
        },
        c::SOL_IPV6 => match option {
            c::IPV6_TCLASS => traffic_class(handle, world, value.max(0)),
            c::IPV6_UNICAST_HOPS => hop_limit(handle, world, value),
            c::IPV6_MTU_DISCOVER => path_discovery(handle, world, value),
            c::IPV6_V6ONLY if world.stack.local_address(handle.id)?.is_some() => Err(Fault::Error("EINVAL")),
            _ => Ok(value),
        },
        _ => Ok(value),
    }
}

fn write_socket(handle: &mut Handle, world: &mut World, option: i64, value: i64) -> Result<i64, Fault> {
    let on = value != 0;
    let other = |handle: &Handle, option| handle.value(c::SOL_SOCKET, option).is_some_and(|on| on != 0);
    match option {
        c::SO_REUSEADDR => {
            let reuse = on || other(handle, c::SO_REUSEPORT);
            world.stack.set_option(handle.id, SocketOption::ReuseAddress(reuse))?;
        }
        c::SO_REUSEPORT => {
            let reuse = on || other(handle, c::SO_REUSEADDR);
            world.stack.set_option(handle.id, SocketOption::ReuseAddress(reuse))?;
        }
        c::SO_BROADCAST => world.stack.set_option(handle.id, SocketOption::Broadcast(on))?,
        c::SO_KEEPALIVE if handle.kind == Kind::Stream => {
            configure(handle, world, |tcp| tcp.keep_alive = on)?;
        }
        c::SO_RCVLOWAT => return Ok(if value < 0 { LARGEST } else { value.max(1) }),
        c::SO_SNDBUF => return send_buffer(handle, world, doubled(value, BUFFER_MOST, SEND_LEAST)),
        c::SO_SNDBUFFORCE => return send_buffer(handle, world, doubled(value, FORCED_MOST, SEND_LEAST)),
        c::SO_RCVBUF => return receive_buffer(handle, world, doubled(value, BUFFER_MOST, RECEIVE_LEAST)),
        c::SO_RCVBUFFORCE => {
            return receive_buffer(handle, world, doubled(value, FORCED_MOST, RECEIVE_LEAST));
        }
        _ => {}
    }
    Ok(value)
}

fn write_tcp(handle: &mut Handle, world: &mut World, option: i64, value: i64) -> Result<i64, Fault> {
    let on = value != 0;
    let count = u32::try_from(value).unwrap_or(0);
    let milliseconds = Duration::from_millis(u64::from(count));
    let microseconds = Duration::from_micros(u64::from(count));
    match option {
        c::TCP_NODELAY => {
            configure(handle, world, |tcp| tcp.nagle = !on)?;
            if on {
                // What is corked goes out too.
                unless_unconnected(world.stack.push(world.now, handle.id))?;
            }
        }
        c::TCP_CORK => configure(handle, world, |tcp| tcp.cork = on)?,
        c::TCP_MAXSEG => {
            let most = match u16::try_from(value) {
                Ok(0) => None,
                Ok(bytes @ 88..=32_767) => Some(bytes),
                _ => return Err(Fault::Error("EINVAL")),
            };
            configure(handle, world, |tcp| tcp.maximum_segment = most)?;
        }
        c::TCP_KEEPIDLE => configure(handle, world, |tcp| tcp.keep_alive_idle = seconds(value))?,
        c::TCP_KEEPINTVL => configure(handle, world, |tcp| tcp.keep_alive_interval = seconds(value))?,
        c::TCP_KEEPCNT => configure(handle, world, |tcp| tcp.keep_alive_probes = count)?,
        c::TCP_SYNCNT => configure(handle, world, |tcp| tcp.syn_retries = count)?,
        c::TCP_LINGER2 => {
            let usual = world.stack.tcp_default().fin_wait;
            let span = if on { seconds(value.min(120)) } else { usual };
            configure(handle, world, |tcp| tcp.fin_wait = span)?;
        }
        c::TCP_USER_TIMEOUT => {
            configure(handle, world, |tcp| tcp.user_timeout = on.then_some(milliseconds))?;
        }
        c::TCP_RTO_MAX_MS => configure(handle, world, |tcp| tcp.rto_max = milliseconds)?,
        c::TCP_RTO_MIN_US => configure(handle, world, |tcp| {
            (tcp.rto_min, tcp.rto_variation_floor) = (microseconds, microseconds);
        })?,
        c::TCP_DELACK_MAX_US => {
            configure(handle, world, |tcp| tcp.ack_delay = tcp.ack_delay.min(microseconds))?;
        }
        c::TCP_QUICKACK => return quick_acknowledge(handle, world, on),
        c::TCP_WINDOW_CLAMP => return clamp_window(handle, world, value),
        _ => {}
    }
    Ok(value)
}

/// The value of an option, where the socket itself says it.
pub(super) fn read(
    handle: &Handle,
    world: &mut World,
    (level, option): (i64, i64),
) -> Result<Option<i64>, Fault> {
    let stack = &mut world.stack;
    let of_tcp = |read: fn(&tcp::Config) -> i64| stack.tcp_config(handle.id).map(read);
    Ok(Some(match (level, option) {
        (c::SOL_SOCKET, c::SO_ACCEPTCONN) => i64::from(handle.listens(stack)),
        (c::SOL_SOCKET, c::SO_DOMAIN) => handle.family.number(),
        (c::SOL_SOCKET, c::SO_ERROR) => {
            let error = stack.take_error(handle.id)?;
            error.and_then(|error| c::value(error.name())).unwrap_or(0)
        }
        (c::SOL_SOCKET, c::SO_PROTOCOL) => handle.protocol,
        (c::SOL_SOCKET, c::SO_TYPE) => match handle.kind {
            Kind::Stream => c::SOCK_STREAM,
            _ => c::SOCK_DGRAM,
        },
        (c::SOL_SOCKET, c::SO_SNDBUF | c::SO_RCVBUF) => return buffer(handle, world, option).map(Some),
        (c::SOL_TCP, c::TCP_KEEPIDLE) => of_tcp(|tcp| tcp.keep_alive_idle.as_secs() as i64)?,
        (c::SOL_TCP, c::TCP_KEEPINTVL) => of_tcp(|tcp| tcp.keep_alive_interval.as_secs() as i64)?,
        (c::SOL_TCP, c::TCP_KEEPCNT) => of_tcp(|tcp| i64::from(tcp.keep_alive_probes))?,
        (c::SOL_TCP, c::TCP_SYNCNT) => of_tcp(|tcp| i64::from(tcp.syn_retries))?,
        (c::SOL_TCP, c::TCP_LINGER2) => of_tcp(|tcp| tcp.fin_wait.as_secs() as i64)?,
        (c::SOL_TCP, c::TCP_RTO_MAX_MS) => of_tcp(|tcp| tcp.rto_max.as_millis() as i64)?,
        (c::SOL_TCP, c::TCP_RTO_MIN_US) => of_tcp(|tcp| tcp.rto_min.as_micros() as i64)?,
        (c::SOL_TCP, c::TCP_DELACK_MAX_US) => of_tcp(|tcp| tcp.ack_delay.as_micros() as i64)?,
        (c::SOL_TCP, c::TCP_MAXSEG) => segment(handle, world),
        (c::SOL_IP, c::IP_MTU) | (c::SOL_IPV6, c::IPV6_MTU) => {
            i64::from(stack.path_mtu(world.now, handle.id)?)
        }
        _ => return Ok(None),
    }))
}

/// Changes the settings of TCP.
pub(super) fn configure(
    handle: &Handle,
    world: &mut World,
    change: impl FnOnce(&mut tcp::Config),
) -> Result<(), Fault> {
    Ok(world.stack.configure_tcp(world.now, handle.id, change)?)
}

/// What can be asked of a connection is no error of a socket that has none.
fn unless_unconnected(result: Result<(), Errno>) -> Result<(), Fault> {
    match result {
        Ok(()) | Err(Errno::ENOTCONN) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// So many seconds; none for a negative number.
pub(super) fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// Linux doubles what is asked for, since half of it is for its own books; a negative number is a large one.
fn doubled(bytes: i64, most: i64, least: i64) -> i64 {
    let bytes = if bytes < 0 { most } else { bytes.min(most) };
    bytes.saturating_mul(2).max(least)
}

fn send_buffer(handle: &mut Handle, world: &mut World, bytes: i64) -> Result<i64, Fault> {
    if handle.kind == Kind::Stream {
        let room = usize::try_from(bytes).unwrap_or(1);
        world.stack.set_option(handle.id, SocketOption::SendBuffer(room))?;
    }
    handle.values.insert((c::SOL_SOCKET, c::SO_SNDBUF), bytes);
    Ok(bytes)
}

fn receive_buffer(handle: &mut Handle, world: &mut World, bytes: i64) -> Result<i64, Fault> {
    // A stream's window is the half that is not for books.
    let room = if handle.kind == Kind::Stream { bytes / 2 } else { bytes };
    let room = usize::try_from(room).unwrap_or(1);
    world.stack.set_option(handle.id, SocketOption::ReceiveBuffer(room))?;
    handle.values.insert((c::SOL_SOCKET, c::SO_RCVBUF), bytes);
    Ok(bytes)
}

/// The size of a buffer, as it was set or is by itself.
fn buffer(handle: &Handle, world: &World, option: i64) -> Result<i64, Fault> {
    if let Some(set) = handle.value(c::SOL_SOCKET, option) {
        return Ok(set);
    }
    if handle.kind != Kind::Stream {
        return Ok(212_992);
    }
    let tcp = world.stack.tcp_config(handle.id)?;
    Ok(match option {
        c::SO_SNDBUF => tcp.send_buffer as i64,
        _ => (tcp.receive_buffer as i64).saturating_mul(2),
    })
}

/// Bytes in a full segment; before there is a connection what was asked for, or what every host takes.
fn segment(handle: &Handle, world: &World) -> i64 {
    let asked = handle.value(c::SOL_TCP, c::TCP_MAXSEG).filter(|bytes| *bytes > 0);
    match world.stack.tcp_info(handle.id) {
        Ok(info) if !matches!(info.state, State::Closed | State::SynSent) => info.segment as i64,
        _ => asked.unwrap_or(536),
    }
}

/// `TCP_WINDOW_CLAMP`: the window is no larger.
fn clamp_window(handle: &Handle, world: &mut World, bytes: i64) -> Result<i64, Fault> {
    let open = handle.state(&world.stack).is_some_and(|state| state != State::Closed);
    if bytes <= 0 {
        return if open { Err(Fault::Error("EINVAL")) } else { Ok(0) };
    }
    let bytes = bytes.max(RECEIVE_LEAST / 2);
    let most = usize::try_from(bytes).unwrap_or(usize::MAX);
    configure(handle, world, |tcp| {
        tcp.receive_buffer = tcp.receive_buffer.min(most);
        tcp.receive_buffer_most = tcp.receive_buffer_most.min(most);
    })?;
    Ok(bytes)
}

fn quick_acknowledge(handle: &Handle, world: &mut World, on: bool) -> Result<i64, Fault> {
    let usual = world.stack.tcp_default().quick_acks;
    if handle.state(&world.stack).is_none() {
        configure(handle, world, |tcp| tcp.quick_acks = if on { usual } else { 0 })?;
    }
    unless_unconnected(world.stack.quick_acknowledge(world.now, handle.id, on))?;
    Ok(i64::from(on))
}

/// `IP_TOS`, `IPV6_TCLASS`.
fn traffic_class(handle: &Handle, world: &mut World, class: i64) -> Result<i64, Fault> {
    let own = if handle.kind == Kind::Stream { 0xfc } else { 0xff };
    let class = u8::try_from(class & own).unwrap_or(0);
    world.stack.set_option(handle.id, SocketOption::TrafficClass(class))?;
    Ok(i64::from(class))
}

/// `IP_TTL`, `IPV6_UNICAST_HOPS`; -1 is what is usual.
fn hop_limit(handle: &Handle, world: &mut World, limit: i64) -> Result<i64, Fault> {
    let limit = u8::try_from(limit).ok();
    world.stack.set_option(handle.id, SocketOption::HopLimit(limit))?;
    Ok(limit.map_or(64, i64::from))
}

/// `IP_MTU_DISCOVER`, `IPV6_MTU_DISCOVER`.
fn path_discovery(handle: &Handle, world: &mut World, how: i64) -> Result<i64, Fault> {
    world.stack.set_option(handle.id, SocketOption::Fragment(how == c::IP_PMTUDISC_DONT))?;
    Ok(how)
}
