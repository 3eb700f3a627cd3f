//! 360Giving as publishers really write it: titles, one-to-many, dates, amounts, identifiers, and the package.

use onrecord::record::kind::ForeignFile;
use onrecord::resources::threesixty_giving::{Imported, Options, read as read_form};
use serde_json::{Value, json};

use crate::bundles::zipped;
use crate::resources_giving::read;
use crate::support::{Answer, TestApp};

pub const TITLES: [&str; 10] = [
    "Identifier",
    "Title",
    "Description",
    "Currency",
    "Amount Awarded",
    "Award Date",
    "Recipient Org:Identifier",
    "Recipient Org:Name",
    "Funding Org:Identifier",
    "Funding Org:Name",
];

pub const GRANT: [&str; 10] = [
    "360G-somewhere-7",
    "Rowing for all",
    "Boats and a coach.",
    "GBP",
    "1200.50",
    "2026-05-04",
    "GB-CHC-1888881",
    "Somewhere Rowing Club",
    "GB-LAE-YYY",
    "Somewhere District Council",
];

/// A CSV file of these rows.
pub fn csv_of(rows: &[Vec<&str>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(vec![]);
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}

/// A file of one grant, with these columns and values besides the required ones.
pub fn with(more: &[(&str, &str)]) -> Vec<u8> {
    let titles = TITLES.iter().copied().chain(more.iter().map(|(title, _)| *title));
    let cells = GRANT.iter().copied().chain(more.iter().map(|(_, cell)| *cell));
    csv_of(&[titles.collect(), cells.collect()])
}

/// A file of one grant with other values in some of the required columns.
pub fn changed(changes: &[(&str, &str)]) -> Vec<u8> {
    let cell = |(title, cell): (&&'static str, &&'static str)| -> String {
        let change = changes.iter().find(|(changed, _)| changed == title);
        change.map_or(*cell, |(_, text)| *text).to_owned()
    };
    let row: Vec<String> = TITLES.iter().zip(&GRANT).map(cell).collect();
    csv_of(&[TITLES.to_vec(), row.iter().map(String::as_str).collect()])
}

pub fn csv(bytes: &[u8]) -> Imported {
    read(bytes, &Options::default())
}

pub fn codes(imported: &Imported) -> Vec<(u64, &str, &str, bool)> {
    let of = |one: &'_ onrecord::resources::threesixty_giving::Remark| (one.row, one.code, one.fatal);
    let columns = imported.remarks.iter().map(|one| one.column.as_str());
    imported
        .remarks
        .iter()
        .map(of)
        .zip(columns)
        .map(|((row, code, fatal), column)| (row, column, code, fatal))
        .collect()
}

pub fn detail<'a>(imported: &'a Imported, code: &str) -> &'a str {
    let found = imported.remarks.iter().find(|one| one.code == code);
    found.map(|one| one.detail.as_str()).unwrap_or_default()
}

#[test]
fn titles_are_the_same_whatever_their_case_and_their_blanks() {
    let plain = csv(&csv_of(&[TITLES.to_vec(), GRANT.to_vec()]));
    assert!(plain.remarks.is_empty(), "{:?}", plain.remarks);
    let written: [fn(&str) -> String; 7] = [
        |title| title.to_uppercase(),
        |title| title.replace(' ', "\u{a0}"),
        |title| title.replace(':', " : "),
        |title| format!("{title}\u{200b}"),
        |title| title.replace(' ', "\n"),
        |title| format!(" \u{2003}{}\t", title.to_lowercase()),
        |title| title.replace(":", ":0:"),
    ];
    for write in written {
        let titles: Vec<String> = TITLES.iter().map(|title| write(title)).collect();
        let imported = csv(&csv_of(&[titles.iter().map(String::as_str).collect(), GRANT.to_vec()]));
        assert_eq!(codes(&imported), [], "{titles:?}");
        assert_eq!(imported.grants[0].value, plain.grants[0].value);
    }
}

