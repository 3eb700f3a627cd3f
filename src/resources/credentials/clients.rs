//! `/v1/clients`: the machine clients of a body, and their secrets.

use serde_json::json;

use super::dto::{self, ClientSecret};
use super::{checked_body, own_body, private, read_body, row, told_once};
use crate::access::Role;
use crate::access::client::{self, Client, NewClient};
use crate::access::secret::{self, NewSecret};
use crate::http::input::Empty;
use crate::http::kinds::{cursor_param, format_param, limit_param, list_reply, values};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::resources::people;
use crate::store::Conn;

/// How long the secret before stays good where nothing is said, in hours.
const OVERLAP: i64 = 24;

/// This room's rows of the table.
pub fn operations() -> Vec<Operation> {
    let mut list_row =
        row(Method::Get, "/v1/clients", "list_clients", "List machine clients", Handler::Read(list));
    list_row.description =
        "The machine clients that the caller's body looks after, revoked ones among them.".to_owned();
    list_row.params = vec![limit_param(), cursor_param(), format_param()];
    list_row.answers = vec![Answer::named(200, "A page of clients.", "ClientList").or_csv()];

    let mut create_row =
        row(Method::Post, "/v1/clients", "create_client", "Make a machine client", Handler::Blocking(create));
    create_row.description = "For an organisation's system, in the caller's own body. The secret stands in the answer and nowhere else. A machine never holds a role that decides, publishes, pays or administers.".to_owned();
    create_row.body = Some(BodySpec::json(
        dto::new_client(),
        json!({"label": "Victim Support, reporting", "organisation": "victim-support", "roles": ["partner_writer"]}),
    ));
    create_row.answers = vec![Answer::named(201, "The client's id and secret.", "ClientSecret")];
    create_row.heavy = true;

    let mut get_row =
        of_one(Method::Get, "/v1/clients/{client}", "get_client", "Get a machine client", Handler::Read(get));
    get_row.description = "A client that the caller's body looks after.".to_owned();
    get_row.answers = vec![Answer::named(200, "The client.", "Client")];

    let mut rotate_row = of_one(
        Method::Post,
        "/v1/clients/{client}/rotate",
        "rotate_client",
        "Give a client another secret",
        Handler::Blocking(rotate),
    );
    rotate_row.description = "The new secret stands in the answer and nowhere else. The one in use stays good for the overlap; one that was on its way out goes at once, so never more than two are good. Tokens had before stay good for their ten minutes.".to_owned();
    rotate_row.body = Some(BodySpec::optional(dto::rotation(), json!({"overlap_hours": 24})));
    rotate_row.answers = vec![Answer::named(200, "The client's id and new secret.", "ClientSecret")];
    rotate_row.problems.push(409);
    rotate_row.heavy = true;

    let mut revoke_row = of_one(
        Method::Post,
        "/v1/clients/{client}/revoke",
        "revoke_client",
        "Revoke a client",
        Handler::Write(revoke),
    );
    revoke_row.description =
        "For good. Within seconds its secrets and its tokens are refused everywhere.".to_owned();
    revoke_row.body = Some(BodySpec::optional_of::<Empty>(json!({})));
    revoke_row.answers = vec![Answer::named(200, "The client.", "Client")];
    revoke_row.problems.push(409);
    vec![list_row, create_row, get_row, rotate_row, revoke_row]
}

fn of_one(method: Method, path: &str, id: &str, summary: &str, handler: Handler) -> Operation {
    let mut row = row(method, path, id, summary, handler);
    row.path_params = vec![("client", "The client, by id.")];
    row.problems.push(404);
    row
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let paged = PageRequest::own(call, "clients");
    let now = call.state.clock.now();
    let mut rows = Client::page(conn, body.id, paged.after_created()?, paged.rows_to_read(), now)?;
    let page = paged.truncate_created(&mut rows, |client| (client.created_at, &client.id))?;
    list_reply(call, dto::CLIENT, &values(rows.iter().map(dto::Client::of))?, &page)
}

/// The client of the path, if the caller's body looks after it.
fn own(call: &Call, conn: &mut Conn) -> Result<Client, Problem> {
    let body = own_body(call)?;
    let found = Client::of_body(conn, call.segment("client"), body.id, call.state.clock.now())?;
    found.ok_or_else(Problem::not_found)
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    Reply::value(&dto::Client::of(&own(call, conn)?))
}

fn create(call: &Call) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let (wanted, mut faults) = read_body(call, &dto::new_client())?;
    let state = &call.state;
    let organisation = state.db.read(|conn| people::organisation(call, conn, &wanted, &mut faults))?;
    let Some(organisation) = organisation.filter(|_| faults.is_empty()) else {
        return Err(Problem::unprocessable(faults));
    };
    let roles: Vec<Role> = wanted["roles"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| Role::parse(name.as_str()?))
        .collect();
    let new = NewClient {
        label: wanted["label"].as_str().unwrap_or_default(),
        body: body.id,
        organisation,
        roles: &roles,
        stands_for_person: false,
        created_by: call.actor.name(),
    };
    let fresh = NewSecret::generate(&state.clock)?;
    let id = state.db.write(|conn| {
        let id = client::create(conn, &state.clock, &new, &fresh)?;
        let holds: Vec<&str> = new.roles.iter().map(|role| role.name()).collect();
        call.note(conn, "client_created", json!({"client": id, "holds": holds, "in": new.organisation}))?;
        Ok(id)
    })?;
    let address = format!("/v1/clients/{id}");
    let told = ClientSecret { client_id: id, client_secret: fresh.text, previous_until: None };
    Ok(told_once(&told, 201)?.header("Location", address))
}

fn rotate(call: &Call) -> Result<Reply, Problem> {
    let state = &call.state;
    let found = state.db.read(|conn| own(call, conn))?;
    let wanted = checked_body(call, &dto::rotation())?;
    let overlap = wanted["overlap_hours"].as_i64().unwrap_or(OVERLAP);
    let fresh = NewSecret::generate(&state.clock)?;
    let now = state.clock.now();
    let rotated = state.db.write(|conn| {
        let rotated = secret::rotate(conn, &found.id, &fresh, overlap, now)?;
        if rotated {
            call.note(conn, "secret_rotated", json!({"client": found.id}))?;
        }
        Ok(rotated)
    })?;
    if !rotated {
        return Err(Problem::conflict("The client is revoked; make another."));
    }
    let told = ClientSecret {
        client_id: found.id,
        client_secret: fresh.text,
        previous_until: Some(now.plus_seconds(overlap * 3_600)),
    };
    told_once(&told, 200)
}

fn revoke(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let found = own(call, conn)?;
    call.input::<Empty>()?;
    if !client::revoke(conn, &found.id, call.state.clock.now())? {
        return Err(Problem::conflict("The client is revoked already."));
    }
    call.note(conn, "client_revoked", json!({"client": found.id}))?;
    private(&dto::Client::of(&own(call, conn)?))
}
