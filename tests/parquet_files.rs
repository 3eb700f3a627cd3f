//! Answers as Parquet: the same columns, rows and values as the CSV, with their types, in parts that fit together.

use std::collections::HashMap;

use ::parquet::basic::{LogicalType, TimeUnit, Type as Physical};
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;
use actix_web::web::Bytes;
use chrono::{NaiveDate, TimeDelta};
use onrecord::clock::Ts;
use serde_json::json;

use crate::downloads::{assert_head_says, assert_parts, quiet};
use crate::releases::{KEY, draft, indicator, published};
use crate::support::{Answer, TestApp};

const PARQUET: &str = "application/vnd.apache.parquet";
const CRIME: &str = "/v1/observations?indicator=recorded-crime-rolling-year";

/// A file as it was read back.
struct File {
    titles: Vec<String>,
    rows: Vec<Vec<Field>>,
    about: HashMap<String, String>,
    reader: SerializedFileReader<Bytes>,
}

fn read(body: &[u8]) -> File {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(body)).unwrap();
    let of_file = reader.metadata().file_metadata();
    let titles = of_file.schema_descr().columns().iter().map(|column| column.name().to_owned()).collect();
    let pairs = of_file.key_value_metadata().unwrap();
    let about = pairs.iter().map(|pair| (pair.key.clone(), pair.value.clone().unwrap())).collect();
    let rows = reader.get_row_iter(None).unwrap();
    let fields =
        |row: ::parquet::record::Row| row.get_column_iter().map(|(_, field)| field.clone()).collect();
    let rows = rows.map(|row| fields(row.unwrap())).collect();
    File { titles, rows, about, reader }
}

/// The shortest text of a number of millionths.
fn shortest(millionths: i128) -> String {
    let size = millionths.unsigned_abs();
    let text = format!("{}.{:06}", size / 1_000_000, size % 1_000_000);
    let sign = if millionths < 0 { "-" } else { "" };
    format!("{sign}{}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A value as the CSV has it.
fn text_of(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Bool(truth) => truth.to_string(),
        Field::Long(number) => number.to_string(),
        Field::Str(text) => text.clone(),
        Field::Date(days) => {
            let day = NaiveDate::default().checked_add_signed(TimeDelta::days(i64::from(*days)));
            day.unwrap().to_string()
        }
        Field::TimestampMicros(micros) => Ts::from_micros(*micros).unwrap().to_string(),
        Field::Decimal(decimal) => {
            let first = if decimal.data()[0] & 0x80 == 0 { 0 } else { 0xff };
            let mut bytes = [first; 16];
            bytes[16 - decimal.data().len()..].copy_from_slice(decimal.data());
            assert_eq!((decimal.precision(), decimal.scale()), (19, 6));
            shortest(i128::from_be_bytes(bytes))
        }
        other => panic!("a value is {other:?}"),
    }
}

fn with(path: &str, format: &str) -> String {
    let and = if path.contains('?') { '&' } else { '?' };
    format!("{path}{and}format={format}")
}

/// The Parquet and the CSV of an address have the same columns, rows and values; how many values are not null.
async fn assert_same(app: &TestApp, path: &str) -> usize {
    let csv = app.get(None, &with(path, "csv")).await.expect(200);
    let answer = app.get(None, &with(path, "parquet")).await.expect(200);
    assert_eq!(answer.header("content-type"), Some(PARQUET), "{path}");
    assert_eq!(answer.header("content-encoding"), None, "{path}");
    assert_ne!(answer.etag(), csv.etag(), "{path}");
    let file = read(&answer.body);
    let mut expected = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.body.as_slice());
    let mut expected = expected.records().map(Result::unwrap);
    assert!(expected.next().unwrap().iter().eq(file.titles.iter()), "{path}: {:?}", file.titles);
    let mut count = 0;
    let mut rows = file.rows.iter();
    for (number, line) in expected.enumerate() {
        let row = rows.next().unwrap_or_else(|| panic!("{path} ends before row {number}"));
        let texts: Vec<String> = row.iter().map(text_of).collect();
        assert!(line.iter().eq(texts.iter()), "{path}, row {number}: {texts:?} is not {line:?}");
        count += row.iter().filter(|field| **field != Field::Null).count();
    }
    assert!(rows.next().is_none(), "{path} has more rows than the CSV");
    count
}