#[test]
fn columns_that_the_standard_does_not_know_are_remarks_and_empty_ones_nothing() {
    let imported = csv(&with(&[("Parish", "St Mary"), ("", ""), ("\u{a0}", " "), ("Notes\nof ours", "")]));
    assert_eq!(
        codes(&imported),
        [(1, "Notes\nof ours", "unknown_column", false), (1, "Parish", "unknown_column", false)]
    );
    assert_eq!(imported.grants.len(), 1);
    // What has values and no title is left out, and that is said.
    let imported = csv(&with(&[("", "spare")]));
    assert_eq!(codes(&imported), [(1, "", "unknown_column", false)]);
    assert!(detail(&imported, "unknown_column").contains("Column 11"));
    // A formula without a result is no text.
    for text in ["#N/A", " #REF! ", "Err:522"] {
        let imported = csv(&changed(&[("Title", text)]));
        assert_eq!(codes(&imported), [(2, "Title", "formula", true)], "{text}");
    }
    // A slip in a title of the standard is shown.
    let imported = csv(&with(&[("Amount Disbursd", "5")]));
    assert!(detail(&imported, "unknown_column").contains("`Amount Disbursed`"));
    assert!(!imported.fatal());
    // What the standard has of an organisation besides is told as the rest of the standard is.
    for title in [
        "Recipient Org:Location:0:Geographic Code",
        "Recipient Org:Location:Name",
        "Funding Org:Location:0:Name",
        "Recipient Org:Organisation Type",
        "Grant Programme:Description",
    ] {
        assert_eq!(codes(&csv(&with(&[(title, "E06000015")]))), [(1, title, "not_held", true)]);
        assert_eq!(codes(&csv(&with(&[(title, "")]))), [(1, title, "not_held", false)]);
    }
    // What the standard knows and grants here cannot hold is left out only where there is nothing.
    assert!(!csv(&with(&[("Actual Dates:Start Date", "")])).fatal());
    assert!(csv(&with(&[("Actual Dates:Start Date", "2026-01-01")])).fatal());
}

