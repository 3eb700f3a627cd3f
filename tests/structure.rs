//! The structure of the source: which file may import which, no modules inside macros, no long files, and no kind that
//! is left out of what is asked of every kind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::json;

pub use self::source::Files;
use self::source::{Named, Source, module_of};
use crate::support::TestApp;

mod source;

/// The layers, from the ground; a file may import from its own layer and from those below. Each entry is a file or a
/// folder of `src`.
const LAYERS: &[&[&str]] = &[
    // Pure arithmetic: it may not even ask for the time.
    &["stats"],
    &[
        "allowance",
        "clock",
        "config",
        "csv_rows",
        "hex",
        "logging",
        "metrics",
        "problem",
        "sheet",
        "text_encoding",
        "validation",
        "workbook",
        "zip_directory",
    ],
    &["store"],
    &["access"],
    &["record"],
    &["http"],
    &["bundle"],
    &["resources"],
    &["openapi", "pages"],
    &["app", "demo"],
    // The binary, which names the library as `onrecord::`.
    &["cli"],
    &["main"],
];

/// The most lines of a file in `src`, and in `tests`.
const MOST_LINES: usize = 400;
const MOST_LINES_OF_TESTS: usize = 600;

/// Everyday words that say nothing about what a name stands for: say `requested`, `expected`, `stored`, `cursor`.
const VAGUE_NAMES: &[&str] = &[
    "told", "asked", "wanted", "given", "behind", "kept", "took", "taken", "settle", "mark", "door", "dress",
    // Types that had such names: docs/glossary.md says what each is called.
    "Sight", "Deed", "Beside", "Took", "Taken", "Follow", "Begun", "Dressed", "Hanging",
];

/// Which file imports from which, with the imports as they are written.
type Imports = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The imports between files. Who imports a name that another file re-exports imports from where that is defined.
fn imports(files: &Files) -> Imports {
    let modules: BTreeMap<Vec<String>, &str> =
        files.keys().map(|file| (module_of(file), file.as_str())).collect();
    let is_module = |path: &[String]| modules.contains_key(path);
    let sources: BTreeMap<&str, Source> =
        files.iter().map(|(file, text)| (file.as_str(), source::read(file, text, &is_module))).collect();
    let mut all = Imports::new();
    for (file, source) in &sources {
        let found = all.entry((*file).to_owned()).or_default();
        for Named { path, written } in &source.named {
            let imported = defined_in(path, &modules, &sources);
            if imported != *file {
                let written_here: &mut Vec<String> = found.entry(imported.to_owned()).or_default();
                if !written_here.contains(written) {
                    written_here.push(written.clone());
                }
            }
        }
    }
    all
}

/// The file that defines what a path names: that of the longest module in it, or where this has it from.
fn defined_in<'a>(
    path: &[String],
    modules: &BTreeMap<Vec<String>, &'a str>,
    sources: &BTreeMap<&str, Source>,
) -> &'a str {
    let mut path = path.to_vec();
    // More than a few re-exports of re-exports would be a circle of them.
    for _ in 0..8 {
        let length =
            (0..=path.len()).rev().find(|length| modules.contains_key(&path[..*length])).unwrap_or(0);
        let Some(file) = modules.get(&path[..length]) else { break };
        let exported = path.get(length).and_then(|name| sources[file].exported.get(name));
        match exported {
            Some(from) => path = [from, &path[length + 1..]].concat(),
            None => return file,
        }
    }
    modules.get(&[] as &[String]).copied().unwrap_or("lib.rs")
}

/// The circles of files: each is a set of files of which every one leads to every other, with a way around it.
fn circles(imports: &Imports) -> Vec<(BTreeSet<String>, String)> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|file| (file.as_str(), reached_from(file, imports))).collect();
    let mut seen = BTreeSet::new();
    let mut all = vec![];
    for (file, from_here) in &reached {
        if !from_here.contains(file) || seen.contains(file) {
            continue;
        }
        let circle: BTreeSet<&str> =
            from_here.iter().copied().filter(|other| reached[other].contains(file)).collect();
        seen.extend(circle.iter().copied());
        all.push((circle.iter().map(|file| (*file).to_owned()).collect(), way_around(file, imports)));
    }
    all
}

fn reached_from<'a>(file: &str, imports: &'a Imports) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = imports[file].keys().map(String::as_str).collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(imports.get(next).into_iter().flat_map(BTreeMap::keys).map(String::as_str));
        }
    }
    reached
}

