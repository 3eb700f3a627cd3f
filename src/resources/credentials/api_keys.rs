//! `/v1/api-keys`: API keys for open data.

use serde_json::json;

use super::dto::{self, NewApiKey};
use super::inputs;
use super::replies::{operation, secret_reply};
use crate::access::api_key::{self, ApiKey};
use crate::http::input::Empty;
use crate::http::kinds::{cursor_param, format_param, limit_param, list_reply, values};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::resources::people::administration::{own_body, private};
use crate::store::Conn;

pub fn operations() -> Vec<Operation> {
    let mut list_row = operation(
        Method::Get,
        "/v1/api-keys",
        "list_api_keys",
        "List API keys for open data",
        Handler::Read(list),
    );
    list_row.description = "The API keys that the caller's body manages, including revoked ones.".to_owned();
    list_row.params = vec![limit_param(), cursor_param(), format_param()];
    list_row.answers = vec![Answer::named(200, "A page of keys.", "ApiKeyList").or_csv()];

    let mut create_row = operation(
        Method::Post,
        "/v1/api-keys",
        "create_api_key",
        "Create an API key for open data",
        Handler::Write(create),
    );
    create_row.description = "For a frequent reader of public data: the same data as without a key, with higher rate limits. The response is the only place where the key is shown.".to_owned();
    create_row.body =
        Some(BodySpec::of::<inputs::NewApiKey>(json!({"label": "University of Derby, weekly download"})));
    create_row.answers = vec![Answer::named(201, "The key.", "NewApiKey").untagged()];

    let mut revoke_row = operation(
        Method::Post,
        "/v1/api-keys/{key}/revoke",
        "revoke_api_key",
        "Revoke an API key for open data",
        Handler::Write(revoke),
    );
    revoke_row.description = "Revokes the key for good. Within seconds it is refused everywhere.".to_owned();
    revoke_row.path_params = vec![("key", "The key, by id.")];
    revoke_row.before_body = Some(|call, conn| own(call, conn).map(|_| ()));
    revoke_row.body = Some(BodySpec::optional_of::<Empty>(json!({})));
    revoke_row.answers = vec![Answer::named(200, "The key.", "ApiKey").untagged()];
    revoke_row.problems.extend([404, 409]);
    vec![list_row, create_row, revoke_row]
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let paged = PageRequest::own(call, "api keys");
    let mut rows = ApiKey::page(conn, body.id, paged.after_created()?, paged.rows_to_read())?;
    let page = paged.truncate_created(&mut rows, |key| (key.created_at, &key.id))?;
    list_reply(call, dto::API_KEY, &values(rows.iter().map(dto::ApiKey::of))?, &page)
}

fn create(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let input: inputs::NewApiKey = call.input()?;
    let (id, text) =
        api_key::create(conn, &call.state.clock, &input.label, Some(body.id), call.actor.name())?;
    call.note(conn, "key_created", json!({"key": id}))?;
    secret_reply(&NewApiKey { id, api_key: text }, 201)
}

/// The key of the path, if the caller's body manages it.
fn own(call: &Call, conn: &mut Conn) -> Result<ApiKey, Problem> {
    let body = own_body(call)?;
    let key = ApiKey::find(conn, call.segment("key"))?;
    key.filter(|key| key.body == Some(body.id)).ok_or_else(Problem::not_found)
}

fn revoke(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let key = own(call, conn)?;
    call.input::<Empty>()?;
    if !api_key::revoke(conn, &key.id, call.state.clock.now())? {
        return Err(Problem::conflict("The key is revoked already."));
    }
    call.note(conn, "key_revoked", json!({"key": key.id}))?;
    private(&dto::ApiKey::of(&own(call, conn)?))
}
