//! Two services on one database.

use super::*;

/// Waits until every service refuses.
fn until_refused(what: &str, services: &[&process::Program], header: (&str, &str)) {
    for service in services {
        until(&format!("{what} is refused"), || {
            let (status, head, _) = process::ask(&service.address, "GET", "/v1/me", &[header], "").unwrap();
            assert!([200, 401].contains(&status), "{status}");
            assert!(status == 200 || head.to_lowercase().contains("www-authenticate:"), "{head}");
            status == 401
        });
    }
}

#[test]
fn two_services_on_one_database_feel_a_revocation_and_a_rotation_within_seconds() {
    let scratch = Scratch::new();
    let database = process::database(&scratch.0);
    let keys = scratch.0.join("keys").to_string_lossy().into_owned();
    let environment = [
        ("DATABASE_URL", database.as_str()),
        ("KEYS_DIR", keys.as_str()),
        ("PUBLIC_URL", "https://api.example.org"),
        ("LIMIT_ADDRESS", "0"),
        ("LIMIT_CREDENTIAL", "0"),
        ("LIMIT_OPEN_DATA", "0"),
        ("LIMIT_SIGN_IN", "0"),
    ];
    let run = |arguments: &[&str]| {
        let (ok, out, error) = process::run(arguments, &environment);
        assert!(ok, "{arguments:?}: {error}");
        out
    };
    run(&["migrate"]);
    run(&["import", concat!(env!("CARGO_MANIFEST_DIR"), "/demo")]);
    let word = |text: &str, after: &str| -> String {
        text.split_once(after).unwrap().1.split_whitespace().next().unwrap().to_owned()
    };
    let make_client = || {
        let out = run(&[
            "client",
            "create",
            "--label",
            "x",
            "--body",
            "derbyshire-pcc",
            "--organisation",
            "victim-support",
            "--role",
            "partner_writer",
        ]);
        (word(&out, "client_id"), word(&out, "client_secret"))
    };
    let (one, two) = (start_service(&environment), start_service(&environment));
    let both = [&one, &two];
    let token = |service: &process::Program, (id, secret): &(String, String)| {
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let (status, _, body) =
            process::ask(&service.address, "POST", "/oauth/token", &headers, &form).unwrap();
        (status == 200).then(|| {
            serde_json::from_str::<Value>(&body).unwrap()["access_token"].as_str().unwrap().to_owned()
        })
    };
    let good = |service: &process::Program, header: (&str, &str)| {
        let (status, _, body) = process::ask(&service.address, "GET", "/v1/me", &[header], "").unwrap();
        assert_eq!(status, 200, "{body}");
    };

    // A client.
    let first = make_client();
    let bearer = format!("Bearer {}", token(&one, &first).unwrap());
    both.iter().for_each(|service| good(service, ("authorization", &bearer)));
    run(&["client", "revoke", &first.0]);
    until_refused("a client", &both, ("authorization", &bearer));
    assert!(token(&two, &first).is_none());

    // A key for open data.
    let out = run(&["api-key", "create", "--label", "x"]);
    let key = word(&out, "X-API-Key:");
    both.iter().for_each(|service| good(service, ("x-api-key", &key)));
    run(&["api-key", "revoke", key.split('_').nth(1).unwrap()]);
    until_refused("a key", &both, ("x-api-key", &key));

    // A membership.
    let second = make_client();
    let bearer = format!("Bearer {}", token(&two, &second).unwrap());
    both.iter().for_each(|service| good(service, ("authorization", &bearer)));
    let db = Db::open(Target::parse(&database), 1).unwrap();
    let now = Clock::system().now();
    let held = db.read(|conn| Client::find(conn, &second.0, now)).unwrap().unwrap().membership.unwrap();
    assert!(db.write(|conn| membership::end(conn, held.id, now)).unwrap());
    until_refused("a membership", &both, ("authorization", &bearer));

    // A secret: nothing of it is remembered.
    let mut third = make_client();
    let old = third.clone();
    third.1 = word(&run(&["client", "rotate", &third.0, "--overlap", "0"]), "client_secret");
    for service in both {
        assert!(token(service, &old).is_none());
        assert!(token(service, &third).is_some());
    }

    // The key that signs: tokens of both keys are good at both services from the first moment on.
    let before = format!("Bearer {}", token(&one, &third).unwrap());
    run(&["keys", "rotate"]);
    until("both services sign with the new key", || {
        let tokens: Vec<String> = both.iter().map(|service| token(service, &third).unwrap()).collect();
        for token in &tokens {
            let bearer = format!("Bearer {token}");
            both.iter().for_each(|service| good(service, ("authorization", &bearer)));
        }
        let kid = |token: &String| jsonwebtoken::decode_header(token).unwrap().kid;
        let old = jsonwebtoken::decode_header(before.strip_prefix("Bearer ").unwrap()).unwrap().kid;
        tokens.iter().all(|token| kid(token) != old)
    });
    for service in both {
        good(service, ("authorization", &before));
        let (_, _, set) = process::ask(&service.address, "GET", "/.well-known/jwks.json", &[], "").unwrap();
        assert_eq!(serde_json::from_str::<Value>(&set).unwrap()["keys"].as_array().unwrap().len(), 2);
    }
    run(&["keys", "rotate", "--at-once"]);
    until_refused("a key that is out", &both, ("authorization", &before));
    assert_eq!(run(&["keys", "list"]).lines().count(), 3);
}
