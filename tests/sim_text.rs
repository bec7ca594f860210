//! Texts about hosts: commands, presets, labs of others.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod sim_text {
    mod ip;
    mod labs;
    mod presets;
}
