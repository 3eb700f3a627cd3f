//! Addresses and methods: HEAD, OPTIONS, 404, 405, 414.

use super::*;

/// actix's own server leaves the body of an answer to HEAD away, its test service does not: that there is
/// none can be seen over a socket only.
#[actix_web::test]
async fn head_gives_what_get_gives_without_the_body_on_every_address() {
    let app = TestApp::new().await;
    let mut paths: Vec<String> = readable().into_iter().map(|(_, path)| path).collect();
    paths.extend(
        [
            "/v1/nothing",
            "/v1/plans/derbyshire-pcc:NOTHING",
            "/v1/plans?limit=0",
            "/v1/plans?format=csv",
            "/docs/",
            "/problems/nothing",
        ]
        .map(str::to_owned),
    );
    let mut requests = vec![];
    for path in &paths {
        for more in ["", "Accept-Encoding: gzip\r\n", "If-None-Match: *\r\n"] {
            requests.push(plain("GET", path, more));
            requests.push(plain("HEAD", path, more));
        }
    }
    let answers = over_a_socket(&app, requests.clone()).await;
    let mut seen = BTreeSet::new();
    for (pair, request) in answers.chunks(2).zip(requests.chunks(2)) {
        let [get, head] = pair else { panic!("a pair") };
        assert_eq!(get.comparable(), head.comparable(), "{}", request[1]);
        assert_eq!(head.body, b"", "{}", request[1]);
        assert_eq!(get.status == 304, get.body.is_empty(), "{}", request[0]);
        seen.insert(get.status);
    }
    assert_eq!(seen, BTreeSet::from([200, 304, 400, 404]));
}

#[actix_web::test]
async fn head_is_served_like_get_inside_the_application_too() {
    let app = TestApp::new().await;
    for (operation, path) in readable() {
        for who in [None, Some("editor")] {
            let get = app.get(who, &path).await.expect(200);
            let head = app.request("HEAD", &path).as_actor(who).send().await.expect(200);
            assert_eq!(headers(&get), headers(&head), "{}", operation.id);
        }
    }
}

#[actix_web::test]
async fn an_unknown_address_is_one_and_the_same_problem_whatever_is_sent_there() {
    let app = TestApp::new().await;
    let paths = [
        "/nothing",
        "/v1/nothing",
        "/v1/plans/",
        "/v1/plans//thread",
        "/v1//plans",
        "//v1/plans",
        "/V1/plans",
        "/v1/Plans",
        "/v2/plans",
        "/v1/plans/derbyshire-pcc:PLAN-2013/nothing",
        "/v1/plans/derbyshire-pcc:PLAN-2013/versions/1/more",
        "/oauth",
        "/oauth/authorize",
        "/.well-known/openid-configuration",
        "/openapi.yaml",
        "/metrics",
        "/problems",
        "/v1/plans;x=1",
        "/index.html",
    ];
    let first = app.get(None, "/nothing").await;
    first.problem(404);
    is_dressed(&first, "/nothing");
    for path in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            for who in [None, Some("editor")] {
                let mut request = app.request(method, path).as_actor(who);
                if method != "GET" {
                    request = request.json(&json!({}));
                }
                let answer = request.send().await;
                answer.problem(404);
                is_dressed(&answer, path);
                let same = (answer.status, answer.comparable().2);
                assert_eq!(same, (404, first.comparable().2), "{method} {path}");
            }
        }
        let answer = app.request("HEAD", path).send().await;
        assert_eq!(headers(&answer), headers(&first), "{path}");
    }
    // A record that does not exist is the same nothing.
    let answer = app.get(None, "/v1/plans/derbyshire-pcc:NOTHING").await;
    assert_eq!(answer.comparable(), first.comparable());
}

#[actix_web::test]
async fn a_method_that_an_address_does_not_take_is_405_with_those_that_it_takes() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for (path, served) in routes() {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "QUERY"] {
            if served.contains(method) {
                continue;
            }
            tried += 1;
            for who in [None, Some("editor"), Some("admin")] {
                let answer = app.request(method, &filled(path)).as_actor(who).send().await;
                answer.problem(405);
                is_dressed(&answer, path);
                let allow = answer.header("allow").unwrap_or_default();
                assert_eq!(set_of(allow), served, "{method} {path}");
                // What would be right stands in the words too.
                let detail = answer.json()["detail"].as_str().unwrap().to_owned();
                assert!(detail.contains(allow), "{detail}");
            }
        }
    }
    assert!(tried > 200, "only {tried}");
}

#[actix_web::test]
async fn options_is_answered_everywhere_with_what_the_address_takes() {
    let app = TestApp::new().await;
    for (path, served) in routes() {
        for who in [None, Some("editor")] {
            let answer = app.request("OPTIONS", &filled(path)).as_actor(who).send().await;
            assert_eq!(answer.status, 204, "{path}");
            assert_eq!(answer.body, b"");
            assert_eq!(set_of(answer.header("allow").unwrap()), served, "{path}");
            assert!(answer.header("access-control-allow-origin").is_none(), "{path}");
            is_dressed(&answer, path);
        }
    }
    app.request("OPTIONS", "/v1/nothing").send().await.problem(404);
}

#[actix_web::test]
async fn the_addresses_outside_the_table_speak_the_same_http() {
    let app = TestApp::new().await;
    for path in ["/", "/docs", "/docs/"] {
        let answer = app.request("OPTIONS", path).send().await;
        assert_eq!(answer.status, 204, "OPTIONS {path}: {}", answer.text());
        assert_eq!(
            set_of(answer.header("allow").unwrap_or_default()),
            BTreeSet::from(["GET", "HEAD", "OPTIONS"]),
            "{path}"
        );
        for method in ["POST", "PUT", "DELETE"] {
            let answer = app.request(method, path).send().await;
            answer.problem(405);
            is_dressed(&answer, path);
            assert_eq!(
                set_of(answer.header("allow").unwrap_or_default()),
                BTreeSet::from(["GET", "HEAD", "OPTIONS"]),
                "{method} {path}"
            );
        }
    }
}

#[actix_web::test]
async fn a_problem_of_the_documentation_carries_what_every_problem_carries() {
    let app = TestApp::new().await;
    for path in ["/docs/nothing.js", "/docs/../Cargo.toml", "/docs/a/b/c"] {
        let answer = app.get(None, path).await;
        answer.problem(404);
        is_dressed(&answer, path);
    }
}

#[actix_web::test]
async fn a_query_over_its_limit_is_414_everywhere() {
    let app = TestApp::new().await;
    let long = "a".repeat(8_193);
    let most = "a".repeat(8_192);
    for operation in onrecord::resources::operations() {
        let send = async |query: &str| {
            let path = format!("{}?{query}", filled(&operation.path));
            let mut request = app.request(operation.method.name(), &path).as_actor(caller(operation));
            if operation.writes() && !operation.issues_token {
                request = request.json(&json!({}));
            }
            request.send().await
        };
        let answer = send(&long).await;
        answer.problem(414);
        is_dressed(&answer, &operation.id);
        assert!(answer.text().contains("8192 bytes"), "{}", answer.text());
        send(&most).await.problem(400);
    }
}
