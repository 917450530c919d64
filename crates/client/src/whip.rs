//! The client's half of WHIP (RFC 9725) and WHEP, which is one HTTP exchange: an offer is posted, the answer comes back.

use std::time::Duration;

use crate::error::ClientError;

const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Posts an offer to an endpoint; returns the answer.
pub async fn offer(url: &str, sdp: String) -> Result<String, ClientError> {
    let url = url.to_owned();
    tokio::task::spawn_blocking(move || post(&url, &sdp))
        .await
        .map_err(|error| ClientError::Unreachable(error.to_string()))?
}

fn post(url: &str, sdp: &str) -> Result<String, ClientError> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(ANSWER_WITHIN)).build().into();
    let mut response = agent
        .post(url)
        .content_type("application/sdp")
        .send(sdp)
        .map_err(|error| ClientError::Unreachable(error.to_string()))?;
    let status = response.status();
    let body = response.body_mut().read_to_string().map_err(|error| ClientError::Protocol(error.to_string()))?;
    if status != 201 {
        return Err(ClientError::Protocol(format!("{url} answered {status}: {body}")));
    }
    Ok(body)
}
