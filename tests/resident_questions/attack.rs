//! What somebody tries who means harm.

use futures_util::future::join_all;
use serde_json::json;

use super::inbox::take_back;
use super::*;
use crate::process::{Scratch, ask, database, run, start_service_logging_to};
use crate::support::until;

/// Fills a meeting with questions that wait, past the route.
fn fill(app: &TestApp, meeting: &str, count: usize) {
    let meeting = Id::parse(meeting.rsplit('/').next().unwrap()).unwrap();
    app.write(|conn| {
        for n in 0..count {
            let digest = onrecord::hex::hex(&app.state.clock.random::<16>()).into_bytes();
            Sql::new("INSERT INTO resident_question (id, meeting, body, owner, receipt_digest, received_at, text, asked_by, state) SELECT ")
                .bind(app.state.clock.new_id())
                .text(", r.id, r.body, r.owner, ")
                .bind(digest)
                .text(", ")
                .bind(app.state.now())
                .text(", ")
                .bind(format!("Question {n} of many"))
                .text(", 'resident', 'waiting' FROM record r WHERE r.id = ")
                .bind(meeting)
                .execute(conn)
                .unwrap();
        }
    });
}

fn waiting(app: &TestApp) -> i64 {
    number(app, "SELECT count(*) AS n FROM resident_question WHERE state = 'waiting'")
}

#[actix_web::test]
async fn two_hundred_wait_for_a_meeting_and_no_more_however_many_come_at_once() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    fill(&app, &meeting, 199);
    let ask = |n: usize| {
        let from = format!("198.51.100.{n}");
        let (app, meeting) = (&app, &meeting);
        async move { put(app, meeting, &from, json!({"text": TEXT, "asked_by": "resident"})).await }
    };
    let answers = join_all((1..=12).map(ask)).await;
    let taken_in = answers.iter().filter(|answer| answer.status == 202).count();
    assert_eq!((taken_in, waiting(&app)), (1, 200));
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        assert!(answer.problem(429).is_empty());
        assert_eq!(answer.header("retry-after"), Some("3600"));
    }
    // Who was refused has used nothing of the day's three: what counts is of one address and its network.
    assert_eq!(number(&app, "SELECT count(*) AS n FROM question_sender"), 2);
    // Another meeting has room.
    let other = super::meeting(&app).await;
    put_text(&app, &other, "198.51.100.7", TEXT).await;
}

#[actix_web::test]
async fn putting_and_taking_back_does_not_fill_the_table() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    fill(&app, &meeting, 198);
    for n in 0..2 {
        let own = put_text(&app, &meeting, &format!("198.51.100.{n}"), TEXT).await;
        take_back(&app, &own).await.expect(200);
    }
    let body = json!({"text": TEXT, "asked_by": "resident"});
    put(&app, &meeting, "198.51.100.9", body.clone()).await.problem(429);
    app.set_time("2026-11-02T00:00:00Z");
    put(&app, &meeting, "198.51.100.9", body).await.expect(202);
}

#[actix_web::test]
async fn of_many_questions_of_one_address_at_once_three_are_taken() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let ask = |n: usize| {
        let (app, meeting) = (&app, &meeting);
        async move {
            put(app, meeting, "198.51.100.1", json!({"text": format!("{TEXT} {n}"), "asked_by": "resident"}))
                .await
        }
    };
    let statuses: Vec<u16> = join_all((0..20).map(ask)).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 3, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 17, "{statuses:?}");
    // A proxy that nobody trusts does not make it another address.
    let path = format!("{meeting}/questions");
    let forged = app.request("POST", &path).peer("198.51.100.1").header("x-forwarded-for", "203.0.113.5");
    forged.json(&json!({"text": TEXT, "asked_by": "resident"})).send().await.problem(429);
}

