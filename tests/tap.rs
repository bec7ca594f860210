//! Recordings: what went into a host gives what came out of it again, without a device. Here the host runs in virtual time, driven as a device
//! drives it; `tests/interop` does the same with the kernel.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use layercake::capture::Reader;
use layercake::field::Mac;
use layercake::link::{self, Impaired};
use layercake::stack::service::Small;
use layercake::stack::{Config, Errno, Host, InterfaceId, Kind, Medium, Node, SocketId, Stack};
use layercake::tap::{Go, Outside, Player, ReplayError, Replayed, replay};
use layercake::time::Time;
use serde_json::json;

const ETH0: InterfaceId = InterfaceId(1);

fn stack(last: u8, now: Time) -> Stack {
    let mut stack = Stack::new(Config { seed: last.into(), ..Config::default() });
    let eth0 = stack.add_interface(now, "eth0", Medium::Ethernet(Mac([2, 0, 0, 0, 0, last])), 1500).unwrap();
    assert_eq!(eth0, ETH0);
    stack.add_address(now, eth0, format!("10.0.0.{last}/24").parse().unwrap()).unwrap();
    stack
}

/// A host with an echo behind a wire that loses, doubles and delays; it asks the world for the seed of its wire.
fn host(outside: &Outside, now: Time) -> Impaired<Host> {
    let (seed, bytes) = outside.ask("seed", json!(null), || (json!(99), b"and \0 bytes".to_vec()));
    assert_eq!(bytes, b"and \0 bytes");
    let mut host = Host::from(stack(2, now));
    host.start(now, Small::echo()).unwrap();
    let wire: link::Config = "loss=3%,dup=2%,delay=2ms,jitter=1ms,reorder=5%".parse().unwrap();
    Impaired::new(host).wire(ETH0, [&wire, &wire], seed.as_u64().unwrap(), "eth0")
}

/// A client sends 200,000 bytes to the echo and reads them again; the host's side is recorded. Gives back the number of frames that came to it and
/// that it sent.
fn record(path: &Path) -> (u64, u64) {
    let mut now = Time::new(1_000, 0);
    let outside = Outside::live();
    outside.record(path, &[(ETH0, "eth0".into())], now, &json!({"what": "a test"})).unwrap();
    let mut host = host(&outside, now);
    let mut client = stack(1, now);
    let socket = client.socket(Kind::Stream).unwrap();
    client.connect(now, socket, "10.0.0.2:7".parse().unwrap()).unwrap();
    let data: Vec<u8> = (0..200_000_u32).map(|place| (place % 253) as u8).collect();
    let (mut given, mut back) = (0, Vec::new());
    let (mut came, sent) = (0, Cell::new(0));
    while back.len() < data.len() {
        now += Duration::from_micros(50);
        talk(&mut client, now, socket, &data, &mut given, &mut back);
        let mut to_host = Vec::new();
        client.turn(now, &mut |transmit: &layercake::stack::Transmit| to_host.push(transmit.frame.clone()));
        outside.begin(now);
        came += to_host.len() as u64;
        to_host.iter().for_each(|frame| outside.frame(&mut host, ETH0, frame));
        let mut to_client = Vec::new();
        outside.act(
            &mut host,
            |transmit| {
                sent.set(sent.get() + 1);
                to_client.push(transmit.frame.clone());
            },
            |_, _| Go::On(None),
        );
        to_client.iter().for_each(|frame| client.on_frame(now, ETH0, frame));
        assert!(now < Time::new(1_100, 0), "{} bytes are back", back.len());
    }
    assert_eq!(back, data);
    outside.finish().unwrap();
    (came, sent.get())
}

