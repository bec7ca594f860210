//! What holds for any text that is read as hex.

use layercake::text::hex::{Reason, read};

pub fn any(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match read(&text) {
        Ok(bytes) => {
            assert!(!bytes.is_empty() && bytes.len() <= text.len() / 2);
            assert_eq!(
                read(&super::hex(&bytes)).as_ref(),
                Ok(&bytes),
                "what was read, written and read again"
            );
        }
        Err(error) => {
            assert!(text.get(error.span.clone()).is_some(), "{error:?} points into the text {text:?}");
            assert!(error.reason == Reason::Empty || !error.span.is_empty(), "{error:?} in {text:?}");
            assert!(!error.to_string().is_empty());
        }
    }
}
