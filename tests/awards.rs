//! The awards of a fund do not exceed it, in whatever order they are made, and with many at once.

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

fn money(amount: &str) -> Value {
    json!({"amount": amount, "currency": "GBP"})
}

/// A published fund of that much.
async fn fund(app: &TestApp, reference: &str, amount: Option<&str>) -> String {
    let mut body = app.state.kind("fund").unwrap().example.clone();
    body["reference"] = json!(reference);
    body["amount"] = amount.map_or(Value::Null, money);
    let made = app.post("editor", "/v1/funds", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    publish(app, &address).await.expect(200);
    address
}

async fn publish(app: &TestApp, address: &str) -> Answer {
    app.step("editor", address, "submit", json!({})).await.expect(200);
    app.step("publisher", address, "publish", json!({})).await
}

fn grant(app: &TestApp, fund: &str, amount: &str) -> Value {
    let mut body = app.fresh(app.state.kind("grant").unwrap());
    body["fund"] = json!(format!("derbyshire-pcc:{fund}"));
    body["amount_awarded"] = money(amount);
    body
}

async fn award(app: &TestApp, fund: &str, amount: &str) -> Answer {
    app.post("editor", "/v1/grants", grant(app, fund, amount)).await
}

#[track_caller]
fn refused(answer: &Answer, left: &str) {
    assert_eq!(answer.problem(422), ["exceeds_fund"]);
    let fault = answer.json()["errors"][0].clone();
    assert_eq!(fault["pointer"], json!("/amount_awarded"));
    assert!(fault["detail"].as_str().unwrap().contains(&format!("£{left} is left")), "{fault}");
}

#[actix_web::test]
async fn awards_fit_their_fund_to_the_penny() {
    let app = TestApp::new().await;
    fund(&app, "F-1", Some("0.30")).await;
    let first = award(&app, "F-1", "0.10").await.expect(201);
    award(&app, "F-1", "0.10").await.expect(201);
    refused(&award(&app, "F-1", "0.11").await, "0.10");
    award(&app, "F-1", "0.10").await.expect(201);
    refused(&award(&app, "F-1", "0.01").await, "0.00");
    // Its own award does not stand in its way.
    let address = first.header("location").unwrap();
    app.patch("editor", address, json!({"title": "Another title"})).await.expect(200);
    refused(&app.patch("editor", address, json!({"amount_awarded": money("0.11")})).await, "0.10");
    app.patch("editor", address, json!({"amount_awarded": money("0.04")})).await.expect(200);
    award(&app, "F-1", "0.06").await.expect(201);
    // A draft that is taken back counts no more.
    app.step("publisher", address, "withdraw", json!({"reason": "a mistake"})).await.expect(200);
    award(&app, "F-1", "0.04").await.expect(201);
    fund(&app, "F-MOST", Some("99999999999.99")).await;
    award(&app, "F-MOST", "99999999999.98").await.expect(201);
    refused(&award(&app, "F-MOST", "0.02").await, "0.01");
    fund(&app, "F-NONE", None).await;
    award(&app, "F-NONE", "99999999999.99").await.expect(201);
    award(&app, "F-NONE", "99999999999.99").await.expect(201);
}

#[actix_web::test]
async fn what_is_public_counts_until_something_else_is() {
    let app = TestApp::new().await;
    let address = fund(&app, "F-1", Some("100")).await;
    let made = award(&app, "F-1", "60").await.expect(201);
    let first = made.header("location").unwrap();
    publish(&app, first).await.expect(200);
    // A lower award is drafted: until it is public, the public one counts.
    app.patch("editor", first, json!({"amount_awarded": money("10")})).await.expect(200);
    refused(&award(&app, "F-1", "50").await, "40.00");
    app.step("editor", first, "submit", json!({})).await.expect(200);
    app.step("publisher", first, "publish", json!({"publish_at": "2026-11-01T12:00:00Z"})).await.expect(200);
    // Nor does it free anything while its publication can still be returned.
    refused(&award(&app, "F-1", "50").await, "40.00");
    app.set_time("2026-11-01T12:00:00Z");
    app.seal_and_catch_up();
    award(&app, "F-1", "90").await.expect(201);
    // The fund cannot become less than that.
    let answer = app.patch("editor", &address, json!({"amount": money("99.99")})).await;
    assert_eq!(answer.problem(422), ["less_than_awarded"]);
    assert_eq!(answer.json()["errors"][0]["pointer"], json!("/amount"));
    // A greater fund that is not public yet has no more to give.
    app.patch("editor", &address, json!({"amount": money("200")})).await.expect(200);
    refused(&award(&app, "F-1", "1").await, "0.00");
    publish(&app, &address).await.expect(200);
    award(&app, "F-1", "100").await.expect(201);
}

#[actix_web::test]
async fn it_is_looked_at_again_when_an_award_is_published() {
    let app = TestApp::new().await;
    let address = fund(&app, "F-1", None).await;
    let made = award(&app, "F-1", "60").await.expect(201);
    // Less than what is drafted is refused; so the fund is set right behind the rules' back, as old data may be.
    app.write(|conn| {
        let fund = app.id_of("fund", "derbyshire-pcc:F-1");
        let sql = onrecord::store::Sql::new("UPDATE fund SET amount = 5000 WHERE record = ").bind(fund);
        diesel::RunQueryDsl::execute(sql, conn).unwrap();
    });
    let answer = publish(&app, made.header("location").unwrap()).await;
    assert_eq!(answer.problem(409), ["exceeds_fund"]);
    app.get(None, &address).await.expect(200);
}

#[actix_web::test]
async fn a_grant_is_awarded_from_a_fund_of_its_own_body() {
    let app = TestApp::new().await;
    fund(&app, "F-1", Some("1")).await;
    // Too much besides: of that nothing is said.
    let answer = app.post("other_editor", "/v1/grants", grant(&app, "F-1", "2")).await;
    assert_eq!(answer.problem(422), ["other_body"]);
    assert_eq!(answer.json()["errors"][0]["pointer"], json!("/fund"));
}

#[actix_web::test]
async fn of_many_awards_at_once_only_what_fits_is_made() {
    let app = TestApp::new().await;
    for round in 0..5 {
        let name = format!("F-{round}");
        fund(&app, &name, Some("100")).await;
        let (one, other) = join(award(&app, &name, "60"), award(&app, &name, "60")).await;
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422], "{} {}", one.text(), other.text());
    }
    fund(&app, "F-MANY", Some("10")).await;
    let answers = join_all((0..24).map(|_| award(&app, "F-MANY", "1"))).await;
    let made: Vec<String> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.header("location").unwrap().to_owned())
        .collect();
    assert_eq!(made.len(), 10);
    assert!(answers.iter().all(|answer| [201, 422].contains(&answer.status)));
    // Published at once, none waits for another for ever.
    let published = join_all(made.iter().map(|address| publish(&app, address))).await;
    assert!(published.iter().all(|answer| answer.status == 200), "{published:?}");
}

#[actix_web::test]
async fn a_fund_that_was_withdrawn_still_bounds_its_awards() {
    let app = TestApp::new().await;
    let address = fund(&app, "F-1", Some("0.30")).await;
    let first = award(&app, "F-1", "0.10").await.expect(201);
    let withdrawn = app.step("publisher2", &address, "withdraw", json!({"reason": "closed"})).await;
    withdrawn.expect(200);
    let grant = first.header("location").unwrap();
    refused(&app.patch("editor", grant, json!({"amount_awarded": money("0.31")})).await, "0.30");
    app.patch("editor", grant, json!({"amount_awarded": money("0.30")})).await.expect(200);
}
