//! HTTP/1.1, the client: RFC 9110, RFC 9112.

use std::time::Duration;

use layercake::link::{self, Loss, Probability};
use layercake::sim::{Log, Net};
use layercake::stack::service::http::client::{Config, Event, Failure, Head, Request, RequestId};
use layercake::stack::service::http::{Content, HttpClient, HttpServer, Pages, Resource, Status, server};
use layercake::stack::{Errno, Host, Kind, Shutdown, SocketId};

use super::http::{pattern, served};
use super::support::{counter, pair, pair_over};

type Trailers = Vec<(String, Vec<u8>)>;

/// What became of a request.
#[derive(Debug, Default)]
struct Response {
    heads: Vec<Head>,
    content: Vec<u8>,
    end: Option<Result<Trailers, Failure>>,
}

impl Response {
    /// Status, content, and how it ended.
    fn short(&self) -> (u16, &[u8], Option<Failure>) {
        let status = self.heads.first().map_or(0, |head| head.status.0);
        let failure = self.end.as_ref().expect("it has an end").as_ref().err().copied();
        (status, &self.content, failure)
    }
}

fn get(net: &mut Net<Host, Log>, url: &str) -> RequestId {
    send(net, &url.parse().unwrap())
}

/// To the second host, at the port that stands in the request.
fn send(net: &mut Net<Host, Log>, request: &Request) -> RequestId {
    let now = net.now;
    let to = std::net::SocketAddr::new("192.0.2.2".parse().unwrap(), request.server().1);
    let (stack, client) = net.nodes[0].with::<HttpClient>().unwrap();
    client.get(now, stack, to, request).unwrap()
}

/// Takes what has come for a request; `most` bytes at once.
fn take(net: &mut Net<Host, Log>, wanted: RequestId, response: &mut Response, most: usize) {
    let now = net.now;
    let (stack, client) = net.nodes[0].with::<HttpClient>().unwrap();
    let mut chunk = vec![0; most];
    while let Some((id, event)) = client.poll() {
        assert_eq!(id, wanted);
        assert!(response.end.is_none(), "nothing comes behind the end");
        match event {
            Event::Head(head) => response.heads.push(head),
            Event::Body => {
                while let Ok(length @ 1..) = client.read(now, stack, id, &mut chunk) {
                    response.content.extend(&chunk[..length]);
                }
            }
            Event::End(trailers) => response.end = Some(Ok(trailers)),
            Event::Failed(failure) => response.end = Some(Err(failure)),
            other => panic!("{other:?}"),
        }
    }
}

/// Goes on until a request is over, for a few minutes at most.
fn finish(net: &mut Net<Host, Log>, id: RequestId, step: Duration, most: usize) -> Response {
    let mut response = Response::default();
    for _ in 0..20_000 {
        take(net, id, &mut response, most);
        if response.end.is_some() {
            return response;
        }
        net.run(step).unwrap();
    }
    panic!("no end, {} bytes", response.content.len());
}

fn fetch(net: &mut Net<Host, Log>, url: &str) -> Response {
    let id = get(net, url);
    finish(net, id, Duration::from_millis(10), 65_536)
}

fn with_client(mut net: Net<Host, Log>) -> Net<Host, Log> {
    net.start(0, HttpClient::default()).unwrap();
    net
}

/// A listener on port 8080 of the second host, whose answers a test writes.
fn canned() -> (Net<Host, Log>, SocketId) {
    let mut net = with_client(pair());
    let stack = &mut net.nodes[1].stack;
    let listener = stack.socket(Kind::Stream).unwrap();
    stack.bind(listener, "0.0.0.0:8080".parse().unwrap()).unwrap();
    stack.listen(listener, 10).unwrap();
    (net, listener)
}

/// Takes a connection and the request that has come on it.
fn accept(net: &mut Net<Host, Log>, listener: SocketId) -> (SocketId, String) {
    let now = net.now;
    let (socket, _) = net.nodes[1].stack.accept(listener).unwrap();
    let mut request = [0; 10_000];
    let length = net.nodes[1].stack.recv(now, socket, &mut request).unwrap();
    (socket, String::from_utf8(request[..length].to_vec()).unwrap())
}

