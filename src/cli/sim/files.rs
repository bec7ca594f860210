//! Files that a run leaves behind.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Arguments, Trouble};
use crate::cli::output::printable;
use crate::sim::output::{Capture, Names, Packets};
use crate::sim::{Report, Scenario, Watch};
use crate::stack::service::Figure;

type Output = BufWriter<File>;

/// What is written while a run goes on, and behind it.
pub struct Written {
    capture: Option<(PathBuf, Capture<Output>)>,
    packets: Option<(PathBuf, Packets<Output>)>,
    folder: Option<PathBuf>,
}

fn cannot(path: &Path, error: impl std::fmt::Display) -> Trouble {
    format!("{} cannot be written: {error}", printable(&path.display().to_string()))
}

fn create(path: &Path) -> Result<Output, Trouble> {
    File::create(path).map(BufWriter::new).map_err(|error| cannot(path, error))
}

/// A time for people.
pub fn span(time: Duration) -> String {
    Figure::Time(time).to_string()
}

impl Written {
    /// Makes the files.
    pub fn create(arguments: &Arguments, name: &str, scenario: &Scenario) -> Result<Self, Trouble> {
        let names = Names::of(scenario);
        let mut written = Self { capture: None, packets: None, folder: arguments.out.clone() };
        if let Some(folder) = &arguments.out {
            fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
            let path = folder.join("packets.jsonl");
            written.packets = Some((path.clone(), Packets::new(create(&path)?, names.clone(), false)));
        }
        let path = match &arguments.out {
            Some(folder) => Some(folder.join("capture.pcapng")),
            None => arguments.pcap.then(|| PathBuf::from(format!("{name}.pcapng"))),
        };
        if let Some(path) = path {
            written.capture = Some((path.clone(), Capture::new(create(&path)?, names)));
        }
        Ok(written)
    }

    /// Those that have to see every frame.
    pub fn watchers(&mut self) -> impl Iterator<Item = &mut dyn Watch> {
        let capture = self.capture.as_mut().map(|(_, capture)| capture as &mut dyn Watch);
        capture.into_iter().chain(self.packets.as_mut().map(|(_, packets)| packets as &mut dyn Watch))
    }

    /// Ends the files, and writes what came of it.
    pub fn finish(self, report: &Report) -> Result<(), Trouble> {
        if let Some((path, capture)) = self.capture {
            capture.finish().map_err(|error| cannot(&path, error))?;
        }
        if let Some((path, packets)) = self.packets {
            packets.finish().map_err(|error| cannot(&path, error))?;
        }
        let Some(folder) = self.folder else { return Ok(()) };
        for (name, text) in
            [("report.txt", format!("{report}\n")), ("report.json", format!("{:#}\n", report.to_json()))]
        {
            let path = folder.join(name);
            let mut output = create(&path)?;
            output
                .write_all(text.as_bytes())
                .and_then(|()| output.flush())
                .map_err(|error| cannot(&path, error))?;
        }
        Ok(())
    }
}
