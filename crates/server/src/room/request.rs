//! A method of the wire as a request of the session. One to one, except for what only the server can do.

use exedra_contract::wire::Method;
use exedra_session::{Moderation, Request};

/// What a method asks for, by who answers it.
pub enum Asked {
    /// The room decides.
    Room(Request),
    /// The room names the sections, then the plane answers the offer.
    Negotiate { offer: String, request: Request },
    /// Kept in the call's log.
    Report(exedra_contract::wire::Report),
    /// Answered at once.
    Nothing,
}

pub fn asked(method: Method) -> Asked {
    Asked::Room(match method {
        Method::Leave {} => Request::Leave,
        Method::Publish(publish) => Request::Publish(publish.properties),
        Method::Unpublish { stream_id, media_stopped } => Request::Unpublish { stream_id, media_stopped },
        Method::UpdateStream(update) => Request::UpdateStream { stream_id: update.stream_id, changes: update.changes },
        Method::Subscribe(subscribe) => {
            Request::Subscribe { stream_id: subscribe.stream_id, preferences: subscribe.preferences }
        }
        Method::Unsubscribe { subscription_id } => Request::Unsubscribe { subscription_id },
        Method::UpdateSubscription(update) => {
            Request::UpdateSubscription { subscription_id: update.subscription_id, preferences: update.preferences }
        }
        Method::RequestKeyFrame { subscription_id } => Request::RequestKeyFrame { subscription_id },
        Method::Explain { subscription_id } => Request::Explain { subscription_id },
        Method::Stats {} => Request::Stats,
        Method::Signal(signal) => Request::Signal(signal),
        Method::ForceDisconnect { connection_id } => Request::Moderate(Moderation::Disconnect { connection_id }),
        Method::ForceUnpublish { stream_id } => Request::Moderate(Moderation::Unpublish { stream_id }),
        Method::ForceMuteStream { stream_id } => Request::Moderate(Moderation::MuteStream { stream_id }),
        Method::ForceMuteAll { excluded_stream_ids } => Request::Moderate(Moderation::MuteAll { excluded_stream_ids }),
        Method::DisableForceMute {} => Request::Moderate(Moderation::DisableMuteAll),
        Method::Negotiate(negotiate) => {
            let request = Request::Negotiate { sections: negotiate.sections };
            return Asked::Negotiate { offer: negotiate.offer, request };
        }
        Method::Report(report) => return Asked::Report(report),
        Method::Ping {} | Method::Join(_) => return Asked::Nothing,
    })
}