#[test]
fn numbered_columns_and_repeated_rows_are_one_grant_with_several_locations() {
    const NAME: &str = "Beneficiary Location:Name";
    const CODE: &str = "Beneficiary Location:Geographic Code";
    let numbered = csv(&with(&[
        ("Beneficiary Location:0:Name", "Upper Weir"),
        ("Beneficiary Location:0:Geographic Code", "E05000011"),
        ("Beneficiary Location:1:Name", "Lower Weir"),
        ("Beneficiary Location:1:Geographic Code", "E05000012"),
    ]));
    let titles: Vec<&str> = TITLES.into_iter().chain([NAME, CODE]).collect();
    let row = |own: &[&'static str], name: &'static str, code: &'static str| -> Vec<&'static str> {
        own.iter().copied().chain([name, code]).collect()
    };
    let mut sparse = [""; 10];
    sparse[0] = GRANT[0];
    let repeated = csv(&csv_of(&[
        titles.clone(),
        row(&GRANT, "Upper Weir", "E05000011"),
        row(&sparse, "Lower Weir", "E05000012"),
        // The same place once more is no third place.
        row(&GRANT, "Upper Weir", "E05000011"),
    ]));
    let places = json!([
        {"name": "Upper Weir", "geo_code": "E05000011"}, {"name": "Lower Weir", "geo_code": "E05000012"},
    ]);
    for imported in [&numbered, &repeated] {
        assert_eq!(imported.grants.len(), 1);
        assert_eq!(imported.grants[0].value["beneficiary_locations"], places);
        assert!(!imported.fatal(), "{:?}", imported.remarks);
    }
    assert_eq!(numbered.grants[0].value, repeated.grants[0].value);
    assert!(codes(&repeated).contains(&(4, "", "duplicate_row", false)), "{:?}", codes(&repeated));
    // The remark about a place is at the row that names it.
    const TYPE: &str = "Beneficiary Location:Geographic Code Type";
    let titles: Vec<&str> = TITLES.into_iter().chain([CODE, TYPE]).collect();
    let odd = csv(&csv_of(&[titles, row(&GRANT, "E05000011", "WD"), row(&sparse, "E05000012", "Parish")]));
    assert_eq!(codes(&odd), [(3, TYPE, "code_type", false)]);
}

#[test]
fn a_row_that_is_pasted_twice_is_a_remark_and_one_that_contradicts_is_refused_at_its_cell() {
    let twice = csv(&csv_of(&[TITLES.to_vec(), GRANT.to_vec(), GRANT.to_vec()]));
    assert_eq!(codes(&twice), [(3, "", "duplicate_row", false)]);
    assert_eq!(twice.grants.len(), 1);
    // Another way of writing the same amount contradicts nothing.
    let mut other = GRANT;
    other[4] = "1200.5";
    assert!(!csv(&csv_of(&[TITLES.to_vec(), GRANT.to_vec(), other.to_vec()])).fatal());
    other[4] = "1300";
    other[1] = "Sailing for all";
    let imported = csv(&csv_of(&[TITLES.to_vec(), GRANT.to_vec(), other.to_vec()]));
    assert_eq!(
        codes(&imported),
        [(3, "Amount Awarded", "contradiction", true), (3, "Title", "contradiction", true)]
    );
    let said = detail(&imported, "contradiction");
    assert!(said.contains("Row 2 has `1200.50`") && said.contains("`1300.00`"), "{said}");
    assert!(imported.grants.is_empty());
}

#[test]
fn several_recipients_are_refused_for_the_reason_that_they_are_several() {
    let columns =
        csv(&with(&[("Recipient Org:1:Identifier", "GB-CHC-1888882"), ("Recipient Org:1:Name", "Oars")]));
    assert!(
        columns.remarks.iter().all(|one| one.code == "one_recipient" && one.fatal),
        "{:?}",
        columns.remarks
    );
    assert!(detail(&columns, "one_recipient").contains("one recipient"));
    let mut other = GRANT;
    other[6] = "GB-CHC-1888882";
    let rows = csv(&csv_of(&[TITLES.to_vec(), GRANT.to_vec(), other.to_vec()]));
    assert_eq!(codes(&rows), [(3, "Recipient Org:Identifier", "one_recipient", true)]);
    // Columns for a second one without anybody in them.
    assert!(!csv(&with(&[("Recipient Org:1:Identifier", ""), ("Recipient Org:1:Name", " ")])).fatal());
    // Numbers that begin at 1 are a way of counting, not a second item.
    let from_one: Vec<String> = TITLES
        .iter()
        .map(|title| title.replace("Org:", "Org:1:"))
        .chain(["Grant Programme:1:Title".to_owned(), "Planned Dates:1:Start Date".to_owned()])
        .collect();
    let cells = GRANT.iter().copied().chain(["Rivers", "2026-06-01"]).collect();
    let counted = csv(&csv_of(&[from_one.iter().map(String::as_str).collect(), cells]));
    assert_eq!(codes(&counted), []);
    let plain =
        csv(&with(&[("Grant Programme:Title", "Rivers"), ("Planned Dates:Start Date", "2026-06-01")]));
    assert_eq!(counted.grants[0].value, plain.grants[0].value);
    let funders = csv(&with(&[("Funding Org:1:Identifier", "GB-LAE-XXX")]));
    assert_eq!(codes(&funders), [(1, "Funding Org:1:Identifier", "one_only", true)]);
}

#[test]
fn planned_dates_can_be_years_and_months_and_date_times_keep_their_own_day() {
    const FROM: &str = "Planned Dates:Start Date";
    const TO: &str = "Planned Dates:End Date";
    for (from, to) in
        [("2026-05", "2026"), ("2026", "2026-05"), ("2026-05-31", "2026-05"), ("2025", "2027-01-01")]
    {
        let imported = csv(&with(&[(FROM, from), (TO, to)]));
        assert!(!imported.fatal(), "{:?}", imported.remarks);
        assert_eq!(imported.grants[0].value["planned_dates"], json!({"from": from, "to": to}));
    }
    let imported = csv(&with(&[(FROM, "2026-06"), (TO, "2026-05")]));
    assert_eq!(codes(&imported), [(2, TO, "out_of_range", true)]);
    for text in ["2026-05-04T00:00:00+01:00", "2026-05-04T23:59:59-08:00", "2026-05-04 00:00:00"] {
        let imported = csv(&changed(&[("Award Date", text)]));
        assert_eq!(codes(&imported), [(2, "Award Date", "time_left_out", false)]);
        assert_eq!(imported.grants[0].value["award_date"], "2026-05-04");
    }
    // An award has a day.
    for text in ["2026-05", "2026", "2026-02-30", "2026-02-30T00:00:00Z"] {
        assert_eq!(
            codes(&csv(&changed(&[("Award Date", text)]))),
            [(2, "Award Date", "date", true)],
            "{text}"
        );
    }
}

#[test]
fn what_is_no_amount_is_refused_with_the_amount_that_it_would_be() {
    for (text, amount) in [
        ("3.4E+05", "`340000`"),
        ("1.2E+06", "`1200000`"),
        ("777.7700000000001", "`777.77`"),
        ("£ 4,321.00", "`4321.00`"),
    ] {
        let imported = csv(&changed(&[("Amount Awarded", text)]));
        assert_eq!(codes(&imported), [(2, "Amount Awarded", "amount", true)]);
        assert!(detail(&imported, "amount").contains(amount), "{text}: {}", detail(&imported, "amount"));
    }
}

#[test]
fn blanks_around_codes_are_removed_and_odd_characters_are_named() {
    let imported = csv(&changed(&[("Recipient Org:Identifier", "GB-CHC-1888881\u{a0}")]));
    assert_eq!(codes(&imported), [(2, "Recipient Org:Identifier", "blanks", false)]);
    assert_eq!(imported.grants[0].value["recipient"]["id"], "GB-CHC-1888881");
    let imported = csv(&changed(&[("Recipient Org:Identifier", "GB-CHC-\u{a0}1888881")]));
    assert!(detail(&imported, "odd_characters").contains("U+00A0"), "{:?}", imported.remarks);
    for (id, code) in [
        ("GB-CHC-SC045678", "other_register"),
        ("GB-NIC-NIC104567", "malformed_number"),
        ("GB-COH-1234567", "malformed_number"),
        ("gb-chc-1888881", "org_id_form"),
    ] {
        let imported = csv(&changed(&[("Recipient Org:Identifier", id)]));
        assert!(imported.remarks.iter().any(|one| one.code == code), "{id}: {:?}", imported.remarks);
    }
}

#[test]
fn the_reference_of_an_identifier_that_no_address_can_have_is_told() {
    for (id, reference) in [
        ("360G-x-a b", "360G-x-a-b"),
        ("360G-x-1,2?#", "360G-x-1-2--"),
        ("360G-x-é", "360G-x--"),
        ("360G-x-a%2Fb", "360G-x-a-2Fb"),
    ] {
        let imported = csv(&changed(&[("Identifier", id)]));
        assert!(detail(&imported, "reference_made").contains(&format!("`{reference}`")), "{id}");
        assert_eq!(imported.grants[0].value["reference"], reference);
        assert_eq!(imported.grants[0].value["identifier"], id);
    }
}

pub fn package_of(grant: Value) -> Value {
    json!({"version": "1.4", "grants": [grant]})
}

pub fn json_grant() -> Value {
    json!({
        "id": GRANT[0], "title": GRANT[1], "description": GRANT[2], "currency": "GBP", "amountAwarded": 1200.5,
        "awardDate": GRANT[5], "recipientOrganization": [{"id": GRANT[6], "name": GRANT[7]}],
        "fundingOrganization": [{"id": GRANT[8], "name": GRANT[9]}],
        "beneficiaryLocation": [{"name": "Upper Weir"}, {"name": "Lower Weir", "latitude": 53.25}],
        "plannedDates": [{"startDate": "2026-06", "duration": 12}], "relatedActivity": ["a;b", "c"],
    })
}

fn package(value: &Value) -> Imported {
    read_form(ForeignFile::Package(value.to_string().as_bytes()), &Options::default())
}

#[test]
fn a_package_is_read_like_its_spreadsheet() {
    let imported = package(&package_of(json_grant()));
    assert!(imported.remarks.iter().all(|one| !one.fatal), "{:?}", imported.remarks);
    let grant = &imported.grants[0].value;
    assert_eq!(grant["amount_awarded"], json!({"amount": "1200.50", "currency": "GBP"}));
    assert_eq!(
        grant["beneficiary_locations"],
        json!([{"name": "Upper Weir"}, {"name": "Lower Weir", "latitude": "53.25"}])
    );
    assert_eq!(grant["planned_dates"], json!({"from": "2026-06", "duration_months": 12}));
    assert_eq!(grant["related_activity"], json!(["a;b", "c"]));
    // Digits as they are written, beyond what a float holds apart.
    let text = package_of(json_grant()).to_string().replace("1200.5", "99999999999.99");
    let exact = read_form(ForeignFile::Package(text.as_bytes()), &Options::default());
    assert_eq!(exact.grants[0].value["amount_awarded"]["amount"], "99999999999.99");
}

#[test]
fn what_is_wrong_in_a_package_is_said_at_its_place() {
    let mut grant = json_grant();
    grant["amountAwarded"] = json!(777.770_000_000_000_1);
    grant["awardDate"] = json!("04/05/2026");
    grant["recipientOrganization"] =
        json!([{"id": "GB-CHC-1", "name": "A"}, {"id": "GB-CHC-2", "name": "B"}]);
    grant["classifications"] = json!([{"title": "Sport"}]);
    grant["fundingOrganization"][0].as_object_mut().unwrap().remove("name");
    grant["ourOwn"] = json!("x");
    grant["recipientOrganization"][0]["location"] = json!([{"geoCode": "E06000015"}]);
    grant["fundingOrganization"][0]["location"] = json!([{"geoCode": "E06000015"}]);
    grant["beneficiaryLocation"][1]["countryCode"] = json!("UK");
    let imported = package(&package_of(grant));
    let errors: Vec<(u64, &str, &str)> = imported
        .remarks
        .iter()
        .filter(|one| one.fatal)
        .map(|one| (one.row, one.column.as_str(), one.code))
        .collect();
    assert_eq!(
        errors,
        [
            (1, "amountAwarded", "amount"),
            (1, "awardDate", "date"),
            (1, "beneficiaryLocation/1/countryCode", "country"),
            (1, "classifications", "not_held"),
            (1, "fundingOrganization/0/location", "not_held"),
            (1, "fundingOrganization/0/name", "required"),
            (1, "recipientOrganization/1", "one_recipient"),
        ]
    );
    assert!(imported.remarks.iter().any(|one| (one.column.as_str(), one.fatal) == ("ourOwn", false)));
    // A group of the wrong type is one fault, not one for each of its fields besides.
    let mut grant = json_grant();
    grant["recipientOrganization"] = json!({"id": "GB-CHC-1", "name": "A"});
    let fatal: Vec<&str> =
        package(&package_of(grant)).remarks.iter().filter(|one| one.fatal).map(|one| one.code).collect();
    assert_eq!(fatal, ["type"]);
    // A mark of the encoding at the beginning is no part of the package; another encoding is named.
    let marked = format!("\u{feff}{}", package_of(json_grant()));
    assert_eq!(read_form(ForeignFile::Package(marked.as_bytes()), &Options::default()).grants.len(), 1);
    let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let refused = read_form(ForeignFile::Package(&wide), &Options::default());
    assert!(refused.remarks[0].detail.contains("UTF-16"), "{:?}", refused.remarks);
    for wrong in [json!({"grants": {}}), json!([]), json!({"grants": [1]}), json!({"grants": []})] {
        assert!(package(&wrong).fatal(), "{wrong}");
    }
}

pub async fn need_organisations(app: &TestApp) {
    for (reference, name, kind) in [
        ("GB-CHC-1888881", "Somewhere Rowing Club", "charity"),
        ("GB-LAE-YYY", "Somewhere District Council", "local_authority"),
    ] {
        let (scheme, id) = reference.rsplit_once('-').unwrap();
        let body = json!({
            "reference": reference, "name": name, "organisation_kind": kind,
            "identifiers": [{"scheme": scheme, "id": id}],
        });
        app.post("admin", "/v1/organisations", body).await.expect(201);
    }
}

fn texts<'a>(answer: &'a Value, field: &str, name: &str) -> Vec<&'a str> {
    let all = answer[field].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|one| one[name].as_str().unwrap_or_default()).collect()
}

