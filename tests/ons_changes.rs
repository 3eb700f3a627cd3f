//! The changes and rates that the Office for National Statistics published, reproduced from the counts and populations
//! (tests/fixtures/ons/README.md).

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::comparisons::{indicator, released};
use crate::support::TestApp;

const ROWS: &str = include_str!("fixtures/ons/changes.csv");
const YEAR: &str = "2019-01-01/P1Y";
const YEAR_BEFORE: &str = "2018-01-01/P1Y";

struct Row {
    area: &'static str,
    offence: &'static str,
    current: &'static str,
    base: &'static str,
    /// None where the Office shows no percentage.
    revised: Option<&'static str>,
    change_pct: Option<Decimal>,
    population: i64,
    rate: Option<Decimal>,
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split(',').collect();
        let [area, offence, current, base, revised, change_pct, population, rate] = cells[..] else {
            unreachable!()
        };
        Row {
            area,
            offence,
            current,
            base,
            revised: Some(revised).filter(|text| !text.is_empty()),
            change_pct: change_pct.parse().ok(),
            population: population.parse().unwrap(),
            rate: rate.parse().ok(),
        }
    };
    ROWS.lines().skip(1).map(row).collect()
}

fn distinct(of: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut all: Vec<&str> = of.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The indicator with its counts: those of 2018 as they were at first, then with the current ones as they were a year later.
async fn counts(app: &TestApp, slug: &str, rows: &[Row], revised: bool) {
    let codes =
        |of: Vec<&str>| json!(of.iter().map(|code| json!({"code": code, "name": code})).collect::<Vec<_>>());
    let dimensions = json!([
        {"code": "AREA", "name": "Area", "codes": codes(distinct(rows.iter().map(|row| row.area)))},
        {"code": "OFFENCE", "name": "Offence", "codes": codes(distinct(rows.iter().map(|row| row.offence)))},
    ]);
    indicator(app, slug, json!({"frequency": "P1Y-P3M", "dimensions": dimensions})).await;
    let head = "AREA,OFFENCE,TIME_PERIOD,value\n";
    let line =
        |row: &Row, period: &str, value: &str| format!("{},{},{period},{value}\n", row.area, row.offence);
    let first: String = rows.iter().map(|row| line(row, YEAR_BEFORE, row.base)).collect();
    released(app, slug, &format!("{head}{first}"), json!({"first_published": "2019-04-25T08:30:00Z"})).await;
    let mut later: String = rows.iter().map(|row| line(row, YEAR, row.current)).collect();
    if revised {
        later.extend(rows.iter().filter_map(|row| Some(line(row, YEAR_BEFORE, row.revised?))));
    }
    released(app, slug, &format!("{head}{later}"), json!({"first_published": "2020-04-23T08:30:00Z"})).await;
}

async fn results(app: &TestApp, slug: &str, method: &str, rows: &[Row]) -> Vec<Value> {
    let path = format!("/v1/comparisons?indicator={slug}&method={method}&period={YEAR}");
    let body = app.get(None, &path).await.expect(200).json();
    let data = body["data"].as_array().unwrap();
    assert_eq!(data.len(), rows.len());
    let of = |row: &Row| {
        let key = format!("{slug}.{}.{}.P1Y-P3M", row.area, row.offence);
        data.iter().find(|one| one["series"] == key.as_str()).cloned().unwrap()
    };
    rows.iter().map(of).collect()
}

fn decimal(value: &Value) -> Option<Decimal> {
    value.as_str().map(|text| text.parse().unwrap())
}

#[actix_web::test]
async fn published_changes_follow_from_the_counts_and_where_they_do_not_the_counts_were_revised() {
    let app = TestApp::new().await;
    let rows = rows();
    counts(&app, "t-revised", &rows, true).await;
    counts(&app, "t-first", &rows, false).await;
    let half = Decimal::new(5, 2);
    let agrees = |result: &Value, row: &Row| match (decimal(&result["change_pct"]), row.change_pct) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() <= half,
        _ => false,
    };
    // With the counts of April 2020, every percentage that the Office shows.
    let (mut same, mut low) = (0, 0);
    for (row, result) in rows.iter().zip(results(&app, "t-revised", "yoy", &rows).await) {
        if agrees(&result, row) {
            same += 1;
        } else {
            // The base is below 50, or 0. The Office shows one of these: 1 offence after 19.
            let reasons = [json!("low_base"), json!("zero_baseline")];
            assert!(reasons.contains(&result["reason"]), "{} {}: {result}", row.area, row.offence);
            assert!(row.change_pct.is_none() || row.revised == Some("19"), "{} {}", row.area, row.offence);
            low += 1;
        }
    }
    assert_eq!((same, low), (717, 81));
    // With those of April 2019: where they were not revised since, and by rounding in a few more rows.
    let (mut same, mut revised, mut low) = (0, 0, 0);
    for (row, result) in rows.iter().zip(results(&app, "t-first", "yoy", &rows).await) {
        let is_revised = row.revised.is_some_and(|revised| revised != row.base);
        match (&result["reason"], agrees(&result, row)) {
            (Value::Null, true) => same += 1,
            (Value::Null, false) => {
                assert!(is_revised, "{} {}: {result}", row.area, row.offence);
                revised += 1;
            }
            (reason, _) => {
                assert!([json!("low_base"), json!("zero_baseline")].contains(reason), "{reason}");
                low += 1;
            }
        }
    }
    assert_eq!(same + revised + low, rows.len());
    assert_eq!((same, revised, low), (134, 583, 81));
}

