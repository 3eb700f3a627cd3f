//! The document: it is what the router says, its examples are what the demo says, and both fit its schemas.

use std::sync::LazyLock;

use jsonschema::Registry;
use onrecord::demo;
use onrecord::http::operation::Answer;
use serde_json::{Value, json};

use crate::support::{TestApp, document, writer};

fn released() -> Value {
    serde_json::from_str(include_str!("../openapi/onrecord.v1.json")).unwrap()
}

#[actix_web::test]
async fn the_checked_in_document_is_what_the_program_generates() {
    let text = demo::released_text().unwrap();
    assert!(
        text == include_str!("../openapi/onrecord.v1.json"),
        "openapi/onrecord.v1.json is stale: cargo run -- openapi --output openapi/onrecord.v1.json"
    );
}

#[actix_web::test]
async fn every_operation_is_documented_with_what_a_reader_needs() {
    let document = released();
    for operation in onrecord::resources::operations() {
        let described = &document["paths"][&operation.path][operation.method.name().to_lowercase()];
        let id = &operation.id;
        assert_eq!(described["operationId"], json!(id));
        for member in ["summary", "description"] {
            assert!(described[member].as_str().is_some_and(|text| text.len() > 5), "{id} {member}");
        }
        let rule = resolved(&document, &described["x-access"]);
        assert!(!rule.as_array().unwrap().is_empty(), "{id}");
        assert!(described["description"].as_str().unwrap().contains("May be called by"), "{id}");
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            let parameter = resolved(&document, parameter);
            assert!(
                parameter["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{id} {parameter}"
            );
        }
        let responses = described["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{id}");
        if operation.writes() && !operation.issues_token {
            for status in ["401", "403", "415", "422"] {
                assert!(responses.contains_key(status), "{id} {status}");
            }
        }
        if operation.path.contains("{id}") {
            assert!(responses.contains_key("404"), "{id} 404");
            assert!(operation.kind.is_none() || responses.contains_key("410"), "{id} 410");
        }
    }
}

#[actix_web::test]
async fn the_document_says_what_credential_each_operation_needs() {
    let document = released();
    let schemes = |list: &Value| -> Vec<String> {
        let names = |one: &Value| one.as_object().unwrap().keys().next().cloned().unwrap_or_default();
        list.as_array().unwrap().iter().map(names).collect()
    };
    // In the order in which a client tries them; the empty one is no credential.
    assert_eq!(schemes(&document["security"]), ["", "oauth2", "bearer", "apiKey"]);
    let flow = &document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"];
    assert_eq!(flow["tokenUrl"], "/oauth/token");
    for operation in onrecord::resources::operations() {
        let described = &document["paths"][&operation.path][operation.method.name().to_lowercase()];
        let own = described.get("security").map(schemes);
        let is_public = operation.rule.iter().any(|grant| grant.role == onrecord::access::Role::Public);
        let expected: Option<&[&str]> = match (operation.issues_token, is_public) {
            (true, _) => Some(&[""]),
            (false, true) => None,
            (false, false) => Some(&["oauth2", "bearer"]),
        };
        assert_eq!(
            own.as_deref(),
            expected.map(|all| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()).as_deref(),
            "{}",
            operation.id
        );
    }
}

/// A part of the document, or what it refers to in the components.
fn resolved<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    document::resolved(document, part).1
}

const BASE: &str = "urn:onrecord:released";

/// A schema of the document, which finds there what it refers to. The document is prepared once.
fn validator(schema: &Value) -> jsonschema::Validator {
    static RELEASED: LazyLock<Registry<'static>> =
        LazyLock::new(|| Registry::new().add(BASE, released()).unwrap().prepare().unwrap());
    let mut schema = schema.clone();
    refer_to_the_document(&mut schema);
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .with_registry(&RELEASED)
        .build(&schema)
        .unwrap()
}

