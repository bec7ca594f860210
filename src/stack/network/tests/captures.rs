//! Recordings of Linux, replayed to a host that has the address of one of those who spoke.

use super::*;

/// The frames of a classic capture of this machine's most usual byte order.
pub(super) fn frames(name: &str) -> Vec<Vec<u8>> {
    let path = std::format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read(path).unwrap();
    assert!([[0xd4, 0xc3], [0x4d, 0x3c]].contains(&[file[0], file[1]]), "{name}");
    let (mut rest, mut frames) = (&file[24..], Vec::new());
    while let Some((head, behind)) = rest.split_first_chunk::<16>() {
        let length = u32::from_le_bytes(head[8..12].try_into().unwrap()) as usize;
        frames.push(behind[..length].to_vec());
        rest = &behind[length..];
    }
    frames
}