#[actix_web::test]
async fn a_receipt_that_is_guessed_opens_nothing() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let own = put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    assert!(own.len() == 32 && own.bytes().all(|byte| byte.is_ascii_hexdigit()), "{own}");
    let other = put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    assert_ne!(own, other);
    let nothing = receipt(&app, "0123456789abcdef0123456789abcdef").await;
    nothing.problem(404);
    let mut guesses = vec![
        own.to_uppercase(),
        own[..31].to_owned(),
        format!("{own}0"),
        "%00".to_owned(),
        "'%20OR%201=1--".to_owned(),
    ];
    guesses.extend((0..32).map(|n| {
        let mut bytes = own.clone().into_bytes();
        bytes[n] = if bytes[n] == b'0' { b'1' } else { b'0' };
        String::from_utf8(bytes).unwrap()
    }));
    // What is stored is no receipt either.
    let stored =
        onrecord::hex::hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, own.as_bytes()).as_ref());
    guesses.push(stored);
    for guess in guesses {
        let answer = receipt(&app, &guess).await;
        assert_eq!(answer.comparable(), nothing.comparable(), "{guess}");
        take_back(&app, &guess).await.problem(404);
    }
    assert_eq!(waiting(&app), 2);
    // Not stored by anybody on the way.
    let answer = receipt(&app, &own).await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert!(answer.header("etag").is_none());
}

#[actix_web::test]
async fn markup_and_formulas_stay_text_wherever_they_are_shown() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let text = "=HYPERLINK(A1;B1) <script>alert(1)</script><img src=x onerror=alert(1)> ]]> &amp; abc";
    put_text(&app, &meeting, "192.0.2.1", text).await;
    let row = only(&app).await;
    assert_eq!(row["text"], text);
    let csv = app.get(Some("editor"), "/v1/question-inbox?format=csv").await.expect(200).text();
    assert!(csv.contains("HYPERLINK"), "{csv}");
    let sheet =
        app.get(Some("editor"), "/v1/question-inbox?format=csv&for=spreadsheet").await.expect(200).text();
    assert!(sheet.contains("'=HYPERLINK"), "{sheet}");
    let row =
        decide(&app, "editor", &row["id"], "accept", json!({"reference": "Q-1"})).await.expect(200).json();
    let question = format!("/v1/questions/{}", row["question"].as_str().unwrap());
    publish(&app, "editor", &question).await;
    app.seal_and_catch_up();
    for path in [
        format!("{question}?format=html"),
        format!("{meeting}?format=html"),
        "/v1/questions?format=html".to_owned(),
        "/v1/changes?format=html".to_owned(),
        "/v1/changes.atom".to_owned(),
        "/v1/search?q=alert&format=html".to_owned(),
        format!("{question}/versions?format=html"),
    ] {
        let page = app.get(None, &path).await.expect(200);
        assert!(!page.text().contains("<script>alert") && !page.text().contains("<img src=x"), "{path}");
        if page.header("content-type").unwrap().contains("html") {
            assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"), "{path}");
        }
    }
    assert!(app.get(None, &format!("{question}?format=html")).await.text().contains("&#60;script&#62;alert"));
}

