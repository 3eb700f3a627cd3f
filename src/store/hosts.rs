//! The servers that an address of PostgreSQL names, each with an address of its own.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long a server may take to accept a connection.
const PROBE: Duration = Duration::from_millis(500);

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// What the log and the metrics call it.
    pub name: String,
    /// Its own address.
    pub url: String,
    /// Its host and port, where it is reached by TCP.
    tcp: Option<(String, u16)>,
}

/// What is one server's own: what its address has in place of all hosts, its parameters, and where it is reached by TCP.
#[derive(Default)]
struct Own {
    authority: String,
    params: Vec<(&'static str, String)>,
    tcp: Option<(String, u16)>,
}

/// What an address gets that does not have it: a server that is gone is noticed within a second.
const DEFAULTS: &[(&str, &str)] = &[
    ("connect_timeout", "2"),
    ("tcp_user_timeout", "700"),
    ("keepalives_idle", "1"),
    ("keepalives_interval", "1"),
    ("keepalives_count", "2"),
];
/// Parameters that are added to the primary's address where it does not set them. Without them a connection whose network is cut
/// hangs for minutes: `statement_timeout` is enforced by the server, which cannot be reached. They are longer than those of
/// replicas, since nothing can replace the primary.
const OF_PRIMARY: &[(&str, &str)] = &[
    ("connect_timeout", "5"),
    ("tcp_user_timeout", "15000"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "3"),
];
/// What chooses among servers: here each is chosen by itself.
const CHOICE: &[&str] = &["target_session_attrs", "load_balance_hosts"];

/// The parameters of an address. As libpq reads it, a `?` before the `@` belongs to the name or the password, unless a path comes first.
fn query_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let ends = |character: char| rest.find(character).unwrap_or(rest.len());
    let begins = match ends('?') < ends('@') && ends('@') < rest.len() && ends('?') < ends('/') {
        true => ends('@'),
        false => 0,
    };
    rest[begins..].split_once('?').map_or("", |(_, query)| query)
}

/// The parameters of a query, by name.
fn pairs_of(query: &str) -> Vec<(&str, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect()
}

/// The defaults that are not among the parameters.
fn missing<'a>(
    defaults: &'a [(&'a str, &'a str)],
    pairs: &'a [(&'a str, &'a str)],
) -> impl Iterator<Item = &'a (&'a str, &'a str)> {
    defaults.iter().filter(|(name, _)| !pairs.iter().any(|(one, _)| one == name))
}

/// The primary's address, with the parameters of `OF_PRIMARY` that it lacks: its connections notice that the server is gone.
pub fn noticing_loss(url: &str) -> String {
    let query = query_of(url);
    let pairs = pairs_of(query);
    let missing: Vec<String> =
        missing(OF_PRIMARY, &pairs).map(|(name, value)| format!("{name}={value}")).collect();
    let joint = if query.is_empty() { "?" } else { "&" };
    match missing.is_empty() {
        true => url.to_owned(),
        false => format!("{}{joint}{}", url.trim_end_matches(['?', '&']), missing.join("&")),
    }
}

impl Host {
    /// The servers of an address such as `postgres://user@one,two:5433/database` or
    /// `postgres:///database?host=one,two&port=5432,5433`.
    pub fn all(url: &str) -> Result<Vec<Host>, String> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
        let query = query_of(rest);
        let place = rest.strip_suffix(query).unwrap_or(rest).trim_end_matches('?');
        let (authority, path) = place.split_once('/').unwrap_or((place, ""));
        let (user, list) = match authority.rsplit_once('@') {
            Some((user, list)) => (format!("{user}@"), list),
            None => (String::new(), authority),
        };
        let mut pairs = pairs_of(query);
        let of = |name: &str| {
            pairs.iter().find(|(one, _)| *one == name).map(|(_, value)| split(value)).unwrap_or_default()
        };
        let (named, ports) = (of("host"), of("port"));
        let places: Vec<Own> = if named.is_empty() {
            let own = |one: &str| Own {
                authority: one.to_owned(),
                tcp: host_and_port(one, ports.first()),
                ..Own::default()
            };
            list.split(',').map(own).collect()
        } else {
            if ports.len() > 1 && ports.len() != named.len() {
                return Err(format!(
                    "it has {} hosts and {} ports; give one port, or one for each host",
                    named.len(),
                    ports.len()
                ));
            }
            let own = |(n, host): (usize, &String)| {
                let port = ports.get(n).or(ports.first());
                let mut params = vec![("host", host.clone())];
                params.extend(port.map(|port| ("port", port.clone())));
                Own { params, tcp: host_and_port(host, port), ..Own::default() }
            };
            named.iter().enumerate().map(own).collect()
        };
        let moved = !named.is_empty();
        pairs.retain(|(name, _)| !(CHOICE.contains(name) || moved && ["host", "port"].contains(name)));
        let shared: Vec<String> = pairs
            .iter()
            .chain(missing(DEFAULTS, &pairs))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let host = |Own { authority, params, tcp }: Own| {
            let own: Vec<String> =
                params.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            let name = match (&tcp, authority.is_empty()) {
                (Some((host, port)), _) => format!("{host}:{port}"),
                (None, false) => authority.clone(),
                (None, true) => own.join(" "),
            };
            let query = [&own[..], &shared].concat().join("&");
            Host { name, url: format!("{scheme}://{user}{authority}/{path}?{query}"), tcp }
        };
        Ok(places.into_iter().map(host).collect())
    }

    /// Whether something accepts connections there. libpq would wait for two seconds at least.
    pub fn is_there(&self) -> bool {
        let Some((host, port)) = &self.tcp else { return true };
        let Ok(mut addresses) = (host.as_str(), *port).to_socket_addrs() else { return false };
        addresses.any(|address| TcpStream::connect_timeout(&address, PROBE).is_ok())
    }
}

