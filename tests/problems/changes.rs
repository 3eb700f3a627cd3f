//! Changes without the right tag, in the wrong state, or of what no request may set.

use super::*;

#[actix_web::test]
async fn a_change_without_the_records_own_tag_is_refused_in_every_kind() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        let address = app.draft(kind.def.name).await;
        let who = writer(kind);
        let old = app.get(Some(who), &address).await.expect(200).etag().to_owned();
        let title = kind.def.title;
        app.patch(who, &address, json!({title: "Another wording"})).await.expect(200);
        let now = app.get(Some(who), &address).await.etag().to_owned();
        assert_ne!(old, now);
        let of_list = app.get(Some(who), &list(kind)).await.etag().to_owned();
        let of_fields = app.get(Some(who), &format!("{address}?fields=id")).await.etag().to_owned();
        let before = marks(&app, &[&address]).await;
        let mut content = kind.example.clone();
        content.as_object_mut().unwrap().shift_remove("reference");
        let submit = format!("{address}/submit");
        let mut targets =
            vec![("PUT", address.clone(), content), ("PATCH", address.clone(), json!({title: "x"}))];
        if kind.def.workflow {
            targets.push(("POST", submit, json!({})));
        }
        for (method, path, body) in targets {
            let send = async |tags: &[&str]| {
                let mut request = app.request(method, &path).as_role(who);
                for tag in tags {
                    request = request.if_match(tag);
                }
                request.json(&body).send().await
            };
            for none in [&[][..], &["*"], &[" * "]] {
                let answer = send(none).await;
                assert_eq!(faults(&answer, 428), vec![]);
                assert!(answer.text().contains("If-Match"), "{}", answer.text());
            }
            let weak = format!("W/{old}");
            let both = format!("{old}, {weak}");
            for stale in [&old, "\"x\"", "\"\"", &weak, &both, &of_list, &of_fields] {
                let answer = send(&[stale]).await;
                assert_eq!(faults(&answer, 412), vec![], "{stale}");
                assert!(answer.text().contains("has changed since"), "{}", answer.text());
            }
            let bare = now.trim_matches('"');
            for malformed in
                [bare, "", "abc", "\"", "'x'", &format!("\"{bare}"), &format!("{now} x"), "\"a\"b\""]
            {
                names(&send(&[malformed]).await, 400, &[("#if-match", "syntax", "double quotes")]);
            }
            names(&send(&[&now, &now]).await, 400, &[("#if-match", "repeated", "once")]);
        }
        assert_eq!(marks(&app, &[&address]).await, before, "{kind:?}");
    }
}

#[actix_web::test]
async fn a_member_that_no_body_sets_is_refused_where_it_differs_in_every_kind() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        let address = app.draft(kind.def.name).await;
        let who = writer(kind);
        let answer = app.get(Some(who), &address).await.expect(200);
        let (record, tag) = (answer.json(), answer.etag().to_owned());
        let before = marks(&app, &[&address]).await;
        let content_names: Vec<String> = members(kind).into_iter().map(|(name, _)| name).collect();
        let envelope: Vec<String> = record
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| !content_names.contains(name) && *name != "change_reason")
            .cloned()
            .collect();
        assert!(envelope.len() >= 9, "{envelope:?}");
        let mut content = kind.example.clone();
        content.as_object_mut().unwrap().shift_remove("reference");
        let send = async |method: &str, body: &Value| {
            app.request(method, &address).as_role(who).if_match(&tag).json(body).send().await
        };
        for (method, base) in [("PUT", content), ("PATCH", json!({}))] {
            let mut all = base.clone();
            for name in &envelope {
                let mut body = base.clone();
                body[name] = json!("another");
                all[name] = json!("another");
                let answer = send(method, &body).await;
                names(
                    &answer,
                    422,
                    &[(&format!("/{name}"), "read_only", "leave it out, or send it unchanged")],
                );
            }
            let found = faults(&send(method, &all).await, 422);
            assert_eq!(found.len(), envelope.len(), "{found:?}");
        }
        // A new record cannot set them either.
        for name in envelope.iter().filter(|name| *name != "reference") {
            let mut body = example(&app, kind);
            body[name] = record[name].clone();
            let answer = app.post(who, &list(kind), body).await;
            names(&answer, 422, &[(&format!("/{name}"), "unknown_member", "is not a known field")]);
        }
        assert_eq!(marks(&app, &[&address]).await, before, "{kind:?}");
        // As they are they may stand: what was read can be sent back.
        let mut whole = record.clone();
        if let Some(object) = whole.as_object_mut() {
            object.shift_remove("change_reason");
        }
        send("PUT", &whole).await.expect(200);
    }
}

