//! The components of the document: schemas, headers, the responses of problems, and how to authenticate.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::schema::{ComponentsBuilder, Schema};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme,
};
use utoipa::openapi::{Components, ContentBuilder, HeaderBuilder, Ref, RefOr, ResponseBuilder};

use super::schemas::Schemas;
use crate::http::schema::{MAX_ROWS, list_schema, schema_ref};
use crate::http::{State, kinds};
use crate::problem::{self, Fault, Problem};
use crate::record::thread::Thread;
use crate::resources;

/// A header of answers.
struct Header {
    name: &'static str,
    /// Its name in the components. Every answer refers to several: it is short to keep the document small.
    key: &'static str,
    about: &'static str,
    max_length: i64,
}

const HEADERS: &[Header] = &[
    Header {
        name: "Access-Control-Allow-Origin",
        key: "Cors",
        about: "On a read `*`; on a change the origin, where the server is configured to allow it.",
        max_length: 300,
    },
    Header {
        name: "X-Request-Id",
        key: "Id",
        about: "The id of this request, as in the log.",
        max_length: 36,
    },
    Header {
        name: "ETag",
        key: "ETag",
        about: "The tag of this representation: send it as `If-None-Match` with a read, as `If-Match` with a change.",
        max_length: 80,
    },
    Header {
        name: "Cache-Control",
        key: "Cache",
        about: "How long the answer may be cached: never past the next whole minute.",
        max_length: 80,
    },
    Header {
        name: "Last-Modified",
        key: "Modified",
        about: "When what the public sees changed last, for what only follows from that.",
        max_length: 40,
    },
    Header {
        name: "Accept-Ranges",
        key: "Ranges",
        about: "`bytes`: parts can be requested with `Range`.",
        max_length: 10,
    },
    Header {
        name: "Content-Range",
        key: "ContentRange",
        about: "Which bytes of how many these are.",
        max_length: 80,
    },
    Header {
        name: "Content-Disposition",
        key: "Disposition",
        about: "The name under which to save it, except of plain JSON: policing body, what it is, the day that it shows.",
        max_length: 200,
    },
    Header { name: "Link", key: "Link", about: "The next page, as `rel=\"next\"`.", max_length: 8000 },
    Header { name: "Location", key: "Location", about: "The address of the new record.", max_length: 200 },
    Header { name: "Allow", key: "Allow", about: "The methods that the address accepts.", max_length: 80 },
    Header { name: "WWW-Authenticate", key: "Authenticate", about: "How to authenticate.", max_length: 400 },
    Header {
        name: "X-Licence",
        key: "Licence",
        about: "Of CSV: the licences of the sources that its rows name, separated by ` | `.",
        max_length: 8000,
    },
    Header {
        name: "X-Source",
        key: "Source",
        about: "Of CSV: the sources that its rows name, by reference.",
        max_length: 8000,
    },
    Header { name: "X-Citation", key: "Citation", about: "Of CSV: how to cite it.", max_length: 8000 },
    Header {
        name: "X-As-Of",
        key: "AsOf",
        about: "The past moment that the response shows, when asked with `as_of`.",
        max_length: 40,
    },
    Header { name: "X-Retrieved-At", key: "Retrieved", about: "Of CSV: when it was read.", max_length: 40 },
    Header {
        name: "Retry-After",
        key: "Retry",
        about: "The number of seconds after which to try again.",
        max_length: 8,
    },
    Header {
        name: "RateLimit",
        key: "Limit",
        about: "What is left: the limit's name, `r` requests, and `t`, the number of seconds until there are more. Not sent where no limit is set.",
        max_length: 100,
    },
    Header {
        name: "RateLimit-Policy",
        key: "Policy",
        about: "The limit: its name, `q` requests in `w` seconds.",
        max_length: 100,
    },
];

/// The components, but for what the operations share: [`super::shared`] adds that.
pub fn components(state: &State) -> Result<Components, String> {
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
    for header in HEADERS {
        let schema = typed(json!({"type": "string", "maxLength": header.max_length}))?;
        let described = HeaderBuilder::new().schema(Some(schema)).description(Some(header.about));
        components = components.header(header.key, described.build());
    }
    // The linter asks for this name wherever there are headers.
    let cors = Ref::new("#/components/headers/Cors");
    components = components.header("Access-Control-Allow-Origin", RefOr::Ref(cors));
    let mut faults = vec![];
    for (name, schema) in all_schemas(state)? {
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
            401 => extra.push("WWW-Authenticate"),
            405 => extra.push("Allow"),
            416 => extra.push("Content-Range"),
            429 | 503 => extra.push("Retry-After"),
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

/// A response with the headers that every response has, and these.
pub fn with_headers(response: ResponseBuilder, names: &[&str]) -> ResponseBuilder {
    let every = ["Access-Control-Allow-Origin", "X-Request-Id", "RateLimit", "RateLimit-Policy"];
    HEADERS.iter().filter(|header| every.contains(&header.name) || names.contains(&header.name)).fold(
        response,
        |response, header| {
            response.header_ref(header.name, Ref::new(format!("#/components/headers/{}", header.key)))
        },
    )
}

/// A schema as utoipa has it. What utoipa cannot say fails, so that nothing of a schema is lost.
pub fn typed(schema: Value) -> Result<RefOr<Schema>, String> {
    let typed: RefOr<Schema> =
        serde_json::from_value(schema.clone()).map_err(|error| format!("{error}: {schema}"))?;
    let back = serde_json::to_value(&typed).map_err(|error| error.to_string())?;
    if back == schema { Ok(typed) } else { Err(format!("not the same in utoipa: {schema} is {back}")) }
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
fn all_schemas(state: &State) -> Result<BTreeMap<String, Value>, String> {
    let mut schemas = Schemas::default();
    schemas.extend(kinds::envelopes());
    schemas.add(
        "Csv",
        json!({"type": "string", "maxLength": 10_000_000, "description": "A header row, then one row for each record (RFC 4180)."}),
    );
    for (name, schema) in crate::http::schema::shared_types() {
        schemas.add(name, schema);
    }
    for kind in &state.kinds {
        schemas.extend(kinds::schemas(kind, &state.kinds));
    }
    schemas.answer::<Thread>("Thread");
    schemas.answer::<resources::Me>("Me");
    schemas.answer::<resources::PlanOrphans>("PlanOrphans");
    schemas.answer::<crate::bundle::Summary>("ImportSummary");
    schemas.answer::<resources::Consistency>("AuditConsistency");
    schemas.answer::<resources::Inclusion>("AuditInclusion");
    schemas.answer::<resources::FiguresSummary>("FiguresSummary");
    schemas.answer::<resources::TokenRequest>("TokenRequest");
    schemas.answer::<resources::Token>("Token");
    schemas.answer::<resources::TokenError<'_>>("TokenError");
    schemas.add("JwkSet", resources::key_set_schema());
    schemas.answer::<resources::PersonAccount>("PersonAccount");
    schemas.answer::<resources::ClientSecret>("ClientSecret");
    schemas.answer::<resources::NewApiKey>("NewApiKey");
    schemas.closed::<resources::SeriesView>("Series");
    schemas.add("ObservationList", resources::observation_list_schema());
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
