//! Tests of the documentation as pages.

use super::*;

#[test]
fn every_operation_of_the_document_is_on_the_page_of_its_group() {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let docs = all().unwrap();
    let mut count = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let tag = operation["tags"][0].as_str().unwrap();
            let main = &docs.group(tag).unwrap().unwrap().main;
            let at = main.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("{id} is not in {tag}"));
            let own = main[at..].split("</details>").next().unwrap();
            for what in
                [method.to_uppercase(), path.clone(), "May be called by".to_owned(), "curl".to_owned()]
            {
                assert!(
                    own.contains(&what) || main[..at].ends_with("<details>\n") || main.contains(&what),
                    "{id}: {what}"
                );
            }
            for status in operation["responses"].as_object().unwrap().keys() {
                assert!(own.contains(&format!(">{status}<")), "{id} does not say {status}");
            }
            count += 1;
        }
    }
    assert_eq!(count, docs.entries().unwrap().iter().filter(|entry| !entry.is_guide).count());
}

#[test]
fn a_page_is_made_when_it_is_requested_and_no_other_with_it() {
    let docs = unmade().unwrap();
    docs.index().unwrap();
    docs.entries().unwrap();
    docs.group("plans").unwrap().unwrap();
    docs.guide("journalist").unwrap().unwrap();
    let groups = docs.groups.iter().filter(|group| group.part.get().is_some());
    assert_eq!(groups.map(|group| group.name.as_str()).collect::<Vec<_>>(), ["plans"]);
    let guides = docs.guides.iter().filter(|(_, part)| part.get().is_some());
    assert_eq!(guides.map(|(guide, _)| guide.name).collect::<Vec<_>>(), ["journalist"]);
}

#[test]
fn groups_are_named_and_described_in_words() {
    let docs = all().unwrap();
    let index = &docs.index().unwrap().main;
    assert!(index.contains(">Office terms<") && !index.contains("Office-terms"));
    for group in &docs.groups {
        let main = &docs.group(&group.name).unwrap().unwrap().main;
        let lead = main.split("<p class=\"lead\">").nth(1).unwrap().split("</p>").next().unwrap();
        assert!(!lead.contains('`'), "{lead}");
    }
    let summaries = index.split("<summary>").skip(1).map(|part| part.split("</summary>").next().unwrap());
    assert!(summaries.filter(|summary| summary.contains('`')).count() == 0, "{index}");
}

#[test]
fn pages_are_light() {
    let docs = all().unwrap();
    let index = docs.index().unwrap();
    assert!(index.main.len() < 130_000, "the index has {} bytes", index.main.len());
    let groups = docs.groups.iter().map(|group| (group.name.as_str(), docs.group(&group.name)));
    let guides = docs.guides.iter().map(|(guide, _)| (guide.name, docs.guide(guide.name)));
    for (name, part) in groups.chain(guides) {
        let part = part.unwrap().unwrap();
        assert!(part.main.len() < 280_000, "{name} has {} bytes", part.main.len());
    }
}

#[test]
fn what_a_page_needs_is_made_when_it_was_requested() {
    let docs = all().unwrap();
    docs.index().unwrap();
    docs.entries().unwrap();
    docs.guide("panel").unwrap().unwrap();
    for (path, query) in
        [("/docs/", ""), ("/docs/", "q=plan"), ("/docs/guides/panel", ""), ("/docs/nothing", "")]
    {
        assert!(super::are_made(path, query), "{path}?{query}");
    }
    let unmade = docs.guides.iter().find(|(_, part)| part.get().is_none());
    assert!(unmade.is_none_or(|(guide, _)| !super::are_made(&guide.address(), "")));
}
