//! The filters of lists, each compared with the whole list that the same caller reads without it.

use onrecord::record::kind::{KindDef, Sort};
use serde_json::{Value, json};

use crate::support::TestApp;

/// A whole list, read page by page.
async fn rows(app: &TestApp, who: Option<&str>, path: &str, limit: u32) -> Vec<Value> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let mut next = format!("{path}{joint}limit={limit}");
    let mut rows = vec![];
    loop {
        let page = app.get(who, &next).await.expect(200).json();
        rows.extend(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["page"]["next"].as_str() else { return rows };
        next = format!("{path}{joint}limit={limit}&cursor={cursor}");
    }
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Asserts that a list with a filter has those records of the list without it that fulfil a condition, in the same order,
/// page by page, and that it counts as many. Returns how many.
async fn filtered(
    app: &TestApp,
    who: Option<&str>,
    path: &str,
    filter: &str,
    fulfils: impl Fn(&Value) -> bool,
) -> usize {
    let joint = if path.contains('?') { '&' } else { '?' };
    let whole = rows(app, who, path, 200).await;
    let expected: Vec<Value> = whole.into_iter().filter(|row| fulfils(row)).collect();
    let path = format!("{path}{joint}{filter}");
    assert_eq!(ids(&rows(app, who, &path, 3).await), ids(&expected), "{path} as {who:?}");
    let counted = app.get(who, &format!("{path}&count=true&limit=1")).await.expect(200).json();
    assert_eq!(counted["page"]["total"], json!(expected.len()), "{path} as {who:?}");
    expected.len()
}

fn sorts(kind: &KindDef) -> Vec<String> {
    let sorted = kind.def.all_columns().filter(|column| column.sort != Sort::No);
    sorted.flat_map(|column| [column.name.to_owned(), format!("-{}", column.name)]).collect()
}

#[actix_web::test]
async fn several_values_of_a_code_are_one_list_in_order() {
    let app = TestApp::new().await;
    for n in 0..4 {
        let address = app.draft("action").await;
        let status = ["completed", "in_progress", "discontinued", "not_started"][n];
        let evidence = json!([{"date": "2026-10-01", "summary": "A report to the Panel says so."}]);
        app.patch("editor", &address, json!({"status": status, "status_evidence": evidence}))
            .await
            .expect(200);
    }
    let (mut tried, mut some) = (0, 0);
    for kind in &app.state.kinds {
        for column in kind.def.columns {
            let Some(codes) = kind.codes(column.path) else { continue };
            let (first, last) = (&codes[0], &codes[codes.len() - 1]);
            let second = &codes[codes.len() / 2];
            for sort in sorts(kind) {
                let path = format!("/v1/{}?sort={sort}", kind.def.path);
                let is =
                    |row: &Value, values: &[&String]| values.iter().any(|value| row[column.name] == **value);
                for who in [None, Some("editor")] {
                    let filter = format!("{}={first},{last}", column.name);
                    some += filtered(&app, who, &path, &filter, |row| is(row, &[first, last])).await;
                    if ![first, last].contains(&second) {
                        let filter = format!("{}={last},{second},{first}", column.name);
                        some +=
                            filtered(&app, who, &path, &filter, |row| is(row, &[first, second, last])).await;
                    }
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 60 && some > 500, "{tried} {some}");
    // Two such filters, one of them with words, and faults.
    let both = "status=not_reported,completed&verb=support,examine,monitor";
    let fulfils = |row: &Value| {
        ["not_reported", "completed"].map(Value::from).contains(&row["status"])
            && ["support", "examine", "monitor"].map(Value::from).contains(&row["verb"])
    };
    assert!(filtered(&app, Some("editor"), "/v1/actions", both, fulfils).await > 1);
    let found = rows(&app, None, "/v1/actions?q=support", 200).await;
    let narrowed = rows(&app, None, "/v1/actions?q=support&verb=support,monitor", 2).await;
    let expected: Vec<Value> = found
        .into_iter()
        .filter(|row| ["support", "monitor"].map(Value::from).contains(&row["verb"]))
        .collect();
    assert_eq!(ids(&narrowed), ids(&expected));
    for (query, code) in [
        ("status=completed,done", "unknown_code"),
        ("status=completed,completed", "repeated"),
        ("status=", "unknown_code"),
        ("status=completed,", "unknown_code"),
    ] {
        assert_eq!(app.get(None, &format!("/v1/actions?{query}")).await.problem(400), [code], "{query}");
    }
    app.get(None, "/v1/services/totals?unit=people,referrals").await.expect(200);
    app.get(None, "/v1/access?kind=plan,action&role=editor,publisher").await.expect(200);
}

#[actix_web::test]
async fn lists_are_filtered_by_what_their_records_name_and_by_the_plan_of_that() {
    let app = TestApp::new().await;
    // A draft that nobody but the office sees names a draft.
    let objective = app.draft("objective").await;
    let objective = app.get(Some("editor"), &objective).await.json();
    let hidden = format!("derbyshire-pcc:{}", objective["reference"].as_str().unwrap());
    let plan_of_hidden = objective["plan"].as_str().unwrap().to_owned();
    for path in ["indicators", "services", "funds", "grants", "pledges"] {
        let kind = app.state.kinds.iter().find(|kind| kind.def.path == path).unwrap();
        let mut body = app.fresh(kind);
        body["objectives"] = json!([hidden]);
        body["priorities"] = json!([]);
        app.post("editor", &format!("/v1/{path}"), body).await.expect(201);
    }
    let plan_of = |rows: Vec<Value>| -> Vec<(String, String, String)> {
        let name = |row: &Value| format!("derbyshire-pcc:{}", row["reference"].as_str().unwrap());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        rows.iter().map(|row| (name(row), text(&row["plan"]), text(&row["priority"]))).collect()
    };
    let mut some = 0;
    for who in [None, Some("editor"), Some("partner")] {
        let objectives = plan_of(rows(&app, who, "/v1/objectives", 200).await);
        let priorities = plan_of(rows(&app, who, "/v1/priorities", 200).await);
        let plans = rows(&app, who, "/v1/plans", 200).await;
        let plans: Vec<String> = plans
            .iter()
            .map(|plan| format!("derbyshire-pcc:{}", plan["reference"].as_str().unwrap()))
            .collect();
        let names = |row: &Value, field: &str, other: &str| {
            row[field].as_array().unwrap().iter().any(|name| name == other)
        };
        for path in ["indicators", "services", "funds", "grants", "pledges"] {
            let path = format!("/v1/{path}");
            for (objective, ..) in &objectives {
                let filter = format!("objective={objective}");
                some += filtered(&app, who, &path, &filter, |row| names(row, "objectives", objective)).await;
            }
            for (priority, ..) in &priorities {
                let filter = format!("priority={priority}");
                some += filtered(&app, who, &path, &filter, |row| names(row, "priorities", priority)).await;
            }
            for plan in &plans {
                let of_plan = |row: &Value| {
                    objectives.iter().any(|(name, of, _)| of == plan && names(row, "objectives", name))
                        || priorities.iter().any(|(name, of, _)| of == plan && names(row, "priorities", name))
                };
                some += filtered(&app, who, &path, &format!("plan={plan}"), of_plan).await;
            }
        }
        for plan in &plans {
            let of_plan =
                |row: &Value| objectives.iter().any(|(name, of, _)| of == plan && row["objective"] == *name);
            some += filtered(&app, who, "/v1/actions", &format!("plan={plan}"), of_plan).await;
        }
        for (priority, ..) in &priorities {
            let serves = |row: &Value| {
                objectives.iter().any(|(name, _, of)| of == priority && row["objective"] == *name)
            };
            some += filtered(&app, who, "/v1/actions", &format!("priority={priority}"), serves).await;
        }
    }
    assert!(some > 100, "{some}");
    for path in ["indicators", "services", "funds", "grants", "pledges"] {
        // Hidden and missing are the same, and what a hidden record connects is not connected for others.
        for name in [hidden.as_str(), "derbyshire-pcc:NONE"] {
            let answer = app.get(None, &format!("/v1/{path}?objective={name}")).await;
            assert_eq!(answer.problem(400), ["not_found"]);
        }
        let mine = rows(&app, Some("editor"), &format!("/v1/{path}?objective={hidden}"), 200).await;
        assert_eq!(mine.len(), 1, "{path}");
        let by_plan = rows(&app, Some("editor"), &format!("/v1/{path}?plan={plan_of_hidden}"), 200).await;
        assert!(ids(&by_plan).contains(&ids(&mine)[0]), "{path}");
        let public = rows(&app, None, &format!("/v1/{path}?plan={plan_of_hidden}"), 200).await;
        assert!(!ids(&public).contains(&ids(&mine)[0]), "{path}");
    }
}

#[actix_web::test]
async fn overdue_follows_the_day_in_london_and_as_of() {
    let app = TestApp::new().await;
    let whole = rows(&app, None, "/v1/actions", 200).await;
    let due = whole.iter().find(|row| row["due"] == "2027-03-31").unwrap()["id"].as_str().unwrap().to_owned();
    let overdue = |query: &'static str| {
        let app = &app;
        async move { ids(&rows(app, None, &format!("/v1/actions?overdue={query}"), 7).await) }
    };
    assert_eq!(overdue("true").await, Vec::<String>::new());
    assert_eq!(overdue("false").await.len(), whole.len());
    // The clocks have gone forward: the day ends an hour before midnight UTC.
    app.set_time("2027-03-31T22:59:59Z");
    assert_eq!(overdue("true").await, Vec::<String>::new());
    app.set_time("2027-03-31T23:00:00Z");
    assert_eq!(overdue("true").await, [due.as_str()]);
    assert_eq!(overdue("false").await.len(), whole.len() - 1);
    assert_eq!(overdue("true&as_of=2027-03-31T22:59:59Z").await, Vec::<String>::new());
    assert_eq!(overdue("true&as_of=2027-03-31").await, Vec::<String>::new());
    app.set_time("2027-04-02T10:00:00Z");
    assert_eq!(overdue("true&as_of=2027-04-01").await, [due.as_str()]);
    // Work that is over is not overdue.
    let address = format!("/v1/actions/{due}");
    let evidence = json!([{"date": "2027-04-01", "summary": "The Panel has seen the report."}]);
    let done = json!({"status": "completed", "status_evidence": evidence});
    app.patch("editor", &address, done).await.expect(200);
    assert_eq!(ids(&rows(&app, Some("editor"), "/v1/actions?overdue=true", 7).await), Vec::<String>::new());
    assert_eq!(overdue("true").await, [due.as_str()], "the public does not see that yet");
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    assert_eq!(overdue("true").await, Vec::<String>::new());
    assert_eq!(app.get(None, "/v1/actions?overdue=yes").await.problem(400), ["invalid"]);
}

/// An assessment of a pledge, published or not.
async fn assess(app: &TestApp, kind: &str, pledge: &str, rating: &str, on: &str, publish: bool) {
    let kind = app.state.kind(kind).unwrap();
    let mut body = app.fresh(kind);
    body["pledge"] = json!(pledge);
    body["rating"] = json!(rating);
    body["assessed_on"] = json!(on);
    let who = crate::support::writer(kind);
    let address = app.post(who, &format!("/v1/{}", kind.def.path), body).await.expect(201);
    let address = address.header("location").unwrap().to_owned();
    if publish {
        app.ready(kind.def.name, &address).await;
        app.step(crate::support::publisher(kind), &address, "publish", json!({})).await.expect(200);
    }
}

#[actix_web::test]
async fn pledges_are_filtered_by_the_ratings_that_the_caller_sees() {
    let app = TestApp::new().await;
    for (kind, pledge, rating, on, publish) in [
        ("assessment", "PLEDGE-1", "in_progress", "2026-09-01", true),
        ("assessment", "PLEDGE-2", "stalled", "2026-09-01", true),
        ("assessment", "PLEDGE-2", "kept", "2026-10-01", false),
        ("assessment", "PLEDGE-3", "not_yet_rated", "2026-10-01", true),
        ("counter_assessment", "PLEDGE-1", "stalled", "2026-09-15", true),
        ("counter_assessment", "PLEDGE-2", "broken", "2026-10-15", false),
    ] {
        assess(&app, kind, &format!("derbyshire-pcc:{pledge}"), rating, on, publish).await;
    }
    app.set_time("2026-11-02T10:00:00Z");
    assess(&app, "assessment", "derbyshire-pcc:PLEDGE-1", "kept", "2026-10-30", true).await;
    let codes = app.state.kind("assessment").unwrap().codes("rating").unwrap();
    let mut some = 0;
    for who in [None, Some("editor"), Some("panel_officer")] {
        for past in ["", "as_of=2026-11-01", "as_of=2026-11-01T11:29:00Z"] {
            let path = format!("/v1/pledges?sort=-made_on&{past}");
            let path = path.trim_end_matches('&');
            for code in &codes {
                for field in ["rating", "panel_rating"] {
                    let filter = format!("{field}={code}");
                    some += filtered(&app, who, path, &filter, |row| row[field] == *code).await;
                    let two = format!("{field}=kept,{code}");
                    if code != "kept" {
                        filtered(&app, who, path, &two, |row| row[field] == *code || row[field] == "kept")
                            .await;
                    }
                }
            }
        }
    }
    assert!(some > 50, "{some}");
    let count = |who| {
        let app = &app;
        async move { rows(app, who, "/v1/pledges?rating=kept", 200).await.len() }
    };
    assert_eq!((count(None).await, count(Some("editor")).await), (1, 2));
    assert_eq!(app.get(None, "/v1/pledges?rating=good").await.problem(400), ["unknown_code"]);
}

#[actix_web::test]
async fn whoever_sees_working_versions_filters_by_state() {
    let app = TestApp::new().await;
    crate::audit::lives(&app).await;
    for kind in ["objective", "pledge", "indicator", "assessment", "counter_assessment"] {
        let draft = app.draft(kind).await;
        let submitted = app.draft(kind).await;
        app.ready(kind, &submitted).await;
        let published = app.published(kind).await;
        let writer = crate::support::writer(app.state.kind(kind).unwrap());
        app.patch(writer, &published, json!({"note": "a change"})).await.expect(200);
        drop(draft);
    }
    let mut some = [0; 4];
    for kind in app.state.kinds.iter().filter(|kind| kind.def.workflow) {
        let path = format!("/v1/{}?sort=-reference", kind.def.path);
        let public = rows(&app, None, &path, 200).await.len();
        assert_eq!(filtered(&app, None, &path, "state=published", |_| true).await, public);
        for who in ["editor", "panel_officer", "partner", "auditor", "force_analyst"] {
            for (n, states) in [
                vec!["draft"],
                vec!["submitted"],
                vec!["published"],
                vec!["panel_shared", "draft"],
                vec!["draft", "published"],
                vec!["draft", "submitted", "panel_shared", "published"],
            ]
            .into_iter()
            .enumerate()
            {
                let filter = format!("state={}", states.join(","));
                let is = |row: &Value| states.iter().any(|state| row["state"] == *state);
                let sees = app.get(Some(who), &format!("{path}&{filter}")).await;
                if sees.status == 400 {
                    assert_eq!(sees.problem(400), ["never_matches"]);
                    // The caller sees no record in that state without the filter either.
                    let all = rows(&app, Some(who), &path, 200).await;
                    let is_never_seen =
                        |state: &&str| *state != "published" && all.iter().all(|row| row["state"] != **state);
                    assert!(states.iter().any(is_never_seen), "{who} {path} {filter}");
                    continue;
                }
                let found = filtered(&app, Some(who), &path, &filter, is).await;
                if let Some(all) = some.get_mut(n) {
                    *all += found;
                }
            }
        }
        // Those who see only what is published are told nothing, whatever there is.
        for who in [None, Some("admin")] {
            let answer = app.get(who, &format!("{path}&state=draft,published")).await;
            assert_eq!(answer.problem(400), ["never_matches"], "{path}");
        }
        let past = app.get(Some("editor"), &format!("{path}&state=draft&as_of=2026-11-01")).await;
        assert_eq!(past.problem(400), ["never_matches"]);
        assert_eq!(app.get(None, &format!("{path}&state=withdrawn")).await.problem(400), ["unknown_code"]);
    }
    assert!(some.iter().all(|found| *found > 0), "{some:?}");
}

#[actix_web::test]
async fn a_day_is_its_end_in_london_by_either_spelling_and_the_answer_says_so() {
    let app = TestApp::new().await;
    app.set_time("2027-06-30T22:30:00Z");
    let address = app.published("objective").await;
    app.set_time("2027-06-30T23:30:00Z");
    app.patch("editor", &address, json!({"title": "A title of the next day"})).await.expect(200);
    app.ready("objective", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    app.set_time("2027-07-03T10:00:00Z");
    let end = "2027-06-30T22:59:59.999999Z";
    for spelling in ["as_of", "asOf"] {
        let answer = app.get(None, &format!("{address}?{spelling}=2027-06-30")).await.expect(200);
        assert_eq!(answer.json()["version"], 1);
        assert_eq!(answer.header("x-as-of"), Some(end));
        let answer = app.get(None, &format!("{address}?{spelling}=2027-07-01")).await.expect(200);
        assert_eq!(answer.json()["version"], 2);
        let list = app.get(None, &format!("/v1/objectives?{spelling}=2027-06-30&limit=1")).await.expect(200);
        assert_eq!(list.json()["page"]["as_of"], end);
        assert_eq!(list.header("x-as-of"), Some(end));
        let csv =
            app.get(None, &format!("/v1/objectives?{spelling}=2027-06-30&format=csv")).await.expect(200);
        assert_eq!(csv.header("x-as-of"), Some(end));
        // Today as far as it has come.
        let today = app.get(None, &format!("{address}?{spelling}=2027-07-03")).await.expect(200);
        assert_eq!(today.header("x-as-of"), Some("2027-07-03T10:00:00Z"));
        let late = app.get(None, &format!("{address}?{spelling}=2027-07-04")).await;
        assert_eq!(late.problem(400), ["out_of_range"]);
        assert!(late.text().contains(&format!("\"parameter\":\"{spelling}\"")), "{}", late.text());
        let observations =
            format!("/v1/observations?indicator=recorded-crime-rolling-year&limit=1&{spelling}=2027-06-30");
        let observations = app.get(None, &observations).await.expect(200);
        assert_eq!(observations.json()["as_of"], end);
        assert_eq!(observations.header("x-as-of"), Some(end));
    }
    assert!(app.get(None, &address).await.header("x-as-of").is_none());
    let both = app.get(None, &format!("{address}?as_of=2027-06-30&asOf=2027-06-30")).await;
    assert_eq!(both.problem(400), ["repeated"]);
    // A second request comes from the cache, and says the same.
    let again = app.get(None, &format!("{address}?as_of=2027-06-30")).await.expect(200);
    assert_eq!(again.header("x-as-of"), Some(end));
    let series = "/v1/observations?indicator=recorded-crime-rolling-year&limit=1";
    app.get(None, &format!("{series}&updatedAfter=2020-01-01")).await.expect(200);
    let late = app.get(None, &format!("{series}&updatedAfter=2020-01-02&as_of=2020-01-01")).await;
    assert_eq!(late.problem(400), ["out_of_range"]);
    app.get(Some("auditor"), "/v1/audit?at[gte]=2027-06-30&at[lt]=2027-07-01").await.expect(200);
    // Every operation that takes the one takes the other.
    for operation in onrecord::resources::operations() {
        let takes =
            |name: &str| operation.params.iter().any(|param| param.name == name || param.also == Some(name));
        assert_eq!(takes("as_of"), takes("asOf"), "{}", operation.id);
    }
}

#[actix_web::test]
async fn a_value_that_no_record_can_have_is_refused() {
    let app = TestApp::new().await;
    let mut found = vec![];
    for year in ["2013/14", "2013-14", "2013/2014", "2013-04-01/P1Y"] {
        found.push(ids(&rows(&app, None, &format!("/v1/funds?financial_year={year}"), 7).await));
    }
    assert!(found.iter().all(|ids| *ids == found[0] && ids.len() == 2), "{found:?}");
    for path in [
        "/v1/funds?financial_year=2013",
        "/v1/funds?financial_year=2013/15",
        "/v1/funds?financial_year=2013-01-01/P1Y",
        "/v1/areas?ons_code=Derbyshire",
        "/v1/plans?reference=derbyshire-pcc:PLAN-2013",
        "/v1/indicators?slug=Recorded%20crime",
        "/v1/audit?record=OBJ-1",
    ] {
        let answer = app.get(Some("auditor"), path).await;
        assert_eq!(answer.problem(400), ["invalid"], "{path}");
    }
    assert!(app.get(None, "/v1/funds?financial_year=2013/15").await.text().contains("2013/14"));
}

/// Nothing is from a value on and before the same or a smaller one, and no entry has an event that does not exist.
#[actix_web::test]
async fn a_range_that_ends_before_it_begins_and_an_unknown_event_are_refused() {
    let app = TestApp::new().await;
    for (who, path, parameter) in [
        (None, "/v1/actions?due[gte]=2020-01-01&due[lt]=2019-01-01", "due[lt]"),
        (None, "/v1/services?value[gte]=10&value[lt]=10", "value[lt]"),
        (None, "/v1/funds?amount[gte]=9.00&amount[lt]=5.00", "amount[lt]"),
        (None, "/v1/clocks?due[gte]=2024-01-02&due[lt]=2024-01-01", "due[lt]"),
        (Some("auditor"), "/v1/audit?at[gte]=2024-01-02&at[lt]=2024-01-01", "at[lt]"),
        (Some("auditor"), "/v1/audit?event=publish", "event"),
    ] {
        let refused = app.get(who, path).await;
        refused.problem(400);
        let errors = refused.json()["errors"].clone();
        assert_eq!(errors[0]["parameter"], parameter, "{path}: {errors}");
        assert_eq!(errors.as_array().unwrap().len(), 1, "{path}: {errors}");
    }
    for (who, path) in [
        (None, "/v1/actions?due[gte]=2019-01-01&due[lt]=2020-01-01"),
        (None, "/v1/funds?amount[gte]=5.00&amount[lt]=5.01"),
        (Some("auditor"), "/v1/audit?event=published&at[gte]=2013-01-01&at[lt]=2024-01-01"),
    ] {
        app.get(who, path).await.expect(200);
    }
}
