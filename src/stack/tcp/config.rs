//! What a TCP does where the RFCs leave a choice: mechanisms on and off, timers, sizes; and three profiles.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

/// How the congestion window grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// RFC 5681 and 6582.
    Reno,
    /// RFC 9438.
    Cubic,
}

/// When a connection uses ECN (RFC 3168).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EcnUse {
    /// Never.
    Off,
    /// When the peer asks for it.
    Passive,
    /// It asks the peer for it.
    On,
}

/// In which order the options of a SYN stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionOrder {
    /// MSS, SACK permitted, timestamps, NOP, window scale.
    Linux,
    /// MSS, NOP, window scale, SACK permitted, timestamps.
    FreeBsd,
    /// MSS, window scale, SACK permitted, timestamps, each padded to words by NOPs in front as RFC 7323 appendix A shows it.
    Rfc,
}

/// What is sent to ask whether a closed window has opened (RFC 9293 section 3.8.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WindowProbe {
    /// A segment without data in front of the window, which the peer has to answer.
    Empty,
    /// One byte of data beyond the window.
    Byte,
}

/// Which segments tell the receiver not to wait for more (PSH, RFC 9293 section 3.9.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Push {
    /// Those that end what the application has given at once, and at least one in half of the largest window.
    Write,
    /// Those behind which nothing waits to be sent.
    Last,
}

/// What the window falls from when congestion is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FallFrom {
    /// From itself. A timeout while losses are repaired does not make it fall again.
    Window,
    /// From what is on its way (RFC 5681 equation 4), where that is less.
    Flight,
}

