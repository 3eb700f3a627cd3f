//! Every code that a page can show has words.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::resources::DOCUMENT;

/// Codes that are the words of a reader.
const PLAIN: &[&str] = &[
    "absent",
    "abstained",
    "accepted",
    "active",
    "against",
    "analyse",
    "answered",
    "apologies",
    "appendix",
    "appointment",
    "approximate",
    "audit",
    "awarded",
    "broken",
    "business",
    "calls",
    "cancelled",
    "change",
    "charity",
    "closed",
    "commission",
    "committed",
    "complete",
    "completed",
    "confirmed",
    "consider",
    "coordinate",
    "councillor",
    "count",
    "country",
    "county",
    "decision",
    "discontinued",
    "district",
    "draft",
    "end",
    "engage",
    "equality",
    "examine",
    "fell",
    "financial",
    "for",
    "health",
    "held",
    "high",
    "households",
    "improve",
    "independent",
    "inquiry",
    "inspection",
    "inspectorate",
    "interventions",
    "joined",
    "journalist",
    "kept",
    "legal",
    "letter",
    "low",
    "lowest",
    "made",
    "mayor",
    "mean",
    "media",
    "medium",
    "meeting",
    "met",
    "minutes",
    "monitor",
    "negative",
    "no",
    "none",
    "online",
    "open",
    "operations",
    "other",
    "overdue",
    "paid",
    "paper",
    "partnership",
    "people",
    "percentile",
    "planned",
    "postponed",
    "posts",
    "precept",
    "present",
    "presentation",
    "prevent",
    "private",
    "progress",
    "proposal",
    "public",
    "published",
    "question",
    "range",
    "rank",
    "ratio",
    "read",
    "recommendation",
    "referrals",
    "refused",
    "region",
    "rejected",
    "report",
    "resident",
    "response",
    "rose",
    "scheduled",
    "schemes",
    "sessions",
    "shown",
    "skip",
    "stalled",
    "start",
    "submitted",
    "support",
    "supported",
    "threat",
    "town",
    "unchanged",
    "value",
    "verification",
    "verified",
    "veto",
    "withdrawn",
    "yes",
];

/// The closed lists of a schema: their paths and codes.
fn lists_of(schema: &Value, path: &str, all: &mut Vec<(String, Vec<String>)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        lists_of(part, &below(name), all);
    }
    if schema["items"].is_object() {
        lists_of(&schema["items"], &below("*"), all);
    }
    for choice in ["oneOf", "anyOf"].iter().filter_map(|name| schema[*name].as_array()).flatten() {
        lists_of(choice, path, all);
    }
    if let Some(codes) = schema["enum"].as_array() {
        all.push((path.to_owned(), codes.iter().filter_map(Value::as_str).map(str::to_owned).collect()));
    }
}

#[test]
fn a_kind_says_of_each_of_its_closed_lists_that_it_is_one() {
    let mut count = 0;
    for kind in crate::resources::kinds() {
        let mut all = vec![];
        lists_of(&kind.schema, "", &mut all);
        lists_of(&kind.computed_schema, "", &mut all);
        for (path, codes) in all {
            for code in codes {
                assert!(kind.has_code(&path, &code), "{kind:?}: {path}: {code}");
                assert!(find(&code).is_some() || PLAIN.contains(&code.as_str()), "{kind:?}: {path}: {code}");
                count += 1;
            }
            assert!(!kind.has_code(&path, "no such code"), "{kind:?}: {path}");
        }
        assert!(!kind.has_code("reference", "kept") && !kind.has_code("no_such_field", "kept"));
    }
    assert!(count > 250, "{count} codes");
}

/// The codes of all closed lists below a schema.
fn codes(document: &Value, schema: &Value, seen: &mut BTreeSet<String>, all: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(path) = fields.get("$ref").and_then(Value::as_str)
                && seen.insert(path.to_owned())
            {
                codes(document, document.pointer(path.trim_start_matches('#')).unwrap(), seen, all);
            }
            let listed = fields.get("enum").and_then(Value::as_array).into_iter().flatten();
            all.extend(listed.filter_map(Value::as_str).map(str::to_owned));
            // What an example says is no list.
            let parts =
                fields.iter().filter(|(name, _)| !["example", "examples", "enum"].contains(&name.as_str()));
            parts.for_each(|(_, part)| codes(document, part, seen, all));
        }
        Value::Array(parts) => parts.iter().for_each(|part| codes(document, part, seen, all)),
        _ => {}
    }
}

#[test]
fn every_code_that_a_page_can_show_has_words() {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let mut all = BTreeSet::new();
    let mut lists = BTreeSet::new();
    for operation in crate::resources::operations().iter().filter(|operation| operation.has_page()) {
        let method = operation.method.name().to_ascii_lowercase();
        let responses = document["paths"][&operation.path][&method]["responses"].clone();
        assert!(responses.is_object(), "{}", operation.id);
        codes(&document, &responses, &mut lists, &mut all);
    }
    // What the pages of kinds show of their contents is in the schemas of the kinds.
    assert!(all.len() > 200, "{} codes", all.len());
    let unworded: Vec<&String> =
        all.iter().filter(|code| find(code).is_none() && !PLAIN.contains(&code.as_str())).collect();
    assert!(unworded.is_empty(), "give these codes words in CODES, or add them to PLAIN: {unworded:?}");
    for code in &all {
        let words = of(code);
        let is_code =
            words.contains('_') || words.chars().any(|letter| letter.is_ascii_uppercase()) && words == *code;
        assert!(!is_code && !words.trim().is_empty(), "{code}: {words}");
    }
    for code in PLAIN {
        assert!(find(code).is_none(), "{code} has words");
    }
    for code in GOOD.iter().chain(BAD) {
        assert!(find(code).is_some() || PLAIN.contains(code), "{code} is no code");
    }
}
