//! The token endpoint, what its tokens say, and the many that are none.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as B64};
use diesel::RunQueryDsl;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use onrecord::access::Role;
use onrecord::access::keys::Keys;
use onrecord::access::token::LIFETIME;
use onrecord::access::{client, secret};
use onrecord::clock::{Clock, Id};
use onrecord::store::{Count, Sql};
use serde_json::{Value, json};

use crate::support::{Answer, START, TestApp, at};

const ISSUER: &str = "http://127.0.0.1:8080";
const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "grant_type=client_credentials";

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

async fn ask(app: &TestApp, authorization: Option<&str>, form: &str) -> Answer {
    let mut request = app.request("POST", "/oauth/token");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    request.body(FORM, form.as_bytes()).send().await
}

async fn in_form(app: &TestApp, id: &str, secret: &str, more: &str) -> Answer {
    ask(app, None, &format!("{GRANT}&client_id={id}&client_secret={secret}{more}")).await
}

/// Asserts that it is an error by RFC 6749, section 5.2, that may not be kept and tells no secret.
#[track_caller]
fn is_error(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["error", "error_description"]);
    assert_eq!(body["error"], json!(error), "{body}");
    let words = body["error_description"].as_str().unwrap();
    // The characters that section 5.2 allows.
    let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(!words.is_empty() && words.bytes().all(allowed), "{words}");
    is_not_kept(answer);
    if status == 401 {
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Basic realm="), "{challenge}");
    }
}

#[track_caller]
fn is_not_kept(answer: &Answer) {
    let control = answer.header("cache-control").unwrap();
    assert!(control.split(", ").any(|one| one == "no-store"), "{control}");
    assert!(!control.contains("public"), "{control}");
    assert!(answer.header("etag").is_none());
}

/// Everything that an answer says, in headers and body.
fn all_of(answer: &Answer) -> String {
    let mut text = answer.text();
    for (name, value) in &answer.headers {
        text.push_str(&format!("\n{name}: {}", String::from_utf8_lossy(value.as_bytes())));
    }
    text
}

/// The hash of a client's one secret.
fn stored_hash(app: &TestApp, client: &str) -> String {
    let now = app.state.clock.now();
    let mut live = app.state.db.read(|conn| secret::live(conn, client, now)).unwrap();
    assert_eq!(live.len(), 1);
    live.remove(0).secret_hash
}

fn parts(token: &str) -> (Value, Value) {
    let pieces: Vec<&str> = token.split('.').collect();
    assert_eq!(pieces.len(), 3);
    let read = |n: usize| serde_json::from_slice(&B64.decode(pieces[n]).unwrap()).unwrap();
    (read(0), read(1))
}

// ---- the endpoint -----------------------------------------------------------------------------------------

#[actix_web::test]
async fn a_token_is_had_by_basic_or_by_form_and_works() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::PartnerWriter]);
    let by_basic = ask(&app, Some(&basic(&id, &secret)), GRANT).await;
    let lower = basic(&id, &secret).replace("Basic", "basic");
    let answers = [
        by_basic,
        ask(&app, Some(&lower), GRANT).await,
        in_form(&app, &id, &secret, "").await,
        // Each name is form-encoded inside Basic (RFC 6749, section 2.3.1).
        ask(&app, Some(&basic(&id.replace('-', "%2D"), &secret)), GRANT).await,
        app.request("POST", "/oauth/token")
            .header("authorization", &basic(&id, &secret))
            .body("application/x-www-form-urlencoded; charset=UTF-8", GRANT)
            .send()
            .await,
    ];
    for answer in answers {
        let answer = answer.expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
        is_not_kept(&answer);
        let body = answer.json();
        let names: BTreeSet<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(["access_token", "token_type", "expires_in", "scope"]));
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], json!(LIFETIME));
        assert!((1..=900).contains(&LIFETIME));
        assert_eq!(body["scope"], "partner_writer");
        assert!(!all_of(&answer).contains(&secret));
        let token = body["access_token"].as_str().unwrap();
        let me = app
            .request("GET", "/v1/me")
            .header("authorization", &format!("Bearer {token}"))
            .send()
            .await
            .expect(200)
            .json();
        assert_eq!(me["subject"], json!(id));
        assert_eq!(me["roles"], json!(["partner_writer"]));
        assert_eq!(me["organisation"], "victim-support");
        assert_eq!(me["body"], "derbyshire-pcc");
    }
}

