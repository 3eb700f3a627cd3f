//! Tokens that are good elsewhere: of another issuer, of somebody revoked, of another key.

use super::*;

/// What each issuer's keys must not do for the other, nor for another deployment.
pub fn misdirected(all: &mut Table, world: &World) {
    let (ours, theirs) = (&world.ours, &world.theirs);
    for (what, from, to) in
        [("our key for the provider", ours, theirs), ("the provider's key for us", theirs, ours)]
    {
        all.token(what, to.signed_by(&from.key.sign));
        let named = set(&to.header, "kid", json!(from.key.kid)).to_string();
        all.token(format!("{what}, by its own name"), compact(named, to.claims.to_string(), &from.key.sign));
        // The other's claims, but the issuer who signs; and the other way round.
        let claims = set(&to.claims, "iss", from.claims["iss"].clone());
        all.token(
            format!("{what}, the issuer corrected"),
            from.token(&from.header, &set(&claims, "aud", to.claims["aud"].clone())),
        );
        let claims = set(&from.claims, "iss", to.claims["iss"].clone());
        all.token(format!("{what}, and the other's key's name"), from.token(&to.header, &claims));
        all.token(
            format!("{}: right but for the other's key's name", from.name),
            from.token(&to.header, &from.claims),
        );
    }
    // Another deployment: with the same key by mistake, and with one of its own (the stranger's, which signs tokens
    // with our claims elsewhere in this table).
    let other = "https://onrecord.elsewhere.example";
    let there = set(&set(&ours.claims, "iss", json!(other)), "aud", json!(other));
    all.token("another deployment that has our key", ours.token(&ours.header, &there));
    all.token("another deployment's, said to be for us", ours.claim("iss", json!(other)));
    all.token("ours, for another deployment", ours.claim("aud", json!(other)));
    for (what, kid) in [("its own", &world.stranger.kid), ("our", &ours.key.kid)] {
        let header = set(&ours.header, "kid", json!(kid)).to_string();
        all.token(
            format!("another deployment's key and claims, {what} key's name"),
            compact(header, there.to_string(), &world.stranger.sign),
        );
    }
    // What else we sign is no token.
    let head = world.app.state.keys.sign("onrecord-head+jws", &ours.claims).unwrap();
    all.token("a signed head of the audit trail with the claims of a token", head);
    all.token("a cursor", world.app.state.keys.seal(b"cursor", b"x").unwrap());
    for (what, key) in
        ["a key whose last token has ended", "a key whose secret was out"].iter().zip(&world.rotated)
    {
        let header = set(&ours.header, "kid", json!(key.kid)).to_string();
        all.token(what, compact(header, ours.claims.to_string(), &key.sign));
        all.token(format!("{what}, by the name of the one that signs"), ours.signed_by(&key.sign));
    }
}

/// What only our own tokens are held to: they are exactly what we write.
pub fn only_ours(all: &mut Table, world: &World) {
    let ours = &world.ours;
    for (name, value) in [
        ("typ", json!("AT+JWT")),
        ("typ", json!("application/at+jwt")),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("cty", json!("JWT")),
        ("epk", json!({})),
        ("nonce", json!("x")),
        ("url", json!(world.elsewhere.address)),
        ("anything", json!("else")),
    ] {
        all.token(format!("ours: {name} is {value}, which we do not write"), ours.header(name, value));
    }
    for (name, value) in [
        ("aud", json!([OURS])),
        ("aud", json!([OURS, world.elsewhere.address])),
        ("aud", json!([world.elsewhere.address, OURS])),
        ("sub", json!("admin")),
        ("client_id", json!("admin")),
        ("client_id", json!(null)),
        ("client_id", json!(["editor"])),
        ("client_id", json!("")),
        ("jti", json!(null)),
        ("jti", json!(7)),
        ("scope", json!(null)),
        ("scope", json!(["editor"])),
        ("exp", json!(ours.now + LIFETIME + 1)),
        ("iat", json!(ours.now - 1)),
    ] {
        all.token(format!("ours: {name} is {value}, which we do not write"), ours.claim(name, value));
    }
    for name in ["client_id", "jti", "scope"] {
        all.token(format!("ours: no {name}"), ours.token(&ours.header, &without(&ours.claims, name)));
        let claims = doubled(&ours.claims, name, &ours.claims[name]);
        all.token(format!("ours: {name} twice"), ours.raw(&ours.header.to_string(), &claims));
    }
    for subject in [
        "nobody",
        "Editor",
        "EDITOR",
        "editor ",
        " editor",
        "public",
        "",
        "'",
        "' OR '1'='1",
        "editor'--",
        "%",
        "editor\u{0}",
        "\u{0}",
        "person-",
        "person-0000000000000000",
        "person-' OR 1=1",
        "key-0000000000000000",
        "operator",
        "anonymous",
        "../editor",
    ] {
        all.token(format!("ours: the subject {subject:?}"), subject_token(ours, subject));
    }
    all.token("ours: a subject of 4,000 letters", subject_token(ours, &"x".repeat(4_000)));
}

