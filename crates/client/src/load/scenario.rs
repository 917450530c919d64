//! What a run is made of: a kind of traffic, and how many take part.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::load::server::ServerKind;
use crate::synthetic::traffic::TrafficShape;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    Video,
    /// The same, but that frames are divided into packets as browsers do it.
    Browser,
    /// Video in rooms of a publisher and [`AUDIENCE`] subscribers each, whose publishers keep no common time.
    Rooms,
    Audio,
    /// Everybody publishes, and receives everybody else.
    Meeting,
}

/// Subscribers of one of many rooms.
const AUDIENCE: usize = 10;

/// Written as `video:200`: the traffic, and the number of subscribers or of a meeting's participants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scenario {
    pub traffic: Traffic,
    pub size: usize,
}

impl Traffic {
    const ALL: [Self; 5] = [Self::Video, Self::Browser, Self::Rooms, Self::Audio, Self::Meeting];

    pub fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Browser => "browser",
            Self::Rooms => "rooms",
            Self::Audio => "audio",
            Self::Meeting => "meeting",
        }
    }

    pub fn shape(self) -> TrafficShape {
        match self {
            Self::Video | Self::Rooms => TrafficShape::VIDEO,
            Self::Browser => TrafficShape::BROWSER,
            Self::Audio => TrafficShape::AUDIO_ONLY,
            Self::Meeting => TrafficShape::MEETING,
        }
    }
}

impl Scenario {
    pub fn is_meeting(&self) -> bool {
        self.traffic == Traffic::Meeting
    }

    /// Whether it can be driven on a server of this kind: elsewhere all members meet in one room, of one publisher.
    pub fn is_for(&self, kind: ServerKind) -> bool {
        kind == ServerKind::Exedra || !matches!(self.traffic, Traffic::Meeting | Traffic::Rooms)
    }

    pub fn rooms(&self) -> usize {
        if self.traffic == Traffic::Rooms { self.size.div_ceil(AUDIENCE) } else { 1 }
    }

    /// One in each room, but in a meeting.
    pub fn publishers(&self) -> usize {
        if self.is_meeting() { self.size } else { self.rooms() }
    }

    /// The room of a publisher, or of a subscriber, counted after the publishers.
    pub fn room_of(&self, number: usize) -> usize {
        match number.checked_sub(self.publishers()) {
            Some(subscriber) => subscriber / AUDIENCE % self.rooms(),
            None => number % self.rooms(),
        }
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
        let wrong = || format!("{text}: expected video:N, browser:N, rooms:N, audio:N or meeting:N");
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
        for (text, publishers, packets) in
            [("video:200", 1, 40_000.0), ("browser:10", 1, 2_000.0), ("audio:50", 1, 2_500.0)]
        {
            let scenario: Scenario = text.parse().expect("a scenario");
            assert_eq!((scenario.to_string(), scenario.publishers()), (text.to_owned(), publishers));
            assert_eq!(scenario.packets_per_second(), packets);
        }
        let rooms: Scenario = "rooms:25".parse().expect("rooms");
        assert_eq!((rooms.publishers(), rooms.rooms()), (3, 3));
        assert_eq!([0, 2, 3, 12, 13, 27].map(|number| rooms.room_of(number)), [0, 2, 0, 0, 1, 2]);
        let meeting: Scenario = "meeting:50".parse().expect("a meeting");
        assert_eq!(meeting.publishers(), 50);
        assert!((meeting.packets_per_second() - 2_450.0 * 36.67).abs() < 10.0);
        for (scenario, elsewhere) in [("video:1", true), ("audio:1", true), ("rooms:25", false), ("meeting:2", false)] {
            let scenario: Scenario = scenario.parse().expect("a scenario");
            assert!(scenario.is_for(ServerKind::Exedra));
            for kind in [ServerKind::Janus, ServerKind::LiveKit, ServerKind::Whip] {
                assert_eq!(scenario.is_for(kind), elsewhere, "{scenario}");
            }
        }
        for wrong in ["video", "video:0", "film:3", "audio:x"] {
            assert!(wrong.parse::<Scenario>().is_err(), "{wrong}");
        }
    }
}
