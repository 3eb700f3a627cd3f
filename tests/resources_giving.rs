//! 360Giving: what comes in as the standard's spreadsheet goes out as its package, value by value.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use onrecord::http::csv::Audience;
use onrecord::http::schema::create_schema;
use onrecord::record::kind::{ForeignFile, KnownParty};
use onrecord::resources::kinds;
use onrecord::resources::threesixty_giving::{
    Imported, Meta, Options, Package, Publisher, package, spreadsheet,
};
use serde_json::{Map, Value, json};

use crate::support::{TestApp, writer};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/360giving").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(fixture(name)).unwrap()
}

fn giving(name: &str) -> Imported {
    read(&std::fs::read(fixture(name)).unwrap(), &Options::default())
}

/// Reads a CSV file.
pub fn read(bytes: &[u8], options: &Options) -> Imported {
    onrecord::resources::threesixty_giving::read(ForeignFile::Csv(bytes), options)
}

fn grants(giving: &Imported) -> Vec<Value> {
    giving.grants.iter().map(|entry| entry.value.clone()).collect()
}

fn codes(giving: &Imported) -> Vec<(u64, &str, &str, bool)> {
    giving.remarks.iter().map(|one| (one.row, one.column.as_str(), one.code, one.fatal)).collect()
}

/// The published schema of a package, with the grant's schema under the name that it uses.
fn published() -> jsonschema::Validator {
    let mut grant: Value = serde_json::from_str(&text("360-giving-schema.json")).unwrap();
    let mut package: Value = serde_json::from_str(&text("360-giving-package-schema.json")).unwrap();
    // Its `$schema` names the dialect with `http`, which no validator knows it by.
    for schema in [&mut grant, &mut package] {
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    }
    let used = package["properties"]["grants"]["items"]["$ref"].as_str().unwrap().to_owned();
    grant["$id"] = json!(used);
    package["$defs"] = json!({"grant": grant});
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&package)
        .unwrap()
}

pub fn assert_published(package: &[u8]) -> Value {
    let package: Value = serde_json::from_slice(package).unwrap();
    let faults: Vec<String> =
        published().iter_errors(&package).map(|fault| format!("{} {fault}", fault.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new());
    package
}

/// The path of each title in the standard's JSON, as the published schema has them.
fn paths() -> BTreeMap<String, Vec<String>> {
    let schema: Value = serde_json::from_str(&text("360-giving-schema.json")).unwrap();
    let definition = |reference: &str| &schema["$defs"][reference.trim_start_matches("#/$defs/")];
    let mut all = BTreeMap::new();
    for (name, property) in schema["properties"].as_object().unwrap() {
        let referred = property["$ref"].as_str().map(definition);
        let Some(title) = property["title"].as_str().or_else(|| referred?["title"].as_str()) else {
            continue;
        };
        all.insert(title.to_lowercase(), vec![name.clone()]);
        let Some(item) = property["items"]["$ref"].as_str().map(definition) else { continue };
        for (member, inner) in item["properties"].as_object().unwrap() {
            let inner = inner["title"].as_str().unwrap_or_default();
            all.insert(format!("{title}:{inner}").to_lowercase(), vec![name.clone(), member.clone()]);
        }
    }
    all
}

/// The cell that a value of the package was: in the spreadsheet all is text.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    }
}

/// The same number written in one way; text that is none as it stands.
fn plain(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, rest)) if whole.bytes().all(|byte| byte.is_ascii_digit()) && !whole.is_empty() => {
            format!("{whole}.{}", rest.trim_end_matches('0')).trim_end_matches('.').to_owned()
        }
        _ => text.to_owned(),
    }
}

/// Compares a spreadsheet with a package cell by cell, by the titles and names of the published schema.
pub fn assert_same(sheet: &[u8], package: &Value) {
    let sheet = sheet.strip_prefix("\u{feff}".as_bytes()).unwrap_or(sheet);
    let mut rows = csv::Reader::from_reader(sheet);
    let titles: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
    let paths = paths();
    let mut compared = 0;
    for (row, grant) in rows.records().zip(package["grants"].as_array().unwrap()) {
        for (title, written) in titles.iter().zip(&row.unwrap()) {
            let parts: Vec<&str> = title.split(':').collect();
            let (bare, number) = match parts.as_slice() {
                [group, number, field] => (format!("{group}:{field}"), number.parse::<usize>().unwrap()),
                _ => (title.clone(), 0),
            };
            let found = match paths[&bare.to_lowercase()].as_slice() {
                [name] => &grant[name.as_str()],
                [name, member] => &grant[name.as_str()][number][member.as_str()],
                _ => unreachable!(),
            };
            assert_eq!(plain(written), plain(&cell(found)), "{title} of {}", grant["id"]);
            compared += usize::from(!written.is_empty());
        }
    }
    assert!(compared > 60, "{compared}");
}

