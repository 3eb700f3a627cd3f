//! `/v1/api-keys`: keys for open data.

use serde_json::json;

use super::dto::{self, NewApiKey};
use super::{checked_body, own_body, private, row, told_once};
use crate::access::api_key::{self, ApiKey};
use crate::http::input::Empty;
use crate::http::kinds::{cursor_param, format_param, limit_param, list_reply, values};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::store::Conn;

/// This room's rows of the table.
pub fn operations() -> Vec<Operation> {
    let mut list_row =
        row(Method::Get, "/v1/api-keys", "list_api_keys", "List keys for open data", Handler::Read(list));
    list_row.description = "The keys that the caller's body looks after, revoked ones among them.".to_owned();
    list_row.params = vec![limit_param(), cursor_param(), format_param()];
    list_row.answers = vec![Answer::named(200, "A page of keys.", "ApiKeyList").or_csv()];

    let mut create_row = row(
        Method::Post,
        "/v1/api-keys",
        "create_api_key",
        "Make a key for open data",
        Handler::Write(create),
    );
    create_row.description = "For who reads much of what is public: the same data as without one, with higher limits. The key stands in the answer and nowhere else.".to_owned();
    create_row.body =
        Some(BodySpec::json(dto::new_api_key(), json!({"label": "University of Derby, weekly download"})));
    create_row.answers = vec![Answer::named(201, "The key.", "NewApiKey")];

    let mut revoke_row = row(
        Method::Post,
        "/v1/api-keys/{key}/revoke",
        "revoke_api_key",
        "Revoke a key for open data",
        Handler::Write(revoke),
    );
    revoke_row.description = "For good. Within seconds it is refused everywhere.".to_owned();
    revoke_row.path_params = vec![("key", "The key, by id.")];
    revoke_row.body = Some(BodySpec::optional_of::<Empty>(json!({})));
    revoke_row.answers = vec![Answer::named(200, "The key.", "ApiKey")];
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
    let wanted = checked_body(call, &dto::new_api_key())?;
    let label = wanted["label"].as_str().unwrap_or_default();
    let (id, text) = api_key::create(conn, &call.state.clock, label, Some(body.id), call.actor.name())?;
    call.note(conn, "key_created", json!({"key": id}))?;
    told_once(&NewApiKey { id, api_key: text }, 201)
}

fn revoke(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let found = |conn: &mut Conn| {
        let key = ApiKey::find(conn, call.segment("key"))?;
        key.filter(|key| key.body == Some(body.id)).ok_or_else(Problem::not_found)
    };
    let key = found(conn)?;
    call.input::<Empty>()?;
    if !api_key::revoke(conn, &key.id, call.state.clock.now())? {
        return Err(Problem::conflict("The key is revoked already."));
    }
    call.note(conn, "key_revoked", json!({"key": key.id}))?;
    private(&dto::ApiKey::of(&found(conn)?))
}
