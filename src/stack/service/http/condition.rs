//! Whether a client wants what there is, and which part of it (RFC 9110 sections 13 and 14).

use super::fields::{Fields, digits};
use super::{Date, Resource};

/// What a request with conditions is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All of it.
    Whole,
    /// The bytes from the first up to the one before the second.
    Part(u64, u64),
    /// The client has it already (304).
    NotModified,
    /// It is not what the client takes it for (412).
    Failed,
    /// There is no such part (416).
    Unsatisfiable,
}

/// Goes through the conditions in the order of RFC 9110 section 13.2.2.
pub(super) fn judge(fields: Fields<'_>, resource: &Resource, get: bool) -> Verdict {
    let tag = resource.tag.as_deref().unwrap_or("").as_bytes();
    let date = |name| fields.only(name).and_then(Date::read).zip(resource.modified);
    let has = |name| fields.all(name).next().is_some();
    if has("if-match") {
        if !fields.all("if-match").any(|value| lists(value, tag, true)) {
            return Verdict::Failed;
        }
    } else if date("if-unmodified-since").is_some_and(|(date, modified)| modified > date) {
        return Verdict::Failed;
    }
    if has("if-none-match") {
        if fields.all("if-none-match").any(|value| lists(value, tag, false)) {
            return Verdict::NotModified;
        }
    } else if date("if-modified-since").is_some_and(|(date, modified)| modified <= date) {
        return Verdict::NotModified;
    }
    match fields.only("range").filter(|_| get && may_be_part(fields, resource, tag)) {
        Some(range) => part(range, resource.length),
        None => Verdict::Whole,
    }
}

/// Whether the part that the client has is one of what is there (RFC 9110 section 13.1.5).
fn may_be_part(fields: Fields<'_>, resource: &Resource, tag: &[u8]) -> bool {
    if fields.all("if-range").next().is_none() {
        return true;
    }
    let Some(value) = fields.only("if-range") else { return false };
    let same = Date::read(value).is_some_and(|date| resource.modified == Some(date));
    same || (value != b"*" && lists(value, tag, true))
}

/// Whether a list of entity tags has this one, or is `*`. Strong comparison takes no weak tags, weak comparison makes no difference between
/// them (RFC 9110 section 8.8.3.2).
fn lists(list: &[u8], tag: &[u8], strong: bool) -> bool {
    if list.trim_ascii() == b"*" {
        return true;
    }
    let bare = tag.strip_prefix(b"W/");
    let (ours, weak) = (bare.unwrap_or(tag), bare.is_some());
    if ours.is_empty() || (strong && weak) {
        return false;
    }
    let mut rest = list;
    loop {
        let separators = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b',')).count();
        let Some(member) = rest.get(separators..).filter(|member| !member.is_empty()) else { return false };
        let bare = member.strip_prefix(b"W/");
        let quoted = bare.unwrap_or(member);
        // A comma may stand between the quotes.
        let Some(end) = quoted.iter().skip(1).position(|byte| *byte == b'"') else { return false };
        let Some((theirs, behind)) = quoted.split_at_checked(end.saturating_add(2)) else { return false };
        if theirs == ours && !(strong && bare.is_some()) {
            return true;
        }
        rest = behind;
    }
}

/// The part that a range asks for (RFC 9110 section 14.1.2). Of several ranges, and of other units, nothing is known here: all is sent.
fn part(range: &[u8], length: u64) -> Verdict {
    let Some((unit, spec)) = range.split_at_checked(6) else { return Verdict::Whole };
    let mut ends = spec.trim_ascii().splitn(2, |byte| *byte == b'-');
    let (Some(first), Some(last)) = (ends.next(), ends.next()) else { return Verdict::Whole };
    let whole = !unit.eq_ignore_ascii_case(b"bytes=");
    match (digits(first), digits(last)) {
        _ if whole => Verdict::Whole,
        // The last so many.
        (None, Some(0)) if first.is_empty() => Verdict::Unsatisfiable,
        (None, Some(_)) if first.is_empty() && length == 0 => Verdict::Whole,
        (None, Some(count)) if first.is_empty() => Verdict::Part(length.saturating_sub(count), length),
        (Some(first), Some(last)) if last < first => Verdict::Whole,
        (Some(first), _) if first >= length && (last.is_empty() || digits(last).is_some()) => {
            Verdict::Unsatisfiable
        }
        (Some(first), Some(last)) => Verdict::Part(first, last.saturating_add(1).min(length)),
        (Some(first), None) if last.is_empty() => Verdict::Part(first, length),
        _ => Verdict::Whole,
    }
}
