//! Packets as text, in every format that people paste.

use std::fmt::Write;

/// What a format makes of a packet.
pub type Render = fn(&[u8]) -> String;

/// The formats that hold any bytes.
pub const FORMATS: &[(&str, Render)] = &[
    ("xxd", |b| rows(b, 16, |o, r| format!("{o:08x}: {:<39}  {}", groups(r, 2), ascii(r)))),
    ("xxd -g1 -u", |b| {
        rows(b, 16, |o, r| format!("{o:08x}: {:<47}  {}", pairs(r, " ").to_uppercase(), ascii(r)))
    }),
    ("xxd -g4", |b| rows(b, 16, |o, r| format!("{o:08x}: {:<35}  {}", groups(r, 4), ascii(r)))),
    ("xxd -c 32", |b| rows(b, 32, |o, r| format!("{o:08x}: {:<79}  {}", groups(r, 2), ascii(r)))),
    ("xxd -a", |b| starred(b, |o, r| format!("{o:08x}: {:<39}  {}", groups(r, 2), ascii(r)), false)),
    ("xxd -p", |b| b.chunks(30).map(|row| pairs(row, "") + "\n").collect()),
    ("xxd -i", |b| {
        let rows: Vec<String> = b.chunks(12).map(|row| format!("  {}", prefixed(row))).collect();
        format!(
            "unsigned char dns_bin[] = {{\n{}\n}};\nunsigned int dns_bin_len = {};\n",
            rows.join(",\n"),
            b.len()
        )
    }),
    ("xxd -e", |b| rows(b, 16, |o, r| format!("{o:08x}: {:<35}  {}", turned(r, 4, true), ascii(r)))),
    ("xxd -b", |b| rows(b, 6, |o, r| format!("{o:08x}: {:<53}  {}", binary(r), ascii(r)))),
    ("hexdump -C", |b| starred(b, |o, r| format!("{o:08x}  {:<48}  |{}|", halves(r), ascii(r)), true)),
    ("hexdump", |b| hexdump(b, " ")),
    ("hexdump -x", |b| hexdump(b, "    ")),
    ("hexdump -b", |b| {
        rows(b, 16, |o, r| format!("{o:07x} {}", each(r, |b| format!("{b:03o}"))))
            + &format!("{:07x}\n", b.len())
    }),
    ("od", |b| od(b, |word| format!("{word:06o}"))),
    ("od -x", |b| od(b, |word| format!("{word:04x}"))),
    ("od -d", |b| od(b, |word| format!("{word:5}"))),
    ("od -An -t x1", |b| b.chunks(16).map(|row| format!(" {}\n", pairs(row, " "))).collect()),
    ("od -Ax -t x1", |b| {
        rows(b, 16, |o, r| format!("{o:06x} {}", pairs(r, " "))) + &format!("{:06x}\n", b.len())
    }),
    ("od -Ax -t x1z", |b| {
        rows(b, 16, |o, r| format!("{o:06x} {:<47}  >{}<", pairs(r, " "), ascii(r)))
            + &format!("{:06x}\n", b.len())
    }),
    ("od -Ad -t x1", |b| {
        rows(b, 16, |o, r| format!("{o:07} {}", pairs(r, " "))) + &format!("{:07}\n", b.len())
    }),
    ("od -t x1", |b| {
        rows(b, 16, |o, r| format!("{o:07o} {}", pairs(r, " "))) + &format!("{:07o}\n", b.len())
    }),
    ("od -t u1", |b| {
        rows(b, 16, |o, r| format!("{o:07o} {}", each(r, |b| format!("{b:3}"))))
            + &format!("{:07o}\n", b.len())
    }),
    ("od -b", |b| {
        rows(b, 16, |o, r| format!("{o:07o} {}", each(r, |b| format!("{b:03o}"))))
            + &format!("{:07o}\n", b.len())
    }),
    ("tcpdump -xx", |b| TCPDUMP.to_owned() + &rows(b, 16, |o, r| format!("\t0x{o:04x}:  {}", groups(r, 2)))),
    ("tcpdump -XX", |b| TCPDUMP.to_owned() + &rows(b, 16, tcpdump_row)),
    ("syslog", |b| {
        (TCPDUMP.to_owned() + &rows(b, 16, tcpdump_row))
            .lines()
            .fold(String::new(), |text, line| text + "Nov 22 09:47:57 gw tcpd[1]: " + line + "\n")
    }),
    ("tshark -x", |b| rows(b, 16, |o, r| format!("{o:04x}  {:<47}   {}", pairs(r, " "), ascii(r))) + "\n"),
    ("tshark -x, reassembled", |b| {
        let dump = rows(b, 16, |o, r| format!("{o:04x}  {:<47}   {}", pairs(r, " "), ascii(r)));
        let other =
            rows(b"something else", 16, |o, r| format!("{o:04x}  {:<47}   {}", pairs(r, " "), ascii(r)));
        format!("Frame ({} bytes):\n{dump}\nReassembled TCP (14 bytes):\n{other}\n", b.len())
    }),
    ("Wireshark, hex and ASCII", |b| {
        rows(b, 16, |o, r| format!("{o:04x}   {:<47}   {}", pairs(r, " "), ascii(r)))
    }),
    ("Wireshark, hex", |b| rows(b, 16, |o, r| format!("{o:04x}   {}", pairs(r, " ")))),
    ("Wireshark, stream", |b| pairs(b, "")),
    ("Wireshark, escaped", |b| {
        let rows: Vec<String> = b
            .chunks(16)
            .map(|row| format!("\"{}\"", row.iter().map(|b| format!("\\x{b:02x}")).collect::<String>()))
            .collect();
        rows.join(" \\\n")
    }),
    ("base64", base64),
    ("base64, wrapped", |b| {
        base64(b).as_bytes().chunks(64).map(|row| String::from_utf8_lossy(row).into_owned() + "\n").collect()
    }),
    ("C", |b| {
        let rows: String = b
            .chunks(8)
            .map(|row| format!("{} /* {} */,\n", prefixed(row), ascii(row).replace('*', ".")))
            .collect();
        format!("static const unsigned char pkt[{}] = {{\n{rows}}};\n", b.len())
    }),
    ("Go", |b| format!("// Packet ({} bytes)\n[]byte{{{}}}\n", b.len(), prefixed(b))),
    ("Go %v", |b| format!("[{}]\n", each(b, |b| b.to_string()))),
    ("Rust", |b| format!("let pkt: [u8; {}] = [{}];", b.len(), prefixed(b))),
    ("Rust {:?}", |b| format!("{b:?}")),
    ("Rust {:02x?}", |b| format!("{b:02x?}")),
    ("JSON", |b| format!("{{\"pkt\":{b:?}}}")),
    ("JSON, hex", |b| format!("{{\"pkt\":\"{}\"}}", pairs(b, ""))),
    ("Java", |b| {
        format!(
            "byte[] p = {{ {} }};",
            b.iter().map(|b| (*b as i8).to_string()).collect::<Vec<_>>().join(", ")
        )
    }),
    ("Python bytes.fromhex", |b| format!("bytes.fromhex(\"{}\")", pairs(b, ""))),
    ("Python repr", python),
    ("dmesg, bytes", |b| {
        rows(b, 16, |o, r| {
            format!("[  123.4568{:02}] rx: {o:08x}: {:<47}  {}", o % 100, pairs(r, " "), ascii(r))
        })
    }),
    ("dmesg, address", |b| {
        rows(b, 16, |o, r| format!("[  123.456805] rx: ffff8881{:08x}: {}", 0x0a1b_2c00 + o, pairs(r, " ")))
    }),
    ("dmesg, no prefix", |b| rows(b, 16, |_, r| format!("[  123.456805] rx: {}", pairs(r, " ")))),
    ("skb_dump", |b| rows(b, 16, |o, r| format!("skb linear:   {o:08x}: {}", turned(r, 4, false)))),
    ("kernel, groups of 8", |b| {
        rows(b, 16, |o, r| format!("[  12.345678] {o:08x}: {}", turned(r, 8, false)))
    }),
    ("U-Boot", |b| {
        format!("=> md.b 82000000 {:x}\n", b.len())
            + &rows(b, 16, |o, r| format!("{:08x}: {}    {}", 0x8200_0000usize + o, pairs(r, " "), ascii(r)))
    }),
    ("gdb x/xb", |b| {
        rows(b, 8, |o, r| {
            format!(
                "0x{:08x} <pkt+{o}>:\t{}",
                0x2000_1000 + o,
                r.iter().map(|b| format!("0x{b:02x}")).collect::<Vec<_>>().join("\t")
            )
        })
    }),
    ("ESP-IDF", |b| {
        rows(b, 16, |o, r| {
            format!("I (312) net: 0x{:08x}   {:<48}  |{}|", 0x3ffb_4280 + o, halves(r), ascii(r))
        })
    }),
    ("Zephyr", |b| {
        let row = |r: &[u8]| format!("{:32}{:<48} |{}", "", halves(r), middle(r));
        "[00:00:00.004,000] <inf> net: RX\n".to_owned() + &rows(b, 16, |_, r| row(r))
    }),
    ("Zephyr, minimal", |b| rows(b, 8, |_, r| format!("I: {:<23} |{}", pairs(r, " "), ascii(r)))),
    ("OpenThread", |b| {
        let row = |r: &[u8]| {
            let (left, right) = r.split_at(r.len().min(8));
            format!(
                "| {:<23} | {:<23} | {:<16} |",
                pairs(left, " ").to_uppercase(),
                pairs(right, " ").to_uppercase(),
                ascii(r)
            )
        };
        format!("====[RX len={:03}]====\n{}----------------------\n", b.len(), rows(b, 16, |_, r| row(r)))
    }),
    ("Arduino", |b| rows(b, 16, |o, r| format!("/* 0x{o:04x} */ {}, // {}", prefixed(r), ascii(r)))),
    ("Cisco EPC", |b| {
        let head = "10:12:33.123 UTC Nov 22 2026 : IPv4 LES CEF    : Gi0/1 None\n\n".to_owned();
        head + &rows(b, 16, |o, r| {
            format!("{:08X}: {:<35}  {}", 0x2fe3_a0c0 + o, groups(r, 4).to_uppercase(), ascii(r))
        }) + "\n"
    }),
    ("FortiGate", |b| {
        let head =
            "2026-11-22 09:47:57.721555 port1 in 127.0.0.53.53 -> 127.0.0.1.52495: udp 48\r\n".to_owned();
        head + &rows(b, 16, |o, r| format!("0x{o:04x}\t {:<39}\t{}\r", groups(r, 2), ascii(r)))
            + "\r\n--More--\r\n"
    }),
    ("text2pcap", |b| {
        "I 2026-11-22T09:47:57Z\n".to_owned()
            + &rows(b, 16, |o, r| format!("{o:06x} {}", pairs(r, " ")))
            + &format!("{:06x}\n", b.len())
    }),
    ("e-mail", |b| rows(b, 16, |o, r| format!("> > {o:08x}  {:<48}  |{}|", halves(r), ascii(r)))),
    ("e-mail, not broken spaces", |b| {
        rows(b, 16, |o, r| format!("> {o:08x}  {:<48}  |{}|", halves(r), ascii(r))).replace(' ', "\u{a0}")
    }),
    ("e-mail, wrapped", |b| {
        rows(b, 16, |o, r| {
            let (left, right) = r.split_at(r.len().min(12));
            let tail = if right.is_empty() { String::new() } else { format!("\n{}", pairs(right, " ")) };
            format!("{o:04x}  {}{tail}", pairs(left, " "))
        })
    }),
    ("coloured", |b| {
        rows(b, 16, |o, r| {
            format!("\u{1b}[2m{o:08x}\u{1b}[0m: \u{1b}[1;32m{:<39}\u{1b}[0m  {}", groups(r, 2), ascii(r))
        })
    }),
    ("hexyl", |b| {
        let shown = |b: &u8| match b {
            0 => '0',
            0x20 => ' ',
            0x21..=0x7e => char::from(*b),
            9 | 10 | 12 | 13 => '_',
            0x80.. => '×',
            _ => '•',
        };
        let row = |o: usize, r: &[u8]| {
            let (left, right) = r.split_at(r.len().min(8));
            let text = |r: &[u8]| r.iter().map(shown).collect::<String>();
            format!(
                "│{o:08x}│ {:<23} ┊ {:<23} │{:<8}┊{:<8}│",
                pairs(left, " "),
                pairs(right, " "),
                text(left),
                text(right)
            )
        };
        format!("┌────────┬───┬───┬────┬────┐\n{}└────────┴───┴───┴────┴────┘\n", rows(b, 16, row))
    }),
    ("PowerShell", |b| {
        let head = "           00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\n\n".to_owned();
        head + &rows(b, 16, |o, r| format!("{o:08X}   {:<47}  {}", pairs(r, " ").to_uppercase(), ascii(r)))
    }),
    ("WinDbg", |b| {
        rows(b, 16, |o, r| {
            let (left, right) = r.split_at(r.len().min(8));
            let dash = if right.is_empty() { " " } else { "-" };
            format!(
                "00000000`{:08x}  {:<47}  {}",
                0x0012_fa00 + o,
                pairs(left, " ") + dash + &pairs(right, " "),
                ascii(r)
            )
        })
    }),
    ("spaces", |b| pairs(b, " ")),
    ("dashes", |b| pairs(b, "-").to_uppercase()),
    ("colons", |b| pairs(b, ":")),
    ("points", |b| b.chunks(2).map(|pair| pairs(pair, "")).collect::<Vec<_>>().join(".")),
    ("45h", |b| each(b, |b| format!("{b:02X}h"))),
    ("braces", |b| format!("{{ {} }}", pairs(b, " "))),
    ("0x", |b| prefixed(b)),
    ("0x without commas", |b| each(b, |b| format!("0x{b:02x}"))),
    ("decimal", |b| b.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")),
    ("Node", |b| format!("<Buffer {}>", pairs(b, " "))),
    ("C string", |b| {
        format!("char p[] = \"{}\";", b.iter().map(|b| format!("\\{b:03o}")).collect::<String>())
    }),
];

pub const TCPDUMP: &str =
    "09:47:57.721555 IP 127.0.0.53.53 > 127.0.0.1.52495: 45130* 1/0/0 A 192.0.2.7 (48)\n";

pub fn rows(bytes: &[u8], width: usize, row: impl Fn(usize, &[u8]) -> String) -> String {
    let rows = bytes
        .chunks(width)
        .enumerate()
        .map(|(at, part)| row(at * width, part).trim_end_matches(' ').to_owned() + "\n");
    rows.collect()
}

pub fn tcpdump_row(offset: usize, row: &[u8]) -> String {
    format!("\t0x{offset:04x}:  {:<39}  {}", groups(row, 2), ascii(row))
}

/// `*` for rows like the one before; and where it ends.
fn starred(bytes: &[u8], row: impl Fn(usize, &[u8]) -> String, end: bool) -> String {
    let (mut text, mut before, mut star) = (String::new(), None, false);
    let last = bytes.len().div_ceil(16).saturating_sub(1);
    for (at, part) in bytes.chunks(16).enumerate() {
        let repeats = before == Some(part) && (end || at != last);
        if !repeats {
            text += &(row(at * 16, part) + "\n");
        } else if !star {
            text += "*\n";
        }
        (before, star) = (Some(part), repeats);
    }
    if end {
        let _ = writeln!(text, "{:08x}", bytes.len());
    }
    text
}

fn hexdump(bytes: &[u8], gap: &str) -> String {
    let row = |o: usize, r: &[u8]| {
        format!("{o:07x}{}", words(r).iter().map(|word| format!("{gap}{word:04x}")).collect::<String>())
    };
    let text = rows(bytes, 16, row);
    text + &format!("{:07x}\n", bytes.len())
}

fn od(bytes: &[u8], word: impl Fn(u16) -> String) -> String {
    let row = |o: usize, r: &[u8]| {
        format!("{o:07o}{}", words(r).iter().map(|w| format!(" {}", word(*w))).collect::<String>())
    };
    rows(bytes, 16, row) + &format!("{:07o}\n", bytes.len())
}

/// As a machine with the low byte first has them; an odd one at the end with a zero.
fn words(row: &[u8]) -> Vec<u16> {
    row.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair.get(1).copied().unwrap_or(0)])).collect()
}

