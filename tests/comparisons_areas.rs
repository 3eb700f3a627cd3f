//! Comparisons with a population, a target, a baseline and other areas; what is refused; and many series at once.

use serde_json::{Value, json};

use crate::comparisons::{DERBYSHIRE, YEAR, YEAR_BEFORE, compare, indicator, released, result, rows, texts};
use crate::support::TestApp;

/// An area of the test's own, with a population of 2012.
async fn area(app: &TestApp, reference: &str, people: i64, kind: &str) {
    let body = json!({"reference": reference, "name": reference, "area_kind": kind,
        "parents": [{"area": "E12000004"}], "population": [{"year": 2012, "people": people}]});
    app.post("admin", "/v1/areas", body).await.expect(201);
}

/// The force's area with a million people in 2012, and three others.
async fn areas(app: &TestApp) {
    let force = app.get(None, "/v1/areas/E23000018").await.json();
    let mut population = force["population"].clone();
    population.as_array_mut().unwrap().push(json!({"year": 2012, "people": 1_000_000}));
    app.patch("admin", "/v1/areas/E23000018", json!({"population": population})).await.expect(200);
    area(app, "t-one", 1_000_000, "police_force_area").await;
    area(app, "t-two", 500_000, "police_force_area").await;
    area(app, "t-three", 2_000_000, "county").await;
}

async fn figures_of_areas(app: &TestApp, slug: &str) -> String {
    indicator(app, slug, json!({})).await;
    let of = [(DERBYSHIRE, "50000"), ("t-one", "60000"), ("t-two", "30000"), ("t-three", "80000")];
    let lines = of.map(|(area, value)| format!("{area},{YEAR},{value}\n")).concat();
    released(app, slug, &format!("AREA,TIME_PERIOD,value\n{lines}"), json!({})).await;
    format!("{slug}.{DERBYSHIRE}.P1Y")
}

#[actix_web::test]
async fn a_rate_names_the_year_of_its_population() {
    let app = TestApp::new().await;
    indicator(&app, "t-rate", json!({})).await;
    let rows = "AREA,TIME_PERIOD,value\nE23000018,2011,51687\nE23000018,2014,51687\nt-one,2011,5\n";
    released(&app, "t-rate", rows, json!({})).await;
    let key = "t-rate.E23000018.P1Y";
    let rate = result(&app, key, "method=rate&period=2011").await;
    let names = ["unit", "base", "change", "reason"];
    assert_eq!(texts(&rate, names), [json!("RATE_1000"), json!(null), json!(null), json!(null)], "{rate}");
    assert_eq!(rate["current"]["value"], "50.75");
    let receipt = &rate["receipt"];
    let formula = receipt["formula"].as_str().unwrap();
    assert!(
        formula.contains("1,000 × 51,687 ÷ 1,018,438 (population of") && formula.contains("2011"),
        "{formula}"
    );
    let people = &receipt["inputs"][1];
    assert_eq!(
        texts(people, ["role", "area", "TIME_PERIOD", "value", "series"]),
        [json!("population"), json!(DERBYSHIRE), json!("2011"), json!("1018438"), json!(null)]
    );
    assert_eq!(receipt["warnings"], json!([]));
    // The nearest year that is on record, and the reader is warned.
    let later = result(&app, key, "method=rate&period=2014").await;
    assert_eq!(later["receipt"]["warnings"][0]["code"], "population_of_another_year", "{later}");
    assert_eq!(later["receipt"]["inputs"][1]["TIME_PERIOD"], "2011");
    let nobody = result(&app, "t-rate.t-one.P1Y", "method=rate").await;
    assert_eq!(
        texts(&nobody["current"], ["value", "reason"]),
        [json!(null), json!("no_population")],
        "{nobody}"
    );
    // A population that is put on record changes the answer, and its tag.
    area(&app, "t-one", 1_000, "other").await;
    let somebody = result(&app, "t-rate.t-one.P1Y", "method=rate").await;
    assert_eq!(somebody["current"]["value"], "5.00", "{somebody}");
}

