//! Labs of Kathara and containerlab, written for these tests in the forms of their manuals.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use layercake::sim::import::{ImportError, Imported, import};
use toml::{Table, Value};

type Files = BTreeMap<String, Vec<u8>>;

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/labs").join(name)
}

fn kathara(name: &str) -> (String, Files) {
    let mut files = Files::new();
    let mut folders = vec![folder(name)];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder(name)).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    (String::from_utf8(files["lab.conf"].clone()).unwrap(), files)
}

fn read(name: &str, text: &str, files: &Files) -> Result<Imported, ImportError> {
    import(name, text, &|name| {
        assert!(!name.contains("..") && !name.starts_with('/'), "{name}");
        files.get(name).cloned()
    })
}

fn scenario(imported: &Imported) -> Table {
    toml::from_str(&imported.text).unwrap_or_else(|error| panic!("{error}\n{}", imported.text))
}

fn toml(text: &str) -> Value {
    Value::Table(toml::from_str(text).unwrap())
}

#[test]
fn routes_of_kathara() {
    let (text, files) = kathara("kathara-routes");
    let imported = read("labs/kathara-routes/lab.conf", &text, &files).unwrap();
    let table = scenario(&imported);
    assert_eq!(table["title"].as_str(), Some("Static routes"));
    // The class of 192.168.2.1 is C: 24 bits (RFC 791).
    let nodes = toml(
        r#"
        [alice]
        address = "192.168.1.10/24"
        gateway = "192.168.1.1"
        [r1]
        kind = "router"
        routes = ["192.168.2.0/24 via 10.0.0.2 dev eth1"]
        [r1.interfaces]
        eth0 = "192.168.1.1/24"
        eth1 = { address = "10.0.0.1/30", mac = "02:00:00:00:01:01", mtu = 1400 }
        [r2]
        kind = "router"
        routes = ["192.168.1.0/24 via 10.0.0.1 dev eth1"]
        [r2.interfaces]
        eth0 = "192.168.2.1/24"
        eth1 = { address = "10.0.0.2/30", mac = "02:00:00:00:01:02" }
        [bob]
        address = ["192.168.2.10/24", "2001:db8:2::10/64"]
        gateway = "192.168.2.1"
        neighbours = "192.168.2.1 lladdr 02:00:00:00:00:99 dev eth0"
        "#,
    );
    assert_eq!(table["nodes"], nodes, "{}", imported.text);
    let links = toml(
        r#"
        [[links]]
        name = "left"
        between = ["alice:eth0", "r1:eth0"]
        [[links]]
        name = "wan"
        between = ["r1:eth1", "r2:eth1"]
        [[links]]
        name = "right"
        between = ["r2:eth0", "bob:eth0"]
        "#,
    );
    assert_eq!(table["links"], links["links"]);
    assert_eq!(
        imported.left_out,
        [
            "bob.startup:5: this is not run here: `service apache2 start`",
            "bob.startup:6: what begins with `for i in 1 2 3; do` is not run here",
            "bob.startup:9: `<<` of a shell is not run here",
            "bob.startup:12: what a shell would put in for names and commands is not known here: `ip addr add 203.0.113.$N/24 dev eth0`",
            "bob.startup:13: this is not run here: `ping -c 1 192.168.1.10`",
        ]
    );
}

