//! Presets: TOML that says what was asked for.

use std::time::Duration;

use layercake::link::Rate;
use layercake::sim::preset::{Preset, Queue};
use toml::{Table, Value};

fn scenario(preset: Preset, options: &str) -> Table {
    let text = preset.text(&preset.options(options).unwrap());
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn expects(table: &Table) -> Vec<&str> {
    table["expect"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn ends(link: &Value) -> Vec<&str> {
    link["between"].as_array().unwrap().iter().map(|end| end.as_str().unwrap()).collect()
}

#[test]
fn presets_have_names_and_words() {
    for preset in Preset::ALL {
        assert_eq!(Preset::named(preset.name()), Ok(preset));
        assert!(!preset.about().is_empty());
        for (_, example) in preset.words() {
            preset.options(example).unwrap();
        }
        let table = scenario(preset, "");
        assert!(table["title"].is_str() && table["duration"].is_str(), "{preset:?}");
        assert!(!expects(&table).is_empty(), "{preset:?}");
        // Whatever is named is there.
        let nodes = table["nodes"].as_table().unwrap();
        let links = table["links"].as_array().unwrap();
        for end in links.iter().flat_map(ends) {
            assert!(nodes.contains_key(end.split(':').next().unwrap()), "{preset:?} {end}");
        }
        for app in table["apps"].as_array().unwrap() {
            assert!(nodes.contains_key(app["on"].as_str().unwrap()), "{preset:?} {app:?}");
        }
    }
}

#[test]
fn a_dumbbell_has_pairs_and_a_narrow_link() {
    let table = scenario(Preset::Dumbbell, "pairs=3, rate=1.5Mbit,delay=30ms,queue=codel");
    // 3 senders, 3 receivers, 2 routers; a link for each host, and the narrow one.
    assert_eq!(table["nodes"].as_table().unwrap().len(), 8);
    let links = table["links"].as_array().unwrap();
    assert_eq!(links.len(), 7);
    assert_eq!(links[0]["name"].as_str(), Some("core"));
    assert_eq!(links[0]["rate"].as_str(), Some("1500kbit"));
    assert_eq!(links[0]["delay"].as_str(), Some("30ms"));
    assert_eq!(links[0]["queue"].as_str(), Some("codel"));
    assert_eq!(
        expects(&table),
        ["sink1.bytes == 1000000", "sink2.bytes == 1000000", "sink3.bytes == 1000000"]
    );
    // 3,000,000 bytes at 1.5 Mbit/s are 16 s; three times that, 40 times 30 ms, and 20 s.
    assert_eq!(table["duration"].as_str(), Some("69s"));
    assert_eq!(table["nodes"]["left"]["interfaces"]["eth3"].as_str(), Some("10.1.3.254/24"));
    assert_eq!(table["nodes"]["d2"]["gateway"].as_str(), Some("10.2.2.254"));
}

#[test]
fn a_line_has_routers_in_a_row() {
    let table = scenario(Preset::Line, "routers=2,delay=5ms");
    // 3 links of 5 ms, there and back.
    let wanted = ["ping.received == 3", "ping.rtt_min >= 30ms", "trace.hops == 3", "trace.reached == 1"];
    assert_eq!(expects(&table), wanted);
    let links = table["links"].as_array().unwrap();
    let joined: Vec<_> = links.iter().map(ends).collect();
    assert_eq!(joined, [["a", "r1:eth0"], ["r1:eth1", "r2:eth0"], ["r2:eth1", "b"]]);
    assert_eq!(table["nodes"]["r1"]["routes"][0].as_str(), Some("10.0.2.0/24 via 10.0.1.2"));
    assert_eq!(table["nodes"]["r2"]["routes"][0].as_str(), Some("10.0.0.0/24 via 10.0.1.1"));
    assert_eq!(table["nodes"]["b"]["address"].as_str(), Some("10.0.2.2/24"));
    // One router knows both networks by itself.
    assert!(scenario(Preset::Line, "routers=1")["nodes"]["r1"].get("routes").is_none());
    assert_eq!(scenario(Preset::Line, "routers=29")["nodes"].as_table().unwrap().len(), 31);
}

#[test]
fn a_star_pings_in_a_ring() {
    let table = scenario(Preset::Star, "hosts=3");
    let apps = table["apps"].as_array().unwrap();
    let to: Vec<_> =
        apps.iter().map(|app| (app["on"].as_str().unwrap(), app["to"].as_str().unwrap())).collect();
    assert_eq!(to, [("h1", "h2"), ("h2", "h3"), ("h3", "h1")]);
    assert_eq!(scenario(Preset::Star, "hosts=200")["links"].as_array().unwrap().len(), 200);
}

/// Zone, routes and addresses are read by what reads them in a host.
#[test]
fn what_presets_say_is_understood() {
    let table = scenario(Preset::Home, "rate=2Mbit");
    let zone = table["nodes"]["ns"]["dns"].as_str().unwrap();
    layercake::stack::service::dns::Zone::parse(zone, ".").unwrap();
    let line = table["links"].as_array().unwrap().iter().find(|link| link.get("name").is_some()).unwrap();
    assert_eq!(line["rate"].as_str(), Some("2Mbit"));
    for preset in Preset::ALL {
        for (_, node) in scenario(preset, "")["nodes"].as_table().unwrap() {
            for route in node.get("routes").and_then(Value::as_array).into_iter().flatten() {
                layercake::sim::ip::route(route.as_str().unwrap()).unwrap();
            }
        }
    }
}

#[test]
fn options_are_words() {
    let options = Preset::Dumbbell.options("pairs=3,queue=50,delay=1s").unwrap();
    assert_eq!((options.pairs, options.queue, options.delay), (3, Queue::Fifo(50), Duration::from_secs(1)));
    assert_eq!(options.rate, Rate::mbit(10));
    for (preset, text, place, message) in [
        (Preset::Star, "host=3", "host", "`host` is no option of star; did you mean hosts?"),
        (Preset::Star, "hosts", "hosts", "hosts has no value; write hosts=4"),
        (Preset::Star, "hosts=1", "1", "hosts: `1` is no number from 2 to 200; write hosts=4"),
        (
            Preset::Star,
            "hosts=3, routers=2",
            "routers",
            "`routers` is no option of star; write hosts=4,rate=10Mbit,delay=20ms",
        ),
        (Preset::Line, "routers=30", "30", "routers: `30` is no number from 1 to 29; write routers=5"),
        (Preset::Line, "delay=2s", "2s", "delay: `2s` is no time of at most 1s; write delay=20ms"),
        (Preset::Line, "rate=0bit", "0bit", "rate: `0bit` is no rate of at least 8kbit; write rate=10Mbit"),
        (
            Preset::Dumbbell,
            "queue=code",
            "code",
            "queue: `code` is no queue: fifo, codel, red, or a number of frames; write queue=codel",
        ),
    ] {
        let mistake = preset.options(text).unwrap_err();
        assert_eq!((text.get(mistake.span.clone()), mistake.to_string().as_str()), (Some(place), message));
    }
    let none = Preset::named("ring").unwrap_err().to_string();
    assert_eq!(none, "`ring` is no preset; there are home, dumbbell, line, star");
}
