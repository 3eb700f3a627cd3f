//! CSV that goes out and comes in, the media types of answers, and texts and days that no one may send.

use onrecord::http::csv::Audience;
use onrecord::http::operation::{Method, Operation};
use onrecord::problem::Fault;
use onrecord::resources;
use serde_json::{Value, json};

use crate::bundles::{imported, zipped};
use crate::releases::{KEY, draft, indicator, published};
use crate::support::TestApp;

/// An indicator of money, with a negative value and texts that look like formulas, published.
async fn underspend(app: &TestApp) -> String {
    let body = json!({
        "reference": "IND-UNDER", "slug": "t-under", "title": "=Underspend", "definition": "Money left.",
        "unit": "GBP", "decimals": 2, "measure_type": "stock", "polarity": "contextual", "frequency": "P1Y",
        "disclosure_profile": "none", "definition_version": 3,
        "dimensions": [{"code": "AREA", "name": "Area", "codes": [{"code": "-1", "name": "=Elsewhere"}]}],
    });
    let address =
        app.post("editor", "/v1/indicators", body).await.expect(201).header("location").unwrap().to_owned();
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let rows = "AREA,TIME_PERIOD,value,reason,note\n-1,2022-04-01/P1Y,-1204.50,-,=see note\n-1,2023-04-01/P1Y,-0.5,'=x,\n";
    published(app, "REL-UNDER", rows, json!({"indicator": "derbyshire-pcc:IND-UNDER"})).await
}

fn column(csv: &str, title: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let at = reader.headers().unwrap().iter().position(|known| known == title).unwrap();
    reader.records().map(|row| row.unwrap()[at].to_owned()).collect()
}

