//! Names that are like a pattern, and names that are like a word that is none.

#[cfg(any(
    feature = "filter",
    feature = "expression",
    feature = "diff",
    feature = "tap",
    feature = "sim"
))]
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
#[cfg(any(
    feature = "filter",
    feature = "expression",
    feature = "diff",
    feature = "tap",
    feature = "sim"
))]
use alloc::vec::Vec;

/// The names that are most like `wanted`: at most three, the nearest first.
#[cfg(any(feature = "filter", feature = "expression", feature = "diff", feature = "tap", feature = "sim"))]
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = wanted.to_ascii_lowercase();
    let near = wanted.len().div_ceil(4).max(1);
    let distance = |name: &'a str| (strsim::damerau_levenshtein(&wanted, &name.to_ascii_lowercase()), name);
    let mut found: Vec<(usize, &str)> = names.map(distance).filter(|(away, _)| *away <= near).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

/// Suggestions as a question, if there are any: `did you mean tcp.port or tcp.dstport?`
pub(crate) fn did_you_mean(suggestions: &[String]) -> Option<String> {
    let (last, before) = suggestions.split_last()?;
    Some(match before {
        [] => format!("did you mean {last}?"),
        _ => format!("did you mean {} or {last}?", before.join(", ")),
    })
}

/// Whether a name is like a pattern, in which `*` stands for any letters, or none.
#[cfg(any(feature = "diff", feature = "assertion"))]
pub(crate) fn is_like(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut in_name) = (0usize, 0usize);
    // The last star, and how much of the name it takes so far.
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = name.get(in_name) {
        match (pattern.get(at), star) {
            (Some(b'*'), _) => {
                star = Some((at, in_name));
                at = at.saturating_add(1);
            }
            (Some(wanted), _) if wanted.eq_ignore_ascii_case(letter) => {
                at = at.saturating_add(1);
                in_name = in_name.saturating_add(1);
            }
            (_, Some((place, taken))) => {
                at = place.saturating_add(1);
                in_name = taken.saturating_add(1);
                star = Some((place, in_name));
            }
            (_, None) => return false,
        }
    }
    pattern.iter().skip(at).all(|letter| *letter == b'*')
}

#[cfg(all(test, any(feature = "diff", feature = "assertion")))]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_letters() {
        for (pattern, name) in [
            ("ip.id", "ip.id"),
            ("*.checksum", "udp.checksum"),
            ("*", "x"),
            ("tcp.*stamp.*", "tcp.options.timestamp.tsval"),
            ("IP.ID", "ip.id"),
            ("a*b*c", "axbxbc"),
        ] {
            assert!(is_like(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("ip.id", "ip.id2"),
            ("ip.id", "ip.i"),
            ("*.checksum", "ip.checksum.x"),
            ("a*b*c", "axcxb"),
            ("", "a"),
        ] {
            assert!(!is_like(pattern, name), "{pattern} {name}");
        }
    }
}
