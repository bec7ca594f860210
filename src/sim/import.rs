//! Labs of others as scenarios: Kathara's `lab.conf`, containerlab's `*.clab.yml`.
//!
//! What is taken is who there is, which wires join them, and what commands of ip(8) say of their addresses and routes. Nothing is run: what a lab has besides,
//! daemons and their files, is left out, and said.

mod containerlab;
mod kathara;
mod lab;
mod startup;
mod write;
mod yaml;

use core::fmt;

/// The longest file of a lab, in bytes.
const LONGEST: usize = 1 << 20;

/// A lab as a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The scenario, as TOML.
    pub text: String,
    /// What of the lab is not in it, each as a sentence with its place, at most 1,000.
    pub left_out: Vec<String>,
}

/// A lab that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// The file, as it was called.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, message } = self;
        match line {
            Some(line) => write!(f, "{file}:{line}: {message}"),
            None => write!(f, "{file}: {message}"),
        }
    }
}

impl core::error::Error for ImportError {}

impl ImportError {
    fn new(file: &str, line: Option<usize>, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

/// Reads a lab. Its name says what it is: `lab.conf` is of Kathara, `*.yml` and `*.yaml` of containerlab. `files` gives the other files of the lab by their
/// names seen from where the lab is: `pc1.startup`. Names have no `..` in them and do not begin with `/`.
///
/// ```
/// use layercake::sim::import::import;
///
/// let lab = "LAB_NAME=\"two hosts\"\npc1[0]=\"A\"\npc2[0]=\"A\"\n";
/// let files = |name: &str| match name {
///     "pc1.startup" => Some(b"ip addr add 10.0.0.1/24 dev eth0\n./server &\n".to_vec()),
///     "pc2.startup" => Some(b"ip addr add 10.0.0.2/24 dev eth0\n".to_vec()),
///     _ => None,
/// };
/// let imported = import("lab.conf", lab, &files)?;
/// assert!(imported.text.contains("[nodes.pc1]\naddress = \"10.0.0.1/24\"\n"));
/// assert!(imported.text.contains("between = [\"pc1:eth0\", \"pc2:eth0\"]\n"));
/// assert_eq!(imported.left_out, ["pc1.startup:2: `&` of a shell is not run here"]);
/// # Ok::<(), layercake::sim::import::ImportError>(())
/// ```
///
/// # Errors
/// The lab cannot be read at all: where, and why.
pub fn import(
    name: &str,
    text: &str,
    files: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Imported, ImportError> {
    let file = name.rsplit('/').next().unwrap_or(name);
    if text.len() > LONGEST {
        return Err(ImportError::new(file, None, format!("a file of a lab has at most {LONGEST} bytes")));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let ends = |ending: &str| file.to_ascii_lowercase().ends_with(ending);
    let lab = if ends("lab.conf") {
        kathara::read(file, text, files)?
    } else if ends(".yml") || ends(".yaml") {
        containerlab::read(file, text)?
    } else {
        let message = "this is no lab that is known: lab.conf of Kathara, or a .clab.yml of containerlab";
        return Err(ImportError::new(file, None, message));
    };
    Ok(Imported { text: write::scenario(&lab), left_out: lab.left_out })
}

/// A text in which nothing does more than show itself, on one line.
fn one_line(text: &str) -> String {
    let plain = |letter: char| matches!(letter, ' '..='~') || letter.is_alphanumeric();
    text.chars().map(|letter| if plain(letter) { letter } else { '?' }).collect()
}
