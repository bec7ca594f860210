//! Links in words.

use layercake::link::{
    Codel, Config, Discipline, Framing, Jitter, Limit, Link, Loss, Probability, Queue, Rate, Red, Reorder,
    TokenBucket, Words,
};

use crate::{at, drain, ms, numbered};

fn read(text: &str) -> Config {
    text.parse().unwrap_or_else(|mistake| panic!("{text}: {mistake}"))
}

#[test]
fn each_word_means_what_it_says() {
    let plain = Config::default();
    let queue = |discipline| Config { queue: Queue { discipline, ..Queue::default() }, ..Config::default() };
    let limit = |limit| Config { queue: Queue { limit, ..Queue::default() }, ..Config::default() };
    let percent = Probability::percent;
    let gap = |gap: u32| Reorder { gap: gap.try_into().unwrap(), ..Reorder::new(percent(25)) };
    for (text, expected) in [
        ("loss=1%", Config { loss: Loss::Bernoulli(percent(1)), ..plain.clone() }),
        // 1% of all, bursts of 4: r = 1/4, and p / (p + r) = 1/100, so p = 1/396.
        (
            "loss=1%,burst=4",
            Config {
                loss: Loss::GilbertElliott {
                    p: Probability::parts_per_billion(2_525_252),
                    r: percent(25),
                    bad: Probability::ALWAYS,
                    good: Probability::NEVER,
                },
                ..plain.clone()
            },
        ),
        ("delay=20ms", Config { delay: ms(20), ..plain.clone() }),
        ("jitter=5ms", Config { jitter: Jitter { span: ms(5), overtakes: false }, ..plain.clone() }),
        ("delay=1ms,reorder=25%", Config { delay: ms(1), reorder: Some(gap(1)), ..plain.clone() }),
        ("delay=1ms,reorder=25%,gap=5", Config { delay: ms(1), reorder: Some(gap(5)), ..plain.clone() }),
        ("reorder=0%,gap=5", plain.clone()),
        ("dup=2%", Config { duplicate: percent(2), ..plain.clone() }),
        ("corrupt=0.1%", Config { corrupt: Probability::parts_per_billion(1_000_000), ..plain.clone() }),
        ("rate=10mbit", Config { rate: Some(Rate::mbit(10)), framing: Framing::ETHERNET, ..plain.clone() }),
        ("rate=10mbit,rate=none", plain.clone()),
        (
            "bucket=1.5Mbit / 15000",
            Config { bucket: Some(TokenBucket { rate: Rate::kbit(1_500), burst: 15_000 }), ..plain.clone() },
        ),
        ("bucket=none", plain.clone()),
        ("limit=7", limit(Limit::packets(7))),
        ("bytes=15000", limit(Limit::bytes(15_000))),
        ("limit=7,bytes=15000", limit(Limit { packets: 7, bytes: 15_000 })),
        ("queue=fifo,ecn=off", plain),
        ("queue=codel", queue(Discipline::Codel(Codel::default()))),
        (
            "target=1ms,ecn=on,interval=20ms,queue=codel",
            queue(Discipline::Codel(Codel {
                target: ms(1),
                interval: ms(20),
                ecn: true,
                ..Codel::default()
            })),
        ),
        ("queue=red,ecn=true", queue(Discipline::Red(Red { ecn: true, ..Red::default() }))),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

/// Each word can be said, and said again, and takes a value that is written as in the mistake's hint.
#[test]
fn each_word_tells_how_it_is_written() {
    assert_eq!(Words::known().count(), 16);
    for word in Words::known() {
        let mistake = Words::default().set(word, " \u{fc} ").unwrap_err();
        assert_eq!(mistake.span, 1..3, "{word}");
        let hint = mistake.hint.unwrap();
        let (said, value) = hint.strip_prefix("write ").unwrap().split_once('=').unwrap();
        assert_eq!(said, word);
        Words::default().set(word, value).unwrap();
        assert!(format!("{word}=").parse::<Config>().is_err(), "{word}");
        assert!(word.parse::<Config>().unwrap_err().advice().unwrap().starts_with(&hint), "{word}");
    }
}

#[test]
fn what_is_wrong_has_its_place() {
    for (text, place, message) in [
        ("loss=1%, dealy=20ms", 9..14, "dealy is not known; did you mean delay?"),
        (
            "loss=1%, delay= 20m ",
            16..19,
            "delay: 20m is no time: a number with s, ms, us or ns; write delay=20ms",
        ),
        ("limit=0", 6..7, "limit: 0 is no number above 0; write limit=1000"),
        ("bytes=-1", 6..8, "bytes: -1 is no number above 0; write bytes=15000"),
        (
            "bucket=1mbit",
            7..12,
            "bucket: 1mbit is no rate with the bytes of a burst; write bucket=1mbit/15000",
        ),
        (
            "bucket=1/15",
            7..11,
            "bucket: 1 is no rate: a number above 0 with bit, kbit, mbit or gbit; write bucket=1mbit/15000",
        ),
        ("ecn=1", 4..5, "ecn: 1 is neither on nor off; write ecn=on"),
        (
            "ecn=on",
            0..6,
            "a queue that does nothing before it is full has nothing to say; write queue=codel,ecn=on",
        ),
        (
            "queue=red, interval=1s",
            11..22,
            "only CoDel looks at how long frames wait; write queue=codel,target=5ms",
        ),
        (
            "delay=1ms,gap=2",
            10..15,
            "each so many of which? how many overtake has to be said; write reorder=25%,gap=5",
        ),
        (
            "burst=2 ,delay=1ms",
            0..7,
            "bursts of what? how much is lost has to be said; write loss=1%,burst=4",
        ),
        ("loss=1%,,", 8..8, " has no value; write loss=1%,delay=20ms"),
    ] {
        let mistake = text.parse::<Config>().unwrap_err();
        assert_eq!((mistake.span.clone(), mistake.to_string()), (place, message.into()), "{text}");
    }
    let mistake = Words::default().set("los", "1%").unwrap_err();
    assert_eq!((mistake.span, mistake.suggestions), (0..0, vec!["loss".into()]));
    let mut words = Words::default();
    words.set("reorder", "5%").unwrap();
    assert_eq!(words.finish().unwrap_err().0, "reorder");
}

/// 1,538 bytes on the wire at 10 Mbit/s: 1.2304 ms each. Two wait, and three find no room for 1,514 bytes more.
#[test]
fn a_queue_of_bytes() {
    let mut link = Link::new(&read("rate=10mbit,bytes=3100"), 0);
    (0..6).for_each(|n| link.send(at(0), numbered(n, 1_514)));
    assert_eq!(
        crate::arrivals(&drain(&mut link)),
        [(at(1_230_400), 0), (at(2_460_800), 1), (at(3_691_200), 2)]
    );
    assert_eq!(link.counters().dropped.full, 3);
}
