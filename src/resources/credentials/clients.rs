//! `/v1/clients`: the machine clients of a body, and their secrets.

use serde_json::json;

use super::dto::{self, ClientSecret};
use super::inputs::{self, Rotation};
use super::replies::{operation, secret_reply};
use crate::access::client::{self, Client, NewClient};
use crate::access::secret::{self, NewSecret};
use crate::http::input::Empty;
use crate::http::kinds::{cursor_param, format_param, limit_param, list_reply, values};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation, Queue};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::resources::people::administration::{found, organisation, own_body, private};
use crate::store::Conn;

/// How long the previous secret stays valid by default, in hours.
const OVERLAP: i64 = 24;

pub fn operations() -> Vec<Operation> {
    let mut list_row =
        operation(Method::Get, "/v1/clients", "list_clients", "List machine clients", Handler::Read(list));
    list_row.description =
        "The machine clients that the caller's body manages, including revoked ones.".to_owned();
    list_row.params = vec![limit_param(), cursor_param(), format_param()];
    list_row.answers = vec![Answer::named(200, "A page of clients.", "ClientList").or_csv()];

    let mut create_row = operation(
        Method::Post,
        "/v1/clients",
        "create_client",
        "Create a machine client",
        Handler::Blocking(create),
    );
    create_row.description = "Creates a client for an organisation's system, in the caller's own body. The response is the only place where the secret is shown. A machine never holds a role that publishes, approves, pays or administers.".to_owned();
    create_row.body = Some(BodySpec::of::<inputs::NewClient>(
        json!({"label": "Victim Support, reporting", "organisation": "victim-support", "roles": ["partner_writer"]}),
    ));
    create_row.answers = vec![
        Answer::named(201, "The client's id and secret.", "ClientSecret")
            .untagged()
            .with_headers(&["Location"]),
    ];
    create_row.queue = Queue::Heavy;

    let mut get_row =
        of_one(Method::Get, "/v1/clients/{client}", "get_client", "Get a machine client", Handler::Read(get));
    get_row.description = "A client that the caller's body manages.".to_owned();
    get_row.answers = vec![Answer::named(200, "The client.", "Client")];

    let mut rotate_row = of_one(
        Method::Post,
        "/v1/clients/{client}/rotate",
        "rotate_client",
        "Give a client a new secret",
        Handler::Blocking(rotate),
    );
    rotate_row.description = "The response is the only place where the new secret is shown. The current secret stays valid for the overlap; one that was already due to expire is deleted at once, so that never more than two are valid. Access tokens stay valid until they expire, after ten minutes at most.".to_owned();
    rotate_row.before_body = Some(|call, conn| own(call, conn).map(|_| ()));
    rotate_row.body = Some(BodySpec::optional_of::<Rotation>(json!({"overlap_hours": 24})));
    rotate_row.answers =
        vec![Answer::named(200, "The client's id and new secret.", "ClientSecret").untagged()];
    rotate_row.problems.push(409);
    rotate_row.queue = Queue::Heavy;

    let mut revoke_row = of_one(
        Method::Post,
        "/v1/clients/{client}/revoke",
        "revoke_client",
        "Revoke a client",
        Handler::Write(revoke),
    );
    revoke_row.description =
        "Revokes the client for good. Within seconds its secrets and tokens are refused everywhere."
            .to_owned();
    revoke_row.before_body = Some(|call, conn| own(call, conn).map(|_| ()));
    revoke_row.body = Some(BodySpec::optional_of::<Empty>(json!({})));
    revoke_row.answers = vec![Answer::named(200, "The client.", "Client").untagged()];
    revoke_row.problems.push(409);
    vec![list_row, create_row, get_row, rotate_row, revoke_row]
}

fn of_one(method: Method, path: &str, id: &str, summary: &str, handler: Handler) -> Operation {
    let mut row = operation(method, path, id, summary, handler);
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

/// The client of the path, if the caller's body manages it.
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
    let state = &call.state;
    let (input, organisation) = call.input_with(|input: &inputs::NewClient, faults| {
        state.db.read(|conn| organisation(call, conn, &input.organisation, &input.roles, faults))
    })?;
    let new = NewClient {
        label: &input.label,
        body: body.id,
        organisation: found(organisation)?,
        roles: &input.roles,
        stands_for_person: false,
        created_by: call.actor.name(),
    };
    let secret = NewSecret::generate(&state.clock)?;
    let id = state.db.write(|conn| {
        let id = client::create(conn, &state.clock, &new, &secret)?;
        let holds: Vec<&str> = new.roles.iter().map(|role| role.name()).collect();
        call.note(conn, "client_created", json!({"client": id, "holds": holds, "in": new.organisation}))?;
        Ok(id)
    })?;
    let address = format!("/v1/clients/{id}");
    let created = ClientSecret { client_id: id, client_secret: secret.text, previous_until: None };
    Ok(secret_reply(&created, 201)?.header("Location", address))
}

fn rotate(call: &Call) -> Result<Reply, Problem> {
    let state = &call.state;
    let client = state.db.read(|conn| own(call, conn))?;
    let overlap = call.input::<Rotation>()?.overlap_hours.unwrap_or(OVERLAP);
    let secret = NewSecret::generate(&state.clock)?;
    let now = state.clock.now();
    let rotated = state.db.write(|conn| {
        let rotated = secret::rotate(conn, &client.id, &secret, overlap, now)?;
        if rotated {
            call.note(conn, "secret_rotated", json!({"client": client.id}))?;
        }
        Ok(rotated)
    })?;
    if !rotated {
        return Err(Problem::conflict("The client is revoked; create another."));
    }
    let created = ClientSecret {
        client_id: client.id,
        client_secret: secret.text,
        previous_until: Some(now.plus_seconds(overlap * 3_600)),
    };
    secret_reply(&created, 200)
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