#[test]
fn a_spreadsheet_comes_out_as_a_package_that_the_published_schema_takes() {
    let giving = giving("grants.csv");
    assert!(!giving.fatal(), "{:?}", giving.remarks);
    let out = package(&Meta::default(), &grants(&giving)).unwrap();
    assert_same(&std::fs::read(fixture("grants.csv")).unwrap(), &assert_published(&out));
    // Digits as they were, beyond what a float holds apart.
    let out = String::from_utf8(out).unwrap();
    for exact in ["\"amountAwarded\":99999999999.99,", "\"amountAwarded\":0.10,", "\"longitude\":-1.500001,"]
    {
        assert!(out.contains(exact), "{exact}");
    }
}

#[test]
fn and_as_the_spreadsheet_that_it_was() {
    let first = grants(&giving("grants.csv"));
    let sheet = spreadsheet(None, &first, Audience::Program).unwrap();
    assert_same(&sheet, &serde_json::from_slice(&package(&Meta::default(), &first).unwrap()).unwrap());
    let again = read(sheet.as_slice(), &Options::default());
    assert_eq!(grants(&again), first);
}

#[test]
fn what_a_formula_could_be_is_guarded_for_a_spreadsheet_only() {
    let mut grant = grants(&giving("grants.csv")).remove(3);
    grant["title"] = json!("=1+1");
    let all = [grant];
    let sheet = spreadsheet(None, &all, Audience::Program).unwrap();
    assert!(String::from_utf8_lossy(&sheet).contains(",=1+1,"));
    let sheet = spreadsheet(None, &all, Audience::Spreadsheet).unwrap();
    assert!(String::from_utf8_lossy(&sheet).contains(",'=1+1,"));
    let again = read(sheet.as_slice(), &Options::default());
    assert_eq!(again.grants[0].value["title"], "=1+1");
    assert!(
        String::from_utf8_lossy(&package(&Meta::default(), &all).unwrap()).contains("\"title\":\"=1+1\"")
    );
}

#[test]
fn a_package_says_what_it_is() {
    let meta = Meta {
        title: Some("Grants of Nowhere".to_owned()),
        description: Some("All that were awarded.".to_owned()),
        identifier: Some("nowhere-grants".to_owned()),
        publisher: Some(Publisher {
            identifier: Some("GB-LAE-ZZZ".to_owned()),
            name: "Nowhere".to_owned(),
            website: Some("https://nowhere.example.org".to_owned()),
            logo: None,
        }),
        issued: Some("2021-09-01".to_owned()),
        modified: Some("2021-09-01T10:00:00Z".to_owned()),
        download_url: Some("https://nowhere.example.org/v1/grants?format=360giving".to_owned()),
        access_url: Some("https://nowhere.example.org/".to_owned()),
        license: Some("https://creativecommons.org/licenses/by/4.0/".to_owned()),
        base: Some("https://nowhere.example.org".to_owned()),
    };
    // A grant that was written here and not imported: what it does not state, its record tells.
    let grant = json!({
        "id": "0190a1b2", "kind": "grant", "self": "/v1/grants/0190a1b2", "published_at": "2021-08-31T12:00:00Z",
        "identifier": "360G-nowhere-9", "title": "Lamps", "description": "In the alley.", "url": null,
        "amount_awarded": {"amount": "100.00", "currency": "GBP"}, "amount_disbursed": null,
        "award_date": "2021-08-30", "planned_dates": null, "programme": null, "from_open_call": null,
        "recipient": {"organisation": "boxing", "id": "GB-CHC-1999991", "name": "Boxing", "charity_number": null,
            "identifiers": [{"scheme": "GB-COH", "id": "09999991"}, {"scheme": "GB-CHC", "id": "1999991"}]},
        "funder": {"id": "GB-LAE-ZZZ", "name": "Nowhere", "identifiers": []},
        "beneficiary_locations": [{"area": "E05999991", "name": null}, {"area": "alley"}],
        "related_activity": [], "last_modified": null, "data_source": null, "status": "awarded",
    });
    let mut writer = Package::begin(vec![], &meta).unwrap();
    writer.grant(&grant).unwrap();
    let package = assert_published(&writer.finish().unwrap());
    assert_eq!(
        package["grants"][0],
        json!({
            "id": "360G-nowhere-9", "title": "Lamps", "description": "In the alley.", "currency": "GBP",
            "amountAwarded": 100.0, "awardDate": "2021-08-30",
            "recipientOrganization": [{"id": "GB-CHC-1999991", "name": "Boxing", "charityNumber": "1999991",
                "companyNumber": "09999991"}],
            "beneficiaryLocation": [{"geoCode": "E05999991"}],
            "fundingOrganization": [{"id": "GB-LAE-ZZZ", "name": "Nowhere"}],
            "dateModified": "2021-08-31T12:00:00Z",
            "dataSource": "https://nowhere.example.org/v1/grants/0190a1b2",
        })
    );
    assert_eq!((&package["version"], &package["publisher"]["name"]), (&json!("1.4"), &json!("Nowhere")));
    assert_eq!(package["downloadURL"], "https://nowhere.example.org/v1/grants?format=360giving");
}

