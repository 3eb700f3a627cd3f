//! People with local accounts: signing in, waiting, passwords; the administrator's hand on people and memberships.

use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use onrecord::access::{Role, person};
use onrecord::clock::Clock;
use onrecord::store::{Sql, Val};
use serde_json::{Value, json};

use crate::support::{Answer, START, TestApp, at};

const MINE: &str = "three quiet rivers";

/// A person of the demo's body, made by its administrator: the answer.
async fn account(app: &TestApp, login: &str, roles: &[&str]) -> Value {
    let body = json!({"login": login, "label": format!("Label of {login}"), "organisation": "opcc-derbyshire", "roles": roles});
    let answer = app.post("admin", "/v1/people", body).await.expect(201);
    is_private(&answer);
    let made = answer.json();
    assert_eq!(answer.header("location"), made["self"].as_str());
    made
}

async fn sign_in(app: &TestApp, body: Value) -> Answer {
    app.request("POST", "/v1/sign-in").json(&body).send().await
}

async fn try_in(app: &TestApp, login: &str, password: &str) -> Answer {
    sign_in(app, json!({"login": login, "password": password})).await
}

/// The same person, with a password of their own: their id and a token.
async fn settled(app: &TestApp, login: &str, roles: &[&str]) -> (String, String) {
    let made = account(app, login, roles).await;
    let body = json!({"login": login, "password": made["first_password"], "new_password": MINE});
    (text(&made["id"]), token(&sign_in(app, body).await))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[track_caller]
fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    is_private(answer);
    text(&answer.json()["access_token"])
}

/// The answer's status and words, without the request's id. (What an address has left is in the headers and goes down.)
fn body_of(answer: &Answer) -> (u16, String) {
    let (status, _, text) = answer.comparable();
    (status, text)
}

#[track_caller]
fn is_private(answer: &Answer) {
    assert!(answer.header("cache-control").unwrap().contains("no-store"));
    assert!(answer.header("etag").is_none());
}

async fn with(app: &TestApp, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
    let request = app.request(method, path).header("authorization", &format!("Bearer {token}"));
    match body {
        Some(body) => request.json(&body).send().await,
        None => request.send().await,
    }
}

async fn other_admin(app: &TestApp) {
    let elsewhere = app.id_of("policing_body", "elsewhere-pcc");
    app.make_actor("other_admin", &[Role::Admin], elsewhere, "derbyshire-constabulary");
}

/// What a server remembers of a person is asked again after two seconds.
async fn after_memory() {
    actix_web::rt::time::sleep(Duration::from_millis(2_100)).await;
}

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
    settled(&app, "ada", &["editor"]).await;
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
    // One hash whatever is found. Others' work makes all of it slower, never faster: the least of several is compared
    // with the least that a hash takes.
    let least = |times: Vec<Duration>| times.into_iter().min().unwrap();
    let hash = (0..5).map(|_| {
        let started = Instant::now();
        assert!(!onrecord::access::password::verify(None, "wrong"));
        started.elapsed()
    });
    let hash = least(hash.collect());
    for login in ["ada", "nobody", "joan"] {
        let mut times = vec![];
        for _ in 0..3 {
            let started = Instant::now();
            try_in(&app, login, "wrong").await.problem(401);
            times.push(started.elapsed());
            app.state.waits.forget(login);
        }
        let least = least(times);
        assert!(least * 2 > hash, "{login}: {least:?}, and a hash takes {hash:?}");
    }
}

#[actix_web::test]
async fn from_the_fifth_failure_a_login_waits_whether_or_not_it_exists() {
    let app = TestApp::new().await;
    settled(&app, "ada", &["editor"]).await;
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
    let (_, token_of_ada) = settled(&app, "ada", &["editor"]).await;
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

#[actix_web::test]
async fn only_the_bodys_administrator_has_a_hand_on_people() {
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
    let (id, token) = settled(&app, "ada", &["editor"]).await;
    with(&app, &token, "GET", "/v1/me", None).await.expect(200);
    let path = format!("/v1/people/{id}/revoke");
    let revoked = app.post("admin", &path, json!({})).await.expect(200).json();
    assert_eq!(revoked["revoked_at"], START);
    assert_eq!(revoked["roles"], json!([]));
    app.post("admin", &path, json!({})).await.problem(409);
    after_memory().await;
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
    let (id, mine) = settled(&app, "ada", &["editor"]).await;
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
    after_memory().await;
    // To the moment, whatever is remembered.
    app.set_time("2026-11-01T11:59:59Z");
    let held = token(&try_in(&app, "ada", MINE).await);
    assert_eq!(roles(&held).await, json!(["editor"]));
    app.set_time("2026-11-01T12:00:00Z");
    assert_eq!(roles(&held).await, json!(["publisher"]));
    let me = with(&app, &held, "GET", "/v1/me", None).await.expect(200).json();
    assert_eq!(me["valid_to"], "2026-11-01T12:05:00Z");
    // At once: within two seconds.
    app.set_time("2026-11-01T12:00:01Z");
    app.post("admin", &format!("{}/end", text(&second["self"])), json!({})).await.expect(200);
    after_memory().await;
    assert_eq!(roles(&held).await, json!(["public"]));
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
    let (id, mine) = settled(&app, "ada", &["editor"]).await;
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
    after_memory().await;
    // What is as if it were not there is so by the key as well.
    send(&submit, "handed-in", Some(&tag), &json!({})).await.problem(404);
    send("/v1/pledges", "made", None, &pledge).await.problem(403);
}

#[actix_web::test]
async fn a_password_that_was_given_leaves_its_trace() {
    let app = TestApp::new().await;
    let (id, _) = settled(&app, "ada", &["editor"]).await;
    token(&try_in(&app, "ada", MINE).await);
    app.settle();
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
async fn nobody_has_a_hand_on_their_own_account() {
    let app = TestApp::new().await;
    let (id, mine) = settled(&app, "ada", &["admin"]).await;
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
    let (other, _) = settled(&app, "grace", &["editor"]).await;
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
        Sql::new("INSERT INTO person (id, label, must_change, failures, issuer, external_subject, body, created_at, created_by) VALUES (")
            .bind_all([
                Val::from("person-ffffffffffffffff"), "Elsewhere".into(), false.into(), 0.into(),
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
