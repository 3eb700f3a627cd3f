//! The pages of lists and records: their order, their forms, what belongs to a record, downloads, and what a refusal says.

use serde_json::{Value, json};

use crate::pages::{page, text_of};
use crate::support::TestApp;

async fn json_of(app: &TestApp, path: &str) -> Value {
    app.get(None, path).await.expect(200).json()
}

async fn html_of(app: &TestApp, path: &str) -> String {
    page(app, None, path).await.expect(200).text()
}

/// Where each text begins; they have to be in this order.
fn assert_in_order(html: &str, texts: &[&str]) {
    let places: Vec<usize> = texts
        .iter()
        .map(|text| html.find(text).unwrap_or_else(|| panic!("{text} is not in {html}")))
        .collect();
    assert!(places.is_sorted(), "{texts:?} at {places:?}");
}

#[actix_web::test]
async fn pledges_are_below_their_commissioner_in_the_order_of_their_numbers() {
    let app = TestApp::new().await;
    let html = html_of(&app, "/v1/pledges").await;
    // Those of the later term come first.
    let numbers: Vec<String> = (11..=13).chain(1..=10).map(|number| format!(">PLEDGE-{number}<")).collect();
    assert_in_order(&html, &numbers.iter().map(String::as_str).collect::<Vec<_>>());
    let term = "/v1/office-terms/derbyshire-pcc:TERM-PCC-2012";
    let holder = json_of(&app, term).await["holder"].as_str().unwrap().to_owned();
    assert!(html.contains(&format!("<h2><a href=\"{term}\">{holder}</a></h2>")), "{html}");
    // The form has each term and each rating, and what is left empty does not narrow the list.
    for part in
        ["name=\"term\"", "value=\"derbyshire-pcc:TERM-PCC-2012\"", "name=\"rating\"", "value=\"kept\""]
    {
        assert!(html.contains(part), "{part}");
    }
    let chosen = html_of(&app, "/v1/pledges?q=&term=derbyshire-pcc:TERM-PCC-2012&rating=").await;
    let rows = json_of(&app, "/v1/pledges?term=derbyshire-pcc:TERM-PCC-2012&limit=200").await;
    let rows = rows["data"].as_array().unwrap();
    assert_eq!(chosen.matches("<a href=\"/v1/pledges/").count(), rows.len());
    assert!(chosen.contains("value=\"derbyshire-pcc:TERM-PCC-2012\" selected"), "{chosen}");
    // A program is refused as before.
    app.get(None, "/v1/pledges?rating=").await.problem(400);
}

#[actix_web::test]
async fn lists_with_a_day_begin_with_the_latest_and_meetings_with_the_next() {
    let app = TestApp::new().await;
    let path = "/v1/meetings";
    let rows = json_of(&app, "/v1/meetings?sort=-held_on&limit=200").await;
    let rows = rows["data"].as_array().unwrap();
    let addresses: Vec<String> =
        rows.iter().map(|row| format!("href=\"{}\"", row["self"].as_str().unwrap())).collect();
    let dated: Vec<&str> = rows
        .iter()
        .zip(&addresses)
        .filter(|(row, _)| row["held_on"].is_string())
        .map(|(_, address)| address.as_str())
        .collect();
    let html = html_of(&app, path).await;
    assert!(dated.len() > 3 && !html.contains("To come"));
    let (newest, oldest) = (dated.first().unwrap(), dated.last().unwrap());
    assert_in_order(&html, &[newest, oldest]);
    // The next meeting is the first, one after it the second.
    let mut made = vec![];
    for day in ["2027-03-01", "2027-02-01"] {
        let address = app.draft("meeting").await;
        app.patch("editor", &address, json!({"held_on": day, "status": "scheduled"})).await.expect(200);
        app.ready("meeting", &address).await;
        app.step("publisher", &address, "publish", json!({})).await.expect(200);
        made.push(format!(
            "href=\"{}\"",
            app.get(None, &address).await.expect(200).json()["self"].as_str().unwrap()
        ));
    }
    let html = html_of(&app, path).await;
    assert_in_order(&html, &["To come", &made[1], &made[0], "<h2>Held</h2>", newest, oldest]);
    // The order of a page holds on every further page of it.
    let mut path = "/v1/meetings?limit=2".to_owned();
    let mut found: Vec<String> = vec![];
    loop {
        let html = html_of(&app, &path).await;
        found.extend(
            html.split("<a href=\"/v1/meetings/")
                .skip(1)
                .map(|part| part.split('"').next().unwrap().to_owned()),
        );
        let Some(next) = html.split("<a href=\"").find(|part| part.contains(">The next page<")) else {
            break;
        };
        path = next.split('"').next().unwrap().replace("&#38;", "&");
    }
    let mut all = found.clone();
    all.sort();
    all.dedup();
    let total = json_of(&app, "/v1/meetings?count=true&limit=1").await["page"]["total"].as_u64().unwrap();
    assert_eq!((all.len(), found.len() as u64), (found.len(), total));
}

