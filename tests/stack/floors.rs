//! What the floors below sockets do by themselves, as an application and whoever looks after a host notice it.

use core::time::Duration;

use layercake::stack::{DropReason, InterfaceId, Route, SocketId};
use layercake::time::Time;

use super::support::{Alone, sent, tcp};

const SECOND: Duration = Duration::from_secs(1);

/// RFC 4861 section 6.3.5: when the time of a router is over, connections do not go on by way of it; when there is another, they do.
#[test]
fn a_connection_leaves_a_router_whose_time_is_over() {
    let mut alone = Alone::new();
    let by = |router: &str, until| {
        let route = Route::via("0.0.0.0/0".parse().unwrap(), router.parse().unwrap(), InterfaceId(1));
        Route { until, ..route }
    };
    let over = alone.now + SECOND * 10;
    alone.host.add_route(by("10.0.0.1", over)).unwrap();
    let server = accepted(&mut alone, "192.0.2.9:1000");
    alone.host.send(alone.now, server, b"data").unwrap();
    assert!(data(&alone.waits(SECOND * 5)) > 1, "sent by way of the router, and sent again");
    assert_eq!(alone.host.routes().iter().filter(|route| route.until == over).count(), 1);
    alone.waits(SECOND * 5);
    assert_eq!(alone.host.routes().iter().filter(|route| route.until == over).count(), 0);
    assert_eq!(data(&alone.waits(SECOND * 15)), 0);
    assert!(alone.drops(DropReason::NoRoute) > 0);
    alone.host.add_route(by("10.0.0.3", Time::NEVER)).unwrap();
    assert!(data(&alone.waits(SECOND * 30)) > 0);
}

/// A connection that has come to port 80.
fn accepted(alone: &mut Alone, from: &str) -> SocketId {
    let listener = alone.listens(1);
    let answer = alone.gets_segment_from(from, tcp(100).syn(true));
    let next = answer[0].seq + 1;
    alone.gets_segment_from(from, tcp(101).ack(true).acknowledgment(next.0));
    alone.host.accept(listener).unwrap().0
}

/// How many of the frames are segments with data.
fn data(frames: &[Vec<u8>]) -> usize {
    frames.iter().filter_map(|frame| sent(frame)).filter(|sent| !sent.data.is_empty()).count()
}