async fn import(app: &TestApp, name: &str, bytes: &[u8], query: &str) -> Answer {
    app.post_archive(Some("editor"), query, zipped([(name, bytes)])).await
}

#[actix_web::test]
async fn an_identifier_is_told_where_it_stands_also_when_the_file_is_refused() {
    let app = TestApp::new().await;
    need_organisations(&app).await;
    let typed = changed(&[("Recipient Org:Identifier", "GB-CHC- 1888881")]);
    let refused = import(&app, "grants.csv", &typed, "?dry_run=true").await;
    refused.problem(422);
    let refused = refused.json();
    let error = &refused["errors"][0];
    assert_eq!(
        (&error["column"], &error["line"], &error["code"]),
        (&json!("Recipient Org:Identifier"), &json!(2), &json!("not_yours"))
    );
    let said = error["detail"].as_str().unwrap();
    assert!(said.contains("`GB-CHC- 1888881`") && said.contains("a space"), "{said}");
    assert!(said.contains("Did you mean `GB-CHC-1888881`, “Somewhere Rowing Club”?"), "{said}");
    // Refused for something else: the remarks are there all the same.
    let typed = changed(&[("Recipient Org:Identifier", "GB-COH-1234567"), ("Award Date", "4.5.2026")]);
    let refused = import(&app, "grants.csv", &typed, "?dry_run=true").await.json();
    assert_eq!(texts(&refused, "errors", "code"), ["date", "not_yours"]);
    assert!(texts(&refused, "remarks", "code").contains(&"malformed_number"), "{refused}");
    assert_eq!(refused["remarks"][0]["file"], "grants.csv");
    // A package has pointers.
    let mut grant = json_grant();
    grant["recipientOrganization"][0]["id"] = json!("Somewhere Rowing Club");
    let bytes = package_of(grant).to_string();
    let refused = import(&app, "grants.json", bytes.as_bytes(), "?dry_run=true").await.json();
    assert_eq!(refused["errors"][0]["pointer"], "/grants/0/recipientOrganization/0/id");
}

