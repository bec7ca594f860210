//! What is shown is read as the same again.

use proptest::prelude::*;

use super::good::SCRIPTS;
use super::*;
use crate::drill::script::{
    Body, Expr, ExprKind, Flags, Icmp, Number, NumberKind, OptionKind, Options, Ports, Tcp, TcpOption,
    Traffic,
};

#[test]
fn what_is_shown_is_read_as_the_same() {
    for text in SCRIPTS {
        let script = parse(text);
        // Its words do not stand for anything any more.
        let shown = Script { options: Vec::new(), ..script.clone() }.to_string();
        let again = parse(&shown);
        assert_eq!(placeless(&again.events), placeless(&script.events), "{shown}");
        assert_eq!(again.to_string(), shown);
        let options: String = script.options.iter().map(|option| format!("{option}\n")).collect();
        let again = parse(&format!("{options}``"));
        assert_eq!(placeless(&again.options), placeless(&script.options), "{options}");
    }
}

fn expression() -> impl Strategy<Value = Expr> {
    let expr = |kind| Expr { kind, span: 0..0 };
    let leaf = prop_oneof![
        Just(ExprKind::Ellipsis),
        (0..i64::MAX).prop_map(ExprKind::Integer),
        "[a-z_][a-zA-Z0-9_.]{0,5}[a-z]"
            .prop_filter("dots stand between words", |word| { word.split('.').all(is_word) })
            .prop_map(ExprKind::Word),
        "[a-z]{1,3}".prop_map(ExprKind::Name),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(ExprKind::Text),
    ];
    leaf.prop_map(expr).prop_recursive(5, 40, 3, move |inner| {
        let two = (0..OPERATORS.len(), inner.clone(), inner.clone());
        let many = prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            4 => two.prop_map(|(sign, left, right)| ExprKind::Binary(OPERATORS[sign].1, Box::new(left), Box::new(right))),
            1 => inner.clone().prop_map(|inner| ExprKind::Negative(Box::new(inner))),
            1 => inner.prop_map(|inner| ExprKind::Not(Box::new(inner))),
            1 => many.clone().prop_map(ExprKind::List),
            1 => many.prop_map(|arguments| ExprKind::Function("f".to_owned(), arguments)),
        ]
        .prop_map(expr)
    })
}

fn number(most: u32) -> impl Strategy<Value = Number> {
    let value = prop_oneof![
        8 => (0..=i64::from(most)).prop_map(NumberKind::Is),
        1 => "[a-z]{1,3}".prop_map(NumberKind::Captured),
        1 => expression().prop_map(|value| NumberKind::Computed(Box::new(value))),
    ];
    value.prop_map(|value| Number { value, span: 0..0 })
}

fn flags() -> impl Strategy<Value = Flags> {
    prop::collection::vec(any::<bool>(), FLAGS.len()).prop_map(|set| {
        let mut flags = Flags::default();
        FLAGS.iter().zip(set).for_each(|((_, flag), set)| *flag(&mut flags) = set);
        flags
    })
}

fn option() -> impl Strategy<Value = TcpOption> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..4);
    let kind = prop_oneof![
        Just(OptionKind::Nop),
        Just(OptionKind::SackPermitted),
        number(65_535).prop_map(OptionKind::Mss),
        prop::collection::vec((number(u32::MAX), number(u32::MAX)), 1..2).prop_map(OptionKind::Sack),
        (number(u32::MAX), number(u32::MAX)).prop_map(|(value, echo)| OptionKind::Timestamps { value, echo }),
        (bytes(), any::<bool>())
            .prop_map(|(cookie, experimental)| OptionKind::FastOpen { cookie, experimental }),
        (number(0x7fff), any::<bool>())
            .prop_map(|(value, minutes)| OptionKind::UserTimeout { value, minutes }),
        (2i64..256, bytes()).prop_map(|(kind, data)| {
            OptionKind::Other { kind: Number { value: NumberKind::Is(kind), span: 0..0 }, data }
        }),
    ];
    kind.prop_map(|kind| TcpOption { kind, span: 0..0 })
}

fn segment() -> impl Strategy<Value = Body> {
    let options = prop_oneof![
        1 => Just(Options::Any),
        9 => prop::collection::vec(option(), 0..4).prop_map(Options::Are),
    ];
    let ports =
        (number(65_535), number(65_535)).prop_map(|(source, destination)| Ports { source, destination });
    let some = || prop::option::of(number(65_535));
    let data = (any::<u32>(), 0u32..100_000);
    (prop::option::of(ports), flags(), data, some(), some(), some(), options).prop_map(
        |(ports, flags, (from, count), ack, window, urgent, options)| {
            let number = |value: u32| Number { value: NumberKind::Is(value.into()), span: 0..0 };
            let (sequence, end, length) = (number(from), number(from.wrapping_add(count)), number(count));
            Body::Tcp(Tcp { ports, flags, sequence, end, length, ack, window, urgent, options })
        },
    )
}

fn message() -> impl Strategy<Value = Body> {
    (any::<bool>(), any::<u8>(), any::<u8>(), prop::option::of(number(9))).prop_map(
        |(is_ipv6, kind, code, id)| {
            let (kind, code) = Icmp::names(is_ipv6, kind, code);
            Body::Icmp(Icmp { kind, code, mtu: None, id, echoed: None, span: 0..0 })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_expression_is_read_as_it_is_shown(value in expression()) {
        let text = format!("let x = {value}");
        let Action::Let { value: again, .. } = event(&text).action else { panic!() };
        prop_assert_eq!(placeless(&again), placeless(&value), "{}", text);
    }

    #[test]
    fn any_packet_is_read_as_it_is_shown(body in prop_oneof![segment(), message()], ttl in prop::option::of(number(255)), ecn in 0u8..4) {
        let ip = crate::drill::script::Ip { traffic: Some(Traffic::Ecn(ecn)), ttl, flow_label: None };
        let packet = Packet { outer: Vec::new(), ip, body, span: 0..0 };
        let text = format!("0 > {packet}");
        let Action::Expect(again) = event(&text).action else { panic!() };
        prop_assert_eq!(placeless(&again), placeless(&packet), "{}", text);
    }
}
