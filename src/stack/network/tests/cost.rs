//! What a segment costs: no memory that was not there before.

use allocation_counter::measure;

use super::*;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;
use crate::wire::tcp::Tcp;

#[test]
fn a_segment_in_or_out_allocates_nothing() {
    let (mut host, eth0) = host();
    let data = [7; 1400];
    for (from, to) in [("192.0.2.2", "192.0.2.1"), ("2001:db8::2", "2001:db8::1")] {
        let segment = Tcp::new(5000, 80) / data;
        let frame = match (ip(from), ip(to)) {
            (IpAddr::V4(from), IpAddr::V4(to)) => to_host(&(Ipv4::new(from, to) / segment)),
            (IpAddr::V6(from), IpAddr::V6(to)) => to_host(&(Ipv6::new(from, to) / segment)),
            _ => panic!(),
        };
        let cost = measure(|| {
            for _ in 0..100 {
                let Some(Arrival::Datagram(datagram)) = host.receive(Time::ZERO, eth0, &frame) else {
                    panic!()
                };
                assert_eq!(datagram.payload().len(), 1420);
            }
        });
        assert_eq!(cost.count_total, 0);
        let path = host.path(Time::ZERO, ip(from), None, None).unwrap();
        let what = Outgoing { dont_fragment: true, ..Outgoing::new(path, ip(from), IpProtocol::TCP) };
        let mut send = || {
            host.send(Time::ZERO, &what, &(Tcp::new(80, 5000) / data), APP).unwrap();
            let transmit = host.out.pop().unwrap();
            host.out.recycle(transmit.frame);
        };
        // The first one makes the buffer.
        send();
        let cost = measure(|| (0..100).for_each(|_| send()));
        assert_eq!(cost.count_total, 0);
    }
}
