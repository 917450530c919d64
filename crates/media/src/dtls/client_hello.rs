//! A look at the first ClientHello, to choose the DTLS version by the SRTP profile it will lead to.
//!
//! In DTLS 1.3 the engine takes the client's first profile, in DTLS 1.2 the strongest of both. Chromium lists AES-CM with SHA-1
//! first, which costs three times as much per packet as AES-GCM. A round trip more at the start is cheaper than that for the
//! whole call, so a client gets DTLS 1.3 if it prefers AES-GCM, or if it speaks nothing else.

const CONTENT_TYPE_HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const RECORD_HEADER_LEN: usize = 13;
const MESSAGE_HEADER_LEN: usize = 12;

const EXTENSION_USE_SRTP: u16 = 14;
const EXTENSION_SUPPORTED_VERSIONS: u16 = 43;

const DTLS_1_2: u16 = 0xfefd;
const DTLS_1_3: u16 = 0xfefc;

/// RFC 7714, 14.2; RFC 5764, 4.1.2.
const SRTP_AEAD_AES_128_GCM: u16 = 0x0007;
const SRTP_AEAD_AES_256_GCM: u16 = 0x0008;
const SRTP_AES128_CM_HMAC_SHA1_80: u16 = 0x0001;

/// Whether DTLS 1.3 is the better choice. What cannot be read, such as a hello in fragments, gets DTLS 1.2.
pub(super) fn prefers_dtls13(datagram: &[u8]) -> bool {
    let Some(extensions) = extensions(datagram) else {
        return false;
    };
    let mut offers_12 = true;
    let mut offers_13 = false;
    let mut prefers_gcm = false;
    for (kind, data) in extensions {
        match kind {
            EXTENSION_SUPPORTED_VERSIONS => {
                let versions = data.get(1..).unwrap_or_default();
                offers_12 = u16s(versions).any(|version| version == DTLS_1_2);
                offers_13 = u16s(versions).any(|version| version == DTLS_1_3);
            }
            EXTENSION_USE_SRTP => {
                let len = u16s(data).next().map_or(0, usize::from);
                let profiles = data.get(2..2 + len).unwrap_or_default();
                let first = u16s(profiles).find(|profile| {
                    [SRTP_AEAD_AES_128_GCM, SRTP_AEAD_AES_256_GCM, SRTP_AES128_CM_HMAC_SHA1_80].contains(profile)
                });
                prefers_gcm = matches!(first, Some(SRTP_AEAD_AES_128_GCM | SRTP_AEAD_AES_256_GCM));
            }
            _ => {}
        }
    }
    offers_13 && (prefers_gcm || !offers_12)
}

/// The extensions in the first fragment of a ClientHello (RFC 6347, 4.2.2); the last one may be cut off and is left out.
fn extensions(datagram: &[u8]) -> Option<impl Iterator<Item = (u16, &[u8])>> {
    let record = datagram.get(RECORD_HEADER_LEN..)?;
    let is_start = record.get(6..9) == Some(&[0, 0, 0]);
    if datagram[0] != CONTENT_TYPE_HANDSHAKE || record.first() != Some(&CLIENT_HELLO) || !is_start {
        return None;
    }
    let mut hello = Reader(record.get(MESSAGE_HEADER_LEN..)?);
    let _version_and_random = hello.take(2 + 32)?;
    let _session_id = hello.vector8()?;
    let _cookie = hello.vector8()?;
    let _cipher_suites = hello.vector16()?;
    let _compression_methods = hello.vector8()?;
    let _extensions_len = hello.u16()?;
    Some(std::iter::from_fn(move || Some((hello.u16()?, hello.vector16()?))))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        u16s(self.take(2)?).next()
    }

    fn vector8(&mut self) -> Option<&'a [u8]> {
        let len = self.take(1)?[0];
        self.take(usize::from(len))
    }

    fn vector16(&mut self) -> Option<&'a [u8]> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }
}

fn u16s(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(versions: &[u16], profiles: &[u16]) -> Vec<u8> {
        let mut extensions = Vec::new();
        let mut extension = |kind: u16, data: Vec<u8>| {
            extensions.extend(kind.to_be_bytes());
            extensions.extend((data.len() as u16).to_be_bytes());
            extensions.extend(data);
        };
        let bytes = |values: &[u16]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>();
        extension(10, vec![0, 2, 0, 29]);
        if !versions.is_empty() {
            extension(EXTENSION_SUPPORTED_VERSIONS, [vec![versions.len() as u8 * 2], bytes(versions)].concat());
        }
        let len = (profiles.len() as u16 * 2).to_be_bytes().to_vec();
        extension(EXTENSION_USE_SRTP, [len, bytes(profiles), vec![0]].concat());
        let mut body = vec![0xfe, 0xfd];
        body.extend([7; 32]);
        body.extend([0, 0, 0, 2, 0xc0, 0x2b, 1, 0]);
        body.extend((extensions.len() as u16).to_be_bytes());
        body.extend(extensions);
        let len = (body.len() as u32).to_be_bytes();
        let mut datagram = vec![CONTENT_TYPE_HANDSHAKE, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
        datagram.extend((body.len() as u16 + 12).to_be_bytes());
        datagram.extend([CLIENT_HELLO, len[1], len[2], len[3], 0, 0, 0, 0, 0, len[1], len[2], len[3]]);
        datagram.extend(body);
        datagram
    }

    #[test]
    fn the_version_follows_the_preferred_profile() {
        let both = [DTLS_1_3, DTLS_1_2];
        let gcm_first = [SRTP_AEAD_AES_128_GCM, SRTP_AES128_CM_HMAC_SHA1_80];
        let sha1_first = [0x7777, SRTP_AES128_CM_HMAC_SHA1_80, SRTP_AEAD_AES_256_GCM];
        for (versions, profiles, expected) in [
            (&both[..], &gcm_first[..], true),
            (&both, &sha1_first, false),
            (&[DTLS_1_3], &sha1_first, true),
            (&[DTLS_1_2], &gcm_first, false),
            (&[], &gcm_first, false),
        ] {
            assert_eq!(prefers_dtls13(&hello(versions, profiles)), expected, "{versions:x?} {profiles:x?}");
        }
    }

    #[test]
    fn a_hello_cut_anywhere_is_read_as_far_as_it_goes() {
        let whole = hello(&[DTLS_1_3, DTLS_1_2], &[SRTP_AEAD_AES_256_GCM]);
        for len in 0..whole.len() {
            assert!(!prefers_dtls13(&whole[..len]));
        }
        assert!(prefers_dtls13(&whole));
    }
}