#[test]
fn a_lan_of_kathara() {
    let (text, files) = kathara("kathara-lan");
    let imported = read("lab.conf", &text, &files).unwrap();
    let table = scenario(&imported);
    assert_eq!(table["title"].as_str(), Some("A switch made by hand, a network shared by three"));
    let nodes = toml(
        r#"
        [pc1]
        address = "10.0.0.11/24"
        [pc2]
        address = "10.0.0.12/24"
        [sw]
        kind = "switch"
        [r1]
        kind = "router"
        [r1.interfaces]
        eth0 = "10.0.0.1/24"
        eth1 = "10.1.0.1/24"
        [pc3]
        address = "dhcp"
        [n4th]
        address = "10.1.0.4/24"
        [alone]
        [lan-A]
        kind = "switch"
        [nobody]
        kind = "switch"
        "#,
    );
    assert_eq!(table["nodes"], nodes, "{}", imported.text);
    let ends: Vec<_> = table["links"].as_array().unwrap().iter().map(joined).collect();
    assert_eq!(
        ends,
        [
            "pc1:eth0 sw:eth0",
            "pc2:eth0 sw:eth1",
            "sw:eth2 r1:eth0",
            "r1:eth1 lan-A:eth0",
            "pc3:eth0 lan-A:eth1",
            "n4th:eth0 lan-A:eth2",
            "alone:eth0 nobody:eth0",
        ]
    );
    assert_eq!(table["events"][0]["on"].as_str(), Some("n4th"));
    assert_eq!(table["events"][0]["ip"].as_str(), Some("link set eth0 down"));
    assert_eq!(
        imported.left_out,
        [
            "lab.conf:11: `4th` is called n4th here",
            "lab.conf:8: `lan A` is called lan-A here",
            "lab.conf:9: links to the machine that a lab runs on are not taken",
            "shared.startup:1: this is not run here: `sysctl -w net.ipv4.icmp_echo_ignore_broadcasts=1`",
            "r1.startup:3: a loopback has 127.0.0.1 and ::1 alone here: `addr add 1.1.1.1/32 dev lo`",
            "r1.startup:4: routing daemons are not run here: `systemctl start frr`",
            "r1/etc/frr/frr.conf: configuration of programs is not read here",
            "4th.startup:3: n4th has no interface `eth1`",
        ]
    );
}

/// `a:eth0 b:eth0`.
fn joined(link: &Value) -> String {
    let ends: Vec<&str> =
        link["between"].as_array().unwrap().iter().map(|end| end.as_str().unwrap()).collect();
    ends.join(" ")
}

fn containerlab(name: &str) -> (String, Imported, Table) {
    let text = fs::read_to_string(folder(name)).unwrap();
    let imported = read(name, &text, &Files::new()).unwrap();
    let table = scenario(&imported);
    (text, imported, table)
}

#[test]
fn routes_of_containerlab() {
    let (_, imported, table) = containerlab("routed.clab.yml");
    assert_eq!(table["title"].as_str(), Some("routed"));
    let nodes = toml(
        r#"
        [pc1]
        gateway = "10.0.1.1"
        interfaces = { eth1 = "10.0.1.2/24" }
        [pc2]
        routes = ["default via 10.0.2.1 dev eth1"]
        interfaces = { eth1 = "10.0.2.2/24" }
        [r1]
        kind = "router"
        routes = ["10.0.2.0/24 via 10.0.12.2 metric 20"]
        [r1.interfaces]
        eth1 = "10.0.1.1/24"
        eth2 = { address = "10.0.12.1/30", mac = "02:00:00:00:12:01" }
        [r2]
        kind = "router"
        routes = ["10.0.1.0/24 via 10.0.12.1"]
        interfaces = { eth1 = "10.0.2.1/24", eth2 = "10.0.12.2/30" }
        "#,
    );
    assert_eq!(table["nodes"], nodes, "{}", imported.text);
    let links = toml(
        r#"
        [[links]]
        between = ["pc1:eth1", "r1:eth1"]
        [[links]]
        between = ["pc2:eth1", "r2:eth1"]
        [[links]]
        between = ["r1:eth2", "r2:eth2"]
        mtu = 1400
        "#,
    );
    assert_eq!(table["links"], links["links"]);
    assert_eq!(
        imported.left_out,
        [
            "routed.clab.yml:50: a link is not taken: `host` leaves the lab",
            "routed.clab.yml:51: links of the type `mgmt-net` are not taken",
            "routed.clab.yml:23: what a shell would put in for names and commands is not known here: `echo $$FOO`",
            "routed.clab.yml:27: files that are put into a container are not looked at",
        ]
    );
}

