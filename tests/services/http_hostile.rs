//! HTTP/1.1: what nobody should send. Never a panic, always an end, always an answer that can be read.

use std::time::Duration;

use layercake::random::Random;
use layercake::sim::{Log, Net};
use layercake::stack::service::http::server;
use layercake::stack::{Host, SocketId};

use super::http::served;
use super::support::{connect, counter, receive};

const REQUEST: &[u8] = b"POST /hello.txt HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\nIf-None-Match: \"a\"\r\n\r\n";

/// Sends these, one connection each, and looks at what comes back.
fn all(net: &mut Net<Host, Log>, requests: &[Vec<u8>]) {
    for some in requests.chunks(100) {
        let sockets: Vec<SocketId> = some
            .iter()
            .map(|_| {
                let now = net.now;
                let stack = &mut net.nodes[0].stack;
                let socket = stack.socket(layercake::stack::Kind::Stream).unwrap();
                stack.connect(now, socket, "192.0.2.2:80".parse().unwrap()).unwrap();
                socket
            })
            .collect();
        net.run(Duration::from_millis(50)).unwrap();
        for (socket, request) in sockets.iter().zip(some) {
            let now = net.now;
            let _ = net.nodes[0].stack.send(now, *socket, request);
        }
        net.run(Duration::from_millis(50)).unwrap();
        for (socket, request) in sockets.iter().zip(some) {
            let (answer, _) = receive(net, *socket);
            let whole = answer.is_empty() || answer.starts_with(b"HTTP/1.1 ");
            assert!(
                whole,
                "{:?} got {:?}",
                String::from_utf8_lossy(request),
                String::from_utf8_lossy(&answer)
            );
            let _ = net.nodes[0].stack.abort(net.now, *socket);
            let _ = net.nodes[0].stack.close(net.now, *socket);
        }
        net.run(Duration::from_millis(50)).unwrap();
    }
}

/// Each prefix of a request, and each of its bits turned over.
#[test]
fn prefixes_and_flipped_bits() {
    let mut net = served(server::Config::default());
    let prefixes = (0..REQUEST.len()).map(|length| REQUEST[..length].to_vec());
    let flips = (0..REQUEST.len() * 8).map(|bit| {
        let mut bytes = REQUEST.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    });
    let requests: Vec<Vec<u8>> = prefixes.chain(flips).collect();
    all(&mut net, &requests);
    // The server still serves, and none of those connections is left.
    let socket = connect(&mut net, "192.0.2.2:80");
    let now = net.now;
    net.nodes[0].stack.send(now, socket, REQUEST).unwrap();
    net.run(Duration::from_millis(50)).unwrap();
    assert!(receive(&mut net, socket).0.starts_with(b"HTTP/1.1 405 "));
    assert_eq!(counter(&net, "http", "connections"), requests.len() as u64 + 1);
}

/// Bytes without sense, and requests with pieces of others in them.
#[test]
fn noise() {
    let mut net = served(server::Config::default());
    let mut random = Random::new(1);
    let mut requests = Vec::new();
    for _ in 0..300 {
        let length = random.below(400) as usize;
        requests.push((0..length).map(|_| random.below(256) as u8).collect());
        let mut spliced = REQUEST.to_vec();
        for _ in 0..3 {
            let (from, to) =
                (random.below(spliced.len() as u64) as usize, random.below(spliced.len() as u64) as usize);
            let piece = spliced[from..(from + 20).min(spliced.len())].to_vec();
            spliced.splice(to..to, piece);
        }
        requests.push(spliced);
    }
    all(&mut net, &requests);
}

/// What never ends keeps no memory and no connection: a head, a list of empty lines, trailers, an extension of a chunk, tiny chunks.
#[test]
fn what_never_ends_is_ended() {
    let mut net = served(server::Config::default());
    let chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (begin, again, status) in [
        (&b"GET /"[..], &b"aaaaaaaaaaaaaaaa"[..], "414"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"field: value\r\n", "431"),
        (chunked, b"1\r\nx\r\n", "413"),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"trailer: value\r\n",
            "400",
        ),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"extension", "400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0", b"0000000000", "400"),
        (b"", b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", ""),
    ] {
        let socket = connect(&mut net, "192.0.2.2:80");
        let mut left = [begin, &again.repeat(2_000_000 / again.len())].concat();
        let mut answer = Vec::new();
        for _ in 0..100 {
            let now = net.now;
            let sent = net.nodes[0].stack.send(now, socket, &left).unwrap_or(0);
            left.drain(..sent);
            net.run(Duration::from_millis(10)).unwrap();
            if let Ok(length @ 1..) = net.nodes[0].stack.recv(net.now, socket, &mut [0; 1000]) {
                answer.push(length);
            }
        }
        net.run(Duration::from_secs(120)).unwrap();
        let _ = net.nodes[0].stack.close(net.now, socket);
        let notice = net.nodes[1].poll_notice().map(|told| told.2).unwrap_or_default();
        assert!(
            notice.contains(&format!(" {status} ")) || (status.is_empty() && notice.is_empty()),
            "{status}: {notice}"
        );
    }
}

/// What a client writes is shown without obeying it.
#[test]
fn notices_are_safe_to_print() {
    let mut net = served(server::Config::default());
    all(
        &mut net,
        &[
            b"GET /\x1b[2J\x07 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            b"GET /\xe2\x80\xae HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        ],
    );
    let notices: Vec<String> = std::iter::from_fn(|| net.nodes[1].poll_notice().map(|told| told.2)).collect();
    assert!(notices.iter().any(|told| told.starts_with(r"GET /\x1b[2J\x07 400 ")), "{notices:?}");
    assert!(notices.iter().any(|told| told.starts_with(r"GET /\xe2\x80\xae 404 ")), "{notices:?}");
}
