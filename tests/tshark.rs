//! Every field against tshark.