/// What a client makes of bytes that come in pieces, behind which the connection ends.
fn answered(net: &mut Net<Host, Log>, listener: SocketId, pieces: &[&[u8]], head_only: bool) -> Response {
    let id = send(net, &Request { head_only, ..request("http://192.0.2.2:8080/x") });
    net.run(Duration::from_millis(10)).unwrap();
    let (socket, asked) = accept(net, listener);
    let method = if head_only { "HEAD" } else { "GET" };
    assert_eq!(asked, format!("{method} /x HTTP/1.1\r\nHost: 192.0.2.2:8080\r\n\r\n"));
    for piece in pieces {
        let now = net.now;
        let _ = net.nodes[1].stack.send(now, socket, piece);
        let _ = net.nodes[1].stack.push(now, socket);
        net.run(Duration::from_millis(3)).unwrap();
    }
    let now = net.now;
    let _ = net.nodes[1].stack.shutdown(now, socket, Shutdown::Write);
    let response = finish(net, id, Duration::from_millis(10), 7);
    let now = net.now;
    let _ = net.nodes[1].stack.close(now, socket);
    net.run(Duration::from_millis(10)).unwrap();
    response
}

fn request(url: &str) -> Request {
    url.parse().unwrap()
}

#[test]
fn our_server_is_understood() {
    let mut net = with_client(served(server::Config::default()));
    for (url, expected, content) in [
        ("http://192.0.2.2/hello.txt", 200, "Hello, world"),
        ("http://example.org", 200, "<p>root"),
        ("http://example.org/empty", 200, ""),
        ("http://example.org/missing?a=b#c", 404, "404 Not Found\n"),
        ("HTTP://example.org/folder", 301, "301 Moved Permanently\n"),
        ("http://[2001:db8::2]/a%20b", 200, "blank"),
    ] {
        let response = fetch(&mut net, url);
        assert_eq!(response.short(), (expected, content.as_bytes(), None), "{url}");
        assert_eq!(response.heads[0].length, Some(content.len() as u64));
        assert_eq!(response.heads[0].get("location"), (expected == 301).then_some(&b"/folder/"[..]));
    }
    let with = |name: &str, value: &str| Request {
        fields: vec![(name.to_owned(), value.to_owned())],
        ..request("http://192.0.2.2/hello.txt")
    };
    for (request, expected, content) in [
        (with("Range", "bytes=7-"), 206, "world"),
        (with("If-None-Match", "\"v,1\""), 304, ""),
        (Request { head_only: true, ..with("Accept", "*/*") }, 200, ""),
    ] {
        let id = send(&mut net, &request);
        let response = finish(&mut net, id, Duration::from_millis(10), 100);
        assert_eq!(response.short(), (expected, content.as_bytes(), None));
    }
    // All over one connection (RFC 9112 section 9.3).
    assert_eq!(counter(&net, "http", "connections"), 1);
    let notices: Vec<String> = std::iter::from_fn(|| net.nodes[0].poll_notice().map(|told| told.2)).collect();
    assert!(
        notices[0].starts_with("GET http://192.0.2.2/hello.txt 200 12 bytes from 192.0.2.2:80 in 0."),
        "{notices:?}"
    );
}

