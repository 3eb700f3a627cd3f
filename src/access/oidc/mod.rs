//! People who sign in with an OpenID provider that the office runs already: its access tokens are let in here.
//!
//! The provider says who somebody is and which groups or roles they have there; the settings say what that is here.
//! Its signature is verified by keys that come from one configured address only. What the token says of itself is
//! held against the settings: nothing in it chooses a key, an address or an algorithm.

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
use self::person::{Comer, Standing};
use self::settings::{Grant, Settings};
use super::actor::{Actor, Named};
use super::role::Role;
use super::token::invalid;
use crate::clock::{Id, Ts};
use crate::config::OidcProvider;
use crate::problem::Problem;
use crate::store::types::Uid;
use crate::store::{Db, Sql};

/// How long it is remembered how a person stands, and which id a reference has: the longest that a revocation takes.
const REMEMBERED: Duration = Duration::from_secs(2);
/// The longest label that is kept.
const LONGEST_LABEL: usize = 200;

/// How long a token is remembered as one that was seen: none lives longer.
const SEEN: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);

/// The providers whose people are let in.
#[derive(Default)]
pub struct Oidc {
    providers: Vec<Provider>,
    seen: Option<moka::sync::Cache<Vec<u8>, ()>>,
}

/// One of them.
pub struct Provider {
    settings: Settings,
    jwks: Jwks,
    people: moka::sync::Cache<String, Standing>,
    ids: moka::sync::Cache<(&'static str, String), Id>,
}

/// What somebody is here, by the grants.
struct Place {
    roles: Vec<Role>,
    body: Named,
    organisation: Named,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Uid)]
    id: Id,
}

impl Oidc {
    /// Those that are configured. Nothing is fetched yet: a provider that is down keeps nobody from starting.
    pub fn new(configured: &[OidcProvider], public_url: &str) -> Result<Oidc, String> {
        let checked = settings::check(configured, public_url)?;
        // Where there is no room for one, it is told of again.
        let seen = moka::sync::Cache::builder().max_capacity(50_000).time_to_live(SEEN).build();
        let providers = checked.into_iter().map(Provider::new).collect::<Result<_, _>>()?;
        Ok(Oidc { providers, seen: Some(seen) })
    }

    /// Refuses a start in which a grant names what is not on record.
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
            }
        }
        Ok(())
    }

    /// Whether this process sees a token for the first time: the sign-in itself was at the provider.
    pub fn first_sight(&self, token: &str) -> bool {
        let Some(seen) = &self.seen else { return false };
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
        seen.entry(digest.as_ref().to_vec()).or_insert(()).is_fresh()
    }

    /// The provider that a token says it is from.
    pub fn provider_of(&self, token: &str) -> Option<&Provider> {
        if self.providers.is_empty() {
            return None;
        }
        let issuer = claims::issuer(token)?;
        self.providers.iter().find(|provider| provider.settings.issuer == issuer)
    }
}

