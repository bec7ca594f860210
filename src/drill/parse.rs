//! The grammar of scripts: from text to what stands in it, with its places.
//!
//! ```text
//! script  = *( "--" name [ "=" value ] / "-D" word "=" value ) *event
//! event   = time ( "<" packet / ">" packet / call / "expect none" [ protocol ] "for" seconds )
//!         / [ time ] ( "`" shell "`" / "%{" code "}%" / "let" name "=" expression )
//!         / "repeat" expression [ "as" name ] "{" *event "}"
//! time    = "*" / [ "+" ] seconds [ "~" [ "+" ] seconds ] [ "..." [ "+" ] seconds ]
//! packet  = *( "(" ip ")" / "[" ip "]" / outer ":" ) ( segment / udp / icmp )
//! segment = [ ports ] flags range [ "ack" number ] [ "win" number ] [ "urg" number ] [ "<" options ">" ]
//! range   = number ":" number "(" number ")"
//! number  = digits / "$" name / "$(" expression ")" / "?" name
//! call    = name "(" *expression ")" "=" expression [ errno ] [ "(" text ")" ]
//! ```
//!
//! Pieces are cut by nom (`token`), and the rest is a descent of bounded depth. Nothing stands between events but their times, so what
//! a line break means is said where it means something: `let` and `repeat` go to the end of their line, brackets aside.

mod expression;
mod icmp;
mod packet;
mod segment;
mod time;
mod token;

use std::collections::HashMap;

use nom::bytes::complete::take_while;
use nom::{IResult, Parser as _};

use super::script::{Action, Event, Protocol, Script, Setting, Span, When};
use crate::mistake::Mistake;
use expression::Edge;
pub(super) use expression::OPERATORS;
pub(super) use segment::FLAGS;
use time::Time;
use token::{Kind, Token, Tokens, is_word, short, skip};

/// Brackets, signs and `repeat` in each other, at most.
const DEEPEST: usize = 64;

impl Script {
    /// Reads a script.
    ///
    /// Words that are defined stand for something else wherever they stand alone in an event: outside of strings, shell lines and
    /// comments. They are not looked for in what they stand for. `defines` are those of the command: they win over those of
    /// the script, and the last one of a word over those before it.
    ///
    /// Where a defined word stands in code, the code that comes out is that much longer or shorter than what stands in the text.
    ///
    /// # Errors
    /// The first mistake at its place, in bytes of the text.
    pub fn parse(text: &str, defines: &[(String, String)]) -> Result<Self, Mistake> {
        let (options, at) = settings(text)?;
        let mut meanings = HashMap::new();
        for option in options.iter().filter(|option| option.name == "define") {
            let parts = option.value.split_once('=').filter(|(word, _)| is_word(word));
            let (word, meaning) = parts.ok_or_else(|| {
                Mistake::new(
                    option.span.clone(),
                    "a word and what it stands for have to be given: `-D WORD=VALUE`",
                )
            })?;
            meanings.insert(word, meaning);
        }
        meanings.extend(defines.iter().map(|(word, meaning)| (word.as_str(), meaning.as_str())));
        let mut parser = Parser::new(Tokens::new(text, at, meanings));
        let events = parser.script().map_err(|mistake| match options.last() {
            // `--mtu 1500` is read as an option without a value, and an event at the time 1500.
            Some(last) if mistake.hint.is_none() && is_valued_by_space(text, last, &mistake) => mistake
                .hint(format!("the value of an option stands behind `=`: `--{}=...`", short(&last.name))),
            _ => mistake,
        })?;
        Ok(Self { options, events })
    }
}

/// Whether an option has no value, and what is wrong stands behind it on its line.
fn is_valued_by_space(text: &str, option: &Setting, mistake: &Mistake) -> bool {
    let written = text.get(option.span.clone()).unwrap_or_default();
    let between = text.get(option.span.end..mistake.span.start).unwrap_or("\n");
    !written.contains('=') && !between.contains('\n')
}

/// What an event looks like.
const EVENTS: &str = "an event begins with its time: `0.1 < S 0:0(0) win 1000`, `+0 close(3) = 0`";

