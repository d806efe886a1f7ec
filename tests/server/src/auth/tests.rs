//! Tokens as others would make them, signed for real, and those that must open nothing.

use std::path::PathBuf;

use ::ring::rand::SystemRandom;
use ::ring::rsa::PublicKeyComponents;
use ::ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use ::ring::{hmac, signature::RsaEncoding};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Somebody who signs tokens.
enum Signer {
    Secret(Vec<u8>),
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    fn rsa() -> Self {
        Signer::Rsa(Box::new(RsaKeyPair::from_der(include_bytes!("rsa-for-tests.der")).unwrap()))
    }

    fn p256() -> Self {
        let random = SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Signer::P256(
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &random).unwrap(),
        )
    }

    fn ed25519() -> Self {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Signer::Ed25519(Ed25519KeyPair::from_pkcs8(der.as_ref()).unwrap())
    }

    fn jwk(&self, kid: &str) -> Value {
        match self {
            Signer::Secret(secret) => json!({"kty": "oct", "kid": kid, "k": base64(secret), "alg": "HS256"}),
            Signer::Rsa(pair) => {
                let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": base64(n), "e": base64(e)})
            }
            Signer::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": kid,
                       "x": base64(&point[1..33]), "y": base64(&point[33..])})
            }
            Signer::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": "EdDSA", "x": base64(pair.public_key())})
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Signer::Secret(secret) => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec()
            }
            Signer::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let padding: &'static dyn RsaEncoding = &RSA_PKCS1_SHA256;
                pair.sign(padding, &random, message, &mut signature).unwrap();
                signature
            }
            Signer::P256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Signer::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// A header value with a token of just these parts.
    fn token(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", base64(header.to_string()), base64(claims.to_string()));
        format!("Bearer {message}.{}", base64(self.sign(message.as_bytes())))
    }
}

fn claims(more: Value) -> Value {
    let mut claims = json!({"sub": "anna", "exp": now() + 60});
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims
}

fn now() -> i64 {
    i64::try_from(jsonwebtoken::get_current_timestamp()).unwrap()
}

fn of_secret(secret: &str) -> Auth {
    Auth::new(Tokens::of_secret(secret)).unwrap()
}

/// A server's keys in a file of their own.
struct File {
    path: PathBuf,
    _folder: TempDir,
}

impl File {
    fn new(keys: &[Value]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = Self { path: folder.path().join("jwks.json"), _folder: folder };
        file.put(&json!({"keys": keys}).to_string());
        file
    }

    fn put(&self, text: &str) {
        std::fs::write(&self.path, text).unwrap();
    }

    fn tokens(&self) -> Tokens {
        Tokens { keys: TokenKeys::Jwks(self.path.clone()), ..Tokens::of_secret("") }
    }

    fn auth(&self) -> std::io::Result<Auth> {
        Auth::new(self.tokens())
    }
}

#[test]
fn whose_token_it_is() {
    let good = mint_token("s", "anna", 60).unwrap();
    let (head, signature) = good.rsplit_once('.').unwrap();
    // A token that says itself that it needs no signature.
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", head.split_once('.').unwrap().1);
    let long = "a".repeat(MAX_USER_BYTES + 1);
    let cases = [
        ("a good token", format!("Bearer {good}"), Some("anna")),
        ("the scheme in small letters", format!("bearer {good}"), Some("anna")),
        ("no scheme", good.clone(), None),
        ("another scheme", format!("Basic {good}"), None),
        ("expired", format!("Bearer {}", mint_token("s", "anna", -5).unwrap()), None),
        ("another secret", format!("Bearer {}", mint_token("t", "anna", 60).unwrap()), None),
        ("nobody", format!("Bearer {}", mint_token("s", "", 60).unwrap()), None),
        ("a blank user", format!("Bearer {}", mint_token("s", " \t", 60).unwrap()), None),
        ("a user with a NUL", format!("Bearer {}", mint_token("s", "an\0na", 60).unwrap()), None),
        ("a user without end", format!("Bearer {}", mint_token("s", &long, 60).unwrap()), None),
        ("a cut signature", format!("Bearer {head}.{}", &signature[2..]), None),
        ("no signature", format!("Bearer {unsigned}"), None),
        ("no token", "Bearer ".to_owned(), None),
    ];
    let auth = of_secret("s");
    for (case, header, expected) in cases {
        assert_eq!(auth.user_of(&header).as_deref(), expected, "{case}");
    }
}

