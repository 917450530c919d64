//! Who gets which picture when a subscriber's path cannot carry them all.
//!
//! Owns one rule: audio first; then everybody the smallest picture, those first that have it in any case, and by priority;
//! then bigger ones, by priority, no bigger than they are shown. Every decision keeps its reason and figures. Must not know
//! packets, peers or time.

use std::ops::{Deref, DerefMut};

use crate::layers::Layer;

/// One video subscription as the allocator sees it.
#[derive(Debug, Clone)]
pub struct Demand {
    pub is_enabled: bool,
    pub priority: u8,
    /// To nothing, where there is no room for its smallest picture. Otherwise it has that in any case.
    pub gives_way: bool,
    pub width_max: Option<u32>,
    pub height_max: Option<u32>,
    /// The choice it has now, if it has one: kept unless something is clearly better.
    pub current: Option<usize>,
    /// Smallest first.
    pub choices: Choices,
    /// The publisher sends fewer encodings than it announced and was asked for.
    pub is_reduced: bool,
    /// It was asked not to send some, because nobody needs them.
    pub is_spared: bool,
    /// The publisher sends what the subscriber has not agreed to decode.
    pub is_foreign: bool,
}

/// Choices of one track: four encodings, and the temporal layers of the smallest; or three spatial layers and those.
pub const CHOICES_MAX: usize = 8;

/// What there is to choose from, in place: decisions are made too often to allocate for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choices {
    list: [Choice; CHOICES_MAX],
    len: usize,
}

impl Choices {
    /// A choice beyond [`CHOICES_MAX`] is left out.
    pub fn push(&mut self, choice: Choice) {
        if let Some(place) = self.list.get_mut(self.len) {
            *place = choice;
            self.len += 1;
        }
    }
}

impl Deref for Choices {
    type Target = [Choice];

    fn deref(&self) -> &[Choice] {
        &self.list[..self.len]
    }
}

impl DerefMut for Choices {
    fn deref_mut(&mut self) -> &mut [Choice] {
        &mut self.list[..self.len]
    }
}

impl FromIterator<Choice> for Choices {
    fn from_iter<T: IntoIterator<Item = Choice>>(choices: T) -> Self {
        let mut list = Self::default();
        choices.into_iter().for_each(|choice| list.push(choice));
        list
    }
}

/// An encoding that the publisher is sending now, or some of its layers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Choice {
    pub encoding: u8,
    pub layer: Layer,
    pub rate_bps: u64,
    pub size: Option<(u16, u16)>,
}

/// What a subscription gets, and why not more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// `None`: nothing.
    pub encoding: Option<u8>,
    /// Of that encoding.
    pub layer: Layer,
    pub reason: Reason,
    /// Of what it gets.
    pub rate_bps: u64,
    /// Of the next better one.
    pub next_rate_bps: Option<u64>,
}

/// What keeps a picture from being better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing: it is the best there is.
    Best,
    /// The subscriber asked for none.
    Disabled,
    /// It would not be shown larger.
    ElementSize,
    /// The subscriber's path does not carry more.
    Bandwidth,
    /// The publisher does not send more, for want of uplink or CPU, or sends nothing at all.
    Publisher,
    /// The publisher sends a codec that the subscriber has not agreed to decode.
    Codec,
}

/// A bigger picture must fit with this much to spare, or the next estimate takes it away again.
const UPGRADE_MARGIN_PERCENT: u64 = 105;

/// A picture is kept while it takes no more than this share of its budget: key frames and estimates are noisy, and what
/// really is too much soon lowers the estimate further.
const HELD_PERCENT: u64 = 115;

/// The smallest picture is kept on a path that seems to carry only this share of it: estimates dip, and the next step down
/// is no picture at all.
const KEPT_PERCENT: u64 = 70;

/// An encoding this much smaller than the place it is shown in still looks right there.
const SIZE_TOLERANCE_PERCENT: u32 = 85;

/// What all decisions together came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allocation {
    pub allocated_bps: u64,
    /// What it would take to carry what is sent in any case, and to give everybody the next better picture; 0 when bandwidth
    /// limits nobody.
    pub unmet_bps: u64,
}

