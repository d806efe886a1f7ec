//! From the keys of a JSON Web Key Set to keys that each have one algorithm.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};

const MIN_RSA_BYTES: usize = 256;
const P256_POINT_BYTES: usize = 65;
const ED25519_BYTES: usize = 32;

/// A key, and the only algorithm that it is good for.
#[derive(Clone)]
pub(super) struct Pinned {
    pub kid: Option<String>,
    pub algorithm: Algorithm,
    pub key: DecodingKey,
}

/// The keys of use in a file, or what is wrong with it. The text names no key.
pub(super) fn read(json: &[u8]) -> Result<Vec<Pinned>, &'static str> {
    let set: JwkSet = serde_json::from_slice(json).map_err(|_| "it is no JSON Web Key Set")?;
    let mut keys: Vec<Pinned> = Vec::new();
    for jwk in &set.keys {
        let Some(algorithm) = algorithm_of(jwk) else { continue };
        let key = DecodingKey::from_jwk(jwk).map_err(|_| "a key is not base64url")?;
        if !has_right_size(&key) {
            return Err("a key is too short, or of a wrong length");
        }
        let kid = jwk.common.key_id.clone();
        if keys.iter().any(|other| other.kid == kid) {
            return Err("two keys have the same kid, or none");
        }
        keys.push(Pinned { kid, algorithm, key });
    }
    if keys.is_empty() { Err("it has no key for RS256, ES256 or EdDSA") } else { Ok(keys) }
}

/// None for keys that are not for these tokens: symmetric ones, those for encryption, those of other algorithms.
fn algorithm_of(jwk: &Jwk) -> Option<Algorithm> {
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    jwk.common.key_algorithm.is_none_or(|said| said == name).then_some(algorithm)
}

fn has_right_size(key: &DecodingKey) -> bool {
    match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, e } => n.len() >= MIN_RSA_BYTES && !e.is_empty(),
        DecodingKeyKind::SecretOrDer(bytes) => matches!(bytes.len(), P256_POINT_BYTES | ED25519_BYTES),
    }
}
