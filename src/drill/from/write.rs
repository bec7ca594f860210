//! The script: its lines, and their text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use super::Counts;
use super::beside::{How, Line};
use super::head::{Manner, Patience, head, without_blocking, without_delay};
use super::plan::{Deed, Plan, Sent, Step};

/// Where in the text lines begin, and which lines and steps they are.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<(usize, Option<usize>, Option<usize>)>);

impl Places {
    fn at(&self, offset: usize) -> Option<(Option<usize>, Option<usize>)> {
        let place = self.0.partition_point(|(start, ..)| *start <= offset).checked_sub(1)?;
        self.0.get(place).map(|(_, line, step)| (*line, *step))
    }

    /// The number of the line at a place in the text.
    pub fn line(&self, offset: usize) -> Option<usize> {
        self.at(offset)?.0
    }

    /// The number of the step.
    pub fn step(&self, offset: usize) -> Option<usize> {
        self.at(offset)?.1
    }
}

/// How long is waited behind all that was captured for what the host still sends.
const AFTERWARDS: Duration = Duration::from_millis(500);
/// The script in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    /// Options, shell lines, calls that set up.
    head: Vec<String>,
    /// The descriptor of the connection.
    descriptor: u32,
    without_delay: bool,
    manner: Manner,
    pub steps: Vec<Step>,
    /// What calls give back, by the number of the step, if it is not what was thought.
    pub results: BTreeMap<usize, String>,
    pub lines: Vec<Line>,
    /// When the last packet was captured.
    pub ends: Duration,
}