/// Decides for all video subscriptions of one subscriber. `budget_bps` is what its path carries beside audio; `None` when
/// nothing has shown a limit. `order` is scratch.
pub fn allocate(
    demands: &[Demand],
    budget_bps: Option<u64>,
    decisions: &mut Vec<Decision>,
    order: &mut Vec<usize>,
) -> Allocation {
    let budget_bps = budget_bps.unwrap_or(u64::MAX);
    order.clear();
    order.extend(0..demands.len());
    order.sort_unstable_by_key(|index| (std::cmp::Reverse(demands[*index].priority), *index));
    decisions.clear();
    decisions.resize(demands.len(), Decision::NOTHING);

    let mut left = budget_bps;
    let mut beyond_bps = 0;
    // Everybody something. Who has a picture keeps it while it fits at all; a new one needs a margin.
    let gives_way = |index: &&usize| demands[**index].gives_way;
    for &index in order.iter().filter(|index| !gives_way(index)).chain(order.iter().filter(gives_way)) {
        let demand = &demands[index];
        let decision = &mut decisions[index];
        if !demand.is_enabled {
            continue;
        }
        let Some(smallest) = demand.choices.first() else {
            decision.reason = if demand.is_foreign { Reason::Codec } else { Reason::Publisher };
            continue;
        };
        let needed = match demand.current {
            Some(_) => smallest.rate_bps * KEPT_PERCENT / 100,
            None => smallest.rate_bps * UPGRADE_MARGIN_PERCENT / 100,
        };
        let fits = needed <= left;
        if !fits && demand.gives_way {
            let next_rate_bps = Some(smallest.rate_bps);
            *decision = Decision { reason: Reason::Bandwidth, next_rate_bps, ..Decision::NOTHING };
            continue;
        }
        if !fits {
            beyond_bps += smallest.rate_bps.saturating_sub(left);
        }
        left = left.saturating_sub(smallest.rate_bps);
        *decision = Decision {
            encoding: Some(smallest.encoding),
            layer: smallest.layer,
            reason: if fits { Reason::Best } else { Reason::Bandwidth },
            rate_bps: smallest.rate_bps,
            next_rate_bps: demand.choices.get(1).filter(|_| !fits).map(|next| next.rate_bps),
        };
    }
    // Then better ones, a step at a time, so that equals stay equal.
    let mut step = 1;
    let mut has_more = true;
    while has_more {
        has_more = false;
        for &index in order.iter() {
            let demand = &demands[index];
            let decision = &mut decisions[index];
            if decision.reason == Reason::Bandwidth {
                continue;
            }
            let Some(held) = demand.choices.get(step - 1).filter(|held| held.is_of(decision)) else { continue };
            let Some(better) = demand.choices.get(step) else {
                decision.reason = match demand.is_large_enough(held.size) {
                    true if demand.is_spared => Reason::ElementSize,
                    _ if demand.is_reduced => Reason::Publisher,
                    _ => Reason::Best,
                };
                decision.next_rate_bps = None;
                continue;
            };
            decision.next_rate_bps = Some(better.rate_bps);
            if better.size != held.size && demand.is_large_enough(held.size) {
                decision.reason = Reason::ElementSize;
                continue;
            }
            let has_it = demand.current.is_some_and(|current| current >= step);
            let extra = better.rate_bps.saturating_sub(decision.rate_bps);
            let needed = if has_it { extra * 100 / HELD_PERCENT } else { extra * UPGRADE_MARGIN_PERCENT / 100 };
            if needed > left {
                decision.reason = Reason::Bandwidth;
                continue;
            }
            left = left.saturating_sub(extra);
            decision.encoding = Some(better.encoding);
            decision.layer = better.layer;
            decision.rate_bps = better.rate_bps;
            has_more = true;
        }
        step += 1;
    }

    let unmet = |decision: &&Decision| decision.reason == Reason::Bandwidth;
    Allocation {
        allocated_bps: decisions.iter().map(|decision| decision.rate_bps).sum(),
        unmet_bps: beyond_bps
            + decisions
                .iter()
                .filter(unmet)
                .map(|decision| decision.next_rate_bps.unwrap_or(0).saturating_sub(decision.rate_bps))
                .sum::<u64>(),
    }
}

impl Choice {
    fn is_of(&self, decision: &Decision) -> bool {
        decision.encoding == Some(self.encoding) && decision.layer == self.layer
    }
}

impl Decision {
    const NOTHING: Self = Self {
        encoding: None,
        layer: Layer { spatial: 0, temporal: 0 },
        reason: Reason::Disabled,
        rate_bps: 0,
        next_rate_bps: None,
    };
}

