//! Signing in with a local account, and changing one's own password: for an office without an OpenID provider.
//!
//! First party only: the person's own password comes here and nowhere else. It is not OAuth's password grant, which
//! RFC 9700 forbids since it teaches people to give their password to other programs.

use serde_json::{Value, json};

use crate::access::keys::LIFETIME;
use crate::access::person::{self, Person};
use crate::access::rule::{MEMBERS, READ_PUBLIC};
use crate::access::{Actor, password};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::schema::faults_of;
use crate::http::{Call, Reply};
use crate::problem::{self, Fault, Problem};

/// This room's rows of the table.
pub fn operations() -> Vec<Operation> {
    vec![sign_in_row(), change_row()]
}

fn sign_in_row() -> Operation {
    let mut row =
        Operation::new(Method::Post, "/v1/sign-in", "sign_in", READ_PUBLIC, Handler::Blocking(sign_in));
    row.tag = "access";
    row.summary = "Sign in with a local account".to_owned();
    row.description = "For people of an office without an OpenID provider: a login and a password, for the same access token as machines get, good for ten minutes. A password that an administrator gave is taken only together with `new_password`; without it the answer is 422. From the fifth failure in a row on a login has to wait, longer each time and at most 15 minutes (429 with `Retry-After`), whether or not there is such an account; the wait ends by itself, and what is tried meanwhile is not looked at and does not make it longer. An unknown login, a wrong password and a revoked account get the same answer.".to_owned();
    row.body = Some(BodySpec::json(
        sign_in_body(),
        json!({"login": "ada@office.example", "password": "three quiet rivers"}),
    ));
    row.answers = vec![Answer::named(200, "The token.", "Token")];
    row.problems = vec![422, 429, 503];
    row.heavy = true;
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
    // It hashes twice.
    row.cost = 10;
    row.tag = "access";
    row.summary = "Change one's own password".to_owned();
    row.description = "For whoever has signed in with a local account. The present password is asked for again; failures count as they do at `/v1/sign-in`. Answers 409 to who has no password here: machines, and people whom an OpenID provider vouches for.".to_owned();
    row.body = Some(BodySpec::json(
        change_body(),
        json!({"password": "three quiet rivers", "new_password": "four quieter streams"}),
    ));
    row.answers = vec![Answer::empty(204, "It is changed.")];
    row.problems = vec![403, 409, 422, 429];
    row.heavy = true;
    row
}

fn given() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": password::MOST, "format": "password", "writeOnly": true, "description": "The password."})
}

fn chosen() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": password::MOST, "format": "password", "writeOnly": true, "description": format!(
        "The password from now on: {} to {} characters of any kind, not one that everybody tries, and without the login in it.",
        password::LEAST, password::MOST,
    )})
}

fn sign_in_body() -> Value {
    json!({"type": "object", "additionalProperties": false, "required": ["login", "password"], "properties": {
        "login": {"type": "string", "minLength": 1, "maxLength": 100, "description": "The login, in any case."},
        "password": given(), "new_password": chosen(),
    }})
}

fn change_body() -> Value {
    json!({"type": "object", "additionalProperties": false, "required": ["password", "new_password"], "properties": {
        "password": given(), "new_password": chosen(),
    }})
}

/// The body, with all that speaks against it and against the new password, which depends on nothing else.
fn read(call: &Call, schema: &Value, login: Option<&str>) -> Result<Value, Problem> {
    let (body, mut faults) = call.json()?;
    faults.extend(faults_of(schema, &body));
    if let Some(new) = body["new_password"].as_str() {
        let login = login.or(body["login"].as_str()).unwrap_or_default();
        problem::add_elsewhere(&mut faults, password::faults("/new_password", new, &person::login(login)));
        if body["password"].as_str() == Some(new) {
            faults.push(Fault::pointer(
                "/new_password",
                "same",
                "This is the present password; take another.",
            ));
        }
    }
    if faults.is_empty() { Ok(body) } else { Err(Problem::unprocessable(faults)) }
}

