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
    ("«»", ""),
    ("--mtu=1500\n«»", ""),
    ("«--»\n0 a() = 0", ""),
    ("--mtu«:»1500\n0 a() = 0", ""),
    ("--mtu 1500 0 < S 0:0(0)", ""),
    ("--local_ip=«\"»1.2.3.4\n0 a() = 0", ""),
    ("«-D MSS»\n0 a() = 0", ""),
    ("0 a() = 0\n«-»-mtu=1500", ""),
    ("«#» a comment\n0 a() = 0", ""),
    ("0 a() = 0 «/*» not closed", ""),
    // Times.
    ("«socket»(..., SOCK_STREAM, 0) = 3", ""),
    ("0 a() = 0\n«<» S 0:0(0) win 1", ""),
    ("«-»0.1 a() = 0", ""),
    ("+«-»0.1 a() = 0", ""),
    ("«1e3» a() = 0", ""),
    ("1«ms» a() = 0", ""),
    ("«1ms» a() = 0", ""),
    ("«99999999999» a() = 0", ""),
    ("«0.3~0.1» > . 1:1(0)", ""),
    ("0.1~«+»0.3 > . 1:1(0)", ""),
    ("«0.1~0.2» < . 1:1(0)", ""),
    ("«*» close(3) = 0", ""),
    ("0.3...«0.1» read(3) = 1", ""),
    ("0.3...«+»0.4 read(3) = 1", ""),
    ("0.1«...0.2» > . 1:1(0)", ""),
    ("*...«0»  read(3) = 1", ""),
    ("0.1 «0.2» read(3) = 1", ""),
    // Packets.
    ("0 < «1»:1(0) ack 1", ""),
    ("0 < S«Y»N 0:0(0)", ""),
    ("0 < «s»a 0:0(0)", ""),
    ("0 < «s». 0:0(0)", ""),
    ("0 < S«S» 0:0(0)", ""),
    ("0 < P.«8» 0:0(0)", ""),
    ("0 < PE.«1» 0:0(0)", ""),
    ("0 < .«-» 0:0(0)", ""),
    ("0 < «icpm» echo_request", ""),
    ("0 < S «ack» 1", ""),
    ("0 < S 0«(»0)", ""),
    ("0 < S 0:0 «win» 1", ""),
    ("0 < P. «1:1001(1460)» ack 1", ""),
    ("0 < P. «4294967290:10(20)» ack 1", ""),
    ("0 < P. 1:70001(«70000») ack 1", ""),
    ("0 < P. «-»1:1(0)", ""),
    ("0 < P. 1:1(«0.5»)", ""),
    ("0 < P. 1:1(0) ack «mss»", ""),
    ("0 < P. 1:1(0) «akc» 1", ""),
    ("0 < P. 1:1(0) ack 1 «ack» 2", ""),
    ("0 < P. 1:1(0) win «65536»", ""),
    ("0 < P. 1:1(0) win «?w»", ""),
    ("0 > P. 1:1(0) win $(«?w»)", ""),
    ("0 < «70000» > 80 S 0:0(0)", ""),
    ("0 < (tos 0x10, «ect0») S 0:0(0)", ""),
    ("0 < («ect2») S 0:0(0)", ""),
    ("0 < («ect01») S 0:0(0)", ""),
    ("0 < («tt1» 64) S 0:0(0)", ""),
    ("0 < (ttl «256») S 0:0(0)", ""),
    ("0 < [ect0«)» S 0:0(0)", ""),
    ("0 < «[1:2(1)]» S 0:0(0)", ""),
    ("0 < 80>90 «icmp» echo_request", ""),
    ("0 < udp «10»", ""),
    ("0 < udp («70000»)", ""),
    ("0 < icmp «unreachabel»", ""),
    ("0 < icmp unreachable «frag_neded»", ""),
    ("0 < icmp 3 «frag_needed»", ""),
    ("0 < icmp «300»", ""),
    ("0 < icmp unreachable «mut» 1200", ""),
    ("0 < icmp unreachable frag_needed mtu 1200 [«1:1461(1400)»]", ""),
    ("0 < ipv4 «1.2.3» > 4.5.6.7: . 1:1(0)", ""),
    ("0 < ipv4 1.2.3.4 > 4.5.6.7 «.» 1:1(0)", ""),
    // Options of TCP.
    ("0 < S 0:0(0) <«mms» 1460>", ""),
    ("0 < S 0:0(0) <«sackok»>", ""),
    ("0 < S 0:0(0) <«mptcp» 1>", ""),
    ("0 < S 0:0(0) <mss 1460 «nop»>", ""),
    ("0 < S 0:0(0) <mss 1460«»", ""),
    ("0 < S 0:0(0) <mss «70000»>", ""),
    ("0 < S 0:0(0) <TS «value» 1 ecr 2>", ""),
    ("0 < S 0:0(0) <sack «>»", ""),
    ("0 < S 0:0(0) <FO «0xabcd»>", ""),
    ("0 < S 0:0(0) <FO «abc»>", ""),
    ("0 < S 0:0(0) <«md5 0011»>", ""),
    ("0 < S 0:0(0) <ECN e0b 1 «e1b» 2>", ""),
    ("0 < S 0:0(0) <ECN «eb0» 1>", ""),
    ("0 < S 0:0(0) <uto «30h»>", ""),
    ("0 < S 0:0(0) <uto 30«>»", ""),
    ("0 < S 0:0(0) <uto «40000s»>", ""),
    ("0 < S 0:0(0) <kind «1» 00>", ""),
    ("0 < S 0:0(0) «<...>»", ""),
    ("0 > . 1:1(0) «<sack 1:2 3:4 5:6 7:8,TS val 1 ecr 2>»", ""),
    // Calls and expressions.
    ("0 read «4», 0) = 1", ""),
    ("0 read(4, 0«» ", ""),
    ("0 read(4 «0») = 1", ""),
    ("0 read(4, «)» = 1", ""),
    ("0 read(4)«»", ""),
    ("0 read(4)\n«+»0 close(4) = 0", ""),
    ("0 read(4) = «»", ""),
    ("0 read(4) = -1 «eagain»", ""),
    ("0 read(4) = -1 EAGAIN «(»Resource\n", ""),
    ("0 read(«?x») = 1", ""),
    ("0 a() = $x + 1«»", ""),
    ("0 a(«08») = 1", ""),
    ("0 a(«0x») = 1", ""),
    ("0 a(«99999999999999999999») = 1", ""),
    ("0 a(«\"»abc) = 1", ""),
    ("0 a(\"ab«\\q»\") = 1", ""),
    ("0 a(«“»abc”) = 1", ""),
    ("0 a(«'»ab') = 1", ""),
    ("0 a(1 «–» 2) = 1", ""),
    ("0 a(«$» x) = 1", ""),
    ("0 a({«[1]»=2}) = 1", ""),
    ("0 a([1, 2«}») = 1", ""),
    ("0 a(1 «!» 2) = 1", ""),
    // The rest.
    ("let «$mss» = 1460", ""),
    ("let mss «1460»", ""),
    ("let mss = 1«=»2", ""),
    ("let mss = 1460 «bytes»", ""),
    ("repeat «{» +1 a() = 0 }", ""),
    ("repeat 3 «+»1 a() = 0", ""),
    ("repeat 3 «{» +1 a() = 0", ""),
    ("«+1» repeat 3 { }", ""),
    ("0 a() = 0 «}»", ""),
    ("0 expect «no» for 2", ""),
    ("0 expect none «tpc» for 2", ""),
    ("0 expect none for «forever»", ""),
    ("0 expect none for «-»1", ""),
    ("0 «`»sysctl", ""),
    ("0 «%{» assert", ""),
    ("0 «?»", ""),
];

#[test]
fn what_is_said_of_a_bad_script() {
    let mut wrong = 0;
    for (marked, message) in BAD {
        let found = said(marked, &[]);
        if (found.0.as_str(), found.1.as_str()) != (*marked, *message) {
            wrong += 1;
            println!("{}\n    {}", found.0, found.1);
            if found.0 != *marked {
                println!("    ^^^^ EXPECTED {marked}");
            }
        }
    }
    assert_eq!(wrong, 0);
}
