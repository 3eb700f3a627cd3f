//! Networks of IP addresses, for the proxies that are trusted.

use std::net::IpAddr;

/// A network: its first address, and the number of bits that its addresses share. Both as IPv6, with IPv4 mapped into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: u128,
    bits: u32,
}

impl Network {
    /// Parses an address, or a network in CIDR form.
    pub fn parse(text: &str) -> Result<Network, String> {
        let wrong = || {
            format!(
                "TRUSTED_PROXIES holds `{text}`; give addresses and networks such as 10.0.0.0/8, with commas between"
            )
        };
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix: u32 = prefix.map_or(Ok(width), str::parse).map_err(|_| wrong())?;
        if prefix > width {
            return Err(wrong());
        }
        if prefix == 0 {
            return Err(format!("TRUSTED_PROXIES holds `{text}`, which is every address; name your proxies"));
        }
        let network = Network { first: mapped(address), bits: 128 - width + prefix };
        if network.first & !network.mask() != 0 {
            return Err(format!(
                "TRUSTED_PROXIES holds `{text}`, which has bits set after its prefix; give the network's first address"
            ));
        }
        Ok(network)
    }

    /// Whether the address is in the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        mapped(address) & self.mask() == self.first
    }

    fn mask(&self) -> u128 {
        u128::MAX.checked_shl(128 - self.bits).unwrap_or(0)
    }
}

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> Option<bool> {
        Some(Network::parse(network).ok()?.contains(address.parse().ok()?))
    }

    #[test]
    fn a_network_contains_its_addresses_in_either_spelling() {
        assert_eq!(contains("10.0.0.0/8", "10.1.2.3"), Some(true));
        assert_eq!(contains("10.0.0.0/8", "::ffff:10.1.2.3"), Some(true));
        assert_eq!(contains("10.0.0.0/8", "11.1.2.3"), Some(false));
        assert_eq!(contains("192.0.2.7", "192.0.2.7"), Some(true));
        assert_eq!(contains("192.0.2.7", "192.0.2.8"), Some(false));
        assert_eq!(contains("2001:db8::/32", "2001:db8:1::1"), Some(true));
        assert_eq!(contains("::1", "::1"), Some(true));
        assert_eq!(contains("::1", "::2"), Some(false));
        assert_eq!(contains("::ffff:10.0.0.0/104", "10.9.9.9"), Some(true));
    }

    #[test]
    fn a_text_that_is_not_a_network_is_refused() {
        for text in
            ["", "proxy", "10.0.0.0/33", "10.0.0.1/8", "0.0.0.0/0", "::/0", "10.0.0.0/", "10.0.0.0/-1"]
        {
            assert!(Network::parse(text).is_err_and(|error| error.contains("TRUSTED_PROXIES")), "{text}");
        }
    }
}
