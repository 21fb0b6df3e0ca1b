//! Guessing what a misspelt name was meant to be.

/// The candidate nearest to a name, when one is near enough to be worth offering.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    let folded = fold(name);
    // Of two names whose lengths differ by more, more than the limit is to be put in.
    let may_be_near = |candidate: &Vec<char>| candidate.len().abs_diff(folded.len()) <= limit;
    candidates
        .into_iter()
        .map(|candidate| (fold(candidate), candidate))
        .filter(|(letters, _)| may_be_near(letters))
        .filter_map(|(letters, candidate)| Some((distance(&folded, &letters, limit)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Case and underscores are what people get wrong most; they count for nothing.
fn fold(name: &str) -> Vec<char> {
    name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

/// The edit distance of Levenshtein, one row at a time; `None` where it is over the limit.
fn distance(from: &[char], to: &[char], limit: usize) -> Option<usize> {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, left) in from.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, right) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
        // No row has less than the least of the one before.
        if row.iter().all(|distance| *distance > limit) {
            return None;
        }
    }
    Some(row[to.len()]).filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_case_underscore_or_one_letter_is_recognised() {
        for (name, expected) in [
            ("type_id", Some("typeId")),
            ("readPents", Some("readPent")),
            ("TodoUsr", Some("TodoUser")),
            ("Zebra", None),
        ] {
            assert_eq!(nearest(name, ["typeId", "readPent", "TodoUser"]), expected, "{name}");
        }
    }
}
