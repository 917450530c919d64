//! The signatures a peer's certificate may make: those of the engine, and those of keys on the curve P-224, on which GnuTLS
//! makes keys of medium strength. FFmpeg's WHIP asks it for such a one in the builds of most distributions.

use aws_lc_rs::digest::{self, digest};
use dimpl::CryptoError;
use dimpl::crypto::aws_lc_rs::default_provider;
use dimpl::crypto::{CryptoProvider, HashAlgorithm, NamedGroup, SignatureAlgorithm, SignatureVerifier};
use p224::ecdsa::signature::hazmat::PrehashVerifier;
use p224::ecdsa::{DerSignature, VerifyingKey};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::spki::ObjectIdentifier;

/// secp224r1 (RFC 5480, 2.1.1.1).
const P224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.33");

pub(super) fn provider() -> CryptoProvider {
    CryptoProvider { signature_verification: &Verifier, ..default_provider() }
}

#[derive(Debug)]
struct Verifier;

impl SignatureVerifier for Verifier {
    fn verify_signature(
        &self,
        certificate: &[u8],
        data: &[u8],
        signature: &[u8],
        hash: HashAlgorithm,
        algorithm: SignatureAlgorithm,
    ) -> Result<(), CryptoError> {
        let engine = default_provider().signature_verification;
        match engine.verify_signature(certificate, data, signature, hash, algorithm) {
            Err(CryptoError::UnsupportedEcCurve) => verify_p224(&p224_key(certificate)?, data, signature, hash),
            outcome => outcome,
        }
    }
}

/// Of a certificate on a curve that the engine does not know.
fn p224_key(certificate: &[u8]) -> Result<VerifyingKey, CryptoError> {
    let certificate = Certificate::from_der(certificate).map_err(|_| CryptoError::CertificateParseFailed)?;
    let key = certificate.tbs_certificate().subject_public_key_info();
    let curve = key.algorithm.parameters.as_ref().and_then(|curve| curve.decode_as().ok());
    if curve != Some(P224) {
        return Err(CryptoError::UnsupportedEcCurve);
    }
    let point = key.subject_public_key.as_bytes().ok_or(CryptoError::InvalidSubjectPublicKey)?;
    VerifyingKey::from_sec1_bytes(point).map_err(|_| CryptoError::InvalidPublicKey(NamedGroup::Secp224r1))
}

fn verify_p224(key: &VerifyingKey, data: &[u8], signature: &[u8], hash: HashAlgorithm) -> Result<(), CryptoError> {
    let (signature_kind, group) = (SignatureAlgorithm::ECDSA, NamedGroup::Secp224r1);
    let digest = match hash {
        HashAlgorithm::SHA256 => digest(&digest::SHA256, data),
        HashAlgorithm::SHA384 => digest(&digest::SHA384, data),
        _ => return Err(CryptoError::UnsupportedSignatureVerification { signature: signature_kind, hash, group }),
    };
    let signature = DerSignature::from_bytes(signature).map_err(|_| CryptoError::InvalidSignatureFormat)?;
    key.verify_prehash(digest.as_ref(), &signature).map_err(|_| CryptoError::SignatureVerificationFailed {
        signature: signature_kind,
        hash,
        group,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with OpenSSL 3.0: `openssl req -x509` with a key on secp224r1, and `openssl dgst -sha256 -sign` (and `-sha384`) of
    /// [`SIGNED`].
    const CERTIFICATE: &[u8] = include_bytes!("samples/p224.der");
    const SIGNATURE_SHA256: &[u8] = include_bytes!("samples/p224-sha256.sig");
    const SIGNATURE_SHA384: &[u8] = include_bytes!("samples/p224-sha384.sig");
    const SIGNED: &[u8] = b"signed by OpenSSL";

    fn verify(certificate: &[u8], data: &[u8], signature: &[u8], hash: HashAlgorithm) -> Result<(), CryptoError> {
        Verifier.verify_signature(certificate, data, signature, hash, SignatureAlgorithm::ECDSA)
    }

    #[test]
    fn a_signature_of_a_key_on_p224_is_taken_with_either_hash() {
        assert_eq!(verify(CERTIFICATE, SIGNED, SIGNATURE_SHA256, HashAlgorithm::SHA256), Ok(()));
        assert_eq!(verify(CERTIFICATE, SIGNED, SIGNATURE_SHA384, HashAlgorithm::SHA384), Ok(()));
    }

    #[test]
    fn a_signature_of_other_data_another_hash_or_with_a_damaged_byte_is_refused() {
        let refused = |data: &[u8], signature: &[u8], hash| verify(CERTIFICATE, data, signature, hash).unwrap_err();
        refused(b"something else", SIGNATURE_SHA256, HashAlgorithm::SHA256);
        refused(SIGNED, SIGNATURE_SHA256, HashAlgorithm::SHA384);
        refused(SIGNED, &[], HashAlgorithm::SHA256);
        for position in 0..SIGNATURE_SHA256.len() {
            let mut damaged = SIGNATURE_SHA256.to_vec();
            damaged[position] ^= 1;
            refused(SIGNED, &damaged, HashAlgorithm::SHA256);
        }
    }

    #[test]
    fn a_certificate_that_is_cut_or_damaged_in_its_key_is_refused() {
        let key = CERTIFICATE.windows(2).position(|bytes| bytes == [0x00, 0x04]).expect("an uncompressed point") + 2;
        for position in 0..CERTIFICATE.len() {
            assert!(verify(&CERTIFICATE[..position], SIGNED, SIGNATURE_SHA256, HashAlgorithm::SHA256).is_err());
        }
        for position in key..key + 56 {
            let mut damaged = CERTIFICATE.to_vec();
            damaged[position] ^= 0xFF;
            assert!(verify(&damaged, SIGNED, SIGNATURE_SHA256, HashAlgorithm::SHA256).is_err());
        }
    }

    #[test]
    fn keys_on_other_curves_are_the_engines() {
        let ours = dimpl::certificate::generate_self_signed_certificate().unwrap().certificate;
        let refusal = verify(&ours, SIGNED, SIGNATURE_SHA256, HashAlgorithm::SHA256).unwrap_err();
        let (signature, hash, group) = (SignatureAlgorithm::ECDSA, HashAlgorithm::SHA256, NamedGroup::Secp256r1);
        assert_eq!(refusal, CryptoError::SignatureVerificationFailed { signature, hash, group });
    }
}
