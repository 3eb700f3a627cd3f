//! Rules of inputs that a JSON Schema cannot state.
//!
//! An input implements [`Validate`]: derived, or by hand where one rule can find several faults. This module turns
//! the errors of crate `validator` into our [`Fault`]s, and back for rules written by hand.

pub mod blanks;
pub mod characters;
pub mod days;
pub mod joiners;
mod lenient;

use std::borrow::Cow;
use std::cmp::Ordering;

use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::problem::{At, Fault, add_elsewhere};

/// The name under which `validator` lists the errors of a whole struct.
const STRUCT: &str = "__all__";
/// The name under which `validator` wraps the errors of a list that is validated by itself.
const LIST: &str = "_tmp_validator";
/// The parameter of an error that holds its pointer, below the value that the rule is about.
const POINTER: &str = "pointer";

/// An error of a rule on a whole struct; `pointer` names the field at fault, such as `/to`.
pub fn error(pointer: &str, code: &'static str, detail: impl Into<Cow<'static, str>>) -> ValidationError {
    let mut error = ValidationError::new(code).with_message(detail.into());
    error.params.insert(Cow::Borrowed(POINTER), Value::from(pointer));
    error
}

/// The result of a [`Validate`] that is written by hand. The pointers of the faults begin at the validated value.
pub fn result(faults: Vec<Fault>) -> Result<(), ValidationErrors> {
    if faults.is_empty() {
        return Ok(());
    }
    let mut errors = ValidationErrors::new();
    let all: Vec<ValidationError> = faults
        .into_iter()
        .map(|fault| {
            let pointer = if let At::Pointer(pointer) = &fault.at { pointer.as_str() } else { "" };
            error(pointer, fault.code, fault.detail)
        })
        .collect();
    errors.errors_mut().insert(Cow::Borrowed(STRUCT), ValidationErrorsKind::Field(all));
    Err(errors)
}

/// Every rule that a value breaks, sorted by pointer.
pub fn faults_of(value: &impl Validate) -> Vec<Fault> {
    let mut faults = vec![];
    if let Err(errors) = value.validate() {
        collect(&errors, "", &mut faults);
        faults.sort_by(by_place);
    }
    faults
}

/// The order in which faults are listed: by pointer, elements of a list by their number.
pub fn by_place(one: &Fault, other: &Fault) -> Ordering {
    let (At::Pointer(one), At::Pointer(other)) = (&one.at, &other.at) else {
        return Ordering::Equal;
    };
    let steps = |pointer: &str| -> Vec<(Option<u64>, String)> {
        pointer.split('/').map(|step| (step.parse().ok(), step.to_owned())).collect()
    };
    steps(one).cmp(&steps(other))
}

fn collect(errors: &ValidationErrors, prefix: &str, faults: &mut Vec<Fault>) {
    for (name, kind) in errors.errors() {
        let place = match name.as_ref() {
            STRUCT | LIST => prefix.to_owned(),
            // A raw identifier such as `r#in` is serialised without its prefix.
            name => format!("{prefix}/{}", name.trim_start_matches("r#")),
        };
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &place, faults),
            ValidationErrorsKind::List(items) => {
                for (n, inner) in items {
                    collect(inner, &format!("{place}/{n}"), faults);
                }
            }
            ValidationErrorsKind::Field(all) => faults.extend(all.iter().map(|error| fault(error, &place))),
        }
    }
}

fn fault(error: &ValidationError, place: &str) -> Fault {
    let below = error.params.get(POINTER).and_then(Value::as_str).unwrap_or_default();
    // Codes are constants of the source; one made at run time would be none that a client can know.
    let code = if let Cow::Borrowed(code) = error.code { code } else { "invalid" };
    let detail = match &error.message {
        Some(message) => message.to_string(),
        None => format!("This breaks the rule `{code}`."),
    };
    Fault::pointer(format!("{place}{below}"), code, detail)
}

/// Reads a value and checks its rules, in spite of the faults that its schema has found already.
///
/// Adds the rules that it breaks, but for places that are known to be wrong. The value comes back where it can be read
/// as it is; it must not be used while there are faults. `more` checks what needs more than the value itself.
pub fn read<T, R, E>(
    body: Value,
    schema: &Value,
    faults: &mut Vec<Fault>,
    more: impl Fn(&T, &mut Vec<Fault>) -> Result<R, E>,
) -> Result<Option<(T, R)>, E>
where
    T: DeserializeOwned + Validate,
{
    let check = |value: &T| -> Result<(Vec<Fault>, R), E> {
        let mut found = faults_of(value);
        let mut others = vec![];
        let result = more(value, &mut others)?;
        add_elsewhere(&mut found, others);
        Ok((found, result))
    };
    match lenient::read::<T>(body, schema, faults) {
        Ok(value) => {
            let (found, result) = check(&value)?;
            add_elsewhere(faults, found);
            Ok(Some((value, result)))
        }
        Err(lenient::Unreadable { stand_ins, error }) => {
            if faults.is_empty()
                && let Some(error) = error
            {
                let detail = format!("The body does not fit its schema: {error}.");
                faults.push(Fault::pointer("", "invalid", detail));
            }
            // A rule that is broken with either extreme does not depend on the unreadable places.
            if let [one, other] = &stand_ins[..] {
                let (mut found, _) = check(one)?;
                let (also, _) = check(other)?;
                found.retain(|fault| also.contains(fault));
                add_elsewhere(faults, found);
            }
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests;
