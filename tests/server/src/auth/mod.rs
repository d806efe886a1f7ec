//! Who asks: bearer tokens (JWT) whose `sub` is the user. The key says which algorithm a token has, never the token.

use std::io;
use std::path::PathBuf;

use jsonwebtoken::errors::Result;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

mod jwks;
mod pinned;
mod ring;
#[cfg(test)]
mod tests;

use jwks::Jwks;
use pinned::Pinned;

/// As the core takes user ids.
const MAX_USER_BYTES: usize = 4096;

/// Which tokens open anything.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// What they are signed with.
    pub keys: TokenKeys,
    /// What their `iss` must be; none for anything.
    pub issuer: Option<String>,
    /// What their `aud` must be, or have among others. Without it, a token that has an `aud` is for somebody else.
    pub audience: Option<String>,
    /// How far the clocks of who signs and who checks may be apart, in seconds: for `exp` and `nbf`.
    pub leeway_s: u64,
}

/// What tokens are signed with.
#[derive(Debug, Clone)]
pub enum TokenKeys {
    /// HS256 with this secret, see [`mint_token`]: for development.
    Secret(String),
    /// The public keys of a JSON Web Key Set, by the token's `kid`: RSA for RS256, P-256 for ES256, Ed25519 for
    /// `EdDSA`. The file is read again when it has changed and a token names a key that is not known, or a minute
    /// has passed.
    Jwks(PathBuf),
}

impl Tokens {
    /// HS256 with this secret, to the second.
    pub fn of_secret(secret: impl Into<String>) -> Self {
        Self { keys: TokenKeys::Secret(secret.into()), issuer: None, audience: None, leeway_s: 0 }
    }
}

/// A token for `user` that is good for `ttl_seconds`; a negative number gives one that has expired.
pub fn mint_token(secret: &str, user: &str, ttl_seconds: i64) -> Result<String> {
    #[derive(Serialize)]
    struct Minted<'a> {
        sub: &'a str,
        exp: u64,
    }
    ring::install();
    let exp = jsonwebtoken::get_current_timestamp().saturating_add_signed(ttl_seconds);
    encode(
        &Header::new(Algorithm::HS256),
        &Minted { sub: user, exp },
        &EncodingKey::from_secret(secret.as_bytes()),
    )
}

/// What the server checks tokens with.
pub(crate) struct Auth {
    keys: Keys,
    issuer: Option<String>,
    audience: Option<String>,
    leeway_s: u64,
}

enum Keys {
    Secret(Pinned),
    Jwks(Jwks),
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
}

impl Auth {
    /// Fails when the file of the keys cannot be read, or has no key of use.
    pub fn new(tokens: Tokens) -> io::Result<Self> {
        ring::install();
        let keys = match tokens.keys {
            TokenKeys::Secret(secret) => Keys::Secret(Pinned {
                kid: None,
                algorithm: Algorithm::HS256,
                key: DecodingKey::from_secret(secret.as_bytes()),
            }),
            TokenKeys::Jwks(path) => Keys::Jwks(Jwks::open(path)?),
        };
        Ok(Self { keys, issuer: tokens.issuer, audience: tokens.audience, leeway_s: tokens.leeway_s })
    }

    /// The user of an `Authorization` header, None for anything that is not a good token.
    pub fn user_of(&self, authorization: &str) -> Option<String> {
        let (scheme, token) = authorization.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let token = token.trim();
        let claims = match &self.keys {
            Keys::Secret(secret) => self.claims_of(token, secret),
            Keys::Jwks(jwks) => {
                let kid = decode_header(token).ok()?.kid;
                self.claims_of(token, &jwks.find(kid.as_deref())?)
            }
        };
        Some(claims?.sub).filter(|user| is_user(user))
    }

    fn claims_of(&self, token: &str, pinned: &Pinned) -> Option<Claims> {
        let mut validation = Validation::new(pinned.algorithm);
        validation.leeway = self.leeway_s;
        validation.validate_nbf = true;
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".to_owned());
        }
        if let Some(audience) = &self.audience {
            validation.set_audience(&[audience]);
            validation.required_spec_claims.insert("aud".to_owned());
        }
        decode(token, &pinned.key, &validation).ok().map(|token| token.claims)
    }
}

fn is_user(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= MAX_USER_BYTES && !name.contains('\0')
}