/// The shortest way from a file back to itself, with an import for each step.
fn way_around(file: &str, imports: &Imports) -> String {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([file]);
    while let Some(next) = open.pop_front() {
        for imported in imports.get(next).into_iter().flat_map(BTreeMap::keys) {
            if !came_from.contains_key(imported.as_str()) {
                came_from.insert(imported, next);
                open.push_back(imported);
            }
        }
    }
    let (mut steps, mut at) = (vec![], file);
    loop {
        let from = came_from[at];
        steps.push(format!("  {from} names {}, which is in {at}", imports[from][at].join(", ")));
        at = from;
        if at == file {
            break;
        }
    }
    steps.reverse();
    steps.join("\n")
}

fn layer(file: &str) -> Result<usize, String> {
    let name = file.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    let found = LAYERS.iter().position(|layer| layer.contains(&name));
    found.ok_or_else(|| format!("{file} is in no layer: say in tests/structure.rs in which `{name}` is"))
}

/// Files that import each other in a circle.
fn faults_of_circles(files: &Files) -> Vec<String> {
    circles(&imports(files))
        .into_iter()
        .map(|(circle, way)| {
            let names: Vec<String> = circle.into_iter().collect();
            format!("{} import each other in a circle:\n{way}", names.join(", "))
        })
        .collect()
}

/// Imports from a higher layer.
fn faults_of_layers(files: &Files) -> Vec<String> {
    let mut faults = vec![];
    for (file, targets) in imports(files) {
        if file == "lib.rs" {
            continue;
        }
        let own = match layer(&file) {
            Ok(own) => own,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        for (imported, written) in targets {
            if imported != "lib.rs" && layer(&imported).is_ok_and(|imported| imported > own) {
                faults.push(format!("{file} imports upwards from {imported}: {}", written.join(", ")));
            }
        }
    }
    faults
}

/// Modules that a macro declares.
fn faults_of_macros(files: &Files) -> Vec<String> {
    let hidden = |(file, text): (&String, &String)| {
        let hidden = source::read(file, text, &|_| false).hidden_modules;
        hidden.into_iter().map(|module| format!("{file} has `{module}` inside a macro")).collect::<Vec<_>>()
    };
    files.iter().flat_map(hidden).collect()
}

/// Files with too many lines.
fn faults_of_lengths(files: &Files, most: usize) -> Vec<String> {
    let counted = files.iter().map(|(file, text)| (file, text.lines().count()));
    counted
        .filter(|(_, lines)| *lines > most)
        .map(|(file, lines)| format!("{file} has {lines} lines; at most {most}: split it by subject"))
        .collect()
}

/// Names that say nothing.
fn faults_of_names(files: &Files) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for (file, text) in files {
        let tokens = source::tokens(text);
        let vague = tokens.iter().filter(|token| VAGUE_NAMES.contains(&token.as_str()));
        faults.extend(vague.map(|name| format!("{file} names something `{name}`: say what it is")));
    }
    faults.into_iter().collect()
}

/// The files of a folder of the crate.
pub fn files_of(folder: &str) -> Files {
    fn collect(root: &Path, folder: &Path, all: &mut Files) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, all);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                all.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut all = Files::new();
    collect(&root, &root, &mut all);
    assert!(all.len() > 20, "{folder}");
    all
}

#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    none(&faults_of_circles(&files_of("src")));
}

#[test]
fn nothing_imports_upwards() {
    let files = files_of("src");
    let number: usize = imports(&files).values().map(BTreeMap::len).sum();
    assert!(number > 500, "{number} imports were found, and there are many more");
    none(&faults_of_layers(&files));
}

#[test]
fn no_module_is_declared_inside_a_macro() {
    none(&faults_of_macros(&files_of("src")));
    none(&faults_of_macros(&files_of("tests")));
}

#[test]
fn no_file_is_too_long() {
    none(&faults_of_lengths(&files_of("src"), MOST_LINES));
    none(&faults_of_lengths(&files_of("tests"), MOST_LINES_OF_TESTS));
}

/// Cargo builds no tests of the program: those of `tests/` run it whole.
fn faults_of_the_program(files: &Files) -> Vec<String> {
    let of_the_program = |file: &str| file == "main.rs" || file.starts_with("cli/") || file == "cli.rs";
    let has_tests =
        |text: &str| ["#[test]", "#[cfg(test)]", "#[actix_web::test]"].iter().any(|one| text.contains(one));
    files
        .iter()
        .filter(|(file, text)| of_the_program(file) && has_tests(text))
        .map(|(file, _)| {
            format!("{file} has tests, which would never run: Cargo.toml has `test = false` for the program")
        })
        .collect()
}

