//! Tokens and headers spelt in another way.

use super::*;

/// A right token, cut, lengthened, spelled or signed otherwise.
pub fn spellings(all: &mut Table, issuer: &Issuer, world: &World) {
    let good = issuer.good();
    let pieces: Vec<&str> = good.split('.').collect();
    let [h, p, s] = pieces[..] else { panic!("{good}") };
    let bytes = B64.decode(s).unwrap();
    let name = issuer.name;
    for (what, token) in [
        ("no signature", format!("{h}.{p}.")),
        ("two segments", format!("{h}.{p}")),
        ("one segment", h.to_owned()),
        ("no header", format!(".{p}.{s}")),
        ("no claims", format!("{h}..{s}")),
        ("four segments", format!("{good}.{s}")),
        ("four segments, the last empty", format!("{good}.")),
        ("four segments, the first empty", format!(".{good}")),
        ("five segments", format!("{good}.{p}.{s}")),
        ("a point too many in the middle", format!("{h}.{p}..{s}")),
        ("the segments changed over", format!("{p}.{h}.{s}")),
        ("the token twice", format!("{good}{good}")),
        ("the token twice, a point between", format!("{good}.{good}")),
        ("the token twice, a blank between", format!("{good} {good}")),
        ("the token twice, a comma between", format!("{good},{good}")),
        ("padded", format!("{h}=.{p}=.{s}==")),
        ("a padded signature", format!("{good}==")),
        ("one letter too many", format!("{good}A")),
        ("one letter too few", good[..good.len() - 1].to_owned()),
        ("half", good[..good.len() / 2].to_owned()),
        ("without its first letter", good[1..].to_owned()),
        ("a line's end behind it, encoded", format!("{good}%0A")),
        ("a line's end behind it, escaped", format!("{good}\\n")),
        ("percent-encoded points", good.replace('.', "%2E")),
        ("a tab in it", format!("{h}.{p}\t.{s}")),
        ("a blank in it", format!("{h}. {p}.{s}")),
        ("an asterisk in it", format!("{h}.{p}.*{}", &s[1..])),
        ("a letter of no alphabet", format!("{h}.{p}.{}~", &s[..s.len() - 1])),
        ("in quotes", format!("\"{good}\"")),
        ("in angle brackets", format!("<{good}>")),
        ("Bearer twice", format!("Bearer {good}")),
        ("a signature of one byte", format!("{h}.{p}.AA")),
        ("a signature of zeros", format!("{h}.{p}.{}", B64.encode([0_u8; 64]))),
        ("a signature of ones", format!("{h}.{p}.{}", B64.encode([0xff_u8; 64]))),
        ("half a signature", format!("{h}.{p}.{}", B64.encode(&bytes[..32]))),
        (
            "the signature's halves changed over",
            format!("{h}.{p}.{}", B64.encode([&bytes[32..], &bytes[..32]].concat())),
        ),
        ("the signature twice", format!("{h}.{p}.{}", B64.encode([&bytes[..], &bytes[..]].concat()))),
        (
            "the signature in hexadecimal",
            format!("{h}.{p}.{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        ),
        ("the signature encoded twice", format!("{h}.{p}.{}", B64.encode(s))),
        ("the signature with the order added", format!("{h}.{p}.{}", B64.encode(plus_order(&bytes)))),
        ("the signature's last bits set", format!("{h}.{p}.{}", last_bits_set(s))),
        ("as JSON", json!({"protected": h, "payload": p, "signature": s}).to_string()),
        (
            "as general JSON",
            json!({"payload": p, "signatures": [{"protected": h, "signature": s}]}).to_string(),
        ),
        (
            "encrypted, so it says",
            format!("{}..{}.{p}.{s}", B64.encode(r#"{"alg":"dir","enc":"A256GCM"}"#), B64.encode([0; 12])),
        ),
        ("another's claims under this signature", {
            let admin = set(&issuer.claims, "sub", json!("admin"));
            format!("{h}.{}.{s}", B64.encode(admin.to_string()))
        }),
    ] {
        all.token(format!("{name}: {what}"), token);
    }
    for alg in ["none", "None", "HS256", "RS256", "ES256", "Ed25519"] {
        let changed = B64.encode(set(&issuer.header, "alg", json!(alg)).to_string());
        all.token(format!("{name}: alg made {alg} after it was signed"), format!("{changed}.{p}.{s}"));
        all.token(format!("{name}: alg made {alg}, the signature gone"), format!("{changed}.{p}."));
    }
    // Until there is something in it that the two alphabets spell otherwise.
    let spelled =
        (0..).map(|n| issuer.claim("nonce", json!(n))).find(|token| token.contains(['-', '_'])).unwrap();
    all.token(format!("{name}: in the other alphabet"), spelled.replace('-', "+").replace('_', "/"));
    let long = issuer.claim("more", json!("x".repeat(8_192)));
    all.token(format!("{name}: longer than eight kibibytes"), long);

    // The public key is public: it never serves as a secret.
    let x = issuer.key.jwk["x"].as_str().unwrap();
    let raw = B64.decode(x).unwrap();
    let spki = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], &raw[..]].concat();
    let known: [(&str, Vec<u8>); 7] = [
        ("an empty text", vec![]),
        ("the public key", raw),
        ("the public key's text", x.as_bytes().to_vec()),
        ("the public key's certificate form", spki.clone()),
        ("the public key in PEM", pem(&spki).into_bytes()),
        ("the public key's JWK", issuer.key.jwk.to_string().into_bytes()),
        ("the key's name", issuer.key.kid.as_bytes().to_vec()),
    ];
    for (what, secret) in &known {
        for (alg, algorithm) in
            [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
        {
            let header = set(&issuer.header, "alg", json!(alg)).to_string();
            let token = compact(header, issuer.claims.to_string(), &Key::shared(algorithm, secret));
            all.token(format!("{name}: {alg} by {what}"), token);
        }
        let token = issuer.signed_by(&Key::shared(hmac::HMAC_SHA512, secret));
        all.token(format!("{name}: EdDSA, signed with HMAC by {what}"), token);
    }

    // Somebody else's key, whatever is said of where to find it.
    let stranger = &world.stranger;
    let elsewhere = &world.elsewhere.address;
    all.token(format!("{name}: a stranger's signature"), issuer.signed_by(&stranger.sign));
    for (member, value) in [
        ("kid", json!("stranger")),
        ("kid", json!(stranger.kid)),
        ("kid", json!(elsewhere)),
        ("kid", json!(format!("{elsewhere}/keys#stranger"))),
        ("jku", json!(format!("{elsewhere}/keys"))),
        ("x5u", json!(format!("{elsewhere}/certificate.pem"))),
        ("jwk", stranger.jwk.clone()),
        ("x5c", json!([STANDARD.encode(world.rsa.spki())])),
        ("iss", json!(elsewhere)),
    ] {
        let header = set(&issuer.header, member, value.clone());
        let token = compact(header.to_string(), issuer.claims.to_string(), &stranger.sign);
        all.token(format!("{name}: a stranger's signature, and {member} {value}"), token);
        let header = set(&header, "kid", json!("stranger"));
        let token = compact(header.to_string(), issuer.claims.to_string(), &stranger.sign);
        if member != "kid" {
            all.token(format!("{name}: a stranger's signature and name, and {member} {value}"), token);
        }
    }
    let claims = set(&issuer.claims, "iss", json!(elsewhere)).to_string();
    for kid in ["stranger", elsewhere, &issuer.key.kid] {
        let header = set(&issuer.header, "kid", json!(kid)).to_string();
        let token = compact(header, &claims, &stranger.sign);
        all.token(format!("{name}: an issuer whom nobody knows, by the key {kid}"), token);
    }
}

/// A right token in an `Authorization` header that is not.
pub fn schemes(all: &mut Table, issuer: &Issuer) {
    let good = issuer.good();
    let name = issuer.name;
    for scheme in [
        "Basic",
        "Token",
        "JWT",
        "DPoP",
        "MAC",
        "Digest",
        "Negotiate",
        "OAuth",
        "Bearer:",
        "Bearer=",
        "Bearers",
        "Be arer",
    ] {
        all.authorization(format!("{name}: {scheme} and the token"), format!("{scheme} {good}"));
    }
    for (what, value) in [
        ("no scheme", good.clone()),
        ("no blank", format!("Bearer{good}")),
        ("a tab for the blank", format!("Bearer\t{good}")),
        ("a colon for the blank", format!("Bearer:{good}")),
        ("a blank before it", format!(" Bearer {good}")),
        ("the token first", format!("{good} Bearer")),
        ("two in one header", format!("Bearer {good}, Bearer {good}")),
        ("Basic and Bearer in one header", format!("Basic eDp5, Bearer {good}")),
        ("a comma behind it", format!("Bearer {good},")),
        ("a semicolon behind it", format!("Bearer {good};")),
        ("as a parameter", format!("Bearer token=\"{good}\"")),
        ("as OAuth 1 had it", format!("OAuth oauth_token=\"{good}\"")),
        ("as a password of Basic", format!("Basic {}", STANDARD.encode(format!("x:{good}")))),
        ("as a name of Basic", format!("Basic {}", STANDARD.encode(format!("{good}:")))),
    ] {
        all.authorization(format!("{name}: {what}"), value);
    }
    let bearer = format!("Bearer {good}").into_bytes();
    all.authorization(format!("{name}: a byte that is no ASCII behind it"), [&bearer[..], b"\xe9"].concat());
    all.authorization(
        format!("{name}: a no-break space for the blank"),
        [b"Bearer\xc2\xa0", good.as_bytes()].concat(),
    );
    all.authorization(format!("{name}: a no-break space behind it"), [&bearer[..], b"\xc2\xa0"].concat());
    for (what, second) in [
        ("the same once more", bearer.clone()),
        ("nothing", vec![]),
        ("Basic", b"Basic eDp5".to_vec()),
        ("a bad one", b"Bearer x".to_vec()),
    ] {
        let (first, second) = (("authorization", bearer.clone()), ("authorization", second));
        all.headers(format!("{name}: two headers, the second {what}"), vec![first.clone(), second.clone()]);
        if first != second {
            all.headers(format!("{name}: two headers, the first {what}"), vec![second, first]);
        }
    }
}
