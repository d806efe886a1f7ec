//! Who asks: HS256 tokens whose `sub` is the user.

use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use ring::hmac;
use serde::{Deserialize, Serialize};

/// Both are required, by having no default.
#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

/// A token for `user` that is good for `ttl_seconds`; a negative number gives one that has expired.
pub fn mint_token(secret: &str, user: &str, ttl_seconds: i64) -> Result<String> {
    use_ring();
    let exp = jsonwebtoken::get_current_timestamp().saturating_add_signed(ttl_seconds);
    let claims = Claims { sub: user.to_owned(), exp };
    encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret.as_bytes()))
}

/// The user of an `Authorization` header, None for anything that is not a good token.
pub(crate) fn user_of(authorization: &str, secret: &str) -> Option<String> {
    use_ring();
    let (scheme, token) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = 0;
    let key = DecodingKey::from_secret(secret.as_bytes());
    let token = decode::<Claims>(token.trim(), &key, &validation).ok()?;
    Some(token.claims.sub).filter(|user| !user.is_empty())
}

/// Gives the token library its only algorithm. Another choice made earlier in this process stays.
fn use_ring() {
    static ONCE: Once = Once::new();
    static PROVIDER: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key| {
            check(algorithm)?;
            Ok(Box::new(Hs256(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()))))
        },
        verifier_factory: |algorithm, key| {
            check(algorithm)?;
            Ok(Box::new(Hs256(hmac::Key::new(hmac::HMAC_SHA256, key.try_get_as_bytes()?))))
        },
        key_utils: KeyUtils::new_unimplemented(),
    };
    ONCE.call_once(|| {
        let _ = PROVIDER.install_default();
    });
}

fn check(algorithm: &Algorithm) -> Result<()> {
    match algorithm {
        Algorithm::HS256 => Ok(()),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

struct Hs256(hmac::Key);

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_token_it_is() {
        let good = mint_token("s", "anna", 60).unwrap();
        let (head, signature) = good.rsplit_once('.').unwrap();
        // A token that says itself that it needs no signature.
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", head.split_once('.').unwrap().1);
        let cases = [
            ("a good token", format!("Bearer {good}"), Some("anna")),
            ("the scheme in small letters", format!("bearer {good}"), Some("anna")),
            ("no scheme", good.clone(), None),
            ("another scheme", format!("Basic {good}"), None),
            ("expired", format!("Bearer {}", mint_token("s", "anna", -5).unwrap()), None),
            ("another secret", format!("Bearer {}", mint_token("t", "anna", 60).unwrap()), None),
            ("nobody", format!("Bearer {}", mint_token("s", "", 60).unwrap()), None),
            ("a cut signature", format!("Bearer {head}.{}", &signature[2..]), None),
            ("no signature", format!("Bearer {unsigned}"), None),
            ("no token", "Bearer ".to_owned(), None),
        ];
        for (case, header, expected) in cases {
            assert_eq!(user_of(&header, "s").as_deref(), expected, "{case}");
        }
    }

    #[test]
    fn the_signature_is_the_one_that_everybody_else_makes() {
        // From RFC 7515, appendix A.1.
        let key = [
            3, 35, 53, 75, 43, 15, 165, 188, 131, 126, 6, 101, 119, 123, 166, 143, 90, 179, 40, 230, 240, 84,
            201, 40, 169, 15, 132, 178, 210, 80, 46, 191, 211, 251, 90, 146, 210, 6, 71, 239, 150, 138, 180,
            195, 119, 98, 61, 34, 61, 46, 33, 114, 5, 46, 79, 8, 192, 205, 154, 245, 103, 208, 128, 163,
        ];
        let message = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                       eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        use_ring();
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &EncodingKey::from_secret(&key), Algorithm::HS256);
        assert_eq!(signature.unwrap(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }
}
