//! Scripts that can be read, and what is read in them.

use std::time::Duration;

use super::*;
use crate::drill::script::{
    Body, Echoed, Entry, ExprKind, Flags, NumberKind, Operator, OptionKind, Options, Tcp, Traffic,
};

/// A connection is opened by the peer, data comes, and both sides close.
pub(super) const SERVER: &str = r#"#!/usr/bin/env layercake drill
// A server that reads once.
--ip_version=ipv4
--tolerance_usecs=10000 --mtu=1500
-D MSS=1460
--define=RESPONSE=2000

`sysctl -q net.ipv4.tcp_timestamps=0
 sysctl -q net.ipv4.tcp_ecn=0`

0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0

/* The handshake. */
+.1 < S 0:0(0) win 32792 <mss MSS,sackOK,nop,nop,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <mss MSS,nop,nop,sackOK,nop,wscale 8>
+.01 < . 1:1(0) ack 1 win 257
+0 accept(3, ..., ...) = 4

+.1...0.25 read(4, ..., 1000) = 1000
+.15 < P. 1:1001(1000) ack 1 win 257
* > . 1:1(0) ack 1001

+.01 write(4, ..., RESPONSE) = RESPONSE
+0~+.003 > P. 1:2001(RESPONSE) ack 1001
%{ assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd }%
+.1 < . 1001:1001(0) ack 2001 win 257
+0 close(4) = 0
+0 > F. 2001:2001(0) ack 1001
+.1 < F. 1001:1001(0) ack 2002 win 257 // the peer too
+0 > . 2002:2002(0) ack 1002
`ip tcp_metrics flush`
"#;

/// What the language of this tool has beyond that of the other.
pub(super) const BEYOND: &str = r#"
let mss = 1460
let window = 10 * $mss   // brackets and operators as in C
+0 let data = ($window +
     $mss) & ~1

0 socket(..., SOCK_STREAM, IPPROTO_TCP) = ?listener
+0 bind($listener, ..., ...) = 0
+0 listen($listener, 1) = 0
+0 < S 0:0(0) win 65535 <mss $mss,uto 30s,kind 254 0a0b>
+0 > S. 0:0(0) ack 1 win ?granted <...>
+.05 < . 1:1(0) ack 1 win 65535
+0 accept($listener, ..., ...) = ?fd
repeat 3 as turn {
  +0.1 < P. $(1 + $turn * 100):$(101 + $turn * 100)(100) ack 1 win 65535
  +0 > . 1:1(0) ack $(101 + turn * 100)
  repeat 2 { %{ assert True }% }
}
+0 read($fd, ..., $mss | 1) = (100 + 200)
+0 expect none for 2.0
+0 expect none udp for .5
+0 `echo done`
"#;

/// Structures, signs and strings.
pub(super) const STRUCTURES: &str = r#"
0.0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
0.000001 connect(3, {sa_family = AF_INET, sin_port = htons(8080), sin_addr = inet_addr("192.0.2.1")}, ...) = 0
0.1 sendmsg(3, {msg_name(...)=..., msg_iov(2)=[{"GET " "/\x41\n", 6}, {..., 1000}],
                msg_flags=0, msg_control(24)=[{cmsg_len=20, cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=[0x10]}]}, 0) = 1006
0.1 > (tos 0x10, ttl 64) udp 53 > 4000 (1006)
0.2 poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, -1) = 1 (POLLOUT)
0.3 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
0.3 recv(3, ..., 1000, MSG_DONTWAIT) = -1 EAGAIN (Can't be done: nothing is there)
0.4 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger='\n'}, sizeof(struct.linger)) = 0
0.5 epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN, fd=3}) = 0
0.6 < [ect0] 4000>53 udp (10)
0.7 < icmp unreachable port_unreachable [udp (1006)]
0.7 < [1:1461(1460)] icmp unreachable frag_needed mtu 1200
"#;

