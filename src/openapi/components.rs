//! The components of the document: schemas, headers, the responses of problems, and how to authenticate.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::schema::ComponentsBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme,
};
use utoipa::openapi::{Components, ContentBuilder, Ref, ResponseBuilder};

use super::headers::{add_headers, with_headers};
use super::schemas::{Schemas, typed};
use crate::http::kinds;
use crate::http::schema::{MAX_ROWS, list_schema, schema_ref};
use crate::problem::{self, Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::thread::Thread;
use crate::resources;

/// The components, but for what the operations share: [`super::shared`] adds that.
pub fn components(kinds: &[&'static KindDef]) -> Result<Components, String> {
    let mut components = ComponentsBuilder::new()
        .security_scheme(
            "apiKey",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                "X-API-Key",
                "A key for open data: it reads what everyone reads, with higher limits. Ask the office for one. Send it in this header only.",
            ))),
        )
        .security_scheme(
            "oauth2",
            SecurityScheme::OAuth2(OAuth2::with_description(
                [Flow::ClientCredentials(ClientCredentials::new("/oauth/token", Scopes::new()))],
                "OAuth 2.0 client credentials: a program fetches its access token by itself, and another one when that has expired. Without a `scope`, the token has all roles of the client. A JWT by RFC 9068, handled as RFC8725 recommends.",
            )),
        )
        .security_scheme(
            "bearer",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .bearer_format("JWT")
                    .description(Some(
                        "An access token from `POST /oauth/token` (OAuth 2.0 client credentials), valid for ten minutes. A JWT by RFC 9068, handled as RFC8725 recommends: signed with EdDSA only.",
                    ))
                    .build(),
            ),
        );
    components = add_headers(components)?;
    let mut faults = vec![];
    for (name, schema) in all_schemas(kinds)? {
        match typed(schema) {
            Ok(schema) => components = components.schema(name, schema),
            Err(fault) => faults.push(format!("{name}: {fault}")),
        }
    }
    if !faults.is_empty() {
        return Err(faults.join("\n"));
    }
    // Headers that are too large are refused before any operation is known.
    for kind in problem::TYPES.iter().filter(|kind| kind.status != 431) {
        let mut extra = vec![];
        match kind.status {
            401 => extra.push("Authenticate"),
            405 => extra.push("Allow"),
            415 => extra.push("Coding"),
            416 => extra.push("ContentRange"),
            429 | 503 => extra.push("Retry"),
            _ => {}
        }
        let example = Problem::new(kind, kind.meaning).body("01990000-0000-7000-8000-000000000000");
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .example(Some(serde_json::to_value(example).map_err(|error| error.to_string())?))
            .build();
        let response = with_headers(ResponseBuilder::new().description(kind.title), &extra)
            .content("application/problem+json", content);
        components = components.response(kind.status.to_string(), response.build());
    }
    Ok(components.build())
}

fn string(most: i64, about: &str) -> Value {
    json!({"type": "string", "maxLength": most, "description": about})
}

