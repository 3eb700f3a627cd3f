//! Hundreds of tokens that are no good, of this server and of an OpenID provider: each is refused wherever it is sent,
//! and none makes the server ask anybody but for the provider's keys, once a minute at most.

mod mint;
mod table;

use std::collections::BTreeSet;

use aws_lc_rs::signature;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use diesel::RunQueryDsl;
use onrecord::access::api_key;
use onrecord::access::keys::Keys;
use onrecord::access::keys::LIFETIME;
use onrecord::access::oidc::Oidc;
use onrecord::clock::{Clock, Fixed};
use onrecord::config::{OidcGrant, OidcProvider};
use onrecord::store::{Count, Sql};
use serde_json::json;

use self::mint::{Ec, Issuer, Key, Listener, Rsa, compact, set};
use self::table::{Bad, Table, table};
use crate::support::{Answer, LONG_AGO, START, TestApp, at};

/// What this server calls itself in its tokens.
const OURS: &str = "http://127.0.0.1:8080";
/// What the provider calls it.
const AUDIENCE: &str = "https://onrecord.example.org";

// ---- who is asked, and by what -------------------------------------------------------------------------------

/// The world of the sweep.
struct World {
    app: TestApp,
    /// This server.
    ours: Issuer,
    /// The provider.
    theirs: Issuer,
    rsa: Rsa,
    ec: Ec,
    /// The provider's key for what is encrypted for it, which signs nothing.
    for_encryption: Key,
    /// Keys of ours that were rotated away: one whose last token has ended, one whose secret was out.
    rotated: [Key; 2],
    /// Whoever would like to be let in, with keys that anybody can fetch.
    stranger: Key,
    /// The provider's keys, which are fetched from here and nowhere else.
    jwks: Listener,
    /// The stranger's keys, at whatever address below; nobody ever asks for them.
    elsewhere: Listener,
}

impl World {
    async fn new() -> World {
        let (rsa, ec) = (Key::rsa("rsa"), Key::p256("ec"));
        let (theirs, for_encryption, stranger) = (Key::ed25519(), Key::ed25519(), Key::ed25519());
        let document = {
            let mut encrypting = for_encryption.jwk.clone();
            encrypting["use"] = json!("enc");
            let secret = json!({"kty": "oct", "kid": "secret", "alg": "HS256", "k": B64.encode("secret")});
            json!({"keys": [theirs.jwk, rsa.jwk, ec.jwk, encrypting, secret]})
        };
        let jwks = Listener::start(|_| document);
        let elsewhere = Listener::start(|address| {
            let named = ["stranger", address, &theirs.kid, "none"];
            json!({"keys": named.map(|kid| set(&stranger.jwk, "kid", json!(kid)))})
        });

        let fixed = Fixed::at(at(LONG_AGO));
        let clock = Clock::shared(fixed.clone());
        let first = Keys::generate(&clock).unwrap();
        let second = Keys::rotated(&first, &clock, false).unwrap();
        fixed.set(at(START));
        let third = Keys::rotated(&second, &clock, true).unwrap();
        let oidc = Oidc::new(&[provider(&jwks)], OURS).unwrap();
        let app = TestApp::with_keys_and_oidc(&third, oidc).await;

        let now = at(START).micros() / 1_000_000;
        let ours = Key::of_server(&third);
        assert_eq!(ours.kid, app.state.keys.kid());
        let ours = Issuer {
            name: "ours",
            header: json!({"typ": "at+jwt", "alg": "EdDSA", "kid": ours.kid}),
            key: ours,
            claims: json!({
                "iss": OURS, "aud": OURS, "sub": "editor", "client_id": "editor", "iat": now,
                "exp": now + LIFETIME, "jti": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "scope": "editor",
            }),
            now,
        };
        let theirs = Issuer {
            name: "theirs",
            header: json!({"typ": "at+jwt", "alg": "EdDSA", "kid": theirs.kid}),
            key: theirs,
            claims: json!({
                "iss": jwks.address, "aud": AUDIENCE, "sub": "ada", "client_id": "the office's application",
                "iat": now, "exp": now + 3_600, "groups": ["editors"],
            }),
            now,
        };
        let rotated = [Key::of_server(&first), Key::of_server(&second)];
        World { app, ours, theirs, rsa, ec, for_encryption, rotated, stranger, jwks, elsewhere }
    }
}

fn provider(jwks: &Listener) -> OidcProvider {
    let grant = |value: &str, organisation: &str, role: &str| OidcGrant {
        claim: "groups".to_owned(),
        value: value.to_owned(),
        body: "derbyshire-pcc".to_owned(),
        organisation: organisation.to_owned(),
        roles: vec![role.to_owned()],
    };
    OidcProvider {
        name: "The office's".to_owned(),
        issuer: jwks.address.clone(),
        audience: AUDIENCE.to_owned(),
        jwks_uri: format!("{}/keys", jwks.address),
        algorithms: Some(["EdDSA", "RS256", "ES256"].map(str::to_owned).to_vec()),
        grants: vec![
            grant("editors", "opcc-derbyshire", "editor"),
            grant("panel", "derbyshire-police-and-crime-panel", "panel_member"),
        ],
        ..OidcProvider::default()
    }
}