#[actix_web::test]
async fn another_name_for_a_known_identifier_is_a_remark() {
    let app = TestApp::new().await;
    need_organisations(&app).await;
    let same = changed(&[("Recipient Org:Name", "The Somewhere Rowing Club Ltd")]);
    let answer = import(&app, "grants.csv", &same, "?dry_run=true").await.expect(200).json();
    assert_eq!(answer["remarks"], json!([]));
    let other = changed(&[("Recipient Org:Name", "Elsewhere Sailing Club")]);
    let answer = import(&app, "grants.csv", &other, "?dry_run=true").await.expect(200).json();
    assert_eq!(texts(&answer, "remarks", "code"), ["name_on_record"]);
    assert_eq!(answer["remarks"][0]["column"], "Recipient Org:Name");
    let said = answer["remarks"][0]["detail"].as_str().unwrap();
    assert!(said.contains("“Somewhere Rowing Club”") && said.contains("“Elsewhere Sailing Club”"), "{said}");
}

pub async fn import_grants(
    app: &TestApp,
    who: &str,
    content_type: &str,
    bytes: Vec<u8>,
    query: &str,
) -> Answer {
    let path = format!("/v1/grants/imports{query}");
    app.request("POST", &path).as_role(who).body(content_type, bytes).send().await
}

