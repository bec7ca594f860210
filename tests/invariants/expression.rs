//! What holds for any expression, and for the expression of any packet.

use layercake::packet::{Decoder, Frame, LinkType};
use layercake::text::expression::{self, Expression, Pattern};

pub fn any(data: &[u8]) {
    // The first byte says whether a text follows, or a packet.
    let Some((kind, rest)) = data.split_first() else { return };
    if kind & 1 == 1 {
        return back(LinkType(u32::from(kind >> 1)), rest);
    }
    let text = String::from_utf8_lossy(rest);
    match Expression::parse(&text) {
        Ok(expression) => {
            let Ok(bytes) = expression.to_vec() else { return };
            assert!(bytes.len() <= 300_000, "{} bytes of {text}", bytes.len());
            back(expression.link().unwrap_or(LinkType::ETHERNET), &bytes);
        }
        Err(bad) => mistake(&text, &bad),
    }
    match Pattern::parse(&text) {
        Ok(pattern) => {
            let packet = [0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2];
            if let Err(mismatch) = pattern.check(&Decoder::new().packet(Frame::raw(&packet[..]))) {
                assert!(!mismatch.differences.is_empty());
            }
        }
        Err(bad) => mistake(&text, &bad),
    }
}

fn mistake(text: &str, bad: &expression::BadExpression) {
    assert!(text.get(bad.span.clone()).is_some(), "{bad:?} points into {text:?}");
    assert!(!bad.message.is_empty());
}

/// The expression of a packet makes the packet.
fn back(link: LinkType, bytes: &[u8]) {
    let packet = Decoder::new().packet(Frame::new(link, bytes));
    let text = expression::of(&packet);
    let again = Expression::parse(&text).unwrap_or_else(|bad| panic!("{bad}: {text}")).to_vec();
    assert_eq!(again.as_deref(), Ok(bytes), "{text}");
    // As a pattern it can say less than the packet: bytes behind the fields of a header have no place there.
    if let Ok(pattern) = Pattern::parse(&text)
        && let Err(mismatch) = pattern.check(&packet)
    {
        assert!(!mismatch.to_string().is_empty());
    }
}
