//! HTTP/1.1, the server: RFC 9110, RFC 9112.

use std::time::Duration;

use layercake::link::{self, Loss, Probability};
use layercake::sim::{Log, Net};
use layercake::stack::service::http::{Date, HttpServer, Pages, server};
use layercake::stack::{Host, Shutdown, SocketId};
use layercake::time::Time;

use super::support::{connect, counter, pair, pair_over, receive};

/// When `hello.txt` was changed: the date of RFC 9110 section 5.6.7.
const CHANGED: Date = Date(784_111_777);

/// A server with a few pages, on the second host.
pub fn served(config: server::Config) -> Net<Host, Log> {
    let mut net = pair();
    net.start(1, HttpServer::with_config(pages(), config)).unwrap();
    net
}

fn pages() -> Pages {
    let mut pages = Pages::default();
    pages.insert("/", "text/html; charset=utf-8", "<p>root");
    pages.insert("/hello.txt", "text/plain", "Hello, world");
    pages.label("/hello.txt", Some(CHANGED), Some("\"v,1\""));
    pages.insert("/weak", "text/plain", "weak");
    pages.label("/weak", None, Some("W/\"w\""));
    pages.insert("/empty", "text/plain", "");
    pages.insert("/folder/", "text/html", "a folder");
    pages.insert("/a b", "text/plain", "blank");
    pages
}

/// What comes back for bytes that are sent at once, and whether the connection has ended.
pub fn ask(net: &mut Net<Host, Log>, request: &[u8]) -> (String, bool) {
    let socket = connect(net, "192.0.2.2:80");
    let (now, stack) = (net.now, &mut net.nodes[0].stack);
    assert_eq!(stack.send(now, socket, request), Ok(request.len()));
    net.run(Duration::from_millis(200)).unwrap();
    let (answer, ended) = receive(net, socket);
    let _ = net.nodes[0].stack.close(net.now, socket);
    net.run(Duration::from_millis(200)).unwrap();
    (String::from_utf8(answer).unwrap(), ended)
}

/// The status of the first answer, whether the connection has ended, and the content behind the head.
fn status(net: &mut Net<Host, Log>, request: &str) -> (u16, bool, String) {
    let (answer, ended) = ask(net, request.as_bytes());
    let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let content = answer.split_once("\r\n\r\n").map(|(_, content)| content.to_owned());
    (status, ended, content.unwrap_or_default())
}

fn open_resources(net: &Net<Host, Log>) -> usize {
    let content = net.nodes[1].get::<HttpServer>().unwrap().content();
    (content as &dyn std::any::Any).downcast_ref::<Pages>().unwrap().open_count()
}

