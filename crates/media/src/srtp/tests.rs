//! Vectors of the RFCs, and the behaviours callers rely on.

use std::collections::HashSet;

use proptest::prelude::*;

use super::cipher::{Cipher, Cm, Gcm};
use super::kdf::{Label, derive};
use super::receiver::guess_index;
use super::*;

fn hex<const LEN: usize>(text: &str) -> [u8; LEN] {
    hex_vec(text).try_into().unwrap()
}

fn hex_vec(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn rfc3711_master() -> MasterKey {
    MasterKey { key: hex_vec("E1F97A0D3E018BE0D64FA32C06DE4139"), salt: hex_vec("0EC675AD498AFEEBB6960B3AABE6") }
}

/// RFC 3711, B.3.
#[test]
fn derives_the_session_keys_of_the_rfc() {
    let master = rfc3711_master();
    assert_eq!(derive(&master, Label::RtpEncryption), hex::<16>("C61E7A93744F39EE10734AFE3FF7A087"));
    assert_eq!(derive(&master, Label::RtpSalt), hex::<14>("30CBBC08863D8C85D49DB34A9AE1"));
    assert_eq!(derive(&master, Label::RtpAuthentication), hex::<20>("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

/// RFC 3711, B.2.
#[test]
fn counter_mode_yields_the_keystream_of_the_rfc() {
    let cm = Cm::new(&hex::<16>("2B7E151628AED2A6ABF7158809CF4F3C"), hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"), &[0; 20]);
    assert_eq!(
        cm.keystream::<48>(0, 0),
        hex::<48>("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0")
    );
}

/// RFC 7714, 16.1.1: session key and salt are given, nothing is derived.
#[test]
fn gcm_seals_the_rtp_packet_of_the_rfc() {
    let gcm = Cipher::Gcm(Gcm::new(&hex::<16>("000102030405060708090a0b0c0d0e0f"), hex("517569642070726f2071756f")));
    let plain = hex_vec(
        "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573",
    );
    let sealed = hex_vec(
        "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf
         8833899d 7f27beb1 6a9152cf 765ee439 0cce",
    );
    let mut buf = plain.clone();
    buf.resize(plain.len() + 16, 0);
    assert_eq!(gcm.seal_rtp(&mut buf, 12, plain.len(), 0x5501_a0b2, 0xf17b), Ok(sealed.len()));
    assert_eq!(buf, sealed);
    assert_eq!(gcm.open_rtp(&mut buf, 12, 0x5501_a0b2, 0xf17b), Ok(plain.len()));
    assert_eq!(buf[..plain.len()], plain);
}

/// RFC 7714, 17.1.
#[test]
fn gcm_seals_the_rtcp_packet_of_the_rfc() {
    let gcm = Cipher::Gcm(Gcm::new(&hex::<16>("000102030405060708090a0b0c0d0e0f"), hex("517569642070726f2071756f")));
    let plain = hex_vec(
        "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef",
    );
    let sealed = hex_vec(
        "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded
         0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4",
    );
    let mut buf = plain.clone();
    buf.resize(plain.len() + 20, 0);
    assert_eq!(gcm.seal_rtcp(&mut buf, plain.len(), 0x5d4), Ok(sealed.len()));
    assert_eq!(buf, sealed);
    let (ssrc, index) = gcm.rtcp_claims(&buf).unwrap();
    assert_eq!((ssrc, index), (0x4d61_7273, 0x5d4));
    assert_eq!(gcm.open_rtcp(&mut buf, ssrc, index), Ok(plain.len()));
    assert_eq!(buf[..plain.len()], plain);
}

/// The packets that interoperability tests of AES_CM_128_HMAC_SHA1_80 use, under the master key of RFC 3711, B.3.
#[test]
fn counter_mode_with_sha1_seals_known_packets() {
    let master = rfc3711_master();
    let rtp = Cipher::rtp(SrtpProfile::Aes128CmSha1_80, &master);
    let mut buf = hex_vec("800f1234 decafbad cafebabe abababab abababab abababab abababab");
    let len = buf.len();
    buf.resize(len + 10, 0);
    rtp.seal_rtp(&mut buf, 12, len, 0xcafe_babe, 0x1234).unwrap();
    assert_eq!(buf, hex_vec("800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb"));

    let rtcp = Cipher::rtcp(SrtpProfile::Aes128CmSha1_80, &master);
    let mut buf = hex_vec("81c8000b cafebabe abababab abababab abababab abababab");
    let len = buf.len();
    buf.resize(len + 14, 0);
    rtcp.seal_rtcp(&mut buf, len, 1).unwrap();
    assert_eq!(buf, hex_vec("81c8000b cafebabe 7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c123 0798"));
}

/// Both ends of one association.
fn pair(profile: SrtpProfile) -> [(SrtpSender, SrtpReceiver); 2] {
    let material: Vec<u8> = (0..profile.keying_material_len() as u8).collect();
    [DtlsRole::Client, DtlsRole::Server]
        .map(|role| SrtpKeys::from_keying_material(profile, role, &material).unwrap().split())
}

fn rtp(ssrc: u32, index: u64, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend((index as u16).to_be_bytes());
    packet.extend([0; 4]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend(payload);
    packet
}

fn seal(sender: &mut SrtpSender, stream: &mut SendStream, index: u64, payload: &[u8]) -> Vec<u8> {
    let mut packet = rtp(stream.ssrc(), index, payload);
    let len = packet.len();
    packet.resize(len + SRTP_OVERHEAD_MAX, 0);
    let sealed = sender.protect_rtp(stream, &mut packet, 12, len, index).unwrap();
    packet.truncate(sealed);
    packet
}

#[test]
fn what_one_end_seals_the_other_opens() {
    for profile in SrtpProfile::ALL {
        let [(mut client, mut client_in), (mut server, mut server_in)] = pair(profile);
        for (sender, receiver) in [(&mut client, &mut server_in), (&mut server, &mut client_in)] {
            let mut stream = sender.open_stream(7).unwrap();
            let mut packet = seal(sender, &mut stream, 3, b"picture");
            assert_eq!(packet.len(), 12 + 7 + profile.tag_len());
            let len = receiver.unprotect_rtp(&mut packet, 12).unwrap();
            assert_eq!(&packet[12..len], b"picture");

            let mut report = hex_vec("81c90001 00000007 00000001 00000002");
            report.resize(16 + SRTCP_OVERHEAD_MAX, 0);
            let sealed = sender.protect_rtcp(&mut report, 16).unwrap();
            assert_ne!(report[8..16], hex::<8>("00000001 00000002"));
            let len = receiver.unprotect_rtcp(&mut report[..sealed]).unwrap();
            assert_eq!(report[8..len], hex::<8>("00000001 00000002"));
        }
    }
}

#[test]
fn sequence_wraps_are_followed_with_loss_and_reordering() {
    for profile in SrtpProfile::ALL {
        let [(mut sender, _), (_, mut receiver)] = pair(profile);
        let mut stream = sender.open_stream(1).unwrap();
        // Crosses two wraps with 20,000 packets lost at once, and swaps neighbours at the first.
        let indices = [65_000, 65_534, 65_536, 65_535, 65_537, 85_000, 105_000, 131_070, 131_073];
        for index in indices {
            let mut packet = seal(&mut sender, &mut stream, index, b"x");
            assert_eq!(receiver.unprotect_rtp_indexed(&mut packet, 12), Ok((13, index)));
        }
    }
}

#[test]
fn a_replayed_packet_is_refused() {
    for profile in SrtpProfile::ALL {
        let [(mut sender, _), (_, mut receiver)] = pair(profile);
        let mut stream = sender.open_stream(1).unwrap();
        let packet = seal(&mut sender, &mut stream, 9, b"x");
        receiver.unprotect_rtp(&mut packet.clone(), 12).unwrap();
        assert_eq!(receiver.unprotect_rtp(&mut packet.clone(), 12), Err(SrtpError::Replayed));

        let mut report = hex_vec("81c90001 00000007 00000001 00000002");
        report.resize(16 + SRTCP_OVERHEAD_MAX, 0);
        let len = sender.protect_rtcp(&mut report, 16).unwrap();
        receiver.unprotect_rtcp(&mut report[..len].to_vec()).unwrap();
        assert_eq!(receiver.unprotect_rtcp(&mut report[..len].to_vec()), Err(SrtpError::Replayed));
    }
}

#[test]
fn a_packet_older_than_the_window_is_refused() {
    let [(mut sender, _), (_, mut receiver)] = pair(SrtpProfile::AeadAes128Gcm);
    let mut stream = sender.open_stream(1).unwrap();
    let old = seal(&mut sender, &mut stream, 10, b"x");
    for index in [12, 1_400] {
        let mut packet = seal(&mut sender, &mut stream, index, b"x");
        receiver.unprotect_rtp(&mut packet, 12).unwrap();
    }
    assert_eq!(receiver.unprotect_rtp(&mut old.clone(), 12), Err(SrtpError::TooOld));
}

/// A forged packet far ahead must not move the rollover counter, and forged SSRCs must not fill the table.
#[test]
fn forged_packets_change_nothing() {
    for profile in SrtpProfile::ALL {
        let [(mut sender, _), (_, mut receiver)] = pair(profile);
        let mut stream = sender.open_stream(1).unwrap();
        let mut first = seal(&mut sender, &mut stream, 100, b"x");
        receiver.unprotect_rtp(&mut first, 12).unwrap();
        for index in [30_000, 60_000, 25_000] {
            let mut forged = rtp(1, index, &[0x55; 40]);
            assert_eq!(receiver.unprotect_rtp(&mut forged, 12), Err(SrtpError::Unauthentic));
        }
        for ssrc in 2..3_000 {
            let mut forged = rtp(ssrc, 1, &[0x55; 40]);
            assert_eq!(receiver.unprotect_rtp(&mut forged, 12), Err(SrtpError::Unauthentic));
        }
        assert_eq!(receiver.ssrc_count(), 1);
        let mut next = seal(&mut sender, &mut stream, 101, b"x");
        assert_eq!(receiver.unprotect_rtp_indexed(&mut next, 12), Ok((13, 101)));
    }
}

#[test]
fn one_source_beyond_the_bound_is_refused_until_another_is_forgotten() {
    let [(mut sender, _), (_, mut receiver)] = pair(SrtpProfile::AeadAes128Gcm);
    let sealed: Vec<Vec<u8>> = (0..=SSRC_COUNT_MAX as u32)
        .map(|ssrc| {
            let mut stream = sender.open_stream(ssrc).unwrap();
            seal(&mut sender, &mut stream, 1, b"x")
        })
        .collect();
    let (last, others) = sealed.split_last().unwrap();
    for packet in others {
        receiver.unprotect_rtp(&mut packet.clone(), 12).unwrap();
    }
    assert_eq!(receiver.unprotect_rtp(&mut last.clone(), 12), Err(SrtpError::TooManySsrcs));
    receiver.forget(0);
    assert_eq!(receiver.unprotect_rtp(&mut last.clone(), 12), Ok(13));
}

#[test]
fn a_stream_opens_once_per_key_and_belongs_to_it() {
    let [(mut sender, _), (mut other, _)] = pair(SrtpProfile::AeadAes128Gcm);
    let mut stream = sender.open_stream(5).unwrap();
    assert!(sender.open_stream(5).is_none());
    let mut packet = rtp(5, 1, &[0; 40]);
    assert_eq!(other.protect_rtp(&mut stream, &mut packet, 12, 20, 1), Err(SrtpError::WrongStream));
    let mut packet = rtp(6, 1, &[0; 40]);
    assert_eq!(sender.protect_rtp(&mut stream, &mut packet, 12, 20, 1), Err(SrtpError::WrongStream));
    {
        let _dropped = stream;
    }
    assert!(sender.open_stream(5).is_none(), "dropping a stream must not free its nonces");
}

#[test]
fn a_key_ends_rather_than_wrap_its_indices() {
    let [(mut sender, _), _] = pair(SrtpProfile::AeadAes128Gcm);
    let mut stream = sender.open_stream(5).unwrap();
    let mut packet = rtp(5, 0, &[0; 40]);
    assert_eq!(sender.protect_rtp(&mut stream, &mut packet, 12, 20, 1 << 48), Err(SrtpError::KeyExhausted));
    sender.set_rtcp_index(RTCP_INDEX_END - 1);
    let mut report = vec![0; 64];
    assert!(sender.protect_rtcp(&mut report, 16).is_ok());
    assert_eq!(sender.protect_rtcp(&mut report, 16), Err(SrtpError::KeyExhausted));
}

#[test]
fn the_index_is_the_one_nearest_to_the_highest() {
    for (highest, sequence, index) in [
        (None, 40_000, 40_000),
        (Some(65_535), 0, 65_536),
        (Some(65_536), 65_535, 65_535),
        (Some(10), 65_530, 65_530),
        (Some(3 << 16), 0xffff, (3 << 16) - 1),
        (Some((3 << 16) + 0xfff0), 5, (4 << 16) + 5),
    ] {
        assert_eq!(guess_index(highest, sequence), index, "{highest:?} {sequence}");
    }
}

#[test]
fn short_and_unencrypted_packets_are_errors() {
    for profile in SrtpProfile::ALL {
        let [(mut sender, _), (_, mut receiver)] = pair(profile);
        let mut stream = sender.open_stream(0).unwrap();
        for len in 0..40 {
            assert!(receiver.unprotect_rtp(&mut vec![0; len], 12).is_err());
            assert!(receiver.unprotect_rtp(&mut vec![0; len], 1_000).is_err());
            assert!(receiver.unprotect_rtcp(&mut vec![0; len]).is_err());
            let mut buf = vec![0; len];
            assert!(sender.protect_rtp(&mut stream, &mut buf, 12, len, 0).is_err());
            assert!(sender.protect_rtcp(&mut buf, len).is_err());
        }
        let mut unencrypted = vec![0; 64];
        assert_eq!(receiver.unprotect_rtcp(&mut unencrypted), Err(SrtpError::NotEncrypted));
    }
}

proptest! {
    /// Whatever a caller does with the sending API, no (SSRC, index) is sealed twice under one key: streams are reopened,
    /// indices repeat, jump, go back and cross wraps.
    #[test]
    fn no_nonce_is_ever_used_twice(
        actions in proptest::collection::vec((0_u32..4, 0_u8..8, 0_u64..1_500), 1..400),
        start in prop_oneof![Just(0_u64), Just(65_000), Just((1 << 48) - 2_000)],
    ) {
        let [(mut sender, _), _] = pair(SrtpProfile::AeadAes128Gcm);
        let mut streams = Vec::new();
        let mut used = HashSet::new();
        for (ssrc, action, offset) in actions {
            if action == 0 {
                streams.extend(sender.open_stream(ssrc));
                continue;
            }
            if action == 1 {
                streams.retain(|stream: &SendStream| stream.ssrc() != ssrc);
                continue;
            }
            for stream in &mut streams {
                let index = start + offset;
                let mut packet = rtp(ssrc, index, &[0; 40]);
                if sender.protect_rtp(stream, &mut packet, 12, 20, index).is_ok() {
                    prop_assert!(used.insert((stream.ssrc(), index)));
                }
            }
        }
    }

    /// Any bytes at all are an error or nothing, never a panic.
    #[test]
    fn arbitrary_bytes_do_not_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), header_len in 0_usize..300) {
        for profile in SrtpProfile::ALL {
            let [(mut sender, _), (_, mut receiver)] = pair(profile);
            let _ = receiver.unprotect_rtp(&mut bytes, header_len);
            let _ = receiver.unprotect_rtcp(&mut bytes);
            let mut stream = sender.open_stream(0).unwrap();
            let len = bytes.len();
            let _ = sender.protect_rtp(&mut stream, &mut bytes, header_len, len, 0);
            let _ = sender.protect_rtcp(&mut bytes, len);
        }
    }
}
