//! Where a scenario is from: a file, a lab of others, a preset.

use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::Trouble;
use crate::cli::output::{caret, caret_in, printable};
use crate::sim::import::import;
use crate::sim::{BadScenario, Preset, Scenario, Sweep};

/// A scenario as text.
pub struct Source {
    /// What files are named after.
    pub name: String,
    /// As it is called when something in it is wrong.
    label: String,
    pub text: String,
    /// What of a lab is not in it.
    pub left_out: Vec<String>,
    /// Where the files lie that it names.
    folder: PathBuf,
}

/// A scenario, or a file that it names, has no more bytes than this.
const LONGEST: u64 = 64 << 20;
/// Mistakes that are shown.
const SHOWN: usize = 200;

fn read(mut from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.by_ref().take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::other(format!("it is longer than {} MiB", LONGEST >> 20)));
    }
    Ok(bytes)
}

impl Source {
    /// A file, or standard input.
    pub fn open(path: &str) -> Result<Self, Trouble> {
        let shown = if path == "-" { "standard input".to_owned() } else { printable(path) };
        let bytes = if path == "-" { read(io::stdin()) } else { fs::File::open(path).and_then(read) };
        let bytes = bytes.map_err(|error| format!("{shown} cannot be read: {error}"))?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{shown} is no text in UTF-8"))?;
        let folder = Path::new(path).parent().filter(|_| path != "-").unwrap_or(Path::new(".")).to_owned();
        let stem = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
        let stem = stem
            .as_deref()
            .and_then(|name| name.split('.').next())
            .filter(|stem| !stem.is_empty() && path != "-");
        let name = stem.unwrap_or("scenario").to_owned();
        let source = Self { name, label: shown, text, left_out: Vec::new(), folder };
        match kind(&source.text) {
            Some(lab) => source.imported(lab),
            None => Ok(source),
        }
    }

    /// What a lab is as a scenario.
    fn imported(self, lab: &str) -> Result<Self, Trouble> {
        // Names in a lab are those of what lies beside it.
        let files = |name: &str| {
            let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
            let file = inside.then(|| fs::File::open(self.folder.join(name)).ok())?;
            read(file?).ok()
        };
        let imported = import(lab, &self.text, &files).map_err(|error| {
            let line = error.line.map(|line| format!(":{line}")).unwrap_or_default();
            let file = if error.file == lab { self.label.clone() } else { printable(&error.file) };
            format!("{file}{line}: {}", printable(&error.message))
        })?;
        let label = format!("{} as a scenario (--print shows it)", self.label);
        Ok(Self { label, text: imported.text, left_out: imported.left_out, ..self })
    }

    /// A preset, with its options.
    pub fn preset(given: &str) -> Result<Self, Trouble> {
        let (name, options) = given.split_once(':').unwrap_or((given, ""));
        let wrong = |text: &str, mistake| caret(&printable(text), &mistake, None);
        let preset = Preset::named(name).map_err(|mistake| wrong(name, mistake))?;
        let options = preset.options(options).map_err(|mistake| wrong(options, mistake))?;
        let name = preset.name().to_owned();
        let label = format!("the preset {name}");
        Ok(Self {
            name,
            label,
            text: preset.text(&options),
            left_out: Vec::new(),
            folder: PathBuf::from("."),
        })
    }

    /// Reads it.
    pub fn scenario(&self, set: &[(String, String)]) -> Result<Scenario, Trouble> {
        Scenario::read(&self.text, &|name| self.file(name), set).map_err(|bad| self.wrong(&bad))
    }

    /// Reads it with all combinations of its values.
    pub fn sweep(&self, set: &[(String, String)]) -> Result<Sweep, Trouble> {
        Sweep::new(&self.text, &|name| self.file(name), set).map_err(|bad| self.wrong(&bad))
    }

    fn file(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::File::open(self.folder.join(name)).and_then(read)
    }

    /// All that is wrong, one after the other, each with its line.
    fn wrong(&self, bad: &BadScenario) -> Trouble {
        let mut shown: Vec<String> = bad
            .mistakes
            .iter()
            .take(SHOWN)
            .map(|mistake| caret_in(&self.text, mistake, &self.label))
            .collect();
        let count = bad.mistakes.len();
        if count > 1 {
            let more =
                if count > SHOWN { format!(", of which these are the first {SHOWN}") } else { String::new() };
            shown.push(format!("{count} mistakes in {}{more}", self.label));
        }
        shown.join("\n")
    }
}

/// What a text is, if it is no scenario: the name by which labs of its kind go.
fn kind(text: &str) -> Option<&'static str> {
    // What can be read as a scenario is one.
    if toml::de::DeTable::parse(text).is_ok() {
        return None;
    }
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
    // `pc1[0]="A"` is no TOML, and `topology:` neither.
    let is_kathara = |line: &str| {
        let setting = line
            .split_once('[')
            .filter(|(name, _)| !name.is_empty() && !name.contains(['=', '"', '\'', ' ']));
        setting.is_some_and(|(_, rest)| {
            rest.split_once(']').is_some_and(|(_, rest)| rest.trim_start().starts_with('='))
        })
    };
    lines.find_map(|line| match line {
        line if line.starts_with("topology:") => Some("lab.clab.yml"),
        line if is_kathara(line) => Some("lab.conf"),
        _ => None,
    })
}

/// A value as a command line has it, as TOML: as it is if that is a value, otherwise text.
pub fn value(text: &str) -> String {
    let is_value =
        toml::de::DeTable::parse(&format!("value = {text}")).is_ok_and(|table| table.get_ref().len() == 1);
    if is_value { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_what_is_in_a_text() {
        assert_eq!(kind("# a lab\nLAB_NAME=\"x\"\npc1[0]=\"A\"\n"), Some("lab.conf"));
        assert_eq!(kind("---\nname: x\n\ntopology:\n  nodes:\n"), Some("lab.clab.yml"));
        assert_eq!(
            kind(
                "duration = \"1s\"\n[nodes.a]\naddress = \"10.0.0.1/24\"\n[[links]]\nbetween = [\"a\", \"b\"]"
            ),
            None
        );
    }

    #[test]
    fn values_need_no_quotes() {
        assert_eq!(value("1%"), "\"1%\"");
        assert_eq!(value("3"), "3");
        assert_eq!(value("\"3\""), "\"3\"");
        assert_eq!(value("[1, 2]"), "[1, 2]");
        assert_eq!(value("1\nnodes = 2"), "\"1\\nnodes = 2\"");
    }
}