/// What a TCP does where the RFCs leave a choice. Start with a profile, and change what is to be different:
///
/// ```
/// use layercake::stack::tcp::{Algorithm, Config};
///
/// let mut config = Config::linux();
/// config.set("congestion", "reno")?;
/// config.set("sack", "off")?;
/// assert_eq!((config.congestion, config.sack), (Algorithm::Reno, false));
///
/// let error = config.set("sackk", "off").unwrap_err();
/// assert!(error.to_string().starts_with("there is no setting `sackk`"));
/// # Ok::<(), layercake::stack::tcp::BadSetting>(())
/// ```
///
/// The names in text are those of the fields, with `-` for `_`. A value that would keep a connection from ever getting on (no window, no
/// buffer) is refused there; in a field it counts as the least that gets on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Selective acknowledgments (RFC 2018, 2883).
    pub sack: bool,
    /// Timestamps and PAWS (RFC 7323).
    pub timestamps: bool,
    /// A segment without the timestamps that were agreed on is taken; otherwise it is dropped (RFC 7323 section 3.2).
    pub missing_timestamps: bool,
    /// Windows of more than 64 KiB (RFC 7323).
    pub window_scaling: bool,
    /// Explicit congestion notification (RFC 3168).
    pub ecn: EcnUse,
    /// If SYNs are lost, so many of them ask for it; then it may be that which makes them be dropped (RFC 3168 section 6.1.1.1).
    pub ecn_syns: u32,
    /// Losses are found by the time of transmission (RFC 8985); otherwise by counting (RFC 6675). Needs SACK.
    pub rack: bool,
    /// The last segment is sent again before the timeout (RFC 8985 section 7). Needs SACK.
    pub tail_loss_probe: bool,
    /// The window falls in proportion to what arrives (RFC 9937).
    pub proportional_reduction: bool,
    /// New data for the first two duplicate acknowledgments (RFC 3042).
    pub limited_transmit: bool,
    /// Whether a timeout was for nothing is tried with new data (F-RTO, RFC 5682).
    pub forward_recovery: bool,
    /// A window that was made smaller for nothing is made as large as before (RFC 3522, 4015, 2883).
    pub undo: bool,
    /// How the window grows.
    pub congestion: Algorithm,
    /// What it falls from.
    pub fall_from: FallFrom,
    /// Slow start ends when delay grows (RFC 9406).
    pub hystart: bool,
    /// The window starts small again after an idle time (RFC 5681 section 4.1).
    pub restart_after_idle: bool,
    /// But is only halved for each timeout of that time.
    pub idle_halves: bool,
    /// Small segments wait while data is unacknowledged (RFC 9293 section 3.7.4).
    pub nagle: bool,
    /// They wait only for another small one: what a long write leaves over goes out with it (RFC 9293 appendix A.3).
    pub nagle_modified: bool,
    /// Segments that are not full wait for more, but no longer than a timeout (`TCP_CORK`).
    pub cork: bool,
    /// Which segments say PSH.
    pub push: Push,
    /// Acknowledgments wait for data to go with, or for a second segment (RFC 9293 section 3.8.6.3).
    pub delayed_ack: bool,
    /// How long they wait; less than 500 ms.
    pub ack_delay: Duration,
    /// So many segments are acknowledged at once at the start of a connection and after an idle time, but no more than half of the window
    /// holds; unless data goes both ways.
    pub quick_acks: u32,
    /// When the application has read all, a segment that is not full is acknowledged without waiting; unless data goes both ways.
    pub ack_on_read: bool,
    /// Initial window in segments (RFC 6928).
    pub initial_window: u32,
    /// Of segments that are longer than 1460 bytes it has as many bytes as that many of 1460, but at least two (RFC 6928 section 2).
    pub initial_window_in_bytes: bool,
    /// If a SYN or SYN-ACK was lost so often, the initial window is one segment (RFC 5681 section 3.1).
    pub lost_syns: u32,
    /// In slow start, one acknowledgment lets the window grow by no more than so many segments (L of RFC 9406 section 4.2).
    pub slow_start_limit: Option<u32>,
    /// Largest segment that is announced, if it shall be less than the path allows, in bytes.
    pub maximum_segment: Option<u16>,
    /// No segment is smaller than this because of what the peer or a router says, in bytes.
    pub minimum_segment: u16,
    /// Room for data that was received, in bytes: at the start.
    pub receive_buffer: usize,
    /// Up to here the room grows if the application reads as fast as data comes. Decides the window scale.
    pub receive_buffer_most: usize,
    /// Room for data that is to be sent, or to be sent again, in bytes.
    pub send_buffer: usize,
    /// Ranges that came out of order and are kept.
    pub out_of_order_ranges: usize,
    /// Timeout before the first measurement (RFC 6298 section 2.1).
    pub rto_initial: Duration,
    /// Least timeout.
    pub rto_min: Duration,
    /// The part of the timeout that stands for variation is at least this.
    pub rto_variation_floor: Duration,
    /// Greatest timeout.
    pub rto_max: Duration,
    /// A SYN is sent again so many times.
    pub syn_retries: u32,
    /// So many of its timeouts are not doubled, besides the retries above.
    pub syn_linear_timeouts: u32,
    /// A SYN-ACK is sent again so many times.
    pub syn_ack_retries: u32,
    /// After so many retransmissions of the same the path is in doubt, and those above and below are told (R1 of RFC 9293 section 3.8.3).
    pub retries_doubt: u32,
    /// Data is sent again so many times before the connection is given up (R2 of RFC 9293 section 3.8.3).
    pub retries: u32,
    /// Data may stay unacknowledged for so long (RFC 5482), whatever the retries say.
    pub user_timeout: Option<Duration>,
    /// The two sides tell each other their user timeouts, and both wait as long as the one that waits longer (RFC 5482, `ENABLED`).
    pub user_timeout_option: bool,
    /// The connection is looked after when nothing happens (RFC 9293 section 3.8.4).
    pub keep_alive: bool,
    /// Nothing happens: this long.
    pub keep_alive_idle: Duration,
    /// Between two probes.
    pub keep_alive_interval: Duration,
    /// So many probes without answer end the connection.
    pub keep_alive_probes: u32,
    /// What is sent into a closed window.
    pub window_probe: WindowProbe,
    /// How long a connection stays in TIME-WAIT: twice the longest time that a segment lives.
    pub time_wait: Duration,
    /// How long a connection that the application has closed waits in FIN-WAIT-2.
    pub fin_wait: Duration,
    /// Between two challenge acknowledgments (RFC 5961 section 7).
    pub challenge_interval: Duration,
    /// A close with data that was not read resets the connection (RFC 9293 section 3.6.1, RFC 2525 section 2.17).
    pub reset_on_unread: bool,
    /// Order of the options of a SYN.
    pub option_order: OptionOrder,
    /// Connections that wait to be accepted, at most.
    pub backlog_most: usize,
    /// The initial sequence number, where it is not to be one that nobody can guess: for tests.
    pub initial_sequence: Option<u32>,
}

