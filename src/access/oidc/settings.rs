//! A provider's settings, checked. A wrong value stops the start with a message that names it.

use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};
use ureq::http::Uri;

use crate::access::role::Role;
use crate::config::{OidcGrant, OidcProvider};
use crate::problem::unknown_name;

/// The algorithms that a provider may sign with. None is symmetric: we would share the secret with the provider.
const ALGORITHMS: &[(&str, Algorithm)] =
    &[("EdDSA", Algorithm::EdDSA), ("RS256", Algorithm::RS256), ("ES256", Algorithm::ES256)];

/// The values of the header's `typ` that can be allowed; `JWT` is for providers that do not follow RFC 9068.
const TYPES: &[&str] = &["at+jwt", "JWT"];

/// A provider's settings.
#[derive(Debug)]
pub struct Settings {
    /// Our name for it.
    pub name: String,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The `aud` of its tokens for us.
    pub audience: String,
    /// The address of its keys.
    pub jwks_uri: String,
    pub algorithms: Vec<Algorithm>,
    /// The allowed values of the header's `typ`.
    pub types: Vec<String>,
    /// The claim that names the person.
    pub subject: Claim,
    /// The claim with the name by which people know them.
    pub label: Claim,
    pub grants: Vec<Grant>,
}

/// The roles of people with a certain value of a claim.
#[derive(Debug)]
pub struct Grant {
    pub claim: Claim,
    /// The value that the claim must be, or contain.
    pub value: String,
    /// The policing body, by reference.
    pub body: String,
    /// The organisation, by reference.
    pub organisation: String,
    pub roles: Vec<Role>,
}

/// The path of a claim: the names that lead to it.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim(Vec<String>);

impl Claim {
    /// Parses `groups`, `realm_access.roles`, or the JSON Pointer `/https:~1~1example.org~1groups`.
    pub fn parse(text: &str) -> Option<Claim> {
        let steps: Vec<String> = match text.strip_prefix('/') {
            Some(pointer) => {
                pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
            }
            None => text.split('.').map(str::to_owned).collect(),
        };
        steps.iter().all(|step| !step.is_empty()).then_some(Claim(steps))
    }

    /// The claim's value.
    pub fn of<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        let (first, rest) = self.0.split_first()?;
        rest.iter().try_fold(claims.get(first)?, |value, step| value.as_object()?.get(step))
    }

    /// Whether the claim is this text, or a list that contains it.
    pub fn matches(&self, claims: &Map<String, Value>, text: &str) -> bool {
        match self.of(claims) {
            Some(Value::String(found)) => found == text,
            Some(Value::Array(found)) => found.iter().any(|one| one.as_str() == Some(text)),
            _ => false,
        }
    }
}

/// Checks every provider, and all of them together.
pub fn check(configured: &[OidcProvider], public_url: &str) -> Result<Vec<Settings>, String> {
    let mut checked: Vec<Settings> = vec![];
    for one in configured {
        let settings = provider(one).map_err(|error| format!("[[oidc]] `{}`: {error}", one.name))?;
        if settings.issuer == public_url {
            return Err(format!("[[oidc]] `{}`: the issuer is PUBLIC_URL, which is our own", one.name));
        }
        if let Some(other) = checked.iter().find(|other| other.issuer == settings.issuer) {
            return Err(format!(
                "[[oidc]] `{}` and `{}` have one issuer, {}; give each issuer once, with all its grants",
                other.name, one.name, one.issuer
            ));
        }
        checked.push(settings);
    }
    Ok(checked)
}

fn provider(one: &OidcProvider) -> Result<Settings, String> {
    if one.name.trim().is_empty() {
        return Err("give it a name, for the log".to_owned());
    }
    address("issuer", &one.issuer)?;
    address("jwks_uri", &one.jwks_uri)?;
    if one.audience.is_empty() || one.audience.contains(char::is_whitespace) {
        return Err("audience is empty or has a blank; give the `aud` of its tokens for this API".to_owned());
    }
    Ok(Settings {
        name: one.name.clone(),
        issuer: one.issuer.clone(),
        audience: one.audience.clone(),
        jwks_uri: one.jwks_uri.clone(),
        algorithms: algorithms(one.algorithms.as_deref())?,
        types: types(one.token_types.as_deref())?,
        subject: claim("subject_claim", one.subject_claim.as_deref().unwrap_or("sub"))?,
        label: claim("label_claim", one.label_claim.as_deref().unwrap_or("name"))?,
        grants: one.grants.iter().map(grant).collect::<Result<_, _>>()?,
    })
}

