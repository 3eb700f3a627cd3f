//! Names that are not known, and what was probably meant.

/// The most bytes of an unknown name that a near one is sought for.
const LONGEST_UNKNOWN: usize = 64;

/// The closest of the known names, where one is close enough to have been meant.
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if unknown.len() > LONGEST_UNKNOWN {
        return None;
    }
    let lower = unknown.to_lowercase();
    let length = lower.chars().count();
    let most = |name: &str| 2.max(name.chars().count() / 4);
    known
        .into_iter()
        // A comparison takes time in proportion to the product of both lengths. The distance between two names is at least the
        // difference of their lengths, so a name of very different length needs no comparison.
        .filter(|name| name.len() <= 2 * 4 * LONGEST_UNKNOWN)
        .filter(|name| name.chars().count().abs_diff(length) <= most(name))
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(distance, name)| {
            // Short names that have little in common are near by their length alone.
            *distance <= most(name) && distance * 2 <= length.max(name.chars().count())
        })
        .min()
        .map(|(_, name)| name)
}

/// How many known names are listed. An indicator can have thousands of codes, and a request as many unknown ones.
const LISTED: usize = 60;

/// The first names of a list, and how many more there are.
pub fn first_names(names: &[&str]) -> String {
    let mut list = names.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    if let Some(more) = names.len().checked_sub(LISTED).filter(|more| *more > 0) {
        list.push_str(&format!(" and {more} more"));
    }
    list
}

/// "`x` is not known here; did you mean `y`? Known are: …".
pub fn unknown_name(what: &str, unknown: &str, known: &[&str]) -> String {
    let shown: String = unknown.chars().take(60).collect();
    let known_list = first_names(known);
    match nearest(unknown, known.iter().copied()) {
        Some(near) => {
            format!("`{shown}` is not a known {what}; did you mean `{near}`? Known are: {known_list}.")
        }
        None if known.is_empty() => format!("`{shown}` is not a known {what}; none is taken here."),
        None => format!("`{shown}` is not a known {what}. Known are: {known_list}."),
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_near_name_is_offered() {
        assert_eq!(nearest("titel", ["title", "number"]), Some("title"));
        assert_eq!(nearest("Sort", ["sort", "limit"]), Some("sort"));
        assert_eq!(nearest("zzzz", ["sort", "limit"]), None);
        assert_eq!(nearest("EN", ["EM", "WM"]), Some("EM"));
        assert_eq!(nearest("Einbruche", ["Einbrüche", "Übergriffe"]), Some("Einbrüche"));
        // A megabyte is not compared: it would take seconds.
        let long = "titel ".repeat(200_000);
        assert_eq!(nearest("title", [long.as_str(), "titel"]), Some("titel"));
    }
}
