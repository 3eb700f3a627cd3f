//! OnRecord: the open accountability record of a policing body.
//!
//! The layers, from the ground: [`stats`] is pure arithmetic; [`clock`], [`config`], [`hex`], [`logging`], [`metrics`],
//! [`problem`], [`validation`], [`allowance`], [`csv_rows`], [`workbook`], [`sheet`] and [`zip_directory`] are what every layer
//! above may use; [`store`] has the database; [`access`] decides who may do what; [`record`] has what all kinds of record share;
//! [`http`] what all requests share; [`bundle`] reads and writes the record as files; [`resources`] has a folder for each kind of
//! record and for each other group of operations; [`openapi`] makes the document and [`pages`] the pages for people; [`app`]
//! serves requests. No layer imports a higher one.
//!
//! [`app`] finds the operation of a request in the table of operations, identifies the caller, and calls the operation's handler
//! with a connection; every failure becomes a [`problem`]. See docs/architecture.md.

pub mod access;
pub mod allowance;
pub mod app;
pub mod bundle;
pub mod clock;
pub mod config;
pub mod csv_rows;
pub mod demo;
pub mod hex;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod record;
pub mod resources;
pub mod sheet;
pub mod stats;
pub mod store;
pub mod text_encoding;
pub mod validation;
pub mod workbook;
pub mod zip_directory;
