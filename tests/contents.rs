//! The contents of kinds: every field is described, and every rule is called.

use std::path::Path;

use serde_json::Value;

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

/// The text of every `dto.rs` of a kind with that of the `validate.rs` beside it, if there is one.
fn contents() -> Vec<String> {
    let resources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/resources");
    let read = |file: &Path| std::fs::read_to_string(file).unwrap_or_default();
    let folders = std::fs::read_dir(resources).unwrap().map(|entry| entry.unwrap().path());
    let texts = folders
        .filter(|folder| folder.join("dto.rs").exists())
        .map(|folder| [read(&folder.join("dto.rs")), read(&folder.join("validate.rs"))].join("\n"));
    texts.collect()
}

/// The types of a file that have rules: derived, or written by hand.
fn types_with_rules(text: &str) -> Vec<String> {
    let mut derived = false;
    let mut all = vec![];
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("impl Validate for ") {
            all.push(name.trim_end_matches(" {").to_owned());
        } else if line.starts_with("#[derive(") {
            derived = line.contains("Validate");
        } else if let Some(name) = line.strip_prefix("pub struct ").filter(|_| derived) {
            all.push(name.split([' ', '(']).next().unwrap().to_owned());
        }
    }
    all
}

/// The fields of a file that hold one of these types and do not pass its rules on.
fn fields_without_rules(text: &str, types: &[String]) -> Vec<String> {
    let (mut nested, mut all) = (false, vec![]);
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[validate(nested)") {
            nested = true;
        } else if let Some((name, of)) = line.strip_prefix("pub ").and_then(|field| field.split_once(": ")) {
            let holds = |of: &str, ty: &String| {
                of.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == ty)
            };
            let by_hand = text.contains(&format!("check_parts(\"/{name}\", &self.{name}, "));
            if types.iter().any(|ty| holds(of, ty)) && !nested && !by_hand {
                all.push(format!("{name}: {of}"));
            }
            nested = false;
        }
    }
    all
}

#[test]
fn a_field_whose_type_has_rules_passes_them_on() {
    let texts = contents();
    let types: Vec<String> = texts.iter().flat_map(|text| types_with_rules(text)).collect();
    assert!(types.len() > 20, "{types:?}");
    let found: Vec<String> = texts.iter().flat_map(|text| fields_without_rules(text, &types)).collect();
    assert_eq!(found, Vec::<String>::new());
    // The test sees what it is for.
    let planted = "#[validate(nested)]\n    pub targets: Vec<IndicatorTarget>,\n    pub former: Option<IndicatorTarget>,\n";
    assert_eq!(fields_without_rules(planted, &types), ["former: Option<IndicatorTarget>,"]);
}
