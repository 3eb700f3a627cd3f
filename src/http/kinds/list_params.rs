//! The parameters of lists: page, order, `fields`, `include`, words, format, and a filter for each column of a kind.

use super::filters::STATE;
use super::list_reply::FOR;
use super::read::list_fields;
use crate::http::Call;
use crate::http::call::AS_OF;
use crate::http::params::{DayMeans, Formed, Param, ParamType};
use crate::http::schema::reference_schema;
use crate::problem::Fault;
use crate::record::kind::{Column, ComputedFilter, Filter, FilterValues, KindDef, Linked, Sort, Ty};
use crate::record::state::State;
use crate::record::words::{self, Query};

/// The parameters of a kind's list.
pub fn list_params(kind: &KindDef) -> Vec<Param> {
    let mut params = vec![
        limit_param(),
        cursor_param(),
        Param::new(
            "sort",
            ParamType::Some { of: sort_names(kind), signed: true, most: 3 },
            "The sort order: field names separated by commas, with `-` before a name for descending. Text sorts by code point, nulls last.",
        ),
        Param::new(
            "count",
            ParamType::Bool,
            "With `true` the response has `total`, the number of records in the whole list.",
        ),
        as_of_param(),
        Param::new(
            "fields",
            ParamType::Some { of: list_fields(kind), signed: false, most: 50 },
            "Only these fields of a record, separated by commas.",
        ),
        search_param(),
        kind_format_param(kind),
    ];
    if let Some(include) = include_param(kind) {
        params.push(include);
    }
    for column in kind.def.all_columns() {
        params.extend(filters(kind, column));
    }
    params.extend(kind.def.linked.iter().map(|linked| linked_param(kind, linked)));
    params.extend(kind.filters.iter().map(computed_param));
    if kind.def.workflow {
        params.push(state_param());
    }
    params
}

/// `as_of=`: the moment to look at.
pub fn as_of_param() -> Param {
    Param::new(
        AS_OF,
        ParamType::Moment(DayMeans::End),
        "Returns what was public at this moment (RFC 3339), which cannot be in the future. A day means its end in Europe/London, today as far as it has come. `X-As-Of` says which moment was used.",
    )
    .also("asOf")
}

/// `limit=`, of what the list holds.
pub fn limit_param() -> Param {
    Param::new("limit", ParamType::Int(1, 200), "How many rows a page has; 50 when left out.")
}

/// `cursor=`, for a list that ends.
pub fn cursor_param() -> Param {
    Param::new("cursor", ParamType::Text(4_000), "Where the page begins: `page.next` of the previous page.")
}

/// `format=`, for clients that cannot set `Accept`.
pub fn format_param() -> Param {
    Param::new(
        "format",
        ParamType::OneOf(vec!["json", "csv"]),
        "The format of the response, instead of the `Accept` header.",
    )
}

/// `for=`: what a CSV will be read with.
pub fn for_param() -> Param {
    Param::new(
        FOR,
        ParamType::OneOf(vec!["spreadsheet"]),
        "With `spreadsheet`, the CSV is for a spreadsheet: it begins with a byte order mark, a text that would be a formula has an apostrophe before it, reference and title come first, and each period has its first and last day beside it. Without it, the CSV is for a program and has the texts as they are.",
    )
}

/// `format=` of a kind's list, with the formats of other standards.
fn kind_format_param(kind: &KindDef) -> Param {
    let mut param = format_param();
    if let ParamType::OneOf(names) = &mut param.ty {
        names.extend(kind.formats.iter().map(|format| format.name));
    }
    for format in kind.formats {
        param.description.push_str(&format!(" `{}`: {}", format.name, format.about));
    }
    param
}

/// `q=`: the words to search for.
pub fn search_param() -> Param {
    Param::new(
        "q",
        ParamType::Text(words::QUERY),
        "Only records with all of these words, at most 8, in their title, reference or text. Case, accents and apostrophes make no difference. `word*` finds words that begin so; no other character has a meaning.",
    )
}

