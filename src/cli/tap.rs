//! `layercake tap`: the stack on a TAP device, with the kernel as its peer.

mod errand;
mod files;
pub mod host;
mod pipe;
pub mod summary;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser};
use serde_json::{Value, json};

use crate::cli::output::{self, Ending, printable};
use crate::link::Impaired;
use crate::stack::{Host, InterfaceId};
use crate::tap::{Clock, Device, Ended, Go, Outside, Player, Port, ReplayError, Stop, drive, replay};
use crate::time::Time;
use errand::Errand;
use pipe::Pipe;

/// What the help ends with.
pub const AFTER_HELP: &str = "\
A TAP device is a network interface of the kernel whose cable ends in a program: here in layercake's own stack. It needs root or
CAP_NET_ADMIN, or a device that was made for you:  sudo ip tuntap add dev tap0 mode tap user $USER

Examples:
  layercake tap --dev tap0 --kernel 10.0.0.1/24 --addr 10.0.0.2/24 --http .
                                         a web server; then: curl http://10.0.0.2/
  layercake tap --dev tap0 --addr 10.0.0.2/24 --echo --impair loss=1%,delay=20ms
                                         echo, discard and chargen behind a bad wire
  layercake tap --dev tap0 --addr 10.0.0.2/24 --pcap out.pcapng
                                         what goes over the wire, each frame with the reason why
  layercake tap --dev tap0 --addr 10.0.0.2/24 --http . --record session.pcapng
  layercake tap --replay session.pcapng  the same again without a device: byte by byte

Ctrl-C ends it; what was counted is said then.

Exit codes:
  0  ended by Ctrl-C, or done       1  a replay differs, or what was asked for did not come
  2  usage or input error, or the device cannot be had
  3  a recording ends in the middle, or is damaged; until there all was the same";

/// The arguments of `tap`.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    host: host::HostArguments,
    #[command(flatten)]
    wire: WireArguments,
    /// Do it all again out of a recording, without a device: what is sent has to be what was sent. With --pcap and --quiet, and no other
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
}

/// What `tap` and `bridge` have in common.
#[derive(Args, Debug)]
pub struct WireArguments {
    /// What everything that looks random is derived from; otherwise it is different each time
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// End after so much time: 10s, 500ms
    #[arg(long = "for", value_name = "TIME", value_parser = span)]
    pub span: Option<Duration>,
    /// Write what goes over the devices into a capture, with the reason of each frame that is sent
    #[arg(long, value_name = "FILE")]
    pub pcap: Option<PathBuf>,
    /// Write down all that comes from outside, frames, times and files, so that it can be replayed
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// At the end, write the counters as a JSON object
    #[arg(long)]
    pub json: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// Arguments by themselves, as a recording has them.
#[derive(Parser, Debug)]
#[command(no_binary_name = true)]
struct Recorded {
    #[command(flatten)]
    arguments: Arguments,
}

fn span(text: &str) -> Result<Duration, String> {
    crate::link::duration(text).ok_or_else(|| "write a number with its unit: 10s, 500ms".to_owned())
}

/// What is wrong with options beside a recording.
pub const NOT_BESIDE: &str =
    "--replay: a recording has its own options; beside it there can be --pcap and --quiet";

/// What keeps a session from beginning or going on, in words.
pub type Trouble = String;

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments) -> io::Result<Ending> {
    let ran = match &arguments.replay {
        Some(_) if !arguments.host.is_empty() => Err(NOT_BESIDE.to_owned()),
        Some(path) => again(path, &arguments.wire),
        None => live(arguments),
    };
    Ok(ran.unwrap_or_else(|trouble| {
        output::complain(&trouble);
        Ending::Usage
    }))
}

/// What a session is: a host behind its wires, and what it was started for.
struct Session {
    node: Impaired<Host>,
    talk: Talk,
    until: Option<Time>,
}

/// What is said, and what is done, while a session goes on.
struct Talk {
    /// Where sentences go, if anywhere. A terminal that was stopped does not stop the host; what it has no room for is not said.
    notices: Option<Pipe>,
    errand: Option<Errand>,
    /// How the errand ended.
    ending: Option<Ending>,
}