/// The options at the top of a script, and where they end.
fn settings(text: &str) -> Result<(Vec<Setting>, usize), Mistake> {
    let mut found = Vec::new();
    let mut at = text.len().saturating_sub(text.trim_start_matches('\u{feff}').len());
    if text.get(at..).is_some_and(|text| text.starts_with("#!")) {
        at = text.find('\n').unwrap_or(text.len());
    }
    loop {
        at = skip(text, at)?;
        let rest = text.get(at..).unwrap_or_default();
        let name = rest.strip_prefix("--").and_then(|rest| name(rest).ok());
        let (behind, name) = match (name, rest.strip_prefix("-D")) {
            (Some((behind, name)), _) => (behind, name),
            // What is defined stands behind `-D`, with a space or without one.
            (None, Some(behind)) => (behind.trim_start_matches([' ', '\t', '=']), "define"),
            _ => return Ok((found, at)),
        };
        let place = |behind: &str| text.len().saturating_sub(behind.len());
        if name.is_empty() {
            return Err(Mistake::new(
                at..at.saturating_add(2),
                "the name of an option is missing behind `--`",
            ));
        }
        let is_short = !rest.starts_with("--");
        let (value, end) = match behind.strip_prefix('=').or(is_short.then_some(behind)) {
            Some(value) => self::value(text, place(value))?,
            None if behind.is_empty() || behind.starts_with(char::is_whitespace) => {
                (String::new(), place(behind))
            }
            None => {
                let place = place(behind);
                let length = behind.chars().next().map_or(0, char::len_utf8);
                let message =
                    format!("`=` and a value, or white space, is expected behind `--{}`", short(name));
                return Err(Mistake::new(place..place.saturating_add(length), message));
            }
        };
        found.push(Setting { name: name.to_owned(), value, span: at..end });
        at = end;
    }
}

fn name(input: &str) -> IResult<&str, &str> {
    take_while(|sign: char| sign.is_ascii_alphanumeric() || sign == '_' || sign == '-').parse(input)
}

/// The value of an option, up to white space; what stands in quotation marks may have spaces in it.
fn value(text: &str, start: usize) -> Result<(String, usize), Mistake> {
    let mut value = String::new();
    let mut open = None;
    let mut signs = text.get(start..).unwrap_or_default().char_indices().peekable();
    while let Some((place, sign)) = signs.next() {
        match (sign, open) {
            ('"', None) => open = Some(start.saturating_add(place)),
            ('"', Some(_)) => open = None,
            ('\\', Some(_)) if signs.peek().is_some_and(|(_, next)| matches!(next, '"' | '\\')) => {
                value.extend(signs.next().map(|(_, escaped)| escaped));
            }
            ('\n', Some(_)) => break,
            (sign, None) if sign.is_whitespace() => return Ok((value, start.saturating_add(place))),
            _ => value.push(sign),
        }
    }
    match open {
        Some(place) => {
            let message = "this value is not closed: `\"` is missing on its line";
            Err(Mistake::new(place..place.saturating_add(1), message))
        }
        None => Ok((value, text.len())),
    }
}

/// Who reads the events.
struct Parser<'t> {
    tokens: Tokens<'t>,
    token: Token<'t>,
    /// The one behind it, if it was looked at.
    ahead: Option<Token<'t>>,
    /// Where what was taken last ends.
    behind: usize,
    depth: usize,
    /// `?name` may stand here: what it is about was not made by the script.
    may_capture: bool,
}

impl<'t> Parser<'t> {
    fn new(mut tokens: Tokens<'t>) -> Self {
        let first = tokens.next();
        Self { tokens, token: first, ahead: None, behind: 0, depth: 0, may_capture: false }
    }