impl Config {
    /// As Linux 6 does it.
    pub const fn linux() -> Self {
        Self {
            sack: true,
            timestamps: true,
            missing_timestamps: true,
            window_scaling: true,
            ecn: EcnUse::Passive,
            ecn_syns: 1,
            rack: true,
            tail_loss_probe: true,
            proportional_reduction: true,
            limited_transmit: true,
            forward_recovery: true,
            undo: true,
            congestion: Algorithm::Cubic,
            fall_from: FallFrom::Window,
            hystart: true,
            restart_after_idle: true,
            idle_halves: true,
            nagle: true,
            nagle_modified: true,
            cork: false,
            push: Push::Write,
            delayed_ack: true,
            ack_delay: Duration::from_millis(40),
            quick_acks: 22,
            ack_on_read: true,
            initial_window: 10,
            initial_window_in_bytes: false,
            lost_syns: 2,
            slow_start_limit: None,
            maximum_segment: None,
            minimum_segment: 48,
            receive_buffer: 65_535,
            receive_buffer_most: 32 << 20,
            send_buffer: 4 << 20,
            out_of_order_ranges: 4096,
            rto_initial: Duration::from_secs(1),
            rto_min: Duration::from_millis(200),
            rto_variation_floor: Duration::from_millis(200),
            rto_max: Duration::from_secs(120),
            syn_retries: 6,
            syn_linear_timeouts: 4,
            syn_ack_retries: 5,
            retries_doubt: 3,
            retries: 15,
            user_timeout: None,
            user_timeout_option: false,
            keep_alive: false,
            keep_alive_idle: Duration::from_secs(7200),
            keep_alive_interval: Duration::from_secs(75),
            keep_alive_probes: 9,
            window_probe: WindowProbe::Empty,
            time_wait: Duration::from_secs(60),
            fin_wait: Duration::from_secs(60),
            challenge_interval: Duration::from_millis(500),
            reset_on_unread: true,
            option_order: OptionOrder::Linux,
            backlog_most: 4096,
            initial_sequence: None,
        }
    }

    /// As FreeBSD 14 does it.
    pub const fn freebsd() -> Self {
        Self {
            missing_timestamps: false,
            nagle_modified: false,
            ack_delay: Duration::from_millis(40),
            quick_acks: 0,
            ack_on_read: false,
            ecn_syns: 2,
            forward_recovery: false,
            initial_window_in_bytes: true,
            lost_syns: 1,
            slow_start_limit: Some(2),
            idle_halves: false,
            receive_buffer_most: 2 << 20,
            rto_min: Duration::from_millis(230),
            rto_variation_floor: Duration::ZERO,
            rto_max: Duration::from_secs(64),
            syn_retries: 12,
            syn_linear_timeouts: 0,
            syn_ack_retries: 3,
            retries: 12,
            keep_alive_probes: 8,
            push: Push::Last,
            window_probe: WindowProbe::Byte,
            time_wait: Duration::from_secs(60),
            challenge_interval: Duration::from_millis(100),
            option_order: OptionOrder::FreeBsd,
            ..Self::linux()
        }
    }

    /// As the RFCs say, with the values that they recommend; mechanisms as in the others.
    pub const fn rfc() -> Self {
        Self {
            missing_timestamps: false,
            nagle_modified: false,
            ack_delay: Duration::from_millis(200),
            quick_acks: 0,
            ack_on_read: false,
            ecn_syns: 2,
            initial_window_in_bytes: true,
            lost_syns: 1,
            slow_start_limit: Some(8),
            idle_halves: false,
            receive_buffer_most: 1 << 20,
            rto_min: Duration::from_secs(1),
            rto_variation_floor: Duration::ZERO,
            rto_max: Duration::from_secs(60),
            syn_retries: 7,
            syn_linear_timeouts: 0,
            syn_ack_retries: 7,
            retries: 15,
            fall_from: FallFrom::Flight,
            push: Push::Last,
            window_probe: WindowProbe::Byte,
            time_wait: Duration::from_secs(240),
            fin_wait: Duration::from_secs(240),
            option_order: OptionOrder::Rfc,
            ..Self::linux()
        }
    }
}

impl Config {
    /// A profile by its name: `linux`, `freebsd`, `rfc`.
    pub fn profile(name: &str) -> Option<Self> {
        match name {
            "linux" => Some(Self::linux()),
            "freebsd" => Some(Self::freebsd()),
            "rfc" => Some(Self::rfc()),
            _ => None,
        }
    }
}

