//! What a body's administrator does with clients and keys.

use super::*;

#[actix_web::test]
async fn an_administrator_makes_rotates_and_revokes_clients_of_its_own_body() {
    let app = TestApp::new().await;
    let new_client =
        json!({"label": "Reporting", "organisation": "victim-support", "roles": ["partner_writer"]});
    let made = app.post("admin", "/v1/clients", new_client.clone()).await.expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert!(made.header("etag").is_none());
    let address = made.header("location").unwrap().to_owned();
    let body = made.json();
    let (id, first) = (body["client_id"].as_str().unwrap(), body["client_secret"].as_str().unwrap());
    assert_eq!(token_for(&app, id, first).await.expect(200).json()["scope"], "partner_writer");
    let shown = app.get(Some("admin"), &address).await.expect(200);
    assert!(!shown.text().contains(first) && !shown.text().contains("argon2"), "{}", shown.text());
    let shown = shown.json();
    assert_eq!((&shown["organisation"], &shown["created_by"]), (&json!("victim-support"), &json!("admin")));

    let turned =
        app.post("admin", &format!("{address}/rotate"), json!({"overlap_hours": 1})).await.expect(200);
    assert_eq!(turned.header("cache-control"), Some("no-store"));
    let second = turned.json()["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(turned.json()["previous_until"], json!("2026-11-01T12:30:00Z"));
    for secret in [first, &second] {
        token_for(&app, id, secret).await.expect(200);
    }
    // Asked again with the same key it is done again, and no secret is kept for it.
    for _ in 0..2 {
        let again = app
            .request("POST", &format!("{address}/rotate"))
            .as_role("admin")
            .header("idempotency-key", "once")
            .json(&json!({"overlap_hours": 0}))
            .send()
            .await
            .expect(200);
        assert!(again.header("idempotency-replayed").is_none());
    }
    let stored_answers: onrecord::store::Count = app
        .state
        .db
        .read(|conn| Ok(Sql::new("SELECT count(*) AS n FROM idempotency").get_result(conn)?))
        .unwrap();
    assert_eq!(stored_answers.n, 0);
    app.post("admin", &format!("{address}/rotate"), json!({"overlap_hours": 721})).await.problem(422);

    // Nobody else, and in no other body.
    let stranger = app.id_of("policing_body", "elsewhere-pcc");
    app.make_actor("other_admin", &[Role::Admin], stranger, "derbyshire-constabulary");
    let bogus = "/v1/clients/client-0123456789abcdef";
    let nothing = app.get(Some("other_admin"), bogus).await;
    assert_eq!(nothing.status, 404);
    assert_eq!(app.get(Some("other_admin"), &address).await.comparable(), nothing.comparable());
    for verb in ["rotate", "revoke"] {
        app.post("other_admin", &format!("{address}/{verb}"), json!({})).await.problem(404);
        app.post("admin", &format!("{bogus}/{verb}"), json!({})).await.problem(404);
        app.post("editor", &format!("{address}/{verb}"), json!({})).await.problem(403);
        app.request("POST", &format!("{address}/{verb}")).json(&json!({})).send().await.problem(401);
    }
    for who in ["editor", "publisher", "auditor", "partner", "panel_officer", "data_protection"] {
        app.post(who, "/v1/clients", new_client.clone()).await.problem(403);
        app.get(Some(who), "/v1/clients").await.problem(403);
        app.get(Some(who), "/v1/api-keys").await.problem(403);
    }
    app.get(None, "/v1/clients").await.problem(401);
    assert!(!app.get(Some("other_admin"), "/v1/clients").await.expect(200).text().contains(id));

    for (member, value) in [
        ("roles", json!(["publisher"])),
        ("roles", json!(["partner_writer", "admin"])),
        ("roles", json!(["commissioner"])),
        ("roles", json!(["panel_officer"])),
        ("roles", json!(["finance_officer"])),
        ("roles", json!(["data_protection"])),
        ("roles", json!(["open_data"])),
        ("roles", json!([])),
        ("roles", json!(["kaiser"])),
        ("organisation", json!("nobody-knows")),
        ("label", json!("")),
        ("body", json!("elsewhere-pcc")),
        ("stands_for_person", json!(true)),
    ] {
        let mut body = new_client.clone();
        body[member] = value;
        app.post("admin", "/v1/clients", body).await.problem(422);
    }

    let revoked = app.post("admin", &format!("{address}/revoke"), json!({})).await.expect(200).json();
    assert_eq!(revoked["revoked_at"], json!(START));
    app.post("admin", &format!("{address}/revoke"), json!({})).await.problem(409);
    app.post("admin", &format!("{address}/rotate"), json!({})).await.problem(409);
    assert_eq!(token_for(&app, id, &second).await.status, 401);
}

#[actix_web::test]
async fn an_administrator_issues_keys_for_open_data() {
    let app = TestApp::new().await;
    let made = app.post("admin", "/v1/api-keys", json!({"label": "Derby"})).await.expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let (id, key) =
        (made.json()["id"].as_str().unwrap().to_owned(), made.json()["api_key"].as_str().unwrap().to_owned());
    with_key(&app, "/v1/plans", &key).await.expect(200);
    // Those of the command line are looked after there.
    let (operators, _) = make_key(&app);
    let list = app.get(Some("admin"), "/v1/api-keys").await.expect(200);
    assert!(list.text().contains(&id) && !list.text().contains(&operators));
    assert!(!list.text().contains(key.rsplit_once(&format!("{id}_")).unwrap().1));
    app.post("admin", &format!("/v1/api-keys/{operators}/revoke"), json!({})).await.problem(404);
    app.post("editor", &format!("/v1/api-keys/{id}/revoke"), json!({})).await.problem(403);
    app.post("editor", "/v1/api-keys", json!({"label": "mine"})).await.problem(403);
    app.post("admin", "/v1/api-keys", json!({"label": ""})).await.problem(422);
    app.post("admin", "/v1/api-keys", json!({})).await.problem(422);
    app.post("admin", &format!("/v1/api-keys/{id}/revoke"), json!({})).await.expect(200);
    app.post("admin", &format!("/v1/api-keys/{id}/revoke"), json!({})).await.problem(409);
}

#[actix_web::test]
async fn the_lists_of_clients_and_keys_are_had_in_pages() {
    let app = TestApp::new().await;
    for n in 0..5 {
        app.post("admin", "/v1/api-keys", json!({"label": format!("key {n}")})).await.expect(201);
    }
    for (path, least) in [("/v1/api-keys", 5), ("/v1/clients", 18)] {
        let whole = app.get(Some("admin"), &format!("{path}?limit=200")).await.expect(200).json();
        let whole = whole["data"].as_array().unwrap().clone();
        assert!(whole.len() >= least, "{path} {}", whole.len());
        let mut page = format!("{path}?limit=2");
        let mut seen = vec![];
        loop {
            let answer = app.get(Some("admin"), &page).await.expect(200).json();
            seen.extend(answer["data"].as_array().unwrap().clone());
            let Some(next) = answer["page"]["next"].as_str() else { break };
            app.get(Some("editor"), &format!("{path}?cursor={next}")).await.problem(403);
            page = format!("{path}?limit=2&cursor={next}");
        }
        assert_eq!(seen, whole, "{path}");
        let csv = app.get(Some("admin"), &format!("{path}?format=csv&limit=200")).await.expect(200);
        assert_eq!(csv.text().lines().count(), whole.len() + 1);
        app.get(Some("admin"), &format!("{path}?cursor=AAAA")).await.problem(400);
    }
}
