//! Content codings and entity tags.

use super::*;

async fn coding_is_right(app: &TestApp, name: &str, coding: ContentEncoding) {
    for (operation, path) in readable() {
        let plain = app.get(None, &path).await.expect(200);
        assert!(plain.header("content-encoding").is_none());
        let ask = async |tag: Option<&str>| {
            let mut request = app.request("GET", &path).header("accept-encoding", name);
            if let Some(tag) = tag {
                request = request.header("if-none-match", tag);
            }
            request.send().await
        };
        let coded = ask(None).await.expect(200);
        if ["application/zip", "image/png"].contains(&media_type(operation)) {
            // An archive or a picture is compressed already: it comes as it is.
            assert!(coded.header("content-encoding").is_none(), "{}", operation.id);
            assert_eq!(coded.body, plain.body, "{}", operation.id);
            continue;
        }
        assert_eq!(coded.header("content-encoding"), Some(name), "{}", operation.id);
        assert_ne!(coded.body, plain.body);
        assert_eq!(decoded(&coded, coding).await, plain.body, "{}", operation.id);
        assert_eq!(coded.header("content-type"), plain.header("content-type"));
        let Some(tag) = plain.header("etag") else {
            assert!(coded.header("etag").is_none());
            continue;
        };
        let bare = tag.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
        let of_coded = format!("\"{bare}-{name}\"");
        assert_eq!(coded.header("etag"), Some(of_coded.as_str()), "{}", operation.id);
        let plain_tag = tag.to_owned();
        // What the caller sends, and the tag that the 304 names: to a caller who takes the coding, and to one who does not.
        for (sent, named_coded, named_plain) in [
            (plain_tag.clone(), &plain_tag, &plain_tag),
            (of_coded.clone(), &of_coded, &of_coded),
            (format!("W/{plain_tag}"), &plain_tag, &plain_tag),
            (format!("W/{of_coded}"), &of_coded, &of_coded),
            (format!("\"other\", {of_coded}"), &of_coded, &of_coded),
            (format!("\"a, b\", W/{of_coded},{plain_tag}"), &of_coded, &plain_tag),
            (format!("{plain_tag}, {of_coded}, \"other\""), &of_coded, &plain_tag),
            ("*".to_owned(), &of_coded, &plain_tag),
        ] {
            let again = ask(Some(&sent)).await;
            assert_eq!(again.status, 304, "{} with {sent}", operation.id);
            assert_eq!(again.body, b"");
            assert_eq!(again.etag(), named_coded, "{} with {sent}", operation.id);
            let again = app.request("GET", &path).header("if-none-match", &sent).send().await;
            assert_eq!(again.status, 304, "{} with {sent}", operation.id);
            assert_eq!(again.etag(), named_plain, "{} with {sent}", operation.id);
        }
        for tag in ["\"other\"", &format!("\"{bare}-other\""), &format!("\"{bare}x\""), bare, ""] {
            let again = ask(Some(tag)).await;
            assert_eq!(again.status, 200, "{} with {tag}", operation.id);
        }
    }
    // A change takes the tag of the coded answer for that of the record.
    let address = app.draft("plan").await;
    let coded = app
        .request("GET", &address)
        .as_role("editor")
        .header("accept-encoding", name)
        .send()
        .await
        .expect(200);
    assert!(coded.etag().ends_with(&format!("-{name}\"")));
    app.request("PATCH", &address)
        .as_role("editor")
        .if_match(coded.etag())
        .json(&json!({"title": "y"}))
        .send()
        .await
        .expect(200);
    let again = app
        .request("PATCH", &address)
        .as_role("editor")
        .if_match(coded.etag())
        .json(&json!({"title": "z"}))
        .send()
        .await;
    again.problem(412);
    // A proxy that compresses weakens the tag of what it was sent (nginx), or adds its coding (Apache).
    for sent in [|tag: &str| format!("W/{tag}"), |tag: &str| format!("{}-gzip\"", tag.trim_end_matches('"'))]
    {
        let read = app.get(Some("editor"), &address).await.expect(200).etag().to_owned();
        for status in [200, 412] {
            let request = app.request("PATCH", &address).as_role("editor").if_match(&sent(&read));
            let body = json!({"title": format!("The title after {}", sent(&read))});
            request.json(&body).send().await.expect(status);
        }
    }
}

#[actix_web::test]
async fn an_answer_in_brotli_is_the_same_answer_with_a_tag_of_its_own() {
    coding_is_right(&TestApp::new().await, "br", ContentEncoding::Brotli).await;
}

#[actix_web::test]
async fn an_answer_in_gzip_is_the_same_answer_with_a_tag_of_its_own() {
    coding_is_right(&TestApp::new().await, "gzip", ContentEncoding::Gzip).await;
}

#[actix_web::test]
async fn an_answer_in_zstd_is_the_same_answer_with_a_tag_of_its_own() {
    coding_is_right(&TestApp::new().await, "zstd", ContentEncoding::Zstd).await;
}