impl Config {
    /// The same, with nothing that would keep a connection from getting on.
    pub(super) fn workable(&self) -> Self {
        let least = Duration::from_millis(1);
        Self {
            initial_window: self.initial_window.clamp(1, 65_535),
            receive_buffer: self.receive_buffer.max(1),
            receive_buffer_most: self.receive_buffer_most.max(1),
            send_buffer: self.send_buffer.max(1),
            rto_initial: self.rto_initial.max(least),
            rto_max: self.rto_max.max(least),
            rto_min: self.rto_min.max(least),
            ..self.clone()
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::linux()
    }
}

/// A setting that there is not, or a value that it cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSetting {
    name: alloc::string::String,
    /// What it can be; `None` if there is no such setting.
    wanted: Option<&'static str>,
}

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.escape_default();
        match self.wanted {
            Some(wanted) => write!(f, "`{name}` has to be {wanted}"),
            None => {
                write!(f, "there is no setting `{name}`; there are")?;
                SETTINGS
                    .iter()
                    .enumerate()
                    .try_for_each(|(n, (name, _))| write!(f, "{} {name}", if n == 0 { "" } else { "," }))
            }
        }
    }
}

impl core::error::Error for BadSetting {}

/// A place in the settings, by the type of what stands there.
enum Slot<'c> {
    Switch(&'c mut bool),
    Count(&'c mut u32),
    Size(&'c mut usize),
    Short(&'c mut u16),
    Maybe(&'c mut Option<u16>),
    Span(&'c mut Duration),
    MaybeSpan(&'c mut Option<Duration>),
    Congestion(&'c mut Algorithm),
    Ecn(&'c mut EcnUse),
    Probe(&'c mut WindowProbe),
    Order(&'c mut OptionOrder),
    Push(&'c mut Push),
    Fall(&'c mut FallFrom),
    MaybeCount(&'c mut Option<u32>),
}

/// The name of a setting, and where it stands.
type Setting = (&'static str, fn(&mut Config) -> Slot<'_>);

/// All settings that have a name in text.
const SETTINGS: &[Setting] = &[
    ("sack", |c| Slot::Switch(&mut c.sack)),
    ("timestamps", |c| Slot::Switch(&mut c.timestamps)),
    ("missing-timestamps", |c| Slot::Switch(&mut c.missing_timestamps)),
    ("window-scaling", |c| Slot::Switch(&mut c.window_scaling)),
    ("ecn", |c| Slot::Ecn(&mut c.ecn)),
    ("ecn-syns", |c| Slot::Count(&mut c.ecn_syns)),
    ("rack", |c| Slot::Switch(&mut c.rack)),
    ("tail-loss-probe", |c| Slot::Switch(&mut c.tail_loss_probe)),
    ("proportional-reduction", |c| Slot::Switch(&mut c.proportional_reduction)),
    ("limited-transmit", |c| Slot::Switch(&mut c.limited_transmit)),
    ("forward-recovery", |c| Slot::Switch(&mut c.forward_recovery)),
    ("undo", |c| Slot::Switch(&mut c.undo)),
    ("congestion", |c| Slot::Congestion(&mut c.congestion)),
    ("fall-from", |c| Slot::Fall(&mut c.fall_from)),
    ("hystart", |c| Slot::Switch(&mut c.hystart)),
    ("restart-after-idle", |c| Slot::Switch(&mut c.restart_after_idle)),
    ("idle-halves", |c| Slot::Switch(&mut c.idle_halves)),
    ("nagle", |c| Slot::Switch(&mut c.nagle)),
    ("nagle-modified", |c| Slot::Switch(&mut c.nagle_modified)),
    ("cork", |c| Slot::Switch(&mut c.cork)),
    ("push", |c| Slot::Push(&mut c.push)),
    ("delayed-ack", |c| Slot::Switch(&mut c.delayed_ack)),
    ("ack-delay", |c| Slot::Span(&mut c.ack_delay)),
    ("quick-acks", |c| Slot::Count(&mut c.quick_acks)),
    ("ack-on-read", |c| Slot::Switch(&mut c.ack_on_read)),
    ("initial-window", |c| Slot::Count(&mut c.initial_window)),
    ("initial-window-in-bytes", |c| Slot::Switch(&mut c.initial_window_in_bytes)),
    ("lost-syns", |c| Slot::Count(&mut c.lost_syns)),
    ("slow-start-limit", |c| Slot::MaybeCount(&mut c.slow_start_limit)),
    ("maximum-segment", |c| Slot::Maybe(&mut c.maximum_segment)),
    ("minimum-segment", |c| Slot::Short(&mut c.minimum_segment)),
    ("receive-buffer", |c| Slot::Size(&mut c.receive_buffer)),
    ("receive-buffer-most", |c| Slot::Size(&mut c.receive_buffer_most)),
    ("send-buffer", |c| Slot::Size(&mut c.send_buffer)),
    ("out-of-order-ranges", |c| Slot::Size(&mut c.out_of_order_ranges)),
    ("rto-initial", |c| Slot::Span(&mut c.rto_initial)),
    ("rto-min", |c| Slot::Span(&mut c.rto_min)),
    ("rto-variation-floor", |c| Slot::Span(&mut c.rto_variation_floor)),
    ("rto-max", |c| Slot::Span(&mut c.rto_max)),
    ("syn-retries", |c| Slot::Count(&mut c.syn_retries)),
    ("syn-linear-timeouts", |c| Slot::Count(&mut c.syn_linear_timeouts)),
    ("syn-ack-retries", |c| Slot::Count(&mut c.syn_ack_retries)),
    ("retries-doubt", |c| Slot::Count(&mut c.retries_doubt)),
    ("retries", |c| Slot::Count(&mut c.retries)),
    ("user-timeout", |c| Slot::MaybeSpan(&mut c.user_timeout)),
    ("user-timeout-option", |c| Slot::Switch(&mut c.user_timeout_option)),
    ("keep-alive", |c| Slot::Switch(&mut c.keep_alive)),
    ("keep-alive-idle", |c| Slot::Span(&mut c.keep_alive_idle)),
    ("keep-alive-interval", |c| Slot::Span(&mut c.keep_alive_interval)),
    ("keep-alive-probes", |c| Slot::Count(&mut c.keep_alive_probes)),
    ("window-probe", |c| Slot::Probe(&mut c.window_probe)),
    ("time-wait", |c| Slot::Span(&mut c.time_wait)),
    ("fin-wait", |c| Slot::Span(&mut c.fin_wait)),
    ("challenge-interval", |c| Slot::Span(&mut c.challenge_interval)),
    ("reset-on-unread", |c| Slot::Switch(&mut c.reset_on_unread)),
    ("option-order", |c| Slot::Order(&mut c.option_order)),
    ("backlog-most", |c| Slot::Size(&mut c.backlog_most)),
    ("initial-sequence", |c| Slot::MaybeCount(&mut c.initial_sequence)),
];

impl Config {
    /// The names of what can be [set](Config::set).
    pub fn settings() -> impl Iterator<Item = &'static str> {
        SETTINGS.iter().map(|(name, _)| *name)
    }

    /// Sets a value by name, as text says it: `sack=off`, `rto-min=200ms`, `congestion=reno`.
    ///
    /// # Errors
    /// [`BadSetting`], and nothing has changed.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), BadSetting> {
        let mut changed = self.clone();
        changed.put(name, value)?;
        match changed.problem(name) {
            Some(wanted) => Err(BadSetting { name: name.into(), wanted: Some(wanted) }),
            None => {
                *self = changed;
                Ok(())
            }
        }
    }

    /// What a setting has to be besides what its type says, if it is not.
    fn problem(&self, name: &str) -> Option<&'static str> {
        let ok = match name {
            "initial-window" => (1..=65_535).contains(&self.initial_window),
            "receive-buffer" => self.receive_buffer > 0,
            "receive-buffer-most" => self.receive_buffer_most > 0,
            "send-buffer" => self.send_buffer > 0,
            "minimum-segment" => self.minimum_segment >= 48,
            "ack-delay" => self.ack_delay < Duration::from_millis(500),
            "rto-initial" => !self.rto_initial.is_zero(),
            "rto-max" => self.rto_max >= self.rto_min && !self.rto_max.is_zero(),
            _ => true,
        };
        (!ok).then_some(match name {
            "initial-window" => "a number of segments from 1 to 65535",
            "minimum-segment" => "48 bytes or more",
            "ack-delay" => "less than 500ms (RFC 9293 section 3.8.6.3)",
            "rto-initial" => "more than no time",
            "rto-max" => "no less than rto-min",
            _ => "one byte or more",
        })
    }

    /// Sets a value by name, whatever it is.
    fn put(&mut self, name: &str, value: &str) -> Result<(), BadSetting> {
        let bad = |wanted| BadSetting { name: name.into(), wanted };
        let (_, slot) = SETTINGS.iter().find(|(known, _)| *known == name).ok_or_else(|| bad(None))?;
        match slot(self) {
            Slot::Switch(place) => put(place, switch(value)).ok_or("on or off"),
            Slot::Count(place) => put(place, number(value)).ok_or("a number"),
            Slot::Size(place) => put(place, number(value)).ok_or("a number of bytes or things"),
            Slot::Short(place) => put(place, number(value)).ok_or("a number of bytes up to 65535"),
            Slot::Maybe(place) => {
                put(place, unless_off(value, number)).ok_or("a number of bytes up to 65535, or off")
            }
            Slot::Span(place) => put(place, span(value)).ok_or("a time, as 200ms or 2s"),
            Slot::MaybeSpan(place) => put(place, unless_off(value, span)).ok_or("a time, as 30s, or off"),
            Slot::Congestion(place) => put(place, one_of(value, ALGORITHMS)).ok_or("reno or cubic"),
            Slot::Ecn(place) => put(place, one_of(value, ECN)).ok_or("off, passive or on"),
            Slot::Probe(place) => put(place, one_of(value, PROBES)).ok_or("empty or byte"),
            Slot::Order(place) => put(place, one_of(value, ORDERS)).ok_or("linux, freebsd or rfc"),
            Slot::Push(place) => put(place, one_of(value, PUSHES)).ok_or("write or last"),
            Slot::Fall(place) => put(place, one_of(value, FALLS)).ok_or("window or flight"),
            Slot::MaybeCount(place) => put(place, unless_off(value, number)).ok_or("a number, or off"),
        }
        .map_err(|wanted| bad(Some(wanted)))
    }
}

const ALGORITHMS: &[(&str, Algorithm)] = &[("reno", Algorithm::Reno), ("cubic", Algorithm::Cubic)];
const ECN: &[(&str, EcnUse)] = &[("off", EcnUse::Off), ("passive", EcnUse::Passive), ("on", EcnUse::On)];
const FALLS: &[(&str, FallFrom)] = &[("window", FallFrom::Window), ("flight", FallFrom::Flight)];
const PUSHES: &[(&str, Push)] = &[("write", Push::Write), ("last", Push::Last)];
const PROBES: &[(&str, WindowProbe)] = &[("empty", WindowProbe::Empty), ("byte", WindowProbe::Byte)];

const ORDERS: &[(&str, OptionOrder)] =
    &[("linux", OptionOrder::Linux), ("freebsd", OptionOrder::FreeBsd), ("rfc", OptionOrder::Rfc)];

/// Puts a value in its place if there is one.
fn put<T>(place: &mut T, value: Option<T>) -> Option<()> {
    *place = value?;
    Some(())
}

fn number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn switch(text: &str) -> Option<bool> {
    one_of(text, &[("on", true), ("off", false)])
}

fn unless_off<T>(text: &str, read: fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text == "off" { Some(None) } else { read(text).map(Some) }
}

fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
}

/// A time with its unit: `200ms`.
fn span(text: &str) -> Option<Duration> {
    let unit = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (digits, unit) = text.split_at_checked(unit)?;
    let number = digits.parse().ok()?;
    match unit {
        "s" => Some(Duration::from_secs(number)),
        "ms" => Some(Duration::from_millis(number)),
        "us" => Some(Duration::from_micros(number)),
        "ns" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_takes_what_it_says_and_refuses_the_rest() {
        // Each field has a name: one a line, as it is printed.
        let printed = alloc::format!("{:#?}", Config::linux());
        let is_field =
            |line: &&str| line.starts_with("    ") && !line.starts_with("     ") && line.contains(": ");
        assert_eq!(printed.lines().filter(is_field).count(), Config::settings().count());
        for name in Config::settings() {
            let mut config = Config::linux();
            let taken: alloc::vec::Vec<&str> =
                ["on", "off", "7", "7s", "7ms", "70", "reno", "empty", "rfc", "last", "flight"]
                    .into_iter()
                    .filter(|value| config.set(name, value).is_ok())
                    .collect();
            assert!(!taken.is_empty() && taken.len() < 5, "{name}: {taken:?}");
            let error = config.set(name, "nonsense").unwrap_err().to_string();
            assert!(error.starts_with(&alloc::format!("`{name}` has to be ")), "{error}");
        }
        let mut config = Config::linux();
        config.set("rto-min", "30ms").unwrap();
        config.set("user-timeout", "30s").unwrap();
        assert_eq!(
            (config.rto_min, config.user_timeout),
            (Duration::from_millis(30), Some(Duration::from_secs(30)))
        );
        assert_eq!(
            config.set("rto-min", "30").unwrap_err().to_string(),
            "`rto-min` has to be a time, as 200ms or 2s"
        );
    }
}
