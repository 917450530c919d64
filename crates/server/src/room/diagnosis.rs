//! Why an attempt to publish or subscribe failed: from what the plane saw of the transport to a fault with its evidence.

use exedra_contract::{Fault, faults};
use exedra_session::{Diagnosis, Subject};

use crate::shard::Shard;

pub async fn find(_shard: &Shard, diagnosis: Diagnosis) -> Fault {
    let operation = match diagnosis.subject {
        Subject::Publish(_) => "publish",
        Subject::Subscribe(_) => "subscribe",
    };
    if diagnosis.transport_up {
        faults::media_timeout(operation, diagnosis.waited_ms)
    } else {
        faults::ice_failed(operation, diagnosis.waited_ms)
    }
}