fn talk(client: &mut Stack, now: Time, socket: SocketId, data: &[u8], given: &mut usize, back: &mut Vec<u8>) {
    *given += client.send(now, socket, &data[*given..]).unwrap_or(0);
    let mut piece = [0; 65_536];
    loop {
        match client.recv(now, socket, &mut piece) {
            Ok(length) => back.extend(&piece[..length]),
            Err(Errno::EAGAIN | Errno::ENOTCONN) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

fn play(path: &Path) -> Result<Replayed, ReplayError> {
    let player = Player::open(path)?;
    assert_eq!(player.start(), &json!({"what": "a test"}));
    let now = player.began();
    let outside = Outside::of(player);
    let mut host = host(&outside, now);
    replay(&mut host, &outside, |_, _| Go::On(None))
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn what_was_recorded_happens_again_byte_by_byte() {
    let path = file("whole.pcapng");
    let (came, sent) = record(&path);
    assert!(came > 150 && sent > 150, "{came} {sent}");
    let replayed = play(&path).unwrap();
    assert_eq!((replayed.received, replayed.sent), (came, sent));
}

/// A recording is a capture as any: both directions, and calls on an interface of their own.
#[test]
fn a_recording_is_a_capture() {
    let path = file("capture.pcapng");
    let (came, sent) = record(&path);
    let mut reader = Reader::open(&path).unwrap();
    let mut counts = [0, 0, 0];
    let mut last = Time::ZERO;
    while let Some(record) = reader.next().unwrap() {
        let name = record.interface as usize;
        let (flags, time) = (record.flags(), record.time.unwrap());
        assert!(time >= last);
        last = time;
        match reader.interfaces()[name].name().as_deref() {
            Some("calls") => counts[0] += 1,
            Some("eth0") if flags == Some(1) => counts[1] += 1,
            Some("eth0") if flags == Some(2) => counts[2] += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(counts[0] > 2);
    assert_eq!((counts[1], counts[2]), (came, sent));
}

/// A packet that was sent with one bit turned over: the replay says that this one is another, if nothing before it is.
#[test]
fn a_changed_recording_does_not_replay() {
    let path = file("changed.pcapng");
    record(&path);
    let bytes = fs::read(&path).unwrap();
    let mut places = Vec::new();
    let mut reader = Reader::new(&bytes[..]).unwrap();
    let (mut number, mut sent) = (0, 0);
    while let Some(record) = reader.next().unwrap() {
        number += 1;
        sent += u64::from(record.flags() == Some(2));
        if record.flags() == Some(2) && sent % 30 == 0 {
            let frame = record.frame.bytes.to_vec();
            let place = bytes.windows(frame.len()).position(|window| window == frame).unwrap();
            places.push((number, place));
        }
    }
    assert!(places.len() > 3);
    for (number, place) in places {
        let mut changed = bytes.clone();
        changed[place + 20] ^= 1;
        fs::write(&path, changed).unwrap();
        match play(&path) {
            Err(ReplayError::Frame { number: at, now: Some(_), then: Some(_), .. }) => assert_eq!(at, number),
            other => panic!("packet {number}: {other:?}"),
        }
    }
}

/// Cut at any place it ends with what was whole, or says what is wrong.
#[test]
fn a_recording_that_is_cut_is_no_catastrophe() {
    let path = file("cut.pcapng");
    record(&path);
    let bytes = fs::read(&path).unwrap();
    for length in (0..3_000).step_by(37).chain((3_000..bytes.len()).step_by(50_021)) {
        fs::write(&path, &bytes[..length]).unwrap();
        match std::panic::catch_unwind(|| play(&path)) {
            Ok(Ok(replayed)) => assert!(replayed.received < 10_000),
            Ok(Err(error)) => assert!(!error.to_string().is_empty()),
            // Before its seed is known the host of this test cannot be made.
            Err(_) => assert!(length < 1_000, "{length}"),
        }
    }
}

#[test]
fn a_capture_is_no_recording() {
    let error = Player::open(Path::new("fixtures/http.pcap")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this is no recording: its first packet does not say layercake.recording/1"
    );
}

/// What the program asks now and did not ask then.
#[test]
fn another_question_is_noticed() {
    let path = file("question.pcapng");
    record(&path);
    let outside = Outside::of(Player::open(&path).unwrap());
    outside.ask("colour", json!("sky"), || (json!("blue"), Vec::new()));
    let mut node = Host::from(stack(2, Time::new(1_000, 0)));
    let error = replay(&mut node, &outside, |_, _| Go::On(None)).unwrap_err();
    let said = error.to_string();
    assert!(said.contains("asks for colour \"sky\"; in the recording it asks for seed null"), "{said}");
}
