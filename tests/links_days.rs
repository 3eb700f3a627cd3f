//! The days that links have from the content of their version: a migration fills them, `verify` compares them.

use diesel::prelude::*;
use diesel::sql_types as st;
use onrecord::store::Sql;
use serde_json::json;

use crate::audit::{execute, verified};
use crate::clocks_model::{import, line};
use crate::support::{TestApp, at, on_postgres};

#[derive(Debug, PartialEq, QueryableByName)]
struct Day {
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::BigInt)]
    position: i64,
    #[diesel(sql_type = st::Nullable<st::Date>)]
    day: Option<chrono::NaiveDate>,
}

fn days(app: &TestApp) -> Vec<Day> {
    let sql = Sql::new(
        "SELECT r.reference, l.position, l.day FROM link l JOIN record r ON r.id = l.record
         WHERE l.member = 'answers/*/recommendation' AND r.reference LIKE 'DAYS-%' ORDER BY r.reference, l.position",
    );
    app.state.db.read(|conn| Ok(sql.clone().load(conn)?)).unwrap()
}

/// Responses with several answers, of which some have a day.
fn fill(app: &TestApp) {
    let here = at("2023-01-01T00:00:00Z");
    let report = "derbyshire-pcc:REP-CHILD-PROTECTION-2021";
    let recommendations = (0..3).map(|n| {
        line(format!("DAYS-{n}"), here, json!({
            "report": report, "made_by": "hmicfrs", "number": "1", "rec_kind": "recommendation", "wording": "Do it.",
            "wording_kind": "paraphrase", "addressed_to": [], "closing": "open",
        }))
    });
    import(app, "recommendation", recommendations.collect());
    let answer = |n: usize, action_by: Option<&str>| {
        json!({
            "recommendation": format!("derbyshire-pcc:DAYS-{n}"), "position": "accepted", "action": "We will.",
            "action_by": action_by,
        })
    };
    let responses = [
        vec![answer(2, Some("2024-05-06")), answer(0, None), answer(1, Some("2023-12-31"))],
        vec![answer(1, Some("2025-01-01"))],
    ];
    let lines = responses.into_iter().enumerate().map(|(n, answers)| {
        line(format!("DAYS-{n}"), here, json!({
            "report": report, "title": "A response", "responded_on": "2023-02-01", "comments": "We answer.",
            "answers": answers,
        }))
    });
    import(app, "response", lines.collect());
}

#[actix_web::test]
async fn a_migration_fills_the_days_of_links_as_the_contents_have_them() {
    let app = TestApp::new().await;
    fill(&app);
    let written = days(&app);
    let day = |text: &str| Some(text.parse().unwrap());
    let expected = [day("2024-05-06"), None, day("2023-12-31"), day("2025-01-01")];
    assert_eq!(written.iter().map(|one| one.day).collect::<Vec<_>>(), expected);
    let migration = if on_postgres() {
        include_str!("../migrations/postgres/00000000000106_days_of_links/up.sql")
    } else {
        include_str!("../migrations/sqlite/00000000000106_days_of_links/up.sql")
    };
    let update = migration.split(';').find(|statement| statement.contains("UPDATE link")).unwrap();
    execute(&app, &["UPDATE link SET day = NULL".to_owned()]);
    assert!(days(&app).iter().all(|one| one.day.is_none()));
    execute(&app, &[update.to_owned()]);
    assert_eq!(days(&app), written);
}

#[actix_web::test]
async fn a_day_that_is_not_that_of_the_content_is_found() {
    let app = TestApp::new().await;
    fill(&app);
    app.seal_and_catch_up();
    assert!(verified(&app).is_ok());
    let of_these = "WHERE member = 'answers/*/recommendation' AND record IN (SELECT id FROM record WHERE reference LIKE 'DAYS-%')";
    for (set, condition) in [
        ("NULL", "day = '2024-05-06'"),
        ("'2024-05-07'", "day = '2024-05-06'"),
        ("'2024-05-07'", "day IS NULL"),
    ] {
        let saved = "CREATE TABLE saved AS SELECT record, version, member, position, day FROM link";
        execute(&app, &[saved.to_owned(), format!("UPDATE link SET day = {set} {of_these} AND {condition}")]);
        let found = verified(&app).unwrap_err();
        assert!(
            found.contains("the day of a link does not follow from the content"),
            "{set} where {condition}: {found}"
        );
        execute(
            &app,
            &[
                "UPDATE link SET day = (SELECT s.day FROM saved s WHERE s.record = link.record
                 AND s.version = link.version AND s.member = link.member AND s.position = link.position)"
                    .to_owned(),
                "DROP TABLE saved".to_owned(),
            ],
        );
        assert!(verified(&app).is_ok());
    }
}