    fn peek(&self) -> &Kind<'t> {
        &self.token.kind
    }

    fn ahead(&mut self) -> &Token<'t> {
        self.ahead.get_or_insert_with(|| self.tokens.next())
    }

    fn span(&self) -> Span {
        self.token.span.clone()
    }

    /// From a place to the end of what was taken last.
    fn from(&self, start: usize) -> Span {
        start..self.behind.max(start)
    }

    /// Takes what stands here.
    fn advance(&mut self) -> Token<'t> {
        let next = match self.ahead.take() {
            Some(next) => next,
            None => self.tokens.next(),
        };
        self.behind = self.token.span.end;
        std::mem::replace(&mut self.token, next)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Kind::Sign(found) if *found == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Kind::Word(found) if *found == word)
    }

    /// The word that stands here.
    fn word(&self) -> Option<&'t str> {
        match self.peek() {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Takes a sign, if it stands here.
    fn take(&mut self, sign: &str) -> bool {
        let there = self.is(sign);
        if there {
            self.advance();
        }
        there
    }

    /// Takes a word, if it stands here.
    fn take_word(&mut self, word: &str) -> bool {
        let there = self.is_word(word);
        if there {
            self.advance();
        }
        there
    }

    fn expect(&mut self, sign: &str, wanted: &str) -> Result<(), Mistake> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected(wanted)) }
    }

    /// What stands here is not what has to.
    fn unexpected(&self, wanted: &str) -> Mistake {
        match self.peek() {
            Kind::Bad(mistake) => mistake.clone(),
            // Behind what is there, not behind the empty lines at the end.
            Kind::End => {
                Mistake::new(self.behind..self.behind, format!("the script ends here; {wanted} is expected"))
            }
            other => {
                let message = format!("{wanted} is expected here, not `{}`", short(&other.to_string()));
                Mistake::new(self.span(), message)
            }
        }
    }

    /// A word that has no meaning where it stands, and those that have one.
    fn unknown<'n>(&self, what: &str, names: impl Iterator<Item = &'n str>) -> Mistake {
        let Some(word) = self.word() else { return self.unexpected(what) };
        let message = format!("{what} is expected here, not `{}`", short(word));
        like(Mistake::new(self.span(), message), word, names)
    }

    fn too_deep(&self) -> Mistake {
        Mistake::new(self.span(), format!("brackets, operators and `repeat` go {DEEPEST} deep, no deeper"))
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Mistake>) -> Result<T, Mistake> {
        if self.depth >= DEEPEST {
            return Err(self.too_deep());
        }
        self.depth = self.depth.saturating_add(1);
        let result = inner(self);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    /// All events of a script.
    fn script(&mut self) -> Result<Vec<Event>, Mistake> {
        let events = self.events()?;
        match self.is("}") {
            true => Err(Mistake::new(self.span(), "no `repeat` is open that this `}` could close")),
            false if events.is_empty() => {
                Err(Mistake::new(self.span(), "nothing happens in this script").hint(EVENTS))
            }
            false => Ok(events),
        }
    }

    /// Events up to what can begin none.
    fn events(&mut self) -> Result<Vec<Event>, Mistake> {
        let mut events = Vec::new();
        while !matches!(self.peek(), Kind::End | Kind::Sign("}")) {
            events.push(self.event()?);
        }
        Ok(events)
    }

    fn event(&mut self) -> Result<Event, Mistake> {
        let start = self.span().start;
        if let Some((when, action)) = self.without_time()? {
            return Ok(Event { when, action, span: self.from(start) });
        }
        let is_first = self.token.first || self.behind == 0;
        let time = self.time()?;
        let action = self.action(&time).map_err(|mistake| match time.when {
            // `= 3 + 4` is read as an event at the time +4.
            When::At { relative: true, .. }
                if !is_first && mistake.span.start >= time.span.end && mistake.hint.is_none() =>
            {
                mistake.hint("a sum behind `=` stands in brackets: `= (3 + 4)`")
            }
            _ => mistake,
        })?;
        Ok(Event { when: time.when, action, span: self.from(start) })
    }

    /// What needs no time.
    fn without_time(&mut self) -> Result<Option<(When, Action)>, Mistake> {
        let action = match self.peek() {
            Kind::Word("repeat") => self.deeper(Self::repeat)?,
            _ => match self.unhurried()? {
                Some(action) => action,
                None => return Ok(None),
            },
        };
        Ok(Some((When::NEXT, action)))
    }

    /// What may have a time, and needs none.
    fn unhurried(&mut self) -> Result<Option<Action>, Mistake> {
        Ok(Some(match self.peek() {
            Kind::Shell(line) => {
                let line = (*line).to_owned();
                self.advance();
                Action::Shell(line)
            }
            Kind::Code(code) => {
                let code = code.clone().into_owned();
                self.advance();
                Action::Code(code)
            }
            Kind::Word("let") => self.binding()?,
            _ => return Ok(None),
        }))
    }

    /// What happens at a time.
    fn action(&mut self, time: &Time) -> Result<Action, Mistake> {
        if !self.is(">") {
            time.is_one()?;
        }
        match self.peek() {
            Kind::Word("repeat") => {
                return Err(Mistake::new(time.span.clone(), "`repeat` has no time of its own")
                    .hint("the events in it have; write `repeat 3 { +1 ... }`"));
            }
            Kind::Word("let") => {}
            Kind::Word("expect") => {
                time.has_no_end()?;
                return self.expect_none();
            }
            Kind::Word(_) => return self.call(time.until).map(Action::Call),
            _ => {}
        }
        time.has_no_end()?;
        if let Some(action) = self.unhurried()? {
            return Ok(action);
        }
        match self.peek() {
            Kind::Sign("<") => self.packet(false).map(Action::Inject),
            Kind::Sign(">") => self.packet(true).map(Action::Expect),
            _ => Err(self.unexpected("`<` or `>` and a packet, or a call,")),
        }
    }

    /// `let mss = 1460`.
    fn binding(&mut self) -> Result<Action, Mistake> {
        self.advance();
        let name = self.new_name("a name behind `let`")?;
        self.expect("=", "`=` and a value")?;
        Ok(Action::Let { name, value: self.expression(Edge::Line)? })
    }

    /// A name that is given to something.
    fn new_name(&mut self, wanted: &str) -> Result<String, Mistake> {
        match *self.peek() {
            Kind::Word(name) => {
                self.advance();
                Ok(name.to_owned())
            }
            Kind::Name(name) => {
                let message = format!(
                    "`{}` is what has the name; here stands the name alone",
                    short(&format!("${name}"))
                );
                let mut mistake = Mistake::new(self.span(), message);
                mistake.suggestions.push(short(name).into_owned());
                Err(mistake)
            }
            _ => Err(self.unexpected(wanted)),
        }
    }

    /// `repeat 3 as turn { ... }`.
    fn repeat(&mut self) -> Result<Action, Mistake> {
        self.advance();
        if self.is("{") {
            return Err(self.unexpected("how often, as in `repeat 3 {`,"));
        }
        let count = self.expression(Edge::Line)?;
        let name = if self.take_word("as") { Some(self.new_name("a name behind `as`")?) } else { None };
        let open = self.span();
        self.expect("{", "`{` and what is repeated")?;
        let events = self.events()?;
        match self.take("}") {
            true => Ok(Action::Repeat { count, name, events }),
            false => Err(Mistake::new(open, "this `{` is not closed: `}` is missing")),
        }
    }

    /// `expect none tcp for 2.0`.
    fn expect_none(&mut self) -> Result<Action, Mistake> {
        const PROTOCOLS: [(&str, Protocol); 3] =
            [("tcp", Protocol::Tcp), ("udp", Protocol::Udp), ("icmp", Protocol::Icmp)];
        self.advance();
        if !self.take_word("none") {
            return Err(self
                .unexpected("`none`, as in `expect none for 2.0`,")
                .hint("packets are expected with `>`"));
        }
        let protocol = PROTOCOLS.iter().find(|(name, _)| self.is_word(name)).map(|(_, protocol)| *protocol);
        if protocol.is_some() {
            self.advance();
        }
        if !self.take_word("for") {
            let names = PROTOCOLS.iter().map(|(name, _)| *name).chain(["for"]);
            return Err(self.unknown("`for` and a number of seconds, or tcp, udp or icmp before it,", names));
        }
        Ok(Action::ExpectNone { span: self.seconds("a number of seconds")?, protocol })
    }
}

/// The same with the names that are like a word, if that is not too long to look for any.
fn like<'n>(mistake: Mistake, word: &str, names: impl Iterator<Item = &'n str>) -> Mistake {
    if word.len() > DEEPEST { mistake } else { mistake.like(word, names) }
}

#[cfg(test)]
mod tests;
