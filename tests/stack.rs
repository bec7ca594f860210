//! Two hosts on a wire: sockets, TCP, UDP, echoes, as an application sees them.

mod stack {
    mod sockets;
    mod support;
}
