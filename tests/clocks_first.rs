//! The first clocks are the same as the first of all clocks, over random records: several answers, some of them hidden,
//! revisions, withdrawals, two bodies, days that many share, for each reader at any moment.

use chrono::{Days, NaiveDate};
use onrecord::access::Actor;
use onrecord::access::actor::Named;
use onrecord::record::visible::Visibility;
use onrecord::resources::{
    ClockFilter, ClockKind, ClockOrder, ClockRequest, ClockState, ClockedKind, clock_reader,
};
use serde_json::{Value, json};

use crate::clocks_model::{Numbers, import, line};
use crate::support::{ACTORS, TestApp, at};

const BODIES: [&str; 2] = ["derbyshire-pcc", "elsewhere-pcc"];
const ORGANISATIONS: [&str; 3] = ["derbyshire-constabulary", "opcc-derbyshire", "victim-support"];
const RECOMMENDATIONS: u64 = 420;
const RESPONSES: u64 = 260;
const READERS: [&str; 7] =
    ["editor", "auditor", "panel_officer", "partner", "force_officer", "publisher", "panel_member"];

/// Some day; one of four is the same.
fn day(numbers: &mut Numbers) -> NaiveDate {
    let days = if numbers.below(4) == 0 { 40 } else { numbers.below(60) * numbers.below(20) };
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(days)
}

/// A line of an import: public from some moment, or a draft.
fn random_line(numbers: &mut Numbers, reference: String, body: &str, fields: Value) -> Value {
    let mut line = line(reference, numbers.moment_from(at("2024-01-01T00:00:00Z")), fields);
    line["body"] = json!(body);
    if numbers.below(7) == 0 {
        line.as_object_mut().unwrap().remove("published_at");
    }
    line
}

/// The body of a record by its number.
fn body_of(n: u64) -> &'static str {
    BODIES[usize::from(!n.is_multiple_of(2))]
}

/// Two reports of each body, of which one's maker sets days.
fn reports() -> Vec<Value> {
    let mut lines = vec![];
    for body in BODIES {
        for (reference, duty) in [("F-S55", "police_act_s55"), ("F-MAKER", "set_by_maker")] {
            let mut line = line(
                reference.to_owned(),
                at("2024-01-01T00:00:00Z"),
                json!({
                    "title": "A report", "report_kind": "inspection", "made_by": "hmicfrs", "national": false,
                    "published_on": "2024-01-01", "duty": duty, "doc": {"title": "A report"},
                }),
            );
            line["body"] = json!(body);
            lines.push(line);
        }
    }
    lines
}

fn report_of(n: u64) -> &'static str {
    if n.is_multiple_of(3) { "F-MAKER" } else { "F-S55" }
}

fn fill(app: &TestApp, numbers: &mut Numbers) {
    import(app, "report", reports());
    let (mut recommendations, mut responses, mut progress) = (vec![], vec![], vec![]);
    for n in 0..RECOMMENDATIONS {
        let body = body_of(n);
        let optional = |numbers: &mut Numbers, of: u64| {
            if numbers.below(of) == 0 { json!(null) } else { json!(day(numbers)) }
        };
        let (respond_by, act_by) = (optional(numbers, 3), optional(numbers, 2));
        let closed = numbers.below(9) == 0;
        let closed_on = if closed { json!(day(numbers)) } else { json!(null) };
        let organisations: Vec<&str> = ORGANISATIONS.into_iter().filter(|_| numbers.below(2) == 0).collect();
        let mut fields = json!({
            "report": format!("{body}:{}", report_of(n)), "made_by": "hmicfrs", "number": "1", "rec_kind": "recommendation",
            "wording": "Do it.", "wording_kind": "paraphrase", "addressed_to": organisations,
            "closing": "open", "respond_by": respond_by, "act_by": act_by,
        });
        if closed {
            fields["closing"] = json!("superseded");
            fields["closed_on"] = closed_on;
            fields["closed_source"] = json!("hmicfrs-child-protection-2022");
            fields["closed_why"] = json!("Another one took its place.");
        }
        // References whose order is not that of the records.
        recommendations.push(random_line(numbers, format!("F-{}-{n}", numbers.0 % 97), body, fields));
    }
    let public: Vec<bool> = recommendations.iter().map(|line| line.get("published_at").is_some()).collect();
    let names: Vec<String> = recommendations
        .iter()
        .map(|line| format!("{}:{}", line["body"].as_str().unwrap(), line["reference"].as_str().unwrap()))
        .collect();
    // What a public record names is public.
    for n in 0..RESPONSES {
        let mut answers: Vec<Value> = vec![];
        let mut named = vec![];
        for _ in 0..1 + numbers.below(6) {
            // Those of the same report and the same body as the first.
            let m = (n + 24 * numbers.below(RECOMMENDATIONS / 24)) % RECOMMENDATIONS;
            let is_public = public[usize::try_from(m).unwrap()];
            if n % 24 != m % 24 || named.contains(&m) || !is_public {
                continue;
            }
            named.push(m);
            let action_by = if numbers.below(4) == 0 { json!(null) } else { json!(day(numbers)) };
            let name = &names[usize::try_from(m).unwrap()];
            answers.push(json!({
                "recommendation": name, "position": "accepted", "action": "We will.", "action_by": action_by,
            }));
        }
        let body = body_of(n);
        let fields = json!({
            "report": format!("{body}:{}", report_of(n)), "title": "A response", "responded_on": day(numbers),
            "comments": "We answer.", "answers": answers,
        });
        responses.push(random_line(numbers, format!("F-{n}"), body, fields));
    }
    for n in (0..RECOMMENDATIONS / 3).filter(|n| public[usize::try_from(*n).unwrap()]) {
        let body = body_of(n);
        let by = ORGANISATIONS[usize::try_from(numbers.below(3)).unwrap()];
        let fields = json!({
            "title": "Work", "recommendation": names[usize::try_from(n).unwrap()], "by": by, "status": "complete",
            "entries": [{"on": day(numbers), "status": "complete", "summary": "Done."}],
        });
        progress.push(random_line(numbers, format!("F-{n}"), body, fields));
    }
    for (kind, lines) in
        [("recommendation", recommendations), ("response", responses), ("progress", progress)]
    {
        import(app, kind, lines);
    }
}