#[actix_web::test]
async fn both_means_of_areas_are_offered_and_neither_is_the_default() {
    let app = TestApp::new().await;
    areas(&app).await;
    let key = figures_of_areas(&app, "t-mean").await;
    let named = "method=peer_mean&peers=t-one,t-two,t-three";
    for (with_self, mean, expected) in [
        (true, "of_rates", "52.50"),
        (false, "of_rates", "53.33"),
        (true, "pooled", "48.89"),
        (false, "pooled", "48.57"),
    ] {
        let result = result(&app, &key, &format!("{named}&self={with_self}&mean={mean}")).await;
        assert_eq!(result["base"]["value"], expected, "{result}");
        assert_eq!(texts(&result["current"], ["value"]), [json!("50.00")]);
        let scope = if with_self { "4 areas, with" } else { "3 areas, without" };
        assert!(result["base"]["label"].as_str().unwrap().contains(scope), "{result}");
        // Each figure and each population is an input.
        assert_eq!(result["receipt"]["inputs"].as_array().unwrap().len(), 8, "{result}");
    }
    let faults = |query: String| {
        let (app, key) = (&app, &key);
        async move { compare(app, key, &query).await.problem(400) }
    };
    assert_eq!(faults(named.to_owned()).await, ["required", "required"]);
    assert_eq!(faults(format!("{named}&mean=pooled")).await, ["required"]);
    assert_eq!(faults("method=peer_mean,peer_rank&self=true&mean=pooled".to_owned()).await, ["required"]);
    // The place among the areas by rate: 50 is the second lowest of 40, 50, 60 and 60.
    let rank = result(&app, &key, "method=peer_rank&peers=t-one,t-two,t-three").await;
    assert_eq!(
        texts(&rank, ["rank", "rank_of", "rank_shared_by", "rank_1_is", "reason"]),
        [json!(2), json!(4), json!(1), json!("lowest"), json!(null)],
        "{rank}"
    );
    // Siblings are of the same kind in the same region: not the county, and not the area itself.
    let rank = result(&app, &key, "method=peer_rank&peers=siblings").await;
    assert_eq!(texts(&rank, ["rank", "rank_of"]), [json!(1), json!(3)], "{rank}");
    let shared = result(&app, "t-mean.t-one.P1Y", "method=peer_rank&peers=siblings").await;
    assert_eq!(texts(&shared, ["rank", "rank_shared_by"]), [json!(2), json!(2)], "{shared}");
    // A hidden figure of one area hides the mean and the rank: a smaller sum would tell it.
    let hidden = "AREA,TIME_PERIOD,value,OBS_STATUS,CONF_STATUS\nt-two,2012-04-01/P1Y,,Q,A\n";
    app.set_time("2026-11-02T10:00:00Z");
    released(&app, "t-mean", hidden, json!({})).await;
    for method in ["peer_rank", "peer_mean&self=true&mean=pooled", "peer_mean&self=false&mean=of_rates"] {
        let result = result(&app, &key, &format!("method={method}&peers=t-one,t-two")).await;
        assert_eq!(
            texts(&result, ["rank", "change", "reason", "areas_without_value"]),
            [json!(null), json!(null), json!("suppressed"), json!(["t-two"])],
            "{result}"
        );
    }
}

