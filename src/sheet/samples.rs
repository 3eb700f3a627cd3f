//! Workbooks for tests: those in `src`, and those in `tests`, which include this file.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

/// An archive of these parts.
pub fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, text) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A sheet of an `.xlsx`.
#[derive(Clone, Copy, Default)]
pub struct SampleSheet<'s> {
    pub name: &'s str,
    pub is_hidden: bool,
    /// The XML of its columns, if it says something of them.
    pub columns: &'s str,
    /// The XML of its rows.
    pub rows: &'s str,
}

/// An `.xlsx` of these sheets, with these shared texts and these number formats: the styles of cells 0, 1, 2 and so on.
pub fn xlsx(sheets: &[SampleSheet<'_>], texts: &str, formats: &[&str]) -> Vec<u8> {
    let parts = xlsx_parts(sheets, texts, formats);
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    archive(&parts)
}

/// The parts of such an `.xlsx`: their names and their texts.
pub fn xlsx_parts(sheets: &[SampleSheet<'_>], texts: &str, formats: &[&str]) -> Vec<(String, String)> {
    let ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let root = format!(
        "<Relationships><Relationship Id=\"r0\" Type=\"{rel}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let (mut list, mut links) = (String::new(), String::new());
    let mut parts: Vec<(String, String)> = vec![];
    for (n, sheet) in sheets.iter().enumerate() {
        let state = if sheet.is_hidden { " state=\"hidden\"" } else { "" };
        list.push_str(&format!(
            "<sheet name=\"{}\" sheetId=\"{}\"{state} r:id=\"r{n}\"/>",
            sheet.name,
            n + 1
        ));
        links.push_str(&format!(
            "<Relationship Id=\"r{n}\" Type=\"{rel}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"
        ));
        parts.push((
            format!("xl/worksheets/sheet{n}.xml"),
            format!(
                "<worksheet xmlns=\"{ns}\">{}<sheetData>{}</sheetData></worksheet>",
                sheet.columns, sheet.rows
            ),
        ));
    }
    links.push_str(&format!("<Relationship Id=\"s\" Type=\"{rel}/styles\" Target=\"styles.xml\"/>"));
    links.push_str(&format!(
        "<Relationship Id=\"t\" Type=\"{rel}/sharedStrings\" Target=\"sharedStrings.xml\"/>"
    ));
    let codes: String = formats
        .iter()
        .enumerate()
        .map(|(n, code)| {
            let code = code.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
            format!("<numFmt numFmtId=\"{}\" formatCode=\"{code}\"/>", n + 164)
        })
        .collect();
    let styles: String = (0..formats.len()).map(|n| format!("<xf numFmtId=\"{}\"/>", n + 164)).collect();
    parts.extend([
        ("_rels/.rels".to_owned(), root),
        (
            "xl/workbook.xml".to_owned(),
            format!("<workbook xmlns=\"{ns}\" xmlns:r=\"{rel}\"><sheets>{list}</sheets></workbook>"),
        ),
        ("xl/_rels/workbook.xml.rels".to_owned(), format!("<Relationships>{links}</Relationships>")),
        ("xl/sharedStrings.xml".to_owned(), texts.to_owned()),
        (
            "xl/styles.xml".to_owned(),
            format!(
                "<styleSheet xmlns=\"{ns}\"><numFmts>{codes}</numFmts><cellStyleXfs><xf numFmtId=\"9\"/></cellStyleXfs><cellXfs>{styles}</cellXfs></styleSheet>"
            ),
        ),
    ]);
    parts
}

/// An `.ods` with these automatic styles and these tables.
pub fn ods(styles: &str, tables: &str) -> Vec<u8> {
    let urn = "urn:oasis:names:tc:opendocument:xmlns";
    let content = format!(
        "<?xml version=\"1.0\"?>\n<office:document-content xmlns:office=\"{urn}:office:1.0\" xmlns:table=\"{urn}:table:1.0\" \
         xmlns:text=\"{urn}:text:1.0\" xmlns:style=\"{urn}:style:1.0\"><office:automatic-styles>{styles}</office:automatic-styles>\n\
         <office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    archive(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", "<manifest/>"),
        ("content.xml", &content),
    ])
}

/// A cell of an `.xlsx` with a number of this style.
pub fn number(at: &str, style: usize, value: &str) -> String {
    format!("<c r=\"{at}\" s=\"{style}\"><v>{value}</v></c>")
}

/// A cell of an `.xlsx` with a text.
pub fn text(at: &str, value: &str) -> String {
    format!("<c r=\"{at}\" t=\"str\"><v>{value}</v></c>")
}