/// Publishes every grant that is a draft.
pub async fn publish_grants(app: &TestApp) {
    let list = app.get(Some("editor"), "/v1/grants?limit=200").await.expect(200).json();
    for grant in list["data"].as_array().unwrap().iter().filter(|grant| grant["state"] == "draft") {
        let address = grant["self"].as_str().unwrap().to_owned();
        app.ready("grant", &address).await;
        app.step("publisher", &address, "publish", json!({})).await.expect(200);
    }
    app.seal_and_catch_up();
}

#[actix_web::test]
async fn a_bare_file_of_grants_becomes_drafts_with_the_rights_and_checks_of_a_bundle() {
    let app = TestApp::new().await;
    need_organisations(&app).await;
    let file = changed(&[]);
    for who in ["partner", "publisher", "admin", "panel_officer"] {
        import_grants(&app, who, "text/csv", file.clone(), "").await.problem(403);
    }
    app.request("POST", "/v1/grants/imports").body("text/csv", file.clone()).send().await.problem(401);
    let tried =
        import_grants(&app, "editor", "text/csv", file.clone(), "?validate_only=true").await.expect(200);
    assert_eq!((&tried.json()["dry_run"], &tried.json()["records"]), (&json!(true), &json!({"grants": 1})));
    app.get(Some("editor"), "/v1/grants/derbyshire-pcc:360G-somewhere-7").await.problem(404);
    let done = import_grants(&app, "editor", "text/csv", file.clone(), "").await.expect(200).json();
    assert_eq!((&done["records"], &done["remarks"]), (&json!({"grants": 1}), &json!([])));
    app.seal_and_catch_up();
    let grant =
        app.get(Some("editor"), "/v1/grants/derbyshire-pcc:360G-somewhere-7").await.expect(200).json();
    assert_eq!(
        (&grant["state"], &grant["recipient"]["organisation"]),
        (&json!("draft"), &json!("GB-CHC-1888881"))
    );
    // The same grant as a package, by the address of all imports: it is on record.
    let package = package_of(json!({
        "id": GRANT[0], "title": GRANT[1], "description": GRANT[2], "currency": "GBP", "amountAwarded": 1200.50,
        "awardDate": GRANT[5], "recipientOrganization": [{"id": GRANT[6], "name": GRANT[7]}],
        "fundingOrganization": [{"id": GRANT[8], "name": GRANT[9]}],
    }));
    let bytes = package.to_string().into_bytes();
    let again =
        app.request("POST", "/v1/imports").as_role("editor").body("application/json", bytes).send().await;
    assert_eq!(again.expect(200).json()["unchanged"], json!({"grants": 1}));
    // Faults with their row and column, or their place.
    let wrong = import_grants(&app, "editor", "text/csv", changed(&[("Award Date", "soon")]), "").await;
    assert_eq!(wrong.problem(422), ["date"]);
    assert_eq!(wrong.json()["errors"][0]["line"], 2);
    let mut grant = json_grant();
    grant["awardDate"] = json!("soon");
    let wrong =
        import_grants(&app, "editor", "application/json", package_of(grant).to_string().into_bytes(), "")
            .await;
    wrong.problem(422);
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/grants/0/awardDate");
    let ours = import_grants(&app, "editor", "text/csv", b"kind,reference\ngrant,x\n".to_vec(), "").await;
    assert_eq!(ours.problem(422), ["unknown_titles"]);
    import_grants(&app, "editor", "application/zip", zipped([("grants.csv", file.as_slice())]), "")
        .await
        .problem(415);
}

