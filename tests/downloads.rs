//! Downloads: conditions, parts, dates, names, and the catalogue at an address of its own.

use std::pin::Pin;

use actix_web::body::MessageBody;
use actix_web::test;
use onrecord::app;
use onrecord::bundle::Bundle;
use serde_json::{Value, json};

use crate::bundles::unzipped;
use crate::http::{over_a_socket, plain};
use crate::support::{Answer, TestApp};

const EXPORT: &str = "/v1/export.zip";
const CATALOGUE: &str = "/catalogue.jsonld";
const FIGURES: &str = "/v1/observations?indicator=recorded-crime-rolling-year&format=csv";

/// More than what is made at once.
const LONG: &str = "/v1/observations?indicator=recorded-crime-rolling-year&includeHistory=true";

async fn ask(app: &TestApp, method: &str, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mut request = app.request(method, path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.send().await
}

/// The response to HEAD has the length of the response to GET, and no body. Seen over a socket, where actix states it.
pub async fn assert_head_says(app: &TestApp, path: &str, length: usize) {
    let answers = over_a_socket(app, vec![plain("HEAD", path, "")]).await;
    let stated = answers[0].headers.iter().find(|(name, _)| name == "content-length");
    assert_eq!(stated.map(|(_, value)| value.as_str()), Some(length.to_string().as_str()), "{path}");
    assert_eq!((answers[0].status, answers[0].body.len()), (200, 0), "{path}");
}

/// A service on which a second has gone by since the last publication.
pub async fn quiet() -> TestApp {
    let app = TestApp::new().await;
    app.set_time("2026-11-01T11:30:02Z");
    app
}

/// What every download has: its tag, its name, its date, and that it can be had in parts.
fn assert_download(answer: &Answer, name: &str) {
    assert!(answer.etag().starts_with('"'), "a strong tag");
    assert_eq!(answer.header("accept-ranges"), Some("bytes"));
    assert_eq!(
        answer.header("content-disposition"),
        Some(format!("attachment; filename=\"{name}\"").as_str())
    );
    assert_eq!(answer.header("last-modified"), Some("Sun, 01 Nov 2026 11:30:00 GMT"), "{name}");
    let cache = answer.header("cache-control").unwrap();
    assert!(cache.starts_with("public, max-age="), "{cache}");
}

/// Conditions and parts of a body are those of RFC 9110.
pub async fn assert_parts(app: &TestApp, path: &str) {
    let whole = ask(app, "GET", path, &[]).await.expect(200);
    let (tag, body) = (whole.etag().to_owned(), whole.body.clone());
    let (length, last) = (body.len(), whole.header("last-modified").unwrap().to_owned());
    assert!(length > 120, "{length}");
    for fresh in [
        ("if-none-match", tag.as_str()),
        ("if-modified-since", last.as_str()),
        ("if-modified-since", "Wed, 21 Oct 2037 07:28:00 GMT"),
    ] {
        for more in [("accept", "*/*"), ("range", "bytes=0-9")] {
            let answer = ask(app, "GET", path, &[fresh, more]).await.expect(304);
            assert!(answer.body.is_empty() && answer.etag() == tag, "{fresh:?}");
        }
    }
    let old = "Sun, 06 Nov 1994 08:49:37 GMT";
    ask(app, "GET", path, &[("if-modified-since", old)]).await.expect(200);
    // With tags no date is compared.
    ask(app, "GET", path, &[("if-none-match", "\"another\""), ("if-modified-since", &last)])
        .await
        .expect(200);

    let count = length as u64;
    for (range, first, end) in [
        ("bytes=0-99".to_owned(), 0, 100),
        ("bytes=100-".to_owned(), 100, length),
        (format!("bytes={}-{}", count - 7, count + 100), length - 7, length),
        ("bytes=-10".to_owned(), length - 10, length),
        ("bytes=0-".to_owned(), 0, length),
    ] {
        for condition in [None, Some(("if-range", tag.as_str())), Some(("if-range", last.as_str()))] {
            let mut headers = vec![("range", range.as_str()), ("accept-encoding", "gzip")];
            headers.extend(condition);
            let part = ask(app, "GET", path, &headers).await.expect(206);
            assert_eq!(part.body, body[first..end], "{path} {headers:?}");
            let shown = format!("bytes {first}-{}/{length}", end - 1);
            assert_eq!(part.header("content-range"), Some(shown.as_str()));
            assert_eq!(part.header("content-encoding"), None);
            assert_eq!(part.etag(), tag);
            for same in ["content-type", "content-disposition", "last-modified", "accept-ranges"] {
                assert_eq!(part.header(same), whole.header(same), "{path} {same}");
            }
        }
    }
    let (weak, coded) = (format!("W/{tag}"), format!("{}-gzip\"", tag.trim_end_matches('"')));
    for headers in [
        [("range", "bytes=0-9"), ("if-range", "\"another\"")],
        [("range", "bytes=0-9"), ("if-range", weak.as_str())],
        // Who has a part of the compressed body has nothing of this one.
        [("range", "bytes=0-9"), ("if-range", coded.as_str())],
        [("range", "bytes=0-9"), ("if-range", old)],
        [("range", "bytes=0-9,20-29"), ("if-range", tag.as_str())],
        [("range", "bytes=9-0"), ("if-range", tag.as_str())],
        [("range", "lines=0-9"), ("if-range", tag.as_str())],
        [("if-range", tag.as_str()), ("accept", "*/*")],
    ] {
        let answer = ask(app, "GET", path, &headers).await.expect(200);
        assert_eq!(answer.body, body, "{headers:?}");
        assert_eq!(answer.header("content-range"), None);
    }
    for range in [format!("bytes={length}-"), "bytes=-0".to_owned(), "bytes=99999999999999999999-".to_owned()]
    {
        let outside = ask(app, "GET", path, &[("range", &range)]).await;
        outside.problem(416);
        assert_eq!(outside.header("content-range"), Some(format!("bytes */{length}").as_str()));
    }
    let twice = ask(app, "GET", path, &[("range", "bytes=0-9"), ("range", "bytes=0-8")]).await;
    assert_eq!(twice.problem(400), ["repeated"]);

    // Who wants only what it read before gets nothing else, in whole or in part.
    for method in ["GET", "HEAD"] {
        for changed in [("if-match", "\"another\""), ("if-match", "wrong"), ("if-unmodified-since", old)] {
            for more in [("accept", "*/*"), ("range", "bytes=0-9"), ("if-none-match", tag.as_str())] {
                let answer = ask(app, method, path, &[changed, more]).await;
                assert_eq!(answer.status, 412, "{method} {changed:?} {more:?}");
            }
        }
        for same in [
            ("if-match", tag.as_str()),
            ("if-match", weak.as_str()),
            ("if-match", "*"),
            ("if-unmodified-since", last.as_str()),
            ("if-unmodified-since", "yesterday"),
        ] {
            ask(app, method, path, &[same]).await.expect(200);
        }
    }
    // With tags no date is compared.
    ask(app, "GET", path, &[("if-match", &tag), ("if-unmodified-since", old)]).await.expect(200);

    let head = ask(app, "HEAD", path, &[("range", "bytes=0-9")]).await.expect(200);
    assert_eq!(head.header("content-range"), None);
    for same in ["etag", "last-modified", "content-type", "content-disposition", "accept-ranges"] {
        assert_eq!(head.header(same), whole.header(same), "{path} {same}");
    }
    ask(app, "HEAD", path, &[("if-none-match", &tag)]).await.expect(304);
}

#[actix_web::test]
async fn the_archive_is_had_in_parts_under_one_tag_while_the_record_is_the_same() {
    let app = quiet().await;
    let first = ask(&app, "GET", EXPORT, &[]).await.expect(200);
    assert_download(&first, "onrecord-export-2026-11-01.zip");
    let catalogue = format!(
        "<{}/catalogue.jsonld>; rel=\"describedby\"; type=\"application/ld+json\"",
        app.state.public_url
    );
    assert_eq!(first.header("link"), Some(catalogue.as_str()));
    assert_head_says(&app, EXPORT, first.body.len()).await;
    assert_parts(&app, EXPORT).await;
    // Every reader gets the same.
    assert_eq!(app.get(Some("editor"), EXPORT).await.expect(200).etag(), first.etag());
    // A draft changes nothing of it, nor does another minute.
    let draft = app.draft("plan").await;
    app.set_time("2026-11-01T11:32:00Z");
    let again = ask(&app, "GET", EXPORT, &[("if-none-match", first.etag())]).await;
    assert_eq!(again.status, 304);
    // A publication does: a caller that resumes gets the new archive whole.
    app.published("theme").await;
    let resume =
        async |tag: &str| ask(&app, "GET", EXPORT, &[("range", "bytes=1000-"), ("if-range", tag)]).await;
    let changed = resume(first.etag()).await.expect(200);
    assert!(changed.etag() != first.etag() && changed.body != first.body);
    assert!(unzipped(&changed.body).contains_key("themes.jsonl"));
    // In the second of a publication, dates are not compared.
    let date = changed.header("last-modified").unwrap();
    assert_eq!(date, "Sun, 01 Nov 2026 11:31:59 GMT");
    ask(&app, "GET", EXPORT, &[("if-modified-since", date)]).await.expect(200);
    let by_date = [("range", "bytes=1000-"), ("if-range", date)];
    ask(&app, "GET", EXPORT, &by_date).await.expect(200);
    app.set_time("2026-11-01T11:32:01Z");
    ask(&app, "GET", EXPORT, &by_date).await.expect(200);
    // The redaction of a draft changes nothing, that of what was public does.
    let redact = async |address: &str| {
        let reason = json!({"reason": "A name."});
        app.post("data_protection", &format!("{address}/redact"), reason).await.expect(200);
    };
    let action = app.published("action").await;
    let public = ask(&app, "GET", EXPORT, &[]).await.expect(200);
    redact(&draft).await;
    assert_eq!(resume(public.etag()).await.expect(206).body, public.body[1_000..]);
    redact(&action).await;
    resume(public.etag()).await.expect(200);
}

#[actix_web::test]
async fn a_withdrawal_ends_what_is_being_sent_and_a_publication_does_not() {
    let app = quiet().await;
    let action = app.published("action").await;
    app.set_time("2026-11-01T11:30:04Z");
    let service = test::init_service(app::build(app.state.clone())).await;
    let cases = [(EXPORT, None), (EXPORT, Some("bytes=1-")), (CATALOGUE, Some("bytes=0-"))];
    for (second, (path, range)) in (5..).zip(cases) {
        let whole = ask(&app, "GET", path, &[]).await.expect(200);
        let expected = if range == Some("bytes=1-") { &whole.body[1..] } else { &whole.body[..] };
        let mut request = test::TestRequest::get().uri(path);
        if let Some(range) = range {
            request = request.insert_header(("range", range));
        }
        let response = test::call_service(&service, request.to_request()).await;
        assert_eq!(response.status().as_u16(), if range.is_some() { 206 } else { 200 });
        let mut body = Box::pin(response.into_body());
        let mut bytes = vec![];
        if path == EXPORT {
            bytes.extend(next(body.as_mut()).await.unwrap().unwrap());
        }
        // It is that of its moment.
        app.set_time(&format!("2026-11-01T11:30:0{second}Z"));
        app.published("theme").await;
        while let Some(piece) = next(body.as_mut()).await {
            bytes.extend(piece.unwrap());
        }
        assert!(bytes == expected, "{path} {range:?}");
    }
    let crime = "/v1/releases/derbyshire-pcc:REL-RECORDED-CRIME-P1-2018-03";
    for (path, range, withdrawn) in
        [(EXPORT, Some("bytes=1-"), action.as_str()), (LONG, Some("bytes=1-"), crime), (LONG, None, crime)]
    {
        let withdrawn = if range.is_none() {
            "/v1/releases/derbyshire-pcc:REL-RECORDED-CRIME-P1-2018-06"
        } else {
            withdrawn
        };
        // Its length is known then, and it is made as it is sent.
        let whole = ask(&app, "GET", path, &[]).await.expect(200).body.len();
        let mut request = test::TestRequest::get().uri(path);
        if let Some(range) = range {
            request = request.insert_header(("range", range));
        }
        let response = test::call_service(&service, request.to_request()).await;
        let mut body = Box::pin(response.into_body());
        let first = next(body.as_mut()).await.unwrap().unwrap().len();
        app.step("publisher2", withdrawn, "withdraw", json!({"reason": "made in error"})).await.expect(200);
        let mut rest = vec![];
        while let Some(piece) = next(body.as_mut()).await {
            rest.push(piece);
        }
        // What was made before is still sent, and nothing of another state follows.
        assert!(rest.pop().unwrap().is_err() && rest.iter().all(Result::is_ok), "{path} {range:?}");
        let sent = first + rest.into_iter().flatten().map(|piece| piece.len()).sum::<usize>();
        assert!(sent < whole - 1, "{sent} of {whole}");
    }
}

/// The next piece of a body.
async fn next<B: MessageBody>(mut body: Pin<&mut B>) -> Option<Result<Vec<u8>, ()>> {
    let piece = std::future::poll_fn(|context| body.as_mut().poll_next(context)).await?;
    Some(piece.map(|bytes| bytes.to_vec()).map_err(|_| ()))
}

#[actix_web::test]
async fn the_catalogue_is_at_an_address_of_its_own_with_the_addresses_of_what_it_describes() {
    let app = quiet().await;
    let catalogue = ask(&app, "GET", CATALOGUE, &[]).await.expect(200);
    assert_download(&catalogue, "onrecord-catalogue-2026-11-01.jsonld");
    assert_eq!(catalogue.header("content-type"), Some("application/ld+json"));
    assert_parts(&app, CATALOGUE).await;
    let archive = ask(&app, "GET", EXPORT, &[]).await.expect(200);
    let files = unzipped(&archive.body);
    let parsed: Value = serde_json::from_slice(&catalogue.body).unwrap();
    let beside: Value = serde_json::from_slice(&files["catalogue.jsonld"]).unwrap();
    let service = app.state.public_url.as_str();
    assert_eq!(parsed["@id"], format!("{service}/catalogue.jsonld"));
    // What DCAT-AP requires.
    for one in [&parsed, &beside] {
        assert_eq!(one["@type"], "dcat:Catalog");
        for field in ["dct:title", "dct:description", "dct:modified"] {
            assert!(one[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
        }
        let publishers = one["dct:publisher"].as_array().unwrap();
        assert!(publishers.iter().any(|one| {
            one["@type"] == "foaf:Agent" && one["foaf:name"].as_str().unwrap().contains("Derbyshire")
        }));
    }
    let datasets = parsed["dcat:dataset"].as_array().unwrap();
    assert_eq!(datasets.len(), files.len() - 2);
    let mut lists = 0;
    for (dataset, in_archive) in datasets.iter().zip(beside["dcat:dataset"].as_array().unwrap()) {
        assert_eq!(dataset["@type"], "dcat:Dataset");
        assert_eq!(dataset["dct:description"], in_archive["dct:description"]);
        let distributions = dataset["dcat:distribution"].as_array().unwrap();
        let (file, same) = (&distributions[0], &in_archive["dcat:distribution"][0]);
        let name = file["dct:title"].as_str().unwrap();
        assert_eq!(file["dcat:downloadURL"]["@id"], format!("{service}{EXPORT}"));
        assert_eq!(same["dcat:downloadURL"]["@id"], name);
        assert_eq!(file["dcat:byteSize"], files[name].len());
        assert_eq!(file["spdx:checksum"], same["spdx:checksum"]);
        for distribution in distributions {
            let address = distribution["dcat:accessURL"]["@id"].as_str().unwrap();
            let path = address.strip_prefix(service).unwrap();
            let answer = ask(&app, "GET", path, &[]).await.expect(200);
            if path != EXPORT {
                let media_type = distribution["dcat:mediaType"].as_str().unwrap();
                assert!(answer.header("content-type").unwrap().starts_with(media_type), "{path}");
                lists += 1;
            }
        }
    }
    assert!(lists > 20, "{lists}");
    ask(&app, "GET", CATALOGUE, &[("accept", "text/html")]).await.problem(406);
}

#[actix_web::test]
async fn lists_and_figures_are_had_in_parts_and_saved_under_a_name() {
    let app = quiet().await;
    for (path, name) in [
        ("/v1/actions?format=csv&limit=200", "derbyshire-pcc-actions-2026-11-01.csv"),
        ("/v1/plans?format=csv", "derbyshire-pcc-plans-2026-11-01.csv"),
        ("/v1/sources?format=csv", "onrecord-sources-2026-11-01.csv"),
        ("/v1/grants?format=360giving-csv", "onrecord-grants-360giving-2026-11-01.csv"),
        (FIGURES, "derbyshire-pcc-observations-recorded-crime-rolling-year-2026-11-01.csv"),
    ] {
        let answer = ask(&app, "GET", path, &[]).await.expect(200);
        assert_download(&answer, name);
        let by_accept = ask(&app, "GET", path, &[("accept", "text/csv")]).await;
        assert_eq!(by_accept.header("content-disposition"), answer.header("content-disposition"));
        assert_parts(&app, path).await;
    }
    for path in [FIGURES, LONG, "/v1/actions?format=csv"] {
        // Also when nobody has read it before.
        let length = quiet().await.get(None, path).await.expect(200).body.len();
        assert_head_says(&app, path, length).await;
    }
    let past = "/v1/plans?format=csv&as_of=2021-12-24";
    assert_eq!(
        ask(&app, "GET", past, &[]).await.expect(200).header("content-disposition"),
        Some("attachment; filename=\"derbyshire-pcc-plans-2021-12-24.csv\"")
    );
    for path in ["/v1/actions?limit=20", "/v1/observations?indicator=recorded-crime-rolling-year"] {
        assert_eq!(ask(&app, "GET", path, &[]).await.header("content-disposition"), None, "{path}");
        assert_parts(&app, path).await;
    }
    // What is no file to save is sent whole.
    let item = "/v1/plans/derbyshire-pcc:PLAN-2013";
    let whole = ask(&app, "GET", item, &[("range", "bytes=0-9")]).await.expect(200);
    assert_eq!((whole.header("accept-ranges"), whole.header("last-modified")), (None, None));
    // Without a known length there is none to state: the response to GET would be compressed.
    let coded = ask(&app, "HEAD", FIGURES, &[("accept-encoding", "gzip")]).await.expect(200);
    assert_eq!((coded.header("content-encoding"), coded.header("content-length")), (Some("gzip"), None));
    assert!(coded.etag().ends_with("-gzip\""));
    // Nor can a part be sent to a caller that takes only what is compressed.
    let only = [("accept-encoding", "gzip, identity;q=0"), ("range", "bytes=0-9")];
    ask(&app, "GET", FIGURES, &only).await.expect(200);
}

#[actix_web::test]
async fn a_tag_says_which_moment_the_figures_are_of() {
    let app = quiet().await;
    let today = "/v1/observations?indicator=recorded-crime-rolling-year&asOf=2026-11-01&lastNObservations=1";
    let first = ask(&app, "GET", today, &[]).await.expect(200);
    app.set_time("2026-11-01T11:30:09Z");
    let later = ask(&app, "GET", today, &[]).await.expect(200);
    assert_ne!(first.body, later.body, "the moment is in the body");
    assert_ne!(first.etag(), later.etag());
}

#[actix_web::test]
async fn a_date_moves_with_every_change_of_what_the_public_sees() {
    let app = quiet().await;
    let list = "/v1/themes?format=csv";
    let date = async |path: &str| {
        let answer = ask(&app, "GET", path, &[]).await.expect(200);
        answer.header("last-modified").unwrap().to_owned()
    };
    assert_eq!(date(list).await, "Sun, 01 Nov 2026 11:30:00 GMT");
    // An import of what was published long ago, elsewhere.
    let theme = r#"{"reference": "old", "title": "Old", "theme_kind": "threat", "published_at": "2013-01-01T00:00:00Z"}"#;
    app.set_time("2026-11-01T11:30:05Z");
    let bundle = crate::bundles::zipped([("themes.jsonl", theme.as_bytes())]);
    app.import(Bundle::zipped(std::sync::Arc::new(bundle), &app.state.kinds).unwrap()).unwrap();
    app.set_time("2026-11-01T11:30:07Z");
    for path in [list, EXPORT, FIGURES] {
        assert_eq!(date(path).await, "Sun, 01 Nov 2026 11:30:05 GMT", "{path}");
    }
    // A publication that became due, which the feed does not have yet.
    let draft = app.draft("action").await;
    app.ready("action", &draft).await;
    app.step("publisher", &draft, "publish", json!({"publish_at": "2026-11-01T12:00:00Z"})).await.expect(200);
    app.set_time("2026-11-01T11:59:59Z");
    let (before, tag) = (date(EXPORT).await, ask(&app, "GET", EXPORT, &[]).await.etag().to_owned());
    app.set_time("2026-11-01T12:00:01Z");
    for path in [list, EXPORT] {
        assert_eq!(date(path).await, "Sun, 01 Nov 2026 12:00:00 GMT", "{path} after {before}");
    }
    assert_ne!(ask(&app, "GET", EXPORT, &[]).await.etag(), tag);
    // What happens to a record that was never public moves no date: it would tell of a draft.
    let hidden = app.draft("action").await;
    app.step("publisher", &hidden, "withdraw", json!({"reason": "Not needed."})).await.expect(200);
    let erased = app.draft("action").await;
    app.set_time("2026-11-01T12:00:05Z");
    let answer =
        app.post("data_protection", &format!("{erased}/redact"), json!({"reason": "Personal data."})).await;
    answer.expect(200);
    for path in [list, EXPORT, "/v1/search?q=plan&format=csv"] {
        assert_eq!(date(path).await, "Sun, 01 Nov 2026 12:00:00 GMT", "{path}");
    }
    // What is overdue changes with the day in London.
    app.set_time("2026-11-02T09:00:00Z");
    assert_eq!(date(list).await, "Mon, 02 Nov 2026 00:00:00 GMT");
    assert_eq!(date(EXPORT).await, "Sun, 01 Nov 2026 12:00:00 GMT");
}

#[actix_web::test]
async fn callers_who_see_more_than_the_public_get_no_date_and_no_public_cache() {
    let app = quiet().await;
    app.draft("plan").await;
    let path = "/v1/plans?format=csv";
    let mine = app.get(Some("editor"), path).await.expect(200);
    assert_eq!(mine.header("last-modified"), None);
    assert!(mine.header("cache-control").unwrap().starts_with("private"));
    let tag = mine.etag().to_owned();
    let part =
        app.request("GET", path).as_role("editor").header("range", "bytes=0-9").header("if-range", &tag);
    assert_eq!(part.send().await.expect(206).body, mine.body[..10]);
    // The tag of one caller's list is not that of another's.
    let public = ask(&app, "GET", path, &[("range", "bytes=0-9"), ("if-range", &tag)]).await.expect(200);
    assert_eq!(public.header("content-range"), None);
    // A change is never a part of anything.
    let body = json!({"reference": "x-1", "title": "X", "theme_kind": "threat"});
    let change = app.request("POST", "/v1/themes").as_role("admin").header("range", "bytes=0-9").json(&body);
    change.send().await.expect(201);
}
