//! Lists: pages without gaps or repeats, one order on both databases, filters, formats.

use serde_json::{Value, json};

use crate::support::{TestApp, at};

/// Reads a whole list page by page, by the cursor and by the Link header.
async fn all(app: &TestApp, who: Option<&str>, path: &str) -> Vec<Value> {
    let mut rows = vec![];
    let mut next = path.to_owned();
    loop {
        let answer = app.get(who, &next).await.expect(200);
        let page = answer.json();
        rows.extend(page["data"].as_array().unwrap().clone());
        match page["page"]["next"].as_str() {
            None => {
                assert!(!answer.headers_of("link").iter().any(|link| link.contains("rel=\"next\"")));
                return rows;
            }
            Some(cursor) => {
                let joint = if path.contains('?') { '&' } else { '?' };
                next = format!("{path}{joint}cursor={cursor}");
                let link = answer.header("link").unwrap();
                assert_eq!(link, format!("<{next}>; rel=\"next\""), "the header says the same");
            }
        }
    }
}

fn texts(rows: &[Value], member: &str) -> Vec<String> {
    rows.iter().map(|row| row[member].as_str().unwrap_or("null").to_owned()).collect()
}

#[actix_web::test]
async fn pages_of_every_size_make_the_same_list() {
    let app = TestApp::new().await;
    for kind in &app.state.kinds {
        let sorts: Vec<String> = kind
            .def
            .all_columns()
            .filter(|column| column.sort != onrecord::record::kind::Sort::No)
            .flat_map(|column| [column.name.to_owned(), format!("-{}", column.name)])
            .collect();
        for sort in sorts {
            let base = format!("/v1/{}?sort={sort}", kind.def.path);
            let whole = all(&app, None, &format!("{base}&limit=200")).await;
            for limit in [1, 7] {
                let pages = all(&app, None, &format!("{base}&limit={limit}")).await;
                assert_eq!(texts(&pages, "id"), texts(&whole, "id"), "{base} by {limit}");
            }
            let member = sort.trim_start_matches('-');
            let pence = |value: &Value| match value["amount"].as_str() {
                Some(amount) => Value::from(amount.replace('.', "").parse::<i64>().unwrap()),
                None => value.clone(),
            };
            let keys: Vec<Value> = whole.iter().map(|row| pence(&row[member])).collect();
            let mut expected: Vec<Value> = keys.iter().filter(|key| !key.is_null()).cloned().collect();
            expected.sort_by(|a, b| match (a.as_i64(), b.as_i64()) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => a.as_str().unwrap().as_bytes().cmp(b.as_str().unwrap().as_bytes()),
            });
            if sort.starts_with('-') {
                expected.reverse();
            }
            expected.resize(keys.len(), Value::Null);
            assert_eq!(keys, expected, "{base}: by code point, nulls last");
        }
    }
}

#[actix_web::test]
async fn text_sorts_by_code_point_on_both_databases() {
    let app = TestApp::new().await;
    for (n, title) in
        ["b", "B", "a", "Z", "é", "e", "ä", "_", "~", "😀", "\u{fffd}", "aa", "a b", "a-b"].iter().enumerate()
    {
        let body = json!({"reference": format!("s-{n}"), "title": title, "theme_kind": "threat"});
        app.post("admin", "/v1/themes", body).await.expect(201);
    }
    let rows = all(&app, None, "/v1/themes?sort=title&limit=3").await;
    let titles = texts(&rows, "title");
    let mut expected = titles.clone();
    expected.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    assert_eq!(titles, expected);
    let mut back = texts(&all(&app, None, "/v1/themes?sort=-title&limit=3").await, "title");
    back.reverse();
    assert_eq!(back, expected);
}

#[actix_web::test]
async fn several_sort_keys_in_both_directions_page_without_gaps() {
    let app = TestApp::new().await;
    for sort in ["due,-reference", "-due,reference", "-reference,due"] {
        let whole = all(&app, None, &format!("/v1/actions?sort={sort}&limit=200")).await;
        let pages = all(&app, None, &format!("/v1/actions?sort={sort}&limit=4")).await;
        assert_eq!(texts(&whole, "id"), texts(&pages, "id"), "{sort}");
        assert_eq!(whole.len(), 30);
        let dues = texts(&whole, "due");
        let first_null = dues.iter().position(|due| due == "null").unwrap_or(dues.len());
        if sort.starts_with("due") || sort.starts_with("-due") {
            assert!(dues[first_null..].iter().all(|due| due == "null"), "nulls last: {dues:?}");
        }
    }
}

