//! Many faults in one request, all named in one response.

use onrecord::http::patterns;

use super::*;
use crate::support::document::{resolved, value};

#[actix_web::test]
async fn a_body_with_many_faults_has_all_of_them_named() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let body = json!({
        "reference": "not a reference",
        "plan": "derbyshire-pcc:NOTHING",
        "number": 0,
        "title": "x".repeat(201),
        "summary": "",
        "success_mesure": "x",
        "themes": ["alcohol-related-crime", "nothing-of-this-name", 7],
        "sources": [{"locator": "p. 1"}],
    });
    let answer = app.post("editor", "/v1/objectives", body).await;
    names(
        &answer,
        422,
        &[
            ("/reference", "pattern", "such as `OBJ-2.1`"),
            ("/plan", "not_found", "body:REFERENCE"),
            ("/number", "out_of_range", "must be at least 1"),
            ("/title", "too_long", "200"),
            ("/summary", "too_short", "at least 1"),
            ("/success_mesure", "unknown_member", "did you mean `success_measure`?"),
            ("/themes/1", "not_found", "No theme"),
            ("/themes/2", "type", "string"),
            ("/sources/0/source", "required", "`source` is required"),
        ],
    );
    assert!(answer.json()["detail"].as_str().unwrap().contains("9 faults"));
    // An empty one misses all that is required, in every kind.
    for kind in app.state.kinds.clone() {
        let answer = app.post(writer(kind), &list(kind), json!({})).await;
        let mut expected = vec![("/reference".to_owned(), "required".to_owned())];
        expected.extend(required(kind).into_iter().map(|name| (format!("/{name}"), "required".to_owned())));
        expected.sort();
        let mut found: Vec<(String, String)> =
            faults(&answer, 422).into_iter().map(|(place, code, _)| (place, code)).collect();
        found.sort();
        assert_eq!(found, expected, "{kind:?}");
    }
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn a_null_character_does_not_hide_the_other_faults_of_its_body() {
    let app = TestApp::new().await;
    let body = json!({"reference": "T-1", "title": "a\0", "from": "2013-02-30", "sumary": "x"});
    let answer = app.post("editor", "/v1/plans", body).await;
    names(
        &answer,
        422,
        &[
            ("/title", "null_character", ""),
            ("/from", "format", ""),
            ("/sumary", "unknown_member", "`summary`"),
        ],
    );
}

#[actix_web::test]
async fn what_a_schema_cannot_say_is_named_together_with_what_it_says() {
    let app = TestApp::new().await;
    let body = json!({
        "reference": "T-1", "title": "x", "from": "2020-01-02", "to": "2020-01-01", "sumary": "x",
    });
    let answer = app.post("editor", "/v1/plans", body).await;
    names(&answer, 422, &[("/to", "out_of_range", "2020-01-02"), ("/sumary", "unknown_member", "`summary`")]);
}

#[actix_web::test]
async fn a_query_with_many_faults_has_all_of_them_named() {
    let app = TestApp::new().await;
    let answer = app
            .get(
                None,
                "/v1/objectives?limit=0&sort=titel&count=maybe&fields=nme&include=plans&limmit=3&format=xml&as_of=noon&plan=%20",
            )
            .await;
    names(
        &answer,
        400,
        &[
            ("?limit", "out_of_range", "from 1 to 200"),
            ("?sort", "unknown", "`title`"),
            ("?count", "invalid", "`true`"),
            ("?fields", "unknown", "reference"),
            ("?include", "unknown", "`plan`"),
            ("?limmit", "unknown", "`limit`"),
            ("?format", "unknown", "csv"),
            ("?as_of", "invalid", "RFC 3339"),
            ("?plan", "invalid", "id or a reference"),
        ],
    );
}

#[actix_web::test]
async fn what_only_the_record_can_tell_of_a_query_is_named_all_at_once() {
    let app = TestApp::new().await;
    let answer = app
            .get(
                None,
                "/v1/objectives?plan=derbyshire-pcc:NO&priority=derbyshire-pcc:NO&as_of=2030-01-01T00:00:00Z&cursor=x",
            )
            .await;
    names(
        &answer,
        400,
        &[
            ("?plan", "not_found", "on record here"),
            ("?priority", "not_found", "on record here"),
            ("?as_of", "out_of_range", "no later than"),
            ("?cursor", "invalid", "begin again"),
        ],
    );
}

#[actix_web::test]
async fn a_fault_in_a_parameter_does_not_hide_those_that_only_the_record_can_tell() {
    let app = TestApp::new().await;
    let answer = app.get(None, "/v1/objectives?plan=derbyshire-pcc:NO&limit=0").await;
    names(&answer, 400, &[("?plan", "not_found", ""), ("?limit", "out_of_range", "")]);
}

