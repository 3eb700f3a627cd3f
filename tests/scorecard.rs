//! The scorecard of a plan: every number is that of the operation which it comes from, for every reader.

use onrecord::config::Limits;
use serde_json::{Value, json};

use crate::comparisons::{indicator, released, submitted};
use crate::queries::{Counter, cost_the_same};
use crate::support::{TestApp, publisher, withdrawer, writer};

pub const PLAN: &str = "/v1/plans/derbyshire-pcc:T-PLAN/scorecard";

/// A draft of a kind's example with these fields.
async fn drafted(app: &TestApp, kind: &str, fields: Value) -> String {
    let kind = app.state.kind(kind).unwrap();
    let mut body = app.fresh(kind);
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = app.post(writer(kind), &format!("/v1/{}", kind.def.path), body).await.expect(201);
    made.header("location").unwrap().to_owned()
}

pub async fn published(app: &TestApp, kind: &str, fields: Value) -> String {
    let address = drafted(app, kind, fields).await;
    app.ready(kind, &address).await;
    let who = publisher(app.state.kind(kind).unwrap());
    app.step(who, &address, "publish", json!({})).await.expect(200);
    address
}

/// A plan with two priorities and three objectives, made in another order than the plan's.
pub async fn plan(app: &TestApp) {
    let plan = "derbyshire-pcc:T-PLAN";
    published(app, "plan", json!({"reference": "T-PLAN", "term": null, "predecessor": null})).await;
    for (reference, rank) in [("T-PRI-2", 2), ("T-PRI-1", 1)] {
        let fields =
            json!({"reference": reference, "plan": plan, "rank": rank, "title": format!("Priority {rank}")});
        published(app, "priority", fields).await;
    }
    for (reference, number, priority) in [
        ("T-OBJ-3", 3, Value::Null),
        ("T-OBJ-2", 2, json!("derbyshire-pcc:T-PRI-1")),
        ("T-OBJ-1", 1, json!("derbyshire-pcc:T-PRI-2")),
    ] {
        let fields = json!({"reference": reference, "plan": plan, "number": number, "priority": priority, "title": format!("Objective {number}")});
        published(app, "objective", fields).await;
    }
    for (n, (objective, status, due)) in [
        ("T-OBJ-2", "in_progress", "2026-10-31"),
        ("T-OBJ-2", "in_progress", "2026-11-01"),
        ("T-OBJ-2", "completed", "2020-01-01"),
        ("T-OBJ-1", "not_started", "2020-01-01"),
    ]
    .into_iter()
    .enumerate()
    {
        let fields = json!({"objective": format!("derbyshire-pcc:{objective}"), "number": n + 1, "status": status, "due": due});
        published(app, "action", fields).await;
    }
    let (one, two) = (["derbyshire-pcc:T-PRI-1"], ["derbyshire-pcc:T-OBJ-2"]);
    let fields = json!({"objectives": two, "priorities": [], "fund": null});
    published(app, "service", fields.clone()).await;
    published(app, "grant", fields).await;
    published(app, "fund", json!({"objectives": two, "priorities": one})).await;
    let pledge = published(app, "pledge", json!({"objectives": two, "priorities": one})).await;
    let pledge = app.get(None, &pledge).await.json()["reference"].as_str().unwrap().to_owned();
    let rated = json!({"pledge": format!("derbyshire-pcc:{pledge}"), "indicators": []});
    published(app, "assessment", rated).await;
}

/// Quarters from 2020 on, with these values.
fn quarters(area: &str, values: impl IntoIterator<Item = i64>) -> String {
    let mut text = "AREA,TIME_PERIOD,value\n".to_owned();
    for (n, value) in values.into_iter().enumerate() {
        text.push_str(&format!("{area},{}-{:02}-01/P3M,{value}\n", 2020 + n / 4, n % 4 * 3 + 1));
    }
    text
}

