//! The names that are most like a word that is none: what may have been meant.

/// The names that are most like `wanted`: at most three, the nearest first.
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
