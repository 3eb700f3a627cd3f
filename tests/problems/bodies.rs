//! Bodies that cannot be read: no UTF-8, no strict JSON, no object, another type, too large.

use super::*;

#[actix_web::test]
async fn bytes_that_are_not_utf_8_are_refused_in_bodies_queries_and_paths() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    let tag = app.get(Some("editor"), &address).await.etag().to_owned();
    let bodies: &[(&[u8], &str)] = &[
        (b"{\"title\":\"\xff\"}", "byte 10"),
        (b"{\"title\":\"\xc0\xaf\"}", "byte 10"),
        (b"{\"title\":\"\xed\xa0\x80\"}", "byte 10"),
        (b"\xef\xbb\xbf\xfe{}", "byte 3"),
        (b"\xff\xfe{\0}\0", "byte 0"),
    ];
    for (body, words) in bodies {
        for (method, path) in [("POST", "/v1/plans"), ("PUT", &address), ("PATCH", &address)] {
            let answer = app
                .request(method, path)
                .as_role("editor")
                .if_match(&tag)
                .body("application/json", *body)
                .send()
                .await;
            names(&answer, 400, &[("", "encoding", words)]);
        }
    }
    for query in ["limit=%ff", "%ff=1", "reference=%c3%28", "reference=%ed%a0%80", "sort=%f0%28"] {
        let answer = app.get(None, &format!("/v1/plans?{query}")).await;
        let found = faults(&answer, 400);
        assert_eq!(found.len(), 1, "{}", answer.text());
        assert_eq!(found[0].1, "encoding");
        assert!(found[0].2.contains("UTF-8"), "{}", found[0].2);
    }
    for path in ["/v1/plans/%ff", "/v1/themes/%c3%28", "/%ff", "/problems/%ff", "/v1/plans/%ff/thread"] {
        app.get(None, path).await.problem(404);
    }
    // A lone surrogate as an escape is no character either.
    let answer = with_payload(app.request("POST", "/v1/plans").as_role("editor"), "{\"title\":\"\\ud800\"}")
        .send()
        .await;
    names(&answer, 400, &[("", "syntax", "Not JSON at line 1")]);
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn a_body_that_is_not_strict_json_is_refused_with_its_place() {
    let app = TestApp::new().await;
    let address = app.draft("objective").await;
    let before = marks(&app, &[&address]).await;
    let tag = app.get(Some("editor"), &address).await.etag().to_owned();
    let deep = |n: usize| format!("{{\"note\":{}{}}}", "[".repeat(n - 1), "]".repeat(n - 1));
    let deep_objects = format!("{}1{}", "{\"a\":".repeat(33), "}".repeat(33));
    let bodies = [
        ("{\"title\":\"a\",\"title\":\"b\"}".to_owned(), "/title", "duplicate_key", "once"),
        ("{\"title\":\"a\",\"titl\\u0065\":\"a\"}".to_owned(), "/title", "duplicate_key", "once"),
        (
            "{\"sources\":[{\"source\":\"a\",\"source\":\"a\"}]}".to_owned(),
            "/sources/0/source",
            "duplicate_key",
            "once",
        ),
        ("{\"number\":NaN}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":Infinity}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":-Infinity}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":1e400}".to_owned(), "", "syntax", "number out of range"),
        ("{\"number\":-1e400}".to_owned(), "", "syntax", "number out of range"),
        ("{\"number\":01}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":+1}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":0x10}".to_owned(), "", "syntax", "line 1, column"),
        ("{'number':1}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":1,}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":1}\n// a remark".to_owned(), "", "syntax", "line 2"),
        ("{\"number\":1} {}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"title\":\"a\nb\"}".to_owned(), "", "syntax", "line 2"),
        ("{\"number\":1".to_owned(), "", "syntax", "line 1, column"),
        ("\u{feff}{\"number\":1}".to_owned(), "", "syntax", "line 1, column"),
        (deep(33), "", "syntax", "nested more than 32 deep"),
        (deep_objects, "", "syntax", "nested more than 32 deep"),
        ("[".repeat(100_000), "", "syntax", "nested more than 32 deep"),
        (" \n\t ".to_owned(), "", "empty", "send a JSON object"),
        (String::new(), "", "empty", "send a JSON object"),
    ];
    for (body, at, code, words) in &bodies {
        for (method, path) in [("POST", "/v1/objectives"), ("PUT", &address), ("PATCH", &address)] {
            let request = app.request(method, path).as_role("editor").if_match(&tag);
            let answer = with_payload(request, body).send().await;
            names(&answer, 400, &[(*at, *code, *words)]);
        }
    }
    // 32 deep is read: what is wrong with it then is its schema.
    let request = app.request("POST", "/v1/objectives").as_role("editor");
    let answer = with_payload(request, &deep(32)).send().await;
    assert!(faults(&answer, 422).iter().any(|(place, code, _)| place == "/note" && code == "type"));
    // Two members given twice are two faults.
    let request = app.request("POST", "/v1/objectives").as_role("editor");
    let answer = with_payload(request, "{\"a\":1,\"a\":2,\"b\":1,\"b\":2,\"b\":3}").send().await;
    names(
        &answer,
        400,
        &[("/a", "duplicate_key", ""), ("/b", "duplicate_key", ""), ("/b", "duplicate_key", "")],
    );
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn a_body_that_is_no_object_is_refused_everywhere() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    let tag = app.get(Some("editor"), &address).await.etag().to_owned();
    let submit = format!("{address}/submit");
    for body in ["[]", "\"text\"", "null", "true", "7", "[{\"title\":\"x\"}]"] {
        for (method, path) in
            [("POST", "/v1/plans"), ("PUT", &address), ("PATCH", &address), ("POST", &submit)]
        {
            let request = app.request(method, path).as_role("editor").if_match(&tag);
            let answer = with_payload(request, body).send().await;
            names(&answer, 422, &[("", "type", "object")]);
        }
    }
    for kind in app.state.kinds.clone() {
        for body in ["[]", "null"] {
            let request = app.request("POST", &list(kind)).as_role(writer(kind));
            names(&with_payload(request, body).send().await, 422, &[("", "type", "object")]);
        }
    }
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn a_step_that_takes_no_members_names_those_that_came() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    for body in [json!({"reason": "x"}), json!({"a": 1, "b": null})] {
        let answer = app.step("editor", &address, "submit", body.clone()).await;
        let found = faults(&answer, 422);
        for name in body.as_object().unwrap().keys() {
            let named =
                found.iter().any(|(place, code, _)| *place == format!("/{name}") && code == "unknown_member");
            assert!(named, "{}", answer.text());
        }
    }
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn the_type_coding_and_size_of_a_body_are_checked_before_it_is_read() {
    let limits = Limits { body_bytes: 5_000, ..Limits::default() };
    let app = TestApp::with_limits(limits).await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    let body = || json!({"reference": "T-X", "title": "x", "from": "2025-04-01"}).to_string();
    let post = || app.request("POST", "/v1/plans").as_role("editor");

    for wrong in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "application/merge-patch+json",
        "application/jsonx",
        "multipart/form-data",
        "*/*",
        "json",
        "application/json; charset=latin-1",
        "application/json; charset=iso-8859-1",
        "application/json;charset=utf-16",
    ] {
        let answer = post().body(wrong, body()).send().await;
        assert_eq!(faults(&answer, 415), vec![], "{wrong}");
        assert!(answer.text().contains("application/json"), "{wrong}: {}", answer.text());
        assert!(answer.text().contains("UTF-8"), "{wrong}: {}", answer.text());
        // Whether the record is as it was read is decided before the body.
        let tag = app.get(Some("editor"), &address).await.etag().to_owned();
        let answer = app
            .request("PATCH", &address)
            .as_role("editor")
            .if_match(&tag)
            .body(wrong, "{\"title\":\"y\"}")
            .send()
            .await;
        if wrong != "application/merge-patch+json" {
            answer.problem(415);
            assert!(answer.text().contains("merge-patch"), "{}", answer.text());
        }
    }
    // The patch in its own type was the one that was right: that one has made a version. Not so the rest.
    let after_patch = marks(&app, &[&address]).await;
    assert_ne!(after_patch, before);
    let before = after_patch;

    // A workbook or an archive under the name of text, where there are archives, and where there are none.
    let archive = b"PK\x03\x04 and so on".to_vec();
    for (path, wrong, advice) in [
        ("/v1/imports", "text/csv", "send it as application/zip"),
        ("/v1/imports", "application/json", "send it as application/zip"),
        ("/v1/plans", "application/json", "not taken here"),
    ] {
        let answer = app.request("POST", path).as_role("editor").body(wrong, archive.clone()).send().await;
        answer.problem(415);
        assert!(answer.text().contains(advice), "{}", answer.text());
    }

    // No type at all, and two of them.
    let answer =
        app.request("POST", "/v1/plans").as_role("editor").header("content-length", "2").send().await;
    answer.problem(415);
    let answer =
        post().body("application/json", body()).header("content-type", "application/json").send().await;
    answer.problem(415);

    for coding in
        ["gzip", "br", "zstd", "deflate", "compress", "x-unknown", "gzip, gzip", "identity, gzip", ""]
    {
        let answer = post().header("content-encoding", coding).body("application/json", body()).send().await;
        answer.problem(415);
        assert!(answer.text().contains("uncompressed"), "{coding}: {}", answer.text());
    }
    for (one, two) in [("gzip", "gzip"), ("identity", "gzip"), ("identity", "identity")] {
        let answer = post()
            .header("content-encoding", one)
            .header("content-encoding", two)
            .body("application/json", body())
            .send()
            .await;
        answer.problem(415);
    }

    let large = json!({"reference": "T-X", "title": "x", "from": "2025-04-01", "summary": "x".repeat(5_000)});
    let large = large.to_string();
    // By what it says of itself, and by what it is.
    let answer = post()
        .header("content-length", &large.len().to_string())
        .body("application/json", large.clone())
        .send()
        .await;
    answer.problem(413);
    assert!(answer.text().contains("5000 bytes"), "{}", answer.text());
    let answer = post().body("application/json", large.clone()).send().await;
    answer.problem(413);
    assert!(answer.text().contains("5000 bytes"), "{}", answer.text());
    let answer = post().header("content-length", "10").body("application/json", large).send().await;
    answer.problem(413);
    let form = format!("grant_type={}", "x".repeat(5_000));
    let answer =
        app.request("POST", "/oauth/token").body("application/x-www-form-urlencoded", form).send().await;
    answer.problem(413);
    assert_eq!(marks(&app, &[&address]).await, before);
}