fn each(bytes: &[u8], one: impl Fn(&u8) -> String) -> String {
    bytes.iter().map(one).collect::<Vec<_>>().join(" ")
}

pub fn pairs(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

fn prefixed(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(", ")
}

pub fn groups(row: &[u8], width: usize) -> String {
    row.chunks(width).map(|group| pairs(group, "")).collect::<Vec<_>>().join(" ")
}

/// Groups with the last byte first; the kernel goes over to bytes where the row does not divide.
fn turned(row: &[u8], width: usize, padded: bool) -> String {
    if !padded && !row.len().is_multiple_of(width) {
        return pairs(row, " ");
    }
    let group = |group: &[u8]| {
        let turned: Vec<u8> = group.iter().rev().copied().collect();
        let pad = if padded { width * 2 } else { 0 };
        format!("{:>pad$}", pairs(&turned, ""))
    };
    row.chunks(width).map(group).collect::<Vec<_>>().join(" ")
}

fn halves(row: &[u8]) -> String {
    let (left, right) = row.split_at(row.len().min(8));
    if right.is_empty() { pairs(left, " ") } else { pairs(left, " ") + "  " + &pairs(right, " ") }
}

fn binary(row: &[u8]) -> String {
    each(row, |byte| format!("{byte:08b}"))
}

pub fn ascii(row: &[u8]) -> String {
    row.iter().map(|byte| if matches!(byte, 0x20..=0x7e) { char::from(*byte) } else { '.' }).collect()
}

fn middle(row: &[u8]) -> String {
    let (left, right) = row.split_at(row.len().min(8));
    if right.is_empty() { ascii(left) } else { ascii(left) + " " + &ascii(right) }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let number =
            part.iter().chain(&[0, 0]).take(3).fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        for digit in 0..4 {
            let value = (number >> (18 - 6 * digit)) & 63;
            text.push(if digit <= part.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

fn python(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = format!("b{quote}");
    for byte in bytes {
        match byte {
            b'\t' => text += "\\t",
            b'\n' => text += "\\n",
            b'\r' => text += "\\r",
            b'\\' => text += "\\\\",
            byte if char::from(*byte) == quote => text += "\\'",
            0x20..=0x7e => text.push(char::from(*byte)),
            byte => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text.push(quote);
    text
}
