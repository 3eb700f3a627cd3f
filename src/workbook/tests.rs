use super::bounds::{MAX_PARTS, Refusal};
use super::check;
use crate::allowance::{Allowance, FILE_MEMORY, Measure};
use crate::sheet::samples::archive;

/// What checking a workbook with this part draws from memory, or why it is refused.
fn held(name: &str, text: &str) -> Result<u64, Refusal> {
    let allowance = Allowance::of_file();
    check(&archive(&[(name, text)]), &allowance).map(|()| allowance.held())
}

fn too_much(result: Result<u64, Refusal>) -> bool {
    matches!(result, Err(Refusal::TooMuch(exceeded)) if exceeded.measure == Measure::Memory)
}

/// Why it is no workbook.
fn broken(result: Result<u64, Refusal>) -> String {
    match result {
        Err(Refusal::NotAWorkbook(detail)) => detail,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_each_style_copies_is_drawn_for_each_style() {
    let styles = |font: usize, format: usize, xfs: usize| {
        format!(
            "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"{}\"/></numFmts><fonts><font><name val=\"{}\"/></font></fonts>\
             <cellXfs>{}</cellXfs></styleSheet>",
            "0".repeat(format),
            "F".repeat(font),
            "<xf numFmtId=\"164\" fontId=\"0\"/>".repeat(xfs)
        )
    };
    assert!(held("xl/styles.xml", &styles(20, 60, 5_000)).is_ok(), "a rich workbook");
    assert!(too_much(held("xl/styles.xml", &styles(200_000, 1, 400))));
    assert!(broken(held("xl/styles.xml", &styles(1, 10_000, 1))).contains("number format"));
    assert!(too_much(held("xl/styles.xml", &styles(1, 1, 200_000))));
    // Whatever the part is called: the file says which part holds the styles.
    assert!(too_much(held("q/r.xml", &styles(200_000, 1, 400))));
    assert!(broken(held("xl/styles.xml", &styles(1_000_000, 1, 1))).contains("KiB"));
    // A font of many short elements is as long as one of a long name.
    let font = format!(
        "<s><fonts><font>{}</font></fonts><cellXfs>{}</cellXfs></s>",
        "<name val=\"FFFF\"/>".repeat(10_000),
        "<xf fontId=\"0\"/>".repeat(400)
    );
    assert!(too_much(held("xl/styles.xml", &font)));
}

#[test]
fn number_formats_and_names_of_styles_are_drawn_by_their_number() {
    let formats = |count: usize, sections: usize| {
        let code = "0;".repeat(sections);
        held("xl/styles.xml", &format!("<s>{}</s>", format!("<numFmt formatCode=\"{code}\"/>").repeat(count)))
    };
    assert!(formats(500, 3).is_ok());
    assert!(too_much(formats(28_000, 950)) && too_much(formats(70_000, 1)));
    let styles = |count: usize| {
        let style = "<style:style style:name=\"ab\"/>";
        held("content.xml", &format!("<s>{}</s>", style.repeat(count)))
    };
    assert!(styles(5_000).is_ok());
    assert!(too_much(styles(300_000)));
}

#[test]
fn texts_and_the_room_for_them_are_drawn() {
    let texts = |count: usize| format!("<sst>{}</sst>", "<si><t>abc</t></si>".repeat(count));
    assert!(held("xl/sharedStrings.xml", &texts(1_000)).is_ok_and(|held| held > 64_000));
    assert!(too_much(held("xl/sharedStrings.xml", &texts(1_000_000))));
    assert!(too_much(held("xl/sharedStrings.xml", &format!("<sst>{}</sst>", "<si/>".repeat(1_000_000)))));
    assert!(too_much(held("xl/sharedStrings.xml", "<sst uniqueCount=\"99999999999999\"/>")));
    let long = format!("<sst><si><r><t>{}</t></r></si></sst>", "a&amp;".repeat(100_000));
    assert!(broken(held("xl/sharedStrings.xml", &long)).contains("KiB"));
    let cell = format!("<row><c><is><t>{}</t></is></c></row>", "a<x/>".repeat(100_000));
    assert!(broken(held("xl/worksheets/sheet1.xml", &cell)).contains("KiB"));
    let cells = "<c r=\"A1\"><v>1</v></c>".repeat(200_000);
    assert_eq!(
        held("xl/worksheets/sheet1.xml", &format!("<row>{cells}</row>")),
        Ok(0),
        "cells are read one by one"
    );
}

#[test]
fn sheets_names_and_relationships_are_drawn_or_refused() {
    let sheets = |count: usize| format!("<sheets>{}</sheets>", "<sheet name=\"a\" id=\"b\"/>".repeat(count));
    assert!(held("xl/workbook.xml", &sheets(255)).is_ok());
    assert!(too_much(held("xl/workbook.xml", &sheets(100_000))));
    let names = "<definedName name=\"a\">b</definedName>".repeat(1_000_000);
    assert!(too_much(held("xl/workbook.xml", &format!("<n>{names}</n>"))));
    let link = |kind: &str, path: &str| {
        held(
            "_rels/.rels",
            &format!(
                "<Relationships><Relationship Type=\"x/relationships/{kind}\" Target=\"{path}\"/></Relationships>"
            ),
        )
    };
    assert!(link("officeDocument", "xl/workbook.xml").is_ok() && link("image", "media/1.png").is_ok());
    assert!(broken(link("officeDocument", "xl/workbook.png")).contains("not XML"));
    assert!(broken(link("worksheet", "worksheets/sheet1.bin")).contains("not XML"));
    // What programs store beside the cells may be anything; then no sheet is there.
    assert!(held("customXml/item1.xml", &"=".repeat(1 << 20)).is_ok());
    assert!(broken(link("worksheet", "../customXml/item1.xml")).contains("not XML"));
    assert!(broken(link("worksheet", &format!("{}.xml", "a".repeat(5_000)))).contains("very long"));
}

#[test]
fn repeated_rows_and_cells_are_drawn_as_often_as_they_are_repeated() {
    let cell = |columns: u32, text: &str| {
        format!(
            "<table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"{columns}\"><text:p>{text}</text:p></table:table-cell>"
        )
    };
    let sheet = |rows: u32, cells: &str| {
        let row = format!("<table:table-row table:number-rows-repeated=\"{rows}\">{cells}</table:table-row>");
        held("content.xml", &format!("<table:table table:name=\"a\">{row}</table:table>"))
    };
    assert!(sheet(10, &cell(5, "abc")).is_ok_and(|held| held > 50 * 56));
    assert!(too_much(sheet(1, &cell(16_384, &"a".repeat(10_000)))));
    assert!(too_much(sheet(1_000, &cell(1_000, "a"))));
    assert!(too_much(sheet(u32::MAX, &cell(2, "a"))));
    // Empty cells and rows at the end are not stored, however many.
    let empty = "<table:table-cell table:number-columns-repeated=\"16384\"/>";
    assert!(sheet(1_048_576, empty).is_ok_and(|held| held < 1_000));
    assert!(sheet(1, &format!("{}{empty}", cell(1, "a"))).is_ok_and(|held| held < 2_000));
    // Between others they are.
    let far = format!(
        "{}{}{}",
        cell(1, "a"),
        "<table:table-cell table:number-columns-repeated=\"16000\"/>",
        cell(1, "b")
    );
    assert!(sheet(1, &far).is_ok_and(|held| held > 16_000 * 56));
    assert!(broken(sheet(1, &cell(1, "<text:s text:c=\"99999999\"/>"))).contains("KiB"));
}

#[test]
fn depth_entities_pictures_and_doubled_names_are_refused() {
    let deep = format!("{}{}", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000));
    assert!(broken(held("xl/worksheets/sheet1.xml", &deep)).contains("deep"));
    assert!(broken(held("xl/a.xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>")).contains("DOCTYPE"));
    assert!(broken(held("xl/a.xml", "<a></b>")).contains("not XML"));
    assert!(broken(held("xl/a.xml", &format!("<a b=\"{}\"/>", "c".repeat(300_000)))).contains("KiB"));
    assert!(broken(held("xl/media/1.png", &" ".repeat(25 << 20))).contains("pictures"));
    let twice = archive(&[("xl/styles.xml", "<a/>"), ("XL/Styles.xml", "<a/>")]);
    assert!(
        matches!(check(&twice, &Allowance::of_file()), Err(Refusal::NotAWorkbook(text)) if text.contains("one name"))
    );
}

#[test]
fn a_directory_of_many_entries_is_refused_before_it_is_read() {
    let entry = b"PK\x01\x02".repeat(MAX_PARTS + 1);
    let body = [b"PK\x03\x04".to_vec(), entry].concat();
    let refused = check(&body, &Allowance::of_file());
    assert!(matches!(refused, Err(Refusal::NotAWorkbook(text)) if text.contains("files")));
}

#[test]
fn many_parts_together_are_bounded() {
    let part = format!("<a>{}</a>", " ".repeat(200_000));
    let names: Vec<String> = (0..1_500).map(|n| format!("xl/p{n}.xml")).collect();
    let parts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), part.as_str())).collect();
    let refused = check(&archive(&parts), &Allowance::of_file());
    assert!(matches!(refused, Err(Refusal::TooMuch(exceeded)) if exceeded.measure == Measure::Bytes));
    assert_eq!(FILE_MEMORY, 64 << 20);
}
