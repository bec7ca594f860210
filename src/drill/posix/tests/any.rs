//! Calls with whatever arguments: nothing panics, and nothing goes on for ever.

use std::time::Duration;

use super::super::{CALLS, Progress};
use super::scene::{Scene, connected, read};
use crate::drill::Stop;
use crate::drill::script::{Call, Entry, Expr, ExprKind, Operator};
use crate::drill::settings::IpVersion;
use crate::random::Random;
use crate::stack::Kind;

const NUMBERS: &[i64] =
    &[0, 1, 2, 3, 4, 5, 6, 7, 10, 100, 1000, 4096, 70_000, 1 << 33, -1, -2, i64::MAX, i64::MIN];

const WORDS: &[&str] = &[
    "SOL_SOCKET",
    "SOL_TCP",
    "SOL_IP",
    "SO_RCVBUF",
    "SO_SNDBUF",
    "SO_RCVBUFFORCE",
    "SO_LINGER",
    "SO_RCVLOWAT",
    "SO_ERROR",
    "TCP_CORK",
    "TCP_NODELAY",
    "TCP_MAXSEG",
    "TCP_NOTSENT_LOWAT",
    "TCP_QUICKACK",
    "TCP_WINDOW_CLAMP",
    "TCP_USER_TIMEOUT",
    "TCP_RTO_MAX_MS",
    "MSG_PEEK",
    "MSG_WAITALL",
    "MSG_DONTWAIT",
    "MSG_MORE",
    "MSG_EOR",
    "MSG_OOB",
    "MSG_TRUNC",
    "O_NONBLOCK",
    "F_SETFL",
    "AF_INET",
    "AF_INET6",
    "SOCK_STREAM",
    "SOCK_DGRAM",
    "SHUT_WR",
    "SHUT_RD",
    "EPOLL_CTL_ADD",
    "EPOLL_CTL_MOD",
    "EPOLLIN",
    "EPOLLET",
    "EPOLLOUT",
    "SIOCINQ",
    "FIONBIO",
    "SPLICE_F_NONBLOCK",
    "NULL",
    "NONSENSE",
];

const FIELDS: &[&str] = &[
    "fd",
    "events",
    "revents",
    "msg_name",
    "msg_iov",
    "msg_flags",
    "msg_control",
    "iov_base",
    "iov_len",
    "onoff",
    "linger",
    "tv_sec",
    "tv_usec",
    "sa_family",
    "sin_port",
    "sin_addr",
    "cmsg_level",
    "cmsg_data",
    "data",
];

fn one<T: Copy>(random: &mut Random, of: &[T]) -> T {
    of[random.below(of.len() as u64) as usize]
}

fn expr(random: &mut Random, depth: u64) -> Expr {
    let few = |random: &mut Random| (0..random.below(4)).map(|_| expr(random, depth - 1)).collect::<Vec<_>>();
    let kind = match random.below(if depth == 0 { 6 } else { 11 }) {
        0..2 => ExprKind::Integer(one(random, NUMBERS)),
        2 => ExprKind::Integer(3 + random.below(6) as i64),
        3 => ExprKind::Word(one(random, WORDS).to_owned()),
        4 => ExprKind::Ellipsis,
        5 => ExprKind::Text(vec![b'a'; random.below(2000) as usize]),
        6 => ExprKind::Captured("x".to_owned()),
        7 => ExprKind::List(few(random)),
        8 => ExprKind::Record(
            few(random)
                .into_iter()
                .map(|value| Entry {
                    name: (random.below(4) > 0).then(|| one(random, FIELDS).to_owned()),
                    count: None,
                    value,
                })
                .collect(),
        ),
        9 => ExprKind::Binary(
            Operator::Or,
            Box::new(expr(random, depth - 1)),
            Box::new(expr(random, depth - 1)),
        ),
        _ => ExprKind::Function("inet_addr".to_owned(), few(random)),
    };
    Expr { kind, span: 0..1 }
}