impl Session {
    fn new(
        arguments: &Arguments,
        outside: &Outside,
        devices: &[Device],
        now: Time,
        replayed: bool,
    ) -> Result<Self, Trouble> {
        let mtus = arguments.host.mtus(outside, devices);
        let seed = host::seed(outside, arguments.wire.seed)?;
        let node = arguments.host.build(outside, &mtus, now, seed)?;
        let until = arguments.wire.span.map(|span| now + span);
        let quiet = arguments.wire.quiet;
        let errand = arguments.host.errand(replayed)?.map(|errand| errand.quiet(quiet || replayed));
        let notices = (!quiet).then(|| Pipe::new(io::stderr()));
        Ok(Self { node, talk: Talk { notices, errand, ending: None }, until })
    }
}

impl Talk {
    /// Says what the services have to say, and goes on with the errand. Whether that is done.
    fn go_on(&mut self, now: Time, host: &mut Host) -> bool {
        while let Some((_, service, sentence)) = host.poll_notice() {
            if let Some(pipe) = &self.notices {
                let _ = pipe.give(format!("{service}: {sentence}\n").as_bytes());
            }
        }
        if self.ending.is_none() {
            self.ending = self.errand.as_mut().and_then(|errand| errand.go_on(now, host));
        }
        self.ending.is_some()
    }
}

/// Whether it is time to end.
pub fn go(now: Time, until: Option<Time>) -> Go {
    if until.is_some_and(|until| until <= now) { Go::NoFurther } else { Go::On(until) }
}

fn live(arguments: &Arguments) -> Result<Ending, Trouble> {
    // What is wrong with the arguments is said before any device is touched.
    arguments.host.check()?;
    let stop = Stop::new().map_err(|error| format!("signals cannot be waited for: {error}"))?;
    let devices = arguments.host.open()?;
    let mut clock = Clock::default();
    let now = clock.now();
    let outside = Outside::live();
    // The loopback is the first interface of a host.
    begin(&outside, &arguments.wire, &devices, 1, now)?;
    let mut session = Session::new(arguments, &outside, &devices, now, false)?;
    let mut ports = ports(devices, 1);
    let Session { node, talk, until } = &mut session;
    for line in summary::beginning(&node.node.stack) {
        if let Some(pipe) = &talk.notices {
            let _ = pipe.give(format!("{line}\n").as_bytes());
        }
    }
    let ended = drive(node, &mut ports, &mut clock, &stop, &outside, |now, node| {
        if talk.go_on(now, &mut node.node) || outside.has_failed() {
            return Go::NoFurther;
        }
        let asked = talk.errand.as_ref().and_then(|errand| errand.next_deadline(now));
        match go(now, *until) {
            Go::On(until) => Go::On(until.into_iter().chain(asked).min()),
            Go::NoFurther => Go::NoFurther,
        }
    });
    talk.notices = None;
    let written =
        outside.finish().map_err(|error| format!("what went over the wire cannot be written: {error}"));
    summary::end(&session.node, &ports, &arguments.wire)?;
    written?;
    match ended {
        // An errand that was not done has failed, whoever ended it.
        Ok(Ended::Stopped | Ended::Done) => Ok(match session.talk {
            Talk { errand: Some(_), ending: None, .. } => {
                output::complain("it was ended before that was done");
                Ending::Negative
            }
            Talk { ending: Some(ending), .. } => ending,
            _ => Ending::Fine,
        }),
        Err(error) => Err(error.to_string()),
    }
}

