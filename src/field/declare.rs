//! The macros that make a header out of a table.
//!
//! [`fields!`](crate::fields) declares a table in a module of its own: a constant per field and `FIELDS`.
//! [`header!`](crate::header) does the same in the module where it stands, and adds the view type with its
//! getters and setters, and the builder's methods.
//!
//! A row reads: role, constant, optionally getter and setter, type (and `as` a format other than the type's
//! own), bits `start .. end`, optionally `* scale`, `named` and a function of the section that names the value, and
//! `if` and one that says whether the field is there, then the Wireshark name, the label and, where it differs
//! from the table's, the specification. Roles are `tile`, `group` and `alias` ([`Role`](crate::field::Role)).
//! An `end` of 0 means: to the end of the section.

use crate::field::FieldInfo;

/// Two lists of tables in one, which has `N`.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // Runs at compile time alone.
pub const fn joined<const N: usize>(
    first: &[&'static [FieldInfo]],
    then: &[&'static [FieldInfo]],
) -> [&'static [FieldInfo]; N] {
    let mut tables: [&'static [FieldInfo]; N] = [&[]; N];
    let mut n = 0;
    while n < N {
        tables[n] = if n < first.len() { first[n] } else { then[n - first.len()] };
        n += 1;
    }
    tables
}

/// Declares a table of fields in a module of its own: one [`Field`](crate::field::Field) constant per row, and
/// `FIELDS`, the whole table. See [`declare`](crate::field::declare) for how a row reads.
///
/// ```
/// layercake::fields! {
///     /// A tag of two bytes.
///     pub mod tag in "example 1.2" {
///         tile COLOUR: u8 = 0..4, "tag.colour", "Colour";
///         tile SIZE: u16 as Hex = 4..16, "tag.size", "Size";
///     }
/// }
/// assert_eq!(tag::SIZE.read(&[0x12, 0x34]), Some(0x234));
/// assert_eq!(tag::FIELDS.len(), 2);
/// ```
#[macro_export]
macro_rules! fields {
    ($(#[$doc:meta])* pub mod $module:ident in $spec:literal { $($rows:tt)* }) => {
        $(#[$doc])*
        pub mod $module {
            #[allow(unused_imports)]
            use super::*;
            $crate::fields! { @table $spec; $($rows)* }
        }
    };
    (@table $spec:literal; $(
        $(#[$doc:meta])*
        $role:ident $NAME:ident $(($get:ident, $set:ident))? : $T:ty $(as $format:ident)? = $start:literal..$end:literal $(* $scale:literal)? $(named $named:ident)? $(if $when:path)?,
        $name:literal, $label:literal $(, $row_spec:literal)?;
    )*) => {
        $(
            #[doc = concat!($label, ": `", $name, "`.")]
            $(#[$doc])*
            pub const $NAME: $crate::field::Field<$T> = $crate::field::Field::new($crate::field::FieldInfo {
                name: $name,
                label: $label,
                spec: $crate::fields!(@or $spec $(, $row_spec)?),
                start: $start,
                bits: if $end == 0 { 0 } else { ($end as u16).saturating_sub($start) },
                scale: $crate::fields!(@or 1 $(, $scale)?),
                role: $crate::fields!(@role $role),
                format: $crate::fields!(@or <$T as $crate::field::FieldType>::FORMAT $(, $crate::field::Format::$format)?),
                names: None,
                named: $crate::fields!(@named $($named)?),
                when: $crate::fields!(@when $($when)?),
            });
        )*
        /// The table of fields, in the order of their bits.
        pub const FIELDS: &[$crate::field::FieldInfo] = &[$($NAME.info),*];
        const _: () = $crate::field::check_table(FIELDS, &[$($end),*]);
    };
    (@named) => { None };
    (@named $named:ident) => { Some($named as $crate::field::Namer) };
    (@when) => { None };
    (@when $when:path) => { Some($when as fn(&[u8]) -> bool) };
    (@or $default:expr) => { $default };
    (@or $default:expr, $given:expr) => { $given };
    (@role tile) => { $crate::field::Role::Tile };
    (@role group) => { $crate::field::Role::Group };
    (@role alias) => { $crate::field::Role::Alias };
}

/// Declares a header: constants and table as [`fields!`](crate::fields) does, the view type with getters and
/// setters, and the builder's methods. See [`declare`](crate::field::declare) for how a row reads.
///
/// After the type's name stands the length of its fixed part in bytes. A header with options goes on with `max`,
/// the bytes that a builder of it has room for, and `step`, the multiple of bytes that it is padded to.
///
/// Outside this crate the builder's methods need a trait, whose name stands behind `builder`: see
/// [`Rule`](crate::packet::Rule) for a header of a user's own.
#[macro_export]
macro_rules! header {
    (
        $(#[$doc:meta])*
        pub struct $Header:ident($len:literal $(max $room:literal step $step:literal)?) $(builder $Methods:ident)? $prefix:literal in $spec:literal { $($rows:tt)* }
    ) => {
        $crate::fields! { @table $spec; $($rows)* }

        $(#[$doc])*
        ///
        /// A view over the bytes of the header and what it carries; `B` is borrowed (`&[u8]`), mutable
        /// (`&mut [u8]`) or owned (`Vec<u8>`, an array). Setters change their bits and nothing else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $Header<B = ()> {
            bytes: B,
        }

        impl $Header {
            /// Length of the fixed part in bytes.
            pub const LEN: usize = $len;
        }

        impl<B: AsRef<[u8]>> $Header<B> {
            /// A view over `bytes`, which begin with the header and may go on after it.
            ///
            /// # Errors
            /// [`Short`](crate::field::Short) if they do not hold the fixed part.
            #[inline]
            pub fn view(bytes: B) -> Result<Self, $crate::field::Short> {
                let available = bytes.as_ref().len();
                if available < $len {
                    return Err($crate::field::Short { protocol: $prefix, needed: $len, available });
                }
                Ok(Self { bytes })
            }

            /// The bytes under the view.
            #[inline]
            pub fn bytes(&self) -> &[u8] {
                self.bytes.as_ref()
            }

            /// The same view over borrowed bytes, which knows payload and options too.
            #[inline]
            pub fn by_ref(&self) -> $Header<&[u8]> {
                $Header { bytes: self.bytes.as_ref() }
            }

            /// Gives back what was viewed.
            #[inline]
            pub fn into_inner(self) -> B {
                self.bytes
            }
        }

        impl $crate::field::Header for $Header {
            const LEN: usize = $len;
            const STEP: usize = $crate::fields!(@or 1 $(, $step)?);
            type View<B> = $Header<B>;
            type Room = [u8; $crate::fields!(@or $len $(, $room)?)];

            #[inline]
            fn room() -> Self::Room {
                [0; $crate::fields!(@or $len $(, $room)?)]
            }

            #[inline]
            fn wrap<B: AsRef<[u8]>>(bytes: B) -> Option<$Header<B>> {
                (bytes.as_ref().len() >= $len).then_some($Header { bytes })
            }
        }

        $crate::header! { @accessors $Header; $($rows)* }
        $crate::header! { @builder $Header [$($Methods)?]; $($rows)* }
    };
    (@builder $Header:ident []; $(
        $(#[$doc:meta])*
        $role:ident $NAME:ident $(($get:ident, $set:ident))? : $T:ty $(as $format:ident)? = $start:literal..$end:literal $(* $scale:literal)? $(named $named:ident)? $(if $when:path)?,
        $name:literal, $label:literal $(, $row_spec:literal)?;
    )*) => {
        impl $crate::field::Builder<$Header> {
            $($(
                #[doc = concat!($label, ", `", $name, "`", ", exactly as given; a value that is wider is an error when the packet is written.")]
                #[inline]
                #[must_use]
                pub fn $get(self, value: $T) -> Self {
                    self.give(&$NAME, value)
                }
            )?)*
        }
    };
    (@builder $Header:ident [$Methods:ident]; $(
        $(#[$doc:meta])*
        $role:ident $NAME:ident $(($get:ident, $set:ident))? : $T:ty $(as $format:ident)? = $start:literal..$end:literal $(* $scale:literal)? $(named $named:ident)? $(if $when:path)?,
        $name:literal, $label:literal $(, $row_spec:literal)?;
    )*) => {
        #[doc = concat!("The fields of a [`", stringify!($Header), "`] under construction.")]
        pub trait $Methods: Sized {
            $($(
                #[doc = concat!($label, ", `", $name, "`", ", exactly as given; a value that is wider is an error when the packet is written.")]
                #[must_use]
                fn $get(self, value: $T) -> Self;
            )?)*
        }

        impl $Methods for $crate::field::Builder<$Header> {
            $($(
                #[inline]
                fn $get(self, value: $T) -> Self {
                    self.give(&$NAME, value)
                }
            )?)*
        }
    };
    (@accessors $Header:ident; $(
        $(#[$doc:meta])*
        $role:ident $NAME:ident $(($get:ident, $set:ident))? : $T:ty $(as $format:ident)? = $start:literal..$end:literal $(* $scale:literal)? $(named $named:ident)? $(if $when:path)?,
        $name:literal, $label:literal $(, $row_spec:literal)?;
    )*) => {
        impl<B: AsRef<[u8]>> $Header<B> {
            /// Calls every getter and gives its field and bits: for fuzzing, so that no header is forgotten there.
            #[doc(hidden)]
            pub fn getters(&self, visit: &mut dyn FnMut(&'static $crate::field::FieldInfo, u128)) {
                $($(visit(&$NAME.info, $crate::field::FieldType::to_bits(self.$get()));)?)*
            }

            $($(
                #[doc = concat!($label, ": `", $name, "`", ".")]
                #[inline]
                pub fn $get(&self) -> $T {
                    // A view holds the fixed part, so the field is there.
                    $NAME.read(self.bytes.as_ref()).unwrap_or_else(|| <$T as $crate::field::FieldType>::from_bits(0))
                }
            )?)*
        }

        impl<B: AsRef<[u8]> + AsMut<[u8]>> $Header<B> {
            $($(
                #[doc = concat!("Sets ", $label, ", `", $name, "`", ", and nothing else; of a value that is wider, its low bits.")]
                #[inline]
                pub fn $set(&mut self, value: $T) {
                    let _ = $NAME.write(self.bytes.as_mut(), value);
                }
            )?)*
        }
    };
}