#[actix_web::test]
async fn numbers_are_numbers_in_every_csv_and_texts_are_guarded_for_a_spreadsheet_only() {
    let app = TestApp::new().await;
    let release = underspend(&app).await;
    let key = "t-under.-1.P1Y";
    for (path, value, text) in [
        (format!("/v1/series/{key}/observations?format=csv"), "OBS_VALUE", "NOTE"),
        ("/v1/observations?indicator=t-under&format=csv".to_owned(), "OBS_VALUE", "NOTE"),
        (format!("{release}/observations?format=csv"), "value", "note"),
    ] {
        let plain = app.get(Some("editor"), &path).await.expect(200).text();
        assert!(!plain.starts_with('\u{feff}') && !plain.contains('\r'), "{path}");
        assert_eq!(column(&plain, value), ["-1204.5", "-0.5"], "{path}");
        assert_eq!(column(&plain, text), ["=see note", ""], "{path}");
        let sheet = app.get(Some("editor"), &format!("{path}&for=spreadsheet")).await.expect(200).text();
        assert!(sheet.starts_with('\u{feff}') && sheet.ends_with("\r\n"), "{path}");
        assert_eq!(column(&sheet, value), ["-1204.5", "-0.5"], "{path}");
        assert_eq!(column(&sheet, text), ["'=see note", ""], "{path}");
    }
    // A CSV for a spreadsheet is a CSV, whatever is accepted; JSON for a spreadsheet is a contradiction.
    let list = app.get(None, "/v1/indicators?q=underspend&for=spreadsheet").await.expect(200);
    assert_eq!(list.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(column(&list.text(), "title").contains(&"'=Underspend".to_owned()));
    let list = app.get(None, "/v1/indicators?q=underspend&format=csv").await.expect(200);
    assert!(column(&list.text(), "title").contains(&"=Underspend".to_owned()));
    for path in [
        "/v1/indicators?for=spreadsheet&format=json",
        "/v1/observations?indicator=t-under&for=spreadsheet&format=jsonstat",
    ] {
        assert_eq!(app.get(None, path).await.problem(400), ["conflict"], "{path}");
    }
    let template = "/v1/indicators/derbyshire-pcc:IND-UNDER/template.csv";
    let plain = app.get(None, template).await.expect(200).text();
    assert!(plain.starts_with("AREA,AREA_NAME,") && plain.contains("\n-1,=Elsewhere,"), "{plain}");
    let sheet = app.get(None, &format!("{template}?for=spreadsheet")).await.expect(200).text();
    assert!(sheet.starts_with("\u{feff}AREA,") && sheet.contains("\r\n-1,'=Elsewhere,"), "{sheet}");
}

#[actix_web::test]
async fn figures_for_a_program_and_for_a_spreadsheet_come_in_again_as_they_were() {
    let app = TestApp::new().await;
    underspend(&app).await;
    for (n, query) in ["format=csv", "for=spreadsheet"].iter().enumerate() {
        let file =
            app.get(None, &format!("/v1/observations?indicator=t-under&{query}")).await.expect(200).text();
        let more = json!({"indicator": "derbyshire-pcc:IND-UNDER"});
        let again = draft(&app, "force_analyst", &format!("REL-AGAIN-{n}"), more).await;
        let answer = app.put_observations("force_analyst", &again, &file).await.expect(200).json();
        assert_eq!((&answer["unchanged"], &answer["cells"]), (&json!(2), &json!(2)), "{query}: {answer}");
        let figures = app.get(Some("editor"), &format!("{again}/observations")).await.expect(200).json();
        let texts: Vec<_> =
            figures["data"].as_array().unwrap().iter().map(|cell| [&cell["reason"], &cell["note"]]).collect();
        assert_eq!(json!(texts), json!([["-", "=see note"], ["'=x", null]]), "{query}");
    }
}

#[actix_web::test]
async fn every_list_for_a_spreadsheet_comes_in_again_as_it_was() {
    let app = TestApp::new().await;
    for (n, title) in ["=1+1", "'=1+1", "+44", "-5", "'s own", "@x"].iter().enumerate() {
        let theme = json!({"reference": format!("odd-{n}"), "title": title, "theme_kind": "threat"});
        app.post("admin", "/v1/themes", theme).await.expect(201);
    }
    let json = app.get(None, "/v1/themes?limit=200").await.expect(200).json();
    let csv = app
        .get(None, "/v1/themes?limit=200&for=spreadsheet&fields=reference,title,theme_kind")
        .await
        .expect(200)
        .body;
    let other = TestApp::empty().await;
    imported(&other, zipped([("themes.csv", csv.as_slice())]))
        .unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
    let again = other.get(None, "/v1/themes?limit=200").await.expect(200).json();
    let titles = |list: &Value| {
        list["data"].as_array().unwrap().iter().map(|row| row["title"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&again), titles(&json));
}

/// The reading operations without path parameters, and those of the demo's examples.
fn readable() -> Vec<(&'static Operation, String)> {
    let address = |operation: &'static Operation| {
        let example = operation.example.as_ref().map(|example| example.path.clone());
        let plain = (!operation.path.contains('{')).then(|| operation.path.clone());
        Some((operation, example.or(plain)?))
    };
    resources::operations()
        .iter()
        .filter(|operation| operation.method == Method::Get)
        .filter_map(address)
        .collect()
}

#[actix_web::test]
async fn every_documented_media_type_works_alone_and_so_does_that_of_errors() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for (operation, path) in readable() {
        // JSON-stat has one value for each cell, and the example reads the history.
        let path = path.replace("&includeHistory=true", "");
        let types: Vec<&str> = operation.answers.iter().flat_map(|answer| answer.media_types()).collect();
        // Without its required parameters, an operation refuses the request whatever is accepted.
        let expected = app.get(None, &path).await.status;
        if expected != 200 {
            continue;
        }
        for media_type in types {
            let answer = app.request("GET", &path).header("accept", media_type).send().await;
            assert_eq!(answer.status, 200, "{} as {media_type}: {}", operation.id, answer.text());
            let name = |text: &str| text.split(';').next().unwrap().to_owned();
            assert_eq!(name(answer.header("content-type").unwrap()), name(media_type), "{}", operation.id);
            tried += 1;
        }
        let answer = app.request("GET", &path).header("accept", "application/problem+json").send().await;
        let default = app.get(None, &path).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, default.header("content-type")),
            "{}",
            operation.id
        );
    }
    assert!(tried > 40, "{tried}");
}

