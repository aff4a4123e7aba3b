//! Limits against floods: in memory, by hashes under a key that lives as long as the process.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// One address may keep so many connections as busy as one may be.
const CONNECTIONS_PER_ADDRESS: u32 = 16;

type Limiter = RateLimiter<u64, HashMapStateStore<u64>, DefaultClock>;

/// Counts requests per connection and per address. No address is kept, only a keyed hash.
#[derive(Debug)]
pub struct Flood {
    key: RandomState,
    per_connection: Limiter,
    per_address: Limiter,
    clock: DefaultClock,
}

impl Flood {
    /// Allows one connection so many requests per second, and one address sixteen times as many.
    #[must_use]
    pub fn new(requests_per_second: NonZeroU32) -> Self {
        let quota = Quota::per_second(requests_per_second);
        let address = requests_per_second
            .saturating_mul(NonZeroU32::new(CONNECTIONS_PER_ADDRESS).unwrap_or(NonZeroU32::MIN));
        Self {
            key: RandomState::new(),
            per_connection: RateLimiter::hashmap(quota),
            per_address: RateLimiter::hashmap(Quota::per_second(address)),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// The whole seconds to wait, at least 1, if there were too many.
    pub fn admit(&self, peer: SocketAddr) -> Result<(), u32> {
        let connection = self.key.hash_one(peer);
        let address = self.key.hash_one(network_of(peer.ip()));
        let per_connection = self.per_connection.check_key(&connection);
        let per_address = self.per_address.check_key(&address);
        match (per_connection, per_address) {
            (Ok(()), Ok(())) => Ok(()),
            (Err(wait), _) | (_, Err(wait)) => {
                let seconds = wait.wait_time_from(self.clock.now()).as_secs();
                Err(u32::try_from(seconds).unwrap_or(u32::MAX).saturating_add(1))
            }
        }
    }

    /// Forgets peers that have been quiet.
    pub fn forget_quiet(&self) {
        self.per_connection.retain_recent();
        self.per_address.retain_recent();
    }
}

/// An IPv6 host has a whole /64 to choose addresses from.
fn network_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address) >> 64 << 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_on_one_connection_is_slowed_and_another_is_not() {
        let flood = Flood::new(NonZeroU32::new(10).unwrap());
        let first: SocketAddr = "192.0.2.1:1000".parse().unwrap();
        let second: SocketAddr = "192.0.2.1:1001".parse().unwrap();
        let admitted = (0..100).filter(|_| flood.admit(first).is_ok()).count();
        assert!((10..100).contains(&admitted));
        assert_eq!(flood.admit(first), Err(1));
        assert_eq!(flood.admit(second), Ok(()));
    }

    #[test]
    fn many_connections_of_one_address_are_slowed_together() {
        let flood = Flood::new(NonZeroU32::new(10).unwrap());
        let peer = |port: u16| SocketAddr::from(([192, 0, 2, 1], port));
        let admitted = (1..1000)
            .filter(|port| flood.admit(peer(*port)).is_ok())
            .count();
        assert!((160..999).contains(&admitted));
        assert_eq!(flood.admit("192.0.2.2:1".parse().unwrap()), Ok(()));
    }
}
