//! The public reads from replicas and sees no earlier state than before. The test starts a primary and two hot standbys.

use std::time::{Duration, Instant};

use onrecord::http::operation::Method;
use onrecord::resources;
use serde_json::json;

use crate::support::{Answer, Database, TestApp, on_postgres, template, until, until_async, writer};
use servers::Servers;

mod history;
mod servers;

/// How often something was read, by where it came from.
#[derive(Clone, Copy, Debug)]
struct Reads {
    replica: u64,
    lagging: u64,
    unreachable: u64,
    failed: u64,
}

fn reads(app: &TestApp) -> Reads {
    let (counts, _) = app.state.db.replica_states().unwrap();
    let [replica, lagging, unreachable, failed] = counts.all().map(|(_, count)| count);
    Reads { replica, lagging, unreachable, failed }
}

/// Waits until so many replicas can be read and have all that was shown.
async fn until_up(app: &TestApp, count: usize) {
    until_async("the replicas are up", async || {
        let (_, states) = app.state.db.replica_states().unwrap();
        states.iter().filter(|one| one.is_up && one.lag < 1_500).count() == count
    })
    .await;
}

fn theme_writer(app: &TestApp) -> &'static str {
    writer(app.state.kind("theme").unwrap())
}

async fn rename(app: &TestApp, address: &str, title: &str) {
    app.patch(theme_writer(app), address, json!({"title": title})).await.expect(200);
}

/// What the public reads there.
async fn title(app: &TestApp, address: &str) -> String {
    app.get(None, address).await.expect(200).json()["title"].as_str().unwrap().to_owned()
}

async fn at_position(app: &TestApp, address: &str, position: &str) -> Answer {
    app.request("GET", address).header("x-position", position).send().await
}

/// The demo on a primary of the test's own, and two processes that serve it.
async fn two_processes(servers: &Servers) -> [TestApp; 2] {
    template::furnish(&Database::at(&servers.primary));
    let app = async || TestApp::beside(Database::at(&servers.primary), &servers.replicas).await;
    let both = [app().await, app().await];
    for app in &both {
        until_up(app, 2).await;
    }
    both
}

#[actix_web::test]
async fn the_public_reads_from_replicas_and_never_sees_an_earlier_state() {
    if !on_postgres() {
        return;
    }
    let servers = Servers::start(2);
    let [one, other] = two_processes(&servers).await;
    all_examples_come_from_replicas(&one).await;
    own_changes_show_at_once(&servers, &one).await;
    another_process_keeps_to_a_position_that_is_sent(&servers, &one, &other).await;
    what_another_process_commits_shows_within_a_round(&servers, &one, &other).await;
    positions_tell_nothing(&one).await;
    credentials_read_the_primary(&servers, &one).await;
    history::random(&servers, &[&one, &other]).await;
    reads_go_on_while_replicas_are_gone(&servers, &one).await;
    without_a_primary_the_public_reads_on(&servers, &one, &other).await;
    a_promoted_replica_is_no_longer_read(&servers, &one).await;
}

/// A replica that stands still has all that this process has shown. The housekeeping finds out what others have committed.
async fn what_another_process_commits_shows_within_a_round(
    servers: &Servers,
    one: &TestApp,
    other: &TestApp,
) {
    let theme = one.draft("theme").await;
    rename(one, &theme, "Before").await;
    until_async("the other process reads it", async || other.get(None, &theme).await.status == 200).await;
    servers.pause(1);
    servers.pause(2);
    rename(one, &theme, "After").await;
    other.state.refresh_watermark().unwrap();
    assert_eq!(title(other, &theme).await, "After");
    servers.resume(1);
    servers.resume(2);
    until_up(one, 2).await;
    until_up(other, 2).await;
}

/// Whoever polls must not see by positions when something is written that is not public.
async fn positions_tell_nothing(app: &TestApp) {
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..5 {
        let answer = app.get(None, "/v1/themes?limit=1").await.expect(200);
        let position = answer.header("x-position").unwrap().to_owned();
        assert_eq!(position.len(), 379, "{position}");
        assert!(answer.headers_of("vary").contains(&"X-Position"), "a cache must not mix them");
        assert!(seen.insert(position), "each is another");
    }
}

