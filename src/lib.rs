//! OnRecord: the open accountability record of a policing body.
//!
//! The house, from the ground: [`stats`] is pure and knows nothing of the rest; [`clock`], [`config`] and [`problem`]
//! stand on nothing; [`store`] keeps;
//! [`access`] decides who may; [`record`] is what all kinds of record share; [`http`] is what all requests
//! share; [`bundle`] is the record as files; [`resources`] are the rooms, one folder a kind; [`openapi`] writes down what they are; [`app`]
//! serves them. Nothing imports upwards. A request comes in at [`app`], which finds its row in the table of
//! operations, builds the actor, and calls the row's handler with a connection; every failure leaves through
//! [`problem`]. docs/architecture.md tells the rest.

pub mod access;
pub mod app;
pub mod bundle;
pub mod clock;
pub mod config;
pub mod demo;
pub mod hex;
pub mod http;
pub mod metrics;
pub mod openapi;
pub mod problem;
pub mod record;
pub mod resources;
pub mod stats;
pub mod store;
pub mod validation;
