//! Imports and exports over HTTP.

use super::*;

#[actix_web::test]
async fn an_editor_imports_drafts_of_its_own_body_whole_or_not_at_all() {
    let app = TestApp::new().await;
    let before = records(&app);
    // The objective stands before the plan that it names: names are taken first.
    let bundle = archive(&[
        ("objectives.jsonl", vec![own_line(&app, "objective", "I-1", json!({"plan": "derbyshire-pcc:I-1"}))]),
        (
            "plans.jsonl",
            vec![own_line(&app, "plan", "I-1", json!({})), own_line(&app, "plan", "I-2", json!({}))],
        ),
    ]);
    // Tried: nothing is kept, whoever looks.
    let tried = app.post_archive(Some("editor"), "?dry_run=true", bundle.clone()).await.expect(200).json();
    assert_eq!(tried["dry_run"], true);
    assert_eq!(tried["records"], json!({"objectives": 1, "plans": 2}));
    assert_eq!(records(&app), before);
    app.get(Some("editor"), "/v1/plans/derbyshire-pcc:I-1").await.problem(404);

    let done = app.post_archive(Some("editor"), "", bundle.clone()).await.expect(200);
    assert!(done.header("etag").is_none() && done.header("idempotency-replayed").is_none());
    assert_eq!(done.json()["versions"], 3);
    app.seal_and_catch_up();
    let plan = app.get(Some("editor"), "/v1/plans/derbyshire-pcc:I-1").await.expect(200).json();
    assert_eq!((&plan["state"], &plan["body"]), (&json!("draft"), &json!("derbyshire-pcc")));
    assert_eq!(plan["owner"], "opcc-derbyshire");
    app.get(None, "/v1/plans/derbyshire-pcc:I-1").await.problem(404);
    // What it wrote, it does not publish: the two pairs of eyes hold for imports too.
    let objective = "/v1/objectives/derbyshire-pcc:I-1";
    let read = app.get(Some("editor"), objective).await.expect(200).json();
    assert_eq!(read["plan"], "derbyshire-pcc:I-1");
    app.ready("plan", "/v1/plans/derbyshire-pcc:I-1").await;
    app.step("publisher", "/v1/plans/derbyshire-pcc:I-1", "publish", json!({})).await.expect(200);

    // Again: all are there already, and each is told.
    let again = faults_in(&app.post_archive(Some("editor"), "", bundle).await, 422);
    let already_used =
        |file: &str, line| (file.to_owned(), line, "/reference".to_owned(), "taken".to_owned());
    assert_eq!(
        again,
        [already_used("plans.jsonl", 1), already_used("plans.jsonl", 2), already_used("objectives.jsonl", 1)]
    );

    let all = [
        own_line(&app, "plan", "I-3", json!({})),
        own_line(&app, "plan", "I-4", json!({"published_at": "2025-01-01T00:00:00Z"})),
        own_line(&app, "plan", "I-5", json!({"id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000"})),
        own_line(&app, "plan", "I-6", json!({"version": 1})),
        own_line(&app, "plan", "I-7", json!({"body": "elsewhere-pcc"})),
        own_line(&app, "plan", "I-8", json!({"owner": "victim-support"})),
        own_line(&app, "plan", "I-9", json!({"body": "derbyshire-pcc", "owner": "opcc-derbyshire"})),
    ];
    let before = records(&app);
    let refused = faults_in(
        &app.post_archive(Some("editor"), "", archive(&[("plans.jsonl", all.to_vec())])).await,
        422,
    );
    let at =
        |line, place: &str, code: &str| ("plans.jsonl".to_owned(), line, place.to_owned(), code.to_owned());
    assert_eq!(
        refused,
        [
            at(2, "/published_at", "not_taken"),
            at(3, "/id", "not_taken"),
            at(4, "/version", "not_taken"),
            at(5, "/body", "not_yours"),
            at(6, "/owner", "not_yours"),
        ]
    );
    assert_eq!(records(&app), before);
}

#[actix_web::test]
async fn who_could_not_make_the_records_one_by_one_does_not_import_them() {
    let app = TestApp::new().await;
    let before = records(&app);
    let plans = archive(&[("plans.jsonl", vec![own_line(&app, "plan", "I-1", json!({}))])]);
    let themes = archive(&[("themes.jsonl", vec![own_line(&app, "theme", "i-1", json!({}))])]);
    let both = archive(&[
        ("plans.jsonl", vec![own_line(&app, "plan", "I-1", json!({}))]),
        ("themes.jsonl", vec![own_line(&app, "theme", "i-1", json!({}))]),
    ]);
    app.post_archive(None, "", plans.clone()).await.problem(401);
    for who in ["partner", "panel_member", "panel_officer", "auditor", "publisher", "commissioner"] {
        for bytes in [&plans, &themes] {
            app.post_archive(Some(who), "", bytes.clone()).await.problem(403);
        }
    }
    for (who, bytes, file) in [
        ("admin", &plans, "plans.jsonl"),
        ("editor", &themes, "themes.jsonl"),
        ("editor", &both, "themes.jsonl"),
    ] {
        let refused = faults_in(&app.post_archive(Some(who), "", bytes.clone()).await, 403);
        assert_eq!(refused, [(file.to_owned(), 0, String::new(), "forbidden".to_owned())], "{who}");
    }
    // Nobody imports a withdrawal, or what only the Panel's clerk writes.
    let gone = json!({"kind": "plan", "reference": "PLAN-2013", "withdrawn_at": "2026-01-01T00:00:00Z", "reason": "x"});
    let gone = archive(&[("withdrawn.jsonl", vec![gone])]);
    let reading = own_line(&app, "counter_assessment", "I-1", json!({}));
    let reading = archive(&[("counter-assessments.jsonl", vec![reading])]);
    for who in ["editor", "admin"] {
        app.post_archive(Some(who), "", gone.clone()).await.problem(403);
        app.post_archive(Some(who), "", reading.clone()).await.problem(403);
    }
    assert_eq!(records(&app), before);
    // What another office has in draft is nothing here, and the administrator's data is public at once.
    let hidden = app.draft("plan").await;
    let reference = app.get(Some("editor"), &hidden).await.json()["reference"].as_str().unwrap().to_owned();
    let names = own_line(&app, "objective", "I-1", json!({"plan": format!("derbyshire-pcc:{reference}")}));
    let names = archive(&[("objectives.jsonl", vec![names])]);
    let refused = app.post_archive(Some("other_editor"), "", names.clone()).await;
    assert_eq!(faults_in(&refused, 422)[0].2, "/plan");
    app.post_archive(Some("editor"), "", names).await.expect(200);
    app.post_archive(Some("admin"), "", themes).await.expect(200);
    app.get(None, "/v1/themes/i-1").await.expect(200);
}

