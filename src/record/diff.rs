//! What differs between two contents of a record: each place as a JSON Pointer, with the value before and after.
//!
//! It knows nothing of readers: [`super::history`] decides which contents somebody may compare, and removes what they
//! may not see before they are compared.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

use crate::problem::step;

/// A place at which two contents differ.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Difference {
    /// The field of the record.
    #[schema(max_length = 100)]
    pub field: String,
    /// The place in it, as a JSON Pointer (RFC 6901). An item of a list has its position after the change; an item that
    /// was removed has the position that it had before.
    #[schema(max_length = 1000)]
    pub pointer: String,
    /// The value before; null where there was none.
    #[schema(schema_with = any_value)]
    pub before: Value,
    /// The value after; null where there is none.
    #[schema(schema_with = any_value)]
    pub after: Value,
}

/// Every type of JSON. A schema of all of them is one without a type in the document.
pub const ANY: [Type; 6] = [Type::Object, Type::Array, Type::String, Type::Number, Type::Boolean, Type::Null];

fn any_value() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter(ANY))
        .description(Some("A value of the field: any JSON; null where there is none."))
        .build()
}

/// The differences between two contents, in the order of their fields.
///
/// A field that is missing is the same as one that is null. Lists whose items have an `id`, and lists of different texts,
/// are compared item by item, by id or text; a change of their order is a difference of the whole list. In other lists
/// the items that are equal at the beginning and at the end are left out, and the items between are compared by position.
pub fn diff(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = vec![];
    compare("", before, after, &mut found);
    found
}

fn compare(pointer: &str, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => compare_objects(pointer, before, after, found),
        (Value::Array(before), Value::Array(after)) => compare_lists(pointer, before, after, found),
        _ if before == after => {}
        _ => found.push(difference(pointer, before, after)),
    }
}

fn difference(pointer: &str, before: &Value, after: &Value) -> Difference {
    let field = pointer.split('/').nth(1).unwrap_or_default();
    Difference {
        field: field.replace("~1", "/").replace("~0", "~"),
        pointer: pointer.to_owned(),
        before: before.clone(),
        after: after.clone(),
    }
}

fn compare_objects(
    pointer: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    found: &mut Vec<Difference>,
) {
    let removed = before.keys().filter(|name| !after.contains_key(*name));
    for name in after.keys().chain(removed) {
        let value = |of: &Map<String, Value>| of.get(name).cloned().unwrap_or_default();
        compare(&format!("{pointer}/{}", step(name)), &value(before), &value(after), found);
    }
}

fn compare_lists(pointer: &str, before: &[Value], after: &[Value], found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    match (names(before), names(after)) {
        (Some(old), Some(new)) if !(before.is_empty() || after.is_empty()) => {
            compare_by_name(pointer, (before, &old), (after, &new), found);
        }
        _ => compare_by_position(pointer, before, after, found),
    }
}

/// What the items of a list are called: their `id`, or themselves where they are texts; `None` unless each item has a
/// name of its own.
fn names(items: &[Value]) -> Option<Vec<&str>> {
    let texts = items.iter().all(Value::is_string);
    let name = |item: &Value| match (item, texts) {
        (Value::String(_), true) => true,
        (Value::Object(fields), false) => fields.get("id").is_some_and(Value::is_string),
        _ => false,
    };
    if !items.iter().all(name) {
        return None;
    }
    let names: Vec<&str> =
        items.iter().filter_map(|item| if texts { item.as_str() } else { item["id"].as_str() }).collect();
    let different: HashSet<&&str> = names.iter().collect();
    (different.len() == items.len()).then_some(names)
}

fn compare_by_name(
    pointer: &str,
    (before, old): (&[Value], &[&str]),
    (after, new): (&[Value], &[&str]),
    found: &mut Vec<Difference>,
) {
    let was_at: HashMap<&str, usize> = old.iter().enumerate().map(|(n, name)| (*name, n)).collect();
    let stays: Vec<usize> = new.iter().filter_map(|name| was_at.get(name).copied()).collect();
    if stays.windows(2).any(|pair| pair[0] > pair[1]) {
        found.push(difference(pointer, &Value::Array(before.to_vec()), &Value::Array(after.to_vec())));
        return;
    }
    for (n, (name, item)) in new.iter().zip(after).enumerate() {
        let place = format!("{pointer}/{n}");
        match was_at.get(name).and_then(|n| before.get(*n)) {
            Some(was) => compare(&place, was, item, found),
            None => found.push(difference(&place, &Value::Null, item)),
        }
    }
    let still: HashSet<&&str> = new.iter().collect();
    for (n, (name, item)) in old.iter().zip(before).enumerate() {
        if !still.contains(name) {
            found.push(difference(&format!("{pointer}/{n}"), item, &Value::Null));
        }
    }
}

