//! Dates as HTTP writes them (RFC 9110 section 5.6.7).

use core::fmt;

/// A date in whole seconds since the beginning of 1970, UTC.
///
/// ```
/// use layercake::stack::service::http::Date;
///
/// // The three forms of RFC 9110 section 5.6.7, of which only the first is written.
/// for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
///     let date = Date::read(text.as_bytes()).unwrap();
///     assert_eq!(date, Date(784_111_777));
///     assert_eq!(date.to_string(), "Sun, 06 Nov 1994 08:49:37 GMT");
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub u64);

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEK: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const DAY: u64 = 86_400;
/// What HTTP has room for.
const LAST_YEAR: u64 = 9999;

impl Date {
    /// Reads any of the three forms; the name of the day is not checked.
    pub fn read(text: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(text).ok()?.trim_matches(' ');
        let (rest, asctime) = match text.split_once(", ") {
            Some((_, rest)) => (rest.strip_suffix(" GMT")?, false),
            None => (text.split_once(' ')?.1, true),
        };
        let mut parts = rest.split([' ', '-']).filter(|part| !part.is_empty());
        let mut next = || parts.next();
        let (day, month, year, time) = if asctime {
            let (month, day, time) = (next()?, next()?, next()?);
            (day, month, next()?, time)
        } else {
            (next()?, next()?, next()?, next()?)
        };
        if next().is_some() {
            return None;
        }
        let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
        let (day, short) = (number(day, 2)?, year.len() == 2);
        let year = match number(year, 4)? {
            year if !short => year,
            // Two digits are of the fifty years around now, whenever that is: from 1970 on (RFC 9110 section 5.6.7).
            year if year >= 70 => year + 1900,
            year => year + 2000,
        };
        let mut time = time.splitn(3, ':').map(|part| number(part, 2));
        let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
        if !(1970..=LAST_YEAR).contains(&year) || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        if day == 0 || day > month_length(year, month) {
            return None;
        }
        let months: u64 = (1..month).map(|month| month_length(year, month)).sum();
        let days = days_before(year).saturating_sub(days_before(1970)) + months + day - 1;
        Some(Self(days * DAY + hour * 3600 + minute * 60 + second))
    }
}

/// A number in digits and nothing else.
fn number(text: &str, longest: usize) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= longest;
    text.parse().ok().filter(|_| digits)
}

/// Days from year 0 up to a year.
const fn days_before(year: u64) -> u64 {
    let past = year.saturating_sub(1);
    year * 365 + past / 4 - past / 100 + past / 400
}

const fn month_length(year: u64, month: u64) -> u64 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    /// What is beyond the year 9999 is its last second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = days_before(LAST_YEAR + 1).saturating_sub(days_before(1970)) * DAY;
        let seconds = self.0.min(end - 1);
        let (days, second) = (seconds / DAY, seconds % DAY);
        let since = |year| days_before(year).saturating_sub(days_before(1970));
        let mut year = 1970 + days / 366;
        while since(year + 1) <= days {
            year += 1;
        }
        let (mut day, mut month) = (days.saturating_sub(since(year)), 1);
        while day >= month_length(year, month) {
            day -= month_length(year, month);
            month += 1;
        }
        let name = |names: &[&'static str], at: u64| names.get(at as usize).copied().unwrap_or("");
        write!(f, "{}, {:02} {}", name(&WEEK, days % 7), day + 1, name(&MONTHS, month - 1))?;
        write!(f, " {year} {:02}:{:02}:{:02} GMT", second / 3600, second / 60 % 60, second % 60)
    }
}