/// A token of ours for that subject.
fn subject_token(ours: &Issuer, subject: &str) -> String {
    ours.token(&ours.header, &set(&set(&ours.claims, "sub", json!(subject)), "client_id", json!(subject)))
}

/// What only a provider's tokens can have wrong: more keys, more kinds of tokens, grants.
pub fn only_theirs(all: &mut Table, world: &World) {
    let World { theirs, rsa, ec, .. } = world;
    let claims = theirs.claims.to_string();
    let by = |alg: &str, kid: &str, sign: &Sign| {
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": kid}).to_string();
        compact(header, &claims, sign)
    };
    let (pkcs1, fixed) =
        (rsa.by(&signature::RSA_PKCS1_SHA256), ec.by(&signature::ECDSA_P256_SHA256_FIXED_SIGNING));
    for (what, alg, kid, sign) in [
        ("EdDSA under RS256", "RS256", &rsa.kid, &theirs.key.sign),
        ("EdDSA under ES256", "ES256", &ec.kid, &theirs.key.sign),
        ("EdDSA under the RSA key's name", "EdDSA", &rsa.kid, &theirs.key.sign),
        ("RS256 under EdDSA", "EdDSA", &theirs.key.kid, &pkcs1),
        ("RS256 under EdDSA and its own key's name", "EdDSA", &rsa.kid, &pkcs1),
        ("RS256 under ES256", "ES256", &rsa.kid, &pkcs1),
        ("RS256 under PS256", "PS256", &rsa.kid, &pkcs1),
        ("RS256 under rs256", "rs256", &rsa.kid, &pkcs1),
        ("RS256 under none", "none", &rsa.kid, &pkcs1),
        ("RS384 under RS256", "RS256", &rsa.kid, &rsa.by(&signature::RSA_PKCS1_SHA384)),
        ("RS512 under its own name", "RS512", &rsa.kid, &rsa.by(&signature::RSA_PKCS1_SHA512)),
        ("PS256 under RS256", "RS256", &rsa.kid, &rsa.by(&signature::RSA_PSS_SHA256)),
        ("PS256 under its own name", "PS256", &rsa.kid, &rsa.by(&signature::RSA_PSS_SHA256)),
        ("ES256 under EdDSA", "EdDSA", &theirs.key.kid, &fixed),
        ("ES256 under RS256", "RS256", &ec.kid, &fixed),
        ("ES256 under ES384", "ES384", &ec.kid, &fixed),
        ("ES256 in ASN.1", "ES256", &ec.kid, &ec.by(&signature::ECDSA_P256_SHA256_ASN1_SIGNING)),
        ("ES256 of zeros", "ES256", &ec.kid, &Key::always(&[0; 64])),
        ("ES256 of one and one", "ES256", &ec.kid, &Key::always(&one_and_one())),
        ("ES256 of nothing", "ES256", &ec.kid, &Key::always(b"")),
        ("RS256 of zeros", "RS256", &rsa.kid, &Key::always(&[0; 256])),
        ("RS256 of one", "RS256", &rsa.kid, &Key::always(&[[0; 255].as_slice(), &[1]].concat())),
        ("RS256 of nothing", "RS256", &rsa.kid, &Key::always(b"")),
        ("a secret of the set", "HS256", &"secret".to_owned(), &Key::shared(hmac::HMAC_SHA256, b"secret")),
        ("a key for encryption", "EdDSA", &world.for_encryption.kid, &world.for_encryption.sign),
    ] {
        all.token(format!("theirs: {what}"), by(alg, kid, sign));
    }
    let modulus = B64.decode(rsa.jwk["n"].as_str().unwrap()).unwrap();
    for (what, secret) in [
        ("the RSA key in PEM", pem(&rsa.spki()).into_bytes()),
        ("the RSA key in PEM, no line's end", pem(&rsa.spki()).trim().as_bytes().to_vec()),
        ("the RSA key's certificate form", rsa.spki()),
        ("the RSA key in PKCS#1", rsa.der.clone()),
        ("the RSA key's modulus", modulus),
        ("the RSA key's modulus in text", rsa.jwk["n"].as_str().unwrap().as_bytes().to_vec()),
        ("the RSA key's JWK", rsa.jwk.to_string().into_bytes()),
    ] {
        let shared = Key::shared(hmac::HMAC_SHA256, &secret);
        for alg in ["HS256", "RS256"] {
            all.token(format!("theirs: {alg}, signed with HMAC by {what}"), by(alg, &rsa.kid, &shared));
        }
    }
    for (name, value) in [
        ("groups", json!(["editors", "panel"])),
        ("aud", json!([AUDIENCE, null])),
        ("sub", json!("x".repeat(256))),
        ("sub", json!("a\nb")),
        ("client_id", json!("ada")),
        ("azp", json!("ada")),
        ("appid", json!("ada")),
        ("idtyp", json!("app")),
        ("gty", json!("client-credentials")),
        ("preferred_username", json!("service-account-x")),
        ("typ", json!("ID")),
        ("typ", json!("Refresh")),
        ("typ", json!(7)),
        ("at_hash", json!("x")),
        ("c_hash", json!("x")),
        ("s_hash", json!(null)),
        ("events", json!({"http://schemas.openid.net/event/backchannel-logout": {}})),
        ("cnf", json!({"jkt": "x"})),
        ("cnf", json!({"x5t#S256": "x"})),
    ] {
        all.token(format!("theirs: {name} is {value}"), theirs.claim(name, value));
    }
    // Whatever is given twice may be meant either way.
    for (name, first) in
        [("groups", json!([])), ("typ", json!("ID")), ("cnf", json!({})), ("azp", json!("ada"))]
    {
        let claims =
            set(&theirs.claims, name, if name == "groups" { json!(["editors"]) } else { json!("Bearer") });
        let claims = doubled(&claims, name, &first);
        all.token(format!("theirs: {name} twice"), theirs.raw(&theirs.header.to_string(), &claims));
    }
    let header = theirs.header.to_string().replacen('{', "{\"x5t\":\"a\",\"x5t\":\"b\",", 1);
    all.token("theirs: x5t twice", theirs.raw(&header, &claims));
}

