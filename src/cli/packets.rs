//! The packets of an input that are chosen, one after another, whatever the input is: for what looks at packets and does not print them.

use crate::capture::CaptureError;
use crate::cli::decode::{COMPLAINTS, Numbers};
use crate::cli::input::{self, Argument, Input, TextArguments, Unusable};
use crate::cli::output::{self, Ending};
use crate::filter::{Filter, Origin};
use crate::packet::{Decoder, Frame, LinkType, Packet};

/// Which packets are looked at, and how they are taken apart.
pub struct Choice {
    /// Those that it chooses.
    pub filter: Option<Filter>,
    /// Those of these numbers.
    pub numbers: Option<Numbers>,
    /// What all frames begin with, whatever their capture says.
    pub link: Option<LinkType>,
    /// Takes them apart.
    pub decoder: Decoder,
}

/// The packets of an input.
pub struct Packets<'a> {
    name: String,
    input: Input,
    choice: &'a Choice,
    /// The frame that was found last.
    frame: Frame<Vec<u8>>,
    /// How many packets of a text were looked at.
    taken: usize,
    first: Option<Option<crate::time::Time>>,
    previous: Option<crate::time::Time>,
    complaints: u64,
    ending: Ending,
    over: bool,
}

impl<'a> Packets<'a> {
    /// Opens an input, and says how a text was read; `place` stands before that.
    ///
    /// # Errors
    /// [`Unusable`] says why it is no input.
    pub fn open(
        argument: &Argument,
        text: &TextArguments,
        choice: &'a Choice,
        place: &str,
    ) -> Result<Self, Unusable> {
        let (input, name) = (input::open(argument, &text.options())?, argument.label());
        if let Input::Text(reading) = &input {
            text.remark(place, reading);
        }
        let frame = Frame::new(LinkType::ETHERNET, Vec::new());
        Ok(Self {
            name,
            input,
            choice,
            frame,
            taken: 0,
            first: None,
            previous: None,
            complaints: 0,
            ending: Ending::Fine,
            over: false,
        })
    }

    /// How reading ended so far.
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// The next packet that is chosen, and what its capture says of it. What is damaged is said on standard error.
    pub fn next_chosen(&mut self) -> Option<(Origin, Packet<&[u8]>)> {
        loop {
            let origin = self.advance()?;
            if let Some(filter) = &self.choice.filter
                && !filter.matches_from(&self.packet(), &origin)
            {
                continue;
            }
            return Some((origin, self.packet()));
        }
    }

    fn packet(&self) -> Packet<&[u8]> {
        let link = self.choice.link.unwrap_or(self.frame.link);
        self.choice.decoder.packet(Frame { link, ..self.frame.borrowed() })
    }

    /// Goes to the next packet of a number that is chosen.
    fn advance(&mut self) -> Option<Origin> {
        while !self.over {
            let found = match &self.input {
                Input::Capture(_) => self.record(),
                Input::Text(_) => self.pasted(),
            };
            let Some(mut origin) = found else { continue };
            origin.first = *self.first.get_or_insert(origin.time);
            origin.previous = std::mem::replace(&mut self.previous, origin.time);
            let Some(numbers) = &self.choice.numbers else { return Some(origin) };
            let number = origin.number.unwrap_or(0);
            if number > numbers.last() {
                self.over = true;
            } else if numbers.contains(number) {
                return Some(origin);
            }
        }
        None
    }

    /// The next record of a capture; nothing if there is none, or it is damaged.
    fn record(&mut self) -> Option<Origin> {
        let Input::Capture(reader) = &mut self.input else { return None };
        match reader.next() {
            Ok(Some(record)) => {
                let mut bytes = std::mem::take(&mut self.frame.bytes);
                bytes.clear();
                bytes.extend_from_slice(record.frame.bytes);
                self.frame = record.frame.with(bytes);
                let (number, interface) = (Some(record.number), Some(record.interface));
                Some(Origin { number, time: record.time, interface, ..Origin::default() })
            }
            Ok(None) => {
                self.over = true;
                if self.complaints > COMPLAINTS {
                    let more = self.complaints.saturating_sub(COMPLAINTS);
                    output::complain(&format!("{} has {more} more such damages", self.name));
                }
                None
            }
            Err(error) => {
                self.complaints = self.complaints.saturating_add(1);
                self.ending = self.ending.max(input::ending(&error));
                if self.complaints <= COMPLAINTS || error.ends_reading() {
                    output::complain(&format!("{} {error}", self.name));
                }
                // To ask again at once would only be told the same.
                self.over = matches!(error, CaptureError::Io(_));
                None
            }
        }
    }

    /// The next packet of a text.
    fn pasted(&mut self) -> Option<Origin> {
        let Input::Text(reading) = &self.input else { return None };
        let Some(pasted) = reading.packets.get(self.taken) else {
            self.over = true;
            return None;
        };
        self.taken = self.taken.saturating_add(1);
        let number = self.taken as u64;
        if let Some(missing) = &pasted.missing {
            output::complain(&input::incomplete(&self.name, number, pasted.lines.start, missing));
            self.ending = self.ending.max(Ending::Damaged);
        }
        self.frame = Frame::new(reading.link, pasted.bytes.clone());
        Some(Origin { number: Some(number), time: pasted.time, ..Origin::default() })
    }
}