#[actix_web::test]
async fn credentials_in_two_places_are_refused() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let header = basic(&id, &secret);
    let both = format!("{GRANT}&client_id={id}&client_secret={secret}");
    is_error(&ask(&app, Some(&header), &both).await, 400, "invalid_request");
    let second = format!("{GRANT}&client_secret={secret}");
    is_error(&ask(&app, Some(&header), &second).await, 400, "invalid_request");
    // One that is wrong does not let the other one through.
    let wrong = format!("{GRANT}&client_id={id}&client_secret=wrong");
    is_error(&ask(&app, Some(&header), &wrong).await, 400, "invalid_request");
    is_error(&ask(&app, Some("Basic x"), &both).await, 400, "invalid_request");
    is_error(&ask(&app, Some("Bearer x"), &both).await, 400, "invalid_request");
    let twice = app
        .request("POST", "/oauth/token")
        .header("authorization", &header)
        .header("authorization", &header)
        .body(FORM, GRANT)
        .send()
        .await;
    assert_eq!(twice.status, 400, "{}", twice.text());
    is_not_kept(&twice);
}

#[actix_web::test]
async fn a_form_that_names_another_client_than_basic_is_refused() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let (other, _) = app.make_client(&[Role::Editor]);
    let answer = ask(&app, Some(&basic(&id, &secret)), &format!("{GRANT}&client_id={other}")).await;
    is_error(&answer, 400, "invalid_request");
}

#[actix_web::test]
async fn an_unknown_a_revoked_and_a_mistaken_client_get_the_same_answer() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let (revoked, its_secret) = app.make_client(&[Role::Editor]);
    let now = app.state.now();
    app.write(|conn| assert!(client::revoke(conn, &revoked, now).unwrap()));
    let unknown = in_form(&app, "client-0123456789abcdef", &secret, "").await;
    is_error(&unknown, 401, "invalid_client");
    let same = unknown.comparable();
    for (client, secret) in [
        (id.as_str(), "wrong"),
        (&id, &its_secret),
        (&id, &secret[1..]),
        (&id, &secret.to_uppercase()),
        (&id, &format!("{secret}x")),
        (&id, ""),
        (&id, &"x".repeat(257)),
        (&id, &"x".repeat(10_000)),
        (&revoked, &its_secret),
        (&revoked, "wrong"),
        ("", &secret),
        (&id.to_uppercase(), &secret),
        (&"x".repeat(129), &secret),
        ("editor", "none"),
        ("editor", ""),
        ("'%20OR%201=1--", "x"),
    ] {
        assert_eq!(in_form(&app, client, secret, "").await.comparable(), same, "{client}");
        let answer = ask(&app, Some(&basic(client, secret)), GRANT).await;
        assert_eq!(answer.comparable(), same, "{client} by Basic");
    }
    // The stored hash is no secret that opens.
    let hash = stored_hash(&app, &id);
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    assert!(!hash.contains(&secret));
    let hash = hash.replace('$', "%24").replace('+', "%2B").replace('=', "%3D");
    assert_eq!(in_form(&app, &id, &hash, "").await.comparable(), same);
    in_form(&app, &id, &secret, "").await.expect(200);
}

#[actix_web::test]
async fn credentials_that_are_missing_or_cannot_be_read_are_an_invalid_client() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    for form in
        [GRANT.to_owned(), format!("{GRANT}&client_id={id}"), format!("{GRANT}&client_secret={secret}")]
    {
        is_error(&ask(&app, None, &form).await, 401, "invalid_client");
    }
    let no_colon = format!("Basic {}", STANDARD.encode(&id));
    let not_text = format!("Basic {}", STANDARD.encode([0xff, 0xfe, b':', b'x']));
    let with_null = format!("Basic {}", STANDARD.encode(format!("{id}%00:{secret}")));
    for header in [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic a",
        &no_colon,
        &not_text,
        &with_null,
        "Digest x",
        "Bearer x",
        &format!("Bearer {}", app.token("editor")),
        &STANDARD.encode(format!("{id}:{secret}")),
    ] {
        is_error(&ask(&app, Some(header), GRANT).await, 401, "invalid_client");
    }
}

