//! The house itself: nothing imports upwards, and no kind is without what is asked of every kind.

use std::path::Path;

use serde_json::json;

use crate::support::TestApp;

/// The floors, from the ground; a file may name its own floor and those below.
const FLOORS: &[&[&str]] = &[
    // Pure: below the ground, so that it may not even ask for the time.
    &["stats"],
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

/// What is asked of every kind, and where: each goes over the kinds as the house has them, and none has a list of
/// its own.
const SWEEPS: &[(&str, &str, &[&str])] = &[
    ("who may do what", include_str!("access_matrix.rs"), &["for kind in &app.state.kinds"]),
    (
        "silence",
        include_str!("silence.rs"),
        &["for kind in app.workflow_kinds()", "for kind in &app.state.kinds"],
    ),
    ("plans of lists", include_str!("plans_of_lists.rs"), &["for kind in &app.state.kinds"]),
    ("concurrency", include_str!("concurrency.rs"), &["for kind in app.state.kinds.clone()"]),
    ("statements", include_str!("queries.rs"), &["for kind in app.state.kinds.clone()"]),
    ("bundles", include_str!("bundles.rs"), &["for kind in &kinds", "for kind in app.state.kinds.clone()"]),
];

#[actix_web::test]
async fn no_kind_is_without_the_sweeps() {
    for (what, text, loops) in SWEEPS {
        for each in *loops {
            assert!(
                text.contains(each),
                "{what}: no `{each}` any more; ask it of every kind, and say here how"
            );
        }
    }
    // What the sweeps stand on: an example that can be made, and published where there is something to publish.
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        let name = kind.def.name;
        assert!(kind.example.is_object(), "{name} has no example()");
        let address = app.published(name).await;
        let shown = app.get(None, &address).await.expect(200).json();
        assert_eq!((&shown["kind"], &shown["version"]), (&json!(name), &json!(1)));
        // Again, since a sweep makes several.
        app.published(name).await;
        for verb in ["list_", "get_", "create_", "update_"] {
            let found = onrecord::resources::operations().iter().any(|operation| {
                operation.kind.is_some_and(|of| of.def.name == name) && operation.id.starts_with(verb)
            });
            assert!(found, "{name} has no operation {verb}…");
        }
    }
}
