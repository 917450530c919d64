//! The media plane: ICE, DTLS, SRTP, RTP, RTCP, SDP answers and forwarding, without IO.
//!
//! Owns everything about a packet between two sockets. Must not know sockets, clocks (time is an argument), roles, names
//! or room rules.

pub mod arena;
pub mod binding;
pub mod codec;
pub mod dtls;
pub mod egress;
pub mod event;
pub mod extension;
pub mod ice;
pub mod ids;
pub mod limits;
pub mod nack;
pub mod reports;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod sequence;
pub mod srtp;
pub mod transport;
pub mod twcc;

pub use binding::{SectionBinding, SectionTarget, SubscriptionWants};
pub use codec::{Codec, Kind};
pub use egress::{Egress, RecordingEgress};
pub use event::{PlaneEvent, TransportFailure, TransportLoss};
pub use extension::{ExtensionIds, ExtensionKind};
pub use ids::{PeerId, RoomKey, SubscriptionId, TrackId};
pub use limits::Limits;