/// What curl 7.88.1 and the libraries of Python 3.11.7 sent over the loopback, byte for byte but for the port in Host.
#[test]
fn real_clients_get_what_they_ask_for() {
    let mut net = served(server::Config::default());
    let head = "Host: 127.0.0.1:32911\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for (request, expected, ended, content) in [
        // curl URL
        (format!("GET /hello.txt HTTP/1.1\r\n{head}\r\n"), 200, false, "Hello, world"),
        // curl -I
        (format!("HEAD /hello.txt HTTP/1.1\r\n{head}\r\n"), 200, false, ""),
        // curl -r 2-3
        (
            "GET /hello.txt HTTP/1.1\r\nHost: 127.0.0.1:32885\r\nRange: bytes=2-3\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n".to_owned(),
            206,
            false,
            "ll",
        ),
        // curl -0
        (format!("GET /hello.txt HTTP/1.0\r\n{head}\r\n"), 200, true, "Hello, world"),
        // curl -z DATE
        (
            format!("GET /hello.txt HTTP/1.1\r\n{head}If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"),
            304,
            false,
            "",
        ),
        // curl --path-as-is /../../hello.txt
        (format!("GET /../../hello.txt HTTP/1.1\r\n{head}\r\n"), 200, false, "Hello, world"),
        // curl -d a=b
        (
            format!("POST /hello.txt HTTP/1.1\r\n{head}Content-Length: 3\r\n{form}\r\na=b"),
            405,
            false,
            "405 Method Not Allowed\n",
        ),
        // curl -d a=b -H 'Transfer-Encoding: chunked'
        (
            format!("POST /hello.txt HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n{form}\r\n3\r\na=b\r\n0\r\n\r\n"),
            405,
            false,
            "405 Method Not Allowed\n",
        ),
        // curl -d a=b -H 'Expect: 100-continue', of which this is sent first
        (
            format!("POST /hello.txt HTTP/1.1\r\n{head}Expect: 100-continue\r\nContent-Length: 3\r\n{form}\r\n"),
            405,
            true,
            "405 Method Not Allowed\n",
        ),
        // http.client
        (
            "GET /hello.txt HTTP/1.1\r\nHost: 127.0.0.1:42807\r\nAccept-Encoding: identity\r\n\r\n".to_owned(),
            200,
            false,
            "Hello, world",
        ),
        // urllib.request
        (
            "GET /hello.txt HTTP/1.1\r\nAccept-Encoding: identity\r\nHost: 127.0.0.1:59027\r\nUser-Agent: Python-urllib/3.11\r\nConnection: close\r\n\r\n".to_owned(),
            200,
            true,
            "Hello, world",
        ),
    ] {
        assert_eq!(status(&mut net, &request), (expected, ended, content.to_owned()), "{request}");
    }
    assert_eq!(open_resources(&net), 0);
}