/// The values of a parameter, which has commas between them.
fn split(value: &str) -> Vec<String> {
    value.replace("%2C", ",").replace("%2c", ",").split(',').map(str::to_owned).collect()
}

/// The host and the port, unless it is the folder of a socket.
fn host_and_port(text: &str, port: Option<&String>) -> Option<(String, u16)> {
    let is_folder =
        text.is_empty() || text.starts_with('/') || text.starts_with("%2F") || text.starts_with("%2f");
    if is_folder {
        return None;
    }
    let (host, own) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = own.or(port.map(String::as_str)).unwrap_or("5432");
    Some((host.to_owned(), port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{Host, noticing_loss};

    fn hosts(url: &str) -> Vec<(String, String)> {
        let all = Host::all(url).expect("an address");
        let own = |host: Host| {
            let url = host.url.replace("&connect_timeout=2&tcp_user_timeout=700&keepalives_idle=1&keepalives_interval=1&keepalives_count=2", "");
            (host.name, url)
        };
        all.into_iter().map(own).collect()
    }

    #[test]
    fn the_address_of_the_primary_gets_the_timeouts_that_it_does_not_set() {
        let url = noticing_loss("postgres://a@one/record");
        assert!(
            url.starts_with("postgres://a@one/record?connect_timeout=5&tcp_user_timeout=15000&"),
            "{url}"
        );
        assert_eq!(noticing_loss(&url), url, "what it has stays");
        let url = noticing_loss("postgres:///record?host=/run&connect_timeout=1");
        assert!(url.starts_with("postgres:///record?host=/run&connect_timeout=1&tcp_user_timeout="), "{url}");
        assert!(!url.contains("connect_timeout=5"), "{url}");
        let url = noticing_loss("postgres://a:w?rd@one/record");
        assert!(url.starts_with("postgres://a:w?rd@one/record?connect_timeout=5&"), "{url}");
        assert_eq!(noticing_loss(&url), url);
        assert_eq!(super::query_of("postgres:///record?options=a@b"), "options=a@b");
        assert!(Host::all("postgres://a:w?rd@one,two/record").is_ok_and(|hosts| hosts.len() == 2));
    }

    #[test]
    fn each_server_has_its_own_address() {
        let pair = |name: &str, url: &str| (name.to_owned(), url.to_owned());
        assert_eq!(
            hosts("postgres://ann:pw@one,two:5433,[::1]:5434/db?sslmode=require&target_session_attrs=any"),
            [
                pair("one:5432", "postgres://ann:pw@one/db?sslmode=require"),
                pair("two:5433", "postgres://ann:pw@two:5433/db?sslmode=require"),
                pair("::1:5434", "postgres://ann:pw@[::1]:5434/db?sslmode=require"),
            ]
        );
        assert_eq!(
            hosts("postgres:///db?host=%2Frun%2Fa,%2Frun%2Fb&user=x"),
            [
                pair("host=%2Frun%2Fa", "postgres:///db?host=%2Frun%2Fa&user=x"),
                pair("host=%2Frun%2Fb", "postgres:///db?host=%2Frun%2Fb&user=x"),
            ]
        );
        assert_eq!(
            hosts("postgres:///db?host=one,two&port=1,2&user=x"),
            [
                pair("one:1", "postgres:///db?host=one&port=1&user=x"),
                pair("two:2", "postgres:///db?host=two&port=2&user=x"),
            ]
        );
        assert!(Host::all("postgres:///db?host=one,two,three&port=1,2").is_err());
    }

    #[test]
    fn what_the_address_says_of_timeouts_stays() {
        let all = Host::all("postgres://one/db?tcp_user_timeout=3000").expect("an address");
        assert!(all[0].url.contains("tcp_user_timeout=3000") && !all[0].url.contains("tcp_user_timeout=700"));
        assert!(all[0].url.contains("connect_timeout=2"));
    }

    #[test]
    fn nothing_is_there_where_nobody_listens() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let host = || Host::all(&format!("postgres://127.0.0.1:{port}/db")).expect("an address").remove(0);
        assert!(host().is_there());
        drop(listener);
        assert!(!host().is_there());
    }
}
