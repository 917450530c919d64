//! What a run is made of: a kind of traffic, and how many take part.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::synthetic::traffic::TrafficShape;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    Video,
    Audio,
    /// Everybody publishes, and receives everybody else.
    Meeting,
}

/// Written as `video:200`: the traffic, and the number of subscribers or of a meeting's participants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scenario {
    pub traffic: Traffic,
    pub size: usize,
}

impl Traffic {
    const ALL: [Self; 3] = [Self::Video, Self::Audio, Self::Meeting];

    pub fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Meeting => "meeting",
        }
    }

    pub fn shape(self) -> TrafficShape {
        match self {
            Self::Video => TrafficShape::VIDEO,
            Self::Audio => TrafficShape::AUDIO_ONLY,
            Self::Meeting => TrafficShape::MEETING,
        }
    }
}

impl Scenario {
    pub fn is_meeting(&self) -> bool {
        self.traffic == Traffic::Meeting
    }

    pub fn publishers(&self) -> usize {
        if self.is_meeting() { self.size } else { 1 }
    }

    /// To be forwarded.
    pub fn packets_per_second(&self) -> f64 {
        let streams = if self.is_meeting() { self.size * (self.size - 1) } else { self.size };
        self.traffic.shape().packets_per_second() * streams as f64
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.traffic.name(), self.size)
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text}: expected video:N, audio:N or meeting:N");
        let (name, size) = text.split_once(':').ok_or_else(wrong)?;
        let traffic = Traffic::ALL.into_iter().find(|traffic| traffic.name() == name).ok_or_else(wrong)?;
        let size = size.parse().ok().filter(|size| *size > 0).ok_or_else(wrong)?;
        Ok(Self { traffic, size })
    }
}

impl Serialize for Scenario {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_written_as_it_is_read_and_knows_its_load() {
        for (text, publishers, packets) in [("video:200", 1, 40_000.0), ("audio:50", 1, 2_500.0)] {
            let scenario: Scenario = text.parse().expect("a scenario");
            assert_eq!((scenario.to_string(), scenario.publishers()), (text.to_owned(), publishers));
            assert_eq!(scenario.packets_per_second(), packets);
        }
        let meeting: Scenario = "meeting:50".parse().expect("a meeting");
        assert_eq!(meeting.publishers(), 50);
        assert!((meeting.packets_per_second() - 2_450.0 * 36.67).abs() < 10.0);
        for wrong in ["video", "video:0", "film:3", "audio:x"] {
            assert!(wrong.parse::<Scenario>().is_err(), "{wrong}");
        }
    }
}
