//! How many connections are open, in all and of one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The open connections of each address.
///
/// An address can have as many as a setting says, and never more than are free: the more there are, the fewer a single
/// address gets. So some are left for others, however many addresses take all that they can have.
#[derive(Clone)]
pub struct OpenConnections(Arc<Mutex<Counts>>);

struct Counts {
    by_address: HashMap<IpAddr, u32>,
    /// How many more there can be in all.
    free: u32,
}

/// An open connection; counted until it is dropped, which the framework does when the connection ends.
pub struct OpenConnection {
    all: OpenConnections,
    address: IpAddr,
}

impl OpenConnections {
    /// At most this many.
    pub fn new(most: u32) -> OpenConnections {
        OpenConnections(Arc::new(Mutex::new(Counts { by_address: HashMap::new(), free: most })))
    }

    /// Counts a new connection; none where its address has too many. A trusted proxy, which connects for others, has no
    /// `most`.
    pub fn open(&self, address: IpAddr, most: Option<u32>) -> Option<OpenConnection> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.by_address.get(&address).copied().unwrap_or(0);
        if all.free == 0 || most.is_some_and(|most| own >= most.min(all.free)) {
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
    fn however_many_addresses_take_all_they_can_some_connections_are_left() {
        let all = OpenConnections::new(4_096);
        let mut open = vec![];
        for round in 0..250 {
            for n in 0..500 {
                open.extend(all.open(address(n), Some(250)));
            }
            assert!(all.open(address(1_000), Some(250)).is_some(), "round {round}");
        }
        assert!(open.len() > 4_000, "{}", open.len());
        // A proxy connects for others: it has no share, and counts.
        for _ in open.len()..4_096 {
            open.extend(all.open(address(2_000), None));
        }
        assert!(open.len() == 4_096 && all.open(address(2_000), None).is_none());
        drop(open);
        assert!(all.0.lock().is_ok_and(|all| all.by_address.is_empty() && all.free == 4_096));
    }
}
