//! Accounts and memberships, and who may change them.

use super::*;

#[actix_web::test]
async fn only_the_bodys_administrator_changes_people() {
    let app = TestApp::new().await;
    other_admin(&app).await;
    let made = account(&app, "ada", &["editor"]).await;
    let one = text(&made["self"]);
    let memberships = format!("/v1/memberships?subject={}", text(&made["id"]));
    let held = app.get(Some("admin"), &memberships).await.expect(200).json();
    let membership = text(&held["data"][0]["self"]);
    let new =
        json!({"login": "grace", "label": "Grace", "organisation": "opcc-derbyshire", "roles": ["editor"]});
    let more = json!({"subject": made["id"], "organisation": "opcc-derbyshire", "roles": ["publisher"]});
    let calls: &[(&str, &str, Option<Value>)] = &[
        ("GET", "/v1/people", None),
        ("GET", &one, None),
        ("POST", "/v1/people", Some(new)),
        ("POST", &format!("{one}/reset-password"), Some(json!({}))),
        ("POST", &format!("{one}/revoke"), Some(json!({}))),
        ("GET", "/v1/memberships", None),
        ("GET", &membership, None),
        ("POST", "/v1/memberships", Some(more.clone())),
        ("POST", &format!("{membership}/end"), Some(json!({}))),
    ];
    for (method, path, body) in calls {
        let send = async |who: Option<&str>| {
            let request = app.request(method, path).as_actor(who);
            match body {
                Some(body) => request.json(body).send().await,
                None => request.send().await,
            }
        };
        send(None).await.problem(401);
        for who in ["editor", "publisher", "auditor", "panel_officer", "partner", "data_protection"] {
            send(Some(who)).await.problem(403);
        }
        // In another body it is not there, as what never was.
        if path.contains("person-") || path.starts_with("/v1/memberships/") {
            let theirs = send(Some("other_admin")).await;
            theirs.problem(404);
            let (head, id) = if path.contains("person-") {
                (path.replace(&text(&made["id"]), "{}"), "person-0000000000000000".to_owned())
            } else {
                let id = membership.rsplit('/').next().unwrap();
                (path.replace(id, "{}"), app.state.clock.new_id().to_string())
            };
            let never = head.replace("{}", &id);
            let request = app.request(method, &never).as_role("other_admin");
            let never = match body {
                Some(body) => request.json(body).send().await,
                None => request.send().await,
            };
            assert_eq!(never.comparable(), theirs.comparable(), "{path}");
        }
    }
    let empty = app.get(Some("other_admin"), "/v1/people").await.expect(200).json();
    assert_eq!(empty["data"], json!([]));
    assert_eq!(app.post("other_admin", "/v1/memberships", more).await.problem(422), ["not_found"]);
    let theirs = app.get(Some("other_admin"), &memberships).await.expect(200).json();
    assert_eq!(theirs["data"], json!([]));
    app.get(Some("admin"), &one).await.expect(200);
    app.get(Some("admin"), &membership).await.expect(200);
}

