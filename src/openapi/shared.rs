//! What several operations have in common, moved to the components: parameters, request bodies, responses and rules
//! of access. The document is a third smaller with it, and generated clients have one type for each.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Components, Content, PathItem, Paths, Ref, RefOr};

/// Parts that may be shared, by the JSON that they are written as.
#[derive(Default)]
struct Counted {
    /// The JSON, the names that it asks for (best first), and how often it occurs, in the order of the document.
    parts: Vec<(String, Vec<String>, usize)>,
    places: BTreeMap<String, usize>,
}

impl Counted {
    fn count(&mut self, part: &impl Serialize, names: Vec<String>) -> Result<(), String> {
        let json = serde_json::to_string(part).map_err(|error| error.to_string())?;
        let place = *self.places.entry(json.clone()).or_insert(self.parts.len());
        match self.parts.get_mut(place) {
            Some(known) => known.2 += 1,
            None => self.parts.push((json, names, 1)),
        }
        Ok(())
    }

    /// A name for each part that occurs more than once, which no other component of its section has: those of the standard
    /// problems are their statuses.
    fn names<T>(self, section: &BTreeMap<String, T>) -> Result<BTreeMap<String, String>, String> {
        let mut repeated: Vec<_> = self.parts.into_iter().filter(|(_, _, times)| *times > 1).collect();
        // What occurs most has the first choice.
        repeated.sort_by_key(|(_, _, times)| std::cmp::Reverse(*times));
        let mut used: BTreeSet<String> = section.keys().map(|name| letters(name)).collect();
        let mut names = BTreeMap::new();
        for (json, choices, _) in repeated {
            let name = choices
                .into_iter()
                .find(|name| !used.contains(&letters(name)))
                .ok_or("no name left for a component")?;
            used.insert(letters(&name));
            names.insert(json, name);
        }
        Ok(names)
    }
}

/// A name without what generators of clients leave out of it: `asOf` and `as_of` are one type for them.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn operations(paths: &mut Paths) -> impl Iterator<Item = &mut Operation> {
    paths.paths.values_mut().flat_map(|item: &mut PathItem| {
        [&mut item.get, &mut item.post, &mut item.put, &mut item.patch].into_iter().flatten()
    })
}

/// Letters, digits, `.`, `-` and `_` only, as a component's name must be.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || ".-_".contains(letter) { letter } else { '_' })
        .collect()
}

fn id(operation: &Operation) -> String {
    operation.operation_id.clone().unwrap_or_default()
}

fn tag(operation: &Operation) -> String {
    plain(operation.tags.iter().flatten().next().map(String::as_str).unwrap_or_default())
}

/// Moves what occurs more than once to the components.
pub fn share(paths: &mut Paths, components: &mut Components) -> Result<(), String> {
    share_examples(paths, components)?;
    let (mut parameters, mut bodies, mut responses, mut rules) =
        (Counted::default(), Counted::default(), Counted::default(), Counted::default());
    for operation in operations(paths) {
        let (id, tag) = (id(operation), tag(operation));
        for parameter in operation.parameters.iter().flatten() {
            if let RefOr::T(described) = parameter {
                let name = plain(&described.name);
                let names = [&name, &format!("{name}-{tag}"), &format!("{name}-{id}")];
                // No parameter has the name of a schema: generators of clients make types of both.
                parameters.count(parameter, names.map(|name| format!("{name}-parameter")).to_vec())?;
            }
        }
        let verb = id.split('_').next().unwrap_or_default().to_owned();
        if let Some(body) = &operation.request_body {
            bodies.count(body, vec![verb, id.clone()])?;
        }
        for (status, response) in &operation.responses.responses {
            if let RefOr::T(_) = response {
                responses.count(response, vec![status.clone(), format!("{id}-{status}")])?;
            }
        }
        if let Some(rule) = operation.extensions.as_ref().and_then(|all| all.get("x-access")) {
            let number = rules.parts.len() + 1;
            rules.count(rule, vec![format!("R{number}")])?;
        }
    }
    let parameters = parameters.names(&components.parameters)?;
    let bodies = bodies.names(&components.request_bodies)?;
    let responses = responses.names(&components.responses)?;
    let rules = rules.names::<()>(&BTreeMap::new())?;
    for operation in operations(paths) {
        for parameter in operation.parameters.iter_mut().flatten() {
            replace(parameter, &parameters, "parameters", &mut components.parameters)?;
        }
        if let Some(body) = &mut operation.request_body {
            replace(body, &bodies, "requestBodies", &mut components.request_bodies)?;
        }
        for response in operation.responses.responses.values_mut() {
            replace(response, &responses, "responses", &mut components.responses)?;
        }
        if let Some(rule) = operation.extensions.as_mut().and_then(|all| all.get_mut("x-access"))
            && let Some(name) = rules.get(&rule.to_string())
        {
            *rule = json!({"$ref": format!("#/components/x-access/{name}")});
        }
    }
    let mut named = Map::new();
    for (rule, name) in rules {
        named.insert(name, serde_json::from_str(&rule).map_err(|error| error.to_string())?);
    }
    named.sort_keys();
    components.extensions = Some(ExtensionsBuilder::new().add("x-access", Value::Object(named)).build());
    Ok(())
}

fn contents(operation: &mut Operation) -> impl Iterator<Item = &mut Content> {
    let body = match &mut operation.request_body {
        Some(RefOr::T(body)) => Some(body),
        _ => None,
    };
    body.into_iter().flat_map(|body| body.content.values_mut()).filter_map(|content| match content {
        RefOr::T(content) => Some(content),
        RefOr::Ref(_) => None,
    })
}

/// Moves the examples of bodies that several operations take to the components: those of `POST` and `PUT` of a kind.
fn share_examples(paths: &mut Paths, components: &mut Components) -> Result<(), String> {
    let mut examples = Counted::default();
    for operation in operations(paths) {
        let id = id(operation);
        for content in contents(operation) {
            // What is shorter than a reference to it stays.
            if let Some(example) = content.example.as_ref().filter(|example| example.to_string().len() > 100)
            {
                examples.count(example, vec![id.clone()])?;
            }
        }
    }
    let names = examples.names(&components.examples)?;
    for operation in operations(paths) {
        for content in contents(operation) {
            let json = content.example.as_ref().map(Value::to_string).unwrap_or_default();
            if let Some(name) = names.get(&json) {
                let example = ExampleBuilder::new().value(content.example.take()).build();
                components.examples.insert(name.clone(), RefOr::T(example));
                let reference = Ref::new(format!("#/components/examples/{name}"));
                content.examples.insert("example".to_owned(), RefOr::Ref(reference));
            }
        }
    }
    Ok(())
}

/// Puts a reference in the place of a part that has a name, and the part itself into the components.
fn replace<T: Serialize>(
    part: &mut RefOr<T>,
    names: &BTreeMap<String, String>,
    section: &str,
    components: &mut BTreeMap<String, RefOr<T>>,
) -> Result<(), String> {
    let json = serde_json::to_string(part).map_err(|error| error.to_string())?;
    if let Some(name) = names.get(&json) {
        let reference = RefOr::Ref(Ref::new(format!("#/components/{section}/{name}")));
        components.insert(name.clone(), std::mem::replace(part, reference));
    }
    Ok(())
}
