//! Media types, CSV, fields, includes, counts and the link to the next page.

use super::*;

#[actix_web::test]
async fn a_format_that_is_not_served_is_406_and_the_right_one_is_named() {
    let app = TestApp::new().await;
    for (operation, path) in readable() {
        let csv = operation.answers.iter().any(|answer| answer.csv);
        let served = media_type(operation);
        // A form to fill is CSV and nothing else.
        if served == "text/csv" {
            app.request("GET", &path).header("accept", "application/json").send().await.problem(406);
            continue;
        }
        let ask = async |accept: &str| app.request("GET", &path).header("accept", accept).send().await;
        // Browsers get a page.
        let page = operation.has_page();
        if page {
            let answer = ask("text/html, */*;q=0.8").await.expect(200);
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        }
        let html = if page { "application/xhtml+xml" } else { "text/html" };
        // Without its parameters.
        let bare = served.split(';').next().unwrap();
        for accept in [
            "application/x-nothing",
            html,
            if served.starts_with("image/") { "audio/*" } else { "image/*" },
            &format!("{bare};q=0"),
            &format!("{bare}; q=0.000"),
            "*/*;q=0",
            &format!("application/x-nothing, {html};q=0.5"),
            &format!("{bare}x"),
            "text/csvx",
        ] {
            let answer = ask(accept).await;
            answer.problem(406);
            is_dressed(&answer, accept);
            assert!(answer.text().contains(bare), "{}", answer.text());
            assert_eq!(answer.text().contains("text/csv"), csv, "{}", answer.text());
        }
        for accept in [
            "*/*",
            served,
            &format!("{}/*", served.split('/').next().unwrap()),
            &served.to_uppercase(),
            &format!("{served};q=0.001"),
            &format!("audio/ogg, {served};q=0.1"),
            "application/x-nothing,*/*;q=0.01",
            &format!("{served}; charset=utf-8"),
            // Without a value it says nothing.
            "",
        ] {
            let answer = ask(accept).await.expect(200);
            let content_type = answer.header("content-type").unwrap();
            assert!(content_type.starts_with(served), "{accept}: {content_type}");
        }
        for accept in ["text/csv", "text/*"] {
            let answer = ask(accept).await;
            if page && !csv && accept == "text/*" {
                assert_eq!(answer.expect(200).header("content-type"), Some("text/html; charset=utf-8"));
            } else if csv {
                assert_eq!(answer.status, 200, "{}", operation.id);
                assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
            } else if served.starts_with("text/") && accept == "text/*" {
                answer.expect(200);
            } else {
                answer.problem(406);
            }
        }
    }
    // A write is refused before anything is read of it.
    let answer = app
        .request("POST", "/v1/plans")
        .as_role("editor")
        .header("accept", "application/xml")
        .json(&json!({"reference": "T-1", "title": "x", "from": "2025-04-01"}))
        .send()
        .await;
    answer.problem(406);
    app.get(Some("editor"), "/v1/plans/derbyshire-pcc:T-1").await.problem(404);
}

#[actix_web::test]
async fn what_is_refused_by_its_name_is_not_let_in_by_a_wildcard() {
    let app = TestApp::new().await;
    let path = "/.well-known/jwks.json";
    for accept in ["application/json;q=0, */*", "*/*, application/json;q=0", "application/*;q=0, */*;q=0.5"] {
        let answer = app.request("GET", path).header("accept", accept).send().await;
        answer.problem(406);
    }
}