#[actix_web::test]
async fn what_we_give_out_comes_in_again_and_is_the_same() {
    let app = TestApp::new().await;
    need_organisations(&app).await;
    let mut first = json_grant();
    // The standard's spreadsheet puts semicolons between the values of a list and has no way to write one inside a value.
    first["relatedActivity"] = json!(["a", "b and c"]);
    let mut second = first.clone();
    second["id"] = json!("360G-somewhere-8");
    second["title"] = json!("Rowing, \"for\" all\nand more");
    let package = json!({"grants": [first, second]}).to_string();
    import_grants(&app, "editor", "application/json", package.into_bytes(), "").await.expect(200);
    publish_grants(&app).await;
    let forms = [("360giving", "application/json"), ("360giving-csv", "text/csv")];
    let mut given_out = vec![];
    for (format, content_type) in forms {
        let out = app.get(None, &format!("/v1/grants?format={format}")).await.expect(200).body;
        let again = import_grants(&app, "editor", content_type, out.clone(), "").await.expect(200).json();
        assert_eq!((&again["unchanged"], &again["versions"]), (&json!({"grants": 2}), &json!(0)), "{format}");
        given_out.push(out);
    }
    // Elsewhere, from either form, the same comes out.
    for ((format, content_type), out) in forms.iter().zip(&given_out) {
        let other = TestApp::new().await;
        need_organisations(&other).await;
        let done = import_grants(&other, "editor", content_type, out.clone(), "").await.expect(200).json();
        assert_eq!(done["records"], json!({"grants": 2}));
        publish_grants(&other).await;
        let again = other.get(None, "/v1/grants?format=360giving").await.expect(200).json();
        let before: Value = serde_json::from_slice(&given_out[0]).unwrap();
        assert_eq!(again["grants"], before["grants"], "by {format}");
    }
}

