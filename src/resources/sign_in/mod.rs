//! Signing in with a local account, and changing one's own password: for an office without an OpenID provider.
//!
//! For first-party use only: people send their password to this service and to no other program. It is not OAuth's
//! password grant, which RFC 9700 forbids because it teaches people to give their password to other programs.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use validator::Validate;

use crate::access::person::{self, Person};
use crate::access::rule::{MEMBERS, READ_PUBLIC};
use crate::access::{Actor, password};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation, Queue};
use crate::http::{Call, Reply};
use crate::problem::{self, Fault, Problem};
use crate::resources::oauth;

pub fn operations() -> Vec<Operation> {
    vec![sign_in_row(), change_row()]
}

fn sign_in_row() -> Operation {
    let mut row =
        Operation::new(Method::Post, "/v1/sign-in", "sign_in", READ_PUBLIC, Handler::Blocking(sign_in));
    row.tag = "access";
    row.summary = "Sign in with a local account".to_owned();
    row.description = "For people of an office without an OpenID provider: exchanges a login and a password for an access token, which is valid for ten minutes. A password that an administrator set is accepted only together with `new_password` (422 without it). From the fifth failure in a row, a login must wait, longer each time and at most 15 minutes (429 with `Retry-After`), whether or not there is such an account. Attempts during the wait are not checked and do not make it longer. An unknown login, a wrong password and a revoked account get the same response.".to_owned();
    let example = json!({"login": "ada@office.example", "password": "three quiet rivers"});
    row.body = Some(BodySpec::of::<SignIn>(example).credentials());
    row.answers = vec![Answer::named(200, "The token.", "Token").untagged()];
    row.problems = vec![422, 429, 503];
    row.queue = Queue::Heavy;
    row.issues_token = true;
    row
}

fn change_row() -> Operation {
    let mut row = Operation::new(
        Method::Post,
        "/v1/me/password",
        "change_password",
        MEMBERS,
        Handler::Blocking(change),
    );
    // The handler hashes two passwords.
    row.cost = 10;
    row.tag = "access";
    row.summary = "Change one's own password".to_owned();
    row.description = "For people who signed in with a local account. The current password is required; failures count as they do at `/v1/sign-in`. Returns 409 for callers without a password here: machines, and people who sign in with an OpenID provider.".to_owned();
    let example = json!({"password": "three quiet rivers", "new_password": "four quieter streams"});
    row.body = Some(BodySpec::of::<PasswordChange>(example).credentials());
    row.answers = vec![Answer::empty(204, "The password is changed.")];
    row.problems = vec![403, 409, 422, 429];
    row.queue = Queue::Heavy;
    row
}

/// The body of `POST /v1/sign-in`.
#[derive(Deserialize, ToSchema, Validate)]
struct SignIn {
    /// The login, in any case.
    #[schema(min_length = 1, max_length = 100)]
    login: String,
    #[schema(schema_with = current_password)]
    password: String,
    #[schema(schema_with = new_password)]
    new_password: Option<String>,
}

/// The body of `POST /v1/me/password`.
#[derive(Deserialize, ToSchema, Validate)]
struct PasswordChange {
    #[schema(schema_with = current_password)]
    password: String,
    #[schema(schema_with = new_password)]
    new_password: String,
}

fn current_password() -> Object {
    password_schema("The current password.".to_owned())
}

fn new_password() -> Object {
    password_schema(format!(
        "The new password: {} to {} characters of any kind, not a common password, and without the login in it.",
        password::LEAST,
        password::MOST,
    ))
}

fn password_schema(description: String) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(password::MOST))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
        .write_only(true)
        .description(Some(description))
        .build()
}

/// Adds the faults of a new password.
fn check_new(new: &str, current: &str, login: &str, faults: &mut Vec<Fault>) {
    faults.extend(password::faults("/new_password", new, &person::login(login)));
    if new == current {
        faults.push(Fault::pointer("/new_password", "same", "This is the current password; choose another."));
    }
}

