//! Whatever changes a record wakes the sealer, and advances the watermark where it changes what is public: no handler
//! has to think of it.

use diesel::RunQueryDsl;
use futures_util::FutureExt;
use onrecord::clock::Ts;
use onrecord::problem::Problem;
use onrecord::record::changes::latest_watermark;
use onrecord::store::{Count, Sql};
use serde_json::json;

use crate::support::{TestApp, at, on_postgres, writer};

/// Whether the sealer was woken since this was last asked.
fn woken(app: &TestApp) -> bool {
    app.state.db.committed().notified().now_or_never().is_some()
}

fn watermark(app: &TestApp) -> Ts {
    app.state.db.read(latest_watermark).unwrap()
}

#[actix_web::test]
async fn each_transaction_that_is_kept_wakes_the_sealer() {
    let app = TestApp::new().await;
    woken(&app);
    app.state.db.write(|_| Ok(())).unwrap();
    assert!(woken(&app));
    app.state.db.write(|_| Err::<(), _>(Problem::not_found())).unwrap_err();
    assert!(!woken(&app), "what failed is undone");
    app.state.db.write_bulk(true, |_| Ok(())).unwrap();
    assert!(woken(&app));
    app.state.db.write_bulk(false, |_| Ok(())).unwrap();
    assert!(!woken(&app), "what was only tried is undone");
}

#[actix_web::test]
async fn each_change_of_a_record_is_followed_by_the_sealer_and_by_the_watermark() {
    let app = TestApp::new().await;
    let mut minute = 30;
    let mut later = || {
        minute += 1;
        let text = format!("2026-11-01T11:{minute}:00Z");
        app.set_time(&text);
        woken(&app);
        at(&text)
    };
    let before = watermark(&app);
    let draft = app.draft("objective").await;
    later();
    app.patch("editor", &draft, json!({"note": "A clearer wording."})).await.expect(200);
    assert!(woken(&app), "an edit");
    later();
    app.step("editor", &draft, "submit", json!({})).await.expect(200);
    assert!(woken(&app), "a submission");
    app.step("commissioner", &draft, "approve", json!({})).await.expect(200);
    assert_eq!(watermark(&app), before, "nothing became public");

    let published = later();
    app.step("publisher", &draft, "publish", json!({})).await.expect(200);
    assert!(woken(&app), "a publication");
    assert_eq!(watermark(&app), published);

    let withdrawn = later();
    app.step("publisher2", &draft, "withdraw", json!({"reason": "Published by mistake."})).await.expect(200);
    assert!(woken(&app), "a withdrawal");
    assert_eq!(watermark(&app), withdrawn);

    let redacted = later();
    let reason = json!({"reason": "It named a victim."});
    app.post("data_protection", &format!("{draft}/redact"), reason).await.expect(200);
    assert!(woken(&app), "a redaction");
    assert_eq!(watermark(&app), redacted);

    let added = later();
    app.draft("source").await;
    assert!(woken(&app), "reference data is public at once");
    assert_eq!(watermark(&app), added);

    // These handlers open their own transaction.
    let release = app.draft("release").await;
    later();
    let kind = app.state.kind("release").unwrap();
    app.fill(kind, writer(kind), &release).await;
    assert!(woken(&app), "observations of a release");
    assert_eq!(watermark(&app), added);
}

/// Ends the connection that does some work, as when the server of the database dies.
fn end_connection(app: &TestApp, number: i64) {
    let end = Sql::new("SELECT count(*) AS n FROM (SELECT pg_terminate_backend(")
        .bind(number)
        .text("::integer, 5000)) t");
    app.state.db.read(|other| Ok(end.clone().get_result::<Count>(other)?.n)).unwrap();
}

/// Who loses the connection before the commit is sure of it; who loses it during the commit is not, and is told so.
#[actix_web::test]
async fn a_change_whose_commit_is_not_confirmed_is_not_called_undone() {
    let app = TestApp::new().await;
    let lost = || Err::<(), _>(Problem::unwritable("the disk is full"));
    let before = app.state.db.write(|_| lost()).unwrap_err();
    assert!(before.detail.contains("nothing of the request was carried out"), "{}", before.detail);
    if on_postgres() {
        let own = || Sql::new("SELECT pg_backend_pid()::bigint AS n");
        let during = app.state.db.write(|conn| {
            let number = own().get_result::<Count>(conn)?.n;
            end_connection(&app, number);
            Ok(())
        });
        let during = during.unwrap_err();
        assert!(during.kind.status == 503 && during.detail.contains("is not known"), "{}", during.detail);
        assert!(during.headers.iter().any(|(name, _)| *name == "Retry-After"));
        let work = app.state.db.write(|conn| {
            let number = own().get_result::<Count>(conn)?.n;
            end_connection(&app, number);
            Ok(own().get_result::<Count>(conn)?.n)
        });
        let work = work.unwrap_err();
        assert!(work.kind.status == 503 && work.detail.contains("nothing"), "{}", work.detail);
    }
    // The next change has a connection that works.
    app.draft("objective").await;
}
