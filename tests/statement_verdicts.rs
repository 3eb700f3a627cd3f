//! The verdicts on statements that are kept, and judged again after each publication.

use serde_json::{Value, json};

use crate::comparisons::{YEAR, YEAR_BEFORE, indicator, released, rows};
use crate::statement_checks::{published, revise};
use crate::support::TestApp;

/// Numbers the feed and judges what waits, as the server does in the background.
fn judge(app: &TestApp) {
    app.seal_and_catch_up();
    while !onrecord::resources::judge_statements(&app.state).unwrap() {}
}

async fn verdict(app: &TestApp, address: &str) -> Value {
    app.get(None, address).await.expect(200).json()["verdict"].clone()
}

/// The references of the statements with a verdict.
async fn with_verdict(app: &TestApp, query: &str) -> Vec<String> {
    let page = app.get(None, &format!("/v1/statements?limit=200&{query}")).await.expect(200).json();
    let reference = |one: &Value| one["reference"].as_str().unwrap().to_owned();
    page["data"].as_array().unwrap().iter().map(reference).collect()
}

#[actix_web::test]
async fn every_statement_of_the_demo_has_the_verdict_of_its_check() {
    let app = TestApp::new().await;
    let all = app.get(None, "/v1/statements?limit=200").await.expect(200).json();
    let all = all["data"].as_array().unwrap();
    assert!(all.len() >= 100);
    let mut by_verdict = std::collections::BTreeMap::<String, Vec<String>>::new();
    for one in all {
        let address = format!("/v1/statements/{}/checks", one["id"].as_str().unwrap());
        let check = app.get(None, &address).await.expect(200).json();
        assert_eq!(one["verdict"], check["verdict"], "{}", one["reference"]);
        assert_eq!(check["verdicts"].as_array().unwrap().len(), 1);
        let (verdict, reference) = (one["verdict"].as_str().unwrap(), one["reference"].as_str().unwrap());
        by_verdict.entry(verdict.to_owned()).or_default().push(reference.to_owned());
    }
    for (verdict, references) in &by_verdict {
        assert_eq!(&with_verdict(&app, &format!("verdict={verdict}")).await, references, "{verdict}");
    }
    assert!(by_verdict["reproduced"].len() > 1 && by_verdict["only_source"].len() > 1, "{by_verdict:?}");
    let two = with_verdict(&app, "verdict=reproduced,only_source").await;
    assert_eq!(two.len(), by_verdict["reproduced"].len() + by_verdict["only_source"].len());
    app.get(None, "/v1/statements?verdict=true").await.problem(400);
}