#[actix_web::test]
async fn the_page_of_a_meeting_has_a_form_that_works_without_a_script() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let page = app.get(None, &format!("{meeting}?format=html")).await.expect(200);
    let action = format!("{meeting}/questions");
    assert!(page.text().contains(&format!("<form method=\"post\" action=\"{action}\">")), "{}", page.text());
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'self'"));
    let send = |form: &str, site: &str| {
        app.request("POST", &action)
            .peer("192.0.2.1")
            .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("sec-fetch-site", site)
            .body("application/x-www-form-urlencoded", form)
            .send()
    };
    // The same checks as for JSON, all at once, as a page.
    let refused =
        send("text=Call+me+on+07700+900123+please&asked_by=nobody", "same-origin").await.expect(422);
    assert!(refused.header("content-type").unwrap().starts_with("text/html"));
    assert!(
        refused.text().contains("a telephone number") && refused.text().contains("asked_by"),
        "{}",
        refused.text()
    );
    send("text=short&asked_by=resident", "same-origin").await.expect(422);
    send("text=Why+is+it%3F+so&text=Why+is+it+so+twice&asked_by=resident", "same-origin").await.expect(400);
    send("text=Why+is+it+so+dark+there%3F&asked_by=resident&name=Jane", "same-origin").await.expect(422);
    let form = "text=Why+is+it+so+dark%0D%0Athere%3F+%3Cscript%3E&asked_by=resident";
    assert_eq!(waiting(&app), 0);
    // A page of another site puts nothing in its readers' names.
    send(form, "cross-site").await.expect(403);
    let taken_in = send(form, "same-origin").await.expect(202);
    assert!(taken_in.header("content-type").unwrap().starts_with("text/html"));
    let address = taken_in.header("location").unwrap().to_owned();
    assert!(taken_in.text().contains(&address), "{}", taken_in.text());
    assert_eq!(taken_in.header("cache-control"), Some("private, no-store"));
    assert_eq!(only(&app).await["text"], "Why is it so dark\nthere? <script>");
    let page = app.get(None, &format!("{address}?format=html")).await.expect(200);
    assert!(page.text().contains("Take it back") && page.text().contains("/withdraw"), "{}", page.text());
    let back = app
        .request("POST", &format!("{address}/withdraw"))
        .header("accept", "text/html")
        .body("application/x-www-form-urlencoded", "")
        .send()
        .await
        .expect(200);
    assert!(!back.text().contains("Take it back") && back.text().contains("ithdrawn"), "{}", back.text());
    for _ in 0..2 {
        send(form, "same-origin").await.expect(202);
    }
    send(form, "same-origin").await.expect(429);
    // After the last day there is no form.
    app.set_time("2026-11-14T00:00:00Z");
    assert!(!app.get(None, &format!("{meeting}?format=html")).await.expect(200).text().contains("<textarea"));
}

#[actix_web::test]
async fn what_is_too_large_or_no_json_is_refused_before_it_is_read_as_a_question() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let path = format!("{meeting}/questions");
    let long = json!({"text": "a".repeat(16_400), "asked_by": "resident"}).to_string();
    app.request("POST", &path).body("application/json", long).send().await.problem(413);
    app.request("POST", &path).body("text/plain", TEXT).send().await.problem(415);
    app.request("POST", &path).body("application/json", "{").send().await.problem(400);
    let twice = format!("{{\"text\":\"{TEXT}\",\"text\":\"{TEXT}\",\"asked_by\":\"resident\"}}");
    app.request("POST", &path).body("application/json", twice).send().await.problem(400);
    // Control characters are told, and nothing of a key is stored.
    let control = json!({"text": format!("{TEXT}\u{7}"), "asked_by": "resident"});
    app.request("POST", &path).json(&control).send().await.problem(422);
    let keyed = app.request("POST", &path).header("idempotency-key", "abc");
    keyed.json(&json!({"text": TEXT, "asked_by": "resident"})).send().await.expect(202);
    assert_eq!(number(&app, "SELECT count(*) AS n FROM idempotency WHERE route LIKE '%questions%'"), 0);
    // A bad token is refused, and a good one changes nothing and is not noted.
    let bad = app.request("POST", &path).header("authorization", "Bearer x");
    bad.json(&json!({"text": TEXT, "asked_by": "resident"})).send().await.problem(401);
    let known = app.request("POST", &path).as_role("editor").peer("192.0.2.44");
    known.json(&json!({"text": TEXT, "asked_by": "resident"})).send().await.expect(202);
    app.seal_and_catch_up();
    let trail = app.get(Some("auditor"), "/v1/audit?event=question_received").await.expect(200).json();
    assert!(
        trail["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|entry| entry["actor"] == "anonymous" || entry["actor"].is_object()),
        "{trail}"
    );
    assert!(!trail.to_string().contains("editor"), "{trail}");
}