/// A mean of an area and of a part of it would count the part twice. A rank adds nothing up.
#[actix_web::test]
async fn a_mean_never_counts_a_part_with_its_whole() {
    let app = TestApp::new().await;
    areas(&app).await;
    let key = figures_of_areas(&app, "t-parts").await;
    // The county lies in one of the forces' areas, by way of a district that has no figures.
    area(&app, "t-between", 10, "district").await;
    for (part, whole) in [("t-three", "t-between"), ("t-between", "t-two")] {
        let parents = json!({"parents": [{"area": whole}]});
        app.patch("admin", &format!("/v1/areas/{part}"), parents).await.expect(200);
    }
    for mean in ["pooled", "of_rates"] {
        let query = format!("method=peer_mean&self=false&mean={mean}&peers=t-one,t-two,t-three");
        let refused = compare(&app, &key, &query).await;
        assert!(refused.text().contains("t-three lies in t-two"), "{}", refused.text());
        assert_eq!(refused.problem(422), ["part_of_another"]);
    }
    let rank = result(&app, &key, "method=peer_rank&peers=t-one,t-two,t-three").await;
    assert_eq!(rank["rank_of"], json!(4), "{rank}");
    // The area itself counts only where it is in the mean.
    let own = "t-parts.t-two.P1Y";
    let query =
        |with_self: bool| format!("method=peer_mean&self={with_self}&mean=pooled&peers=t-one,t-three");
    assert_eq!(compare(&app, own, &query(true)).await.problem(422), ["part_of_another"]);
    assert_eq!(result(&app, own, &query(false)).await["reason"], json!(null));
    // Of many series, only that one has none.
    let path = format!("/v1/comparisons?indicator=t-parts&{}", query(true));
    let all = app.get(None, &path).await.expect(200).json();
    let reasons: Vec<(&str, &str)> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["series"].as_str().unwrap(), one["reason"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        reasons,
        [
            ("t-parts.E23000018.P1Y", ""),
            ("t-parts.t-one.P1Y", ""),
            ("t-parts.t-three.P1Y", ""),
            ("t-parts.t-two.P1Y", "part_of_another"),
        ]
    );
}

/// Areas grow at different rates: rates are compared by populations of one year, the one that most areas have.
#[actix_web::test]
async fn areas_are_compared_by_populations_of_one_year() {
    let app = TestApp::new().await;
    areas(&app).await;
    let key = figures_of_areas(&app, "t-years").await;
    let years = |result: &Value| {
        let inputs = result["receipt"]["inputs"].as_array().unwrap().clone();
        let people = inputs.into_iter().filter(|input| input["role"] == "population");
        people.map(|input| input["TIME_PERIOD"].as_str().unwrap().to_owned()).collect::<Vec<String>>()
    };
    // Only one of them has a population of the very year of the figures besides: the others' year is taken.
    let two = json!([{"year": 2012, "people": 500_000}, {"year": 2013, "people": 100_000}]);
    app.patch("admin", "/v1/areas/t-two", json!({"population": two})).await.expect(200);
    let rank = result(&app, &key, "method=peer_rank&peers=t-one,t-two").await;
    assert_eq!((years(&rank), &rank["rank"]), (vec!["2012".to_owned(); 3], &json!(1)), "{rank}");
    // One has none of that year: there is no rank, rather than one by figures of different years.
    app.patch("admin", "/v1/areas/t-two", json!({"population": [{"year": 2015, "people": 500_000}]}))
        .await
        .expect(200);
    let rank = result(&app, &key, "method=peer_rank&peers=t-one,t-two").await;
    assert_eq!(texts(&rank, ["rank", "reason"]), [json!(null), json!("no_population")], "{rank}");
}

