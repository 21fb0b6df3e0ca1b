//! The sentences of `docs/architecture.md` that can be checked.

use tests::sources::{Source, read, sources};

/// Which crate of the workspace may name which other.
const ARROWS: [(&str, &[&str]); 3] = [("kvetch", &[]), ("pent", &["kvetch"]), ("grapple", &[])];

/// Which foreign crate is named in which module alone, or in which file.
const DOORS: [(&str, &str, &[&str]); 24] = [
    ("kvetch", "rusqlite", &["embedded"]),
    ("kvetch", "mysql_async", &["mysql"]),
    ("kvetch", "clap", &["bin"]),
    ("kvetch", "indicatif", &["bin"]),
    ("kvetch", "serde_json", &["bin"]),
    ("kvetch", "tracing_subscriber", &["bin"]),
    ("pent", "juniper", &["graphql"]),
    ("pent", "axum", &["http"]),
    ("pent", "hyper", &["http"]),
    ("pent", "hyper_util", &["http"]),
    ("pent", "tower_http", &["http"]),
    // A scope needs no runtime; what it has to tell one that it finds itself in stands in one place.
    ("pent", "tokio", &["http", "scope/runtime.rs"]),
    ("pent", "clap", &["cli"]),
    ("pent", "serde", &["cli"]),
    ("pent", "toml", &["cli"]),
    ("grapple", "apollo_compiler", &["sdl"]),
    ("grapple", "clap", &["bin"]),
    ("grapple", "clap_complete", &["bin"]),
    ("grapple", "serde_json", &["bin"]),
    ("grapple", "rustix", &["bin"]),
    ("grapple", "signal_hook", &["bin"]),
    ("grapple", "quote", &["emit"]),
    ("grapple", "syn", &["emit"]),
    ("grapple", "prettyplease", &["emit"]),
];

#[test]
fn crates_depend_on_siblings_only_along_the_arrows() {
    for (name, allowed) in ARROWS {
        let manifest = read(&format!("{name}/Cargo.toml"));
        for (sibling, _) in ARROWS {
            let depends = manifest
                .lines()
                .any(|line| line.strip_prefix(sibling).is_some_and(|rest| rest.trim_start().starts_with(['.', '='])));
            assert!(!depends || allowed.contains(&sibling), "{name} must not depend on {sibling}");
        }
    }
}

#[test]
fn only_the_tests_of_a_library_depend_on_the_testkit() {
    for (name, _) in ARROWS {
        let manifest = read(&format!("{name}/Cargo.toml"));
        let mut section = "";
        for line in manifest.lines() {
            section = if line.starts_with('[') { line } else { section };
            let named = line.starts_with("testkit") || section == "[dependencies.testkit]";
            assert!(!named || section.starts_with("[dev-dependencies"), "{name}: {section} names the testkit");
        }
        let names = read("testkit/Cargo.toml").lines().any(|line| line.starts_with(name));
        assert!(!names, "testkit names {name}: it could not be used in the tests of that");
    }
}

#[test]
fn foreign_crates_are_named_behind_their_door_alone() {
    for (name, foreign, doors) in DOORS {
        for source in sources(name) {
            let module = source.path.split(['/', '.']).next().unwrap_or_default();
            let names = source.lines.iter().find(|line| mentions(line, foreign));
            if let Some(line) = names {
                let is_door = doors.iter().any(|door| [module, &source.path].contains(door));
                assert!(is_door, "{name}/src/{} names {foreign}: {line}", source.path);
            }
        }
    }
}

#[test]
fn a_module_uses_only_modules_that_stand_above_it() {
    for name in ARROWS.map(|(name, _)| name).into_iter().chain(["testkit"]) {
        let all = sources(name);
        let root = all.iter().find(|source| source.path == "lib.rs").expect("a library has a root");
        let order = root.lines.iter().filter_map(|line| module_of(line)).collect::<Vec<_>>();
        assert!(order.len() > 3, "{name}: the order of modules was found in lib.rs: {order:?}");
        for source in &all {
            let module = source.path.split(['/', '.']).next().unwrap_or_default();
            let Some(place) = order.iter().position(|known| *known == module) else { continue };
            let code = code_before_tests(&source.lines).map(String::as_str).collect::<Vec<_>>().join("\n");
            for used in used_of_crate(&code) {
                let known = order.iter().position(|known| *known == used);
                let below = known.is_some_and(|known| known > place);
                assert!(!below, "{name}/src/{}: {module} uses {used}, which stands below it", source.path);
            }
        }
    }
}