#[actix_web::test]
async fn a_form_that_is_sent_with_empty_fields_answers() {
    let app = TestApp::new().await;
    for path in ["/v1/search?q=burglary&kind=", "/v1/plans?q=", "/v1/meetings?q=&series=&status="] {
        html_of(&app, path).await;
        app.get(None, path).await.problem(400);
    }
}

#[actix_web::test]
async fn a_record_shows_what_belongs_to_it_and_says_where_there_is_none() {
    let app = TestApp::new().await;
    let one = |list: Value| list["data"][0].clone();
    let with_questions =
        one(json_of(&app, "/v1/questions?limit=1").await)["meeting"].as_str().map(str::to_owned);
    let meeting = match with_questions {
        Some(meeting) => meeting,
        None => {
            let question = app.published("question").await;
            json_of(&app, &question).await["meeting"].as_str().unwrap().to_owned()
        }
    };
    for (record, lists) in [
        ("/v1/office-terms/derbyshire-pcc:TERM-PCC-2012".to_owned(), vec!["/v1/pledges?term="]),
        (format!("/v1/meetings/{meeting}"), vec!["/v1/questions?meeting="]),
        (
            "/v1/reports/derbyshire-pcc:REP-CHILD-PROTECTION-2021".to_owned(),
            vec!["/v1/recommendations?report=", "/v1/progress?report="],
        ),
        (
            "/v1/priorities/derbyshire-pcc:PRI-2".to_owned(),
            vec!["/v1/indicators?priority=", "/v1/statements?priority="],
        ),
    ] {
        let html = html_of(&app, &record).await;
        let name = record.rsplit('/').next().unwrap();
        for list in lists {
            let rows = json_of(&app, &format!("{list}{name}&limit=200")).await;
            let rows = rows["data"].as_array().unwrap();
            assert!(!rows.is_empty(), "{list}{name}");
            let linked = rows
                .iter()
                .filter(|row| html.contains(&format!("href=\"{}\"", row["self"].as_str().unwrap())));
            assert_eq!(linked.count(), rows.len().min(10), "{list} on {record}");
            // The rest is one click away.
            let id = json_of(&app, &record).await["id"].as_str().unwrap().to_owned();
            assert_eq!(html.contains(&format!("href=\"{list}{id}\"")), rows.len() > 10, "{list} on {record}");
        }
    }
    // What is not answered leads to the recommendation, by its words.
    let html = html_of(&app, "/v1/reports/derbyshire-pcc:REP-CHILD-PROTECTION-2021").await;
    let link = "href=\"/v1/recommendations/derbyshire-pcc:REC-CHILD-PROTECTION-2021-1\">Information sharing";
    assert!(html.contains(link), "{html}");
    let terms = json_of(&app, "/v1/office-terms?office=chief_constable").await;
    let without = html_of(&app, terms["data"][0]["self"].as_str().unwrap()).await;
    assert!(text_of(&without).contains("On record for this office term there are no pledges."), "{without}");
}

