//! What the list of clocks costs: as many statements for thousands of recommendations as for a few.

use onrecord::config::Limits;
use serde_json::json;

use crate::clocks_model::{import, line};
use crate::queries::Counter;
use crate::support::{TestApp, at};

/// How many recommendations there are at most; `CLOCKS_COST` sets another number, to measure with.
fn most() -> usize {
    std::env::var("CLOCKS_COST").ok().and_then(|number| number.parse().ok()).unwrap_or(1_200)
}

/// Adds recommendations with both days, half of them answered.
fn add(app: &TestApp, from: usize, to: usize) {
    let here = at("2023-01-01T00:00:00Z");
    let report = "derbyshire-pcc:REP-CHILD-PROTECTION-2021";
    let name = |n: usize| format!("COST-{n}");
    for start in (from..to).step_by(2_000) {
        let range = start..to.min(start + 2_000);
        let lines = range.clone().map(|n| {
            line(name(n), here, json!({
                "report": report, "made_by": "hmicfrs", "number": "1", "rec_kind": "recommendation", "wording": "Do it.",
                "wording_kind": "paraphrase", "addressed_to": ["derbyshire-constabulary"], "closing": "open",
                "respond_by": "2023-03-01", "act_by": "2023-09-01",
            }))
        });
        import(app, "recommendation", lines.collect());
        let answers: Vec<_> = range
            .filter(|n| n % 2 == 0)
            .map(|n| json!({"recommendation": format!("derbyshire-pcc:{}", name(n)), "position": "accepted", "action": "We will."}))
            .collect();
        let responses = answers.chunks(100).enumerate().map(|(m, answers)| {
            line(format!("COST-{start}-{m}"), here, json!({
                "report": report, "title": "A response", "responded_on": "2023-02-01", "comments": "We answer.", "answers": answers,
            }))
        });
        import(app, "response", responses.collect());
    }
}

#[actix_web::test]
async fn the_list_of_clocks_costs_as_many_statements_for_many_recommendations_as_for_a_few() {
    let app = TestApp::with_limits(Limits { connections: 1, ..Default::default() }).await;
    let counter = Counter::on(&app);
    add(&app, 0, 10);
    let paths =
        ["/v1/clocks", "/v1/clocks?state=not_on_record&clock=act_by", "/v1/clocks?kind=recommendation"];
    let mut few = vec![];
    for path in paths {
        few.push(counter.of(&app, None, path).await.0);
    }
    add(&app, 10, most());
    for (path, few) in paths.iter().zip(few) {
        println!("{path} of {} recommendations", most());
        let (many, rows) = counter.of(&app, None, path).await;
        println!("{many} statements");
        assert_eq!((many, rows), (few, 500), "{path}");
        assert!(many <= 20, "{many}");
    }
}
