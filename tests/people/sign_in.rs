//! Passwords: signing in, waiting after failures, changing them.

use super::*;

#[actix_web::test]
async fn a_first_password_signs_in_only_with_one_of_the_persons_own() {
    let app = TestApp::new().await;
    let made = account(&app, "Ada@Office.example", &["editor"]).await;
    assert_eq!(made["login"], "ada@office.example");
    assert_eq!(made["must_change"], true);
    assert_eq!(made["roles"], json!(["editor"]));
    let first = text(&made["first_password"]);
    let answer = try_in(&app, "ada@office.example", &first).await;
    assert_eq!(answer.problem(422), ["required"]);
    assert_eq!(answer.json()["errors"][0]["pointer"], "/new_password");
    let body = json!({"login": "ADA@office.example", "password": first, "new_password": MINE});
    let token = token(&sign_in(&app, body.clone()).await);
    let me = with(&app, &token, "GET", "/v1/me", None).await.expect(200).json();
    assert_eq!(me["subject"], made["id"]);
    assert_eq!(me["label"], "Label of Ada@Office.example");
    assert_eq!(me["roles"], json!(["editor"]));
    assert_eq!(me["body"], "derbyshire-pcc");
    assert_eq!(me["organisation"], "opcc-derbyshire");
    assert_eq!(me["valid_from"], START);
    assert_eq!(me["valid_to"], Value::Null);
    // The first password is gone.
    sign_in(&app, body).await.problem(401);
    let again = try_in(&app, " ada@office.EXAMPLE ", MINE).await.expect(200).json();
    assert_eq!(again["token_type"], "Bearer");
    assert_eq!(again["expires_in"], 600);
    assert_eq!(again["scope"], "editor");
    // They write as themselves.
    let plan = app.state.kind("plan").unwrap().example.clone();
    let drafted = with(&app, &token, "POST", "/v1/plans", Some(plan)).await.expect(201);
    assert!(drafted.text().contains(&text(&made["id"])));
    let listed = with(&app, &app.token("admin"), "GET", "/v1/people", None).await.expect(200).json();
    assert_eq!(listed["data"][0]["must_change"], false);
    assert!(listed["data"][0].get("first_password").is_none());
}

#[actix_web::test]
async fn nothing_tells_whether_an_account_exists() {
    let app = TestApp::new().await;
    signed_in_person(&app, "ada", &["editor"]).await;
    let fresh = account(&app, "grace", &["editor"]).await;
    let gone = account(&app, "joan", &["editor"]).await;
    app.post("admin", &format!("{}/revoke", text(&gone["self"])), json!({})).await.expect(200);
    let unknown = try_in(&app, "nobody", "three quiet brooks").await;
    assert!(unknown.problem(401).is_empty());
    assert!(unknown.header("www-authenticate").unwrap().starts_with("Bearer"));
    let same = unknown.comparable();
    for (login, password) in [
        ("ada", "three quiet brooks"),
        ("ada", "Three Quiet Rivers"),
        ("grace", "x"),
        ("joan", gone["first_password"].as_str().unwrap()),
        ("' OR 1=1 --", "x"),
        ("", "x"),
    ] {
        let answer = try_in(&app, login, password).await;
        match login {
            "" => assert_eq!(answer.problem(422), ["too_short"]),
            _ => assert_eq!(answer.comparable(), same, "{login}"),
        }
    }
    // A first password that is refused is no account that is told of either.
    let wrong = json!({"login": "grace", "password": "wrong", "new_password": MINE});
    assert_eq!(sign_in(&app, wrong).await.comparable(), same);
    assert!(try_in(&app, "grace", fresh["first_password"].as_str().unwrap()).await.status == 422);
    // One hash whatever is found: the time that it takes does not tell either.
    for login in ["ada", "nobody", "joan"] {
        let before = app.state.waits.checks();
        try_in(&app, login, "wrong").await.problem(401);
        assert_eq!(app.state.waits.checks(), before + 1, "{login}");
        app.state.waits.forget(login);
    }
}