/// Those who were let in once.
pub fn revoked(all: &mut Table, world: &World) {
    let World { app, ours, theirs, .. } = world;
    let now = app.state.clock.now();
    let body = app.id_of("policing_body", "derbyshire-pcc");
    let organisation = app.id_of("organisation", "opcc-derbyshire");
    for name in ["gone", "ended", "early"] {
        app.make_actor(name, &[Role::Editor], body, "opcc-derbyshire");
    }
    let new = |login| person::NewPerson {
        login,
        label: "Gone",
        hash: "none",
        body,
        organisation,
        roles: &[Role::Editor],
        valid_from: at(LONG_AGO),
        valid_to: None,
        created_by: "test",
    };
    let external = onrecord_id(&world.jwks.address, "gone");
    let mut local = String::new();
    let mut key = (String::new(), String::new());
    app.write(|conn| {
        assert!(client::revoke(conn, "gone", now).unwrap());
        let held = membership::of(conn, "ended", now).unwrap().unwrap();
        assert!(membership::end(conn, held.id, now).unwrap());
        Sql::new("UPDATE membership SET valid_from = ")
            .bind(now.plus_seconds(60))
            .text(" WHERE subject = 'early'")
            .execute(conn)
            .unwrap();
        local = person::create(conn, &app.state.clock, &new("gone@office.example")).unwrap();
        assert!(person::revoke(conn, &local, now).unwrap());
        put_on_file(conn, &external, &world.jwks.address, "gone", now);
        key = api_key::create(conn, &app.state.clock, "gone", Some(body), "test").unwrap();
        assert!(api_key::revoke(conn, &key.0, now).unwrap());
    });
    let issue = |subject: &str| app.state.tokens.issue(subject, &[Role::Editor], &app.state.clock).unwrap();
    all.token("a revoked client", issue("gone"));
    all.token("a client whose membership has ended", issue("ended"));
    all.token("a client whose membership has not begun", issue("early"));
    all.token("a revoked person with an account of ours", issue(&local));
    all.token("a revoked person of the provider", theirs.claim("sub", json!("gone")));
    all.token("a revoked person of the provider, in a token of ours", issue(&external));
    let (id, text) = app.make_client(&[Role::Editor]);
    all.token("a client's secret", &text);
    all.token("a client's id", &id);
    let header = set(&ours.header, "kid", json!(id)).to_string();
    let by_secret = Key::shared(hmac::HMAC_SHA256, text.as_bytes());
    all.token(
        "ours: HS256 by a client's secret",
        compact(header.replace("EdDSA", "HS256"), ours.claims.to_string(), &by_secret),
    );
    all.key("revoked", &key.1);
    all.token("a revoked API key as a token", &key.1);
}

