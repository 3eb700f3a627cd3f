//! The house itself: nothing imports upwards.

use std::path::Path;

/// The floors, from the ground; a file may name its own floor and those below.
const FLOORS: &[&[&str]] = &[
    &["clock", "config", "problem", "metrics"],
    &["store"],
    &["access"],
    &["record"],
    &["http"],
    &["bundle"],
    &["resources"],
    &["openapi"],
    &["app", "demo"],
    // The binary, which names the library as `onrecord::`.
    &["cli"],
    &["main"],
];

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&module))
        .unwrap_or_else(|| panic!("{module} is on no floor"))
}

fn files(directory: &Path, all: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push(path);
        }
    }
}

#[test]
fn nothing_imports_upwards() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = vec![];
    files(&root, &mut all);
    let mut checked = 0;
    for path in all {
        let inside = path.strip_prefix(&root).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let text = code.join("\n");
        for (at, _) in text.match_indices("crate::") {
            let named: String = text[at + 7..]
                .chars()
                .take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
                .collect();
            if named.is_empty() {
                continue;
            }
            assert!(floor(&named) <= floor(module), "{} names crate::{named}", inside.display());
            checked += 1;
        }
    }
    assert!(checked > 100);
}
