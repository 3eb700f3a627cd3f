//! The test suite: one binary, run once on each database (TEST_DATABASE says which; see tests/run).
#![expect(clippy::wrong_self_convention, reason = "a request is put together `as_role(…)`")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "some say how much they compared")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod a_first;
mod access_matrix;
mod added_columns;
mod attacks;
mod audit;
mod awards;
mod bad_tokens;
mod before_body;
mod broken_log;
mod bundles;
mod bundles_figures;
mod changes;
mod checks_of_kinds;
mod commit;
mod concurrency;
mod contents;
mod credentials;
mod csv_files;
mod disk_full;
mod docs;
mod figures_attack;
mod filters;
mod giving_forms;

mod http;
mod inputs;
mod intervals;
mod killed;
mod lifecycle;
mod limits;
mod lists;
mod migrations;
mod money;
mod names;
mod oidc;
mod openapi;
mod operations;
mod orphans;
mod partner_reports;
mod people;
mod problems;
mod process;
mod proxies;
mod publication;
mod queries;
mod reaches;
mod record_names;
mod redaction;
mod releases;
mod resources;
mod resources_giving;
mod roles_matrix;
mod roles_of_organisations;
mod search;
mod silence;
mod slow_readers;
mod structure;
mod support;
mod sweep;
mod tables;
mod tokens;