#[actix_web::test]
async fn every_record_can_be_had_for_a_spreadsheet_and_for_programs() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        let list = json_of(&app, &format!("/v1/{}?limit=1", kind.def.path)).await;
        let Some(row) = list["data"].get(0) else { continue };
        let address = row["self"].as_str().unwrap();
        let html = html_of(&app, address).await;
        let link = |words: &str| {
            let part = html.split("<a href=\"").find(|part| part.contains(&format!(">{words}</a>")));
            let part = part.unwrap_or_else(|| panic!("{address} has no {words}"));
            part.split('"').next().unwrap().replace("&#38;", "&")
        };
        assert_eq!(json_of(&app, &link("For programs (JSON)")).await, json_of(&app, address).await);
        assert_eq!(html.matches("(JSON)").count(), 1, "{address}");
        let csv = app.get(None, &link("CSV")).await.expect(200).text();
        let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
        let titles = reader.headers().unwrap().clone();
        assert_eq!((&titles[0], &titles[1]), ("reference", kind.def.title), "{address}");
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!((rows.len(), &rows[0][0]), (1, row["reference"].as_str().unwrap()), "{address}");
        let at = titles.iter().position(|title| title == "self").unwrap();
        assert_eq!(rows[0][at], format!("{}{address}", app.state.public_url));
        let book = app.get(None, &link("Spreadsheet (XLSX)")).await.expect(200);
        assert!(book.header("content-disposition").unwrap().contains(".xlsx"), "{address}");
    }
    // The title of every kind is beside the reference, also where there is no record of it yet.
    for kind in app.state.kinds.clone() {
        let path = format!("/v1/{}?limit=1&format=csv&for=spreadsheet", kind.def.path);
        let csv = app.get(None, &path).await.expect(200).text();
        let start = format!("\u{feff}reference,{},", kind.def.title);
        assert!(csv.starts_with(&start), "{csv}");
    }
    // A program reads addresses as they are in the JSON.
    let csv = app.get(None, "/v1/plans?format=csv&limit=1").await.expect(200).text();
    assert!(csv.contains(",/v1/plans/"), "{csv}");
}