/// Rules are asked in `pent::cx`. Whoever loaded from the scope beside it, or wrote to the store, would pass them by.
#[test]
fn only_the_context_loads_from_the_scope_and_writes_to_the_store() {
    let inside = ["Load::new(", "kvetch.round(", "kvetch.create", "kvetch.update(", "kvetch.upsert(", "kvetch.delete("];
    let mut found = 0;
    for source in sources("pent") {
        let is_inside = source.path.starts_with("cx/") || source.path.starts_with("scope/");
        for line in code_before_tests(&source.lines).filter(|line| inside.iter().any(|call| line.contains(call))) {
            assert!(is_inside, "pent/src/{} goes past the rules: {line}", source.path);
            found += 1;
        }
    }
    assert!(found > 8, "the calls are known by other names: {found}");
}

/// A program over its own sources takes pent without it.
#[test]
fn pent_depends_on_tokio_by_a_feature_alone() {
    let manifest = read("pent/Cargo.toml");
    let (_, dependencies) = manifest.split_once("\n[dependencies]\n").expect("it has dependencies");
    let line = dependencies.lines().find(|line| line.starts_with("tokio "));
    assert!(line.is_some_and(|line| line.contains("optional = true")), "{line:?}");
    let gated = |source: &Source| source.lines.iter().any(|line| line.contains("feature = \"tokio\""));
    let gated = sources("pent").into_iter().filter(gated).map(|source| source.path);
    assert_eq!(gated.collect::<Vec<_>>(), ["scope/runtime.rs"]);
}

#[test]
fn only_the_prelude_of_a_test_may_print() {
    // Libraries log; they never print. Binaries have their own crate roots.
    for name in ["kvetch", "pent", "testkit"] {
        for source in sources(name) {
            if source.path.starts_with("bin/") || source.path == "main.rs" {
                continue;
            }
            let prints = source.lines.iter().find(|line| line.contains("println!") || line.contains("eprintln!"));
            assert_eq!(prints, None, "{name}/src/{} prints", source.path);
        }
    }
}

/// The command prints, and reads the command line and JSON; a program that uses the library pays for none of it.
#[test]
fn what_the_command_needs_is_optional_to_the_library() {
    let manifest = read("kvetch/Cargo.toml");
    let (_, dependencies) = manifest.split_once("\n[dependencies]\n").expect("it has dependencies");
    let (dependencies, _) = dependencies.split_once("\n[").expect("something follows");
    for name in ["clap", "indicatif", "serde_json", "tracing-subscriber"] {
        let line = dependencies.lines().find(|line| line.starts_with(&format!("{name} ")));
        assert!(line.is_some_and(|line| line.contains("optional = true")), "{name}: {line:?}");
    }
    let inside = |line: &&String| {
        ["kvetch::conformance", "crate::embedded", "crate::front"].iter().any(|path| line.contains(path))
    };
    for source in sources("kvetch").iter().filter(|source| source.path.starts_with("bin/")) {
        assert_eq!(source.lines.iter().find(inside), None, "kvetch/src/{} reaches inside", source.path);
    }
}

/// The lines of a file above its unit tests: tests may use anything.
fn code_before_tests(lines: &[String]) -> impl Iterator<Item = &String> {
    lines.iter().take_while(|line| !line.starts_with("#[cfg(test)]"))
}

/// Whether a line of code names a crate: `foreign::` or `use foreign`.
fn mentions(line: &str, foreign: &str) -> bool {
    let path = format!("{foreign}::");
    line.match_indices(&path)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

/// The name in a line such as `pub(crate) mod name;`.
fn module_of(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("mod ")?;
    rest.strip_suffix(';').filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

/// What code names of its own crate: `name` in `crate::name`, and both in `crate::{name, other::Item}`.
fn used_of_crate(code: &str) -> Vec<&str> {
    let mut used = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            None => used.push(first_name(rest)),
            Some(list) => {
                let mut depth = 0;
                for (start, item) in list.char_indices().filter(|(_, c)| matches!(c, '{' | '}' | ',')) {
                    match item {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        _ if depth == 0 => used.push(first_name(list[start + 1..].trim_start())),
                        _ => {}
                    }
                }
                used.push(first_name(list.trim_start()));
            }
        }
    }
    used
}

fn first_name(code: &str) -> &str {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

#[test]
fn names_in_lists_are_seen() {
    let used =
        used_of_crate("use crate::{\n    alpha,\n    beta::{One, Two},\n    Gamma,\n};\nuse crate::delta::Three;");
    assert_eq!(used, ["beta", "Gamma", "", "alpha", "delta"]);
}