/// What is no URL of HTTP, and what would not stay where it belongs in a request.
#[test]
fn what_cannot_be_asked_is_refused() {
    for url in [
        "",
        "x",
        "/x",
        "https://example.org/",
        "http://",
        "http:///x",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://example.org:x/",
        "http://user@example.org/",
        "http://exa mple/",
        "http://example.org/a b",
        "http://example.org/\r\nx: y",
        "http://[::1/",
        "http://example.org/é",
    ] {
        assert!(url.parse::<Request>().is_err(), "{url}");
    }
    let mut net = with_client(pair());
    let plain = request("http://example.org/");
    let with = |name: &str, value: &str| Request {
        fields: vec![(name.to_owned(), value.to_owned())],
        ..plain.clone()
    };
    for request in [
        with("X", "a\r\nY: b"),
        with("X\r\nY", "a"),
        with("", "a"),
        with("Content-Length", "3"),
        with("host", "other"),
        Request { target: "x".to_owned(), ..plain.clone() },
        Request { target: "/ HTTP/1.1\r\nX: y".to_owned(), ..plain.clone() },
        Request { host: String::new(), ..plain.clone() },
    ] {
        let now = net.now;
        let (stack, client) = net.nodes[0].with::<HttpClient>().unwrap();
        let result = client.get(now, stack, "192.0.2.2:80".parse().unwrap(), &request);
        assert_eq!(result, Err(Errno::EINVAL), "{request:?}");
    }
    assert_eq!(request("http://[2001:db8::1]:8080/").server(), ("2001:db8::1", 8080));
    assert_eq!(request("http://[2001:db8::1]").server(), ("2001:db8::1", 80));
}

