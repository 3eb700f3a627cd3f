//! Actions: what is done for an objective, by whom, and how far it has progressed.

use std::sync::LazyLock;

mod dto;
mod model;

pub use model::{Action, is_overdue};

/// The codes of an action's status.
pub static STATUSES: LazyLock<Vec<String>> = LazyLock::new(super::codes::codes_of::<dto::ActionStatus>);