#[actix_web::test]
async fn a_list_that_the_spreadsheet_cannot_hold_is_no_other_list_there() {
    let app = TestApp::new().await;
    need_organisations(&app).await;
    let list = |texts: Value| {
        let mut grant = json_grant();
        grant["relatedActivity"] = texts;
        package_of(grant).to_string().into_bytes()
    };
    let done =
        import_grants(&app, "editor", "application/json", list(json!(["a;b", "c"])), "").await.expect(200);
    assert!(texts(&done.json(), "remarks", "code").contains(&"semicolon"));
    publish_grants(&app).await;
    let out = app.get(None, "/v1/grants?format=360giving").await.expect(200).json();
    assert_eq!(out["grants"][0]["relatedActivity"], json!(["a;b", "c"]));
    for query in ["", "&for=spreadsheet"] {
        let refused = app.get(None, &format!("/v1/grants?format=360giving-csv{query}")).await;
        assert_eq!(refused.problem(400), ["semicolon"]);
        let said = refused.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
        assert!(
            said.contains("`360G-somewhere-7` has `a;b`") && said.contains("format=360giving`"),
            "{said}"
        );
    }
    // Without that grant there is a spreadsheet.
    app.get(None, "/v1/grants?format=360giving-csv&award_date[gte]=2027-01-01").await.expect(200);
    // A file that has the list otherwise is no repetition of the grant.
    let other = import_grants(&app, "editor", "application/json", list(json!(["a", "b", "c"])), "").await;
    assert_eq!(other.problem(422), ["taken"]);
}
