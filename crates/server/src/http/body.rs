//! The body of a request, read up to the limit. Each endpoint shows a failure in its own shape, so the extractor never fails.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use exedra_contract::{Fault, faults};
use futures_util::StreamExt;

/// No request of the REST API needs more.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// A body beyond the limit is read and thrown away up to here: a client that is still sending does not read the answer.
const DISCARDED_BYTES_MAX: usize = 8 * 1024 * 1024;

pub struct Body(pub Result<Bytes, Fault>);

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let mut stream = request.into_body().into_data_stream();
        let (mut kept, mut len) = (Vec::new(), 0);
        while let Some(chunk) = stream.next().await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(source) => return Ok(Self(Err(faults::bad_request("the body ended early").because(source)))),
            };
            len += chunk.len();
            if len <= BODY_BYTES_MAX {
                kept.extend_from_slice(&chunk);
            } else if len > DISCARDED_BYTES_MAX {
                break;
            }
        }
        Ok(Self(match len {
            ..=BODY_BYTES_MAX => Ok(kept.into()),
            _ => Err(faults::request_too_large(BODY_BYTES_MAX as u64, len as u64)),
        }))
    }
}