#[actix_web::test]
async fn what_post_took_comes_out_as_it_came_in() {
    let app = TestApp::new().await;
    let giving = giving("grants.csv");
    for entry in &giving.organisations {
        app.post("admin", "/v1/organisations", entry.value.clone()).await.expect(201);
    }
    let mut shown = vec![];
    for (n, entry) in giving.grants.iter().enumerate() {
        let mut body = entry.value.clone();
        // The home that the importer would give it.
        let example = app.fresh(app.state.kind("grant").unwrap());
        for home in ["body", "owner"].into_iter().filter(|home| !example[*home].is_null()) {
            body[home] = example[home].clone();
        }
        body["reference"] = json!(format!("GIVING-{n}"));
        let answer = app.post(writer(app.state.kind("grant").unwrap()), "/v1/grants", body).await;
        shown.push(answer.expect(201).json());
    }
    let package = assert_published(&package(&Meta::default(), &shown).unwrap());
    assert_same(&std::fs::read(fixture("grants.csv")).unwrap(), &package);
}

#[test]
fn rows_become_lines_that_post_takes() {
    let giving = giving("grants.csv");
    for (path, entries) in [("grants", &giving.grants), ("organisations", &giving.organisations)] {
        let kind = kinds().into_iter().find(|kind| kind.def.path == path).unwrap();
        let schema = jsonschema::options().should_validate_formats(true).build(&create_schema(kind)).unwrap();
        for entry in entries {
            let faults: Vec<String> =
                schema.iter_errors(&entry.value).map(|fault| fault.to_string()).collect();
            assert_eq!(faults, Vec::<String>::new(), "{}", entry.value);
        }
    }
    let grants = grants(&giving);
    let references: Vec<&Value> = grants.iter().map(|grant| &grant["reference"]).collect();
    // What one identifier has for a stroke the next has for a dash: both have a name of their own.
    assert_eq!(
        references,
        ["360G-nowhere-2021-01", "360G-nowhere-2021-01-2", "360G-nowhere-3", "360G-nowhere-4"]
    );
    assert_eq!(grants[2]["recipient"]["name"], "Nowhere Boxing");
    assert_eq!(grants[2]["recipient"]["organisation"], "GB-CHC-1999991");
    assert_eq!(grants[1]["title"], " Street lamps");
    assert_eq!(grants[0]["status"], "not_reported");
    let organisations: Vec<(u64, Value)> =
        giving.organisations.iter().map(|entry| (entry.row, entry.value.clone())).collect();
    assert_eq!(
        organisations,
        [
            (
                2,
                json!({"reference": "GB-CHC-1999991", "name": "Nowhere Boxing Trust", "organisation_kind": "charity",
                "identifiers": [{"scheme": "GB-CHC", "id": "1999991"}, {"scheme": "GB-COH", "id": "09999991"}]})
            ),
            (
                2,
                json!({"reference": "GB-LAE-ZZZ", "name": "Nowhere Borough Council",
                "organisation_kind": "local_authority", "identifiers": [{"scheme": "GB-LAE", "id": "ZZZ"}]})
            ),
            (
                3,
                json!({"reference": "360G-nowhere-friends_of_st_hilda-s", "name": "Friends of St Hilda's",
                "organisation_kind": "other",
                "identifiers": [{"scheme": "360G", "id": "nowhere-friends_of_st_hilda’s"}]})
            ),
            (
                5,
                json!({"reference": "GB-COH-09999992", "name": "Warden Watch CIC", "organisation_kind": "other",
                "identifiers": [{"scheme": "GB-COH", "id": "09999992"}]})
            ),
        ]
    );
}