#[actix_web::test]
async fn the_columns_the_rows_and_the_values_are_those_of_the_csv() {
    let app = TestApp::new().await;
    let mut values = 0;
    for path in [
        CRIME.to_owned(),
        format!("{CRIME}&includeHistory=true"),
        format!("{CRIME}&includeHistory=true&labels=both"),
        format!("{CRIME}&labels=name&c[AREA]=E23000018"),
        format!("{CRIME}&asOf=2018-12-01T00:00:00Z&lastNObservations=2"),
        format!("{CRIME}&updatedAfter=2018-12-01"),
        format!("{CRIME}&limit=7"),
        "/v1/observations?indicator=population".to_owned(),
        "/v1/series/recorded-crime-rolling-year.E23000020.violence-with-injury.P1Y-P3M/observations"
            .to_owned(),
    ] {
        let more = assert_same(&app, &path).await;
        assert!(more > 50, "{path} has {more} values");
        values += more;
    }
    assert!(values > 300_000, "{values}");
    // Nothing in the period, and yet the columns.
    assert_eq!(assert_same(&app, &format!("{CRIME}&endPeriod=1990")).await, 0);
}

#[actix_web::test]
async fn figures_of_every_size_and_texts_of_every_sort_are_exact() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let rows = "AREA,OFFENCE,TIME_PERIOD,value,note\n\
        E23000018,burglary,2025-01,999999999999,\"a \"\"quoted\"\" text, with a comma\"\n\
        E23000018,burglary,2025-02,0,\"two\nlines\"\nE23000018,burglary,2025-03,7,=1+1\n";
    published(&app, "REL-1", rows, json!({})).await;
    let path = "/v1/observations?indicator=t-crime";
    assert_same(&app, path).await;
    let file = read(&app.get(None, &with(path, "parquet")).await.expect(200).body);
    let at = |title: &str| file.titles.iter().position(|known| known == title).unwrap();
    let texts: Vec<String> = file.rows.iter().map(|row| text_of(&row[at("OBS_VALUE")])).collect();
    assert_eq!(texts, ["999999999999", "0", "7"]);
    assert_eq!(file.rows[1][at("NOTE")], Field::Str("two\nlines".to_owned()));
    assert_eq!(file.rows[0][at("NUMERATOR")], Field::Null);
}

#[actix_web::test]
async fn each_column_has_its_type_and_the_file_says_what_it_is() {
    let app = TestApp::new().await;
    let path = with(CRIME, "parquet");
    let file = read(&app.get(None, &path).await.expect(200).body);
    let descriptor = file.reader.metadata().file_metadata().schema_descr();
    let of = |title: &str| {
        let column = descriptor.columns().iter().find(|column| column.name() == title).unwrap();
        (column.physical_type(), column.logical_type_ref().cloned())
    };
    assert_eq!(of("OBS_VALUE"), (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::decimal(6, 19))));
    assert_eq!(of("REVISION"), (Physical::INT64, Some(LogicalType::integer(64, true))));
    assert_eq!(of("COMPLETE"), (Physical::BOOLEAN, None));
    assert_eq!(of("VALID_FROM"), (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))));
    for code in ["AREA", "OFFENCE", "TIME_PERIOD", "OBS_STATUS"] {
        assert_eq!(of(code), (Physical::BYTE_ARRAY, Some(LogicalType::String)), "{code}");
        let number = file.titles.iter().position(|title| title == code).unwrap();
        let column = file.reader.metadata().row_group(0).column(number);
        assert!(column.dictionary_page_offset().is_some(), "{code} has a dictionary");
    }
    let about = |key: &str| file.about.get(key).unwrap_or_else(|| panic!("no {key}")).as_str();
    assert_eq!((about("licence"), about("licence_name")), ("OGL-UK-3.0", "Open Government Licence v3.0"));
    assert_eq!(about("address"), format!("{}{path}", app.state.public_url));
    assert!(
        about("attribution").starts_with("OnRecord, http") && about("attribution").contains("ons-recorded")
    );
    assert_eq!(about("licences_of_sources"), "OGL-UK-3.0");
    // The last publication that it shows, and otherwise the moment that was asked for.
    assert_eq!(about("as_of"), "2019-04-25T08:31:00Z");
    let past = app.get(None, &format!("{path}&asOf=2018-12-01T00:00:00Z")).await.expect(200);
    assert_eq!(read(&past.body).about["as_of"], "2018-12-01T00:00:00Z");
    // By `Accept`, and in the metadata of the answer.
    let by_type = app.request("GET", CRIME).header("accept", PARQUET).send().await.expect(200);
    assert_eq!(by_type.header("content-type"), Some(PARQUET));
    let name = by_type.header("content-disposition").unwrap();
    assert!(name.ends_with("recorded-crime-rolling-year-2026-11-01.parquet\""), "{name}");
    let conflict = app.get(None, &format!("{path}&for=spreadsheet")).await;
    assert_eq!(conflict.problem(400), ["conflict"]);
    let unknown = app.get(None, "/v1/observations?indicator=nothing&format=parquet").await;
    assert!([400, 404].contains(&unknown.status), "{}", unknown.status);
}