/// The lists that are of no kind, each with the schema of its rows.
fn lists(schemas: &mut Schemas) {
    schemas.answer::<resources::AccessRow>("AccessRow");
    schemas.answer::<resources::AccessWords>("AccessWords");
    let mut access = list_schema("AccessRow", 1000);
    access["properties"]["included"] = schema_ref("AccessWords");
    schemas.add("AccessList", access);
    schemas.list_of::<resources::ApiKey>("ApiKey", "ApiKeyList", MAX_ROWS);
    schemas.list_of::<resources::AuditEntry>("AuditEntry", "AuditEntryList", MAX_ROWS);
    schemas.list_of::<resources::HeadLine>("AuditHead", "AuditHeadList", MAX_ROWS);
    schemas.list_of::<resources::Change>("Change", "ChangeList", MAX_ROWS);
    schemas.list_of::<resources::Client>("Client", "ClientList", MAX_ROWS);
    schemas.list_of::<resources::Hit>("Hit", "HitList", MAX_ROWS);
    schemas.list_of::<resources::Member>("Membership", "MembershipList", MAX_ROWS);
    schemas.list_of::<resources::MoneyRow>("MoneyRow", "MoneyList", MAX_ROWS);
    schemas.list_of::<resources::Person>("Person", "PersonList", MAX_ROWS);
    schemas.list_of::<resources::InboxQuestion>("InboxQuestion", "InboxQuestionList", MAX_ROWS);
    schemas.list_of::<kinds::RedactionView>("Redaction", "RedactionList", MAX_ROWS);
    schemas.list_of::<resources::ReleaseObservation>(
        "ReleaseObservation",
        "ReleaseObservationList",
        MAX_ROWS,
    );
    // A group has a row for each unit.
    schemas.list_of::<resources::ServiceTotal>("ServiceTotal", "ServiceTotalList", 2000);
    schemas.list_of::<kinds::VersionLine>("VersionLine", "VersionList", 1000);
    schemas.closed::<resources::SeriesLine>("SeriesLine");
    schemas.add("SeriesList", list_schema("SeriesLine", MAX_ROWS));
    schemas.closed::<resources::Vintage>("Vintage");
    schemas.add("VintageList", list_schema("Vintage", MAX_ROWS));
}

