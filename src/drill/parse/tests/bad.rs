//! Scripts that cannot be read, and what is said of them. What is pointed at stands between « and ».

use super::*;

/// What is said of a script, and where: the script again with the marks.
fn said(marked: &str, defines: &[(String, String)]) -> (String, String) {
    let text = marked.replace(['«', '»'], "");
    let Err(mistake) = Script::parse(&text, defines) else { return (text, "it can be read".to_owned()) };
    let parts = [0..mistake.span.start, mistake.span.clone(), mistake.span.end..text.len()];
    let [before, at, behind] = parts.map(|part| text.get(part).unwrap());
    (format!("{before}«{at}»{behind}"), mistake.to_string())
}

const BAD: &[(&str, &str)] = &[
    // The top.
    (
        "«»",
        "nothing happens in this script; an event begins with its time: `0.1 < S 0:0(0) win 1000`, `+0 close(3) = 0`",
    ),
    (
        "--mtu=1500\n«»",
        "nothing happens in this script; an event begins with its time: `0.1 < S 0:0(0) win 1000`, `+0 close(3) = 0`",
    ),
    ("«--»\n0 a() = 0", "the name of an option is missing behind `--`"),
    ("--mtu«:»1500\n0 a() = 0", "`=` and a value, or white space, is expected behind `--mtu`"),
    (
        "--mtu 1500 «0» < S 0:0(0)",
        "`<` or `>` and a packet, or a call, is expected here, not `0`; the value of an option stands behind `=`: `--mtu=...`",
    ),
    ("--local_ip=«\"»1.2.3.4\n0 a() = 0", "this value is not closed: `\"` is missing on its line"),
    ("«-D MSS»\n0 a() = 0", "a word and what it stands for have to be given: `-D WORD=VALUE`"),
    ("0 a() = 0\n«-»-mtu=1500", "options stand at the top, above everything that happens"),
    ("«#» a comment\n0 a() = 0", "`#` has no meaning here; comments begin with //"),
    ("0 a() = 0 «/*» not closed", "this comment is not closed: `*/` is missing"),
    // Times.
    (
        "«socket»(..., SOCK_STREAM, 0) = 3",
        "the time of an event, such as 0.1 or +0.1, is expected here, not `socket`; `+0` is right behind what stands before it",
    ),
    (
        "0 a() = 0\n«<» S 0:0(0) win 1",
        "the time of an event, such as 0.1 or +0.1, is expected here, not `<`; `+0` is right behind what stands before it",
    ),
    ("«-»0.1 a() = 0", "an event begins with its time, and that is never negative"),
    ("+«-»0.1 a() = 0", "a time is never negative"),
    ("«1e3» a() = 0", "`1e3` is no number of seconds, such as 1, 0.25 or .001"),
    ("1.«ms» a() = 0", "times are in seconds, without a unit"),
    ("«1ms» a() = 0", "`1ms` is no number of seconds, such as 1, 0.25 or .001"),
    ("«99999999999» a() = 0", "a time is at most 18446744073 seconds"),
    ("«0.3~0.1» > . 1:1(0)", "this range of times runs backwards"),
    (
        "0.1~«+»0.3 > . 1:1(0)",
        "with `+` this counts from the event before, and what stands before it from the start of the script; write a plus at both, or at none",
    ),
    ("«0.1~0.2» < . 1:1(0)", "only what is expected, with `>`, may come in a range of times or at any time"),
    ("«*» close(3) = 0", "only what is expected, with `>`, may come in a range of times or at any time"),
    ("0.3...«0.1» read(3) = 1", "the call would come back before it begins"),
    (
        "0.3...«+»0.4 read(3) = 1",
        "with `+` this counts from the event before, and what stands before it from the start of the script; write a plus at both, or at none",
    ),
    ("0.1«...0.2» > . 1:1(0)", "only a call takes time; a range of times is written with `~`: 0.1~0.2"),
    ("*...«0»  read(3) = 1", "a call begins at one time, not at any"),
    ("0.1 «0.2» read(3) = 1", "`<` or `>` and a packet, or a call, is expected here, not `0.2`"),
    // Packets.
    (
        "0 < «1»:1(0) ack 1",
        "the flags of a segment stand before its sequence numbers; `.` is ACK alone, `-` is no flag: `. 1:1(0) ack 1`",
    ),
    ("0 < S«Y»N 0:0(0)", "`Y` is no flag of TCP; S, F, R, P, U, E, W, A and `.` for ACK are"),
    ("0 < «s»a 0:0(0)", "`s` is no flag of TCP; did you mean SA?"),
    ("0 < «s». 0:0(0)", "`s` is no flag of TCP; did you mean S.?"),
    ("0 < S«S» 0:0(0)", "`S` is said twice"),
    ("0 < P.«8» 0:0(0)", "`8` is no flag of TCP; a digit from 0 to 7 behind `.` is the field ACE of AccECN"),
    ("0 < PE.«1» 0:0(0)", "this digit says E, W and A, and they are said by letter too"),
    ("0 < .«-» 0:0(0)", "`-` is no flag of TCP; `-` alone is no flag at all"),
    (
        "0 < «icpm» echo_request",
        "flags of TCP such as `S`, `P.` or `-`, udp or icmp are expected here, not `icpm`; did you mean icmp?",
    ),
    ("0 < S «ack» 1", "a sequence number, as in 1:1001(1000), is expected here, not `ack`"),
    ("0 < S 0«(»0)", "`:` and the number behind the data is expected here, not `(`"),
    ("0 < S 0:0 «win» 1", "the length of the data in brackets, such as (1000), is expected here, not `win`"),
    (
        "0 < P. «1:1001(1460)» ack 1",
        "from 1 to 1001 there are 1000 bytes, not 1460; write 1:1461(1460), or 1:1001(1000)",
    ),
    (
        "0 < P. «4294967290:10(20)» ack 1",
        "from 4294967290 to 10 there are 16 bytes, not 20; write 4294967290:14(20), or 4294967290:10(16)",
    ),
    ("0 < P. 1:70001(«70000») ack 1", "a length is at most 65535, not 70000"),
    ("0 < P. «-»1:1(0)", "a sequence number is never negative"),
    ("0 < P. 1:1(«0.5»)", "`0.5` is no whole number"),
    (
        "0 < P. 1:1(0) ack «mss»",
        "the number that is acknowledged is expected here, not `mss`; `$mss` is what `let mss = ...` names, and `-D mss=...` defines the word",
    ),
    (
        "0 < P. 1:1(0) «akc» 1",
        "ack, win, urg or an option in `<>` is expected here, not `akc`; did you mean ack?",
    ),
    ("0 < P. 1:1(0) ack 1 «ack» 2", "`ack` is said twice"),
    ("0 < P. 1:1(0) win «65536»", "a window is at most 65535, not 65536"),
    (
        "0 < P. 1:1(0) win «?w»",
        "`?w` stands for what the host says, and here the script has to say it; it may stand in packets that are expected, behind the `=` of a call, and in brackets in a call",
    ),
    (
        "0 > P. 1:1(0) win $(«?w»)",
        "`?w` stands for what the host says, and here the script has to say it; it may stand in packets that are expected, behind the `=` of a call, and in brackets in a call",
    ),
    ("0 < «70000» > 80 S 0:0(0)", "a port is at most 65535, not 70000"),
    ("0 < (tos 0x10, «ect0») S 0:0(0)", "TOS, of which ECN is a part, is said twice"),
    (
        "0 < («ect2») S 0:0(0)",
        "what is said of the IP header, such as ect0, tos 0x10 or ttl 64, is expected here, not `ect2`; did you mean ect0 or ect1?",
    ),
    (
        "0 < («ect01») S 0:0(0)",
        "a packet that comes to the host has one codepoint of ECN; did you mean ect0 or ect1?",
    ),
    (
        "0 < («tt1» 64) S 0:0(0)",
        "what is said of the IP header, such as ect0, tos 0x10 or ttl 64, is expected here, not `tt1`; did you mean ttl?",
    ),
    ("0 < (ttl «256») S 0:0(0)", "a TTL is at most 255, not 256"),
    ("0 < [ect0«)» S 0:0(0)", "a comma or `]` is expected here, not `)`"),
    ("0 < «[1:2(1)]» S 0:0(0)", "only a message of ICMP is about another packet"),
    ("0 < 80>90 «icmp» echo_request", "ICMP has no ports"),
    (
        "0 < udp 10«»",
        "the script ends here; `>` and the port of the destination is expected; a length stands in brackets: `udp (1000)`",
    ),
    ("0 < udp («70000»)", "a length is at most 65527, not 70000"),
    (
        "0 < icmp «unreachabel»",
        "the type of a message of ICMP, such as unreachable or 3, is expected here, not `unreachabel`; did you mean unreachable?",
    ),
    (
        "0 < icmp unreachable «frag_neded»",
        "`frag_neded` is no code of `unreachable`; did you mean frag_needed?",
    ),
    (
        "0 < icmp 3 «frag_needed»",
        "`frag_needed` is no code of type 3, which is given as a number and so has codes as numbers",
    ),
    ("0 < icmp «300»", "a type of ICMP is at most 255, not 300"),
    ("0 < icmp unreachable «mut» 1200", "`mut` is no code of `unreachable`; did you mean mtu?"),
    (
        "0 < icmp unreachable frag_needed mtu 1200 [«1:1461(1400)»]",
        "from 1 to 1461 there are 1460 bytes, not 1400; write 1:1401(1400), or 1:1461(1460)",
    ),
    ("0 < ipv4 «1.2.3» > 4.5.6.7: . 1:1(0)", "`1.2.3` is no address of IPv4"),
    (
        "0 < ipv4 1.2.3.4 > 4.5.6.7 «.» 1:1(0)",
        "`:` behind the header around the packet is expected here, not `.`",
    ),
    // Options of TCP.
    ("0 < S 0:0(0) <«mms» 1460>", "an option of TCP is expected here, not `mms`; did you mean mss?"),
    (
        "0 < S 0:0(0) <«sackok»>",
        "an option of TCP is expected here, not `sackok`; did you mean sackOK or sack?",
    ),
    (
        "0 < S 0:0(0) <«mptcp» 1>",
        "an option of TCP is expected here, not `mptcp`; any option can be written with its number: `kind 254 0a0b`",
    ),
    ("0 < S 0:0(0) <mss 1460 «nop»>", "a comma or `>` is expected here, not `nop`"),
    ("0 < S 0:0(0) <mss 1460«»", "the script ends here; a comma or `>` is expected"),
    ("0 < S 0:0(0) <mss «70000»>", "an MSS is at most 65535, not 70000"),
    (
        "0 < S 0:0(0) <TS «value» 1 ecr 2>",
        "`val` and a timestamp is expected here, not `value`; did you mean val?",
    ),
    ("0 < S 0:0(0) <sack «>»", "a sequence number, as in sack 1001:2001, is expected here, not `>`"),
    (
        "0 < S 0:0(0) <FO «0xabcd»>",
        "`0xabcd` is not bytes as hex digits, two for each; they are written without 0x",
    ),
    ("0 < S 0:0(0) <FO «abc»>", "`abc` is not bytes as hex digits, two for each"),
    ("0 < S 0:0(0) <«md5 0011»>", "a digest of MD5 has 16 bytes, not 2"),
    (
        "0 < S 0:0(0) <ECN e0b 1 «e1b» 2>",
        "`e1b` cannot stand at this place; the counters stand in the order e0b ceb e1b, or e1b ceb e0b",
    ),
    (
        "0 < S 0:0(0) <ECN «eb0» 1>",
        "a counter, e0b, ceb or e1b, is expected here, not `eb0`; did you mean e0b?",
    ),
    ("0 < S 0:0(0) <uto «30h»>", "a user timeout such as 30s or 3m is expected here, not `30h`"),
    ("0 < S 0:0(0) <uto 30«>»", "`s` or `m`, for seconds or minutes, is expected here, not `>`"),
    ("0 < S 0:0(0) <uto «40000s»>", "a user timeout is at most 32767, not 40000"),
    ("0 < S 0:0(0) <kind «1» 00>", "options 0 and 1 have no length; write eol or nop"),
    (
        "0 < S 0:0(0) «<...>»",
        "`<...>` leaves the options open, and a packet that comes to the host has to be made; without `<>` it has none",
    ),
    (
        "0 > . 1:1(0) «<sack 1:2 3:4 5:6 7:8,TS val 1 ecr 2>»",
        "these options take 44 bytes, and there is room for 40",
    ),
    // Calls and expressions.
    (
        "0 S «0»:0(0)",
        "`(` and what `S` is called with is expected here, not `0`; before a packet stands `<` or `>`",
    ),
    (
        "0 read «4», 0) = 1",
        "`(` and what `read` is called with is expected here, not `4`; before a packet stands `<` or `>`",
    ),
    ("0 read(4, 0«» ", "the script ends here; a comma or `)` is expected"),
    ("0 read(4 «0») = 1", "a comma or `)` is expected here, not `0`"),
    ("0 read(4, «)» = 1", "a value is expected here, not `)`"),
    ("0 read(4)«»", "the script ends here; `=` and what `read` gives back is expected"),
    ("0 read(4)\n«+»0 close(4) = 0", "`=` and what `read` gives back is expected here, not `+`"),
    ("0 read(4) =«» ", "the script ends here; a value is expected"),
    ("0 read(4) = -1 «eagain»", "the names of errors are in capitals, not `eagain`; did you mean EAGAIN?"),
    ("0 read(4) = -1 EAGAIN «(»Resource\n", "this bracket is not closed: `)` is missing on its line"),
    (
        "0 read(«?x») = 1",
        "`?x` stands for what the host says, and here the script has to say it; it may stand in packets that are expected, behind the `=` of a call, and in brackets in a call",
    ),
    (
        "0 a() = $x + 1«»",
        "the script ends here; `<` or `>` and a packet, or a call, is expected; a sum behind `=` stands in brackets: `= (3 + 4)`",
    ),
    ("0 a(«08») = 1", "`08` begins with 0, so it is octal, and its digits go from 0 to 7"),
    ("0 a(«0x») = 1", "`0x` is no hexadecimal number"),
    (
        "0 a(«99999999999999999999») = 1",
        "`99999999999999999999` is too large: a number is at most 9223372036854775807",
    ),
    ("0 a(«\"»abc) = 1", "this string is not closed: `\"` is missing on its line"),
    ("0 a(\"ab«\\q»\") = 1", "this escape is not known; \\n, \\t, \\r, \\\", \\\\, \\012 and \\x0a are"),
    ("0 a(«“»abc”) = 1", "“ is a quotation mark of word processors; write \""),
    ("0 a(«'»ab') = 1", "between these quotation marks one letter has to stand, as in 'a' or '\\n'"),
    ("0 a(1 «–» 2) = 1", "– is a dash of word processors; write -"),
    ("0 a(«$» x) = 1", "a name has to stand directly behind `$`"),
    ("0 a({«[1]»=2}) = 1", "before `=` stands the name of a field, with a number in brackets or without one"),
    ("0 a([1, 2«}») = 1", "a comma or `]` is expected here, not `}`"),
    ("0 a(1 «!» 2) = 1", "`!` has no meaning here"),
    // The rest.
    ("let «$mss» = 1460", "`$mss` is what has the name; here stands the name alone; did you mean mss?"),
    ("let mss «1460»", "`=` and a value is expected here, not `1460`"),
    ("let mss = 1«=»2", "the time of an event, such as 0.1 or +0.1, is expected here, not `=`"),
    (
        "let mss = 1460 «bytes»",
        "the time of an event, such as 0.1 or +0.1, is expected here, not `bytes`; `+0` is right behind what stands before it",
    ),
    ("repeat «{» +1 a() = 0 }", "how often, as in `repeat 3 {`, is expected here, not `{`"),
    ("repeat 3 +1 «a»() = 0", "`{` and what is repeated is expected here, not `a`"),
    ("repeat 3 «{» +1 a() = 0", "this `{` is not closed: `}` is missing"),
    (
        "«+1» repeat 3 { }",
        "`repeat` has no time of its own; the events in it have; write `repeat 3 { +1 ... }`",
    ),
    ("0 a() = 0 «}»", "no `repeat` is open that this `}` could close"),
    (
        "0 expect «no» for 2",
        "`none`, as in `expect none for 2.0`, is expected here, not `no`; packets are expected with `>`",
    ),
    (
        "0 expect none «tpc» for 2",
        "`for` and a number of seconds, or tcp, udp or icmp before it, is expected here, not `tpc`; did you mean tcp?",
    ),
    ("0 expect none for «forever»", "a number of seconds is expected here, not `forever`"),
    ("0 expect none for «-»1", "a time is never negative"),
    ("0 «`»sysctl", "this shell line is not closed: a second backquote is missing"),
    ("0 «%{» assert", "this code is not closed: `}%` is missing"),
    ("0 «?»", "a name has to stand directly behind `?`"),
];