/// The counts of 2018 as they were in April 2020 are not published: they follow from the percentages. That they are whole numbers,
/// in every row and to three decimals, is what shows that the percentages are those of counts, and that none was adjusted.
#[test]
fn each_published_percentage_is_that_of_a_whole_number() {
    let mut whole = 0;
    for row in rows() {
        let Some(change) = row.change_pct else { continue };
        let current: Decimal = row.current.parse().unwrap();
        let hundred = Decimal::from(100);
        let base = hundred * current / (hundred + change);
        assert!((base - base.round()).abs() <= Decimal::new(1, 3), "{} {}: {base}", row.area, row.offence);
        assert_eq!(row.revised, Some(base.round().to_string().as_str()), "{} {}", row.area, row.offence);
        whole += 1;
    }
    assert_eq!(whole, 718);
}

#[actix_web::test]
async fn published_rates_follow_from_the_counts_and_the_populations() {
    let app = TestApp::new().await;
    let rows = rows();
    let areas = distinct(rows.iter().map(|row| row.area));
    for area in areas {
        let people = rows.iter().find(|row| row.area == area).unwrap().population;
        let population = json!({"year": 2018, "people": people});
        if app.get(None, &format!("/v1/areas/{area}")).await.status == 200 {
            let known = app.get(None, &format!("/v1/areas/{area}")).await.json()["population"].clone();
            let mut known: Vec<Value> = known.as_array().cloned().unwrap_or_default();
            known.retain(|one| one["year"] != 2018);
            known.push(population);
            app.patch("admin", &format!("/v1/areas/{area}"), json!({"population": known})).await.expect(200);
        } else {
            let body = json!({"reference": area, "name": area, "area_kind": "police_force_area", "population": [population]});
            app.post("admin", "/v1/areas", body).await.expect(201);
        }
    }
    counts(&app, "t-rates", &rows, false).await;
    let mut compared = 0;
    for (row, result) in rows.iter().zip(results(&app, "t-rates", "rate", &rows).await) {
        let (Some(ours), Some(theirs)) = (decimal(&result["current"]["value"]), row.rate) else { continue };
        assert_eq!(result["receipt"]["warnings"][0]["code"], "population_of_another_year");
        // Theirs is computed before the population is rounded to 100, ours after that and is rounded to two decimals.
        let people = Decimal::from(row.population);
        let most = theirs * Decimal::from(50) / (people - Decimal::from(50)) + Decimal::new(501, 5);
        assert!((ours - theirs).abs() <= most, "{} {}: {ours} is not {theirs}", row.area, row.offence);
        compared += 1;
    }
    assert!(compared >= 750, "{compared}");
}
