//! Attempts: what was accepted and has yet to succeed. None stays without an answer.
//!
//! The room decides *when* an attempt has failed, but only its caller can find out *why*. So a failing attempt is first
//! diagnosed: the room lists what it knows, and the caller answers with the fault. If the caller stays silent the attempt
//! fails all the same. An attempt that succeeds during its diagnosis has succeeded.

use exedra_contract::wire::EventBody;
use exedra_contract::{Fault, faults};
use serde_json::Value;

use crate::command::{Millis, Reply};
use crate::effect::{Diagnosis, Effect, Trigger};
use crate::keys::{ConnectionKey, StreamKey, SubscriptionKey};
use crate::limits::DIAGNOSIS_MS_MAX;
use crate::log::LogBody;
use crate::room::{Room, Turn};
use crate::stream::StreamPhase;
use crate::subscription::SubscriptionPhase;
use crate::timers::Timer;
use crate::transport::Transport;

/// What an attempt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Publish(StreamKey),
    Subscribe(SubscriptionKey),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub began: Millis,
    /// An offer with sections for it was accepted.
    pub negotiated: bool,
    diagnosed: bool,
}

impl Attempt {
    pub fn new(now: Millis) -> Attempt {
        Attempt { began: now, negotiated: false, diagnosed: false }
    }
}

impl Room {
    /// Lets everything of the connection succeed that no longer waits for anything.
    pub(crate) fn settle_attempts(&mut self, key: ConnectionKey, turn: &mut Turn) {
        for subject in self.pending_attempts(key) {
            match subject {
                Subject::Publish(stream) => self.settle_stream(stream, turn),
                Subject::Subscribe(subscription) => self.settle_subscription(subscription, turn),
            }
        }
    }

    pub(crate) fn pending_attempts(&self, key: ConnectionKey) -> Vec<Subject> {
        let connection = &self.connections[&key];
        let streams = connection.streams.iter().copied().map(Subject::Publish);
        let subscriptions = connection.subscriptions.iter().copied().map(Subject::Subscribe);
        streams.chain(subscriptions).filter(|&subject| self.attempt(subject).is_some()).collect()
    }

    /// The attempt, if it is still one.
    pub(crate) fn attempt(&self, subject: Subject) -> Option<Attempt> {
        match subject {
            Subject::Publish(key) => match self.streams.get(&key)?.phase {
                StreamPhase::Pending(attempt) => Some(attempt),
                StreamPhase::Live { .. } => None,
            },
            Subject::Subscribe(key) => match self.subscriptions.get(&key)?.phase {
                SubscriptionPhase::Pending { attempt, .. } => Some(attempt),
                SubscriptionPhase::Started => None,
            },
        }
    }

    pub(crate) fn attempt_mut(&mut self, subject: Subject) -> Option<&mut Attempt> {
        match subject {
            Subject::Publish(key) => match &mut self.streams.get_mut(&key)?.phase {
                StreamPhase::Pending(attempt) => Some(attempt),
                StreamPhase::Live { .. } => None,
            },
            Subject::Subscribe(key) => match &mut self.subscriptions.get_mut(&key)?.phase {
                SubscriptionPhase::Pending { attempt, .. } => Some(attempt),
                SubscriptionPhase::Started => None,
            },
        }
    }

    pub(crate) fn attempt_due(&mut self, subject: Subject, turn: &mut Turn) {
        match self.attempt(subject) {
            Some(attempt) if attempt.diagnosed => {
                let fault = self.undiagnosed(subject, attempt, turn).because("no diagnosis arrived in time");
                self.fail_attempt(subject, fault, turn);
            }
            Some(_) => self.begin_diagnosis(subject, Trigger::TimedOut, turn),
            None => {}
        }
    }

    /// The fault that what the room itself knows amounts to.
    fn undiagnosed(&self, subject: Subject, attempt: Attempt, turn: &Turn) -> Fault {
        let (operation, owner) = match subject {
            Subject::Publish(key) => ("publish", self.streams[&key].owner),
            Subject::Subscribe(key) => ("subscribe", self.subscriptions[&key].owner),
        };
        let waited_ms = turn.now.since(attempt.began);
        match self.connections[&owner].transport.is_up() {
            _ if !attempt.negotiated => faults::offer_timeout(operation, waited_ms),
            false => faults::ice_failed(operation, waited_ms),
            true => faults::media_timeout(operation, waited_ms),
        }
    }

    pub(crate) fn attempt_failed(&mut self, subject: Subject, fault: Fault, turn: &mut Turn) -> Result<Reply, Fault> {
        if self.attempt(subject).is_some() {
            self.fail_attempt(subject, fault, turn);
        }
        Ok(Reply::Done)
    }

    /// A transport that has failed before the attempt began will not come up for it.
    pub(crate) fn fail_on_a_failed_transport(&mut self, key: ConnectionKey, subject: Subject, turn: &mut Turn) {
        if let Transport::Failed(_) = self.connections[&key].transport {
            self.begin_diagnosis(subject, Trigger::TransportFailed, turn);
        }
    }

    pub(crate) fn begin_diagnosis(&mut self, subject: Subject, trigger: Trigger, turn: &mut Turn) {
        let Some(attempt) = self.attempt_mut(subject).filter(|attempt| !attempt.diagnosed) else { return };
        attempt.diagnosed = true;
        let attempt = *attempt;
        let (owner, publisher, tracks, flows) = match subject {
            Subject::Publish(key) => {
                let stream = &self.streams[&key];
                (stream.owner, None, stream.tracks().map(|(_, track)| track).collect(), Vec::new())
            }
            Subject::Subscribe(key) => {
                let subscription = &self.subscriptions[&key];
                let publisher = self.streams[&subscription.stream].owner;
                let (tracks, flows) = subscription.flows().map(|flow| (flow.track, flow.key)).unzip();
                (subscription.owner, Some(publisher), tracks, flows)
            }
        };
        let transport = self.connections[&owner].transport;
        self.timers.set(Timer::Attempt(subject), turn.now.after(DIAGNOSIS_MS_MAX));
        turn.push(Effect::Diagnose(Diagnosis {
            subject,
            trigger,
            connection: owner,
            peer: transport.peer(),
            publisher_peer: publisher.and_then(|key| self.connections[&key].transport.peer()),
            transport_up: transport.is_up(),
            negotiated: attempt.negotiated,
            tracks,
            flows,
            waited_ms: turn.now.since(attempt.began),
        }));
    }

    fn fail_attempt(&mut self, subject: Subject, fault: Fault, turn: &mut Turn) {
        let (operation, owner, subject_id) = match subject {
            Subject::Publish(key) => {
                let Some(stream) = self.remove_stream(key, turn) else { return };
                ("publish", stream.owner, stream.id)
            }
            Subject::Subscribe(key) => {
                let Some(subscription) = self.subscriptions.get(&key) else { return };
                let (owner, id) = (subscription.owner, subscription.id.clone());
                self.remove_subscription(key, exedra_contract::wire::EndReason::NetworkDisconnected, turn);
                ("subscribe", owner, id)
            }
        };
        let failed = LogBody::AttemptFailed {
            operation: operation.to_owned(),
            subject_id: subject_id.clone(),
            code: fault.code().to_string(),
            cause: fault.cause().map(|cause| cause.id.clone()),
        };
        self.log(failed, turn);
        let error = serde_json::to_value(fault.problem(None)).unwrap_or(Value::Null);
        self.send(owner, EventBody::OperationFailed { operation: operation.to_owned(), subject_id, error }, turn);
        self.close_useless_peer(owner, turn);
    }
}
