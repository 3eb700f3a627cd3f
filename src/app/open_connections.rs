//! How many connections are open, in all and of one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The open connections of each address.
/// An address can have as many as `LIMIT_CONNECTIONS`. The last quarter is reserved for the first connection of an address,
/// so that a few hundred addresses cannot keep all others out.
#[derive(Clone)]
pub struct OpenConnections(Arc<Mutex<Counts>>);

struct Counts {
    by_address: HashMap<IpAddr, u32>,
    /// How many more there can be in all.
    free: u32,
    /// How many of these are for addresses that have none yet.
    reserve: u32,
}

/// An open connection; counted until it is dropped, which the framework does when the connection ends.
pub struct OpenConnection {
    all: OpenConnections,
    address: IpAddr,
}

impl OpenConnections {
    /// At most this many.
    pub fn new(most: u32) -> OpenConnections {
        OpenConnections(Arc::new(Mutex::new(Counts {
            by_address: HashMap::new(),
            free: most,
            reserve: most / 4,
        })))
    }

    /// Counts a new connection. Returns none if its address has too many, or there are too many in all. `most` is none for a
    /// trusted proxy, which connects for others.
    pub fn open(&self, address: IpAddr, most: Option<u32>) -> Option<OpenConnection> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.by_address.get(&address).copied().unwrap_or(0);
        let may_have = match most {
            Some(most) if own > 0 => own < most && all.free > all.reserve,
            _ => all.free > 0,
        };
        if !may_have {
            return None;
        }
        all.by_address.insert(address, own + 1);
        all.free -= 1;
        Some(OpenConnection { all: self.clone(), address })
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.free += 1;
        if let Some(own) = all.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                all.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u16) -> IpAddr {
        let [high, low] = n.to_be_bytes();
        [192, 0, high, low].into()
    }

    #[test]
    fn closed_connections_no_longer_count() {
        let all = OpenConnections::new(100);
        let first = all.open(address(1), Some(2));
        let second = all.open(address(1), Some(2));
        assert!(first.is_some() && second.is_some() && all.open(address(1), Some(2)).is_none());
        assert!(all.open(address(2), Some(2)).is_some());
        drop(first);
        assert!(all.open(address(1), Some(2)).is_some());
        drop(second);
        assert!(all.0.lock().is_ok_and(|all| all.by_address.is_empty() && all.free == 100));
    }

    #[test]
    fn addresses_that_take_all_they_can_leave_some_for_others_in_whatever_order_they_come() {
        for is_in_rounds in [true, false] {
            let all = OpenConnections::new(4_096);
            let mut open = vec![];
            let (outer, inner) = if is_in_rounds { (250, 500) } else { (500, 250) };
            for first in 0..outer {
                for second in 0..inner {
                    let n = if is_in_rounds { second } else { first };
                    open.extend(all.open(address(n), Some(250)));
                }
            }
            assert!(open.len() > 3_000, "{}", open.len());
            let newcomers: Vec<_> = (1_000..1_400).map(|n| all.open(address(n), Some(250))).collect();
            assert!(newcomers.iter().all(Option::is_some), "in rounds: {is_in_rounds}");
            // A proxy connects for others: it has no share, and counts.
            while let Some(one) = all.open(address(2_000), None) {
                open.push(one);
            }
            assert_eq!(open.len() + newcomers.len(), 4_096);
            drop((open, newcomers));
            assert!(all.0.lock().is_ok_and(|all| all.by_address.is_empty() && all.free == 4_096));
        }
    }
}