#[test]
fn a_fabric_of_containerlab() {
    let (_, imported, table) = containerlab("fabric.clab.yml");
    assert_eq!(table["title"].as_str(), Some("fabric \u{202e}\"small\""));
    // What turns text round is not in the file as it is.
    assert!(!imported.text.contains('\u{202e}'));
    let nodes = toml(
        r#"
        leaf-1 = { kind = "router" }
        spine = { kind = "router" }
        br-servers = { kind = "switch" }
        server1 = { interfaces = { eth1 = "192.168.0.1/24" } }
        server2 = { interfaces = { eth1 = "192.168.0.2/24" } }
        "#,
    );
    assert_eq!(table["nodes"], nodes, "{}", imported.text);
    let ends: Vec<_> = table["links"].as_array().unwrap().iter().map(joined).collect();
    assert_eq!(
        ends,
        [
            "leaf-1:ethernet-1-1 spine:Ethernet1-1",
            "leaf-1:e1-2 br-servers:eth1",
            "server1:eth1 br-servers:eth2",
            "server2:eth1 br-servers:eth3",
        ]
    );
    assert_eq!(
        imported.left_out,
        [
            "fabric.clab.yml:12: `leaf.1` is called leaf-1 here",
            "fabric.clab.yml:18: the interface `ethernet-1/1` is called ethernet-1-1 here",
            "fabric.clab.yml:18: the interface `Ethernet1/1` is called Ethernet1-1 here",
            "fabric.clab.yml:22: `eth1` of server2 is joined to something already",
            "fabric.clab.yml:23: a link is not taken: `nobody` is no node",
            "fabric.clab.yml:7: configuration of routers is not read here",
            "fabric.clab.yml:16: this is not run here: `iperf3 -s -D`",
            "fabric.clab.yml:16: `stages` of a node is not known here",
        ]
    );
}

#[test]
fn what_is_no_lab_is_said() {
    for (name, text, message) in [
        (
            "lab.xml",
            "",
            "lab.xml: this is no lab that is known: lab.conf of Kathara, or a .clab.yml of containerlab",
        ),
        ("a/lab.conf", "\npc1[0]", "lab.conf:2: `pc1[0]` is no NAME[WHAT]=VALUE"),
        ("lab.conf", "pc1[0]=\"A", "lab.conf:1: `pc1[0]=\"A` is no NAME[WHAT]=VALUE"),
        ("a.clab.yml", "", "a.clab.yml: there is nothing in it"),
        ("a.clab.yml", "name: x", "a.clab.yml: there is no topology in it"),
        ("a.clab.yml", "topology:\n  links: []", "a.clab.yml:2: the topology has no nodes"),
        ("a.clab.yml", "a: 1\na: 2", "a.clab.yml:2: a key stands twice in a mapping"),
        ("a.clab.yml", &"[".repeat(65), "a.clab.yml:1: there are more than 64 levels"),
    ] {
        assert_eq!(read(name, text, &Files::new()).unwrap_err().to_string(), message);
    }
    let error = read("a.yml", "a:\n  - [b\n", &Files::new()).unwrap_err();
    assert!(error.line == Some(2) && error.message.starts_with("this is no YAML: "), "{error}");
    let long = "#".repeat((1 << 20) + 1);
    assert_eq!(
        read("lab.conf", &long, &Files::new()).unwrap_err().to_string(),
        "lab.conf: a file of a lab has at most 1048576 bytes"
    );
    let many: String = (0..1001).map(|node| format!("pc{node}[0]=A\n")).collect();
    assert_eq!(
        read("lab.conf", &many, &Files::new()).unwrap_err().to_string(),
        "lab.conf:1001: a lab has at most 1000 nodes here"
    );
}

