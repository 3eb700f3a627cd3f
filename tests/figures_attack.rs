//! What an attacker tried on figures, and what a reader who comes by seldom must not miss.

use diesel::prelude::*;
use onrecord::store::{Conn, Count, Sql};
use serde_json::json;

use crate::releases::{KEY, cell, cells, draft, indicator, published, read};
use crate::support::{TestApp, on_postgres, whole_observations};

/// A row for each period of the series that these tests read.
fn rows(of: &[(&str, &str)]) -> String {
    let lines = of.iter().map(|(period, value)| format!("E23000018,burglary,{period},{value}\n"));
    format!("AREA,OFFENCE,TIME_PERIOD,value\n{}", lines.collect::<String>())
}

#[actix_web::test]
async fn a_revision_that_a_later_release_repeats_is_shown_to_who_has_not_read_it() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let at = |moment: &str| json!({"first_published": moment});
    published(&app, "REL-1", &rows(&[("2018-01", "10"), ("2018-02", "5")]), at("2018-07-01T08:30:00Z")).await;
    let second = rows(&[("2018-01", "12"), ("2018-02", "5"), ("2018-03", "7")]);
    published(&app, "REL-2", &second, at("2018-10-01T08:30:00Z")).await;
    published(&app, "REL-3", &second, at("2019-01-01T08:30:00Z")).await;
    // Read before the second, and not again until after the third: the third says the same as the second.
    let since = read(&app, "updatedAfter=2018-08-01T00:00:00Z").await;
    assert_eq!(cells(&since), [cell("2018-01", "12"), cell("2018-03", "7")]);
    assert_eq!(cells(&read(&app, "updatedAfter=2018-11-01T00:00:00Z").await), []);
    let first = read(&app, "lastNObservations=1&updatedAfter=2018-08-01T00:00:00Z").await;
    assert_eq!(cells(&first), [cell("2018-03", "7")]);
    // A history tells it once, by the release that said it first.
    let history = read(&app, "includeHistory=true&updatedAfter=2018-08-01T00:00:00Z").await;
    assert_eq!(cells(&history), [cell("2018-01", "12"), cell("2018-03", "7")]);
    assert_eq!(whole_observations(&history.json())[0]["release"], "derbyshire-pcc:REL-2");
}

#[actix_web::test]
async fn what_comes_again_after_a_withdrawal_is_shown() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let figures = rows(&[("2018-01", "10")]);
    let first = published(&app, "REL-1", &figures, json!({})).await;
    app.set_time("2026-12-01T00:00:00Z");
    app.step("publisher2", &first, "withdraw", json!({"reason": "A wrong file."})).await.expect(200);
    app.set_time("2026-12-03T00:00:00Z");
    published(&app, "REL-2", &figures, json!({})).await;
    assert_eq!(cells(&read(&app, "").await), [cell("2018-01", "10")]);
    let since = read(&app, "updatedAfter=2026-12-02T00:00:00Z").await;
    assert_eq!(cells(&since), [cell("2018-01", "10")]);
}

#[actix_web::test]
async fn a_release_brings_no_code_that_readers_do_not_know() {
    let app = TestApp::new().await;
    let address = indicator(&app).await;
    published(&app, "REL-1", &rows(&[("2025-01", "10")]), json!({})).await;
    // The next version of the indicator, not published, has another code.
    let mut body = app.get(Some("editor"), &address).await.expect(200).json();
    let codes = body["dimensions"][1]["codes"].as_array_mut().unwrap();
    codes.push(json!({"code": "fraud", "name": "Fraud"}));
    let etag = app.get(Some("editor"), &address).await.etag().to_owned();
    let patch = json!({"dimensions": body["dimensions"]});
    app.request("PATCH", &address)
        .as_role("editor")
        .if_match(&etag)
        .body("application/merge-patch+json", patch.to_string())
        .send()
        .await
        .expect(200);
    let second = draft(&app, "editor", "REL-2", json!({})).await;
    let hand = app
        .put_observations("editor", &second, "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,fraud,2025-01,4\n")
        .await;
    eprintln!("upload {} {}", hand.status, hand.text());
    hand.expect(200);
    app.step("editor", &second, "submit", json!({})).await.expect(200);
    let etag = app.get(Some("publisher"), &second).await.etag().to_owned();
    let publish = app
        .request("POST", &format!("{second}/publish"))
        .as_role("publisher")
        .if_match(&etag)
        .json(&json!({}))
        .send()
        .await;
    eprintln!("publish {} {}", publish.status, publish.text());
    app.get(None, "/v1/observations?indicator=t-crime").await.expect(200);
    publish.problem(409);
}

