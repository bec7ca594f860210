//! Applications of a scenario: what is done, by whom, when.
use super::value::{Reader, Value};
use super::NodePlan;
use crate::stack::{Errno, Host, ServiceId};
#[derive(Clone, Debug)]
pub(in crate::sim) struct AppPlan { pub name: String, pub on: usize }
impl AppPlan {
    pub fn kind(&self) -> &'static str { "" }
    pub fn figures(&self) -> &'static [&'static str] { &[] }
    pub fn start(&self, _: &mut Host, _: &NodePlan, _: u64) -> Result<ServiceId, Errno> { Err(Errno::EINVAL) }
}
pub(super) fn read<'t>(_: &mut Reader<'t>, _: &[NodePlan], _: Value<'t>) -> Vec<AppPlan> { Vec::new() }
