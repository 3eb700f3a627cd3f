//! Typed bodies of requests.
//!
//! A body is a type: [`BodySpec::of`] takes its schema into the table of operations, and [`Call::input`] reads it. The
//! bounds of single values stand in `#[schema(…)]` and are checked from the schema; what a schema cannot state is the
//! type's [`Validate`]. A request is told of all its faults of both sorts at once.
//!
//! [`BodySpec::of`]: super::operation::BodySpec::of

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use super::Call;
use super::schema::CompiledSchema;
use crate::problem::{Fault, Problem, add_elsewhere};
use crate::record::kind::object_schema;
use crate::validation;

/// A type that an operation takes as its body.
pub trait Input: DeserializeOwned + ToSchema + Validate + 'static {}

impl<T: DeserializeOwned + ToSchema + Validate + 'static> Input for T {}

/// The body of an operation that takes no fields: `{}`, or no body at all.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[schema(max_properties = 0)]
pub struct Empty {}

/// The type of an operation's body, with its compiled schema.
#[derive(Clone)]
pub struct InputType {
    id: TypeId,
    name: &'static str,
    schema: Arc<CompiledSchema>,
}

impl InputType {
    /// The input type `T`.
    pub fn of<T: Input>() -> InputType {
        InputType {
            id: TypeId::of::<T>(),
            name: std::any::type_name::<T>(),
            schema: Arc::new(CompiledSchema::new(object_schema::<T>())),
        }
    }

    /// The schema that bodies are checked against.
    pub fn schema(&self) -> &Value {
        self.schema.schema()
    }
}

impl fmt::Debug for InputType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Call {
    /// The body of the request, checked. 422 names every fault.
    pub fn input<T: Input>(&self) -> Result<T, Problem> {
        self.input_with(|_, _| Ok(())).map(|(input, ())| input)
    }

    /// The body of the request, checked together with what `more` finds: the rules that need the time or the database.
    ///
    /// `more` also sees bodies in which the schema has found faults, so that one answer names them all; it may be called
    /// twice and must change nothing. Its result comes back only where nothing is wrong.
    pub fn input_with<T: Input, R>(
        &self,
        more: impl Fn(&T, &mut Vec<Fault>) -> Result<R, Problem>,
    ) -> Result<(T, R), Problem> {
        let declared = self.operation.body.as_ref().and_then(|body| body.input.as_ref());
        let Some(declared) = declared.filter(|declared| declared.id == TypeId::of::<T>()) else {
            let read = std::any::type_name::<T>();
            let operation = &self.operation.id;
            return Err(Problem::internal(format!("{operation} declares {declared:?} and reads {read}")));
        };
        let (body, mut faults) = match self.body.is_empty() {
            true => (Value::Object(Map::new()), vec![]),
            false => self.json()?,
        };
        add_elsewhere(&mut faults, declared.schema.faults(&body));
        match validation::read(body, declared.schema.schema(), &mut faults, more)? {
            Some(read) if faults.is_empty() => Ok(read),
            _ => Err(Problem::unprocessable(faults)),
        }
    }
}
