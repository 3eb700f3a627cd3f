//! The one call that the service makes to the outside: a provider's public keys.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::settings::is_loopback;

/// How long it may take, from the look-up of the name to the last byte.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long an answer may be, in bytes.
const LONGEST: u64 = 65_536;

/// A client that asks one address: TLS by the system's root certificates, no redirects, nothing kept open.
pub fn client(address: &str) -> Result<Agent, String> {
    let config = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .http_status_as_error(false)
        .max_idle_connections(0)
        .user_agent(concat!("onrecord/", env!("CARGO_PKG_VERSION")))
        .accept("application/jwk-set+json, application/json");
    let config = match is_loopback(address) && address.starts_with("http://") {
        // A proxy of the environment is for the way out.
        true => config.proxy(None),
        false => config.https_only(true).tls_config(tls()?),
    };
    Ok(config.build().new_agent())
}

fn tls() -> Result<TlsConfig, String> {
    let roots = rustls_native_certs::load_native_certs().certs;
    if roots.is_empty() {
        return Err(
            "no root certificates were found, so no provider can be known; install ca-certificates, or name a file in SSL_CERT_FILE"
                .to_owned(),
        );
    }
    let roots: Vec<_> = roots.iter().map(|root| Certificate::from_der(root.as_ref()).to_owned()).collect();
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build())
}

/// What stands at the address.
pub fn get(client: &Agent, address: &str) -> Result<Vec<u8>, String> {
    let mut answer = client.get(address).call().map_err(|error| error.to_string())?;
    if answer.status() != 200 {
        return Err(format!("it answered {}", answer.status()));
    }
    answer.body_mut().with_config().limit(LONGEST).read_to_vec().map_err(|error| error.to_string())
}
