//! The README's tour and the pages for each kind of users: every call by curl and Python works against the demo and answers what is
//! shown. How a page is read stands in `docs.py`.

use std::process::{Command, Stdio};

use std::sync::Arc;

use onrecord::access::audit::{self, heads};
use onrecord::access::keys::Keys;
use onrecord::clock::{Clock, Fixed};
use onrecord::config::Limits;
use onrecord::http::{State, StateConfig};
use onrecord::record::due;
use onrecord::store::{Conn, Db, Target};
use onrecord::{demo, resources};

use crate::process::{Scratch, database, start_demo};
use crate::support::copy_of_demo;

mod numbers;

fn holds(page: &str) {
    for tool in ["curl", "python3"] {
        let there = Command::new(tool).arg("--version").stdout(Stdio::null()).status();
        assert!(
            there.is_ok(),
            "{tool} is needed to try the calls of the documentation, and is not on this machine"
        );
    }
    let scratch = Scratch::new();
    let data = scratch.0.join("onrecord-data");
    std::fs::create_dir_all(&data).unwrap();
    let database = copy_of_demo(&data);
    holds_at(page, &scratch, &data, database.url());
}

/// The same against a demo on that database.
fn holds_at(page: &str, scratch: &Scratch, data: &std::path::Path, database: &str) {
    let root = env!("CARGO_MANIFEST_DIR");
    let demo = start_demo(data, database);
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

#[test]
fn the_calls_of_the_analysts_page_work() {
    holds("docs/analyst.md");
}

#[test]
fn the_calls_of_the_page_on_statistics_work() {
    holds("docs/statistics.md");
}

/// A demo that has run for three days, with something done on each.
#[test]
fn the_program_of_the_page_on_verifying_finds_heads_consistent_and_a_publication_included() {
    let scratch = Scratch::new();
    let data = scratch.0.join("onrecord-data");
    std::fs::create_dir_all(&data).unwrap();
    let database = database(&scratch.0);
    let fixed = Fixed::at(Clock::system().now().plus_seconds(-3 * 86_400));
    let keys = Keys::load_or_create(&data, &Clock::system()).unwrap();
    let db = Db::create(Target::parse(&database), 1).unwrap();
    demo::run_migrations(&db).unwrap();
    let config = StateConfig {
        site: Default::default(),
        public_url: "http://127.0.0.1:8080".to_owned(),
        cors_origins: vec![],
        oidc: Default::default(),
        limits: Limits::default(),
    };
    let state =
        Arc::new(State::new(db, Clock::shared(fixed.clone()), Arc::new(keys), resources::kinds(), config));
    demo::load(&state).unwrap();
    for days in [2, 1] {
        fixed.set(Clock::system().now().plus_seconds(-days * 86_400));
        for _ in 0..5 {
            let note = |conn: &mut Conn| {
                audit::note_of_operator(conn, &state.clock, "export", &serde_json::json!({"days": days}))
            };
            state.db.write(note).unwrap();
        }
        due::seal_audit(&state.db, usize::MAX).unwrap();
        heads::sign_ended_days(&state.db, &state.clock, &state.keys, "http://127.0.0.1:8080").unwrap();
    }
    fixed.set(Clock::system().now());
    heads::sign_ended_days(&state.db, &state.clock, &state.keys, "http://127.0.0.1:8080").unwrap();
    drop(state);
    holds_at("docs/verify.md", &scratch, &data, &database);
}
