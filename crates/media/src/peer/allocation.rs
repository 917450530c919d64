//! Sharing a subscriber's path among what it watches: from the estimate and the publishers' encodings to the allocator, and
//! from its decisions to the subscriptions.

use slotmap::SlotMap;

use super::{Peer, need};
use crate::allocator::{Choice, Choices, Decision, Demand, Reason, allocate};
use crate::codec::Kind;
use crate::ids::SubscriptionId;
use crate::layers::Layer;
use crate::subscription::{Quality, Subscription};
use crate::track::{Encoding, Track, TrackKey};

/// Decisions are looked over this often, and at once when the path got narrower.
pub const ALLOCATION_INTERVAL_US: u64 = 200_000;

/// How long the path must be too narrow for any picture before there is audio only.
const SUSPEND_AFTER_US: u64 = 2_000_000;

/// How long there must be room for an endangered picture before the warning is lifted: on a path that hardly carries it there
/// is some now and then, and a warning that comes and goes tells nobody anything.
const SAFE_AFTER_US: u64 = 1_000_000;

/// How long there must be room for a suspended picture: coming and going is worse than either.
const RESUME_AFTER_US: u64 = 2_000_000;

/// An estimate below this share of what was decided by is answered at once. Smaller steps wait for their turn: a picture may
/// be kept on a path that seems to carry less, and each message would decide the same again.
const FALLEN_PERCENT: u64 = 95;

/// A probe looks for what the next better pictures need, but not for more than this times the estimate.
const PROBE_REACH: u64 = 3;

/// What the last round came to, and the buffers of a round.
#[derive(Default)]
pub struct State {
    allocated_bps: u64,
    /// What it was decided by.
    estimate_bps: Option<u64>,
    /// Positions of the video subscriptions; what they want and get is in the same order.
    indices: Vec<usize>,
    demands: Vec<Demand>,
    decisions: Vec<Decision>,
    order: Vec<usize>,
}

impl State {
    /// The path turns out to carry less than is being sent, and less than was known when that was decided.
    pub fn is_outdated(&self, estimate_bps: u64) -> bool {
        let has_fallen = |before_bps: u64| estimate_bps < before_bps * FALLEN_PERCENT / 100;
        estimate_bps < self.allocated_bps && self.estimate_bps.is_none_or(has_fallen)
    }
}

impl Peer {
    pub fn has_video(&self) -> bool {
        self.subscriptions.iter().flatten().any(|subscription| subscription.kind == Kind::Video)
    }

    pub fn has_probe(&mut self) -> bool {
        self.path.as_mut().is_some_and(|path| path.estimator.prober().is_sending())
    }

    /// Decides anew what each video subscription gets.
    pub fn allocate(&mut self, tracks: &mut SlotMap<TrackKey, Track>, now_us: u64, news: &mut Vec<SubscriptionId>) {
        self.allocated_us = now_us;
        self.counters.allocations += 1;
        let Some(path) = &mut self.path else { return };
        path.estimator.tick(path.sent.last_sent_us(), now_us);
        let estimate_bps = path.estimator.estimate_bps();
        self.allocation.estimate_bps = estimate_bps;

        let mut audio_bps = 0;
        let State { allocated_bps, indices, demands, decisions, order, .. } = &mut self.allocation;
        indices.clear();
        demands.clear();
        for (index, subscription) in self.subscriptions.iter().enumerate() {
            let Some(subscription) = subscription else { continue };
            let Some(track) = tracks.get(subscription.track) else { continue };
            match subscription.kind {
                Kind::Audio => {
                    audio_bps += track.encodings.iter().map(|encoding| encoding.rate.bps(now_us)).sum::<u64>()
                }
                Kind::Video => {
                    indices.push(index);
                    demands.push(demand(subscription, track, now_us));
                }
            }
        }
        let budget_bps = estimate_bps.map(|estimate_bps| estimate_bps.saturating_sub(audio_bps));
        let allocation = allocate(demands, budget_bps, decisions, order);
        *allocated_bps = allocation.allocated_bps + audio_bps;

        for ((index, demand), decision) in indices.iter().zip(&*demands).zip(&*decisions) {
            let Some(subscription) = self.subscriptions[*index].as_mut() else { continue };
            if let Some(track) = tracks.get_mut(subscription.track) {
                need::mark(track, demand, decision, now_us);
            }
            subscription.follow(*decision, demand, now_us);
            let spatial = demand.current.map_or(0, |current| demand.choices[current].layer.spatial);
            let sent = subscription.is_flowing().then(|| (subscription.encoding(), spatial));
            if subscription.told.is_news(subscription.quality, decision.reason, sent, now_us) {
                news.push(subscription.id);
            }
        }

        if let Some(estimate_bps) = estimate_bps
            && allocation.unmet_bps > 0
        {
            let wanted_bps = *allocated_bps + allocation.unmet_bps * 5 / 4;
            let wanted_bps = wanted_bps.max(estimate_bps * 5 / 4).min(PROBE_REACH * estimate_bps);
            path.estimator.probe(wanted_bps, now_us);
        }
    }
}