/// What Python 3.11.7's `http.server` sent over the loopback, with HTTP/1.0 and with HTTP/1.1; its 404 with the first line of its text.
const PYTHON_10: &[u8] = b"HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6 Python/3.11.7\r\nDate: Mon, 23 Nov 2026 09:58:46 GMT\r\nContent-type: text/plain\r\nContent-Length: 5\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nHello";
const PYTHON_11: &[u8] = b"HTTP/1.1 404 File not found\r\nServer: SimpleHTTP/0.6 Python/3.11.7\r\nDate: Mon, 23 Nov 2026 09:58:47 GMT\r\nConnection: close\r\nContent-Type: text/html;charset=utf-8\r\nContent-Length: 15\r\n\r\n<!DOCTYPE HTML>";
/// From captures of others: nginx (CESNET ipfixprobe, 2016), a field without a blank (Microsoft IIS 6.0, tcpdump's tests, 2014; its content cut), and no
/// words behind the status (PcapPlusPlus, 2019; its content cut, in a chunk of its length).
const NGINX: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Thu, 07 Apr 2016 18:23:31 GMT\r\nContent-Type: application/json\r\nContent-Length: 34\r\nConnection: keep-alive\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n\r\n{\n  \"user-agent\": \"curl/7.43.0\"\n}\n";
const IIS: &[u8] = b"HTTP/1.1 200 OK\r\nDate: Tue, 18 Mar 2014 19:12:05 GMT\r\nServer: Microsoft-IIS/6.0\r\nCache-Control:no-cache\r\nX-Powered-By: ASP.NET\r\nX-AspNet-Version: 4.0.30319\r\nCache-Control: private, max-age=0\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: 351\r\n\r\n<?xml version=\"1.0\"";
const WORDLESS: &[u8] = b"HTTP/1.1 200 \r\nX-Application-Context: front-gateway:8001\r\nP3P: CP=CAO PSA OUR\r\nCache-Control: no-store, no-cache, must-revalidate\r\nCache-Control: post-check=0, pre-check=0\r\nPragma: no-cache\r\nExpires: Sat, 6 May 1995 12:00:00 GMT\r\nDate: Tue, 12 Nov 2019 08:37:06 GMT\r\nContent-Type: text/html;charset=UTF-8\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n\r\n\r\n\r\n<!DOCTYPE html>\r\n0\r\n\r\n";
/// Chunks as RFC 9112 section 7.1 has them: extensions, leading zeros, both cases, trailers.
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n5\r\nHello\r\n002;a=\"b;c\" ; d\r\n, \r\nA\r\nchunked \r\n\r\n0;last\r\nSum: 17\r\nX: y\r\n\r\n";

#[test]
fn each_response_is_read_as_it_is_meant() {
    let (mut net, listener) = canned();
    let plain = |head: &str, content: &str| format!("HTTP/1.1 {head}\r\n\r\n{content}").into_bytes();
    let endless = format!("HTTP/1.1 200 OK\r\n{}", "field: value\r\n".repeat(6000)).into_bytes();
    let fields = format!("HTTP/1.1 200 OK\r\n{}\r\n", "field: value\r\n".repeat(101)).into_bytes();
    let interim = "HTTP/1.1 100 Continue\r\n\r\n";
    let (framing, cut) = (Some(Failure::Framing), Some(Failure::Cut));
    for (answer, status, content, failure) in [
        (PYTHON_10.to_vec(), 200, "Hello", None),
        (PYTHON_11.to_vec(), 404, "<!DOCTYPE HTML>", None),
        (NGINX.to_vec(), 200, "{\n  \"user-agent\": \"curl/7.43.0\"\n}\n", None),
        (IIS.to_vec(), 200, "<?xml version=\"1.0\"", cut),
        (WORDLESS.to_vec(), 200, "\r\n\r\n\r\n<!DOCTYPE html>", None),
        (CHUNKED.to_vec(), 200, "Hello, chunked \r\n", None),
        // RFC 9112 section 6.3, in its order: no content at all...
        (plain("204 No Content\r\nContent-Length: 5", ""), 204, "", None),
        (plain("304 Not Modified\r\nTransfer-Encoding: chunked", ""), 304, "", None),
        // ... chunks, and what they must not come with ...
        (plain("200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3", "0\r\n\r\n"), 0, "", framing),
        (plain("200 OK\r\nTransfer-Encoding: gzip, chunked", "0\r\n\r\n"), 0, "", framing),
        (plain("200 OK\r\nTransfer-Encoding: gzip", "x"), 0, "", framing),
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_vec(), 0, "", framing),
        (plain("200 OK\r\nTransfer-Encoding: chunked", "3\r\nabc\r\n"), 200, "abc", cut),
        (plain("200 OK\r\nTransfer-Encoding: chunked", "3\r\nab"), 200, "ab", cut),
        (plain("200 OK\r\nTransfer-Encoding: chunked", "3\r\nabc\r\n0\r\n"), 200, "abc", cut),
        (plain("200 OK\r\nTransfer-Encoding: chunked", "3\r\nabcd\r\n"), 200, "abc", framing),
        (plain("200 OK\r\nTransfer-Encoding: chunked", "3\nabc\n0\n\n"), 200, "", framing),
        (plain("200 OK\r\nTransfer-Encoding: chunked", "x\r\n"), 200, "", framing),
        (plain("200 OK\r\nTransfer-Encoding: chunked", "3 x\r\nabc"), 200, "", framing),
        (plain("200 OK\r\nTransfer-Encoding: chunked", "0\r\nno field\r\n\r\n"), 200, "", framing),
        // ... lengths ...
        (plain("200 OK\r\nContent-Length: 3", "abc"), 200, "abc", None),
        (plain("200 OK\r\nContent-Length: 0", ""), 200, "", None),
        (plain("200 OK\r\nContent-Length: 3", "abcdef"), 200, "abc", None),
        (plain("200 OK\r\nContent-Length: 5", "abc"), 200, "abc", cut),
        (plain("200 OK\r\nContent-Length: 3\r\nContent-Length: 4", "abc"), 0, "", framing),
        (plain("200 OK\r\nContent-Length: three", "abc"), 0, "", framing),
        (plain("200 OK\r\nContent-Length: 99999999999999999999", "abc"), 0, "", framing),
        (plain("200 OK\r\nContent-Length: 18446744073709551615", "abc"), 200, "abc", cut),
        // ... and the end of the connection.
        (plain("200 OK\r\nServer: x", "to the end"), 200, "to the end", None),
        (b"HTTP/1.0 200\r\n\r\nto the end".to_vec(), 200, "to the end", None),
        (b"HTTP/1.1 200 OK\n\nto the end".to_vec(), 200, "to the end", None),
        // RFC 9110 section 15.2: what comes before the response.
        (
            format!("{interim}HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx")
                .into_bytes(),
            200,
            "x",
            None,
        ),
        (interim.repeat(100).into_bytes(), 0, "", Some(Failure::Head)),
        (plain("101 Switching Protocols", ""), 0, "", Some(Failure::Head)),
        // No HTTP.
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec(), 0, "", Some(Failure::Head)),
        (b"HTTP/2.0 200 OK\r\n\r\n".to_vec(), 0, "", Some(Failure::Head)),
        (plain("99 x", ""), 0, "", Some(Failure::Head)),
        (plain("999 x", ""), 0, "", Some(Failure::Head)),
        (plain("200 OK\r\na: b\r\n c", ""), 0, "", Some(Failure::Head)),
        (endless, 0, "", Some(Failure::Head)),
        (fields, 0, "", Some(Failure::Head)),
        (Vec::new(), 0, "", cut),
        (b"HTTP/1.1 200 OK\r\nServ".to_vec(), 0, "", cut),
    ] {
        let response = answered(&mut net, listener, &[&answer], false);
        let shown = String::from_utf8_lossy(&answer[..answer.len().min(100)]);
        assert_eq!(response.short(), (status, content.as_bytes(), failure), "{shown:?}");
    }
    // A HEAD has no content, whatever its length.
    let response = answered(&mut net, listener, &[PYTHON_10], true);
    assert_eq!(response.short(), (200, &b""[..], None));
    assert_eq!(response.heads[0].length, Some(5));
    let response = answered(&mut net, listener, &[CHUNKED], false);
    let trailers = vec![("Sum".to_owned(), b"17".to_vec()), ("X".to_owned(), b"y".to_vec())];
    assert_eq!(response.end, Some(Ok(trailers)));
}

