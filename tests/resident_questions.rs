//! Questions from residents without an account: how they are put, what becomes of them, and what they leave.

use diesel::RunQueryDsl;
use diesel::sql_types as st;
use onrecord::clock::Id;
use onrecord::config::Site;
use onrecord::resources;
use onrecord::store::Sql;
use serde_json::{Value, json};

pub use crate::reports::{faults, make, name_of, publish};
use crate::support::{ACTORS, Answer, TestApp};

mod attack;
mod inbox;
mod taken_back;

pub const TEXT: &str = "How many zyxofficers work in the neighbourhood teams?";

/// A public meeting that takes questions until 13 November 2026; its address.
pub async fn meeting(app: &TestApp) -> String {
    let address = make(app, "editor", "meeting", json!({})).await;
    publish(app, "editor", &address).await;
    address
}

/// Puts a question from an address.
pub async fn put(app: &TestApp, meeting: &str, from: &str, body: Value) -> Answer {
    app.request("POST", &format!("{meeting}/questions")).peer(from).json(&body).send().await
}

/// Puts [`TEXT`]; its receipt.
pub async fn put_text(app: &TestApp, meeting: &str, from: &str, text: &str) -> String {
    let answer = put(app, meeting, from, json!({"text": text, "asked_by": "resident"})).await.expect(202);
    answer.json()["receipt"].as_str().unwrap().to_owned()
}

pub async fn receipt(app: &TestApp, receipt: &str) -> Answer {
    app.get(None, &format!("/v1/question-receipts/{receipt}")).await
}

/// What is in an inbox.
pub async fn inbox(app: &TestApp, who: &str) -> Vec<Value> {
    let list = app.get(Some(who), "/v1/question-inbox?limit=200").await.expect(200).json();
    list["data"].as_array().unwrap().clone()
}

/// The only question in the editor's inbox.
pub async fn only(app: &TestApp) -> Value {
    let all = inbox(app, "editor").await;
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

pub async fn decide(app: &TestApp, who: &str, id: &Value, verb: &str, body: Value) -> Answer {
    app.post(who, &format!("/v1/question-inbox/{}/{verb}", id.as_str().unwrap()), body).await
}

pub async fn counts(app: &TestApp, who: Option<&str>, meeting: &str) -> Value {
    app.get(who, meeting).await.expect(200).json()["question_counts"].clone()
}

/// Runs what the housekeeping does every hour.
pub fn destroy_old(app: &TestApp) -> usize {
    app.state.db.write(|conn| resources::destroy_questions(conn, &app.state)).unwrap()
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = st::BigInt)]
    n: i64,
}

pub fn number(app: &TestApp, sql: &'static str) -> i64 {
    app.state.db.read(|conn| Ok(Sql::new(sql).get_result::<Number>(conn)?.n)).unwrap()
}

#[actix_web::test]
async fn questions_are_taken_until_the_end_of_the_last_day_in_london() {
    let app = TestApp::new().await;
    let address = meeting(&app).await;
    app.set_time("2026-11-13T23:59:59Z");
    put_text(&app, &address, "192.0.2.1", TEXT).await;
    app.set_time("2026-11-14T00:00:00Z");
    let refused = put(&app, &address, "192.0.2.1", json!({"text": TEXT, "asked_by": "resident"})).await;
    assert_eq!(refused.problem(409), ["questions_closed"]);
    assert!(refused.text().contains("2026-11-13"), "{}", refused.text());
    // In summer the day ends an hour earlier.
    let summer = json!({"held_on": "2027-07-20", "questions": {"close_on": "2027-07-01", "answer_days": 10}});
    let address = make(&app, "editor", "meeting", summer).await;
    publish(&app, "editor", &address).await;
    app.set_time("2027-07-01T22:59:59Z");
    put_text(&app, &address, "192.0.2.1", TEXT).await;
    app.set_time("2027-07-01T23:00:00Z");
    let refused = put(&app, &address, "192.0.2.1", json!({"text": TEXT, "asked_by": "resident"})).await;
    assert_eq!(refused.problem(409), ["questions_closed"]);
}