// ---- the sweep -------------------------------------------------------------------------------------------------

impl World {
    /// A read that everyone may, a read that asks for a role, and a write.
    async fn ask(&self, headers: &[(&'static str, Vec<u8>)]) -> Vec<Answer> {
        let kind = self.app.state.kind("pledge").unwrap();
        let mut answers = vec![];
        for (method, path) in [("GET", "/v1/plans"), ("GET", "/v1/redactions"), ("POST", "/v1/pledges")] {
            let mut request = self.app.request(method, path);
            for (name, value) in headers {
                request = request.raw_header(name, value);
            }
            if method == "POST" {
                request = request.json(&self.app.fresh(kind));
            }
            answers.push(request.send().await);
        }
        answers
    }

    /// What each answers to the right token of either issuer.
    async fn takes_what_is_good(&self) {
        for issuer in [&self.ours, &self.theirs] {
            self.takes(issuer.name, &issuer.good()).await;
        }
    }

    async fn takes(&self, what: &str, token: &str) {
        let answers = self.ask(&[("authorization", format!("Bearer {token}").into_bytes())]).await;
        let codes: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(codes, [200, 200, 201], "{what}: {}", answers[2].text());
    }

    /// What is wrong with the refusals of these credentials.
    async fn faults(&self, bad: &Bad) -> Vec<String> {
        let by_key = bad.headers.iter().any(|(name, _)| *name == "x-api-key");
        let challenge = match by_key {
            true => "ApiKey realm=\"onrecord\"",
            false => "Bearer realm=\"onrecord\", error=\"invalid_token\", error_description=\"",
        };
        let mut faults = vec![];
        for (answer, place) in
            self.ask(&bad.headers).await.iter().zip(["a read", "a read by role", "a write"])
        {
            let header = answer.header("www-authenticate").unwrap_or_default();
            let said = format!("{}{header}", answer.text());
            let is_shown = |value: &[u8]| {
                let value = String::from_utf8_lossy(value);
                let token = value.split(' ').next_back().unwrap_or_default();
                token.len() >= 16 && said.contains(token)
            };
            let wrong: String = match answer.status {
                401 if !header.starts_with(challenge) => header.to_owned(),
                401 if answer.header("cache-control") != Some("no-store") => "may be kept".to_owned(),
                401 if bad.headers.iter().any(|(_, value)| is_shown(value)) => "shows the token".to_owned(),
                401 => {
                    assert!(answer.problem(401).is_empty(), "{said}");
                    assert_eq!(answer.json()["type"], "/problems/unauthenticated");
                    continue;
                }
                status => format!("{status}: {said}").chars().take(200).collect(),
            };
            faults.push(format!("{}, at {place}: {wrong}", bad.what));
        }
        faults
    }

    fn count(&self, statement: &'static str) -> i64 {
        self.app.state.db.read(|conn| Ok(Sql::new(statement).get_result::<Count>(conn)?.n)).unwrap()
    }
}

#[actix_web::test]
async fn no_bad_token_is_taken_anywhere_and_none_sends_the_server_out() {
    let world = World::new().await;
    let (_, key) = world
        .app
        .state
        .db
        .write(|conn| api_key::create(conn, &world.app.state.clock, "good", None, "test"))
        .unwrap();
    let all = table(&world, &key).0;

    // Each is another, under another name.
    let (mut names, mut sent, mut twice) = (BTreeSet::new(), BTreeSet::new(), vec![]);
    for bad in &all {
        if !names.insert(&bad.what) | !sent.insert(&bad.headers) {
            twice.push(&bad.what);
        }
    }
    assert!(twice.is_empty(), "once more: {twice:?}");
    let of = |name: &str| all.iter().filter(|bad| bad.what.starts_with(name)).count();
    assert!(sent.len() >= 150 && of("ours: ") >= 150 && of("theirs: ") >= 150, "only {}", sent.len());
    assert!(of("API key: ") >= 15);

    world.takes_what_is_good().await;
    let pledges = "SELECT count(*) AS n FROM record WHERE kind = 'pledge'";
    let people = "SELECT count(*) AS n FROM person";
    let before = (world.count(pledges), world.count(people));
    let mut faults = vec![];
    for (n, bad) in all.iter().enumerate() {
        faults.extend(world.faults(bad).await);
        // What is right is taken all the while: it is not everything that is refused.
        if n % 25 == 0 {
            for issuer in [&world.ours, &world.theirs] {
                let bearer = format!("Bearer {}", issuer.good());
                let answer = world.app.request("GET", "/v1/redactions").header("authorization", &bearer);
                answer.send().await.expect(200);
            }
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), 3 * all.len(), faults.join("\n"));
    assert_eq!((world.count(pledges), world.count(people)), before, "nothing made, nobody put on file");
    assert_eq!((world.jwks.requests(), world.elsewhere.requests()), (1, 0));

    // Names of keys that nobody knows, for three minutes: one question a minute.
    let begun = world.app.state.clock.now();
    for second in (0..180).step_by(15) {
        world.app.clock.set(begun.plus_seconds(second));
        for kid in ["stranger", world.elsewhere.address.as_str(), &format!("new-{second}")] {
            let token = world.theirs.header("kid", json!(kid));
            let mut one = Table::default();
            one.token(format!("{kid} after {second} seconds"), token);
            let faults = world.faults(&one.0[0]).await;
            assert!(faults.is_empty(), "{faults:?}");
        }
        assert_eq!(world.jwks.requests() as i64, 1 + second / 60, "after {second} seconds");
    }
    world.takes_what_is_good().await;
    assert_eq!(world.elsewhere.requests(), 0);
}

#[actix_web::test]
async fn what_is_only_spelled_otherwise_is_taken() {
    let world = World::new().await;
    let World { app, ours, theirs, rsa, ec, .. } = &world;
    for issuer in [ours, theirs] {
        let good = issuer.good();
        // RFC 9110, section 11.1: schemes have no case; RFC 6750, section 2.1: one blank or more.
        for value in [
            format!("bearer {good}"),
            format!("BEARER {good}"),
            format!("bearer  {good}"),
            format!("Bearer {good} "),
        ] {
            app.request("GET", "/v1/redactions").header("authorization", &value).send().await.expect(200);
        }
        for claims in [
            json!({"nbf": 0}),
            json!({"nbf": -1}),
            json!({"nbf": issuer.now}),
            json!({"iat": issuer.now + 5, "nbf": issuer.now + 5}),
        ] {
            let mut all = issuer.claims.clone();
            onrecord::http::body::merge(&mut all, claims.clone());
            world.takes(&format!("{}: {claims}", issuer.name), &issuer.token(&issuer.header, &all)).await;
        }
    }
    // What the provider's tokens may have that ours do not: media types have no case, several may be meant, other
    // algorithms, a certificate's digest, and much more in it than we read.
    for (name, value) in
        [("typ", json!("AT+JWT")), ("typ", json!("application/at+jwt")), ("x5t", json!("AAAA"))]
    {
        world.takes(name, &theirs.header(name, value)).await;
    }
    for (name, value) in [
        ("aud", json!([AUDIENCE])),
        ("aud", json!(["https://other.example.org", AUDIENCE])),
        ("more", json!("x".repeat(4_000))),
    ] {
        world.takes(name, &theirs.claim(name, value)).await;
    }
    for (kid, alg, sign) in [
        (&rsa.kid, "RS256", rsa.by(&signature::RSA_PKCS1_SHA256)),
        (&ec.kid, "ES256", ec.by(&signature::ECDSA_P256_SHA256_FIXED_SIGNING)),
    ] {
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": kid});
        world.takes(alg, &compact(header.to_string(), theirs.claims.to_string(), &sign)).await;
    }
}

#[actix_web::test]
async fn a_token_anywhere_but_in_its_header_is_none() {
    let world = World::new().await;
    let app = &world.app;
    let kind = app.state.kind("pledge").unwrap();
    let is_none = |answer: &Answer| {
        answer.problem(401);
        // No token came: there is nothing to say against one.
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"onrecord\""));
    };
    for good in [world.ours.good(), world.theirs.good()] {
        for name in ["access_token", "token", "authorization", "bearer", "jwt", "id_token"] {
            // An unknown parameter where everyone may read; elsewhere it is first asked who reads.
            let answer = app.get(None, &format!("/v1/plans?{name}={good}")).await;
            assert_eq!(answer.problem(400), ["unknown"]);
            assert!(!answer.text().contains(&good));
            is_none(&app.get(None, &format!("/v1/redactions?{name}={good}")).await);
            let path = format!("/v1/pledges?{name}={good}");
            is_none(&app.request("POST", &path).json(&app.fresh(kind)).send().await);
            let form = format!("{name}={good}");
            is_none(
                &app.request("POST", "/v1/pledges")
                    .body("application/x-www-form-urlencoded", form)
                    .send()
                    .await,
            );
            let body = set(&app.fresh(kind), name, json!(good));
            is_none(&app.request("POST", "/v1/pledges").json(&body).send().await);
        }
        let bearer = format!("Bearer {good}");
        for (header, value) in [
            ("cookie", format!("access_token={good}; token={good}; session={good}")),
            ("cookie", format!("Authorization={bearer}")),
            ("proxy-authorization", bearer.clone()),
            ("x-authorization", bearer.clone()),
            ("x-access-token", good.clone()),
            ("x-forwarded-access-token", good.clone()),
            ("x-forwarded-user", "editor".to_owned()),
            ("x-remote-user", "editor".to_owned()),
            ("sec-websocket-protocol", format!("bearer, {good}")),
        ] {
            let with = |method, path| app.request(method, path).header(header, &value);
            let me = with("GET", "/v1/me").send().await.expect(200).json();
            assert_eq!(me["roles"], json!(["public"]), "{header}");
            is_none(&with("GET", "/v1/redactions").send().await);
            is_none(&with("POST", "/v1/pledges").json(&app.fresh(kind)).send().await);
        }
    }
    assert_eq!((world.jwks.requests(), world.elsewhere.requests()), (0, 0));
}
