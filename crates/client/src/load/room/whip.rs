//! A stream of a server that speaks WHIP (RFC 9725) to its publisher and WHEP to its subscribers.

use exedra_media::codec::Kind;

use crate::error::ClientError;
use crate::peer::Peer;
use crate::whip;

pub struct Room {
    origin: String,
}

impl Room {
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned() }
    }

    pub async fn publish(&self, peer: &mut Peer) -> Result<(), ClientError> {
        self.exchange("whip", peer).await
    }

    /// Returns the mids that will be received.
    pub async fn subscribe(&self, peer: &mut Peer, kinds: &[Kind]) -> Result<Vec<String>, ClientError> {
        let mids = kinds.iter().map(|kind| peer.add_receive(*kind)).collect();
        self.exchange("whep", peer).await?;
        Ok(mids)
    }

    async fn exchange(&self, path: &str, peer: &mut Peer) -> Result<(), ClientError> {
        let answer = whip::offer(&format!("{}/{path}", self.origin), peer.offer()).await?;
        peer.handle_answer(&answer).map_err(|error| ClientError::Protocol(error.to_string()))
    }
}