/// Calls that make sense; `#` is a descriptor, `%` a number.
const CALLS_THAT_CAN_BE: &[&str] = &[
    "socket(..., SOCK_STREAM, IPPROTO_TCP) = ?x",
    "socket(..., SOCK_DGRAM|SOCK_NONBLOCK, IPPROTO_UDP) = ?x",
    "bind(#, ..., ...) = ?x",
    "listen(#, 2) = ?x",
    "accept(#, ..., ...) = ?x",
    "connect(#, ..., ...) = ?x",
    "connect(#, {sa_family=AF_UNSPEC}, 16) = ?x",
    "close(#) = ?x",
    "shutdown(#, SHUT_WR) = ?x",
    "shutdown(#, SHUT_RD) = ?x",
    "write(#, ..., %) = ?x",
    "send(#, ..., %, MSG_MORE) = ?x",
    "send(#, ..., %, MSG_EOR|MSG_OOB) = ?x",
    "sendmsg(#, {msg_name(16)=..., msg_iov(2)=[{..., %}, {\"abc\", 3}]}, 0) = ?x",
    "read(#, ..., %) = ?x",
    "recv(#, ..., %, MSG_PEEK) = ?x",
    "recv(#, ..., %, MSG_WAITALL) = ?x",
    "recv(#, ..., 1, MSG_OOB) = ?x",
    "recvmsg(#, {msg_iov(1)=[{\"abc\", %}], msg_flags=0}, MSG_DONTWAIT) = ?x",
    "fcntl(#, F_SETFL, O_NONBLOCK) = ?x",
    "fcntl(#, F_SETFL, 0) = ?x",
    "ioctl(#, SIOCINQ, [?x]) = ?x",
    "poll([{fd=#, events=POLLIN|POLLOUT, revents=0}], 1, 100) = ?x",
    "epoll_create(1) = ?x",
    "epoll_ctl(#, EPOLL_CTL_ADD, #, {events=EPOLLIN|EPOLLOUT|EPOLLET, fd=1}) = ?x",
    "epoll_ctl(#, EPOLL_CTL_ADD, #, {events=EPOLLIN|EPOLLONESHOT, fd=1}) = ?x",
    "epoll_wait(#, {events=EPOLLIN, fd=1}, 2, 100) = ?x",
    "pipe([?x, ?x]) = ?x",
    "open(\"/dev/zero\", O_RDWR) = ?x",
    "splice(#, NULL, #, NULL, %, 0) = ?x",
    "sendfile(#, #, NULL, %) = ?x",
    "setsockopt(#, SOL_TCP, TCP_CORK, [%], 4) = ?x",
    "setsockopt(#, SOL_TCP, TCP_NOTSENT_LOWAT, [%], 4) = ?x",
    "setsockopt(#, SOL_TCP, TCP_MAXSEG, [%], 4) = ?x",
    "setsockopt(#, SOL_TCP, TCP_CONGESTION, \"reno\", 4) = ?x",
    "setsockopt(#, SOL_SOCKET, SO_SNDBUF, [%], 4) = ?x",
    "setsockopt(#, SOL_SOCKET, SO_RCVBUF, [%], 4) = ?x",
    "setsockopt(#, SOL_SOCKET, SO_RCVLOWAT, [%], 4) = ?x",
    "setsockopt(#, SOL_SOCKET, SO_LINGER, {onoff=1, linger=1}, 8) = ?x",
    "getsockopt(#, SOL_SOCKET, SO_ERROR, [0], [4]) = ?x",
];

/// A call that makes sense.
fn sensible(random: &mut Random) -> Call {
    let template = one(random, CALLS_THAT_CAN_BE);
    let text: String = template
        .chars()
        .map(|letter| match letter {
            '#' => (3 + random.below(7)).to_string(),
            '%' => one(random, &[0, 1, 10, 200, 1000, 5000, 60_000]).to_string(),
            _ => letter.to_string(),
        })
        .collect();
    read(&text)
}

/// A call with whatever arguments.
fn call(random: &mut Random) -> Call {
    let known = &CALLS[random.below(CALLS.len() as u64) as usize];
    let count = *known.takes.start() as u64;
    let arguments = (0..count)
        .map(|place| match place {
            0 if random.below(8) > 0 => {
                Expr { kind: ExprKind::Integer(3 + random.below(6) as i64), span: 0..1 }
            }
            _ => expr(random, 3),
        })
        .collect();
    let result = Expr { kind: ExprKind::Captured("result".to_owned()), span: 0..1 };
    Call { name: known.name.to_owned(), span: 0..1, arguments, until: None, result, errno: None }
}

#[test]
fn no_call_panics() {
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let mut scene = if seed % 3 == 0 {
            Scene::with(|settings| settings.ip_version = IpVersion::Mapped)
        } else {
            connected()
        };
        let mut waiting = Vec::new();
        let mut ends = [0; 4];
        for _ in 0..3000 {
            let call = if random.below(3) == 0 { call(&mut random) } else { sensible(&mut random) };
            match scene.posix.begin(&mut scene.world, &mut scene.scope, &call) {
                Ok(Progress::Done(outcome)) => ends[usize::from(outcome.errno.is_some())] += 1,
                Ok(Progress::Waits(wait)) => {
                    ends[2] += 1;
                    waiting.push((call, wait));
                }
                Err(Stop::Wrong(_) | Stop::Skip { .. }) => ends[3] += 1,
            }
            if random.below(4) == 0 {
                let data = "x".repeat(random.below(1000) as usize);
                let segment = match random.below(20) {
                    0 => "R. 1:1 ack 1".to_owned(),
                    1 => "F. 1:1 ack 1".to_owned(),
                    2 => "U. 1:1 ack 1 urg 5".to_owned(),
                    _ => format!(". {}:0 ack {}", 1 + random.below(3000), 1 + random.below(9000)),
                };
                scene.gets_somehow(&segment, &data);
            }
            if random.below(8) == 0 {
                scene.goes_on(Duration::from_millis(random.below(300)));
            }
            if random.below(50) == 0 {
                scene.opens_from(33_000 + random.below(50) as u16);
            }
            waiting.retain_mut(|(call, wait)| {
                let outcome = scene.posix.again(&mut scene.world, &mut scene.scope, call, wait);
                matches!(outcome, Ok(None))
            });
            waiting.truncate(8);
            scene.world.sent.clear();
            scene.world.crossings.clear();
            let _ = scene.posix.latest(&scene.world, Kind::Stream);
        }
        assert!(ends.iter().all(|count| *count > 10), "seed {seed}: {ends:?}");
    }
}
