//! The only call that the service makes to another server: it fetches a provider's public keys.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::settings::is_loopback;

/// How long a call may take, from the name's look-up to the last byte.
const TIMEOUT: Duration = Duration::from_secs(3);
/// The longest response, in bytes.
const LONGEST: u64 = 65_536;

/// A client for one address: TLS with the system's root certificates, no redirects, no connections kept open.
pub fn client(address: &str) -> Result<Agent, String> {
    let config = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .http_status_as_error(false)
        .max_idle_connections(0)
        .user_agent(concat!("onrecord/", env!("CARGO_PKG_VERSION")))
        .accept("application/jwk-set+json, application/json");
    let config = match is_loopback(address) && address.starts_with("http://") {
        // A proxy set in the environment is for other hosts, not for this machine.
        true => config.proxy(None),
        false => config.https_only(true).tls_config(tls()?),
    };
    Ok(config.build().new_agent())
}

fn tls() -> Result<TlsConfig, String> {
    let roots = rustls_native_certs::load_native_certs().certs;
    if roots.is_empty() {
        return Err(
            "no root certificates were found, so no provider can be verified; install ca-certificates, or name a file in SSL_CERT_FILE"
                .to_owned(),
        );
    }
    let roots: Vec<_> = roots.iter().map(|root| Certificate::from_der(root.as_ref()).to_owned()).collect();
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build())
}

/// Fetches the document at the address.
pub fn get(client: &Agent, address: &str) -> Result<Vec<u8>, String> {
    let mut response = client.get(address).call().map_err(|error| error.to_string())?;
    if response.status() != 200 {
        return Err(format!("it returned {}", response.status()));
    }
    // The limit is exclusive.
    response.body_mut().with_config().limit(LONGEST + 1).read_to_vec().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A server that answers every call with these bytes and keeps the connection open; its address and count of calls.
    fn serve(answer: impl Fn(&str) -> String + Send + 'static) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/keys", listener.local_addr().unwrap());
        let calls = Arc::new(AtomicUsize::new(0));
        let (own, count) = (address.clone(), calls.clone());
        std::thread::spawn(move || {
            let mut open = vec![];
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4_096]);
                let _ = stream.write_all(answer(&own).as_bytes());
                open.push(stream);
            }
        });
        (address, calls)
    }

    fn fetched(address: &str) -> Result<Vec<u8>, String> {
        get(&client(address).unwrap(), address)
    }

    #[test]
    fn the_document_is_returned() {
        let (address, calls) =
            serve(|_| "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}".to_owned());
        assert_eq!(fetched(&address), Ok(b"{}".to_vec()));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn redirects_are_not_followed() {
        let (address, calls) =
            serve(|own| format!("HTTP/1.1 302 Found\r\nlocation: {own}/2\r\ncontent-length: 0\r\n\r\n"));
        assert!(fetched(&address).unwrap_err().contains("302"));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_long_document_is_refused() {
        let long = |length: usize| {
            let (address, _) = serve(move |_| {
                format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{}", " ".repeat(length))
            });
            fetched(&address)
        };
        assert_eq!(long(65_536).unwrap().len(), 65_536);
        assert!(long(65_537).is_err());
    }

    #[test]
    fn a_slow_server_times_out() {
        let (address, _) = serve(|_| "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_owned());
        // Without its timeout it would wait for ever.
        assert!(fetched(&address).is_err());
    }
}