#[test]
fn what_a_token_must_say_of_itself() {
    let signer = Signer::Secret(b"s".to_vec());
    let open = Tokens { leeway_s: 30, ..Tokens::of_secret("s") };
    let strict = Tokens { issuer: Some("team".into()), audience: Some("food".into()), ..open.clone() };
    let named = json!({"iss": "team", "aud": "food"});
    let cases = [
        ("expired within the leeway", &open, json!({"exp": now() - 20}), true),
        ("expired", &open, json!({"exp": now() - 40}), false),
        ("no end", &open, json!({"exp": null}), false),
        ("an end that is no time", &open, json!({"exp": "tomorrow"}), false),
        ("good in a moment", &open, json!({"nbf": now() + 20}), true),
        ("not good yet", &open, json!({"nbf": now() + 40}), false),
        ("a beginning that is no time", &open, json!({"nbf": "today"}), false),
        ("a number for a user", &open, json!({"sub": 7}), false),
        ("for somebody", &open, json!({"aud": "food"}), false),
        ("by somebody", &open, json!({"iss": "team"}), true),
        ("for and by whom it should be", &strict, named.clone(), true),
        ("for several", &strict, json!({"iss": "team", "aud": ["shop", "food"]}), true),
        ("for others", &strict, json!({"iss": "team", "aud": ["shop"]}), false),
        ("for nobody", &strict, json!({"iss": "team"}), false),
        ("by others", &strict, json!({"iss": "gang", "aud": "food"}), false),
        ("by nobody", &strict, json!({"aud": "food"}), false),
    ];
    for (case, tokens, more, expected) in cases {
        let header = signer.token(&json!({"alg": "HS256"}), &claims(more));
        assert_eq!(Auth::new(tokens.clone()).unwrap().user_of(&header).is_some(), expected, "{case}");
    }
}

#[test]
fn the_key_says_which_algorithm_and_never_the_token() {
    let (rsa, p256, ed25519) = (Signer::rsa(), Signer::p256(), Signer::ed25519());
    let file = File::new(&[rsa.jwk("rsa"), p256.jwk("p256"), ed25519.jwk("ed25519")]);
    let auth = file.auth().unwrap();
    let good = claims(json!({}));
    let sent = |signer: &Signer, header: Value| auth.user_of(&signer.token(&header, &good));
    for (signer, alg, kid) in
        [(&rsa, "RS256", "rsa"), (&p256, "ES256", "p256"), (&ed25519, "EdDSA", "ed25519")]
    {
        assert_eq!(sent(signer, json!({"alg": alg, "kid": kid})).as_deref(), Some("anna"), "{kid}");
        for other in ["none", "HS256", "RS256", "RS384", "PS256", "ES256", "EdDSA"] {
            if other != alg {
                assert_eq!(sent(signer, json!({"alg": other, "kid": kid})), None, "{kid} as {other}");
            }
        }
        for other in ["rsa", "p256", "ed25519", "unknown"] {
            if other != kid {
                assert_eq!(sent(signer, json!({"alg": alg, "kid": other})), None, "{kid} as {other}");
            }
        }
        assert_eq!(sent(signer, json!({"alg": alg})), None, "which of three keys it is must be said");
    }
    // The old trick: what everybody knows of the key taken for the secret of an HS256.
    let jwk = rsa.jwk("rsa");
    let known = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    for secret in [known, jwk["n"].to_string().into_bytes(), jwk.to_string().into_bytes(), Vec::new()] {
        assert_eq!(sent(&Signer::Secret(secret), json!({"alg": "HS256", "kid": "rsa"})), None);
    }
    for (jwk, kid) in [(p256.jwk("p256"), "p256"), (ed25519.jwk("ed25519"), "ed25519")] {
        let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap_or_default()).unwrap();
        let point = [&[4][..], &part("x"), &part("y")].concat();
        for secret in [point, part("x"), jwk["x"].to_string().into_bytes()] {
            assert_eq!(sent(&Signer::Secret(secret), json!({"alg": "HS256", "kid": kid})), None, "{kid}");
        }
    }
    // A key in the token itself is nobody's key.
    let stranger = Signer::p256();
    assert_eq!(sent(&stranger, json!({"alg": "ES256", "kid": "p256", "jwk": stranger.jwk("p256")})), None);
    // Signed, and then changed.
    let header = p256.token(&json!({"alg": "ES256", "kid": "p256"}), &good);
    let parts: Vec<&str> = header.split('.').collect();
    let forged = base64(claims(json!({"sub": "bert"})).to_string());
    assert_eq!(auth.user_of(&[parts[0], &forged, parts[2]].join(".")), None);
}