#[actix_web::test]
async fn a_format_in_the_query_comes_before_what_is_accepted() {
    let app = TestApp::new().await;
    indicator(&app).await;
    published(&app, "REL-1", "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2025-01,1\n", json!({}))
        .await;
    for (path, media_type) in [
        ("/v1/plans?format=csv".to_owned(), "text/csv; charset=utf-8"),
        (format!("/v1/series/{KEY}/observations?format=csvw"), "application/csvm+json"),
        (format!("/v1/series/{KEY}/observations?format=jsonstat"), "application/json-stat+json"),
        ("/v1/observations?indicator=t-crime&format=csv".to_owned(), "text/csv; charset=utf-8"),
    ] {
        let answer = app.request("GET", &path).header("accept", "text/html").send().await.expect(200);
        assert_eq!(answer.header("content-type"), Some(media_type), "{path}");
    }
    for path in [format!("/v1/series/{KEY}/observations"), "/v1/observations?indicator=t-crime".to_owned()] {
        let sdmx = "application/vnd.sdmx.data+csv;version=2.0.0";
        for accept in
            [sdmx, "application/vnd.sdmx.data+csv", "application/vnd.sdmx.data+csv; version=2.0.0, text/html"]
        {
            let answer = app.request("GET", &path).header("accept", accept).send().await.expect(200);
            assert_eq!(answer.header("content-type"), Some(sdmx), "{accept}");
            let ids = column(&answer.text(), "STRUCTURE_ID");
            assert_eq!(ids, ["ONRECORD:t-crime(1.0.0)"]);
        }
        for accept in ["application/vnd.sdmx.data+csv;version=1.0.0", "application/vnd.sdmx.data+json"] {
            app.request("GET", &path).header("accept", accept).send().await.problem(406);
        }
        // The labels are a parameter of the media type as of the address, and each answer has a tag of its own.
        let mut tags = vec![];
        for labels in ["id", "name", "both"] {
            let accept = format!("application/json;q=0.5, {sdmx}; Labels=\"{labels}\"");
            let answer = app.request("GET", &path).header("accept", &accept).send().await.expect(200);
            assert_eq!(answer.header("content-type"), Some(sdmx), "{accept}");
            let separator = if path.contains('?') { '&' } else { '?' };
            let named = format!("{path}{separator}labels={}", labels.replace("id", "code"));
            let other = app.request("GET", &named).header("accept", sdmx).send().await.expect(200);
            assert_eq!(answer.text(), other.text(), "{accept}");
            tags.push(answer.header("etag").unwrap().to_owned());
        }
        assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
        let unknown = format!("{sdmx};labels=all");
        let refused = app.request("GET", &path).header("accept", &unknown).send().await;
        refused.problem(406);
        assert!(refused.text().contains("`id`, `name` or `both`"), "{}", refused.text());
    }
    // The figures of a series are a page too, those of many are not.
    for (path, query) in [
        (format!("/v1/series/{KEY}/observations"), ""),
        (format!("/v1/series/{KEY}/observations"), "?format=html"),
    ] {
        let answer = app.request("GET", &format!("{path}{query}")).header("accept", "text/html").send().await;
        assert_eq!(answer.expect(200).header("content-type"), Some("text/html; charset=utf-8"));
    }
    let many = "/v1/observations?indicator=t-crime";
    app.request("GET", many).header("accept", "text/html").send().await.problem(406);
}

/// The row and the place of each fault.
fn places(faults: &[Fault]) -> Vec<(Value, Value)> {
    faults
        .iter()
        .map(|fault| {
            let fault = json!(fault);
            (fault["line"].clone(), fault.get("column").or(fault.get("pointer")).unwrap().clone())
        })
        .collect()
}

