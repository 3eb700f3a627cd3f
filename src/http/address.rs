//! Addresses of this server that follow from the address of a request.

use super::params::decode;

/// The address with another value of a parameter, or without the parameter. The value is written as it is.
pub fn with(path: &str, query: &str, name: &str, value: Option<&str>) -> String {
    // Decoded like any parameter: `%66ormat` is `format`.
    let is_other = |pair: &&str| {
        let own = pair.split('=').next().unwrap_or(pair);
        !pair.is_empty() && decode(own).as_deref() != Some(name)
    };
    let others = query.split('&').filter(is_other);
    let own = value.map(|value| format!("{name}={value}"));
    let pairs: Vec<String> = others.map(str::to_owned).chain(own).collect();
    match pairs.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", pairs.join("&")),
    }
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn a_parameter_is_replaced_however_it_is_spelled() {
        for (query, value, expected) in [
            ("", Some("json"), "/v1/plans?format=json"),
            ("", None, "/v1/plans"),
            ("format=html", None, "/v1/plans"),
            ("%66ormat=csv&&limit=2", Some("html"), "/v1/plans?limit=2&format=html"),
            ("q=a%26format=b&formats", Some("json"), "/v1/plans?q=a%26format=b&formats&format=json"),
        ] {
            assert_eq!(with("/v1/plans", query, "format", value), expected, "{query}");
        }
    }
}