fn refer_to_the_document(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (name, part) in fields {
                match part.as_str().filter(|_| name == "$ref") {
                    Some(place) => *part = json!(format!("{BASE}{place}")),
                    None => refer_to_the_document(part),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(refer_to_the_document),
        _ => {}
    }
}

#[test]
fn a_schema_finds_what_it_refers_to_and_refuses_what_does_not_fit() {
    let document = released();
    let list = &document["paths"]["/v1/plans"]["get"]["responses"]["200"];
    let content = &resolved(&document, list)["content"]["application/json"];
    assert!(content["schema"].to_string().contains("$ref"), "{}", content["schema"]);
    let mut example = content["example"].clone();
    assert!(validator(&content["schema"]).is_valid(&example));
    example["data"][0]["version"] = json!("first");
    assert!(!validator(&content["schema"]).is_valid(&example));
}

#[actix_web::test]
async fn every_example_is_a_real_answer_and_fits_its_schema() {
    let app = TestApp::new().await;
    let document = released();
    let mut checked = 0;
    for operation in onrecord::resources::operations() {
        let Some(example) = &operation.example else { continue };
        let described = resolved(&document, &document["paths"][&operation.path]["get"]["responses"]["200"]);
        let described = &described["content"]["application/json"];
        if described.is_null() {
            // A form to fill, not JSON.
            app.get(None, &example.path).await.expect(200);
            continue;
        }
        let schema = validator(&described["schema"]);
        let faults: Vec<String> =
            schema.iter_errors(&described["example"]).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{}: {faults:?}", operation.id);
        let answer = app.get(None, &example.path).await.expect(200).json();
        let faults: Vec<String> = schema.iter_errors(&answer).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{}: {faults:?}", operation.id);
        let mut example_value = described["example"].clone();
        let mut answer = answer;
        for value in [&mut example_value, &mut answer] {
            // Cursors are sealed with each server's own key; the tests have one body more than the demo.
            value["page"]["next"] = Value::Null;
            // Each server judges statements itself, when it has loaded them.
            for verdict in value["verdicts"].as_array_mut().into_iter().flatten() {
                verdict["since"] = Value::Null;
            }
        }
        // The tests' server has a contact for weaknesses, which the demo has not.
        for group in answer.get_mut("groups").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(links) = group["links"].as_array_mut() {
                links.retain(|link| link["operation"] != "get_security_contact");
            }
        }
        // Another server has other keys, and another feed.
        if !["list_changes", "get_jwks"].contains(&operation.id.as_str()) {
            assert_eq!(answer, example_value, "{}", operation.id);
        }
        checked += 1;
    }
    assert!(checked > 40, "{checked}");
}

/// A problem has the schema of its operation, and another only where the table says so.
#[actix_web::test]
async fn a_problem_that_says_more_than_others_is_that_of_its_own_operations() {
    let document = released();
    let mut own = 0;
    for operation in onrecord::resources::operations() {
        let described =
            &document["paths"][&operation.path][operation.method.name().to_lowercase()]["responses"];
        for (status, response) in
            described.as_object().unwrap().iter().filter(|(status, _)| status.as_str() >= "400")
        {
            let content = &resolved(&document, response)["content"]["application/problem+json"];
            let problem = |answer: &&Answer| answer.media_type == "application/problem+json";
            let mut own_answers = operation.answers.iter().filter(problem);
            let more = own_answers.find(|answer| answer.status.to_string() == *status);
            if content.is_null() {
                continue;
            }
            let expected = match more.and_then(|answer| answer.schema.as_ref()) {
                Some(schema) => {
                    own += 1;
                    schema["$ref"].as_str().unwrap().to_owned()
                }
                None => "#/components/schemas/Problem".to_owned(),
            };
            assert_eq!(content["schema"]["$ref"], json!(expected), "{} {status}", operation.id);
        }
    }
    assert!(own >= 3, "{own}");
}

#[actix_web::test]
async fn every_answer_of_a_change_has_an_example_that_fits_its_schema() {
    let document = released();
    for operation in onrecord::resources::operations().iter().filter(|row| row.kind.is_some() && row.writes())
    {
        let described =
            &document["paths"][&operation.path][operation.method.name().to_lowercase()]["responses"];
        let status = if operation.id.starts_with("create_") { "201" } else { "200" };
        let content = &resolved(&document, &described[status])["content"]["application/json"];
        assert!(content["example"].is_object(), "{}", operation.id);
        let schema = validator(&content["schema"]);
        let faults: Vec<String> =
            schema.iter_errors(&content["example"]).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{}: {faults:?}", operation.id);
    }
}