#[actix_web::test]
async fn a_revision_changes_the_verdict_keeps_the_old_one_and_is_in_the_feed() {
    let app = TestApp::new().await;
    let address = published(&app, json!({})).await;
    let reference =
        app.get(None, &address).await.expect(200).json()["reference"].as_str().unwrap().to_owned();
    assert_eq!(verdict(&app, &address).await, Value::Null, "not judged yet");
    judge(&app);
    assert_eq!(verdict(&app, &address).await, "reproduced");
    app.set_time("2026-11-01T12:00:00Z");
    let since = "since=2026-11-01T11:59:59Z&kind=statement";
    let feed = |query: &'static str| {
        let app = &app;
        async move {
            let page = app.get(None, &format!("/v1/changes?{since}{query}")).await.expect(200).json();
            page["data"].as_array().unwrap().clone()
        }
    };
    assert!(feed("").await.is_empty(), "a first verdict is no news");
    revise(&app, "1").await;
    judge(&app);
    assert_eq!(verdict(&app, &address).await, "reproduced_then_revised");
    let at = |moment: &str| format!("{address}?as_of={moment}");
    assert_eq!(verdict(&app, &at("2026-11-01T11:59:00Z")).await, "reproduced");
    let check = app.get(None, &format!("{address}/checks")).await.expect(200).json();
    let verdicts = check["verdicts"].as_array().unwrap();
    let codes: Vec<&str> = verdicts.iter().map(|one| one["verdict"].as_str().unwrap()).collect();
    assert_eq!(codes, ["reproduced_then_revised", "reproduced"]);
    assert_eq!((&verdicts[0]["until"], &verdicts[1]["until"]), (&Value::Null, &verdicts[0]["since"]));
    assert!(with_verdict(&app, "verdict=reproduced_then_revised").await.contains(&reference));
    assert!(!with_verdict(&app, "verdict=reproduced").await.contains(&reference));
    let then = "verdict=reproduced&as_of=2026-11-01T11:59:00Z";
    assert!(with_verdict(&app, then).await.contains(&reference));

    // Only what changed is in the feed, with both verdicts, for everybody; and the feed's net form has it too.
    for query in ["", "&net=true"] {
        let news = feed(query).await;
        let own: Vec<&Value> = news.iter().filter(|one| one["reference"] == reference.as_str()).collect();
        assert_eq!(own.len(), 1, "{news:?}");
        assert_eq!(own[0]["event"], "verdict_changed");
        let change = json!({"before": "reproduced", "after": "reproduced_then_revised"});
        assert_eq!(own[0]["verdict"], change);
        let sentence = own[0]["sentence"].as_str().unwrap();
        assert!(sentence.contains("was `reproduced` and is now `reproduced_then_revised`"), "{sentence}");
    }
    // What else happened to the statement says more than its verdict.
    let reason = json!({"reason": "It was never said."});
    app.step("publisher2", &address, "withdraw", reason).await.expect(200);
    judge(&app);
    let news = feed("&net=true").await;
    let own: Vec<&Value> = news.iter().filter(|one| one["reference"] == reference.as_str()).collect();
    assert_eq!((own.len(), &own[0]["event"]), (1, &json!("withdrawn")));
}

#[actix_web::test]
async fn nothing_is_judged_twice_or_lost_when_the_server_ends_in_between() {
    let app = TestApp::new().await;
    let address = published(&app, json!({})).await;
    judge(&app);
    app.set_time("2026-11-01T12:00:00Z");
    let revised = revise(&app, "1").await;
    app.seal_and_catch_up();
    // One turn reads the feed and judges a part; whoever comes next goes on.
    assert!(!onrecord::resources::judge_statements(&app.state).unwrap());
    judge(&app);
    judge(&app);
    assert_eq!(verdict(&app, &address).await, "reproduced_then_revised");
    // The withdrawal of the revision restores the figures, and the verdict.
    app.set_time("2026-11-01T13:00:00Z");
    let reason = json!({"reason": "Published in error."});
    app.step("publisher2", &revised, "withdraw", reason).await.expect(200);
    judge(&app);
    assert_eq!(verdict(&app, &address).await, "reproduced");
    let check = app.get(None, &format!("{address}/checks")).await.expect(200).json();
    assert_eq!(check["verdicts"].as_array().unwrap().len(), 3);
    // A receipt about the time before the withdrawal does not cite a moment after it.
    let then = "method=previous&period=2022-04-01/P1Y&asOf=2026-11-01T12:30:00Z";
    let address = format!("/v1/series/recorded-crime-yearly.E23000018.burglary.P1Y/comparisons?{then}");
    let compared = app.get(None, &address).await.expect(200).json();
    let citation = compared["data"][0]["receipt"]["citation"].as_str().unwrap();
    assert!(citation.contains("asOf=2026-11-01T12"), "{citation}");
}

#[actix_web::test]
async fn a_draft_has_no_verdict_and_a_second_edit_keeps_that_of_the_first() {
    let app = TestApp::new().await;
    let address = published(&app, json!({})).await;
    judge(&app);
    app.patch("editor", &address, json!({"value": "-50"})).await.expect(200);
    judge(&app);
    assert_eq!(verdict(&app, &address).await, "reproduced");
    let feed = app.get(None, "/v1/changes?kind=statement&since=2026-11-01").await.expect(200).json();
    assert!(feed["data"].as_array().unwrap().iter().all(|one| one["event"] != "verdict_changed"));
}

