//! Workbooks.

use onrecord::sheet::{ODS, XLSX};
use serde_json::{Value, json};

use super::Attacked;
use crate::releases::{draft, indicator};
use crate::support::TestApp;
use crate::support::samples::{SampleSheet, archive, ods, xlsx_parts};

const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook with one sheet of these rows, and these further parts.
fn workbook(rows: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let sheet = SampleSheet { name: "a", rows, ..SampleSheet::default() };
    let mut parts = xlsx_parts(&[sheet], "<sst/>", &[]);
    parts.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    let mut parts: Vec<(&str, &str)> =
        parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    parts.extend_from_slice(more);
    archive(&parts)
}

fn codes(answers: &[Value]) -> Vec<String> {
    let code = |answer: &Value| answer["errors"][0]["code"].as_str().unwrap_or("413").to_owned();
    let mut codes: Vec<String> = answers.iter().map(code).collect();
    codes.dedup();
    codes
}

#[test]
fn styles_that_multiply_are_refused() {
    let attacked = Attacked::new();
    let styles = |font: usize, format: usize, xfs: usize| {
        format!(
            "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"{}\"/></numFmts><fonts><font><name val=\"{}\"/></font></fonts>\
             <cellXfs>{}</cellXfs></styleSheet>",
            "0".repeat(format),
            "F".repeat(font),
            "<xf numFmtId=\"164\" fontId=\"0\"/>".repeat(xfs)
        )
    };
    for (what, styles) in [
        ("font names", styles(1_000_000, 1, 8_000)),
        ("shorter font names", styles(200_000, 1, 8_000)),
        ("number formats", styles(1, 10_000, 300_000)),
        ("styles", styles(1, 1, 700_000)),
    ] {
        let file = workbook("", &[("xl/styles.xml", &styles)]);
        attacked.refused_upload(what, XLSX, Value::Null, &file);
    }
}