#[actix_web::test]
async fn a_list_is_csv_or_json_as_the_caller_prefers() {
    let app = TestApp::new().await;
    for (accept, format, csv) in [
        ("text/csv", None, true),
        ("text/csv, application/json;q=0.9", None, true),
        ("text/csv;q=0.8, application/json;q=0.9", None, false),
        ("text/csv;q=0.8, application/json;q=0.799", None, true),
        ("text/csv;q=1, */*;q=0.1", None, true),
        ("application/json;q=0.5, text/*;q=0.6", None, true),
        ("text/*, application/*", None, false),
        ("*/*", None, false),
        ("text/csv, application/json", None, false),
        ("text/csv;q=0, */*", None, false),
        ("application/json;q=0, */*", None, true),
        ("TEXT/CSV", None, true),
        ("*/*", Some("csv"), true),
        ("application/json", Some("csv"), true),
        ("text/csv", Some("json"), false),
    ] {
        for list in ["/v1/plans", "/v1/changes", "/v1/plans/derbyshire-pcc:PLAN-2013/versions"] {
            let path = match format {
                Some(format) => format!("{list}?format={format}"),
                None => list.to_owned(),
            };
            let answer = app.request("GET", &path).header("accept", accept).send().await.expect(200);
            let expected = if csv { "text/csv; charset=utf-8" } else { "application/json" };
            assert_eq!(answer.header("content-type"), Some(expected), "{path} for {accept}");
        }
    }
}

#[actix_web::test]
async fn csv_holds_the_rows_and_members_of_the_json_on_every_list() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for (operation, path) in readable() {
        if !operation.answers.iter().any(|answer| answer.csv) {
            continue;
        }
        // Four lists in one, figures within figures, a column for each role: tests/orphans.rs, tests/money.rs and
        // tests/access_matrix.rs look at their CSV. That of figures is SDMX's: their formats have tests of their own. What is
        // computed from figures has its receipt in columns: tests/comparisons_areas.rs and tests/control_charts.rs.
        let others = [
            "list_plan_orphans",
            "list_money",
            "list_access",
            "list_series_observations",
            "list_observations",
            "list_series_comparisons",
            "list_comparisons",
            "get_series_control_chart",
            "list_control_charts",
            // tests/scorecard.rs
            "get_plan_scorecard",
        ];
        // tests/version_differences.rs looks at the differences between versions.
        if others.contains(&operation.id.as_str()) || operation.path.ends_with("/diff/{m}") {
            continue;
        }
        tried += 1;
        let path = path.split('?').next().unwrap();
        // A search has to be given words, a list of series an indicator.
        let path = match operation.id.as_str() {
            "search_records" => "/v1/search?q=plan",
            "list_series" => "/v1/series?indicator=recorded-crime-rolling-year",
            _ => path,
        };
        let joint = if path.contains('?') { '&' } else { '?' };
        let json = app.get(None, path).await.expect(200);
        let csv = app.get(None, &format!("{path}{joint}format=csv")).await.expect(200);
        assert_ne!(json.etag(), csv.etag(), "{path}");
        assert_eq!(
            json.header("link"),
            csv.header("link").map(|link| link.replace("format=csv&", "")).as_deref()
        );
        let data = json.json()["data"].as_array().unwrap().clone();
        // A demo of today has no day that has ended, so no head.
        let none =
            operation.id == "list_audit_heads" || operation.kind.is_some_and(|kind| kind.def.demo.is_empty());
        if data.is_empty() && none {
            continue;
        }
        assert!(!data.is_empty(), "{path}");
        let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(csv.body.as_slice());
        let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let members: Vec<String> = data[0].as_object().unwrap().keys().cloned().collect();
        assert_eq!(columns, members, "{path}");
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), data.len(), "{path}");
        for (row, record) in rows.iter().zip(&data) {
            for (cell, column) in row.iter().zip(&columns) {
                match &record[column] {
                    Value::Null => assert_eq!(cell, "", "{path} {column}"),
                    Value::String(text) => assert_eq!(cell, text, "{path} {column}"),
                    Value::Number(number) => assert_eq!(cell, number.to_string(), "{path} {column}"),
                    _ => {}
                }
            }
        }
        assert!(csv.text().ends_with('\n') && !csv.text().contains("\r\n"));
    }
    assert!(tried >= 19, "only {tried} lists");
    let answer = app.get(None, "/v1/plans?format=csv&fields=title,reference&count=true").await.expect(200);
    assert!(answer.text().starts_with("title,reference\n"), "{}", answer.text());
    assert_eq!(answer.header("x-total-count"), Some("3"));
}