/// However the response is cut into pieces, and if it comes byte by byte.
#[test]
fn a_response_may_come_in_any_pieces() {
    let (mut net, listener) = canned();
    for cut in 0..CHUNKED.len() {
        let response = answered(&mut net, listener, &[&CHUNKED[..cut], &CHUNKED[cut..]], false);
        assert_eq!(response.short(), (200, &b"Hello, chunked \r\n"[..], None), "{cut}");
    }
    let pieces: Vec<&[u8]> = CHUNKED.chunks(1).collect();
    let response = answered(&mut net, listener, &pieces, false);
    assert_eq!(response.short(), (200, &b"Hello, chunked \r\n"[..], None));
}

/// The response in `fixtures/http.pcap`, which Python's `http.server` gave to curl over virtual Ethernet.
#[test]
fn a_captured_response() {
    let capture = include_bytes!("../../fixtures/http.pcap");
    let (mut bytes, mut rest) = (Vec::new(), &capture[24..]);
    while let Some((header, frames)) = rest.split_at_checked(16) {
        let length = u32::from_le_bytes(header[8..12].try_into().unwrap()) as usize;
        let (frame, behind) = frames.split_at(length);
        rest = behind;
        // IPv4 and TCP from the server.
        if frame[12..14] == [8, 0] && frame[23] == 6 && frame[26..30] == [192, 0, 2, 2] {
            let total = usize::from(u16::from_be_bytes([frame[16], frame[17]]));
            bytes.extend(&frame[34 + usize::from(frame[46] >> 4) * 4..14 + total]);
        }
    }
    let (mut net, listener) = canned();
    let response = answered(&mut net, listener, &[&bytes], false);
    let head = &response.heads[0];
    assert_eq!(
        (head.status, head.length, head.get("CONTENT-TYPE")),
        (Status::OK, Some(5815), Some(&b"text/html"[..]))
    );
    assert_eq!((response.content.len(), response.end), (5815, Some(Ok(Vec::new()))));
    assert!(
        response.content.starts_with(b"<!DOCTYPE html><title>A small page</title>")
            && response.content.ends_with(b"</pre>\n")
    );
}