/// The file says which of its parts are texts, styles and sheets. Whatever it says, only what was checked as XML is read.
#[test]
fn a_part_that_was_not_checked_is_not_read() {
    let attacked = Attacked::new();
    let large = " a=\"\"".repeat(3 << 20);
    let texts = format!("<sst{large}/>");
    let styles = format!(
        "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"{}\"/></numFmts></styleSheet>",
        ";".repeat(20 << 20)
    );
    let links = |kind: &str, target: &str| {
        format!(
            "<Relationships><Relationship Id=\"r0\" Type=\"{REL}/worksheet\" Target=\"worksheets/sheet0.xml\"/>
             <Relationship Id=\"r9\" Type=\"{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    for (what, kind, target, part, text) in [
        (
            "texts elsewhere",
            format!("{REL}/sharedStrings"),
            "/customXml/item1.xml",
            "customXml/item1.xml",
            &texts,
        ),
        ("texts by another ending", format!("{REL}/sharedStrings"), "texts.bin", "xl/texts.bin", &texts),
        (
            "texts as links",
            format!("{REL}/sharedStrings"),
            "_rels/a.rels",
            "xl/_rels/a.rels",
            &"<sst/>".to_owned(),
        ),
        ("styles by another ending", format!("{REL}/styles"), "styles.bin", "xl/styles.bin", &styles),
        ("styles by a reference", REL.to_owned() + "&#47;styles", "styles.bin", "xl/styles.bin", &styles),
    ] {
        let links = links(&kind, target);
        let file = workbook("", &[("xl/_rels/workbook.xml.rels", &links), (part, text)]);
        let answers = attacked.refused_upload(what, XLSX, Value::Null, &file);
        assert_eq!(codes(&answers), ["not_a_workbook"], "{what}: {answers:?}");
    }
    let sheet = "<Relationships><Relationship Id=\"r0\" Type=\"http:&#47;&#47;x&#47;worksheet\" Target=\"sheet1.bin\"/></Relationships>";
    let large = format!("<worksheet{large}/>");
    let file = workbook("", &[("xl/_rels/workbook.xml.rels", sheet), ("xl/sheet1.bin", &large)]);
    attacked.refused_upload("a sheet by another ending", XLSX, Value::Null, &file);
}

#[test]
fn parts_that_grow_when_they_are_read_are_refused() {
    let attacked = Attacked::new();
    let deep = format!("{}{}", "<a>".repeat(10_000_000), "</a>".repeat(10_000_000));
    let one_text = format!("<row><c t=\"inlineStr\"><is><t>{}</t></is></c></row>", "a".repeat(100 << 20));
    let texts = format!("<sst>{}</sst>", "<si><t/></si>".repeat(1_800_000));
    let sheets = format!(
        "<workbook><sheets>{}</sheets></workbook>",
        "<sheet name=\"a\" r:id=\"r1\"/>".repeat(800_000)
    );
    let long_link = format!(
        "<Relationships><Relationship Id=\"r1\" Type=\"{REL}/worksheet\" Target=\"{}.xml\"/></Relationships>",
        "a".repeat(200_000)
    );
    let names = format!(
        "<workbook><sheets/>{}</workbook>",
        "<definedName name=\"a\">b</definedName>".repeat(900_000)
    );
    for (what, rows, part, text) in [
        ("nesting", deep.as_str(), "xl/q.xml", "<a/>"),
        ("one long text", one_text.as_str(), "xl/q.xml", "<a/>"),
        ("many texts", "", "xl/sharedStrings.xml", texts.as_str()),
        ("declared texts", "", "xl/sharedStrings.xml", "<sst uniqueCount=\"900000000\"/>"),
        ("many sheets", "", "xl/workbook.xml", sheets.as_str()),
        ("long names of parts", "", "xl/_rels/workbook.xml.rels", long_link.as_str()),
        ("defined names", "", "xl/workbook.xml", names.as_str()),
        ("unpacked", &" ".repeat(300 << 20), "xl/q.xml", "<a/>"),
    ] {
        let file = workbook(rows, &[(part, text)]);
        let answers = attacked.refused_upload(what, XLSX, Value::Null, &file);
        assert!(
            ["not_a_workbook", "too_large"].contains(&codes(&answers)[0].as_str()),
            "{what}: {answers:?}"
        );
    }
}

/// A row is whole in memory before anybody looks at it, whatever makes its texts long.
#[test]
fn a_row_of_too_much_text_is_refused_while_it_is_read() {
    let attacked = Attacked::new();
    let texts = format!("<sst><si><t>{}</t></si></sst>", "1".repeat(200_000));
    let styles = "<styleSheet><fonts><font><vertAlign val=\"superscript\"/></font></fonts><cellXfs><xf fontId=\"0\" applyFont=\"1\"/></cellXfs></styleSheet>";
    let raised = format!("<row r=\"1\">{}</row>", "<c t=\"s\" s=\"0\"><v>0</v></c>".repeat(2_000));
    let raised = workbook(&raised, &[("xl/sharedStrings.xml", &texts), ("xl/styles.xml", styles)]);
    attacked.refused_upload("raised digits", XLSX, Value::Null, &raised);
    let spaces = "<table:table-cell office:value-type=\"string\"><text:p><text:s text:c=\"9000\"/>a</text:p></table:table-cell>";
    for (what, row) in [
        ("spaces", spaces.repeat(3_000)),
        ("spaces after a table", format!("<table:table/>{}", spaces.repeat(3_000))),
    ] {
        let rows = format!("<table:table-row>{row}</table:table-row>");
        let tables = format!("<table:table table:name=\"a\">{rows}</table:table>");
        attacked.refused_upload(what, ODS, Value::Null, &ods("", &tables));
    }
}

/// Each sheet that is read costs what is gone through for it, whatever its part is called and whether it is shown.
#[test]
fn sheets_that_are_read_again_and_again_are_refused() {
    let attacked = Attacked::new();
    // One comment: what is gone through counts, and many elements would only take the test longer.
    let filler = format!("<!--{}-->", "x".repeat(12 << 20));
    let hidden = "<table:table table:name=\"h\" table:style-name=\"ta\"/>".repeat(60);
    let content = format!(
        "<office:document-content><office:automatic-styles><style:style style:name=\"ta\" style:family=\"table\"><style:table-properties table:display=\"false\"/></style:style></office:automatic-styles><office:body><office:spreadsheet>{filler}<table:table table:name=\"v\"/>{hidden}</office:spreadsheet></office:body></office:document-content>"
    );
    for (what, part) in
        [("hidden sheets", "content.xml"), ("hidden sheets of another spelling", "Content.xml")]
    {
        let file = archive(&[("mimetype", ODS), (part, &content)]);
        attacked.refused_upload(what, ODS, json!({"sheet": "v"}), &file);
    }
}

/// A row with a year, a value and a note that all rows share.
fn sharing_row(n: usize) -> String {
    let year = 1000 + n % 1000;
    format!(
        "<row r=\"{n}\"><c t=\"str\"><v>E23000018</v></c><c t=\"str\"><v>{year}-04-01/P1Y</v></c><c><v>1</v></c><c t=\"s\"><v>0</v></c></row>"
    )
}

#[test]
fn a_text_that_all_cells_share_is_refused_where_it_becomes_too_much() {
    let attacked = Attacked::new();
    let texts = |length: usize| format!("<sst><si><t>{}</t></si></sst>", "a".repeat(length));
    let header = "<row r=\"1\"><c t=\"str\"><v>AREA</v></c><c t=\"str\"><v>TIME_PERIOD</v></c><c t=\"str\"><v>value</v></c><c t=\"str\"><v>note</v></c></row>";
    let rows: String = (2..400_000).map(sharing_row).collect();
    let notes = workbook(&format!("{header}{rows}"), &[("xl/sharedStrings.xml", &texts(1_000))]);
    attacked.refused_upload("shared notes", XLSX, Value::Null, &notes);
    // Far above what a cell may have, in each of many cells of a row.
    let row = format!("<row r=\"1\">{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(1_000));
    let wide = workbook(&row, &[("xl/sharedStrings.xml", &texts(200_000))]);
    attacked.refused_upload("shared long text", XLSX, Value::Null, &wide);
    let late = json!({
        "header_row": 10_000, "period": {"constant": "2020-04-01/P1Y"}, "value": {"column": "x"},
        "dimensions": [{"dimension": "AREA", "constant": "E23000018"}],
    });
    let far: String =
        (1..60_000).map(|n| format!("<row r=\"{n}\"><c r=\"ALL{n}\"><v>1</v></c></row>")).collect();
    attacked.refused_upload("far cells", XLSX, late, &workbook(&far, &[]));
    let last = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    attacked.refused_upload("last cell", XLSX, Value::Null, &workbook(last, &[]));
}

/// The same text in each of many correct observations takes its length for each of them.
#[actix_web::test]
async fn a_note_that_all_observations_share_counts_for_each_of_them() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let release = draft(&app, "force_analyst", "REL-1", json!({})).await;
    let text = |text: &str| format!("<c t=\"str\"><v>{text}</v></c>");
    let mut rows =
        format!("<row>{}</row>", ["AREA", "OFFENCE", "TIME_PERIOD", "value", "note"].map(text).concat());
    for area in ["E23000018", "E23000022"] {
        for (offence, until) in [("burglary", 2200), ("robbery", 2200), ("old", 2024)] {
            for year in 1900..until {
                for month in 1..=12 {
                    let cells = [area, offence, &format!("{year}-{month:02}"), "1"].map(text).concat();
                    rows.push_str(&format!("<row>{cells}<c t=\"s\"><v>0</v></c></row>"));
                }
            }
        }
    }
    let upload = async |note: &str| {
        let texts = format!("<sst><si><t>{note}</t></si></sst>");
        let etag = app.get(Some("force_analyst"), &release).await.etag().to_owned();
        let request = app.request("PUT", &format!("{release}/observations?validate_only=true"));
        let file = workbook(&rows, &[("xl/sharedStrings.xml", &texts)]);
        request.as_role("force_analyst").if_match(&etag).body(XLSX, file).send().await
    };
    upload("short").await.expect(200);
    let refused = upload(&"\u{1d11e}".repeat(1_000)).await;
    assert!(refused.json()["detail"].as_str().unwrap().contains("64 MiB"), "{}", refused.text());
    refused.problem(413);
}

/// The readers of grants and of lists need all rows at once.
#[test]
fn workbooks_of_grants_and_lists_that_multiply_are_refused() {
    let attacked = Attacked::new();
    let editor = attacked.bearer("editor");
    let long = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(200_000));
    let row = format!("<row r=\"1\">{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(500));
    let titles =
        "<row r=\"1\"><c t=\"str\"><v>Identifier</v></c><c t=\"str\"><v>Amount Awarded</v></c></row>";
    let rows: String = (2..60_000).map(|n| format!("<row r=\"{n}\"><c><v>{n}</v></c></row>")).collect();
    let cells = |repeats: &str, text: &str| {
        let cell = format!(
            "<table:table-cell table:number-columns-repeated=\"{repeats}\"><text:p>{text}</text:p></table:table-cell>"
        );
        let row = format!("<table:table-row table:number-rows-repeated=\"1048576\">{cell}</table:table-row>");
        ods("", &format!("<table:table table:name=\"a\">{row}</table:table>"))
    };
    for (what, media_type, file) in [
        ("shared long text", XLSX, workbook(&row, &[("xl/sharedStrings.xml", &long)])),
        ("many rows", XLSX, workbook(&format!("{titles}{rows}"), &[])),
        ("far cell", XLSX, workbook("<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row>", &[])),
        ("repeated rows", ODS, cells("1", "Identifier")),
        ("repeated cells", ODS, cells("16384", "a")),
    ] {
        for path in ["/v1/grants/imports", "/v1/imports"] {
            attacked.refused(what, &[&editor], "POST", path, media_type, &file);
        }
    }
}
