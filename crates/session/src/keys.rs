//! Names of things: keys for those who share a process with the room, ids for clients.
//!
//! Keys are numbers, unique in the process as long as the caller gives each room its own number, so that a key of one room
//! means nothing in another. Ids are 128 random bits in the form of a UUID: they cannot be guessed.

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident,)+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl From<u64> for $name {
            fn from(number: u64) -> Self {
                $name(number)
            }
        }
    )+ };
}

keys! {
    /// One client in the room, over all the sockets it may use one after the other.
    ConnectionKey,
    /// One media transport of a connection. A connection whose transport failed gets a new one with its next attempt.
    PeerKey,
    StreamKey,
    SubscriptionKey,
    /// The audio or the video of one stream.
    TrackKey,
    /// One track on its way to one subscriber.
    FlowKey,
}

/// Which of its sockets a connection uses now: 1 for the first, one more with each resume. A message about an earlier socket is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attachment(pub u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrackKind {
    Audio,
    Video,
}

/// Where ids and secrets come from: a cryptographic generator in production, a seeded one in tests.
pub type Randomness = Box<dyn FnMut() -> u128 + Send>;

pub(crate) struct Names {
    room_number: u32,
    issued: u32,
    randomness: Randomness,
}

impl Names {
    pub fn new(room_number: u32, randomness: Randomness) -> Names {
        Names { room_number, issued: 0, randomness }
    }

    /// The next key. Keys grow, so that iteration by key is iteration by age.
    pub fn key<K: From<u64>>(&mut self) -> K {
        self.issued += 1;
        K::from(u64::from(self.room_number) << 32 | u64::from(self.issued))
    }

    /// A version 4 UUID (RFC 9562, section 5.4).
    pub fn id(&mut self) -> String {
        let bits = (self.randomness)();
        let bits = bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let hex = format!("{bits:032x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    pub fn secret(&mut self) -> String {
        format!("{:032x}", (self.randomness)())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_of_version_4_uuids() {
        for bits in [0, u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef] {
            let id = Names::new(0, Box::new(move || bits)).id();
            assert_eq!(id.len(), 36);
            assert_eq!(id.as_bytes()[14], b'4');
            assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
        }
    }

    #[test]
    fn two_rooms_never_issue_the_same_key() {
        let mut rooms = [Names::new(1, Box::new(|| 0)), Names::new(2, Box::new(|| 0))];
        let [a, b] = rooms.each_mut().map(|names| (0..3).map(|_| names.key::<StreamKey>()).collect::<Vec<_>>());
        assert!(a.iter().all(|key| !b.contains(key)));
        assert!(a.is_sorted());
    }
}