#[actix_web::test]
async fn what_is_written_meanwhile_neither_repeats_nor_hides_the_rest() {
    let app = TestApp::new().await;
    let before = texts(&all(&app, None, "/v1/organisations?limit=200").await, "id");
    let mut seen = vec![];
    let mut next = "/v1/organisations?limit=5".to_owned();
    let mut n = 0;
    loop {
        let page = app.get(None, &next).await.expect(200).json();
        seen.extend(texts(page["data"].as_array().unwrap(), "id"));
        n += 1;
        let body = json!({"reference": format!("{}-new-{n}", if n % 2 == 0 { "a" } else { "z" }), "name": "New", "organisation_kind": "other"});
        app.post("admin", "/v1/organisations", body).await.expect(201);
        match page["page"]["next"].as_str() {
            None => break,
            Some(cursor) => next = format!("/v1/organisations?limit=5&cursor={cursor}"),
        }
        assert!(n < 60);
    }
    for id in &before {
        assert_eq!(seen.iter().filter(|one| *one == id).count(), 1);
    }
}

#[actix_web::test]
async fn filters_are_equality_and_ranges_and_take_ids_and_references() {
    let app = TestApp::new().await;
    let total = |path: String| {
        let app = &app;
        async move {
            app.get(None, &format!("{path}&count=true&limit=1")).await.expect(200).json()["page"]["total"]
                .as_i64()
                .unwrap()
        }
    };
    assert_eq!(total("/v1/objectives?plan=derbyshire-pcc:PLAN-2013".into()).await, 6);
    assert_eq!(total("/v1/objectives?plan=derbyshire-pcc:PLAN-2021".into()).await, 0);
    let plan = app.id_of("plan", "derbyshire-pcc:PLAN-2013");
    assert_eq!(total(format!("/v1/objectives?plan={plan}&body=derbyshire-pcc")).await, 6);
    assert_eq!(total("/v1/objectives?body=elsewhere-pcc".into()).await, 0);
    assert_eq!(total("/v1/actions?objective=derbyshire-pcc:OBJ-3".into()).await, 8);
    assert_eq!(total("/v1/actions?due[gte]=2027-03-31".into()).await, 1);
    assert_eq!(total("/v1/actions?due[gte]=2027-04-01".into()).await, 0);
    assert_eq!(total("/v1/actions?due[lt]=2027-03-31".into()).await, 0);
    assert_eq!(
        total("/v1/actions?due=2027-03-31&status=not_reported&assigned_organisation=victim-support".into())
            .await,
        1
    );
    assert_eq!(total("/v1/plans?from[gte]=2014-01-01&from[lt]=2022-01-01".into()).await, 1);
    assert_eq!(total("/v1/themes?theme_kind=national_requirement".into()).await, 5);
    assert_eq!(total("/v1/areas?ons_code=E23000018".into()).await, 1);
}

#[actix_web::test]
async fn csv_holds_what_the_json_holds() {
    let app = TestApp::new().await;
    for kind in &app.state.kinds {
        let path = format!("/v1/{}?limit=200", kind.def.path);
        let rows = all(&app, None, &path).await;
        if kind.def.demo.is_empty() {
            continue;
        }
        let answer = app.get(None, &format!("{path}&format=csv")).await.expect(200);
        assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
        let by_accept = app.request("GET", &path).header("accept", "text/csv").send().await;
        assert_eq!(by_accept.body, answer.body);
        let mut reader = csv::Reader::from_reader(answer.body.as_slice());
        let headers = reader.headers().unwrap().clone();
        let members: Vec<&str> = headers.iter().collect();
        let expected: Vec<&str> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, expected, "{kind:?}");
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), rows.len());
        for (record, row) in records.iter().zip(&rows) {
            for (member, cell) in members.iter().zip(record) {
                match &row[*member] {
                    Value::Null => assert_eq!(cell, ""),
                    Value::String(text) => {
                        assert_eq!(cell.trim_start_matches('\''), text.trim_start_matches('\''))
                    }
                    Value::Array(items) if items.iter().all(Value::is_string) => {
                        let joined: Vec<&str> = items.iter().map(|item| item.as_str().unwrap()).collect();
                        assert_eq!(cell, joined.join(" | "));
                    }
                    // All money is in pounds.
                    Value::Object(money) if money.contains_key("currency") => {
                        assert_eq!(cell, money["amount"].as_str().unwrap());
                    }
                    nested if nested.is_array() || nested.is_object() => {
                        assert_eq!(&serde_json::from_str::<Value>(cell).unwrap(), nested);
                    }
                    other => assert_eq!(cell, other.to_string()),
                }
            }
        }
    }
}