#[actix_web::test]
async fn a_person_is_made_whole_or_not() {
    let app = TestApp::new().await;
    let good =
        json!({"login": "ada", "label": "Ada", "organisation": "opcc-derbyshire", "roles": ["editor"]});
    let but = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body
    };
    for (body, codes) in [
        (but("roles", json!(["editr"])), vec!["unknown_code"]),
        (but("roles", json!(["public"])), vec!["unknown_code"]),
        (but("roles", json!(["open_data", "editor"])), vec!["unknown_code"]),
        (but("roles", json!(["editor", "editor"])), vec!["duplicate"]),
        (but("roles", json!([])), vec!["too_few"]),
        (but("organisation", json!("nowhere")), vec!["not_found"]),
        (but("organisation", json!("../x")), vec!["not_found"]),
        (but("login", json!("a b")), vec!["pattern"]),
        (but("login", json!("é-da")), vec!["pattern"]),
        (but("valid_from", json!("2026-11-01T11:29:59Z")), vec!["past"]),
        (but("valid_to", json!("2026-10-01T00:00:00Z")), vec!["past", "order"]),
        (but("valid_to", json!("soon")), vec!["format"]),
        (but("body", json!("elsewhere-pcc")), vec!["unknown_member"]),
        (json!({"login": "ada"}), vec!["required", "required", "required"]),
        (
            json!({"login": "a", "label": "", "organisation": "nowhere", "roles": ["king"]}),
            vec!["too_short", "pattern", "too_short", "unknown_code", "not_found"],
        ),
    ] {
        let answer = app.post("admin", "/v1/people", body.clone()).await;
        let (mut found, mut codes) = (answer.problem(422), codes);
        found.sort();
        codes.sort_unstable();
        assert_eq!(found, codes, "{body}");
        if found == ["unknown_code"] {
            assert!(answer.text().contains("Known are: partner_reader, "), "{}", answer.text());
        }
    }
    let none = app.get(Some("admin"), "/v1/people").await.expect(200).json();
    assert_eq!(none["data"], json!([]));
    app.post("admin", "/v1/people", good.clone()).await.expect(201);
    app.post("admin", "/v1/people", but("login", json!("ADA"))).await.problem(409);
}

#[actix_web::test]
async fn a_revoked_person_is_refused_within_five_seconds() {
    let app = TestApp::new().await;
    let (id, token) = signed_in_person(&app, "ada", &["editor"]).await;
    with(&app, &token, "GET", "/v1/me", None).await.expect(200);
    let path = format!("/v1/people/{id}/revoke");
    let revoked = app.post("admin", &path, json!({})).await.expect(200).json();
    assert_eq!(revoked["revoked_at"], START);
    assert_eq!(revoked["roles"], json!([]));
    app.post("admin", &path, json!({})).await.problem(409);
    assert!(CACHED_FOR <= Duration::from_secs(5));
    until_async("a revoked person is refused", async || {
        with(&app, &token, "GET", "/v1/plans", None).await.status == 401
    })
    .await;
    let refused = with(&app, &token, "GET", "/v1/plans", None).await;
    refused.problem(401);
    assert!(refused.header("www-authenticate").unwrap().contains("invalid_token"));
    try_in(&app, "ada", MINE).await.problem(401);
    app.post("admin", &format!("/v1/people/{id}/reset-password"), json!({})).await.problem(409);
    let more = json!({"subject": id, "organisation": "opcc-derbyshire", "roles": ["publisher"]});
    app.post("admin", "/v1/memberships", more).await.problem(409);
    // The login is not given to somebody else: who did what would be told wrong.
    let again =
        json!({"login": "ada", "label": "Ada", "organisation": "opcc-derbyshire", "roles": ["editor"]});
    app.post("admin", "/v1/people", again).await.problem(409);
}

