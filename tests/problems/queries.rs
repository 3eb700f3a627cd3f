//! Limits, repeated parameters, cursors and moments in the query.

use super::*;

#[actix_web::test]
async fn a_limit_that_is_no_number_from_1_to_200_is_refused_by_every_list() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for operation in onrecord::resources::operations() {
        // Lists of figures have pages of up to 10,000; one in a record's address needs that record.
        let figures = operation.id.ends_with("_observations");
        if figures
            || operation.path.contains('{')
            || !operation.params.iter().any(|param| param.name == "limit")
        {
            continue;
        }
        tried += 1;
        for limit in
            ["-1", "0", "201", "ten", "", "5.0", "1e2", "05", "%2B5", "9223372036854775808", "%D9%A3", "5,6"]
        {
            let answer = app.get(caller(operation), &format!("{}?limit={limit}", operation.path)).await;
            names(&answer, 400, &[("?limit", "out_of_range", "a whole number from 1 to 200")]);
        }
        let who = caller(operation);
        let answer = app.get(who, &format!("{}?limit=5&limit=5", operation.path)).await;
        names(&answer, 400, &[("?limit", "repeated", "once")]);
        // A search has to be given words, a list of series an indicator.
        let words = match operation.id.as_str() {
            "search_records" => "&q=a",
            "list_series" => "&indicator=all-crime",
            _ => "",
        };
        app.get(who, &format!("{}?limit=1{words}", operation.path)).await.expect(200);
        app.get(who, &format!("{}?limit=200{words}", operation.path)).await.expect(200);
    }
    assert!(tried >= 10, "only {tried} lists");
    for depth in ["0", "99", "x", ""] {
        let path = format!("/v1/objectives/derbyshire-pcc:OBJ-3/thread?depth={depth}");
        let answer = app.get(None, &path).await;
        names(&answer, 400, &[("?depth", "out_of_range", "a whole number from 1")]);
    }
}

#[actix_web::test]
async fn a_repeated_parameter_is_refused_whatever_it_is() {
    let app = TestApp::new().await;
    for operation in onrecord::resources::operations() {
        for param in &operation.params {
            let good = match &param.ty {
                ParamType::Int(least, _) => least.to_string(),
                ParamType::Bool => "true".to_owned(),
                ParamType::Text(_) | ParamType::Each(_) | ParamType::Reference => "x".to_owned(),
                ParamType::Date => "2020-01-01".to_owned(),
                ParamType::Money => "1000.50".to_owned(),
                ParamType::Moment(_) => "2020-01-01T00:00:00Z".to_owned(),
                ParamType::Id => "01900000-0000-7000-8000-000000000000".to_owned(),
                ParamType::Formed(_) => match param.name.as_str() {
                    "financial_year" => "2013/14".to_owned(),
                    "ons_code" => "E12000004".to_owned(),
                    _ => "x".to_owned(),
                },
                ParamType::OneOf(of) => of[0].to_owned(),
                ParamType::Codes(of) => of[0].clone(),
                ParamType::Some { of, .. } => of[0].clone(),
            };
            let name = match &param.ty {
                ParamType::Each(_) => format!("{}[AREA]", param.name),
                _ => param.name.clone(),
            };
            let path = format!("{}?{name}={good}&{name}={good}", filled(operation));
            let mut request = app.request(operation.method.name(), &path).as_actor(caller(operation));
            if operation.writes() {
                request = request.json(&json!({}));
            }
            names(&request.send().await, 400, &[(&format!("?{name}"), "repeated", "once")]);
        }
    }
}

