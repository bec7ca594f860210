//! A command as text: which tool it is for, what it is about, what is to be done.

use ipnet::IpNet;

use super::given::{Given, missing};
use super::table::{
    IFCONFIG, Makes, NEIGHBOUR, OBJECTS, OLD_ROUTE, OLD_WORDS, OTHER_OBJECTS, OTHER_SPELLINGS, Object,
    PRINTING, ROUTE,
};
use super::words::{Word, words};
use super::{Command, Link, Neighbour, Route, Version};
use crate::mistake::Mistake;

/// Reads a command.
pub(super) fn command(text: &str) -> Result<Command, Mistake> {
    let words = words(text)?;
    let mut rest = words.as_slice();
    let name = rest.first().map_or("", |first| first.text.rsplit('/').next().unwrap_or(""));
    match name {
        "ifconfig" => return ifconfig(text, rest.get(1..).unwrap_or_default()),
        "route" if rest.iter().any(|word| OLD_WORDS.contains(&word.text)) => {
            return old_route(text, rest.get(1..).unwrap_or_default());
        }
        "ip" => rest = rest.get(1..).unwrap_or_default(),
        _ => {}
    }
    let mut version = None;
    while let Some((option, behind)) = rest.split_first().filter(|(option, _)| option.text.starts_with('-')) {
        match option.text {
            "-4" => version = Some(Version::Ipv4),
            "-6" => version = Some(Version::Ipv6),
            other if PRINTING.contains(&other) => {}
            _ => return Err(option.wrong("is no option that is taken here").hint("-4 and -6 are")),
        }
        rest = behind;
    }
    let Some((object, rest)) = rest.split_first() else {
        return Err(missing(text, "what it is about", ROUTE.example));
    };
    let object = find_object(object)?;
    let Some((verb, rest)) = rest.split_first() else {
        return Err(missing(text, "what is to be done", object.example));
    };
    let (verb, makes) = find_verb(object, verb)?;
    let place = format!("ip {} {verb}", object.name);
    Given { version, ..Given::default() }.read(object, &place, rest)?.make(text, object, makes)
}

/// Reads a route as it stands behind `ip route add`.
pub(super) fn route(text: &str) -> Result<Route, Mistake> {
    Given::default().read(&ROUTE, "ip route add", &words(text)?)?.route(text, &ROUTE, true)
}

/// Reads a neighbour as it stands behind `ip neigh add`.
pub(super) fn neighbour(text: &str) -> Result<Neighbour, Mistake> {
    Given::default().read(&NEIGHBOUR, "ip neigh add", &words(text)?)?.neighbour(text, &NEIGHBOUR)
}

fn ifconfig(text: &str, rest: &[Word<'_>]) -> Result<Command, Mistake> {
    let given = Given::default().read(&IFCONFIG, "ifconfig", rest)?;
    let dev = given.dev(text, &IFCONFIG)?;
    // `eth0:1` is one more address of `eth0`.
    let (dev, alias) = dev.split_once(':').map_or((dev.as_str(), false), |(dev, _)| (dev, true));
    let dev = dev.to_owned();
    let address = given.address.map(|address| given.old_network(address)).transpose()?;
    let settings = given.mtu.is_some() || given.mac.is_some() || given.up == Some(false);
    match (address, given.besides) {
        (Some(address), besides) if alias || besides.is_some() || matches!(address, IpNet::V6(_)) => {
            if settings {
                let message = "one more address and something else in one command is not taken here";
                return Err(Mistake::new(0..text.len(), message).hint("write two commands"));
            }
            Ok(match besides {
                Some(false) => Command::RemoveAddress { address, dev },
                _ => Command::AddAddress { address, dev },
            })
        }
        (None, Some(_)) => Err(missing(text, "an address", "ifconfig eth0 add 2001:db8::1/64")),
        (address, _) => {
            let link = Link { dev, address, up: given.up, mtu: given.mtu, mac: given.mac };
            if link == (Link { dev: link.dev.clone(), ..Link::default() }) {
                return Err(Mistake::new(0..text.len(), "this asks, and changes nothing")
                    .hint(format!("write {}", IFCONFIG.example)));
            }
            // An address brings an interface up.
            let up = link.up.or(link.address.map(|_| true));
            Ok(Command::SetLink(Link { up, ..link }))
        }
    }
}

fn old_route(text: &str, rest: &[Word<'_>]) -> Result<Command, Mistake> {
    // Options stand in front of the verb too.
    let at = rest.iter().position(|word| OLD_ROUTE.verbs.iter().any(|(verb, _)| *verb == word.text));
    let Some((before, (verb, behind))) = at
        .and_then(|at| rest.split_at_checked(at))
        .and_then(|(before, rest)| Some((before, rest.split_first()?)))
    else {
        return Err(missing(text, "what is to be done", OLD_ROUTE.example));
    };
    let (_, makes) = find_verb(&OLD_ROUTE, verb)?;
    let given = Given::default().read(&OLD_ROUTE, "route", before)?;
    given.read(&OLD_ROUTE, "route", behind)?.make(text, &OLD_ROUTE, makes)
}

fn find_object(word: &Word<'_>) -> Result<&'static Object, Mistake> {
    let begins = |name: &str| name.starts_with(word.text);
    let known = OBJECTS.iter().find(|object| begins(object.name)).copied();
    let other = || OTHER_SPELLINGS.iter().find(|(name, _)| begins(name)).map(|(_, object)| *object);
    known.or_else(other).ok_or_else(|| {
        if OTHER_OBJECTS.iter().any(|name| begins(name)) {
            return word.wrong("of ip(8) is not taken here").hint("addr, route, link and neigh are");
        }
        let mistake =
            word.wrong("is not known").like(word.text, ["addr", "route", "link", "neigh"].into_iter());
        if mistake.suggestions.is_empty() {
            return mistake.hint("commands begin with addr, route, link, neigh or ifconfig");
        }
        mistake
    })
}

fn find_verb(object: &'static Object, word: &Word<'_>) -> Result<(&'static str, Makes), Mistake> {
    let found = object.verbs.iter().find(|(verb, _)| verb.starts_with(word.text));
    match found.copied() {
        Some((_, Makes::Nothing)) => Err(word.wrong("changes nothing, and is not taken here")),
        Some((_, Makes::Lacking)) => Err(word.wrong(&format!("of `{}` is not taken here", object.name))),
        Some(found) => Ok(found),
        None => {
            let what = format!("is not known of `{}`", object.name);
            let mistake = word.wrong(&what).like(word.text, object.verbs.iter().map(|(verb, _)| *verb));
            let hint = format!("write {}", object.example);
            Err(if mistake.suggestions.is_empty() { mistake.hint(hint) } else { mistake })
        }
    }
}