#[actix_web::test]
async fn targets_and_baselines_are_those_that_the_indicator_declares() {
    let app = TestApp::new().await;
    let more = json!({
        "targets": [{"value": "100", "operator": "le", "to": "2013-03-30"}, {"value": "90", "operator": "le", "from": "2013-03-31"}],
        "baselines": [{"period": "2009-04-01/P1Y", "label": "The year before the term", "pinned_to": "2011-01-31"},
                      {"period": "2013", "label": "A calendar year"}],
    });
    indicator(&app, "t-aims", more).await;
    let of = [("2009-04-01/P1Y", "200"), ("2011-04-01/P1Y", "99")];
    released(&app, "t-aims", &rows(&of), json!({"first_published": "2011-01-10T09:00:00Z"})).await;
    let revised = [("2009-04-01/P1Y", "150"), (YEAR, "90")];
    released(&app, "t-aims", &rows(&revised), json!({})).await;
    let key = "t-aims.E23000018.P1Y";
    let both =
        compare(&app, key, &format!("method=against_target,baseline&period={YEAR}")).await.expect(200).json();
    let [target, baseline] = [&both["data"][0], &both["data"][1]];
    assert_eq!(
        texts(target, ["target_status", "favourable", "change"]),
        [json!("on_target"), json!(true), json!("0")],
        "{target}"
    );
    assert_eq!(
        texts(baseline, ["change", "change_pct", "favourable"]),
        [json!("-110"), json!("-55.0"), json!(true)],
        "{baseline}"
    );
    assert_eq!(baseline["base"]["label"], "The year before the term (Apr 2009 to Mar 2010)");
    let pinned = &baseline["receipt"]["inputs"][1];
    assert_eq!(
        texts(pinned, ["value", "valid_from"]),
        [json!("200"), json!("2011-01-10T09:00:00Z")],
        "{pinned}"
    );
    let before = result(&app, key, "method=against_target&period=2011-04-01/P1Y").await;
    assert_eq!(before["base"]["value"], "100", "{before}");
    assert_eq!(baseline["receipt"]["warnings"], json!([]), "only one has the period of a year");
    let two = json!({"baselines": [{"period": "2009-04-01/P1Y"}, {"period": "2011-04-01/P1Y"}]});
    indicator(&app, "t-two-bases", two).await;
    released(
        &app,
        "t-two-bases",
        &rows(&[("2009-04-01/P1Y", "200"), ("2011-04-01/P1Y", "99"), (YEAR, "90")]),
        json!({}),
    )
    .await;
    for (period, base, codes) in [
        (YEAR, "the baseline (Apr 2011 to Mar 2012)", json!(["several_baselines"])),
        ("2011-04-01/P1Y", "the baseline (Apr 2009 to Mar 2010)", json!([])),
    ] {
        let found =
            result(&app, "t-two-bases.E23000018.P1Y", &format!("method=baseline&period={period}")).await;
        assert_eq!(found["base"]["label"], base, "{found}");
        let warnings = found["receipt"]["warnings"].as_array().unwrap();
        assert_eq!(json!(warnings.iter().map(|one| &one["code"]).collect::<Vec<_>>()), codes, "{found}");
    }
    let first = compare(&app, "t-two-bases.E23000018.P1Y", "method=baseline&period=2009-04-01/P1Y").await;
    assert_eq!(first.problem(422), ["order"]);
    assert_eq!(first.json()["errors"][0]["parameter"], "period", "{}", first.text());
    indicator(&app, "t-none", json!({})).await;
    released(&app, "t-none", &rows(&[(YEAR, "90")]), json!({})).await;
    let none =
        compare(&app, "t-none.E23000018.P1Y", "method=against_target,baseline").await.expect(200).json();
    let reasons: Vec<&Value> = none["data"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["no_target", "missing_baseline"]);
}

#[actix_web::test]
async fn a_break_lies_between_unless_the_reader_compares_across_it() {
    let app = TestApp::new().await;
    let breaks = json!({"breaks": [{"date": "2012-04-01", "reason": "definition_change"}]});
    indicator(&app, "t-break", breaks).await;
    released(&app, "t-break", &rows(&[(YEAR_BEFORE, "100"), (YEAR, "150")]), json!({})).await;
    let key = "t-break.E23000018.P1Y";
    let plain = result(&app, key, "method=yoy").await;
    assert_eq!(texts(&plain, ["change", "reason"]), [json!(null), json!("break_between")], "{plain}");
    let across = result(&app, key, "method=yoy&across_break=true").await;
    assert_eq!(texts(&across, ["change", "change_pct", "reason"]), [json!("50"), json!("50.0"), json!(null)]);
    assert_eq!(across["receipt"]["warnings"][0]["code"], "across_break");
    assert!(across["receipt"]["citation"].as_str().unwrap().contains("across_break=true"));
}