#[actix_web::test]
async fn a_scheduled_release_does_not_tell_what_another_one_will_have_said() {
    let app = TestApp::new().await;
    indicator(&app).await;
    published(&app, "REL-1", &rows(&[("2025-01", "10")]), json!({})).await;
    for (reference, value, at) in
        [("REL-2", "77", "2027-01-04T09:30:00Z"), ("REL-3", "13", "2027-01-05T09:30:00Z")]
    {
        let address = draft(&app, "force_analyst", reference, json!({})).await;
        app.put_observations("force_analyst", &address, &rows(&[("2025-01", value)])).await.expect(200);
        app.step("force_analyst", &address, "submit", json!({})).await.expect(200);
        app.step("publisher", &address, "publish", json!({"publish_at": at})).await.expect(200);
        let listed = app.get(Some("publisher"), &format!("{address}/observations")).await.expect(200).json();
        assert_eq!(listed["data"][0]["value_before"], "10", "{listed}");
        assert_eq!(listed["data"][0]["change"], "revised");
    }
    app.set_time("2027-01-06T09:30:00Z");
    let third = app.get(None, "/v1/releases/derbyshire-pcc:REL-3/observations").await.expect(200).json();
    assert_eq!(third["data"][0]["value_before"], "77");
}

#[actix_web::test]
async fn the_tag_of_a_history_of_the_past_follows_what_it_tells() {
    let app = TestApp::new().await;
    indicator(&app).await;
    published(&app, "REL-1", &rows(&[("2025-01", "10")]), json!({"first_published": "2025-03-01T00:00:00Z"}))
        .await;
    let query = "/v1/observations?indicator=t-crime&asOf=2025-06-01T00:00:00Z&includeHistory=true";
    let before = app.get(None, query).await.expect(200);
    published(&app, "REL-2", &rows(&[("2025-01", "11")]), json!({"first_published": "2025-07-01T00:00:00Z"}))
        .await;
    let after = app.get(None, query).await.expect(200);
    assert_eq!(
        before.text() == after.text(),
        before.etag() == after.etag(),
        "{}{}",
        before.text(),
        after.text()
    );
}

/// What `onrecord verify` says of the figures.
fn proven(app: &TestApp) -> Result<(), String> {
    onrecord::resources::verify_observations(&app.state.db, |_| {}).unwrap().map(|_| ())
}

fn execute(app: &TestApp, text: &str) {
    let run = |conn: &mut Conn| {
        let done = match conn {
            Conn::Pg(conn) => diesel::sql_query(text).execute(conn),
            Conn::Lite(conn) => diesel::sql_query(text).execute(conn),
        };
        done.unwrap_or_else(|error| panic!("{error}: {text}"));
    };
    app.state.db.on_writer(run).unwrap();
}

#[actix_web::test]
async fn what_redaction_destroyed_is_not_revealed_by_the_number_of_a_revision() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let at = |moment: &str| json!({"first_published": moment});
    published(&app, "REL-1", &rows(&[("2018-01", "10")]), at("2018-07-01T08:30:00Z")).await;
    let second = published(&app, "REL-2", &rows(&[("2018-01", "10")]), at("2018-10-01T08:30:00Z")).await;
    published(&app, "REL-3", &rows(&[("2018-01", "10")]), at("2019-01-01T08:30:00Z")).await;
    let reason = json!({"reason": "It names a person."});
    app.post("data_protection", &format!("{second}/redact"), reason).await.expect(200);
    let history = read(&app, "includeHistory=true").await.expect(200).json();
    let revisions: Vec<i64> =
        whole_observations(&history).iter().map(|one| one["revision"].as_i64().unwrap()).collect();
    assert_eq!(revisions, [1, 2, 3], "{history}");
    published(&app, "REL-4", &rows(&[("2018-01", "11")]), at("2018-08-01T08:30:00Z")).await;
    assert_eq!(proven(&app), Ok(()));
}

