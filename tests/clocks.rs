//! What is due, and when it is overdue: from the days on record, by the day in London, as the reader sees them.

use serde_json::{Value, json};

use crate::reports::{make, name_of, publish};
use crate::support::TestApp;

/// Says since when the body's record of responses and of progress is complete.
async fn cover(app: &TestApp, from: &str) {
    let coverage = json!([{"kind": "response", "from": from}, {"kind": "progress", "from": from}]);
    let body = "/v1/bodies/derbyshire-pcc";
    app.patch("admin", body, json!({"coverage": coverage})).await.expect(200);
}

/// The clocks that a question finds.
async fn clocks(app: &TestApp, who: Option<&str>, query: &str) -> Vec<Value> {
    let answer = app.get(who, &format!("/v1/clocks?{query}")).await.expect(200).json();
    assert_eq!(answer["truncated"], false);
    answer["data"].as_array().unwrap().clone()
}

/// The comments on a report: when they are due, the state and the days.
async fn s55(app: &TestApp, report: &str, query: &str) -> (Value, Value, Value) {
    let all = clocks(app, None, &format!("clock=s55_comments&{query}")).await;
    let one = all.iter().find(|clock| clock["record"] == report).unwrap();
    (one["due"].clone(), one["state"].clone(), one["days"].clone())
}

/// A published report of the inspectorate; its name.
async fn report(app: &TestApp, published_on: &str) -> String {
    let changes = json!({"published_on": published_on, "visited_from": null, "visited_to": null});
    let address = make(app, "editor", "report", changes).await;
    publish(app, "editor", &address).await;
    name_of(app, "editor", &address).await
}

#[actix_web::test]
async fn comments_are_due_fifty_six_days_from_publication() {
    let app = TestApp::new().await;
    let demo = |name: &str| format!("derbyshire-pcc:{name}");
    for (name, due) in [
        (demo("REP-CHILD-PROTECTION-2021"), "2022-01-10"),
        (demo("REP-CHILD-PROTECTION-2022"), "2022-12-15"),
        (demo("REP-VETTING-2022"), "2022-12-27"),
        (report(&app, "2024-01-05").await, "2024-02-29"),
    ] {
        // No coverage is claimed: an old file's silence is not overdue.
        assert_eq!(s55(&app, &name, "").await, (json!(due), json!("not_on_record"), json!(null)), "{name}");
    }
    let unknown = s55(&app, &demo("REP-PEEL-2023-25"), "").await;
    assert_eq!(unknown, (json!(null), json!("not_started"), json!(null)));
    assert!(
        clocks(&app, None, "state=overdue").await.is_empty(),
        "the demo says of nothing that it is overdue"
    );
}

#[actix_web::test]
async fn a_duty_runs_on_its_last_day_and_is_overdue_on_the_next() {
    let app = TestApp::new().await;
    cover(&app, "2021-01-01").await;
    let name = report(&app, "2026-09-07").await;
    assert_eq!(s55(&app, &name, "").await, (json!("2026-11-01"), json!("running"), json!(0)));
    app.set_time("2026-11-01T23:59:59Z");
    assert_eq!(s55(&app, &name, "").await.1, "running");
    app.set_time("2026-11-02T00:00:00Z");
    assert_eq!(s55(&app, &name, "").await, (json!("2026-11-01"), json!("overdue"), json!(1)));
    let one = app.get(None, &format!("/v1/reports/{name}")).await.expect(200).json();
    assert_eq!(one["clocks"][0]["state"], "overdue");
    assert_eq!(one["clocks"][0]["organisation"], "opcc-derbyshire");
}

#[actix_web::test]
async fn the_comments_are_the_office_s_duty_whoever_keeps_the_report() {
    let app = TestApp::new().await;
    cover(&app, "2021-01-01").await;
    let changes = json!({"published_on": "2026-08-01", "visited_from": null, "visited_to": null});
    let address = make(&app, "panel_officer", "report", changes).await;
    publish(&app, "panel_officer", &address).await;
    let name = name_of(&app, "panel_officer", &address).await;
    let overdue = clocks(&app, None, "state=overdue&organisation=opcc-derbyshire").await;
    assert!(overdue.iter().any(|clock| clock["record"] == name.as_str()), "{overdue:?}");
}

