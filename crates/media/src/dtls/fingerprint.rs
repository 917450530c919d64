//! Certificate fingerprints as session descriptions carry them (RFC 8122, 5): `sha-256 AB:CD:…`.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;

#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint {
    algorithm: FingerprintAlgorithm,
    digest: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FingerprintAlgorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl FingerprintAlgorithm {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    fn digest(self, data: &[u8]) -> digest::Digest {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, data)
    }

    fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl Fingerprint {
    /// Of a certificate in DER.
    pub fn of(certificate: &[u8]) -> Self {
        let algorithm = FingerprintAlgorithm::Sha256;
        Self { algorithm, digest: algorithm.digest(certificate).as_ref().to_vec() }
    }

    pub fn matches(&self, certificate: &[u8]) -> bool {
        self.algorithm.digest(certificate).as_ref() == self.digest
    }

    pub fn algorithm(&self) -> FingerprintAlgorithm {
        self.algorithm
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FingerprintError {
    UnsupportedAlgorithm,
    Malformed,
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let (name, digits) = text.trim().split_once(' ').ok_or(FingerprintError::Malformed)?;
        let algorithm = FingerprintAlgorithm::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
            .ok_or(FingerprintError::UnsupportedAlgorithm)?;
        let digest = digits
            .trim()
            .split(':')
            .take(algorithm.len() + 1)
            .map(|pair| match pair.len() {
                2 => u8::from_str_radix(pair, 16).map_err(|_| FingerprintError::Malformed),
                _ => Err(FingerprintError::Malformed),
            })
            .collect::<Result<Vec<u8>, _>>()?;
        if digest.len() != algorithm.len() {
            return Err(FingerprintError::Malformed);
        }
        Ok(Self { algorithm, digest })
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.algorithm.name())?;
        for (position, byte) in self.digest.iter().enumerate() {
            let separator = if position == 0 { ' ' } else { ':' };
            write!(f, "{separator}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let fingerprint = Fingerprint::of(b"certificate");
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint.clone()));
        assert!(fingerprint.matches(b"certificate"));
        assert!(!fingerprint.matches(b"another"));
    }

    #[test]
    fn browsers_may_write_lower_case_and_longer_digests() {
        let lower = Fingerprint::of(b"certificate").to_string().to_lowercase();
        assert_eq!(lower.parse(), Ok(Fingerprint::of(b"certificate")));
        let sha512 = FingerprintAlgorithm::Sha512.digest(b"certificate");
        let digits: Vec<String> = sha512.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        let parsed: Fingerprint = format!("sha-512 {}", digits.join(":")).parse().unwrap();
        assert!(parsed.matches(b"certificate"));
    }

    #[test]
    fn damaged_fingerprints_are_refused() {
        for text in ["", "sha-256", "sha-256 ", "sha-256 AB", "sha-256 +1:AB", "sha-256 ÄÖ"] {
            assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError::Malformed), "{text}");
        }
        assert_eq!("md5 AB:CD".parse::<Fingerprint>(), Err(FingerprintError::UnsupportedAlgorithm));
        let long = format!("{}:AB", Fingerprint::of(b"certificate"));
        assert_eq!(long.parse::<Fingerprint>(), Err(FingerprintError::Malformed));
    }
}