/// Each operation that the public may call, by its example.
async fn read_all_examples(app: &TestApp) -> usize {
    let mut count = 0;
    for operation in resources::operations().iter().filter(|row| row.method == Method::Get) {
        if operation.rule.is_empty() || operation.needs_token() {
            continue;
        }
        let Some(example) = &operation.example else { continue };
        // `/readyz` is about the primary.
        if operation.optional || example.path == "/readyz" {
            continue;
        }
        let answer = app.get(None, &example.path).await;
        assert!([200, 410].contains(&answer.status), "{}: {}", example.path, answer.text());
        count += 1;
    }
    app.request("GET", "/").header("accept", "text/html").send().await.expect(200);
    assert!(count > 60, "{count}");
    count
}

async fn all_examples_come_from_replicas(app: &TestApp) {
    let before = reads(app);
    let count = read_all_examples(app).await;
    let after = reads(app);
    println!("{count} examples: {before:?}, then {after:?}");
    assert!(after.replica > before.replica + count as u64 / 2, "{after:?}");
    assert_eq!((after.failed, after.unreachable), (before.failed, before.unreachable));
}

/// Whoever commits shows it to the public in the same process with the next answer, also where the replicas lag.
async fn own_changes_show_at_once(servers: &Servers, app: &TestApp) {
    let theme = app.draft("theme").await;
    for n in 0..20 {
        rename(app, &theme, &format!("Number {n}")).await;
        assert_eq!(title(app, &theme).await, format!("Number {n}"));
    }
    let objective = app.published("objective").await;
    app.get(None, &objective).await.expect(200);
    servers.pause(1);
    servers.pause(2);
    let before = reads(app);
    for n in 0..5 {
        rename(app, &theme, &format!("Paused {n}")).await;
        assert_eq!(title(app, &theme).await, format!("Paused {n}"));
    }
    // Once they are known to lag nobody waits for them.
    let begun = Instant::now();
    for _ in 0..10 {
        title(app, &theme).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let after = reads(app);
    assert_eq!((after.replica, after.failed), (before.replica, before.failed));
    assert!(after.lagging >= before.lagging + 15);
    let (_, states) = app.state.db.replica_states().unwrap();
    assert!(states.iter().all(|one| one.is_up), "they lag, and are there");
    servers.resume(1);
    servers.resume(2);
    until_up(app, 2).await;
    let before = reads(app);
    until_async("the public reads from replicas again", async || {
        title(app, &theme).await;
        reads(app).replica > before.replica
    })
    .await;
}

/// A position that one process has shown is kept by another, if the reader sends it along.
async fn another_process_keeps_to_a_position_that_is_sent(servers: &Servers, one: &TestApp, other: &TestApp) {
    let theme = one.draft("theme").await;
    rename(one, &theme, "Before").await;
    until_async("the other shows it", async || {
        other.get(None, &theme).await.status == 200 && title(other, &theme).await == "Before"
    })
    .await;
    servers.pause(1);
    servers.pause(2);
    rename(one, &theme, "After").await;
    let shown = one.get(None, &theme).await.expect(200);
    assert_eq!(shown.json()["title"], "After");
    let position = shown.header("x-position").unwrap();
    assert!(position.len() < 400, "{position}");
    assert_eq!(title(other, &theme).await, "Before", "nothing tells the other process");
    let followed = at_position(other, &theme, position).await.expect(200);
    assert_eq!(followed.json()["title"], "After");
    // From now on the other process has shown it to somebody.
    assert_eq!(title(other, &theme).await, "After");
    // Also an answer that has no body, and one that is no record, say what was seen.
    let unchanged = one.request("GET", &theme).header("if-none-match", shown.etag()).send().await.expect(304);
    assert!(unchanged.header("x-position").is_some());
    let nothing = one.get(None, "/v1/themes/nothing-there").await.expect(404);
    assert!(nothing.header("x-position").is_some());
    let exposed = shown.headers_of("access-control-expose-headers").join(", ");
    assert!(exposed.contains("X-Position"), "{exposed}");
    for wrong in ["", "abc", &position[1..], "10::"] {
        let refused = at_position(other, &theme, wrong).await;
        assert_eq!(refused.problem(400), ["invalid"], "{wrong}");
    }
    servers.resume(1);
    servers.resume(2);
    until_up(one, 2).await;
    until_up(other, 2).await;
}

/// Whoever has a credential reads the primary: what was written at one process shows at the other.
async fn credentials_read_the_primary(servers: &Servers, app: &TestApp) {
    servers.pause(1);
    servers.pause(2);
    let before = reads(app);
    let draft = app.draft("theme").await;
    let answer = app.get(Some(theme_writer(app)), &draft).await.expect(200);
    assert!(answer.header("x-position").is_none());
    let after = reads(app);
    assert_eq!(after.replica, before.replica);
    servers.resume(1);
    servers.resume(2);
    until_up(app, 2).await;
}

/// A replica that refuses, or is gone in the middle of its connections.
async fn reads_go_on_while_replicas_are_gone(servers: &Servers, app: &TestApp) {
    let theme = app.draft("theme").await;
    for gone in [vec![1], vec![1, 2]] {
        for replica in &gone {
            servers.stop(*replica);
        }
        let mut longest = Duration::ZERO;
        for _ in 0..30 {
            let begun = Instant::now();
            title(app, &theme).await;
            longest = longest.max(begun.elapsed());
        }
        println!("replicas {gone:?} gone: the longest read took {longest:?}");
        assert!(longest < Duration::from_secs(1), "{longest:?}");
        // Those that lag are not even tried, until they are found to be gone.
        let before = reads(app).unreachable;
        until_async("what was read elsewhere is counted", async || {
            title(app, &theme).await;
            gone.len() < 2 || reads(app).unreachable > before
        })
        .await;
        for replica in &gone {
            servers.start_again(*replica);
        }
        until_up(app, 2).await;
    }
}

/// Nothing that the public reads depends on the primary.
async fn without_a_primary_the_public_reads_on(servers: &Servers, one: &TestApp, other: &TestApp) {
    let theme = one.draft("theme").await;
    rename(one, &theme, "The last").await;
    // Both replicas have it: the primary acknowledges without waiting for them here.
    until_async("all shows", async || {
        [one, other].iter().all(|app| {
            let (_, states) = app.state.db.replica_states().unwrap();
            states.iter().all(|state| state.is_up && state.lag < 700)
        })
    })
    .await;
    servers.stop(0);
    let begun = Instant::now();
    for app in [one, other] {
        let before = reads(app);
        assert_eq!(title(app, &theme).await, "The last");
        read_all_examples(app).await;
        let after = reads(app);
        println!("without a primary: {before:?}, then {after:?}");
        assert_eq!(after.failed, before.failed);
    }
    println!("all examples of both processes without a primary: {:?}", begun.elapsed());
    let refused = one.request("POST", "/v1/themes").json(&json!({})).send().await;
    assert_eq!(refused.status, 401);
    servers.start_again(0);
    // Each connection is found to be lost once.
    let db = &one.state.db;
    until("the primary is back", || {
        (0..5).all(|_| {
            let read = db.read(|conn| db.generation(conn)).is_ok();
            db.write(|conn| Ok(conn.try_to_write()?)).is_ok() && read
        })
    });
    rename(one, &theme, "The first again").await;
    assert_eq!(title(one, &theme).await, "The first again");
    until_up(one, 2).await;
}

/// A replica that has become a primary goes its own way.
async fn a_promoted_replica_is_no_longer_read(servers: &Servers, app: &TestApp) {
    servers.promote(1);
    let theme = app.draft("theme").await;
    // Whoever read it now would fail.
    servers.on(1, "TRUNCATE clock_mark");
    for n in 0..10 {
        rename(app, &theme, &format!("Number {n}")).await;
        assert_eq!(title(app, &theme).await, format!("Number {n}"));
    }
    until_up(app, 1).await;
}