#[actix_web::test]
async fn an_import_repeated_with_its_key_is_done_once() {
    let app = TestApp::new().await;
    let bundle = archive(&[("plans.jsonl", vec![own_line(&app, "plan", "I-1", json!({}))])]);
    let send = |query: &'static str, bytes: Vec<u8>| {
        app.request("POST", &format!("/v1/imports{query}"))
            .as_role("editor")
            .header("idempotency-key", "import-1")
            .body("application/zip", bytes)
            .send()
    };
    // What was only tried has claimed nothing.
    send("?dry_run=true", bundle.clone()).await.expect(200);
    let first = send("", bundle.clone()).await.expect(200);
    assert_eq!(first.header("idempotency-replayed"), None);
    let made = records(&app);
    let again = send("", bundle).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json()["versions"], first.json()["versions"]);
    assert_eq!(records(&app), made);
    let other = archive(&[("plans.jsonl", vec![own_line(&app, "plan", "I-2", json!({}))])]);
    assert_eq!(send("", other).await.problem(422), ["reused"]);
    assert_eq!(records(&app), made);
}

#[actix_web::test]
async fn what_is_no_archive_or_too_much_of_one_is_refused_and_bounded() {
    let app = TestApp::new().await;
    let before = records(&app);
    let post = async |bytes: Vec<u8>| app.post_archive(Some("editor"), "", bytes).await;
    for bytes in [b"PK\x03\x04 and nothing more".to_vec(), b"{}".to_vec()] {
        assert_eq!(faults_in(&post(bytes).await, 422)[0].3, "unreadable");
    }
    let odd = app.request("POST", "/v1/imports").as_role("editor").json(&json!({})).send().await;
    assert_eq!(odd.problem(422), ["unknown_document"]);
    app.request("POST", "/v1/imports").as_role("editor").body("text/plain", "x").send().await.problem(415);
    post(vec![b'x'; 33 << 20]).await.problem(413);
    // A gigabyte of line ends in a megabyte; the same in a file that says it is small.
    let mut bomb = zip::ZipWriter::new(Cursor::new(vec![]));
    bomb.start_file("plans.jsonl", SimpleFileOptions::default()).unwrap();
    let piece = vec![b'\n'; 1 << 20];
    for _ in 0..300 {
        bomb.write_all(&piece).unwrap();
    }
    let bomb = bomb.finish().unwrap().into_inner();
    assert!(bomb.len() < 2 << 20);
    let answer = post(bomb.clone()).await;
    assert_eq!(faults_in(&answer, 422)[0].3, "unreadable");
    assert!(answer.text().contains("has 314572800 uncompressed bytes"), "{}", answer.text());
    let said = (300_u32 << 20).to_le_bytes();
    let mut lying = bomb;
    let places: Vec<usize> = (0..lying.len() - 4).filter(|n| lying[*n..*n + 4] == said).collect();
    assert!(!places.is_empty());
    for n in places {
        lying[n..n + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    let answer = post(lying).await;
    assert_eq!(faults_in(&answer, 422)[0].3, "unreadable", "{}", answer.text());
    // One line without an end.
    let long = zipped([("plans.jsonl", vec![b'x'; 200 << 20].as_slice())]);
    let answer = faults_in(&post(long).await, 422);
    assert_eq!(answer, [("plans.jsonl".to_owned(), 1, String::new(), "too_long".to_owned())]);
    assert_eq!(records(&app), before);
}

#[actix_web::test]
async fn the_values_in_the_cells_of_all_rows_are_bounded_together() {
    let app = TestApp::new().await;
    let row = format!("P,\"[{}0]\"\n", "0,".repeat(160_000));
    let of = |rows: usize| {
        let text = format!("reference,sources\n{}", row.repeat(rows));
        zipped([("plans.csv", text.as_bytes())])
    };
    app.post_archive(Some("editor"), "?dry_run=true", of(2)).await.expect(422);
    app.post_archive(Some("editor"), "?dry_run=true", of(200)).await.problem(413);
}
