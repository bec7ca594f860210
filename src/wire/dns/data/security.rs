//! Types for signed zones, keys, certificates and signed messages.

use crate::names::{DigestType, DnsType, DnssecAlgorithm, TsigError};

names! {
    /// Whose signature it is.
    rrsig_signer in "RFC 4034 section 3.1.7" = "dns.rrsig.signers_name", "Signer's name";
    /// The next name of the zone.
    nsec in "RFC 4034 section 4.1.1" = "dns.nsec.next_domain_name", "Next name";
    /// The next name of the zone.
    nxt in "RFC 2535 section 5.2" = "dns.nxt.next_domain_name", "Next name";
    /// Who exchanges keys for a host.
    kx_exchanger in "RFC 2230 section 3" = "dns.kx.key_exchange", "Key exchanger";
    /// Who brings packets to a host that moves.
    hip_server in "RFC 8005 section 5.6" = "dns.hip.rendezvous_server", "Rendezvous server";
    /// How a message is signed.
    tsig_algorithm in "RFC 8945 section 4.2" = "dns.tsig.algorithm_name", "Algorithm";
    /// How a key is exchanged.
    tkey_algorithm in "RFC 2930 section 2.1" = "dns.tkey.algo_name", "Algorithm";
}

bytes! {
    /// A signature.
    rrsig_signature in "RFC 4034 section 3.1.8" = "dns.rrsig.signature", "Signature";
    /// A bit for each type of record up to 127.
    nxt_map in "RFC 2535 section 5.2" = "dns.nxt.bits", "A bit for each type";
    /// Which client of DHCP a name belongs to.
    dhcid in "RFC 4701 section 3.1" = "dns.dhcid.rdata", "Client's digest";
    /// A key.
    openpgpkey in "RFC 7929 section 2.1" = "dns.openpgpkey", "OpenPGP key";
    /// The tag of a host identity.
    hip_tag in "RFC 8005 section 5.4" = "dns.hip.hit", "Host identity tag";
    /// A key.
    hip_key in "RFC 8005 section 5.5" = "dns.hip.pk", "Public key";
}