#[actix_web::test]
async fn an_answer_in_a_draft_does_not_meet_the_duty_to_answer_a_published_question() {
    let app = TestApp::new().await;
    let meeting = json!({"held_on": "2026-09-01", "status": "held", "questions": {"close_on": "2026-08-25", "answer_days": 5}});
    let meeting = make(&app, "editor", "meeting", meeting).await;
    publish(&app, "editor", &meeting).await;
    let meeting = name_of(&app, "editor", &meeting).await;
    let question = make(&app, "editor", "question", json!({"meeting": meeting, "answers": []})).await;
    publish(&app, "editor", &question).await;
    let state = async |who: Option<&str>, question: &str| {
        let name = name_of(&app, "editor", question).await;
        let all = clocks(&app, who, "clock=answer").await;
        all.iter().find(|clock| clock["record"] == name.as_str()).unwrap()["state"].clone()
    };
    assert_eq!(state(Some("editor"), &question).await, "overdue");
    let answers = json!({"answers": [{"by": "derbyshire-constabulary", "role": "Chief Constable", "on": "2026-09-03", "text": "We answer.", "in_meeting": false}]});
    app.patch("editor", &question, answers).await.expect(200);
    for who in [None, Some("editor"), Some("publisher")] {
        assert_eq!(state(who, &question).await, "overdue", "{who:?}");
    }
    publish(&app, "editor", &question).await;
    assert_eq!(state(None, &question).await, "met");
    // A question that nobody can read yet is answered where its draft is.
    let draft = make(
        &app,
        "editor",
        "question",
        json!({"meeting": meeting, "answers": [{"by": "derbyshire-constabulary", "role": "Chief Constable", "on": "2026-09-03", "text": "Yes.", "in_meeting": false}]}),
    )
    .await;
    assert_eq!(state(Some("editor"), &draft).await, "met");
}

#[actix_web::test]
async fn the_day_is_london_s_in_summer_too() {
    let app = TestApp::new().await;
    cover(&app, "2021-01-01").await;
    // 56 days from 6 May 2026 end on 30 June.
    let line = json!({
        "reference": "REP-SUMMER", "body": "derbyshire-pcc", "owner": "opcc-derbyshire",
        "published_at": "2026-05-06T09:00:00Z", "title": "Summer", "report_kind": "inspection", "made_by": "hmicfrs",
        "national": false, "published_on": "2026-05-06", "duty": "police_act_s55", "doc": {"title": "Summer"},
    });
    let kind = app.state.kinds.iter().position(|kind| kind.def.name == "report").unwrap();
    app.import(onrecord::bundle::Bundle::of_records(kind, "reports", vec![line])).unwrap();
    for (moment, expected) in [("2026-06-30T22:59:59Z", "running"), ("2026-06-30T23:00:00Z", "overdue")] {
        let found = s55(&app, "derbyshire-pcc:REP-SUMMER", &format!("as_of={moment}")).await;
        assert_eq!((found.0, found.1), (json!("2026-06-30"), json!(expected)), "{moment}");
    }
}

#[actix_web::test]
async fn what_is_due_before_the_coverage_is_not_on_record() {
    let app = TestApp::new().await;
    let name = "derbyshire-pcc:REP-CHILD-PROTECTION-2021";
    cover(&app, "2026-04-01").await;
    assert_eq!(s55(&app, name, "").await.1, "not_on_record");
    cover(&app, "2022-01-11").await;
    assert_eq!(s55(&app, name, "").await.1, "not_on_record");
    cover(&app, "2022-01-10").await;
    assert_eq!(s55(&app, name, "").await.1, "overdue");
    let twice =
        json!([{"kind": "response", "from": "2022-01-01"}, {"kind": "response", "from": "2022-01-02"}]);
    let answer = app.patch("admin", "/v1/bodies/derbyshire-pcc", json!({"coverage": twice})).await;
    assert_eq!(crate::reports::faults(&answer), ["/coverage/1/kind duplicate"]);
    // A claim that can have no effect, and one of days to come.
    let kind = app.state.kind("policing_body").unwrap();
    let codes = kind.codes("coverage/*/kind").unwrap();
    let meets = ["response", "progress", "proposal", "panel_decision"];
    assert!(meets.iter().all(|meets| codes.iter().any(|code| code == meets)), "{codes:?}");
    for code in codes {
        let claim = json!([{"kind": code, "from": "2026-11-01"}]);
        let answer = app.patch("admin", "/v1/bodies/derbyshire-pcc", json!({"coverage": claim})).await;
        match meets.contains(&code.as_str()) {
            true => assert_eq!(answer.status, 200, "{code}: {}", answer.text()),
            false => assert_eq!(crate::reports::faults(&answer), ["/coverage/0/kind not_here"], "{code}"),
        }
        let claim = json!([{"kind": "response", "from": "2026-11-02"}]);
        let answer = app.patch("admin", "/v1/bodies/derbyshire-pcc", json!({"coverage": claim})).await;
        assert_eq!(crate::reports::faults(&answer), ["/coverage/0/from out_of_range"]);
    }
}

