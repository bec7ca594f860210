//! Questions out of messages, answers into messages.

use super::{Answer, Domain, RrSet};
use crate::field::Name;
use crate::names::{DnsClass, DnsOpcode, DnsRcode, DnsType};
use crate::wire::dns::{ComposeError, Composer, Data, Dns, Edns, Place};

/// What no datagram without EDNS is longer than (RFC 1035 section 2.3.4).
pub(super) const SHORT: u16 = 512;

/// No question is longer, whatever stands in it besides: one that waits for its answer is kept.
const LONGEST: usize = 4096;

/// A message that asks something, and what is to be done with it.
#[derive(Debug)]
pub(super) struct Query<'m> {
    message: Dns<&'m [u8]>,
    /// What it asks for, where that can be read.
    question: Option<(Name<'m>, DnsType, DnsClass)>,
    pub edns: Option<Edns>,
}

impl<'m> Query<'m> {
    /// The message, if it asks something: what has no header, and what is an answer, is no question and gets no answer.
    pub fn read(message: &'m [u8]) -> Option<Self> {
        let message = Dns::view(message).ok().filter(|message| !message.response())?;
        let mut questions = message.questions();
        let question = questions.next().filter(|question| question.name.is_sound());
        let question = question.map(|question| (question.name, question.record_type, question.class));
        Some(Self { edns: message.edns(), message, question })
    }

    /// Whether its sender wants somebody who asks others (RFC 1034 section 4.3.1).
    pub fn recursion_desired(&self) -> bool {
        self.message.recursion_desired()
    }

    /// What it asks for, or the result that it gets instead.
    pub fn question(&self) -> Result<(Domain, DnsType), DnsRcode> {
        if self.message.opcode() != DnsOpcode::QUERY {
            return Err(DnsRcode::NOT_IMP);
        }
        let opts = || self.message.records().filter(|record| record.record_type == DnsType::OPT);
        // RFC 6891 section 6.1.1: one OPT at most, and its name is the root.
        let is_sound = self.message.question_count() == 1
            && self.message.bytes().len() <= LONGEST
            && self.message.is_whole()
            && opts().count() <= 1
            && opts().all(|opt| opt.place == Place::Additional && opt.name.is_text("."));
        let Some((name, record_type, class)) = self.question.filter(|_| is_sound) else {
            return Err(DnsRcode::FORM_ERR);
        };
        if self.edns.is_some_and(|edns| edns.version > 0) {
            return Err(DnsRcode::BADVERS);
        }
        if class != DnsClass::IN && class != DnsClass::ANY {
            return Err(DnsRcode::REFUSED);
        }
        match record_type {
            // Nobody gets a whole zone from here (RFC 5936 section 2.2.1).
            DnsType::AXFR | DnsType::IXFR => Err(DnsRcode::REFUSED),
            // Those that say something about messages cannot be asked for.
            DnsType(0) | DnsType::OPT | DnsType::TSIG | DnsType::TKEY => Err(DnsRcode::FORM_ERR),
            DnsType::MAILA | DnsType::MAILB => Err(DnsRcode::NOT_IMP),
            _ => Ok((Domain::try_from(name).map_err(|_| DnsRcode::FORM_ERR)?, record_type)),
        }
    }

    /// How long an answer by datagram may be: what both sides take (RFC 6891 section 6.2.5).
    pub fn most(&self, ours: u16) -> usize {
        let theirs = self.edns.map_or(SHORT, |edns| edns.payload_size.max(SHORT));
        usize::from(theirs.min(ours.max(SHORT)))
    }

    /// The message that answers it. What does not fit is left out: of answers and authorities that is said (RFC 2181 section 9), and so it is of
    /// addresses without which a referral leads nowhere (RFC 9471 section 3).
    pub fn answer<'r>(
        &self,
        answer: &Answer,
        recursion_available: bool,
        payload_size: u16,
        room: &'r mut [u8],
    ) -> &'r [u8] {
        self.compose(answer, recursion_available, payload_size, room).unwrap_or(&[])
    }

    fn compose<'r>(
        &self,
        answer: &Answer,
        recursion_available: bool,
        payload_size: u16,
        room: &'r mut [u8],
    ) -> Result<&'r [u8], ComposeError> {
        let asked = &self.message;
        let rcode = answer.rcode.0.to_le_bytes();
        let header = Dns::query(asked.id())
            .response(true)
            .opcode(asked.opcode())
            .authoritative(answer.authoritative)
            .recursion_desired(asked.recursion_desired())
            .recursion_available(recursion_available)
            .checking_disabled(asked.checking_disabled())
            .rcode(DnsRcode(answer.rcode.0 & 0x0f));
        let mut message = Composer::new(room, header)?;
        if self.edns.is_some() {
            message.keep(Edns::LEN);
        }
        // The question stands there as it was asked, upper and lower case too.
        let written = match self.question.filter(|_| asked.question_count() == 1) {
            Some((name, record_type, class)) => message.question_of(name, record_type, class).map(|_| ()),
            None => Ok(()),
        };
        let mut cut = written.is_err();
        for (place, sets) in [(Place::Answer, &answer.answers), (Place::Authority, &answer.authorities)] {
            cut = cut || sets.iter().any(|set| write(&mut message, place, set).is_err());
        }
        let referral = answer.authorities.first().filter(|set| set.record_type == DnsType::NS);
        for set in &answer.additionals {
            if cut {
                break;
            }
            let written = message.whole(|message| write(message, Place::Additional, set)).is_ok();
            cut = !written && referral.is_some_and(|cut| set.name.is_within(&cut.name));
        }
        if let Some(mut header) = message.header_mut().filter(|_| cut) {
            header.set_truncated(true);
        }
        if self.edns.is_some() {
            let [low, high] = rcode;
            let extended_rcode = (low >> 4) | (high << 4);
            message.edns(Edns { payload_size, extended_rcode, ..Edns::default() })?;
        }
        Ok(message.finish())
    }
}

/// Writes the records of a set as far as there is room.
fn write(message: &mut Composer<'_>, place: Place, set: &RrSet) -> Result<(), ComposeError> {
    for bytes in &set.records {
        let data = Data::alone(set.record_type, bytes).unwrap_or(Data::Other(set.record_type, bytes));
        message.record(place, set.name.name(), set.ttl, data)?;
    }
    Ok(())
}
