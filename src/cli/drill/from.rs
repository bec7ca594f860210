//! `layercake drill --from capture.pcap`: a script out of a capture.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use clap::Args;

use crate::cli::filter;
use crate::cli::input::{Argument, TextArguments, Unusable, label};
use crate::cli::output::{self, Ending, Output, printable};
use crate::cli::packets::{Choice, Packets};
use crate::drill::from::Recording;
use crate::packet::Decoder;

/// Which script is written, and where to.
#[derive(Args, Debug)]
pub struct FromCapture {
    /// Write a script that one TCP connection of a capture would be: what came to one of its sides, and what that side sent as far as this
    /// stack does the same. It passes
    #[arg(long, value_name = "CAPTURE", conflicts_with_all = ["scripts", "pcap", "json", "tap", "junit", "define", "option"])]
    from: Option<String>,
    /// Which side of the connection is the host under test; without this, the one that it is opened to
    #[arg(long, value_name = "ADDRESS", requires = "from")]
    host: Option<IpAddr>,
    /// Which connection, in the order of first packets; without this, the first one whose SYN is there
    #[arg(long, value_name = "NUMBER", requires = "from")]
    flow: Option<usize>,
    /// Only packets that a filter chooses
    #[arg(short, long, short_alias = 'Y', value_name = "FILTER", requires = "from")]
    filter: Option<String>,
    /// Where the script is written to; - for standard output
    #[arg(long, value_name = "FILE", default_value = "-", requires = "from")]
    output: String,
}

impl FromCapture {
    /// The capture, if a script is to be made out of one.
    pub fn capture(&self) -> Option<&str> {
        self.from.as_deref()
    }
}

/// Writes the script.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(
    arguments: &FromCapture,
    capture: &str,
    profile: Option<&str>,
    output: Output,
) -> io::Result<Ending> {
    match write(arguments, capture, profile, output) {
        Ok(ending) => ending,
        Err(Unusable(message, ending)) => {
            output::complain(&message);
            Ok(ending)
        }
    }
}

fn write(
    arguments: &FromCapture,
    capture: &str,
    profile: Option<&str>,
    mut output: Output,
) -> Result<io::Result<Ending>, Unusable> {
    let usage = |message| Unusable(message, Ending::Usage);
    let filter = arguments.filter.as_deref().map(filter::read).transpose().map_err(usage)?;
    let there = capture == "-" || Path::new(capture).exists();
    let argument =
        if there { Argument::Path(capture.to_owned()) } else { Argument::Missing(capture.to_owned()) };
    let choice = Choice { filter, numbers: None, link: None, decoder: Decoder::new() };
    let mut packets = Packets::open(&argument, &TextArguments::default(), &choice, "")?;
    let name = Path::new(capture).file_name().map_or_else(|| capture.into(), |name| name.to_string_lossy());
    let name = if capture == "-" { "standard input".into() } else { name };
    let mut recording =
        Recording::new(&printable(&name)).host(arguments.host).connection(arguments.flow).profile(profile);
    while let Some((origin, packet)) = packets.next_chosen() {
        recording.add(origin.time, &packet);
    }
    let written = recording.write().map_err(|missing| {
        Unusable(format!("{}: {missing}", label(capture)), packets.ending().max(Ending::Negative))
    })?;
    if arguments.output == "-" {
        if let Err(error) = output.text(&written.script).and_then(|()| output.flush()) {
            return Ok(Err(error));
        }
    } else {
        std::fs::write(&arguments.output, &written.script)
            .map_err(|error| usage(format!("{} cannot be written: {error}", printable(&arguments.output))))?;
    }
    output::remark(&format!(
        "{}; of {} packets of {} {} are as captured",
        written.connection,
        written.counts.captured(),
        written.host,
        written.counts.as_captured
    ));
    Ok(Ok(packets.ending()))
}
