//! The columns of a kind's table that follow from the content: how they are filled, and the check that they still agree
//! with the content.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Value;

use super::kind::{Column, KindDef, Sort, Ty};
use super::money;
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::Val;
use crate::store::canonical::{Shape, piece, text_of};

/// The records that a content names, by the path of the reference: the first where the reference is a list.
pub type Named = BTreeMap<&'static str, Id>;

/// The columns of the table that a declared column fills.
pub fn stored(column: &Column) -> Vec<(&'static str, Shape)> {
    let shape = match column.ty {
        Ty::Text => Shape::Text,
        Ty::Int | Ty::Money => Shape::Int,
        Ty::Bool => Shape::Bool,
        Ty::Date => Shape::Day,
        Ty::Ref(_) => Shape::Id,
    };
    let mut columns = vec![];
    if let Sort::Nullable { asc, desc } = column.sort {
        columns.extend([(asc, shape), (desc, shape)]);
    }
    columns.push((column.column, shape));
    columns
}

/// The values of these columns.
pub fn values(column: &Column, content: &Value, named: &Named) -> Result<Vec<(&'static str, Val)>, Problem> {
    let value = value(column, content, named)?;
    let mut values = vec![];
    if let Sort::Nullable { asc, desc } = column.sort {
        values.extend([(asc, or_extreme(&value, false)), (desc, or_extreme(&value, true))]);
    }
    values.push((column.column, value));
    Ok(values)
}

fn value(column: &Column, content: &Value, named: &Named) -> Result<Val, Problem> {
    let value = column.value_in(content);
    let unfit = || Problem::internal(format!("the field {} does not fit its column", column.path));
    Ok(match column.ty {
        Ty::Ref(_) => Val::OptId(named.get(column.path).copied()),
        _ if value.is_null() => match column.ty {
            Ty::Int | Ty::Money => Val::OptInt(None),
            Ty::Bool => Val::OptBool(None),
            Ty::Date => Val::OptDate(None),
            Ty::Text | Ty::Ref(_) => Val::OptText(None),
        },
        Ty::Text => Val::Text(value.as_str().ok_or_else(unfit)?.to_owned()),
        Ty::Int => Val::Int(value.as_i64().ok_or_else(unfit)?),
        Ty::Bool => Val::Bool(value.as_bool().ok_or_else(unfit)?),
        Ty::Money => Val::Int(money::pence_of(value).ok_or_else(unfit)?),
        Ty::Date => Val::Date(value.as_str().and_then(|text| text.parse().ok()).ok_or_else(unfit)?),
    })
}

/// The value, or in place of null the least (descending) or the greatest (ascending) value of its type.
pub fn or_extreme(value: &Val, descending: bool) -> Val {
    let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    match (value, descending) {
        (Val::OptDate(None), false) => Val::Date(date(9999, 12, 31)),
        (Val::OptDate(None), true) => Val::Date(date(1, 1, 1)),
        (Val::OptInt(None), false) => Val::Int(i64::MAX),
        (Val::OptInt(None), true) => Val::Int(i64::MIN),
        // U+10FFFF sorts after every text that a person would write.
        (Val::OptBool(None), descending) => Val::Bool(!descending),
        (Val::OptText(None), false) => Val::Text("\u{10ffff}".to_owned()),
        (Val::OptText(None), true) => Val::Text(String::new()),
        (value, _) => value.clone(),
    }
}

/// The first column of a stored row that does not follow from the content. The row is the canonical text of the columns
/// that the kind declares, in order.
pub fn first_difference(
    kind: &KindDef,
    content: &Value,
    named: &Named,
    row: &[u8],
) -> Result<Option<&'static str>, Problem> {
    let mut rest = row;
    for column in kind.def.columns {
        for (name, value) in values(column, content, named)? {
            let expected = piece(text_of(&value).as_deref().map(str::as_bytes));
            match rest.strip_prefix(expected.as_slice()) {
                Some(after) => rest = after,
                None => return Ok(Some(name)),
            }
        }
    }
    Ok(None)
}
