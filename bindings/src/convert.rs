//! How records of the core become records of the FFI and back: the `mirror!` macro and the conversions that it names.
//! Only what the FFI must see differently is mirrored (times as `SystemTime`, maps as `HashMap`, records that hold
//! such); everything else is exported as it is, by `uniffi::remote`.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::marker::PhantomData;
use std::time::{Duration, SystemTime};

/// A conversion in both directions, named by a type so that `mirror!` can put it beside a field.
pub(crate) trait Via<C, F> {
    fn out(core: C) -> F;
    fn back(ffi: F) -> C;
}

/// The same type on both sides.
pub(crate) struct Same;
impl<T> Via<T, T> for Same {
    fn out(core: T) -> T {
        core
    }
    fn back(ffi: T) -> T {
        ffi
    }
}

/// A mirrored record or enum.
pub(crate) struct Mirrored;
impl<C: From<F>, F: From<C>> Via<C, F> for Mirrored {
    fn out(core: C) -> F {
        core.into()
    }
    fn back(ffi: F) -> C {
        ffi.into()
    }
}

/// Milliseconds since 1970 in the core, a point in time outside.
pub(crate) struct Time;
impl Via<i64, SystemTime> for Time {
    fn out(ms: i64) -> SystemTime {
        let distance = Duration::from_millis(ms.unsigned_abs());
        if ms < 0 { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance }
    }
    fn back(time: SystemTime) -> i64 {
        // Rounded, not cut: Swift's Date is a Double, whose .123 s may arrive as .122999.
        let ms = |d: Duration| i64::try_from((d.as_nanos() + 500_000) / 1_000_000).unwrap_or(i64::MAX);
        time.duration_since(SystemTime::UNIX_EPOCH).map_or_else(|before| -ms(before.duration()), ms)
    }
}

/// A count: unsigned in the core, `i64` outside, since unsigned numbers are second-class in Kotlin and Swift.
pub(crate) struct Count;
macro_rules! count {
    ($($core:ty),+) => { $(
        impl Via<$core, i64> for Count {
            fn out(core: $core) -> i64 {
                i64::try_from(core).unwrap_or(i64::MAX)
            }
            fn back(ffi: i64) -> $core {
                <$core>::try_from(ffi.max(0)).unwrap_or(<$core>::MAX)
            }
        }
    )+ };
}
count!(u8, u16, u32, u64);

/// Something that may be missing.
pub(crate) struct Opt<V>(PhantomData<V>);
impl<C, F, V: Via<C, F>> Via<Option<C>, Option<F>> for Opt<V> {
    fn out(core: Option<C>) -> Option<F> {
        core.map(V::out)
    }
    fn back(ffi: Option<F>) -> Option<C> {
        ffi.map(V::back)
    }
}

/// Each of a list.
pub(crate) struct Each<V>(PhantomData<V>);
impl<C, F, V: Via<C, F>> Via<Vec<C>, Vec<F>> for Each<V> {
    fn out(core: Vec<C>) -> Vec<F> {
        core.into_iter().map(V::out).collect()
    }
    fn back(ffi: Vec<F>) -> Vec<C> {
        ffi.into_iter().map(V::back).collect()
    }
}

/// A sorted map in the core; the FFI knows only hash maps.
pub(crate) struct Map;
impl<K: Ord + Hash, T> Via<BTreeMap<K, T>, HashMap<K, T>> for Map {
    fn out(core: BTreeMap<K, T>) -> HashMap<K, T> {
        core.into_iter().collect()
    }
    fn back(ffi: HashMap<K, T>) -> BTreeMap<K, T> {
        ffi.into_iter().collect()
    }
}

/// Declares an FFI record with the name and the fields of one of the core, and both conversions. `via` names the
/// conversion of a field; without it the field has the same type on both sides.
macro_rules! mirror {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty $(, via $via:ty)?;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, uniffi::Record)]
        pub struct $name { $($(#[$field_doc])* pub $field: $ty,)+ }

        impl From<foodlens_core::$name> for $name {
            fn from(core: foodlens_core::$name) -> Self {
                Self { $($field: <$crate::convert::mirror!(@via $($via)?) as $crate::convert::Via<_, _>>::out(core.$field),)+ }
            }
        }

        impl From<$name> for foodlens_core::$name {
            fn from(ffi: $name) -> Self {
                Self { $($field: <$crate::convert::mirror!(@via $($via)?) as $crate::convert::Via<_, _>>::back(ffi.$field),)+ }
            }
        }
    };
    (@via) => { $crate::convert::Same };
    (@via $via:ty) => { $via };
}
pub(crate) use mirror;

/// As `mirror!`, for an enum whose variants hold one value each.
macro_rules! mirror_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$of_doc:meta])* $of:ident($ty:ty) $(, via $via:ty)?;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, uniffi::Enum)]
        pub enum $name { $($(#[$of_doc])* $of($ty),)+ }

        impl From<foodlens_core::$name> for $name {
            fn from(core: foodlens_core::$name) -> Self {
                match core {
                    $(foodlens_core::$name::$of(of) =>
                        Self::$of(<$crate::convert::mirror!(@via $($via)?) as $crate::convert::Via<_, _>>::out(of)),)+
                }
            }
        }

        impl From<$name> for foodlens_core::$name {
            fn from(ffi: $name) -> Self {
                match ffi {
                    $($name::$of(of) =>
                        Self::$of(<$crate::convert::mirror!(@via $($via)?) as $crate::convert::Via<_, _>>::back(of)),)+
                }
            }
        }
    };
}
pub(crate) use mirror_enum;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_the_way_out_and_back_also_before_1970() {
        for ms in [0, 1, -1, 1_763_000_000_123, -62_135_596_800_000, 253_402_300_799_999] {
            assert_eq!(Time::back(Time::out(ms)), ms);
        }
    }

    #[test]
    fn a_count_out_of_range_is_the_nearest_one_in_range() {
        assert_eq!(<Count as Via<u64, i64>>::out(u64::MAX), i64::MAX);
        assert_eq!(<Count as Via<u32, i64>>::back(-1), 0);
        assert_eq!(<Count as Via<u32, i64>>::back(i64::MAX), u32::MAX);
    }

    #[test]
    fn a_time_that_a_double_cut_short_is_the_millisecond_that_was_meant() {
        let cut = SystemTime::UNIX_EPOCH + Duration::new(1_763_000_000, 122_999_906);
        assert_eq!(Time::back(cut), 1_763_000_000_123);
    }
}