fn downloaded(mut net: Net<Host, Log>, length: usize, step: Duration, most: usize) {
    let data = pattern(length);
    let mut pages = Pages::default();
    pages.insert("/big", "application/octet-stream", data.clone());
    net.start(1, HttpServer::new(pages)).unwrap();
    let mut net = with_client(net);
    let id = get(&mut net, "http://192.0.2.2/big");
    let response = finish(&mut net, id, step, most);
    assert_eq!((response.content.len(), response.end), (length, Some(Ok(Vec::new()))));
    assert!(response.content == data, "other bytes");
}

#[test]
fn fifty_megabytes_are_fetched() {
    downloaded(pair_over(&link::Config::default()), 50 << 20, Duration::from_millis(1), 65_536);
}

#[test]
fn five_megabytes_are_fetched_over_a_wire_that_loses() {
    let loss = Loss::Bernoulli(Probability::percent(2));
    let wire = link::Config { delay: Duration::from_millis(5), loss, ..link::Config::default() };
    downloaded(pair_over(&wire), 5 << 20, Duration::from_millis(50), 1000);
}

/// What the caller does not take stays in the connection, and then at the server; no time runs out over it.
#[test]
fn a_caller_that_does_not_read_slows_the_server_down() {
    let mut net = pair();
    let mut pages = Pages::default();
    pages.insert("/big", "application/octet-stream", pattern(60 << 20));
    net.start(
        1,
        HttpServer::with_config(
            pages,
            server::Config { idle: Duration::from_secs(600), ..server::Config::default() },
        ),
    )
    .unwrap();
    let mut net = with_client(net);
    let id = get(&mut net, "http://192.0.2.2/big");
    net.run(Duration::from_secs(300)).unwrap();
    assert_eq!(counter(&net, "http", "answers"), 0);
    let response = finish(&mut net, id, Duration::from_millis(20), 100_000);
    assert_eq!((response.content.len(), response.end), (60 << 20, Some(Ok(Vec::new()))));
}

