//! What happens to a device besides messages: it restarts, it is put back to a copy, time goes by.

use tacita_core::crypto::{DhSecret, Secret};

use super::{Violation, World};
use crate::device::Device;
use crate::model::DeviceId;
use crate::model::device::ModelDevice;
use crate::sabotage::Sabotage;
use crate::thief::KnownPair;

impl World {
    pub fn restart(&mut self, id: DeviceId) -> Result<(), Violation> {
        let before = self.devices[id].bytes();
        let again = match self.behind.take() {
            Some((of, behind)) if of == id => Ok(behind),
            _ => self.devices[id].restarted(),
        };
        self.devices[id] = again.map_err(|error| format!("a restart: {error}"))?;
        self.note(|| format!("{id} restarts"));
        if before != self.devices[id].bytes() {
            return Err("a restart came up with another state".to_owned());
        }
        self.counts.one("restarted");
        self.check(id)
    }

    /// A device's store is put back from a copy; its randomness is not.
    pub fn put_back(
        &mut self,
        id: DeviceId,
        copy: &Device,
        model: &ModelDevice,
    ) -> Result<(), Violation> {
        let mut earlier = copy
            .restarted()
            .map_err(|error| format!("a copy: {error}"))?;
        earlier.prekeys.go_on_after(&self.devices[id].prekeys);
        self.devices[id] = earlier;
        self.models[id] = model.clone();
        self.note(|| format!("{id} is put back to an earlier state"));
        self.counts.one("put back to an earlier state");
        self.upkeep(id)
    }

    pub fn pass(&mut self, days: u32) -> Result<(), Violation> {
        self.now = self.now.plus_days(days);
        self.note(|| format!("{days} days go by"));
        self.counts.one("weeks went by");
        (0..self.devices.len()).try_for_each(|id| self.upkeep(id))
    }

    fn upkeep(&mut self, id: DeviceId) -> Result<(), Violation> {
        let now = self.now;
        let before: usize = self.models[id]
            .ends
            .values()
            .map(|end| end.kept.len())
            .sum();
        let kept = self.devices[id].upkeep(now, &mut self.rngs[id]);
        kept.map_err(|error| format!("upkeep: {error}"))?;
        self.models[id].upkeep(now);
        let after: usize = self.models[id]
            .ends
            .values()
            .map(|end| end.kept.len())
            .sum();
        self.counts.add("skipped keys expired", before - after);
        let made_now = self.devices[id]
            .prekeys
            .ids()
            .filter(|(_, made)| *made == now);
        self.models[id].prekeys.extend(made_now);
        self.check(id)
    }

    /// A device and its model have the same sessions, keys, numbers and prekeys.
    pub fn check(&mut self, id: DeviceId) -> Result<(), Violation> {
        let (device, model) = (&self.devices[id], &self.models[id]);
        if !device.held.keys().eq(model.ends.keys()) {
            return Err(format!("device {id} has other sessions than its model"));
        }
        if !device
            .prekeys
            .ids()
            .eq(model.prekeys.iter().map(|(id, made)| (*id, *made)))
        {
            return Err(format!("device {id} has other prekeys than its model"));
        }
        for (held, end) in device.held.values().zip(model.ends.values()) {
            let state = self.names.compare(held, end)?;
            self.pairs.entry(end.pair).or_insert_with(|| {
                let dh = DhSecret::from_bytes(Secret::from_bytes(state.dh));
                KnownPair {
                    public: dh.public(),
                    dh: Some(dh),
                    kem: state.kem.load().ok().cloned(),
                }
            });
        }
        Ok(())
    }

    pub(super) fn remember(&mut self, id: DeviceId) -> Result<(), Violation> {
        if self.sabotage == Some(Sabotage::RestartBehind) {
            let copy = self.devices[id].restarted();
            self.behind = Some((id, copy.map_err(|error| error.to_string())?));
        }
        Ok(())
    }
}