#[actix_web::test]
async fn another_grant_or_a_form_that_is_none_is_refused() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let header = basic(&id, &secret);
    for grant in [
        "password",
        "authorization_code",
        "refresh_token",
        "implicit",
        "CLIENT_CREDENTIALS",
        "client_credentials%20",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ] {
        let answer = ask(&app, Some(&header), &format!("grant_type={grant}")).await;
        is_error(&answer, 400, "unsupported_grant_type");
    }
    for form in [
        "scope=editor".to_owned(),
        format!("{GRANT}&{GRANT}"),
        format!("{GRANT}&scope=editor&scope=editor"),
        format!("{GRANT}&client_id={id}&client_id={id}"),
        format!("{GRANT}&x=%ff"),
        format!("{GRANT}&x=%00"),
        "grant_type".to_owned(),
        "{\"grant_type\":\"client_credentials\"}".to_owned(),
    ] {
        is_error(&ask(&app, Some(&header), &form).await, 400, "invalid_request");
    }
    let raw = app
        .request("POST", "/oauth/token")
        .header("authorization", &header)
        .body(FORM, b"grant_type=\xff".as_slice())
        .send()
        .await;
    is_error(&raw, 400, "invalid_request");
    let form = format!("{GRANT}&client_id={id}&client_secret={secret}");
    let json = json!({"grant_type": "client_credentials", "client_id": id, "client_secret": secret});
    for (media_type, body) in [
        ("application/json", json.to_string()),
        ("text/plain", form.clone()),
        ("multipart/form-data", form.clone()),
        ("application/x-www-form-urlencoded; charset=latin-1", form.clone()),
    ] {
        let answer = app.request("POST", "/oauth/token").body(media_type, body).send().await;
        answer.problem(415);
        assert!(answer.text().contains(FORM), "{}", answer.text());
        assert!(!all_of(&answer).contains(&secret));
        is_not_kept(&answer);
    }
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
        let answer = app.request(method, "/oauth/token").send().await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
    }
    // Credentials do not stand in an address.
    let path = format!("/oauth/token?{form}");
    let answer = app.request("POST", &path).body(FORM, GRANT).send().await;
    answer.problem(400);
    assert!(answer.text().contains("client_secret"), "{}", answer.text());
    assert!(!all_of(&answer).contains(&secret));
}

#[actix_web::test]
async fn a_scope_names_roles_that_the_client_holds() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor, Role::Auditor]);
    for scope in ["editor", "auditor", "editor+auditor", "auditor%20editor"] {
        let body = in_form(&app, &id, &secret, &format!("&scope={scope}")).await.expect(200).json();
        // What is given is what is said to be given, in the answer, in the token, and to its holder.
        let given = body["scope"].as_str().unwrap();
        let token = body["access_token"].as_str().unwrap();
        assert_eq!(parts(token).1["scope"], json!(given));
        let me = app
            .request("GET", "/v1/me")
            .header("authorization", &format!("Bearer {token}"))
            .send()
            .await
            .expect(200)
            .json();
        let roles: Vec<&str> = me["roles"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(roles.join(" "), given);
        for asked in scope.split(['+', '%']).map(|name| name.trim_start_matches("20")) {
            assert!(roles.contains(&asked), "{scope}: {roles:?}");
        }
    }
    for scope in ["publisher", "admin", "editor+admin", "editor,auditor", "openid", "Editor", "*", "public"] {
        let answer = in_form(&app, &id, &secret, &format!("&scope={scope}")).await;
        is_error(&answer, 400, "invalid_scope");
    }
    // Nobody learns by a scope what a client holds whose secret they do not have.
    let answer = in_form(&app, &id, "wrong", "&scope=admin").await;
    is_error(&answer, 401, "invalid_client");
}

#[actix_web::test]
async fn a_secret_and_its_hash_are_in_no_answer() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let hash = stored_hash(&app, &id);
    let header = basic(&id, &secret);
    let encoded = header.strip_prefix("Basic ").unwrap().to_owned();
    let forms = [
        GRANT.to_owned(),
        format!("grant_type={secret}"),
        format!("{GRANT}&scope={secret}"),
        format!("{GRANT}&client_secret={secret}"),
        format!("{secret}={secret}"),
        secret.clone(),
        format!("{GRANT}&x={secret}%ff"),
    ];
    for form in forms {
        for authorization in [None, Some(header.as_str())] {
            let answer = ask(&app, authorization, &form).await;
            let text = all_of(&answer);
            for hidden in [&secret, &hash, &encoded] {
                assert!(!text.contains(hidden.as_str()), "{form}: {text}");
            }
        }
    }
    for path in ["/v1/me", "/v1/plans", "/v1/nothing"] {
        let answer = app.request("GET", path).header("authorization", &header).send().await;
        let text = all_of(&answer);
        assert!(!text.contains(&secret) && !text.contains(&encoded), "{text}");
    }
}

#[actix_web::test]
async fn the_token_endpoint_remembers_no_idempotency_key() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let mut tokens = BTreeSet::new();
    for _ in 0..2 {
        let answer = app
            .request("POST", "/oauth/token")
            .header("authorization", &basic(&id, &secret))
            .header("idempotency-key", "one-and-the-same")
            .body(FORM, GRANT)
            .send()
            .await
            .expect(200);
        assert!(answer.header("idempotency-replayed").is_none());
        tokens.insert(answer.json()["access_token"].as_str().unwrap().to_owned());
    }
    assert_eq!(tokens.len(), 2);
    let kept: Count = app
        .state
        .db
        .read(|conn| Ok(Sql::new("SELECT count(*) AS n FROM idempotency").get_result(conn)?))
        .unwrap();
    assert_eq!(kept.n, 0);
}