impl Demand {
    /// A picture of this size is as large as it is shown.
    pub fn is_large_enough(&self, size: Option<(u16, u16)>) -> bool {
        let Some((width, height)) = size else { return false };
        let covers =
            |has: u16, max: Option<u32>| max.is_some_and(|max| u32::from(has) * 100 >= max * SIZE_TOLERANCE_PERCENT);
        // A picture is shown whole: the tighter of the two dimensions decides.
        covers(width, self.width_max) || covers(height, self.height_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simulcast(priority: u8) -> Demand {
        let choice = |encoding, rate_bps, width, height| {
            let size = Some((width, height));
            Choice { encoding, layer: Layer::default(), rate_bps, size }
        };
        Demand {
            is_enabled: true,
            priority,
            gives_way: true,
            width_max: None,
            height_max: None,
            current: None,
            choices: [choice(0, 150_000, 320, 180), choice(1, 500_000, 640, 360), choice(2, 1_800_000, 1280, 720)]
                .into_iter()
                .collect(),
            is_reduced: false,
            is_spared: false,
            is_foreign: false,
        }
    }

    fn check(demands: &[Demand], budget_bps: Option<u64>, expected: &[(Option<u8>, Reason)]) -> Allocation {
        let mut decisions = Vec::new();
        let allocation = allocate(demands, budget_bps, &mut decisions, &mut Vec::new());
        let got: Vec<_> = decisions.iter().map(|decision| (decision.encoding, decision.reason)).collect();
        assert_eq!(got, expected);
        assert!(budget_bps.is_none_or(|budget_bps| allocation.allocated_bps <= budget_bps));
        allocation
    }

    #[test]
    fn without_a_limit_everybody_gets_the_best() {
        let allocation =
            check(&[simulcast(100), simulcast(0)], None, &[(Some(2), Reason::Best), (Some(2), Reason::Best)]);
        assert_eq!(allocation.unmet_bps, 0);
    }

    #[test]
    fn nobody_gets_more_than_is_shown() {
        let mut small = simulcast(100);
        small.width_max = Some(300);
        small.height_max = Some(180);
        check(&[small, simulcast(100)], None, &[(Some(0), Reason::ElementSize), (Some(2), Reason::Best)]);
    }

    #[test]
    fn priority_decides_who_is_better_and_who_is_left_out() {
        let demands = [simulcast(10), simulcast(200)];
        check(&demands, Some(1_000_000), &[(Some(0), Reason::Bandwidth), (Some(1), Reason::Bandwidth)]);
        check(&demands, Some(200_000), &[(None, Reason::Bandwidth), (Some(0), Reason::Bandwidth)]);
        let allocation = check(&demands, Some(100_000), &[(None, Reason::Bandwidth), (None, Reason::Bandwidth)]);
        assert_eq!(allocation.unmet_bps, 300_000);
    }

    #[test]
    fn who_does_not_give_way_has_the_smallest_picture_before_others_have_any() {
        let insistent = Demand { gives_way: false, ..simulcast(10) };
        let demands = [insistent.clone(), simulcast(200)];
        check(&demands, Some(200_000), &[(Some(0), Reason::Bandwidth), (None, Reason::Bandwidth)]);
        check(&demands, Some(1_000_000), &[(Some(0), Reason::Bandwidth), (Some(1), Reason::Bandwidth)]);

        let mut decisions = Vec::new();
        let allocation = allocate(&demands, Some(100_000), &mut decisions, &mut Vec::new());
        let [kept, left_out] = decisions[..] else { unreachable!() };
        assert_eq!((kept.encoding, kept.reason), (Some(0), Reason::Bandwidth), "and beyond what there is");
        assert_eq!((left_out.encoding, left_out.reason), (None, Reason::Bandwidth));
        assert_eq!(kept.next_rate_bps, Some(500_000), "and what it would be next is not forgotten");
        assert_eq!((allocation.allocated_bps, allocation.unmet_bps), (150_000, 50_000 + 350_000 + 150_000));
    }

    #[test]
    fn what_one_has_is_kept_where_a_newcomer_would_not_get_it() {
        let mut holder = simulcast(100);
        holder.current = Some(1);
        check(&[holder], Some(510_000), &[(Some(1), Reason::Bandwidth)]);
        check(&[simulcast(100)], Some(510_000), &[(Some(0), Reason::Bandwidth)]);
    }

    #[test]
    fn more_pictures_come_before_larger_ones_and_are_not_refused_for_the_size_of_the_place() {
        let choice = |spatial, temporal, rate_bps, height| {
            let size = Some((height * 2, height));
            Choice { encoding: 0, layer: Layer { spatial, temporal }, rate_bps, size }
        };
        let choices = [
            choice(0, 0, 80_000, 180),
            choice(0, 1, 110_000, 180),
            choice(0, 2, 150_000, 180),
            choice(1, 2, 500_000, 360),
        ];
        let demand = Demand { choices: choices.into_iter().collect(), ..simulcast(100) };
        let decide = |demand: &Demand, budget_bps| {
            let mut decisions = Vec::new();
            allocate(std::slice::from_ref(demand), budget_bps, &mut decisions, &mut Vec::new());
            (decisions[0].layer.spatial, decisions[0].layer.temporal, decisions[0].reason)
        };
        assert_eq!(decide(&demand, Some(120_000)), (0, 1, Reason::Bandwidth));
        assert_eq!(decide(&demand, Some(400_000)), (0, 2, Reason::Bandwidth));
        assert_eq!(decide(&demand, None), (1, 2, Reason::Best));
        let small = Demand { height_max: Some(180), ..demand };
        assert_eq!(decide(&small, None), (0, 2, Reason::ElementSize));
    }

    #[test]
    fn a_publisher_that_sends_less_is_named() {
        let mut reduced = simulcast(100);
        reduced.choices = reduced.choices[..2].iter().copied().collect();
        reduced.is_reduced = true;
        let mut silent = simulcast(100);
        silent.choices = Choices::default();
        let disabled = Demand { is_enabled: false, ..simulcast(100) };
        check(
            &[reduced, silent, disabled],
            None,
            &[(Some(1), Reason::Publisher), (None, Reason::Publisher), (None, Reason::Disabled)],
        );
    }
}
