//! Who gets which picture when a subscriber's path cannot carry them all.
//!
//! Owns one rule: audio first; then everybody the smallest picture, by priority; then bigger ones, by priority, no bigger
//! than they are shown. Every decision keeps its reason and figures. Must not know packets, peers or time.

use std::ops::{Deref, DerefMut};

use crate::limits::ENCODINGS_PER_TRACK_MAX;

/// One video subscription as the allocator sees it.
#[derive(Debug, Clone)]
pub struct Demand {
    pub is_enabled: bool,
    pub priority: u8,
    pub width_max: Option<u32>,
    pub height_max: Option<u32>,
    /// The encoding it has now, if it has one: kept unless something is clearly better.
    pub current: Option<u8>,
    /// Smallest first.
    pub choices: Choices,
    /// The publisher sends fewer encodings than it announced and was asked for.
    pub is_reduced: bool,
    /// It was asked not to send some, because nobody needs them.
    pub is_spared: bool,
}

/// The encodings to choose from, in place: decisions are made too often to allocate for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choices {
    list: [Choice; ENCODINGS_PER_TRACK_MAX],
    len: usize,
}

impl Choices {
    /// A choice beyond [`ENCODINGS_PER_TRACK_MAX`] is left out.
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

/// An encoding that the publisher is sending now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Choice {
    pub encoding: u8,
    pub rate_bps: u64,
    pub size: Option<(u16, u16)>,
}

/// What a subscription gets, and why not more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// `None`: nothing.
    pub encoding: Option<u8>,
    pub reason: Reason,
    /// Of the encoding it gets.
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
}

/// A bigger picture must fit with this much to spare, or the next estimate takes it away again.
const UPGRADE_MARGIN_PERCENT: u64 = 105;

/// The smallest picture is kept on a path that seems to carry only this share of it: estimates dip, and the next step down
/// is no picture at all.
const KEPT_PERCENT: u64 = 70;

/// An encoding this much smaller than the place it is shown in still looks right there.
const SIZE_TOLERANCE_PERCENT: u32 = 85;

/// What all decisions together came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allocation {
    pub allocated_bps: u64,
    /// What it would take to give everybody the next better picture; 0 when bandwidth limits nobody.
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
    decisions
        .resize(demands.len(), Decision { encoding: None, reason: Reason::Disabled, rate_bps: 0, next_rate_bps: None });

    let mut left = budget_bps;
    // Everybody something. Who has a picture keeps it while it fits at all; a new one needs a margin.
    for &index in order.iter() {
        let demand = &demands[index];
        let decision = &mut decisions[index];
        if !demand.is_enabled {
            continue;
        }
        let Some(smallest) = demand.choices.first() else {
            decision.reason = Reason::Publisher;
            // Nothing to choose from: what it has stays, should it come back.
            decision.encoding = demand.current;
            continue;
        };
        let needed = match demand.current {
            Some(_) => smallest.rate_bps * KEPT_PERCENT / 100,
            None => smallest.rate_bps * UPGRADE_MARGIN_PERCENT / 100,
        };
        if needed > left {
            *decision = Decision {
                encoding: None,
                reason: Reason::Bandwidth,
                rate_bps: 0,
                next_rate_bps: Some(smallest.rate_bps),
            };
            continue;
        }
        left = left.saturating_sub(smallest.rate_bps);
        *decision = Decision {
            encoding: Some(smallest.encoding),
            reason: Reason::Best,
            rate_bps: smallest.rate_bps,
            next_rate_bps: None,
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
            let at = step - 1;
            let holds_step = demand.choices.get(at).is_some_and(|held| Some(held.encoding) == decision.encoding);
            if !holds_step {
                continue;
            }
            let Some(better) = demand.choices.get(step) else {
                decision.reason = match demand.is_large_enough(demand.choices[at].size) {
                    true if demand.is_spared => Reason::ElementSize,
                    _ if demand.is_reduced => Reason::Publisher,
                    _ => Reason::Best,
                };
                decision.next_rate_bps = None;
                continue;
            };
            decision.next_rate_bps = Some(better.rate_bps);
            if demand.is_large_enough(demand.choices[at].size) {
                decision.reason = Reason::ElementSize;
                continue;
            }
            let has_it = demand.current.is_some_and(|current| {
                demand.choices.iter().position(|choice| choice.encoding == current).is_some_and(|now| now >= step)
            });
            let extra = better.rate_bps.saturating_sub(decision.rate_bps);
            let needed = if has_it { extra } else { extra * UPGRADE_MARGIN_PERCENT / 100 };
            if needed > left {
                decision.reason = Reason::Bandwidth;
                continue;
            }
            left -= extra;
            decision.encoding = Some(better.encoding);
            decision.rate_bps = better.rate_bps;
            has_more = true;
        }
        step += 1;
    }

    let unmet = |decision: &&Decision| decision.reason == Reason::Bandwidth;
    Allocation {
        allocated_bps: decisions.iter().map(|decision| decision.rate_bps).sum(),
        unmet_bps: decisions
            .iter()
            .filter(unmet)
            .map(|decision| decision.next_rate_bps.unwrap_or(0).saturating_sub(decision.rate_bps))
            .sum(),
    }
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
        let choice = |encoding, rate_bps, width, height| Choice { encoding, rate_bps, size: Some((width, height)) };
        Demand {
            is_enabled: true,
            priority,
            width_max: None,
            height_max: None,
            current: None,
            choices: [choice(0, 150_000, 320, 180), choice(1, 500_000, 640, 360), choice(2, 1_800_000, 1280, 720)]
                .into_iter()
                .collect(),
            is_reduced: false,
            is_spared: false,
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
    fn what_one_has_is_kept_where_a_newcomer_would_not_get_it() {
        let mut holder = simulcast(100);
        holder.current = Some(1);
        check(&[holder], Some(510_000), &[(Some(1), Reason::Bandwidth)]);
        check(&[simulcast(100)], Some(510_000), &[(Some(0), Reason::Bandwidth)]);
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