#[actix_web::test]
async fn a_token_says_what_rfc_9068_asks_for_and_is_verified_by_the_published_key() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor, Role::Auditor]);
    let mut names = BTreeSet::new();
    let set = app.get(None, "/.well-known/jwks.json").await.expect(200);
    let set: JwkSet = serde_json::from_slice(&set.body).unwrap();
    for _ in 0..3 {
        let token = in_form(&app, &id, &secret, "").await.expect(200).json()["access_token"]
            .as_str()
            .unwrap()
            .to_owned();
        let (header, claims) = parts(&token);
        assert_eq!(header, json!({"typ": "at+jwt", "alg": "EdDSA", "kid": app.state.keys.kid()}));
        let now = at(START).micros() / 1_000_000;
        let jti = claims["jti"].as_str().unwrap().to_owned();
        assert_eq!(Id::parse(&jti).unwrap().0.get_version_num(), 7);
        assert_eq!(
            claims,
            json!({
                "iss": ISSUER, "aud": ISSUER, "sub": id, "client_id": id, "iat": now, "exp": now + LIFETIME,
                "jti": jti, "scope": "editor auditor",
            })
        );
        assert!(names.insert(jti), "an id was given twice");
        let key = set.find(header["kid"].as_str().unwrap()).unwrap();
        let key = DecodingKey::from_jwk(key).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[ISSUER]);
        validation.set_issuer(&[ISSUER]);
        // The test's clock stands at another time than the machine's.
        validation.validate_exp = false;
        let read = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
        assert_eq!(read.claims, claims);
    }
    let set = app.get(None, "/.well-known/jwks.json").await.json();
    for key in set["keys"].as_array().unwrap() {
        let members: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, BTreeSet::from(["kty", "crv", "use", "alg", "kid", "x"]));
    }
}

// ---- tokens that are none ---------------------------------------------------------------------------------

/// What signs a token.
struct Signer<'a> {
    key: &'a EncodingKey,
    algorithm: Algorithm,
}

fn signed(header: &str, claims: &str, signer: &Signer<'_>) -> String {
    let message = format!("{}.{}", B64.encode(header), B64.encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), signer.key, signer.algorithm).unwrap();
    format!("{message}.{signature}")
}

/// A token put together by hand, with members of header and claims replaced (null takes one away).
struct Forge<'a> {
    app: &'a TestApp,
    now: i64,
}

impl Forge<'_> {
    fn header(&self, change: &Value) -> String {
        let mut header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": self.app.state.keys.kid()});
        onrecord::http::body::merge(&mut header, change.clone());
        header.to_string()
    }

    fn claims(&self, change: &Value) -> String {
        let mut claims = json!({
            "iss": ISSUER, "aud": ISSUER, "sub": "editor", "client_id": "editor", "iat": self.now,
            "exp": self.now + LIFETIME, "jti": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "scope": "editor",
        });
        onrecord::http::body::merge(&mut claims, change.clone());
        claims.to_string()
    }

    /// Signed with the server's own key: nothing is wrong but what is changed.
    fn token(&self, header: Value, claims: Value) -> String {
        let key = self.app.state.keys.encoding();
        let own = Signer { key: &key, algorithm: Algorithm::EdDSA };
        signed(&self.header(&header), &self.claims(&claims), &own)
    }
}

fn forge(app: &TestApp) -> Forge<'_> {
    Forge { app, now: app.state.now().micros() / 1_000_000 }
}

async fn with(app: &TestApp, method: &str, path: &str, authorization: &[&str]) -> Answer {
    let mut request = app.request(method, path);
    for value in authorization {
        request = request.header("authorization", value);
    }
    if method != "GET" {
        request = request.json(&json!({"reference": "T-TOKEN", "title": "x", "from": "2025-04-01"}));
    }
    request.send().await
}

