//! Packets overtake each other, and acknowledgments get lost: neither is a loss of data.

use layercake::link::Jitter;

use super::*;

/// 20 Mbit/s, 100 ms, a queue of one such product.
fn path() -> link::Config {
    let queue = Queue { limit: Limit::bytes(250_000), ..Queue::default() };
    link::Config { queue, ..link(Some(20), ms(50)) }
}

/// Each packet is up to so much earlier or later. Once it is known that packets overtake each other, RACK waits longer (RFC 8985 section
/// 6.2), and what was sent again for nothing is taken back (RFC 2883, RFC 3522). Counting to three, RFC 6675 cannot tell.
#[test]
fn packets_that_overtake() {
    println!("20 Mbit/s, Reno");
    for rack in [true, false] {
        for span in [1, 5, 20] {
            let config = Config { rack, ..bulk(Algorithm::Reno) };
            let jitter = Jitter { span: ms(span), overtakes: true };
            let mut world = World::new(&config, 1, &link::Config { jitter, ..path() }, 1);
            world.run(ms(20_000));
            let rate = world.rate(ms(60_000));
            let Sent { data, again, timeouts, .. } = world.flows[0].sent;
            let counters = world.links[0].counters();
            let (overtook, lost) = (counters.reordered, counters.dropped.total());
            println!(
                "±{span} ms, rack {rack}: {rate:.2} Mbit/s, {data} sent, {overtook} overtook, {lost} lost, {again} again, {timeouts} after a timeout"
            );
            if rack {
                // As in Linux the window does not grow by what arrives during a repair, be it for nothing.
                assert!(rate > 15.0 && again < lost + data / 100, "±{span} ms");
            }
        }
    }
}

/// Those that come say the same as those that are lost, and more.
#[test]
fn acknowledgments_get_lost() {
    println!("20 Mbit/s, Reno");
    for share in [10, 30, 50] {
        let mut world = World::new(&bulk(Algorithm::Reno), 1, &path(), 1);
        let loss = Loss::Bernoulli(Probability::percent(share));
        world.links[1] = Link::new(&link::Config { loss, ..link(None, ms(50)) }, 3);
        world.run(ms(20_000));
        let rate = world.rate(ms(60_000));
        let Sent { again, probes, .. } = world.flows[0].sent;
        let lost = world.links[0].counters().dropped.total();
        println!(
            "{share} % of the acknowledgments lost: {rate:.2} Mbit/s, {lost} lost, {again} again, {probes} probes"
        );
        assert!(rate > 19.0 && again + probes == lost, "{share} %");
    }
}