/// Every schema that the document names.
pub fn all_schemas(of: &[&'static KindDef]) -> Result<BTreeMap<String, Value>, String> {
    let mut schemas = Schemas::default();
    schemas.extend(kinds::envelopes());
    schemas.add(
        "Csv",
        json!({"type": "string", "maxLength": 10_000_000, "description": "A header row, then one row for each record (RFC 4180)."}),
    );
    schemas.add(
        "Workbook",
        json!({"type": "string", "format": "binary", "maxLength": 100_000_000, "description": "A workbook (XLSX): the rows of the CSV, and a sheet that says what they are."}),
    );
    schemas.add(
        "Parquet",
        json!({"type": "string", "format": "binary", "maxLength": 1_000_000_000_000_i64, "description": "Parquet: the rows and the columns of the CSV, each column with its type."}),
    );
    for (name, schema) in crate::http::schema::shared_types() {
        schemas.add(name, schema);
    }
    for kind in of {
        schemas.extend(kinds::schemas(kind, of));
    }
    schemas.answer::<Thread>("Thread");
    schemas.answer::<kinds::VersionDifference>("VersionDifference");
    schemas.answer::<resources::Index>("Index");
    schemas.answer::<resources::Me>("Me");
    schemas.answer::<resources::ClockList>("ClockList");
    schemas.answer::<resources::PlanOrphans>("PlanOrphans");
    schemas.answer::<resources::Scorecard>("Scorecard");
    schemas.answer::<crate::bundle::Summary>("ImportSummary");
    schemas.answer::<resources::Consistency>("AuditConsistency");
    schemas.answer::<resources::Inclusion>("AuditInclusion");
    schemas.answer::<resources::FiguresSummary>("FiguresSummary");
    schemas.answer::<resources::ReleaseDisclosure>("ReleaseDisclosure");
    schemas.answer::<resources::TokenRequest>("TokenRequest");
    schemas.answer::<resources::Token>("Token");
    schemas.answer::<resources::OauthMetadata>("OauthMetadata");
    schemas.answer::<resources::TokenError<'_>>("TokenError");
    schemas.add("GivingPackage", resources::giving_package_schema());
    schemas.add("JwkSet", resources::key_set_schema());
    schemas.answer::<resources::PersonAccount>("PersonAccount");
    schemas.answer::<resources::ClientSecret>("ClientSecret");
    schemas.answer::<resources::NewApiKey>("NewApiKey");
    schemas.closed::<resources::SeriesView>("Series");
    for (name, schema) in resources::observation_schemas() {
        schemas.add(name, schema);
    }
    schemas.answer::<resources::ReceivedQuestion>("ReceivedQuestion");
    schemas.answer::<resources::QuestionReceipt>("QuestionReceipt");
    schemas.answer::<resources::ComparisonResult>("ComparisonResult");
    schemas.answer::<resources::StatementCheck>("StatementCheck");
    schemas.add("ComparisonList", resources::result_list_schema("ComparisonResult"));
    schemas.answer::<resources::ControlChart>("ControlChart");
    schemas.answer::<resources::ControlChartLine>("ControlChartLine");
    schemas.add("ControlChartList", resources::result_list_schema("ControlChartLine"));
    lists(&mut schemas);
    schemas.add(
        "Page",
        json!({"type": "object", "required": ["limit", "next"], "properties": {
            "limit": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 1000, "description": "How many a page has."},
            "next": {"type": ["string", "null"], "maxLength": 4000, "description": "`cursor` of the next page; null on the last."},
            "total": {"type": "integer", "format": "int64", "minimum": 0, "maximum": 1_000_000_000, "description": "How many there are in all, when asked with `count=true`."},
            "as_of": {"type": "string", "format": "date-time", "maxLength": 32, "description": "The past moment that the list shows, when asked with `as_of`."},
        }}),
    );
    schemas.add(
        "Tombstone",
        json!({"type": "object", "required": ["id", "kind", "withdrawn_at"], "properties": {
            "id": {"type": "string", "format": "uuid", "maxLength": 36, "description": "The record."},
            "kind": string(64, "Its kind."),
            "withdrawn_at": {"type": "string", "format": "date-time", "maxLength": 32, "description": "When."},
            "withdrawn_by": {"type": ["string", "null"], "maxLength": 64, "description": "By whose office, by reference."},
            "reason": {"type": ["string", "null"], "maxLength": 2000, "description": "The reason given."},
            "redacted_at": {"type": ["string", "null"], "format": "date-time", "maxLength": 32, "description": "When its content was destroyed for data protection; null where it was not."},
        }}),
    );
    schemas.add(
        "ServiceStatus",
        json!({"type": "object", "required": ["status"], "properties": {
            "status": {"type": "string", "enum": ["ok", "ready"], "description": "How it is."},
        }}),
    );
    schemas.add(
        "ProblemType",
        json!({"type": "object", "required": ["type", "title", "status", "meaning"], "properties": {
            "type": string(100, "Its URI."), "title": string(200, "Its title."),
            "status": {"type": "integer", "format": "int64", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
            "meaning": string(1000, "What happened and what to do."),
        }}),
    );
    schemas.answer::<Fault>("ProblemError");
    schemas.add("Problem", problem_schema());
    let fault = schema_ref("ProblemError");
    let faults =
        |about: &str| json!({"type": "array", "maxItems": 10000, "description": about, "items": fault});
    let number = |about: &str| json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": 1_000_000_000, "description": about});
    let problem_with =
        |fields: Value| json!({"allOf": [schema_ref("Problem"), {"type": "object", "properties": fields}]});
    schemas.add(
        "ImportProblem",
        problem_with(json!({
            "remarks": faults("What is odd, and may be why something is wrong."),
        })),
    );
    schemas.add(
        "FiguresProblem",
        problem_with(json!({
            "error_count": number("How many errors there are in all."),
            "errors_by_code": {"type": "object", "description": "How many there are of each code.", "additionalProperties": number("How many.")},
            "warning_count": number("How many warnings there are in all."),
            "warnings": faults("The first thousand warnings."),
        })),
    );
    schemas.finish()
}

fn problem_schema() -> Value {
    json!({"type": "object", "required": ["type", "title", "status", "detail", "instance"],
    "description": "Problem details (RFC 9457).",
    "properties": {
        "type": string(100, "A URI under /problems/ that answers with what it means."),
        "title": string(200, "The kind of problem."),
        "status": {"type": "integer", "format": "int64", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
        "detail": string(1000, "What happened this time."),
        "instance": string(100, "The id of the request, as in the log."),
        "errors": {"type": "array", "maxItems": 10000, "description": "All the faults found.", "items": schema_ref("ProblemError")},
        "tombstone": schema_ref("Tombstone"),
    }})
}