impl Sheet {
    pub fn new(plan: &Plan, host: IpAddr, manner: Manner) -> Self {
        let ends = plan.steps.iter().map(|step| step.at).chain(plan.sent.iter().map(|sent| sent.at)).max();
        Self {
            head: head(plan, host, manner.profile),
            manner,
            descriptor: if plan.is_active { 3 } else { 4 },
            without_delay: plan.without_delay,
            steps: plan.steps.clone(),
            ends: ends.unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Other things happen, or in another order.
    pub fn begin_again(&mut self, plan: &Plan) {
        self.steps.clone_from(&plan.steps);
        self.lines.clear();
        self.results.clear();
    }

    /// The text of lines, without what stands above them all. From the line `bare` on calls are only tried, and time goes on behind the last one.
    pub fn text(&self, lines: &[Line], sent: &[Sent], bare: Option<usize>) -> (String, Places) {
        let (mut text, mut places) = (String::new(), Places::default());
        for line in &self.head {
            places.0.push((text.len(), None, None));
            let _ = writeln!(text, "{line}");
        }
        let mut base = Duration::ZERO;
        let mut step_before = None;
        for (place, line) in lines.iter().enumerate() {
            let is_bare = bare.is_some_and(|bare| place >= bare);
            let (said, comes, words) = match line {
                Line::Step(number) => {
                    step_before = Some(*number);
                    let Some(step) = self.steps.get(*number) else { continue };
                    if let Deed::Lose(packet) = &step.deed {
                        places.0.push((text.len(), Some(place), step_before));
                        let _ = writeln!(text, "// lost on its way to the host: {packet}");
                        continue;
                    }
                    (step.at, None, self.step(*number, step, is_bare))
                }
                Line::Expect(expected) => {
                    let words = format!("> {}{}", expected.packet, expected.note);
                    (expected.said, Some(expected.last), vec![words])
                }
                Line::Missing(number) => {
                    let Some(sent) = sent.get(*number) else { continue };
                    places.0.push((text.len(), Some(place), step_before));
                    let _ = writeln!(
                        text,
                        "// captured at {}, not sent by layercake: {}",
                        Seconds(sent.at),
                        sent.packet
                    );
                    continue;
                }
            };
            let mut since = round(said.saturating_sub(base));
            for words in &words {
                places.0.push((text.len(), Some(place), step_before));
                let _ = writeln!(text, "{:<9} {words}", format!("+{}", Seconds(since)));
                // What follows a packet of the host is counted from when it came.
                base = comes.map_or(base.saturating_add(since), |comes| comes.max(base));
                since = Duration::ZERO;
            }
        }
        if bare.is_some() {
            places.0.push((text.len(), None, step_before));
            let rest = self.ends.saturating_sub(base).saturating_add(AFTERWARDS);
            let _ = writeln!(text, "+0 expect none for {}", Seconds(rest));
        }
        (text, places)
    }

    /// What a step is in the script, line by line.
    fn step(&self, number: usize, step: &Step, is_bare: bool) -> Vec<String> {
        let fd = self.descriptor;
        let result = |usual: String| match self.results.get(&number) {
            Some(result) if *result != usual => format!("{result}  // otherwise than in the capture"),
            _ => usual,
        };
        let fine = || result("0".to_owned());
        match &step.deed {
            Deed::Inject(packet) => vec![format!("< {packet}")],
            Deed::Supply(packet) => vec![format!("< {packet}  // not captured, and acknowledged")],
            Deed::Connect => vec![format!(
                "connect(3, ..., ...) = {}",
                result("-1 EINPROGRESS (Operation now in progress)".to_owned())
            )],
            Deed::Accept => {
                // It is only tried whether there is something to accept.
                let tries = is_bare.then(|| without_blocking(3));
                let mut lines: Vec<String> = tries.into_iter().collect();
                lines.push(format!("accept(3, ..., ...) = {fd}"));
                lines.push(without_blocking(fd));
                lines.extend(self.without_delay.then(|| without_delay(fd)));
                lines.extend(self.patience(Patience::Always));
                lines
            }
            Deed::Write { bytes, ends: false } => {
                let call = format!("write({fd}, ..., {bytes}) = {}", result(bytes.to_string()));
                let answers = self.answer() == Some(number);
                let patience = self.patience(Patience::WhenItAnswers).filter(|_| answers);
                std::iter::once(call).chain(patience).collect()
            }
            Deed::Write { bytes, ends: true } => {
                vec![format!("send({fd}, ..., {bytes}, MSG_MORE) = {}", result(bytes.to_string()))]
            }
            Deed::Open => self.patience(Patience::Always).into_iter().collect(),
            Deed::Read(0) | Deed::Lose(_) => Vec::new(),
            Deed::Read(bytes) => vec![format!("read({fd}, ..., {bytes}) = {}", result(bytes.to_string()))],
            Deed::Shut => vec![format!("shutdown({fd}, SHUT_WR) = {}", fine())],
            Deed::Close => vec![format!("close({fd}) = {}", fine())],
            Deed::Reset => vec![
                format!("setsockopt({fd}, SOL_SOCKET, SO_LINGER, {{onoff=1, linger=0}}, 8) = {}", fine()),
                format!("close({fd}) = {}", fine()),
            ],
        }
    }

    /// The first step at which the application writes after it has read.
    fn answer(&self) -> Option<usize> {
        let first_read = self.steps.iter().position(|step| matches!(step.deed, Deed::Read(_)))?;
        let writes = |(_, step): &(usize, &Step)| matches!(step.deed, Deed::Write { .. });
        self.steps.iter().enumerate().skip(first_read).find(writes).map(|(number, _)| number)
    }

    /// Acknowledgments wait from here on.
    fn patience(&self, here: Patience) -> Option<String> {
        let fd = self.descriptor;
        (self.manner.patience == here).then(|| format!("setsockopt({fd}, SOL_TCP, TCP_QUICKACK, [0], 4) = 0"))
    }

    /// How many packets of the host are as captured, and how many are not.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for line in &self.lines {
            let place = match line {
                Line::Step(_) => continue,
                Line::Missing(_) => &mut counts.missing,
                Line::Expect(expected) => match expected.how {
                    How::AsCaptured => &mut counts.as_captured,
                    How::OtherTime => &mut counts.at_another_time,
                    How::Different => &mut counts.different,
                    How::Added => &mut counts.added,
                },
            };
            *place = place.saturating_add(1);
        }
        counts
    }
}

/// To whole microseconds.
fn round(time: Duration) -> Duration {
    let micros = time.as_nanos().saturating_add(500) / 1000;
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

/// A time in seconds with as many digits as it takes: `.012`, `1.5`, `0`.
pub(super) struct Seconds(pub Duration);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seconds, micros) = (self.0.as_secs(), self.0.subsec_micros());
        if seconds > 0 || micros == 0 {
            write!(f, "{seconds}")?;
        }
        if micros > 0 {
            let digits = format!("{micros:06}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_as_many_digits_as_it_takes() {
        for (micros, said) in
            [(0, "0"), (1, ".000001"), (12_000, ".012"), (1_000_000, "1"), (61_250_000, "61.25")]
        {
            assert_eq!(Seconds(Duration::from_micros(micros)).to_string(), said);
        }
        assert_eq!(round(Duration::from_nanos(1_500)), Duration::from_micros(2));
    }
}