impl Grant {
    /// The references that it needs: kind, the word for it, reference.
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
            people: moka::sync::Cache::builder().max_capacity(10_000).time_to_live(REMEMBERED).build(),
            ids: moka::sync::Cache::builder().max_capacity(1_000).time_to_live(REMEMBERED).build(),
        })
    }

    /// Who holds this token, if it is the provider's and good now.
    pub fn verify(&self, text: &str, db: &Db, now: Ts) -> Result<Actor, Problem> {
        let token = Token::read(text, &self.settings, now)?;
        let key = self.jwks.find(&token.kid, token.algorithm, now)?;
        let is_signed = key.is_some_and(|key| {
            let (signature, message) = (token.signature, token.message.as_bytes());
            jsonwebtoken::crypto::verify(signature, message, &key.decoding, token.algorithm).unwrap_or(false)
        });
        if !is_signed {
            return Err(invalid("The access token is signed with no key that its provider has now."));
        }
        let id = person::id(&self.settings.issuer, &token.subject);
        let place = self.place(&id, &token.claims, db)?;
        let body = place.as_ref().map(|place| place.body.id);
        self.check_standing(&id, &token, body, db, now)?;
        let public = Actor { subject: Some(id), ..Actor::public() };
        // Without any grant they see what is public.
        Ok(match place {
            None => public,
            Some(Place { roles, body, organisation }) => {
                Actor { roles, body: Some(body), organisation: Some(organisation), ..public }
            }
        })
    }

    /// Refuses who is revoked; who comes for the first time is put on file.
    fn check_standing(
        &self,
        id: &str,
        token: &Token<'_>,
        body: Option<Id>,
        db: &Db,
        now: Ts,
    ) -> Result<(), Problem> {
        let issuer = &self.settings.issuer;
        let standing = match self.people.get(id).filter(|known| known.has_body() || body.is_none()) {
            Some(standing) => standing,
            None => {
                let label = self.label(token).unwrap_or(id);
                let who = Comer { id, issuer, subject: &token.subject, label, body };
                let standing = person::standing(db, &who, now)?;
                self.people.insert(id.to_owned(), standing.clone());
                standing
            }
        };
        if !standing.is_of(issuer, &token.subject) {
            tracing::warn!(
                person = id,
                provider = self.settings.name,
                "the id is another person's: not let in"
            );
            return Err(invalid("This person has no place here."));
        }
        match standing.is_revoked() {
            true => Err(invalid("The person has been revoked.")),
            false => Ok(()),
        }
    }

    /// What people know the token's person by, where the provider says it.
    fn label<'a>(&self, token: &'a Token<'_>) -> Option<&'a str> {
        let label = self.settings.label.of(&token.claims)?.as_str()?.trim();
        let is_fit =
            !label.is_empty() && label.chars().count() <= LONGEST_LABEL && !label.contains(char::is_control);
        is_fit.then_some(label)
    }

    /// What the person is here: all that the grants say whose claims they have.
    fn place(&self, id: &str, claims: &Map<String, Value>, db: &Db) -> Result<Option<Place>, Problem> {
        let granted: Vec<&Grant> =
            self.settings.grants.iter().filter(|grant| grant.claim.holds(claims, &grant.value)).collect();
        let Some(first) = granted.first() else {
            return Ok(None);
        };
        if granted.iter().any(|grant| grant.names() != first.names()) {
            let values: Vec<&str> = granted.iter().map(|grant| grant.value.as_str()).collect();
            tracing::warn!(
                person = id,
                provider = self.settings.name,
                grants = values.join(", "),
                "the person's grants are of several bodies or organisations: not let in"
            );
            return Err(invalid(
                "The person's roles are of several organisations; nobody acts for two at once.",
            ));
        }
        let mut roles: Vec<Role> = granted.iter().flat_map(|grant| grant.roles.iter().copied()).collect();
        roles.sort_unstable();
        roles.dedup();
        let [body, organisation] = first.names();
        Ok(Some(Place { roles, body: self.named(db, body)?, organisation: self.named(db, organisation)? }))
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
                tracing::warn!(provider, what, reference, "a grant names what is not on record: not let in");
                Err(invalid("The person's organisation is not on record here."))
            }
        }
    }

    /// The id of a body or an organisation, by its reference.
    fn resolve(&self, db: &Db, kind: &'static str, reference: &str) -> Result<Option<Id>, Problem> {
        let key = (kind, reference.to_owned());
        if let Some(id) = self.ids.get(&key) {
            return Ok(Some(id));
        }
        let row: Option<IdRow> = db.read(|conn| {
            Ok(Sql::new("SELECT id FROM record WHERE body IS NULL AND kind = ")
                .bind(kind)
                .text(" AND reference = ")
                .bind(reference)
                .get_result(conn)
                .optional()?)
        })?;
        if let Some(row) = &row {
            self.ids.insert(key, row.id);
        }
        Ok(row.map(|row| row.id))
    }
}
