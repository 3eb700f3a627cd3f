//! People who sign in with an OpenID provider of the office: the provider's access tokens are accepted here.
//!
//! The provider names the person and their groups or roles; the settings map those to a body, an organisation and roles
//! here. Signatures are verified with keys from one configured address only. A token's header and claims are compared
//! with the settings: nothing in a token chooses a key, an address or an algorithm.

mod claims;
mod fetch;
mod jwks;
mod person;
mod settings;

use std::time::Duration;

use diesel::prelude::*;
use serde_json::{Map, Value};

use self::claims::Token;
use self::jwks::Jwks;
use self::person::{Account, Identity};
use self::settings::{Grant, Settings};
use super::actor::{Actor, Named};
use super::challenge::invalid;
use super::jwt;
use super::membership;
use super::role::Role;
use crate::clock::{Id, Ts};
use crate::config::OidcProvider;
use crate::problem::Problem;
use crate::store::Db;
use crate::store::tables::record;

/// How long an account, and the id of a reference, are cached: the longest time that a revocation takes.
pub const CACHED_FOR: Duration = Duration::from_secs(2);
/// The longest label that is stored, in characters.
const LONGEST_LABEL: usize = 200;
/// How long a token is remembered as seen before: no token lives longer.
const SEEN_FOR: Duration = Duration::from_secs(24 * 3_600);

/// The configured providers.
#[derive(Default)]
pub struct Oidc {
    providers: Vec<Provider>,
    /// The digests of tokens that this process has seen.
    seen: Option<moka::sync::Cache<Vec<u8>, ()>>,
}

/// One provider, with its keys and what is cached of its people.
pub struct Provider {
    settings: Settings,
    jwks: Jwks,
    accounts: moka::sync::Cache<String, Account>,
    ids: moka::sync::Cache<(&'static str, String), Id>,
}

/// A person's roles, body and organisation here, from the grants.
struct Granted {
    roles: Vec<Role>,
    body: Named,
    organisation: Named,
}

impl Oidc {
    /// Checks the configuration. Fetches nothing yet, so that the server starts while a provider is down.
    pub fn new(configured: &[OidcProvider], public_url: &str) -> Result<Oidc, String> {
        let checked = settings::check(configured, public_url)?;
        // A token that is evicted early is noted as a first sign-in again.
        let seen = moka::sync::Cache::builder().max_capacity(50_000).time_to_live(SEEN_FOR).build();
        let providers = checked.into_iter().map(Provider::new).collect::<Result<_, _>>()?;
        Ok(Oidc { providers, seen: Some(seen) })
    }

    /// Fails if a grant names a body or an organisation that is not on record, or gives a role that members of that
    /// organisation cannot have.
    pub fn check_references(&self, db: &Db) -> Result<(), String> {
        for provider in &self.providers {
            for grant in &provider.settings.grants {
                for (kind, what, reference) in grant.names() {
                    let found = provider.resolve(db, kind, reference);
                    if found.map_err(|problem| problem.detail_or_cause())?.is_none() {
                        return Err(format!(
                            "[[oidc]] `{}`: the grant by `{}` names the {what} `{reference}`, which is not on record",
                            provider.settings.name, grant.value
                        ));
                    }
                }
                let unfit = provider.unfit_role(db, grant);
                if let Some(why) = unfit.map_err(|problem| problem.detail_or_cause())? {
                    return Err(format!(
                        "[[oidc]] `{}`: the grant by `{}` for `{}`: {why}",
                        provider.settings.name, grant.value, grant.organisation
                    ));
                }
            }
        }
        Ok(())
    }

    /// Whether this process sees a token for the first time. The sign-in itself was at the provider.
    pub fn is_first_use(&self, token: &str) -> bool {
        let Some(seen) = &self.seen else { return false };
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
        seen.entry(digest.as_ref().to_vec()).or_insert(()).is_fresh()
    }

    /// The provider that a token names as its issuer, not verified.
    pub fn provider_of(&self, token: &str) -> Option<&Provider> {
        if self.providers.is_empty() {
            return None;
        }
        let issuer = jwt::unverified_issuer(token)?;
        self.providers.iter().find(|provider| provider.settings.issuer == issuer)
    }
}

impl Grant {
    /// The records that the grant names: kind, the setting, reference.
    fn names(&self) -> [(&'static str, &'static str, &str); 2] {
        [("policing_body", "body", &self.body), ("organisation", "organisation", &self.organisation)]
    }
}

impl Provider {
    fn new(settings: Settings) -> Result<Provider, String> {
        let address = settings.jwks_uri.clone();
        let client =
            fetch::client(&address).map_err(|error| format!("[[oidc]] `{}`: {error}", settings.name))?;
        let jwks = Jwks::new(&settings.name, Box::new(move || fetch::get(&client, &address)));
        Ok(Provider {
            settings,
            jwks,
            accounts: moka::sync::Cache::builder().max_capacity(10_000).time_to_live(CACHED_FOR).build(),
            ids: moka::sync::Cache::builder().max_capacity(1_000).time_to_live(CACHED_FOR).build(),
        })
    }

    /// Has the provider's keys fetched, if the token needs that and is well-formed otherwise. Holds no thread meanwhile.
    pub async fn prepare(&self, text: &str, now: Ts) -> Result<(), Problem> {
        let (kid, algorithm) = {
            let token = Token::read(text, &self.settings, now)?;
            (token.kid, token.algorithm)
        };
        self.jwks.prepare(&kid, algorithm, now).await
    }