#[actix_web::test]
async fn a_membership_holds_from_to_and_ends_within_five_seconds() {
    let app = TestApp::new().await;
    let (id, mine) = signed_in_person(&app, "ada", &["editor"]).await;
    let roles = async |token: &str| {
        with(&app, token, "GET", "/v1/me", None).await.expect(200).json()["roles"].clone()
    };
    assert_eq!(roles(&mine).await, json!(["editor"]));
    let list = format!("/v1/memberships?subject={id}");
    let first = app.get(Some("admin"), &list).await.expect(200).json()["data"][0].clone();
    assert_eq!(first["current"], true);
    let body = |from: &str, to: Value| json!({"subject": id, "organisation": "opcc-derbyshire", "roles": ["publisher"], "valid_from": from, "valid_to": to});
    // While the first has no end nothing fits behind it.
    let answer = app.post("admin", "/v1/memberships", body("2027-01-01T00:00:00Z", Value::Null)).await;
    answer.problem(409);
    let end = format!("{}/end", text(&first["self"]));
    let past = json!({"valid_to": "2026-10-01T00:00:00Z"});
    assert_eq!(app.post("admin", &end, past).await.problem(422), ["past"]);
    let noon = json!({"valid_to": "2026-11-01T12:00:00Z"});
    assert_eq!(app.post("admin", &end, noon.clone()).await.expect(200).json()["valid_to"], noon["valid_to"]);
    let later = json!({"valid_to": "2026-11-02T12:00:00Z"});
    app.post("admin", &end, later).await.problem(409);
    app.post("admin", "/v1/memberships", body("2026-11-01T11:59:00Z", Value::Null)).await.problem(409);
    let made = app
        .post("admin", "/v1/memberships", body("2026-11-01T12:00:00Z", json!("2026-11-01T12:05:00Z")))
        .await
        .expect(201);
    let second = made.json();
    assert_eq!(made.header("location"), second["self"].as_str());
    assert_eq!(second["current"], false);
    after_cache().await;
    // To the moment, whatever is remembered.
    app.set_time("2026-11-01T11:59:59Z");
    let held = token(&try_in(&app, "ada", MINE).await);
    assert_eq!(roles(&held).await, json!(["editor"]));
    app.set_time("2026-11-01T12:00:00Z");
    assert_eq!(roles(&held).await, json!(["publisher"]));
    let me = with(&app, &held, "GET", "/v1/me", None).await.expect(200).json();
    assert_eq!(me["valid_to"], "2026-11-01T12:05:00Z");
    // As soon as nothing is cached any more.
    app.set_time("2026-11-01T12:00:01Z");
    app.post("admin", &format!("{}/end", text(&second["self"])), json!({})).await.expect(200);
    until_async("a membership has ended", async || roles(&held).await == json!(["public"])).await;
    // What the public sees remains, and no more.
    with(&app, &held, "GET", "/v1/plans", None).await.expect(200);
    let plan = app.state.kind("plan").unwrap().example.clone();
    with(&app, &held, "POST", "/v1/plans", Some(plan)).await.problem(403);
    let scope = try_in(&app, "ada", MINE).await.expect(200).json()["scope"].clone();
    assert_eq!(scope, "public");
    let both = app.get(Some("admin"), &list).await.expect(200).json();
    assert_eq!(both["data"].as_array().unwrap().len(), 2);
    assert_eq!(app.get(Some("admin"), &format!("{list}&current=true")).await.json()["data"], json!([]));
    let others = format!("{list}&current=false&organisation=opcc-derbyshire");
    assert_eq!(app.get(Some("admin"), &others).await.json()["data"].as_array().unwrap().len(), 2);
    let elsewhere = format!("{list}&organisation=victim-support");
    assert_eq!(app.get(Some("admin"), &elsewhere).await.json()["data"], json!([]));
    app.get(Some("admin"), "/v1/memberships?organisation=nowhere").await.problem(400);
    // One that has not begun is taken away.
    let third = app
        .post("admin", "/v1/memberships", body("2027-01-01T00:00:00Z", Value::Null))
        .await
        .expect(201)
        .json();
    app.post("admin", &format!("{}/end", text(&third["self"])), json!({})).await.expect(200);
    app.post("admin", "/v1/memberships", body("2027-01-01T00:00:00Z", Value::Null)).await.expect(201);
}