/// Asserts that these headers are refused everywhere: by what is public, by what is not, by what writes.
async fn is_refused(app: &TestApp, authorization: &[&str], what: &str) {
    for (method, path) in [
        ("GET", "/v1/me"),
        ("GET", "/v1/plans"),
        ("GET", "/v1/plans/derbyshire-pcc:PLAN-2013"),
        ("GET", "/healthz"),
        ("GET", "/openapi.json"),
        ("GET", "/v1/plans/derbyshire-pcc:NOTHING"),
        ("POST", "/v1/plans"),
        ("PATCH", "/v1/plans/derbyshire-pcc:PLAN-2013"),
    ] {
        let answer = with(app, method, path, authorization).await;
        assert_eq!(answer.status, 401, "{what} at {method} {path}: {}", answer.text());
        answer.problem(401);
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(
            challenge.starts_with("Bearer realm=\"onrecord\", error=\"invalid_token\", error_description=\""),
            "{what}: {challenge}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
        for value in authorization {
            let token = value.rsplit(' ').next().unwrap();
            assert!(token.len() < 8 || !all_of(&answer).contains(token), "{what} is shown");
        }
    }
}

#[actix_web::test]
async fn a_token_put_together_by_hand_as_ours_are_is_taken() {
    let app = TestApp::new().await;
    let token = forge(&app).token(json!({}), json!({}));
    for value in [format!("Bearer {token}"), format!("bearer {token}"), format!("BEARER {token}")] {
        let me = with(&app, "GET", "/v1/me", &[&value]).await.expect(200).json();
        assert_eq!(me["subject"], "editor");
        with(&app, "GET", "/v1/plans", &[&value]).await.expect(200);
    }
    with(&app, "POST", "/v1/plans", &[&format!("Bearer {token}")]).await.expect(201);
    let before = forge(&app).token(json!({}), json!({"nbf": forge(&app).now - 60}));
    with(&app, "GET", "/v1/me", &[&format!("Bearer {before}")]).await.expect(200);
    // Without any, what writes says how to get one, and what reads is read.
    let answer = with(&app, "POST", "/v1/plans", &[]).await;
    answer.problem(401);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"onrecord\""));
    assert!(answer.text().contains("/oauth/token"));
    with(&app, "GET", "/v1/plans", &[]).await.expect(200);
}

#[actix_web::test]
async fn a_token_whose_header_is_not_ours_is_refused() {
    let app = TestApp::new().await;
    let forge = forge(&app);
    let other = Keys::from_json(&Keys::generate(&Clock::system()).unwrap()).unwrap();
    let jwk = other.jwks(at(START))["keys"][0].clone();
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "None"}),
        json!({"alg": "HS256"}),
        json!({"alg": "ES256"}),
        json!({"alg": "RS256"}),
        json!({"alg": "eddsa"}),
        json!({"alg": "Ed25519"}),
        json!({"alg": null}),
        json!({"alg": 7}),
        json!({"alg": ["EdDSA"]}),
        json!({"typ": "JWT"}),
        json!({"typ": "jwt"}),
        json!({"typ": "application/jwt"}),
        json!({"typ": "id+jwt"}),
        json!({"typ": null}),
        json!({"typ": ""}),
        json!({"kid": other.kid()}),
        json!({"kid": ""}),
        json!({"kid": null}),
        json!({"kid": "../../keys.json"}),
        json!({"kid": "' OR 1=1--"}),
        json!({"kid": 1}),
        json!({"jku": "https://attacker.example/jwks.json"}),
        json!({"jku": "http://127.0.0.1:8080/.well-known/jwks.json"}),
        json!({"jwk": jwk}),
        json!({"x5u": "https://attacker.example/cert.pem"}),
        json!({"x5c": ["AAAA"]}),
        json!({"x5t": "AAAA"}),
        json!({"crit": ["exp"]}),
        json!({"b64": false, "crit": ["b64"]}),
        json!({"zip": "DEF"}),
        json!({"enc": "A256GCM"}),
        json!({"cty": "JWT"}),
        json!({"anything": "else"}),
    ] {
        let token = forge.token(header.clone(), json!({}));
        is_refused(&app, &[&format!("Bearer {token}")], &header.to_string()).await;
    }
}

