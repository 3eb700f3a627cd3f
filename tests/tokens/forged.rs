//! Tokens that are not ours, or not as ours are, are refused.

use super::*;

#[actix_web::test]
async fn a_token_put_together_as_ours_are_is_accepted() {
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