#[actix_web::test]
async fn a_key_of_the_day_shows_nothing_once_the_membership_has_ended() {
    let app = TestApp::new().await;
    let (id, mine) = signed_in_person(&app, "ada", &["editor"]).await;
    let pledge = app.fresh(app.state.kind("pledge").unwrap());
    let send = async |path: &str, key: &str, tag: Option<&str>, body: &Value| {
        let request = app.request("POST", path).header("authorization", &format!("Bearer {mine}"));
        let request = request.header("idempotency-key", key).json(body);
        match tag {
            Some(tag) => request.if_match(tag).send().await,
            None => request.send().await,
        }
    };
    let made = send("/v1/pledges", "made", None, &pledge).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    let submit = format!("{address}/submit");
    let tag = with(&app, &mine, "GET", &address, None).await.etag().to_owned();
    send(&submit, "handed-in", Some(&tag), &json!({})).await.expect(200);
    let again = send(&submit, "handed-in", Some(&tag), &json!({})).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let list = format!("/v1/memberships?subject={id}");
    let held = app.get(Some("admin"), &list).await.json()["data"][0]["self"].clone();
    app.post("admin", &format!("{}/end", text(&held)), json!({})).await.expect(200);
    app.step("publisher", &address, "return", json!({"reason": "After she had left."})).await.expect(200);
    after_cache().await;
    // What is as if it were not there is so by the key as well.
    send(&submit, "handed-in", Some(&tag), &json!({})).await.problem(404);
    send("/v1/pledges", "made", None, &pledge).await.problem(403);
}

#[actix_web::test]
async fn a_password_that_was_given_leaves_its_trace() {
    let app = TestApp::new().await;
    let (id, _) = signed_in_person(&app, "ada", &["editor"]).await;
    token(&try_in(&app, "ada", MINE).await);
    app.seal_and_catch_up();
    let rows = async |event: &str| {
        let path = format!("/v1/audit?event={event}&actor={id}");
        app.get(Some("auditor"), &path).await.expect(200).json()["data"].as_array().unwrap().clone()
    };
    let changed = rows("password_changed").await;
    assert_eq!((changed.len(), &changed[0]["body"]), (1, &json!("derbyshire-pcc")));
    let signed_in = rows("signed_in").await;
    assert_eq!(signed_in.len(), 2);
    // The latest first.
    assert_eq!(signed_in[0]["detail"].get("first_password"), None);
    assert_eq!(signed_in[1]["detail"]["first_password"], true);
}

#[actix_web::test]
async fn nobody_administers_their_own_account() {
    let app = TestApp::new().await;
    let (id, mine) = signed_in_person(&app, "ada", &["admin"]).await;
    let list = format!("/v1/memberships?subject={id}&current=true");
    let held = with(&app, &mine, "GET", &list, None).await.expect(200).json()["data"][0].clone();
    let grant = json!({"subject": id, "organisation": "opcc-derbyshire", "roles": ["publisher"]});
    for (path, body) in [
        ("/v1/memberships".to_owned(), grant),
        (format!("{}/end", text(&held["self"])), json!({"valid_to": "2030-01-01T00:00:00Z"})),
        (format!("/v1/people/{id}/revoke"), json!({})),
        (format!("/v1/people/{id}/reset-password"), json!({})),
    ] {
        with(&app, &mine, "POST", &path, Some(body)).await.problem(403);
    }
    // Another administrator does.
    let (other, _) = signed_in_person(&app, "grace", &["editor"]).await;
    let reset = with(&app, &mine, "POST", &format!("/v1/people/{other}/reset-password"), None).await;
    is_private(&reset);
    let reset = reset.expect(200).json();
    assert_eq!(reset["must_change"], true);
    try_in(&app, "grace", MINE).await.problem(401);
    assert_eq!(try_in(&app, "grace", reset["first_password"].as_str().unwrap()).await.status, 422);
    with(&app, &mine, "POST", &format!("/v1/people/{other}/revoke"), None).await.expect(200);
    app.post("admin", &format!("/v1/people/{id}/revoke"), json!({})).await.expect(200);
}