#[actix_web::test]
async fn from_the_fifth_failure_a_login_waits_whether_or_not_it_exists() {
    let app = TestApp::new().await;
    signed_in_person(&app, "ada", &["editor"]).await;
    let start = at(START);
    for login in ["ada", "nobody"] {
        for _ in 0..5 {
            try_in(&app, login, "wrong").await.problem(401);
        }
    }
    let mut now = start;
    let mut waits = vec![];
    for _ in 0..7 {
        // Also with the right password: it is not looked at.
        let answer = try_in(&app, "ada", MINE).await;
        answer.problem(429);
        let wait: i64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert_eq!(try_in(&app, "nobody", MINE).await.header("retry-after"), answer.header("retry-after"));
        waits.push(wait);
        app.clock.set(now.plus_seconds(wait - 1));
        // What is tried meanwhile makes it no longer.
        let (known, unknown) = (try_in(&app, "ada", MINE).await, try_in(&app, "nobody", MINE).await);
        assert_eq!(known.header("retry-after"), Some("1"));
        assert_eq!(body_of(&known), body_of(&unknown));
        now = now.plus_seconds(wait);
        app.clock.set(now);
        for login in ["ada", "nobody"] {
            try_in(&app, login, "wrong").await.problem(401);
        }
    }
    assert_eq!(waits, [32, 64, 128, 256, 512, 900, 900]);
    // Nobody is locked out for ever: after the wait the right password is right.
    app.clock.set(now.plus_seconds(900));
    token(&try_in(&app, "ada", MINE).await);
    // A success ends the row.
    for _ in 0..4 {
        try_in(&app, "ada", "wrong").await.problem(401);
    }
    token(&try_in(&app, "ada", MINE).await);
    for _ in 0..5 {
        try_in(&app, "ada", "wrong").await.problem(401);
    }
    try_in(&app, "ada", MINE).await.problem(429);
    // What stands in another case is the same login.
    try_in(&app, "ADA", MINE).await.problem(429);
}

#[actix_web::test]
async fn a_password_that_will_not_do_is_refused_with_every_reason() {
    let app = TestApp::new().await;
    let made = account(&app, "ada", &["editor"]).await;
    let first = made["first_password"].clone();
    for (new, codes) in [
        ("", vec!["too_short"]),
        ("short", vec!["too_short"]),
        ("Password", vec!["too_short", "common"]),
        ("ada", vec!["too_short", "holds_login"]),
        ("password2026!", vec!["common"]),
        ("I am ada, good day", vec!["holds_login"]),
        (first.as_str().unwrap(), vec!["same"]),
    ] {
        let answer = sign_in(&app, json!({"login": "ada", "password": first, "new_password": new})).await;
        assert_eq!(answer.problem(422), codes, "{new}");
        assert!(!answer.text().contains(first.as_str().unwrap()));
    }
    let long = "word ".repeat(52);
    let answer = sign_in(&app, json!({"login": "ada", "password": first, "new_password": long})).await;
    assert_eq!(answer.problem(422), ["too_long"]);
    // None of it was an attempt.
    let body = json!({"login": "ada", "password": first, "new_password": "a fine long one", "more": 1});
    assert_eq!(sign_in(&app, body).await.problem(422), ["unknown_member"]);
    sign_in(&app, json!({"password": 7})).await.problem(422);
    app.request("POST", "/v1/sign-in").body("application/json", "{").send().await.problem(400);
    app.request("POST", "/v1/sign-in").body("text/plain", "x").send().await.problem(415);
    app.request("GET", "/v1/sign-in").send().await.problem(405);
    let longest = "é ".repeat(128);
    let body = json!({"login": "ada", "password": first, "new_password": longest.trim_end()});
    assert_eq!(sign_in(&app, body).await.problem(422), ["common"]);
    token(&sign_in(&app, json!({"login": "ada", "password": first, "new_password": MINE})).await);
}

#[actix_web::test]
async fn one_changes_ones_own_password_by_saying_the_present_one() {
    let app = TestApp::new().await;
    let (_, token_of_ada) = signed_in_person(&app, "ada", &["editor"]).await;
    let change = |from: &str, to: &str| json!({"password": from, "new_password": to});
    let path = "/v1/me/password";
    let post = |body: Value| with(&app, &token_of_ada, "POST", path, Some(body));
    assert_eq!(post(change("wrong", "four quieter streams")).await.problem(422), ["wrong"]);
    assert_eq!(post(change(MINE, MINE)).await.problem(422), ["same"]);
    assert_eq!(post(change(MINE, "it is ada here")).await.problem(422), ["holds_login"]);
    let done = post(change(MINE, "four quieter streams")).await.expect(204);
    assert!(done.body.is_empty());
    is_private(&done);
    try_in(&app, "ada", MINE).await.problem(401);
    token(&try_in(&app, "ada", "four quieter streams").await);
    // Guessing from a stolen token waits too.
    for _ in 0..5 {
        post(change("wrong", "five streams of old")).await.problem(422);
    }
    post(change("four quieter streams", "five streams of old")).await.problem(429);
    app.request("POST", path).json(&change("a", "b")).send().await.problem(401);
    app.post("editor", path, change("a", "five streams of old")).await.problem(409);
}