#[actix_web::test]
async fn a_patch_that_would_leave_a_record_wrong_is_refused() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        let address = app.draft(kind.def.name).await;
        let who = writer(kind);
        let before = marks(&app, &[&address]).await;
        let required: Vec<&str> =
            kind.schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        for name in &required {
            let answer = app.patch(who, &address, json!({*name: null})).await;
            names(&answer, 422, &[(&format!("/{name}"), "required", "is required")]);
        }
        let wrong = misspelt(kind.def.title);
        let answer = app
            .patch(
                who,
                &address,
                json!({wrong.as_str(): "x", "change_reason": 7, "note": "", "sources": null}),
            )
            .await;
        names(
            &answer,
            422,
            &[
                (&format!("/{wrong}"), "unknown_member", kind.def.title),
                ("/change_reason", "type", "string"),
                ("/note", "too_short", "at least 1"),
            ],
        );
        let tag = app.get(Some(who), &address).await.etag().to_owned();
        let answer =
            app.request("PUT", &address).as_role(who).if_match(&tag).json(&json!({"note": "x"})).send().await;
        let mut found: Vec<String> = faults(&answer, 422).into_iter().map(|(place, _, _)| place).collect();
        found.sort();
        let mut pointers: Vec<String> = super::required(kind).iter().map(|name| format!("/{name}")).collect();
        pointers.sort();
        assert_eq!(found, pointers);
        assert_eq!(marks(&app, &[&address]).await, before, "{kind:?}");
    }
}

#[actix_web::test]
async fn a_patch_that_changes_nothing_at_all_is_refused_as_its_schema_says() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    let answer = app.patch("editor", &address, json!({})).await;
    answer.problem(422);
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn an_unknown_member_that_a_patch_empties_is_refused_too() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    let answer = app.patch("editor", &address, json!({"sumary": null})).await;
    names(&answer, 422, &[("/sumary", "unknown_member", "did you mean `summary`?")]);
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn a_step_in_the_wrong_state_is_409_and_says_which_state_would_be_right() {
    let app = TestApp::new().await;
    for kind in app.workflow_kinds() {
        let def = app.state.kind(kind).unwrap();
        let (author, publisher) = (writer(def), publisher(def));
        let draft = app.draft(kind).await;
        let submitted = app.draft(kind).await;
        app.ready(kind, &submitted).await;
        let published = app.published(kind).await;
        let scheduled = app.draft(kind).await;
        app.ready(kind, &scheduled).await;
        app.step(publisher, &scheduled, "publish", json!({"publish_at": "2026-11-01T12:00:00Z"}))
            .await
            .expect(200);
        let all = [draft.as_str(), &submitted, &published, &scheduled];
        let before = marks(&app, &all).await;
        let reason = json!({"reason": "x"});
        let steps = [
            (&draft, "draft", publisher, "publish", json!({})),
            (&draft, "draft", publisher, "return", reason.clone()),
            (&draft, "draft", "commissioner", "approve", json!({})),
            (&submitted, "submitted", author, "submit", json!({})),
            (&published, "published", author, "submit", json!({})),
            (&published, "published", publisher, "publish", json!({})),
            (&published, "published", publisher, "return", reason.clone()),
            (&published, "published", "commissioner", "approve", json!({})),
            (&scheduled, "published", author, "submit", json!({})),
            (&scheduled, "published", publisher, "publish", json!({})),
            (&scheduled, "published", "commissioner", "approve", json!({})),
        ];
        for (address, state, who, verb, body) in steps {
            if verb == "approve" && app.state.kind(kind).unwrap().def.approvals.is_empty() {
                continue;
            }
            let answer = app.step(who, address, verb, body).await;
            assert_eq!(faults(&answer, 409), vec![], "{kind} {verb}");
            let text = answer.text();
            assert!(text.contains(&format!("is {state}; only one that is")), "{verb}: {text}");
        }
        let answer = app.patch(author, &scheduled, json!({"note": "x"})).await;
        answer.problem(409);
        assert!(answer.text().contains("return it before"), "{}", answer.text());
        // A reference that is in use.
        let record = app.get(Some(author), &draft).await.json();
        let mut body = app.state.kind(kind).unwrap().example.clone();
        body["reference"] = record["reference"].clone();
        let answer = app.post(author, &list(app.state.kind(kind).unwrap()), body).await;
        names(&answer, 409, &[("/reference", "taken", "already in use")]);
        assert_eq!(marks(&app, &all).await, before, "{kind}");
    }
}