#[actix_web::test]
async fn included_records_are_those_that_belong_to_the_page() {
    let app = TestApp::new().await;
    let page = app.get(None, "/v1/objectives?include=plan,actions,themes&limit=2").await.expect(200).json();
    let included = &page["included"];
    assert_eq!(included["plan"].as_array().unwrap().len(), 1);
    assert_eq!(included["actions"].as_array().unwrap().len(), 5 + 4);
    let plan = app
        .get(None, "/v1/plans/derbyshire-pcc:PLAN-2021?include=priorities,predecessor")
        .await
        .expect(200)
        .json();
    assert_eq!(plan["included"]["priorities"].as_array().unwrap().len(), 7);
    assert_eq!(plan["included"]["predecessor"][0]["reference"], "PLAN-2013");
    let body =
        app.get(None, "/v1/bodies/derbyshire-police-authority?include=successors").await.expect(200).json();
    assert_eq!(body["included"]["successors"][0]["reference"], "derbyshire-pcc");
    assert_eq!(app.get(None, "/v1/plans?include=priorities&format=csv").await.problem(400), ["not_in_csv"]);
}

#[actix_web::test]
async fn fields_are_those_asked_for() {
    let app = TestApp::new().await;
    let row = app.get(None, "/v1/plans/derbyshire-pcc:PLAN-2013?fields=title,from").await.expect(200);
    assert_eq!(row.text(), r#"{"title":"Police and Crime Plan 2013 to 2017","from":"2013-04-01"}"#);
    let csv = app.get(None, "/v1/plans?fields=reference,from&format=csv").await.expect(200);
    assert_eq!(
        csv.text(),
        "reference,from\nPLAN-2013,2013-04-01\nPLAN-2021,2021-11-01\nPLAN-2024,2024-05-09\n"
    );
    let page = app
        .get(None, "/v1/plans?fields=title&include=priorities&limit=1&count=true")
        .await
        .expect(200)
        .json();
    assert_eq!(page["data"][0].as_object().unwrap().len(), 1);
    assert_eq!(page["page"]["total"], 3);
}

#[actix_web::test]
async fn a_page_has_the_same_tag_as_long_as_nothing_changes() {
    let app = TestApp::new().await;
    let one = app.get(None, "/v1/actions?limit=5").await;
    app.clock.set(at("2026-11-01T11:30:40Z"));
    let other = app.get(None, "/v1/actions?limit=5").await;
    assert_eq!(one.etag(), other.etag());
    assert_eq!(one.body, other.body);
}

#[actix_web::test]
async fn a_csv_says_where_it_comes_from() {
    let app = TestApp::new().await;
    let answer = app.get(None, "/v1/priorities?format=csv&limit=200").await.expect(200);
    assert_eq!(
        answer.header("x-source"),
        Some("erewash-sound-2024-03-21, opcc-plan-2024-presented, opcc-vawg-scrutiny-2022")
    );
    assert_eq!(answer.header("x-licence"), Some("All rights reserved by the publisher; facts cited"));
    assert_eq!(answer.header("x-retrieved-at"), Some("2026-11-01T11:30:00Z"));
    let citation = answer.header("x-citation").unwrap();
    assert!(citation.contains("/v1/priorities?format=csv&limit=200, retrieved 2026-11-01"), "{citation}");
}