/// Also of operations without a kind, whose examples come from elsewhere.
#[actix_web::test]
async fn whatever_example_stands_beside_a_schema_fits_it() {
    let document = released();
    let mut checked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let responses =
                operation["responses"].as_object().into_iter().flatten().map(|(_, response)| response);
            for part in responses.chain([&operation["requestBody"]]) {
                let content = &resolved(&document, part)["content"]["application/json"];
                if content["schema"].is_null() || content["example"].is_null() {
                    continue;
                }
                let schema = validator(&content["schema"]);
                let faults: Vec<String> =
                    schema.iter_errors(&content["example"]).map(|error| error.to_string()).collect();
                assert!(faults.is_empty(), "{method} {path}: {faults:?}");
                checked += 1;
            }
        }
    }
    assert!(checked > 300, "{checked}");
}

#[actix_web::test]
async fn what_the_office_reads_fits_its_schema_too() {
    let app = TestApp::new().await;
    let document = released();
    for kind in app.workflow_kinds() {
        let address = app.draft(kind).await;
        let def = app.state.kind(kind).unwrap();
        let (path, author) = (def.def.path, writer(def));
        for (who, path, route) in [
            (Some(author), address.clone(), format!("/v1/{path}/{{id}}")),
            (Some(author), format!("/v1/{path}"), format!("/v1/{path}")),
            (Some("auditor"), format!("/v1/{path}"), format!("/v1/{path}")),
            (Some("partner"), format!("/v1/{path}"), format!("/v1/{path}")),
            (Some(author), format!("{address}/versions"), format!("/v1/{path}/{{id}}/versions")),
            (Some(author), "/v1/me".to_owned(), "/v1/me".to_owned()),
            (Some(author), "/v1/changes?limit=200".to_owned(), "/v1/changes".to_owned()),
        ] {
            let response = resolved(&document, &document["paths"][&route]["get"]["responses"]["200"]);
            let schema = &response["content"]["application/json"]["schema"];
            let answer = app.get(who, &path).await.expect(200).json();
            let faults: Vec<String> =
                validator(schema).iter_errors(&answer).map(|error| error.to_string()).collect();
            assert!(faults.is_empty(), "{who:?} {path}: {faults:?}");
        }
    }
}

#[actix_web::test]
async fn the_examples_of_bodies_are_taken() {
    let app = TestApp::new().await;
    for kind in &app.state.kinds {
        app.post(writer(kind), &format!("/v1/{}", kind.def.path), kind.example.clone()).await.expect(201);
    }
}

/// Every object and list of the document, with where it is.
fn each_schema<'a>(value: &'a Value, place: &str, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(fields) => {
            if fields.get("type").is_some() {
                found.push((place.to_owned(), value));
            }
            for (name, part) in fields.iter().filter(|(name, _)| !name.starts_with("example")) {
                each_schema(part, &format!("{place}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (n, part) in items.iter().enumerate() {
                each_schema(part, &format!("{place}/{n}"), found);
            }
        }
        _ => {}
    }
}

/// Generators of clients take an object of which nothing is said for one without fields (openapi-typescript), drop a list
/// whose items are not described and all that contains it (openapi-python-client), and make a type that no value has of
/// "and these fields are required" (openapi-typescript).
#[actix_web::test]
async fn every_type_of_the_document_can_be_made_and_used() {
    let document = released();
    let mut schemas = vec![];
    each_schema(&document, "", &mut schemas);
    assert!(schemas.len() > 1000);
    for (place, schema) in schemas {
        let is = |name: &str| {
            let types = &schema["type"];
            *types == json!(name) || types.as_array().is_some_and(|types| types.contains(&json!(name)))
        };
        let says = |part: &str| schema.get(part).is_some();
        assert!(!is("object") || says("properties") || says("additionalProperties"), "{place}: {schema}");
        assert!(!is("array") || says("items"), "{place}: {schema}");
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(!says("properties") || schema["properties"].get(name).is_some(), "{place}: {name}");
        }
    }
}

#[actix_web::test]
async fn no_two_components_have_names_that_a_generated_client_cannot_tell_apart() {
    let document = released();
    let mut known = std::collections::BTreeMap::new();
    for section in ["schemas", "parameters"] {
        for name in document["components"][section].as_object().unwrap().keys() {
            let letters = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "").to_lowercase();
            let other = known.insert(letters, name);
            assert!(other.is_none(), "{section}: {name} and {other:?}");
        }
    }
}