#[actix_web::test]
async fn only_a_public_meeting_that_takes_questions_takes_one() {
    let app = TestApp::new().await;
    let body = json!({"text": TEXT, "asked_by": "resident"});
    let draft = make(&app, "editor", "meeting", json!({})).await;
    let nothing = format!("/v1/meetings/{}", app.state.clock.new_id());
    let hidden = put(&app, &draft, "192.0.2.1", body.clone()).await;
    hidden.problem(404);
    assert_eq!(hidden.comparable(), put(&app, &nothing, "192.0.2.1", body.clone()).await.comparable());
    let without = make(&app, "editor", "meeting", json!({"questions": null})).await;
    publish(&app, "editor", &without).await;
    assert_eq!(put(&app, &without, "192.0.2.1", body.clone()).await.problem(409), ["no_questions"]);
    let private = make(&app, "editor", "meeting", json!({"access": "private"})).await;
    publish(&app, "editor", &private).await;
    assert_eq!(put(&app, &private, "192.0.2.1", body.clone()).await.problem(409), ["no_questions"]);
    let page = app.get(None, &format!("{private}?format=html")).await.expect(200);
    assert!(!page.text().contains("<textarea"));
    let cancelled = make(&app, "editor", "meeting", json!({"status": "cancelled"})).await;
    publish(&app, "editor", &cancelled).await;
    assert_eq!(put(&app, &cancelled, "192.0.2.1", body.clone()).await.problem(409), ["questions_closed"]);
    let withdrawn = meeting(&app).await;
    app.step("publisher2", &withdrawn, "withdraw", json!({"reason": "By mistake."})).await.expect(200);
    put(&app, &withdrawn, "192.0.2.1", body.clone()).await.problem(410);
    // A draft of the next version changes nothing for residents.
    let open = meeting(&app).await;
    app.patch("editor", &open, json!({"questions": null})).await.expect(200);
    put(&app, &open, "192.0.2.1", body).await.expect(202);
    assert_eq!(number(&app, "SELECT count(*) AS n FROM resident_question"), 1);
}

#[actix_web::test]
async fn what_leads_to_a_person_is_refused_with_its_place_and_all_faults_at_once() {
    let app = TestApp::new().await;
    let address = meeting(&app).await;
    let text = "Why did nobody call 07700 900123 back? Write to jane@example.org.";
    let refused = put(&app, &address, "192.0.2.1", json!({"text": text, "asked_by": "resident"})).await;
    assert_eq!(refused.problem(422), ["telephone", "email"]);
    let errors = refused.json()["errors"].clone();
    assert_eq!(errors[0]["pointer"], "/text");
    assert_eq!(errors[0]["span"], json!({"from": 20, "to": 32}));
    assert_eq!(&text[20..32], "07700 900123");
    assert!(errors[0]["detail"].as_str().unwrap().contains("Take it out"), "{errors}");
    let body = json!({"text": "short", "asked_by": "nobody", "area": "E99999999", "name": "Jane"});
    let refused = put(&app, &address, "192.0.2.1", body).await;
    assert_eq!(
        faults(&refused),
        ["/area not_found", "/asked_by unknown_code", "/name unknown_member", "/text too_short"]
    );
    for (text, code) in [(" ".repeat(20), "too_short"), ("a".repeat(1_001), "too_long")] {
        let refused = put(&app, &address, "192.0.2.1", json!({"text": text, "asked_by": "resident"})).await;
        assert_eq!(refused.problem(422), [code]);
    }
    // Nothing of these counts towards what the address may put.
    for _ in 0..3 {
        put_text(&app, &address, "192.0.2.1", TEXT).await;
    }
    let with_area = json!({"text": TEXT, "asked_by": "charity", "area": "E07000034"});
    put(&app, &address, "192.0.2.2", with_area).await.expect(202);
    let all = inbox(&app, "editor").await;
    let last = all.last().unwrap();
    assert_eq!((&last["asked_by"], &last["area"]), (&json!("charity"), &json!("E07000034")));
}