#[actix_web::test]
async fn a_fault_names_the_row_of_the_sheet_whatever_ends_its_lines() {
    let app = TestApp::new().await;
    let lines = [
        "\u{feff}reference,title,theme_kind,note",
        "l1,One,threat,\"a\nb\n\nc\"",
        "",
        "l2,Two,nonsense,",
        "l3,Three,threat,\"x\ny\"",
        "l4,Four,worse,",
    ];
    for end in ["\n", "\r\n", "\r"] {
        let problem = imported(&app, zipped([("themes.csv", lines.join(end).as_bytes())])).unwrap_err();
        assert_eq!(
            places(&problem.errors),
            [(json!(4), json!("/theme_kind")), (json!(6), json!("/theme_kind"))],
            "{end:?}"
        );
    }
    let mixed = "reference,title,theme_kind\r\nl1,One,threat\rl2,Two,nonsense\n\nl3,Three,worse";
    let problem = imported(&app, zipped([("themes.csv", mixed.as_bytes())])).unwrap_err();
    assert_eq!(places(&problem.errors), [(json!(3), json!("/theme_kind")), (json!(5), json!("/theme_kind"))]);
    indicator(&app).await;
    let address = draft(&app, "force_analyst", "REL-1", json!({})).await;
    let lines = [
        "AREA,OFFENCE,TIME_PERIOD,value,note",
        "E23000018,burglary,2025-01,1,\"a\nb\"",
        "",
        "E23000018,burglary,2025-02,x,",
    ];
    for end in ["\n", "\r\n", "\r"] {
        let answer = app.put_observations("force_analyst", &address, &lines.join(end)).await;
        answer.problem(422);
        assert_eq!(answer.json()["errors"][0]["row"], 4, "{end:?}: {}", answer.text());
    }
}