#[actix_web::test]
async fn fields_gives_the_members_asked_for_in_the_order_asked_for() {
    let app = TestApp::new().await;
    for (operation, path) in readable() {
        let Some(kind) =
            operation.kind.filter(|_| operation.params.iter().any(|param| param.name == "fields"))
        else {
            continue;
        };
        let joint = if path.contains('?') { '&' } else { '?' };
        let whole = app.get(None, &path).await.expect(200).json();
        if kind.def.demo.is_empty() {
            continue;
        }
        let pick = |value: &Value| value["data"].get(0).unwrap_or(value).clone();
        let all: Vec<String> = pick(&whole).as_object().unwrap().keys().cloned().collect();
        for member in &all {
            let answer = app.get(None, &format!("{path}{joint}fields={member}")).await.expect(200);
            assert_eq!(
                pick(&answer.json()),
                json!({member.as_str(): pick(&whole)[member]}),
                "{}",
                operation.id
            );
        }
        let backwards: Vec<String> = all.iter().rev().cloned().collect();
        let answer = app.get(None, &format!("{path}{joint}fields={}", backwards.join(","))).await.expect(200);
        let field_names: Vec<String> = pick(&answer.json()).as_object().unwrap().keys().cloned().collect();
        assert_eq!(field_names, backwards, "{kind:?}");
    }
    // Its tag is no tag for a change.
    let address = app.draft("plan").await;
    let part = app.get(Some("editor"), &format!("{address}?fields=title")).await.etag().to_owned();
    let answer = app
        .request("PATCH", &address)
        .as_role("editor")
        .if_match(&part)
        .json(&json!({"title": "y"}))
        .send()
        .await;
    answer.problem(412);
}

#[actix_web::test]
async fn include_brings_along_what_is_asked_for_and_nothing_else() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for (operation, path) in readable() {
        let Some(kind) =
            operation.kind.filter(|_| operation.params.iter().any(|param| param.name == "include"))
        else {
            continue;
        };
        let path = path.split('?').next().unwrap();
        let bare = app.get(None, path).await.expect(200);
        assert!(bare.json().get("included").is_none(), "{path}");
        for include in kind.def.includes {
            tried += 1;
            let name = include.name();
            let answer = app.get(None, &format!("{path}?include={name}")).await.expect(200);
            assert_ne!(answer.etag(), bare.etag(), "{path} {name}");
            let mut value = answer.json();
            let included = value.as_object_mut().unwrap().shift_remove("included").unwrap();
            // The rest is what it is without.
            assert_eq!(value, bare.json(), "{path} {name}");
            let names: Vec<&String> = included.as_object().unwrap().keys().collect();
            assert_eq!(names, [name], "{path}");
            let mut ids = BTreeSet::new();
            for record in included[name].as_array().unwrap() {
                assert!(ids.insert(record["id"].as_str().unwrap().to_owned()), "{path} {name}");
                assert_eq!(record["state"], "published");
                let expected = match include {
                    Include::Named { path, .. } => {
                        kind.references().find(|reference| reference.path == *path).unwrap().kind
                    }
                    Include::Naming { kind, .. } => kind,
                };
                assert_eq!(record["kind"], expected, "{path} {name}");
                // As its own address shows it, but for what lists leave out.
                let mut own = app.get(None, record["self"].as_str().unwrap()).await.expect(200).json();
                let other = app.state.kind(expected).unwrap();
                if other.computed.is_some_and(|computed| !computed.in_lists) {
                    let own = own.as_object_mut().unwrap();
                    other.computed_names().iter().for_each(|name| drop(own.shift_remove(*name)));
                }
                assert_eq!(&own, record, "{path} {name}");
            }
        }
    }
    assert!(tried >= 20, "only {tried}");
    let plan = app
        .get(None, "/v1/plans/derbyshire-pcc:PLAN-2013?include=objectives,priorities")
        .await
        .expect(200)
        .json();
    assert_eq!(plan["included"]["objectives"].as_array().unwrap().len(), 6);
}

