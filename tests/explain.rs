//! What `explain` says and draws. The snapshots are for reading beside the RFCs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use layercake::explain::Diagram;
use layercake::packet::registry::{KINDS, built_in};

#[test]
fn drawings_of_all_headers() {
    let mut text = String::new();
    for kind in KINDS {
        let protocol = built_in(*kind).unwrap();
        text += &format!(
            "{} ({}), {}\n{}\n",
            protocol.name,
            protocol.prefix,
            protocol.spec,
            Diagram::of(protocol)
        );
    }
    insta::assert_snapshot!("drawings", text);
}