async fn measured(app: &TestApp, slug: &str, more: Value, values: impl IntoIterator<Item = i64>) {
    let mut fields = json!({"frequency": "P3M", "priorities": ["derbyshire-pcc:T-PRI-1"]});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    indicator(app, slug, fields).await;
    released(app, slug, &quarters("E23000018", values), json!({})).await;
}

pub async fn scorecard(app: &TestApp, address: &str) -> Value {
    app.get(None, address).await.expect(200).json()
}

pub fn row<'a>(scorecard: &'a Value, reference: &str) -> &'a Value {
    let rows = scorecard["rows"].as_array().unwrap();
    rows.iter().find(|row| row["record"]["reference"] == reference).unwrap()
}

fn of_row<'a>(row: &'a Value, slug: &str) -> &'a Value {
    let all = row["indicators"].as_array().unwrap();
    all.iter().find(|one| one["record"]["reference"] == format!("IND-{slug}")).unwrap()
}

fn references(list: &Value) -> Vec<String> {
    // A change has the id of its record there.
    let record = |one: &Value| if one["record"].is_object() { one["record"].clone() } else { one.clone() };
    let reference = |one: &Value| record(one)["reference"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(reference).collect()
}

/// How many records a list has.
async fn count(app: &TestApp, path: &str) -> Value {
    scorecard(app, &format!("{path}&count=true&limit=1")).await["page"]["total"].clone()
}

/// Compares a row with what the single operations answer.
async fn compare_row(app: &TestApp, plan: &str, row: &Value) {
    let kind = row["record"]["kind"].as_str().unwrap();
    let reference = format!("derbyshire-pcc:{}", row["record"]["reference"].as_str().unwrap());
    let of = |path: &str| format!("/v1/{path}?{kind}={reference}");
    assert_eq!(row["actions"]["total"], count(app, &of("actions")).await, "{row}");
    assert_eq!(row["actions"]["overdue"], count(app, &format!("{}&overdue=true", of("actions"))).await);
    for (status, number) in row["actions"]["by_status"].as_object().unwrap() {
        assert_eq!(*number, count(app, &format!("{}&status={status}", of("actions"))).await, "{status}");
    }
    assert_eq!(row["services"], count(app, &of("services")).await);
    assert_eq!(row["grants"], count(app, &of("grants")).await);
    let money =
        scorecard(app, &format!("/v1/money?by={kind}&plan={plan}&body=derbyshire-pcc&limit=200")).await;
    let sums = money["data"].as_array().unwrap().iter().find(|sums| sums["key"] == reference);
    for part in ["funds", "services", "grants", "exact"] {
        match sums {
            Some(sums) => assert_eq!(row["money"][part], sums[part], "{reference}: {part}"),
            None => assert!(!row["money"][part].to_string().contains("amount"), "{reference}: {part}"),
        }
    }
    let pledges = scorecard(app, &format!("{}&sort=reference", of("pledges"))).await;
    assert_eq!(references(&row["pledges"]), references(&pledges["data"]));
    for (shown, own) in row["pledges"].as_array().unwrap().iter().zip(pledges["data"].as_array().unwrap()) {
        for field in ["wording", "rating", "rated_on", "panel_rating", "panel_rated_on"] {
            assert_eq!(shown[field], own[field], "{field}");
        }
    }
    let indicators = scorecard(app, &format!("{}&sort=reference&limit=200", of("indicators"))).await;
    assert_eq!(references(&row["indicators"]), references(&indicators["data"]));
    for one in row["indicators"].as_array().unwrap() {
        compare_indicator(app, one).await;
    }
}

/// Compares an indicator with what its receipts say.
async fn compare_indicator(app: &TestApp, one: &Value) {
    let Some(key) = one["headline"]["key"].as_str() else {
        assert!(one["headline_reason"].is_string() && one["headline_reason_words"].is_string(), "{one}");
        assert_eq!((&one["comparison"], &one["points"]), (&Value::Null, &json!([])));
        return;
    };
    let Some(receipt) = one["comparison"]["receipt"].as_str() else {
        assert!(
            one["comparison"]["reason"].is_string() && one["comparison"]["reason_words"].is_string(),
            "{one}"
        );
        assert_eq!(one["comparison"]["change"], Value::Null);
        return;
    };
    let result = scorecard(app, receipt).await["data"][0].clone();
    assert_eq!((&result["series"], &result["TIME_PERIOD"]), (&json!(key), &one["latest"]["period"]));
    for field in
        ["method", "change", "change_pct", "change_pp", "relative_change_pct", "favourable", "reason"]
    {
        assert_eq!(one["comparison"][field], result[field], "{key}: {field}");
    }
    assert_eq!(one["comparison"]["base_value"], result["base"]["value"]);
    let warnings = result["receipt"]["warnings"].as_array().unwrap();
    let codes: Value = warnings.iter().map(|warning| warning["code"].clone()).collect();
    assert_eq!(one["comparison"]["warnings"], codes);
    let against = format!("{receipt}&")
        .replace(&format!("method={}&", result["method"].as_str().unwrap()), "method=against_target&");
    let against = scorecard(app, against.trim_end_matches('&')).await["data"][0].clone();
    assert_eq!(one["target_status"], against["target_status"]);
    let Some(spc) = one["spc"].as_str() else {
        let refused = app.get(None, &format!("/v1/series/{key}/spc")).await;
        assert_eq!(refused.problem(422), [one["variation_reason"].as_str().unwrap()]);
        return;
    };
    let chart = scorecard(app, spc).await;
    assert_eq!(one["target"], chart["target"], "{key}");
    let verdict = if one["variation"].is_null() { &one["variation_reason"] } else { &one["variation"] };
    assert_eq!(*verdict, chart["variation"], "{key}");
    assert_eq!(
        (&one["assurance"], &one["assurance_reason"]),
        (&chart["assurance"], &chart["assurance_reason"])
    );
    assert_eq!(one["chart"].is_string(), one["variation"].is_string());
    let points: Vec<Value> = chart["points"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|point| !point["value"].is_null())
        .map(|point| json!({"period": point["TIME_PERIOD"], "value": point["value"]}))
        .collect();
    let last = points.get(points.len().saturating_sub(24)..).unwrap();
    assert_eq!(one["points"].as_array().unwrap(), last, "{key}");
}

#[actix_web::test]
async fn each_number_is_that_of_the_operation_it_comes_from() {
    let app = TestApp::new().await;
    plan(&app).await;
    measured(&app, "t-rise", json!({}), (0..26).map(|n| 1000 + n % 3 * 10 + n / 20 * 900)).await;
    let targets = json!([{"value": "900", "operator": "le"}]);
    measured(
        &app,
        "t-target",
        json!({"targets": targets, "headline_comparison": "previous"}),
        (0..14).map(|n| 1000 - n % 2),
    )
    .await;
    let pinned = json!([{"period": "2020-Q1", "pinned_to": "2026-11-01"}]);
    measured(&app, "t-base", json!({"baselines": pinned, "headline_comparison": "baseline"}), 0..5).await;
    measured(&app, "t-hidden", json!({"headline": {"codes": {"AREA": "t-one"}}}), [5, 6]).await;
    indicator(&app, "t-year", json!({"frequency": "P1Y-P3M", "priorities": ["derbyshire-pcc:T-PRI-1"]}))
        .await;
    let years: String = (0..20)
        .map(|n| format!("E23000018,{}-{:02}-01/P1Y,{}\n", 2018 + n / 4, n % 4 * 3 + 1, 70 + n))
        .collect();
    released(&app, "t-year", &format!("AREA,TIME_PERIOD,value\n{years}"), json!({})).await;
    let half =
        json!({"frequency": "P6M", "headline_comparison": "ytd", "priorities": ["derbyshire-pcc:T-PRI-1"]});
    indicator(&app, "t-half", half).await;
    let halves = "AREA,TIME_PERIOD,value\nE23000018,2025-07-01/P6M,70\nE23000018,2026-01-01/P6M,80\n";
    released(&app, "t-half", halves, json!({})).await;
    for (plan, order) in [
        ("derbyshire-pcc:T-PLAN", &["T-PRI-1", "T-OBJ-2", "T-PRI-2", "T-OBJ-1", "T-OBJ-3"][..]),
        ("derbyshire-pcc:PLAN-2013", &["OBJ-1", "OBJ-2", "OBJ-3", "OBJ-4", "OBJ-5", "OBJ-6"]),
        ("derbyshire-pcc:PLAN-2021", &["PRI-1", "PRI-2", "PRI-3", "PRI-4", "PRI-5", "PRI-6", "PRI-7"]),
    ] {
        let found = scorecard(&app, &format!("/v1/plans/{plan}/scorecard")).await;
        assert_eq!(references(&found["rows"]), order, "{plan}");
        assert_eq!((&found["changed"], &found["truncated"]), (&Value::Null, &json!(false)));
        for row in found["rows"].as_array().unwrap() {
            assert_eq!(row["changed"], Value::Null);
            compare_row(&app, plan, row).await;
        }
    }
    let found = scorecard(&app, PLAN).await;
    let first = row(&found, "T-PRI-1");
    assert_eq!(
        (&first["actions"]["total"], &first["actions"]["overdue"], &first["services"]),
        (&json!(3), &json!(1), &json!(0))
    );
    assert_eq!(first["lead"], "Police and Crime Commissioner");
    assert_eq!(row(&found, "T-OBJ-2")["priority"], "T-PRI-1");
    let rise = of_row(first, "t-rise");
    assert_eq!((&rise["variation"], &rise["comparison"]["method"]), (&json!("concern"), &json!("yoy")));
    assert!(
        rise["chart"]
            .as_str()
            .unwrap()
            .starts_with("/v1/series/t-rise.E23000018.P3M/chart.svg?kind=spc&asOf=")
    );
    assert_eq!((rise["points"].as_array().unwrap().len(), &rise["stale"]), (24, &json!(false)));
    let target = of_row(first, "t-target");
    assert_eq!(target["target"], json!({"value": "900", "operator": "le"}));
    assert_eq!(
        (&target["target_status"], &target["assurance"]),
        (&json!("below_target"), &json!("consistent_fail"))
    );
    // Its last quarter is April to June 2023: two more have been due for years.
    assert_eq!(target["stale"], json!(true));
    let base = of_row(first, "t-base");
    assert_eq!(
        (&base["comparison"]["base_value"], &base["comparison"]["reason"]),
        (&json!("0"), &json!("zero_baseline"))
    );
    let half = of_row(first, "t-half");
    assert_eq!(
        (&half["comparison"]["reason"], &half["latest"]["value"]),
        (&json!("not_for_this_frequency"), &json!("80"))
    );
    let year = of_row(first, "t-year");
    assert_eq!(
        (&year["comparison"]["reason"], &year["variation_reason"]),
        (&json!(null), &json!("overlapping_periods"))
    );
}

#[actix_web::test]
async fn what_is_not_public_is_in_no_number_and_what_its_office_drafts_only_the_office_sees() {
    let app = TestApp::new().await;
    plan(&app).await;
    measured(&app, "t-open", json!({}), 100..120).await;
    let before = app.get(None, &format!("{PLAN}?since=2020-01-01")).await.expect(200).json();
    let (pri, obj) = (["derbyshire-pcc:T-PRI-1"], ["derbyshire-pcc:T-OBJ-2"]);
    drafted(
        &app,
        "priority",
        json!({"reference": "T-HIDDEN-PRI", "plan": "derbyshire-pcc:T-PLAN", "rank": 1}),
    )
    .await;
    let hidden = json!({"reference": "T-HIDDEN-OBJ", "plan": "derbyshire-pcc:T-PLAN", "number": 1, "priority": pri[0]});
    drafted(&app, "objective", hidden).await;
    drafted(&app, "action", json!({"objective": obj[0], "due": "2020-01-01", "status": "not_started"})).await;
    for kind in ["service", "grant", "fund", "pledge"] {
        drafted(&app, kind, json!({"objectives": obj, "priorities": pri})).await;
    }
    drafted(&app, "indicator", json!({"objectives": obj, "priorities": pri})).await;
    submitted(&app, "t-open", &quarters("E23000018", [1, 2, 3]), json!({})).await;
    // A draft of another headline changes what the office sees, and nothing for the public.
    let open = "/v1/indicators/derbyshire-pcc:IND-t-open";
    app.patch("editor", open, json!({"headline": {"codes": {"AREA": "t-two"}}})).await.expect(200);
    app.seal_and_catch_up();
    let after = app.get(None, &format!("{PLAN}?since=2020-01-01&format=json")).await.expect(200).json();
    assert_eq!(before["rows"].as_array().unwrap().len(), 5);
    let shown = |answer: &Value| {
        let mut rows = answer["rows"].clone();
        for row in rows.as_array_mut().unwrap() {
            row["changed"].take();
        }
        rows
    };
    assert_eq!(shown(&before), shown(&after));
    assert!(!after.to_string().contains("T-HIDDEN"));
    let office = app.get(Some("editor"), PLAN).await.expect(200).json();
    assert_eq!(office["rows"].as_array().unwrap().len(), 7);
    let first = row(&office, "T-PRI-1");
    assert_eq!((&first["actions"]["overdue"], first["pledges"].as_array().unwrap().len()), (&json!(2), 2));
    assert_eq!(of_row(first, "t-open")["headline_reason"], "no_figures");
    let fresh =
        first["indicators"].as_array().unwrap().iter().find(|one| one["headline_reason"] == "not_published");
    assert!(fresh.is_some(), "{first}");
    assert_eq!(app.get(None, "/v1/plans/derbyshire-pcc:T-NONE/scorecard").await.status, 404);
    let draft = drafted(&app, "plan", json!({"reference": "T-DRAFT"})).await;
    assert_eq!(app.get(None, &format!("{draft}/scorecard")).await.status, 404);
    app.get(Some("editor"), &format!("{draft}/scorecard")).await.expect(200);
}

#[actix_web::test]
async fn a_scorecard_looks_at_the_past_and_says_what_changed_since() {
    let app = TestApp::new().await;
    plan(&app).await;
    measured(&app, "t-past", json!({}), (0..20).map(|n| 1000 + n)).await;
    let fund =
        published(&app, "fund", json!({"objectives": ["derbyshire-pcc:T-OBJ-3"], "priorities": []})).await;
    let then = scorecard(&app, PLAN).await;
    app.set_time("2026-11-10T12:00:00Z");
    let more = json!({"first_published": "2026-11-09T09:30:00Z"});
    let late = released(&app, "t-past", &quarters("E23000018", (0..21).map(|n| 2000 + n)), more).await;
    app.step(
        withdrawer(app.state.kind("fund").unwrap()),
        &fund,
        "withdraw",
        json!({"reason": "Counted twice."}),
    )
    .await
    .expect(200);
    let action = drafted(
        &app,
        "action",
        json!({"objective": "derbyshire-pcc:T-OBJ-3", "due": "2026-11-05", "status": "not_started"}),
    )
    .await;
    app.ready("action", &action).await;
    app.step("publisher", &action, "publish", json!({})).await.expect(200);
    let said = json!({"reference": "T-SAID", "claim": "It fell.", "indicator": "derbyshire-pcc:IND-t-past",
        "codes": {"AREA": "E23000018"}, "period": null, "base_period": null});
    published(&app, "statement", said).await;
    app.set_time("2026-11-11T12:00:00Z");
    published(&app, "priority", json!({"reference": "T-PRI-9", "plan": "derbyshire-pcc:T-PLAN", "rank": 9}))
        .await;
    let withdrawn = "/v1/priorities/derbyshire-pcc:T-PRI-9";
    app.step(
        withdrawer(app.state.kind("priority").unwrap()),
        withdrawn,
        "withdraw",
        json!({"reason": "By mistake."}),
    )
    .await
    .expect(200);
    app.seal_and_catch_up();

    let past = scorecard(&app, &format!("{PLAN}?as_of=2026-11-05T00:00:00Z")).await;
    let of = |answer: &Value| of_row(row(answer, "T-PRI-1"), "t-past").clone();
    for field in ["latest", "points", "variation", "target"] {
        assert_eq!(of(&past)[field], of(&then)[field], "{field}");
    }
    assert_eq!(of(&past)["comparison"]["change_pct"], of(&then)["comparison"]["change_pct"]);
    compare_indicator(&app, &of(&past)).await;
    // The action that is due on 1 November was overdue by the 5th.
    assert_eq!(row(&past, "T-OBJ-2")["actions"]["overdue"], json!(2));
    assert_eq!(row(&past, "T-OBJ-3")["actions"]["total"], json!(0));
    assert_eq!(past["as_of"], "2026-11-05T00:00:00Z");

    let now = scorecard(&app, &format!("{PLAN}?since=2026-11-08")).await;
    assert_eq!(of(&now)["latest"]["value"], "2020");
    compare_indicator(&app, &of(&now)).await;
    let kinds = |row: &Value| {
        let changed = row["changed"].as_array().unwrap().iter();
        let mut kinds: Vec<String> = changed
            .map(|one| format!("{} {}", one["kind"].as_str().unwrap(), one["event"].as_str().unwrap()))
            .collect();
        kinds.sort();
        kinds
    };
    assert_eq!(kinds(row(&now, "T-PRI-1")), ["release published", "statement published"]);
    assert_eq!(kinds(row(&now, "T-OBJ-3")), ["action published", "fund withdrawn"]);
    assert_eq!(kinds(row(&now, "T-PRI-2")), [""; 0]);
    let reference = app.get(None, &late).await.json()["reference"].clone();
    let release = row(&now, "T-PRI-1")["changed"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["kind"] == "release")
        .unwrap()
        .clone();
    assert_eq!(release["reference"], reference);
    assert!(release["sentence"].as_str().unwrap().ends_with("figures: 1 new, 20 revised."), "{release}");
    // What hangs on no row any more hangs on the plan.
    let of_plan = now["changed"].as_array().unwrap();
    assert_eq!(references(&now["changed"]), ["T-PRI-9"]);
    assert_eq!(of_plan[0]["sentence"], "The priority T-PRI-9 was published and withdrawn again.");
    // The same entries as those of the feed.
    let feed = scorecard(&app, "/v1/changes?since=2026-11-08&net=true&limit=200").await;
    let entries = feed["data"].as_array().unwrap();
    for row in now["rows"].as_array().unwrap() {
        for entry in row["changed"].as_array().unwrap() {
            assert!(entries.contains(entry), "{entry}");
        }
    }
    let between = scorecard(&app, &format!("{PLAN}?since=2026-11-08&as_of=2026-11-10T18:00:00Z")).await;
    assert_eq!(between["changed"], json!([]));
    assert_eq!(kinds(row(&between, "T-PRI-1")), ["release published", "statement published"]);
    for query in ["since=2027-01-01", "since=2026-11-08&as_of=2026-11-01T00:00:00Z"] {
        assert_eq!(app.get(None, &format!("{PLAN}?{query}")).await.problem(400), ["order"], "{query}");
    }
}

#[actix_web::test]
async fn twenty_indicators_cost_as_many_statements_as_two() {
    let limits = Limits { connections: 1, ..Default::default() };
    let app = TestApp::with_limits(limits).await;
    plan(&app).await;
    let pinned = json!([{"period": "2020-Q1", "pinned_to": "2026-11-01"}]);
    let fields = json!({"baselines": pinned, "headline_comparison": "baseline"});
    for n in 0..2 {
        measured(&app, &format!("t-{n}"), fields.clone(), 100..120).await;
    }
    let counter = Counter::on(&app);
    // What is remembered until something is committed is read by this one.
    counter.of(&app, None, PLAN).await;
    let few = counter.of(&app, None, &format!("{PLAN}?since=2026-01-01")).await.0;
    for n in 2..20 {
        measured(&app, &format!("t-{n}"), fields.clone(), 100..120).await;
    }
    let found = scorecard(&app, PLAN).await;
    assert_eq!(row(&found, "T-PRI-1")["indicators"].as_array().unwrap().len(), 20);
    let many = counter.of(&app, None, &format!("{PLAN}?since=2026-01-02")).await.0;
    println!("{few} statements for two indicators, {many} for twenty");
    let same = cost_the_same(few, many);
    assert!(few > 10 && many <= 40 && same, "{few} statements for two indicators, {many} for twenty");
}

#[actix_web::test]
async fn a_headline_that_cannot_be_is_refused_and_one_that_is_missing_says_why() {
    let app = TestApp::new().await;
    plan(&app).await;
    let base = app.state.kind("indicator").unwrap();
    let offence = json!([{"code": "AREA", "name": "Area", "codes": [{"code": "E23000018", "name": "D"}, {"code": "t-two", "name": "T"}]},
        {"code": "OFFENCE", "name": "Offence", "codes": [{"code": "a", "name": "A"}, {"code": "b", "name": "B"}]}]);
    for (fields, faults) in [
        (json!({"headline": {"codes": {"AREA": "E23000018", "OFFENCE": "a"}}}), vec![]),
        (json!({"headline": {"codes": {"OFFENCE": "a"}}}), vec![]),
        (json!({"headline": {"codes": {"AREA": "E23000018"}}}), vec![("/headline/codes", "required")]),
        (json!({"headline": {"codes": {"OFFENCE": "c"}}}), vec![("/headline/codes/OFFENCE", "unknown_code")]),
        (
            json!({"headline": {"codes": {"OFFENCES": "a", "AREA": "x"}}, "headline_comparison": "baseline", "baselines": []}),
            vec![
                ("/headline/codes", "required"),
                ("/headline/codes/AREA", "unknown_code"),
                ("/headline/codes/OFFENCES", "unknown_dimension"),
                ("/headline_comparison", "required"),
            ],
        ),
        (
            json!({"headline": {"codes": {"OFFENCE": "a"}}, "headline_comparison": "ytd", "frequency": "P1Y-P3M"}),
            vec![("/headline_comparison", "not_for_this_frequency")],
        ),
        (
            json!({"headline": {"codes": {"OFFENCE": "a"}}, "headline_comparison": "rolling12", "measure_type": "stock"}),
            vec![("/headline_comparison", "not_for_this_measure")],
        ),
        (
            json!({"headline": {"codes": {"OFFENCE": "a"}}, "headline_comparison": "rate"}),
            vec![("/headline_comparison", "unknown_code")],
        ),
        (json!({"headline": {}}), vec![("/headline/codes", "required")]),
        // The whole, of which all others are parts, is the default.
        (
            json!({"headline": {"codes": {}}, "dimensions": [{"code": "OFFENCE", "name": "Offence",
                "codes": [{"code": "all", "name": "All"}, {"code": "a", "name": "A", "parent": "all"}]}]}),
            vec![],
        ),
    ] {
        let mut body = app.fresh(base);
        body["dimensions"] = offence.clone();
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = app.post("editor", "/v1/indicators", body).await;
        if faults.is_empty() {
            answer.expect(201);
            continue;
        }
        answer.problem(422);
        let problem = answer.json();
        let mut found: Vec<(&str, &str)> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect();
        found.sort_unstable();
        assert_eq!(found, faults, "{fields}: {problem}");
    }
    let other = json!([{"code": "AREA", "name": "Area", "codes": [{"code": "t-two", "name": "T"}]}]);
    let one = json!(["derbyshire-pcc:T-PRI-1"]);
    for (slug, dimensions, reason) in [("t-elsewhere", other, "no_area"), ("t-parts", offence, "no_total")] {
        indicator(&app, slug, json!({"dimensions": dimensions, "priorities": one})).await;
        let found = scorecard(
            &app,
            &format!("{PLAN}?since={}", if slug == "t-parts" { "2020" } else { "2021" })
                .replace("=2020", "=2020-01-01")
                .replace("=2021", "=2021-01-01"),
        )
        .await;
        let found = of_row(row(&found, "T-PRI-1"), slug);
        assert_eq!((&found["headline"], &found["headline_reason"]), (&Value::Null, &json!(reason)));
        assert!(found["headline_reason_words"].as_str().unwrap().contains("`headline`"));
    }
}

#[actix_web::test]
async fn the_csv_has_a_line_for_each_indicator_of_a_row() {
    let app = TestApp::new().await;
    plan(&app).await;
    measured(&app, "t-one-more", json!({}), (0..20).map(|n| 1000 + n)).await;
    measured(&app, "t-two-more", json!({}), 100..105).await;
    app.seal_and_catch_up();
    let answer = app.get(None, &format!("{PLAN}?format=csv&since=2020-01-01")).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    let mut reader = csv::Reader::from_reader(answer.body.as_slice());
    let columns = reader.headers().unwrap().clone();
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let at = |line: &csv::StringRecord, name: &str| {
        let index = columns.iter().position(|column| column == name).unwrap_or_else(|| panic!("no {name}"));
        line.get(index).unwrap().to_owned()
    };
    let rows: Vec<String> = lines.iter().map(|line| at(line, "reference")).collect();
    assert_eq!(rows, ["T-PRI-1", "T-PRI-1", "T-OBJ-2", "T-PRI-2", "T-OBJ-1", "T-OBJ-3"]);
    let json = scorecard(&app, &format!("{PLAN}?since=2020-01-01")).await;
    let first = of_row(row(&json, "T-PRI-1"), "t-one-more").clone();
    for (column, value) in [
        ("series", &first["headline"]["key"]),
        ("series_words", &json!("E23000018")),
        ("period_words", &first["latest"]["words"]),
        ("value", &first["latest"]["value"]),
        ("change_pct", &first["comparison"]["change_pct"]),
        ("variation", &first["variation"]),
        ("receipt", &first["comparison"]["receipt"]),
        ("chart", &first["chart"]),
    ] {
        assert_eq!(at(&lines[0], column), value.as_str().unwrap(), "{column}");
    }
    assert_eq!(at(&lines[0], "favourable"), "false");
    assert_eq!(
        (at(&lines[1], "chart"), at(&lines[1], "variation_reason")),
        (String::new(), "insufficient_data".to_owned())
    );
    assert_eq!(
        (at(&lines[2], "actions"), at(&lines[2], "actions_overdue"), at(&lines[2], "services")),
        ("3".to_owned(), "1".to_owned(), "1".to_owned())
    );
    assert_eq!(
        at(&lines[2], "money_grants_awarded"),
        row(&json, "T-OBJ-2")["money"]["grants"]["awarded"]["sum"]["amount"].as_str().unwrap()
    );
    assert!(at(&lines[3], "indicator").is_empty() && at(&lines[0], "changed").contains("was published"));
    assert!(at(&lines[2], "pledges").contains("Panel: none"));
    let again = app.get(None, &format!("{PLAN}?format=csv&since=2020-01-01")).await.expect(200);
    assert_eq!(again.etag(), answer.etag());
}
