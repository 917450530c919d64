//! What the media sections of an offer stand for.
//!
//! The room translates ids into the plane's keys and knows nothing of SDP. It is asked twice: before the offer goes to the
//! plane, which changes nothing, and after the plane accepted it.

use exedra_contract::wire::{Section, SectionTarget};
use exedra_contract::{Fault, faults};

use crate::attempt::Subject;
use crate::command::{Reply, SectionPlan, Sections};
use crate::effect::Trigger;
use crate::keys::ConnectionKey;
use crate::room::{Room, Turn};

impl Room {
    /// Streams and subscriptions may end while the offer is on its way: their sections are left out.
    pub(crate) fn negotiate(&self, from: ConnectionKey, sections: Vec<Section>) -> Result<Reply, Fault> {
        let nothing_yet = || faults::parameter_invalid("sections", "nothing was published or subscribed to before");
        let peer = self.connections[&from].transport.peer().ok_or_else(nothing_yet)?;
        let mut plans = Vec::with_capacity(sections.len());
        for Section { mid, target } in sections {
            match self.attempt_of(from, &target)? {
                Some(Subject::Publish(key)) => {
                    let stream = &self.streams[&key];
                    plans.push(SectionPlan::Send { mid, audio: stream.audio, video: stream.video });
                }
                Some(Subject::Subscribe(key)) => {
                    let subscription = &self.subscriptions[&key];
                    plans.push(SectionPlan::Receive { mid, audio: subscription.audio, video: subscription.video });
                }
                None => {}
            }
        }
        Ok(Reply::Sections(Sections { peer, plans }))
    }

    pub(crate) fn negotiated(
        &mut self,
        from: ConnectionKey,
        sections: &[Section],
        without_codec: &[String],
        turn: &mut Turn,
    ) -> Result<Reply, Fault> {
        if !self.connections.contains_key(&from) {
            return Ok(Reply::Done);
        }
        let mut refused = Vec::new();
        for section in sections {
            let Ok(Some(subject)) = self.attempt_of(from, &section.target) else { continue };
            if without_codec.contains(&section.mid) {
                refused.push(subject);
            } else if let Some(attempt) = self.attempt_mut(subject) {
                attempt.negotiated = true;
            }
        }
        self.settle_attempts(from, turn);
        for subject in refused {
            // With one of its two sections an attempt still succeeds, with none it never will.
            if self.attempt(subject).is_some_and(|attempt| !attempt.negotiated) {
                self.begin_diagnosis(subject, Trigger::NoCommonCodec, turn);
            }
        }
        Ok(Reply::Done)
    }

    /// The client's own thing that a section is for; `None` when it has ended.
    fn attempt_of(&self, from: ConnectionKey, target: &SectionTarget) -> Result<Option<Subject>, Fault> {
        Ok(match target {
            SectionTarget::Send { stream_id } => match self.directory.streams.get(stream_id) {
                Some(key) if self.streams[key].owner != from => return Err(faults::stream_not_owned(&**stream_id)),
                key => key.copied().map(Subject::Publish),
            },
            SectionTarget::Receive { subscription_id } => match self.directory.subscriptions.get(subscription_id) {
                Some(key) if self.subscriptions[key].owner == from => Some(Subject::Subscribe(*key)),
                _ => None,
            },
        })
    }
}
