//! What holds for any script.

use layercake::drill::{Drill, Verdict};

pub fn any(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let report = Drill::new(&text).run();
    // Where it points to is in the script, and what it says can be said.
    if let Some(span) = report.span() {
        assert!(text.get(span.clone()).is_some(), "{span:?} of {} bytes: {report}", text.len());
    }
    assert!(!report.to_string().is_empty());
    if let Verdict::Failed(failure) = &report.verdict {
        assert!(!failure.message.is_empty());
    }
    // The same again is the same.
    let again = Drill::new(&text).run();
    assert_eq!(again.to_string(), report.to_string());
    assert_eq!((again.elapsed, again.crossings.len()), (report.elapsed, report.crossings.len()));
    for (one, other) in again.crossings.iter().zip(&report.crossings) {
        assert_eq!((one.at, &one.bytes), (other.at, &other.bytes));
    }
}
