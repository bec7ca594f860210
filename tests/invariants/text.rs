//! What holds for any text that people paste.

use layercake::text::{Format, Offsets, Options, Order, Problem, read};

pub fn any(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match read(&text, &Options::default()) {
        Ok(reading) => {
            assert!(!reading.packets.is_empty() && !reading.to_string().is_empty());
            for packet in &reading.packets {
                assert!(!packet.bytes.is_empty() && packet.lines.start < packet.lines.end);
            }
            let plain = Options {
                format: Some(Format::Hex),
                offsets: Some(Offsets::None),
                order: Some(Order::Big),
                link: Some(reading.link),
            };
            let bytes = &reading.packets[0].bytes;
            let again = read(&super::hex(bytes), &plain).map(|reading| reading.packets[0].bytes.clone());
            assert_eq!(again.as_ref(), Ok(bytes), "what was read, written and read again");
        }
        Err(error) => {
            assert!(text.get(error.span.clone()).is_some(), "{error:?} points into the text {text:?}");
            assert!(error.problem == Problem::Empty || !error.span.is_empty(), "{error:?} in {text:?}");
            assert!(!error.to_string().is_empty());
        }
    }
}