#[actix_web::test]
async fn it_is_had_in_parts_of_one_body_whoever_makes_it() {
    let app = quiet().await;
    let path = with(CRIME, "parquet");
    // Nobody has asked for it before, so this is the request that makes it.
    let last = app.request("GET", &path).header("range", "bytes=-8").send().await.expect(206);
    assert!(last.body.ends_with(b"PAR1"));
    let whole = app.get(None, &path).await.expect(200);
    assert_eq!((last.etag(), &last.body[..]), (whole.etag(), &whole.body[whole.body.len() - 8..]));
    assert_parts(&app, &path).await;
    assert_head_says(&app, &path, whole.body.len()).await;
    // A page is whole in memory, and is had in parts, too.
    assert_parts(&app, &format!("{path}&limit=20")).await;
    // Another server makes the same bytes of the same data, and another moment changes nothing.
    let other = quiet().await;
    other.set_time("2026-11-01T12:00:02Z");
    let head = other.request("HEAD", &path).send().await.expect(200);
    let again = other.get(None, &path).await.expect(200);
    assert_eq!((head.etag(), again.etag()), (whole.etag(), whole.etag()));
    assert!(again.body == whole.body, "the same tag stands for the same bytes");
}

/// What a range that goes on with an earlier answer gets.
async fn resume(app: &TestApp, path: &str, tag: &str) -> Answer {
    app.request("GET", path).header("range", "bytes=4-").header("if-range", tag).send().await
}

#[actix_web::test]
async fn what_is_hidden_stays_hidden_and_what_is_withdrawn_leaves_the_kept_file() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let rows = |value: &str| {
        format!("AREA,OFFENCE,TIME_PERIOD,value,note\nE23000018,burglary,2025-01,{value},a-note-of-{value}\n")
    };
    let path = "/v1/observations?indicator=t-crime&format=parquet";
    let public = published(&app, "REL-1", &rows("11111"), json!({})).await;
    let first = app.get(None, path).await.expect(200);
    assert_eq!(resume(&app, path, first.etag()).await.expect(206).body, first.body[4..]);
    // A draft, and a release under embargo, change nothing of it for anybody.
    let hidden = draft(&app, "force_analyst", "REL-2", json!({})).await;
    app.put_observations("force_analyst", &hidden, &rows("22222")).await.expect(200);
    for step in ["draft", "embargo"] {
        if step == "embargo" {
            app.step("force_analyst", &hidden, "submit", json!({})).await.expect(200);
            app.step("publisher", &hidden, "publish", json!({"publish_at": "2027-01-04T09:30:00Z"}))
                .await
                .expect(200);
        }
        for who in [None, Some("force_analyst"), Some("panel_officer")] {
            let answer = app.get(who, path).await.expect(200);
            assert_eq!(
                (answer.etag(), answer.body.len()),
                (first.etag(), first.body.len()),
                "{step} {who:?}"
            );
        }
    }
    // Its publication does, and who has the beginning of the old file gets the new one whole.
    app.set_time("2027-01-04T09:31:00Z");
    let second = resume(&app, path, first.etag()).await.expect(200);
    assert_ne!(second.etag(), first.etag());
    let value = |answer: &Answer| {
        let file = read(&answer.body);
        let at = file.titles.iter().position(|title| title == "OBS_VALUE").unwrap();
        text_of(&file.rows[0][at])
    };
    assert_eq!(value(&second), "22222");
    let why = json!({"reason": "made in error"});
    app.step("publisher2", &hidden, "withdraw", why.clone()).await.expect(200);
    app.step("publisher2", &public, "withdraw", why).await.expect(200);
    let gone = resume(&app, path, second.etag()).await.expect(200);
    assert_eq!(value(&gone), "", "a withdrawn figure has no value");
    assert_same(&app, "/v1/observations?indicator=t-crime").await;
    let one = app.get(None, &format!("/v1/series/{KEY}/observations?format=parquet")).await.expect(200);
    assert_eq!(value(&one), "");
}

/// Whether a value says what the CSV says, which has sums of money with all places, and moments as they were written.
fn is_same(field: &Field, text: &str) -> bool {
    let same = match field {
        Field::Decimal(_) if text.contains('.') => {
            Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
        }
        Field::TimestampMicros(_) => Ts::parse(text).map(|moment| moment.to_string()),
        _ => Some(text.to_owned()),
    };
    same == Some(text_of(field))
}