#[test]
fn what_the_caller_knows_is_used() {
    let object = |value: Value| -> Map<String, Value> { value.as_object().unwrap().clone() };
    let council =
        KnownParty { reference: "nowhere-council".to_owned(), name: "Nowhere Borough Council".to_owned() };
    let options = Options {
        grant: object(json!({"body": "nowhere-pcc", "status": "completed"})),
        organisation: object(json!({"sources": [{"source": "register"}]})),
        known: BTreeMap::from([("GB-LAE-ZZZ".to_owned(), council)]),
    };
    let giving = read(&std::fs::read(fixture("grants.csv")).unwrap(), &options);
    let first = &giving.grants[0].value;
    assert_eq!(first["funder"]["organisation"], "nowhere-council");
    assert_eq!((&first["body"], &first["status"]), (&json!("nowhere-pcc"), &json!("completed")));
    assert_eq!(giving.organisations.len(), 3);
    assert_eq!(giving.organisations[0].value["sources"][0]["source"], "register");
}

#[test]
fn what_is_wrong_is_reported_by_row_and_column_all_at_once() {
    const R: &str = "Recipient Org:Identifier";
    let giving = giving("faults.csv");
    let expected = [
        (1, "Award Dates", "unknown_column", false),
        // An empty column leaves nothing out.
        (1, "Recipient Ind:Name", "not_held", false),
        (3, "Funding Org:Name", "required", true),
        (3, "Title", "required", true),
        (4, "Amount Applied For", "amount", true),
        (4, "Amount Awarded", "amount", true),
        (4, "Amount Disbursed", "amount", true),
        (5, "Award Date", "date", true),
        (5, "Last modified", "date_time", true),
        (6, "Currency", "currency", true),
        (7, "Amount Awarded", "contradiction", true),
        (8, "Data Source", "url", true),
        (8, "URL", "url", true),
        // Row 9 is an empty line: a spreadsheet counts it.
        (10, "Beneficiary Location:Country Code", "country", true),
        (10, "Beneficiary Location:Latitude", "number", true),
        (10, "From an open call?", "yes_no", true),
        (11, "Planned Dates:Duration (months)", "number", true),
        (12, "Planned Dates:End Date", "out_of_range", true),
        (13, "Award Date", "after_modified", false),
        (13, "Description", "cut_off", false),
        (13, "Title", "long_title", false),
        (14, "Description", "mojibake", false),
        (14, "Recipient Org:Name", "other_name", false),
        (15, "Recipient Org:Charity Number", "contradiction", false),
        (15, "Recipient Org:Charity Number", "other_number", false),
        (15, "Recipient Org:Company Number", "malformed_number", false),
        (15, "Recipient Org:Company Number", "other_number", false),
        (16, "Identifier", "identifier_form", false),
        (16, R, "org_id_form", false),
        (16, R, "other_identifier", false),
        (17, R, "other_prefix", false),
        (17, R, "own_identifier", false),
        (18, "", "empty_row", false),
        (19, "Recipient Org:Company Number", "number_missing", false),
        (19, R, "malformed_number", false),
        (19, R, "other_identifier", false),
        (19, "Recipient Org:Postal Code", "postcode", false),
        (20, "Beneficiary Location:Geographic Code", "half_a_code", false),
        (20, "Beneficiary Location:Geographic Code Type", "code_type", false),
        (20, "Identifier", "same_award", false),
        (21, "Amount Awarded", "nothing_awarded", false),
        (21, "Amount Disbursed", "more_than_awarded", false),
        (22, "Title", "near_title", false),
        (23, "Title", "near_title", false),
        (24, R, "other_register", false),
        (24, "Title", "near_title", false),
    ];
    assert_eq!(codes(&giving), expected);
    assert!(giving.fatal());
    let said = |row: u64, column: &str| {
        let found = giving.remarks.iter().find(|one| one.row == row && one.column == column);
        found.map(|one| one.detail.clone()).unwrap_or_default()
    };
    assert!(said(1, "Award Dates").contains("`Award Date`"));
    assert!(said(4, "Amount Awarded").contains("`1000.00`"));
    assert!(said(7, "Amount Awarded").contains("Row 2 has `101.00`"));
    assert!(said(14, "Description").contains("The girl’s café"));
    // Rows with nothing wrong are there all the same, for who wants to look at them.
    assert_eq!(
        giving.grants.iter().map(|entry| entry.row).collect::<Vec<_>>(),
        [13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24]
    );
}