/// HTTPS, or a loopback address for trying things out: over plain HTTP others could replace the keys.
fn address(setting: &str, text: &str) -> Result<(), String> {
    let wrong = || {
        format!(
            "{setting} is `{text}`; give an https:// address without a query (http:// only on this machine, such as http://127.0.0.1:3000)"
        )
    };
    let uri: Uri = text.parse().map_err(|_| wrong())?;
    let authority = uri.authority().ok_or_else(wrong)?;
    let is_well_formed =
        uri.query().is_none() && !text.contains(['#', '"', '\\']) && !authority.as_str().contains('@');
    match uri.scheme_str() {
        Some("https") if is_well_formed => Ok(()),
        Some("http") if is_well_formed && is_loopback(text) => Ok(()),
        _ => Err(wrong()),
    }
}

/// Whether an address is on this machine.
pub fn is_loopback(text: &str) -> bool {
    let uri: Option<Uri> = text.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let unbracketed = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || unbracketed.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

fn algorithms(names: Option<&[String]>) -> Result<Vec<Algorithm>, String> {
    let Some(names) = names else {
        return Ok(vec![Algorithm::EdDSA, Algorithm::RS256]);
    };
    if names.is_empty() {
        return Err("algorithms is empty; leave it out, or name those that it signs with".to_owned());
    }
    let known: Vec<&str> = ALGORITHMS.iter().map(|(name, _)| *name).collect();
    names
        .iter()
        .map(|name| {
            ALGORITHMS
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, algorithm)| *algorithm)
                .ok_or_else(|| unknown_name("algorithm", name, &known))
        })
        .collect()
}

fn types(names: Option<&[String]>) -> Result<Vec<String>, String> {
    let Some(names) = names else {
        return Ok(vec!["at+jwt".to_owned()]);
    };
    if names.is_empty() {
        return Err("token_types is empty; leave it out, or name `at+jwt` or `JWT`".to_owned());
    }
    match names.iter().find(|name| !TYPES.contains(&name.as_str())) {
        Some(name) => Err(unknown_name("token type", name, TYPES)),
        None => Ok(names.iter().map(|name| name.to_ascii_lowercase()).collect()),
    }
}

fn claim(setting: &str, text: &str) -> Result<Claim, String> {
    Claim::parse(text).ok_or_else(|| {
        format!(
            "{setting} is `{text}`; give a claim's name, names with dots between, or a JSON Pointer that begins with /"
        )
    })
}

fn grant(one: &OidcGrant) -> Result<Grant, String> {
    if one.value.is_empty() {
        return Err(format!(
            "the grant by `{}` has an empty value, which matches nothing sensible; give the claim's value",
            one.claim
        ));
    }
    let roles = one.roles.iter().map(|name| role(name)).collect::<Result<Vec<_>, _>>();
    let roles = roles.map_err(|error| format!("the grant by `{}` `{}`: {error}", one.claim, one.value))?;
    if roles.is_empty() {
        return Err(format!("the grant by `{}` `{}` gives no role", one.claim, one.value));
    }
    Ok(Grant {
        claim: claim("a grant's claim", &one.claim)?,
        value: one.value.clone(),
        body: one.body.clone(),
        organisation: one.organisation.clone(),
        roles,
    })
}

/// A role of a member of an organisation. `public` and `open_data` cannot be granted.
fn role(name: &str) -> Result<Role, String> {
    let granted = || Role::ALL.iter().copied().filter(|role| role.needs_membership());
    let known: Vec<&str> = granted().map(Role::name).collect();
    granted().find(|role| role.name() == name).ok_or_else(|| unknown_name("role of a person", name, &known))
}
