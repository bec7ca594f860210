//! What holds for any JSON that is given for a packet.

use layercake::packet::{Decoder, Frame};
use layercake::render::{Context, json::Object};
use layercake::text::json::{Described, is_ours, read};

pub fn any(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match read(&text) {
        Ok(described) => {
            assert!(is_ours(&text) || text.contains("\\"), "{text}");
            let again = again(&described);
            assert_eq!(
                again,
                Ok(Described { number: again.as_ref().map_or(None, |again| again.number), ..described })
            );
        }
        Err(bad) => {
            assert!(!bad.message.is_empty(), "{bad:?}");
            assert!(
                bad.line.is_none_or(|line| line > 0 && line <= text.lines().count().max(1) + 1),
                "{bad:?}"
            );
            assert!(bad.message.len() < 1000, "{bad:?}");
        }
    }
}

/// What was read, written and read again.
fn again(described: &Described) -> Result<Described, layercake::text::json::BadJson> {
    let bytes = described.bytes.as_slice();
    let packet =
        Decoder::new().packet(Frame { length: described.length, ..Frame::new(described.link, bytes) });
    let comments: Vec<_> = described.comments.iter().map(|comment| comment.into()).collect();
    let context = Context {
        number: described.number.unwrap_or(1),
        time: described.time,
        interface: described.interface,
        interface_name: described.interface_name.as_deref(),
        comments: &comments,
        ..Context::default()
    };
    read(&serde_json::to_string(&Object::new(&packet, context)).unwrap())
}
