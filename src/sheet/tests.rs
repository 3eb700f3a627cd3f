use super::samples::{SampleSheet, archive, number, ods, text, xlsx, xlsx_parts};
use super::*;

/// The rows of a sheet as texts: the number, `h` for a hidden one, and its cells.
#[derive(Default)]
struct Seen {
    rows: Vec<String>,
    hidden_columns: Vec<(usize, usize)>,
    cells: Vec<Cell>,
}

impl Visitor for Seen {
    fn hidden_columns(&mut self, first: usize, last: usize) {
        self.hidden_columns.push((first, last));
    }

    fn row(&mut self, row: Row) -> bool {
        let cells: Vec<String> = row
            .cells
            .iter()
            .map(|cell| {
                let times = if cell.repeats > 1 { format!("*{}", cell.repeats) } else { String::new() };
                format!("{}{times}={}", cell.column, cell.text)
            })
            .collect();
        let times = if row.repeats > 1 { format!("*{}", row.repeats) } else { String::new() };
        let hidden = if row.hidden { "h" } else { "" };
        if !cells.is_empty() {
            self.rows.push(format!("{}{times}{hidden}: {}", row.number, cells.join(" ")));
        }
        self.cells.extend(row.cells);
        true
    }
}

fn seen(body: &[u8], sheet: usize) -> Result<Seen, String> {
    let mut seen = Seen::default();
    Book::open(body)?.read(sheet, &mut seen)?;
    Ok(seen)
}

#[test]
fn a_sheet_shows_what_a_person_sees() {
    let rows = format!(
        "<row r=\"1\">{}<c r=\"C1\" t=\"s\"><v>0</v></c></row><row r=\"3\" hidden=\"1\">{}{}{}</row>\
         <row><c><v>1.0E1</v></c><c t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c><c><f>SUM(A1)</f></c><c/></row>",
        text("A1", "Tom &amp; Ann_x000D_"),
        number("A3", 1, "0.91500000000000004"),
        number("B3", 2, "45383"),
        number("C3", 3, "1204000"),
    );
    let sheets = [
        SampleSheet { name: "Notes", is_hidden: true, ..SampleSheet::default() },
        SampleSheet {
            name: "Data",
            columns: "<cols><col min=\"2\" max=\"3\" hidden=\"1\"/></cols>",
            rows: &rows,
            ..SampleSheet::default()
        },
    ];
    let texts = "<sst><si><r><t>Area </t></r><r><t>code</t></r><rPh><t>x</t></rPh></si></sst>";
    let book = xlsx(&sheets, texts, &["General", "0.0%", "dd/mm/yyyy", "#,##0,"]);
    let open = Book::open(&book).unwrap();
    let names: Vec<(&str, bool)> =
        open.sheets().iter().map(|sheet| (sheet.name.as_str(), sheet.hidden)).collect();
    assert_eq!(names, [("Notes", true), ("Data", false)]);
    let seen = seen(&book, 1).unwrap();
    assert_eq!(
        seen.rows,
        [
            "1: 0=Tom & Ann\r 2=Area code",
            "3h: 0=91.5% 1=2024-04-01 2=1204",
            "4: 0=10 1=TRUE 2=#N/A 3==SUM(A1)",
        ]
    );
    assert_eq!(seen.hidden_columns, [(1, 2)]);
    assert_eq!(seen.cells[2].shown, Some(Shown::InsteadOf("0.915".to_owned(), None)));
    assert_eq!(seen.cells[3].shown, None);
}