#[actix_web::test]
async fn a_response_meets_it_by_its_own_day_and_only_from_when_it_is_on_record() {
    let app = TestApp::new().await;
    let name = "derbyshire-pcc:REP-CHILD-PROTECTION-2021";
    for (day, state, days) in [("2021-12-20", "met", json!(null)), ("2022-01-11", "met_late", json!(1))] {
        let app = TestApp::new().await;
        cover(&app, "2021-01-01").await;
        let response = make(&app, "editor", "response", json!({"responded_on": day, "answers": []})).await;
        assert_eq!(s55(&app, name, "").await.1, "overdue", "a draft meets nothing");
        // Nor for those who see the draft: the comments are to be published.
        for who in ["editor", "publisher", "auditor"] {
            let seen = app.get(Some(who), &format!("/v1/reports/{name}")).await.expect(200).json();
            assert_eq!(seen["clocks"][0]["state"], "overdue", "{who}");
        }
        publish(&app, "editor", &response).await;
        assert_eq!(s55(&app, name, "").await, (json!("2022-01-10"), json!(state), days));
        let past = s55(&app, name, "as_of=2022-02-01T12:00:00Z").await;
        assert_eq!(past, (json!("2022-01-10"), json!("overdue"), json!(22)));
    }
    // A response of a day to come meets nothing yet.
    cover(&app, "2021-01-01").await;
    let later = json!({"responded_on": "2026-11-02", "answers": []});
    let response = make(&app, "editor", "response", later).await;
    publish(&app, "editor", &response).await;
    assert_eq!(s55(&app, name, "").await.1, "overdue");
    app.set_time("2026-11-02T00:00:00Z");
    assert_eq!(s55(&app, name, "").await.1, "met_late");
}

