//! Who changes a record, when, and in which request.

use crate::access::Actor;
use crate::clock::{Clock, Id, Ts};

/// What a change of a record needs to know about its request.
pub struct WriteContext<'a> {
    /// The actor. The caller has checked that the rule of the operation covers the record.
    pub actor: &'a Actor,
    /// The moment of the change.
    pub now: Ts,
    /// Makes ids.
    pub clock: &'a Clock,
    /// The id of the request; none on the command line.
    pub request: Option<Id>,
    /// The id of the operation, or the command.
    pub operation: &'a str,
}