#[actix_web::test]
async fn what_no_digest_covers_of_figures_is_proven_too() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let at = |moment: &str| json!({"first_published": moment});
    let all = [("2018-01", "10"), ("2018-02", "20")];
    published(&app, "REL-2", &rows(&all), at("2018-10-01T08:30:00Z")).await;
    published(&app, "REL-1", &rows(&[("2018-01", "9"), ("2018-02", "20")]), at("2018-07-01T08:30:00Z")).await;
    let third = published(&app, "REL-3", &rows(&all), at("2019-01-01T08:30:00Z")).await;
    app.step("publisher2", &third, "withdraw", json!({"reason": "A wrong file."})).await.expect(200);
    let fourth = draft(&app, "force_analyst", "REL-4", json!({})).await;
    app.put_observations("force_analyst", &fourth, &rows(&[("2018-01", "12"), ("2018-04", "3")]))
        .await
        .expect(200);
    app.step("force_analyst", &fourth, "submit", json!({})).await.expect(200);
    let later = json!({"publish_at": "2027-01-04T09:30:00Z"});
    app.step("publisher", &fourth, "publish", later).await.expect(200);
    published(&app, "REL-5", &rows(&[("2018-01", "13")]), json!({})).await;
    assert_eq!(proven(&app), Ok(()));
    app.step("publisher", &fourth, "return", json!({"reason": "Not yet."})).await.expect(200);
    assert_eq!(proven(&app), Ok(()));
    let text = |value: &str| if on_postgres() { format!("'{value}'") } else { at_micros(value) };
    let moment = text("2018-08-01T08:30:00Z");
    let of = "release IN (SELECT f.number FROM release_figures f JOIN record r ON r.id = f.record WHERE r.reference = 'REL-2')";
    for (what, change) in [
        ("interval", format!("valid_to = {moment} WHERE {of}")),
        ("revision", format!("revision = revision + 1 WHERE {of}")),
        ("repeats", format!("flags = flags + 512 WHERE {of} AND flags & 512 = 0")),
        ("publication", format!("valid_from = {moment} WHERE {of}")),
    ] {
        assert_eq!(proven(&app), Ok(()), "{what}");
        execute(&app, "CREATE TABLE kept AS SELECT * FROM observation");
        execute(&app, &format!("UPDATE observation SET {change}"));
        assert!(proven(&app).is_err(), "{what}");
        execute(&app, "DELETE FROM observation");
        let columns = "measure, series, starts, ends, valid_from, valid_to, release, revision, flags, value, numerator, denominator, reason, note";
        execute(&app, &format!("INSERT INTO observation ({columns}) SELECT {columns} FROM kept"));
        execute(&app, "DROP TABLE kept");
    }
    for (what, change, back) in [
        ("codes", "codes = 'E23000022.burglary'", "codes = 'E23000018.burglary'"),
        ("frequency", "frequency = 'P3M'", "frequency = 'P1M'"),
        ("first publication", "public_from = NULL", ""),
    ] {
        execute(&app, &format!("UPDATE series SET {change} WHERE series_key = '{KEY}'"));
        assert!(proven(&app).is_err(), "{what}");
        if !back.is_empty() {
            execute(&app, &format!("UPDATE series SET {back} WHERE series_key = '{KEY}'"));
            assert_eq!(proven(&app), Ok(()), "{what}");
        }
    }
}

/// A moment as SQLite keeps it.
fn at_micros(text: &str) -> String {
    crate::support::at(text).micros().to_string()
}

#[actix_web::test]
async fn a_file_that_is_one_row_without_end_is_refused_before_it_is_taken_apart() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let address = draft(&app, "force_analyst", "REL-1", json!({})).await;
    let wide = format!("AREA,OFFENCE,TIME_PERIOD,value\n\"a\nb\"{}\n", ",".repeat(100_000));
    let answer = app.put_observations("force_analyst", &address, &wide).await;
    assert_eq!(answer.json()["errors"][0]["row"], 2, "{}", answer.text());
    assert_eq!(answer.problem(422), ["too_many_cells"]);
    // A comma in quotes makes no cell, nor does a quote within a text begin any.
    let text = format!(
        "AREA,OFFENCE,TIME_PERIOD,value,note\nE23000018,burglary,2025-01,1,\"{}\"\n",
        ",".repeat(900)
    );
    app.put_observations("force_analyst", &address, &text).await.expect(200);
}

#[actix_web::test]
async fn a_query_of_unknown_codes_gets_a_short_answer() {
    let app = TestApp::new().await;
    indicator(&app).await;
    published(&app, "REL-1", &rows(&[("2025-01", "10")]), json!({})).await;
    let codes = vec!["nothing"; 400].join(",");
    let answer = app.get(None, &format!("/v1/observations?indicator=t-crime&c[OFFENCE]={codes}")).await;
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(100), "{}", answer.text());
    answer.problem(400);
}

#[actix_web::test]
async fn an_indicator_whose_figures_are_out_gets_no_disclosure_profile() {
    let app = TestApp::new().await;
    let address = indicator(&app).await;
    let release = draft(&app, "force_analyst", "REL-1", json!({})).await;
    app.put_observations("force_analyst", &release, &rows(&[("2025-01", "2")])).await.expect(200);
    app.step("force_analyst", &release, "submit", json!({})).await.expect(200);
    app.step("publisher", &release, "publish", json!({"publish_at": "2027-01-04T09:30:00Z"}))
        .await
        .expect(200);
    let profile = json!({"disclosure_profile": "t5"});
    assert_eq!(app.patch("editor", &address, profile.clone()).await.problem(422), ["figures_out"]);
    app.step("publisher", &release, "return", json!({"reason": "Small counts."})).await.expect(200);
    app.patch("editor", &address, profile).await.expect(200);
}

#[actix_web::test]
async fn a_code_that_only_a_mistaken_draft_had_is_not_kept() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let address = draft(&app, "force_analyst", "REL-1", json!({})).await;
    let row = |code: &str| format!("AREA,OFFENCE,TIME_PERIOD,value\nE23000018,{code},2025-01,1\n");
    let series = || {
        let text = Sql::new("SELECT count(*) AS n FROM series WHERE series_key LIKE ").bind("t-crime.%");
        app.state.db.read(|conn| Ok(text.clone().get_result::<Count>(conn)?.n)).unwrap()
    };
    app.put_observations("force_analyst", &address, &row("robbery")).await.expect(200);
    app.put_observations("force_analyst", &address, &row("burglary")).await.expect(200);
    assert_eq!(series(), 1);
    app.step("publisher2", &address, "withdraw", json!({"reason": "A mistake."})).await.expect(200);
    assert_eq!(series(), 0);
}
