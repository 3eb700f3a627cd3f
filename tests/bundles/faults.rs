//! What is wrong with a bundle, told by file, line and place.

use super::*;

#[actix_web::test]
async fn every_mistake_in_a_bundle_is_reported_once_by_file_line_and_place_and_nothing_is_imported() {
    let app = TestApp::new().await;
    let kind = |name: &str| app.state.kind(name).unwrap();
    let of = |name: &str, reference: &str, more: Value| line(kind(name), reference, more).to_string();
    let plan = |reference: &str, more: Value| of("plan", reference, more);
    let taken_id = app.id_of("plan", "derbyshire-pcc:PLAN-2013").to_string();
    let plans = [
        plan("F-1", json!({})),
        "{\"reference\": \"F-2\", ".to_owned(),
        plan("F-3", json!({})).replacen('{', "{\"title\":\"twice\",", 1),
        plan("F-4", json!({"titel": "x"})),
        plan("F-5", json!({"title": 7})),
        plan("F-6", json!({"body": null})),
        plan("PLAN-2013", json!({})),
        plan("F-1", json!({})),
        plan("F-9", json!({"id": "nothing"})),
        plan("F-10", json!({"id": taken_id})),
        plan("F-11", json!({"published_at": "2031-01-01T00:00:00Z"})),
        "[1]".to_owned(),
        plan("F-13", json!({"body": "nowhere-pcc"})),
        plan("F-14", json!({"published_at": "2024-02-01T00:00:00Z"})),
        plan("F-14", json!({"published_at": "2024-01-01T00:00:00Z"})),
        plan("F-16", json!({"version": 2, "published_at": "2024-01-01T00:00:00Z"})),
        String::new(),
        plan("F-18", json!({"owner": "nobody", "title": null})),
        plan("not a reference", json!({})),
        plan("F-20", json!({"published_at": "yesterday"})),
        plan("F-21", json!({"from": "2025-13-01"})),
        plan("F-22", json!({"version": 1})),
        plan("F-22", json!({"version": 3})),
        plan("F-24", json!({"reference": null})),
        plan("F-25", json!({"term": "derbyshire-pcc:NOTHING", "sources": [{"source": "no-such"}]})),
    ];
    let objective = |reference: &str, more: Value| of("objective", reference, more);
    let objectives = [
        objective("F-1", json!({"published_at": "2026-01-01T00:00:00Z", "plan": "derbyshire-pcc:F-1"})),
        objective("F-2", json!({"plan": "derbyshire-pcc:NOTHING"})),
        objective("F-3", json!({"plan": "derbyshire-pcc:F-1", "themes": ["nothing", "nothing-else"]})),
        format!("{}{}", objective("F-4", json!({})), " ".repeat(1 << 20)),
        "not read any more".to_owned(),
    ];
    let services = [
        of("service", "F-1", json!({"value": {"amount": "12.345", "currency": "GBP"}})),
        of("service", "F-2", json!({"value": {"amount": 12, "currency": "EUR"}})),
    ];
    let indicators = [
        of("indicator", "F-1", json!({"slug": "one-slug"})),
        of("indicator", "F-2", json!({"slug": "one-slug"})),
        of("indicator", "F-3", json!({"slug": "all-crime"})),
    ];
    let withdrawn = [
        json!({"kind": "plna", "reference": "W-1", "withdrawn_at": "2026-01-01T00:00:00Z", "reason": "x"}),
        json!({"kind": "plan", "reference": "W-2", "body": "derbyshire-pcc", "owner": "opcc-derbyshire",
            "withdrawn_at": "2031-01-01T00:00:00Z", "reason": "x"}),
        json!({"kind": "plan", "reference": "F-1", "body": "derbyshire-pcc", "owner": "opcc-derbyshire",
            "withdrawn_at": "2026-01-01T00:00:00Z", "reason": "x"}),
        json!({"kind": "theme", "reference": "antisocial-behaviour", "withdrawn_at": "2026-01-01T00:00:00Z",
            "reason": "x"}),
        json!({"kind": "plan", "reference": "W-5", "body": "derbyshire-pcc", "owner": "opcc-derbyshire",
            "withdrawn_at": "2026-01-01T00:00:00Z", "reason": 7}),
        json!({"kind": "plan", "reference": "PLAN-2013", "body": "derbyshire-pcc", "owner": "opcc-derbyshire",
            "withdrawn_at": "2026-01-01T00:00:00Z", "reason": "x"}),
    ]
    .map(|line| line.to_string());
    let themes = "reference,title,title,theme_kimd\nF-1,x,y,threat\n";
    let organisations =
        "reference,name,organisation_kind\nf-1,First\nf-2,Second,charity,more\nf-3,Third,chairty\n";
    let funds = "reference,title\n\"F-1,never closed\n";
    let (plans, objectives, services, indicators, withdrawn) = (
        plans.join("\n"),
        objectives.join("\n"),
        services.join("\n"),
        indicators.join("\n"),
        withdrawn.join("\n"),
    );
    let all = zipped([
        ("plans.jsonl", plans.as_bytes()),
        ("objectives.jsonl", objectives.as_bytes()),
        ("services.jsonl", services.as_bytes()),
        ("indicators.jsonl", indicators.as_bytes()),
        ("withdrawn.jsonl", withdrawn.as_bytes()),
        ("themes.csv", themes.as_bytes()),
        ("organisations.csv", organisations.as_bytes()),
        ("funds.csv", funds.as_bytes()),
        ("areas.jsonl", b"{\"reference\": \"\xff\"}\n"),
        ("README.md", b"is left alone"),
    ]);
    let before = records(&app);
    let problem = imported(&app, all).unwrap_err();
    assert_eq!(problem.kind.status, 422);
    let found = faults_of(&problem);
    let once: BTreeSet<_> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "each is told once: {found:#?}");
    let expected = [
        ("areas.jsonl", 1, "", "encoding"),
        ("funds.csv", 2, "", "syntax"),
        ("indicators.jsonl", 2, "/slug", "taken"),
        ("indicators.jsonl", 3, "/slug", "taken"),
        ("objectives.jsonl", 1, "/plan", "not_public"),
        ("objectives.jsonl", 2, "/plan", "not_found"),
        ("objectives.jsonl", 3, "/themes/0", "not_found"),
        ("objectives.jsonl", 3, "/themes/1", "not_found"),
        ("objectives.jsonl", 4, "", "too_long"),
        ("organisations.csv", 2, "", "cells"),
        ("organisations.csv", 3, "", "cells"),
        ("organisations.csv", 4, "/organisation_kind", "unknown_code"),
        ("plans.jsonl", 2, "", "syntax"),
        ("plans.jsonl", 3, "/title", "duplicate_key"),
        ("plans.jsonl", 4, "/titel", "unknown_member"),
        ("plans.jsonl", 5, "/title", "type"),
        ("plans.jsonl", 6, "/body", "required"),
        ("plans.jsonl", 7, "/reference", "taken"),
        ("plans.jsonl", 8, "/reference", "duplicate"),
        ("plans.jsonl", 9, "/id", "format"),
        ("plans.jsonl", 10, "/id", "taken"),
        ("plans.jsonl", 11, "/published_at", "out_of_range"),
        ("plans.jsonl", 12, "", "type"),
        ("plans.jsonl", 13, "/body", "not_found"),
        ("plans.jsonl", 15, "/published_at", "order"),
        ("plans.jsonl", 16, "/version", "order"),
        ("plans.jsonl", 18, "/owner", "not_found"),
        ("plans.jsonl", 18, "/title", "type"),
        ("plans.jsonl", 19, "/reference", "pattern"),
        ("plans.jsonl", 20, "/published_at", "format"),
        ("plans.jsonl", 21, "/from", "format"),
        ("plans.jsonl", 23, "/version", "order"),
        ("plans.jsonl", 24, "/reference", "required"),
        ("plans.jsonl", 25, "/sources/0/source", "not_found"),
        ("plans.jsonl", 25, "/term", "not_found"),
        ("services.jsonl", 1, "/value/amount", "pattern"),
        ("services.jsonl", 2, "/value/amount", "type"),
        ("services.jsonl", 2, "/value/currency", "unknown_code"),
        ("themes.csv", 1, "column theme_kimd", "unknown_column"),
        ("themes.csv", 1, "column title", "duplicate"),
        ("withdrawn.jsonl", 1, "/kind", "unknown_code"),
        ("withdrawn.jsonl", 2, "/withdrawn_at", "format"),
        ("withdrawn.jsonl", 3, "/reference", "duplicate"),
        ("withdrawn.jsonl", 4, "/kind", "not_taken"),
        ("withdrawn.jsonl", 5, "/reason", "required"),
        ("withdrawn.jsonl", 6, "/reference", "duplicate"),
    ];
    let mut found: Vec<_> =
        found.iter().map(|(file, line, at, code)| (file.as_str(), *line, at.as_str(), *code)).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(records(&app), before);
}

