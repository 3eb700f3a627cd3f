//! Checks at start-up that the definitions of the kinds fit their contents and each other. A wrong definition is a fault in
//! the program, so the start fails with a sentence that says what to correct.

use std::collections::BTreeMap;

use super::kind::{Include, KindDef, READ_ONLY, Ty, WORDS};
use crate::stats::words::pascal;

/// Checks all kinds. Panics at the first wrong definition.
pub fn check_all(kinds: &[&'static KindDef]) {
    names_of_schemas(kinds);
    for kind in kinds {
        field_names(kind);
        paths(kind);
        words(kind);
        other_kinds(kind, kinds);
    }
}

/// What the schemas of a kind's records are called in the API's document.
pub fn record_schemas(kind: &KindDef) -> Vec<String> {
    let name = pascal(kind.def.name);
    let after = [
        "",
        "Content",
        "Fields",
        "Included",
        "List",
        "Part",
        "Partner",
        "Patch",
        "Shared",
        "SomeFields",
        "Working",
    ];
    let before = ["Any", "New"].map(|before| format!("{before}{name}"));
    after.iter().map(|after| format!("{name}{after}")).chain(before).collect()
}

/// One name is one schema: those of records are named by their kind, those of a content's fields by their Rust type.
fn names_of_schemas(kinds: &[&'static KindDef]) {
    let mut owners = BTreeMap::new();
    for kind in kinds {
        let name = kind.def.name;
        for schema in record_schemas(kind) {
            if let Some(other) = owners.insert(schema.clone(), name) {
                panic!("{name}: `{schema}` is a schema of the kind `{other}` too; give yours another name");
            }
        }
    }
    for kind in kinds {
        let name = kind.def.name;
        for schema in kind.named_schema().types.keys() {
            if let Some(other) = owners.get(schema) {
                panic!(
                    "{name}: the type `{schema}` of its content has the name of a schema of the kind `{other}`; \
                     give the type or the kind another name"
                );
            }
        }
    }
}

fn field_names(kind: &KindDef) {
    let name = kind.def.name;
    let fields = kind.field_names();
    let has = |field: &str| fields.contains(&field);
    let reserved = READ_ONLY.iter().copied().chain(["reference", "change_reason"]);
    for field in reserved.chain(kind.computed_names()) {
        assert!(
            !has(field),
            "{name}: `{field}` is a field of the envelope or a computed field; give yours another name"
        );
    }
    assert!(has(kind.def.title), "{name}: the title `{}` is not a field of the content", kind.def.title);
    if kind.def.assigned.is_some() {
        assert!(
            !has("due") || has("status"),
            "{name}: a kind that can be assigned and has the field `due` needs `status` too, for /v1/me"
        );
    }
}

fn paths(kind: &KindDef) {
    let name = kind.def.name;
    for include in kind.def.includes {
        if let Include::Named { path, .. } = include {
            assert!(
                kind.reference_at(path).is_some(),
                "{name}: the include `{}` follows `{path}`, which is not one of the references",
                include.name()
            );
        }
    }
    for linked in kind.def.linked {
        for path in linked.paths {
            assert!(
                kind.reference_at(path).is_some(),
                "{name}: the filter `{}` follows `{path}`, which is not one of the references",
                linked.name
            );
        }
    }
    for column in kind.def.columns {
        assert!(
            kind.has_path(column.path),
            "{name}: the column `{}` is not a field of the content",
            column.path
        );
        if let Ty::Ref(other) = column.ty {
            assert!(
                kind.references().any(|reference| reference.path == column.path && reference.kind == other),
                "{name}: the column `{}` is not one of the references",
                column.path
            );
        }
    }
    for reference in kind.references() {
        assert!(
            kind.has_path(reference.path),
            "{name}: the reference `{}` is not a field of the content",
            reference.path
        );
        assert!(
            reference.path.split('/').filter(|step| *step == "*").count() < 3,
            "{name}: the reference `{}` is in more than two lists",
            reference.path
        );
    }
}

fn words(kind: &KindDef) {
    let name = kind.def.name;
    // The default list has more names than any kind has fields.
    if kind.def.words == WORDS {
        return;
    }
    for path in kind.def.words {
        assert!(kind.has_path(path), "{name}: `{path}` in `words` is not a field of the content");
        assert!(
            !kind.names_others(path),
            "{name}: `{path}` in `words` names other records, which not every reader sees"
        );
    }
}

fn other_kinds(kind: &KindDef, kinds: &[&'static KindDef]) {
    let name = kind.def.name;
    let find = |other: &str| kinds.iter().find(|kind| kind.def.name == other);
    for reference in kind.references() {
        assert!(
            find(reference.kind).is_some(),
            "{name}: the reference `{}` is to the kind `{}`, which does not exist",
            reference.path,
            reference.kind
        );
    }
    for linked in kind.def.linked {
        let compared: Vec<Option<&str>> = linked
            .paths
            .iter()
            .filter_map(|path| kind.reference_at(path))
            .map(|reference| match linked.through {
                None => Some(reference.kind),
                Some(column) => find(reference.kind)
                    .and_then(|other| other.reference_column(column))
                    .map(|(_, kind)| kind),
            })
            .collect();
        assert!(
            compared.windows(2).all(|pair| pair[0] == pair[1]) && compared.iter().all(Option::is_some),
            "{name}: the filter `{}` compares records of several kinds, or follows a column that does not exist",
            linked.name
        );
    }
    for include in kind.def.includes {
        if let Include::Naming { kind: other, path, .. } = include {
            let names =
                |reference: &super::kind::Reference| reference.path == *path && reference.kind == name;
            assert!(
                find(other).is_some_and(|other| other.references().any(names)),
                "{name}: the include `{}` needs a kind `{other}` that names it at `{path}`, which does not exist",
                include.name()
            );
        }
    }
}