#[actix_web::test]
async fn count_gives_the_number_of_the_whole_list_only_where_it_is_asked_for() {
    let app = TestApp::new().await;
    for kind in &app.state.kinds {
        let list = format!("/v1/{}", kind.def.path);
        let all = app.get(None, &format!("{list}?limit=200")).await.expect(200).json();
        assert!(all["page"]["next"].is_null(), "{list}");
        assert!(all["page"].get("total").is_none(), "{list}");
        let number = all["data"].as_array().unwrap().len();
        let first = app.get(None, &format!("{list}?limit=1&count=true")).await.expect(200).json();
        assert_eq!(first["page"]["total"], json!(number), "{list}");
        assert_eq!(first["page"]["limit"], json!(1), "{list}");
        let csv = app.get(None, &format!("{list}?limit=1&count=true&format=csv")).await.expect(200);
        assert_eq!(csv.header("x-total-count"), Some(number.to_string().as_str()), "{list}");
        let without = app.get(None, &format!("{list}?limit=1&count=false")).await.expect(200).json();
        assert!(without["page"].get("total").is_none(), "{list}");
    }
    let actions = app.get(None, "/v1/actions?count=true&limit=1&objective=derbyshire-pcc:OBJ-1").await.json();
    let same = app.get(None, "/v1/actions?limit=200&objective=derbyshire-pcc:OBJ-1").await.json();
    assert_eq!(actions["page"]["total"], json!(same["data"].as_array().unwrap().len()));
}

#[actix_web::test]
async fn the_link_to_the_next_page_keeps_the_query_and_leads_through_the_whole_list() {
    let app = TestApp::new().await;
    for (query, whole) in [
        ("/v1/actions?limit=7", "/v1/actions?limit=200"),
        (
            "/v1/actions?sort=-due,reference&limit=4&fields=id,due&status=not_reported",
            "/v1/actions?sort=-due,reference&limit=200&fields=id,due&status=not_reported",
        ),
        ("/v1/areas?sort=name&limit=3", "/v1/areas?sort=name&limit=200"),
        (
            "/v1/objectives?plan=derbyshire-pcc:PLAN-2013&limit=1",
            "/v1/objectives?plan=derbyshire-pcc:PLAN-2013&limit=200",
        ),
    ] {
        let expected: Vec<Value> =
            app.get(None, whole).await.expect(200).json()["data"].as_array().unwrap().clone();
        let mut seen: Vec<Value> = vec![];
        let mut next = Some(query.to_owned());
        let mut pages = 0;
        while let Some(path) = next {
            let answer = app.get(None, &path).await.expect(200);
            let body = answer.json();
            seen.extend(body["data"].as_array().unwrap().iter().cloned());
            pages += 1;
            assert!(pages <= 60, "{query} does not end");
            next = body["page"]["next"].is_string().then(|| {
                let links = answer.headers_of("link");
                let next = links.iter().find(|link| link.ends_with(">; rel=\"next\""));
                let (address, _) = next.unwrap_or_else(|| panic!("{links:?}")).split_once(">; ").unwrap();
                address.strip_prefix('<').unwrap().to_owned()
            });
            assert_eq!(next.is_some(), body["page"]["next"].is_string(), "{path}");
            if let Some(next) = &next {
                let cursor = body["page"]["next"].as_str().unwrap();
                assert!(next.contains(&format!("cursor={cursor}")), "{next}");
                assert_eq!(next.matches("cursor=").count(), 1, "{next}");
            }
        }
        assert_eq!(seen, expected, "{query}");
        assert!(pages > 1, "{query}");
    }
}