/// Keys for open data that are none.
pub fn keys(all: &mut Table, world: &World, key: &str) {
    let (id, secret) = key.strip_prefix("ork_").unwrap().split_once('_').unwrap();
    for (what, text) in [
        ("empty", String::new()),
        ("a blank", " ".to_owned()),
        ("its beginning", "ork_".to_owned()),
        ("no id", format!("ork__{secret}")),
        ("no secret", format!("ork_{id}_")),
        ("no secret, no line", format!("ork_{id}")),
        ("the secret alone", secret.to_owned()),
        ("another beginning", key.replacen("ork", "orc", 1)),
        ("capitals at the beginning", key.replacen("ork", "ORK", 1)),
        (
            "capitals in the id",
            format!(
                "ork_{}_{secret}",
                id.to_uppercase().replace(|letter: char| letter.is_ascii_digit(), "A")
            ),
        ),
        ("another id", format!("ork_{}_{secret}", "0".repeat(16))),
        ("an id of 15", format!("ork_{}_{secret}", &id[1..])),
        ("an id of 17", format!("ork_{id}0_{secret}")),
        ("a path for an id", format!("ork_../../keys.json_{secret}")),
        ("SQL for an id", format!("ork_' OR '1'='1' _{secret}")),
        ("another secret", format!("ork_{id}_{}", "A".repeat(43))),
        ("a secret of 42", format!("ork_{id}_{}", &secret[1..])),
        ("a secret of 44", format!("{key}A")),
        ("padding", format!("{key}=")),
        ("the other alphabet", format!("ork_{id}_{}", "+".repeat(43))),
        ("a blank in it", format!("ork_{id}_ {secret}")),
        ("a blank before it", format!(" {key}")),
        ("a blank behind it", format!("{key} ")),
        ("a tab behind it", format!("{key}\t")),
        ("a comma behind it", format!("{key},")),
        ("two in one header", format!("{key}, {key}")),
        ("in quotes", format!("\"{key}\"")),
        ("behind Bearer", format!("Bearer {key}")),
        ("encoded", STANDARD.encode(key)),
        ("very long", format!("{key}{}", "A".repeat(8_000))),
        ("a token of ours", world.ours.good()),
        ("a token of the provider's", world.theirs.good()),
    ] {
        all.key(what, text);
    }
    all.key("a byte that is no ASCII", [key.as_bytes(), b"\xff"].concat());
    let held = ("x-api-key", key.as_bytes().to_vec());
    all.headers("API key: twice", vec![held.clone(), held.clone()]);
    all.headers("API key: and an empty one", vec![held.clone(), ("x-api-key", vec![])]);
    for issuer in [&world.ours, &world.theirs] {
        let token = ("authorization", format!("Bearer {}", issuer.good()).into_bytes());
        all.headers(format!("API key: beside a token, {}", issuer.name), vec![held.clone(), token]);
    }
    all.headers("API key: beside Basic", vec![held, ("authorization", b"Basic eDp5".to_vec())]);
    all.token("an API key as a token", key);
}
