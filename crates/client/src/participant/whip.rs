//! A participant without signaling: publishes by WHIP (RFC 9725) or watches by WHEP, one offer over HTTP.

use std::time::Duration;

use exedra_media::codec::Kind;
use tokio::sync::mpsc;
use ureq::http::{Request, Response};

use super::driver::Change;
use super::media::Media;
use super::{EVENTS_QUEUED_MAX, ParticipantEvent, ParticipantStats, SyntheticMedia};
use crate::error::{ClientError, Problem};

const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Where to publish or watch, and by which right.
#[derive(Debug, Clone)]
pub struct WhipEndpoint {
    /// `http://host:port/v1/whip/SESSION` or `…/v1/whep/SESSION`, with a query if need be.
    pub url: String,
    pub token: String,
}

/// What the endpoint made of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhipAnswer {
    /// Takes PATCH and DELETE.
    pub location: String,
    pub etag: String,
    pub sdp: String,
}

/// A stream that is published or watched.
pub struct WhipSession {
    endpoint: WhipEndpoint,
    location: String,
    media: Media,
    pub audio_mid: Option<String>,
    pub video_mid: Option<String>,
}

impl WhipEndpoint {
    /// Offers media.
    pub async fn offer(&self, sdp: String) -> Result<WhipAnswer, ClientError> {
        let request = self.request("POST", &self.url).header("content-type", "application/sdp");
        let (head, sdp) = exchange(request.body(sdp)).await?;
        let header = |name: &str| {
            let value = head.headers().get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned).ok_or_else(|| ClientError::Protocol(format!("an answer without {name}")))
        };
        Ok(WhipAnswer { location: self.resolve(&header("location")?), etag: header("etag")?, sdp })
    }

    async fn delete(&self, location: &str) -> Result<(), ClientError> {
        exchange(self.request("DELETE", location).body(String::new())).await.map(drop)
    }

    fn request(&self, method: &str, url: &str) -> ureq::http::request::Builder {
        Request::builder().method(method).uri(url).header("authorization", format!("Bearer {}", self.token))
    }

    /// A `Location` is a URL, or a path on the same server.
    fn resolve(&self, location: &str) -> String {
        let origin_len = self.url.find("://").map_or(0, |at| at + 3);
        let origin_len = self.url[origin_len..].find('/').map_or(self.url.len(), |at| origin_len + at);
        match location.starts_with('/') {
            true => format!("{}{location}", &self.url[..origin_len]),
            false => location.to_owned(),
        }
    }
}

impl WhipSession {
    /// Publishes synthetic media. Returns when the transport is up and media flows to the server. What happens to it is not
    /// told: there is no signaling.
    pub async fn publish(endpoint: WhipEndpoint, media: &SyntheticMedia) -> Result<Self, ClientError> {
        let (audio, video) = media.tracks();
        Self::begin(endpoint, audio, video).await
    }

    /// Watches one stream.
    pub async fn watch(endpoint: WhipEndpoint) -> Result<Self, ClientError> {
        Self::begin(endpoint, Some(Change::Receive(Kind::Audio)), Some(Change::Receive(Kind::Video))).await
    }

    async fn begin(endpoint: WhipEndpoint, audio: Option<Change>, video: Option<Change>) -> Result<Self, ClientError> {
        let (events, _) = mpsc::channel::<ParticipantEvent>(EVENTS_QUEUED_MAX);
        let media = Media::start(&endpoint.url, events).await?;
        let mut mids = [None, None];
        for (mid, change) in mids.iter_mut().zip([audio, video]) {
            if let Some(change) = change {
                *mid = Some(media.add(change).await?);
            }
        }
        let answer = endpoint.offer(media.offer().await?).await?;
        let [audio_mid, video_mid] = mids;
        let session = Self { endpoint, location: answer.location, media, audio_mid, video_mid };
        match session.connect(answer.sdp).await {
            Ok(()) => Ok(session),
            Err(error) => {
                // Whatever this says, what matters is the first error.
                let _ = session.end().await;
                Err(error)
            }
        }
    }

    async fn connect(&self, answer: String) -> Result<(), ClientError> {
        self.media.answer(answer).await?;
        self.media.connected().await
    }

    pub fn location(&self) -> &str {
        &self.location
    }

    pub async fn stats(&self) -> Result<ParticipantStats, ClientError> {
        self.media.stats().await
    }

    /// Ends the session at the server, then the transport.
    pub async fn end(self) -> Result<(), ClientError> {
        self.endpoint.delete(&self.location).await?;
        self.media.close().await
    }

    /// Closes the transport, as a player whose window is closed.
    pub async fn hang_up(self) -> Result<(), ClientError> {
        self.media.close().await
    }
}

/// The head of a good answer, and its body.
async fn exchange(request: Result<Request<String>, ureq::http::Error>) -> Result<(Response<()>, String), ClientError> {
    let request = request.map_err(|error| ClientError::Unreachable(error.to_string()))?;
    let ask = move || {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER_WITHIN))
            .build()
            .into();
        let mut response = agent.run(request)?;
        let body = response.body_mut().read_to_string()?;
        Ok::<_, ureq::Error>((response, body))
    };
    let unreachable = |error: &dyn std::fmt::Display| ClientError::Unreachable(error.to_string());
    let asked = tokio::task::spawn_blocking(ask).await.map_err(|error| unreachable(&error))?;
    let (response, body) = asked.map_err(|error| unreachable(&error))?;
    if !response.status().is_success() {
        let problem: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        return Err(ClientError::Refused(Problem::from(problem)));
    }
    Ok((response.map(drop), body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_resolved_against_the_endpoint() {
        let endpoint = WhipEndpoint { url: "http://[::1]:4000/v1/whip/x?name=a".to_owned(), token: String::new() };
        assert_eq!(endpoint.resolve("/v1/whip/x/1"), "http://[::1]:4000/v1/whip/x/1");
        assert_eq!(endpoint.resolve("https://other/1"), "https://other/1");
    }
}
