//! Segments of TCP: flags, numbers, options.

use super::packet::twice;
use super::token::{Kind, short};
use super::{Parser, Span, packet};
use crate::drill::script::{Flags, Number, NumberKind, OptionKind, Options, Ports, Tcp, TcpOption};
use crate::mistake::Mistake;

/// The letter of a flag, and where it is kept.
type Flag = (char, fn(&mut Flags) -> &mut bool);

/// The flags in the order in which they are shown.
pub(in crate::drill) const FLAGS: [Flag; 9] = [
    ('S', |flags| &mut flags.syn),
    ('F', |flags| &mut flags.fin),
    ('R', |flags| &mut flags.rst),
    ('P', |flags| &mut flags.psh),
    ('U', |flags| &mut flags.urg),
    ('E', |flags| &mut flags.ece),
    ('W', |flags| &mut flags.cwr),
    ('A', |flags| &mut flags.ae),
    ('.', |flags| &mut flags.ack),
];

/// What an option can be called.
const OPTIONS: [&str; 13] =
    ["mss", "nop", "eol", "wscale", "sackOK", "sack", "TS", "FO", "FOEXP", "md5", "ECN", "uto", "kind"];

/// The room for options in a header (RFC 9293 section 3.1).
const ROOM: usize = 40;

/// The counters of AccECN in the order of one of its options; the other has them backwards (RFC 9768 section 3.2.3).
const COUNTERS: [&str; 3] = ["e0b", "ceb", "e1b"];

/// They have 24 bits.
const COUNTER_MOST: i64 = 0xff_ffff;

/// The time of the user timeout option has 15 bits (RFC 5482 section 3).
const USER_TIMEOUT_MOST: i64 = 0x7fff;

/// Where data begins and ends, and how long it is.
pub(super) struct Range {
    pub sequence: Number,
    pub end: Number,
    pub length: Number,
}