#[test]
fn an_open_document_sheet_shows_what_a_person_sees() {
    let styles = "<style:style style:name=\"ta2\" style:family=\"table\"><style:table-properties table:display=\"false\"/></style:style>";
    let cell = |attributes: &str, shown: &str| {
        format!("<table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell>")
    };
    let float = |value: &str, shown: &str| {
        cell(&format!("office:value-type=\"float\" office:value=\"{value}\""), shown)
    };
    let tables = format!(
        "<table:table table:name=\"Notes\" table:style-name=\"ta2\"><table:table-row>{}</table:table-row></table:table>\n\
         <table:table table:name=\"Data\">\n  <table:table-column/><table:table-column table:visibility=\"collapse\" table:number-columns-repeated=\"2\"/>\n\
         <table:table-header-rows><table:table-row>{}<table:table-cell table:number-columns-repeated=\"2\"/>{}</table:table-row></table:table-header-rows>\n\
         <table:table-row table:number-rows-repeated=\"2\"><table:table-cell/></table:table-row>\n\
         <table:table-row-group table:display=\"false\"><table:table-row>{}{}{}</table:table-row></table:table-row-group>\n\
         <table:table-row table:number-rows-repeated=\"3\">{}{}{}{}</table:table-row>\
         <table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row></table:table>",
        float("5", "5"),
        cell("office:value-type=\"string\"", "Area<text:s text:c=\"2\"/>code</text:p><text:p>below"),
        cell(
            "office:value-type=\"string\"",
            "N<office:annotation><text:p>a comment</text:p></office:annotation>"
        ),
        cell("office:value-type=\"percentage\" office:value=\"0.915\"", "92%"),
        cell("office:value-type=\"date\" office:date-value=\"2024-04-01\"", "01/04/24"),
        cell(
            "office:value-type=\"currency\" office:currency=\"GBP\" office:value=\"-1204.5\"",
            "(£1,204.50)"
        ),
        float("1204000", "1,204"),
        float("4.6", "5"),
        cell("table:number-columns-repeated=\"2\" office:value-type=\"float\" office:value=\"7\"", "7"),
        float("0", "-"),
    );
    let book = ods(styles, &tables);
    let open = Book::open(&book).unwrap();
    let names: Vec<(&str, bool)> =
        open.sheets().iter().map(|sheet| (sheet.name.as_str(), sheet.hidden)).collect();
    assert_eq!(names, [("Notes", true), ("Data", false)]);
    let seen = seen(&book, 1).unwrap();
    assert_eq!(
        seen.rows,
        ["1: 0=Area  code\nbelow 3=N", "4h: 0=91.5% 1=2024-04-01 2=-£1204.5", "5*3: 0=1204 1=4.6 2*2=7 4=-",]
    );
    assert_eq!(seen.hidden_columns, [(1, 2)]);
    let instead = |number: &str| Some(Shown::InsteadOf(number.to_owned(), None));
    let shown: Vec<Option<Shown>> = seen.cells[5..].iter().map(|cell| cell.shown.clone()).collect();
    assert_eq!(shown, [instead("1204000"), Some(Shown::Rounded(0)), None, instead("0")]);
}

#[test]
fn what_is_no_workbook_is_refused_with_a_sentence() {
    let refused = |body: &[u8]| Book::open(body).err().unwrap();
    assert!(refused(b"PK").contains("is not a workbook"));
    assert!(refused(&archive(&[("a.txt", "x")])).contains("is not a workbook"));
    assert!(
        refused(&archive(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet")]))
            .contains("password")
    );
    let sheet =
        |rows: &str| xlsx(&[SampleSheet { name: "S", rows, ..SampleSheet::default() }], "<sst/>", &["0"]);
    for (rows, words) in [
        ("<row r=\"1\"><c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>1</v></c></row>", "not in order"),
        ("<row r=\"1\"><c r=\"A2\"><v>1</v></c></row>", "is in row 1"),
        ("<row r=\"0\"/>", "at most"),
        ("<row r=\"9999999\"/>", "at most"),
        ("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>7</v></c></row>", "does not have"),
        ("<row r=\"1\"><c r=\"ZZZ1\"><v>1</v></c></row>", "columns"),
        ("<row r=\"1\"><c r=\"A1\"><v>&x;</v></c></row>", "not known"),
        ("<row r=\"1\"><c r=\"A1\">", "XML"),
    ] {
        let error = seen(&sheet(rows), 0).err().unwrap_or_default();
        assert!(error.contains(words), "{rows}: {error}");
    }
}

#[test]
fn rows_and_columns_that_repeat_take_no_memory() {
    let million = "<table:table table:name=\"S\"><table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell \
                   table:number-columns-repeated=\"16384\" office:value-type=\"float\" office:value=\"1\"><text:p>1</text:p></table:table-cell>\
                   </table:table-row></table:table>";
    let seen = seen(&ods("", million), 0).unwrap();
    assert_eq!(seen.rows, ["1*1048576: 0*16384=1"]);
}

#[test]
fn two_sheets_are_not_the_same_part() {
    let sheet = |name| SampleSheet { name, ..SampleSheet::default() };
    let mut parts = xlsx_parts(&[sheet("A"), sheet("B")], "<sst/>", &[]);
    let open = |parts: &[(String, String)]| {
        let parts: Vec<(&str, &str)> =
            parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        Book::open(&archive(&parts)).map(|book| book.sheets().len())
    };
    assert_eq!(open(&parts), Ok(2));
    for (_, text) in &mut parts {
        *text = text.replace("sheet1.xml", "sheet0.xml");
    }
    assert!(open(&parts).is_err_and(|detail| detail.contains("`B` has the same rows")));
}
