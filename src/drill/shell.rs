//! Lines for a shell: what they change of the host that a script runs on.
//!
//! Nothing is run. Scripts use a shell for settings, and those are read: `sysctl` and what comes to the same, a few words of `ip`, and files
//! of such lines. What has nothing to do here is passed over; whatever else there is is a reason not to run the script, and named.
//!
//! - `line`: the grammar, from text to commands.
//! - `sysctl`: the names, and what they are here.

pub(crate) mod line;
mod sysctl;

use std::collections::BTreeMap;
use std::time::Duration;

use line::{Command, PieceKind, Word};

/// Something of the host changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// A setting of TCP, by its name and value in [`tcp::Config::set`](crate::stack::tcp::Config::set).
    Tcp(&'static str, String),
    /// An application may ask for a receive buffer of so many bytes: the window scale of new connections has to be enough for it.
    ReceiveMost(usize),
    /// TTL or hop limit of what the host sends.
    HopLimit(u8),
    /// The first port that is chosen for sockets that do not ask for one.
    FirstPort(u16),
    /// The last one.
    LastPort(u16),
    /// The longest IP packet of the line, in bytes.
    Mtu(u32),
    /// The interface goes up or down.
    Link(bool),
    /// So much time goes by.
    Wait(Duration),
}

/// What a `defaults.sh` sets where there is none: what scripts of Google's collection expect of the file that they come with (buffers up to 15 MiB,
/// so that the window scale is 8; CUBIC; no slow start after idle; no ECN).
const DEFAULTS: &str = "
    sysctl -q net.ipv4.tcp_rmem='4096 540000 15728640' net.ipv4.tcp_wmem='4096 262144 4194304'
    sysctl -q net.ipv4.tcp_congestion_control=cubic net.ipv4.tcp_slow_start_after_idle=0 net.ipv4.tcp_ecn=0
";

/// Files that read each other, at most.
const DEEPEST: usize = 8;
/// Commands, at most, in all files together.
const MOST_COMMANDS: usize = 10_000;
/// The longest word, in bytes.
const LONGEST: usize = 65_536;

/// Reads lines for a shell. `files` gives the text of a file by its name as it is written; names that do not begin with `/` are seen
/// from where the script is. A file `defaults.sh` that is not there is taken for one that sets what such files do.
///
/// # Errors
/// Why a script with these lines cannot be run here.
pub(crate) fn read(text: &str, files: &mut dyn FnMut(&str) -> Option<String>) -> Result<Vec<Change>, String> {
    let mut shell = Shell { files, changes: Vec::new(), names: BTreeMap::new(), depth: 0, commands: 0 };
    // A shell has a number, and so has what has started it.
    for name in ["$", "PPID"] {
        shell.names.insert(name.to_owned(), "1".to_owned());
    }
    shell.names.insert("?".to_owned(), "0".to_owned());
    shell.lines(text)?;
    Ok(shell.changes)
}

struct Shell<'f> {
    files: &'f mut dyn FnMut(&str) -> Option<String>,
    changes: Vec<Change>,
    /// Variables, and their values.
    names: BTreeMap<String, String>,
    depth: usize,
    commands: usize,
}

/// Whether lines go on.
#[derive(PartialEq, Eq)]
enum Goes {
    On,
    /// `exit`: nothing behind it.
    Out,
}

type Done = Result<(), String>;

