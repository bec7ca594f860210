//! A packet's bytes as source code: what goes into a test or a program.

use std::fmt::Write;

/// A language that bytes are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// `static const unsigned char packet[] = {...};`
    C,
    /// `const PACKET: [u8; 42] = [...];`
    Rust,
    /// `packet = bytes.fromhex(...)`
    Python,
    /// `var packet = []byte{...}`
    Go,
}

/// Bytes in a line.
const ROW: usize = 12;

/// Bytes as the declaration of a constant with this name, which must be one in the language.
///
/// ```
/// use layercake::render::source::{Language, source};
///
/// assert_eq!(source(&[0x45, 0x00], Language::C, "packet"), "static const unsigned char packet[2] = {\n    0x45, 0x00,\n};\n");
/// assert_eq!(source(&[0x45, 0x00], Language::Python, "packet"), "packet = bytes.fromhex(\n    \"4500\"\n)\n");
/// ```
pub fn source(bytes: &[u8], language: Language, name: &str) -> String {
    let length = bytes.len();
    let (begin, end) = match language {
        // An array without elements is none.
        Language::C => (format!("static const unsigned char {name}[{}] = {{\n", length.max(1)), "};\n"),
        Language::Rust => (format!("const {}: [u8; {length}] = [\n", name.to_ascii_uppercase()), "];\n"),
        Language::Python => (format!("{name} = bytes.fromhex(\n"), ")\n"),
        Language::Go => (format!("var {name} = []byte{{\n"), "}\n"),
    };
    let mut text = begin;
    let rows = bytes.chunks(if language == Language::Python { 2 * ROW } else { ROW });
    for row in rows {
        let _ = match language {
            Language::Python => writeln!(text, "    \"{}\"", hex::encode(row)),
            _ => {
                let all: Vec<String> = row.iter().map(|byte| format!("0x{byte:02x}")).collect();
                writeln!(text, "    {},", all.join(", "))
            }
        };
    }
    match (language, bytes) {
        (Language::C, []) => text.push_str("    0\n"),
        (Language::Python, []) => text.push_str("    \"\"\n"),
        _ => {}
    }
    text.push_str(end);
    text
}