#[actix_web::test]
async fn control_characters_are_refused_wherever_a_text_comes_in() {
    let app = TestApp::new().await;
    for character in ['\u{1}', '\u{8}', '\u{b}', '\u{1b}', '\u{7f}', '\u{85}', '\u{9f}'] {
        let text = format!("a{character}b");
        let theme = json!({"reference": "t-1", "title": text, "theme_kind": "threat"});
        let answer = app.post("admin", "/v1/themes", theme).await;
        assert_eq!(answer.problem(422), ["control_character"], "{character:?}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "/title");
        let csv = format!("reference,title,theme_kind\nt-1,{text},threat\n");
        let problem = imported(&app, zipped([("themes.csv", csv.as_bytes())])).unwrap_err();
        assert_eq!(problem.errors[0].code, "control_character", "{character:?}");
        let query: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(app.get(None, &format!("/v1/themes?q={query}")).await.problem(400), ["encoding"]);
    }
    indicator(&app).await;
    let address = draft(&app, "force_analyst", "REL-1", json!({})).await;
    for (title, cells) in [("note", "1,a\u{1b}b"), ("reason", "1,a\u{9}\u{7f}")] {
        let rows = format!("AREA,OFFENCE,TIME_PERIOD,value,{title}\nE23000018,burglary,2025-01,{cells}\n");
        let answer = app.put_observations("force_analyst", &address, &rows).await;
        assert_eq!(answer.problem(422), ["control_character"]);
        assert_eq!(
            (&answer.json()["errors"][0]["row"], &answer.json()["errors"][0]["column"]),
            (&json!(2), &json!(title))
        );
    }
    let note = "tab\there, line\nends\r\nand é £ 中";
    let theme = json!({"reference": "t-1", "title": "T", "note": note, "theme_kind": "threat"});
    assert_eq!(app.post("admin", "/v1/themes", theme).await.expect(201).json()["note"], note);
}

#[actix_web::test]
async fn a_day_in_no_year_of_a_record_is_refused_in_bodies_and_queries_alike() {
    let app = TestApp::new().await;
    for (day, status) in [
        ("0000-01-01", 422),
        ("0999-12-31", 422),
        ("1000-01-01", 201),
        ("2999-12-31", 201),
        ("3000-01-01", 422),
        ("9999-12-31", 422),
    ] {
        let plan = json!({"reference": format!("T-{day}"), "title": "x", "from": day, "to": "2999-12-31"});
        let answer = app.post("editor", "/v1/plans", plan).await;
        assert_eq!(answer.status, status, "{day}: {}", answer.text());
        let query = app.get(None, &format!("/v1/plans?from[gte]={day}")).await;
        assert_eq!(query.status, if status == 422 { 400 } else { 200 }, "{day}");
    }
    let release = json!({"reference": "T-1", "title": "x", "indicator": "derbyshire-pcc:IND-HOTSPOT-PATROLS",
        "first_published": "0000-06-01T00:00:00Z"});
    assert_eq!(app.post("editor", "/v1/releases", release).await.problem(422), ["format"]);
    // The same years in the other forms of periods: of every kind with one.
    for (path, field, values) in [
        ("funds", "financial_year", ["0000-04-01/P1Y", "0999-04-01/P1Y", "9999-04-01/P1Y"]),
        ("threats", "financial_year", ["0000-04-01/P1Y", "0999-04-01/P1Y", "9999-04-01/P1Y"]),
        ("statements", "period", ["0000", "0000-04-01/P1Y", "9999-Q1"]),
    ] {
        let kind = app.state.kinds.iter().find(|kind| kind.def.path == path).unwrap();
        for value in values {
            let mut body = app.fresh(kind);
            body[field] = json!(value);
            let refused = app.post("editor", &format!("/v1/{path}"), body).await;
            assert_eq!(refused.problem(422), ["pattern"], "{path} {value}: {}", refused.text());
        }
    }
    for query in ["/v1/funds?financial_year=0000/01", "/v1/funds?financial_year=0000-04-01/P1Y"] {
        app.get(None, query).await.problem(400);
    }
    let csv = "reference,title,from\nT-9,x,0000-01-01\n";
    let problem = imported(&app, zipped([("plans.csv", csv.as_bytes())])).unwrap_err();
    assert!(problem.errors.iter().any(|fault| fault.code == "format"), "{:?}", problem.errors);
}

#[actix_web::test]
async fn rates_per_ten_thousand_and_per_hundred_thousand_are_units() {
    let app = TestApp::new().await;
    for unit in ["RATE_1000", "RATE_10000", "RATE_100000"] {
        let body = json!({
            "reference": unit, "slug": unit.to_lowercase().replace('_', "-"), "title": unit, "definition": "A rate.", "unit": unit,
            "decimals": 1, "measure_type": "mean", "polarity": "contextual", "frequency": "P1Y",
            "disclosure_profile": "none", "definition_version": 1,
            "dimensions": [{"code": "AREA", "name": "Area", "codes": [{"code": "x", "name": "X"}]}],
        });
        let made = app.post("editor", "/v1/indicators", body).await.expect(201);
        assert_eq!(made.json()["unit"], unit);
    }
}

#[test]
fn a_text_for_a_spreadsheet_is_restored_by_taking_one_apostrophe_off() {
    for text in ["=1", "'=1", "-1204.50", "plain"] {
        assert_eq!(Audience::Spreadsheet.read(&Audience::Spreadsheet.text(text)), text);
    }
}

#[actix_web::test]
async fn a_text_of_nothing_that_is_seen_is_refused_in_every_field() {
    let app = TestApp::new().await;
    for blank in ["   ", "\r\n", "\u{200b}", "\u{2060}", "\u{3164}"] {
        let theme = json!({"reference": "t-blank", "title": blank, "summary": blank, "theme_kind": "threat"});
        let refused = app.post("admin", "/v1/themes", theme).await;
        assert_eq!(refused.problem(422), ["invisible", "invisible"], "{blank:?}: {}", refused.text());
    }
    // What is cut says so: the stored title of a long wording.
    let wording = format!("{}{}", "x".repeat(190), " and more than that");
    let pledge = app.post("editor", "/v1/pledges", {
        let mut body = app.fresh(app.state.kind("pledge").unwrap());
        body["wording"] = json!(wording);
        body
    });
    let address = pledge.await.expect(201).header("location").unwrap().to_owned();
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    let inbox = app.get(Some("editor"), "/v1/me").await.expect(200).text();
    assert!(inbox.contains(&format!("{} and more…", "x".repeat(190))), "{inbox}");
}