#[actix_web::test]
async fn a_cursor_that_is_not_of_this_list_is_refused() {
    let app = TestApp::new().await;
    let page = app.get(None, "/v1/actions?limit=2").await.expect(200).json();
    let cursor = page["page"]["next"].as_str().unwrap().to_owned();
    let follow = format!("/v1/actions?limit=2&cursor={cursor}");
    app.get(None, &follow).await.expect(200);
    // Another size of page, other members and a count change nothing of the order.
    for with in ["limit=5", "count=true", "fields=id", "include=objective", "format=csv"] {
        app.get(None, &format!("/v1/actions?cursor={cursor}&{with}")).await.expect(200);
    }
    let invalid = [("?cursor", "invalid", "begin again without one")];

    // Altered anywhere.
    for n in 0..cursor.len() {
        let mut bytes = cursor.clone().into_bytes();
        bytes[n] = if bytes[n] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(bytes).unwrap();
        let answer = app.get(None, &format!("/v1/actions?cursor={altered}")).await;
        names(&answer, 400, &invalid);
    }
    for forged in [
        &cursor[1..],
        &cursor[..cursor.len() - 1],
        &cursor[..10],
        &format!("{cursor}A"),
        &format!("{cursor}="),
        "x",
        "AAAAAAAAAAAAAAAA",
        "eyJrZXlzIjpbXSwiaWQiOm51bGx9",
        "%20",
        "0",
        "null",
        "%C3%A9",
    ] {
        let answer = app.get(None, &format!("/v1/actions?cursor={forged}")).await;
        names(&answer, 400, &invalid);
    }
    let answer = app.get(None, "/v1/actions?cursor=").await;
    names(&answer, 400, &[("?cursor", "length", "1 to 4000")]);
    let answer = app.get(None, &format!("/v1/actions?cursor={}", "A".repeat(4_001))).await;
    names(&answer, 400, &[("?cursor", "length", "1 to 4000")]);

    // Another list, another filter, another order, another moment.
    for other in [
        "/v1/objectives?limit=2",
        "/v1/areas?limit=2",
        "/v1/changes?limit=2",
        "/v1/actions?status=completed",
        "/v1/actions?sort=due",
        "/v1/actions?sort=-reference",
        "/v1/actions?objective=derbyshire-pcc:OBJ-1",
        "/v1/actions?as_of=2026-11-01T11:30:00Z",
    ] {
        let answer = app.get(None, &format!("{other}&cursor={cursor}")).await;
        names(&answer, 400, &invalid);
    }
    // Another actor, both ways, and among two of one role.
    for who in ["editor", "partner", "admin", "other_editor"] {
        names(&app.get(Some(who), &follow).await, 400, &invalid);
    }
    let page = app.get(Some("editor"), "/v1/actions?limit=2").await.expect(200).json();
    let theirs = format!("/v1/actions?limit=2&cursor={}", page["page"]["next"].as_str().unwrap());
    app.get(Some("editor"), &theirs).await.expect(200);
    for who in [None, Some("editor2"), Some("publisher")] {
        names(&app.get(who, &theirs).await, 400, &invalid);
    }
    // One of every list, at every other list.
    let mut cursors = vec![];
    for kind in &app.state.kinds {
        let page = app.get(None, &format!("{}?limit=1", list(kind))).await.json();
        let next = page["page"]["next"].as_str().map(str::to_owned);
        cursors.extend(next.map(|next| (list(kind), next)));
    }
    assert!(cursors.len() >= 7, "only {} lists with two pages", cursors.len());
    for (from, cursor) in &cursors {
        for (to, _) in &cursors {
            let answer = app.get(None, &format!("{to}?limit=1&cursor={cursor}")).await;
            if from == to {
                answer.expect(200);
            } else {
                names(&answer, 400, &invalid);
            }
        }
    }
    // The feed's own cursors are bound to their reader, and live for ever.
    let feed = app.get(None, "/v1/changes?limit=2").await.expect(200).json();
    let feed = format!("/v1/changes?cursor={}", feed["page"]["next"].as_str().unwrap());
    names(&app.get(Some("editor"), &feed).await, 400, &invalid);

    app.set_time("2026-11-02T11:00:00Z");
    app.get(None, &follow).await.expect(200);
    app.set_time("2026-11-02T13:30:00Z");
    let answer = app.get(None, &follow).await;
    names(&answer, 400, &[("?cursor", "expired", "begin again without one")]);
    app.get(None, &feed).await.expect(200);
    app.set_time("2029-11-02T13:30:00Z");
    app.get(None, &feed).await.expect(200);
}

#[actix_web::test]
async fn a_moment_to_come_or_that_is_none_is_refused_wherever_as_of_is_taken() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for operation in onrecord::resources::operations() {
        // Those of figures first say which series or indicator there is.
        if operation.tag == "series" || !operation.params.iter().any(|param| param.name == "as_of") {
            continue;
        }
        tried += 1;
        let path = filled(operation);
        for who in [None, Some("editor")] {
            for moment in [
                "2026-11-01T11:30:00.000001Z",
                "2026-11-01T11:31:00Z",
                "9999-12-31T23:59:59Z",
                "2026-11-02",
                "9999-12-31",
            ] {
                let answer = app.get(who, &format!("{path}?as_of={moment}")).await;
                names(&answer, 400, &[("?as_of", "out_of_range", "2026-11-01T11:30:00Z")]);
            }
        }
        for moment in [
            "",
            "now",
            "2026-11",
            "2026-11-31",
            "0000-01-01",
            "2026-11-01T11:30:00",
            "2026-02-30T00:00:00Z",
            "2026-11-01T25:00:00Z",
            "2026-11-01T11:30:00+00:00",
            "1793532600",
        ] {
            let answer = app.get(None, &format!("{path}?as_of={moment}")).await;
            names(&answer, 400, &[("?as_of", "invalid", "RFC 3339")]);
        }
    }
    assert!(tried >= 27, "only {tried} operations with as_of");
}
