//! Typed bodies of requests.
//!
//! A body is a type: [`BodySpec::of`] takes its schema into the table of operations, and [`Call::input`] reads it. The
//! bounds of single values are declared in `#[schema(…)]` and checked from the schema; rules that a schema cannot state are
//! the type's [`Validate`]. One response lists all faults of both sorts.
//!
//! [`BodySpec::of`]: super::operation_spec::BodySpec::of
//! [`Call::input`]: super::call::Call::input

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use super::schema::CompiledSchema;
use crate::problem::Fault;
use crate::record::kind::object_schema;

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

    /// Whether this is the input type `T`.
    pub fn is<T: Input>(&self) -> bool {
        self.id == TypeId::of::<T>()
    }

    /// The schema that bodies are checked against.
    pub fn schema(&self) -> &Value {
        self.schema.schema()
    }

    /// Every fault that the schema finds in a body.
    pub fn faults(&self, body: &Value) -> Vec<Fault> {
        self.schema.faults(body)
    }
}

impl fmt::Debug for InputType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