#[test]
fn the_program_has_no_tests_that_would_never_run() {
    none(&faults_of_the_program(&files_of("src")));
    let planted = planted("main.rs", "\n#[cfg(test)]\nmod tests {}\n");
    assert!(faults_of_the_program(&planted)[0].starts_with("main.rs has tests"));
}

#[test]
fn no_name_is_a_vague_word() {
    for folder in ["src", "tests"] {
        none(&faults_of_names(&files_of(folder)));
    }
}

// ---- the checks see what they are for --------------------------------------------------------------------

/// The files of `src` with one more, or with lines added to one of them.
fn planted(file: &str, lines: &str) -> Files {
    let mut files = files_of("src");
    files.entry(file.to_owned()).or_default().push_str(lines);
    files
}

fn made_of(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
}

#[track_caller]
fn one_more(before: &[String], after: &[String], word: &str) {
    let new: Vec<&String> = after.iter().filter(|fault| !before.contains(fault)).collect();
    assert!(new.len() == 1 && new[0].contains(word), "{new:?}");
}

#[test]
fn a_planted_circle_is_seen() {
    let check = |files: &Files| faults_of_circles(files);
    let before = check(&files_of("src"));
    let mut files = planted("clock.rs", "\nmod tests { use crate::planted::Thing; }\n");
    files.insert("planted.rs".to_owned(), "use crate::clock::{self, Ts};".to_owned());
    one_more(&before, &check(&files), "clock.rs, planted.rs");
}

#[test]
fn circles_are_followed_through_every_form_of_import() {
    let circle = |files: &[(&str, &str)]| faults_of_circles(&made_of(files)).len();
    assert_eq!(circle(&[("a.rs", "use crate::b::B;"), ("b.rs", "use super::a::A;")]), 1);
    assert_eq!(circle(&[("a.rs", "use crate::b::B;"), ("b.rs", "// use crate::a::A;")]), 0);
    assert_eq!(circle(&[("a.rs", "use crate::b::B;"), ("b.rs", "fn f() { let x = \"crate::a::A\"; }")]), 0);
    assert_eq!(circle(&[("a.rs", "use crate::b::B;"), ("b.rs", "fn f() { crate::a::g() }")]), 1);
    assert_eq!(
        circle(&[("a.rs", "use crate::{b::{B, C as D}, c};"), ("b.rs", ""), ("c.rs", "use crate::a;")]),
        1
    );
    // Through a folder: its own file names its children, and these what it has.
    let children = [("a/mod.rs", "mod b; fn f() { b::g() } pub struct A;"), ("a/b.rs", "use super::A;")];
    assert_eq!(circle(&children), 1);
    let exported = [
        ("a/mod.rs", "mod b; mod c; pub use c::C; pub use b::B;"),
        ("a/b.rs", "use super::C;"),
        ("a/c.rs", ""),
    ];
    assert_eq!(circle(&exported), 0);
    let around =
        [("a/mod.rs", "pub use c::C;"), ("a/b.rs", "use super::C;"), ("a/c.rs", "use self::super::b::B;")];
    assert_eq!(circle(&around), 1);
    // A file uses what it re-exports from elsewhere, without a path.
    let re_exported = [
        ("a.rs", "pub use super::b::B; fn f(_: B) {}"),
        ("b.rs", "use super::c::C;"),
        ("c.rs", "use super::a::A;"),
    ];
    assert_eq!(circle(&re_exported), 1);
    // By a module that was imported.
    let module = [
        ("a/mod.rs", "mod b;"),
        ("a/b.rs", "use crate::c;"),
        ("c.rs", "use crate::a as other; fn f() { other::b::g() }"),
    ];
    assert_eq!(circle(&module), 1);
    let long = [
        ("a.rs", "use crate::b;"),
        ("b.rs", "use crate::c;"),
        ("c.rs", "use crate::d;"),
        ("d.rs", "use crate::a;"),
    ];
    assert_eq!(circle(&long), 1);
}

#[test]
fn a_planted_upward_import_is_seen() {
    let before = faults_of_layers(&files_of("src"));
    let files = planted("store/mod.rs", "\nfn planted() { crate::access::Role::ALL; }\n");
    one_more(&before, &faults_of_layers(&files), "store/mod.rs imports upwards from access/role.rs");
    one_more(
        &before,
        &faults_of_layers(&planted("store/mod.rs", "\npub use crate::access::Role;\n")),
        "store/mod.rs imports upwards from access/role.rs",
    );
    one_more(
        &before,
        &faults_of_layers(&planted("stats/mod.rs", "\nuse crate::clock::Ts;\n")),
        "stats/mod.rs",
    );
    one_more(&before, &faults_of_layers(&planted("extra/mod.rs", "use crate::clock::Ts;")), "in no layer");
}

