//! Headers of every response, caching, and requests from other origins.

use super::*;

#[actix_web::test]
async fn every_answer_carries_its_id_and_the_headers_of_safety() {
    let app = TestApp::new().await;
    let mut ids = BTreeSet::new();
    let mut count = 0;
    let mut note = |answer: &Answer, what: &str| {
        is_dressed(answer, what);
        ids.insert(answer.header("x-request-id").unwrap().to_owned());
        count += 1;
    };
    for (operation, path) in readable() {
        for who in [None, Some("editor")] {
            let answer = app.get(who, &path).await.expect(200);
            note(&answer, &operation.id);
            if let Some(tag) = answer.header("etag") {
                let again = app.request("GET", &path).as_actor(who).header("if-none-match", tag).send().await;
                assert_eq!(again.status, 304, "{}", operation.id);
                assert_eq!(again.body, b"");
                assert_eq!(again.header("etag"), Some(tag), "{}", operation.id);
                assert_eq!(again.header("cache-control"), answer.header("cache-control"), "{}", operation.id);
                note(&again, &operation.id);
            }
        }
    }
    for operation in onrecord::resources::operations().iter().filter(|operation| operation.writes()) {
        for who in [None, Some("editor"), Some("auditor")] {
            let answer = app
                .request(operation.method.name(), &filled(&operation.path))
                .as_actor(who)
                .json(&json!({}))
                .send()
                .await;
            assert!((400..500).contains(&answer.status), "{}", answer.text());
            note(&answer, &operation.id);
        }
    }
    let made = app
        .post("editor", "/v1/plans", json!({"reference": "T-1", "title": "x", "from": "2025-04-01"}))
        .await
        .expect(201);
    assert_eq!(made.header("cache-control"), Some("private, no-store"));
    note(&made, "a record made");
    // Ours is given, not the caller's taken over.
    let answer = app.request("GET", "/v1/plans").header("x-request-id", "mine").send().await;
    note(&answer, "an id brought along");
    assert_eq!(ids.len(), count, "an id was given twice");
    // The server of this test is not on https: it must not promise that.
    assert!(answer.header("strict-transport-security").is_none());
}