impl Shell<'_> {
    fn lines(&mut self, text: &str) -> Done {
        for command in line::commands(text)? {
            self.commands = self.commands.saturating_add(1);
            if self.commands > MOST_COMMANDS {
                return Err(format!("these are more than {MOST_COMMANDS} commands of a shell"));
            }
            // What is known never fails.
            if !command.otherwise && self.command(&command)? == Goes::Out {
                break;
            }
        }
        Ok(())
    }

    fn command(&mut self, command: &Command) -> Result<Goes, String> {
        let mut words = command.words.as_slice();
        while let Some((first, rest)) = words.split_first()
            && let Some((name, value)) = assignment(first)
        {
            let value = self.expand(&value)?.join(" ");
            self.names.insert(name, value);
            words = rest;
        }
        let mut all = Vec::new();
        for word in words {
            all.extend(self.expand(word)?);
        }
        if all.first().is_some_and(|first| first == "sudo") {
            all.remove(0);
        }
        let Some((name, arguments)) = all.split_first() else { return Ok(Goes::On) };
        if matches!(name.as_str(), "exit" | "return") {
            return Ok(Goes::Out);
        }
        if name == "export" {
            self.export(arguments);
        }
        if let Some(output) = &command.output {
            self.write(name, arguments, output)?;
        }
        let bare = name.rsplit('/').next().unwrap_or_default();
        match self.known(bare, arguments) {
            Some(done) => done?,
            None if name.contains('/') => self.file(name)?,
            None => return Err(format!("`{}` is not run here", line::shortened(name))),
        }
        Ok(Goes::On)
    }

    /// What is known, by its name without directories.
    fn known(&mut self, name: &str, arguments: &[String]) -> Option<Done> {
        Some(match name {
            "sysctl" => self.sysctl(arguments),
            "set_sysctls.py" => self.set_sysctls(arguments),
            "source" | "." | "sh" | "bash" | "dash" => self.run_file(arguments),
            "python" | "python2" | "python3" => self.python(arguments),
            "ip" => self.ip(arguments),
            "ifconfig" => self.ifconfig(arguments),
            "tc" => tc(arguments),
            "modprobe" | "kldload" | "kldunload" => module(arguments),
            "sleep" => self.sleep(arguments),
            // They change nothing of a host: what is printed, how the shell itself goes on, what a network card does.
            "true" | ":" | "echo" | "printf" | "set" | "export" | "unset" | "ethtool" | "sync" | "date" => {
                Ok(())
            }
            _ => return None,
        })
    }

    /// Puts values in the place of names; blanks outside of quotes part words.
    fn expand(&self, word: &Word) -> Result<Vec<String>, String> {
        let mut all = Vec::new();
        let mut current: Option<String> = None;
        let mut length = 0usize;
        for piece in word {
            let text = match &piece.kind {
                PieceKind::Text(text) => text.clone(),
                PieceKind::Name(name) => {
                    let value = self.names.get(name).cloned();
                    value.ok_or_else(|| format!("`${}` has no value here", line::shortened(name)))?
                }
                PieceKind::Sum(sum) => {
                    let value = |name: &str| line::literal(self.names.get(name)?);
                    let sum = line::sum(sum, &value)
                        .ok_or_else(|| format!("`$(({}))` cannot be computed", line::shortened(sum)))?;
                    sum.to_string()
                }
                PieceKind::Output => return Err("what a command prints is not known here".to_owned()),
            };
            if piece.quoted || matches!(piece.kind, PieceKind::Text(_)) {
                current.get_or_insert_default().push_str(&text);
            } else {
                if text.starts_with(char::is_whitespace) {
                    all.extend(current.take());
                }
                for (at, part) in text.split_whitespace().enumerate() {
                    if at > 0 {
                        all.extend(current.take());
                    }
                    current.get_or_insert_default().push_str(part);
                }
                if text.ends_with(char::is_whitespace) {
                    all.extend(current.take());
                }
            }
            length = length.saturating_add(text.len());
            if length > LONGEST {
                return Err(format!("a word of a shell is longer than {LONGEST} bytes"));
            }
        }
        all.extend(current);
        Ok(all)
    }

    fn export(&mut self, arguments: &[String]) {
        for (name, value) in arguments.iter().filter_map(|argument| argument.split_once('=')) {
            self.names.insert(name.to_owned(), value.to_owned());
        }
    }

    /// A command writes into a file: settings, or nothing that matters.
    fn write(&mut self, name: &str, arguments: &[String], output: &Word) -> Done {
        let path = self.expand(output)?.join(" ");
        let Some(setting) = path.strip_prefix("/proc/sys/") else {
            return match path.starts_with("/dev/") || !matches!(name, "echo" | "printf") {
                true => Ok(()),
                false => Err(format!("nothing is written to `{}` here", line::shortened(&path))),
            };
        };
        let value = match name {
            "echo" => {
                let flags = arguments.iter().take_while(|word| matches!(word.as_str(), "-n" | "-e" | "-E"));
                arguments.get(flags.count()..).unwrap_or_default().join(" ")
            }
            "printf" => printed(arguments).ok_or("this format of `printf` is not known here")?,
            _ => return Err(format!("what `{}` prints is not known here", line::shortened(name))),
        };
        self.set(setting, &value, false)
    }

    /// Sets a name of sysctl.
    fn set(&mut self, name: &str, value: &str, leniently: bool) -> Done {
        let name = name.trim().replace('/', ".");
        match sysctl::set(&name, value)? {
            Some(changes) => self.changes.extend(changes),
            // `sysctl -e`: a system that has no such setting is as good as any.
            None if leniently => {}
            None => return Err(format!("the setting `{}` is not known here", line::shortened(&name))),
        }
        Ok(())
    }

    /// `sysctl [-q] [-w] NAME=VALUE ...`; a name alone is only printed.
    fn sysctl(&mut self, arguments: &[String]) -> Done {
        let mut leniently = false;
        for argument in arguments {
            match argument.strip_prefix("--") {
                Some("ignore") => leniently = true,
                Some("quiet" | "write" | "values" | "names" | "all") => {}
                Some(_) => return Err(format!("`sysctl {}` is not run here", line::shortened(argument))),
                None => match argument.strip_prefix('-') {
                    Some(flags) if flags.chars().all(|flag| "qwenNiax".contains(flag)) => {
                        leniently |= flags.contains(['e', 'i']);
                    }
                    Some(_) => return Err(format!("`sysctl {}` is not run here", line::shortened(argument))),
                    None => {
                        if let Some((name, value)) = argument.split_once('=') {
                            self.set(name, value.trim(), leniently)?;
                        }
                    }
                },
            }
        }
        Ok(())
    }

    /// `set_sysctls.py /proc/sys/net/ipv4/tcp_ecn=0 ...`
    fn set_sysctls(&mut self, arguments: &[String]) -> Done {
        for argument in arguments {
            let set = argument
                .split_once('=')
                .and_then(|(path, value)| Some((path.strip_prefix("/proc/sys/")?, value)));
            let (name, value) =
                set.ok_or_else(|| format!("`{}` is not /proc/sys/NAME=VALUE", line::shortened(argument)))?;
            self.set(name, value, false)?;
        }
        Ok(())
    }

    /// `source FILE`, `sh FILE`, `sh -c LINES`.
    fn run_file(&mut self, arguments: &[String]) -> Done {
        let mut words = arguments.iter().skip_while(|word| word.starts_with('-') && *word != "-c");
        match words.next() {
            Some(flag) if flag == "-c" => {
                let text = words.next().cloned().unwrap_or_default();
                self.deeper(&text)
            }
            Some(name) => self.file(name),
            None => Ok(()),
        }
    }

    fn python(&mut self, arguments: &[String]) -> Done {
        match arguments.split_first() {
            Some((script, rest)) if script.ends_with("set_sysctls.py") => self.set_sysctls(rest),
            _ => Err("Python is not run here".to_owned()),
        }
    }

    /// A file of lines.
    fn file(&mut self, name: &str) -> Done {
        let bare = name.rsplit('/').next().unwrap_or_default();
        // What set_sysctls.py leaves behind, to put back what it has changed; here the host ends with its script.
        if bare.starts_with("sysctl_restore") {
            return Ok(());
        }
        match (self.files)(name) {
            Some(text) => {
                let first = text.lines().next().unwrap_or_default();
                if first.starts_with("#!") && !first.contains("sh") {
                    return Err(format!("`{}` is not for a shell", line::shortened(name)));
                }
                self.deeper(&text)
            }
            None if bare == "defaults.sh" => self.deeper(DEFAULTS),
            None => Err(format!("there is no file `{}`", line::shortened(name))),
        }
    }

    fn deeper(&mut self, text: &str) -> Done {
        if self.depth >= DEEPEST {
            return Err(format!("files for a shell run each other more than {DEEPEST} deep"));
        }
        self.depth = self.depth.saturating_add(1);
        let done = self.lines(text);
        self.depth = self.depth.saturating_sub(1);
        done
    }

    /// `ip link set`, `ip route change`, `ip tcp_metrics`.
    fn ip(&mut self, arguments: &[String]) -> Done {
        let words: Vec<&str> =
            arguments.iter().map(String::as_str).skip_while(|word| word.starts_with('-')).collect();
        let refused = || format!("`ip {}` is not run here", line::shortened(&words.join(" ")));
        match words.as_slice() {
            // Nothing is remembered of connections that are over; a list is only printed.
            ["tcp_metrics" | "tcpmetrics", ..] => Ok(()),
            [_, "show" | "list" | "ls" | "get", ..] | ["route" | "ro" | "r", "flush", "cache", ..] => Ok(()),
            ["link" | "l", "set" | "s", rest @ ..] => self.link(rest).ok_or_else(refused),
            ["route" | "ro" | "r", "change" | "replace" | "append", rest @ ..] => {
                self.route(rest).ok_or_else(refused)
            }
            _ => Err(refused()),
        }
    }

    /// `dev tun0 mtu 1400 up`.
    fn link(&mut self, words: &[&str]) -> Option<()> {
        let words = words.strip_prefix(&["dev"]).unwrap_or(words);
        let (name, mut words) = words.split_first()?;
        if !name.starts_with("tun") {
            return None;
        }
        while let Some((word, rest)) = words.split_first() {
            let value = rest.first().copied();
            let changes = match *word {
                "up" | "down" => Some(Change::Link(*word == "up")),
                "mtu" => Some(Change::Mtu(value?.parse().ok()?)),
                "gso_max_size" | "gso_max_segs" | "gro_max_size" | "gso_ipv4_max_size" | "txqueuelen"
                | "txqlen" => None,
                _ => return None,
            };
            self.changes.extend(changes);
            words = if matches!(*word, "up" | "down") { rest } else { rest.get(1..)? };
        }
        Some(())
    }

    /// `default dev tun0 rto_min 40ms`: all that the host sends goes one way, so that what holds for a route holds for all.
    fn route(&mut self, words: &[&str]) -> Option<()> {
        let mut words = words.get(1..)?;
        let mut changes = Vec::new();
        while let Some((word, rest)) = words.split_first() {
            let (value, rest) = rest.split_first()?;
            match *word {
                "dev" | "via" | "src" | "proto" | "protocol" | "scope" | "metric" => {}
                "mtu" => changes.push(Change::Mtu(value.parse().ok()?)),
                "initcwnd" => changes.push(Change::Tcp("initial-window", (*value).to_owned())),
                "advmss" => changes.push(Change::Tcp("maximum-segment", (*value).to_owned())),
                "rto_min" => {
                    // A number alone is one of milliseconds.
                    let unit = if value.ends_with('s') { "" } else { "ms" };
                    for setting in ["rto-variation-floor", "rto-min"] {
                        changes.push(Change::Tcp(setting, format!("{value}{unit}")));
                    }
                }
                "quickack" => {
                    let delayed = if matches!(*value, "1") { "off" } else { "on" };
                    changes.push(Change::Tcp("delayed-ack", delayed.to_owned()));
                }
                "congctl" => changes.extend(sysctl::set("net.ipv4.tcp_congestion_control", value).ok()??),
                _ => return None,
            }
            words = rest;
        }
        if changes.is_empty() {
            return None;
        }
        self.changes.extend(changes);
        Some(())
    }

    /// `ifconfig tun0 mtu 1400`.
    fn ifconfig(&mut self, arguments: &[String]) -> Done {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.link(&words)
            .ok_or_else(|| format!("`ifconfig {}` is not run here", line::shortened(&words.join(" "))))
    }

    fn sleep(&mut self, arguments: &[String]) -> Done {
        let seconds = arguments.first().and_then(|word| word.trim_end_matches('s').parse::<f64>().ok());
        let span = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        match span {
            Some(span) if !span.is_zero() => self.changes.push(Change::Wait(span)),
            Some(_) => {}
            None => return Err("`sleep` has to have a number of seconds".to_owned()),
        }
        Ok(())
    }
}