/// Times and errors: who does not answer, who does not exist, who refuses, who resets.
#[test]
fn what_fails_says_why() {
    let (mut net, listener) = canned();
    let start = net.now;
    let id = get(&mut net, "http://192.0.2.2:8080/x");
    let response = finish(&mut net, id, Duration::from_secs(1), 100);
    assert_eq!(response.end, Some(Err(Failure::Late)));
    assert!((60..64).contains(&(net.now - start).as_secs()));
    net.nodes[1].stack.accept(listener).unwrap();

    let id = get(&mut net, "http://192.0.2.2:8081/x");
    let response = finish(&mut net, id, Duration::from_secs(1), 100);
    assert_eq!(response.end, Some(Err(Failure::Connection(Errno::ECONNREFUSED))));

    let (now, request) = (net.now, request("http://nobody/"));
    let (stack, client) = net.nodes[0].with::<HttpClient>().unwrap();
    let id = client.get(now, stack, "192.0.2.9:80".parse().unwrap(), &request).unwrap();
    assert_eq!(client.get(now, stack, "203.0.113.1:80".parse().unwrap(), &request), Err(Errno::ENETUNREACH));
    let response = finish(&mut net, id, Duration::from_secs(1), 100);
    assert_eq!(response.end, Some(Err(Failure::Connection(Errno::EHOSTUNREACH))));

    // Content that stops coming, and a reset in its midst.
    for reset in [false, true] {
        let id = get(&mut net, "http://192.0.2.2:8080/x");
        net.run(Duration::from_millis(10)).unwrap();
        let (socket, _) = accept(&mut net, listener);
        let (now, stack) = (net.now, &mut net.nodes[1].stack);
        stack.send(now, socket, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc").unwrap();
        let mut response = Response::default();
        net.run(Duration::from_secs(1)).unwrap();
        take(&mut net, id, &mut response, 100);
        assert_eq!((response.content.as_slice(), &response.end), (&b"abc"[..], &None));
        if reset {
            let now = net.now;
            net.nodes[1].stack.abort(now, socket).unwrap();
        }
        let response = finish(&mut net, id, Duration::from_secs(1), 100);
        let expected = if reset { Failure::Connection(Errno::ECONNRESET) } else { Failure::Late };
        assert_eq!(response.end, Some(Err(expected)));
    }
    let notices: Vec<String> = std::iter::from_fn(|| net.nodes[0].poll_notice().map(|told| told.2)).collect();
    let (begin, end) =
        ("GET http://192.0.2.2:8080/x from 192.0.2.2:8080 failed after 60.0", " s: the server took too long");
    assert!(notices[0].starts_with(begin) && notices[0].ends_with(end), "{notices:?}");
}

/// RFC 9112 section 9.3.1: a request on a connection that the server has just ended is sent again on another, once.
#[test]
fn a_connection_that_has_ended_is_replaced() {
    let config = server::Config { idle: Duration::from_secs(3), ..server::Config::default() };
    let mut net = with_client(served(config));
    for _ in 0..3 {
        assert_eq!(fetch(&mut net, "http://192.0.2.2/hello.txt").short().0, 200);
        net.run(Duration::from_secs(10)).unwrap();
    }
    assert_eq!(counter(&net, "http", "connections"), 3);
    // The request and the end of the connection cross each other on their way.
    let (mut net, listener) = canned();
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let id = get(&mut net, "http://192.0.2.2:8080/x");
    net.run(Duration::from_millis(10)).unwrap();
    let (first, _) = accept(&mut net, listener);
    let now = net.now;
    net.nodes[1].stack.send(now, first, ok).unwrap();
    assert_eq!(finish(&mut net, id, Duration::from_millis(10), 100).short(), (200, &b"ok"[..], None));
    let now = net.now;
    net.nodes[1].stack.close(now, first).unwrap();
    let id = get(&mut net, "http://192.0.2.2:8080/x");
    net.run(Duration::from_millis(10)).unwrap();
    let (second, _) = accept(&mut net, listener);
    let now = net.now;
    net.nodes[1].stack.send(now, second, ok).unwrap();
    assert_eq!(finish(&mut net, id, Duration::from_millis(10), 100).short(), (200, &b"ok"[..], None));
    // Another time it is an error.
    let now = net.now;
    let id = get(&mut net, "http://192.0.2.2:8080/x");
    net.nodes[1].stack.close(now, second).unwrap();
    net.run(Duration::from_millis(10)).unwrap();
    let (third, _) = accept(&mut net, listener);
    let now = net.now;
    net.nodes[1].stack.close(now, third).unwrap();
    assert_eq!(finish(&mut net, id, Duration::from_millis(10), 100).end, Some(Err(Failure::Cut)));
}

/// Requests and connections are bounded; a connection that waits gives way to another server's.
#[test]
fn there_are_bounds() {
    let mut net = served(server::Config::default());
    net.start(
        1,
        HttpServer::with_config(Pages::default(), server::Config { port: 81, ..server::Config::default() }),
    )
    .unwrap();
    net.start(0, HttpClient::new(Config { requests: 3, connections: 1, ..Config::default() })).unwrap();
    assert_eq!(fetch(&mut net, "http://192.0.2.2/").short().0, 200);
    assert_eq!(fetch(&mut net, "http://192.0.2.2:81/").short().0, 404);
    let id = get(&mut net, "http://192.0.2.2/");
    let now = net.now;
    let (stack, client) = net.nodes[0].with::<HttpClient>().unwrap();
    let request = request("http://192.0.2.2/");
    assert_eq!(client.get(now, stack, "192.0.2.2:80".parse().unwrap(), &request), Err(Errno::EMFILE));
    client.cancel(now, stack, id);
    assert_eq!(client.read(now, stack, id, &mut [0]), Err(Errno::EBADF));
    net.run(Duration::from_secs(1)).unwrap();
    // An end that was not polled keeps its place.
    let to = "192.0.2.2:80".parse().unwrap();
    for _ in 0..3 {
        let now = net.now;
        let (stack, client) = net.nodes[0].with::<HttpClient>().unwrap();
        let id = client.get(now, stack, to, &request).unwrap();
        net.run(Duration::from_millis(100)).unwrap();
        let now = net.now;
        let (stack, client) = net.nodes[0].with::<HttpClient>().unwrap();
        assert_eq!(client.read(now, stack, id, &mut [0; 100]), Ok(7));
        assert_eq!(client.read(now, stack, id, &mut [0; 100]), Ok(0));
    }
    let now = net.now;
    let (stack, client) = net.nodes[0].with::<HttpClient>().unwrap();
    assert_eq!(client.get(now, stack, to, &request), Err(Errno::ENOBUFS));
    assert_eq!(
        std::iter::from_fn(|| client.poll()).filter(|(_, event)| matches!(event, Event::End(_))).count(),
        3
    );
    assert!(client.get(now, stack, to, &request).is_ok());
}

/// Pages that are shorter than they were when they were opened, or cannot be read to their end; and who has closed what.
#[derive(Debug, Default)]
struct Failing {
    opened: Vec<u64>,
    closed: Vec<u64>,
}

impl Content for Failing {
    fn open(&mut self, path: &str) -> Result<Resource, Status> {
        let id = self.opened.len() as u64;
        match path {
            "/forbidden" => return Err(Status::FORBIDDEN),
            "/busy" => return Err(Status::SERVICE_UNAVAILABLE),
            _ => self.opened.push(id),
        }
        Ok(Resource { id, length: 200_000, media_type: "text/plain".into(), modified: None, tag: None })
    }

    fn read(&mut self, id: u64, offset: u64, into: &mut [u8]) -> Result<usize, Status> {
        let end = if id == 0 { 0 } else { 70_000 };
        let length = (end - offset.min(end)).min(into.len() as u64) as usize;
        into[..length].fill(b'x');
        if length == 0 && id == 2 { Err(Status::INTERNAL_SERVER_ERROR) } else { Ok(length) }
    }

    fn close(&mut self, id: u64) {
        self.closed.push(id);
    }
}

/// What cannot be read to its end is cut off, so that the client knows (RFC 9112 section 8); each resource is closed once.
#[test]
fn content_that_fails_is_cut_off() {
    let mut net = pair();
    net.start(1, HttpServer::new(Failing::default())).unwrap();
    let mut net = with_client(net);
    for (path, status, length, failure) in [
        ("a", 200, 0, Some(Failure::Cut)),
        ("b", 200, 70_000, Some(Failure::Cut)),
        ("c", 200, 70_000, Some(Failure::Cut)),
        ("forbidden", 403, 14, None),
        ("busy", 503, 24, None),
    ] {
        let response = fetch(&mut net, &format!("http://192.0.2.2/{path}"));
        let (got, content, end) = response.short();
        assert_eq!((got, content.len(), end), (status, length, failure), "{path}");
    }
    let content = net.nodes[1].get::<HttpServer>().unwrap().content();
    let content = (content as &dyn std::any::Any).downcast_ref::<Failing>().unwrap();
    assert_eq!((&content.opened, &content.closed), (&vec![0, 1, 2], &vec![0, 1, 2]));
    let notices: Vec<String> = std::iter::from_fn(|| net.nodes[1].poll_notice().map(|told| told.2)).collect();
    assert!(notices[1].starts_with("GET /b 200 70000 of 200000 bytes to "), "{notices:?}");
}

/// Each prefix of a response, and each of its bits turned over: an end in any case, and never more than was sent.
#[test]
fn hostile_responses_come_to_an_end() {
    let (mut net, listener) = canned();
    for length in 0..CHUNKED.len() {
        let response = answered(&mut net, listener, &[&CHUNKED[..length]], false);
        assert!(response.short().2.is_some(), "{length}");
    }
    for bit in 0..CHUNKED.len() * 8 {
        let mut bytes = CHUNKED.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let response = answered(&mut net, listener, &[&bytes], false);
        assert!(response.content.len() <= bytes.len());
    }
}