impl Parser<'_> {
    pub fn segment(&mut self, ports: Option<Ports>) -> Result<Tcp, Mistake> {
        let flags = self.flags()?;
        // What is expected may stand for several segments.
        let most = if self.may_capture { u32::MAX } else { u32::from(u16::MAX) };
        let Range { sequence, end, length } = self.data(most)?;
        let (mut ack, mut window, mut urgent) = (None, None, None);
        loop {
            let (span, word) = (self.span(), self.word());
            let is_said = match word {
                Some("ack") => {
                    self.advance();
                    ack.replace(self.number("the number that is acknowledged", u32::MAX)?).is_some()
                }
                Some("win") => {
                    self.advance();
                    window.replace(self.number("a window", u16::MAX)?).is_some()
                }
                Some("urg") => {
                    self.advance();
                    urgent.replace(self.number("an urgent pointer", u16::MAX)?).is_some()
                }
                Some(_) if !self.begins_event() => {
                    return Err(
                        self.unknown("ack, win, urg or an option in `<>`", ["ack", "win", "urg"].into_iter())
                    );
                }
                _ => break,
            };
            if is_said {
                return Err(twice(span, format_args!("`{}`", word.unwrap_or_default())));
            }
        }
        let options = if self.is("<") { self.options()? } else { Options::Are(Vec::new()) };
        Ok(Tcp { ports, flags, sequence, end, length, ack, window, urgent, options })
    }

    /// A word that an event can begin with, without a time.
    pub fn begins_event(&self) -> bool {
        self.is_word("let") || self.is_word("repeat")
    }

    /// `S.`, `FP.`, `-`; a digit behind the dot is ACE, which are the bits A, W and E (RFC 9768 section 3.2.2).
    fn flags(&mut self) -> Result<Flags, Mistake> {
        const WANTED: &str = "flags of TCP such as `S`, `P.` or `-`, udp or icmp";
        let begin = self.span();
        let mut text = String::new();
        loop {
            match self.peek() {
                Kind::Word(word) => text.push_str(word),
                Kind::Number(digits) if digits.starts_with('.') => text.push_str(digits),
                Kind::Sign(sign @ ("." | "-")) => text.push_str(sign),
                _ => break,
            }
            self.advance();
            if !self.token.glued {
                break;
            }
        }
        if text.is_empty() {
            return Err(self.unexpected(WANTED));
        }
        let span = self.from(begin.start);
        if text == "-" {
            return Ok(Flags::default());
        }
        let all = |text: &str| text.chars().all(|letter| FLAGS.iter().any(|(of, _)| *of == letter));
        let has_word =
            text.chars().any(|letter| letter.is_ascii_lowercase()) && !all(&text.to_ascii_uppercase());
        if has_word {
            let message = format!("{WANTED} are expected here, not `{}`", short(&text));
            return Err(packet::no_packet(Mistake::new(span, message), &text));
        }
        // If a defined word stands there, all of it is wrong.
        let is_plain = span.len() == text.len();
        let letter_at = |place: usize| match is_plain {
            true => span.start.saturating_add(place)..span.start.saturating_add(place).saturating_add(1),
            false => span.clone(),
        };
        let mut flags = Flags::default();
        let mut ace = None;
        let mut before = ' ';
        for (place, letter) in text.char_indices() {
            match (FLAGS.iter().find(|(of, _)| *of == letter), letter.to_digit(8)) {
                (Some((_, flag)), _) => {
                    if std::mem::replace(flag(&mut flags), true) {
                        return Err(twice(letter_at(place), format_args!("`{letter}`")));
                    }
                }
                (None, Some(digit)) if before == '.' => ace = Some((digit, letter_at(place))),
                (None, _) => return Err(self.no_flag(letter, &text, letter_at(place))),
            }
            before = letter;
        }
        if let Some((ace, span)) = ace {
            if flags.ece || flags.cwr || flags.ae {
                return Err(Mistake::new(
                    span,
                    "this digit says E, W and A, and they are said by letter too",
                ));
            }
            (flags.ae, flags.cwr, flags.ece) = (ace & 4 != 0, ace & 2 != 0, ace & 1 != 0);
        }
        Ok(flags)
    }

    fn no_flag(&self, letter: char, text: &str, span: Span) -> Mistake {
        let mistake = Mistake::new(span, format!("`{letter}` is no flag of TCP"));
        let upper = text.to_ascii_uppercase();
        match letter {
            '-' => mistake.hint("`-` alone is no flag at all"),
            digit if digit.is_ascii_digit() => {
                mistake.hint("a digit from 0 to 7 behind `.` is the field ACE of AccECN")
            }
            _ if upper != text && text.len() <= FLAGS.len() => {
                Mistake { suggestions: vec![upper], ..mistake }
            }
            _ => mistake.hint("S, F, R, P, U, E, W, A and `.` for ACK are"),
        }
    }

    /// `1:1001(1000)`.
    pub fn data(&mut self, most: u32) -> Result<Range, Mistake> {
        let start = self.span().start;
        if !self.is_number() && !self.is("-") {
            return Err(self.unexpected("a sequence number, as in 1:1001(1000),"));
        }
        let sequence = self.number("a sequence number", u32::MAX)?;
        self.expect(":", "`:` and the number behind the data")?;
        let end = self.number("a sequence number", u32::MAX)?;
        let length = self.length(i64::from(most))?;
        if let (Some(from), Some(to), Some(said)) = (plain(&sequence), plain(&end), plain(&length)) {
            let counted = to.wrapping_sub(from);
            if counted != said {
                let message = format!("from {from} to {to} there are {counted} bytes, not {said}");
                let hint =
                    format!("write {from}:{}({said}), or {from}:{to}({counted})", from.wrapping_add(said));
                return Err(Mistake::new(self.from(start), message).hint(hint));
            }
        }
        Ok(Range { sequence, end, length })
    }

    /// `<mss 1460,sackOK>`, `<...>`.
    fn options(&mut self) -> Result<Options, Mistake> {
        let start = self.span().start;
        self.advance();
        if self.take("...") {
            self.expect(">", "`>`")?;
            return match self.may_capture {
                true => Ok(Options::Any),
                false => Err(Mistake::new(
                    self.from(start),
                    "`<...>` leaves the options open, and a packet that comes to the host has to be made",
                )
                .hint("without `<>` it has none")),
            };
        }
        let mut all = Vec::new();
        while !self.take(">") {
            if !all.is_empty() {
                self.expect(",", "a comma or `>`")?;
            }
            let start = self.span().start;
            let kind = self.option()?;
            all.push(TcpOption { kind, span: self.from(start) });
        }
        let size = all.iter().map(|option| option.kind.size()).fold(0, usize::saturating_add);
        match size > ROOM {
            true => Err(Mistake::new(
                self.from(start),
                format!("these options take {size} bytes, and there is room for {ROOM}"),
            )),
            false => Ok(Options::Are(all)),
        }
    }

    fn option(&mut self) -> Result<OptionKind, Mistake> {
        let span = self.span();
        let name = self.word().unwrap_or_default();
        if !OPTIONS.contains(&name) {
            let mistake = self.unknown("an option of TCP", OPTIONS.into_iter());
            return Err(match (name, mistake.suggestions.is_empty()) {
                ("", _) | (_, false) => mistake,
                _ => mistake.hint("any option can be written with its number: `kind 254 0a0b`"),
            });
        }
        self.advance();
        Ok(match name {
            "mss" => OptionKind::Mss(self.number("an MSS", u16::MAX)?),
            "nop" => OptionKind::Nop,
            "eol" => OptionKind::Eol,
            "wscale" => OptionKind::WindowScale(self.number("a window scale", u8::MAX)?),
            "sackOK" => OptionKind::SackPermitted,
            "sack" => self.sack()?,
            "TS" => {
                self.keyword("val", "`val` and a timestamp")?;
                let value = self.number("a timestamp", u32::MAX)?;
                self.keyword("ecr", "`ecr` and the timestamp that is echoed")?;
                OptionKind::Timestamps { value, echo: self.number("a timestamp", u32::MAX)? }
            }
            "FO" | "FOEXP" => OptionKind::FastOpen { cookie: self.hex()?, experimental: name == "FOEXP" },
            "md5" => match self.hex()? {
                digest if matches!(digest.len(), 0 | 16) => OptionKind::Md5(digest),
                digest => {
                    let message = format!("a digest of MD5 has 16 bytes, not {}", digest.len());
                    return Err(Mistake::new(self.from(span.start), message));
                }
            },
            "ECN" => self.counters()?,
            "uto" => self.user_timeout()?,
            _ => {
                let kind = self.number("the number of an option", u8::MAX)?;
                if let Some(0 | 1) = plain(&kind) {
                    return Err(
                        Mistake::new(kind.span, "options 0 and 1 have no length").hint("write eol or nop")
                    );
                }
                OptionKind::Other { kind, data: self.hex()? }
            }
        })
    }

    fn keyword(&mut self, word: &str, wanted: &str) -> Result<(), Mistake> {
        if self.take_word(word) { Ok(()) } else { Err(self.unknown(wanted, [word].into_iter())) }
    }

    fn sack(&mut self) -> Result<OptionKind, Mistake> {
        let mut blocks = Vec::new();
        while self.is_number() || blocks.is_empty() {
            let from = self.number("a sequence number, as in sack 1001:2001,", u32::MAX)?;
            self.expect(":", "`:` and the number behind what arrived")?;
            blocks.push((from, self.number("a sequence number", u32::MAX)?));
        }
        Ok(OptionKind::Sack(blocks))
    }

    /// `e1b 1 ceb 0 e0b 1`, in this order or backwards; less than three of them, or none.
    fn counters(&mut self) -> Result<OptionKind, Mistake> {
        let mut counters = Vec::new();
        while let Some(name) = self.word() {
            let span = self.span();
            if !COUNTERS.contains(&name) {
                return Err(self.unknown("a counter, e0b, ceb or e1b,", COUNTERS.into_iter()));
            }
            self.advance();
            counters.push((name.to_owned(), self.number("a counter of bytes", COUNTER_MOST)?));
            let fits = |order: &mut dyn Iterator<Item = &&str>| {
                counters.iter().all(|(name, _)| order.next() == Some(&name.as_str()))
            };
            if !fits(&mut COUNTERS.iter()) && !fits(&mut COUNTERS.iter().rev()) {
                return Err(Mistake::new(span, format!("`{name}` cannot stand at this place"))
                    .hint("the counters stand in the order e0b ceb e1b, or e1b ceb e0b"));
            }
        }
        Ok(OptionKind::AccEcn(counters))
    }

    /// `30s`, `3m`, `$time s`.
    fn user_timeout(&mut self) -> Result<OptionKind, Mistake> {
        const WHAT: &str = "a user timeout";
        let span = self.span();
        let number = match self.peek() {
            Kind::Number(text) => text.strip_suffix(['s', 'm']).map(|digits| (digits, text.ends_with('m'))),
            _ => None,
        };
        if let Some((digits, minutes)) = number {
            let value = self.integer(digits)?;
            if value > USER_TIMEOUT_MOST {
                let message = format!("{WHAT} is at most {USER_TIMEOUT_MOST}, not {}", short(digits));
                return Err(Mistake::new(span, message));
            }
            self.advance();
            return Ok(OptionKind::UserTimeout {
                value: Number { value: NumberKind::Is(value), span },
                minutes,
            });
        }
        if !self.is_number() || matches!(self.peek(), Kind::Number(text) if self.integer(text).is_err()) {
            return Err(self.unexpected("a user timeout such as 30s or 3m"));
        }
        let value = self.number(WHAT, USER_TIMEOUT_MOST)?;
        let minutes = self.take_word("m");
        if !minutes && !self.take_word("s") {
            return Err(self.unexpected("`s` or `m`, for seconds or minutes,"));
        }
        Ok(OptionKind::UserTimeout { value, minutes })
    }

    /// Bytes as hex digits, if there are any.
    fn hex(&mut self) -> Result<Vec<u8>, Mistake> {
        let (Kind::Word(digits) | Kind::Number(digits)) = *self.peek() else { return Ok(Vec::new()) };
        let bytes = hex::decode(digits).map_err(|_| {
            let message = format!("`{}` is not bytes as hex digits, two for each", short(digits));
            let mistake = Mistake::new(self.span(), message);
            match digits.starts_with("0x") {
                true => mistake.hint("they are written without 0x"),
                false => mistake,
            }
        })?;
        self.advance();
        Ok(bytes)
    }
}

/// A number that is written as one, of 32 bits.
fn plain(number: &Number) -> Option<u32> {
    match number.value {
        NumberKind::Is(value) => u32::try_from(value).ok(),
        _ => None,
    }
}