#[actix_web::test]
async fn only_those_concerned_see_that_an_answer_or_an_action_is_overdue() {
    let app = TestApp::new().await;
    cover(&app, "2021-01-01").await;
    let changes = json!({"reference": "REC-DUE", "respond_by": "2022-01-10", "act_by": "2026-10-20", "made_on": "2021-11-16"});
    let address = make(&app, "editor", "recommendation", changes).await;
    publish(&app, "editor", &address).await;
    let states = async |who: Option<&str>| {
        let mut all = clocks(&app, who, "kind=recommendation").await;
        all.retain(|clock| clock["record"] == "derbyshire-pcc:REC-DUE");
        all.iter().map(|clock| clock["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for who in ["editor", "publisher", "commissioner", "auditor", "force_officer", "force_analyst"] {
        assert_eq!(states(Some(who)).await, ["overdue", "overdue"], "{who}");
    }
    for who in
        [None, Some("partner"), Some("panel_officer"), Some("other_editor"), Some("other_force_analyst")]
    {
        assert_eq!(states(who).await, ["not_public", "not_public"], "{who:?}");
    }
    let me = app.get(Some("force_officer"), "/v1/me").await.expect(200).json();
    let due: Vec<&str> =
        me["due"].as_array().unwrap().iter().filter_map(|due| due["title"].as_str()).collect();
    assert!(due.iter().any(|title| title.starts_with("Act on the recommendation: ")), "{due:?}");
    // The answer meets the one, the force's report the other; without the report's being confirmed it stays met.
    let answers =
        json!([{"recommendation": "derbyshire-pcc:REC-DUE", "position": "rejected", "reasons": "No."}]);
    let response = json!({"responded_on": "2022-01-09", "answers": answers});
    let response = make(&app, "editor", "response", response).await;
    publish(&app, "editor", &response).await;
    let entries = json!([{"on": "2026-10-21", "status": "complete", "summary": "Done."}]);
    let progress =
        json!({"recommendation": "derbyshire-pcc:REC-DUE", "status": "complete", "entries": entries});
    let progress = make(&app, "editor", "progress", progress).await;
    publish(&app, "editor", &progress).await;
    assert_eq!(states(None).await, ["met", "met_late"]);
    let refuted = json!({"progress": name_of(&app, "editor", &progress).await, "on": "2026-10-25", "finding": "not_verified"});
    let refuted = make(&app, "editor", "verification", refuted).await;
    publish(&app, "editor", &refuted).await;
    assert_eq!(states(Some("editor")).await, ["met", "overdue"]);
    // Closed by its maker, it is due no more.
    let closing = json!({"closing": "superseded", "closed_on": "2026-11-01", "closed_why": "Another took its place.", "closed_source": "hmicfrs-child-protection-2022"});
    app.patch("editor", &address, closing).await.expect(200);
    publish(&app, "editor", &address).await;
    assert_eq!(states(Some("editor")).await, ["met"]);
}

#[actix_web::test]
async fn the_day_that_an_answer_promises_is_due_where_its_maker_set_none() {
    let app = TestApp::new().await;
    let first = "derbyshire-pcc:REC-CHILD-PROTECTION-2021-1";
    let query = "kind=recommendation&clock=act_by";
    assert!(clocks(&app, None, query).await.is_empty(), "no source states a day");
    let response = make(&app, "editor", "response", json!({})).await;
    publish(&app, "editor", &response).await;
    cover(&app, "2021-01-01").await;
    let all = clocks(&app, None, query).await;
    assert_eq!(all.len(), 1);
    assert_eq!(
        (&all[0]["record"], &all[0]["due"], &all[0]["state"]),
        (&json!(first), &json!("2027-03-31"), &json!("running"))
    );
    assert_eq!(all[0]["basis"], "Set by the answer to the recommendation");
}

#[actix_web::test]
async fn clocks_are_filtered_ordered_and_written_as_a_table() {
    let app = TestApp::new().await;
    cover(&app, "2021-01-01").await;
    let all = clocks(&app, None, "").await;
    let days: Vec<&Value> = all.iter().map(|clock| &clock["due"]).collect();
    let mut sorted = days.clone();
    sorted.sort_by_key(|day| (day.is_null(), day.as_str().map(str::to_owned)));
    assert_eq!(days, sorted);
    let names = |clocks: Vec<Value>| clocks.iter().map(|one| one["due"].to_string()).collect::<Vec<_>>();
    assert_eq!(names(clocks(&app, None, "due=2022-12-15").await), ["\"2022-12-15\""]);
    assert_eq!(clocks(&app, None, "due[gte]=2022-12-15&due[lt]=2022-12-27").await.len(), 1);
    assert_eq!(clocks(&app, None, "state=overdue,running&organisation=opcc-derbyshire").await.len(), 4);
    assert!(clocks(&app, None, "organisation=derbyshire-constabulary").await.is_empty());
    assert!(clocks(&app, None, "body=elsewhere-pcc").await.is_empty());
    assert_eq!(clocks(&app, None, "body=derbyshire-pcc").await.len(), all.len());
    let table =
        app.get(None, "/v1/clocks?state=overdue&organisation=opcc-derbyshire&format=csv").await.expect(200);
    let text = table.text();
    assert!(
        text.starts_with("record,kind,title,clock,basis,organisation,starts,due,met_on,state,days,self"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 5);
    for query in
        ["state=late", "clock=tea", "kind=plan", "body=nowhere", "organisation=nobody", "due=yesterday"]
    {
        app.get(None, &format!("/v1/clocks?{query}")).await.problem(400);
    }
}

#[actix_web::test]
async fn where_the_maker_sets_the_days_and_has_set_none_there_is_no_date() {
    let app = TestApp::new().await;
    let report = make(&app, "editor", "report", json!({"duty": "set_by_maker"})).await;
    publish(&app, "editor", &report).await;
    let changes = json!({"report": name_of(&app, "editor", &report).await, "act_by": null});
    let address = make(&app, "editor", "recommendation", changes).await;
    publish(&app, "editor", &address).await;
    let found = clocks(&app, None, "state=no_date").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["clock"], "respond_by");
}