#[actix_web::test]
async fn a_small_base_has_no_percentage_unless_the_reader_sets_another_limit() {
    let app = TestApp::new().await;
    indicator(&app, "t-small", json!({})).await;
    released(&app, "t-small", &rows(&[(YEAR_BEFORE, "40"), (YEAR, "50")]), json!({})).await;
    let key = "t-small.E23000018.P1Y";
    let plain = result(&app, key, "method=yoy").await;
    assert_eq!(
        texts(&plain, ["change", "change_pct", "reason"]),
        [json!("10"), json!(null), json!("low_base")]
    );
    assert!(!plain["receipt"]["citation"].as_str().unwrap().contains("low_base"));
    let lower = result(&app, key, "method=yoy&low_base=40").await;
    assert_eq!(texts(&lower, ["change", "change_pct", "reason"]), [json!("10"), json!("25.0"), json!(null)]);
    // The address in the receipt gives the same result again.
    let citation = lower["receipt"]["citation"].as_str().unwrap();
    assert!(citation.contains("low_base=40"), "{citation}");
}

#[actix_web::test]
async fn what_makes_no_sense_is_refused_with_what_would_work() {
    let app = TestApp::new().await;
    indicator(&app, "t-year", json!({})).await;
    released(&app, "t-year", &rows(&[(YEAR_BEFORE, "100"), (YEAR, "150")]), json!({})).await;
    let stock = json!({"measure_type": "stock", "frequency": "P1M", "unit": "HOURS"});
    indicator(&app, "t-stock", stock).await;
    released(&app, "t-stock", &rows(&[("2024-01", "7")]), json!({})).await;
    let year = "t-year.E23000018.P1Y";
    for (key, query, status, codes) in [
        (year, "", 400, vec!["required"]),
        (year, "method=growth", 400, vec!["unknown"]),
        (year, "method=yoy&perod=2012", 400, vec!["unknown"]),
        (year, "method=yoy&period=2012-13", 400, vec!["form_of_period"]),
        (year, "method=yoy&period=2012-Q1", 400, vec!["wrong_frequency"]),
        (year, "method=since", 400, vec!["required"]),
        (year, "method=yoy&base=2011-04-01/P1Y", 400, vec!["not_applicable"]),
        (year, "method=yoy&self=true&mean=pooled&peers=siblings", 400, vec!["not_applicable"; 3]),
        (year, "method=rate&across_break=true", 400, vec!["not_applicable"]),
        (year, "method=against_target&low_base=10", 400, vec!["not_applicable"]),
        (year, "method=yoy&low_base=-1", 400, vec!["out_of_range"]),
        (year, "method=peer_rank&peers=nowhere", 400, vec!["unknown"]),
        (year, "method=peer_rank&peers=t-one,t-one", 400, vec!["duplicate"]),
        (year, "method=yoy&period=2012-04-01/P1Y&startPeriod=2011", 400, vec!["conflict"]),
        (year, "method=yoy&asOf=2030-01-01", 400, vec!["out_of_range"]),
        (year, "method=since&base=2012-04-01/P1Y", 422, vec!["order"]),
        (year, "method=since&base=2011", 422, vec!["different_years"]),
        (year, "method=ytd", 422, vec!["not_for_this_frequency"]),
        (year, "method=peer_rank&peers=siblings", 422, vec!["no_peers"]),
        (
            "t-stock.E23000018.P1M",
            "method=rolling12,ytd,rate",
            422,
            vec!["not_for_this_measure", "not_for_this_measure", "not_a_count"],
        ),
    ] {
        let answer = compare(&app, key, query).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
        let mut found: Vec<String> = answer.json()["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["code"].as_str().unwrap().to_owned())
            .collect();
        found.sort_unstable();
        let mut codes = codes;
        codes.sort_unstable();
        assert_eq!(found, codes, "{query}: {}", answer.text());
    }
    compare(&app, "t-year.nowhere.P1Y", "method=yoy").await.problem(404);
}

#[actix_web::test]
async fn many_series_have_the_same_results_as_each_of_them() {
    let app = TestApp::new().await;
    areas(&app).await;
    figures_of_areas(&app, "t-many").await;
    let query = "method=rate,yoy,peer_rank&peers=siblings";
    // The work grows with the square of the areas: for many series it is done for one period.
    for window in ["startPeriod=2012-04-01/P1Y", "endPeriod=2012-04-01/P1Y"] {
        let path = format!("/v1/comparisons?indicator=t-many&method=peer_rank&peers=siblings&{window}");
        let body = app.get(None, &path).await.expect(400).json();
        let name = window.split('=').next().unwrap();
        assert_eq!(
            (&body["errors"][0]["parameter"], &body["errors"][0]["code"]),
            (&json!(name), &json!("too_many"))
        );
    }
    let many = app.get(None, &format!("/v1/comparisons?indicator=t-many&{query}")).await.expect(200);
    let many_json = many.json();
    let data = many_json["data"].as_array().unwrap();
    assert_eq!(data.len(), 12);
    for results in data.chunks(3) {
        let key = results[0]["series"].as_str().unwrap();
        let one = compare(&app, key, query).await;
        if key.contains("t-three") {
            // The only county: refused for itself, null among others.
            assert_eq!(one.problem(422), ["no_peers"]);
            assert_eq!(results[2]["reason"], "no_peers");
            continue;
        }
        assert_eq!(one.expect(200).json()["data"], json!(results), "{key}");
    }
    let path = format!("/v1/comparisons?indicator=t-many&c[AREA]=t-one&{query}&format=csv");
    let csv = app.get(None, &path).await.expect(200);
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    let mut reader = csv::Reader::from_reader(csv.body.as_slice());
    let columns = reader.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 3);
    let cell =
        |row: usize, name: &str| &records[row][columns.iter().position(|column| column == name).unwrap()];
    assert_eq!((cell(0, "method"), cell(0, "current"), cell(0, "unit")), ("rate", "60.00", "RATE_1000"));
    assert_eq!((cell(1, "reason"), cell(1, "change")), ("not_published", ""));
    assert_eq!((cell(2, "rank"), cell(2, "rank_of")), ("2", "3"));
    assert!(cell(0, "formula").contains("60,000") && cell(0, "inputs").contains("\"population\""));
    assert_eq!(cell(2, "warnings"), "");
    // All periods of a series.
    indicator(&app, "t-periods", json!({})).await;
    let all: Vec<(String, String)> =
        (1990..2024).map(|year| (format!("{year}-04-01/P1Y"), year.to_string())).collect();
    let all: Vec<(&str, &str)> =
        all.iter().map(|(period, value)| (period.as_str(), value.as_str())).collect();
    released(&app, "t-periods", &rows(&all), json!({})).await;
    let key = "t-periods.E23000018.P1Y";
    let every = compare(&app, key, "method=yoy&startPeriod=1990-04-01&format=json").await.expect(200).json();
    let changes: Vec<&Value> = every["data"].as_array().unwrap().iter().map(|one| &one["change"]).collect();
    assert_eq!(changes.len(), 34);
    assert!(changes[0].is_null() && changes[1..].iter().all(|change| *change == "1"), "{changes:?}");
    let between =
        compare(&app, key, "method=yoy&startPeriod=2000-04-01/P1Y&endPeriod=2002-04-01/P1Y").await.json();
    assert_eq!(between["data"].as_array().unwrap().len(), 3);
    // Unchanged, unseen and unknown.
    let again = app.request("GET", &format!("/v1/comparisons?indicator=t-many&{query}"));
    again.header("If-None-Match", many.header("etag").unwrap()).send().await.expect(304);
    app.get(None, "/v1/comparisons?method=yoy").await.problem(400);
    app.get(None, "/v1/comparisons?indicator=t-nothing&method=yoy").await.problem(400);
    app.get(None, "/v1/comparisons?indicator=t-many&method=ytd").await.problem(422);
    app.get(None, "/v1/comparisons?indicator=t-many&c[AREA]=x&method=yoy").await.problem(400);
}