#[actix_web::test]
async fn machines_and_people_of_a_provider_keep_what_is_theirs() {
    let app = TestApp::new().await;
    let body = app.id_of("policing_body", "derbyshire-pcc");
    app.write(|conn| {
        Sql::new("INSERT INTO person (id, label, must_change, issuer, external_subject, body, created_at, created_by) VALUES (")
            .bind_all([
                Val::from("person-ffffffffffffffff"), "Elsewhere".into(), false.into(),
                "https://login.example".into(), "42".into(), body.into(), Val::Ts(at(START)), "test".into(),
            ])
            .text(")")
            .execute(conn)
            .unwrap();
    });
    let grant = |subject: &str, role: &str| json!({"subject": subject, "organisation": "opcc-derbyshire", "roles": [role]});
    let theirs = "person-ffffffffffffffff";
    let refused = app.post("admin", "/v1/memberships", grant(theirs, "editor")).await;
    refused.problem(409);
    assert!(refused.text().contains("https://login.example"));
    app.post("admin", &format!("/v1/people/{theirs}/reset-password"), json!({})).await.problem(409);
    // A token of ours for one of these is none.
    let token = app.state.tokens.issue(theirs, &[Role::Editor], &app.state.clock).unwrap();
    with(&app, &token, "GET", "/v1/me", None).await.problem(401);
    app.post("admin", &format!("/v1/people/{theirs}/revoke"), json!({})).await.expect(200);
    // A machine.
    let (client, _) = app.make_client(&[Role::PartnerReader]);
    assert_eq!(
        app.post("admin", "/v1/memberships", grant(&client, "publisher")).await.problem(422),
        ["role"]
    );
    app.post("admin", "/v1/memberships", grant(&client, "partner_writer")).await.problem(409);
    app.post("admin", "/v1/memberships", grant("client-0000000000000000", "editor")).await.problem(422);
    app.post("admin", "/v1/memberships", grant("person-0000000000000000", "editor")).await.problem(422);
    let held = app.get(Some("admin"), &format!("/v1/memberships?subject={client}")).await.expect(200).json();
    assert_eq!(held["data"][0]["roles"], json!(["partner_reader"]));
}

#[actix_web::test]
async fn lists_are_read_in_pages_and_as_csv() {
    let app = TestApp::new().await;
    for n in 0..5 {
        account(&app, &format!("person{n}"), &["editor"]).await;
    }
    for (path, of) in [("/v1/people", "people"), ("/v1/memberships", "memberships")] {
        let whole = app.get(Some("admin"), &format!("{path}?limit=200")).await.expect(200).json();
        let whole: Vec<Value> = whole["data"].as_array().unwrap().clone();
        assert!(whole.len() >= 5, "{of}");
        let mut next = format!("{path}?limit=2");
        let mut seen = vec![];
        loop {
            let page = app.get(Some("admin"), &next).await.expect(200).json();
            seen.extend(page["data"].as_array().unwrap().clone());
            match page["page"]["next"].as_str() {
                Some(cursor) => next = format!("{path}?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen, whole, "{of}");
        app.get(Some("admin"), &format!("{path}?cursor=nonsense")).await.problem(400);
        app.get(Some("admin"), &format!("{path}?colour=red")).await.problem(400);
        let csv = app.get(Some("admin"), &format!("{path}?format=csv&limit=200")).await.expect(200);
        assert_eq!(csv.text().lines().count(), whole.len() + 1);
        assert!(csv.text().starts_with("id,"));
    }
}

#[actix_web::test]
async fn two_at_once_get_one_login_and_one_membership() {
    let app = TestApp::new().await;
    let body = app.id_of("policing_body", "derbyshire-pcc");
    let organisation = app.id_of("organisation", "opcc-derbyshire");
    let made: Vec<bool> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..4)
            .map(|_| {
                let db = app.state.db.clone();
                scope.spawn(move || {
                    let clock = Clock::system();
                    let new = person::NewPerson {
                        login: "ada",
                        label: "Ada",
                        hash: "none",
                        body,
                        organisation,
                        roles: &[Role::Editor],
                        valid_from: clock.now(),
                        valid_to: None,
                        created_by: "test",
                    };
                    db.write(|conn| person::create(conn, &clock, &new)).is_ok()
                })
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
}