/// Gives some records other days, publishes some of these, and withdraws others.
async fn revise(app: &TestApp, numbers: &mut Numbers) {
    let list = app.get(Some("editor"), "/v1/recommendations?limit=200&sort=-act_by").await.expect(200).json();
    for (n, one) in list["data"].as_array().unwrap().iter().enumerate() {
        let address = one["self"].as_str().unwrap();
        let is_ours = one["reference"].as_str().unwrap().starts_with("F-")
            && one["body"] == BODIES[0]
            && one["state"] == "published";
        if !is_ours || n % 6 != 0 {
            continue;
        }
        match n % 5 {
            0 => {
                app.step("publisher2", address, "withdraw", json!({"reason": "wrong"})).await.expect(200);
            }
            m => {
                let change = json!({"respond_by": day(numbers), "act_by": null, "note": "Another day."});
                app.patch("editor", address, change).await.expect(200);
                if m > 2 {
                    app.step("editor", address, "submit", json!({})).await.expect(200);
                    app.step("publisher", address, "publish", json!({})).await.expect(200);
                }
            }
        }
    }
}

fn some<T: Copy>(numbers: &mut Numbers, of: &[T], every: u64) -> Vec<T> {
    if numbers.below(2) == 0 {
        return vec![];
    }
    of.iter().filter(|_| numbers.below(every) == 0).copied().collect()
}

fn filter(app: &TestApp, numbers: &mut Numbers) -> ClockFilter {
    use ClockState::{Met, MetLate, NoDate, NotOnRecord, NotPublic, NotStarted, Overdue, Running};
    let one_of = |numbers: &mut Numbers, of: &[&'static str]| {
        (numbers.below(3) == 0).then(|| of[usize::try_from(numbers.below(of.len() as u64)).unwrap()])
    };
    let body = one_of(numbers, &BODIES).map(|name| app.id_of("policing_body", name));
    let organisation = one_of(numbers, &ORGANISATIONS)
        .map(|name| Named { id: app.id_of("organisation", name), reference: name.to_owned() });
    let clocks = some(numbers, &[ClockKind::RespondBy, ClockKind::ActBy, ClockKind::S55Comments], 2);
    let states =
        some(numbers, &[Met, MetLate, NotStarted, NoDate, NotOnRecord, Running, Overdue, NotPublic], 3);
    let mut some_day = |of| (numbers.below(of) == 0).then(|| day(numbers));
    let (on, from, before) = (some_day(9), some_day(4), some_day(4));
    ClockFilter { body, clocks, states, organisation, on, from, before }
}

fn actor(app: &TestApp, name: &str) -> Actor {
    let (_, roles, organisation) = ACTORS.iter().find(|(one, ..)| *one == name).unwrap();
    let named =
        |kind: &str, name: &str| Some(Named { id: app.id_of(kind, name), reference: name.to_owned() });
    Actor {
        subject: Some(name.to_owned()),
        roles: roles.to_vec(),
        body: named("policing_body", BODIES[0]),
        organisation: named("organisation", organisation),
        stands_for_person: false,
    }
}

