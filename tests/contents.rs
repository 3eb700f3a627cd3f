//! The contents of kinds: every field is described, and every rule is called.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::structure::{Files, files_of};

/// The properties below a schema that have no description, by their path.
fn undescribed(schema: &Value, path: &str, all: &mut Vec<String>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{name}");
        if property["description"].as_str().is_none_or(str::is_empty) {
            all.push(path.clone());
        }
        undescribed(property, &path, all);
        undescribed(&property["items"], &path, all);
        undescribed(&property["additionalProperties"], &path, all);
    }
}

#[test]
fn every_field_of_every_kind_is_described() {
    let mut all = vec![];
    for kind in onrecord::resources::kinds() {
        undescribed(&kind.schema, kind.def.name, &mut all);
    }
    assert_eq!(all, Vec::<String>::new());
}

/// A struct of the source, as far as its rules go.
#[derive(Debug, Default)]
struct Declared {
    name: String,
    /// Whether its rules are derived.
    has_rules: bool,
    /// Whether it is read from a request or a content.
    is_read: bool,
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    name: String,
    of: String,
    /// Whether it has `#[validate(nested)]`.
    is_nested: bool,
}

/// The structs of a file, which is formatted.
fn declared(text: &str) -> Vec<Declared> {
    let (mut derives, mut is_nested) = (String::new(), false);
    let mut all: Vec<Declared> = vec![];
    // The indent of the struct whose fields are being read.
    let mut open: Option<usize> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (indent, line) = (line.len() - line.trim_start().len(), line.trim());
        let item = line.strip_prefix("pub").map_or(line, |rest| match rest.strip_prefix('(') {
            Some(rest) => rest.split_once(')').map_or(rest, |(_, rest)| rest),
            None => rest,
        });
        let item = item.trim_start();
        if line.starts_with("#[derive(") {
            derives = line.to_owned();
            while !derives.ends_with(")]") {
                derives += lines.next().unwrap().trim();
            }
        } else if let Some(rest) = item.strip_prefix("struct ") {
            let derives = std::mem::take(&mut derives);
            let has = |name: &str| derives.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
            all.push(Declared {
                name: rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_owned(),
                has_rules: has("Validate"),
                is_read: has("Deserialize"),
                fields: vec![],
            });
            open = line.ends_with('{').then_some(indent);
        } else if item.starts_with("enum ") {
            derives.clear();
        } else if open == Some(indent) && line == "}" {
            open = None;
        } else if open.is_some() && line.starts_with("#[validate(nested") {
            is_nested = true;
        } else if open.is_some_and(|outer| indent == outer + 4)
            && let Some((name, of)) = item.split_once(": ").filter(|_| !line.starts_with(['/', '#']))
        {
            let field = Field {
                name: name.to_owned(),
                of: of.trim_end_matches(',').to_owned(),
                is_nested: std::mem::take(&mut is_nested),
            };
            all.last_mut().unwrap().fields.push(field);
        }
    }
    all
}

/// The types of a file that have rules: derived, or written by hand.
fn types_with_rules(text: &str) -> Vec<String> {
    let derived = declared(text).into_iter().filter(|one| one.has_rules).map(|one| one.name);
    let by_hand = text.lines().filter_map(|line| {
        let (_, name) = line.strip_prefix("impl")?.split_once(" Validate for ")?;
        Some(name.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned())
    });
    derived.chain(by_hand).collect()
}

/// The fields of what a file reads that hold one of these types and do not pass its rules on. `beside` is the text in which
/// rules that are written by hand may be: that of all files of the folder.
fn fields_without_rules(text: &str, beside: &str, types: &BTreeSet<String>) -> Vec<String> {
    let mut all = vec![];
    for one in declared(text).into_iter().filter(|one| one.is_read) {
        for Field { name, of, is_nested } in one.fields {
            let has_rules = of.split(|c: char| !c.is_alphanumeric()).any(|word| types.contains(word));
            let by_hand = beside.contains(&format!("check_parts(\"/{name}\", &self.{name}, "));
            if has_rules && !is_nested && !by_hand {
                all.push(format!("{}.{name}: {of}", one.name));
            }
        }
    }
    all
}

/// The fields of all files that do not pass rules on, with the number of types that have rules.
fn fields_of(files: &Files) -> (Vec<String>, usize) {
    let folder = |file: &str| file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let types: BTreeSet<String> = files.values().flat_map(|text| types_with_rules(text)).collect();
    let mut beside: BTreeMap<String, String> = BTreeMap::new();
    for (file, text) in files {
        beside.entry(folder(file)).or_default().push_str(text);
    }
    let mut all = vec![];
    for (file, text) in files {
        let found = fields_without_rules(text, &beside[&folder(file)], &types);
        all.extend(found.into_iter().map(|field| format!("{file}: {field}")));
    }
    (all, types.len())
}

#[test]
fn a_field_whose_type_has_rules_passes_them_on() {
    let (found, types) = fields_of(&files_of("src"));
    assert!(types > 40, "{types}");
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_planted_field_that_passes_no_rules_on_is_seen_in_any_file() {
    let planted = |file: &str, text: &str| {
        let mut files = files_of("src");
        files.entry(file.to_owned()).or_default().push_str(text);
        fields_of(&files).0
    };
    let fields = "    #[validate(nested)]\n    pub targets: Vec<IndicatorTarget>,\n    former: Option<IndicatorTarget>,\n}\n";
    for file in ["resources/indicators/dto.rs", "resources/shared.rs", "http/kinds/inputs.rs"] {
        let text =
            format!("#[derive(\n    Debug,\n    Deserialize,\n)]\npub(super) struct Planted {{\n{fields}");
        assert_eq!(planted(file, &text), [format!("{file}: Planted.former: Option<IndicatorTarget>")]);
    }
    // What is only written has no rules to pass on.
    let written = format!("#[derive(Debug, Serialize)]\npub struct Planted {{\n{fields}");
    assert_eq!(planted("resources/shared.rs", &written), Vec::<String>::new());
    // A type with rules of its own, in a new file.
    let read = "#[derive(Deserialize, Validate)]\npub struct Part {\n    pub name: String,\n}\n\n#[derive(Deserialize)]\nstruct Whole {\n    parts: Vec<Part>,\n}\n";
    assert_eq!(planted("planted/inputs.rs", read), ["planted/inputs.rs: Whole.parts: Vec<Part>"]);
}
