//! Messages of ICMP and ICMPv6: `icmp unreachable frag_needed mtu 1200 [1:1461(1460)]`.

use super::packet::twice;
use super::segment::Range;
use super::token::{Kind, short};
use super::{Parser, Span, like};
use crate::drill::icmp::{MESSAGES, Message};
use crate::drill::script::{Echoed, Icmp};
use crate::mistake::Mistake;

/// What can stand behind type and code.
const BEHIND: [&str; 2] = ["mtu", "id"];

impl Parser<'_> {
    /// A message; `about` is what it is about, if that stands before it.
    pub fn icmp(&mut self, about: Option<(Echoed, Span)>) -> Result<Icmp, Mistake> {
        self.advance();
        let start = self.span().start;
        let (kind, message) = self.kind()?;
        let code = self.code(&kind, message)?;
        let mut icmp = Icmp {
            kind,
            code,
            mtu: None,
            id: None,
            echoed: about.map(|(echoed, _)| echoed),
            span: self.from(start),
        };
        loop {
            let (span, word) = (self.span(), self.word());
            let is_said = match self.peek() {
                Kind::Word("mtu") => {
                    self.advance();
                    icmp.mtu.replace(self.number("an MTU", u32::MAX)?).is_some()
                }
                Kind::Word("id") => {
                    self.advance();
                    icmp.id.replace(self.number("an id", u16::MAX)?).is_some()
                }
                Kind::Word(_) if !self.begins_event() => {
                    return Err(
                        self.unknown("mtu, id, or what the message is about in `[]`,", BEHIND.into_iter())
                    );
                }
                Kind::Sign("[") => {
                    self.advance();
                    icmp.echoed.replace(self.echoed()?).is_some()
                }
                _ => return Ok(icmp),
            };
            if is_said {
                return Err(match word {
                    Some(word) => twice(span, format_args!("`{word}`")),
                    None => twice(span, format_args!("what the message is about")),
                });
            }
        }
    }

    /// The type, by name or number.
    fn kind(&mut self) -> Result<(String, Option<&'static Message>), Mistake> {
        const WANTED: &str = "the type of a message of ICMP, such as unreachable or 3,";
        match *self.peek() {
            Kind::Number(_) => Ok((self.octet("a type of ICMP")?, None)),
            Kind::Word(name) => {
                let message = MESSAGES.iter().find(|message| message.name == name);
                if message.is_none() {
                    return Err(self.unknown(WANTED, MESSAGES.iter().map(|message| message.name)));
                }
                self.advance();
                Ok((name.to_owned(), message))
            }
            _ => Err(self.unexpected(WANTED)),
        }
    }

    /// The code, by name or number, if there is one: on the same line, since a number on the next one is a time.
    fn code(&mut self, kind: &str, message: Option<&Message>) -> Result<Option<String>, Mistake> {
        match *self.peek() {
            Kind::Number(text) if !self.token.first && !text.contains('.') => {
                self.octet("a code of ICMP").map(Some)
            }
            Kind::Word(name) if !BEHIND.contains(&name) && !self.begins_event() => {
                let codes = message.map_or(&[][..], |message| message.codes);
                let code = codes.iter().find(|(code, ..)| *code == name);
                if code.is_none() {
                    let message = format!("`{}` is no code of {}", short(name), named(kind, message));
                    let mistake = Mistake::new(self.span(), message);
                    return Err(like(mistake, name, codes.iter().map(|(code, ..)| *code).chain(BEHIND)));
                }
                self.advance();
                Ok(Some(name.to_owned()))
            }
            _ => Ok(None),
        }
    }

    /// A number of 8 bits, as it is said in a name's place.
    fn octet(&mut self, what: &str) -> Result<String, Mistake> {
        let Kind::Number(text) = *self.peek() else { return Err(self.unexpected(what)) };
        let number = self.integer(text)?;
        if number > i64::from(u8::MAX) {
            return Err(Mistake::new(
                self.span(),
                format!("{what} is at most {}, not {}", u8::MAX, short(text)),
            ));
        }
        self.advance();
        Ok(number.to_string())
    }

    /// `1:1461(1460)]` or `udp (1000)]`, of which the first bracket was taken.
    pub fn echoed(&mut self) -> Result<Echoed, Mistake> {
        let echoed = match self.take_word("udp") {
            true => Echoed::Udp { length: self.length(i64::from(u16::MAX))? },
            false => {
                let Range { sequence, end, length } = self.data(u32::from(u16::MAX))?;
                Echoed::Tcp { sequence, end, length }
            }
        };
        self.expect("]", "`]`")?;
        Ok(echoed)
    }
}

/// A type as messages speak of it.
fn named(kind: &str, message: Option<&Message>) -> String {
    match message {
        Some(message) => format!("`{}`", message.name),
        None => format!("type {kind}, which is given as a number and so has codes as numbers"),
    }
}
