//! The README's tour and the pages for each kind of users: every call by curl and Python works against the demo and answers what is
//! shown. How a page is read stands in `docs.py`.

use std::process::{Command, Stdio};

use crate::process::{Scratch, database, start_demo};

fn holds(page: &str) {
    for tool in ["curl", "python3"] {
        let there = Command::new(tool).arg("--version").stdout(Stdio::null()).status();
        assert!(
            there.is_ok(),
            "{tool} is needed to try the calls of the documentation, and is not on this machine"
        );
    }
    let root = env!("CARGO_MANIFEST_DIR");
    let scratch = Scratch::new();
    let data = scratch.0.join("onrecord-data");
    std::fs::create_dir_all(&data).unwrap();
    let demo = start_demo(&data, &database(&scratch.0));
    let done = Command::new("python3")
        .arg(format!("{root}/tests/docs.py"))
        .arg(format!("{root}/{page}"))
        .arg(format!("http://{}", demo.address))
        .current_dir(&scratch.0)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(done.status.success(), "{}{}", text(&done.stdout), text(&done.stderr));
}

#[test]
fn the_calls_of_the_readme_work() {
    holds("README.md");
}

#[test]
fn the_calls_of_the_journalists_page_work() {
    holds("docs/journalist.md");
}

#[test]
fn the_calls_of_the_offices_page_work() {
    holds("docs/office.md");
}

#[test]
fn the_calls_of_the_panels_page_work() {
    holds("docs/panel.md");
}

#[test]
fn the_calls_of_the_partners_page_work() {
    holds("docs/partner.md");
}
