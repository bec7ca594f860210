//! PPP over Ethernet, [RFC 2516](https://www.rfc-editor.org/rfc/rfc2516): sessions, and how they are found.

/// Declares one of the two stages: they have the same header, and EtherTypes of their own.
macro_rules! stage {
    ($(#[$doc:meta])* $Stage:ident($room:literal), $prefix:literal) => {
        crate::header! {
            $(#[$doc])*
            ///
            /// ```text
            ///  0                   1                   2                   3
            ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
            /// +-------+-------+---------------+-------------------------------+
            /// |Version|  Type |     Code      |            Session            |
            /// +-------+-------+---------------+-------------------------------+
            /// |            Length             |
            /// +-------------------------------+
            /// ```
            pub struct $Stage(6 max $room step 1) $prefix in "RFC 2516 section 4" {
                tile VERSION(version, set_version): u8 = 0..4, "pppoe.version", "Version";
                tile TYPE(kind, set_kind): u8 = 4..8, "pppoe.type", "Type";
                tile CODE(code, set_code): PppoeCode = 8..16, "pppoe.code", "Code";
                tile SESSION(session, set_session): u16 as Hex = 16..32, "pppoe.session_id", "Session";
                tile LENGTH(length, set_length): u16 = 32..48, "pppoe.payload_length", "Length";
            }
        }

        const CLAIM: Claim = Claim {
            field: &LENGTH.info,
            bytes: |bytes| match LENGTH.read(bytes) {
                Some(length) => Claimed::Bytes(usize::from(length).saturating_add($Stage::LEN)),
                None => Claimed::Nothing,
            },
            beyond: "pppoe.payload_length.beyond",
        };

        /// Version and type are 1 in all that RFC 2516 describes.
        fn other_version(scope: &Scope<'_>) -> Option<Finding> {
            let text = "version and type are not both 1, so what follows may be anything";
            let other = Finding::at(&VERSION.info, "pppoe.version.bad", Severity::Error, text);
            (*scope.bytes.first()? != 0x11).then_some(other)
        }
    };
}

/// The session stage.
pub mod session {
    use crate::field::{
        Builder, Claim, Claimed, Finding, Kind, Next, Peel, Phrase, Protocol, Scope, Severity,
    };
    use crate::names::PppoeCode;

    stage! {
        /// A packet of a session, which carries PPP.
        PppoeSession(6), "pppoes"
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "pppoes",
        name: "PPP over Ethernet Session",
        spec: "RFC 2516",
        fields: FIELDS,
        length: PppoeSession::LEN,
        peel,
        needed: |_| PppoeSession::LEN,
        claim: Some(CLAIM),
        checks: &[other_version],
        fill: |bytes, completion| {
            completion.auto(bytes, &VERSION, 1);
            completion.auto(bytes, &TYPE, 1);
            completion.length(bytes, &LENGTH, bytes.len().saturating_sub(PppoeSession::LEN))
        },
        summary: &[
            Phrase::Text("PPPoE session "),
            Phrase::Value(&SESSION.info),
            Phrase::Text(", "),
            Phrase::Content,
        ],
        ..Protocol::PLAIN
    };

    /// PPP.
    #[inline(always)]
    pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
        let (header, rest) = bytes.split_first_chunk::<6>()?;
        let content = rest.get(..usize::from(LENGTH.read(header)?)).unwrap_or(rest);
        Some(Peel { header: PppoeSession::LEN, content, tail: 0, next: Some(Next::Kind(Kind::PPP)) })
    }

    impl PppoeSession {
        /// A packet of this session; the length is filled in when it is written.
        #[allow(clippy::new_ret_no_self)]
        pub fn new(session: u16) -> Builder<Self> {
            Builder::<Self>::empty().version(1).kind(1).session(session)
        }
    }
}

/// The discovery stage.
pub mod discovery {
    use crate::field::tlv::{self, OptionKind, Options, Rules};
    use crate::field::{
        Builder, Claim, Claimed, Cursor, FieldInfo, Finding, List, Next, Peel, Phrase, Protocol, Scope,
        Section, Severity,
    };
    use crate::names::{PppoeCode, PppoeTag};

    stage! {
        /// A message by which a session is found, opened or ended; tags follow.
        PppoeDiscovery(256), "pppoed"
    }

    crate::fields! {
        /// All tags.
        pub mod tags in "RFC 2516 section 4" {
            group TAGS: [u8; 0] = 0..0, "pppoed.tags", "Tags";
        }
    }

    crate::fields! {
        /// Type and length of a tag.
        pub mod head in "RFC 2516 section 4" {
            tile TYPE: PppoeTag = 0..16, "pppoed.tag", "Tag";
            tile LENGTH: u16 = 16..32, "pppoed.tag_length", "Tag length";
        }
    }

    /// A tag whose value is bytes or text.
    macro_rules! tag {
        ($module:ident, $name:literal, $label:literal) => {
            crate::fields! {
                #[doc = concat!($label, ".")]
                pub mod $module in "RFC 2516 appendix A" {
                    tile VALUE: [u8; 0] = 0..0, $name, $label;
                }
            }
        };
    }
    tag!(service_name, "pppoed.tags.service_name", "Name of the service");
    tag!(ac_name, "pppoed.tags.ac_name", "Name of the concentrator");
    tag!(host_unique, "pppoed.tags.host_uniq", "The host's identifier");
    tag!(cookie, "pppoed.tags.ac_cookie", "The concentrator's cookie");
    tag!(relay, "pppoed.tags.relay_session_id", "The relay's session");
    tag!(service_error, "pppoed.tags.service_name_error", "Service error");
    tag!(system_error, "pppoed.tags.ac_system_error", "Concentrator error");
    tag!(generic_error, "pppoed.tags.generic_error", "Other error");
    tag!(max_payload, "pppoed.tags.max_payload", "Longest PPP payload");
    tag!(unknown, "pppoed.tag.unknown_data", "Value");

    /// How tags are laid out.
    pub const RULES: Rules = Rules { counts: 0, align: 1, ..Rules::WORDS };

    const fn entry(kind: PppoeTag, first: &'static [FieldInfo]) -> OptionKind {
        OptionKind { kind: kind.0, first, ..OptionKind::PLAIN }
    }

    const TAGS: &Options = &Options {
        rules: RULES,
        head: head::FIELDS,
        alone: &[],
        kinds: &[
            entry(PppoeTag::SERVICE_NAME, service_name::FIELDS),
            entry(PppoeTag::AC_NAME, ac_name::FIELDS),
            entry(PppoeTag::HOST_UNIQUE, host_unique::FIELDS),
            entry(PppoeTag::AC_COOKIE, cookie::FIELDS),
            entry(PppoeTag::RELAY_SESSION, relay::FIELDS),
            entry(PppoeTag::SERVICE_NAME_ERROR, service_error::FIELDS),
            entry(PppoeTag::AC_SYSTEM_ERROR, system_error::FIELDS),
            entry(PppoeTag::GENERIC_ERROR, generic_error::FIELDS),
            entry(PppoeTag::MAX_PAYLOAD, max_payload::FIELDS),
        ],
        other: OptionKind { first: unknown::FIELDS, ..OptionKind::PLAIN },
        padding: unknown::FIELDS,
    };

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "pppoed",
        name: "PPP over Ethernet Discovery",
        spec: "RFC 2516",
        fields: FIELDS,
        tables: &[tags::FIELDS],
        lists: &[
            head::FIELDS,
            service_name::FIELDS,
            ac_name::FIELDS,
            host_unique::FIELDS,
            cookie::FIELDS,
            relay::FIELDS,
            service_error::FIELDS,
            system_error::FIELDS,
            generic_error::FIELDS,
            max_payload::FIELDS,
            unknown::FIELDS,
        ],
        length: PppoeDiscovery::LEN,
        peel,
        needed,
        sections,
        list: Some(List { word: "tags", options: TAGS, inside: |_| None, before: &[] }),
        claim: Some(CLAIM),
        checks: &[other_version, |scope| {
            let list = scope.header_bytes().get(PppoeDiscovery::LEN..)?;
            let code = "pppoed.tag_length.bad";
            let broken = tlv::check(
                list,
                &RULES,
                PppoeDiscovery::LEN,
                &head::LENGTH.info,
                code,
                Some(LENGTH.info.name),
            );
            broken.filter(|_| scope.header >= needed(scope.bytes))
        }],
        fill: |bytes, completion| {
            completion.auto(bytes, &VERSION, 1);
            completion.auto(bytes, &TYPE, 1);
            completion.length(bytes, &LENGTH, bytes.len().saturating_sub(PppoeDiscovery::LEN))
        },
        summary: &[Phrase::Text("PPPoE "), Phrase::Value(&CODE.info)],
        ..Protocol::PLAIN
    };

    /// The header with its tags; it carries nothing.
    #[inline(always)]
    pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
        bytes.first_chunk::<6>()?;
        let header = needed(bytes);
        bytes.get(..header)?;
        Some(Peel { header, content: &[], tail: 0, next: None })
    }

    fn needed(bytes: &[u8]) -> usize {
        let tags = LENGTH.read(bytes).map_or(0, usize::from);
        tags.saturating_add(PppoeDiscovery::LEN).min(usize::from(u16::MAX))
    }

    fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
        let left = header.len().saturating_sub(cursor.at);
        // The first item is not yet begun.
        if cursor.at == PppoeDiscovery::LEN && cursor.item == 0 && left > 0 {
            cursor.item = cursor.at;
            return cursor.hold(tags::FIELDS, left);
        }
        tlv::section(TAGS, header, header.len(), cursor)
    }

    impl PppoeDiscovery {
        /// A message of this code; tags are added with [`item`](Builder::item) and [`RULES`].
        #[allow(clippy::new_ret_no_self)]
        pub fn new(code: PppoeCode) -> Builder<Self> {
            Builder::<Self>::empty().version(1).kind(1).code(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Kind, Next};

    /// RFC 2516 section 6: the length ends what PPP carries; Ethernet may pad behind it.
    #[test]
    fn a_session_ends_with_its_length() {
        let packet = [0x11, 0x00, 0x12, 0x34, 0x00, 0x02, 0xc0, 0x21, 0, 0];
        let peel = session::peel(&packet).unwrap();
        assert_eq!((peel.content, peel.next), (&[0xc0, 0x21][..], Some(Next::Kind(Kind::PPP))));
        assert!(session::peel(&packet[..5]).is_none());
    }

    /// RFC 2516 section 5.1, appendix B: an initiation asks for any service.
    #[test]
    fn tags_are_part_of_the_header() {
        let padi = [0x11, 0x09, 0, 0, 0, 4, 0x01, 0x01, 0, 0, 0xff, 0xff];
        let peel = discovery::peel(&padi).unwrap();
        assert_eq!((peel.header, peel.content.len(), peel.next), (10, 0, None));
        assert!(discovery::peel(&padi[..9]).is_none());
    }
}
