//! How long a token is good, and what ends it before.

use super::*;

#[actix_web::test]
async fn a_token_is_good_for_its_ten_minutes_and_no_longer() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let token =
        in_form(&app, &id, &secret, "").await.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    for moment in [START, "2026-11-01T11:35:00Z", "2026-11-01T11:39:59Z"] {
        app.set_time(moment);
        with(&app, "GET", "/v1/me", &[&bearer]).await.expect(200);
    }
    for moment in ["2026-11-01T11:40:06Z", "2026-11-01T12:40:00Z", "2036-11-01T00:00:00Z"] {
        app.set_time(moment);
        is_refused(&app, &[&bearer], moment).await;
        let answer = with(&app, "GET", "/v1/me", &[&bearer]).await;
        assert!(answer.text().contains("expired"), "{}", answer.text());
    }
    // Not yet valid, by a clock that goes before ours.
    app.set_time(START);
    let early = forge(&app);
    let token = early.token(json!({}), json!({"iat": early.now + 60, "exp": early.now + 660}));
    let bearer = format!("Bearer {token}");
    is_refused(&app, &[&bearer], "a minute early").await;
    app.set_time("2026-11-01T11:31:00Z");
    with(&app, "GET", "/v1/me", &[&bearer]).await.expect(200);
}

#[actix_web::test]
async fn what_a_token_says_of_roles_gives_none() {
    let app = TestApp::new().await;
    let forge = forge(&app);
    let token = forge.token(json!({}), json!({"scope": "admin publisher commissioner", "roles": ["admin"]}));
    let bearer = format!("Bearer {token}");
    let me = with(&app, "GET", "/v1/me", &[&bearer]).await;
    // Refused or taken for what its holder is: never for more.
    if me.status == 200 {
        assert_eq!(me.json()["roles"], json!(["editor"]));
        let answer = app
            .request("POST", "/v1/themes")
            .header("authorization", &bearer)
            .json(&app.state.kind("theme").unwrap().example)
            .send()
            .await;
        answer.problem(403);
    } else {
        me.problem(401);
    }
}

#[actix_web::test]
async fn a_revoked_client_is_refused_at_once_where_it_is_not_remembered() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let answer = in_form(&app, &id, &secret, "").await.expect(200);
    let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
    let now = app.state.now();
    app.write(|conn| {
        assert!(client::revoke(conn, &id, now).unwrap());
        assert!(!client::revoke(conn, &id, now).unwrap());
        assert!(!client::revoke(conn, "nobody", now).unwrap());
    });
    is_refused(&app, &[&bearer], "a token of a revoked client").await;
    is_error(&in_form(&app, &id, &secret, "").await, 401, "invalid_client");
}

#[actix_web::test]
async fn a_revoked_client_is_refused_within_five_seconds_where_it_has_just_been_used() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let answer = in_form(&app, &id, &secret, "").await.expect(200);
    let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
    with(&app, "GET", "/v1/me", &[&bearer]).await.expect(200);
    let now = app.state.now();
    app.write(|conn| assert!(client::revoke(conn, &id, now).unwrap()));
    // The server caches who a client is, by the system's clock: no longer than this.
    assert!(CACHED_FOR <= Duration::from_secs(5));
    until_async("the token of a revoked client is refused", async || {
        let status = with(&app, "GET", "/v1/me", &[&bearer]).await.status;
        assert!([200, 401].contains(&status), "{status}");
        status == 401
    })
    .await;
    is_refused(&app, &[&bearer], "a token of a revoked client").await;
}