/// Begins an attempt; 429 while the login must wait, whether or not there is such an account.
fn begin(call: &Call, login: &str) -> Result<(), Problem> {
    call.state.waits.begin(login, call.state.clock.now()).map_err(|seconds| {
        Problem::new(
            &problem::TOO_MANY,
            format!(
                "There were several failures in a row; try again in {}. The password has not been checked.",
                problem::in_seconds(seconds)
            ),
        )
        .header("Retry-After", seconds.to_string())
    })
}

/// Why a sign-in is refused: it says the same in every case.
fn refused() -> Problem {
    Problem::new(
        &problem::UNAUTHENTICATED,
        "The login is unknown, the password is wrong, or the account is revoked.",
    )
    .header("WWW-Authenticate", "Bearer realm=\"onrecord\"")
}

fn sign_in(call: &Call) -> Result<Reply, Problem> {
    let state = &call.state;
    let (input, ()) = call.input_with(|input: &SignIn, faults| {
        if let Some(new) = &input.new_password {
            check_new(new, &input.password, &input.login, faults);
        }
        Ok(())
    })?;
    let login = person::login(&input.login);
    begin(call, &login)?;
    let found = state.db.read(|conn| person::find_login(conn, &login))?;
    // One hash is computed whatever was found, so that the time taken tells nothing.
    let matches = state.waits.verify(found.as_ref().and_then(Person::hash), &input.password);
    let person = found.filter(|_| matches).ok_or_else(refused)?;
    state.waits.forget(&login);
    let actor = state.db.read(|conn| person::actor(conn, &person.id, state.clock.now()))?;
    let (actor, _) = actor.ok_or_else(refused)?;
    match &input.new_password {
        Some(new) => replace(call, &person, &actor, new)?,
        None if person.must_change => {
            return Err(Problem::unprocessable(vec![Fault::pointer(
                "/new_password",
                "required",
                "An administrator set this password: send a `new_password` of your own with it.",
            )]));
        }
        None => {}
    }
    // The administrator who set the password could have used it. The audit trail shows that it was a first password.
    let detail = if person.must_change { json!({"first_password": true}) } else { json!({}) };
    oauth::issued(call, &person.id, &actor, detail)
}

/// Sets the new password in place of the one that was just checked.
fn replace(call: &Call, person: &Person, actor: &Actor, new: &str) -> Result<(), Problem> {
    let hash = password::hash(new, &call.state.clock)?;
    let replaced = person.password_hash.as_deref();
    let set = call.state.db.write(|conn| {
        let set = person::set_password(conn, &person.id, &hash, false, replaced)?;
        if set {
            call.note_of(conn, "password_changed", actor, json!({"person": person.id}))?;
        }
        Ok(set)
    })?;
    match set {
        true => Ok(()),
        false => Err(Problem::conflict(
            "The password was changed, or the account revoked, at the same time. Sign in again.",
        )),
    }
}

fn change(call: &Call) -> Result<Reply, Problem> {
    if call.actor.reach(MEMBERS).is_empty() {
        return Err(Problem::new(&problem::FORBIDDEN, "This is for members of an organisation."));
    }
    let subject = call.actor.name();
    let found = call.state.db.read(|conn| person::find(conn, subject))?;
    let Some((person, login)) = found.and_then(|person| person.login.clone().map(|login| (person, login)))
    else {
        return Err(Problem::conflict(format!("{subject} has no password here.")));
    };
    let (input, ()) = call.input_with(|input: &PasswordChange, faults| {
        check_new(&input.new_password, &input.password, &login, faults);
        Ok(())
    })?;
    begin(call, &login)?;
    if !call.state.waits.verify(person.hash(), &input.password) {
        return Err(Problem::unprocessable(vec![Fault::pointer(
            "/password",
            "wrong",
            "This is not your current password.",
        )]));
    }
    call.state.waits.forget(&login);
    replace(call, &person, &call.actor, &input.new_password)?;
    let mut reply = Reply::json("").status(204);
    reply.tagged = false;
    Ok(reply)
}