#[actix_web::test]
async fn a_token_whose_claims_are_not_right_is_refused() {
    let app = TestApp::new().await;
    let forge = forge(&app);
    let now = forge.now;
    let mut all = vec![];
    for claim in ["iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope"] {
        all.push(json!({claim: null}));
        all.push(json!({claim: [1]}));
        all.push(json!({claim: {"x": 1}}));
        all.push(json!({claim: true}));
    }
    for claim in ["exp", "iat", "nbf"] {
        all.push(json!({claim: now.to_string()}));
        all.push(json!({claim: (now + 300).to_string()}));
        all.push(json!({claim: "2030-01-01T00:00:00Z"}));
        all.push(json!({claim: 1e300}));
        all.push(json!({claim: [now]}));
    }
    all.extend([
        json!({"iss": "https://attacker.example"}),
        json!({"iss": "http://127.0.0.1:8080/"}),
        json!({"iss": ""}),
        json!({"iss": [ISSUER]}),
        json!({"aud": "https://attacker.example"}),
        json!({"aud": "http://127.0.0.1:8080/"}),
        json!({"aud": "http://127.0.0.1"}),
        json!({"aud": ""}),
        json!({"aud": []}),
        json!({"aud": ["https://attacker.example"]}),
        json!({"aud": ["https://attacker.example", ISSUER]}),
        json!({"sub": "admin"}),
        json!({"client_id": "admin"}),
        json!({"sub": ""}),
        json!({"sub": "nobody", "client_id": "nobody"}),
        json!({"sub": "", "client_id": ""}),
        json!({"sub": "Editor", "client_id": "Editor"}),
        json!({"sub": "editor ", "client_id": "editor "}),
        json!({"exp": now - 5}),
        json!({"exp": now - 3_600, "iat": now - 7_200}),
        json!({"exp": 0}),
        json!({"exp": -1}),
        json!({"iat": now + 6}),
        json!({"iat": now + 3_600, "exp": now + 4_200}),
        json!({"nbf": now + 6}),
        json!({"nbf": now + 3_600}),
    ]);
    assert!(all.len() >= 40, "only {}", all.len());
    for claims in all {
        let token = forge.token(json!({}), claims.clone());
        is_refused(&app, &[&format!("Bearer {token}")], &claims.to_string()).await;
    }
    // A claim given twice is no claim, and what is no object holds none.
    let key = app.state.keys.encoding();
    let own = Signer { key: &key, algorithm: Algorithm::EdDSA };
    let claims = forge.claims(&json!({}));
    let twice = claims.replacen('{', "{\"sub\":\"admin\",\"client_id\":\"admin\",", 1);
    for claims in [twice.as_str(), "[]", "null", "\"editor\"", "{}", "", "{", &format!("[{claims}]")] {
        let token = signed(&forge.header(&json!({})), claims, &own);
        is_refused(&app, &[&format!("Bearer {token}")], claims).await;
    }
    for header in ["[]", "null", "{}", "", "{", "\"EdDSA\""] {
        let token = signed(header, &claims, &own);
        is_refused(&app, &[&format!("Bearer {token}")], header).await;
    }
    let header = forge.header(&json!({})).replacen('{', "{\"alg\":\"none\",", 1);
    let token = signed(&header, &claims, &own);
    is_refused(&app, &[&format!("Bearer {token}")], "alg given twice").await;
}

#[actix_web::test]
async fn a_client_whose_name_no_database_can_hold_is_unknown() {
    let app = TestApp::new().await;
    let token = forge(&app).token(json!({}), json!({"sub": "editor\0", "client_id": "editor\0"}));
    is_refused(&app, &[&format!("Bearer {token}")], "a name with U+0000").await;
}

#[actix_web::test]
async fn times_at_the_end_of_the_numbers_are_refused_and_not_stumbled_over() {
    let app = TestApp::new().await;
    for claims in [
        // No token of ours lives longer than a quarter of an hour: one that says so is none of ours.
        json!({"exp": forge(&app).now + 86_400}),
        json!({"exp": i64::MAX}),
        json!({"exp": i64::MIN}),
        json!({"exp": u64::MAX}),
        json!({"iat": i64::MAX}),
        json!({"nbf": i64::MAX}),
    ] {
        let token = forge(&app).token(json!({}), claims.clone());
        let answer = with(&app, "GET", "/v1/me", &[&format!("Bearer {token}")]).await;
        assert_eq!(answer.status, 401, "{claims}: {}", answer.text());
    }
}

