//! The command: arguments in, output out. It knows no protocol.
//!
//! - [`decode`]: packets of capture files and text, a line, a breakdown or a JSON object each.
//! - [`convert`]: the same packets in another form.
//! - [`encode`]: packets out of expressions.
//! - [`edit`]: the same packets, changed.
//! - [`diff`]: what differs between two captures.
//! - [`assert`](mod@assert): what has to hold of captures.
//! - [`drill`]: scripts that say what goes into a host and what has to come out of it.
//! - [`sim`]: whole networks in virtual time.
//! - [`tap`], [`bridge`]: the stack, or a wire, on TAP devices of Linux.
//! - [`explain`]: what a header, a field, a number or an address is.
//! - [`subnet`]: masks, hosts, parts, nesting.
//! - [`filter`]: the filter that is given, or what is wrong with it.
//! - [`input`]: what an argument is: a capture, or text.
//! - [`packets`]: the packets of an input, one after another.
//! - [`json`]: packets from their JSON, as a capture.
//! - [`write`](mod@write): packets into a capture.
//! - [`rules`]: which header a number leads to, where the user says so.
//! - `report`: what was found out, as lines, TAP and JUnit's XML.
//! - [`output`]: standard output, colour, and how a run ended.

pub mod assert;
#[cfg(target_os = "linux")]
pub mod bridge;
pub mod convert;
pub mod decode;
pub mod diff;
pub mod drill;
pub mod edit;
pub mod encode;
pub mod explain;
pub mod filter;
pub mod input;
pub mod json;
pub mod output;
pub mod packets;
mod report;
pub mod rules;
pub mod sim;
pub mod subnet;
#[cfg(target_os = "linux")]
pub mod tap;
pub mod write;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use output::{Ending, Output};

/// What every use of the command ends with; in the help, after the options.
const AFTER_HELP: &str = "\
Examples:
  layercake capture.pcap                    a line for each packet
  layercake capture.pcap -v --packets 4     every layer and field of packet 4
  layercake capture.pcap --json | jq .      a JSON object for each packet
  layercake in.pcap -f 'tcp.port == 443'    the packets that a filter chooses
  layercake in.pcap -f 'udp and port 53'    the same in words of BPF
  layercake in.pcapng -c 9 -w out.pcapng    the first 9 packets, comments kept
  layercake 4500001c000100004011f6ccc0000201c00002020035003500080000
                                            the breakdown of a packet in hex
  xxd packet.bin | layercake                any dump, from standard input
  layercake convert dump.txt -o out.pcap    what a text holds, as a capture
  layercake encode 'ip/udp(dstport=53)'     a packet from an expression
  layercake edit in.pcap out.pcap --set ip.ttl=3
                                            a field set, its checksums right
  layercake diff a.pcap b.pcap              what differs, field by field
  layercake assert in.pcap 'count(dns) > 0' what has to hold of a capture
  layercake drill handshake.pkt             a test script, packet by packet
  layercake sim home.toml                   a network of hosts and routers
  layercake tap --dev tap0 --addr 10.0.0.2/24 --http .
                                            the stack itself, on a TAP device
  layercake explain tcp                     a header, a field, a number, an address

Exit codes:
  0  fine        1  no packet matched the filter
  2  usage or input error, or no packet in the text
  3  a file is cut or damaged; all that was whole has been delivered";

/// Takes network packets apart: every layer, field, byte range and checksum.
#[derive(Parser, Debug)]
#[command(name = "layercake", version, about, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Without a command, `decode` is meant.
    #[command(flatten)]
    decode: decode::Decode,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Decode capture files, or packets in text
    #[command(after_help = AFTER_HELP)]
    Decode(decode::Decode),
    /// Write packets in another form: pcap, pcapng, hex, JSON
    #[command(after_help = convert::AFTER_HELP)]
    Convert(convert::Convert),
    /// Build packets from expressions: eth/ip(ttl=1)/udp(dstport=53)
    #[command(after_help = encode::AFTER_HELP)]
    Encode(encode::Encode),
    /// Change packets: fields, layers, lengths, checksums, addresses
    #[command(after_help = edit::AFTER_HELP)]
    Edit(edit::Edit),
    /// Say what differs between two captures or packets, field by field
    #[command(after_help = diff::AFTER_HELP)]
    Diff(diff::Arguments),
    /// Check what has to hold of captures: count(tcp.flags.reset) == 0
    #[command(after_help = assert::AFTER_HELP)]
    Assert(assert::Arguments),
    /// Run packet-level test scripts against the TCP/IP stack, in virtual time
    #[command(after_help = drill::AFTER_HELP)]
    Drill(drill::Arguments),
    /// Run whole networks in virtual time: hosts, routers, switches, links
    #[command(after_help = sim::AFTER_HELP)]
    Sim(Box<sim::Arguments>),
    /// Run the TCP/IP stack on a TAP device, with the kernel as its peer
    #[cfg(target_os = "linux")]
    #[command(after_help = tap::AFTER_HELP)]
    Tap(Box<tap::Arguments>),
    /// Put a wire between two TAP devices: loss, delay, reordering, rate
    #[cfg(target_os = "linux")]
    #[command(after_help = bridge::AFTER_HELP)]
    Bridge(bridge::Arguments),
    /// Explain a header, a field, a number or an address
    #[command(after_help = explain::AFTER_HELP)]
    Explain(explain::Explain),
    /// Explain a network: masks, hosts, parts, nesting
    #[command(after_help = subnet::AFTER_HELP)]
    Subnet(subnet::Subnets),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Runs the command with the arguments of the process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (command, nothing_given) = match arguments.command {
        Some(command) => (command, false),
        None => (Command::Decode(arguments.decode), true),
    };
    let ending = match command {
        Command::Decode(decode) if nothing_given && decode.has_no_input() => {
            let _ = Arguments::command().print_help();
            Ok(Ending::Usage)
        }
        Command::Decode(decode) => decode::run(&decode),
        Command::Convert(convert) => convert::run(&convert),
        Command::Encode(encode) => encode::run(&encode),
        Command::Edit(edit) => edit::run(&edit),
        Command::Diff(diff) => diff::run(&diff),
        Command::Assert(assert) => assert::run(&assert),
        Command::Drill(drill) => drill::run(&drill),
        Command::Sim(sim) => sim::run(&sim),
        #[cfg(target_os = "linux")]
        Command::Tap(tap) => tap::run(&tap),
        #[cfg(target_os = "linux")]
        Command::Bridge(bridge) => bridge::run(&bridge),
        Command::Explain(explain) => explain::run(&explain),
        Command::Subnet(subnet) => subnet::run(&subnet),
        Command::Completions { shell } => generated(|out| {
            clap_complete::generate(shell, &mut Arguments::command(), "layercake", out);
            Ok(())
        }),
        Command::Man => generated(manual),
    };
    match ending {
        Ok(ending) => ending.into(),
        // Whoever read the output has enough of it.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ending::Fine.into(),
        Err(error) => {
            output::complain(&format!("cannot write the output: {error}"));
            Ending::Usage.into()
        }
    }
}

fn generated(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> std::io::Result<Ending> {
    let mut bytes = Vec::new();
    write(&mut bytes)?;
    Output::standard(output::Colour::Never).write(&bytes)?;
    Ok(Ending::Fine)
}

/// The manual page of the command, and those of its subcommands behind it.
fn manual(out: &mut Vec<u8>) -> std::io::Result<()> {
    let mut command = Arguments::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(out)?;
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        clap_mangen::Man::new(subcommand.clone()).render(out)?;
    }
    Ok(())
}