/// The words of `q=`, if the request has it. Adds a fault if it cannot be read.
pub fn search_query(call: &Call, faults: &mut Vec<Fault>) -> Option<Query> {
    match Query::parse(call.params.text("q")?) {
        Ok(query) => Some(query),
        Err((code, detail)) => {
            faults.push(Fault::parameter("q", code, detail));
            None
        }
    }
}

/// `include=`, if the kind has something to include.
pub fn include_param(kind: &KindDef) -> Option<Param> {
    let of: Vec<String> = kind.def.includes.iter().map(|include| include.name().to_owned()).collect();
    (!of.is_empty()).then(|| {
        Param::new(
            "include",
            ParamType::Some { of, signed: false, most: 5 },
            "Related records to add under `included`, separated by commas. Not in CSV.",
        )
    })
}

fn sort_names(kind: &KindDef) -> Vec<String> {
    kind.def
        .all_columns()
        .filter(|column| column.sort != Sort::No)
        .map(|column| column.name.to_owned())
        .collect()
}

/// A filter by a record that is named.
fn linked_param(kind: &KindDef, linked: &Linked) -> Param {
    let fields: Vec<String> =
        linked.paths.iter().map(|path| format!("`{}`", path.split('/').next().unwrap_or_default())).collect();
    let (name, fields) = (linked.name.replace('_', " "), fields.join(" or "));
    let about = match linked.through {
        None => format!("Only records whose {fields} include this {name}, given by its id or its reference."),
        Some(_) => format!(
            "Only {} whose {fields} belong to this {name}, given by its id or its reference.",
            kind.def.many
        ),
    };
    Param::new(linked.name, ParamType::Reference, about)
}

/// A filter by what is computed.
fn computed_param(filter: &ComputedFilter) -> Param {
    let ty = match filter.values {
        FilterValues::Flag => ParamType::Bool,
        FilterValues::Codes(codes) => ParamType::Codes(codes()),
    };
    Param::new(filter.name, ty, filter.about)
}

/// The filter by the state that responses show.
fn state_param() -> Param {
    let states = State::WORKING.iter().chain([&State::Published]).map(|state| state.name().to_owned());
    Param::new(
        STATE,
        ParamType::Codes(states.collect()),
        "Only records in one of these states, separated by commas. Callers who see only what is published can give only `published`.",
    )
}

fn filters(kind: &KindDef, column: &Column) -> Vec<Param> {
    let ty = || match column.ty {
        Ty::Text if column.path == "reference" => ParamType::Formed(Formed::new(reference_schema(), None)),
        Ty::Text => match kind.codes(column.path) {
            Some(codes) => ParamType::Codes(codes),
            None => ParamType::Formed(Formed::new(kind.text_form(column.path), column.forms)),
        },
        Ty::Int => {
            let (least, most) = kind.bounds(column.path).unwrap_or((0, 1_000_000));
            ParamType::Int(least, most)
        }
        Ty::Bool => ParamType::Bool,
        Ty::Date => ParamType::Date,
        Ty::Money => ParamType::Money,
        Ty::Ref(_) => ParamType::Reference,
    };
    let one = |name: String, description: String| Param::new(name, ty(), description);
    let name = column.name;
    match column.filter {
        Filter::No => vec![],
        Filter::Equal => {
            let about = match column.ty {
                Ty::Ref(kind) => format!(
                    "Only records whose `{name}` is this {}, given by its id or its reference.",
                    kind.replace('_', " ")
                ),
                Ty::Text if kind.codes(column.path).is_some() => {
                    format!("Only records whose `{name}` is one of these, separated by commas.")
                }
                _ => format!("Only records whose `{name}` is exactly this."),
            };
            let forms = column.forms.map(|forms| format!(" Give {}.", forms.words)).unwrap_or_default();
            vec![one(name.to_owned(), about + &forms)]
        }
        Filter::Range => {
            let (from, to) = match column.ty {
                Ty::Int | Ty::Money => ("this or more", "less than this"),
                _ => ("this or later", "before this"),
            };
            vec![
                one(name.to_owned(), format!("Only records whose `{name}` is exactly this.")),
                one(format!("{name}[gte]"), format!("Only records whose `{name}` is {from}.")),
                one(format!("{name}[lt]"), format!("Only records whose `{name}` is {to}.")),
            ]
        }
    }
}