#[actix_web::test]
async fn a_record_says_what_a_reader_looks_for_and_folds_the_rest() {
    let app = TestApp::new().await;
    // No time is known: only the day.
    let plan = text_of(&html_of(&app, "/v1/plans/derbyshire-pcc:PLAN-2013").await);
    assert!(plan.contains("31 March 2013") && !plan.contains("00:00 UTC"), "{plan}");
    let meeting = text_of(&html_of(&app, "/v1/meetings/derbyshire-pcc:PSM-2022").await);
    for absent in ["Question counts", "State none", "Date basis", "Held on"] {
        assert!(!meeting.contains(absent), "{absent}: {meeting}");
    }
    assert!(meeting.contains("Day of the meeting") && meeting.contains("the source states it"), "{meeting}");
    let rec = html_of(&app, "/v1/recommendations/derbyshire-pcc:REC-CHILD-PROTECTION-2021-1").await;
    let text = text_of(&rec);
    assert!(text.contains("no answer or progress on it alone") && text.contains("in our words"), "{text}");
    for absent in ["Position", "verified by", "under,"] {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
    let list = text_of(&html_of(&app, "/v1/recommendations").await);
    assert!(
        list.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains("open; no answer or progress on it alone"),
        "{list}"
    );
    // What is for programs, and codes by the dozen, are folded; all of it is still there.
    let path = "/v1/indicators/derbyshire-pcc:IND-RECORDED-CRIME-QUARTERLY";
    let html = html_of(&app, path).await;
    for folded in ["Decimals", "Short name", "Definition version"] {
        let before = html.split(folded).next().unwrap();
        assert!(before.rfind("<details>") > before.rfind("</details>"), "{folded} of {path} is not folded");
    }
    let codes = html.split("<summary>Dimensions (").nth(1).unwrap_or_else(|| panic!("{html}"));
    assert!(codes.contains("theft-offences"), "{codes}");
    // A title that ends with a mark of its own gets no second one.
    for path in ["", "/versions", "/thread"] {
        let text = text_of(&html_of(&app, &format!("/v1/pledges/derbyshire-pcc:PLEDGE-1{path}")).await);
        assert!(!text.contains("done..") && text.contains("done."), "{path}: {text}");
    }
}

#[actix_web::test]
async fn a_grant_shows_to_whom_it_was_given_and_a_rating_who_gave_it() {
    let app = TestApp::new().await;
    let grant = html_of(&app, &app.published("grant").await).await;
    for label in ["Recipient", "Funder"] {
        let before = grant.split(&format!("<dt>{label}</dt>")).next().unwrap();
        assert!(
            before.len() < grant.len() && before.rfind("<details>") <= before.rfind("</details>"),
            "{label}"
        );
    }
    let assessment = app.published("assessment").await;
    let assessment = json_of(&app, &assessment).await;
    let pledge = html_of(&app, &format!("/v1/pledges/{}", assessment["pledge"].as_str().unwrap())).await;
    let text = text_of(&pledge);
    assert!(
        !text.contains("Rated by relation") && text.contains(assessment["assessor"].as_str().unwrap()),
        "{text}"
    );
}

#[actix_web::test]
async fn a_refusal_says_what_to_do_and_folds_what_is_for_programs() {
    let app = TestApp::new().await;
    let withdrawn = app.published("plan").await;
    let reason = json!({"reason": "Replaced by a later plan."});
    app.step("publisher2", &withdrawn, "withdraw", reason).await.expect(200);
    for (path, status, said) in [
        ("/v1/nothing", 404, "mistyped"),
        ("/v1/plans/derbyshire-pcc:NO", 404, "mistyped"),
        ("/v1/search?q=%25%25", 400, "no word"),
        ("/v1/pledges?colour=red", 400, "“colour”"),
        ("/v1/plans?as_of=nonsense", 400, "needs a day, such as 2024-03-21"),
        ("/v1/plans?limit=many", 400, "Give a whole number"),
        (withdrawn.as_str(), 410, "Replaced by a later plan."),
    ] {
        let answer = page(&app, None, path).await;
        assert_eq!(answer.status, status, "{path}");
        let html = answer.text();
        let (shown, folded) = html.rsplit_once("<details><summary>For programs</summary>").unwrap();
        let text = text_of(shown);
        assert!(text.contains(said), "{path}: {text}");
        for absent in [
            "urn:uuid",
            "Instance",
            "no_word",
            "body:REFERENCE",
            "[gte]",
            "RFC 3339",
            "%2B",
            "Tombstone",
            "T0",
        ] {
            assert!(!text.contains(absent), "{path}: {absent}: {text}");
        }
        // Backticks are of the API.
        assert!(!text.contains('`'), "{path}: {text}");
        assert!(shown.contains("role=\"search\"") && text.contains("Or look through"), "{path}: {text}");
        assert!(text_of(&format!("</style>{folded}")).contains("urn:uuid"), "{path}: {folded}");
    }
    let tombstone = app.get(None, &withdrawn).await;
    let office = tombstone.json()["tombstone"]["withdrawn_by"].as_str().unwrap().to_owned();
    let name =
        json_of(&app, &format!("/v1/organisations/{office}")).await["name"].as_str().unwrap().to_owned();
    let text = text_of(&page(&app, None, &withdrawn).await.text());
    assert!(text.contains(&name) && text.contains("was withdrawn on"), "{text}");
}

#[actix_web::test]
async fn a_change_begins_with_the_name_of_the_record() {
    let app = TestApp::new().await;
    let changes = json_of(&app, "/v1/changes?limit=20").await;
    for change in changes["data"].as_array().unwrap() {
        let (title, reference) = (change["title"].as_str().unwrap(), change["reference"].as_str().unwrap());
        let sentence = change["sentence"].as_str().unwrap();
        assert!(sentence.starts_with(&format!("“{title}” (")) && sentence.contains(reference), "{sentence}");
    }
    let html = html_of(&app, "/v1/changes?limit=20").await;
    let first = &changes["data"][0];
    let link = format!("<a href=\"{}\">", first["self"].as_str().unwrap());
    let line = html.split(&link).nth(1).unwrap().split("</li>").next().unwrap();
    let soft = format!("<span class=\"soft\">({} {})</span>", "source", first["reference"].as_str().unwrap());
    assert!(line.starts_with(first["title"].as_str().unwrap()), "{line}");
    assert!(first["kind"] != "source" || line.contains(&soft), "{line}");
}

#[actix_web::test]
async fn no_note_of_the_demo_has_a_mark_that_only_its_readme_explains() {
    let app = TestApp::new().await;
    let is_mark = |word: &str| {
        let word = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
        word.strip_prefix('C').is_some_and(|rest| !rest.is_empty() && rest.parse::<u8>().is_ok())
    };
    let mut notes = 0;
    for kind in app.state.kinds.clone() {
        let rows = json_of(&app, &format!("/v1/{}?limit=200", kind.def.path)).await;
        for note in rows["data"].as_array().unwrap().iter().filter_map(|row| row["note"].as_str()) {
            assert!(!note.split_whitespace().any(is_mark), "{note}");
            notes += 1;
        }
    }
    // The notes of figures stand in the files that the demo is loaded from.
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/observations")).unwrap() {
        let rows = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for row in rows.lines() {
            assert!(!row.split([' ', ',', '"']).any(is_mark), "{row}");
            notes += 1;
        }
    }
    assert!(notes > 2_000, "{notes}");
}
