//! What the list of clocks costs: as many statements for thousands of recommendations as for a few, and as many rows.
//!
//! To measure with an optimised program, `CLOCKS_COST=50000` says how many recommendations there are, and `CLOCKS_COST_FILE`
//! where SQLite's database is then left. See `benches/clocks`.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use diesel::connection::{Connection, InstrumentationEvent};
use diesel::prelude::*;
use onrecord::config::Limits;
use onrecord::record::visible::Visibility;
use onrecord::resources::clocks_in_order;
use onrecord::store::Sql;
use serde_json::json;

use crate::a_first::plans_of_lists::Base;
use crate::clocks_model::{import, line};
use crate::queries::{Counter, cost_the_same};
use crate::support::{TestApp, at};

/// How many recommendations there are at most.
fn most() -> usize {
    measured().unwrap_or(3_000)
}

fn measured() -> Option<usize> {
    std::env::var("CLOCKS_COST").ok().and_then(|number| number.parse().ok())
}

/// Adds recommendations of four shapes: both days, the same for all of them; both days, on any day; a day for the answer,
/// which itself sets the day of the action; a day for the action only. Half of them are answered.
pub fn add(app: &TestApp, from: usize, to: usize) {
    let here = at("2023-01-01T00:00:00Z");
    let (report, set_by_maker) = ("derbyshire-pcc:REP-CHILD-PROTECTION-2021", "derbyshire-pcc:COST-MAKER");
    if from == 0 {
        let fields = json!({
            "title": "A report", "report_kind": "inspection", "made_by": "hmicfrs", "national": false,
            "published_on": "2023-01-01", "duty": "set_by_maker", "doc": {"title": "A report"},
        });
        import(app, "report", vec![line("COST-MAKER".to_owned(), here, fields)]);
    }
    let name = |n: usize| format!("COST-{n}");
    let day = |n: usize, salt: usize| {
        let days = u64::try_from(n * salt % 1_500).unwrap();
        NaiveDate::from_ymd_opt(2023, 1, 1).unwrap() + Days::new(days)
    };
    for start in (from..to).step_by(2_000) {
        let range = start..to.min(start + 2_000);
        let lines = range.clone().map(|n| {
            let force = "derbyshire-constabulary";
            let (addressed_to, any) = (if n % 40 == 0 { "opcc-derbyshire" } else { force }, |salt| json!(day(n, salt)));
            let (respond_by, act_by) = match n % 4 {
                0 => (json!("2023-03-01"), json!("2023-09-01")),
                1 => (any(7), any(11)),
                2 => (any(7), json!(null)),
                _ => (json!(null), any(11)),
            };
            line(name(n), here, json!({
                "report": if n % 4 == 3 { set_by_maker } else { report }, "made_by": "hmicfrs", "number": "1", "rec_kind": "recommendation", "wording": "Do it.",
                "wording_kind": "paraphrase", "addressed_to": [addressed_to], "closing": "open",
                "respond_by": respond_by, "act_by": act_by,
            }))
        });
        import(app, "recommendation", lines.collect());
        let answers: Vec<_> = range
            .filter(|n| n % 2 == 0)
            .map(|n| json!({
                "recommendation": format!("derbyshire-pcc:{}", name(n)), "position": "accepted", "action": "We will.",
                "action_by": day(n, 13),
            }))
            .collect();
        let responses = answers.chunks(4).enumerate().map(|(m, answers)| {
            line(format!("COST-{start}-{m}"), here, json!({
                "report": report, "title": "A response", "responded_on": "2023-02-01", "comments": "We answer.", "answers": answers,
            }))
        });
        import(app, "response", responses.collect());
    }
}

const WHOLE: [&str; 3] = ["/v1/clocks", "/v1/clocks?kind=recommendation", "/v1/clocks?body=derbyshire-pcc"];
const FILTERED: [&str; 9] = [
    "/v1/clocks?state=not_on_record&clock=act_by",
    "/v1/clocks?state=overdue",
    "/v1/clocks?state=running",
    "/v1/clocks?state=met,met_late",
    "/v1/clocks?state=no_date",
    "/v1/clocks?organisation=opcc-derbyshire",
    "/v1/clocks?due[gte]=2026-01-01",
    "/v1/clocks?due=2023-03-01&clock=respond_by",
    "/v1/clocks?as_of=2024-06-01T12:00:00Z",
];