#[test]
fn an_only_key_needs_no_name() {
    let signer = Signer::ed25519();
    let auth = File::new(&[signer.jwk("one")]).auth().unwrap();
    assert!(auth.user_of(&signer.token(&json!({"alg": "EdDSA"}), &claims(json!({})))).is_some());
}

#[test]
fn keys_rotate_and_a_broken_file_changes_nothing() {
    let (old, new) = (Signer::p256(), Signer::p256());
    let file = File::new(&[old.jwk("old")]);
    let auth = file.auth().unwrap();
    let opens = |signer: &Signer, kid: &str| {
        auth.user_of(&signer.token(&json!({"alg": "ES256", "kid": kid}), &claims(json!({})))).is_some()
    };
    assert_eq!((opens(&old, "old"), opens(&new, "new")), (true, false));
    file.put("{ half a fi");
    assert_eq!((opens(&old, "old"), opens(&new, "new")), (true, false), "a broken file");
    std::fs::remove_file(&file.path).unwrap();
    assert_eq!((opens(&old, "old"), opens(&new, "new")), (true, false), "no file");
    file.put(&json!({"keys": [old.jwk("old"), new.jwk("new")]}).to_string());
    assert_eq!((opens(&old, "old"), opens(&new, "new")), (true, true), "both, for a while");
    file.put(&json!({"keys": [new.jwk("new")]}).to_string());
    assert!(!opens(&new, "newer"), "which makes it look");
    assert_eq!((opens(&old, "old"), opens(&new, "new")), (false, true), "the old one is gone");
}

#[test]
fn a_file_that_cannot_be_used_is_an_error_at_the_start() {
    let p256 = Signer::p256();
    let with = |name: &str, value: Value| {
        let mut jwk = p256.jwk("one");
        jwk[name] = value;
        jwk
    };
    let mut small = Signer::rsa().jwk("small");
    small["n"] = json!(base64([0xff; 128]));
    let cases = [
        ("no key", vec![]),
        ("a secret", vec![Signer::Secret(b"s".to_vec()).jwk("one")]),
        ("a key for encryption", vec![with("use", json!("enc"))]),
        ("a key of another algorithm", vec![with("alg", json!("ES384"))]),
        ("the algorithm of other keys", vec![with("alg", json!("HS256"))]),
        ("a key that is cut", vec![with("x", json!("AAAA"))]),
        ("a key that is no base64url", vec![with("x", json!("%%%"))]),
        ("a key that anybody can break", vec![small]),
        ("two keys of a name", vec![p256.jwk("one"), Signer::ed25519().jwk("one")]),
    ];
    for (case, keys) in cases {
        assert!(File::new(&keys).auth().is_err(), "{case}");
    }
    let file = File::new(&[]);
    file.put("no JSON");
    assert!(file.auth().is_err());
    std::fs::remove_file(&file.path).unwrap();
    assert!(file.auth().is_err(), "no file");
    let beside = File::new(&[with("alg", json!("ES384")), Signer::ed25519().jwk("two")]);
    assert!(beside.auth().is_ok(), "a key of others beside one of use");
}