/// Requests, and the status that they get. `true`: the connection ends behind it.
#[test]
fn each_request_gets_its_status() {
    let mut net = served(server::Config::default());
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(8000));
    let endless = format!("GET /{}", "a".repeat(9000));
    let fields = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(100));
    let field = format!("GET / HTTP/1.1\r\nHost: x\r\na: {}\r\n\r\n", "b".repeat(16_384));
    let post = |rest: &str| format!("POST / HTTP/1.1\r\nHost: x\r\n{rest}");
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
    for (request, expected, ended) in [
        (get("/"), 200, false),
        (get("/missing"), 404, false),
        (get("/folder"), 301, false),
        (get("/folder/"), 200, false),
        (get("/a%20b"), 200, false),
        (get("/hello.txt?x=1"), 200, false),
        (get("//hello.txt"), 200, false),
        (get("/%2e%2e/hello.txt"), 200, false),
        (get("/%zz"), 400, false),
        (get("/a%2Fb"), 400, false),
        (get("*"), 400, false),
        // RFC 9112 section 3.2.2: the absolute form has to be understood.
        (get("http://example.org/hello.txt"), 200, false),
        (get("https://example.org"), 200, false),
        // RFC 9112 section 2.2: one empty line in front, and lines that end with LF alone.
        (format!("\r\n{}", get("/")), 200, false),
        (format!("\r{}", get("/")), 400, true),
        ("GET / HTTP/1.1\nHost: x\n\n".to_owned(), 200, false),
        ("GET / HTTP/1.0\n\n".to_owned(), 200, true),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n".to_owned(), 200, false),
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, Close\r\n\r\n".to_owned(), 200, true),
        // RFC 9110 section 9.1: known and not allowed, or not known.
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 405, false),
        ("CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n".to_owned(), 405, false),
        ("DELETE /hello.txt HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 405, false),
        ("BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 501, false),
        // Methods are case-sensitive.
        ("get / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 501, false),
        // RFC 9112 section 3.2: one Host, and a valid one.
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400, true),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n".to_owned(), 400, true),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n".to_owned(), 400, true),
        ("GET / HTTP/1.1\r\nHost: x/y\r\n\r\n".to_owned(), 400, true),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n".to_owned(), 200, false),
        ("GET / HTTP/1.1\r\nHost: [2001:db8::2]:80\r\n\r\n".to_owned(), 200, false),
        // RFC 9112 sections 2.2, 3, 5.1 and 5.2.
        ("GET / HTTP/1.1\r\nHost : x\r\n\r\n".to_owned(), 400, true),
        ("GET / HTTP/1.1\r\nHost: x\r\na: b\r\n c\r\n\r\n".to_owned(), 400, true),
        ("GET / HTTP/1.1\r\n Host: x\r\n\r\n".to_owned(), 400, true),
        ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 400, true),
        ("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 400, true),
        ("GET / HTTP/1.1\r\nHost: x\r\na: b\rc\r\n\r\n".to_owned(), 400, true),
        ("GET /\r\n\r\n".to_owned(), 400, true),
        ("GET / HTTP/2.0\r\nHost: x\r\n\r\n".to_owned(), 505, true),
        ("\x16\x03\x01 hello\r\n\r\n".to_owned(), 400, true),
        (long, 414, true),
        (endless, 414, true),
        (fields, 431, true),
        (field, 431, true),
        // RFC 9112 section 6.3: two lengths, two readings.
        (post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400, true),
        (post("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), 400, true),
        (post("Content-Length: 3, 3\r\n\r\nabc"), 400, true),
        (post("Content-Length: +3\r\n\r\nabc"), 400, true),
        (post("Content-Length: 0x3\r\n\r\nabc"), 400, true),
        (post("Content-Length: -1\r\n\r\n"), 400, true),
        (post("Content-Length:\r\n\r\n"), 400, true),
        (post("Content-Length: 99999999999999999999\r\n\r\n"), 400, true),
        (post("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), 400, true),
        (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"), 400, true),
        (post("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 400, true),
        (post("Transfer-Encoding:\r\n\r\n0\r\n\r\n"), 400, true),
        (post("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501, true),
        (post("Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"), 405, false),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(), 400, true),
        // Content of requests: thrown away up to a bound, also of a GET.
        (post("Content-Length: 3\r\n\r\nabc"), 405, false),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc".to_owned(), 200, false),
        (post("Content-Length: 9999999\r\n\r\nabc"), 405, true),
        (post("Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), 400, true),
        (post("Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"), 400, true),
        (post("Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n"), 400, true),
        (post("Transfer-Encoding: chunked\r\n\r\n-3\r\n"), 400, true),
        (post("Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n"), 400, true),
        // RFC 9110 section 10.1.1.
        (post("Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"), 405, true),
        (post("Expect: a-miracle\r\nContent-Length: 3\r\n\r\nabc"), 417, true),
    ] {
        let (got, end, _) = status(&mut net, &request);
        let shown = &request[..request.len().min(100)];
        assert_eq!((got, end), (expected, ended), "{shown:?}");
    }
    assert_eq!(open_resources(&net), 0);
}

/// Conditions in the order of RFC 9110 section 13.2.2, and ranges of section 14.
#[test]
fn conditions_and_ranges() {
    let mut net = served(server::Config::default());
    let (before, at, after) =
        ("Sat, 05 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Mon Nov  7 08:49:37 1994");
    let with = |path: &str, fields: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n");
    for (path, fields, expected, content) in [
        ("/hello.txt", "If-None-Match: \"v,1\"".to_owned(), 304, ""),
        ("/hello.txt", "If-None-Match: \"a\", W/\"v,1\"".to_owned(), 304, ""),
        ("/hello.txt", "If-None-Match: *".to_owned(), 304, ""),
        ("/hello.txt", "If-None-Match: \"v\"".to_owned(), 200, "Hello, world"),
        // If-None-Match goes before If-Modified-Since.
        ("/hello.txt", format!("If-None-Match: \"v\"\r\nIf-Modified-Since: {after}"), 200, "Hello, world"),
        ("/hello.txt", format!("If-Modified-Since: {before}"), 200, "Hello, world"),
        ("/hello.txt", format!("If-Modified-Since: {at}"), 304, ""),
        ("/hello.txt", format!("If-Modified-Since: {after}"), 304, ""),
        ("/hello.txt", "If-Modified-Since: yesterday".to_owned(), 200, "Hello, world"),
        ("/", format!("If-Modified-Since: {after}"), 200, "<p>root"),
        ("/hello.txt", "If-Match: \"v,1\"".to_owned(), 200, "Hello, world"),
        ("/hello.txt", "If-Match: W/\"v,1\"".to_owned(), 412, "412 Precondition Failed\n"),
        ("/hello.txt", "If-Match: \"x".to_owned(), 412, "412 Precondition Failed\n"),
        ("/hello.txt", format!("If-Unmodified-Since: {before}"), 412, "412 Precondition Failed\n"),
        ("/hello.txt", format!("If-Unmodified-Since: {at}"), 200, "Hello, world"),
        ("/weak", "If-None-Match: \"w\"".to_owned(), 304, ""),
        ("/weak", "If-Match: W/\"w\"".to_owned(), 412, "412 Precondition Failed\n"),
        // Section 14.1.2.
        ("/hello.txt", "Range: bytes=0-0".to_owned(), 206, "H"),
        ("/hello.txt", "Range: bytes=7-".to_owned(), 206, "world"),
        ("/hello.txt", "Range: bytes=-5".to_owned(), 206, "world"),
        ("/hello.txt", "Range: Bytes=7-99999".to_owned(), 206, "world"),
        ("/hello.txt", "Range: bytes=-99".to_owned(), 206, "Hello, world"),
        ("/hello.txt", "Range: bytes=12-".to_owned(), 416, "416 Range Not Satisfiable\n"),
        ("/hello.txt", "Range: bytes=12-14".to_owned(), 416, "416 Range Not Satisfiable\n"),
        ("/hello.txt", "Range: bytes=-0".to_owned(), 416, "416 Range Not Satisfiable\n"),
        ("/hello.txt", "Range: bytes=5-4".to_owned(), 200, "Hello, world"),
        ("/hello.txt", "Range: bytes=1-2,4-5".to_owned(), 200, "Hello, world"),
        ("/hello.txt", "Range: bytes=x-2".to_owned(), 200, "Hello, world"),
        ("/hello.txt", "Range: lines=1-2".to_owned(), 200, "Hello, world"),
        ("/hello.txt", "Range: bytes=1-2\r\nRange: bytes=4-5".to_owned(), 200, "Hello, world"),
        ("/empty", "Range: bytes=-5".to_owned(), 200, ""),
        ("/empty", "Range: bytes=0-".to_owned(), 416, "416 Range Not Satisfiable\n"),
        // Section 13.1.5.
        ("/hello.txt", "Range: bytes=7-\r\nIf-Range: \"v,1\"".to_owned(), 206, "world"),
        ("/hello.txt", "Range: bytes=7-\r\nIf-Range: \"v2\"".to_owned(), 200, "Hello, world"),
        ("/hello.txt", format!("Range: bytes=7-\r\nIf-Range: {at}"), 206, "world"),
        ("/hello.txt", format!("Range: bytes=7-\r\nIf-Range: {after}"), 200, "Hello, world"),
        ("/weak", "Range: bytes=1-\r\nIf-Range: W/\"w\"".to_owned(), 200, "weak"),
    ] {
        let (got, _, text) = status(&mut net, &with(path, &fields));
        assert_eq!((got, text.as_str()), (expected, content), "{path} {fields}");
    }
    let (answer, _) = ask(&mut net, with("/hello.txt", "Range: bytes=7-8").as_bytes());
    assert!(
        answer.contains("\r\nContent-Range: bytes 7-8/12\r\n")
            && answer.contains("\r\nContent-Length: 2\r\n")
    );
    let (answer, _) = ask(&mut net, with("/hello.txt", "Range: bytes=70-80").as_bytes());
    assert!(answer.contains("\r\nContent-Range: bytes */12\r\n"));
    // A range of a HEAD is none.
    let (got, _, _) = status(&mut net, "HEAD /hello.txt HTTP/1.1\r\nHost: x\r\nRange: bytes=1-2\r\n\r\n");
    assert_eq!(got, 200);
    assert_eq!(open_resources(&net), 0);
}

/// Heads, whole: the fields that RFC 9110 asks for; a date only where the time of day is known.
#[test]
fn an_answer_says_what_it_is() {
    let start = Some(Time::new(784_111_900, 0));
    let mut net = served(server::Config { start, ..server::Config::default() });
    let (answer, _) = ask(&mut net, b"GET /hello.txt HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(
        answer,
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:51:51 GMT\r\nETag: \"v,1\"\r\n\
         Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nAccept-Ranges: bytes\r\nContent-Type: text/plain\r\n\
         Content-Length: 12\r\n\r\nHello, world"
    );
    let mut net = served(server::Config::default());
    let (answer, _) = ask(&mut net, b"HEAD /folder HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_eq!(
        answer,
        "HTTP/1.1 301 Moved Permanently\r\nConnection: keep-alive\r\nLocation: /folder/\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Length: 22\r\n\r\n"
    );
    let (answer, _) = ask(&mut net, b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(
        answer,
        "HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nAllow: GET, HEAD\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Length: 23\r\n\r\n405 Method Not Allowed\n"
    );
    let notices: Vec<String> = std::iter::from_fn(|| net.nodes[1].poll_notice().map(|told| told.2)).collect();
    assert!(notices[0].starts_with("HEAD /folder 301 0 bytes to 192.0.2.1:"), "{notices:?}");
    assert!(notices[1].starts_with("POST / 405 23 bytes to 192.0.2.1:") && notices[1].ends_with(" s"));
}

/// RFC 9112 section 9.3.2: a hundred requests in one go are answered in their order, however they are cut.
#[test]
fn pipelined_requests_are_answered_in_order() {
    let mut net = served(server::Config::default());
    let paths = ["/", "/hello.txt", "/missing", "/empty"];
    let get = |number: usize| format!("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", paths[number % 4]);
    let all: String = (0..100).map(get).collect();
    let (answer, ended) = ask(&mut net, all.as_bytes());
    let statuses: Vec<&str> =
        answer.split("HTTP/1.1 ").skip(1).map(|part| part.split(' ').next().unwrap()).collect();
    let expected: Vec<&str> = (0..100).map(|number| ["200", "200", "404", "200"][number % 4]).collect();
    assert_eq!((statuses, ended), (expected, false));

    // Two, with content between them, cut at every byte.
    let two = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\n12345\r\n003\r\nabc\r\n0\r\nx: y\r\n\r\n{}",
        get(1)
    );
    let (whole, _) = ask(&mut net, two.as_bytes());
    assert!(whole.starts_with("HTTP/1.1 405 ") && whole.ends_with("Hello, world"));
    let socket = connect(&mut net, "192.0.2.2:80");
    let send = |net: &mut Net<Host, Log>, bytes: &[u8]| {
        let now = net.now;
        assert_eq!(net.nodes[0].stack.send(now, socket, bytes), Ok(bytes.len()));
        net.nodes[0].stack.push(now, socket).unwrap();
        net.run(Duration::from_millis(5)).unwrap();
    };
    for cut in 1..two.len() {
        send(&mut net, &two.as_bytes()[..cut]);
        send(&mut net, &two.as_bytes()[cut..]);
        let (bytes, ended) = receive(&mut net, socket);
        assert!(!ended && bytes == whole.as_bytes(), "{cut}: {}", String::from_utf8_lossy(&bytes));
    }
    // Byte by byte.
    for byte in two.as_bytes() {
        send(&mut net, &[*byte]);
    }
    assert_eq!(receive(&mut net, socket), (whole.into_bytes(), false));
}

/// Bytes that tell where they stand.
pub fn pattern(length: usize) -> Vec<u8> {
    (0..length as u32).map(|place| (place ^ place >> 8 ^ place >> 16) as u8).collect()
}

/// Reads an answer to its end as fast as it comes.
fn download(net: &mut Net<Host, Log>, socket: SocketId, until: usize, step: Duration) -> Vec<u8> {
    let mut all = Vec::with_capacity(until + 1000);
    for _ in 0..20_000 {
        let (bytes, ended) = receive(net, socket);
        all.extend(bytes);
        if ended {
            return all;
        }
        net.run(step).unwrap();
    }
    panic!("{} bytes of {until}", all.len());
}

fn fetched(net: &mut Net<Host, Log>, length: usize, step: Duration) {
    let data = pattern(length);
    let mut pages = Pages::default();
    pages.insert("/big", "application/octet-stream", data.clone());
    net.start(1, HttpServer::new(pages)).unwrap();
    let socket = connect(net, "192.0.2.2:80");
    let now = net.now;
    net.nodes[0]
        .stack
        .send(now, socket, b"GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let all = download(net, socket, length, step);
    let head = all.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(all.len() - head, length);
    assert!(all[head..] == data[..], "other bytes");
    assert_eq!(counter(net, "http", "bytes_of_content_sent"), length as u64);
    assert_eq!(open_resources(net), 0);
    let (_, _, notice) = net.nodes[1].poll_notice().unwrap();
    assert!(notice.starts_with(&format!("GET /big 200 {length} bytes to 192.0.2.1:")), "{notice}");
}

#[test]
fn fifty_megabytes_arrive() {
    fetched(&mut pair_over(&link::Config::default()), 50 << 20, Duration::from_millis(1));
}

#[test]
fn five_megabytes_arrive_over_a_wire_that_loses() {
    let loss = Loss::Bernoulli(Probability::percent(2));
    let wire = link::Config { delay: Duration::from_millis(5), loss, ..link::Config::default() };
    fetched(&mut pair_over(&wire), 5 << 20, Duration::from_millis(50));
}

/// A client that has shut down its sending side still gets all its answers; then the server ends too.
#[test]
fn a_client_that_has_ended_gets_its_answers() {
    let mut net = served(server::Config::default());
    let socket = connect(&mut net, "192.0.2.2:80");
    let (now, stack) = (net.now, &mut net.nodes[0].stack);
    stack.send(now, socket, &b"GET /hello.txt HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3)).unwrap();
    stack.shutdown(now, socket, Shutdown::Write).unwrap();
    net.run(Duration::from_secs(1)).unwrap();
    let (bytes, ended) = receive(&mut net, socket);
    assert_eq!((String::from_utf8(bytes).unwrap().matches("Hello, world").count(), ended), (3, true));
    // Also if its request is not whole: then there is nothing to answer.
    let socket = connect(&mut net, "192.0.2.2:80");
    let (now, stack) = (net.now, &mut net.nodes[0].stack);
    stack.send(now, socket, b"GET /hello.txt HTT").unwrap();
    stack.shutdown(now, socket, Shutdown::Write).unwrap();
    net.run(Duration::from_secs(1)).unwrap();
    assert_eq!(receive(&mut net, socket), (Vec::new(), true));
}

/// RFC 9112 section 9.6: who still sends when he is refused sees the answer, not a reset; but not without end.
#[test]
fn a_refusal_reaches_a_client_that_goes_on_sending() {
    let mut net = served(server::Config::default());
    let socket = connect(&mut net, "192.0.2.2:80");
    let mut given = 0;
    let request =
        [&b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"[..], &vec![b'x'; 10_000_000]]
            .concat();
    let mut answer = Vec::new();
    while given < request.len() {
        let now = net.now;
        given += net.nodes[0].stack.send(now, socket, &request[given..]).unwrap_or(0);
        net.run(Duration::from_millis(10)).unwrap();
        answer.extend(receive(&mut net, socket).0);
    }
    assert!(answer.starts_with(b"HTTP/1.1 405 "), "{}", String::from_utf8_lossy(&answer));
    // It still has the connection; the server has had enough after five seconds.
    net.run(Duration::from_secs(10)).unwrap();
    let _ = net.nodes[0].stack.send(net.now, socket, b"more");
    net.run(Duration::from_secs(1)).unwrap();
    assert!(net.nodes[0].stack.send(net.now, socket, b"more").is_err());
}

/// RFC 9110 section 15.5.9, and connections on which nothing is asked.
#[test]
fn who_is_slow_is_not_waited_for() {
    let mut net = served(server::Config::default());
    // A byte of a head each second; nothing at all; content that does not come.
    let [slow, silent, body] = [(); 3].map(|()| connect(&mut net, "192.0.2.2:80"));
    let now = net.now;
    net.nodes[0].stack.send(now, body, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab").unwrap();
    for (second, byte) in b"GET /hello.txt HTTP/1.1\r\nHost: example.org\r\n\r\n".iter().enumerate().take(29)
    {
        let _ = net.nodes[0].stack.send(net.now, slow, &[*byte]);
        net.run(Duration::from_secs(1)).unwrap();
        assert_eq!(receive(&mut net, slow), (Vec::new(), false), "{second}");
    }
    net.run(Duration::from_secs(2)).unwrap();
    for socket in [slow, body] {
        let (bytes, ended) = receive(&mut net, socket);
        assert!(bytes.starts_with(b"HTTP/1.1 408 ") && ended);
    }
    assert_eq!(receive(&mut net, silent), (Vec::new(), false));
    net.run(Duration::from_secs(30)).unwrap();
    assert_eq!(receive(&mut net, silent), (Vec::new(), true));
}

/// A client that does not read keeps no more than its connection, and that not forever; one that reads slowly gets everything.
#[test]
fn who_takes_nothing_is_not_waited_for() {
    let mut net = pair();
    let mut pages = Pages::default();
    pages.insert("/big", "application/octet-stream", pattern(20 << 20));
    net.start(1, HttpServer::new(pages)).unwrap();
    let [never, slowly] = [(); 2].map(|()| connect(&mut net, "192.0.2.2:80"));
    for socket in [never, slowly] {
        let now = net.now;
        net.nodes[0].stack.send(now, socket, b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    }
    net.run(Duration::from_secs(5)).unwrap();
    assert_eq!(open_resources(&net), 2);
    let (mut got, mut chunk) = (0, vec![0; 200_000]);
    for _ in 0..50 {
        net.run(Duration::from_secs(4)).unwrap();
        got += net.nodes[0].stack.recv(net.now, slowly, &mut chunk).unwrap();
    }
    assert!(got > 9_000_000, "{got}");
    assert_eq!(open_resources(&net), 1);
    let (_, _, notice) = net.nodes[1].poll_notice().unwrap();
    assert!(notice.starts_with("GET /big 200 ") && notice.contains(" of 20971520 bytes to "), "{notice}");
}

/// Connections are bounded; when some have ended, there is room for others.
#[test]
fn there_is_a_bound_for_connections() {
    let mut net = served(server::Config { connections: 10, ..server::Config::default() });
    let sockets: Vec<SocketId> = (0..15).map(|_| connect(&mut net, "192.0.2.2:80")).collect();
    let now = net.now;
    for socket in &sockets {
        let _ =
            net.nodes[0].stack.send(now, *socket, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
    net.run(Duration::from_secs(1)).unwrap();
    assert_eq!(counter(&net, "http", "connections_refused"), 5);
    assert_eq!(counter(&net, "http", "answers"), 10);
    for socket in sockets {
        let _ = net.nodes[0].stack.close(net.now, socket);
    }
    net.run(Duration::from_secs(1)).unwrap();
    assert_eq!(status(&mut net, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").0, 200);
}

/// Five hundred clients at once.
#[test]
fn many_clients_are_served_at_once() {
    let mut net = served(server::Config::default());
    let sockets: Vec<SocketId> = (0..500)
        .map(|_| {
            let now = net.now;
            let stack = &mut net.nodes[0].stack;
            let socket = stack.socket(layercake::stack::Kind::Stream).unwrap();
            stack.connect(now, socket, "192.0.2.2:80".parse().unwrap()).unwrap();
            net.run(Duration::from_micros(100)).unwrap();
            socket
        })
        .collect();
    net.run(Duration::from_secs(1)).unwrap();
    let now = net.now;
    for socket in &sockets {
        net.nodes[0].stack.send(now, *socket, b"GET /hello.txt HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    }
    net.run(Duration::from_secs(1)).unwrap();
    for socket in sockets {
        assert!(receive(&mut net, socket).0.ends_with(b"Hello, world"));
    }
}