#[actix_web::test]
async fn an_address_puts_three_questions_a_day_and_its_trace_ends_with_the_day() {
    let app = TestApp::new().await;
    let address = meeting(&app).await;
    let body = json!({"text": TEXT, "asked_by": "resident"});
    for _ in 0..3 {
        put_text(&app, &address, "192.0.2.1", TEXT).await;
    }
    let refused = put(&app, &address, "192.0.2.1", body.clone()).await;
    assert!(refused.problem(429).is_empty());
    // Until midnight.
    assert_eq!(refused.header("retry-after"), Some("45000"));
    // One subscriber has 64 bits of addresses.
    for n in 1..=3 {
        put_text(&app, &address, &format!("2001:db8::{n}"), TEXT).await;
    }
    put(&app, &address, "2001:db8::4", body.clone()).await.problem(429);
    put_text(&app, &address, "2001:db8:0:1::4", TEXT).await;
    assert_eq!(number(&app, "SELECT count(*) AS n FROM question_day"), 1);
    // Three addresses, of two networks.
    assert_eq!(number(&app, "SELECT count(*) AS n FROM question_sender"), 5);
    app.set_time("2026-11-01T23:59:59Z");
    put(&app, &address, "192.0.2.1", body).await.problem(429);
    app.set_time("2026-11-02T00:00:00Z");
    assert_eq!(destroy_old(&app), 6);
    assert_eq!(number(&app, "SELECT count(*) AS n FROM question_day"), 0);
    assert_eq!(number(&app, "SELECT count(*) AS n FROM question_sender"), 0);
    put_text(&app, &address, "192.0.2.1", TEXT).await;
}

#[actix_web::test]
async fn a_network_puts_thirty_questions_a_day() {
    let app = TestApp::new().await;
    let address = meeting(&app).await;
    for net in ["192.0.2.", "2001:db8:7:"] {
        let from = |n: u32| if net.contains(':') { format!("{net}{n:x}::1") } else { format!("{net}{n}") };
        for n in 0..30 {
            put_text(&app, &address, &from(n / 3), TEXT).await;
        }
        let refused = put(&app, &address, &from(99), json!({"text": TEXT, "asked_by": "resident"})).await;
        refused.problem(429);
        assert!(refused.text().contains("At most 30 questions"), "{}", refused.text());
    }
    put_text(&app, &address, "192.0.3.1", TEXT).await;
    put_text(&app, &address, "2001:db8:8::1", TEXT).await;
}

#[actix_web::test]
async fn what_cannot_be_seen_is_refused_with_its_place() {
    let app = TestApp::new().await;
    let address = meeting(&app).await;
    for hidden in ["\u{200b}", "\u{2060}\u{fe0f}", "\u{ad}", "\u{3164}", "\u{2800}", "\u{115f}", "\u{feff}"] {
        let text = format!("How many {hidden}officers work here?");
        let refused = put(&app, &address, "192.0.2.1", json!({"text": text, "asked_by": "resident"})).await;
        assert_eq!(refused.problem(422), ["invisible"], "{text:?}");
        let span = json!({"from": 9, "to": 9 + hidden.chars().count()});
        assert_eq!(refused.json()["errors"][0]["span"], span, "{text:?}");
    }
    // What turns the direction of a text, and tags, are in no text of the record.
    for hidden in ["\u{202e}", "\u{2066}", "\u{e0041}"] {
        let text = format!("How many {hidden}officers work here?");
        let refused = put(&app, &address, "192.0.2.1", json!({"text": text, "asked_by": "resident"})).await;
        assert!(refused.problem(422).contains(&"control_character".to_owned()), "{text:?}");
        let plan = json!({"title": text});
        let refused = app.patch("editor", "/v1/plans/derbyshire-pcc:PLAN-2021", plan).await;
        assert_eq!(refused.problem(422), ["control_character"], "{text:?}");
    }
    let blank = json!({"text": format!("Why?{}", "\u{2800}".repeat(20)), "asked_by": "resident"});
    let refused = put(&app, &address, "192.0.2.1", blank).await;
    let mut codes = refused.problem(422);
    codes.sort();
    assert_eq!(codes, ["invisible", "too_short"]);
    let sign = json!({"text": "Do you ❤️ our police as we do?", "asked_by": "resident"});
    put(&app, &address, "192.0.2.1", sign).await.expect(202);
}