/// Queues that keep nothing back for longer than it takes are as good as none.
fn tc(arguments: &[String]) -> Done {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let harmless = ["pfifo", "bfifo", "pfifo_fast", "noqueue", "fq_codel", "mq"];
    match words.as_slice() {
        ["qdisc", "del" | "delete" | "show" | "list" | "ls", ..] => Ok(()),
        ["qdisc", "add" | "replace" | "change", rest @ ..]
            if rest.iter().any(|word| harmless.contains(word)) =>
        {
            Ok(())
        }
        _ => Err(format!("`tc {}` is not run here", line::shortened(&words.join(" ")))),
    }
}

/// Modules of congestion control: what is chosen is said by sysctl.
fn module(arguments: &[String]) -> Done {
    let other = arguments
        .iter()
        .find(|word| !word.starts_with('-') && !word.starts_with("tcp_") && !word.starts_with("cc_"));
    match other {
        None => Ok(()),
        Some(other) => Err(format!("the module `{}` is not loaded here", line::shortened(other))),
    }
}

/// `NAME=VALUE` in front of a command.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let (first, rest) = word.split_first()?;
    let PieceKind::Text(text) = &first.kind else { return None };
    let (name, value) = text.split_once('=').filter(|_| !first.quoted)?;
    line::name(name).ok().filter(|(behind, _)| behind.is_empty())?;
    let value = line::Piece { kind: PieceKind::Text(value.to_owned()), quoted: true };
    Some((name.to_owned(), core::iter::once(value).chain(rest.iter().cloned()).collect()))
}

