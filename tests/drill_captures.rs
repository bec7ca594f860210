//! Every TCP connection of all captures, with either side as the host under test: a script is written, and it passes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use common::{Captured, capture_files, frames, root};
use layercake::drill::Drill;
use layercake::drill::from::{Counts, NotWritten, Recording, Written};
use layercake::packet::Decoder;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn write(frames: &[Captured], number: usize, host: Option<IpAddr>) -> Result<Written, NotWritten> {
    let mut recording = Recording::new("capture").connection(Some(number)).host(host);
    for frame in frames {
        recording.add(frame.time, &Decoder::new().packet(frame.frame()));
    }
    recording.write()
}

/// Connections of a file, at most: each is looked for from the start.
const MOST: usize = 100;

#[test]
fn every_connection_is_a_script_that_passes() {
    let mut paths = capture_files();
    files(&root().join("../shared/captures"), &mut paths);
    let (mut scripts, mut wrong) = (0, Vec::new());
    let mut sums = [0usize; 5];
    let mut add = |counts: &Counts| {
        let all =
            [counts.as_captured, counts.at_another_time, counts.different, counts.missing, counts.added];
        sums.iter_mut().zip(all).for_each(|(sum, count)| *sum += count);
    };
    for path in &paths {
        let frames = frames(path);
        for number in 1..=MOST {
            let first = match write(&frames, number, None) {
                Err(NotWritten::NoSuch { .. }) => break,
                Err(NotWritten::Begun(_)) => continue,
                other => other,
            };
            let opener = first.as_ref().ok().map(|written| written.connection.from.ip());
            let second = opener.map(|opener| write(&frames, number, Some(opener)));
            for written in std::iter::once(first).chain(second) {
                let name = format!("{} {number}", path.display());
                match written {
                    Ok(written) => {
                        scripts += 1;
                        add(&written.counts);
                        let report = Drill::new(&written.script).run();
                        if !report.passed() {
                            wrong.push(format!("{name}: {report}\n{}", written.script));
                        }
                    }
                    Err(error) => wrong.push(format!("{name}: {error}")),
                }
            }
        }
    }
    let [as_captured, at_another_time, different, missing, added] = sums;
    let captured = as_captured + at_another_time + different + missing;
    println!(
        "{scripts} scripts; of {captured} packets of hosts {as_captured} as captured ({} %), {at_another_time} at another time, {different} different, {missing} not sent; {added} besides",
        as_captured * 100 / captured
    );
    assert!(wrong.is_empty(), "{} of {scripts}:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(scripts > 1000, "{scripts}");
    assert!(as_captured * 100 > captured * 70, "{as_captured} of {captured}");
}
