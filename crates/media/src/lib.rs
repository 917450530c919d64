//! The media plane: ICE, DTLS, SRTP, RTP, RTCP, SDP answers and forwarding, without IO.
//!
//! Owns everything about a packet between two sockets. Must not know sockets, clocks (time is an argument), roles, names
//! or room rules.

pub mod allocator;
pub mod arena;
pub mod binding;
pub mod bwe;
pub mod codec;
pub mod dtls;
pub mod egress;
pub mod event;
pub mod explanation;
pub mod extension;
pub mod forward;
#[doc(hidden)]
pub mod fuzz;
pub mod ice;
pub mod ids;
pub mod key_frame;
pub mod layers;
pub mod levels;
pub mod limits;
pub mod nack;
pub mod pacer;
pub mod peer;
pub mod plane;
pub mod rate;
pub mod reports;
pub mod rtcp;
pub mod rtp;
pub mod run_padding;
pub mod sdp;
pub mod seed;
pub mod send_path;
pub mod sequence;
pub mod srtp;
pub mod subscription;
pub mod track;
pub mod transport;
pub mod twcc;

pub use allocator::{Decision, Reason};
pub use binding::{SectionBinding, SectionTarget, SubscriptionWants};
pub use codec::{Codec, Kind};
pub use egress::{Egress, RecordingEgress};
pub use event::{PlaneEvent, TransportFailure, TransportLoss};
pub use explanation::{Explanation, Limit, Picture};
pub use extension::{ExtensionIds, ExtensionKind};
pub use ids::{PeerId, RoomKey, SubscriptionId, TrackId};
pub use limits::Limits;
pub use plane::{NegotiateError, Negotiated, PeerFacts, Plane, PlaneConfig, PlaneError, PlaneStats};
pub use subscription::Quality;