crate::fields! {
    /// A signature.
    pub mod rrsig in "RFC 4034 section 3.1" {
        tile TYPE_COVERED: DnsType = 0..16, "dns.rrsig.type_covered", "Type covered";
        tile ALGORITHM: DnssecAlgorithm = 16..24, "dns.rrsig.algorithm", "Algorithm";
        tile LABELS: u8 = 24..32, "dns.rrsig.labels", "Labels";
        tile ORIGINAL_TTL: u32 = 32..64, "dns.rrsig.original_ttl", "Original time to live, s";
        tile EXPIRATION: u32 = 64..96, "dns.rrsig.signature_expiration", "Valid until, s since 1970";
        tile INCEPTION: u32 = 96..128, "dns.rrsig.signature_inception", "Valid from, s since 1970";
        tile KEY_TAG: u16 = 128..144, "dns.rrsig.key_tag", "Key tag";
    }
}
crate::fields! {
    /// A key of a zone.
    pub mod dnskey in "RFC 4034 section 2.1" {
        group FLAGS: u16 as Hex = 0..16, "dns.dnskey.flags", "Flags";
        tile RESERVED: u8 as Hex = 0..7, "dns.dnskey.flags.reserved", "Reserved";
        tile ZONE_KEY: bool = 7..8, "dns.dnskey.flags.zone_key", "Zone key";
        tile REVOKED: bool = 8..9, "dns.dnskey.flags.key_revoked", "Revoked", "RFC 5011 section 7";
        tile RESERVED_TOO: u8 as Hex = 9..15, "dns.dnskey.flags.reserved", "Reserved";
        tile ENTRY_POINT: bool = 15..16, "dns.dnskey.flags.secure_entry_point", "Secure entry point";
        tile PROTOCOL: u8 = 16..24, "dns.dnskey.protocol", "Protocol";
        tile ALGORITHM: DnssecAlgorithm = 24..32, "dns.dnskey.algorithm", "Algorithm";
        tile PUBLIC_KEY: [u8; 0] = 32..0, "dns.dnskey.public_key", "Public key";
    }
}
crate::fields! {
    /// A key.
    pub mod key in "RFC 2535 section 3.1" {
        group FLAGS: u16 as Hex = 0..16, "dns.key.flags", "Flags";
        tile NO_AUTHENTICATION: bool = 0..1, "dns.key.flags.authentication", "Not for authentication";
        tile NO_CONFIDENTIALITY: bool = 1..2, "dns.key.flags.confidentiality", "Not for confidentiality";
        tile EXTENSION: bool = 2..3, "dns.key.flags.required", "More flags follow";
        tile RESERVED: u8 as Hex = 3..5, "dns.key.flags.reserved", "Reserved";
        tile USER: bool = 5..6, "dns.key.flags.associated_user", "Key of a user";
        tile ENTITY: bool = 6..7, "dns.key.flags.associated_named_entity", "Key of a host or the like";
        tile RESERVED_TOO: u8 as Hex = 7..8, "dns.key.flags.reserved", "Reserved";
        tile IPSEC: bool = 8..9, "dns.key.flags.ipsec", "For IPsec";
        tile MIME: bool = 9..10, "dns.key.flags.mime", "For mail";
        tile RESERVED_STILL: u8 as Hex = 10..12, "dns.key.flags.reserved", "Reserved";
        tile SIGNATORY: u8 as Hex = 12..16, "dns.key.flags.signatory", "May sign updates";
        tile PROTOCOL: u8 = 16..24, "dns.key.protocol", "Protocol";
        tile ALGORITHM: DnssecAlgorithm = 24..32, "dns.key.algorithm", "Algorithm";
        tile PUBLIC_KEY: [u8; 0] = 32..0, "dns.key.public_key", "Public key";
    }
}
crate::fields! {
    /// The digest of a key of the zone below.
    pub mod ds in "RFC 4034 section 5.1" {
        tile KEY_TAG: u16 = 0..16, "dns.ds.key_id", "Key tag";
        tile ALGORITHM: DnssecAlgorithm = 16..24, "dns.ds.algorithm", "Algorithm";
        tile DIGEST_TYPE: DigestType = 24..32, "dns.ds.digest_type", "Digest type";
        tile DIGEST: [u8; 0] = 32..0, "dns.ds.digest", "Digest";
    }
}
crate::fields! {
    /// Types of records, a bit for each of 256 that have the same upper byte.
    pub mod nsec_map in "RFC 4034 section 4.1.2" {
        tile WINDOW: u8 = 0..8, "dns.nsec.window", "Upper byte of the types";
        tile LENGTH: u8 = 8..16, "dns.nsec.length", "Bit map length";
        tile BITS: [u8; 0] = 16..0, "dns.nsec.bits", "A bit for each type";
    }
}
crate::fields! {
    /// How names are hashed.
    pub mod nsec3 in "RFC 5155 section 3.1" {
        tile ALGORITHM: u8 = 0..8, "dns.nsec3.algo", "Hash algorithm";
        group FLAGS: u8 as Hex = 8..16, "dns.nsec3.flags", "Flags";
        tile RESERVED: u8 as Hex = 8..15, "dns.nsec3.flags.reserved", "Reserved";
        tile OPT_OUT: bool = 15..16, "dns.nsec3.flags.opt_out", "Opt-out";
        tile ITERATIONS: u16 = 16..32, "dns.nsec3.iterations", "Iterations";
    }
}
crate::fields! {
    /// What goes into each hash.
    pub mod nsec3_salt in "RFC 5155 section 3.1.4" {
        tile LENGTH: u8 = 0..8, "dns.nsec3.salt_length", "Salt length";
        tile SALT: [u8; 0] = 8..0, "dns.nsec3.salt_value", "Salt";
    }
}
crate::fields! {
    /// The next hash of the zone.
    pub mod nsec3_hash in "RFC 5155 section 3.1.6" {
        tile LENGTH: u8 = 0..8, "dns.nsec3.hash_length", "Hash length";
        tile HASH: [u8; 0] = 8..0, "dns.nsec3.hash_value", "Next hash";
    }
}
crate::fields! {
    /// What a zone below wants to be changed above.
    pub mod csync in "RFC 7477 section 2.1.1" {
        tile SERIAL: u32 = 0..32, "dns.csync.soa", "Serial number";
        group FLAGS: u16 as Hex = 32..48, "dns.csync.flags", "Flags";
        tile RESERVED: u16 as Hex = 32..46, "dns.csync.flags.reserved", "Reserved";
        tile MINIMUM: bool = 46..47, "dns.csync.flags.soaminimum", "From this serial number on";
        tile IMMEDIATE: bool = 47..48, "dns.csync.flags.immediate", "At once";
    }
}
crate::fields! {
    /// The digest of a zone.
    pub mod zonemd in "RFC 8976 section 2.2" {
        tile SERIAL: u32 = 0..32, "dns.zonemd.serial", "Serial number";
        tile SCHEME: u8 = 32..40, "dns.zonemd.scheme", "Scheme";
        tile ALGORITHM: u8 = 40..48, "dns.zonemd.hash_algo", "Hash algorithm";
        tile DIGEST: [u8; 0] = 48..0, "dns.zonemd.digest", "Digest";
    }
}
crate::fields! {
    /// What stands in front of a key exchanger.
    pub mod kx in "RFC 2230 section 3" {
        tile PREFERENCE: u16 = 0..16, "dns.kx.preference", "Preference";
    }
}
crate::fields! {
    /// A certificate.
    pub mod cert in "RFC 4398 section 2" {
        tile TYPE: u16 = 0..16, "dns.cert.type", "Certificate type";
        tile KEY_TAG: u16 = 16..32, "dns.cert.key_tag", "Key tag";
        tile ALGORITHM: DnssecAlgorithm = 32..40, "dns.cert.algorithm", "Algorithm";
        tile CERTIFICATE: [u8; 0] = 40..0, "dns.cert.certificate", "Certificate";
    }
}
crate::fields! {
    /// The fingerprint of a host's key.
    pub mod sshfp in "RFC 4255 section 3.1" {
        tile ALGORITHM: u8 = 0..8, "dns.sshfp.algorithm", "Algorithm";
        tile TYPE: u8 = 8..16, "dns.sshfp.fingerprint.type", "Fingerprint type";
        tile FINGERPRINT: [u8; 0] = 16..0, "dns.sshfp.fingerprint", "Fingerprint";
    }
}
crate::fields! {
    /// Which certificate a server has, or with RFC 8162 a mail address.
    pub mod tlsa in "RFC 6698 section 2.1" {
        tile USAGE: u8 = 0..8, "dns.tlsa.certificate_usage", "Certificate usage";
        tile SELECTOR: u8 = 8..16, "dns.tlsa.selector", "Selector";
        tile MATCHING: u8 = 16..24, "dns.tlsa.matching_type", "Matching type";
        tile DATA: [u8; 0] = 24..0, "dns.tlsa.certificate_association_data", "Certificate association data";
    }
}
crate::fields! {
    /// The lengths of a host identity.
    pub mod hip in "RFC 8005 section 5" {
        tile TAG_LENGTH: u8 = 0..8, "dns.hip.hit.length", "Tag length";
        tile ALGORITHM: u8 = 8..16, "dns.hip.hit.pk.algo", "Algorithm";
        tile KEY_LENGTH: u16 = 16..32, "dns.hip.pk.length", "Key length";
    }
}
crate::fields! {
    /// When a message was signed.
    pub mod tsig in "RFC 8945 section 4.2" {
        tile TIME: u64 = 0..48, "dns.tsig.time_signed", "Time signed, s since 1970";
        tile FUDGE: u16 = 48..64, "dns.tsig.fudge", "Clocks may differ, s";
    }
}
crate::fields! {
    /// The signature of a message.
    pub mod tsig_mac in "RFC 8945 section 4.2" {
        tile LENGTH: u16 = 0..16, "dns.tsig.mac_size", "Signature length";
        tile MAC: [u8; 0] = 16..0, "dns.tsig.mac", "Signature";
    }
}
crate::fields! {
    /// The message as it was signed, and what became of it.
    pub mod tsig_id in "RFC 8945 section 4.2" {
        tile ORIGINAL_ID: u16 as Hex = 0..16, "dns.tsig.original_id", "Original ID";
        tile ERROR: TsigError = 16..32, "dns.tsig.error", "Error";
    }
}
crate::fields! {
    /// The server's time, where the client's was wrong.
    pub mod tsig_other in "RFC 8945 section 4.2" {
        tile LENGTH: u16 = 0..16, "dns.tsig.other_len", "Length of other data";
        tile DATA: [u8; 0] = 16..0, "dns.tsig.other_data", "Other data";
    }
}
crate::fields! {
    /// How long a key holds, and how it is exchanged.
    pub mod tkey in "RFC 2930 section 2" {
        tile INCEPTION: u32 = 0..32, "dns.tkey.signature_inception", "Valid from, s since 1970";
        tile EXPIRATION: u32 = 32..64, "dns.tkey.signature_expiration", "Valid until, s since 1970";
        tile MODE: u16 = 64..80, "dns.tkey.mode", "Mode";
        tile ERROR: TsigError = 80..96, "dns.tkey.error", "Error";
    }
}
crate::fields! {
    /// What a key is made of.
    pub mod tkey_key in "RFC 2930 section 2.7" {
        tile LENGTH: u16 = 0..16, "dns.tkey.key_size", "Key length";
        tile KEY: [u8; 0] = 16..0, "dns.tkey.key_data", "Key data";
    }
}
crate::fields! {
    /// What else is said.
    pub mod tkey_other in "RFC 2930 section 2.8" {
        tile LENGTH: u16 = 0..16, "dns.tkey.other_size", "Length of other data";
        tile DATA: [u8; 0] = 16..0, "dns.tkey.other_data", "Other data";
    }
}

/// Two bytes, and as many as the second says.
pub(super) fn nsec_map_size(left: &[u8]) -> usize {
    usize::from(nsec_map::LENGTH.read(left).unwrap_or(0)).saturating_add(2)
}

pub(super) fn hip_tag_size(data: &[u8], _: usize) -> usize {
    hip::TAG_LENGTH.read(data).map_or(0, usize::from)
}

pub(super) fn hip_key_size(data: &[u8], _: usize) -> usize {
    hip::KEY_LENGTH.read(data).map_or(0, usize::from)
}