#[actix_web::test]
async fn files_that_do_not_belong_to_a_bundle_are_named() {
    let app = TestApp::new().await;
    let before = records(&app);
    let theme = b"{\"reference\":\"f-1\",\"title\":\"x\",\"theme_kind\":\"threat\"}\n".as_slice();
    let problem = imported(
        &app,
        zipped([
            ("themes.jsonl", theme),
            ("themes.csv", b"reference\n"),
            ("planz.jsonl", b""),
            ("plans.docx", b""),
        ]),
    );
    let expected =
        [("plans.docx", "unknown_file"), ("planz.jsonl", "unknown_file"), ("themes.jsonl", "duplicate")];
    let problem = problem.unwrap_err();
    let found: Vec<(&str, &str)> =
        problem.errors.iter().map(|fault| (fault.file.as_deref().unwrap(), fault.code)).collect();
    assert_eq!(found, expected);
    assert!(problem.errors[1].detail.contains("did you mean `plans`?"), "{}", problem.errors[1].detail);
    let none = |bytes: Vec<u8>| imported(&app, bytes).unwrap_err().errors[0].code;
    assert_eq!(none(zipped([("README.md", b"x".as_slice())])), "empty");
    assert_eq!(none(b"no archive at all".to_vec()), "unreadable");
    assert_eq!(none(vec![]), "unreadable");
    let mut broken = zipped([("themes.jsonl", theme)]);
    let middle = broken.len() / 3;
    broken.truncate(middle);
    assert_eq!(none(broken), "unreadable");
    let many: Vec<String> = (0..20_001).map(|n| format!("{n}.txt")).collect();
    assert_eq!(none(zipped(many.iter().map(|name| (name.as_str(), b"".as_slice())))), "unreadable");
    // A name that climbs is a name: nothing is written anywhere.
    let summary = imported(&app, zipped([("../../etc/themes.jsonl", theme), ("/.hidden", b"x")])).unwrap();
    assert_eq!(summary.records, BTreeMap::from([("themes", 1)]));
    app.get(None, "/v1/themes/f-1").await.expect(200);
    assert!(records(&app) > before);
}