/// Names that stand for names that stand for names: ten times ten times ten, and so on.
#[test]
fn yaml_does_not_grow_without_bound() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    let error = read("a.yml", &text, &Files::new()).unwrap_err();
    assert!(error.message.contains("this is too long"), "{error}");
    // Deeper and deeper, by names.
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..1000 {
        text.push_str(&format!("a{level}: &a{level} [[[*a{}]]]\n", level - 1));
    }
    let error = read("a.yml", &text, &Files::new()).unwrap_err();
    assert!(error.message.contains("more than 64 levels"), "{error}");
}

/// A file that everybody runs, times everybody.
#[test]
fn commands_do_not_grow_without_bound() {
    // And the switch in their midst.
    let lab: String = (0..999).map(|node| format!("pc{node}[0]=A\n")).collect();
    let lines = "ip addr add 10.0.0.1/24 dev eth0\n".repeat(1000);
    let files = Files::from([("shared.startup".to_owned(), lines.into_bytes())]);
    let error = read("lab.conf", &lab, &files).unwrap_err();
    assert_eq!(error.to_string(), "shared.startup:1: a lab has at most 100000 lines of commands here");
}

/// Long texts of one sign, of what opens and never closes.
#[test]
fn long_texts_end() {
    for part in [
        "[", "{", "- ", "? ", "a: ", "&a ", "*a ", "!", "\"", "'", "|\n", "<<: ", "a\n", "\t", ": ", "%",
        "---\n", "#", "\\\n", "é",
    ] {
        let text = part.repeat(200_000 / part.len());
        for name in ["a.yml", "lab.conf"] {
            drop(read(name, &text, &Files::new()));
        }
        let files = Files::from([("pc.startup".to_owned(), text.into_bytes())]);
        drop(read("lab.conf", "pc[0]=A", &files));
    }
}

/// Whatever becomes of a lab: no panic, and what is read is TOML of one meaning, with nothing in it that does more than show itself.
fn sound(result: &Result<Imported, ImportError>) {
    let shown = |text: &str| {
        !text.chars().any(|letter| letter.is_control() && letter != '\n' || letter == '\u{202e}')
    };
    match result {
        Ok(imported) => {
            scenario(imported);
            assert!(shown(&imported.text));
            assert!(imported.left_out.iter().all(|sentence| shown(sentence) && !sentence.contains('\n')));
        }
        Err(error) => assert!(shown(&error.to_string()), "{error}"),
    }
}

const HOSTILE: [&str; 14] =
    ["", "\0", "\"", "'", "\\", "\n", "[", "]", "{", "*", ":", "\u{202e}", "$(", "\u{1b}"];

#[test]
fn every_prefix_and_every_sign_replaced() {
    for name in ["routed.clab.yml", "fabric.clab.yml"] {
        let text = fs::read_to_string(folder(name)).unwrap();
        broken(&text, &mut |text| sound(&read(name, text, &Files::new())));
    }
    for name in ["kathara-routes", "kathara-lan"] {
        let (text, files) = kathara(name);
        broken(&text, &mut |text| sound(&read("lab.conf", text, &files)));
        for (file, bytes) in &files {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let mut files = files.clone();
            broken(&text, &mut |broken| {
                files.insert(file.clone(), broken.as_bytes().to_vec());
                sound(&read("lab.conf", std::str::from_utf8(&files["lab.conf"]).unwrap(), &files));
            });
        }
    }
    // No UTF-8.
    let files = Files::from([("pc.startup".to_owned(), vec![0xff, 0xfe])]);
    let imported = read("lab.conf", "pc[0]=A", &files).unwrap();
    assert_eq!(imported.left_out, ["pc.startup: this is no text in UTF-8"]);
}

/// A text cut at every place, and with every sign in the place of another, one after another.
fn broken(text: &str, each: &mut dyn FnMut(&str)) {
    for (count, (at, letter)) in text.char_indices().enumerate() {
        each(&text[..at]);
        let hostile = HOSTILE[count % HOSTILE.len()];
        for hostile in [hostile, HOSTILE[(count * 7 + 3) % HOSTILE.len()]] {
            each(&format!("{}{hostile}{}", &text[..at], &text[at + letter.len_utf8()..]));
        }
    }
}
