use super::{Stop, World, script::*, settings::*, value::Scope};
use crate::stack::{Errno, Kind, Shutdown, SocketId};
use crate::time::Time;
use std::collections::BTreeMap;
use std::net::SocketAddr;
pub(crate) struct Posix {
    fds: BTreeMap<i64, (SocketId, bool)>,
    s: Settings,
    last: Option<SocketId>,
}
#[derive(Default)]
pub(crate) struct Waiting {
    pub deadline: Option<Time>,
    pub done: i64,
}
pub(crate) struct Outcome {
    pub result: i64,
    pub errno: Option<&'static str>,
    pub differences: Vec<String>,
}
pub(crate) enum Progress {
    Done(Outcome),
    Waits(Waiting),
}
pub(crate) struct Endpoint {
    pub kind: Kind,
    pub local: SocketAddr,
    pub remote: Option<SocketAddr>,
}
impl Posix {
    pub fn new(s: &Settings) -> Self {
        Self { fds: BTreeMap::new(), s: s.clone(), last: None }
    }
    pub fn begin(&mut self, w: &mut World, s: &mut Scope, c: &Call) -> Result<Progress, Stop> {
        let mut x = Waiting::default();
        if c.name == "connect" {
            x.done = 1;
        }
        Ok(match self.again(w, s, c, &mut x)? {
            Some(o) => Progress::Done(o),
            None => {
                x.done = 2;
                Progress::Waits(x)
            }
        })
    }
    pub fn again(
        &mut self,
        w: &mut World,
        s: &mut Scope,
        c: &Call,
        x: &mut Waiting,
    ) -> Result<Option<Outcome>, Stop> {
        let arg = |n: usize| {
            c.arguments.get(n).map_or(Ok(0), |a| {
                if matches!(a.kind, ExprKind::Ellipsis | ExprKind::List(_) | ExprKind::Record(_)) {
                    Ok(0)
                } else {
                    s.evaluate(a)
                }
            })
        };
        let fd = self.fds.get(&arg(0)?).copied();
        let now = w.now;
        let r: Result<i64, Errno> = match c.name.as_str() {
            "socket" => {
                let id = w
                    .stack
                    .socket(if arg(1)? & 15 == 2 { Kind::Datagram } else { Kind::Stream })
                    .unwrap_or_else(|_| unimplemented!());
                self.last = Some(id);
                let n = s.evaluate(&c.result)?;
                self.fds.insert(n, (id, false));
                Ok(n)
            }
            "bind" => {
                let a = SocketAddr::new(self.s.local(), self.s.bind_port);
                fd.map_or(Err(Errno::EBADF), |(id, _)| w.stack.bind(id, a).map(|()| 0))
            }
            "listen" => {
                let n = arg(1)?;
                fd.map_or(Err(Errno::EBADF), |(id, _)| w.stack.listen(id, n as usize).map(|()| 0))
            }
            "connect" => {
                let a = SocketAddr::new(self.s.remote(), self.s.connect_port);
                let (id, nb) = fd.unwrap_or_else(|| unimplemented!());
                if x.done == 1 {
                    match w.stack.connect(now, id, a) {
                        Ok(()) if nb => Err(Errno::EINPROGRESS),
                        Ok(()) => Err(Errno::EAGAIN),
                        Err(e) => Err(e),
                    }
                } else {
                    match w.stack.tcp_info(id) {
                        Ok(i) if i.state == crate::stack::tcp::State::Established => Ok(0),
                        Ok(i) if i.state == crate::stack::tcp::State::SynSent => Err(Errno::EAGAIN),
                        _ => Err(Errno::ECONNREFUSED),
                    }
                }
            }
            "accept" => {
                let (id, _) = fd.unwrap_or_else(|| unimplemented!());
                match w.stack.accept(id) {
                    Ok((new, _)) => {
                        let n = s.evaluate(&c.result)?;
                        self.fds.insert(n, (new, false));
                        self.last = Some(new);
                        Ok(n)
                    }
                    Err(e) => Err(e),
                }
            }
            "fcntl" => {
                if arg(1)? == 4 {
                    if let Some(f) = self.fds.get_mut(&arg(0)?) {
                        f.1 = arg(2)? & 2048 != 0;
                    }
                    Ok(0)
                } else {
                    Ok(2)
                }
            }
            "read" | "recv" => {
                let n = arg(2)?.clamp(0, 1 << 20) as usize;
                let mut b = vec![0; n];
                fd.map_or(Err(Errno::EBADF), |(id, _)| w.stack.recv(now, id, &mut b).map(|n| n as i64))
            }
            "write" | "send" => {
                let n = arg(2)?.clamp(0, 1 << 24);
                let left = (n - x.done).max(0);
                let b = vec![0; left as usize];
                match fd.map_or(Err(Errno::EBADF), |(id, _)| w.stack.send(now, id, &b)) {
                    Ok(k) => {
                        x.done += k as i64;
                        if x.done >= n { Ok(n) } else { Err(Errno::EAGAIN) }
                    }
                    Err(e) => Err(e),
                }
            }
            "close" => {
                let f = self.fds.remove(&arg(0)?);
                f.map_or(Err(Errno::EBADF), |(id, _)| w.stack.close(now, id).map(|()| 0))
            }
            "shutdown" => {
                let h = match arg(1)? {
                    0 => Shutdown::Read,
                    1 => Shutdown::Write,
                    _ => Shutdown::Both,
                };
                fd.map_or(Err(Errno::EBADF), |(id, _)| w.stack.shutdown(now, id, h).map(|()| 0))
            }
            "setsockopt" | "getsockopt" => {
                if arg(1)? == 6 && arg(2)? == 1 {
                    if let Some((id, _)) = fd {
                        let _ = w.stack.configure_tcp(now, id, |t| t.nagle = false);
                    }
                }
                Ok(0)
            }
            other => {
                return Err(Stop::Skip { span: c.span.clone(), reason: format!("{other} is not there") });
            }
        };
        w.drain();
        let nb = fd.is_some_and(|(_, nb)| nb);
        Ok(match r {
            Ok(n) => Some(Outcome { result: n, errno: None, differences: vec![] }),
            Err(Errno::EAGAIN) if !nb => None,
            Err(e) => Some(Outcome { result: -1, errno: Some(e.name()), differences: vec![] }),
        })
    }
    pub fn latest(&self, w: &World) -> Option<Endpoint> {
        let id = self.last?;
        Some(Endpoint {
            kind: Kind::Stream,
            local: w.stack.local_address(id).ok()??,
            remote: w.stack.peer_address(id).ok(),
        })
    }
    pub fn sockets(&self) -> impl Iterator<Item = SocketId> {
        self.fds.values().map(|f| f.0)
    }
    pub fn has_written_text(&self) -> bool {
        false
    }
}
