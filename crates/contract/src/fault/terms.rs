//! The closed vocabularies in which a fault is described. Data only: `xtask` includes this file to read the catalogue,
//! so that it works even while the generated code beside it does not compile. It must depend on nothing but serde.

use serde::{Deserialize, Serialize};

macro_rules! terms {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|term| term.as_str() == name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+ };
}

terms! {
    /// What a client that does not know the code can still act on.
    Class {
        /// The request is wrong in itself; the same request will fail again.
        Invalid = "INVALID",
        Unauthenticated = "UNAUTHENTICATED",
        Permission = "PERMISSION",
        NotFound = "NOT_FOUND",
        /// Right in itself, but not in the present state.
        Conflict = "CONFLICT",
        /// A limit was reached.
        Exhausted = "EXHAUSTED",
        Unsupported = "UNSUPPORTED",
        /// Camera, microphone, screen, speaker, or the permission to use them.
        Device = "DEVICE",
        Network = "NETWORK",
        Timeout = "TIMEOUT",
        /// The caller gave it up itself.
        Cancelled = "CANCELLED",
        /// The service cannot do it now.
        Unavailable = "UNAVAILABLE",
        Internal = "INTERNAL",
    }

    /// Who can change that it fails.
    Blame {
        Caller = "caller",
        EndUser = "end_user",
        Network = "network",
        Operator = "operator",
        /// Exedra itself.
        Service = "service",
        /// Somebody else's service that we were asked to talk to.
        Destination = "destination",
    }

    /// What to do before trying again.
    RetryHow {
        Never = "never",
        /// The same request may simply be repeated.
        Same = "same",
        /// The same request, after waiting.
        After = "after",
        /// On a new connection.
        Reconnect = "reconnect",
        NewToken = "new_token",
        /// Only a click or tap of the user makes it possible.
        UserGesture = "user_gesture",
    }

    /// What the failure ends.
    Effect {
        OperationFails = "operation_fails",
        StreamEnds = "stream_ends",
        ConnectionCloses = "connection_closes",
        SessionCloses = "session_closes",
        /// The process does not start, or stops.
        ProcessEnds = "process_ends",
    }

    RaisedBy {
        Server = "server",
        Sdk = "sdk",
        /// Whichever end notices it first.
        Both = "both",
    }

    Status {
        /// Something raises it: there is a constructor call outside the generated code.
        Active = "active",
        /// Described, and not raised by anything yet.
        Planned = "planned",
        /// Not raised any more; kept because codes are never reused.
        Retired = "retired",
    }

    ArgType {
        String = "string",
        U64 = "u64",
        I64 = "i64",
        F64 = "f64",
        Bool = "bool",
    }

    Visibility {
        /// Shown to whoever receives the fault.
        Public = "public",
        /// For the operator's log alone.
        Internal = "internal",
    }

    /// How far an attempt came before it failed. Ordered: a later stage implies that the earlier ones succeeded.
    Stage {
        /// Camera, microphone, screen.
        Device = "device",
        Token = "token",
        Signaling = "signaling",
        Ice = "ice",
        Dtls = "dtls",
        FirstPacket = "first_packet",
        FirstKeyFrame = "first_key_frame",
        Playing = "playing",
    }

    /// What was being attempted. The meaning of an error in a dialect depends on it.
    Operation {
        Connect = "connect",
        /// Entering a room after the login, in dialects where these are two steps.
        Enter = "enter",
        /// Continuing an earlier connection whose socket was lost.
        Resume = "resume",
        /// Nothing was asked for: an established call failed.
        Call = "call",
        Disconnect = "disconnect",
        /// Acquiring camera, microphone or screen.
        Capture = "capture",
        Publish = "publish",
        Unpublish = "unpublish",
        UpdateStream = "update_stream",
        SetVideoSource = "set_video_source",
        Subscribe = "subscribe",
        Unsubscribe = "unsubscribe",
        UpdateSubscription = "update_subscription",
        Play = "play",
        Negotiate = "negotiate",
        Signal = "signal",
        ForceDisconnect = "force_disconnect",
        ForceUnpublish = "force_unpublish",
        ForceMute = "force_mute",
        Stats = "stats",
        Report = "report",
        Encrypt = "encrypt",
        SwitchRole = "switch_role",
        /// Sending or receiving the position of a synchronised player.
        Synchronize = "synchronize",
        Record = "record",
        Broadcast = "broadcast",
        Mix = "mix",
        /// `POST /session/create`.
        CreateSession = "create_session",
        /// Any other request of a customer's server.
        Rest = "rest",
        /// Starting the server process.
        Serve = "serve",
    }
}