#[actix_web::test]
async fn the_list_of_clocks_costs_as_many_statements_for_many_recommendations_as_for_a_few() {
    let app = TestApp::with_limits(Limits { connections: 1, ..Default::default() }).await;
    let counter = Counter::on(&app);
    add(&app, 0, 800);
    let readers = [None, Some("editor"), Some("auditor"), Some("partner")];
    let mut few = vec![];
    for who in readers {
        for path in WHOLE {
            few.push(counter.of(&app, who, path).await);
        }
    }
    add(&app, 800, most());
    let mut few = few.into_iter();
    for who in readers {
        for path in WHOLE {
            let (statements, rows) = counter.of(&app, who, path).await;
            let (before, rows_before) = few.next().unwrap();
            assert!(
                cost_the_same(before, statements) && rows == rows_before,
                "{path} as {who:?}: {before} statements for {rows_before} rows, {statements} for {rows}"
            );
            assert!(rows == 500 && statements <= 25, "{path} as {who:?}: {statements} statements for {rows}");
        }
        // Where a filter takes few of them, more candidates are read, and at last all are computed.
        for path in FILTERED {
            let (statements, rows) = counter.of(&app, who, path).await;
            assert!(statements <= 60, "{path} as {who:?}: {statements} statements for {rows} rows");
        }
        if let Some(who) = who {
            let (statements, _) = counter.of(&app, Some(who), "/v1/me").await;
            assert!(statements <= 50, "/v1/me as {who}: {statements} statements");
        }
    }
    if measured().is_some() {
        measure(&app).await;
    }
}

/// Prints how long each answer and each of its statements takes.
async fn measure(app: &TestApp) {
    let times = Arc::new(Mutex::new((Instant::now(), Vec::<(Duration, String)>::new())));
    let noted = times.clone();
    let note = move |event: InstrumentationEvent<'_>| match event {
        InstrumentationEvent::StartQuery { .. } => noted.lock().unwrap().0 = Instant::now(),
        InstrumentationEvent::FinishQuery { query, .. } => {
            let mut noted = noted.lock().unwrap();
            let text: String = query.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            let elapsed = noted.0.elapsed();
            noted.1.push((elapsed, text.chars().take(110).collect()));
        }
        _ => {}
    };
    app.state
        .db
        .read(|conn| {
            conn.set_instrumentation(note.clone());
            Ok(())
        })
        .unwrap();
    for (who, paths) in [
        (None, &WHOLE[..]),
        (None, &FILTERED),
        (Some("editor"), &WHOLE),
        (Some("editor"), &FILTERED),
        (Some("partner"), &["/v1/clocks", "/v1/me"]),
    ] {
        for path in paths {
            let begun = Instant::now();
            app.get(who, path).await.expect(200);
            println!("{path} as {who:?} of {} recommendations: {:?}", most(), begun.elapsed());
            for (elapsed, text) in times.lock().unwrap().1.drain(..) {
                if elapsed > Duration::from_millis(2) {
                    println!("    {elapsed:?} {text}");
                }
            }
        }
    }
    let begun = Instant::now();
    app.get(None, "/v1/clocks?format=csv").await.expect(200);
    println!("all, as CSV: {:?}", begun.elapsed());
    if let (Some(_), Ok(file)) = (app.file(), std::env::var("CLOCKS_COST_FILE")) {
        let copy = Sql::new("VACUUM INTO ").bind(file.as_str());
        app.state.db.on_writer(|conn| assert!(copy.execute(conn).is_ok())).unwrap();
        println!("the database is in {file}");
    }
}

/// How many candidates are asked for, and how many rows may be examined for each: of one there are a version, a body, a
/// response and some links.
const ASKED: usize = 50;
const FOR_EACH: i64 = 16;

#[actix_web::test]
async fn what_is_due_first_is_read_in_its_order_and_not_sorted() {
    let app = TestApp::new().await;
    add(&app, 0, 3_000);
    let mut base = Base::open(&app);
    base.weigh(&["link", "record", "recommendation", "response", "report"]);
    let moments = ["2026-11-01T12:00:00Z", "2024-06-01T12:00:00Z"].map(at);
    for visibility in moments.map(Visibility::as_of) {
        let statements = app.state.db.read(|conn| clocks_in_order(conn, &visibility, ASKED)).unwrap();
        assert!(statements.len() == 4);
        for statement in statements {
            let (examined, plan) = base.examine_statement(&app, &statement);
            println!("{examined} rows: {plan}");
            assert!(examined <= i64::try_from(ASKED).unwrap() * FOR_EACH, "{examined} rows: {plan}");
        }
    }
}