#[test]
fn a_planted_module_inside_a_macro_is_seen() {
    let hidden = |text: &str| faults_of_macros(&made_of(&[("a.rs", text)])).len();
    assert_eq!(hidden("macro_rules! all { ($($name:ident,)*) => { $(mod $name;)* }; }"), 1);
    assert_eq!(hidden("all! { mod a; mod b; }"), 2);
    assert_eq!(hidden("all!(pub mod a;);"), 1);
    assert_eq!(
        hidden("mod a;\nmod b { fn f() { vec![1]; } }\nfn g() { if !(a) { } }\n#![allow(x)] mod c;"),
        0
    );
    assert_eq!(hidden("fn f() { println!(\"mod a;\"); } mod a;"), 0);
}

#[test]
fn a_planted_vague_name_is_seen() {
    let names = |text: &str| faults_of_names(&made_of(&[("a.rs", text)]));
    assert_eq!(names("fn f(kept: u8) { g(kept) }"), ["a.rs names something `kept`: say what it is"]);
    assert!(names("// What is kept.\nfn is_kept() -> &'static str { \"kept\" }").is_empty());
}

#[test]
fn a_planted_long_file_is_seen() {
    let check = |files: &Files| faults_of_lengths(files, MOST_LINES);
    let before = check(&files_of("src"));
    one_more(
        &before,
        &check(&planted("stats/long.rs", &"//\n".repeat(MOST_LINES + 1))),
        "stats/long.rs has 401 lines",
    );
    assert_eq!(check(&planted("stats/long.rs", &"//\n".repeat(MOST_LINES))), before);
}

// ---- every kind ------------------------------------------------------------------------------------------
/// What is tested for every kind, and where: each goes over `resources::kinds()`, and none has a list of its own.
const SWEEPS: &[(&str, &str, &[&str])] = &[
    ("who may do what", include_str!("access_matrix.rs"), &["for kind in &app.state.kinds"]),
    (
        "silence",
        include_str!("a_first/silence.rs"),
        &["for kind in app.workflow_kinds()", "for kind in &app.state.kinds"],
    ),
    ("plans of lists", include_str!("a_first/plans_of_lists.rs"), &["for kind in &app.state.kinds"]),
    ("concurrency", include_str!("concurrency.rs"), &["for kind in app.state.kinds.clone()"]),
    ("statements", include_str!("queries.rs"), &["for kind in app.state.kinds.clone()"]),
    ("bundles", include_str!("bundles.rs"), &["for kind in &kinds"]),
    (
        "lists as CSV in bundles",
        include_str!("bundles/other_forms.rs"),
        &["for kind in app.state.kinds.clone()"],
    ),
];

#[actix_web::test]
async fn no_kind_is_without_the_sweeps() {
    for (what, text, loops) in SWEEPS {
        for each in *loops {
            assert!(
                text.contains(each),
                "{what}: there is no `{each}` any more; test every kind, and say here how"
            );
        }
    }
    // What the sweeps need: an example that can be created, and published where the kind has a workflow.
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

#[test]
fn the_image_is_built_from_every_folder_that_is_compiled_in() {
    let root = env!("CARGO_MANIFEST_DIR");
    let ignored = std::fs::read_to_string(format!("{root}/.dockerignore")).unwrap();
    let mut folders = std::collections::BTreeSet::from(["src".to_owned(), "templates".to_owned()]);
    for text in files_of("src").values() {
        for part in text
            .split("include_")
            .skip(1)
            .filter(|part| part.starts_with("str!") || part.starts_with("bytes!"))
        {
            let path = part.split('"').nth(1).unwrap_or_default();
            let folder = path.trim_start_matches("../").split('/').next().unwrap();
            if path.starts_with("../") && std::path::Path::new(&format!("{root}/{folder}")).is_dir() {
                folders.insert(folder.to_owned());
            }
        }
    }
    assert!(folders.len() > 4, "{folders:?}");
    let missing: Vec<&String> =
        folders.iter().filter(|folder| !ignored.lines().any(|line| line == format!("!{folder}"))).collect();
    assert!(
        missing.is_empty(),
        ".dockerignore leaves out {missing:?}, without which the image cannot be built"
    );
}
