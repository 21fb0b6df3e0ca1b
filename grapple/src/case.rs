//! GraphQL names as Rust names.

/// Words that can be written as `r#word`.
const RAW: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Words that cannot.
const NEVER_RAW: &[&str] = &["self", "Self", "super", "crate", "_"];

/// Whether a text is a name as Rust writes it: a keyword only where it is escaped, and can be.
pub(crate) fn is_name(text: &str) -> bool {
    let bare = text.strip_prefix("r#").unwrap_or(text);
    let starts = bare.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let is_word = starts && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_keyword = NEVER_RAW.contains(&bare) || (RAW.contains(&bare) && bare.len() == text.len());
    is_word && !is_keyword
}

/// `openItemCount` as `open_item_count`; a keyword escaped.
pub(crate) fn value_name(name: &str) -> String {
    escape(snake(name))
}

/// `IN_PROGRESS`, `inProgress` or `in_progress` as `InProgress`; a name that is already so stays.
pub(crate) fn type_name(name: &str) -> String {
    escape(pascal(name))
}

/// `openItemCount` as `open_item_count`, `HTMLPage` as `html_page`; not escaped, for use within longer names.
pub(crate) fn snake(name: &str) -> String {
    words(name).iter().map(|word| word.to_lowercase()).collect::<Vec<_>>().join("_")
}

/// A type's name as that of a field: `TodoUser` as `todoUser`, `HTTPServer` as `httpServer`.
pub(crate) fn field_name(ty: &str) -> String {
    let first = words(ty).first().map_or(0, String::len);
    let start = ty.len() - ty.trim_start_matches('_').len();
    format!("{}{}{}", &ty[..start], ty[start..start + first].to_lowercase(), &ty[start + first..])
}

/// The plural that English makes by rule: `author` as `authors`, `category` as `categories`, `box` as `boxes`.
pub(crate) fn plural(name: &str) -> String {
    let stem = name.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match stem {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "z", "ch", "sh"].iter().any(|end| name.ends_with(end)) => format!("{name}es"),
        None => format!("{name}s"),
    }
}

fn pascal(name: &str) -> String {
    let camel = name.starts_with(|first: char| first.is_ascii_uppercase())
        && !name.contains('_')
        && (name.len() == 1 || name.contains(|letter: char| letter.is_ascii_lowercase()));
    if camel {
        return name.to_owned();
    }
    let joined: String = words(name).iter().map(|word| capitalised(word)).collect();
    match joined.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("_{joined}"),
        _ => joined,
    }
}

/// Splits at underscores, before a capital that follows a small letter or digit, and before the last capital of
/// an acronym that a small letter follows.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(at + 1);
        let starts = letter.is_ascii_uppercase()
            && before.is_some_and(|before| !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase));
        if (starts || *letter == '_') && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if *letter != '_' {
            word.push(*letter);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect())
}

fn escape(name: String) -> String {
    let digit_first = name.starts_with(|first: char| first.is_ascii_digit());
    match name.as_str() {
        "" => "__".to_owned(),
        word if NEVER_RAW.contains(&word) => format!("{word}_"),
        word if RAW.contains(&word) => format!("r#{word}"),
        word if digit_first => format!("_{word}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::{field_name, plural, type_name, value_name};

    #[test]
    fn types_lend_their_names_to_fields_of_one_and_of_many() {
        for (ty, one, many) in [
            ("Author", "author", "authors"),
            ("TodoUser", "todoUser", "todoUsers"),
            ("HTTPServer", "httpServer", "httpServers"),
            ("Category", "category", "categories"),
            ("Day", "day", "days"),
            ("Box", "box", "boxes"),
            ("_Inner", "_inner", "_inners"),
            ("todo_list", "todo_list", "todo_lists"),
            ("A", "a", "as"),
        ] {
            assert_eq!((field_name(ty).as_str(), plural(&field_name(ty)).as_str()), (one, many), "{ty}");
        }
    }

    #[test]
    fn field_names_become_snake_case_and_keywords_are_escaped() {
        for (name, expected) in [
            ("openItemCount", "open_item_count"),
            ("HTMLPage", "html_page"),
            ("pageHTML", "page_html"),
            ("already_snake", "already_snake"),
            ("line2", "line2"),
            ("type", "r#type"),
            ("gen", "r#gen"),
            ("self", "self_"),
            ("super", "super_"),
            ("crate", "crate_"),
            ("Self", "self_"),
            ("_1", "_1"),
        ] {
            assert_eq!(value_name(name), expected, "{name}");
        }
    }

    #[test]
    fn type_names_become_camel_case_and_stay_when_they_are() {
        for (name, expected) in [
            ("TodoUser", "TodoUser"),
            ("HTTPServer", "HTTPServer"),
            ("OPEN", "Open"),
            ("IN_PROGRESS", "InProgress"),
            ("todo_user", "TodoUser"),
            ("i32", "I32"),
            ("SELF", "Self_"),
            ("A", "A"),
            ("_2D", "_2D"),
        ] {
            assert_eq!(type_name(name), expected, "{name}");
        }
    }
}
