//! A renderer writes packets into every format that people paste, and each is read back to the same bytes.