/// A release of the figures that [`published`] statements are about, as a draft.
async fn draft_of_burglary(app: &TestApp) -> String {
    let release = json!({
        "reference": format!("REL-PREVIEW-{}", app.next()), "title": "To come",
        "indicator": "derbyshire-pcc:IND-RECORDED-CRIME-YEARLY", "organisation": "home-office",
    });
    let made = app.post("editor", "/v1/releases", release).await.expect(201);
    made.header("location").unwrap().to_owned()
}

/// The verdict that each statement has now, by its name.
async fn verdicts_now(app: &TestApp) -> std::collections::BTreeMap<String, Value> {
    judge(app);
    let page = app.get(None, "/v1/statements?limit=200").await.expect(200).json();
    let name = |one: &Value| format!("derbyshire-pcc:{}", one["reference"].as_str().unwrap());
    page["data"].as_array().unwrap().iter().map(|one| (name(one), one["verdict"].clone())).collect()
}

#[actix_web::test]
async fn who_submits_figures_learns_which_verdicts_they_would_change_and_nothing_changes_before() {
    let app = TestApp::new().await;
    published(&app, json!({})).await;
    published(&app, json!({"said_on": null})).await;
    let rows =
        |value: &str| format!("AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2022-04-01/P1Y,{value}\n");
    let header = "AREA,OFFENCE,TIME_PERIOD,value\n".to_owned();
    let mut seen = 0;
    for (n, text) in [
        rows("4800"),
        rows("1"),
        rows(""),
        rows("4801"),
        format!("{header}E23000018,residential-burglary,2022-04-01/P1Y,9999\n"),
        format!("{header}E23000018,residential-burglary,2019-04-01/P1Y,7\nE23000018,burglary,2022-04-01/P1Y,4802\n"),
        format!("{header}E23000022,burglary,2022-04-01/P1Y,1\n"),
    ]
    .into_iter()
    .enumerate()
    {
        app.set_time(&format!("2026-11-{:02}T12:00:00Z", n + 2));
        if n == 5 {
            // One that compares areas: the figures of all of them decide on it.
            let peers = json!({
                "claim": "The first place.", "method": "peer_rank", "quantity": "rank", "value": "1",
                "peers": ["E23000022", "E23000028"], "base_period": null,
            });
            published(&app, peers).await;
        }
        let text = if n == 2 {
            text.replace(",value\n", ",value,OBS_STATUS\n").replace("P1Y,\n", "P1Y,,M\n")
        } else {
            text
        };
        let before = verdicts_now(&app).await;
        let release = draft_of_burglary(&app).await;
        let tag = app.get(Some("editor"), &release).await.expect(200).etag().to_owned();
        let put = async |query: &str, key: Option<&str>| {
            let request = app.request("PUT", &format!("{release}/observations{query}")).as_role("editor");
            let request = request.if_match(&tag).body("text/csv", text.as_str());
            let request = if let Some(key) = key { request.header("Idempotency-Key", key) } else { request };
            request.send().await.expect(200).json()["verdicts"].clone()
        };
        let tried = put("?validate_only=true", None).await;
        let key = format!("preview-{n}");
        let stored = put("", Some(&key)).await;
        assert_eq!((&tried, &stored), (&stored, &put("", Some(&key)).await), "{text}");
        assert!(stored["judged"].as_u64().unwrap() >= 4 && stored["not_judged"] == 0, "{stored}");
        assert_eq!(verdicts_now(&app).await, before, "nothing changes before the publication");
        app.step("editor", &release, "submit", json!({})).await.expect(200);
        app.step("publisher", &release, "publish", json!({})).await.expect(200);
        let after = verdicts_now(&app).await;
        let changed = after.iter().filter(|(name, verdict)| before[*name] != **verdict);
        let changed: Vec<Value> = changed.map(|(name, after)| json!([name, before[name], after])).collect();
        let reported = stored["changed"].as_array().unwrap().iter();
        let mut reported: Vec<Value> =
            reported.map(|one| json!([one["statement"], one["before"], one["after"]])).collect();
        reported.sort_by_key(|one| one[0].as_str().unwrap().to_owned());
        println!("{n}: {} of {}", json!(reported), stored["judged"]);
        assert_eq!(reported, changed, "{text}");
        seen += reported.len();
    }
    assert!(seen > 6, "{seen} verdicts changed");
}