#[test]
fn what_is_said_of_a_bad_script() {
    for (marked, message) in BAD {
        assert_eq!(said(marked, &[]), ((*marked).to_owned(), (*message).to_owned()));
    }
}

/// What a defined word stands for is pointed at by the word.
#[test]
fn what_is_said_of_a_defined_word() {
    let defines =
        [("FLAGS", "SX"), ("LONG", "1:1001(1460)"), ("OPEN", "\"a"), ("HALF", "1 +"), ("TWO", "ack 1 ack 2")];
    let defines = defines.map(|(word, meaning)| (word.to_owned(), meaning.to_owned()));
    for (marked, message) in [
        ("0 > «FLAGS» 1:1(0)", "`X` is no flag of TCP; S, F, R, P, U, E, W, A and `.` for ACK are"),
        (
            "0 > P. «LONG» ack 1",
            "from 1 to 1001 there are 1000 bytes, not 1460; write 1:1461(1460), or 1:1001(1000)",
        ),
        (
            "0 a(«OPEN») = 1",
            "`OPEN` stands for `\"a`: this string is not closed: `\"` is missing on its line",
        ),
        ("0 a(HALF«)» = 1", "a value is expected here, not `)`"),
        ("0 > . 1:1(0) «TWO»", "`ack` is said twice"),
    ] {
        assert_eq!(said(marked, &defines), (marked.to_owned(), message.to_owned()));
    }
}

/// What is quoted is cut, and what is too long is like nothing.
#[test]
fn a_long_word_makes_no_long_message() {
    let (_, message) = said(&format!("0 > {}", "x".repeat(100_000)), &[]);
    assert!(message.len() < 200 && message.ends_with("xxx...`"), "{message}");
}