#[actix_web::test]
async fn a_fault_in_the_file_of_any_kind_is_all_that_is_reported() {
    let from = TestApp::new().await;
    let mut files = unzipped(&exported(&from).await);
    files.retain(|name, _| name.ends_with(".jsonl"));
    let app = TestApp::empty().await;
    let mut tried = 0;
    for kind in &from.state.kinds {
        let name = format!("{}.jsonl", kind.def.path);
        let Some(bytes) = files.get(&name) else { continue };
        let text = String::from_utf8(bytes.clone()).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        let mut line: Value = serde_json::from_str(first).unwrap();
        line["published_at"] = json!("2031-01-01T00:00:00Z");
        let mut wrong = files.clone();
        wrong.insert(name.clone(), format!("{line}\n{rest}").into_bytes());
        let bytes = zipped(wrong.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        let problem = imported(&app, bytes).unwrap_err();
        assert_eq!(problem.kind.status, 422, "{name}: {problem}");
        let found = faults_of(&problem);
        let expected = (name.clone(), 1, "/published_at".to_owned(), "out_of_range");
        assert!(found.contains(&expected), "{name}: {found:?}");
        tried += 1;
    }
    assert!(tried >= 20, "only {tried} kinds have a file");
    assert_eq!(records(&app), 0);
}