#[actix_web::test]
async fn a_token_that_our_key_has_not_signed_is_refused() {
    let app = TestApp::new().await;
    let forge = forge(&app);
    let good = forge.token(json!({}), json!({}));
    let pieces: Vec<&str> = good.split('.').collect();
    let (header, claims) = (forge.header(&json!({})), forge.claims(&json!({})));
    let other = Keys::from_json(&Keys::generate(&Clock::system()).unwrap()).unwrap();
    let by_other = Signer { key: &other.encoding(), algorithm: Algorithm::EdDSA };
    let mut all = vec![
        ("another key", signed(&header, &claims, &by_other)),
        (
            "another key, and its name",
            signed(&forge.header(&json!({"kid": other.kid()})), &claims, &by_other),
        ),
        (
            "another key, brought along",
            signed(
                &forge.header(&json!({"jwk": other.jwks(at(START))["keys"][0].clone()})),
                &claims,
                &by_other,
            ),
        ),
    ];
    // The public key is public: it must never serve as a shared secret.
    let x = app.state.keys.jwks(at(START))["keys"][0]["x"].as_str().unwrap().to_owned();
    let raw = B64.decode(&x).unwrap();
    let mut spki = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    spki.extend_from_slice(&raw);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&spki));
    let jwk = app.state.keys.jwks(at(START))["keys"][0].to_string();
    for (name, algorithm) in
        [("HS256", Algorithm::HS256), ("HS384", Algorithm::HS384), ("HS512", Algorithm::HS512)]
    {
        for secret in [x.as_bytes(), &raw, &spki, pem.as_bytes(), jwk.as_bytes(), b""] {
            let key = EncodingKey::from_secret(secret);
            let signer = Signer { key: &key, algorithm };
            all.push((name, signed(&forge.header(&json!({"alg": name})), &claims, &signer)));
            // With our algorithm's name and the other's signature, too.
            all.push(("a shared secret", signed(&header, &claims, &signer)));
        }
    }
    let none = B64.encode(forge.header(&json!({"alg": "none"})));
    let zeros = B64.encode([0_u8; 64]);
    let admin = B64.encode(forge.claims(&json!({"sub": "admin", "client_id": "admin"})));
    all.extend([
        ("alg none, unsigned", format!("{none}.{}.", pieces[1])),
        ("alg none, signed", format!("{none}.{}.{}", pieces[1], pieces[2])),
        ("alg none, two parts", format!("{none}.{}", pieces[1])),
        ("no signature", format!("{}.{}.", pieces[0], pieces[1])),
        ("two parts", format!("{}.{}", pieces[0], pieces[1])),
        ("one part", pieces[0].to_owned()),
        ("four parts", format!("{good}.{}", pieces[2])),
        ("five parts", format!("{good}.{}.{}", pieces[1], pieces[2])),
        ("no header", format!(".{}.{}", pieces[1], pieces[2])),
        ("no claims", format!("{}..{}", pieces[0], pieces[2])),
        ("points only", "..".to_owned()),
        ("a signature of zeros", format!("{}.{}.{zeros}", pieces[0], pieces[1])),
        ("another's claims", format!("{}.{admin}.{}", pieces[0], pieces[2])),
        ("claims and header changed over", format!("{}.{}.{}", pieces[1], pieces[0], pieces[2])),
        ("padded", format!("{}=.{}=.{}==", pieces[0], pieces[1], pieces[2])),
        ("doubled", format!("{good}{good}")),
        ("cut at the front", good[1..].to_owned()),
        ("cut at the back", good[..good.len() - 1].to_owned()),
        ("half", good[..good.len() / 2].to_owned()),
        ("prolonged", format!("{good}A")),
        ("no token", "x".to_owned()),
        ("a null", "null".to_owned()),
        ("long", "A".repeat(4_001)),
        ("long, with points", format!("{}.{}.{}", pieces[0], "A".repeat(3_600), pieces[2])),
        ("far too long", "a.".repeat(20_000)),
        ("json", claims.clone()),
    ]);
    assert!(all.len() >= 40, "only {}", all.len());
    for (what, token) in &all {
        is_refused(&app, &[&format!("Bearer {token}")], what).await;
    }
}

#[actix_web::test]
async fn a_token_altered_in_any_one_character_is_refused() {
    let app = TestApp::new().await;
    let good = app.token("editor");
    with(&app, "GET", "/v1/me", &[&format!("Bearer {good}")]).await.expect(200);
    for n in 0..good.len() {
        for by in [b'A', b'B', b'.'] {
            let mut bytes = good.clone().into_bytes();
            if bytes[n] == by {
                continue;
            }
            bytes[n] = by;
            let altered = String::from_utf8(bytes).unwrap();
            let answer = with(&app, "GET", "/v1/me", &[&format!("Bearer {altered}")]).await;
            assert_eq!(answer.status, 401, "altered at {n}: {altered}");
        }
    }
}

#[actix_web::test]
async fn an_authorization_header_that_is_not_one_bearer_token_is_refused() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let token = app.token("editor");
    let bearer = format!("Bearer {token}");
    let other = format!("Bearer {}", app.token("admin"));
    let by_basic = basic(&id, &secret);
    for value in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer  ",
        "Token x",
        "Negotiate x",
        "x",
        &token,
        &by_basic,
        &format!("Basic {token}"),
        &format!("DPoP {token}"),
        &format!("Bearer={token}"),
        &format!("Bearer\"{token}\""),
        &format!("Bearer \"{token}\""),
        &format!("Bearer <{token}>"),
        &format!("Bearer {token} {token}"),
        &format!("{bearer}, {other}"),
        &format!("{bearer},"),
        &format!("Bearer Bearer {token}"),
        &format!("{by_basic}, {bearer}"),
    ] {
        is_refused(&app, &[value], &format!("`{value}`")).await;
    }
    is_refused(&app, &[&bearer, &bearer], "the same twice").await;
    is_refused(&app, &[&bearer, &other], "two tokens").await;
    is_refused(&app, &[&bearer, ""], "a token and nothing").await;
    is_refused(&app, &[&by_basic, &bearer], "Basic and a token").await;
}