#[actix_web::test]
async fn a_form_that_is_refused_comes_back_with_its_text_and_what_is_wrong() {
    let app = TestApp::new().await;
    let address = meeting(&app).await;
    let send = async |form: &str, headers: &[(&str, &str)]| {
        let mut request = app.request("POST", &format!("{address}/questions")).peer("192.0.2.1");
        request = request.header("Accept", "text/html");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body("application/x-www-form-urlencoded", form.as_bytes()).send().await
    };
    let form = "text=Call+07700+900123%2C+%3Cb%3Enow%3C%2Fb%3E%21&asked_by=charity";
    let page = send(form, &[]).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'self'"));
    let text = page.text();
    for part in [
        ">Call 07700 900123, &#60;b&#62;now&#60;/b&#62;!</textarea>",
        "<strong class=\"fault\">",
        "reads as a telephone number",
        "aria-invalid=\"true\"",
        "<option value=\"charity\" selected>",
        &format!("action=\"{address}/questions\""),
        &format!("<a href=\"{address}\">The meeting</a>"),
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    // A program gets the problem.
    put(&app, &address, "192.0.2.1", json!({"text": "Call 07700 900123 now", "asked_by": "resident"}))
        .await
        .problem(422);
    // A form comes from a page of this service.
    let form = "text=How+many+officers+work+here%3F&asked_by=resident";
    for (headers, status) in [
        (vec![("Sec-Fetch-Site", "cross-site")], 403),
        (vec![("Sec-Fetch-Site", "same-site")], 403),
        (vec![("Origin", "https://elsewhere.example")], 403),
        (vec![("Origin", "null")], 403),
        (vec![("Origin", "null"), ("Sec-Fetch-Site", "same-origin")], 202),
        (vec![("Origin", app.state.public_url.as_str()), ("Sec-Fetch-Site", "same-origin")], 202),
        (vec![], 202),
    ] {
        assert_eq!(send(form, &headers).await.status, status, "{headers:?}");
    }
    let late = send(form, &[]).await;
    assert_eq!(late.status, 429);
    assert!(late.text().contains(">How many officers work here?</textarea>"), "{}", late.text());
}

#[actix_web::test]
async fn before_it_is_accepted_a_question_is_nowhere_but_in_the_inbox() {
    let app = TestApp::new().await;
    let address = meeting(&app).await;
    let before = number(&app, "SELECT count(*) AS n FROM record");
    put_text(&app, &address, "192.0.2.1", TEXT).await;
    let id = only(&app).await["id"].as_str().unwrap().to_owned();
    app.seal_and_catch_up();
    assert_eq!(number(&app, "SELECT count(*) AS n FROM record"), before);
    let mut paths: Vec<String> = [
        "/v1/search?q=zyxofficers",
        "/v1/search?q=zyx*",
        "/v1/questions?q=zyxofficers",
        "/v1/questions",
        "/v1/meetings?q=zyxofficers",
        "/v1/changes?limit=200",
        "/v1/changes.atom",
        "/v1/clocks",
        "/v1/audit?limit=200",
        "/v1/me",
        "/v1/export.zip",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.extend(
        ["", "?include=questions", "?format=html", "/versions", "/thread"]
            .map(|rest| format!("{address}{rest}")),
    );
    let readers = ["editor", "editor2", "editor_publisher", "auditor"];
    for who in std::iter::once(None).chain(ACTORS.iter().map(|(name, ..)| Some(*name))) {
        for path in &paths {
            let answer = app.get(who, path).await;
            // A search repeats its words, and only these.
            assert!(!answer.text().contains("zyxofficers work"), "{who:?} {path}");
            assert!(!answer.text().contains("zyxofficers") || path.contains("q=zyx"), "{who:?} {path}");
        }
        let answer = app.get(who, "/v1/question-inbox").await;
        let reads = who.is_some_and(|who| readers.contains(&who));
        assert_eq!(answer.text().contains("zyx"), reads, "{who:?}: {}", answer.text());
        // The Panel's clerk has an inbox too, of the Panel's own meetings.
        let expected =
            if reads || who.is_some_and(|who| who.starts_with("panel_officer")) { 200 } else { 403 };
        assert_eq!(answer.status, if who.is_none() { 401 } else { expected }, "{who:?}");
        if reads && who != Some("auditor") {
            continue;
        }
        for verb in ["accept", "same-as", "refuse"] {
            let path = format!("/v1/question-inbox/{id}/{verb}");
            let answer = app.request("POST", &path).as_actor(who).json(&json!({})).send().await;
            assert!([401, 403, 404].contains(&answer.status), "{who:?} {verb}: {}", answer.text());
        }
    }
    for who in ["other_editor", "other_auditor", "other_panel_officer"] {
        assert!(inbox(&app, who).await.is_empty(), "{who}");
        app.post(who, &format!("/v1/question-inbox/{id}/refuse"), json!({"reason": "abusive"})).await;
    }
    assert_eq!(only(&app).await["state"], "waiting");
    // Everyone sees how many wait.
    assert_eq!(counts(&app, None, &address).await["waiting"], 1);
}

#[actix_web::test]
async fn where_the_office_has_not_turned_it_on_there_is_nothing() {
    let app = TestApp::with_site(Site::default()).await;
    let address = meeting(&app).await;
    let id = Id::parse("01990000-0000-7000-8000-000000000000").unwrap();
    let paths = [
        format!("{address}/questions"),
        "/v1/question-receipts/0123456789abcdef0123456789abcdef".to_owned(),
        "/v1/question-receipts/0123456789abcdef0123456789abcdef/withdraw".to_owned(),
        "/v1/question-inbox".to_owned(),
        format!("/v1/question-inbox/{id}/accept"),
        format!("/v1/question-inbox/{id}/same-as"),
        format!("/v1/question-inbox/{id}/refuse"),
    ];
    for path in &paths {
        for method in ["GET", "POST", "PUT", "OPTIONS", "DELETE"] {
            for who in [None, Some("publisher"), Some("partner"), Some("admin")] {
                let body = json!({"text": TEXT, "asked_by": "resident"});
                let answer = app.request(method, path).as_actor(who).json(&body).send().await;
                let other = app.request(method, "/v1/nothing").as_actor(who).json(&body).send().await;
                assert_eq!(answer.comparable(), other.comparable(), "{method} {path} {who:?}");
            }
            let broken = app.request(method, path).header("authorization", "Bearer x").send().await;
            broken.problem(404);
            let office = app.request(method, path).as_role("editor").send().await;
            office.problem(404);
            assert!(office.text().contains("RESIDENT_QUESTIONS"), "{}", office.text());
        }
    }
    assert!(!app.get(None, &format!("{address}?format=html")).await.text().contains("<textarea"));
}

#[actix_web::test]
async fn two_operations_change_something_without_a_token_and_no_other() {
    let unnamed: Vec<&str> = resources::operations()
        .iter()
        .filter(|operation| operation.writes() && operation.unnamed)
        .map(|operation| operation.id.as_str())
        .collect();
    assert_eq!(unnamed, ["ask_question", "withdraw_question_receipt"]);
    let app = TestApp::new().await;
    for operation in resources::operations().iter().filter(|operation| operation.writes()) {
        let path = crate::support::address_of(&operation.path, "nothing").replace("{receipt}", "nothing");
        let answer = app.request(operation.method.name(), &path).json(&json!({})).send().await;
        let expected = match operation.id.as_str() {
            id if unnamed.contains(&id) => 404,
            _ if operation.issues_token => continue,
            _ => 401,
        };
        assert_eq!(answer.status, expected, "{}", operation.id);
    }
}

#[actix_web::test]
async fn the_counts_of_a_past_moment_are_those_of_then() {
    let app = TestApp::new().await;
    let address = meeting(&app).await;
    app.set_time("2026-11-02T10:00:00Z");
    put_text(&app, &address, "192.0.2.1", TEXT).await;
    app.set_time("2026-11-03T10:00:00Z");
    decide(&app, "editor", &only(&app).await["id"], "refuse", json!({"reason": "abusive"})).await.expect(200);
    app.set_time("2026-11-04T10:00:00Z");
    for (moment, waiting, refused) in [("2026-11-01", 0, 0), ("2026-11-02", 1, 0), ("2026-11-03", 0, 1)] {
        let counted = counts(&app, None, &format!("{address}?as_of={moment}T23:00:00Z")).await;
        assert_eq!(counted["waiting"], waiting, "{moment}: {counted}");
        assert_eq!(counted["refused_by_reason"]["abusive"], refused, "{moment}: {counted}");
        assert_eq!(counted["received"], waiting + refused, "{moment}: {counted}");
    }
}
