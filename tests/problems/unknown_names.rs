//! Names that nobody knows: of fields, parameters, codes, records, includes and sort keys.

use super::*;

#[actix_web::test]
async fn an_unknown_member_is_named_with_the_one_that_was_meant_in_every_kind() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    for kind in app.state.kinds.clone() {
        let wrong = misspelt(kind.def.title);
        let mut body = example(&app, kind);
        body[&wrong] = json!("x");
        let meant = format!("did you mean `{}`?", kind.def.title);
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[(format!("/{wrong}").as_str(), "unknown_member", meant.as_str())]);
        // Known names are listed, also where none is near; a `/` in a name is escaped in its pointer.
        let mut body = example(&app, kind);
        body["xx/yy~zz-nothing-like-it"] = json!(1);
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[("/xx~1yy~0zz-nothing-like-it", "unknown_member", "change_reason")]);
        let mut body = example(&app, kind);
        body["sources"] = json!([{"source": "police-and-crime-plan-2013", "locatr": "p. 1"}]);
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[("/sources/0/locatr", "unknown_member", "did you mean `locator`?")]);
    }
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn an_unknown_parameter_is_refused_by_every_operation_with_the_one_that_was_meant() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    for operation in onrecord::resources::operations() {
        let send = async |query: &str| {
            let path = format!("{}?{query}", filled(operation));
            let mut request = app.request(operation.method.name(), &path).as_actor(caller(operation));
            if operation.writes() && !operation.issues_token {
                request = request.json(&json!({}));
            }
            request.send().await
        };
        let answer = send("zzzzzzzzzz=1").await;
        names(&answer, 400, &[("?zzzzzzzzzz", "unknown", "`zzzzzzzzzz` is not a known parameter")]);
        for param in &operation.params {
            let wrong = misspelt(&param.name.replace(['[', ']'], "_"));
            let answer = send(&format!("{wrong}=1")).await;
            let found = faults(&answer, 400);
            assert_eq!(found.len(), 1, "{}", answer.text());
            assert_eq!((found[0].0.as_str(), found[0].1.as_str()), (format!("?{wrong}").as_str(), "unknown"));
            assert!(
                found[0].2.contains(&format!("`{}`", param.name)) || found[0].2.contains(&param.name),
                "{}: {}",
                operation.id,
                found[0].2
            );
        }
        // Names are case-sensitive, and every unknown one is named.
        let answer = send("AAAAAAAAAA=1&BBBBBBBBBB=2").await;
        names(&answer, 400, &[("?AAAAAAAAAA", "unknown", ""), ("?BBBBBBBBBB", "unknown", "")]);
    }
    let near = app.get(None, "/v1/plans?limitt=5").await;
    names(&near, 400, &[("?limitt", "unknown", "did you mean `limit`?")]);
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn an_unknown_code_is_refused_in_bodies_and_filters_and_the_known_ones_are_listed() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let mut tried = 0;
    for kind in app.state.kinds.clone() {
        for (member, _) in members(kind) {
            let Some(codes) = kind.codes(&member) else {
                continue;
            };
            tried += 1;
            let wrong = misspelt(&codes[0]);
            let pointer = format!("/{member}");
            let meant = format!("did you mean `{}`?", codes[0]);
            let mut body = example(&app, kind);
            body[&member] = json!(wrong);
            let answer = app.post(writer(kind), &list(kind), body).await;
            names(&answer, 422, &[(&pointer, "unknown_code", &meant)]);
            for code in &codes {
                assert!(answer.text().contains(code.as_str()), "{}", answer.text());
            }
            for other in [json!(""), json!("no such thing at all"), json!(7), json!([]), json!({})] {
                let mut body = example(&app, kind);
                body[&member] = other;
                let answer = app.post(writer(kind), &list(kind), body).await;
                let found = faults(&answer, 422);
                assert!(
                    !found.is_empty() && found.iter().all(|(place, _, _)| *place == pointer),
                    "{}",
                    answer.text()
                );
            }
            let filters =
                kind.def.columns.iter().any(|column| column.name == member && column.filter != Filter::No);
            if filters {
                let answer = app.get(None, &format!("{}?{member}={wrong}", list(kind))).await;
                names(&answer, 400, &[(&format!("?{member}"), "unknown_code", &meant)]);
            }
        }
    }
    assert!(tried >= 6, "only {tried} members with codes");
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn a_name_of_nothing_and_a_name_of_what_is_hidden_get_the_same_answer() {
    let app = TestApp::new().await;
    let mut hidden = std::collections::BTreeMap::new();
    for kind in app.workflow_kinds() {
        let address = app.draft(kind).await;
        let who = writer(app.state.kind(kind).unwrap());
        let record = app.get(Some(who), &address).await.expect(200).json();
        let reference = record["reference"].as_str().unwrap().to_owned();
        let id = record["id"].as_str().unwrap().to_owned();
        hidden.insert(kind, (id, format!("derbyshire-pcc:{reference}")));
    }
    let before = marks(&app, &[]).await;
    let mut tried = 0;
    for kind in app.state.kinds.clone() {
        for reference in kind.references() {
            let who = match writer(kind) {
                "editor" => "other_editor",
                "panel_officer" => "other_panel_officer",
                other => other,
            };
            let ask = async |name: &str| {
                let pointer = format!("/{}", reference.path.replace('*', "0"));
                let mut body = kind.example.clone();
                body["reference"] = json!("T-SAME");
                name_at(&mut body, reference.path, name);
                let answer = app.post(who, &list(kind), body).await;
                let words = "on record here. Give its id";
                names(&answer, 422, &[(&pointer, "not_found", words)]);
                answer.comparable()
            };
            let of_nothing = ask("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000").await;
            assert_eq!(ask("nothing-of-this-name").await, of_nothing);
            assert_eq!(ask("derbyshire-pcc:NOTHING").await, of_nothing);
            if let Some((id, name)) = hidden.get(reference.kind) {
                tried += 1;
                assert_eq!(ask(id).await, of_nothing, "{kind:?} {}", reference.path);
                assert_eq!(ask(name).await, of_nothing, "{kind:?} {}", reference.path);
            }
            // A record of another kind is nothing here.
            let of_another = match reference.kind {
                "source" => "E23000018",
                _ => "police-and-crime-plan-2013",
            };
            assert_eq!(ask(of_another).await, of_nothing);
        }
        for column in kind.def.all_columns().filter(|column| column.filter != Filter::No) {
            let Ty::Ref(other) = column.ty else { continue };
            for who in [None, Some("other_editor"), Some("partner")] {
                let ask = async |name: &str| {
                    let answer = app.get(who, &format!("{}?{}={name}", list(kind), column.name)).await;
                    names(&answer, 400, &[(&format!("?{}", column.name), "not_found", "on record here")]);
                    answer.comparable()
                };
                let of_nothing = ask("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000").await;
                assert_eq!(ask("derbyshire-pcc:NOTHING").await, of_nothing);
                // An action's working version is seen by the organisation it is assigned to.
                if let Some((id, name)) = hidden.get(other) {
                    tried += 1;
                    assert_eq!(ask(id).await, of_nothing);
                    assert_eq!(ask(name).await, of_nothing);
                }
            }
        }
    }
    assert!(tried >= 8, "only {tried} names of hidden records");
    for (kind, (id, name)) in &hidden {
        let path = app.state.path_of(kind).unwrap();
        for (method, verb) in [
            ("GET", ""),
            ("PUT", ""),
            ("PATCH", ""),
            ("GET", "/versions"),
            ("GET", "/thread"),
            ("POST", "/submit"),
        ] {
            let ask = async |name: &str| {
                let answer = app
                    .request(method, &format!("/v1/{path}/{name}{verb}"))
                    .as_role("other_editor")
                    .if_match("\"x\"")
                    .json(&json!({}))
                    .send()
                    .await;
                answer.problem(404);
                answer.comparable()
            };
            let of_nothing = ask("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000").await;
            assert_eq!(ask(id).await, of_nothing, "{method} {kind} {verb}");
            assert_eq!(ask(name).await, of_nothing, "{method} {kind} {verb}");
            assert_eq!(ask("derbyshire-pcc:NOTHING").await, of_nothing);
            assert_eq!(ask("not..a:name:at:all").await, of_nothing);
        }
    }
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn an_unknown_include_field_or_sort_key_is_refused_wherever_they_are_taken() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for operation in onrecord::resources::operations() {
        for param in &operation.params {
            let ParamType::Some { of, most, .. } = &param.ty else {
                continue;
            };
            tried += 1;
            let ask = async |value: &str| {
                app.get(None, &format!("{}?{}={value}", filled(operation), param.name)).await
            };
            let at = format!("?{}", param.name);
            let wrong = misspelt(&of[0]);
            let meant = format!("did you mean `{}`?", of[0]);
            names(&ask(&wrong).await, 400, &[(&at, "unknown", &meant)]);
            names(&ask("").await, 400, &[(&at, "unknown", of[0].as_str())]);
            let good = &of[0];
            let answer = ask(&format!("{good},{wrong}")).await;
            names(&answer, 400, &[(&at, "unknown", &meant)]);
            names(&ask(&format!("{good},{good}")).await, 400, &[(&at, "repeated", good)]);
            names(&ask(&format!("{good},")).await, 400, &[(&at, "unknown", good)]);
            names(&ask(&format!("%20{good}")).await, 400, &[(&at, "unknown", good)]);
            if param.name != "sort" {
                names(&ask(&format!("-{good}")).await, 400, &[(&at, "unknown", good)]);
            }
            if of.len() > *most {
                let answer = ask(&of[..=*most].join(",")).await;
                names(&answer, 400, &[(&at, "too_many", &most.to_string())]);
            }
        }
    }
    assert!(tried >= 27, "only {tried} parameters of names");
    // A member of the office's form is no member of the public's.
    let answer = app.get(Some("editor"), "/v1/plans?fields=contributors").await;
    names(&answer, 400, &[("?fields", "unknown", "reference")]);
    let answer = app.get(None, "/v1/plans?format=xml").await;
    names(&answer, 400, &[("?format", "unknown", "csv")]);
    let answer = app.get(None, "/v1/plans?count=yes").await;
    names(&answer, 400, &[("?count", "invalid", "`true` or `false`")]);
    let answer = app.get(None, "/v1/plans?include=priorities&format=csv").await;
    names(&answer, 400, &[("?include", "not_in_csv", "JSON")]);
}