fn demand(subscription: &Subscription, track: &Track, now_us: u64) -> Demand {
    let wants = &subscription.wants;
    let mut whole: Choices = track
        .arriving(now_us)
        .filter(|(_, encoding)| subscription.can_decode(encoding))
        .map(|(index, encoding)| Choice {
            encoding: index,
            layer: highest(encoding, wants.frame_rate_max, now_us),
            rate_bps: encoding.rate.bps(now_us),
            size: encoding.size(),
        })
        .collect();
    let area = |choice: &Choice| choice.size.map_or(0, |(width, height)| u32::from(width) * u32::from(height));
    whole.sort_unstable_by_key(|choice| (area(choice), choice.rate_bps, choice.encoding));

    let is_silent = |index: u8| whole.iter().all(|choice| choice.encoding != index);
    let spared =
        (0u8..).zip(&track.encodings).filter(|(index, encoding)| encoding.is_spared && is_silent(*index)).count();

    // Where bits are scarce the smallest picture comes less often; a larger one takes the place of a whole smaller one.
    let mut choices = Choices::default();
    for choice in whole.iter() {
        let encoding = &track.encodings[usize::from(choice.encoding)];
        let Layer { spatial, temporal } = choice.layer;
        for spatial in 0..=spatial {
            let is_smallest = choices.is_empty();
            for temporal in if is_smallest { 0..=temporal } else { temporal..=temporal } {
                let layer = Layer { spatial, temporal };
                let rate_bps = encoding.layers.bps(layer, now_us);
                choices.push(Choice { layer, rate_bps, size: encoding.size_of(layer), ..*choice });
            }
        }
    }
    let has =
        |choice: &Choice| choice.encoding == subscription.encoding() && choice.layer.is_within(subscription.layer());
    Demand {
        is_enabled: wants.enabled,
        priority: wants.priority,
        gives_way: wants.audio_fallback,
        width_max: wants.width_max,
        height_max: wants.height_max,
        current: choices.iter().rposition(has).filter(|_| subscription.is_flowing()),
        is_reduced: whole.len() + spared < track.encodings.len(),
        is_spared: spared > 0,
        is_foreign: track.arriving(now_us).any(|(_, encoding)| !subscription.can_decode(encoding)),
        choices,
    }
}

/// The highest layers of an encoding that are being sent and are no more often than is wanted.
fn highest(encoding: &Encoding, frame_rate_max: Option<u32>, now_us: u64) -> Layer {
    let Layer { spatial, temporal } = encoding.layers.highest(now_us);
    let wanted = frame_rate_max.map_or(temporal, |max| encoding.layers.temporal_within(max, now_us));
    Layer { spatial, temporal: temporal.min(wanted) }
}

impl Subscription {
    /// Does what was decided, with the patience that a picture deserves.
    fn follow(&mut self, decision: Decision, demand: &Demand, now_us: u64) {
        self.decision = Some(decision);
        if !demand.is_enabled {
            self.quality = Quality::Good;
            return;
        }
        let is_starved = decision.encoding.is_none() && decision.reason == Reason::Bandwidth;
        match (self.quality, is_starved) {
            (Quality::Good, true) => {
                self.quality = Quality::Endangered;
                self.quality_since_us = now_us;
                self.starved_us = now_us;
                if let Some(smallest) = demand.choices.first() {
                    self.fall_back_to(smallest.encoding, smallest.layer);
                }
            }
            (Quality::Endangered, true) if now_us >= self.quality_since_us + SUSPEND_AFTER_US => {
                self.quality = Quality::Suspended;
                self.quality_since_us = now_us;
                self.set_paused(true);
            }
            (Quality::Endangered, true) => self.starved_us = now_us,
            (Quality::Endangered, false) if now_us >= self.starved_us + SAFE_AFTER_US => self.quality = Quality::Good,
            // A publisher that sends nothing for a moment makes no room.
            (Quality::Suspended, _) if decision.encoding.is_none() => self.quality_since_us = now_us,
            (Quality::Suspended, false) if now_us >= self.quality_since_us + RESUME_AFTER_US => {
                self.quality = Quality::Good;
                self.set_paused(false);
            }
            _ => {}
        }
        let Some(encoding) = decision.encoding.filter(|_| self.quality == Quality::Good) else { return };
        let chosen = |choice: &Choice| choice.encoding == encoding && choice.layer == decision.layer;
        let is_worse = demand.choices.iter().position(chosen) < demand.current;
        match is_worse && decision.reason == Reason::Bandwidth {
            true => self.fall_back_to(encoding, decision.layer),
            false => self.set_target(encoding, decision.layer),
        }
    }
}