#[actix_web::test]
async fn a_publication_at_a_moment_that_cannot_be_kept_is_refused() {
    let app = TestApp::new().await;
    for kind in app.workflow_kinds() {
        let def = app.state.kind(kind).unwrap();
        let publisher = publisher(def);
        let address = app.draft(kind).await;
        app.ready(kind, &address).await;
        let before = marks(&app, &[&address]).await;
        for (at, code, words) in [
            (json!("2026-11-01T11:29:00Z"), "out_of_range", "leave it out to publish at once"),
            (json!("2026-11-01T11:30:00Z"), "out_of_range", "leave it out to publish at once"),
            (json!("2001-01-01T00:00:00Z"), "out_of_range", "leave it out to publish at once"),
            (json!("2026-11-01T12:00:30Z"), "not_a_minute", "whole minute"),
            (json!("2026-11-01T12:00:00.5Z"), "not_a_minute", "whole minute"),
            (json!("2126-11-01T12:00:00Z"), "out_of_range", "within ten years"),
            (json!("noon"), "format", "2024-03-21T00:00:00Z"),
            (json!(""), "format", "2024-03-21T00:00:00Z"),
            (json!("2026-11-01"), "format", "2024-03-21T00:00:00Z"),
            (json!("2026-11-01T12:00:00"), "format", "2024-03-21T00:00:00Z"),
            (json!("2026-02-30T12:00:00Z"), "format", "2024-03-21T00:00:00Z"),
            (json!(1_793_534_400), "type", "string"),
            (json!(["2026-11-01T12:00:00Z"]), "type", "string"),
        ] {
            let answer = app.step(publisher, &address, "publish", json!({"publish_at": at})).await;
            names_at(&answer, 422, "/publish_at", code, words);
        }
        let answer =
            app.step(publisher, &address, "publish", json!({"publish_on": "2026-11-01T12:00:00Z"})).await;
        names(&answer, 422, &[("/publish_on", "unknown_member", "did you mean `publish_at`?")]);
        // A step that wants a reason wants one.
        for (body, at, code) in [
            (json!({}), "/reason", "required"),
            (json!({"reason": ""}), "/reason", "too_short"),
            (json!({"reason": "x".repeat(2_001)}), "/reason", "too_long"),
            (json!({"reason": null}), "/reason", "type"),
            (json!({"reason": "x\0"}), "/reason", "null_character"),
        ] {
            for verb in ["return", "withdraw"] {
                let answer = app.step(publisher, &address, verb, body.clone()).await;
                names_at(&answer, 422, at, code, "");
            }
        }
        assert_eq!(marks(&app, &[&address]).await, before, "{kind}");
    }
}

#[actix_web::test]
async fn an_idempotency_key_is_checked_and_a_refused_request_does_not_use_it_up() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let send = async |key: &str, body: Value| {
        app.request("POST", "/v1/plans")
            .as_role("editor")
            .header("idempotency-key", key)
            .json(&body)
            .send()
            .await
    };
    let good = json!({"reference": "T-KEY", "title": "x", "from": "2025-04-01"});
    let long = "k".repeat(129);
    for key in ["", "a b", &long] {
        let answer = send(key, good.clone()).await;
        names(&answer, 400, &[("#idempotency-key", "length", "1 to 128 visible ASCII")]);
    }
    let answer = app
        .request("POST", "/v1/plans")
        .as_role("editor")
        .header("idempotency-key", "a")
        .header("idempotency-key", "a")
        .json(&good)
        .send()
        .await;
    names(&answer, 400, &[("#idempotency-key", "repeated", "once")]);
    let answer = send("key-1", json!({"reference": "T-KEY", "title": "", "from": "2025-04-01"})).await;
    names(&answer, 422, &[("/title", "too_short", "at least 1")]);
    assert_eq!(marks(&app, &[]).await, before);
    send("key-1", good.clone()).await.expect(201);
    let before = marks(&app, &[]).await;
    let mut other = good;
    other["title"] = json!("y");
    let answer = send("key-1", other).await;
    names(&answer, 422, &[("#idempotency-key", "reused", "another body")]);
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn no_answer_to_bad_input_shows_what_lies_beneath() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let paths = [
        "/v1/plans?reference='%20OR%201=1--",
        "/v1/plans?reference=%27%3B%20DROP%20TABLE%20record%3B--",
        "/v1/plans/derbyshire-pcc:'%20OR%201=1--",
        "/v1/themes/..%2f..%2fetc%2fpasswd",
        "/v1/themes/%2e%2e/%2e%2e/Cargo.toml",
        "/docs/..%2f..%2fCargo.toml",
        "/problems/..%2fsrc",
        "/v1/plans?sort=title;select",
        "/v1/plans?cursor='",
    ];
    for path in paths {
        let answer = app.get(None, path).await;
        assert!((200..500).contains(&answer.status), "{path}: {}", answer.text());
        let text = answer.text().to_lowercase();
        for word in ["select ", "sqlite", "postgres", "panicked", "src/", "[dependencies]", "root:"] {
            let echoed = path.to_lowercase().contains(word.trim());
            assert!(echoed || !text.contains(word), "{path} shows {word}: {text}");
        }
    }
    // What stands in a quotation is data: it is stored as it came.
    let title = "Robert'); DROP TABLE record;-- \u{1f600} \\ \" % _";
    let body = json!({"reference": "T-SQL", "title": title, "from": "2025-04-01"});
    assert_eq!(marks(&app, &[]).await, before);
    let made = app.post("editor", "/v1/plans", body).await.expect(201).json();
    assert_eq!(made["title"], json!(title));
}

#[actix_web::test]
async fn what_comes_with_a_method_that_is_not_served_changes_nothing() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    for method in ["DELETE", "TRACE", "CONNECT", "PROPFIND", "POST"] {
        assert!(Method::from_bytes(method.as_bytes()).is_ok());
        let answer = app
            .request(method, &address)
            .as_role("editor")
            .if_match("*")
            .json(&json!({"title": "x"}))
            .send()
            .await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some("GET, HEAD, PUT, PATCH, OPTIONS"));
    }
    assert_eq!(marks(&app, &[&address]).await, before);
}
