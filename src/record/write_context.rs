//! What every write of a record is done with.

use crate::access::Actor;
use crate::clock::{Clock, Id, Ts};

/// Who does it, when, with which clock.
pub struct WriteContext<'a> {
    /// The actor, already allowed to.
    pub actor: &'a Actor,
    /// The request's now.
    pub now: Ts,
    /// For ids.
    pub clock: &'a Clock,
    /// The request that it is done in.
    pub request: Option<Id>,
    /// The operation, or the command.
    pub operation: &'a str,
}