#[test]
fn a_file_that_is_no_spreadsheet_is_refused() {
    let remarks_of = |bytes: &[u8]| -> Vec<(u64, String, &'static str)> {
        let giving = read(bytes, &Options::default());
        assert!(giving.fatal() && giving.grants.is_empty());
        giving.remarks.iter().map(|one| (one.row, one.column.clone(), one.code)).collect()
    };
    assert_eq!(remarks_of(b"PK\x03\x04rest"), [(1, String::new(), "not_text")]);
    assert_eq!(remarks_of(b"\xff\xfeI\0d\0"), [(1, String::new(), "not_text")]);
    assert_eq!(remarks_of(b"Identifier;Title;Description\n"), [(1, String::new(), "not_commas")]);
    assert!(remarks_of(b"").iter().any(|one| one.2 == "no_grants" || one.2 == "missing_column"));
    let missing: Vec<_> = remarks_of(b"Identifier,Identifier\n1,2\n").iter().map(|one| one.2).collect();
    assert_eq!(missing.iter().filter(|code| **code == "missing_column").count(), 9);
    assert!(missing.contains(&"duplicate_column"));

    let good = std::fs::read(fixture("grants.csv")).unwrap();
    let latin: Vec<u8> = String::from_utf8(good.clone()).unwrap().replace("café", "caf\u{1}").into_bytes();
    let latin: Vec<u8> = latin.into_iter().map(|byte| if byte == 1 { 0xe9 } else { byte }).collect();
    let giving = read(latin.as_slice(), &Options::default());
    assert!(codes(&giving).contains(&(2, "Description", "encoding", true)));

    let text = String::from_utf8(good).unwrap();
    let open = text.replace("Wardens on three", "\"Wardens on three");
    let giving = read(open.as_bytes(), &Options::default());
    assert!(giving.remarks.iter().any(|one| one.code == "open_quote"), "{:?}", giving.remarks);
    let short = text.replace("360G-nowhere-4,Patrols", "360G-nowhere-4 Patrols");
    let giving = read(short.as_bytes(), &Options::default());
    // The second row's description has a line end inside; a spreadsheet counts the row and not the line.
    assert!(codes(&giving).contains(&(5, "", "cells", true)), "{:?}", giving.remarks);
}

/// Text of such characters only is an empty cell: nobody would see anything in it.
fn shows_nothing(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || "\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2060}\u{feff}".contains(letter)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    /// Whatever the words and the pence: they come out as they came in, as package and as spreadsheet.
    #[test]
    fn words_and_pence_come_out_as_they_came_in(
        title in "\\PC{0,40}", description in "(?s).{0,80}", name in "['=+@ -]{0,3}\\PC{0,20}", pence in 0_u64..10_000_000_000_000,
    ) {
        let amount = format!("{}.{:02}", pence / 100, pence % 100);
        let mut writer = csv::Writer::from_writer(vec![]);
        writer.write_record([
            "Identifier", "Title", "Description", "Currency", "Amount Awarded", "Award Date", "Recipient Org:Identifier",
            "Recipient Org:Name", "Funding Org:Identifier", "Funding Org:Name",
        ]).unwrap();
        writer.write_record([
            "360G-a-1", &title, &description, "GBP", &amount, "2021-06-01", "GB-CHC-1999991", &name, "GB-LAE-ZZZ", "Z",
        ]).unwrap();
        let giving = read(writer.into_inner().unwrap().as_slice(), &Options::default());
        let guarded = giving.remarks.iter().any(|remark| remark.code == "guarded");
        let blank = [&title, &description, &name].iter().any(|text| text.chars().all(shows_nothing));
        let refused = blank || description.contains('\0') || giving.remarks.iter().any(|one| one.code == "open_quote");
        proptest::prop_assert_eq!(giving.fatal(), refused, "{:?}", giving.remarks);
        if !refused {
            let first = grants(&giving);
            let out = String::from_utf8(package(&Meta::default(), &first).unwrap()).unwrap();
            let number = format!("\"amountAwarded\":{amount},");
            proptest::prop_assert!(out.contains(&number));
            if !guarded {
                let out: Value = serde_json::from_str(&out).unwrap();
                let grant = &out["grants"][0];
                proptest::prop_assert_eq!(&grant["title"], &json!(title));
                proptest::prop_assert_eq!(&grant["description"], &json!(description));
                proptest::prop_assert_eq!(&grant["recipientOrganization"][0]["name"], &json!(name));
            }
            let sheet = spreadsheet(None, &first, Audience::Program).unwrap();
            proptest::prop_assert_eq!(grants(&read(sheet.as_slice(), &Options::default())), first);
        }
    }
}