#[actix_web::test]
async fn a_token_in_the_address_is_an_unknown_parameter_and_is_not_shown() {
    let app = TestApp::new().await;
    let token = app.token("editor");
    for name in ["access_token", "token", "bearer", "authorization"] {
        for path in ["/v1/me", "/v1/plans", "/v1/plans/derbyshire-pcc:PLAN-2013", "/healthz"] {
            let answer = app.get(None, &format!("{path}?{name}={token}")).await;
            assert_eq!(answer.problem(400), ["unknown"]);
            assert_eq!(answer.json()["errors"][0]["parameter"], json!(name));
            assert!(!all_of(&answer).contains(&token));
        }
        let path = format!("/v1/plans?{name}={token}");
        let answer = with(&app, "POST", &path, &[]).await;
        answer.problem(401);
        assert!(!all_of(&answer).contains(&token));
    }
    // In the body it is none either.
    let answer = app.request("POST", "/v1/plans").body(FORM, format!("access_token={token}")).send().await;
    answer.problem(401);
}

#[actix_web::test]
async fn a_token_is_good_for_its_ten_minutes_and_no_longer() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let token =
        in_form(&app, &id, &secret, "").await.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    for moment in [START, "2026-11-01T11:35:00Z", "2026-11-01T11:39:59Z"] {
        app.set_time(moment);
        with(&app, "GET", "/v1/me", &[&bearer]).await.expect(200);
    }
    for moment in ["2026-11-01T11:40:06Z", "2026-11-01T12:40:00Z", "2036-11-01T00:00:00Z"] {
        app.set_time(moment);
        is_refused(&app, &[&bearer], moment).await;
        let answer = with(&app, "GET", "/v1/me", &[&bearer]).await;
        assert!(answer.text().contains("expired"), "{}", answer.text());
    }
    // Not yet valid, by a clock that goes before ours.
    app.set_time(START);
    let early = forge(&app);
    let token = early.token(json!({}), json!({"iat": early.now + 60, "exp": early.now + 660}));
    let bearer = format!("Bearer {token}");
    is_refused(&app, &[&bearer], "a minute early").await;
    app.set_time("2026-11-01T11:31:00Z");
    with(&app, "GET", "/v1/me", &[&bearer]).await.expect(200);
}

#[actix_web::test]
async fn what_a_token_says_of_roles_gives_none() {
    let app = TestApp::new().await;
    let forge = forge(&app);
    let token = forge.token(json!({}), json!({"scope": "admin publisher commissioner", "roles": ["admin"]}));
    let bearer = format!("Bearer {token}");
    let me = with(&app, "GET", "/v1/me", &[&bearer]).await;
    // Refused or taken for what its holder is: never for more.
    if me.status == 200 {
        assert_eq!(me.json()["roles"], json!(["editor"]));
        let answer = app
            .request("POST", "/v1/themes")
            .header("authorization", &bearer)
            .json(&app.state.kind("theme").unwrap().example)
            .send()
            .await;
        answer.problem(403);
    } else {
        me.problem(401);
    }
}

#[actix_web::test]
async fn a_revoked_client_is_refused_at_once_where_it_is_not_remembered() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let answer = in_form(&app, &id, &secret, "").await.expect(200);
    let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
    let now = app.state.now();
    app.write(|conn| {
        assert!(client::revoke(conn, &id, now).unwrap());
        assert!(!client::revoke(conn, &id, now).unwrap());
        assert!(!client::revoke(conn, "nobody", now).unwrap());
    });
    is_refused(&app, &[&bearer], "a token of a revoked client").await;
    is_error(&in_form(&app, &id, &secret, "").await, 401, "invalid_client");
}

#[actix_web::test]
async fn a_revoked_client_is_refused_within_five_seconds_where_it_has_just_been_used() {
    let app = TestApp::new().await;
    let (id, secret) = app.make_client(&[Role::Editor]);
    let answer = in_form(&app, &id, &secret, "").await.expect(200);
    let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
    with(&app, "GET", "/v1/me", &[&bearer]).await.expect(200);
    let now = app.state.now();
    app.write(|conn| assert!(client::revoke(conn, &id, now).unwrap()));
    // The server remembers a client's standing for a moment of real time, hence a bounded poll.
    let began = Instant::now();
    loop {
        let answer = with(&app, "GET", "/v1/me", &[&bearer]).await;
        if answer.status == 401 {
            break;
        }
        assert_eq!(answer.status, 200);
        assert!(began.elapsed() < Duration::from_secs(5), "still good after five seconds");
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
    is_refused(&app, &[&bearer], "a token of a revoked client").await;
}
