//! Sealing and opening a packet allocates nothing, in any profile.

use exedra_media::srtp::{DtlsRole, SRTCP_OVERHEAD_MAX, SRTP_OVERHEAD_MAX, SrtpKeys, SrtpProfile};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const PAYLOAD_LEN: usize = 1_200;

fn main() {
    a_packet_costs_no_allocation();
}

fn a_packet_costs_no_allocation() {
    let _profiler = dhat::Profiler::builder().testing().build();
    for profile in SrtpProfile::ALL {
        let material = vec![7; profile.keying_material_len()];
        let keys = |role| SrtpKeys::from_keying_material(profile, role, &material).unwrap().split();
        let (mut sender, _) = keys(DtlsRole::Client);
        let (_, mut receiver) = keys(DtlsRole::Server);
        let mut stream = sender.open_stream(1).unwrap();
        let mut packet = vec![0; 12 + PAYLOAD_LEN + SRTP_OVERHEAD_MAX];
        let mut report = vec![0; 64 + SRTCP_OVERHEAD_MAX];
        let mut before = dhat::HeapStats::get().total_blocks;
        for index in 0..70_000_u64 {
            packet[..12].copy_from_slice(&[0x80, 96, (index >> 8) as u8, index as u8, 0, 0, 0, 0, 0, 0, 0, 1]);
            let len = sender.protect_rtp(&mut stream, &mut packet, 12, 12 + PAYLOAD_LEN, index).unwrap();
            receiver.unprotect_rtp(&mut packet[..len], 12).unwrap();
            let len = sender.protect_rtcp(&mut report, 64).unwrap();
            receiver.unprotect_rtcp(&mut report[..len]).unwrap();
            if index == 0 {
                // The first packet of an SSRC makes its window.
                before = dhat::HeapStats::get().total_blocks;
            }
        }
        let after = dhat::HeapStats::get().total_blocks;
        dhat::assert_eq!(after, before, "{profile:?}");
    }
}