#[actix_web::test]
async fn of_very_many_faults_the_first_hundred_are_listed() {
    let app = TestApp::new().await;
    let members: serde_json::Map<String, Value> =
        (0..20_000).map(|n| (format!("unknown{n}"), json!(1))).collect();
    let answer = app.post("editor", "/v1/plans", Value::Object(members)).await;
    assert_eq!(answer.problem(422).len(), 100);
    assert!(answer.text().contains("The first 100 are listed."));
    let nulls: Vec<&str> = vec!["\0"; 60_000];
    let answer =
        app.patch("partner", "/v1/actions/derbyshire-pcc:ACT-1-4", json!({"status_evidence": nulls})).await;
    assert_eq!(answer.problem(422).len(), 100);
    let partners: Vec<String> = (0..60_000).map(|n| format!("o{n}")).collect();
    let answer =
        app.patch("editor", "/v1/actions/derbyshire-pcc:ACT-1-4", json!({"partners": partners})).await;
    assert_eq!(answer.problem(422), ["too_many"]);
    let long = "k".repeat(900_000);
    let answer = app.post("editor", "/v1/plans", json!({long: 1})).await;
    assert!(answer.body.len() < 10_000, "{}", answer.body.len());
    answer.problem(422);
    let many = "a&".repeat(4_000);
    let answer = app.get(None, &format!("/v1/plans?{many}")).await;
    assert_eq!(answer.problem(400).len(), 100);
    for day in ["-9999-1-01", "2026-1-%20%201", "%2B99999-1-1", "0000-01-01", "2026-1-001"] {
        assert_eq!(
            app.get(None, &format!("/v1/actions?due[gte]={day}")).await.problem(400),
            ["invalid"],
            "{day}"
        );
    }
}

/// What other records do not allow is told beside faults of the content; not where a name is at fault too.
#[actix_web::test]
async fn what_other_records_do_not_allow_is_told_beside_other_faults() {
    let app = TestApp::new().await;
    let mut body = json!({
        "reference": "T-1", "claim": "Crime is down.", "said_by": "", "said_on": "2013-02-20", "where": "A release",
        "indicator": "derbyshire-pcc:IND-ALL-CRIME", "codes": {"AREA": "E23000018", "SEX": "F"}, "method": "yoy",
        "quantity": "change_pct", "qualifier": "exact", "value": "-16", "unit": "per cent",
        "sources": [{"source": "opcc-release-2013-02-20"}],
    });
    let answer = app.post("editor", "/v1/statements", body.clone()).await;
    names(&answer, 422, &[("/said_by", "too_short", ""), ("/codes/SEX", "unknown_dimension", "")]);
    body["pledges"] = json!(["derbyshire-pcc:NOTHING"]);
    body["period"] = json!("2012-13");
    let answer = app.post("editor", "/v1/statements", body).await;
    names(
        &answer,
        422,
        &[
            ("/said_by", "too_short", ""),
            ("/period", "pattern", "`2022-04-01/P1Y` for the financial year 2022/23"),
            ("/pledges/0", "not_found", "No pledge"),
        ],
    );
}

/// A regular expression says to few people what is wanted: each pattern of a field that a request sets has words.
#[test]
fn every_pattern_of_a_body_has_words() {
    fn collect(
        document: &'static Value,
        part: &'static Value,
        seen: &mut Vec<&'static str>,
        found: &mut Vec<&'static str>,
    ) {
        let (place, part) = resolved(document, part);
        if let Some(place) = place {
            if seen.contains(&place) {
                return;
            }
            seen.push(place);
        }
        found.extend(part["pattern"].as_str());
        let parts: Vec<&Value> = match part {
            Value::Object(fields) => fields
                .iter()
                .filter(|(name, _)| *name != "example" && *name != "examples")
                .map(|(_, one)| one)
                .collect(),
            Value::Array(items) => items.iter().collect(),
            _ => vec![],
        };
        parts.into_iter().for_each(|one| collect(document, one, seen, found));
    }
    let document = value();
    let (mut seen, mut found) = (vec![], vec![]);
    for (_, path) in document["paths"].as_object().unwrap() {
        for (_, operation) in path.as_object().unwrap() {
            collect(document, &operation["requestBody"], &mut seen, &mut found);
        }
    }
    assert!(found.len() > 20, "{}", found.len());
    let without: Vec<&&str> = found.iter().filter(|pattern| patterns::words(pattern).is_none()).collect();
    assert!(without.is_empty(), "{without:?}");
}