#[actix_web::test]
async fn what_is_destroyed_is_in_no_file_of_the_database() {
    let app = TestApp::new().await;
    let Some(file) = app.file() else { return };
    let meeting = meeting(&app).await;
    let own =
        put_text(&app, &meeting, "198.51.100.77", "Why is the zebracrossing at the school so dark?").await;
    let in_files = |piece: &str| {
        let folder = std::fs::read_dir(file.parent().unwrap()).unwrap();
        let mut names = folder.map(|entry| entry.unwrap().path());
        names.any(|path| {
            std::fs::read(path).unwrap().windows(piece.len()).any(|window| window == piece.as_bytes())
        })
    };
    assert!(in_files("zebracrossing"), "as long as it waits");
    assert!(!in_files("198.51.100.77") && !in_files(&own), "neither the address nor the receipt ever is");
    take_back(&app, &own).await.expect(200);
    app.state.scrub_if_due().unwrap();
    assert!(!in_files("zebracrossing"));
}

#[actix_web::test]
async fn the_longest_question_is_taken_in_every_script_and_encoding() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let path = format!("{meeting}/questions");
    let send = async |media: &str, body: String| {
        app.request("POST", &path).header("accept", "text/html").body(media, body).send().await
    };
    let form = |count: usize| format!("asked_by=councillor&text={}", "%E8%AD%A6".repeat(count));
    let json = |count: usize| {
        format!("{{\"asked_by\":\"councillor\",\"text\":\"{}\"}}", "\\ud83d\\ude92".repeat(count))
    };
    let media = "application/x-www-form-urlencoded";
    send(media, form(1_000)).await.expect(202);
    send("application/json", json(1_000)).await.expect(202);
    let texts: Vec<String> =
        inbox(&app, "editor").await.iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, ["警".repeat(1_000), "🚒".repeat(1_000)]);
    // One too many comes back with its text.
    let refused = send(media, form(1_001)).await.expect(422);
    assert!(refused.text().contains(&"警".repeat(1_001)), "{}", refused.text());
    app.request("POST", &path).body(media, form(1_900)).send().await.problem(413);
}

#[actix_web::test]
async fn signs_and_letters_are_taken_as_people_type_them_and_heaps_of_marks_are_not() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let ask = |text: String| put(&app, &meeting, "192.0.2.1", json!({"text": text, "asked_by": "resident"}));
    let text = "Why 👨\u{200d}👩\u{200d}👧, ❤\u{fe0f}\u{200d}🔥, 1\u{fe0f}\u{20e3} and می\u{200c}خواهم?";
    ask(text.to_owned()).await.expect(202);
    let row = only(&app).await;
    assert_eq!(row["text"], text);
    // What a resident may put, the office may publish.
    let row = decide(&app, "editor", &row["id"], "accept", json!({"reference": "Q-SIGNS"}))
        .await
        .expect(200)
        .json();
    let question = format!("/v1/questions/{}", row["question"].as_str().unwrap());
    publish(&app, "editor", &question).await;
    assert_eq!(app.get(None, &question).await.expect(200).json()["text"], text);
    let refused = ask(format!("Why is this a{} so?", "\u{301}".repeat(900))).await;
    assert_eq!(refused.problem(422), ["marks"]);
    assert_eq!(refused.json()["errors"][0]["span"], json!({"from": 13, "to": 913}));
    let mut codes = ask("\u{301}".repeat(20)).await.problem(422);
    codes.sort();
    assert_eq!(codes, ["marks", "too_short"]);
}

#[actix_web::test]
async fn behind_nat64_each_address_has_its_own_three_questions() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let body = json!({"text": TEXT, "asked_by": "resident"});
    for n in 1..=3 {
        for _ in 0..3 {
            put_text(&app, &meeting, &format!("64:ff9b::c000:20{n}"), TEXT).await;
        }
        // It is the same one however it is written.
        put(&app, &meeting, &format!("192.0.2.{n}"), body.clone()).await.problem(429);
    }
    // Three addresses and their network.
    assert_eq!(number(&app, "SELECT count(*) AS n FROM question_sender"), 4);
}