/// Begins to write what is to be written.
pub fn begin(
    outside: &Outside,
    wire: &WireArguments,
    devices: &[Device],
    first: u16,
    now: Time,
) -> Result<(), Trouble> {
    let names: Vec<_> =
        (first..).map(InterfaceId).zip(devices.iter().map(|device| device.name().to_owned())).collect();
    let cannot =
        |path: &Path, error| format!("{} cannot be written: {error}", printable(&path.display().to_string()));
    if wire.pcap.is_some() && wire.pcap == wire.record {
        return Err("--pcap and --record are two files".to_owned());
    }
    if let Some(path) = &wire.pcap {
        outside.capture(path, &names).map_err(|error| cannot(path, error))?;
    }
    if let Some(path) = &wire.record {
        let mut words = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
        let command = words.next().unwrap_or_default();
        let arguments: Vec<String> = words.collect();
        let start = json!({"command": command, "version": env!("CARGO_PKG_VERSION"), "arguments": arguments});
        outside.record(path, &names, now, &start).map_err(|error| cannot(path, error))?;
    }
    Ok(())
}

/// Devices as ports; the first has the interface with this number.
pub fn ports(devices: Vec<Device>, first: u16) -> Vec<Port> {
    (first..).map(InterfaceId).zip(devices).map(|(interface, device)| Port::new(device, interface)).collect()
}

/// What a recording says that it was started with.
pub fn recorded(player: &Player, command: &str) -> Result<Vec<String>, Trouble> {
    let start = player.start();
    let was = start.get("command").and_then(Value::as_str).unwrap_or_default();
    if was != command {
        return Err(format!(
            "this is a recording of another command: layercake {} --replay has it",
            printable(was)
        ));
    }
    let arguments = start.get("arguments").and_then(Value::as_array).into_iter().flatten();
    Ok(arguments.filter_map(|argument| argument.as_str().map(str::to_owned)).collect())
}

/// Opens a recording.
pub fn open(path: &Path) -> Result<Player, Trouble> {
    Player::open(path).map_err(|error| format!("{}: {error}", printable(&path.display().to_string())))
}

fn again(path: &Path, beside: &WireArguments) -> Result<Ending, Trouble> {
    let player = open(path)?;
    let devices = player.devices().to_vec();
    let recorded = recorded(&player, "tap")?;
    let mut arguments = Recorded::try_parse_from(recorded)
        .map_err(|error| format!("its arguments are not understood: {error}"))?
        .arguments;
    arguments.wire.quiet |= beside.quiet;
    let now = player.began();
    let outside = Outside::of(player);
    capture_of(&outside, beside, &devices)?;
    let session = Session::new(&arguments, &outside, &[], now, true);
    // An answer that is not there has other consequences too; this is the cause.
    if let Some(error) = outside.take_error() {
        return Ok(replayed_as(path, Err(error)));
    }
    let mut session = session?;
    let Session { node, talk, .. } = &mut session;
    let replayed = replay(node, &outside, |now, node| {
        talk.go_on(now, &mut node.node);
        Go::On(None)
    });
    let written = outside.finish();
    Ok(replayed_as(path, replayed.and_then(|replayed| written.map(|()| replayed))))
}

/// Writes what a replay sends and gets into a capture, with the reasons, if that is asked for.
pub fn capture_of(
    outside: &Outside,
    beside: &WireArguments,
    devices: &[(InterfaceId, String)],
) -> Result<(), Trouble> {
    let Some(path) = &beside.pcap else { return Ok(()) };
    let shown = printable(&path.display().to_string());
    outside.capture(path, devices).map_err(|error| format!("{shown} cannot be written: {error}"))
}

/// Says how a replay ended.
pub fn replayed_as(path: &Path, replayed: Result<crate::tap::Replayed, ReplayError>) -> Ending {
    match replayed {
        Ok(replayed) => {
            output::remark(&format!(
                "{} turns, {} frames received, {} sent: all as in the recording",
                replayed.turns, replayed.received, replayed.sent
            ));
            Ending::Fine
        }
        Err(error) => {
            output::complain(&format!("{}: {error}", printable(&path.display().to_string())));
            if let ReplayError::Frame { now, then, .. } = &error {
                summary::difference(now.as_deref(), then.as_deref());
            }
            match error {
                ReplayError::Frame { .. } | ReplayError::Asked { .. } => Ending::Negative,
                ReplayError::Read(_) | ReplayError::Cut(_) => Ending::Damaged,
                _ => Ending::Usage,
            }
        }
    }
}
