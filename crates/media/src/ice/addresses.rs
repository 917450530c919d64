//! The addresses from which a peer has authenticated, at most [`ADDRESSES_MAX`]; the longest silent makes room for a new one.

use std::net::SocketAddr;
use std::time::Instant;

use super::ADDRESSES_MAX;

#[derive(Debug, Default)]
pub struct Addresses {
    known: Vec<KnownAddress>,
    selected: Option<SocketAddr>,
}

#[derive(Debug)]
struct KnownAddress {
    address: SocketAddr,
    last_check_at: Instant,
}

impl Addresses {
    #[inline]
    pub fn contains(&self, address: SocketAddr) -> bool {
        self.known.iter().any(|known| known.address == address)
    }

    pub fn selected(&self) -> Option<SocketAddr> {
        self.selected
    }

    pub fn iter(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.known.iter().map(|known| known.address)
    }

    /// Remembers an address that has just passed an authenticated check.
    pub(super) fn checked(&mut self, address: SocketAddr, now: Instant) {
        if let Some(known) = self.known.iter_mut().find(|known| known.address == address) {
            known.last_check_at = now;
            return;
        }
        if self.known.len() >= ADDRESSES_MAX {
            let selected = self.selected;
            let longest_silent = self
                .known
                .iter()
                .enumerate()
                .filter(|(_, known)| Some(known.address) != selected)
                .min_by_key(|(_, known)| known.last_check_at)
                .map(|(position, _)| position);
            if let Some(position) = longest_silent {
                self.known.swap_remove(position);
            }
        }
        self.known.push(KnownAddress { address, last_check_at: now });
    }

    pub(super) fn select(&mut self, address: SocketAddr) {
        self.selected = Some(address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn address(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    #[test]
    fn the_longest_silent_address_makes_room_but_never_the_selected() {
        let start = Instant::now();
        let mut addresses = Addresses::default();
        addresses.checked(address(1), start);
        addresses.select(address(1));
        for port in 2..=ADDRESSES_MAX as u16 + 1 {
            addresses.checked(address(port), start + Duration::from_secs(u64::from(port)));
        }
        assert_eq!(addresses.iter().count(), ADDRESSES_MAX);
        assert!(addresses.contains(address(1)));
        assert!(!addresses.contains(address(2)));
        assert!(addresses.contains(address(ADDRESSES_MAX as u16 + 1)));
    }
}
