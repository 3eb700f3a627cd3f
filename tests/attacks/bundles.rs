//! Archives to import.

use serde_json::Value;

use super::{Attacked, archive};

fn refused(attacked: &Attacked, what: &str, files: &[(&str, &[u8])]) -> Vec<Value> {
    // Reference data are the administrator's, the records of the body the editor's.
    let role = if files[0].0.starts_with("grants") { "editor" } else { "admin" };
    let bearer = attacked.bearer(role);
    let file = archive(files);
    attacked.refused(what, &[&bearer], "POST", "/v1/imports?dry_run=true", "application/zip", &file)
}

#[test]
fn archives_that_grow_when_they_are_read_are_refused() {
    let attacked = Attacked::new();
    let commas = ",".repeat(200 << 20);
    refused(&attacked, "commas", &[("themes.csv", commas.as_bytes())]);
    refused(&attacked, "commas of grants", &[("grants.csv", commas.as_bytes())]);
    refused(
        &attacked,
        "commas under titles",
        &[("themes.csv", format!("reference,title\n{commas}").as_bytes())],
    );
    let short_rows = format!("reference,title\n{}", ",\n".repeat(20 << 20));
    refused(&attacked, "short rows", &[("themes.csv", short_rows.as_bytes())]);
    let quote = format!("reference,title\n\"{}", "a,b\n".repeat(50 << 20));
    refused(&attacked, "a quote", &[("themes.csv", quote.as_bytes())]);
    let zeros = format!("{{\"reference\":\"a\",\"title\":[{}0]}}\n", "0,".repeat(500_000)).repeat(100);
    refused(&attacked, "zeros", &[("themes.jsonl", zeros.as_bytes())]);
    let one_line = "a".repeat(200 << 20);
    refused(&attacked, "one line", &[("themes.jsonl", one_line.as_bytes())]);
    let names: String =
        (0..400_000).map(|n| format!("{{\"reference\":\"{n}{}\"}}\n", "a".repeat(400))).collect();
    refused(&attacked, "names", &[("themes.jsonl", names.as_bytes())]);
    let cells = format!("reference,title\na,\"[{}0]\"\n", "0,".repeat(500_000)).repeat(20);
    refused(&attacked, "zeros in cells", &[("themes.csv", cells.as_bytes())]);
}

#[test]
fn an_archive_of_many_entries_is_refused() {
    let attacked = Attacked::new();
    let entry = [b"PK\x01\x02".as_slice(), &[0; 42]].concat();
    let mut body = entry.repeat(600_000);
    let (size, count) = (u32::try_from(body.len()).unwrap(), u16::MAX - 1);
    body.extend(b"PK\x05\x06\0\0\0\0");
    body.extend(count.to_le_bytes());
    body.extend(count.to_le_bytes());
    body.extend(size.to_le_bytes());
    body.extend([0; 6]);
    let editor = attacked.bearer("editor");
    attacked.refused("entries", &[&editor], "POST", "/v1/imports", "application/zip", &body);
    attacked.refused_upload(
        "entries of a workbook",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Value::Null,
        &body,
    );
}
