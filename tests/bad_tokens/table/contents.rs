//! Tokens whose header, claims or text are wrong.

use super::*;

/// Headers that are not quite right, under a right signature.
pub fn headers(all: &mut Table, issuer: &Issuer, world: &World) {
    let elsewhere = &world.elsewhere.address;
    let kid = &issuer.key.kid;
    let mut members: Vec<(&str, Value)> = vec![];
    for name in ["alg", "typ", "kid"] {
        let right = &issuer.header[name];
        members.extend([
            (name, json!(null)),
            (name, json!(7)),
            (name, json!(true)),
            (name, json!("")),
            (name, json!([right])),
            (name, json!({"is": right})),
            (name, json!(format!("{} ", right.as_str().unwrap()))),
            (name, json!(format!("{}\u{0}", right.as_str().unwrap()))),
        ]);
        all.token(
            format!("{}: no {name}", issuer.name),
            issuer.token(&without(&issuer.header, name), &issuer.claims),
        );
        for first in [json!("none"), right.clone()] {
            let header = doubled(&issuer.header, name, &first);
            all.token(
                format!("{}: {name} twice, {first} first", issuer.name),
                issuer.raw(&header, &issuer.claims.to_string()),
            );
        }
        let escaped = format!("\\u{:04x}{}", name.as_bytes()[0], &name[1..]);
        let header = doubled(&issuer.header, &escaped, &json!("none"));
        all.token(
            format!("{}: {name} twice, once in disguise", issuer.name),
            issuer.raw(&header, &issuer.claims.to_string()),
        );
    }
    members.extend(
        [
            "none",
            "None",
            "NONE",
            "nOnE",
            "HS256",
            "HS384",
            "HS512",
            "RS256",
            "RS384",
            "RS512",
            "PS256",
            "ES256",
            "ES384",
            "ES256K",
            "eddsa",
            "EDDSA",
            "Eddsa",
            "Ed25519",
            "Ed448",
            "dir",
            "RSA-OAEP",
            "PBES2-HS256+A128KW",
        ]
        .map(|name| ("alg", json!(name))),
    );
    members.extend(
        [
            "JWT",
            "jwt",
            "JWS",
            "JOSE",
            "id+jwt",
            "logout+jwt",
            "secevent+jwt",
            "dpop+jwt",
            "token-introspection+jwt",
            "text/at+jwt",
            "at",
            "at+jwt;x=y",
        ]
        .map(|name| ("typ", json!(name))),
    );
    members.extend(
        [
            "../../../../../../etc/passwd",
            "..%2f..%2fkeys.json",
            "../keys.json",
            "/dev/null",
            "file:///dev/null",
            "keys.json",
            "' OR '1'='1",
            "'; DROP TABLE client; --",
            "x' UNION SELECT 'secret",
            "| id",
            "stranger",
            "secret",
            "\u{0}",
            "*",
            "0",
            elsewhere,
            &format!("{elsewhere}/keys"),
            &kid.to_lowercase(),
            &kid[1..],
            &format!("{kid}\n"),
            &format!("{kid}/../{kid}"),
            &"k".repeat(255),
            &"k".repeat(256),
            &"../".repeat(1_000),
            &world.rotated[0].kid,
            &world.for_encryption.kid,
            &world.stranger.kid,
        ]
        .map(|name| ("kid", json!(name))),
    );
    members.extend([
        ("jku", json!(format!("{elsewhere}/keys"))),
        ("jku", json!(format!("{OURS}/.well-known/jwks.json"))),
        ("jku", json!(format!("{}/keys", world.jwks.address))),
        ("jku", json!("file:///dev/null")),
        ("jku", json!(null)),
        ("jwk", issuer.key.jwk.clone()),
        ("jwk", json!(null)),
        ("x5u", json!(format!("{elsewhere}/certificate.pem"))),
        ("x5u", json!(null)),
        ("x5c", json!([STANDARD.encode(world.rsa.spki())])),
        ("x5c", json!([])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
    ]);
    for (name, value) in members {
        if issuer.header[name] != value {
            let shown: String = value.to_string().chars().take(60).collect();
            all.token(
                format!("{}: {name} is {shown} ({} bytes)", issuer.name, value.to_string().len()),
                issuer.header(name, value),
            );
        }
    }
    let detached = set(&set(&issuer.header, "b64", json!(false)), "crit", json!(["b64"]));
    all.token(
        format!("{}: b64 is false, and said to be critical", issuer.name),
        issuer.token(&detached, &issuer.claims),
    );
}

/// Claims that are not quite right, under a right signature.
pub fn claims(all: &mut Table, issuer: &Issuer, other: &Issuer, world: &World) {
    let elsewhere = &world.elsewhere.address;
    let now = issuer.now;
    let mut members: Vec<(&str, Value)> = vec![];
    for name in ["iss", "aud", "sub"] {
        let right = &issuer.claims[name];
        let text = right.as_str().unwrap();
        members.extend([
            (name, json!(null)),
            (name, json!(7)),
            (name, json!(true)),
            (name, json!("")),
            (name, json!([])),
            (name, json!([7])),
            (name, json!({"is": right})),
            (name, json!([[right]])),
            (name, json!([right, 7])),
            (name, json!(format!("{text}\u{0}"))),
        ]);
    }
    for name in ["iss", "aud"] {
        let right = issuer.claims[name].as_str().unwrap();
        members.extend([
            (name, json!(format!("{right}/"))),
            (name, json!(format!("{right} "))),
            (name, json!(format!(" {right}"))),
            (name, json!(format!("{right}@{elsewhere}"))),
            (name, json!(format!("{right} {elsewhere}"))),
            (name, json!(right.to_uppercase())),
            (name, json!(right[..right.len() - 1])),
            (name, json!(right.replacen("//", "//me@", 1))),
            (name, json!(elsewhere)),
            (name, other.claims[name].clone()),
            (name, json!("*")),
        ]);
    }
    members.extend([
        ("iss", json!([issuer.claims["iss"]])),
        ("aud", json!([elsewhere])),
        ("aud", json!([elsewhere, ""])),
        ("aud", json!([other.claims["aud"]])),
        ("exp", json!(now - 5)),
        ("exp", json!(now - 3_600)),
        ("exp", json!(now + 86_401)),
        ("iat", json!(now + 6)),
        ("iat", json!(now + 3_600)),
        ("iat", json!(now - 86_401)),
        ("nbf", json!(now + 6)),
        ("nbf", json!(now + 3_600)),
    ]);
    for (name, value) in members {
        all.token(format!("{}: {name} is {value}", issuer.name), issuer.claim(name, value));
    }
    for name in ["iss", "aud", "sub", "exp", "iat"] {
        all.token(
            format!("{}: no {name}", issuer.name),
            issuer.token(&issuer.header, &without(&issuer.claims, name)),
        );
        for first in [json!(elsewhere), issuer.claims[name].clone()] {
            let claims = doubled(&issuer.claims, name, &first);
            all.token(
                format!("{}: {name} twice, {first} first", issuer.name),
                issuer.raw(&issuer.header.to_string(), &claims),
            );
        }
    }
    for name in ["exp", "iat", "nbf"] {
        let right = if name == "exp" { now + 300 } else { now };
        let mut written_so: Vec<String> = [
            "null",
            "true",
            "\"\"",
            "\"now\"",
            "\"2030-01-01T00:00:00Z\"",
            "[]",
            "{}",
            "1.5",
            "1e9",
            "1e300",
            "-1e300",
            "1e999",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "99999999999999999999999999999999",
            "0x7fffffff",
            "NaN",
            "Infinity",
            "",
        ]
        .map(str::to_owned)
        .to_vec();
        written_so.extend([
            format!("\"{right}\""),
            format!("[{right}]"),
            format!("{{\"is\":{right}}}"),
            format!("{right}.0"),
            format!("{right}.5"),
            format!("{right}e0"),
            format!("0{right}"),
            format!("+{right}"),
            format!("{right}000"),
        ]);
        if name != "nbf" {
            written_so.extend(["0", "-1", "-9223372036854775808"].map(str::to_owned));
        }
        for text in written_so {
            let claims = written(&issuer.claims, name, &text);
            all.token(
                format!("{}: {name} is `{text}`", issuer.name),
                issuer.raw(&issuer.header.to_string(), &claims),
            );
        }
    }
}

/// What is no header, or no set of claims, at all.
pub fn texts(all: &mut Table, issuer: &Issuer) {
    let (header, claims) = (issuer.header.to_string(), issuer.claims.to_string());
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let neither = ["", " ", "null", "true", "7", "[]", "{}", "{", "\"text\"", "not JSON", "\u{0}", &deep];
    for (name, text) in [("header", &header), ("claims", &claims)] {
        let bytes = text.as_bytes();
        let mut wrong: Vec<(String, Vec<u8>)> =
            neither.map(|text| (text.chars().take(20).collect(), text.as_bytes().to_vec())).to_vec();
        wrong.extend([
            ("in a list".to_owned(), [b"[", bytes, b"]"].concat()),
            ("and more behind it".to_owned(), [bytes, b"{}"].concat()),
            ("and a comma behind it".to_owned(), [bytes, b","].concat()),
            ("with a comma too many".to_owned(), text.replace('}', ",}").into_bytes()),
            ("with a comment".to_owned(), [b"/**/", bytes].concat()),
            ("behind a byte order mark".to_owned(), [b"\xef\xbb\xbf", bytes].concat()),
            ("in UTF-16".to_owned(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            ("with bytes that are no text".to_owned(), [&bytes[..bytes.len() - 2], b"\xff\"}"].concat()),
            ("cut".to_owned(), bytes[..bytes.len() - 1].to_vec()),
            ("encoded twice".to_owned(), B64.encode(bytes).into_bytes()),
            ("in quotes".to_owned(), json!(text).to_string().into_bytes()),
        ]);
        for (what, bytes) in &wrong {
            let token = match name {
                "header" => compact(bytes, &claims, &issuer.key.sign),
                _ => compact(&header, bytes, &issuer.key.sign),
            };
            all.token(format!("{}: the {name}: `{what}`", issuer.name), token);
        }
    }
}
