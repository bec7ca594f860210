//! Calls as scripts make them, against a peer whose packets a test makes. What is expected comes from the pages of Linux's manual (man 2,
//! tcp(7), udp(7), socket(7), epoll(7)) and POSIX.1-2024.

mod any;
mod scene;

use std::time::Duration;

use scene::{Scene, connected};

use crate::drill::settings::IpVersion;
use crate::stack::Kind;

const MILLISECOND: Duration = Duration::from_millis(1);

#[test]
fn a_server_takes_a_connection_and_bytes_go_both_ways() {
    let mut scene = Scene::new();
    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
    scene.call("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
    scene.call("bind(3, ..., ...) = 0");
    scene.call("listen(3, 1) = 0");
    scene.waits("accept(3, ..., ...) = 4");
    scene.gets("S 0:0", "");
    assert_eq!(scene.sent(), ["S. 0:0 ack 1"]);
    scene.still_waits();
    scene.gets(". 1:1 ack 1", "");
    scene.comes_back();
    scene.call("write(4, ..., 1000) = 1000");
    assert_eq!(scene.sent(), ["P. 1:1001 ack 1"]);
    scene.gets(". 1:1 ack 1001", "hello");
    scene.call("read(4, \"hello\", 1000) = 5");
    assert_eq!(scene.differs("recv(4, ..., 10, MSG_DONTWAIT) = -1 EAGAIN"), [""; 0]);
    scene.call("close(4) = 0");
    assert_eq!(scene.sent(), [". 1001:1001 ack 6", "F. 1001:1001 ack 6"]);
    scene.call("write(4, ..., 1) = -1 EBADF");
}

#[test]
fn a_client_that_waits_is_connected_or_refused() {
    let mut scene = Scene::new();
    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
    scene.waits("connect(3, ..., ...) = 0");
    assert_eq!(scene.sent(), ["S 0:0"]);
    scene.gets("S. 0:0 ack 1", "");
    scene.comes_back();
    scene.call("connect(3, ..., ...) = -1 EISCONN");

    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 4");
    scene.waits("connect(4, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr(\"192.0.2.1\")}, 16) = -1 ECONNREFUSED");
    scene.sent();
    scene.gets_of_latest("R. 0:0 ack 1", "");
    scene.comes_back();
    scene.call("read(4, ..., 1) = -1 ENOTCONN");
}

#[test]
fn a_client_that_does_not_wait_asks_for_the_error() {
    let mut scene = Scene::new();
    scene.call("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3");
    scene.call("fcntl(3, F_GETFL) = 0x802");
    scene.call("connect(3, ..., ...) = -1 EINPROGRESS");
    scene.call("connect(3, ..., ...) = -1 EALREADY");
    scene.call("write(3, ..., 10) = -1 EAGAIN");
    scene.call("poll([{fd=3, events=POLLOUT, revents=0}], 1, 0) = 0");
    scene.gets("S. 0:0 ack 1", "");
    scene.call("poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1");
    scene.call("getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0");
    // Linux says once that it is connected now.
    scene.call("connect(3, ..., ...) = 0");
    scene.call("connect(3, ..., ...) = -1 EISCONN");

    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 4");
    scene.call("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
    scene.call("connect(4, ..., ...) = -1 EINPROGRESS");
    scene.gets_of_latest("R. 0:0 ack 1", "");
    scene.call("poll([{fd=4, events=POLLOUT, revents=POLLOUT|POLLERR|POLLHUP}], 1, 0) = 1");
    scene.call("getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0");
    scene.call("getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0");
    // The error was taken already.
    scene.call("connect(4, ..., ...) = -1 ECONNABORTED");
    scene.call("connect(4, ..., ...) = -1 EINPROGRESS");
}

#[test]
fn what_differs_is_told() {
    let mut scene = connected();
    scene.call("setsockopt(4, IPPROTO_TCP, TCP_USER_TIMEOUT, [5000], 4) = 0");
    assert_eq!(
        scene.differs("getsockopt(4, IPPROTO_TCP, TCP_USER_TIMEOUT, [3000], [4]) = 0"),
        ["TCP_USER_TIMEOUT is 5000, not 3000"]
    );
    assert_eq!(
        scene.differs("poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1"),
        ["`revents` of descriptor 4 is POLLOUT, not POLLIN"]
    );
    scene.gets(". 1:1 ack 1", "abc");
    assert_eq!(scene.differs("read(4, \"abd\", 3) = 3"), ["the bytes are \"abc\", not \"abd\""]);
    scene.gets("R. 4:4 ack 1", "");
    assert_eq!(
        scene.differs("getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0"),
        ["SO_ERROR is 104 (ECONNRESET), not 0"]
    );
}

#[test]
fn values_are_captured() {
    let mut scene = connected();
    scene.call("getsockopt(4, SOL_TCP, TCP_MAXSEG, [?mss], [4]) = 0");
    assert_eq!(scene.scope.get("mss"), Some(1460));
    scene.call("write(4, ..., $mss) = $mss");
    scene.call("ioctl(4, SIOCOUTQ, [?waits]) = 0");
    assert_eq!(scene.scope.get("waits"), Some(1460));
}

#[test]
fn descriptors_have_the_numbers_that_the_script_gives() {
    let mut scene = Scene::new();
    scene.call("socket(..., SOCK_DGRAM, IPPROTO_UDP) = 17");
    scene.call("socket(..., SOCK_DGRAM, IPPROTO_UDP) = ?first");
    scene.call("socket(..., SOCK_DGRAM, IPPROTO_UDP) = ?second");
    assert_eq!((scene.posix.socket(3).is_some(), scene.posix.socket(4).is_some()), (true, true));
    assert_eq!(scene.posix.sockets().count(), 3);
    assert_eq!(scene.fails("socket(..., SOCK_DGRAM, IPPROTO_UDP) = 17"), "descriptor 17 is in use");
    scene.call("close(17) = 0");
    scene.call("pipe([17, 18]) = 0");
    assert_eq!(scene.posix.socket(17), None);
    scene.call("shutdown(17, SHUT_WR) = -1 ENOTSOCK");
    scene.call("shutdown(99, SHUT_WR) = -1 EBADF");
}

#[test]
fn what_makes_no_sense_is_a_mistake() {
    let mut scene = connected();
    for (call, mistake) in [
        ("lisen(3, 1) = 0", "there is no call `lisen`; did you mean listen?"),
        ("listen(3) = 0", "`listen` takes (socket, backlog), and 1 arguments are given"),
        ("listen(..., 1) = 0", "a descriptor is expected here, not `...`"),
        ("setsockopt(4, SOL_TCP, TCP_NODELAY, 1, 4) = 0", "a value in brackets is expected here, as [1]"),
        ("write(4, [1], 3) = 3", "bytes are expected here, `...` or a text, not a list"),
        ("write(4, \"abc\", 10) = 10", "the text has 3 bytes, not 10"),
        ("writev(4, [{..., 10}], 2) = 20", "2 pieces are said to be here, and there are 1"),
        (
            "bind(3, \"192.0.2.1\", 16) = 0",
            "an address is expected here: `...`, or {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr(\"192.0.2.1\")}",
        ),
        ("recvmsg(4, ..., 0) = 0", "a message is expected here, as {msg_iov(1)=[{..., 1000}], msg_flags=0}"),
        ("poll({fd=4}, 1, 0) = 0", "a list is expected here, as [{fd=3, events=POLLIN, revents=POLLIN}]"),
        ("pipe([5]) = 0", "two descriptors are expected here, as [5, 6]"),
        ("psp_rx_assoc(4) = 0", "skip: PSP is not supported"),
        ("setsockopt(4, SOL_TCP, TCP_FASTOPEN, [5], 4) = 0", "skip: TCP_FASTOPEN is not supported"),
        ("setsockopt(4, SOL_TCP, TCP_MD5SIG, [5], 4) = 0", "skip: TCP_MD5SIG is not supported"),
        (
            "setsockopt(4, SOL_TCP, TCP_CONGESTION, \"bbr\", 3) = 0",
            "skip: of congestion control there are reno and cubic, not bbr",
        ),
        (
            "sendto(4, ..., 10, MSG_FASTOPEN, ..., ...) = 10",
            "skip: sending with MSG_FASTOPEN is not supported",
        ),
        ("socket(..., SOCK_RAW, IPPROTO_RAW) = 9", "skip: raw sockets are not supported"),
        (
            "socket(..., SOCK_STREAM, IPPROTO_MPTCP) = 9",
            "skip: only TCP, UDP and echoes of ICMP have sockets here",
        ),
    ] {
        assert_eq!(scene.fails(call), mistake, "{call}");
    }
}

#[test]
fn errors_are_those_of_linux() {
    let mut scene = connected();
    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 5");
    scene.call("socket(..., SOCK_DGRAM, IPPROTO_UDP) = 6");
    for call in [
        "socket(..., SOCK_STREAM, IPPROTO_UDP) = -1 EPROTONOSUPPORT",
        "socket(77, SOCK_STREAM, 0) = -1 EAFNOSUPPORT",
        // Neither connected nor listening.
        "read(5, ..., 10) = -1 ENOTCONN",
        "write(5, ..., 10) = -1 EPIPE",
        "shutdown(5, SHUT_RDWR) = -1 ENOTCONN",
        "accept(5, ..., ...) = -1 EINVAL",
        "poll([{fd=5, events=POLLIN|POLLOUT, revents=POLLOUT|POLLHUP}], 1, -1) = 1",
        // A listener.
        "read(3, ..., 10) = -1 ENOTCONN",
        "write(3, ..., 10) = -1 EPIPE",
        "connect(3, ..., ...) = -1 EISCONN",
        "bind(3, ..., ...) = -1 EINVAL",
        "ioctl(3, SIOCINQ, [0]) = -1 EINVAL",
        // A connection.
        "listen(4, 1) = -1 EINVAL",
        "accept(4, ..., ...) = -1 EINVAL",
        "shutdown(4, 3) = -1 EINVAL",
        "read(4, NULL, 10) = -1 EFAULT",
        "write(4, NULL, 10) = -1 EFAULT",
        "write(4, ..., -1) = -1 EINVAL",
        "readv(4, [{..., 10}], -1) = -1 EINVAL",
        "recv(4, ..., 1, MSG_OOB) = -1 EINVAL",
        "recv(4, ..., 1, MSG_ERRQUEUE) = -1 EAGAIN",
        // A datagram socket.
        "listen(6, 1) = -1 EOPNOTSUPP",
        "accept(6, ..., ...) = -1 EOPNOTSUPP",
        "write(6, ..., 10) = -1 EDESTADDRREQ",
        "shutdown(6, SHUT_RD) = -1 ENOTCONN",
        "recv(6, ..., 10, MSG_DONTWAIT) = -1 EAGAIN",
        "recv(6, ..., 10, MSG_OOB) = -1 EOPNOTSUPP",
        "sendto(6, ..., 66000, 0, ..., ...) = -1 EMSGSIZE",
        // Addresses.
        "bind(5, ..., ...) = -1 EADDRINUSE",
        "bind(5, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr(\"1.2.3.4\")}, ...) = -1 EADDRNOTAVAIL",
        "bind(5, {sa_family=AF_INET6, sin6_port=htons(1), sin6_addr=\"::1\"}, ...) = -1 EAFNOSUPPORT",
        "bind(5, ..., 4) = -1 EINVAL",
        "bind(5, NULL, 16) = -1 EFAULT",
        // Options.
        "setsockopt(4, SOL_TCP, TCP_KEEPCNT, [128], 4) = -1 EINVAL",
        "setsockopt(4, SOL_TCP, TCP_MAXSEG, [87], 4) = -1 EINVAL",
        "setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 2) = -1 EINVAL",
        "setsockopt(4, SOL_TCP, TCP_NODELAY, NULL, 4) = -1 EFAULT",
        "setsockopt(4, SOL_TCP, 9999, [1], 4) = -1 ENOPROTOOPT",
        "setsockopt(6, SOL_TCP, TCP_NODELAY, [1], 4) = -1 ENOPROTOOPT",
        "setsockopt(4, SOL_IPV6, IPV6_TCLASS, [1], 4) = -1 ENOPROTOOPT",
        "setsockopt(4, SOL_SOCKET, SO_ERROR, [1], 4) = -1 ENOPROTOOPT",
        "setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=0, tv_usec=1000000}, 16) = -1 EDOM",
        "setsockopt(4, SOL_SOCKET, SO_BINDTODEVICE, \"eth7\", 4) = -1 ENODEV",
        "setsockopt(4, SOL_TCP, TCP_CONGESTION, \"nonsense\", 8) = -1 ENOENT",
        "setsockopt(4, SOL_IP, IP_TTL, [0], 4) = -1 EINVAL",
        "getsockopt(5, SOL_IP, IP_MTU, [0], [4]) = -1 ENOTCONN",
        "ioctl(4, 4711, [0]) = -1 ENOTTY",
        "fcntl(4, 4711) = -1 EINVAL",
    ] {
        scene.call(call);
    }
}

#[test]
fn options_are_told_as_they_were_set() {
    let mut scene = connected();
    for (level, option, set, told) in [
        ("SOL_SOCKET", "SO_KEEPALIVE", 5, 1),
        ("SOL_SOCKET", "SO_OOBINLINE", 1, 1),
        ("SOL_SOCKET", "SO_PRIORITY", 6, 6),
        ("SOL_SOCKET", "SO_MARK", 0x1234, 0x1234),
        ("SOL_SOCKET", "SO_RCVLOWAT", 0, 1),
        // Linux doubles what it is told.
        ("SOL_SOCKET", "SO_SNDBUF", 20_000, 40_000),
        ("SOL_SOCKET", "SO_RCVBUF", 1, 2304),
        ("SOL_TCP", "TCP_NODELAY", 1, 1),
        ("SOL_TCP", "TCP_CORK", 1, 1),
        ("SOL_TCP", "TCP_KEEPIDLE", 10, 10),
        ("SOL_TCP", "TCP_KEEPINTVL", 11, 11),
        ("SOL_TCP", "TCP_KEEPCNT", 12, 12),
        ("SOL_TCP", "TCP_SYNCNT", 13, 13),
        ("SOL_TCP", "TCP_LINGER2", 14, 14),
        ("SOL_TCP", "TCP_USER_TIMEOUT", 3000, 3000),
        ("SOL_TCP", "TCP_INQ", 1, 1),
        ("SOL_TCP", "TCP_NOTSENT_LOWAT", 4096, 4096),
        ("SOL_TCP", "TCP_RTO_MAX_MS", 5000, 5000),
        // The congestion bits are the connection's.
        ("SOL_IP", "IP_TOS", 0x2f, 0x2c),
        ("SOL_IP", "IP_TTL", 7, 7),
        ("SOL_IP", "IP_TTL", -1, 64),
        ("SOL_IP", "IP_MTU_DISCOVER", 2, 2),
    ] {
        scene.call(&format!("setsockopt(4, {level}, {option}, [{set}], 4) = 0"));
        scene.call(&format!("getsockopt(4, {level}, {option}, [{told}], [4]) = 0"));
    }
    for call in [
        "getsockopt(4, SOL_SOCKET, SO_TYPE, [SOCK_STREAM], [4]) = 0",
        "getsockopt(4, SOL_SOCKET, SO_PROTOCOL, [IPPROTO_TCP], [4]) = 0",
        "getsockopt(4, SOL_SOCKET, SO_DOMAIN, [AF_INET], [4]) = 0",
        "getsockopt(4, SOL_SOCKET, SO_ACCEPTCONN, [0], [4]) = 0",
        "getsockopt(3, SOL_SOCKET, SO_ACCEPTCONN, [1], [4]) = 0",
        "getsockopt(4, SOL_IP, IP_MTU, [1500], [4]) = 0",
        "getsockopt(4, SOL_TCP, TCP_CONGESTION, \"cubic\", [16]) = 0",
        "setsockopt(4, SOL_TCP, TCP_CONGESTION, \"reno\", 4) = 0",
        "getsockopt(4, SOL_TCP, TCP_CONGESTION, \"reno\", [16]) = 0",
        "setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=3}, 8) = 0",
        "getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=3}, [8]) = 0",
        "setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=500000}, 16) = 0",
        "getsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=500000}, [16]) = 0",
        "setsockopt(4, SOL_SOCKET, SO_BINDTODEVICE, \"tun0\", 4) = 0",
        "getsockopt(4, SOL_SOCKET, SO_BINDTODEVICE, \"tun0\", [16]) = 0",
        "getsockopt(4, SOL_TCP, TCP_INFO, ..., [104]) = 0",
    ] {
        scene.call(call);
    }
}

#[test]
fn a_listener_hands_its_options_down() {
    let mut scene = Scene::new();
    scene.call("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3");
    scene.call("setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=0}, 16) = 0");
    scene.call("setsockopt(3, SOL_TCP, TCP_INQ, [1], 4) = 0");
    scene.call("bind(3, ..., ...) = 0");
    scene.call("listen(3, 1) = 0");
    scene.call("accept(3, ..., ...) = -1 EAGAIN");
    scene.opens();
    scene.call("accept4(3, {sa_family=AF_INET, sin_port=htons(33000), sin_addr=inet_addr(\"192.0.2.1\")}, [16], SOCK_NONBLOCK) = 4");
    scene.call("fcntl(4, F_GETFL) = 0x802");
    scene.call("getsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=0}, [16]) = 0");
    scene.call("getsockopt(4, SOL_TCP, TCP_INQ, [1], [4]) = 0");
}

#[test]
fn reading_waits_for_what_it_asks_for() {
    let mut scene = connected();
    scene.waits("read(4, ..., 1000) = 3");
    scene.gets(". 1:1 ack 1", "abc");
    scene.comes_back();

    scene.waits("recv(4, \"defghi\", 6, MSG_WAITALL) = 6");
    scene.gets(". 4:4 ack 1", "def");
    scene.still_waits();
    scene.gets(". 7:7 ack 1", "ghijk");
    scene.comes_back();

    scene.call("recv(4, \"j\", 1, MSG_PEEK) = 1");
    scene.call("recv(4, \"jk\", 10, MSG_PEEK) = 2");
    scene.call("ioctl(4, FIONREAD, [2]) = 0");
    scene.waits("recv(4, \"jklm\", 4, MSG_PEEK|MSG_WAITALL) = 4");
    scene.gets(". 12:12 ack 1", "lm");
    scene.comes_back();
    scene.call("recv(4, ..., 4, MSG_TRUNC) = 4");

    // The end ends what waits for more.
    scene.waits("recv(4, \"n\", 10, MSG_WAITALL) = 1");
    scene.gets("F. 14:14 ack 1", "n");
    scene.comes_back();
    scene.call("read(4, ..., 10) = 0");
}

#[test]
fn what_was_read_is_given_before_an_error() {
    let mut scene = connected();
    scene.gets(". 1:1 ack 1", "abc");
    scene.gets("R. 4:4 ack 1", "");
    scene.call("recv(4, \"abc\", 10, MSG_WAITALL) = 3");
    scene.call("read(4, ..., 10) = -1 ECONNRESET");
    scene.call("read(4, ..., 10) = 0");
    scene.call("write(4, ..., 10) = -1 EPIPE");
    scene.call("shutdown(4, SHUT_WR) = -1 ENOTCONN");
}

#[test]
fn a_low_water_mark_is_waited_for() {
    let mut scene = connected();
    scene.call("setsockopt(4, SOL_SOCKET, SO_RCVLOWAT, [4], 4) = 0");
    scene.waits("read(4, \"abcd\", 100) = 4");
    scene.gets(". 1:1 ack 1", "ab");
    scene.still_waits();
    scene.call("poll([{fd=4, events=POLLIN, revents=0}], 1, 0) = 0");
    scene.gets(". 3:3 ack 1", "cd");
    scene.comes_back();
}

#[test]
fn patience_comes_to_an_end() {
    let mut scene = connected();
    scene.call("setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=0, tv_usec=100000}, 16) = 0");
    scene.waits("read(4, ..., 10) = -1 EAGAIN");
    scene.goes_on(99 * MILLISECOND);
    scene.still_waits();
    scene.goes_on(MILLISECOND);
    scene.comes_back();

    scene.call("setsockopt(4, SOL_SOCKET, SO_SNDTIMEO, {tv_sec=0, tv_usec=100000}, 16) = 0");
    scene.call("setsockopt(4, SOL_SOCKET, SO_SNDBUF, [5000], 4) = 0");
    scene.waits("write(4, ..., 20000) = 10000");
    scene.goes_on(100 * MILLISECOND);
    scene.comes_back();

    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 5");
    scene.call("setsockopt(5, SOL_SOCKET, SO_SNDTIMEO, {tv_sec=0, tv_usec=50000}, 16) = 0");
    scene.waits("connect(5, ..., ...) = -1 EINPROGRESS");
    scene.goes_on(50 * MILLISECOND);
    scene.comes_back();
}

#[test]
fn writing_waits_until_all_is_taken() {
    let mut scene = connected();
    scene.call("setsockopt(4, SOL_SOCKET, SO_SNDBUF, [3000], 4) = 0");
    scene.waits("write(4, ..., 12000) = 12000");
    // Nothing waits for more while the application waits for room.
    let sent = scene.sent();
    assert_eq!((sent.len(), sent[4].as_str()), (5, "P. 5841:6001 ack 1"));
    // So much room is none that is worth waking up for.
    scene.gets(". 1:1 ack 1461", "");
    scene.still_waits();
    scene.gets(". 1:1 ack 4381", "");
    scene.still_waits();
    scene.gets(". 1:1 ack 8761", "");
    scene.comes_back();

    scene.call("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
    scene.gets(". 1:1 ack 11841", "");
    scene.gets(". 1:1 ack 12001", "");
    scene.call("write(4, ..., 10000) = 6000");
    scene.call("write(4, ..., 10000) = -1 EAGAIN");
    scene.call("ioctl(4, SIOCOUTQ, [6000]) = 0");
}

#[test]
fn bytes_go_out_in_pieces_and_as_texts() {
    let mut scene = connected();
    scene.call("writev(4, [{\"abc\", 3}, {..., 2}, {\"defg\", 3}], 3) = 8");
    assert_eq!(scene.last_data(), b"abc\0\0def");
    scene.gets(". 1:1 ack 9", "");
    scene.call("sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{\"hi\", 2}, {..., 1}], msg_flags=0}, 0) = 3");
    assert_eq!(scene.last_data(), b"hi\0");
    scene.call("send(4, ..., 0, 0) = 0");
    scene.gets(". 1:1 ack 12", "answer");
    scene.call("readv(4, [{\"ans\", 3}, {\"wer\", 10}], 2) = 6");
}

#[test]
fn more_corks_and_records() {
    let mut scene = connected();
    scene.call("send(4, ..., 100, MSG_MORE) = 100");
    assert!(scene.sent().is_empty());
    scene.call("ioctl(4, SIOCOUTQNSD, [100]) = 0");
    scene.call("send(4, ..., 100, 0) = 100");
    assert_eq!(scene.sent(), ["P. 1:201 ack 1"]);
    scene.gets(". 1:1 ack 201", "");

    scene.call("setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0");
    scene.call("write(4, ..., 1500) = 1500");
    assert_eq!(scene.sent(), [". 201:1661 ack 1"]);
    scene.call("setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0");
    assert_eq!(scene.sent(), ["P. 1661:1701 ack 1"]);
    scene.gets(". 1:1 ack 1701", "");
    scene.call("write(4, ..., 10) = 10");
    assert!(scene.sent().is_empty());
    scene.call("setsockopt(4, SOL_TCP, TCP_CORK, [0], 4) = 0");
    assert_eq!(scene.sent(), ["P. 1701:1711 ack 1"]);

    scene.call("send(4, ..., 10, MSG_EOR) = 10");
    scene.call("send(4, ..., 10, MSG_EOR) = 10");
    assert_eq!(scene.sent(), ["P. 1711:1721 ack 1", "P. 1721:1731 ack 1"]);
}

#[test]
fn urgent_data_is_read_by_itself() {
    let mut scene = connected();
    scene.call("recv(4, ..., 1, MSG_OOB|MSG_DONTWAIT) = -1 EINVAL");
    // The pointer stands behind the urgent byte, `c`.
    scene.gets("U. 1:1 ack 1 urg 3", "abcde");
    scene.call("poll([{fd=4, events=POLLIN|POLLPRI, revents=POLLIN|POLLPRI}], 1, 0) = 1");
    scene.call("ioctl(4, SIOCINQ, [2]) = 0");
    scene.call("ioctl(4, SIOCATMARK, [0]) = 0");
    scene.call("recv(4, \"c\", 10, MSG_OOB) = 1");
    scene.call("recv(4, ..., 10, MSG_OOB) = -1 EINVAL");
    scene.call("poll([{fd=4, events=POLLPRI, revents=0}], 1, 0) = 0");
    scene.call("read(4, \"ab\", 10) = 2");
    scene.call("ioctl(4, SIOCATMARK, [1]) = 0");
    scene.call("read(4, \"de\", 10) = 2");
    scene.call("ioctl(4, SIOCATMARK, [0]) = 0");

    scene.call("setsockopt(4, SOL_SOCKET, SO_OOBINLINE, [1], 4) = 0");
    scene.gets("U. 6:6 ack 1 urg 2", "xyz");
    scene.call("recv(4, ..., 10, MSG_OOB) = -1 EINVAL");
    scene.call("read(4, \"x\", 10) = 1");
    scene.call("read(4, \"yz\", 10) = 2");

    scene.call("send(4, \"u\", 1, MSG_OOB) = 1");
    assert_eq!(scene.sent().last().map(String::as_str), Some("UP. 1:2 ack 9"));
}

#[test]
fn messages_say_how_much_is_left() {
    let mut scene = connected();
    scene.call("setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0");
    scene.gets(". 1:1 ack 1", "abcde");
    scene.call("recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{\"ab\", 2}], msg_flags=0, msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=3}]}, 0) = 2");
    // There was no room to say it.
    scene.call("recvmsg(4, {msg_iov(1)=[{..., 1}], msg_flags=MSG_CTRUNC}, 0) = 1");
    scene.gets("F. 6:6 ack 1", "");
    assert_eq!(
        scene.differs("recvmsg(4, {msg_iov(1)=[{..., 2}], msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=[0]}]}, 0) = 2"),
        ["`cmsg_data` is 1, not 0"]
    );
}

#[test]
fn datagrams_go_out_and_come_in() {
    let mut scene = Scene::new();
    scene.call("socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3");
    scene.call("bind(3, ..., ...) = 0");
    scene.call("sendto(3, \"hello\", 5, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr(\"192.0.2.1\")}, 16) = 5");
    assert_eq!(scene.sent(), ["udp 8080>53 (5)"]);
    scene.waits("recvfrom(3, \"answer\", 100, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr(\"192.0.2.1\")}, [16]) = 6");
    scene.gets_udp(53, "answer");
    scene.comes_back();
    scene.call("setsockopt(3, SOL_IP, IP_RECVTTL, [1], 4) = 0");
    scene.gets_udp(53, "too long");
    scene.call("ioctl(3, SIOCINQ, [8]) = 0");
    scene.call("recvmsg(3, {msg_iov(1)=[{\"too\", 3}], msg_flags=MSG_TRUNC, msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=64}]}, MSG_PEEK) = 3");
    scene.call("recv(3, \"too\", 3, MSG_TRUNC) = 8");
    scene.call("connect(3, ..., ...) = 0");
    scene.call("write(3, ..., 100) = 100");
    assert_eq!(scene.sent(), ["udp 8080>8080 (100)"]);
    scene.call("poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1");
    scene.call("shutdown(3, SHUT_RD) = 0");
    scene.call("read(3, ..., 10) = 0");
}

#[test]
fn poll_waits_and_gives_up() {
    let mut scene = connected();
    scene.waits("poll([{fd=4, events=POLLIN, revents=0}, {fd=3, events=POLLIN, revents=POLLIN}, {fd=-1, events=POLLIN, revents=0}], 3, 1000) = 1");
    scene.still_waits();
    scene.opens_from(33001);
    scene.comes_back();
    scene.waits("poll([{fd=4, events=POLLIN, revents=0}], 1, 20) = 0");
    scene.goes_on(20 * MILLISECOND);
    scene.comes_back();
    scene.call("poll([{fd=99, events=POLLIN, revents=POLLNVAL}], 1, -1) = 1");
    scene.call("poll(NULL, 0, 0) = 0");
    scene.waits("poll([{fd=4, events=POLLIN|POLLRDHUP, revents=POLLIN|POLLRDHUP}], 1, -1) = 1");
    scene.gets("F. 1:1 ack 1", "");
    scene.comes_back();
    scene.call("shutdown(4, SHUT_WR) = 0");
    scene.call("poll([{fd=4, events=0, revents=POLLHUP}], 1, -1) = 1");
}

#[test]
fn epoll_by_level() {
    let mut scene = connected();
    scene.call("epoll_create(1) = 5");
    scene.call("epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0");
    scene.call("epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN, u64=77}) = 0");
    scene.call("epoll_wait(5, {...}, 10, 0) = 0");
    scene.waits("epoll_wait(5, [{events=EPOLLIN, fd=4}], 10, -1) = 1");
    scene.gets(". 1:1 ack 1", "abc");
    scene.comes_back();
    scene.call("read(4, ..., 1) = 1");
    scene.call("epoll_wait(5, {events=EPOLLIN, fd=4}, 10, 0) = 1");
    scene.opens_from(33001);
    // Who was told last goes to the end.
    scene.call("epoll_wait(5, [{events=EPOLLIN, fd=4}], 1, 0) = 1");
    scene.call("epoll_wait(5, [{events=EPOLLIN, data={u64=77}}, {events=EPOLLIN, fd=4}], 10, 0) = 2");
    scene.call("read(4, ..., 10) = 2");
    scene.call("accept(3, ..., ...) = 6");
    scene.call("epoll_wait(5, {...}, 10, 0) = 0");
    scene.call("epoll_ctl(5, EPOLL_CTL_MOD, 4, {events=EPOLLIN|EPOLLOUT|EPOLLRDHUP, fd=4}) = 0");
    scene.call("epoll_wait(5, {events=EPOLLOUT, fd=4}, 10, 0) = 1");
    scene.gets("F. 4:4 ack 1", "");
    scene.call("epoll_wait(5, {events=EPOLLIN|EPOLLOUT|EPOLLRDHUP, fd=4}, 10, 0) = 1");
    scene.call("close(4) = 0");
    scene.call("epoll_wait(5, {...}, 10, 0) = 0");
    for call in [
        "epoll_create(0) = -1 EINVAL",
        "epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN, fd=3}) = -1 EEXIST",
        "epoll_ctl(5, EPOLL_CTL_DEL, 6, NULL) = -1 ENOENT",
        "epoll_ctl(5, EPOLL_CTL_ADD, 5, {events=EPOLLIN, fd=5}) = -1 EINVAL",
        "epoll_ctl(3, EPOLL_CTL_ADD, 6, {events=EPOLLIN, fd=6}) = -1 EINVAL",
        "epoll_ctl(5, EPOLL_CTL_ADD, 99, {events=EPOLLIN, fd=9}) = -1 EBADF",
        "epoll_wait(3, {...}, 1, 0) = -1 EINVAL",
        "epoll_wait(5, {...}, 0, 0) = -1 EINVAL",
        "open(\"/dev/zero\", O_RDONLY) = 9",
        "epoll_ctl(5, EPOLL_CTL_ADD, 9, {events=EPOLLIN, fd=9}) = -1 EPERM",
    ] {
        scene.call(call);
    }
}

/// epoll(7): "calls are only made when changes occur"; data that comes in two pieces makes two events.
#[test]
fn epoll_by_edge_of_what_comes() {
    let mut scene = connected();
    scene.call("epoll_create1(EPOLL_CLOEXEC) = 5");
    scene.call("fcntl(5, F_GETFD) = FD_CLOEXEC");
    scene.call("epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0");
    scene.call("epoll_wait(5, {...}, 1, 0) = 0");
    scene.gets(". 1:1 ack 1", "abcdef");
    scene.call("epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1");
    scene.call("epoll_wait(5, {...}, 1, 0) = 0");
    scene.call("read(4, ..., 3) = 3");
    scene.call("epoll_wait(5, {...}, 1, 0) = 0");
    scene.waits("epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 1000) = 1");
    scene.gets(". 7:7 ack 1", "g");
    scene.comes_back();
    // What is read before it is told of is not told of.
    scene.gets(". 8:8 ack 1", "h");
    scene.call("read(4, ..., 100) = 5");
    scene.call("epoll_wait(5, {...}, 1, 0) = 0");
}

#[test]
fn epoll_by_edge_of_room() {
    let mut scene = connected();
    scene.call("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
    scene.call("setsockopt(4, SOL_SOCKET, SO_SNDBUF, [3000], 4) = 0");
    scene.call("epoll_create(1) = 5");
    scene.call("epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT|EPOLLET, fd=4}) = 0");
    scene.call("epoll_wait(5, {events=EPOLLOUT, fd=4}, 1, 0) = 1");
    scene.call("write(4, ..., 7000) = 6000");
    scene.call("epoll_wait(5, {...}, 1, 0) = 0");
    scene.gets(". 1:1 ack 1461", "");
    scene.call("epoll_wait(5, {...}, 1, 0) = 0");
    scene.gets(". 1:1 ack 2921", "");
    scene.call("epoll_wait(5, {events=EPOLLOUT, fd=4}, 1, 0) = 1");
    scene.gets(". 1:1 ack 4381", "");
    scene.call("epoll_wait(5, {...}, 1, 0) = 0");
}

#[test]
fn epoll_once() {
    let mut scene = connected();
    scene.call("epoll_create(1) = 5");
    scene.call("epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLONESHOT, fd=4}) = 0");
    scene.gets(". 1:1 ack 1", "abc");
    scene.call("epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1");
    scene.gets(". 4:4 ack 1", "def");
    scene.call("epoll_wait(5, {...}, 1, 0) = 0");
    scene.call("epoll_ctl(5, EPOLL_CTL_MOD, 4, {events=EPOLLIN|EPOLLONESHOT, fd=4}) = 0");
    scene.call("epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1");
}

#[test]
fn little_that_waits_to_be_sent_is_told_of() {
    let mut scene = connected();
    scene.call("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
    scene.call("setsockopt(4, SOL_TCP, TCP_NOTSENT_LOWAT, [4000], 4) = 0");
    // Ten segments go out, and of what waits then there may be three.
    scene.call("write(4, ..., 100000) = 18980");
    assert_eq!(scene.sent().len(), 10);
    scene.call("write(4, ..., 1000) = -1 EAGAIN");
    scene.call("poll([{fd=4, events=POLLOUT, revents=0}], 1, 0) = 0");
    scene.gets(". 1:1 ack 2921", "");
    scene.call("poll([{fd=4, events=POLLOUT, revents=POLLOUT}], 1, 0) = 1");
}

#[test]
fn closing_lingers() {
    let mut scene = connected();
    scene.call("setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=2}, 8) = 0");
    scene.call("write(4, ..., 100) = 100");
    scene.waits("close(4) = 0");
    assert_eq!(scene.sent(), ["P. 1:101 ack 1", "F. 101:101 ack 1"]);
    scene.gets(". 1:1 ack 101", "");
    scene.still_waits();
    scene.gets(". 1:1 ack 102", "");
    scene.comes_back();

    let mut scene = connected();
    scene.call("setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=2}, 8) = 0");
    scene.waits("close(4) = 0");
    scene.goes_on(1999 * MILLISECOND);
    scene.still_waits();
    scene.goes_on(MILLISECOND);
    scene.comes_back();

    let mut scene = connected();
    scene.call("setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0");
    scene.call("close(4) = 0");
    assert_eq!(scene.sent(), ["R. 1:1 ack 1"]);
}

#[test]
fn shutting_down() {
    let mut scene = connected();
    scene.call("shutdown(4, SHUT_WR) = 0");
    assert_eq!(scene.sent(), ["F. 1:1 ack 1"]);
    scene.call("write(4, ..., 10) = -1 EPIPE");
    scene.call("ioctl(4, SIOCOUTQ, [1]) = 0");
    scene.gets(". 1:1 ack 2", "abc");
    scene.call("ioctl(4, SIOCOUTQ, [0]) = 0");
    scene.call("read(4, ..., 10) = 3");
    scene.waits("read(4, ..., 10) = 0");
    scene.call("shutdown(4, SHUT_RD) = 0");
    scene.comes_back();

    scene.call("shutdown(3, SHUT_RD) = 0");
    scene.call("accept(3, ..., ...) = -1 EINVAL");
    scene.call("listen(3, 1) = 0");

    scene.call("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 5");
    scene.call("connect(5, ..., ...) = -1 EINPROGRESS");
    scene.call("shutdown(5, SHUT_RDWR) = 0");
    scene.call("poll([{fd=5, events=POLLIN|POLLOUT, revents=POLLIN|POLLOUT|POLLHUP}], 1, 0) = 1");
}

#[test]
fn files_and_pipes_feed_sockets() {
    let mut scene = connected();
    scene.call("setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0");
    scene.call("open(\"/etc/passwd\", O_RDONLY) = 5");
    scene.call("sendfile(4, 5, [0], 2000) = 2000");
    assert_eq!(scene.sent(), [". 1:1461 ack 1", "P. 1461:2001 ack 1"]);
    scene.gets(". 1:1 ack 2001", "abcdef");
    scene.call("pipe([6, 7]) = 0");
    scene.call("splice(4, NULL, 7, NULL, 4, SPLICE_F_MOVE) = 4");
    scene.call("ioctl(6, FIONREAD, [4]) = 0");
    scene.call("splice(6, NULL, 4, NULL, 100, SPLICE_F_MOVE) = 4");
    assert_eq!(scene.last_data(), b"abcd");
    scene.waits("read(6, \"xyz\", 10) = 3");
    scene.call("write(7, \"xyz\", 3) = 3");
    scene.comes_back();
    scene.call("poll([{fd=6, events=POLLIN, revents=0}, {fd=7, events=POLLOUT, revents=POLLOUT}], 2, 0) = 1");
    scene.call("splice(5, NULL, 7, NULL, 100000, 0) = 65536");
    scene.call("splice(5, NULL, 7, NULL, 100000, SPLICE_F_NONBLOCK) = -1 EAGAIN");
    scene.call("read(6, ..., 65536) = 65536");
    scene.call("splice(6, NULL, 4, NULL, 100, SPLICE_F_NONBLOCK) = -1 EAGAIN");
    for call in [
        "splice(4, NULL, 3, NULL, 1, 0) = -1 EINVAL",
        "splice(6, NULL, 5, NULL, 1, 0) = -1 EBADF",
        "splice(6, [0], 4, NULL, 1, 0) = -1 ESPIPE",
        "splice(7, NULL, 4, NULL, 1, 0) = -1 EBADF",
        "sendfile(4, 6, NULL, 10) = -1 EINVAL",
        "write(6, ..., 1) = -1 EBADF",
        "write(5, ..., 1) = -1 EBADF",
        "read(5, ..., 100) = 100",
        "close(7) = 0",
        "read(6, ..., 10) = 0",
        "poll([{fd=6, events=POLLIN, revents=POLLHUP}], 1, 0) = 1",
    ] {
        scene.call(call);
    }
}

#[test]
fn capabilities_can_be_given_up() {
    let mut scene = connected();
    scene.call("cap_set(CAP_NET_ADMIN, 0) = 0");
    scene.call("setsockopt(4, SOL_SOCKET, SO_SNDBUFFORCE, [10000], 4) = -1 EPERM");
    scene.call("setsockopt(4, SOL_SOCKET, SO_MARK, [1], 4) = 0");
    scene.call("cap_set(CAP_NET_RAW, 0) = 0");
    scene.call("setsockopt(4, SOL_SOCKET, SO_MARK, [1], 4) = -1 EPERM");
    scene.call("setsockopt(4, SOL_SOCKET, SO_PRIORITY, [6], 4) = 0");
    scene.call("setsockopt(4, SOL_SOCKET, SO_PRIORITY, [7], 4) = -1 EPERM");
    scene.call("cap_set(CAP_NET_BIND_SERVICE, 0) = 0");
    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 5");
    scene.call("bind(5, {sa_family=AF_INET, sin_port=htons(80), sin_addr=INADDR_ANY}, ...) = -1 EACCES");
}

#[test]
fn sockets_of_ipv6_carry_ipv4() {
    let mut scene = Scene::with(|settings| settings.ip_version = IpVersion::Mapped);
    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
    scene.call("getsockopt(3, SOL_SOCKET, SO_DOMAIN, [AF_INET6], [4]) = 0");
    scene.call(
        "bind(3, {sa_family=AF_INET6, sin6_port=htons(8080), sin6_addr=inet_pton(AF_INET6, \"::\")}, 28) = 0",
    );
    scene.call("listen(3, 5) = 0");
    scene.opens();
    scene.call("accept(3, {sa_family=AF_INET6, sin6_port=htons(33000), sin6_addr=inet_pton(AF_INET6, \"::ffff:192.0.2.1\")}, [28]) = 4");
    scene.call("setsockopt(4, SOL_IPV6, IPV6_TCLASS, [0x20], 4) = 0");
    scene.call("setsockopt(4, SOL_IP, IP_TTL, [7], 4) = 0");
    scene.call("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 5");
    scene.call("connect(5, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"192.0.2.1\")}, 16) = -1 EINVAL");
    scene.call("connect(5, {sa_family=AF_INET6, sin6_port=htons(80), sin6_addr=\"::ffff:192.0.2.1\"}, 28) = -1 EINPROGRESS");
    assert_eq!(scene.sent().last().map(String::as_str), Some("S 0:0"));
}

#[test]
fn sockets_of_ipv6() {
    let mut scene = Scene::with(|settings| settings.ip_version = IpVersion::Ipv6);
    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
    scene.call("bind(3, ..., ...) = 0");
    scene.call("listen(3, 5) = 0");
    scene.opens();
    scene.call("accept(3, {sa_family=AF_INET6, sin6_port=htons(33000), sin6_addr=inet_pton(AF_INET6, \"fd3d:fa7b:d17d:8888::1\")}, [28]) = 4");
    scene.call("write(4, ..., 10) = 10");
    assert_eq!(scene.sent(), ["P. 1:11 ack 1"]);
}

#[test]
fn packets_belong_to_the_socket_that_was_last() {
    let mut scene = Scene::new();
    assert_eq!(scene.posix.latest(&scene.world, Kind::Stream), None);
    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
    assert_eq!(scene.posix.latest(&scene.world, Kind::Stream), None);
    scene.call("bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=INADDR_ANY}, ...) = 0");
    let latest = scene.posix.latest(&scene.world, Kind::Stream).unwrap();
    assert_eq!((latest.local, latest.remote), ("192.168.0.1:80".parse().unwrap(), None));
    scene.call("socket(..., SOCK_DGRAM, IPPROTO_UDP) = 4");
    scene.call("connect(4, ..., ...) = 0");
    let latest = scene.posix.latest(&scene.world, Kind::Datagram).unwrap();
    assert_eq!((latest.kind, latest.remote), (Kind::Datagram, Some("192.0.2.1:8080".parse().unwrap())));
    assert_eq!(scene.posix.latest(&scene.world, Kind::Stream).unwrap().local.port(), 80);
    scene.call("close(4) = 0");
    assert_eq!(scene.posix.latest(&scene.world, Kind::Datagram), Some(latest));
}

#[test]
fn resets_by_connecting_to_nowhere() {
    let mut scene = connected();
    scene.call("connect(4, {sa_family=AF_UNSPEC}, 16) = 0");
    assert_eq!(scene.sent(), ["R. 1:1 ack 1"]);
    scene.call("connect(3, {sa_family=AF_UNSPEC}, 16) = 0");
    scene.call("accept(3, ..., ...) = -1 EINVAL");
}

#[test]
fn what_was_pending_is_acknowledged_at_once() {
    let mut scene = connected();
    scene.call("setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0");
    scene.gets(". 1:1 ack 1", "abc");
    assert!(scene.sent().is_empty());
    scene.call("setsockopt(4, SOL_TCP, TCP_QUICKACK, [1], 4) = 0");
    assert_eq!(scene.sent(), [". 1:1 ack 4"]);
    scene.call("getsockopt(4, SOL_TCP, TCP_QUICKACK, [1], [4]) = 0");
}

#[test]
fn buffers_decide_the_window() {
    let mut scene = Scene::new();
    scene.call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
    scene.call("setsockopt(3, SOL_SOCKET, SO_RCVBUF, [20000], 4) = 0");
    scene.call("setsockopt(3, SOL_TCP, TCP_MAXSEG, [1000], 4) = 0");
    scene.call("bind(3, ..., ...) = 0");
    scene.call("listen(3, 1) = 0");
    scene.opens();
    scene.call("accept(3, ..., ...) = 4");
    let info = scene.world.stack.tcp_info(scene.posix.socket(4).unwrap()).unwrap();
    assert!((18_000..=20_000).contains(&info.window), "{}", info.window);
    assert_eq!(info.segment, 1000);
    scene.call("setsockopt(4, SOL_TCP, TCP_WINDOW_CLAMP, [0], 4) = -1 EINVAL");
    scene.call("setsockopt(4, SOL_TCP, TCP_WINDOW_CLAMP, [100], 4) = 0");
    scene.call("getsockopt(4, SOL_TCP, TCP_WINDOW_CLAMP, [1152], [4]) = 0");
}
