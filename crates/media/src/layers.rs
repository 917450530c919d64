//! Layers of one encoding: spatial ones (larger pictures), temporal ones (more pictures), and which of them a subscriber
//! gets of it.
//!
//! Owns the rule by which a choice of layers is reached without ever sending a frame whose reference was left out. Must
//! not know codecs (their files say what a frame is needed by), bandwidth or numbers.

use crate::codec::PayloadFacts;

/// Spatial and temporal layers of one encoding, each. WebRTC's scalability modes have three; more are taken for none.
pub const LAYERS_MAX: usize = 4;

/// A spatial and a temporal layer. As a choice: this layer and what it needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Layer {
    pub spatial: u8,
    pub temporal: u8,
}

impl Layer {
    /// The choice of everything, also of what is yet to come.
    pub const ALL: Self = Self { spatial: LAYERS_MAX as u8 - 1, temporal: LAYERS_MAX as u8 - 1 };

    pub fn new(spatial: u8, temporal: u8) -> Option<Self> {
        (usize::from(spatial) < LAYERS_MAX && usize::from(temporal) < LAYERS_MAX).then_some(Self { spatial, temporal })
    }

    pub fn index(self) -> usize {
        usize::from(self.spatial) * LAYERS_MAX + usize::from(self.temporal)
    }

    pub fn is_within(self, other: Self) -> bool {
        self.spatial <= other.spatial && self.temporal <= other.temporal
    }

    /// Whether who gets this choice gets nothing of a picture after a packet. A receiver waits for the mark, so it is never
    /// held back for a larger layer that might begin in the same picture: those begin at key frames.
    #[inline]
    pub fn ends_picture(self, facts: &PayloadFacts) -> bool {
        facts.ends_frame && facts.layer.spatial == self.spatial
    }
}

/// A set of choices, one bit each. What is needed by any is needed by [`Layer::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerSet(u16);

impl LayerSet {
    pub const NONE: Self = Self(0);
    const ROW: u16 = 0xF;
    const EACH_ROW: u16 = 0x1111;

    /// What needs a frame of `layer` that the layers above it refer to.
    pub fn from(layer: Layer) -> Self {
        let row = Self::ROW << layer.temporal & Self::ROW;
        Self((row * Self::EACH_ROW) & (u16::MAX << (4 * layer.spatial)))
    }

    /// The same, if larger pictures do not refer to it.
    pub fn within_spatial(layer: Layer) -> Self {
        let mut set = Self(Self::from(layer).0 & Self::ROW << (4 * layer.spatial));
        set.insert(Layer::ALL);
        set
    }

    /// All choices of this temporal layer.
    pub fn of_temporal(temporal: u8) -> Self {
        Self(Self::EACH_ROW << temporal)
    }

    pub fn insert(&mut self, layer: Layer) {
        self.0 |= 1 << layer.index();
    }

    #[inline]
    pub fn contains(self, layer: Layer) -> bool {
        self.0 >> layer.index() & 1 != 0
    }

    /// The spatial layers that are in the set together with `temporal`, one bit each.
    fn spatials(self, temporal: u8) -> u8 {
        let column = self.0 >> temporal & Self::EACH_ROW;
        (column | column >> 3 | column >> 6 | column >> 9) as u8 & 0xF
    }
}

impl Default for LayerSet {
    /// A frame that says nothing of layers is needed by all.
    fn default() -> Self {
        Self(u16::MAX)
    }
}

const ALL_SPATIAL: u8 = 0xF;

/// Which frames of an encoding one subscriber gets.
#[derive(Debug, Clone)]
pub struct LayerGate {
    current: Layer,
    target: Layer,
    /// Spatial layers from which nothing was left out since one could last begin with them.
    intact: u8,
    /// Timestamp of the newest picture.
    picture: Option<u32>,
}

impl LayerGate {
    pub fn new() -> Self {
        Self { current: Layer::ALL, target: Layer::ALL, intact: ALL_SPATIAL, picture: None }
    }

    /// What is sent.
    pub fn current(&self) -> Layer {
        self.current
    }

    /// The choice to reach: lower ones at the next picture, higher ones where a decoder can follow.
    pub fn set_target(&mut self, target: Layer) {
        self.target = target;
    }

    /// What follows begins with a key frame.
    pub fn restart(&mut self) {
        *self = Self { target: self.target, current: self.target, ..Self::new() };
    }

