//! Keys of encrypted files: how they come from the app, and that no copy of them is left here.

use crate::UniFfiTag;
use crate::errors;
use crate::foodlens::Core;
use crate::hooks::HookError;
use foodlens_core::{DatabaseKey, Error, ErrorKind, Result, UserId};
use std::cell::Cell;
use std::sync::Arc;
use uniffi::{FfiConverter, Lift, Lower, MetadataBuffer, RustBuffer, TypeId};
use zeroize::Zeroizing;

/// Gives the keys of users' files, each 32 random bytes that the device keeps (Keystore, Keychain). Called from the thread
/// that opens a session, with no lock held.
#[uniffi::export(foreign)]
pub trait KeyCallback: Send + Sync {
    /// The key of this user's file; always the same, until `rekey` has changed it. When it throws, the session is not opened
    /// (`KeyUnavailable`), and no file is touched.
    fn key(&self, user_id: String) -> Result<KeyBytes, HookError>;
}

#[uniffi::export]
impl Core {
    /// Writes a user's database anew under another key, while no session of theirs is open. After a death on the way the
    /// database is whole, under the one key or the other: keep both until this has returned, and call it again.
    pub fn rekey(&self, user_id: String, new_key: KeyBytes) -> errors::Result<()> {
        let new_key = new_key.key()?;
        with_reason(|| self.0.rekey(&UserId::new(user_id)?, &new_key))
    }
}

pub(crate) struct Keys(pub Arc<dyn KeyCallback>);

impl foodlens_core::KeyProvider for Keys {
    fn key(&self, user: &UserId) -> Result<DatabaseKey, foodlens_core::HookError> {
        self.0.key(user.as_str().into())?.key().map_err(|refused| {
            REFUSED.set(Some(refused));
            foodlens_core::HookError
        })
    }
}

thread_local! {
    /// Why the key that was given on this thread is none.
    static REFUSED: Cell<Option<Error>> = const { Cell::new(None) };
}

/// Runs a call that may ask for a key. To the core, a key that is none is one that is not to be had; the app hears why.
pub(crate) fn with_reason<T>(call: impl FnOnce() -> Result<T>) -> errors::Result<T> {
    REFUSED.set(None);
    Ok(call().map_err(|error| match (error.kind(), REFUSED.take()) {
        (ErrorKind::KeyUnavailable, Some(refused)) => refused,
        _ => error,
    })?)
}

/// The bytes of a key on their way in: what the border makes of them is overwritten once it is read.
pub struct KeyBytes(Zeroizing<Vec<u8>>);

impl KeyBytes {
    fn key(&self) -> Result<DatabaseKey> {
        DatabaseKey::from_slice(&self.0)
    }
}

/// As of `Vec<u8>`, which would leave its buffer behind as it is.
unsafe impl FfiConverter<UniFfiTag> for KeyBytes {
    type FfiType = RustBuffer;
    const TYPE_ID_META: MetadataBuffer = <Vec<u8> as TypeId<UniFfiTag>>::TYPE_ID_META;

    fn try_lift(buffer: RustBuffer) -> uniffi::Result<Self> {
        let buffer = Zeroizing::new(buffer.destroy_into_vec());
        <Self as FfiConverter<UniFfiTag>>::try_read(&mut buffer.as_slice())
    }

    fn try_read(buffer: &mut &[u8]) -> uniffi::Result<Self> {
        Ok(Self(Zeroizing::new(<Vec<u8> as Lift<UniFfiTag>>::try_read(buffer)?)))
    }

    // The generator asks for both directions; a key goes only in.
    fn lower(key: Self) -> RustBuffer {
        <Vec<u8> as Lower<UniFfiTag>>::lower(key.0.to_vec())
    }

    fn write(key: Self, buffer: &mut Vec<u8>) {
        <Vec<u8> as Lower<UniFfiTag>>::write(key.0.to_vec(), buffer);
    }
}

uniffi::derive_ffi_traits!(local KeyBytes);

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]
mod tests {
    use super::*;
    use foodlens_core::{KeyProvider, Rule};

    struct Gives(Result<usize, HookError>);

    impl KeyCallback for Gives {
        fn key(&self, _: String) -> Result<KeyBytes, HookError> {
            Ok(KeyBytes(Zeroizing::new(vec![7; self.0.clone()?])))
        }
    }

    /// What an app gets of a call that asks for this key.
    fn asked(gives: Result<usize, HookError>) -> errors::Result<DatabaseKey> {
        let user = UserId::new("ana").unwrap();
        with_reason(|| Keys(Arc::new(Gives(gives))).key(&user).map_err(|_| ErrorKind::KeyUnavailable.into()))
    }

    #[test]
    fn a_key_of_another_length_is_told_from_one_that_is_not_to_be_had() {
        assert_eq!(asked(Ok(32)).unwrap().as_bytes(), &[7; 32]);
        for length in [0, 31, 33] {
            let refused = Error::from(ErrorKind::Invalid {
                field: "key".into(),
                rule: Rule::Form { expected: "32 bytes" },
            });
            assert_eq!(asked(Ok(length)).unwrap_err(), refused.into(), "{length}");
        }
        let unavailable = || errors::CoreError::from(Error::from(ErrorKind::KeyUnavailable));
        assert_eq!(asked(Err(HookError::Failed)).unwrap_err(), unavailable(), "and not the one before");
    }

    #[test]
    fn bytes_cross_the_border_as_they_are() {
        let bytes: Vec<u8> = (0..32).collect();
        let there = |bytes: &[u8]| KeyBytes(Zeroizing::new(bytes.to_vec()));
        let back =
            <KeyBytes as Lift<UniFfiTag>>::try_lift(<KeyBytes as Lower<UniFfiTag>>::lower(there(&bytes)));
        assert_eq!(*back.unwrap().0, bytes);
        let cut = RustBuffer::from_vec(vec![0, 0, 0, 32, 1, 2]);
        assert!(<KeyBytes as Lift<UniFfiTag>>::try_lift(cut).is_err());
    }
}