/// All rows of a list as CSV, page after page, its titles first.
async fn all_rows(app: &TestApp, who: Option<&str>, list: &str) -> Vec<csv::StringRecord> {
    let mut rows: Vec<csv::StringRecord> = vec![];
    let mut path = format!("{list}?format=csv&limit=200");
    loop {
        let page = app.get(who, &path).await.expect(200);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(page.body.as_slice());
        let titles = usize::from(!rows.is_empty());
        rows.extend(reader.records().skip(titles).map(Result::unwrap));
        match page.headers_of("link").join(", ").split_once(">; rel=\"next\"") {
            Some((before, _)) => before.rsplit_once('<').unwrap().1.clone_into(&mut path),
            None => return rows,
        }
    }
}

#[actix_web::test]
async fn the_lists_of_kinds_are_whole_tables_with_the_values_of_their_csv() {
    let app = TestApp::new().await;
    let (mut lists, mut values) = (0, 0);
    for kind in &app.state.kinds {
        let list = format!("/v1/{}", kind.def.path);
        let expected = all_rows(&app, None, &list).await;
        let file = read(&app.get(None, &format!("{list}?format=parquet")).await.expect(200).body);
        assert!(expected[0].iter().eq(file.titles.iter()), "{list}: {:?}", file.titles);
        assert_eq!(file.rows.len(), expected.len() - 1, "{list}");
        for (row, line) in file.rows.iter().zip(&expected[1..]) {
            for ((title, field), text) in file.titles.iter().zip(row).zip(line) {
                assert!(
                    is_same(field, text) || (text.is_empty() && *field == Field::Null),
                    "{list}, {title}: {field:?} is not {text:?}"
                );
                values += usize::from(*field != Field::Null);
            }
        }
        lists += 1;
    }
    assert!(lists > 25 && values > 5_000, "{lists} lists with {values} values");
}

#[actix_web::test]
async fn lists_have_types_by_the_document_and_a_page_where_a_limit_is_given() {
    let app = quiet().await;
    let path = "/v1/services?format=parquet&sort=-value";
    let answer = app.get(None, path).await.expect(200);
    let file = read(&answer.body);
    let row = &file.rows[0];
    let of = |title: &str| &row[file.titles.iter().position(|known| known == title).unwrap()];
    assert!(matches!(of("value"), Field::Decimal(_)), "{:?}", of("value"));
    let days = file.titles.iter().position(|title| title == "from").unwrap();
    assert!(file.rows.iter().any(|row| matches!(row[days], Field::Date(_))), "no service has a first day");
    assert!(matches!(of("version"), Field::Long(_)), "{:?}", of("version"));
    assert!(matches!(of("published_at"), Field::TimestampMicros(_)), "{:?}", of("published_at"));
    assert!(matches!(of("reference"), Field::Str(_)), "{:?}", of("reference"));
    let pledges = read(&app.get(None, "/v1/pledges?format=parquet").await.expect(200).body);
    let testable = pledges.titles.iter().position(|title| title == "testable").unwrap();
    assert!(pledges.rows.iter().all(|row| matches!(row[testable], Field::Bool(_))));
    for (path, title) in [("statements", "value"), ("proposals", "change_pct")] {
        let file = read(&app.get(None, &format!("/v1/{path}?format=parquet")).await.expect(200).body);
        let at = file.titles.iter().position(|known| known == title).unwrap();
        assert!(file.rows.iter().any(|row| matches!(row[at], Field::Decimal(_))), "{path}");
        assert!(file.rows.iter().all(|row| matches!(row[at], Field::Decimal(_) | Field::Null)), "{path}");
    }
    assert!(!file.about.contains_key("for_whom"), "{:?}", file.about);
    assert_parts(&app, path).await;
    let page = app.get(None, &format!("{path}&limit=2&fields=reference,from")).await.expect(200);
    assert!(page.headers_of("link").join(", ").contains("rel=\"next\""));
    let page = read(&page.body);
    assert_eq!((page.rows.len(), page.titles), (2, vec!["reference".to_owned(), "from".to_owned()]));
    let conflict = app.get(None, &format!("{path}&include=fund")).await;
    assert_eq!(conflict.problem(400), ["not_in_csv"]);
    // Working versions are only for those who may read them, and the file says so.
    let draft = app.draft("plan").await;
    let id = draft.rsplit('/').next().unwrap();
    let has = |answer: &Answer| {
        let file = read(&answer.body);
        let found = file.rows.iter().any(|row| row.contains(&Field::Str(id.to_owned())));
        (found, file.titles.iter().any(|title| title == "edit"), file.about.contains_key("for_whom"))
    };
    let path = "/v1/plans?format=parquet";
    assert_eq!(has(&app.get(None, path).await.expect(200)), (false, false, false));
    assert_eq!(has(&app.get(Some("editor"), path).await.expect(200)), (true, true, true));
}
