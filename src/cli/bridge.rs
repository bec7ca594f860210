//! `layercake bridge`: two TAP devices and a wire between them, which does what it is told: netem without a kernel module.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Parser};
use serde_json::json;

use super::tap::{self, Trouble, WireArguments, host, summary};
use crate::cli::output::{self, Ending, printable};
use crate::link::{Bridge, Config};
use crate::tap::{Clock, Device, Ended, Go, Outside, Port, Stop, drive, replay};

/// What the help ends with.
pub const AFTER_HELP: &str = "\
What comes by one device goes out by the other, as if a cable were between them. A device that is made here can be given to a network
namespace while this runs, and so two of them get a wire between them:

  layercake bridge tapa tapb --impair loss=1%,delay=20ms,rate=10mbit &
  ip link set tapa netns a;  ip -n a addr add 10.0.0.1/24 dev tapa;  ip -n a link set tapa up
  ip link set tapb netns b;  ip -n b addr add 10.0.0.2/24 dev tapb;  ip -n b link set tapb up
  ip netns exec a ping 10.0.0.2

Words of an impairment: loss=1% (burst=4: frames in a row), delay=20ms, jitter=5ms, reorder=25% (gap=5: of every fifth),
dup=1%, corrupt=0.1%, rate=10mbit, bucket=1mbit/15000 (bytes at once), limit=1000 (frames in the queue), bytes=15000 (in it),
queue=fifo, codel or red, ecn=on (marks), target=5ms and interval=100ms (of CoDel). The same seed and the same frames: the same fate.

Exit codes:
  0  ended by Ctrl-C, or done       1  a replay differs
  2  usage or input error, or a device cannot be had
  3  a recording ends in the middle, or is damaged";

/// The arguments of `bridge`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The two TAP devices; new ones if they are not there
    #[arg(value_name = "DEVICE", num_args = 2, required_unless_present = "replay")]
    devices: Vec<String>,
    /// Impair both directions: loss=1%,delay=20ms,jitter=..,reorder=..,dup=..,corrupt=..,rate=..
    #[arg(long, value_name = "WORDS")]
    impair: Option<String>,
    /// Impair what goes from the first device to the second
    #[arg(long, value_name = "WORDS", conflicts_with = "impair")]
    impair_there: Option<String>,
    /// Impair what goes from the second device to the first
    #[arg(long, value_name = "WORDS", conflicts_with = "impair")]
    impair_back: Option<String>,
    #[command(flatten)]
    wire: WireArguments,
    /// Do it all again out of a recording, without devices: what is sent has to be what was sent. With --pcap and --quiet, and no other
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
}

/// Arguments by themselves, as a recording has them.
#[derive(Parser, Debug)]
#[command(no_binary_name = true)]
struct Recorded {
    #[command(flatten)]
    arguments: Arguments,
}

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments) -> io::Result<Ending> {
    let ran = match &arguments.replay {
        Some(_) if !arguments.devices.is_empty() => Err(tap::NOT_BESIDE.to_owned()),
        Some(path) => again(path, &arguments.wire),
        None => live(arguments),
    };
    Ok(ran.unwrap_or_else(|trouble| {
        output::complain(&trouble);
        Ending::Usage
    }))
}

impl Arguments {
    fn build(&self, outside: &Outside) -> Result<Bridge, Trouble> {
        let seed = host::seed(outside, self.wire.seed)?;
        let both = host::impairment("--impair", self.impair.as_deref())?.unwrap_or_default();
        let or_both = |config: Option<Config>| config.unwrap_or_else(|| both.clone());
        let there = or_both(host::impairment("--impair-there", self.impair_there.as_deref())?);
        let back = or_both(host::impairment("--impair-back", self.impair_back.as_deref())?);
        Ok(Bridge::new([&there, &back], seed))
    }
}

fn live(arguments: &Arguments) -> Result<Ending, Trouble> {
    // What is wrong with the arguments is said before any device is touched.
    arguments.build(&Outside::live())?;
    let stop = Stop::new().map_err(|error| format!("signals cannot be waited for: {error}"))?;
    let devices: Vec<Device> =
        arguments.devices.iter().map(|name| host::open(name, &[], None)).collect::<Result<_, _>>()?;
    let mut clock = Clock::default();
    let now = clock.now();
    let outside = Outside::live();
    tap::begin(&outside, &arguments.wire, &devices, 0, now)?;
    let mut bridge = arguments.build(&outside)?;
    let mut ports = tap::ports(devices, 0);
    let until = arguments.wire.span.map(|span| now + span);
    let ended = drive(&mut bridge, &mut ports, &mut clock, &stop, &outside, |now, _| {
        if outside.has_failed() { Go::NoFurther } else { tap::go(now, until) }
    });
    let written =
        outside.finish().map_err(|error| format!("what went over the wire cannot be written: {error}"));
    report(&bridge, &ports, &arguments.wire)?;
    written?;
    match ended {
        Ok(Ended::Stopped | Ended::Done) => Ok(Ending::Fine),
        Err(error) => Err(error.to_string()),
    }
}

fn report(bridge: &Bridge, ports: &[Port], wire: &WireArguments) -> Result<(), Trouble> {
    let [there, back] = bridge.counters();
    if wire.json {
        let devices = summary::devices(ports);
        let wires = json!({"there": summary::link(there), "back": summary::link(back)});
        return summary::object(&json!({"schema": "layercake.bridge/1", "devices": devices, "wires": wires}));
    }
    if !wire.quiet
        && let [first, second] = ports
    {
        summary::talk_of(ports);
        let [first, second] = [first, second].map(|port| printable(port.device.name()));
        output::remark(&format!("{first} to {second}: {}", summary::words(there)));
        output::remark(&format!("{second} to {first}: {}", summary::words(back)));
    }
    Ok(())
}

fn again(path: &Path, beside: &WireArguments) -> Result<Ending, Trouble> {
    let player = tap::open(path)?;
    let devices = player.devices().to_vec();
    let recorded = tap::recorded(&player, "bridge")?;
    let arguments = Recorded::try_parse_from(recorded)
        .map_err(|error| format!("its arguments are not understood: {error}"))?
        .arguments;
    let outside = Outside::of(player);
    tap::capture_of(&outside, beside, &devices)?;
    let bridge = arguments.build(&outside);
    if let Some(error) = outside.take_error() {
        return Ok(tap::replayed_as(path, Err(error)));
    }
    let replayed = replay(&mut bridge?, &outside, |_, _| Go::On(None));
    let written = outside.finish();
    Ok(tap::replayed_as(path, replayed.and_then(|replayed| written.map(|()| replayed))))
}
