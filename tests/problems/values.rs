//! Values that are out of range, of another type, too long or empty.

use super::*;

#[actix_web::test]
async fn a_number_out_of_range_or_of_another_type_is_refused_in_every_member() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let mut tried = 0;
    for kind in app.state.kinds.clone() {
        for (member, schema) in members(kind) {
            if !is_a(&schema, "integer") {
                continue;
            }
            tried += 1;
            let least = schema["minimum"].as_i64().unwrap();
            let most = schema["maximum"].as_i64().unwrap();
            let pointer = format!("/{member}");
            let send = async |number: &str| {
                let mut body = example(&app, kind);
                body[&member] = json!("HERE");
                let text = body.to_string().replace("\"HERE\"", number);
                with_payload(app.request("POST", &list(kind)).as_role(writer(kind)), &text).send().await
            };
            let (under, over) = ((least - 1).to_string(), (most + 1).to_string());
            for number in [under.as_str(), "-1", "-9223372036854775808", "-1e30"] {
                let words = format!("must be at least {least}");
                names(&send(number).await, 422, &[(&pointer, "out_of_range", &words)]);
            }
            let huge = [
                over.as_str(),
                "9223372036854775807",
                "9223372036854775808",
                "18446744073709551616",
                "1000000000000000000000000000000",
                "1e30",
            ];
            for number in huge {
                let words = format!("must be at most {most}");
                names(&send(number).await, 422, &[(&pointer, "out_of_range", &words)]);
            }
            for other in ["\"3\"", "3.5", "true", "[3]", "{}", "\"\""] {
                names_at(&send(other).await, 422, &pointer, "type", "integer");
            }
        }
    }
    assert!(tried >= 4, "only {tried} numbers");
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn a_day_that_the_calendar_does_not_have_is_refused_in_bodies_and_filters() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let mut tried = 0;
    for kind in app.state.kinds.clone() {
        for (member, schema) in members(kind) {
            if schema["format"] != "date" {
                continue;
            }
            tried += 1;
            let pointer = format!("/{member}");
            let send = async |day: Value| {
                let mut body = example(&app, kind);
                body[&member] = day;
                app.post(writer(kind), &list(kind), body).await
            };
            for day in ["2013-02-30", "2013-13-01", "2013-00-10", "30.02.2013", "2013-2-3", "x", ""] {
                let answer = send(json!(day)).await;
                names_at(&answer, 422, &pointer, "format", "2013-03-31");
            }
            for day in ["2013-02-28T00:00:00Z", " 2013-02-28", "+12013-02-01"] {
                let answer = send(json!(day)).await;
                names_at(&answer, 422, &pointer, "format", "2013-03-31");
            }
            names(&send(json!(20130228)).await, 422, &[(&pointer, "type", "string")]);
        }
        for column in kind.def.all_columns() {
            if column.ty != Ty::Date || column.filter == Filter::No {
                continue;
            }
            let mut filters = vec![column.name.to_owned()];
            if column.filter == Filter::Range {
                filters.push(format!("{}[gte]", column.name));
                filters.push(format!("{}[lt]", column.name));
            }
            for filter in filters {
                for day in ["2013-02-30", "2013-2-3", "20130228", "today", "", "2013-02-28T00:00:00Z"] {
                    let answer = app.get(None, &format!("{}?{filter}={day}", list(kind))).await;
                    names(&answer, 400, &[(&format!("?{filter}"), "invalid", "YYYY-MM-DD")]);
                }
            }
        }
    }
    assert!(tried >= 8, "only {tried} days");
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn an_end_before_its_beginning_is_refused_wherever_a_kind_has_both() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let mut tried = 0;
    for kind in app.state.kinds.clone() {
        let names_of: Vec<String> = members(kind).into_iter().map(|(name, _)| name).collect();
        if !(names_of.iter().any(|name| name == "from") && names_of.iter().any(|name| name == "to")) {
            continue;
        }
        tried += 1;
        let mut body = example(&app, kind);
        body["from"] = json!("2020-01-02");
        body["to"] = json!("2020-01-01");
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[("/to", "out_of_range", "before `from` (2020-01-02)")]);
    }
    assert!(tried >= 4, "only {tried} spans");
    let area = json!({
        "reference": "T-A", "name": "x", "area_kind": "town",
        "parents": [{"area": "E07000037", "from": "2020-01-02", "to": "2019-01-01"}],
        "population": [{"year": 2011, "people": 1}, {"year": 2011, "people": 2}],
    });
    let answer = app.post("admin", "/v1/areas", area).await;
    names(
        &answer,
        422,
        &[("/parents/0/to", "out_of_range", "2020-01-02"), ("/population/1/year", "duplicate", "2011")],
    );
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn text_that_is_too_long_or_empty_is_refused_in_every_member() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    for kind in app.state.kinds.clone() {
        let mut texts = members(kind);
        texts.push(("reference".to_owned(), json!({"type": "string", "maxLength": 64})));
        texts.push(("change_reason".to_owned(), json!({"type": "string", "maxLength": 2000})));
        let mut tried = 0;
        for (member, schema) in texts {
            let moment = schema["format"] == "date" || schema["format"] == "date-time";
            let Some(most) = schema["maxLength"].as_u64().filter(|_| !moment) else {
                continue;
            };
            tried += 1;
            let pointer = format!("/{member}");
            let send = async |text: String| {
                let mut body = example(&app, kind);
                body[&member] = json!(text);
                app.post(writer(kind), &list(kind), body).await
            };
            let most_text = usize::try_from(most).unwrap();
            let long = send("x".repeat(most_text + 1)).await;
            names_at(&long, 422, &pointer, "too_long", &format!("at most {most} characters"));
            // Characters are counted, not bytes.
            let wide = send("é".repeat(most_text + 1)).await;
            names_at(&wide, 422, &pointer, "too_long", &format!("at most {most} characters"));
            names_at(&send(String::new()).await, 422, &pointer, "too_short", "at least");
            let mut body = example(&app, kind);
            body[&member] = json!({"text": "x"});
            let answer = app.post(writer(kind), &list(kind), body).await;
            names_at(&answer, 422, &pointer, "type", "string");
        }
        assert!(tried >= 4, "{kind:?} has only {tried} texts");
        // In lists, too.
        let mut body = example(&app, kind);
        body["sources"] =
            json!([{"source": "police-and-crime-plan-2013", "locator": "x".repeat(201)}, {"source": ""}]);
        let answer = app.post(writer(kind), &list(kind), body).await;
        let found = faults(&answer, 422);
        for (at, code) in [("/sources/0/locator", "too_long"), ("/sources/1/source", "too_short")] {
            assert!(found.iter().any(|(place, one, _)| place == at && one == code), "{}", answer.text());
        }
        let mut body = example(&app, kind);
        body["sources"] = json!(vec![json!({"source": "police-and-crime-plan-2013"}); 51]);
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[("/sources", "too_many", "at most 50 items")]);
    }
    for reference in ["-x", ".", "a b", "a/b", "a:b", "ä", "x\n"] {
        let mut body = app.state.kind("plan").unwrap().example.clone();
        body["reference"] = json!(reference);
        let answer = app.post("editor", "/v1/plans", body).await;
        names(&answer, 422, &[("/reference", "pattern", "letters without accents")]);
    }
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn a_null_character_is_refused_in_every_text_in_queries_and_in_paths() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    for kind in app.state.kinds.clone() {
        for (member, schema) in members(kind) {
            if !is_a(&schema, "string") {
                continue;
            }
            let mut body = example(&app, kind);
            body[&member] = json!("a\0b");
            let answer = app.post(writer(kind), &list(kind), body).await;
            names(&answer, 422, &[(&format!("/{member}"), "null_character", "leave it out")]);
        }
        let mut body = example(&app, kind);
        body["note"] = json!("\0");
        body["sources"] = json!([{"source": "x\0"}]);
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[("/note", "null_character", ""), ("/sources/0/source", "null_character", "")]);
        for query in ["%00=1", "limit=%00", "cursor=%00", "reference=a%00b", "sort=%00"] {
            let answer = app.get(None, &format!("{}?{query}", list(kind))).await;
            let found = faults(&answer, 400);
            assert_eq!(found.len(), 1, "{}", answer.text());
            assert_eq!(found[0].1, "encoding");
            assert!(found[0].2.contains("U+0000"), "{}", found[0].2);
        }
        for path in ["%00", "a%00", "derbyshire-pcc%3A%00", "x%00/versions", "x%00/thread"] {
            app.get(None, &format!("{}/{path}", list(kind))).await.problem(404);
        }
    }
    let named = json!({"titl\0e": "x"});
    let answer = app.post("editor", "/v1/plans", named).await;
    let found = faults(&answer, 422);
    let named = found.iter().any(|(place, code, _)| place == "/titl\0e" && code == "null_character");
    assert!(named, "{}", answer.text());
    app.get(None, "/problems/%00").await.problem(404);
    app.get(None, "/%00").await.problem(404);
    assert_eq!(marks(&app, &[]).await, before);
}
