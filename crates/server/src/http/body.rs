//! The body of a request, read up to the limit. Each endpoint shows a failure in its own shape, so the extractor never fails.

use std::convert::Infallible;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use exedra_contract::{Fault, faults};

/// No request of the REST API needs more.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

pub struct Body(pub Result<Bytes, Fault>);

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let announced = request.headers().get(header::CONTENT_LENGTH);
        let announced: Option<usize> = announced.and_then(|value| value.to_str().ok()?.parse().ok());
        let too_large = |bytes: usize| faults::request_too_large(BODY_BYTES_MAX as u64, bytes as u64);
        if let Some(bytes) = announced.filter(|bytes| *bytes > BODY_BYTES_MAX) {
            return Ok(Self(Err(too_large(bytes))));
        }
        // What did not announce its length was counted only as far as the limit.
        Ok(Self(to_bytes(request.into_body(), BODY_BYTES_MAX).await.map_err(|source| match announced {
            Some(_) => faults::bad_request("the body ended early").because(source),
            None => too_large(BODY_BYTES_MAX + 1).because(source),
        })))
    }
}
