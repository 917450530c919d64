//! What is told of the quality of media: to a subscriber of its picture, to a publisher of who needs it, in figures to both. The plane knows the figures; the room knows whose they are.

use exedra_contract::Fault;
use exedra_contract::wire::{EventBody, Explanation, Limit, NeededEncoding};

use crate::command::Reply;
use crate::effect::{Effect, MediaOf};
use crate::keys::{ConnectionKey, FlowKey, TrackKey, TrackKind};
use crate::limits::{MEDIA_SUMMARY_MS, MEDIA_SUMMARY_SUBSCRIPTIONS_MAX};
use crate::log::LogBody;
use crate::room::{Room, Turn};
use crate::stream::Stream;
use crate::subscription::Subscription;
use crate::timers::Timer;

impl Room {
    pub(crate) fn explain(&self, from: ConnectionKey, subscription_id: &str) -> Result<Reply, Fault> {
        let subscription = &self.subscriptions[&self.own_subscription(from, subscription_id)?];
        let stream = &self.streams[&subscription.stream];
        let wanted = subscription.wanted();
        let limit = match subscription.video {
            None => Limit::Publisher,
            Some(_) if wanted.video == Some(false) => Limit::Subscription,
            Some(_) if !stream.sends(TrackKind::Video) => Limit::Muted,
            Some(_) => Limit::Starting,
        };
        let explanation = Explanation { limited_by: Some(limit), wanted, ..Explanation::default() };
        let flow = subscription.video.map(|flow| flow.key);
        Ok(Reply::Explain { flow, explanation: Box::new(explanation) })
    }

    pub(crate) fn quality_changed(&mut self, flow: FlowKey, mut explanation: Explanation, turn: &mut Turn) {
        let Some(subscription) = self.directory.flows.get(&flow).and_then(|key| self.subscriptions.get_mut(key)) else {
            return;
        };
        explanation.wanted = subscription.wanted();
        let (owner, subscription_id) = (subscription.owner, subscription.id.clone());
        if std::mem::replace(&mut subscription.quality, explanation.quality) != explanation.quality {
            let Explanation { quality, estimate_bps, next_bps, .. } = explanation;
            self.log(
                LogBody::VideoQuality { subscription_id: subscription_id.clone(), quality, estimate_bps, next_bps },
                turn,
            );
        }
        self.send(owner, EventBody::QualityChanged { subscription_id, explanation }, turn);
    }

    /// For the publisher alone: what others see does not depend on it.
    pub(crate) fn encodings_needed(&mut self, track: TrackKey, encodings: Vec<NeededEncoding>, turn: &mut Turn) {
        let Some(stream) = self.directory.tracks.get(&track).and_then(|key| self.streams.get(key)) else { return };
        let (owner, stream_id) = (stream.owner, stream.id.clone());
        self.send(owner, EventBody::EncodingsNeeded { stream_id, encodings }, turn);
    }

    pub(crate) fn media_summary_due(&mut self, connection: ConnectionKey, turn: &mut Turn) {
        if self.subscriptions.len() <= MEDIA_SUMMARY_SUBSCRIPTIONS_MAX {
            turn.push(Effect::Summarize(self.media_of(connection)));
        }
        self.timers.set(Timer::MediaSummary(connection), turn.now.after(MEDIA_SUMMARY_MS));
    }

    pub(crate) fn media_of(&self, connection: ConnectionKey) -> MediaOf {
        let connection = &self.connections[&connection];
        let streams = connection.streams.iter().map(|key| &self.streams[key]);
        let subscriptions = connection.subscriptions.iter().map(|key| &self.subscriptions[key]);
        MediaOf {
            peer: connection.transport.peer(),
            tracks: streams.flat_map(Stream::media).collect(),
            flows: subscriptions.flat_map(Subscription::media).collect(),
        }
    }
}

impl Stream {
    pub fn media(&self) -> impl Iterator<Item = (String, TrackKind, TrackKey)> {
        self.tracks().map(|(kind, track)| (self.id.clone(), kind, track))
    }
}

impl Subscription {
    pub fn media(&self) -> impl Iterator<Item = (String, TrackKind, FlowKey)> {
        self.flows().map(|flow| (self.id.clone(), flow.kind, flow.key))
    }
}