#[test]
fn the_log_has_neither_the_address_nor_the_receipt_of_whoever_puts_a_question() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    let keys = scratch.0.join("keys").to_string_lossy().into_owned();
    let log = scratch.0.join("log");
    assert!(run(&["migrate"], &[("DATABASE_URL", &database)]).0);
    let program = start_service_logging_to(
        std::fs::File::create(&log).unwrap().into(),
        &[
            ("DATABASE_URL", database.as_str()),
            ("KEYS_DIR", keys.as_str()),
            ("TRUSTED_PROXIES", "127.0.0.1"),
            ("RESIDENT_QUESTIONS", "true"),
        ],
    );
    let from = [
        ("X-Forwarded-For", "203.0.113.7"),
        ("Content-Type", "application/json"),
        ("User-Agent", "zyxprogram"),
        ("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ];
    let receipt = "0123456789abcdef0123456789abcdef";
    for (method, path) in [
        ("POST", "/v1/meetings/derbyshire-pcc:PSM-2026-11/questions".to_owned()),
        ("GET", format!("/v1/question-receipts/{receipt}")),
        ("POST", format!("/v1/question-receipts/{receipt}/withdraw")),
    ] {
        assert_eq!(ask(&program.address, method, &path, &from, "{}").unwrap().0, 404, "{path}");
    }
    // Other methods of these addresses say as much, and so do addresses that are nearly these.
    let others = [
        ("GET", "/v1/meetings/derbyshire-pcc:PSM-2026-11/questions".to_owned()),
        ("OPTIONS", format!("/v1/question-receipts/{receipt}")),
        ("HEAD", format!("/v1/question-receipts/{receipt}")),
        ("PUT", format!("/v1/question-receipts/{receipt}")),
        ("GET", format!("/v1/question-receipts/{receipt}/withdraw")),
        ("OPTIONS", format!("/v1/question-receipts/{receipt}/withdraw")),
        ("DELETE", format!("/v1/question-receipts/{receipt}/withdraw")),
        ("GET", format!("/question-receipts/{receipt}")),
        ("GET", format!("/v1/Question-Receipts/{receipt}/now")),
        ("GET", format!("/v1/%71uestion%2Dreceipts/{}", receipt.replace("ab", "%61b"))),
        ("POST", format!("/v1/receipts/{receipt}")),
        ("GET", format!("/v1/questions/{receipt}")),
        ("GET", format!("/panel/{receipt}")),
    ];
    for (method, path) in &others {
        ask(&program.address, method, path, &from, "{}").unwrap();
    }
    ask(&program.address, "GET", "/v1/plans", &from, "").unwrap();
    let text = || std::fs::read_to_string(&log).unwrap();
    until("the log has the last request", || text().contains("list_plans"));
    let lines: Vec<Value> = text().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of = |operation: &str| lines.iter().find(|line| line["operation"] == operation).unwrap();
    let named = of("list_plans");
    assert_eq!((&named["address"], &named["agent"]), (&json!("203.0.113.7"), &json!("zyxprogram")));
    assert_ne!(named["trace"], "");
    let masked: Vec<&Value> =
        lines.iter().filter(|line| line["path"].as_str().is_some_and(|path| path.contains('{'))).collect();
    assert_eq!(masked.len(), 3 + others.len());
    for line in masked {
        assert!(line.get("address").is_none() && line.get("agent").is_none(), "{line}");
        assert_eq!(line["trace"], "", "{line}");
    }
    for word in ["203.0.113.7", "zyxprogram", "4bf92f3577b34da6a3ce929d0e0e4736"] {
        assert_eq!(text().matches(word).count(), 1, "{word}");
    }
    for operation in ["ask_question", "get_question_receipt", "withdraw_question_receipt"] {
        let line = of(operation);
        assert!(line.get("address").is_none() && line["path"].as_str().unwrap().contains('{'), "{line}");
    }
    assert!(!text().contains(receipt) && !text().contains("cdef%30"));
}