#[test]
fn a_server_as_the_other_tool_reads_it() {
    let script = parse(SERVER);
    let options: Vec<_> =
        script.options.iter().map(|o| (o.name.as_str(), o.value.as_str(), &SERVER[o.span.clone()])).collect();
    assert_eq!(
        options,
        [
            ("ip_version", "ipv4", "--ip_version=ipv4"),
            ("tolerance_usecs", "10000", "--tolerance_usecs=10000"),
            ("mtu", "1500", "--mtu=1500"),
            ("define", "MSS=1460", "-D MSS=1460"),
            ("define", "RESPONSE=2000", "--define=RESPONSE=2000"),
        ]
    );
    let written: Vec<&str> = script.events.iter().map(|event| &SERVER[event.span.clone()]).collect();
    assert_eq!(written.len(), 21);
    assert_eq!(written[1], "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
    assert_eq!(written[5], "+.1 < S 0:0(0) win 32792 <mss MSS,sackOK,nop,nop,nop,wscale 7>");
    assert_eq!(written[11], "* > . 1:1(0) ack 1001");
    assert_eq!(written[14], "%{ assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd }%");
    let shown: Vec<String> = script.events.iter().map(ToString::to_string).collect();
    assert_eq!(shown[5], "+0.1 < S 0:0(0) win 32792 <mss 1460,sackOK,nop,nop,nop,wscale 7>");
    assert_eq!(shown[9], "+0.1...+0.25 read(4, ..., 1000) = 1000");
    assert_eq!(shown[13], "+0~+0.003 > P. 1:2001(2000) ack 1001");
    assert_eq!(shown[20], "+0 `ip tcp_metrics flush`");
}

#[test]
fn names_repeats_and_silence() {
    let script = parse(BEYOND);
    let shown: Vec<String> = script.events.iter().map(ToString::to_string).collect();
    assert_eq!(shown[1], "+0 let window = 10 * $mss");
    assert_eq!(shown[2], "+0 let data = $window + $mss & ~1");
    assert_eq!(shown[3], "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = ?listener");
    assert_eq!(shown[6], "+0 < S 0:0(0) win 65535 <mss $mss,uto 30s,kind 254 0a0b>");
    assert_eq!(shown[7], "+0 > S. 0:0(0) ack 1 win ?granted <...>");
    assert_eq!(
        shown[10],
        "repeat 3 as turn {\n\
         +0.1 < P. $(1 + $turn * 100):$(101 + $turn * 100)(100) ack 1 win 65535\n\
         +0 > . 1:1(0) ack $(101 + turn * 100)\n\
         repeat 2 {\n+0 %{ assert True }%\n}\n}"
    );
    assert_eq!(shown[11], "+0 read($fd, ..., $mss | 1) = (100 + 200)");
    assert_eq!(shown[13], "+0 expect none udp for 0.5");
    assert!(matches!(&script.events[14].action, Action::Shell(line) if line == "echo done"));
}

#[test]
fn structures_signs_and_strings() {
    let script = parse(STRUCTURES);
    let call = |place: usize| match &script.events[place].action {
        Action::Call(call) => call.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        call(1).to_string(),
        "connect(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr(\"192.0.2.1\")}, ...) = 0"
    );
    assert_eq!(
        call(2).to_string(),
        "sendmsg(3, {msg_name(...)=..., msg_iov(2)=[{\"GET /A\\n\", 6}, {..., 1000}], msg_flags=0, msg_control(24)=\
         [{cmsg_len=20, cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=[16]}]}, 0) = 1006"
    );
    assert_eq!(call(4).to_string(), "poll([{fd=3, events=POLLIN | POLLOUT, revents=POLLOUT}], 1, -1) = 1");
    let (errno, span) = call(6).errno.unwrap();
    assert_eq!((errno.as_str(), &STRUCTURES[span]), ("EAGAIN", "EAGAIN"));
    assert_eq!(
        call(7).to_string(),
        "setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=10}, sizeof(struct.linger)) = 0"
    );
    let shown: Vec<String> = script.events.iter().map(ToString::to_string).collect();
    assert_eq!(shown[3], "0.1 > (tos 0x10, ttl 64) 53>4000 udp (1006)");
    assert_eq!(shown[9], "0.6 < (ect0) 4000>53 udp (10)");
    assert_eq!(shown[10], "0.7 < icmp unreachable port_unreachable [udp (1006)]");
    assert_eq!(shown[11], "0.7 < icmp unreachable frag_needed mtu 1200 [1:1461(1460)]");
}

/// Whole scripts of many kinds; what is read in them is what `shown` shows again.
pub(super) const SCRIPTS: [&str; 16] = [
    SERVER,
    BEYOND,
    STRUCTURES,
    // A client, on one line.
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3 +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0 +0 connect(3, ..., ...) = \
     -1 EINPROGRESS (Operation now in progress) +0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 8> +.1 < S. \
     0:0(0) ack 1 win 5792 <mss 1460,nop,wscale 2,nop,nop,sackOK> * > . 1:1(0) ack 1",
    // Fast open.
    "0 sendto(3, ..., 1000, MSG_FASTOPEN, ..., ...) = 1000\n0 > S 0:1000(1000) <mss 1460,FO abcd1234,nop,nop>\n\
     0.1 > S 0:0(0) <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 8,FO,nop,nop> 0.2 < S. 0:0(0) ack 1 win 1 <FOEXP 12e4567890>",
    // AccECN.
    "0 > SEWA 0:0(0) win 100 <mss 1460>\n+0 < SW. 0:0(0) ack 1 win 100 <ECN e1b 1 ceb 0 e0b 1>\n+0 > [ect0] .5 1:1(0) ack 1 \
     <ECN e0b 1>\n+0 < (ce) P.0 1:2(1) ack 1 win 9 <ECN>\n+0 > W. 1:1(0) ack 2",
    // Loss, and what SACK says of it.
    "+0 > . 1:1461(1460) ack 1\n+0.1 < . 1:1(0) ack 1 win 257 <sack 1461:2921 4381:5841,nop,nop>\n\
     +0 < . 1:1(0) ack 1 win 257 <nop,nop,sack 4294967000:100>\n+0~+.01 > P. 4294967000:296(592) ack 1 <nop,nop,TS val 1 ecr 2>",
    // Packets in packets.
    "0 < ipv4 1.2.3.4 > 5.6.7.8: gre: S 0:0(0) win 1\n0 < ipv6 fd3d::1>2001:db8::: mpls (16,0,[S],64): [ttl 3] . 1:1(0) ack 1\n\
     0 > (flowlabel 0x12345) psp: udp (3)\n0 > ipv4: ipv6: - 1:1(0)",
    // Echoes.
    "0 < icmp echo_request id 7\n0 > icmp echo_reply id 7 0.5 < icmp 3 4 mtu 1200 [1:1461(1460)]\n1 < icmp packet_too_big mtu 1280 \
     [0:0(0)]\n2 < icmp time_exceeded in_transit [udp (0)]\n3 < icmp parameter_problem",
    // Sums in numbers of packets.
    "let mss = 1000\n+0 write(4, ..., $(3 * mss)) = $(3 * mss)\nrepeat 3 as i {\n+0 > . $(1 + i * mss):$(1 + (i + 1) * \
     mss)($mss) ack 1\n}",
    // Times.
    "0 read(3) = 1\n+0.000000001 read(3) = 1\n18446744073.709551615 read(3) = 1\n.5...1. read(3) = 1\n+1...2~3 read(3) = 1\n\
     +.1...+.2 read(3) = 1\n1~2 > . 1:1(0)\n+1~2 > . 1:1(0)\n+1~+1 > . 1:1(0)\n* > . 1:1(0)",
    // Precedence, which decides where brackets are left out.
    "0 f(1|2&3<<4+5*6, (1|2)&3, 1-(2-3), (1-2)-3, 10/(3*2)%4, -(1+2), ~-1, -x.y|0x10, 017, 'a', f(), [], {}, [[1], {a(2)=[3]}]) = ...",
    // Numbers that are computed or captured.
    "let a=1\n0 > $a>?port P. ?from:$a(?n) ack $(a<<2) win ?w urg $a <mss ?m,wscale $a,sack $a:?b,TS val ?v ecr $a,uto $a m,kind $a 00>\n\
     0 > (tos ?t, ttl $a, flowlabel $a) udp ($(a + 1))",
    // Results.
    "0 a() = $x + $y +1 b() = [1, ?n] | 2 +3 c() = 0x2 (flags O_RDWR (not more)) 4 d() = -1 E2BIG\n* > . 1:1(0)\n5 e() = O_RDWR (2)",
    // Shell and code, with and without a time.
    "`a\nb` 0 `c` +0.5 %{ x = {1: 2} }% %{}% ``",
    // An empty line for each.
    "--dry_run\n--a=\"b c\\\"d\\\\e\"\n--define=X=\"0, z\"\n--empty=\n-DY=1\n\n// Nothing more.\n\n0 f(X, Y) = 0 /* end */",
];

#[test]
fn every_script_is_read() {
    for script in SCRIPTS {
        assert!(!parse(script).events.is_empty());
    }
}

#[test]
fn values_of_options() {
    let script = parse(SCRIPTS[15]);
    let options: Vec<_> =
        script.options.iter().map(|option| (option.name.as_str(), option.value.as_str())).collect();
    let wanted =
        [("dry_run", ""), ("a", "b c\"d\\e"), ("define", "X=0, z"), ("empty", ""), ("define", "Y=1")];
    assert_eq!(options, wanted);
}

#[test]
fn times_are_exact_to_the_nanosecond() {
    let at = |relative, from: u64, to: u64| When::At {
        relative,
        from: Duration::from_nanos(from),
        to: Duration::from_nanos(to),
    };
    for (text, when) in [
        ("0", at(false, 0, 0)),
        ("0.1", at(false, 100_000_000, 100_000_000)),
        (".3", at(false, 300_000_000, 300_000_000)),
        ("1.", at(false, 1_000_000_000, 1_000_000_000)),
        // No number of 64 bits with a floating point says this.
        ("9007199254.740993001", at(false, 9_007_199_254_740_993_001, 9_007_199_254_740_993_001)),
        ("0.30000000000000004", at(false, 300_000_000, 300_000_000)),
        ("+0.000001", at(true, 1000, 1000)),
        ("+ 1", at(true, 1_000_000_000, 1_000_000_000)),
        ("1~2.5", at(false, 1_000_000_000, 2_500_000_000)),
        ("+.2~+.3", at(true, 200_000_000, 300_000_000)),
        ("+.2~.3", at(true, 200_000_000, 300_000_000)),
        ("*", When::Any),
    ] {
        assert_eq!(event(&format!("{text} > . 1:1(0)")).when, when, "{text}");
    }
    for (text, until) in [
        ("0.1...0.3", at(false, 300_000_000, 300_000_000)),
        ("+0...0.200", at(true, 200_000_000, 200_000_000)),
        ("+.1...+.2", at(true, 200_000_000, 200_000_000)),
        ("0...1~2", at(false, 1_000_000_000, 2_000_000_000)),
    ] {
        let Action::Call(call) = event(&format!("{text} close(3) = 0")).action else { panic!() };
        assert_eq!(call.until, Some(until), "{text}");
    }
    for text in ["`true`", "%{ pass }%", "let a = 1", "repeat 1 { }"] {
        assert_eq!(event(text).when, When::NEXT);
    }
    assert_eq!(event("+.5 let a = 1").when, at(true, 500_000_000, 500_000_000));
}

#[test]
fn flags_in_any_order_and_the_field_ace() {
    let flags = |text: &str| match packet(&format!("{text} 1:1(0)")).body {
        Body::Tcp(Tcp { flags, .. }) => flags,
        other => panic!("{other:?}"),
    };
    let none = Flags::default();
    assert_eq!(flags("-"), none);
    assert_eq!(flags("."), Flags { ack: true, ..none });
    assert_eq!(flags("S."), flags(".S"));
    assert_eq!(flags("FP."), Flags { fin: true, psh: true, ack: true, ..none });
    assert_eq!(flags("RUEWA"), Flags { rst: true, urg: true, ece: true, cwr: true, ae: true, ..none });
    // RFC 9768 section 3.1: AE is the highest of the three bits, then CWR, then ECE.
    assert_eq!(flags(".4"), flags("A."));
    assert_eq!(flags("P.3"), flags("PWE."));
    assert_eq!(flags("S.0"), flags("S."));
    let script = parse("0 > FLAGS 1:1(0)".replace("FLAGS", "P.").as_str());
    let defines = [("FLAGS".to_owned(), "P .".to_owned())];
    assert!(Script::parse("0 > FLAGS 1:1(0)", &defines).is_err(), "a space is a space there too");
    let defines = [("FLAGS".to_owned(), "P.".to_owned())];
    let defined = Script::parse("0 > FLAGS 1:1(0)", &defines).unwrap();
    assert_eq!(placeless(&defined.events), placeless(&script.events));
}

#[test]
fn what_a_packet_says() {
    let whole = packet("[tos 0x10] 8080>$port P. 1:1001(1000) ack 1 win ?window urg 5 <nop,mss 1460>");
    assert_eq!(whole.span, 2..80);
    let Some(Traffic::Tos(tos)) = whole.ip.traffic else { panic!() };
    assert_eq!((tos.value, tos.span), (NumberKind::Is(16), 9..13));
    let Body::Tcp(tcp) = whole.body else { panic!() };
    let ports = tcp.ports.unwrap();
    assert_eq!(ports.source.value, NumberKind::Is(8080));
    let NumberKind::Computed(port) = ports.destination.value else { panic!() };
    assert_eq!(port.kind, ExprKind::Name("port".to_owned()));
    assert_eq!(tcp.window.unwrap().value, NumberKind::Captured("window".to_owned()));
    assert_eq!(tcp.urgent.unwrap().value, NumberKind::Is(5));
    let Options::Are(options) = tcp.options else { panic!() };
    assert_eq!(options[0].kind, OptionKind::Nop);
    assert!(matches!(&options[1].kind, OptionKind::Mss(mss) if mss.value == NumberKind::Is(1460)));

    for (text, traffic) in [
        ("noecn", Traffic::Ecn(0)),
        ("ect1", Traffic::Ecn(1)),
        ("ect0", Traffic::Ecn(2)),
        ("ce", Traffic::Ecn(3)),
        ("ect01", Traffic::Ect01),
    ] {
        assert_eq!(packet(&format!("({text}) . 1:1(0)")).ip.traffic, Some(traffic));
    }
    let Body::Icmp(icmp) = packet("[udp (9)] icmp unreachable").body else { panic!() };
    assert!(matches!(icmp.echoed, Some(Echoed::Udp { length }) if length.value == NumberKind::Is(9)));
    assert_eq!((icmp.kind.as_str(), icmp.code, icmp.span), ("unreachable", None, 19..30));
    let outer = packet("ipv4 1.2.3.4 > 5.6.7.8:gre key 1: . 1:1(0)").outer;
    let outer: Vec<_> = outer.iter().map(|outer| (outer.name.as_str(), outer.said.as_str())).collect();
    assert_eq!(outer, [("ipv4", "1.2.3.4 > 5.6.7.8"), ("gre", "key 1")]);
}

#[test]
fn lengths_of_options_are_those_of_their_documents() {
    // RFC 9293, 7323, 2018, 7413, 6994, 2385, 9768, 5482.
    for (text, size) in [
        ("nop", 1),
        ("eol", 1),
        ("mss 1", 4),
        ("wscale 1", 3),
        ("sackOK", 2),
        ("sack 1:2 3:4 5:6", 26),
        ("TS val 1 ecr 2", 10),
        ("FO", 2),
        ("FO 0011223344556677", 10),
        ("FOEXP 00112233", 8),
        ("md5", 18),
        ("md5 00112233445566778899aabbccddeeff", 18),
        ("ECN e0b 1 ceb 2 e1b 3", 11),
        ("uto 3m", 4),
        ("kind 254 001122", 5),
    ] {
        let Body::Tcp(tcp) = packet(&format!(". 1:1(0) <{text}>")).body else { panic!() };
        let Options::Are(options) = tcp.options else { panic!() };
        assert_eq!(options[0].kind.size(), size, "{text}");
    }
}

#[test]
fn operators_bind_as_in_c() {
    let Action::Let { value, .. } = event("let a = 1 | 2 & 3 << 4 + 5 * -6").action else { panic!() };
    let all = |value: &crate::drill::script::Expr| value.to_string();
    let mut right = value;
    for (left, sign) in [
        ("1", Operator::Or),
        ("2", Operator::And),
        ("3", Operator::ShiftLeft),
        ("4", Operator::Add),
        ("5", Operator::Multiply),
    ] {
        let ExprKind::Binary(operator, before, behind) = right.kind else { panic!() };
        assert_eq!((operator, all(&before).as_str()), (sign, left));
        right = *behind;
    }
    assert!(matches!(right.kind, ExprKind::Negative(_)));
    let Action::Let { value, .. } = event("let a = 7 - 2 - 1").action else { panic!() };
    assert!(matches!(value.kind, ExprKind::Binary(Operator::Subtract, left, _) if all(&left) == "7 - 2"));
}

#[test]
fn the_next_event_is_not_part_of_a_value() {
    for (text, events) in [
        ("0 a() = 3\n+0 b() = 4", 2),
        ("0 a() = 3 +0 b() = 4", 2),
        ("0 a() = 3 * > . 1:1(0)", 2),
        ("0 a() = 3 * 2", 1),
        ("0 a() = $x + $y", 1),
        ("0 a() = 3 %{ 4 }%", 2),
        ("let a = 3 + 4\n+0 b() = 1", 2),
        ("let a = 3\n* > . 1:1(0)", 2),
        ("let a = (3\n* 4)", 1),
        ("0 < icmp echo_request\n1 < icmp echo_reply 0\n2 < icmp 8 0", 3),
        ("0 a() = -1\nlet b = 2", 2),
        ("0 a() = -1 EIO let b = 2", 2),
        ("0 > . 1:1(0) ack 1 let b = 2 repeat 1 { }", 3),
    ] {
        assert_eq!(parse(text).events.len(), events, "{text}");
    }
}

#[test]
fn definitions_of_the_command_win_over_those_of_the_script() {
    let text = "-D A=1 -D B=2 -D B=3\n0 f(A, B, C, \"A\", ABC) = A|B";
    let defines = [("A", "[4, 5]"), ("C", "\"x\""), ("D", "unused")];
    let defines = defines.map(|(word, meaning)| (word.to_owned(), meaning.to_owned()));
    let script = Script::parse(text, &defines).unwrap();
    assert_eq!(script.events[0].to_string(), "0 f([4, 5], 3, \"x\", \"A\", ABC) = ([4, 5] | 3)");
    // What stands for something has the place of the word.
    let Action::Call(call) = &script.events[0].action else { panic!() };
    assert_eq!(&text[call.arguments[0].span.clone()], "A");
    assert_eq!(&text[script.events[0].span.clone()], "0 f(A, B, C, \"A\", ABC) = A|B");
}

#[test]
fn words_in_code_stand_for_something_too() {
    let defines = [("N".to_owned(), "10".to_owned())];
    let script = Script::parse("%{ assert x == N, 'N' }% `echo N`", &defines).unwrap();
    assert_eq!(script.events[0].action, Action::Code(" assert x == 10, 'N' ".to_owned()));
    assert_eq!(script.events[1].action, Action::Shell("echo N".to_owned()));
}

#[test]
fn a_record_names_its_fields() {
    let Action::Call(call) = event("0 f({a=1, b(2)=[3], 4, c(5)}) = 0").action else { panic!() };
    let ExprKind::Record(entries) = &call.arguments[0].kind else { panic!() };
    let entries: Vec<_> = entries
        .iter()
        .map(|Entry { name, count, value }| {
            (name.as_deref(), count.as_ref().map(ToString::to_string), value.to_string())
        })
        .collect();
    let text = |text: &str| text.to_owned();
    assert_eq!(
        entries,
        [
            (Some("a"), None, text("1")),
            (Some("b"), Some(text("2")), text("[3]")),
            (None, None, text("4")),
            (None, None, text("c(5)")),
        ]
    );
}