    /// The picture is to be of another size, and only a key frame leads there.
    pub fn needs_key_frame(&self) -> bool {
        self.target.spatial != self.current.spatial && !self.is_intact(self.target.spatial)
    }

    /// Whether the next packet, in order, is sent.
    #[inline]
    pub fn passes(&mut self, facts: &PayloadFacts, timestamp: u32) -> bool {
        let is_new_picture = self.picture.replace(timestamp) != Some(timestamp);
        if facts.starts_key_frame {
            self.intact = ALL_SPATIAL;
        }
        if self.current != self.target {
            self.approach(facts, is_new_picture);
        }
        let passes = facts.needed_by.contains(self.current);
        if !passes {
            self.intact &= !facts.needed_by.spatials(self.current.temporal);
        }
        passes
    }

    /// The same for a packet that comes late: it changes nothing.
    pub fn would_pass(&self, facts: &PayloadFacts) -> bool {
        facts.needed_by.contains(self.current)
    }

    fn is_intact(&self, spatial: u8) -> bool {
        self.intact >> spatial & 1 != 0
    }

    fn approach(&mut self, facts: &PayloadFacts, is_new_picture: bool) {
        let Self { target, .. } = *self;
        if facts.starts_key_frame {
            self.current = target;
        } else if is_new_picture {
            // Less can be had at any picture, but not what the last pictures went without.
            self.current.temporal = self.current.temporal.min(target.temporal);
            if target.spatial < self.current.spatial && self.is_intact(target.spatial) {
                self.current.spatial = target.spatial;
            }
        }
        let next = Layer { temporal: self.current.temporal + 1, ..self.current };
        if target.temporal >= next.temporal && facts.switches_to.contains(next) {
            self.current = next;
        }
    }
}

impl Default for LayerGate {
    fn default() -> Self {
        Self::new()
    }
}

/// Choices that are remembered: a repair is of what was sent a moment ago.
const CHOICES_REMEMBERED: usize = 8;

/// Which choice was sent under which numbers.
#[derive(Debug, Clone)]
pub struct ChoiceHistory {
    /// The newest first.
    choices: [Chosen; CHOICES_REMEMBERED],
}

#[derive(Debug, Clone, Copy)]
pub struct Chosen {
    pub layer: Layer,
    /// The first number.
    from: u64,
    /// Timestamp of the picture at which it took the place of another; `None`: a key frame of its own began it.
    changed_at: Option<u32>,
}

impl ChoiceHistory {
    pub fn new() -> Self {
        Self { choices: [Chosen { layer: Layer::ALL, from: 0, changed_at: None }; CHOICES_REMEMBERED] }
    }

    /// What is sent under `from` and later is of this choice.
    pub fn change(&mut self, layer: Layer, from: u64, changed_at: Option<u32>) {
        self.choices.rotate_right(1);
        self.choices[0] = Chosen { layer, from, changed_at };
    }

    pub fn newest(&self) -> Layer {
        self.choices[0].layer
    }

    /// The choice that a number was sent under, or the oldest that is remembered.
    #[inline]
    pub fn at(&self, number: u64) -> Chosen {
        let holds = |chosen: &&Chosen| chosen.from <= number;
        *self.choices.iter().find(holds).unwrap_or(&self.choices[CHOICES_REMEMBERED - 1])
    }
}

impl Default for ChoiceHistory {
    fn default() -> Self {
        Self::new()
    }
}

impl Chosen {
    /// The choice became this one with the picture of this timestamp.
    pub fn has_changed_at(&self, timestamp: u32) -> bool {
        self.changed_at == Some(timestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_finds_the_choice_it_was_sent_under_or_the_oldest_remembered() {
        let mut history = ChoiceHistory::new();
        let layer = |spatial| Layer { spatial, temporal: 0 };
        assert_eq!(history.at(99).layer, Layer::ALL);
        history.change(layer(1), 100, Some(7));
        history.change(layer(0), 200, None);
        let found = [99, 100, 199, 200, 5000].map(|number| history.at(number).layer);
        assert_eq!(found, [Layer::ALL, layer(1), layer(1), layer(0), layer(0)]);
        assert!(history.at(150).has_changed_at(7) && !history.at(200).has_changed_at(7));
        (0..7).for_each(|at| history.change(layer(2), 300 + at, None));
        assert_eq!(history.at(100).layer, layer(0));
    }
}