#[actix_web::test]
async fn the_first_clocks_are_the_first_of_all_clocks() {
    let app = TestApp::new().await;
    let mut numbers = Numbers(20_261_130);
    fill(&app, &mut numbers);
    revise(&app, &mut numbers).await;
    let coverage =
        json!([{"kind": "response", "from": "2024-03-01"}, {"kind": "progress", "from": "2024-05-01"}]);
    app.patch("admin", "/v1/bodies/derbyshire-pcc", json!({"coverage": coverage})).await.expect(200);
    let (mut compared, mut clocks) = (0, 0);
    for _ in 0..6 {
        let moment = numbers.moment_from(at("2024-01-01T00:00:00Z"));
        let moment = moment.plus_seconds(i64::try_from(numbers.below(1_000)).unwrap() * 86_400);
        let kinds = || app.state.kinds.iter().map(|kind| &kind.def);
        let mut readers = vec![Visibility::as_of(moment)];
        readers.extend(READERS.map(|name| Visibility::new(&actor(&app, name), kinds(), moment)));
        for visibility in readers {
            for _ in 0..8 {
                let filter = filter(&app, &mut numbers);
                let most = [1, 3, 7, 20, 60, 150, 501][usize::try_from(numbers.below(7)).unwrap()];
                let order = if numbers.below(2) == 0 { ClockOrder::Clock } else { ClockOrder::Name };
                let (first, all) = app
                    .state
                    .db
                    .read(|conn| {
                        let reader = clock_reader(conn, &visibility)?;
                        let request = ClockRequest {
                            reader: &reader,
                            filter: &filter,
                            kinds: &ClockedKind::ALL,
                            order,
                        };
                        Ok((request.first(conn, most)?, request.all(conn)?))
                    })
                    .unwrap();
                let shown = |rows: &[(std::sync::Arc<_>, _)]| format!("{rows:#?}");
                let expected = &all[..all.len().min(most)];
                assert_eq!(
                    shown(&first),
                    shown(expected),
                    "the first {most} at {moment}: {filter:?} {visibility:?}"
                );
                compared += 1;
                clocks += first.len();
            }
        }
    }
    println!("{compared} lists compared, with {clocks} clocks");
    assert!(clocks > compared * 10, "{clocks} clocks in {compared} lists");
}

#[actix_web::test]
async fn the_list_and_what_is_due_from_the_caller_are_the_first_of_all() {
    let app = TestApp::new().await;
    let mut numbers = Numbers(20_261_201);
    fill(&app, &mut numbers);
    let coverage =
        json!([{"kind": "response", "from": "2024-01-01"}, {"kind": "progress", "from": "2024-01-01"}]);
    app.patch("admin", "/v1/bodies/derbyshire-pcc", json!({"coverage": coverage})).await.expect(200);
    for who in [None, Some("editor"), Some("panel_officer"), Some("force_officer")] {
        for query in ["", "&state=met,met_late", "&clock=act_by&due[gte]=2024-06-01", "&state=overdue"] {
            let json = app.get(who, &format!("/v1/clocks?format=json{query}")).await.expect(200).json();
            let all = app.get(who, &format!("/v1/clocks?format=csv{query}")).await.expect(200);
            let total: usize = all.header("x-total-count").unwrap().parse().unwrap();
            let mut rows = csv::Reader::from_reader(all.body.as_slice());
            let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
            assert_eq!(rows.len(), total.min(500));
            assert_eq!(json["truncated"], total > 500, "{query} as {who:?}: {total}");
            let data = json["data"].as_array().unwrap();
            assert_eq!(data.len(), rows.len(), "{query} as {who:?}");
            for (clock, row) in data.iter().zip(&rows) {
                let found = [
                    &clock["record"],
                    &clock["clock"],
                    &clock["organisation"],
                    &clock["due"],
                    &clock["state"],
                ];
                let found = found.map(|value| value.as_str().unwrap_or_default());
                assert_eq!(found, [0, 3, 5, 7, 9].map(|n| &row[n]), "{query} as {who:?}");
            }
        }
    }
    // What the force must do: the clocks of its organisation that are not met.
    let due = app.get(Some("force_officer"), "/v1/me").await.expect(200).json();
    let query = "organisation=derbyshire-constabulary&body=derbyshire-pcc&state=running,overdue";
    let clocks = app.get(Some("force_officer"), &format!("/v1/clocks?{query}")).await.expect(200).json();
    let mut expected: Vec<(String, String)> = clocks["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|clock| {
            let reference = clock["record"].as_str().unwrap().split(':').nth(1).unwrap();
            (clock["due"].as_str().unwrap().to_owned(), reference.to_owned())
        })
        .collect();
    expected.sort();
    let found: Vec<(String, String)> = due["due"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["kind"] == "recommendation")
        .map(|one| (one["due"].as_str().unwrap().to_owned(), one["reference"].as_str().unwrap().to_owned()))
        .collect();
    assert!(found.len() > 20, "{}", found.len());
    assert_eq!(found, expected[..found.len()]);
}