/// What `printf` prints: text, `%s` and `%d`.
fn printed(arguments: &[String]) -> Option<String> {
    let (format, rest) = arguments.split_first()?;
    let mut rest = rest.iter();
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '%' || letter == '\\') {
            (_, false) => text.push(letter),
            ('%', _) => match letters.next()? {
                '%' => text.push('%'),
                's' | 'd' => text.push_str(rest.next().map_or("", String::as_str)),
                _ => return None,
            },
            _ => match letters.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                '\\' => text.push('\\'),
                _ => return None,
            },
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::{Settings, World};
    use crate::stack::{Kind, tcp};

    fn changes(text: &str) -> Result<Vec<Change>, String> {
        read(text, &mut |_| None)
    }

    fn tcp(setting: &'static str, value: &str) -> Change {
        Change::Tcp(setting, value.to_owned())
    }

    #[test]
    fn settings_are_set_in_all_the_ways_that_scripts_have() {
        let off = || vec![tcp("sack", "off")];
        for line in [
            "sysctl -q net.ipv4.tcp_sack=0",
            "sysctl -w \"net.ipv4.tcp_sack = 0\"",
            "sudo /sbin/sysctl -qw net/ipv4/tcp_sack=0 > /dev/null 2>&1",
            "sysctl net.inet.tcp.sack.enable=0",
            "../common/set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0",
            "python3 ../common/set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0",
            "echo 0 > /proc/sys/net/ipv4/tcp_sack",
            "printf '%d\\n' 0 > /proc/sys/net/ipv4/tcp_sack",
            "X=0; sysctl -q net.ipv4.tcp_sack=$X || true",
            "export X=0 && sysctl -q net.ipv4.tcp_sack=${X}",
            "bash -c 'sysctl -q net.ipv4.tcp_sack=0'",
            "sysctl -q net.ipv4.tcp_sack=$((2 - 2)) # none\n\n",
            "sysctl net.ipv4.tcp_ecn\nsysctl -e net.ipv4.tcp_unheard_of=1 net.ipv4.tcp_sack=0",
            "true && sysctl -q \\\n net.ipv4.tcp_sack=0; exit 0; nstat",
        ] {
            assert_eq!(changes(line), Ok(off()), "{line}");
        }
        assert_eq!(
            changes("V='a b'; set -e; true $V || nstat; sleep 0; sleep 0.5"),
            Ok(vec![Change::Wait(Duration::from_millis(500))])
        );
    }

    /// What Linux computes from these buffers: 2^8 for 15 MiB, 2^7 for 6 MiB, 2^10 for 32 MiB.
    #[test]
    fn without_a_file_defaults_are_those_of_production() {
        let mut config = tcp::Config::linux();
        for change in changes("./defaults.sh").unwrap() {
            let Change::Tcp(setting, value) = change else { panic!() };
            config.set(setting, &value).unwrap();
        }
        assert_eq!((config.receive_buffer, config.receive_buffer_most), (270_000, 15 << 20));
        assert_eq!((config.send_buffer, config.restart_after_idle), (256 << 10, false));
        assert_eq!((config.congestion, config.ecn), (tcp::Algorithm::Cubic, tcp::EcnUse::Off));
        assert_eq!(changes("source ../../common/defaults.sh"), changes("sh ./defaults.sh"));
    }

    /// The window and the window scale of a SYN over 1500 bytes. Measured with Linux 6.18: 64240 and 10 with its own buffers; 7 is what it was
    /// with 6 MiB, and 8 what scripts expect that have read `defaults.sh`. Half of 540,000 is more than a SYN can say.
    #[test]
    fn a_syn_says_what_a_syn_of_linux_says() {
        for (lines, wanted) in [
            ("true", (64_240, 10)),
            ("sysctl net.ipv4.tcp_rmem='4096 131072 33554432'", (64_240, 10)),
            ("sysctl net.ipv4.tcp_rmem='4096 131072 6291456'", (64_240, 7)),
            ("./defaults.sh", (65_535, 8)),
        ] {
            let mut settings = Settings::default();
            for change in changes(lines).unwrap() {
                let Change::Tcp(setting, value) = change else { panic!() };
                settings.tcp.set(setting, &value).unwrap();
            }
            let mut world = World::new(&settings).unwrap();
            let socket = world.stack.socket(Kind::Stream).unwrap();
            world.stack.connect(world.now, socket, (settings.remote(), 80).into()).unwrap();
            world.drain();
            let syn = tcp::Segment::read(&world.sent[0].bytes[20..]).unwrap();
            assert_eq!((syn.window, syn.options.window_scale.unwrap()), wanted, "{lines}");
        }
    }

    #[test]
    fn files_are_read_and_may_read_others() {
        let mut asked = Vec::new();
        let mut files = |name: &str| {
            asked.push(name.to_owned());
            match name {
                "./all.sh" => Some("#!/bin/bash\n./one.sh\nsysctl -q net.ipv4.tcp_ecn=1".to_owned()),
                "./one.sh" => Some("sysctl -q net.ipv4.tcp_sack=0; return; sysctl -q nonsense=1".to_owned()),
                "./round.sh" => Some("./round.sh; ./round.sh".to_owned()),
                "./x.py" => Some("#!/usr/bin/python\nimport os".to_owned()),
                _ => None,
            }
        };
        assert_eq!(read("./all.sh", &mut files), Ok(vec![tcp("sack", "off"), tcp("ecn", "on")]));
        assert_eq!(
            read("./round.sh", &mut files).unwrap_err(),
            "files for a shell run each other more than 8 deep"
        );
        assert_eq!(read("./x.py", &mut files).unwrap_err(), "`./x.py` is not for a shell");
        assert_eq!(read("./none.sh", &mut files).unwrap_err(), "there is no file `./none.sh`");
        assert_eq!(read("/tmp/sysctl_restore_${PPID}.sh", &mut files), Ok(Vec::new()));
        assert_eq!(asked[..2], ["./all.sh", "./one.sh"]);
    }

    /// ip-link(8), ip-route(8).
    #[test]
    fn words_of_ip_that_are_known() {
        let floor = |value| vec![tcp("rto-variation-floor", value), tcp("rto-min", value)];
        for (line, wanted) in [
            ("ip link set dev tun0 mtu 1400", vec![Change::Mtu(1400)]),
            ("ip link set tun0 down; ip link set tun0 up", vec![Change::Link(false), Change::Link(true)]),
            ("ip link set dev tun0 gso_max_size 8192 gso_max_segs 4", vec![]),
            ("ifconfig tun0 mtu 1400", vec![Change::Mtu(1400)]),
            ("ip route change 192.0.2.0/24 via 192.168.0.2 dev tun0 rto_min 40ms", floor("40ms")),
            ("ip route replace default dev tun0 rto_min 40", floor("40ms")),
            ("ip route change default dev tun0 initcwnd 20", vec![tcp("initial-window", "20")]),
            ("ip -6 route change default dev tun0 quickack 1", vec![tcp("delayed-ack", "off")]),
            ("ip tcp_metrics flush all > /dev/null 2>&1", vec![]),
            ("tc qdisc add dev tun0 root pfifo 2>/dev/null", vec![]),
            ("ethtool -K tun0 tso off", vec![]),
            ("modprobe tcp_cubic; kldload -n cc_cubic", vec![]),
        ] {
            assert_eq!(changes(line), Ok(wanted), "{line}");
        }
    }

    #[test]
    fn what_is_not_run_is_a_reason_to_skip() {
        for (line, wanted) in [
            ("nstat -n", "`nstat` is not run here"),
            ("iptables -A INPUT -j DROP", "`iptables` is not run here"),
            ("for i in 1 2; do true; done", "`for` is not run here"),
            (
                "tc qdisc add dev tun0 root netem delay 10ms",
                "`tc qdisc add dev tun0 root netem delay 10ms` is not run here",
            ),
            ("tc qdisc replace dev tun0 root fq", "`tc qdisc replace dev tun0 root fq` is not run here"),
            ("ip route add 10.0.0.0/8 dev tun0", "`ip route add 10.0.0.0/8 dev tun0` is not run here"),
            ("ip addr add 10.0.0.1/8 dev tun0", "`ip addr add 10.0.0.1/8 dev tun0` is not run here"),
            ("ip link set dev eth0 mtu 1400", "`ip link set dev eth0 mtu 1400` is not run here"),
            ("modprobe sch_netem", "the module `sch_netem` is not loaded here"),
            ("sysctl -q net.ipv4.tcp_x=1", "the setting `net.ipv4.tcp_x` is not known here"),
            ("sysctl -q net.ipv4.tcp_ecn=$ECN", "`$ECN` has no value here"),
            ("sysctl -q net.ipv4.tcp_ecn=$(cat x)", "what a command prints is not known here"),
            ("sysctl -p", "`sysctl -p` is not run here"),
            ("sysctl a | grep b", "`|` of a shell is not run here"),
            ("echo 1 > /sys/class/net/tun0/x", "nothing is written to `/sys/class/net/tun0/x` here"),
            ("python x.py", "Python is not run here"),
        ] {
            assert_eq!(changes(line).unwrap_err(), wanted, "{line}");
        }
    }

    proptest::proptest! {
        /// Whatever stands there, it is read or refused.
        #[test]
        fn any_lines_are_read(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60)) {
            let _ = read(&words.concat(), &mut |name| (name == "./x").then(|| words.concat()));
        }
    }

    const WORDS: &[&str] = &[
        "sysctl ",
        "-q ",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_sack",
        "=",
        "0",
        "1 ",
        "'",
        "\"",
        "$((",
        "))",
        "$(",
        ")",
        "(",
        "`",
        "$X",
        "X=",
        "${",
        "}",
        " ",
        "\n",
        ";",
        "&&",
        "||",
        "|",
        "&",
        ">",
        "2>&1",
        "/dev/null ",
        "/proc/sys/net/ipv4/tcp_ecn ",
        "echo ",
        "./x ",
        "source ",
        "ip ",
        "link ",
        "set ",
        "tun0 ",
        "mtu ",
        "1400 ",
        "route ",
        "change ",
        "rto_min ",
        "40ms ",
        "é",
        "\\",
        "#",
        "*",
        "**",
        "9223372036854775807",
        "<<",
        "-",
        "~",
        "sleep ",
        "1e300",
        "printf ",
        "%s",
        "%",
        "export ",
        "sh ",
        "-c ",
        "exit",
    ];

    #[test]
    fn nothing_grows_without_bound() {
        let doubling = format!("X=aaaaaaaaaaaaaaaa; {}", "X=\"$X$X\"; ".repeat(100));
        assert_eq!(changes(&doubling).unwrap_err(), "a word of a shell is longer than 65536 bytes");
        assert!(changes(&"true;".repeat(20_000)).unwrap_err().contains("more than 10000 commands"));
    }
}