/// Deflate is not promised. If it is served all the same, its tags have to work like the others'.
#[actix_web::test]
async fn no_coding_is_served_whose_tags_do_not_work() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    for name in ["deflate", "compress", "x-gzip", "deflate, gzip;q=0.5"] {
        let answer = app
            .request("GET", &address)
            .as_role("editor")
            .header("accept-encoding", name)
            .send()
            .await
            .expect(200);
        let tag = answer.etag().to_owned();
        let again = app.request("GET", &address).as_role("editor").header("if-none-match", &tag).send().await;
        assert_eq!(again.status, 304, "{name}: {tag}");
        app.request("PATCH", &address)
            .as_role("editor")
            .if_match(&tag)
            .json(&json!({"title": name}))
            .send()
            .await
            .expect(200);
    }
}

#[actix_web::test]
async fn the_coding_is_the_one_that_the_caller_prefers() {
    let app = TestApp::new().await;
    for (accept, coding) in [
        ("identity", None),
        ("", None),
        ("gzip;q=0", None),
        ("gzip;q=0.5, br;q=0.9", Some("br")),
        ("gzip;q=0.9, br;q=0.5", Some("gzip")),
        ("zstd, gzip;q=0.5", Some("zstd")),
        ("x-unknown", None),
        ("identity;q=0, gzip", Some("gzip")),
    ] {
        let answer =
            app.request("GET", "/v1/plans").header("accept-encoding", accept).send().await.expect(200);
        assert_eq!(answer.header("content-encoding"), coding, "{accept}");
    }
    // A problem is coded too, and stays a problem.
    let answer = app.request("GET", "/v1/nothing").header("accept-encoding", "gzip").send().await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let body = decoded(&answer, ContentEncoding::Gzip).await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["status"], 404);
}

#[actix_web::test]
async fn a_tag_changes_with_the_answer_and_only_with_it() {
    let app = TestApp::new().await;
    let address = app.published("plan").await;
    let list = "/v1/plans";
    let of = async |who: Option<&str>, path: &str| app.get(who, path).await.expect(200).etag().to_owned();
    let (item, page) = (of(None, &address).await, of(None, list).await);
    let office = of(Some("editor"), &address).await;
    assert_ne!(item, office);
    app.set_time("2026-11-01T11:45:30Z");
    assert_eq!((of(None, &address).await, of(None, list).await), (item.clone(), page.clone()));
    // A draft never changes the public's.
    app.patch("editor", &address, json!({"title": "A draft of another title"})).await.expect(200);
    assert_eq!((of(None, &address).await, of(None, list).await), (item.clone(), page.clone()));
    assert_ne!(of(Some("editor"), &address).await, office);
    app.ready("plan", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    assert_ne!(of(None, &address).await, item);
    assert_ne!(of(None, list).await, page);
    for tag in [item, page, office] {
        assert!(tag.starts_with('"') && tag.ends_with('"') && !tag.starts_with("W/"));
    }
}

/// Who has the body already gets none; the next reader gets it all the same, whichever of the two comes first after a start.
#[actix_web::test]
async fn an_answer_that_one_reader_has_already_is_whole_for_the_next() {
    for (operation, path) in readable() {
        let of_before = TestApp::new().await.get(None, &path).await.expect(200);
        let Some(tag) = of_before.header("etag") else { continue };
        let app = TestApp::new().await;
        let again = app.request("GET", &path).header("if-none-match", tag).send().await;
        let whole = app.get(None, &path).await.expect(200);
        assert!(!whole.body.is_empty(), "{} after {}", operation.id, again.status);
    }
}

/// Long headers of a request are read once, however many formats and tags they are compared with.
#[actix_web::test]
async fn headers_of_very_many_elements_are_bounded_or_read_once() {
    let app = TestApp::new().await;
    let accept = |count: usize| vec!["text/x"; count - 1].join(",") + ",application/json";
    let ask = async |name: &str, value: String| {
        app.request("GET", "/v1/actions?limit=1").header(name, &value).send().await
    };
    ask("accept", accept(100)).await.expect(200);
    assert_eq!(ask("accept", accept(101)).await.problem(400), ["too_many"]);
    // Nobody adds thousands of codings to a tag. A few are those of proxies.
    let whole = app.get(None, "/v1/actions?limit=1").await.expect(200);
    let tag = |count: usize| format!("\"{}{}\"", whole.etag().trim_matches('"'), "-br".repeat(count));
    let many = vec!["br"; 2_000].join(",");
    let cases = [
        (1, "br", 304),
        (3, many.as_str(), 304),
        (2_000, many.as_str(), 200),
        (1, "gzip", 200),
        (1, "*", 304),
    ];
    for (count, codings, status) in cases {
        let mut request = app.request("GET", "/v1/actions?limit=1");
        request = request.header("if-none-match", &tag(count)).header("accept-encoding", codings);
        assert_eq!(request.send().await.status, status, "{}", codings.len());
    }
}