fn compare_by_position(pointer: &str, before: &[Value], after: &[Value], found: &mut Vec<Difference>) {
    let same = before.iter().zip(after).take_while(|(before, after)| before == after).count();
    let (old, new) = (&before[same..], &after[same..]);
    let same_at_end =
        old.iter().rev().zip(new.iter().rev()).take_while(|(before, after)| before == after).count();
    let (old, new) = (&old[..old.len() - same_at_end], &new[..new.len() - same_at_end]);
    for n in 0..old.len().max(new.len()) {
        let value = |of: &[Value]| of.get(n).cloned().unwrap_or_default();
        compare(&format!("{pointer}/{}", same + n), &value(old), &value(new), found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(before: Value, after: Value) -> Vec<String> {
        diff(&before, &after)
            .into_iter()
            .map(|one| format!("{} {}: {} -> {}", one.field, one.pointer, one.before, one.after))
            .collect()
    }

    #[test]
    fn fields_are_compared_by_name_and_a_missing_one_is_null() {
        assert_eq!(lines(json!({"a": 1, "b": null}), json!({"a": 1, "c": null})), Vec::<String>::new());
        assert_eq!(
            lines(json!({"a": 1, "gone": true, "m/x": {"k~": "v"}}), json!({"a": 2, "m/x": {"k~": "w"}})),
            ["a /a: 1 -> 2", "m/x /m~1x/k~0: \"v\" -> \"w\"", "gone /gone: true -> null"]
        );
        assert_eq!(lines(json!({"a": null}), json!({"a": {"b": 1}})), ["a /a: null -> {\"b\":1}"]);
        assert_eq!(lines(json!({"a": [1]}), json!({"a": "1"})), ["a /a: [1] -> \"1\""]);
    }

    #[test]
    fn items_with_an_id_are_compared_by_it_wherever_they_stand() {
        let before = json!({"lots": [{"id": "a", "n": 1}, {"id": "b", "n": 2}]});
        let inserted = json!({"lots": [{"id": "c", "n": 3}, {"id": "a", "n": 1}, {"id": "b", "n": 4}]});
        assert_eq!(
            lines(before.clone(), inserted),
            ["lots /lots/0: null -> {\"id\":\"c\",\"n\":3}", "lots /lots/2/n: 2 -> 4"]
        );
        let removed = json!({"lots": [{"id": "b", "n": 2}]});
        assert_eq!(lines(before.clone(), removed), ["lots /lots/0: {\"id\":\"a\",\"n\":1} -> null"]);
        let swapped = json!({"lots": [{"id": "b", "n": 2}, {"id": "a", "n": 1}]});
        assert_eq!(diff(&before, &swapped)[0].pointer, "/lots");
        assert_eq!(diff(&before, &swapped)[0].after, swapped["lots"]);
        // Two items of one id: by position.
        let twice = json!({"lots": [{"id": "a", "n": 1}, {"id": "a", "n": 2}]});
        assert_eq!(lines(before, twice), ["lots /lots/1/id: \"b\" -> \"a\""]);
    }

    #[test]
    fn names_in_a_list_are_compared_as_a_set_with_an_order() {
        let of = |names: &[&str]| json!({"partners": names});
        assert_eq!(
            lines(of(&["a", "b"]), of(&["c", "b", "d"])),
            [
                "partners /partners/0: null -> \"c\"",
                "partners /partners/2: null -> \"d\"",
                "partners /partners/0: \"a\" -> null"
            ]
        );
        assert_eq!(
            lines(of(&["a", "b"]), of(&["b", "a"])),
            ["partners /partners: [\"a\",\"b\"] -> [\"b\",\"a\"]"]
        );
        assert_eq!(lines(of(&[]), of(&["a"])), ["partners /partners/0: null -> \"a\""]);
    }

    #[test]
    fn other_items_are_compared_by_position_between_what_is_equal() {
        let of = |days: &[(i64, &str)]| {
            let items: Vec<Value> =
                days.iter().map(|(day, text)| json!({"day": day, "text": text})).collect();
            json!({"evidence": items})
        };
        let before = of(&[(1, "x"), (2, "y"), (3, "z")]);
        assert_eq!(
            lines(before.clone(), of(&[(0, "new"), (1, "x"), (2, "y"), (3, "z")])),
            ["evidence /evidence/0: null -> {\"day\":0,\"text\":\"new\"}"]
        );
        assert_eq!(
            lines(before.clone(), of(&[(1, "x"), (2, "Y"), (3, "z"), (4, "w")])),
            [
                "evidence /evidence/1/text: \"y\" -> \"Y\"",
                "evidence /evidence/3: null -> {\"day\":4,\"text\":\"w\"}"
            ]
        );
        assert_eq!(
            lines(before.clone(), of(&[(1, "x"), (3, "z")])),
            ["evidence /evidence/1: {\"day\":2,\"text\":\"y\"} -> null"]
        );
        assert_eq!(lines(of(&[(1, "x"), (1, "x")]), of(&[(1, "x")])).len(), 1);
        assert!(lines(before.clone(), before).is_empty());
    }

    /// The differences say all: applied to the one they make the other.
    #[test]
    fn each_difference_names_a_value_that_is_there() {
        let before =
            json!({"a": [1, [2, {"x": "y"}], 3], "b": {"c": [{"id": "1"}, {"id": "2"}]}, "t": ["p", "q"]});
        let after =
            json!({"a": [1, [2, {"x": "z"}]], "b": {"c": [{"id": "2", "k": 1}]}, "t": ["q", "r"], "n": 0});
        for (from, to) in [(&before, &after), (&after, &before)] {
            for one in diff(from, to) {
                if !one.after.is_null() {
                    assert_eq!(to.pointer(&one.pointer), Some(&one.after), "{one:?}");
                } else if from.pointer(&one.pointer) != Some(&one.before) {
                    // A field that is gone from an item that is still there, at another place.
                    let (item, _) = one.pointer.rsplit_once('/').unwrap();
                    assert!(to.pointer(item).is_some_and(|item| item["id"].is_string()), "{one:?}");
                }
                assert!(one.pointer.starts_with(&format!("/{}", one.field)), "{one:?}");
            }
        }
    }
}