    /// As whom the token's holder acts, if the token is the provider's and valid now. [`Provider::prepare`] comes before.
    pub fn verify(&self, text: &str, db: &Db, now: Ts) -> Result<Actor, Problem> {
        let token = Token::read(text, &self.settings, now)?;
        let key = self.jwks.find(&token.kid, token.algorithm)?;
        let is_signed = key.is_some_and(|key| token.jwt.is_signed_by(&key.decoding, token.algorithm));
        if !is_signed {
            return Err(invalid("The access token is not signed with a key that its provider has now."));
        }
        let id = person::id(&self.settings.issuer, &token.subject);
        let granted = self.granted(&id, &token.jwt.claims, db)?;
        let body = granted.as_ref().map(|granted| granted.body.id);
        self.check_account(&id, &token, body, db, now)?;
        let public = Actor { subject: Some(id), ..Actor::public() };
        Ok(match granted {
            // Without a grant they see what is public.
            None => public,
            Some(Granted { roles, body, organisation }) => {
                Actor { roles, body: Some(body), organisation: Some(organisation), ..public }
            }
        })
    }

    /// Refuses a person who is revoked. Creates the account of one who signs in for the first time.
    fn check_account(
        &self,
        id: &str,
        token: &Token<'_>,
        body: Option<Id>,
        db: &Db,
        now: Ts,
    ) -> Result<(), Problem> {
        let issuer = &self.settings.issuer;
        let cached = self.accounts.get(id).filter(|account| account.has_body() || body.is_none());
        let account = match cached {
            Some(account) => account,
            None => {
                let label = self.label(token).unwrap_or(id);
                let identity = Identity { id, issuer, subject: &token.subject, label, body };
                let account = person::account(db, &identity, now)?;
                self.accounts.insert(id.to_owned(), account.clone());
                account
            }
        };
        if !account.is_of(issuer, &token.subject) {
            tracing::warn!(
                person = id,
                provider = self.settings.name,
                "sign-in refused: the id belongs to another person"
            );
            return Err(invalid(
                "This person cannot have an account here; tell the service's administrator.",
            ));
        }
        match account.is_revoked() {
            true => Err(invalid("The person has been revoked.")),
            false => Ok(()),
        }
    }

    /// What people call the token's person, if the provider names it.
    fn label<'a>(&self, token: &'a Token<'_>) -> Option<&'a str> {
        let label = self.settings.label.of(&token.jwt.claims)?.as_str()?.trim();
        let is_fit =
            !label.is_empty() && label.chars().count() <= LONGEST_LABEL && !label.contains(char::is_control);
        is_fit.then_some(label)
    }

    /// What the person is granted: the union of the grants whose claims they have.
    fn granted(&self, id: &str, claims: &Map<String, Value>, db: &Db) -> Result<Option<Granted>, Problem> {
        let grants: Vec<&Grant> =
            self.settings.grants.iter().filter(|grant| grant.claim.matches(claims, &grant.value)).collect();
        let Some(first) = grants.first() else {
            return Ok(None);
        };
        if grants.iter().any(|grant| grant.names() != first.names()) {
            let values: Vec<&str> = grants.iter().map(|grant| grant.value.as_str()).collect();
            tracing::warn!(
                person = id,
                provider = self.settings.name,
                grants = values.join(", "),
                "sign-in refused: the person's grants are of several bodies or organisations"
            );
            return Err(invalid(
                "The person's roles are of several organisations; nobody acts for two at once. Have the provider grant the roles of one.",
            ));
        }
        let mut roles: Vec<Role> = grants.iter().flat_map(|grant| grant.roles.iter().copied()).collect();
        roles.sort_unstable();
        roles.dedup();
        let [body, organisation] = first.names();
        Ok(Some(Granted { roles, body: self.named(db, body)?, organisation: self.named(db, organisation)? }))
    }

    fn named(
        &self,
        db: &Db,
        (kind, what, reference): (&'static str, &'static str, &str),
    ) -> Result<Named, Problem> {
        match self.resolve(db, kind, reference)? {
            Some(id) => Ok(Named { id, reference: reference.to_owned() }),
            None => {
                let provider = self.settings.name.as_str();
                tracing::warn!(
                    provider,
                    what,
                    reference,
                    "sign-in refused: a grant names what is not on record"
                );
                Err(invalid("The person's organisation is not on record here."))
            }
        }
    }

    /// Why members of the grant's organisation cannot have one of its roles, if so.
    fn unfit_role(&self, db: &Db, grant: &Grant) -> Result<Option<String>, Problem> {
        let [_, (kind, _, reference)] = grant.names();
        let Some(organisation) = self.resolve(db, kind, reference)? else { return Ok(None) };
        let kind = db.read(|conn| membership::organisation_kind(conn, organisation))?;
        Ok(kind.and_then(|kind| grant.roles.iter().find_map(|role| role.unfit_for(&kind))))
    }

    /// The id of a body or an organisation, by reference.
    fn resolve(&self, db: &Db, kind: &'static str, reference: &str) -> Result<Option<Id>, Problem> {
        let key = (kind, reference.to_owned());
        if let Some(id) = self.ids.get(&key) {
            return Ok(Some(id));
        }
        let found = db.read(|conn| {
            Ok(record::table
                .filter(record::body.is_null())
                .filter(record::kind.eq(kind))
                .filter(record::reference.eq(reference))
                .select(record::id)
                .first(conn)
                .optional()?)
        })?;
        if let Some(id) = found {
            self.ids.insert(key, id);
        }
        Ok(found)
    }
}
