//! Why a picture is as it is: what is sent, what was wanted, and what keeps it from being better, with the figures.
//!
//! Owns the words and what counts as news. Nothing here is computed on a packet's way.

use crate::allocator::{Decision, Reason};
use crate::binding::SubscriptionWants;
use crate::bwe::PathFigures;
use crate::layers::Layer;
use crate::subscription::{Quality, Subscription};
use crate::track::{Encoding, Track};

/// Figures are of the time of the decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Explanation {
    pub wants: SubscriptionWants,
    /// `None` before the allocator has looked at it, and for audio.
    pub decision: Option<Decision>,
    pub quality: Quality,
    pub path: PathFigures,
    /// The encoding that is being sent now; it follows the decision at the next key frame.
    pub encoding: u8,
    pub is_flowing: bool,
    pub is_muted: bool,
    /// What is being sent now.
    pub sent: Option<Picture>,
    /// The best that the publisher sends now.
    pub best: Option<Picture>,
}

/// An encoding, or some of its layers, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// As the newest key frame stated it.
    pub size: Option<(u16, u16)>,
    pub rate_bps: u64,
    pub frame_rate: u32,
}

/// What keeps a picture from being better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Nothing was decided yet.
    Starting,
    /// The subscriber wants none, or fewer.
    Subscription,
    /// The publisher has muted it.
    Muted,
    /// It would not be shown larger.
    ElementSize,
    /// The subscriber's path does not carry more.
    Bandwidth,
    /// The publisher does not send more.
    Publisher,
    /// The publisher sends a codec that the subscriber has not agreed to decode.
    Codec,
    /// The path has recovered; a suspended picture stays away a little longer, so that it does not come and go.
    Policy,
}

impl Explanation {
    pub(crate) fn of(subscription: &Subscription, track: Option<&Track>, path: PathFigures, at_us: u64) -> Self {
        let is_flowing = subscription.is_flowing();
        let sent = track.and_then(|track| track.encodings.get(usize::from(subscription.encoding())));
        let arriving = track.into_iter().flat_map(|track| track.arriving(at_us));
        let best = arriving.map(|(_, encoding)| encoding).max_by_key(|encoding| encoding.area());
        Self {
            wants: subscription.wants,
            decision: subscription.decision,
            quality: subscription.quality,
            path,
            encoding: subscription.encoding(),
            is_flowing,
            is_muted: track.is_some_and(Track::is_muted),
            sent: sent.filter(|_| is_flowing).map(|encoding| Picture::of(encoding, subscription.layer(), at_us)),
            best: best.map(|encoding| Picture::of(encoding, Layer::ALL, at_us)),
        }
    }

    /// `None`: nothing; it is the best that the publisher sends.
    pub fn limit(&self) -> Option<Limit> {
        let decision = match self.decision {
            _ if !self.wants.enabled => return Some(Limit::Subscription),
            _ if self.is_muted => return Some(Limit::Muted),
            None => return Some(Limit::Starting),
            Some(decision) => decision,
        };
        match decision.reason {
            Reason::Bandwidth => Some(Limit::Bandwidth),
            // What there is nothing to choose from for would not come back with more patience.
            _ if self.quality != Quality::Good && decision.encoding.is_some() => Some(Limit::Policy),
            Reason::Best => None,
            Reason::Disabled => Some(Limit::Subscription),
            Reason::ElementSize => Some(Limit::ElementSize),
            Reason::Publisher => Some(Limit::Publisher),
            Reason::Codec => Some(Limit::Codec),
        }
    }
}

impl Picture {
    fn of(encoding: &Encoding, choice: Layer, at_us: u64) -> Self {
        Self {
            size: encoding.size_of(choice),
            rate_bps: encoding.layers.bps(choice, at_us),
            frame_rate: encoding.frame_rate(choice, at_us),
        }
    }
}

/// A change is told when it has lasted this long: a picture passes through several layers on its way to one.
const SETTLED_US: u64 = 1_000_000;

/// What a subscriber was last told of a picture; at first, that there is nothing to say.
#[derive(Debug, Default)]
pub struct Told {
    quality: Quality,
    /// The reason, and the encoding and spatial layer that are sent; `None`: it is the best.
    decided: Option<(Reason, Option<(u8, u8)>)>,
    /// Since when what was told is no longer so.
    outdated_us: Option<u64>,
}

impl Told {
    /// Whether the subscriber is to be told now. Trouble, and its end, at once.
    pub fn is_news(&mut self, quality: Quality, reason: Reason, sent: Option<(u8, u8)>, now_us: u64) -> bool {
        let is_so = match self.decided {
            None => reason == Reason::Best,
            Some(decided) => decided == (reason, sent),
        };
        if self.quality == quality && is_so {
            self.outdated_us = None;
            return false;
        }
        let outdated_us = *self.outdated_us.get_or_insert(now_us);
        if self.quality == quality && now_us < outdated_us + SETTLED_US {
            return false;
        }
        *self = Self { quality, decided: Some((reason, sent)), outdated_us: None };
        true
    }
}