fn text<'b>(body: &'b Value, member: &str) -> Option<&'b str> {
    body[member].as_str()
}

/// Lets an attempt begin, or tells how long to wait. The same for every login, whether or not there is an account.
fn begin(call: &Call, login: &str) -> Result<(), Problem> {
    call.state.waits.begin(login, call.state.clock.now()).map_err(|seconds| {
        Problem::new(
            &problem::TOO_MANY,
            format!("There were several failures in a row; try again in {seconds} seconds. The password has not been looked at."),
        )
        .header("Retry-After", seconds.to_string())
    })
}

/// The one refusal.
fn refused() -> Problem {
    Problem::new(
        &problem::UNAUTHENTICATED,
        "The login is unknown, the password is wrong, or the account is revoked.",
    )
    .header("WWW-Authenticate", "Bearer realm=\"onrecord\"")
}

fn sign_in(call: &Call) -> Result<Reply, Problem> {
    let state = &call.state;
    let body = read(call, &sign_in_body(), None)?;
    let login = person::login(text(&body, "login").unwrap_or_default());
    let given = text(&body, "password").unwrap_or_default();
    begin(call, &login)?;
    let found = state.db.read(|conn| person::find_login(conn, &login))?;
    // One check whatever was found: time does not tell.
    let right = password::verify(found.as_ref().and_then(Person::hash), given);
    let person = found.filter(|_| right).ok_or_else(refused)?;
    state.waits.forget(&login);
    let standing = state.db.read(|conn| person::actor(conn, &person.id, state.clock.now()))?;
    let (actor, _) = standing.ok_or_else(refused)?;
    match text(&body, "new_password") {
        Some(new) => replace(call, &person, &actor, new)?,
        None if person.must_change => {
            return Err(Problem::unprocessable(vec![Fault::pointer(
                "/new_password",
                "required",
                "This password was given by an administrator: send `new_password` with it, one of your own.",
            )]));
        }
        None => {}
    }
    // Whoever gave that password could have used it: who looks at the trail afterwards can tell.
    let given = if person.must_change { json!({"first_password": true}) } else { json!({}) };
    signed_in(call, &person, &actor, given)
}

/// The token of who has signed in.
fn signed_in(call: &Call, person: &Person, actor: &Actor, detail: Value) -> Result<Reply, Problem> {
    let token = call.state.tokens.issue(&person.id, &actor.roles, &call.state.clock)?;
    call.note_later("signed_in", actor, detail);
    let scope: Vec<_> = actor.roles.iter().map(|role| role.name()).collect();
    let mut reply = Reply::value(&json!({
        "access_token": token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": scope.join(" "),
    }))?;
    reply.tagged = false;
    Ok(reply)
}

/// Sets the password that somebody chose, in place of the one that was just checked.
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
        false => Err(Problem::conflict("The password was changed, or the account revoked, meanwhile.")),
    }
}

fn change(call: &Call) -> Result<Reply, Problem> {
    if call.actor.reach(MEMBERS).is_empty() {
        return Err(Problem::new(&problem::FORBIDDEN, "This is for who belongs to an organisation now."));
    }
    let subject = call.actor.name();
    let found = call.state.db.read(|conn| person::find(conn, subject))?;
    let Some((person, login)) = found.and_then(|person| person.login.clone().map(|login| (person, login)))
    else {
        return Err(Problem::conflict(format!("{subject} has no password here.")));
    };
    let body = read(call, &change_body(), Some(&login))?;
    begin(call, &login)?;
    if !password::verify(person.hash(), text(&body, "password").unwrap_or_default()) {
        return Err(Problem::unprocessable(vec![Fault::pointer(
            "/password",
            "wrong",
            "This is not your present password.",
        )]));
    }
    call.state.waits.forget(&login);
    replace(call, &person, &call.actor, text(&body, "new_password").unwrap_or_default())?;
    let mut reply = Reply::json("").status(204);
    reply.tagged = false;
    Ok(reply)
}
