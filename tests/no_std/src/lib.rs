//! The core without std, without an allocator, and without a way to panic: the panic handler calls a function
//! that nobody defines, so the program links only if no path that is left after optimisation can panic.
#![no_std]

use layercake::field::Severity;
use layercake::packet::{Decoder, Frame};
use layercake::wire::{ethernet::Ethernet, ipv4, ipv4::Ipv4, udp::Udp};

unsafe extern "C" {
    fn layercake_can_panic() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe { layercake_can_panic() }
}

/// Decodes a frame; gives the number of tiles, or a negative number of errors found.
///
/// # Safety
/// `bytes` points to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn layercake_decode(bytes: *const u8, length: usize) -> i32 {
    let bytes = unsafe { core::slice::from_raw_parts(bytes, length) };
    let packet = Decoder::new().packet(Frame::ethernet(bytes));
    let errors = packet.findings().filter(|finding| finding.severity == Severity::Error).count() as i32;
    let tiles = packet.fields().filter(|field| field.is_tile() && field.value().is_some()).count() as i32;
    let wrong = packet.checksums().count() > 64;
    if errors > 0 || wrong { -errors } else { tiles }
}

/// Builds a frame into a buffer, and edits it; gives its length, or 0 if it does not fit.
///
/// # Safety
/// `buffer` points to `length` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn layercake_build(buffer: *mut u8, length: usize) -> usize {
    let buffer = unsafe { core::slice::from_raw_parts_mut(buffer, length) };
    let cake = Ethernet::new(Default::default(), Default::default())
        / Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into())
        / Udp::new(40000, 9)
        / b"payload";
    let written = cake.write(buffer).map_or(0, |bytes| bytes.len());
    if let Some(frame) = buffer.get_mut(..written) {
        let mut packet = Decoder::new().packet(Frame::ethernet(frame));
        if let Some(mut ip) = packet.get_mut::<Ipv4>() {
            ip.set_ttl(64);
        }
        let set = packet.set(&ipv4::SOURCE, [198, 51, 100, 7].into()).is_ok();
        let fixed = packet.fix_lengths().is_ok() && packet.fix_checksums() == 0;
        if !set || !fixed || packet.findings().count() > 0 {
            return 0;
        }
    }
    written
}