/// The answer to figures of an indicator of the test's own that would be published.
async fn submitted(app: &TestApp, slug: &str, rows: &str, more: Value) -> Value {
    let mut release = json!({
        "reference": format!("REL-{}", app.next()), "title": "To come", "indicator": format!("derbyshire-pcc:IND-{slug}"),
    });
    release.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = app.post("editor", "/v1/releases", release).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    app.put_observations("editor", &address, rows).await.expect(200).json()["verdicts"].clone()
}

#[actix_web::test]
async fn the_verdicts_to_come_are_those_of_the_public_and_none_where_nothing_can_be_published() {
    let app = TestApp::new().await;
    let area = |code: &str| json!({"code": code, "name": code});
    let dimensions =
        |codes: Vec<Value>| json!({"dimensions": [{"code": "AREA", "name": "Area", "codes": codes}]});
    let address = indicator(&app, "t-one-area", dimensions(vec![area("E23000018")])).await;
    released(&app, "t-one-area", &rows(&[(YEAR_BEFORE, "100"), (YEAR, "90")]), json!({})).await;
    let fields = json!({
        "indicator": "derbyshire-pcc:IND-t-one-area", "codes": {}, "method": "yoy", "quantity": "change", "qualifier": "fell",
        "value": null, "period": YEAR, "base_period": null, "said_on": null,
    });
    published(&app, fields).await;
    // Nothing else is published at the moment of the first release.
    app.set_time("2026-11-02T12:00:00Z");
    let more = rows(&[(YEAR, "120")]);
    let found = submitted(&app, "t-one-area", &more, json!({})).await;
    assert_eq!(found["changed"][0]["after"], "not_reproduced", "{found}");
    // To the public the series is still the only one.
    app.patch("editor", &address, dimensions(vec![area("E23000018"), area("t-two")])).await.expect(200);
    assert_eq!(submitted(&app, "t-one-area", &more, json!({})).await, found);
    // The public version of the indicator lacks the code, and nothing is first published on a day to come.
    let lacking = format!("{more}t-two,{YEAR},7\n");
    assert_eq!(submitted(&app, "t-one-area", &lacking, json!({})).await, Value::Null);
    let to_come = json!({"first_published": "2026-12-01T09:00:00Z"});
    assert_eq!(submitted(&app, "t-one-area", &more, to_come).await, Value::Null);
}

#[actix_web::test]
async fn what_changed_net_of_a_verdict_is_from_that_of_the_day_on() {
    let app = TestApp::new().await;
    let address = published(&app, json!({})).await;
    judge(&app);
    app.set_time("2026-11-02T12:00:00Z");
    let revised = revise(&app, "1").await;
    judge(&app);
    let sentence = async |query: &str| {
        let page = app.get(None, &format!("/v1/changes?kind=statement&{query}")).await.expect(200).json();
        let all = page["data"].as_array().unwrap();
        let record = app.get(None, &address).await.expect(200).json()["reference"].clone();
        let own = all.iter().rfind(|one| one["reference"] == record).unwrap();
        own["sentence"].as_str().unwrap().to_owned()
    };
    let net = "since=2026-11-02T11:00:00Z&net=true";
    assert!(sentence(net).await.contains("was `reproduced` and is now `reproduced_then_revised`"));
    app.set_time("2026-11-03T12:00:00Z");
    app.step("publisher2", &revised, "withdraw", json!({"reason": "Published in error."})).await.expect(200);
    judge(&app);
    let found = sentence(net).await;
    assert!(found.contains("changed and is `reproduced` again"), "{found}");
    let later = sentence("since=2026-11-03T11:00:00Z&net=true").await;
    assert!(later.contains("was `reproduced_then_revised` and is now `reproduced`"), "{later}");
}
