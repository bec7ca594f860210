//! A TAP device.

use core::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use ipnet::IpNet;
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

/// A TAP device: a network interface of the kernel whose cable ends in this program. What the kernel sends is received here, and what is sent here the kernel
/// receives.
pub struct Device {
    name: String,
    new: bool,
    up: bool,
    tap: SyncDevice,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("name", &self.name).field("new", &self.new).finish_non_exhaustive()
    }
}

/// Why a device cannot be used.
#[derive(Debug)]
pub struct OpenError {
    /// What it is called.
    pub name: String,
    /// What the kernel says.
    pub error: io::Error,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, error } = self;
        match error.kind() {
            io::ErrorKind::PermissionDenied => write!(
                f,
                "{name} cannot be opened: a TAP device needs root or CAP_NET_ADMIN, or has to be made for the user"
            ),
            io::ErrorKind::ResourceBusy => write!(f, "{name} cannot be opened: another program has it"),
            io::ErrorKind::NotFound => write!(
                f,
                "{name} cannot be opened: there is no {TUN} (the module tun is not loaded, or the container does not have it)"
            ),
            io::ErrorKind::InvalidInput => {
                write!(f, "{name} cannot be opened: it is no TAP device, or no name for one ({error})")
            }
            _ => write!(f, "{name} cannot be opened: {error}"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Where all of them are opened.
const TUN: &str = "/dev/net/tun";

impl OpenError {
    /// The commands that give a user who is not root what it needs, if that is what is lacking.
    pub fn remedy(&self) -> Option<String> {
        let lacking = self.error.kind() == io::ErrorKind::PermissionDenied;
        lacking.then(|| {
            let open = match std::fs::File::options().read(true).write(true).open(TUN) {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    format!("let users open TAP devices:  sudo chmod 666 {TUN}\n")
                }
                _ => String::new(),
            };
            let program = std::env::current_exe().map_or_else(|_| "layercake".into(), |path| path.display().to_string());
            format!(
                "{open}make a device for yourself:  sudo ip tuntap add dev {name} mode tap user $USER && sudo ip link set {name} up\n\
                 or give the program the right:  sudo setcap cap_net_admin+ep {program}",
                name = self.name
            )
        })
    }
}

impl Device {
    /// Opens a TAP device, and makes it if it is not there. It is brought up; a new one goes when the program ends. The kernel's end gets the
    /// addresses; of IPv4 it takes the last.
    ///
    /// # Errors
    /// [`OpenError`] if the kernel does not let it.
    pub fn open(name: &str, kernel: &[IpNet]) -> Result<Self, OpenError> {
        let failed = |error| OpenError { name: name.to_owned(), error };
        let device = Path::new("/sys/class/net").join(name);
        let new = name.is_empty() || !device.exists();
        // IFF_UP; a device that is down and that this user must not bring up stays so, which is said.
        let flags = std::fs::read_to_string(device.join("flags")).unwrap_or_default();
        let flags = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16).unwrap_or(1);
        let builder = DeviceBuilder::new().name(name).layer(Layer::L2);
        // A device that is there may be one that this user must not change.
        let builder = if new { builder.enable(true) } else { builder.inherit_enable_state() };
        let builder = kernel.iter().fold(builder, |builder, network| match network {
            IpNet::V4(four) => builder.ipv4(four.addr(), four.prefix_len(), None::<Ipv4Addr>),
            IpNet::V6(six) => builder.ipv6(six.addr(), six.prefix_len()),
        });
        let tap = builder.build_sync().map_err(failed)?;
        tap.set_nonblocking(true).map_err(failed)?;
        let up = flags & 1 == 1 || new || tap.enabled(true).is_ok();
        let name = tap.name().unwrap_or_else(|_| name.to_owned());
        Ok(Self { name, new, up, tap })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it was made for this program.
    pub const fn is_new(&self) -> bool {
        self.new
    }

    /// Whether it is up; one that was down is brought up where that is allowed.
    pub const fn is_up(&self) -> bool {
        self.up
    }

    /// The longest IP packet that the kernel sends by it.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn mtu(&self) -> io::Result<u32> {
        self.tap.mtu().map(u32::from)
    }

    /// Changes that.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn set_mtu(&self, mtu: u16) -> io::Result<()> {
        self.tap.set_mtu(mtu)
    }

    /// The next frame that the kernel has sent; `None` if there is none now.
    ///
    /// # Errors
    /// If the device is gone.
    pub fn receive(&self, into: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            match self.tap.recv(into) {
                Ok(length) => return Ok(Some(length)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives the kernel a frame. `false` if it did not take it: the device is down, or a queue is full.
    pub fn send(&self, frame: &[u8]) -> bool {
        self.tap.send(frame).is_ok()
    }
}

impl AsFd for Device {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.tap.as_fd()
    }
}