#[actix_web::test]
async fn what_the_codings_refuse_is_a_problem_like_any_other() {
    let app = TestApp::new().await;
    for codings in ["identity;q=0", "*;q=0", "identity;q=0, x-unknown"] {
        let answer = app.request("GET", "/v1/plans").header("accept-encoding", codings).send().await;
        answer.problem(406);
        assert!(answer.text().contains("Accept-Encoding"), "{}", answer.text());
        is_dressed(&answer, codings);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
}

#[actix_web::test]
async fn a_public_answer_is_never_kept_past_the_next_whole_minute() {
    let app = TestApp::new().await;
    for (moment, seconds) in [
        ("2026-11-01T11:31:00Z", 59),
        ("2026-11-01T11:31:00.000001Z", 59),
        ("2026-11-01T11:31:01Z", 58),
        ("2026-11-01T11:31:29.5Z", 30),
        ("2026-11-01T11:31:59Z", 0),
        ("2026-11-01T11:31:59.999999Z", 0),
    ] {
        app.set_time(moment);
        let minute = Ts::from_micros((at(moment).minute() + 1) * 60_000_000).unwrap();
        for (operation, path) in readable() {
            for method in ["GET", "HEAD"] {
                let answer = app.request(method, &path).send().await.expect(200);
                let control = answer.header("cache-control").unwrap();
                let Some(age) = control.strip_prefix("public, max-age=") else {
                    assert_eq!(control, "private, no-store", "{}", operation.id);
                    assert!(answer.header("etag").is_none(), "{}", operation.id);
                    continue;
                };
                let age: i64 = age.parse().unwrap();
                assert_eq!(age, seconds, "{} at {moment}", operation.id);
                assert!(at(moment).plus_seconds(age) < minute, "{} at {moment}", operation.id);
                assert!(answer.header("etag").is_some(), "{}", operation.id);
                assert!(answer.header("expires").is_none() && answer.header("age").is_none());
            }
        }
    }
    // With a credential nobody else may keep it, whether or not it has widened anything.
    for (operation, path) in readable() {
        for who in ["editor", "partner", "panel_member", "admin", "other_editor"] {
            let answer = app.get(Some(who), &path).await.expect(200);
            let control = answer.header("cache-control").unwrap();
            assert_eq!(control, "private, no-store", "{} as {who}", operation.id);
        }
    }
}

#[actix_web::test]
async fn what_is_read_is_open_to_every_origin_and_what_is_written_to_those_configured() {
    let app = TestApp::new().await;
    for (operation, path) in readable() {
        for origin in [None, Some("https://anyone.example.net"), Some(DASHBOARD), Some("null")] {
            for method in ["GET", "HEAD"] {
                let mut request = app.request(method, &path);
                if let Some(origin) = origin {
                    request = request.header("origin", origin);
                }
                let answer = request.send().await.expect(200);
                assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{}", operation.id);
                let exposed = answer.header("access-control-expose-headers").unwrap();
                for name in ["ETag", "Link", "Location", "X-Request-Id", "Retry-After"] {
                    assert!(set_of(exposed).contains(name), "{exposed}");
                }
            }
        }
    }
    let strangers = [
        "https://anyone.example.net",
        "http://dashboard.example.org",
        "https://dashboard.example.org:8443",
        "https://dashboard.example.org.example.net",
        "https://xdashboard.example.org",
        "https://DASHBOARD.example.org",
        "https://dashboard.example.org/",
        "null",
        "*",
        "",
    ];
    for operation in onrecord::resources::operations().iter().filter(|operation| operation.writes()) {
        let send = async |origin: Option<&str>| {
            let mut request = app.request(operation.method.name(), &filled(&operation.path));
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            request.json(&json!({})).send().await
        };
        let answer = send(Some(DASHBOARD)).await;
        assert!((400..500).contains(&answer.status));
        assert_eq!(answer.header("access-control-allow-origin"), Some(DASHBOARD));
        assert!(answer.header("access-control-expose-headers").is_some());
        let vary = values(&answer, "vary").join(", ");
        assert!(set_of(&vary).contains("Origin"), "{vary}");
        assert!(send(None).await.header("access-control-allow-origin").is_none());
        for origin in strangers {
            let answer = send(Some(origin)).await;
            assert!(answer.header("access-control-allow-origin").is_none(), "{} from {origin}", operation.id);
        }
    }
    // A change that was made, as well.
    let answer = app
        .request("POST", "/v1/plans")
        .as_role("editor")
        .header("origin", DASHBOARD)
        .json(&json!({"reference": "T-1", "title": "x", "from": "2025-04-01"}))
        .send()
        .await
        .expect(201);
    assert_eq!(answer.header("access-control-allow-origin"), Some(DASHBOARD));
}

#[actix_web::test]
async fn a_preflight_says_what_an_origin_may_do() {
    let app = TestApp::new().await;
    for (path, served) in routes() {
        let ask = async |origin: &str, method: &str| {
            let answer = app
                .request("OPTIONS", &filled(path))
                .header("origin", origin)
                .header("access-control-request-method", method)
                .header("access-control-request-headers", "authorization, if-match")
                .send()
                .await
                .expect(204);
            assert_eq!(set_of(answer.header("allow").unwrap()), served);
            assert!(answer.header("access-control-allow-credentials").is_none());
            answer
        };
        for method in ["GET", "HEAD"] {
            let answer = ask("https://anyone.example.net", method).await;
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            let methods = answer.header("access-control-allow-methods").unwrap();
            assert_eq!(set_of(methods), BTreeSet::from(["GET", "HEAD", "OPTIONS"]));
            let names = answer.header("access-control-allow-headers").unwrap();
            assert!(set_of(names).contains("Authorization"), "{names}");
            assert!(set_of(names).contains("If-None-Match"), "{names}");
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "get"] {
            for origin in ["https://anyone.example.net", "null", "https://dashboard.example.org.example.net"]
            {
                let answer = ask(origin, method).await;
                for name in ["origin", "methods", "headers"] {
                    let name = format!("access-control-allow-{name}");
                    assert!(answer.header(&name).is_none(), "{path} {method} from {origin}: {name}");
                }
            }
            let answer = ask(DASHBOARD, method).await;
            assert_eq!(answer.header("access-control-allow-origin"), Some(DASHBOARD));
            let methods = answer.header("access-control-allow-methods").unwrap();
            assert_eq!(set_of(methods), served, "{path}");
            let names = answer.header("access-control-allow-headers").unwrap();
            for name in ["Authorization", "Content-Type", "If-Match", "Idempotency-Key", "Accept"] {
                assert!(set_of(names).contains(name), "{names}");
            }
            assert!(answer.header("access-control-max-age").is_some());
        }
    }
}
