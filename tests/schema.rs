//! The JSON of every fixture against the published schema, docs/packet.schema.json.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use common::{fixtures, root};
use layercake::packet::Decoder;
use layercake::render::{Context, json};
use layercake::wire::ipv4::Ipv4;
use serde_json::{Value, json};

fn validator() -> jsonschema::Validator {
    let text = std::fs::read_to_string(root().join("docs/packet.schema.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[test]
fn every_fixture_follows_the_schema() {
    let validator = validator();
    for captured in fixtures() {
        let packet = Decoder::new().packet(captured.frame());
        let (file, interface_name) = (Some(captured.file.as_str()), Some("eth0"));
        let (number, time) = (captured.number, captured.time);
        let context = Context { number, time, file, interface_name, ..Context::default() };
        let object = serde_json::to_value(json::Object::new(&packet, context)).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&object)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{} packet {}: {errors:?}", captured.file, captured.number);
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let validator = validator();
    let captured = &fixtures()[0];
    let packet = Decoder::new().packet(captured.frame());
    let right = serde_json::to_value(json::Object::new(&packet, Context { number: 1, ..Context::default() }))
        .unwrap();
    assert!(validator.is_valid(&right));
    let wrong: [(&str, Value); 7] = [
        ("/file", json!(1)),
        ("/interface_name", json!(null)),
        ("/schema", json!("layercake.packet/2")),
        ("/number", json!("1")),
        ("/layers/0/offset", json!(-1)),
        ("/layers/0/fields/0/value", json!(null)),
        ("/layers/0/fields/0/extra", json!(1)),
    ];
    for (place, value) in wrong {
        let mut object = right.clone();
        let (parent, key) = place.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[key] = value;
        assert!(!validator.is_valid(&object), "{place}");
    }
}

/// The example of the design: value in the unit that is shown, raw beside it, a group with its flags inside.
#[test]
fn fields_look_as_published() {
    let captured =
        fixtures().into_iter().find(|captured| captured.file == "http.pcap" && captured.number == 3).unwrap();
    let packet = Decoder::new().packet(captured.frame());
    let object =
        serde_json::to_value(json::Object::new(&packet, Context { number: 3, ..Context::default() }))
            .unwrap();
    assert!(object.get("time").is_none());
    let ip = &object["layers"][1];
    assert_eq!((&ip["protocol"], &ip["offset"], &ip["length"]), (&json!("ip"), &json!(14), &json!(20)));
    let field = |name: &str| {
        ip["fields"].as_array().unwrap().iter().find(|field| field["name"] == name).unwrap().clone()
    };
    assert_eq!(
        field("ip.ttl"),
        json!({"name":"ip.ttl","label":"Time to live","offset":22,"length":1,"value":64})
    );
    assert_eq!(
        field("ip.hdr_len"),
        json!({"name":"ip.hdr_len","label":"Header length","offset":14,"length":1,"bits":[4,4],"value":20,"raw":"5"})
    );
    let flags = field("ip.flags");
    assert_eq!(
        (&flags["value"], &flags["text"], &flags["bits"]),
        (&json!(2), &json!("Don't fragment"), &json!([0, 3]))
    );
    assert_eq!(flags["fields"][1]["name"], "ip.flags.df");
    assert_eq!(flags["fields"][1]["value"], json!(true));
    assert_eq!(flags["fields"][1]["bits"], json!([1, 1]));
}

/// The flat form: scalars for what stands once, arrays for what can repeat, numbers for inner layers.
#[test]
fn flat_keys_do_not_repeat() {
    for captured in fixtures() {
        let packet = Decoder::new().packet(captured.frame());
        let text =
            serde_json::to_string(&json::Flat::new(&packet, Context { number: 1, ..Context::default() }))
                .unwrap();
        let Keys(mut keys) = serde_json::from_str(&text).unwrap();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count, "a key stands twice in {text}");
    }
    let quotes =
        |captured: &&common::Captured| Decoder::new().packet(captured.frame()).nth::<Ipv4>(1).is_some();
    let all = fixtures();
    let quoted = all.iter().filter(|captured| captured.file == "refused.pcap").find(quotes).unwrap();
    let packet = Decoder::new().packet(quoted.frame());
    let object =
        serde_json::to_value(json::Flat::new(&packet, Context { number: 1, ..Context::default() })).unwrap();
    assert!(object["ip.src"].is_string() && object["ip#2.src"].is_string(), "{object}");
    assert!(object["ip.addr"].is_array());
}

/// The keys of an object as they stand, also twice.
struct Keys(Vec<String>);

impl<'de> serde::Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Keys;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, _)) = map.next_entry::<String, Value>()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}
